"""Phased paths among the structures of a choice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import renkei
from renkei.model.scenario import Case
from renkei.study.choosing import choice_json, choose
from renkei.study.paths import blended, paths_of

PATH = "fleet-task-force-path"
BASE, COMMUTING, MOVED = "joint-operations-command", "fleet-task-force-commuting", "fleet-task-force-moved"
STAGES = (BASE, COMMUTING, MOVED)
SCENARIO = "missile-launch"


@pytest.fixture(scope="module")
def alliance() -> Case:
    return renkei.load("alliance")


def test_what_stands_in_each_tenth_of_the_years(alliance: Case) -> None:
    """Commuting from October 2026, moved from October 2029: of ten years the first three are the former's."""
    path = paths_of(alliance, STAGES)[PATH]
    assert path.begins == "2026-10-01"
    assert path.years == 10
    assert path.stands == (COMMUTING,) * 3 + (MOVED,) * 7
    assert path.stages == (COMMUTING, MOVED)


def test_a_path_is_there_where_all_its_stages_are(alliance: Case) -> None:
    assert PATH in paths_of(alliance, STAGES)
    assert paths_of(alliance, (BASE, MOVED)) == {}


def test_other_years_stand_for_other_shares(alliance: Case) -> None:
    """Over five years the stage that lasts three has the first six tenths."""
    budget = alliance.plan.politics.budget
    assert budget is not None
    politics = replace(alliance.plan.politics, budget=replace(budget, years=5))
    short = replace(alliance, plan=replace(alliance.plan, politics=politics))
    assert paths_of(short, STAGES)[PATH].stands == (COMMUTING,) * 6 + (MOVED,) * 4


def test_it_is_chosen_among_by_the_runs_of_its_stages(alliance: Case, tmp_path: Path) -> None:
    """In each future those of the stage that stands then; it costs no run of its own."""
    told = []
    result = choose(
        alliance, structures=STAGES, scenarios=(SCENARIO,), futures=40, workers=1, out=tmp_path,
        progress=lambda done, total: told.append(done),
    )  # fmt: skip
    swept, choice = result.swept, result.choice
    assert swept is not None
    assert swept.structures == (*STAGES, PATH)
    table = swept.table(SCENARIO)
    row = {name: number for number, name in enumerate(swept.structures)}
    for future in range(40):
        stage = COMMUTING if future % 10 < 3 else MOVED
        assert np.array_equal(table[row[PATH], future], table[row[stage], future], equal_nan=True)
    (verdict,) = choice.verdicts
    means = {each.structure: each.mean.value for each in verdict.standings}
    assert set(means) == set(swept.structures)
    assert min(means[COMMUTING], means[MOVED]) < means[PATH] < max(means[COMMUTING], means[MOVED])
    note, left_out = choice.warnings
    assert "leaves out scenarios" in left_out.en
    assert "of ten futures in 3 as" in note.en
    assert "十通りの未来のうち3通り" in note.ja
    assert all(path.endswith(".npz") or "." in path for path in (each.name for each in tmp_path.iterdir()))
    again = choose(alliance, structures=STAGES, scenarios=(SCENARIO,), futures=40, workers=2, out=tmp_path)
    assert choice_json(again.choice) == choice_json(choice)


def test_a_path_named_itself_is_the_same(alliance: Case) -> None:
    """It is in the comparison once, whether it is named or found."""
    found, named = (
        choose(alliance, structures=names, scenarios=(SCENARIO,), futures=20, verdict_only=True, workers=1).choice
        for names in (STAGES, (*STAGES, PATH))
    )
    assert choice_json(found) == choice_json(named)


def test_a_path_that_comes_of_itself_does_not_make_many_of_few(alliance: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many are named as may be compared under common random numbers, and the path is one more."""
    found = choose(alliance, structures=STAGES, scenarios=(SCENARIO,), futures=120, workers=1)
    for module in ("renkei.study.choosing", "renkei.analysis.selection"):
        monkeypatch.setattr(f"{module}.FEW", len(STAGES))
    again = choose(alliance, structures=STAGES, scenarios=(SCENARIO,), futures=120, workers=1)
    assert again.choice.verdicts[0].procedure == "Kim-Nelson"
    assert choice_json(again.choice) == choice_json(found.choice)


def test_in_futures_of_their_own_a_path_has_its_own_too(alliance: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stages are then run in the path's futures."""
    monkeypatch.setattr("renkei.study.choosing.common_numbers_harm", lambda observations: True)
    (verdict,) = choose(
        alliance, structures=STAGES, scenarios=(SCENARIO,), futures=100, verdict_only=True, workers=1
    ).choice.verdicts
    assert not verdict.common_numbers
    standing = {each.structure: each for each in verdict.standings}
    assert PATH in standing
    others = [standing[name].mean.value for name in (COMMUTING, MOVED)]
    assert standing[PATH].mean.value not in others


def test_what_is_blended_keeps_every_future_in_its_place(alliance: Case) -> None:
    """Of a block that begins at another number than 0, too."""
    swept = choose(alliance, structures=STAGES, scenarios=(SCENARIO,), futures=20, workers=1).swept
    assert swept is not None
    parts = {name: swept.runs[name, SCENARIO] for name in STAGES}
    whole = blended(swept.paths[PATH], parts, range(7, 27))
    for row, future in enumerate(range(7, 27)):
        stage = COMMUTING if future % 10 < 3 else MOVED
        assert np.array_equal(whole.columns[row], parts[stage].columns[row], equal_nan=True)
    assert whole.growing.shape == (0,)
