"""The report: one HTML file that opens offline and needs no script.

The same study gives the same bytes: no clock time, duration, host or path is in it.
"""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from renkei.model.pictures import Cohesion, Pictures, Way
from renkei.model.quantity import Text
from renkei.model.results import Cell, Comparison, Summary
from renkei.model.scenario import Case
from renkei.report import assumed, charts, costs, first, hours, organisation, over_time, recorded, ways
from renkei.report import choice as chosen
from renkei.report.markup import both, escape, table, text_of
from renkei.report.wording import (
    CAUSE_MEANINGS,
    CAUSE_NAMES,
    CAUSES,
    Scale,
    desk_name,
    duration,
    load,
    share,
    share_with_interval,
    short_name,
    time_with_interval,
)

__all__ = ["write_choice", "write_report"]

BUSIEST = 12
"""Desks shown for each scenario: the busiest in any structure."""


MOST_CUTS = 3
"""Headquarters named whose loss cuts others off: those that cut off most."""


def write_report(
    summary: Summary,
    case: Case,
    path: Path,
    *,
    language: str = "en",
    pictures: Pictures | None = None,
    choice: Mapping[str, Any] | None = None,
) -> None:
    """Write the report of a study to ``path``. ``language`` is the one it opens in; the reader can switch.

    Without ``pictures`` the sections that show single decisions, structures and hours are left out. With ``choice``,
    which is choice.json as it was read, the first page is its verdict.
    An earlier report stays whole until the new one is.
    """
    write_whole(Path(path), page(summary, case, language, pictures, choice))


def write_choice(
    choice: Mapping[str, Any], case: Case, path: Path, *, language: str = "en", keep: bool = False
) -> None:
    """Write a choice to ``path``: ``keep``, into the report of a study that is there; else as a report of its own."""
    known = path.read_text(encoding="utf-8") if keep and path.is_file() else ""
    write_whole(path, chosen.placed(known, choice, case) or chosen.page(choice, case, language))


def write_whole(target: Path, text: str) -> None:
    """Write a report so that an earlier one stays whole until the new one is."""
    new = target.with_name(target.name + ".new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, target)
    finally:
        new.unlink(missing_ok=True)


def page(
    summary: Summary,
    case: Case,
    language: str = "en",
    pictures: Pictures | None = None,
    choice: Mapping[str, Any] | None = None,
) -> str:
    """Return the whole report as HTML."""
    checked = {code: " checked" if code == language else "" for code in ("en", "ja")}
    name = summary.name if summary.name.en else Text(summary.case)
    sections = [
        _section(
            "table",
            "Time to decision",
            "決定までの時間",
            _main_table(summary) + _times_hint(summary) + charts.times(summary),
        ),
        _section("causes", "Where the time goes", "時間の内訳", _cause_hint() + charts.causes(summary)),
        _section("ways", "Decisions on their way", "決定の道のり", _ways(summary, pictures)),
        _section("organisation", "Who commands whom", "組織図", _organisation(summary, case, pictures)),
        _section(
            "hours",
            "Common hours of counterparts",
            "カウンターパートの共通勤務時間",
            hours.weeks(summary, pictures.hours) if pictures else "",
        ),
        _section("loads", "Load of desks", "部署の負荷", _over_time(summary, case, pictures) + _loads(summary, case)),
        _section("hand-offs", "Hand-offs between nations", "国の間の引き継ぎ", _hand_offs(summary)),
        _section(
            "unity",
            "Unity of command and single points of failure",
            "指揮の統一と単一障害点",
            _unity(summary, case, pictures),
        ),
        _section("ready", "Visible readiness", "目に見える即応性", recorded.readiness(summary)),
        _section("record", "Held against the record", "公開記録との照合", recorded.record(summary)),
        _section("costs", "What it costs", "費用", costs.costs(summary, case)),
        _section("assumptions", "What it rests on", "前提", assumed.assumptions(summary, case)),
        _section("doubts", "Overloads and warnings", "処理能力超過と注意", _doubts(summary)),
        _section("repeat", "How to repeat it", "再現の方法", _repeat(summary, case)),
    ]
    contents = "".join(
        f'<a href="#{anchor}">{both(english, japanese)}</a> ' for anchor, english, japanese, body in sections if body
    )
    bodies = "".join(
        f'<section id="{anchor}"><h2>{both(english, japanese)}</h2>\n{body}</section>\n'
        for anchor, english, japanese, body in sections
        if body
    )
    runs = summary.futures * summary.replications
    facts = both(
        f"{_count(len(summary.structures), 'structure')}, {_count(len(summary.scenarios), 'scenario')}; "
        f"{_count(summary.futures, 'future')} "
        f"(draws of the uncertain assumptions) with {_count(summary.replications, 'replication')} each: {runs} "
        f"runs of every pair. Seed {summary.seed}.",
        f"体制{len(summary.structures)}、シナリオ{len(summary.scenarios)}。"
        f"未来(不確かな前提の抽出){summary.futures}通り、"
        f"各{summary.replications}回反復、組み合わせごとに{runs}回試行。シード{summary.seed}。",
    )
    style = "".join(
        resources.files("renkei.report").joinpath(name).read_text(encoding="utf-8")
        for name in ("report.css", "choice.css")
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
        f'<p class="question">{text_of(summary.question)}</p></header>\n{chosen.slot(choice, case)}\n'
        f"{first.answer_box(summary)}"
        f'<p class="facts">{facts}</p>\n<nav aria-label="Contents">{contents}</nav>\n'
        f"{bodies}</main>\n<footer><p>{_footer()}</p></footer>\n</body>\n</html>\n"
    )


def _section(anchor: str, english: str, japanese: str, body: str) -> tuple[str, str, str, str]:
    return anchor, english, japanese, body


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _footer() -> str:
    return both(
        "Made by renkei. It models organisation only, from public data: no weapons, no targets, no effects.",
        "renkei により作成。公開資料にもとづき組織のみを模擬する(兵器・目標・効果は扱わない)。",
    )


# --- the table


def _main_table(summary: Summary) -> str:
    cells = charts.headline_cells(summary)
    against_base = {
        (each.structure, each.scenario): each for each in summary.comparisons if each.against == summary.base
    }
    head = [both("Structure", "体制")]
    for scenario, name in summary.scenarios.items():
        cell = next((cell for (_, where), cell in cells.items() if where == scenario), None)
        below = ""
        if cell is not None:
            decision = summary.classes.get(cell.decision_class, Text(cell.decision_class))
            english, japanese = decision.en, decision.ja or decision.en
            if cell.deadline_s is not None:
                english += ", deadline\u00a0" + duration(cell.deadline_s).replace(" ", "\u00a0")
                japanese += f"、期限{duration(cell.deadline_s, 'ja')}"
            below = f"<small>{both(english, japanese)}</small>"
        head.append(text_of(name) + below)
    rows = []
    overloaded = {(cell.structure, cell.scenario) for cell in cells.values() if cell.endless}
    scales = {scenario: first.scale_of(summary, scenario) for scenario in summary.scenarios}
    for structure, name in summary.structures.items():
        label = f'{text_of(name)}<small class="id">{escape(structure)}</small>'
        if structure == summary.base and len(summary.structures) > 1:
            label += f'<span class="chip plain">{both("base", "基準")}</span>'
        row = [label]
        for scenario in summary.scenarios:
            compared = against_base.get((structure, scenario)) if (summary.base, scenario) not in overloaded else None
            row.append(_main_cell(cells.get((structure, scenario)), compared, scales[scenario]))
        rows.append(row)
    base = (
        list(summary.structures).index(summary.base)
        if len(summary.structures) > 1 and summary.base in summary.structures
        else None
    )
    drawn = table(head, rows, kind="main", tinted=base)
    hint = both(
        "Large: the median, half of the decisions take no longer, with its 95 % interval; then the 90th percentile; "
        "then the share within the deadline; last the difference of medians from the base with its 95 % interval. "
        "Every structure met the same decisions with the same work, so a difference may be known better than the times "
        "that it lies between. “Faster” and “slower” stand where it is shown: its interval excludes zero.",
        "大きな数字は中央値(半数の決定がこの時間内)と95%区間。次に90パーセンタイル、期限内の割合、最後に基準との中央値の差と"
        "95%区間。どの体制も同じ決定と同じ作業に直面するため、差は個々の時間よりも確かに分かることがある。"
        "「速い」「遅い」は差の区間が零を含まない場合だけに付く。",
    )
    return f'<p class="hint">{hint}</p><div class="scroll" tabindex="0">{drawn}</div>'


def _main_cell(cell: Cell | None, comparison: Comparison | None, scale: Scale) -> str:
    if cell is None:
        return "–"
    if cell.overloads:
        overload = cell.overloads[0]
        said = both(f"{overload.desk} at {load(overload.load)}", f"{overload.desk} {load(overload.load, 'ja')}")
        return f'<span class="chip worse">{both("overloaded", "処理能力超過")}</span><small>{said}</small>'
    if cell.piles_up:
        return f'<span class="chip worse">{text_of(charts.endless(cell))}</span>'
    median = cell.median_s
    english, japanese = time_with_interval(median), time_with_interval(median, "ja")
    big_en, _, rest_en = english.partition(" (")
    big_ja, _, rest_ja = japanese.partition("(")
    parts = [f"<b>{both(big_en, big_ja)}</b>"]
    if rest_en:
        parts.append(f"<small>{both(rest_en.rstrip(')'), rest_ja.rstrip(')'))}</small>")
    p90 = both("9 in 10: " + time_with_interval(cell.p90_s), "9割:" + time_with_interval(cell.p90_s, "ja"))
    parts.append(f"<small>{p90}</small>")
    if cell.within_deadline is not None:
        within = cell.within_deadline
        in_time = both("in time: " + share_with_interval(within), "期限内:" + share_with_interval(within, "ja"))
        parts.append(f"<small>{in_time}</small>")
    if comparison is not None and math.isfinite(comparison.median_difference_s.value):
        parts.append(_difference(comparison, scale))
    return "".join(parts)


def _difference(comparison: Comparison, scale: Scale) -> str:
    """Return the paired difference from the base with its interval; in colour and in words where it is shown."""
    estimate = comparison.median_difference_s
    size = both(scale.time(estimate.value, sign=True), scale.time(estimate.value, "ja", sign=True))
    within = f"<small>({both(scale.interval(estimate, sign=True), scale.interval(estimate, 'ja', sign=True))})</small>"
    if not comparison.shown:
        return f'<span class="gap">{size}</span>{within}'
    faster = estimate.value < 0
    said = both("faster", "速い") if faster else both("slower", "遅い")
    return f'<span class="gap {"better" if faster else "worse"}">{size} {said}</span>{within}'


# --- words before the charts


def _times_hint(summary: Summary) -> str:
    several = len(summary.structures) > 1
    return (
        '<p class="hint later">'
        + both(
            "Left, each shape is the distribution of one structure's decisions over a logarithmic time axis: ● median "
            "and ◇ 90th percentile, with 95 % intervals. Decisions still open at the end are not in the shape; they "
            "count as longer than any other."
            + (
                " Right, the difference of medians from the base with its 95 % interval over futures; a hollow dot: "
                "not shown."
                if several
                else ""
            ),
            "左の図形は、対数の時間軸に描いた体制ごとの決定時間の分布。●は中央値、◇は90パーセンタイル、線は95%区間。"
            "終了時に未決のものは図形に含まれず、他のどれよりも長いものとして数える。"
            + ("右は基準との中央値の差と95%区間。白抜きの点は差が示されていないもの。" if several else ""),
        )
        + "</p>"
    )


def _cause_hint() -> str:
    meanings = "".join(
        f"<dt>{both(CAUSE_NAMES[cause]['en'], CAUSE_NAMES[cause]['ja'])}</dt>"
        f"<dd>{both(CAUSE_MEANINGS[cause]['en'], CAUSE_MEANINGS[cause]['ja'])}</dd>"
        for cause in CAUSES
    )
    return (
        '<p class="hint">'
        + both(
            "Every hour of a decision, from raised to ordered, has one cause; the bars add up to the mean time "
            "to decision.",
            "発議から命令までのすべての時間に原因が一つ割り当てられ、棒の合計は平均時間に等しい。",
        )
        + f"</p>{charts.cause_legend()}<details><summary>{both('What the causes mean', '原因の意味')}</summary>"
        + f'<dl class="meanings">{meanings}</dl></details>'
    )


# --- loads


def _loads(summary: Summary, case: Case) -> str:
    parts = []
    structures = list(summary.structures)
    for scenario, name in summary.scenarios.items():
        found = {
            structure: {each.desk: each for each in summary.loads.get(structure, {}).get(scenario, ())}
            for structure in structures
        }
        highest: dict[str, float] = {}
        for desks in found.values():
            for desk, each in desks.items():
                if math.isfinite(each.utilisation):
                    highest[desk] = max(highest.get(desk, 0.0), each.utilisation)
        busiest = sorted(highest, key=lambda desk: (-highest[desk], desk))[:BUSIEST]
        if not busiest:
            continue
        head = [both("Desk", "部署"), *(text_of(summary.structures[structure]) for structure in structures)]
        rows = []
        for desk in busiest:
            row = [text_of(_desk(case, desk))]
            for structure in structures:
                each_load = found[structure].get(desk)
                row.append("" if each_load is None else _heat(each_load.utilisation, each_load.mean_stay_s))
            rows.append(row)
        parts.append(f'<h3>{text_of(name)}</h3><div class="scroll" tabindex="0">{table(head, rows, kind="heat")}</div>')
    if not parts:
        return ""
    hint = both(
        f"Work done over open capacity; below it, the mean stay of a paper at the desk. The {BUSIEST} busiest "
        "desks in any structure; an empty field: the desk "
        "had no work, or does not exist there.",
        "開いている時間の能力に対する作業の割合と、案件の平均滞在時間。"
        f"いずれかの体制で忙しい{BUSIEST}部署まで。空欄は仕事がないか、その体制に存在しない部署。",
    )
    return f'<p class="hint">{hint}</p>' + "".join(parts)


def _heat(utilisation: float, stay_s: float) -> str:
    if not math.isfinite(utilisation):
        return "–"
    strength = round(70 * min(1.0, max(0.0, utilisation)))
    stay = both(duration(stay_s), duration(stay_s, "ja")) if math.isfinite(stay_s) else "–"
    shade = f"background:color-mix(in srgb,var(--queue) {strength}%,transparent)"
    said = both(load(utilisation), load(utilisation, "ja"))
    return f'<span style="{shade}">{said}</span><small class="id">{stay}</small>'


# --- pictures


def _ways(summary: Summary, pictures: Pictures | None) -> str:
    if pictures is None:
        return ""
    parts = []
    base: Way | None = None
    for number, way in enumerate(pictures.ways):
        decision = summary.classes.get(way.decision_class, Text(way.decision_class))
        names = (summary.scenarios[way.scenario], summary.structures[way.structure], decision)
        if way.beside and base is not None and way.legs == base.legs:
            same = both(
                f"Under “{names[1].en}” this decision goes the same way, step by step.",
                f"「{names[1].in_language('ja')}」でも、この決定は同じ道のりをたどる。",
            )
            parts.append(f'<p class="hint">{same}</p>')
            continue
        parts.append(ways.way_figure(way, number, names, base if way.beside else None))
        base = base if way.beside else way
    hint = both(
        "Of one run of each scenario: a typical decision and the slowest one under the base, and the same decisions, "
        "with the same work, under the foremost structure. Colours are the causes above; numbers mark the longest "
        "waits.",
        "各シナリオの1回の試行から、基準での典型的な決定と最も遅い決定、そして同じ作業量の同じ決定を最も速い体制で示す。"
        "色は上の原因、番号は最も長い待ちを表す。",
    )
    return f'<p class="hint">{hint}</p>' + "".join(parts)


def _organisation(summary: Summary, case: Case, pictures: Pictures | None) -> str:
    if pictures is None:
        return ""
    hint = both(
        "Symbols as in APP-6D: blue a military headquarters, violet a civil one; above it the echelon, by the "
        "commander's stars (★). Orange, with a bar: different from the base.",
        "記号は APP-6D による。青は軍の司令部、紫は文民の機関、上の印は指揮官の階級(★)に応じた規模。"
        "橙色と縦棒は基準と異なるもの。",
    )
    known: set[str] = set()
    base = case.structures[summary.base]
    order = [summary.base, *(structure for structure in summary.structures if structure != summary.base)]
    return f'<p class="hint">{hint}</p>' + "".join(
        organisation.organisation_figure(case.structures[structure], base, number, known)
        for number, structure in enumerate(order)
    )


def _over_time(summary: Summary, case: Case, pictures: Pictures | None) -> str:
    if pictures is None:
        return ""
    names = {series.desk: _desk(case, series.desk) for load in pictures.loads for series in load.series}
    return over_time.loads_over_time(summary, pictures.loads, names)


def _desk(case: Case, desk: str) -> Text:
    """Return what people call a desk; its headquarters may be in some structures only."""
    house = desk.partition(".")[0]
    known = next((each.headquarters[house] for each in case.structures.values() if house in each.headquarters), None)
    return desk_name(desk, known.name) if known is not None else Text(desk)


def _hand_offs(summary: Summary) -> str:
    cells = charts.headline_cells(summary)
    if not any(cell.crossings > 0 for cell in cells.values()):
        return ""
    most = max((cell.hand_offs for cell in cells.values()), default=1.0) or 1.0
    worst = max(cells.values(), key=lambda cell: (cell.crossings, cell.structure))
    name, scenario = summary.structures[worst.structure], summary.scenarios[worst.scenario]
    title = both(
        f"At most {worst.crossings:.1f} of {worst.hand_offs:.1f} hand-offs cross a border: {name.en}, {scenario.en}",
        f"国境を越える引き継ぎは最大で{worst.hand_offs:.1f}回中{worst.crossings:.1f}回:"
        f"{name.in_language('ja')}、{scenario.in_language('ja')}",
    )
    rows = []
    for structure, label in summary.structures.items():
        row = [text_of(label)]
        for where in summary.scenarios:
            cell = cells.get((structure, where))
            if cell is None:
                row.append("–")
                continue
            across = round(100 * cell.crossings / most, 1)
            inside = round(100 * max(0.0, cell.hand_offs - cell.crossings) / most, 1)
            row.append(
                f'<span class="hand"><i class="across" style="width:{across}%"></i>'
                f'<i class="inside" style="width:{inside}%"></i></span>{cell.crossings:.1f} / {cell.hand_offs:.1f}'
            )
        rows.append(row)
    head = [both("Structure", "体制"), *(text_of(each) for each in summary.scenarios.values())]
    hint = both(
        "A decision's hand-offs across a border (dark) and all of them, on average.",
        "決定1件あたりの、国境を越える引き継ぎ(濃色)と全体の平均。",
    )
    return f'<h3>{title}</h3><p class="hint">{hint}</p><div class="scroll" tabindex="0">{table(head, rows)}</div>'


def _unity(summary: Summary, case: Case, pictures: Pictures | None) -> str:
    if pictures is None:
        return ""
    rows = []
    for structure, found in pictures.cohesion.items():
        rows.append([text_of(summary.structures[structure]), *_unity_cells(found, case, structure)])
    few = min(pictures.cohesion, key=lambda name: (len(pictures.cohesion[name].two_masters), name != summary.base))
    many = max(pictures.cohesion, key=lambda name: len(pictures.cohesion[name].two_masters))
    least, most = (len(pictures.cohesion[name].two_masters) for name in (few, many))
    names = [summary.structures[name] for name in (few, many)]
    if least == most:
        title = both(
            f"Headquarters with two masters: {least or 'none'} in every structure",
            f"二重の指揮を受ける司令部:どの体制も{least or 'なし'}",
        )
    else:
        title = both(
            f"Two masters: {least} under “{names[0].en}”, {most} under “{names[1].en}”",
            f"二重の指揮:「{names[0].in_language('ja')}」{least}、「{names[1].in_language('ja')}」{most}",
        )
    head = [
        both("Structure", "体制"),
        both("Two masters", "二重の指揮"),
        both("Nobody decides", "決定者なし"),
        both("Whose loss cuts others off", "失うと他が孤立するもの"),
        both("Must be lost to part the nations", "両国を切り離すのに必要な喪失数"),
        both("Most central", "最も中心的"),
    ]
    hint = both(
        "From the graph of relations and counterparts. Two masters: orders (COCOM, OPCON, TACON) from two superiors, "
        "or one person in posts under different ones. Most central: the share of shortest ways "
        "between others that pass through it.",
        "関係とカウンターパートのグラフによる。二重の指揮とは、二つの上級から命令(COCOM・OPCON・TACON)を受けること、"
        "または一人が異なる上級の下の職を兼ねること。中心性は、他の二者間の最短経路が通る割合。",
    )
    return f'<h3>{title}</h3><p class="hint">{hint}</p><div class="scroll" tabindex="0">{table(head, rows)}</div>'


def _unity_cells(found: Cohesion, case: Case, structure: str) -> list[str]:
    houses, persons = case.structures[structure].headquarters, case.structures[structure].persons

    def named(id: str) -> Text:
        return short_name(houses[id].name if id in houses else persons[id].name if id in persons else Text(id))

    masters = [
        both(
            f"{named(who).en}: {', '.join(named(each).en for each in above)}",
            f"{named(who).in_language('ja')}:{'、'.join(named(each).in_language('ja') for each in above)}",
        )
        for who, above in found.two_masters.items()
    ]
    cuts = [
        both(
            f"{named(each.headquarters).en} ({len(each.cut_off)})",
            f"{named(each.headquarters).in_language('ja')}({len(each.cut_off)})",
        )
        for each in found.weaknesses[:MOST_CUTS]
    ]
    rest = len(found.weaknesses) - MOST_CUTS
    if rest > 0:
        cuts.append(both(f"and {rest} more", f"ほか{rest}"))
    hub = text_of(named(found.hub)) if found.hub else "–"
    return [
        "<br>".join(masters) or "–",
        escape(", ".join(found.undecided)) or "–",
        "<br>".join(cuts) or "–",
        str(found.links_across) if found.links_across else "–",
        f"{hub} {both(share(found.hub_share), share(found.hub_share, 'ja'))}",
    ]


# --- doubts


def _doubts(summary: Summary) -> str:
    items = []
    for cell in summary.cells:
        for overload in cell.overloads:
            scenario = summary.scenarios[cell.scenario]
            items.append(
                both(
                    f"{cell.structure}, {scenario.en}, {cell.decision_class}: the desk {overload.desk} is "
                    f"offered {load(overload.load)} of what it can do; "
                    f"its backlog grows in {share(overload.growing_share)} of futures. No long-run mean is given.",
                    f"{cell.structure}、{scenario.ja or scenario.en}、{cell.decision_class}:部署 "
                    f"{overload.desk} の負荷は能力の{load(overload.load, 'ja')}、"
                    f"滞貨は未来の{share(overload.growing_share, 'ja')}で増え続ける。長期の平均は示さない。",
                )
            )
    items += [
        f'<span lang="en">{_coded(warning.en)}</span><span lang="ja">{_coded(warning.ja)}</span>'
        for warning in summary.warnings
    ]
    if not items:
        return f"<p>{both('None.', 'なし。')}</p>"
    return '<ul class="warnings">' + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _coded(text: str) -> str:
    """Return text in which what stands between back-ticks is code."""
    pieces = escape(text).split("`")
    return "".join(
        f"<code>{piece}</code>" if number % 2 and number < len(pieces) - 1 else piece
        for number, piece in enumerate(pieces)
    )


# --- how to repeat it


def _repeat(summary: Summary, case: Case) -> str:
    words = ["renkei", "study", case.id]
    if tuple(summary.structures) != case.plan.structures:
        words += ["--structure", ",".join(summary.structures)]
    if tuple(summary.scenarios) != case.plan.scenarios:
        words += ["--scenario", ",".join(summary.scenarios)]
    words += [
        "--futures",
        str(summary.futures),
        "--replications",
        str(summary.replications),
        "--seed",
        str(summary.seed),
    ]
    said = both(
        "The same files, seed and locked versions give the same numbers to the last digit, on any number of "
        "cores. The files' fingerprints and all versions "
        "are in manifest.json, beside this report.",
        "同じファイル、シード、固定された版であれば、コア数によらず最後の桁まで同じ結果になる。"
        "ファイルの指紋と各版はこの報告書と同じ場所の manifest.json にある。",
    )
    return f'<pre tabindex="0"><code>{escape(shlex.join(words))}</code></pre><p>{said}</p>'
