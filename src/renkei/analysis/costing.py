"""What structures cost, once and yearly, in one currency at the prices of one year, over futures.

Costs stand in files in the currency and at the prices of their sources. What they are worth here is two assumptions:
the rate of the currency, and the growth of prices: ``amount x times / rate x (1 + growth) ** (year - price_year)``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from renkei.analysis.runs import Floats
from renkei.model.quantity import Assumptions, Quantity
from renkei.model.results import CostItem, Spread, StructureCost
from renkei.model.scenario import Money
from renkei.model.structure import Cost, Structure


def worth(cost: Cost, money: Money, future: Mapping[str, float]) -> float:
    """Return by what a cost's amount is multiplied in a future: how many of it, its currency, its price year.

    Raises
    ------
    KeyError
        If the cost is in a currency that the study gives no rate for (``check`` reports that).
    """
    draws = dict(future)
    rate = 1.0 if cost.currency == money.currency else dict(money.rates)[cost.currency].of(draws)
    growth = money.growth.of(draws)
    return cost.times.of(draws) / rate * math.pow(1.0 + growth, money.year - cost.price_year)


def amount(structure: Structure, money: Money, future: Mapping[str, float], kind: str, payer: str = "") -> float:
    """Return what a structure costs in a future, ``once`` or ``yearly``, all or what ``payer`` pays."""
    total = 0.0
    for cost in structure.costs:
        stated = cost.once if kind == "once" else cost.yearly
        if stated is not None and payer in ("", cost.payer):
            total += stated.of(dict(future)) * worth(cost, money, future)
    return total


def new_posts(structure: Structure, assumptions: Assumptions, future: Mapping[str, float], payer: str = "") -> float:
    """Return how many new posts a structure has in a future, all or those that ``payer`` pays for.

    They are the people whose yearly cost is stated: each once, though a premium is paid for them besides, from the same
    date or a later one. What is paid for a number of something else, such as journeys, is no post.
    """
    people = {each.id for each in assumptions if each.dimension == "people"}
    posts = dict.fromkeys(
        (cost.change, cost.payer, cost.times)
        for cost in structure.costs
        if cost.yearly is not None and cost.times.assumption in people and payer in ("", cost.payer)
    )
    return sum(times.of(dict(future)) for *_, times in posts)


def spread(values: Floats) -> Spread:
    """Return the 5th percentile, the median and the 95th of values; NaN where there are none."""
    if not len(values):
        return Spread(math.nan, math.nan, math.nan)
    low, middle, high = (float(each) for each in np.quantile(values, (0.05, 0.5, 0.95), method="nearest"))
    return Spread(low, middle, high)


def structure_cost(
    structure: Structure, money: Money, assumptions: Assumptions, futures: Sequence[Mapping[str, float]]
) -> StructureCost:
    """Return what a structure costs more than the one that extends nothing.

    Parameters
    ----------
    structure
        Its ``costs`` are its own and those of what it extends.
    money
        The currency and price year to show costs in.
    assumptions
        Which of the numbers are guesses.
    futures
        A number in base units for every assumption, for each future.
    """
    size = len(futures)
    totals = {"once": np.zeros(size), "yearly": np.zeros(size)}
    payers: dict[str, dict[str, Floats]] = {"once": {}, "yearly": {}}
    items = []
    for cost in structure.costs:
        factor = np.array([worth(cost, money, future) for future in futures])
        shown: dict[str, Spread | None] = {"once": None, "yearly": None}
        for kind, amount in (("once", cost.once), ("yearly", cost.yearly)):
            if amount is None:
                continue
            values = factor * np.array([amount.of(dict(future)) for future in futures])
            totals[kind] += values
            own = payers[kind].setdefault(cost.payer, np.zeros(size))
            own += values
            shown[kind] = spread(values)
        items.append(
            CostItem(
                name=cost.name,
                once=shown["once"],
                yearly=shown["yearly"],
                payer=cost.payer,
                change=cost.change,
                since=cost.since,
                stated_currency=cost.currency,
                stated_year=cost.price_year,
                source=cost.source,
                guess=any(_guessed(each, assumptions) for each in (cost.once, cost.yearly, cost.times)),
            )
        )
    return StructureCost(
        structure=structure.id,
        currency=money.currency,
        year=money.year,
        once=spread(totals["once"]),
        yearly=spread(totals["yearly"]),
        items=tuple(items),
        by_payer_once={name: spread(values) for name, values in payers["once"].items()},
        by_payer_yearly={name: spread(values) for name, values in payers["yearly"].items()},
    )


def _guessed(quantity: Quantity | None, assumptions: Assumptions) -> bool:
    if quantity is None or quantity.assumption is None:
        return False
    known = assumptions.assumptions.get(quantity.assumption)
    return known is not None and known.guess


def unpriced(costs: Iterable[Cost], money: Money) -> list[str]:
    """Return currencies of costs that the study gives no rate for."""
    known = {money.currency, *(name for name, _ in money.rates)}
    return sorted({cost.currency for cost in costs if cost.currency not in known})
