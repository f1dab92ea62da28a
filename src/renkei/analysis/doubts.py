"""What a reader should know before relying on a study, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renkei.analysis.cells import ENOUGH
from renkei.analysis.resampling import FEWEST, middle
from renkei.analysis.runs import QUANTILES, SHARES, PairRuns
from renkei.model.quantity import Text
from renkei.model.results import Cell

Pairs = Mapping[tuple[str, str], PairRuns]
"""By structure and scenario."""

NAMES = {"median": Text("the median", "中央値"), "p90": Text("the 90th percentile", "90パーセンタイル")}
NAMES["p99"] = Text("the 99th percentile", "99パーセンタイル")


def too_few_runs(pair: PairRuns) -> list[Text]:
    """Return what too few futures or replications leave open."""
    said = []
    if pair.futures == 1:
        said.append(
            Text(
                "there is one future only: the intervals show chance within it, not the assumptions' ranges",
                "未来が1通りだけなので、区間はその中の偶然だけを示し、前提の幅を示さない",
            )
        )
    elif pair.futures < FEWEST:
        said.append(
            Text(
                f"there are {pair.futures} futures only: no difference is called shown with fewer than {FEWEST}",
                f"未来が{pair.futures}通りだけである。{FEWEST}通り未満では差が示されたとはしない",
            )
        )
    if pair.replications == 1:
        said.append(
            Text(
                "there is one replication only: the error from replications is not known",
                "反復が1回だけなので、反復による誤差は分からない",
            )
        )
    return said


def another_base(stated: str, base: str) -> list[Text]:
    """Return that the case's base was not run, and what stands in its place."""
    if stated == base:
        return []
    return [
        Text(
            f"the case's base `{stated}` was not run: `{base}`, the first that was, is the base here",
            f"この事例の基準`{stated}`は試行されていないため、最初の`{base}`を基準とした",
        )
    ]


def pile_ups(cells: Sequence[Cell]) -> list[Text]:
    """Return the classes of which ever more are on their way though no desk is overloaded."""
    return [
        Text(
            f"{cell.scenario}, {cell.structure}: decisions of class `{cell.decision_class}` pile up though no desk is "
            "overloaded (they wait for meetings or channels); no mean is given",
            f"{cell.scenario}、{cell.structure}:処理能力を超えた部署はないのに、種類`{cell.decision_class}`の決定が"
            "たまり続ける(会議か通信路を待っている)。平均は示さない",
        )
        for cell in cells
        if cell.piles_up
    ]


SOME = 0.01
"""From this share of open decisions on it is said that a mean leaves them out."""


def left_open(cells: Sequence[Cell], scenario: str) -> list[Text]:
    """Return which share of headline decisions a mean leaves out, since they were still open at the end."""
    listed = [
        f"`{cell.structure}` {100 * cell.open / cell.raised:.0f} %"
        for cell in cells
        if cell.headline and not cell.endless and cell.raised and cell.open / cell.raised >= SOME
    ]
    if not listed:
        return []
    return [
        Text(
            f"{scenario}: decisions that were still open at the end ({', '.join(listed)}) count as longer than any "
            "that ended; means and causes leave them out",
            f"{scenario}:終了時に未決だった決定({'、'.join(listed)})は、終わったどの決定よりも長いと数え、"
            "平均と原因別の内訳には含めない",
        )
    ]


def few_decisions(pairs: Pairs, structures: Sequence[str], scenarios: Sequence[str]) -> list[Text]:
    """Return which quantiles were taken over all runs, as a run has too few decisions for them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for scenario in scenarios:
        for row, name in enumerate(pairs[structures[0], scenario].layout.classes):
            fewest = min(
                middle((pair.of_class(row, "open") + pair.of_class(row, "done")).reshape(-1))
                for pair in (pairs[structure, scenario] for structure in structures)
            )
            short = tuple(key for key, share in zip(QUANTILES, SHARES, strict=True) if fewest < ENOUGH[share])
            if short:
                found.setdefault(short, []).append(f"`{name}` ({scenario}, {fewest:.0f})")
    said = []
    for short, classes in sorted(found.items(), key=lambda each: -len(each[0])):
        every = len(short) == len(QUANTILES)
        english = "every quantile" if every else " and ".join(NAMES[key].en for key in short)
        japanese = "すべての分位点" if every else "と".join(NAMES[key].ja for key in short)
        said.append(
            Text(
                f"{english} of these is taken over the decisions of all runs, as one run has too few (about so many): "
                + ", ".join(classes),
                f"次の種類の{japanese}は、1回の試行では決定が少ない(括弧内はおよその件数)ため、全試行の決定から"
                "求めた:" + "、".join(classes),
            )
        )
    return said


def cut_off(pairs: Pairs, structures: Sequence[str], scenario: str, limit: int) -> list[Text]:
    """Return which runs met the limit on events."""
    cut = {structure: int(pairs[structure, scenario].truncated.sum()) for structure in structures}
    if not any(cut.values()):
        return []
    english = ", ".join(f"{count} of `{structure}`" for structure, count in cut.items() if count)
    japanese = "、".join(f"`{structure}`の{count}回" for structure, count in cut.items() if count)
    return [
        Text(
            f"{scenario}: runs were cut off after {limit:,} events ({english}); their decisions count as open from "
            "there on (raise `events_per_run` in study.yaml)",
            f"{scenario}:事象{limit:,}件で打ち切られた試行がある({japanese})。その決定は以後未決と数える"
            "(study.yamlの`events_per_run`を上げる)",
        )
    ]
