"""The public record against the runs, without a whole study."""

from __future__ import annotations

from renkei.model.results import MilestoneResult
from renkei.model.scenario import Case
from renkei.study.inspection import NotFound, find_scenario


def record(
    case: Case, scenario: str, *, futures: int | None = None, replications: int | None = None, seed: int | None = None
) -> tuple[MilestoneResult, ...]:
    """Run the structure that a scenario's record is of, and hold it against the record, milestone by milestone.

    Parameters
    ----------
    case
        What ``renkei.load`` gave.
    scenario
        A scenario with milestones.
    futures, replications, seed
        As of a study; its own if None.

    Raises
    ------
    NotFound
        If the case has no such scenario, or the scenario has no record.

    Examples
    --------
    >>> for each in renkei.record(case, "tohoku-2011"):  # doctest: +SKIP
    ...     print(each.milestone, each.inside, each.basis)
    """
    from renkei.study.running import run_study

    found = find_scenario(case, scenario)
    if not found.milestones or not found.recorded_under:
        having = [each.id for each in case.scenarios.values() if each.milestones and each.recorded_under]
        raise NotFound.among("scenario with a record", scenario, having)
    result = run_study(
        case,
        structures=[found.recorded_under],
        scenarios=[scenario],
        futures=futures,
        replications=replications,
        seed=seed,
    )
    return result.summary.milestones
