"""The first page of the report once a choice was made: the verdict, and what it rests on.

It is drawn from choice.json alone and the case's names, in both languages and without scripts. It stands in a slot of
the report, so that `renkei choose` can put it into the report of a study that was written before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.report import choice_charts as charts
from renkei.report import choice_rest, choice_road
from renkei.report.choice_charts import Found, interval, named, scenario_name, size, sizes
from renkei.report.choice_road import hint, text
from renkei.report.markup import both, escape, table, text_of

OPENING: Final = "<!--the choice-->"
CLOSING: Final = "<!--/the choice-->"
YEARS: Final = 10
"""Costs are compared as what is paid once and in so many years."""


def slot(choice: Found | None, case: Case) -> str:
    """Return the place of the choice in a report; empty where none was made."""
    return OPENING + ("" if choice is None else section(choice, case)) + CLOSING


def placed(report: str, choice: Found, case: Case) -> str | None:
    """Return a report with the choice in its slot; None where it has no slot."""
    before, opening, rest = report.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    return before + slot(choice, case) + after if opening and closing else None


def page(choice: Found, case: Case, language: str = "en") -> str:
    """Return the choice as a report of its own."""
    style = "".join(
        resources.files("renkei.report").joinpath(name).read_text(encoding="utf-8")
        for name in ("report.css", "choice.css")
    )
    name = text(choice["name"]) if choice["name"].get("en") else Text(choice["case"])
    checked = {code: " checked" if code == language else "" for code in ("en", "ja")}
    footer = both(
        "Made by renkei. It models organisation only, from public data: no weapons, no targets, no effects.",
        "renkei により作成。公開資料にもとづき組織のみを模擬する(兵器・目標・効果は扱わない)。",
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name.in_language(language))} – renkei</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<input class="pick" type="radio" name="language" id="in-en"{checked["en"]} aria-label="English">'
        f'<input class="pick" type="radio" name="language" id="in-ja"{checked["ja"]} aria-label="日本語">\n'
        '<div class="languages"><label for="in-en" lang="en">English</label><label for="in-ja" '
        'lang="ja">日本語</label></div>\n'
        f"<main>\n<header><h1>{text_of(name)}</h1>\n"
        f'<p class="question">{text_of(text(choice["question"]))}</p></header>\n'
        f"{slot(choice, case)}</main>\n<footer><p>{footer}</p></footer>\n</body>\n</html>\n"
    )


def section(choice: Found, case: Case) -> str:
    """Return everything that is said of a choice."""
    parts = [
        ("differences", "How far behind the others are", "ほかの体制との差", _differences(choice)),
        ("tails", "How late it can be", "どれほど遅れうるか", choice_rest.tails(choice)),
        ("moves", "What moves the difference", "差を動かすもの", _moves(choice)),
        ("flips", "What would flip it", "何が答えを覆すか", _flips(choice, case)),
        ("knowing", "What to find out next", "次に調べるべきこと", choice_rest.knowing(choice)),
        ("regret", "How robust it is over futures", "未来に対する頑健さ", _regret(choice)),
        ("front", "Cost against time", "費用と時間", _front(choice, case)),
        ("weights", "For whom", "誰にとって", choice_road.weights(choice, case)),
        ("road", "The road there", "そこへの道", choice_road.road(choice, case)),
        ("holds", "Under what it holds", "成り立つ条件", _holds(choice)),
    ]
    contents = "".join(
        f'<a href="#choice-{anchor}">{both(english, japanese)}</a> '
        for anchor, english, japanese, body in parts
        if body
    )
    bodies = "".join(
        f'<section id="choice-{anchor}"><h3>{both(english, japanese)}</h3>\n{body}</section>\n'
        for anchor, english, japanese, body in parts
        if body
    )
    return (
        f'<section id="choice" class="choice"><h2>{both("The choice", "選択")}</h2>\n{_box(choice)}\n'
        f'<nav aria-label="The choice">{contents}</nav>\n{bodies}</section>\n'
    )


def _verdicts(choice: Found) -> list[Found]:
    return [*([choice["overall"]] if choice["overall"] else []), *choice["verdicts"]]


# --- the verdict


def _box(choice: Found) -> str:
    """Return the answer: what to choose in each scenario, how far it is ahead, and how sure that is."""
    passages = [text({"en": en, "ja": ja}) for en, ja in _paired(choice["text"])]
    first, last = passages[0], passages[-1]
    head = [
        both("Scenario", "シナリオ"),
        both("Chosen, or first of a tie", "選ばれた体制(互角ならその首位)"),
        both("The next is behind by", "次点との差"),
        both("Sure, given the model", "モデルを所与とした確かさ"),
    ]
    rows = [_row(choice, verdict) for verdict in _verdicts(choice)]
    decided = {verdict["scenario"] for verdict in choice["verdicts"]}
    none = both("none: all are overloaded, or nothing was measured", "なし: すべて処理能力超過か、測られた決定がない")
    rows += [
        [text_of(named(choice, "scenarios", name)), none, "–", "–"]
        for name in choice["scenarios"]
        if name not in decided
    ]
    said = "".join(text_of(each, "p") for each in passages[1:-1])
    return (
        f'<div class="answer">{text_of(first, "p")}'
        f'<div class="scroll" tabindex="0">{table(head, rows, kind="verdicts")}</div>'
        + (text_of(last, "p") if len(passages) > 1 else "")
        + (f"<details><summary>{both('In words', '文章で')}</summary>{said}</details>" if said else "")
        + "</div>"
    )


def _paired(text: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the passages of a text in both languages, which have as many."""
    english = (text.get("en") or "").split("\n")
    japanese = (text.get("ja") or "").split("\n")
    if len(english) != len(japanese):
        return [("\n".join(english), "\n".join(japanese))]
    return list(zip(english, japanese, strict=True))


def _row(choice: Found, verdict: Found) -> list[str]:
    unit = verdict["unit"]
    best = text_of(named(choice, "structures", verdict["best"]))
    if not verdict["tied"]:
        best = f"<b>{best}</b>"
    else:
        count = len(verdict["tied"])
        nearest = [each["structure"] for each in verdict["standings"] if each["structure"] in verdict["tied"]]
        names = [named(choice, "structures", name) for name in (*nearest, *verdict["tied"])]
        tie = both(
            f"tie with {names[0].en}" + (f" and {count - 1} more" if count > 1 else ""),
            f"{names[0].ja or names[0].en}" + (f"ほか{count - 1}案" if count > 1 else "") + "と互角",
        )
        best = f"{best}<small>{tie}</small>"
    gap = verdict["gap"]
    ahead = "–"
    if gap is not None:
        ahead = f"{sizes(gap['value'], unit)}<small>{interval(gap['low'], gap['high'], unit)}</small>"
    sure = both("not shown", "示されていない")
    if verdict["guaranteed"] is not None:
        share, zone = f"{100 * verdict['guaranteed']:g} %", verdict["zone"]
        of_tie = both(
            f"a lead of {size(zone, unit)} would be found (≥ {share}); {verdict['futures']} futures",
            f"{size(zone, unit, 'ja')}以上の差があれば見つかる(≥ {share})。未来{verdict['futures']}通り",
        )
        of_lead = both(
            f"if ahead by {size(zone, unit)}; {verdict['futures']} futures",
            f"{size(zone, unit, 'ja')}以上優るなら。未来{verdict['futures']}通り",
        )
        sure = f"–<small>{of_tie}</small>" if verdict["tied"] else f"≥ {share}<small>{of_lead}</small>"
    return [text_of(scenario_name(choice, verdict)), best, ahead, sure]


def _differences(choice: Found) -> str:
    said = hint(
        "How much more each structure takes than the chosen one, with intervals that hold for all pairs of structures "
        "at once. All met the same futures and the same chance. Hollow: tied, since no difference is shown or one "
        "shown to be too small to matter.",
        "選ばれた体制よりどれだけ余計にかかるか。区間は全組について同時に成り立つ。"
        "すべての体制が同じ未来と同じ偶然に直面した。白抜きは互角：差が示されないか、問題とならない大きさと示されたもの。",
    )
    drawn = "".join(
        charts.differences(choice, verdict, f"behind-{number}")
        for number, verdict in enumerate(_verdicts(choice))
        if len(verdict["standings"]) > 1
    )
    return said + drawn if drawn else ""


# --- what it rests on


def _considered(choice: Found) -> Mapping[str, Found]:
    found: Mapping[str, Found] = choice["analyses"].get("considerations", {}).get("scenarios", {})
    return found


def _moves(choice: Found) -> str:
    probes = choice["analyses"].get("probes", {})
    return "".join(
        charts.tornado(choice, each, _screened(probes.get(name)), f"moves-{number}")
        for number, (name, each) in enumerate(_considered(choice).items())
    )


def _many(assumptions: int) -> str:
    return "one assumption" if assumptions == 1 else f"{assumptions} assumptions together"


def _screened(probed: Found | None) -> Found | None:
    """Return what runs of their own say of one scenario, if they say what moves the difference."""
    return probed if probed and probed["factors"] else None


def _flips(choice: Found, case: Case) -> str:
    considered = _considered(choice)
    if not considered:
        return ""
    probes = choice["analyses"].get("probes", {})
    lines = []
    for name, each in considered.items():
        where = named(choice, "scenarios", name)
        exact = probes.get(name)
        said = _unless(exact["thresholds"] if exact else each["thresholds"])
        worst = exact["worst"] if exact else None
        more = Text("")
        if worst is not None:
            bounds, unit = worst["difference"], each["unit"]
            more = Text(
                f" At its worst, of {_many(len(exact['asked']))}: "
                f"{size(bounds['value'], unit, sign=True)} "
                f"({size(bounds['low'], unit, sign=True)} to {size(bounds['high'], unit, sign=True)}), "
                + ("and it flips." if bounds["low"] > 0 else "and it holds." if bounds["high"] < 0 else "undecided."),
                f"{len(exact['asked'])}件の前提の最悪の値: {size(bounds['value'], unit, 'ja', sign=True)}"
                f"({size(bounds['low'], unit, 'ja', sign=True)}~{size(bounds['high'], unit, 'ja', sign=True)})、"
                + ("覆る。" if bounds["low"] > 0 else "覆らない。" if bounds["high"] < 0 else "どちらとも言えない。"),
            )
        boxed = choice_rest.together(choice, each, case)
        lines.append([text_of(where), both(f"{said.en}{more.en} {boxed.en}".strip(), said.ja + more.ja + boxed.ja)])
    head = [both("Scenario", "シナリオ"), both("The answer holds unless …", "答えが成り立たない条件")]
    return (
        charts.thresholds(choice, case, "flips")
        + f'<div class="scroll" tabindex="0">{table(head, lines, kind="said")}</div>'
    )


def _unless(flips: Sequence[Found]) -> Text:
    if not flips:
        return Text(
            "no assumption alone is known to flip it within its range.",
            "単独で範囲内に答えを覆す前提は知られていない。",
        )
    english = ", or ".join(
        f"`{each['assumption']}` passes its threshold {'upwards' if each['flips_above'] else 'downwards'}"
        for each in flips[:3]
    )
    japanese = "、または".join(
        f"`{each['assumption']}`が閾値を{'上回る' if each['flips_above'] else '下回る'}" for each in flips[:3]
    )
    return Text(english + ".", japanese + "。")


def _regret(choice: Found) -> str:
    considered = _considered(choice)
    if not considered:
        return ""
    structures = list(dict.fromkeys(name for each in considered.values() for name in each["robustness"]["structures"]))
    head = [both("Structure", "体制"), *(text_of(named(choice, "scenarios", name)) for name in considered)]
    rows = []
    for structure in structures:
        row = [text_of(named(choice, "structures", structure))]
        row += [_regret_cell(each, structure) for each in considered.values()]
        rows.append(row)
    agreed = [
        [
            text_of(named(choice, "scenarios", name)),
            text_of(_agreed(choice, each["robustness"]["best"])),
        ]
        for name, each in considered.items()
    ]
    said = hint(
        "Mean regret: how much more a structure takes than the best one of the same future, averaged. The first number "
        "is too low on average (below nothing it is shown as nothing), the second too high; the darker, the more.",
        "平均後悔: 同じ未来で最良の体制より余計にかかる時間の平均。前の数は平均して低すぎ(負なら0と示す)、"
        "後の数は高すぎる。濃いほど大きい。",
    )
    second = table(
        [both("Scenario", "シナリオ"), both("Which is best by seven measures", "七つの尺度で最良の体制")],
        agreed,
        kind="said",
    )
    return (
        said
        + f'<div class="scroll" tabindex="0">{table(head, rows, kind="heat")}</div>'
        + f'<div class="scroll" tabindex="0">{second}</div>'
    )


def _regret_cell(each: Found, structure: str) -> str:
    robust = each["robustness"]
    if structure not in robust["structures"]:
        return "–"
    metrics = robust["metrics"]["mean_regret"]
    found = metrics[robust["structures"].index(structure)]
    most = max((max(one["naive"], 0.0) for one in metrics), default=0.0)
    strength = round(70 * min(1.0, max(0.0, found["naive"]) / most)) if most > 0 else 0
    words = [
        " … ".join(size(max(0.0, found[which]), each["unit"], language) for which in ("cross_fitted", "naive"))
        for language in ("en", "ja")
    ]
    shade = f"background:color-mix(in srgb,var(--queue) {strength}%,transparent)"
    return f'<span style="{shade}">{both(*words)}</span>'


METRICS: Final = {
    "minimax_regret": Text("least largest regret", "最大後悔の最小"),
    "mean_regret": Text("least mean regret", "平均後悔の最小"),
    "p90_regret": Text("least regret in 9 of 10", "9割点の後悔の最小"),
    "satisficing_share": Text("most often good enough", "十分な未来の多さ"),
    "maximin": Text("best worst case", "最悪の場合の最良"),
    "hurwicz": Text("best and worst case together", "最良と最悪の折衷"),
    "mean_variance": Text("mean and spread", "平均と散らばり"),
}


def _agreed(choice: Found, best: Mapping[str, str]) -> Text:
    by: dict[str, list[str]] = {}
    for metric, structure in best.items():
        by.setdefault(structure, []).append(metric)
    if len(by) == 1:
        name = named(choice, "structures", next(iter(by)))
        return Text(f"all: {name.en}", f"すべて: {name.ja or name.en}")
    english, japanese = [], []
    for structure, metrics in by.items():
        name = named(choice, "structures", structure)
        english.append(f"{name.en} ({', '.join(METRICS[metric].en for metric in metrics)})")
        japanese.append(f"{name.ja or name.en}({'、'.join(METRICS[metric].ja for metric in metrics)})")
    return Text("they disagree: " + "; ".join(english), "一致しない: " + "、".join(japanese))


def _front(choice: Found, case: Case) -> str:
    known = choice["analyses"].get("costs")
    if not known:
        return ""
    costs = {each["structure"]: _paid(each) for each in known}
    drawn = charts.pareto(choice, costs, case.plan.money.currency, "front-chart")
    if not drawn:
        return ""
    said = hint(
        f"Cost: the median of what is paid once and in {YEARS} years, in prices of {case.plan.money.year}, beyond the "
        "structure that extends nothing.",
        f"費用: 一度だけの額と{YEARS}年分の中央値({case.plan.money.year}年価格)。何も加えない体制からの増分。",
    )
    return said + drawn


def _paid(cost: Found) -> float:
    once, yearly = ((cost[name] or {}).get("median") or 0.0 for name in ("once", "yearly"))
    return float(once + YEARS * yearly)


def _holds(choice: Found) -> str:
    said = "".join(f"<li>{text_of(text(each))}</li>" for each in choice["assumptions"])
    warned = "".join(f"<li>{text_of(text(each))}</li>" for each in choice["warnings"])
    return f"<ul>{said}</ul>" + (f'<ul class="warnings">{warned}</ul>' if warned else "")
