"""Tails: quantiles and the probability of a miss, with intervals that are exact, from independent runs alone.

Decisions of one run are not independent of each other, so each run gives one, drawn evenly; and runs of one future are
not, so each future gives one run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from renkei.model.verdict import Bounds, Tail

Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


def fewest(share: float, confidence: float = CONFIDENCE) -> int:
    """Return how many independent runs an upper bound of a quantile needs at the least (Wilks 1941).

    29 for the 90th percentile, 299 for the 99th at 95 %: below that, even the longest may be below the quantile.
    """
    return math.ceil(math.log(1 - confidence) / math.log(share) - 1e-12)


def ranks(count: int, share: float, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """Return the ranks (from 1) of the order statistics that enclose a quantile, whatever the distribution.

    The lower one may be 0, the upper one ``count + 1``: there is no bound on that side. Of ranks that leave at most
    half of the error on each side the nearest are taken.

    References
    ----------
    David and Nagaraja (2003), Order Statistics, section 7.1: the number below the quantile is binomial.
    """
    from scipy.special import bdtr

    error = (1 - confidence) / 2
    below = np.concatenate([[0.0], bdtr(np.arange(count + 1), count, share)])  # below[r]: P(fewer than r are below)
    # Rank r is a lower bound unless fewer than r lie below the quantile; rank s an upper one unless s or more do.
    lower = int(np.searchsorted(below, error, side="right")) - 1
    upper = int(np.searchsorted(below, 1 - error, side="left"))
    return max(lower, 0), min(max(upper, lower + 1), count + 1)


def coverage(count: int, share: float, low: int, high: int) -> float:
    """Return the probability that the quantile lies between order statistics ``low`` and ``high``."""
    from scipy.special import bdtr

    under = [float(bdtr(rank - 1, count, share)) if rank >= 1 else 0.0 for rank in (low, high)]
    return (1.0 if high > count else under[1]) - under[0]


def quantile(times: Floats, share: float, confidence: float = CONFIDENCE) -> Bounds | None:
    """Return a quantile with its exact interval; None where there are too few independent runs for one.

    With enough for an upper bound and too few for two, the lower one is 0: no time is below that.

    Parameters
    ----------
    times
        (n,): of independent runs. Infinite ones are longer than any.
    share
        Which quantile.
    confidence
        Of the interval, at least.
    """
    known = np.sort(times[~np.isnan(times)])
    count = len(known)
    if count < max(fewest(share, confidence), fewest(1 - share, confidence)):
        return None
    low, high = ranks(count, share, confidence)
    place = share * (count - 1)
    before, after = float(known[math.floor(place)]), float(known[math.ceil(place)])
    part = place - math.floor(place)
    value = before if before == after or part == 0 else before + (after - before) * part
    if high > count:  # enough for an upper bound, not for two: all of the error is spent on that side
        return Bounds(value, 0.0, float(known[-1]))
    return Bounds(value, float(known[low - 1]) if low else 0.0, float(known[high - 1]))


def probability(hits: int, count: int, confidence: float = CONFIDENCE) -> Bounds:
    """Return a probability with its exact interval.

    References
    ----------
    Clopper and Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial.
    """
    if not 0 <= hits <= count or count < 1:
        raise ValueError("of at least one run, at most all can be hits")
    from scipy.special import betaincinv

    error = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, count - hits + 1, error))
    high = 1.0 if hits == count else float(betaincinv(hits + 1, count - hits, 1 - error))
    return Bounds(hits / count, low, high)


def tail_of(
    structure: str,
    drawn_s: Floats,
    missed: Floats,
    *,
    precision: Mapping[str, float] | None = None,
    looks: int = 1,
) -> Tail:
    """Return the tail of a structure.

    Parameters
    ----------
    structure
        Its id.
    drawn_s
        (n,): the time of one decision of each independent run; negative where it was still open, NaN where there was
        none.
    missed
        (n,): whether one decision of each missed its deadline; NaN where none can be said.
    precision
        How near each of ``p50``, ``p90``, ``p99`` (a share of the value) and ``missed`` (a share) must be known.
    looks
        At how many moments one might stop because all of them are. The error is shared out over the looks and over
        what is asked for, so the intervals hold together whenever one stops.
    """
    asked = dict(precision or {})
    confidence = 1 - (1 - CONFIDENCE) / (looks * max(1, len(asked)))
    times = drawn_s[~np.isnan(drawn_s)]
    times = np.where(times < 0, np.inf, times)
    known = missed[~np.isnan(missed)]
    found = {name: quantile(times, share, confidence) for name, share in QUANTILES.items()}
    found["missed"] = probability(int(known.sum()), len(known), confidence) if len(known) else None
    return Tail(
        structure=structure,
        runs=len(times),
        p50_s=found["p50"],
        p90_s=found["p90"],
        p99_s=found["p99"],
        missed=found["missed"],
        imprecise=tuple(
            name
            for name, near in asked.items()
            # Where there is no deadline, there is no miss to be known.
            if not (name == "missed" and not len(known)) and not _known(found[name], near, absolute=name == "missed")
        ),
    )


def _known(bounds: Bounds | None, near: float, *, absolute: bool) -> bool:
    if bounds is None or not math.isfinite(bounds.high):
        return False
    return (bounds.high - bounds.low) / 2 <= (near if absolute else near * bounds.value)
