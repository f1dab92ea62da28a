"""What `renkei trace` tells, step by step, against what happens by hand."""

from pathlib import Path

import pytest

from renkei.files import load_case
from renkei.study import tracing
from renkei.study.retelling import by_calendars
from theory.little import path_of, run_of, write_case

Steps = list[tuple[str, float, float]]


def steps_of(path: tracing.Path) -> Steps:
    """Return activity, begin and end in minutes after 01:00, when the decision is raised."""
    return [(each.activity, each.begins_s / 60 - 60, each.ends_s / 60 - 60) for each in path.spells]


def test_work_stops_when_the_desk_closes(tmp_path: Path) -> None:
    """The paper is raised 15 min before the desk closes and needs 30."""
    desks = """{ops: {duty: [{hours: {days: daily, from: "00:15", to: "01:15"}, strength: 1}]},
      commander: {hours: watch, strength: 1}}"""
    assert steps_of(path_of(tmp_path, a_desks=desks))[:3] == [
        ("work", 0, 15),
        ("off_duty", 15, 23 * 60 + 15),
        ("work", 23 * 60 + 15, 23 * 60 + 30),
    ]


def test_off_duty_comes_before_the_queue(tmp_path: Path) -> None:
    """Two papers at a desk of one that opens at 01:30: the second is off duty first, and queues then."""
    desks = """{ops: {duty: [{hours: {days: daily, from: "01:30", to: "12:00"}, strength: 1}]},
      commander: {hours: watch, strength: 1}}"""
    write_case(tmp_path, a_desks=desks, two="moments: [1 h] => moments: [1 h, 1 h]")
    case = load_case(tmp_path)
    from renkei.sim import twin
    from renkei.sim.compiler import compile_program

    program = compile_program(case.structures["s"], case.doctrine, case.scenarios["x"], case.assumptions)
    output = twin.run(program.fixed, program.bind({}), program.source_keys(1, 0, 0), trace=True)
    path = tracing.assemble(case, case.structures["s"], case.scenarios["x"], program, output, 1, {}, (1, 0, 0))
    assert steps_of(path)[:3] == [("off_duty", 0, 30), ("queue", 30, 60), ("work", 60, 90)]


def test_the_channel_is_the_one_that_carries_the_paper(tmp_path: Path) -> None:
    second = "  m2: {between: [any, any], kind: message, delay: 7 min}"
    path = path_of(tmp_path, disruptions="disruptions: [{out: m}]", channels=second)
    assert [each.via for each in path.spells if each.via] == ["m2"]


def test_the_successor_is_named(tmp_path: Path) -> None:
    desks = "{ops: {hours: watch, strength: 1, successor: b.ops}, commander: {hours: watch, strength: 1}}"
    path = path_of(tmp_path, disruptions="disruptions: [{out: a.ops, begins: 70 min}]", a_desks=desks)
    assert [(each.place, each.seconds / 60) for each in path.spells[:2]] == [("a.ops", 10), ("b.ops", 20)]


def test_what_failed_has_ended_too(tmp_path: Path) -> None:
    case, output = run_of(tmp_path, process="\n      - {draft: origin, work: 30 min}\n      - {fail: here}\n")
    from renkei.sim.compiler import compile_program

    program = compile_program(case.structures["s"], case.doctrine, case.scenarios["x"], case.assumptions)
    assert tracing.choose(program, output, "c", "median") == 0


def test_a_loop_without_time_ends_at_the_limit(tmp_path: Path) -> None:
    """It returns for ever at one moment: the trace stops where the study does."""
    process = """
      - {draft: origin, work: 0 h}
      - {decide: authority, work: 0 h, returns: {chance: 1, at_most: unlimited}}
"""
    write_case(tmp_path, process=process, limit="replications: 1 => replications: 1\nevents_per_run: 5000")
    case = load_case(tmp_path)
    path = tracing.trace(case, "s", "x", decision=0)
    assert path.truncated
    assert path.outcome == "open"


@pytest.mark.parametrize(
    ("calendars", "expected"),
    [
        ([(((0, 5),), 0)], [(0, 5, 0), (5, 10, 2)]),
        ([(((2, 4), (6, 8)), 0), (((3, 7),), 1)], [(0, 2, 2), (2, 4, 0), (4, 6, 1), (6, 8, 0), (8, 10, 2)]),
        ([((), 0)], [(0, 10, 2)]),
    ],
)
def test_parts_follow_calendars(
    calendars: list[tuple[tuple[tuple[int, int], ...], int]], expected: list[tuple[int, int, int]]
) -> None:
    assert list(by_calendars(0, 10, calendars, 2)) == expected
