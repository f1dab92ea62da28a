"""Doctrine: the classes of decision and their processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.structure import Precedence, Timeout

Verb = Literal[
    "draft", "staff", "decide", "approve", "concur", "consult", "inform", "agree", "order", "report",
    "mark", "posture", "wait", "fork", "chance", "fail",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Returns:
    """An approver may return a paper: how likely, to which step (empty: the last draft), how often at most.

    ``at_most`` None: without limit.
    """

    chance: Quantity
    to: str = ""
    at_most: int | None = 1


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a fork."""

    id: str
    steps: tuple[Step, ...]
    concurrence: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a process.

    ``actors`` say who: ``origin``, ``here``, ``counterpart``, ``authority``, ``components``, ``executors``, the id of a
    headquarters, or an id with ``?`` (skipped where the structure has no such headquarters). ``desk`` is the
    function that works there.
    """

    id: str
    verb: Verb
    actors: tuple[str, ...] = ()
    desk: str = "ops"
    nation: str = ""
    """``authority``: of this nation; empty for the nation of the headquarters where the decision is."""
    work: Distribution | None = None
    length: Distribution | None = None
    returns: Returns | None = None
    refuses: Quantity | None = None
    order: Literal["parallel", "serial"] = "parallel"
    quorum: int | None = None
    wait_for_all: bool = False
    timeout: Timeout | None = None
    otherwise: Literal["escalate", "fail", "go-on"] = "escalate"
    book_after: Quantity | None = None
    mark: str = ""
    posture: str = ""
    chance: Quantity | None = None
    then: tuple[Step, ...] = ()
    otherwise_steps: tuple[Step, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionClass:
    """A class of decision: what has to be decided, and how."""

    id: str
    name: Text
    process: tuple[Step, ...]
    about: Text = Text("")
    precedence: tuple[tuple[Precedence, Quantity], ...] = ()
    """Shares of each precedence; they add up to 1. Empty: all ROUTINE."""
    attributes: dict[str, Distribution] = field(default_factory=dict)
    deadline: Quantity | None = None
    executors: tuple[str, ...] = ()
    unheld: Literal["error", "fails"] = "error"
    source: str = ""


@dataclass(frozen=True, slots=True)
class FamiliarityLaw:
    """How familiarity grows and fades, and what it does (rules.md, "Familiarity"): all guesses until calibrated."""

    gain: Quantity = Quantity(value=0.0)
    """Per contact-hour."""
    half_life: Quantity = Quantity(value=31_557_600.0)
    kept: Quantity = Quantity(value=0.5)
    effect: Quantity = Quantity(value=0.0)


@dataclass(frozen=True, slots=True)
class Friction:
    """What friction between governments does to ministries: factor on work (0: none), addition to returns."""

    work: Quantity = Quantity(value=0.0)
    returns: Quantity = Quantity(value=0.0)


@dataclass(frozen=True, slots=True)
class Doctrine:
    """The decision classes of a case and the laws that all structures share."""

    name: Text
    doctrine: Literal["us", "nato"] = "us"
    classes: dict[str, DecisionClass] = field(default_factory=dict)
    familiarity: FamiliarityLaw = FamiliarityLaw()
    friction: Friction = Friction()
    postures: tuple[tuple[str, Quantity], ...] = (
        ("steady", Quantity(value=0.0)),
        ("crisis", Quantity(value=0.0)),
    )
    """Postures from the lowest, with the time that reaching each takes."""
    like: dict[str, str] = field(default_factory=dict)
    """Postures in which people and authorities are as in another one, unless something is said of the posture itself:
    a rung of a legal ladder changes who may decide, and nobody's hours."""

    def lineage(self, posture: str) -> tuple[str, ...]:
        """Return a posture and those that it is like, nearest first."""
        names = [posture]
        while (next_one := self.like.get(names[-1], "")) and next_one not in names:
            names.append(next_one)
        return tuple(names)
