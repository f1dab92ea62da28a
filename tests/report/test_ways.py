"""A decision's way in the report: what its title says of one that had no end."""

from dataclasses import replace

import pytest

import renkei
from renkei.model.pictures import Way
from renkei.report.ways import title_of
from renkei.study.inspection import find_structure, new_case
from renkei.study.pictures import way_of


@pytest.fixture(scope="module")
def slowest(tmp_path_factory: pytest.TempPathFactory) -> Way:
    """The slowest decision of the case that ``renkei new`` writes: one that is still open."""
    folder = tmp_path_factory.mktemp("case") / "case"
    new_case(folder)
    case = renkei.load(folder)
    path = renkei.trace(case, "head-office-decides", "ordinary-month", decision="slowest")
    assert path.outcome == "open"
    scenario = case.scenarios["ordinary-month"]
    return way_of(path, find_structure(case, "head-office-decides", scenario), scenario, typical=False)


def test_a_decision_that_is_still_open_is_called_so(slowest: Way) -> None:
    title = title_of(slowest)
    assert title.en.startswith("Still open at the end: ")
    assert title.en.endswith(" so far")
    assert title.ja.startswith("終了時未決:")


def test_one_that_ended_is_not(slowest: Way) -> None:
    title = title_of(replace(slowest, open=False))
    assert "open" not in title.en
    assert "未決" not in title.ja
