import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from renkei.model.quantity import Text
from renkei.model.results import Summary
from renkei.report import page, write_report
from renkei.report.charts import human_ticks
from renkei.report.markup import lines_of
from renkei.report.wording import CAUSE_NAMES, Scale
from report.sample import sample_case, sample_summary

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, and that it is open."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if "style" not in self.open:
            self.words.append(data)


@cache
def whole(language: str = "en") -> str:
    """Return the sample's report: drawn once, read by most tests."""
    return page(sample_summary(), sample_case(), language)


def read(summary: Summary | None = None, language: str = "en") -> Reader:
    reader = Reader()
    reader.feed(whole(language) if summary is None else page(summary, sample_case(), language))
    reader.close()
    assert not reader.open
    return reader


@pytest.mark.parametrize(("structures", "scenarios"), [(1, 1), (2, 1), (7, 4)])
def test_is_well_formed(structures: int, scenarios: int) -> None:
    read(sample_summary(structures, scenarios))


def test_needs_nothing_from_outside() -> None:
    """No script, picture, font or sheet is fetched: every reference is to a place in the page itself."""
    html = whole()
    for tag, attributes in read().elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base"}
        for name in ("href", "src", "xlink:href", "srcset", "action", "data"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "@import" not in html
    assert "url(" not in html


def test_opens_with_the_answer_first() -> None:
    words = " ".join(read().words)
    assert words.index("The answer") < words.index("Daily work") < words.index("Time to decision")
    assert words.index("Co-located commands decide soonest") < words.index("Time to decision")


def test_the_first_table_says_which_by_how_much_how_surely_and_why() -> None:
    """A row for each scenario; where nothing is shown, the most that may be saved, and what the time is."""
    html = whole()
    box = html[html.index('class="answer"') : html.index("</table>")]
    rows = box.split("<tr>")[2:]
    assert len(rows) == 4
    assert "Co-located commands" in rows[0]
    assert "faster in 98 of 100 futures" in rows[0]
    assert "less goes into waiting for people who are off duty" in rows[0]
    assert "no difference is shown" in rows[2]
    assert "at most 9.0 min by the ends of the intervals" in rows[2]
    assert "of the time under the base is" in rows[2]


def test_costs_have_currency_year_low_and_high() -> None:
    html = whole()
    costs = html[html.index('<section id="costs">') :]
    costs = costs[: costs.index("</section>")]
    assert "million USD at the prices of 2024" in costs
    assert "900 (600–1\N{NARROW NO-BREAK SPACE}200)" in costs
    assert "1 of the 2 items rest on a number that is a guess" in costs
    assert "Ministry of Foreign Affairs, 2011" in costs


def test_assumptions_of_most_weight_stand_first() -> None:
    """Those that the gain rests on, then those that the time rests on; which of them are guesses is in the title."""
    html = whole()
    section = html[html.index('<section id="assumptions">') :]
    ids = re.findall(r'<small class="id"><code>([^<]*)</code>', section)
    assert ids == ["return-chance", "usfj-watch", "relief-validation", "relief-rate"]
    assert "The gain rests on “Chance that a paper is returned”; the time itself on 2 assumptions" in section
    assert "(1 of these 2 are guesses)" in section
    assert section.count("Modelling assumption") == 1


def test_is_small_enough_to_mail() -> None:
    assert len(whole().encode()) < 1_500_000


def test_same_bytes_whatever_the_process() -> None:
    """Neither the clock nor the order of hashing shows in the file."""
    code = "import sys, hashlib; from renkei.report import page; from report.sample import *; "
    code += "print(hashlib.sha256(page(sample_summary(), sample_case()).encode()).hexdigest())"
    tests = Path(__file__).parent.parent
    digests = set()
    for hash_seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join([str(tests), *sys.path]),
            "TZ": f"UTC+{hash_seed}",
        }
        digests.add(
            subprocess.run(
                [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
            ).stdout
        )
    assert len(digests) == 1


def test_text_of_a_case_is_text() -> None:
    """What an author writes can not become markup."""
    summary = replace(sample_summary(), warnings=(Text("<script>alert(1)</script>"),))
    reader = read(summary)
    assert "script" not in {tag for tag, _ in reader.elements}
    assert any("<script>alert(1)</script>" in words for words in reader.words)
    assert any("<1st week>" in words for words in reader.words)


def test_everything_said_in_one_language_is_said_in_the_other() -> None:
    languages = [attributes.get("lang") for tag, attributes in read().elements if tag != "html"]
    english = languages.count("en")
    assert english > 500
    # A structure's name beside a chart may need two lines in one language and one in the other.
    charts_text = [
        attributes.get("lang")
        for tag, attributes in read().elements
        if tag == "text" and "name" in (attributes.get("class") or "")
    ]
    assert english - charts_text.count("en") == languages.count("ja") - charts_text.count("ja")


@pytest.mark.parametrize(("language", "picked"), [("en", "in-en"), ("ja", "in-ja")])
def test_opens_in_the_language_asked_for(language: str, picked: str) -> None:
    elements = read(language=language).elements
    assert ("html", {"lang": language}) in elements
    checked = [attributes["id"] for tag, attributes in elements if tag == "input" and "checked" in attributes]
    assert checked == [picked]


def test_charts_can_be_read_without_seeing_them() -> None:
    """Every chart has a title, a description and its numbers as a table; every table has headers."""
    reader = read()
    charts = [attributes for tag, attributes in reader.elements if tag == "svg" and attributes.get("role") == "img"]
    ids = {attributes.get("id") for _, attributes in reader.elements}
    assert len(charts) == 9
    for attributes in charts:
        assert set((attributes["aria-labelledby"] or "").split()) <= ids
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("figure") == len(charts) == tags.count("figcaption")
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in reader.elements if tag == "th")


def test_ids_are_unique() -> None:
    ids = [attributes["id"] for _, attributes in read().elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_cause_is_named_in_both_languages() -> None:
    words = read().words
    for names in CAUSE_NAMES.values():
        assert names["en"] in words
        assert names["ja"] in words


def test_an_overloaded_structure_is_given_no_time() -> None:
    """rules.md: it is said to be overloaded, at which desk, and has no long-run mean; nor is it compared."""
    html = whole()
    row = html[html.index('<tr><th scope="row"><span lang="en">Today: US Forces Japan and Hawaii') :]
    cells = row[: row.index("</tr>")].split("<td>")
    assert "usfj.ops at 104.6 %" in cells[4]
    assert "median" not in cells[4]
    assert "<b>" not in cells[4]
    assert html.count(">not compared<") == 1


def test_a_difference_that_is_not_shown_is_called_so() -> None:
    summary = sample_summary()
    hidden = replace(summary, comparisons=tuple(replace(each, shown=False) for each in summary.comparisons))
    words = " ".join(read(hidden).words)
    assert ", not shown" in words
    assert "gap better" not in page(hidden, sample_case())


def test_a_bound_is_called_a_bound() -> None:
    summary = sample_summary()
    bounds = tuple(replace(cell, p90_s=replace(cell.p90_s, over=True, value=30 * 86_400.0)) for cell in summary.cells)
    assert "9 in 10: over 30 d" in page(replace(summary, cells=bounds), sample_case())


def test_guesses_and_sources_are_shown() -> None:
    html = whole()
    assumptions = html[html.index('<section id="assumptions">') :]
    assert assumptions.count('class="chip guess"') == 2
    assert "Ministry of Foreign Affairs, 2011" in assumptions
    assert "<td>2</td><td>8</td><td>36</td>" in assumptions


def test_says_how_to_repeat_it() -> None:
    assert "renkei study alliance --futures 100 --replications 2 --seed 1" in whole()
    some = page(sample_summary(2, 1), sample_case())
    assert "--structure existing,joint-operations-command --scenario daily" in some


def test_an_earlier_report_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("earlier")

    def full(self: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write_report(sample_summary(), sample_case(), target)
    assert target.read_bytes() == b"earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(("low_s", "high_s"), [(60, 3600), (300, 90 * 86400), (1, 2), (3600, 4 * 3600), (0.01, 1e7)])
def test_an_axis_of_times_has_marks_that_people_name(low_s: float, high_s: float) -> None:
    """At least two, none nearer than 58 pixels to another."""
    ticks = human_ticks(low_s, high_s, 560)
    assert len(ticks) >= 2
    assert all(560 * math.log(b / a) / math.log(high_s / low_s) >= 58 for a, b in pairwise(ticks))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((4020.0, -9060.0), ["+67 min", "−151 min"]),
        ((372.0, -60.0), ["+6.2 min", "−1.0 min"]),
        ((-90_000.0, 0.0), ["−25 h", "0 h"]),
        ((float("nan"), 30.0), ["–", "+30 s"]),
    ],
)
def test_differences_read_together_have_one_unit(seconds: tuple[float, ...], said: list[str]) -> None:
    scale = Scale.of(seconds)
    assert [scale.time(each, sign=True) for each in seconds] == said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Co-located commands", ["Co-located commands"]),
        (
            "Task force of the Pacific Fleet, moved to Japan",
            ["Task force of the Pacific Fleet,", "moved to Japan"],
        ),
        ("太平洋艦隊の統合任務部隊(日本へ移転)", ["太平洋艦隊の統合任務部隊", "(日本へ移転)"]),
        ("word " * 20, ["word word word word word word word", "word word word word word word wor…"]),
    ],
)
def test_labels_take_two_lines_at_most(text: str, lines: list[str]) -> None:
    assert lines_of(text, 34) == lines
