"""The charts of the report, drawn as SVG by hand.

Altair with vl-convert drew a first version: 0.5 s to begin, 0.07 s a chart and 84 MB of library, with colours and one
language fixed in the drawing. Drawn here a chart takes under a millisecond, follows the reader's light or dark scheme,
and shows either language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from renkei.model.quantity import Text
from renkei.model.results import Cell, Comparison, Estimate, Summary
from renkei.report.markup import both, box, coordinate, escape, figure, line, lines_of, svg_text, table, text_of
from renkei.report.wording import CAUSE_NAMES, CAUSES, duration, share, time_with_interval

WIDE = 940.0
LABEL = 250.0
RIGHT = 128.0
PLOT = WIDE - LABEL - RIGHT

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

HUMAN_TICKS_S = (
    (0.001, 1.0, MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY),
    (0.01, 0.1, 10.0, 15 * MINUTE, 6 * HOUR, 90 * DAY),
    (30.0, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR, 2 * DAY, 4 * DAY, 14 * DAY, 180 * DAY),
    (
        2.0,
        5.0,
        20.0,
        2 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        45 * MINUTE,
        90 * MINUTE,
        2 * HOUR,
        9 * HOUR,
        18 * HOUR,
        3 * DAY,
        10 * DAY,
        60 * DAY,
    ),
)
"""Times that people name, from those that an axis wants first to those that it takes where there is room."""


def tick_label(seconds: float, language: str) -> str:
    """Return how a person reads a mark on the time axis: ``15 min``, ``6 h``, ``2 d``, ``4 wk``."""
    for limit, length, english, japanese in (
        (60.0, 1.0, " s", "秒"),
        (3600.0, 60.0, " min", "分"),
        (86_400.0, 3600.0, " h", "時間"),
        (math.inf, 86_400.0, " d", "日"),
    ):
        if seconds < limit:
            return f"{seconds / length:g}" + (japanese if language == "ja" else english)
    raise AssertionError(seconds)


class LogAxis:
    """Times on a logarithmic axis, with marks at times that people name."""

    def __init__(self, low_s: float, high_s: float) -> None:
        self.low_s = low_s
        self.high_s = max(high_s, low_s * 2)

    def at(self, seconds: float) -> float:
        """Return the position of a time, kept within the plot."""
        share_of = (math.log(max(seconds, 1e-9)) - math.log(self.low_s)) / (
            math.log(self.high_s) - math.log(self.low_s)
        )
        return LABEL + PLOT * min(1.0, max(0.0, share_of))

    def ticks(self) -> list[float]:
        """Return the marks within the axis, none nearer than 60 pixels to another."""
        kept: list[float] = []
        for candidates in HUMAN_TICKS_S:
            for tick in candidates:
                inside = self.low_s <= tick <= self.high_s
                if inside and all(abs(self.at(tick) - self.at(other)) >= 60 for other in kept):
                    kept.append(tick)
        return sorted(kept)


class LinearAxis:
    """Times on a linear axis from ``low_s`` to ``high_s``, in one unit, with round marks."""

    def __init__(self, low_s: float, high_s: float, plot: float = PLOT) -> None:
        self.plot = plot
        span = max(high_s - low_s, 1e-9)
        largest = max(abs(low_s), abs(high_s))
        units = (
            (90.0, 1.0, " s", "秒"),
            (5400.0, 60.0, " min", "分"),
            (172_800.0, 3600.0, " h", "時間"),
            (math.inf, 86_400.0, " d", "日"),
        )
        _, self.unit_s, self.english, self.japanese = next(unit for unit in units if largest < unit[0])
        rough = span / self.unit_s / 5
        power = 10.0 ** math.floor(math.log10(rough))
        self.step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
        self.low = math.floor(low_s / self.unit_s / self.step + 1e-9) * self.step if low_s < 0 else 0.0
        self.high = math.ceil(high_s / self.unit_s / self.step - 1e-9) * self.step if high_s > 0 else 0.0

    def at(self, seconds: float) -> float:
        """Return the position of a time, kept within the plot."""
        where = (seconds / self.unit_s - self.low) / max(self.high - self.low, 1e-12)
        return LABEL + self.plot * min(1.0, max(0.0, where))

    def ticks(self) -> list[float]:
        """Return the marks, in seconds."""
        count = round((self.high - self.low) / self.step)
        return [(self.low + number * self.step) * self.unit_s for number in range(count + 1)]

    def label(self, seconds: float, language: str) -> str:
        """Return the text of a mark."""
        number = round(seconds / self.unit_s, 6)
        text = f"{number:g}".replace("-", "−")
        return text + (self.japanese if language == "ja" else self.english) if number else "0"

    def difference(self, seconds: float, language: str) -> str:
        """Return a difference with its sign, in the axis' unit."""
        number = seconds / self.unit_s
        text = f"{number:+.{0 if abs(number) >= 9.95 else 1 if abs(number) >= 0.095 else 2}f}".replace("-", "−")
        return text + (self.japanese if language == "ja" else self.english)


def headline_cells(summary: Summary) -> dict[tuple[str, str], Cell]:
    """Return the cell of each structure and scenario for the scenario's headline class."""
    return {(cell.structure, cell.scenario): cell for cell in summary.cells if cell.headline}


def structure_label(summary: Summary, structure: str, middle: float) -> str:
    """Return a structure's name beside its row, in at most two lines, right-aligned to the plot."""
    name = summary.structures[structure]
    kind = "name base" if structure == summary.base and len(summary.structures) > 1 else "name"
    parts = []
    for language in ("en", "ja"):
        label_lines = lines_of(name.in_language(language) or structure, 30)
        top = middle + 4 - 8 * (len(label_lines) - 1)
        for number, words in enumerate(label_lines):
            y = coordinate(top + 16 * number)
            parts.append(
                f'<text lang="{language}" class="{kind}" x="{coordinate(LABEL - 14)}" y="{y}" '
                f'text-anchor="end">{escape(words)}</text>'
            )
    return "".join(parts)


def _heading(summary: Summary, scenario: str, note: str = "") -> str:
    return f"<h3>{text_of(summary.scenarios[scenario])}</h3>" + (f"<p>{note}</p>" if note else "")


def _marked(cell: Cell) -> str:
    return both(f"overloaded at {cell.overloads[0].desk}", f"処理能力超過({cell.overloads[0].desk})")


def _overloaded_text(cell: Cell, middle: float) -> str:
    desk = cell.overloads[0].desk
    return svg_text(
        LABEL + 8,
        middle + 4,
        f"overloaded at {desk}: no long-run time is given",
        f"処理能力超過({desk}):長期の値は示さない",
        kind="note over",
    )


# --- distributions


ROW = 56.0
RIDGE = 46.0


def distributions(summary: Summary) -> str:
    """Return a chart for each scenario: the distribution of time to decision, a ridge for each structure."""
    cells = headline_cells(summary)
    return "".join(
        _distribution(
            summary,
            scenario,
            [cell for structure in summary.structures if (cell := cells.get((structure, scenario)))],
            number,
        )
        for number, scenario in enumerate(summary.scenarios)
    )


def _distribution(summary: Summary, scenario: str, cells: Sequence[Cell], number: int) -> str:
    if not cells:
        return ""
    measured = [cell for cell in cells if not cell.overloads and cell.histogram]
    axis = _axis_for(measured)
    top, bottom = 34.0, 34.0
    high = top + ROW * len(cells) + bottom
    floor_y = high - bottom
    parts = [_time_axis(axis, top - 4, floor_y)]
    deadline_s = cells[0].deadline_s
    if deadline_s is not None and axis.low_s <= deadline_s <= axis.high_s:
        x = axis.at(deadline_s)
        parts.append(line(x, top - 6, x, floor_y, "deadline"))
        late = x > LABEL + PLOT * 0.8
        parts.append(
            svg_text(
                x + (-4 if late else 4),
                top - 10,
                f"deadline {duration(deadline_s)}",
                f"期限 {duration(deadline_s, 'ja')}",
                kind="note deadline-text",
                anchor="end" if late else "start",
            )
        )
    parts.append(svg_text(WIDE - RIGHT / 2 - 4, top - 10, "median", "中央値", kind="note", anchor="end"))
    parts.append(svg_text(WIDE - 4, top - 10, "9 in 10", "9割", kind="note", anchor="end"))
    tallest = max((_density(cell)[1] for cell in measured), default=1.0)
    for row, cell in enumerate(cells):
        base_y = top + ROW * (row + 1) - 6
        parts.append(structure_label(summary, cell.structure, base_y - 14))
        parts.append(line(LABEL, base_y, LABEL + PLOT, base_y, "ground"))
        if cell.overloads:
            parts.append(_overloaded_text(cell, base_y - 14))
            continue
        parts.append(_ridge(cell, axis, base_y, tallest, cell.structure == summary.base))
        parts.append(_quantile(axis, cell.median_s, base_y, "median"))
        parts.append(_quantile(axis, cell.p90_s, base_y, "p90"))
        parts.append(
            svg_text(
                WIDE - RIGHT / 2 - 4,
                base_y - 8,
                _over(cell.median_s, "en"),
                _over(cell.median_s, "ja"),
                kind="value",
                anchor="end",
            )
        )
        parts.append(
            svg_text(
                WIDE - 4, base_y - 8, _over(cell.p90_s, "en"), _over(cell.p90_s, "ja"), kind="value soft", anchor="end"
            )
        )
    rows = [
        [
            text_of(summary.structures[cell.structure]),
            *([_marked(cell), "–", "–", "–"] if cell.overloads else _quantile_cells(cell)),
            str(cell.ended),
            str(cell.open),
            str(cell.refused),
            str(cell.failed),
        ]
        for cell in cells
    ]
    head = [
        both("Structure", "体制"),
        both("Median", "中央値"),
        both("90th percentile", "90パーセンタイル"),
        both("99th percentile", "99パーセンタイル"),
        both("Error from replications (median)", "反復による誤差(中央値)"),
        both("Ended", "決定済み"),
        both("Open", "未決"),
        both("Refused", "拒否"),
        both("Failed", "不成立"),
    ]
    name = summary.scenarios[scenario]
    decision = summary.classes.get(cells[0].decision_class, Text(cells[0].decision_class))
    note = both(
        f"Of each {decision.en}, from raised to ordered.",
        f"{decision.ja or decision.en}1件の、発議から命令までの時間。",
    )
    return figure(
        f"time-{number}",
        "".join(parts),
        (WIDE, high),
        Text(f"Distribution of time to decision: {name.en}", f"決定までの時間の分布:{name.ja or name.en}"),
        Text(_spoken(cells)),
        _heading(summary, scenario, note),
        table(head, rows, kind="numbers"),
    )


def _over(estimate: Estimate, language: str) -> str:
    text = duration(estimate.value, language)
    return (f"{text}超" if language == "ja" else f">{text}") if estimate.over else text


def _spoken(cells: Iterable[Cell]) -> str:
    said = [
        f"{cell.structure}: "
        + (
            "overloaded"
            if cell.overloads
            else f"median {_over(cell.median_s, 'en')}, 90th percentile {_over(cell.p90_s, 'en')}"
        )
        for cell in cells
    ]
    return "; ".join(said) + "."


def _quantile_cells(cell: Cell) -> list[str]:
    return [
        *(
            both(time_with_interval(each), time_with_interval(each, "ja"))
            for each in (cell.median_s, cell.p90_s, cell.p99_s)
        ),
        both(duration(cell.median_s.replication_error), duration(cell.median_s.replication_error, "ja")),
    ]


def _axis_for(cells: Sequence[Cell]) -> LogAxis:
    """Return an axis that holds 99 % of every distribution, every quantile and the deadline."""
    lows, highs = [], []
    for cell in cells:
        total = sum(count for _, _, count in cell.histogram)
        seen = 0
        first = last = None
        for low, high, count in sorted(cell.histogram):
            seen += count
            if first is None and seen >= 0.005 * total:
                first = low
            if last is None and seen >= 0.995 * total:
                last = high
        if first is not None and last is not None:
            lows.append(first)
            highs.append(last)
        highs += [
            bound
            for estimate in (cell.median_s, cell.p90_s)
            for bound in (estimate.value, estimate.high)
            if math.isfinite(bound)
        ]
        if cell.deadline_s is not None:
            highs.append(cell.deadline_s * 1.05)
            lows.append(cell.deadline_s * 0.9)
    positive = [low for low in lows if low > 0]
    return LogAxis(min(positive, default=60.0), max(highs, default=86_400.0))


def _density(cell: Cell) -> tuple[list[tuple[float, float, float]], float]:
    """Return steps (from, to, share per unit of log time) and the highest of them."""
    total = sum(count for _, _, count in cell.histogram) or 1
    steps = [
        (low, high, count / total / math.log(high / low))
        for low, high, count in sorted(cell.histogram)
        if count and low > 0 and high > low
    ]
    return steps, max((density for _, _, density in steps), default=1.0)


def _ridge(cell: Cell, axis: LogAxis, base_y: float, tallest: float, base: bool) -> str:
    steps, _ = _density(cell)
    if not steps:
        return ""
    points = []
    end = None
    for low, high, density in steps:
        if low >= axis.high_s or high <= axis.low_s:
            continue
        y = base_y - RIDGE * density / tallest
        x1, x2 = axis.at(low), axis.at(high)
        if end is None or low > end * 1.000001:
            if end is not None:
                points.append(f"V{coordinate(base_y)}")
            points.append(
                f"{'M' if end is None else 'H'}{coordinate(x1)}" + (f" {coordinate(base_y)}" if end is None else "")
            )
        points.append(f"V{coordinate(y)}H{coordinate(x2)}")
        end = high
    if not points:
        return ""
    return f'<path class="ridge{" of-base" if base else ""}" d="{"".join(points)}V{coordinate(base_y)}Z"/>'


def _quantile(axis: LogAxis, estimate: Estimate, base_y: float, kind: str) -> str:
    if not math.isfinite(estimate.value):
        return ""
    x = axis.at(estimate.value)
    parts = []
    if math.isfinite(estimate.low) and math.isfinite(estimate.high) and not estimate.over:
        parts.append(line(axis.at(estimate.low), base_y, axis.at(estimate.high), base_y, f"whisker {kind}"))
    if kind == "median":
        parts.append(f'<circle class="dot" cx="{coordinate(x)}" cy="{coordinate(base_y)}" r="4.5"/>')
    else:
        size = 5.0
        around = ((x - size, base_y), (x, base_y - size), (x + size, base_y), (x, base_y + size))
        corners = " ".join(f"{coordinate(across)},{coordinate(down)}" for across, down in around)
        parts.append(f'<polygon class="diamond" points="{corners}"/>')
    return "".join(parts)


def _time_axis(axis: LogAxis, top: float, floor_y: float) -> str:
    parts = []
    for tick in axis.ticks():
        x = axis.at(tick)
        parts.append(line(x, top, x, floor_y, "grid"))
        parts.append(
            svg_text(x, floor_y + 18, tick_label(tick, "en"), tick_label(tick, "ja"), kind="tick", anchor="middle")
        )
    return "".join(parts)


# --- where the time goes


BAR_ROW = 40.0


def cause_legend() -> str:
    """Return what the seven colours mean."""
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="c-{cause}" width="12" height="12" rx="2"/></svg>'
        f"{both(CAUSE_NAMES[cause]['en'], CAUSE_NAMES[cause]['ja'])}</li>"
        for cause in CAUSES
    )
    return f'<ul class="legend">{items}</ul>'


def causes(summary: Summary) -> str:
    """Return a chart for each scenario: mean time by cause, a bar for each structure."""
    cells = headline_cells(summary)
    return "".join(
        _cause_chart(
            summary,
            scenario,
            [cell for structure in summary.structures if (cell := cells.get((structure, scenario)))],
            number,
        )
        for number, scenario in enumerate(summary.scenarios)
    )


def cause_seconds(causes_s: Mapping[str, Estimate]) -> list[tuple[str, float]]:
    """Return the mean seconds of every cause, in order; nothing below zero and no NaN."""
    return [
        (cause, causes_s[cause].value if cause in causes_s and causes_s[cause].value > 0 else 0.0) for cause in CAUSES
    ]


def _cause_chart(summary: Summary, scenario: str, cells: Sequence[Cell], number: int) -> str:
    if not cells:
        return ""
    totals = {
        cell.structure: sum(part for _, part in cause_seconds(cell.causes_s)) for cell in cells if not cell.overloads
    }
    axis = LinearAxis(0.0, max([*totals.values(), 1.0]))
    top, bottom = 6.0, 30.0
    high = top + BAR_ROW * len(cells) + bottom
    floor_y = high - bottom
    parts = []
    for tick in axis.ticks():
        x = axis.at(tick)
        parts.append(line(x, top, x, floor_y, "grid"))
        parts.append(
            svg_text(x, floor_y + 18, axis.label(tick, "en"), axis.label(tick, "ja"), kind="tick", anchor="middle")
        )
    for row, cell in enumerate(cells):
        y = top + BAR_ROW * row + 8
        parts.append(structure_label(summary, cell.structure, y + 12))
        if cell.overloads:
            parts.append(_overloaded_text(cell, y + 12))
            continue
        begin = 0.0
        total = totals[cell.structure]
        for cause, part in cause_seconds(cell.causes_s):
            if part <= 0:
                continue
            x1, x2 = axis.at(begin), axis.at(begin + part)
            begin += part
            # A gap of a pixel keeps neighbours apart for those who see no hue.
            said = f"{CAUSE_NAMES[cause]['en']} / {CAUSE_NAMES[cause]['ja']}: {duration(part)} ({share(part / total)})"
            parts.append(box(x1, y, max(0.4, x2 - x1 - 1), 24, f"c-{cause}", said))
            if x2 - x1 >= 34:
                parts.append(
                    svg_text(
                        (x1 + x2 - 1) / 2,
                        y + 16.5,
                        share(part / total).replace(" ", "\u2009"),
                        kind=f"in-{cause}",
                        anchor="middle",
                    )
                )
        parts.append(svg_text(axis.at(begin) + 8, y + 16.5, duration(total), duration(total, "ja"), kind="value"))
    head = [
        both("Structure", "体制"),
        both("Mean", "平均"),
        *(both(CAUSE_NAMES[cause]["en"], CAUSE_NAMES[cause]["ja"]) for cause in CAUSES),
        both("Hand-offs", "引き継ぎ"),
        both("Border crossings", "国境越え"),
        both("Returns", "差し戻し回数"),
    ]
    rows = []
    for cell in cells:
        counts = [f"{cell.hand_offs:.1f}", f"{cell.crossings:.1f}", f"{cell.returns:.2f}"]
        if cell.overloads:
            rows.append([text_of(summary.structures[cell.structure]), _marked(cell), *["–"] * len(CAUSES), *counts])
            continue
        parts_s = dict(cause_seconds(cell.causes_s))
        rows.append(
            [
                text_of(summary.structures[cell.structure]),
                both(duration(totals[cell.structure]), duration(totals[cell.structure], "ja")),
                *(both(duration(parts_s[cause]), duration(parts_s[cause], "ja")) for cause in CAUSES),
                *counts,
            ]
        )
    name = summary.scenarios[scenario]
    spoken = "; ".join(
        f"{cell.structure}: "
        + (
            "overloaded"
            if cell.overloads
            else ", ".join(
                f"{CAUSE_NAMES[cause]['en']} {duration(part)}" for cause, part in cause_seconds(cell.causes_s) if part
            )
        )
        for cell in cells
    )
    return figure(
        f"cause-{number}",
        "".join(parts),
        (WIDE, high),
        Text(f"Mean time to decision by cause: {name.en}", f"原因別の平均時間:{name.ja or name.en}"),
        Text(spoken + "."),
        f"<h3>{text_of(_seen(summary, scenario, cells))}</h3>",
        table(head, rows, kind="numbers"),
    )


def _seen(summary: Summary, scenario: str, cells: Sequence[Cell]) -> Text:
    """Return what a chart of causes shows: the largest cause under the base and its share."""
    name = summary.scenarios[scenario]
    sound = [cell for cell in cells if not cell.overloads]
    cell = next((each for each in sound if each.structure == summary.base), sound[0] if sound else None)
    if cell is None:
        return name
    parts = cause_seconds(cell.causes_s)
    total = sum(seconds for _, seconds in parts)
    cause, seconds = max(parts, key=lambda part: part[1])
    if total <= 0:
        return name
    of = summary.structures[cell.structure]
    names = CAUSE_NAMES[cause]
    return Text(
        f"{name.en}: {names['en']} is {share(seconds / total)} of {duration(total)} under “{of.en}”",
        f"{name.in_language('ja')}:「{of.in_language('ja')}」の平均{duration(total, 'ja')}のうち"
        f"{names['ja']}が{share(seconds / total)}",
    )


# --- comparisons


def comparisons(summary: Summary) -> str:
    """Return a chart for each scenario and structure compared with: differences of medians with intervals."""
    parts = []
    number = 0
    against = list(dict.fromkeys([summary.base, *(comparison.against for comparison in summary.comparisons)]))
    for other in against:
        for scenario in summary.scenarios:
            chosen = [each for each in summary.comparisons if each.against == other and each.scenario == scenario]
            if chosen:
                parts.append(_comparison_chart(summary, scenario, other, chosen, number))
                number += 1
    return "".join(parts)


def _comparison_chart(summary: Summary, scenario: str, against: str, chosen: Sequence[Comparison], number: int) -> str:
    overloaded = {
        cell.structure for (_, where), cell in headline_cells(summary).items() if where == scenario and cell.overloads
    }
    bounds = [
        bound
        for each in chosen
        if not {each.structure, against} & overloaded
        for bound in (each.median_difference_s.low, each.median_difference_s.high, each.median_difference_s.value)
        if math.isfinite(bound)
    ]
    axis = LinearAxis(min([*bounds, 0.0]), max([*bounds, 0.0]) or 1.0, PLOT - 40)
    top, bottom, pitch = 26.0, 30.0, 38.0
    high = top + pitch * len(chosen) + bottom
    floor_y = high - bottom
    parts = []
    for tick in axis.ticks():
        x = axis.at(tick)
        parts.append(line(x, top, x, floor_y, "grid"))
        parts.append(
            svg_text(
                x,
                floor_y + 18,
                _plus(axis.label(tick, "en")),
                _plus(axis.label(tick, "ja")),
                kind="tick",
                anchor="middle",
            )
        )
    zero = axis.at(0.0)
    parts.append(line(zero, top - 4, zero, floor_y, "zero"))
    if zero - LABEL > 60:
        parts.append(svg_text(zero - 8, top - 9, "← faster", "← 速い", kind="note", anchor="end"))
    if LABEL + axis.plot - zero > 60:
        parts.append(svg_text(zero + 8, top - 9, "slower →", "遅い →", kind="note"))
    for row, each in enumerate(chosen):
        y = top + pitch * row + pitch / 2
        parts.append(structure_label(summary, each.structure, y))
        estimate = each.median_difference_s
        if {each.structure, against} & overloaded:
            parts.append(svg_text(LABEL + 8, y + 4, "not compared: overloaded", "比較せず:処理能力超過", kind="note"))
            continue
        if not math.isfinite(estimate.value):
            parts.append(svg_text(LABEL + 8, y + 4, "not measured", "測定なし", kind="note"))
            continue
        if math.isfinite(estimate.low) and math.isfinite(estimate.high):
            parts.append(
                line(
                    axis.at(estimate.low), y, axis.at(estimate.high), y, "whisker" if each.shown else "whisker unshown"
                )
            )
        kind = "dot" if each.shown else "dot unshown"
        parts.append(f'<circle class="{kind}" cx="{coordinate(axis.at(estimate.value))}" cy="{coordinate(y)}" r="5"/>')
        english = axis.difference(estimate.value, "en") + ("" if each.shown else " (not shown)")
        japanese = axis.difference(estimate.value, "ja") + ("" if each.shown else "(未確認)")
        parts.append(
            svg_text(WIDE - 4, y + 4, english, japanese, kind="value" if each.shown else "value soft", anchor="end")
        )
    head = [
        both("Structure", "体制"),
        both("Difference of medians", "中央値の差"),
        both("Difference in share in time", "期限内割合の差"),
        both("Shown?", "差は示されたか"),
        both("Cause that changed most", "最も変化した原因"),
        both("Correlation", "相関"),
    ]
    rows = [
        [
            text_of(summary.structures.get(each.structure, Text(each.structure))),
            both("overloaded", "処理能力超過"),
            *["–"] * 4,
        ]
        if {each.structure, against} & overloaded
        else [
            text_of(summary.structures.get(each.structure, Text(each.structure))),
            both(
                time_with_interval(each.median_difference_s, sign=True),
                time_with_interval(each.median_difference_s, "ja", sign=True),
            ),
            "–" if each.within_difference is None else _points(each.within_difference),
            both("yes", "はい") if each.shown else both("no", "いいえ"),
            _main_cause(each),
            f"{each.correlation:.2f}" if math.isfinite(each.correlation) else "–",
        ]
        for each in chosen
    ]
    name, other = summary.scenarios[scenario], summary.structures.get(against, Text(against))
    spoken = "; ".join(
        f"{each.structure}: "
        + (
            "overloaded"
            if {each.structure, against} & overloaded
            else time_with_interval(each.median_difference_s, sign=True) + ("" if each.shown else ", not shown")
        )
        for each in chosen
    )
    return figure(
        f"difference-{number}",
        "".join(parts),
        (WIDE, high),
        Text(
            f"Difference of median time to decision from {other.en}: {name.en}",
            f"中央値の差(基準:{other.ja or other.en}):{name.ja or name.en}",
        ),
        Text(spoken + "."),
        _heading(summary, scenario, both(f"Against: {other.en}", f"比較対象:{other.ja or other.en}")),
        table(head, rows, kind="numbers"),
    )


def _main_cause(each: Comparison) -> str:
    if each.main_cause not in CAUSE_NAMES:
        return "–"
    names = CAUSE_NAMES[each.main_cause]
    return both(
        f"{names['en']} {duration(each.main_cause_s, sign=True)}",
        f"{names['ja']} {duration(each.main_cause_s, 'ja', sign=True)}",
    )


def _points(estimate: Estimate) -> str:
    if not math.isfinite(estimate.value):
        return "–"
    numbers = [f"{100 * number:+.0f}".replace("-", "−") for number in (estimate.value, estimate.low, estimate.high)]
    return both(
        f"{numbers[0]} points ({numbers[1]} to {numbers[2]})", f"{numbers[0]}ポイント({numbers[1]}～{numbers[2]})"
    )


def _plus(text: str) -> str:
    return text if text == "0" or text.startswith("−") else "+" + text
