"""What a study found, on a terminal of 80 columns: the table, where the time goes, and the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from renkei.cli.columns import WIDTH, clip, left, right, width, wrap
from renkei.model.results import Cell, Comparison, Estimate, Summary
from renkei.report.wording import (
    CAUSE_NAMES,
    CAUSES,
    difference,
    duration,
    load,
    share,
    share_with_interval,
    time_with_interval,
)

Paint = Callable[[str, str], str]
"""Gives a text a style (``bold``, ``dim``, or a cause) where the output is a terminal."""

LABEL = 12
CELL = 20
"""The longest value has 18 columns: ``−2.6 min (1.0–4.6)``."""
PER_PANEL = max(1, (WIDTH - LABEL) // CELL)
FLAT_CELL = 18
FLAT = 76
"""Columns from which a table of one scenario has its three numbers side by side."""

LETTERS = {
    "work": "w",
    "queue": "b",
    "off_duty": "o",
    "channel": "c",
    "meeting": "m",
    "concurrence": "n",
    "rework": "r",
}

WORDS = {
    "median": {"en": "median", "ja": "中央値"},
    "p90": {"en": "9 in 10", "ja": "9割"},
    "within": {"en": "in time", "ja": "期限内"},
    "base": {"en": "base", "ja": "比較の基準"},
    "to_base": {"en": "to base", "ja": "基準との差"},
    "same": {"en": "not shown", "ja": "示されず"},
    "overloaded": {"en": "overloaded", "ja": "処理能力超過"},
    "title": {"en": "Time to decision", "ja": "決定までの時間"},
    "structure": {"en": "structure", "ja": "体制"},
    "deadline": {"en": "deadline", "ja": "期限"},
    "class": {"en": "decision", "ja": "決定の種類"},
    "where": {"en": "Where the time goes", "ja": "時間の内訳"},
    "mean": {"en": "mean", "ja": "平均"},
    "answer": {"en": "The answer", "ja": "結論"},
    "warnings": {"en": "Note", "ja": "注意"},
}


def unpainted(text: str, style: str) -> str:
    """Return ``text`` as it is: for files and pipes."""
    return text


def study_lines(summary: Summary, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield the lines that ``renkei study`` prints."""
    yield from _head(summary, language, paint)
    yield ""
    cells = {(cell.structure, cell.scenario): cell for cell in summary.cells if cell.headline}
    shown = {
        (comparison.structure, comparison.scenario): comparison
        for comparison in summary.comparisons
        if comparison.against == summary.base
    }
    scenarios = list(summary.scenarios)
    if len(scenarios) == 1 and WIDTH >= FLAT:
        yield from _flat_table(summary, scenarios[0], cells, shown, language, paint)
    else:
        panels = math.ceil(len(scenarios) / PER_PANEL)
        size = math.ceil(len(scenarios) / panels)
        for first in range(0, len(scenarios), size):
            yield from _panel(summary, scenarios[first : first + size], cells, shown, language, paint)
    yield from _legend(bool(shown), language, paint)
    yield ""
    yield from _where(summary, cells, language, paint)
    yield from _overloads(summary, language)
    if summary.warnings:
        yield ""
    for warning in summary.warnings:
        yield from _note(warning.in_language(language), language)
    yield ""
    yield paint(WORDS["answer"][language], "bold")
    for number, paragraph in enumerate(summary.answer.in_language(language).split("\n")):
        if number:
            yield ""
        yield from wrap(paragraph, WIDTH, "  ")


def _head(summary: Summary, language: str, paint: Paint) -> Iterator[str]:
    for line in wrap(summary.name.in_language(language) or summary.case):
        yield paint(line, "bold")
    if question := summary.question.in_language(language):
        yield from wrap(question)
    runs = summary.futures * summary.replications
    if language == "ja":
        yield f"未来{summary.futures}通り×反復{summary.replications}回(各{runs}回試行)、シード{summary.seed}"
    else:
        futures, replications, each = (
            f"{number} {word}{'' if number == 1 else 's'}"
            for number, word in ((summary.futures, "future"), (summary.replications, "replication"), (runs, "run"))
        )
        yield f"{futures} x {replications} = {each} each, seed {summary.seed}"


def _overloaded(cell: Cell) -> bool:
    return bool(cell.overloads)


Rows = dict[str, str]
"""What the table says of a cell, by row."""


def _values(cell: Cell | None, comparison: Comparison | None, language: str) -> Rows:
    """Return median, 90th percentile, share in time and difference from the base of a cell, as shown."""
    rows = dict.fromkeys(("median", "p90", "within", "to_base"), "–")
    if cell is None:
        return rows
    if comparison is not None and comparison.shown:
        rows["to_base"] = difference(comparison.median_difference_s, language)
    elif comparison is not None and not math.isnan(comparison.median_difference_s.value):
        rows["to_base"] = WORDS["same"][language]
    if _overloaded(cell):
        return rows | {"median": WORDS["overloaded"][language]}
    if cell.within_deadline is not None:
        rows["within"] = share_with_interval(cell.within_deadline, language)
    return rows | {
        "median": time_with_interval(cell.median_s, language),
        "p90": time_with_interval(cell.p90_s, language),
    }


def _rule(character: str = "─") -> str:
    return character * WIDTH


def _scenario_names(summary: Summary, scenarios: Sequence[str], columns: int, language: str) -> list[list[str]]:
    """Return the heading lines of each scenario: its name in at most two lines, then class and deadline."""
    headings = []
    for scenario in scenarios:
        name = summary.scenarios[scenario].in_language(language) or scenario
        lines = wrap(name, columns)
        lines = [clip(line, columns) for line in lines]
        if len(lines) > 2:
            lines = [lines[0], clip(" ".join(lines[1:]) if language == "en" else "".join(lines[1:]), columns)]
        headings.append(lines)
    return headings


def _panel(
    summary: Summary,
    scenarios: Sequence[str],
    cells: dict[tuple[str, str], Cell],
    shown: dict[tuple[str, str], Comparison],
    language: str,
    paint: Paint,
) -> Iterator[str]:
    headings = _scenario_names(summary, scenarios, CELL - 1, language)
    height = max(len(lines) for lines in headings)
    for row in range(height):
        label = WORDS["title"][language] if row == height - 1 else ""
        texts = [lines[row - height + len(lines)] if row >= height - len(lines) else "" for lines in headings]
        label = label if width(label) < LABEL else ""
        yield paint(left(label, LABEL) + "".join(right(text, CELL) for text in texts), "bold")
    yield from _deadlines(summary, scenarios, cells, language, paint)
    yield _rule()
    for number, structure in enumerate(summary.structures):
        if number:
            yield ""
        yield _structure_line(summary, structure, language, paint)
        values = [
            _values(cells.get((structure, scenario)), shown.get((structure, scenario)), language)
            for scenario in scenarios
        ]
        words = ["median", "p90", "within"]
        if any((structure, scenario) in shown for scenario in scenarios):
            words.append("to_base")
        for word in words:
            label = left("  " + WORDS[word][language], LABEL)
            yield label + "".join(right(value[word], CELL) for value in values)
    yield _rule()


def _deadlines(
    summary: Summary, scenarios: Sequence[str], cells: dict[tuple[str, str], Cell], language: str, paint: Paint
) -> Iterator[str]:
    by_scenario = {cell.scenario: cell.deadline_s for cell in cells.values()}
    if any(by_scenario.get(scenario) is not None for scenario in scenarios):
        texts = []
        for scenario in scenarios:
            deadline_s = by_scenario.get(scenario)
            texts.append("" if deadline_s is None else duration(deadline_s, language))
        yield paint(
            left("  " + WORDS["deadline"][language], LABEL) + "".join(right(text, CELL) for text in texts).rstrip(),
            "dim",
        )


def _structure_line(summary: Summary, structure: str, language: str, paint: Paint, suffix: str = "") -> str:
    name = summary.structures[structure].in_language(language)
    text = paint(structure, "bold")
    rest = f" [{WORDS['base'][language]}]" if structure == summary.base and len(summary.structures) > 1 else ""
    rest += f"  {name}" if name and name != structure else ""
    return text + clip(rest + suffix, WIDTH - width(structure))


def _flat_table(
    summary: Summary,
    scenario: str,
    cells: dict[tuple[str, str], Cell],
    shown: dict[tuple[str, str], Comparison],
    language: str,
    paint: Paint,
) -> Iterator[str]:
    """One scenario: structures down, the three numbers across."""
    label = WIDTH - 3 * FLAT_CELL
    name = summary.scenarios[scenario].in_language(language) or scenario
    for line in wrap(f"{WORDS['title'][language]}: {name}"):
        yield paint(line, "bold")
    heads = [WORDS[word][language] for word in ("median", "p90", "within")]
    deadline_s = next((cell.deadline_s for cell in cells.values() if cell.scenario == scenario), None)
    if deadline_s is not None:
        heads[2] += f" ({duration(deadline_s, language)})"
    yield left(WORDS["structure"][language], label) + "".join(right(head, FLAT_CELL) for head in heads)
    yield _rule()
    for structure in summary.structures:
        values = _values(cells.get((structure, scenario)), shown.get((structure, scenario)), language)
        name = clip(structure, label - 1)
        yield left(name, label) + "".join(right(values[word], FLAT_CELL) for word in ("median", "p90", "within"))
        if structure == summary.base and shown:
            yield f"  [{WORDS['base'][language]}]"
        if (structure, scenario) in shown:
            yield left("  " + WORDS["to_base"][language], label) + right(values["to_base"], FLAT_CELL)
    yield _rule()


def _legend(compared: bool, language: str, paint: Paint) -> Iterator[str]:
    if language == "ja":
        text = "中央値:半数の決定がこの時間内。9割:90パーセンタイル。括弧内は95%区間。"
        if compared:
            text += "基準との差:未来ごとの中央値の差。95%区間が零を含むものは「示されず」。"
    else:
        text = "Half of the decisions take no longer than the median, 9 in 10 no longer than the 90th percentile."
        text += " In brackets: the 95 % interval."
        if compared:
            text += (
                " To base: the difference of the medians, future by future; not shown where its interval holds zero."
            )
    for line in wrap(text):
        yield paint(line, "dim")


BAR = max(8, WIDTH - 48)


def _bar(parts: Sequence[tuple[str, float]], paint: Paint, columns: int = BAR) -> str:
    """Return a bar of letters, a share of the columns to each cause; largest remainders take what rounding leaves."""
    total = sum(part for _, part in parts)
    if not total > 0:
        return " " * columns
    exact = [columns * part / total for _, part in parts]
    lengths = [math.floor(length) for length in exact]
    order = sorted(range(len(parts)), key=lambda k: (lengths[k] - exact[k], k))
    for k in order[: columns - sum(lengths)]:
        lengths[k] += 1
    return "".join(
        paint(LETTERS[cause] * length, cause) for (cause, _), length in zip(parts, lengths, strict=True) if length
    )


def _cause_parts(causes_s: dict[str, Estimate]) -> list[tuple[str, float]]:
    parts = [(cause, causes_s[cause].value) for cause in CAUSES if cause in causes_s]
    return [(cause, part if part > 0 else 0.0) for cause, part in parts]


def _where(summary: Summary, cells: dict[tuple[str, str], Cell], language: str, paint: Paint) -> Iterator[str]:
    title = WORDS["where"][language]
    note = (
        "終わった決定1件の平均時間。棒はどれもその全体で、文字は原因別の割合を示す。"
        if language == "ja"
        else "Mean of the decisions that ended. Each bar is the whole of it, a letter for each share of a cause:"
    )
    yield paint(title, "bold")
    yield from wrap(note, WIDTH, "  ")
    # A letter and its word stay on one line.
    letters = [f"{LETTERS[cause]} {CAUSE_NAMES[cause][language]}".replace(" ", "\u00a0") for cause in CAUSES]
    yield from (line.replace("\u00a0", " ") for line in wrap(", ".join(letters), WIDTH, "  "))
    for structure in summary.structures:
        yield _structure_line(summary, structure, language, paint)
        for scenario in summary.scenarios:
            cell = cells.get((structure, scenario))
            if cell is None:
                continue
            label = left("  " + clip(summary.scenarios[scenario].in_language(language) or scenario, 16), 19)
            parts = _cause_parts(cell.causes_s)
            total = sum(part for _, part in parts)
            if not total > 0 or math.isnan(total):
                yield label + "–"
                continue
            # Of an overloaded structure no mean is given: what the share is of is said by the word instead.
            mean = WORDS["overloaded"][language] if _overloaded(cell) else duration(total, language)
            cause, most = max(parts, key=lambda part: part[1])
            last = f" {CAUSE_NAMES[cause][language]} {share(most / total)}"
            bar_columns = BAR if not _overloaded(cell) else BAR - max(0, width(mean) - 8)
            yield (
                label
                + right(mean, 8)
                + " "
                + _bar(parts, paint, bar_columns)
                + clip(last, WIDTH - 19 - max(8, width(mean)) - 1 - bar_columns)
            )


def _overloads(summary: Summary, language: str) -> Iterator[str]:
    for cell in summary.cells:
        for overload in cell.overloads if cell.headline else ():
            scenario = summary.scenarios[cell.scenario].in_language(language) or cell.scenario
            if language == "ja":
                said = f"{cell.structure}({scenario}):{overload.desk} の負荷は {load(overload.load)}、"
                said += f"滞貨は未来の{share(overload.growing_share)}で最後まで増え続ける。平均は示さない。"
                if math.isinf(overload.load):
                    said = f"{cell.structure}({scenario}):仕事のある{overload.desk}に誰も勤務しない。"
            else:
                said = f"{cell.structure}, {scenario}: `{overload.desk}` is offered {load(overload.load)} of its"
                said += f" capacity; in {share(overload.growing_share)} of futures its backlog grows to the end."
                if math.isinf(overload.load):
                    said = f"{cell.structure}, {scenario}: nobody is ever on duty at `{overload.desk}`, which has work."
                said += " No mean is given."
            yield ""
            yield from _marked(f"{WORDS['overloaded'][language]}: ", said)


NOTE = 4
"""A note takes at most so many lines; the report and summary.json have all of it."""


def _note(text: str, language: str) -> Iterator[str]:
    lines = list(_marked(f"{WORDS['warnings'][language]}: ", text))
    yield from lines[:NOTE]
    if len(lines) > NOTE:
        yield {"en": "  ... (all of it in summary.json)", "ja": "  ……(全文はsummary.json)"}[language]


def _marked(mark: str, text: str) -> Iterator[str]:
    lines = wrap(mark + text, WIDTH - 2)
    for number, line in enumerate(lines):
        yield ("  " if number else "") + line
