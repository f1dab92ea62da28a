"""Who has a say in the choice: what they weigh, what they refuse, and what binds everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from renkei.model.quantity import Quantity, Text

MEASURES: Final = (
    "time",
    "once",
    "yearly",
    "posts",
    "flag-officers",
    "two-masters",
    "single-points",
    "rank-gap",
    "decided-away",
)
"""What a structure is judged by. Less is better in all of them, unless a value function says otherwise."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a structure in a future.

    ``time``: the objective's measure under ``scenario``; ``once`` and ``yearly``: costs in the study's money, all or
    those of ``payer``; ``posts``: new posts, the people whose yearly cost is stated; ``flag-officers``: persons
    with at least one star in command of a headquarters (of ``nation``, if named); ``two-masters``: headquarters with
    two superiors in command; ``single-points``: headquarters without which others are cut off; ``rank-gap``: the
    largest difference of stars between two counterparts, or by how many ``headquarters`` stands above its highest one;
    ``decided-away``: classes of decision that may be decided (by ``nation``, if named) only outside the time zone of
    ``place``, however narrow the authority there is.
    ``times`` multiplies it: floor space is posts times space.
    """

    kind: str
    scenario: str = ""
    payer: str = ""
    nation: str = ""
    headquarters: str = ""
    place: str = ""
    times: Quantity = Quantity(value=1.0)


@dataclass(frozen=True, slots=True)
class Interest:
    """A measure that a stakeholder weighs: worth 0 at ``worst``, 1 at ``best``; of the structures' means if None."""

    measure: Measure
    worst: Quantity | None = None
    best: Quantity | None = None
    bend: float = 0.5
    """The value half way."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit: of resources, of infrastructure or of hierarchy."""

    name: Text
    measure: Measure
    at_most: Quantity
    source: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Structures that a stakeholder does not accept."""

    structures: tuple[str, ...]
    because: Text = Text("")
    source: str = ""


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """Who weighs the measures."""

    id: str
    name: Text
    weighs: tuple[Interest, ...]
    """With ``ordered`` the most important first; else nothing is known of the weights."""
    ordered: bool = False
    refuses: tuple[Refusal, ...] = ()
    limits: tuple[Bound, ...] = ()
    consent: bool = False
    """Whether nothing comes about against it."""
    votes: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A side change that may win somebody over: what it does to measures of any structure it is added to."""

    id: str
    name: Text
    moves: tuple[tuple[Measure, Quantity], ...]
    """A measure, and by how much it becomes less."""
    adds: tuple[tuple[Measure, Quantity], ...] = ()
    """A measure, and by how much it becomes more."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent every year, and for how many years it is planned."""

    years: int
    yearly: Quantity


@dataclass(frozen=True, slots=True)
class Politics:
    """What study.yaml says of who decides, and within what."""

    stakeholders: dict[str, Stakeholder] = field(default_factory=dict)
    limits: tuple[Bound, ...] = ()
    offers: dict[str, Offer] = field(default_factory=dict)
    votes_needed: float = 0.0
    budget: Budget | None = None
