"""The simulator against theory: each model is a case folder, run as any other.

Every comparison must be able to fail: the error of what is measured, over independent runs, is below half a per cent of
the value, and the value lies within four such errors. Where nothing is left to chance, the two are equal.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest

from renkei.model.structure import Hours, Window
from renkei.sim.calendars import Span, opened
from theory import oracles
from theory.measuring import (
    Sample,
    approved_share,
    cell_of,
    load_of,
    mean_times,
    quantiles,
    refused_times,
    runs_of,
)

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def check(measured: Sample, expected: float) -> None:
    """Hold a sample of independent runs against a number: near enough, and precise enough to notice if it were not."""
    error = measured.std(ddof=1) / math.sqrt(measured.size)
    assert abs(measured.mean() - expected) < 4 * error, f"{measured.mean()} +- {error}, not {expected}"
    assert error < 0.005 * expected, f"{measured.mean()} +- {error}: not precise enough"


MINUTES = {
    ("mm1", "steady", "request"): oracles.mmc_mean_time(0.6, 1, 1),
    ("mmc", "steady", "request"): oracles.mmc_mean_time(2.1, 1, 3),
    ("md1", "steady", "request"): oracles.mg1_mean_time(0.7, 1, 0),
    ("mg1", "lognormal", "lognormal"): oracles.mg1_mean_time(0.5, 1, 1.2),
    ("mg1", "gamma", "gamma"): oracles.mg1_mean_time(0.5, 1, 2),
    ("priority-two-classes", "steady", "urgent"): 2.0,
    ("priority-two-classes", "steady", "ordinary"): 6.0,
    ("priority-three-servers", "steady", "urgent"): oracles.priority_mean_times([0.5, 1.5], 1, 3)[0],
    ("priority-three-servers", "steady", "ordinary"): oracles.priority_mean_times([0.5, 1.5], 1, 3)[1],
    ("preemptive-resume", "steady", "urgent"): oracles.preemptive_mean_times([0.5, 1.5], 1, 3)[0],
    ("preemptive-resume", "steady", "ordinary"): oracles.preemptive_mean_times([0.5, 1.5], 1, 3)[1],
    ("jackson-tandem", "steady", "request"): oracles.mmc_mean_time(0.5, 1, 1) + oracles.mmc_mean_time(0.5, 1 / 2.4, 2),
    ("series-and-parallel", "series", "in-series"): 17.0,
    ("series-and-parallel", "parallel", "in-parallel"): oracles.uniform_maximum_mean([(2, 5), (5, 7), (5, 10)]),
}
HOURS = {
    ("approval-window", "steady", "eight-hours"): oracles.window_mean_wait(8),
    ("approval-window", "steady", "two-hours"): oracles.window_mean_wait(2),
    ("approval-window", "steady", "across-midnight"): oracles.window_mean_wait(10),
    ("meeting-overlap", "steady", "agreement"): oracles.window_mean_wait(1),
    ("closing-time", "steady", "suspended"): oracles.suspended_mean_time(3, 8),
    ("closing-time", "steady", "finished"): 3 + oracles.window_mean_wait(8),
    ("parallel-approvals", "steady", "request"): 20.0,
    ("returns-unlimited", "steady", "paper"): oracles.returned_work(3, 0.3, None),
    ("returns-at-most-k", "steady", "once"): oracles.returned_work(3, 0.4, 1),
    ("returns-at-most-k", "steady", "twice"): oracles.returned_work(3, 0.4, 2),
    ("silence", "steady", "consent"): oracles.silence_mean_time(4, 12, 8, 0),
    ("silence", "steady", "fail"): 6.0,
    ("silence", "steady", "delegate"): oracles.silence_mean_time(4, 12, 8, 8),
    ("silence", "steady", "escalate"): oracles.silence_mean_time(4, 12, 8, 1 + 8 + 1),
    ("journeys", "weeks", "waits"): (12**2 + 8**2) / 2 / 168,
    ("distributions", "steady", "uniform"): 2.5,
    ("distributions", "steady", "triangular"): 3.0,
    ("distributions", "steady", "pert"): 2.5,
    ("distributions", "steady", "exponential"): 2.0,
    ("distributions", "steady", "lognormal"): 2.0,
    ("distributions", "steady", "gamma"): 2.0,
    ("distributions", "steady", "weibull"): 2 * math.gamma(1 + 1 / 1.5),
    ("distributions", "steady", "empirical"): 6.5 / 4,
}
MEANS = {key: value * MINUTE for key, value in MINUTES.items()} | {key: value * HOUR for key, value in HOURS.items()}


@pytest.mark.parametrize(("case", "scenario", "decision_class"), MEANS)
def test_mean_time_agrees_with_theory(case: str, scenario: str, decision_class: str) -> None:
    """The mean time from raised to done is the closed form's."""
    check(mean_times(case, scenario, decision_class), MEANS[case, scenario, decision_class])


@pytest.mark.parametrize(("share", "expected_h"), [(0.5, 17.467), (0.9, 36.177), (0.99, 59.820)])
def test_quantiles_of_parallel_approvals(share: float, expected_h: float) -> None:
    """Two parallel approvals, then one: the whole distribution of time, out to its 99th percentile."""
    exact = oracles.quantile(partial(oracles.two_parallel_then_one, parallel_mean=10, last_mean=5), share, 1000)
    assert exact == pytest.approx(expected_h, abs=5e-4)
    check(quantiles("parallel-approvals", "steady", "request", share), exact * HOUR)


SPREADS = {
    "uniform": 3 / math.sqrt(12) / 2.5,
    "exponential": 1.0,
    "lognormal": 0.8,
    "gamma": 0.6,
    "weibull": math.sqrt(math.gamma(1 + 2 / 1.5) / math.gamma(1 + 1 / 1.5) ** 2 - 1),
    "pert": 5 * math.sqrt((1.5 / 5) * (3.5 / 5) / 7) / 2.5,
    "triangular": math.sqrt((1 + 4 + 36 - 2 - 6 - 12) / 18) / 3,
    "empirical": math.sqrt((0.25 + 1 + 1 + 16) / 4 - 1.625**2) / 1.625,
}


@pytest.mark.parametrize("law", SPREADS)
def test_spread_of_each_distribution(law: str) -> None:
    """Not only the mean: the standard deviation of the work over its mean is the one that was asked for."""
    deviations = runs_of("distributions", "steady", law, lambda times: float(np.std(times)))
    means = mean_times("distributions", "steady", law)
    ratio = deviations.mean() / means.mean()
    error = math.hypot(deviations.std(ddof=1) / deviations.mean(), means.std(ddof=1) / means.mean()) / math.sqrt(
        means.size
    )
    assert abs(ratio / SPREADS[law] - 1) < 4 * error
    assert error < 0.015


@pytest.mark.parametrize(("decision_class", "approves"), [("likely", 0.8), ("unlikely", 0.3)])
def test_quorum_of_two_in_three(decision_class: str, approves: float) -> None:
    """The share that passes is the binomial one."""
    check(approved_share("quorum", "steady", decision_class), oracles.quorum_share(2, [approves] * 3))


def test_refused_in_series() -> None:
    """A refusal ends the decision at once, so those refused are the quicker ones; counted apart."""
    _, refused_min = oracles.serial_approvals([3.5, 6, 7.5], [0.3, 0.2, 0.1])
    check(refused_times("series-and-parallel", "series", "in-series"), refused_min * MINUTE)
    check(approved_share("series-and-parallel", "series", "in-series"), 0.7 * 0.8 * 0.9)


def test_silence_that_fails_ends_half() -> None:
    """Half of the work would take longer than the time allowed."""
    check(approved_share("silence", "steady", "fail"), 0.5)


# ---- nothing left to chance: equal


def exactly(case: str, scenario: str, decision_class: str) -> float:
    """Return the mean time of a cell whose every run is the same, in hours."""
    times = mean_times(case, scenario, decision_class)
    assert np.ptp(times) < 1e-6
    return float(times[0]) / HOUR


def test_critical_path() -> None:
    """No exceptions and unlimited staff: every decision takes the longest path, to the microsecond."""
    path_h = 1 + max(3 + 4, 6, 2 + 2.5 + 2.5) + 0.5
    down_h = max(15 + 20, 2 * (15 + 20)) / 60
    path_s = (path_h + down_h) * HOUR
    least = runs_of("critical-path", "steady", "plan", lambda times: float(np.min(times)))
    most = runs_of("critical-path", "steady", "plan", lambda times: float(np.max(times)))
    assert least == pytest.approx(np.full(least.size, path_s), abs=1e-6)
    assert most == pytest.approx(np.full(most.size, path_s), abs=1e-6)


def test_new_york_and_tokyo_across_daylight_saving() -> None:
    """Raised at 09:00 in Tokyo: New York opens 14 h later up to 9 March 2024 and 13 h later from the 10th on."""
    assert exactly("three-cities", "march", "to-new-york") == pytest.approx((9 * 14 + 22 * 13) / 31)


def test_honolulu_is_always_nineteen_hours_behind() -> None:
    """Raised at 09:00 in Tokyo: Honolulu opens 19 h later, on the local day before."""
    longest = runs_of("three-cities", "march", "to-honolulu", lambda times: float(np.max(times)))
    assert longest == pytest.approx(np.full(longest.size, 19 * HOUR))
    assert exactly("three-cities", "march", "to-honolulu") == pytest.approx(19)


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", [14, 14, 13, 13]), ("Pacific/Honolulu", [19] * 4)])
def test_compiled_calendars_of_three_cities(zone: str, hours: list[int]) -> None:
    """The compiled openings say the same, 8 to 11 March 2024."""
    span = Span(datetime(2024, 3, 8, tzinfo=UTC), 4 * DAY)
    nine_to_five = Hours(windows=(Window((0, 1, 2, 3, 4, 5, 6), 540, 1020, "worked"),))
    here = [begin for begin, _ in opened(nine_to_five, "Asia/Tokyo", (), span) if begin >= 0][:4]
    there = [begin for begin, _ in opened(nine_to_five, zone, (), span)]
    later = [min(begin for begin in there if begin >= morning) - morning for morning in here]
    assert [wait / (HOUR * 1e6) for wait in later] == hours


def test_a_batch_takes_its_turns() -> None:
    """Forty at once at two persons."""
    assert exactly("surge", "batch", "request") == pytest.approx(oracles.batch_mean_time(40, 2, 0.5))


def test_a_posture_delegates_once_it_is_reached() -> None:
    """Before, 3 h up the chain; after, at once."""
    assert exactly("posture-delegation", "crisis", "request") == pytest.approx(3 * 144 / 264)


def test_the_recalled_come_in_an_hour() -> None:
    """A FLASH waits for the desk or for the recalled, whichever is first; what does not recall waits for the desk."""
    raised_h = [0.1 + 25.1 * n for n in range(100)]
    closed_h = [max(0.0, (8 - time % 24) % 24) if not 8 <= time % 24 < 16 else 0.0 for time in raised_h]
    ordinary_h = sum(closed_h) / len(closed_h)
    warning_h = sum(min(wait, 1.0) for wait in closed_h) / len(closed_h) + 0.5
    assert exactly("recall", "year", "warning") == pytest.approx(warning_h, abs=1e-6)
    assert exactly("recall", "year", "ordinary") == pytest.approx(ordinary_h, abs=1e-6)


def test_a_successor_loses_nothing() -> None:
    """Work in hand goes on with the successor; without one it waits for the desk to come back."""
    raised_h = [0.5 + n for n in range(216)]
    waits_h = [58 - time if time >= 48 else 10.0 for time in raised_h if 46 < time < 58]
    assert exactly("succession", "loss", "passed-on") == pytest.approx(2)
    assert exactly("succession", "loss", "kept") == pytest.approx(2 + sum(waits_h) / len(raised_h))


def test_a_deputy_decides_while_the_commander_is_on_the_way() -> None:
    """Then nobody waits."""
    assert exactly("journeys", "weeks", "deputised") == pytest.approx(1)


def test_an_outage_costs_the_rest_of_it_or_the_other_channel() -> None:
    """Messages wait for the only channel, and take the slower one where there are two."""
    raised_h = [0.5 + n for n in range(216)]
    assert exactly("outage", "out", "single") == pytest.approx(1 + oracles.outage_mean_wait(raised_h, 48, 58))
    assert exactly("outage", "out", "double") == pytest.approx(1 + 4 * 10 / 216)


def familiarity_at(time_h: float) -> float:
    """Return the familiarity of the case's partners: a rotation at 1200 h halves it."""
    after = partial(oracles.familiarity_after, contact=42 / 168, gain=0.002, half_life=60 * 24)
    return after(0.8, time_h) if time_h < 1200 else after(0.5 * after(0.8, 1200), time_h - 1200)


def test_familiarity_shortens_meetings() -> None:
    """A meeting takes L (1 - e f), with f as it is at its beginning."""
    expected_h = sum(2 * (1 - 0.5 * familiarity_at(time_h)) for time_h in (0, 600, 1201, 2400)) / 4
    assert exactly("familiarity", "talks", "talks") == pytest.approx(expected_h, abs=1e-6)


def test_familiarity_spares_returns() -> None:
    """A return has the chance p (1 - e f); f hardly moves within a day, and the mean of its ends is near enough."""
    chance = 0.4 * (1 - 0.5 * (familiarity_at(0) + familiarity_at(14)) / 2)
    check(mean_times("familiarity", "papers", "paper"), oracles.returned_work(2, chance, None) * HOUR)


# ---- overload


def test_a_rework_loop_is_overloaded() -> None:
    """A load of 104.6 % is said to be one, at its desk, and has no mean."""
    cell = cell_of("rework-overload", "steady", "paper")
    assert [overload.desk for overload in cell.overloads] == ["hq.ops"]
    assert cell.overloads[0].load == pytest.approx(1.046)
    assert cell.overloads[0].by_calculation
    assert math.isnan(cell.mean_s.value)


def test_a_surge_that_drains_is_not_overload() -> None:
    """Half as much again as the desk can do, for a day: everything is done in the end."""
    for scenario in ("surge", "batch"):
        cell = cell_of("surge", scenario, "request")
        assert cell.overloads == ()
        assert cell.open == 0


@pytest.mark.parametrize(("case", "scenario", "decision_class"), MEANS)
def test_a_stable_queue_is_not_overloaded(case: str, scenario: str, decision_class: str) -> None:
    """No model with a mean is called overloaded."""
    assert cell_of(case, scenario, decision_class).overloads == ()


# ---- Little's law


LITTLE = {
    ("mm1", "steady", "hq.ops"): (0.6, 0.6),
    ("mmc", "steady", "hq.ops"): (2.1, 0.7),
    ("md1", "steady", "hq.ops"): (0.7, 0.7),
    ("jackson-tandem", "steady", "hq.ops"): (0.5, 0.5),
    ("jackson-tandem", "steady", "hq.second"): (0.5, 0.6),
    ("preemptive-resume", "steady", "hq.ops"): (2.0, 2 / 3),
}


@pytest.mark.parametrize(("case", "scenario", "desk"), LITTLE)
def test_littles_law_at_every_desk(case: str, scenario: str, desk: str) -> None:
    """L = lambda W at each desk, with the rate that was asked for and the counts of the desk; and its load is rho."""
    rate_per_min, load = LITTLE[case, scenario, desk]
    found = load_of(case, scenario, desk)
    assert found.mean_number == pytest.approx(rate_per_min / MINUTE * found.mean_stay_s, rel=0.005)
    assert found.utilisation == pytest.approx(load, rel=0.005)
