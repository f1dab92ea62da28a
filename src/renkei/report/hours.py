"""The counterparts' common hours, as a week: a strip for each, and the hours that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renkei.model.pictures import CommonHours
from renkei.model.quantity import Text
from renkei.model.results import Summary
from renkei.report.charts import LABEL, WIDE
from renkei.report.markup import both, box, coordinate, cut, escape, figure, line, svg_text, table, text_of
from renkei.report.ways import zone_name
from renkei.report.wording import function_name, short_name

ROW = 50.0
ROOM = WIDE - LABEL - 84
DAYS = (("Mon", "月"), ("Tue", "火"), ("Wed", "水"), ("Thu", "木"), ("Fri", "金"), ("Sat", "土"), ("Sun", "日"))


def hours_text(hours: float) -> tuple[str, str]:
    """Return hours a week in both languages."""
    number = f"{hours:.0f}" if abs(hours - round(hours)) < 0.05 else f"{hours:.1f}"
    return f"{number} h", f"{number}時間"


def week_figure(structure: str, name: Text, pairs: Sequence[CommonHours], number: int) -> str:
    """Return the week of a structure."""
    fewest = min(pairs, key=lambda pair: (pair.hours, pair.counterpart))
    english, japanese = hours_text(fewest.hours)
    one, other = fewest.names
    title = Text(
        f"{name.en}: the fewest common hours are {english} a week, of {one.en} and {other.en}",
        f"{name.in_language('ja')}:最も少ない共通時間は週{japanese}"
        f"({one.in_language('ja')}と{other.in_language('ja')})",
    )
    top = 24.0
    high = top + ROW * len(pairs) + 4
    parts = []
    for day, (short, kanji) in enumerate(DAYS):
        x = LABEL + ROOM * day / 7
        parts.append(line(x, 8, x, high, "grid"))
        parts.append(svg_text(x + ROOM / 14, 16, short, kanji, kind="tick", anchor="middle"))
    for row, pair in enumerate(pairs):
        y = top + ROW * row
        for place, (houses, spans) in enumerate(((pair.names[0], pair.first), (pair.names[1], pair.second))):
            for language in ("en", "ja"):
                label = cut(short_name(houses).in_language(language), LABEL - 12, 11.5)
                parts.append(
                    f'<text lang="{language}" class="tick" x="{coordinate(LABEL - 12)}" '
                    f'y="{coordinate(y + 14 + 19 * place)}" text-anchor="end">{escape(label)}</text>'
                )
            for begin, end in spans:
                parts.append(box(at(begin), y + 4 + 19 * place, at(end) - at(begin), 14, "awake"))
        for begin, end in pair.common:
            parts.append(box(at(begin), y + 4, at(end) - at(begin), 33, "shared"))
        said, gesagt = hours_text(pair.hours)
        parts.append(svg_text(WIDE - 4, y + 25, said, gesagt, kind="value", anchor="end"))
        parts.append(line(LABEL, y + ROW - 5, WIDE - 84, y + ROW - 5, "grid"))
    rows = [
        [
            text_of(pair.names[0]),
            text_of(pair.names[1]),
            both(" / ".join(pair.desks), " / ".join(function_name(desk).in_language("ja") for desk in pair.desks)),
            both(*hours_text(sum(end - begin for begin, end in pair.first) / 60)),
            both(*hours_text(sum(end - begin for begin, end in pair.second) / 60)),
            both(*hours_text(pair.hours)),
        ]
        for pair in pairs
    ]
    head = [
        both("One", "一方"),
        both("Other", "他方"),
        both("Desks", "部署"),
        both("Hours of one", "一方の勤務"),
        both("Hours of the other", "他方の勤務"),
        both("In common", "共通"),
    ]
    zone = zone_name(pairs[0].zone)
    note = both(
        f"Grey: on duty; blue: both. An ordinary week at steady posture, by the clocks of {zone.en}.",
        f"灰色は勤務中、青は双方が勤務中。平常の一週間、{zone.in_language('ja')}時間。",
    )
    heading = f"<h3>{text_of(title)}</h3><p>{note}</p>"
    return figure(
        f"week-{number}",
        "".join(parts),
        (WIDE, high),
        Text("A week", "一週間"),
        title,
        heading,
        table(head, rows, kind="numbers"),
    )


def at(minute: int) -> float:
    """Return the position of a minute of the week."""
    return LABEL + ROOM * minute / (7 * 1440)


def weeks(summary: Summary, hours: Mapping[str, tuple[CommonHours, ...]]) -> str:
    """Return a week for every structure whose counterparts' hours differ from all before."""
    seen: dict[tuple[CommonHours, ...], list[str]] = {}
    for structure in [summary.base, *summary.structures]:
        pairs = hours.get(structure, ())
        if pairs and structure not in seen.setdefault(pairs, []):
            seen[pairs].append(structure)
    parts = []
    for number, (pairs, structures) in enumerate(seen.items()):
        parts.append(week_figure(structures[0], summary.structures[structures[0]], pairs, number))
        if len(structures) > 1:
            english = "; ".join(summary.structures[each].en for each in structures[1:])
            japanese = "、".join(summary.structures[each].in_language("ja") for each in structures[1:])
            parts.append(f'<p class="hint">{both(f"The same week: {english}.", f"同じ一週間:{japanese}。")}</p>')
    return "".join(parts)
