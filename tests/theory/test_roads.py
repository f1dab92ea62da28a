"""Coalitions, compensation and roadmaps, against enumeration and cases worked by hand."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.analysis.coalitions import MOST_COALITIONS, Rule, compensation, pareto, support
from renkei.analysis.roadmap import Step, roadmap

ANYBODY = Rule(vetoes=np.zeros(3, dtype=bool), votes=np.ones(3), quota=2)
"""Two of three, nobody with a veto."""


def test_blocking_coalitions_are_least() -> None:
    """Three losers under two-of-three: any two block; a veto blocks alone and then no pair with it is listed."""
    utilities = np.array([[0.5, 0.2], [0.5, 0.3], [0.5, 0.4]])
    assert support(utilities, 0, ANYBODY)[1].blocking == ((0, 1), (0, 2), (1, 2))
    with_veto = Rule(vetoes=np.array([True, False, False]), votes=np.ones(3), quota=2)
    found = support(utilities, 0, with_veto)
    assert found[1].blocking == ((0,), (1, 2))
    assert found[0].agreed
    assert found[1].losers == (0, 1, 2)


@pytest.mark.parametrize("seed", range(30))
def test_blocking_coalitions_are_all_the_least_there_are(seed: int) -> None:
    """Against all subsets of seven losers with votes of their own, some of them with a veto."""
    generator = np.random.default_rng(seed)
    votes = generator.integers(0, 4, 7).astype(float)
    rule = Rule(generator.random(7) < 0.2, votes, float(generator.integers(0, int(votes.sum()) + 3)))
    every = [set(group) for size in range(1, 8) for group in combinations(range(7), size) if rule.blocks(group)]
    least = {tuple(sorted(group)) for group in every if not any(other < group for other in every)}
    found = support(np.array([[1.0, 0.0]] * 7), 0, rule)[1].blocking
    assert [len(group) for group in found] == sorted(len(group) for group in found)
    assert set(found) == least if len(least) <= MOST_COALITIONS else set(found) < least


def test_thirty_votes_against_are_no_work_of_hours() -> None:
    rule = Rule(np.zeros(30, dtype=bool), np.ones(30), 15)
    found = support(np.array([[1.0, 0.0]] * 30), 0, rule)[1].blocking
    assert len(found) == MOST_COALITIONS
    assert {len(group) for group in found} == {16}


def test_one_loser_without_a_veto_blocks_nothing() -> None:
    """Two of three gain."""
    found = support(np.array([[0.5, 0.9], [0.5, 0.9], [0.5, 0.1]]), 0, ANYBODY)[1]
    assert found.agreed
    assert found.losers == (2,)


def test_pareto_for_all() -> None:
    """What another betters for all is out; equals and trade-offs stay."""
    utilities = np.array([[1, 2, 3, 3, 0], [3, 2, 1, 1, 2.5]])
    assert pareto(utilities).tolist() == [True, True, True, True, False]
    assert pareto(np.array([[1.0, 1.0], [2.0, 3.0]])).tolist() == [
        False,
        True,
    ]  # better for one, the same for the other


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_compensation_is_the_cheapest_of_all_packages(data: st.DataObject) -> None:
    """Against trying all sets of changes."""
    seed = data.draw(st.integers(0, 10_000))
    generator = np.random.default_rng(seed)
    changes, people = 4, 3
    gains = np.round(generator.normal(-0.2, 0.5, people), 2)
    effects = np.round(generator.normal(0.2, 0.4, (changes, people)), 2)
    costs = np.round(generator.random(changes), 2) + 0.01
    rule = Rule(generator.random(people) < 0.4, np.ones(people), quota=2)
    best: float | None = None
    for taken in product((0, 1), repeat=changes):
        after = gains + np.array(taken) @ effects
        against = np.flatnonzero(after < -1e-9).tolist()
        if not rule.blocks(against):
            cost = float(np.array(taken) @ costs)
            best = cost if best is None else min(best, cost)
    found = compensation(gains, effects, costs, rule)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert found.cost == pytest.approx(best, abs=1e-6)
        assert not rule.blocks(np.flatnonzero(found.gains < -1e-6).tolist())


def test_who_is_compensated_is_named() -> None:
    """A veto-holder is won by the one change that helps; the other, cheaper one does not."""
    rule = Rule(np.array([True, False]), np.ones(2), quota=1)
    found = compensation(np.array([-0.3, 0.2]), np.array([[0.4, 0.0], [0.1, 0.1]]), np.array([5.0, 1.0]), rule)
    assert found is not None
    assert found.changes == (0,)
    assert found.compensated == (0,)
    assert found.cost == 5


def test_roadmap_waits_for_money_and_prerequisites() -> None:
    """A staff first, which the move needs; the move's money is there in the third year only."""
    steps = (
        Step("staff", benefit=2, once=(3,), each_period=(1,), takes=1),
        Step("move", benefit=10, once=(8,), takes=1, needs=("staff",)),
        Step("rival", benefit=4, once=(2,), excludes=("move",)),
    )
    found = roadmap(steps, np.array([[4.0], [4.0], [9.0], [4.0], [4.0], [4.0]]))

    assert found.starts == {"staff": 0, "move": 2}
    assert found.left_out == ("rival",)
    assert found.benefit.tolist() == [0, 2, 2, 12, 12, 12]
    assert found.spent[:, 0].tolist() == [4, 1, 9, 1, 1, 1]
    assert found.total == 40


def brute_force(steps: tuple[Step, ...], budgets: np.ndarray) -> float:
    """Return the best total over all starts."""
    periods = budgets.shape[0]
    best = 0.0
    for starts in product((None, *range(periods)), repeat=len(steps)):
        begun = {step.name: start for step, start in zip(steps, starts, strict=True) if start is not None}
        spent, total, allowed = np.zeros_like(budgets), 0.0, True
        for step in steps:
            if step.name not in begun:
                continue
            start = begun[step.name]
            ends = start + step.takes
            for name in step.needs:
                other = next(each for each in steps if each.name == name)
                allowed &= name in begun and begun[name] + other.takes <= start
            allowed &= ends < periods and not any(name in begun for name in step.excludes)
            spent[start] += step.once
            spent[start:] += step.each_period
            total += step.benefit * max(periods - ends, 0)
        if allowed and (spent <= budgets + 1e-9).all():
            best = max(best, total)
    return best


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_roadmap_is_the_best_of_all(seed: int) -> None:
    """Against trying all starts of four steps in four periods with two resources."""
    generator = np.random.default_rng(seed)
    steps = tuple(
        Step(
            name=str(number),
            benefit=float(generator.integers(1, 9)),
            once=tuple(generator.integers(0, 6, 2).astype(float).tolist()),
            each_period=tuple(generator.integers(0, 2, 2).astype(float).tolist()),
            takes=int(generator.integers(0, 3)),
            needs=tuple(str(other) for other in range(number) if generator.random() < 0.3),
            excludes=tuple(str(other) for other in range(number) if generator.random() < 0.15),
        )
        for number in range(4)
    )
    budgets = generator.integers(3, 10, (4, 2)).astype(float)
    found = roadmap(steps, budgets)

    assert found.total == pytest.approx(brute_force(steps, budgets), abs=1e-6)
    assert (found.spent <= budgets + 1e-6).all()


def test_roadmap_names_what_is_unknown() -> None:
    """A step that needs nobody knows what."""
    with pytest.raises(ValueError, match="no step has the name ghost"):
        roadmap((Step("a", 1, needs=("ghost",)),), np.ones((2, 1)))


def test_nothing_to_do_costs_and_brings_nothing() -> None:
    plan = roadmap([], np.full((3, 2), 5.0))
    assert plan.starts == {}
    assert plan.spent.shape == (3, 2)
    assert plan.total == plan.spent.sum() == plan.benefit.sum() == 0.0
