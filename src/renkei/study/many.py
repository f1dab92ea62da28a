"""Choices among many structures: what procedures are fed with, and which structures are then looked at closely."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from renkei.analysis.runs import Floats, Ints
from renkei.analysis.selection import Selection
from renkei.analysis.verdict import BATCH, Chosen
from renkei.study.chunks import Block
from renkei.study.outcome import RunError
from renkei.study.sweeping import SPAN

FOREMOST: Final = 20
"""Of more structures than these no intervals are given, once the choice is made."""


class Observations:
    """The observations of structures, each in futures of its own, run as a procedure asks for them.

    Parameters
    ----------
    names
        The structures.
    blocks
        Of each structure under each scenario, all that may be run.
    weights
        Of the scenarios: an observation is their weighted mean, in the same ten futures.
    get
        Runs blocks.
    observed
        Returns the observations of a block of a scenario: (10,).
    """

    def __init__(
        self,
        names: Sequence[str],
        blocks: Mapping[tuple[str, str], Sequence[Block]],
        weights: Mapping[str, float],
        get: Callable[[Sequence[Block]], None],
        observed: Callable[[Block], Floats],
    ) -> None:
        self.names = tuple(names)
        self.blocks = blocks
        self.weights = weights
        self._get = get
        self._observed = observed
        self._known: list[list[float]] = [[] for _ in names]

    def __call__(self, systems: Ints, first: int, last: int) -> Floats:
        """Return ``(*systems.shape, last - first)`` observations, numbers ``first`` to ``last`` - 1.

        Raises
        ------
        RunError
            If a run failed, or no decision was measured in ten futures.
        """
        self._run(np.unique(systems).tolist(), last)
        rows = [self._known[system][first:last] for system in systems.reshape(-1).tolist()]
        return np.array(rows, dtype=np.float64).reshape(*systems.shape, last - first)

    def _run(self, systems: Sequence[int], last: int) -> None:
        span = SPAN // BATCH
        new = {system: range(len(self._known[system]) // span, math.ceil(last / span)) for system in systems}
        self._get(
            [
                self.blocks[self.names[system], scenario][number]
                for system, numbers in new.items()
                for scenario in self.weights
                for number in numbers
            ]
        )
        for system, numbers in new.items():
            for number in numbers:
                parts = [
                    weight * self._measured(self.blocks[self.names[system], scenario][number])
                    for scenario, weight in self.weights.items()
                ]
                self._known[system].extend(np.sum(parts, axis=0).tolist())

    def _measured(self, block: Block) -> Floats:
        observed = self._observed(block)
        if np.isnan(observed).any():
            raise RunError(
                f"structure `{block.structure}`, scenario `{block.scenario}`: no decision that counts came up in ten "
                "futures, and among so many structures none can be left out for that",
                "lengthen the scenario, or choose by another class",
            )
        return observed

    def blocks_run(self, name: str) -> int:
        """Return how many blocks of a structure were run, under each scenario."""
        return len(self._known[self.names.index(name)]) * BATCH // SPAN

    def chosen(self, selection: Selection) -> Chosen:
        """Return what a procedure chose."""
        return Chosen(
            self.names[selection.best],
            len(self.names),
            selection.decided,
            int(selection.observations.max()),
            selection.total,
        )

    def foremost(self, selection: Selection, base: str) -> tuple[str, ...]:
        """Return the structures to be looked at closely: the chosen one, the base, and those with the lowest means."""
        order = np.argsort(np.nan_to_num(selection.means, nan=np.inf), kind="stable").tolist()
        first = [selection.best, *([self.names.index(base)] if base in self.names else []), *order]
        kept = set(list(dict.fromkeys(first))[:FOREMOST])
        return tuple(name for number, name in enumerate(self.names) if number in kept)
