"""The program: what the kernel and its twin run, as flat arrays.

A program is compiled once for a structure under a scenario. It is cut in two, so that a future is only
numbers: ``Fixed`` never changes; ``Bound`` is made for each future by ``Program.bind``. The meaning of
every instruction and the order of simultaneous events are defined in ``docs/machine.md``.

Times are whole microseconds from the scenario's start (int64). ``NEVER`` stands for "not at all".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
else:
    # `renkei check` follows every paper's way without an array; numpy would be a tenth of its time.
    Ints = Floats = object

NEVER = 1 << 61
"""A time that never comes. Sums of two of them still fit in int64."""

CALENDAR_ALWAYS = 0
CALENDAR_NEVER = 1

PRECEDENCES = ("ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH")
NO_PRECEDENCE = 4
"""Stands for "no precedence does this" where a threshold is asked for."""

CAUSES = ("work", "queue", "off_duty", "channel", "meeting", "concurrence", "rework")
WORK_CAUSE, QUEUE_CAUSE, OFF_DUTY_CAUSE, CHANNEL_CAUSE, MEETING_CAUSE, CONCURRENCE_CAUSE, REWORK_CAUSE = range(7)
N_CAUSES = 7

CONTEXT_OWN, CONTEXT_CONCURRENCE, CONTEXT_REWORK = range(3)


class Op:
    """Instruction codes. The operands ``a`` to ``f`` of each are defined in docs/machine.md."""

    WORK, SEND, DELAY, MEET = 0, 1, 2, 3
    FORK, LEAVE, SPAWN = 4, 5, 6
    CHANCE, RETURN, JUMP, IF_REGISTER, SET_REGISTER = 7, 8, 9, 10, 11
    IF_POSTURE, IF_OPEN, IF_LOST, IF_OVER = 12, 13, 14, 15
    GUARD, UNGUARD = 16, 17
    POSTURE, PRECEDENCE, MARK, END = 18, 19, 20, 21


class Dist:
    """Kinds of distribution; ``p0`` to ``p3`` are in seconds where they are durations."""

    CONSTANT, UNIFORM, TRIANGULAR, PERT, EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL, EMPIRICAL = range(9)


class Source:
    """Kinds of demand."""

    INTERVAL, POISSON, LIST = range(3)


class Outside:
    """Kinds of outside event."""

    POSTURE, CHANNEL, LOST, RESTORED, ROTATE, FRICTION, INJECT = range(7)


class Outcome:
    """How a decision stands. ``OPEN`` until it ends."""

    OPEN, DONE, REFUSED, FAILED = range(4)


ORDERED_MARK = 1
"""The mark that stops a decision's clock."""


class Trace:
    """Kinds of trace record."""

    RAISED, QUEUED, STARTED, DONE, SENT, ARRIVED, MEETING_WAITS, MEETING_STARTS, MEETING_ENDS = range(9)
    FORKED, JOINED, RETURNED, TIMED_OUT, MARKED, ENDED, WITHDRAWN, INTERRUPTED, REDIRECTED = range(9, 18)
    POSTURE, RECALLED, STOOD_DOWN, LOST, RESTORED, CHANNEL, SPENT, ROTATED, FRICTION = range(18, 27)
    STANDS = 27


TRACE_COLUMNS = ("kind", "time", "decision", "token", "pc", "place", "x", "y", "until")

DECISION_COLUMNS = (
    "class", "source", "ordinal", "raised", "decided", "ended", "outcome",
    "work", "queue", "off_duty", "channel", "meeting", "concurrence", "rework",
    "hand_offs", "crossings", "returns", "lost", "precedence", "reason",
)  # fmt: skip

DESK_COLUMNS = (
    "arrivals", "completions", "work_time", "lost_time", "number_time", "stay_time", "interruptions",
    "redirected", "offered", "open_time",
)  # fmt: skip


class Fixed(NamedTuple):
    """What no future changes. All arrays are one-dimensional, C-contiguous int64."""

    # calendars: segments [open, close), sorted, disjoint, not touching; before = open time before the segment
    calendar_first: Ints  # (calendars + 1,) first segment of each; the next entry ends it
    segment_open: Ints
    segment_close: Ints
    segment_before: Ints
    # stations: the people who share one queue; one person with several hats is one station of several desks
    station_first: Ints  # (stations + 1,) first slot of each
    station_finish: Ints  # 1: work in hand at closing is finished; 0: it is suspended
    station_interrupt: Ints  # lowest precedence that interrupts lower ones, or 4
    station_recall: Ints  # lowest precedence that recalls, or 4
    station_recall_count: Ints  # how many come
    slot_station: Ints
    desk_station: Ints
    desk_successor: Ints  # desk that takes over when the desk's station is lost, or -1
    # the code
    op_code: Ints
    op_a: Ints
    op_b: Ints
    op_c: Ints
    op_d: Ints
    op_e: Ints
    op_f: Ints
    op_key: Ints  # 64 bits of a hash of names, stored as int64
    branch_pc: Ints
    branch_context: Ints
    channel_list: Ints  # channel ids, in slices that SEND and MEET name
    meeting_desk: Ints
    # channels
    channel_calendar: Ints
    # classes and sources
    source_class: Ints
    source_entry: Ints  # pc at which its decisions begin
    source_kind: Ints
    source_first: Ints  # (sources + 1,) slice of source_time: profile steps (POISSON) or moments (LIST)
    source_time: Ints
    # familiarity
    pair_count: Ints  # (1,)
    # outside events known beforehand, sorted by time
    outside_time: Ints
    outside_kind: Ints
    outside_a: Ints
    outside_b: Ints
    shift_time: Ints  # changes of shift: moments at which a posture may go down
    distribution_kind: Ints
    header: Ints  # (8,): postures, initial posture, length, sample start, sample step, samples, event limit, 0


class Bound(NamedTuple):
    """What a future decides. Durations in whole microseconds (int64), the rest float64."""

    slot_calendar: Ints  # (postures * slots,) CALENDAR_NEVER where the slot is not staffed
    station_calendar: Ints  # (postures * stations,) union of the calendars of the station's staffed slots
    station_recall_us: Ints
    station_stand_down_us: Ints
    duration_us: Ints  # GUARD, POSTURE and book-after durations
    distribution_p0: Floats
    distribution_p1: Floats
    distribution_p2: Floats
    distribution_p3: Floats
    values: Floats  # samples of EMPIRICAL distributions
    probability: Floats
    channel_contact: Floats  # contact weight of a channel, 0 to 1
    source_rate: Floats  # events per second in each profile step, parallel to source_time (0 for LIST)
    source_offset_us: Ints  # INTERVAL: first moment
    source_interval_us: Ints  # INTERVAL: distance
    pair_start: Floats  # familiarity at the start, 0 to 1
    pair_gain: Floats  # g, per contact-hour
    pair_fade: Floats  # ln 2 / half-life, per hour
    pair_contact: Floats  # contact-hours per hour that the structure gives anyway
    pair_kept: Floats  # what is kept when a post-holder changes
    activation_us: Ints  # (postures,) time to reach a posture
    effects: Floats  # (3,): e of familiarity, friction's factor on duration, friction's addition to returns


@dataclass(eq=False)
class RunOutput:
    """What a run gives: tables as int64 matrices, one row per decision, desk, sample and trace record."""

    make_decisions: Callable[[], Ints]
    make_marks: Callable[[], Ints]
    make_trace: Callable[[], Ints]
    desks: Ints  # (desks, len(DESK_COLUMNS))
    samples: Ints  # (samples, desks) number queued or served at each desk
    events: int  # calendar events executed
    truncated: bool  # the event limit was met before the end

    @cached_property
    def decisions(self) -> Ints:
        """(n, len(DECISION_COLUMNS)): made when it is first asked for."""
        return self.make_decisions()

    @cached_property
    def marks(self) -> Ints:
        """(m, 3): decision row, mark, time; not the mark that stops a clock, which ``ended`` and the outcome tell."""
        return self.make_marks()

    @cached_property
    def trace(self) -> Ints:
        """(r, len(TRACE_COLUMNS)), no rows unless asked for."""
        return self.make_trace()
