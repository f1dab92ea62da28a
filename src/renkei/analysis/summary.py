"""All that a study found, from the rows of its runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from renkei.analysis.answer import Evidence, answer, fastest
from renkei.analysis.brief import brief
from renkei.analysis.cells import cells, desk_loads
from renkei.analysis.comparing import compare, unknown
from renkei.analysis.costing import structure_cost
from renkei.analysis.doubts import Pairs, another_base, cut_off, few_decisions, left_open, pile_ups, too_few_runs
from renkei.analysis.record import against_record
from renkei.analysis.resampling import Resampling
from renkei.analysis.weights import weights
from renkei.model.results import Cell, Comparison, DeskLoad, Summary
from renkei.model.scenario import Case

REFERENCE = "nobody"
"""What ``proposed_by`` says of a structure that is there for comparison only."""


def summarise(
    case: Case,
    pairs: Pairs,
    structures: Sequence[str],
    scenarios: Sequence[str],
    seed: int,
    draws: Sequence[Mapping[str, float]] = (),
) -> Summary:
    """Return the summary of a study.

    Parameters
    ----------
    case
        What was studied.
    pairs
        The runs' rows of every structure under every scenario.
    structures, scenarios
        Which were run, in the order in which they are shown. Without the case's base the first structure is the base.
    seed
        The study's.
    draws
        Every future's numbers, for what depends on no run: costs.
    """
    base = case.plan.base if case.plan.base in structures else structures[0]
    some = pairs[structures[0], scenarios[0]]
    resampling = Resampling(some.futures, some.replications, seed)
    found: list[Cell] = []
    warnings = too_few_runs(some) + another_base(case.plan.base, base)
    for scenario in scenarios:
        headline = case.scenarios[scenario].headline
        own = [
            cell
            for structure in structures
            for cell in cells(pairs[structure, scenario], structure, scenario, headline, resampling)
        ]
        found += own
        warnings += pile_ups(own) + left_open(own, scenario)
        warnings += cut_off(pairs, structures, scenario, case.plan.events_per_run)
    warnings += few_decisions(pairs, structures, scenarios)
    comparisons = compared(case, pairs, structures, scenarios, base, resampling, found)
    loads: dict[str, dict[str, tuple[DeskLoad, ...]]] = {
        structure: {scenario: desk_loads(pairs[structure, scenario]) for scenario in scenarios}
        for structure in structures
    }
    reported = {cell.decision_class for cell in found}
    named = {id: each.name for id, each in case.doctrine.classes.items() if id in reported}
    evidence = Evidence(
        base=base,
        structures={structure: case.structures[structure].name for structure in structures},
        scenarios={scenario: case.scenarios[scenario].name for scenario in scenarios},
        classes=named,
        references=frozenset(s for s in structures if case.structures[s].proposed_by.en == REFERENCE and s != base),
        cells={(cell.structure, cell.scenario): cell for cell in found if cell.headline},
        comparisons={(each.structure, each.scenario): each for each in comparisons if each.against == base},
        rivals={},
        guesses=sum(assumption.guess for assumption in case.assumptions),
        assumptions=len(case.assumptions.assumptions),
        futures=some.futures,
        unstaffed={
            (structure, scenario): each.desk
            for structure in structures
            for scenario in scenarios
            for each in reversed(loads[structure][scenario])
            if math.isnan(each.utilisation) and each.arrivals > 0
        },
    )
    evidence = replace(evidence, rivals=rivals_of(case, evidence, pairs, resampling))
    short = brief(evidence, pairs)
    return Summary(
        case=case.id,
        name=case.plan.name,
        question=case.plan.question,
        base=base,
        seed=seed,
        futures=some.futures,
        replications=some.replications,
        structures=dict(evidence.structures),
        scenarios=dict(evidence.scenarios),
        classes=named,
        cells=tuple(found),
        comparisons=tuple(comparisons),
        loads=loads,
        warnings=tuple(warnings),
        answer=answer(evidence),
        costs=tuple(
            structure_cost(case.structures[name], case.plan.money, case.assumptions, draws)
            for name in structures
            if draws and any(case.structures[each].costs for each in structures)
        ),
        milestones=against_record(case, pairs, structures, scenarios),
        brief=short,
        weights=weights(pairs, base, {row.scenario: (row.decision_class, row.leading) for row in short.rows}, draws),
    )


def rivals_of(case: Case, evidence: Evidence, pairs: Pairs, resampling: Resampling) -> dict[str, tuple[str, ...]]:
    """Return by scenario the structures that the fastest is not shown to be faster than."""
    rivals = {}
    for scenario in evidence.scenarios:
        best = fastest(evidence, scenario)
        if not best:
            continue
        headline = case.scenarios[scenario].headline
        rivals[scenario] = tuple(
            other
            for other in evidence.structures
            if other not in (best, evidence.base)
            and other not in evidence.references
            and not evidence.cells[other, scenario].overloads
            and not faster(pairs, (best, other, scenario), headline, resampling)
        )
    return rivals


def faster(pairs: Pairs, names: tuple[str, str, str], headline: str, resampling: Resampling) -> bool:
    """Return whether the first structure is shown to be faster than the second."""
    first, second, scenario = names
    each = compare(pairs[first, scenario], pairs[second, scenario], names, headline, resampling)
    return each.shown and each.median_difference_s.value < 0


def ancestor(case: Case, base: str, structures: Sequence[str]) -> str:
    """Return the nearest structure that the base extends and that was run; empty if there is none."""
    above = case.structures[base].extends
    while above and above not in structures:
        above = case.structures[above].extends if above in case.structures else ""
    return above


def compared(
    case: Case,
    pairs: Pairs,
    structures: Sequence[str],
    scenarios: Sequence[str],
    base: str,
    resampling: Resampling,
    found: Sequence[Cell],
) -> list[Comparison]:
    """Return every structure against the base, and the base against what it changes.

    So the gap between a structure and what there was before is there in its two parts. Where a structure has no
    typical time there is no difference to tell.
    """
    endless = {(cell.structure, cell.scenario) for cell in found if cell.headline and cell.endless}
    before = ancestor(case, base, structures)
    result = []
    for scenario in scenarios:
        headline = case.scenarios[scenario].headline
        couples = [(structure, base) for structure in structures if structure != base]
        couples += [(base, before)] if before else []
        for structure, against in couples:
            one, other = pairs[structure, scenario], pairs[against, scenario]
            names = (structure, against, scenario)
            if {(structure, scenario), (against, scenario)} & endless:
                result.append(unknown(names))
            elif headline in one.layout.classes and headline in other.layout.classes:
                result.append(compare(one, other, names, headline, resampling))
    return result
