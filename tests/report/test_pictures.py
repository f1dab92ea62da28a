import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from renkei.cli import main
from renkei.files import load_case
from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.model.structure import Headquarters, Link, Place, Structure
from renkei.report import organisation
from renkei.report.alone import organisation_chart, way_chart
from renkei.report.assumed import assumptions
from renkei.report.wording import desk_name
from renkei.study import run_study
from renkei.study.inspection import case_folder, find_structure
from renkei.study.pictures import WEEK_MINUTES, common_hours, pictures, way_of
from renkei.study.tracing import trace
from report.sample import sample_summary


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case(case_folder("alliance"))


def many(count: int, span: int = 5) -> Structure:
    """Return so many headquarters of two nations, each with ``span`` below it."""
    houses, links = {}, []
    for nation in ("US", "JP"):
        for number in range(count // 2):
            name = f"{nation.lower()}{number}"
            houses[name] = Headquarters(name, Text(f"Command {name}"), (nation,), "army", "command", "here", 2, {})
            if number:
                links.append(Link("OPCON", f"{nation.lower()}{(number - 1) // span}", name))
    place = Place("here", Text("Here"), 0.0, 0.0, "Asia/Tokyo")
    return Structure("many", Text("Many"), places={"here": place}, headquarters=houses, relations=tuple(links))


def rows(structure: Structure) -> list[float]:
    drawn, _, _ = organisation.drawing(structure, None)
    return [float(y) for y in re.findall(r'<use [^>]* y="([\d.]+)"', drawn)]


def test_sixty_are_drawn_and_six_hundred_are_folded() -> None:
    """All of 60 have a row; of 600 at most FOLD, and what is folded is counted."""
    assert len(rows(many(60))) == 60
    assert 2 <= len(rows(many(600))) <= organisation.FOLD
    drawn, _, _ = organisation.drawing(many(600), None)
    shown = len(rows(many(600)))
    assert sum(map(int, re.findall(r"and (\d+) below", drawn))) == 600 - shown


def test_changes_against_the_base_are_marked(case: Case) -> None:
    """A new headquarters is called new; nothing is marked in the base itself."""
    base, moved = case.structures[case.plan.base], case.structures["fleet-task-force-moved"]
    new = set(moved.headquarters) - set(base.headquarters)
    assert new
    for name in new:
        assert organisation.changes(moved.headquarters[name], moved, base) == [Text("new", "新設")]
    assert 'class="mark"' not in organisation.drawing(base, base)[0]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_chart_alone_is_one_document_in_one_language(case: Case, language: str) -> None:
    """It parses as XML, and holds no text of the other language."""
    chart = organisation_chart(case.structures["co-located"], case.structures[case.plan.base], language)
    root = ElementTree.fromstring(chart)
    words = {each.get("lang") for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert words <= {None, language}
    assert language in words


def test_common_hours_lie_in_the_week_and_in_both(case: Case) -> None:
    """What two share is never more than either has, and all of it is in one week."""
    for structure in case.structures.values():
        for pair in common_hours(structure, "Asia/Tokyo"):
            length = [sum(end - begin for begin, end in spans) for spans in (pair.first, pair.second, pair.common)]
            assert length[2] <= min(length)
            assert all(0 <= begin < end <= WEEK_MINUTES for begin, end in pair.first + pair.second)


def test_a_ways_legs_add_up(case: Case) -> None:
    """The legs follow one another without gap from raised to ordered; night is eight hours in every zone."""
    path = trace(case, "existing", "tohoku-2011", decision="slowest")
    scenario = case.scenarios["tohoku-2011"]
    way = way_of(path, find_structure(case, "existing", scenario), scenario, typical=False)
    assert sum(leg.ends_s - leg.begins_s for leg in way.legs) == pytest.approx(way.total_s, abs=0.01)
    assert all(one.ends_s == pytest.approx(two.begins_s) for one, two in zip(way.legs, way.legs[1:], strict=False))
    for clock in way.clocks:
        inner = [end - begin for begin, end in clock.nights if begin > 0 and end < way.total_s]
        assert inner
        assert all(night == 8 * 3600 for night in inner)
    ElementTree.fromstring(way_chart(way))


def test_the_same_decision_stands_beside_under_the_foremost_structure() -> None:
    """It follows that of the base, was raised at the same moment, and is of the same class; its legs add up too."""
    case = load_case(case_folder("regional-earthquake"))
    summary = run_study(case, futures=6, replications=1, workers=1).summary
    found = pictures(case, summary).ways
    foremost = {row.scenario: row.leading for row in summary.brief.rows}
    assert any(way.beside for way in found)
    for before, way in pairwise(found):
        if way.beside:
            assert not before.beside
            assert before.structure == summary.base
            assert way.structure == foremost[way.scenario]
            assert (way.scenario, way.decision_class, way.raised) == (
                before.scenario,
                before.decision_class,
                before.raised,
            )
            assert sum(leg.ends_s - leg.begins_s for leg in way.legs) == pytest.approx(way.total_s, abs=0.01)


def test_check_and_the_report_count_the_same_guesses(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    manual = Path(__file__).parents[2] / "docs" / "alliance.md"
    assert main(["check", "alliance"]) == 0
    said = re.search(r"(\d+) of (\d+) assumptions marked as guesses", capsys.readouterr().out)
    assert said
    counted = re.search(
        r"(\d+) assumptions, of which (\d+) are guesses", assumptions(replace(sample_summary(), weights=()), case)
    )
    assert counted
    assert said.groups() == counted.groups()[::-1]
    assert f"names the {said.group(1)} that are guesses" in manual.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("desk", "english", "japanese"),
    [
        ("indopacom.ops", "Indo-Pacific Command, ops", "インド太平洋軍・運用"),
        ("indopacom.liaison-jjoc", "Indo-Pacific Command, liaison-jjoc", "インド太平洋軍・連絡官"),
        (
            "indopacom.ops@2011-03-16",
            "Indo-Pacific Command, ops (from 2011-03-16)",
            "インド太平洋軍・運用(2011-03-16から)",
        ),
    ],
)
def test_desks_are_called_by_their_names(desk: str, english: str, japanese: str) -> None:
    house = Text("Indo-Pacific Command (Pacific Command until 2018)", "インド太平洋軍\uff082018年までは太平洋軍\uff09")
    assert desk_name(desk, house) == Text(english, japanese)
