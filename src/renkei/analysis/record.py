"""A scenario's runs held against the dated public record, milestone by milestone.

Only the structure that the record is of is held against it; every other one is a counterfactual, whose times are shown
and judged by nothing. What a number was chosen for (``fitted``) is kept apart from what is predicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from renkei.analysis.costing import spread
from renkei.analysis.runs import Floats, PairRuns
from renkei.model.results import MilestoneResult
from renkei.model.scenario import Case, Milestone


def against_record(
    case: Case, pairs: Mapping[tuple[str, str], PairRuns], structures: Sequence[str], scenarios: Sequence[str]
) -> tuple[MilestoneResult, ...]:
    """Return every milestone of every scenario in every structure; those of the recorded structure first."""
    results = []
    for name in scenarios:
        scenario = case.scenarios[name]
        recorded = scenario.recorded_under
        order = sorted(structures, key=lambda each: each != recorded)
        for structure in order:
            for milestone in scenario.milestones.values():
                counterfactual = structure != recorded
                if counterfactual and not milestone.demand:
                    continue
                times = first_times(pairs[structure, name], milestone)
                results.append(_result(name, structure, milestone, times, counterfactual))
    return tuple(results)


def first_times(pair: PairRuns, milestone: Milestone) -> Floats:
    """Return when each run came to a milestone, in seconds from the start: (runs,), infinite where it never did."""
    layout = pair.layout
    if milestone.demand not in layout.sources or milestone.mark not in layout.marks:
        return np.zeros(0)
    source, mark = layout.sources.index(milestone.demand), layout.marks.index(milestone.mark)
    times: Floats = pair.firsts[:, :, source, mark].reshape(-1)
    return times


def _result(
    scenario: str, structure: str, milestone: Milestone, times: Floats, counterfactual: bool
) -> MilestoneResult:
    simulated = spread(times) if len(times) else None
    judged = simulated is not None and not counterfactual
    inside = None
    if judged and simulated is not None:
        inside = bool(simulated.low <= milestone.high_s and milestone.low_s <= simulated.high)
    return MilestoneResult(
        scenario=scenario,
        structure=structure,
        counterfactual=counterfactual,
        milestone=milestone.id,
        name=milestone.name,
        recorded_low_s=milestone.low_s,
        recorded_high_s=milestone.high_s,
        simulated=simulated,
        reached=float(np.isfinite(times).mean()) if len(times) else 0.0,
        inside=inside,
        basis=milestone.basis,
        because=milestone.because,
        source=milestone.source,
    )
