"""Verdicts: ties are called ties, what is shown is so, and intervals hold as often as they say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from renkei.analysis.against_best import against_best, common_numbers, common_numbers_harm
from renkei.analysis.verdict import Evidence, batched, overall, usable, verdict_of
from renkei.model.verdict import Verdict

Floats = npt.NDArray[np.float64]
HOUR = 3600.0


def evidence(observations: Floats, zone: float = HOUR, scenario: str = "daily") -> Evidence:
    """Evidence of one run in each future."""
    names = tuple(f"s{number}" for number in range(len(observations)))
    return Evidence(
        scenario=scenario,
        decision_class="request",
        measure="median",
        unit="s",
        zone=zone,
        confidence=0.95,
        structures=names,
        first=observations,
        every=observations,
        open_share=np.zeros(len(names)),
        replications=1,
    )


def observed(means: Floats, count: int, seed: int, correlation: float = 0.5, deviation: float = 2 * HOUR) -> Floats:
    """Observations (k, n) with common numbers."""
    generator = np.random.default_rng(seed)
    own, shared = generator.standard_normal((len(means), count)), generator.standard_normal((1, count))
    return means[:, None] + deviation * (math.sqrt(1 - correlation) * own + math.sqrt(correlation) * shared)


def judged(means: Floats, seed: int, count: int = 100) -> Verdict:
    """Return the verdict on observations."""
    return verdict_of(evidence(observed(means, count, seed)))


def test_equal_structures_are_a_tie() -> None:
    """All equal: a tie in at least 182 of 200 seeds (95 % less three standard errors)."""
    ties = sum(judged(np.full(5, 10 * HOUR), seed).is_tie for seed in range(200))
    assert ties >= 182


def test_what_is_plainly_better_is_chosen() -> None:
    """The power that the null case needs: a gap of three zones is no tie."""
    found = [judged(np.array([10.0, 13.0, 14.0]) * HOUR, seed) for seed in range(100)]
    assert sum(each.best == "s0" and not each.is_tie for each in found) >= 98
    inside = sum(each.gap is not None and each.gap.low <= 3 * HOUR <= each.gap.high for each in found)
    assert inside >= 93
    assert all(each.guaranteed == 0.95 for each in found)
    first = found[0]
    assert first.gap is not None
    assert first.gap_hours is not None
    assert math.isclose(first.gap.value / HOUR, first.gap_hours.value)


def test_less_than_what_matters_is_a_tie() -> None:
    """A difference that is plainly shown, and plainly below the zone."""
    found = verdict_of(evidence(observed(np.array([10.0, 10.5, 20.0]) * HOUR, 400, 4, correlation=0.99), 2 * HOUR))
    assert found.best == "s0"
    assert found.tied == found.within_zone == ("s1",)
    assert found.gap is not None
    assert 0 < found.gap.low < 0.5 * HOUR < found.gap.high


def test_what_may_be_more_than_matters_is_not_called_less() -> None:
    """Half a zone apart, known to three zones only: a tie, and not one that the zone explains."""
    found = verdict_of(evidence(observed(np.array([10.0, 10.5, 30.0]) * HOUR, 12, 4, deviation=4 * HOUR)))
    assert found.tied == ("s1",)
    assert found.within_zone == ()


def test_intervals_allow_for_every_moment_at_which_one_might_have_stopped() -> None:
    """Five looks: a fifth of the error each, shared out over k - 1 bounds and k (k - 1) / 2 pairs (Student's t)."""
    data = observed(np.array([0.0, 1.0, 2.0]) * HOUR, 30, 8)
    found = against_best(data, 0.05, looks=5)
    for one in range(3):
        for two in range(3):
            if one == two:
                continue
            difference = data[one] - data[two]
            error = difference.std(ddof=1) / math.sqrt(30)
            width = float(t.ppf(1 - 0.05 / 5 / 3 / 2, 29)) * error
            expected = difference.mean(), difference.mean() - width, difference.mean() + width
            assert np.allclose(found.gaps[one, two], expected)
    ahead = [(data[0] - data[two]).mean() for two in (1, 2)]
    width = [float(t.ppf(1 - 0.05 / 5 / 2, 29)) * (data[0] - data[two]).std(ddof=1) / math.sqrt(30) for two in (1, 2)]
    assert math.isclose(found.behind[0, 1], -max(0.0, min(w - a for a, w in zip(ahead, width, strict=True))))


def test_the_guarantee_is_kept_with_common_numbers() -> None:
    """Slippage: the best is ahead by exactly the zone; right in 95 % less three standard errors of 400 seeds."""
    runs = 400
    means = np.array([9.0, 10.0, 10.0, 10.0, 10.0]) * HOUR
    right = [verdict_of(evidence(observed(means, 300, seed))) for seed in range(runs)]
    assert all(each.guaranteed for each in right)
    assert sum(each.best == "s0" for each in right) >= runs * 0.95 - 3 * math.sqrt(runs * 0.95 * 0.05)


def test_too_few_futures_give_no_guarantee() -> None:
    found = judged(np.array([10.0, 10.05]) * HOUR, seed=1, count=9)
    assert found.guaranteed is None
    assert found.is_tie
    alone = judged(np.array([10.0]) * HOUR, seed=1)
    assert alone.gap is None
    assert alone.guaranteed is None


def test_intervals_against_the_best_hold_together() -> None:
    """Unequal variances and correlation: of 2,000 sets all intervals hold in 95 %, less three standard errors."""
    runs, means = 2000, np.array([0.0, 0.3, 0.3, 1.0, 2.0])
    truth = np.array([mean - np.delete(means, number).min() for number, mean in enumerate(means)])
    differences = means[:, None] - means[None, :]
    generator = np.random.default_rng(17)
    best, pairs = 0, 0
    for _ in range(runs):
        shared = generator.standard_normal((1, 20))
        noise = (0.7 * generator.standard_normal((5, 20)) + 0.7 * shared) * np.array([[0.5], [1], [2], [1], [1]])
        found = against_best(means[:, None] + noise)
        best += bool(((found.behind[:, 1] <= truth) & (truth <= found.behind[:, 2])).all())
        pairs += bool(((found.gaps[:, :, 1] <= differences) & (differences <= found.gaps[:, :, 2])).all())
    least = runs * 0.95 - 3 * math.sqrt(runs * 0.95 * 0.05)
    assert best >= least
    assert pairs >= least
    assert best < runs  # an interval that always holds says nothing


def test_what_common_numbers_achieve() -> None:
    """Equal variances, correlation r: the variance of the difference falls by 1 / (1 - r)."""
    data = observed(np.zeros(2), 200_000, 3, correlation=0.8)
    found = common_numbers(*data)
    assert abs(found.correlation - 0.8) < 0.005
    assert abs(found.factor - 5.0) < 0.1
    assert not common_numbers_harm(data)
    assert common_numbers_harm(np.stack([data[0], -data[1]]))
    assert math.isinf(common_numbers(data[0], data[0]).factor)


def test_a_structure_that_was_left_out_has_fewer_observations() -> None:
    data = observed(np.array([0.0, 1.0, 30.0]) * HOUR, 100, 5)
    data[2, 20:] = np.nan
    counts = np.array([100, 100, 20])
    found = verdict_of(replace(evidence(data), counts=counts))
    assert found.best == "s0"
    assert next(each for each in found.standings if each.structure == "s2").left_out_after <= 20
    assert usable(data, counts).shape == (3, 100)
    assert usable(data).shape == (3, 20)


def test_an_observation_without_decisions_is_left_out_for_all() -> None:
    data = observed(np.array([0.0, 9.0]) * HOUR, 40, 5)
    whole = verdict_of(evidence(data))
    data = np.insert(data, 3, np.nan, axis=1)
    data = np.insert(data, 30, [np.nan, 1.0], axis=1)
    found = verdict_of(evidence(data))
    assert found.best == whole.best
    assert found.observations == whole.observations
    assert found.gap is not None
    assert whole.gap is not None
    assert math.isclose(found.gap.low, whole.gap.low)


def test_structures_that_were_never_measured_together_are_a_tie() -> None:
    """Nothing is shown where there is nothing to compare."""
    data = observed(np.array([0.0, 9.0]) * HOUR, 40, 5)
    data[0, :20] = np.nan
    data[1, 20:] = np.nan
    found = verdict_of(evidence(data))
    assert found.is_tie
    assert found.guaranteed is None


def test_batches_leave_out_what_is_not_a_number() -> None:
    values = np.arange(25.0)
    values[3] = np.nan
    values[10:20] = np.nan
    assert np.array_equal(batched(values), [(45 - 3) / 9, np.nan], equal_nan=True)


def test_over_scenarios_with_weights() -> None:
    """The best on the whole need not be the best anywhere; what is out of one scenario is out of the whole."""
    one = evidence(observed(np.array([0.0, 9.0, 4.0]) * HOUR, 60, 1), scenario="one")
    two = evidence(observed(np.array([9.0, 0.0, 3.0]) * HOUR, 60, 2), scenario="two")
    assert verdict_of(one).best == "s0"
    assert verdict_of(two).best == "s1"
    whole = overall([one, two], {"one": 1.0, "two": 1.0})
    assert whole is not None
    assert verdict_of(whole).best == "s2"
    assert whole.zone == HOUR
    heavy = overall([one, two], {"one": 9.0, "two": 1.0})
    assert heavy is not None
    assert verdict_of(heavy).best == "s0"
    short = replace(two, first=two.first[:, :60], counts=np.array([60, 60, 20]))
    cut = overall([one, short], {"one": 1.0, "two": 1.0})
    assert cut is not None
    assert cut.first.shape == (3, 20)
    less = overall([one, replace(two, structures=("s0", "s1", "s3"))], {"one": 1.0, "two": 1.0})
    assert less is not None
    assert less.structures == ("s0", "s1")
    assert less.excluded == {"s2": "missing", "s3": "missing"}
    assert overall([one], {}) is None
