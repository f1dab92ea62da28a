"""Stakeholders, limits and offers: who puts what first, who can stop it, what wins them over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from renkei.analysis.costing import amount, new_posts
from renkei.analysis.interests import Interests, interests
from renkei.files import load_case
from renkei.model.quantity import Assumption, Assumptions, Quantity, Text
from renkei.model.scenario import Money
from renkei.model.stakeholders import Bound, Interest, Measure, Offer, Politics, Refusal, Stakeholder
from renkei.model.structure import Authority, Cost, Counterpart, Person, Place, Structure
from renkei.study.inspection import packaged_cases
from renkei.study.interests import decided_away, flag_officers, not_run, rank_gap
from unit.worlds import hq, structure

TIME, COST, POSTS = Measure("time", "daily"), Measure("once"), Measure("posts")
STRUCTURES = ("now", "fast", "cheap")
FUTURES = ({"x": 1.0}, {"x": 3.0})
TABLES = {
    TIME: np.array([[10.0, 12.0], [2.0, 4.0], [12.0, 14.0]]),
    COST: np.array([[5.0, 5.0], [20.0, 20.0], [0.0, 0.0]]),
    POSTS: np.array([[0.0, 0.0], [60.0, 80.0], [10.0, 10.0]]),
}


def q(value: float) -> Quantity:
    """Return a literal quantity."""
    return Quantity(value=value)


def who(name: str, *measures: Measure, **more: object) -> Stakeholder:
    """Return a stakeholder who weighs measures between the structures' means."""
    return Stakeholder(name, Text(name), tuple(Interest(measure) for measure in measures), **more)  # type: ignore[arg-type]


def found(*stakeholders: Stakeholder, **more: object) -> Interests:
    """Return what stakeholders make of the three structures."""
    politics = Politics({each.id: each for each in stakeholders}, **more)  # type: ignore[arg-type]
    return interests(politics, STRUCTURES, "now", TABLES, FUTURES, seed=1)


def test_who_weighs_one_thing_puts_the_best_in_it_first() -> None:
    actors = found(who("hasty", TIME), who("thrifty", COST)).actors
    assert [actor.first for actor in actors] == [(0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
    assert [actor.against for actor in actors] == [("cheap",), ("fast",)]
    assert actors[0].better == (0.0, 1.0, 0.0)


def test_two_specialists_and_a_compromise_share_the_weights() -> None:
    """Values (1, 0), (0, 1), (.6, .6): .4, .4 and .2 of the weights (Lahdelma & Salminen's acceptability by hand)."""
    tables = {TIME: np.array([[0.0], [10.0], [4.0]]), COST: np.array([[10.0], [0.0], [4.0]])}
    politics = Politics({"x": who("x", TIME, COST)})
    (actor,) = interests(politics, STRUCTURES, "now", tables, FUTURES[:1], seed=1).actors
    assert actor.first == pytest.approx((0.4, 0.4, 0.2), abs=0.01)
    assert actor.central[2]["time daily"] == pytest.approx(0.5, abs=0.02)


def test_an_order_of_importance_is_kept() -> None:
    """Time before cost: its weight w is even from 1/2 to 1. Fast is before cheap where w > 0.1 w + 1 - w, w > 1/1.9."""
    (actor,) = found(who("x", TIME, COST, ordered=True)).actors
    assert actor.first[1] == pytest.approx(2 * (1 - 1 / 1.9), abs=0.01)
    assert actor.central[1]["time daily"] == pytest.approx((1 + 1 / 1.9) / 2, abs=0.01)


def test_what_is_refused_is_stopped_by_whose_consent_is_needed() -> None:
    refuses = (Refusal(("fast",)),)
    stopped = found(who("hasty", TIME, refuses=refuses, consent=True))
    assert stopped.actors[0].veto == ("fast",)
    assert [(each.structure, each.coalitions) for each in stopped.blocking] == [
        ("fast", (("hasty",),)),
        ("cheap", (("hasty",),)),
    ]
    assert "fast" not in stopped.all
    heard = found(who("hasty", TIME, refuses=refuses))
    assert heard.blocking == ()


def test_what_somebody_refuses_is_not_for_all_however_good_it_is_for_others() -> None:
    """Fast is best for the hasty, so nothing betters it for both; the thrifty refuse it."""
    assert "fast" in found(who("hasty", TIME), who("thrifty", COST)).all
    refused = found(who("hasty", TIME), who("thrifty", COST, refuses=(Refusal(("fast",)),)))
    assert "fast" not in refused.all


def test_who_refuses_everything_stops_every_change() -> None:
    """What is stands, though it is refused; it is no reason to accept what is refused, too."""
    refuses = (Refusal(STRUCTURES),)
    stopped = found(who("nobody", TIME, refuses=refuses, consent=True))
    assert [(each.structure, each.coalitions) for each in stopped.blocking] == [
        ("fast", (("nobody",),)),
        ("cheap", (("nobody",),)),
    ]
    assert stopped.all == ()


def test_equals_share_the_first_place_in_whatever_order_they_are_listed() -> None:
    """Two of three are worth the same in every future: each is first in half of the weights, and surely so."""
    for order in ((0, 1, 2), (2, 1, 0)):
        tables = {
            TIME: np.array([[4.0, 6.0], [4.0, 6.0], [9.0, 12.0]])[list(order)],
            COST: np.array([[5.0, 5.0], [5.0, 5.0], [7.0, 7.0]])[list(order)],
        }
        names = tuple(np.array(["a", "b", "c"])[list(order)].tolist())
        (actor,) = interests(Politics({"x": who("x", TIME, COST)}), names, names[0], tables, FUTURES, seed=1).actors
        first = dict(zip(names, actor.first, strict=True))
        sure = dict(zip(names, actor.confidence, strict=True))
        assert first == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})
        assert (sure["a"], sure["b"]) == (0.5, 0.5)


def test_nobody_is_against_what_is_not_shown_to_be_worth_less() -> None:
    """One hour more on average, with futures that differ by ten: neither is shown; by a tenth of an hour: it is."""
    hasty = Stakeholder("hasty", Text("hasty"), (Interest(TIME, worst=q(80.0), best=q(0.0)),), consent=True)
    sign = np.tile([1.0, -1.0], 30)
    for noise, against, unsure in ((10.0, (), ("slow",)), (0.1, ("slow",), ())):
        table = np.stack([np.full(60, 40.0), 41 + noise * sign])
        result = interests(Politics({"hasty": hasty}), ("now", "slow"), "now", {TIME: table}, [{}] * 60, seed=1)
        (actor,) = result.actors
        assert (actor.against, actor.unsure) == (against, unsure)
        assert tuple(each.structure for each in result.blocking) == against
        assert actor.value == pytest.approx((0.5, 39 / 80))


def test_votes_make_coalitions() -> None:
    """Three votes, two needed: two who lose stop it together, one alone does not."""
    three = [who("a", COST, votes=1.0), who("b", COST, votes=1.0), who("c", TIME, votes=1.0)]
    blocked = {each.structure: each.coalitions for each in found(*three, votes_needed=2.0).blocking}
    assert blocked == {"fast": (("a", "b"),)}


def test_a_limit_of_ones_own_in_most_futures_is_a_refusal() -> None:
    """60 and 80 posts against 70: in half of the futures, which is not most; against 50 in all."""
    for most, vetoed in ((70.0, ()), (50.0, ("fast",))):
        limits = (Bound(Text("Posts"), POSTS, q(most)),)
        result = found(who("hasty", TIME, limits=limits))
        assert result.actors[0].veto == vetoed
        (broken,) = result.limits
        assert (broken.structure, broken.share) == ("fast", 0.5 if not vetoed else 1.0)
        assert broken.excess == (10.0 if not vetoed else 20.0)


def test_a_limit_may_be_uncertain() -> None:
    """At most 70 times x posts, x 1 and 3: broken in the future in which the limit is narrow, not in the other."""
    result = found(limits=(Bound(Text("Posts"), POSTS, Quantity(assumption="x", factor=50.0)),))
    assert [(each.structure, each.share) for each in result.limits] == [("fast", 0.5)]


def test_the_fewest_offers_win_somebody_over() -> None:
    """Cost weighs all: 20 against 5 now; one offer of 16 is enough, one of 3 is not, and none is asked of who gains."""
    offers = {
        "little": Offer("little", Text("A little"), ((COST, q(3.0)),)),
        "much": Offer("much", Text("Much"), ((COST, q(16.0)),)),
    }
    stakes = (who("thrifty", COST, consent=True), who("hasty", TIME, consent=True))
    result = found(*stakes, offers=offers)
    assert [(each.structure, each.actor, each.offers) for each in result.compensation] == [
        ("fast", "thrifty", ("much",))
    ]
    assert result.beyond == ("cheap",)


def test_a_refusal_is_for_no_price() -> None:
    """However much an offer is worth to him, he does not accept what he refuses."""
    offers = {"all": Offer("all", Text("All"), ((COST, q(1e6)),))}
    refuses = who("firm", COST, consent=True, refuses=(Refusal(("fast",)),))
    result = found(refuses, offers=offers)
    assert result.compensation == ()
    assert "fast" in result.beyond


def test_nobody_and_nothing_known() -> None:
    empty = found(limits=())
    assert empty.actors == empty.blocking == empty.limits == ()


def test_a_structure_without_a_time_is_worth_nothing() -> None:
    tables = {**TABLES, TIME: np.array([[10.0, 10.0], [np.nan, np.nan], [12.0, 12.0]])}
    (actor,) = interests(Politics({"x": who("x", TIME)}), STRUCTURES, "now", tables, FUTURES, seed=1).actors
    assert actor.value == (1.0, 0.0, 0.0)


# --- measures of structures


def test_flag_officers_are_persons() -> None:
    of = structure(hq("a"), hq("b"), hq("c", nation="JP"))
    assert (flag_officers(of), flag_officers(of, "US")) == (3, 2)
    both = replace(of, persons={"x": Person("x", Text("x"), ("a.commander", "b.commander"))})
    assert flag_officers(both) == 2


def test_rank_gaps() -> None:
    of = structure(replace(hq("a"), rank=4), replace(hq("b"), rank=3), replace(hq("c"), rank=1))
    pairs = {name: Counterpart(name, ("a", name)) for name in "bc"}
    of = replace(of, counterparts=pairs)
    assert rank_gap(of) == 3
    assert rank_gap(of, "a") == 1  # its highest counterpart has three
    assert rank_gap(of, "c") == 0  # which stands below its own
    assert np.isnan(rank_gap(of, "nowhere"))  # who does not exist has no counterpart of his rank


def test_what_is_decided_only_in_another_time_zone() -> None:
    """However narrow the authority at hand is, with it the class is not decided away."""
    places = {
        name: Place(name, Text(name), 0.0, 0.0, zone)
        for name, zone in (("here", "Asia/Tokyo"), ("beside", "Asia/Tokyo"), ("away", "Pacific/Honolulu"))
    }
    houses = (hq("near"), hq("far"), hq("theirs", nation="JP"))
    of = replace(structure(*houses), places=places)
    where = {"near": "beside", "far": "away", "theirs": "here"}
    of = replace(of, headquarters={name: replace(of.headquarters[name], place=where[name]) for name in where})
    held = (("big", "US", "far"), ("small", "US", "far"), ("small", "US", "near"), ("big", "JP", "theirs"))
    of = replace(
        of,
        authorities={
            f"{n}": Authority(f"{n}", each, nation, f"{house}.ops") for n, (each, nation, house) in enumerate(held)
        },
    )
    assert decided_away(of, "here", "US") == 1
    assert decided_away(of, "away", "US") == 0
    assert decided_away(of, "away", "JP") == 1
    assert decided_away(of, "here") == 0  # somebody near may decide either
    assert np.isnan(decided_away(of, "nowhere"))


def test_posts_are_counted_once() -> None:
    """A premium for those abroad is paid for the same posts, at once or from a later date; journeys are no posts."""
    people = Quantity(assumption="people")
    pay = Cost(Text("pay"), yearly=q(1.0), times=people, currency="USD", price_year=2024, payer="US", change="add jtf")
    costs = [
        pay,
        replace(pay, name=Text("premium")),
        replace(pay, name=Text("later"), yearly=q(0.0), since="2029-10-01"),
    ]
    costs.append(
        replace(pay, name=Text("journeys"), yearly=q(0.0), times=Quantity(assumption="trips"), change="commute")
    )
    of = Structure(
        "s",
        Text("s"),
        costs=(*costs, Cost(Text("move"), once=q(2.0), times=people, currency="USD", price_year=2024, payer="US")),
    )
    money = Money("USD", 2024, (), Quantity(value=0.0))
    known = Assumptions(
        {
            "people": Assumption("people", 1, 30, 50, "people", "people"),
            "trips": Assumption("trips", 13, 13, 13, "", "number"),
        }
    )
    future = {"people": 30.0, "trips": 13.0}
    assert new_posts(of, known, future, "US") == new_posts(of, known, future) == 30.0
    assert new_posts(of, known, future, "JP") == 0.0
    assert amount(of, money, future, "once") == 60.0
    assert amount(of, money, future, "yearly") == 60.0


def test_who_weighs_what_was_not_run_is_named() -> None:
    """What is said of a stakeholder leaves out scenarios that were not run: by whom which is weighed."""
    case = load_case(packaged_cases()["alliance"])
    everybody = not_run(case, ())
    assert set(everybody) <= set(case.scenarios)
    assert len(everybody) > 1
    for scenario, names in everybody.items():
        weighing = [
            each.name
            for each in case.plan.politics.stakeholders.values()
            if any(interest.measure.scenario == scenario for interest in each.weighs)
        ]
        assert list(names) == weighing
        assert scenario not in not_run(case, (scenario,))
    assert not_run(case, case.scenarios) == {}
