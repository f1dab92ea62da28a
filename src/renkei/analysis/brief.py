"""The answer as a table: for each scenario which structure is better than the base, by how much, how surely and why."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from renkei.analysis.answer import Evidence, Words, _sound, fastest
from renkei.analysis.comparing import apart
from renkei.analysis.resampling import mean_of_replications
from renkei.analysis.runs import PairRuns
from renkei.model.quantity import Text
from renkei.model.results import Brief, BriefRow


def brief(evidence: Evidence, pairs: Mapping[tuple[str, str], PairRuns]) -> Brief:
    """Return the answer in brief; its ``rivals`` are those of the evidence.

    Parameters
    ----------
    evidence
        What the whole answer is made from.
    pairs
        The runs' rows of every structure under every scenario.
    """
    words = {language: Words(evidence, language) for language in ("en", "ja")}
    several = len(evidence.structures) > 1 and len(evidence.scenarios) > 1
    return Brief(
        overall=Text(words["en"].overall(), words["ja"].overall()) if several else Text(""),
        doubt=Text(words["en"].doubt(), words["ja"].doubt()),
        rows=tuple(row(evidence, pairs, scenario) for scenario in evidence.scenarios),
    )


def row(evidence: Evidence, pairs: Mapping[tuple[str, str], PairRuns], scenario: str) -> BriefRow:
    """Return what is said of one scenario."""
    best = fastest(evidence, scenario)
    leading = best or foremost(evidence, scenario)
    cell = evidence.cells.get((evidence.base, scenario))
    share = math.nan
    if leading:
        share = faster_share(
            pairs[leading, scenario], pairs[evidence.base, scenario], decision_class(evidence, scenario)
        )
    return BriefRow(
        scenario=scenario,
        decision_class=cell.decision_class if cell is not None else "",
        best=best,
        leading=leading,
        rivals=evidence.rivals.get(scenario, ()),
        faster_in=share,
        most_s=most_saved(evidence, scenario),
    )


def decision_class(evidence: Evidence, scenario: str) -> str:
    """Return the class of decision that the scenario is measured by."""
    return evidence.cells[evidence.base, scenario].decision_class


def compared(evidence: Evidence, scenario: str) -> list[str]:
    """Return the structures that somebody proposes and that can be held against the base."""
    if not _sound(evidence, evidence.base, scenario):
        return []
    return [
        structure
        for (structure, where), each in evidence.comparisons.items()
        if where == scenario
        and structure not in evidence.references
        and _sound(evidence, structure, scenario)
        and math.isfinite(each.median_difference_s.value)
    ]


def foremost(evidence: Evidence, scenario: str) -> str:
    """Return the structure with the smallest difference from the base, shown or not; empty where none is compared."""
    return min(
        compared(evidence, scenario),
        key=lambda name: evidence.comparisons[name, scenario].median_difference_s.value,
        default="",
    )


def most_saved(evidence: Evidence, scenario: str) -> float:
    """Return the most that any structure may save by the far ends of the intervals, in seconds; NaN if none does."""
    ends = [-evidence.comparisons[name, scenario].median_difference_s.low for name in compared(evidence, scenario)]
    found = max((end for end in ends if math.isfinite(end)), default=math.nan)
    return found if found > 0 else math.nan


def faster_share(pair: PairRuns, other: PairRuns, headline: str) -> float:
    """Return the share of futures in which the first one's median is below the second one's; NaN without any."""
    one, two = (runs.of_class(runs.layout.classes.index(headline), "median_s") for runs in (pair, other))
    differences = mean_of_replications(apart(one, two))
    known = differences[~np.isnan(differences)]
    return float((known < 0).mean()) if len(known) else math.nan
