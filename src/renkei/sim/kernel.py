"""The kernel: the machine of docs/machine.md, compiled by Numba.

Everything lives in a few flat arrays (``Memory``). A thing (token, slot, station, desk, source) is a record of int64
fields, and is called by the address of its first field: ``tk[x + T_PC]`` is the instruction of token ``x``. So a
link is an address, nothing is allocated for an event, and the code reads as the page does. The twin says the same
in plain Python; read it first.

The event list is a winner tree over fixed slots: one leaf for each person, for the next outside event, for the
earliest timer, for each station's wake, for each source, and for the sampler, numbered so that ties fall as the page
says. Setting a leaf to NEVER calls an event off; nothing is searched for. Timers of tokens are many and are kept in a
binary heap whose top owns one leaf; a timer that was called off stays there until it comes up, and is then dropped.
"""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
from numba.core import config
from numba.extending import intrinsic, register_jitable

from renkei.sim import arithmetic, program
from renkei.sim.arithmetic import exp, log, normal_quantile
from renkei.sim.arithmetic import pow as power
from renkei.sim.program import (
    CALENDAR_ALWAYS,
    CALENDAR_NEVER,
    CHANNEL_CAUSE,
    CONCURRENCE_CAUSE,
    CONTEXT_CONCURRENCE,
    MEETING_CAUSE,
    N_CAUSES,
    NEVER,
    OFF_DUTY_CAUSE,
    QUEUE_CAUSE,
    REWORK_CAUSE,
    TRACE_COLUMNS,
    WORK_CAUSE,
    Dist,
    Floats,
    Ints,
    Op,
    Outcome,
    Outside,
    Source,
    Trace,
)

njit: Any = numba.njit
settings: Any = config
PLAIN = bool(settings.DISABLE_JIT)
"""Whether the kernel runs as plain Python, for coverage."""
# no wrappers for calls from Python: they took a third of the compilation
helper = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
hot = njit(error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)

# the twin runs the same source in plain Python
for _name in ("split", "power_of_two", "scale", "log_series", "polynomial", "product_error"):
    register_jitable(forceinline=True, error_model="numpy")(getattr(arithmetic, _name))
for _name in ("log", "log_of_normal", "log_in_two", "exp", "pow", "normal_quantile"):
    register_jitable(error_model="numpy")(getattr(arithmetic, _name))
for _name in ("central_ratio", "near_tail_ratio", "far_tail_ratio"):
    register_jitable(error_model="numpy")(getattr(arithmetic, _name))
# Numba looks at this file alone when it asks whether a cached kernel is still good
SOURCE_HASH = hashlib.sha256((inspect.getsource(arithmetic) + inspect.getsource(program)).encode()).hexdigest()

# Numba knows no class attributes: the codes of program.py by plain names. Those handed to functions are typed numbers:
# a literal would make a function of its own for each value (207 compiled in place of 139)
ZERO, ONE, NONE, SEVEN = np.int64(0), np.int64(1), np.int64(-1), np.int64(7)
DIST_CONSTANT = Dist.CONSTANT
DIST_EXPONENTIAL = Dist.EXPONENTIAL
DIST_GAMMA = Dist.GAMMA
DIST_LOGNORMAL = Dist.LOGNORMAL
DIST_PERT = Dist.PERT
DIST_TRIANGULAR = Dist.TRIANGULAR
DIST_UNIFORM = Dist.UNIFORM
DIST_WEIBULL = Dist.WEIBULL
OP_CHANCE = Op.CHANCE
OP_DELAY = Op.DELAY
OP_FORK = Op.FORK
OP_GUARD = Op.GUARD
OP_IF_LOST = Op.IF_LOST
OP_IF_OPEN = Op.IF_OPEN
OP_IF_OVER = Op.IF_OVER
OP_IF_POSTURE = Op.IF_POSTURE
OP_IF_REGISTER = Op.IF_REGISTER
OP_JUMP = Op.JUMP
OP_LEAVE = Op.LEAVE
OP_MARK = Op.MARK
OP_MEET = Op.MEET
OP_POSTURE = Op.POSTURE
OP_PRECEDENCE = Op.PRECEDENCE
OP_RETURN = Op.RETURN
OP_SEND = Op.SEND
OP_SET_REGISTER = Op.SET_REGISTER
OP_SPAWN = Op.SPAWN
OP_UNGUARD = Op.UNGUARD
OP_WORK = Op.WORK
OUTCOME_DONE = Outcome.DONE
OUTSIDE_CHANNEL = Outside.CHANNEL
OUTSIDE_FRICTION = Outside.FRICTION
OUTSIDE_INJECT = Outside.INJECT
OUTSIDE_LOST = Outside.LOST
OUTSIDE_POSTURE = Outside.POSTURE
OUTSIDE_RESTORED = Outside.RESTORED
OUTSIDE_ROTATE = Outside.ROTATE
SOURCE_INTERVAL = Source.INTERVAL
SOURCE_LIST = Source.LIST
TRACE_ARRIVED = np.int64(Trace.ARRIVED)
TRACE_CHANNEL = np.int64(Trace.CHANNEL)
TRACE_DONE = np.int64(Trace.DONE)
TRACE_ENDED = np.int64(Trace.ENDED)
TRACE_FORKED = np.int64(Trace.FORKED)
TRACE_FRICTION = np.int64(Trace.FRICTION)
TRACE_INTERRUPTED = np.int64(Trace.INTERRUPTED)
TRACE_JOINED = np.int64(Trace.JOINED)
TRACE_LOST = np.int64(Trace.LOST)
TRACE_MARKED = np.int64(Trace.MARKED)
TRACE_MEETING_ENDS = np.int64(Trace.MEETING_ENDS)
TRACE_MEETING_STARTS = np.int64(Trace.MEETING_STARTS)
TRACE_MEETING_WAITS = np.int64(Trace.MEETING_WAITS)
TRACE_POSTURE = np.int64(Trace.POSTURE)
TRACE_QUEUED = np.int64(Trace.QUEUED)
TRACE_RAISED = np.int64(Trace.RAISED)
TRACE_RECALLED = np.int64(Trace.RECALLED)
TRACE_REDIRECTED = np.int64(Trace.REDIRECTED)
TRACE_RESTORED = np.int64(Trace.RESTORED)
TRACE_RETURNED = np.int64(Trace.RETURNED)
TRACE_ROTATED = np.int64(Trace.ROTATED)
TRACE_SENT = np.int64(Trace.SENT)
TRACE_SPENT = np.int64(Trace.SPENT)
TRACE_STARTED = np.int64(Trace.STARTED)
TRACE_STOOD_DOWN = np.int64(Trace.STOOD_DOWN)
TRACE_TIMED_OUT = np.int64(Trace.TIMED_OUT)
TRACE_WITHDRAWN = np.int64(Trace.WITHDRAWN)

# ---- what advance() returns
FINISHED, NEEDS_ROOM = 0, 1

# ---- header of p, the program that no future changes
(
    P_POSTURES, P_LENGTH, P_SAMPLE_START, P_SAMPLE_STEP, P_SAMPLES, P_LIMIT, P_STATIONS, P_SLOTS, P_DESKS, P_SOURCES,
    P_CHANNELS, P_PAIRS, P_OUTSIDES, P_SHIFTS, P_CALENDARS, P_OPEN, P_CLOSE, P_BEFORE, P_CODE, P_BRANCH_PC,
    P_BRANCH_CONTEXT, P_CHANNEL_LIST, P_MEETING_DESK, P_CHANNEL_CALENDAR, P_STATION, P_SLOT_STATION, P_DESK, P_SOURCE,
    P_SOURCE_TIME, P_OUTSIDE, P_SHIFT, P_KIND, P_HEADER,
) = range(33)  # fmt: skip
CODE_WIDTH = 8  # op, a, b, c, d, e, f, key
STATION_WIDTH = 6  # first slot, end slot, finishes, interrupts, recalls, how many
DESK_WIDTH = 2  # station, successor
SOURCE_WIDTH = 5  # class, entry, kind, first step, end step
OUTSIDE_WIDTH = 4  # time, kind, a, b

# ---- header of q, the whole numbers of a future
(
    Q_SLOT_CALENDAR, Q_STATION_CALENDAR, Q_RECALL, Q_STAND_DOWN, Q_DURATION, Q_OFFSET, Q_INTERVAL, Q_ACTIVATION, Q_KEY,
    Q_DISTRIBUTION, Q_VALUES, Q_PROBABILITY, Q_CONTACT, Q_RATE, Q_PAIR, Q_EFFECTS, Q_HEADER,
) = range(17)  # fmt: skip
PAIR_WIDTH = 5  # start, gain, fade, contact, kept (in g)

# ---- header of m, the state
(
    M_NOW, M_POSTURE, M_ORDERED, M_POSTURE_TIMER, M_INJECTED, M_EVENTS, M_TRUNCATED, M_SEQUENCE, M_FREE, M_USED,
    M_CREATED, M_LIVE, M_READY, M_READY_LAST, M_FIRST_LIVE, M_LAST_LIVE, M_DECISIONS, M_MARKS, M_TIMERS, M_RECORDS,
    M_WAITING, M_WAITING_LAST, M_TRACING, M_NEXT_OUTSIDE, M_NEXT_SAMPLE, M_SHORT, M_LEAVES, M_TREE, M_KEYS, M_SLOT,
    M_STATION, M_DESK, M_CHANNEL, M_SOURCE, M_SAMPLE, M_N_WAITING, M_HINT,
    M_ROOM_TOKENS, M_ROOM_DECISIONS, M_ROOM_TIMERS, M_ROOM_MARKS,
    M_ROOM_RECORDS, M_HEADER,
) = range(43)  # fmt: skip

# ---- fields of a token
(
    T_PC, T_DECISION, T_KEY, T_PRECEDENCE, T_CONTEXT, T_REWORKING, T_HIGH, T_VISIT, T_RETURNS, T_RETURNS_2,
    T_RETURNS_3, T_RETURNS_4,
    T_REGISTER, T_SINCE,
    T_PARENT, T_FIRST_CHILD, T_LAST_CHILD, T_NEXT_SIBLING, T_LAST_SIBLING, T_CHILDREN, T_YES, T_WHERE, T_GUARD,
    T_GUARD_TARGET, T_TIMER, T_DESK, T_SLOT, T_WORK, T_REMAINING, T_ARRIVED, T_NEXT, T_LAST, T_NEXT_READY, T_IN_READY,
    T_NEXT_LIVE, T_LAST_LIVE, T_NUMBER, T_LENGTH, T_BOOKED, T_TRY, T_BOOK, T_CHANNEL, T_BEGAN, T_FIRST_SEAT, T_PAIR,
    T_ACCOUNT,
) = range(46)  # fmt: skip
TOKEN_WIDTH = T_ACCOUNT + N_CAUSES

READY, QUEUED, SERVING, CHANNEL, ON_THE_WAY, DELAY, WAITING, MEETING, JOIN, GONE = range(10)

# ---- fields of a slot
(
    L_NUMBER, L_STATION, L_TOKEN, L_MODE, L_BEGAN, L_COMPLETION, L_THROUGH, L_RECALLED, L_RESERVED, L_RESERVED_AT,
    L_OPEN_TIME, L_NEXT_SEAT, L_NEXT_BOOKED, L_DESK, SLOT_WIDTH,
) = range(15)  # fmt: skip
IDLE, IN_SERVICE, IN_MEETING = range(3)

# ---- fields of a station
N_NUMBER, N_FIRST, N_END, N_LOST, N_RECALL_PENDING, N_STAND_DOWN_PENDING, N_RECALLED, N_COUNTED, N_WAKE, N_QUEUED = (
    range(10)
)
N_HEAD = 10  # four queues, by precedence
N_TAIL = 14
N_FINISHES, N_INTERRUPT, N_RECALL, N_RECALL_COUNT, N_MEETINGS, STATION_STATE_WIDTH = 18, 19, 20, 21, 22, 23

# ---- fields of a desk
(
    D_ARRIVALS, D_COMPLETIONS, D_WORK_TIME, D_LOST_TIME, D_NUMBER_TIME, D_STAY_TIME, D_INTERRUPTIONS, D_REDIRECTED,
    D_OFFERED, D_HERE, D_CHANGED, D_MEETING, D_STATION, D_SUCCESSOR, D_NUMBER, DESK_STATE_WIDTH,
) = range(16)  # fmt: skip

# ---- fields of a source (its floats, energy and integral passed, are in x)
S_ORDINAL, S_STEP, SOURCE_STATE_WIDTH = range(3)

# ---- fields of a decision
(
    C_CLASS, C_SOURCE, C_ORDINAL, C_RAISED, C_DECIDED, C_ENDED, C_OUTCOME, C_ACCOUNT,
) = range(8)  # fmt: skip
C_HAND_OFFS = C_ACCOUNT + N_CAUSES
C_CROSSINGS, C_RETURNS, C_LOST, C_PRECEDENCE, C_REASON, C_ROOT, DECISION_WIDTH = range(C_HAND_OFFS + 1, C_HAND_OFFS + 8)

# ---- timers: time, sequence, kind, of whom
TIMER_WIDTH = 4
(
    SEND_AGAIN, COME_THROUGH, END_DELAY, TIME_OUT, TRY_MEETING, BOOK_MEETING, RECALL, STAND_DOWN, TAKE_POSTURE,
) = map(np.int64, range(9))  # fmt: skip

TRACE_WIDTH = len(TRACE_COLUMNS)
HOUR = 3_600_000_000
LONGEST = NEVER // 4
MOST_SUCCESSIONS = 8
FIRST_INJECTED = 1_000_000
G = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S11, S27, S30, S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)


class Memory(NamedTuple):
    """All that a run reads and writes. Layouts: the constants above."""

    p: Ints  # the program
    q: Ints  # the future's whole numbers
    g: Floats  # the future's other numbers
    m: Ints  # the state: header and fixed records
    x: Floats  # friction's level, then energy and integral of each source, then familiarity and its time of each pair
    tk: Ints  # tokens
    dc: Ints  # decisions
    tm: Ints  # timers
    mk: Ints  # marks
    tr: Ints  # trace


def _same(array: Any) -> Any:
    return array


@intrinsic
def _pointer_of(_context: Any, array: Any) -> Any:
    """Return where an array's numbers begin. A pointer is one argument of a call, an array is seven."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return numba.types.CPointer(array.dtype)(array), generate


pointer_of: Any = _same if PLAIN else _pointer_of  # plain Python has no pointers, and needs none


@hot
def pointers(a):
    """Return memory with pointers in place of arrays."""
    return Memory(
        pointer_of(a.p), pointer_of(a.q), pointer_of(a.g), pointer_of(a.m), pointer_of(a.x), pointer_of(a.tk),
        pointer_of(a.dc), pointer_of(a.tm), pointer_of(a.mk), pointer_of(a.tr),
    )  # fmt: skip


# ---- numbers


@hot
def mix(x):
    """Return the SplitMix64 finaliser of 64 bits."""
    x ^= x >> S30
    x *= MIX_1
    x ^= x >> S27
    x *= MIX_2
    return x ^ (x >> S31)


@hot
def key2(a, b):
    """Return the key of ``b`` under the key ``a``; all three are int64."""
    return np.int64(mix(np.uint64(a) ^ mix(np.uint64(b) + G)))


@hot
def uniform(key, n):
    """Return the n-th number of a key, in (0, 1)."""
    bits = mix(np.uint64(key) + np.uint64(n + 1) * G) >> S11
    return (np.float64(np.int64(bits)) + 0.5) * 1.1102230246251565e-16


@hot
def microseconds(seconds):
    """Return a duration in whole microseconds: at least 0, at most a quarter of NEVER."""
    us = seconds * 1e6 + 0.5
    if not us >= 0.0:
        return np.int64(0)
    if us >= LONGEST:
        return np.int64(LONGEST)
    return np.int64(math.floor(us))


@helper
def gamma(shape, key, stream):
    """Return a gamma variate of scale 1 (Marsaglia and Tsang 2000)."""
    stream_key = key2(key, stream)
    n = 0
    boost = 1.0
    if shape < 1.0:
        boost = power(uniform(stream_key, n), 1.0 / shape)
        shape = shape + 1.0
        n += 1
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        z = normal_quantile(uniform(stream_key, n))
        n += 1
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(stream_key, n)
        n += 1
        if log(u) < 0.5 * z * z + d - d * v + d * log(v):
            return d * v * boost


@helper
def draw_other(w, kind, at, key):
    """Return the draw of a distribution that is neither constant nor exponential."""
    p0, p1, p2, p3 = w.g[at], w.g[at + 1], w.g[at + 2], w.g[at + 3]
    u0 = uniform(key, ZERO)
    if kind == DIST_UNIFORM:
        return p0 + (p1 - p0) * u0
    if kind == DIST_TRIANGULAR:
        if p2 <= p0:
            return p0
        if u0 < (p1 - p0) / (p2 - p0):
            return p0 + math.sqrt(u0 * (p2 - p0) * (p1 - p0))
        return p2 - math.sqrt((1.0 - u0) * (p2 - p0) * (p2 - p1))
    if kind == DIST_PERT:
        first = gamma(p2, key, ZERO)
        second = gamma(p3, key, ONE)
        return p0 + (p1 - p0) * (first / (first + second))
    if kind == DIST_LOGNORMAL:
        return exp(p0 + p1 * normal_quantile(u0))
    if kind == DIST_GAMMA:
        return gamma(p0, key, ZERO) * p1
    if kind == DIST_WEIBULL:
        return p1 * power(-log(u0), 1.0 / p0)
    return w.g[w.q[Q_VALUES] + np.int64(p0) + np.int64(math.floor(u0 * p1))]


@helper
def draw(w, distribution, key):
    """Return the draw of a distribution under a key, in seconds where it is a duration."""
    kind = w.p[w.p[P_KIND] + distribution]
    at = w.q[Q_DISTRIBUTION] + 4 * distribution
    if kind == DIST_EXPONENTIAL:
        return -w.g[at] * log(uniform(key, ZERO))
    if kind == DIST_CONSTANT:
        return w.g[at]
    return draw_other(w, kind, at, key)


@helper
def draw_key(w, x):
    """Return the key of the draws of token x at its instruction."""
    code = w.p[P_CODE] + CODE_WIDTH * w.tk[x + T_PC]
    return key2(key2(w.tk[x + T_KEY], w.p[code + 7]), w.tk[x + T_VISIT])


# ---- calendars


@helper
def begun_by(w, calendar, t):
    """Return the last segment that opened at or before ``t``, or one before the calendar's first.

    The answer of the last time is tried first, and the segment after it: time mostly goes on a little.
    """
    p, m = w.p, w.m
    first, end = p[p[P_CALENDARS] + calendar], p[p[P_CALENDARS] + calendar + 1]
    opens = p[P_OPEN]
    hint = m[m[M_HINT] + calendar]
    if hint >= first and p[opens + hint] <= t:
        if hint + 1 == end or t < p[opens + hint + 1]:
            return hint
        if hint + 2 == end or t < p[opens + hint + 2]:
            m[m[M_HINT] + calendar] = hint + 1
            return hint + 1
    low, high = first, end
    while low < high:
        middle = (low + high) >> 1
        if p[opens + middle] <= t:
            low = middle + 1
        else:
            high = middle
    m[m[M_HINT] + calendar] = low - 1
    return low - 1


@helper
def is_open(w, calendar, t):
    """Return whether a calendar is open at ``t``."""
    if calendar <= CALENDAR_NEVER:
        return calendar == CALENDAR_ALWAYS
    segment = begun_by(w, calendar, t)
    return segment >= w.p[w.p[P_CALENDARS] + calendar] and t < w.p[w.p[P_CLOSE] + segment]


@helper
def next_open(w, calendar, t):
    """Return ``t`` if open, else the next opening, else NEVER."""
    if calendar <= CALENDAR_NEVER:
        return t if calendar == CALENDAR_ALWAYS else np.int64(NEVER)
    segment = begun_by(w, calendar, t)
    if segment >= w.p[w.p[P_CALENDARS] + calendar] and t < w.p[w.p[P_CLOSE] + segment]:
        return t
    segment += 1
    return w.p[w.p[P_OPEN] + segment] if segment < w.p[w.p[P_CALENDARS] + calendar + 1] else np.int64(NEVER)


@helper
def opens_after(w, calendar, t):
    """Return the first opening after ``t``, whether or not the calendar is open now; else NEVER."""
    segment = begun_by(w, calendar, t) + 1
    return w.p[w.p[P_OPEN] + segment] if segment < w.p[w.p[P_CALENDARS] + calendar + 1] else np.int64(NEVER)


@helper
def closes(w, calendar, t):
    """Return the close of the segment that contains ``t``; only asked when open."""
    return w.p[w.p[P_CLOSE] + begun_by(w, calendar, t)]


@helper
def open_before(w, calendar, t):
    """Return the open time of a calendar before ``t``, from its first opening on."""
    segment = begun_by(w, calendar, t)
    if segment < w.p[w.p[P_CALENDARS] + calendar]:
        return np.int64(0)
    close = w.p[w.p[P_CLOSE] + segment]
    return w.p[w.p[P_BEFORE] + segment] + (t if t < close else close) - w.p[w.p[P_OPEN] + segment]


@helper
def open_time(w, calendar, begin, end):
    """Return the length of a calendar's open time within ``[begin, end)``."""
    if calendar <= CALENDAR_NEVER:
        return end - begin if calendar == CALENDAR_ALWAYS else np.int64(0)
    return open_before(w, calendar, end) - open_before(w, calendar, begin)


@helper
def finish_later(w, calendar, t, work):
    """Return when work begun at ``t`` is done, resting while the calendar is closed; NEVER if time runs out."""
    target = open_before(w, calendar, t) + work
    first = w.p[w.p[P_CALENDARS] + calendar]
    low, high = first, w.p[w.p[P_CALENDARS] + calendar + 1]
    while low < high:  # the last segment with less open time before it than the target
        middle = (low + high) >> 1
        if w.p[w.p[P_BEFORE] + middle] < target:
            low = middle + 1
        else:
            high = middle
    segment = low - 1
    if segment < first:
        return np.int64(NEVER)
    moment = w.p[w.p[P_OPEN] + segment] + target - w.p[w.p[P_BEFORE] + segment]
    return moment if moment <= w.p[w.p[P_CLOSE] + segment] else np.int64(NEVER)


@helper
def finish(w, calendar, t, work):
    """Return when work begun at ``t`` is done."""
    if work == 0 or calendar == CALENDAR_ALWAYS:
        return t + work
    if calendar == CALENDAR_NEVER:
        return np.int64(NEVER)
    return finish_later(w, calendar, t, work)


@helper
def opening_of(w, calendar, t, length):
    """Return the first moment from ``t`` on at which a calendar is open and stays so for ``length``."""
    t = next_open(w, calendar, t)
    while t < NEVER and closes(w, calendar, t) < t + length:
        t = next_open(w, calendar, closes(w, calendar, t))
    return t


@helper
def slot_calendar(w, slot):
    """Return the effective calendar of a slot."""
    m = w.m
    if m[slot + L_RECALLED]:
        return np.int64(CALENDAR_ALWAYS)
    if m[m[slot + L_STATION] + N_LOST]:
        return np.int64(CALENDAR_NEVER)
    return w.q[w.q[Q_SLOT_CALENDAR] + m[M_POSTURE] * w.p[P_SLOTS] + m[slot + L_NUMBER]]


@helper
def station_calendar(w, station):
    """Return the effective calendar of a station: open while anyone is on duty."""
    m = w.m
    if m[station + N_RECALLED]:
        return np.int64(CALENDAR_ALWAYS)
    if m[station + N_LOST]:
        return np.int64(CALENDAR_NEVER)
    return w.q[w.q[Q_STATION_CALENDAR] + m[M_POSTURE] * w.p[P_STATIONS] + m[station + N_NUMBER]]


@helper
def channel_calendar(w, channel):
    """Return the effective calendar of a channel."""
    if w.m[w.m[M_CHANNEL] + channel]:
        return np.int64(CALENDAR_NEVER)
    return w.p[w.p[P_CHANNEL_CALENDAR] + channel]


@helper
def slot_open(w, slot):
    """Return whether a slot is on duty now."""
    return is_open(w, slot_calendar(w, slot), w.m[M_NOW])


# ---- the event list


@helper
def set_event(w, leaf, moment):
    """Let an event happen at a moment, or (NEVER) not at all."""
    m = w.m
    keys, tree = m[M_KEYS], m[M_TREE]
    m[keys + leaf] = moment
    node = (m[M_LEAVES] + leaf) >> 1
    while node >= 1:
        left, right = m[tree + 2 * node], m[tree + 2 * node + 1]
        m[tree + node] = right if m[keys + right] < m[keys + left] else left
        node >>= 1


@hot
def outside_leaf(w):
    """Return the leaf of the next outside event; the timers' leaf follows, then wakes, sources, the sampler."""
    return w.p[P_SLOTS]


@hot
def timer_before(tm, i, j):
    """Return whether timer i comes before timer j."""
    a, b = TIMER_WIDTH * i, TIMER_WIDTH * j
    return tm[a] < tm[b] or (tm[a] == tm[b] and tm[a + 1] < tm[b + 1])


@hot
def swap_timers(tm, i, j):
    """Exchange two timers of the heap."""
    for k in range(TIMER_WIDTH):
        tm[TIMER_WIDTH * i + k], tm[TIMER_WIDTH * j + k] = tm[TIMER_WIDTH * j + k], tm[TIMER_WIDTH * i + k]


@helper
def set_timer(w, moment, kind, whom):
    """Set a timer and return its sequence; at NEVER or later it is none, and 0."""
    if moment >= NEVER:
        return np.int64(0)
    m, tm = w.m, w.tm
    m[M_SEQUENCE] += 1
    i = m[M_TIMERS]
    m[M_TIMERS] += 1
    at = TIMER_WIDTH * i
    tm[at], tm[at + 1], tm[at + 2], tm[at + 3] = moment, m[M_SEQUENCE], kind, whom
    while i > 0 and timer_before(tm, i, (i - 1) >> 1):
        swap_timers(tm, i, (i - 1) >> 1)
        i = (i - 1) >> 1
    if i == 0:
        set_event(w, outside_leaf(w) + 1, moment)
    return m[M_SEQUENCE]


@helper
def drop_first_timer(w):
    """Take the earliest timer off the heap."""
    m, tm = w.m, w.tm
    m[M_TIMERS] -= 1
    n = m[M_TIMERS]
    for k in range(TIMER_WIDTH):
        tm[k] = tm[TIMER_WIDTH * n + k]
    i = 0
    while 2 * i + 1 < n:
        child = 2 * i + 1
        if child + 1 < n and timer_before(tm, child + 1, child):
            child += 1
        if not timer_before(tm, child, i):
            break
        swap_timers(tm, i, child)
        i = child
    set_event(w, outside_leaf(w) + 1, tm[0] if n > 0 else np.int64(NEVER))


# ---- trace


@helper
def write(w, kind, x, place, a, b, time, until):
    """Write a trace record about token x (-1: about no token)."""
    m, tk, tr = w.m, w.tk, w.tr
    at = TRACE_WIDTH * m[M_RECORDS]
    m[M_RECORDS] += 1
    tr[at], tr[at + 1] = kind, time
    if x >= 0:
        tr[at + 2] = tk[x + T_DECISION] // DECISION_WIDTH
        tr[at + 3], tr[at + 4] = tk[x + T_NUMBER], tk[x + T_PC]
    else:
        tr[at + 2], tr[at + 3], tr[at + 4] = -1, -1, -1
    tr[at + 5], tr[at + 6], tr[at + 7], tr[at + 8] = place, a, b, until


@helper
def record(w, kind, x, place, a, b, until):
    """Write a trace record of this moment, if the run is traced."""
    if w.m[M_TRACING]:
        write(w, kind, x, place, a, b, w.m[M_NOW], until)


# ---- tokens


@helper
def new_token(w, decision, pc, key):
    """Make a token; there is room for it."""
    m, tk = w.m, w.tk
    x = m[M_FREE]
    if x >= 0:
        m[M_FREE] = tk[x + T_NEXT]
    else:
        x = m[M_USED]
        m[M_USED] += TOKEN_WIDTH
    for k in range(TOKEN_WIDTH):
        tk[x + k] = 0
    tk[x + T_PC], tk[x + T_DECISION], tk[x + T_KEY], tk[x + T_SINCE] = pc, decision, key, m[M_NOW]
    tk[x + T_HIGH], tk[x + T_PARENT], tk[x + T_FIRST_CHILD], tk[x + T_LAST_CHILD] = -1, -1, -1, -1
    tk[x + T_NEXT_SIBLING], tk[x + T_LAST_SIBLING], tk[x + T_FIRST_SEAT] = -1, -1, -1
    tk[x + T_NUMBER] = m[M_CREATED]
    m[M_CREATED] += 1
    m[M_LIVE] += 1
    last = m[M_LAST_LIVE]
    tk[x + T_LAST_LIVE], tk[x + T_NEXT_LIVE] = last, -1
    if last >= 0:
        tk[last + T_NEXT_LIVE] = x
    else:
        m[M_FIRST_LIVE] = x
    m[M_LAST_LIVE] = x
    return x


@helper
def free_token(w, x):
    """Give a token's place back, at once or, where it stands in the ready list, when it comes up there."""
    m, tk = w.m, w.tk
    if tk[x + T_WHERE] != GONE:
        tk[x + T_WHERE] = GONE
        tk[x + T_GUARD] = 0
        before, after = tk[x + T_LAST_LIVE], tk[x + T_NEXT_LIVE]
        if before >= 0:
            tk[before + T_NEXT_LIVE] = after
        else:
            m[M_FIRST_LIVE] = after
        if after >= 0:
            tk[after + T_LAST_LIVE] = before
        else:
            m[M_LAST_LIVE] = before
        m[M_LIVE] -= 1
        tk[x + T_TIMER], tk[x + T_TRY], tk[x + T_BOOK] = 0, 0, 0
    if not tk[x + T_IN_READY]:
        tk[x + T_NEXT] = m[M_FREE]
        m[M_FREE] = x


@helper
def make_ready(w, x):
    """Put a token at the tail of the ready list."""
    m, tk = w.m, w.tk
    tk[x + T_WHERE] = READY
    tk[x + T_IN_READY] = 1
    tk[x + T_NEXT_READY] = -1
    if m[M_READY] < 0:
        m[M_READY] = x
    else:
        tk[m[M_READY_LAST] + T_NEXT_READY] = x
    m[M_READY_LAST] = x


@helper
def go_on(w, x, pc):
    """Let a token go on at an instruction, after those that are ready already."""
    w.tk[x + T_PC] = pc
    make_ready(w, x)


# ---- settling: where the time goes


@helper
def spend(w, x, activity, part, begin, place):
    """Give a part of an interval to an activity; return where the part ends."""
    if part <= 0:
        return begin
    tk = w.tk
    cause = activity
    if tk[x + T_REWORKING] or tk[x + T_PC] <= tk[x + T_HIGH]:
        cause = np.int64(REWORK_CAUSE)
    elif tk[x + T_CONTEXT] == CONTEXT_CONCURRENCE:
        cause = np.int64(CONCURRENCE_CAUSE)
    tk[x + T_ACCOUNT + cause] += part
    if w.m[M_TRACING]:
        write(w, TRACE_SPENT, x, place, activity, cause, begin, begin + part)
    return begin + part


@helper
def place_of(w, x):
    """Return the desk of a token at WORK or MEET, or the first channel that its SEND lists; else -1."""
    code = w.p[P_CODE] + CODE_WIDTH * w.tk[x + T_PC]
    op = w.p[code]
    if op == OP_WORK:
        return w.m[w.tk[x + T_DESK] + D_NUMBER]
    if op == OP_MEET:
        return w.p[w.p[P_MEETING_DESK] + w.p[code + 1]] if w.p[code + 2] else np.int64(-1)
    if op == OP_SEND and w.p[code + 2]:
        return w.p[w.p[P_CHANNEL_LIST] + w.p[code + 1]]
    return np.int64(-1)


@helper
def settle(w, x):
    """Give the time since the last settling to activities; work done is counted."""
    m, tk = w.m, w.tk
    now, begin = m[M_NOW], tk[x + T_SINCE]
    if begin == now:
        return
    tk[x + T_SINCE] = now
    where = tk[x + T_WHERE]
    if where == SERVING:
        slot = tk[x + T_SLOT]
        work = now - begin if m[slot + L_THROUGH] else open_time(w, slot_calendar(w, slot), begin, now)
        tk[x + T_REMAINING] -= work
        desk = tk[x + T_DESK]
        m[desk + D_WORK_TIME] += work
        begin = spend(w, x, np.int64(WORK_CAUSE), work, begin, m[desk + D_NUMBER])
        spend(w, x, np.int64(OFF_DUTY_CAUSE), now - begin, begin, m[desk + D_NUMBER])
    elif where == QUEUED:
        desk = tk[x + T_DESK]
        on_duty = open_time(w, station_calendar(w, m[desk + D_STATION]), begin, now)
        begin = spend(w, x, np.int64(QUEUE_CAUSE), on_duty, begin, m[desk + D_NUMBER])
        spend(w, x, np.int64(OFF_DUTY_CAUSE), now - begin, begin, m[desk + D_NUMBER])
    else:
        settle_elsewhere(w, x, begin, now)


@helper
def settle_elsewhere(w, x, begin, now):
    """Settle a token that is at no desk."""
    m, tk = w.m, w.tk
    where = tk[x + T_WHERE]
    if where in (CHANNEL, ON_THE_WAY):
        spend(w, x, np.int64(CHANNEL_CAUSE), now - begin, begin, place_of(w, x))
    elif where == DELAY:
        activity = w.p[w.p[P_CODE] + CODE_WIDTH * tk[x + T_PC] + 2]
        spend(w, x, activity, now - begin, begin, np.int64(-1))
    elif where == WAITING:
        settle_waiting(w, x, begin, now)
    elif where == MEETING:
        slot = tk[x + T_FIRST_SEAT]
        while slot >= 0:
            m[m[slot + L_DESK] + D_WORK_TIME] += now - begin
            slot = m[slot + L_NEXT_SEAT]
        spend(w, x, np.int64(WORK_CAUSE), now - begin, begin, place_of(w, x))


@helper
def next_boundary(w, calendar, t):
    """Return the next opening or closing after ``t``, or NEVER."""
    if calendar <= CALENDAR_NEVER:
        return np.int64(NEVER)
    if is_open(w, calendar, t):
        return closes(w, calendar, t)
    return next_open(w, calendar, t)


@helper
def settle_waiting(w, x, begin, now):
    """All there and awake, but busy: queue. All awake, but no channel: channel. Else: meeting."""
    p, tk = w.p, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    queue = channel = meeting = np.int64(0)
    t = begin
    while t < now:
        end = now
        awake = True
        for i in range(p[code + 1], p[code + 1] + p[code + 2]):
            desk = present(w, desk_address(w, p[p[P_MEETING_DESK] + i]))
            calendar = station_calendar(w, w.m[desk + D_STATION])
            awake = awake and is_open(w, calendar, t)
            end = min(end, next_boundary(w, calendar, t))
        connected = False
        for i in range(p[code + 4], p[code + 4] + p[code + 5]):
            calendar = channel_calendar(w, p[p[P_CHANNEL_LIST] + i])
            connected = connected or is_open(w, calendar, t)
            end = min(end, next_boundary(w, calendar, t))
        if not awake:
            meeting += end - t
        elif not connected:
            channel += end - t
        else:
            queue += end - t
        t = end
    place = place_of(w, x)
    begin = spend(w, x, np.int64(QUEUE_CAUSE), queue, begin, place)
    begin = spend(w, x, np.int64(CHANNEL_CAUSE), channel, begin, place)
    spend(w, x, np.int64(MEETING_CAUSE), meeting, begin, place)


# ---- stations


@hot
def desk_address(w, number):
    """Return the address of a desk."""
    return w.m[M_DESK] + DESK_STATE_WIDTH * number


@hot
def slot_address(w, number):
    """Return the address of a slot."""
    return w.m[M_SLOT] + SLOT_WIDTH * number


@hot
def station_address(w, number):
    """Return the address of a station."""
    return w.m[M_STATION] + STATION_STATE_WIDTH * number


@helper
def present(w, desk):
    """Return the desk that does a desk's work now, after succession."""
    m = w.m
    for _ in range(MOST_SUCCESSIONS):
        if not m[m[desk + D_STATION] + N_LOST] or m[desk + D_SUCCESSOR] < 0:
            break
        desk = m[desk + D_SUCCESSOR]
    return desk


@helper
def redirect(w, x, desk):
    """Return what ``present`` does, and leave a mark at each lost desk on the way."""
    m = w.m
    for _ in range(MOST_SUCCESSIONS):
        if not m[m[desk + D_STATION] + N_LOST] or m[desk + D_SUCCESSOR] < 0:
            break
        m[desk + D_REDIRECTED] += 1
        record(w, TRACE_REDIRECTED, x, m[desk + D_NUMBER], m[m[desk + D_SUCCESSOR] + D_NUMBER], ZERO, ZERO)
        desk = m[desk + D_SUCCESSOR]
    return desk


@helper
def change_number(w, desk, by):
    """Let someone come to a desk or leave it."""
    m = w.m
    m[desk + D_NUMBER_TIME] += m[desk + D_HERE] * (m[M_NOW] - m[desk + D_CHANGED])
    m[desk + D_HERE] += by
    m[desk + D_CHANGED] = m[M_NOW]


@helper
def works_through(w, x, station):
    """Return whether x's work at a station goes on when the station closes."""
    return w.m[station + N_FINISHES] != 0 or w.tk[x + T_PRECEDENCE] >= w.m[station + N_RECALL]


@helper
def completion_of(w, slot, x, through):
    """Return when x would be done if it started, or went on, at a slot now."""
    if through:
        return w.m[M_NOW] + w.tk[x + T_REMAINING]
    return finish(w, slot_calendar(w, slot), w.m[M_NOW], w.tk[x + T_REMAINING])


@helper
def may_start(w, slot, x):
    """Return whether an idle slot may start x now."""
    m = w.m
    if m[slot + L_MODE] != IDLE or not slot_open(w, slot):
        return False
    if m[slot + L_RESERVED] < 0:
        return True
    return completion_of(w, slot, x, works_through(w, x, m[slot + L_STATION])) <= m[slot + L_RESERVED_AT]


@helper
def slot_for(w, x, station):
    """Return the lowest slot that may start x, or -1."""
    m = w.m
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if may_start(w, slot, x):
            return slot
        slot += SLOT_WIDTH
    return np.int64(-1)


@helper
def set_completion(w, slot, moment):
    """Let what a slot is doing end at a moment."""
    w.m[slot + L_COMPLETION] = moment
    set_event(w, w.m[slot + L_NUMBER], moment)


@helper
def start(w, slot, x):
    """Let x be served at a slot."""
    m, tk = w.m, w.tk
    settle(w, x)
    tk[x + T_WHERE], tk[x + T_SLOT] = SERVING, slot
    m[slot + L_TOKEN], m[slot + L_MODE], m[slot + L_BEGAN] = x, IN_SERVICE, m[M_NOW]
    through = works_through(w, x, m[slot + L_STATION])
    m[slot + L_THROUGH] = 1 if through else 0
    set_completion(w, slot, completion_of(w, slot, x, through))
    record(w, TRACE_STARTED, x, m[tk[x + T_DESK] + D_NUMBER], m[slot + L_NUMBER], tk[x + T_REMAINING], ZERO)


@helper
def empty(w, slot):
    """Let a slot be idle."""
    w.m[slot + L_TOKEN], w.m[slot + L_MODE] = -1, IDLE
    set_completion(w, slot, np.int64(NEVER))


@helper
def enqueue(w, station, x, at_head):
    """Put x into the queue of its precedence."""
    m, tk = w.m, w.tk
    tk[x + T_WHERE] = QUEUED
    head, tail = station + N_HEAD + tk[x + T_PRECEDENCE], station + N_TAIL + tk[x + T_PRECEDENCE]
    m[station + N_QUEUED] += 1
    if m[head] < 0:
        m[head] = m[tail] = x
        tk[x + T_NEXT] = tk[x + T_LAST] = -1
    elif at_head:
        tk[x + T_NEXT], tk[x + T_LAST] = m[head], -1
        tk[m[head] + T_LAST] = x
        m[head] = x
    else:
        tk[x + T_NEXT], tk[x + T_LAST] = -1, m[tail]
        tk[m[tail] + T_NEXT] = x
        m[tail] = x


@helper
def unqueue(w, station, x):
    """Take x out of its queue, wherever it stands there."""
    m, tk = w.m, w.tk
    head, tail = station + N_HEAD + tk[x + T_PRECEDENCE], station + N_TAIL + tk[x + T_PRECEDENCE]
    before, after = tk[x + T_LAST], tk[x + T_NEXT]
    m[station + N_QUEUED] -= 1
    if before >= 0:
        tk[before + T_NEXT] = after
    else:
        m[head] = after
    if after >= 0:
        tk[after + T_LAST] = before
    else:
        m[tail] = before


@helper
def arrive(w, x, desk):
    """Let x, with its remaining work, come to a desk."""
    m, tk = w.m, w.tk
    if m[m[desk + D_STATION] + N_LOST]:
        desk = redirect(w, x, desk)
    tk[x + T_DESK], tk[x + T_WORK], tk[x + T_ARRIVED] = desk, tk[x + T_REMAINING], m[M_NOW]
    m[desk + D_ARRIVALS] += 1
    m[desk + D_OFFERED] += tk[x + T_REMAINING]
    change_number(w, desk, ONE)
    station = m[desk + D_STATION]
    precedence = tk[x + T_PRECEDENCE]
    nobody_before = True
    if m[station + N_QUEUED] > 0:
        for other in range(precedence, 4):
            nobody_before = nobody_before and m[station + N_HEAD + other] < 0
    slot = slot_for(w, x, station) if nobody_before else np.int64(-1)
    if slot >= 0:
        start(w, slot, x)
        return
    if precedence >= m[station + N_INTERRUPT]:
        slot = slot_to_interrupt(w, x, station)
        if slot >= 0:
            interrupt(w, slot)
            start(w, slot, x)
            set_wake(w, station)
            stand_down_rule(w, station)
            return
    enqueue(w, station, x, ZERO)
    record(w, TRACE_QUEUED, x, m[desk + D_NUMBER], tk[x + T_REMAINING], ZERO, ZERO)
    if precedence >= m[station + N_RECALL]:
        recall_rule(w, station)
    set_wake(w, station)


@helper
def slot_to_interrupt(w, x, station):
    """Return the slot whose work x interrupts, or -1: lowest precedence, then latest start, then highest number."""
    m, tk = w.m, w.tk
    best = np.int64(-1)
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IN_SERVICE:
            precedence = tk[m[slot + L_TOKEN] + T_PRECEDENCE]
            if precedence < tk[x + T_PRECEDENCE] and slot_open(w, slot):
                if best < 0:
                    best = slot
                else:
                    lowest = tk[m[best + L_TOKEN] + T_PRECEDENCE]
                    if precedence < lowest or (precedence == lowest and m[slot + L_BEGAN] >= m[best + L_BEGAN]):
                        best = slot
        slot += SLOT_WIDTH
    return best


@helper
def interrupt(w, slot):
    """Put what a slot is serving back at the head of its queue."""
    m, tk = w.m, w.tk
    y = m[slot + L_TOKEN]
    settle(w, y)
    m[tk[y + T_DESK] + D_INTERRUPTIONS] += 1
    record(w, TRACE_INTERRUPTED, y, m[tk[y + T_DESK] + D_NUMBER], m[slot + L_NUMBER], ZERO, ZERO)
    empty(w, slot)
    enqueue(w, m[slot + L_STATION], y, ONE)


@helper
def serve(w, station):
    """Let idle people of a station take meetings and work, higher precedence first, meetings before work."""
    m = w.m
    if m[station + N_WAKE] != NEVER:
        wake_at(w, station, np.int64(NEVER))
    if m[station + N_MEETINGS] > 0 or m[station + N_QUEUED] > 0:
        serve_all(w, station)
    set_wake(w, station)


@helper
def serve_all(w, station):
    """See ``serve``."""
    m, tk = w.m, w.tk
    for number in range(4):
        precedence = 3 - number
        if m[station + N_MEETINGS] > 0:
            x = m[M_WAITING]
            while x >= 0:
                after = tk[x + T_NEXT]
                if tk[x + T_PRECEDENCE] == precedence and takes_part(w, x, station):
                    try_meeting(w, x)
                x = after
        while m[station + N_HEAD + precedence] >= 0:
            x = m[station + N_HEAD + precedence]
            slot = slot_for(w, x, station)
            if slot < 0:
                break
            unqueue(w, station, x)
            start(w, slot, x)


@helper
def wake_at(w, station, moment):
    """Let a station be woken at a moment."""
    w.m[station + N_WAKE] = moment
    set_event(w, outside_leaf(w) + 2 + w.m[station + N_NUMBER], moment)


@helper
def set_wake(w, station):
    """Set the wake anew; but one that is due now stays."""
    m = w.m
    if m[station + N_QUEUED] == 0:
        if m[station + N_WAKE] != m[M_NOW] and m[station + N_WAKE] != NEVER:
            wake_at(w, station, np.int64(NEVER))
    elif m[station + N_WAKE] != m[M_NOW]:
        set_wake_by_slots(w, station)


@helper
def set_wake_by_slots(w, station):
    """Wake a station when the first idle slot that is closed now opens."""
    m = w.m
    moment = np.int64(NEVER)
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IDLE:
            opens = next_open(w, slot_calendar(w, slot), m[M_NOW])
            if opens > m[M_NOW] and opens < moment:
                moment = opens
        slot += SLOT_WIDTH
    if moment != m[station + N_WAKE]:
        wake_at(w, station, moment)


@helper
def leave_desk(w, x):
    """Count that x leaves its desk."""
    m, desk = w.m, w.tk[x + T_DESK]
    change_number(w, desk, NONE)
    m[desk + D_STAY_TIME] += m[M_NOW] - w.tk[x + T_ARRIVED]


@helper
def complete(w, slot):
    """Work at a slot is done."""
    m, tk = w.m, w.tk
    x = m[slot + L_TOKEN]
    settle(w, x)
    desk = tk[x + T_DESK]
    record(w, TRACE_DONE, x, m[desk + D_NUMBER], m[slot + L_NUMBER], ZERO, ZERO)
    m[desk + D_COMPLETIONS] += 1
    leave_desk(w, x)
    empty(w, slot)
    serve(w, m[slot + L_STATION])
    go_on(w, x, tk[x + T_PC] + 1)
    stand_down_rule(w, m[slot + L_STATION])


@helper
def recall_rule(w, station):
    """Call people in if nobody is on duty and nobody is called already."""
    m = w.m
    if m[station + N_RECALL_PENDING] or m[station + N_RECALLED]:
        return
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if slot_open(w, slot):
            return
        slot += SLOT_WIDTH
    m[station + N_RECALL_PENDING] = 1
    set_timer(w, m[M_NOW] + w.q[w.q[Q_RECALL] + m[station + N_NUMBER]], RECALL, station)


@helper
def stand_down_rule(w, station):
    """Let the recalled go after a while if nothing is left that recalls."""
    if w.m[station + N_RECALLED]:
        stand_down_rule_of_recalled(w, station)


@helper
def stand_down_rule_of_recalled(w, station):
    """See ``stand_down_rule``."""
    m = w.m
    if not m[station + N_STAND_DOWN_PENDING] and not has_recalling_work(w, station):
        m[station + N_STAND_DOWN_PENDING] = 1
        set_timer(w, m[M_NOW] + w.q[w.q[Q_STAND_DOWN] + m[station + N_NUMBER]], STAND_DOWN, station)


@helper
def has_recalling_work(w, station):
    """Return whether anyone queued or served has a precedence that recalls."""
    m, tk = w.m, w.tk
    for precedence in range(m[station + N_RECALL], 4):
        if m[station + N_HEAD + precedence] >= 0:
            return True
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IN_SERVICE and tk[m[slot + L_TOKEN] + T_PRECEDENCE] >= m[station + N_RECALL]:
            return True
        slot += SLOT_WIDTH
    return False


@helper
def first_desk(w, station):
    """Return the number of the first desk of a station."""
    for number in range(w.p[P_DESKS]):
        if w.m[desk_address(w, number) + D_STATION] == station:
            return np.int64(number)
    return np.int64(-1)


@helper
def before_retiming(w, station):
    """Settle all that a station has in hand, before its hours change."""
    m, tk = w.m, w.tk
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        m[slot + L_OPEN_TIME] += open_time(w, slot_calendar(w, slot), m[station + N_COUNTED], m[M_NOW])
        slot += SLOT_WIDTH
    m[station + N_COUNTED] = m[M_NOW]
    for number in range(4):
        x = m[station + N_HEAD + 3 - number]
        while x >= 0:
            settle(w, x)
            x = tk[x + T_NEXT]
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IN_SERVICE:
            settle(w, m[slot + L_TOKEN])
        slot += SLOT_WIDTH


@helper
def after_retiming(w, station):
    """Give work in service its new completion."""
    m = w.m
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IN_SERVICE:
            x = m[slot + L_TOKEN]
            unstaffed = slot_calendar(w, slot) == CALENDAR_NEVER and not m[station + N_LOST]
            through = works_through(w, x, station) or unstaffed
            m[slot + L_THROUGH] = 1 if through else 0
            set_completion(w, slot, completion_of(w, slot, x, through))
        slot += SLOT_WIDTH


@helper
def finish_retiming(w, station):
    """Go on at one station after its hours changed."""
    after_retiming(w, station)
    serve(w, station)
    try_waiting_meetings(w)


@helper
def come(w, station):
    """The recalled arrive."""
    m = w.m
    m[station + N_RECALL_PENDING] = 0
    before_retiming(w, station)
    settle_waiting_meetings(w)
    left = w.p[w.p[P_STATION] + STATION_WIDTH * m[station + N_NUMBER] + 5]
    slot = m[station + N_FIRST]
    while slot < m[station + N_END] and left > 0:
        # asked before anyone came: the effective calendar of the others is not changed by the first
        if not slot_open(w, slot):
            m[slot + L_RECALLED] = 1
            m[station + N_RECALLED] += 1
            left -= 1
        slot += SLOT_WIDTH
    record(w, TRACE_RECALLED, NONE, first_desk(w, station), ZERO, ZERO, ZERO)
    finish_retiming(w, station)


@helper
def stand_down(w, station):
    """The recalled go, unless there is work for them again."""
    m = w.m
    m[station + N_STAND_DOWN_PENDING] = 0
    if has_recalling_work(w, station):
        return
    before_retiming(w, station)
    settle_waiting_meetings(w)
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        m[slot + L_RECALLED] = 0
        slot += SLOT_WIDTH
    m[station + N_RECALLED] = 0
    record(w, TRACE_STOOD_DOWN, NONE, first_desk(w, station), ZERO, ZERO, ZERO)
    finish_retiming(w, station)


# ---- meetings


@helper
def settle_waiting_meetings(w):
    """Settle all that wait for a meeting, before hours change."""
    x = w.m[M_WAITING]
    while x >= 0:
        settle(w, x)
        x = w.tk[x + T_NEXT]


@helper
def try_waiting_meetings(w):
    """Try all waiting meetings once, after hours changed."""
    x = w.m[M_WAITING]
    while x >= 0:
        after = w.tk[x + T_NEXT]
        if not try_meeting(w, x) and not w.tk[x + T_BOOKED]:
            set_try(w, x)
        x = after


@helper
def count_meeting(w, x, by):
    """Count x's meeting at every station that takes part in it, now or after a succession."""
    p, m = w.p, w.m
    code = p[P_CODE] + CODE_WIDTH * w.tk[x + T_PC]
    for i in range(p[code + 1], p[code + 1] + p[code + 2]):
        desk = desk_address(w, p[p[P_MEETING_DESK] + i])
        for _ in range(MOST_SUCCESSIONS + 1):
            m[m[desk + D_STATION] + N_MEETINGS] += by
            desk = m[desk + D_SUCCESSOR]
            if desk < 0:
                break


@helper
def takes_part(w, x, station):
    """Return whether a station takes part in the meeting that x waits for."""
    code = w.p[P_CODE] + CODE_WIDTH * w.tk[x + T_PC]
    for i in range(w.p[code + 1], w.p[code + 1] + w.p[code + 2]):
        if w.m[present(w, desk_address(w, w.p[w.p[P_MEETING_DESK] + i])) + D_STATION] == station:
            return True
    return False


@helper
def long_enough(w, slot, x, t):
    """Return whether a slot is open at ``t`` for the whole of x's meeting."""
    calendar = slot_calendar(w, slot)
    if t >= NEVER or not is_open(w, calendar, t):
        return False
    return works_through(w, x, w.m[slot + L_STATION]) or closes(w, calendar, t) >= t + w.tk[x + T_LENGTH]


@helper
def is_chosen(w, x, slot, link):
    """Return whether a slot is among those chosen for x so far, chained by a link."""
    chosen = w.tk[x + T_FIRST_SEAT]
    while chosen >= 0:
        if chosen == slot:
            return True
        chosen = w.m[chosen + link]
    return False


@helper
def seat_for(w, x, station):
    """Return the slot of a station that x's meeting takes now (one reserved for it, else the lowest), or -1."""
    m = w.m
    best = np.int64(-1)
    end = m[M_NOW] + w.tk[x + T_LENGTH]
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        own = m[slot + L_RESERVED] == x
        free = own or m[slot + L_RESERVED] < 0 or m[slot + L_RESERVED_AT] >= end
        if (
            m[slot + L_MODE] == IDLE
            and free
            and not is_chosen(w, x, slot, np.int64(L_NEXT_SEAT))
            and long_enough(w, slot, x, m[M_NOW])
        ):
            if own:
                return slot
            if best < 0:
                best = slot
        slot += SLOT_WIDTH
    return best


@helper
def try_meeting(w, x):
    """Start the meeting that x waits for if all it needs is there now."""
    p, m, tk = w.p, w.m, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    tk[x + T_FIRST_SEAT] = -1
    last = np.int64(-1)
    for i in range(p[code + 1], p[code + 1] + p[code + 2]):
        desk = present(w, desk_address(w, p[p[P_MEETING_DESK] + i]))
        slot = seat_for(w, x, m[desk + D_STATION])
        if slot < 0:
            tk[x + T_FIRST_SEAT] = -1
            return False
        m[slot + L_DESK], m[slot + L_NEXT_SEAT] = desk, -1
        if last < 0:
            tk[x + T_FIRST_SEAT] = slot
        else:
            m[last + L_NEXT_SEAT] = slot
        last = slot
    for i in range(p[code + 4], p[code + 4] + p[code + 5]):
        channel = p[p[P_CHANNEL_LIST] + i]
        calendar = channel_calendar(w, channel)
        if is_open(w, calendar, m[M_NOW]) and closes(w, calendar, m[M_NOW]) >= m[M_NOW] + tk[x + T_LENGTH]:
            start_meeting(w, x, channel)
            return True
    tk[x + T_FIRST_SEAT] = -1
    return False


@helper
def start_meeting(w, x, channel):
    """Take all seats for x's meeting."""
    m, tk = w.m, w.tk
    settle(w, x)
    stop_waiting(w, x)
    tk[x + T_WHERE], tk[x + T_CHANNEL], tk[x + T_BEGAN] = MEETING, channel, m[M_NOW]
    end = m[M_NOW] + tk[x + T_LENGTH]
    slot = tk[x + T_FIRST_SEAT]
    set_completion(w, slot, end)
    while slot >= 0:
        m[slot + L_MODE], m[slot + L_TOKEN] = IN_MEETING, x
        m[m[slot + L_DESK] + D_MEETING] += 1
        slot = m[slot + L_NEXT_SEAT]
    record(w, TRACE_MEETING_STARTS, x, place_of(w, x), channel, ZERO, end)


@helper
def stop_waiting(w, x):
    """Take x off the list of those that wait for a meeting."""
    m, tk = w.m, w.tk
    before, after = tk[x + T_LAST], tk[x + T_NEXT]
    if before >= 0:
        tk[before + T_NEXT] = after
    else:
        m[M_WAITING] = after
    if after >= 0:
        tk[after + T_LAST] = before
    else:
        m[M_WAITING_LAST] = before
    m[M_N_WAITING] -= 1
    count_meeting(w, x, NONE)
    tk[x + T_TRY], tk[x + T_BOOK] = 0, 0
    end_reservations(w, x)


@helper
def end_reservations(w, x):
    """Let go the slots that were kept for x's meeting."""
    if not w.tk[x + T_BOOKED]:
        return
    w.tk[x + T_BOOKED] = 0
    for number in range(w.p[P_SLOTS]):
        slot = slot_address(w, number)
        if w.m[slot + L_RESERVED] == x:
            w.m[slot + L_RESERVED] = -1
            wake_at(w, w.m[slot + L_STATION], w.m[M_NOW])


@helper
def leave_seats(w, x):
    """Let the seats of x's meeting be idle."""
    m = w.m
    slot = w.tk[x + T_FIRST_SEAT]
    while slot >= 0:
        empty(w, slot)
        m[m[slot + L_DESK] + D_MEETING] -= 1
        slot = m[slot + L_NEXT_SEAT]


@helper
def serve_seats(w, x):
    """Serve the stations of x's meeting, which is over, in the order of its desks."""
    m, p = w.m, w.p
    # serving one may seat another meeting at a slot of this one: keep the stations first
    stations = np.empty(p[p[P_CODE] + CODE_WIDTH * w.tk[x + T_PC] + 2], np.int64)
    count = 0
    slot = w.tk[x + T_FIRST_SEAT]
    while slot >= 0:
        stations[count] = m[m[slot + L_DESK] + D_STATION]
        count += 1
        slot = m[slot + L_NEXT_SEAT]
    for i in range(count):
        serve(w, stations[i])


@helper
def end_meeting(w, x):
    """A meeting is over."""
    tk = w.tk
    settle(w, x)
    record(w, TRACE_MEETING_ENDS, x, place_of(w, x), ZERO, ZERO, ZERO)
    leave_seats(w, x)
    grow_familiar(w, x)
    serve_seats(w, x)
    tk[x + T_FIRST_SEAT] = -1
    go_on(w, x, tk[x + T_PC] + 1)


@helper
def first_common_opening(w, x):
    """Return the earliest moment, by calendars, at which x's meeting fits; NEVER if there is none."""
    p, m, tk = w.p, w.m, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    t = m[M_NOW]
    before = np.int64(-1)
    while t != before and t < NEVER:
        before = t
        for i in range(p[code + 1], p[code + 1] + p[code + 2]):
            station = m[present(w, desk_address(w, p[p[P_MEETING_DESK] + i])) + D_STATION]
            length = np.int64(0) if works_through(w, x, station) else tk[x + T_LENGTH]
            t = opening_of(w, station_calendar(w, station), t, length)
        earliest = np.int64(NEVER)
        for i in range(p[code + 4], p[code + 4] + p[code + 5]):
            channel = p[p[P_CHANNEL_LIST] + i]
            earliest = min(earliest, opening_of(w, channel_calendar(w, channel), t, tk[x + T_LENGTH]))
        t = earliest
    return t


@helper
def set_try(w, x):
    """Set MEETTRY: at the first common opening; if that is now, when the next slot or channel opens."""
    p, m, tk = w.p, w.m, w.tk
    moment = first_common_opening(w, x)
    if moment == m[M_NOW]:
        moment = np.int64(NEVER)
        code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
        for i in range(p[code + 1], p[code + 1] + p[code + 2]):
            station = m[present(w, desk_address(w, p[p[P_MEETING_DESK] + i])) + D_STATION]
            slot = m[station + N_FIRST]
            while slot < m[station + N_END]:
                moment = min(moment, opens_after(w, slot_calendar(w, slot), m[M_NOW]))
                slot += SLOT_WIDTH
        for i in range(p[code + 4], p[code + 4] + p[code + 5]):
            calendar = channel_calendar(w, p[p[P_CHANNEL_LIST] + i])
            moment = min(moment, opens_after(w, calendar, m[M_NOW]))
    tk[x + T_TRY] = set_timer(w, moment, TRY_MEETING, x)


@helper
def try_again(w, x):
    """A MEETTRY timer fires."""
    w.tk[x + T_TRY] = 0
    if try_meeting(w, x):
        return
    was_booked = w.tk[x + T_BOOKED]
    end_reservations(w, x)
    set_try(w, x)
    if was_booked:
        w.tk[x + T_BOOK] = set_timer(w, w.m[M_NOW], BOOK_MEETING, x)


@helper
def book(w, x):
    """Keep one person of each desk free for the first common opening, or try again in an hour."""
    p, m, tk = w.p, w.m, w.tk
    tk[x + T_BOOK] = 0
    moment = first_common_opening(w, x)
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    tk[x + T_FIRST_SEAT] = -1
    last = np.int64(-1)
    for i in range(p[code + 1], p[code + 1] + p[code + 2]):
        station = m[present(w, desk_address(w, p[p[P_MEETING_DESK] + i])) + D_STATION]
        slot = bookable_slot(w, x, station, moment)
        if slot < 0:
            tk[x + T_FIRST_SEAT] = -1
            tk[x + T_BOOK] = set_timer(w, m[M_NOW] + HOUR, BOOK_MEETING, x)
            return
        m[slot + L_NEXT_BOOKED] = -1
        if last < 0:
            tk[x + T_FIRST_SEAT] = slot
        else:
            m[last + L_NEXT_BOOKED] = slot
        last = slot
    slot = tk[x + T_FIRST_SEAT]
    while slot >= 0:
        m[slot + L_RESERVED], m[slot + L_RESERVED_AT] = x, moment
        slot = m[slot + L_NEXT_BOOKED]
    tk[x + T_FIRST_SEAT] = -1
    tk[x + T_BOOKED] = 1
    tk[x + T_TRY] = set_timer(w, moment, TRY_MEETING, x)


@helper
def bookable_slot(w, x, station, t):
    """Return the lowest slot of a station that can be kept for x's meeting at ``t``, or -1."""
    m = w.m
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        free_from = -np.int64(NEVER)
        if m[slot + L_MODE] == IN_MEETING:
            other = m[slot + L_TOKEN]
            free_from = w.tk[other + T_BEGAN] + w.tk[other + T_LENGTH]
        elif m[slot + L_MODE] == IN_SERVICE:
            free_from = m[slot + L_COMPLETION]
        if (
            free_from <= t
            and m[slot + L_RESERVED] < 0
            and not is_chosen(w, x, slot, np.int64(L_NEXT_BOOKED))
            and long_enough(w, slot, x, t)
        ):
            return slot
        slot += SLOT_WIDTH
    return np.int64(-1)


# ---- familiarity


@helper
def familiarity(w, pair):
    """Return a pair's familiarity now."""
    at = w.q[Q_PAIR] + PAIR_WIDTH * pair
    state = 1 + 2 * w.p[P_SOURCES] + 2 * pair
    f = w.x[state]
    a = w.g[at + 3] * w.g[at + 1]
    r = a + w.g[at + 2]
    if r == 0.0:
        return f
    hours = (np.float64(w.m[M_NOW]) - w.x[state + 1]) / 3.6e9
    limit = a / r
    return limit + (f - limit) * exp(-r * hours)


@helper
def keep_familiarity(w, pair, f):
    """Set a pair's familiarity as of now."""
    state = 1 + 2 * w.p[P_SOURCES] + 2 * pair
    w.x[state], w.x[state + 1] = f, np.float64(w.m[M_NOW])


@helper
def grow_familiar(w, x):
    """Let a meeting bring its pair closer."""
    tk = w.tk
    pair = tk[x + T_PAIR] - 1
    if pair < 0:
        return
    hours = np.float64(w.m[M_NOW] - tk[x + T_BEGAN]) / 3.6e9
    stranger = 1.0 - familiarity(w, pair)
    contact = w.g[w.q[Q_CONTACT] + tk[x + T_CHANNEL]]
    gain = w.g[w.q[Q_PAIR] + PAIR_WIDTH * pair + 1]
    keep_familiarity(w, pair, 1.0 - stranger * exp(-gain * contact * hours))


@helper
def unfamiliar_share(w, pair):
    """Return what familiarity leaves of a chance of return, or of a meeting's length."""
    if pair < 0:
        return 1.0
    return 1.0 - w.g[w.q[Q_EFFECTS]] * familiarity(w, pair)


# ---- instructions


@helper
def slowed(w, seconds, by_friction):
    """Return a duration as friction between governments makes it."""
    if by_friction:
        return seconds * (1.0 + w.x[0] * w.g[w.q[Q_EFFECTS] + 1])
    return seconds


@helper
def send(w, x):
    """SEND: on the first channel that is open, else wait for the first to open."""
    p, m, tk = w.p, w.m, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    first, count = p[code + 1], p[code + 2]
    opens = np.int64(NEVER)
    for position in range(count):
        channel = p[p[P_CHANNEL_LIST] + first + position]
        calendar = channel_calendar(w, channel)
        if is_open(w, calendar, m[M_NOW]):
            key = draw_key(w, x)
            arrival = m[M_NOW] + microseconds(draw(w, p[code + 3] + position, key))
            if p[code + 5] >= 0:
                arrival += microseconds(draw(w, p[code + 5] + position, key2(key, ONE)))
            decision = tk[x + T_DECISION]
            if w.dc[decision + C_ENDED] < 0:
                w.dc[decision + C_HAND_OFFS] += p[code + 4] & 1
                w.dc[decision + C_CROSSINGS] += (p[code + 4] >> 1) & 1
            tk[x + T_WHERE], tk[x + T_CHANNEL] = ON_THE_WAY, channel
            record(w, TRACE_SENT, x, channel, ZERO, ZERO, arrival)
            tk[x + T_TIMER] = set_timer(w, arrival, COME_THROUGH, x)
            return
        opens = min(opens, next_open(w, calendar, m[M_NOW]))
    tk[x + T_WHERE] = CHANNEL
    tk[x + T_TIMER] = set_timer(w, opens, SEND_AGAIN, x)


@helper
def meet(w, x):
    """MEET: try at once, else wait."""
    p, m, tk = w.p, w.m, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    index = p[code + 6]
    pair = (index & 0xFFFFF) - 1 if index >= 0 else np.int64(-1)
    after = ((index >> 20) & 0xFFFFF) - 1 if index >= 0 else np.int64(-1)
    seconds = draw(w, p[code + 3], draw_key(w, x)) * unfamiliar_share(w, pair)
    tk[x + T_WHERE], tk[x + T_LENGTH], tk[x + T_PAIR], tk[x + T_BOOKED] = WAITING, microseconds(seconds), pair + 1, 0
    last = m[M_WAITING_LAST]
    tk[x + T_LAST], tk[x + T_NEXT] = last, -1
    if last >= 0:
        tk[last + T_NEXT] = x
    else:
        m[M_WAITING] = x
    m[M_WAITING_LAST] = x
    m[M_N_WAITING] += 1
    count_meeting(w, x, ONE)
    record(w, TRACE_MEETING_WAITS, x, place_of(w, x), tk[x + T_LENGTH], ZERO, ZERO)
    if not try_meeting(w, x):
        set_try(w, x)
        if after >= 0:
            moment = m[M_NOW] + w.q[w.q[Q_DURATION] + after]
            tk[x + T_BOOK] = set_timer(w, moment, BOOK_MEETING, x)


@helper
def make_children(w, x, first, count, detached):
    """Make the children of a FORK or SPAWN, ready in order."""
    p, tk = w.p, w.tk
    record(w, TRACE_FORKED, x, NONE, count, ZERO, ZERO)
    in_rework = 1 if tk[x + T_REWORKING] or tk[x + T_PC] <= tk[x + T_HIGH] else 0
    for branch in range(first, first + count):
        child = new_token(w, tk[x + T_DECISION], p[p[P_BRANCH_PC] + branch], tk[x + T_KEY])
        tk[child + T_PRECEDENCE] = tk[x + T_PRECEDENCE]
        tk[child + T_CONTEXT] = max(tk[x + T_CONTEXT], p[p[P_BRANCH_CONTEXT] + branch])
        tk[child + T_REWORKING] = in_rework
        tk[child + T_VISIT] = tk[x + T_VISIT]
        if not detached:
            tk[child + T_PARENT] = x
            last = tk[x + T_LAST_CHILD]
            tk[child + T_LAST_SIBLING] = last
            if last >= 0:
                tk[last + T_NEXT_SIBLING] = child
            else:
                tk[x + T_FIRST_CHILD] = child
            tk[x + T_LAST_CHILD] = child
            tk[x + T_CHILDREN] += 1
        make_ready(w, child)


@helper
def leave(w, x, vote):
    """LEAVE: a branch ends; its parent may go on."""
    p, tk = w.p, w.tk
    if vote < 0:
        vote = np.int64(1) if tk[x + T_REGISTER] != 0 else np.int64(0)
    parent = tk[x + T_PARENT]
    if parent < 0:
        free_token(w, x)
        return
    tk[x + T_GUARD] = 0
    before, after = tk[x + T_LAST_SIBLING], tk[x + T_NEXT_SIBLING]
    if before >= 0:
        tk[before + T_NEXT_SIBLING] = after
    else:
        tk[parent + T_FIRST_CHILD] = after
    if after >= 0:
        tk[after + T_LAST_SIBLING] = before
    else:
        tk[parent + T_LAST_CHILD] = before
    tk[parent + T_CHILDREN] -= 1
    if vote == 0:
        tk[parent + T_YES] += 1
    code = p[P_CODE] + CODE_WIDTH * tk[parent + T_PC]
    quorum, wait_for_all = p[code + 3], p[code + 4]
    yes, left = tk[parent + T_YES], tk[parent + T_CHILDREN]
    if left == 0 or ((yes >= quorum or yes + left < quorum) and not wait_for_all):
        add_account(w, parent, x)
        tk[parent + T_REGISTER] = 0 if yes >= quorum else 1
        record(w, TRACE_JOINED, parent, NONE, tk[x + T_NUMBER], tk[parent + T_REGISTER], ZERO)
        withdraw_children(w, parent)
        tk[parent + T_SINCE] = w.m[M_NOW]
        go_on(w, parent, tk[parent + T_PC] + 1)
    free_token(w, x)


@helper
def add_account(w, x, child):
    """Let a token's account take that of its child."""
    for cause in range(N_CAUSES):
        w.tk[x + T_ACCOUNT + cause] += w.tk[child + T_ACCOUNT + cause]


@helper
def returned(w, x):
    """RETURN: return whether the paper goes back."""
    p, tk = w.p, w.tk
    code = p[P_CODE] + CODE_WIDTH * tk[x + T_PC]
    chance = w.g[w.q[Q_PROBABILITY] + p[code + 1]] * unfamiliar_share(w, p[code + 4])
    if p[code + 5] & 1:
        chance = chance + w.x[0] * w.g[w.q[Q_EFFECTS] + 2]
        if chance > 1.0:
            chance = 1.0
    if not uniform(draw_key(w, x), ZERO) < chance:
        return False
    limit = p[code + 3]
    if limit >= 0:  # sixteen counters of 16 bits each, in four fields: a case may allow a thousand returns
        counts, shift = x + T_RETURNS + (p[code + 6] >> 2), 16 * (p[code + 6] & 3)
        if (tk[counts] >> shift) & 0xFFFF >= limit:
            return False
        tk[counts] += np.int64(1) << shift
    tk[x + T_HIGH] = max(tk[x + T_HIGH], tk[x + T_PC])
    tk[x + T_VISIT] += 1
    w.dc[tk[x + T_DECISION] + C_RETURNS] += 1
    record(w, TRACE_RETURNED, x, NONE, p[code + 2], ZERO, ZERO)
    return True


@helper
def stop_clock(w, x, outcome, reason):
    """Copy how a decision stands, the first time."""
    decision = w.tk[x + T_DECISION]
    dc = w.dc
    if dc[decision + C_ENDED] < 0:
        dc[decision + C_OUTCOME], dc[decision + C_REASON], dc[decision + C_ENDED] = outcome, reason, w.m[M_NOW]
        for cause in range(N_CAUSES):
            dc[decision + C_ACCOUNT + cause] = w.tk[x + T_ACCOUNT + cause]


@helper
def mark(w, x, number):
    """MARK: write down when a decision came here."""
    m, decision = w.m, w.tk[x + T_DECISION]
    at = 3 * m[M_MARKS]
    m[M_MARKS] += 1
    w.mk[at], w.mk[at + 1], w.mk[at + 2] = decision // DECISION_WIDTH, number, m[M_NOW]
    record(w, TRACE_MARKED, x, NONE, number, ZERO, ZERO)
    if number == 0 and w.dc[decision + C_DECIDED] < 0:
        w.dc[decision + C_DECIDED] = m[M_NOW]
    if number == 1 and w.dc[decision + C_ROOT] == x:
        stop_clock(w, x, np.int64(OUTCOME_DONE), np.int64(0))


@helper
def order_posture(w, posture):
    """Order a posture: up after its activation time, down at the next change of shift."""
    p, m = w.p, w.m
    if posture == m[M_POSTURE] or posture == m[M_ORDERED]:
        return
    m[M_ORDERED] = posture
    moment = m[M_NOW] + w.q[w.q[Q_ACTIVATION] + posture]
    if posture < m[M_POSTURE]:
        for i in range(p[P_SHIFTS]):
            if p[p[P_SHIFT] + i] > m[M_NOW]:
                moment = p[p[P_SHIFT] + i]
                break
    m[M_POSTURE_TIMER] = set_timer(w, moment, TAKE_POSTURE, posture)


@helper
def short_of_room(w):
    """Return whether an event, or a token's instructions, might find an array full."""
    m = w.m
    if m[M_FREE] < 0 and m[M_USED] + 2 * TOKEN_WIDTH > m[M_ROOM_TOKENS]:
        return True
    if DECISION_WIDTH * (m[M_DECISIONS] + 2) > m[M_ROOM_DECISIONS] or 3 * (m[M_MARKS] + 2) > m[M_ROOM_MARKS]:
        return True
    if TIMER_WIDTH * (m[M_TIMERS] + 3 * m[M_LIVE] + 2 * w.p[P_STATIONS] + 16) > m[M_ROOM_TIMERS]:
        return True
    if m[M_TRACING]:
        return TRACE_WIDTH * (m[M_RECORDS] + 16 * m[M_LIVE] + 16 * w.p[P_STATIONS] + 64) > m[M_ROOM_RECORDS]
    return False


@helper
def room_for_children(w, count):
    """Return whether there is room for so many new tokens."""
    m = w.m
    room = (m[M_ROOM_TOKENS] - m[M_USED]) // TOKEN_WIDTH
    free = m[M_FREE]
    while free >= 0 and room < count:
        room += 1
        free = w.tk[free + T_NEXT]
    return room >= count


@helper
def run_token(w, x):
    """Run a token's instructions until it must wait. Return False if it stopped for want of room."""
    p, m, tk = w.p, w.m, w.tk
    base = p[P_CODE]
    while True:
        if short_of_room(w):
            return False
        pc = tk[x + T_PC]
        code = base + CODE_WIDTH * pc
        op = p[code]
        a, b = p[code + 1], p[code + 2]
        following = pc + 1
        if op == OP_WORK:
            seconds = draw(w, b, draw_key(w, x))
            tk[x + T_REMAINING] = microseconds(slowed(w, seconds, p[code + 3] & 1))
            arrive(w, x, desk_address(w, a))
            return True
        if op == OP_CHANCE:
            if uniform(draw_key(w, x), ZERO) < w.g[w.q[Q_PROBABILITY] + a]:
                following = b
        elif op == OP_JUMP:
            following = a
        elif op == OP_RETURN:
            if returned(w, x):
                following = b
        elif op == OP_SEND:
            send(w, x)
            return True
        elif op == OP_FORK:
            if b == 0:
                record(w, TRACE_FORKED, x, NONE, ZERO, ZERO, ZERO)
                tk[x + T_REGISTER] = 0
            else:
                if not room_for_children(w, b):
                    m[M_SHORT] = b
                    return False
                tk[x + T_FIRST_CHILD], tk[x + T_LAST_CHILD], tk[x + T_CHILDREN], tk[x + T_YES] = -1, -1, 0, 0
                make_children(w, x, a, b, ZERO)
                tk[x + T_WHERE] = JOIN
                return True
        elif op == OP_LEAVE:
            leave(w, x, a)
            return True
        elif op == OP_MEET:
            meet(w, x)
            return True
        elif op == OP_DELAY:
            length = microseconds(slowed(w, draw(w, a, draw_key(w, x)), p[code + 3] & 1))
            tk[x + T_WHERE] = DELAY
            tk[x + T_TIMER] = set_timer(w, m[M_NOW] + length, END_DELAY, x)
            return True
        elif op == OP_SPAWN:
            if not room_for_children(w, b):
                m[M_SHORT] = b
                return False
            make_children(w, x, a, b, ONE)
        elif op == OP_IF_REGISTER:
            if tk[x + T_REGISTER] == a:
                following = b
        elif op == OP_SET_REGISTER:
            tk[x + T_REGISTER] = a
        elif op == OP_IF_POSTURE:
            if m[M_POSTURE] == a:
                following = b
        elif op == OP_IF_OPEN:
            if is_open(w, a, m[M_NOW]):
                following = b
        elif op == OP_IF_LOST:
            if m[m[desk_address(w, a) + D_STATION] + N_LOST]:
                following = b
        elif op == OP_IF_OVER:
            if draw(w, a, key2(tk[x + T_KEY], p[code + 7])) > w.g[w.q[Q_PROBABILITY] + b]:
                following = p[code + 3]
        elif op == OP_GUARD:
            tk[x + T_GUARD] = set_timer(w, m[M_NOW] + w.q[w.q[Q_DURATION] + a], TIME_OUT, x)
            tk[x + T_GUARD_TARGET] = b
        elif op == OP_UNGUARD:
            tk[x + T_GUARD] = 0
        elif op == OP_POSTURE:
            order_posture(w, a)
        elif op == OP_PRECEDENCE:
            tk[x + T_PRECEDENCE] = a
            if w.dc[tk[x + T_DECISION] + C_ROOT] == x:
                w.dc[tk[x + T_DECISION] + C_PRECEDENCE] = a
        elif op == OP_MARK:
            mark(w, x, a)
        else:  # END
            record(w, TRACE_ENDED, x, NONE, a, b, ZERO)
            stop_clock(w, x, a, b)
            w.dc[tk[x + T_DECISION] + C_ROOT] = -1
            free_token(w, x)
            return True
        tk[x + T_PC] = following


@helper
def empty_ready_list(w):
    """Run all that is ready, first in, first out. Return False if one stopped for want of room; it stays the first."""
    m, tk = w.m, w.tk
    while m[M_READY] >= 0:
        x = m[M_READY]
        if tk[x + T_WHERE] == READY:
            # off the list first: while it runs it may come onto it again
            m[M_READY] = tk[x + T_NEXT_READY]
            tk[x + T_IN_READY] = 0
            if not run_token(w, x):
                tk[x + T_IN_READY] = 1
                tk[x + T_NEXT_READY] = m[M_READY]
                if m[M_READY] < 0:
                    m[M_READY_LAST] = x
                m[M_READY] = x
                return False
        else:
            m[M_READY] = tk[x + T_NEXT_READY]
            tk[x + T_IN_READY] = 0
            free_token(w, x)
    return True


# ---- withdrawing


@helper
def withdraw_children(w, x):
    """Withdraw all children of a token, in order, and theirs; without recursion, by walking the tree."""
    tk = w.tk
    top = x
    child = tk[x + T_FIRST_CHILD]
    tk[x + T_FIRST_CHILD], tk[x + T_LAST_CHILD], tk[x + T_CHILDREN] = -1, -1, 0
    while child >= 0:
        settle(w, child)
        record(w, TRACE_WITHDRAWN, child, NONE, ZERO, ZERO, ZERO)
        below = np.int64(-1)
        if tk[child + T_WHERE] == JOIN:
            below = tk[child + T_FIRST_CHILD]
        else:
            leave_place(w, child)
        if below >= 0:
            child = below
            continue
        while True:
            following, parent = tk[child + T_NEXT_SIBLING], tk[child + T_PARENT]
            free_token(w, child)
            if following >= 0:
                child = following
                break
            if parent == top:
                child = np.int64(-1)
                break
            child = parent


@helper
def lose_effort(w, x, desk, effort):
    """Count work that was for nothing."""
    w.m[desk + D_LOST_TIME] += effort
    w.dc[w.tk[x + T_DECISION] + C_LOST] += effort


@helper
def leave_place(w, x):
    """Take a token away from wherever it waits, but for a join."""
    m, tk = w.m, w.tk
    where = tk[x + T_WHERE]
    if where == QUEUED:
        desk = tk[x + T_DESK]
        lose_effort(w, x, desk, tk[x + T_WORK] - tk[x + T_REMAINING])
        unqueue(w, m[desk + D_STATION], x)
        leave_desk(w, x)
        tk[x + T_WHERE] = READY
        set_wake(w, m[desk + D_STATION])
        stand_down_rule(w, m[desk + D_STATION])
    elif where == SERVING:
        desk = tk[x + T_DESK]
        lose_effort(w, x, desk, tk[x + T_WORK] - tk[x + T_REMAINING])
        leave_desk(w, x)
        empty(w, tk[x + T_SLOT])
        tk[x + T_WHERE] = READY
        serve(w, m[desk + D_STATION])
        stand_down_rule(w, m[desk + D_STATION])
    elif where in (CHANNEL, ON_THE_WAY, DELAY):
        tk[x + T_TIMER] = 0
    elif where == WAITING:
        stop_waiting(w, x)
    elif where == MEETING:
        slot = tk[x + T_FIRST_SEAT]
        while slot >= 0:
            lose_effort(w, x, m[slot + L_DESK], m[M_NOW] - tk[x + T_BEGAN])
            slot = m[slot + L_NEXT_SEAT]
        leave_seats(w, x)
        serve_seats(w, x)
        tk[x + T_FIRST_SEAT] = -1


@helper
def time_out(w, x):
    """A guard fires: x goes on at its target, with the account of its critical branch."""
    tk = w.tk
    record(w, TRACE_TIMED_OUT, x, NONE, tk[x + T_GUARD_TARGET], ZERO, ZERO)
    tk[x + T_GUARD] = 0
    settle(w, x)
    if tk[x + T_WHERE] == JOIN:
        child = x
        while tk[child + T_WHERE] == JOIN:
            child = tk[child + T_FIRST_CHILD]
            settle(w, child)
            add_account(w, x, child)
        withdraw_children(w, x)
    else:
        leave_place(w, x)
    go_on(w, x, tk[x + T_GUARD_TARGET])


# ---- sources, outside events, the sampler


@helper
def raise_decision(w, source, ordinal):
    """Raise a decision of a source."""
    p, m, dc = w.p, w.m, w.dc
    at = p[P_SOURCE] + SOURCE_WIDTH * source
    decision = DECISION_WIDTH * m[M_DECISIONS]
    m[M_DECISIONS] += 1
    for k in range(DECISION_WIDTH):
        dc[decision + k] = 0
    dc[decision + C_CLASS], dc[decision + C_SOURCE], dc[decision + C_ORDINAL] = p[at], source, ordinal
    dc[decision + C_RAISED], dc[decision + C_DECIDED], dc[decision + C_ENDED] = m[M_NOW], -1, -1
    x = new_token(w, decision, p[at + 1], key2(w.q[w.q[Q_KEY] + source], ordinal))
    dc[decision + C_ROOT] = x
    record(w, TRACE_RAISED, x, NONE, source, ZERO, ZERO)
    make_ready(w, x)


@helper
def next_moment(w, source):
    """Return when the next decision of a source is raised; asked once for each ordinal, in order."""
    p, m = w.p, w.m
    at = p[P_SOURCE] + SOURCE_WIDTH * source
    state = m[M_SOURCE] + SOURCE_STATE_WIDTH * source
    kind, ordinal = p[at + 2], m[state + S_ORDINAL]
    if kind == SOURCE_INTERVAL:
        return w.q[w.q[Q_OFFSET] + source] + ordinal * w.q[w.q[Q_INTERVAL] + source]
    first, end = p[at + 3], p[at + 4]
    if kind == SOURCE_LIST:
        return p[p[P_SOURCE_TIME] + first + ordinal] if first + ordinal < end else np.int64(NEVER)
    floats = 1 + 2 * source
    w.x[floats] -= log(uniform(key2(w.q[w.q[Q_KEY] + source], ordinal), SEVEN))
    while True:
        step = first + m[state + S_STEP]
        begin, rate = p[p[P_SOURCE_TIME] + step], w.g[w.q[Q_RATE] + step]
        left = w.x[floats] - w.x[floats + 1]
        if step == end - 1:
            return begin + microseconds(left / rate) if rate > 0.0 else np.int64(NEVER)
        integral = rate * np.float64(p[p[P_SOURCE_TIME] + step + 1] - begin) * 1e-6
        if rate > 0.0 and not integral < left:
            return begin + microseconds(left / rate)
        w.x[floats + 1] += integral
        m[state + S_STEP] += 1


@helper
def await_next(w, source):
    """Set the next arrival of a source, if it comes before the end."""
    moment = next_moment(w, source)
    leaf = outside_leaf(w) + 2 + w.p[P_STATIONS] + source
    set_event(w, leaf, moment if moment < w.p[P_LENGTH] else np.int64(NEVER))


@helper
def sample(w):
    """Write down how many are at each desk, and set the next sample."""
    p, m = w.p, w.m
    at = m[M_SAMPLE] + m[M_NEXT_SAMPLE] * p[P_DESKS]
    for number in range(p[P_DESKS]):
        desk = desk_address(w, number)
        m[at + number] = m[desk + D_HERE] + m[desk + D_MEETING]
    m[M_NEXT_SAMPLE] += 1
    set_sampler(w)


@helper
def set_sampler(w):
    """Set the event of the next sample."""
    p, m = w.p, w.m
    moment = np.int64(NEVER)
    if m[M_NEXT_SAMPLE] < p[P_SAMPLES]:
        moment = p[P_SAMPLE_START] + m[M_NEXT_SAMPLE] * p[P_SAMPLE_STEP]
    set_event(w, outside_leaf(w) + 2 + p[P_STATIONS] + p[P_SOURCES], moment)


@helper
def set_outside(w):
    """Set the next outside event that is known beforehand."""
    p, m = w.p, w.m
    moment = np.int64(NEVER)
    if m[M_NEXT_OUTSIDE] < p[P_OUTSIDES]:
        moment = p[p[P_OUTSIDE] + OUTSIDE_WIDTH * m[M_NEXT_OUTSIDE]]
    set_event(w, outside_leaf(w), moment)


@helper
def happen(w, kind, a, b):
    """Let an outside event happen now."""
    m = w.m
    if kind == OUTSIDE_POSTURE:
        order_posture(w, a)
    elif kind == OUTSIDE_CHANNEL:
        change_channel(w, a, b)
    elif kind == OUTSIDE_LOST:
        lose(w, desk_address(w, a))
    elif kind == OUTSIDE_RESTORED:
        desk = desk_address(w, a)
        station = m[desk + D_STATION]
        before_retiming(w, station)
        settle_waiting_meetings(w)
        m[station + N_LOST] = 0
        record(w, TRACE_RESTORED, NONE, m[desk + D_NUMBER], ZERO, ZERO, ZERO)
        finish_retiming(w, station)
    elif kind == OUTSIDE_ROTATE:
        kept = w.g[w.q[Q_PAIR] + PAIR_WIDTH * a + 4]
        keep_familiarity(w, a, familiarity(w, a) * kept)
        record(w, TRACE_ROTATED, NONE, NONE, a, ZERO, ZERO)
    elif kind == OUTSIDE_FRICTION:
        w.x[0] = a / 1000.0
        record(w, TRACE_FRICTION, NONE, NONE, a, ZERO, ZERO)
    elif kind == OUTSIDE_INJECT:
        raise_decision(w, a, FIRST_INJECTED + m[M_INJECTED])
        m[M_INJECTED] += 1


@helper
def change_channel(w, channel, up):
    """A channel goes down or comes up."""
    m, tk = w.m, w.tk
    settle_waiting_meetings(w)
    m[m[M_CHANNEL] + channel] = 0 if up else 1
    record(w, TRACE_CHANNEL, NONE, channel, up, ZERO, ZERO)
    x = m[M_FIRST_LIVE]
    while x >= 0:
        if tk[x + T_WHERE] == CHANNEL:
            send(w, x)
        x = tk[x + T_NEXT_LIVE]
    try_waiting_meetings(w)


@helper
def hand_over(w, station, x):
    """Pass work at a lost station on to the successor, or keep it in the queue where nobody succeeds."""
    m, tk = w.m, w.tk
    desk, serving = tk[x + T_DESK], tk[x + T_WHERE] == SERVING
    if m[desk + D_SUCCESSOR] >= 0:
        if not serving:
            unqueue(w, station, x)
        leave_desk(w, x)
        if serving:
            empty(w, tk[x + T_SLOT])
        arrive(w, x, desk)
    elif serving:
        empty(w, tk[x + T_SLOT])
        enqueue(w, station, x, ONE)
        record(w, TRACE_QUEUED, x, m[desk + D_NUMBER], tk[x + T_REMAINING], ZERO, ZERO)


@helper
def lose(w, desk):
    """A desk's people are lost: its successor takes over what is in hand."""
    m, tk = w.m, w.tk
    station = m[desk + D_STATION]
    before_retiming(w, station)
    settle_waiting_meetings(w)
    m[station + N_LOST] = 1
    record(w, TRACE_LOST, NONE, m[desk + D_NUMBER], ZERO, ZERO, ZERO)
    # who is there now: some may come back here meanwhile, and are not handed over again
    number = 0
    there = np.empty(m[station + N_QUEUED] + (m[station + N_END] - m[station + N_FIRST]) // SLOT_WIDTH, np.int64)
    for precedence in range(3, -1, -1):
        x = m[station + N_HEAD + precedence]
        while x >= 0:
            there[number] = x
            number += 1
            x = tk[x + T_NEXT]
    slot = m[station + N_FIRST]
    while slot < m[station + N_END]:
        if m[slot + L_MODE] == IN_SERVICE:
            there[number] = m[slot + L_TOKEN]
            number += 1
        slot += SLOT_WIDTH
    for i in range(number):
        hand_over(w, station, there[i])
    finish_retiming(w, station)
    stand_down_rule(w, station)


@helper
def take_posture(w, posture):
    """A posture is reached: all stations change at once."""
    p, m = w.p, w.m
    for number in range(p[P_STATIONS]):
        before_retiming(w, station_address(w, number))
    settle_waiting_meetings(w)
    m[M_POSTURE], m[M_ORDERED], m[M_POSTURE_TIMER] = posture, -1, 0
    record(w, TRACE_POSTURE, NONE, NONE, posture, ZERO, ZERO)
    for number in range(p[P_STATIONS]):
        after_retiming(w, station_address(w, number))
    for number in range(p[P_STATIONS]):
        serve(w, station_address(w, number))
    try_waiting_meetings(w)


# ---- events


@helper
def fire_timer(w):
    """Take the earliest timer off and do what it says. Return False if it had been called off."""
    m, tk, tm = w.m, w.tk, w.tm
    moment, sequence, kind, whom = tm[0], tm[1], tm[2], tm[3]
    drop_first_timer(w)
    if kind <= END_DELAY:
        if tk[whom + T_TIMER] != sequence:
            return False
    elif kind == TIME_OUT:
        if tk[whom + T_GUARD] != sequence:
            return False
    elif kind == TRY_MEETING:
        if tk[whom + T_TRY] != sequence:
            return False
    elif kind == BOOK_MEETING:
        if tk[whom + T_BOOK] != sequence:
            return False
    elif kind == TAKE_POSTURE and m[M_POSTURE_TIMER] != sequence:
        return False
    m[M_NOW] = moment
    if kind == COME_THROUGH:
        settle(w, whom)
        record(w, TRACE_ARRIVED, whom, tk[whom + T_CHANNEL], ZERO, ZERO, ZERO)
        go_on(w, whom, tk[whom + T_PC] + 1)
    elif kind == SEND_AGAIN:
        send(w, whom)
    elif kind == END_DELAY:
        settle(w, whom)
        go_on(w, whom, tk[whom + T_PC] + 1)
    elif kind == TIME_OUT:
        time_out(w, whom)
    elif kind == TRY_MEETING:
        try_again(w, whom)
    elif kind == BOOK_MEETING:
        book(w, whom)
    elif kind == RECALL:
        come(w, whom)
    elif kind == STAND_DOWN:
        stand_down(w, whom)
    else:
        take_posture(w, whom)
    return True


@helper
def count_event(w):
    """Count an event; at the limit the run stops."""
    m = w.m
    m[M_EVENTS] += 1
    if 0 < w.p[P_LIMIT] <= m[M_EVENTS]:
        m[M_TRUNCATED] = 1


@helper
def begin_run(w):
    """Set the first event of every source, of the sampler, and of what comes from outside."""
    for source in range(w.p[P_SOURCES]):
        await_next(w, np.int64(source))
    set_sampler(w)
    set_outside(w)


def make_open_times(source_hash: str) -> Callable[..., Ints]:
    """Return the function that tells how long each station's slots were open so far."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def open_times(memory):
        """Return (stations,): open time of all slots, by the calendars in effect, up to now."""
        _ = source_hash
        w = pointers(memory)
        m = w.m
        result = np.zeros(w.p[P_STATIONS], np.int64)
        for number in range(w.p[P_SLOTS]):
            slot = slot_address(w, number)
            station = m[slot + L_STATION]
            still = open_time(w, slot_calendar(w, slot), m[station + N_COUNTED], m[M_NOW])
            result[m[station + N_NUMBER]] += m[slot + L_OPEN_TIME] + still
        return result

    return open_times  # type: ignore[no-any-return]


def make_advance(source_hash: str) -> Callable[..., int]:
    """Return the kernel. ``source_hash`` is part of its cache's key: a change of arithmetic.py makes a new kernel."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def advance(memory, until, outside_kind, a, b):
        """Execute all events up to and including ``until``; or (kind >= 0) one outside event now.

        Returns FINISHED, or NEEDS_ROOM if an array must grow first; then it is called again, with no outside event.
        """
        _ = source_hash
        w = pointers(memory)
        p, m = w.p, w.m
        if m[M_NEXT_SAMPLE] < 0:
            m[M_NEXT_SAMPLE] = 0
            begin_run(w)
        if outside_kind >= 0:
            happen(w, outside_kind, a, b)
            count_event(w)
        n_slots, n_stations = p[P_SLOTS], p[P_STATIONS]
        while True:
            if not empty_ready_list(w):
                return NEEDS_ROOM
            leaf = m[m[M_TREE] + 1]
            moment = m[m[M_KEYS] + leaf]
            if m[M_TRUNCATED] or moment > until or moment >= NEVER:
                break
            if short_of_room(w):
                return NEEDS_ROOM
            if leaf < n_slots:
                m[M_NOW] = moment
                slot = slot_address(w, leaf)
                if m[slot + L_MODE] == IN_SERVICE:
                    complete(w, slot)
                else:
                    end_meeting(w, m[slot + L_TOKEN])
            elif leaf >= n_slots + 2 + n_stations:
                m[M_NOW] = moment
                source = leaf - (n_slots + 2 + n_stations)
                if source == p[P_SOURCES]:
                    sample(w)
                    continue
                state = m[M_SOURCE] + SOURCE_STATE_WIDTH * source
                raise_decision(w, source, m[state + S_ORDINAL])
                m[state + S_ORDINAL] += 1
                await_next(w, source)
            elif leaf == n_slots + 1:
                if not fire_timer(w):
                    continue
            elif leaf == n_slots:
                m[M_NOW] = moment
                at = p[P_OUTSIDE] + OUTSIDE_WIDTH * m[M_NEXT_OUTSIDE]
                m[M_NEXT_OUTSIDE] += 1
                set_outside(w)
                happen(w, p[at + 1], p[at + 2], p[at + 3])
            else:
                m[M_NOW] = moment
                serve(w, station_address(w, leaf - n_slots - 2))
            count_event(w)
        if not m[M_TRUNCATED] and until > m[M_NOW]:
            m[M_NOW] = until
        return FINISHED

    return advance  # type: ignore[no-any-return]


def make_settle_all(source_hash: str) -> Callable[..., None]:
    """Return the function that settles all live tokens, for the tables at the end."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def settle_all(memory):
        """Settle all live tokens now, in order of creation; there is room for the trace."""
        _ = source_hash
        w = pointers(memory)
        x = w.m[M_FIRST_LIVE]
        while x >= 0:
            settle(w, x)
            x = w.tk[x + T_NEXT_LIVE]

    return settle_all  # type: ignore[no-any-return]


advance = make_advance(SOURCE_HASH)
settle_all = make_settle_all(SOURCE_HASH)
open_times = make_open_times(SOURCE_HASH)
