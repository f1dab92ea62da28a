"""Load of desks over time, drawn by Altair and vl-convert as SVG: static, without a script or a font from outside.

Measured: 0.2 s to load, 0.5 s for the first chart and 0.1 s for each further, 15 to 20 kB a chart, the same bytes each
time. Text in it is the same in both languages (ids and numbers); what differs stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from renkei.model.pictures import LoadOverTime
from renkei.model.quantity import Text
from renkei.model.results import Summary
from renkei.report.markup import both, escape, table, text_of

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
"""Okabe and Ito's, which people of every kind of colour vision tell apart."""


def chart(load: LoadOverTime) -> str:
    """Return the drawing: a strip for each desk, on one scale."""
    import altair
    import vl_convert

    values = [
        {"day": number * load.step_s / 86_400, "papers": value, "desk": series.desk}
        for series in load.series
        for number, value in enumerate(series.values)
    ]
    order = [series.desk for series in load.series]
    drawn = (
        altair.Chart(altair.InlineData(values), width=720, height=64)
        .mark_area(interpolate="step-after", opacity=0.9, line=False)
        .encode(
            x=altair.X("day:Q", title=None, axis=altair.Axis(grid=False, tickCount=12)),
            y=altair.Y("papers:Q", title=None, axis=altair.Axis(tickCount=3)),
            color=altair.Color("desk:N", legend=None, sort=order, scale=altair.Scale(domain=order, range=COLOURS)),
            row=altair.Row(
                "desk:N", sort=order, title=None, header=altair.Header(labelAngle=0, labelAlign="left", labelLimit=180)
            ),
        )
        .configure(font="sans-serif", background="transparent")
        .configure_view(stroke=None)
        .configure_axis(labelColor="#5b636d", labelFontSize=11, gridColor="#dcdfe2", domainColor="#8a929b")
        .configure_header(labelFontSize=12, labelColor="#1d2126")
    )
    svg = vl_convert.vegalite_to_svg(drawn.to_dict())
    return re.sub(r' (?:width|height)="[\d.]+"(?=[^>]*viewBox)', "", svg, count=2)


def loads_over_time(summary: Summary, loads: Sequence[LoadOverTime]) -> str:
    """Return a chart for each scenario."""
    parts = []
    for number, load in enumerate(loads):
        if not load.series:
            continue
        name = summary.scenarios[load.scenario]
        top = load.series[0]
        most = max(top.values)
        day = top.values.index(most) * load.step_s / 86_400
        title = Text(
            f"{name.en}: {top.desk} has the most to do, {most:.1f} papers at its height on day {day:.0f}",
            f"{name.in_language('ja')}:{top.desk}が最も忙しく、{day:.0f}日目に最多{most:.1f}件",
        )
        svg = chart(load).replace("<svg ", f'<svg aria-labelledby="over-{number}-t" role="img" ', 1)
        head, gap, rest = svg.partition(">")
        spoken = escape(f"{title.en} / {title.ja}")
        svg = f'{head}{gap}<title id="over-{number}-t">{spoken}</title>{rest}'
        per_week = max(1, round(7 * 86_400 / load.step_s))
        rows = [
            [
                f"{begin * load.step_s / 86_400:.0f}",
                *(f"{mean(each.values[begin : begin + per_week]):.2f}" for each in load.series),
            ]
            for begin in range(0, len(top.values), per_week)
        ]
        header = [both("From day", "開始日"), *(escape(series.desk) for series in load.series)]
        note = both(
            "Papers at the desk, worked on or waiting, by day from the start of one run of the base.",
            "基準の1回の実行における、各部署にある案件数(処理中・待ち)。横軸は開始からの日数。",
        )
        parts.append(
            f'<figure class="altair" id="over-{number}"><figcaption><h3>{text_of(title)}</h3><p>{note}</p></figcaption>'
            f'<div class="scroll" tabindex="0">{svg}</div><details><summary>'
            f"{both('The numbers of this chart, by week', 'この図の数値(週ごと)')}</summary>"
            f'<div class="scroll" tabindex="0">{table(header, rows, kind="numbers")}</div></details></figure>\n'
        )
    return "".join(parts)


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return sum(values) / max(1, len(values))
