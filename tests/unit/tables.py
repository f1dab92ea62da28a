"""Runs made by hand, for tests of what is reduced from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from renkei.analysis.runs import DONE, OPEN, Layout
from renkei.sim.program import DECISION_COLUMNS, DESK_COLUMNS, Ints, RunOutput

SECOND = 1_000_000
HOUR = 3600 * SECOND
LENGTH = 1000 * HOUR
COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}


class Made(NamedTuple):
    """A decision: seconds from raised to ended (None: open), and what else a test wants."""

    took_s: float | None
    outcome: int = DONE
    raised_s: float = 0.0
    decision_class: int = 0
    source: int = 0
    work_s: float = 0.0


def layout(classes: Sequence[str] = ("request",), **more: object) -> Layout:
    """Return a layout with two desks, and one source for each class."""
    given: dict[str, object] = {
        "decision_columns": COLUMN,
        "desk_columns": {name: number for number, name in enumerate(DESK_COLUMNS)},
        "classes": tuple(classes),
        "class_rows": np.arange(len(classes)),
        "counted": np.ones(len(classes), dtype=np.bool_),
        "marks": ("decided", "ordered", "answered"),
        "desks": ("hq.ops", "hq.chief"),
        "first_us": 0,
        "last_us": LENGTH,
        "length_us": LENGTH,
        "samples_us": LENGTH // 2 + LENGTH // 128 * np.arange(64),
        "reach": np.ones((len(classes), 2), dtype=np.bool_),
    }
    return Layout(**(given | more))  # type: ignore[arg-type]


def output(
    decisions: Sequence[Made], marks: Sequence[tuple[int, int, float]] = (), samples: Ints | None = None
) -> RunOutput:
    """Return a run's tables; marks are (row, mark, seconds since the start)."""
    table = np.zeros((len(decisions), len(DECISION_COLUMNS)), dtype=np.int64)
    for row, made in enumerate(decisions):
        raised = round(made.raised_s * SECOND)
        table[row, COLUMN["class"]] = made.decision_class
        table[row, COLUMN["source"]] = made.source
        table[row, COLUMN["raised"]] = raised
        table[row, COLUMN["outcome"]] = OPEN if made.took_s is None else made.outcome
        table[row, COLUMN["ended"]] = -1 if made.took_s is None else raised + round(made.took_s * SECOND)
        table[row, COLUMN["work"]] = round(made.work_s * SECOND)
        if made.took_s is not None:
            table[row, COLUMN["queue"]] = round((made.took_s - made.work_s) * SECOND)
    passed = np.array([(row, mark, round(time * SECOND)) for row, mark, time in marks], dtype=np.int64).reshape(-1, 3)
    return RunOutput(
        make_decisions=lambda: table,
        make_marks=lambda: passed,
        make_trace=lambda: np.zeros((0, 9), dtype=np.int64),
        desks=np.zeros((2, len(DESK_COLUMNS)), dtype=np.int64),
        samples=np.zeros((64, 2), dtype=np.int64) if samples is None else samples,
        events=0,
        truncated=False,
    )
