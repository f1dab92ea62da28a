"""What is chosen by: the measure, its class of decision, the weights of scenarios, and what difference matters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MEASURES: Final = ("median", "mean", "p90", "missed")
"""Of a run's decisions: times, or the share that misses its deadline. Less is better in all of them."""
SHARES: Final = frozenset({"missed"})
"""Measures that are a share rather than a time."""

DEFAULT_ZONE_S: Final = 3600.0
DEFAULT_ZONE_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class ScenarioAim:
    """What holds for one scenario. None: as for all."""

    decision_class: str | None = None
    """The scenario's headline class if None."""
    weight: float | None = None
    zone: float | None = None
    """Seconds, or a share."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What study.yaml says under ``objective:``."""

    measure: str = "median"
    zone: float | None = None
    """The indifference zone, in seconds or as a share: a smaller difference matters to nobody."""
    confidence: float = 0.95
    scenarios: dict[str, ScenarioAim] = field(default_factory=dict)
    precision: dict[str, float] = field(default_factory=dict)
    """How near the tail of the chosen structure must be known: half the width of the interval, of ``p50``, ``p90`` and
    ``p99`` as a share of the value, of ``missed`` as a share."""

    @property
    def is_share(self) -> bool:
        """Return whether the measure is a share rather than a time."""
        return self.measure in SHARES

    def zone_of(self, scenario: str) -> float:
        """Return the indifference zone of a scenario, in seconds or as a share."""
        own = self.scenarios.get(scenario)
        if own is not None and own.zone is not None:
            return own.zone
        if self.zone is not None:
            return self.zone
        return DEFAULT_ZONE_SHARE if self.is_share else DEFAULT_ZONE_S

    def class_of(self, scenario: str, headline: str) -> str:
        """Return the class of decision that is measured."""
        own = self.scenarios.get(scenario)
        return own.decision_class if own is not None and own.decision_class else headline

    def weights(self, scenarios: tuple[str, ...]) -> dict[str, float]:
        """Return the stated weights of the scenarios, scaled to 1; nothing where none is stated."""
        stated = {
            name: each.weight
            for name, each in self.scenarios.items()
            if name in scenarios and each.weight is not None and each.weight > 0
        }
        total = sum(stated.values())
        return {name: stated[name] / total for name in scenarios if name in stated} if total > 0 else {}
