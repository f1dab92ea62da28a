"""Verdicts in plain words, in English and Japanese, for somebody who has to decide and not to calculate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from renkei.analysis.answer import UNITS
from renkei.analysis.selection import FIRST_STAGE, SCREENING, TOURNAMENT
from renkei.analysis.verdict import BATCH
from renkei.model.quantity import Text
from renkei.model.verdict import Bounds, Repeat, Verdict

MEASURE_PHRASES: Final = {
    "median": Text("half of all decisions are ordered within", "決定の半数が命令に至るまで"),
    "mean": Text("a decision is ordered after, on average,", "決定が命令に至るまで平均"),
    "p90": Text("nine decisions in ten are ordered within", "決定の9割が命令に至るまで"),
    "missed": Text("the share of decisions that come too late is", "期限に遅れる決定の割合は"),
}
"""On average over runs. A tail is of single decisions, one of each future, so it may differ a little."""

ASSUMPTIONS: Final = (
    Text(
        "The model is taken as given: the guarantee is about chance in the simulation, and says nothing of whether the "
        "model is true.",
        "モデルは所与とする。保証は模擬における偶然についてのもので、モデルが正しいかどうかについては何も述べない。",
    ),
    Text(
        "The uncertain assumptions are drawn between their low and high values as assumptions.yaml states them.",
        "不確かな前提は、assumptions.yaml に書かれた下限と上限の間で抽出される。",
    ),
    Text(
        "An observation is the mean over ten fresh futures with one run in each; observations are independent of one "
        "another and taken to be normally distributed.",
        "一つの観測値は、新たな十通りの未来(各一回の試行)の平均である。観測値は互いに独立で、正規分布に従うとみなす。",
    ),
    Text(
        "Correct means: the best structure is chosen whenever it is ahead of every other by the indifference zone or "
        "more.",
        "「正しい」とは、最良の体制がほかのすべてを無差別域以上に上回るとき、それが選ばれることをいう。",
    ),
)
"""Under which the probability of a correct selection is guaranteed."""


def other_futures(scenario: Text) -> Text:
    """Return that in a scenario structures did not meet the same futures."""
    return Text(
        f"{scenario.en}: structures did not meet the same futures, since that made their differences less certain",
        f"{scenario.in_language('ja')}: 同じ未来を使うと差がかえって不確かになるため、体制ごとに別の未来を用いた",
    )


def no_verdict_together(*, apart: bool) -> Text:
    """Return that there is no verdict over all scenarios, though weights are stated."""
    if apart:
        return Text(
            "there is no verdict over all scenarios: structures did not meet the same futures",
            "全シナリオを通した結論はない。体制ごとに別の未来を使った",
        )
    return Text(
        "there is no verdict over all scenarios: no structure can be chosen in all of them",
        "全シナリオを通した結論はない。すべてのシナリオで選べる体制がない",
    )


def over_the_years(path: Text, begins: str, years: int, stands: Mapping[Text, int]) -> Text:
    """Return what stands for a phased path in each ten futures."""
    english = ", ".join(f"in {count} as “{stage.en}”" for stage, count in stands.items())
    japanese = "、".join(f"{count}通りでは「{stage.in_language('ja')}」" for stage, count in stands.items())
    return Text(
        f"“{path.en}” is looked at over {years} years from {begins} on: of ten futures {english}",
        f"「{path.in_language('ja')}」は{begins}からの{years}年間を通して見る。十通りの未来のうち{japanese}とする",
    )


def not_weighed(missing: Mapping[Text, Sequence[Text]]) -> Text:
    """Return that scenarios were not run that stakeholders weigh, and who weighs each."""
    english = "; ".join(f"{name.en} ({', '.join(each.en for each in whose)})" for name, whose in missing.items())
    japanese = "、".join(
        f"{name.in_language('ja')}({'、'.join(each.in_language('ja') for each in whose)})"
        for name, whose in missing.items()
    )
    return Text(
        f"what is said of stakeholders leaves out scenarios that they weigh and that were not run: {english}",
        f"利害関係者についての記述は、試行していない次のシナリオへの関心を除く: {japanese}",
    )


def only_verdicts(structures: int) -> Text:
    """Return what is not said of very many structures."""
    return Text(
        f"of {structures} structures only the verdict is given; choose once more among the foremost of them "
        "(--structure) for what it rests on and what would overturn it",
        f"{structures}の体制については結論だけを示す。結論の根拠と、それを覆しうるものは、上位の体制だけで選び直すと"
        "分かる(--structure)",
    )


@dataclass(frozen=True, slots=True)
class Names:
    """How things are called."""

    structures: Mapping[str, Text]
    scenarios: Mapping[str, Text]
    classes: Mapping[str, Text]


def paragraph(verdict: Verdict, names: Names) -> Text:
    """Return the paragraph of a verdict."""
    return Text(*(_Words(names, language).verdict(verdict) for language in ("en", "ja")))


def whole_text(
    verdicts: Sequence[Verdict],
    overall: Verdict | None,
    names: Names,
    guesses: int,
    total: int,
    repeats: Sequence[Repeat] = (),
    excluded: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Text:
    """Return the answer: over all scenarios first, if there is one, and last what it rests on.

    ``excluded`` has, for scenarios in which no structure can be chosen, the reason of each.
    """
    texts = []
    for language in ("en", "ja"):
        words = _Words(names, language)
        passages = [each.text.in_language(language) for each in ([overall] if overall else []) + list(verdicts)]
        if overall is None and len(verdicts) > 1:
            passages.insert(0, words.together(verdicts))
        decided = {each.scenario for each in verdicts}
        undecided = [scenario for scenario in names.scenarios if scenario not in decided]
        passages += [words.none(scenario, excluded.get(scenario, {})) for scenario in undecided]
        passages.append(
            words.say(" ", "").join(part for part in (words.repeated(repeats), words.doubt(guesses, total)) if part)
        )
        texts.append("\n".join(passage for passage in passages if passage))
    return Text(*texts)


@dataclass(frozen=True, slots=True)
class _Words:
    names: Names
    language: str

    def say(self, english: str, japanese: str) -> str:
        return japanese if self.language == "ja" else english

    def name(self, structure: str) -> str:
        known = self.names.structures.get(structure)
        return self.say(
            *((f"“{x}”", f"「{x}」") if (x := known.in_language(self.language) if known else structure) else ("", ""))
        )

    def listed(self, structures: Sequence[str]) -> str:
        each = [self.name(structure) for structure in structures]
        if self.language == "ja":
            return "".join(each)
        return each[0] if len(each) == 1 else ", ".join(each[:-1]) + " and " + each[-1]

    def size(self, value: float, unit: str) -> str:
        if unit == "share":
            return self.say(f"{_figures(100 * value)} percentage points", f"{_figures(100 * value)}ポイント")
        length, word = self._unit(value)
        return f"{_figures(value / length)}{word}"

    def level(self, value: float, unit: str) -> str:
        return f"{_figures(100 * value)} %" if unit == "share" else self.size(value, unit)

    def _unit(self, seconds: float) -> tuple[float, str]:
        length, english, japanese = next(e[1:] for e in UNITS if abs(seconds) < e[0] or e[0] == math.inf)
        return length, self.say(english, japanese)

    def range(self, bounds: Bounds, unit: str) -> str:
        return self.say(
            f"{self.size(bounds.low, unit)} to {self.size(bounds.high, unit)}",
            f"{self.size(bounds.low, unit)}~{self.size(bounds.high, unit)}",
        )

    def none(self, scenario: str, excluded: Mapping[str, str]) -> str:
        """Return that there is nothing to choose in a scenario, and why."""
        name = self.names.scenarios[scenario].in_language(self.language) or scenario
        said = self.say(f"{name}: no structure can be chosen.", f"【{name}】選べる体制がない。")
        for reason, english, japanese in (
            ("overloaded", " More work comes than can be done: {}.", "処理能力を超える: {}。"),
            ("nothing-measured", " No decision was measured: {}.", "測られた決定がない: {}。"),
        ):
            those = [self.name(structure) for structure, why in excluded.items() if why == reason]
            if those:
                said += self.say(english.format(", ".join(those)), japanese.format("、".join(those)))
        return said

    def verdict(self, verdict: Verdict) -> str:
        """Return the paragraph."""
        sentences = [
            self._choice(verdict),
            self._level(verdict),
            self._tail(verdict),
            self._certainty(verdict),
            self._excluded(verdict),
        ]
        head = self._head(verdict)
        return head + self.say(" ", "").join(sentence for sentence in sentences if sentence)

    def _head(self, verdict: Verdict) -> str:
        if verdict.weights:
            listed = ", ".join(
                f"{self.names.scenarios[name].in_language(self.language) or name} {100 * weight:.0f} %"
                for name, weight in verdict.weights.items()
            )
            return self.say(f"Over all scenarios, weighted ({listed}): ", f"【全シナリオ。重み: {listed}】")
        name = self.names.scenarios[verdict.scenario].in_language(self.language) or verdict.scenario
        return self.say(f"{name}: ", f"【{name}】")

    def _choice(self, verdict: Verdict) -> str:
        best = self.name(verdict.best)
        if verdict.gap is None:
            return self.say(f"only {best} can be chosen.", f"選べるのは{best}だけである。")
        if verdict.is_tie:
            return self._tie(verdict)
        second = min((each for each in verdict.standings if each.structure != verdict.best), key=lambda e: e.mean.value)
        more = self.say(*(("longer", "長くかかる") if verdict.unit == "s" else ("more", "多い")))
        gap, interval = self.size(verdict.gap.value, verdict.unit), self.range(verdict.gap, verdict.unit)
        return self.say(
            f"choose {best}. With the next best, {self.name(second.structure)}, it takes {gap} {more} ({interval}).",
            f"{best}を選ぶべきである。次に良い{self.name(second.structure)}では{gap}({interval}){more}。",
        )

    def _tie(self, verdict: Verdict) -> str:
        best = self.name(verdict.best)
        others = [name for name in verdict.tied if name not in verdict.within_zone]
        zone = self.size(verdict.zone, verdict.unit)
        sentences = [
            self.say(
                f"a tie between {self.listed([verdict.best, *verdict.tied])}.",
                f"{self.listed([verdict.best, *verdict.tied])}は互角である。",
            )
        ]
        if verdict.within_zone:
            most = self.size(self._most(verdict, verdict.within_zone), verdict.unit)
            near = self.listed(verdict.within_zone)
            if len(verdict.within_zone) > 1 and not others:
                near = self.say("The others", "他の体制")
            sentences.append(
                self.say(
                    f"{near} {'is' if len(verdict.within_zone) == 1 else 'are'} within "
                    f"{most} of {best}, which came out first: less than what was said to matter ({zone}), so cost or "
                    "other grounds may decide.",
                    f"{near}と、最初に残った{best}との差は{most}以内で、問題とされた差"
                    f"({zone})を下回る。費用などほかの理由で決めてよい。",
                )
            )
        if others:
            value = self._most(verdict, others)
            most = self.size(value, verdict.unit) if math.isfinite(value) else ""
            sentences.append(
                self.say(
                    f"That {best}, which came out first, is better than {self.listed(others)} is not shown; "
                    + (f"they differ by at most {most}." if most else "by how much they may differ is not known."),
                    f"最初に残った{best}が{self.listed(others)}より優れているとは示されていない。"
                    + (f"差は大きくても{most}である。" if most else "差がどれほどかは分からない。"),
                )
            )
        return self.say(" ", "").join(sentences)

    @staticmethod
    def _most(verdict: Verdict, names: Sequence[str]) -> float:
        """Return by how much any of them may differ from the chosen one."""
        behind = [each.behind_chosen for each in verdict.standings if each.structure in names]
        return max(abs(bound) for each in behind for bound in (each.low, each.high))

    def _level(self, verdict: Verdict) -> str:
        best = next(each for each in verdict.standings if each.structure == verdict.best)
        value = self.level(best.mean.value, verdict.unit)
        if verdict.weights:
            return self.say(
                f"With it the scenarios' weighted mean is {value}.", f"その場合、シナリオの加重平均は{value}である。"
            )
        phrase = MEASURE_PHRASES[verdict.measure].in_language(self.language)
        known = self.names.classes.get(verdict.decision_class)
        decided = (known.in_language(self.language) if known else "") or verdict.decision_class
        of = self.say(f" ({decided})", f"({decided})") if decided else ""
        bound = (
            self.say(" or more, since some decisions were still open", "以上(未了の決定があるため)")
            if best.open_share > 0
            else ""
        )
        return self.say(
            f"With it {phrase} {value}{bound} on average over futures{of}.",
            f"その場合、{phrase}{value}{bound}である(未来の平均){of}。",
        )

    def _tail(self, verdict: Verdict) -> str:
        tail = next((each for each in verdict.tails if each.structure == verdict.best), None)
        if tail is None:
            return ""
        parts = []
        for bounds, english, japanese in (
            (tail.p90_s, "nine in ten", "9割"),
            (tail.p99_s, "99 in 100", "99%"),
        ):
            if bounds is not None and math.isfinite(bounds.high):
                top = self.size(bounds.high, "s")
                # With few runs only an upper bound is known.
                between = self.range(bounds, "s") if bounds.low > 0 else self.say(f"at most {top}", f"{top}以下")
                time = f"{self.size(bounds.value, 's')} ({between})"
                parts.append(self.say(f"{english} within {time}", f"{japanese}は{time}以内"))
        if tail.missed is not None:
            low, high = (f"{_figures(100 * bound)}" for bound in (tail.missed.low, tail.missed.high))
            share = f"{_figures(100 * tail.missed.value)} % ({low} to {high})"
            ja = f"{_figures(100 * tail.missed.value)}%({low}~{high})"
            parts.append(self.say(f"{share} miss the deadline", f"期限に遅れるのは{ja}"))
        if not parts:
            return ""
        english = "; ".join(parts)
        return self.say(
            f"Of single decisions, one of each future, {english}.",
            f"各未来から一つずつ取った決定のうち、{'、'.join(parts)}。",
        )

    def _certainty(self, verdict: Verdict) -> str:
        if verdict.gap is None:
            return ""
        zone, asked = self.size(verdict.zone, verdict.unit), f"{100 * verdict.confidence:.4g} %"
        how = self._how(verdict)
        if verdict.procedure == "OCBA":
            return self.say(
                f"The {verdict.runs} runs were spent where they told most; a fixed number of runs guarantees nothing, "
                "only the intervals speak.",
                f"{verdict.runs}回の試行を最も有益なところに配分した。回数が決まっている場合は保証がなく、区間だけが根拠となる。",
            )
        if verdict.is_tie and verdict.guaranteed is not None:
            return how + self.say(
                f"Had one structure been better than every other by {zone} or more, it would have been found with a "
                f"probability of at least {asked}; {verdict.futures} futures sufficed to say so.",
                f"ほかのすべてを{zone}以上上回る体制があれば、少なくとも{asked}の確率で見いだされた"
                f"({verdict.futures}通りの未来で足りた)。",
            )
        if verdict.guaranteed is None:
            least = FIRST_STAGE * BATCH
            few = (
                (f", which needs {least} at least", f"(少なくとも{least}通りが必要)")
                if verdict.futures_seen < least
                else ("", "")
            )
            return how + self.say(
                f"The {verdict.futures_seen} futures did not suffice for a choice with the guarantee asked for "
                f"({asked}, differences from {zone} on){few[0]}; only the intervals speak.",
                f"{verdict.futures_seen}通りの未来では、求められた保証({asked}、{zone}以上の差)に足りなかった{few[1]}。"
                "区間だけが根拠となる。",
            )
        return how + self.say(
            f"If one structure is better than every other by {zone} or more, it is this one with a probability of at "
            f"least {asked}; {verdict.futures} futures sufficed to say so.",
            f"ほかのすべてを{zone}以上上回る体制があるなら、少なくとも{asked}の確率でこれである"
            f"({verdict.futures}通りの未来で足りた)。",
        )

    def _how(self, verdict: Verdict) -> str:
        """Return how very many structures were compared, each in futures of its own."""
        if verdict.procedure == SCREENING:
            return self.say(
                f"{verdict.among} structures were compared, each in futures of its own: what the first hundred show to "
                "be worse was left out, the rest was run as often as its own chance asks for. Those with the lowest "
                "means are shown. ",
                f"{verdict.among}の体制を、それぞれ別の未来で比べた。最初の100通りで劣ると示されたものを除き、残りはそれぞれの"
                "ばらつきに応じた回数だけ試行した。平均が小さいものを示す。",
            )
        if verdict.procedure == TOURNAMENT:
            return self.say(
                f"{verdict.among} structures were compared in a knockout tournament, each in futures of its own. ",
                f"{verdict.among}の体制を、それぞれ別の未来を用い、勝ち抜き戦で比べた。",
            )
        return ""

    def _excluded(self, verdict: Verdict) -> str:
        overloaded = [name for name, reason in verdict.excluded.items() if reason == "overloaded"]
        if not overloaded:
            return ""
        return self.say(
            f"Out of the question, since the work is more than they can do: {self.listed(overloaded)}.",
            f"仕事量が処理能力を超えるため、候補にならないもの: {self.listed(overloaded)}。",
        )

    def together(self, verdicts: Sequence[Verdict]) -> str:
        """Return what the scenarios have in common, where no weights are stated."""
        firsts = [{verdict.best, *verdict.tied} for verdict in verdicts]
        always = [name for name in firsts[0] if all(name in each for each in firsts)]
        always.sort(key=list(self.names.structures).index)
        if always:
            return self.say(
                f"In no scenario {'is' if len(always) == 1 else 'are'} {self.listed(always)} shown to be worse than "
                "the best by what matters. There is no verdict over all scenarios, since no weights are stated.",
                f"{self.listed(always)}は、どのシナリオでも最良より意味のある差で劣るとは示されていない。"
                "シナリオの重みが示されていないため、全体の結論は出さない。",
            )
        return self.say(
            "No structure is best in every scenario, and no weights are stated that would decide between them.",
            "すべてのシナリオで最良の体制はなく、シナリオの重みも示されていない。シナリオごとの結論を参照。",
        )

    def repeated(self, repeats: Sequence[Repeat]) -> str:
        """Return whether the choices would be the same without familiarity."""
        if not repeats:
            return ""
        others = [each for each in repeats if not each.same]
        if not others:
            return self.say(
                "How much familiarity between counterparts helps is a guess; if it did not help at all, the same "
                "structures would be chosen, or be tied with those that are.",
                "相手方との慣れの効果は推測である。効果がまったくないとしても、同じ体制が選ばれるか、選ばれるものと互角になる。",
            )
        listed = [
            self.say(
                f"{self.names.scenarios[each.scenario].in_language(self.language) or each.scenario}: "
                f"{self.name(each.best)}",
                f"{self.names.scenarios[each.scenario].in_language(self.language) or each.scenario}では"
                f"{self.name(each.best)}",
            )
            for each in others
        ]
        return self.say(
            "How much familiarity between counterparts helps is a guess; if it did not help at all, another structure "
            f"would be chosen ({'; '.join(listed)}).",
            f"相手方との慣れの効果は推測である。効果がまったくないとすれば、選択が変わる({'、'.join(listed)})。",
        )

    def doubt(self, guesses: int, total: int) -> str:
        """Return what all of it rests on."""
        return self.say(
            f"All of this holds given the model and its {total} assumptions, {guesses} of which are guesses: the "
            "probabilities are about chance in the simulation, not about whether the model is true.",
            f"以上はすべて、モデルとその{total}件の前提(うち{guesses}件は推測)の下で成り立つ。"
            "確率は模擬における偶然についてのもので、モデルが正しいかどうかについてのものではない。",
        )


def _figures(value: float) -> str:
    """Return a number to two figures, or whole where it is larger."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    decimals = max(0, 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}" if decimals else f"{value:.0f}"
    return text.replace("-", "−")
