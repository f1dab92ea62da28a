"""What the report draws beside the statistics: single decisions, common hours, load over time, a structure's graph."""

from __future__ import annotations

from dataclasses import dataclass

from renkei.model.quantity import Text


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of a decision's way. ``at`` (``headquarters.desk``, several in a meeting) is empty while a message is
    on its way. Seconds since raised.
    """

    at: tuple[str, ...]
    step: str
    via: str
    cause: str
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone in which a decision was handled, and its nights (22:00 to 06:00) in seconds since the decision was raised.

    ``ticks``: seconds since raised, and the local date or hour there.
    """

    zone: str
    nights: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One decision's way from raised to ordered, ready to be drawn. The legs add up to ``total_s``."""

    structure: str
    scenario: str
    decision_class: str
    typical: bool
    """The median of its run; else the slowest."""
    row: int
    raised: str
    """Local date and time."""
    total_s: float
    legs: tuple[Leg, ...]
    clocks: tuple[Clock, ...]
    """First that of the place where it was raised, then the others, those first in which most of its time was spent."""
    zones: dict[str, str]
    """Of each headquarters on the way."""
    names: dict[str, Text]
    """Of those headquarters, and of channels on the way."""
    beside: bool = False
    """The same decision as the way before it, under another structure."""
    open: bool = False
    """It was still on its way at the end of the run."""


@dataclass(frozen=True, slots=True)
class Series:
    """Papers at a desk, worked on or waiting: the mean of each stretch of ``step_s`` of one run."""

    desk: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LoadOverTime:
    """The busiest desks of one run, over its time."""

    structure: str
    scenario: str
    step_s: float
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class CommonHours:
    """When two counterparts are both on duty, in an ordinary week without holidays, at steady posture.

    The three lists are minutes of the week from Monday 00:00 in ``zone``. ``desks``: whose hours are taken.
    """

    counterpart: str
    between: tuple[str, str]
    names: tuple[Text, Text]
    desks: tuple[str, str]
    zone: str
    first: tuple[tuple[int, int], ...]
    second: tuple[tuple[int, int], ...]
    common: tuple[tuple[int, int], ...]

    @property
    def hours(self) -> float:
        """Return the common hours a week."""
        return sum(end - begin for begin, end in self.common) / 60


@dataclass(frozen=True, slots=True)
class Weakness:
    """A headquarters without which the network falls apart: a cut vertex. ``cut_off``: those who lose the rest."""

    headquarters: str
    cut_off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cohesion:
    """Unity of command and single points of failure of a structure."""

    two_masters: dict[str, tuple[str, ...]]
    """Headquarters with two superiors or more in OPCON, COCOM or TACON; persons whose posts answer to several."""
    undecided: tuple[str, ...]
    """Classes of decision that need an authority somewhere in the case, and have none here."""
    weaknesses: tuple[Weakness, ...]
    links_across: int
    """Fewest headquarters whose loss parts the two nations with most headquarters; 0 where they are not joined."""
    hub: str
    hub_share: float
    """Betweenness of the most central headquarters: the share of shortest ways between others that pass through it."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """All of it, for a study."""

    ways: tuple[Way, ...]
    loads: tuple[LoadOverTime, ...]
    hours: dict[str, tuple[CommonHours, ...]]
    cohesion: dict[str, Cohesion]
