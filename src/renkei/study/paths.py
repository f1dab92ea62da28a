"""Phased paths among the structures of a choice: over the years, a path is each stage for as long as that stands.

Of the ten futures of an observation the first is the first tenth of the years, and so on. So a path needs no runs of
its own: in each future its runs are those of the stage that stands then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from renkei.analysis.headline import ARRAYS, HeadlineRuns
from renkei.analysis.verdict import BATCH
from renkei.model.scenario import Case
from renkei.model.structure import Structure

YEARS: Final = 10
"""From the beginning of its first stage on, a path is looked at for so long, if no budget states other years."""
DAYS: Final = 365.25
COUNTED: Final = ("growing", "loaded")
"""Of desks, which stages do not share: whether a path is overloaded is asked of its stages."""


@dataclass(frozen=True, slots=True)
class Path:
    """What stands when."""

    begins: str
    years: int
    stands: tuple[str, ...]
    """The structure in each tenth of the years."""

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the structures, in their order, each once."""
        return tuple(dict.fromkeys(self.stands))


def stages_of(structure: Structure) -> list[tuple[int, str]]:
    """Return the phases that become another structure: number of the phase, and which."""
    return [
        (number, phase.changes[0].removeprefix("become "))
        for number, phase in enumerate(structure.phases)
        if phase.structure == structure.id and phase.changes and phase.changes[0].startswith("become ")
    ]


def paths_of(case: Case, structures: Sequence[str]) -> dict[str, Path]:
    """Return the case's paths all of whose stages are among the structures, by name."""
    budget = case.plan.politics.budget
    years = YEARS if budget is None else budget.years
    return {
        structure.id: _over(structure, stages, years)
        for structure in case.structures.values()
        if (stages := stages_of(structure)) and all(name in structures for _, name in stages)
    }


def _over(structure: Structure, stages: Sequence[tuple[int, str]], years: int) -> Path:
    dates = [(date.fromisoformat(structure.phases[number].date), name) for number, name in stages]
    begins = dates[0][0]
    moments = [begins + timedelta(days=DAYS * years * (tenth + 0.5) / BATCH) for tenth in range(BATCH)]
    stands = tuple([name for when, name in dates if when <= moment][-1] for moment in moments)
    return Path(begins.isoformat(), years, stands)


def blended(path: Path, parts: Mapping[str, HeadlineRuns], futures: Sequence[int]) -> HeadlineRuns:
    """Return a path's runs in numbered futures, from those of its stages in the same futures."""
    stands = [path.stands[future % BATCH] for future in futures]
    whole = {}
    for name in ARRAYS:
        arrays = {stage: getattr(parts[stage], name) for stage in path.stages}
        first = next(iter(arrays.values()))
        if name in COUNTED:
            whole[name] = first[:0]
        else:
            whole[name] = np.stack([arrays[stage][row] for row, stage in enumerate(stands)])
    return HeadlineRuns(**whole)
