"""A phase within a run: who decides, who works on, and what becomes of work in hand. Kernel and twin agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from renkei.model.doctrine import Step
from renkei.model.quantity import Text
from renkei.model.scenario import Disruption
from renkei.model.structure import Desk, Duty, Headquarters, Hours, Person, Place, Structure, Window
from renkei.sim import engine
from renkei.sim.compiler import CompileError, Program
from renkei.sim.program import RunOutput
from unit.worlds import holds, hours_taken, hq, opcon, program, q, run, structure, takes, worked_at

DRAFT = Step("draft", "draft", ("origin",), work=takes(1))
DECIDE = Step("decide", "decide", ("authority",), work=takes(1))
PHASE = "2024-03-06"
PHASE_H = 39.0
"""Midnight in Tokyo, in hours from the start (09:00 in Tokyo on 4 March)."""
TABLES = ("decisions", "marks", "desks", "samples", "trace")


def both(made: Program) -> RunOutput:
    """Return what kernel and twin give, which is the same."""
    slow = run(made)
    fast = engine.run(made.fixed, made.bind({}), made.source_keys(1, 0, 0), trace=True)
    for name in TABLES:
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name
    return slow


def becomes(now: Structure, then: Structure, on: str = PHASE) -> Structure:
    """Return a structure that becomes another one."""
    return replace(now, later=(*now.later, (on, then)))


def with_desk(of: Structure, house: str, **desks: int) -> Structure:
    """Return a structure with other strengths in one headquarters."""
    return replace(of, headquarters={**of.headquarters, house: hq(house, **desks)})


def test_a_phase_that_changes_nothing_changes_nothing() -> None:
    of = structure(
        hq("low"), hq("high"), relations=(opcon("high", "low"),), authorities={"h": holds("h", "high.commander")}
    )
    moments = (1.0, 30.0, 38.5, 39.0, 60.0)

    plain = both(program(of, DRAFT, DECIDE, at="low.ops", moments_h=moments))
    dated = both(program(becomes(of, of), DRAFT, DECIDE, at="low.ops", moments_h=moments))

    assert np.array_equal(plain.decisions, dated.decisions)
    assert np.array_equal(plain.desks, dated.desks)


def test_who_decides_is_who_may_when_it_is_raised() -> None:
    """Granted below from the phase on: a minute before, it still goes up, and goes on upwards after."""
    of = structure(
        hq("low"), hq("high"), relations=(opcon("high", "low"),), authorities={"h": holds("h", "high.commander")}
    )
    after = replace(of, authorities={"l": holds("l", "low.commander"), **of.authorities})

    for hour, decides in ((PHASE_H - 1 / 60, "high.commander"), (PHASE_H, "low.commander")):
        made = program(becomes(of, after), DRAFT, DECIDE, at="low.ops", moments_h=(hour,))
        assert worked_at(made, both(made))[-1] == decides


def test_work_in_hand_goes_on_with_more_people() -> None:
    """Ten hours each, one person: the first has seven left at the phase and goes on, the second then starts."""
    of = structure(hq("a", ops=1), authorities={})
    work = Step("draft", "draft", ("origin",), work=takes(10))

    made = program(becomes(of, with_desk(of, "a", ops=2)), work, at="a.ops", moments_h=(36.0, 36.5))
    output = both(made)

    assert made.desks == ("a.ops", f"a.ops@{PHASE}")
    assert hours_taken(output) == [10.0, PHASE_H - 36.5 + 10.0]
    assert worked_at(made, output) == [f"a.ops@{PHASE}"] * 2


def test_fewer_people_finish_what_is_in_hand_one_after_another() -> None:
    of = structure(hq("a", ops=2), authorities={})
    work = Step("draft", "draft", ("origin",), work=takes(10))

    output = both(program(becomes(of, with_desk(of, "a", ops=1)), work, at="a.ops", moments_h=(36.0, 36.0)))

    assert sorted(hours_taken(output)) == [10.0, 17.0]


@pytest.mark.parametrize(("successor", "heir"), [("b.ops", "b.ops"), ("", "c.ops")])
def test_what_is_at_a_desk_that_goes_passes_on(successor: str, heir: str) -> None:
    """To its named successor, else to the headquarters above; three of ten hours are done already."""
    gone = hq("a", ops=1)
    desk = replace(gone.desks["ops"], successor=successor)
    of = structure(
        replace(gone, desks={"ops": desk}), hq("b", ops=1), hq("c", ops=1), relations=(opcon("c", "a"),), authorities={}
    )
    after = replace(of, headquarters={name: of.headquarters[name] for name in "bc"}, relations=())
    work = Step("draft", "draft", ("a?",), work=takes(10))

    made = program(becomes(of, after), work, at="b.ops", moments_h=(35.0,))
    output = both(made)

    assert worked_at(made, output) == [heir]
    assert hours_taken(output) == [1 + 10]


def test_a_channel_of_before_carries_what_was_raised_before() -> None:
    """The line takes five hours from the phase on: for what is raised then."""
    of = structure(
        hq("low"), hq("high"), relations=(opcon("high", "low"),), authorities={"h": holds("h", "high.commander")}
    )
    slow = replace(of, channels={"line": replace(of.channels["line"], delay=takes(5))})

    output = both(program(becomes(of, slow), DRAFT, DECIDE, at="low.ops", moments_h=(38.5, 40.0)))

    assert hours_taken(output) == [3.0, 7.0]


def test_hours_are_those_of_the_new_place() -> None:
    """An office from 09:00 to 17:00 moves from Tokyo to Honolulu, whose 09:00 is 04:00 of the next day in Tokyo."""
    office = Hours(windows=(Window((0, 1, 2, 3, 4), 9 * 60, 17 * 60),))

    def house(place: str) -> Headquarters:
        return replace(hq("a"), place=place, desks={"ops": Desk("ops", Text("ops"), (Duty(office, q(1)),))})

    of = structure(house("tokyo"), authorities={})
    places = {**of.places, "honolulu": Place("honolulu", Text("Honolulu"), 21.3, -157.9, "Pacific/Honolulu")}
    of = replace(of, places=places)
    after = replace(of, headquarters={"a": house("honolulu")})

    output = both(program(becomes(of, after), DRAFT, at="a.ops", moments_h=(24.0, 40.0)))

    # Raised at 09:00 on the 5th in Tokyo: at once. At 01:00 on the 6th in Tokyo: at 04:00, three hours later.
    assert hours_taken(output) == [1.0, 4.0]


def test_a_second_hat_from_a_phase_on() -> None:
    """Two commanders approve at once, one an hour away; when one person holds both posts, one after the other."""
    of = structure(hq("a"), hq("b"), authorities={})
    one = {"x": Person("x", Text("x"), ("a.commander", "b.commander"))}
    ask = Step("approve", "approve", ("a.commander", "b.commander"), work=takes(5))

    output = both(program(becomes(of, replace(of, persons=one)), ask, at="a.ops", moments_h=(1.0, 50.0)))

    assert hours_taken(output) == [1 + 5 + 1, 5 + 5 + 1]


def test_a_desk_that_is_out_and_changes_later_is_refused() -> None:
    of = structure(hq("a", ops=1), authorities={})
    out = (Disruption("d", "out", "a.ops", 3600.0, 3600.0),)

    with pytest.raises(CompileError, match=r"`a\.ops` is out for a time, and a phase of the same run changes it later"):
        program(becomes(of, with_desk(of, "a", ops=2)), DRAFT, at="a.ops", disruptions=out)


def test_two_phases_in_one_run() -> None:
    """One person, then none for a day, then two: what waits is taken up by whoever is there."""
    of = structure(hq("a", ops=1), authorities={})
    work = Step("draft", "draft", ("origin",), work=takes(10))
    of = becomes(becomes(of, with_desk(of, "a", ops=0)), with_desk(of, "a", ops=2), "2024-03-07")

    output = both(program(of, work, at="a.ops", moments_h=(36.0, 36.5)))

    assert hours_taken(output) == [PHASE_H + 24 + 7 - 36.0, PHASE_H + 24 + 10 - 36.5]
