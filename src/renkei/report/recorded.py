"""The runs held against the public record, and how visibly ready each structure is."""

from __future__ import annotations

import math

from renkei.model.results import MilestoneResult, Summary
from renkei.report.markup import both, escape, table, text_of
from renkei.report.wording import share

UNITS = ((10_800.0, 60.0, " min", "分", 0), (259_200.0, 3600.0, " h", "時間", 1), (math.inf, 86_400.0, " d", "日", 1))
"""Up to which seconds, seconds of the unit, its names, decimals: one row of the table has one unit."""


def record(summary: Summary) -> str:
    """Return what is held against the record, milestone by milestone; empty where nothing is."""
    parts = []
    held = [each for each in summary.milestones if not each.counterfactual]
    for scenario in dict.fromkeys(each.scenario for each in held):
        own = [each for each in held if each.scenario == scenario]
        judged = [each for each in own if each.inside is not None]
        counts = {
            basis: (
                sum(each.inside is True for each in judged if each.basis == basis),
                sum(each.basis == basis for each in judged),
            )
            for basis in ("predicted", "fitted")
        }
        (good, predicted), (fit, fitted) = counts["predicted"], counts["fitted"]
        name = summary.scenarios[scenario]
        title = both(
            f"{name.en}: {good} of {predicted} predicted milestones lie inside 90 % of runs",
            f"{name.in_language('ja')}:予測{predicted}件中{good}件が試行の90%の範囲内",
        )
        structure = summary.structures.get(own[0].structure)
        where = structure.en if structure else own[0].structure
        where_ja = structure.in_language("ja") if structure else own[0].structure
        hint = both(
            f"Times since the start, under “{where}”. Of the milestones for which a number was chosen with the fact in "
            f"view, {fit} of {fitted} lie inside; they prove less. Under every other structure it is the same "
            "scenario, as a counterfactual, and nothing is held against it.",
            f"開始からの時間、「{where_ja}」について。事実を見て数値を選んだものは{fitted}件中{fit}件が範囲内(証明力は小さい)。"
            "他の体制の結果は反実仮想であり、照合しない。",
        )
        drawn = table(_head(), [_row(each) for each in own if each.simulated is not None], kind="record")
        absent = [each.name for each in own if each.simulated is None]
        rest = ""
        if absent:
            said = both(
                f"In the record, and nothing in a run stands for it: {'; '.join(each.en for each in absent)}.",
                f"記録にあるがモデルに対応物のないもの:{'、'.join(each.in_language('ja') for each in absent)}。",
            )
            rest = f'<p class="hint">{said}</p>'
        parts.append(f'<h3>{title}</h3><p class="hint">{hint}</p><div class="scroll" tabindex="0">{drawn}</div>{rest}')
    return "".join(parts)


def _head() -> list[str]:
    return [
        both("Milestone", "出来事"),
        both("Record", "記録"),
        both("Median of runs", "試行の中央値"),
        both("90 % of runs", "試行の90%"),
        both("Inside?", "範囲内か"),
        both("Basis", "根拠"),
        both("Source", "出典"),
    ]


def _row(each: MilestoneResult) -> list[str]:
    assert each.simulated is not None
    bounds = (each.recorded_low_s, each.recorded_high_s, each.simulated.low, each.simulated.median, each.simulated.high)
    most = max((bound for bound in bounds if math.isfinite(bound)), default=0.0)
    _, unit, english, japanese, decimals = next(unit for unit in UNITS if most < unit[0])

    def said(low: float, high: float) -> str:
        shown = [f"{bound / unit:.{decimals}f}" if math.isfinite(bound) else "∞" for bound in (low, high)]
        text = shown[0] if shown[0] == shown[1] else "–".join(shown)
        return both(text + english, text + japanese)

    why = f'<small class="id">{text_of(each.because)}</small>' if each.inside is False and each.because.en else ""
    inside = {
        True: f'<span class="chip better">{both("inside", "範囲内")}</span>',
        False: f'<span class="chip worse">{both("outside", "範囲外")}</span>',
        None: "–",
    }[each.inside]
    basis = both("fitted", "適合") if each.basis == "fitted" else both("predicted", "予測")
    return [
        text_of(each.name) + why,
        said(each.recorded_low_s, each.recorded_high_s),
        said(each.simulated.median, each.simulated.median),
        said(each.simulated.low, each.simulated.high),
        inside,
        basis,
        escape(each.source) or "–",
    ]


def readiness(summary: Summary) -> str:
    """Return how visibly ready each structure is; empty where the study does not ask."""
    if not summary.readiness:
        return ""
    least = min(summary.readiness, key=lambda each: each.share.median)
    name = summary.structures[least.structure]
    title = both(
        f"{name.en} is least ready: {share(least.share.median)} of the week's hours",
        f"最も低いのは「{name.in_language('ja')}」:一週間の{share(least.share.median, 'ja')}",
    )
    hint = both(
        "The share of the week's hours in which every post that the first common answer needs is filled and can be "
        "reached without notice. A proxy: renkei does not estimate deterrence. In brackets 5 % and 95 % of futures.",
        "最初の共同回答に必要なすべての職が埋まり、予告なく連絡がつく時間が一週間に占める割合。"
        "代理指標であり、抑止を推定するものではない。括弧内は未来の5%と95%。",
    )
    head = [both("Structure", "体制"), both("Ready", "即応"), both("Missing most", "最も不在の部署")]
    rows = []
    for each in summary.readiness:
        low, high = (share(bound).removesuffix(" %") for bound in (each.share.low, each.share.high))
        missing = ", ".join(f"{desk} {share(part, 'ja')}" for desk, part in each.missing[:2] if part > 0)
        rows.append(
            [
                text_of(summary.structures[each.structure]),
                f"{both(share(each.share.median), share(each.share.median, 'ja'))} ({low}–{high})",
                escape(missing) or "–",
            ]
        )
    return f'<h3>{title}</h3><p class="hint">{hint}</p><div class="scroll" tabindex="0">{table(head, rows)}</div>'
