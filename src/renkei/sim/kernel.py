"""The kernel: the machine of docs/machine.md, compiled.

All of a run is in one array of int64, the *memory*: program, state, tokens, tables, event list. A record is known by
its address, so ``m[x + TOKEN_PC]`` is the ``pc`` of token ``x``; floats are kept as their bits. `engine` lays the
memory out and makes it larger when the kernel asks; nothing is allocated here. Address 0 is in the header and stands
for "none". Names follow the page: ``x`` token, ``k`` slot, ``s`` station, ``d`` desk, ``c`` calendar, ``p`` pair,
``j`` source, ``i`` instruction; they are addresses, except calendars, which are numbers.

Why one array: helpers take one pointer, not dozens of arrays of seven words each. This keeps compilation to seconds
(Numba compiles every helper apart) and the pointer in a register; and an address needs no wrap-around check.

This module itself is plain Python, and knows no Numba. `native` finds what was compiled of it, or runs its source a
second time with the words of `compiling`.
"""

from __future__ import annotations

import os
from math import sqrt
from typing import Any

import numpy as np

from renkei.sim import arithmetic, program
from renkei.sim.arithmetic import exp, log, normal_quantile, pow
from renkei.sim.plain import LOW_HALF, Memory
from renkei.sim.program import CALENDAR_ALWAYS, CALENDAR_NEVER, CONTEXT_CONCURRENCE, NEVER, Dist, Op, Outside, Source
from renkei.sim.program import Trace as Records

if __name__ == "renkei.sim.kernel":
    from renkei.sim.plain import (
        choose,
        fetch,
        helper,
        high,
        inlined,
        low,
        lowest_bit,
        rarely,
        set_high,
        set_low,
        to_float,
        to_word,
    )
else:  # this source is run a second time, to be compiled
    from renkei.sim.compiling import (
        choose,
        fetch,
        helper,
        high,
        inlined,
        low,
        lowest_bit,
        rarely,
        set_high,
        set_low,
        to_float,
        to_word,
    )

STATISTICS = os.environ.get("RENKEI_KERNEL_STATISTICS") != "off"
"""Off only in the benchmark that measures what times by cause and desk statistics cost: results lack them."""

# ---- codes that compiled code can read: Numba knows no class attributes

WORK, SEND, DELAY, MEET = Op.WORK, Op.SEND, Op.DELAY, Op.MEET
FORK, LEAVE, SPAWN = Op.FORK, Op.LEAVE, Op.SPAWN
CHANCE, RETURN, JUMP, IF_REGISTER, SET_REGISTER = Op.CHANCE, Op.RETURN, Op.JUMP, Op.IF_REGISTER, Op.SET_REGISTER
IF_POSTURE, IF_OPEN, IF_LOST, IF_OVER = Op.IF_POSTURE, Op.IF_OPEN, Op.IF_LOST, Op.IF_OVER
GUARD, UNGUARD = Op.GUARD, Op.UNGUARD
POSTURE, PRECEDENCE, MARK, END = Op.POSTURE, Op.PRECEDENCE, Op.MARK, Op.END
FINISH = Op.END + 1
"""A mark that stops the clock and the end behind it, whose place is the second operand: both in one."""

CONSTANT, UNIFORM, TRIANGULAR, PERT = Dist.CONSTANT, Dist.UNIFORM, Dist.TRIANGULAR, Dist.PERT
EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL = Dist.EXPONENTIAL, Dist.LOGNORMAL, Dist.GAMMA, Dist.WEIBULL

INTERVAL, POISSON, LIST = Source.INTERVAL, Source.POISSON, Source.LIST

ON_POSTURE, ON_CHANNEL, ON_LOST, ON_RESTORED = Outside.POSTURE, Outside.CHANNEL, Outside.LOST, Outside.RESTORED
ON_ROTATE, ON_FRICTION = Outside.ROTATE, Outside.FRICTION

RAISED, QUEUED, STARTED, DONE, SENT = Records.RAISED, Records.QUEUED, Records.STARTED, Records.DONE, Records.SENT
ARRIVED, MEETING_WAITS, MEETING_STARTS = Records.ARRIVED, Records.MEETING_WAITS, Records.MEETING_STARTS
MEETING_ENDS, FORKED, JOINED, RETURNED = Records.MEETING_ENDS, Records.FORKED, Records.JOINED, Records.RETURNED
TIMED_OUT, MARKED, ENDED, WITHDRAWN = Records.TIMED_OUT, Records.MARKED, Records.ENDED, Records.WITHDRAWN
INTERRUPTED, REDIRECTED, POSTURE_TAKEN = Records.INTERRUPTED, Records.REDIRECTED, Records.POSTURE
RECALLED, STOOD_DOWN, STATION_LOST, RESTORED = Records.RECALLED, Records.STOOD_DOWN, Records.LOST, Records.RESTORED
CHANNEL_CHANGED, SPENT, ROTATED, FRICTION = Records.CHANNEL, Records.SPENT, Records.ROTATED, Records.FRICTION
STANDS = Records.STANDS

WORK_TIME, QUEUE_TIME, OFF_DUTY_TIME, CHANNEL_TIME, MEETING_TIME = range(5)
"""Activities; they have the numbers of their causes."""
CONCURRENCE_CAUSE, REWORK_CAUSE = program.CONCURRENCE_CAUSE, program.REWORK_CAUSE
N_CAUSES = program.N_CAUSES

LONGEST = NEVER // 4
TOP_BIT = -1 << 63
HOUR = 3_600_000_000
HOUR_US = 3.6e9
OUTCOME_DONE = program.Outcome.DONE
ORDERED_MARK = program.ORDERED_MARK
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
    SLOTS_APART,  # how far behind a slot, station, desk is what few events need of it
    STATIONS_APART,
    DESKS_APART,
    CHANNELS,
    SOURCES,
    SOURCES_END,
    PAIRS,
    CODE,
    REST,
    BRANCHES,
    CHANNEL_LIST,
    MEETING_DESK,
    DISTRIBUTIONS,
    VALUES,
    PROBABILITIES,
    THRESHOLDS,  # of the probabilities: so many of the numbers of 53 bits stand for "it happens"
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
    TREE,  # its nodes, each a time and a leaf, from 1 on
    GROUPS,  # of leaves: as many as the tree has at its end
    TIMES,  # of the leaves
    OUTSIDE_LEAF,
    TIMER_LEAF,
    SOURCE_LEAVES,  # the first of them; before them the stations' wakes
    SAMPLE_DUE,
    # lists: first and last
    READY,
    WAITING,
    CHOOSERS,  # in the order in which they were made
    # records that are made: the next, how many more there is room for, and the list of free ones
    TOKEN_NEXT,
    TOKEN_ROOM,
    TOKEN_FREE,
    EXTRA_NEXT,
    EXTRA_ROOM,
    EXTRA_FREE,
    ROW_NEXT,
    ROW_ROOM,
    MARK_NEXT,
    MARK_ROOM,
    TRACE_NEXT,
    TRACE_END,  # of the room for notes
    TRACE_AMPLE,  # up to where there surely is enough room
    TRACE_TIME,  # that the notes have told
    WANTED,
    TOKEN_TOTAL,
    RESTLESS,
    TOKENS_MADE,
    INJECTED,
    TIMERS,
    TIMER_COUNT,
    TIMER_LIMIT,
    # a decision's row: what of it not every program needs
    ROW_SIZE,
    ROW_DECIDED,
    ROW_LOST,
    ACCOUNT_SIZE,
    PLACES,  # seven: the place of each cause in an account
) = range(92)
HEADER_SIZE = 104

# ---- records: where their fields are

GROUP_SHIFT = 2
GROUP_SIZE = 1 << GROUP_SHIFT
"""So many leaves of the event list are a group."""
NEAR_GROUPS = 32
"""With more than so many, what events want is not all near the processor."""
ROUNDS_TO_ASK = 2
"""Of nodes, until it is asked whether a new time changes anything: one of sixteen leaves is likely to be earlier."""

SEGMENT_OPEN, SEGMENT_CLOSE, SEGMENT_BEFORE, SEGMENT_NEXT = range(4)  # NEXT: when the next one opens
SEGMENT_SHIFT = 2
SEGMENT_SIZE = 1 << SEGMENT_SHIFT

(
    SLOT_STATE,
    SLOT_TOKEN,
    SLOT_STATION,
    SLOT_LEAF,
    SLOT_CALENDAR,
    SLOT_THROUGH,  # its work runs on without a pause
    SLOT_KEPT_FOR,  # token whose meeting has it reserved
    SLOT_STARTED,
) = range(8)
(
    SLOT_KEPT_AT,
    SLOT_RECALLED,
    SLOT_MEETS_UNTIL,
    SLOT_TAKEN,  # stamp of the latest try that wanted it
    SLOT_NEXT,  # next slot of the same meeting
    SLOT_DESK,
    SLOT_OPEN_SINCE,
    SLOT_OPEN_TIME,
) = range(8)  # apart
SLOT_SHIFT = 3
SLOT_SIZE = 1 << SLOT_SHIFT
IDLE, BUSY, IN_MEETING = range(3)
BITS = 64
MIXED = -1

(
    STATION_QUEUED,  # bits of the precedences that have a queue
    STATION_LOST_NOW,
    STATION_THROUGH,  # the lowest precedence whose work goes on after closing
    STATION_INTERRUPT,
    STATION_RECALL,
    STATION_CALENDAR,
    STATION_LEAF,
    STATION_RECALLED,
    STATION_QUEUES,  # four: first and last of the queue of each precedence
) = range(9)
(
    STATION_FIRST,
    STATION_COMMON,  # the calendar that all its staffed slots have, or MIXED
    STATION_STAFFED,  # bits of the slots that have one
    STATION_IDLE,  # bits of the idle slots
) = range(12, 16)
(
    STATION_END,
    STATION_DESK,  # its first desk's number
    STATION_RECALL_COUNT,
    STATION_RECALL_US,
    STATION_STAND_DOWN_US,
    STATION_RECALL_TIMER,
    STATION_STAND_DOWN_TIMER,
) = range(7)  # apart
STATION_SIZE = 16

(
    DESK_STATION,
    DESK_NUMBER,  # which desk it is
    DESK_SUCCESSOR,  # address, 0 for none
    DESK_ARRIVALS,
    DESK_OFFERED,
    DESK_COMPLETIONS,
    DESK_WORK_TIME,
    DESK_STAY_TIME,  # times of leaving less times of arriving
) = range(8)
(
    DESK_LEFT,  # without completion
    DESK_LOST_TIME,
    DESK_INTERRUPTIONS,
    DESK_REDIRECTED,
    DESK_OPEN_TIME,
    DESK_IN_MEETINGS,
) = range(6)  # apart
DESK_SIZE = 8

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
    SOURCE_THIS_KEY,  # of the next decision
    SOURCE_NEXT_KEY,  # of the one after it
    SOURCE_NEXT_TIME,
) = range(16)
SOURCE_SHIFT = 4
SOURCE_SIZE = 1 << SOURCE_SHIFT
STEP_TIME, STEP_RATE, STEP_INTERVAL = range(3)  # the interval is the rate's inverse; 0 for none
STEP_SIZE = 4

OP_CODE = 0  # and where a token goes on that does not jump (where the jumps from there lead to): halves
OP_AB = 1  # halves; LOW_HALF for -1
OP_C, OP_KEY = 2, 3
OP_SIZE = 4
REST_D, REST_E, REST_F = range(3)
"""What few instructions have is apart, so far behind an instruction as the header's REST says."""
BRANCH_PC, BRANCH_CONTEXT = range(2)
BRANCH_SIZE = 2
DIST_KIND, DIST_P0, DIST_P1, DIST_P2, DIST_P3 = range(5)
DIST_C, DIST_C3 = 5, 6
"""What drawing from gamma distributions needs of the first (or only) shape and of P3: see `gamma`."""
DIST_SIZE = 8
OUTSIDE_TIME, OUTSIDE_KIND, OUTSIDE_A, OUTSIDE_B = range(4)
OUTSIDE_SIZE = 4

# halves of words: low, high
TOKEN_LINK = 0  # next and previous in the one list it stands in; in service its slot; next of the free ones
TOKEN_PC = 1  # and flags: bits 0-3 its state, 4-6 precedence, 8-15 register
TOKEN_ROW = 2  # and what not every token needs: its extra, or 0
TOKEN_DESK = 3  # address, or on the way the number of the channel; and number
# words
TOKEN_SINCE = 4
TOKEN_REMAINING = 5  # work; length of a meeting; else sequence of the timer that ends its delay, way, or wait
TOKEN_SIZE = 6
RUNNING, IN_QUEUE, IN_SERVICE, CHOOSING, ON_THE_WAY, DELAYED, GATHERING, MEETING, JOINING, GONE = range(10)
"""What a token waits in; RUNNING is one that is ready, too."""
STATE_BITS, PRECEDENCE_SHIFT, PRECEDENCE_BITS, REGISTER_SHIFT = 15, 4, 7, 8

(
    EXTRA_TOKEN,
    EXTRA_SIBLING,  # next and previous
    EXTRA_CHILDREN,  # first and last
    EXTRA_CHILDREN_LEFT,
    EXTRA_PARENT,  # the extra of the token that waits for it, or 0
    EXTRA_DETACHED,
    EXTRA_CONTEXT,
    EXTRA_REWORKING,
    EXTRA_HIGH,
    EXTRA_VISIT,
    EXTRA_GUARD,
    EXTRA_GUARD_TARGET,
    EXTRA_QUORUM,
    EXTRA_YES,
    EXTRA_ALL,  # the join waits for all
    EXTRA_BROUGHT,  # the work with which it came to its desk
    EXTRA_TIMER,  # sequence of the timer at which its meeting is tried
    EXTRA_BOOK,  # sequence of its BOOK timer
    EXTRA_ACCOUNT,  # of the causes
) = range(19)
(
    EXTRA_BOOKED,  # it has slots reserved
    EXTRA_SLOT,  # the first of its meeting's
    EXTRA_STARTED,  # when its meeting did
    EXTRA_CHANNEL,
    EXTRA_EASE,  # what familiarity leaves of the length of its meeting, a float
    EXTRA_ASKED,  # when its meeting was asked for
    EXTRA_PLANNED,  # how long its meeting would last
    EXTRA_LENGTHS,  # how long that is over the first listed channels; drawn once, -1 until then
) = range(EXTRA_ACCOUNT + N_CAUSES, EXTRA_ACCOUNT + N_CAUSES + 8)
"""What a meeting sets before it asks: nobody clears it."""
CHANNELS_KEPT = 4
EXTRA_SET_UPS = EXTRA_LENGTHS + CHANNELS_KEPT
"""From when on it can be held over them, likewise."""
EXTRA_RETURNS = EXTRA_SET_UPS + CHANNELS_KEPT
"""Sixteen halves, cleared when they are needed."""
RETURNS_SIZE = 8
EXTRA_SIZE = 48

ROW_RAISED = 0
ROW_ENDED = 1  # below 0 while the clock runs: then it holds the key, but for its top bit, which is in the counts
ROW_SOURCE = 2  # and ordinal: halves
ROW_COUNTS = 3
"""Outcome, precedence, reason, returns, crossings and hand-offs: 2, 2, 16, and three times 14 bits; at the top, one of
the key."""
ROW_ACCOUNT = 4
ROW_PRECEDENCE_SHIFT, ROW_REASON_SHIFT = 2, 4
ROW_RETURNS_SHIFT, ROW_CROSSINGS_SHIFT, ROW_HAND_OFFS_SHIFT = 20, 34, 48
MOST_COUNTED = (1 << 14) - 1
LONGEST_ROW = ROW_ACCOUNT + N_CAUSES - 1 + 2
"""Six causes, what was lost, when it was decided."""
MARK_SIZE = 3

NOTE_KIND_BITS = 5
NOTE_PC_BITS = 27
"""A note's head: its kind, the pc and the token's number. Where the pc is known there is a slot or the time since the
note before instead, and where the number is, the source. Then come words that earlier notes do not tell."""
STARTED_AT_ONCE, FINISHED_AT_ONCE, MOMENT = 28, 29, 31
"""Notes that stand for no record of their own kind: work that did not queue; a mark and the end behind it; the time of
those that follow."""
LONGEST_NOTE = 6
"""The moment, the head and four more."""
RECORD_SIZE = 9

(
    TOLD_ROW,
    TOLD_PC,
    TOLD_SINCE,  # when it came to the queue, or to service, or was last settled
    TOLD_DESK,
    TOLD_SLOT,
    TOLD_REMAINING,
) = range(6)  # what notes have told of a token
TOLD_SIZE = 6

TIMER_TIME, TIMER_SEQUENCE, TIMER_KIND, TIMER_OF = range(4)
TIMER_SIZE = 4
TOKEN_TIMER_KIND, MEETING_TIMER_KIND, BOOK_TIMER_KIND, GUARD_TIMER_KIND = range(4)
RECALL_TIMER_KIND, STAND_DOWN_TIMER_KIND, POSTURE_TIMER_KIND = range(4, 7)

# ---- what the kernel is asked to do, and what it answers

START, RUN, INJECT, EMPTY_READY, SETTLE_TOKENS, CLOSE_ACCOUNTS, SETTLE_DESKS, WRITE_OUT = range(8)
FINISHED, NEEDS_TOKENS, NEEDS_EXTRAS, NEEDS_TIMERS, NEEDS_ROWS, NEEDS_MARKS, NEEDS_TRACE = range(7)
GOES_WAITING = -1
"""Instead of the next pc: the token waits, or is gone. A number below says what there is too little room for."""

NOBODY, UNCOUNTED = 0, -1
"""Instead of a token that goes on after an event; the latter is no event to be counted."""

WORDS_PER_TOKEN = 20 * LONGEST_NOTE
"""No event and no instruction writes more than twenty notes about one token (8 successions are the most)."""

# ---- calendars


@helper
def segment_at(m: Memory, c: int, t: int) -> int:
    """Return the last segment that opens at or before ``t``; the place before the first if there is none.

    Most questions are about the segment that was last asked after, or one beside it.
    """
    hint = m[m[HINTS] + c]
    if m[hint + SEGMENT_OPEN] <= t:
        if t < m[hint + SEGMENT_NEXT]:
            return hint
        hint += SEGMENT_SIZE
        if t < m[hint + SEGMENT_NEXT]:
            m[m[HINTS] + c] = hint
            return hint
    elif hint > m[m[CALENDARS] + c] and m[hint - SEGMENT_SIZE + SEGMENT_OPEN] <= t:
        return hint - SEGMENT_SIZE
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
    segment = segment_at(m, c, end)
    if segment < m[m[CALENDARS] + c]:
        return 0
    before_end = min(end, m[segment + SEGMENT_CLOSE]) - m[segment + SEGMENT_OPEN]
    if begin >= m[segment + SEGMENT_OPEN]:
        return before_end - (min(begin, m[segment + SEGMENT_CLOSE]) - m[segment + SEGMENT_OPEN])
    return m[segment + SEGMENT_BEFORE] + before_end - open_before(m, c, begin)


@helper
def finish(m: Memory, c: int, t: int, work: int) -> int:
    """Return the earliest moment by which ``work`` of open time has passed since ``t``, or NEVER."""
    if c == CALENDAR_ALWAYS or work == 0:
        return t + work
    first = m[m[CALENDARS] + c]
    end = m[m[CALENDARS] + c + 1]
    if first == end:
        return NEVER
    segment = segment_at(m, c, t)
    target = work
    if segment < first:
        segment = first
    else:
        target += m[segment + SEGMENT_BEFORE] + min(t, m[segment + SEGMENT_CLOSE]) - m[segment + SEGMENT_OPEN]
    while segment + SEGMENT_SIZE < end and m[segment + SEGMENT_SIZE + SEGMENT_BEFORE] < target:
        segment += SEGMENT_SIZE  # work seldom lasts for more than a few segments
    done = m[segment + SEGMENT_OPEN] + target - m[segment + SEGMENT_BEFORE]
    return done if done <= m[segment + SEGMENT_CLOSE] else NEVER


@inlined
def word(key: Any, n: int) -> Any:
    """Return the n-th word of a key, unsigned: the first is the key itself."""
    return mix(np.uint64(key) + np.uint64(n) * GOLDEN) if n else np.uint64(key)


# ---- random numbers

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
SHIFT_30, SHIFT_27, SHIFT_31, SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
ZERO, ONE, LAYER_BITS = np.uint64(0), np.uint64(1), np.uint64(255)
ZIGGURAT_TAIL = arithmetic.ZIGGURAT_TAIL
LAYER_WIDTH, SURE_FRACTION, LAYER_DENSITY = (np.array(column) for column in arithmetic.ziggurat())
"""Of each layer of the exponential's ziggurat; arrays here are constants to the compiler."""


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
def decision_key(source_key: int, ordinal: int) -> int:
    """Return the key of a source's decision."""
    return np.int64(mix(np.uint64(source_key) + (np.uint64(ordinal) + ONE) * GOLDEN))  # type: ignore[return-value]


@inlined
def key_of(m: Memory, row: int) -> int:
    """Return the key of a decision, which all its tokens have."""
    kept = m[row + ROW_ENDED]
    if rarely(kept >= 0):
        j = m[SOURCES] + SOURCE_SIZE * low(m, row + ROW_SOURCE)
        return decision_key(m[j + SOURCE_KEY], high(m, row + ROW_SOURCE))
    return (kept & ~TOP_BIT) | (m[row + ROW_COUNTS] & TOP_BIT)


@inlined
def uniform(key: int, n: int) -> float:
    """Return the n-th number of a key, in (0, 1)."""
    return (float(np.int64(word(key, n) >> SHIFT_11)) + 0.5) * 2.0**-53


@inlined
def bits_of_uniform(key: int) -> int:
    """Return the 53 bits that the first number of a key is made of: in whole numbers what happens is known sooner."""
    return np.int64(np.uint64(key) >> SHIFT_11)  # type: ignore[return-value]


@inlined
def exponential(key: int) -> float:
    """Draw an exponential number of mean 1, by the ziggurat: 97.8 of 100 need one word of the key, and no logarithm."""
    bits = np.uint64(key)
    layer = bits & LAYER_BITS
    fraction: Any = np.int64(bits >> SHIFT_11)
    if rarely(fraction >= SURE_FRACTION[layer]):
        return exponential_at_the_edge(key, layer, fraction)
    return float(fraction) * LAYER_WIDTH[layer]


@helper
def exponential_at_the_edge(key: int, layer: Any, fraction: Any) -> float:
    """Draw where the first word has fallen outside what lies wholly below the curve."""
    n = 1
    while True:
        if layer == ZERO and fraction >= SURE_FRACTION[0]:
            return ZIGGURAT_TAIL - log(uniform(key, n))
        x = float(fraction) * LAYER_WIDTH[layer]
        if fraction < SURE_FRACTION[layer]:
            return x
        low_edge = LAYER_DENSITY[layer]
        if low_edge + uniform(key, n) * (LAYER_DENSITY[layer + ONE] - low_edge) < exp(-x):
            return x
        bits = word(key, n + 1)
        layer = bits & LAYER_BITS
        fraction = np.int64(bits >> SHIFT_11)
        n += 2


@helper
def gamma(shape: float, c: float, key: int, stream: int) -> float:
    """Draw from a gamma distribution of scale 1; ``c`` is 1 / sqrt(9 (shape - 1/3)), if the shape is 1 or more.

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
        c = 1.0 / sqrt(9.0 * (shape - 1.0 / 3.0))
    d = shape - 1.0 / 3.0
    while True:
        z = normal_quantile(uniform(key, n))
        n += 1
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(key, n)
        n += 1
        if u < 1.0 - 0.0331 * (z * z) * (z * z) or log(u) < 0.5 * z * z + d - d * v + d * log(v):
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
        x = gamma(p2, to_float(m[at + DIST_C]), key, 0)
        y = gamma(to_float(m[at + DIST_P3]), to_float(m[at + DIST_C3]), key, 1)
        return p0 + (p1 - p0) * (x / (x + y))
    if kind == LOGNORMAL:
        return exp(p0 + p1 * normal_quantile(u0))
    if kind == GAMMA:
        return gamma(p0, to_float(m[at + DIST_C]), key, 0) * p1
    if kind == WEIBULL:
        return p1 * pow(-log(u0), 1.0 / p0)
    return to_float(m[m[VALUES] + int(p0) + int(u0 * p1)])


@inlined
def draw(m: Memory, distribution: int, key: int) -> float:
    """Draw from a distribution, in seconds if it is one of durations."""
    at = m[DISTRIBUTIONS] + DIST_SIZE * distribution
    kind = m[at + DIST_KIND]
    p0 = to_float(m[at + DIST_P0])
    if kind == EXPONENTIAL:
        return p0 * exponential(key)
    if kind == CONSTANT:
        return p0
    return draw_rare(m, kind, p0, at, key)


@inlined
def duration(seconds: float) -> int:
    """Return seconds as whole microseconds: at least 0 (also for NaN), at most NEVER/4."""
    microseconds = seconds * 1e6 + 0.5
    if rarely(not microseconds >= 1.0):
        return 0
    if rarely(microseconds > LONGEST):
        return LONGEST
    return int(microseconds)


@inlined
def draw_key(m: Memory, x: int, i: int) -> int:
    """Return the key of a token's draws at an instruction, on its present visit."""
    place = np.uint64(m[i + OP_KEY]) + np.uint64(visit_of(m, x)) * GOLDEN
    return np.int64(mix(np.uint64(key_of(m, row_of(m, x))) ^ place))  # type: ignore[return-value]


@inlined
def slowed(m: Memory, seconds: float, flags: int) -> float:
    """Return seconds with the friction between governments, where the flag says so."""
    if rarely(flags & 1 != 0):
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
    set_low(m, at, at - link)
    set_high(m, at, at - link)


@inlined
def is_empty(m: Memory, at: int, link: int) -> bool:
    """Tell whether a list is empty."""
    return low(m, at) == at - link


@inlined
def append(m: Memory, at: int, link: int, x: int) -> None:
    """Put a record at the tail of a list."""
    last = high(m, at)
    set_low(m, x + link, at - link)
    set_high(m, x + link, last)
    set_low(m, last + link, x)
    set_high(m, at, x)


@inlined
def prepend(m: Memory, at: int, link: int, x: int) -> None:
    """Put a record at the head of a list."""
    first = low(m, at)
    set_low(m, x + link, first)
    set_high(m, x + link, at - link)
    set_high(m, first + link, x)
    set_low(m, at, x)


@inlined
def unlink(m: Memory, link: int, x: int) -> None:
    """Take a record out of its list."""
    after = low(m, x + link)
    before = high(m, x + link)
    set_low(m, before + link, after)
    set_high(m, after + link, before)


# ---- the event list: a winner tree over slots and sources, and a heap of timers whose top is one of its leaves


@inlined
def set_time(m: Memory, leaf: int, time: int) -> None:
    """Set the time of a leaf's next event, and play the games on its way up; the lower leaf wins a tie.

    The first two rounds are those of a group of four: against the leaf beside it, and the earlier of the other two.
    Some rounds up, it is asked whether anything changes from there: a time just set is seldom the earliest, and then
    the next event, which the processor has begun by then, need not wait for it.
    """
    times = m[TIMES]
    m[times + leaf] = time
    node = m[GROUPS] + (leaf >> GROUP_SHIFT)
    pair = (leaf ^ 2) & ~1
    pair_time, pair_leaf = earlier(m[times + pair], pair, m[times + pair + 1], pair + 1, 0)
    is_after = (leaf >> 1) & 1
    time, leaf = earlier(time, leaf, m[times + (leaf ^ 1)], leaf ^ 1, leaf & 1)
    time, leaf = earlier(time, leaf, pair_time, pair_leaf, is_after)
    tree = m[TREE]
    m[tree + 2 * node] = time
    m[tree + 2 * node + 1] = leaf
    asked = node >> ROUNDS_TO_ASK
    while node > 1:
        rival = tree + 2 * (node ^ 1)
        time, leaf = earlier(time, leaf, m[rival], m[rival + 1], node & 1)
        node >>= 1
        if node == asked and m[tree + 2 * node] == time and m[tree + 2 * node + 1] == leaf:
            return
        m[tree + 2 * node] = time
        m[tree + 2 * node + 1] = leaf


@inlined
def earlier(time: int, leaf: int, rival_time: int, rival_leaf: int, is_after: int) -> tuple[int, int]:
    """Return the earlier of two leaves, its time first; in a tie the rival, if the leaf ``is_after`` it (1, else 0).

    Only the comparison and the choice wait for ``time``; the rest is ready before.
    """
    rival_wins = rival_time - is_after < time
    return choose(rival_wins, rival_time, time), choose(rival_wins, rival_leaf, leaf)


@inlined
def time_of(m: Memory, leaf: int) -> int:
    """Return the time of a leaf's next event."""
    return m[m[TIMES] + leaf]


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
#
# What is written while a run goes on are notes: as few words as tell what happened to who knows all notes before. Time
# spent at a desk is told by the note that ends it. `write_out` makes records of notes when somebody asks for them.


@inlined
def note_head(m: Memory, head: int) -> int:
    """Write the head of a note, and before it the moment if that is a new one; return where its words go."""
    at = m[TRACE_NEXT]
    if m[TRACE_TIME] != m[NOW]:
        m[TRACE_TIME] = m[NOW]
        m[at] = MOMENT | (m[NOW] << NOTE_KIND_BITS)
        at += 1
    m[at] = head
    return at + 1


@inlined
def note_after(m: Memory, kind: int, number: int) -> None:
    """Write a note of its head alone, with the time since the last moment in place of a pc, if it is not too long."""
    at = m[TRACE_NEXT]
    passed = m[NOW] - m[TRACE_TIME]
    m[TRACE_TIME] = m[NOW]
    if rarely(passed >= 1 << NOTE_PC_BITS):
        m[at] = MOMENT | (m[NOW] << NOTE_KIND_BITS)
        at += 1
        passed = 0
    m[at] = kind | (passed << NOTE_KIND_BITS) | (number << 32)
    m[TRACE_NEXT] = at + 1


@inlined
def head_of(m: Memory, kind: int, x: int) -> int:
    """Return the head of a note of a token, or of none (0)."""
    if x == 0:
        return kind - (1 << 32)
    return kind | (pc_of(m, x) << NOTE_KIND_BITS) | (number_of(m, x) << 32)


@helper
def note(m: Memory, kind: int, x: int, place: int, a: int, b: int, until: int) -> None:
    """Write a note that tells all of a record."""
    at = note_head(m, head_of(m, kind, x))
    m[at] = place
    m[at + 1] = a
    m[at + 2] = b
    m[at + 3] = until
    m[TRACE_NEXT] = at + 4


@helper
def note_raised(m: Memory, source: int) -> None:
    """Note that a decision was raised: decisions and tokens have their numbers in the order of notes."""
    note_after(m, RAISED, source)


@helper
def note_queued(m: Memory, x: int) -> None:
    """Note that a token joined a queue."""
    at = note_head(m, head_of(m, QUEUED, x))
    m[at] = m[desk_of(m, x) + DESK_NUMBER]
    m[at + 1] = m[x + TOKEN_REMAINING]
    m[TRACE_NEXT] = at + 2


@helper
def note_started(m: Memory, x: int, k: int) -> None:
    """Note that work began whose token was in the queue: where and how much has been told."""
    m[TRACE_NEXT] = note_head(m, STARTED | (m[k + SLOT_LEAF] << NOTE_KIND_BITS) | (number_of(m, x) << 32))


@helper
def note_started_at_once(m: Memory, x: int, k: int) -> None:
    """Note that work began without a wait."""
    at = note_head(m, head_of(m, STARTED_AT_ONCE, x))
    m[at] = m[desk_of(m, x) + DESK_NUMBER] | (m[k + SLOT_LEAF] << 32)
    m[at + 1] = m[x + TOKEN_REMAINING]
    m[TRACE_NEXT] = at + 2


@helper
def note_done(m: Memory, x: int) -> None:
    """Note that work is done: all about it has been told."""
    note_after(m, DONE, number_of(m, x))


@helper
def note_plain(m: Memory, kind: int, x: int) -> None:
    """Write a note of its head alone: of a mark, an end, a fork, about which the instruction says the rest."""
    m[TRACE_NEXT] = note_head(m, head_of(m, kind, x))


@helper
def note_with(m: Memory, kind: int, x: int, word: int) -> None:
    """Write a note with one word behind its head: an interruption, a join."""
    at = note_head(m, head_of(m, kind, x))
    m[at] = word
    m[TRACE_NEXT] = at + 1


@inlined
def record(m: Memory, kind: int, x: int, place: int, a: int, b: int, until: int) -> None:
    """Write a note of what happens now, if the trace is on."""
    if m[TRACING] != 0:
        note(m, kind, x, place, a, b, until)


@helper
def write_record(
    m: Memory, out: int, kind: int, time: int, t: int, number: int, place: int, x: int, y: int, until: int
) -> int:
    """Write a record of a told token, or of none (0), unless they are only counted (0); return where the next goes."""
    if out == 0:
        return 0
    m[out] = kind
    m[out + 1] = time
    m[out + 2] = m[t + TOLD_ROW] if t else -1
    m[out + 3] = number if t else -1
    m[out + 4] = m[t + TOLD_PC] if t else -1
    m[out + 5] = place
    m[out + 6] = x
    m[out + 7] = y
    m[out + 8] = until
    return out + RECORD_SIZE


@helper
def write_out(m: Memory, at: int, end: int, told: int, out: int) -> int:
    """Write the records that notes stand for; return how many they are.

    ``told`` is where there is room for what is told of each token; with ``out`` 0 records are only counted. Here
    SOURCES is a table of where decisions begin, and CODE one of the instructions' first two operands.
    """
    made = 0
    raised = 0
    now = 0
    count = 0
    while at < end:
        head = m[at]
        kind = head & ((1 << NOTE_KIND_BITS) - 1)
        at += 1
        if kind == MOMENT:
            now = head >> NOTE_KIND_BITS
            continue
        number = (head >> 32) & LOW_HALF
        pc = (head & LOW_HALF) >> NOTE_KIND_BITS
        count += 1
        t = 0
        if kind == RAISED:
            now += pc
            t = told + TOLD_SIZE * made
            m[t + TOLD_ROW] = raised
            m[t + TOLD_PC] = m[m[SOURCES] + number]
            out = write_record(m, out, RAISED, now, t, made, -1, number, 0, 0)
            made += 1
            raised += 1
            continue
        if number != LOW_HALF:
            t = told + TOLD_SIZE * number
        if kind == DONE:
            now += pc
        if kind in (STARTED, DONE):
            since = m[t + TOLD_SINCE]
            if since < now:
                spent = QUEUE_TIME if kind == STARTED else WORK_TIME
                out = write_record(m, out, SPENT, since, t, number, m[t + TOLD_DESK], spent, spent, now)
                m[t + TOLD_SINCE] = now
                count += 1
            remaining = 0
            if kind == STARTED:
                m[t + TOLD_SLOT] = pc
                remaining = m[t + TOLD_REMAINING]
            out = write_record(m, out, kind, now, t, number, m[t + TOLD_DESK], m[t + TOLD_SLOT], remaining, 0)
            continue
        if t:
            m[t + TOLD_PC] = pc
        if kind == QUEUED:
            m[t + TOLD_SINCE] = now
            m[t + TOLD_DESK] = m[at]
            m[t + TOLD_REMAINING] = m[at + 1]
            out = write_record(m, out, QUEUED, now, t, number, m[at], m[at + 1], 0, 0)
            at += 2
        elif kind == STARTED_AT_ONCE:
            m[t + TOLD_SINCE] = now
            m[t + TOLD_DESK] = low(m, at)
            m[t + TOLD_SLOT] = high(m, at)
            out = write_record(m, out, STARTED, now, t, number, low(m, at), high(m, at), m[at + 1], 0)
            at += 2
        elif kind == INTERRUPTED:
            m[t + TOLD_REMAINING] = m[at]
            out = write_record(m, out, kind, now, t, number, m[t + TOLD_DESK], m[t + TOLD_SLOT], 0, 0)
            at += 1
        elif kind in (MARKED, ENDED):
            i = m[CODE] + pc
            reason = high(m, i) if kind == ENDED else 0
            out = write_record(m, out, kind, now, t, number, -1, low(m, i), reason, 0)
        elif kind == FINISHED_AT_ONCE:
            out = write_record(m, out, MARKED, now, t, number, -1, low(m, m[CODE] + pc), 0, 0)
            m[t + TOLD_PC] = high(m, m[CODE] + pc)
            i = m[CODE] + m[t + TOLD_PC]
            out = write_record(m, out, ENDED, now, t, number, -1, low(m, i), high(m, i), 0)
            count += 1
        elif kind == FORKED:
            children = high(m, m[CODE] + pc)
            for _ in range(children):
                m[told + TOLD_SIZE * made + TOLD_ROW] = m[t + TOLD_ROW]
                made += 1
            out = write_record(m, out, kind, now, t, number, -1, children, 0, 0)
        elif kind == JOINED:
            out = write_record(m, out, kind, now, t, number, -1, low(m, at), high(m, at), 0)
            at += 1
        elif kind == SPENT:
            m[t + TOLD_SINCE] = m[at + 3]
            out = write_record(m, out, kind, m[at + 1], t, number, m[at], low(m, at + 2), high(m, at + 2), m[at + 3])
            at += 4
        else:
            out = write_record(m, out, kind, now, t, number, m[at], m[at + 1], m[at + 2], m[at + 3])
            at += 4
    return count


@helper
def place_of(m: Memory, x: int) -> int:
    """Return the place of a token that waits: its desk, the first channel of its list, or -1."""
    state = state_of(m, x)
    i = instruction_of(m, x)
    if state in (IN_QUEUE, IN_SERVICE):
        return m[desk_of(m, x) + DESK_NUMBER]
    if state in (CHOOSING, ON_THE_WAY):
        return m[m[CHANNEL_LIST] + low(m, i + OP_AB)]
    if state in (GATHERING, MEETING):
        return m[m[MEETING_DESK] + low(m, i + OP_AB)]
    return -1


@inlined
def pc_of(m: Memory, x: int) -> int:
    """Return which instruction a token is at."""
    return low(m, x + TOKEN_PC)


@inlined
def state_of(m: Memory, x: int) -> int:
    """Return what a token waits in."""
    return high(m, x + TOKEN_PC) & STATE_BITS


@inlined
def set_state(m: Memory, x: int, state: int) -> None:
    """Note what a token waits in."""
    set_high(m, x + TOKEN_PC, (high(m, x + TOKEN_PC) & ~STATE_BITS) | state)


@inlined
def precedence_of(m: Memory, x: int) -> int:
    """Return a token's precedence."""
    return (high(m, x + TOKEN_PC) >> PRECEDENCE_SHIFT) & PRECEDENCE_BITS


@inlined
def set_precedence(m: Memory, x: int, precedence: int) -> None:
    """Give a token a precedence."""
    flags = high(m, x + TOKEN_PC) & ~(PRECEDENCE_BITS << PRECEDENCE_SHIFT)
    set_high(m, x + TOKEN_PC, flags | (precedence << PRECEDENCE_SHIFT))


@inlined
def register_of(m: Memory, x: int) -> int:
    """Return a token's register."""
    return high(m, x + TOKEN_PC) >> REGISTER_SHIFT


@inlined
def set_register(m: Memory, x: int, number: int) -> None:
    """Set a token's register."""
    flags = high(m, x + TOKEN_PC) & ((1 << REGISTER_SHIFT) - 1)
    set_high(m, x + TOKEN_PC, flags | (number << REGISTER_SHIFT))


# ---- tokens


@inlined
def instruction_of(m: Memory, x: int) -> int:
    """Return the instruction where a token is."""
    return m[CODE] + OP_SIZE * pc_of(m, x)


@inlined
def next_of(m: Memory, i: int) -> int:
    """Return where a token goes on after an instruction at which it does not jump."""
    return high(m, i + OP_CODE)


@inlined
def row_of(m: Memory, x: int) -> int:
    """Return the row of a token's decision."""
    return low(m, x + TOKEN_ROW)


@inlined
def extra_of(m: Memory, x: int) -> int:
    """Return what not every token needs, or 0."""
    return high(m, x + TOKEN_ROW)


@inlined
def desk_of(m: Memory, x: int) -> int:
    """Return the desk where a token is queued or in service."""
    return low(m, x + TOKEN_DESK)


@inlined
def number_of(m: Memory, x: int) -> int:
    """Return which token of the run it is."""
    return high(m, x + TOKEN_DESK)


@inlined
def slot_of(m: Memory, x: int) -> int:
    """Return the slot of a token in service."""
    return low(m, x + TOKEN_LINK)


@inlined
def after_service(m: Memory, x: int) -> int:
    """Return where a token in service goes on: it is noted there, since at its end the instruction may be far."""
    return high(m, x + TOKEN_LINK)


@inlined
def visit_of(m: Memory, x: int) -> int:
    """Return how often a token was sent back."""
    e = extra_of(m, x)
    return m[e + EXTRA_VISIT] if e else 0


@inlined
def desk_named(m: Memory, number: int) -> int:
    """Return the desk of a number."""
    return m[DESKS] + DESK_SIZE * number


@inlined
def is_root(m: Memory, x: int) -> bool:
    """Tell whether a token is its decision's first."""
    e = extra_of(m, x)
    return e == 0 or (m[e + EXTRA_PARENT] == 0 and m[e + EXTRA_DETACHED] == 0)


@inlined
def is_again(m: Memory, e: int, pc: int) -> bool:
    """Tell whether a token with an extra goes again where it, or its parent, has been before."""
    return m[e + EXTRA_REWORKING] != 0 or pc <= m[e + EXTRA_HIGH]


@inlined
def account_of(m: Memory, x: int) -> int:
    """Return where a token's time is charged: a root's row; 0 once its clock has stopped."""
    if is_root(m, x):
        return row_of(m, x) + ROW_ACCOUNT if m[row_of(m, x) + ROW_ENDED] < 0 else 0
    return extra_of(m, x) + EXTRA_ACCOUNT


@inlined
def new_token(m: Memory, row: int, pc: int) -> int:
    """Make a root token that runs; it is in no list. There must be room."""
    x = m[TOKEN_FREE]
    if x:
        m[TOKEN_FREE] = m[x + TOKEN_LINK]
    else:
        x = m[TOKEN_NEXT]
        m[TOKEN_NEXT] = x + TOKEN_SIZE
    m[TOKEN_ROOM] -= 1
    set_low(m, x + TOKEN_PC, pc)
    set_high(m, x + TOKEN_PC, RUNNING)
    set_low(m, x + TOKEN_ROW, row)
    set_high(m, x + TOKEN_ROW, 0)
    set_high(m, x + TOKEN_DESK, m[TOKENS_MADE])
    m[TOKENS_MADE] += 1
    m[x + TOKEN_SINCE] = m[NOW]
    return x


@helper
def need_extra(m: Memory, x: int) -> int:
    """Return a token's extra; make it if there is none. There must be room."""
    e = extra_of(m, x)
    if e:
        return e
    e = m[EXTRA_FREE]
    if e:
        m[EXTRA_FREE] = m[e]
    else:
        e = m[EXTRA_NEXT]
        m[EXTRA_NEXT] = e + EXTRA_SIZE
    m[EXTRA_ROOM] -= 1
    for place in range(EXTRA_ACCOUNT + N_CAUSES):
        m[e + place] = 0
    m[e + EXTRA_TOKEN] = x
    m[e + EXTRA_HIGH] = -1
    set_high(m, x + TOKEN_ROW, e)
    return e


@helper
def clear_returns(m: Memory, e: int) -> None:
    """Note that a token has not been sent back."""
    for place in range(EXTRA_RETURNS, EXTRA_RETURNS + RETURNS_SIZE):
        m[e + place] = 0


@inlined
def free(m: Memory, x: int) -> None:
    """Give a token back. It is in no list."""
    e = extra_of(m, x)
    if e:
        free_extra(m, x, e)
    set_high(m, x + TOKEN_PC, GONE)
    m[x + TOKEN_LINK] = m[TOKEN_FREE]
    m[TOKEN_FREE] = x
    m[TOKEN_ROOM] += 1


@helper
def free_extra(m: Memory, x: int, e: int) -> None:
    """Give a token's extra back; timers that name it are void."""
    m[e + EXTRA_GUARD] = 0
    m[e + EXTRA_TIMER] = 0
    m[e + EXTRA_BOOK] = 0
    m[e] = m[EXTRA_FREE]
    m[EXTRA_FREE] = e
    m[EXTRA_ROOM] += 1
    set_high(m, x + TOKEN_ROW, 0)


@inlined
def goes_on(m: Memory, x: int, pc: int) -> None:
    """Make a token ready to run at ``pc``."""
    set_state(m, x, RUNNING)
    set_low(m, x + TOKEN_PC, pc)
    append(m, READY, TOKEN_LINK, x)


# ---- settling


@inlined
def charge(m: Memory, x: int, activity: int, part: int, begin: int) -> int:
    """Give a part of the settled interval to its cause; return where the next part begins.

    The account has no word for the queue: it is what is left of the whole.
    """
    if STATISTICS and part > 0:
        if (extra_of(m, x) | m[TRACING]) != 0:
            cause = charge_in_context(m, x, activity, part)
            if m[TRACING]:
                note(m, SPENT, x, place_of(m, x), begin, activity | (cause << 32), begin + part)
        elif activity != QUEUE_TIME and m[row_of(m, x) + ROW_ENDED] < 0:
            m[row_of(m, x) + ROW_ACCOUNT + m[PLACES + activity]] += part
    return begin + part


@inlined
def charge_whole(m: Memory, x: int, activity: int, begin: int) -> None:
    """Give all of the settled interval to one cause. The note that comes next tells it, unless the cause is another."""
    part = m[NOW] - begin
    if STATISTICS and part > 0:
        if rarely(extra_of(m, x) != 0):
            cause = charge_in_context(m, x, activity, part)
            if m[TRACING] != 0 and cause != activity:
                note(m, SPENT, x, place_of(m, x), begin, activity | (cause << 32), m[NOW])
        elif activity != QUEUE_TIME and m[row_of(m, x) + ROW_ENDED] < 0:
            m[row_of(m, x) + ROW_ACCOUNT + m[PLACES + activity]] += part


@helper
def charge_in_context(m: Memory, x: int, activity: int, part: int) -> int:
    """Give a part of the settled interval to rework, concurrence, or its activity: return to which."""
    cause = activity
    e = extra_of(m, x)
    if e:
        if is_again(m, e, pc_of(m, x)):
            cause = REWORK_CAUSE
        elif m[e + EXTRA_CONTEXT] == CONTEXT_CONCURRENCE:
            cause = CONCURRENCE_CAUSE
    if cause != QUEUE_TIME:
        account = account_of(m, x)
        if account:
            m[account + m[PLACES + cause]] += part
    return cause


@inlined
def settle(m: Memory, x: int) -> None:
    """Give the time since the last settling to activities."""
    if m[x + TOKEN_SINCE] != m[NOW]:
        settle_interval(m, x, m[x + TOKEN_SINCE], m[NOW])
        m[x + TOKEN_SINCE] = m[NOW]


@inlined
def settle_service(m: Memory, x: int, k: int, begin: int, end: int, told: bool) -> None:
    """Give an interval in service to work and, where the calendar is closed, to nobody being there.

    ``told``: the end of the work is noted next, which tells that all of it was work.
    """
    worked = end - begin
    if m[k + SLOT_THROUGH] == 0:
        worked = open_time(m, m[k + SLOT_CALENDAR], begin, end)
    m[x + TOKEN_REMAINING] -= worked
    if STATISTICS:
        m[desk_of(m, x) + DESK_WORK_TIME] += worked
    if told and worked == end - begin:
        charge_whole(m, x, WORK_TIME, begin)
    else:
        middle = charge(m, x, WORK_TIME, worked, begin)
        if middle != end:
            charge(m, x, OFF_DUTY_TIME, end - middle, middle)


@inlined
def settle_queue(m: Memory, x: int, s: int, begin: int, end: int, told: bool) -> None:
    """Give an interval in a queue to queue and, where the station's calendar is closed, to nobody being there.

    ``told``: the beginning of the work is noted next, which tells that all of it was spent in the queue.
    """
    if m[s + STATION_CALENDAR] == CALENDAR_ALWAYS:
        if told:
            charge_whole(m, x, QUEUE_TIME, begin)
        else:
            charge(m, x, QUEUE_TIME, end - begin, begin)
    else:
        queued = open_time(m, m[s + STATION_CALENDAR], begin, end)
        middle = charge(m, x, QUEUE_TIME, queued, begin)
        charge(m, x, OFF_DUTY_TIME, end - middle, middle)


@helper
def settle_interval(m: Memory, x: int, begin: int, end: int) -> None:
    """Give an interval of waiting to activities."""
    state = state_of(m, x)
    if state == IN_SERVICE:
        settle_service(m, x, slot_of(m, x), begin, end, False)
    elif state == IN_QUEUE:
        settle_queue(m, x, m[desk_of(m, x) + DESK_STATION], begin, end, False)
    elif state in (CHOOSING, ON_THE_WAY):
        charge(m, x, CHANNEL_TIME, end - begin, begin)
    elif state == DELAYED:
        charge(m, x, high(m, instruction_of(m, x) + OP_AB), end - begin, begin)
    elif state == MEETING:
        k = m[extra_of(m, x) + EXTRA_SLOT]
        while k:
            m[m[k + m[SLOTS_APART] + SLOT_DESK] + DESK_WORK_TIME] += end - begin
            k = m[k + m[SLOTS_APART] + SLOT_NEXT]
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
        for n in range(high(m, i + OP_AB)):
            c = m[m[participant(m, i, n) + DESK_STATION] + STATION_CALENDAR]
            stations_open = is_open(m, c, t) and stations_open
            change = min(change, next_change(m, c, t))
        channel_open = False
        for n in range(m[i + m[REST] + REST_E]):
            c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + m[REST] + REST_D] + n])
            ready = set_up_by(m, x, i, n)
            if t < ready:
                change = min(change, ready)
            else:
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


@helper
def add_account(m: Memory, to: int, source: int) -> None:
    """Add an account to another; one at 0 is none."""
    if to:
        for place in range(m[ACCOUNT_SIZE]):
            m[to + place] += m[source + place]


@helper
def add_critical(m: Memory, to: int, x: int) -> None:
    """Add the account of a join's critical child, and of that one's own, to the account at ``to``."""
    while state_of(m, x) == JOINING:
        child = low(m, extra_of(m, x) + EXTRA_CHILDREN)
        x = m[child + EXTRA_TOKEN]
        settle(m, x)
        add_account(m, to, child + EXTRA_ACCOUNT)


# ---- desks


@inlined
def leave_desk(m: Memory, x: int) -> None:
    """End a token's visit without completion."""
    d = desk_of(m, x)
    m[d + DESK_STAY_TIME] += m[NOW]
    m[d + m[DESKS_APART] + DESK_LEFT] += 1


@inlined
def number_here(m: Memory, d: int) -> int:
    """Return how many are queued or in service at a desk."""
    return m[d + DESK_ARRIVALS] - m[d + DESK_COMPLETIONS] - m[d + m[DESKS_APART] + DESK_LEFT]


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
    return precedence_of(m, x) >= m[s + STATION_THROUGH]


@inlined
def queue_of(s: int, precedence: int) -> int:
    """Return the list of those of a precedence who wait at a station."""
    return s + STATION_QUEUES + precedence


@inlined
def enqueue(m: Memory, s: int, x: int) -> None:
    """Put a token at the tail of its precedence's queue."""
    set_state(m, x, IN_QUEUE)
    precedence = precedence_of(m, x)
    m[s + STATION_QUEUED] |= 1 << precedence
    append(m, queue_of(s, precedence), TOKEN_LINK, x)


@inlined
def enqueue_first(m: Memory, s: int, x: int) -> None:
    """Put a token at the head of its precedence's queue."""
    set_state(m, x, IN_QUEUE)
    precedence = precedence_of(m, x)
    m[s + STATION_QUEUED] |= 1 << precedence
    prepend(m, queue_of(s, precedence), TOKEN_LINK, x)


@inlined
def dequeue(m: Memory, s: int, x: int) -> None:
    """Take a token out of its queue."""
    precedence = precedence_of(m, x)
    unlink(m, TOKEN_LINK, x)
    if is_empty(m, queue_of(s, precedence), TOKEN_LINK):
        m[s + STATION_QUEUED] &= ~(1 << precedence)


@helper
def completion(m: Memory, k: int, x: int, through: bool) -> int:
    """Return when a slot completes a token's remaining work if it is in service from now on."""
    if through:
        return m[NOW] + m[x + TOKEN_REMAINING]
    return finish(m, m[k + SLOT_CALENDAR], m[NOW], m[x + TOKEN_REMAINING])


@inlined
def start(m: Memory, k: int, x: int, s: int, queued: bool) -> None:
    """Put a token, which came to the queue or had no need to, in service at a slot."""
    take_slot(m, s, k, BUSY)
    begin_service(m, k, x, s, queued)


@inlined
def begin_service(m: Memory, k: int, x: int, s: int, queued: bool) -> None:
    """Put a token in service at a slot that is noted as busy."""
    now = m[NOW]
    c = m[k + SLOT_CALENDAR]
    done = now + m[x + TOKEN_REMAINING]
    through = 1
    if c != CALENDAR_ALWAYS and not works_through(m, x, s) and done > closes(m, c, now):
        through = 0
        done = finish(m, c, now, m[x + TOKEN_REMAINING])
    set_state(m, x, IN_SERVICE)
    set_low(m, x + TOKEN_LINK, k)
    set_high(m, x + TOKEN_LINK, next_of(m, instruction_of(m, x)))
    m[k + SLOT_TOKEN] = x
    m[k + SLOT_STARTED] = now
    m[k + SLOT_THROUGH] = through
    set_time(m, m[k + SLOT_LEAF], done)
    if m[TRACING] != 0:
        if queued:
            note_started(m, x, k)
        else:
            note_started_at_once(m, x, k)


@helper
def vacate(m: Memory, k: int) -> None:
    """Make a slot idle."""
    set_idle(m, m[k + SLOT_STATION], k)
    set_time(m, m[k + SLOT_LEAF], NEVER)


@inlined
def free_from(m: Memory, k: int) -> int:
    """Return when a slot that is not idle will be, as things stand."""
    return time_of(m, m[k + SLOT_LEAF]) if m[k + SLOT_STATE] == BUSY else m[k + m[SLOTS_APART] + SLOT_MEETS_UNTIL]


@inlined
def slot_for(m: Memory, s: int, x: int) -> int:
    """Return the lowest idle slot that may start a token's work now, or 0."""
    c = m[s + STATION_COMMON]
    if c == MIXED:
        return search_slot_for(m, s, x)
    idle = m[s + STATION_IDLE] & m[s + STATION_STAFFED]
    if idle == 0 or not is_open(m, c, m[NOW]):
        return 0
    k = m[s + STATION_FIRST] + (lowest_bit(idle) << SLOT_SHIFT)
    return search_slot_for(m, s, x) if rarely(m[k + SLOT_KEPT_FOR] != 0) else k


@helper
def search_slot_for(m: Memory, s: int, x: int) -> int:
    """Return what `slot_for` does, slot by slot."""
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        may_start = m[k + SLOT_STATE] == IDLE and is_open(m, m[k + SLOT_CALENDAR], m[NOW])
        if may_start and (m[k + SLOT_KEPT_FOR] == 0 or ends_before_meeting(m, k, x, s)):
            return k
    return 0


@inlined
def slot_bit(m: Memory, s: int, k: int) -> int:
    """Return a slot's bit in its station's sets; stations with more slots than bits do not use them."""
    return 1 << (((k - m[s + STATION_FIRST]) >> SLOT_SHIFT) & 63)


@inlined
def set_idle(m: Memory, s: int, k: int) -> None:
    """Note that a slot is idle."""
    m[k + SLOT_STATE] = IDLE
    m[s + STATION_IDLE] |= slot_bit(m, s, k)


@inlined
def take_slot(m: Memory, s: int, k: int, state: int) -> None:
    """Note that a slot is not idle any more."""
    m[k + SLOT_STATE] = state
    m[s + STATION_IDLE] &= ~slot_bit(m, s, k)


@helper
def ends_before_meeting(m: Memory, k: int, x: int, s: int) -> bool:
    """Tell whether a token's work at a slot would end before the meeting for which the slot is kept."""
    return completion(m, k, x, works_through(m, x, s)) <= m[k + m[SLOTS_APART] + SLOT_KEPT_AT]


@helper
def slot_to_interrupt(m: Memory, s: int, precedence: int) -> int:
    """Return the slot, open now, of the lowest precedence below one; the latest start, the highest number; or 0."""
    found = 0
    lowest = precedence
    latest = 0
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != BUSY or not is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            continue
        served = precedence_of(m, m[k + SLOT_TOKEN])
        started = m[k + SLOT_STARTED]
        better = (served < lowest) | ((found != 0) & (served == lowest) & (started >= latest))
        found = choose(better, k, found)
        lowest = choose(better, served, lowest)
        latest = choose(better, started, latest)
    return found


@inlined
def set_wake(m: Memory, s: int) -> None:
    """Set when a station wakes: when an idle slot opens while somebody queues. One that is due now stays."""
    if m[s + STATION_COMMON] == CALENDAR_ALWAYS:
        return
    leaf = m[s + STATION_LEAF]
    before = time_of(m, leaf)
    if before == m[NOW]:
        return
    wake = next_wake(m, s)
    if wake != before:
        set_time(m, leaf, wake)


@inlined
def next_wake(m: Memory, s: int) -> int:
    """Return when an idle slot opens that is not open now, if somebody queues, or NEVER."""
    if m[s + STATION_QUEUED] == 0:
        return NEVER
    c = m[s + STATION_COMMON]
    if c == MIXED:
        return search_next_wake(m, s)
    if m[s + STATION_IDLE] & m[s + STATION_STAFFED] == 0:
        return NEVER
    opening = next_open(m, c, m[NOW])
    return opening if opening > m[NOW] else NEVER


@helper
def search_next_wake(m: Memory, s: int) -> int:
    """Return what `next_wake` does, slot by slot."""
    wake = NEVER
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] == IDLE:
            opening = next_open(m, m[k + SLOT_CALENDAR], m[NOW])
            if opening > m[NOW] and opening < wake:
                wake = opening
    return wake


@inlined
def enter(m: Memory, x: int, d: int) -> None:
    """Let a token arrive at a desk, or at its successor, with its remaining work."""
    s = m[d + DESK_STATION]
    if rarely(m[s + STATION_LOST_NOW] != 0):
        d = pass_on(m, x, d)
        s = m[d + DESK_STATION]
    m[d + DESK_ARRIVALS] += 1
    if STATISTICS:
        m[d + DESK_OFFERED] += m[x + TOKEN_REMAINING]
        m[d + DESK_STAY_TIME] -= m[NOW]
    set_low(m, x + TOKEN_DESK, d)
    e = extra_of(m, x)
    if e:
        m[e + EXTRA_BROUGHT] = m[x + TOKEN_REMAINING]
    precedence = precedence_of(m, x)
    k = 0
    if m[s + STATION_QUEUED] >> precedence == 0:
        k = slot_for(m, s, x)
    if k:
        start(m, k, x, s, False)
    elif precedence < m[s + STATION_INTERRUPT] or not enter_by_interrupt(m, x, s, precedence):
        enqueue(m, s, x)
        if m[TRACING] != 0:
            note_queued(m, x)
        if rarely(precedence >= m[s + STATION_RECALL]):
            consider_recall(m, s)
        set_wake(m, s)


@helper
def enter_by_interrupt(m: Memory, x: int, s: int, precedence: int) -> bool:
    """Start a token in place of one of lower precedence; tell whether there was one."""
    k = slot_to_interrupt(m, s, precedence)
    if k == 0:
        return False
    interrupt(m, s, k)
    start(m, k, x, s, False)
    set_wake(m, s)
    consider_stand_down(m, s)
    return True


@inlined
def serve_completed(m: Memory, s: int, k: int) -> None:
    """Let a slot that has just completed work, and still is noted as busy, be idle, and do what `serve` does."""
    if rarely(not is_empty(m, WAITING, TOKEN_LINK) or time_of(m, m[s + STATION_LEAF]) != NEVER):
        set_idle(m, s, k)
        serve(m, s)
    elif m[s + STATION_QUEUED] == 0:
        set_idle(m, s, k)
    elif m[s + STATION_COMMON] == CALENDAR_ALWAYS and (m[s + STATION_IDLE] & m[s + STATION_STAFFED]) == 0:
        take_over(m, s, k)
    else:
        set_idle(m, s, k)
        serve_queue(m, s)
        set_wake(m, s)
    if m[k + SLOT_STATE] == IDLE:
        set_time(m, m[k + SLOT_LEAF], NEVER)


@inlined
def take_over(m: Memory, s: int, k: int) -> None:
    """Let the next in the queue go on at a slot: the only one that is idle, always open and staffed."""
    queued = m[s + STATION_QUEUED]
    x = low(m, queue_of(s, 0)) if queued == 1 else first_queued(m, s)
    if rarely(m[k + SLOT_KEPT_FOR] != 0 or m[k + SLOT_CALENDAR] != CALENDAR_ALWAYS):
        set_idle(m, s, k)
        serve_queue(m, s)
        return
    if m[x + TOKEN_SINCE] != m[NOW]:
        settle_queue(m, x, s, m[x + TOKEN_SINCE], m[NOW], True)
        m[x + TOKEN_SINCE] = m[NOW]
    dequeue(m, s, x)
    begin_service(m, k, x, s, True)


@helper
def first_queued(m: Memory, s: int) -> int:
    """Return the first of those who wait at a station, of whom there are some."""
    precedence = FLASH
    while (m[s + STATION_QUEUED] >> precedence) & 1 == 0:
        precedence -= 1
    return low(m, queue_of(s, precedence))


@helper
def serve_queue(m: Memory, s: int) -> None:
    """Start what can start of a station's queue."""
    for precedence in range(FLASH, -1, -1):
        serve_precedence(m, s, precedence)


@inlined
def shortage_of_timers(m: Memory) -> int:
    """Return whether there is too little room for timers.

    What stations set is reserved for: each has at most two. A token or a meeting that waits may set two anew.
    """
    return NEEDS_TIMERS if m[TIMER_COUNT] + 2 * m[RESTLESS] > m[TIMER_LIMIT] else FINISHED


@inlined
def shortage_of_records(m: Memory) -> int:
    """Return whether the trace, if it is on, has too little room for what may be written about every token."""
    if (
        m[TRACE_NEXT] > m[TRACE_AMPLE]
        and WORDS_PER_TOKEN * (m[TOKEN_TOTAL] - m[TOKEN_ROOM] + 4 + stations_of(m)) > m[TRACE_END] - m[TRACE_NEXT]
    ):
        return NEEDS_TRACE
    return FINISHED


@inlined
def shortage_for_arrival(m: Memory) -> int:
    """Return what there is too little room for to make a decision."""
    if rarely(m[ROW_ROOM] == 0):
        return NEEDS_ROWS
    m[WANTED] = 1
    return NEEDS_TOKENS if m[TOKEN_ROOM] == 0 else FINISHED


@inlined
def serve_precedence(m: Memory, s: int, precedence: int) -> None:
    """Start what can start of a station's queue of a precedence."""
    while (m[s + STATION_QUEUED] >> precedence) & 1:
        x = low(m, queue_of(s, precedence))
        k = slot_for(m, s, x)
        if k == 0:
            break
        if m[x + TOKEN_SINCE] != m[NOW]:
            settle_queue(m, x, s, m[x + TOKEN_SINCE], m[NOW], True)
            m[x + TOKEN_SINCE] = m[NOW]
        dequeue(m, s, x)
        start(m, k, x, s, True)


@helper
def pass_on(m: Memory, x: int, d: int) -> int:
    """Return the desk that gets work for one whose station is lost: its successor, and so on."""
    for _ in range(SUCCESSIONS):
        successor = m[d + DESK_SUCCESSOR]
        if m[m[d + DESK_STATION] + STATION_LOST_NOW] == 0 or successor == 0:
            break
        m[d + m[DESKS_APART] + DESK_REDIRECTED] += 1
        record(m, REDIRECTED, x, m[d + DESK_NUMBER], m[successor + DESK_NUMBER], 0, 0)
        d = successor
    return d


@helper
def interrupt(m: Memory, s: int, k: int) -> None:
    """Put the token in service back at the head of its queue."""
    x = m[k + SLOT_TOKEN]
    if m[x + TOKEN_SINCE] != m[NOW]:
        settle_service(m, x, k, m[x + TOKEN_SINCE], m[NOW], False)
        m[x + TOKEN_SINCE] = m[NOW]
    d = desk_of(m, x)
    m[d + m[DESKS_APART] + DESK_INTERRUPTIONS] += 1
    if m[TRACING] != 0:
        note_with(m, INTERRUPTED, x, m[x + TOKEN_REMAINING])
    enqueue_first(m, s, x)


@helper
def serve(m: Memory, s: int) -> None:
    """Start what can start at a station: for each precedence meetings, then the queue."""
    if time_of(m, m[s + STATION_LEAF]) != NEVER:
        set_time(m, m[s + STATION_LEAF], NEVER)
    meetings = not is_empty(m, WAITING, TOKEN_LINK)
    if m[s + STATION_QUEUED] == 0 and not meetings:
        return
    for precedence in range(FLASH, -1, -1):
        if meetings:
            serve_meetings(m, s, precedence)
        serve_precedence(m, s, precedence)
    if m[s + STATION_QUEUED] != 0:
        set_wake(m, s)


@helper
def serve_meetings(m: Memory, s: int, precedence: int) -> None:
    """Try the waiting meetings of a precedence in which a station takes part, oldest first."""
    x = low(m, WAITING)
    while x != end_of(WAITING, TOKEN_LINK):
        after = low(m, x + TOKEN_LINK)
        if precedence_of(m, x) == precedence and takes_part(m, x, s):
            try_meeting(m, x)
        x = after


@helper
def takes_part(m: Memory, x: int, s: int) -> bool:
    """Tell whether a desk of a station is wanted in a meeting."""
    i = instruction_of(m, x)
    for n in range(high(m, i + OP_AB)):  # noqa: SIM110  (Numba has no any() of a generator)
        if m[participant(m, i, n) + DESK_STATION] == s:
            return True
    return False


@inlined
def complete_work(m: Memory, k: int) -> int:
    """End the service at a slot; return the token that goes on, whose pc is that of the next instruction."""
    x = m[k + SLOT_TOKEN]
    d = desk_of(m, x)
    s = m[k + SLOT_STATION]
    now = m[NOW]
    settle_service(m, x, k, m[x + TOKEN_SINCE], now, True)
    m[x + TOKEN_SINCE] = now
    m[d + DESK_COMPLETIONS] += 1
    if STATISTICS:
        m[d + DESK_STAY_TIME] += now
    if m[TRACING] != 0:
        note_done(m, x)
    serve_completed(m, s, k)
    set_state(m, x, RUNNING)
    set_low(m, x + TOKEN_PC, after_service(m, x))
    consider_stand_down(m, s)
    return x


# ---- recall


@helper
def consider_recall(m: Memory, s: int) -> None:
    """Set the RECALL timer if nobody is there and nobody has been called; to a lost station nobody is."""
    if (
        m[s + STATION_RECALLED] != 0
        or m[s + m[STATIONS_APART] + STATION_RECALL_TIMER] != 0
        or m[s + STATION_LOST_NOW] != 0
    ):
        return
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            return
    m[s + m[STATIONS_APART] + STATION_RECALL_TIMER] = set_timer(
        m, m[NOW] + m[s + m[STATIONS_APART] + STATION_RECALL_US], RECALL_TIMER_KIND, s
    )


@helper
def recall(m: Memory, s: int) -> None:
    """Let the recalled arrive: the lowest slots that are not open."""
    m[s + m[STATIONS_APART] + STATION_RECALL_TIMER] = 0
    settle_before_retiming(m, s, s + STATION_SIZE)
    left = m[s + m[STATIONS_APART] + STATION_RECALL_COUNT]
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if left > 0 and not is_open(m, m[k + SLOT_CALENDAR], m[NOW]):
            m[k + m[SLOTS_APART] + SLOT_RECALLED] = 1
            m[s + STATION_RECALLED] = 1
            left -= 1
    record(m, RECALLED, 0, m[s + m[STATIONS_APART] + STATION_DESK], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)


@helper
def is_urgent(m: Memory, s: int) -> bool:
    """Tell whether a token that recalls is queued or in service."""
    threshold = m[s + STATION_RECALL]
    if m[s + STATION_QUEUED] >> threshold != 0:
        return True
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] == BUSY and precedence_of(m, m[k + SLOT_TOKEN]) >= threshold:
            return True
    return False


@inlined
def consider_stand_down(m: Memory, s: int) -> None:
    """Set the STANDDOWN timer if the recalled have nothing more to do."""
    if rarely(m[s + STATION_RECALLED] != 0):
        begin_stand_down(m, s)


@helper
def begin_stand_down(m: Memory, s: int) -> None:
    """Set the STANDDOWN timer of a recalled station if none is pending and nothing is urgent."""
    if m[s + m[STATIONS_APART] + STATION_STAND_DOWN_TIMER] == 0 and not is_urgent(m, s):
        time = m[NOW] + m[s + m[STATIONS_APART] + STATION_STAND_DOWN_US]
        m[s + m[STATIONS_APART] + STATION_STAND_DOWN_TIMER] = set_timer(m, time, STAND_DOWN_TIMER_KIND, s)


@helper
def stand_down(m: Memory, s: int) -> None:
    """Let the recalled go, unless there is work for them again."""
    m[s + m[STATIONS_APART] + STATION_STAND_DOWN_TIMER] = 0
    if is_urgent(m, s):
        return
    settle_before_retiming(m, s, s + STATION_SIZE)
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        m[k + m[SLOTS_APART] + SLOT_RECALLED] = 0
    m[s + STATION_RECALLED] = 0
    record(m, STOOD_DOWN, 0, m[s + m[STATIONS_APART] + STATION_DESK], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)


# ---- retiming: stations from ``s`` to before ``end``


@helper
def settle_before_retiming(m: Memory, s: int, end: int) -> None:
    """Settle all whom a change of calendars concerns."""
    while s < end:
        if m[s + STATION_QUEUED] != 0:
            for precedence in range(FLASH, -1, -1):
                queue = queue_of(s, precedence)
                x = low(m, queue)
                while x != end_of(queue, TOKEN_LINK):
                    settle(m, x)
                    x = low(m, x + TOKEN_LINK)
        for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
            if m[k + SLOT_STATE] == BUSY:
                settle(m, m[k + SLOT_TOKEN])
        s += STATION_SIZE
    settle_waiting(m)


@helper
def settle_waiting(m: Memory) -> None:
    """Settle every waiting meeting."""
    x = low(m, WAITING)
    while x != end_of(WAITING, TOKEN_LINK):
        settle(m, x)
        x = low(m, x + TOKEN_LINK)


@helper
def set_calendars(m: Memory, s: int) -> None:
    """Set the effective calendars of a station and its slots."""
    number = (s - m[STATIONS]) // STATION_SIZE
    stations = (m[STATIONS_END] - m[STATIONS]) // STATION_SIZE
    slots = (m[SLOTS_END] - m[SLOTS]) // SLOT_SIZE
    lost = m[s + STATION_LOST_NOW] != 0
    calendar = m[m[STATION_CALENDARS] + m[POSTURE_NOW] * stations + number]
    common = CALENDAR_NEVER
    staffed = 0
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        own = m[m[SLOT_CALENDARS] + m[POSTURE_NOW] * slots + m[k + SLOT_LEAF]]
        if m[k + m[SLOTS_APART] + SLOT_RECALLED] != 0:
            own = CALENDAR_ALWAYS
            calendar = CALENDAR_ALWAYS
        if lost:
            own = CALENDAR_NEVER
        if own != CALENDAR_NEVER:
            common = own if common in (CALENDAR_NEVER, own) else MIXED
            staffed |= slot_bit(m, s, k)
        count_open_time(m, k)
        m[k + SLOT_CALENDAR] = own
    m[s + STATION_CALENDAR] = CALENDAR_NEVER if lost else calendar
    m[s + STATION_STAFFED] = staffed
    m[s + STATION_COMMON] = common
    if m[s + m[STATIONS_APART] + STATION_END] - m[s + STATION_FIRST] > BITS * SLOT_SIZE:
        m[s + STATION_COMMON] = MIXED


@helper
def count_open_time(m: Memory, k: int) -> None:
    """Add up a slot's open time until now."""
    m[k + m[SLOTS_APART] + SLOT_OPEN_TIME] += open_time(
        m, m[k + SLOT_CALENDAR], m[k + m[SLOTS_APART] + SLOT_OPEN_SINCE], m[NOW]
    )
    m[k + m[SLOTS_APART] + SLOT_OPEN_SINCE] = m[NOW]


@helper
def set_completions(m: Memory, s: int) -> None:
    """Set the completions of a station's work in hand by its new calendars."""
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != BUSY:
            continue
        x = m[k + SLOT_TOKEN]
        no_longer_staffed = m[k + SLOT_CALENDAR] == CALENDAR_NEVER and m[s + STATION_LOST_NOW] == 0
        through = works_through(m, x, s) or no_longer_staffed
        m[k + SLOT_THROUGH] = 1 if through else 0
        set_time(m, m[k + SLOT_LEAF], completion(m, k, x, through))


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
    x = low(m, WAITING)
    while x != end_of(WAITING, TOKEN_LINK):
        after = low(m, x + TOKEN_LINK)
        try_meeting(m, x)
        x = after
    x = low(m, WAITING)
    while x != end_of(WAITING, TOKEN_LINK):
        if m[extra_of(m, x) + EXTRA_BOOKED] == 0:
            set_next_try(m, x)
        x = low(m, x + TOKEN_LINK)


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
        after = m[x + TOKEN_SINCE]
        m[x + TOKEN_SINCE] = m[NOW]
        hand_over(m, s, x)
        x = after
    retime(m, s, s + STATION_SIZE)
    consider_stand_down(m, s)


@helper
def those_at(m: Memory, s: int) -> int:
    """Return the first of a chain of those who queue, if their desk has a successor, and of those in service.

    The chain goes through the words of when they were last settled: all of them have been now.
    """
    first = 0
    last = 0
    for precedence in range(FLASH, -1, -1):
        queue = queue_of(s, precedence)
        x = low(m, queue)
        while x != end_of(queue, TOKEN_LINK):
            if m[desk_of(m, x) + DESK_SUCCESSOR]:
                first, last = chain(m, first, last, x)
            x = low(m, x + TOKEN_LINK)
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] == BUSY:
            first, last = chain(m, first, last, m[k + SLOT_TOKEN])
    return first


@inlined
def chain(m: Memory, first: int, last: int, x: int) -> tuple[int, int]:
    """Put a token at the end of a chain of those who move."""
    m[x + TOKEN_SINCE] = 0
    if first == 0:
        return x, x
    m[last + TOKEN_SINCE] = x
    return first, x


@helper
def hand_over(m: Memory, s: int, x: int) -> None:
    """Let a token leave its lost station for the successor's, or else go from service to the head of its queue."""
    serving = state_of(m, x) == IN_SERVICE
    d = desk_of(m, x)
    if serving:
        vacate(m, slot_of(m, x))
    if m[d + DESK_SUCCESSOR]:
        if not serving:
            dequeue(m, s, x)
        leave_desk(m, x)
        enter(m, x, d)
    elif serving:
        enqueue_first(m, s, x)
        if m[TRACING] != 0:
            note_queued(m, x)


@helper
def restore(m: Memory, d: int) -> None:
    """Give a desk its station back."""
    s = m[d + DESK_STATION]
    settle_before_retiming(m, s, s + STATION_SIZE)
    m[s + STATION_LOST_NOW] = 0
    record(m, RESTORED, 0, m[d + DESK_NUMBER], 0, 0, 0)
    retime(m, s, s + STATION_SIZE)
    if is_urgent(m, s):
        consider_recall(m, s)


# ---- posture


@helper
def order_posture(m: Memory, posture: int) -> None:
    """Order a posture: up after its activation, down at the next change of shift."""
    if m[POSTURE_TIMER] != 0 and posture == m[POSTURE_ORDERED]:
        return
    m[POSTURE_TIMER] = 0  # an earlier order is void
    if posture == m[POSTURE_NOW]:
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
    return successor_of(m, desk_named(m, m[m[MEETING_DESK] + low(m, i + OP_AB) + n]))


@inlined
def channel_calendar(m: Memory, channel: int) -> int:
    """Return a channel's effective calendar."""
    at = m[CHANNELS] + CHANNEL_SIZE * channel
    return CALENDAR_NEVER if m[at + CHANNEL_DOWN] != 0 else m[at + CHANNEL_CALENDAR]


@helper
def meet(m: Memory, x: int, i: int) -> None:
    """Make a token wait for a meeting, and try it."""
    index = m[i + m[REST] + REST_F]
    pair = -1
    book_after = -1
    if index >= 0:
        pair = (index & 0xFFFFF) - 1
        book_after = (index >> 20) - 1
    e = need_extra(m, x)
    m[e + EXTRA_BOOKED] = 0
    m[e + EXTRA_EASE] = to_word(eased(m, pair, 1.0))
    m[e + EXTRA_ASKED] = m[NOW]
    for n in range(CHANNELS_KEPT):
        m[e + EXTRA_LENGTHS + n] = -1
        m[e + EXTRA_SET_UPS + n] = -1
    set_state(m, x, GATHERING)
    m[RESTLESS] += 1
    append(m, WAITING, TOKEN_LINK, x)
    length = meeting_length(m, x, i, 0) if m[i + m[REST] + REST_E] > 0 else 0
    record(m, MEETING_WAITS, x, m[m[MEETING_DESK] + low(m, i + OP_AB)], length, 0, 0)
    if try_meeting(m, x):
        return
    set_next_try(m, x)
    if book_after >= 0:
        m[e + EXTRA_BOOK] = set_timer(m, m[NOW] + m[m[DURATIONS] + book_after], BOOK_TIMER_KIND, e)


@helper
def meeting_length(m: Memory, x: int, i: int, n: int) -> int:
    """Return how long a meeting lasts over the n-th listed channel."""
    e = extra_of(m, x)
    if n < CHANNELS_KEPT and m[e + EXTRA_LENGTHS + n] >= 0:
        return m[e + EXTRA_LENGTHS + n]
    seconds = draw(m, m[i + OP_C] + n, draw_key(m, x, i))
    length = duration(seconds * to_float(m[e + EXTRA_EASE]))
    if n < CHANNELS_KEPT:
        m[e + EXTRA_LENGTHS + n] = length
    return length


@helper
def set_up_by(m: Memory, x: int, i: int, n: int) -> int:
    """Return from when on a meeting can be held over the n-th listed channel: when it has been set up."""
    e = extra_of(m, x)
    if n < CHANNELS_KEPT and m[e + EXTRA_SET_UPS + n] >= 0:
        return m[e + EXTRA_SET_UPS + n]
    seconds = draw(m, m[i + OP_C] + m[i + m[REST] + REST_E] + n, key2(draw_key(m, x, i), 1))
    ready = m[e + EXTRA_ASKED] + duration(seconds)
    if n < CHANNELS_KEPT:
        m[e + EXTRA_SET_UPS + n] = ready
    return ready


@helper
def try_meeting(m: Memory, x: int) -> bool:
    """Start a waiting meeting over the first channel over which all can meet now; tell whether it started."""
    i = instruction_of(m, x)
    for n in range(m[i + m[REST] + REST_E]):
        c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + m[REST] + REST_D] + n])
        if not is_open(m, c, m[NOW]) or m[NOW] < set_up_by(m, x, i, n):
            continue
        end = m[NOW] + meeting_length(m, x, i, n)
        if closes(m, c, m[NOW]) < end:
            continue
        first = slots_to_meet(m, x, i, end)
        if first:
            start_meeting(m, x, first, n, end)
            return True
    return False


@helper
def slots_to_meet(m: Memory, x: int, i: int, end: int) -> int:
    """Return the first of a chain of slots, one for each desk, that can meet from now to ``end``, or 0."""
    m[STAMP] += 1
    first = 0
    last = 0
    for n in range(high(m, i + OP_AB)):
        d = participant(m, i, n)
        k = slot_to_meet(m, m[d + DESK_STATION], x, end)
        if k == 0:
            return 0
        m[k + m[SLOTS_APART] + SLOT_TAKEN] = m[STAMP]
        m[k + m[SLOTS_APART] + SLOT_DESK] = d
        m[k + m[SLOTS_APART] + SLOT_NEXT] = 0
        if first == 0:
            first = k
        else:
            m[last + m[SLOTS_APART] + SLOT_NEXT] = k
        last = k
    return first


@helper
def slot_to_meet(m: Memory, s: int, x: int, end: int) -> int:
    """Return the slot of a station that can meet from now to ``end``: one kept for it, or the lowest; or 0."""
    common = m[s + STATION_COMMON]
    if common != MIXED and (m[s + STATION_IDLE] & m[s + STATION_STAFFED] == 0 or not is_open(m, common, m[NOW])):
        return 0
    through = works_through(m, x, s)
    found = 0
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + SLOT_STATE] != IDLE or m[k + m[SLOTS_APART] + SLOT_TAKEN] == m[STAMP]:
            continue
        own = m[k + SLOT_KEPT_FOR] == x
        if found != 0 and not own:
            continue
        if m[k + SLOT_KEPT_FOR] != 0 and not own and m[k + m[SLOTS_APART] + SLOT_KEPT_AT] < end:
            continue
        c = m[k + SLOT_CALENDAR]
        if is_open(m, c, m[NOW]) and (through or closes(m, c, m[NOW]) >= end):
            found = k
            if own:
                break
    return found


@helper
def start_meeting(m: Memory, x: int, first: int, n: int, end: int) -> None:
    """Start a meeting at a chain of slots, over the n-th listed channel."""
    settle(m, x)
    i = instruction_of(m, x)
    e = extra_of(m, x)
    channel = m[m[CHANNEL_LIST] + m[i + m[REST] + REST_D] + n]
    record(m, MEETING_STARTS, x, m[m[MEETING_DESK] + low(m, i + OP_AB)], channel, 0, end)
    leave_waiting(m, x)
    set_state(m, x, MEETING)
    m[x + TOKEN_REMAINING] = end - m[NOW]
    m[e + EXTRA_SLOT] = first
    m[e + EXTRA_STARTED] = m[NOW]
    m[e + EXTRA_CHANNEL] = channel
    k = first
    while k:
        take_slot(m, m[k + SLOT_STATION], k, IN_MEETING)
        m[k + SLOT_TOKEN] = x
        m[k + m[SLOTS_APART] + SLOT_MEETS_UNTIL] = end
        set_time(m, m[k + SLOT_LEAF], end if k == first else NEVER)
        m[m[k + m[SLOTS_APART] + SLOT_DESK] + m[DESKS_APART] + DESK_IN_MEETINGS] += 1
        k = m[k + m[SLOTS_APART] + SLOT_NEXT]


@helper
def leave_waiting(m: Memory, x: int) -> None:
    """Take a meeting off the list of those that wait; its timers are void, its reservations end."""
    unlink(m, TOKEN_LINK, x)
    m[RESTLESS] -= 1
    e = extra_of(m, x)
    m[e + EXTRA_TIMER] = 0
    m[e + EXTRA_BOOK] = 0
    release(m, x)


@helper
def release(m: Memory, x: int) -> None:
    """End a meeting's reservations; the stations look again at once."""
    e = extra_of(m, x)
    if m[e + EXTRA_BOOKED] == 0:
        return
    m[e + EXTRA_BOOKED] = 0
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        if m[k + SLOT_KEPT_FOR] == x:
            m[k + SLOT_KEPT_FOR] = 0
            set_time(m, m[m[k + SLOT_STATION] + STATION_LEAF], m[NOW])


@helper
def end_meeting(m: Memory, x: int) -> int:
    """End a meeting: familiarity grows, all are free again; return the token, whose pc is the next instruction's."""
    settle(m, x)
    i = instruction_of(m, x)
    record(m, MEETING_ENDS, x, m[m[MEETING_DESK] + low(m, i + OP_AB)], 0, 0, 0)
    count = free_participants(m, x, False)
    pair = (m[i + m[REST] + REST_F] & 0xFFFFF) - 1 if m[i + m[REST] + REST_F] >= 0 else -1
    if pair >= 0:
        p = m[PAIRS] + PAIR_SIZE * pair
        contact = to_float(m[m[CHANNELS] + CHANNEL_SIZE * m[extra_of(m, x) + EXTRA_CHANNEL] + CHANNEL_CONTACT])
        hours = m[x + TOKEN_REMAINING] / HOUR_US
        grown = 1.0 - (1.0 - familiarity(m, p)) * exp(-to_float(m[p + PAIR_GAIN]) * contact * hours)
        keep_familiarity(m, p, grown)
    for n in range(count):
        serve(m, m[m[SCRATCH] + n])
    set_state(m, x, RUNNING)
    set_low(m, x + TOKEN_PC, next_of(m, i))
    return x


@helper
def free_participants(m: Memory, x: int, in_vain: bool) -> int:
    """Make the slots of a meeting idle; note their stations in SCRATCH, in desk order, and return how many."""
    e = extra_of(m, x)
    elapsed = m[NOW] - m[e + EXTRA_STARTED]
    count = 0
    k = m[e + EXTRA_SLOT]
    while k:
        d = m[k + m[SLOTS_APART] + SLOT_DESK]
        m[d + m[DESKS_APART] + DESK_IN_MEETINGS] -= 1
        if in_vain:
            m[d + m[DESKS_APART] + DESK_LOST_TIME] += elapsed
            m[row_of(m, x) + m[ROW_LOST]] += elapsed
        vacate(m, k)
        m[m[SCRATCH] + count] = m[k + SLOT_STATION]
        count += 1
        k = m[k + m[SLOTS_APART] + SLOT_NEXT]
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
    """Return the earliest moment, now or later, at which calendars allow a meeting over some channel, or NEVER.

    How long it would last then is noted: the first listed channel's that is as early.
    """
    i = instruction_of(m, x)
    earliest = NEVER
    for n in range(m[i + m[REST] + REST_E]):
        length = meeting_length(m, x, i, n)
        time = common_opening_over(m, x, i, n, length)
        if time < earliest:
            earliest = time
            m[extra_of(m, x) + EXTRA_PLANNED] = length
    return earliest


@helper
def common_opening_over(m: Memory, x: int, i: int, n: int, length: int) -> int:
    """Return the earliest moment at which calendars allow a meeting over the n-th listed channel, or NEVER."""
    t = max(m[NOW], set_up_by(m, x, i, n))
    while True:
        before = t
        for p in range(high(m, i + OP_AB)):
            s = m[participant(m, i, p) + DESK_STATION]
            t = earliest_fit(m, m[s + STATION_CALENDAR], t, 0 if works_through(m, x, s) else length)
            if t >= NEVER:
                return NEVER
        t = earliest_fit(m, channel_calendar(m, m[m[CHANNEL_LIST] + m[i + m[REST] + REST_D] + n]), t, length)
        if t >= NEVER or t == before:
            return t


@helper
def next_opening(m: Memory, x: int) -> int:
    """Return the next moment after now at which a slot or a channel of a meeting opens or is set up, or NEVER."""
    i = instruction_of(m, x)
    opening = NEVER
    for n in range(high(m, i + OP_AB)):
        s = m[participant(m, i, n) + DESK_STATION]
        for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
            opening = min(opening, opens_after(m, m[k + SLOT_CALENDAR], m[NOW]))
    for n in range(m[i + m[REST] + REST_E]):
        c = channel_calendar(m, m[m[CHANNEL_LIST] + m[i + m[REST] + REST_D] + n])
        opening = min(opening, opens_after(m, c, m[NOW]))
        ready = set_up_by(m, x, i, n)
        if ready > m[NOW]:
            opening = min(opening, ready)
    return opening


@helper
def set_next_try(m: Memory, x: int) -> None:
    """Set the MEETTRY timer of a meeting that waits and is not booked."""
    time = first_common_opening(m, x)
    if time == m[NOW]:
        time = next_opening(m, x)
    e = extra_of(m, x)
    m[e + EXTRA_TIMER] = set_timer(m, time, MEETING_TIMER_KIND, e)


@helper
def try_again(m: Memory, x: int) -> None:
    """Do what a MEETTRY does: try; else end a booking, and set the next try."""
    if try_meeting(m, x):
        return
    e = extra_of(m, x)
    was_booked = m[e + EXTRA_BOOKED] != 0
    release(m, x)
    set_next_try(m, x)
    if was_booked:
        m[e + EXTRA_BOOK] = set_timer(m, m[NOW], BOOK_TIMER_KIND, e)


@helper
def book(m: Memory, x: int) -> None:
    """Reserve a slot for each desk at the first common opening, or try to in an hour."""
    i = instruction_of(m, x)
    e = extra_of(m, x)
    m[e + EXTRA_BOOK] = 0
    time = first_common_opening(m, x)
    m[STAMP] += 1
    all_found = time < NEVER
    for n in range(high(m, i + OP_AB)):
        if all_found:
            k = slot_to_book(m, m[participant(m, i, n) + DESK_STATION], x, time)
            all_found = k != 0
            if all_found:
                m[k + m[SLOTS_APART] + SLOT_TAKEN] = m[STAMP]
    if not all_found:
        m[e + EXTRA_BOOK] = set_timer(m, m[NOW] + HOUR, BOOK_TIMER_KIND, e)
        return
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        if m[k + m[SLOTS_APART] + SLOT_TAKEN] == m[STAMP]:
            m[k + SLOT_KEPT_FOR] = x
            m[k + m[SLOTS_APART] + SLOT_KEPT_AT] = time
    m[e + EXTRA_BOOKED] = 1
    m[e + EXTRA_TIMER] = set_timer(m, time, MEETING_TIMER_KIND, e)


@helper
def slot_to_book(m: Memory, s: int, x: int, time: int) -> int:
    """Return the lowest slot of a station that will be free and open at ``time``, or 0."""
    through = works_through(m, x, s)
    end = time + m[extra_of(m, x) + EXTRA_PLANNED]
    for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
        if m[k + m[SLOTS_APART] + SLOT_TAKEN] == m[STAMP] or m[k + SLOT_KEPT_FOR] != 0:
            continue
        if m[k + SLOT_STATE] != IDLE and free_from(m, k) > time:
            continue
        c = m[k + SLOT_CALENDAR]
        if is_open(m, c, time) and (through or closes(m, c, time) >= end):
            return k
    return 0


# ---- sending


@helper
def send(m: Memory, x: int, i: int) -> None:
    """Put a token on its way over the first listed channel that is open, or let it wait for one."""
    now = m[NOW]
    earliest = NEVER
    for n in range(high(m, i + OP_AB)):
        channel = m[m[CHANNEL_LIST] + low(m, i + OP_AB) + n]
        opening = next_open(m, channel_calendar(m, channel), now)
        if opening == now:
            travel(m, x, i, n, channel)
            return
        earliest = min(earliest, opening)
    m[RESTLESS] += 1
    set_state(m, x, CHOOSING)
    join_choosers(m, x)
    m[x + TOKEN_REMAINING] = set_timer(m, earliest, TOKEN_TIMER_KIND, x)


@helper
def join_choosers(m: Memory, x: int) -> None:
    """Put a token in its place among those who wait for a channel."""
    before = high(m, CHOOSERS)
    while before != end_of(CHOOSERS, TOKEN_LINK) and number_of(m, before) > number_of(m, x):
        before = high(m, before + TOKEN_LINK)
    after = low(m, before + TOKEN_LINK)
    set_low(m, x + TOKEN_LINK, after)
    set_high(m, x + TOKEN_LINK, before)
    set_low(m, before + TOKEN_LINK, x)
    set_high(m, after + TOKEN_LINK, x)


@helper
def travel(m: Memory, x: int, i: int, n: int, channel: int) -> None:
    """Put a token on its way over a channel, the n-th of the list."""
    key = draw_key(m, x, i)
    arrival = m[NOW] + duration(draw(m, m[i + OP_C] + n, key))
    if m[i + m[REST] + REST_E] >= 0:
        arrival += duration(draw(m, m[i + m[REST] + REST_E] + n, key2(key, 1)))
    row = row_of(m, x)
    if m[row + ROW_ENDED] < 0:
        if m[i + m[REST] + REST_D] & 1:
            count_in_row(m, row, ROW_HAND_OFFS_SHIFT)
        if m[i + m[REST] + REST_D] & 2:
            count_in_row(m, row, ROW_CROSSINGS_SHIFT)
    set_state(m, x, ON_THE_WAY)
    set_low(m, x + TOKEN_DESK, channel)
    record(m, SENT, x, channel, 0, 0, arrival)
    m[x + TOKEN_REMAINING] = set_timer(m, arrival, TOKEN_TIMER_KIND, x)


@inlined
def count_in_row(m: Memory, row: int, shift: int) -> None:
    """Count one more hand-off, crossing or return of a decision, but not beyond what there is room for."""
    if (m[row + ROW_COUNTS] >> shift) & MOST_COUNTED != MOST_COUNTED:
        m[row + ROW_COUNTS] += 1 << shift


@helper
def choose_again(m: Memory, x: int) -> None:
    """Try SEND again."""
    m[RESTLESS] -= 1
    m[x + TOKEN_REMAINING] = 0
    unlink(m, TOKEN_LINK, x)
    send(m, x, instruction_of(m, x))


@helper
def change_channel(m: Memory, channel: int, up: int) -> None:
    """Break a channel or mend it; those who wait for one look again."""
    settle_waiting(m)
    m[m[CHANNELS] + CHANNEL_SIZE * channel + CHANNEL_DOWN] = 1 - up
    record(m, CHANNEL_CHANGED, 0, channel, up, 0, 0)
    x = low(m, CHOOSERS)
    while x != end_of(CHOOSERS, TOKEN_LINK):
        after = low(m, x + TOKEN_LINK)
        choose_again(m, x)
        x = after
    retry_meetings(m)


# ---- forks and joins


@helper
def branch(m: Memory, x: int, n: int) -> int:
    """Make the child that runs the n-th branch; return its extra."""
    at = m[BRANCHES] + BRANCH_SIZE * n
    e = extra_of(m, x)
    child = new_token(m, row_of(m, x), m[at + BRANCH_PC])
    set_precedence(m, child, precedence_of(m, x))
    c = need_extra(m, child)
    m[c + EXTRA_CONTEXT] = m[at + BRANCH_CONTEXT]
    if e:
        m[c + EXTRA_CONTEXT] = max(m[e + EXTRA_CONTEXT], m[at + BRANCH_CONTEXT])
        m[c + EXTRA_VISIT] = m[e + EXTRA_VISIT]
        clear_returns(m, c)
        m[c + EXTRA_REWORKING] = 1 if is_again(m, e, pc_of(m, x)) else 0
    append(m, READY, TOKEN_LINK, child)
    return c


@helper
def fork(m: Memory, x: int, i: int) -> None:
    """Make the children of a join that a token waits for."""
    count = high(m, i + OP_AB)
    set_state(m, x, JOINING)
    e = need_extra(m, x)
    m[e + EXTRA_QUORUM] = m[i + OP_C]
    m[e + EXTRA_ALL] = m[i + m[REST] + REST_D]
    m[e + EXTRA_YES] = 0
    m[e + EXTRA_CHILDREN_LEFT] = count
    clear_list(m, e + EXTRA_CHILDREN, EXTRA_SIBLING)
    for n in range(low(m, i + OP_AB), low(m, i + OP_AB) + count):
        child = branch(m, x, n)
        m[child + EXTRA_PARENT] = e
        append(m, e + EXTRA_CHILDREN, EXTRA_SIBLING, child)


@helper
def spawn(m: Memory, x: int, i: int) -> None:
    """Make children that nobody waits for."""
    if m[TRACING] != 0:
        note_plain(m, FORKED, x)
    for n in range(low(m, i + OP_AB), low(m, i + OP_AB) + high(m, i + OP_AB)):
        m[branch(m, x, n) + EXTRA_DETACHED] = 1


@helper
def leave(m: Memory, x: int, vote: int) -> None:
    """End a child, and its parent's join if that is decided."""
    e = extra_of(m, x)
    parent = m[e + EXTRA_PARENT]
    if parent == 0:
        free(m, x)
        return
    unlink(m, EXTRA_SIBLING, e)
    left = m[parent + EXTRA_CHILDREN_LEFT] - 1
    m[parent + EXTRA_CHILDREN_LEFT] = left
    if vote == 0:
        m[parent + EXTRA_YES] += 1
    yes = m[parent + EXTRA_YES]
    quorum = m[parent + EXTRA_QUORUM]
    certain = yes >= quorum or yes + left < quorum
    if left == 0 or (certain and m[parent + EXTRA_ALL] == 0):
        join(m, parent, x, 0 if yes >= quorum else 1)
    free(m, x)


@helper
def join(m: Memory, e: int, x: int, result: int) -> None:
    """Let a parent, given by its extra, go on with the account of the child that decided the join."""
    parent = m[e + EXTRA_TOKEN]
    add_account(m, account_of(m, parent), extra_of(m, x) + EXTRA_ACCOUNT)
    if m[TRACING] != 0:
        note_with(m, JOINED, parent, number_of(m, x) | (result << 32))
    withdraw_children(m, e)
    m[parent + TOKEN_SINCE] = m[NOW]
    set_register(m, parent, result)
    goes_on(m, parent, next_of(m, instruction_of(m, parent)))


# ---- withdrawing


@inlined
def critical_child(m: Memory, x: int) -> int:
    """Return the number of the child that a join would take the account of if it ended now; -1 if there is no join."""
    if state_of(m, x) != JOINING:
        return -1
    return number_of(m, m[low(m, extra_of(m, x) + EXTRA_CHILDREN) + EXTRA_TOKEN])


@helper
def withdraw_children(m: Memory, e: int) -> None:
    """Withdraw a join's children in order, each before its own children."""
    c = low(m, e + EXTRA_CHILDREN)
    while c != end_of(e + EXTRA_CHILDREN, EXTRA_SIBLING):
        x = m[c + EXTRA_TOKEN]
        settle(m, x)
        record(m, WITHDRAWN, x, -1, 0, critical_child(m, x), 0)
        if state_of(m, x) == JOINING:
            c = low(m, c + EXTRA_CHILDREN)  # a join that waits has one
            continue
        leave_place(m, x)
        c = free_upwards(m, e, c)


@inlined
def free_upwards(m: Memory, e: int, c: int) -> int:
    """Free a withdrawn token, and its parents below ``e`` whose last child it was; return the next to withdraw."""
    while True:
        parent = m[c + EXTRA_PARENT]
        after = low(m, c + EXTRA_SIBLING)
        free(m, m[c + EXTRA_TOKEN])
        if parent == e or after != end_of(parent + EXTRA_CHILDREN, EXTRA_SIBLING):
            return after
        c = parent


@helper
def leave_place(m: Memory, x: int) -> None:
    """Take a token, settled, out of where it waits; what was done there was in vain."""
    state = state_of(m, x)
    if state == RUNNING:
        unlink(m, TOKEN_LINK, x)
    elif state == IN_QUEUE:
        s = m[desk_of(m, x) + DESK_STATION]
        dequeue(m, s, x)
        lose_work(m, x)
        set_wake(m, s)
        consider_stand_down(m, s)
    elif state == IN_SERVICE:
        k = slot_of(m, x)
        s = m[k + SLOT_STATION]
        lose_work(m, x)
        vacate(m, k)
        serve(m, s)
        consider_stand_down(m, s)
    elif state == CHOOSING:
        unlink(m, TOKEN_LINK, x)
        m[RESTLESS] -= 1
    elif state == GATHERING:
        leave_waiting(m, x)
    elif state == MEETING:
        for n in range(free_participants(m, x, True)):
            serve(m, m[m[SCRATCH] + n])


@inlined
def lose_work(m: Memory, x: int) -> None:
    """End a visit whose work was in vain."""
    worked = m[extra_of(m, x) + EXTRA_BROUGHT] - m[x + TOKEN_REMAINING]
    m[desk_of(m, x) + m[DESKS_APART] + DESK_LOST_TIME] += worked
    m[row_of(m, x) + m[ROW_LOST]] += worked
    leave_desk(m, x)


@helper
def time_out(m: Memory, x: int) -> None:
    """Let a token go on at its guard's target, from wherever it waits."""
    e = extra_of(m, x)
    m[e + EXTRA_GUARD] = 0
    record(m, TIMED_OUT, x, -1, m[e + EXTRA_GUARD_TARGET], critical_child(m, x), 0)
    if state_of(m, x) == JOINING:
        add_critical(m, account_of(m, x), x)
        withdraw_children(m, e)
        m[x + TOKEN_SINCE] = m[NOW]
    else:
        settle(m, x)
        leave_place(m, x)
    goes_on(m, x, m[e + EXTRA_GUARD_TARGET])


# ---- the other instructions


@inlined
def work(m: Memory, x: int, i: int) -> None:
    """Draw the work and bring it to the desk."""
    seconds = slowed(m, draw(m, high(m, i + OP_AB), draw_key(m, x, i)), m[i + OP_C])
    m[x + TOKEN_REMAINING] = duration(seconds)
    enter(m, x, desk_named(m, low(m, i + OP_AB)))


@helper
def delay(m: Memory, x: int, i: int) -> None:
    """Let time pass."""
    seconds = slowed(m, draw(m, low(m, i + OP_AB), draw_key(m, x, i)), m[i + OP_C])
    set_state(m, x, DELAYED)
    m[x + TOKEN_REMAINING] = set_timer(m, m[NOW] + duration(seconds), TOKEN_TIMER_KIND, x)


@helper
def may_return(m: Memory, x: int, i: int, pc: int) -> int:
    """Send a token back with a probability, at most so many times; return where it goes on."""
    p = eased(m, m[i + m[REST] + REST_D], to_float(m[m[PROBABILITIES] + low(m, i + OP_AB)]))
    if m[i + m[REST] + REST_E] & 1:
        p = p + to_float(m[LEVEL]) * to_float(m[RETURN_EFFECT])
        if p > 1.0:
            p = 1.0
    if not uniform(draw_key(m, x, i), 0) < p:
        return next_of(m, i)
    e = need_extra(m, x)
    if m[e + EXTRA_VISIT] == 0:
        clear_returns(m, e)
    if m[i + OP_C] >= 0:
        counter = e + EXTRA_RETURNS + (m[i + m[REST] + REST_F] >> 1)
        shift = 32 * (m[i + m[REST] + REST_F] & 1)
        if (m[counter] >> shift) & LOW_HALF >= m[i + OP_C]:
            return next_of(m, i)
        m[counter] += 1 << shift
    record(m, RETURNED, x, -1, high(m, i + OP_AB), 0, 0)
    m[e + EXTRA_HIGH] = max(m[e + EXTRA_HIGH], pc)
    m[e + EXTRA_VISIT] += 1
    count_in_row(m, row_of(m, x), ROW_RETURNS_SHIFT)
    return high(m, i + OP_AB)


@helper
def is_over(m: Memory, x: int, i: int) -> bool:
    """Tell whether an attribute of the decision is above a limit: the same answer wherever it is asked."""
    key = np.int64(mix(np.uint64(key_of(m, row_of(m, x))) ^ np.uint64(m[i + OP_KEY])))
    return draw(m, low(m, i + OP_AB), key) > to_float(m[m[PROBABILITIES] + high(m, i + OP_AB)])


@helper
def guard(m: Memory, x: int, i: int) -> None:
    """Arm a time-out."""
    time = m[NOW] + m[m[DURATIONS] + low(m, i + OP_AB)]
    e = need_extra(m, x)
    m[e + EXTRA_GUARD] = set_timer(m, time, GUARD_TIMER_KIND, e)
    m[e + EXTRA_GUARD_TARGET] = high(m, i + OP_AB)


@inlined
def stops_clock(m: Memory, x: int, kind: int) -> bool:
    """Tell whether a mark is the one that stops its decision's clock: the decision's row says all of it."""
    return kind == ORDERED_MARK and is_root(m, x) and m[row_of(m, x) + ROW_ENDED] < 0


@helper
def mark(m: Memory, x: int, kind: int) -> None:
    """Write a row for a mark that does not stop the clock; of a decision the first "decided" counts."""
    if m[TRACING] != 0:
        note_plain(m, MARKED, x)
    row = row_of(m, x)
    at = m[MARK_NEXT]
    m[MARK_NEXT] = at + MARK_SIZE
    m[MARK_ROOM] -= 1
    m[at] = row
    m[at + 1] = kind
    m[at + 2] = m[NOW]
    if kind == 0 and m[row + m[ROW_DECIDED]] < 0:
        m[row + m[ROW_DECIDED]] = m[NOW]


@inlined
def stop_clock(m: Memory, x: int, outcome: int, reason: int) -> None:
    """Note a decision's end, unless its clock has stopped; from then on nothing is charged to it."""
    row = row_of(m, x)
    if m[row + ROW_ENDED] < 0:
        m[row + ROW_ENDED] = m[NOW]
        m[row + ROW_COUNTS] |= outcome | (reason << ROW_REASON_SHIFT)


@inlined
def order_precedence(m: Memory, x: int, precedence: int) -> None:
    """Give a token a precedence, and its decision if it is the root."""
    set_precedence(m, x, precedence)
    if is_root(m, x):
        row = row_of(m, x)
        others = m[row + ROW_COUNTS] & ~(3 << ROW_PRECEDENCE_SHIFT)
        m[row + ROW_COUNTS] = others | (precedence << ROW_PRECEDENCE_SHIFT)


@inlined
def step(m: Memory, x: int, pc: int, i: int, op: int) -> int:
    """Run an instruction; return where the token goes on, or GOES_WAITING, or less: what there is no room for."""
    if op == WORK:
        work(m, x, i)
        return GOES_WAITING
    if op == FINISH and stops_clock(m, x, ORDERED_MARK):
        if m[TRACING] != 0:
            note_plain(m, FINISHED_AT_ONCE, x)
        stop_clock(m, x, OUTCOME_DONE, 0)
        free(m, x)
        return GOES_WAITING
    if op == END:
        if m[TRACING] != 0:
            note_plain(m, ENDED, x)
        stop_clock(m, x, low(m, i + OP_AB), high(m, i + OP_AB))
        free(m, x)
        return GOES_WAITING
    if op == CHANCE:
        happens = bits_of_uniform(draw_key(m, x, i)) < m[m[THRESHOLDS] + low(m, i + OP_AB)]
        if rarely(happens):
            return high(m, i + OP_AB)
        return next_of(m, i)
    if op == PRECEDENCE:
        order_precedence(m, x, low(m, i + OP_AB))
        return next_of(m, i)
    if op == IF_REGISTER:
        return high(m, i + OP_AB) if register_of(m, x) == low(m, i + OP_AB) else next_of(m, i)
    if op == JUMP:
        return low(m, i + OP_AB)
    if op == FORK:
        return fork_or_not(m, x, i, pc)
    if op == LEAVE:
        leave(m, x, low(m, i + OP_AB) if low(m, i + OP_AB) != LOW_HALF else register_of(m, x))
        return GOES_WAITING
    return rare_step(m, x, pc, i, op)


@helper
def fork_or_not(m: Memory, x: int, i: int, pc: int) -> int:
    """Run a FORK, which may have no branches."""
    if high(m, i + OP_AB) == 0:
        if m[TRACING] != 0:
            note_plain(m, FORKED, x)
        set_register(m, x, 0)
        return next_of(m, i)
    code = shortage_of_tokens(m, high(m, i + OP_AB))
    if code != FINISHED:
        return GOES_WAITING - code
    if m[TRACING] != 0:
        note_plain(m, FORKED, x)
    fork(m, x, i)
    return GOES_WAITING


@helper
def rare_step(m: Memory, x: int, pc: int, i: int, op: int) -> int:
    """Run one of the other instructions."""
    if op in (SEND, DELAY, MEET, GUARD, POSTURE):
        code = shortage_of_timers(m)
        if code != FINISHED:
            return GOES_WAITING - code
    if op in (SPAWN, MEET, RETURN, GUARD):
        code = shortage_of_tokens(m, high(m, i + OP_AB) if op == SPAWN else 0)
        if code != FINISHED:
            return GOES_WAITING - code
    if op == SEND:
        send(m, x, i)
        return GOES_WAITING
    if op == DELAY:
        delay(m, x, i)
        return GOES_WAITING
    if op == MEET:
        meet(m, x, i)
        return GOES_WAITING
    if op == SPAWN:
        spawn(m, x, i)
        return next_of(m, i)
    if op == RETURN:
        return may_return(m, x, i, pc)
    if op == SET_REGISTER:
        set_register(m, x, low(m, i + OP_AB))
        return next_of(m, i)
    if op == IF_POSTURE:
        return high(m, i + OP_AB) if m[POSTURE_NOW] == low(m, i + OP_AB) else next_of(m, i)
    if op == IF_OPEN:
        return high(m, i + OP_AB) if is_open(m, low(m, i + OP_AB), m[NOW]) else next_of(m, i)
    if op == IF_LOST:
        s = m[desk_named(m, low(m, i + OP_AB)) + DESK_STATION]
        return high(m, i + OP_AB) if m[s + STATION_LOST_NOW] != 0 else next_of(m, i)
    if op == IF_OVER:
        return m[i + OP_C] if is_over(m, x, i) else next_of(m, i)
    if op == GUARD:
        guard(m, x, i)
        return next_of(m, i)
    if op == UNGUARD:
        e = extra_of(m, x)
        if e:
            m[e + EXTRA_GUARD] = 0
        return next_of(m, i)
    if op == POSTURE:
        order_posture(m, low(m, i + OP_AB))
        return next_of(m, i)
    # MARK, or FINISH of a decision whose clock has stopped
    if stops_clock(m, x, low(m, i + OP_AB)):
        if m[TRACING] != 0:
            note_plain(m, MARKED, x)
        stop_clock(m, x, OUTCOME_DONE, 0)
        return next_of(m, i)
    if m[MARK_ROOM] == 0:
        return GOES_WAITING - NEEDS_MARKS
    mark(m, x, low(m, i + OP_AB))
    return next_of(m, i)


# ---- room


@inlined
def stations_of(m: Memory) -> int:
    """Return how many stations there are."""
    return (m[STATIONS_END] - m[STATIONS]) // STATION_SIZE


@inlined
def shortage_of_tokens(m: Memory, count: int) -> int:
    """Return what there is too little room for to make so many tokens with extras, and one more extra."""
    m[WANTED] = count + 1
    if m[TOKEN_ROOM] < count:
        return NEEDS_TOKENS
    return NEEDS_EXTRAS if m[EXTRA_ROOM] <= count else FINISHED


@helper
def shortage_for_event(m: Memory) -> int:
    """Return what there is too little room for before an event of any kind."""
    code = shortage_for_arrival(m)
    if code == FINISHED:
        code = shortage_of_timers(m)
    return code if code != FINISHED else shortage_of_records(m)


@inlined
def run_token(m: Memory, x: int) -> int:
    """Let a token, which is in no list, run until it must wait; or make it the first that is ready, and say why."""
    pc = pc_of(m, x)
    while True:
        i = m[CODE] + OP_SIZE * pc
        code = shortage_of_records(m)
        pc = step(m, x, pc, i, low(m, i + OP_CODE)) if code == FINISHED else GOES_WAITING - code
        if pc == GOES_WAITING:
            return FINISHED
        if rarely(pc < 0):
            prepend(m, READY, TOKEN_LINK, x)
            return GOES_WAITING - pc
        set_low(m, x + TOKEN_PC, pc)


@helper
def empty_ready(m: Memory) -> int:
    """Let every ready token run until it must wait; or return what there is too little room for."""
    while not is_empty(m, READY, TOKEN_LINK):
        x = low(m, READY)
        unlink(m, TOKEN_LINK, x)
        code = run_token(m, x)
        if code != FINISHED:
            return code
    return FINISHED


# ---- events


@inlined
def next_arrival(m: Memory, j: int, n: int) -> int:
    """Return the moment of a source's n-th arrival, or NEVER, and note that decision's key; to be asked in order."""
    m[j + SOURCE_NEXT_KEY] = decision_key(m[j + SOURCE_KEY], n)
    if m[j + SOURCE_KIND] == POISSON:
        time = next_poisson(m, j)
    else:
        time = next_planned(m, j, n)
    return time if time < m[LENGTH] else NEVER


@helper
def next_planned(m: Memory, j: int, n: int) -> int:
    """Return the moment of the n-th arrival of a source that leaves nothing to chance."""
    if m[j + SOURCE_KIND] == INTERVAL:
        return m[j + SOURCE_OFFSET] + n * m[j + SOURCE_INTERVAL]
    at = m[j + SOURCE_FIRST] + STEP_SIZE * n
    return m[at + STEP_TIME] if at <= m[j + SOURCE_LAST] else NEVER


@inlined
def next_poisson(m: Memory, j: int) -> int:
    """Return the moment at which the integral of the rate reaches the next sum of exponential numbers."""
    drawn = to_float(m[j + SOURCE_DRAWN]) + exponential(m[j + SOURCE_NEXT_KEY])
    m[j + SOURCE_DRAWN] = to_word(drawn)
    at = m[j + SOURCE_STEP]
    used = to_float(m[j + SOURCE_USED])
    if at < m[j + SOURCE_LAST]:
        while at < m[j + SOURCE_LAST]:
            rate = to_float(m[at + STEP_RATE])
            integral = rate * (m[at + STEP_SIZE + STEP_TIME] - m[at + STEP_TIME]) * 1e-6
            if rate != 0.0 and not integral < drawn - used:
                break
            used += integral
            at += STEP_SIZE
        m[j + SOURCE_STEP] = at
        m[j + SOURCE_USED] = to_word(used)
    interval = to_float(m[at + STEP_INTERVAL])
    if interval == 0.0:
        return NEVER
    return m[at + STEP_TIME] + duration((drawn - used) * interval)


@inlined
def raise_decision(m: Memory, j: int, ordinal: int, key: int) -> int:
    """Make a decision of a source, with its root token, which is in no list."""
    row = m[ROW_NEXT]
    m[ROW_NEXT] = row + m[ROW_SIZE]
    m[ROW_ROOM] -= 1
    for place in range(row + ROW_ACCOUNT, row + LONGEST_ROW):
        m[place] = 0  # more than a short row has: the next one's are not in use yet
    source = (j - m[SOURCES]) >> SOURCE_SHIFT
    m[row + ROW_RAISED] = m[NOW]
    m[row + ROW_ENDED] = key | TOP_BIT
    m[row + ROW_COUNTS] = key & TOP_BIT
    set_low(m, row + ROW_SOURCE, source)
    set_high(m, row + ROW_SOURCE, ordinal)
    if m[ROW_DECIDED]:
        m[row + m[ROW_DECIDED]] = -1
    x = new_token(m, row, m[j + SOURCE_ENTRY])
    if m[TRACING] != 0:
        note_raised(m, source)
    return x


@inlined
def arrive(m: Memory, j: int) -> int:
    """Raise a source's next decision; return its token.

    The arrival after the next is drawn before it is needed: the event list need not wait for it.
    """
    ordinal = m[j + SOURCE_ORDINAL]
    set_time(m, m[j + SOURCE_LEAF], m[j + SOURCE_NEXT_TIME])
    key = m[j + SOURCE_THIS_KEY]
    m[j + SOURCE_ORDINAL] = ordinal + 1
    look_ahead(m, j, ordinal + 2)
    return raise_decision(m, j, ordinal, key)


@inlined
def look_ahead(m: Memory, j: int, n: int) -> None:
    """Draw a source's n-th arrival; the one before it is the next."""
    m[j + SOURCE_THIS_KEY] = m[j + SOURCE_NEXT_KEY]
    m[j + SOURCE_NEXT_TIME] = next_arrival(m, j, n)


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
        j = m[SOURCES] + SOURCE_SIZE * a
        ordinal = FIRST_INJECTED + m[INJECTED]
        append(m, READY, TOKEN_LINK, raise_decision(m, j, ordinal, decision_key(m[j + SOURCE_KEY], ordinal)))
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
        if state_of(m, of) not in (CHOOSING, ON_THE_WAY, DELAYED) or m[of + TOKEN_REMAINING] != sequence:
            return False
        wake_token(m, of)
    elif kind == MEETING_TIMER_KIND:
        if m[of + EXTRA_TIMER] != sequence:
            return False
        m[of + EXTRA_TIMER] = 0
        try_again(m, m[of + EXTRA_TOKEN])
    elif kind == GUARD_TIMER_KIND:
        if m[of + EXTRA_GUARD] != sequence:
            return False
        time_out(m, m[of + EXTRA_TOKEN])
    elif kind == BOOK_TIMER_KIND:
        if m[of + EXTRA_BOOK] != sequence:
            return False
        book(m, m[of + EXTRA_TOKEN])
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
    state = state_of(m, x)
    if state == CHOOSING:
        choose_again(m, x)
    else:
        settle(m, x)
        if state == ON_THE_WAY:
            record(m, ARRIVED, x, low(m, x + TOKEN_DESK), 0, 0, 0)
        goes_on(m, x, next_of(m, instruction_of(m, x)))


@helper
def sample(m: Memory) -> None:
    """Note how many are at each desk, after all events up to now."""
    m[NOW] = m[SAMPLE_DUE]
    n = m[SAMPLE_NEXT]
    at = m[SAMPLES] + n * ((m[DESKS_END] - m[DESKS]) // DESK_SIZE)
    for d in range(m[DESKS], m[DESKS_END], DESK_SIZE):
        m[at] = number_here(m, d) + m[d + m[DESKS_APART] + DESK_IN_MEETINGS]
        at += 1
    m[SAMPLE_NEXT] = n + 1
    more = n + 1 < m[SAMPLE_COUNT]
    m[SAMPLE_DUE] = m[SAMPLE_START] + (n + 1) * m[SAMPLE_STEP] if more else NEVER


@inlined
def execute(m: Memory, leaf: int) -> int:
    """Execute the event of a leaf; return the token that goes on at once, or NOBODY; or UNCOUNTED.

    A number below says what there is too little room for; then nothing was done.
    """
    slots = m[OUTSIDE_LEAF]
    code = shortage_of_records(m)
    if code != FINISHED:
        return UNCOUNTED - code
    if leaf < slots:
        k = m[SLOTS] + SLOT_SIZE * leaf
        if m[k + SLOT_STATE] == BUSY:
            return complete_work(m, k)
        return end_meeting(m, m[k + SLOT_TOKEN])
    if leaf < m[SOURCE_LEAVES]:
        code = shortage_for_event(m)
        if code != FINISHED:
            return UNCOUNTED - code
        return execute_other(m, leaf - slots)
    code = shortage_for_arrival(m)
    if code != FINISHED:
        return UNCOUNTED - code
    return arrive(m, m[SOURCES] + SOURCE_SIZE * (leaf - m[SOURCE_LEAVES]))


@helper
def execute_other(m: Memory, number: int) -> int:
    """Execute an outside event (0), a timer (1), or the waking of a station (2 and on)."""
    if number == 0:
        next_outside(m)
        return NOBODY
    if number == 1:
        return NOBODY if fire(m) else UNCOUNTED
    serve(m, m[STATIONS] + STATION_SIZE * (number - 2))
    return NOBODY


@helper
def bring_near(m: Memory, leaf: int) -> None:
    """Let the processor fetch what the end of work of a leaf, the next event as things stand, will want."""
    if leaf >= m[OUTSIDE_LEAF]:
        return
    k = m[SLOTS] + SLOT_SIZE * leaf
    x = m[k + SLOT_TOKEN]
    s = m[k + SLOT_STATION]
    fetch(m, m[TIMES] + leaf)
    fetch(m, m[TREE] + 2 * (m[GROUPS] + (leaf >> GROUP_SHIFT)))
    fetch(m, s)
    fetch(m, s + STATION_FIRST)
    fetch(m, desk_of(m, x))
    fetch(m, row_of(m, x))
    fetch(m, low(m, queue_of(s, 0)))
    fetch(m, m[CODE] + OP_SIZE * after_service(m, x))


@inlined
def count_event(m: Memory) -> bool:
    """Count an event; tell whether it was the last that may be: it ends the run once the ready list is empty."""
    m[EVENTS] += 1
    over = rarely(m[EVENTS] == m[EVENT_LIMIT])
    if over:
        m[TRUNCATED] = 1
    return over


@helper
def run(m: Memory, until: int) -> int:
    """Execute all events up to ``until``; return FINISHED or what there is too little room for."""
    while True:
        code = empty_ready(m)
        if code != FINISHED or m[TRUNCATED] != 0:
            return code
        more = True
        before_sample = min(until, m[SAMPLE_DUE])
        while more:
            root = m[TREE] + 2
            if rarely(m[root] > before_sample):
                if m[SAMPLE_DUE] > until:
                    m[NOW] = max(m[NOW], until)
                    return FINISHED
                sample(m)
                before_sample = min(until, m[SAMPLE_DUE])
                continue
            m[NOW] = m[root]
            x = execute(m, m[root + 1])
            if rarely(x < NOBODY):
                if x != UNCOUNTED:
                    return UNCOUNTED - x
                continue
            more = not count_event(m)
            if rarely(m[GROUPS] > NEAR_GROUPS):
                bring_near(m, m[root + 1])
            if x != NOBODY:
                code = run_token(m, x)
                if rarely(code != FINISHED):
                    return code
            more = more and is_empty(m, READY, TOKEN_LINK)


@helper
def start_run(m: Memory) -> None:
    """Bring memory that was laid out to the moment before the first event."""
    clear_list(m, READY, TOKEN_LINK)
    clear_list(m, WAITING, TOKEN_LINK)
    clear_list(m, CHOOSERS, TOKEN_LINK)
    for leaf in range((m[GROUPS] << GROUP_SHIFT) + 1):  # the last stands beside the tree: it never comes
        m[m[TIMES] + leaf] = NEVER
    for node in range(2 * m[GROUPS] - 1, 0, -1):
        at = m[TREE] + 2 * node
        m[at] = NEVER
        m[at + 1] = (node - m[GROUPS]) << GROUP_SHIFT if node >= m[GROUPS] else m[m[TREE] + 4 * node + 1]
    for s in range(m[STATIONS], m[STATIONS_END], STATION_SIZE):
        for precedence in range(FLASH + 1):
            clear_list(m, queue_of(s, precedence), TOKEN_LINK)
        m[s + STATION_IDLE] = -1
        set_calendars(m, s)
    for j in range(m[SOURCES], m[SOURCES_END], SOURCE_SIZE):
        m[j + SOURCE_STEP] = m[j + SOURCE_FIRST]
        set_time(m, m[j + SOURCE_LEAF], next_arrival(m, j, 0))
        look_ahead(m, j, 1)
    if m[OUTSIDE_NEXT] < m[OUTSIDE_END]:
        set_time(m, m[OUTSIDE_LEAF], m[m[OUTSIDE_NEXT] + OUTSIDE_TIME])
    m[SAMPLE_DUE] = NEVER
    if m[SAMPLE_COUNT] > 0:
        m[SAMPLE_DUE] = m[SAMPLE_START]


@helper
def settle_tokens(m: Memory, begin: int, end: int) -> None:
    """Settle the tokens in a part of memory, at the end of the run."""
    for x in range(begin, end, TOKEN_SIZE):
        if state_of(m, x) != GONE:
            settle(m, x)


@helper
def close_accounts(m: Memory, begin: int, end: int) -> None:
    """Add what the critical branches have cost to the open decisions, of the tokens in a part of memory."""
    for x in range(begin, end, TOKEN_SIZE):
        if state_of(m, x) == JOINING:
            record(m, STANDS, x, -1, 0, critical_child(m, x), 0)
            if is_root(m, x) and m[row_of(m, x) + ROW_ENDED] < 0:
                add_critical(m, row_of(m, x) + ROW_ACCOUNT, x)


@helper
def settle_desks(m: Memory) -> None:
    """Complete the table of desks at the end of the run."""
    for k in range(m[SLOTS], m[SLOTS_END], SLOT_SIZE):
        count_open_time(m, k)
    for d in range(m[DESKS], m[DESKS_END], DESK_SIZE):
        m[d + DESK_STAY_TIME] += number_here(m, d) * m[NOW]
        s = m[d + DESK_STATION]
        for k in range(m[s + STATION_FIRST], m[s + m[STATIONS_APART] + STATION_END], SLOT_SIZE):
            m[d + m[DESKS_APART] + DESK_OPEN_TIME] += m[k + m[SLOTS_APART] + SLOT_OPEN_TIME]


# ---- the door


def advance(m: Memory, what: int, until: int, kind: int, a: int, b: int) -> int:
    """Do ``what`` (START, RUN ...) in the memory; return FINISHED or what there is too little room for."""
    if what == START:
        start_run(m)
    elif what == RUN:
        return run(m, until)  # type: ignore[no-any-return]
    elif what == INJECT:
        happen(m, kind, a, b)
        count_event(m)
    elif what == SETTLE_TOKENS:
        settle_tokens(m, a, b)
    elif what == CLOSE_ACCOUNTS:
        close_accounts(m, a, b)
    elif what == SETTLE_DESKS:
        settle_desks(m)
    elif what == WRITE_OUT:
        m[0] = write_out(m, a, b, kind, until)
    else:
        code = empty_ready(m)
        return code if code != FINISHED else shortage_for_event(m)  # type: ignore[no-any-return]
    return FINISHED
