"""Choices that stop early, and what stakeholders see of a structure that cannot keep up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy.stats import t

import renkei
from renkei.model.stakeholders import Measure
from renkei.study.inspection import new_case
from renkei.study.interests import measured


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
