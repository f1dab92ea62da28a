"""The engine: lays a program out in the kernel's memory, lets the kernel run it, and reads the tables back."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable

import numpy as np

from renkei.sim import kernel as at
from renkei.sim import native
from renkei.sim.plain import LOW_HALF
from renkei.sim.program import (
    CALENDAR_ALWAYS,
    CALENDAR_NEVER,
    CAUSES,
    CHANNEL_CAUSE,
    CONCURRENCE_CAUSE,
    CONTEXT_CONCURRENCE,
    DECISION_COLUMNS,
    MEETING_CAUSE,
    NEVER,
    OFF_DUTY_CAUSE,
    ORDERED_MARK,
    PRECEDENCES,
    REWORK_CAUSE,
    TRACE_COLUMNS,
    Bound,
    Dist,
    Fixed,
    Floats,
    Ints,
    Op,
    Outside,
    RunOutput,
    Trace,
)

FIRST_ROOM = {"tokens": 256, "extras": 256, "timers": 256, "rows": 1024, "marks": 1024, "trace": 32768}
CHUNKED = {
    at.NEEDS_TOKENS: ("tokens", at.TOKEN_NEXT, at.TOKEN_ROOM),
    at.NEEDS_EXTRAS: ("extras", at.EXTRA_NEXT, at.EXTRA_ROOM),
    at.NEEDS_ROWS: ("rows", at.ROW_NEXT, at.ROW_ROOM),
    at.NEEDS_MARKS: ("marks", at.MARK_NEXT, at.MARK_ROOM),
    at.NEEDS_TRACE: ("trace", at.TRACE_NEXT, at.TRACE_END),
}
"""Records that are made in chunks: name, and the places in the header of the next and of how many more there may be; of
the trace, which is words, of where its room ends.
"""
NEXT_PLACE = {name: place for name, place, _ in CHUNKED.values()}
DESK_FIELDS = [
    at.DESK_ARRIVALS,
    at.DESK_COMPLETIONS,
    at.DESK_WORK_TIME,
    at.DESK_SIZE + at.DESK_LOST_TIME,
    at.DESK_STAY_TIME,  # the integral of the number is the sum of the stays
    at.DESK_STAY_TIME,
    at.DESK_SIZE + at.DESK_INTERRUPTIONS,
    at.DESK_SIZE + at.DESK_REDIRECTED,
    at.DESK_OFFERED,
    at.DESK_SIZE + at.DESK_OPEN_TIME,
]
"""Those of DESK_COLUMNS."""
GROWTH = 16
"""A new chunk has a sixteenth of the records that there are: what is not yet used is memory all the same."""
PARTS = 200
"""A long run is advanced in so many parts."""
LONG_S = 5.0
"""A run is long that, by its first part, would take more than this."""
SHORT_S = 0.05
"""A run of a program whose last run took less is not long: its first part is not looked at."""
WORDS_KEPT = 32_000_000
"""A workspace larger than this (256 MB) is not kept for the run of another program."""
CACHE_LINE = 8


class Layout:
    """Where everything of a program is in memory, and an image of it.

    It holds the header, the program, the numbers of a future and the state at the start; what grows comes behind.
    """

    def __init__(self, fixed: Fixed, bound: Bound, *, live: bool = False) -> None:
        self.fixed = fixed
        self.live = live
        self.shape = shape_of(bound)
        self.size = at.HEADER_SIZE
        self.header: dict[int, int] = {}
        slots = len(fixed.slot_station)
        stations = len(fixed.station_finish)
        sources = len(fixed.source_class)
        desks = len(fixed.desk_station)
        self.samples_shape = (int(fixed.header[5]), desks)
        others = 2 + stations if self._has_other_events() else 0
        groups = 1 << (-(-(slots + others + sources) // at.GROUP_SIZE) - 1).bit_length()

        self.calendars = self._reserve(len(fixed.calendar_first), at.CALENDARS)
        self.hints = self._reserve(len(fixed.calendar_first) - 1, at.HINTS)
        self.segments = self._reserve((len(fixed.segment_open) + 1) * at.SEGMENT_SIZE)
        self.slots = self._reserve(slots * at.SLOT_SIZE, at.SLOTS, at.SLOTS_END)
        self.stations = self._reserve(stations * at.STATION_SIZE, at.STATIONS, at.STATIONS_END)
        self.desks = self._reserve(desks * at.DESK_SIZE, at.DESKS, at.DESKS_END)
        self.slots_apart = self._reserve(slots * at.SLOT_SIZE)
        self.stations_apart = self._reserve(stations * at.STATION_SIZE)
        self.desks_apart = self._reserve(desks * at.DESK_SIZE)
        self.header[at.SLOTS_APART] = self.slots_apart - self.slots
        self.header[at.STATIONS_APART] = self.stations_apart - self.stations
        self.header[at.DESKS_APART] = self.desks_apart - self.desks
        self.channels = self._reserve(len(fixed.channel_calendar) * at.CHANNEL_SIZE, at.CHANNELS)
        self.pairs = self._reserve(int(fixed.pair_count[0]) * at.PAIR_SIZE, at.PAIRS)
        self.sources = self._reserve(sources * at.SOURCE_SIZE, at.SOURCES, at.SOURCES_END)
        self.code = self._reserve(len(fixed.op_code) * at.OP_SIZE, at.CODE)
        self.rest = self._reserve(len(fixed.op_code) * at.OP_SIZE)
        self.header[at.REST] = self.rest - self.code
        self.branches = self._reserve(len(fixed.branch_pc) * at.BRANCH_SIZE, at.BRANCHES)
        self.channel_list = self._reserve(len(fixed.channel_list), at.CHANNEL_LIST)
        self.meeting_desk = self._reserve(len(fixed.meeting_desk), at.MEETING_DESK)
        self.distributions = self._reserve(len(fixed.distribution_kind) * at.DIST_SIZE, at.DISTRIBUTIONS)
        self.values = self._reserve(len(bound.values), at.VALUES)
        self.probabilities = self._reserve(len(bound.probability), at.PROBABILITIES)
        self.thresholds = self._reserve(len(bound.probability), at.THRESHOLDS)
        self.durations = self._reserve(len(bound.duration_us), at.DURATIONS)
        self.activations = self._reserve(len(bound.activation_us), at.ACTIVATIONS)
        self.shifts = self._reserve(len(fixed.shift_time), at.SHIFTS, at.SHIFTS_END)
        self.source_times = self._reserve(len(fixed.source_time) * at.STEP_SIZE, at.SOURCE_TIMES)
        self.outside = self._reserve(len(fixed.outside_time) * at.OUTSIDE_SIZE, at.OUTSIDE_NEXT, at.OUTSIDE_END)
        self.slot_calendars = self._reserve(len(bound.slot_calendar), at.SLOT_CALENDARS)
        self.station_calendars = self._reserve(len(bound.station_calendar), at.STATION_CALENDARS)
        self._reserve(slots, at.SCRATCH)
        self.samples = self._reserve(self.samples_shape[0] * desks, at.SAMPLES)
        self._reserve(groups * at.GROUP_SIZE + 1, at.TIMES)
        self._reserve(4 * groups, at.TREE)
        self.size += -self.size % CACHE_LINE
        self.columns = self._columns_of_rows(bound)
        self.row_size = at.ROW_ACCOUNT + len(self.columns)
        self.record_sizes = {
            "tokens": at.TOKEN_SIZE,
            "extras": at.EXTRA_SIZE,
            "rows": self.row_size,
            "marks": at.MARK_SIZE,
            "trace": 1,
            "timers": at.TIMER_SIZE,
        }

        self.places = placed(fixed)
        self.bound: Bound | None = None
        self.image: Ints = np.zeros(self.size, dtype=np.int64)
        self._write_header(slots, others, groups)
        self._write_calendars()
        self._write_people(others > 0)
        self._write_code()
        self._write_demand(slots + others)

    def _reserve(self, words: int, place: int = -1, end_place: int = -1) -> int:
        """Set words aside, note in the header where they begin and end, and return where they begin."""
        self.size += -self.size % CACHE_LINE
        begin = self.size
        self.size += words
        if place >= 0:
            self.header[place] = begin
        if end_place >= 0:
            self.header[end_place] = self.size
        return begin

    def _columns_of_rows(self, bound: Bound) -> list[str]:
        """Return what a decision's row holds behind what all rows do: only what can occur in this program.

        Nobody is off duty where all calendars are open, nothing is lost where nothing is withdrawn, and so on. The
        time in queues is never kept: it is what is left of the whole. A live run may be disturbed in any way.
        """
        fixed = self.fixed
        codes = set(fixed.op_code.tolist())
        delays = set(fixed.op_b[fixed.op_code == Op.DELAY].tolist())
        calendars = {*bound.slot_calendar.tolist(), *bound.station_calendar.tolist()}
        changes = self.live or len(fixed.outside_time) > 0
        meets = Op.MEET in codes
        can = {
            "work": True,
            "off_duty": changes or calendars != {CALENDAR_ALWAYS} or OFF_DUTY_CAUSE in delays,
            "channel": self.live or meets or Op.SEND in codes or CHANNEL_CAUSE in delays,
            "meeting": self.live or meets or MEETING_CAUSE in delays,
            "concurrence": CONTEXT_CONCURRENCE in fixed.branch_context or CONCURRENCE_CAUSE in delays,
            "rework": Op.RETURN in codes or REWORK_CAUSE in delays,
        }
        places = {cause: place for place, cause in enumerate(name for name, it in can.items() if it)}
        for number, cause in enumerate(CAUSES):
            self.header[at.PLACES + number] = places.get(cause, 0)
        self.header[at.ACCOUNT_SIZE] = len(places)
        columns = list(places)
        if Op.GUARD in codes or Op.FORK in codes:
            self.header[at.ROW_LOST] = at.ROW_ACCOUNT + len(columns)
            columns.append("lost")
        if bool(np.any((fixed.op_code == Op.MARK) & (fixed.op_a == 0))):
            self.header[at.ROW_DECIDED] = at.ROW_ACCOUNT + len(columns)
            columns.append("decided")
        self.header[at.ROW_SIZE] = at.ROW_ACCOUNT + len(columns)
        return columns

    def decisions_of(self, rows: Ints, now: int) -> Ints:
        """Return the table of decisions, one a row of DECISION_COLUMNS, that a run's rows stand for at its end."""
        column = {name: number for number, name in enumerate(DECISION_COLUMNS)}
        table = np.zeros((len(column), len(rows)), dtype=np.int64).T  # whole columns are written, and read
        halves = rows[:, at.ROW_SOURCE]
        counts = rows[:, at.ROW_COUNTS]
        source = halves & LOW_HALF
        table[:, column["source"]] = source
        table[:, column["class"]] = self.fixed.source_class[source] if len(rows) else 0
        table[:, column["ordinal"]] = halves >> 32
        table[:, column["raised"]] = rows[:, at.ROW_RAISED]
        table[:, column["ended"]] = np.maximum(rows[:, at.ROW_ENDED], -1)
        table[:, column["decided"]] = -1
        table[:, column["outcome"]] = counts & 3
        table[:, column["precedence"]] = (counts >> at.ROW_PRECEDENCE_SHIFT) & 3
        table[:, column["reason"]] = (counts >> at.ROW_REASON_SHIFT) & 0xFFFF
        table[:, column["returns"]] = (counts >> at.ROW_RETURNS_SHIFT) & at.MOST_COUNTED
        table[:, column["crossings"]] = (counts >> at.ROW_CROSSINGS_SHIFT) & at.MOST_COUNTED
        table[:, column["hand_offs"]] = (counts >> at.ROW_HAND_OFFS_SHIFT) & at.MOST_COUNTED
        for number, name in enumerate(self.columns):
            table[:, column[name]] = rows[:, at.ROW_ACCOUNT + number]
        until = np.where(rows[:, at.ROW_ENDED] < 0, now, rows[:, at.ROW_ENDED])
        charged = rows[:, at.ROW_ACCOUNT : at.ROW_ACCOUNT + self.header[at.ACCOUNT_SIZE]].sum(axis=1)
        table[:, column["queue"]] = until - rows[:, at.ROW_RAISED] - charged
        return table

    def _records(self, begin: int, count: int, size: int) -> Ints:
        """Return a view of records, one a row."""
        return records(self.image, begin, count, size)

    def _has_other_events(self) -> bool:
        """Return whether there can be others than arrivals and ends of work and meetings: the rest need hours, timers
        or something from outside.
        """
        fixed = self.fixed
        timed = {Op.SEND, Op.DELAY, Op.MEET, Op.GUARD, Op.POSTURE}
        recalls = bool((fixed.station_recall < len(PRECEDENCES)).any())
        hours = len(fixed.calendar_first) - 1 > CALENDAR_NEVER + 1
        return (
            self.live or hours or recalls or len(fixed.outside_time) > 0 or not timed.isdisjoint(fixed.op_code.tolist())
        )

    def _write_header(self, slots: int, others: int, groups: int) -> None:
        postures, posture, length, sample_start, sample_step, samples, limit, _ = self.fixed.header.tolist()
        self.header |= {
            at.EVENT_LIMIT: limit,
            at.LENGTH: length,
            at.POSTURES: postures,
            at.POSTURE_NOW: posture,
            at.SAMPLE_COUNT: samples,
            at.SAMPLE_START: sample_start,
            at.SAMPLE_STEP: sample_step,
            at.GROUPS: groups,
            at.OUTSIDE_LEAF: slots,
            at.TIMER_LEAF: slots + 1,
            at.SOURCE_LEAVES: slots + others,
        }
        for place, word in self.header.items():
            self.image[place] = word

    def _write_calendars(self) -> None:
        """Write the calendars. Behind the last segment stands one that never opens: the hint of empty calendars."""
        fixed = self.fixed
        first = self.segments + at.SEGMENT_SIZE * fixed.calendar_first
        self.image[self.calendars : self.calendars + len(first)] = first
        number = len(fixed.segment_open)
        nowhere = self.segments + at.SEGMENT_SIZE * number
        self.image[self.hints : self.hints + len(first) - 1] = np.where(first[:-1] < first[1:], first[:-1], nowhere)
        segments = records(self.image, self.segments, number + 1, at.SEGMENT_SIZE)
        segments[:-1, at.SEGMENT_OPEN] = fixed.segment_open
        segments[:-1, at.SEGMENT_CLOSE] = fixed.segment_close
        segments[:-1, at.SEGMENT_BEFORE] = fixed.segment_before
        segments[:-2, at.SEGMENT_NEXT] = fixed.segment_open[1:]
        ends = fixed.calendar_first[1:] - 1
        segments[ends[ends >= 0], at.SEGMENT_NEXT] = 2 * NEVER
        segments[-1, [at.SEGMENT_OPEN, at.SEGMENT_NEXT]] = 2 * NEVER

    def _write_people(self, wakes: bool) -> None:
        fixed = self.fixed
        slots = self._records(self.slots, len(fixed.slot_station), at.SLOT_SIZE)
        slots[:, at.SLOT_STATION] = self.stations + at.STATION_SIZE * fixed.slot_station
        slots[:, at.SLOT_LEAF] = np.arange(len(slots))
        stations = self._records(self.stations, len(fixed.station_finish), at.STATION_SIZE)
        apart = self._records(self.stations_apart, len(stations), at.STATION_SIZE)
        stations[:, at.STATION_FIRST] = self.slots + at.SLOT_SIZE * fixed.station_first[:-1]
        apart[:, at.STATION_END] = self.slots + at.SLOT_SIZE * fixed.station_first[1:]
        stations[:, at.STATION_THROUGH] = np.where(fixed.station_finish != 0, 0, fixed.station_recall)
        stations[:, at.STATION_INTERRUPT] = fixed.station_interrupt
        stations[:, at.STATION_RECALL] = fixed.station_recall
        apart[:, at.STATION_RECALL_COUNT] = fixed.station_recall_count
        beside = self.header[at.GROUPS] * at.GROUP_SIZE
        stations[:, at.STATION_LEAF] = len(slots) + 2 + np.arange(len(stations)) if wakes else beside
        desks = self._records(self.desks, len(fixed.desk_station), at.DESK_SIZE)
        desks[:, at.DESK_NUMBER] = np.arange(len(desks))
        desks[:, at.DESK_STATION] = self.stations + at.STATION_SIZE * fixed.desk_station
        successors = self.desks + at.DESK_SIZE * fixed.desk_successor
        desks[:, at.DESK_SUCCESSOR] = np.where(fixed.desk_successor >= 0, successors, 0)
        # backwards, so that the first desk of each station stays
        apart[fixed.desk_station[::-1], at.STATION_DESK] = np.arange(len(desks))[::-1]
        channels = self._records(self.channels, len(fixed.channel_calendar), at.CHANNEL_SIZE)
        channels[:, at.CHANNEL_CALENDAR] = fixed.channel_calendar

    def _write_code(self) -> None:
        fixed = self.fixed
        jumps = fixed.op_code == Op.JUMP
        leads = np.isin(fixed.op_code, (Op.CHANCE, Op.IF_REGISTER))
        tells = np.isin(fixed.op_code, (Op.RETURN, Op.GUARD, Op.IF_POSTURE, Op.IF_OPEN, Op.IF_LOST))
        over = fixed.op_code == Op.IF_OVER
        ends = jumped(fixed)
        after = ends[np.minimum(np.arange(len(ends)) + 1, len(ends) - 1)]
        finishes = (fixed.op_code == Op.MARK) & (fixed.op_a == ORDERED_MARK) & (fixed.op_code[after] == Op.END)
        op_b = np.where(finishes, after, fixed.op_b)
        op_b[leads] = ends[op_b[leads]]
        led = leads | tells | finishes
        op_b[led] = self.places[op_b[led]]
        op_a = np.where(jumps, self.places[ends], fixed.op_a)
        op_c = fixed.op_c.copy()
        op_c[over] = self.places[op_c[over]]
        op_code = np.where(finishes, at.FINISH, fixed.op_code)
        code = self._records(self.code, len(fixed.op_code), at.OP_SIZE)
        code[self.places, at.OP_CODE] = op_code | (self.places[after] << 32)
        code[self.places, at.OP_AB] = (op_a & LOW_HALF) | (op_b << 32)
        code[self.places, at.OP_C] = op_c
        code[self.places, at.OP_KEY] = fixed.op_key
        rest = self._records(self.rest, len(fixed.op_code), at.OP_SIZE)
        rest[self.places, at.REST_D] = fixed.op_d
        rest[self.places, at.REST_E] = fixed.op_e
        rest[self.places, at.REST_F] = fixed.op_f
        branches = self._records(self.branches, len(fixed.branch_pc), at.BRANCH_SIZE)
        branches[:, at.BRANCH_PC] = self.places[fixed.branch_pc]
        branches[:, at.BRANCH_CONTEXT] = fixed.branch_context
        self.image[self.channel_list : self.channel_list + len(fixed.channel_list)] = fixed.channel_list
        self.image[self.meeting_desk : self.meeting_desk + len(fixed.meeting_desk)] = fixed.meeting_desk
        kinds = self._records(self.distributions, len(fixed.distribution_kind), at.DIST_SIZE)
        kinds[:, at.DIST_KIND] = fixed.distribution_kind

    def _write_demand(self, first_leaf: int) -> None:
        fixed = self.fixed
        sources = self._records(self.sources, len(fixed.source_class), at.SOURCE_SIZE)
        sources[:, at.SOURCE_CLASS] = fixed.source_class
        sources[:, at.SOURCE_ENTRY] = self.places[fixed.source_entry]
        sources[:, at.SOURCE_KIND] = fixed.source_kind
        sources[:, at.SOURCE_LEAF] = first_leaf + np.arange(len(sources))
        sources[:, at.SOURCE_FIRST] = self.source_times + at.STEP_SIZE * fixed.source_first[:-1]
        sources[:, at.SOURCE_LAST] = self.source_times + at.STEP_SIZE * (fixed.source_first[1:] - 1)
        steps = self._records(self.source_times, len(fixed.source_time), at.STEP_SIZE)
        steps[:, at.STEP_TIME] = fixed.source_time
        self.image[self.shifts : self.shifts + len(fixed.shift_time)] = fixed.shift_time
        outside = self._records(self.outside, len(fixed.outside_time), at.OUTSIDE_SIZE)
        outside[:, at.OUTSIDE_TIME] = fixed.outside_time
        outside[:, at.OUTSIDE_KIND] = fixed.outside_kind
        outside[:, at.OUTSIDE_A] = fixed.outside_a
        outside[:, at.OUTSIDE_B] = fixed.outside_b

    def write_bound(self, bound: Bound) -> None:
        """Write a future's numbers into the image, unless they are there from an earlier run."""
        if bound is self.bound:
            return
        self.bound = bound
        fixed, memory = self.fixed, self.image
        for begin, words in (
            (self.slot_calendars, bound.slot_calendar),
            (self.station_calendars, bound.station_calendar),
            (self.durations, bound.duration_us),
            (self.activations, bound.activation_us),
            (self.values, bits(bound.values)),
            (self.probabilities, bits(bound.probability)),
            (self.thresholds, thresholds(bound.probability)),
            (at.FAMILIARITY_EFFECT, bits(bound.effects)),
        ):
            memory[begin : begin + len(words)] = words
        stations = records(memory, self.stations_apart, len(fixed.station_finish), at.STATION_SIZE)
        stations[:, at.STATION_RECALL_US] = bound.station_recall_us
        stations[:, at.STATION_STAND_DOWN_US] = bound.station_stand_down_us
        kinds = records(memory, self.distributions, len(fixed.distribution_kind), at.DIST_SIZE)
        kinds[:, at.DIST_P0] = bits(bound.distribution_p0)
        kinds[:, at.DIST_P1] = bits(bound.distribution_p1)
        kinds[:, at.DIST_P2] = bits(bound.distribution_p2)
        kinds[:, at.DIST_P3] = bits(bound.distribution_p3)
        shape = np.where(fixed.distribution_kind == Dist.GAMMA, bound.distribution_p0, bound.distribution_p2)
        kinds[:, at.DIST_C] = bits(1.0 / np.sqrt(9.0 * np.maximum(shape - 1.0 / 3.0, 0.5)))
        kinds[:, at.DIST_C3] = bits(1.0 / np.sqrt(9.0 * np.maximum(bound.distribution_p3 - 1.0 / 3.0, 0.5)))
        channels = records(memory, self.channels, len(fixed.channel_calendar), at.CHANNEL_SIZE)
        channels[:, at.CHANNEL_CONTACT] = bits(bound.channel_contact)
        pairs = records(memory, self.pairs, int(fixed.pair_count[0]), at.PAIR_SIZE)
        pairs[:, at.PAIR_F] = bits(bound.pair_start)
        pairs[:, at.PAIR_GAIN] = bits(bound.pair_gain)
        pairs[:, at.PAIR_FADE] = bits(bound.pair_fade)
        pairs[:, at.PAIR_CONTACT] = bits(bound.pair_contact)
        pairs[:, at.PAIR_KEPT] = bits(bound.pair_kept)
        sources = records(memory, self.sources, len(fixed.source_class), at.SOURCE_SIZE)
        sources[:, at.SOURCE_OFFSET] = bound.source_offset_us
        sources[:, at.SOURCE_INTERVAL] = bound.source_interval_us
        steps = records(memory, self.source_times, len(fixed.source_time), at.STEP_SIZE)
        steps[:, at.STEP_RATE] = bits(bound.source_rate)
        interval = np.divide(1.0, bound.source_rate, out=np.zeros_like(bound.source_rate), where=bound.source_rate != 0)
        steps[:, at.STEP_INTERVAL] = bits(interval)

    def write_keys(self, memory: Ints, source_keys: Ints) -> None:
        """Write a run's keys into memory that holds the image."""
        records(memory, self.sources, len(source_keys), at.SOURCE_SIZE)[:, at.SOURCE_KEY] = source_keys


def jumped(fixed: Fixed) -> Ints:
    """Return for each instruction the one that is run if a token comes there: another where it is a jump."""
    end: Ints = np.where(fixed.op_code == Op.JUMP, fixed.op_a, np.arange(len(fixed.op_code)))
    for _ in range(len(end).bit_length()):  # each time twice as far
        end = end[end]
    return end


def placed(fixed: Fixed) -> Ints:
    """Return for each instruction where it is in memory: jumps, which are seldom run, come behind all others."""
    order = np.argsort(fixed.op_code == Op.JUMP, kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


def shape_of(bound: Bound) -> tuple[int, ...]:
    """Return the lengths of a future's arrays."""
    return tuple(len(array) for array in bound)


def fresh(words: int) -> Ints:
    """Return memory, not cleared, that begins where a line of the processor's cache does."""
    whole = np.empty(words + CACHE_LINE, dtype=np.int64)
    first = first_line(whole)
    return whole[first : first + words]


def first_line(whole: Ints) -> int:
    """Return the first word of an array that begins a line of the processor's cache."""
    return -whole.ctypes.data // whole.itemsize % CACHE_LINE


def lengthened(memory: Ints, words: int) -> Ints:
    """Return memory made longer where it is, if the system can; it must have come from here or from `fresh`."""
    whole = memory.base
    assert whole is not None
    kept = len(memory)
    before = first_line(whole)
    whole.resize(len(whole) + words, refcheck=False)
    first = first_line(whole)
    if first != before:
        whole[first : first + kept] = whole[before : before + kept].copy()
    return whole[first : first + kept + words]


def copy_of(memory: Ints) -> Ints:
    """Return a copy of memory that can be lengthened, too."""
    copy = fresh(len(memory))
    copy[:] = memory
    return copy


def records(memory: Ints, begin: int, count: int, size: int) -> Ints:
    """Return a view of ``count`` records of ``size`` words, one a row."""
    return memory[begin : begin + count * size].reshape(count, size)


def bits(numbers: Floats) -> Ints:
    """Return floats as the words that hold them."""
    return numbers.view(np.int64)


def thresholds(probability: Floats) -> Ints:
    """Return how many of the numbers of 53 bits k stand for "it happens": those whose (k + 1/2) / 2^53 is below it.

    In floating-point numbers, that is: from 2^52 on k + 1/2 is rounded to the even of its neighbours. What is above 1
    is the limit of an attribute, beside which no threshold is looked at.
    """
    scaled = np.minimum(probability, 2.0) * 2.0**53
    return np.where(scaled > 2.0**52, scaled - (scaled % 2.0 == 0.0), np.ceil(scaled - 0.5)).astype(np.int64)


class Left:
    """The tables that a run has left in its memory.

    They are read there when somebody asks for them. What nobody has asked for by the time the memory is wanted for
    another run is copied then, if somebody still could.
    """

    def __init__(self, layout: Layout, now: int, memory: Ints, made: dict[str, list[tuple[int, int]]]) -> None:
        self._layout = layout
        self._now = now
        self._tokens = int(memory[at.TOKENS_MADE])
        self._begins = np.array([begin for begin, _ in made["rows"]], dtype=np.int64)
        counts = [(end - begin) // layout.row_size for begin, end in made["rows"]]
        self._before = np.cumsum(np.array([0, *counts], dtype=np.int64))
        self._parts = {
            name: [records(memory, begin, (end - begin) // size, size) for begin, end in made[name]]
            for name, size in layout.record_sizes.items()
            if name in ("rows", "marks", "trace")
        }
        self._lock = threading.Lock()

    def decisions(self) -> Ints:
        """Return the table of decisions."""
        with self._lock:
            return self._layout.decisions_of(joined(self._parts.pop("rows")), self._now)

    def marks(self) -> Ints:
        """Return the table of marks."""
        with self._lock:
            table = joined(self._parts.pop("marks")).copy()
        addresses = table[:, 0]
        chunk = np.searchsorted(self._begins, addresses, side="right") - 1
        table[:, 0] = self._before[chunk] + (addresses - self._begins[chunk]) // self._layout.row_size
        return table

    def trace(self) -> Ints:
        """Return the trace."""
        with self._lock:
            notes = joined(self._parts.pop("trace"))
        return records_of(notes.reshape(-1), self._tokens, self._layout)

    def take_away(self) -> None:
        """Copy what nobody has asked for yet: the memory is wanted."""
        with self._lock:
            self._parts = {name: [joined(parts).copy()] for name, parts in self._parts.items()}


def records_of(notes: Ints, tokens: int, layout: Layout) -> Ints:
    """Return the records that notes stand for, one a row of TRACE_COLUMNS.

    Parameters
    ----------
    notes
        Of a whole run.
    tokens
        So many were made.
    layout
        Of its program.
    """
    code = records(layout.image, layout.code, len(layout.fixed.op_code), at.OP_SIZE)
    header = np.zeros(at.HEADER_SIZE, dtype=np.int64)
    given = np.concatenate([header, layout.places[layout.fixed.source_entry], code[:, at.OP_AB], notes])
    given[at.SOURCES] = at.HEADER_SIZE
    given[at.CODE] = at.HEADER_SIZE + len(layout.fixed.source_entry)
    begin, told = len(given) - len(notes), len(given)
    out = told + at.TOLD_SIZE * tokens
    count = 0
    for end in (0, out):  # they are counted, then written
        memory = np.empty(out + at.RECORD_SIZE * count, dtype=np.int64)
        memory[:told] = given
        native.advance(memory, at.WRITE_OUT, end, told, begin, told)
        count = int(memory[0])
    table = records(memory, out, count, at.RECORD_SIZE).copy()
    return told_of_program(table, layout.places)


def told_of_program(table: Ints, places: Ints) -> Ints:
    """Give the instructions that records name, by their places in memory, the numbers they have in the program."""
    column = {name: number for number, name in enumerate(TRACE_COLUMNS)}
    numbers = np.argsort(places)
    numbers = np.append(numbers, -1)  # no instruction
    table[:, column["pc"]] = numbers[table[:, column["pc"]]]
    names = np.isin(table[:, column["kind"]], (Trace.RETURNED, Trace.TIMED_OUT))
    table[names, column["x"]] = numbers[table[names, column["x"]]]
    return table


def joined(parts: list[Ints]) -> Ints:
    """Return the parts of a table as one: a view, if there is one alone."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Workspace:
    """Memory that runs take over from each other; for one thread at a time.

    What a program needed, its next run has from the start. What a run has left there stays until then.
    """

    def __init__(self) -> None:
        self.left: weakref.ref[Left] | None = None
        self.layout: Layout | None = None
        self.room = dict(FIRST_ROOM)
        self.took_s = math.inf
        """How long the last run of the program took."""
        self.memory: Ints = np.empty(0, dtype=np.int64)

    def layout_of(self, fixed: Fixed, bound: Bound, *, live: bool) -> Layout:
        """Return the layout of a program: the last one's, if it is the same."""
        layout = self.layout
        if layout is None or layout.fixed is not fixed or layout.shape != shape_of(bound) or layout.live != live:
            if len(self.memory) > WORDS_KEPT:
                self.take_away()
                self.memory = np.empty(0, dtype=np.int64)
                self.room = dict(FIRST_ROOM)
            self.layout = layout = Layout(fixed, bound, live=live)
            self.took_s = math.inf
        return layout

    def prepare(self, layout: Layout, *, trace: bool) -> Ints:
        """Return memory that holds the image and has room for what grows."""
        self.take_away()
        room = self.room if trace else {**self.room, "trace": 0}
        size = layout.size + sum(layout.record_sizes[name] * number + at.LONGEST_ROW for name, number in room.items())
        if len(self.memory) < size:
            self.memory = np.empty(0, dtype=np.int64)  # before the new one is made
            self.memory = fresh(size)
        memory = self.memory
        memory[: layout.size] = layout.image
        memory[at.TRACING] = trace
        begin = layout.size
        for name, next_place, room_place in CHUNKED.values():
            memory[next_place] = begin
            memory[room_place] = begin + room[name] if name == "trace" else room[name]
            begin += layout.record_sizes[name] * room[name] + at.LONGEST_ROW
        memory[at.TOKEN_TOTAL] = room["tokens"]
        note_ample_room(memory)
        memory[at.TIMERS] = begin
        memory[at.TIMER_LIMIT] = timer_limit(layout, room["timers"])
        return memory

    def take_away(self) -> None:
        """Let nothing be left of an earlier run in the memory."""
        left = self.left() if self.left is not None else None
        if left is not None:
            left.take_away()
        self.left = None

    def keep(self, memory: Ints, needed: dict[str, int], left: Left) -> None:
        """Take memory back from a run that has left its tables there."""
        self.left = weakref.ref(left)
        self.memory = memory
        self.room = {name: max(number, needed.get(name, 0)) for name, number in self.room.items()}


def note_ample_room(memory: Ints) -> None:
    """Note up to where the trace has enough room however many of the tokens there are: elsewhere they are counted."""
    stations = (int(memory[at.STATIONS_END]) - int(memory[at.STATIONS])) // at.STATION_SIZE
    most = at.WORDS_PER_TOKEN * (int(memory[at.TOKEN_TOTAL]) + 4 + stations)
    memory[at.TRACE_AMPLE] = int(memory[at.TRACE_END]) - most if memory[at.TRACING] else NEVER


def timer_limit(layout: Layout, room: int) -> int:
    """Return how many timers there may be before an event: it may set two for each station, and some more."""
    return room - 2 * len(layout.fixed.station_finish) - 8


class Engine:
    """One run of a program: a live state that can be advanced, disturbed and looked at."""

    def __init__(
        self,
        fixed: Fixed,
        bound: Bound,
        source_keys: Ints,
        *,
        trace: bool = False,
        live: bool = True,
        workspace: Workspace | None = None,
    ) -> None:
        workspace = workspace or Workspace()
        self._layout = workspace.layout_of(fixed, bound, live=live)
        self._layout.write_bound(bound)
        self._memory = workspace.prepare(self._layout, trace=trace)
        self._layout.write_keys(self._memory, source_keys)
        self.length = int(fixed.header[2])
        self._chunks = {name: [int(self._memory[place])] for name, place, _ in CHUNKED.values()}
        self._ends: dict[str, list[int]] = {name: [] for name in self._chunks}
        self._room = {name: workspace.room[name] for name in self._chunks}
        self._limits = {
            name: begin[0] + self._layout.record_sizes[name] * self._room[name] for name, begin in self._chunks.items()
        }
        self._timer_room = workspace.room["timers"]
        self._live = live
        self._ended = False
        self._do(at.START)

    @property
    def now(self) -> int:
        """The state's time."""
        return int(self._memory[at.NOW])

    @property
    def truncated(self) -> bool:
        """Whether the event limit was met."""
        return bool(self._memory[at.TRUNCATED])

    def advance(self, until: int) -> None:
        """Execute all events up to ``until``, and leave the clock there.

        Raises
        ------
        ValueError
            If the run is over: `end` was called.
        """
        if self._ended:
            raise ValueError("this run is over")
        self._do(at.RUN, until)

    def inject(self, kind: int, a: int = 0, b: int = 0) -> None:
        """Execute an outside event now. A run that is not live takes INJECT only.

        Raises
        ------
        ValueError
            If the run is not live and the event is of another kind, or if the run is over.
        """
        if self._ended:
            raise ValueError("this run is over")
        if not self._live and kind != Outside.INJECT:
            raise ValueError("this run is not live: make the Engine with live=True")
        self._make_room()
        self._do(at.INJECT, 0, kind, a, b)
        self._do(at.EMPTY_READY)

    def output(self) -> RunOutput:
        """Return the tables, everything settled, as if the run ended now. The state can still go on.

        Raises
        ------
        ValueError
            If the run is over: `end` has given its tables.
        """
        if self._ended:
            raise ValueError("this run is over")
        self._make_room()
        live = self._memory
        self._memory = copy_of(live)
        books = (self._chunks, self._ends, self._room, self._limits, self._timer_room)
        self._chunks, self._ends = ({name: list(of) for name, of in book.items()} for book in books[:2])
        self._room, self._limits = dict(books[2]), dict(books[3])
        try:
            return self._end()[0]
        finally:
            self._memory = live
            self._chunks, self._ends, self._room, self._limits, self._timer_room = books

    def end(self) -> RunOutput:
        """Return the tables as `output` does, but without a copy of the memory: the run is over then."""
        self._make_room()
        output, _ = self._end()
        self._ended = True
        return output

    @property
    def used(self) -> dict[str, int]:
        """How many records of each kind there was room for."""
        return {**self._room, "timers": self._timer_room}

    def _do(self, what: int, until: int = 0, kind: int = 0, a: int = 0, b: int = 0) -> None:
        """Let the kernel do something, and give it room as often as it asks."""
        while (code := native.advance(self._memory, what, until, kind, a, b)) != at.FINISHED:
            self._grow(code)

    def _make_room(self) -> None:
        """See to it that there is room for one event."""
        self._do(at.EMPTY_READY)

    def _grow(self, code: int) -> None:
        """Add a chunk to what there is too little room for, or move the timers to where there is more."""
        end = len(self._memory)
        if code == at.NEEDS_TIMERS:
            count = int(self._memory[at.TIMER_COUNT])
            self._timer_room = 2 * max(
                self._timer_room,
                count + 2 * int(self._memory[at.RESTLESS]) + 8 + 2 * len(self._layout.fixed.station_finish),
            )
            self._lengthen(self._timer_room * at.TIMER_SIZE)
            begin, words = int(self._memory[at.TIMERS]), count * at.TIMER_SIZE
            self._memory[end : end + words] = self._memory[begin : begin + words]
            self._memory[at.TIMERS] = end
            self._memory[at.TIMER_LIMIT] = timer_limit(self._layout, self._timer_room)
            return
        name, next_place, room_place = CHUNKED[code]
        least = FIRST_ROOM[name]
        if name in ("tokens", "extras"):
            least = max(least, int(self._memory[at.WANTED]))
        elif name == "trace":
            stations = len(self._layout.fixed.station_finish)
            tokens = self._room["tokens"] - int(self._memory[at.TOKEN_ROOM])
            least = max(least, at.WORDS_PER_TOKEN * (tokens + 4 + stations))
        more = max(self._room[name] // GROWTH, least)
        self._lengthen(more * self._layout.record_sizes[name])
        self._ends[name].append(int(self._memory[next_place]))
        self._chunks[name].append(end)
        self._room[name] += more
        self._memory[next_place] = end
        free = 0
        if name in ("tokens", "extras"):  # the rest of the last chunk is not used; free ones are
            rest = (self._limits[name] - self._ends[name][-1]) // self._layout.record_sizes[name]
            free = int(self._memory[room_place]) - rest
        self._limits[name] = end + more * self._layout.record_sizes[name]
        self._memory[room_place] = end + more if name == "trace" else free + more
        if name == "tokens":
            self._memory[at.TOKEN_TOTAL] = self._room[name]
        note_ample_room(self._memory)

    def _lengthen(self, words: int) -> None:
        """Make memory longer; nobody holds a view of it now."""
        self._memory = lengthened(self._memory, words + at.LONGEST_ROW)

    def _end(self) -> tuple[RunOutput, Left]:
        """Settle everything and return the tables; also by themselves those that still are in the memory."""
        made = self._made("tokens")
        parts = made
        if self._memory[at.TRACING]:
            parts = [(token, token + at.TOKEN_SIZE) for token in self._living(made)]
        for what in (at.SETTLE_TOKENS, at.CLOSE_ACCOUNTS):
            for begin, end in parts:
                self._do(what, a=begin, b=end)
        self._do(at.SETTLE_DESKS)
        memory = self._memory
        layout = self._layout
        left = Left(layout, self.now, memory, {name: self._made(name) for name in NEXT_PLACE})
        number = layout.samples_shape[1]
        desks = np.hstack(
            [records(memory, begin, number, at.DESK_SIZE) for begin in (layout.desks, layout.desks_apart)]
        )
        output = RunOutput(
            make_decisions=left.decisions,
            make_marks=left.marks,
            make_trace=left.trace,
            desks=desks[:, DESK_FIELDS],
            samples=records(memory, layout.samples, *layout.samples_shape).copy(),
            events=int(memory[at.EVENTS]),
            truncated=bool(memory[at.TRUNCATED]),
        )
        return output, left

    def _made(self, name: str) -> list[tuple[int, int]]:
        """Return where records of a kind have been made: begin and end of each chunk's used part."""
        last = int(self._memory[NEXT_PLACE[name]])
        return list(zip(self._chunks[name], [*self._ends[name], last], strict=True))

    def _living(self, made: list[tuple[int, int]]) -> list[int]:
        """Return the tokens that are alive, in the order in which they were made."""
        living: list[tuple[int, int]] = []
        for begin, end in made:
            tokens = records(self._memory, begin, (end - begin) // at.TOKEN_SIZE, at.TOKEN_SIZE)
            alive = np.flatnonzero((tokens[:, at.TOKEN_PC] >> 32) & at.STATE_BITS != at.GONE)
            numbers = (tokens[alive, at.TOKEN_DESK] >> 32) & LOW_HALF
            living += zip(numbers.tolist(), (begin + at.TOKEN_SIZE * alive).tolist(), strict=True)
        return [token for _, token in sorted(living)]


class _OwnWorkspace(threading.local):
    """The workspace of each thread."""

    def __init__(self) -> None:
        self.workspace = Workspace()


_own = _OwnWorkspace()


def run(
    fixed: Fixed,
    bound: Bound,
    source_keys: Ints,
    *,
    trace: bool = False,
    told: Callable[[float], None] | None = None,
) -> RunOutput:
    """Run a program for its whole length. Threads may run at the same time: the kernel does not hold Python's lock.

    A run that takes long tells ``told`` on its way how much of its time is behind it, from 0 to 1.
    """
    workspace = _own.workspace
    engine = Engine(fixed, bound, source_keys, trace=trace, live=False, workspace=workspace)
    began_s = time.monotonic()
    if told is not None and workspace.took_s > SHORT_S:
        engine.advance(engine.length // PARTS)
        if (time.monotonic() - began_s) * PARTS > LONG_S:
            for part in range(1, PARTS):
                told(part / PARTS)
                engine.advance(engine.length * (part + 1) // PARTS)
    engine.advance(engine.length)
    engine._make_room()
    output, left = engine._end()
    workspace.keep(engine._memory, engine.used, left)
    workspace.took_s = time.monotonic() - began_s
    return output
