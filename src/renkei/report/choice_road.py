"""For whom a choice is good, who can stop it, and the road to it: tables and charts from choice.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.report.choice_charts import (
    BOTTOM,
    LABEL,
    PITCH,
    TOP,
    VALUE,
    WIDE,
    Axis,
    Found,
    label,
    money,
    named,
    short,
)
from renkei.report.markup import both, box, escape, figure, line, svg_text, table, text_of
from renkei.report.wording import COALITIONS_SHOWN, worded

DAYS: Final = 365.25


def text(found: Mapping[str, str]) -> Text:
    """Return a text of choice.json."""
    return Text(found.get("en") or "", found.get("ja") or "")


def hint(english: str, japanese: str) -> str:
    """Return a line of small print."""
    return f'<p class="hint">{both(english, japanese)}</p>'


def scrolled(drawn: str) -> str:
    """Return a table that a narrow screen can push aside."""
    return f'<div class="scroll" tabindex="0">{drawn}</div>'


def bar(value: float | None) -> str:
    """Return a share as a bar with its number."""
    share = 0.0 if value is None else min(1.0, max(0.0, value))
    return (
        f'<span class="ch-share"><span style="width:{100 * share:.1f}%"></span></span>'
        f"<small>{'–' if value is None else f'{100 * share:.0f} %'}</small>"
    )


# --- for whom


def weights(choice: Found, case: Case) -> str:
    """Return who comes first: whatever the scenarios weigh, and for each stakeholder; and what stands in the way."""
    over = choice["analyses"].get("considerations", {}).get("over_scenarios")
    stakes = choice["analyses"].get("stakeholders")
    parts = []
    if over:
        first = dict(zip(over["structures"], over["first"], strict=True))
        rows = [
            [text_of(named(choice, "structures", name)), bar(first[name])]
            for name in sorted(first, key=lambda name: -first[name])
        ]
        parts.append(
            hint(
                "How often each structure is first if nobody states what the scenarios weigh: weights and futures are "
                "drawn together.",
                "シナリオの重みが述べられないとき、各体制が首位となる割合。重みと未来を併せて引く。",
            )
            + table([both("Structure", "体制"), both("First", "首位")], rows, kind="bars")
        )
    if stakes and stakes["actors"]:
        parts.append(_actors(choice, stakes) + _interests(choice, stakes, case))
    if stakes:
        parts.append(_in_the_way(choice, stakes))
    return "".join(parts)


def _actors(choice: Found, stakes: Found) -> str:
    actors = stakes["actors"]
    structures = list(dict.fromkeys(name for each in actors for name in each["structures"]))
    rows = []
    for structure in structures:
        row = [text_of(named(choice, "structures", structure))]
        for each in actors:
            known = dict(zip(each["structures"], each["first"], strict=True))
            cell = bar(known[structure]) if structure in known else "–"
            if structure in each["veto"]:
                cell += f'<span class="chip worse">{both("refused", "拒否")}</span>'
            elif structure in each["against"]:
                cell += f'<span class="chip plain">{both("worse than the base", "基準より不利")}</span>'
            elif structure in each["unsure"]:
                cell += f'<span class="chip plain">{both("no difference shown", "差は示されず")}</span>'
            row.append(cell)
        rows.append(row)
    head = [both("Structure", "体制"), *(text_of(text(each["name"])) for each in actors)]
    return hint(
        "How often each structure is first for each stakeholder, over all weights that it may have and the noise of "
        "the simulation together. No difference shown: the futures show neither that it is worth less than the base "
        "nor more.",
        "各関係者にとって各体制が首位となる割合。ありうる重みと模擬の雑音を併せて引く。"
        "差は示されず: 基準より価値が低いとも高いとも示されていない。",
    ) + scrolled(table(head, rows, kind="bars"))


MEASURES: Final = {
    "time": Text("time", "時間"),
    "once": Text("cost, once", "一回限りの費用"),
    "yearly": Text("cost a year", "毎年の費用"),
    "posts": Text("new posts", "新設の定員"),
    "flag-officers": Text("flag officers in command", "指揮官である将官"),
    "two-masters": Text("headquarters with two masters", "上官が二人いる司令部"),
    "single-points": Text("headquarters without which others are cut off", "失われると他が孤立する司令部"),
    "rank-gap": Text("stars between counterparts", "相手方との星の差"),
    "decided-away": Text("classes decided only in other time zones than", "別の時間帯でだけ決まる決定の種類"),
}


def _interests(choice: Found, stakes: Found, case: Case) -> str:
    """Return what each stakeholder weighs and where that is from, folded: its view is made of these alone."""
    rows = []
    for each in stakes["actors"]:
        known = case.plan.politics.stakeholders.get(each["id"])
        if known is None:
            continue
        english, japanese = [], []
        for interest in known.weighs:
            measure = interest.measure
            kind = MEASURES[measure.kind]
            of = [measure.payer, measure.nation, measure.headquarters, measure.place]
            scenario = named(choice, "scenarios", measure.scenario) if measure.scenario else Text("")
            cited = f" ({interest.source})" if interest.source else ""
            english.append(f"{kind.en} {', '.join(part for part in (scenario.en, *of) if part)}".strip() + cited)
            inside = "、".join(part for part in (scenario.ja or scenario.en, *of) if part)
            japanese.append(kind.ja + (f"({inside})" if inside else "") + cited)
        order = (Text("in this order: ", "この順に: ") if known.ordered else Text("", "")) if known.weighs else Text("")
        say = (
            Text("must consent", "同意が必要")
            if known.consent
            else Text(f"votes: {known.votes:g}", f"票: {known.votes:g}")
            if known.votes
            else Text("is heard", "意見を聴く")
        )
        rows.append(
            [
                text_of(text(each["name"])),
                text_of(say),
                both(order.en + "; ".join(english), order.ja + "、".join(japanese)),
                escape(known.source) or "–",
            ]
        )
    if not rows:
        return ""
    head = [both("Who", "関係者"), both("Say", "発言権"), both("Weighs", "重視するもの"), both("Source", "出典")]
    summary = both("What each weighs, and why", "各関係者が重視するものと出典")
    return f"<details><summary>{summary}</summary>{scrolled(table(head, rows, kind='said'))}</details>"


def _in_the_way(choice: Found, stakes: Found) -> str:
    """Return, for each structure, who can stop it, what would win them over, and which limits it breaks."""
    names = {each["id"]: text(each["name"]) for each in stakes["actors"]}
    coalitions = {each["structure"]: each["coalitions"] for each in stakes["blocking"]}
    won = {each["structure"]: each for each in stakes["compensation"]}
    structures = list(dict.fromkeys(name for each in stakes["actors"] for name in each["structures"]))
    rows = []
    for structure in structures:
        limits = [each for each in stakes["limits"] if each["structure"] == structure]
        if not limits and structure not in coalitions and structure not in won:
            continue
        rows.append(
            [
                text_of(named(choice, "structures", structure)),
                text_of(_stopping(coalitions.get(structure, ()), names)),
                text_of(text(won[structure]["change"]))
                if structure in won
                else both("nothing on offer", "提示された策では動かない")
                if structure in stakes["beyond"]
                else "–",
                "<br>".join(
                    both(
                        f"{each['name']['en']}: in {100 * each['share']:.0f} % of futures",
                        f"{each['name']['ja'] or each['name']['en']}: 未来の{100 * each['share']:.0f} %で超過",
                    )
                    for each in limits
                )
                or "–",
            ]
        )
    accepted = [named(choice, "structures", name) for name in stakes["all"]]
    said = hint(
        "Not bettered for one stakeholder without loss to another, and refused by nobody: "
        + (", ".join(each.en for each in accepted) or "none")
        + ".",
        "他の関係者に損をさせずには上回れず、誰も拒否しない体制: "
        + ("、".join(each.ja or each.en for each in accepted) or "なし")
        + "。",
    )
    if not rows:
        return said
    head = [
        both("Structure", "体制"),
        both("Who can stop it", "止められる者"),
        both("What would win them over", "説得できる策"),
        both("Limits that it breaks", "超える制約"),
    ]
    return said + scrolled(table(head, rows))


def _stopping(coalitions: Sequence[Sequence[str]], names: Mapping[str, Text]) -> Text:
    """Return the least coalitions in words."""
    known = [[names.get(who, Text(who)) for who in each] for each in coalitions[:COALITIONS_SHOWN]]
    english = "; ".join(" with ".join(who.en for who in each) for each in known)
    japanese = "、".join("と".join(who.ja or who.en for who in each) for each in known)
    if len(coalitions) > COALITIONS_SHOWN:
        english, japanese = f"{english}; or other groups as large or larger", f"{japanese}など"
    return Text(english or "nobody", japanese or "なし")


# --- the road


def road(choice: Found, case: Case) -> str:
    """Return the stages of each path with costs, gains and regrets, what the budget lets come first, and triggers."""
    found = choice["analyses"].get("roadmap")
    if not found:
        return ""
    parts = [_path(choice, case, each, found, number) for number, each in enumerate(found["roads"]) if each["stages"]]
    if found["first"] is not None:
        parts.append(_first(choice, found))
    if found["triggers"]:
        items = "".join(f"<li>{text_of(_trigger(choice, case, each))}</li>" for each in found["triggers"])
        parts.append(f"<h4>{both('Watch, and switch', '注視し、切り替える')}</h4><ul>{items}</ul>")
    return "".join(parts)


def _path(choice: Found, case: Case, path: Found, found: Found, number: int) -> str:
    name = case.structures[path["path"]].name if path["path"] in case.structures else Text(path["path"])
    stages = path["stages"]
    begins = [date.fromisoformat(each["date"]).toordinal() / DAYS for each in stages]
    ends = [begin + each["takes"]["median"] for begin, each in zip(begins, stages, strict=True)]
    axis = _Years(min(begins), max(*ends, min(begins) + 1))
    high = TOP + PITCH * len(stages) + BOTTOM
    floor = high - BOTTOM
    drawn = [axis.drawn(TOP, floor)]
    for row, (each, begin, end) in enumerate(zip(stages, begins, ends, strict=True)):
        y = TOP + PITCH * row + PITCH / 2
        x = axis.at(begin)
        drawn.append(label(named(choice, "structures", each["structure"]), y))
        drawn.append(box(x, y - 8, max(axis.at(end) - x, 3), 16, "ch-bar"))
        costs = [
            f"{short(each['once']['median'])} + {short(each['yearly']['median'])}{unit}" for unit in (" a year", "/年")
        ]
        beside = (axis.at(end) + 8, "start") if axis.at(end) < WIDE - VALUE - 170 else (x - 8, "end")
        drawn.append(svg_text(beside[0], y + 4, *costs, kind="note", anchor=beside[1]))
        gain = _gains(each["gain"])
        drawn.append(svg_text(WIDE - 4, y + 4, gain, gain, kind="value", anchor="end"))
    drawn.append(
        svg_text(WIDE - 4, TOP - 12, "gain if it ends here", "ここで終わる場合の効果", kind="note", anchor="end")
    )
    currency = f"{found['currency']} ({found['price_year']})"
    head = [
        both("Stage", "段階"),
        both("Changes", "変更"),
        both("Once", "一度だけ"),
        both("Yearly", "毎年"),
        both("Takes", "期間"),
        both("If it ends here", "ここで終われば"),
        both("While being built", "移行中"),
        both("Regret, and better instead", "後悔とよりよい体制"),
    ]
    rows = [
        [
            f"{text_of(text(each['name']))}<small>{escape(each['date'])}</small>",
            f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in each['changes'])}</ul>",
            money(each["once"]["median"], currency),
            money(each["yearly"]["median"], currency),
            both(f"{each['takes']['median']:.1f} y", f"{each['takes']['median']:.1f}年"),
            _gain(each["gain"]),
            "–" if each["moving"] is None else _gain(each["moving"]),
            _gain(each["regret"]) + f"<small>{text_of(named(choice, 'structures', each['instead']))}</small>",
        ]
        for each in stages
    ]
    drawing = figure(
        f"road-{number}",
        "".join(drawn),
        (WIDE, high),
        Text(f"The road: {name.en}", f"道筋: {name.ja or name.en}"),
        Text("; ".join(f"{each['date']}: {each['name']['en']}" for each in stages) + "."),
        f"<h4>{text_of(name)}</h4><p>"
        + both(
            "Gain: how much shorter the times are than the base's, on average over scenarios. Regret: how much more "
            "the best other structure would gain if this stage is the last that is paid for.",
            "効果: シナリオ平均で基準より時間がどれだけ短いか。"
            "後悔: この段階で打ち切られたとき、最良の別案ならさらに得られた効果。",
        )
        + "</p>",
        table(head, rows, kind="road"),
    )
    return drawing


class _Years:
    """An axis of calendar years; times are days since the year 1 in years."""

    def __init__(self, low: float, high: float) -> None:
        self.first, self.last = int(low + 1), int(high) + 2
        self.step = max(1, (self.last - self.first) // 8)

    def at(self, years: float) -> float:
        """Return where a moment is."""
        share = (years + 1 - self.first) / (self.last - self.first)
        return LABEL + (WIDE - VALUE - LABEL) * min(1.0, max(0.0, share))

    def drawn(self, top: float, floor: float) -> str:
        """Return grid and years."""
        parts = []
        for year in range(self.first, self.last + 1, self.step):
            x = self.at(year - 1)
            parts.append(line(x, top, x, floor, "grid"))
            parts.append(svg_text(x, floor + 18, str(year), str(year), kind="tick", anchor="middle"))
        return "".join(parts)


def _gains(bounds: Mapping[str, float]) -> str:
    return f"{100 * bounds['value']:+.1f} %".replace("-", "−")


def _gain(bounds: Mapping[str, float]) -> str:
    low, high = (f"{100 * bounds[name]:+.1f}".replace("-", "−") for name in ("low", "high"))
    return f"{_gains(bounds)}<small>{both(f'{low} to {high}', f'{low}~{high}')}</small>"


def _first(choice: Found, found: Found) -> str:
    """Return what the budget lets come first: spending by year against it."""
    first: Mapping[str, Any] = found["first"]
    spent, budget = first["spent"], first["budget"]
    high, floor = 200.0, 165.0
    axis = Axis(0.0, max(*spent, budget, 1.0), "share", 0.0, 1.0)
    begin, end = 70.0, WIDE - VALUE
    wide = (end - begin) / max(len(spent), 1)
    parts = []
    for mark in axis.marks:
        y = floor - (floor - TOP) * axis.at(mark)
        parts.append(line(begin, y, end, y, "grid"))
        parts.append(svg_text(begin - 8, y + 4, short(mark), kind="tick", anchor="end"))
    for year, amount in enumerate(spent):
        x, top = begin + wide * year, floor - (floor - TOP) * axis.at(amount)
        parts.append(box(x + wide * 0.15, top, wide * 0.7, floor - top, "ch-bar"))
        parts.append(svg_text(x + wide / 2, floor + 18, str(year + 1), kind="tick", anchor="middle"))
    y = floor - (floor - TOP) * axis.at(budget)
    parts.append(line(begin, y, end, y, "ch-budget"))
    parts.append(svg_text(end + 8, y + 4, "budget", "予算", kind="note"))
    starts = [(_step(choice, step), year) for step, year in sorted(first["starts"].items(), key=lambda each: each[1])]
    english = ", ".join(f"{name.en} in year {year + 1}" for name, year in starts) or "nothing"
    japanese = "、".join(f"{year + 1}年目に{name.ja or name.en}" for name, year in starts) or "なし"
    head = [both("Year", "年"), both("Spent", "支出"), both("Gain", "効果")]
    rows = [
        [str(year + 1), money(amount, found["currency"]), f"{100 * gain:+.1f} %".replace("-", "−")]
        for year, (amount, gain) in enumerate(zip(spent, first["gain"], strict=True))
    ]
    return figure(
        "first",
        "".join(parts),
        (WIDE, high),
        Text("Spending by year under the budget", "予算の下での年ごとの支出"),
        Text(f"Begin {english}.", f"開始: {japanese}。"),
        f"<h4>{both('What the budget lets come first', '予算の下で先に行うもの')}</h4><p>"
        + both(
            f"Within {short(budget)} {found['currency']} a year, most is gained over {len(spent)} years by beginning "
            f"{english}. That is by money and time alone: who would refuse is not asked here.",
            f"年{short(budget)} {found['currency']}以内では、{len(spent)}年間の効果が最大となるのは{japanese}の開始。"
            "これは金と時間だけを見たもので、誰が拒むかは見ていない。",
        )
        + "</p>",
        table(head, rows, kind="numbers"),
    )


def _step(choice: Found, step: str) -> Text:
    """Return a step in words: a structure, or one after another."""
    names = [named(choice, "structures", each) for each in step.split(" after ")]
    return Text(
        " after ".join(each.en for each in names), "の後の".join(each.ja or each.en for each in reversed(names))
    )


def _trigger(choice: Found, case: Case, each: Found) -> Text:
    known = case.assumptions.assumptions.get(each["assumption"])
    dimension = known.dimension if known is not None else ""
    where = named(choice, "scenarios", each["scenario"])
    rival = named(choice, "structures", each["rival"])
    return Text(
        f"{where.en}: if {each['assumption']} is {'above' if each['above'] else 'below'} "
        f"{worded(dimension, each['value'], 'en')}, {rival.en}",
        f"{where.ja or where.en}: {each['assumption']}が{worded(dimension, each['value'], 'ja')}を"
        f"{'超えれば' if each['above'] else '下回れば'}、{rival.ja or rival.en}",
    )
