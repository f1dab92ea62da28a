"""The road there: stages, what it costs to stop at one, what is built first, and strength while it is being built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import renkei
from renkei.model.quantity import Assumptions, Quantity
from renkei.model.structure import PlannedChange
from renkei.study.inspection import new_case
from renkei.study.roads import Roads, thinned
from unit.worlds import hq, structure

PATH = """renkei: structure/1
name: {en: In two steps}
extends: head-office-decides
phases:
  - {name: First Tokyo, date: 2025-01-01, changes: [], becomes: tokyo-decides}
  - {name: Then the team, date: 2027-01-01, changes: [], becomes: team-decides}
"""
TEAM = """renkei: structure/1
name: {en: The team decides}
extends: head-office-decides
changes:
  - grant: requests
    holder: field-team.ops
    takes: 18 mo
    cost: [{name: Training, once: 30 M USD, price_year: 2024, payer: US}]
"""


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Roads:
    """The roads of the case that ``renkei new`` writes, with a path of two stages and a budget."""
    folder = tmp_path_factory.mktemp("case") / "case"
    new_case(folder)
    (folder / "structures" / "team-decides.yaml").write_text(TEAM.replace("18 mo", "548 d"))
    (folder / "structures" / "path.yaml").write_text(PATH.replace(", changes: []", ""))
    study = folder / "study.yaml"
    names = "structures: [head-office-decides, tokyo-decides, team-decides]\nbudget: {years: 4, yearly: 20 M USD}\n"
    study.write_text(without(study, "structures:") + names)
    result = renkei.choose(renkei.load(folder), futures=40)
    found = result.choice.analyses["roadmap"]
    assert isinstance(found, Roads)
    return found


def without(path: Path, word: str) -> str:
    """Return a file without the lines of a key of one line."""
    return "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith(word))


def test_a_path_has_the_stages_that_its_phases_become(roads: Roads) -> None:
    (road,) = roads.roads
    assert (road.path, road.start) == ("path", "head-office-decides")
    assert [(stage.structure, stage.date) for stage in road.stages] == [
        ("tokyo-decides", "2025-01-01"),
        ("team-decides", "2027-01-01"),
    ]
    assert road.start_gain.value == 0.0
    assert 0.3 < road.stages[0].gain.value < road.stages[1].gain.value < 0.9


def test_stopping_early_costs_what_the_better_one_would_have_gained(roads: Roads) -> None:
    first, second = roads.roads[0].stages
    assert first.instead == "team-decides"
    assert first.regret.value == pytest.approx(second.gain.value - first.gain.value)
    assert (second.instead, second.regret.value) == ("team-decides", 0.0)


def test_the_budget_decides_what_comes_first(roads: Roads) -> None:
    """Tokyo decides at once, which costs nothing, while the team is trained: 15 million in each of two years."""
    assert roads.first is not None
    assert roads.first.starts == {"tokyo-decides": 0, "team-decides after tokyo-decides": 0}
    assert roads.first.spent == pytest.approx((15e6, 15e6, 0.0, 0.0))
    tokyo, team = (stage.gain.value for stage in roads.roads[0].stages)
    assert roads.first.gain == pytest.approx((tokyo, tokyo, team, team))


def test_while_it_is_built_the_named_desks_are_thinner() -> None:
    of = structure(hq("a", ops=4, plans=2), hq("b", ops=4))
    half = Quantity(value=0.5)

    whole = thinned(of, [PlannedChange("move a", meanwhile=half)], Assumptions())
    assert whole is not None
    assert [strength(whole, "a", desk) for desk in ("ops", "plans")] == [2.0, 1.0]
    assert strength(whole, "b", "ops") == 4.0
    one = thinned(of, [PlannedChange("staff a.plans", meanwhile=half)], Assumptions())
    assert one is not None
    assert [strength(one, "a", desk) for desk in ("ops", "plans")] == [4.0, 1.0]
    assert thinned(of, [PlannedChange("close mail", meanwhile=half)], Assumptions()) is None


def strength(of: object, house: str, desk: str) -> float:
    """Return how many people a desk has."""
    return float(of.headquarters[house].desks[desk].duty[0].strength.of({}))  # type: ignore[attr-defined]


def test_a_structure_that_is_being_built_has_a_name_of_its_own() -> None:
    of = structure(hq("a"))
    thin = thinned(of, [PlannedChange("move a", meanwhile=Quantity(value=0.5))], Assumptions())
    assert thin is not None
    assert thin.id == "test-being-built"
    assert replace(thin, id=of.id, headquarters=of.headquarters) == of


def test_one_structure_has_no_road_and_no_error(tmp_path: Path) -> None:
    """A budget is stated, and nothing is left that it could be spent on."""
    folder = tmp_path / "case"
    new_case(folder)
    study = folder / "study.yaml"
    study.write_text(study.read_text() + "budget: {years: 4, yearly: 20 M USD}\n")
    result = renkei.choose(renkei.load(folder), structures=["tokyo-decides"], futures=40)
    first = result.choice.analyses["roadmap"].first
    assert (first.starts, first.left_out) == ({}, ())
