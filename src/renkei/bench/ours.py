"""renkei's own part: a case is compiled once, then run as a study runs it, with every statistic on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from renkei.analysis.runs import CLASS, Reduced, reduce_run
from renkei.files import load_case
from renkei.model.scenario import Case
from renkei.sim import engine
from renkei.sim.compiler import compile_program
from renkei.sim.futures import draw_future
from renkei.sim.program import RunOutput
from renkei.study.running import layout_of


@dataclass(frozen=True, slots=True)
class Timed:
    """Several runs in a row."""

    jobs: int
    """Decisions that ended."""
    events: int
    run_s: float
    """What the engine took: all decisions with their time by cause, all desks' statistics."""
    reduce_s: float
    """What a study takes besides for every run: medians, shares, growth."""
    means_s: tuple[float, ...]
    """Mean time to decision of each counted class, over all runs; of all classes together where one is known."""
    counted: int
    """Decisions that the means are of."""


class Runner:
    """A case's first structure under its first scenario, compiled."""

    def __init__(self, case: Case, *, together: bool = False, length_s: float | None = None) -> None:
        from dataclasses import replace

        scenario = next(iter(case.scenarios.values()))
        if length_s is not None:
            scenario = replace(scenario, length_s=length_s, warm_up_s=length_s / 20, cool_down_s=length_s / 20)
        structure = case.structures[case.plan.base]
        self.seed = case.plan.seed
        self.together = together
        self.program = compile_program(
            structure, case.doctrine, scenario, case.assumptions, event_limit=case.plan.events_per_run
        )
        values = draw_future(case.assumptions, self.seed, 0)
        self.bound = self.program.bind(values)
        self.layout = layout_of(self.program, self.bound)
        self.deadlines_s = np.full(len(self.layout.classes), np.nan)

    @classmethod
    def of(cls, folder: Path, *, together: bool = False, length_s: float | None = None) -> Runner:
        """Return the runner of a case folder."""
        return cls(load_case(folder), together=together, length_s=length_s)

    def once(self, replication: int, *, trace: bool = False) -> RunOutput:
        """Run once."""
        keys = self.program.source_keys(self.seed, 0, replication)
        return engine.run(self.program.fixed, self.bound, keys, trace=trace)

    def reduced(self, output: RunOutput) -> Reduced:
        """Return a run's statistics."""
        return reduce_run(self.layout, output, self.deadlines_s)

    def timed(self, first: int, at_least_s: float) -> Timed:
        """Run replications from ``first`` on until the engine has worked for so long."""
        jobs = events = 0
        run_s = reduce_s = 0.0
        sums = np.zeros(len(self.layout.classes))
        counts = np.zeros(len(self.layout.classes))
        replication = first
        while run_s < at_least_s:
            begun = time.perf_counter()
            output = self.once(replication)
            ran = time.perf_counter()
            rows = self.reduced(output).classes
            reduce_s += time.perf_counter() - ran
            run_s += ran - begun
            assert not output.truncated
            jobs += int((output.decisions[:, self.layout.decision_columns["outcome"]] != 0).sum())
            events += output.events
            done = rows[:, CLASS["done"]]
            sums += np.where(done > 0, rows[:, CLASS["mean_s"]], 0.0) * done
            counts += done
            replication += 1
        means = (sums.sum() / counts.sum(),) if self.together else tuple((sums / counts).tolist())
        return Timed(jobs, events, run_s, reduce_s, tuple(float(mean) for mean in means), int(counts.sum()))
