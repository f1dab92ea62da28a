"""A decision's way over several clocks: no chart library draws it, so it is drawn here."""

from __future__ import annotations

from collections import defaultdict

from renkei.model.pictures import Leg, Way
from renkei.model.quantity import Text
from renkei.report.charts import LABEL, WIDE
from renkei.report.markup import both, box, coordinate, cut, escape, figure, line, svg_text, table, text_of
from renkei.report.wording import CAUSE_NAMES, desk_name, duration, share, short_name

LANE = 38.0
ROOM = WIDE - LABEL - 16
NAMED = 5
"""So many of the longest waits are numbered in the drawing ..."""

LEAST = 0.03
"""... if they are at least this share of the whole: a shorter one has no room for its number."""

ZONES = {
    "Asia/Tokyo": Text("Japan", "日本"),
    "Pacific/Honolulu": Text("Hawaii", "ハワイ"),
    "America/New_York": Text("Washington", "ワシントン"),
    "Asia/Seoul": Text("Korea", "韓国"),
}
"""What people call these clocks; others are called by the city of the zone."""


def zone_name(zone: str) -> Text:
    """Return what people call the clocks of a zone."""
    return ZONES.get(zone, Text(zone.rpartition("/")[2].replace("_", " ")))


def house_of(desk: str) -> str:
    """Return the headquarters of ``headquarters.desk``."""
    return desk.partition(".")[0]


def largest_wait(way: Way) -> tuple[Text, float]:
    """Return the wait that is the largest part of all, by cause and clocks, and its seconds."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for leg in way.legs:
        if leg.cause != "work":
            zone = way.zones[house_of(leg.at[0])] if leg.at else ""
            sums["meeting" if len(leg.at) > 1 else leg.cause, zone if len(leg.at) == 1 else ""] += (
                leg.ends_s - leg.begins_s
            )
    if not sums:
        return Text("work", "作業"), way.total_s
    cause, zone = min(sums, key=lambda key: (-sums[key], key))
    where = zone_name(zone)
    if cause == "off_duty" and zone:
        said = Text(f"{where.en} off duty", f"{where.in_language('ja')}の勤務時間外")
    else:
        names = CAUSE_NAMES[cause]
        said = Text(
            names["en"] + (f" in {where.en}" if zone else ""),
            (f"{where.in_language('ja')}での" if zone else "") + names["ja"],
        )
    return said, sums[cause, zone]


def title_of(way: Way) -> Text:
    """Return what is seen: the largest wait and its share; and that there is no end yet, where there is none."""
    seen = _seen(way)
    if not way.open:
        return seen
    return Text(
        f"Still open at the end: {seen.en} so far",
        f"終了時未決:{seen.in_language('ja')}(その時点まで)",
    )


def _length(way: Way, language: str) -> str:
    """Return how long a decision took; of one that is still open, that it is longer."""
    said = duration(way.total_s, language)
    if not way.open:
        return said
    return f"{said}超" if language == "ja" else f"over {said}"


def _seen(way: Way) -> Text:
    said, seconds = largest_wait(way)
    of = way.total_s or 1.0
    part, japanese = share(seconds / of), share(seconds / of, "ja")
    first = said.en[:1].upper() + said.en[1:]
    work_s = sum(leg.ends_s - leg.begins_s for leg in way.legs if leg.cause == "work")
    if work_s > seconds > 0:
        work, longest = work_s / of, said.in_language("ja")
        return Text(
            f"Work is {share(work)} of {duration(way.total_s)}; the largest wait is {said.en}, {part}",
            f"全{duration(way.total_s, 'ja')}の{share(work, 'ja')}は作業。最大の待ちは{longest}の{japanese}",
        )
    return Text(
        f"{first} is {part} of {duration(way.total_s)}",
        f"{said.in_language('ja')}が全{duration(way.total_s, 'ja')}の{japanese}",
    )


def drawing(way: Way) -> tuple[str, tuple[float, float]]:
    """Return the drawing and its size."""
    houses = list(way.zones)
    two = len(way.clocks) > 1
    top = 46.0 if two else 26.0
    high = top + LANE * len(houses) + 12
    scale = ROOM / max(way.total_s, 1e-9)
    nights = {clock.zone: clock.nights for clock in way.clocks}
    middle = {house: top + LANE * number + LANE / 2 for number, house in enumerate(houses)}
    parts = []
    for house in houses:
        y = middle[house] - LANE / 2
        for begin, end in nights.get(way.zones[house], nights[way.clocks[0].zone]):
            parts.append(box(LABEL + begin * scale, y, (end - begin) * scale, LANE, "night"))
        parts.append(line(LABEL, y + LANE, WIDE - 16, y + LANE, "grid"))
        name = way.names.get(house, Text(house))
        for language in ("en", "ja"):
            first = cut(short_name(name).in_language(language), LABEL - 14)
            where = zone_name(way.zones[house]).in_language(language)
            parts.append(
                f'<text lang="{language}" class="name" x="{coordinate(LABEL - 14)}" y="{coordinate(y + 16)}" '
                f'text-anchor="end">{escape(first)}</text><text lang="{language}" class="tick" '
                f'x="{coordinate(LABEL - 14)}" y="{coordinate(y + 31)}" text-anchor="end">{escape(where)}</text>'
            )
    for number, clock in enumerate(way.clocks[:2]):
        y = 16.0 + 20 * number
        name = zone_name(clock.zone)
        parts.append(
            svg_text(LABEL - 14, y, f"time in {name.en}", f"{name.in_language('ja')}時間", kind="tick", anchor="end")
        )
        last = -100.0
        for since, words in clock.ticks:
            x = LABEL + since * scale
            if x - last >= 52 and x <= WIDE - 40:
                parts.append(line(x, y + 4, x, high - 12, "grid") if not number else line(x, y + 4, x, y + 8, "zero"))
                parts.append(svg_text(x, y, words, kind="tick", anchor="middle"))
                last = x
    numbered = waits(way)
    before: str | None = None
    for leg in way.legs:
        x1, x2 = LABEL + leg.begins_s * scale, LABEL + leg.ends_s * scale
        said = f"{CAUSE_NAMES[leg.cause]['en']} / {CAUSE_NAMES[leg.cause]['ja']}: {duration(leg.ends_s - leg.begins_s)}"
        here = [middle[house] for house in dict.fromkeys(map(house_of, leg.at))] or ([middle[before]] if before else [])
        if before and leg.at and house_of(leg.at[0]) != before:
            parts.append(line(x1, middle[before], x1, here[0], "thread"))
        if len(here) > 1:
            parts.append(line((x1 + x2) / 2, min(here), (x1 + x2) / 2, max(here), "thread"))
        for y in here:
            thin = not leg.at
            parts.append(
                box(x1, y - (3 if thin else 8), max(1.0, x2 - x1), 6 if thin else 16, f"leg c-{leg.cause}", said)
            )
        if leg in numbered and here:
            x, y = (x1 + x2) / 2, here[0]
            parts.append(f'<circle class="count" cx="{coordinate(x)}" cy="{coordinate(y)}" r="8.5"/>')
            parts.append(svg_text(x, y + 4, str(numbered.index(leg) + 1), kind="in-count", anchor="middle"))
        before = house_of(leg.at[-1]) if leg.at else before
    return "".join(parts), (WIDE, high)


def waits(way: Way) -> list[Leg]:
    """Return the longest waits, in the order of time."""
    least_s = LEAST * way.total_s
    waiting = [leg for leg in way.legs if leg.cause != "work" and leg.ends_s - leg.begins_s >= least_s]
    longest = sorted(waiting, key=lambda leg: (leg.begins_s - leg.ends_s, leg.begins_s))[:NAMED]
    return sorted(longest, key=lambda leg: leg.begins_s)


def place_of(way: Way, leg: Leg) -> Text:
    """Return where a stretch of the way is spent: at desks, or on a channel."""
    if not leg.at:
        return way.names.get(leg.via, Text(leg.via))
    desks = [desk_name(desk, way.names.get(house_of(desk), Text(house_of(desk)))) for desk in leg.at]
    return Text(" and ".join(each.en for each in desks), "と".join(each.in_language("ja") for each in desks))


def said_waits(way: Way) -> list[Text]:
    """Return what the numbers in the drawing stand for: where, why, how long, and which share of the whole."""
    said = []
    for leg in waits(way):
        where = place_of(way, leg)
        seconds = leg.ends_s - leg.begins_s
        part = seconds / way.total_s if way.total_s else 0.0
        cause = CAUSE_NAMES[leg.cause]
        said.append(
            Text(
                f"{where.en}: {cause['en']}, {duration(seconds)} ({share(part)})",
                f"{where.in_language('ja')}:{cause['ja']}、{duration(seconds, 'ja')}({share(part, 'ja')})",
            )
        )
    return said


def named_waits(way: Way) -> str:
    """Return the numbered waits as a list."""
    items = "".join(f"<li>{text_of(each)}</li>" for each in said_waits(way))
    return f'<ol class="waits">{items}</ol>' if items else ""


def way_figure(way: Way, number: int, names: tuple[Text, Text, Text], before: Way | None) -> str:
    """Return a decision's way as a figure.

    Parameters
    ----------
    way
        The decision.
    number
        Of the figure.
    names
        Of the scenario, the structure and the class of decision.
    before
        For the same decision under another structure: its way under the base.
    """
    scenario, structure, decision = names
    seen = title_of(way)
    drawn, size = drawing(way)
    kind = Text("A typical decision", "典型的な決定") if way.typical else Text("The slowest decision", "最も遅い決定")
    if before is None:
        title = Text(f"{scenario.en}: {seen.en}", f"{scenario.in_language('ja')}:{seen.in_language('ja')}")
        note = both(
            f"{kind.en} ({decision.en}, number {way.row} of its run) under “{structure.en}”, raised {way.raised} "
            "local time. Shaded: night, 22:00 to 06:00, in each lane's own time.",
            f"{kind.ja}({decision.in_language('ja')}、試行中の番号{way.row})、「{structure.in_language('ja')}」、"
            f"現地時間{way.raised}発議。網掛けは各行の現地の夜(22時～6時)。",
        )
    else:
        mine, theirs = _length(way, "en"), _length(before, "en")
        mine_ja, theirs_ja = _length(way, "ja"), _length(before, "ja")
        title = Text(
            f"The same decision under “{structure.en}”: {mine}, " + ("too" if mine == theirs else f"not {theirs}"),
            f"同じ決定、「{structure.in_language('ja')}」:"
            + (f"こちらも{mine_ja}" if mine == theirs else f"{theirs_ja}ではなく{mine_ja}"),
        )
        note = both(
            f"{seen.en}. The scale of time is its own.", f"{seen.in_language('ja')}。時間の縮尺はこの図だけのもの。"
        )
    heading = f"<h3>{text_of(title)}</h3><p>{note}</p>{named_waits(way)}"
    rows = [
        [
            str(each),
            text_of(place_of(way, leg)),
            escape(leg.step),
            both(CAUSE_NAMES[leg.cause]["en"], CAUSE_NAMES[leg.cause]["ja"]),
            both(duration(leg.begins_s), duration(leg.begins_s, "ja")),
            both(duration(leg.ends_s - leg.begins_s), duration(leg.ends_s - leg.begins_s, "ja")),
        ]
        for each, leg in enumerate(way.legs, 1)
    ]
    head = [
        "<span>#</span>",
        both("Where", "場所"),
        both("Step", "段階"),
        both("Cause", "原因"),
        both("Begins after", "開始"),
        both("Takes", "所要"),
    ]
    described = Text(f"{kind.en}: {scenario.en}", f"{kind.ja}:{scenario.in_language('ja')}")
    return figure(f"way-{number}", drawn, size, described, title, heading, table(head, rows, kind="numbers"))
