"""The kernel: the machine of docs/machine.md, compiled.

All of a run is in one array of int64, the *memory*: program, state, tokens, tables, event list. A record is known by
its address, so ``m[x + TOKEN_PC]`` is the ``pc`` of token ``x``; floats are kept as their bits. `engine` lays the
memory out and makes it larger when the kernel asks; nothing is allocated here. Address 0 is in the header and stands
for "none". Names follow the page: ``x`` token, ``k`` slot, ``s`` station, ``d`` desk, ``c`` calendar, ``p`` pair,
``j`` source, ``i`` instruction; they are addresses, except calendars, which are numbers.

Why one array: helpers take one pointer, not dozens of arrays of seven words each. This keeps compilation to seconds
(Numba compiles every helper apart) and the pointer in a register; and an address needs no wrap-around check.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any, Protocol

import numba.extending
import numpy as np
from numba import njit, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from renkei.sim import arithmetic, program
from renkei.sim.arithmetic import exp, log, normal_quantile, pow
from renkei.sim.program import CALENDAR_ALWAYS, CALENDAR_NEVER, CONTEXT_CONCURRENCE, NEVER, Dist, Op, Outside, Source
from renkei.sim.program import Trace as Records

# Numba's own types of these do not fit their use
config: Any = numba.config
intrinsic: Any = numba.extending.intrinsic
overload: Any = numba.extending.overload
register_jitable: Any = numba.extending.register_jitable

COMPILED = not config.DISABLE_JIT
CHECKED = bool(config.BOUNDSCHECK)
"""With NUMBA_BOUNDSCHECK=1 the memory stays an array, whose bounds Numba checks."""


class Memory(Protocol):
    """The memory, as helpers see it."""

    def __getitem__(self, address: int, /) -> int: ...

    def __setitem__(self, address: int, word: int, /) -> None: ...


# ---- codes that compiled code can read: Numba knows no class attributes

WORK, SEND, DELAY, MEET = Op.WORK, Op.SEND, Op.DELAY, Op.MEET
FORK, LEAVE, SPAWN = Op.FORK, Op.LEAVE, Op.SPAWN
CHANCE, RETURN, JUMP, IF_REGISTER, SET_REGISTER = Op.CHANCE, Op.RETURN, Op.JUMP, Op.IF_REGISTER, Op.SET_REGISTER
IF_POSTURE, IF_OPEN, IF_LOST, IF_OVER = Op.IF_POSTURE, Op.IF_OPEN, Op.IF_LOST, Op.IF_OVER
GUARD, UNGUARD = Op.GUARD, Op.UNGUARD
POSTURE, PRECEDENCE, MARK, END = Op.POSTURE, Op.PRECEDENCE, Op.MARK, Op.END

CONSTANT, UNIFORM, TRIANGULAR, PERT = Dist.CONSTANT, Dist.UNIFORM, Dist.TRIANGULAR, Dist.PERT
EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL = Dist.EXPONENTIAL, Dist.LOGNORMAL, Dist.GAMMA, Dist.WEIBULL

INTERVAL, LIST = Source.INTERVAL, Source.LIST

ON_POSTURE, ON_CHANNEL, ON_LOST, ON_RESTORED = Outside.POSTURE, Outside.CHANNEL, Outside.LOST, Outside.RESTORED
ON_ROTATE, ON_FRICTION = Outside.ROTATE, Outside.FRICTION

RAISED, QUEUED, STARTED, DONE, SENT = Records.RAISED, Records.QUEUED, Records.STARTED, Records.DONE, Records.SENT
ARRIVED, MEETING_WAITS, MEETING_STARTS = Records.ARRIVED, Records.MEETING_WAITS, Records.MEETING_STARTS
MEETING_ENDS, FORKED, JOINED, RETURNED = Records.MEETING_ENDS, Records.FORKED, Records.JOINED, Records.RETURNED
TIMED_OUT, MARKED, ENDED, WITHDRAWN = Records.TIMED_OUT, Records.MARKED, Records.ENDED, Records.WITHDRAWN
INTERRUPTED, REDIRECTED, POSTURE_TAKEN = Records.INTERRUPTED, Records.REDIRECTED, Records.POSTURE
RECALLED, STOOD_DOWN, STATION_LOST, RESTORED = Records.RECALLED, Records.STOOD_DOWN, Records.LOST, Records.RESTORED
CHANNEL_CHANGED, SPENT, ROTATED, FRICTION = Records.CHANNEL, Records.SPENT, Records.ROTATED, Records.FRICTION

WORK_TIME, QUEUE_TIME, OFF_DUTY_TIME, CHANNEL_TIME, MEETING_TIME = range(5)
"""Activities; they have the numbers of their causes."""
CONCURRENCE_CAUSE, REWORK_CAUSE = program.CONCURRENCE_CAUSE, program.REWORK_CAUSE
N_CAUSES = program.N_CAUSES

LONGEST = NEVER // 4
HOUR = 3_600_000_000
HOUR_US = 3.6e9
OUTCOME_DONE = program.Outcome.DONE
FIRST_INJECTED = 1_000_000
SUCCESSIONS = 8
"""How often work is passed on to a successor's successor."""
FLASH = 3

# ---- the header, at address 0

(
    NOW,
    SEQUENCE,
    EVENTS,
    EVENT_LIMIT,
    TRUNCATED,
    TRACING,
    LENGTH,
    POSTURES,
    POSTURE_NOW,
    POSTURE_ORDERED,
    POSTURE_TIMER,
    LEVEL,
    FAMILIARITY_EFFECT,
    FRICTION_EFFECT,
    RETURN_EFFECT,
    STAMP,
    # where things are; what ends with _END is the address after the last
    CALENDARS,
    HINTS,  # for each calendar the segment that was last looked up
    SLOTS,
    SLOTS_END,
    STATIONS,
    STATIONS_END,
    DESKS,
    DESKS_END,
    CHANNELS,
    SOURCES,
    SOURCES_END,
    PAIRS,
    CODE,
    BRANCHES,
    CHANNEL_LIST,
    MEETING_DESK,
    DISTRIBUTIONS,
    VALUES,
    PROBABILITIES,
    DURATIONS,
    ACTIVATIONS,
    SHIFTS,
    SHIFTS_END,
    SOURCE_TIMES,
    OUTSIDE_NEXT,
    OUTSIDE_END,
    SLOT_CALENDARS,
    STATION_CALENDARS,
    SCRATCH,
    SAMPLES,
    SAMPLE_NEXT,
    SAMPLE_COUNT,
    SAMPLE_START,
    SAMPLE_STEP,
    # the event list
    TREE,
    LEAVES,
    OUTSIDE_LEAF,
    TIMER_LEAF,
    SOURCE_LEAVES,  # the first of them; before them the stations' wakes
    SAMPLER_LEAF,
    # lists: first and last
    READY,
    READY_LAST,
    WAITING,
    WAITING_LAST,
    ALIVE,
    ALIVE_LAST,
    # tokens
    LIVE,
    RESTLESS,
    TOKENS_MADE,
    INJECTED,
    FREE,
    FREE_COUNT,
    CHUNK,
    CHUNK_END,
    WANTED,
    # tables that grow
    TIMERS,
    TIMER_COUNT,
    TIMER_ROOM,
    ROWS,
    ROW_COUNT,
    ROW_ROOM,
    MARKS,
    MARK_COUNT,
    MARK_ROOM,
    TRACE,
    TRACE_COUNT,
    TRACE_ROOM,
) = range(83)
HEADER_SIZE = 96

# ---- records: where their fields are

SEGMENT_OPEN, SEGMENT_CLOSE, SEGMENT_BEFORE, SEGMENT_NEXT = range(4)  # NEXT: when the next one opens
SEGMENT_SHIFT = 2
SEGMENT_SIZE = 1 << SEGMENT_SHIFT

(
    SLOT_STATE,
    SLOT_TOKEN,
    SLOT_STATION,
    SLOT_LEAF,
    SLOT_CALENDAR,
    SLOT_STARTED,
    SLOT_THROUGH,  # its work runs on through closing
    SLOT_DONE,  # when it completes
    SLOT_RECALLED,
    SLOT_KEPT_FOR,  # token whose meeting has it reserved
    SLOT_KEPT_AT,
    SLOT_TAKEN,  # stamp of the latest try that wanted it
    SLOT_NEXT,  # next slot of the same meeting
    SLOT_DESK,
    SLOT_OPEN_SINCE,
    SLOT_OPEN_TIME,
) = range(16)
SLOT_SIZE = 16
IDLE, BUSY, IN_MEETING = range(3)

(
    STATION_FIRST,
    STATION_END,
    STATION_FINISH,
    STATION_INTERRUPT,
    STATION_RECALL,
    STATION_RECALL_COUNT,
    STATION_RECALL_US,
    STATION_STAND_DOWN_US,
    STATION_LEAF,
    STATION_DESK,  # its first desk's number
    STATION_CALENDAR,
    STATION_LOST_NOW,
    STATION_RECALLED,
    STATION_RECALL_TIMER,
    STATION_STAND_DOWN_TIMER,
    STATION_QUEUED,  # bits of the precedences that have a queue
) = range(16)
STATION_QUEUES = 16
"""First and last of the queue of each precedence."""
STATION_SIZE = 24

(
    DESK_ARRIVALS,
    DESK_COMPLETIONS,
    DESK_WORK_TIME,
    DESK_LOST_TIME,
    DESK_NUMBER_TIME,
    DESK_STAY_TIME,
    DESK_INTERRUPTIONS,
    DESK_REDIRECTED,
    DESK_OFFERED,
    DESK_OPEN_TIME,
    DESK_STATION,
    DESK_SUCCESSOR,  # address, 0 for none
    DESK_NUMBER,  # which desk it is
    DESK_HERE,  # how many are queued or in service
    DESK_SINCE,
    DESK_IN_MEETINGS,
) = range(16)
DESK_SIZE = 16

CHANNEL_CALENDAR, CHANNEL_DOWN, CHANNEL_CONTACT = range(3)
CHANNEL_SIZE = 4

PAIR_F, PAIR_T, PAIR_GAIN, PAIR_FADE, PAIR_CONTACT, PAIR_KEPT = range(6)
PAIR_SIZE = 8

(
    SOURCE_CLASS,
    SOURCE_ENTRY,
    SOURCE_KIND,
    SOURCE_KEY,
    SOURCE_LEAF,
    SOURCE_ORDINAL,  # of the next arrival
    SOURCE_FIRST,
    SOURCE_LAST,  # address of its last step
    SOURCE_OFFSET,
    SOURCE_INTERVAL,
    SOURCE_STEP,
    SOURCE_DRAWN,  # sum of the exponential numbers up to the next arrival
    SOURCE_USED,  # integral of the rate up to the step's begin
) = range(13)
SOURCE_SIZE = 16
STEP_TIME, STEP_RATE = range(2)
STEP_SIZE = 2

OP_CODE, OP_A, OP_B, OP_C, OP_D, OP_E, OP_F, OP_KEY = range(8)
OP_SIZE = 8
BRANCH_PC, BRANCH_CONTEXT = range(2)
BRANCH_SIZE = 2
DIST_KIND, DIST_P0, DIST_P1, DIST_P2, DIST_P3 = range(5)
DIST_SIZE = 8
OUTSIDE_TIME, OUTSIDE_KIND, OUTSIDE_A, OUTSIDE_B = range(4)
OUTSIDE_SIZE = 4

(
    TOKEN_NEXT,  # in the one list it stands in: ready, a queue, waiting meetings, or free
    TOKEN_PREVIOUS,
    TOKEN_STATE,
    TOKEN_PC,
    TOKEN_ROW,
    TOKEN_KEY,
    TOKEN_PRECEDENCE,
    TOKEN_CONTEXT,
    TOKEN_REWORKING,
    TOKEN_HIGH,
    TOKEN_VISIT,
    TOKEN_REGISTER,
    TOKEN_SINCE,
    TOKEN_NUMBER,
    TOKEN_PARENT,
    TOKEN_DETACHED,
    TOKEN_GUARD,
    TOKEN_GUARD_TARGET,
    TOKEN_TIMER,  # sequence of the timer that ends its delay, way, or wait
    TOKEN_BOOK,  # sequence of its BOOK timer
    TOKEN_BOOKED,  # it has slots reserved
    TOKEN_DESK,
    TOKEN_SLOT,  # of a meeting the first
    TOKEN_REMAINING,  # work; length of a meeting
    TOKEN_ARRIVED,  # when it came to the desk, or its meeting started
    TOKEN_WORKED,  # work done on this visit
    TOKEN_CHANNEL,  # number of the channel it uses
    TOKEN_QUORUM,
    TOKEN_YES,
    TOKEN_ALL,  # the join waits for all
    TOKEN_CHILDREN_LEFT,
    TOKEN_MOVE,  # the next of those that leave a lost station
    TOKEN_ALIVE,  # in the list of all tokens, by number
    TOKEN_ALIVE_PREVIOUS,
    TOKEN_SIBLING,
    TOKEN_SIBLING_PREVIOUS,
    TOKEN_CHILDREN,
    TOKEN_CHILDREN_LAST,
) = range(38)
TOKEN_ACCOUNT = 38
TOKEN_RETURNS = TOKEN_ACCOUNT + N_CAUSES
N_COUNTERS = 16
TOKEN_SIZE = 64
RUNNING, IN_QUEUE, IN_SERVICE, CHOOSING, ON_THE_WAY, DELAYED, GATHERING, MEETING, JOINING = range(9)
"""What a token waits in; RUNNING is one that is ready, too."""

(
    ROW_CLASS,
    ROW_SOURCE,
    ROW_ORDINAL,
    ROW_RAISED,
    ROW_DECIDED,
    ROW_ENDED,
    ROW_OUTCOME,
) = range(7)
ROW_ACCOUNT = 7
ROW_HAND_OFFS, ROW_CROSSINGS, ROW_RETURNS, ROW_LOST, ROW_PRECEDENCE, ROW_REASON = range(14, 20)
ROW_SIZE = 20
MARK_SIZE = 3
TRACE_SIZE = 9

TIMER_TIME, TIMER_SEQUENCE, TIMER_KIND, TIMER_OF = range(4)
TIMER_SIZE = 4
TOKEN_TIMER_KIND, BOOK_TIMER_KIND, GUARD_TIMER_KIND = range(3)
RECALL_TIMER_KIND, STAND_DOWN_TIMER_KIND, POSTURE_TIMER_KIND = range(3, 6)

# ---- what the kernel is asked to do, and what it answers

START, RUN, INJECT, EMPTY_READY, SETTLE = range(5)
FINISHED, NEEDS_TOKENS, NEEDS_TIMERS, NEEDS_ROWS, NEEDS_MARKS, NEEDS_TRACE = range(6)
GOES_WAITING = -1
"""Instead of the next pc: the token waits, or is gone."""

ROWS_PER_TOKEN = 20
"""No event and no instruction writes more trace records about one token (8 successions are the most)."""

# ---- compilation


class NoEnvironment:
    """Stands in for the code generator of a `Part`."""

    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        """Do nothing."""


class Part(JITCodeLibrary):  # type: ignore[misc]
    """The code of a helper, which is never run by itself: it is optimised and emitted in the kernel only.

    Numba's own way is to optimise every helper together with all that it calls, and to emit it: 23 s instead of 9.
    """

    @property
    def codegen(self) -> Any:
        """What Numba tells where the helper's Python environment is: there is no code to tell it to."""
        return NoEnvironment

    def _optimize_final_module(self) -> None: ...

    def _finalize_final_module(self) -> None:
        self._finalized = True


class PartCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, but what it makes is a `Part`."""

    def define_pipelines(self) -> Any:
        """Return the passes of the compiler."""
        self.state.library = Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


SETTINGS: dict[str, Any] = {"error_model": "numpy"}
if COMPILED:
    SETTINGS |= {"pipeline_class": PartCompiler, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def helper(function: Callable[..., Any], forceinline: bool = False) -> Any:
    """Compile a function that the kernel calls, once: Numba's own way is once for each constant it is called with.

    ``forceinline`` is always said, since a function would inherit it from the one that happens to need it first.
    """
    compiled = njit(forceinline=forceinline, **SETTINGS)(function)
    if COMPILED:
        template_for = compiled.get_call_template
        compiled.get_call_template = lambda args, names: template_for([types.unliteral(one) for one in args], names)
    return compiled


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function into each place that calls it."""
    return helper(function, forceinline=True)


# ---- what Python has no word for

if COMPILED:

    @intrinsic
    def choose(typingctx, condition, yes, no):  # type: ignore[no-untyped-def]
        """Return ``yes if condition else no`` without a branch: LLVM's own choice is three times slower here."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            chosen = builder.select(*args)
            chosen.set_metadata("unpredictable", builder.module.add_metadata([]))
            return chosen

        return types.int64(types.boolean, types.int64, types.int64), codegen

    @intrinsic
    def to_float(typingctx, word):  # type: ignore[no-untyped-def]
        """Return the float whose bits a word holds."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.bitcast(args[0], context.get_value_type(types.float64))

        return types.float64(types.int64), codegen

    @intrinsic
    def to_word(typingctx, number):  # type: ignore[no-untyped-def]
        """Return the bits of a float."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.bitcast(args[0], context.get_value_type(types.int64))

        return types.int64(types.float64), codegen

    @intrinsic
    def first_word(typingctx, memory):  # type: ignore[no-untyped-def]
        """Return the address of an array's first word; indexing it is unchecked."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return context.make_array(signature.args[0])(context, builder, args[0]).data

        return types.CPointer(types.int64)(memory), codegen

else:

    def choose(condition: bool, yes: int, no: int) -> int:
        """Return one of two words."""
        return yes if condition else no

    def to_float(word: int) -> float:
        """Return the float whose bits a word holds."""
        return float(np.int64(word).view(np.float64))

    def to_word(number: float) -> int:
        """Return the bits of a float."""
        return int(np.float64(number).view(np.int64))


@inlined
def the_array(memory: Memory) -> Memory:
    """Return the memory itself, whose bounds are checked."""
    return memory


pointer = first_word if COMPILED and not CHECKED else the_array

if COMPILED:
    # The arithmetic is compiled from its own source, but for two functions that are exact however they are written.
    FRACTION_BITS = (1 << 52) - 1
    HALF_BITS = 1022 << 52

    @overload(arithmetic.split, jit_options={"forceinline": True, **SETTINGS})
    def _split(x):  # type: ignore[no-untyped-def]
        def split(x):  # type: ignore[no-untyped-def]
            word = to_word(x)
            return to_float((word & FRACTION_BITS) | HALF_BITS), (word >> 52) - 1022

        return split

    @overload(arithmetic.power_of_two, jit_options={"forceinline": True, **SETTINGS})
    def _power_of_two(exponent):  # type: ignore[no-untyped-def]
        def power_of_two(exponent):  # type: ignore[no-untyped-def]
            return to_float((exponent + 1023) << 52)

        return power_of_two

    for _name in ("scale", "log_series", "polynomial", "product_error"):
        register_jitable(forceinline=True, **SETTINGS)(getattr(arithmetic, _name))
    for _name in ("log", "log_of_normal", "log_in_two", "exp", "pow", "normal_quantile"):
        register_jitable(forceinline=False, **SETTINGS)(getattr(arithmetic, _name))
    for _name in ("central_ratio", "near_tail_ratio", "far_tail_ratio"):
        register_jitable(forceinline=False, **SETTINGS)(getattr(arithmetic, _name))

# ---- calendars


@helper
def segment_at(m: Memory, c: int, t: int) -> int:
    """Return the last segment that opens at or before ``t``; the place before the first if there is none.

    Most questions are about the segment that was last asked after, or the next.
    """
    hint = m[m[HINTS] + c]
    if m[hint + SEGMENT_OPEN] <= t:
        if t < m[hint + SEGMENT_NEXT]:
            return hint
        hint += SEGMENT_SIZE
        if t < m[hint + SEGMENT_NEXT]:
            m[m[HINTS] + c] = hint
            return hint
    segment = search_segment(m, c, t)
    if segment >= m[m[CALENDARS] + c]:
        m[m[HINTS] + c] = segment
    return segment


@helper
def search_segment(m: Memory, c: int, t: int) -> int:
    """Return what `segment_at` does, by bisection."""
    first = m[m[CALENDARS] + c]
    low = 0
    high = (m[m[CALENDARS] + c + 1] - first) >> SEGMENT_SHIFT
    while low < high:
        middle = (low + high) >> 1
        if m[first + (middle << SEGMENT_SHIFT) + SEGMENT_OPEN] <= t:
            low = middle + 1
        else:
            high = middle
    return first + ((low - 1) << SEGMENT_SHIFT)


@helper
def is_open_by_segments(m: Memory, c: int, t: int) -> bool:
    """Tell whether a calendar is open at ``t``."""
    segment = segment_at(m, c, t)
    return segment >= m[m[CALENDARS] + c] and t < m[segment + SEGMENT_CLOSE]


@inlined
def is_open(m: Memory, c: int, t: int) -> bool:
    """Tell whether a calendar is open at ``t``; the two plain calendars need no search."""
    if c <= CALENDAR_NEVER:
        return c == CALENDAR_ALWAYS
    return is_open_by_segments(m, c, t)


@helper
def next_open(m: Memory, c: int, t: int) -> int:
    """Return ``t`` if open, else the next opening, or NEVER."""
    if c <= CALENDAR_NEVER:
        return t if c == CALENDAR_ALWAYS else NEVER
    segment = segment_at(m, c, t)
    if segment >= m[m[CALENDARS] + c] and t < m[segment + SEGMENT_CLOSE]:
        return t
    segment += SEGMENT_SIZE
    return m[segment + SEGMENT_OPEN] if segment < m[m[CALENDARS] + c + 1] else NEVER


@helper
def opens_after(m: Memory, c: int, t: int) -> int:
    """Return the first opening later than ``t``, or NEVER."""
    segment = segment_at(m, c, t) + SEGMENT_SIZE
    return m[segment + SEGMENT_OPEN] if segment < m[m[CALENDARS] + c + 1] else NEVER


@helper
def closes(m: Memory, c: int, t: int) -> int:
    """Return when a calendar that is open at ``t`` closes."""
    if c == CALENDAR_ALWAYS:
        return NEVER
    return m[segment_at(m, c, t) + SEGMENT_CLOSE]


@helper
def open_before(m: Memory, c: int, t: int) -> int:
    """Return the open time from the calendar's first opening to ``t``."""
    segment = segment_at(m, c, t)
    if segment < m[m[CALENDARS] + c]:
        return 0
    until = min(t, m[segment + SEGMENT_CLOSE])
    return m[segment + SEGMENT_BEFORE] + until - m[segment + SEGMENT_OPEN]


@helper
def open_time(m: Memory, c: int, begin: int, end: int) -> int:
    """Return the open time within ``[begin, end)``."""
    if c <= CALENDAR_NEVER:
        return end - begin if c == CALENDAR_ALWAYS else 0
    return open_before(m, c, end) - open_before(m, c, begin)


@helper
def finish(m: Memory, c: int, t: int, work: int) -> int:
    """Return the earliest moment by which ``work`` of open time has passed since ``t``, or NEVER."""
    if c == CALENDAR_ALWAYS or work == 0:
        return t + work
    first = m[m[CALENDARS] + c]
    end = m[m[CALENDARS] + c + 1]
    if first == end:
        return NEVER
    target = open_before(m, c, t) + work
    segment = max(first, segment_at(m, c, t))
    while segment + SEGMENT_SIZE < end and m[segment + SEGMENT_SIZE + SEGMENT_BEFORE] < target:
        segment += SEGMENT_SIZE  # work seldom lasts for more than a few segments
    done = m[segment + SEGMENT_OPEN] + target - m[segment + SEGMENT_BEFORE]
    return done if done <= m[segment + SEGMENT_CLOSE] else NEVER


# ---- random numbers

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
SHIFT_30, SHIFT_27, SHIFT_31, SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
ONE = np.uint64(1)


@inlined
def mix(z: Any) -> Any:
    """Return the SplitMix64 finaliser of an unsigned word."""
    z = (z ^ (z >> SHIFT_30)) * MIX_1
    z = (z ^ (z >> SHIFT_27)) * MIX_2
    return z ^ (z >> SHIFT_31)


@inlined
def key2(a: int, b: int) -> int:
    """Return the key made of two."""
    return np.int64(mix(np.uint64(a) ^ mix(np.uint64(b) + GOLDEN)))  # type: ignore[return-value]


@inlined
def uniform(key: int, n: int) -> float:
    """Return the n-th number of a key, in (0, 1)."""
    z = mix(np.uint64(key) + (np.uint64(n) + ONE) * GOLDEN)
    return (float(np.int64(z >> SHIFT_11)) + 0.5) * 2.0**-53


@helper
def gamma(shape: float, key: int, stream: int) -> float:
    """Draw from a gamma distribution of scale 1.

    References
    ----------
    G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000), 363-372.
    """
    key = key2(key, stream)
    n = 0
    boost = 1.0
    if shape < 1.0:
        boost = pow(uniform(key, 0), 1.0 / shape)
        n = 1
        shape = shape + 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    while True:
        z = normal_quantile(uniform(key, n))
        n += 1
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(key, n)
        n += 1
        if log(u) < 0.5 * z * z + d - d * v + d * log(v):
            return d * v * boost


@helper
def draw_rare(m: Memory, kind: int, p0: float, at: int, key: int) -> float:
    """Draw from a distribution that is neither constant nor exponential."""
    u0 = uniform(key, 0)
    p1 = to_float(m[at + DIST_P1])
    p2 = to_float(m[at + DIST_P2])
    if kind == UNIFORM:
        return p0 + (p1 - p0) * u0
    if kind == TRIANGULAR:
        if p2 <= p0:
            return p0
        if u0 < (p1 - p0) / (p2 - p0):
            return p0 + sqrt(u0 * (p2 - p0) * (p1 - p0))
        return p2 - sqrt((1.0 - u0) * (p2 - p0) * (p2 - p1))
    if kind == PERT:
        x = gamma(p2, key, 0)
        y = gamma(to_float(m[at + DIST_P3]), key, 1)
        return p0 + (p1 - p0) * (x / (x + y))
    if kind == LOGNORMAL:
        return exp(p0 + p1 * normal_quantile(u0))
    if kind == GAMMA:
        return gamma(p0, key, 0) * p1
    if kind == WEIBULL:
        return p1 * pow(-log(u0), 1.0 / p0)
    return to_float(m[m[VALUES] + int(p0) + int(u0 * p1)])


@helper
def draw(m: Memory, distribution: int, key: int) -> float:
    """Draw from a distribution, in seconds if it is one of durations."""
    at = m[DISTRIBUTIONS] + DIST_SIZE * distribution
    kind = m[at + DIST_KIND]
    p0 = to_float(m[at + DIST_P0])
    if kind == CONSTANT:
        return p0
    if kind == EXPONENTIAL:
        return -p0 * log(uniform(key, 0))
    return draw_rare(m, kind, p0, at, key)


@inlined
def duration(seconds: float) -> int:
    """Return seconds as whole microseconds: at least 0 (also for NaN), at most NEVER/4."""
    microseconds = seconds * 1e6 + 0.5
    if not microseconds >= 1.0:
        return 0
    if microseconds > LONGEST:
        return LONGEST
    return int(microseconds)


@inlined
def draw_key(m: Memory, x: int, i: int) -> int:
    """Return the key of a token's draws at an instruction, on its present visit."""
    return key2(key2(m[x + TOKEN_KEY], m[i + OP_KEY]), m[x + TOKEN_VISIT])


@inlined
def slowed(m: Memory, seconds: float, flags: int) -> float:
    """Return seconds with the friction between governments, where the flag says so."""
    if flags & 1:
        return seconds * (1.0 + to_float(m[LEVEL]) * to_float(m[FRICTION_EFFECT]))
    return seconds


# ---- lists: circular, through the records; a list's own first and last are a record's link, so that nothing branches


@inlined
def end_of(at: int, link: int) -> int:
    """Return what stands behind the last of a list (and before the first)."""
    return at - link


@inlined
def clear_list(m: Memory, at: int, link: int) -> None:
    """Make a list empty."""
    m[at] = at - link
    m[at + 1] = at - link


@inlined
def is_empty(m: Memory, at: int, link: int) -> bool:
    """Tell whether a list is empty."""
    return m[at] == at - link


@inlined
def append(m: Memory, at: int, link: int, x: int) -> None:
    """Put a token at the tail of a list."""
    last = m[at + 1]
    m[x + link] = at - link
    m[x + link + 1] = last
    m[last + link] = x
    m[at + 1] = x


@inlined
def prepend(m: Memory, at: int, link: int, x: int) -> None:
    """Put a token at the head of a list."""
    first = m[at]
    m[x + link] = first
    m[x + link + 1] = at - link
    m[first + link + 1] = x
    m[at] = x


@inlined
def unlink(m: Memory, link: int, x: int) -> None:
    """Take a token out of its list."""
    after = m[x + link]
    before = m[x + link + 1]
    m[before + link] = after
    m[after + link + 1] = before


# ---- the event list: a winner tree over slots, and a heap of timers whose top is one of its leaves


@inlined
def set_time(m: Memory, leaf: int, time: int) -> None:
    """Set the time of a leaf's next event, and play the games on its way up; the lower leaf wins a tie."""
    tree = m[TREE]
    node = m[LEAVES] + leaf
    m[tree + 2 * node] = time
    while node > 1:
        rival = tree + 2 * (node ^ 1)
        rival_time = m[rival]
        rival_leaf = m[rival + 1]
        rival_wins = rival_time < time + (node & 1)
        time = choose(rival_wins, rival_time, time)
        leaf = choose(rival_wins, rival_leaf, leaf)
        node >>= 1
        m[tree + 2 * node] = time
        m[tree + 2 * node + 1] = leaf


@inlined
def time_of(m: Memory, leaf: int) -> int:
    """Return the time of a leaf's next event."""
    return m[m[TREE] + 2 * (m[LEAVES] + leaf)]


@helper
def set_timer(m: Memory, time: int, kind: int, of: int) -> int:
    """Set a timer and return its sequence; one that never comes is not kept."""
    m[SEQUENCE] += 1
    sequence = m[SEQUENCE]
    if time >= NEVER:
        return sequence
    heap = m[TIMERS]
    hole = m[TIMER_COUNT]
    m[TIMER_COUNT] = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 1
        if m[heap + TIMER_SIZE * parent] <= time:
            break  # an earlier sequence wins a tie, and all others are earlier
        copy_timer(m, heap + TIMER_SIZE * parent, heap + TIMER_SIZE * hole)
        hole = parent
    at = heap + TIMER_SIZE * hole
    m[at + TIMER_TIME] = time
    m[at + TIMER_SEQUENCE] = sequence
    m[at + TIMER_KIND] = kind
    m[at + TIMER_OF] = of
    if hole == 0:
        set_time(m, m[TIMER_LEAF], time)
    return sequence


@inlined
def copy_timer(m: Memory, source: int, to: int) -> None:
    """Copy a timer."""
    for word in range(TIMER_SIZE):
        m[to + word] = m[source + word]


@inlined
def timer_before(m: Memory, one: int, other: int) -> bool:
    """Tell whether a timer comes before another."""
    if m[one + TIMER_TIME] != m[other + TIMER_TIME]:
        return m[one + TIMER_TIME] < m[other + TIMER_TIME]
    return m[one + TIMER_SEQUENCE] < m[other + TIMER_SEQUENCE]


@helper
def drop_first_timer(m: Memory) -> None:
    """Take the earliest timer off the heap."""
    heap = m[TIMERS]
    count = m[TIMER_COUNT] - 1
    m[TIMER_COUNT] = count
    last = heap + TIMER_SIZE * count
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= count:
            break
        at = heap + TIMER_SIZE * child
        if child + 1 < count and timer_before(m, at + TIMER_SIZE, at):
            child += 1
            at += TIMER_SIZE
        if timer_before(m, last, at):
            break
        copy_timer(m, at, heap + TIMER_SIZE * hole)
        hole = child
    copy_timer(m, last, heap + TIMER_SIZE * hole)
    set_time(m, m[TIMER_LEAF], m[heap + TIMER_TIME] if count > 0 else NEVER)


# ---- trace


@helper
def write_record(m: Memory, kind: int, time: int, x: int, place: int, a: int, b: int, until: int) -> None:
    """Write a record of a token, or of none (0)."""
    at = m[TRACE] + TRACE_SIZE * m[TRACE_COUNT]
    m[TRACE_COUNT] += 1
    m[at] = kind
    m[at + 1] = time
    m[at + 2] = m[x + TOKEN_ROW] if x else -1
    m[at + 3] = m[x + TOKEN_NUMBER] if x else -1
    m[at + 4] = m[x + TOKEN_PC] if x else -1
    m[at + 5] = place
    m[at + 6] = a
    m[at + 7] = b
    m[at + 8] = until


@inlined
def record(m: Memory, kind: int, x: int, place: int, a: int, b: int, until: int) -> None:
    """Write a record of what happens now, if the trace is on."""
    if m[TRACING]:
        write_record(m, kind, m[NOW], x, place, a, b, until)


@helper
def place_of(m: Memory, x: int) -> int:
    """Return the place of a token that waits: its desk, the first channel of its list, or -1."""
    state = m[x + TOKEN_STATE]
    i = instruction_of(m, x)
    if state in (IN_QUEUE, IN_SERVICE):
        return m[m[x + TOKEN_DESK] + DESK_NUMBER]
    if state in (CHOOSING, ON_THE_WAY):
        return m[m[CHANNEL_LIST] + m[i + OP_A]]
    if state in (GATHERING, MEETING):
        return m[m[MEETING_DESK] + m[i + OP_A]]
    return -1


# ---- tokens


@inlined
def instruction_of(m: Memory, x: int) -> int:
    """Return the instruction where a token is."""
    return m[CODE] + OP_SIZE * m[x + TOKEN_PC]


@inlined
def row_of(m: Memory, x: int) -> int:
    """Return the row of a token's decision."""
    return m[ROWS] + ROW_SIZE * m[x + TOKEN_ROW]


@inlined
def desk_named(m: Memory, number: int) -> int:
    """Return the desk of a number."""
    return m[DESKS] + DESK_SIZE * number


@inlined
def is_root(m: Memory, x: int) -> bool:
    """Tell whether a token is its decision's first."""
    return m[x + TOKEN_PARENT] == 0 and m[x + TOKEN_DETACHED] == 0


@helper
def new_token(m: Memory, row: int, pc: int, key: int) -> int:
    """Make a root token, ready to run. There must be room."""
    x = m[FREE]
    if x:
        m[FREE] = m[x + TOKEN_NEXT]
        m[FREE_COUNT] -= 1
    else:
        x = m[CHUNK]
        m[CHUNK] = x + TOKEN_SIZE
    m[LIVE] += 1
    m[x + TOKEN_NUMBER] = m[TOKENS_MADE]
    m[TOKENS_MADE] += 1
    m[x + TOKEN_STATE] = RUNNING
    m[x + TOKEN_PC] = pc
    m[x + TOKEN_ROW] = row
    m[x + TOKEN_KEY] = key
    m[x + TOKEN_PRECEDENCE] = 0
    m[x + TOKEN_CONTEXT] = 0
    m[x + TOKEN_REWORKING] = 0
    m[x + TOKEN_HIGH] = -1
    m[x + TOKEN_VISIT] = 0
    m[x + TOKEN_REGISTER] = 0
    m[x + TOKEN_SINCE] = m[NOW]
    m[x + TOKEN_PARENT] = 0
    m[x + TOKEN_DETACHED] = 0
    m[x + TOKEN_GUARD] = 0
    m[x + TOKEN_TIMER] = 0
    m[x + TOKEN_BOOK] = 0
    m[x + TOKEN_BOOKED] = 0
    for word in range(TOKEN_ACCOUNT, TOKEN_RETURNS + N_COUNTERS):
        m[x + word] = 0
    append(m, ALIVE, TOKEN_ALIVE, x)
    append(m, READY, TOKEN_NEXT, x)
    return x


@helper
def free(m: Memory, x: int) -> None:
    """Give a token back. It is in no list but that of all tokens."""
    unlink(m, TOKEN_ALIVE, x)
    m[x + TOKEN_GUARD] = 0
    m[x + TOKEN_TIMER] = 0
    m[x + TOKEN_BOOK] = 0
    m[x + TOKEN_NEXT] = m[FREE]
    m[FREE] = x
    m[FREE_COUNT] += 1
    m[LIVE] -= 1


@inlined
def goes_on(m: Memory, x: int, pc: int) -> None:
    """Make a token ready to run at ``pc``."""
    m[x + TOKEN_STATE] = RUNNING
    m[x + TOKEN_PC] = pc
    append(m, READY, TOKEN_NEXT, x)


@inlined
def free_tokens(m: Memory) -> int:
    """Return how many tokens can be made."""
    return m[FREE_COUNT] + (m[CHUNK_END] - m[CHUNK]) // TOKEN_SIZE


# ---- settling


@helper
def charge(m: Memory, x: int, activity: int, part: int, begin: int) -> int:
    """Give a part of the settled interval to its cause; return where the next part begins."""
    if part > 0:
        cause = activity
        if m[x + TOKEN_REWORKING] != 0 or m[x + TOKEN_PC] <= m[x + TOKEN_HIGH]:
            cause = REWORK_CAUSE
        elif m[x + TOKEN_CONTEXT] == CONTEXT_CONCURRENCE:
            cause = CONCURRENCE_CAUSE
        m[x + TOKEN_ACCOUNT + cause] += part
        if m[TRACING]:
            write_record(m, SPENT, begin, x, place_of(m, x), activity, cause, begin + part)
    return begin + part


@inlined
def settle(m: Memory, x: int) -> None:
    """Give the time since the last settling to activities."""
    if m[x + TOKEN_SINCE] != m[NOW]:
        settle_interval(m, x, m[x + TOKEN_SINCE], m[NOW])
        m[x + TOKEN_SINCE] = m[NOW]


@helper
def settle_interval(m: Memory, x: int, begin: int, end: int) -> None:
    """Give an interval of waiting to activities."""
    state = m[x + TOKEN_STATE]
    if state == IN_SERVICE:
        k = m[x + TOKEN_SLOT]
        worked = end - begin
        if m[k + SLOT_THROUGH] == 0:
            worked = open_time(m, m[k + SLOT_CALENDAR], begin, end)
        m[x + TOKEN_REMAINING] -= worked
        m[x + TOKEN_WORKED] += worked
        m[m[x + TOKEN_DESK] + DESK_WORK_TIME] += worked
        middle = charge(m, x, WORK_TIME, worked, begin)
        charge(m, x, OFF_DUTY_TIME, end - middle, middle)
    elif state == IN_QUEUE:
        s = m[m[x + TOKEN_DESK] + DESK_STATION]
        queued = open_time(m, m[s + STATION_CALENDAR], begin, end)
        middle = charge(m, x, QUEUE_TIME, queued, begin)
        charge(m, x, OFF_DUTY_TIME, end - middle, middle)
    elif state in (CHOOSING, ON_THE_WAY):
        charge(m, x, CHANNEL_TIME, end - begin, begin)
    elif state == DELAYED:
        charge(m, x, m[instruction_of(m, x) + OP_B], end - begin, begin)
    elif state == MEETING:
        k = m[x + TOKEN_SLOT]
        while k:
            m[m[k + SLOT_DESK] + DESK_WORK_TIME] += end - begin
            k = m[k + SLOT_NEXT]
        charge(m, x, WORK_TIME, end - begin, begin)
    elif state == GATHERING:
        settle_gathering(m, x, begin, end)


@helper
def settle_gathering(m: Memory, x: int, begin: int, end: int) -> None:
    """Give the time of waiting for a meeting to queue, channel and meeting, moment by moment."""
    i = instruction_of(m, x)
    queued = 0
    no_channel = 0
    t = begin
    while t < end:
        change = end
        stations_open = True
        for n in range(m[i + OP_B]):
            c = m[m[participant(m, i, n) + DESK_STATION] + STATION_CALENDAR]
            stations_open = is_open(m, c, t) and stations_open
            change = min(change, next_change(m, c, t))
        channel_open = False
        for n in range(m[i + OP_E]):
            c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + OP_D] + n])
            channel_open = is_open(m, c, t) or channel_open
            change = min(change, next_change(m, c, t))
        if stations_open and channel_open:
            queued += change - t
        elif stations_open:
            no_channel += change - t
        t = change
    at = charge(m, x, QUEUE_TIME, queued, begin)
    at = charge(m, x, CHANNEL_TIME, no_channel, at)
    charge(m, x, MEETING_TIME, end - at, at)


@helper
def next_change(m: Memory, c: int, t: int) -> int:
    """Return when a calendar next opens or closes."""
    return closes(m, c, t) if is_open(m, c, t) else next_open(m, c, t)


@inlined
def add_account(m: Memory, to: int, source: int) -> None:
    """Add an account to another."""
    for cause in range(N_CAUSES):
        m[to + cause] += m[source + cause]


@helper
def add_critical(m: Memory, to: int, x: int) -> None:
    """Add the account of a join's critical child, and of that one's own, to the account at ``to``."""
    while m[x + TOKEN_STATE] == JOINING:
        x = m[x + TOKEN_CHILDREN]
        settle(m, x)
        add_account(m, to, x + TOKEN_ACCOUNT)


# ---- desks


@inlined
def count_here(m: Memory, d: int, change: int) -> None:
    """Change the number at a desk, and keep its integral."""
    m[d + DESK_NUMBER_TIME] += m[d + DESK_HERE] * (m[NOW] - m[d + DESK_SINCE])
    m[d + DESK_SINCE] = m[NOW]
    m[d + DESK_HERE] += change


@inlined
def leave_desk(m: Memory, x: int) -> None:
    """End a token's visit."""
    d = m[x + TOKEN_DESK]
    m[d + DESK_STAY_TIME] += m[NOW] - m[x + TOKEN_ARRIVED]
    count_here(m, d, -1)


@helper
def successor_of(m: Memory, d: int) -> int:
    """Return the desk that does a desk's work: its successor where the station is lost, and so on."""
    for _ in range(SUCCESSIONS):
        if m[m[d + DESK_STATION] + STATION_LOST_NOW] == 0 or m[d + DESK_SUCCESSOR] == 0:
            break
        d = m[d + DESK_SUCCESSOR]
    return d


# ---- stations


@inlined
def works_through(m: Memory, x: int, s: int) -> bool:
    """Tell whether work in hand goes on after closing."""
    return m[s + STATION_FINISH] != 0 or m[x + TOKEN_PRECEDENCE] >= m[s + STATION_RECALL]


@inlined
def queue_of(s: int, precedence: int) -> int:
    """Return the list of those of a precedence who wait at a station."""
    return s + STATION_QUEUES + 2 * precedence


@inlined
def enqueue(m: Memory, s: int, x: int) -> None:
    """Put a token at the tail of its precedence's queue."""
    m[x + TOKEN_STATE] = IN_QUEUE
    m[s + STATION_QUEUED] |= 1 << m[x + TOKEN_PRECEDENCE]
    append(m, queue_of(s, m[x + TOKEN_PRECEDENCE]), TOKEN_NEXT, x)


@inlined
def enqueue_first(m: Memory, s: int, x: int) -> None:
    """Put a token at the head of its precedence's queue."""
    m[x + TOKEN_STATE] = IN_QUEUE
    m[s + STATION_QUEUED] |= 1 << m[x + TOKEN_PRECEDENCE]
    prepend(m, queue_of(s, m[x + TOKEN_PRECEDENCE]), TOKEN_NEXT, x)


@inlined
def dequeue(m: Memory, s: int, x: int) -> None:
    """Take a token out of its queue."""
    precedence = m[x + TOKEN_PRECEDENCE]
    unlink(m, TOKEN_NEXT, x)
    if is_empty(m, queue_of(s, precedence), TOKEN_NEXT):
        m[s + STATION_QUEUED] &= ~(1 << precedence)


@inlined
def completion(m: Memory, k: int, x: int, through: bool) -> int:
    """Return when a slot completes a token's remaining work if it is in service from now on."""
    if through:
        return m[NOW] + m[x + TOKEN_REMAINING]
    return finish(m, m[k + SLOT_CALENDAR], m[NOW], m[x + TOKEN_REMAINING])


@helper
def start(m: Memory, k: int, x: int, s: int) -> None:
    """Put a token in service at a slot."""
    through = works_through(m, x, s)
    done = completion(m, k, x, through)
    m[x + TOKEN_STATE] = IN_SERVICE
    m[x + TOKEN_SLOT] = k
    m[k + SLOT_STATE] = BUSY
    m[k + SLOT_TOKEN] = x
    m[k + SLOT_STARTED] = m[NOW]
    m[k + SLOT_THROUGH] = 1 if through else 0
    m[k + SLOT_DONE] = done
    set_time(m, m[k + SLOT_LEAF], done)
    record(m, STARTED, x, m[m[x + TOKEN_DESK] + DESK_NUMBER], m[k + SLOT_LEAF], m[x + TOKEN_REMAINING], 0)


@helper
def vacate(m: Memory, k: int) -> None:
    """Make a slot idle."""
    m[k + SLOT_STATE] = IDLE
    m[k + SLOT_DONE] = NEVER
    set_time(m, m[k + SLOT_LEAF], NEVER)


@helper
def slot_for(m: Memory, s: int, x: int) -> int:
    """Return the lowest idle slot that may start a token's work now, or 0."""
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != IDLE or not is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            continue
        if m[k + SLOT_KEPT_FOR] == 0 or completion(m, k, x, works_through(m, x, s)) <= m[k + SLOT_KEPT_AT]:
            return k
    return 0


@helper
def slot_to_interrupt(m: Memory, s: int, precedence: int) -> int:
    """Return the slot, open now, of the lowest precedence below one; the latest start, the highest number; or 0."""
    found = 0
    lowest = precedence
    latest = 0
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != BUSY:
            continue
        served = m[m[k + SLOT_TOKEN] + TOKEN_PRECEDENCE]
        started = m[k + SLOT_STARTED]
        better = served < lowest or (found != 0 and served == lowest and started >= latest)
        if better and is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            found = k
            lowest = served
            latest = started
    return found


@helper
def set_wake(m: Memory, s: int) -> None:
    """Set when a station wakes: when an idle slot opens while somebody queues. One that is due now stays."""
    leaf = m[s + STATION_LEAF]
    before = time_of(m, leaf)
    if before == m[NOW]:
        return
    wake = NEVER
    if m[s + STATION_QUEUED] != 0:
        for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
            if m[k + SLOT_STATE] == IDLE:
                opening = next_open(m, m[k + SLOT_CALENDAR], m[NOW])
                if opening > m[NOW] and opening < wake:
                    wake = opening
    if wake != before:
        set_time(m, leaf, wake)


@helper
def enter(m: Memory, x: int, d: int) -> None:
    """Let a token arrive at a desk, or at its successor, with its remaining work."""
    for _ in range(SUCCESSIONS):
        successor = m[d + DESK_SUCCESSOR]
        if m[m[d + DESK_STATION] + STATION_LOST_NOW] == 0 or successor == 0:
            break
        m[d + DESK_REDIRECTED] += 1
        record(m, REDIRECTED, x, m[d + DESK_NUMBER], m[successor + DESK_NUMBER], 0, 0)
        d = successor
    s = m[d + DESK_STATION]
    m[d + DESK_ARRIVALS] += 1
    m[d + DESK_OFFERED] += m[x + TOKEN_REMAINING]
    m[x + TOKEN_DESK] = d
    m[x + TOKEN_ARRIVED] = m[NOW]
    m[x + TOKEN_WORKED] = 0
    count_here(m, d, 1)
    precedence = m[x + TOKEN_PRECEDENCE]
    if m[s + STATION_QUEUED] >> precedence == 0:
        k = slot_for(m, s, x)
        if k:
            start(m, k, x, s)
            return
    if precedence >= m[s + STATION_INTERRUPT]:
        k = slot_to_interrupt(m, s, precedence)
        if k:
            interrupt(m, s, k)
            start(m, k, x, s)
            set_wake(m, s)
            consider_stand_down(m, s)
            return
    enqueue(m, s, x)
    record(m, QUEUED, x, m[d + DESK_NUMBER], m[x + TOKEN_REMAINING], 0, 0)
    if precedence >= m[s + STATION_RECALL]:
        consider_recall(m, s)
    set_wake(m, s)


@helper
def interrupt(m: Memory, s: int, k: int) -> None:
    """Put the token in service back at the head of its queue."""
    x = m[k + SLOT_TOKEN]
    settle(m, x)
    m[m[x + TOKEN_DESK] + DESK_INTERRUPTIONS] += 1
    record(m, INTERRUPTED, x, m[m[x + TOKEN_DESK] + DESK_NUMBER], m[k + SLOT_LEAF], 0, 0)
    enqueue_first(m, s, x)


@helper
def serve(m: Memory, s: int) -> None:
    """Start what can start at a station: for each precedence meetings, then the queue."""
    if time_of(m, m[s + STATION_LEAF]) != NEVER:
        set_time(m, m[s + STATION_LEAF], NEVER)
    meetings = not is_empty(m, WAITING, TOKEN_NEXT)
    if m[s + STATION_QUEUED] == 0 and not meetings:
        return
    for precedence in range(FLASH, -1, -1):
        if meetings:
            serve_meetings(m, s, precedence)
        while (m[s + STATION_QUEUED] >> precedence) & 1:
            x = m[queue_of(s, precedence)]
            k = slot_for(m, s, x)
            if k == 0:
                break
            settle(m, x)
            dequeue(m, s, x)
            start(m, k, x, s)
    set_wake(m, s)


@helper
def serve_meetings(m: Memory, s: int, precedence: int) -> None:
    """Try the waiting meetings of a precedence in which a station takes part, oldest first."""
    x = m[WAITING]
    while x != end_of(WAITING, TOKEN_NEXT):
        after = m[x + TOKEN_NEXT]
        if m[x + TOKEN_PRECEDENCE] == precedence and takes_part(m, x, s):
            try_meeting(m, x)
        x = after


@helper
def takes_part(m: Memory, x: int, s: int) -> bool:
    """Tell whether a desk of a station is wanted in a meeting."""
    i = instruction_of(m, x)
    for n in range(m[i + OP_B]):  # noqa: SIM110  (Numba has no any() of a generator)
        if m[participant(m, i, n) + DESK_STATION] == s:
            return True
    return False


@helper
def complete_work(m: Memory, k: int) -> None:
    """End the service at a slot."""
    x = m[k + SLOT_TOKEN]
    d = m[x + TOKEN_DESK]
    s = m[k + SLOT_STATION]
    settle(m, x)
    m[d + DESK_COMPLETIONS] += 1
    record(m, DONE, x, m[d + DESK_NUMBER], m[k + SLOT_LEAF], 0, 0)
    leave_desk(m, x)
    vacate(m, k)
    serve(m, s)
    goes_on(m, x, m[x + TOKEN_PC] + 1)
    consider_stand_down(m, s)


# ---- recall


@helper
def consider_recall(m: Memory, s: int) -> None:
    """Set the RECALL timer if nobody is there and nobody has been called."""
    if m[s + STATION_RECALLED] != 0 or m[s + STATION_RECALL_TIMER] != 0:
        return
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            return
    m[s + STATION_RECALL_TIMER] = set_timer(m, m[NOW] + m[s + STATION_RECALL_US], RECALL_TIMER_KIND, s)


@helper
def recall(m: Memory, s: int) -> None:
    """Let the recalled arrive: the lowest slots that are not open."""
    m[s + STATION_RECALL_TIMER] = 0
    settle_before_retiming(m, s, s + STATION_SIZE)
    left = m[s + STATION_RECALL_COUNT]
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if left > 0 and not is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            m[k + SLOT_RECALLED] = 1
            m[s + STATION_RECALLED] = 1
            left -= 1
    record(m, RECALLED, 0, m[s + STATION_DESK], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)


@helper
def is_urgent(m: Memory, s: int) -> bool:
    """Tell whether a token that recalls is queued or in service."""
    threshold = m[s + STATION_RECALL]
    if m[s + STATION_QUEUED] >> threshold != 0:
        return True
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] == BUSY and m[m[k + SLOT_TOKEN] + TOKEN_PRECEDENCE] >= threshold:
            return True
    return False


@inlined
def consider_stand_down(m: Memory, s: int) -> None:
    """Set the STANDDOWN timer if the recalled have nothing more to do."""
    if m[s + STATION_RECALLED] != 0:
        begin_stand_down(m, s)


@helper
def begin_stand_down(m: Memory, s: int) -> None:
    """Set the STANDDOWN timer of a recalled station if none is pending and nothing is urgent."""
    if m[s + STATION_STAND_DOWN_TIMER] == 0 and not is_urgent(m, s):
        time = m[NOW] + m[s + STATION_STAND_DOWN_US]
        m[s + STATION_STAND_DOWN_TIMER] = set_timer(m, time, STAND_DOWN_TIMER_KIND, s)


@helper
def stand_down(m: Memory, s: int) -> None:
    """Let the recalled go, unless there is work for them again."""
    m[s + STATION_STAND_DOWN_TIMER] = 0
    if is_urgent(m, s):
        return
    settle_before_retiming(m, s, s + STATION_SIZE)
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        m[k + SLOT_RECALLED] = 0
    m[s + STATION_RECALLED] = 0
    record(m, STOOD_DOWN, 0, m[s + STATION_DESK], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)


# ---- retiming: stations from ``s`` to before ``end``


@helper
def settle_before_retiming(m: Memory, s: int, end: int) -> None:
    """Settle all whom a change of calendars concerns."""
    while s < end:
        if m[s + STATION_QUEUED] != 0:
            for precedence in range(FLASH, -1, -1):
                queue = queue_of(s, precedence)
                x = m[queue]
                while x != end_of(queue, TOKEN_NEXT):
                    settle(m, x)
                    x = m[x + TOKEN_NEXT]
        for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
            if m[k + SLOT_STATE] == BUSY:
                settle(m, m[k + SLOT_TOKEN])
        s += STATION_SIZE
    settle_waiting(m)


@helper
def settle_waiting(m: Memory) -> None:
    """Settle every waiting meeting."""
    x = m[WAITING]
    while x != end_of(WAITING, TOKEN_NEXT):
        settle(m, x)
        x = m[x + TOKEN_NEXT]


@helper
def set_calendars(m: Memory, s: int) -> None:
    """Set the effective calendars of a station and its slots."""
    number = (s - m[STATIONS]) // STATION_SIZE
    stations = (m[STATIONS_END] - m[STATIONS]) // STATION_SIZE
    slots = (m[SLOTS_END] - m[SLOTS]) // SLOT_SIZE
    calendar = m[m[STATION_CALENDARS] + m[POSTURE_NOW] * stations + number]
    if m[s + STATION_LOST_NOW] != 0:
        calendar = CALENDAR_NEVER
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        own = m[m[SLOT_CALENDARS] + m[POSTURE_NOW] * slots + m[k + SLOT_LEAF]]
        if m[s + STATION_LOST_NOW] != 0:
            own = CALENDAR_NEVER
        if m[k + SLOT_RECALLED] != 0:
            own = CALENDAR_ALWAYS
            calendar = CALENDAR_ALWAYS
        count_open_time(m, k)
        m[k + SLOT_CALENDAR] = own
    m[s + STATION_CALENDAR] = calendar


@helper
def count_open_time(m: Memory, k: int) -> None:
    """Add up a slot's open time until now."""
    m[k + SLOT_OPEN_TIME] += open_time(m, m[k + SLOT_CALENDAR], m[k + SLOT_OPEN_SINCE], m[NOW])
    m[k + SLOT_OPEN_SINCE] = m[NOW]


@helper
def set_completions(m: Memory, s: int) -> None:
    """Set the completions of a station's work in hand by its new calendars."""
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != BUSY:
            continue
        x = m[k + SLOT_TOKEN]
        no_longer_staffed = m[k + SLOT_CALENDAR] == CALENDAR_NEVER and m[s + STATION_LOST_NOW] == 0
        through = works_through(m, x, s) or no_longer_staffed
        m[k + SLOT_THROUGH] = 1 if through else 0
        m[k + SLOT_DONE] = completion(m, k, x, through)
        set_time(m, m[k + SLOT_LEAF], m[k + SLOT_DONE])


@helper
def retime(m: Memory, first: int, end: int) -> None:
    """Put a change into force that has been made and recorded, and start what can start now."""
    for s in range(first, end, STATION_SIZE):
        set_calendars(m, s)
    for s in range(first, end, STATION_SIZE):
        set_completions(m, s)
    for s in range(first, end, STATION_SIZE):
        serve(m, s)
    retry_meetings(m)


@helper
def retry_meetings(m: Memory) -> None:
    """Try every waiting meeting once; those that must wait on and are not booked get a new MEETTRY."""
    x = m[WAITING]
    while x != end_of(WAITING, TOKEN_NEXT):
        after = m[x + TOKEN_NEXT]
        try_meeting(m, x)
        x = after
    x = m[WAITING]
    while x != end_of(WAITING, TOKEN_NEXT):
        if m[x + TOKEN_BOOKED] == 0:
            set_next_try(m, x)
        x = m[x + TOKEN_NEXT]


@helper
def lose(m: Memory, d: int) -> None:
    """Lose a desk's station: what waits there goes to successors, where there are any."""
    s = m[d + DESK_STATION]
    settle_before_retiming(m, s, s + STATION_SIZE)
    m[s + STATION_LOST_NOW] = 1
    set_calendars(m, s)
    record(m, STATION_LOST, 0, m[d + DESK_NUMBER], 0, 0, 0)
    x = those_at(m, s)
    while x:
        after = m[x + TOKEN_MOVE]
        hand_over(m, s, x)
        x = after
    retime(m, s, s + STATION_SIZE)
    consider_stand_down(m, s)


@helper
def those_at(m: Memory, s: int) -> int:
    """Return the first of a chain of those who queue, if their desk has a successor, and of those in service."""
    first = 0
    last = 0
    for precedence in range(FLASH, -1, -1):
        queue = queue_of(s, precedence)
        x = m[queue]
        while x != end_of(queue, TOKEN_NEXT):
            if m[m[x + TOKEN_DESK] + DESK_SUCCESSOR]:
                first, last = chain(m, first, last, x)
            x = m[x + TOKEN_NEXT]
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] == BUSY:
            first, last = chain(m, first, last, m[k + SLOT_TOKEN])
    return first


@inlined
def chain(m: Memory, first: int, last: int, x: int) -> tuple[int, int]:
    """Put a token at the end of a chain of those who move."""
    m[x + TOKEN_MOVE] = 0
    if first == 0:
        return x, x
    m[last + TOKEN_MOVE] = x
    return first, x


@helper
def hand_over(m: Memory, s: int, x: int) -> None:
    """Let a token leave its lost station for the successor's, or else go from service to the head of its queue."""
    serving = m[x + TOKEN_STATE] == IN_SERVICE
    d = m[x + TOKEN_DESK]
    if serving:
        vacate(m, m[x + TOKEN_SLOT])
    if m[d + DESK_SUCCESSOR]:
        if not serving:
            dequeue(m, s, x)
        leave_desk(m, x)
        enter(m, x, d)
    elif serving:
        enqueue_first(m, s, x)
        record(m, QUEUED, x, m[d + DESK_NUMBER], m[x + TOKEN_REMAINING], 0, 0)


@helper
def restore(m: Memory, d: int) -> None:
    """Give a desk its station back."""
    s = m[d + DESK_STATION]
    settle_before_retiming(m, s, s + STATION_SIZE)
    m[s + STATION_LOST_NOW] = 0
    record(m, RESTORED, 0, m[d + DESK_NUMBER], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)


# ---- posture


@helper
def order_posture(m: Memory, posture: int) -> None:
    """Order a posture: up after its activation, down at the next change of shift."""
    pending = m[POSTURE_TIMER] != 0
    if posture == m[POSTURE_NOW] or (pending and posture == m[POSTURE_ORDERED]):
        return
    time = m[NOW] + m[m[ACTIVATIONS] + posture]
    if posture < m[POSTURE_NOW]:
        for shift in range(m[SHIFTS], m[SHIFTS_END]):
            if m[shift] > m[NOW]:
                time = m[shift]
                break
    m[POSTURE_ORDERED] = posture
    m[POSTURE_TIMER] = set_timer(m, time, POSTURE_TIMER_KIND, posture)


@helper
def take_posture(m: Memory, posture: int) -> None:
    """Put a posture into force."""
    m[POSTURE_TIMER] = 0
    settle_before_retiming(m, m[STATIONS], m[STATIONS_END])
    m[POSTURE_NOW] = posture
    record(m, POSTURE_TAKEN, 0, -1, posture, 0, 0)
    retime(m, m[STATIONS], m[STATIONS_END])


# ---- familiarity


@helper
def familiarity(m: Memory, p: int) -> float:
    """Return the familiarity of a pair now."""
    f = to_float(m[p + PAIR_F])
    a = to_float(m[p + PAIR_CONTACT]) * to_float(m[p + PAIR_GAIN])
    r = a + to_float(m[p + PAIR_FADE])
    if r == 0.0:
        return f
    hours = (m[NOW] - m[p + PAIR_T]) / HOUR_US
    steady = a / r
    return steady + (f - steady) * exp(-r * hours)


@inlined
def keep_familiarity(m: Memory, p: int, f: float) -> None:
    """Note a pair's familiarity."""
    m[p + PAIR_F] = to_word(f)
    m[p + PAIR_T] = m[NOW]


@helper
def eased(m: Memory, pair: int, value: float) -> float:
    """Return a value that falls with the familiarity of a pair; -1 is no pair."""
    if pair < 0:
        return value
    return value * (1.0 - to_float(m[FAMILIARITY_EFFECT]) * familiarity(m, m[PAIRS] + PAIR_SIZE * pair))


# ---- meetings


@inlined
def participant(m: Memory, i: int, n: int) -> int:
    """Return the n-th desk of a MEET, or who has taken over."""
    return successor_of(m, desk_named(m, m[m[MEETING_DESK] + m[i + OP_A] + n]))


@inlined
def channel_calendar(m: Memory, channel: int) -> int:
    """Return a channel's effective calendar."""
    at = m[CHANNELS] + CHANNEL_SIZE * channel
    return CALENDAR_NEVER if m[at + CHANNEL_DOWN] != 0 else m[at + CHANNEL_CALENDAR]


@helper
def meet(m: Memory, x: int, i: int) -> None:
    """Make a token wait for a meeting, and try it."""
    index = m[i + OP_F]
    pair = -1
    book_after = -1
    if index >= 0:
        pair = (index & 0xFFFFF) - 1
        book_after = (index >> 20) - 1
    m[x + TOKEN_REMAINING] = duration(eased(m, pair, draw(m, m[i + OP_C], draw_key(m, x, i))))
    m[x + TOKEN_STATE] = GATHERING
    m[RESTLESS] += 1
    append(m, WAITING, TOKEN_NEXT, x)
    record(m, MEETING_WAITS, x, m[m[MEETING_DESK] + m[i + OP_A]], m[x + TOKEN_REMAINING], 0, 0)
    if try_meeting(m, x):
        return
    set_next_try(m, x)
    if book_after >= 0:
        m[x + TOKEN_BOOK] = set_timer(m, m[NOW] + m[m[DURATIONS] + book_after], BOOK_TIMER_KIND, x)


@helper
def try_meeting(m: Memory, x: int) -> bool:
    """Start a waiting meeting if all can come now; tell whether it started."""
    i = instruction_of(m, x)
    end = m[NOW] + m[x + TOKEN_REMAINING]
    m[STAMP] += 1
    first = 0
    last = 0
    for n in range(m[i + OP_B]):
        d = participant(m, i, n)
        k = slot_to_meet(m, m[d + DESK_STATION], x, end)
        if k == 0:
            return False
        m[k + SLOT_TAKEN] = m[STAMP]
        m[k + SLOT_DESK] = d
        m[k + SLOT_NEXT] = 0
        if first == 0:
            first = k
        else:
            m[last + SLOT_NEXT] = k
        last = k
    channel = channel_to_meet(m, i, end)
    if channel < 0:
        return False
    start_meeting(m, x, first, channel, end)
    return True


@helper
def slot_to_meet(m: Memory, s: int, x: int, end: int) -> int:
    """Return the slot of a station that can meet from now to ``end``: one kept for it, or the lowest; or 0."""
    through = works_through(m, x, s)
    found = 0
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != IDLE or m[k + SLOT_TAKEN] == m[STAMP]:
            continue
        own = m[k + SLOT_KEPT_FOR] == x
        if found != 0 and not own:
            continue
        if m[k + SLOT_KEPT_FOR] != 0 and not own and m[k + SLOT_KEPT_AT] < end:
            continue
        c = m[k + SLOT_CALENDAR]
        if is_open(m, c, m[NOW]) and (through or closes(m, c, m[NOW]) >= end):
            found = k
            if own:
                break
    return found


@helper
def channel_to_meet(m: Memory, i: int, end: int) -> int:
    """Return the first listed channel that is open from now to ``end``, or -1."""
    for n in range(m[i + OP_E]):
        channel = m[m[CHANNEL_LIST] + m[i + OP_D] + n]
        c = channel_calendar(m, channel)
        if is_open(m, c, m[NOW]) and closes(m, c, m[NOW]) >= end:
            return channel
    return -1


@helper
def start_meeting(m: Memory, x: int, first: int, channel: int, end: int) -> None:
    """Start a meeting at a chain of slots."""
    settle(m, x)
    i = instruction_of(m, x)
    record(m, MEETING_STARTS, x, m[m[MEETING_DESK] + m[i + OP_A]], channel, 0, end)
    leave_waiting(m, x)
    m[x + TOKEN_STATE] = MEETING
    m[x + TOKEN_SLOT] = first
    m[x + TOKEN_ARRIVED] = m[NOW]
    m[x + TOKEN_CHANNEL] = channel
    k = first
    while k:
        m[k + SLOT_STATE] = IN_MEETING
        m[k + SLOT_TOKEN] = x
        m[k + SLOT_DONE] = end
        m[m[k + SLOT_DESK] + DESK_IN_MEETINGS] += 1
        k = m[k + SLOT_NEXT]
    set_time(m, m[first + SLOT_LEAF], end)


@helper
def leave_waiting(m: Memory, x: int) -> None:
    """Take a meeting off the list of those that wait; its timers are void, its reservations end."""
    unlink(m, TOKEN_NEXT, x)
    m[RESTLESS] -= 1
    m[x + TOKEN_TIMER] = 0
    m[x + TOKEN_BOOK] = 0
    release(m, x)


@helper
def release(m: Memory, x: int) -> None:
    """End a meeting's reservations; the stations look again at once."""
    if m[x + TOKEN_BOOKED] == 0:
        return
    m[x + TOKEN_BOOKED] = 0
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        if m[k + SLOT_KEPT_FOR] == x:
            m[k + SLOT_KEPT_FOR] = 0
            set_time(m, m[m[k + SLOT_STATION] + STATION_LEAF], m[NOW])


@helper
def end_meeting(m: Memory, x: int) -> None:
    """End a meeting: familiarity grows, all are free again."""
    settle(m, x)
    i = instruction_of(m, x)
    record(m, MEETING_ENDS, x, m[m[MEETING_DESK] + m[i + OP_A]], 0, 0, 0)
    count = free_participants(m, x, False)
    pair = (m[i + OP_F] & 0xFFFFF) - 1 if m[i + OP_F] >= 0 else -1
    if pair >= 0:
        p = m[PAIRS] + PAIR_SIZE * pair
        contact = to_float(m[m[CHANNELS] + CHANNEL_SIZE * m[x + TOKEN_CHANNEL] + CHANNEL_CONTACT])
        hours = m[x + TOKEN_REMAINING] / HOUR_US
        grown = 1.0 - (1.0 - familiarity(m, p)) * exp(-to_float(m[p + PAIR_GAIN]) * contact * hours)
        keep_familiarity(m, p, grown)
    for n in range(count):
        serve(m, m[m[SCRATCH] + n])
    goes_on(m, x, m[x + TOKEN_PC] + 1)


@helper
def free_participants(m: Memory, x: int, in_vain: bool) -> int:
    """Make the slots of a meeting idle; note their stations in SCRATCH, in desk order, and return how many."""
    elapsed = m[NOW] - m[x + TOKEN_ARRIVED]
    count = 0
    k = m[x + TOKEN_SLOT]
    while k:
        d = m[k + SLOT_DESK]
        m[d + DESK_IN_MEETINGS] -= 1
        if in_vain:
            m[d + DESK_LOST_TIME] += elapsed
            m[row_of(m, x) + ROW_LOST] += elapsed
        vacate(m, k)
        m[m[SCRATCH] + count] = m[k + SLOT_STATION]
        count += 1
        k = m[k + SLOT_NEXT]
    return count


@helper
def earliest_fit(m: Memory, c: int, t: int, length: int) -> int:
    """Return the earliest moment from ``t`` on at which a calendar is open and stays so for ``length``, or NEVER."""
    t = next_open(m, c, t)
    while t < NEVER and closes(m, c, t) < t + length:
        t = next_open(m, c, closes(m, c, t))
    return t


@helper
def first_common_opening(m: Memory, x: int) -> int:
    """Return the earliest moment, now or later, at which all calendars allow a meeting, or NEVER."""
    i = instruction_of(m, x)
    length = m[x + TOKEN_REMAINING]
    t = m[NOW]
    while True:
        before = t
        for n in range(m[i + OP_B]):
            s = m[participant(m, i, n) + DESK_STATION]
            t = earliest_fit(m, m[s + STATION_CALENDAR], t, 0 if works_through(m, x, s) else length)
            if t >= NEVER:
                return NEVER
        by_channel = NEVER
        for n in range(m[i + OP_E]):
            c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + OP_D] + n])
            by_channel = min(by_channel, earliest_fit(m, c, t, length))
        t = by_channel
        if t >= NEVER or t == before:
            return t


@helper
def next_opening(m: Memory, i: int) -> int:
    """Return the next moment after now at which a slot or a channel of a meeting opens, or NEVER."""
    opening = NEVER
    for n in range(m[i + OP_B]):
        s = m[participant(m, i, n) + DESK_STATION]
        for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
            opening = min(opening, opens_after(m, m[k + SLOT_CALENDAR], m[NOW]))
    for n in range(m[i + OP_E]):
        c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + OP_D] + n])
        opening = min(opening, opens_after(m, c, m[NOW]))
    return opening


@helper
def set_next_try(m: Memory, x: int) -> None:
    """Set the MEETTRY timer of a meeting that waits and is not booked."""
    time = first_common_opening(m, x)
    if time == m[NOW]:
        time = next_opening(m, instruction_of(m, x))
    m[x + TOKEN_TIMER] = set_timer(m, time, TOKEN_TIMER_KIND, x)


@helper
def try_again(m: Memory, x: int) -> None:
    """Do what a MEETTRY does: try; else end a booking, and set the next try."""
    if try_meeting(m, x):
        return
    was_booked = m[x + TOKEN_BOOKED] != 0
    release(m, x)
    set_next_try(m, x)
    if was_booked:
        m[x + TOKEN_BOOK] = set_timer(m, m[NOW], BOOK_TIMER_KIND, x)


@helper
def book(m: Memory, x: int) -> None:
    """Reserve a slot for each desk at the first common opening, or try to in an hour."""
    i = instruction_of(m, x)
    m[x + TOKEN_BOOK] = 0
    time = first_common_opening(m, x)
    m[STAMP] += 1
    all_found = time < NEVER
    for n in range(m[i + OP_B]):
        if all_found:
            k = slot_to_book(m, m[participant(m, i, n) + DESK_STATION], x, time)
            all_found = k != 0
            if all_found:
                m[k + SLOT_TAKEN] = m[STAMP]
    if not all_found:
        m[x + TOKEN_BOOK] = set_timer(m, m[NOW] + HOUR, BOOK_TIMER_KIND, x)
        return
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        if m[k + SLOT_TAKEN] == m[STAMP]:
            m[k + SLOT_KEPT_FOR] = x
            m[k + SLOT_KEPT_AT] = time
    m[x + TOKEN_BOOKED] = 1
    m[x + TOKEN_TIMER] = set_timer(m, time, TOKEN_TIMER_KIND, x)


@helper
def slot_to_book(m: Memory, s: int, x: int, time: int) -> int:
    """Return the lowest slot of a station that will be free and open at ``time``, or 0."""
    through = works_through(m, x, s)
    for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
        if m[k + SLOT_TAKEN] == m[STAMP] or m[k + SLOT_KEPT_FOR] != 0:
            continue
        if m[k + SLOT_STATE] != IDLE and m[k + SLOT_DONE] > time:
            continue
        c = m[k + SLOT_CALENDAR]
        if is_open(m, c, time) and (through or closes(m, c, time) >= time + m[x + TOKEN_REMAINING]):
            return k
    return 0


# ---- sending


@helper
def send(m: Memory, x: int, i: int) -> None:
    """Put a token on its way over the first listed channel that is open, or let it wait for one."""
    now = m[NOW]
    earliest = NEVER
    for n in range(m[i + OP_B]):
        channel = m[m[CHANNEL_LIST] + m[i + OP_A] + n]
        opening = next_open(m, channel_calendar(m, channel), now)
        if opening == now:
            travel(m, x, i, n, channel)
            return
        earliest = min(earliest, opening)
    m[RESTLESS] += 1
    m[x + TOKEN_STATE] = CHOOSING
    m[x + TOKEN_TIMER] = set_timer(m, earliest, TOKEN_TIMER_KIND, x)


@helper
def travel(m: Memory, x: int, i: int, n: int, channel: int) -> None:
    """Put a token on its way over a channel, the n-th of the list."""
    key = draw_key(m, x, i)
    arrival = m[NOW] + duration(draw(m, m[i + OP_C] + n, key))
    if m[i + OP_E] >= 0:
        arrival += duration(draw(m, m[i + OP_E] + n, key2(key, 1)))
    row = row_of(m, x)
    if m[row + ROW_ENDED] < 0:
        m[row + ROW_HAND_OFFS] += m[i + OP_D] & 1
        m[row + ROW_CROSSINGS] += (m[i + OP_D] >> 1) & 1
    m[x + TOKEN_STATE] = ON_THE_WAY
    m[x + TOKEN_CHANNEL] = channel
    record(m, SENT, x, channel, 0, 0, arrival)
    m[x + TOKEN_TIMER] = set_timer(m, arrival, TOKEN_TIMER_KIND, x)


@helper
def choose_again(m: Memory, x: int) -> None:
    """Try SEND again."""
    m[RESTLESS] -= 1
    m[x + TOKEN_TIMER] = 0
    send(m, x, instruction_of(m, x))


@helper
def change_channel(m: Memory, channel: int, up: int) -> None:
    """Break a channel or mend it; those who wait for one look again."""
    settle_waiting(m)
    m[m[CHANNELS] + CHANNEL_SIZE * channel + CHANNEL_DOWN] = 1 - up
    record(m, CHANNEL_CHANGED, 0, channel, up, 0, 0)
    x = m[ALIVE]
    while x != end_of(ALIVE, TOKEN_ALIVE):
        if m[x + TOKEN_STATE] == CHOOSING:
            choose_again(m, x)
        x = m[x + TOKEN_ALIVE]
    retry_meetings(m)


# ---- forks and joins


@helper
def branch(m: Memory, x: int, n: int) -> int:
    """Make the child that runs the n-th branch."""
    at = m[BRANCHES] + BRANCH_SIZE * n
    child = new_token(m, m[x + TOKEN_ROW], m[at + BRANCH_PC], m[x + TOKEN_KEY])
    m[child + TOKEN_PRECEDENCE] = m[x + TOKEN_PRECEDENCE]
    m[child + TOKEN_CONTEXT] = max(m[x + TOKEN_CONTEXT], m[at + BRANCH_CONTEXT])
    m[child + TOKEN_VISIT] = m[x + TOKEN_VISIT]
    again = m[x + TOKEN_REWORKING] != 0 or m[x + TOKEN_PC] <= m[x + TOKEN_HIGH]
    m[child + TOKEN_REWORKING] = 1 if again else 0
    return child


@helper
def fork(m: Memory, x: int, i: int) -> None:
    """Make the children of a join that a token waits for."""
    count = m[i + OP_B]
    m[x + TOKEN_STATE] = JOINING
    m[x + TOKEN_QUORUM] = m[i + OP_C]
    m[x + TOKEN_ALL] = m[i + OP_D]
    m[x + TOKEN_YES] = 0
    m[x + TOKEN_CHILDREN_LEFT] = count
    clear_list(m, x + TOKEN_CHILDREN, TOKEN_SIBLING)
    for n in range(m[i + OP_A], m[i + OP_A] + count):
        child = branch(m, x, n)
        m[child + TOKEN_PARENT] = x
        append(m, x + TOKEN_CHILDREN, TOKEN_SIBLING, child)


@helper
def spawn(m: Memory, x: int, i: int) -> None:
    """Make children that nobody waits for."""
    record(m, FORKED, x, -1, m[i + OP_B], 0, 0)
    for n in range(m[i + OP_A], m[i + OP_A] + m[i + OP_B]):
        m[branch(m, x, n) + TOKEN_DETACHED] = 1


@helper
def leave(m: Memory, x: int, vote: int) -> None:
    """End a child, and its parent's join if that is decided."""
    parent = m[x + TOKEN_PARENT]
    if parent == 0:
        free(m, x)
        return
    unlink(m, TOKEN_SIBLING, x)
    left = m[parent + TOKEN_CHILDREN_LEFT] - 1
    m[parent + TOKEN_CHILDREN_LEFT] = left
    if vote == 0:
        m[parent + TOKEN_YES] += 1
    yes = m[parent + TOKEN_YES]
    quorum = m[parent + TOKEN_QUORUM]
    certain = yes >= quorum or yes + left < quorum
    if left == 0 or (certain and m[parent + TOKEN_ALL] == 0):
        join(m, parent, x, 0 if yes >= quorum else 1)
    free(m, x)


@helper
def join(m: Memory, parent: int, x: int, result: int) -> None:
    """Let a parent go on with the account of the child that decided the join."""
    add_account(m, parent + TOKEN_ACCOUNT, x + TOKEN_ACCOUNT)
    record(m, JOINED, parent, -1, m[x + TOKEN_NUMBER], result, 0)
    withdraw_children(m, parent)
    m[parent + TOKEN_SINCE] = m[NOW]
    m[parent + TOKEN_REGISTER] = result
    goes_on(m, parent, m[parent + TOKEN_PC] + 1)


# ---- withdrawing


@helper
def withdraw_children(m: Memory, x: int) -> None:
    """Withdraw a join's children in order, each before its own children."""
    child = m[x + TOKEN_CHILDREN]
    while child != end_of(x + TOKEN_CHILDREN, TOKEN_SIBLING):
        settle(m, child)
        record(m, WITHDRAWN, child, -1, 0, 0, 0)
        if m[child + TOKEN_STATE] == JOINING:
            child = m[child + TOKEN_CHILDREN]  # a join that waits has one
            continue
        leave_place(m, child)
        child = free_upwards(m, x, child)


@inlined
def free_upwards(m: Memory, x: int, child: int) -> int:
    """Free a withdrawn token, and its parents below ``x`` whose last child it was; return the next to withdraw."""
    while True:
        parent = m[child + TOKEN_PARENT]
        after = m[child + TOKEN_SIBLING]
        free(m, child)
        if parent == x or after != end_of(parent + TOKEN_CHILDREN, TOKEN_SIBLING):
            return after
        child = parent


@helper
def leave_place(m: Memory, x: int) -> None:
    """Take a token, settled, out of where it waits; what was done there was in vain."""
    state = m[x + TOKEN_STATE]
    m[x + TOKEN_TIMER] = 0
    if state == RUNNING:
        unlink(m, TOKEN_NEXT, x)
    elif state == IN_QUEUE:
        s = m[m[x + TOKEN_DESK] + DESK_STATION]
        dequeue(m, s, x)
        lose_work(m, x)
        set_wake(m, s)
        consider_stand_down(m, s)
    elif state == IN_SERVICE:
        s = m[m[x + TOKEN_SLOT] + SLOT_STATION]
        lose_work(m, x)
        vacate(m, m[x + TOKEN_SLOT])
        serve(m, s)
        consider_stand_down(m, s)
    elif state == CHOOSING:
        m[RESTLESS] -= 1
    elif state == GATHERING:
        leave_waiting(m, x)
    elif state == MEETING:
        for n in range(free_participants(m, x, True)):
            serve(m, m[m[SCRATCH] + n])


@inlined
def lose_work(m: Memory, x: int) -> None:
    """End a visit whose work was in vain."""
    m[m[x + TOKEN_DESK] + DESK_LOST_TIME] += m[x + TOKEN_WORKED]
    m[row_of(m, x) + ROW_LOST] += m[x + TOKEN_WORKED]
    leave_desk(m, x)


@helper
def time_out(m: Memory, x: int) -> None:
    """Let a token go on at its guard's target, from wherever it waits."""
    m[x + TOKEN_GUARD] = 0
    record(m, TIMED_OUT, x, -1, m[x + TOKEN_GUARD_TARGET], 0, 0)
    if m[x + TOKEN_STATE] == JOINING:
        add_critical(m, x + TOKEN_ACCOUNT, x)
        withdraw_children(m, x)
        m[x + TOKEN_SINCE] = m[NOW]
    else:
        settle(m, x)
        leave_place(m, x)
    goes_on(m, x, m[x + TOKEN_GUARD_TARGET])


# ---- the other instructions


@helper
def work(m: Memory, x: int, i: int) -> None:
    """Draw the work and bring it to the desk."""
    seconds = slowed(m, draw(m, m[i + OP_B], draw_key(m, x, i)), m[i + OP_C])
    m[x + TOKEN_REMAINING] = duration(seconds)
    enter(m, x, desk_named(m, m[i + OP_A]))


@helper
def delay(m: Memory, x: int, i: int) -> None:
    """Let time pass."""
    seconds = slowed(m, draw(m, m[i + OP_A], draw_key(m, x, i)), m[i + OP_C])
    m[x + TOKEN_STATE] = DELAYED
    m[x + TOKEN_TIMER] = set_timer(m, m[NOW] + duration(seconds), TOKEN_TIMER_KIND, x)


@helper
def may_return(m: Memory, x: int, i: int, pc: int) -> int:
    """Send a token back with a probability, at most so many times; return where it goes on."""
    p = eased(m, m[i + OP_D], to_float(m[m[PROBABILITIES] + m[i + OP_A]]))
    if m[i + OP_E] & 1:
        p = p + to_float(m[LEVEL]) * to_float(m[RETURN_EFFECT])
        if p > 1.0:
            p = 1.0
    if not uniform(draw_key(m, x, i), 0) < p:
        return pc + 1
    if m[i + OP_C] >= 0:
        counter = x + TOKEN_RETURNS + m[i + OP_F]
        if m[counter] >= m[i + OP_C]:
            return pc + 1
        m[counter] += 1
    record(m, RETURNED, x, -1, m[i + OP_B], 0, 0)
    m[x + TOKEN_HIGH] = max(m[x + TOKEN_HIGH], pc)
    m[x + TOKEN_VISIT] += 1
    m[row_of(m, x) + ROW_RETURNS] += 1
    return m[i + OP_B]


@helper
def is_over(m: Memory, x: int, i: int) -> bool:
    """Tell whether an attribute of the decision is above a limit: the same answer wherever it is asked."""
    value = draw(m, m[i + OP_A], key2(m[x + TOKEN_KEY], m[i + OP_KEY]))
    return value > to_float(m[m[PROBABILITIES] + m[i + OP_B]])


@helper
def guard(m: Memory, x: int, i: int) -> None:
    """Arm a time-out."""
    time = m[NOW] + m[m[DURATIONS] + m[i + OP_A]]
    m[x + TOKEN_GUARD] = set_timer(m, time, GUARD_TIMER_KIND, x)
    m[x + TOKEN_GUARD_TARGET] = m[i + OP_B]


@helper
def mark(m: Memory, x: int, kind: int) -> None:
    """Note a mark; the first "decided" and the first "ordered" count."""
    record(m, MARKED, x, -1, kind, 0, 0)
    at = m[MARKS] + MARK_SIZE * m[MARK_COUNT]
    m[MARK_COUNT] += 1
    m[at] = m[x + TOKEN_ROW]
    m[at + 1] = kind
    m[at + 2] = m[NOW]
    row = row_of(m, x)
    if kind == 0 and m[row + ROW_DECIDED] < 0:
        m[row + ROW_DECIDED] = m[NOW]
    if kind == 1 and is_root(m, x):
        stop_clock(m, x, OUTCOME_DONE, 0)


@helper
def stop_clock(m: Memory, x: int, outcome: int, reason: int) -> None:
    """Copy a decision's end from its root, unless its clock has stopped."""
    row = row_of(m, x)
    if m[row + ROW_ENDED] < 0:
        m[row + ROW_ENDED] = m[NOW]
        m[row + ROW_OUTCOME] = outcome
        m[row + ROW_REASON] = reason
        for cause in range(N_CAUSES):
            m[row + ROW_ACCOUNT + cause] = m[x + TOKEN_ACCOUNT + cause]


@helper
def step(m: Memory, x: int, pc: int, i: int, op: int) -> int:
    """Run an instruction; return where the token goes on, or GOES_WAITING."""
    if op == WORK:
        work(m, x, i)
        return GOES_WAITING
    if op == SEND:
        send(m, x, i)
        return GOES_WAITING
    if op == DELAY:
        delay(m, x, i)
        return GOES_WAITING
    if op == MEET:
        meet(m, x, i)
        return GOES_WAITING
    if op == FORK:
        record(m, FORKED, x, -1, m[i + OP_B], 0, 0)
        if m[i + OP_B] != 0:
            fork(m, x, i)
            return GOES_WAITING
        m[x + TOKEN_REGISTER] = 0
        return pc + 1
    if op == LEAVE:
        leave(m, x, m[i + OP_A] if m[i + OP_A] >= 0 else m[x + TOKEN_REGISTER])
        return GOES_WAITING
    if op == SPAWN:
        spawn(m, x, i)
        return pc + 1
    if op == CHANCE:
        happens = uniform(draw_key(m, x, i), 0) < to_float(m[m[PROBABILITIES] + m[i + OP_A]])
        return m[i + OP_B] if happens else pc + 1
    if op == RETURN:
        return may_return(m, x, i, pc)
    if op == JUMP:
        return m[i + OP_A]
    if op == IF_REGISTER:
        return m[i + OP_B] if m[x + TOKEN_REGISTER] == m[i + OP_A] else pc + 1
    if op == SET_REGISTER:
        m[x + TOKEN_REGISTER] = m[i + OP_A]
        return pc + 1
    if op == IF_POSTURE:
        return m[i + OP_B] if m[POSTURE_NOW] == m[i + OP_A] else pc + 1
    if op == IF_OPEN:
        return m[i + OP_B] if is_open(m, m[i + OP_A], m[NOW]) else pc + 1
    if op == IF_LOST:
        s = m[desk_named(m, m[i + OP_A]) + DESK_STATION]
        return m[i + OP_B] if m[s + STATION_LOST_NOW] != 0 else pc + 1
    if op == IF_OVER:
        return m[i + OP_C] if is_over(m, x, i) else pc + 1
    if op == GUARD:
        guard(m, x, i)
        return pc + 1
    if op == UNGUARD:
        m[x + TOKEN_GUARD] = 0
        return pc + 1
    if op == POSTURE:
        order_posture(m, m[i + OP_A])
        return pc + 1
    if op == PRECEDENCE:
        m[x + TOKEN_PRECEDENCE] = m[i + OP_A]
        if is_root(m, x):
            m[row_of(m, x) + ROW_PRECEDENCE] = m[i + OP_A]
        return pc + 1
    if op == MARK:
        mark(m, x, m[i + OP_A])
        return pc + 1
    # END
    record(m, ENDED, x, -1, m[i + OP_A], m[i + OP_B], 0)
    stop_clock(m, x, m[i + OP_A], m[i + OP_B])
    free(m, x)
    return GOES_WAITING


# ---- room


@inlined
def stations_of(m: Memory) -> int:
    """Return how many stations there are."""
    return (m[STATIONS_END] - m[STATIONS]) // STATION_SIZE


@inlined
def shortage(m: Memory) -> int:
    """Return what there is too little room for, so that the next event or instruction might overflow it."""
    if m[TIMER_COUNT] + 2 * m[RESTLESS] + 2 * stations_of(m) + 8 > m[TIMER_ROOM]:
        return NEEDS_TIMERS
    if m[TRACING] and m[TRACE_COUNT] + ROWS_PER_TOKEN * (m[LIVE] + 4) + stations_of(m) > m[TRACE_ROOM]:
        return NEEDS_TRACE
    return FINISHED


@inlined
def shortage_for(m: Memory, i: int, op: int) -> int:
    """Return what there is too little room for before an instruction."""
    if op in (FORK, SPAWN) and m[i + OP_B] > free_tokens(m):
        m[WANTED] = m[i + OP_B]
        return NEEDS_TOKENS
    if op == MARK and m[MARK_COUNT] >= m[MARK_ROOM]:
        return NEEDS_MARKS
    return shortage(m)


@inlined
def shortage_for_event(m: Memory) -> int:
    """Return what there is too little room for before an event."""
    if m[ROW_COUNT] >= m[ROW_ROOM]:
        return NEEDS_ROWS
    if free_tokens(m) == 0:
        m[WANTED] = 1
        return NEEDS_TOKENS
    return shortage(m)


@inlined
def empty_ready(m: Memory) -> int:
    """Let every ready token run until it must wait; or return what there is too little room for."""
    while not is_empty(m, READY, TOKEN_NEXT):
        x = m[READY]
        unlink(m, TOKEN_NEXT, x)
        pc = m[x + TOKEN_PC]
        while pc != GOES_WAITING:
            i = m[CODE] + OP_SIZE * pc
            m[x + TOKEN_PC] = pc
            code = shortage_for(m, i, m[i + OP_CODE])
            if code != FINISHED:
                prepend(m, READY, TOKEN_NEXT, x)
                return code
            pc = step(m, x, pc, i, m[i + OP_CODE])
    return FINISHED


# ---- events


@helper
def next_arrival(m: Memory, j: int) -> int:
    """Return the moment of a source's next arrival, or NEVER."""
    n = m[j + SOURCE_ORDINAL]
    if m[j + SOURCE_KIND] == INTERVAL:
        time = m[j + SOURCE_OFFSET] + n * m[j + SOURCE_INTERVAL]
    elif m[j + SOURCE_KIND] == LIST:
        at = m[j + SOURCE_FIRST] + STEP_SIZE * n
        time = m[at + STEP_TIME] if at <= m[j + SOURCE_LAST] else NEVER
    else:
        time = next_poisson(m, j, n)
    return time if time < m[LENGTH] else NEVER


@helper
def next_poisson(m: Memory, j: int, n: int) -> int:
    """Return the moment at which the integral of the rate reaches the next sum of exponential numbers."""
    drawn = to_float(m[j + SOURCE_DRAWN]) - log(uniform(key2(m[j + SOURCE_KEY], n), 7))
    m[j + SOURCE_DRAWN] = to_word(drawn)
    at = m[j + SOURCE_STEP]
    used = to_float(m[j + SOURCE_USED])
    while at < m[j + SOURCE_LAST]:
        rate = to_float(m[at + STEP_RATE])
        integral = rate * (m[at + STEP_SIZE + STEP_TIME] - m[at + STEP_TIME]) * 1e-6
        if rate != 0.0 and not integral < drawn - used:
            break
        used += integral
        at += STEP_SIZE
    m[j + SOURCE_STEP] = at
    m[j + SOURCE_USED] = to_word(used)
    rate = to_float(m[at + STEP_RATE])
    if rate == 0.0:
        return NEVER
    return m[at + STEP_TIME] + duration((drawn - used) / rate)


@helper
def raise_decision(m: Memory, j: int, ordinal: int) -> None:
    """Make a decision of a source, with its root token."""
    number = m[ROW_COUNT]
    m[ROW_COUNT] = number + 1
    row = m[ROWS] + ROW_SIZE * number
    for column in range(ROW_SIZE):
        m[row + column] = 0
    source = (j - m[SOURCES]) // SOURCE_SIZE
    m[row + ROW_CLASS] = m[j + SOURCE_CLASS]
    m[row + ROW_SOURCE] = source
    m[row + ROW_ORDINAL] = ordinal
    m[row + ROW_RAISED] = m[NOW]
    m[row + ROW_DECIDED] = -1
    m[row + ROW_ENDED] = -1
    x = new_token(m, number, m[j + SOURCE_ENTRY], key2(m[j + SOURCE_KEY], ordinal))
    record(m, RAISED, x, -1, source, 0, 0)


@helper
def arrive(m: Memory, j: int) -> None:
    """Raise a source's next decision."""
    raise_decision(m, j, m[j + SOURCE_ORDINAL])
    m[j + SOURCE_ORDINAL] += 1
    set_time(m, m[j + SOURCE_LEAF], next_arrival(m, j))


@helper
def happen(m: Memory, kind: int, a: int, b: int) -> None:
    """Execute an outside event."""
    if kind == ON_POSTURE:
        order_posture(m, a)
    elif kind == ON_CHANNEL:
        change_channel(m, a, b)
    elif kind == ON_LOST:
        lose(m, desk_named(m, a))
    elif kind == ON_RESTORED:
        restore(m, desk_named(m, a))
    elif kind == ON_ROTATE:
        p = m[PAIRS] + PAIR_SIZE * a
        keep_familiarity(m, p, familiarity(m, p) * to_float(m[p + PAIR_KEPT]))
        record(m, ROTATED, 0, -1, a, 0, 0)
    elif kind == ON_FRICTION:
        m[LEVEL] = to_word(a / 1000.0)
        record(m, FRICTION, 0, -1, a, 0, 0)
    else:
        raise_decision(m, m[SOURCES] + SOURCE_SIZE * a, FIRST_INJECTED + m[INJECTED])
        m[INJECTED] += 1


@helper
def next_outside(m: Memory) -> None:
    """Execute the next of the outside events known beforehand."""
    at = m[OUTSIDE_NEXT]
    after = at + OUTSIDE_SIZE
    m[OUTSIDE_NEXT] = after
    set_time(m, m[OUTSIDE_LEAF], m[after + OUTSIDE_TIME] if after < m[OUTSIDE_END] else NEVER)
    happen(m, m[at + OUTSIDE_KIND], m[at + OUTSIDE_A], m[at + OUTSIDE_B])


@helper
def fire(m: Memory) -> bool:
    """Take the first timer off and do what it says; tell whether it was not void."""
    at = m[TIMERS]
    sequence = m[at + TIMER_SEQUENCE]
    kind = m[at + TIMER_KIND]
    of = m[at + TIMER_OF]
    drop_first_timer(m)
    if kind == TOKEN_TIMER_KIND:
        if m[of + TOKEN_TIMER] != sequence:
            return False
        wake_token(m, of)
    elif kind == GUARD_TIMER_KIND:
        if m[of + TOKEN_GUARD] != sequence:
            return False
        time_out(m, of)
    elif kind == BOOK_TIMER_KIND:
        if m[of + TOKEN_BOOK] != sequence:
            return False
        book(m, of)
    elif kind == RECALL_TIMER_KIND:
        recall(m, of)
    elif kind == STAND_DOWN_TIMER_KIND:
        stand_down(m, of)
    else:
        if m[POSTURE_TIMER] != sequence:
            return False
        take_posture(m, of)
    return True


@helper
def wake_token(m: Memory, x: int) -> None:
    """Do what the timer of a waiting token says."""
    state = m[x + TOKEN_STATE]
    m[x + TOKEN_TIMER] = 0
    if state == GATHERING:
        try_again(m, x)
    elif state == CHOOSING:
        choose_again(m, x)
    else:
        settle(m, x)
        if state == ON_THE_WAY:
            record(m, ARRIVED, x, m[x + TOKEN_CHANNEL], 0, 0, 0)
        goes_on(m, x, m[x + TOKEN_PC] + 1)


@helper
def sample(m: Memory) -> None:
    """Note how many are at each desk."""
    n = m[SAMPLE_NEXT]
    at = m[SAMPLES] + n * ((m[DESKS_END] - m[DESKS]) // DESK_SIZE)
    for d in range(m[DESKS], m[DESKS_END], DESK_SIZE):
        m[at] = m[d + DESK_HERE] + m[d + DESK_IN_MEETINGS]
        at += 1
    m[SAMPLE_NEXT] = n + 1
    more = n + 1 < m[SAMPLE_COUNT]
    set_time(m, m[SAMPLER_LEAF], m[SAMPLE_START] + (n + 1) * m[SAMPLE_STEP] if more else NEVER)


@inlined
def execute(m: Memory, leaf: int) -> bool:
    """Execute the event of a leaf; tell whether it counts."""
    slots = m[OUTSIDE_LEAF]
    if leaf < slots:
        k = m[SLOTS] + SLOT_SIZE * leaf
        if m[k + SLOT_STATE] == BUSY:
            complete_work(m, k)
        else:
            end_meeting(m, m[k + SLOT_TOKEN])
        return True
    if leaf == slots:
        next_outside(m)
        return True
    if leaf == slots + 1:
        return fire(m)
    if leaf < m[SOURCE_LEAVES]:
        serve(m, m[STATIONS] + STATION_SIZE * (leaf - slots - 2))
        return True
    if leaf < m[SAMPLER_LEAF]:
        arrive(m, m[SOURCES] + SOURCE_SIZE * (leaf - m[SOURCE_LEAVES]))
        return True
    sample(m)
    return False


@inlined
def count_event(m: Memory) -> None:
    """Count an event; the last that may be ends the run once the ready list is empty."""
    m[EVENTS] += 1
    if m[EVENTS] == m[EVENT_LIMIT]:
        m[TRUNCATED] = 1


@helper
def run(m: Memory, until: int) -> int:
    """Execute all events up to ``until``; return FINISHED or what there is too little room for."""
    while True:
        code = empty_ready(m)
        if code != FINISHED or m[TRUNCATED] != 0:
            return code
        code = shortage_for_event(m)
        if code != FINISHED:
            return code
        root = m[TREE] + 2
        if m[root] > until:
            m[NOW] = max(m[NOW], until)
            return FINISHED
        m[NOW] = m[root]
        if execute(m, m[root + 1]):
            count_event(m)


@helper
def start_run(m: Memory) -> None:
    """Bring memory that was laid out to the moment before the first event."""
    clear_list(m, READY, TOKEN_NEXT)
    clear_list(m, WAITING, TOKEN_NEXT)
    clear_list(m, ALIVE, TOKEN_ALIVE)
    for leaf in range(m[LEAVES]):
        at = m[TREE] + 2 * (m[LEAVES] + leaf)
        m[at] = NEVER
        m[at + 1] = leaf
    for node in range(m[LEAVES] - 1, 0, -1):
        at = m[TREE] + 2 * node
        m[at] = NEVER
        m[at + 1] = m[m[TREE] + 4 * node + 1]
    for s in range(m[STATIONS], m[STATIONS_END], STATION_SIZE):
        for precedence in range(FLASH + 1):
            clear_list(m, queue_of(s, precedence), TOKEN_NEXT)
        set_calendars(m, s)
    for j in range(m[SOURCES], m[SOURCES_END], SOURCE_SIZE):
        m[j + SOURCE_STEP] = m[j + SOURCE_FIRST]
        set_time(m, m[j + SOURCE_LEAF], next_arrival(m, j))
    if m[OUTSIDE_NEXT] < m[OUTSIDE_END]:
        set_time(m, m[OUTSIDE_LEAF], m[m[OUTSIDE_NEXT] + OUTSIDE_TIME])
    if m[SAMPLE_COUNT] > 0:
        set_time(m, m[SAMPLER_LEAF], m[SAMPLE_START])


@helper
def settle_all(m: Memory) -> None:
    """Settle everything at the end of the run, and complete the tables."""
    x = m[ALIVE]
    while x != end_of(ALIVE, TOKEN_ALIVE):
        settle(m, x)
        state = m[x + TOKEN_STATE]
        if state in (IN_QUEUE, IN_SERVICE):
            m[m[x + TOKEN_DESK] + DESK_STAY_TIME] += m[NOW] - m[x + TOKEN_ARRIVED]
        x = m[x + TOKEN_ALIVE]
    x = m[ALIVE]
    while x != end_of(ALIVE, TOKEN_ALIVE):
        account = row_of(m, x) + ROW_ACCOUNT
        if is_root(m, x) and m[row_of(m, x) + ROW_ENDED] < 0:
            add_account(m, account, x + TOKEN_ACCOUNT)
            add_critical(m, account, x)
        x = m[x + TOKEN_ALIVE]
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        count_open_time(m, k)
    for d in range(m[DESKS], m[DESKS_END], DESK_SIZE):
        count_here(m, d, 0)
        s = m[d + DESK_STATION]
        for k in range(m[s + STATION_FIRST], m[s + STATION_END], SLOT_SIZE):
            m[d + DESK_OPEN_TIME] += m[k + SLOT_OPEN_TIME]


# ---- the door


def source_hash() -> int:
    """Return a hash of the sources that the compiled kernel is made of."""
    sources = [Path(__file__), *(Path(str(module.__file__)) for module in (arithmetic, program))]
    return zlib.crc32(b"\0".join(source.read_bytes() for source in sources))


def make_advance(version: tuple[int, bool]) -> Callable[..., int]:
    """Return the kernel. Numba's cache knows a function by its file and by what it encloses: here ``version``."""

    @njit(nogil=True, cache=True, error_model="numpy")
    def advance(memory: Any, what: int, until: int, kind: int, a: int, b: int) -> int:
        """Do ``what`` (START, RUN ...) in ``memory``; return FINISHED or what there is too little room for."""
        version  # noqa: B018  (only to be enclosed)
        m = pointer(memory)
        if what == START:
            start_run(m)
        elif what == RUN:
            return run(m, until)
        elif what == INJECT:
            happen(m, kind, a, b)
            count_event(m)
        elif what == SETTLE:
            settle_all(m)
        else:
            code = empty_ready(m)
            return code if code != FINISHED else shortage_for_event(m)
        return FINISHED

    return advance  # type: ignore[no-any-return]


SIGNATURE = (types.int64[::1], *[types.int64] * 5)
"""The types of `advance`: the only ones it is compiled for."""

advance = make_advance((source_hash(), CHECKED))
"""``advance(memory, what, until, kind, a, b)``: see `make_advance`."""
