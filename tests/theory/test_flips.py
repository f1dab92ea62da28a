"""What overturns the answer and what knowing is worth, against exact cases."""

from __future__ import annotations

import numpy as np
import pytest

from renkei.analysis.flips import flips, threshold_by_runs, worst_by_runs
from renkei.analysis.information import information, partial_information, perfect_information
from renkei.analysis.robustness import robustness


def two_structures(futures: int, replications: int, noise: float, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """A costs 10 + 60 p, B costs 40, p even on 0 to 1; a second assumption does nothing. Costs (2, F, R), (F, 2)."""
    generator = np.random.default_rng(seed)
    assumptions = generator.random((futures, 2))
    truth = np.stack((10 + 60 * assumptions[:, 0], np.full(futures, 40.0)))
    return truth[:, :, None] + noise * generator.standard_normal((2, futures, replications)), assumptions


def test_flip_at_one_half() -> None:
    """The flip at p = .5 is inside its interval in most seeds, the idle assumption has none that is sure."""
    held = 0
    for seed in range(40):
        costs, assumptions = two_structures(300, 2, 8.0, seed)
        found = flips((costs[0] - costs[1]).mean(axis=1) - 4, assumptions, ("p", "idle"))
        threshold = found.thresholds[0]
        assert threshold.assumption == "p"
        assert threshold.found_share == 1
        assert threshold.flips_above == ((costs[0] - costs[1]).mean() < 4)
        assert threshold.high - threshold.low < 0.1
        held += threshold.low <= 0.5 + 4 / 60 <= threshold.high
    assert held >= 34  # binomial(40, .95) is below 34 with probability 0.3 %


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("slope", [1.0, -1.0])
def test_where_a_bent_difference_flips_and_on_which_side(sign: float, slope: float) -> None:
    """-1 + slope z + z^2 / 2 over even z: the root is slope (sqrt 3 - 1), and beyond it the answer is the other."""
    z = np.linspace(-1, 1, 401)
    difference = sign * (-1 + slope * z + z**2 / 2)
    (found,) = flips(difference, 5 + 2 * z[:, None], ("a",)).thresholds
    assert found.value == pytest.approx(5 + 2 * slope * (3**0.5 - 1), abs=0.01)
    assert found.flips_above == (slope > 0)


def test_nearest_flip_and_worst_of_a_plane() -> None:
    """-5 + 3 z0 - 4 z1 over even z: nearest flip (.6, -.8) at distance 1; worst (1, -1) with 2."""
    scaled = np.random.default_rng(4).random((4_000, 3)) * 2 - 1
    scaled[:2] = [[1, 1, 1], [-1, -1, -1]]
    difference = -5 + 3 * scaled[:, 0] - 4 * scaled[:, 1]
    found = flips(difference, 10 + 2 * scaled, ("a", "b", "idle"))

    assert found.surface.explained > 0.999
    assert found.nearest is not None
    assert found.nearest.distance == pytest.approx(1, abs=0.01)
    assert found.nearest.assumptions == pytest.approx({"b": 10 - 1.6, "a": 10 + 1.2}, abs=0.03)
    assert found.worst.flips
    assert found.worst.difference == pytest.approx(2, abs=0.03)
    assert list(found.worst.assumptions)[:2] == ["b", "a"]


def test_answer_that_nothing_flips() -> None:
    """A difference that stays below zero has no threshold, no nearest flip, and a worst that does not flip."""
    assumptions = np.random.default_rng(6).random((500, 2))
    found = flips(-10 + assumptions @ np.array([3.0, 2.0]), assumptions, ("a", "b"))

    assert found.thresholds == ()
    assert found.nearest is None
    assert not found.worst.flips
    assert found.worst.difference == pytest.approx(-5, abs=0.1)


def test_root_by_runs_holds_the_flip() -> None:
    """The root of 10 + 60 p - 40 with one noise at every p is where the noise puts it, .5 in its interval."""
    held = 0
    for seed in range(100):
        noise = 5 * np.random.default_rng(seed).standard_normal(25)

        def difference(p: float, noise: np.ndarray = noise) -> np.ndarray:
            return 60 * p - 30 + noise

        found = threshold_by_runs(difference, 0.0, 1.0)
        assert found is not None
        assert found.value == pytest.approx(0.5 - noise.mean() / 60, abs=1e-5)
        held += found.low <= 0.5 <= found.high
        assert found.high - found.low < 0.12
    assert 88 <= held <= 100
    assert threshold_by_runs(lambda p: 60 * p + 1 + np.zeros(3), 0.0, 1.0) is None


def test_red_team_finds_the_corner() -> None:
    """The highest of a sum of slopes and one inner summit."""
    here, value = worst_by_runs(
        lambda x: float(x[0] - 2 * x[1] - (x[2] - 0.25) ** 2), np.zeros(3), np.ones(3), halvings=6
    )
    assert here == pytest.approx([1, 0, 0.25])
    assert value == pytest.approx(1)


def test_regrets_of_two_structures() -> None:
    """Mean regret of each 7.5, the largest of each 30: nobody is better by regret, and the flip is at one half."""
    exact, assumptions = two_structures(40_000, 2, 0.0)
    found = robustness(exact, ("a", "b"))
    for name, truth, near in (("mean_regret", 7.5, 0.2), ("minimax_regret", 30.0, 0.1)):
        for each in found.metrics[name]:
            assert each.naive == pytest.approx(truth, abs=near)
            assert each.cross_fitted == pytest.approx(truth, abs=near)
            assert each.low - near <= truth <= each.high + near
    (flip,) = flips((exact[0] - exact[1]).mean(axis=1), assumptions, ("p", "idle")).thresholds
    assert flip.value == pytest.approx(0.5, abs=1e-3)


def test_perfect_information_is_worth_seven_and_a_half() -> None:
    """EVPI 7.5, all of it in p; the idle assumption is worth nothing; noise keeps the bracket around the truth."""
    exact, _ = two_structures(40_000, 2, 0.0)
    assert perfect_information(exact).naive == pytest.approx(7.5, abs=0.2)
    costs, assumptions = two_structures(20_000, 2, 8.0)
    whole, each = information(costs, assumptions, ("p", "idle"))

    assert whole.cross_fitted < 7.5 < whole.naive
    assert whole.low < 7.5 < whole.high
    assert list(each) == ["p", "idle"]
    assert each["p"].cross_fitted == pytest.approx(7.5, abs=0.25)
    assert each["p"].high - each["p"].low < 0.8
    assert not each["idle"].shown
    assert abs(each["idle"].cross_fitted) < 0.1


def test_intervals_of_worth_are_those_of_the_mean_gain() -> None:
    """By hand: what one half finds gains in the other, against the structure that is best on average."""
    costs, _ = two_structures(200, 2, 8.0)
    found = perfect_information(costs)
    usual = int(costs.mean(axis=(1, 2)).argmin())
    crossed, naive = [], []
    for one in costs.transpose(1, 0, 2):
        crossed.append(
            sum(one[usual, r] - one[int(one[:, 1 - r].argmin()), r] for r in (0, 1)) / 2,
        )
        naive.append(one[usual].mean() - one.mean(axis=1).min())
    for value, gains, bound, side in (
        (found.cross_fitted, crossed, found.low, -1),
        (found.naive, naive, found.high, 1),
    ):
        assert value == pytest.approx(np.mean(gains))
        assert bound == pytest.approx(np.mean(gains) + side * 1.96 * np.std(gains, ddof=1) / 200**0.5, rel=1e-3)


def test_partial_information_never_shows_what_is_not_there() -> None:
    """Idle assumptions: at most 4 of 60 seeds show a worth (one-sided 2.5 %)."""
    shown = 0
    for seed in range(60):
        costs, assumptions = two_structures(200, 2, 8.0, seed)
        shown += partial_information(costs.mean(axis=2), assumptions[:, 1]).shown
    assert shown <= 4


def test_none_of_very_many_is_shown_to_be_worth_knowing() -> None:
    """A hundred idle assumptions: at most 2 of 20 seeds show any of them; p is shown among them."""
    wrong = 0
    for seed in range(20):
        costs, assumptions = two_structures(300, 2, 8.0, seed)
        idle = np.random.default_rng(1_000 + seed).random((300, 100))
        names = ("p", "idle", *(f"idle {number}" for number in range(100)))
        _, each = information(costs, np.hstack((assumptions, idle)), names)
        assert each["p"].shown
        wrong += any(worth.shown for name, worth in each.items() if name != "p")
    assert wrong <= 2
