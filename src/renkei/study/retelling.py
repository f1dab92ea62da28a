"""What a run's records say, told in the order in which it happened.

The engine settles a stretch of time at its end, and lays its parts (work and off duty, say) one after another
(docs/machine.md, "Trace"). Here each such stretch is laid out again by the calendars that held then: posture, losses,
recalls and channels change only between stretches, and are followed through the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from renkei.sim import calendars as cal

if TYPE_CHECKING:
    from renkei.sim.compiler import Program
    from renkei.sim.program import Bound, Ints

WORK, QUEUE, OFF_DUTY, CHANNEL, MEETING = range(5)
MOST_SUCCESSIONS = 8


@dataclass(slots=True)
class Telling:
    """Follows the state that calendars depend on through the records of a run, row by row."""

    program: Program
    bound: Bound
    posture: int = field(init=False)
    lost: set[int] = field(default_factory=set)
    """Stations."""
    recalled: set[int] = field(default_factory=set)
    down: set[int] = field(default_factory=set)
    """Channels."""
    slot: dict[int, int] = field(default_factory=dict)
    """Where each token is in service."""
    sent: dict[int, tuple[int, int]] = field(default_factory=dict)
    """When each token was sent, and over which channel."""
    _segments: dict[int, cal.Segments] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.posture = int(self.program.fixed.header[1])

    def see(self, row: Sequence[int]) -> None:
        """Take note of a record."""
        from renkei.sim.program import Trace

        kind, token, place, x = row[0], row[3], row[5], row[6]
        station = int(self.program.fixed.desk_station[place]) if 0 <= place < len(self.program.desks) else -1
        if kind == Trace.POSTURE:
            self.posture = x
        elif kind == Trace.LOST:
            self.lost.add(station)
        elif kind == Trace.RESTORED:
            self.lost.discard(station)
        elif kind == Trace.RECALLED:
            self.recalled.add(station)
        elif kind == Trace.STOOD_DOWN:
            self.recalled.discard(station)
        elif kind == Trace.CHANNEL:
            self.down.discard(place) if x else self.down.add(place)
        elif kind == Trace.STARTED:
            self.slot[token] = x
        elif kind == Trace.SENT:
            self.sent[token] = (row[1], place)

    def laid_out(self, rows: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return the SPENT records of one settling in the order of what happened, with the same parts in all."""
        from renkei.sim.program import Op

        begin, end, token, pc = rows[0][1], rows[-1][8], rows[0][3], rows[0][4]
        if len(rows) > 1:
            fixed = self.program.fixed
            code = int(fixed.op_code[pc])
            parts: list[tuple[int, int, int]] = []
            if code == Op.WORK:
                station = int(fixed.desk_station[rows[0][5]])
                active = rows[0][6]
                calendar = self._station(station)
                if active == WORK:
                    slots = len(fixed.slot_station)
                    calendar = self._calendar(int(self.bound.slot_calendar[self.posture * slots + self.slot[token]]))
                parts = list(by_calendars(begin, end, [(calendar, active)], OFF_DUTY))
            elif code == Op.MEET:
                together, some = self._meeting(pc)
                parts = list(
                    by_calendars(begin, end, [(cal.common(together, some), QUEUE), (together, CHANNEL)], MEETING)
                )
            if parts and lengths(parts) == lengths((row[1], row[8], row[6]) for row in rows):
                cause = {row[6]: row[7] for row in rows}
                return [[*rows[0][:1], one, *rows[0][2:6], x, cause[x], other] for one, other, x in parts]
        return [list(row) for row in rows]

    def via(self, row: Sequence[int]) -> int:
        """Return the channel that a SPENT record's time was spent on or for; -1 where there is none."""
        from renkei.sim.program import Op

        sent_at, channel = self.sent.get(row[3], (-1, -1))
        is_way = int(self.program.fixed.op_code[row[4]]) == Op.SEND
        return channel if is_way and row[1] <= sent_at <= row[8] else -1

    def _calendar(self, number: int) -> cal.Segments:
        if number not in self._segments:
            fixed = self.program.fixed
            rows = slice(int(fixed.calendar_first[number]), int(fixed.calendar_first[number + 1]))
            opens, closes = fixed.segment_open[rows].tolist(), fixed.segment_close[rows].tolist()
            self._segments[number] = tuple(zip(opens, closes, strict=True))
        return self._segments[number]

    def _station(self, station: int) -> cal.Segments:
        if station in self.recalled:
            return cal.ALWAYS
        if station in self.lost:
            return ()
        stations = len(self.program.stations)
        return self._calendar(int(self.bound.station_calendar[self.posture * stations + station]))

    def _meeting(self, pc: int) -> tuple[cal.Segments, cal.Segments]:
        """Return when all who meet at an instruction are on duty, and when some channel is open."""
        fixed = self.program.fixed
        a, b, d, e = (int(column[pc]) for column in (fixed.op_a, fixed.op_b, fixed.op_d, fixed.op_e))
        together: cal.Segments = cal.ALWAYS
        for desk in fixed.meeting_desk[a : a + b].tolist():
            for _ in range(MOST_SUCCESSIONS):
                if int(fixed.desk_station[desk]) not in self.lost or int(fixed.desk_successor[desk]) < 0:
                    break
                desk = int(fixed.desk_successor[desk])
            together = cal.common(together, self._station(int(fixed.desk_station[desk])))
        open_channels = [
            segment
            for channel in fixed.channel_list[d : d + e].tolist()
            if channel not in self.down
            for segment in self._calendar(int(fixed.channel_calendar[channel]))
        ]
        return together, cal.merged(open_channels)


def by_calendars(
    begin: int, end: int, calendars: Sequence[tuple[cal.Segments, int]], rest: int
) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of [begin, end), each with the activity of the first calendar that is open, else ``rest``."""
    cuts = {begin, end}
    for segments, _ in calendars:
        cuts |= {moment for segment in segments for moment in segment if begin < moment < end}
    before: tuple[int, int, int] | None = None
    moments = sorted(cuts)
    for one, other in pairwise(moments):
        open_now = (x for segments, x in calendars if any(opens <= one < closes for opens, closes in segments))
        activity = next(open_now, rest)
        if before is not None and before[2] == activity:
            before = (before[0], other, activity)
            continue
        if before is not None:
            yield before
        before = (one, other, activity)
    if before is not None:
        yield before


def lengths(parts: Iterator[tuple[int, int, int]] | Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Return how long each activity lasts in all."""
    result: dict[int, int] = {}
    for begin, end, activity in parts:
        result[activity] = result.get(activity, 0) + end - begin
    return result


def retold(program: Program, bound: Bound, trace: Ints, decision: int) -> Iterator[tuple[list[int], int]]:
    """Yield the records of a decision, with the channel of each (-1: none), in the order of what happened."""
    from renkei.sim.program import Trace

    telling = Telling(program, bound)
    group: list[list[int]] = []
    for row in trace.tolist():
        if group and not (
            row[0] == Trace.SPENT and row[3:5] == group[-1][3:5] and row[1] == group[-1][8] and row[6] > group[-1][6]
        ):
            for laid in telling.laid_out(group):
                yield laid, telling.via(laid)
            group = []
        if row[0] == Trace.SPENT and row[2] == decision:
            group.append(row)
            continue
        telling.see(row)
        if row[2] == decision:
            yield row, -1
    if group:
        for laid in telling.laid_out(group):
            yield laid, telling.via(laid)
