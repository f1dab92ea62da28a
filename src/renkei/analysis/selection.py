"""Ranking and selection: which structure is best, with a guaranteed probability of being right.

Less is better everywhere here, as with times. An observation is the mean over ten fresh futures, one run in each: times
are heavy-tailed, and these procedures need observations that are nearly normal and independent of one another. Between
structures they need not be independent in ``KimNelson``; the two-stage procedures need that.

Every procedure takes its data from a ``Sample``; which observation it gets is a function of its number, so a procedure
that is stopped and begun again meets the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from renkei.analysis.rinott import kim_nelson_eta, rinott_constant

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FIRST_STAGE: Final = 10
FEW: Final = 50
"""Up to so many structures, Kim and Nelson alone; above, screening comes before Rinott."""
MANY: Final = 10_000
"""Above so many, a tournament."""
SCREENING: Final = "screening, then Rinott"
TOURNAMENT: Final = "knockout tournament"
GROUP: Final = 20
"""Structures that meet in one match of the tournament."""
STEP: Final = 16
"""So many observations are asked for at a time where a procedure could use them one by one."""
SECOND_STAGE: Final = 4_000_000
"""At most so many numbers are held at once in a second stage."""


class Sample(Protocol):
    """Gives observations: of ``systems`` (any shape), numbers ``first`` to ``last`` - 1, in one more axis."""

    def __call__(self, systems: Ints, first: int, last: int) -> Floats:
        """Return ``(*systems.shape, last - first)`` observations."""
        ...


class KimNelson:
    """The fully sequential procedure of Kim and Nelson, for M selections of k systems at a time.

    Valid under common random numbers: it looks at pairs' differences only, whatever their covariance. Fed with
    observations a batch at a time, it decides after each one.

    Parameters
    ----------
    shape
        (M, k).
    zone
        The indifference zone.
    alpha
        The probability of a wrong selection that is allowed.
    first_stage
        Observations before the first decision.

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation. c = 1.
    """

    def __init__(self, shape: tuple[int, int], zone: float, alpha: float, first_stage: int = FIRST_STAGE) -> None:
        runs, systems = shape
        if not zone > 0:
            raise ValueError("the indifference zone must be above 0")
        self.zone = zone
        self.first_stage = first_stage
        self.alive: Bools = np.ones(shape, dtype=np.bool_)
        self.out_after: Ints = np.zeros(shape, dtype=np.int64)
        """After how many observations each was left out; 0 while it is in."""
        self.decided_after: Ints = np.full(runs, 0 if systems > 1 else first_stage, dtype=np.int64)
        self.count = 0
        self.sums: Floats = np.zeros(shape)
        self._head: Floats = np.zeros((*shape, 0))
        self._reach: Floats = np.zeros((runs, systems, systems))
        self._h2 = 0.0
        if systems > 1:
            self._h2 = 2 * kim_nelson_eta(systems, alpha, first_stage) * (first_stage - 1)

    @property
    def decided(self) -> Bools:
        """(M,): whether one alone is left."""
        done: Bools = self.alive.sum(axis=1) <= 1
        return done

    @property
    def best(self) -> Ints:
        """(M,): the one that is left; while several are, the one with the lowest sum so far."""
        chosen: Ints = np.where(self.alive, self.sums, np.inf).argmin(axis=1)
        return chosen

    def observations(self) -> Ints:
        """Return (M, k): how many observations each took; of systems still in, those of the last decision."""
        last = np.where(self.decided_after > 0, self.decided_after, self.count)
        used: Ints = np.where(self.out_after > 0, self.out_after, last[:, None])
        return used

    def feed(self, batch: Floats) -> None:
        """Take (M, k, n) more observations. Those of systems that are out are not looked at."""
        at = 0
        if self.count < self.first_stage:
            at = min(self.first_stage - self.count, batch.shape[2])
            self._head = np.concatenate([self._head, batch[:, :, :at]], axis=2)
            self.count += at
            if self.count < self.first_stage:
                return
            self.sums = self._head.sum(axis=2)
            self._begin()
            self._decide()
        for number in range(at, batch.shape[2]):
            if self.decided.all():
                return
            self.count += 1
            self.sums += batch[:, :, number]
            self._decide()

    def _begin(self) -> None:
        centred = self._head - self._head.mean(axis=2, keepdims=True)
        covariance = np.einsum("mir,mjr->mij", centred, centred) / (self.first_stage - 1)
        own = np.einsum("mii->mi", covariance)
        variance = np.maximum(own[:, :, None] + own[:, None, :] - 2 * covariance, 0.0)
        self._reach = self._h2 * variance / self.zone**2
        self._head = np.zeros((*self._head.shape[:2], 0))

    def _decide(self) -> None:
        """Leave out what is beaten; the systems of a decided selection stay as they are."""
        open_runs = np.flatnonzero(~self.decided)
        if not len(open_runs):
            return
        sums, alive = self.sums[open_runs], self.alive[open_runs]
        margin = np.maximum(self._reach[open_runs] - self.count, 0.0) * (self.zone / 2)
        behind = sums[:, :, None] - sums[:, None, :] > margin
        beaten = alive & (behind & alive[:, None, :]).any(axis=2)
        alive &= ~beaten
        self.alive[open_runs] = alive
        rows, columns = np.nonzero(beaten)
        self.out_after[open_runs[rows], columns] = self.count
        self.decided_after[open_runs[alive.sum(axis=1) <= 1]] = self.count


@dataclass(frozen=True, slots=True)
class Selection:
    """What a procedure chose.

    ``confidence`` is guaranteed whenever the best is ahead of the second by the zone; None where nothing is, as with a
    fixed budget.
    """

    procedure: str
    best: int
    confidence: float | None
    zone: float
    decided: bool
    means: Floats
    observations: Ints
    """Of each system."""
    left: Ints
    """Systems that could not be left out."""

    @property
    def total(self) -> int:
        """Return how many observations were taken of all."""
        return int(self.observations.sum())


def select(
    sample: Sample,
    systems: int,
    zone: float,
    *,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    most: int | None = None,
) -> Selection:
    """Choose by the procedure that suits the number of systems.

    Up to 50: Kim and Nelson. Up to 10,000: screening, then Rinott. Above: a knockout tournament. Screening needs
    observations that are independent between systems; the others take either. With ``most`` observations of each at
    most, after which it may be undecided: then nothing is guaranteed.
    """
    if systems <= FEW:
        return kim_nelson(sample, systems, zone, alpha=alpha, first_stage=first_stage, most=most)
    if systems <= MANY:
        return screened(sample, systems, zone, alpha=alpha, first_stage=first_stage, most=most)
    return tournament(sample, systems, zone, alpha=alpha, first_stage=first_stage, most=most)


def kim_nelson(
    sample: Sample,
    systems: int,
    zone: float,
    *,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    most: int | None = None,
) -> Selection:
    """Choose by Kim and Nelson; with ``most`` observations of each at most, after which it may be undecided."""
    procedure = KimNelson((1, systems), zone, alpha, first_stage)
    everything = np.arange(systems, dtype=np.int64)
    while not procedure.decided.all() and (most is None or procedure.count < most):
        last = max(first_stage, procedure.count + STEP)
        last = last if most is None else min(last, most)
        asked = np.flatnonzero(procedure.alive[0])
        batch = np.zeros((1, systems, last - procedure.count))
        batch[0, asked] = sample(everything[asked], procedure.count, last)
        procedure.feed(batch)
        if most is None and procedure.count > max(first_stage, float(procedure._reach.max()) + STEP):
            break  # exactly equal to the last bit: nothing will ever tell them apart
    best = int(procedure.best[0])
    used = procedure.observations()[0]
    return Selection(
        procedure="Kim-Nelson",
        best=best,
        confidence=1 - alpha if procedure.decided[0] else None,
        zone=zone,
        decided=bool(procedure.decided[0]),
        means=procedure.sums[0] / np.maximum(used, 1),
        observations=used,
        left=np.flatnonzero(procedure.alive[0]),
    )


def rinott(
    sample: Sample, systems: int, zone: float, *, alpha: float = 0.05, first_stage: int = FIRST_STAGE
) -> Selection:
    """Choose by Rinott's two stages: for systems whose observations are independent.

    References
    ----------
    Rinott (1978), as ``rinott_constant``.
    """
    everything = np.arange(systems, dtype=np.int64)
    first = sample(everything, 0, first_stage)
    h = rinott_constant(systems, 1 - alpha, first_stage)
    means, used, _ = _second_stage(sample, everything, first, h, zone)
    return Selection("Rinott", int(means.argmin()), 1 - alpha, zone, True, means, used, everything)


def _second_stage(
    sample: Sample, systems: Ints, first: Floats, constant: float, zone: float, most: int | None = None
) -> tuple[Floats, Ints, bool]:
    """Return the means of all observations, how many each system took, and whether all could take what they need."""
    stage = first.shape[1]
    needed = np.maximum(stage, np.ceil((constant / zone) ** 2 * first.var(axis=1, ddof=1)))
    used = (needed if most is None else np.minimum(needed, most)).astype(np.int64)
    sums = first.sum(axis=1)
    done = stage
    while (asked := np.flatnonzero(used > done)).size:
        # As far as the one that needs least of those left: nothing is drawn in vain.
        last = min(int(used[asked].min()), done + max(1, SECOND_STAGE // len(asked)))
        sums[asked] += sample(systems[asked], done, last).sum(axis=1)
        done = last
    return sums / used, used, bool((needed <= used).all())


def screened(
    sample: Sample,
    systems: int,
    zone: float,
    *,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    most: int | None = None,
) -> Selection:
    """Leave out what the first stage shows to be worse, then choose among the rest by Rinott.

    Half of the allowed error goes into each. The first stage is used again: the procedure's proof allows for that.

    References
    ----------
    Nelson, Swann, Goldsman and Song (2001), Simple procedures for selecting the best simulated system when the number
    of alternatives is large: the combined procedure.
    """
    from scipy.special import stdtrit

    everything = np.arange(systems, dtype=np.int64)
    first = sample(everything, 0, first_stage)
    means, variances = first.mean(axis=1), first.var(axis=1, ddof=1)
    share = (1 - alpha / 2) ** (1 / (systems - 1))
    factor = float(stdtrit(first_stage - 1, share))
    kept = np.ones(systems, dtype=np.bool_)
    block = max(1, SECOND_STAGE // systems)
    for begin in range(0, systems, block):
        rows = slice(begin, begin + block)
        width = factor * np.sqrt((variances[rows, None] + variances[None, :]) / first_stage)
        kept[rows] = (means[rows, None] <= means[None, :] + np.maximum(width - zone, 0.0)).all(axis=1)
    left = np.flatnonzero(kept)
    used = np.full(systems, first_stage, dtype=np.int64)
    enough = True
    if len(left) > 1:
        h = rinott_constant(systems, 1 - alpha / 2, first_stage)
        means[left], used[left], enough = _second_stage(sample, left, first[left], h, zone, most)
    best = int(left[means[left].argmin()])
    return Selection(SCREENING, best, 1 - alpha if enough else None, zone, enough, means, used, left)


def tournament(
    sample: Sample,
    systems: int,
    zone: float,
    *,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    group: int = GROUP,
    most: int | None = None,
) -> Selection:
    """Choose by a knockout tournament: groups play, each match is one of Kim and Nelson, winners go on.

    The best meets one group a round, so its chances of losing add up over rounds alone: alpha / 2 in the first,
    alpha / 4 in the second, and so on, the last round with what is left. Each round has observations of its own, so
    that what let a system win says nothing about its next match.

    References
    ----------
    Zhong and Hong (2022), Knockout-tournament procedures for large-scale ranking and selection.
    """
    left = np.arange(systems, dtype=np.int64)
    used = np.zeros(systems, dtype=np.int64)
    means = np.full(systems, np.nan)
    rounds = max(1, math.ceil(math.log(systems) / math.log(group) - 1e-12))
    decided = True
    allowed = alpha
    offset = 0
    for number in range(rounds):
        error = allowed if number == rounds - 1 else allowed / 2
        allowed -= error
        winners = []
        longest = 0
        full = len(left) // group * group
        fields = [left[:full].reshape(-1, group)] if full else []
        if full < len(left):
            fields.append(left[full:].reshape(1, -1))
        for field in fields:
            if field.shape[1] == 1:
                winners.append(field[:, 0])
                continue
            if most is not None and offset + first_stage > most:
                decided = False
                winners.append(field[np.arange(len(field)), np.nan_to_num(means[field], nan=np.inf).argmin(axis=1)])
                continue
            match, enough = _matches(sample, field, zone, error, first_stage, offset, most)
            decided &= enough
            longest = max(longest, match.count)
            rows = np.arange(len(field))
            counts = match.observations()
            used[field.reshape(-1)] += counts.reshape(-1)
            chosen = match.best
            winners.append(field[rows, chosen])
            means[field[rows, chosen]] = match.sums[rows, chosen] / counts[rows, chosen]
        left = np.sort(np.concatenate(winners))
        offset += longest
        if len(left) == 1:
            break
    return Selection(TOURNAMENT, int(left[0]), 1 - alpha if decided else None, zone, decided, means, used, left)


def _matches(
    sample: Sample, field: Ints, zone: float, error: float, first_stage: int, offset: int, most: int | None
) -> tuple[KimNelson, bool]:
    """Play all matches of a round at once; return them, and whether there were enough observations for each.

    What is equal to the last bit is never told apart, and need not be.
    """
    whole = KimNelson((len(field), field.shape[1]), zone, error, first_stage)
    whole.feed(sample(field, offset, offset + first_stage))
    limit = float(whole._reach.max()) + STEP
    while not whole.decided.all() and whole.count <= limit:
        step = STEP if most is None else min(STEP, most - offset - whole.count)
        if step <= 0:
            return whole, False
        rows = np.flatnonzero(~whole.decided)
        batch = np.zeros((*field.shape, step))
        among, places = np.nonzero(whole.alive[rows])
        batch[rows[among], places] = sample(
            field[rows[among], places], offset + whole.count, offset + whole.count + step
        )
        whole.feed(batch)
    return whole, True


# ---- a fixed budget


def budget_shares(means: Floats, deviations: Floats) -> Floats:
    """Return which share of a budget each system gets by optimal computing budget allocation (OCBA).

    Parameters
    ----------
    means, deviations
        (..., k): what is known of each; less is better.

    References
    ----------
    Chen, Lin, Yucesan and Chick (2000), Simulation budget allocation for further enhancing the efficiency of ordinal
    optimization.
    """
    best = means.argmin(axis=-1)[..., None]
    tiny = np.finfo(np.float64).tiny
    spread = np.maximum(deviations, 1e-12 * np.maximum(np.abs(means), 1.0))
    gap = means - np.take_along_axis(means, best, axis=-1)
    # Equal to the best but not it: as near as can be told, so it gets nearly everything, and no division by nothing.
    gap = np.maximum(gap, 1e-9 * spread)
    ratio = (spread / gap) ** 2
    np.put_along_axis(ratio, best, 0.0, axis=-1)
    own = np.take_along_axis(spread, best, axis=-1) * np.sqrt((ratio**2 / spread**2).sum(axis=-1, keepdims=True))
    np.put_along_axis(ratio, best, own, axis=-1)
    shares: Floats = ratio / np.maximum(ratio.sum(axis=-1, keepdims=True), tiny)
    return shares


def fixed_budget(
    sample: Sample, systems: int, budget: int, *, first_stage: int = FIRST_STAGE, step: int = STEP
) -> Selection:
    """Spend a fixed number of observations where they tell most (OCBA), and choose the lowest mean.

    Nothing is guaranteed: a budget can be too small for any certainty. At least ``first_stage`` of each are taken, so
    the budget must allow that.
    """
    if budget < systems * first_stage:
        raise ValueError(f"{systems} systems need {systems * first_stage} observations at least")
    everything = np.arange(systems, dtype=np.int64)
    data = [list(row) for row in sample(everything, 0, first_stage)]
    left = budget - systems * first_stage
    used = np.full(systems, first_stage, dtype=np.int64)
    while left > 0:
        now = min(step, left)
        means = np.array([np.mean(row) for row in data])
        deviations = np.array([np.std(row, ddof=1) for row in data])
        wanted = budget_shares(means, deviations) * (int(used.sum()) + now)
        more = _whole_shares(np.maximum(wanted - used, 0.0), now)
        for system in np.flatnonzero(more).tolist():
            first, last = int(used[system]), int(used[system] + more[system])
            data[system].extend(sample(everything[system : system + 1], first, last)[0])
            used[system] = last
        left -= now
    means = np.array([np.mean(row) for row in data])
    return Selection("fixed budget (OCBA)", int(means.argmin()), None, 0.0, True, means, used, everything)


def _whole_shares(wanted: Floats, total: int) -> Ints:
    """Return whole numbers that add up to ``total`` in proportion to what is wanted (largest remainders)."""
    size = float(wanted.sum())
    exact = wanted / size * total if size > 0 else np.full(len(wanted), total / len(wanted))
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
