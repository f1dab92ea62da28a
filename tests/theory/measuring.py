"""Runs of the theory cases by the ordinary path, and what is measured in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from renkei.files import load_case
from renkei.model.results import Cell
from renkei.model.scenario import Case
from renkei.sim.program import Outcome
from renkei.study import StudyResult, run_study

CASES = Path(__file__).parent / "cases"
Sample = npt.NDArray[np.float64]
"""One number for each independent run."""


@cache
def case_of(name: str) -> Case:
    """Read a theory case."""
    return load_case(CASES / name)


@cache
def study_of(name: str) -> StudyResult:
    """Run a theory case as ``renkei study`` does."""
    return run_study(case_of(name))
