"""The closed forms themselves, against numbers from books and from limiting cases."""

from __future__ import annotations

import math

import pytest

from theory import oracles


def test_erlang_c_matches_published_tables() -> None:
    """Two servers at 50 %: 1/3; three at 2/3: 4/9 (Gross and Harris, chapter 2)."""
    assert oracles.erlang_c(1, 1, 2) == pytest.approx(1 / 3)
    assert oracles.erlang_c(2, 1, 3) == pytest.approx(4 / 9)
    assert oracles.erlang_c(0.6, 1, 1) == pytest.approx(0.6)


def test_mmc_with_one_server_is_mm1() -> None:
    """1/(mu - lambda)."""
    assert oracles.mmc_mean_time(0.6, 1, 1) == pytest.approx(2.5)


def test_pollaczek_khinchine_covers_constant_and_exponential_work() -> None:
    """Spread 1 gives M/M/1, spread 0 half its wait."""
    assert oracles.mg1_mean_time(0.7, 1, 1) == pytest.approx(1 / 0.3)
    assert oracles.mg1_mean_time(0.7, 1, 0) - 1 == pytest.approx((1 / 0.3 - 1) / 2)


def test_cobham_gives_the_numbers_of_the_issue() -> None:
    """2.0 and 6.0 with one server; 1.1778 and 1.5333 with three."""
    assert oracles.priority_mean_times([0.2, 0.6], 1, 1) == pytest.approx([2.0, 6.0])
    assert oracles.priority_mean_times([0.5, 1.5], 1, 3) == pytest.approx([1.1778, 1.5333], abs=5e-5)


def test_preemptive_resume_gives_the_numbers_of_the_issue() -> None:
    """1.0061 and 1.5906 with three servers; with one, the textbook's 1/(mu - lambda_1) for the first class."""
    assert oracles.preemptive_mean_times([0.5, 1.5], 1, 3) == pytest.approx([1.0061, 1.5906], abs=5e-5)
    assert oracles.preemptive_mean_times([0.2, 0.6], 1, 1)[0] == pytest.approx(1.25)


def test_priority_conserves_the_mean() -> None:
    """With one service rate precedence only shifts time between classes (Kleinrock's conservation law)."""
    for times in (oracles.priority_mean_times([0.5, 1.5], 1, 3), oracles.preemptive_mean_times([0.5, 1.5], 1, 3)):
        assert 0.5 * times[0] + 1.5 * times[1] == pytest.approx(2 * oracles.mmc_mean_time(2, 1, 3))


def test_windows_have_their_limits() -> None:
    """No wait round the clock, half a day for a moment a day."""
    assert oracles.window_mean_wait(24) == 0
    assert oracles.window_mean_wait(0) == 12
    assert oracles.suspended_mean_time(3, 24) == 3


def test_returns_with_a_high_limit_are_without_limit() -> None:
    """The geometric sum converges; none at all leaves the work as it is."""
    assert oracles.returned_work(3, 0.3, 60) == pytest.approx(oracles.returned_work(3, 0.3, None))
    assert oracles.returned_work(3, 0.3, 0) == pytest.approx(3)


def test_quorum_gives_the_numbers_of_the_issue() -> None:
    """Two of three: .896 and .216."""
    assert oracles.quorum_share(2, [0.8] * 3) == pytest.approx(0.896)
    assert oracles.quorum_share(2, [0.3] * 3) == pytest.approx(0.216)


def test_two_parallel_then_one_gives_the_numbers_of_the_issue() -> None:
    """Median 17.467, 90th percentile 36.177, 99th 59.820; mean 20 as the integral of 1 - F."""

    def reached(time: float) -> float:
        return oracles.two_parallel_then_one(time, 10, 5)

    for share, expected in ((0.5, 17.467), (0.9, 36.177), (0.99, 59.820)):
        assert oracles.quantile(reached, share, 1000) == pytest.approx(expected, abs=5e-4)
    step = 0.01
    assert sum(1 - reached((n + 0.5) * step) for n in range(50_000)) * step == pytest.approx(20, abs=1e-4)


def test_series_and_parallel_give_the_numbers_of_the_issue() -> None:
    """Hours: .28333, .11196 and .12722."""
    approved, refused = oracles.serial_approvals([3.5, 6, 7.5], [0.3, 0.2, 0.1])
    assert approved / 60 == pytest.approx(0.28333, abs=5e-6)
    assert refused / 60 == pytest.approx(0.11196, abs=5e-6)
    assert oracles.uniform_maximum_mean([(2, 5), (5, 7), (5, 10)]) / 60 == pytest.approx(0.12722, abs=5e-6)


def test_a_batch_at_one_server_waits_for_half_of_itself() -> None:
    """(n + 1)/2 services on the mean; with as many servers as jobs, one."""
    assert oracles.batch_mean_time(9, 1, 2.0) == 10
    assert oracles.batch_mean_time(9, 9, 2.0) == 2


def test_silence_after_the_longest_work_changes_nothing() -> None:
    """Then the mean is that of the work."""
    assert oracles.silence_mean_time(4, 12, 12, 100) == 8
    assert oracles.silence_mean_time(4, 12, 8, 0) == 7


def test_familiarity_starts_where_it_starts_and_ends_at_its_limit() -> None:
    """The solution of the equation at 0, at infinity, and without contact after one half-life."""
    assert oracles.familiarity_after(0.8, 0, 0.25, 0.002, 1440) == 0.8
    grows, fades = 0.25 * 0.002, math.log(2) / 1440
    assert oracles.familiarity_after(0.8, 1e9, 0.25, 0.002, 1440) == pytest.approx(grows / (grows + fades))
    assert oracles.familiarity_after(0.8, 1440, 0, 0.002, 1440) == pytest.approx(0.4)
