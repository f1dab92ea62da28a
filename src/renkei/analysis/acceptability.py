"""Stakeholders with unknown weights: which structure each would put first, and with which weights.

SMAA-2 (Lahdelma & Salminen 2001, Operations Research 49(3), 444-454): weights are drawn evenly from all that add up to
one, values from the simulation's futures; rank acceptability is the share of draws in which an alternative takes a
rank, its central weights are the mean weights with which it is first, and its confidence factor is how often it is
first at its central weights, over the noise alone. Weights and noise are drawn together. Equals share the ranks that
they take together, so nothing depends on the order in which alternatives are listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHUNK: Final = 20_000
"""Draws at a time: values of 20,000 x 10 x 8 take 13 MB."""
EQUAL: Final = 1e-12
"""Scores, of order 1, that are no further apart are equal: sums of the same numbers may differ in their last bit."""


@dataclass(frozen=True, slots=True)
class Acceptability:
    """What one stakeholder would choose, of A alternatives judged by C measures."""

    ranks: Floats
    """(A, A): share of draws in which an alternative (row) takes a rank (column, best first). Rows add up to 1."""
    central_weights: Floats
    """(A, C): mean weights with which the alternative is first; NaN where it never is."""
    confidence: Floats
    """(A,): share of noise in which it is first at its central weights; NaN where it never is."""

    @property
    def first(self) -> Floats:
        """(A,): first-rank acceptability."""
        return np.asarray(self.ranks[:, 0])


def value_of(measure: Floats, worst: float, best: float, bend: float = 0.5) -> Floats:
    """Return values 0 to 1 of a measure: 0 at ``worst`` or beyond, 1 at ``best`` or beyond, ``bend`` half way.

    Piecewise linear through (worst, 0), (middle, bend), (best, 1): ``bend`` above one half says that the first
    improvements count most. ``worst`` may be above or below ``best``.

    Raises
    ------
    ValueError
        If ``worst`` equals ``best`` or ``bend`` is not within 0 to 1.
    """
    if worst == best or not 0 <= bend <= 1:
        raise ValueError("a value function needs worst and best that differ, and a bend from 0 to 1")
    along = (np.asarray(measure, dtype=np.float64) - worst) / (best - worst)
    return np.interp(along, (0.0, 0.5, 1.0), (0.0, bend, 1.0))


def weights_drawn(draws: int, measures: int, *, order: Sequence[int] | None = None, seed: int = 0) -> Floats:
    """Return (draws, measures) weights, even over all that are not negative and add up to one.

    ``order`` lists measures from the most important to the least where a stakeholder has said so: the draws are then
    even over the weights that keep this order. Measures that it leaves out stay free, below the last named.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    weights = generator.standard_exponential((draws, measures))
    weights /= weights.sum(axis=1, keepdims=True)
    if order is not None:
        named = list(order)
        rest = [measure for measure in range(measures) if measure not in named]
        downward = np.sort(weights, axis=1)[:, ::-1]
        weights = np.empty_like(downward)
        weights[:, named] = downward[:, : len(named)]
        if rest:
            weights[:, rest] = generator.permuted(downward[:, len(named) :], axis=1)
    return weights


def acceptability(values: Floats, weights: Floats, *, seed: int = 0) -> Acceptability:
    """Return what weights and noise together make of values.

    Parameters
    ----------
    values
        (A, C), or with noise (N, A, C): one row of measures' values for each future. Higher is better.
    weights
        (W, C). Each meets one future, drawn at random.
    """
    noisy = values if values.ndim == 3 else values[None]
    futures, alternatives, measures = noisy.shape
    generator = np.random.Generator(np.random.PCG64(seed))
    counts = np.zeros((alternatives, alternatives))
    central = np.zeros((alternatives, measures))
    for start in range(0, weights.shape[0], CHUNK):
        chunk = weights[start : start + CHUNK]
        if futures == 1:
            scores = chunk @ noisy[0].T
        else:
            scores = np.einsum("wc,wac->wa", chunk, noisy[generator.integers(0, futures, chunk.shape[0])])
        better, equal = placed(scores)
        tied = equal.any(axis=0)
        for alternative in range(alternatives):
            counts[alternative] += np.bincount(better[alternative, ~tied], minlength=alternatives)
        if tied.any():
            shared = 1 / (1.0 + equal[:, tied])
            for rank in range(alternatives):
                takes = (better[:, tied] <= rank) & (rank <= better[:, tied] + equal[:, tied])
                counts[:, rank] += (takes * shared).sum(axis=1)
        central += ((better == 0) / (1.0 + equal)) @ chunk
    firsts = counts[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        central = np.where(firsts[:, None] > 0, central / firsts[:, None], np.nan)
    return Acceptability(counts / weights.shape[0], central, _confidence(noisy, central))


def placed(scores: Floats) -> tuple[Ints, Ints]:
    """Return how many are better, and how many others are equal: (A, W) each, of scores (W, A).

    Counting who is better costs A(A-1)/2 comparisons of columns.
    """
    columns = np.ascontiguousarray(scores.T)
    better, equal = np.zeros(columns.shape, dtype=np.int64), np.zeros(columns.shape, dtype=np.int64)
    for one in range(columns.shape[0]):
        for two in range(one + 1, columns.shape[0]):
            ahead = columns[two] - columns[one]
            second, first = ahead > EQUAL, ahead < -EQUAL
            better[one] += second
            better[two] += first
            alike = ~(second | first)
            if alike.any():
                equal[one] += alike
                equal[two] += alike
    return better, equal


def _confidence(noisy: Floats, central: Floats) -> Floats:
    confidence = np.full(central.shape[0], np.nan)
    for alternative, weights in enumerate(central):
        if not np.isnan(weights).any():
            scores = noisy @ weights
            first = scores >= scores.max(axis=1, keepdims=True) - EQUAL
            confidence[alternative] = (first[:, alternative] / first.sum(axis=1)).mean()
    return confidence
