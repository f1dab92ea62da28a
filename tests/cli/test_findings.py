import re
from dataclasses import replace

import pytest

from renkei.cli.columns import width
from renkei.cli.findings import BAR, LETTERS, study_lines
from renkei.model.quantity import Text
from report.sample import sample_summary

SIZES = [(1, 1), (2, 1), (7, 1), (1, 2), (3, 3), (7, 4)]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("structures", "scenarios"), SIZES)
def test_fits_80_columns(structures: int, scenarios: int, language: str) -> None:
    for line in study_lines(sample_summary(structures, scenarios), language):
        assert width(line) <= 80, line


def test_long_names_fit_too() -> None:
    summary = sample_summary()
    long = Text("An arrangement of quite extraordinary length " * 3, "とても長い名前の体制とシナリオ" * 6)
    summary = replace(
        summary,
        structures=dict.fromkeys(summary.structures, long),
        scenarios=dict.fromkeys(summary.scenarios, long),
        question=long,
    )
    for language in ("en", "ja"):
        assert max(width(line) for line in study_lines(summary, language)) <= 80


def test_numbers_of_a_column_are_aligned() -> None:
    """Every value of a scenario ends in the same column."""
    lines = [line for line in study_lines(sample_summary()) if re.match(r"  (median|9 in 10|in time)", line)]
    assert len(lines) == 42
    ends = {match.end() for line in lines for match in re.finditer(r"\)", line)}
    assert ends == {32, 52}


def test_shows_median_p90_share_and_intervals() -> None:
    lines = list(study_lines(sample_summary()))
    begin = next(number for number, line in enumerate(lines) if line.startswith("joint-operations-command"))
    assert "[base]" in lines[begin]
    assert re.search(r"median +7\.2 h \(6\.7–7\.6\)", lines[begin + 1])
    assert re.search(r"9 in 10 +22 h \(20–24\)", lines[begin + 2])
    assert re.search(r"in time +91 % \(88–94\)", lines[begin + 3])


def test_bars_are_as_long_as_each_other_and_hold_the_causes() -> None:
    bars = re.findall(r" ([" + "".join(LETTERS.values()) + "]{20,}) ", "\n".join(study_lines(sample_summary())))
    whole = [bar for bar in bars if len(bar) == BAR]
    assert len(whole) >= 27
    for bar in bars:
        assert list(dict.fromkeys(bar)) == [letter for letter in LETTERS.values() if letter in bar]


def test_overloaded_is_said_with_its_desk_and_no_time() -> None:
    text = "\n".join(study_lines(sample_summary()))
    assert "overloaded: existing, The 2011 earthquake: `usfj.ops` is offered 104.6 %" in text
    assert text.count("overloaded") == 3  # in the table, in the bars, and in the sentence


def test_the_answer_is_the_last_thing_said() -> None:
    lines = list(study_lines(sample_summary()))
    assert lines[-1].endswith("in Japan is not shown.")


def test_a_difference_has_its_size_and_one_that_is_not_shown_has_none() -> None:
    """Cells may be equal to every digit and differ all the same: the row says by how much, in the paired runs."""
    summary = sample_summary()
    rows = [line for line in study_lines(summary) if line.startswith("  to base")]
    assert len(rows) == 12
    assert any(re.search(r"−\d+ min \(\d+–\d+\)", row) for row in rows)
    hidden = replace(summary, comparisons=tuple(replace(each, shown=False) for each in summary.comparisons))
    for row in (line for line in study_lines(hidden) if line.startswith("  to base")):
        assert not re.search(r"\d", row)
        assert row.count("not shown") == 2


def test_a_long_note_is_cut_and_says_where_all_of_it_is() -> None:
    note = Text("word " * 200, "語" * 400)
    for language in ("en", "ja"):
        lines = list(study_lines(replace(sample_summary(), warnings=(note,)), language))
        begin = next(number for number, line in enumerate(lines) if line.startswith(("Note:", "注意:")))
        assert "summary.json" in lines[begin + 4]
        assert not lines[begin + 5]
