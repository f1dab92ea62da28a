"""Closed forms that the simulator is held against, each with its source.

Units are free: rates per unit of time give answers in that unit. None of this knows renkei.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product


def erlang_c(arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the share of arrivals that must wait in M/M/c.

    References
    ----------
    Erlang (1917). The recursion over Erlang's loss formula is that of Cooper, Introduction to Queueing Theory (1981).
    """
    offered = arrival_rate / service_rate
    loss = 1.0
    for server in range(1, servers + 1):
        loss = offered * loss / (server + offered * loss)
    load = offered / servers
    return loss / (1 - load + load * loss)


def mmc_mean_time(arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the mean time in system of M/M/c (Erlang 1917)."""
    waits = erlang_c(arrival_rate, service_rate, servers)
    return waits / (servers * service_rate - arrival_rate) + 1 / service_rate


def mg1_mean_time(arrival_rate: float, mean: float, spread: float) -> float:
    """Return the mean time in system of M/G/1; ``spread`` is standard deviation over mean.

    References
    ----------
    Pollaczek (1930), Khinchine (1932): ``Wq = lambda E[S^2] / (2 (1 - rho))``.
    """
    load = arrival_rate * mean
    return arrival_rate * mean**2 * (1 + spread**2) / (2 * (1 - load)) + mean


def priority_mean_times(arrival_rates: Sequence[float], service_rate: float, servers: int) -> list[float]:
    """Return the mean time in system of each class, highest first; service is not interrupted.

    References
    ----------
    Cobham, Priority assignment in waiting line problems, Operations Research 2 (1954), 70-76.
    """
    capacity = servers * service_rate
    base = erlang_c(sum(arrival_rates), service_rate, servers) / capacity
    times = []
    above = 0.0
    for rate in arrival_rates:
        upto = above + rate / capacity
        times.append(base / ((1 - above) * (1 - upto)) + 1 / service_rate)
        above = upto
    return times


def preemptive_mean_times(arrival_rates: Sequence[float], service_rate: float, servers: int) -> list[float]:
    """Return the mean time in system of each class, highest first; higher classes interrupt, work is resumed.

    With one exponential rate the classes 1 to k see an M/M/c of their own, so that Little's law gives class k as a
    difference.

    References
    ----------
    Buzen and Bondi, The response times of priority classes under preemptive resume in M/M/m queues, Operations
    Research 31 (1983), 456-465: exact where all classes have one exponential service rate.
    """
    times = []
    rate_above = number_above = 0.0
    for rate in arrival_rates:
        total = rate_above + rate
        number = total * mmc_mean_time(total, service_rate, servers)
        times.append((number - number_above) / rate)
        rate_above, number_above = total, number
    return times


def window_mean_wait(hours: float) -> float:
    """Return the mean wait, in hours, for a window of ``hours`` that opens once every day (a uniform arrival)."""
    return (24 - hours) ** 2 / 48


def suspended_mean_time(work: float, hours: float) -> float:
    """Return the mean time, in hours, of work in one daily window that is suspended at closing; ``work`` <= ``hours``.

    Arrivals in the last ``work`` hours of the window, a share of work/24, wait out the night.
    """
    return work + window_mean_wait(hours) + work / 24 * (24 - hours)


def returned_work(work: float, chance: float, at_most: int | None) -> float:
    """Return the mean work where each pass is returned with ``chance``, at most so often (a geometric sum)."""
    if at_most is None:
        return work / (1 - chance)
    return work * (1 - chance ** (at_most + 1)) / (1 - chance)


def quorum_share(needed: int, approves: Sequence[float]) -> float:
    """Return the probability that at least ``needed`` of independent approvers approve (Poisson binomial)."""
    return sum(
        math.prod(share if yes else 1 - share for share, yes in zip(approves, answers, strict=True))
        for answers in product((True, False), repeat=len(approves))
        if sum(answers) >= needed
    )


def two_parallel_then_one(time: float, parallel_mean: float, last_mean: float) -> float:
    """Return the probability that max(A, B) + C <= ``time``, all exponential: A and B of one mean, C of another.

    The maximum of two is an exponential of twice the rate and then one of the rate; so the sum is hypoexponential,
    and its distribution function follows by integrating ``(1 - exp(-t/m))^2`` against the density of C.

    References
    ----------
    Cox, Renewal Theory (1962), section 1.4.
    """
    fast, slow = 1 / last_mean, 1 / parallel_mean

    def through(rate: float) -> float:
        # integral over c from 0 to time of fast exp(-fast c) exp(-rate (time - c))
        if math.isclose(rate, fast):
            return fast * time * math.exp(-fast * time)
        return fast / (fast - rate) * (math.exp(-rate * time) - math.exp(-fast * time))

    return -math.expm1(-fast * time) - 2 * through(slow) + through(2 * slow)


def quantile(distribution: Callable[[float], float], share: float, high: float) -> float:
    """Return where a rising distribution function reaches ``share``, by bisection below ``high``."""
    low = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if distribution(middle) < share else (low, middle)
    return (low + high) / 2


def uniform_maximum_mean(ranges: Sequence[tuple[float, float]], cuts: int = 20_000) -> float:
    """Return the mean of the greatest of independent uniform times: the integral of 1 - F, by Simpson's rule."""
    top = max(high for _, high in ranges)
    step = top / cuts

    def survival(time: float) -> float:
        return 1 - math.prod(min(1.0, max(0.0, (time - low) / (high - low))) for low, high in ranges)

    odd = sum(survival(step * (2 * n + 1)) for n in range(cuts // 2))
    even = sum(survival(step * 2 * n) for n in range(1, cuts // 2))
    return step / 3 * (survival(0.0) + survival(top) + 4 * odd + 2 * even)


def serial_approvals(means: Sequence[float], refuses: Sequence[float]) -> tuple[float, float]:
    """Return the mean time of those approved and of those refused, asked one after another until one refuses."""
    spent, alive = 0.0, 1.0
    refused_time = refused_share = 0.0
    for mean, refusal in zip(means, refuses, strict=True):
        spent += mean
        refused_share += alive * refusal
        refused_time += alive * refusal * spent
        alive *= 1 - refusal
    return spent, refused_time / refused_share


def batch_mean_time(size: int, servers: int, work: float) -> float:
    """Return the mean time in system of ``size`` equal jobs that arrive at once at ``servers``."""
    return sum(work * (place // servers + 1) for place in range(size)) / size


def outage_mean_wait(raised: Sequence[float], begins: float, ends: float) -> float:
    """Return the mean wait of messages raised at these times for a channel that is out from ``begins`` to ``ends``."""
    return sum(ends - time for time in raised if begins <= time < ends) / len(raised)


def silence_mean_time(low: float, high: float, after: float, then: float) -> float:
    """Return the mean time of uniform work that is cut off ``after`` a time, when ``then`` more follows."""
    late = (high - after) / (high - low)
    in_time = (low + after) / 2
    return (1 - late) * in_time + late * (after + then)


def familiarity_after(start: float, hours: float, contact: float, gain: float, half_life: float) -> float:
    """Return familiarity after ``hours`` of steady ``contact`` (hours per hour).

    The solution of ``df/dt = gain contact (1 - f) - (ln 2 / half_life) f``.
    """
    grows, fades = gain * contact, math.log(2) / half_life
    limit = grows / (grows + fades)
    return limit + (start - limit) * math.exp(-(grows + fades) * hours)
