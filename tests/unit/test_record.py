"""Runs held against the record: which time counts, and what is judged."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.unit.tables import Made, layout, output

from renkei.analysis.record import against_record, first_times
from renkei.analysis.runs import PairRuns, gathered, reduce_run
from renkei.model.doctrine import Doctrine
from renkei.model.quantity import Assumptions, Text
from renkei.model.scenario import Case, Milestone, Scenario, StudyPlan

HERE = layout(("request",), sources=("needs", "alarms"), counted=np.ones(2, dtype=np.bool_))


def pair(*firsts: float | None) -> PairRuns:
    """Return runs in which the first decision of `alarms` is ordered so many seconds after the start (None: never)."""
    runs = []
    for first in firsts:
        alarms = [] if first is None else [Made(first, source=1), Made(900.0, source=1)]
        runs.append([reduce_run(HERE, output([Made(5.0), *alarms]), np.array([math.nan]))])
    size = len(firsts)
    return gathered(HERE, runs, np.zeros((size, 2)), np.full((size, 1), math.nan), [[False]] * size)


def milestone(low: float, high: float | None = None, **more: object) -> Milestone:
    given: dict[str, object] = {"demand": "alarms", "source": "somewhere"}
    return Milestone("alarm", Text("Alarm"), low, low if high is None else high, **(given | more))  # type: ignore[arg-type]


def case(*milestones: Milestone) -> Case:
    scenario = Scenario(
        "past",
        Text("Past"),
        datetime(2011, 3, 11, tzinfo=UTC),
        "UTC",
        3600.0,
        "request",
        milestones={each.id: each for each in milestones},
        recorded_under="real",
    )
    plan = StudyPlan(Text("Study"), Text(""), "real", ("real", "other"), ("past",))
    return Case("case", plan, Assumptions(), Doctrine(Text("Doctrine")), {}, {"past": scenario})


def test_the_first_decision_of_the_demand_counts() -> None:
    """Not that of another demand, and not a later one."""
    assert first_times(pair(30.0, 40.0), milestone(35.0)).tolist() == [30.0, 40.0]


def test_a_run_that_never_comes_there_is_infinite() -> None:
    times = first_times(pair(30.0, None), milestone(35.0))
    assert times.tolist() == [30.0, math.inf]


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [(35.0, 35.0, True), (30.0, 30.0, False), (10.0, 30.5, False), (10.0, 31.0, True), (51.0, 60.0, False)],
)
def test_inside_is_any_moment_of_the_record_in_the_interval(low: float, high: float, inside: bool) -> None:
    runs = pair(*np.linspace(30.0, 50.0, 21).tolist())
    (found,) = against_record(case(milestone(low, high)), {("real", "past"): runs}, ["real"], ["past"])
    assert found.simulated is not None
    assert (found.simulated.low, found.simulated.high) == (31.0, 49.0)
    assert found.inside is inside


def test_only_the_recorded_structure_is_judged() -> None:
    runs = {("real", "past"): pair(30.0, 40.0), ("other", "past"): pair(10.0, 20.0)}
    real, other = against_record(case(milestone(35.0)), runs, ["other", "real"], ["past"])
    assert (real.structure, real.counterfactual, real.inside) == ("real", False, True)
    assert (other.structure, other.counterfactual, other.inside) == ("other", True, None)
    assert other.simulated is not None


def test_what_nothing_stands_for_is_only_listed() -> None:
    only = replace(milestone(35.0), demand="", basis="listed")
    runs = {("real", "past"): pair(30.0), ("other", "past"): pair(30.0)}
    (found,) = against_record(case(only), runs, ["real", "other"], ["past"])
    assert (found.simulated, found.inside, found.basis) == (None, None, "listed")
