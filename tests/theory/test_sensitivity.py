"""Indices of sensitivity against functions whose indices are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from tests.theory.samples import g_function

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


def ishigami(points: np.ndarray) -> np.ndarray:
    """Ishigami's function with 7 and 0.1."""
    x = np.pi * (2 * points - 1)
    return np.sin(x[..., 0]) * (1 + 0.1 * x[..., 2] ** 4) + 7 * np.sin(x[..., 1]) ** 2


def test_sobol_of_g() -> None:
    """First and total indices, within their own intervals and close."""
    found = sobol_indices(g_function(sobol_design(10, 8192)))

    assert found.first[:4] == pytest.approx([0.71604, 0.17901, 0.02367, 0.00716], abs=0.012)
    assert found.total[:4] == pytest.approx([0.78703, 0.24216, 0.03431, 0.01046], abs=0.012)
    assert (found.first_error < 0.04).all()
    assert abs(found.first[0] - 0.71604) < 2 * found.first_error[0]


def test_intervals_of_sobol_indices_are_as_wide_as_they_should_be() -> None:
    """Independent rows in place of a sequence: the half width is 1.96 times the spread over 200 designs."""
    generator = np.random.default_rng(6)
    found = []
    for _ in range(200):
        design = np.repeat(generator.random((1, 400, 3)), 5, axis=0)
        design[1] = generator.random((400, 3))
        for row in range(3):
            design[row + 2, :, row] = design[1, :, row]
        found.append(sobol_indices(ishigami(design), resamples=100))
    for name in ("first", "total"):
        spread = np.array([getattr(each, name) for each in found]).std(axis=0)
        stated = np.mean([getattr(each, f"{name}_error") for each in found], axis=0)
        assert stated == pytest.approx(1.96 * spread, rel=0.2)


def test_sobol_and_shapley_of_ishigami() -> None:
    """Including the third, which acts only together with the first; Shapley effects add up to one."""
    sobol = sobol_indices(ishigami(sobol_design(3, 8192)))
    assert ishigami(sobol_design(3, 8192)[:2]).var() == pytest.approx(13.8446, rel=0.01)
    assert sobol.total[2] - sobol.first[2] == pytest.approx(0.24368, abs=0.01)  # the first and the third together
    points, orders = shapley_design(3, 60_000)
    shapley = shapley_effects(ishigami(points), orders)

    assert sobol.first == pytest.approx([0.31391, 0.44241, 0], abs=0.01)
    assert sobol.total == pytest.approx([0.55759, 0.44241, 0.24368], abs=0.01)
    assert (np.abs(shapley.value - [0.43575, 0.44241, 0.12184]) < 2 * shapley.error).all()
    assert (shapley.error < 0.015).all()
    assert shapley.value.sum() == pytest.approx(1, abs=0.02)


def test_shapley_of_g() -> None:
    """Ten assumptions; twelve factors at most."""
    points, orders = shapley_design(10, 40_000)
    found = shapley_effects(g_function(points), orders)

    assert (np.abs(found.value[:4] - [0.75139, 0.21044, 0.02888, 0.00877]) < 2 * found.error[:4] + 0.001).all()
    assert (found.error < 0.02).all()
    with pytest.raises(ValueError, match="screen them down to 12"):
        shapley_design(13, 10)


def test_seed_as_a_factor() -> None:
    """Of x + noise z with seeds drawn from a column: shares 1/12 : s^2, seed and assumption never share."""
    design = sobol_design(2, 4096)
    noise = np.random.default_rng(1).standard_normal(1 << 16)
    values = design[..., 0] + 0.5 * noise[(design[..., 1] * noise.size).astype(int)]
    found = sobol_indices(values)
    seed_share = 0.25 * noise.var() / (0.25 * noise.var() + 1 / 12)

    assert found.first == pytest.approx([1 - seed_share, seed_share], abs=0.05)
    assert found.total == pytest.approx(found.first, abs=0.08)


def test_morris_ranks_and_measures_slopes() -> None:
    """Of a plane the effects are its slopes with no spread; of G the order is known and the idle have none."""
    points = morris_design(3, 10)
    found = morris_effects(points, points @ np.array([3.0, -2.0, 0.0]))
    assert found.mean_absolute == pytest.approx([3, 2, 0])
    assert found.spread == pytest.approx([0, 0, 0], abs=1e-9)
    assert points.min() >= 0
    assert points.max() <= 1

    points = morris_design(10, 200)
    found = morris_effects(points, g_function(points))
    assert list(np.argsort(-found.mean_absolute)[:4]) == [0, 1, 2, 3]
    assert (found.mean_absolute[4:] < 0.1).all()


def test_shares_from_a_sweep() -> None:
    """3 x0 + x1 + noise: shares 9 : 1 of the explained, idle ones near zero, chance as put in."""
    held = 0
    for seed in range(15):
        generator = np.random.default_rng(seed)
        assumptions = generator.random((1_000, 6))
        truth = 3 * assumptions[:, 0] + assumptions[:, 1]
        found = given_data(truth[:, None] + generator.standard_normal((1_000, 2)), assumptions, tuple("abcdef"))
        of_mean = 10 / 12 + 0.5
        held += found.shares["a"].low <= 0.75 / of_mean <= found.shares["a"].high
        assert list(found.shares)[:2] == ["a", "b"]
        assert found.chance == pytest.approx(1 / (10 / 12 + 1), abs=0.08)
        assert abs(found.rest) < 0.12
        assert max(found.shares[name].value for name in "cdef") < 0.05
        assert found.shares["a"].high - found.shares["a"].low < 0.12
    assert held >= 11


def test_idle_assumptions_share_nothing_on_average() -> None:
    """Bins of pure noise look as if they explained (B - 1) / F, 4 % here: that is taken off."""
    shares = []
    for seed in range(100):
        generator = np.random.default_rng(seed)
        found = given_data(generator.standard_normal((120, 2)), generator.random((120, 2)), ("a", "b"), seed=seed)
        shares += [share.value for share in found.shares.values()]
    assert abs(np.mean(shares)) < 4 * np.std(shares) / 200**0.5
    assert np.std(shares) / 200**0.5 < 0.004


def test_tail_that_the_mean_does_not_see() -> None:
    """PAWN sees an assumption that spreads values without moving their mean; a first-order share does not."""
    generator = np.random.default_rng(3)
    assumptions = generator.random((4_000, 2))
    values = generator.standard_normal(4_000) * (0.2 + 3 * assumptions[:, 0])

    assert given_data(values[:, None], assumptions, ("spread", "idle")).shares["spread"].value < 0.02
    assert pawn(values, assumptions[:, 0]) > 0.1
    assert pawn(values, assumptions[:, 1]) < 0.07


def test_tail_of_values_that_are_tied() -> None:
    """Of two outcomes the distances are differences of shares; of one there are none."""
    generator = np.random.default_rng(0)
    assumption = generator.random(1_000)
    assert pawn((generator.random(1_000) < 0.3) * 1.0, assumption) < 0.1
    assert pawn((assumption > 0.5) * 1.0, assumption) == pytest.approx(0.5, abs=0.05)
    assert pawn(np.ones(1_000), assumption) == 0.0


def test_none_of_very_many_idle_assumptions_is_shown_to_matter() -> None:
    """150 idle ones and one that matters, costs with a heavy tail: at most 3 of 20 seeds show any idle one."""
    wrong = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        assumptions = generator.random((300, 151))
        differences = 3 * assumptions[:, :1] + generator.lognormal(0, 0.8, (300, 2))
        found = given_data(differences, assumptions, tuple(str(number) for number in range(151)), seed=seed)
        shown = [name for name, share in found.shares.items() if share.shown]
        assert "0" in shown
        wrong += len(shown) > 1
    assert wrong <= 3
