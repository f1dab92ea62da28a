"""The answer in a box: what a reader sees first, a row for each scenario."""

from __future__ import annotations

import math

from renkei.analysis.answer import CAUSE_PHRASES
from renkei.model.quantity import Text
from renkei.model.results import BriefRow, Cell, Comparison, Summary
from renkei.report.markup import both, table, text_of
from renkei.report.wording import CAUSES, Scale, duration, share, time_with_interval


def answer_box(summary: Summary) -> str:
    """Return the answer: in a table where structures are compared, and in full sentences, folded away."""
    rows = [_row(summary, each) for each in summary.brief.rows if each.leading]
    told = paragraphs(summary.answer)
    if not rows:
        return _box(told)
    brief = summary.brief
    overall = f'<p class="overall">{text_of(brief.overall)}</p>' if brief.overall.en else ""
    base = summary.structures[summary.base]
    against = both(
        f"Held against “{base.en}”, the base: how much sooner half of all decisions are ordered, and in brackets "
        "the 95 % interval. A structure is named where that interval excludes zero.",
        f"基準「{base.in_language('ja')}」との比較。決定の半数が命令に至るまでの時間の短縮と、括弧内に95%区間。"
        "区間が零を含まない体制だけを挙げる。",
    )
    head = [
        both("Scenario", "シナリオ"),
        both("Better", "より速い体制"),
        both("By how much", "短縮"),
        both("How surely", "確かさ"),
        both("Why, on average", "理由(平均)"),
    ]
    full = both("The answer in full sentences", "結論の全文")
    return _box(
        f'{overall}<p class="hint">{against}</p>{table(head, rows, kind="brief")}'
        f'<p class="hint">{text_of(brief.doubt)}</p>'
        f'<details class="told"><summary>{full}</summary>{told}</details>'
    )


def _box(inner: str) -> str:
    return f'<div class="answer"><h2>{both("The answer", "結論")}</h2>{inner}</div>\n'


def paragraphs(text: Text) -> str:
    """Return a text whose lines are paragraphs."""
    english, japanese = text.en.split("\n"), text.in_language("ja").split("\n")
    if len(english) != len(japanese):
        return f"<p>{text_of(text)}</p>"
    return "".join(f"<p>{both(en, ja)}</p>" for en, ja in zip(english, japanese, strict=True))


def differences(summary: Summary, scenario: str) -> dict[str, Comparison]:
    """Return every structure's comparison with the base under a scenario."""
    return {
        each.structure: each
        for each in summary.comparisons
        if each.against == summary.base and each.scenario == scenario
    }


def scale_of(summary: Summary, scenario: str) -> Scale:
    """Return the unit in which the differences of a scenario are read together."""
    return Scale.of(each.median_difference_s.value for each in differences(summary, scenario).values())


def _row(summary: Summary, row: BriefRow) -> list[str]:
    cell = next(
        each
        for each in summary.cells
        if each.headline and (each.structure, each.scenario) == (summary.base, row.scenario)
    )
    decision = summary.classes.get(row.decision_class, Text(row.decision_class))
    name = f"{text_of(summary.scenarios[row.scenario])}<small>{text_of(decision)}</small>"
    compared = differences(summary, row.scenario)[row.leading]
    if row.best:
        return [name, _better(summary, row), _saved(compared, cell), _surely(summary, row), _why(compared)]
    most = (
        both(
            f"at most {duration(row.most_s)} by the ends of the intervals",
            f"区間の端でも最大{duration(row.most_s, 'ja')}",
        )
        if math.isfinite(row.most_s)
        else both("nothing", "なし")
    )
    leading = summary.structures[row.leading]
    nearest = both(f"nearest: {leading.en}", f"最も近いもの:{leading.in_language('ja')}")
    return [
        name,
        f"{both('none is shown to be', '示されたものはない')}<small>{nearest}</small>",
        most,
        both("no difference is shown", "差は示されていない"),
        _largest(cell),
    ]


def _better(summary: Summary, row: BriefRow) -> str:
    said = f"<b>{text_of(summary.structures[row.best])}</b>"
    if row.rivals:
        names = [summary.structures[each] for each in row.rivals]
        english = ", ".join(each.en for each in names)
        japanese = "、".join(each.in_language("ja") for each in names)
        said += f"<small>{both(f'not shown to beat: {english}', f'差が示されていないもの:{japanese}')}</small>"
    return said


def _saved(compared: Comparison, cell: Cell) -> str:
    difference = compared.median_difference_s
    turned = type(difference)(-difference.value, -difference.high, -difference.low)
    whole = cell.median_s
    english, japanese = time_with_interval(turned), time_with_interval(turned, "ja")
    bold = both(english.partition(" (")[0], japanese.partition("(")[0])
    brackets = both(f" ({english.partition(' (')[2]}", f"({japanese.partition('(')[2]}") if "(" in english else ""
    parts = [f"<b>{bold}</b>{brackets}"]
    if not whole.over and math.isfinite(whole.value):
        english, japanese = duration(whole.value), duration(whole.value, "ja")
        parts.append(f"<small>{both(f'of {english}', f'{japanese}のうち')}</small>")
    return "".join(parts)


def _surely(summary: Summary, row: BriefRow) -> str:
    count = round(row.faster_in * summary.futures)
    return both(f"faster in {count} of {summary.futures} futures", f"未来{summary.futures}通り中{count}通りで速い")


def _why(compared: Comparison) -> str:
    if compared.main_cause not in CAUSE_PHRASES:
        return "–"
    phrase = CAUSE_PHRASES[compared.main_cause]
    size = abs(compared.main_cause_s)
    less = compared.main_cause_s < 0
    return both(
        f"{duration(size)} {'less' if less else 'more'} goes into {phrase.en}",
        f"{phrase.in_language('ja')}が{duration(size, 'ja')}{'減る' if less else '増える'}",
    )


def _largest(cell: Cell) -> str:
    """Return what the time under the base mostly is: where no structure helps, that is the reason."""
    parts = {cause: max(0.0, cell.causes_s[cause].value) for cause in CAUSES if cause in cell.causes_s}
    total = sum(parts.values())
    if total <= 0:
        return "–"
    cause = max(parts, key=lambda each: parts[each])
    phrase = CAUSE_PHRASES[cause]
    part = parts[cause] / total
    return both(
        f"{share(part)} of the time under the base is {phrase.en}",
        f"基準の時間の{share(part, 'ja')}は{phrase.in_language('ja')}",
    )
