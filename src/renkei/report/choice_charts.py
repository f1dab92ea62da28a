"""The charts of a choice: intervals of paired differences, what moves them, where they flip, and cost against time.

Drawn by hand as SVG: a chart takes under a millisecond, follows the reader's light or dark scheme, and shows either
language. Everything is drawn from choice.json as it was read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.report.markup import both, box, coordinate, escape, figure, line, lines_of, svg_text, table, text_of
from renkei.report.wording import duration, factor, worded

Found = Mapping[str, Any]

WIDE = 940.0
LABEL = 250.0
VALUE = 190.0
TOP, BOTTOM, PITCH = 30.0, 30.0, 30.0
OTHERS = Text("all other assumptions", "他のすべての前提")
CHANCE = Text("chance within a run", "試行内の偶然")
POINT_GAP = 15.0


def named(choice: Found, kind: str, name: str) -> Text:
    """Return the name of a structure, a scenario or a class; its id where it has none."""
    found = choice[kind].get(name) or {}
    return Text(found.get("en") or name, found.get("ja") or "")


def size(value: float | None, unit: str, language: str = "en", *, sign: bool = False) -> str:
    """Return a time or a share in words."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:{'+' if sign else ''}.1f} %".replace("-", "−")
    return duration(value, language, sign=sign)


def sizes(value: float | None, unit: str, *, sign: bool = False) -> str:
    """Return a time or a share in both languages."""
    return both(size(value, unit, sign=sign), size(value, unit, "ja", sign=sign))


def interval(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval in both languages."""
    return both(f"{size(low, unit)} to {size(high, unit)}", f"{size(low, unit, 'ja')}~{size(high, unit, 'ja')}")


def label(text: Text, y: float, *, bold: bool = False) -> str:
    """Return what stands before a row of a chart, on one line or two."""
    parts = []
    for words, language, room in ((text.en, "en", 36.0), (text.ja or text.en, "ja", 38.0)):
        lines = lines_of(words, room)
        for number, each in enumerate(lines):
            where = y + 4 - 6.5 * (len(lines) - 1) + 13 * number
            kind = "name base" if bold else "name"
            parts.append(f'<text class="{kind}" lang="{language}" x="0" y="{coordinate(where)}">{escape(each)}</text>')
    return "".join(parts)


class Axis:
    """A linear axis with round marks: seconds in one unit, or shares in per cent."""

    def __init__(self, low: float, high: float, unit: str, begin: float = LABEL, end: float = WIDE - VALUE) -> None:
        self.begin, self.end = begin, end
        largest = max(abs(low), abs(high), 1e-9)
        units = (
            [(math.inf, 0.01, " %", " %")]
            if unit == "share"
            else [
                (90.0, 1.0, " s", "秒"),
                (5400.0, 60.0, " min", "分"),
                (172_800.0, 3600.0, " h", "時間"),
                (math.inf, 86_400.0, " d", "日"),
            ]
        )
        _, self.one, self.english, self.japanese = next(each for each in units if largest < each[0])
        rough = max(high - low, 1e-9) / self.one / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
        first, last = math.floor(low / self.one / step + 1e-9), math.ceil(high / self.one / step - 1e-9)
        self.marks = [number * step * self.one for number in range(first, max(last, first + 1) + 1)]

    def at(self, value: float) -> float:
        """Return where a value is, within the axis."""
        low, high = self.marks[0], self.marks[-1]
        return self.begin + (self.end - self.begin) * min(1.0, max(0.0, (value - low) / (high - low)))

    def drawn(self, top: float, floor: float, *, sign: bool = False) -> str:
        """Return grid and marks."""
        parts = []
        for mark in self.marks:
            x = self.at(mark)
            number = round(mark / self.one, 6)
            text = f"{number:+g}" if sign and number else f"{number:g}"
            text = text.replace("-", "−")
            parts.append(line(x, top, x, floor, "grid"))
            texts = (text + self.english, text + self.japanese) if number else ("0", "0")
            parts.append(svg_text(x, floor + 18, *texts, kind="tick", anchor="middle"))
        return "".join(parts)


def dot(x: float, y: float, kind: str) -> str:
    """Return a point of a chart."""
    return f'<circle class="{kind}" cx="{coordinate(x)}" cy="{coordinate(y)}" r="5"/>'


# --- paired differences


def differences(choice: Found, verdict: Found, identity: str) -> str:
    """Return how far each structure is behind the chosen one: intervals for all pairs at once, and the zone."""
    unit, zone = verdict["unit"], verdict["zone"]
    rows = verdict["standings"]
    finite = [
        each["behind_chosen"][name]
        for each in rows
        for name in ("low", "value", "high")
        if each["behind_chosen"][name] is not None
    ]
    axis = Axis(min([0.0, *finite]), max([zone, *finite]), unit)
    high = TOP + PITCH * len(rows) + BOTTOM
    floor = high - BOTTOM
    near = axis.at(zone)
    parts = [
        box(axis.at(0.0), TOP - 4, near - axis.at(0.0), floor - TOP + 4, "ch-zone"),
        axis.drawn(TOP, floor, sign=True),
        line(axis.at(0.0), TOP - 4, axis.at(0.0), floor, "zero"),
        svg_text(
            axis.at(0.0),
            TOP - 12,
            f"shaded: less than {size(zone, unit)} matters to nobody",
            f"網掛け: {size(zone, unit, 'ja')}未満の差は誰にも問題とならない",
            kind="note",
        ),
    ]
    for number, each in enumerate(rows):
        y = TOP + PITCH * number + PITCH / 2
        bounds = each["behind_chosen"]
        chosen = each["structure"] == verdict["best"]
        tied = each["structure"] in verdict["tied"]
        parts.append(label(named(choice, "structures", each["structure"]), y, bold=chosen))
        if chosen:
            parts.append(dot(axis.at(0.0), y, "dot"))
            words = ("first of the tied", "同列の首位") if verdict["tied"] else ("chosen", "選択")
            parts.append(svg_text(WIDE - 4, y + 4, *words, kind="value", anchor="end"))
            continue
        kind = " unshown" if tied else ""
        if bounds["low"] is not None and bounds["high"] is not None:
            parts.append(line(axis.at(bounds["low"]), y, axis.at(bounds["high"]), y, "whisker" + kind))
        if bounds["value"] is not None:
            parts.append(dot(axis.at(bounds["value"]), y, "dot" + kind))
        texts = [
            size(bounds["value"], unit, language, sign=True) + (word if tied else "")
            for language, word in (("en", " (tied)"), ("ja", "(互角)"))
        ]
        parts.append(svg_text(WIDE - 4, y + 4, *texts, kind="value soft" if tied else "value", anchor="end"))
    head = [
        both("Structure", "体制"),
        both("Mean", "平均"),
        both("Behind the chosen", "選択との差"),
        both("Interval for all pairs", "全組の同時区間"),
        both("Against the best of the others", "他の最良との差"),
        both("Correlation", "相関"),
        both("Gain by common chance", "共通の偶然の効率"),
    ]
    cells = [
        [
            text_of(named(choice, "structures", each["structure"])),
            sizes(each["mean"]["value"], unit),
            sizes(each["behind_chosen"]["value"], unit, sign=True),
            interval(each["behind_chosen"]["low"], each["behind_chosen"]["high"], unit),
            interval(each["behind_best"]["low"], each["behind_best"]["high"], unit),
            "–" if each["correlation"] is None else f"{each['correlation']:.2f}",
            factor(math.nan if each["variance_reduction"] is None else each["variance_reduction"]),
        ]
        for each in rows
    ]
    where = scenario_name(choice, verdict)
    return figure(
        identity,
        "".join(parts),
        (WIDE, high),
        Text(f"Behind the chosen structure: {where.en}", f"選択との差: {where.ja or where.en}"),
        Text(
            "; ".join(
                f"{named(choice, 'structures', each['structure']).en}: "
                f"{size(each['behind_chosen']['value'], unit, sign=True)}"
                for each in rows
            )
            + "."
        ),
        f"<h4>{text_of(where)}</h4>",
        table(head, cells, kind="numbers"),
    )


def scenario_name(choice: Found, verdict: Found) -> Text:
    """Return a verdict's scenario in words."""
    if verdict["scenario"]:
        return named(choice, "scenarios", verdict["scenario"])
    return Text("Over all scenarios", "全シナリオ")


# --- what moves the difference


def tornado(choice: Found, considered: Found, probed: Found | None, identity: str) -> str:
    """Return bars of the shares of the difference's variance; nothing where none is known."""
    rows = _shares(considered, probed)
    if not rows:
        return ""
    every, rows = rows, [row for row in rows if row[0] != CHANCE and (probed or row[4])]
    chance = next((row[1] for row in every if row[0] == CHANCE), 0.0)
    if not rows:
        return _nothing_moves(choice, considered, chance)
    axis = Axis(0.0, max(0.05, *(min(1.0, row[3]) for row in rows)), "share")
    high = TOP + PITCH * len(rows) + BOTTOM
    floor = high - BOTTOM
    parts = [axis.drawn(TOP, floor)]
    for number, (name, value, low, top, shown) in enumerate(rows):
        y = TOP + PITCH * number + PITCH / 2
        parts.append(label(name, y))
        parts.append(
            box(axis.begin, y - 8, axis.at(max(value, 0.0)) - axis.begin, 16, "ch-bar" if shown else "ch-bar ch-pale")
        )
        parts.append(line(axis.at(low), y, axis.at(top), y, "ch-error"))
        parts.append(svg_text(WIDE - 4, y + 4, size(value, "share"), kind="value", anchor="end"))
    favourite = named(choice, "structures", considered["favourite"])
    rival = named(choice, "structures", considered["rival"])
    kind = (
        Text(
            "share of the variance with all that it acts with (Sobol, total)", "他との共同を含む分散の割合(ソボル全次)"
        )
        if probed
        else Text("share of the variance of single runs or of futures, from the sweep", "分散の割合(既存の試行から)")
    )
    where = named(choice, "scenarios", considered["scenario"])
    return figure(
        identity,
        "".join(parts),
        (WIDE, high),
        Text(f"What moves the difference: {where.en}", f"差を動かすもの: {where.ja or where.en}"),
        Text("; ".join(f"{name.en}: {size(value, 'share')}" for name, value, *_ in every) + "."),
        f"<h4>{text_of(where)}</h4><p>"
        + both(
            f"“{favourite.en}” against “{rival.en}”: {kind.en}; the line is its 95 % interval"
            + ("; pale: not beyond chance" if probed else "; only what is beyond chance is shown")
            + f". Chance within a run: {size(chance, 'share')}.",
            f"「{favourite.ja or favourite.en}」と「{rival.ja or rival.en}」の差: {kind.ja}。線は95%区間"
            + ("、淡色は偶然を超えないもの" if probed else "。偶然を超えるものだけを示す")
            + f"。試行内の偶然: {size(chance, 'share')}。",
        )
        + "</p>",
        table(
            [both("Assumption", "前提"), both("Share", "割合"), both("95 % interval", "95%区間")],
            [[text_of(name), size(value, "share"), interval(low, top, "share")] for name, value, low, top, _ in every],
            kind="numbers",
        ),
    )


def _nothing_moves(choice: Found, considered: Found, chance: float) -> str:
    """Return that no assumption stands out: the largest of many shares is that of noise, and is no finding."""
    favourite = named(choice, "structures", considered["favourite"])
    rival = named(choice, "structures", considered["rival"])
    said = both(
        f"“{favourite.en}” against “{rival.en}”: no assumption is shown to move it beyond chance. Chance within a run: "
        f"{size(chance, 'share')} of a single run's variance.",
        f"「{favourite.ja or favourite.en}」と「{rival.ja or rival.en}」の差: 偶然を超えて動かすと示された前提はない。"
        f"試行内の偶然: 一回の試行の分散の{size(chance, 'share')}。",
    )
    where = text_of(named(choice, "scenarios", considered["scenario"]))
    return f'<div class="none"><h4>{where}</h4><p class="hint">{said}</p></div>'


def _shares(considered: Found, probed: Found | None) -> list[tuple[Text, float, float, float, bool]]:
    """Return names and shares with their intervals, and whether they are beyond chance; largest first, chance last."""
    if probed and probed["factors"]:
        words = {"others": OTHERS, "chance": CHANCE}
        rows = [
            (
                words.get(each["name"], Text(each["name"])),
                each["total"],
                each["total"] - each["total_error"],
                each["total"] + each["total_error"],
                bool(each["total"] > each["total_error"]),
            )
            for each in probed["factors"]
        ]
        return sorted(rows, key=lambda row: (row[0] == CHANCE, -row[1]))
    known = considered["sensitivity"]
    if not known:
        return []
    rows = [
        (Text(name), each["value"], each["low"], each["high"], bool(each["shown"]))
        for name, each in known["shares"].items()
    ]
    chance = known["chance"]
    return rows if chance is None else [*rows, (CHANCE, chance, chance, chance, True)]


# --- where it flips


def thresholds(choice: Found, case: Case, identity: str) -> str:
    """Return the ranges of the assumptions that flip an answer alone, with the point where they do."""
    rows = list(_flips(choice))
    rows = [row for row in rows if row[1]["assumption"] in case.assumptions.assumptions]
    if not rows:
        return ""
    pitch = 44.0
    high = TOP + pitch * len(rows) + 8
    begin, end = LABEL, WIDE - VALUE
    parts, cells = [], []
    for number, (considered, flip, how) in enumerate(rows):
        own = case.assumptions.assumptions[flip["assumption"]]
        y = TOP + pitch * number + pitch / 2

        def at(value: float, low: float = own.low, top: float = own.high) -> float:
            return begin + (end - begin) * min(1.0, max(0.0, (value - low) / (top - low)))

        where = named(choice, "scenarios", considered["scenario"])
        parts.append(label(Text(f"{flip['assumption']} ({where.en})", f"{flip['assumption']}({where.ja})"), y))
        parts.append(line(begin, y, end, y, "ch-range"))
        x = at(flip["value"])
        side = (x, end) if flip["flips_above"] else (begin, x)
        parts.append(box(side[0], y - 6, side[1] - side[0], 12, "ch-flips"))
        low = own.low if flip["low"] is None else flip["low"]
        top = own.high if flip["high"] is None else flip["high"]
        parts.append(line(at(low), y, at(top), y, "whisker"))
        parts.append(dot(x, y, "dot"))
        parts.append(line(at(own.typical), y - 9, at(own.typical), y + 9, "zero"))
        texts = [worded(own.dimension, flip["value"], language) for language in ("en", "ja")]
        parts.append(svg_text(WIDE - 4, y + 4, *texts, kind="value", anchor="end"))
        cells.append(
            [
                f"<code>{escape(flip['assumption'])}</code>",
                text_of(where),
                both(*(worded(own.dimension, own.typical, language) for language in ("en", "ja"))),
                both(
                    ("above " if flip["flips_above"] else "below ") + worded(own.dimension, flip["value"], "en"),
                    worded(own.dimension, flip["value"], "ja") + ("超" if flip["flips_above"] else "未満"),
                ),
                both(
                    f"{worded(own.dimension, low, 'en')} to {worded(own.dimension, top, 'en')}",
                    f"{worded(own.dimension, low, 'ja')}~{worded(own.dimension, top, 'ja')}",
                ),
                text_of(how),
            ]
        )
    parts.append(
        svg_text(
            begin,
            TOP - 12,
            "the assumption's range; | typical; shaded: the rival is better",
            "前提の範囲、|は典型値、網掛けでは対抗案が優る",
            kind="note",
        )
    )
    head = [
        both("Assumption", "前提"),
        both("Scenario", "シナリオ"),
        both("Typical", "典型値"),
        both("Flips", "覆る点"),
        both("95 % interval", "95%区間"),
        both("Found by", "求め方"),
    ]
    return figure(
        identity,
        "".join(parts),
        (WIDE, high),
        Text("Where one assumption alone flips an answer", "単独で答えを覆す前提とその値"),
        Text("; ".join(f"{flip['assumption']} in {each['scenario']}" for each, flip, _ in rows) + "."),
        f"<h4>{both('Where one assumption alone flips an answer', '単独で答えを覆す前提とその値')}</h4>",
        table(head, cells, kind="numbers"),
    )


def _flips(choice: Found) -> list[tuple[Found, Found, Text]]:
    """Return thresholds with what they belong to; those by runs of their own in place of those from the sweep."""
    scenarios = choice["analyses"].get("considerations", {}).get("scenarios", {})
    probes = choice["analyses"].get("probes", {})
    found = []
    for name, considered in scenarios.items():
        exact = probes.get(name)
        rows = exact["thresholds"] if exact else considered["thresholds"][:3]
        how = Text("root finding", "根の探索") if exact else Text("the sweep", "既存の試行")
        found += [(considered, each, how) for each in rows]
    return found


# --- cost against time


def pareto(choice: Found, costs: Mapping[str, float], currency: str, identity: str) -> str:
    """Return cost against time in each scenario: those that another betters in both are grey."""
    verdicts = [each for each in choice["verdicts"] if len(each["standings"]) > 1]
    met = {each["structure"] for verdict in verdicts for each in verdict["standings"]}
    names = [name for name in choice["structures"] if name in costs and name in met]
    if not verdicts or len({costs[name] for name in names}) < 2:
        return ""
    wide, tall, across = 460.0, 250.0, 2
    high = tall * math.ceil(len(verdicts) / across)
    parts, cells = [], []
    for number, verdict in enumerate(verdicts):
        left, top = wide * (number % across), tall * (number // across)
        points = [
            (name, costs[name], each["mean"]["value"])
            for each in verdict["standings"]
            if (name := each["structure"]) in costs and each["mean"]["value"] is not None
        ]
        kept = undominated([(cost, time) for _, cost, time in points])
        parts.append(_front(choice, verdict, points, kept, names, left, top, wide, tall))
        cells += [
            [
                str(names.index(name) + 1),
                text_of(named(choice, "structures", name)),
                text_of(scenario_name(choice, verdict)),
                money(cost, currency),
                sizes(time, verdict["unit"]),
                both("yes", "はい") if keep else both("no", "いいえ"),
            ]
            for (name, cost, time), keep in zip(points, kept, strict=True)
        ]
    legend = "; ".join(f"{number + 1} {named(choice, 'structures', name).en}" for number, name in enumerate(names))
    legend_ja = "、".join(
        f"{number + 1} {named(choice, 'structures', name).ja or name}" for number, name in enumerate(names)
    )
    head = ["", both("Structure", "体制"), both("Scenario", "シナリオ"), both("Cost", "費用"), both("Time", "時間")]
    head.append(both("On the front", "最前線上"))
    return figure(
        identity,
        "".join(parts),
        (WIDE, high),
        Text("Cost against time", "費用と時間"),
        Text(legend, legend_ja),
        "<p>"
        + both(
            legend + ". Filled: no other is both cheaper and faster.",
            legend_ja + "。塗りつぶし: より安く速いものがない。",
        )
        + "</p>",
        table(head, cells, kind="numbers"),
    )


def undominated(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Return which points no other betters in one without loss in the other."""
    return [not any(one[0] <= each[0] and one[1] <= each[1] and one != each for one in points) for each in points]


def _front(
    choice: Found,
    verdict: Found,
    points: Sequence[tuple[str, float, float]],
    kept: Sequence[bool],
    names: Sequence[str],
    left: float,
    top: float,
    wide: float,
    tall: float,
) -> str:
    begin, end, ceiling, floor = left + 58, left + wide - 22, top + 34, top + tall - 40
    across = Axis(min(0.0, *(cost for _, cost, _ in points)), max(cost for _, cost, _ in points), "share", begin, end)
    up = Axis(min(time for *_, time in points), max(time for *_, time in points), verdict["unit"], 0.0, 1.0)
    where = scenario_name(choice, verdict)
    parts = [svg_text(left + 4, top + 16, where.en, where.ja, kind="name base")]
    for mark in up.marks:
        y = floor - (floor - ceiling) * up.at(mark)
        parts.append(line(begin, y, end, y, "grid"))
        number = f"{round(mark / up.one, 6):g}"
        parts.append(svg_text(begin - 6, y + 4, number + up.english, number + up.japanese, kind="tick", anchor="end"))
    for mark in across.marks:
        parts.append(svg_text(across.at(mark), floor + 17, short(mark), kind="tick", anchor="middle"))
    parts.append(svg_text(end, floor + 33, "cost →", "費用 →", kind="note", anchor="end"))
    taken: list[tuple[float, float]] = []
    for (name, cost, time), keep in zip(points, kept, strict=True):
        x, y = across.at(cost), floor - (floor - ceiling) * up.at(time)
        parts.append(dot(x, y, "dot" if keep else "dot unshown"))
        beside = next(
            (
                place
                for place in (
                    (x + 12, y + 4),
                    (x - 12, y + 4),
                    (x, y - 9),
                    (x, y + 18),
                    (x + 12, y + 17),
                    (x - 12, y - 9),
                )
                if all(abs(place[0] - a) > POINT_GAP - 3 or abs(place[1] - b) > POINT_GAP for a, b in taken)
            ),
            (x + 26, y + 4),
        )
        taken += [beside, (x, y + 4)]
        kind = "value" if keep else "value soft"
        parts.append(svg_text(*beside, str(names.index(name) + 1), kind=kind, anchor="middle"))
    return "".join(parts)


def short(amount: float) -> str:
    """Return an amount of money for an axis: 250 M, 1.2 bn."""
    if abs(amount) >= 1e9:
        return f"{amount / 1e9:.3g} bn"
    if abs(amount) >= 1e6:
        return f"{amount / 1e6:.3g} M"
    return f"{amount / 1e3:.3g} k" if amount else "0"


def money(amount: float | None, currency: str) -> str:
    """Return an amount of money in words."""
    return "–" if amount is None else f"{short(amount)} {escape(currency)}"
