"""The grammar of who has a say: stakeholders, limits and offers of study.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from renkei import units
from renkei.files.forms import (
    Amount,
    Choice,
    Citation,
    Fields,
    Flag,
    Key,
    Named,
    Nation,
    Number,
    Reader,
    Record,
    Reference,
    Several,
    Words,
)
from renkei.files.yaml import Node
from renkei.model.quantity import Quantity, Text
from renkei.model.stakeholders import MEASURES, Bound, Budget, Interest, Measure, Offer, Refusal, Stakeholder

NO_TEXT: Final = Text("")
ONE: Final = Quantity(value=1.0)

GOES_WITH: Final = {
    "headquarters": ("rank-gap",),
    "scenario": ("time",),
    "payer": ("once", "yearly", "posts"),
    "nation": ("flag-officers", "decided-away"),
    "place": ("decided-away",),
}
"""Keys that only some measures have."""
NEEDS: Final = {
    "time": ("scenario", "the time of which decisions?"),
    "decided-away": ("place", "away from where?"),
}
"""The key without which a measure says nothing."""
DIMENSIONS: Final = {"time": ("duration", "share"), "once": ("money",), "yearly": ("money",)}
"""Of a measure's amounts; those of the others are plain numbers or people, or anything where `times` multiplies."""

MONEY: Final = ("once", "yearly")
"""Measures that are money."""
AMOUNTS: Final = ("at_most", "worst", "best", "less", "more")
"""Keys with an amount of a measure."""

MEASURE: Final = (
    Key("measure", Choice(*MEASURES), "what is looked at", required=True),
    Key("scenario", Reference("scenario"), "of `time`: under which scenario"),
    Key("payer", Nation(), "of `once`, `yearly` and `posts`: what this nation pays for", shown_default="all of it"),
    Key("nation", Nation(), "of `flag-officers` and `decided-away`: whose", shown_default="everybody's"),
    Key(
        "headquarters", Reference("headquarters"), "of `rank-gap`: between it and its counterparts", shown_default="any"
    ),
    Key("place", Reference("place"), "of `decided-away`: only outside its time zone"),
    Key("times", Amount("any"), "by which it is multiplied: floor space a post", default=ONE, shown_default="1"),
)


def _source() -> Key:
    return Key("source", Citation(), "where this is from: a key of `sources`, or a citation in full", default="")


def _fits(fields: Fields, node: Node, reader: Reader) -> bool:
    """Report keys that the measure does not have, and amounts that it cannot be compared with."""
    kind = fields["measure"]
    good = True
    for word, kinds in GOES_WITH.items():
        if word in node.pairs and kind not in kinds:
            key = node.pairs[word][0]
            reader.wrong(
                key,
                "conflicting-keys",
                f"`{word}` has no use with the measure `{kind}`",
                f"it goes with {' and '.join(f'`{each}`' for each in kinds)}",
                f"take `{word}` away",
            )
            good = False
    needed, question = NEEDS.get(kind, ("measure", ""))
    if needed not in node.pairs:
        reader.wrong(
            node.pairs["measure"][1],
            "missing-key",
            f"the measure `{kind}` lacks `{needed}`",
            question,
            f"add `{needed}: ...`",
        )
        good = False
    allowed = DIMENSIONS.get(kind, ("number", "people", "share"))
    for word in AMOUNTS:
        if word in fields and "times" not in node.pairs:
            found = _dimension(fields[word], node.pairs[word][1], reader)
            if found and found not in allowed:
                asked, example = units.ASKED["number" if allowed[0] == "number" else allowed[0]]
                reader.wrong(
                    node.pairs[word][1],
                    "wrong-dimension",
                    f"this is {units.GIVEN[found]}, and `{kind}` is {asked}",
                    f"{asked} is expected",
                    f"write it as {example}",
                )
                good = False
    return good


def _dimension(amount: Quantity, node: Node, reader: Reader) -> str:
    """Return what kind of number an amount is; empty where that is not known."""
    if amount.assumption is not None:
        known = (reader.assumptions or {}).get(amount.assumption)
        return known.dimension if known is not None else ""
    if node.kind == "mapping":
        node = node.pairs["of"][1]
    return units.measure(node.text.strip()).dimension


def currency_of(node: Node, reader: Reader) -> str:
    """Return the currency of an amount of money; empty where that is not known."""
    if node.kind == "mapping":
        node = node.pairs["of"][1] if "of" in node.pairs else node
    if node.kind != "scalar":
        return ""
    known = (reader.assumptions or {}).get(node.text.strip())
    unit = known.unit if known is not None else ""
    if known is None:
        try:
            unit = units.measure(node.text.strip()).unit
        except units.QuantityError:
            return ""
    return unit.partition("/")[0].rpartition(" ")[2]


def amounts(root: Node) -> Iterator[Node]:
    """Yield the amounts of money that study.yaml states for its stakeholders, limits, offers and budget."""
    for word in ("stakeholders", "limits", "offers"):
        if word in root.pairs:
            yield from _amounts(root.pairs[word][1])
    budget = root.pairs["budget"][1] if "budget" in root.pairs else None
    if budget is not None and budget.kind == "mapping" and "yearly" in budget.pairs:
        yield budget.pairs["yearly"][1]


def _amounts(node: Node) -> Iterator[Node]:
    for item in node.items if node.kind == "list" else ():
        yield from _amounts(item)
    if node.kind != "mapping":
        return
    money = "measure" in node.pairs and "times" not in node.pairs and node.pairs["measure"][1].text in MONEY
    for word, (_, value) in node.pairs.items():
        if money and word in AMOUNTS:
            yield value
        else:
            yield from _amounts(value)


def _measure(fields: Fields) -> Measure:
    return Measure(
        fields["measure"],
        fields.get("scenario", ""),
        fields.get("payer", ""),
        fields.get("nation", ""),
        fields.get("headquarters", ""),
        fields.get("place", ""),
        fields.get("times", ONE),
    )


def _plain(measure: Measure) -> Fields:
    return {
        "measure": measure.kind,
        "scenario": measure.scenario or None,
        "payer": measure.payer or None,
        "nation": measure.nation or None,
        "headquarters": measure.headquarters or None,
        "place": measure.place or None,
        "times": measure.times,
    }


def _ends_differ(fields: Fields, node: Node, reader: Reader) -> bool:
    if not _fits(fields, node, reader):
        return False
    if fields.get("worst") is not None and fields.get("worst") == fields.get("best"):
        reader.wrong(
            node.pairs["best"][1],
            "out-of-range",
            "the best is as good as the worst",
            "it must differ",
            "write more or less",
        )
        return False
    if ("worst" in fields) != ("best" in fields):
        word, other = ("worst", "best") if "worst" in fields else ("best", "worst")
        reader.wrong(
            node.pairs[word][0], "missing-key", f"`{word}` lacks `{other}`", f"there is no `{other}` here", "state both"
        )
        return False
    return True


INTEREST: Final = Record(
    "interest",
    [
        *MEASURE,
        Key("worst", Amount("any"), "worth nothing", shown_default="the worst mean of the structures"),
        Key("best", Amount("any"), "worth 1; may be above `worst`", shown_default="the best mean"),
        Key(
            "bend",
            Number(0, 1, whole=False, what="a number from 0 to 1"),
            "the value half way: above 0.5 the first improvements count most",
            default=0.5,
        ),
        _source(),
    ],
    lambda _, f: Interest(_measure(f), f.get("worst"), f.get("best"), f.get("bend", 0.5), f.get("source", "")),
    lambda v: _plain(v.measure) | {"worst": v.worst, "best": v.best, "bend": v.bend, "source": v.source},
    normalise=_ends_differ,
)


def _each_once(fields: Fields, node: Node, reader: Reader) -> bool:
    """Refuse a measure that is weighed twice: its weight would count twice, and be told once."""
    seen = set()
    for interest, item in zip(fields["weighs"], node.pairs["weighs"][1].items, strict=False):
        if replace(interest.measure, times=ONE) in seen:
            reader.wrong(
                item.pairs["measure"][1],
                "repeated-item",
                "this measure is weighed twice",
                "again",
                "take one away: what it weighs is drawn",
            )
            return False
        seen.add(replace(interest.measure, times=ONE))
    return True


BOUND: Final = Record(
    "bound",
    [
        Key("name", Words(), "what is limited", required=True),
        *MEASURE,
        Key("at_most", Amount("any"), "the most there may be", required=True),
        _source(),
    ],
    lambda _, f: Bound(f["name"], _measure(f), f["at_most"], f.get("source", "")),
    lambda v: {"name": v.name} | _plain(v.measure) | {"at_most": v.at_most, "source": v.source},
    normalise=_fits,
)

REFUSAL: Final = Record(
    "refusal",
    [
        Key("structures", Several(Reference("structure"), least=1), "what is not accepted", required=True),
        Key("because", Words(), "why", default=NO_TEXT),
        _source(),
    ],
    lambda _, f: Refusal(f["structures"], f.get("because", NO_TEXT), f.get("source", "")),
    lambda v: {"structures": v.structures, "because": v.because, "source": v.source},
)

STAKEHOLDER: Final = Record(
    "stakeholder",
    [
        Key("name", Words(), "its name", required=True),
        Key("weighs", Several(INTEREST, least=1), "by what it judges a structure", required=True),
        Key("ordered", Flag(), "whether `weighs` begins with what matters most to it", default=False),
        Key("refuses", Several(REFUSAL), "structures that it does not accept", default=()),
        Key("limits", Several(BOUND), "what it does not accept more of", default=()),
        Key("consent", Flag(), "whether nothing comes about against it", default=False),
        Key("votes", Number(0, 1e6, whole=False, what="a plain number"), "its votes towards `votes_needed`", default=0),
        _source(),
    ],
    lambda id, f: Stakeholder(
        id,
        f["name"],
        f["weighs"],
        f.get("ordered", False),
        f.get("refuses", ()),
        f.get("limits", ()),
        f.get("consent", False),
        float(f.get("votes", 0)),
        f.get("source", ""),
    ),
    lambda v: {
        "name": v.name,
        "weighs": v.weighs,
        "ordered": v.ordered,
        "refuses": v.refuses,
        "limits": v.limits,
        "consent": v.consent,
        "votes": v.votes,
        "source": v.source,
    },
    normalise=_each_once,
)


def _one_way(fields: Fields, node: Node, reader: Reader) -> bool:
    if ("less" in fields) == ("more" in fields):
        reader.wrong(
            node.pairs["measure"][0],
            "conflicting-keys" if "less" in fields else "missing-key",
            "a move says either `less` or `more`",
            "by how much does it change?",
            "write one of them",
        )
        return False
    return _fits(fields, node, reader)


MOVE: Final = Record(
    "move",
    [
        *MEASURE,
        Key("less", Amount("any"), "by how much it becomes less"),
        Key("more", Amount("any"), "by how much it becomes more"),
    ],
    lambda _, f: (_measure(f), f.get("less"), f.get("more")),
    lambda v: _plain(v[0]) | {"less": v[1], "more": v[2]},
    normalise=_one_way,
)

OFFER: Final = Record(
    "offer",
    [
        Key("name", Words(), "what is offered", required=True),
        Key("moves", Several(MOVE, least=1), "what it does to the measures of any structure", required=True),
        _source(),
    ],
    lambda id, f: Offer(
        id,
        f["name"],
        tuple((measure, less) for measure, less, _ in f["moves"] if less is not None),
        tuple((measure, more) for measure, _, more in f["moves"] if more is not None),
        f.get("source", ""),
    ),
    lambda v: {
        "name": v.name,
        "moves": (*((each, by, None) for each, by in v.moves), *((each, None, by) for each, by in v.adds)),
        "source": v.source,
    },
)

BUDGET: Final = Record(
    "budget",
    [
        Key("years", Number(1, 50), "for how many it is planned", required=True),
        Key("yearly", Amount("money", positive=True), "what may be spent in each", required=True),
        _source(),
    ],
    lambda _, f: Budget(f["years"], f["yearly"]),
    lambda v: {"years": v.years, "yearly": v.yearly},
)

KEYS: Final = (
    Key("stakeholders", Named(STAKEHOLDER, "stakeholders"), "who has a say", default={}),
    Key("limits", Several(BOUND), "what binds everybody: resources, infrastructure, hierarchy", default=()),
    Key("offers", Named(OFFER, "offers"), "side changes that may win somebody over", default={}),
    Key(
        "votes_needed",
        Number(0, 1e6, whole=False, what="a plain number"),
        "votes without which nothing comes about",
        default=0,
    ),
    Key("budget", BUDGET, "what the road there may cost"),
)
"""Of study.yaml."""

RECORDS: Final[Iterable[Record]] = (STAKEHOLDER, INTEREST, REFUSAL, BOUND, OFFER, MOVE, BUDGET)

__all__ = ["KEYS", "RECORDS"]
