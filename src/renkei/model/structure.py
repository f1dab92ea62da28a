"""A structure: who exists, where, when awake, what they may decide, how they relate, over which channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from renkei.model.quantity import Distribution, Quantity, Text

Relation = Literal["COCOM", "OPCON", "TACON", "ADCON", "support", "DIRLAUTH", "co-ordination"]
ChannelKind = Literal["chat", "message", "telephone", "video", "courier", "face-to-face"]
MESSAGES: Final = frozenset({"chat", "message", "courier", "telephone"})
"""Kinds of channels that carry messages."""
MEETINGS: Final = frozenset({"telephone", "video", "face-to-face"})
"""Kinds of channels that carry meetings."""
Precedence = Literal["ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH"]
Silence = Literal["escalate", "delegate", "consent", "fail"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where people are: degrees north and east, and the IANA zone of their clocks."""

    id: str
    name: Text
    latitude: float
    longitude: float
    zone: str


@dataclass(frozen=True, slots=True)
class Window:
    """One weekly opening in local time. ``days`` 0 (Monday) to 6; ``closes <= opens`` ends on the next day.

    ``opens`` and ``closes`` are minutes after midnight (0 to 1440). ``holidays``: ``off`` (closed), ``worked``
    (no difference) or ``only``.
    """

    days: tuple[int, ...]
    opens: int
    closes: int
    holidays: Literal["off", "worked", "only"] = "off"


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of duty: round the clock (``windows`` empty and ``always``), or weekly windows in a zone.

    ``zone`` is empty where the headquarters' place decides. ``nations``: whose holidays; empty for the
    headquarters' own.
    """

    always: bool = False
    windows: tuple[Window, ...] = ()
    zone: str = ""
    nations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """So many people on duty at such hours, in a posture (empty: in every posture not named otherwise)."""

    hours: Hours
    strength: Quantity
    posture: str = ""


@dataclass(frozen=True, slots=True)
class Recall:
    """On call: for which precedence or above, after how long, how many, and how long they stay after."""

    precedence: Precedence
    after: Quantity
    people: int
    stand_down: Quantity


@dataclass(frozen=True, slots=True)
class Desk:
    """People of one function who share one inbox."""

    function: str
    name: Text
    duty: tuple[Duty, ...]
    at_close: Literal["suspend", "finish"] = "suspend"
    interrupts: Precedence | None = None
    recall: Recall | None = None
    successor: str = ""
    represents: str = ""
    """A liaison desk: the headquarters for which it answers here."""
    settles: Quantity | None = None
    """A liaison desk: the share that it settles without referral."""


@dataclass(frozen=True, slots=True)
class Headquarters:
    """A headquarters. ``nations`` has one nation, or more where it is combined; ``rank`` in stars."""

    id: str
    name: Text
    nations: tuple[str, ...]
    service: str
    echelon: str
    place: str
    rank: int
    desks: dict[str, Desk]
    ministry: bool = False
    """Cabinet level or a ministry: friction between governments acts here."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A command relation: ``superior`` (or supported) and ``subordinate`` (or supporting)."""

    relation: Relation
    superior: str
    subordinate: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Two headquarters that work together across the border, for some classes (empty: for all)."""

    id: str
    between: tuple[str, str]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """An authority's limit: an attribute of the decision, and the most it may be."""

    attribute: str
    at_most: Quantity


@dataclass(frozen=True, slots=True)
class Timeout:
    """What silence means, after how long. ``delegate`` names the desk that decides then."""

    after: Quantity
    then: Silence
    delegate: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may decide a class of decision, in a nation, in a posture (empty: in any)."""

    id: str
    decision_class: str
    nation: str
    holder: str
    """Desk, as ``headquarters.desk``."""
    posture: str = ""
    limit: Limit | None = None
    approve: tuple[str, ...] = ()
    """Headquarters or desks that must approve before; the next three likewise."""
    concur: tuple[str, ...] = ()
    consult: tuple[str, ...] = ()
    inform: tuple[str, ...] = ()
    deputy: str = ""
    """Desk that decides while the holder is out of reach (a commander on the way, asleep without recall)."""
    timeout: Timeout | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What happens to a message or a meeting on a channel.

    ``delay`` is added to a message's way, or the message is worked on at desk ``by`` for that long;
    ``factor`` lengthens a meeting.
    """

    kind: Literal["interpretation", "translation", "transfer"]
    delay: Distribution | None = None
    by: str = ""
    factor: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A means of communication.

    ``between`` names two ends, each a headquarters, ``place:ID``, ``nation:XX`` or ``any``.
    """

    id: str
    name: Text
    kind: ChannelKind
    between: tuple[str, str]
    delay: Distribution
    conversions: tuple[Conversion, ...] = ()
    hours: Hours = Hours(always=True)
    contact: Quantity | None = None
    """Weight of a contact-hour over it for familiarity, 0 to 1; by kind where None."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A commander's regular way: out, a stay, and back.

    ``every`` weeks, first leaving on the local date ``first`` at ``leaves`` (minutes after midnight, home zone).
    """

    to: str
    every: int
    first: str
    leaves: int
    out: Quantity
    stay: Quantity
    back: Quantity
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Holder of one or more posts (``headquarters.desk``), in one place at a time."""

    id: str
    name: Text
    posts: tuple[str, ...]
    journeys: tuple[Journey, ...] = ()


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How well two headquarters know each other at the start (0 to 1).

    ``contact``: contact-hours per hour that they have anyway.
    """

    id: str
    between: tuple[str, str]
    start: Quantity
    contact: Quantity


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs, once and yearly, in the currency and at the prices of the year that it was stated in.

    ``once`` and ``yearly`` are multiplied by ``times`` (people, moves, trips a year). What it is worth in another
    currency or year is an assumption (``Money`` of the study).
    """

    name: Text
    currency: str
    """Its three letters: USD, JPY."""
    price_year: int
    once: Quantity | None = None
    yearly: Quantity | None = None
    times: Quantity = Quantity(value=1.0)
    payer: str = ""
    """The nation that pays; empty where that is open."""
    change: str = ""
    """The change that it comes with, as ``move usfj``; empty where it stands for itself."""
    since: str = ""
    """ISO date of the phase that it comes with; empty where it is there from the start."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a change asks beside itself: its time, the strength meanwhile, and what must be there before."""

    change: str
    """As ``move usfj``."""
    since: str = ""
    """ISO date of its phase; empty where it has none."""
    takes: Quantity | None = None
    meanwhile: Quantity | None = None
    """Share of the strength of what is changed that is at work until it is done; None: all."""
    needs: tuple[Text, ...] = ()
    """Prerequisites in words; those that name a part of the structure are checked when it is read."""
    because: Text = Text("")
    source: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """Changes with a date."""

    name: Text
    date: str
    """ISO date from which it holds."""
    changes: tuple[str, ...]
    """Each as ``move usfj``."""
    structure: str = ""
    """The structure in whose file it stands: a base's phases are phases of what extends it."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Structure:
    """A resolved structure. Every mapping is by id, in the order of the file."""

    id: str
    name: Text
    about: Text = Text("")
    extends: str = ""
    proposed_by: Text = Text("")
    places: dict[str, Place] = field(default_factory=dict)
    headquarters: dict[str, Headquarters] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    relations: tuple[Link, ...] = ()
    counterparts: dict[str, Counterpart] = field(default_factory=dict)
    authorities: dict[str, Authority] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    familiarity: dict[str, Familiarity] = field(default_factory=dict)
    costs: tuple[Cost, ...] = ()
    """Of its own and of all structures that it extends, of changes and phases up to the date asked for."""
    planned: tuple[PlannedChange, ...] = ()
    phases: tuple[Phase, ...] = ()
    """All of them, those after the date asked for too, in the order of their dates."""
    later: tuple[tuple[str, Structure], ...] = ()
    """What it becomes within a scenario's run: the date of a phase, and the structure from then on."""

    @property
    def throughout(self) -> Structure:
        """Return it with every place and headquarters that it has at any time within the run."""
        if not self.later:
            return self
        places, houses = dict(self.places), dict(self.headquarters)
        for _, structure in self.later:
            places = {**structure.places, **places}
            houses.update((name, house) for name, house in structure.headquarters.items() if name not in houses)
        return replace(self, places=places, headquarters=houses)
