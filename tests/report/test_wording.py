import math

import pytest

from renkei.model.quantity import Assumption
from renkei.model.results import Estimate
from renkei.report.wording import (
    assumption_values,
    duration,
    exact_duration,
    factor,
    load,
    share,
    share_with_interval,
    time_with_interval,
)


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0, "0 s", "0秒"),
        (0.5, "0.50 s", "0.50秒"),
        (89, "89 s", "89秒"),
        (90, "1.5 min", "1.5分"),
        (38 * 60, "38 min", "38分"),
        (6.4 * 3600, "6.4 h", "6.4時間"),
        (47 * 3600, "47 h", "47時間"),
        (3.2 * 86_400, "3.2 d", "3.2日"),
        (-3600 * 5, "−5.0 h", "−5.0時間"),
        (math.nan, "–", "–"),
        (math.inf, "for ever", "無期限"),
    ],
)
def test_duration_is_in_the_unit_a_person_would_use(seconds: float, english: str, japanese: str) -> None:
    assert duration(seconds) == english
    assert duration(seconds, "ja") == japanese


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (7, "7 s"),
        (65, "1 min 05 s"),
        (3600, "1 h"),
        (50_730, "14 h 05 min 30 s"),
        (3605, "1 h 00 min 05 s"),
    ],
)
def test_exact_duration_to_the_second(seconds: float, text: str) -> None:
    assert exact_duration(seconds) == text


def test_an_interval_shares_the_unit_and_decimals_of_its_value() -> None:
    estimate = Estimate(9.6 * 3600, 9.1 * 3600, 10.2 * 3600)
    assert time_with_interval(estimate) == "9.6 h (9.1–10.2)"
    assert time_with_interval(estimate, "ja") == "9.6時間(9.1-10.2)"


def test_a_difference_has_signs() -> None:
    assert time_with_interval(Estimate(-1800, -3600, 600), sign=True) == "−30 min (−60 to +10)"


def test_a_bound_is_called_a_bound() -> None:
    assert time_with_interval(Estimate(30 * 86_400, 0, 0, over=True)) == "over 30 d"
    assert time_with_interval(Estimate(30 * 86_400, 0, 0, over=True), "ja") == "30日超"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (0.004, "0.4 %"), (0.78, "78 %"), (0.996, "99.6 %"), (0.9999, "100 %"), (1, "100 %")],
)
def test_share(value: float, text: str) -> None:
    assert share(value) == text


def test_share_with_interval() -> None:
    assert share_with_interval(Estimate(0.78, 0.74, 0.82)) == "78 % (74–82)"


def test_load_near_one_has_tenths() -> None:
    assert load(1.046) == "104.6 %"
    assert load(0.52) == "52 %"


def test_assumption_in_one_unit() -> None:
    hours = Assumption("a", 7200, 28_800, 129_600, "h", "duration")
    assert assumption_values(hours) == ("2", "8", "36", "h")
    rate = Assumption("b", 4 / 86_400, 12 / 86_400, 30 / 86_400, "/day", "rate")
    assert assumption_values(rate) == ("4", "12", "30", "/d")
    people = Assumption("c", 1000, 18_000, 100_000, "people", "people")
    assert assumption_values(people)[1] == "18\N{NARROW NO-BREAK SPACE}000"


def test_a_factor_has_an_end() -> None:
    assert [factor(value) for value in (4.14, 999.9, 1e9, math.inf, math.nan)] == [
        "x4.1",
        "x999.9",
        ">x999",
        ">x999",
        "–",
    ]
