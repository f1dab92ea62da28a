"""A scenario: start, length, posture, demands and disruptions. And the study that names what to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from renkei.model.doctrine import Doctrine
from renkei.model.objective import Objective
from renkei.model.quantity import Assumptions, Quantity, Text
from renkei.model.stakeholders import Politics
from renkei.model.structure import Structure, Window


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of the week: within these windows, so many a second."""

    window: Window
    rate: Quantity


@dataclass(frozen=True, slots=True)
class Demand:
    """The pattern by which decisions of a class are raised at a desk (``headquarters.desk``).

    - ``interval``: one every ``every``, the first after ``first``.
    - ``poisson``: at ``rate``.
    - ``weekly``: at the rate of the hour of the week (``rates``, else ``rate``), local to ``zone``.
    - ``surge``: ``rate`` from ``begins`` on for ``lasts``, halving every ``halves`` if given.
    - ``list``: at ``moments`` (seconds from the start).
    """

    id: str
    decision_class: str
    at: str
    pattern: Literal["interval", "poisson", "weekly", "surge", "list"]
    rate: Quantity | None = None
    rates: tuple[Rate, ...] = ()
    zone: str = ""
    every: Quantity | None = None
    first: Quantity | None = None
    begins_s: float = 0.0
    lasts: Quantity | None = None
    halves: Quantity | None = None
    moments_s: tuple[float, ...] = ()
    counted: bool = True
    """False for background load: it keeps people busy and is not reported."""
    executors: tuple[str, ...] = ()
    """Who carries out decisions of this demand, where not those of the class: the sea touches the fleet alone."""
    capability: str = ""
    """Raised only where the scenario has this capability."""


@dataclass(frozen=True, slots=True)
class Disruption:
    """Something out, a posture ordered, friction or a change of post-holder, at a time.

    ``out``: a channel, place, headquarters or desk by its id; ``posture``: ordered; ``friction``: level from 0 to 1;
    ``rotate``: a familiarity pair whose post-holder changes. ``lasts_s`` None: to the end.
    """

    id: str
    kind: Literal["out", "posture", "friction", "rotate"]
    target: str
    begins_s: float
    lasts_s: float | None = None
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated fact of the public record, and what of a run is held against it.

    Times are seconds from the scenario's start; ``low_s`` and ``high_s`` differ where the record says "the night of".
    The run's time is that of the first decision of ``demand`` that passes ``mark`` (``ordered``: is ordered). Without
    a demand nothing in the run stands for it, and it is only listed.
    """

    id: str
    name: Text
    low_s: float
    high_s: float
    demand: str = ""
    mark: str = "ordered"
    basis: Literal["predicted", "fitted", "listed"] = "predicted"
    """``fitted``: a number or a date was chosen with this fact in view, so agreement proves nothing."""
    because: Text = Text("")
    source: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """What brings new decisions: its demands are raised where a scenario begins on or after ``since``."""

    id: str
    name: Text
    since: str
    """ISO date."""
    about: Text = Text("")
    source: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """In what costs are shown: a currency and a price year.

    ``rates``: of each other currency, units for one of this (a conversion is an assumption). ``growth``: prices grow by
    this share a year, so ``(1 + growth) ** (year - price_year)``.
    """

    currency: str = "USD"
    year: int = 2024
    rates: tuple[tuple[str, Quantity], ...] = ()
    growth: Quantity = Quantity(value=0.0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How visibly ready the allies are: a proxy, no estimate of deterrence.

    The share of a week's hours in which every post that decides, agrees or answers for a decision of
    ``decision_class`` is filled and can be reached within ``within`` without notice.
    """

    decision_class: str
    within: Quantity


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario. ``start`` is aware (UTC); durations in seconds."""

    id: str
    name: Text
    start: datetime
    zone: str
    length_s: float
    headline: str
    about: Text = Text("")
    warm_up_s: float = 0.0
    cool_down_s: float = 0.0
    posture: str = "steady"
    shift_changes: tuple[int, ...] = (480, 1200)
    """Minutes after local midnight."""
    demands: dict[str, Demand] = field(default_factory=dict)
    disruptions: tuple[Disruption, ...] = ()
    on: str = ""
    """ISO date: structures are taken as they were then (their phases up to it)."""
    milestones: dict[str, Milestone] = field(default_factory=dict)
    recorded_under: str = ""
    """The structure whose run may be held against the milestones; every other one is a counterfactual."""
    capabilities: dict[str, Capability] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What study.yaml says: which structures and scenarios, how many futures and replications, from which seed."""

    name: Text
    question: Text
    base: str
    structures: tuple[str, ...]
    scenarios: tuple[str, ...]
    futures: int = 100
    replications: int = 2
    seed: int = 1
    events_per_run: int = 120_000
    stated_futures: bool = False
    objective: Objective = field(default_factory=Objective)
    money: Money = Money()
    readiness: Readiness | None = None
    politics: Politics = field(default_factory=Politics)


@dataclass(frozen=True, slots=True)
class Case:
    """All that is needed to study one problem."""

    id: str
    plan: StudyPlan
    assumptions: Assumptions
    doctrine: Doctrine
    structures: dict[str, Structure]
    scenarios: dict[str, Scenario]
    dated: dict[tuple[str, str], Structure] = field(default_factory=dict)
    """Structures as of a scenario's date, with what they become within its run: (structure, scenario)."""
    fingerprints: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every file read, by its path within the case."""
