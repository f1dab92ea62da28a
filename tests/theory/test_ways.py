"""The ways of papers, worked out by hand: what is done on the channel that is used, and who decides for whom.

The draft takes 30 min, the decision 20, the way over `m` 10, the order 5; the decision is raised at 01:00.
"""

from pathlib import Path

import pytest

from renkei.sim.assembler import Assembler
from theory.little import minutes, write_case

ALONE = 30 + 20 + 10 + 5
OUT = "disruptions: [{out: m}]"
BACK_AT_5 = "disruptions: [{out: m, lasts: 5 h}, {out: m2, lasts: 6 h}]"
SECOND = "  m2: {between: [any, any], kind: message, delay: 7 min%s}"
BY = "{kind: translation, delay: 30 min, by: b.ops}"
TWO = ", conversions: [{kind: translation, delay: 10 min}, {kind: transfer, delay: 20 min}]"


@pytest.mark.parametrize(
    ("first", "second", "disruptions", "expected"),
    [
        ("", f", conversions: [{BY}]", OUT, 55 + 30 + 7),
        ("", f", conversions: [{BY}]", "", ALONE),
        (f", conversions: [{BY}]", "", OUT, 55 + 7),
        (f", conversions: [{BY}]", "", "", ALONE + 30),
        (TWO, "", OUT, 55 + 7),
        (TWO, "", "", ALONE + 30),
        ("", TWO, OUT, 55 + 30 + 7),
        # both out: the order is ready at 01:50 and goes over the one that is back first, at 05:00
        (f", conversions: [{BY}]", "", BACK_AT_5, 4 * 60 + 30 + 10 + 5),
        ("", f", conversions: [{BY}]", BACK_AT_5, 4 * 60 + 10 + 5),
    ],
)
def test_conversions_are_those_of_the_channel_that_is_used(
    tmp_path: Path, first: str, second: str, disruptions: str, expected: float
) -> None:
    own = f"kind: message, delay: 10 min => kind: message, delay: 10 min{first}"
    taken = minutes(tmp_path, disruptions=disruptions, channels=SECOND % second, own=own)
    assert taken == expected


JOURNEY = """persons:
  pp: {name: PP, posts: [a.commander],
       journeys: [{to: r, every: 1, first: 2024-06-03, leaves: "01:00", out: 2 h, stay: 3 h, back: 1 h}]}"""
DAY = "{ops: {hours: OPS, strength: 1}, commander: {hours: office, strength: 1CALL}}"


def test_an_order_that_the_deputy_gave_does_not_wait_for_the_traveller(tmp_path: Path) -> None:
    assert minutes(tmp_path, persons=JOURNEY, authority=", deputy: a.ops") == ALONE


@pytest.mark.parametrize(
    ("authority", "deputy_hours", "recall", "expected"),
    [
        (", deputy: a.ops", "watch", "", ALONE),
        ("", "watch", "", 7 * 60 + 20 + 15),  # at 08:00
        (", deputy: b.ops", "watch", "", 30 + 10 + 20),  # which has the order then
        # the deputy is off duty too: it waits for the holder
        (", deputy: a.deputy", "watch", "", 7 * 60 + 20 + 15),
        # the holder is on call, and comes after an hour
        (
            ", deputy: a.ops",
            "watch",
            ", recall: {for: ROUTINE, after: 1 h, people: 1, stand_down: 1 h}",
            30 + 60 + 20 + 15,
        ),
    ],
)
def test_the_deputy_decides_while_the_holder_sleeps(
    tmp_path: Path, authority: str, deputy_hours: str, recall: str, expected: float
) -> None:
    desks = DAY.replace("OPS", deputy_hours).replace("CALL", recall)
    if "a.deputy" in authority:
        desks = desks[:-1] + ", deputy: {hours: office, strength: 1}}"
    assert minutes(tmp_path, a_desks=desks, authority=authority) == expected


def test_chances_one_after_another_do_not_double_the_code(tmp_path: Path) -> None:
    from renkei.files import load_case

    chance = "      - {chance: 50 %, then: [{draft: origin, work: 1 min}], otherwise: [{draft: b, work: 1 min}]}\n"
    sizes = []
    for count in (12, 24):
        process = "\n" + chance * count + "      - {decide: authority, work: 20 min}\n"
        case = load_case(write_case(tmp_path / str(count), process=process))
        assembler = Assembler(case.structures["s"], case.doctrine)
        assembler.assemble(case.doctrine.classes["c"], "a.ops")
        sizes.append(len(assembler.code))
    assert sizes[1] < 2.2 * sizes[0]  # it was 4,096 times as much
