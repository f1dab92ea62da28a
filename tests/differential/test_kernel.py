"""The kernel by itself: theory, room, threads, and the arithmetic it compiles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from differential.random_programs import RandomProgram, floats, ints, random_program
from renkei.sim import arithmetic, compiling, engine, native, twin
from renkei.sim.program import (
    DECISION_COLUMNS,
    DESK_COLUMNS,
    NEVER,
    Bound,
    Dist,
    Fixed,
    Op,
    Outcome,
    RunOutput,
    Source,
)

COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}
DESK = {name: number for number, name in enumerate(DESK_COLUMNS)}
NOTHING = ints([])


def one_desk(length_s: int, *, load: float, people: int = 1, key: int = 20260801) -> RandomProgram:
    """Return an M/M/c queue with a mean service of one second, ``load`` for each of the people."""
    code = np.array([[Op.WORK, 0, 0, 0, 0, 0, 0], [Op.END, Outcome.DONE, 0, 0, 0, 0, 0]], dtype=np.int64).T.copy()
    fixed = Fixed(
        calendar_first=ints([0, 1, 1]),
        segment_open=ints([-NEVER]),
        segment_close=ints([NEVER]),
        segment_before=ints([0]),
        station_first=ints([0, people]),
        station_finish=ints([0]),
        station_interrupt=ints([4]),
        station_recall=ints([4]),
        station_recall_count=ints([0]),
        slot_station=ints([0] * people),
        desk_station=ints([0]),
        desk_successor=ints([-1]),
        op_code=code[0],
        op_a=code[1],
        op_b=code[2],
        op_c=code[3],
        op_d=code[4],
        op_e=code[5],
        op_f=code[6],
        op_key=ints([1, 2]),
        branch_pc=NOTHING,
        branch_context=NOTHING,
        channel_list=NOTHING,
        meeting_desk=NOTHING,
        channel_calendar=NOTHING,
        source_class=ints([0]),
        source_entry=ints([0]),
        source_kind=ints([Source.POISSON]),
        source_first=ints([0, 1]),
        source_time=ints([0]),
        pair_count=ints([0]),
        outside_time=NOTHING,
        outside_kind=NOTHING,
        outside_a=NOTHING,
        outside_b=NOTHING,
        shift_time=NOTHING,
        distribution_kind=ints([Dist.EXPONENTIAL]),
        header=ints([1, 0, length_s * 1_000_000, 0, 1, 0, 0, 0]),
    )
    bound = Bound(
        slot_calendar=ints([0] * people),
        station_calendar=ints([0]),
        station_recall_us=ints([0]),
        station_stand_down_us=ints([0]),
        duration_us=NOTHING,
        distribution_p0=floats([1.0]),
        distribution_p1=floats([0.0]),
        distribution_p2=floats([0.0]),
        distribution_p3=floats([0.0]),
        values=floats([]),
        probability=floats([]),
        channel_contact=floats([]),
        source_rate=floats([load * people]),
        source_offset_us=ints([0]),
        source_interval_us=ints([1]),
        pair_start=floats([]),
        pair_gain=floats([]),
        pair_fade=floats([]),
        pair_contact=floats([]),
        pair_kept=floats([]),
        activation_us=ints([0]),
        effects=floats([0.0, 0.0, 0.0]),
    )
    return RandomProgram(fixed, bound, ints([key]))


def check_same(one: RunOutput, other: RunOutput) -> None:
    for name in ("decisions", "marks", "desks", "samples", "trace", "events", "truncated"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize(("people", "expected_s"), [(1, 4.0), (2, 2.2857)], ids=["one person", "two people"])
def test_mean_time_in_system(people: int, expected_s: float) -> None:
    """M/M/1 and M/M/2 at 75 %: the mean time in system is 4 and 2.2857 services."""
    means_s = []
    for key in range(40):
        rows = engine.run(*one_desk(20_000, load=0.75, people=people, key=key)).decisions
        done = rows[rows[:, COLUMN["outcome"]] == Outcome.DONE]
        means_s.append((done[:, COLUMN["ended"]] - done[:, COLUMN["raised"]]).mean() / 1e6)
    error_s = np.std(means_s) / np.sqrt(len(means_s))
    assert abs(np.mean(means_s) - expected_s) < 4 * error_s
    assert error_s < 0.02 * expected_s


def test_work_and_number_add_up() -> None:
    """All that was offered is done or left over; the number's integral is the sum of the stays."""
    output = engine.run(*one_desk(5_000, load=0.9))
    desk = output.desks[0]
    assert desk[DESK["arrivals"]] == len(output.decisions)
    assert desk[DESK["number_time"]] == desk[DESK["stay_time"]]
    assert desk[DESK["work_time"]] <= desk[DESK["offered"]]
    assert desk[DESK["open_time"]] == 5_000_000_000


def test_room_that_runs_out_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that begin with one row grow as often as needed, and nothing is lost."""
    roomy = [engine.run(*random_program(seed), trace=True) for seed in range(25)]
    monkeypatch.setattr(engine, "FIRST_ROOM", dict.fromkeys(engine.FIRST_ROOM, 1))
    for seed, expected in enumerate(roomy):
        narrow = engine.Engine(*random_program(seed), trace=True, workspace=engine.Workspace())
        narrow.advance(narrow.length)
        check_same(narrow.output(), expected)


def test_output_leaves_the_run_alone() -> None:
    """Looking at a run on its way does not change how it goes on."""
    for seed in range(25):
        seen = engine.Engine(*random_program(seed), trace=True)
        for part in range(1, 8):
            seen.advance(seen.length * part // 7)
            seen.output()
        check_same(seen.output(), engine.run(*random_program(seed), trace=True))


def test_what_a_run_left_is_read_after_other_runs() -> None:
    """Tables stay in the memory that the next run takes; nobody who reads them later sees that."""
    seeds = range(20)
    ended = []
    for seed in seeds:
        ended.append(engine.run(*random_program(seed), trace=True))
        if seed % 2:
            assert len(ended[-1].decisions)  # read at once; the others only after all have run
    for seed, output in zip(seeds, ended, strict=True):
        expected = engine.run(*random_program(seed), trace=True)
        assert expected.decisions is not output.decisions
        check_same(output, expected)


def test_a_run_that_ends_gives_what_a_look_at_it_gives() -> None:
    """`end` needs no copy of the memory, and says the same as `output`."""
    for seed in range(20):
        machine = engine.Engine(*random_program(seed), trace=True)
        machine.advance(machine.length // 2)
        seen = machine.output()
        check_same(machine.end(), seen)
        with pytest.raises(ValueError, match="over"):
            machine.advance(machine.length)


def test_a_long_run_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, which change nothing; who is told may stop it. A short one says nothing."""
    told: list[float] = []
    program = one_desk(20_000, load=0.75)
    expected = engine.run(*program, told=told.append)
    assert told == []
    monkeypatch.setattr(engine, "LONG_S", 0.0)
    check_same(engine.run(*program, told=told.append), expected)
    assert told == [], "the run before it was short"
    monkeypatch.setattr(engine, "SHORT_S", 0.0)
    check_same(engine.run(*program, told=told.append), expected)
    assert told == [part / engine.PARTS for part in range(1, engine.PARTS)]

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.run(*program, told=stop)
    check_same(engine.run(*program), expected)


def test_threads_do_not_meet() -> None:
    """Runs in two threads at once give what they give one after another."""
    seeds = [*range(30), *range(30)]
    with ThreadPoolExecutor(2) as threads:
        outputs = list(threads.map(lambda seed: engine.run(*random_program(seed)), seeds))
    for seed, output in zip(seeds, outputs, strict=True):
        check_same(output, engine.run(*random_program(seed)))


@pytest.mark.skipif(native.PLAIN, reason="nothing is compiled")
def test_compiled_arithmetic_gives_the_same_bits() -> None:
    """The kernel's exp, log, pow and quantile are those of plain Python."""
    compiling.kernel_in_parts()
    exp, log, pow, quantile = arithmetic.exp, arithmetic.log, arithmetic.pow, arithmetic.normal_quantile

    @numba.njit(error_model="numpy", pipeline_class=compiling.WholeCompiler)
    def all_four(x: float, y: float) -> tuple[float, float, float, float]:
        return exp(y), log(x), pow(x, y), quantile(x)

    with compiling.direct_calls():
        all_four(1.0, 1.0)
    random = np.random.default_rng(1)
    numbers = [*random.random(2000), *random.random(2000) ** 60, 5e-324, 2.0**-1022, 0.5, 0.425, 0.925, 1.0 - 2.0**-53]
    for x in map(float, numbers):
        y = float(random.normal() * 10.0 ** random.integers(-3, 3))
        plain = (exp(y), log(x), pow(x, y), quantile(x))
        assert np.array(all_four(x, y)).tobytes() == np.array(plain).tobytes(), (x, y)


def test_a_threshold_is_where_the_comparison_of_numbers_turns() -> None:
    """It must be the same to the last of 2^53, also where a half is rounded away."""
    edges = [0.0, 1e-300, 2.0**-54, 2.0**-53, 3 * 2.0**-54, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.5]
    near = [float(np.nextafter(edge, side)) for edge in edges for side in (-1.0, 2.0)]
    drawn = np.random.default_rng(5).random(2000)
    every = np.concatenate([edges, near, drawn, drawn * 2.0**-40, 1.0 - drawn * 2.0**-40])
    turns = engine.thresholds(every)
    for below, happens in ((1, True), (0, False)):
        k = turns - below
        asked = (k >= 0) & (k < 2**53)
        assert asked.sum() > 4000
        assert (((k[asked] + 0.5) * 2.0**-53 < every[asked]) == happens).all()


@pytest.mark.filterwarnings("error")
def test_the_limit_of_an_attribute_is_no_chance() -> None:
    """It stands in the same table, and may be any number: nobody is warned of it."""
    assert engine.thresholds(np.array([4000.0, np.inf])).min() > 2**53


def test_a_trace_may_pause_for_hours() -> None:
    """Notes tell a short time in their head, a long one in a word of its own; records are those of the twin."""
    one_second = one_desk(20_000, load=0.75)
    hours = one_desk(20_000, load=0.75)
    hours = hours._replace(
        fixed=hours.fixed._replace(header=hours.fixed.header * np.where(np.arange(8) == 2, 1000, 1)),
        bound=hours.bound._replace(
            source_rate=hours.bound.source_rate / 1000, distribution_p0=hours.bound.distribution_p0 * 1000
        ),
    )
    for program, long_ones in ((one_second, False), (hours, True)):
        machine = twin.Twin(*program, trace=True)
        machine.advance(machine.length)
        expected = machine.output()
        check_same(engine.run(*program, trace=True), expected)
        pauses = np.diff(np.unique(expected.trace[:, 1]))
        assert (pauses >= 1 << 27).any() == long_ones
