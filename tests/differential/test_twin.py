"""The kernel and its twin are two readings of docs/machine.md: they give the same bits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from differential.random_programs import RandomProgram, plain_program, random_program
from renkei.bench.ours import Runner
from renkei.bench.worlds import trees
from renkei.sim import engine, twin
from renkei.sim.program import (
    DECISION_COLUMNS,
    DESK_COLUMNS,
    N_CAUSES,
    NEVER,
    Op,
    Outcome,
    Outside,
    RunOutput,
    Trace,
)

PROGRAMS = 300
BATCH = 50
BATCHES = [range(first, first + BATCH) for first in range(0, PROGRAMS, BATCH)]
COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}
DESK = {name: number for number, name in enumerate(DESK_COLUMNS)}
FIRST_CAUSE = COLUMN["work"]
TABLES = ("decisions", "marks", "desks", "samples", "trace")


@cache
def twin_run(seed: int) -> tuple[RunOutput, int]:
    """Return what the twin gives for a random program, and when its run ended."""
    program = random_program(seed)
    machine = twin.Twin(*program, trace=True)
    machine.advance(machine.length)
    return machine.output(), machine.now


def check_same(one: RunOutput, other: RunOutput, seed: int) -> None:
    """Assert that two runs gave the same bits, and show the first record in which they part."""
    for kept, expected in zip(one.trace, other.trace, strict=False):
        assert kept.tolist() == expected.tolist(), f"random program {seed}: the traces part here"
    for name in TABLES:
        assert np.array_equal(getattr(one, name), getattr(other, name)), f"random program {seed}: {name}"
    assert (one.events, one.truncated) == (other.events, other.truncated), f"random program {seed}"


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_kernel_and_twin_agree_to_the_bit(seeds: range) -> None:
    """Decisions, marks, desks, samples and every record of the trace are equal."""
    for seed in seeds:
        check_same(engine.run(*random_program(seed), trace=True), twin_run(seed)[0], seed)


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_trace_changes_nothing(seeds: range) -> None:
    """A run without the trace is the same run."""
    for seed in seeds:
        with_trace = twin_run(seed)[0]
        without = replace(with_trace, make_trace=lambda given=with_trace: given.trace[:0])
        check_same(engine.run(*random_program(seed)), without, seed)


@pytest.mark.parametrize("seeds", BATCHES[:5], ids=str)
def test_programs_without_hours_and_timers_agree_too(seeds: range) -> None:
    """Their event list has leaves for slots and sources alone."""
    for seed in seeds:
        machine = twin.Twin(*plain_program(seed), trace=True)
        machine.advance(machine.length)
        check_same(engine.run(*plain_program(seed), trace=True), machine.output(), seed)


@pytest.mark.parametrize("seeds", BATCHES[:3], ids=str)
def test_several_steps_are_one(seeds: range) -> None:
    """Advancing in steps, some of them empty, gives what one advance gives."""
    for seed in seeds:
        program = random_program(seed)
        length = int(program.fixed.header[2])
        for machine in (twin.Twin(*program, trace=True), engine.Engine(*program, trace=True)):
            for until in (0, length // 3, length // 3, length // 2 + 1, length - 1, length):
                machine.advance(until)
            check_same(machine.output(), twin_run(seed)[0], seed)


def test_a_paper_may_come_back_a_thousand_times() -> None:
    """Each limit on returns holds by itself, also where the chance of return is one."""
    limits = (1000, 2, 300)
    code = [[Op.RETURN, 0, number, limit, -1, 0, number] for number, limit in enumerate(limits)] + [[Op.END] + [0] * 6]
    program = with_code(random_program(0), code)
    program = program._replace(bound=program.bound._replace(probability=np.ones(1), effects=np.zeros(3)))
    output = twin.run(*program, trace=True)
    assert set(output.decisions[:, COLUMN["returns"]].tolist()) == {sum(limits)}
    check_same(engine.run(*program, trace=True), output, 0)


def with_code(program: RandomProgram, code: list[list[int]], branches: tuple[int, ...] = ()) -> RandomProgram:
    """Return a program with other instructions, each its code and six operands; all decisions begin at the first."""
    names = ("op_code", "op_a", "op_b", "op_c", "op_d", "op_e", "op_f")
    columns = dict(zip(names, zip(*code, strict=True), strict=True))
    fixed = program.fixed._replace(
        **{name: np.array(column, dtype=np.int64) for name, column in columns.items()},
        op_key=np.arange(len(code)),
        branch_pc=np.array(branches, dtype=np.int64),
        branch_context=np.zeros(len(branches), dtype=np.int64),
        source_entry=np.zeros_like(program.fixed.source_entry),
    )
    return program._replace(fixed=fixed)


def test_a_mark_with_an_end_behind_it_may_come_when_the_clock_has_stopped() -> None:
    """It then has a row like any mark; so has one of a token that is not its decision's first."""
    none = [0] * 5
    code = [[Op.SPAWN, 0, 1, *none[1:]], [Op.MARK, 1, *none], [Op.MARK, 1, *none], [Op.END, 1, 0, *none[1:]]]
    code += [[Op.JUMP, 5, *none], [Op.MARK, 1, *none], [Op.JUMP, 8, *none], [Op.END, 2, 0, *none[1:]]]
    code += [[Op.JUMP, 7, *none]]
    program = with_code(random_program(0), code, branches=(4,))
    output = twin.run(*program, trace=True)
    assert len(output.marks) == 2 * len(output.decisions) > 0
    check_same(engine.run(*program, trace=True), output, 0)


def test_a_program_of_many_desks_agrees() -> None:
    """There the kernel fetches beforehand what the next event will want."""
    runner = Runner(trees(6, 3000))
    program = (runner.program.fixed, runner.bound, runner.program.source_keys(1, 0, 0))
    output = twin.run(*program, trace=True)
    assert output.events > 2000
    check_same(engine.run(*program, trace=True), output, 0)


@pytest.mark.parametrize("seeds", BATCHES[:3], ids=str)
def test_injected_events_agree(seeds: range) -> None:
    """What a live exercise injects does the same in both."""
    for seed in seeds:
        program = random_program(seed)
        length = int(program.fixed.header[2])
        machines = (twin.Twin(*program, trace=True), engine.Engine(*program, trace=True))
        for machine in machines:
            machine.advance(length // 3)
            machine.inject(Outside.INJECT, 0, 0)
            machine.inject(Outside.LOST, 0, 0)
            machine.advance(length // 2)
            machine.inject(Outside.RESTORED, 0, 0)
            machine.inject(Outside.CHANNEL, 0, 0)
            machine.inject(Outside.POSTURE, int(program.fixed.header[0]) - 1, 0)
            machine.inject(Outside.INJECT, 0, 0)
            machine.advance(length)
        check_same(machines[1].output(), machines[0].output(), seed)


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_every_microsecond_has_one_cause(seeds: range) -> None:
    """The causes of a decision add up to its time, ended or open, and none is negative."""
    for seed in seeds:
        output, end = twin_run(seed)
        rows = output.decisions
        accounts = rows[:, FIRST_CAUSE : FIRST_CAUSE + N_CAUSES]
        ended = np.where(rows[:, COLUMN["outcome"]] == Outcome.OPEN, end, rows[:, COLUMN["ended"]])
        assert np.array_equal(accounts.sum(axis=1), ended - rows[:, COLUMN["raised"]]), seed
        assert np.all(accounts >= 0), seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_decisions_are_conserved(seeds: range) -> None:
    """Those raised are those ended and those open, and the trace knows them all."""
    for seed in seeds:
        output, _ = twin_run(seed)
        rows = output.decisions
        is_open = rows[:, COLUMN["outcome"]] == Outcome.OPEN
        assert np.array_equal(is_open, rows[:, COLUMN["ended"]] < 0), seed
        assert np.sum(output.trace[:, 0] == Trace.RAISED) == len(rows), seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_number_is_stay(seeds: range) -> None:
    """The integral of the number at a desk is the sum of the stays there; nothing counted is negative."""
    for seed in seeds:
        desks = twin_run(seed)[0].desks
        assert np.array_equal(desks[:, DESK["number_time"]], desks[:, DESK["stay_time"]]), seed
        assert np.all(desks >= 0), seed
        assert np.all(desks[:, DESK["lost_time"]] <= desks[:, DESK["work_time"]]), seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_a_slot_holds_one(seeds: range) -> None:
    """Nobody starts at a slot where somebody is at work: no station works above its strength."""
    ends = (Trace.DONE, Trace.INTERRUPTED, Trace.WITHDRAWN, Trace.TIMED_OUT, Trace.QUEUED, Trace.REDIRECTED)
    for seed in seeds:
        slot_of: dict[int, int] = {}
        for kind, _, _, token, _, _, x, *_ in twin_run(seed)[0].trace.tolist():
            if kind == Trace.STARTED:
                assert x not in slot_of.values(), seed
                slot_of[token] = x
            elif kind in ends:
                slot_of.pop(token, None)


@pytest.mark.parametrize("seeds", BATCHES[:3], ids=str)
def test_nothing_waits_for_nothing(seeds: range) -> None:
    """Whenever time is about to pass, no head of a queue and no meeting could start at once.

    This is a test of the page: where it forgot to try again, things would wait for ever.
    """
    for seed in seeds:
        machine = twin.Twin(*random_program(seed))
        for until in sorted({moment for moment, *_ in machine.heap} | {machine.length}):
            machine.advance(until)
            if machine.truncated or until >= machine.length:
                break
            for station in machine.stations:
                for queue in filter(None, station.queues):
                    assert machine._slot_for(queue[0], station) is None, seed
            for meeting in list(machine.waiting):
                assert not machine._try(meeting), seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_time_never_runs_backwards(seeds: range) -> None:
    """Records are written in the order of time; SPENT, which looks back, ends in that order too."""
    for seed in seeds:
        trace = twin_run(seed)[0].trace
        times = trace[trace[:, 0] != Trace.SPENT, 1]
        assert np.all(np.diff(times) >= 0), seed
        spent = trace[trace[:, 0] == Trace.SPENT]
        assert np.all(spent[:, 8] > spent[:, 1]), seed


def test_random_programs_exercise_everything() -> None:
    """Every instruction, outside event and record occurs, and often enough to matter."""
    programs = [random_program(seed) for seed in range(PROGRAMS)]
    records = Counter(kind for seed in range(PROGRAMS) for kind in twin_run(seed)[0].trace[:, 0].tolist())
    assert min(records[kind] for kind in range(27)) >= 30, records
    check_all_occur(programs, "op_code", range(Op.END + 1))
    check_all_occur(programs, "outside_kind", range(Outside.INJECT + 1))
    check_all_occur(programs, "distribution_kind", range(9))
    check_all_occur(programs, "source_kind", range(3))
    assert 3 < sum(twin_run(seed)[0].truncated for seed in range(PROGRAMS)) < PROGRAMS / 2


def check_all_occur(programs: list[RandomProgram], column: str, kinds: range) -> None:
    """Assert that every kind is in some program."""
    found = set(np.concatenate([getattr(program.fixed, column) for program in programs]).tolist())
    assert found == set(kinds), column


def test_calendars_by_counting() -> None:
    """The twin's calendar agrees with looking at every moment."""
    calendar = twin.Calendar(2, [-3, 4, 9], [2, 6, 15])
    moments = range(-6, 20)
    is_open = {t: -3 <= t < 2 or 4 <= t < 6 or 9 <= t < 15 for t in range(-6, 40)}
    for t in moments:
        assert calendar.is_open(t) == is_open[t]
        opens = [later for later in range(t + 1, 40) if is_open[later] and not is_open[later - 1]]
        assert calendar.opens_next(t) == (opens[0] if opens else NEVER)
        assert calendar.next_open(t) == next((later for later in range(t, 40) if is_open[later]), NEVER)
        for end in range(t, 20):
            assert calendar.open_time(t, end) == sum(is_open[moment] for moment in range(t, end))
        for work in range(12):
            done = next((end for end in range(t, 30) if calendar.open_time(t, end) == work), NEVER)
            assert calendar.finish(t, work) == done
