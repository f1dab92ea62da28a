"""Where does one structure beat another? Boxes of assumptions, found on one half of the futures, tested on the other.

PRIM (Friedman & Fisher 1999, Statistics and Computing 9, 123-143), as scenario discovery uses it (Bryant & Lempert
2010): peel thin slices off the box that raise the share of cases inside it, remember the path, take the box on it
that best joins coverage and density, set its limits again one by one, and drop every restriction that does not stand
up to a test on the other half of the futures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

BINS: Final = 256
"""Limits are found among 256 quantiles of each assumption. Counting by bin costs one pass per peel; sorting or
partitioning each column in each peel is what makes others slow."""
PEEL: Final = 0.05
FEWEST_SHARE: Final = 0.02
"""The path ends when the box holds fewer futures than this share."""
SIGNIFICANCE: Final = 0.01
"""Of a restriction, on the half that did not find it, divided by how many are tested (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One assumption within [low, high], infinite where open. ``p_value``: as good without it by chance."""

    assumption: str
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Of a box: share of all cases inside it, share of cases among futures inside, share of futures inside."""

    coverage: float
    density: float
    support: float
    density_low: float
    density_high: float
    """The density's exact 95 % interval (Clopper & Pearson 1934)."""


@dataclass(frozen=True, slots=True)
class Box:
    """Limits with their quality where they were found and where they were tested."""

    limits: tuple[Limit, ...]
    fitted: Quality
    tested: Quality
    shown: bool
    """Whether in the tested half the box's density is above that of all futures, at 95 %."""


def discover(
    assumptions: Floats, cases: Bools, names: tuple[str, ...], *, most: int = 1, seed: int = 0
) -> tuple[Box, ...]:
    """Return up to ``most`` boxes of assumptions in which cases are dense, best first; none if no box stands the test.

    Parameters
    ----------
    assumptions
        (F, D), finite; one row for each future.
    cases
        (F,): in which futures what is asked is true ("A beats B by more than delta").
    names
        Of the D assumptions.
    seed
        Of the division into two halves.
    """
    futures = cases.size
    shuffled = np.random.Generator(np.random.PCG64(seed)).permutation(futures)
    fit, test = shuffled[: futures // 2], shuffled[futures // 2 :]
    boxes: list[Box] = []
    while len(boxes) < most and cases[fit].any() and cases[test].any():
        box = _discover_one(assumptions[fit], cases[fit], assumptions[test], cases[test], names)
        if box is None:
            break
        boxes.append(box)
        # The next box explains what this one leaves.
        fit = fit[~inside(assumptions[fit], box.limits, names)]
        test = test[~inside(assumptions[test], box.limits, names)]
        if min(fit.size, test.size) < 2:
            break
    return tuple(boxes)


def inside(assumptions: Floats, limits: tuple[Limit, ...], names: tuple[str, ...]) -> Bools:
    """Return (F,): which futures lie within all limits."""
    kept = np.ones(assumptions.shape[0], dtype=np.bool_)
    for limit in limits:
        column = assumptions[:, names.index(limit.assumption)]
        kept &= (column >= limit.low) & (column <= limit.high)
    return kept


def _discover_one(
    found_in: Floats, found: Bools, tested_in: Floats, tested: Bools, names: tuple[str, ...]
) -> Box | None:
    edges = [_edges(column) for column in found_in.T]
    codes = np.stack(
        [np.searchsorted(edge, column, side="right") for edge, column in zip(edges, found_in.T, strict=True)]
    )
    bounds = _refined(codes, found, _peeled(codes, found))
    limits = {
        number: _limit(edges[number], int(low), int(high))
        for number, (low, high) in enumerate(bounds)
        if (low, high) != (0, BINS)
    }
    p_values = _pruned(tested_in, tested, limits)
    if not p_values:
        return None
    kept = tuple(Limit(names[number], *limits[number], p_value) for number, p_value in p_values.items())
    quality = _quality(inside(tested_in, kept, names), tested)
    return Box(
        limits=kept,
        fitted=_quality(inside(found_in, kept, names), found),
        tested=quality,
        shown=quality.density_low > float(tested.mean()),
    )


def _edges(column: Floats) -> Floats:
    """Return the inner edges of bins, each seen in the column: a bin's lowest value. Equal values share a bin."""
    return np.unique(np.quantile(column, np.arange(1, BINS) / BINS, method="inverted_cdf"))


def _limit(edges: Floats, low: int, high: int) -> tuple[float, float]:
    """Return values of [low, high) in bins: a bin holds what is at or above its lower edge and below the next."""
    from_value = float(edges[low - 1]) if low > 0 else -np.inf
    to_value = float(np.nextafter(edges[high - 1], -np.inf)) if high - 1 < edges.size else np.inf
    return from_value, to_value


def _counted(codes: Codes, cases: Bools) -> tuple[Floats, Floats]:
    """Return (D, BINS + 1) futures and cases by bin."""
    dimensions = codes.shape[0]
    flat = codes * 2 + cases + np.arange(dimensions)[:, None] * (2 * (BINS + 1))
    table = np.bincount(flat.ravel(), minlength=dimensions * 2 * (BINS + 1)).reshape(dimensions, BINS + 1, 2)
    return table.sum(axis=2).astype(np.float64), table[:, :, 1].astype(np.float64)


def _joined(positives: Floats | float, members: Floats | float, everything: float) -> Floats:
    """Return the harmonic mean of coverage and density: 2 positives / (members + all positives)."""
    return np.asarray(2 * positives / (members + everything))


def _peeled(codes: Codes, cases: Bools) -> Codes:
    """Return the bounds (D, 2) in bins of the best box on the path of peels."""
    dimensions, futures = codes.shape
    everything = float(cases.sum())
    bounds = np.tile(np.array([0, BINS]), (dimensions, 1))
    best, best_value = bounds.copy(), float(_joined(everything, futures, everything))
    rows = np.arange(dimensions)
    while codes.shape[1] > max(FEWEST_SHARE * futures, 20):
        members, positives = _counted(codes, cases)
        inside_now, cases_now = codes.shape[1], float(cases.sum())
        upward, upward_cases = members.cumsum(axis=1), positives.cumsum(axis=1)
        # A slice is the fewest outer bins that hold a twentieth of the futures inside, or one bin where it holds more.
        cut_low = (upward < PEEL * inside_now).sum(axis=1)
        cut_high = (upward <= (1 - PEEL) * inside_now).sum(axis=1)
        off_low, off_low_cases = upward[rows, cut_low], upward_cases[rows, cut_low]
        below = np.maximum(cut_high - 1, 0)
        off_high = np.where(cut_high > 0, inside_now - upward[rows, below], inside_now)
        off_high_cases = np.where(cut_high > 0, cases_now - upward_cases[rows, below], cases_now)
        removed, removed_cases = np.concatenate((off_low, off_high)), np.concatenate((off_low_cases, off_high_cases))
        possible = (removed > 0) & (removed < inside_now)
        if not possible.any():
            break
        with np.errstate(invalid="ignore", divide="ignore"):
            gain = ((cases_now - removed_cases) / (inside_now - removed) - cases_now / inside_now) / removed
        choice = int(np.where(possible, gain, -np.inf).argmax())
        row = choice % dimensions
        if choice < dimensions:
            bounds[row, 0] = cut_low[row] + 1
        else:
            bounds[row, 1] = cut_high[row]
        kept = (codes[row] >= bounds[row, 0]) & (codes[row] < bounds[row, 1])
        codes, cases = codes[:, kept], cases[kept]
        value = float(_joined(float(cases.sum()), codes.shape[1], everything))
        if value > best_value:
            best, best_value = bounds.copy(), value
    return best


def _refined(codes: Codes, cases: Bools, bounds: Codes) -> Codes:
    """Return bounds set again, one side at a time, where coverage and density together are best (peels overshoot)."""
    everything = float(cases.sum())
    bounds = bounds.copy()
    for _ in range(3):
        before = bounds.copy()
        for row in np.flatnonzero((bounds != (0, BINS)).any(axis=1)):
            others = np.ones(cases.size, dtype=np.bool_)
            for other in np.flatnonzero((bounds != (0, BINS)).any(axis=1)):
                if other != row:
                    others &= (codes[other] >= bounds[other, 0]) & (codes[other] < bounds[other, 1])
            members, positives = (table[0] for table in _counted(codes[row : row + 1, others], cases[others]))
            up, up_cases = np.append(0.0, members.cumsum()), np.append(0.0, positives.cumsum())
            high = bounds[row, 1]
            lows = np.arange(high)
            low = int(_joined(up_cases[high] - up_cases[lows], up[high] - up[lows], everything).argmax())
            highs = np.arange(low + 1, BINS + 1)
            values = _joined(up_cases[highs] - up_cases[low], up[highs] - up[low], everything)
            # Of equally good ones the widest.
            high = int(highs[np.flatnonzero(values == values.max())[-1]])
            bounds[row] = (low, high)
        if (before == bounds).all():
            break
    return bounds


def _pruned(assumptions: Floats, cases: Bools, limits: dict[int, tuple[float, float]]) -> dict[int, float]:
    """Return p-values of the restrictions that stand the test, the others dropped one by one, weakest first.

    The quasi p-value of Bryant & Lempert 2010: with the other restrictions alone, how probable is it that so many of
    the futures inside are cases? Here on futures that had no part in finding the box.
    """
    from scipy.special import betainc  # scipy.stats takes half a second to import

    within = {n: (assumptions[:, n] >= low) & (assumptions[:, n] <= high) for n, (low, high) in limits.items()}
    remaining = dict.fromkeys(limits, 1.0)
    while remaining:
        for number in remaining:
            others = np.ones(cases.size, dtype=np.bool_)
            for other in remaining:
                if other != number:
                    others &= within[other]
            members = others & within[number]
            share = float(cases[others].mean()) if others.any() else 1.0
            positives, count = int(cases[members].sum()), int(members.sum())
            # P(X >= positives) of a binomial variable.
            remaining[number] = float(betainc(positives, count - positives + 1, share)) if positives else 1.0
        weakest = max(remaining, key=lambda number: remaining[number])
        if remaining[weakest] <= SIGNIFICANCE / len(limits):
            break
        del remaining[weakest]
    return remaining


def _quality(members: Bools, cases: Bools) -> Quality:
    from scipy.special import betaincinv

    count, positives = int(members.sum()), int(cases[members].sum())
    low = float(betaincinv(positives, count - positives + 1, 0.025)) if positives else 0.0
    high = float(betaincinv(positives + 1, count - positives, 0.975)) if positives < count else 1.0
    return Quality(
        coverage=positives / max(int(cases.sum()), 1),
        density=positives / count if count else float("nan"),
        support=count / cases.size,
        density_low=low,
        density_high=high,
    )
