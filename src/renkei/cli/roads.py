"""The road there, on a terminal: stages of phased paths, what a yearly budget lets come first, and what to watch."""

from __future__ import annotations

from collections.abc import Iterator

from renkei.cli.columns import NARROW, WIDTH, right, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.results import Spread
from renkei.model.scenario import Case
from renkei.model.verdict import Bounds, Choice
from renkei.report.wording import LANGUAGES, worded
from renkei.study.roads import First, Roads, Stage

WORDS = {
    "title": ("The road there", "そこに至る道"),
    "once": ("once", "一回限り"),
    "yearly": ("a year", "毎年"),
    "takes": ("takes", "期間"),
    "gain": ("if it ends here", "ここで終われば"),
    "moving": ("while being built", "移行中"),
    "regret": ("better instead", "よりよい体制"),
    "none": ("none", "なし"),
    "years": (" y", "年"),
    "watch": ("Watch, and switch", "注視し、切り替える"),
}

COLUMNS = {"once": 9, "yearly": 8, "takes": 8, "gain": 17, "moving": 18}
if not NARROW:
    COLUMNS = {"once": 12, "yearly": 10, "takes": 9, "gain": 20, "moving": 20}


def road_lines(
    roads: Roads, choice: Choice, case: Case, language: str = "en", paint: Paint = unpainted
) -> Iterator[str]:
    """Yield each road's stages, the order under the budget, and triggers."""
    at = LANGUAGES.index(language)
    million = f"{roads.currency} {roads.price_year}"
    note = (
        f"Cost in million {million}, median. Gain: how much shorter the times are than the base's, on average over "
        "scenarios."
        if language == "en"
        else f"費用は百万{million}、中央値。効果は、シナリオ平均で基準より時間が何%短いか。"
    )
    yield paint(WORDS["title"][at], "bold")
    yield from wrap(note, WIDTH, "  ")
    for road in roads.roads:
        yield ""
        yield paint(case.structures[road.path].name.in_language(language), "bold")
        yield "".join(right(WORDS[head][at], columns) for head, columns in COLUMNS.items())
        yield "─" * WIDTH
        for stage in road.stages:
            yield from _stage(stage, choice, language)
        yield "─" * WIDTH
    if roads.first is not None:
        yield ""
        yield from _first(roads.first, roads.currency, choice, language)
    if roads.triggers:
        yield ""
        yield paint(WORDS["watch"][at], "bold")
    for trigger in roads.triggers:
        known = case.assumptions.assumptions[trigger.assumption]
        value = worded(known.dimension, trigger.value, language)
        scenario = choice.scenarios[trigger.scenario].in_language(language)
        rival = _name(choice, trigger.rival, language)
        said = (
            f"{scenario}: if `{trigger.assumption}` is {'above' if trigger.above else 'below'} {value}, {rival}"
            if language == "en"
            else f"{scenario}:`{trigger.assumption}`が{value}を{'超えれば' if trigger.above else '下回れば'}、{rival}"
        )
        yield from wrap(said, WIDTH, "  ")


def _stage(stage: Stage, choice: Choice, language: str) -> Iterator[str]:
    at = LANGUAGES.index(language)
    yield from wrap(f"{stage.date} {_name(choice, stage.structure, language)}", WIDTH, "  ")
    years = f"{stage.takes.median:.1f}{WORDS['years'][at]}"
    texts = (
        _millions(stage.once),
        _millions(stage.yearly),
        years,
        _gain(stage.gain, language),
        _gain(stage.moving, language),
    )
    yield "".join(right(text, columns) for text, columns in zip(texts, COLUMNS.values(), strict=True))
    if stage.instead != stage.structure:
        more = f"{_name(choice, stage.instead, language)} {_gain(stage.regret, language)}"
        yield from wrap(f"{WORDS['regret'][at]}{':' if at else ': '}{more}", WIDTH, "    ")


def _first(first: First, currency: str, choice: Choice, language: str) -> Iterator[str]:
    years, budget = len(first.spent), f"{first.budget / 1e6:,.0f}"
    ja = language == "ja"
    alone = (
        "これは金と時間だけを見たもので、誰が拒むかは見ていない。"
        if ja
        else (" That is by money and time alone: who would refuse is not asked here.")
    )

    def named(step: str) -> str:
        after, _, before = step.partition(" after ")
        name = _name(choice, after, language)
        if not before:
            return name
        then = _name(choice, before, language)
        return f"{name} (after {then})" if language == "en" else f"{name}({then}の後)"

    if not first.starts:
        said = (
            f"Within {budget} million {currency} a year, no structure here can be built in {years} years and gain "
            "anything."
            if language == "en"
            else f"年{budget}百万{currency}の予算では、{years}年以内に効果のある体制は実現できない。"
        )
    elif language == "en":
        listed = ", ".join(f"{named(step)} in year {year + 1}" for step, year in first.starts.items())
        said = f"Within {budget} million {currency} a year, most is gained over {years} years by beginning {listed}."
        said += alone
    else:
        listed = "、".join(f"{named(step)}({year + 1}年目)" for step, year in first.starts.items())
        said = (
            f"年{budget}百万{currency}の予算では、{years}年間の効果が最も大きいのは次に着手すること:{listed}。{alone}"
        )
    yield from wrap(said)


def _name(choice: Choice, structure: str, language: str) -> str:
    known = choice.structures.get(structure)
    return (known.in_language(language) if known is not None else "") or structure


def _millions(spread: Spread) -> str:
    return f"{spread.median / 1e6:,.0f}"


def _gain(bounds: Bounds | None, language: str) -> str:
    """Return a share and its interval in per cent: ``6.5 (5.5–7.5) %``."""
    if bounds is None:
        return "–"
    value, low, high = (
        f"{100 * each:.0f}".replace("-", "−").replace("−0", "0") for each in (bounds.value, bounds.low, bounds.high)
    )
    if "−" not in low + high:
        return f"{value} ({low}–{high}) %"
    return f"{value} ({low} to {high}) %" if language == "en" else f"{value} ({low}～{high}) %"
