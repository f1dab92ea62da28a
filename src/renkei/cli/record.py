"""The public record against the runs, what structures cost, and how visibly ready they are: for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from renkei.cli.columns import WIDTH, clip, left, right, width, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.results import MilestoneResult, Spread, StructureCost, Summary
from renkei.report.wording import share

RECORD, MEDIAN, RUNS = 14, 10, 15
NAME = WIDTH - RECORD - MEDIAN - RUNS
UNITS = {
    "en": ((10_800.0, 60.0, "min"), (259_200.0, 3600.0, "h"), (math.inf, 86_400.0, "d")),
    "ja": ((10_800.0, 60.0, "分"), (259_200.0, 3600.0, "時間"), (math.inf, 86_400.0, "日")),
}
"""Up to which seconds, seconds of the unit, its name."""

WORDS = {
    "record": {"en": "Held against the record", "ja": "公開記録との照合"},
    "costs": {"en": "What it costs more than", "ja": "追加費用（比較対象）"},
    "ready": {
        "en": "Visible readiness (a proxy, no estimate of deterrence)",
        "ja": "目に見える即応性（代理指標。抑止の推定ではない）",
    },
}


def record_lines(summary: Summary, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield for each scenario with milestones what is held against the record: inside 90 % of runs or not, and why."""
    held = [each for each in summary.milestones if not each.counterfactual]
    for scenario in dict.fromkeys(each.scenario for each in held):
        own = [each for each in held if each.scenario == scenario]
        name = summary.scenarios[scenario].in_language(language)
        yield paint(f"{WORDS['record'][language]}: {name} ({own[0].structure})", "bold")
        heads = {
            "en": ("since the start", "record", "median", "90 % of runs"),
            "ja": ("開始からの時間", "記録", "中央値", "試行の90%"),
        }[language]
        yield (left(f"  {heads[0]}", NAME) + right(heads[1], RECORD) + right(heads[2], MEDIAN) + right(heads[3], RUNS))
        for each in own:
            if each.simulated is not None:
                yield from _milestone(each, language)
        yield from _judged(own, language)
        others = [each for each in own if each.simulated is None]
        if others:
            comma = {"en": ", ", "ja": "、"}[language]
            names = comma.join(each.name.in_language(language) for each in others)
            said = {
                "en": f"In the record, and nothing in a run stands for it: {names}.",
                "ja": f"記録にあるがモデルに対応物のないもの：{names}。",
            }[language]
            yield from wrap(said, WIDTH, "  ")
        said = {
            "en": "Only this structure is held against the record; under every other one it is the same scenario, "
            "as a counterfactual.",
            "ja": "記録と照合するのはこの体制だけで、他の体制の結果は反実仮想である。",
        }[language]
        yield from wrap(said, WIDTH, "  ")
        yield ""


def _milestone(each: MilestoneResult, language: str) -> Iterator[str]:
    assert each.simulated is not None
    mark = {True: "✓", False: "✗", None: " "}[each.inside]
    fitted = {"en": " (fitted)", "ja": "（適合）"}[language] if each.basis == "fitted" else ""
    recorded = _range(each.recorded_low_s, each.recorded_high_s, language)
    median = _range(each.simulated.median, each.simulated.median, language)
    runs = _range(each.simulated.low, each.simulated.high, language)
    name = clip(each.name.in_language(language), NAME - 3 - width(fitted))
    yield left(f"{mark} {name}{fitted}", NAME) + right(recorded, RECORD) + right(median, MEDIAN) + right(runs, RUNS)
    if each.inside is False and (why := each.because.in_language(language)):
        yield from wrap(why, WIDTH, "    ")


def _range(low: float, high: float, language: str) -> str:
    """Return a time, or two with one unit: minutes below three hours, days from three days on."""
    known = [each for each in (low, high) if math.isfinite(each)]
    never = {"en": "never", "ja": "なし"}[language]
    if not known:
        return never
    length, unit = next((size, name) for most, size, name in UNITS[language] if max(known) < most)
    digits = 0 if unit in ("min", "分") else 1
    shown = [f"{each / length:.{digits}f}" if math.isfinite(each) else never for each in (low, high)]
    gap = "" if language == "ja" else " "
    return (shown[0] if shown[0] == shown[1] else "–".join(shown)) + gap + unit


def _judged(own: list[MilestoneResult], language: str) -> Iterator[str]:
    counts = {}
    for basis in ("predicted", "fitted"):
        judged = [each.inside for each in own if each.basis == basis and each.inside is not None]
        counts[basis] = (sum(judged), len(judged))
    (good, all_of_it), (fit, all_fit) = counts["predicted"], counts["fitted"]
    said = {
        "en": f"Inside the 90 % interval: {good} of {all_of_it} predicted"
        + (
            f", {fit} of {all_fit} for which a number was chosen with the fact in view (so they prove less)."
            if all_fit
            else "."
        ),
        "ja": f"90%区間の内：予測{all_of_it}件中{good}件"
        + (f"、事実を見て数値を選んだ{all_fit}件中{fit}件（証明力は小さい）。" if all_fit else "。"),
    }[language]
    yield from wrap(said, WIDTH, "  ")


def cost_lines(summary: Summary, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield what each structure costs once and yearly, over futures."""
    if not summary.costs:
        return
    first = summary.costs[0]
    heads = {
        "en": (f"Costs, million {first.currency} of {first.year}", "once", "every year"),
        "ja": (f"費用（{first.year}年価格、百万{first.currency}）", "一時", "毎年"),
    }[language]
    money = 18
    label = WIDTH - 2 * money
    lines = wrap(heads[0], label - 1)
    for line in lines[:-1]:
        yield paint(line, "bold")
    yield paint(left(lines[-1], label) + right(heads[1], money) + right(heads[2], money), "bold")
    for each in summary.costs:
        name = clip(f"  {each.structure}", label - 1)
        yield left(name, label) + right(_money(each.once), money) + right(_money(each.yearly), money)
    said = {
        "en": "Above the structure that extends nothing; median, and 90 % of futures. "
        f"{_guessed(first, summary)} of the items rest on a number that is marked as a guess.",
        "ja": "何も継承しない体制に対する追加分。中央値と未来の90%。"
        f"項目のうち{_guessed(first, summary)}は推測の数値による。",
    }[language]
    yield from wrap(said, WIDTH, "  ")
    yield ""


def _guessed(first: StructureCost, summary: Summary) -> str:
    items = {(item.name.en, item.change, item.stated_year): item.guess for cost in summary.costs for item in cost.items}
    return f"{sum(items.values())} / {len(items)}"


def _money(spread: Spread) -> str:
    if spread.high == 0:
        return "–"
    low, middle, high = (f"{each / 1e6:,.0f}" for each in (spread.low, spread.median, spread.high))
    return f"{middle} ({low}–{high})"


def readiness_lines(summary: Summary, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield visible readiness: equal ones together."""
    if not summary.readiness:
        return
    yield paint(WORDS["ready"][language], "bold")
    groups: dict[str, list[str]] = {}
    missing: dict[str, str] = {}
    for each in summary.readiness:
        said = share(each.share.median)
        groups.setdefault(said, []).append(each.structure)
        if each.missing:
            missing[said] = each.missing[0][0]
    for said, names in groups.items():
        more = ""
        if said in missing:
            more = {
                "en": f"; above all `{missing[said]}` cannot be reached",
                "ja": f"、主に`{missing[said]}`に届かない",
            }[language]
        yield from wrap(f"{said}: {', '.join(names)}{more}", WIDTH, "  ")
    yield ""
