"""Splitting with the engine itself: rare queues against exact probabilities, and copies that are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaincc
from tests.theory.measuring import case_of

from renkei.analysis.splitting import Bools, States, rare_probability
from renkei.sim.cloning import Beginnings, copied, fate, present, step
from renkei.sim.compiler import Program, compile_program
from renkei.sim.engine import Engine, run
from renkei.sim.program import DECISION_COLUMNS
from renkei.study.missing import levels_of, rare_miss
from renkei.study.running import Pair

COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}


def program_of(scenario: str) -> Program:
    """Compile one of the rare queues."""
    case = case_of("rare-queues")
    return compile_program(case.structures["two-desks"], case.doctrine, case.scenarios[scenario], case.assumptions)


class BusyCycle:
    """Runs of the engine from the first arrival until so many are there, or none. Levels begin at 2."""

    def __init__(self, scenario: str) -> None:
        self.program = program_of(scenario)
        self.kept: list[Engine] = []

    def start(self, count: int, generator: np.random.Generator) -> States:
        """Begin with the first arrival, each in a run of its own."""
        self.kept = []
        beginnings = Beginnings()
        for _ in range(count):
            keys = self.program.source_keys(1, int(generator.integers(1 << 40)), 0)
            engine = beginnings.of(self.program.fixed, self.program.bind({}), keys)
            while not present(engine):
                assert step(engine)
            self.kept.append(engine)
        return np.arange(count)

    def advance(self, states: States, level: int, generator: np.random.Generator) -> tuple[Bools, States]:
        """Step each state on, in a copy of its own."""
        ends: list[Engine] = []
        reached = np.zeros(len(states), dtype=np.bool_)
        for row, state in enumerate(states.tolist()):
            engine = copied(self.kept[state], int(generator.integers(1 << 62)))
            there = present(engine)
            while 0 < there <= level:
                assert step(engine)
                there = present(engine)
            reached[row] = there > level
            ends.append(engine)
        self.kept = ends
        return reached, np.arange(len(ends))


def test_a_copy_goes_on_as_its_original() -> None:
    """Without a salt to the bit; with one otherwise, and the original is not touched by it."""
    program = program_of("tandem")
    bound, keys = program.bind({}), program.source_keys(1, 0, 0)
    whole = run(program.fixed, bound, keys).decisions
    engine = Beginnings().of(program.fixed, bound, keys)
    for _ in range(500):
        assert step(engine)
    before = engine.output().decisions
    same, other, again = copied(engine), copied(engine, 1), copied(engine, 1)
    for each in (same, other, again, engine):
        each.advance(each.length)
    assert (same.output().decisions == whole).all()
    assert (engine.output().decisions == whole).all()
    assert (other.output().decisions == again.output().decisions).all()
    ended = before[:, COLUMN["ended"]] >= 0
    assert ended.sum() > 100
    kept = other.output().decisions[: len(before)]
    assert (kept[ended] == before[ended]).all()
    assert kept.shape[0] <= len(other.output().decisions)
    assert not np.array_equal(other.output().decisions, whole)


def test_steps_are_the_run_s_own_events() -> None:
    """Stepping through gives what running through gives, and ends; a decision's fate is its row's."""
    program = program_of("single")
    bound, keys = program.bind({}), program.source_keys(3, 0, 0)
    whole = run(program.fixed, bound, keys)
    engine = Beginnings().of(program.fixed, bound, keys)
    steps = 0
    while step(engine):
        steps += 1
    assert steps == whole.events
    assert (engine.output().decisions == whole.decisions).all()
    assert not engine.truncated
    row = whole.decisions[7]
    assert fate(engine, 0, 7) == (row[COLUMN["ended"]], row[COLUMN["outcome"]])
    assert fate(engine, 0, 10**6) is None
    assert present(engine) == int((whole.decisions[:, COLUMN["ended"]] < 0).sum())


def test_copies_have_chance_of_their_own() -> None:
    """The work of what comes after is exponential anew: mean and spread of 400 copies."""
    program = program_of("single")
    engine = Beginnings().of(program.fixed, program.bind({}), program.source_keys(5, 0, 0))
    for _ in range(50):
        step(engine)
    ahead = len(engine.output().decisions) + 20
    ends = []
    for salt in range(400):
        other = copied(engine, salt)
        other.advance(other.length)
        ends.append(int(other.output().decisions[ahead][COLUMN["work"]]) / 60e6)
    assert abs(np.mean(ends) - 1) < 4 * np.std(ends) / 20
    assert abs(np.std(ends) - 1) < 0.25
    assert len(set(ends)) == 400


RARE = [("single", 10, 9.775e-4), ("tandem", 10, 2.8617e-3)]


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "length", "exact"), RARE)
def test_long_queues_in_the_engine(scenario: str, length: int, exact: float) -> None:
    """|z| < 4 with an error of a quarter at most."""
    found = rare_probability(BusyCycle(scenario), length - 1, np.random.default_rng(3), effort=250, repetitions=20)
    assert abs(found.value - exact) < 4 * found.error
    assert found.error < 0.25 * exact


def test_levels_fall_by_quarters_and_end_at_the_deadline() -> None:
    """Of exponential times with a deadline of 7 means: ln 4 apart, on to the end; what is open counts as longest."""
    generator = np.random.default_rng(2)
    shares = generator.exponential(1 / 7, 4000)
    levels = levels_of(shares)
    assert levels[-1] == 1
    assert np.diff([0, *levels[:-1]]) == pytest.approx(np.log(4) / 7, rel=0.2)
    assert len(levels) in (5, 6)
    assert levels_of(np.full(100, 2.0)) == (1.0,)
    assert levels_of(np.full(100, 0.0)) == (1.0,)
    assert levels_of(np.where(generator.random(100) < 0.5, np.inf, 0.5))[-1] == 1


@pytest.mark.slow
def test_a_rare_miss_has_its_probability() -> None:
    """Twelve exponential steps of a minute without queues: 28 min are missed as Erlang says; any number of threads."""
    case = case_of("rare-queues")
    pair = Pair(case, "two-desks", "many-steps")
    pair.compile({})
    levels = (0.5, 0.65, 0.8, 0.9, 1.0)
    found = rare_miss(pair, "many-steps", levels, 11, effort=400, repetitions=20)
    exact = float(gammaincc(12, 28))
    assert exact == pytest.approx(2.29e-4, rel=0.01)
    assert abs(found.value - exact) < 4 * found.error
    assert found.error < 0.3 * exact  # of as many plain runs it would be 0.74
    assert rare_miss(pair, "many-steps", levels, 11, 3, effort=5, repetitions=2) == rare_miss(
        pair, "many-steps", levels, 11, effort=5, repetitions=2
    )


def test_what_is_open_when_the_run_ends_has_not_missed_a_deadline_after_it() -> None:
    """Decisions whose deadline the run does not reach are not asked; with the others the estimate stays what it is."""
    case = case_of("rare-queues")
    scenario = replace(case.scenarios["many-steps"], cool_down_s=0.0)
    case = replace(case, scenarios={**case.scenarios, "many-steps": scenario})
    pair = Pair(case, "two-desks", "many-steps")
    pair.compile({})
    length_s = pair.program.length_us / 1e6
    deadline_s = pair.program.deadlines({})["many-steps"]
    assert length_s < 1000 * deadline_s  # so that a share of decisions as large as the estimate is open at the end
    found = rare_miss(pair, "many-steps", (0.5, 0.65, 0.8, 0.9, 1.0), 11, effort=200, repetitions=20)
    assert abs(found.value - float(gammaincc(12, 28))) < 4 * found.error


def test_a_deadline_that_no_run_reaches_is_not_looked_for_without_end() -> None:
    case = case_of("rare-queues")
    scenario = replace(case.scenarios["many-steps"], length_s=60.0, warm_up_s=0.0, cool_down_s=0.0)
    pair = Pair(replace(case, scenarios={**case.scenarios, "many-steps": scenario}), "two-desks", "many-steps")
    pair.compile({})
    with pytest.raises(ValueError, match="no run of class `many-steps` reaches a decision's deadline"):
        rare_miss(pair, "many-steps", (1.0,), 11, effort=1, repetitions=1)
