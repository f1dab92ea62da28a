"""Quantities, distributions and the assumptions that they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

DistributionKind = Literal[
    "constant",
    "uniform",
    "triangular",
    "pert",
    "exponential",
    "lognormal",
    "gamma",
    "weibull",
    "empirical",
]


@dataclass(frozen=True, slots=True)
class Text:
    """A name in English and Japanese; ``ja`` falls back to ``en``."""

    en: str
    ja: str = ""

    def in_language(self, language: str) -> str:
        """Return the text in ``language`` (``en`` or ``ja``)."""
        return self.ja if language == "ja" and self.ja else self.en


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of the model: either the name of an assumption or a literal.

    ``value`` is in base units (seconds, events per second, people, a share from 0 to 1, money in its
    currency) and is None when ``assumption`` names it. ``factor`` multiplies what it stands for.
    """

    assumption: str | None = None
    value: float | None = None
    factor: float = 1.0

    def of(self, future: dict[str, float]) -> float:
        """Return the number in one future: the draws of all assumptions by name."""
        base = future[self.assumption] if self.assumption is not None else self.value
        assert base is not None
        return base * self.factor


@dataclass(frozen=True, slots=True)
class Distribution:
    """Chance inside a run. ``parameters`` by kind, durations in seconds:

    constant (value); uniform (low, high); triangular and pert (low, typical, high); exponential (mean);
    lognormal and gamma (mean, spread: standard deviation over mean); weibull (scale, shape);
    empirical (all samples, in order).
    """

    kind: DistributionKind
    parameters: tuple[Quantity, ...]
    times: Quantity | None = None
    """Its values are multiplied by this: a meeting that is interpreted."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number that the study rests on: low, typical and high in base units."""

    id: str
    low: float
    typical: float
    high: float
    unit: str
    dimension: str
    source: str = ""
    confidence: Literal["high", "medium", "low", ""] = ""
    guess: bool = False
    about: Text = Text("")
    correlates: tuple[tuple[str, float], ...] = ()
    """Other assumptions and rank correlations with them."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All assumptions of a case, and the sources that they cite (key: title and address)."""

    assumptions: dict[str, Assumption] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Assumption]:
        return iter(self.assumptions.values())
