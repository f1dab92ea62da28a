import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.cli.columns import clip, left, right, width, wrap

WORDS = st.text(st.sampled_from("abc 12.5日本語、。()時間 –"), min_size=0, max_size=200)


def test_japanese_takes_two_columns() -> None:
    assert width("決定 6.4 h") == 10
    assert left("日本", 6) == "日本  "
    assert right("日本", 6) == "  日本"


@given(WORDS, st.integers(2, 40))
def test_clip_fits(text: str, columns: int) -> None:
    assert width(clip(text, columns)) <= columns


@given(WORDS, st.integers(20, 80))
def test_wrap_keeps_every_character_and_fits(text: str, columns: int) -> None:
    """Nothing is lost but the spaces at breaks, and only an unbreakable word is wider than the room."""
    lines = wrap(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert width(line) <= columns or not any(
            unicodedata.east_asian_width(c) in "WF" or c == " " for c in line[1:-1]
        ), line


def test_no_japanese_line_begins_with_a_stop_or_ends_with_an_opening() -> None:
    text = "司令部の併置が最も早い。次は「太平洋艦隊の任務部隊（移転）」(往来)である。" * 20
    for columns in range(24, 80):
        lines = wrap(text, columns)
        assert not [line for line in lines if line[0] in "。、)）」" or line[-1] in "(（「"]
        assert "".join(lines) == text


def test_a_number_and_its_unit_stay_together() -> None:
    text = "It takes 25 h or 2.3 d, and 95 % of 40 decisions, 30 min each. " * 10
    for columns in range(20, 60):
        lines = wrap(text, columns)
        assert not [line for line in lines if line.split()[0] in ("h", "d,", "%", "min")]
        assert " ".join(lines).split() == text.split()


@pytest.mark.parametrize("text", ["", "   "])
def test_wrap_of_nothing(text: str) -> None:
    assert wrap(text) == []
