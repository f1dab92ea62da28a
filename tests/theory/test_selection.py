"""Ranking and selection against exact constants and computed operating characteristics.

The numbers come from an independent calculation: Rinott's constants by two-dimensional quadrature, the rest by long
Monte Carlo runs whose 95 % half-widths are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import stdtrit

from renkei.analysis.rinott import kim_nelson_eta, rinott_constant
from renkei.analysis.selection import (
    KimNelson,
    budget_shares,
    fixed_budget,
    kim_nelson,
    rinott,
    screened,
    select,
    tournament,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONFIDENCES = (0.90, 0.95, 0.99)
STAGES = (10, 20, 30, 50)
RINOTT = {
    2: ((1.999, 2.614, 3.887), (1.896, 2.452, 3.540), (1.866, 2.407, 3.448), (1.844, 2.373, 3.381)),
    3: ((2.587, 3.166, 4.403), (2.431, 2.937, 3.955), (2.387, 2.874, 3.838), (2.354, 2.828, 3.754)),
    5: ((3.137, 3.693, 4.914), (2.916, 3.385, 4.350), (2.855, 3.303, 4.207), (2.810, 3.242, 4.105)),
    10: ((3.746, 4.290, 5.514), (3.437, 3.875, 4.794), (3.354, 3.766, 4.616), (3.292, 3.687, 4.490)),
    50: ((4.955, 5.506, 6.791), (4.417, 4.816, 5.678), (4.277, 4.642, 5.416), (4.175, 4.517, 5.234)),
    100: ((5.447, 6.010, 7.337), (4.793, 5.184, 6.032), (4.626, 4.979, 5.731), (4.506, 4.833, 5.523)),
}
LARGE = (
    (10, 0.975, 4.0453),
    (1_000, 0.975, 6.0563),
    (1_000, 0.90, 5.4879),
    (10_000, 0.975, 6.8960),
    (20_000, 0.95, 6.8822),
    (800_000, 0.975, 8.3533),
    (1_000_000, 0.975, 8.4239),
)
ZONE = 1 / math.sqrt(10)


@pytest.mark.parametrize("systems", RINOTT)
def test_rinott_constants(systems: int) -> None:
    for stage, row in zip(STAGES, RINOTT[systems], strict=True):
        for confidence, expected in zip(CONFIDENCES, row, strict=True):
            assert abs(rinott_constant(systems, confidence, stage) - expected) < 1e-3


@pytest.mark.parametrize(("systems", "confidence", "expected"), LARGE)
def test_rinott_constants_of_many_systems(systems: int, confidence: float, expected: float) -> None:
    """Where quadrature with few nodes is off by up to 0.15."""
    assert abs(rinott_constant(systems, confidence, 51) - expected) < 1e-3


def test_rinott_constant_is_refused_where_there_is_none() -> None:
    for systems, confidence, stage in ((1, 0.95, 10), (2, 0.4, 10), (2, 1.0, 10), (2, 0.95, 1)):
        with pytest.raises(ValueError, match="Rinott"):
            rinott_constant(systems, confidence, stage)


@pytest.mark.parametrize(("systems", "eta", "h2"), [(2, 0.3341, 6.013), (5, 0.6350, 11.429), (10, 0.8591, 15.464)])
def test_constants_of_kim_and_nelson(systems: int, eta: float, h2: float) -> None:
    found = kim_nelson_eta(systems, 0.05, 10)
    assert abs(found - eta) < 1e-4
    assert abs(2 * found * 9 - h2) < 1e-3


class Normal:
    """Normal observations with given means, each a function of its system and number alone."""

    def __init__(self, means: Floats, deviations: Floats | float = 1.0, seed: int = 1) -> None:
        self.means = means
        self.deviations = np.broadcast_to(np.asarray(deviations, dtype=np.float64), means.shape)
        self.generator = np.random.default_rng(seed)
        self.asked = 0

    def __call__(self, systems: Ints, first: int, last: int) -> Floats:
        """Return observations, as ``Sample``."""
        noise = self.generator.standard_normal((*systems.shape, last - first))
        self.asked += noise.size
        return self.means[systems][..., None] + self.deviations[systems][..., None] * noise


def slippage(systems: int, zone: float = ZONE) -> Floats:
    """The first is ahead of all others by the zone: the hardest case."""
    return np.where(np.arange(systems) == 0, 0.0, zone)


def many_choices(means: Floats, correlation: float, runs: int, seed: int) -> tuple[Floats, Floats]:
    """Return whether each of many selections was right, and how many observations it took."""
    generator = np.random.default_rng(seed)
    right, taken = [], []
    for _ in range(runs // 500):
        choice = KimNelson((500, len(means)), ZONE, 0.05)
        while not choice.decided.all():
            own = generator.standard_normal((500, len(means), 20))
            shared = generator.standard_normal((500, 1, 20))
            noise = math.sqrt(1 - correlation) * own + math.sqrt(correlation) * shared
            choice.feed(means[None, :, None] + noise)
        right.append(choice.best == 0)
        taken.append(choice.observations().sum(axis=1))
    return np.concatenate(right).astype(np.float64), np.concatenate(taken).astype(np.float64)


KIM_NELSON = [
    # systems, means, correlation, probability of correct selection, mean observations, its 95 % half-width
    (2, "slippage", 0.0, 0.956, 80.7, 1.6),
    (5, "slippage", 0.0, 0.960, 400.5, 4.5),
    (10, "slippage", 0.0, 0.961, 976.8, 8.5),
    (2, "slippage", 0.5, 0.957, 43.3, 0.8),
    (5, "slippage", 0.5, 0.967, 203.6, 2.3),
    (10, "slippage", 0.5, 0.967, 492.2, 4.2),
    (2, "monotone", 0.0, 0.959, 81.9, 1.6),
    (5, "monotone", 0.0, 0.989, 252.6, 3.0),
    (10, "monotone", 0.0, 0.995, 426.9, 4.2),
]


@pytest.mark.parametrize(("systems", "means", "correlation", "right", "size", "half_width"), KIM_NELSON)
def test_kim_nelson_takes_as_many_observations_as_it_must(
    systems: int, means: str, correlation: float, right: float, size: float, half_width: float
) -> None:
    """Mean sample size and probability of being right, against an independent implementation; |z| < 4."""
    runs = 4000 if systems > 2 else 8000  # so that the standard error is below 1 %
    where = slippage(systems) if means == "slippage" else ZONE * np.arange(systems)
    correct, taken = many_choices(where, correlation, runs, seed=20260801 + systems)
    error = taken.std() / math.sqrt(runs)
    assert abs(taken.mean() - size) < 4 * math.hypot(error, half_width / 1.96)
    assert error < 0.01 * size
    assert abs(correct.mean() - right) < 4 * math.sqrt(2 * right * (1 - right) / runs)
    assert correct.mean() > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize(
    ("systems", "stage", "right", "size"), [(5, 20, 0.960, 231.7), (10, 10, 0.965, 740.4)], ids=["5", "10"]
)
def test_rinott_in_two_stages(systems: int, stage: int, right: float, size: float) -> None:
    """Slippage, sd 1, zone 0.5, 95 %: against 20,000 runs of an independent implementation."""
    runs = 2000
    sample = Normal(slippage(systems, 0.5), seed=7)
    chosen = [rinott(sample, systems, 0.5, first_stage=stage) for _ in range(runs)]
    totals = np.array([each.total for each in chosen], dtype=np.float64)
    correct = np.mean([each.best == 0 for each in chosen])
    error = totals.std() / math.sqrt(runs)
    assert abs(totals.mean() - size) < 4 * error * math.sqrt(1 + runs / 20_000)
    assert error < 0.01 * size
    assert abs(correct - right) < 4 * math.sqrt(right * (1 - right) * (1 / runs + 1 / 20_000))


@pytest.mark.parametrize("procedure", [screened, tournament], ids=["screened", "tournament"])
def test_of_many_systems_the_best_is_chosen(procedure: Callable[..., object]) -> None:
    """60 systems in slippage: right at least as often as asked, less three standard errors."""
    runs, systems = 120, 60
    right = 0
    for number in range(runs):
        found = procedure(Normal(slippage(systems, 0.8), seed=number), systems, 0.8)
        right += found.best == 0  # type: ignore[attr-defined]
        assert found.confidence == 0.95  # type: ignore[attr-defined]
    assert right >= runs * 0.95 - 3 * math.sqrt(runs * 0.95 * 0.05)


def test_screening_saves_what_is_plainly_worse() -> None:
    """Means one sd apart: hardly more than the first stage is spent on those behind."""
    found = screened(Normal(np.arange(100.0), seed=3), 100, 0.5)
    assert found.best == 0
    assert len(found.left) < 8
    assert (found.observations[10:] == 10).all()


def test_screening_leaves_out_what_the_paper_leaves_out() -> None:
    """Of the first stage, pair by pair: i stays if its mean is at most that of each j plus (W - zone)+."""
    systems, stage, zone = 60, 10, 0.4
    means, spread = np.linspace(0, 3, systems), np.linspace(0.5, 1.5, systems)
    first = Normal(means, spread, seed=21)(np.arange(systems), 0, stage)
    factor = float(stdtrit(stage - 1, 0.975 ** (1 / (systems - 1))))
    stays = []
    for i in range(systems):
        widths = [factor * math.sqrt((first[i].var(ddof=1) + first[j].var(ddof=1)) / stage) for j in range(systems)]
        if all(first[i].mean() <= first[j].mean() + max(widths[j] - zone, 0) for j in range(systems)):
            stays.append(i)
    found = screened(Normal(means, spread, seed=21), systems, zone, first_stage=stage)
    assert found.left.tolist() == stays
    assert 2 < len(stays) < 50


def test_each_round_of_a_tournament_has_observations_of_its_own() -> None:
    """What let a system win says nothing about its next match: no number is asked for twice."""
    asked: dict[int, list[tuple[int, int]]] = {}
    values = Normal(slippage(50, 1.0), seed=4)

    def sample(systems: Ints, first: int, last: int) -> Floats:
        for system in np.unique(systems).tolist():
            asked.setdefault(system, []).append((first, last))
        return values(systems, first, last)

    best = tournament(sample, 50, 1.0, group=5).best
    ranges = sorted(asked[best])
    assert len(ranges) > 2
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))


def test_a_tournament_of_many() -> None:
    """20,001 systems, one plainly best: found, at about twenty observations each."""
    means = np.full(20_001, 3.0)
    means[12_345] = 0.0
    found = select(Normal(means, seed=5), len(means), 1.0)
    assert found.best == 12_345
    assert found.procedure == "knockout tournament"
    assert found.total < 60 * len(means)


def test_the_procedure_suits_the_number() -> None:
    assert select(Normal(np.arange(3.0)), 3, 0.5).procedure == "Kim-Nelson"
    assert select(Normal(np.arange(51.0)), 51, 0.5).procedure == "screening, then Rinott"


def test_what_is_equal_to_the_last_bit_ends_undecided() -> None:
    """Two names of one structure: no number of observations tells them apart."""

    def sample(systems: Ints, first: int, last: int) -> Floats:
        numbers = np.arange(first, last, dtype=np.float64)
        return np.broadcast_to(np.sin(numbers), (*systems.shape, len(numbers))).copy()

    found = kim_nelson(sample, 3, 0.5)
    assert not found.decided
    assert found.confidence is None


def test_batches_of_any_size_decide_alike() -> None:
    """A choice that is stopped and goes on is the same choice."""
    data = np.random.default_rng(11).standard_normal((1, 6, 400)) + slippage(6)[None, :, None]
    whole = KimNelson((1, 6), ZONE, 0.05)
    whole.feed(data)
    for size in (1, 7, 100):
        parts = KimNelson((1, 6), ZONE, 0.05)
        for first in range(0, 400, size):
            parts.feed(data[:, :, first : first + size])
        assert (parts.out_after == whole.out_after).all()
        assert (parts.decided_after == whole.decided_after).all()


# ---- a fixed budget


def correct_of_equal_allocation(total: int) -> float:
    """Ten systems with means 0 to 9 and sd 6, equally many observations each: the exact probability, by quadrature."""
    from scipy.special import ndtr

    error = 6 / math.sqrt(total / 10)
    x = np.linspace(-9, 9, 4001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    others = np.prod([1 - ndtr(x - mean / error) for mean in range(1, 10)], axis=0)
    return float((density * others).sum() * (x[1] - x[0]))


def test_what_equal_allocation_needs() -> None:
    for total, confidence in ((590, 0.80), (1210, 0.90), (1960, 0.95), (3900, 0.99)):
        assert correct_of_equal_allocation(total - 10) < confidence <= correct_of_equal_allocation(total)


def test_shares_of_a_budget() -> None:
    shares = budget_shares(np.arange(10.0), np.full(10, 6.0))
    expected = [0.4032, 0.3876, 0.0969, 0.0431, 0.0242, 0.0155, 0.0108, 0.0079, 0.0061, 0.0048]
    assert np.abs(shares - expected).max() < 1e-4


def test_a_budget_goes_more_than_twice_as_far_as_equal_allocation() -> None:
    """Half of what equal allocation needs for 95 % gives more than 95 %: |z| above 2 with 3,000 runs."""
    runs, budget = 3000, 980
    sample = Normal(np.arange(10.0), 6.0, seed=9)
    right = np.mean([fixed_budget(sample, 10, budget, step=100).best == 0 for _ in range(runs)])
    assert right - 2 * math.sqrt(right * (1 - right) / runs) > 0.95
    assert correct_of_equal_allocation(budget) < 0.88
    assert sample.asked == runs * budget


# ---- (s, S) inventory

INVENTORY = {(20, 40): 114.176, (20, 80): 112.742, (40, 60): 130.550, (40, 100): 130.699, (60, 100): 147.382}


def inventory(policies: Ints, demand: Ints) -> Floats:
    """Return mean costs per period, (policies, ...), of demand (..., periods); orders arrive at once.

    Koenig and Law (1985): set-up 32, unit 3, holding 1, backlog 5; the stock begins at S.
    """
    low, high = (column.reshape(-1, *[1] * (demand.ndim - 1)) for column in policies.T)
    level = np.broadcast_to(high, (len(policies), *demand.shape[:-1])).astype(np.float64)
    cost = np.zeros_like(level)
    for period in range(demand.shape[-1]):
        ordered = np.where(level < low, high - level, 0.0)
        cost += np.where(ordered > 0, 32 + 3 * ordered, 0.0)
        level = level + ordered - demand[..., period]
        cost += np.where(level >= 0, level, -5 * level)
    return cost / demand.shape[-1]


def test_inventory_policies() -> None:
    """Costs agree with the exact recursion, and the cheapest policy is chosen under common random numbers."""
    policies = np.array(list(INVENTORY), dtype=np.int64)
    generator = np.random.default_rng(13)
    costs = inventory(policies, generator.poisson(25, size=(40_000, 30)))
    errors = costs.std(axis=1) / math.sqrt(costs.shape[1])
    assert (np.abs(costs.mean(axis=1) - list(INVENTORY.values())) < 4 * errors).all()
    assert (errors < 0.0005 * costs.mean(axis=1)).all()
    runs = 200
    choice = KimNelson((runs, 5), 1.0, 0.05)
    while not choice.decided.all():
        demand = generator.poisson(25, size=(runs, 20, 10, 30))
        choice.feed(inventory(policies, demand).mean(axis=3).transpose(1, 0, 2))
    right = (choice.best == list(INVENTORY).index((20, 80))).mean()
    assert right >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


# ---- the line of three stations


def throughput(rates: tuple[int, int, int], buffers: tuple[int, int]) -> float:
    """Return the throughput of a line of three exponential stations with finite buffers, from its Markov chain.

    The first always has work; a buffer holds what is waiting or served; a station blocks after service.
    """
    first, second, third = rates
    here, there = buffers[0] + 2, buffers[1] + 2  # the last state of each: the station before is blocked
    chain = np.zeros((here * there, here * there))
    for i in range(here):
        for j in range(there):
            state, blocked = i * there + j, j == there - 1
            if i < here - 1:
                chain[state, state + there] += first
            if i > 0 and not blocked:
                chain[state, state + 1 if j == there - 2 else state - there + 1] += second
            if j > 0 and not (blocked and i == 0):
                chain[state, state - there - 1 if blocked else state - 1] += third
    kept = np.arange(here * there) != there - 1  # a blocked station is never empty
    chain = chain[np.ix_(kept, kept)]
    chain -= np.diag(chain.sum(axis=1))
    balance = chain.T.copy()
    balance[-1] = 1.0
    share = np.linalg.solve(balance, np.eye(len(balance))[-1])
    busy = (np.arange(here * there) % there > 0)[kept]
    return float(third * share[busy].sum())


def test_the_best_of_3249_lines_is_chosen() -> None:
    """The Markov chain gives the known optimum and its mirror; a good line is chosen among all of them."""
    lines = [
        ((one, two, 20 - one - two), (ahead, 20 - ahead))
        for one in range(1, 19)
        for two in range(1, 20 - one)
        for ahead in range(1, 20)
    ]
    assert len(lines) == 3249
    truth = np.array([throughput(*line) for line in lines])
    order = np.argsort(-truth)
    assert {lines[number] for number in order[:2]} == {((6, 7, 7), (12, 8)), ((7, 7, 6), (8, 12))}
    assert abs(truth[order[0]] - 5.776122) < 1e-6
    within = [int((truth > truth.max() - gap).sum()) for gap in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)]
    assert within == [6, 8, 12, 21, 36, 78]
    for seed in range(10):
        found = screened(Normal(-truth, 0.5, seed), len(lines), 0.1)
        assert truth[found.best] > truth.max() - 0.1
