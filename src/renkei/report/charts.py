"""The charts of times: how they are spread, how they differ from the base, and where they go.

Altair draws them (``renkei.report.plotting``); what each shows is also said in words and given as a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from renkei.model.quantity import Text
from renkei.model.results import Cell, Comparison, Estimate, Summary
from renkei.report.first import differences, scale_of
from renkei.report.markup import both, figure, lines_of, table, text_of
from renkei.report.plotting import Data, Words, altair, axis, drawn, records
from renkei.report.wording import CAUSE_NAMES, CAUSES, Scale, duration, share, time_with_interval

WIDE = 1120.0
LABEL = 236.0
TOP, BOTTOM = 34.0, 30.0

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


def human_ticks(low_s: float, high_s: float, room: float, apart: float = 58.0) -> list[float]:
    """Return marks for a logarithmic axis of times, none nearer than ``apart`` pixels to another.

    The library's own would be powers of ten of seconds, which nobody reads as times.
    """
    span = math.log(high_s / low_s)

    def at(seconds: float) -> float:
        return room * math.log(seconds / low_s) / span

    kept: list[float] = []
    for candidates in HUMAN_TICKS_S:
        for tick in candidates:
            if low_s <= tick <= high_s and all(abs(at(tick) - at(other)) >= apart for other in kept):
                kept.append(tick)
    return sorted(kept)


def headline_cells(summary: Summary) -> dict[tuple[str, str], Cell]:
    """Return the cell of each structure and scenario for the scenario's headline class."""
    return {(cell.structure, cell.scenario): cell for cell in summary.cells if cell.headline}


def names_of(summary: Summary, structures: Iterable[str]) -> dict[str, Words]:
    """Return what stands beside each structure's row: its name in at most two lines, that of the base bold."""
    words = {}
    for structure in structures:
        name = summary.structures[structure]
        kind = "name base" if structure == summary.base and len(summary.structures) > 1 else "name"
        lines = [lines_of(name.in_language(language) or structure, 30) for language in ("en", "ja")]
        words[f"name {structure}"] = Words(lines[0], lines[1], kind)
    return words


def endless(cell: Cell) -> Text:
    """Return why a cell has no typical time: a desk that cannot keep up, or decisions that pile up without one."""
    if cell.overloads:
        desk = cell.overloads[0].desk
        return Text(f"overloaded at {desk}", f"処理能力超過({desk})")
    return Text("decisions pile up", "決定がたまり続ける")


def _no_time(cell: Cell) -> Words:
    why = endless(cell)
    return Words((f"{why.en}: no long-run time is given",), (f"{why.ja}:長期の値は示さない",), "note over")


class Rows:
    """Layers of one view whose rows are structures, each one unit high, and the words in it."""

    def __init__(self, count: int, room: float) -> None:
        self.count = count
        self.room = room
        self.layers: list[Any] = []
        self.words: dict[str, Words] = {}
        self.data: Data = {}
        self._texts: dict[str, list[dict[str, object]]] = {}

    def y(self, of: str = "y") -> Any:
        """Return the vertical channel for a field in rows from the top."""
        library = altair()
        return library.Y(f"{of}:Q", axis=None, scale=library.Scale(domain=[self.count, 0], nice=False, zero=False))

    def add(self, kind: str, rows: Sequence[Mapping[str, object]], mark: Mapping[str, Any], **channels: Any) -> None:
        """Add a layer of marks; without rows nothing."""
        if rows:
            chart = altair().Chart(records(rows, self.data))
            self.layers.append(getattr(chart, f"mark_{kind}")(**mark).encode(**{"y": self.y(), **channels}))

    def text(self, row: float, at: float, key: str, words: Words, align: str = "left") -> None:
        """Add a text at a position in pixels from the left end of the view."""
        self.words[key] = words
        self._texts.setdefault(align, []).append({"at": at, "y": row, "key": key})

    def chart(self) -> Any:
        """Return all layers as one view: marks on their own scale, texts on one of pixels."""
        library = altair()
        pixels = library.X("at:Q", axis=None, scale=library.Scale(domain=[0, self.room], nice=False, zero=False))
        texts = [
            library.Chart(records(rows, self.data))
            .mark_text(align=align, baseline="middle")
            .encode(x=pixels, y=self.y(), text="key:N")
            for align, rows in self._texts.items()
        ]
        return library.layer(library.layer(*self.layers), *texts).resolve_scale(x="independent")


# --- how the times are spread, and how they differ from the base

ROW = 46.0
SPREAD = 372.0
"""Width of the axis of times, and of that of differences."""
APART = 252.0
BETWEEN = 752.0
"""Where the second view begins."""


def times(summary: Summary) -> str:
    """Return a figure for each scenario: the distribution of time to decision, and the difference from the base."""
    cells = headline_cells(summary)
    return "".join(
        _times(
            summary,
            scenario,
            [cell for structure in summary.structures if (cell := cells.get((structure, scenario)))],
            number,
        )
        for number, scenario in enumerate(summary.scenarios)
    )


def _times(summary: Summary, scenario: str, cells: Sequence[Cell], number: int) -> str:
    if not cells:
        return ""
    high = TOP + ROW * len(cells) + BOTTOM
    compared = differences(summary, scenario)
    drawing = _spread(summary, cells, high)
    if compared:
        drawing += f'<g transform="translate({BETWEEN:g},0)">{_apart(summary, scenario, cells, compared, high)}</g>'
    name = summary.scenarios[scenario]
    decision = summary.classes.get(cells[0].decision_class, Text(cells[0].decision_class))
    note = both(
        f"Of each {decision.en}, from raised to ordered.",
        f"{decision.in_language('ja')}1件の、発議から命令までの時間。",
    )
    return figure(
        f"time-{number}",
        drawing,
        (WIDE, high),
        Text(
            f"Time to decision and its difference from the base: {name.en}",
            f"決定までの時間と基準との差:{name.in_language('ja')}",
        ),
        Text(_spoken(summary, scenario, cells)),
        f"<h3>{text_of(_told(summary, scenario))}</h3><p>{note}</p>",
        _times_table(summary, scenario, cells),
    )


def _told(summary: Summary, scenario: str) -> Text:
    """Return what is seen: which structure is fastest, or that none is shown to be."""
    name = summary.scenarios[scenario]
    row = next((each for each in summary.brief.rows if each.scenario == scenario), None)
    if row is None or not row.leading:
        return name
    if not row.best:
        return Text(
            f"{name.en}: no structure is shown to be faster than the base",
            f"{name.in_language('ja')}:基準より速いと示された体制はない",
        )
    gained = -differences(summary, scenario)[row.best].median_difference_s.value
    best = summary.structures[row.best]
    return Text(
        f"{name.en}: “{best.en}” saves most, {duration(gained)}",
        f"{name.in_language('ja')}:最も短縮するのは「{best.in_language('ja')}」、{duration(gained, 'ja')}",
    )


def _spread(summary: Summary, cells: Sequence[Cell], high: float) -> str:
    library = altair()
    measured = [cell for cell in cells if not cell.endless and cell.histogram]
    low_s, high_s = _range_for(measured)
    ticks = human_ticks(low_s, high_s, SPREAD)
    scale = library.Scale(type="log", domain=[low_s, high_s], nice=False, clamp=True)
    x = library.X("x:Q", scale=scale, axis=axis(values=ticks, labelExpr="'tick ' + datum.value"))
    view = Rows(len(cells), SPREAD)
    view.words |= {
        f"tick {tick:.12g}": Words((tick_label(tick, "en"),), (tick_label(tick, "ja"),)) for tick in ticks
    } | names_of(summary, [cell.structure for cell in cells])
    tallest = max((density for cell in measured for _, _, density in _density(cell)), default=1.0)
    for base in (False, True):
        shape = [
            point
            for row, cell in enumerate(cells)
            if cell in measured and (cell.structure == summary.base) == base
            for point in _outline(cell, row, tallest)
        ]
        colour = "var(--ridge-base)" if base else "var(--ridge)"
        view.add("area", shape, {"interpolate": "step-after", "color": colour}, x=x, y2="y2:Q", detail="of:N")
    ground = [{"x": low_s, "x2": high_s, "y": row + 0.9} for row in range(len(cells))]
    view.add("rule", ground, {"color": "var(--rule)"}, x=x, x2="x2:Q")
    for field, thick in (("p90_s", 1.5), ("median_s", 2.5)):
        spans, dots = [], []
        for row, cell in enumerate(cells):
            estimate: Estimate = getattr(cell, field)
            if cell.endless or not math.isfinite(estimate.value):
                continue
            dots.append({"x": estimate.value, "y": row + 0.9})
            if math.isfinite(estimate.low) and math.isfinite(estimate.high) and not estimate.over:
                spans.append({"x": max(estimate.low, low_s), "x2": estimate.high, "y": row + 0.9})
        view.add("rule", spans, {"color": "var(--accent)", "strokeWidth": thick}, x=x, x2="x2:Q")
        hollow = field == "p90_s"
        marked = {
            "shape": "diamond" if hollow else "circle",
            "size": 70 if hollow else 62,
            "fill": "var(--paper)" if hollow else "var(--accent)",
            "stroke": "var(--accent)" if hollow else "var(--paper)",
            "strokeWidth": 1.75 if hollow else 1.25,
            "opacity": 1,
        }
        view.add("point", dots, marked, x=x)
    deadline_s = cells[0].deadline_s
    if deadline_s is not None and low_s <= deadline_s <= high_s:
        line = [{"x": deadline_s, "y": 0, "y2": len(cells)}]
        view.add("rule", line, {"color": "var(--late)", "strokeDash": [4, 3]}, x=x, y2="y2:Q")
        at = SPREAD * math.log(deadline_s / low_s) / math.log(high_s / low_s)
        said = Words(
            (f"deadline {duration(deadline_s)}",), (f"期限 {duration(deadline_s, 'ja')}",), "note deadline-text"
        )
        view.text(-16 / ROW, min(at, SPREAD - 50), "deadline", said, "center")
    view.text(-16 / ROW, SPREAD + 66, "head median", Words(("median",), ("中央値",), "note"), "right")
    view.text(-16 / ROW, SPREAD + 132, "head p90", Words(("9 in 10",), ("9割",), "note"), "right")
    for row, cell in enumerate(cells):
        view.text(row + 0.55, -14, f"name {cell.structure}", view.words[f"name {cell.structure}"], "right")
        if cell.endless:
            view.text(row + 0.55, 8, f"no time {row}", _no_time(cell))
            continue
        for at, key, estimate, kind in (
            (66, "median", cell.median_s, "value"),
            (132, "p90", cell.p90_s, "value soft"),
        ):
            said = Words((_over(estimate, "en"),), (_over(estimate, "ja"),), kind)
            view.text(row + 0.55, SPREAD + at, f"{key} {row}", said, "right")
    wide = LABEL + SPREAD + 134
    return drawn(view.chart(), view.data, (wide, high), (LABEL, TOP, 134, BOTTOM), view.words)


def _density(cell: Cell) -> list[tuple[float, float, float]]:
    """Return steps: from, to, share per unit of log time."""
    total = sum(count for _, _, count in cell.histogram) or 1
    return [
        (low, high, count / total / math.log(high / low))
        for low, high, count in sorted(cell.histogram)
        if count and low > 0 and high > low
    ]


def _outline(cell: Cell, row: int, tallest: float) -> list[dict[str, object]]:
    """Return the points of a distribution's steps; between steps that do not touch it falls to the ground."""
    floor = row + 0.9
    points: list[tuple[float, float]] = []
    for low, high, density in _density(cell):
        if points and low <= points[-1][0] * 1.000001:
            points.pop()
        points += [(low, floor - 0.78 * density / tallest), (high, floor)]
    return [{"x": x, "y": y, "y2": floor, "of": row} for x, y in points]


def _range_for(cells: Sequence[Cell]) -> tuple[float, float]:
    """Return an axis' ends that hold 99 % of every distribution, every quantile and the deadline."""
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
    low_s = min((low for low in lows if low > 0), default=60.0)
    return low_s, max(max(highs, default=DAY), low_s * 2)


def _apart(
    summary: Summary, scenario: str, cells: Sequence[Cell], compared: Mapping[str, Comparison], high: float
) -> str:
    library = altair()
    overloaded = {cell.structure for cell in cells if cell.endless}
    sound = {name: each for name, each in compared.items() if not {name, summary.base} & overloaded}
    unit = scale_of(summary, scenario)
    bounds = [
        bound / unit.unit_s
        for each in sound.values()
        for bound in (each.median_difference_s.low, each.median_difference_s.high, each.median_difference_s.value)
        if math.isfinite(bound)
    ]
    low, top = min([*bounds, 0.0]), max([*bounds, 0.0])
    low, top = (low, top) if top - low > 0 else (-1.0, 1.0)
    scale = library.Scale(domain=[low, top], nice=4)
    x = library.X("x:Q", scale=scale, axis=axis(unit=False, tickCount=4, format=".6~r"))
    view = Rows(len(cells), APART)
    for shown in (False, True):
        spans, dots = [], []
        for row, cell in enumerate(cells):
            each = sound.get(cell.structure)
            if each is None or each.shown != shown or not math.isfinite(each.median_difference_s.value):
                continue
            estimate = each.median_difference_s
            dots.append({"x": estimate.value / unit.unit_s, "y": row + 0.55})
            if math.isfinite(estimate.low) and math.isfinite(estimate.high):
                spans.append({"x": estimate.low / unit.unit_s, "x2": estimate.high / unit.unit_s, "y": row + 0.55})
        colour = "var(--accent)" if shown else "var(--faint)"
        view.add("rule", spans, {"color": colour, "strokeWidth": 2.5}, x=x, x2="x2:Q")
        mark = {
            "shape": "circle",
            "size": 80,
            "fill": colour if shown else "var(--paper)",
            "stroke": colour,
            "opacity": 1,
        }
        view.add("point", dots, {**mark, "strokeWidth": 1.75}, x=x)
    zero = [{"x": 0, "y": 0, "y2": len(cells)}]
    view.layers.insert(
        0,
        library.Chart(records(zero, view.data))
        .mark_rule(color="var(--soft)", strokeWidth=1.25)
        .encode(x=x, y=view.y(), y2="y2:Q"),
    )
    way = Words((f"← faster · {unit.english.strip()} · slower →",), (f"← 速い・{unit.japanese}・遅い →",), "note")
    view.text(-16 / ROW, APART / 2, "way", way, "center")
    for row, cell in enumerate(cells):
        said = _said_apart(summary, cell, compared, overloaded, unit)
        if said is not None:
            view.text(row + 0.55, APART + 104, f"apart {row}", said, "right")
    return drawn(
        view.chart(),
        view.data,
        (APART + 116, high),
        (8, TOP, 108, BOTTOM),
        view.words,
        Text(unit.english, unit.japanese),
    )


def _said_apart(
    summary: Summary, cell: Cell, compared: Mapping[str, Comparison], overloaded: set[str], unit: Scale
) -> Words | None:
    if cell.structure == summary.base:
        return Words(("the base",), ("基準",), "note")
    each = compared.get(cell.structure)
    if each is None:
        return None
    if {cell.structure, summary.base} & overloaded:
        return Words(("not compared",), ("比較せず",), "note")
    value = each.median_difference_s.value
    if not math.isfinite(value):
        return Words(("not measured",), ("測定なし",), "note")
    english, japanese = unit.time(value, sign=True), unit.time(value, "ja", sign=True)
    if each.shown:
        return Words((english,), (japanese,), "value")
    return Words((f"{english}, not shown",), (f"{japanese}(未確認)",), "note")


def _over(estimate: Estimate, language: str) -> str:
    text = duration(estimate.value, language)
    return (f"{text}超" if language == "ja" else f">{text}") if estimate.over else text


def _spoken(summary: Summary, scenario: str, cells: Iterable[Cell]) -> str:
    compared = differences(summary, scenario)
    said = []
    for cell in cells:
        words = f"{cell.structure}: "
        if cell.endless:
            said.append(words + endless(cell).en)
            continue
        words += f"median {_over(cell.median_s, 'en')}, 90th percentile {_over(cell.p90_s, 'en')}"
        each = compared.get(cell.structure)
        if each is not None:
            words += f", against the base {time_with_interval(each.median_difference_s, sign=True)}"
            words += "" if each.shown else ", not shown"
        said.append(words)
    return "; ".join(said) + "."


def _times_table(summary: Summary, scenario: str, cells: Sequence[Cell]) -> str:
    compared = differences(summary, scenario)
    unit = scale_of(summary, scenario)
    overloaded = {cell.structure for cell in cells if cell.endless}
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
        both("Difference of medians", "中央値の差"),
        both("Difference in share in time", "期限内割合の差"),
        both("Shown?", "差は示されたか"),
        both("Cause that changed most", "最も変化した原因"),
        both("Correlation", "相関"),
    ]
    rows = []
    for cell in cells:
        row = [
            text_of(summary.structures[cell.structure]),
            *([text_of(endless(cell)), "–", "–", "–"] if cell.endless else _quantile_cells(cell)),
            str(cell.ended),
            str(cell.open),
            str(cell.refused),
            str(cell.failed),
        ]
        each = compared.get(cell.structure)
        if each is None or {cell.structure, summary.base} & overloaded:
            rows.append([*row, *["–"] * 5])
            continue
        estimate = each.median_difference_s
        spans = (unit.interval(estimate, sign=True), unit.interval(estimate, "ja", sign=True))
        values = (unit.time(estimate.value, sign=True), unit.time(estimate.value, "ja", sign=True))
        rows.append(
            [
                *row,
                both(*(f"{value} ({span})" if span else value for value, span in zip(values, spans, strict=True))),
                "–" if each.within_difference is None else _points(each.within_difference),
                both("yes", "はい") if each.shown else both("no", "いいえ"),
                _main_cause(each),
                f"{each.correlation:.2f}" if math.isfinite(each.correlation) else "–",
            ]
        )
    return table(head, rows, kind="numbers")


def _quantile_cells(cell: Cell) -> list[str]:
    return [
        *(
            both(time_with_interval(each), time_with_interval(each, "ja"))
            for each in (cell.median_s, cell.p90_s, cell.p99_s)
        ),
        both(duration(cell.median_s.replication_error), duration(cell.median_s.replication_error, "ja")),
    ]


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


# --- where the time goes


BAR_ROW = 36.0
BARS = 760.0
NAMED_SHARE = 34.0
"""A bar narrower than this has no room for its share."""


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


def _cause_drawing(summary: Summary, cells: Sequence[Cell], totals: Mapping[str, float], high: float) -> str:
    library = altair()
    unit = Scale.of_times(totals.values())
    most = max([*totals.values(), 1.0]) / unit.unit_s
    scale = library.Scale(domain=[0, most], nice=False)
    x = library.X("x:Q", scale=scale, axis=axis(tickCount=8, format=".6~r"))
    view = Rows(len(cells), BARS)
    bars, said = [], []
    for row, cell in enumerate(cells):
        name = f"name {cell.structure}"
        view.text(row + 0.5, -14, name, names_of(summary, [cell.structure])[name], "right")
        if cell.endless:
            said.append((row, 8.0, f"no time {row}", _no_time(cell), "left"))
            continue
        total, begin = totals[cell.structure], 0.0
        for cause, part in cause_seconds(cell.causes_s):
            if part <= 0:
                continue
            names = CAUSE_NAMES[cause]
            told = f"{names['en']} / {names['ja']}: {duration(part)} ({share(part / total)})"
            end = begin + part / unit.unit_s
            bars.append({"x": begin, "x2": end, "y": row + 0.16, "y2": row + 0.84, "cause": cause, "told": told})
            if BARS * (end - begin) / most >= NAMED_SHARE:
                label = share(part / total).replace(" ", "\u2009")
                words = Words((label,), (share(part / total, "ja"),), f"in-{cause}")
                said.append((row, BARS * (begin + end) / 2 / most, f"share {row} {cause}", words, "center"))
            begin = end
        words = Words((duration(total),), (duration(total, "ja"),), "value")
        said.append((row, BARS * begin / most + 8, f"total {row}", words, "left"))
    colours = library.Scale(domain=list(CAUSES), range=[f"var(--{cause})" for cause in CAUSES])
    # A gap of a pixel keeps neighbours apart for those who see no hue.
    view.add(
        "rect",
        bars,
        {"stroke": "var(--paper)", "strokeWidth": 1.2},
        x=x,
        x2="x2:Q",
        y2="y2:Q",
        color=library.Color("cause:N", legend=None, scale=colours),
        description="told:N",
    )
    for row, at, key, words, align in said:
        view.text(row + 0.5, at, key, words, align)
    return drawn(
        view.chart(),
        view.data,
        (WIDE, high),
        (LABEL, 6, WIDE - LABEL - BARS, BOTTOM),
        view.words,
        Text(unit.english, unit.japanese),
    )


def _cause_chart(summary: Summary, scenario: str, cells: Sequence[Cell], number: int) -> str:
    if not cells:
        return ""
    totals = {
        cell.structure: sum(part for _, part in cause_seconds(cell.causes_s)) for cell in cells if not cell.endless
    }
    high = 6 + BAR_ROW * len(cells) + BOTTOM
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
        if cell.endless:
            rows.append(
                [text_of(summary.structures[cell.structure]), text_of(endless(cell)), *["–"] * len(CAUSES), *counts]
            )
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
            endless(cell).en
            if cell.endless
            else ", ".join(
                f"{CAUSE_NAMES[cause]['en']} {duration(part)}" for cause, part in cause_seconds(cell.causes_s) if part
            )
        )
        for cell in cells
    )
    return figure(
        f"cause-{number}",
        _cause_drawing(summary, cells, totals, high),
        (WIDE, high),
        Text(f"Mean time to decision by cause: {name.en}", f"原因別の平均時間:{name.ja or name.en}"),
        Text(spoken + "."),
        f"<h3>{text_of(_seen(summary, scenario, cells))}</h3>",
        table(head, rows, kind="numbers"),
    )


def _seen(summary: Summary, scenario: str, cells: Sequence[Cell]) -> Text:
    """Return what a chart of causes shows: the largest cause under the base and its share."""
    name = summary.scenarios[scenario]
    sound = [cell for cell in cells if not cell.endless]
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
        f"{names['ja']}が{share(seconds / total, 'ja')}",
    )
