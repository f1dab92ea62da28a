"""Differences between two structures under a scenario: paired by future, since both met the same decisions."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from renkei.analysis.resampling import FEWEST, Resampling, mean_of_replications
from renkei.analysis.runs import CAUSES, Floats, PairRuns
from renkei.model.results import Comparison, Estimate


def compare(
    pair: PairRuns, other: PairRuns, names: tuple[str, str, str], headline: str, resampling: Resampling
) -> Comparison:
    """Return a structure against another.

    The difference of the medians of the two runs that met the same decisions, then the mean of a future's
    replications, then the median over futures. Where only one of the two medians falls among open decisions, the
    difference is infinite; where both do, that run does not tell them apart and counts as no difference.

    Parameters
    ----------
    pair, other
        Their runs.
    names
        The structure, the one it is held against, and the scenario.
    headline
        The class of decision.
    resampling
        The study's.
    """
    row, base_row = (runs.layout.classes.index(headline) for runs in (pair, other))
    mine, theirs = pair.of_class(row, "median_s"), other.of_class(base_row, "median_s")
    difference = resampling.median(apart(mine, theirs))
    within = resampling.mean(pair.of_class(row, "within_deadline") - other.of_class(base_row, "within_deadline"))
    cause, cause_s = main_cause(pair, row, other, base_row, difference.value)
    return Comparison(
        structure=names[0],
        against=names[1],
        scenario=names[2],
        median_difference_s=difference,
        within_difference=None if math.isnan(within.value) else within,
        shown=is_shown(difference, resampling),
        correlation=correlation(mine, theirs),
        main_cause=cause,
        main_cause_s=cause_s,
    )


NOTHING: Final = Estimate(math.nan, math.nan, math.nan, math.nan)


def unknown(names: tuple[str, str, str]) -> Comparison:
    """Return that nothing can be said of two structures: of one of them ever more decisions wait."""
    return Comparison(
        structure=names[0],
        against=names[1],
        scenario=names[2],
        median_difference_s=NOTHING,
        within_difference=None,
        shown=False,
        correlation=math.nan,
        main_cause="",
        main_cause_s=0.0,
    )


def apart(mine: Floats, theirs: Floats) -> Floats:
    """Return mine less theirs; nothing where both are infinite."""
    both = np.isinf(mine) & np.isinf(theirs)
    return np.where(both, 0.0, np.subtract(mine, theirs, where=~both, out=np.zeros(mine.shape)))


def is_shown(difference: Estimate, resampling: Resampling) -> bool:
    """Return whether the interval excludes zero, with enough futures for an interval to say so."""
    return resampling.units >= FEWEST and (difference.low > 0 or difference.high < 0)


def correlation(mine: Floats, theirs: Floats) -> float:
    """Return Pearson's correlation of two structures' per-run medians; NaN where either does not vary."""
    known = np.isfinite(mine) & np.isfinite(theirs)
    a, b = mine[known], theirs[known]
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / math.sqrt(float((a * a).sum()) * float((b * b).sum())))


def main_cause(pair: PairRuns, row: int, other: PairRuns, base_row: int, direction: float) -> tuple[str, float]:
    """Return the cause whose mean changed most in the direction of the difference, and by how many seconds."""
    if math.isnan(direction) or direction == 0:
        return "", 0.0
    changes = []
    for cause in CAUSES:
        change = mean_of_replications(pair.of_class(row, f"{cause}_s") - other.of_class(base_row, f"{cause}_s"))
        known = change[np.isfinite(change)]
        changes.append(float(known.mean()) if len(known) else 0.0)
    sign = 1.0 if direction > 0 else -1.0
    best = max(range(len(CAUSES)), key=lambda number: sign * changes[number])
    return (CAUSES[best], changes[best]) if sign * changes[best] > 0 else ("", 0.0)
