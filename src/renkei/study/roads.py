"""The road there: what each stage of a phased path brings, how it goes while it is being built, what it costs to stop
there, what a yearly budget lets come first, and what to watch.

How well a structure does is its mean cost (the objective's measure) as a share of the base's, averaged over scenarios
by the objective's weights, or evenly where none are stated: what is gained is 1 less that. While a change is being
made the desks that it names have the strength that it states for the meanwhile, at that number's typical value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from renkei.analysis.acceptability import Floats
from renkei.analysis.costing import amount, spread
from renkei.analysis.flips import Threshold
from renkei.analysis.roadmap import Step, roadmap
from renkei.analysis.summary import REFERENCE
from renkei.model.quantity import Assumptions, Quantity, Text
from renkei.model.results import Spread
from renkei.model.scenario import Case
from renkei.model.structure import Cost, PlannedChange, Structure
from renkei.model.verdict import Bounds, Choice
from renkei.study.chunks import Block, Store
from renkei.study.interests import numbers
from renkei.study.paths import stages_of
from renkei.study.sweeping import Sweep, Swept

MOVING: Final = 100
"""Futures in which a structure is run while it is being built; they are the first of the sweep's."""
YEAR_S: Final = 31_557_600.0
SURE: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a road. Money in the study's currency; gains are shares of the base's mean cost."""

    structure: str
    """What stands after it."""
    name: Text
    date: str
    changes: tuple[str, ...]
    once: Spread
    """What this stage costs more than the one before, once and every year."""
    yearly: Spread
    takes: Spread
    """Years from its beginning to its end."""
    gain: Bounds
    """If nothing more is funded."""
    moving: Bounds | None
    """While it is being built; None where nothing is said of the meanwhile."""
    regret: Bounds
    """How much better the best structure that could stand after as many stages is."""
    instead: str
    """That structure; the stage's own where none is better."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What to watch under the choice of a scenario: past ``value`` the rival is better."""

    scenario: str
    favourite: str
    rival: str
    assumption: str
    above: bool
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class First:
    """What a yearly budget lets come first: structures with the year in which each is begun, and what is spent."""

    starts: dict[str, int]
    left_out: tuple[str, ...]
    gain: tuple[float, ...]
    spent: tuple[float, ...]
    """Money, in each year."""
    budget: float
    """Median over futures."""


@dataclass(frozen=True, slots=True)
class Road:
    """A phased path."""

    path: str
    start: str
    start_gain: Bounds
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Roads:
    """All of it."""

    currency: str
    price_year: int
    roads: tuple[Road, ...]
    first: First | None
    triggers: tuple[Trigger, ...]


def roads_of(choice: Choice, swept: Swept, sweep: Sweep, store: Store) -> tuple[Roads | None, list[Block]]:
    """Return the case's roads, and the blocks that were run for them; None where there are neither roads nor a budget.

    A road is a structure whose phases `become` structures that were run. ``sweep`` runs what else is to be run.
    """
    case = sweep.case
    paths = [
        structure
        for structure in case.structures.values()
        if (stages := stages_of(structure)) and all(name in swept.structures for _, name in stages)
    ]
    if not paths and case.plan.politics.budget is None:
        return None, []
    judged = _Judged(case, swept)
    moving, blocks = _moving(judged, paths, sweep, store)
    money = case.plan.money
    return (
        Roads(
            currency=money.currency,
            price_year=money.year,
            roads=tuple(_road(path, judged, moving) for path in paths),
            first=_first(paths, judged),
            triggers=_triggers(choice),
        ),
        blocks,
    )


class _Judged:
    """How well structures do, future by future."""

    def __init__(self, case: Case, swept: Swept) -> None:
        self.case, self.swept = case, swept
        self.futures = numbers(case, swept)
        self.base = case.plan.base if case.plan.base in swept.structures else swept.structures[0]
        weights = case.plan.objective.weights(swept.scenarios)
        self.weights = weights or dict.fromkeys(swept.scenarios, 1.0 / len(swept.scenarios))
        self.tables = {name: swept.table(name, case.plan.objective.measure).mean(axis=2) for name in self.weights}
        # What nobody proposes, or cannot keep up somewhere, is no way to go; a path is one of several steps.
        self.ways = [
            name
            for name in swept.structures
            if name not in swept.paths
            and case.structures[name].proposed_by.en != REFERENCE
            and not any(swept.overloaded[name, scenario] for scenario in self.weights)
        ]

    def gains(self, structure: str) -> Floats:
        """Return what a structure gains over the base in each future: (F,); NaN where it was not measured."""
        row = self.swept.structures.index(structure)
        return self.gained({scenario: table[row] for scenario, table in self.tables.items()})

    def mean(self, structure: str) -> float:
        """Return what it gains on average; below all numbers where that is not known, as of a base without a time."""
        gains = self.gains(structure)
        known = gains[np.isfinite(gains)]
        return float(known.mean()) if len(known) else -math.inf

    def gained(self, costs: Mapping[str, Floats]) -> Floats:
        """Return what costs in the first futures, by scenario, gain over the base in the same futures."""
        row = self.swept.structures.index(self.base)
        count = len(next(iter(costs.values())))
        total = np.zeros(count)
        for scenario, weight in self.weights.items():
            base = self.tables[scenario][row]
            known = base[np.isfinite(base)]
            # The mean of the base over futures, not the future's own, so that one quiet future does not weigh most.
            total += weight * (base[:count] - costs[scenario]) / (float(known.mean()) if len(known) else math.nan)
        return total

    def costs(self, costs: Sequence[Cost], kind: str) -> Floats:
        """Return what costs come to in each future."""
        structure = Structure("", Text(""), costs=tuple(costs))
        return np.array([amount(structure, self.case.plan.money, future, kind) for future in self.futures])

    def years(self, planned: Sequence[PlannedChange]) -> Floats:
        """Return how long the longest of changes takes in each future."""
        longest = [
            max((each.takes.of(dict(future)) for each in planned if each.takes is not None), default=0.0)
            for future in self.futures
        ]
        return np.array(longest) / YEAR_S


def bounds(values: Floats) -> Bounds:
    """Return a mean over futures with its 95 % interval."""
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return Bounds(math.nan, math.nan, math.nan)
    middle, error = float(known.mean()), SURE * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Bounds(middle, middle - error, middle + error)


def _road(path: Structure, judged: _Judged, moving: Mapping[str, Floats]) -> Road:
    before = path.extends if path.extends in judged.swept.structures else judged.base
    start, stages = before, []
    for done, (number, name) in enumerate(stages_of(path), start=1):
        phase = path.phases[number]
        costs = [cost for cost in path.costs if cost.since == phase.date]
        gone = [cost for cost in judged.case.structures[before].costs if cost not in judged.case.structures[name].costs]
        planned = [each for each in path.planned if each.since == phase.date]
        gains = judged.gains(name)
        # Any structure could stand instead that is one step away.
        others = [other for other in judged.ways if other != name]
        best = max([name, *others], key=judged.mean)
        stages.append(
            Stage(
                structure=name,
                name=phase.name,
                date=phase.date,
                changes=tuple(each.change for each in planned),
                once=spread(judged.costs(costs, "once")),
                yearly=spread(judged.costs(costs, "yearly") - judged.costs(gone, "yearly") * (done > 1)),
                takes=spread(judged.years(planned)),
                gain=bounds(gains),
                moving=bounds(moving[name]) if name in moving else None,
                regret=bounds(judged.gains(best) - gains),
                instead=best,
            )
        )
        before = name
    return Road(path.id, start, bounds(judged.gains(start)), tuple(stages))


def _first(paths: Sequence[Structure], judged: _Judged) -> First | None:
    """Return what to begin with under the case's yearly budget: see ``renkei.analysis.roadmap``.

    Structures exclude one another; a stage of a path comes after the stage before it. What a change costs once is
    spent evenly over the years that it takes; a gain counts from the year after it is done. Amounts are medians over
    futures.
    """
    budget = judged.case.plan.politics.budget
    if budget is None:
        return None
    yearly = float(np.median([budget.yearly.of(dict(future)) for future in judged.futures]))
    steps: dict[str, Step] = {}
    names = [
        name
        for name in judged.ways
        if name != judged.base and _above(judged.case, name, judged.base) and math.isfinite(judged.mean(name))
    ]
    at_base = judged.case.structures[judged.base]
    for name in names:
        structure = judged.case.structures[name]
        costs = [cost for cost in structure.costs if cost not in at_base.costs]
        planned = [each for each in structure.planned if each not in at_base.planned]
        steps[name] = _step(name, judged, costs, planned, judged.mean(name), ())
    for path in paths:
        stages = stages_of(path)
        for (_, before), (number, after) in pairwise(stages):
            date = path.phases[number].date
            name = f"{after} after {before}"
            gain = judged.mean(after) - judged.mean(before)
            costs = [cost for cost in path.costs if cost.since == date]
            planned = [each for each in path.planned if each.since == date]
            if before in steps and math.isfinite(gain):
                steps[name] = _step(name, judged, costs, planned, gain, (before,))
    firsts = [step.name for step in steps.values() if not step.needs]
    ordered = [
        replace(step, excludes=tuple(each for each in firsts if each != step.name)) if not step.needs else step
        for step in steps.values()
    ]
    found = roadmap(ordered, np.full((budget.years, 1), yearly))
    return First(
        starts=found.starts,
        left_out=found.left_out,
        gain=tuple(found.benefit.tolist()),
        spent=tuple(found.spent[:, 0].tolist()),
        budget=yearly,
    )


def _step(
    name: str,
    judged: _Judged,
    costs: Sequence[Cost],
    planned: Sequence[PlannedChange],
    gain: float,
    needs: tuple[str, ...],
) -> Step:
    once, yearly = (float(np.median(judged.costs(costs, kind))) for kind in ("once", "yearly"))
    takes = math.ceil(float(np.median(judged.years(planned))) - 1e-9)
    return Step(name, gain, (once,), (yearly,), takes, needs, over=max(1, takes))


def _above(case: Case, name: str, base: str) -> bool:
    """Return whether a structure extends the base, directly or by way of others."""
    while name and name != base:
        name = case.structures[name].extends if name in case.structures else ""
    return bool(name)


def _triggers(choice: Choice) -> tuple[Trigger, ...]:
    considered = choice.analyses.get("considerations")
    found = []
    tied = {verdict.scenario: verdict.tied for verdict in choice.verdicts}
    for scenario, each in considered.scenarios.items() if considered is not None else ():
        if each.rival in tied.get(scenario, ()):
            continue  # where it makes no difference that matters, nothing is gained by switching
        thresholds: Sequence[Threshold] = each.thresholds
        found += [
            Trigger(scenario, each.favourite, each.rival, t.assumption, t.flips_above, t.value, t.low, t.high)
            for t in thresholds
        ]
    return tuple(found)


# --- while it is being built


def _moving(
    judged: _Judged, paths: Sequence[Structure], sweep: Sweep, store: Store
) -> tuple[dict[str, Floats], list[Block]]:
    """Run each stage while it is being built; return what it then gains, by structure, and the blocks."""
    case, swept = judged.case, judged.swept
    targets: dict[str, Structure] = {}
    for path in paths:
        for number, name in stages_of(path):
            date = path.phases[number].date
            planned = [each for each in path.planned if each.since == date and each.meanwhile is not None]
            thin = thinned(case.structures[name], planned, case.assumptions)
            if thin is not None:
                targets[name] = thin
    if not targets:
        return {}, []
    own = replace(case, structures={**case.structures, **{each.id: each for each in targets.values()}})
    other = Sweep(
        replace(
            sweep.order,
            case=own,
            structures=tuple(each.id for each in targets.values()),
            scenarios=swept.scenarios,
            futures=min(MOVING, swept.futures),
        ),
        sweep.classes,
        sweep.cluster,
    )
    blocks = {(each.id, s): other.blocks(each.id, s) for each in targets.values() for s in swept.scenarios}
    every = [block for some in blocks.values() for block in some]
    chunks = other.run_blocks(every, store)
    measure = case.plan.objective.measure
    gains = {
        name: judged.gained(
            {s: other.joined(chunks, blocks[each.id, s]).measure(measure).mean(axis=1) for s in judged.weights}
        )
        for name, each in targets.items()
    }
    return gains, every


def thinned(structure: Structure, planned: Sequence[PlannedChange], assumptions: Assumptions) -> Structure | None:
    """Return a structure with the strength that its changes leave to the desks they name; None where they name none."""
    houses = dict(structure.headquarters)
    done = False
    for change in planned:
        assert change.meanwhile is not None
        name, _, function = change.change.rpartition(" ")[2].partition(".")
        if name not in houses:
            continue
        share = _typical(change.meanwhile, assumptions)
        desks = {
            key: replace(
                desk,
                duty=tuple(
                    replace(duty, strength=replace(duty.strength, factor=duty.strength.factor * share))
                    for duty in desk.duty
                ),
            )
            if function in ("", key)
            else desk
            for key, desk in houses[name].desks.items()
        }
        houses[name] = replace(houses[name], desks=desks)
        done = True
    return replace(structure, id=f"{structure.id}-being-built", headquarters=houses) if done else None


def _typical(quantity: Quantity, assumptions: Assumptions) -> float:
    if quantity.assumption is None:
        return quantity.of({})
    return assumptions.assumptions[quantity.assumption].typical * quantity.factor
