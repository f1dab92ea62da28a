"""All that a study found, from the rows of its runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from renkei.analysis.answer import Evidence, answer, fastest
from renkei.analysis.cells import ENOUGH, cells, desk_loads
from renkei.analysis.comparing import compare
from renkei.analysis.costing import structure_cost
from renkei.analysis.record import against_record
from renkei.analysis.resampling import FEWEST, Resampling, middle
from renkei.analysis.runs import QUANTILES, SHARES, PairRuns
from renkei.model.quantity import Text
from renkei.model.results import Cell, Comparison, DeskLoad, Summary
from renkei.model.scenario import Case

Pairs = Mapping[tuple[str, str], PairRuns]
"""By structure and scenario."""

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
    warnings = doubts(some)
    for scenario in scenarios:
        headline = case.scenarios[scenario].headline
        for structure in structures:
            own, more = cells(pairs[structure, scenario], structure, scenario, headline, resampling)
            found += own
            warnings += more
        warnings += cut_off(pairs, structures, scenario, case.plan.events_per_run)
    warnings += few_decisions(pairs, structures, scenarios)
    comparisons = compared(case, pairs, structures, scenarios, base, resampling)
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
        references=frozenset(s for s in structures if case.structures[s].proposed_by == REFERENCE and s != base),
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
        answer=answer_of(case, evidence, pairs, resampling),
        costs=tuple(
            structure_cost(case.structures[name], case.plan.money, case.assumptions, draws)
            for name in structures
            if draws and any(case.structures[each].costs for each in structures)
        ),
        milestones=against_record(case, pairs, structures, scenarios),
    )


def answer_of(case: Case, evidence: Evidence, pairs: Pairs, resampling: Resampling) -> Text:
    """Return the answer: the fastest of each scenario is first held against all others."""
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
    return answer(replace(evidence, rivals=rivals))


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
) -> list[Comparison]:
    """Return every structure against the base, and the base against what it changes.

    So the gap between a structure and what there was before is there in its two parts.
    """
    before = ancestor(case, base, structures)
    result = []
    for scenario in scenarios:
        headline = case.scenarios[scenario].headline
        couples = [(structure, base) for structure in structures if structure != base]
        couples += [(base, before)] if before else []
        for structure, against in couples:
            one, other = pairs[structure, scenario], pairs[against, scenario]
            if headline in one.layout.classes and headline in other.layout.classes:
                result.append(compare(one, other, (structure, against, scenario), headline, resampling))
    return result


def doubts(pair: PairRuns) -> list[str]:
    """Return what too few futures or replications leave open."""
    said = []
    if pair.futures == 1:
        said.append("there is one future only: the intervals show chance within it, not the assumptions' ranges")
    elif pair.futures < FEWEST:
        said.append(f"there are {pair.futures} futures only: no difference is called shown with fewer than {FEWEST}")
    if pair.replications == 1:
        said.append("there is one replication only: the error from replications is not known")
    return said


def few_decisions(pairs: Pairs, structures: Sequence[str], scenarios: Sequence[str]) -> list[str]:
    """Return which quantiles were taken over all runs, as a run has too few decisions for them."""
    said = []
    for scenario in scenarios:
        for row, name in enumerate(pairs[structures[0], scenario].layout.classes):
            fewest = min(
                middle((pair.of_class(row, "open") + pair.of_class(row, "done")).reshape(-1))
                for pair in (pairs[structure, scenario] for structure in structures)
            )
            short = [key for key, share in zip(QUANTILES, SHARES, strict=True) if fewest < ENOUGH[share]]
            if short:
                which = "every quantile" if len(short) == len(QUANTILES) else " and ".join(short)
                said.append(f"{which} of `{name}` ({scenario}, about {fewest:.0f} a run)")
    if not said:
        return []
    return ["too few decisions in a run, so taken over those of all runs: " + "; ".join(said)]


def cut_off(pairs: Pairs, structures: Sequence[str], scenario: str, limit: int) -> list[str]:
    """Return which runs met the limit on events."""
    cut = {structure: int(pairs[structure, scenario].truncated.sum()) for structure in structures}
    listed = ", ".join(f"{count} of `{structure}`" for structure, count in cut.items() if count)
    if not listed:
        return []
    return [
        f"{scenario}: runs were cut off after {limit} events ({listed}); their decisions count as open from there on "
        "(raise `events_per_run` in study.yaml)"
    ]
