"""What a choice rests on, on a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from renkei.analysis.boxes import Box
from renkei.cli.columns import NARROW, WIDTH, clip, left, right, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.quantity import Assumptions, Text
from renkei.model.verdict import Choice
from renkei.report.wording import duration, worded
from renkei.study.considering import LEAST, Consideration, Considerations, OverScenarios

REGRET, SHARE = 21, 0 if NARROW else 12
NAME = WIDTH - 2 * REGRET - SHARE

METRICS = {
    "minimax_regret": {"en": "least largest regret", "ja": "最大後悔の最小"},
    "mean_regret": {"en": "least mean regret", "ja": "平均後悔の最小"},
    "p90_regret": {"en": "least regret in 9 of 10", "ja": "9割点の後悔の最小"},
    "satisficing_share": {"en": "most often good enough", "ja": "十分な未来の多さ"},
    "maximin": {"en": "best worst case", "ja": "最悪の場合の最良"},
    "hurwicz": {"en": "best and worst case together", "ja": "最良と最悪の折衷"},
    "mean_variance": {"en": "mean and spread", "ja": "平均と散らばり"},
}
TEXTS = {
    "title": {"en": "What it rests on", "ja": "この選択の拠りどころ"},
    "left_out_one-structure": {
        "en": "{scenario}: one structure alone, so there is no difference to ask about.",
        "ja": "{scenario}: 体制が一つだけで、比べる差がない。",
    },
    "left_out_one-replication": {
        "en": "{scenario}: what the choice rests on takes two replications or more.",
        "ja": "{scenario}: 選択の拠りどころを調べるには2回以上の反復が要る。",
    },
    "left_out_few-futures": {
        "en": "{scenario}: what the choice rests on takes {least} futures or more in which all were measured.",
        "ja": "{scenario}: 選択の拠りどころを調べるには、すべてが測られた未来が{least}通り以上要る。",
    },
    "structure": {"en": "structure", "ja": "体制"},
    "mean_regret": {"en": "mean regret", "ja": "平均後悔"},
    "p90_regret": {"en": "in 9 of 10", "ja": "9割点"},
    "best_share": {"en": "best in", "ja": "最良の未来"},
    "agreed": {"en": "All measures of robustness name {name}.", "ja": "頑健さのどの尺度でも{name}。"},
    "disagreed": {"en": "Measures of robustness disagree: {parts}.", "ja": "頑健さの尺度は一致しない: {parts}。"},
    "unless": {
        "en": "{favourite} rather than {rival} holds on average, unless {parts}.",
        "ja": "{rival}より{favourite}という答えは平均して成り立つ。例外: {parts}。",
    },
    "no_threshold": {
        "en": "No assumption alone is seen to turn {favourite} against {rival} around within its range.",
        "ja": "どの前提も、単独ではその範囲内で{rival}に対する{favourite}の優劣を覆すとは読み取れない。",
    },
    "above": {"en": "{name} is above {value} ({low} to {high})", "ja": "{name}が{value}({low}~{high})を上回る"},
    "below": {"en": "{name} is below {value} ({low} to {high})", "ja": "{name}が{value}({low}~{high})を下回る"},
    "none_matters": {
        "en": "Of {favourite} against {rival}: no assumption is shown to matter for the difference, so none is known "
        "that flips it.",
        "ja": "{rival}に対する{favourite}: 差を左右すると示された前提はなく、それを覆すものも知られていない。",
    },
    "explained": {
        "en": "This reading explains {share} of how the difference varies over futures.",
        "ja": "この読み方で、未来による差の変動の{share}が説明される。",
    },
    "nearest": {
        "en": "The least change of assumptions together that would flip it: {parts} ({distance} from the middle of "
        "their ranges, where 1 is one end of one range).",
        "ja": "答えを覆す最小の前提の変化: {parts}(範囲の中央からの距離{distance}。一つの範囲の端までを1とする)。",
    },
    "no_nearest": {
        "en": "No change of assumptions within their ranges flips it, by this reading.",
        "ja": "この読み方では、範囲内のどの前提の変化もこれを覆さない。",
    },
    "is": {"en": "{name} {value}", "ja": "{name} {value}"},
    "box": {
        "en": "In {density} of the futures where {parts}, {rival} is better by more than what matters (held out: {low} "
        "to {high}); that is {coverage} of all futures in which it is.",
        "ja": "{parts}となる未来の{density}で{rival}が意味のある差で優る"
        "(別の半分で検証: {low}~{high})。そうした未来全体の{coverage}に当たる。",
    },
    "from": {"en": "{name} ≥ {low}", "ja": "{name}が{low}以上"},
    "to": {"en": "{name} ≤ {high}", "ja": "{name}が{high}以下"},
    "between": {"en": "{name} is {low} to {high}", "ja": "{name}が{low}~{high}"},
    "depends": {
        "en": "What moves their difference over futures: {parts}.",
        "ja": "未来ごとの差を動かすもの: {parts}。",
    },
    "chance": {"en": "chance within a run {share}", "ja": "試行内の偶然{share}"},
    "knowing": {
        "en": "To know everything before choosing would gain at most {value}; worth knowing first: {parts}.",
        "ja": "選ぶ前にすべてを知ることの価値は最大{value}。先に調べるべきもの: {parts}。",
    },
    "knowing_nothing": {
        "en": "To know everything before choosing would gain at most {value}; no assumption alone is shown to be worth "
        "knowing.",
        "ja": "選ぶ前にすべてを知ることの価値は最大{value}。単独で知る価値が示された前提はない。",
    },
    "weights": {"en": "Whatever the scenarios weigh", "ja": "シナリオの重みが不明なら"},
    "first": {
        "en": "With any weights of the scenarios, whatever is stated, and noise, drawn together, first comes: {parts}.",
        "ja": "述べられた重みによらず、あらゆる重みと雑音を併せて引くと、首位は{parts}。",
    },
    "undominated": {
        "en": "Not bettered in one scenario without loss in another: {parts}.",
        "ja": "他の場面で損をせずには上回れない体制: {parts}。",
    },
    "legend": {
        "en": "Regret: how much worse than the best structure of the same future; of each pair the first number is "
        "too low on average (below nothing it is shown as nothing) and the second too high.",
        "ja": "後悔: 同じ未来で最良の体制より余計にかかる時間。組の前の数は平均して低すぎ(負なら0と示す)、"
        "後の数は高すぎる。",
    },
}


def considered_lines(
    choice: Choice,
    found: Considerations,
    assumptions: Assumptions,
    language: str = "en",
    paint: Paint = unpainted,
) -> Iterator[str]:
    """Yield what ``renkei choose`` prints below its verdicts; nothing where nothing is known."""
    if not found.scenarios and not found.left_out:
        return
    says = Says(choice, assumptions, language, paint)
    yield paint(TEXTS["title"][language], "bold")
    for name, why in found.left_out.items():
        yield from wrap(says.left_out(name, why), WIDTH, "  ")
    if not found.scenarios:
        return
    for each in found.scenarios.values():
        yield ""
        yield from says.scenario(each)
    if found.over_scenarios is not None:
        yield ""
        yield from says.weights(found.over_scenarios)
    yield ""
    yield from wrap(TEXTS["legend"][language])


class Says:
    """The words, in one language."""

    def __init__(self, choice: Choice, assumptions: Assumptions, language: str, paint: Paint) -> None:
        self.choice, self.assumptions = choice, assumptions
        self.language, self.paint = language, paint
        self.comma = "、" if language == "ja" else "; "

    def left_out(self, scenario: str, why: str) -> str:
        """Return why nothing is said of a scenario."""
        return self._say(f"left_out_{why}", scenario=self._name(self.choice.scenarios, scenario), least=str(LEAST))

    def scenario(self, each: Consideration) -> Iterator[str]:
        """Yield one scenario: a table of regrets, then sentences."""
        yield self.paint(clip(self._name(self.choice.scenarios, each.scenario), WIDTH), "bold")
        yield "─" * WIDTH
        heads = (("mean_regret", REGRET), ("p90_regret", REGRET), ("best_share", SHARE))
        yield left(TEXTS["structure"][self.language], NAME) + "".join(
            right(TEXTS[head][self.language], columns) for head, columns in heads if columns
        )
        robust = each.robustness
        for row, structure in enumerate(robust.structures):
            pairs = [robust.metrics[name][row] for name in ("mean_regret", "p90_regret")]
            yield (
                left(clip(self._name(self.choice.structures, structure), NAME - 1), NAME)
                + "".join(
                    right(
                        " … ".join(self._size(max(0.0, x), each.unit) for x in (pair.cross_fitted, pair.naive)), REGRET
                    )
                    for pair in pairs
                )
                + ("" if NARROW else right(self._share(robust.best_share[row]), SHARE))
            )
        for passage in (
            self._robust(each),
            self._unless(each),
            self._nearest(each),
            *self._boxes(each),
            self._depends(each),
            self._knowing(each),
        ):
            if passage:
                yield from wrap(passage, WIDTH, "  ")

    def weights(self, over: OverScenarios) -> Iterator[str]:
        """Yield who comes first under unknown weights of scenarios."""
        yield self.paint(TEXTS["weights"][self.language], "bold")
        order = sorted(range(len(over.structures)), key=lambda row: -over.first[row])
        parts = [
            f"{self._structure(over.structures[row])} {self._share(over.first[row])}"
            for row in order
            if over.first[row] >= 0.005
        ]
        yield from wrap(self._say("first", parts=self.comma.join(parts)), WIDTH, "  ")
        names = self.comma.join(self._structure(name) for name in over.undominated)
        yield from wrap(self._say("undominated", parts=names), WIDTH, "  ")

    def _robust(self, each: Consideration) -> str:
        robust = each.robustness
        if robust.agreed:
            return self._say("agreed", name=self._structure(robust.best["mean_regret"]))
        named: dict[str, list[str]] = {}
        for metric, structure in robust.best.items():
            named.setdefault(structure, []).append(METRICS[metric][self.language])
        between = "、" if self.language == "ja" else ", "
        parts = [f"{self._structure(name)} ({between.join(metrics)})" for name, metrics in named.items()]
        return self._say("disagreed", parts=self.comma.join(parts))

    def _unless(self, each: Consideration) -> str:
        who = {"favourite": self._structure(each.favourite), "rival": self._structure(each.rival)}
        if each.worst is None:
            return self._say("none_matters", **who)
        space = "" if self.language == "ja" else " "
        explained = space + self._say("explained", share=self._share(max(each.explained, 0.0)))
        if not each.thresholds:
            return self._say("no_threshold", **who) + explained
        parts = [
            self._say(
                "above" if each_one.flips_above else "below",
                name=self._assumption(each_one.assumption),
                value=self._value(each_one.assumption, each_one.value),
                low=self._value(each_one.assumption, each_one.low),
                high=self._value(each_one.assumption, each_one.high),
            )
            for each_one in each.thresholds[:3]
        ]
        joint = "、または" if self.language == "ja" else ", or "
        return self._say("unless", parts=joint.join(parts), **who) + explained

    def _nearest(self, each: Consideration) -> str:
        if each.worst is None:
            return ""
        if each.nearest is None:
            return self._say("no_nearest")
        parts = list(each.nearest.assumptions.items())[:3]
        return self._say("nearest", parts=self._values(parts), distance=f"{each.nearest.distance:.2g}")

    def _values(self, parts: Iterable[tuple[str, float]]) -> str:
        return self.comma.join(
            self._say("is", name=self._assumption(name), value=self._value(name, value)) for name, value in parts
        )

    def _boxes(self, each: Consideration) -> list[str]:
        return [
            self._say(
                "box",
                rival=self._structure(each.rival),
                parts=self._limits(box),
                density=self._share(box.tested.density),
                low=self._share(box.tested.density_low),
                high=self._share(box.tested.density_high),
                coverage=self._share(box.tested.coverage),
            )
            for box in each.boxes
            if box.shown
        ]

    def _limits(self, box: Box) -> str:
        parts = []
        for limit in box.limits:
            kind = "to" if math.isinf(limit.low) else "from" if math.isinf(limit.high) else "between"
            values = {side: self._value(limit.assumption, getattr(limit, side)) for side in ("low", "high")}
            parts.append(self._say(kind, name=self._assumption(limit.assumption), **values))
        return ("かつ" if self.language == "ja" else " and ").join(parts)

    def _depends(self, each: Consideration) -> str:
        if each.sensitivity is None:
            return ""
        shown = [(name, share) for name, share in each.sensitivity.shares.items() if share.shown][:4]
        parts = [f"{self._assumption(name)} {self._share(share.value)}" for name, share in shown]
        parts.append(self._say("chance", share=self._share(each.sensitivity.chance)))
        return self._say("depends", parts=self.comma.join(parts))

    def _knowing(self, each: Consideration) -> str:
        value = self._size(max(each.knowing_all.naive, 0.0), each.unit)
        if not each.knowing:
            return self._say("knowing_nothing", value=value)
        parts = [
            f"{self._assumption(name)} ({self._size(worth.cross_fitted, each.unit)})"
            for name, worth in list(each.knowing.items())[:3]
        ]
        return self._say("knowing", value=value, parts=self.comma.join(parts))

    # --- words

    def _say(self, key: str, **parts: str) -> str:
        return TEXTS[key][self.language].format(**parts)

    def _name(self, names: dict[str, Text], name: str) -> str:
        known = names.get(name)
        return (known.in_language(self.language) if known else "") or name

    def _structure(self, name: str) -> str:
        known = self._name(self.choice.structures, name)
        return f"「{known}」" if self.language == "ja" else f"“{known}”"

    def _assumption(self, name: str) -> str:
        return f"`{name}`"

    def _value(self, assumption: str, value: float) -> str:
        """Return an assumption's value in words; the end of its range where there is no end."""
        known = self.assumptions.assumptions.get(assumption)
        if known is None:
            return f"{value:.3g}"
        value = min(max(value, known.low), known.high)
        return worded(known.dimension, value, self.language)

    def _size(self, value: float, unit: str) -> str:
        if unit == "share":
            return f"{100 * value:.1f} %"
        return duration(value, self.language)

    def _share(self, value: float) -> str:
        return "–" if math.isnan(value) else f"{100 * value:.0f} %"
