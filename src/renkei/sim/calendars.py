"""Hours of duty become openings and closings in UTC, counted in microseconds from a scenario's start.

Local time is turned into UTC here and nowhere else, by zoneinfo: daylight saving, the date line and national
holidays are right because the calendar is expanded day by day. A local time that does not exist moves forward; of
one that comes twice the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from renkei.model.structure import Hours, Window
from renkei.sim.program import CALENDAR_ALWAYS, CALENDAR_NEVER, NEVER, Ints
from renkei.zones import zone as zone_of

Segments = tuple[tuple[int, int], ...]
"""Openings and closings, sorted, disjoint, not touching."""

ALWAYS: Segments = ((-NEVER, NEVER),)
MARGIN = timedelta(days=14)
"""Calendars reach this far beyond the end, so that a completion just after it is still known."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of time that calendars are made for: a start in UTC and a length in seconds."""

    start: datetime
    length_s: float

    def offset_us(self, moment: datetime) -> int:
        """Return whole microseconds from the start to an aware moment."""
        return (moment - self.start) // _MICROSECOND

    def days(self, zone: str) -> Iterable[date]:
        """Yield every local date that the span touches, with margins on both sides."""
        tz = zone_of(zone)
        first = self.start.astimezone(tz).date() - timedelta(days=2)
        last = (self.start + timedelta(seconds=self.length_s) + MARGIN).astimezone(tz).date()
        while first <= last:
            yield first
            first += timedelta(days=1)


@lru_cache(maxsize=64)
def national_holidays(nation: str, year: int) -> frozenset[date]:
    """Return the national holidays of a nation (ISO 3166 code) in a year; none where the nation is not known."""
    import holidays  # slow to import, and only offices need it

    try:
        return frozenset(holidays.country_holidays(nation, years=year))
    except NotImplementedError:
        return frozenset()


def is_holiday(day: date, nations: Sequence[str]) -> bool:
    """Return whether a day is a national holiday of any of the nations."""
    return any(day in national_holidays(nation, day.year) for nation in nations)


def local_moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the UTC moment of a local wall-clock time, ``minutes`` after midnight (up to 1440 or beyond)."""
    day += timedelta(days=minutes // 1440)
    wall = datetime.combine(day, time(minutes % 1440 // 60, minutes % 60), tzinfo=zone)
    return wall.astimezone(UTC)


def merged(segments: Iterable[tuple[int, int]]) -> Segments:
    """Return the union of segments: sorted, disjoint, not touching, none empty."""
    result: list[list[int]] = []
    for opens, closes in sorted(segments):
        if closes <= opens:
            continue
        if result and opens <= result[-1][1]:
            result[-1][1] = max(result[-1][1], closes)
        else:
            result.append([opens, closes])
    return tuple((opens, closes) for opens, closes in result)


def common(one: Segments, other: Segments) -> Segments:
    """Return the times that lie in both."""
    result = []
    i = j = 0
    while i < len(one) and j < len(other):
        opens, closes = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if opens < closes:
            result.append((opens, closes))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def without(segments: Segments, gaps: Segments) -> Segments:
    """Return the times of ``segments`` that lie in none of ``gaps``."""
    outside = []
    at = -NEVER
    for opens, closes in gaps:
        outside.append((at, opens))
        at = closes
    outside.append((at, NEVER))
    return common(segments, merged(outside))


def opened(hours: Hours, zone: str, nations: Sequence[str], span: Span) -> Segments:
    """Return the openings of ``hours``; ``zone`` and ``nations`` are those of the place where they do not say."""
    if hours.always:
        return ALWAYS
    return _expanded(hours.windows, hours.zone or zone, tuple(hours.nations or nations), span)


def ever_open(hours: Hours, zone: str, nations: Sequence[str], span: Span) -> bool:
    """Return whether ``hours`` open within a span at all."""
    end = round(span.length_s * 1e6)
    return any(opens < end and closes > 0 for opens, closes in opened(hours, zone, nations, span))


@lru_cache(maxsize=512)  # a structure has thousands of desks, and few hours of duty
def _expanded(windows: tuple[Window, ...], zone: str, nations: tuple[str, ...], span: Span) -> Segments:
    return merged(_openings(windows, zone, nations, span))


def _openings(windows: Sequence[Window], zone: str, nations: Sequence[str], span: Span) -> Iterable[tuple[int, int]]:
    tz = zone_of(zone)
    for day in span.days(zone):
        for window in windows:
            if applies(window, day, nations):
                until = window.closes if window.closes > window.opens else window.closes + 1440
                yield (
                    span.offset_us(local_moment(day, window.opens, tz)),
                    span.offset_us(local_moment(day, until, tz)),
                )


def applies(window: Window, day: date, nations: Sequence[str]) -> bool:
    """Return whether a weekly window opens on a day."""
    if window.holidays == "only":
        return day.weekday() in window.days and is_holiday(day, nations)
    if day.weekday() not in window.days:
        return False
    return window.holidays == "worked" or not is_holiday(day, nations)


@dataclass(slots=True)
class CalendarTable:
    """All calendars of a program, each once. 0 is always open, 1 never."""

    known: dict[Segments, int] = field(default_factory=lambda: {ALWAYS: CALENDAR_ALWAYS, (): CALENDAR_NEVER})

    def number(self, segments: Segments) -> int:
        """Return the number of a calendar, adding it if it is new."""
        return self.known.setdefault(segments, len(self.known))

    def segments(self, number: int) -> Segments:
        """Return the segments of a calendar by its number."""
        return next(segments for segments, known in self.known.items() if known == number)

    def arrays(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return (first, open, close, before) as the kernel wants them: see ``program.Fixed``."""
        import numpy as np  # what is only looked at makes no arrays

        first, opens, closes, before = [0], [], [], []
        for segments in self.known:
            total = 0
            for begin, end in segments:
                opens.append(begin)
                closes.append(end)
                before.append(total)
                total += 0 if segments is ALWAYS or segments == ALWAYS else end - begin
            first.append(len(opens))
        return (
            np.array(first, dtype=np.int64),
            np.array(opens, dtype=np.int64),
            np.array(closes, dtype=np.int64),
            np.array(before, dtype=np.int64),
        )


def open_time_us(segments: Segments, begin: int, end: int) -> int:
    """Return how long a calendar is open within [begin, end)."""
    return sum(max(0, min(closes, end) - max(opens, begin)) for opens, closes in segments)
