"""The path of a decision follows the critical branch, leaves no gap, and adds up to what the engine counted."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from property.worlds import World, worlds
from renkei.cli.columns import width
from renkei.cli.showing import path_lines
from renkei.model.quantity import Assumptions, Text
from renkei.model.scenario import Case, StudyPlan
from renkei.sim import twin
from renkei.sim.compiler import compile_program
from renkei.sim.program import DECISION_COLUMNS, Outcome, RunOutput, Trace
from renkei.study.inspection import NotFound
from renkei.study.tracing import CAUSES, Path, Record, assemble, choose, critical_path

HOUR = 3_600_000_000
SPENT, RAISED, JOINED, TIMED_OUT = Trace.SPENT, Trace.RAISED, Trace.JOINED, Trace.TIMED_OUT


def record(kind: int, time: int, token: int, *, x: int = 0, y: int = 0, until: int = 0) -> Record:
    return Record(kind, time * HOUR, 0, token, 0, -1, x, y, until * HOUR)


def hours(records: list[Record]) -> list[tuple[int, int, int]]:
    return [(each.token, each.time // HOUR, each.until // HOUR) for each in records]


def test_a_join_is_followed_through_the_branch_that_came_last() -> None:
    records = [
        record(RAISED, 0, 0),
        record(SPENT, 0, 0, until=1),
        record(SPENT, 1, 1, until=2),
        record(SPENT, 1, 2, until=3),
        record(SPENT, 3, 2, until=4),
        record(JOINED, 4, 0, x=2),
        record(SPENT, 4, 0, until=5),
    ]
    assert hours(critical_path(records, 5 * HOUR)) == [(0, 0, 1), (2, 1, 3), (2, 3, 4), (0, 4, 5)]


def test_a_fork_within_a_branch_is_followed_too() -> None:
    records = [
        record(RAISED, 0, 0),
        record(SPENT, 0, 2, until=3),
        record(SPENT, 0, 1, until=1),
        record(SPENT, 1, 3, until=2),
        record(SPENT, 1, 4, until=4),
        record(JOINED, 4, 1, x=4),
        record(SPENT, 4, 1, until=5),
        record(JOINED, 5, 0, x=1),
    ]
    assert hours(critical_path(records, 5 * HOUR)) == [(1, 0, 1), (4, 1, 4), (1, 4, 5)]


def test_a_time_out_takes_the_first_branch_that_was_given_up() -> None:
    records = [
        record(RAISED, 0, 0),
        record(SPENT, 0, 1, until=2),  # has left: not what the time-out ended
        record(SPENT, 0, 2, until=6),
        record(SPENT, 0, 3, until=6),
        record(TIMED_OUT, 6, 0, y=2),
        record(SPENT, 6, 0, until=7),
    ]
    assert hours(critical_path(records, 7 * HOUR)) == [(2, 0, 6), (0, 6, 7)]


def test_what_happens_after_the_order_is_left_out() -> None:
    records = [record(RAISED, 0, 0), record(SPENT, 0, 0, until=1), record(SPENT, 1, 0, until=9)]
    assert hours(critical_path(records, HOUR)) == [(0, 0, 1)]


def case_of(world: World) -> Case:
    name = Text("a world", "世界")
    return Case(
        id="world",
        plan=StudyPlan(name, name, world.structure.id, (world.structure.id,), (world.scenario.id,)),
        assumptions=Assumptions(),
        doctrine=world.doctrine,
        structures={world.structure.id: world.structure},
        scenarios={world.scenario.id: world.scenario},
    )


def paths(world: World) -> list[tuple[Path, np.ndarray]]:
    """Return the path of every decision of one run of the plain-Python twin, and its row of the engine's table."""
    program = compile_program(world.structure, world.doctrine, world.scenario, event_limit=3000)
    output = twin.run(program.fixed, program.bind({}), program.source_keys(1, 0, 0), trace=True)
    if output.truncated:
        return []
    case = case_of(world)
    return [
        (assemble(case, world.structure, world.scenario, program, output, row, {}, (1, 0, 0)), line)
        for row, line in enumerate(output.decisions)
    ]


@given(worlds())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_path_is_whole(world: World) -> None:
    """From raised to the end without gap or overlap; by cause the spells add up to what the engine counted."""
    column = {name: number for number, name in enumerate(DECISION_COLUMNS)}
    for path, line in paths(world):
        moments = [moment for spell in path.spells for moment in (spell.begins_s, spell.ends_s)]
        raised_us = int(line[column["raised"]])
        moments_us = [raised_us, *(round(moment * 1e6) for moment in moments), raised_us + round(path.total_s * 1e6)]
        assert moments_us[::2] == moments_us[1::2]
        for cause in CAUSES:
            total_us = sum(round(spell.seconds * 1e6) for spell in path.spells if spell.cause == cause)
            assert total_us == int(line[column[cause]])
        for language in ("en", "ja"):
            assert [text for text in path_lines(path, case_of(world), language) if width(text) > 80] == []


class Chosen:
    """A program and output with three ended decisions, an open one, and one raised in the warm-up."""

    classes = ("request",)
    counted = (True,)
    length_us, warm_up_us, cool_down_us = 100 * HOUR, HOUR, 0


def output(rows: list[tuple[int, int, int]]) -> RunOutput:
    table = np.zeros((len(rows), len(DECISION_COLUMNS)), dtype=np.int64)
    column = {name: number for number, name in enumerate(DECISION_COLUMNS)}
    for row, (raised, ended, outcome) in enumerate(rows):
        table[row, column["raised"]], table[row, column["ended"]] = raised * HOUR, ended * HOUR
        table[row, column["outcome"]] = outcome
    empty = np.zeros((0, 9), dtype=np.int64)
    return RunOutput(lambda: table, empty, empty, empty, empty, 0, False)


def test_median_and_slowest_are_of_those_that_count() -> None:
    done = Outcome.DONE
    ran = output([(0, 90, done), (2, 12, done), (3, 6, done), (4, 40, done), (5, 0, Outcome.OPEN)])
    assert choose(Chosen, ran, "request", "slowest") == 4  # still open  # type: ignore[arg-type]
    all_ended = output([(0, 90, done), (2, 12, done), (3, 6, done), (4, 40, done)])
    assert choose(Chosen, all_ended, "request", "slowest") == 3  # type: ignore[arg-type]
    assert choose(Chosen, ran, "request", "median") == 1  # type: ignore[arg-type]
    assert choose(Chosen, ran, "request", 4) == 4  # type: ignore[arg-type]


def test_a_decision_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(NotFound, match="no decision 7: the run raised 1"):
        choose(Chosen, output([(0, 5, Outcome.DONE)]), "request", 7)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="no decision of class `request` ended"):
        choose(Chosen, output([(0, 5, Outcome.DONE)]), "request", "median")  # type: ignore[arg-type]
