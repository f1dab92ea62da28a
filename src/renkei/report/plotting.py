"""Altair and vl-convert, made to give what the report needs: either language, the reader's colours, the same bytes.

A chart is drawn once, with a key where words will stand; the keys are then replaced by words in both languages, and
what the library writes for screens without a style sheet is taken away. Colours are variables of the style sheet, so
they follow the reader's light or dark scheme. Nothing of the layout is measured from letters (fixed sizes and
paddings, no overlap rules), so no byte depends on the fonts of the machine.

Measured: 0.6 s for the first chart of a report, 0.03 to 0.05 s for each further, 6 to 16 kB a chart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from renkei.model.quantity import Text
from renkei.report.markup import coordinate, escape

UNIT: Final = "\u00a4"
"""Stands in the label of an axis where the unit will."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a key in a chart stands for: lines of text in each language, and the class of the style sheet."""

    en: Sequence[str]
    ja: Sequence[str]
    kind: str = "tick"

    @classmethod
    def of(cls, text: Text, kind: str = "tick") -> Words:
        """Return a text as one line."""
        return cls((text.en,), (text.in_language("ja"),), kind)


@cache
def altair() -> Any:
    """Return the library: half a second to load, so only a report that draws does."""
    import altair as library

    return library


Data = dict[str, list[dict[str, object]]]
"""A chart's rows by name. The library copies a chart's data at every step, so it gets the names and not the rows."""


def records(rows: Sequence[Mapping[str, object]], data: Data) -> Any:
    """Return rows as the data of a chart, which ``drawn`` puts in; nothing is fetched or sampled."""
    name = f"rows {len(data)}"
    data[name] = [dict(row) for row in rows]
    return altair().NamedData(name)


def axis(unit: bool = True, **more: Any) -> Any:
    """Return an axis of plain numbers with light lines; the unit is put in later."""
    label = {"labelExpr": f"datum.label + (datum.value == 0 ? '' : '{UNIT}')"} if unit else {}
    return altair().Axis(
        title=None,
        domain=False,
        ticks=False,
        gridColor="var(--grid)",
        labelPadding=8,
        labelOverlap=False,
        labelBound=False,
        labelFlush=False,
        labelLimit=0,
        **{**label, **more},
    )


def drawn(
    chart: Any,
    data: Data,
    size: tuple[float, float],
    padding: tuple[float, float, float, float],
    words: Mapping[str, Words],
    unit: Text = Text(""),
) -> str:
    """Return the inside of an SVG drawing, to stand in a view of ``size``.

    Parameters
    ----------
    chart
        An Altair chart of one view (layers are one view).
    data
        The rows that its layers name.
    size
        The whole drawing's width and height.
    padding
        Left, top, right and bottom of the view.
    words
        What each text of the chart stands for. Numbers of an axis need none.
    unit
        The unit of the axis, put where ``UNIT`` stands.
    """
    _see_room()
    import vl_convert

    left, top, right, bottom = padding
    whole = chart.to_dict(validate=False) | {
        # Put in here, as the library copies the whole chart for each of them.
        "width": size[0] - left - right,
        "height": size[1] - top - bottom,
        "padding": {"left": left, "top": top, "right": right, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": None,
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 11}},
        "datasets": data,
    }
    svg = vl_convert.vegalite_to_svg(whole)
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    return _worded(_bare(inner), words, unit)


class NotDrawn(Exception):
    """A chart cannot be drawn here. The message says why, and what to do."""


def _see_room() -> None:
    """Raise where address space is limited: the library reserves far more than it uses, and would end the process."""
    try:
        import resource
    except ImportError:  # not on this system, and so without such a limit
        return
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        raise NotDrawn(
            "no report: charts cannot be drawn while address space is limited (`ulimit -v`, or a batch queue's limit); "
            "lift it, or ask for --no-report"
        )


def _bare(svg: str) -> str:
    """Return a drawing without what the page says itself; what was a label for readers aloud becomes a title."""
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", svg)
    svg = re.sub(r'<rect [^>]*fill="transparent"/>', "", svg, count=1)
    svg = re.sub(r'<(path|line) aria-label="([^"]*)"([^>]*)/>', r"<\1\3><title>\2</title></\1>", svg)
    svg = re.sub(
        r' (?:role|aria-[a-z]+|aria-roledescription|pointer-events|font-family|font-size|font-weight)="[^"]*"', "", svg
    )
    svg = re.sub(r' (?:opacity="1"|stroke-width="1"|class="mark-[^"]*"|transform="translate\(0,0\)")', "", svg)
    svg = re.sub(r"(\d\.\d)\d+", r"\1", svg)
    for _ in range(4):
        svg = re.sub(r"<g>(<g[ >]|</g>)", r"<g>\1", svg).replace("<g></g>", "")
    return svg


def _worded(svg: str, words: Mapping[str, Words], unit: Text) -> str:
    """Return a drawing whose keys are words in both languages."""

    def replaced(found: re.Match[str]) -> str:
        attributes, content = found.group(1), found.group(2)
        attributes = re.sub(r' fill="[^"]*"', "", attributes)
        known = words.get(content)
        if known is None:
            number = content.replace("-", "\u2212")
            known = Words((number.replace(UNIT, unit.en),), (number.replace(UNIT, unit.in_language("ja")),))
        return "".join(
            f'<text{attributes} class="{known.kind}"{mark}>{_lines(lines)}</text>' for mark, lines in _each(known)
        )

    return re.sub(r"<text([^>]*)>([^<]*)</text>", replaced, svg)


def _each(words: Words) -> list[tuple[str, Sequence[str]]]:
    if tuple(words.en) == tuple(words.ja):
        return [("", words.en)]
    return [(' lang="en"', words.en), (' lang="ja"', words.ja)]


def _lines(lines: Sequence[str]) -> str:
    """Return lines of text, one below the other, around the height of one."""
    if len(lines) == 1:
        return escape(lines[0])
    first = -8.0 * (len(lines) - 1)
    return "".join(
        f'<tspan x="0" dy="{coordinate(first if number == 0 else 16.0)}">{escape(each)}</tspan>'
        for number, each in enumerate(lines)
    )
