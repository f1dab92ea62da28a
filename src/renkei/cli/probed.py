"""What ``renkei choose`` found by runs at chosen assumptions, on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from renkei.cli.columns import NARROW, WIDTH, clip, left, right, wrap
from renkei.cli.considered import Says
from renkei.cli.findings import Paint, unpainted
from renkei.model.quantity import Assumptions
from renkei.model.verdict import Bounds, Choice
from renkei.study.missing import RareMiss
from renkei.study.probing import CHANCE, OTHERS, Factor, Probed

SHARE = 14 if NARROW else 17
NAME = WIDTH - 3 * SHARE

TEXTS = {
    "title": {"en": "Probed by runs of its own", "ja": "選んだ前提での追加試行"},
    "of": {"en": "{favourite} against {rival}", "ja": "{favourite}と{rival}の差"},
    "factor": {"en": "share of the variance", "ja": "分散の割合"},
    "first": {"en": "alone", "ja": "単独"},
    "total": {"en": "with others", "ja": "他との共同を含む"},
    "shapley": {"en": "Shapley", "ja": "シャープレイ"},
    OTHERS: {"en": "all other assumptions", "ja": "他のすべての前提"},
    CHANCE: {"en": "chance within a run", "ja": "試行内の偶然"},
    "above": {
        "en": "By root finding, the answer flips where {name} is above {value} ({low} to {high}).",
        "ja": "根の探索: {name}が{value}({low}~{high})を上回ると答えが覆る。",
    },
    "below": {
        "en": "By root finding, the answer flips where {name} is below {value} ({low} to {high}).",
        "ja": "根の探索: {name}が{value}({low}~{high})を下回ると答えが覆る。",
    },
    "none": {
        "en": "By root finding, the answer is not flipped within its range by {names} alone.",
        "ja": "根の探索: {names}は、単独ではその範囲内で答えを覆さない。",
    },
    "worst": {
        "en": "At the worst of what was asked ({parts}) {favourite} takes {difference} ({low} to {high}) "
        "more than {rival}: {said}.",
        "ja": "調べた前提の最悪の組み合わせ({parts})では、{favourite}は{rival}より{difference}({low}~{high})長い。"
        "{said}。",
    },
    "better": {
        "en": "At the worst of what was asked ({parts}) {favourite} still takes {difference} ({low} to "
        "{high}) less than {rival}: {said}.",
        "ja": "調べた前提の最悪の組み合わせ({parts})でも、{favourite}は{rival}より{difference}({low}~{high})短い。"
        "{said}。",
    },
    "worst_share": {
        "en": "At the worst of what was asked ({parts}), with {favourite} {difference} of decisions ({low} to {high}) "
        "more are late than with {rival}: {said}.",
        "ja": "調べた前提の最悪の組み合わせ({parts})では、{favourite}は{rival}より"
        "決定の{difference}({low}~{high})多く遅れる。{said}。",
    },
    "better_share": {
        "en": "At the worst of what was asked ({parts}), with {favourite} still {difference} of decisions ({low} to "
        "{high}) fewer are late than with {rival}: {said}.",
        "ja": "調べた前提の最悪の組み合わせ({parts})でも、{favourite}は{rival}より"
        "決定の{difference}({low}~{high})少なく遅れる。{said}。",
    },
    "flips": {"en": "that flips the answer", "ja": "答えは覆る"},
    "holds": {"en": "the answer holds there too", "ja": "そこでも答えは覆らない"},
    "unsure": {"en": "whether that flips the answer is not shown", "ja": "覆るかどうかは示されていない"},
    "tails": {
        "en": "What shifts the difference's distribution or its tail: {parts}.",
        "ja": "差の分布またはその裾を動かすもの: {parts}。",
    },
    "rare": {"en": "Rare misses, by splitting", "ja": "まれな期限超過(分岐法)"},
    "rarely": {
        "en": "{scenario}: with {structure} a decision is neither ordered nor refused by its deadline with a "
        "probability of {value} ({low} to {high}); of {runs} runs {seen} missed it.",
        "ja": "{scenario}: {structure}で決定が期限までに命令も却下もされない確率は{value}({low}~{high})。"
        "通常の{runs}回では{seen}回。",
    },
    "never": {
        "en": "{scenario}: with {structure} no repetition of splitting met a miss; of {runs} runs {seen} missed it.",
        "ja": "{scenario}: {structure}では分岐法のどの反復も期限超過に至らなかった。通常の{runs}回では{seen}回。",
    },
    "nowhere": {
        "en": "In every scenario misses are frequent enough to be seen, or there is no deadline before the run's end.",
        "ja": "どのシナリオでも期限超過は通常の試行で見えるほど多いか、試行の終わりまでに来る期限がない。",
    },
    "nobody": {"en": "No structure was chosen, so none was asked.", "ja": "選ばれた体制がないため、調べていない。"},
    "legend": {
        "en": "Shares with 95 % half widths; differences beyond what 1 in 100 of the sweep's runs show count as that. "
        "{runs} further runs.",
        "ja": "割合には95 %区間の半幅を付す。100回に1回より外の差はそこにあるとみなす。追加試行{runs}回。",
    },
    "pointed": {
        "en": "Asked of the few assumptions that the sweep points to, in {runs} further runs; --sensitivity asks more.",
        "ja": "既存の試行が示す少数の前提だけを調べた。追加試行{runs}回。--sensitivity でさらに詳しく調べる。",
    },
}


def probed_lines(
    choice: Choice,
    found: Mapping[str, Probed],
    assumptions: Assumptions,
    language: str = "en",
    paint: Paint = unpainted,
) -> Iterator[str]:
    """Yield what is printed below what the choice rests on; nothing where nothing was probed."""
    if not found:
        return
    says = _Probes(choice, assumptions, language, paint)
    yield paint(TEXTS["title"][language], "bold")
    for each in found.values():
        yield ""
        yield from says.probed(each)
    yield ""
    runs = sum(each.runs for each in found.values())
    screened = any(each.within is not None for each in found.values())
    yield from wrap(TEXTS["legend" if screened else "pointed"][language].format(runs=runs))


class _Probes(Says):
    """The words, in one language."""

    def probed(self, each: Probed) -> Iterator[str]:
        """Yield one scenario: a table of shares, then sentences."""
        yield self.paint(clip(self._name(self.choice.scenarios, each.scenario), WIDTH), "bold")
        yield "─" * WIDTH
        who = {"favourite": self._structure(each.favourite), "rival": self._structure(each.rival)}
        yield from wrap(self._text("of", **who))
        if each.within is not None:
            yield left(self._text("factor"), NAME) + "".join(
                right(self._text(head), SHARE) for head in ("first", "total", "shapley")
            )
            for factor in sorted(each.factors, key=lambda one: -one.total):
                yield self._row(factor)
        for passage in (*self._flips(each), self._worst(each, who), self._tails(each)):
            if passage:
                yield from wrap(passage, WIDTH, "  ")

    def rare(self, each: RareMiss) -> str:
        """Return how rarely one scenario's deadline is missed."""
        missed = each.missed
        return self._text(
            "rarely" if missed.value > 0 else "never",
            scenario=self._name(self.choice.scenarios, each.scenario),
            structure=self._structure(each.structure),
            value=f"{missed.value:.2g}",
            low=f"{missed.low:.2g}",
            high=f"{missed.high:.2g}",
            runs=str(each.runs),
            seen=str(each.seen),
        )

    def _text(self, key: str, **parts: str) -> str:
        return TEXTS[key][self.language].format(**parts)

    def _row(self, factor: Factor) -> str:
        named = self._text(factor.name) if factor.name in (OTHERS, CHANCE) else factor.name
        pairs = (
            (factor.first, factor.first_error),
            (factor.total, factor.total_error),
            (factor.shapley, factor.shapley_error),
        )
        return left(clip(named, NAME - 1), NAME) + "".join(
            right(f"{100 * value:.0f} ± {100 * error:.0f} %".replace("-", "−"), SHARE) for value, error in pairs
        )

    def _flips(self, each: Probed) -> Iterator[str]:
        for flip in each.thresholds:
            yield self._text(
                "above" if flip.flips_above else "below",
                name=self._assumption(flip.assumption),
                value=self._value(flip.assumption, flip.value),
                low=self._value(flip.assumption, flip.low),
                high=self._value(flip.assumption, flip.high),
            )
        if not each.thresholds and each.asked:
            yield self._text("none", names=self.comma.join(self._assumption(name) for name in each.asked))

    def _worst(self, each: Probed, who: dict[str, str]) -> str:
        if each.worst is None or not each.worst.assumptions:
            return ""
        bounds = each.worst.difference
        parts = list(each.worst.assumptions.items())
        said = "flips" if bounds.low > 0 else "holds" if bounds.high < 0 else "unsure"
        if bounds.value < 0:
            bounds = Bounds(-bounds.value, -bounds.high, -bounds.low)
        kind = "better" if each.worst.difference.value < 0 else "worst"
        return self._text(
            f"{kind}_share" if each.unit == "share" else kind,
            parts=self._values(parts[:4]) + ("…" if len(parts) > 4 else ""),
            difference=self._size(bounds.value, each.unit),
            low=self._size(bounds.low, each.unit),
            high=self._size(bounds.high, each.unit),
            said=self._text(said),
            **who,
        )

    def _tails(self, each: Probed) -> str:
        shown = [self._assumption(one.assumption) for one in each.tails if one.shown]
        return self._text("tails", parts=self.comma.join(shown)) if shown else ""


def rare_lines(
    choice: Choice, found: Mapping[str, RareMiss], language: str = "en", paint: Paint = unpainted
) -> Iterator[str]:
    """Yield how rarely deadlines are missed, where that was asked."""
    says = _Probes(choice, Assumptions({}), language, paint)
    yield paint(TEXTS["rare"][language], "bold")
    for each in found.values():
        yield from wrap(says.rare(each), WIDTH, "  ")
    if not found:
        yield from wrap(TEXTS["nowhere" if choice.verdicts else "nobody"][language], WIDTH, "  ")
