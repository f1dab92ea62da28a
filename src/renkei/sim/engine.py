"""Running programs with the kernel: layouts of memory, growth of arrays, tables of results.

``Engine`` is one run that can be advanced, given outside events and looked at; ``run`` is a whole run. Both give the
same bits as ``renkei.sim.twin``. Importing this module imports Numba.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np

from renkei.sim import kernel as k
from renkei.sim.program import (
    DECISION_COLUMNS,
    DESK_COLUMNS,
    N_CAUSES,
    NEVER,
    TRACE_COLUMNS,
    Bound,
    Fixed,
    Floats,
    Ints,
    RunOutput,
)

FIRST_TOKENS = 256
FIRST_DECISIONS = 256
FIRST_TIMERS = 1024
FIRST_MARKS = 512
FIRST_RECORDS = 4096


def layout(header: int, parts: list[tuple[int, Ints]], rows: dict[int, int]) -> Ints:
    """Return arrays laid one after another behind a header that says where each begins.

    ``parts`` are (header field, array); ``rows`` are header fields with plain numbers.
    """
    starts = [header + sum(part.size for _, part in parts[:number]) for number in range(len(parts))]
    result = np.empty(header + sum(part.size for _, part in parts), dtype=np.int64)
    result[:header] = 0
    for (name, part), start in zip(parts, starts, strict=True):
        result[name] = start
        result[start : start + part.size] = part
    for name, value in rows.items():
        result[name] = value
    return result


def columns(*arrays: Ints) -> Ints:
    """Return arrays as the fields of records, one record after another."""
    return np.ascontiguousarray(np.stack(arrays, axis=1)).reshape(-1) if arrays[0].size else np.zeros(0, np.int64)


@dataclass(slots=True)
class Frame:
    """What is made once for a program: its flat form, and the state at the beginning of every run."""

    fixed: Fixed
    p: Ints
    m: Ints
    floats: int


def frame(fixed: Fixed) -> Frame:
    """Lay out a program, and its state before the first event."""
    f = fixed
    postures, initial, length, sample_start, sample_step, samples, limit, _ = (int(v) for v in f.header)
    stations, slots, desks = f.station_first.size - 1, f.slot_station.size, f.desk_station.size
    sources, channels, pairs = f.source_entry.size, f.channel_calendar.size, int(f.pair_count[0])
    # calendar 0 reaches back for ever; its open time is never asked of the prefix sums
    p = layout(
        k.P_HEADER,
        [
            (k.P_CALENDARS, f.calendar_first),
            (k.P_OPEN, f.segment_open),
            (k.P_CLOSE, f.segment_close),
            (k.P_BEFORE, f.segment_before),
            (k.P_CODE, columns(f.op_code, f.op_a, f.op_b, f.op_c, f.op_d, f.op_e, f.op_f, f.op_key)),
            (k.P_BRANCH_PC, f.branch_pc),
            (k.P_BRANCH_CONTEXT, f.branch_context),
            (k.P_CHANNEL_LIST, f.channel_list),
            (k.P_MEETING_DESK, f.meeting_desk),
            (k.P_CHANNEL_CALENDAR, f.channel_calendar),
            (
                k.P_STATION,
                columns(
                    f.station_first[:-1],
                    f.station_first[1:],
                    f.station_finish,
                    f.station_interrupt,
                    f.station_recall,
                    f.station_recall_count,
                ),
            ),
            (k.P_SLOT_STATION, f.slot_station),
            (k.P_DESK, columns(f.desk_station, f.desk_successor)),
            (
                k.P_SOURCE,
                columns(f.source_class, f.source_entry, f.source_kind, f.source_first[:-1], f.source_first[1:]),
            ),
            (k.P_SOURCE_TIME, f.source_time),
            (k.P_OUTSIDE, columns(f.outside_time, f.outside_kind, f.outside_a, f.outside_b)),
            (k.P_SHIFT, f.shift_time),
            (k.P_KIND, f.distribution_kind),
        ],
        {
            k.P_POSTURES: postures,
            k.P_LENGTH: length,
            k.P_SAMPLE_START: sample_start,
            k.P_SAMPLE_STEP: sample_step,
            k.P_SAMPLES: samples,
            k.P_LIMIT: limit,
            k.P_STATIONS: stations,
            k.P_SLOTS: slots,
            k.P_DESKS: desks,
            k.P_SOURCES: sources,
            k.P_CHANNELS: channels,
            k.P_PAIRS: pairs,
            k.P_OUTSIDES: f.outside_time.size,
            k.P_SHIFTS: f.shift_time.size,
        },
    )
    return Frame(fixed, p, first_state(f, initial), 1 + 2 * sources + 2 * pairs)


def first_state(f: Fixed, initial: int) -> Ints:
    """Return the state before the first event: everybody idle, nothing due."""
    stations, slots, desks = f.station_first.size - 1, f.slot_station.size, f.desk_station.size
    sources, channels, samples = f.source_entry.size, f.channel_calendar.size, int(f.header[5])
    leaves = slots + 2 + stations + sources + 1
    width = 1 << max(1, (leaves - 1).bit_length())
    tree = np.zeros(2 * width, dtype=np.int64)
    tree[width:] = np.arange(width)
    for node in range(width - 1, 0, -1):
        tree[node] = tree[2 * node]
    sizes = {
        k.M_TREE: tree.size,
        k.M_KEYS: width,
        k.M_SLOT: k.SLOT_WIDTH * slots,
        k.M_STATION: k.STATION_STATE_WIDTH * stations,
        k.M_DESK: k.DESK_STATE_WIDTH * desks,
        k.M_CHANNEL: channels,
        k.M_SOURCE: k.SOURCE_STATE_WIDTH * sources,
        k.M_SAMPLE: samples * desks,
        k.M_HINT: f.calendar_first.size - 1,
    }
    m = np.zeros(k.M_HEADER + sum(sizes.values()), dtype=np.int64)
    at = k.M_HEADER
    for name, size in sizes.items():
        m[name] = at
        at += size
    m[m[k.M_HINT] : m[k.M_HINT] + f.calendar_first.size - 1] = -1
    m[k.M_LEAVES] = width
    m[m[k.M_TREE] : m[k.M_TREE] + tree.size] = tree
    m[m[k.M_KEYS] : m[k.M_KEYS] + width] = NEVER
    m[k.M_POSTURE], m[k.M_ORDERED], m[k.M_NEXT_SAMPLE] = initial, -1, -1
    for name in (k.M_FREE, k.M_READY, k.M_READY_LAST, k.M_FIRST_LIVE, k.M_LAST_LIVE, k.M_WAITING, k.M_WAITING_LAST):
        m[name] = -1
    slot0, station0, desk0 = int(m[k.M_SLOT]), int(m[k.M_STATION]), int(m[k.M_DESK])
    for number in range(slots):
        s = slot0 + k.SLOT_WIDTH * number
        m[s + k.L_NUMBER] = number
        m[s + k.L_STATION] = station0 + k.STATION_STATE_WIDTH * int(f.slot_station[number])
        m[s + k.L_TOKEN] = m[s + k.L_RESERVED] = m[s + k.L_NEXT_SEAT] = -1
        m[s + k.L_COMPLETION] = NEVER
    for number in range(stations):
        n = station0 + k.STATION_STATE_WIDTH * number
        m[n + k.N_NUMBER] = number
        m[n + k.N_FIRST] = slot0 + k.SLOT_WIDTH * int(f.station_first[number])
        m[n + k.N_END] = slot0 + k.SLOT_WIDTH * int(f.station_first[number + 1])
        m[n + k.N_WAKE] = NEVER
        m[n + k.N_HEAD : n + k.N_HEAD + 4] = -1
        m[n + k.N_TAIL : n + k.N_TAIL + 4] = -1
        m[n + k.N_FINISHES] = f.station_finish[number]
        m[n + k.N_INTERRUPT] = f.station_interrupt[number]
        m[n + k.N_RECALL] = f.station_recall[number]
        m[n + k.N_RECALL_COUNT] = f.station_recall_count[number]
    for number in range(desks):
        d = desk0 + k.DESK_STATE_WIDTH * number
        successor = int(f.desk_successor[number])
        m[d + k.D_NUMBER] = number
        m[d + k.D_STATION] = station0 + k.STATION_STATE_WIDTH * int(f.desk_station[number])
        m[d + k.D_SUCCESSOR] = desk0 + k.DESK_STATE_WIDTH * successor if successor >= 0 else -1
    return m


def future_arrays(bound: Bound, source_keys: Ints) -> tuple[Ints, Floats]:
    """Lay out a future: whole numbers, and the rest."""
    b = bound
    distributions = np.empty(4 * b.distribution_p0.size)
    for number, parameters in enumerate((b.distribution_p0, b.distribution_p1, b.distribution_p2, b.distribution_p3)):
        distributions[number::4] = parameters
    pairs = np.empty(k.PAIR_WIDTH * b.pair_start.size)
    for number, values in enumerate((b.pair_start, b.pair_gain, b.pair_fade, b.pair_contact, b.pair_kept)):
        pairs[number :: k.PAIR_WIDTH] = values
    floats = [
        (k.Q_DISTRIBUTION, distributions),
        (k.Q_VALUES, b.values),
        (k.Q_PROBABILITY, b.probability),
        (k.Q_CONTACT, b.channel_contact),
        (k.Q_RATE, b.source_rate),
        (k.Q_PAIR, pairs),
        (k.Q_EFFECTS, b.effects),
    ]
    g = np.concatenate([part for _, part in floats])
    rows, at = {}, 0
    for name, part in floats:
        rows[name] = at
        at += part.size
    q = layout(
        k.Q_HEADER,
        [
            (k.Q_SLOT_CALENDAR, b.slot_calendar),
            (k.Q_STATION_CALENDAR, b.station_calendar),
            (k.Q_RECALL, b.station_recall_us),
            (k.Q_STAND_DOWN, b.station_stand_down_us),
            (k.Q_DURATION, b.duration_us),
            (k.Q_OFFSET, b.source_offset_us),
            (k.Q_INTERVAL, b.source_interval_us),
            (k.Q_ACTIVATION, b.activation_us),
            (k.Q_KEY, np.asarray(source_keys, dtype=np.int64)),
        ],
        rows,
    )
    return q, g


@dataclass(slots=True)
class Pools:
    """Arrays that grow; a thread keeps them from run to run."""

    tk: Ints = field(default_factory=lambda: np.zeros(k.TOKEN_WIDTH * FIRST_TOKENS, np.int64))
    dc: Ints = field(default_factory=lambda: np.zeros(k.DECISION_WIDTH * FIRST_DECISIONS, np.int64))
    tm: Ints = field(default_factory=lambda: np.zeros(k.TIMER_WIDTH * FIRST_TIMERS, np.int64))
    mk: Ints = field(default_factory=lambda: np.zeros(3 * FIRST_MARKS, np.int64))


_LOCAL = threading.local()


def thread_pools() -> Pools:
    """Return this thread's pools."""
    if not hasattr(_LOCAL, "pools"):
        _LOCAL.pools = Pools()
    pools: Pools = _LOCAL.pools
    return pools


class Engine:
    """One run of a program.

    Parameters
    ----------
    fixed, bound
        The program and one future of it.
    source_keys
        (sources,) int64: key of each source's draws.
    trace
        Whether to keep the trace.
    """

    def __init__(
        self, fixed: Fixed, bound: Bound, source_keys: Ints, *, trace: bool = False, pools: Pools | None = None
    ) -> None:
        made = frame_of(fixed)
        q, g = future_arrays(bound, source_keys)
        self._samples = int(fixed.header[5])
        self._desks = fixed.desk_station.size
        self.length = int(fixed.header[2])
        pools = pools or Pools()
        self._pools = pools
        m = made.m.copy()
        m[k.M_TRACING] = int(trace)
        x = np.zeros(made.floats)
        pairs = x[1 + 2 * fixed.source_entry.size :]
        pairs[0::2] = bound.pair_start
        records = FIRST_RECORDS if trace else 0
        self._w = k.Memory(
            made.p, q, g, m, x, pools.tk, pools.dc, pools.tm, pools.mk, np.zeros(k.TRACE_WIDTH * records, np.int64)
        )

        self._measure()

    def _measure(self) -> None:
        """Tell the kernel how much room there is."""
        w, m = self._w, self._w.m
        m[k.M_ROOM_TOKENS], m[k.M_ROOM_DECISIONS], m[k.M_ROOM_TIMERS] = w.tk.size, w.dc.size, w.tm.size
        m[k.M_ROOM_MARKS], m[k.M_ROOM_RECORDS] = w.mk.size, w.tr.size

    @property
    def now(self) -> int:
        """The clock, in microseconds."""
        return int(self._w.m[k.M_NOW])

    def advance(self, until: int) -> None:
        """Execute all events up to and including ``until`` (microseconds)."""
        self._call(until, -1, 0, 0)

    def inject(self, kind: int, a: int = 0, b: int = 0) -> None:
        """Execute an outside event (``program.Outside``) at the present moment."""
        self._grow_if_short()
        self._call(-1, kind, a, b)

    def _call(self, until: int, kind: int, a: int, b: int) -> None:
        while k.advance(self._w, until, kind, a, b) == k.NEEDS_ROOM:
            self._grow()
            kind = -1

    def _grow_if_short(self) -> None:
        m, w = self._w.m, self._w
        if k.DECISION_WIDTH * (m[k.M_DECISIONS] + 4) > w.dc.size or m[k.M_USED] + 4 * k.TOKEN_WIDTH > w.tk.size:
            self._grow()

    def _grow(self) -> None:
        """Make the arrays that may be full larger; nothing in them is lost."""
        w, m = self._w, self._w.m
        short = int(m[k.M_SHORT])
        m[k.M_SHORT] = 0
        live = int(m[k.M_LIVE]) + short
        wanted = {
            "tk": k.TOKEN_WIDTH * (short + 4) + int(m[k.M_USED]),
            "dc": k.DECISION_WIDTH * (int(m[k.M_DECISIONS]) + 4),
            "tm": k.TIMER_WIDTH * (int(m[k.M_TIMERS]) + 4 * live + 4 * int(w.p[k.P_STATIONS]) + 64),
            "mk": 3 * (int(m[k.M_MARKS]) + 4),
        }
        if m[k.M_TRACING]:
            wanted["tr"] = k.TRACE_WIDTH * (int(m[k.M_RECORDS]) + 32 * live + 32 * int(w.p[k.P_STATIONS]) + 256)
        for name, size in wanted.items():
            old = getattr(w, name)
            if old.size < size:
                new = np.zeros(max(size, 2 * old.size), dtype=np.int64)
                new[: old.size] = old
                w = w._replace(**{name: new})
                if name != "tr":
                    setattr(self._pools, name, new)
        self._w = w
        self._measure()

    def output(self) -> RunOutput:
        """Return the tables as they are at the clock. The run may go on."""
        w = self._w
        live = int(w.m[k.M_LIVE])
        tr = w.tr
        if w.m[k.M_TRACING]:
            tr = np.concatenate([w.tr, np.zeros(k.TRACE_WIDTH * 4 * (live + 1), np.int64)])
        w = w._replace(m=w.m.copy(), tk=w.tk.copy() if live else w.tk, tr=tr)
        k.settle_all(w)
        m = w.m
        return RunOutput(
            decisions=decision_rows(w),
            marks=w.mk[: 3 * m[k.M_MARKS]].reshape(-1, 3).copy(),
            desks=desk_rows(w),
            samples=m[m[k.M_SAMPLE] :][: self._samples * self._desks].reshape(self._samples, self._desks).copy(),
            trace=w.tr[: k.TRACE_WIDTH * m[k.M_RECORDS]].reshape(-1, len(TRACE_COLUMNS)).copy(),
            events=int(m[k.M_EVENTS]),
            truncated=bool(m[k.M_TRUNCATED]),
        )


def frame_of(fixed: Fixed) -> Frame:
    """Return the frame of a program, made once."""
    key = id(fixed)
    known = _FRAMES.get(key)
    if known is None or known.fixed is not fixed:
        if len(_FRAMES) >= 512:
            _FRAMES.pop(next(iter(_FRAMES)))
        known = _FRAMES[key] = frame(fixed)
    return known


_FRAMES: dict[int, Frame] = {}


def decision_rows(w: k.Memory) -> Ints:
    """Return the table of decisions; an open one has the account of its root and critical branch."""
    table = w.dc[: k.DECISION_WIDTH * w.m[k.M_DECISIONS]].reshape(-1, k.DECISION_WIDTH).copy()
    for row in np.flatnonzero(table[:, k.C_ENDED] < 0):
        x = int(table[row, k.C_ROOT])
        account = w.tk[x + k.T_ACCOUNT : x + k.T_ACCOUNT + N_CAUSES].copy()
        while w.tk[x + k.T_WHERE] == k.JOIN:
            x = int(w.tk[x + k.T_FIRST_CHILD])
            account += w.tk[x + k.T_ACCOUNT : x + k.T_ACCOUNT + N_CAUSES]
        table[row, k.C_ACCOUNT : k.C_ACCOUNT + N_CAUSES] = account
    return np.ascontiguousarray(table[:, : len(DECISION_COLUMNS)])


def desk_rows(w: k.Memory) -> Ints:
    """Return the table of desks, with what is still there counted up to the clock."""
    p, m, tk = w.p, w.m, w.tk
    now, desks = int(m[k.M_NOW]), int(p[k.P_DESKS])
    state = m[m[k.M_DESK] : m[k.M_DESK] + k.DESK_STATE_WIDTH * desks].reshape(desks, k.DESK_STATE_WIDTH)
    table = np.zeros((desks, len(DESK_COLUMNS)), dtype=np.int64)
    table[:, 0:9] = state[:, k.D_ARRIVALS : k.D_OFFERED + 1]
    table[:, 4] += state[:, k.D_HERE] * (now - state[:, k.D_CHANGED])
    x = int(m[k.M_FIRST_LIVE])
    while x >= 0:
        if tk[x + k.T_WHERE] in (k.QUEUED, k.SERVING):
            table[m[tk[x + k.T_DESK] + k.D_NUMBER], 5] += now - tk[x + k.T_ARRIVED]
        x = int(tk[x + k.T_NEXT_LIVE])
    by_station = k.open_times(w)
    table[:, 9] = by_station[p[p[k.P_DESK] : p[k.P_DESK] + k.DESK_WIDTH * desks : k.DESK_WIDTH]]
    return table


def run(fixed: Fixed, bound: Bound, source_keys: Ints, *, trace: bool = False) -> RunOutput:
    """Run a program over its whole length; see ``Engine``. Safe from several threads at once."""
    engine = Engine(fixed, bound, source_keys, trace=trace, pools=thread_pools())
    engine.advance(engine.length)
    return engine.output()


def is_compiled() -> bool:
    """Return whether the kernel is there without compiling: in this process, or in Numba's cache on disk."""
    advance: Any = k.advance
    if k.PLAIN or advance.signatures:
        return True
    try:
        key = advance._cache._index_key(_signature(), advance.targetctx.codegen())
        return key in advance._cache._cache_file._load_index()
    except (AttributeError, OSError):  # Numba's own: if it changes, a compilation is announced that does not come
        return False


def warm_up(announce: Callable[[str], None] | None = None) -> None:
    """Make the kernel ready. ``announce`` is told beforehand if it must be compiled, which happens once."""
    if announce is not None and not is_compiled():
        announce("compiling the simulation kernel: once on this machine, some seconds")
    if k.PLAIN:
        return
    kernels: list[tuple[Any, tuple[Any, ...]]] = [
        (k.advance, (numba.int64,) * 4),
        (k.settle_all, ()),
        (k.open_times, ()),
    ]
    for function, more in kernels:
        function.compile((_memory_type(), *more))


def _memory_type() -> Any:
    whole, rest = np.zeros(1, np.int64), np.zeros(1)
    typeof: Any = numba.typeof
    return typeof(k.Memory(whole, whole, rest, whole, rest, whole, whole, whole, whole, whole))


def _signature() -> tuple[Any, ...]:
    return (_memory_type(), *(numba.int64,) * 4)
