"""Who may decide what in a structure, as of a date, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from renkei.cli.columns import WIDTH, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.quantity import Assumptions, Quantity
from renkei.model.scenario import Case
from renkei.model.structure import Authority, Phase, Structure
from renkei.units import spoken

WORDS = {
    "by": {"en": "who may decide what on {on}", "ja": "{on}に誰が何を決定できるか"},
    "past": {"en": "phases by then", "ja": "それまでの段階"},
    "next": {"en": "phases to come", "ja": "その後の段階"},
    "none": {"en": "none", "ja": "なし"},
}
SILENCE = {
    "en": {"escalate": "goes up", "delegate": "{desk} decides", "consent": "counts as consent", "fail": "ends it"},
    "ja": {"escalate": "上申", "delegate": "{desk}が決定", "consent": "同意とみなす", "fail": "不成立"},
}
OTHERS = {
    "en": {"approve": "after approval of", "concur": "with", "consult": "asks", "inform": "tells"},
    "ja": {"approve": "承認", "concur": "同意", "consult": "協議", "inform": "通報"},
}


def holder_lines(
    structure: Structure, case: Case, on: str, language: str = "en", paint: Paint = unpainted
) -> Iterator[str]:
    """Yield the phases up to a date and after it, then for each class of decision who may decide in each nation.

    Limits are shown at their typical value. Classes that no scenario reports (background) are left out.
    """
    yield paint(f"{structure.id}: {structure.name.in_language(language)}", "bold")
    for word, phases in (
        ("past", [phase for phase in structure.phases if phase.date <= on]),
        ("next", [phase for phase in structure.phases if phase.date > on]),
    ):
        yield WORDS[word][language]
        if not phases:
            yield f"  {WORDS['none'][language]}"
        for phase in phases:
            yield from wrap(_phase(phase, language), WIDTH, "  ")
    yield ""
    yield paint(WORDS["by"][language].format(on=on), "bold")
    reported = {
        demand.decision_class
        for scenario in case.scenarios.values()
        for demand in scenario.demands.values()
        if demand.counted
    }
    for decided in case.doctrine.classes.values():
        held = [each for each in structure.authorities.values() if each.decision_class == decided.id]
        if not held or (reported and decided.id not in reported):
            continue
        yield f"{decided.name.in_language(language)} ({decided.id})"
        for nation in dict.fromkeys(each.nation for each in held):
            for authority in sorted((each for each in held if each.nation == nation), key=_narrowest):
                yield from wrap(f"{nation}: {holding(authority, structure, case, language)}", WIDTH, "    ")


def _narrowest(authority: Authority) -> tuple[bool, bool]:
    return authority.limit is None, not authority.posture


def _phase(phase: Phase, language: str) -> str:
    return f"{phase.date}  {phase.name.in_language(language)}"


def holding(authority: Authority, structure: Structure, case: Case, language: str, *, named: bool = True) -> str:
    """Return who holds an authority, up to what limit (at its typical value), and what others must do about it."""
    hq = structure.headquarters[authority.holder.partition(".")[0]]
    parts = [f"{authority.holder} ({hq.name.in_language(language)})" if named else authority.holder]
    if authority.limit is not None:
        most = _typical(authority.limit.at_most, case.assumptions)
        parts.append(
            f"{authority.limit.attribute} ≤ {most:g}"
            if language == "ja"
            else f"{authority.limit.attribute} up to {most:g}"
        )
    if authority.posture:
        parts.append({"en": f"in {authority.posture}", "ja": f"態勢{authority.posture}"}[language])
    for word, said in OTHERS[language].items():
        if names := getattr(authority, word):
            parts.append(f"{said} {', '.join(names)}")
    if authority.deputy:
        parts.append(
            {"en": f"{authority.deputy} while he is on the way", "ja": f"移動中は{authority.deputy}"}[language]
        )
    if authority.timeout is not None:
        after = spoken(_typical(authority.timeout.after, case.assumptions), language)
        what = SILENCE[language][authority.timeout.then].format(desk=authority.timeout.delegate)
        parts.append({"en": f"after {after} of silence {what}", "ja": f"沈黙{after}で{what}"}[language])
    return "; ".join(parts)


def _typical(quantity: Quantity, assumptions: Assumptions) -> float:
    if quantity.assumption is None:
        assert quantity.value is not None
        return quantity.value * quantity.factor
    return assumptions.assumptions[quantity.assumption].typical * quantity.factor
