"""Hours of duty against what clocks and calendars are known to do."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from renkei.model.structure import Hours, Window
from renkei.sim import calendars as cal

HOUR = 3_600_000_000
EVERY_DAY = tuple(range(7))


def nine_to_five(zone: str, start: datetime, days: int) -> cal.Segments:
    """Return the openings of 09:00 to 17:00 every day in a zone."""
    span = cal.Span(start, days * 86400.0)
    return cal.opened(Hours(windows=(Window(EVERY_DAY, 540, 1020, "worked"),)), zone, (), span)


def openings_after(segments: cal.Segments, moment: int) -> list[int]:
    """Return the openings at or after a moment."""
    return [opens for opens, _ in segments if opens >= moment]


def test_new_york_and_tokyo_are_fourteen_then_thirteen_hours_apart() -> None:
    """New York's clocks go forward on 10 March 2024: nine in Tokyo comes 14 h, then 13 h, before nine there."""
    start = datetime(2024, 3, 9, tzinfo=UTC)
    tokyo = openings_after(nine_to_five("Asia/Tokyo", start, 4), 0)
    new_york = openings_after(nine_to_five("America/New_York", start, 4), 0)

    gaps = [(there - here) / HOUR for here, there in zip(tokyo[:3], new_york[:3], strict=True)]

    assert gaps == [14.0, 13.0, 13.0]


def test_honolulu_is_always_nineteen_hours_behind_tokyo() -> None:
    """Neither city changes its clocks: nine in Honolulu is 19 h after nine in Tokyo, every day of a year."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    tokyo = openings_after(nine_to_five("Asia/Tokyo", start, 366), 0)
    honolulu = openings_after(nine_to_five("Pacific/Honolulu", start, 366), 19 * HOUR)

    assert {there - here for here, there in zip(tokyo, honolulu, strict=False)} == {19 * HOUR}


def test_tokyo_and_honolulu_offices_share_twelve_hours_a_week() -> None:
    """08:30-17:30 in Tokyo and 07:30-16:30 in Honolulu overlap 3 h a day, Tuesday to Friday in Tokyo."""
    span = cal.Span(datetime(2024, 6, 2, 15, tzinfo=UTC), 7 * 86400.0)
    tokyo = cal.opened(Hours(windows=(Window((0, 1, 2, 3, 4), 510, 1050),)), "Asia/Tokyo", ("JP",), span)
    honolulu = cal.opened(Hours(windows=(Window((0, 1, 2, 3, 4), 450, 990),)), "Pacific/Honolulu", ("US",), span)

    both = cal.common(tokyo, honolulu)
    week = cal.open_time_us(both, 0, 7 * 24 * HOUR)

    assert week == 12 * HOUR
    assert len([1 for opens, _ in both if 0 <= opens < 7 * 24 * HOUR]) == 4


def test_a_time_that_does_not_exist_moves_forward_and_of_two_the_first_is_meant() -> None:
    """02:30 in New York on 10 March 2024 is 07:30 UTC; 01:30 on 3 November 2024 is 05:30 UTC, the first of two."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/New_York")

    spring = cal.local_moment(datetime(2024, 3, 10).date(), 150, zone)
    autumn = cal.local_moment(datetime(2024, 11, 3).date(), 90, zone)

    assert spring == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)
    assert autumn == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)


def test_national_holidays_close_an_office_of_that_nation_only() -> None:
    """3 May 2024 is Constitution Day in Japan and an ordinary Friday in the United States."""
    span = cal.Span(datetime(2024, 5, 3, tzinfo=UTC), 12 * 3600.0)
    office = Hours(windows=(Window((0, 1, 2, 3, 4), 480, 1020),))

    japanese = cal.opened(office, "Asia/Tokyo", ("JP",), span)
    american = cal.opened(office, "Asia/Tokyo", ("US",), span)
    combined = cal.opened(office, "Asia/Tokyo", ("US", "JP"), span)

    assert cal.open_time_us(japanese, 0, 8 * HOUR) == 0
    assert cal.open_time_us(american, 0, 8 * HOUR) == 8 * HOUR
    assert combined == japanese


segments = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=12).map(cal.merged)


@given(segments, segments)
def test_common_and_without_part_a_calendar(one: cal.Segments, other: cal.Segments) -> None:
    """What lies in both and what lies in one only add up, are sorted, disjoint and do not touch."""
    both, rest = cal.common(one, other), cal.without(one, other)

    assert cal.open_time_us(both, -1, 1000) + cal.open_time_us(rest, -1, 1000) == cal.open_time_us(one, -1, 1000)
    assert cal.merged([*both, *rest]) == one
    for result in (one, both):
        assert all(first[1] < second[0] for first, second in pairwise(result))
