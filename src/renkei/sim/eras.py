"""A structure that changes within a run: its eras, and one structure that has the desks and channels of all of them.

A phase that falls within a scenario's run ends an era at midnight, by the scenario's zone. From then on decisions are
raised in the new structure; one that is on its way goes on by the way on which it was raised. A desk that stays as it
is stays one desk. One whose people, hours, place or holder change becomes another desk, ``hq.desk@DATE``: what waits or
is in hand at the old one passes to it, with what is done done. What is at a desk that is taken away passes to its named
successor, else to the headquarters above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from renkei.model.scenario import Scenario
from renkei.model.structure import Channel, Desk, Headquarters, Person, Structure
from renkei.sim import calendars as cal
from renkei.sim.emitter import hq_of
from renkei.sim.program import NEVER
from renkei.sim.routes import NoRoute, Routes


@dataclass(frozen=True, slots=True)
class Era:
    """A time in which the structure stays as it is."""

    begins_us: int
    ends_us: int
    """NEVER for the last."""
    structure: Structure
    """As it then is; a person or a channel that is not what it was before has ``@DATE`` after its id."""
    desks: Mapping[str, str]
    """The name among all eras' desks, by ``hq.desk``."""


@dataclass(frozen=True, slots=True)
class Eras:
    """All eras of a run."""

    together: Structure
    """Headquarters, persons, channels and familiarity of all eras; a desk that changes is there more than once."""
    each: tuple[Era, ...]
    houses: Mapping[str, Headquarters]
    """The headquarters of each desk, as it is while the desk is there."""
    ends: Mapping[str, tuple[int, str]]
    """When a desk ends before the run does, and the desk to which its work passes; empty where there is none."""


def eras_of(structure: Structure, span: cal.Span, zone: str) -> Eras:
    """Return the eras of a structure (see ``Structure.later``) in a run.

    Parameters
    ----------
    structure
        With what it becomes.
    span
        The run's.
    zone
        In which a phase begins at midnight.
    """
    from renkei.zones import zone as zone_of

    dated = [("", structure), *structure.later]
    begins = [0, *(span.offset_us(cal.local_moment(date.fromisoformat(on), 0, zone_of(zone))) for on, _ in dated[1:])]
    known: dict[tuple[str, str], object] = {}
    """What a desk, person or channel was when last seen, by kind and id."""
    names: dict[tuple[str, str], str] = {}
    eras = []
    for number, (on, here) in enumerate(dated):
        renamed = _renamed(here, on, known, names)
        desks = {}
        for house in here.headquarters.values():
            for function in house.desks:
                name = f"{house.id}.{function}"
                desks[name] = _named("desk", name, _signature(renamed, name), on, known, names)
        ends = begins[number + 1] if number + 1 < len(dated) else NEVER
        eras.append(Era(begins[number], ends, renamed, desks))
    return Eras(_together(eras), tuple(eras), _houses(eras), _ends(eras))


def refuse_out_and_changed(eras: Eras, scenario: Scenario) -> None:
    """Raise where a desk is out for a time, and a phase of the same run changes it later: to whom would its work go?

    Raises
    ------
    NoRoute
        Naming the first such desk.
    """
    for named, (end_us, _) in eras.ends.items():
        name, house = named.partition("@")[0], eras.houses[named]
        for disruption in scenario.disruptions:
            if (
                disruption.kind == "out"
                and disruption.target in (name, house.id, house.place)
                and disruption.begins_s * 1e6 < end_us
            ):
                raise NoRoute(
                    "out-and-changed",
                    f"`{name}` is out for a time, and a phase of the same run changes it later",
                    "let the run end before the phase, or take the disruption away",
                )


def _named(
    kind: str, id: str, now: object, on: str, known: dict[tuple[str, str], object], names: dict[tuple[str, str], str]
) -> str:
    """Return the name of something among all eras: as before where it is as before, else with the date."""
    if known.get((kind, id)) != now:
        names[kind, id] = f"{id}@{on}" if (kind, id) in known else id
        known[kind, id] = now
    return names[kind, id]


def _renamed(
    structure: Structure, on: str, known: dict[tuple[str, str], object], names: dict[tuple[str, str], str]
) -> Structure:
    persons: dict[str, Person] = {}
    for person in structure.persons.values():
        posts = tuple(_signature(replace(structure, persons={}), post) for post in person.posts)
        name = _named("person", person.id, (person, posts), on, known, names)
        persons[name] = replace(person, id=name)
    channels: dict[str, Channel] = {}
    for channel in structure.channels.values():
        name = _named("channel", channel.id, channel, on, known, names)
        channels[name] = replace(channel, id=name)
    return replace(structure, persons=persons, channels=channels, later=())


def _signature(structure: Structure, name: str) -> tuple[object, ...]:
    """Return all that makes a desk what it is: its own words, where it is, and who holds it."""
    house = structure.headquarters[hq_of(name)]
    holder = next((person.id for person in structure.persons.values() if name in person.posts), "")
    return (house.desks[name.partition(".")[2]], house.place, structure.places[house.place].zone, house.nations, holder)


def _together(eras: Sequence[Era]) -> Structure:
    first = eras[0].structure
    houses: dict[str, Headquarters] = {}
    desks: dict[str, dict[str, Desk]] = {}
    persons: dict[str, Person] = {}
    for era in eras:
        for house in era.structure.headquarters.values():
            houses.setdefault(house.id, house)
            for function, desk in house.desks.items():
                named = era.desks[f"{house.id}.{function}"].partition(".")[2]
                successor = era.desks.get(desk.successor, "")
                desks.setdefault(house.id, {}).setdefault(named, replace(desk, function=named, successor=successor))
        for person in era.structure.persons.values():
            posts = tuple(era.desks[post] for post in person.posts)
            persons.setdefault(person.id, replace(person, posts=posts))
    return replace(
        first,
        places={id: place for era in reversed(eras) for id, place in era.structure.places.items()},
        headquarters={id: replace(house, desks=desks.get(id, {})) for id, house in houses.items()},
        persons=persons,
        channels={id: channel for era in eras for id, channel in era.structure.channels.items()},
        familiarity={id: pair for era in reversed(eras) for id, pair in era.structure.familiarity.items()},
    )


def _houses(eras: Sequence[Era]) -> dict[str, Headquarters]:
    houses: dict[str, Headquarters] = {}
    for era in eras:
        for name, named in era.desks.items():
            houses.setdefault(named, era.structure.headquarters[hq_of(name)])
    return houses


def _ends(eras: Sequence[Era]) -> dict[str, tuple[int, str]]:
    ends = {}
    for before, after in pairwise(eras):
        for name, named in before.desks.items():
            if after.desks.get(name) != named:
                ends[named] = (before.ends_us, _heir(name, before, after))
    return ends


def _heir(name: str, before: Era, after: Era) -> str:
    """Return the desk that takes over from one that is no longer there: the same anew, its successor, or one above."""
    if name in after.desks:
        return after.desks[name]
    house, _, function = name.partition(".")
    successor = before.structure.headquarters[house].desks[function].successor
    if successor in after.desks:
        return after.desks[successor]
    then, now = Routes(before.structure), Routes(after.structure)
    above: str | None = house
    for _ in range(len(before.structure.headquarters)):
        if above in after.structure.headquarters and after.structure.headquarters[above].desks:
            return after.desks[now.desk(above, function)]
        above = then.above(above) if above else None
    return ""
