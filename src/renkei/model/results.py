"""Results: what a study found, as frozen values that the terminal, the report and summary.json all show."""

from __future__ import annotations

from dataclasses import dataclass

from renkei.model.quantity import Text


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval over futures, and apart from it the standard error from replications.

    ``over`` is true where the quantile falls among decisions that were still open: then ``value`` is a lower
    bound ("over X"), and so may be ``high``. NaN stands for "nothing to measure".
    """

    value: float
    low: float
    high: float
    replication_error: float = 0.0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Overload:
    """A desk that cannot keep up: offered work over open capacity, and how it was seen."""

    desk: str
    load: float
    """By calculation for the long run; as met in the runs where what comes does not last (surges, lists)."""
    by_calculation: bool
    """Whether the load for the long run is 1 or more in most futures."""
    growing_share: float
    """Share of futures in which the backlog's slope over the second half is above zero at 99 %."""


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """How busy a desk was: work done over open capacity, mean number waiting or served, mean stay in seconds."""

    desk: str
    utilisation: float
    mean_number: float
    mean_stay_s: float
    arrivals: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One class of decision in one structure under one scenario. Times in seconds, per decision."""

    structure: str
    scenario: str
    decision_class: str
    headline: bool
    futures: int
    replications: int
    raised: int
    ended: int
    open: int
    refused: int
    failed: int
    deadline_s: float | None
    mean_s: Estimate
    median_s: Estimate
    p90_s: Estimate
    p99_s: Estimate
    within_deadline: Estimate | None
    causes_s: dict[str, Estimate]
    """Mean seconds per ended decision by cause; they add up to ``mean_s`` over ended decisions."""
    hand_offs: float
    crossings: float
    returns: float
    marks_s: dict[str, Estimate]
    """Median time from raised to each mark."""
    histogram: tuple[tuple[float, float, int], ...]
    """Decisions by time to decision: from, to (seconds; log-spaced, fixed edges), count. Open ones are not in it."""
    overloads: tuple[Overload, ...] = ()
    piles_up: bool = False
    """Whether ever more decisions are on their way though no desk is overloaded: they wait for meetings or channels."""

    @property
    def endless(self) -> bool:
        """Return whether it has no typical time, since ever more waits."""
        return bool(self.overloads) or self.piles_up


@dataclass(frozen=True, slots=True)
class Comparison:
    """A structure against another under a scenario, for the headline class: paired by future and decision."""

    structure: str
    against: str
    scenario: str
    median_difference_s: Estimate
    within_difference: Estimate | None
    shown: bool
    """Whether the 95 % interval of the median's difference excludes zero."""
    correlation: float
    """Between the two structures' per-run medians: what common random numbers achieved."""
    main_cause: str
    """The cause whose mean changed most, in the direction of the difference."""
    main_cause_s: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over futures or runs: the 5th percentile, the median and the 95th. NaN: nothing to measure."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class CostItem:
    """One cost of a structure, in the study's currency and prices; None where there is none."""

    name: Text
    once: Spread | None
    yearly: Spread | None
    payer: str
    change: str
    since: str
    stated_currency: str
    stated_year: int
    source: str
    guess: bool
    """Whether a number behind it is marked as a guess."""


@dataclass(frozen=True, slots=True)
class StructureCost:
    """What a structure costs more than the one that extends nothing: once and yearly, over futures."""

    structure: str
    currency: str
    year: int
    once: Spread
    yearly: Spread
    items: tuple[CostItem, ...]
    by_payer_once: dict[str, Spread]
    by_payer_yearly: dict[str, Spread]


@dataclass(frozen=True, slots=True)
class MilestoneResult:
    """A milestone of the record against the runs. Times in seconds from the scenario's start.

    ``simulated`` is over all runs (90 %), infinite where a run never came there. ``inside``: whether the recorded
    time, or any moment of its range, lies in it; None where nothing is held against it.
    """

    scenario: str
    structure: str
    counterfactual: bool
    milestone: str
    name: Text
    recorded_low_s: float
    recorded_high_s: float
    simulated: Spread | None
    reached: float
    """Share of runs that came there."""
    inside: bool | None
    basis: str
    """``predicted``, ``fitted`` or ``listed``."""
    because: Text
    source: str


@dataclass(frozen=True, slots=True)
class ReadinessResult:
    """Visible readiness of a structure (a proxy): a share of the week's hours, and the posts that are missing most."""

    structure: str
    share: Spread
    missing: tuple[tuple[str, float], ...]
    """Desk, and the mean share of hours in which it cannot be reached; worst first."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """The answer for one scenario, against the base. The differences themselves are in the comparisons."""

    scenario: str
    decision_class: str
    best: str
    """The structure shown to be faster than the base by most; empty if none is."""
    leading: str
    """``best``, or where that is empty the structure with the smallest estimate; empty where none can be compared."""
    rivals: tuple[str, ...]
    """Structures that the best is not shown to be faster than."""
    faster_in: float
    """Share of futures in which ``leading`` was faster than the base."""
    most_s: float
    """The most that any structure may save, by the far ends of the intervals; NaN if none may save anything."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The answer as a table, with what holds over all scenarios before it (empty: one scenario) and its doubt."""

    overall: Text
    doubt: Text
    rows: tuple[BriefRow, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """How far an assumption goes along with a result over futures: a rank correlation and its 95 % interval."""

    assumption: str
    of: str
    """``gain``: how much faster ``structure`` is than the base; ``time``: how long a decision takes there."""
    structure: str
    scenario: str
    """That in which the correlation is largest."""
    correlation: float
    low: float
    high: float
    shown: bool
    """Whether it is beyond chance, for all assumptions and scenarios together."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a study found. Same inputs, seed and lock file: same bytes of summary.json."""

    case: str
    name: Text
    question: Text
    base: str
    seed: int
    futures: int
    replications: int
    structures: dict[str, Text]
    scenarios: dict[str, Text]
    classes: dict[str, Text]
    cells: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...]
    loads: dict[str, dict[str, tuple[DeskLoad, ...]]]
    """By structure and scenario: every desk that had work, busiest first."""
    warnings: tuple[Text, ...]
    answer: Text
    costs: tuple[StructureCost, ...] = ()
    milestones: tuple[MilestoneResult, ...] = ()
    readiness: tuple[ReadinessResult, ...] = ()
    brief: Brief = Brief(Text(""), Text(""), ())
    weights: tuple[Weight, ...] = ()
    """Those of the gain first; of each the strongest first. Empty with few futures."""
