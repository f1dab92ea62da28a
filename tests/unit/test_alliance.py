"""The packaged cases: complete, sourced, and small enough; and what their structures and dates say."""

from __future__ import annotations

from dataclasses import replace

import pytest

import renkei
from renkei.files import apply, diff, load_structure
from renkei.model.scenario import Case, Scenario
from renkei.model.structure import Structure
from renkei.sim import engine
from renkei.sim.compiler import Program, compile_program
from renkei.sim.futures import draw_future
from renkei.study.inspection import as_of, case_folder, find_structure, packaged_cases
from renkei.study.readiness import readiness_of

SCENARIOS = ("daily", "planning", "exercise", "taiwan-crisis", "missile-launch", "tohoku-2011")
STRUCTURES = (
    "existing",
    "joint-operations-command",
    "fleet-task-force-commuting",
    "fleet-task-force-moved",
    "usfj-upgraded",
    "joint-force-headquarters",
    "four-star-in-japan",
    "co-located",
    "combined-reference",
)
CLASSES = (
    "relief-request",
    "combined-plan",
    "exercise-serial",
    "exercise-change",
    "daily-coordination",
    "force-support",
    "disclosure",
    "consent",
    "first-common-statement",
)


@pytest.fixture(scope="module")
def alliance() -> Case:
    return renkei.load("alliance")


def compiled(case: Case, structure: Structure, scenario: Scenario) -> Program:
    return compile_program(structure, case.doctrine, scenario, case.assumptions)


def test_every_packaged_case_has_no_error() -> None:
    assert set(packaged_cases()) >= {"alliance", "regional-earthquake"}
    for name in packaged_cases():
        assert [problem for problem in renkei.check(name) if problem.severity == "error"] == []


def test_all_that_the_mission_names_is_there(alliance: Case) -> None:
    assert alliance.plan.scenarios == SCENARIOS
    assert alliance.plan.structures == STRUCTURES
    assert set(CLASSES) <= set(alliance.doctrine.classes)
    assert "fleet-task-force-path" in alliance.structures


@pytest.mark.parametrize("name", ["alliance", "regional-earthquake"])
def test_every_number_has_a_source_and_a_name_in_both_languages(name: str) -> None:
    from renkei.files import read_case

    assert read_case(case_folder(name)).literals == {}
    for each in renkei.load(name).assumptions:
        assert each.source, each.id
        assert each.confidence, each.id
        assert each.about.en, each.id
        assert each.about.ja, each.id


def test_names_are_in_both_languages(alliance: Case) -> None:
    for structure in alliance.structures.values():
        assert structure.name.ja, structure.id
        assert structure.about.ja, structure.id
        assert all(hq.name.ja for hq in structure.headquarters.values())
        assert all(cost.name.ja and cost.source for cost in structure.costs)
    assert all(each.name.ja for each in alliance.doctrine.classes.values())
    assert all(each.name.ja and each.about.ja for each in alliance.scenarios.values())


def test_a_mean_run_is_small(alliance: Case) -> None:
    """At most 80,000 events, so that a study with its defaults ends well within a minute."""
    future = draw_future(alliance.assumptions, 1, 0)
    for name in SCENARIOS:
        scenario = alliance.scenarios[name]
        program = compiled(alliance, find_structure(alliance, "existing", scenario), scenario)
        output = engine.run(program.fixed, program.bind(future), program.source_keys(1, 0, 0))
        assert 0 < output.events < 80_000


def test_every_scenario_asks_for_a_common_answer(alliance: Case) -> None:
    """S16: how soon the allies give one answer is measured in all of them."""
    answers = {"first-common-answer", "first-common-statement"}
    for scenario in alliance.scenarios.values():
        assert answers & {demand.decision_class for demand in scenario.demands.values()}, scenario.id


def test_every_structure_beside_today_costs_something(alliance: Case) -> None:
    for name in STRUCTURES:
        costs = alliance.structures[name].costs
        assert bool(costs) == (name != "existing")
        if name != "existing":
            assert any(cost.once for cost in costs)
            assert any(cost.yearly for cost in costs)
            assert all(cost.price_year and cost.currency in ("USD", "JPY") for cost in costs)


def test_a_question_of_one_service_needs_only_its_concurrence(alliance: Case) -> None:
    """Under `usfj-upgraded` the Pacific Fleet keeps its ships: it concurs about the sea, not the air."""
    scenario = alliance.scenarios["daily"]

    def asked(demand: str) -> set[str]:
        alone = replace(scenario, demands={demand: scenario.demands[demand]})
        program = compiled(alliance, alliance.structures["usfj-upgraded"], alone)
        return {step.place.partition(".")[0] for step in program.steps}

    assert "pacflt" in asked("sea-space")
    assert "pacflt" not in asked("air-space")


# --- dates


def held(structure: Structure, decided: str, nation: str) -> set[str]:
    return {
        each.holder
        for each in structure.authorities.values()
        if each.decision_class == decided and each.nation == nation
    }


def test_who_could_order_relief_changes_within_the_month_of_2011() -> None:
    before, designated, support, after = (
        as_of("alliance", "existing", day) for day in ("2011-03-11", "2011-03-20", "2011-03-25", "2011-06-01")
    )
    assert before.authorities["relief-us-japan"].posture == "crisis"
    assert designated.authorities["relief-us-japan"].posture == ""
    assert held(designated, "relief-request", "US") == {"usfj.commander", "indopacom.commander"}
    assert "jsf.commander" in held(support, "relief-request", "US")
    assert "jsf" not in after.headquarters
    assert diff(before, after) == []


def test_the_mechanism_of_2015_and_the_law_of_2016_are_not_there_in_2011() -> None:
    early, late = as_of("alliance", "existing", "2011-03-11"), as_of("alliance", "existing", "2024-04-01")
    assert {"acg", "bocc"} & set(early.headquarters) == set()
    assert {"acg", "bocc"} <= set(late.headquarters)
    assert held(early, "consent", "JP") == {"kantei.commander"}
    assert held(late, "consent", "JP") == {"kantei.commander", "mod.commander", "jso.commander"}


def test_the_path_ends_as_the_task_force_that_has_moved(alliance: Case) -> None:
    moved, path = alliance.structures["fleet-task-force-moved"], alliance.structures["fleet-task-force-path"]
    assert diff(path, moved) == []
    assert diff(as_of("alliance", path.id, "2027-01-01"), alliance.structures["fleet-task-force-commuting"]) == []
    assert diff(as_of("alliance", path.id, "2026-01-01"), alliance.structures["joint-operations-command"]) == []
    assert [phase.date for phase in path.phases][-2:] == ["2026-10-01", "2029-10-01"]


def test_what_the_path_spent_once_stays_spent(alliance: Case) -> None:
    """Set-up of the commuting task force is sunk; its yearly costs end when it moves."""
    path = alliance.structures["fleet-task-force-path"]
    assert {cost.since for cost in path.costs if cost.change == "add headquarters jjoc"} == {""}
    forward = [cost for cost in path.costs if cost.change == "add headquarters jtf-forward"]
    assert [cost.name.en for cost in forward] == ["Moves of their holders"]
    assert all(cost.yearly is None for cost in forward)
    assert {cost.since for cost in path.costs if cost.change == "add headquarters jtf"} == {"2026-10-01", "2029-10-01"}


def test_a_proposal_in_a_scenario_of_the_past_is_that_proposal_whole(alliance: Case) -> None:
    """The history is cut at the date; what is proposed is put on it with all its phases."""
    there = alliance.dated["joint-force-headquarters", "tohoku-2011"]
    assert "jct" in there.headquarters
    assert "acg" not in there.headquarters
    folder = case_folder("alliance") / "structures"
    assert "jct" not in load_structure(folder / "joint-force-headquarters.yaml", "2024-01-01").headquarters


def test_changes_keep_costs(alliance: Case) -> None:
    """Costs are no contents of a structure: changes neither touch nor lose them."""
    base, other = alliance.structures["joint-operations-command"], alliance.structures["co-located"]
    assert apply(base, diff(base, other)).costs == base.costs


# --- readiness


def test_a_commander_on_the_way_is_what_readiness_sees(alliance: Case) -> None:
    futures = [draw_future(alliance.assumptions, 1, future) for future in range(3)]
    resident, commuting = readiness_of(alliance, ["fleet-task-force-moved", "fleet-task-force-commuting"], futures)
    assert resident.share.median == 1.0
    assert 0.9 < commuting.share.median < 1.0
    assert commuting.missing[0][0] == "jtf.commander"


def test_a_study_that_does_not_ask_gets_no_readiness(alliance: Case) -> None:
    asks_not = replace(alliance, plan=replace(alliance.plan, readiness=None))
    assert readiness_of(asks_not, ["existing"], []) == ()


# --- the record


def test_the_record_is_held_against_one_structure(alliance: Case) -> None:
    found = renkei.record(alliance, "tohoku-2011", futures=2, replications=1)
    assert {each.structure for each in found} == {"existing"}
    assert {each.basis for each in found} == {"predicted", "fitted", "listed"}
    assert all(each.source for each in found)
    judged = [each for each in found if each.inside is not None]
    assert len(judged) == 8
    assert all(each.reached == 1.0 for each in judged)


def test_a_scenario_without_a_record_is_named(alliance: Case) -> None:
    with pytest.raises(LookupError, match=r"scenario with a record `daily`.*`tohoku-2011`"):
        renkei.record(alliance, "daily")


def test_a_capability_brings_decisions_only_from_its_date_on(alliance: Case) -> None:
    assert "capability" not in alliance.scenarios["daily"].demands
    assert "capability" in alliance.scenarios["taiwan-crisis"].demands


# --- the second case


def test_the_second_case_runs_without_a_word_of_code_for_it() -> None:
    """An earthquake, three municipalities, a prefecture, an agency, armed forces in support, a foreign team."""
    from renkei.study import run_study

    case = renkei.load("regional-earthquake")
    base = case.structures[case.plan.base]
    assert {hq.echelon for hq in base.headquarters.values()} >= {
        "municipality",
        "prefecture",
        "national",
        "relief team",
    }
    assert {nation for hq in base.headquarters.values() for nation in hq.nations} == {"JP", "NZ"}
    summary = run_study(case, futures=2, replications=1, workers=1).summary
    headlines = [cell for cell in summary.cells if cell.headline]
    assert len(headlines) == len(case.plan.structures) * len(case.plan.scenarios)
    assert all(cell.raised > 0 and cell.ended > 0 for cell in headlines)
    assert [cost.currency for cost in summary.costs] == ["JPY"] * len(case.plan.structures)
