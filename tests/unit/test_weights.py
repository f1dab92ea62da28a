"""The weight of assumptions, and the answer in brief."""

import numpy as np
import pytest
from scipy.stats import spearmanr

import renkei
from renkei.analysis.weights import FEWEST, interval, ranks, spearman, surely
from renkei.model.results import Summary
from renkei.study.inspection import case_folder


@pytest.fixture(scope="module")
def summary() -> Summary:
    case = renkei.load(case_folder("regional-earthquake"))
    return renkei.study(case, futures=24, replications=1, workers=1).summary


def test_ranks_and_their_correlation_are_scipys() -> None:
    """With ties too: equal values share the mean of their ranks."""
    generator = np.random.default_rng(7)
    for _ in range(20):
        one, other = generator.integers(0, 9, 40).astype(float), generator.normal(size=40)
        expected = spearmanr(one, other).statistic
        assert spearman(ranks(one), ranks(other)) == pytest.approx(expected, abs=1e-12)


def test_the_interval_of_a_rank_correlation_holds_it_95_times_in_100() -> None:
    """Of two normal numbers with correlation 0.6 the rank correlation is 0.582: so many of 2,000 intervals hold it."""
    generator = np.random.default_rng(11)
    truth = 6 / np.pi * np.arcsin(0.3)
    held = 0
    for _ in range(2000):
        one = generator.normal(size=100)
        other = 0.6 * one + 0.8 * generator.normal(size=100)
        low, high = interval(spearman(ranks(one), ranks(other)), 100)
        held += low <= truth <= high
    assert 0.93 < held / 2000 < 0.97


def test_of_many_assumptions_without_effect_none_is_shown() -> None:
    """Of 300 studies of 155 assumptions that do nothing, about 5 % name one all the same."""
    generator = np.random.default_rng(13)
    wrong = 0
    for _ in range(300):
        result = ranks(generator.normal(size=100))
        found = [spearman(ranks(column), result) for column in generator.random((155, 100))]
        wrong += any(surely(each, 100, 155) for each in found)
    assert wrong / 300 < 0.1
    assert surely(0.5, 100, 155)
    assert not surely(0.3, 100, 155)


def test_weights_come_strongest_first(summary: Summary) -> None:
    """Each of them once for the gain and once for the time, in the scenario where it is largest."""
    for kind in ("gain", "time"):
        own = [each for each in summary.weights if each.of == kind]
        assert own
        sizes = [abs(each.correlation) for each in own]
        assert sizes == sorted(sizes, reverse=True)
        assert len({each.assumption for each in own}) == len(own)
        assert all(each.low <= each.correlation <= each.high for each in own)
    assert all(each.structure == summary.base for each in summary.weights if each.of == "time")


def test_few_futures_give_no_weights() -> None:
    case = renkei.load(case_folder("regional-earthquake"))
    assert renkei.study(case, futures=FEWEST - 1, replications=1, workers=1).summary.weights == ()


def test_the_answer_in_brief_agrees_with_the_comparisons(summary: Summary) -> None:
    """The best is shown to be faster; where none is, the foremost has the smallest estimate; shares are shares."""
    against = {(each.structure, each.scenario): each for each in summary.comparisons if each.against == summary.base}
    assert [row.scenario for row in summary.brief.rows] == list(summary.scenarios)
    for row in summary.brief.rows:
        assert row.leading
        own = {name: each.median_difference_s for (name, where), each in against.items() if where == row.scenario}
        foremost = against[row.leading, row.scenario]
        if row.best:
            assert row.best == row.leading
            assert foremost.shown
            assert foremost.median_difference_s.value < 0
            assert row.faster_in > 0.5
        else:
            assert foremost.median_difference_s.value == min(each.value for each in own.values())
        assert 0 <= row.faster_in <= 1
        assert not row.most_s <= 0
