"""How rarely a decision misses its deadline, where plain runs hardly ever see one: ``renkei choose --rare``.

Splitting: from each moment on, runs go on from copies of those in which the decision was still open then. The way to a
miss leads through being late for less, so the levels are shares of the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from renkei.analysis.runs import Floats
from renkei.analysis.splitting import Bools, Rare, States, combined, once
from renkei.model.verdict import Choice
from renkei.study.running import Pair
from renkei.study.sweeping import Sweep, Swept

if TYPE_CHECKING:
    from renkei.sim.engine import Engine

EFFORT: Final = 100
REPETITIONS: Final = 20
FEW: Final = 10
"""Misses in the sweep: with so many, its own interval says enough."""
FALL: Final = 4
"""By about this factor fewer go on from one level to the next."""
MOST_LEVELS: Final = 12
MICROSECONDS: Final = 1_000_000
TRIES: Final = 1000
"""Futures in a row without a decision to follow, after which none is expected."""
FIRST: Final = 1 << 40
"""Futures from here on are met by nothing else."""


@dataclass(frozen=True, slots=True)
class RareMiss:
    """The probability that a decision is neither ordered nor refused by its deadline."""

    scenario: str
    structure: str
    decision_class: str
    seen: int
    """Misses in the sweep."""
    runs: int
    """Of the sweep in which one could be seen."""
    levels: tuple[float, ...]
    """Shares of the deadline."""
    missed: Rare


@dataclass(frozen=True)
class _Open:
    """A run that stands at some moment of one decision's way."""

    engine: Engine
    source: int
    ordinal: int
    raised: int
    deadline: int


class OnItsWay:
    """One decision drawn from each run, followed from when it is raised; levels are moments of its way."""

    def __init__(self, pair: Pair, decision_class: str, levels: Sequence[float], seed: int) -> None:
        from renkei.sim.cloning import Beginnings

        self.pair, self.levels, self.seed = pair, levels, seed
        self.beginnings = Beginnings()
        self.number = pair.program.classes.index(decision_class)
        self.decision_class = decision_class
        self.kept: list[_Open] = []

    def start(self, count: int, generator: np.random.Generator) -> States:
        """Begin in futures of their own, where a decision drawn evenly from the run's is raised.

        Raises
        ------
        ValueError
            If there is hardly ever one whose deadline is before the run's end.
        """
        self.kept = []
        tries = 0
        while len(self.kept) < count:
            begun = self._begun(FIRST + int(generator.integers(FIRST)), float(generator.random()))
            tries = 0 if begun is not None else tries + 1
            if begun is not None:
                self.kept.append(begun)
            elif tries == TRIES:
                raise ValueError(f"no run of class `{self.decision_class}` reaches a decision's deadline")
        return np.arange(count)

    def _begun(self, future: int, share: float) -> _Open | None:
        """Return a run up to the raising of a decision; None if it raises none that counts.

        Only of a decision whose deadline is before the run's end is it known whether it was missed.
        """
        from renkei.sim import engine
        from renkei.sim.futures import draw_future
        from renkei.sim.program import DECISION_COLUMNS

        program = self.pair.program
        values = draw_future(self.pair.case.assumptions, self.seed, future)
        bound, keys = program.bind(values), program.source_keys(self.seed, future, 0)
        # Who is raised when does not depend on what becomes of them: a first run tells, a second one is stopped there.
        table = engine.run(program.fixed, bound, keys).decisions
        column = {name: table[:, number] for number, name in enumerate(DECISION_COLUMNS)}
        counted = np.array(program.counted, dtype=np.bool_)[column["source"]]
        last = program.length_us - program.cool_down_us
        deadline = round(program.deadlines(values)[self.decision_class] * MICROSECONDS)
        last = min(last, program.length_us - deadline + 1)
        within = (column["raised"] >= program.warm_up_us) & (column["raised"] < last)
        rows = np.flatnonzero(counted & within & (column["class"] == self.number))
        if not rows.size:
            return None
        row = int(rows[int(share * rows.size)])
        raised = int(column["raised"][row])
        live = self.beginnings.of(program.fixed, bound, keys)
        live.advance(raised)
        return _Open(live, int(column["source"][row]), int(column["ordinal"][row]), raised, deadline)

    def advance(self, states: States, level: int, generator: np.random.Generator) -> tuple[Bools, States]:
        """Run copies on to the level's moment; those are there whose decision is open, or has failed."""
        from renkei.sim.cloning import copied, fate
        from renkei.sim.program import Outcome

        ends: list[_Open] = []
        reached = np.zeros(len(states), dtype=np.bool_)
        for row, state in enumerate(states.tolist()):
            before = self.kept[state]
            live = copied(before.engine, int(generator.integers(1 << 62)))
            live.advance(before.raised + int(before.deadline * self.levels[level - 1]))
            found = fate(live, before.source, before.ordinal)
            reached[row] = found is None or found[0] < 0 or found[1] == Outcome.FAILED
            ends.append(_Open(live, before.source, before.ordinal, before.raised, before.deadline))
        self.kept = ends
        return reached, np.arange(len(ends))


def levels_of(shares: Floats) -> tuple[float, ...]:
    """Return levels below and at 1 from times of decisions as shares of their deadline, (n,); infinite ones count.

    Each is passed by about a quarter of those that passed the one before, as far as the times tell; then they go on in
    steps as large as the last.
    """
    found: list[float] = []
    share, step = 1.0, 0.0
    while shares.size * (share := share / FALL) >= 5:
        level = float(np.quantile(shares, 1 - share, method="higher"))
        if not 0.0 < level < 1.0:
            break
        step = level - found[-1] if found else level
        if step > 0:
            found.append(level)
    while found and step > 0 and found[-1] + step < 1 and len(found) < MOST_LEVELS - 1:
        found.append(found[-1] + step)
    return (*found, 1.0)


def rare_misses(sweep: Sweep, swept: Swept, choice: Choice) -> dict[str, RareMiss]:
    """Return, for each scenario in which the chosen structure hardly ever missed a deadline, how rarely it does."""
    result: dict[str, RareMiss] = {}
    for verdict in choice.verdicts:
        if verdict.best in swept.paths:
            continue
        runs = swept.runs[verdict.best, verdict.scenario]
        missed = runs.drawn_missed[:, 0]
        known = ~np.isnan(missed) & ~np.isnan(runs.drawn_s[:, 0])
        seen = int(missed[known].sum())
        if not known.any() or seen >= FEW:
            continue
        pair = sweep._pair(verdict.best, verdict.scenario)
        longest_s = (pair.program.length_us - pair.program.warm_up_us) / MICROSECONDS
        if not (runs.deadline_s < longest_s).any():
            continue  # it is never known whether a deadline was missed
        times = runs.drawn_s[known, 0]
        levels = levels_of(np.where(times < 0, np.inf, times) / runs.deadline_s[known])
        sweep.say(f"splitting for rare misses in {verdict.scenario}")
        result[verdict.scenario] = RareMiss(
            verdict.scenario,
            verdict.best,
            verdict.decision_class,
            seen,
            int(known.sum()),
            levels,
            rare_miss(pair, verdict.decision_class, levels, sweep.seed, sweep.workers),
        )
    return result


def rare_miss(
    pair: Pair,
    decision_class: str,
    levels: Sequence[float],
    seed: int,
    workers: int = 1,
    *,
    effort: int = EFFORT,
    repetitions: int = REPETITIONS,
) -> Rare:
    """Return the probability that a decision of a class is neither ordered nor refused by its deadline.

    Parameters
    ----------
    pair
        One structure under one scenario, compiled.
    decision_class
        Which; it must have a deadline.
    levels
        Shares of the deadline, rising, the last of them 1.
    seed
        Of all chance. Each repetition has its own, so the result does not depend on ``workers``.
    workers
        Threads.
    effort, repetitions
        Runs from each level, and independent estimates.

    Raises
    ------
    ValueError
        If no run lasts until the deadline of a decision of the class.
    """

    def repeated(number: int) -> float:
        generator = np.random.Generator(np.random.PCG64([seed, number]))
        return once(OnItsWay(pair, decision_class, levels, seed), len(levels), generator, effort)

    with ThreadPoolExecutor(workers, thread_name_prefix="renkei") as pool:
        return combined(list(pool.map(repeated, range(repetitions))))
