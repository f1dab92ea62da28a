"""The laws of changes, on random structures built from pieces."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.diagnostics import InputError
from renkei.files import apply, diff, inverse, read_structure, to_yaml
from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.structure import (
    Authority,
    Channel,
    Conversion,
    Counterpart,
    Desk,
    Duty,
    Familiarity,
    Headquarters,
    Hours,
    Journey,
    Limit,
    Link,
    Person,
    Place,
    Recall,
    Structure,
    Timeout,
    Window,
)

PLACES = {
    "tokyo": Place("tokyo", Text("Tokyo", "東京"), 35.7, 139.7, "Asia/Tokyo"),
    "honolulu": Place("honolulu", Text("Honolulu"), 21.3, -157.9, "Pacific/Honolulu"),
}
IDS = ("alpha", "bravo", "charlie", "delta")
FUNCTIONS = ("ops", "plans", "commander")
WATCH = Hours(always=True)

numbers = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 1 / 3, 1e-7]).map(lambda value: Quantity(value=value)),
    st.builds(Quantity, assumption=st.sampled_from(["staff", "delay-2"]), factor=st.sampled_from([1.0, 0.5])),
)
durations = st.one_of(
    st.floats(0, 1e9).map(lambda value: Quantity(value=value)),
    st.sampled_from([60.0, 5400.0, 86_400.0]).map(lambda value: Quantity(value=value)),
    st.just(Quantity(assumption="delay", factor=2.0)),
)
distributions = st.one_of(
    durations.map(lambda value: Distribution("constant", (value,))),
    durations.map(lambda value: Distribution("exponential", (value,), Quantity(value=2.0))),
    st.lists(durations, min_size=1, max_size=3).map(lambda values: Distribution("empirical", tuple(values))),
    st.just(Distribution("pert", tuple(Quantity(value=value) for value in (60.0, 600.0, 6000.0)))),
)
windows = st.builds(
    Window,
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    opens=st.integers(0, 1439),
    closes=st.integers(0, 1440),
    holidays=st.sampled_from(["off", "worked", "only"]),
)
hours = st.one_of(
    st.just(WATCH),
    st.builds(
        Hours,
        windows=st.lists(windows, min_size=1, max_size=2).map(tuple),
        zone=st.sampled_from(["", "Asia/Tokyo"]),
        nations=st.sampled_from([(), ("JP",), ("JP", "US")]),
    ),
)
texts = st.sampled_from([Text("One"), Text("A: text, with #signs"), Text("Two", "二"), Text("2024"), Text('"q" \\ ')])
precedences = st.sampled_from([None, "FLASH", "IMMEDIATE"])


def some(draw: st.DrawFn, values: tuple[Any, ...], least: int = 0) -> list[Any]:
    """Draw some of the values, in any order."""
    return draw(st.permutations(values))[: draw(st.integers(least, len(values)))]


@st.composite
def desks(draw: st.DrawFn, function: str, all_desks: tuple[str, ...], hqs: tuple[str, ...]) -> Desk:
    """Draw a desk."""
    duties = st.builds(Duty, hours=hours, strength=numbers, posture=st.sampled_from(["", "crisis"]))
    recalls = st.builds(
        Recall, precedence=st.just("FLASH"), after=durations, people=st.integers(1, 3), stand_down=durations
    )
    return Desk(
        function,
        draw(st.one_of(st.just(Text(function)), texts)),
        tuple(draw(st.lists(duties, min_size=1, max_size=2))),
        draw(st.sampled_from(["suspend", "finish"])),
        draw(precedences),
        draw(st.one_of(st.none(), recalls)),
        draw(st.sampled_from(["", *all_desks])),
        draw(st.sampled_from(hqs)) if function.startswith("liaison-") else "",
        draw(st.one_of(st.none(), st.just(Quantity(value=0.5)))),
    )


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """Draw a structure in which every reference is to something that is there."""
    hqs = tuple(some(draw, IDS, 1))
    functions = {hq: some(draw, (*FUNCTIONS, *(f"liaison-{other}" for other in hqs)), 1) for hq in hqs}
    all_desks = tuple(f"{hq}.{function}" for hq in hqs for function in functions[hq])
    places = some(draw, tuple(PLACES), 1)
    channels = {
        name: Channel(
            name,
            draw(texts),
            draw(st.sampled_from(["chat", "telephone"])),
            (draw(st.sampled_from(["any", f"place:{places[0]}", *hqs])), "any"),
            draw(distributions),
            draw(st.sampled_from([(), (Conversion("interpretation", factor=Quantity(value=2.0)),)])),
            draw(hours),
            draw(st.one_of(st.none(), numbers.filter(lambda value: value.assumption is None))),
        )
        for name in some(draw, ("mail", "talk", "video"))
    }
    pairs = list(combinations(hqs, 2))
    journeys = st.builds(
        Journey,
        to=st.sampled_from(places),
        every=st.integers(1, 4),
        first=st.just("2024-06-03"),
        leaves=st.integers(0, 1439),
        out=durations,
        stay=durations,
        back=durations,
        channels=st.just(tuple(channels)),
    )
    return Structure(
        id=draw(st.sampled_from(["x", "y"])),
        name=draw(texts),
        about=draw(st.one_of(st.just(Text("")), texts)),
        extends=draw(st.sampled_from(["", "base"])),
        proposed_by=Text(draw(st.sampled_from(["", "nobody"]))),
        places={name: PLACES[name] for name in places},
        headquarters={
            hq: Headquarters(
                hq,
                draw(texts),
                draw(st.sampled_from([("JP",), ("US", "JP")])),
                draw(st.sampled_from(["", "joint"])),
                "",
                draw(st.sampled_from(places)),
                draw(st.integers(0, 5)),
                {function: draw(desks(function, all_desks, hqs)) for function in functions[hq]},
                draw(st.booleans()),
                draw(st.sampled_from(["", "A book"])),
            )
            for hq in hqs
        },
        persons={
            name: Person(name, draw(texts), (desk,), tuple(draw(st.lists(journeys, max_size=2))))
            for name, desk in zip(some(draw, ("general", "admiral")), all_desks, strict=False)
        },
        relations=tuple(
            Link(draw(st.sampled_from(["OPCON", "ADCON"])), one, other, draw(st.sampled_from(["", "2012-03-26"])))
            for one, other in some(draw, tuple(pairs))
        ),
        counterparts={
            name: Counterpart(name, draw(st.sampled_from(pairs)), draw(st.sampled_from([(), ("request",)])))
            for name in (some(draw, ("daily", "weekly")) if pairs else ())
        },
        authorities={
            name: Authority(
                name,
                "request",
                "JP",
                draw(st.sampled_from(all_desks)),
                draw(st.sampled_from(["", "crisis"])),
                draw(st.sampled_from([None, Limit("people", Quantity(value=500.0))])),
                inform=tuple(some(draw, hqs)),
                concur=tuple(some(draw, all_desks)),
                deputy=draw(st.sampled_from(["", all_desks[0]])),
                timeout=draw(
                    st.sampled_from(
                        [
                            None,
                            Timeout(Quantity(value=60.0), "fail"),
                            Timeout(Quantity(assumption="delay"), "delegate", all_desks[0]),
                        ]
                    )
                ),
            )
            for name in some(draw, ("first", "second", "third"))
        },
        channels=channels,
        familiarity={
            name: Familiarity(name, draw(st.sampled_from(pairs)), Quantity(value=0.5), draw(numbers))
            for name in (some(draw, ("new", "old")) if pairs else ())
        },
    )


def contents(structure: Structure) -> Structure:
    """Return what changes are about."""
    return replace(structure, id="", name=Text(""), about=Text(""), extends="", proposed_by=Text(""))


def order(structure: Structure) -> list[list[str]]:
    """Return the order of entries, which decides between equals."""
    sections = ("places", "headquarters", "persons", "counterparts", "authorities", "channels", "familiarity")
    return [list(getattr(structure, section)) for section in sections]


@given(structures())
@settings(max_examples=60, deadline=None)
def test_resolving_a_resolved_structure_changes_nothing(structure: Structure) -> None:
    text = to_yaml(structure)

    again = read_structure(text, structure.id)

    assert again == structure
    assert order(again) == order(structure)
    assert to_yaml(again) == text


@given(structures(), structures())
@settings(max_examples=60, deadline=None)
def test_what_differs_makes_one_the_other(a: Structure, b: Structure) -> None:
    changed = apply(a, diff(a, b))

    assert contents(changed) == contents(b)
    assert order(changed) == order(b)
    assert diff(changed, b) == []


@given(structures(), structures())
@settings(max_examples=25, deadline=None)
def test_every_change_has_an_inverse(a: Structure, b: Structure) -> None:
    changes = diff(a, b)

    assert contents(apply(apply(a, changes), inverse(a, changes))) == contents(a)


def unordered(structure: Structure) -> Structure:
    """Return the contents without the order of relations, which `arrange` alone is about."""
    links = sorted(structure.relations, key=lambda link: (link.relation, link.superior, link.subordinate))
    return replace(contents(structure), relations=tuple(links))


@given(structures(), structures(), st.data())
@settings(max_examples=25, deadline=None)
def test_changes_of_different_values_commute(a: Structure, b: Structure, data: st.DataObject) -> None:
    """Whatever two changes of a list can each be made alone can be made in either order, to the same end."""
    possible = []
    for change in diff(a, b):
        try:
            apply(a, [change])
        except InputError:
            continue
        if "arrange" not in change:
            possible.append(change)
    if len(possible) < 2:
        return
    one, other = data.draw(st.permutations(possible))[:2]

    assert unordered(apply(a, [one, other])) == unordered(apply(a, [other, one]))


def test_two_changes_of_one_value_are_refused() -> None:
    structure = Structure("x", Text("X"), places=PLACES)
    move = {"set": "place", "id": "tokyo", "key": "name", "to": "Edo"}
    with pytest.raises(InputError) as refused:
        apply(structure, [move, move])
    assert [problem.rule for problem in refused.value.problems] == ["two-changes-of-one-value"]


def test_the_given_structure_is_left_as_it_was() -> None:
    structure = Structure("x", Text("X"), places=dict(PLACES))
    changed = apply(structure, [{"remove": "place", "id": "tokyo"}])
    assert list(structure.places) == ["tokyo", "honolulu"]
    assert list(changed.places) == ["honolulu"]
