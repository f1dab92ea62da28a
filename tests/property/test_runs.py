"""Laws that hold for every run: Hypothesis looks for the exception."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from property.worlds import World, with_stranger, worlds
from renkei.files import load_case
from renkei.sim import engine, twin
from renkei.sim.compiler import Program, compile_program
from renkei.sim.program import (
    CALENDAR_NEVER,
    CAUSES,
    DECISION_COLUMNS,
    DESK_COLUMNS,
    NEVER,
    TRACE_COLUMNS,
    Bound,
    Outcome,
    RunOutput,
    Trace,
)
from renkei.study import run_study

THEORY = Path(__file__).parent.parent / "theory" / "cases"
SMALL = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}
DESK = {name: number for number, name in enumerate(DESK_COLUMNS)}
RECORD = {name: number for number, name in enumerate(TRACE_COLUMNS)}
IntTable = npt.NDArray[np.int64]
SEED = 20260801
LEAVES_SLOT = (Trace.DONE, Trace.INTERRUPTED, Trace.WITHDRAWN, Trace.TIMED_OUT, Trace.QUEUED, Trace.REDIRECTED)


def run(world: World, *, trace: bool = True) -> tuple[Program, Bound, RunOutput]:
    """Compile a world and run it once."""
    program = compile_program(world.structure, world.doctrine, world.scenario)
    bound = program.bind({})
    return program, bound, engine.run(program.fixed, bound, program.source_keys(SEED, 0, 0), trace=trace)


def decisions_of(program: Program, output: RunOutput, decision_class: str) -> IntTable:
    """Return the rows of a class, without the columns that only number classes and sources."""
    rows = output.decisions[output.decisions[:, COLUMN["class"]] == program.classes.index(decision_class)]
    own: IntTable = rows[:, COLUMN["ordinal"] :]
    return own


@SMALL
@given(worlds())
@seed(SEED)
def test_decisions_are_conserved(world: World) -> None:
    """Every decision raised has ended or is open at the end; each source numbers its own from 0 without a gap."""
    program, _, output = run(world)
    outcome, ended, raised = (output.decisions[:, COLUMN[name]] for name in ("outcome", "ended", "raised"))
    assert set(outcome.tolist()) <= {Outcome.OPEN, Outcome.DONE, Outcome.REFUSED, Outcome.FAILED}
    closed = outcome != Outcome.OPEN
    assert np.all(ended[closed] >= raised[closed])
    assert np.all(ended[closed] <= program.length_us)
    for source in range(len(program.sources)):
        ordinals = output.decisions[output.decisions[:, COLUMN["source"]] == source, COLUMN["ordinal"]]
        assert sorted(ordinals.tolist()) == list(range(len(ordinals)))
    records = output.trace[:, RECORD["kind"]]
    assert np.sum(records == Trace.RAISED) == len(output.decisions)


@SMALL
@given(worlds())
@seed(SEED)
def test_causes_add_up_for_every_decision(world: World) -> None:
    """The parts of a decision's time are the whole, to the microsecond, ended or open; none is negative."""
    program, _, output = run(world)
    parts = output.decisions[:, [COLUMN[cause] for cause in CAUSES]]
    still_open = output.decisions[:, COLUMN["outcome"]] == Outcome.OPEN
    until = np.where(still_open, program.length_us, output.decisions[:, COLUMN["ended"]])
    assert np.all(parts >= 0)
    assert np.array_equal(parts.sum(axis=1), until - output.decisions[:, COLUMN["raised"]])


@SMALL
@given(worlds())
@seed(SEED)
def test_a_person_does_one_thing_at_a_time(world: World) -> None:
    """No desk is above strength: work starts at slots of its own station that are staffed and free."""
    program, bound, output = run(world)
    station_of_desk = program.fixed.desk_station
    slots = len(program.fixed.slot_station)
    ever_staffed = (bound.slot_calendar.reshape(-1, slots) != CALENDAR_NEVER).any(axis=0)
    recalls = set(output.trace[output.trace[:, RECORD["kind"]] == Trace.RECALLED, RECORD["place"]].tolist())
    recalled_stations = {int(station_of_desk[desk]) for desk in recalls}
    busy: dict[int, int] = {}  # slot: token
    held: dict[int, int] = {}  # token: slot
    for kind, _, _, token, _, place, x, _, _ in output.trace.tolist():
        if kind == Trace.STARTED:
            station = int(program.fixed.slot_station[x])
            assert station == station_of_desk[place]
            assert ever_staffed[x] or station in recalled_stations
            assert x not in busy
            assert token not in held
            busy[x], held[token] = token, x
        elif kind in LEAVES_SLOT and token in held:
            del busy[held.pop(token)]
        elif kind == Trace.LOST:
            # work in hand goes to the successor, or back to the queue
            for slot in [slot for slot in busy if program.fixed.slot_station[slot] == station_of_desk[place]]:
                del held[busy.pop(slot)]
    work = output.desks[:, DESK["work_time"]]
    strength = np.bincount(program.fixed.slot_station, minlength=len(program.stations))[station_of_desk]
    assert np.all(work <= strength * program.length_us)


@SMALL
@given(worlds())
@seed(SEED)
def test_time_never_runs_backwards(world: World) -> None:
    """The trace is in the order of time, what is spent has a length, nothing happens after the end."""
    program, _, output = run(world)
    spent = output.trace[:, RECORD["kind"]] == Trace.SPENT
    times, until = output.trace[:, RECORD["time"]], output.trace[:, RECORD["until"]]
    assert np.all(np.diff(times[~spent]) >= 0)
    assert np.all(until[spent] > times[spent])
    assert np.all((times >= 0) & (times <= program.length_us))
    assert np.all(until < NEVER)


@SMALL
@given(worlds())
@seed(SEED)
def test_number_and_stay_are_the_same_area(world: World) -> None:
    """At every desk the integral of the number present is the sum of the stays; no more comes out than goes in."""
    _, _, output = run(world)
    assert np.array_equal(output.desks[:, DESK["number_time"]], output.desks[:, DESK["stay_time"]])
    assert np.all(output.desks[:, DESK["completions"]] <= output.desks[:, DESK["arrivals"]])


@SMALL
@given(worlds())
@seed(SEED)
def test_a_stranger_changes_nothing(world: World) -> None:
    """Another headquarters, with demands of its own, changes no other decision by a bit."""
    program, _, output = run(world, trace=False)
    other_program, _, other = run(with_stranger(world), trace=False)
    for decision_class in world.doctrine.classes:
        assert np.array_equal(
            decisions_of(program, output, decision_class), decisions_of(other_program, other, decision_class)
        )


@SMALL
@given(worlds())
@seed(SEED)
def test_kernel_and_twin_agree_to_the_bit(world: World) -> None:
    """The compiled kernel and the plain-Python twin write the same trace and the same tables."""
    program, bound, output = run(world)
    assert_same(output, twin.run(program.fixed, bound, program.source_keys(SEED, 0, 0), trace=True))


def assert_same(one: RunOutput, other: RunOutput) -> None:
    """Compare two runs bit by bit; the traces first, for they say where two runs part."""
    for name in ("trace", "decisions", "marks", "desks", "samples"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.shape == theirs.shape, name
        assert np.array_equal(mine, theirs), name
    assert (one.events, one.truncated) == (other.events, other.truncated)


@cache
def theory_runs(name: str, structure: str, scenario: str) -> tuple[Program, Bound]:
    """Compile one run of a theory case."""
    case = load_case(THEORY / name)
    program = compile_program(
        case.structures[structure], case.doctrine, case.scenarios[scenario], case.assumptions, event_limit=3_000
    )
    return program, program.bind({})


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(
        [
            ("silence", "two-levels", "steady"),
            ("journeys", "travels", "weeks"),
            ("series-and-parallel", "three-types", "parallel"),
            ("preemptive-resume", "three-persons", "steady"),
            ("succession", "with-successor", "loss"),
            ("familiarity", "partners", "papers"),
        ]
    ),
    st.integers(0, 2**31),
)
@seed(SEED)
def test_kernel_and_twin_agree_on_theory_cases(names: tuple[str, str, str], number: int) -> None:
    """The same on whole case folders, for any seed, over the first few thousand events."""
    program, bound = theory_runs(*names)
    keys = program.source_keys(number, 0, 0)
    assert_same(engine.run(program.fixed, bound, keys, trace=True), twin.run(program.fixed, bound, keys, trace=True))


def test_one_and_two_workers_give_the_same_bits() -> None:
    """The same seed gives the same summary, however the runs are shared out."""
    case = load_case(THEORY / "silence")
    one = run_study(case, futures=6, replications=2, workers=1)
    two = run_study(case, futures=6, replications=2, workers=2)
    assert repr(one.summary) == repr(two.summary)  # NaN is not equal to itself
