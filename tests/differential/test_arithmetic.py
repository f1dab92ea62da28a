"""The own elementary functions against those of the platform."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from statistics import NormalDist

import pytest

from renkei.sim import arithmetic


def ulps(ours: float, theirs: float) -> float:
    """Return the distance of two finite floats in units of the last place of the second."""
    return abs(ours - theirs) / math.ulp(theirs)


def samples(draw: Callable[[Random], float], number: int = 20_000) -> list[float]:
    random = Random(20260801)
    return [draw(random) for _ in range(number)]


@pytest.mark.parametrize(
    "numbers",
    [
        samples(lambda random: random.random() or 0.5),
        samples(lambda random: 1.0 + random.uniform(-1e-3, 1e-3)),
        samples(lambda random: math.ldexp(random.uniform(0.5, 1.0), random.randint(-1073, 1023))),
    ],
    ids=["uniform", "near one", "any"],
)
def test_log_is_within_one_ulp(numbers: list[float]) -> None:
    assert max(ulps(arithmetic.log(x), math.log(x)) for x in numbers if x != 1.0) <= 1.0


@pytest.mark.parametrize("reach", [1e-9, 1.0, 30.0, 700.0])
def test_exp_is_within_one_ulp(reach: float) -> None:
    numbers = samples(lambda random: random.uniform(-reach, reach))
    assert max(ulps(arithmetic.exp(x), math.exp(x)) for x in numbers) <= 1.0


def test_exp_of_very_small_results() -> None:
    """Where results have few bits left, the last of them may differ."""
    for x in samples(lambda random: random.uniform(-745.0, -700.0)):
        assert ulps(arithmetic.exp(x), math.exp(x)) <= 1.0


@pytest.mark.parametrize(("exponent", "bound"), [(0.1, 1.5), (1.0, 1.5), (7.0, 2.0), (300.0, 8.0)])
def test_pow_is_within_a_few_ulps(exponent: float, bound: float) -> None:
    random = Random(1)
    for _ in range(20_000):
        x, y = random.choice((random.random(), 30 * random.random())), random.uniform(-exponent, exponent)
        theirs = float(x) ** y if abs(y * math.log(x)) < 700 else 0.0
        if theirs:
            assert ulps(arithmetic.pow(x, y), theirs) <= bound, (x, y)


def test_normal_quantile() -> None:
    """The platform's own AS 241, but with another logarithm."""
    theirs = NormalDist().inv_cdf
    for p in samples(lambda random: random.random() ** random.choice((1, 9)) or 0.5):
        assert arithmetic.normal_quantile(p) == pytest.approx(theirs(p), rel=2e-15)
    assert arithmetic.normal_quantile(0.5) == 0.0
    assert arithmetic.normal_quantile(0.75) == -arithmetic.normal_quantile(0.25)


def test_ends_of_the_line() -> None:
    assert arithmetic.log(0.0) == -math.inf
    assert math.isnan(arithmetic.log(-1.0))
    assert arithmetic.log(math.inf) == math.inf
    assert arithmetic.log(1.0) == 0.0
    assert arithmetic.exp(0.0) == 1.0
    assert (arithmetic.exp(710.0), arithmetic.exp(-746.0)) == (math.inf, 0.0)
    assert math.isnan(arithmetic.exp(math.nan))
    assert arithmetic.exp(709.78) < math.inf
    assert (arithmetic.pow(0.0, 2.0), arithmetic.pow(0.0, -1.0), arithmetic.pow(3.0, 0.0)) == (0.0, math.inf, 1.0)
    assert (arithmetic.pow(0.5, 1e300), arithmetic.pow(0.5, -1e300)) == (0.0, math.inf)
    assert math.isnan(arithmetic.pow(-1.0, 0.5))
    assert math.isnan(arithmetic.normal_quantile(1.0))
