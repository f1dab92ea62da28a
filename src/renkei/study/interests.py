"""The measures that stakeholders weigh, of each structure in each future, from a finished sweep and from the files."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from renkei.analysis.acceptability import Floats
from renkei.analysis.cohesion import cohesion
from renkei.analysis.costing import amount, new_posts
from renkei.analysis.interests import Interests, asked, interests
from renkei.analysis.summary import REFERENCE
from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.model.stakeholders import Measure, Politics
from renkei.model.structure import Structure
from renkei.study.sweeping import Swept


def interests_of(case: Case, swept: Swept) -> Interests | None:
    """Return what the case's stakeholders make of the structures that were run; None where nobody has a say.

    Scenarios that were not run are left out, as is who then weighs nothing.
    """
    politics = _as_run(case, swept)
    if not politics.stakeholders and not politics.limits:
        return None
    futures = numbers(case, swept)
    base = case.plan.base if case.plan.base in swept.structures else swept.structures[0]
    # What nobody proposes is no choice, so it neither comes first nor stretches a scale.
    choices = [
        row
        for row, name in enumerate(swept.structures)
        if name == base or case.structures[name].proposed_by.en != REFERENCE
    ]
    tables = {measure: measured(case, swept, measure, futures)[choices] for measure in asked(politics)}
    return interests(politics, [swept.structures[row] for row in choices], base, tables, futures, swept.seed)


def numbers(case: Case, swept: Swept) -> list[dict[str, float]]:
    """Return every assumption's number in each future of a sweep."""
    names, values = swept.assumptions(case)
    fixed = {each.id: each.typical for each in case.assumptions}
    return [{**fixed, **dict(zip(names, row, strict=True))} for row in values.tolist()]


def _as_run(case: Case, swept: Swept) -> Politics:
    def there(measure: Measure) -> bool:
        return not measure.scenario or measure.scenario in swept.scenarios

    politics = case.plan.politics
    stakeholders = {}
    for name, each in politics.stakeholders.items():
        weighs = tuple(interest for interest in each.weighs if there(interest.measure))
        if weighs:
            limits = tuple(limit for limit in each.limits if there(limit.measure))
            stakeholders[name] = replace(each, weighs=weighs, limits=limits)
    limits = tuple(limit for limit in politics.limits if there(limit.measure))
    return replace(politics, stakeholders=stakeholders, limits=limits)


def not_run(case: Case, scenarios: Collection[str]) -> dict[str, tuple[Text, ...]]:
    """Return the scenarios that stakeholders weigh and that were not run, and who weighs each."""
    found: dict[str, tuple[Text, ...]] = {}
    for stakeholder in case.plan.politics.stakeholders.values():
        for measure in {interest.measure for interest in stakeholder.weighs}:
            if measure.scenario and measure.scenario not in scenarios:
                found[measure.scenario] = (*found.get(measure.scenario, ()), stakeholder.name)
    return {name: found[name] for name in case.scenarios if name in found}


def measured(case: Case, swept: Swept, measure: Measure, futures: Sequence[Mapping[str, float]]) -> Floats:
    """Return a measure of every structure in every future: (A, F); NaN where there is none."""
    if measure.kind == "time":
        table = swept.table(measure.scenario, case.plan.objective.measure).mean(axis=2)
        endless = [bool(swept.overloaded[name, measure.scenario]) for name in swept.structures]
        table[np.array(endless)] = np.nan
    elif measure.kind == "posts":
        table = np.array(
            [
                [new_posts(case.structures[name], case.assumptions, future, measure.payer) for future in futures]
                for name in swept.structures
            ]
        )
    elif measure.kind in ("once", "yearly"):
        money = case.plan.money
        table = np.array(
            [
                [amount(case.structures[name], money, future, measure.kind, measure.payer) for future in futures]
                for name in swept.structures
            ]
        )
    else:
        counts = [_count(case.structures[name], measure) for name in swept.structures]
        table = np.repeat(np.array(counts, dtype=np.float64)[:, None], len(futures), axis=1)
    times = np.array([measure.times.of(dict(future)) for future in futures])
    return np.asarray(table * times)


def _count(structure: Structure, measure: Measure) -> float:
    if measure.kind == "flag-officers":
        return flag_officers(structure, measure.nation)
    if measure.kind == "rank-gap":
        return rank_gap(structure, measure.headquarters)
    if measure.kind == "decided-away":
        return decided_away(structure, measure.place, measure.nation)
    found = cohesion(structure)
    return len(found.two_masters) if measure.kind == "two-masters" else len(found.weaknesses)


def flag_officers(structure: Structure, nation: str = "") -> int:
    """Return how many persons with at least one star command a headquarters; who commands two counts once."""
    holder = {post: person.id for person in structure.persons.values() for post in person.posts}
    return len(
        {
            holder.get(f"{house.id}.commander", house.id)
            for house in structure.headquarters.values()
            if house.rank > 0 and (not nation or nation in house.nations)
        }
    )


def rank_gap(structure: Structure, headquarters: str = "") -> float:
    """Return the largest difference of stars between counterparts whose commanders both have one.

    Of ``headquarters``: by how many stars it stands above its highest counterpart; 0 where that is as high, and not a
    number in a structure without it: who does not exist has no counterpart of his rank.
    """
    ranks = {house.id: house.rank for house in structure.headquarters.values() if house.rank > 0}
    gaps = []
    highest = []
    for pair in structure.counterparts.values():
        one, other = (ranks.get(name) for name in pair.between)
        if one is None or other is None:
            continue
        gaps.append(abs(one - other))
        if headquarters in pair.between:
            highest.append(other if pair.between[0] == headquarters else one)
    if not headquarters:
        return max(gaps, default=0)
    if headquarters not in structure.headquarters:
        return math.nan
    return max(0, ranks.get(headquarters, 0) - max(highest, default=0))


def decided_away(structure: Structure, place: str, nation: str = "") -> float:
    """Return how many classes of decision may be decided (by a nation) only outside the time zone of ``place``.

    An authority there counts however narrow its limit, and if it holds in one posture alone. Not a number in a
    structure that does not have the place.
    """
    if place not in structure.places:
        return math.nan
    zone = structure.places[place].zone
    may = [each for each in structure.authorities.values() if not nation or each.nation == nation]
    houses = {each.id: structure.headquarters[each.holder.partition(".")[0]] for each in may}
    near = {each.decision_class for each in may if structure.places[houses[each.id].place].zone == zone}
    return len({each.decision_class for each in may} - near)
