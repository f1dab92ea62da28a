"""What a choice keeps of each run: the row of one class of decision, and one decision drawn from it.

A study keeps every class and desk of a run; a choice has ten times as many runs and asks less of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from renkei.analysis.cells import SURE
from renkei.analysis.runs import CLASS, CLASS_COLUMNS, DESK, Floats, Ints, Reduced, divided

Bools = npt.NDArray[np.bool_]

VALUES: Final = {"median": "median_s", "mean": "mean_s", "p90": "p90_s"}
BOUNDS: Final = {"median": "median_bound_s", "p90": "p90_bound_s"}


@dataclass(frozen=True, slots=True)
class HeadlineRuns:
    """The runs of one structure under one scenario, as far as a choice asks. F futures, R replications, D desks."""

    columns: Floats
    """(F, R, columns of ``renkei.analysis.runs.CLASS_COLUMNS``); NaN where a brief reduction leaves one out."""
    drawn_s: Floats
    """(F, R): the time of one decision, drawn evenly from the run's; negative if it was still open, NaN if there was
    none."""
    drawn_missed: Floats
    """(F, R): whether one decision, drawn evenly, missed its deadline; NaN where none can be said."""
    deadline_s: Floats
    """(F,)"""
    truncated: Bools
    """(F, R)"""
    growing: Ints
    """(D,): in how many futures the desk's backlog grew."""
    loaded: Ints
    """(D, 2): in how many futures its load was calculated, and in how many of them it was 1 or more."""

    @property
    def futures(self) -> int:
        """Return how many futures there are."""
        return int(self.columns.shape[0])

    def of(self, column: str) -> Floats:
        """Return a statistic: (F, R)."""
        values: Floats = self.columns[:, :, CLASS[column]]
        return values

    def measure(self, name: str) -> Floats:
        """Return a measure of an objective: (F, R), finite or NaN. What falls among open decisions is its bound."""
        if name == "missed":
            return 1.0 - self.of("within_deadline")
        values = self.of(VALUES[name])
        return np.where(np.isinf(values), self.of(BOUNDS[name]), values) if name in BOUNDS else values

    def is_bound(self, name: str) -> Bools:
        """Return whether the measure is only a lower bound: (F, R)."""
        if name in BOUNDS:
            return np.isinf(self.of(VALUES[name]))
        opened: Bools = (self.of("open") > 0) & (name == "mean")
        return opened

    def overloaded(self, reach: Bools) -> Bools:
        """Return (D,): the desks that the class can come to and that cannot keep up in most futures."""
        too_much = divided(self.loaded[:, 1], self.loaded[:, 0])
        found: Bools = reach & ((np.nan_to_num(too_much) > 0.5) | (self.growing > 0.5 * self.futures))
        return found


ARRAYS: Final = tuple(HeadlineRuns.__dataclass_fields__)
_SUMMED: Final = ("growing", "loaded")


def gathered(
    runs: Sequence[Sequence[Reduced]],
    loads: Floats,
    deadlines_s: Floats,
    truncated: Sequence[Sequence[bool]],
    draws: Floats,
) -> HeadlineRuns:
    """Return reduced runs, by future and replication, as arrays.

    Parameters
    ----------
    runs
        By future and replication, each of the class that is kept and no other.
    loads
        (F, desks)
    deadlines_s
        (F,)
    truncated
        By future and replication.
    draws
        (F, R, 2): numbers in (0, 1) that draw a decision of each run.
    """
    shape = (len(runs), len(runs[0]))
    flat = [run for future in runs for run in future]
    columns = np.stack([run.classes[0] for run in flat]).reshape(*shape, len(CLASS_COLUMNS))
    drawn = np.full(len(flat), np.nan)
    for number, (run, share) in enumerate(zip(flat, draws[:, :, 0].reshape(-1).tolist(), strict=True)):
        if len(run.points):
            drawn[number] = run.points[int(share * len(run.points))]
    in_time, missed = columns[:, :, CLASS["in_time"]], columns[:, :, CLASS["missed"]]
    known = in_time + missed > 0
    chosen = draws[:, :, 1] < divided(missed, in_time + missed)
    growth = np.stack([run.desks[:, DESK["growth_t"]] for run in flat]).reshape(*shape, -1)
    level = np.stack([run.desks[:, DESK["growth_level"]] for run in flat]).reshape(*shape, -1)
    # As ``renkei.analysis.cells.growing_share``, counted rather than averaged, so that blocks can be put together.
    together = growth.sum(axis=1) / np.sqrt(shape[1])
    return HeadlineRuns(
        columns=columns,
        drawn_s=drawn.reshape(shape),
        drawn_missed=np.where(known, chosen.astype(np.float64), np.nan),
        deadline_s=deadlines_s,
        truncated=np.array(truncated, dtype=np.bool_),
        growing=((together > SURE) & (level.mean(axis=1) > 0)).sum(axis=0).astype(np.int64),
        loaded=np.stack([(~np.isnan(loads)).sum(axis=0), (loads >= 1.0).sum(axis=0)], axis=1).astype(np.int64),
    )


def joined(blocks: Sequence[HeadlineRuns]) -> HeadlineRuns:
    """Return blocks of futures as one."""
    together = {}
    for name in ARRAYS:
        parts = [getattr(block, name) for block in blocks]
        together[name] = np.sum(parts, axis=0) if name in _SUMMED else np.concatenate(parts)
    return HeadlineRuns(**together)
