"""What each structure costs, once and every year, in one currency at the prices of one year."""

from __future__ import annotations

from collections.abc import Iterable

from renkei.model.quantity import Text
from renkei.model.results import CostItem, Spread, StructureCost, Summary
from renkei.model.scenario import Case
from renkei.report.charts import BOTTOM, LABEL, WIDE, Rows, names_of
from renkei.report.markup import both, escape, figure, table, text_of
from renkei.report.plotting import Words, altair, axis, drawn
from renkei.report.wording import money, money_spread

HEAD, ROW, ROOM = 28.0, 34.0, 296.0


def costs(summary: Summary, case: Case) -> str:
    """Return the section; empty where no structure has a cost."""
    if not summary.costs:
        return ""
    first = summary.costs[0]
    dearest = max(summary.costs, key=lambda each: each.once.median)
    name = summary.structures[dearest.structure]
    title = both(
        f"{name.en} costs most to set up: {money(dearest.once.median)} million {first.currency} of {first.year}",
        f"最も初期費用が大きいのは「{name.in_language('ja')}」:{money(dearest.once.median)}百万{first.currency}"
        f"({first.year}年価格)",
    )
    free = [summary.structures[each.structure] for each in summary.costs if not each.items]
    from_en = f"“{free[0].en}”" if free else "the structure that extends nothing"
    from_ja = f"「{free[0].in_language('ja')}」" if free else "何も継承しない体制"
    items = distinct(summary.costs)
    hint = both(
        f"In million {first.currency} at the prices of {first.year}, above {from_en}: the median over futures, and in "
        f"brackets low and high (5 % and 95 % of futures). {sum(item.guess for item in items)} of the {len(items)} "
        "items rest on a number that is a guess. Rates of currencies and the growth of prices are assumptions.",
        f"単位は百万{first.currency}({first.year}年価格)、{from_ja}に対する追加分。未来の中央値、括弧内は下限と上限"
        f"(5%と95%)。{len(items)}項目のうち{sum(item.guess for item in items)}項目は推測の数値による。"
        "為替と物価上昇率も前提である。",
    )
    chart = figure(
        "cost",
        _drawing(summary),
        (WIDE, HEAD + ROW * len(summary.costs) + BOTTOM),
        Text(f"Cost of each structure, million {first.currency}", f"各体制の費用(百万{first.currency})"),
        Text(
            "; ".join(
                f"{each.structure}: once {spread_text(each.once)}, yearly {spread_text(each.yearly)}"
                for each in summary.costs
            )
            + "."
        ),
        f"<h3>{title}</h3><p>{hint}</p>",
        _totals(summary),
    )
    return (
        f"{chart}<details><summary>{both('Every item, with its source', 'すべての項目と出典')}</summary>"
        f'<div class="scroll" tabindex="0">{_items(summary, case)}</div></details>'
    )


def _drawing(summary: Summary) -> str:
    """Return bars of the median, with a line from low to high: once on the left, yearly on the right."""
    parts = []
    for side, field in enumerate(("once", "yearly")):
        left = LABEL if side == 0 else 10.0
        spreads: list[Spread] = [getattr(each, field) for each in summary.costs]
        most = max((each.high for each in spreads), default=1.0) / 1e6 or 1.0
        library = altair()
        scale = library.Scale(domain=[0, most], nice=4)
        x = library.X("x:Q", scale=scale, axis=axis(unit=False, tickCount=4, format=",.6~r"))
        view = Rows(len(spreads), ROOM)
        known = [(row, each) for row, each in enumerate(spreads) if each.high > 0]
        bars = [{"x": 0, "x2": each.median / 1e6, "y": row + 0.2, "y2": row + 0.8} for row, each in known]
        lines = [{"x": each.low / 1e6, "x2": each.high / 1e6, "y": row + 0.5} for row, each in known]
        view.add("rect", bars, {"color": "var(--ridge)"}, x=x, x2="x2:Q", y2="y2:Q")
        view.add("rule", lines, {"color": "var(--accent)", "strokeWidth": 2}, x=x, x2="x2:Q")
        head = Words(("once",), ("一時",), "note") if side == 0 else Words(("every year",), ("毎年",), "note")
        view.text(-14 / ROW, 0, f"head {side}", head)
        for row, (cost, each) in enumerate(zip(summary.costs, spreads, strict=True)):
            said = spread_text(each)
            view.text(row + 0.5, ROOM + 128, f"said {row}", Words((said,), (said,), "value"), "right")
            if side == 0:
                name = f"name {cost.structure}"
                view.text(row + 0.5, -14, name, names_of(summary, [cost.structure])[name], "right")
        high = HEAD + ROW * len(spreads) + BOTTOM
        inner = drawn(view.chart(), view.data, (left + ROOM + 132, high), (left, HEAD, 132, BOTTOM), view.words)
        parts.append(inner if side == 0 else f'<g transform="translate({LABEL + ROOM + 140:g},0)">{inner}</g>')
    return "".join(parts)


def distinct(every: Iterable[StructureCost]) -> list[CostItem]:
    """Return the items, one that several structures have in common once."""
    return list({(item.name.en, item.change, item.stated_year): item for each in every for item in each.items}.values())


def spread_text(spread: Spread | None) -> str:
    """Return an amount with its low and high; a dash where there is none."""
    if spread is None or spread.high == 0:
        return "–"
    return money_spread(spread.low, spread.median, spread.high)


def _totals(summary: Summary) -> str:
    payers = sorted({name for each in summary.costs for name in (*each.by_payer_once, *each.by_payer_yearly)})
    head = [
        both("Structure", "体制"),
        both("Once", "一時"),
        both("Every year", "毎年"),
        *(both(f"{_payer(name).en} pays once", f"{_payer(name).ja}の負担(一時)") for name in payers),
        *(both(f"{_payer(name).en} pays yearly", f"{_payer(name).ja}の負担(毎年)") for name in payers),
    ]
    rows = [
        [
            text_of(summary.structures[each.structure]),
            f"<b>{spread_text(each.once)}</b>",
            f"<b>{spread_text(each.yearly)}</b>",
            *(spread_text(each.by_payer_once.get(name)) for name in payers),
            *(spread_text(each.by_payer_yearly.get(name)) for name in payers),
        ]
        for each in summary.costs
    ]
    return table(head, rows, kind="numbers")


def _payer(name: str) -> Text:
    return {"US": Text("US", "米国"), "JP": Text("Japan", "日本"), "": Text("Open who", "負担者未定")}.get(
        name, Text(name, name)
    )


def _items(summary: Summary, case: Case) -> str:
    head = [
        both("Item", "項目"),
        both("Of", "体制"),
        both("Once", "一時"),
        both("Every year", "毎年"),
        both("Paid by", "負担"),
        both("Stated in", "原典の通貨・年"),
        both("Source", "出典"),
    ]
    rows = []
    groups: dict[tuple[object, ...], list[str]] = {}
    for cost in summary.costs:
        for item in cost.items:
            groups.setdefault((item.name.en, item.change, item.since, item.once, item.yearly), []).append(
                cost.structure
            )
    shown: set[tuple[object, ...]] = set()
    for cost in summary.costs:
        for item in cost.items:
            key = (item.name.en, item.change, item.since, item.once, item.yearly)
            if key in shown:
                continue
            shown.add(key)
            of = [summary.structures[name] for name in groups[key]]
            mark = f' <span class="chip guess">{both("guess", "推測")}</span>' if item.guess else ""
            cited = case.assumptions.sources.get(item.source, "")
            rows.append(
                [
                    f"{text_of(item.name)}{mark}",
                    both("; ".join(each.en for each in of), "、".join(each.in_language("ja") for each in of)),
                    spread_text(item.once),
                    spread_text(item.yearly),
                    both(_payer(item.payer).en, _payer(item.payer).ja),
                    escape(f"{item.stated_currency} {item.stated_year}"),
                    escape(item.source or "–") + (f'<small class="id">{escape(cited)}</small>' if cited else ""),
                ]
            )
    return table(head, rows, kind="items")
