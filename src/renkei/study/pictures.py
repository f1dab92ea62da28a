"""What the report draws beside the statistics, computed from a few runs that are repeated with their trace."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from renkei.analysis.cohesion import cohesion
from renkei.model.pictures import Clock, CommonHours, Leg, LoadOverTime, Pictures, Series, Way
from renkei.model.results import Summary
from renkei.model.scenario import Case, Scenario
from renkei.model.structure import Desk, Headquarters, Structure
from renkei.study.inspection import NotFound, find_structure
from renkei.study.tracing import CAUSES, MICROSECONDS, Path, assemble, choose, zone_of
from renkei.study.tracing import _run as run_once

if TYPE_CHECKING:
    from renkei.sim.calendars import Segments
    from renkei.sim.compiler import Program
    from renkei.sim.program import RunOutput

DESKS: Final = 5
"""So many desks are shown over time."""

WEEK_MINUTES: Final = 7 * 1440
LONG_S: Final = 10 * 86_400.0
"""Longer scenarios show the load by days, shorter ones by six hours."""

NIGHT_BEGINS, NIGHT_ENDS = 22, 6
NAMED_BY: Final = 1, 2
"""The columns of a run's decisions that hold their demand and ordinal (``renkei.sim.program.DECISION_COLUMNS``)."""


def pictures(case: Case, summary: Summary) -> Pictures:
    """Return what a study's report draws: of every scenario a typical and the worst decision under the base,
    each beside the same decision under the foremost structure, and loads.

    The runs are those of future 0 and replication 0. A scenario under which no such decision ended has none.
    """
    foremost = {row.scenario: row.leading for row in summary.brief.rows}
    ways: list[Way] = []
    loads: list[LoadOverTime] = []
    for name in summary.scenarios:
        scenario = case.scenarios[name]
        base = _Traced(case, summary.base, scenario, summary.seed)
        other = _Traced(case, foremost[name], scenario, summary.seed) if foremost.get(name) else None
        for which in ("median", "slowest"):
            try:
                row = choose(base.program, base.output, scenario.headline, which)
            except NotFound:
                continue
            ways.append(base.way(row, typical=which == "median"))
            same = other.row_of(base.name_of(row)) if other else None
            if other and same is not None:
                ways.append(replace(other.way(same, typical=which == "median"), beside=True))
        loads.append(load_over_time(base.structure, scenario, base.program, base.output))
    zone = case.scenarios[next(iter(summary.scenarios))].zone
    held = {each.decision_class for name in summary.structures for each in case.structures[name].authorities.values()}
    return Pictures(
        ways=tuple(ways),
        loads=tuple(loads),
        hours={name: common_hours(case.structures[name], zone) for name in summary.structures},
        cohesion={name: cohesion(case.structures[name], sorted(held)) for name in summary.structures},
    )


class _Traced:
    """A run with its trace."""

    def __init__(self, case: Case, structure: str, scenario: Scenario, seed: int) -> None:
        self.case, self.scenario, self.seed = case, scenario, seed
        self.structure = find_structure(case, structure, scenario)
        self.program, self.output, self.values = run_once(case, self.structure, scenario, seed, 0, 0, None)

    def way(self, row: int, *, typical: bool) -> Way:
        """Return a decision as it is drawn."""
        key = (self.seed, 0, 0)
        path = assemble(self.case, self.structure, self.scenario, self.program, self.output, row, self.values, key)
        return way_of(path, self.structure, self.scenario, typical=typical)

    def name_of(self, row: int) -> tuple[str, int]:
        """Return a decision's demand and ordinal: every structure meets the same ones."""
        source, ordinal = (int(self.output.decisions[row][place]) for place in NAMED_BY)
        return self.program.sources[source], ordinal

    def row_of(self, name: tuple[str, int]) -> int | None:
        """Return the row of a decision by its name; None where this run has none."""
        if name[0] not in self.program.sources:
            return None
        source, ordinal = (self.output.decisions[:, place] for place in NAMED_BY)
        rows = ((source == self.program.sources.index(name[0])) & (ordinal == name[1])).nonzero()[0]
        return int(rows[0]) if len(rows) else None


# --- a decision's way


def way_of(path: Path, structure: Structure, scenario: Scenario, *, typical: bool) -> Way:
    """Return a traced decision as it is drawn: neighbouring legs of one kind are one."""
    structure = structure.throughout
    legs: list[Leg] = []
    raised = path.raised
    began_s = (raised - scenario.start).total_seconds()
    for spell in path.spells:
        words = spell.place.split(" ")
        known = all(word.partition(".")[0] in structure.headquarters and "." in word for word in words)
        at = tuple(words) if known else ()
        begins_s, ends_s = spell.begins_s - began_s, spell.ends_s - began_s
        leg = Leg(at, spell.step, spell.via or spell.place, spell.cause, begins_s, ends_s)
        if legs and at and (legs[-1].at, legs[-1].cause) == (at, leg.cause):
            legs[-1] = replace(legs[-1], ends_s=leg.ends_s)
        elif leg.ends_s > leg.begins_s:
            legs.append(leg)
    on_the_way = (desk.partition(".")[0] for leg in legs for desk in leg.at)
    houses = list(dict.fromkeys([path.origin.partition(".")[0], *on_the_way]))
    zones = {house: str(zone_of(structure, house, scenario)) for house in houses}
    home = zones[houses[0]]
    spent: dict[str, float] = defaultdict(float)
    for leg in legs:
        for desk in leg.at:
            zone = zones[desk.partition(".")[0]]
            if offset(zone, raised) != offset(home, raised):
                spent[zone] += leg.ends_s - leg.begins_s
    others = sorted(spent, key=lambda zone: (-spent[zone], zone))
    return Way(
        structure=path.structure,
        scenario=path.scenario,
        decision_class=path.decision_class,
        typical=typical,
        row=path.row,
        raised=f"{raised:%Y-%m-%d %H:%M}",
        total_s=path.total_s,
        legs=tuple(legs),
        clocks=tuple(clock(zone, raised, path.total_s) for zone in (home, *others)),
        zones=zones,
        names={house: structure.headquarters[house].name for house in houses if house in structure.headquarters}
        | {leg.via: structure.channels[leg.via].name for leg in legs if leg.via in structure.channels},
        open=path.outcome == "open",
    )


def offset(zone: str, moment: datetime) -> timedelta:
    """Return how far a zone's clocks are from UTC at a moment."""
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def clock(zone: str, raised: datetime, total_s: float) -> Clock:
    """Return the nights and marks of a zone over a decision's time."""
    tz = ZoneInfo(zone)
    local = raised.astimezone(tz)
    end = local + timedelta(seconds=total_s)
    nights = []
    day = local.date() - timedelta(days=1)
    while day <= end.date():
        begins = datetime(day.year, day.month, day.day, NIGHT_BEGINS, tzinfo=tz)
        after = day + timedelta(days=1)
        ends = datetime(after.year, after.month, after.day, NIGHT_ENDS, tzinfo=tz)
        span = [(moment - raised).total_seconds() for moment in (begins, ends)]
        if span[1] > 0 and span[0] < total_s:
            nights.append((max(0.0, span[0]), min(total_s, span[1])))
        day = after
    hours = total_s / 3600
    step = next((each for each in (1, 3, 6, 12, 24, 48, 96, 168, 336) if hours / each <= 9), 720)
    ticks = []
    moment = datetime(local.year, local.month, local.day, tzinfo=tz)
    while moment <= end:
        since = (moment - raised).total_seconds()
        if since >= 0:
            ticks.append((since, f"{moment:%H:%M}" if step < 24 else f"{moment:%m-%d}"))
        nominal = moment.replace(tzinfo=None) + timedelta(hours=step)
        moment = nominal.replace(tzinfo=tz)
    return Clock(zone, tuple(nights), tuple(ticks))


# --- load of desks over time


def load_over_time(structure: Structure, scenario: Scenario, program: Program, output: RunOutput) -> LoadOverTime:
    """Return papers at the busiest desks of a traced run: worked on, or waiting there for a person."""
    from renkei.sim.program import Trace

    step_s = 86_400.0 if scenario.length_s > LONG_S else 6 * 3600.0
    count = max(1, math.ceil(scenario.length_s / step_s))
    step_us = int(step_s * MICROSECONDS)
    there = {CAUSES.index(cause) for cause in ("work", "queue", "off_duty")}
    sums: dict[str, list[float]] = {}
    for record in output.trace.tolist():
        kind, begin, _, _, pc, _, activity, _, end = record
        if kind != Trace.SPENT or activity not in there:
            continue
        place = program.steps[pc].place
        if "." not in place or " " in place:
            continue
        values = sums.setdefault(place, [0.0] * count)
        for number in range(begin // step_us, min(count - 1, end // step_us) + 1):
            values[number] += max(0, min(end, (number + 1) * step_us) - max(begin, number * step_us)) / step_us
    busiest = sorted(sums, key=lambda desk: (-sum(sums[desk]), desk))[:DESKS]
    return LoadOverTime(
        structure.id,
        scenario.id,
        step_s,
        tuple(Series(desk, tuple(round(value, 3) for value in sums[desk])) for desk in busiest),
    )


# --- counterparts' common hours


def common_hours(structure: Structure, zone: str) -> tuple[CommonHours, ...]:
    """Return, for every pair of counterparts, when both are on duty in an ordinary week, in the clocks of ``zone``."""
    from renkei.sim.calendars import common

    found = []
    for pair in structure.counterparts.values():
        houses = [structure.headquarters[name] for name in pair.between if name in structure.headquarters]
        if len(houses) < 2:
            continue
        desks = [deciding(house) for house in houses]
        weeks = [week(house, desk, structure, zone) for house, desk in zip(houses, desks, strict=True)]
        found.append(
            CommonHours(
                pair.id,
                pair.between,
                (houses[0].name, houses[1].name),
                (desks[0].function if desks[0] else "", desks[1].function if desks[1] else ""),
                zone,
                minutes(weeks[0]),
                minutes(weeks[1]),
                minutes(common(weeks[0], weeks[1])),
            )
        )
    return tuple(found)


def deciding(house: Headquarters) -> Desk | None:
    """Return the desk whose hours stand for a headquarters: its staff's, not those of the watch that only alerts."""
    for name in ("ops", "plans", "commander"):
        if name in house.desks:
            return house.desks[name]
    return next(iter(house.desks.values()), None)


def week(house: Headquarters, desk: Desk | None, structure: Structure, zone: str) -> Segments:
    """Return the openings of a desk at steady posture in a week of January without holidays."""
    from renkei.sim.calendars import MARGIN, Span, common, merged, opened

    tz = ZoneInfo(zone)
    begins = datetime(2024, 1, 15, tzinfo=tz)
    span = Span(begins, 7 * 86_400.0)
    assert MARGIN
    segments: list[tuple[int, int]] = []
    for duty in desk.duty if desk is not None else ():
        if duty.posture in ("", "steady"):
            hours = replace(duty.hours, nations=())
            segments += opened(hours, structure.places[house.place].zone, (), span)
    whole = ((0, WEEK_MINUTES * 60 * MICROSECONDS),)
    return common(merged(segments), whole)


def minutes(segments: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return segments of microseconds as whole minutes."""
    minute = 60 * MICROSECONDS
    return tuple((begin // minute, end // minute) for begin, end in segments)
