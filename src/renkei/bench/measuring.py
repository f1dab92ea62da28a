"""The parts of the benchmark that need no other simulator: start, memory, threads, sweeps, traces, growth."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from renkei.bench.models import CASES, MODELS
from renkei.bench.report import Measure

if TYPE_CHECKING:
    from renkei.analysis.runs import PairRuns
    from renkei.bench.ours import Runner
    from renkei.model.scenario import Case

Say = Callable[[str], None]

START_CASE: Final = CASES / "start"
"""A hundred decisions."""


def _took(command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path | None = None) -> float:
    began = time.perf_counter()
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"status {ran.returncode}"]
        raise RuntimeError(f"`{' '.join(command)}` failed: {said[-1]}")
    return seconds


def start(quick: bool, say: Say) -> list[Measure]:
    """Whole processes, from their call to their end."""
    python = [sys.executable, "-c"]
    rounds = 3 if quick else 9
    bare, imported, whole, called = [], [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        study = [sys.executable, "-m", "renkei.cli", "study", str(START_CASE), "--no-report", "--out"]
        code = f"import renkei; renkei.study(renkei.load({str(START_CASE)!r}))"
        _took([*study, str(folder / "first")], folder=folder)
        for number in range(rounds):
            bare.append(_took([*python, "pass"], folder=folder))
            imported.append(_took([*python, "import renkei"], folder=folder))
            called.append(_took([*python, code], folder=folder))
            whole.append(_took([*study, str(folder / f"out-{number}")], folder=folder))
        measures = [
            Measure("`import renkei`", median(b - a for a, b in zip(bare, imported, strict=True)), "s", 0.1, 0.05),
            Measure("warm start to a finished study of 100 decisions: `renkei study`", median(whole), "s", 0.8, 0.3),
            Measure("the same from Python, nothing written", median(called), "s"),
        ]
        if quick:
            return measures
        say("an empty cache: the kernel is compiled anew")
        empty = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "numba"), "XDG_CACHE_HOME": str(folder / "cache")}
        cold = [_took([*study, str(folder / "cold")], empty, folder)]
    return [*measures, Measure("cold start, empty cache", cold[0], "s", 15.0, 5.0)]


def memory(quick: bool, say: Say) -> list[Measure]:
    """The slope of peak memory between a short and a long queue."""
    from renkei.bench.probes import probed

    few, many = (50_000, 500_000) if quick else (250_000, 2_000_000)
    ends = [probed("queue", count) for count in (few, many)]
    if not ends[0]["peak"]:
        return [Measure("memory of a queued decision", math.nan, "B", 96.0, 64.0, note="the system does not say")]
    slope = (ends[1]["peak"] - ends[0]["peak"]) / (many - few)
    return [Measure("memory of a queued decision, time by cause included", slope, "B", 96.0, 64.0)]


def threads(quick: bool, say: Say) -> list[Measure]:
    """Two threads against one, run by run in turn; the tables must have equal bits."""
    from renkei.bench.ours import Runner
    from renkei.files import load_case
    from renkei.study import run_study
    from renkei.study.outputs import summary_json

    runner = Runner.of(MODELS["C"].folder, together=True)
    number = 12 if quick else 24
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        pools = {1: one, 2: two}
        for pool in pools.values():
            list(pool.map(runner.once, range(4)))
        gains = []
        for turn in range(3 if quick else 5):
            took, tables = {}, {}
            for workers, pool in pools.items():
                began = time.perf_counter()
                outputs = list(pool.map(runner.once, range(number * turn, number * (turn + 1))))
                took[workers] = time.perf_counter() - began
                tables[workers] = outputs[-2].decisions
            assert np.array_equal(tables[1], tables[2]), "two threads give other numbers than one"
            gains.append(took[1] / took[2])
    case = load_case(MODELS["C"].folder)
    study, summaries = [], {}
    for turn in range(2 if quick else 4):
        took = {}
        for workers in (1, 2):
            began = time.perf_counter()
            result = run_study(case, futures=2, replications=10, workers=workers, seed=turn)
            took[workers] = time.perf_counter() - began
            summaries[workers] = summary_json(result.summary)
        assert summaries[1] == summaries[2], "two workers give another summary than one"
        study.append(took[1] / took[2])
    cores = os.cpu_count() or 1
    note = "" if cores > 1 else "this machine has one core"
    return [
        Measure("two threads against one, the engine alone, bits equal", median(gains), "x", 1.85, 1.95, True, note),
        Measure("two workers against one, a whole study, bytes equal", median(study), "x", None, None, True, note),
    ]


def sweep(quick: bool, say: Say) -> list[Measure]:
    """What a study of many short runs takes beyond its work, on one worker and on two.

    Its work is done bare, too: the same futures, runs and statistics in a plain loop on each thread, without a study's
    blocks, locks, names and progress.
    """
    from dataclasses import replace

    from renkei.bench.ours import Runner
    from renkei.files import load_case
    from renkei.study import run_study

    whole = load_case(MODELS["C"].folder)
    # As long as makes a run last about a millisecond.
    runner = Runner(whole, length_s=86400.0)
    runner.once(0)
    per_run = min(_seconds_of(runner, number) for number in range(9))
    length_s = 86400.0 * 1e-3 / per_run
    scenario = replace(whole.scenarios["steady"], length_s=length_s, warm_up_s=length_s / 20, cool_down_s=length_s / 20)
    case = replace(whole, scenarios={"steady": scenario})
    futures = 100 if quick else 400
    workers = min(2, os.cpu_count() or 1)
    losses: dict[int, list[float]] = {1: [], workers: []}
    for turn in range(4 if quick else 8):
        for count, found in losses.items():
            began = time.perf_counter()
            _bare_study(case, futures, count)
            bare_s = time.perf_counter() - began
            began = time.perf_counter()
            run_study(case, futures=futures, replications=2, workers=count)
            study_s = time.perf_counter() - began
            if turn:
                found.append(100.0 * (1.0 - bare_s / study_s))
    note = f"runs of {1000 * per_run * length_s / 86400.0:.1f} ms at {futures} futures"
    measures = [Measure("lost to coordination, one worker", median(losses[1]), "%", note=note)]
    if workers > 1:
        measures.append(
            Measure("lost to coordination in a parallel sweep, two workers", median(losses[workers]), "%", 5.0)
        )
    return [*measures, _experiment(case, quick)]


def _experiment(case: Case, quick: bool) -> Measure:
    """What a choice's sweep takes for a run beyond the engine and the statistics of the run, on one worker.

    Drawing the assumptions, calculating loads, handing out, gathering and writing are its own; binding a program to a
    future is the engine's.
    """
    from renkei.sim.futures import draw_future
    from renkei.study.chunks import Store
    from renkei.study.running import Order, Pair
    from renkei.study.sweeping import FOLDER, Sweep

    structure, seed = case.plan.base, case.plan.seed
    classes = {"steady": case.scenarios["steady"].headline}
    futures, replications = (200 if quick else 1000), 2
    pair = Pair(case, structure, "steady")
    values = draw_future(case.assumptions, seed, 0)
    pair.compile(values)
    deadlines = pair.deadlines(values)
    row = pair.layout.classes.index(classes["steady"])

    def bare() -> None:
        for future in range(futures):
            bound = pair.program.bind(values)
            for replication in range(replications):
                pair.run(bound, (seed, future, replication), deadlines, only=row)

    def swept(through: Sweep, folder: Path) -> None:
        store = Store(folder, FOLDER)
        try:
            through.run_blocks(through.blocks(structure, "steady"), store)
        finally:
            store.close()

    own = []
    for turn in range(4 if quick else 10):
        took = {}
        with tempfile.TemporaryDirectory() as folder:
            order = Order(case, (structure,), ("steady",), futures, replications, seed, 1, Path(folder), None)
            through = Sweep(order, classes)
            through._pair(structure, "steady")
            ways = (bare, partial(swept, through, Path(folder)))
            for way in ways if turn % 2 else reversed(ways):
                began = time.perf_counter()
                way()
                took[way] = time.perf_counter() - began
        if turn:
            own.append(1e6 * (took[ways[1]] - took[ways[0]]) / (replications * futures))
    note = (
        f"{futures:,} futures x {replications}; quartiles {np.quantile(own, 0.25):.0f} and {np.quantile(own, 0.75):.0f}"
    )
    return Measure("a choice's sweep beyond its runs, each", median(own), "us", 20.0, note=note)


def _seconds_of(runner: Runner, replication: int) -> float:
    began = time.perf_counter()
    runner.reduced(runner.once(replication))
    return time.perf_counter() - began


def _bare_study(case: Case, futures: int, workers: int) -> None:
    """Do what a study of two replications does, each thread a part of the futures in one go."""
    from renkei.analysis.runs import gathered, joined
    from renkei.analysis.summary import summarise
    from renkei.sim.futures import draw_future
    from renkei.study.running import LOADS_EVERY, Pair

    structure, seed = case.plan.base, case.plan.seed
    pair = Pair(case, structure, "steady")
    pair.compile(draw_future(case.assumptions, seed, 0))

    def part(first: int, last: int) -> PairRuns:
        runs, truncated, loads, deadlines = [], [], [], []
        for future in range(first, last):
            values = draw_future(case.assumptions, seed, future)
            bound = pair.program.bind(values)
            loads.append(pair.loads(bound) if future % LOADS_EVERY == 0 else np.full(len(pair.program.desks), np.nan))
            deadlines.append(pair.deadlines(values))
            found = [pair.run(bound, (seed, future, replication), deadlines[-1]) for replication in range(2)]
            runs.append([reduced for reduced, _ in found])
            truncated.append([cut for _, cut in found])
        return gathered(pair.layout, runs, np.stack(loads), np.stack(deadlines), truncated)

    cuts = [futures * number // workers for number in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(part, cuts[:-1], cuts[1:]))
    summarise(case, {(structure, "steady"): joined(parts)}, (structure,), ("steady",), seed)


def trace(quick: bool, say: Say) -> list[Measure]:
    """What a trace of every step costs, run by run in turn; and what it costs whoever reads it."""
    from renkei.bench.ours import Runner

    runner = Runner.of(MODELS["C"].folder, together=True)
    extra, read_ns = [], []
    for replication in range(20 if quick else 80):
        took = {}
        for on in (False, True) if replication % 2 else (True, False):
            began = time.perf_counter()
            output = runner.once(replication, trace=on)
            took[on] = time.perf_counter() - began
            if on and replication % 10 == 0:
                began = time.perf_counter()
                records = len(output.trace)
                read_ns.append(1e9 * (time.perf_counter() - began) / records)
            del output
        if replication > 1:
            extra.append(100.0 * (took[True] / took[False] - 1.0))
    low, high = np.quantile(extra, (0.25, 0.75))
    note = f"quartiles {low:.0f} and {high:.0f}"
    return [
        Measure("trace on", median(extra), "% more", 10.0, 5.0, note=note),
        Measure("its records, for who asks for them, each", median(read_ns), "ns"),
    ]


def desks(quick: bool, say: Say) -> list[Measure]:
    """1,020 desks against 12: what an event costs."""
    from renkei.bench.probes import probed

    found = probed("trees", 85, 300_000 if quick else 1_000_000)
    ratio = median(many / one for one, many in zip(found["one_ns"], found["many_ns"], strict=True))
    note = f"{median(found['one_ns']):.0f} and {median(found['many_ns']):.0f} ns"
    return [Measure("an event at 1,020 desks against 12", ratio, "x", 1.6, 1.5, note=note)]


def growth(quick: bool, say: Say) -> list[Measure]:
    """Trees side by side: 12 to 102,000 desks."""
    from renkei.bench.probes import probed

    measures = []
    for copies in (1, 85, 850) if quick else (1, 85, 850, 8500):
        found = probed("trees", copies, 300_000 if quick else 2_000_000)
        say(f"{found['desks']} desks: {median(found['many_ns']):.0f} ns an event")
        note = f"compiled in {found['compile_s']:.1f} s, {found['peak'] / 1e6:.0f} MB at most"
        measures.append(Measure(f"{found['desks']:,} desks: an event", median(found["many_ns"]), "ns", note=note))
    return measures


def queue(quick: bool, say: Say) -> list[Measure]:
    """Ten to ten million decisions that wait."""
    from renkei.bench.probes import probed

    measures = []
    for power in range(1, 7 if quick else 8):
        found = probed("queue", 10**power)
        say(f"{10**power:,} queued decisions: {found['seconds']:.2f} s")
        nanoseconds = 1e9 * found["seconds"] / 10**power
        note = f"{found['seconds']:.3g} s, {found['peak'] / 1e6:.0f} MB at most"
        measures.append(Measure(f"{10**power:,} queued decisions: each", nanoseconds, "ns", note=note))
    return measures


def alliance(quick: bool, say: Say) -> list[Measure]:
    """A year of an alliance, built by functions; and its file form."""
    from renkei.bench.probes import probed

    headquarters, decisions = (500, 100_000) if quick else (5000, 10_000_000)
    loaded = probed("files", headquarters)
    found = probed("alliance", headquarters, decisions, say=say)
    name = f"a year of {headquarters:,} headquarters, {found['decisions']:,} decisions"
    running = f"{found['events']:,} events, {found['running_peak'] / 1e9:.1f} GB at most"
    return [
        Measure(f"{name}: run", found["run_s"], "s", note=running),
        Measure("building it by functions", found["build_s"], "s"),
        Measure("compiling it", found["compile_s"], "s"),
        Measure("its statistics", found["reduce_s"], "s", note=f"{found['peak'] / 1e9:.1f} GB at most"),
        Measure("loading its files", loaded["load_s"], "s", 30.0, note=f"{loaded['bytes'] / 1e6:.1f} MB"),
    ]


PARTS: Final[dict[str, Callable[[bool, Say], list[Measure]]]] = {
    "start": start,
    "memory": memory,
    "threads": threads,
    "sweep": sweep,
    "trace": trace,
    "desks": desks,
    "growth": growth,
    "queue": queue,
    "alliance": alliance,
}
