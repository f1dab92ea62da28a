"""Splitting against exact probabilities of rare events in queues."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt
import pytest

from renkei.analysis.splitting import Process, rare_probability

States = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Jumps(ABC):
    """A queue as the walk of its jumps: (n, stations) numbers there; it ends when it is empty."""

    stations: int

    def start(self, count: int, generator: np.random.Generator) -> States:
        """Begin with the first arrival."""
        states = np.zeros((count, self.stations), dtype=np.int64)
        states[:, 0] = 1
        return states

    def advance(self, states: States, level: int, generator: np.random.Generator) -> tuple[Bools, States]:
        """Jump until so many are there, or none."""
        states = states.copy()
        while True:
            total = states.sum(axis=1)
            going = np.flatnonzero((total > 0) & (total < self.height(level)))
            if not len(going):
                return total >= self.height(level), states
            states[going] = self.jump(states[going], generator.uniform(size=len(going)))

    def height(self, level: int) -> int:
        """Return how many must be there: one is at the start."""
        return level + 1

    @abstractmethod
    def jump(self, states: States, share: npt.NDArray[np.float64]) -> States:
        """Return the states after a jump."""


class SingleServer(Jumps):
    """M/M/1 with load rho."""

    stations = 1

    def __init__(self, rho: float) -> None:
        self.up = rho / (1 + rho)

    def jump(self, states: States, share: npt.NDArray[np.float64]) -> States:
        """One comes or one goes."""
        return states + np.where(share < self.up, 1, -1)[:, None]


class Tandem(Jumps):
    """Two stations one after another: rates 1, 2 and 3."""

    stations = 2

    def jump(self, states: States, share: npt.NDArray[np.float64]) -> States:
        """One comes, passes on, or goes; where nobody can, nothing happens."""
        arrives, first, second = share < 1 / 6, (share >= 1 / 6) & (share < 3 / 6), share >= 3 / 6
        passes, leaves = first & (states[:, 0] > 0), second & (states[:, 1] > 0)
        return states + np.stack([arrives.astype(np.int64) - passes, passes.astype(np.int64) - leaves], axis=1)


CASES = [
    (SingleServer(0.5), 10, 9.775e-4),
    (SingleServer(0.5), 20, 9.537e-7),
    (SingleServer(0.5), 30, 9.313e-10),
    (SingleServer(0.8), 40, 3.3235e-5),
    (Tandem(), 10, 2.8617e-3),
    (Tandem(), 20, 2.8599e-6),
    (Tandem(), 30, 2.7939e-9),
]


@pytest.mark.parametrize(("process", "length", "exact"), CASES, ids=lambda value: f"{value}"[:8])
def test_long_queues(process: Process, length: int, exact: float) -> None:
    """|z| < 4, and a standard error of a few per cent, down to one in a thousand million."""
    found = rare_probability(process, length - 1, np.random.default_rng(20260801), effort=500, repetitions=20)
    assert abs(found.value - exact) < 4 * found.error
    assert found.error < 0.08 * exact
    assert found.low < found.value < found.high


def test_what_never_happens() -> None:
    found = rare_probability(SingleServer(1e-9), 30, np.random.default_rng(1), effort=10, repetitions=3)
    assert (found.value, found.error) == (0.0, 0.0)
    with pytest.raises(ValueError, match="two repetitions"):
        rare_probability(SingleServer(0.5), 3, np.random.default_rng(1), repetitions=1)
    assert math.isfinite(found.high)
