"""Intervals against the best, for all structures at once, and what common random numbers achieved.

Everything is made from observations in rows that were met by all structures together (the same futures), so it holds
whatever the correlation between structures is. Less is better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from renkei.analysis.runs import divided

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgainstBest:
    """What is behind what, by how much; k structures."""

    means: Floats
    """(k,)"""
    errors: Floats
    """(k,): standard errors of the means."""
    behind: Floats
    """(k, 3): mean less that of the best of the others, and the interval that holds for all at once. A structure with
    an upper end of 0 is shown to be the best; one with a lower end of 0 is shown not to be."""
    gaps: Floats
    """(k, k, 3): mean of the row less that of the column, with an interval that holds for all pairs at once."""


def against_best(observations: Floats, alpha: float = 0.05, looks: int = 1, among: int | None = None) -> AgainstBest:
    """Return the intervals of multiple comparison with the best, and those of all pairs.

    Parameters
    ----------
    observations
        (k, n), n at least 2; NaN where a structure has none. Of a pair those that both have are used.
    alpha
        The probability that any of the intervals misses, allowed for each of the two families.
    looks
        At how many moments one might have stopped on what was seen: the intervals then hold at all of them.
    among
        How many systems these are the foremost of; errors are shared out over all of them. These alone if None.

    Notes
    -----
    With the best: for the best structure b and every other, k - 1 one-sided paired t bounds, errors shared out by
    Bonferroni; intervals for all structures follow from these alone, and always contain 0 or end there (constrained).
    Pairs: two-sided paired t, errors shared out over k (k - 1) / 2 pairs.

    References
    ----------
    Edwards and Hsu (1983), Multiple comparisons with the best treatment; Hsu (1996), Multiple Comparisons, chapter 4.
    """
    systems = len(observations)
    known = ~np.isnan(observations)
    own = known.sum(axis=1)
    filled = np.where(known, observations, 0.0)
    means = divided(filled.sum(axis=1), own)
    squares = np.where(known, (observations - means[:, None]) ** 2, 0.0).sum(axis=1)
    errors = np.sqrt(divided(squares / np.maximum(own - 1, 1), own))
    gap, variance, counts = _differences(observations)
    deviation = np.sqrt(divided(variance, counts))
    gaps = np.stack([gap, gap, gap], axis=2)
    behind = np.zeros((systems, 3))
    if systems == 1:
        return AgainstBest(means, errors, behind, gaps)
    family = max(systems, among or 0)
    pairs = family * (family - 1) / 2
    two_sided = student(1 - alpha / looks / pairs / 2, counts - 1) * deviation
    gaps[:, :, 1] -= two_sided
    gaps[:, :, 2] += two_sided
    one_sided = student(1 - alpha / looks / (family - 1), counts - 1) * deviation
    np.fill_diagonal(gap, np.nan)
    unknown = np.isnan(gap) | np.isnan(one_sided)
    # How far i may be ahead of all others: if not at all, it is not the best.
    ahead = np.where(unknown, np.inf, one_sided - gap).min(axis=1)
    may_be_best = ahead > 0
    if not may_be_best.any():  # only where numbers are equal to the last bit
        may_be_best = means == means.min()
    most = np.where(unknown, -np.inf, gap).max(axis=1)
    behind[:, 0] = np.where(np.isinf(most), np.nan, most)
    behind[:, 1] = -np.maximum(ahead, 0.0)
    for row in range(systems):
        rivals = may_be_best & ~unknown[row]
        if rivals.any():
            behind[row, 2] = max(0.0, float((gap[row] + one_sided[row])[rivals].max()))
    return AgainstBest(means, errors, behind, gaps)


def student(share: float, freedom: npt.ArrayLike) -> Any:
    """Return a quantile of Student's t."""
    from scipy.special import stdtrit

    return stdtrit(freedom, share)


def _differences(observations: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean and the sample variance of all differences of two rows, and how many each is of: (k, k).

    Each from the differences themselves: own + other - 2 covariance loses all digits where two structures are nearly
    the same.
    """
    size = len(observations)
    means, variances, counts = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    for row, own in enumerate(observations):
        difference = own - observations
        known = ~np.isnan(difference)
        counts[row] = known.sum(axis=1)
        means[row] = divided(np.where(known, difference, 0.0).sum(axis=1), counts[row])
        centred = np.where(known, difference - means[row][:, None], 0.0)
        variances[row] = (centred**2).sum(axis=1) / np.maximum(counts[row] - 1, 1)
    return means, variances, counts


@dataclass(frozen=True, slots=True)
class CommonNumbers:
    """What common random numbers achieved between two structures."""

    correlation: float
    """Of their observations; NaN where one does not vary."""
    factor: float
    """The variance that the difference would have with independent numbers, over the one it has: below 1 they harm.
    Infinite where the difference does not vary."""


def common_numbers(first: Floats, second: Floats) -> CommonNumbers:
    """Return what common random numbers achieved, from the observations of two structures in the same futures.

    Not a number where there are fewer than two.
    """
    if len(first) < 2:
        return CommonNumbers(math.nan, math.nan)
    variances = float(first.var(ddof=1)), float(second.var(ddof=1))
    difference = float((first - second).var(ddof=1))
    independent = sum(variances)
    factor = independent / difference if difference > 0 else (math.inf if independent > 0 else 1.0)
    if min(variances) <= 0:
        return CommonNumbers(math.nan, factor)
    return CommonNumbers((independent - difference) / (2 * math.sqrt(variances[0] * variances[1])), factor)


def common_numbers_harm(observations: Floats) -> bool:
    """Return whether common random numbers make differences less certain, over all pairs together: (k, n).

    Then independent ones are used in their place. Decided once, after the first stage.
    """
    systems = len(observations)
    if systems < 2 or observations.shape[1] < 3:
        return False
    own = observations.var(axis=1, ddof=1)
    upper = np.triu_indices(systems, 1)
    independent = (own[:, None] + own[None, :])[upper].sum()
    return bool(_differences(observations)[1][upper].sum() > independent)
