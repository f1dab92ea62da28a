"""What else a choice rests on, from a finished sweep: nothing is run again.

For each scenario: how robust each structure is over futures, what would flip the choice between the chosen structure
and its nearest rival, in which futures the rival is better, what their difference depends on, and what it would be
worth to know. Over all scenarios: which structure comes first under which weights of the scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from renkei.analysis.acceptability import acceptability, value_of, weights_drawn
from renkei.analysis.boxes import Box, discover
from renkei.analysis.coalitions import pareto
from renkei.analysis.flips import NearestFlip, Threshold, Worst, flips
from renkei.analysis.information import Worth, information
from renkei.analysis.robustness import Robustness, robustness
from renkei.analysis.sensitivity import GivenData, given_data
from renkei.model.scenario import Case
from renkei.model.verdict import Choice, Verdict
from renkei.study.sweeping import Swept

Floats = npt.NDArray[np.float64]

LEAST: Final = 40
"""Futures, of those in which all candidates were measured: of fewer nothing is said."""
ASKED: Final = 12
"""Assumptions that flips are looked for in, at most: those that are shown to matter, most first. A surface over all the
assumptions of a large case would be fitted to noise, and would flip somewhere."""
SHOWN: Final = 8
"""Assumptions that shares and worths are kept of."""
OFTEN: Final = 0.5
"""A threshold is told if at least half of the resamples have one within the assumption's range."""
LEAST_EXPLAINED: Final = 0.05
"""Of the difference's variance: a surface that predicts less of it is no ground to name a threshold or a flip."""
DRAWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Consideration:
    """What the verdict of one scenario rests on. Costs are in the verdict's unit."""

    scenario: str
    favourite: str
    rival: str
    """The structure nearest to the favourite by mean; empty where there is none."""
    unit: str
    futures: int
    """In which all candidates were measured."""
    left_out: int
    robustness: Robustness
    explained: float
    """Share of the difference's variance over futures that the surface behind the flips predicts."""
    thresholds: tuple[Threshold, ...]
    nearest: NearestFlip | None
    worst: Worst | None
    rival_better: float
    """Share of futures in which the rival is better by more than the indifference zone."""
    boxes: tuple[Box, ...]
    """Where it is."""
    sensitivity: GivenData | None
    knowing_all: Worth
    knowing: dict[str, Worth]
    """By assumption, worth most first; only those that are shown to be worth something."""


@dataclass(frozen=True, slots=True)
class OverScenarios:
    """Which structure comes first when nobody states the weights of the scenarios."""

    structures: tuple[str, ...]
    scenarios: tuple[str, ...]
    first: tuple[float, ...]
    """Share of weights and futures, drawn together, in which a structure is first."""
    central: tuple[dict[str, float], ...]
    """Mean weights with which it is first; empty where it never is."""
    confidence: tuple[float, ...]
    undominated: tuple[str, ...]
    """Structures that no other betters in one scenario without loss in another, by means."""


@dataclass(frozen=True, slots=True)
class Considerations:
    """All of it."""

    scenarios: dict[str, Consideration]
    over_scenarios: OverScenarios | None
    left_out: dict[str, str]
    """Scenarios of which nothing is said, and why: `one-structure`, `few-futures`."""


def considerations(case: Case, swept: Swept, choice: Choice) -> Considerations:
    """Return what the verdicts of a choice rest on.

    A pure function of its arguments: the same sweep gives the same result, seeds of resampling being the study's.
    """
    names, assumptions = swept.assumptions(case)
    found: dict[str, Consideration] = {}
    left_out: dict[str, str] = {}
    costs: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for verdict in choice.verdicts:
        candidates = tuple(standing.structure for standing in verdict.standings)
        rows = [swept.structures.index(name) for name in candidates]
        table = swept.table(verdict.scenario, verdict.measure)[rows]
        usable = np.isfinite(table).all(axis=(0, 2))
        if len(candidates) < 2 or table.shape[2] < 2:
            left_out[verdict.scenario] = "one-structure" if len(candidates) < 2 else "one-replication"
        elif usable.sum() < LEAST:
            left_out[verdict.scenario] = "few-futures"
        else:
            costs[verdict.scenario] = (candidates, table)
            found[verdict.scenario] = _considered(
                verdict, candidates, table[:, usable], assumptions[usable], names, int((~usable).sum()), swept
            )
    return Considerations(found, _over_scenarios(costs, swept.seed), left_out)


def _considered(
    verdict: Verdict,
    candidates: tuple[str, ...],
    costs: Floats,
    assumptions: Floats,
    names: tuple[str, ...],
    left_out: int,
    swept: Swept,
) -> Consideration:
    seed = swept.seed
    favourite = candidates.index(verdict.best)
    means = costs.mean(axis=(1, 2))
    others = [row for row in range(len(candidates)) if row != favourite]
    # A path is made of what it leads to: what it is compared with says more of that.
    rivals = [row for row in others if candidates[row] not in swept.paths] or others
    rival = min(rivals, key=lambda row: (means[row], row))
    differences = costs[favourite] - costs[rival]
    by_future = differences.mean(axis=1)
    whole, each = information(costs, assumptions, names)
    rival_better = by_future > verdict.zone
    shares = overturning = None
    if by_future.std() > 0 and names:
        shares = given_data(differences, assumptions, names, seed=seed, most=ASKED)
        some = tuple(name for name, share in shares.shares.items() if share.shown)[:ASKED]
        if some:
            asked = [names.index(name) for name in some]
            overturning = flips(by_future, assumptions[:, asked], some, seed=seed)
            if overturning.surface.explained < LEAST_EXPLAINED:
                overturning = replace(overturning, thresholds=(), nearest=None)
        kept = dict(list(shares.shares.items())[:SHOWN])
        shares = GivenData(kept, shares.chance, shares.rest)
    return Consideration(
        scenario=verdict.scenario,
        favourite=verdict.best,
        rival=candidates[rival],
        unit=verdict.unit,
        futures=costs.shape[1],
        left_out=left_out,
        robustness=robustness(costs, candidates, seed=seed),
        explained=overturning.surface.explained if overturning else 0.0,
        thresholds=tuple(each for each in overturning.thresholds if each.found_share >= OFTEN) if overturning else (),
        nearest=overturning.nearest if overturning else None,
        worst=overturning.worst if overturning else None,
        rival_better=float(rival_better.mean()),
        boxes=discover(assumptions, rival_better, names, most=2, seed=seed) if names else (),
        sensitivity=shares,
        knowing_all=whole,
        knowing={name: worth for name, worth in list(each.items())[:SHOWN] if worth.shown},
    )


def _over_scenarios(costs: dict[str, tuple[tuple[str, ...], Floats]], seed: int) -> OverScenarios | None:
    """Return who comes first under unknown weights of scenarios; None of one scenario or one structure.

    The value of a structure in a scenario is 1 for the best mean cost of all and 0 for the worst, in a line.
    """
    scenarios = tuple(costs)
    shared = (
        [name for name in next(iter(costs.values()))[0] if all(name in each for each, _ in costs.values())]
        if costs
        else []
    )
    if len(scenarios) < 2 or len(shared) < 2:
        return None
    by_future = np.stack([table.mean(axis=2)[[own.index(n) for n in shared]] for own, table in costs.values()])
    usable = np.isfinite(by_future).all(axis=(0, 1))
    by_future = by_future[:, :, usable]
    means = by_future.mean(axis=2)
    if usable.sum() < LEAST or (means.max(axis=1) == means.min(axis=1)).any():
        return None
    # (futures, structures, scenarios). Values beyond the ends are kept: noise that is cut off is no longer noise.
    spread = (means.max(axis=1) - means.min(axis=1))[:, None, None]
    values = ((means.max(axis=1)[:, None, None] - by_future) / spread).transpose(2, 1, 0)
    found = acceptability(np.ascontiguousarray(values), weights_drawn(DRAWS, len(scenarios), seed=seed), seed=seed)
    kept = pareto(np.array([value_of(row, float(row.max()), float(row.min())) for row in means]))
    return OverScenarios(
        structures=tuple(shared),
        scenarios=scenarios,
        first=tuple(found.first.tolist()),
        central=tuple(
            {} if np.isnan(row).any() else dict(zip(scenarios, row.tolist(), strict=True))
            for row in found.central_weights
        ),
        confidence=tuple(found.confidence.tolist()),
        undominated=tuple(name for name, keep in zip(shared, kept, strict=True) if keep),
    )
