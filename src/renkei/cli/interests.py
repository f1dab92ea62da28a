"""What stakeholders make of the structures, on a terminal: read from what a choice found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from renkei.analysis.interests import Actor, Interests
from renkei.cli.columns import WIDTH, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.model.quantity import Text
from renkei.report.wording import COALITIONS_SHOWN, share

LEAST = 0.05
"""A structure that comes first more seldom is not named, nor a limit that is broken more seldom."""
MOST_NAMED = 3

WORDS = {
    "title": ("Stakeholders, their weights unknown", "利害関係者(重みは不明とする)"),
    "first": ("first", "首位"),
    "refuses": ("does not accept", "受け入れない"),
    "against": ("worth less to it than the base", "基準より価値が低い"),
    "unsure": ("neither less nor more is shown", "どちらとも示されていない"),
    "consent": ("Who can stop what", "何を誰が止められるか"),
    "won": ("won over by", "次の条件で受け入れる"),
    "beyond": ("No offer of the case brings these about", "どの申し出でも実現しないもの"),
    "left": ("Without another offer, what remains is", "ほかの申し出がなければ、残るのは"),
    "all": (
        "Of what nobody refuses, no other betters these for one stakeholder without loss to another",
        "誰も拒まない体制のうち、誰かを損なわずに他の誰かを良くする体制がほかにないもの",
    ),
    "limits": ("Limits broken, share of futures", "超える制約(未来に占める割合)"),
    "everybody": ("for everybody", "全体"),
    "none": ("none", "なし"),
    "groups": (" or other groups as large or larger", "など"),
    "nobody": ("Nobody can stop any of them.", "誰もどれも止められない。"),
}


def interest_lines(
    found: Interests, names: Mapping[str, Text], language: str = "en", paint: Paint = unpainted
) -> Iterator[str]:
    """Yield who would want what, who can stop it, what would win them over, and which limits are broken."""
    ja = language == "ja"
    colon, comma = (":", "、") if ja else (": ", ", ")

    def say(word: str) -> str:
        return WORDS[word][ja]

    def named(structures: tuple[str, ...]) -> str:
        return comma.join(names[each].in_language(language) or each for each in structures) or say("none")

    actors = {actor.id: actor.name.in_language(language) for actor in found.actors}
    if found.actors:
        yield paint(say("title"), "bold")
        yield "─" * WIDTH
    for actor in found.actors:
        yield from wrap(paint(actors[actor.id], "bold"))
        firsts = comma.join(f"{names[name].in_language(language)} {share(part)}" for name, part in _firsts(actor))
        yield from wrap(say("first") + colon + firsts, WIDTH, "    ")
        if actor.veto:
            yield from wrap(say("refuses") + colon + named(actor.veto), WIDTH, "    ")
        losing = tuple(name for name in actor.against if name not in actor.veto)
        if losing:
            yield from wrap(say("against") + colon + named(losing), WIDTH, "    ")
        if actor.unsure:
            yield from wrap(say("unsure") + colon + named(actor.unsure), WIDTH, "    ")
    if found.actors:
        yield "─" * WIDTH
        yield from wrap(say("all") + colon + named(found.all))
        yield ""
        yield paint(say("consent"), "bold")
        if not found.blocking:
            yield f"  {say('nobody')}"
    for blocked in found.blocking:
        groups = ("または" if ja else " or ").join(
            ("と" if ja else " with ").join(actors[member] for member in members)
            for members in blocked.coalitions[:COALITIONS_SHOWN]
        )
        if len(blocked.coalitions) > COALITIONS_SHOWN:
            groups += say("groups")
        yield from wrap(
            (names[blocked.structure].in_language(language) or blocked.structure) + colon + groups, WIDTH, "  "
        )
        for each in found.compensation:
            if each.structure == blocked.structure:
                change = each.change.in_language(language)
                yield from wrap(f"{actors[each.actor]} {say('won')}{colon}{change}", WIDTH, "      ")
    if found.beyond:
        yield from wrap(say("beyond") + colon + named(found.beyond))
        known = dict.fromkeys(name for actor in found.actors for name in actor.structures)
        if set(known) - {found.base} <= set(found.beyond):
            yield from wrap(say("left") + colon + named((found.base,)))
    broken = [each for each in found.limits if each.share >= LEAST]
    if broken:
        yield ""
        yield paint(say("limits"), "bold")
        for limit in {(each.name, each.stakeholder): None for each in broken}:
            whose = f" ({actors[limit[1]]})" if limit[1] else ""
            parts = comma.join(
                f"{names[each.structure].in_language(language)} {share(each.share)}"
                for each in broken
                if (each.name, each.stakeholder) == limit
            )
            yield from wrap(limit[0].in_language(language) + whose + colon + parts, WIDTH, "  ")


def _firsts(actor: Actor) -> list[tuple[str, float]]:
    """Return the structures that come first most often."""
    pairs = sorted(zip(actor.structures, actor.first, strict=True), key=lambda pair: -pair[1])
    return [pair for pair in pairs[:MOST_NAMED] if pair[1] >= LEAST]
