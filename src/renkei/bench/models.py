"""The models of the benchmark: their cases, what is known of them, and how much each simulator is given.

A, B and C0 have closed forms. C and D have references: the mean of long runs of programs by other hands, with its
standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CASES: Final = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Known:
    """A mean time in system that is known, and how well, in the model's unit of time."""

    value: float
    error: float
    """Standard error of the reference; 0 for a closed form."""
    job_error: float
    """The mean over n jobs in a row has a standard error of this over the root of n (from 150 runs of renkei)."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: an ordinary case folder, and the same told to others."""

    id: str
    title: str
    unit_s: float
    """What the others count time in, in seconds."""
    known: tuple[Known, ...]
    """By class, in the order of the case's; one for all classes together where there is one."""
    events_per_job: float
    """Executed calendar events of a job in an engine without events of its own."""
    jobs: dict[str, int]
    """By simulator: how many jobs a round gives it; about a second's worth."""

    @property
    def folder(self) -> Path:
        """Return the case."""
        return CASES / self.id.lower()

    def deviations(self, means: Sequence[float], jobs: int) -> tuple[float, ...]:
        """Return how many standard errors each mean over ``jobs`` jobs lies from what is known.

        Jobs of several classes are counted together; each class has its share of them in ``job_error``.
        """
        return tuple(
            (mean - known.value) / math.hypot(known.error, known.job_error / math.sqrt(jobs))
            for mean, known in zip(means, self.known, strict=True)
        )


def erlang_c(servers: int, offered: float) -> float:
    """Return the chance to wait in M/M/c (Erlang 1917). ``offered`` is arrivals times mean work, below ``servers``."""
    terms = [1.0]
    for number in range(1, servers + 1):
        terms.append(terms[-1] * offered / number)
    waiting = terms[-1] * servers / (servers - offered)
    return waiting / (sum(terms[:-1]) + waiting)


def mean_number(servers: int, rate: float) -> float:
    """Return the mean number in an M/M/c system with work of mean 1."""
    return erlang_c(servers, rate) * rate / (servers - rate) + rate


def interrupted_means(servers: int, rates: Sequence[float]) -> tuple[float, ...]:
    """Return the mean time in system by class, the highest first, in M/M/c where the higher interrupts.

    With equal exponential work the number of the k highest classes is that of M/M/c at their joint rate, since they
    never see the lower ones (Little 1961 gives the times).
    """
    means = []
    joint = before = 0.0
    for rate in rates:
        joint += rate
        number = mean_number(servers, joint)
        means.append((number - before) / rate)
        before = number
    return tuple(means)


def tree_mean() -> float:
    """Return the mean time in system of model C0: a network of M/M/2 desks in product form (Jackson 1963)."""
    rates = [0.0] * 12
    for unit, division in zip(range(4, 12), (1, 1, 1, 2, 2, 2, 3, 3), strict=True):
        rates[unit] += 0.7 * 1.4
        rates[division] += 0.7 * 0.4 * 1.4
        rates[0] += 0.7 * 0.4 * 0.4
    return sum(mean_number(2, rate) for rate in rates) / (0.7 * 8)


MODELS: Final = {
    model.id: model
    for model in (
        Model(
            "A",
            "one person, work of one kind (M/M/1 at 75 %)",
            60.0,
            (Known(1.0 / (1.0 - 0.75), 0.0, 31.6),),
            2.0,
            {"simpy": 100_000, "ciw": 30_000, "salabim": 5_000, "prosimos": 4_000, "cimba": 2_000_000, "c": 15_000_000},
        ),
        Model(
            "B",
            "four persons, three precedences that interrupt (M/M/4 at 85 %)",
            60.0,
            tuple(
                Known(mean, 0.0, error)
                for mean, error in zip(interrupted_means(4, (0.68, 1.02, 1.7)), (2.1, 2.5, 36.0), strict=True)
            ),
            2.0,
            {"simpy": 60_000, "ciw": 20_000, "salabim": 5_000, "cimba": 400_000},
        ),
        Model(
            "C",
            "a command tree of twelve desks: side by side, up to the top and back",
            60.0,
            (Known(4.183, 0.0012, 20.6),),
            3.52,
            {"simpy": 50_000, "salabim": 4_000, "prosimos": 2_000, "cimba": 500_000, "c": 4_000_000},
        ),
        Model(
            "C0",
            "the same command tree without the side by side",
            60.0,
            (Known(tree_mean(), 0.0, 6.0),),
            3.2,
            {"simpy": 50_000, "ciw": 10_000, "salabim": 4_000, "prosimos": 2_000, "cimba": 500_000, "c": 4_000_000},
        ),
        Model(
            "D",
            "two desks 19 hours apart, one after the other, eight hours a day",
            3600.0,
            (Known(13.598, 0.003, 26.7),),
            3.0,
            {"simpy": 80_000, "ciw": 10_000, "salabim": 5_000, "prosimos": 4_000, "cimba": 1_000_000},
        ),
    )
}
