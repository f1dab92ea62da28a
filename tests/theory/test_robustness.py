"""Regret under noise, boxes of assumptions and unknown weights, against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from renkei.analysis.acceptability import acceptability, value_of, weights_drawn
from renkei.analysis.boxes import discover, inside
from renkei.analysis.robustness import METRICS, mean_regret_bracket, robustness

MEANS = np.array([0.0, 0.2, 0.4, 0.6, 0.8])


def five_structures(*, futures: int, replications: int, correlation: float, seed: int = 1) -> np.ndarray:
    """Costs (5, futures, replications): the same means in every future, noise of standard deviation 2."""
    generator = np.random.default_rng(seed)
    shared = generator.standard_normal((1, futures, replications))
    own = generator.standard_normal((5, futures, replications))
    return MEANS[:, None, None] + 2 * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own)


@pytest.mark.parametrize(
    ("correlation", "replications", "cross_fitted", "naive"),
    [(0.0, 5, -0.318, 0.698), (0.0, 20, -0.237, 0.245), (0.9, 20, -0.068, 0.019)],
)
def test_regret_of_the_best_is_bracketed(
    correlation: float, replications: int, cross_fitted: float, naive: float
) -> None:
    """The true best has no regret; both estimates err as known, and common random numbers close the bracket."""
    futures = 40_000
    observations = five_structures(futures=futures, replications=replications, correlation=correlation)
    low, high = mean_regret_bracket(observations)

    error = 2 * np.sqrt(1 - correlation) / np.sqrt(replications * futures)
    assert error < 0.005
    assert low[0] == pytest.approx(cross_fitted, abs=0.006 + 2 * error)
    assert high[0] == pytest.approx(naive, abs=0.003 + 2 * error)
    assert low[0] < 0 < high[0]


def test_every_metric_holds_its_truth() -> None:
    """Costs known in every future: the interval of each metric holds the value without noise."""
    generator = np.random.default_rng(3)
    futures, noise = 600, 0.5
    truth = np.stack([10 + 4 * generator.random(futures), 12 + generator.random(futures)])
    exact = robustness(np.repeat(truth[:, :, None], 2, axis=2), ("a", "b"), threshold=13.0)
    noisy = robustness(
        truth[:, :, None] + noise * generator.standard_normal((2, futures, 20)), ("a", "b"), threshold=13.0
    )

    for metric in METRICS:
        for one, two in zip(exact.metrics[metric], noisy.metrics[metric], strict=True):
            assert one.naive == pytest.approx(one.cross_fitted, abs=1e-9), metric
            slack = 0.25 if metric in {"minimax_regret", "maximin", "hurwicz"} else 0.03
            assert two.low - slack <= one.naive <= two.high + slack, metric
            assert two.high - two.low < 1.2
    assert exact.best["mean_regret"] == "a"
    assert exact.best["maximin"] == "b"
    assert not exact.agreed
    assert sum(exact.best_share) == pytest.approx(1)


def test_every_metric_is_what_its_name_says() -> None:
    """Future by future, in plain Python: what each half finds is measured by the other half."""
    futures, replications, optimism, threshold = 40, 4, 0.3, 11.0
    generator = np.random.default_rng(12)
    costs = generator.gamma(4, 3, (3, futures, replications)) + np.array([0.0, 1.0, -2.0])[:, None, None]
    found = robustness(costs, ("a", "b", "c"), threshold=threshold, optimism=optimism, resamples=50)
    halves = [[[list(run[half::2]) for run in structure] for structure in costs] for half in (0, 1)]
    half = [[[sum(runs) / len(runs) for runs in structure] for structure in part] for part in halves]
    whole = [[sum(run) / replications for run in structure] for structure in costs]

    def regret_by(cost: list[list[float]], by: list[list[float]], row: int, future: int) -> float:
        best = min(range(3), key=lambda other: by[other][future])
        return cost[row][future] - cost[best][future]

    def nine_of_ten(measured: list[float], by: list[float]) -> float:
        return sum(measured[future] for future in sorted(range(futures), key=lambda future: by[future])[35:37]) / 2

    def crossed(values: list[list[float]], find: object) -> float:
        places = [find(range(futures), key=lambda future, part=part: part[future]) for part in values]  # type: ignore[operator]
        return (values[1][places[0]] + values[0][places[1]]) / 2

    for row in range(3):
        naive = [regret_by(whole, whole, row, future) for future in range(futures)]
        cross = [[regret_by(half[p], half[1 - p], row, future) for future in range(futures)] for p in (0, 1)]
        cost, parts = whole[row], [half[0][row], half[1][row]]
        worst, best = crossed(parts, max), crossed(parts, min)
        mean = sum(cost) / futures
        middle = [sum(part) / futures for part in parts]
        covariance = sum((x - middle[0]) * (y - middle[1]) for x, y in zip(*parts, strict=True)) / futures
        variance = sum((x - mean) ** 2 for x in cost) / futures
        good = sum(max(x, y) <= threshold for x, y in zip(*parts, strict=True))
        expected = {
            "mean_regret": (sum(map(sum, cross)) / 2 / futures, sum(naive) / futures),
            "minimax_regret": (crossed(cross, max), max(naive)),
            "p90_regret": (
                (nine_of_ten(cross[1], cross[0]) + nine_of_ten(cross[0], cross[1])) / 2,
                nine_of_ten(naive, naive),
            ),
            "satisficing_share": (good / futures, sum(x <= threshold for x in cost) / futures),
            "maximin": (worst, max(cost)),
            "hurwicz": (optimism * best + (1 - optimism) * worst, optimism * min(cost) + (1 - optimism) * max(cost)),
            "mean_variance": (mean + max(covariance, 0) ** 0.5, mean + variance**0.5),
        }
        for metric, (cross_fitted, plain) in expected.items():
            each = found.metrics[metric][row]
            assert (each.cross_fitted, each.naive) == pytest.approx((cross_fitted, plain)), metric
        error = found.metrics["mean_regret"][row].replication_error
        assert error == pytest.approx(abs(sum(cross[0]) - sum(cross[1])) / 2 / futures)
    for metric in METRICS:
        middles = [(each.cross_fitted + each.naive) / 2 for each in found.metrics[metric]]
        extreme = max(middles) if metric == "satisficing_share" else min(middles)
        assert found.best[metric] == "abc"[middles.index(extreme)], metric


def test_equals_do_not_disagree() -> None:
    """Two that are good enough in every future are equally so: the one with less regret is named."""
    generator = np.random.default_rng(2)
    a = generator.uniform(1, 2, (1, 50, 2))
    for costs, names in ((np.concatenate([a + 0.5, a, a + 9]), "bac"), (np.concatenate([a, a + 0.5, a + 9]), "abc")):
        found = robustness(costs, tuple(names), threshold=5.0)
        assert set(found.best.values()) == {"a"}


def test_intervals_of_robustness_hold_the_truth() -> None:
    """Mean regret 1/4 of b and of a by turns of the future: inside in 95 % of 200 sweeps, or more for the bracket."""
    held, wide = 0, 0.0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        a = generator.uniform(-1, 1, 150)
        costs = np.stack([a, np.zeros(150)])[:, :, None] + 0.1 * generator.standard_normal((2, 150, 2))
        each = robustness(costs, ("a", "b"), resamples=200).metrics["mean_regret"][0]
        held += each.low <= 0.25 <= each.high
        wide += (each.high - each.low) / 200
    assert 180 <= held < 200
    assert wide < 0.13  # 0.1 is from futures, the rest is the bracket


@pytest.mark.parametrize(("size", "most"), [(2, 0.5642), (3, 0.8463), (5, 1.1630), (10, 1.5388), (20, 1.8675)])
def test_naive_regret_of_equals_is_the_expected_maximum(size: int, most: float) -> None:
    """Of k equal structures: in standard errors the expected maximum of k standard normals; cross-fitted zero."""
    observations = np.random.default_rng(5).standard_normal((size, 40_000, 4))
    low, high = mean_regret_bracket(observations)

    assert high * 2 == pytest.approx(np.full(size, most), abs=0.03)
    assert (high * 2).mean() == pytest.approx(most, abs=0.01)
    assert low == pytest.approx(np.zeros(size), abs=0.015)


def test_robustness_needs_two_replications() -> None:
    """One replication cannot be cross-fitted."""
    with pytest.raises(ValueError, match="replications >= 2"):
        robustness(np.zeros((2, 5, 1)), ("a", "b"))


def three_of_twenty(seed: int, futures: int) -> tuple[np.ndarray, np.ndarray]:
    """Return uniform assumptions and cases: nine in ten inside {x0 > .6, x1 < .4, x2 > .3}, one in fifty outside."""
    generator = np.random.default_rng(seed)
    assumptions = generator.random((futures, 20))
    within = (assumptions[:, 0] > 0.6) & (assumptions[:, 1] < 0.4) & (assumptions[:, 2] > 0.3)
    return assumptions, generator.random(futures) < np.where(within, 0.9, 0.02)


NAMES = tuple(f"x{number}" for number in range(20))


@pytest.mark.parametrize(("seed", "futures"), [(1, 100_000), (2, 100_000), (3, 10_000), (4, 10_000), (5, 4_000)])
def test_box_restricts_the_three_true_dimensions_only(seed: int, futures: int) -> None:
    """Limits where they are, and no others, with the density that was put in."""
    (box,) = discover(*three_of_twenty(seed, futures), NAMES)
    limits = {limit.assumption: limit for limit in box.limits}
    near = 0.03 if futures < 100_000 else 0.01

    assert set(limits) == {"x0", "x1", "x2"}
    assert limits["x0"].low == pytest.approx(0.6, abs=near)
    assert limits["x1"].high == pytest.approx(0.4, abs=near)
    assert limits["x2"].low == pytest.approx(0.3, abs=near)
    assert limits["x0"].high == limits["x2"].high == np.inf
    assert box.tested.density_low < 0.9 < box.tested.density_high + 0.02
    assert box.tested.coverage > 0.8
    assert box.shown


def test_a_box_is_tested_on_the_half_that_did_not_find_it() -> None:
    """Found and tested support add up to that of all futures, and so do the cases inside."""
    assumptions, cases = three_of_twenty(6, 4_000)
    (box,) = discover(assumptions, cases, NAMES)
    within = inside(assumptions, box.limits, NAMES)
    both = (box.fitted, box.tested)
    assert sum(each.support for each in both) / 2 == pytest.approx(within.mean())
    assert sum(each.density * each.support for each in both) * 2_000 == pytest.approx(cases[within].sum())
    assert box.fitted.support != box.tested.support


def test_no_box_where_there_is_none() -> None:
    """Cases that depend on nothing give a box in at most one of twenty seeds."""
    found = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        found += bool(discover(generator.random((2_000, 8)), generator.random(2_000) < 0.3, NAMES[:8], seed=seed))
    assert found <= 1


def test_second_box_explains_what_the_first_leaves() -> None:
    """Two disjoint corners are found one after the other; values of few kinds are handled."""
    generator = np.random.default_rng(8)
    assumptions = np.column_stack((generator.random(8_000), generator.integers(0, 3, 8_000).astype(float)))
    cases = ((assumptions[:, 0] > 0.7) & (assumptions[:, 1] == 2)) | (
        (assumptions[:, 0] < 0.2) & (assumptions[:, 1] == 0)
    )
    boxes = discover(assumptions, cases, ("x", "kind"), most=3)

    assert len(boxes) == 2
    assert all(box.tested.density > 0.95 for box in boxes)
    assert sum(box.fitted.support for box in boxes) > 0.1


@pytest.mark.parametrize(("c", "share"), [(0.5, 0.25), (0.6, 0.52)])
def test_compromise_among_three_specialists(c: float, share: float) -> None:
    """First-rank acceptability is 1 - 3(1-c)^2 + 3 max(0, 1-2c)^2 for the compromise (c, c, c)."""
    values = np.vstack((np.eye(3), np.full(3, c)))
    found = acceptability(values, weights_drawn(100_000, 3))

    error = np.sqrt(share * (1 - share) / 100_000)
    assert abs(found.first[3] - share) < 4 * error
    assert found.ranks.sum(axis=0) == pytest.approx(np.ones(4))
    assert found.ranks.sum(axis=1) == pytest.approx(np.ones(4))


def test_central_weights_of_two_measures() -> None:
    """(1,0), (0,1), (.6,.6): first with .4/.4/.2; central weights (.8,.2), (.2,.8), (.5,.5); sure without noise."""
    found = acceptability(np.array([[1, 0], [0, 1], [0.6, 0.6]]), weights_drawn(100_000, 2))

    assert found.first == pytest.approx([0.4, 0.4, 0.2], abs=0.007)
    assert found.central_weights == pytest.approx(np.array([[0.8, 0.2], [0.2, 0.8], [0.5, 0.5]]), abs=0.005)
    assert found.confidence == pytest.approx(np.ones(3))


def test_noise_and_weights_together() -> None:
    """Two alternatives whose one value is normal noise apart by 1: first with probability Phi(1 / sqrt 2) = .76025."""
    noise = np.random.default_rng(9).standard_normal((50_000, 2, 1)) + np.array([[1.0], [0.0]])
    found = acceptability(noise, np.ones((100_000, 1)))

    assert found.first[0] == pytest.approx(0.76025, abs=0.008)
    assert found.confidence[0] == pytest.approx(0.76025, abs=0.008)


def test_stated_order_of_importance_is_kept() -> None:
    """Weights keep the order, with the known means 11/18, 5/18, 2/18 for three measures."""
    weights = weights_drawn(100_000, 3, order=(2, 0, 1))

    assert (weights[:, 2] >= weights[:, 0]).all()
    assert (weights[:, 0] >= weights[:, 1]).all()
    assert weights.mean(axis=0) == pytest.approx([5 / 18, 2 / 18, 11 / 18], abs=0.003)


def test_value_functions_are_bent_and_bounded() -> None:
    """Hours, fewer are better: 0 at 48 and more, .8 half way, 1 at 0."""
    assert value_of(np.array([60.0, 48, 24, 0, -5]), 48, 0, 0.8) == pytest.approx([0, 0, 0.8, 1, 1])
    with pytest.raises(ValueError, match="differ"):
        value_of(np.zeros(1), 1, 1)
