"""What else a choice rests on, as tables from choice.json: how late it can be, and what is worth finding out."""

from __future__ import annotations

from collections.abc import Mapping

from renkei.model.quantity import Text
from renkei.model.scenario import Case
from renkei.report.choice_charts import Found, interval, named, scenario_name, size, sizes
from renkei.report.choice_road import hint, scrolled
from renkei.report.markup import both, escape, table, text_of
from renkei.report.wording import worded

QUANTILES = {
    "p50_s": ("Half within", "半数", 6),
    "p90_s": ("Nine in ten within", "9割", 29),
    "p99_s": ("99 in 100 within", "99%", 299),
}
"""In words, and how many independent runs an interval needs."""


def tails(choice: Found) -> str:
    """Return how late a decision can be under the chosen structure of each scenario; under all of them, folded."""
    verdicts = [each for each in choice["verdicts"] if each["tails"]]
    if not verdicts:
        return ""
    head = [
        both("Scenario", "シナリオ"),
        both("Structure", "体制"),
        *(both(english, f"{japanese}がこの時間内") for english, japanese, _ in QUANTILES.values()),
        both("Misses the deadline", "期限超過"),
    ]
    chosen, every = [], []
    for verdict in verdicts:
        for each in verdict["tails"]:
            row = [
                text_of(scenario_name(choice, verdict)),
                text_of(named(choice, "structures", each["structure"])),
                *(_time(each[name], int(each["runs"]), least) for name, (_, _, least) in QUANTILES.items()),
                _share(each["missed"]),
            ]
            every.append(row)
            if each["structure"] == verdict["best"]:
                chosen.append(row)
    runs = max(int(each["runs"]) for verdict in verdicts for each in verdict["tails"])
    said = hint(
        f"One decision of one run in each future: {runs} independent ones at most. The intervals are exact for 95 %, "
        "whatever the distribution; the 99th in 100 is not given below 299.",
        f"各未来で1回の試行から1件の決定を引く(独立な{runs}件以下)。区間は分布によらず95%で厳密。"
        "99%点は299件未満では示さない。",
    )
    folded = (
        f"<summary>{both('All structures', 'すべての体制')}</summary>{scrolled(table(head, every, kind='verdicts'))}"
    )
    return said + scrolled(table(head, chosen, kind="verdicts")) + f"<details>{folded}</details>" + _rare(choice)


def _time(found: Found | None, runs: int, least: int) -> str:
    if found is None:
        return both(f"needs {least} runs; {runs} here", f"{least}件が必要(ここでは{runs}件)")
    if found["value"] is None:
        return both("still open at the end", "終わりにも未決")
    low, high = found["low"], found["high"]
    if high is None:
        bounds = both(f"{size(low, 's')} or more", f"{size(low, 's', 'ja')}以上")
    elif not low:
        bounds = both(f"at most {size(high, 's')}", f"{size(high, 's', 'ja')}以下")
    else:
        bounds = interval(low, high, "s")
    return f"{sizes(found['value'], 's')}<small>{bounds}</small>"


def _share(found: Found | None) -> str:
    if found is None:
        return both("no deadline", "期限なし")
    return f"{size(found['value'], 'share')}<small>{interval(found['low'], found['high'], 'share')}</small>"


def _rare(choice: Found) -> str:
    """Return how rarely deadlines are missed, where splitting was asked."""
    found = choice["analyses"].get("rare")
    if not found:
        return ""
    rows = [
        [
            text_of(named(choice, "scenarios", name)),
            text_of(named(choice, "structures", each["structure"])),
            f"{each['seen']} / {each['runs']}",
            f"{each['missed']['value']:.2g}<small>{each['missed']['low']:.2g} … {each['missed']['high']:.2g}</small>",
        ]
        for name, each in found.items()
    ]
    head = [
        both("Scenario", "シナリオ"),
        both("Structure", "体制"),
        both("Misses seen, of runs", "見えた超過(試行数)"),
        both("Probability, by splitting", "確率(分割法)"),
    ]
    return f"<h4>{both('Rare misses', 'まれな期限超過')}</h4>" + scrolled(table(head, rows, kind="verdicts"))


def knowing(choice: Found) -> str:
    """Return what it would gain to know before choosing, everything or one assumption: what to study next."""
    considered = choice["analyses"].get("considerations", {}).get("scenarios", {})
    if not considered:
        return ""
    rows = []
    for name, each in considered.items():
        known = "<br>".join(
            f"<code>{escape(assumption)}</code> {_bracket(worth, each['unit'])}"
            for assumption, worth in each["knowing"].items()
        )
        none = both("none is shown to be worth anything alone", "単独で価値が示されたものはない")
        rows.append(
            [text_of(named(choice, "scenarios", name)), _bracket(each["knowing_all"], each["unit"]), known or none]
        )
    head = [
        both("Scenario", "シナリオ"),
        both("To know all", "すべてを知れば"),
        both("To know one assumption", "一つの前提を知れば"),
    ]
    return hint(
        "How much sooner decisions would be ordered on average if it were known before choosing. The first number is "
        "too low on average, the second too high.",
        "選ぶ前に知れば平均でどれだけ早く命令に至るか。前の数は平均して低すぎ、後の数は高すぎる。",
    ) + scrolled(table(head, rows, kind="said"))


def _bracket(worth: Found, unit: str) -> str:
    low, high = worth["cross_fitted"], worth["naive"]
    return both(f"{size(low, unit)} … {size(high, unit)}", f"{size(low, unit, 'ja')} … {size(high, unit, 'ja')}")


# --- what flips an answer, several assumptions together


def together(choice: Found, considered: Found, case: Case) -> Text:
    """Return where the rival is better, in boxes of assumptions, and the nearest flip; empty where nothing is known."""
    rival = named(choice, "structures", considered["rival"])
    english, japanese = [], []
    for box in considered["boxes"]:
        if not box["shown"]:
            continue
        limits = [_limited(each, case) for each in box["limits"]]
        tested = box["tested"]
        share, low, high, cover = (
            f"{100 * tested[name]:.0f} %" for name in ("density", "density_low", "density_high", "coverage")
        )
        english.append(
            f"Where {' and '.join(each.en for each in limits)}, {rival.en} is better by what matters in {share} of "
            f"futures ({low} to {high}, in futures that had no part in finding this); {cover} of all such futures are "
            "there."
        )
        japanese.append(
            f"{'かつ'.join(each.ja for each in limits)}のとき、未来の{share}({low}~{high}、これを見つけるのに使わない"
            f"未来で確認)で{rival.ja or rival.en}が問題となるほど優る。そのような未来の{cover}がここにある。"
        )
    nearest = considered["nearest"]
    if nearest and nearest["assumptions"]:
        some = list(nearest["assumptions"].items())[:3]
        english.append("The least change that flips it, by the same reading: " + _values(some, case, "en") + ".")
        japanese.append("覆す最小の変化: " + _values(some, case, "ja") + "。")
    return Text(" ".join(english), "".join(japanese))


def _limited(limit: Mapping[str, object], case: Case) -> Text:
    name = str(limit["assumption"])
    parts = []
    for language in ("en", "ja"):
        low, high = (_value(name, limit[side], case, language) for side in ("low", "high"))
        if limit["low"] is None:
            parts.append(f"`{name}` ≤ {high}")
        elif limit["high"] is None:
            parts.append(f"`{name}` ≥ {low}")
        else:
            parts.append(f"{low} ≤ `{name}` ≤ {high}")
    return Text(*parts)


def _values(pairs: list[tuple[str, float]], case: Case, language: str) -> str:
    comma = "、" if language == "ja" else ", "
    return comma.join(f"`{name}` {_value(name, value, case, language)}" for name, value in pairs)


def _value(name: str, value: object, case: Case, language: str) -> str:
    if not isinstance(value, (int, float)):
        return ""
    known = case.assumptions.assumptions.get(name)
    return worded(known.dimension if known else "", float(value), language)
