"""Costs in one currency at the prices of one year."""

from __future__ import annotations

import math

import pytest

from renkei.analysis.costing import spread, structure_cost, unpriced, worth
from renkei.model.quantity import Assumption, Assumptions, Quantity, Text
from renkei.model.scenario import Money
from renkei.model.structure import Cost, Structure

MONEY = Money("USD", 2024, (("JPY", Quantity(assumption="yen")),), Quantity(assumption="growth"))
BUILDING = Cost(Text("Building"), "USD", 2014, once=Quantity(value=100.0), payer="US")
POSTS = Cost(
    Text("Posts"), "JPY", 2024, yearly=Quantity(assumption="post"), times=Quantity(assumption="people"), payer="JP"
)
FUTURES = [{"yen": 100.0 + future, "growth": 0.02, "post": 1000.0, "people": 3.0} for future in range(0, 100, 10)]
GUESSED = Assumptions({"people": Assumption("people", 1, 3, 5, "people", "people", guess=True)})


def costing(*costs: Cost) -> Structure:
    return Structure(id="test", name=Text("test"), costs=costs)


def test_worth_is_count_over_rate_times_growth() -> None:
    """The formula of the module, by hand."""
    future = FUTURES[5]
    assert worth(BUILDING, MONEY, future) == pytest.approx(1.02**10)
    assert worth(POSTS, MONEY, future) == pytest.approx(3.0 / 150.0)


def test_once_and_yearly_are_never_added_up() -> None:
    found = structure_cost(costing(BUILDING, POSTS), MONEY, GUESSED, FUTURES)
    assert found.once.low == found.once.high == pytest.approx(100.0 * 1.02**10)
    assert found.yearly.low == pytest.approx(3000.0 / 190.0)
    assert found.yearly.high == pytest.approx(3000.0 / 100.0)
    assert found.by_payer_once == {"US": found.once}
    assert found.by_payer_yearly == {"JP": found.yearly}


def test_items_say_whether_they_rest_on_a_guess() -> None:
    items = structure_cost(costing(BUILDING, POSTS), MONEY, GUESSED, FUTURES).items
    assert [(item.name.en, item.guess, item.stated_currency, item.stated_year) for item in items] == [
        ("Building", False, "USD", 2014),
        ("Posts", True, "JPY", 2024),
    ]
    assert items[0].yearly is None
    assert items[1].once is None


def test_a_structure_without_costs_costs_nothing() -> None:
    found = structure_cost(costing(), MONEY, GUESSED, FUTURES)
    assert (found.once.high, found.yearly.high, found.items) == (0.0, 0.0, ())


def test_currencies_without_a_rate_are_named() -> None:
    assert unpriced([BUILDING, POSTS], Money()) == ["JPY"]
    assert unpriced([BUILDING, POSTS], MONEY) == []


def test_a_spread_of_nothing_is_not_a_number() -> None:
    import numpy as np

    assert math.isnan(spread(np.zeros(0)).median)
