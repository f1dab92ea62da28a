"""Choices that stop early, and what stakeholders see of a structure that cannot keep up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy.stats import t

import renkei
from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.scenario import Case
from renkei.model.stakeholders import Measure
from renkei.study.inspection import new_case
from renkei.study.interests import measured

HOUR_S = 3600.0


def test_intervals_allow_for_the_moments_at_which_a_verdict_might_have_stopped(tmp_path: Path) -> None:
    """Both stop after a hundred futures, once each; of ten moments the interval is wider than of two (Student's t)."""
    new_case(tmp_path / "case")
    case = renkei.load(tmp_path / "case")
    widths = {}
    for futures in (200, 1000):
        (verdict,) = renkei.choose(case, futures=futures, verdict_only=True).choice.verdicts
        assert (verdict.futures_seen, verdict.runs, verdict.guaranteed) == (100, 200, 0.95)
        assert verdict.gap is not None
        widths[futures] = verdict.gap.high - verdict.gap.low
    expected = t.ppf(1 - 0.05 / 10 / 2, 9) / t.ppf(1 - 0.05 / 2 / 2, 9)
    assert widths[1000] / widths[200] == pytest.approx(float(expected))


def test_what_cannot_keep_up_has_no_time() -> None:
    """An overloaded structure's times grow with the run's length: they are none, and worth nothing."""
    swept = SimpleNamespace(
        structures=("calm", "busy"),
        table=lambda scenario, measure: np.array([[[1.0, 3.0]], [[9.0, 9.0]]]),
        overloaded={("calm", "daily"): (), ("busy", "daily"): ("hq.ops",)},
    )
    case = SimpleNamespace(plan=SimpleNamespace(objective=SimpleNamespace(measure="median")))
    found = measured(cast(Any, case), cast(Any, swept), Measure("time", "daily"), [{}])
    assert found[0, 0] == 2
    assert np.isnan(found[1, 0])


def correlated(folder: Path, correlation: float) -> Case:
    """Return a case of two structures that differ in how long a message takes: an assumption each, and correlated."""
    new_case(folder)
    case = renkei.load(folder)
    known = dict(case.assumptions.assumptions)
    structures = {}
    for number, name in enumerate(("one", "other")):
        correlates = (("delay-one", correlation),) if number else ()
        known[f"delay-{name}"] = replace(
            known["message-delay"],
            id=f"delay-{name}", low=HOUR_S, typical=10 * HOUR_S, high=80 * HOUR_S, correlates=correlates,
        )  # fmt: skip
        delay = Distribution("constant", (Quantity(assumption=f"delay-{name}"),))
        like = case.structures["tokyo-decides"]
        channels = {channel: replace(each, delay=delay) for channel, each in like.channels.items()}
        structures[name] = replace(like, id=name, name=Text(name), channels=channels)
    plan = replace(case.plan, base="one", structures=tuple(structures))
    assumptions = replace(case.assumptions, assumptions=known)
    return replace(case, structures=structures, assumptions=assumptions, plan=plan)


@pytest.mark.parametrize(("correlation", "harms"), [(-0.9, True), (0.9, False)])
def test_common_numbers_are_left_where_they_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, correlation: float, harms: bool
) -> None:
    """Futures that suit the one do not suit the other: then each gets its own, and the difference is known better."""
    case = correlated(tmp_path / "case", correlation)
    widths = {}
    for together in (None, True, False):
        if together is not None:
            monkeypatch.setattr("renkei.study.choosing.common_numbers_harm", lambda _, together=together: not together)
        choice = renkei.choose(case, futures=400, workers=1).choice
        (verdict,) = choice.verdicts
        assert verdict.gap is not None
        widths[together] = verdict.gap.high - verdict.gap.low
        if together is None:
            assert verdict.common_numbers is not harms
            assert any("did not meet the same futures" in note.en for note in choice.warnings) is harms
        if together:
            (rival,) = (each for each in verdict.standings if each.structure != verdict.best)
            assert (rival.variance_reduction < 1) is harms
            assert (rival.correlation < 0) is harms
    assert (widths[False] < 0.9 * widths[True]) is harms
    assert widths[None] == widths[not harms]


def test_a_budget_counts_what_showed_that_common_numbers_harm(tmp_path: Path) -> None:
    """The first hundred futures of each structure were run for that, and are not used again."""
    case = correlated(tmp_path / "case", -0.9)
    told: list[int] = []
    (verdict,) = renkei.choose(
        case, futures=2000, budget=1000, workers=1, progress=lambda done, total: told.append(done)
    ).choice.verdicts
    assert not verdict.common_numbers
    assert verdict.runs == 800
    assert told[-1] == 1000


def test_it_goes_on_until_several_measures_are_known_as_nearly_as_is_asked(tmp_path: Path) -> None:
    """Sequentially, by a file: each measure asked for more costs futures, and where they end it says what lacks."""
    new_case(tmp_path / "case")
    study = tmp_path / "case" / "study.yaml"
    plain = study.read_text(encoding="utf-8")
    futures, lacking = [], []
    for precision in ("", "{p50: 15 %}", "{p50: 15 %, p90: 15 %, missed: 4 %}", "{p50: 15 %, p99: 1 %}"):
        told = f"objective:\n  precision: {precision}\n" if precision else ""
        study.write_text(f"{plain}\n{told}", encoding="utf-8")
        (verdict,) = renkei.choose(
            renkei.load(tmp_path / "case"), futures=2000, verdict_only=True, workers=1
        ).choice.verdicts
        futures.append(verdict.futures_seen)
        (tail,) = (each for each in verdict.tails if each.structure == verdict.best)
        lacking.append(tail.imprecise)
    assert futures[0] == 100
    assert futures[0] < futures[1] < futures[2] < futures[3] == 2000
    assert lacking == [(), (), (), ("p99",)]
