"""Three networks, each told to Ciw and to SimPy: mean time in system of every replication, by class.

Time is counted in minutes. The networks are those of ``tests/differential/cases``.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any

import ciw
import numpy as np
import numpy.typing as npt
import simpy

DAY = 1440.0
OPENS, CLOSES = 480.0, 960.0
Means = dict[str, npt.NDArray[np.float64]]
Times = list[tuple[str, float, float]]
"""Class, when it came, how long it stayed."""


def replicated(simulate: Callable[[int], Times], replications: int, begin: float, end: float) -> Means:
    """Return, by class, the mean stay in each replication of those who came from ``begin`` to ``end``."""
    means: dict[str, list[float]] = defaultdict(list)
    for replication in range(replications):
        stays: dict[str, list[float]] = defaultdict(list)
        for name, came, stay in simulate(replication):
            if begin <= came < end:
                stays[name].append(stay)
        for name, values in stays.items():
            means[name].append(sum(values) / len(values))
    return {name: np.array(values) for name, values in means.items()}


# ---- laws of work


def lognormal_parameters(mean: float, spread: float) -> tuple[float, float]:
    """Return mean and deviation of the logarithm."""
    variance = math.log1p(spread**2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


URGENT = lognormal_parameters(0.8, 0.7)
DRAFT = (4.0, 0.25)  # gamma of mean 1, spread 1/2: shape and scale
DECIDE = (2.0, 1.5)  # Weibull: scale and shape


# ---- Ciw


def ciw_stays(network: Any, length: float, seed: int) -> Times:
    """Run a Ciw network; add up the stays of each customer at all its nodes."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(length)
    came: dict[int, float] = {}
    stay: dict[int, float] = defaultdict(float)
    names: dict[int, str] = {}
    for record in simulation.get_all_records(only=["service"]):
        number = record.id_number
        came[number] = min(came.get(number, math.inf), record.arrival_date)
        stay[number] += record.exit_date - record.arrival_date
        names[number] = record.customer_class
    return [(names[number], came[number], stay[number]) for number in came]


def ciw_precedence(length: float, seed: int) -> Times:
    """Three servers, two classes, no interruption."""
    network = ciw.create_network(
        arrival_distributions={"urgent": [ciw.dists.Exponential(0.6)], "ordinary": [ciw.dists.Exponential(1.6)]},
        service_distributions={"urgent": [ciw.dists.Lognormal(*URGENT)], "ordinary": [ciw.dists.Uniform(0.4, 2.0)]},
        priority_classes={"urgent": 0, "ordinary": 1},
        number_of_servers=[3],
    )
    return ciw_stays(network, length, seed)


def ciw_loop(length: float, seed: int) -> Times:
    """A draft, then a decision; one of five papers comes back."""
    network = ciw.create_network(
        arrival_distributions={"paper": [ciw.dists.Exponential(0.5), None]},
        service_distributions={"paper": [ciw.dists.Gamma(*DRAFT), ciw.dists.Weibull(*DECIDE)]},
        routing={"paper": [[0.0, 1.0], [0.2, 0.0]]},
        number_of_servers=[1, 2],
    )
    return ciw_stays(network, length, seed)


def ciw_day_shift(length: float, seed: int) -> Times:
    """One server by day, whose work is put down at night."""
    network = ciw.create_network(
        arrival_distributions={"paper": [ciw.dists.Exponential(6 / DAY)]},
        service_distributions={"paper": [ciw.dists.Exponential(1 / 50)]},
        number_of_servers=[
            ciw.Schedule(numbers_of_servers=[0, 1, 0], shift_end_dates=[OPENS, CLOSES, DAY], preemption="resume")
        ],
    )
    return ciw_stays(network, length, seed)


# ---- SimPy


def simpy_arrivals(
    environment: simpy.Environment,
    rate: float,
    numbers: random.Random,
    name: str,
    serve: Callable[[], Generator[Any, Any, None]],
    times: Times,
) -> Generator[Any, Any, None]:
    """Send customers in at a rate; note each one's stay when it leaves."""

    def customer() -> Generator[Any, Any, None]:
        came = environment.now
        yield from serve()
        times.append((name, came, environment.now - came))

    while True:
        yield environment.timeout(numbers.expovariate(rate))
        environment.process(customer())


def simpy_precedence(length: float, seed: int) -> Times:
    """Three servers, two classes, no interruption."""
    environment, numbers, times = simpy.Environment(), random.Random(seed), Times()
    people = simpy.PriorityResource(environment, capacity=3)

    def serve(priority: int, work: Callable[[], float]) -> Generator[Any, Any, None]:
        with people.request(priority=priority) as turn:
            yield turn
            yield environment.timeout(work())

    for name, rate, priority, work in (
        ("urgent", 0.6, 0, lambda: numbers.lognormvariate(*URGENT)),
        ("ordinary", 1.6, 1, lambda: numbers.uniform(0.4, 2.0)),
    ):

        def once(priority: int = priority, work: Callable[[], float] = work) -> Generator[Any, Any, None]:
            return serve(priority, work)

        environment.process(simpy_arrivals(environment, rate, numbers, name, once, times))
    environment.run(until=length)
    return times


def simpy_loop(length: float, seed: int) -> Times:
    """A draft, then a decision; one of five papers comes back."""
    environment, numbers, times = simpy.Environment(), random.Random(seed), Times()
    drafters, deciders = simpy.Resource(environment, capacity=1), simpy.Resource(environment, capacity=2)

    def serve() -> Generator[Any, Any, None]:
        returned = True
        while returned:
            with drafters.request() as turn:
                yield turn
                yield environment.timeout(numbers.gammavariate(*DRAFT))
            with deciders.request() as turn:
                yield turn
                yield environment.timeout(numbers.weibullvariate(*DECIDE))
            returned = numbers.random() < 0.2

    environment.process(simpy_arrivals(environment, 0.5, numbers, "paper", serve, times))
    environment.run(until=length)
    return times


def simpy_day_shift(length: float, seed: int) -> Times:
    """One server by day: the night takes it away from whoever has it, and it comes back to the same one."""
    environment, numbers, times = simpy.Environment(), random.Random(seed), Times()
    person = simpy.PreemptiveResource(environment, capacity=1)
    night, resumed, fresh = 0, 1, 2

    def nights() -> Generator[Any, Any, None]:
        closed = OPENS  # the first night began before the start
        while True:
            with person.request(priority=night) as turn:
                yield turn
                yield environment.timeout(closed)
            yield environment.timeout(CLOSES - OPENS)
            closed = DAY - CLOSES + OPENS

    def serve() -> Generator[Any, Any, None]:
        left, priority = numbers.expovariate(1 / 50), fresh
        while left > 0:
            with person.request(priority=priority) as turn:
                yield turn
                began = environment.now
                try:
                    yield environment.timeout(left)
                    left = 0.0
                except simpy.Interrupt:
                    left -= environment.now - began
                    priority = resumed

    environment.process(nights())
    environment.process(simpy_arrivals(environment, 6 / DAY, numbers, "paper", serve, times))
    environment.run(until=length)
    return times
