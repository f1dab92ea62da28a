"""Intervals by resampling whole futures, and apart from them the error that comes from replications.

Decisions within one run are not independent, so a statistic is taken per run, then per future (the mean of its
replications), then over futures; and only futures are resampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from renkei.analysis.runs import Floats, Ints, divided
from renkei.model.results import Estimate

RESAMPLES: Final = 2000
INNER_RESAMPLES: Final = 200
LOW, HIGH = 0.025, 0.975
FEWEST: Final = 6
"""A difference is never called shown with fewer futures: that five agree by chance alone has a probability of 1 in
16, of six 1 in 32, below 5 %."""

NOTHING: Final = Estimate(math.nan, math.nan, math.nan, math.nan)


def mean_of_replications(values: Floats) -> Floats:
    """Return (F,) from (F, R): means without what is not a number. Infinite where any replication is."""
    known = ~np.isnan(values)
    return divided(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1))


@dataclass(frozen=True)
class Resampling:
    """Percentile bootstrap over futures (Efron 1979): the same 2,000 samples of futures for everything in a study.

    Where there is only one future, its replications are resampled in its place.

    Parameters
    ----------
    futures, replications
        How many there are.
    seed
        The study's: the same seed gives the same samples.
    """

    futures: int
    replications: int
    seed: int

    @property
    def units(self) -> int:
        """Return how many things are resampled."""
        return self.futures if self.futures > 1 else self.replications

    @cached_property
    def weights(self) -> Floats:
        """(resamples, units): how often each unit is in each sample."""
        generator = np.random.Generator(np.random.PCG64(self.seed))
        chosen = generator.integers(0, self.units, size=(RESAMPLES, self.units))
        flat = chosen + np.arange(RESAMPLES)[:, None] * self.units
        counts = np.bincount(flat.reshape(-1), minlength=RESAMPLES * self.units)
        return counts.reshape(RESAMPLES, self.units).astype(np.float64)

    @cached_property
    def _inner(self) -> Ints:
        """(resamples, F, R): which replications stand for those of each future."""
        generator = np.random.Generator(np.random.PCG64(self.seed ^ 0x5DEECE66D))
        return generator.integers(0, self.replications, size=(INNER_RESAMPLES, self.futures, self.replications))

    def by_unit(self, values: Floats) -> Floats:
        """Return one number for each unit, from (F, R)."""
        return mean_of_replications(values) if self.futures > 1 else values[0]

    def mean(self, values: Floats) -> Estimate:
        """Return the mean over futures of (F, R), without those that are not a number."""
        units = self.by_unit(values)
        known = np.isfinite(units)
        if not known.any():
            return NOTHING
        filled = np.where(known, units, 0.0)
        # Not by matrix product: that may add in another order on another number of threads.
        sums = np.einsum("bf,f->b", self.weights, filled)
        samples = divided(sums, np.einsum("bf,f->b", self.weights, known.astype(np.float64)))
        low, high = interval(samples)
        return Estimate(float(filled.sum() / known.sum()), low, high, self._mean_error(values))

    def _mean_error(self, values: Floats) -> float:
        if self.replications < 2:
            return math.nan
        known = np.isfinite(values)
        count = known.sum(axis=1)
        centre = divided(np.where(known, values, 0.0).sum(axis=1), count)
        squares = np.where(known, (values - np.where(count > 0, centre, 0.0)[:, None]) ** 2, 0.0).sum(axis=1)
        several = count > 1
        if not several.any():
            return math.nan
        variance = squares[several] / (count[several] - 1) / count[several]
        # Futures with one replication are taken to be as uncertain as the others on average.
        return math.sqrt(float(variance.mean()) / int((count > 0).sum()))

    def median(self, values: Floats, bounds: Floats | None = None) -> Estimate:
        """Return the median over futures of (F, R), which may be infinite.

        A mean would be infinite as soon as one future is; the median over futures stands as long as most futures have
        a finite value. Where it is infinite itself, the estimate is ``over`` the median of ``bounds``.
        """
        units = self.by_unit(values)
        known = ~np.isnan(units)
        if not known.any():
            return NOTHING
        value = middle(units[known])
        low, high = interval(self._medians(units))
        if math.isinf(value) and bounds is not None:
            lower = self.median(bounds)
            return Estimate(lower.value, lower.low if math.isinf(low) else low, lower.high, math.nan, over=True)
        return Estimate(value, low, high, self._median_error(values))

    def _medians(self, units: Floats) -> Floats:
        """Return the median of each resample: the unit, in order, at which half of the weight is reached."""
        order = np.argsort(units, kind="stable")  # NaN last
        order = order[: int((~np.isnan(units)).sum())]
        ranked = units[order]
        reached = np.cumsum(self.weights[:, order], axis=1)
        total = reached[:, -1:]
        lower = np.argmax(reached >= np.floor((total + 1) / 2), axis=1)
        upper = np.argmax(reached >= np.floor(total / 2) + 1, axis=1)
        medians: Floats = (ranked[lower] + ranked[upper]) / 2
        medians[total[:, 0] == 0] = np.nan
        return medians

    def _median_error(self, values: Floats) -> float:
        """Return the standard error from replications: futures as they are, replications resampled within them."""
        if self.replications < 2 or self.futures < 2:
            return math.nan
        drawn = np.take_along_axis(values[None], self._inner, axis=2)
        known = ~np.isnan(drawn)
        units = divided(np.where(known, drawn, 0.0).sum(axis=2), known.sum(axis=2))
        units.sort(axis=1)  # NaN last
        count = (~np.isnan(units)).sum(axis=1)
        rows = np.flatnonzero(count)
        medians = (units[rows, (count[rows] - 1) // 2] + units[rows, count[rows] // 2]) / 2
        if not len(medians) or not np.isfinite(medians).all():
            return math.nan
        # A resample of R has (R - 1)/R of the variance.
        return float(medians.std()) * math.sqrt(self.replications / (self.replications - 1))

    def pooled_quantile(self, points: Floats, unit: Ints, run: Ints, share: float) -> Estimate:
        """Return a quantile over the decisions of all runs, each run with the same weight, for classes with few in a
        run.

        Parameters
        ----------
        points
            Times; those of decisions still open are negative.
        unit
            Which unit each belongs to.
        run
            Which run each belongs to.
        share
            Which quantile.
        """
        if not len(points):
            return NOTHING
        is_open = points < 0
        times = np.abs(points)
        longest = times[~is_open].max() if not is_open.all() else 0.0
        times = np.where(is_open, np.maximum(times, longest), times)
        order = np.lexsort((run, times, is_open))
        weight = (1.0 / np.bincount(run)[run])[order]
        reached = np.zeros((len(points) + 1, self.units))
        reached[np.arange(1, len(points) + 1), unit[order]] = weight
        np.cumsum(reached, axis=0, out=reached)
        ranked, ranked_open = times[order], is_open[order]
        everything = np.ones((1, self.units))
        at = int(self._reached(reached, everything, share)[0])
        places = self._reached(reached, self.weights, share)
        over = bool(ranked_open[at])
        samples = np.where(ranked_open[places] & (not over), np.inf, ranked[places])
        low, high = interval(samples)
        return Estimate(float(ranked[at]), low, high, math.nan, over=over)

    @staticmethod
    def _reached(reached: Floats, weights: Floats, share: float) -> Ints:
        """Return for each sample the first point at which its weight reaches ``share``, by bisection."""
        rows = len(weights)
        units = np.arange(weights.shape[1])
        total = np.einsum("bf,f->b", weights, reached[-1])
        low, high = np.zeros(rows, dtype=np.int64), np.full(rows, len(reached) - 1)
        while (high - low).max() > 1:
            half = (low + high) // 2
            got = np.einsum("bf,bf->b", weights, reached[half[:, None], units])
            enough = got >= share * total * (1 - 1e-12)
            high = np.where(enough, half, high)
            low = np.where(enough, low, half)
        return high - 1


def middle(values: Floats) -> float:
    """Return the median; infinite values are larger than all others (``inf - inf`` never appears)."""
    ranked = np.sort(values)
    low, high = float(ranked[(len(ranked) - 1) // 2]), float(ranked[len(ranked) // 2])
    return low if low == high else (low + high) / 2


def interval(samples: Floats) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile as order statistics, so that infinite ones stay apart from the others."""
    ranked = np.sort(samples[~np.isnan(samples)])
    if not len(ranked):
        return math.nan, math.nan
    last = len(ranked) - 1
    return float(ranked[round(LOW * last)]), float(ranked[round(HIGH * last)])
