"""Small random worlds: a structure, its doctrine and a scenario, for Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from renkei.model.doctrine import Branch, DecisionClass, Doctrine, FamiliarityLaw, Returns, Step, Verb
from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.scenario import Demand, Disruption, Scenario
from renkei.model.structure import (
    Authority,
    Channel,
    Desk,
    Duty,
    Familiarity,
    Headquarters,
    Hours,
    Link,
    Place,
    Recall,
    Structure,
    Timeout,
    Window,
)

T = TypeVar("T")
HOUR = 3600.0
ZONES = ("Asia/Tokyo", "Pacific/Honolulu", "America/New_York")
FUNCTIONS = ("ops", "plans", "commander")
IDS = ("alpha", "bravo", "charlie")
DESKS = tuple(f"{hq}.{function}" for hq in IDS for function in FUNCTIONS)
OTHERS: dict[str, Verb] = {"approve": "approve", "concur": "concur", "consult": "consult"}
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class World:
    """What can be compiled and run."""

    structure: Structure
    doctrine: Doctrine
    scenario: Scenario


def number(value: float) -> Quantity:
    """Return a literal quantity."""
    return Quantity(value=value)


def constant(seconds: float) -> Distribution:
    """Return a constant."""
    return Distribution("constant", (number(seconds),))


works = st.one_of(
    st.sampled_from([0.0, 600.0, 1800.0, 3600.0]).map(constant),
    st.sampled_from([600.0, 3600.0]).map(lambda mean: Distribution("exponential", (number(mean),))),
    st.just(Distribution("gamma", (number(1800.0), number(1.5)))),
    st.just(Distribution("lognormal", (number(1800.0), number(0.7)))),
    st.just(Distribution("pert", (number(600.0), number(1200.0), number(7200.0)))),
    st.just(Distribution("empirical", (number(60.0), number(600.0), number(3000.0)))),
)
shares = st.sampled_from([0.1, 0.3, 0.5]).map(number)
timeouts = st.builds(
    Timeout,
    after=st.sampled_from([1800.0, 4 * HOUR, 20 * HOUR]).map(number),
    then=st.sampled_from(["consent", "fail", "escalate", "delegate"]),
    delegate=st.sampled_from(DESKS),
)
hours = st.one_of(
    st.just(Hours(always=True)),
    st.tuples(st.sampled_from([0, 360, 540]), st.sampled_from([600, 1020, 1440])).map(
        lambda pair: Hours(windows=(Window(EVERY_DAY, pair[0], pair[1], "worked"),))
    ),
)
duties = st.one_of(
    st.builds(Duty, hours=hours, strength=st.integers(1, 3).map(number)).map(lambda duty: (duty,)),
    st.tuples(hours, hours).map(
        lambda pair: (Duty(pair[0], number(1.0)), Duty(pair[1], number(2.0)), Duty(pair[1], number(2.0), "crisis"))
    ),
)
recalls = st.one_of(
    st.none(),
    st.builds(
        Recall,
        precedence=st.sampled_from(["IMMEDIATE", "FLASH"]),
        after=st.just(number(HOUR)),
        people=st.integers(1, 2),
        stand_down=st.sampled_from([0.0, 2 * HOUR]).map(number),
    ),
)


@st.composite
def desks(draw: st.DrawFn, hq: str) -> dict[str, Desk]:
    """Draw the three desks of a headquarters; the first may have the second as its successor."""
    return {
        function: Desk(
            function=function,
            name=Text(function),
            duty=draw(duties),
            at_close=draw(st.sampled_from(["suspend", "finish"])),
            interrupts=draw(st.sampled_from([None, "FLASH", "IMMEDIATE"])),
            recall=draw(recalls),
            successor=f"{hq}.plans" if function == "ops" and draw(st.booleans()) else "",
        )
        for function in FUNCTIONS
    }


@st.composite
def steps(draw: st.DrawFn, depth: int = 0) -> Step:
    """Draw one step of a process; forks part once only."""
    verbs = [
        "decide",
        "approve",
        "concur",
        "consult",
        "agree",
        "wait",
        "inform",
        "authority",
        "staff",
        "mark",
        "posture",
    ]
    verb: str = draw(st.sampled_from([*verbs, "fork", "chance"] if depth == 0 else verbs))
    step_id = f"{verb}-{draw(st.integers(0, 10**9))}"
    some = st.lists(st.sampled_from(DESKS), min_size=2, max_size=3, unique=True).map(tuple)
    if verb in ("decide", "authority"):
        actor = "authority" if verb == "authority" else draw(st.sampled_from(DESKS))
        return Step(
            step_id,
            "decide",
            (actor,),
            work=draw(works),
            refuses=draw(maybe(shares)),
            returns=draw(maybe(returns())) if depth == 0 else None,
            timeout=draw(maybe(timeouts)),
        )
    if verb in OTHERS:
        return Step(
            step_id,
            OTHERS[verb],
            draw(some),
            work=draw(works),
            refuses=draw(maybe(shares)),
            quorum=draw(st.sampled_from([None, 1, 2])),
            wait_for_all=draw(st.booleans()),
            order=draw(st.sampled_from(["parallel", "parallel", "serial"])),
            timeout=draw(maybe(timeouts)),
            otherwise=draw(st.sampled_from(["escalate", "fail", "go-on"])),
        )
    if verb == "agree":
        book = draw(maybe(st.just(number(6 * HOUR))))
        return Step(step_id, "agree", draw(some), length=draw(works), book_after=book)
    if verb == "inform":
        return Step(step_id, "inform", draw(some), work=draw(works))
    if verb == "fork":
        branches = draw(st.lists(st.lists(steps(depth=1), min_size=1, max_size=2), min_size=2, max_size=3))
        return Step(
            step_id,
            "fork",
            branches=tuple(Branch(f"branch-{n}", tuple(part)) for n, part in enumerate(branches)),
            quorum=draw(st.sampled_from([None, 1])),
            wait_for_all=draw(st.booleans()),
        )
    if verb == "chance":
        return Step(
            step_id,
            "chance",
            chance=draw(shares),
            then=tuple(draw(st.lists(steps(depth=1), max_size=1))),
            otherwise_steps=tuple(draw(st.lists(steps(depth=1), max_size=1))),
        )
    if verb == "staff":
        return Step(step_id, "staff", ("authority",), work=draw(works))
    if verb == "mark":
        return Step(step_id, "mark", mark="half-way")
    if verb == "posture":
        return Step(step_id, "posture", posture=draw(st.sampled_from(["steady", "crisis"])))
    return Step(step_id, "wait", work=draw(works))


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """Draw from a strategy, or None."""
    return st.one_of(st.none(), strategy)


def returns() -> st.SearchStrategy[Returns]:
    """Draw a chance of return, to the draft."""
    return st.builds(Returns, chance=shares, to=st.just("draft"), at_most=st.sampled_from([1, 3]))


@st.composite
def classes(draw: st.DrawFn, name: str) -> DecisionClass:
    """Draw a class of decision: a draft, one to three steps, perhaps an order."""
    process = [Step("draft", "draft", ("origin",), work=draw(works)), *draw(st.lists(steps(), min_size=1, max_size=3))]
    if draw(st.booleans()):
        process.append(Step("order", "order", ("executors",), work=draw(works)))
    return DecisionClass(
        id=name,
        name=Text(name),
        process=tuple(process),
        precedence=draw(
            st.sampled_from(
                [
                    (("ROUTINE", number(1.0)),),
                    (("FLASH", number(1.0)),),
                    (("PRIORITY", number(0.7)), ("IMMEDIATE", number(0.3))),
                ]
            )
        ),
        executors=("bravo", "charlie"),
    )


def headquarters(hq: str, place: str, functions: dict[str, Desk], nation: str = "JP") -> Headquarters:
    """Return a headquarters."""
    return Headquarters(hq, Text(hq), (nation,), "joint", "theory", place, 3, functions)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world of three headquarters, two classes and ten days."""
    places = {f"place-{n}": Place(f"place-{n}", Text(zone), 0.0, 0.0, zone) for n, zone in enumerate(ZONES)}
    units = {hq: headquarters(hq, f"place-{n}", draw(desks(hq))) for n, hq in enumerate(IDS)}
    delay = draw(st.sampled_from([constant(0.0), constant(900.0), Distribution("exponential", (number(1800.0),))]))
    structure = Structure(
        "drawn",
        Text("Drawn"),
        places=places,
        headquarters=units,
        relations=(Link("OPCON", "alpha", "bravo"), Link("OPCON", "bravo", "charlie")),
        authorities={
            f"{name}-{posture}": Authority(f"{name}-{posture}", name, "JP", holder, posture=posture)
            for name in ("one", "two")
            for posture, holder in (("steady", "alpha.commander"), ("crisis", draw(st.sampled_from(DESKS))))
        },
        channels={
            "message": Channel("message", Text("message"), "message", ("any", "any"), delay),
            "telephone": Channel("telephone", Text("telephone"), "telephone", ("any", "any"), constant(0.0)),
        },
        familiarity={
            "alpha-bravo": Familiarity("alpha-bravo", ("alpha", "bravo"), number(0.5), number(0.02)),
        },
    )
    doctrine = Doctrine(
        Text("Drawn"),
        classes={name: draw(classes(name)) for name in ("one", "two")},
        familiarity=FamiliarityLaw(number(0.01 / 3600), number(30 * 86400.0), number(0.5), number(0.5)),
        postures=(("steady", number(0.0)), ("crisis", number(6 * HOUR))),
    )
    scenario = Scenario(
        "drawn",
        Text("Drawn"),
        datetime(2024, 3, 5, tzinfo=UTC),
        "Asia/Tokyo",
        10 * 86400.0,
        "one",
        demands={
            "ones": Demand("ones", "one", "alpha.ops", "poisson", rate=number(draw(st.sampled_from([4, 20])) / 86400)),
            "twos": Demand("twos", "two", "bravo.plans", "interval", every=number(5 * HOUR), first=number(0.0)),
        },
        disruptions=tuple(draw(st.lists(disruptions(), max_size=2, unique_by=lambda each: each.target))),
    )
    return World(structure, doctrine, scenario)


def disruptions() -> st.SearchStrategy[Disruption]:
    """Draw a desk, a channel or a posture."""
    begins = st.sampled_from([0.0, 30 * HOUR, 100 * HOUR])
    lasts = st.sampled_from([None, 40 * HOUR])
    return st.one_of(
        st.builds(
            Disruption,
            id=st.just("out"),
            kind=st.just("out"),
            target=st.sampled_from(["alpha.ops", "bravo", "message", "telephone"]),
            begins_s=begins,
            lasts_s=lasts,
        ),
        st.builds(
            Disruption,
            id=st.just("crisis"),
            kind=st.just("posture"),
            target=st.just("crisis"),
            begins_s=begins,
            lasts_s=lasts,
        ),
    )


def with_stranger(world: World) -> World:
    """Return the world with one more headquarters, first in the list, with a class and a demand of its own."""
    desk = Desk("ops", Text("ops"), (Duty(Hours(always=True), number(2.0)),))
    stranger = headquarters("stranger", "place-0", {"ops": desk})
    own = DecisionClass("other", Text("other"), (Step("draft", "draft", ("origin",), work=constant(1800.0)),))
    demand = Demand("others", "other", "stranger.ops", "poisson", rate=number(1 / 7200))
    return World(
        replace(world.structure, headquarters={"stranger": stranger, **world.structure.headquarters}),
        replace(world.doctrine, classes={"other": own, **world.doctrine.classes}),
        replace(world.scenario, demands={"others": demand, **world.scenario.demands}),
    )
