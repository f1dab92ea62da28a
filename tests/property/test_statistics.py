"""Laws of the statistics: Hypothesis looks for the exception, and intervals hold as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from renkei.analysis.comparing import apart
from renkei.analysis.resampling import Resampling, interval, middle
from renkei.analysis.runs import CLASS, DONE, FAILED, QUANTILES, REFUSED, SHARES, reduce_run
from unit.tables import LENGTH, SECOND, Made, layout, output

END_S = LENGTH / SECOND
SEED = 20260801

decisions = st.lists(
    st.builds(
        Made,
        took_s=st.one_of(st.none(), st.integers(0, 10_000).map(lambda number: number / 8)),
        outcome=st.sampled_from([DONE, DONE, DONE, REFUSED, FAILED]),
        raised_s=st.integers(0, 1000).map(float),
        decision_class=st.integers(0, 2),
        source=st.just(0),
        work_s=st.just(0.0),
    ),
    max_size=60,
)


def quantile_by_hand(made: list[Made], share: float) -> tuple[float, float]:
    """Return a quantile of one class and its bound, the slow and plain way."""
    ordered = sorted(each.took_s for each in made if each.took_s is not None and each.outcome == DONE)
    longest = max(ordered, default=0.0)
    ages = sorted(max(END_S - each.raised_s, longest) for each in made if each.took_s is None)
    if not ordered and not ages:
        return math.nan, math.nan
    position = (len(ordered) + len(ages) - 1) * share
    low, high = math.floor(position), math.ceil(position)
    bounds = ordered + ages
    bound = bounds[low] + (bounds[high] - bounds[low]) * (position - low)
    return (bound if high < len(ordered) else math.inf), bound


@given(decisions)
@seed(SEED)
@settings(deadline=None)
def test_quantiles_are_those_of_a_plain_sort(made: list[Made]) -> None:
    """For any mix of classes, open, refused and failed ones."""
    reduced = reduce_run(layout(("a", "b", "c")), output(made), np.full(3, math.nan))
    for row in range(3):
        own = [each for each in made if each.decision_class == row]
        for name, share in zip(QUANTILES, SHARES, strict=True):
            value, bound = quantile_by_hand(own, share)
            got = reduced.classes[row, [CLASS[f"{name}_s"], CLASS[f"{name}_bound_s"]]]
            assert got == pytest.approx([value, bound], nan_ok=True)


@given(decisions, st.randoms(use_true_random=False))
@seed(SEED)
@settings(deadline=None)
def test_the_order_of_decisions_is_no_matter(made: list[Made], chance: object) -> None:
    """A run's rows are of the set of its decisions; and every decision is counted once."""
    shuffled = list(made)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    own = layout(("a", "b", "c"))
    deadlines = np.array([100.0, 500.0, math.nan])
    one, other = reduce_run(own, output(made), deadlines), reduce_run(own, output(shuffled), deadlines)
    np.testing.assert_allclose(one.classes, other.classes, rtol=1e-12)
    assert one.points.tolist() == other.points.tolist()
    counts = one.classes[:, CLASS["open"] : CLASS["failed"] + 1].sum(axis=1)
    assert counts.tolist() == one.classes[:, CLASS["raised"]].tolist()
    assert one.histogram.sum() == one.classes[:, CLASS["done"]].sum()


values = st.lists(
    st.one_of(st.integers(0, 50).map(float), st.just(math.inf), st.just(math.nan)), min_size=1, max_size=30
)


@given(values)
@seed(SEED)
@settings(deadline=None)
def test_median_of_resamples_is_that_of_a_plain_sort(units: list[float]) -> None:
    """With infinite ones, which are larger than all others, and missing ones, which do not count."""
    resampling = Resampling(len(units) + 1, 1, SEED)
    column = np.array([*units, 7.0])
    medians = resampling._medians(column)
    for number in range(0, 2000, 97):
        drawn = np.repeat(column, resampling.weights[number].astype(int))
        known = drawn[~np.isnan(drawn)]
        expected = middle(known) if len(known) else math.nan
        assert medians[number] == expected or (math.isnan(medians[number]) and math.isnan(expected))


@given(values)
@seed(SEED)
@settings(deadline=None)
def test_an_interval_surrounds_its_estimate(units: list[float]) -> None:
    """Low is never above value, nor value above high; none of them is a number from nothing."""
    column = np.array([*units, 7.0])[:, None]
    resampling = Resampling(len(column), 1, SEED)
    for estimate in (resampling.median(column, np.where(np.isinf(column), 60.0, column)), resampling.mean(column)):
        assert estimate.low <= estimate.value <= estimate.high
        assert math.isfinite(estimate.value)


@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=5), min_size=2, max_size=8), st.sampled_from(SHARES))
@seed(SEED)
@settings(deadline=None)
def test_pooled_quantile_is_that_of_the_weighted_decisions(futures: list[list[int]], share: float) -> None:
    """Every run has the same weight, whatever number of decisions it had."""
    points = np.array([float(time) for own in futures for time in own])
    unit = np.repeat(np.arange(len(futures)), [len(own) for own in futures])
    got = Resampling(len(futures), 1, SEED).pooled_quantile(points, unit, unit, share)
    weighted = sorted((time, 1 / len(own)) for own in futures for time in own)
    reached = np.cumsum([weight for _, weight in weighted])
    expected = weighted[int(np.argmax(reached >= share * reached[-1] * (1 - 1e-12)))][0]
    assert got.value == expected
    assert got.low <= got.value <= got.high


def test_pooled_quantile_among_open_ones_is_over() -> None:
    points = np.array([10.0, 20.0, -5.0, -30.0])
    unit = np.arange(4)
    resampling = Resampling(4, 1, SEED)
    assert not resampling.pooled_quantile(points, unit, unit, 0.5).over
    upper = resampling.pooled_quantile(points, unit, unit, 0.9)
    assert upper.over
    assert upper.value == 30


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_intervals_cover_as_often_as_they_say(statistic: str) -> None:
    """Of 600 studies of 60 futures, 95 % intervals hold the truth in 92 to 98 %; a 90 % interval would not."""
    chance = np.random.default_rng(SEED)
    truth = math.exp(0.125) if statistic == "mean" else 1.0
    held = 0
    for number in range(600):
        resampling = Resampling(60, 1, number)
        estimate = getattr(resampling, statistic)(np.exp(chance.normal(0, 0.5, size=(60, 1))))
        held += estimate.low <= truth <= estimate.high
    assert 0.92 < held / 600 < 0.98


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_replication_error_is_that_of_new_replications(statistic: str) -> None:
    """With the same futures and new replications, the estimate moves by the error that one study states."""
    chance = np.random.default_rng(SEED)
    futures = chance.normal(100, 1, size=(50, 1))
    estimates = [
        getattr(Resampling(50, 4, number), statistic)(futures + chance.normal(0, 4, size=(50, 4)))
        for number in range(200)
    ]
    moved = np.std([estimate.value for estimate in estimates])
    stated = np.mean([estimate.replication_error for estimate in estimates])
    assert stated == pytest.approx(moved, rel=0.2)


def test_replication_error_is_apart_from_ignorance() -> None:
    """Futures that differ widely, and replications that do not: a wide interval, and no error from replications."""
    estimate = Resampling(40, 2, SEED).mean(np.repeat(np.arange(40.0)[:, None], 2, axis=1))
    assert estimate.replication_error == 0
    assert estimate.high - estimate.low > 5


def test_the_same_seed_gives_the_same_samples() -> None:
    """And another gives others."""
    one, same, other = (Resampling(30, 2, seed).weights for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert (one.sum(axis=1) == 30).all()


def test_two_medians_among_open_ones_are_no_difference() -> None:
    """One of them is an infinite one; and neither gives NaN, which would drop the run."""
    mine, theirs = np.array([[1.0, math.inf, math.inf, 2.0]]), np.array([[3.0, 5.0, math.inf, math.inf]])
    assert apart(mine, theirs).tolist() == [[-2.0, math.inf, 0.0, -math.inf]]


def test_interval_keeps_infinite_ones_apart() -> None:
    """Percentiles are order statistics: nothing between a number and infinity is made up."""
    assert interval(np.array([1.0] * 99 + [math.inf])) == (1.0, 1.0)
    assert interval(np.array([1.0] * 90 + [math.inf] * 10)) == (1.0, math.inf)
