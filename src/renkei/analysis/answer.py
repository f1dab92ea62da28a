"""The answer in plain words, in English and Japanese, with its doubt.

Never a bare rank: each sentence says by how much, how sure that is, and why; a difference that is not shown is called
so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.model.quantity import Text
from renkei.model.results import Cell, Comparison, Estimate

CAUSE_PHRASES: Final = {
    "work": Text("the work itself", "作業そのもの"),
    "queue": Text("waiting for people who are busy", "担当者の手が空くのを待つ時間"),
    "off_duty": Text("waiting for people who are off duty", "担当者の勤務時間外の待ち時間"),
    "channel": Text("messages on their way", "通信にかかる時間"),
    "meeting": Text("waiting until all can meet", "会議の都合がつくのを待つ時間"),
    "concurrence": Text("waiting for another service or nation", "他の軍種や他国の同意を待つ時間"),
    "rework": Text("doing returned work again", "差し戻しによるやり直し"),
}

UNITS: Final = (
    # up to (seconds), its length, English, Japanese
    (90.0, 1.0, " s", "秒"),
    (5400.0, 60.0, " min", "分"),
    (172_800.0, 3600.0, " h", "時間"),
    (math.inf, 86_400.0, " d", "日"),
)
MOST_NAMED: Final = 3
"""More structures than this are counted in place of being named."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the answer is made from."""

    base: str
    structures: Mapping[str, Text]
    scenarios: Mapping[str, Text]
    classes: Mapping[str, Text]
    references: frozenset[str]
    """Structures that nobody proposes: shown for comparison only."""
    cells: Mapping[tuple[str, str], Cell]
    """The headline's, by structure and scenario."""
    comparisons: Mapping[tuple[str, str], Comparison]
    """Against the base, by structure and scenario."""
    rivals: Mapping[str, tuple[str, ...]]
    """By scenario: the structures that the fastest is not shown to be faster than."""
    guesses: int
    assumptions: int
    futures: int
    unstaffed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By structure and scenario: a desk that had work, and at which nobody was ever on duty."""


def fastest(evidence: Evidence, scenario: str) -> str:
    """Return the structure that is shown to be faster than the base by most; empty if none is."""
    shown = [
        each
        for (structure, where), each in evidence.comparisons.items()
        if where == scenario
        and structure not in evidence.references
        and each.shown
        and each.median_difference_s.value < 0
        and _sound(evidence, structure, scenario)
    ]
    if not _sound(evidence, evidence.base, scenario) or not shown:
        return ""
    return min(shown, key=lambda each: each.median_difference_s.value).structure


def _sound(evidence: Evidence, structure: str, scenario: str) -> bool:
    cell = evidence.cells.get((structure, scenario))
    return cell is not None and not cell.overloads and not math.isnan(cell.median_s.value)


def answer(evidence: Evidence) -> Text:
    """Return what the study answers, a paragraph a line: over all scenarios, for each of them, and the doubt."""
    return Text(*(_answer(evidence, language) for language in ("en", "ja")))


def _answer(evidence: Evidence, language: str) -> str:
    words = Words(evidence, language)
    passages = [words.scenario(scenario) for scenario in evidence.scenarios]
    if len(evidence.structures) > 1 and len(evidence.scenarios) > 1:
        passages.insert(0, words.overall())
    passages.append(words.doubt())
    return "\n".join(passages)


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language."""

    evidence: Evidence
    language: str

    def say(self, english: str, japanese: str) -> str:
        """Return the one or the other."""
        return japanese if self.language == "ja" else english

    def name(self, structure: str) -> str:
        """Return a structure's name in quotation marks."""
        name = self.evidence.structures[structure].in_language(self.language) or structure
        return self.say(f"“{name}”", f"「{name}」")

    def names(self, structures: Sequence[str]) -> str:
        """Return several names."""
        listed = [self.name(structure) for structure in structures]
        if self.language == "ja":
            return "".join(listed)
        return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " and " + listed[-1]

    def join(self, sentences: Sequence[str]) -> str:
        """Return sentences one after another."""
        return self.say(" ", "").join(sentence for sentence in sentences if sentence)

    def time(self, seconds: float) -> str:
        """Return a length of time, to two figures."""
        length, unit = self._unit(seconds)
        return f"{_figures(seconds / length)}{unit}"

    def _unit(self, seconds: float) -> tuple[float, str]:
        size = abs(seconds)
        length, english, japanese = next(each[1:] for each in UNITS if size < each[0] or each[0] == math.inf)
        return length, self.say(english, japanese)

    def spread(self, estimate: Estimate) -> str:
        """Return a time and, in brackets and in the same unit, its interval."""
        length, unit = self._unit(estimate.value)
        value = f"{_figures(estimate.value / length)}{unit}"
        if estimate.over:
            return self.say(f"over {value}", f"{value}超")
        return value + self._brackets(estimate.low / length, estimate.high / length)

    def _brackets(self, low: float, high: float) -> str:
        bounds = [_figures(bound) if math.isfinite(bound) else self.say("no end", "上限なし") for bound in (low, high)]
        return self.say(f" ({bounds[0]} to {bounds[1]})", f"({bounds[0]}~{bounds[1]})")

    def gain(self, estimate: Estimate) -> str:
        """Return how much is gained or lost, as a size, and its interval, negative where it has the other sign."""
        length, unit = self._unit(estimate.value)
        if math.isinf(estimate.value):
            return self.say("more than was observed", "観測の範囲を超える時間")
        sign = -1.0 if estimate.value < 0 else 1.0
        low, high = sorted((sign * estimate.low / length, sign * estimate.high / length))
        return f"{_figures(abs(estimate.value) / length)}{unit}" + self._brackets(low, high)

    # ---- one scenario

    def scenario(self, scenario: str) -> str:
        """Return what is found for one scenario."""
        evidence = self.evidence
        name = evidence.scenarios[scenario].in_language(self.language) or scenario
        sentences = [self._base(scenario)]
        others = [s for s in evidence.structures if s != evidence.base]
        if others and _sound(evidence, evidence.base, scenario):
            sentences += [
                self._fastest(scenario),
                self._slower(scenario),
                self._not_shown(scenario),
                self._overloaded(scenario, others),
                self._reference(scenario),
            ]
        elif others:
            sentences.append(self._without_base(scenario, others))
        return self.say(f"{name}: ", f"【{name}】") + self.join(sentences)

    def _base(self, scenario: str) -> str:
        evidence = self.evidence
        cell = evidence.cells.get((evidence.base, scenario))
        base = self.name(evidence.base)
        if cell is None or cell.raised == 0 or math.isnan(cell.median_s.value):
            return self.say(f"with {base} no decision was measured.", f"{base}では決定が一件も測られなかった。")
        decision = evidence.classes[cell.decision_class].in_language(self.language) or cell.decision_class
        desk = evidence.unstaffed.get((evidence.base, scenario), "")
        if cell.ended == 0 or (desk and cell.overloads):
            none = self.say(
                f"with {base}, none of the {cell.raised:,} decisions ({decision}) was ordered",
                f"{base}では、決定({decision}){cell.raised:,}件のうち一件も命令に至らなかった",
            )
            if cell.raised == 1:
                none = self.say(
                    f"with {base}, the one decision ({decision}) was not ordered",
                    f"{base}では、ただ一件の決定({decision})が命令に至らなかった",
                )
            if cell.ended:
                none = self.say(f"{base} cannot keep up", f"{base}は処理が追いつかない")
            return none + self.say(
                f": nobody is ever on duty at `{desk}`." if desk else ".",
                f"({desk}には誰も勤務しない)。" if desk else "。",
            )
        if cell.overloads:
            desk = cell.overloads[0].desk
            if cell.overloads[0].by_calculation:
                return self.say(
                    f"{base} is overloaded at `{desk}`: ever more waits there, so it has no typical time.",
                    f"{base}は`{desk}`で処理能力を超え、滞貨が増え続けるため、典型的な時間はない。",
                )
            return self.say(
                f"{base} is overloaded at `{desk}`: what waits there grows to the end, so no typical time is given.",
                f"{base}は`{desk}`で処理能力を超え、滞貨が最後まで増えるため、典型的な時間は示さない。",
            )
        if cell.median_s.over:
            return self.say(
                f"with {base}, half of all decisions ({decision}) take {self.spread(cell.median_s)}, "
                "or are never ordered.",
                f"{base}では、決定({decision})の半数が{self.spread(cell.median_s)}か、命令に至らない。",
            )
        return self.say(
            f"with {base}, half of all decisions ({decision}) are ordered within {self.spread(cell.median_s)}.",
            f"{base}では、決定({decision})の半数が{self.spread(cell.median_s)}以内に命令に至る。",
        )

    def _fastest(self, scenario: str) -> str:
        evidence = self.evidence
        best = fastest(evidence, scenario)
        base = self.name(evidence.base)
        if not best:
            return self.say(
                f"That any structure is faster than {base} is not shown.", f"{base}より速い体制は示されていない。"
            )
        each = evidence.comparisons[best, scenario]
        gain = self.gain(each.median_difference_s)
        rivals = evidence.rivals.get(scenario, ())
        beats = (
            self.say(
                f"; that it is faster than {self.names(rivals)} is not shown",
                f"。ただし{self.names(rivals)}より速いとは示されていない",
            )
            if rivals
            else ""
        )
        return self.say(
            f"{self.name(best)} saves most: {gain}{self._why(each)}{beats}.",
            f"最も短縮するのは{self.name(best)}で、{gain}短い{self._why(each)}{beats}。",
        )

    def _why(self, each: Comparison) -> str:
        if not each.main_cause:
            return ""
        phrase = CAUSE_PHRASES[each.main_cause].in_language(self.language)
        size = self.time(abs(each.main_cause_s))
        less = each.main_cause_s < 0
        return self.say(
            f", above all because on average {size} {'less' if less else 'more'} goes into {phrase}",
            f"。主な理由は、{phrase}が平均で{size}{'減る' if less else '増える'}こと",
        )

    def _slower(self, scenario: str) -> str:
        slower = [
            each
            for (structure, where), each in self.evidence.comparisons.items()
            if where == scenario
            and each.shown
            and each.median_difference_s.value > 0
            and structure not in self.evidence.references
            and _sound(self.evidence, structure, scenario)
        ]
        if not slower:
            return ""
        slower.sort(key=lambda each: -each.median_difference_s.value)
        listed = [
            self.say(
                f"{self.name(each.structure)} by {self.gain(each.median_difference_s)}",
                f"{self.name(each.structure)}({self.gain(each.median_difference_s)}長い)",
            )
            for each in slower
        ]
        return self.say(f"Shown to be slower: {', '.join(listed)}.", f"遅いと示されたもの:{'、'.join(listed)}。")

    def _not_shown(self, scenario: str) -> str:
        same = [
            structure
            for (structure, where), each in self.evidence.comparisons.items()
            if where == scenario
            and not each.shown
            and structure not in self.evidence.references
            and _sound(self.evidence, structure, scenario)
        ]
        if not same:
            return ""
        few = len(same) <= MOST_NAMED
        return self.say(
            f"For {self.names(same) if few else f'{len(same)} others'} no difference from the base is shown.",
            f"{self.names(same) if few else f'ほかの{len(same)}体制'}については基準との差は示されていない。",
        )

    def _overloaded(self, scenario: str, structures: Sequence[str]) -> str:
        listed = []
        for structure in structures:
            cell = self.evidence.cells.get((structure, scenario))
            if cell is not None and cell.overloads:
                desk = cell.overloads[0].desk
                listed.append(self.say(f"{self.name(structure)} at `{desk}`", f"{self.name(structure)}(`{desk}`)"))
        if not listed:
            return ""
        return self.say(
            f"Overloaded, and so without a typical time: {', '.join(listed)}.",
            f"処理能力を超え、典型的な時間のないもの:{'、'.join(listed)}。",
        )

    def _reference(self, scenario: str) -> str:
        said = []
        for structure in self.evidence.structures:
            each = self.evidence.comparisons.get((structure, scenario))
            if structure in self.evidence.references and each and _sound(self.evidence, structure, scenario):
                estimate = each.median_difference_s
                shown = "" if each.shown else self.say(", which is not shown", "が、この差は示されていない")
                english, japanese = ("saves", "短い") if estimate.value < 0 else ("costs", "長い")
                said.append(
                    self.say(
                        f"For comparison only, as nobody proposes it: {self.name(structure)} {english} "
                        f"{self.gain(estimate)}{shown}.",
                        f"誰も提案していない参考の{self.name(structure)}は{self.gain(estimate)}{japanese}{shown}。",
                    )
                )
        return self.join(said)

    def _without_base(self, scenario: str, structures: Sequence[str]) -> str:
        sound = [s for s in structures if _sound(self.evidence, s, scenario)]
        listed = [f"{self.name(s)} {self.spread(self.evidence.cells[s, scenario].median_s)}" for s in sound]
        keep_up = self.say(f"These keep up: {', '.join(listed)}.", f"処理が追いつくもの:{'、'.join(listed)}。")
        return self.join([keep_up if sound else "", self._overloaded(scenario, structures)])

    # ---- over all

    def overall(self) -> str:
        """Return what holds over all scenarios: in how many each structure is shown to be faster or slower."""
        evidence = self.evidence
        faster: dict[str, int] = {}
        slower: dict[str, int] = {}
        gains: dict[str, list[float]] = {}
        for (structure, scenario), each in evidence.comparisons.items():
            if structure in evidence.references:
                continue
            if not _sound(evidence, evidence.base, scenario):
                continue
            bad = not _sound(evidence, structure, scenario)
            if bad or (each.shown and each.median_difference_s.value > 0):
                slower[structure] = slower.get(structure, 0) + 1
            elif each.shown and each.median_difference_s.value < 0:
                faster[structure] = faster.get(structure, 0) + 1
                gains.setdefault(structure, []).append(-each.median_difference_s.value)
        count = len(evidence.scenarios)
        base = self.name(evidence.base)
        opening = self.say(f"Over all {count} scenarios: ", f"【{count}シナリオ全体】")
        if not faster:
            return opening + self.say(
                f"no structure is shown to be faster than {base} in any.",
                f"いずれのシナリオでも{base}より速い体制は示されていない。",
            )
        most = max(faster.values())
        winners = [structure for structure in evidence.structures if faster.get(structure) == most]
        verb = "is" if len(winners) == 1 else "are each"
        counts = [slower.get(structure, 0) for structure in winners]
        harm = [self.say("none" if not any(counts) else str(each), str(each)) for each in counts]
        if len(set(counts)) == 1:
            harm = harm[:1]
        saved = [gain for structure in winners for gain in gains[structure]]
        least, greatest = self.time(min(saved)), self.time(max(saved))
        english = f"by {least}" if least == greatest else f"by {least} to {greatest}"
        japanese = least if least == greatest else f"{least}から{greatest}"
        sentences = [
            self.say(
                f"{self.names(winners)} {verb} shown to be faster than {base} in {most} of them, {english}, and to be "
                f"slower or overloaded in {', '.join(harm)}.",
                f"{base}より速いと最も多く示されたのは{self.names(winners)}で、{most}シナリオ"
                f"({japanese}短い。遅いか処理能力を超えるのは{'、'.join(harm)}シナリオ)。",
            )
        ]
        best = {fastest(evidence, scenario) for scenario in evidence.scenarios}
        contested = any(evidence.rivals.get(scenario) for scenario in evidence.scenarios)
        if len(best) > 1 or contested:
            sentences.append(
                self.say(
                    "That one structure is the fastest in every scenario is not shown.",
                    "すべてのシナリオで最も速い一つの体制は示されていない。",
                )
            )
        return opening + self.join(sentences)

    def doubt(self) -> str:
        """Return what all of it rests on."""
        evidence = self.evidence
        if evidence.assumptions == 0:
            return self.say(
                "The numbers behind it are fixed, without a source or a range: the 95 % intervals in brackets show "
                "chance only.",
                "前提の数値は出典も幅もない固定値であり、括弧内の95%区間は偶然のばらつきだけを示す。",
            )
        futures = "1 future" if evidence.futures == 1 else f"{evidence.futures} futures"
        part = round(100 * evidence.guesses / evidence.assumptions)
        return self.say(
            f"{evidence.guesses} of the {evidence.assumptions} assumptions ({part} %) are guesses. In brackets are "
            f"95 % intervals over {futures}: they cover the assumptions' stated ranges, not an error "
            "in the ranges or in the model.",
            f"前提{evidence.assumptions}個のうち{evidence.guesses}個({part}%)は推測である。括弧内は未来"
            f"{evidence.futures}通りにわたる95%区間で、前提の幅を反映するが、幅そのものやモデルの誤りは含まない。",
        )


def _figures(number: float) -> str:
    """Return a number to two figures; whole from ten on."""
    size = abs(number)
    if size < 0.005:
        return "0"
    decimals = 0 if size >= 9.95 else 1 if size >= 0.95 else 2
    return f"{number:.{decimals}f}".replace("-", "−")
