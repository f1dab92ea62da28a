"""What the answer rests on: every assumption with its range and source, those of most weight first."""

from __future__ import annotations

from renkei.model.quantity import Assumption, Text
from renkei.model.results import Summary, Weight
from renkei.model.scenario import Case
from renkei.report.markup import both, escape, table, text_of
from renkei.report.wording import assumption_values, confidence

NAMED = 3
"""So many assumptions are named in the title."""


def assumptions(summary: Summary, case: Case) -> str:
    """Return the section."""
    every = list(case.assumptions)
    if not every:
        none = both(
            "This case names no assumption: all its numbers are fixed.", "名前のある前提はない。すべての数値は固定値。"
        )
        return f"<p>{none}</p>"
    gain = {each.assumption: each for each in summary.weights if each.of == "gain"}
    time = {each.assumption: each for each in summary.weights if each.of == "time"}
    order = sorted(every, key=lambda each: _place(gain.get(each.id), time.get(each.id)))
    title = f"<h3>{_title(summary, case, gain, time)}</h3>" if summary.weights else ""
    return (
        title
        + f'<p class="hint">{_counted(every)} {_explained(summary)}</p>'
        + f'<div class="scroll" tabindex="0">{_table(summary, order, gain, time)}</div>'
        + _sources(case, every)
    )


def _place(gain: Weight | None, time: Weight | None) -> tuple[bool, bool, float]:
    """Return what sorts an assumption: first those that the gain rests on, then the time, then by size."""
    sizes = [abs(each.correlation) if each else 0.0 for each in (gain, time)]
    shown = [each is not None and each.shown for each in (gain, time)]
    return not shown[0], not shown[1], -(sizes[0] if shown[0] else max(sizes))


def _counted(every: list[Assumption]) -> str:
    guesses = sum(each.guess for each in every)
    drawn = sum(each.high > each.low for each in every)
    fixed = len(every) - drawn
    count = f"{len(every)} assumption" + ("s" if len(every) != 1 else "")
    return both(
        f"{count}, of which {guesses} {'is a guess' if guesses == 1 else 'are guesses'}. "
        f"Each future draws the {drawn} that have a range between low and high"
        + (f"; {fixed} {'is' if fixed == 1 else 'are'} fixed." if fixed else "."),
        f"前提{len(every)}件、うち推測{guesses}件。幅のある{drawn}件を各未来で下限と上限の間から抽出する"
        + (f"({fixed}件は固定値)。" if fixed else "。"),
    )


def _explained(summary: Summary) -> str:
    if not summary.weights:
        return both("Too few futures to say which of them matter.", "どの前提が重要かを言うには未来の数が足りない。")
    return both(
        "Weight: the rank correlation over futures (−1 to 1) with the gain of the foremost structure over the base, "
        "and with the time under the base, in the scenario where it is largest. Bold: beyond chance, for all "
        "assumptions and scenarios together. Grey: no more than chance gives.",
        "重み:最も速い体制の短縮、および基準での時間との、未来にわたる順位相関(−1～1)。最大となるシナリオについて示す。"
        "太字はすべての前提とシナリオを通じて偶然を超えるもの、灰色は偶然の範囲。",
    )


def _title(summary: Summary, case: Case, gain: dict[str, Weight], time: dict[str, Weight]) -> str:
    known = case.assumptions.assumptions
    on_gain = [name for name, each in gain.items() if each.shown]
    on_time = [name for name, each in time.items() if each.shown]
    guessed = sum(known[name].guess for name in dict.fromkeys([*on_gain, *on_time]))
    together = len(dict.fromkeys([*on_gain, *on_time]))
    if not on_gain:
        english = f"No single assumption is shown to carry the gain; {len(on_time)} carry the time itself"
        japanese = f"短縮を左右すると示された単独の前提はない。時間そのものを左右する前提は{len(on_time)}件"
    else:
        names = [_short(known[name]) for name in on_gain[:NAMED]]
        rest = len(on_gain) - len(names)
        english = "The gain rests on " + "; ".join(f"“{each.en}”" for each in names)
        english += f" and {rest} more" if rest > 0 else ""
        english += f"; the time itself on {len(on_time)} assumptions"
        japanese = "短縮を左右するのは" + "".join(f"「{each.in_language('ja')}」" for each in names)
        japanese += f"ほか{rest}件" if rest > 0 else ""
        japanese += f"、時間そのものを左右する前提は{len(on_time)}件"
    if together:
        english += f" ({guessed} of these {together} are guesses)"
        japanese += f"({together}件中{guessed}件は推測)"
    return both(english, japanese)


def _short(assumption: Assumption) -> Text:
    """Return what an assumption is about, without what stands in brackets."""
    about = assumption.about if assumption.about.en else Text(assumption.id)
    return Text(about.en.split(" (")[0].split(";")[0], about.ja.split("(")[0].split("（")[0])


def _weight(summary: Summary, weight: Weight | None) -> str:
    if weight is None:
        return "–"
    value = weight.correlation
    number = f"{value:+.2f}".replace("-", "−")
    if not weight.shown:
        return f'<span class="faint">{number}</span>'
    width = round(100 * abs(value))
    where = text_of(summary.scenarios[weight.scenario])
    return f'<b>{number}</b><span class="weigh"><i style="width:{width}%"></i></span><small class="id">{where}</small>'


def _table(summary: Summary, order: list[Assumption], gain: dict[str, Weight], time: dict[str, Weight]) -> str:
    weighed = bool(summary.weights)
    head = [
        both("Assumption", "前提"),
        *([both("Weight in the gain", "短縮への重み"), both("Weight in the time", "時間への重み")] if weighed else []),
        both("Low", "下限"),
        both("Typical", "代表値"),
        both("High", "上限"),
        both("Unit", "単位"),
        both("Source", "出典"),
        both("Confidence", "確度"),
    ]
    rows = []
    for assumption in order:
        low, typical, high, unit = assumption_values(assumption)
        if assumption.low == assumption.high:
            low = high = ""
        label = (
            text_of(assumption.about) if assumption.about.en else ""
        ) + f'<small class="id"><code>{escape(assumption.id)}</code></small>'
        sure = both(confidence(assumption), confidence(assumption, "ja"))
        if assumption.guess:
            sure += f' <span class="chip guess">{both("guess", "推測")}</span>'
        weights = [_weight(summary, gain.get(assumption.id)), _weight(summary, time.get(assumption.id))]
        rows.append(
            [
                label,
                *(weights if weighed else []),
                low or both("fixed", "固定"),
                escape(typical),
                high or both("fixed", "固定"),
                _unit(unit),
                escape(assumption.source) or "–",
                sure,
            ]
        )
    return table(head, rows, kind="assumed weighed" if weighed else "assumed")


UNITS_JA = {
    "s": "秒",
    "min": "分",
    "h": "時間",
    "d": "日",
    "/h": "件/時",
    "/d": "件/日",
    "/wk": "件/週",
    "/yr": "件/年",
    "h/wk": "時間/週",
    "people": "人",
}


def _unit(unit: str) -> str:
    return both(unit, UNITS_JA.get(unit, unit)) if unit else "–"


def _sources(case: Case, every: list[Assumption]) -> str:
    """Return every source that is cited, said once."""
    cited = sorted({each.source for each in every if each.source in case.assumptions.sources})
    if not cited:
        return ""
    count = {name: sum(each.source == name for each in every) for name in cited}
    items = "".join(
        f"<dt><code>{escape(name)}</code> ({count[name]})</dt><dd>{escape(case.assumptions.sources[name])}</dd>"
        for name in sorted(cited, key=lambda name: (-count[name], name))
    )
    head = both(
        f"Sources ({len(cited)}) by their key, and how many assumptions cite each",
        f"出典{len(cited)}件の略号と、それぞれを引く前提の数",
    )
    return f'<h3>{head}</h3><dl class="sources">{items}</dl>'
