"""Verdicts: which structure is best, by how much, how surely, and under which assumptions that is guaranteed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from renkei.model.quantity import Text


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number with its interval; seconds, or a share."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """One structure in a verdict."""

    structure: str
    mean: Bounds
    """Of the observations, with its own 95 % interval."""
    behind_best: Bounds
    """Its mean less the best of the others': intervals of multiple comparison with the best, for all at once."""
    behind_chosen: Bounds
    """Its mean less that of the chosen one, with an interval for all pairs at once."""
    left_out_after: int
    """After how many observations it was shown to be worse; 0 if it never was."""
    correlation: float
    """Of its observations with those of the chosen one, in the same futures."""
    variance_reduction: float
    """By what factor common random numbers lower the variance of that difference."""
    open_share: float
    """The share of runs whose value is only a lower bound, since it fell among decisions that were still open."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The time of one decision, drawn from each independent run: quantiles with exact intervals, and misses."""

    structure: str
    runs: int
    p50_s: Bounds | None
    p90_s: Bounds | None
    p99_s: Bounds | None
    """None where there are too few independent runs for an interval: 299 for this one."""
    missed: Bounds | None
    """The probability of missing the deadline, None where there is none."""
    imprecise: tuple[str, ...] = ()
    """Those of ``p50``, ``p90``, ``p99`` and ``missed`` that are not known as nearly as the objective asks."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one scenario, or over all of them (``scenario`` empty)."""

    scenario: str
    decision_class: str
    measure: str
    unit: str
    """``s`` or ``share``."""
    best: str
    """The structure that is chosen; with a tie, one of several."""
    tied: tuple[str, ...]
    """Those from which no difference is shown, or one that is shown to be less than what matters: ``within_zone``."""
    within_zone: tuple[str, ...]
    """Of the tied, those that are shown to be behind by less than the indifference zone, if at all; of the others no
    difference is shown."""
    gap: Bounds | None
    """From the chosen to the nearest other: how much longer that one takes. None where there is no other."""
    gap_hours: Bounds | None
    zone: float
    """The indifference zone."""
    confidence: float
    """What was asked."""
    guaranteed: float | None
    """The probability of a correct selection, if the best is ahead by the zone; None where the budget ended before."""
    procedure: str
    observations: int
    """Of each structure that was still in when it was decided."""
    futures: int
    """How many those are, and how many all intervals rest on (``futures_seen``)."""
    futures_seen: int
    runs: int
    """Runs that the choice needed."""
    common_numbers: bool
    """Whether all structures met the same futures and work."""
    standings: tuple[Standing, ...]
    excluded: dict[str, str]
    """Structures that are not chosen among, and why: `overloaded`, `reference`."""
    tails: tuple[Tail, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    """Of the scenarios, in the verdict over all of them."""
    among: int = 0
    """How many structures were compared; ``standings`` has the foremost alone where they are very many."""
    text: Text = Text("")

    @property
    def is_tie(self) -> bool:
        """Return whether there is another from which no difference is shown, or one shown to be too small to matter."""
        return bool(self.tied)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A verdict on the same question under another assumption."""

    scenario: str
    best: str
    tied: tuple[str, ...]
    same: bool
    """Whether the structure that was chosen is chosen here too, or tied with it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """All verdicts of a case."""

    case: str
    name: Text
    question: Text
    seed: int
    futures: int
    replications: int
    structures: dict[str, Text]
    scenarios: dict[str, Text]
    classes: dict[str, Text]
    verdicts: tuple[Verdict, ...]
    overall: Verdict | None
    assumptions: tuple[Text, ...]
    """Under which the guarantees hold."""
    warnings: tuple[Text, ...]
    text: Text
    """The answer that a minister reads."""
    without_familiarity: tuple[Repeat, ...] = ()
    """The verdicts again with no effect of familiarity, whose size is a guess; nothing where there is none anyway."""
    analyses: dict[str, Any] = field(default_factory=dict)
    """What else is known of the choice, by name: robustness, flips, sensitivity, stakeholders, costs, the road."""
