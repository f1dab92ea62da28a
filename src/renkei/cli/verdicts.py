"""What a choice found, on a terminal of 80 columns: the answer, then a table for each scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator

from renkei.cli.columns import NARROW, WIDTH, clip, left, right, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.verdict import Bounds, Choice, Standing, Verdict
from renkei.report.wording import duration, factor

MEAN, BEHIND, RANGE, COMMON = 9, 11, 20, 0 if NARROW else 8
NAME = WIDTH - MEAN - BEHIND - RANGE - COMMON
SCENARIO, AHEAD, SURE = 26, 10, 9

WORDS = {
    "title": {"en": "The choice", "ja": "選択"},
    "structure": {"en": "structure", "ja": "体制"},
    "median": {"en": "median", "ja": "中央値"},
    "mean": {"en": "mean", "ja": "平均"},
    "p90": {"en": "9 in 10", "ja": "9割"},
    "missed": {"en": "late", "ja": "遅延"},
    "behind": {"en": "behind", "ja": "差"},
    "interval": {"en": "interval for all", "ja": "同時区間"},
    "common": {"en": "gain", "ja": "効率"},
    "chosen": {"en": "chosen", "ja": "選択"},
    "tie": {"en": "tied", "ja": "互角"},
    "first": {"en": "came out first", "ja": "首位"},
    "scenario": {"en": "scenario", "ja": "シナリオ"},
    "answer": {"en": "chosen, or first of a tie", "ja": "選択(互角ならその首位)"},
    "ahead": {"en": "ahead by", "ja": "次点との差"},
    "sure": {"en": "sure", "ja": "確かさ"},
    "tie_of": {"en": "tie of {count}", "ja": "互角{count}案"},
    "overall": {"en": "Over all scenarios", "ja": "全シナリオ"},
    "note": {"en": "Note", "ja": "注意"},
}
COMMON_IN_WORDS = {
    "en": " gain: by what factor meeting the same futures and chance lowers the variance of the difference.",
    "ja": "効率: 同じ乱数と未来を使うことで、差の分散が何分の一になったか。",
}
REASONS = {
    "overloaded": {"en": "overloaded: its work is more than it can do", "ja": "処理能力超過"},
    "reference": {"en": "for comparison only: nobody proposes it", "ja": "比較用(誰も提案していない)"},
    "nothing-measured": {"en": "no decision was measured", "ja": "測られた決定がない"},
    "missing": {"en": "not in every scenario", "ja": "一部のシナリオにない"},
}


def choice_lines(choice: Choice, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield the lines that ``renkei choose`` prints."""
    for line in wrap(choice.name.in_language(language) or choice.case):
        yield paint(line, "bold")
    if question := choice.question.in_language(language):
        yield from wrap(question)
    if language == "ja":
        yield f"未来{choice.futures}通り以内×反復{choice.replications}回、シード{choice.seed}"
    else:
        runs = "1 replication" if choice.replications == 1 else f"{choice.replications} replications"
        yield f"up to {choice.futures} futures x {runs}, seed {choice.seed}"
    yield ""
    yield paint(WORDS["title"][language], "bold")
    if len(choice.verdicts) > 1 and not NARROW:
        yield from _answers(choice, language, paint)
        yield ""
    for number, passage in enumerate(choice.text.in_language(language).split("\n")):
        if number:
            yield ""
        yield from wrap(passage, WIDTH, "  ")
    for verdict in (*((choice.overall,) if choice.overall else ()), *choice.verdicts):
        yield ""
        yield from _table(choice, verdict, language, paint)
    yield ""
    if choice.verdicts:
        yield from wrap(_legend(language) + ("" if NARROW else COMMON_IN_WORDS[language]))
    for warning in choice.warnings:
        yield from wrap(f"{WORDS['note'][language]}: {warning.in_language(language)}")


def _answers(choice: Choice, language: str, paint: Paint) -> Iterator[str]:
    """Yield the answer of each scenario in a line: what the paragraphs say at length."""
    room = WIDTH - SCENARIO - AHEAD - SURE
    heads = ((left, "scenario", SCENARIO), (left, "answer", room), (right, "ahead", AHEAD), (right, "sure", SURE))
    yield "".join(place(WORDS[word][language], columns) for place, word, columns in heads)
    yield "─" * WIDTH
    for verdict in (*((choice.overall,) if choice.overall else ()), *choice.verdicts):
        known = choice.scenarios.get(verdict.scenario)
        where = (known.in_language(language) if known else WORDS["overall"][language]) or verdict.scenario
        best = choice.structures[verdict.best].in_language(language) or verdict.best
        ahead = "–"
        if verdict.is_tie:
            ahead = WORDS["tie_of"][language].format(count=1 + len(verdict.tied))
        elif verdict.gap is not None:
            ahead = _size(verdict.gap.value, verdict.unit, language)
        sure = "–" if verdict.guaranteed is None or verdict.is_tie else f"≥ {100 * verdict.guaranteed:.4g} %"
        name = left(clip(best, room - 1), room)
        name = name if verdict.is_tie else paint(name, "bold")
        yield left(clip(where, SCENARIO - 1), SCENARIO) + name + right(ahead, AHEAD) + right(sure, SURE)
    yield "─" * WIDTH


def _table(choice: Choice, verdict: Verdict, language: str, paint: Paint) -> Iterator[str]:
    names = choice.scenarios
    title = names[verdict.scenario].in_language(language) if verdict.scenario else WORDS["overall"][language]
    known = choice.classes.get(verdict.decision_class)
    decided = f" · {known.in_language(language)}" if known else ""
    yield paint(clip(f"{title or verdict.scenario}{decided}", WIDTH), "bold")
    yield "─" * WIDTH
    heads = (WORDS[verdict.measure], WORDS["behind"], WORDS["interval"], WORDS["common"])
    columns = (MEAN, BEHIND, RANGE, COMMON)
    yield left(WORDS["structure"][language], NAME) + "".join(
        right(head[language], width) for head, width in zip(heads, columns, strict=True) if width
    )
    for standing in verdict.standings:
        yield _row(choice, verdict, standing, language, paint)
    for name, reason in verdict.excluded.items():
        shown = clip(choice.structures[name].in_language(language) or name, NAME - 1)
        yield paint(left(shown, NAME) + "  " + REASONS[reason][language], "dim")


def _row(choice: Choice, verdict: Verdict, standing: Standing, language: str, paint: Paint) -> str:
    name = clip(choice.structures[standing.structure].in_language(language) or standing.structure, NAME - 1)
    mean = ("≥" if standing.open_share > 0 else "") + _size(standing.mean.value, verdict.unit, language)
    if standing.structure == verdict.best:
        mark = WORDS["first" if verdict.is_tie else "chosen"][language]
        line = left(name, NAME) + right(mean, MEAN) + "  " + mark
        return paint(line, "bold")
    behind = _size(standing.behind_chosen.value, verdict.unit, language, sign=True)
    tied = "=" if standing.structure in verdict.tied else " "
    gain = "" if NARROW else factor(standing.variance_reduction)
    return (
        left(name, NAME)
        + right(mean, MEAN)
        + right(behind, BEHIND - 1)
        + tied
        + right(_range(standing.behind_chosen, verdict.unit, language), RANGE)
        + right(gain, COMMON)
    )


def _range(bounds: Bounds, unit: str, language: str) -> str:
    between = "~" if language == "ja" else " to "
    return _size(bounds.low, unit, language) + between + _size(bounds.high, unit, language)


def _size(value: float, unit: str, language: str, *, sign: bool = False) -> str:
    if unit == "share":
        return "–" if math.isnan(value) else f"{100 * value:{'+' if sign else ''}.1f} %"
    return duration(value, language, sign=sign)


def _legend(language: str) -> str:
    if language == "ja":
        return (
            "差: 選ばれた体制との差(=は互角：差が示されないか、問題とならない大きさと示されたもの)。"
            "同時区間: すべての比較について同時に成り立つ。"
        )
    return (
        "behind: how much more than the chosen one (=: tied, since no difference is shown or one shown to be too small "
        "to matter). interval for all: holds for all comparisons at once."
    )
