"""The engine: lays a program out in the kernel's memory, lets the kernel run it, and reads the tables back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from renkei.sim import kernel as at
from renkei.sim.program import (
    DECISION_COLUMNS,
    DESK_COLUMNS,
    NEVER,
    TRACE_COLUMNS,
    Bound,
    Fixed,
    Floats,
    Ints,
    RunOutput,
)

FIRST_ROOM = {"tokens": 256, "timers": 256, "rows": 1024, "marks": 1024, "trace": 4096}
TABLES = {
    at.NEEDS_TIMERS: ("timers", at.TIMERS, at.TIMER_COUNT, at.TIMER_ROOM, at.TIMER_SIZE),
    at.NEEDS_ROWS: ("rows", at.ROWS, at.ROW_COUNT, at.ROW_ROOM, at.ROW_SIZE),
    at.NEEDS_MARKS: ("marks", at.MARKS, at.MARK_COUNT, at.MARK_ROOM, at.MARK_SIZE),
    at.NEEDS_TRACE: ("trace", at.TRACE, at.TRACE_COUNT, at.TRACE_ROOM, at.TRACE_SIZE),
}
"""Tables that grow: name, and the places in the header of its address, count and room; the length of a row."""
WORDS_KEPT = 32_000_000
"""A workspace that a run made larger than this (256 MB) is not kept."""


class Layout:
    """Where everything of a program is in memory, and an image of all that no future changes.

    The image holds the header, the program and the state at the start; what grows comes behind it.
    """

    def __init__(self, fixed: Fixed, bound: Bound) -> None:
        self.fixed = fixed
        self.shape = shape_of(bound)
        self.size = at.HEADER_SIZE
        self.header: dict[int, int] = {}
        slots = len(fixed.slot_station)
        stations = len(fixed.station_finish)
        sources = len(fixed.source_class)
        desks = len(fixed.desk_station)
        self.samples_shape = (int(fixed.header[5]), desks)
        leaves = 1 << (slots + stations + sources + 2).bit_length()

        self.calendars = self._reserve(len(fixed.calendar_first), at.CALENDARS)
        self.hints = self._reserve(len(fixed.calendar_first) - 1, at.HINTS)
        self.segments = self._reserve((len(fixed.segment_open) + 1) * at.SEGMENT_SIZE)
        self.slots = self._reserve(slots * at.SLOT_SIZE, at.SLOTS, at.SLOTS_END)
        self.stations = self._reserve(stations * at.STATION_SIZE, at.STATIONS, at.STATIONS_END)
        self.desks = self._reserve(desks * at.DESK_SIZE, at.DESKS, at.DESKS_END)
        self.channels = self._reserve(len(fixed.channel_calendar) * at.CHANNEL_SIZE, at.CHANNELS)
        self.pairs = self._reserve(int(fixed.pair_count[0]) * at.PAIR_SIZE, at.PAIRS)
        self.sources = self._reserve(sources * at.SOURCE_SIZE, at.SOURCES, at.SOURCES_END)
        self.code = self._reserve(len(fixed.op_code) * at.OP_SIZE, at.CODE)
        self.branches = self._reserve(len(fixed.branch_pc) * at.BRANCH_SIZE, at.BRANCHES)
        self.channel_list = self._reserve(len(fixed.channel_list), at.CHANNEL_LIST)
        self.meeting_desk = self._reserve(len(fixed.meeting_desk), at.MEETING_DESK)
        self.distributions = self._reserve(len(fixed.distribution_kind) * at.DIST_SIZE, at.DISTRIBUTIONS)
        self.values = self._reserve(len(bound.values), at.VALUES)
        self.probabilities = self._reserve(len(bound.probability), at.PROBABILITIES)
        self.durations = self._reserve(len(bound.duration_us), at.DURATIONS)
        self.activations = self._reserve(len(bound.activation_us), at.ACTIVATIONS)
        self.shifts = self._reserve(len(fixed.shift_time), at.SHIFTS, at.SHIFTS_END)
        self.source_times = self._reserve(len(fixed.source_time) * at.STEP_SIZE, at.SOURCE_TIMES)
        self.outside = self._reserve(len(fixed.outside_time) * at.OUTSIDE_SIZE, at.OUTSIDE_NEXT, at.OUTSIDE_END)
        self.slot_calendars = self._reserve(len(bound.slot_calendar), at.SLOT_CALENDARS)
        self.station_calendars = self._reserve(len(bound.station_calendar), at.STATION_CALENDARS)
        self._reserve(slots, at.SCRATCH)
        self.samples = self._reserve(self.samples_shape[0] * desks, at.SAMPLES)
        self._reserve(4 * leaves, at.TREE)

        self.image: Ints = np.zeros(self.size, dtype=np.int64)
        self._write_header(slots, stations, sources, leaves)
        self._write_calendars()
        self._write_people()
        self._write_code()
        self._write_demand(slots + stations + 2)

    def _reserve(self, words: int, place: int = -1, end_place: int = -1) -> int:
        """Set words aside, note in the header where they begin and end, and return where they begin."""
        begin = self.size
        self.size += words
        if place >= 0:
            self.header[place] = begin
        if end_place >= 0:
            self.header[end_place] = self.size
        return begin

    def _records(self, begin: int, count: int, size: int) -> Ints:
        """Return a view of records, one a row."""
        return records(self.image, begin, count, size)

    def _write_header(self, slots: int, stations: int, sources: int, leaves: int) -> None:
        postures, posture, length, sample_start, sample_step, samples, limit, _ = self.fixed.header.tolist()
        self.header |= {
            at.EVENT_LIMIT: limit,
            at.LENGTH: length,
            at.POSTURES: postures,
            at.POSTURE_NOW: posture,
            at.SAMPLE_COUNT: samples,
            at.SAMPLE_START: sample_start,
            at.SAMPLE_STEP: sample_step,
            at.LEAVES: leaves,
            at.OUTSIDE_LEAF: slots,
            at.TIMER_LEAF: slots + 1,
            at.SOURCE_LEAVES: slots + stations + 2,
            at.SAMPLER_LEAF: slots + stations + sources + 2,
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

    def _write_people(self) -> None:
        fixed = self.fixed
        slots = self._records(self.slots, len(fixed.slot_station), at.SLOT_SIZE)
        slots[:, at.SLOT_STATION] = self.stations + at.STATION_SIZE * fixed.slot_station
        slots[:, at.SLOT_LEAF] = np.arange(len(slots))
        slots[:, at.SLOT_DONE] = NEVER
        stations = self._records(self.stations, len(fixed.station_finish), at.STATION_SIZE)
        stations[:, at.STATION_FIRST] = self.slots + at.SLOT_SIZE * fixed.station_first[:-1]
        stations[:, at.STATION_END] = self.slots + at.SLOT_SIZE * fixed.station_first[1:]
        stations[:, at.STATION_FINISH] = fixed.station_finish
        stations[:, at.STATION_INTERRUPT] = fixed.station_interrupt
        stations[:, at.STATION_RECALL] = fixed.station_recall
        stations[:, at.STATION_RECALL_COUNT] = fixed.station_recall_count
        stations[:, at.STATION_LEAF] = len(slots) + 2 + np.arange(len(stations))
        desks = self._records(self.desks, len(fixed.desk_station), at.DESK_SIZE)
        desks[:, at.DESK_NUMBER] = np.arange(len(desks))
        desks[:, at.DESK_STATION] = self.stations + at.STATION_SIZE * fixed.desk_station
        successors = self.desks + at.DESK_SIZE * fixed.desk_successor
        desks[:, at.DESK_SUCCESSOR] = np.where(fixed.desk_successor >= 0, successors, 0)
        # backwards, so that the first desk of each station stays
        stations[fixed.desk_station[::-1], at.STATION_DESK] = np.arange(len(desks))[::-1]
        channels = self._records(self.channels, len(fixed.channel_calendar), at.CHANNEL_SIZE)
        channels[:, at.CHANNEL_CALENDAR] = fixed.channel_calendar

    def _write_code(self) -> None:
        fixed = self.fixed
        code = self._records(self.code, len(fixed.op_code), at.OP_SIZE)
        columns = (fixed.op_code, fixed.op_a, fixed.op_b, fixed.op_c, fixed.op_d, fixed.op_e, fixed.op_f, fixed.op_key)
        for number, column in enumerate(columns):
            code[:, number] = column
        branches = self._records(self.branches, len(fixed.branch_pc), at.BRANCH_SIZE)
        branches[:, at.BRANCH_PC] = fixed.branch_pc
        branches[:, at.BRANCH_CONTEXT] = fixed.branch_context
        self.image[self.channel_list : self.channel_list + len(fixed.channel_list)] = fixed.channel_list
        self.image[self.meeting_desk : self.meeting_desk + len(fixed.meeting_desk)] = fixed.meeting_desk
        kinds = self._records(self.distributions, len(fixed.distribution_kind), at.DIST_SIZE)
        kinds[:, at.DIST_KIND] = fixed.distribution_kind

    def _write_demand(self, first_leaf: int) -> None:
        fixed = self.fixed
        sources = self._records(self.sources, len(fixed.source_class), at.SOURCE_SIZE)
        sources[:, at.SOURCE_CLASS] = fixed.source_class
        sources[:, at.SOURCE_ENTRY] = fixed.source_entry
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

    def write_bound(self, memory: Ints, bound: Bound, source_keys: Ints) -> None:
        """Write a future's numbers and the run's keys into memory that holds the image."""
        fixed = self.fixed
        for begin, words in (
            (self.slot_calendars, bound.slot_calendar),
            (self.station_calendars, bound.station_calendar),
            (self.durations, bound.duration_us),
            (self.activations, bound.activation_us),
            (self.values, bits(bound.values)),
            (self.probabilities, bits(bound.probability)),
            (at.FAMILIARITY_EFFECT, bits(bound.effects)),
        ):
            memory[begin : begin + len(words)] = words
        stations = records(memory, self.stations, len(fixed.station_finish), at.STATION_SIZE)
        stations[:, at.STATION_RECALL_US] = bound.station_recall_us
        stations[:, at.STATION_STAND_DOWN_US] = bound.station_stand_down_us
        kinds = records(memory, self.distributions, len(fixed.distribution_kind), at.DIST_SIZE)
        kinds[:, at.DIST_P0] = bits(bound.distribution_p0)
        kinds[:, at.DIST_P1] = bits(bound.distribution_p1)
        kinds[:, at.DIST_P2] = bits(bound.distribution_p2)
        kinds[:, at.DIST_P3] = bits(bound.distribution_p3)
        channels = records(memory, self.channels, len(fixed.channel_calendar), at.CHANNEL_SIZE)
        channels[:, at.CHANNEL_CONTACT] = bits(bound.channel_contact)
        pairs = records(memory, self.pairs, int(fixed.pair_count[0]), at.PAIR_SIZE)
        pairs[:, at.PAIR_F] = bits(bound.pair_start)
        pairs[:, at.PAIR_GAIN] = bits(bound.pair_gain)
        pairs[:, at.PAIR_FADE] = bits(bound.pair_fade)
        pairs[:, at.PAIR_CONTACT] = bits(bound.pair_contact)
        pairs[:, at.PAIR_KEPT] = bits(bound.pair_kept)
        sources = records(memory, self.sources, len(fixed.source_class), at.SOURCE_SIZE)
        sources[:, at.SOURCE_KEY] = source_keys
        sources[:, at.SOURCE_OFFSET] = bound.source_offset_us
        sources[:, at.SOURCE_INTERVAL] = bound.source_interval_us
        steps = records(memory, self.source_times, len(fixed.source_time), at.STEP_SIZE)
        steps[:, at.STEP_RATE] = bits(bound.source_rate)


def shape_of(bound: Bound) -> tuple[int, ...]:
    """Return the lengths of a future's arrays."""
    return tuple(len(array) for array in bound)


def records(memory: Ints, begin: int, count: int, size: int) -> Ints:
    """Return a view of ``count`` records of ``size`` words, one a row."""
    return memory[begin : begin + count * size].reshape(count, size)


def bits(numbers: Floats) -> Ints:
    """Return floats as the words that hold them."""
    return numbers.view(np.int64)


class Workspace:
    """Memory that runs take over from each other; for one thread at a time.

    What a program needed, its next run has from the start.
    """

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self.room = dict(FIRST_ROOM)
        self.memory: Ints = np.empty(0, dtype=np.int64)

    def layout_of(self, fixed: Fixed, bound: Bound) -> Layout:
        """Return the layout of a program: the last one's, if it is the same."""
        if self.layout is None or self.layout.fixed is not fixed or self.layout.shape != shape_of(bound):
            self.layout = Layout(fixed, bound)
        return self.layout

    def prepare(self, layout: Layout, *, trace: bool) -> Ints:
        """Return memory that holds the image and has empty tables."""
        room = self.room if trace else {**self.room, "trace": 0}
        tables = [(spec, room[spec[0]]) for spec in TABLES.values()]
        size = layout.size + room["tokens"] * at.TOKEN_SIZE + sum(spec[4] * rows for spec, rows in tables)
        if len(self.memory) < size:
            self.memory = np.empty(size, dtype=np.int64)
        memory = self.memory
        memory[: layout.size] = layout.image
        memory[at.TRACING] = trace
        memory[at.CHUNK] = layout.size
        begin = memory[at.CHUNK_END] = layout.size + room["tokens"] * at.TOKEN_SIZE
        for (_, place, _, room_place, row), rows in tables:
            memory[place] = begin
            memory[room_place] = rows
            begin += row * rows
        return memory

    def keep(self, memory: Ints, needed: dict[str, int]) -> None:
        """Take memory back from a run, unless it has become very large."""
        if len(memory) <= WORDS_KEPT:
            self.memory = memory
            self.room = {name: max(rows, needed.get(name, 0)) for name, rows in self.room.items()}


class Engine:
    """One run of a program: a live state that can be advanced, disturbed and looked at."""

    def __init__(
        self,
        fixed: Fixed,
        bound: Bound,
        source_keys: Ints,
        *,
        trace: bool = False,
        workspace: Workspace | None = None,
    ) -> None:
        workspace = workspace or Workspace()
        self._layout = workspace.layout_of(fixed, bound)
        self._memory = workspace.prepare(self._layout, trace=trace)
        self._layout.write_bound(self._memory, bound, source_keys)
        self.length = int(fixed.header[2])
        self._grown: dict[str, int] = {}
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
        """Execute all events up to ``until``, and leave the clock there."""
        self._do(at.RUN, until)

    def inject(self, kind: int, a: int = 0, b: int = 0) -> None:
        """Execute an outside event now."""
        self._make_room()
        self._do(at.INJECT, 0, kind, a, b)
        self._do(at.EMPTY_READY)

    def output(self) -> RunOutput:
        """Return the tables, everything settled, as if the run ended now. The state can still go on."""
        live = self._memory
        self._make_room()
        self._memory = self._memory.copy()
        try:
            return self._end()
        finally:
            self._memory = live

    def _do(self, what: int, until: int = 0, kind: int = 0, a: int = 0, b: int = 0) -> None:
        """Let the kernel do something, and give it room as often as it asks."""
        with np.errstate(over="ignore"):  # keys wrap around, which NumPy says aloud when nothing is compiled
            while (code := at.advance(self._memory, what, until, kind, a, b)) != at.FINISHED:
                self._grow(code)

    def _make_room(self) -> None:
        """See to it that there is room for one event."""
        self._do(at.EMPTY_READY)
        if self._memory[at.ROW_COUNT] >= self._memory[at.ROW_ROOM]:
            self._grow(at.NEEDS_ROWS)
        if not self._memory[at.FREE_COUNT] and self._memory[at.CHUNK] == self._memory[at.CHUNK_END]:
            self._grow(at.NEEDS_TOKENS)

    def _grow(self, code: int) -> None:
        """Double what there is too little room for. It moves to the end of memory; tokens stay and get a new part."""
        old = self._memory
        end = len(old)
        if code == at.NEEDS_TOKENS:
            count = max(int(old[at.WANTED]), int(old[at.LIVE]), FIRST_ROOM["tokens"])
            self._memory = np.concatenate([old, np.empty(count * at.TOKEN_SIZE, dtype=np.int64)])
            self._free_rest_of_chunk()
            self._memory[at.CHUNK] = end
            self._memory[at.CHUNK_END] = len(self._memory)
            self._grown["tokens"] = int(old[at.LIVE]) + count
            return
        name, place, count_place, room_place, row = TABLES[code]
        rows = 2 * max(int(old[room_place]), FIRST_ROOM[name])
        self._memory = np.concatenate([old, np.empty(rows * row, dtype=np.int64)])
        begin, words = int(old[place]), int(old[count_place]) * row
        self._memory[end : end + words] = old[begin : begin + words]
        self._memory[place] = end
        self._memory[room_place] = rows
        self._grown[name] = rows

    def _free_rest_of_chunk(self) -> None:
        """Put the tokens that were never made on the list of free ones."""
        memory = self._memory
        for token in range(int(memory[at.CHUNK]), int(memory[at.CHUNK_END]), at.TOKEN_SIZE):
            memory[token + at.TOKEN_NEXT] = memory[at.FREE]
            memory[at.FREE] = token
            memory[at.FREE_COUNT] += 1

    def _end(self) -> RunOutput:
        """Settle everything and return copies of the tables."""
        self._do(at.SETTLE)
        memory = self._memory
        layout = self._layout
        desks = records(memory, layout.desks, layout.samples_shape[1], at.DESK_SIZE)
        return RunOutput(
            decisions=self._table(at.NEEDS_ROWS, len(DECISION_COLUMNS)),
            marks=self._table(at.NEEDS_MARKS, at.MARK_SIZE),
            desks=desks[:, : len(DESK_COLUMNS)].copy(),
            samples=records(memory, layout.samples, *layout.samples_shape).copy(),
            trace=self._table(at.NEEDS_TRACE, len(TRACE_COLUMNS)),
            events=int(memory[at.EVENTS]),
            truncated=bool(memory[at.TRUNCATED]),
        )

    def _table(self, code: int, columns: int) -> Ints:
        """Return a copy of a table that grows."""
        _, place, count_place, _, _ = TABLES[code]
        return records(self._memory, int(self._memory[place]), int(self._memory[count_place]), columns).copy()


class _OwnWorkspace(threading.local):
    """The workspace of each thread."""

    def __init__(self) -> None:
        self.workspace = Workspace()


_own = _OwnWorkspace()


def run(fixed: Fixed, bound: Bound, source_keys: Ints, *, trace: bool = False) -> RunOutput:
    """Run a program for its whole length. Threads may run at the same time: the kernel does not hold Python's lock."""
    workspace = _own.workspace
    engine = Engine(fixed, bound, source_keys, trace=trace, workspace=workspace)
    engine.advance(engine.length)
    engine._make_room()
    output = engine._end()
    workspace.keep(engine._memory, engine._grown)
    return output


# ---- compilation


def is_compiled() -> bool:
    """Tell whether the kernel is ready, in this process or in Numba's cache, without compiling it."""
    if not at.COMPILED or at.advance.signatures:  # type: ignore[attr-defined]
        return True
    dispatcher: Any = at.advance
    try:
        cache = dispatcher._cache
        key = cache._index_key(at.SIGNATURE, dispatcher.targetctx.codegen())
        return key in cache._cache_file._load_index()
    except (AttributeError, OSError, TypeError):
        return False  # Numba keeps its cache in another way now: better an announcement too many


def warm_up(announce: Callable[[str], None] | None = None) -> None:
    """Make the kernel ready; tell the caller first if that takes a compilation."""
    if announce is not None and not is_compiled():
        announce("compiling the simulation kernel, once for this machine (some seconds)")
    if at.COMPILED:
        at.advance.compile(at.SIGNATURE)  # type: ignore[attr-defined]
