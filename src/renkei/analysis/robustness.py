"""Robustness over futures: how structures do where nobody knows which future will come, with error bars.

Costs are what is measured, lower is better. The plain ("naive") regret of a structure is its mean cost less the lowest
mean cost in the same future. Noise makes the lowest mean too low, so it is too high on average, even for the true
best. The cross-fitted regret finds the best structure with one half of the replications and takes the difference from
the other half: what is found by noise then gains nothing, so it is too low on average. The truth lies between them in
expectation, and more replications under common random numbers close the bracket. The same is done wherever an
extreme is looked for: the worst future is found with one half and measured with the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METRICS: Final = (
    "minimax_regret",
    "mean_regret",
    "p90_regret",
    "satisficing_share",
    "maximin",
    "hurwicz",
    "mean_variance",
)
"""Metrics that McPhail et al. (2018), Earth's Future 6, doi 10.1002/2017EF000649, compare; regrets first."""

HIGHER_IS_BETTER: Final = frozenset({"satisficing_share"})
RESAMPLES: Final = 400
NEAR_P90: Final = (0.875, 0.925)
"""The 90th percentile is the mean over futures whose rank lies here, in the other half where it is cross-fitted: one
future alone would be a single noisy replication. Both ends of the bracket are of the same futures' share, so that they
differ by noise alone, also where the tail is bent."""


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A number between two estimates, with an interval over futures and replications together.

    ``cross_fitted`` and ``naive`` err to opposite sides in expectation where an extreme is looked for. ``low`` and
    ``high`` hold the bracket and the resampling of whole futures (95 %). ``replication_error`` is the standard error
    that comes from replications alone, by the difference between the two halves.
    """

    cross_fitted: float
    naive: float
    low: float
    high: float
    replication_error: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """Every metric of every structure, who is best by which, and how often each is best in a future."""

    structures: tuple[str, ...]
    metrics: dict[str, tuple[Bracketed, ...]]
    """By metric, in the order of ``structures``; units of the cost, shares for ``satisficing_share``."""
    best: dict[str, str]
    """The best structure by the middle of the bracket; of equals the one with the least mean regret."""
    best_share: tuple[float, ...]
    """Share of futures in which a structure has the lowest mean cost; ties are shared."""
    threshold: float
    optimism: float

    @property
    def agreed(self) -> bool:
        """Whether all metrics name one structure."""
        return len(set(self.best.values())) == 1


def halves(observations: Floats) -> tuple[Floats, Floats]:
    """Return mean costs (S, F) in even and in odd replications of (S, F, R).

    Raises
    ------
    ValueError
        If there are fewer than two replications.
    """
    if observations.ndim != 3 or observations.shape[2] < 2:
        raise ValueError("robustness needs costs of shape (structures, futures, replications >= 2)")
    return observations[:, :, 0::2].mean(axis=2), observations[:, :, 1::2].mean(axis=2)


def regrets(costs: Floats, by: Floats | None = None) -> Floats:
    """Return regrets (S, F): cost less that of the structure which is best in ``by`` (by default the same costs)."""
    best = (costs if by is None else by).argmin(axis=0)
    return costs - np.take_along_axis(costs, best[None, :], axis=0)


def mean_regret_bracket(observations: Floats) -> tuple[Floats, Floats]:
    """Return (cross-fitted, naive) mean regrets, each (S,), of costs (S, F, R)."""
    one, two = halves(observations)
    crossed = (regrets(one, by=two) + regrets(two, by=one)) / 2
    return crossed.mean(axis=1), regrets(observations.mean(axis=2)).mean(axis=1)


@dataclass(frozen=True)
class _Futures:
    """One structure's numbers by future, each (F,): regret and cost, whole and by halves."""

    regret: Floats
    regret_one: Floats
    """Cross-fitted: measured in half one against the best structure of half two."""
    regret_two: Floats
    cost: Floats
    cost_one: Floats
    cost_two: Floats

    def taken(self, chosen: Ints) -> _Futures:
        """Return the numbers of resampled futures: each (B, F)."""
        return _Futures(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def _at(values: Floats, index: Ints) -> Floats:
    return np.take_along_axis(values, index[..., None], axis=-1)[..., 0]


def _found_and_measured(one: Floats, two: Floats, find: Callable[..., Ints]) -> Floats:
    """Return the extreme that each half finds, measured by the other half."""
    return (_at(two, find(one, axis=-1)) + _at(one, find(two, axis=-1))) / 2


def _near_p90(found: Floats, measured: Floats) -> Floats:
    futures = found.shape[-1]
    low = min(int(NEAR_P90[0] * futures), futures - 1)
    high = max(int(np.ceil(NEAR_P90[1] * futures)), low + 1)
    order = np.argpartition(found, sorted({low, high - 1}), axis=-1)[..., low:high]
    return np.asarray(np.take_along_axis(measured, order, axis=-1).mean(axis=-1))


def _pair(metric: str, data: _Futures, threshold: float, optimism: float) -> tuple[Floats, Floats]:
    """Return (cross-fitted, naive) of one metric over the last axis."""
    if metric == "mean_regret":
        return (data.regret_one + data.regret_two).mean(axis=-1) / 2, data.regret.mean(axis=-1)
    if metric == "minimax_regret":
        return _found_and_measured(data.regret_one, data.regret_two, np.argmax), data.regret.max(axis=-1)
    if metric == "p90_regret":
        crossed = (_near_p90(data.regret_one, data.regret_two) + _near_p90(data.regret_two, data.regret_one)) / 2
        return crossed, _near_p90(data.regret, data.regret)
    if metric == "satisficing_share":
        both = (data.cost_one <= threshold) & (data.cost_two <= threshold)
        return both.mean(axis=-1), (data.cost <= threshold).mean(axis=-1)
    worst = _found_and_measured(data.cost_one, data.cost_two, np.argmax)
    if metric == "maximin":
        return worst, data.cost.max(axis=-1)
    if metric == "hurwicz":
        best = _found_and_measured(data.cost_one, data.cost_two, np.argmin)
        naive = optimism * data.cost.min(axis=-1) + (1 - optimism) * data.cost.max(axis=-1)
        return optimism * best + (1 - optimism) * worst, naive
    # The covariance of the halves over futures is free of the replications' noise; the plain variance is not.
    mean = data.cost.mean(axis=-1)
    one = data.cost_one - data.cost_one.mean(axis=-1, keepdims=True)
    two = data.cost_two - data.cost_two.mean(axis=-1, keepdims=True)
    return mean + np.sqrt(np.maximum((one * two).mean(axis=-1), 0.0)), mean + data.cost.std(axis=-1)


def _bracketed(metric: str, data: _Futures, chosen: Ints, threshold: float, optimism: float) -> Bracketed:
    cross_fitted, naive = _pair(metric, data, threshold, optimism)
    samples = _pair(metric, data.taken(chosen), threshold, optimism)
    low = float(np.quantile(np.minimum(*samples), 0.025))
    high = float(np.quantile(np.maximum(*samples), 0.975))
    one = _Futures(data.regret_one, data.regret_one, data.regret_one, data.cost_one, data.cost_one, data.cost_one)
    two = _Futures(data.regret_two, data.regret_two, data.regret_two, data.cost_two, data.cost_two, data.cost_two)
    error = abs(float(_pair(metric, one, threshold, optimism)[1] - _pair(metric, two, threshold, optimism)[1])) / 2
    return Bracketed(float(cross_fitted), float(naive), low, high, error)


def robustness(
    observations: Floats,
    structures: tuple[str, ...],
    *,
    threshold: float | None = None,
    optimism: float = 0.5,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Robustness:
    """Return all metrics of robustness with their brackets and intervals.

    Parameters
    ----------
    observations
        Costs (S, F, R >= 2), lower is better, finite; the same futures, and best the same random numbers, for all.
    structures
        Their S names.
    threshold
        The highest cost that satisfices (Starr's measure: share of futures at or below it); by default the median of
        all mean costs.
    optimism
        Hurwicz's weight of the best future, 0 to 1.
    resamples, seed
        Of the percentile bootstrap over whole futures. A maximum's bootstrap never sees a future worse than those
        drawn, so the upper end of ``minimax_regret`` and ``maximin`` speaks of these futures only.

    Notes
    -----
    ``satisficing_share`` counts, cross-fitted, futures that satisfice in both halves. ``mean_variance`` is mean plus
    one standard deviation over futures, cross-fitted by the covariance of the halves. ``maximin`` is the worst cost
    (of costs, so lower is better).

    References
    ----------
    McPhail et al. 2018, doi 10.1002/2017EF000649; Savage 1951 (regret); Starr 1963 (satisficing).
    """
    one, two = halves(observations)
    if not np.isfinite(observations).all():
        raise ValueError("robustness needs finite costs")
    whole = observations.mean(axis=2)
    middle = float(np.median(whole)) if threshold is None else threshold
    regret, regret_one, regret_two = regrets(whole), regrets(one, by=two), regrets(two, by=one)
    futures = whole.shape[1]
    chosen = np.random.Generator(np.random.PCG64(seed)).integers(0, futures, size=(resamples, futures))
    found: dict[str, list[Bracketed]] = {metric: [] for metric in METRICS}
    for row in range(len(structures)):
        data = _Futures(regret[row], regret_one[row], regret_two[row], whole[row], one[row], two[row])
        for metric in METRICS:
            found[metric].append(_bracketed(metric, data, chosen, middle, optimism))
    lowest = whole == whole.min(axis=0)
    return Robustness(
        structures=structures,
        metrics={metric: tuple(rows) for metric, rows in found.items()},
        best={metric: structures[_best(metric, rows, found["mean_regret"])] for metric, rows in found.items()},
        best_share=tuple((lowest / lowest.sum(axis=0)).mean(axis=1).tolist()),
        threshold=middle,
        optimism=optimism,
    )


def _best(metric: str, rows: list[Bracketed], regret: list[Bracketed]) -> int:
    middles = [row.cross_fitted + row.naive for row in rows]
    sign = -1 if metric in HIGHER_IS_BETTER else 1
    return min(range(len(rows)), key=lambda n: (sign * middles[n], regret[n].cross_fitted + regret[n].naive, n))
