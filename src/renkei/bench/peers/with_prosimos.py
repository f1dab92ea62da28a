"""The models in Prosimos: a BPMN file and a file of resources are written, then run. It has no pre-emption, so no B.

Time is in seconds there; an hour stands for the model's unit. The fork is a parallel gateway, a chance an exclusive
one; a desk is a pool of equal people who share the tasks done at it.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import random
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numbers_of_models as numbers
import numpy

HOUR_S = 3600.0
SPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
MIDNIGHT, LAST_MOMENT = "00:00:00.000", "23:59:59.999999"


class Chart:
    """A process chart while it is drawn."""

    def __init__(self) -> None:
        self.nodes: list[tuple[str, str]] = []
        self.flows: list[tuple[str, str]] = []
        self.desk_of: dict[str, int] = {}
        self.shares: dict[str, dict[str, float]] = {}

    def node(self, kind: str) -> str:
        name = f"{kind}-{len(self.nodes)}"
        self.nodes.append((kind, name))
        return name

    def task(self, desk: int) -> str:
        name = self.node("task")
        self.desk_of[name] = desk
        return name

    def join(self, *names: str) -> str:
        """Draw an arrow from each to the next; return the last arrow's name."""
        for one, other in itertools.pairwise(names):
            self.flows.append((one, other))
        return f"flow-{len(self.flows) - 1}"

    def choose(self, gateway: str, shares: dict[str, float]) -> None:
        self.shares[gateway] = shares

    def bpmn(self) -> str:
        parts = [f'<{kind} id="{name}" name="{name}"/>' for kind, name in self.nodes]
        parts += [
            f'<sequenceFlow id="flow-{number}" sourceRef="{one}" targetRef="{other}"/>'
            for number, (one, other) in enumerate(self.flows)
        ]
        return f'<definitions xmlns="{SPACE}"><process id="process">{"".join(parts)}</process></definitions>'


def chart_of(model: str) -> Chart:
    """Return a model's process."""
    chart = Chart()
    start, end = chart.node("startEvent"), chart.node("endEvent")
    if model == "A":
        chart.join(start, chart.task(0), end)
    elif model == "D":
        chart.join(start, chart.task(0), chart.task(1), end)
    else:
        origin, gone = chart.node("exclusiveGateway"), chart.node("exclusiveGateway")
        chart.join(start, origin)
        chart.join(gone, end)
        even = 1.0 / len(numbers.UNITS)
        chart.choose(origin, {unit_way(chart, model, unit, origin, gone): even for unit in numbers.UNITS})
    return chart


def unit_way(chart: Chart, model: str, unit: int, origin: str, gone: str) -> str:
    """Draw the way of one unit's papers; return the arrow to it."""
    division, gate = numbers.DIVISION_OF[unit], "exclusiveGateway"
    first = chart.task(unit)
    into = chart.join(origin, first)
    asks = chart.node(gate)
    if side_by_side := numbers.SIDE_BY_SIDE[model]:
        fork, part, meet = chart.node(gate), chart.node("parallelGateway"), chart.node("parallelGateway")
        chart.join(first, fork)
        chart.choose(fork, {chart.join(fork, part): side_by_side, chart.join(fork, asks): 1.0 - side_by_side})
        for desk in (numbers.next_unit(unit), division):
            chart.join(part, chart.task(desk), meet)
        chart.join(meet, asks)
    else:
        chart.join(first, asks)
    above, higher, back = chart.task(division), chart.node(gate), chart.node(gate)
    up, stay = numbers.GOES_UP, 1.0 - numbers.GOES_UP
    chart.choose(asks, {chart.join(asks, above): up, chart.join(asks, gone): stay})
    chart.join(above, higher)
    top = chart.task(numbers.TOP)
    chart.choose(higher, {chart.join(higher, top): up, chart.join(higher, back): stay})
    chart.join(top, chart.task(division), back)
    chart.join(back, chart.task(unit), gone)
    return into


def exponential(mean: float) -> dict[str, Any]:
    """Return an exponential distribution, as Prosimos writes it."""
    parameters = [{"value": mean * HOUR_S}, {"value": 0.0}, {"value": 1e12}]
    return {"distribution_name": "expon", "distribution_params": parameters}


def every_day(*windows: tuple[str, str]) -> list[dict[str, str]]:
    """Return the openings of a calendar."""
    return [{"from": "MONDAY", "to": "SUNDAY", "beginTime": begin, "endTime": end} for begin, end in windows]


def opening(opens: float) -> list[dict[str, str]]:
    """Return eight hours a day from a whole hour on, in UTC."""
    begin = int(opens % numbers.DAY)
    end = int(begin + numbers.OPEN_FOR)
    if end <= numbers.DAY:
        return every_day((f"{begin:02d}:00:00.000", f"{end:02d}:00:00.000"))
    return every_day((f"{begin:02d}:00:00.000", LAST_MOMENT), (MIDNIGHT, f"{end - 24:02d}:00:00.000"))


def resources_of(model: str, chart: Chart) -> dict[str, Any]:
    """Return people, hours, durations and chances."""
    people, rate, work = {
        "A": (1, numbers.A_RATE, 1.0),
        "D": (numbers.D_PEOPLE, numbers.D_RATE, numbers.D_WORK),
    }.get(model, (numbers.PEOPLE, numbers.UNIT_RATE * len(numbers.UNITS), 1.0))
    desks = sorted(set(chart.desk_of.values()))
    always = every_day((MIDNIGHT, LAST_MOMENT))
    hours = {desk: opening(numbers.D_OPENS[desk]) if model == "D" else always for desk in desks}
    pools = [
        {
            "id": f"desk-{desk}",
            "name": f"desk-{desk}",
            "resource_list": [
                {
                    "id": f"person-{desk}-{person}",
                    "name": f"person-{desk}-{person}",
                    "cost_per_hour": 0,
                    "amount": 1,
                    "calendar": f"hours-{desk}",
                    "assignedTasks": [task for task, at in chart.desk_of.items() if at == desk],
                }
                for person in range(people)
            ],
        }
        for desk in desks
    ]
    return {
        "resource_profiles": pools,
        "arrival_time_distribution": exponential(1.0 / rate),
        "arrival_time_calendar": always,
        "gateway_branching_probabilities": [
            {"gateway_id": gateway, "probabilities": [{"path_id": p, "value": str(v)} for p, v in shares.items()]}
            for gateway, shares in chart.shares.items()
        ],
        "task_resource_distribution": [
            {
                "task_id": task,
                "resources": [{"resource_id": f"person-{desk}-{n}", **exponential(work)} for n in range(people)],
            }
            for task, desk in chart.desk_of.items()
        ],
        "resource_calendars": [
            {"id": f"hours-{desk}", "name": f"hours-{desk}", "time_periods": periods} for desk, periods in hours.items()
        ],
        "event_distribution": [],
        "batch_processing": [],
        "case_attributes": [],
        "prioritisation_rules": [],
    }


def run(model: str, jobs: int, seed: int) -> tuple[int, float, list[float]]:
    """Run so many jobs."""
    from prosimos.simulation_engine import run_simulation

    random.seed(seed)
    numpy.random.seed(seed)  # noqa: NPY002 - the one that Prosimos draws from
    chart = chart_of(model)
    with tempfile.TemporaryDirectory() as folder:
        process, resources = Path(folder) / "process.bpmn", Path(folder) / "resources.json"
        process.write_text(chart.bpmn())
        resources.write_text(json.dumps(resources_of(model, chart)))
        begin = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            (indicators, *_), _ = run_simulation(
                str(process), str(resources), jobs, starting_at="2024-01-01T00:00:00.000000+00:00"
            )
        seconds = time.perf_counter() - begin
    return jobs, seconds, [indicators.cycle_time.avg / HOUR_S]


if __name__ == "__main__":
    numbers.main(version("prosimos"), run)
