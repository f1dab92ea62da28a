"""Disruptions that overlap or touch, worked out by hand: the draft takes 30 min, the decision 20, the way 10, the
order 5; the decision is raised at 01:00.
"""

from itertools import permutations
from pathlib import Path

import pytest

from theory.little import minutes

ALONE = 30 + 20 + 10 + 5


@pytest.mark.parametrize(
    ("disruptions", "expected"),
    [
        # the order leaves when the channel is back at 05:00
        (["{out: m, begins: 0 h, lasts: 5 h}", "{out: m, begins: 1 h, lasts: 1 h}"], 240 + 15),
        # touching: out from 00:00 to 04:00
        (["{out: m, begins: 0 h, lasts: 2 h}", "{out: m, begins: 2 h, lasts: 2 h}"], 180 + 15),
        # a desk, by itself twice; by its headquarters; by its place
        (["{out: a.ops, begins: 0 h, lasts: 5 h}", "{out: a.ops, begins: 0 h, lasts: 2 h}"], 240 + ALONE),
        (["{out: a.ops, begins: 0 h, lasts: 5 h}", "{out: a, begins: 0 h, lasts: 2 h}"], 240 + ALONE),
        (["{out: p, begins: 0 h, lasts: 5 h}", "{out: a, begins: 30 min, lasts: 1 h}"], 240 + ALONE),
        (["{out: a.ops, begins: 0 h}", "{out: a.ops, begins: 0 h, lasts: 2 h}", "{out: m, begins: 9 h}"], None),
    ],
)
def test_a_thing_is_out_while_any_outage_covers_it(
    tmp_path: Path, disruptions: list[str], expected: float | None
) -> None:
    for number, listed in enumerate(permutations(disruptions)):
        text = "disruptions:\n" + "".join(f"  - {each}\n" for each in listed)
        if expected is None:
            with pytest.raises(AssertionError, match="has not ended"):
                minutes(tmp_path / str(number), disruptions=text)
        else:
            assert minutes(tmp_path / str(number), disruptions=text) == expected


NIGHT = """{ops: {duty: [{hours: office, strength: 1, posture: steady}, {hours: watch, strength: 1, posture: crisis}]},
    commander: {hours: watch, strength: 1}}"""


@pytest.mark.parametrize("turned", [False, True])
def test_the_highest_posture_in_force_holds(tmp_path: Path, turned: bool) -> None:
    """The desk works at 01:00 in a crisis only; the short crisis within the long one does not end it."""
    listed = ["{posture: crisis, begins: 0 h, lasts: 20 h}", "{posture: crisis, begins: 10 min, lasts: 20 min}"]
    listed = listed[::-1] if turned else listed
    text = "shift_changes: ['00:45']\ndisruptions:\n" + "".join(f"  - {each}\n" for each in listed)
    assert minutes(tmp_path, disruptions=text, a_desks=NIGHT) == ALONE


@pytest.mark.parametrize("turned", [False, True])
def test_friction_is_the_highest_level_in_force(tmp_path: Path, turned: bool) -> None:
    """Friction 1 doubles what the ministry A works; the weaker friction within it neither lowers nor ends it."""
    listed = ["{friction: 1, begins: 0 h, lasts: 20 h}", "{friction: 0.5, begins: 0 h, lasts: 30 min}"]
    listed = listed[::-1] if turned else listed
    text = "disruptions:\n" + "".join(f"  - {each}\n" for each in listed)
    ministry = "place: p, desks => place: p, ministry: true, desks"
    doctrine = "name: d\n => name: d\nfriction: {work: 1}\n"
    taken = minutes(tmp_path, disruptions=text, ministry=ministry, doctrine=doctrine)
    assert taken == 2 * (30 + 20) + 10 + 5
