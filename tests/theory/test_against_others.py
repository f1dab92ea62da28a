"""The same numbers, given to other programs: their answers are kept in oracles.json by tools/oracles.py."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.theory.samples import g_function, given_sample, pawn_sample, prim_sample

from renkei.analysis.boxes import discover
from renkei.analysis.selection import KimNelson
from renkei.analysis.sensitivity import (
    given_data,
    morris_design,
    morris_effects,
    pawn,
    shapley_design,
    shapley_effects,
    sobol_design,
    sobol_indices,
)

ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("oracles.json").read_text(encoding="utf-8"))


def test_sobol_indices_are_salib_s() -> None:
    """The same estimators; only the variance is taken over other points of the design."""
    found = sobol_indices(g_function(sobol_design(10, 4096)))
    assert found.first == pytest.approx(ANSWERS["sobol"]["first"], abs=2e-3)
    assert found.total == pytest.approx(ANSWERS["sobol"]["total"], abs=2e-3)


def test_elementary_effects_are_salib_s() -> None:
    points = morris_design(10, 50)
    found = morris_effects(points, g_function(points))
    assert found.mean_absolute == pytest.approx(ANSWERS["morris"]["mean_absolute"], rel=1e-9)
    assert found.spread == pytest.approx(ANSWERS["morris"]["spread"], rel=1e-9)


def test_shapley_effects_are_salib_s() -> None:
    """The same contributions, divided by their own sum rather than by the variance of the ends of the paths."""
    points, orders = shapley_design(10, 5000)
    found = shapley_effects(g_function(points), orders)
    assert found.value / found.value.sum() == pytest.approx(ANSWERS["shapley"]["value"], abs=1e-9)


def test_pawn_is_salib_s() -> None:
    """Its slides end elsewhere by one value in four hundred."""
    values, assumptions = pawn_sample()
    found = [pawn(values, column) for column in assumptions.T]
    assert found == pytest.approx(ANSWERS["pawn"], abs=0.01)


def test_given_data_agree_with_openturns() -> None:
    """Bins against ranks (Gamboa et al. 2022): other estimators of the same shares, within their errors."""
    assumptions, values = given_sample()
    found = given_data(values[:, None], assumptions, ("a", "b", "c", "idle"))
    for name, other in zip(("a", "b", "c", "idle"), ANSWERS["given_data"], strict=True):
        assert found.shares[name].value == pytest.approx(other, abs=0.04)
    assert [name for name, share in found.shares.items() if share.shown] == ["a", "b", "c"]


def test_boxes_are_as_good_as_those_of_ema_workbench() -> None:
    """On its peeling path there is no box that is better in both; its last one restricts many idle assumptions."""
    assumptions, cases = prim_sample()
    names = tuple(f"x{number}" for number in range(20))
    (box, *_) = discover(assumptions, cases, names)
    path = ANSWERS["prim"]
    better = [
        (coverage, density)
        for coverage, density in zip(path["coverage"], path["density"], strict=True)
        if coverage > box.fitted.coverage + 0.03 and density > box.fitted.density + 0.03
    ]
    assert better == []
    assert sorted(limit.assumption for limit in box.limits) == ["x0", "x1", "x2"]
    assert path["res_dim"][-1] > 3


def test_kim_nelson_takes_as_many_observations_as_that_of_sim_tools() -> None:
    """Five of equal variance, the best ahead by the zone: mean total and share right, |z| < 4."""
    other = ANSWERS["kim_nelson"]
    generator = np.random.default_rng(7)
    zone, runs = 10**-0.5, 2000
    means = np.array([0.0, zone, zone, zone, zone])
    procedure = KimNelson((runs, 5), zone, 0.05)
    while not procedure.decided.all():
        procedure.feed(means[None, :, None] + generator.standard_normal((runs, 5, 20)))
    taken = procedure.observations().sum(axis=1)
    error = math.hypot(float(taken.std()) / runs**0.5, other["error"])
    assert abs(float(taken.mean()) - other["observations"]) < 4 * error
    assert error < 0.02 * other["observations"]
    right = float((procedure.best == 0).mean())
    spread = math.sqrt(right * (1 - right) * (1 / runs + 1 / other["runs"]))
    assert abs(right - other["right"]) < 4 * spread
