"""Compile a structure under a scenario: instructions, calendars, staff and sources become flat arrays.

A program is made once; ``Program.bind`` then turns one future (a number for every assumption) into the arrays that the
kernel runs. Slots are made for the highest strength that any future may draw; hours of duty are not uncertain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from renkei.model.doctrine import Doctrine
from renkei.model.quantity import Assumptions, Distribution, Quantity
from renkei.model.scenario import Demand, Disruption, Scenario
from renkei.model.structure import Desk, Duty, Headquarters, Hours, Journey, Person, Recall, Structure
from renkei.sim import calendars as cal
from renkei.sim import outside
from renkei.sim.assembler import TOO_LONG, Assembler, class_of
from renkei.sim.emitter import ChannelUse, StepInfo, desks_of, hq_of, name_key
from renkei.sim.eras import Era, Eras, eras_of, refuse_out_and_changed
from renkei.sim.program import (
    CALENDAR_ALWAYS,
    CALENDAR_NEVER,
    NEVER,
    NO_PRECEDENCE,
    PRECEDENCES,
    Bound,
    Dist,
    Fixed,
    Floats,
    Ints,
    Op,
    Outside,
    Source,
)
from renkei.sim.routes import NoRoute
from renkei.zones import zone as zone_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MICROSECONDS = 1_000_000
SAMPLES = 64
GONE = 64
"""Half-lives after which a surge is over."""
CONTACT_BY_KIND = {
    "face-to-face": 1.0,
    "video": 0.6,
    "telephone": 0.4,
    "chat": 0.1,
    "message": 0.0,
    "courier": 0.0,
}
"""Weight of a contact-hour over each kind of channel where the structure does not say: a guess, and so named in
the manual."""
KINDS: dict[str, int] = {
    "constant": Dist.CONSTANT,
    "uniform": Dist.UNIFORM,
    "triangular": Dist.TRIANGULAR,
    "pert": Dist.PERT,
    "exponential": Dist.EXPONENTIAL,
    "lognormal": Dist.LOGNORMAL,
    "gamma": Dist.GAMMA,
    "weibull": Dist.WEIBULL,
    "empirical": Dist.EMPIRICAL,
}


class CompileError(Exception):
    """A structure cannot carry a class of decision. ``rule``, ``message``, ``help`` as in a diagnostic."""

    def __init__(self, rule: str, message: str, help_text: str, structure: str, scenario: str) -> None:
        super().__init__(f"{message} (structure `{structure}`, scenario `{scenario}`)")
        self.rule = rule
        self.message = message
        self.help = help_text
        self.structure = structure
        self.scenario = scenario

    def __reduce__(self) -> tuple[type[CompileError], tuple[str, ...]]:
        """Say how it is made again: it may come from another process."""
        return type(self), (self.rule, self.message, self.help, self.structure, self.scenario)


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of a station in one posture: groups of a calendar's number and a strength."""

    groups: tuple[tuple[int, Quantity], ...]
    unions: dict[frozenset[int], int]
    """Number of the calendar that is open while any of these groups is on duty."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A demand as the kernel sees it."""

    id: str
    decision_class: str
    kind: int
    counted: bool
    steps_us: tuple[int, ...]
    """POISSON: where each step of the rate begins. LIST: the moments."""
    rates: tuple[tuple[Quantity, float], ...] = ()
    """POISSON: the rate of each step and a factor."""
    every: Quantity | None = None
    first: Quantity | None = None
    lasting: bool = True
    """Whether it goes on in the long run (a surge or a list does not)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of all steps of all sources: few quantities, which recur with factors of their own every week."""

    quantities: tuple[Quantity, ...]
    number: Ints
    """(steps,): which quantity; of a list, which has moments and no rates, any."""
    factor: Floats
    """(steps,): times how much; 0 where there is no rate."""

    @classmethod
    def among(cls, sources: Sequence[SourceInfo]) -> Rates:
        """Return the rates of sources, step by step."""
        quantities: dict[Quantity, int] = {}
        numbers, factors = [], []
        for source in sources:
            for quantity, factor in source.rates or [(NOTHING, 0.0)] * len(source.steps_us):
                numbers.append(quantities.setdefault(quantity, len(quantities)))
                factors.append(factor)
        return cls(tuple(quantities), ints(numbers), floats(factors))

    def of(self, future: dict[str, float]) -> Floats:
        """Return the rate of every step in one future, per second."""
        return floats([quantity.of(future) for quantity in self.quantities])[self.number] * self.factor


NOTHING = Quantity(value=0.0)


@dataclass(frozen=True, slots=True)
class Program:
    """A structure under a scenario, ready to run.

    Names are in the order of the arrays: ``desks`` as ``headquarters.desk``, ``steps`` one for each instruction.
    """

    structure: str
    scenario: str
    fixed: Fixed
    desks: tuple[str, ...]
    stations: tuple[tuple[str, ...], ...]
    """The desks that each station serves."""
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    counted: tuple[bool, ...]
    channels: tuple[str, ...]
    marks: tuple[str, ...]
    pairs: tuple[str, ...]
    postures: tuple[str, ...]
    steps: tuple[StepInfo, ...]
    length_us: int
    warm_up_us: int
    cool_down_us: int
    source_info: tuple[SourceInfo, ...]
    _rates: Rates
    _staff: tuple[tuple[Staff, ...], ...]
    """By posture, then station."""
    _distributions: tuple[Distribution, ...]
    _probabilities: tuple[object, ...]
    _durations: tuple[Quantity, ...]
    _recalls: tuple[tuple[Quantity, Quantity] | None, ...]
    _contacts: tuple[Quantity, ...]
    _pair_values: tuple[tuple[Quantity, Quantity], ...]
    _deadlines: tuple[tuple[str, Quantity], ...]
    _doctrine: Doctrine
    _scenario_name: str = field(default="")
    away: tuple[tuple[tuple[int, int], ...], ...] = ()
    """When the person of each station is on the way and cannot be reached there."""

    def bind(self, future: dict[str, float]) -> Bound:
        """Return the arrays of one future.

        Parameters
        ----------
        future
            A number in base units for every assumption, by id.
        """
        kinds = self.fixed.distribution_kind
        p0, p1, p2, p3, values = distribution_arrays(self._distributions, kinds, future)
        slot_calendar, station_calendar = self._duty(future)
        recall = [(us(r[0].of(future)), us(r[1].of(future))) if r else (0, 0) for r in self._recalls]
        law = self._doctrine.familiarity
        half_life_h = max(law.half_life.of(future) / 3600.0, 1e-9)
        pairs = len(self._pair_values)
        rates, offsets, intervals = self._source_arrays(future)
        return Bound(
            slot_calendar=slot_calendar,
            station_calendar=station_calendar,
            station_recall_us=ints([after for after, _ in recall]),
            station_stand_down_us=ints([stay for _, stay in recall]),
            duration_us=ints([us(quantity.of(future)) for quantity in self._durations]),
            distribution_p0=p0,
            distribution_p1=p1,
            distribution_p2=p2,
            distribution_p3=p3,
            values=values,
            probability=floats([quantity.of(future) for quantity in self._probabilities]),  # type: ignore[attr-defined]
            channel_contact=floats([quantity.of(future) for quantity in self._contacts]),
            source_rate=rates,
            source_offset_us=offsets,
            source_interval_us=intervals,
            pair_start=floats([start.of(future) for start, _ in self._pair_values]),
            # the gain is given per contact-hour: its base unit is per second of contact
            pair_gain=np.full(pairs, law.gain.of(future) * 3600.0),
            pair_fade=np.full(pairs, math.log(2.0) / half_life_h),
            pair_contact=floats([contact.of(future) for _, contact in self._pair_values]),
            pair_kept=np.full(pairs, law.kept.of(future)),
            activation_us=ints([us(quantity.of(future)) for _, quantity in self._doctrine.postures]),
            effects=floats(
                [
                    law.effect.of(future),
                    self._doctrine.friction.work.of(future),
                    self._doctrine.friction.returns.of(future),
                ]
            ),
        )

    def source_keys(self, seed: int, future: int, replication: int) -> Ints:
        """Return the key of each source's draws: a hash of names, the same in every structure."""
        return ints(
            [name_key(str(seed), self._scenario_name, str(future), str(replication), name) for name in self.sources]
        )

    def deadlines(self, future: dict[str, float]) -> dict[str, float]:
        """Return the deadline of each class that has one, in seconds."""
        return {name: quantity.of(future) for name, quantity in self._deadlines}

    def strengths(self, future: dict[str, float], posture: int = 0) -> list[int]:
        """Return how many people each station has on its rolls in a posture."""
        return [sum(people(strength, future) for _, strength in staff.groups) for staff in self._staff[posture]]

    def loads(self, future: dict[str, float]) -> dict[str, float]:
        """Return offered work over open capacity of each desk with lasting work: see ``renkei.sim.loads``."""
        from renkei.sim.loads import offered_loads

        return offered_loads(self, self.bind(future))

    def _duty(self, future: dict[str, float]) -> tuple[Ints, Ints]:
        first = self.fixed.station_first.tolist()
        slots = first[-1]
        slot_calendar = [CALENDAR_NEVER] * (len(self.postures) * slots)
        station_calendar = []
        for posture, staffs in enumerate(self._staff):
            for station, staff in enumerate(staffs):
                at = posture * slots + first[station]
                present = set()
                for number, (calendar, strength) in enumerate(staff.groups):
                    count = people(strength, future)
                    slot_calendar[at : at + count] = [calendar] * count
                    at += count
                    if count:
                        present.add(number)
                station_calendar.append(staff.unions[frozenset(present)])
        return ints(slot_calendar), ints(station_calendar)

    def _source_arrays(self, future: dict[str, float]) -> tuple[Floats, Ints, Ints]:
        rates = self._rates.of(future)
        offsets, intervals = [], []
        for source in self.source_info:
            every = us(source.every.of(future)) if source.every is not None else NEVER // 4
            offsets.append(us(source.first.of(future)) if source.first is not None else every)
            intervals.append(max(1, every))
        return rates, ints(offsets), ints(intervals)


def us(seconds: float) -> int:
    """Return a duration in whole microseconds, rounded to nearest; never below 0."""
    return min(NEVER // 4, max(0, math.floor(seconds * 1e6 + 0.5)))


def people(strength: Quantity, future: dict[str, float]) -> int:
    """Return a strength as whole people: rounded to nearest, halves up."""
    return max(0, math.floor(strength.of(future) + 0.5))


def ints(values: Sequence[int]) -> Ints:
    """Return whole numbers as an array for the kernel."""
    return np.array(values, dtype=np.int64)


def floats(values: Sequence[float]) -> Floats:
    """Return numbers as an array for the kernel."""
    return np.array(values, dtype=np.float64)


def distribution_arrays(
    distributions: Sequence[Distribution], kinds: Ints, future: dict[str, float]
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the four parameter arrays that the kernel wants, and the samples of empirical distributions."""
    rows: list[tuple[float, float, float, float]] = []
    values: list[float] = []
    for distribution, kind in zip(distributions, kinds, strict=True):
        given = [quantity.of(future) for quantity in distribution.parameters]
        times = 1.0 if distribution.times is None else distribution.times.of(future)
        if kind == Dist.EMPIRICAL:
            rows.append((float(len(values)), float(len(given)), 0.0, 0.0))
            values += [value * times for value in given]
        else:
            rows.append(kernel_parameters(int(kind), given, times))
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    p0, p1, p2, p3 = (np.ascontiguousarray(table[:, column]) for column in range(4))
    return p0, p1, p2, p3, floats(values)


def kernel_parameters(kind: int, given: Sequence[float], times: float = 1.0) -> tuple[float, float, float, float]:
    """Turn a distribution's parameters into those of docs/machine.md.

    References
    ----------
    PERT: Malcolm, Roseboom, Clark and Fazar (1959), with shapes ``1 + 4 (m - a)/(b - a)``
    and ``1 + 4 (b - m)/(b - a)``.
    Lognormal from mean m and spread c: ``sigma^2 = ln(1 + c^2)``, ``mu = ln m - sigma^2/2``. Gamma: shape ``1/c^2``,
    scale ``m c^2``.
    """
    if kind == Dist.PERT:
        low, typical, high = (value * times for value in given)
        if high <= low:
            return (low, low, 1.0, 1.0)
        typical = min(max(typical, low), high)  # so that no shape is below 1, whatever a model says
        return (low, high, 1 + 4 * (typical - low) / (high - low), 1 + 4 * (high - typical) / (high - low))
    if kind in (Dist.LOGNORMAL, Dist.GAMMA):
        mean, spread = given[0] * times, given[1]
        if kind == Dist.LOGNORMAL:
            variance = math.log1p(spread * spread)
            return ((math.log(mean) if mean > 0 else -700.0) - variance / 2, math.sqrt(variance), 0.0, 0.0)
        squared = max(spread * spread, 1e-12)
        return (1.0 / squared, mean * squared, 0.0, 0.0)
    if kind == Dist.TRIANGULAR:
        low, typical, high = (value * times for value in given)
        return (low, min(max(typical, low), max(low, high)), max(low, high), 0.0)
    if kind == Dist.WEIBULL:
        return (given[1], given[0] * times, 0.0, 0.0)
    padded = [value * times for value in given] + [0.0] * 4
    return (padded[0], padded[1], padded[2], padded[3])


def compile_program(
    structure: Structure,
    doctrine: Doctrine,
    scenario: Scenario,
    assumptions: Assumptions | None = None,
    *,
    event_limit: int = 0,
) -> Program:
    """Compile a structure under a scenario. ``event_limit`` above 0 stops a run there.

    Raises
    ------
    CompileError
        Where a process needs what the structure lacks: a channel, a counterpart, a holder of authority.
    """
    try:
        return Compiler(structure, doctrine, scenario, assumptions or Assumptions(), event_limit).program()
    except NoRoute as missing:
        raise CompileError(missing.rule, missing.message, missing.help, structure.id, scenario.id) from None
    except RecursionError:
        raise CompileError(*TOO_LONG, structure.id, scenario.id) from None


@dataclass(slots=True)
class Compiler:
    """Holds what is known while a program is made."""

    structure: Structure
    doctrine: Doctrine
    scenario: Scenario
    assumptions: Assumptions
    event_limit: int = 0
    assembler: Assembler = field(init=False)
    span: cal.Span = field(init=False)
    calendars: cal.CalendarTable = field(default_factory=cal.CalendarTable)
    away: dict[str, Away] = field(init=False)
    holders: dict[str, Person] = field(init=False)
    """The person who holds each post."""
    eras: Eras | None = field(init=False, default=None)
    """Where the structure changes within the run. ``structure`` is then that of all eras together."""
    _asked: list[tuple[int, Era]] = field(default_factory=list)
    """How many instructions ask after something (``Assembler.open_checks``) at the end of each era's code."""
    _staffs: dict[object, Staff] = field(default_factory=dict)
    """What desks with equal duty share: a structure has thousands of desks, and few kinds of duty."""

    def __post_init__(self) -> None:
        self.span = cal.Span(self.scenario.start, self.scenario.length_s)
        if self.structure.later:
            self.eras = eras_of(self.structure, self.span, self.scenario.zone)
            refuse_out_and_changed(self.eras, self.scenario)
            self.structure = self.eras.together
        self.holders = {post: person for person in reversed(self.structure.persons.values()) for post in person.posts}
        self.assembler = Assembler(self.structure, self.doctrine)
        self.away = {person.id: self._away(person) for person in self.structure.persons.values() if person.journeys}

    def program(self) -> Program:
        """Compile everything."""
        desks = dict(self.assembler.desks)
        entries, sources = self._sources()
        stations, desk_station = self._stations(desks)
        postures = [name for name, _ in self.doctrine.postures]
        staff = tuple(tuple(self._staff(desks, posture) for desks in stations) for posture in postures)
        strongest = [
            max(sum(self._highest(strength) for _, strength in by_posture[number].groups) for by_posture in staff)
            for number in range(len(stations))
        ]
        station_first = ints([0, *np.cumsum(strongest).tolist()])
        recalls = [self._recall_of(desks) for desks in stations]
        uses = list(self.assembler.channel_uses.items)
        channel_calendar = [self._channel_calendar(use) for use in uses]
        self._set_open_checks(staff, desk_station)
        events = self._outside(uses, desks, desk_station)
        distributions = tuple(self.assembler.distributions.items)
        kinds = ints([KINDS[distribution.kind] for distribution in distributions])
        first, opens, closes, before = self.calendars.arrays()
        code = self.assembler.code
        length_us = us(self.scenario.length_s)
        classes = {name: number for number, name in enumerate(self.doctrine.classes)}
        fixed = Fixed(
            calendar_first=first,
            segment_open=opens,
            segment_close=closes,
            segment_before=before,
            station_first=station_first,
            station_finish=ints([int(self._desk(desks[0]).at_close == "finish") for desks in stations]),
            station_interrupt=ints([self._interrupts(desks) for desks in stations]),
            station_recall=ints(
                [PRECEDENCES.index(recall.precedence) if recall else NO_PRECEDENCE for recall in recalls]
            ),
            station_recall_count=ints([recall.people if recall else 0 for recall in recalls]),
            slot_station=ints([number for number, count in enumerate(strongest) for _ in range(count)]),
            desk_station=ints(desk_station),
            desk_successor=ints([self._successor(name, desks) for name in desks]),
            op_code=ints([i.op for i in code]),
            op_a=ints([i.a for i in code]),
            op_b=ints([i.b for i in code]),
            op_c=ints([i.c for i in code]),
            op_d=ints([i.d for i in code]),
            op_e=ints([i.e for i in code]),
            op_f=ints([i.f for i in code]),
            op_key=ints([i.key for i in code]),
            branch_pc=ints(self.assembler.branch_pcs),
            branch_context=ints(self.assembler.branch_contexts),
            channel_list=ints(self.assembler.channel_lists.items),
            meeting_desk=ints(self.assembler.meeting_desks.items),
            channel_calendar=ints(channel_calendar),
            source_class=ints([classes[source.decision_class] for source in sources]),
            source_entry=ints(entries),
            source_kind=ints([source.kind for source in sources]),
            source_first=ints([0, *np.cumsum([len(source.steps_us) for source in sources]).tolist()]),
            source_time=ints([moment for source in sources for moment in source.steps_us]),
            pair_count=ints([len(self.assembler.pairs)]),
            outside_time=ints([event[0] for event in events]),
            outside_kind=ints([event[1] for event in events]),
            outside_a=ints([event[2] for event in events]),
            outside_b=ints([event[3] for event in events]),
            shift_time=ints(self._shift_times()),
            distribution_kind=kinds,
            header=ints(
                [
                    len(postures),
                    postures.index(self.scenario.posture),
                    length_us,
                    length_us // 2,
                    max(1, length_us // 2 // SAMPLES),
                    SAMPLES,
                    self.event_limit,
                    0,
                ]
            ),
        )
        return Program(
            structure=self.structure.id,
            scenario=self.scenario.id,
            fixed=fixed,
            desks=tuple(desks),
            stations=tuple(tuple(desks) for desks in stations),
            classes=tuple(self.doctrine.classes),
            sources=tuple(source.id for source in sources),
            counted=tuple(source.counted for source in sources),
            channels=tuple(use.channel or "in person" for use in uses),
            marks=tuple(self.assembler.marks.items),
            pairs=tuple(self.assembler.pairs),
            postures=tuple(postures),
            steps=tuple(self.assembler.info),
            length_us=length_us,
            warm_up_us=us(self.scenario.warm_up_s),
            cool_down_us=us(self.scenario.cool_down_s),
            source_info=tuple(sources),
            _rates=Rates.among(sources),
            _staff=staff,
            _distributions=distributions,
            _probabilities=tuple(self.assembler.probabilities.items),
            _durations=tuple(self.assembler.durations.items),
            _recalls=tuple((recall.after, recall.stand_down) if recall else None for recall in recalls),
            _contacts=tuple(self._contact(use) for use in uses),
            _pair_values=tuple((pair.start, pair.contact) for pair in self.structure.familiarity.values()),
            _deadlines=tuple((c.id, c.deadline) for c in self.doctrine.classes.values() if c.deadline is not None),
            _doctrine=self.doctrine,
            _scenario_name=self.scenario.id,
            away=tuple(self._on_the_way(desks) for desks in stations),
        )

    # ---- people

    def _on_the_way(self, desks: Sequence[str]) -> tuple[tuple[int, int], ...]:
        person = next((p for p in self.structure.persons.values() if desks[0] in p.posts), None)
        away = self.away.get(person.id) if person is not None else None
        return () if away is None or away.reachable_on_way else tuple(away.way)

    def _house(self, name: str) -> Headquarters:
        """Return a desk's headquarters, as it is while the desk is there."""
        return self.eras.houses[name] if self.eras is not None else self.structure.headquarters[hq_of(name)]

    def _desk(self, name: str) -> Desk:
        return self.structure.headquarters[hq_of(name)].desks[name.partition(".")[2]]

    def _stations(self, names: Iterable[str]) -> tuple[list[list[str]], list[int]]:
        """Put desks into stations: the posts of one person share one."""
        holder = {post: person.id for person in self.structure.persons.values() for post in person.posts}
        stations: dict[str, list[str]] = {}
        for name in names:
            stations.setdefault(holder.get(name, name), []).append(name)
        numbers = {name: number for number, desks in enumerate(stations.values()) for name in desks}
        return list(stations.values()), [numbers[name] for name in names]

    def _staff(self, desks: Sequence[str], posture: str) -> Staff:
        person = self.holders.get(desks[0])
        if person is None:
            headquarters = self._house(desks[0])
            zone = self.structure.places[headquarters.place].zone
            lineage = self.doctrine.lineage(posture)
            key = (duties(self._desk(desks[0]), lineage), zone, headquarters.nations)
            if key not in self._staffs:
                self._staffs[key] = self._numbered(
                    [(self._openings(duty.hours, headquarters), duty.strength) for duty in key[0]]
                )
            return self._staffs[key]
        hours = cal.merged(
            segment
            for name in desks
            for duty in duties(self._desk(name), self.doctrine.lineage(posture))
            for segment in self._openings(duty.hours, self._house(name))
        )
        if person.id in self.away:
            hours = self._travelling(person, desks, posture, hours)
        return self._numbered([(hours, Quantity(value=1.0))])

    def _numbered(self, groups: Sequence[tuple[cal.Segments, Quantity]]) -> Staff:
        numbered = tuple((self.calendars.number(segments), strength) for segments, strength in groups)
        may_be_empty = {n for n, (_, strength) in enumerate(groups) if self._lowest(strength) == 0}
        unions = {}
        everyone = frozenset(range(len(groups)))
        for missing in subsets(may_be_empty):
            present = everyone - missing
            union = cal.merged(segment for n in present for segment in groups[n][0])
            unions[present] = self.calendars.number(union)
        return Staff(numbered, unions)

    def _openings(self, hours: Hours, headquarters: Headquarters) -> cal.Segments:
        zone = self.structure.places[headquarters.place].zone
        return cal.opened(hours, zone, headquarters.nations, self.span)

    def _highest(self, strength: Quantity) -> int:
        if strength.assumption is None:
            return people(strength, {})
        return math.floor(self.assumptions.assumptions[strength.assumption].high * strength.factor + 0.5)

    def _lowest(self, strength: Quantity) -> int:
        if strength.assumption is None:
            return people(strength, {})
        return math.floor(self.assumptions.assumptions[strength.assumption].low * strength.factor + 0.5)

    def _typical(self, quantity: Quantity) -> float:
        if quantity.assumption is None:
            return quantity.of({})
        return self.assumptions.assumptions[quantity.assumption].typical * quantity.factor

    def _interrupts(self, desks: Sequence[str]) -> int:
        named = [self._desk(name).interrupts for name in desks]
        return min((PRECEDENCES.index(p) for p in named if p is not None), default=NO_PRECEDENCE)

    def _recall_of(self, desks: Sequence[str]) -> Recall | None:
        return next((self._desk(name).recall for name in desks if self._desk(name).recall is not None), None)

    def _successor(self, name: str, desks: Mapping[str, int]) -> int:
        successor = self._desk(name).successor
        if self.eras is not None and name in self.eras.ends:
            successor = self.eras.ends[name][1]
        return desks[successor] if successor else -1

    # ---- journeys

    def _away(self, person: Person) -> Away:
        """Expand a person's journeys over the scenario; hours of duty are not uncertain, so typical times count."""
        home = self._house(person.posts[0])
        zone = zone_of(self.structure.places[home.place].zone)
        way: list[tuple[int, int]] = []
        stays: dict[str, list[tuple[int, int]]] = {}
        for journey in person.journeys:
            for leaves in self._departures(journey, zone):
                arrives = leaves + us(self._typical(journey.out))
                returns = arrives + us(self._typical(journey.stay))
                back = returns + us(self._typical(journey.back))
                way += [(leaves, arrives), (returns, back)]
                stays.setdefault(journey.to, []).append((arrives, returns))
        return Away(
            way=cal.merged(way),
            stays={place: cal.merged(segments) for place, segments in stays.items()},
            reachable_on_way=any(journey.channels for journey in person.journeys),
        )

    def _departures(self, journey: Journey, zone: ZoneInfo) -> Iterator[int]:
        day = date.fromisoformat(journey.first)
        step = timedelta(weeks=journey.every)
        begins = self.scenario.start.astimezone(zone).date()
        if day < begins:
            day += step * ((begins - day) // step)
        horizon = us(self.scenario.length_s) + cal.MARGIN // timedelta(microseconds=1)
        while (leaves := self.span.offset_us(cal.local_moment(day, journey.leaves, zone))) < horizon:
            yield leaves
            day += step

    def _travelling(self, person: Person, desks: Sequence[str], posture: str, at_home: cal.Segments) -> cal.Segments:
        """Return when a traveller is on duty: at home, in the hours of the place of a stay, on the way if reachable."""
        away = self.away[person.id]
        gone = cal.merged([*away.way, *(segment for stay in away.stays.values() for segment in stay)])
        parts = list(cal.without(at_home, gone))
        nations = self._house(desks[0]).nations
        for place, stay in away.stays.items():
            for name in desks:
                for duty in duties(self._desk(name), self.doctrine.lineage(posture)):
                    hours = replace(duty.hours, zone="")
                    there = cal.opened(hours, self.structure.places[place].zone, nations, self.span)
                    parts += cal.common(there, stay)
        if away.reachable_on_way:
            parts += cal.common(at_home, away.way)
        return cal.merged(parts)

    def _set_open_checks(self, staff: Sequence[Sequence[Staff]], desk_station: Sequence[int]) -> None:
        """Give every IF_OPEN its calendar: when a channel is open, or somebody in reach.

        A channel is not open while it is out; outages are known beforehand.
        """
        questions = list(self.assembler.reach.items)
        for number, pc in enumerate(self.assembler.open_checks):
            question = questions[self.assembler.code[pc].a]
            era = next((era for until, era in self._asked if number < until), None)
            if isinstance(question, ChannelUse):
                out = cal.merged(self._spells_out(question.channel))
                number = self.calendars.number(cal.without(self._channel_hours(question), out))
            elif not question.posture:
                person = self.holders[era.desks[question.desk] if era is not None else question.desk]
                away = self.away[person.id]
                reachable = cal.ALWAYS if away.reachable_on_way else cal.without(cal.ALWAYS, away.way)
                number = self.calendars.number(reachable)
            else:
                posture = [name for name, _ in self.doctrine.postures].index(question.posture)
                desks = self.assembler.desks if era is None else self._numbers(era)
                people_there = staff[posture][desk_station[desks[question.desk]]]
                groups = enumerate(people_there.groups)
                present = frozenset(number for number, (_, strength) in groups if self._highest(strength) > 0)
                number = people_there.unions[present]
            self.assembler.code[pc] = self.assembler.code[pc]._replace(a=number)

    # ---- channels

    def _channel_calendar(self, use: ChannelUse) -> int:
        return self.calendars.number(self._channel_hours(use)) if use.channel else CALENDAR_ALWAYS

    def _channel_hours(self, use: ChannelUse) -> cal.Segments:
        channel = self.structure.channels[use.channel]
        hours = cal.ALWAYS
        if not channel.hours.always:
            end = next((e for e in channel.between if e in self.structure.headquarters), None)
            first: Headquarters | None = self.structure.headquarters[end] if end else None
            zone = channel.hours.zone or (self.structure.places[first.place].zone if first else self.scenario.zone)
            hours = cal.opened(channel.hours, zone, first.nations if first else (), self.span)
        if use.when:
            person, when, *place = use.when.split("|")
            away = self.away[person]
            gone = cal.merged([*away.way, *(segment for stay in away.stays.values() for segment in stay)])
            if when == "home":
                present = cal.without(cal.ALWAYS, gone)
            else:
                present = away.way if when == "way" else away.stays.get(place[0], ())
            hours = cal.common(hours, present)
        return hours

    def _contact(self, use: ChannelUse) -> Quantity:
        if not use.channel:
            return Quantity(value=1.0)
        channel = self.structure.channels[use.channel]
        return channel.contact or Quantity(value=CONTACT_BY_KIND[channel.kind])

    # ---- demands

    def _sources(self) -> tuple[list[int], list[SourceInfo]]:
        demands = list(self.scenario.demands.values())
        entries = self._entries(demands) if self.eras is None else self._entries_by_era(demands, self.eras)
        return entries, [self._source(demand) for demand in demands]

    def _entries(self, demands: Sequence[Demand]) -> list[int]:
        """Return where the decisions of each demand begin, in the structure at hand."""
        known: dict[tuple[str, str, tuple[str, ...]], int] = {}
        for demand in demands:
            key = (demand.decision_class, demand.at, demand.executors)
            if key not in known:
                known[key] = self.assembler.assemble(class_of(self.doctrine, demand), demand.at)
        return [known[demand.decision_class, demand.at, demand.executors] for demand in demands]

    def _entries_by_era(self, demands: Sequence[Demand], eras: Eras) -> list[int]:
        """Return where the decisions of each demand begin: where it is asked which era it is."""
        by_era = []
        for era in eras.each:
            self.assembler.enter(era.structure, self._numbers(era))
            by_era.append(self._entries(demands))
            self._asked.append((len(self.assembler.open_checks), era))
        since = [self.calendars.number(((era.begins_us, NEVER),)) for era in eras.each[1:]]
        known: dict[tuple[int, ...], int] = {}
        for entries in zip(*by_era, strict=True):
            if entries not in known:
                known[entries] = self.assembler.latest(entries, since)
        return [known[entries] for entries in zip(*by_era, strict=True)]

    def _numbers(self, era: Era) -> dict[str, int]:
        """Return the number of each desk of an era among those of all eras."""
        assert self.eras is not None
        numbers = {name: number for number, name in enumerate(desks_of(self.eras.together))}
        return {name: numbers[named] for name, named in era.desks.items()}

    def _source(self, demand: Demand) -> SourceInfo:
        name, decision_class = demand.id, demand.decision_class
        if demand.pattern == "interval":
            return SourceInfo(
                name,
                decision_class,
                Source.INTERVAL,
                demand.counted,
                (),
                every=demand.every,
                first=demand.first,
            )
        if demand.pattern == "list":
            moments = tuple(sorted(us(moment) for moment in demand.moments_s))
            return SourceInfo(name, decision_class, Source.LIST, demand.counted, moments, lasting=False)
        steps = {"poisson": self._steady, "weekly": self._weekly, "surge": self._surge}[demand.pattern](demand)
        return SourceInfo(
            name,
            decision_class,
            Source.POISSON,
            demand.counted,
            tuple(begin for begin, _, _ in steps),
            tuple((rate, factor) for _, rate, factor in steps),
            lasting=demand.pattern != "surge",
        )

    def _steady(self, demand: Demand) -> list[tuple[int, Quantity, float]]:
        assert demand.rate is not None
        return [(0, demand.rate, 1.0)]

    def _weekly(self, demand: Demand) -> list[tuple[int, Quantity, float]]:
        """Cut time where a window opens or closes; a step has the rate of the first window that it lies in."""
        zone = demand.zone or self.scenario.zone
        nations: tuple[str, ...] = ()
        openings = [
            cal.opened(Hours(windows=(rate.window,), zone=zone), zone, nations, self.span) for rate in demand.rates
        ]
        end = us(self.scenario.length_s)
        cuts = {0}
        for segments in openings:
            cuts |= {moment for segment in segments for moment in segment if 0 < moment < end}
        steps = []
        nothing = demand.rate or Quantity(value=0.0)
        positions = [0] * len(openings)
        for begin in sorted(cuts):
            rate = nothing
            for number, segments in enumerate(openings):
                while positions[number] < len(segments) and segments[positions[number]][1] <= begin:
                    positions[number] += 1
                if positions[number] < len(segments) and segments[positions[number]][0] <= begin:
                    rate = demand.rates[number].rate
                    break
            steps.append((begin, rate, 1.0))
        return steps

    def _surge(self, demand: Demand) -> list[tuple[int, Quantity, float]]:
        """A rate for a time; where it halves, in steps of an eighth of the half-life."""
        assert demand.rate is not None
        begins = us(demand.begins_s)
        end = us(self.scenario.length_s)
        ends = begins + us(self._typical(demand.lasts)) if demand.lasts is not None else end
        steps = [(0, demand.rate, 0.0)] if begins > 0 else []
        if demand.halves is None:
            steps.append((begins, demand.rate, 1.0))
        else:
            half = us(self._typical(demand.halves))
            step = max(1, half // 8)
            moment = begins
            gone = begins + GONE * half  # nothing is left of the rate then
            while moment < min(ends, end, gone):
                middle = (moment - begins + step / 2) / half
                steps.append((moment, demand.rate, 0.5**middle))
                moment += step
        steps.append((ends if demand.halves is None else min(ends, moment), demand.rate, 0.0))
        return steps

    # ---- what comes from outside

    def _outside(
        self, uses: Sequence[ChannelUse], desks: Iterable[str], desk_station: Sequence[int]
    ) -> list[outside.Event]:
        """Return what comes from outside, merged: see ``renkei.sim.outside``."""
        events: list[outside.Event] = []
        postures = [name for name, _ in self.doctrine.postures]
        ordered: list[tuple[int, int, int]] = []
        friction: list[tuple[int, int, int]] = []
        for disruption in self.scenario.disruptions:
            begin, end = spell_of(disruption)
            if disruption.kind == "posture":
                ordered.append((begin, end, postures.index(disruption.target)))
            elif disruption.kind == "friction":
                friction.append((begin, end, round(disruption.level * 1000)))
            elif disruption.kind == "rotate" and disruption.target in self.assembler.pairs:
                events.append((begin, Outside.ROTATE, self.assembler.pairs[disruption.target], 0))
        events += outside.highest(ordered, postures.index(self.scenario.posture), Outside.POSTURE)
        events += outside.highest(friction, 0, Outside.FRICTION)
        for number, use in enumerate(uses):
            spells = self._spells_out(use.channel)
            events += outside.outages(spells, number, (Outside.CHANNEL, 0), (Outside.CHANNEL, 1))
        stations: dict[int, tuple[int, list[outside.Spell]]] = {}
        for number, name in enumerate(desks):
            headquarters = self._house(name)
            spells = self._spells_out(name, headquarters.id, headquarters.place)
            if self.eras is not None and name in self.eras.ends:
                spells = [(self.eras.ends[name][0], NEVER)]
            if spells:  # who has several hats is out under all of them
                stations.setdefault(desk_station[number], (number, []))[1].extend(spells)
        for number, spells in stations.values():
            events += outside.outages(spells, number, (Outside.LOST, 0), (Outside.RESTORED, 0))
        return outside.in_order(events)

    def _spells_out(self, *ids: str) -> list[outside.Spell]:
        """Return when a disruption takes out what has one of these names."""
        names = [id.partition("@")[0] for id in ids]
        return [
            spell_of(disruption)
            for disruption in self.scenario.disruptions
            if disruption.kind == "out" and disruption.target in names and disruption.target
        ]

    def _shift_times(self) -> list[int]:
        zone = zone_of(self.scenario.zone)
        moments = [
            self.span.offset_us(cal.local_moment(day, minutes, zone))
            for day in self.span.days(self.scenario.zone)
            for minutes in self.scenario.shift_changes
        ]
        return sorted(moment for moment in moments if moment >= 0)


@dataclass(frozen=True, slots=True)
class Away:
    """When a person is on the way, and on a stay in each place."""

    way: cal.Segments
    stays: Mapping[str, cal.Segments]
    reachable_on_way: bool


def duties(desk: Desk, lineage: Sequence[str]) -> tuple[Duty, ...]:
    """Return the duty of a desk in a posture: what is said of it, else of one that it is like, else what is said of
    all.
    """
    for posture in lineage:
        if own := tuple(duty for duty in desk.duty if duty.posture == posture):
            return own
    return tuple(duty for duty in desk.duty if not duty.posture)


def spell_of(disruption: Disruption) -> outside.Spell:
    """Return when a disruption is in force; it ends at NEVER where it lasts to the end."""
    begin = us(disruption.begins_s)
    return begin, NEVER if disruption.lasts_s is None else us(disruption.begins_s + disruption.lasts_s)


def subsets(numbers: set[int]) -> Iterator[frozenset[int]]:
    """Yield every subset, the empty one first."""
    for size in range(len(numbers) + 1):
        for chosen in combinations(sorted(numbers), size):
            yield frozenset(chosen)


__all__ = ["CompileError", "Op", "Program", "compile_program"]
