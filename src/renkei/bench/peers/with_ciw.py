"""The models in Ciw, with its own pre-emption and schedules. It has no fork and join, so no model C."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from typing import Any

import ciw
import numbers_of_models as numbers

Exponential = ciw.dists.Exponential


class ByTheTree(ciw.routing.NodeRouting):
    """Sends a paper up and back as chance has it; the way is drawn when the unit has worked first."""

    def next_node(self, individual: Any) -> Any:
        way = getattr(individual, "way", None)
        if way is None:
            unit = self.node.id_number - 1
            division = numbers.DIVISION_OF[unit]
            way = []
            if random.random() < numbers.GOES_UP:
                to_the_top = random.random() < numbers.GOES_UP
                way = [division, numbers.TOP, division, unit] if to_the_top else [division, unit]
            individual.way = way
        return self.simulation.nodes[way.pop(0) + 1 if way else -1]


def network(model: str) -> Any:
    """Return a model's network."""
    if model == "A":
        return ciw.create_network(
            arrival_distributions=[Exponential(numbers.A_RATE)],
            service_distributions=[Exponential(1.0)],
            number_of_servers=[1],
        )
    if model == "B":
        classes = {f"rank {rank}": rate for rank, rate in enumerate(numbers.B_RATES)}
        return ciw.create_network(
            arrival_distributions={name: [Exponential(rate)] for name, rate in classes.items()},
            service_distributions={name: [Exponential(1.0)] for name in classes},
            number_of_servers=[numbers.B_PEOPLE],
            priority_classes=({name: rank for rank, name in enumerate(classes)}, ["resume"]),
        )
    if model == "C0":
        desks = range(numbers.DESKS)
        return ciw.create_network(
            arrival_distributions=[Exponential(numbers.UNIT_RATE) if desk in numbers.UNITS else None for desk in desks],
            service_distributions=[Exponential(1.0) for _ in desks],
            number_of_servers=[numbers.PEOPLE for _ in desks],
            routing=ciw.routing.NetworkRouting(routers=[ByTheTree() for _ in desks]),
        )

    def hours(opens: float) -> Any:
        """Return a schedule over a day that begins at 00:00 UTC."""
        closes = (opens + numbers.OPEN_FOR) % numbers.DAY
        opens %= numbers.DAY
        if opens == 0.0:
            people, ends = [numbers.D_PEOPLE, 0], [closes, numbers.DAY]
        else:
            people, ends = [numbers.D_PEOPLE, 0, numbers.D_PEOPLE], [closes, opens, numbers.DAY]
        return ciw.Schedule(numbers_of_servers=people, shift_end_dates=ends, preemption="resume")

    return ciw.create_network(
        arrival_distributions=[Exponential(numbers.D_RATE), None],
        service_distributions=[Exponential(1.0 / numbers.D_WORK) for _ in numbers.D_OPENS],
        routing=[[0.0, 1.0], [0.0, 0.0]],
        number_of_servers=[hours(opens) for opens in numbers.D_OPENS],
    )


def run(model: str, jobs: int, seed: int) -> tuple[int, float, list[float]]:
    """Run a model until so many jobs are done."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network(model))
    begin = time.perf_counter()
    simulation.simulate_until_max_customers(jobs, method="Complete")
    seconds = time.perf_counter() - begin
    came: dict[int, float] = {}
    left: dict[int, float] = {}
    names: dict[int, str] = {}
    for record in simulation.get_all_records(only=["service"]):
        number = record.id_number
        came[number] = min(came.get(number, record.arrival_date), record.arrival_date)
        left[number] = max(left.get(number, 0.0), record.exit_date)
        names[number] = record.customer_class
    stays: dict[str, list[float]] = defaultdict(list)
    for individual in simulation.nodes[-1].all_individuals:
        number = individual.id_number
        stays[names[number]].append(left[number] - came[number])
    done = sum(len(each) for each in stays.values())
    return done, seconds, [sum(stays[name]) / len(stays[name]) for name in sorted(stays)]


if __name__ == "__main__":
    numbers.main(ciw.__version__, run)
