"""One run reduced to rows, on tables small enough to check by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from renkei.analysis import runs
from renkei.analysis.runs import CAUSES, CLASS, DONE, FAILED, OPEN, POINTS, REFUSED, growth, of_class, reduce_run
from renkei.sim import program
from unit.tables import HOUR, LENGTH, SECOND, Made, layout, output

END_S = LENGTH / SECOND
NONE = np.array([math.nan])


def statistic(name: str, *decisions: Made, deadline_s: float = math.nan) -> float:
    """Return one statistic of a run with these decisions."""
    return float(reduce_run(layout(), output(decisions), np.array([deadline_s])).classes[0, CLASS[name]])


def test_codes_are_the_engines() -> None:
    """The layers do not know each other, so the names that both have are compared here."""
    assert (OPEN, DONE, REFUSED, FAILED) == (
        program.Outcome.OPEN,
        program.Outcome.DONE,
        program.Outcome.REFUSED,
        program.Outcome.FAILED,
    )
    assert runs.CAUSES == program.CAUSES


def test_times_are_of_what_was_ordered() -> None:
    decisions = [Made(10), Made(30), Made(1, REFUSED), Made(2, FAILED)]
    assert statistic("mean_s", *decisions) == 20
    assert statistic("median_s", *decisions) == 20
    assert [statistic(name, *decisions) for name in ("raised", "done", "refused", "failed", "open")] == [4, 2, 1, 1, 0]


def test_an_open_one_is_longer_than_any_ordered() -> None:
    """Young as it is: of 10, 20 and open the median is 20; of 10 and open it is over 10."""
    young = Made(None, raised_s=END_S - 5)
    assert statistic("median_s", Made(10), Made(20), young) == 20
    assert statistic("median_s", Made(10), young) == math.inf
    assert statistic("median_bound_s", Made(10), young) == 10
    assert statistic("mean_s", Made(10), young) == 10


def test_without_an_ordered_one_the_age_is_the_bound() -> None:
    assert statistic("median_s", Made(None, raised_s=END_S - 50)) == math.inf
    assert statistic("median_bound_s", Made(None, raised_s=END_S - 50)) == 50
    assert math.isnan(statistic("mean_s", Made(None)))


def test_no_decision_has_no_time() -> None:
    assert statistic("raised") == 0
    assert math.isnan(statistic("median_s"))
    assert math.isnan(statistic("within_deadline", deadline_s=10))


def test_within_the_deadline() -> None:
    """To the microsecond. Open ones are missed once past it, left out before; failed are missed, refused left out."""
    deadline_s = 100.0
    assert statistic("within_deadline", Made(100), Made(100.000001), deadline_s=deadline_s) == 0.5
    assert statistic("within_deadline", Made(10), Made(None, raised_s=END_S - 101), deadline_s=deadline_s) == 0.5
    assert statistic("within_deadline", Made(10), Made(None, raised_s=END_S - 99), deadline_s=deadline_s) == 1
    assert statistic("within_deadline", Made(10), Made(1, REFUSED), deadline_s=deadline_s) == 1
    assert statistic("within_deadline", Made(10), Made(1, FAILED), deadline_s=deadline_s) == 0.5
    assert math.isnan(statistic("within_deadline", Made(10)))


def test_warm_up_cool_down_and_background_do_not_count() -> None:
    own = layout(("request", "business"), first_us=10 * HOUR, last_us=20 * HOUR, counted=np.array([True, False]))
    decisions = [Made(1, raised_s=hour * 3600.0) for hour in (9.999, 10, 19.999, 20)]
    decisions.append(Made(1, raised_s=15 * 3600.0, source=1))
    assert reduce_run(own, output(decisions), np.full(2, math.nan)).classes[0, CLASS["raised"]] == 2


def test_classes_are_kept_apart() -> None:
    """One sort serves all: classes do not run into each other, nor open ones into the next class."""
    own = layout(("a", "b", "c"))
    decisions = [
        Made(5, decision_class=2),
        Made(None, decision_class=0),
        Made(7, decision_class=2),
        Made(1, decision_class=0),
    ]
    reduced = reduce_run(own, output(decisions), np.full(3, math.nan))
    assert reduced.classes[:, CLASS["median_s"]].tolist()[::2] == [math.inf, 6]
    assert math.isnan(reduced.classes[1, CLASS["median_s"]])
    assert reduced.counts.tolist() == [2, 0, 2]
    assert reduced.points.tolist() == [1, -END_S, 5, 7]


def test_causes_add_up_to_the_mean() -> None:
    reduced = reduce_run(layout(), output([Made(10, work_s=3), Made(20, work_s=12), Made(None)]), NONE)
    row = reduced.classes[0]
    assert row[CLASS["work_s"]] == 7.5
    assert sum(row[CLASS[f"{cause}_s"]] for cause in CAUSES) == row[CLASS["mean_s"]] == 15


def test_marks_count_once_and_open_ones_are_longer() -> None:
    """Decision 0 passes the mark twice, 1 never though it ended (left out), 2 is open without it (longer than any)."""
    marks = [(0, 2, 4.0), (0, 2, 9.0)]
    reduced = reduce_run(layout(), output([Made(10), Made(10)], marks), NONE)
    assert reduced.marks[0, 2].tolist() == [4, 4]
    reduced = reduce_run(layout(), output([Made(10), Made(10), Made(None)], marks), NONE)
    assert reduced.marks[0, 2].tolist() == [math.inf, 4]


def test_histogram_holds_what_was_ordered() -> None:
    """Ten bins a decade from one second; what is outside is in the outermost."""
    reduced = reduce_run(layout(), output([Made(0), Made(1), Made(10), Made(2e9, raised_s=0), Made(None)]), NONE)
    assert np.flatnonzero(reduced.histogram[0]).tolist() == [0, 10, 79]
    assert reduced.histogram.sum() == 4


def test_points_of_a_long_run_are_evenly_spaced() -> None:
    reduced = reduce_run(layout(), output([Made(float(k)) for k in range(1000)]), NONE)
    assert reduced.points.size == POINTS
    assert np.diff(reduced.points).tolist() == [10.0] * (POINTS - 1)


@pytest.mark.parametrize(
    ("name", "backlog", "grows"),
    [
        ("rises with noise", [k + (k * 7 % 5) for k in range(64)], True),
        ("stays", [3] * 64, False),
        ("is drained each week", [(k % 21) * 5 for k in range(64)], False),
        ("a surge drains", [max(0, 200 - 5 * k) for k in range(64)], False),
        ("grew, then stayed", [min(k, 10) + (k % 3) * 4 for k in range(64)], False),
    ],
)
def test_growth(name: str, backlog: list[int], grows: bool) -> None:
    """A backlog that comes back is none that grows."""
    surely, level = growth(np.array(backlog, dtype=np.float64)[:, None])
    assert bool((surely[0] > 2.39) & (level[0] > 0)) is grows, name


def test_one_class_in_brief_is_as_among_others() -> None:
    """What a choice keeps of a run is what a study keeps of it, to the bit."""
    own = layout(("a", "b", "c"))
    made = [
        Made(float(3 * k % 17) if k % 5 else None, decision_class=k % 3, source=k % 3, work_s=k / 7) for k in range(60)
    ]
    deadlines = np.array([math.nan, 9.0, 4.0])
    whole = reduce_run(own, output(made), deadlines)
    left_out = [CLASS["growth_t"], CLASS["growth_level"]]
    for row in range(3):
        one = reduce_run(of_class(own, row), output(made), deadlines[row : row + 1], brief=True)
        assert np.isnan(one.classes[0, left_out]).all()
        expected = np.delete(whole.classes[row], left_out)
        assert np.array_equal(np.delete(one.classes[0], left_out), expected, equal_nan=True)
        first = int(whole.counts[:row].sum())
        assert np.array_equal(one.points, whole.points[first : first + int(whole.counts[row])])
        assert np.array_equal(one.desks, whole.desks)
        assert one.counts.tolist() == [whole.counts[row]]
        assert not one.histogram.size
        assert not one.marks.size
        assert not one.firsts.size
