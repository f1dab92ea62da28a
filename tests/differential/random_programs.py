"""Random valid programs: every instruction, every kind of calendar, source, distribution and outside event.

Times are small whole numbers of a unit, so that things often happen at the same moment, which is where two readings
of docs/machine.md part. All programs end: loops have a limit or a chance of return well below one.
"""

# ruff: noqa: D102  (each method is named after what it writes)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import numpy as np

from renkei.sim.calendars import ALWAYS, CalendarTable, Segments, merged
from renkei.sim.program import (
    CALENDAR_ALWAYS,
    CALENDAR_NEVER,
    Bound,
    Dist,
    Fixed,
    Floats,
    Ints,
    Op,
    Outcome,
    Outside,
    Source,
)

SECOND = 1_000_000
SAFETY_LIMIT = 30_000
"""Events: a program that runs away is cut, and compared up to there."""


class RandomProgram(NamedTuple):
    """What the kernel and the twin run."""

    fixed: Fixed
    bound: Bound
    source_keys: Ints


def ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


@dataclass
class World:
    """The numbers that instructions may name."""

    random: Random
    unit: int
    """Seconds: what a whole number of time stands for."""
    desks: int
    postures: int
    channels: int
    pairs: int
    calendars: int
    distributions: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)

    def some(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def perhaps(self, chance: float) -> bool:
        return self.random.random() < chance

    def moment(self, high: int = 12) -> int:
        """Return a whole number of units in microseconds."""
        return self.some(0, high) * self.unit * SECOND

    def fill(self) -> None:
        """Make the distributions, probabilities and durations."""
        for _ in range(self.some(6, 16)):
            self.distributions.append(self.distribution())
        self.probabilities = [self.random.choice((0.0, 0.1, 0.2, 0.3, 0.4)) for _ in range(4)] + [0.9]
        self.durations = [self.moment() for _ in range(6)]

    def distribution(self) -> tuple[int, float, float, float, float]:
        low = self.some(0, 4) * self.unit
        wide = self.some(0, 6) * self.unit
        kind = self.random.choice((Dist.CONSTANT, Dist.CONSTANT, Dist.EMPIRICAL, Dist.EMPIRICAL, *range(9)))
        if kind == Dist.CONSTANT:
            return (kind, float(low), 0.0, 0.0, 0.0)
        if kind == Dist.UNIFORM:
            return (kind, float(low), float(low + wide), 0.0, 0.0)
        if kind == Dist.TRIANGULAR:
            mode = low + self.some(0, wide)
            return (kind, float(low), float(mode), float(low + wide), 0.0)
        if kind == Dist.PERT:
            return (kind, float(low), float(low + wide), 1.0 + self.random.random() * 4.0, 1.0 + self.some(0, 4))
        if kind == Dist.EXPONENTIAL:
            return (kind, float(low), 0.0, 0.0, 0.0)
        if kind == Dist.LOGNORMAL:
            return (kind, self.random.uniform(-1.0, 1.0), self.random.random(), 0.0, 0.0)
        if kind == Dist.GAMMA:
            return (kind, self.random.choice((0.3, 0.9, 1.0, 2.5)), float(low), 0.0, 0.0)
        if kind == Dist.WEIBULL:
            return (kind, self.random.choice((0.6, 1.0, 2.0)), float(low), 0.0, 0.0)
        first, count = len(self.values), self.some(1, 4)
        self.values += [float(self.some(0, 6) * self.unit) for _ in range(count)]
        return (kind, float(first), float(count), 0.0, 0.0)


@dataclass
class Writer:
    """Writes the instructions of a program."""

    world: World
    code: list[list[int]] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    branch_pc: list[int] = field(default_factory=list)
    branch_context: list[int] = field(default_factory=list)
    channel_list: list[int] = field(default_factory=list)
    meeting_desk: list[int] = field(default_factory=list)

    def emit(self, op: int, *operands: int) -> int:
        """Write an instruction and return its place."""
        self.code.append([op, *operands, *[0] * (6 - len(operands))])
        self.keys.append(self.world.random.getrandbits(64) - (1 << 63))
        return len(self.code) - 1

    def here(self) -> int:
        return len(self.code)

    def process(self) -> int:
        """Write what a decision runs, and return its entry."""
        entry = self.here()
        world = self.world
        if world.perhaps(0.7):
            self.emit(Op.PRECEDENCE, world.some(0, 3))
        self.block(3, child=False)
        if world.perhaps(0.5):
            self.emit(Op.MARK, 1)
            if world.perhaps(0.4):
                self.block(1, child=False)
        if world.perhaps(0.2):
            over = self.emit(Op.CHANCE, self.probability(), 0)
            self.emit(Op.END, Outcome.DONE)
            self.code[over][2] = self.here()
            self.emit(Op.END, Outcome.REFUSED, 1)
        else:
            self.emit(Op.END, world.random.choice((Outcome.DONE, Outcome.DONE, Outcome.FAILED)), world.some(0, 3))
        return entry

    def block(self, depth: int, *, child: bool) -> None:
        """Write a few statements."""
        simple = (self.work, self.work, self.work, self.send, self.send, self.delay, self.meet, self.meet, self.order)
        nested = (self.fork, self.fork, self.spawn, self.loop, self.guard, self.guard, self.skip)
        for _ in range(self.world.some(1, 4 if depth > 1 else 2)):
            if depth > 0 and self.world.perhaps(0.45):
                self.world.random.choice(nested)(depth - 1, child)
            else:
                self.world.random.choice(simple)()

    # -- one instruction

    def work(self) -> None:
        self.emit(Op.WORK, self.desk(), self.distribution(), self.world.some(0, 1))

    def send(self) -> None:
        first, count = self.channels()
        highest = len(self.world.distributions) - count
        delays = self.world.some(0, highest)
        conversion = self.world.some(0, highest) if self.world.perhaps(0.3) else -1
        self.emit(Op.SEND, first, count, delays, self.world.some(0, 3), conversion)

    def delay(self) -> None:
        self.emit(Op.DELAY, self.distribution(), self.world.some(0, 4), self.world.some(0, 1))

    def meet(self) -> None:
        desks = [self.desk() for _ in range(self.world.random.choice((1, 2, 2, 2, 3)))]
        first_desk = len(self.meeting_desk)
        self.meeting_desk += desks
        first, count = self.channels()
        index = -1
        if self.world.perhaps(0.8):
            pair = self.world.some(-1, self.world.pairs - 1)
            book = self.world.some(-1, len(self.world.durations) - 1)
            index = (pair + 1) | (book + 1) << 20
        lengths = self.world.some(0, len(self.world.distributions) - 2 * count)
        self.emit(Op.MEET, first_desk, len(desks), lengths, first, count, index)

    def order(self) -> None:
        world = self.world
        kind = world.some(0, 5)
        if kind == 0 and world.postures > 1:
            self.emit(Op.POSTURE, world.some(0, world.postures - 1))
        elif kind <= 2:
            self.emit(Op.PRECEDENCE, world.some(0, 3))
        elif kind == 3:
            self.emit(Op.MARK, world.random.choice((0, 2, 3)))
        elif kind == 4:
            self.emit(Op.SET_REGISTER, world.some(0, 1))
        else:
            self.work()

    # -- several instructions

    def fork(self, depth: int, child: bool) -> None:
        del child
        count = self.world.random.choice((0, 1, 2, 2, 3, 3, 4))
        quorum = self.world.some(0, count + 1) if self.world.perhaps(0.6) else count
        fork = self.emit(Op.FORK, 0, count, quorum, self.world.some(0, 1))
        self.branches(fork, count, depth)
        if self.world.perhaps(0.5):
            asks = self.emit(Op.IF_REGISTER, self.world.some(0, 1), 0)
            self.block(0, child=False)
            self.code[asks][2] = self.here()

    def spawn(self, depth: int, child: bool) -> None:
        del child
        count = self.world.some(0, 2)
        self.branches(self.emit(Op.SPAWN, 0, count), count, depth)

    def branches(self, fork: int, count: int, depth: int) -> None:
        over = self.emit(Op.JUMP, 0)
        starts: list[int] = []
        for _ in range(count):
            if starts and self.world.perhaps(0.2):
                starts.append(starts[-1])
                continue
            starts.append(self.here())
            if self.world.perhaps(0.9):
                self.block(depth, child=True)
            self.emit(Op.LEAVE, self.world.random.choice((0, 0, 1, -1)))
        self.code[fork][1] = len(self.branch_pc)
        self.code[over][1] = self.here()
        self.branch_pc += starts
        self.branch_context += [self.world.some(0, 1) for _ in starts]

    def loop(self, depth: int, child: bool) -> None:
        begin = self.here()
        self.block(depth, child=child)
        pair = self.world.some(-1, self.world.pairs - 1)
        limit = self.world.random.choice((-1, 0, 1, 2, 3, 20))
        chance = len(self.world.probabilities) - 1 if limit == 20 else self.probability()
        self.emit(Op.RETURN, chance, begin, limit, pair, self.world.some(0, 1), self.world.some(0, 3))

    def guard(self, depth: int, child: bool) -> None:
        guard = self.emit(Op.GUARD, self.duration(), 0)
        self.block(depth, child=child)
        if self.world.perhaps(0.7):
            self.emit(Op.UNGUARD)
        over = self.emit(Op.JUMP, 0)
        self.code[guard][2] = self.here()
        if self.world.perhaps(0.6):
            self.block(0, child=child)
        self.code[over][1] = self.here()

    def skip(self, depth: int, child: bool) -> None:
        world = self.world
        kind = world.some(0, 4)
        if kind == 0:
            asks, target = self.emit(Op.CHANCE, self.probability(), 0), 2
        elif kind == 1:
            asks, target = self.emit(Op.IF_POSTURE, world.some(0, world.postures - 1), 0), 2
        elif kind == 2:
            asks, target = self.emit(Op.IF_OPEN, world.some(0, world.calendars - 1), 0), 2
        elif kind == 3:
            asks, target = self.emit(Op.IF_LOST, self.desk(), 0), 2
        else:
            asks, target = self.emit(Op.IF_OVER, self.distribution(), self.probability(), 0), 3
        self.block(depth, child=child)
        self.code[asks][target] = self.here()

    # -- operands

    def desk(self) -> int:
        return self.world.some(0, self.world.desks - 1)

    def distribution(self) -> int:
        return self.world.some(0, len(self.world.distributions) - 1)

    def probability(self) -> int:
        return self.world.some(0, len(self.world.probabilities) - 2)  # the last is high, for loops with a limit

    def duration(self) -> int:
        return self.world.some(0, len(self.world.durations) - 1)

    def channels(self) -> tuple[int, int]:
        first, count = len(self.channel_list), self.world.some(1, 3)
        self.channel_list += [self.world.some(0, self.world.channels - 1) for _ in range(count)]
        return first, count


def random_segments(random: Random, unit: int, length: int) -> Segments:
    """Return odd hours of duty: irregular, of whole units, some begun before the start."""
    if random.random() < 0.15:
        return ALWAYS
    at = random.randint(-10, 10)
    segments = []
    generous = random.choice((6, 20, 40))
    while at < length and random.random() < 0.97:
        close = at + random.randint(1, generous)
        segments.append((at * unit * SECOND, close * unit * SECOND))
        at = close + random.randint(1, 15)
    return merged(segments)


def union(segments: Sequence[Segments]) -> Segments:
    return merged(segment for some in segments for segment in some)


def random_program(seed: int) -> RandomProgram:
    """Return the random program of a seed."""
    random = Random(seed)
    unit = random.choice((1, 1, 1, 60, 600))
    length = random.choice((60, 150, 300))
    table = CalendarTable()
    for _ in range(random.randint(1, 6)):
        table.number(random_segments(random, unit, length + 30))
    calendars = len(table.known)
    stations = random.randint(1, 4)
    strengths = [random.choice((0, 1, 1, 1, 2, 2, 3, 4) if stations > 1 else (1, 2, 3)) for _ in range(stations)]
    slot_station = [station for station, strength in enumerate(strengths) for _ in range(strength)]
    desk_station = [*range(stations), *(random.randrange(stations) for _ in range(random.randint(0, 3)))]
    postures = random.randint(1, 3)
    world = World(
        random,
        unit,
        desks=len(desk_station),
        postures=postures,
        channels=random.randint(1, 4),
        pairs=random.randint(0, 2),
        calendars=calendars,
    )
    world.fill()
    writer = Writer(world)
    sources = random.randint(1, 4)
    entries = [writer.process() for _ in range(sources)]
    recalls = [random.choice((1, 2, 3, 4, 4)) for _ in range(stations)]
    slot_calendar, station_calendar = random_duty(random, table, slot_station, stations, postures)
    channel_calendar = [random.choice((CALENDAR_ALWAYS, random.randrange(calendars))) for _ in range(world.channels)]
    outside = random_outside(world, sources, length)
    source_first, source_time, source_rate, source_kind = random_demand(world, sources, length)
    first, opens, closes, before = table.arrays()
    code = np.array(writer.code, dtype=np.int64)
    kinds = [distribution[0] for distribution in world.distributions]
    parameters = np.array([distribution[1:] for distribution in world.distributions], dtype=np.float64)
    column: Callable[[int], Ints] = lambda number: np.ascontiguousarray(code[:, number])  # noqa: E731
    fixed = Fixed(
        calendar_first=first,
        segment_open=opens,
        segment_close=closes,
        segment_before=before,
        station_first=ints([0, *np.cumsum(strengths).tolist()]),
        station_finish=ints([int(random.random() < 0.3) for _ in range(stations)]),
        station_interrupt=ints([random.choice((0, 1, 1, 2, 3, 4)) for _ in range(stations)]),
        station_recall=ints(recalls),
        station_recall_count=ints([random.randint(1, 2) for _ in range(stations)]),
        slot_station=ints(slot_station),
        desk_station=ints(desk_station),
        desk_successor=ints([random.choice((-1, random.randrange(world.desks))) for _ in range(world.desks)]),
        op_code=column(0),
        op_a=column(1),
        op_b=column(2),
        op_c=column(3),
        op_d=column(4),
        op_e=column(5),
        op_f=column(6),
        op_key=ints(writer.keys),
        branch_pc=ints(writer.branch_pc),
        branch_context=ints(writer.branch_context),
        channel_list=ints(writer.channel_list),
        meeting_desk=ints(writer.meeting_desk),
        channel_calendar=ints(channel_calendar),
        source_class=ints([random.randint(0, 2) for _ in range(sources)]),
        source_entry=ints(entries),
        source_kind=ints(source_kind),
        source_first=ints(source_first),
        source_time=ints(source_time),
        pair_count=ints([world.pairs]),
        outside_time=ints([event[0] for event in outside]),
        outside_kind=ints([event[1] for event in outside]),
        outside_a=ints([event[2] for event in outside]),
        outside_b=ints([event[3] for event in outside]),
        shift_time=ints(sorted(world.moment(length) for _ in range(random.randint(0, 6)))),
        distribution_kind=ints(kinds),
        header=ints(
            [
                postures,
                random.randrange(postures),
                length * unit * SECOND,
                world.moment(20),
                max(1, world.moment(30)),
                random.randint(0, 8),
                random.choice((SAFETY_LIMIT, SAFETY_LIMIT, SAFETY_LIMIT, 60)),
                0,
            ]
        ),
    )
    bound = Bound(
        slot_calendar=ints(slot_calendar),
        station_calendar=ints(station_calendar),
        station_recall_us=ints([world.moment() for _ in range(stations)]),
        station_stand_down_us=ints([world.moment() for _ in range(stations)]),
        duration_us=ints(world.durations),
        distribution_p0=np.ascontiguousarray(parameters[:, 0]),
        distribution_p1=np.ascontiguousarray(parameters[:, 1]),
        distribution_p2=np.ascontiguousarray(parameters[:, 2]),
        distribution_p3=np.ascontiguousarray(parameters[:, 3]),
        values=floats(world.values),
        probability=floats(world.probabilities),
        channel_contact=floats([random.choice((0.0, 0.4, 1.0)) for _ in range(world.channels)]),
        source_rate=floats(source_rate),
        source_offset_us=ints([world.moment() for _ in range(sources)]),
        source_interval_us=ints([random.randint(3, 60) * unit * SECOND for _ in range(sources)]),
        pair_start=floats([random.random() for _ in range(world.pairs)]),
        pair_gain=floats([random.choice((0.0, 0.1, 30.0)) for _ in range(world.pairs)]),
        pair_fade=floats([random.choice((0.0, 0.01, 5.0)) for _ in range(world.pairs)]),
        pair_contact=floats([random.choice((0.0, 0.2)) for _ in range(world.pairs)]),
        pair_kept=floats([random.random() for _ in range(world.pairs)]),
        activation_us=ints([world.moment() for _ in range(postures)]),
        effects=floats([random.choice((0.0, 0.5)), random.choice((0.0, 1.0)), random.choice((0.0, 0.2))]),
    )
    keys = ints([random.getrandbits(64) - (1 << 63) for _ in range(sources)])
    return RandomProgram(fixed, bound, keys)


def random_duty(
    random: Random, table: CalendarTable, slot_station: Sequence[int], stations: int, postures: int
) -> tuple[list[int], list[int]]:
    """Return the calendars of slots and stations, by posture."""
    calendars = len(table.known)
    slot_calendar: list[int] = []
    station_calendar: list[int] = []
    for _ in range(postures):
        here = [
            random.choice((CALENDAR_ALWAYS, CALENDAR_NEVER, *(random.randrange(calendars) for _ in range(6))))
            for _ in slot_station
        ]
        slot_calendar += here
        for station in range(stations):
            staffed = [table.segments(c) for c, of in zip(here, slot_station, strict=True) if of == station]
            station_calendar.append(table.number(union(staffed)))
    return slot_calendar, station_calendar


def random_outside(world: World, sources: int, length: int) -> list[tuple[int, int, int, int]]:
    """Return outside events, sorted by time."""
    kinds = [Outside.POSTURE, Outside.CHANNEL, Outside.CHANNEL, Outside.LOST, Outside.RESTORED, Outside.FRICTION]
    kinds += [Outside.INJECT] + [Outside.ROTATE] * min(1, world.pairs)
    events = []
    for _ in range(world.random.choice((0, 2, 5, 12))):
        kind = world.random.choice(kinds)
        a, b = 0, 0
        if kind == Outside.POSTURE:
            a = world.some(0, world.postures - 1)
        elif kind == Outside.CHANNEL:
            a, b = world.some(0, world.channels - 1), world.some(0, 1)
        elif kind in (Outside.LOST, Outside.RESTORED):
            a = world.some(0, world.desks - 1)
        elif kind == Outside.ROTATE:
            a = world.some(0, world.pairs - 1)
        elif kind == Outside.FRICTION:
            a = world.some(0, 2) * 500
        else:
            a = world.some(0, sources - 1)
        events.append((world.moment(length), kind, a, b))
    return sorted(events, key=lambda event: event[0])


def random_demand(world: World, sources: int, length: int) -> tuple[list[int], list[int], list[float], list[int]]:
    """Return the sources' slices, profile steps or moments, rates, and kinds."""
    first, times, rates, kinds = [0], [], [], []
    for _ in range(sources):
        kind = world.some(0, 2)
        if kind == Source.LIST:
            moments = sorted(world.moment(length) for _ in range(world.some(0, 8)))
            rates += [0.0] * len(moments)
        elif kind == Source.POISSON:
            moments = [0, *sorted({world.moment(length) for _ in range(world.some(0, 3))} - {0})]
            rates += [world.random.choice((0.0, 0.02, 0.05, 0.15)) / world.unit for _ in moments]
        else:
            moments = []
        times += moments
        first.append(len(times))
        kinds.append(kind)
    return first, times, rates, kinds


def plain_program(seed: int) -> RandomProgram:
    """Return the random program of a seed without hours, timers and outside events: only arrivals and ends of work."""
    program = random_program(seed)
    fixed, bound = program.fixed, program.bound
    code = np.array([fixed.op_code, fixed.op_a, fixed.op_b, fixed.op_c]).T.copy()
    desks, distributions = len(fixed.desk_station), len(fixed.distribution_kind)
    for at, (op, a, *_) in enumerate(code.tolist()):
        if op in (Op.SEND, Op.DELAY, Op.MEET):
            code[at] = (Op.WORK, at % desks, at % distributions, 0)
        elif op in (Op.GUARD, Op.UNGUARD, Op.POSTURE):
            code[at] = (Op.MARK, 2 + at % 2, 0, 0)
        elif op == Op.IF_OPEN:
            code[at, 1] = min(a, CALENDAR_NEVER)
    slots, stations = len(fixed.slot_station), len(fixed.station_finish)
    postures = int(fixed.header[0])
    staffed = np.where(bound.slot_calendar == CALENDAR_NEVER, CALENDAR_NEVER, CALENDAR_ALWAYS).reshape(postures, slots)
    unions = [min(row[fixed.slot_station == s], default=CALENDAR_NEVER) for row in staffed for s in range(stations)]
    op_code, op_a, op_b, op_c = (np.ascontiguousarray(code[:, number]) for number in range(4))
    nothing = ints([])
    return RandomProgram(
        fixed._replace(
            calendar_first=fixed.calendar_first[:3],
            station_recall=np.full(stations, 4, dtype=np.int64),
            op_code=op_code,
            op_a=op_a,
            op_b=op_b,
            op_c=op_c,
            channel_calendar=np.zeros_like(fixed.channel_calendar),
            outside_time=nothing,
            outside_kind=nothing,
            outside_a=nothing,
            outside_b=nothing,
        ),
        bound._replace(slot_calendar=staffed.reshape(-1), station_calendar=ints(unions)),
        program.source_keys,
    )
