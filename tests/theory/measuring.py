"""Runs of the theory cases by the ordinary path, and what is measured in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from renkei.files import load_case
from renkei.model.results import Cell, DeskLoad
from renkei.model.scenario import Case
from renkei.sim import engine
from renkei.sim.compiler import compile_program
from renkei.sim.program import DECISION_COLUMNS, Ints, Outcome
from renkei.study import StudyResult, run_study

CASES = Path(__file__).parent / "cases"
COLUMN = {name: number for number, name in enumerate(DECISION_COLUMNS)}
Sample = npt.NDArray[np.float64]
"""One number for each independent run."""
QUANTILE_COLUMNS = {0.5: "median_s", 0.9: "p90_s", 0.99: "p99_s"}


@cache
def case_of(name: str) -> Case:
    """Read a theory case; each has one structure."""
    return load_case(CASES / name)


@cache
def study_of(name: str) -> StudyResult:
    """Run a theory case as ``renkei study`` does."""
    return run_study(case_of(name))


def column(name: str, scenario: str, decision_class: str, statistic: str) -> Sample:
    """Return a column of ``runs.parquet``: one number for each run."""
    runs = study_of(name).runs
    rows = (runs["scenario"] == scenario) & (runs["decision_class"] == decision_class)
    assert rows.any()
    assert not runs["truncated"][rows].any()
    values: Sample = runs[statistic][rows].astype(np.float64)
    return values


def mean_times(name: str, scenario: str, decision_class: str) -> Sample:
    """Return the mean time to decision of each run; all that was raised has ended, and the cell has their mean."""
    assert not column(name, scenario, decision_class, "open").any()
    means = column(name, scenario, decision_class, "mean_s")
    assert np.isclose(cell_of(name, scenario, decision_class).mean_s.value, means.mean(), rtol=1e-12)
    return means


def quantiles(name: str, scenario: str, decision_class: str, share: float) -> Sample:
    """Return a quantile of the time to decision of each run."""
    return column(name, scenario, decision_class, QUANTILE_COLUMNS[share])


def approved_share(name: str, scenario: str, decision_class: str) -> Sample:
    """Return the share of each run's decisions that was neither refused nor failed."""
    done = column(name, scenario, decision_class, "done")
    return done / column(name, scenario, decision_class, "raised")


def cell_of(name: str, scenario: str, decision_class: str) -> Cell:
    """Return what the summary says of a class."""
    return next(
        cell
        for cell in study_of(name).summary.cells
        if (cell.scenario, cell.decision_class) == (scenario, decision_class)
    )


def load_of(name: str, scenario: str, desk: str) -> DeskLoad:
    """Return what the summary says of a desk."""
    structure = case_of(name).plan.base
    return next(load for load in study_of(name).summary.loads[structure][scenario] if load.desk == desk)


@cache
def tables_of(name: str, scenario: str) -> tuple[tuple[str, ...], tuple[Ints, ...]]:
    """Return the classes, and the table of counted decisions of each run: the same runs as the study's."""
    case = case_of(name)
    program = compile_program(
        case.structures[case.plan.base], case.doctrine, case.scenarios[scenario], case.assumptions
    )
    bound = program.bind({})
    tables = []
    for future in range(case.plan.futures):
        for replication in range(case.plan.replications):
            keys = program.source_keys(case.plan.seed, future, replication)
            table = engine.run(program.fixed, bound, keys).decisions
            raised = table[:, COLUMN["raised"]]
            counted = (raised >= program.warm_up_us) & (raised < program.length_us - program.cool_down_us)
            tables.append(table[counted])
    return program.classes, tuple(tables)


def runs_of(
    name: str,
    scenario: str,
    decision_class: str,
    statistic: Callable[[Sample], float],
    outcome: int = Outcome.DONE,
) -> Sample:
    """Return any statistic of the times, in seconds, of each run's decisions that ended in one way."""
    classes, tables = tables_of(name, scenario)
    result = []
    for table in tables:
        chosen = (table[:, COLUMN["class"]] == classes.index(decision_class)) & (table[:, COLUMN["outcome"]] == outcome)
        times = table[chosen, COLUMN["ended"]] - table[chosen, COLUMN["raised"]]
        result.append(statistic(times / 1e6))
    return np.array(result)


def refused_times(name: str, scenario: str, decision_class: str) -> Sample:
    """Return the mean time to refusal of each run."""
    return runs_of(name, scenario, decision_class, lambda times: float(np.mean(times)), Outcome.REFUSED)
