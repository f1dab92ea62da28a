"""Who is lost is not recalled, and an order that is taken back does not come into force. Kernel and twin agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from renkei.model.doctrine import Step
from renkei.model.scenario import Disruption
from renkei.model.structure import Desk, Duty, Hours, Recall, Structure, Window
from renkei.sim import engine
from renkei.sim.compiler import Program
from renkei.sim.program import RunOutput
from unit.worlds import HOUR, hours_taken, hq, program, q, run, structure, takes

WORK = Step("draft", "draft", ("origin",), work=takes(1))
OFFICE = Hours(windows=(Window((0, 1, 2, 3, 4), 9 * 60, 17 * 60),))
DAY = 24.0
"""The run begins on Monday at 09:00 in Tokyo, when offices open."""


def both(made: Program) -> RunOutput:
    """Return what kernel and twin give, which is the same."""
    slow = run(made)
    fast = engine.run(made.fixed, made.bind({}), made.source_keys(1, 0, 0), trace=True)
    for name in ("decisions", "marks", "desks", "samples", "trace"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name
    return slow


def with_recall(hours: Hours, after_h: float) -> Structure:
    """Return one headquarters whose desk recalls a person for IMMEDIATE."""
    desk = hq("a", ops=1).desks["ops"]
    recall = Recall("IMMEDIATE", q(after_h * HOUR), 1, q(0.0))
    desk = replace(desk, duty=(Duty(hours, q(1)),), recall=recall)
    return structure(replace(hq("a"), desks={"ops": desk}), authorities={})


@pytest.mark.parametrize(
    ("hours", "begins_h", "lasts_h", "taken_h"),
    [
        # Out for five hours of its watch: who is called cannot come either.
        (Hours(always=True), 0.0, 5.0, 5.0),
        # Out in the evening until midnight: then somebody is called, and comes an hour later.
        (OFFICE, 9.0, 6.0, 15.0 - 9.5 + 1.0 + 1.0),
        # Called in the evening, and lost before he comes: he is there when it is restored.
        (OFFICE, 10.0, 3.0, 13.0 - 9.5 + 1.0),
    ],
)
def test_nobody_is_recalled_to_what_is_lost(hours: Hours, begins_h: float, lasts_h: float, taken_h: float) -> None:
    out = (Disruption("d", "out", "a.ops", begins_h * HOUR, lasts_h * HOUR),)
    raised_h = 1.0 if hours.always else 9.5
    made = program(
        with_recall(hours, 1.0),
        WORK,
        at="a.ops",
        moments_h=(raised_h,),
        disruptions=out,
        precedence=(("IMMEDIATE", q(1)),),
    )

    assert hours_taken(both(made)) == [taken_h]


def in_crisis() -> Structure:
    """Return an office that is on watch in crisis."""
    duty = (Duty(OFFICE, q(1)), Duty(Hours(always=True), q(1), "crisis"))
    desk = Desk("ops", hq("a").name, duty)
    return structure(replace(hq("a"), desks={"ops": desk}), authorities={})


@pytest.mark.parametrize(
    ("lasts_h", "taken_h"),
    [
        # Taken back before it is in force (half an hour): the office opens in the morning.
        (0.25, DAY - 16.0 + 1.0),
        # In force for hours: somebody is there.
        (10.0, 1.0),
    ],
)
def test_an_order_that_is_taken_back_does_not_come_into_force(lasts_h: float, taken_h: float) -> None:
    ordered = (Disruption("d", "posture", "crisis", 12.0 * HOUR, lasts_h * HOUR),)
    postures = (("steady", q(0.0)), ("crisis", q(0.5 * HOUR)))
    made = program(in_crisis(), WORK, at="a.ops", moments_h=(16.0,), disruptions=ordered, postures=postures)

    assert hours_taken(both(made)) == [taken_h]
