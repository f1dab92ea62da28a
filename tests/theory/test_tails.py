"""Quantiles and probabilities with exact intervals, against exact numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from renkei.analysis.tails import coverage, fewest, probability, quantile, ranks, tail_of

Floats = npt.NDArray[np.float64]


@pytest.mark.parametrize(
    ("count", "share", "expected", "covered"),
    [
        (1000, 0.5, (469, 532), 0.9537),
        (1000, 0.9, (881, 919), 0.9549),
        (1000, 0.99, (983, 997), 0.9761),
        (200, 0.9, (171, 189), 0.9669),
    ],
)
def test_ranks(count: int, share: float, expected: tuple[int, int], covered: float) -> None:
    assert ranks(count, share) == expected
    assert abs(coverage(count, share, *expected) - covered) < 5e-5


def test_beyond_the_sample_there_is_no_upper_bound() -> None:
    assert ranks(200, 0.99)[1] == 201


def test_fewest_runs_for_an_interval() -> None:
    assert [fewest(share) for share in (0.9, 0.99, 0.999)] == [29, 299, 2995]


def test_an_interval_of_the_99th_percentile_is_refused_under_299_runs() -> None:
    times = np.arange(1.0, 400.0)
    assert quantile(times[:298], 0.99) is None
    found = quantile(times[:299], 0.99)
    assert found is not None
    assert (found.low, found.high) == (0.0, 299.0)
    assert tail_of("a", times[:298], np.zeros(298)).p99_s is None
    assert quantile(times[:28], 0.9) is None


def test_clopper_and_pearson() -> None:
    for hits, low, high in ((0, 0.0, 0.003682), (3, 0.000619, 0.008742), (37, 0.026183, 0.050641)):
        found = probability(hits, 1000)
        assert abs(found.low - low) < 1e-6
        assert abs(found.high - high) < 1e-6
    assert probability(1000, 1000).high == 1.0


def path(*means: float) -> Callable[[np.random.Generator, int], Floats]:
    """A path of steps one after another, each exponential."""
    return lambda generator, size: sum(generator.exponential(mean, size) for mean in means)  # type: ignore[return-value]


def two_approvals(generator: np.random.Generator, size: int) -> Floats:
    """Two approvals at once, then an order."""
    return np.maximum(generator.exponential(10, size), generator.exponential(10, size)) + generator.exponential(5, size)


def office(generator: np.random.Generator, size: int) -> Floats:
    """The wait for an office that is open for 8 h of 24, of a request at any time."""
    return np.maximum(0.0, 16 - generator.uniform(0, 24, size))


PATHS = [
    (path(10, 30, 60), (84.094, 189.056, 328.682)),
    (path(5, 5, 5, 5), (18.360, 33.404, 50.226)),
    (two_approvals, (17.467, 36.177, 59.820)),
]


@pytest.mark.parametrize(("draw", "quantiles"), PATHS, ids=["three steps", "four steps", "two approvals"])
def test_quantiles_of_decision_paths(draw: Callable[..., Floats], quantiles: tuple[float, ...]) -> None:
    """Intervals of 1,000 runs enclose the true quantile as often as they should; the estimates are right, too."""
    generator = np.random.default_rng(20260801)
    repeats = 400
    samples = [draw(generator, 1000) for _ in range(repeats)]
    for share, truth in zip((0.5, 0.9, 0.99), quantiles, strict=True):
        found = [each for sample in samples if (each := quantile(sample, share))]
        inside = np.mean([each.low <= truth <= each.high for each in found])
        exact = coverage(1000, share, *ranks(1000, share))
        assert abs(inside - exact) < 4 * math.sqrt(exact * (1 - exact) / repeats)
        values = np.array([each.value for each in found])
        error = values.std() / math.sqrt(repeats)
        assert abs(values.mean() - truth) < 4 * error + 0.004 * truth  # a quantile's estimate has a bias of order 1/n
        assert error < 0.005 * truth


def test_the_chance_of_a_late_answer() -> None:
    """Two approvals, deadline 60: P = 0.00982; and the office: a third does not wait, p50 4 h, p90 13.6 h."""
    generator = np.random.default_rng(5)
    late = (two_approvals(generator, 1_000_000) > 60).astype(np.float64)
    found = probability(int(late.sum()), len(late))
    assert found.low < 0.00982 < found.high
    assert found.high - found.low < 0.0005
    waits = office(generator, 400_000)
    bounds = probability(int((waits == 0).sum()), len(waits))
    assert bounds.low < 1 / 3 < bounds.high
    assert abs(waits.mean() - 16 / 3) < 4 * waits.std() / math.sqrt(len(waits))
    for share, truth in ((0.5, 4.0), (0.9, 13.6)):
        each = quantile(waits, share)
        assert each is not None
        assert each.low <= truth <= each.high
        assert each.high - each.low < 0.1


def test_a_tail_with_open_decisions() -> None:
    """A decision that was still open is longer than any: a quantile among such has no value, and says so."""
    times = np.concatenate([np.linspace(1, 100, 950), -np.full(50, 50.0)])
    found = tail_of("a", times, np.full(1000, np.nan))
    assert found.runs == 1000
    assert found.p90_s is not None
    assert found.p90_s.value < 100
    assert found.p99_s is not None
    assert math.isinf(found.p99_s.value)
    assert found.missed is None


def test_the_error_is_shared_out_over_looks_and_measures() -> None:
    """Four looks at two measures: each interval has an eighth of the error; estimates are the usual quantiles."""
    times = np.random.default_rng(3).exponential(10, 500)
    late = (times > 25).astype(np.float64)
    found = tail_of("a", times, late, precision={"p50": 0.2, "missed": 0.1}, looks=4)
    assert found.p50_s == quantile(times, 0.5, 1 - 0.05 / 8)
    assert found.missed == probability(int(late.sum()), 500, 1 - 0.05 / 8)
    assert found.p50_s is not None
    assert found.p50_s.value == pytest.approx(np.quantile(times, 0.5))
    plain = tail_of("a", times, late)
    assert plain.p90_s is not None
    assert plain.p90_s.value == pytest.approx(np.quantile(times, 0.9))
    assert plain.missed == probability(int(late.sum()), 500)


def test_stopping_on_several_measures_at_once() -> None:
    """One stops when p50, p90 and the misses are all near enough; whenever that is, all intervals hold together."""
    generator = np.random.default_rng(23)
    asked, looks = {"p50": 0.08, "p90": 0.08, "missed": 0.03}, 20
    truth = {"p50": 17.467, "p90": 36.177, "missed": float((two_approvals(generator, 2_000_000) > 40).mean())}
    held, stopped = 0, []
    for _ in range(300):
        times = two_approvals(generator, 100 * looks)
        for look in range(1, looks + 1):
            seen = times[: 100 * look]
            found = tail_of("a", seen, (seen > 40).astype(np.float64), precision=asked, looks=looks)
            if not found.imprecise:
                break
        stopped.append(look)
        every = {"p50": found.p50_s, "p90": found.p90_s, "missed": found.missed}
        held += all(each is not None and each.low <= truth[name] <= each.high for name, each in every.items())
    assert held >= 300 * 0.95
    assert 2 < np.mean(stopped) < looks
    assert "p99" in tail_of("a", times[:200], np.full(200, np.nan), precision={"p99": 0.5, "missed": 0.1}).imprecise
