"""Load of desks over time: a strip for each of the busiest, all on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renkei.model.pictures import LoadOverTime, Series
from renkei.model.quantity import Text
from renkei.model.results import Summary
from renkei.report.charts import BOTTOM, LABEL, WIDE, Rows
from renkei.report.markup import both, figure, lines_of, table, text_of
from renkei.report.plotting import Words, altair, axis, drawn

STRIP = 58.0
COLOURS = ("off_duty", "concurrence", "work", "rework", "channel")
"""Of the style sheet: Okabe and Ito's, which people of every kind of colour vision tell apart."""

AT_MOST_STEPS = 130
"""More steps than this are drawn by their means: a strip has no room for more."""


def drawing(load: LoadOverTime, names: Mapping[str, Text]) -> tuple[str, tuple[float, float]]:
    """Return the drawing and its size."""
    library = altair()
    high = 6 + STRIP * len(load.series) + BOTTOM
    room = WIDE - LABEL - 120
    together, days = coarser(load)
    view = Rows(len(together), room)
    most = max((max(values) for values in together), default=1.0) or 1.0
    last = len(together[0]) * days
    x = library.X("x:Q", scale=library.Scale(domain=[0, last], nice=False), axis=axis(tickCount=12, format=".6~r"))
    for row, (series, values) in enumerate(zip(load.series, together, strict=True)):
        floor = row + 0.94
        steps = [
            {"x": round(number * days, 4), "y": round(floor - 0.86 * value / most, 4), "y2": floor}
            for number, value in enumerate([*values, values[-1]])
        ]
        mark = {"interpolate": "step-after", "color": f"var(--{COLOURS[row % len(COLOURS)]})"}
        view.add("area", steps, mark, x=x, y2="y2:Q")
        view.add("rule", [{"x": 0, "x2": last, "y": floor}], {"color": "var(--rule)"}, x=x, x2="x2:Q")
        desk = names[series.desk]
        label = Words(lines_of(desk.en, 30), lines_of(desk.in_language("ja"), 30), "name")
        view.text(row + 0.62, -14, f"desk {row}", label, "right")
        peak = f"{max(series.values):.1f}"
        view.text(row + 0.62, room + 10, f"peak {row}", Words((f"at most {peak}",), (f"最多{peak}件",), "note"))
    size = (WIDE, high)
    return drawn(view.chart(), view.data, size, (LABEL, 6, 120, BOTTOM), view.words, Text(" d", "日")), size


def coarser(load: LoadOverTime) -> tuple[list[list[float]], float]:
    """Return each desk's means over steps that the drawing has room for, and the days of such a step."""
    count = len(load.series[0].values)
    step = -(-count // AT_MOST_STEPS)
    return [
        [mean(series.values[begin : begin + step]) for begin in range(0, count, step)] for series in load.series
    ], step * load.step_s / 86_400


def loads_over_time(summary: Summary, loads: Sequence[LoadOverTime], names: Mapping[str, Text]) -> str:
    """Return a chart for each scenario; ``names`` are those of desks."""
    parts = []
    for number, load in enumerate(loads):
        if not load.series or not load.series[0].values:
            continue
        name = summary.scenarios[load.scenario]
        top = load.series[0]
        most = max(top.values)
        day = top.values.index(most) * load.step_s / 86_400
        title = Text(
            f"{name.en}: {names[top.desk].en} has the most to do, {most:.1f} papers at its height on day {day:.0f}",
            f"{name.in_language('ja')}:{names[top.desk].in_language('ja')}が最も忙しく、{day:.0f}日目に最多{most:.1f}件",
        )
        note = both(
            "Papers at the desk, worked on or waiting, by day from the start of one run of the base.",
            "基準の1回の試行における、各部署にある案件数(処理中・待ち)。横軸は開始からの日数。",
        )
        drawn_here, size = drawing(load, names)
        parts.append(
            figure(
                f"over-{number}",
                drawn_here,
                size,
                Text(f"Load of desks over time: {name.en}", f"部署の負荷の推移:{name.in_language('ja')}"),
                title,
                f"<h3>{text_of(title)}</h3><p>{note}</p>",
                _by_week(load, top, names),
            )
        )
    return "".join(parts)


def _by_week(load: LoadOverTime, top: Series, names: Mapping[str, Text]) -> str:
    per_week = max(1, round(7 * 86_400 / load.step_s))
    rows = [
        [
            f"{begin * load.step_s / 86_400:.0f}",
            *(f"{mean(each.values[begin : begin + per_week]):.2f}" for each in load.series),
        ]
        for begin in range(0, len(top.values), per_week)
    ]
    header = [both("Week from day", "週の開始日"), *(text_of(names[series.desk]) for series in load.series)]
    return table(header, rows, kind="numbers")


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return sum(values) / max(1, len(values))
