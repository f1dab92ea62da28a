"""What a study gives back, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from renkei.analysis.runs import CLASS_COLUMNS, PairRuns
from renkei.model.results import Summary

Column = npt.NDArray[Any]


class RunError(Exception):
    """A study could not finish (exit status 3). What was done is kept; the same command goes on from there."""

    status = 3

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.help = remedy

    def __str__(self) -> str:
        return f"{self.message}\nhelp: {self.help}"


@dataclass(frozen=True)
class StudyResult:
    """What a study found: its summary, and a row for each run and class of decision."""

    summary: Summary
    runs: dict[str, Column]
    """Columns of equal length: structure, scenario, future, replication, decision_class, and the statistics of
    ``renkei.analysis.runs.CLASS_COLUMNS``. Rows in the order of structures, scenarios, futures, replications,
    classes."""

    def to_pandas(self) -> Any:
        """Return the runs as a pandas data frame.

        Raises
        ------
        ModuleNotFoundError
            If pandas is not installed.
        """
        try:
            import pandas
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                "`to_pandas` needs pandas: install it, or `renkei[notebook]`; `.runs` has the same columns without it",
                name="pandas",
            ) from missing
        return pandas.DataFrame(self.runs)


def run_columns(pairs: dict[tuple[str, str], PairRuns]) -> dict[str, Column]:
    """Return the table of runs: one row for each run and class."""
    parts: list[dict[str, Column]] = []
    for (structure, scenario), pair in pairs.items():
        classes = pair.layout.classes
        shape = (pair.futures, pair.replications, len(classes))
        future, replication, row = (axis.reshape(-1) for axis in np.indices(shape))
        values = pair.classes.reshape(-1, len(CLASS_COLUMNS))
        size = len(values)
        part: dict[str, Column] = {
            "structure": np.full(size, structure, dtype=object),
            "scenario": np.full(size, scenario, dtype=object),
            "future": future.astype(np.int64),
            "replication": replication.astype(np.int64),
            "decision_class": np.array(classes, dtype=object)[row],
            "deadline_s": np.repeat(pair.deadlines_s[:, None], pair.replications, axis=1).reshape(-1),
            "truncated": np.repeat(pair.truncated.reshape(-1), len(classes)),
        }
        for number, name in enumerate(CLASS_COLUMNS):
            whole = number < CLASS_COLUMNS.index("mean_s")
            part[name] = values[:, number].astype(np.int64) if whole else values[:, number]
        parts.append(part)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
