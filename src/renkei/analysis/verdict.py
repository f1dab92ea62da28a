"""Verdicts, from the observations of a scenario: what is best, by how much, how surely."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from renkei.analysis.against_best import AgainstBest, against_best, common_numbers, student
from renkei.analysis.selection import FIRST_STAGE, KimNelson
from renkei.model.verdict import Bounds, Standing, Tail, Verdict

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BATCH: Final = 10
"""Futures whose mean is one observation."""


def batched(values: Floats, size: int = BATCH) -> Floats:
    """Return (..., F // size) means over ``size`` futures, from (..., F); without what is not a number.

    NaN where none of the futures has a number. Futures left over are not used.
    """
    batches = values.shape[-1] // size
    shaped = values[..., : batches * size].reshape(*values.shape[:-1], batches, size)
    known = ~np.isnan(shaped)
    count = known.sum(axis=-1)
    total = np.where(known, shaped, 0.0).sum(axis=-1)
    means: Floats = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return means


def usable(observations: Floats, counts: Ints | None = None) -> Floats:
    """Return (k, n) observations that a procedure can be fed with.

    Parameters
    ----------
    observations
        (k, n)
    counts
        (k,): how many each structure was given. One that was left out has fewer than n: then 0 stands there, and is
        not looked at. Elsewhere a number at which any structure has none (no decision was raised in ten futures) is
        left out for all.
    """
    known = ~np.isnan(observations)
    size = observations.shape[1]
    given = np.full(len(observations), size) if counts is None else counts
    ended = np.arange(size)[None, :] >= given[:, None]
    whole = (known | ended).all(axis=0) & known.any(axis=0)
    kept: Floats = np.where(known & ~ended, observations, 0.0)[:, whole]
    return kept


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen among very many structures; the evidence is then of the foremost alone."""

    structure: str
    among: int
    """How many there were."""
    decided: bool
    observations: int
    """The most that any took, and what all took together."""
    total: int


@dataclass(frozen=True)
class Evidence:
    """What a verdict is made from. k structures, n observations of ten futures each."""

    scenario: str
    decision_class: str
    measure: str
    unit: str
    zone: float
    confidence: float
    structures: tuple[str, ...]
    first: Floats
    """(k, n): of one run in each future; what is chosen by."""
    every: Floats
    """(k, n): of all runs in each future; what intervals rest on."""
    open_share: Floats
    """(k,)"""
    replications: int
    counts: Ints | None = None
    """(k,): observations that each structure was given, where not all of n."""
    procedure: str = "Kim-Nelson"
    """Or ``OCBA``: the lowest mean of a fixed budget, with no guarantee. Or what chose ``chosen``."""
    chosen: Chosen | None = None
    looks: int = 1
    """At how many moments one might have stopped; 1 where all futures were run whatever was seen."""
    common_numbers: bool = True
    excluded: Mapping[str, str] = field(default_factory=dict)
    tails: tuple[Tail, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


def verdict_of(evidence: Evidence) -> Verdict:
    """Return the verdict.

    The choice is that of Kim and Nelson's procedure, fed in the order of futures; it stops as soon as it may. Where the
    futures end before that, the lowest mean of those still in is named, with no guarantee but the intervals; so it is
    where the budget was fixed. The gap and all intervals rest on all futures that were run. It is a tie where a
    difference from the chosen one is not shown, or shown to be smaller than the indifference zone: what differs by
    less matters to nobody.
    """
    systems = len(evidence.structures)
    every = evidence.every
    chosen = evidence.chosen
    among = systems if chosen is None else chosen.among
    compared = against_best(every, 1 - evidence.confidence, evidence.looks, among)
    seen = int((~np.isnan(every)).sum(axis=1).max())
    procedure = KimNelson((1, systems), evidence.zone, 1 - evidence.confidence, FIRST_STAGE)
    fixed = evidence.procedure != "Kim-Nelson"
    if not fixed:
        procedure.feed(usable(evidence.first, evidence.counts)[None])
    begun = procedure.count >= FIRST_STAGE
    decided = begun and systems > 1 and bool(procedure.decided[0])
    best = int(procedure.best[0]) if begun else int(compared.means.argmin())
    used = (~np.isnan(evidence.first)).sum(axis=1) if fixed else procedure.observations()[0]
    most, total = int(used.max()), int(used.sum())
    if chosen is not None:
        best, decided = evidence.structures.index(chosen.structure), chosen.decided
        most, total = chosen.observations, chosen.total
    near = np.abs(compared.gaps[:, best, 1:]).max(axis=1) < evidence.zone
    not_shown = ~(compared.gaps[:, best, 1] > 0)  # so that what is not a number shows nothing
    tied = [number for number in range(systems) if number != best and (near[number] or not_shown[number])]
    gap = _gap(compared, best) if systems > 1 else None
    return Verdict(
        scenario=evidence.scenario,
        decision_class=evidence.decision_class,
        measure=evidence.measure,
        unit=evidence.unit,
        best=evidence.structures[best],
        tied=tuple(evidence.structures[number] for number in tied),
        within_zone=tuple(evidence.structures[number] for number in tied if near[number]),
        gap=gap,
        gap_hours=None
        if gap is None or evidence.unit != "s"
        else Bounds(*(x / 3600 for x in (gap.value, gap.low, gap.high))),
        zone=evidence.zone,
        confidence=evidence.confidence,
        guaranteed=evidence.confidence if decided else None,
        procedure=evidence.procedure,
        observations=most if systems > 1 else seen,
        futures=most * BATCH,
        futures_seen=seen * BATCH,
        runs=total * BATCH,
        among=among,
        common_numbers=evidence.common_numbers,
        standings=_standings(evidence, compared, every, best, procedure),
        excluded=dict(evidence.excluded),
        tails=evidence.tails,
        weights=dict(evidence.weights),
    )


def _gap(compared: AgainstBest, best: int) -> Bounds:
    """Return how far the nearest other is behind the chosen one; all pairs' intervals hold at once, so theirs does."""
    others = np.arange(len(compared.means)) != best
    return Bounds(*(float(compared.gaps[others, best, column].min()) for column in range(3)))


def _standings(
    evidence: Evidence, compared: AgainstBest, every: Floats, best: int, procedure: KimNelson
) -> tuple[Standing, ...]:
    counts = (~np.isnan(every)).sum(axis=1)
    result = []
    for row in np.argsort(compared.means, kind="stable").tolist():
        width = student(0.975, int(counts[row]) - 1) if counts[row] > 1 else math.nan
        mean, error = float(compared.means[row]), float(compared.errors[row]) * width
        both = ~np.isnan(every[[row, best]]).any(axis=0)
        common = common_numbers(every[row, both], every[best, both])
        result.append(
            Standing(
                structure=evidence.structures[row],
                mean=Bounds(mean, mean - error, mean + error),
                behind_best=Bounds(*compared.behind[row].tolist()),
                behind_chosen=Bounds(*compared.gaps[row, best].tolist()),
                left_out_after=int(procedure.out_after[0, row]),
                correlation=1.0 if row == best else common.correlation,
                variance_reduction=common.factor,
                open_share=float(evidence.open_share[row]),
            )
        )
    return tuple(result)


def overall(verdicts: Sequence[Evidence], weights: Mapping[str, float]) -> Evidence | None:
    """Return the evidence over all scenarios with stated weights; None where no structure is in all of them.

    An observation is the weighted mean of those of the scenarios, in the same futures; the zone is their zones' mean
    with the same weights. A structure that is excluded from one scenario is excluded from the whole.
    """
    used = [each for each in verdicts if weights.get(each.scenario, 0.0) > 0]
    if not used:
        return None
    names = [name for name in used[0].structures if all(name in each.structures for each in used)]
    excluded = {name: reason for each in used for name, reason in each.excluded.items()}
    excluded |= {
        name: "missing" for each in used for name in each.structures if name not in names and name not in excluded
    }
    if not names:
        return None
    share = [weights[each.scenario] for each in used]
    total = sum(share)
    rows = [[each.structures.index(name) for name in names] for each in used]

    # As many as all structures have in all scenarios: in one where some were left out, others got more.
    shortest = min(
        int((each.counts[own] if each.counts is not None else np.array([each.first.shape[1]])).min())
        for each, own in zip(used, rows, strict=True)
    )

    def together(parts: Sequence[Floats]) -> Floats:
        whole = np.zeros((len(names), shortest))
        for part, own, weight in zip(parts, rows, share, strict=True):
            whole += weight / total * part[own, :shortest]
        return whole

    opened = np.max([each.open_share[own] for each, own in zip(used, rows, strict=True)], axis=0)
    return Evidence(
        scenario="",
        decision_class="",
        measure=used[0].measure,
        unit=used[0].unit,
        zone=sum(each.zone * weight for each, weight in zip(used, share, strict=True)) / total,
        confidence=used[0].confidence,
        structures=tuple(names),
        first=together([each.first for each in used]),
        every=together([each.every for each in used]),
        open_share=opened,
        replications=used[0].replications,
        looks=max(each.looks for each in used),
        common_numbers=all(each.common_numbers for each in used),
        excluded=excluded,
        weights={each.scenario: weight / total for each, weight in zip(used, share, strict=True)},
    )
