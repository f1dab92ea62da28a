"""The twin of the kernel: the machine of docs/machine.md in plain Python, written to be read.

It is an independent reading of that page, and gives the same bits as the kernel. It is slow (some 100 times), needs
no Numba, and is the place to look up what a rule means. Read it with the page beside it: the functions have the
page's names, and stand in the page's order.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import accumulate, pairwise

import numpy as np

from renkei.sim.arithmetic import ZIGGURAT_TAIL, exp, log, normal_quantile, pow, ziggurat
from renkei.sim.program import (
    CALENDAR_ALWAYS,
    CALENDAR_NEVER,
    CHANNEL_CAUSE,
    CONCURRENCE_CAUSE,
    CONTEXT_CONCURRENCE,
    CONTEXT_OWN,
    DECISION_COLUMNS,
    DESK_COLUMNS,
    MEETING_CAUSE,
    N_CAUSES,
    NEVER,
    OFF_DUTY_CAUSE,
    ORDERED_MARK,
    PRECEDENCES,
    QUEUE_CAUSE,
    REWORK_CAUSE,
    TRACE_COLUMNS,
    WORK_CAUSE,
    Bound,
    Dist,
    Fixed,
    Ints,
    Op,
    Outcome,
    Outside,
    RunOutput,
    Source,
    Trace,
)

HOUR = 3_600_000_000
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
LONGEST = NEVER // 4
FIRST_INJECTED = 1_000_000
MOST_SUCCESSIONS = 8
MOST_COUNTED = 16_383
UNSET = -1

COMPLETION, OUTSIDE, TIMER, WAKE, ARRIVAL, SAMPLE = range(1, 7)
"""Kinds of event, in the order in which they happen at equal times."""


# ---- time and calendars


class Calendar:
    """Openings ``[open, close)``: sorted, disjoint, not touching."""

    def __init__(self, number: int, opens: Sequence[int], closes: Sequence[int]) -> None:
        self.number = number
        self.opens = opens
        self.closes = closes
        lengths = (close - open_ for open_, close in zip(opens, closes, strict=True))
        self.before = list(accumulate(lengths, initial=0))[:-1]
        """Open time before each opening. (Python's integers do not mind that calendar 0 began long ago.)"""

    def is_open(self, t: int) -> bool:
        """Return whether a segment contains ``t``."""
        segment = self._begun_by(t)
        return segment >= 0 and t < self.closes[segment]

    def next_open(self, t: int) -> int:
        """Return ``t`` if open, else the next opening, else NEVER."""
        return t if self.is_open(t) else self.opens_next(t)

    def opens_next(self, t: int) -> int:
        """Return the first opening after ``t``, or NEVER."""
        segment = self._begun_by(t) + 1
        return self.opens[segment] if segment < len(self.opens) else NEVER

    def closes_after(self, t: int) -> int:
        """Return the close of the segment that contains ``t``; only asked when open."""
        return self.closes[self._begun_by(t)]

    def open_time(self, begin: int, end: int) -> int:
        """Return the length of the open time within ``[begin, end)``."""
        return self._open_before(end) - self._open_before(begin)

    def finish(self, t: int, work: int) -> int:
        """Return when work begun at ``t`` is done, if it rests while the calendar is closed; NEVER if there is too
        little time. Work that fits exactly ends at the closing moment.
        """
        if work == 0:
            return t
        target = self._open_before(t) + work
        segment = bisect_left(self.before, target) - 1
        if segment < 0:
            return NEVER
        moment = self.opens[segment] + target - self.before[segment]
        return moment if moment <= self.closes[segment] else NEVER

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        """Yield the openings and closings within ``(begin, end)``."""
        for segment in range(max(0, self._begun_by(begin)), len(self.opens)):
            if self.opens[segment] >= end:
                return
            yield from (t for t in (self.opens[segment], self.closes[segment]) if begin < t < end)

    def _begun_by(self, t: int) -> int:
        return bisect_right(self.opens, t) - 1

    def _open_before(self, t: int) -> int:
        segment = self._begun_by(t)
        if segment < 0:
            return 0
        return self.before[segment] + min(t, self.closes[segment]) - self.opens[segment]


# ---- numbers


def mix(x: int) -> int:
    """Return the SplitMix64 finaliser of 64 bits."""
    x ^= x >> 30
    x = x * 0xBF58476D1CE4E5B9 & MASK
    x ^= x >> 27
    x = x * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def key2(a: int, b: int) -> int:
    """Return the key of ``b`` under the key ``a``."""
    return mix((a & MASK) ^ mix(b + GOLDEN & MASK))


def decision_key(source_key: int, ordinal: int) -> int:
    """Return the key of a source's decision."""
    return mix(source_key + (ordinal + 1) * GOLDEN & MASK)


def word(key: int, n: int) -> int:
    """Return the n-th word of a key: the first is the key itself."""
    return mix(key + n * GOLDEN & MASK) if n else key & MASK


def uniform(key: int, n: int) -> float:
    """Return the n-th number of a key, in (0, 1)."""
    return ((word(key, n) >> 11) + 0.5) * 2.0**-53


LAYER_WIDTH, SURE_FRACTION, LAYER_DENSITY = ziggurat()


def exponential(key: int) -> float:
    """Return an exponential variate of mean 1.

    References
    ----------
    Marsaglia and Tsang (2000), The ziggurat method for generating random variables. J. Stat. Software 5(8).
    """
    for n in range(0, 1 << 30, 2):
        bits = word(key, n)
        layer, fraction = bits & 255, bits >> 11
        x = fraction * LAYER_WIDTH[layer]
        if fraction < SURE_FRACTION[layer]:
            return x
        u = uniform(key, n + 1)
        if layer == 0:
            return ZIGGURAT_TAIL - log(u)
        edge = LAYER_DENSITY[layer]
        if edge + u * (LAYER_DENSITY[layer + 1] - edge) < exp(-x):
            return x
    raise AssertionError("a key has words without end")


def microseconds(seconds: float) -> int:
    """Return a duration rounded to whole microseconds: at least 0 (also for NaN), at most a quarter of NEVER."""
    us = seconds * 1e6 + 0.5
    if not us >= 0.0:
        return 0
    return LONGEST if us >= LONGEST else math.floor(us)


def gamma(shape: float, key: int, stream: int) -> float:
    """Return a gamma variate of scale 1.

    References
    ----------
    Marsaglia and Tsang (2000), A simple method for generating gamma variables. ACM TOMS 26(3).
    """
    stream_key = key2(key, stream)
    numbers = (uniform(stream_key, n) for n in range(1 << 30))
    boost = 1.0
    if shape < 1.0:
        boost = pow(next(numbers), 1.0 / shape)
        shape = shape + 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        z = normal_quantile(next(numbers))
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        u = next(numbers)
        if u < 1.0 - 0.0331 * (z * z) * (z * z) or log(u) < 0.5 * z * z + d - d * v + d * log(v):
            return d * v * boost


def draw(kind: int, p: tuple[float, float, float, float], values: Sequence[float], key: int) -> float:
    """Return the draw of a distribution under a key, in seconds where it is a duration."""
    p0, p1, p2, p3 = p
    u0 = uniform(key, 0)
    if kind == Dist.CONSTANT:
        return p0
    if kind == Dist.UNIFORM:
        return p0 + (p1 - p0) * u0
    if kind == Dist.TRIANGULAR:
        if p2 <= p0:
            return p0
        if u0 < (p1 - p0) / (p2 - p0):
            return p0 + math.sqrt(u0 * (p2 - p0) * (p1 - p0))
        return p2 - math.sqrt((1.0 - u0) * (p2 - p0) * (p2 - p1))
    if kind == Dist.PERT:
        x, y = gamma(p2, key, 0), gamma(p3, key, 1)
        return p0 + (p1 - p0) * (x / (x + y))
    if kind == Dist.EXPONENTIAL:
        return p0 * exponential(key)
    if kind == Dist.LOGNORMAL:
        return exp(p0 + p1 * normal_quantile(u0))
    if kind == Dist.GAMMA:
        return gamma(p0, key, 0) * p1
    if kind == Dist.WEIBULL:
        return p1 * pow(-log(u0), 1.0 / p0)
    assert kind == Dist.EMPIRICAL
    return values[int(p0) + math.floor(u0 * p1)]


# ---- the things of the machine


class Where(Enum):
    """Where a token is."""

    READY = auto()
    QUEUE = auto()
    SERVICE = auto()
    CHANNEL = auto()  # waiting for one to open
    ON_THE_WAY = auto()
    DELAY = auto()
    WAITING = auto()  # for a meeting
    MEETING = auto()
    JOIN = auto()
    GONE = auto()


@dataclass(eq=False)
class Decision:
    """A row of the table of decisions."""

    row: int
    decision_class: int
    source: int
    ordinal: int
    raised: int
    root: Token = field(init=False)
    decided: int = UNSET
    ended: int = UNSET
    outcome: int = Outcome.OPEN
    account: list[int] = field(default_factory=lambda: [0] * N_CAUSES)
    hand_offs: int = 0
    crossings: int = 0
    returns: int = 0
    lost: int = 0
    precedence: int = 0
    reason: int = 0

    @property
    def clock_stopped(self) -> bool:
        """Whether the decision no longer counts time."""
        return self.ended != UNSET


@dataclass(eq=False)
class Token:
    """A decision on its way, or a branch of one."""

    number: int
    decision: Decision
    pc: int
    key: int
    since: int
    precedence: int = 0
    context: int = CONTEXT_OWN
    reworking: bool = False
    high: int = -1
    visit: int = 0
    returns: list[int] = field(default_factory=lambda: [0] * 16)
    register: int = 0
    account: list[int] = field(default_factory=lambda: [0] * N_CAUSES)
    where: Where = Where.READY
    parent: Token | None = None
    detached: bool = False
    children: list[Token] = field(default_factory=list)
    """Those still alive, in order, while it waits for the join."""
    votes: list[int] = field(default_factory=lambda: [0, 0])
    guard: int = 0
    guard_target: int = 0
    timer: int = 0
    """Sequence of the timer of a DELAY, or of a channel."""
    desk: Desk = field(init=False)
    slot: Slot = field(init=False)
    meeting: Meeting = field(init=False)
    work: int = 0
    """Work that it brought to its desk."""
    remaining: int = 0
    arrived: int = 0

    @property
    def in_rework(self) -> bool:
        """Whether it goes again where it has been before."""
        return self.reworking or self.pc <= self.high


@dataclass(eq=False)
class Slot:
    """A place for one person: idle, in service, or in a meeting."""

    number: int
    station: Station
    token: Token | None = None
    meeting: Meeting | None = None
    began: int = 0
    completion: int = NEVER
    """When the service ends; of a meeting, in its first desk's slot only."""
    through: bool = False
    """The service goes on through closing."""
    recalled: bool = False
    reserved_for: Meeting | None = None
    reserved_at: int = 0
    open_time: int = 0

    @property
    def idle(self) -> bool:
        """Whether nobody is in it."""
        return self.token is None and self.meeting is None

    def reserved_from(self) -> int:
        """Return from when it is reserved."""
        return self.reserved_at if self.reserved_for is not None else NEVER

    def free_from(self) -> int:
        """Return when nobody will be in it, as things stand."""
        if self.meeting is not None:
            return self.meeting.end
        return self.completion if self.token is not None else -NEVER


@dataclass(eq=False)
class Station:
    """People who share one queue."""

    number: int
    finishes: bool
    interrupt: int
    recall: int
    recall_count: int
    recall_us: int
    stand_down_us: int
    slots: list[Slot] = field(default_factory=list)
    queues: list[deque[Token]] = field(default_factory=lambda: [deque() for _ in PRECEDENCES])
    lost: bool = False
    recall_pending: bool = False
    stand_down_pending: bool = False
    wake: int = NEVER
    counted_until: int = 0

    @property
    def recalled(self) -> bool:
        """Whether a recall is in force."""
        return any(slot.recalled for slot in self.slots)

    def queued(self) -> list[Token]:
        """Return those in the queue, by precedence from the highest."""
        return [x for queue in reversed(self.queues) for x in queue]

    def serving(self) -> list[Token]:
        """Return those in service, by slot."""
        return [slot.token for slot in self.slots if slot.token is not None]


@dataclass(eq=False)
class Desk:
    """A name under which a station gets work, and what is counted there."""

    number: int
    station: Station
    successor: Desk | None = None
    arrivals: int = 0
    completions: int = 0
    work_time: int = 0
    lost_time: int = 0
    number_time: int = 0
    stay_time: int = 0
    interruptions: int = 0
    redirected: int = 0
    offered: int = 0
    here: int = 0
    changed: int = 0
    meeting: int = 0

    def change_number(self, by: int, now: int) -> None:
        """Let someone come or leave."""
        self.number_time += self.here * (now - self.changed)
        self.here += by
        self.changed = now


@dataclass(frozen=True)
class MeetingOption:
    """A channel over which a meeting can be held, and how long it takes then."""

    channel: int
    ready: int
    """When it has been set up: from then on the meeting can be held."""
    length: int


@dataclass(eq=False)
class Meeting:
    """A meeting that is waited for, or under way."""

    token: Token
    desks: list[Desk]
    options: list[MeetingOption]
    pair: int
    booked: bool = False
    try_timer: int = 0
    book_timer: int = 0
    seats: list[tuple[Slot, Desk]] = field(default_factory=list)
    held: MeetingOption = field(init=False)
    """How it is held, once it has begun."""
    began: int = 0

    @property
    def end(self) -> int:
        """When it ends, once it has begun."""
        return self.began + self.held.length


@dataclass(eq=False)
class Stream:
    """A source of decisions."""

    number: int
    decision_class: int
    entry: int
    kind: int
    key: int
    times: list[int]
    rates: list[float]
    offset: int
    interval: int
    ordinal: int = 0
    due: int = NEVER
    energy: float = 0.0
    """POISSON: the sum of the exponential draws so far."""
    step: int = 0
    passed: float = 0.0
    """POISSON: the integral of the rate at the begin of the step."""

    def next_moment(self) -> int:
        """Return when the next decision is raised. To be asked once for each ordinal, in order."""
        if self.kind == Source.INTERVAL:
            return self.offset + self.ordinal * self.interval
        if self.kind == Source.LIST:
            return self.times[self.ordinal] if self.ordinal < len(self.times) else NEVER
        self.energy += exponential(decision_key(self.key, self.ordinal))
        return self._moment_of_energy()

    def _moment_of_energy(self) -> int:
        while True:
            begin, rate = self.times[self.step], self.rates[self.step]
            left = self.energy - self.passed
            last = self.step == len(self.times) - 1
            if last:
                return begin + microseconds(left * (1.0 / rate)) if rate > 0.0 else NEVER
            integral = rate * (self.times[self.step + 1] - begin) * 1e-6
            if rate > 0.0 and not integral < left:
                return begin + microseconds(left * (1.0 / rate))
            self.passed += integral
            self.step += 1


# ---- the machine


class Twin:
    """One run of a program: ``advance`` it as far as wanted, ``inject`` outside events, ask for the ``output``."""

    def __init__(self, fixed: Fixed, bound: Bound, source_keys: Ints, *, trace: bool = False) -> None:
        postures, self.posture, self.length, self.sample_start, self.sample_step, samples, self.event_limit, _ = (
            fixed.header.tolist()
        )
        self.now = 0
        self.ordered: int | None = None
        self.posture_timer = 0
        self.level = 0.0
        self.injected = 0
        self.events = 0
        self.truncated = False
        self.heap: list[tuple[int, int, int]] = []
        self.timers: dict[int, Callable[[], None]] = {}
        self.sequence = 0
        self.ready: deque[Token] = deque()
        self.tokens: list[Token] = []
        self.decisions: list[Decision] = []
        self.marks: list[tuple[int, int, int]] = []
        self.waiting: list[Meeting] = []
        self.trace: list[tuple[int, ...]] | None = [] if trace else None

        operands = (fixed.op_a, fixed.op_b, fixed.op_c, fixed.op_d, fixed.op_e, fixed.op_f)
        self.code: list[tuple[int, ...]] = list(
            zip(fixed.op_code.tolist(), *(operand.tolist() for operand in operands), strict=True)
        )
        self.op_keys: list[int] = fixed.op_key.tolist()
        self.branch_pc: list[int] = fixed.branch_pc.tolist()
        self.branch_context: list[int] = fixed.branch_context.tolist()
        self.channel_list: list[int] = fixed.channel_list.tolist()
        self.meeting_desk: list[int] = fixed.meeting_desk.tolist()
        self.shift_time: list[int] = fixed.shift_time.tolist()
        self.duration: list[int] = bound.duration_us.tolist()
        self.probability: list[float] = bound.probability.tolist()
        self.activation: list[int] = bound.activation_us.tolist()
        self.effects: list[float] = bound.effects.tolist()
        self.values: list[float] = bound.values.tolist()
        self.kinds: list[int] = fixed.distribution_kind.tolist()
        self.parameters: list[tuple[float, float, float, float]] = list(
            zip(
                bound.distribution_p0.tolist(),
                bound.distribution_p1.tolist(),
                bound.distribution_p2.tolist(),
                bound.distribution_p3.tolist(),
                strict=True,
            )
        )
        opens, closes = fixed.segment_open.tolist(), fixed.segment_close.tolist()
        self.calendars = [
            Calendar(number, opens[first:end], closes[first:end])
            for number, (first, end) in enumerate(pairwise(fixed.calendar_first.tolist()))
        ]
        self.channel_calendar: list[int] = fixed.channel_calendar.tolist()
        self.channel_down = [False] * len(self.channel_calendar)
        self.channel_contact: list[float] = bound.channel_contact.tolist()
        self.slot_calendar: list[list[int]] = np.reshape(bound.slot_calendar, (postures, -1)).tolist()
        self.station_calendar: list[list[int]] = np.reshape(bound.station_calendar, (postures, -1)).tolist()

        self.stations = [
            Station(number, bool(finish), *rest)
            for number, (finish, *rest) in enumerate(
                zip(
                    fixed.station_finish.tolist(),
                    fixed.station_interrupt.tolist(),
                    fixed.station_recall.tolist(),
                    fixed.station_recall_count.tolist(),
                    bound.station_recall_us.tolist(),
                    bound.station_stand_down_us.tolist(),
                    strict=True,
                )
            )
        ]
        self.slots = [
            Slot(number, self.stations[station]) for number, station in enumerate(fixed.slot_station.tolist())
        ]
        for slot in self.slots:
            slot.station.slots.append(slot)
        self.desks = [
            Desk(number, self.stations[station]) for number, station in enumerate(fixed.desk_station.tolist())
        ]
        for desk, successor in zip(self.desks, fixed.desk_successor.tolist(), strict=True):
            desk.successor = self.desks[successor] if successor >= 0 else None

        self.pair_f: list[float] = bound.pair_start.tolist()
        self.pair_t = [0] * len(self.pair_f)
        self.pair_gain: list[float] = bound.pair_gain.tolist()
        self.pair_fade: list[float] = bound.pair_fade.tolist()
        self.pair_contact: list[float] = bound.pair_contact.tolist()
        self.pair_kept: list[float] = bound.pair_kept.tolist()

        self.outside = list(
            zip(fixed.outside_kind.tolist(), fixed.outside_a.tolist(), fixed.outside_b.tolist(), strict=True)
        )
        for number, moment in enumerate(fixed.outside_time.tolist()):
            self._schedule(moment, OUTSIDE, number)
        self.streams = self._make_streams(fixed, bound, source_keys)
        for stream in self.streams:
            self._await_next(stream)
        self.samples = np.zeros((samples, len(self.desks)), dtype=np.int64)
        for number in range(samples):
            self._schedule(self.sample_start + number * self.sample_step, SAMPLE, number)

    def _make_streams(self, fixed: Fixed, bound: Bound, source_keys: Ints) -> list[Stream]:
        times, rates = fixed.source_time.tolist(), bound.source_rate.tolist()
        first = fixed.source_first.tolist()
        return [
            Stream(
                number=number,
                decision_class=int(fixed.source_class[number]),
                entry=int(fixed.source_entry[number]),
                kind=int(fixed.source_kind[number]),
                key=int(source_keys[number]) & MASK,
                times=times[first[number] : first[number + 1]],
                rates=rates[first[number] : first[number + 1]],
                offset=int(bound.source_offset_us[number]),
                interval=int(bound.source_interval_us[number]),
            )
            for number in range(len(first) - 1)
        ]

    # -- events and their order

    def advance(self, until: int) -> None:
        """Execute all events up to and including the moment ``until``, and leave the clock there."""
        while not self.truncated and self.heap and self.heap[0][0] <= until:
            moment, kind, number = heapq.heappop(self.heap)
            event = self._event(moment, kind, number)
            if event is None:
                continue  # void: rescheduled or called off
            self.now = moment
            event()
            self._empty_ready_list()
            if kind != SAMPLE:
                self._count_event()
        if not self.truncated:
            self.now = max(self.now, until)

    def inject(self, kind: int, a: int, b: int) -> None:
        """Execute an outside event at the present moment."""
        self._happen_outside(kind, a, b)
        self._empty_ready_list()
        self._count_event()

    def _event(self, moment: int, kind: int, number: int) -> Callable[[], None] | None:
        """Return what an entry of the event list does; None if it is void."""
        if kind == COMPLETION:
            slot = self.slots[number]
            if slot.completion != moment:
                return None
            return lambda: self._complete(slot) if slot.meeting is None else self._end_meeting(slot.meeting)
        if kind == OUTSIDE:
            return lambda: self._happen_outside(*self.outside[number])
        if kind == TIMER:
            return self.timers.pop(number, None)
        if kind == WAKE:
            station = self.stations[number]
            return (lambda: self._serve(station)) if station.wake == moment else None
        if kind == ARRIVAL:
            return lambda: self._arrive_from(self.streams[number])
        return lambda: self._sample(number)

    def _schedule(self, moment: int, kind: int, number: int) -> None:
        if moment < NEVER:
            heapq.heappush(self.heap, (moment, kind, number))

    def _set_timer(self, moment: int, action: Callable[[], None]) -> int:
        """Set a timer and return its sequence; a timer at NEVER is none."""
        if moment >= NEVER:
            return 0
        self.sequence += 1
        self.timers[self.sequence] = action
        self._schedule(moment, TIMER, self.sequence)
        return self.sequence

    def _void(self, timer: int) -> None:
        self.timers.pop(timer, None)

    def _count_event(self) -> None:
        self.events += 1
        self.truncated = 0 < self.event_limit <= self.events

    def _empty_ready_list(self) -> None:
        while self.ready:
            x = self.ready.popleft()
            if x.where is Where.READY:
                self._run(x)

    def _go_on(self, x: Token, pc: int) -> None:
        """Put a token at the tail of the ready list."""
        x.where = Where.READY
        x.pc = pc
        self.ready.append(x)

    # -- sources and the sampler

    def _await_next(self, stream: Stream) -> None:
        moment = stream.next_moment()
        if moment < self.length:
            self._schedule(moment, ARRIVAL, stream.number)

    def _arrive_from(self, stream: Stream) -> None:
        self._raise(stream, stream.ordinal)
        stream.ordinal += 1
        self._await_next(stream)

    def _raise(self, stream: Stream, ordinal: int) -> None:
        decision = Decision(len(self.decisions), stream.decision_class, stream.number, ordinal, self.now)
        self.decisions.append(decision)
        decision.root = self._new_token(decision, stream.entry, decision_key(stream.key, ordinal))
        self._record(Trace.RAISED, decision.root, x=stream.number)
        self.ready.append(decision.root)

    def _new_token(self, decision: Decision, pc: int, key: int) -> Token:
        token = Token(len(self.tokens), decision, pc, key, self.now)
        self.tokens.append(token)
        return token

    def _sample(self, number: int) -> None:
        self.samples[number] = [desk.here + desk.meeting for desk in self.desks]

    # -- settling: where the time goes

    def _settle(self, x: Token) -> None:
        """Give the time since the last settling to activities."""
        begin, x.since = x.since, self.now
        if begin == self.now:
            return
        cause_of_all = REWORK_CAUSE if x.in_rework else CONCURRENCE_CAUSE if x.context == CONTEXT_CONCURRENCE else None
        for activity, part in sorted(self._activities(x, begin).items()):
            if part > 0:
                cause = activity if cause_of_all is None else cause_of_all
                x.account[cause] += part
                self._record(Trace.SPENT, x, place=self._place(x), x=activity, y=cause, time=begin, until=begin + part)
                begin += part

    def _activities(self, x: Token, begin: int) -> dict[int, int]:
        """Return the parts of ``[begin, now)`` by activity, and count the work in them as done."""
        elapsed = self.now - begin
        if x.where is Where.QUEUE:
            on_duty = self._station_calendar(x.desk.station).open_time(begin, self.now)
            return {QUEUE_CAUSE: on_duty, OFF_DUTY_CAUSE: elapsed - on_duty}
        if x.where is Where.SERVICE:
            work = elapsed if x.slot.through else self._slot_calendar(x.slot).open_time(begin, self.now)
            x.remaining -= work
            x.desk.work_time += work
            return {WORK_CAUSE: work, OFF_DUTY_CAUSE: elapsed - work}
        if x.where in (Where.CHANNEL, Where.ON_THE_WAY):
            return {CHANNEL_CAUSE: elapsed}
        if x.where is Where.DELAY:
            return {self.code[x.pc][2]: elapsed}
        if x.where is Where.WAITING:
            return self._meeting_wait(x.meeting, begin)
        if x.where is Where.MEETING:
            for _, desk in x.meeting.seats:
                desk.work_time += elapsed
            return {WORK_CAUSE: elapsed}
        assert x.where is Where.JOIN
        return {}

    def _meeting_wait(self, meeting: Meeting, begin: int) -> dict[int, int]:
        stations = [self._station_calendar(self._present(desk).station) for desk in meeting.desks]
        channels = [self._channel_calendar(option.channel) for option in meeting.options]
        boundaries = {t for calendar in stations + channels for t in calendar.boundaries(begin, self.now)}
        boundaries |= {option.ready for option in meeting.options if begin < option.ready < self.now}
        parts = {QUEUE_CAUSE: 0, CHANNEL_CAUSE: 0, MEETING_CAUSE: 0}
        for t, end in pairwise(sorted(boundaries | {begin, self.now})):
            if not all(station.is_open(t) for station in stations):
                parts[MEETING_CAUSE] += end - t
            elif not any(
                option.ready <= t and channel.is_open(t)
                for option, channel in zip(meeting.options, channels, strict=True)
            ):
                parts[CHANNEL_CAUSE] += end - t
            else:
                parts[QUEUE_CAUSE] += end - t
        return parts

    def _place(self, x: Token) -> int:
        """Return the desk of a token at WORK or MEET, or the first channel that its SEND lists."""
        op, a, b = self.code[x.pc][:3]
        if op == Op.WORK:
            return x.desk.number
        if op == Op.MEET:
            return self.meeting_desk[a] if b else -1
        return self.channel_list[a] if op == Op.SEND and b else -1

    # -- effective calendars

    def _slot_calendar(self, slot: Slot) -> Calendar:
        if slot.station.lost:
            return self.calendars[CALENDAR_NEVER]
        if slot.recalled:
            return self.calendars[CALENDAR_ALWAYS]
        return self.calendars[self.slot_calendar[self.posture][slot.number]]

    def _station_calendar(self, station: Station) -> Calendar:
        if station.lost:
            return self.calendars[CALENDAR_NEVER]
        if station.recalled:
            return self.calendars[CALENDAR_ALWAYS]
        return self.calendars[self.station_calendar[self.posture][station.number]]

    def _channel_calendar(self, channel: int) -> Calendar:
        return self.calendars[CALENDAR_NEVER if self.channel_down[channel] else self.channel_calendar[channel]]

    def _is_open(self, slot: Slot) -> bool:
        return self._slot_calendar(slot).is_open(self.now)

    def _opens(self, slot: Slot) -> int:
        """Return when a slot that is closed now opens."""
        return self._slot_calendar(slot).next_open(self.now)

    # -- stations

    def _works_through(self, x: Token, station: Station) -> bool:
        return station.finishes or x.precedence >= station.recall

    def _completion(self, slot: Slot, x: Token, through: bool) -> int:
        return self.now + x.remaining if through else self._slot_calendar(slot).finish(self.now, x.remaining)

    def _may_start(self, slot: Slot, x: Token) -> bool:
        if not slot.idle or not self._is_open(slot):
            return False
        through = self._works_through(x, slot.station)
        return slot.reserved_for is None or self._completion(slot, x, through) <= slot.reserved_at

    def _slot_for(self, x: Token, station: Station) -> Slot | None:
        return next((slot for slot in station.slots if self._may_start(slot, x)), None)

    def _start(self, slot: Slot, x: Token) -> None:
        self._settle(x)
        x.where = Where.SERVICE
        x.slot = slot
        slot.token = x
        slot.began = self.now
        slot.through = self._works_through(x, slot.station)
        self._set_completion(slot, self._completion(slot, x, slot.through))
        self._record(Trace.STARTED, x, place=x.desk.number, x=slot.number, y=x.remaining)

    def _set_completion(self, slot: Slot, moment: int) -> None:
        slot.completion = moment
        self._schedule(moment, COMPLETION, slot.number)

    def _empty(self, slot: Slot) -> None:
        slot.token = slot.meeting = None
        slot.completion = NEVER

    def _present(self, desk: Desk) -> Desk:
        """Return the desk that does a desk's work now, after succession."""
        for _ in range(MOST_SUCCESSIONS):
            if not desk.station.lost or desk.successor is None:
                break
            desk = desk.successor
        return desk

    def _redirect(self, x: Token, desk: Desk) -> Desk:
        """Return what ``_present`` does, and leave a mark at each lost desk on the way."""
        for _ in range(MOST_SUCCESSIONS):
            if not desk.station.lost or desk.successor is None:
                break
            desk.redirected += 1
            self._record(Trace.REDIRECTED, x, place=desk.number, x=desk.successor.number)
            desk = desk.successor
        return desk

    def _arrive(self, x: Token, desk: Desk) -> None:
        x.desk = desk = self._redirect(x, desk)
        x.work, x.arrived = x.remaining, self.now
        desk.arrivals += 1
        desk.offered += x.work
        desk.change_number(+1, self.now)
        station = desk.station
        nobody_before = not any(station.queues[x.precedence :])
        if nobody_before and (slot := self._slot_for(x, station)):
            self._start(slot, x)
        elif x.precedence >= station.interrupt and (slot := self._slot_to_interrupt(x, station)):
            self._interrupt(slot)
            self._start(slot, x)
            self._set_wake(station)
            self._stand_down_rule(station)
        else:
            x.where = Where.QUEUE
            station.queues[x.precedence].append(x)
            self._record(Trace.QUEUED, x, place=desk.number, x=x.remaining)
            self._recall_rule(x, station)
            self._set_wake(station)

    def _slot_to_interrupt(self, x: Token, station: Station) -> Slot | None:
        candidates = [
            (slot.token.precedence, -slot.began, -slot.number)
            for slot in station.slots
            if slot.token is not None and slot.token.precedence < x.precedence and self._is_open(slot)
        ]
        return self.slots[-min(candidates)[2]] if candidates else None

    def _interrupt(self, slot: Slot) -> None:
        y = slot.token
        assert y is not None
        self._settle(y)
        y.desk.interruptions += 1
        self._record(Trace.INTERRUPTED, y, place=y.desk.number, x=slot.number)
        self._back_to_queue(slot, y)

    def _back_to_queue(self, slot: Slot, y: Token) -> None:
        self._empty(slot)
        y.where = Where.QUEUE
        slot.station.queues[y.precedence].appendleft(y)

    def _serve(self, station: Station) -> None:
        station.wake = NEVER
        for precedence in reversed(range(len(PRECEDENCES))):
            for meeting in list(self.waiting):
                if meeting.token.precedence == precedence and any(
                    self._present(desk).station is station for desk in meeting.desks
                ):
                    self._try(meeting)
            queue = station.queues[precedence]
            while queue and (slot := self._slot_for(queue[0], station)):
                self._start(slot, queue.popleft())
        self._set_wake(station)

    def _set_wake(self, station: Station) -> None:
        """Set the wake anew; but one that is due now stays."""
        if station.wake != self.now:
            opens = (self._opens(slot) for slot in station.slots if slot.idle and not self._is_open(slot))
            self._wake_at(station, min(opens, default=NEVER) if any(station.queues) else NEVER)

    def _wake_at(self, station: Station, moment: int) -> None:
        station.wake = moment
        self._schedule(moment, WAKE, station.number)

    def _complete(self, slot: Slot) -> None:
        x = slot.token
        assert x is not None
        self._settle(x)
        self._record(Trace.DONE, x, place=x.desk.number, x=slot.number)
        x.desk.completions += 1
        self._leave_desk(x)
        self._empty(slot)
        self._serve(slot.station)
        self._go_on(x, x.pc + 1)
        self._stand_down_rule(slot.station)

    def _leave_desk(self, x: Token) -> None:
        x.desk.change_number(-1, self.now)
        x.desk.stay_time += self.now - x.arrived

    def _recall_rule(self, x: Token, station: Station) -> None:
        if (
            x.precedence >= station.recall
            and not station.lost
            and not any(self._is_open(slot) for slot in station.slots)
            and not station.recall_pending
            and not station.recalled
        ):
            station.recall_pending = True
            self._set_timer(self.now + station.recall_us, lambda: self._recall(station))

    def _recall(self, station: Station) -> None:
        def come() -> None:
            for slot in [slot for slot in station.slots if not self._is_open(slot)][: station.recall_count]:
                slot.recalled = True
            self._record(Trace.RECALLED, place=self._first_desk(station))

        station.recall_pending = False
        self._retime([station], come)

    def _stand_down_rule(self, station: Station) -> None:
        if station.recalled and not station.stand_down_pending and not self._has_recalling_work(station):
            station.stand_down_pending = True
            self._set_timer(self.now + station.stand_down_us, lambda: self._stand_down(station))

    def _stand_down(self, station: Station) -> None:
        def leave() -> None:
            for slot in station.slots:
                slot.recalled = False
            self._record(Trace.STOOD_DOWN, place=self._first_desk(station))

        station.stand_down_pending = False
        if not self._has_recalling_work(station):
            self._retime([station], leave)

    def _has_recalling_work(self, station: Station) -> bool:
        return any(x.precedence >= station.recall for x in station.queued() + station.serving())

    def _first_desk(self, station: Station) -> int:
        return next(desk.number for desk in self.desks if desk.station is station)

    def _retime(self, stations: Sequence[Station], change: Callable[[], None]) -> None:
        """Change when stations are open; what they have in hand is done at other times from now on."""
        for station in stations:
            self._count_open_time(station)
            for x in station.queued() + station.serving():
                self._settle(x)
        self._settle_waiting_meetings()
        change()
        for station in stations:
            for slot in station.slots:
                if slot.token is not None:
                    no_longer_staffed = self._slot_calendar(slot).number == CALENDAR_NEVER and not station.lost
                    slot.through = self._works_through(slot.token, station) or no_longer_staffed
                    self._set_completion(slot, self._completion(slot, slot.token, slot.through))
        for station in stations:
            self._serve(station)
        self._try_waiting_meetings()

    def _count_open_time(self, station: Station) -> None:
        for slot in station.slots:
            slot.open_time += self._slot_calendar(slot).open_time(station.counted_until, self.now)
        station.counted_until = self.now

    # -- meetings

    def _settle_waiting_meetings(self) -> None:
        for meeting in self.waiting:
            self._settle(meeting.token)

    def _try_waiting_meetings(self) -> None:
        for meeting in list(self.waiting):
            if meeting in self.waiting and not self._try(meeting) and not meeting.booked:
                self._set_try(meeting)

    def _try(self, meeting: Meeting) -> bool:
        """Start a meeting, over the first channel over which it can be held, if all it needs is there now."""
        for option in meeting.options:
            end = self.now + option.length
            calendar = self._channel_calendar(option.channel)
            if option.ready <= self.now and calendar.is_open(self.now) and calendar.closes_after(self.now) >= end:
                seats = self._seats(meeting, option)
                if seats is not None:
                    self._start_meeting(meeting, seats, option)
                    return True
        return False

    def _seats(self, meeting: Meeting, option: MeetingOption) -> list[tuple[Slot, Desk]] | None:
        seats: list[tuple[Slot, Desk]] = []
        for desk in map(self._present, meeting.desks):
            slot = self._seat(meeting, option, desk.station, [taken for taken, _ in seats])
            if slot is None:
                return None
            seats.append((slot, desk))
        return seats

    def _seat(self, meeting: Meeting, option: MeetingOption, station: Station, taken: Sequence[Slot]) -> Slot | None:
        end = self.now + option.length
        fit = [
            slot
            for slot in station.slots
            if slot.idle
            and slot not in taken
            and (slot.reserved_for is meeting or slot.reserved_from() >= end)
            and self._is_long_enough(slot, meeting, option, self.now)
        ]
        return min(fit, key=lambda slot: (slot.reserved_for is not meeting, slot.number), default=None)

    def _is_long_enough(self, slot: Slot, meeting: Meeting, option: MeetingOption, t: int) -> bool:
        """Whether a slot is open at ``t`` for the whole meeting."""
        calendar = self._slot_calendar(slot)
        return calendar.is_open(t) and (
            self._works_through(meeting.token, slot.station) or calendar.closes_after(t) >= t + option.length
        )

    def _start_meeting(self, meeting: Meeting, seats: list[tuple[Slot, Desk]], option: MeetingOption) -> None:
        x = meeting.token
        self._settle(x)
        self._stop_waiting(meeting)
        x.where = Where.MEETING
        meeting.seats, meeting.held, meeting.began = seats, option, self.now
        for slot, desk in seats:
            slot.meeting = meeting
            desk.meeting += 1
        self._set_completion(seats[0][0], meeting.end)
        self._record(Trace.MEETING_STARTS, x, place=self._place(x), x=option.channel, until=meeting.end)

    def _stop_waiting(self, meeting: Meeting) -> None:
        self.waiting.remove(meeting)
        self._void(meeting.try_timer)
        self._void(meeting.book_timer)
        self._end_reservations(meeting)

    def _end_reservations(self, meeting: Meeting) -> None:
        meeting.booked = False
        for slot in self.slots:
            if slot.reserved_for is meeting:
                slot.reserved_for = None
                self._wake_at(slot.station, self.now)

    def _end_meeting(self, meeting: Meeting) -> None:
        x = meeting.token
        self._settle(x)
        self._record(Trace.MEETING_ENDS, x, place=self._place(x))
        self._leave_seats(meeting)
        self._grow_familiar(meeting)
        self._serve_seats(meeting)
        self._go_on(x, x.pc + 1)

    def _leave_seats(self, meeting: Meeting) -> None:
        for slot, desk in meeting.seats:
            self._empty(slot)
            desk.meeting -= 1

    def _serve_seats(self, meeting: Meeting) -> None:
        for _, desk in meeting.seats:
            self._serve(desk.station)

    def _first_common_opening(self, meeting: Meeting) -> tuple[int, MeetingOption | None]:
        """Return the earliest moment, by calendars, at which the meeting fits, and over which channel."""
        openings = ((self._common_opening(meeting, option), option) for option in meeting.options)
        moment, option = min(openings, key=lambda opening: opening[0], default=(NEVER, None))
        return (moment, option) if moment < NEVER else (NEVER, None)

    def _common_opening(self, meeting: Meeting, option: MeetingOption) -> int:
        stations = [self._present(desk).station for desk in meeting.desks]
        t, before = max(self.now, option.ready), None
        while t != before and t < NEVER:
            before = t
            for station in stations:
                length = 0 if self._works_through(meeting.token, station) else option.length
                t = opening_of(self._station_calendar(station), t, length)
            t = opening_of(self._channel_calendar(option.channel), t, option.length)
        return t

    def _set_try(self, meeting: Meeting) -> None:
        """Set MEETTRY: at the first common opening; if that is now, when the next slot or channel opens."""
        moment, _ = self._first_common_opening(meeting)
        if moment == self.now:
            slots = (slot for desk in meeting.desks for slot in self._present(desk).station.slots)
            calendars = [self._slot_calendar(slot) for slot in slots]
            calendars += [self._channel_calendar(option.channel) for option in meeting.options]
            ready = [option.ready for option in meeting.options if option.ready > self.now]
            moment = min([*(calendar.opens_next(self.now) for calendar in calendars), *ready], default=NEVER)
        self._set_try_at(meeting, moment)

    def _set_try_at(self, meeting: Meeting, moment: int) -> None:
        self._void(meeting.try_timer)
        meeting.try_timer = self._set_timer(moment, lambda: self._try_again(meeting))

    def _try_again(self, meeting: Meeting) -> None:
        if self._try(meeting):
            return
        was_booked = meeting.booked
        self._end_reservations(meeting)
        self._set_try(meeting)
        if was_booked:
            self._set_book(meeting, self.now)

    def _set_book(self, meeting: Meeting, moment: int) -> None:
        meeting.book_timer = self._set_timer(moment, lambda: self._book(meeting))

    def _book(self, meeting: Meeting) -> None:
        moment, option = self._first_common_opening(meeting)
        seats: list[Slot] = []
        for desk in map(self._present, meeting.desks):
            slot = self._bookable_slot(meeting, option, desk.station, seats, moment) if option else None
            if slot is None:
                self._set_book(meeting, self.now + HOUR)
                return
            seats.append(slot)
        for slot in seats:
            slot.reserved_for, slot.reserved_at = meeting, moment
        meeting.booked = True
        self._set_try_at(meeting, moment)

    def _bookable_slot(
        self, meeting: Meeting, option: MeetingOption, station: Station, taken: Sequence[Slot], t: int
    ) -> Slot | None:
        for slot in station.slots:
            is_free = slot.free_from() <= t
            is_reserved = slot.reserved_for is not None
            if is_free and not is_reserved and slot not in taken and self._is_long_enough(slot, meeting, option, t):
                return slot
        return None

    # -- familiarity

    def _familiarity(self, pair: int) -> float:
        """Return a pair's familiarity now."""
        f = self.pair_f[pair]
        a = self.pair_contact[pair] * self.pair_gain[pair]
        r = a + self.pair_fade[pair]
        if r == 0.0:
            return f
        hours = (self.now - self.pair_t[pair]) / 3.6e9
        limit = a / r
        return limit + (f - limit) * exp(-r * hours)

    def _keep_familiarity(self, pair: int, f: float) -> None:
        self.pair_f[pair], self.pair_t[pair] = f, self.now

    def _grow_familiar(self, meeting: Meeting) -> None:
        if meeting.pair >= 0:
            hours = meeting.held.length / 3.6e9
            stranger = 1.0 - self._familiarity(meeting.pair)
            contact = self.channel_contact[meeting.held.channel]
            self._keep_familiarity(meeting.pair, 1.0 - stranger * exp(-self.pair_gain[meeting.pair] * contact * hours))

    def _unfamiliar_share(self, pair: int) -> float:
        """Return what familiarity leaves of a chance of return, or of a meeting's length."""
        return 1.0 - self.effects[0] * self._familiarity(pair) if pair >= 0 else 1.0

    # -- instructions

    def _run(self, x: Token) -> None:
        """Run a token's instructions until it must wait."""
        pc: int | None = x.pc
        while pc is not None:
            x.pc = pc
            op, *operands = self.code[pc]
            pc = INSTRUCTIONS[op](self, x, *operands)

    def _draw_key(self, x: Token) -> int:
        return mix(x.key ^ (self.op_keys[x.pc] + x.visit * GOLDEN & MASK))

    def _draw(self, distribution: int, key: int) -> float:
        return draw(self.kinds[distribution], self.parameters[distribution], self.values, key)

    def _slowed(self, seconds: float, by_friction: int) -> float:
        return seconds * (1.0 + self.level * self.effects[1]) if by_friction else seconds

    def _work(self, x: Token, desk: int, distribution: int, flags: int, *_: int) -> None:
        x.remaining = microseconds(self._slowed(self._draw(distribution, self._draw_key(x)), flags & 1))
        self._arrive(x, self.desks[desk])

    def _send(self, x: Token, first: int, count: int, delays: int, flags: int, conversions: int, *_: int) -> None:
        channels = self.channel_list[first : first + count]
        for position, channel in enumerate(channels):
            if self._channel_calendar(channel).is_open(self.now):
                conversion = conversions + position if conversions >= 0 else -1
                self._set_out(x, channel, delays + position, flags, conversion)
                return
        x.where = Where.CHANNEL
        opens = min((self._channel_calendar(channel).next_open(self.now) for channel in channels), default=NEVER)
        x.timer = self._set_timer(opens, lambda: self._send_again(x))

    def _send_again(self, x: Token) -> None:
        self._void(x.timer)
        self._send(x, *self.code[x.pc][1:])

    def _set_out(self, x: Token, channel: int, delay: int, flags: int, conversion: int) -> None:
        key = self._draw_key(x)
        arrival = self.now + microseconds(self._draw(delay, key))
        if conversion >= 0:
            arrival += microseconds(self._draw(conversion, key2(key, 1)))
        if not x.decision.clock_stopped:
            x.decision.hand_offs = min(x.decision.hand_offs + (flags & 1), MOST_COUNTED)
            x.decision.crossings = min(x.decision.crossings + (flags >> 1 & 1), MOST_COUNTED)
        x.where = Where.ON_THE_WAY
        self._record(Trace.SENT, x, place=channel, until=arrival)
        x.timer = self._set_timer(arrival, lambda: self._come_through(x, channel))

    def _come_through(self, x: Token, channel: int) -> None:
        self._settle(x)
        self._record(Trace.ARRIVED, x, place=channel)
        self._go_on(x, x.pc + 1)

    def _delay(self, x: Token, distribution: int, _activity: int, flags: int, *_: int) -> None:
        length = microseconds(self._slowed(self._draw(distribution, self._draw_key(x)), flags & 1))
        x.where = Where.DELAY
        x.timer = self._set_timer(self.now + length, lambda: self._end_delay(x))

    def _end_delay(self, x: Token) -> None:
        self._settle(x)
        self._go_on(x, x.pc + 1)

    def _meet(
        self, x: Token, first: int, count: int, distribution: int, first_channel: int, channels: int, index: int
    ) -> None:
        pair, book = ((index & 0xFFFFF) - 1, (index >> 20 & 0xFFFFF) - 1) if index >= 0 else (-1, -1)
        key = self._draw_key(x)
        share = self._unfamiliar_share(pair)
        x.where = Where.WAITING
        x.meeting = meeting = Meeting(
            token=x,
            desks=[self.desks[desk] for desk in self.meeting_desk[first : first + count]],
            options=[
                MeetingOption(
                    channel,
                    ready=self.now + microseconds(self._draw(distribution + channels + number, key2(key, 1))),
                    length=microseconds(self._draw(distribution + number, key) * share),
                )
                for number, channel in enumerate(self.channel_list[first_channel : first_channel + channels])
            ],
            pair=pair,
        )
        self.waiting.append(meeting)
        length = meeting.options[0].length if channels else 0
        self._record(Trace.MEETING_WAITS, x, place=self._place(x), x=length)
        if not self._try(meeting):
            self._set_try(meeting)
            if book >= 0:
                self._set_book(meeting, self.now + self.duration[book])

    def _fork(self, x: Token, first: int, count: int, *_: int) -> int | None:
        children = self._make_children(x, first, count)
        if not children:
            x.register = 0
            return x.pc + 1
        for child in children:
            child.parent = x
        x.children = children
        x.votes = [0, 0]
        x.where = Where.JOIN
        return None

    def _spawn(self, x: Token, first: int, count: int, *_: int) -> int:
        self._make_children(x, first, count)
        return x.pc + 1

    def _make_children(self, x: Token, first: int, count: int) -> list[Token]:
        self._record(Trace.FORKED, x, x=count)
        children = []
        for branch in range(first, first + count):
            child = self._new_token(x.decision, self.branch_pc[branch], x.key)
            child.precedence = x.precedence
            child.context = max(x.context, self.branch_context[branch])
            child.reworking = x.in_rework
            child.visit = x.visit
            children.append(child)
        self.ready.extend(children)
        return children

    def _leave(self, x: Token, vote: int, *_: int) -> None:
        if vote < 0:
            vote = int(x.register != 0)
        self._be_gone(x)
        if x.parent is not None:
            x.parent.children.remove(x)
            x.parent.votes[vote] += 1
            self._look_at_join(x.parent, x)

    def _look_at_join(self, x: Token, child: Token) -> None:
        """Let the parent go on if all have left, or if the outcome is certain and that is enough."""
        _, _, _, quorum, wait_for_all, *_ = self.code[x.pc]
        yes, left = x.votes[0], len(x.children)
        certain = yes >= quorum or yes + left < quorum
        if left == 0 or (certain and not wait_for_all):
            add_account(x, child)
            x.register = int(yes < quorum)
            self._record(Trace.JOINED, x, x=child.number, y=x.register)
            self._withdraw_children(x)
            x.since = self.now
            self._go_on(x, x.pc + 1)

    def _chance(self, x: Token, probability: int, target: int, *_: int) -> int:
        return target if uniform(self._draw_key(x), 0) < self.probability[probability] else x.pc + 1

    def _return(self, x: Token, probability: int, target: int, limit: int, pair: int, flags: int, counter: int) -> int:
        p = self.probability[probability] * self._unfamiliar_share(pair)
        if flags & 1:
            p = min(1.0, p + self.level * self.effects[2])
        if not uniform(self._draw_key(x), 0) < p or 0 <= limit <= x.returns[counter]:
            return x.pc + 1
        if limit >= 0:
            x.returns[counter] += 1
        x.high = max(x.high, x.pc)
        x.visit += 1
        x.decision.returns = min(x.decision.returns + 1, MOST_COUNTED)
        self._record(Trace.RETURNED, x, x=target)
        return target

    def _jump(self, _x: Token, target: int, *_: int) -> int:
        return target

    def _if_register(self, x: Token, value: int, target: int, *_: int) -> int:
        return target if x.register == value else x.pc + 1

    def _set_register(self, x: Token, value: int, *_: int) -> int:
        x.register = value
        return x.pc + 1

    def _if_posture(self, x: Token, posture: int, target: int, *_: int) -> int:
        return target if self.posture == posture else x.pc + 1

    def _if_open(self, x: Token, calendar: int, target: int, *_: int) -> int:
        return target if self.calendars[calendar].is_open(self.now) else x.pc + 1

    def _if_lost(self, x: Token, desk: int, target: int, *_: int) -> int:
        return target if self.desks[desk].station.lost else x.pc + 1

    def _if_over(self, x: Token, distribution: int, limit: int, target: int, *_: int) -> int:
        attribute = self._draw(distribution, mix(x.key ^ self.op_keys[x.pc] & MASK))
        return target if attribute > self.probability[limit] else x.pc + 1

    def _guard(self, x: Token, duration: int, target: int, *_: int) -> int:
        self._void(x.guard)
        x.guard = self._set_timer(self.now + self.duration[duration], lambda: self._time_out(x))
        x.guard_target = target
        return x.pc + 1

    def _unguard(self, x: Token, *_: int) -> int:
        self._void(x.guard)
        return x.pc + 1

    def _order_posture(self, x: Token, posture: int, *_: int) -> int:
        self._order(posture)
        return x.pc + 1

    def _set_precedence(self, x: Token, precedence: int, *_: int) -> int:
        x.precedence = precedence
        if x is x.decision.root:
            x.decision.precedence = precedence
        return x.pc + 1

    def _mark(self, x: Token, mark: int, *_: int) -> int:
        decision = x.decision
        self._record(Trace.MARKED, x, x=mark)
        if mark == ORDERED_MARK and x is decision.root and not decision.clock_stopped:
            self._stop_clock(decision, Outcome.DONE, 0)
            return x.pc + 1
        self.marks.append((decision.row, mark, self.now))
        if mark == 0 and decision.decided == UNSET:
            decision.decided = self.now
        return x.pc + 1

    def _end(self, x: Token, outcome: int, reason: int, *_: int) -> None:
        self._record(Trace.ENDED, x, x=outcome, y=reason)
        self._stop_clock(x.decision, outcome, reason)
        self._be_gone(x)

    def _stop_clock(self, decision: Decision, outcome: int, reason: int) -> None:
        if not decision.clock_stopped:
            decision.outcome, decision.reason, decision.ended = outcome, reason, self.now
            decision.account = list(decision.root.account)

    # -- withdrawing

    def _be_gone(self, x: Token) -> None:
        x.where = Where.GONE
        self._void(x.guard)

    def _withdraw(self, x: Token) -> None:
        self._settle(x)
        self._record(Trace.WITHDRAWN, x, y=self._first_child(x))
        self._leave_place(x)
        self._be_gone(x)

    def _withdraw_children(self, x: Token) -> None:
        children, x.children = x.children, []
        for child in children:
            self._withdraw(child)

    def _leave_place(self, x: Token) -> None:
        """Take a token away from wherever it waits."""
        if x.where is Where.QUEUE:
            self._lose_effort(x, x.desk, x.work - x.remaining)
            self._leave_queue(x)
            self._set_wake(x.desk.station)
            self._stand_down_rule(x.desk.station)
        elif x.where is Where.SERVICE:
            self._lose_effort(x, x.desk, x.work - x.remaining)
            self._leave_desk(x)
            self._empty(x.slot)
            self._serve(x.desk.station)
            self._stand_down_rule(x.desk.station)
        elif x.where in (Where.CHANNEL, Where.ON_THE_WAY, Where.DELAY):
            self._void(x.timer)
        elif x.where is Where.WAITING:
            self._stop_waiting(x.meeting)
        elif x.where is Where.MEETING:
            for _, desk in x.meeting.seats:
                self._lose_effort(x, desk, self.now - x.meeting.began)
            self._leave_seats(x.meeting)
            self._serve_seats(x.meeting)
        elif x.where is Where.JOIN:
            self._withdraw_children(x)

    def _leave_queue(self, x: Token) -> None:
        x.desk.station.queues[x.precedence].remove(x)
        self._leave_desk(x)

    def _lose_effort(self, x: Token, desk: Desk, effort: int) -> None:
        desk.lost_time += effort
        x.decision.lost += effort

    def _time_out(self, x: Token) -> None:
        self._record(Trace.TIMED_OUT, x, x=x.guard_target, y=self._first_child(x))
        self._settle(x)
        for child in self._critical_children(x):
            self._settle(child)
            add_account(x, child)
        self._leave_place(x)
        self._go_on(x, x.guard_target)

    def _critical_children(self, x: Token) -> Iterator[Token]:
        """Yield the first child still alive of a token in a join, then that one's, and so on."""
        while x.where is Where.JOIN:
            x = x.children[0]
            yield x

    def _first_child(self, x: Token) -> int:
        """Return the number of a join's critical child, or -1."""
        return next((child.number for child in self._critical_children(x)), -1)

    # -- postures and outside events

    def _order(self, posture: int) -> None:
        if posture == self.ordered:
            return
        if self.ordered is not None:
            self._void(self.posture_timer)
            self.ordered = None
        if posture == self.posture:
            return
        self.ordered = posture
        moment = self.now + self.activation[posture]
        if posture < self.posture:
            moment = next((shift for shift in self.shift_time if shift > self.now), moment)
        self.posture_timer = self._set_timer(moment, lambda: self._take_posture(posture))

    def _take_posture(self, posture: int) -> None:
        def change() -> None:
            self.posture, self.ordered = posture, None
            self._record(Trace.POSTURE, x=posture)

        self._retime(self.stations, change)

    def _happen_outside(self, kind: int, a: int, b: int) -> None:
        if kind == Outside.POSTURE:
            self._order(a)
        elif kind == Outside.CHANNEL:
            self._change_channel(a, up=b)
        elif kind == Outside.LOST:
            self._lose(self.desks[a])
        elif kind == Outside.RESTORED:
            self._restore(self.desks[a])
        elif kind == Outside.ROTATE:
            self._keep_familiarity(a, self._familiarity(a) * self.pair_kept[a])
            self._record(Trace.ROTATED, x=a)
        elif kind == Outside.FRICTION:
            self.level = a / 1000.0
            self._record(Trace.FRICTION, x=a)
        elif kind == Outside.INJECT:
            self._raise(self.streams[a], FIRST_INJECTED + self.injected)
            self.injected += 1

    def _change_channel(self, channel: int, up: int) -> None:
        self._settle_waiting_meetings()
        self.channel_down[channel] = not up
        self._record(Trace.CHANNEL, place=channel, x=up)
        for x in self.tokens:
            if x.where is Where.CHANNEL:
                self._send_again(x)
        self._try_waiting_meetings()

    def _lose(self, desk: Desk) -> None:
        station = desk.station

        def change() -> None:
            station.lost = True
            self._record(Trace.LOST, place=desk.number)
            for x in station.queued() + station.serving():
                self._hand_over(x)

        self._retime([station], change)
        self._stand_down_rule(station)

    def _hand_over(self, x: Token) -> None:
        """Pass on the work in hand at a lost station, or keep it in the queue where nobody succeeds."""
        if x.desk.successor is not None:
            if x.where is Where.QUEUE:
                self._leave_queue(x)
            else:
                self._leave_desk(x)
                self._empty(x.slot)
            self._arrive(x, x.desk)
        elif x.where is Where.SERVICE:
            self._back_to_queue(x.slot, x)
            self._record(Trace.QUEUED, x, place=x.desk.number, x=x.remaining)

    def _restore(self, desk: Desk) -> None:
        def change() -> None:
            desk.station.lost = False
            self._record(Trace.RESTORED, place=desk.number)

        self._retime([desk.station], change)
        for x in desk.station.queued():
            self._recall_rule(x, desk.station)

    # -- what a run gives

    def _record(
        self,
        kind: int,
        token: Token | None = None,
        *,
        place: int = -1,
        x: int = 0,
        y: int = 0,
        time: int | None = None,
        until: int = 0,
    ) -> None:
        if self.trace is not None:
            who = (token.decision.row, token.number, token.pc) if token is not None else (-1, -1, -1)
            self.trace.append((kind, self.now if time is None else time, *who, place, x, y, until))

    def output(self) -> RunOutput:
        """Return the tables as they are at the clock, with all live tokens settled."""
        for x in self.tokens:
            if x.where is not Where.GONE:
                self._settle(x)
        for x in self.tokens:
            if x.where is Where.JOIN:
                self._record(Trace.STANDS, x, y=self._first_child(x))
        decisions = table([self._decision_row(decision) for decision in self.decisions], len(DECISION_COLUMNS))
        marks = table(self.marks, 3)
        trace = table(self.trace or [], len(TRACE_COLUMNS))
        return RunOutput(
            make_decisions=lambda: decisions,
            make_marks=lambda: marks,
            make_trace=lambda: trace,
            desks=table([self._desk_row(desk) for desk in self.desks], len(DESK_COLUMNS)),
            samples=self.samples.copy(),
            events=self.events,
            truncated=self.truncated,
        )

    def _decision_row(self, decision: Decision) -> tuple[int, ...]:
        account = decision.account
        if not decision.clock_stopped:
            branches = [decision.root, *self._critical_children(decision.root)]
            account = [sum(times) for times in zip(*(x.account for x in branches), strict=True)]
        return (
            decision.decision_class,
            decision.source,
            decision.ordinal,
            decision.raised,
            decision.decided,
            decision.ended,
            decision.outcome,
            *account,
            decision.hand_offs,
            decision.crossings,
            decision.returns,
            decision.lost,
            decision.precedence,
            decision.reason,
        )

    def _desk_row(self, desk: Desk) -> tuple[int, ...]:
        station = desk.station
        here = [x for x in station.queued() + station.serving() if x.desk is desk]
        still_open = sum(self._slot_calendar(slot).open_time(station.counted_until, self.now) for slot in station.slots)
        return (
            desk.arrivals,
            desk.completions,
            desk.work_time,
            desk.lost_time,
            desk.number_time + desk.here * (self.now - desk.changed),
            desk.stay_time + sum(self.now - x.arrived for x in here),
            desk.interruptions,
            desk.redirected,
            desk.offered,
            sum(slot.open_time for slot in station.slots) + still_open,
        )


INSTRUCTIONS: dict[int, Callable[..., int | None]] = {
    Op.WORK: Twin._work,
    Op.SEND: Twin._send,
    Op.DELAY: Twin._delay,
    Op.MEET: Twin._meet,
    Op.FORK: Twin._fork,
    Op.LEAVE: Twin._leave,
    Op.SPAWN: Twin._spawn,
    Op.CHANCE: Twin._chance,
    Op.RETURN: Twin._return,
    Op.JUMP: Twin._jump,
    Op.IF_REGISTER: Twin._if_register,
    Op.SET_REGISTER: Twin._set_register,
    Op.IF_POSTURE: Twin._if_posture,
    Op.IF_OPEN: Twin._if_open,
    Op.IF_LOST: Twin._if_lost,
    Op.IF_OVER: Twin._if_over,
    Op.GUARD: Twin._guard,
    Op.UNGUARD: Twin._unguard,
    Op.POSTURE: Twin._order_posture,
    Op.PRECEDENCE: Twin._set_precedence,
    Op.MARK: Twin._mark,
    Op.END: Twin._end,
}
"""What each instruction does: it returns the instruction to go on with, or None where the token waits or is gone."""


def opening_of(calendar: Calendar, t: int, length: int) -> int:
    """Return the first moment from ``t`` on at which a calendar is open, and stays so for ``length``."""
    t = calendar.next_open(t)
    while t < NEVER and calendar.closes_after(t) < t + length:
        t = calendar.next_open(calendar.closes_after(t))
    return t


def add_account(x: Token, child: Token) -> None:
    """Let a token's account take that of its child."""
    for cause, time in enumerate(child.account):
        x.account[cause] += time


def table(rows: Sequence[tuple[int, ...]], columns: int) -> Ints:
    """Return rows as a matrix, also if there are none."""
    return np.array(rows, dtype=np.int64).reshape(-1, columns)


def run(fixed: Fixed, bound: Bound, source_keys: Ints, *, trace: bool = False) -> RunOutput:
    """Run a program over its whole length."""
    twin = Twin(fixed, bound, source_keys, trace=trace)
    twin.advance(twin.length)
    return twin.output()
