from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei import units


def test_the_examples_of_the_docstrings() -> None:
    assert doctest.testmod(units).failed == 0


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("250 us", 0.00025, "duration"),
        ("90 min", 5400.0, "duration"),
        ("2 hours", 7200.0, "duration"),
        ("1 mo", 30.4375 * 86_400, "duration"),
        ("1 yr", 365.25 * 86_400, "duration"),
        ("12/day", 12 / 86_400, "rate"),
        ("1/10 min", 1 / 600, "rate"),
        ("30 %", 0.3, "share"),
        ("0.3", 0.3, "number"),
        ("5 people", 5.0, "people"),
        ("2.5 M USD", 2_500_000.0, "money"),
        ("10.5 bn JPY/year", 10_500_000_000.0, "money"),
        ("42 h/wk", 0.25, "contact"),
    ],
)
def test_a_quantity(text: str, value: float, dimension: str) -> None:
    measured = units.measure(text)
    assert measured.value == pytest.approx(value, rel=1e-15)
    assert measured.dimension == dimension


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("soon", "it does not begin with a number"),
        ("5 fortnights", "`fortnights` is not a unit"),
        ("5/fortnight", "`fortnight` is not a unit of time"),
        ("5/0 min", "it is a rate per no time at all"),
    ],
)
def test_no_quantity(text: str, reason: str) -> None:
    with pytest.raises(units.QuantityError) as refused:
        units.measure(text)
    assert refused.value.reason == reason
    assert refused.value.remedy


def test_another_dimension() -> None:
    with pytest.raises(units.QuantityError, match="it is a rate, where a duration is asked"):
        units.parse("4/day", "duration")


@given(st.floats(0, 1e12), st.sampled_from(["duration", "rate", "share", "contact"]))
def test_what_is_written_reads_as_the_same_value(value: float, dimension: units.Dimension) -> None:
    assert units.parse(str(units.write(value, dimension)), dimension) == value


@pytest.mark.parametrize(
    ("seconds", "en", "ja"),
    [
        (0, "0 s", "0秒"),
        (0.25, "0.25 s", "0.25秒"),
        (59.7, "1 min", "1分"),
        (12_000, "3 h 20 min", "3時間20分"),
        (3600, "1 h", "1時間"),
        (3599.9, "1 h", "1時間"),
        (181_440, "2.1 d", "2.1日"),
        (86_400 * 800, "2.2 yr", "2.2年"),
        (-60, "-1 min", "-1分"),
    ],
)
def test_durations_for_people(seconds: float, en: str, ja: str) -> None:
    assert units.spoken(seconds) == en
    assert units.spoken(seconds, "ja") == ja
