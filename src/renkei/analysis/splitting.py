"""Splitting: the probability of something so rare that plain runs hardly ever see it.

The way to a rare event leads through less rare ones. From each level on, runs begin in the states in which others
reached it, and the probabilities of going on multiply.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from renkei.analysis.against_best import student

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
States = npt.NDArray[np.int64]


class Process(Protocol):
    """Something that runs until it reaches a level or ends, from states that can be copied."""

    def start(self, count: int, generator: np.random.Generator) -> States:
        """Return ``count`` states at the beginning: (count, ...)."""
        ...

    def advance(self, states: States, level: int, generator: np.random.Generator) -> tuple[Bools, States]:
        """Run each state on, with chance of its own, until it reaches ``level`` or ends.

        Return which reached it: (count,), and the states in which all stopped.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rare:
    """A probability, and its 95 % interval from independent repetitions."""

    value: float
    low: float
    high: float
    error: float
    """Standard error."""


def rare_probability(
    process: Process, levels: int, generator: np.random.Generator, *, effort: int = 1000, repetitions: int = 20
) -> Rare:
    """Return the probability that a process reaches its last level, by fixed-effort splitting.

    Parameters
    ----------
    process
        What runs. Levels are numbered from 1; each must be passed on the way to the next.
    levels
        How many.
    generator
        Of all chance.
    effort
        Runs from each level.
    repetitions
        Independent estimates, 2 or more: the product over levels is unbiased, and their spread gives the interval.

    References
    ----------
    Garvels (2000), The splitting method in rare event simulation: fixed effort, and why it is unbiased.
    """
    if levels < 1 or effort < 1 or repetitions < 2:
        raise ValueError("splitting needs a level, a run and two repetitions at the least")
    return combined([once(process, levels, generator, effort) for _ in range(repetitions)])


def combined(repeated: Sequence[float]) -> Rare:
    """Return a probability from two independent estimates or more."""
    estimates, repetitions = np.array(repeated), len(repeated)
    mean, error = float(estimates.mean()), float(estimates.std(ddof=1)) / math.sqrt(repetitions)
    width = float(student(0.975, repetitions - 1)) * error
    return Rare(mean, max(0.0, mean - width), min(1.0, mean + width), error)


def once(process: Process, levels: int, generator: np.random.Generator, effort: int) -> float:
    """Return one estimate, unbiased: the product over levels of the share that goes on."""
    states = process.start(effort, generator)
    product = 1.0
    for level in range(1, levels + 1):
        reached, ends = process.advance(states, level, generator)
        product *= float(reached.mean())
        if product == 0:
            return 0.0
        there = ends[reached]
        states = there[generator.integers(0, len(there), effort)]
    return product
