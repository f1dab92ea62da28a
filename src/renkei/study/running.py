"""The study runner: every structure under every scenario, in every future, on all cores.

Threads suffice: the kernel lets go of Python's lock while it runs. What is computed never depends on how many there
are: a block of futures is always the same, and blocks are put together in their order, not in that of their
completion.
"""

from __future__ import annotations

import os
import shlex
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import numpy as np

from renkei.analysis.runs import Floats, Layout, PairRuns, Reduced, gathered, joined, of_class, reduce_run
from renkei.analysis.summary import summarise
from renkei.diagnostics import InputError, Problem
from renkei.model.scenario import Case
from renkei.study.chunks import FOLDER, Block, InUse, Store, blocks_of
from renkei.study.inspection import MOST_RUNS, checked_case, find_scenario, find_structure, packaged_cases, whole_number
from renkei.study.outcome import RunError, StudyResult, run_columns
from renkei.study.readiness import readiness_of

if TYPE_CHECKING:
    from renkei.sim.compiler import Program
    from renkei.sim.loads import Code
    from renkei.sim.program import Bound

Listener = Callable[[int, int], None]
"""Is told how many runs of how many are done. If it has a method ``say``, it is told in words what happens, too."""

LOOK_EVERY_S: Final = 0.2
SAY_EVERY_S: Final = 10.0
"""A run that takes so long says how far it is."""
LOADS_EVERY: Final = 5
"""Loads are calculated in every fifth future: whether most are overloaded is as plain from 20 as from 100, and
solving for the flows takes 5 to 20 ms, as long as a run."""
PAIRS_KEPT: Final = 500
"""So many compiled structures under scenarios are kept at a time; one that is needed again is compiled again."""
BOUND_AHEAD: Final = 10
"""A program is bound to so many futures at a time."""
DRAWS_KEPT: Final = 20_000
"""So many drawn futures are kept at a time."""
AGAIN: Final = "the same command goes on from where it was"


def run_study(
    case: Case,
    *,
    structures: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    futures: int | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    progress: Listener | None = None,
) -> StudyResult:
    """Run every structure under every scenario, and say what is found.

    The same case, seed and counts give the same result to the last bit, on any number of workers.

    Parameters
    ----------
    case
        What ``renkei.load`` gave.
    structures, scenarios
        Ids; all that the study names if None.
    futures, replications, seed
        How many draws of the assumptions, how many runs in each, and the seed of all chance; the study's own if None.
    workers
        Threads; one for each core if None.
    out
        A folder for summary.json, runs.parquet and manifest.json. Finished work is kept there too, so that a study that
        was stopped goes on where it was. Nothing is written if None.
    progress
        Is called with the number of runs that are done, and of all.

    Raises
    ------
    NotFound
        If the case has no such structure or scenario.
    TypeError, ValueError
        If an argument is of the wrong kind, or a number below 1 (the seed: below 0).
    renkei.diagnostics.InputError
        If a structure cannot carry a decision of a scenario.
    RunError
        If a run failed, or the results could not be written. Finished work is kept.

    Examples
    --------
    >>> result = run_study(case, futures=20)  # doctest: +SKIP
    >>> print(result.summary.answer.en)  # doctest: +SKIP
    """
    checked_case("a study", case)
    order = Order(
        case,
        names_of("structures", structures) or case.plan.structures or tuple(case.structures),
        names_of("scenarios", scenarios) or case.plan.scenarios or tuple(case.scenarios),
        case.plan.futures if futures is None else futures,
        case.plan.replications if replications is None else replications,
        case.plan.seed if seed is None else seed,
        available_cores() if workers is None else workers,
        folder_named(out),
        progress,
    )
    return Study(order).run()


def names_of(word: str, given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names in a list; a single text would be taken for its letters, and is refused."""
    if given is None:
        return ()
    if isinstance(given, str):
        raise TypeError(f"{word} is a list of names: write [{given!r}]")
    if not given:
        raise ValueError(f"{word} names nothing: give it a name, or leave it out")
    return tuple(given)


def folder_named(out: Path | str | None) -> Path | None:
    """Return the folder that results go to; None where nothing is written."""
    if out is None or isinstance(out, (str, os.PathLike)):
        return None if out is None else Path(out)
    raise TypeError(f"out is a folder, not {out!r}")


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Order:
    """What is to be run, by how many, and where results go."""

    case: Case
    structures: tuple[str, ...]
    scenarios: tuple[str, ...]
    futures: int
    replications: int
    seed: int
    workers: int = 1
    out: Path | None = None
    progress: Listener | None = None

    def checked(self) -> Order:
        """Return it with each name once.

        Raises
        ------
        NotFound
            If the case has no such structure or scenario.
        TypeError, ValueError
            If a number or a name is none, or too small.
        """
        for word, given in (("structures", self.structures), ("scenarios", self.scenarios)):
            if not all(isinstance(name, str) for name in given):
                raise TypeError(f"{word} are names: a list of texts")
        for word in ("futures", "replications", "workers", "seed"):
            number = whole_number(word, getattr(self, word), least=0 if word == "seed" else 1)
            if word in ("futures", "replications") and number > MOST_RUNS:
                raise ValueError(f"{word} is {number}, and must be {MOST_RUNS:,} or less")
        if not self.structures or not self.scenarios:
            raise ValueError("a study needs a structure, a scenario, a future, a replication and a worker at least")
        for name in self.scenarios:
            find_scenario(self.case, name)
        for name in self.structures:
            find_structure(self.case, name)
        return replace(
            self,
            structures=tuple(dict.fromkeys(self.structures)),
            scenarios=tuple(dict.fromkeys(self.scenarios)),
        )


class _Stopped(Exception):
    """Another worker failed, or the user interrupted."""


Kept = TypeVar("Kept")
"""What is kept of a block."""
Result = TypeVar("Result")


class BlockRuns(NamedTuple):
    """The runs of a block of futures."""

    runs: list[list[Reduced]]
    """By future and replication."""
    loads: Floats
    """(F, desks)"""
    deadlines_s: Floats
    """(F, classes)"""
    truncated: list[list[bool]]


class _Keeper:
    """Writes finished blocks one after another while others are run: until a file is on the disk can take longer than
    its runs.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="renkei-keeper")
        self._writing: deque[Future[None]] = deque()

    def __enter__(self) -> _Keeper:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what has been taken."""
        self._pool.shutdown(wait=True)

    def take(self, keep: Callable[..., None], *arguments: object) -> None:
        """Write soon: call ``keep`` with arguments."""
        self._writing.append(self._pool.submit(keep, *arguments))

    def done(self) -> list[Future[None]]:
        """Return what has been written, or could not be, since this was last asked."""
        found = []
        while self._writing and self._writing[0].done():
            found.append(self._writing.popleft())
        return found

    def all(self) -> list[Future[None]]:
        """Wait until everything is written, and return what was not yet returned."""
        wait(self._writing)
        return self.done()


class Crew(ABC, Generic[Kept]):
    """Runs blocks of futures on all cores; what is kept of a block is the affair of those who extend this."""

    def __init__(self, order: Order) -> None:
        order = order.checked()
        self.order = order
        self.case = order.case
        self.scenarios = {name: order.case.scenarios[name] for name in order.scenarios}
        self.structures = order.structures
        self.futures = order.futures
        self.replications = order.replications
        self.seed = order.seed
        self.workers = order.workers
        self.out = order.out
        self.progress = order.progress
        self.say: Callable[[str], None] = getattr(order.progress, "say", lambda text: None)
        self.done = 0
        self.total = len(order.structures) * len(order.scenarios) * order.futures * order.replications
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._draws: dict[int, dict[str, float]] = {}

    def _store(self, folder: str = FOLDER) -> Store:
        """Open the folder of finished work, for this alone."""
        try:
            return Store(self.out, folder)
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        except InUse:
            raise RunError(
                f"another study writes to `{self.out}` now", "wait for it, or choose another folder with --out"
            ) from None

    # ---- on all cores

    def _run_blocks(self, blocks: Sequence[Block], store: Store) -> tuple[dict[Block, Kept], int]:
        chunks: dict[Block, Kept] = {}
        reused = 0
        with ThreadPoolExecutor(self.workers, thread_name_prefix="renkei") as pool, _Keeper() as keeper:
            try:
                waiting = {pool.submit(self._block, block, store): block for block in blocks}
                while waiting:
                    ready, _ = wait(waiting, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
                    for future in ready:
                        block = waiting.pop(future)
                        chunks[block], old = self._result(future)
                        reused += old
                        if not old:
                            keeper.take(self._keep, block, chunks[block], store)
                    for written in keeper.done():
                        self._result(written)
                    if self.progress is not None:
                        self.progress(self.done, self.total)
                for written in keeper.all():
                    self._result(written)
            except BaseException as wrong:
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                for future, block in waiting.items():
                    if not future.cancelled() and future.exception() is None and not future.result()[1]:
                        keeper.take(self._keep, block, future.result()[0], store)
                if isinstance(wrong, KeyboardInterrupt):
                    keeper.all()
                    self.say(f"stopped after {self.done} of {self.total} runs; finished blocks are kept")
                raise
        return chunks, reused

    def _result(self, future: Future[Result]) -> Result:
        try:
            return future.result()
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        except MemoryError as wrong:
            raise RunError(
                f"there is not enough memory; {self._kept()}",
                "try a smaller `events_per_run` in study.yaml, and a smaller population or rate"
                if self.workers == 1
                else "try fewer --workers; with one, a smaller `events_per_run` in study.yaml",
            ) from wrong

    def _kept(self) -> str:
        return "nothing is kept without a folder" if self.out is None else f"finished work is kept: {AGAIN}"

    def _unwritable(self, wrong: OSError) -> RunError:
        if isinstance(wrong, IsADirectoryError):
            return RunError(
                f"`{wrong.filename2 or wrong.filename}` is a folder, where a file of results goes",
                f"remove or rename it, or choose another folder with --out; {AGAIN}",
            )
        reason = (wrong.strerror or str(wrong)).lower()
        return RunError(
            f"results cannot be written to `{self.out}`: {reason}; earlier results there are as they were",
            f"make room, or choose another folder with --out; {AGAIN}",
        )

    # ---- in a worker

    @abstractmethod
    def _block(self, block: Block, store: Store) -> tuple[Kept, bool]:
        """Return what is kept of a block, and whether it was kept before."""

    @abstractmethod
    def _keep(self, block: Block, kept: Kept, store: Store) -> None:
        """Write what is kept of a block."""

    def _with_loads(self, future: int) -> bool:
        """Return whether loads are calculated in a future."""
        return future % LOADS_EVERY == 0

    def _only(self, block: Block, pair: Pair) -> int | None:
        """Return the row of the only class that is kept of a run; None where all of them are."""
        return None

    def _reused(self, block: Block) -> None:
        with self._lock:
            self.done += len(block.futures) * self.replications

    def _run_block(self, block: Block, pair: Pair) -> BlockRuns:
        """Run every future and replication of a block."""
        runs: list[list[Reduced]] = []
        truncated: list[list[bool]] = []
        futures = block.futures
        drawn = self._drawn(futures)
        loads = np.full((len(futures), len(pair.program.desks)), np.nan)
        deadlines_s = np.stack([pair.deadlines(values) for values in drawn])
        only = self._only(block, pair)
        told = self._within(block)
        bounds: list[Bound] = []
        for row, future in enumerate(futures):
            if not bounds:
                bounds = self._bounds(block, pair, drawn, loads, row)
            own, cut = [], []
            with self._naming(block, future, 0) as named:
                bound = bounds.pop(0)
                for replication in range(self.replications):
                    if self._stop.is_set():
                        raise _Stopped
                    named.replication = replication
                    key = self._key(future, replication)
                    reduced, was_cut = pair.run(bound, key, deadlines_s[row], told, only=only)
                    own.append(reduced)
                    cut.append(was_cut)
            with self._lock:
                self.done += self.replications
            runs.append(own)
            truncated.append(cut)
        return BlockRuns(runs, loads, deadlines_s, truncated)

    def _bounds(
        self, block: Block, pair: Pair, drawn: Sequence[dict[str, float]], loads: Floats, first: int
    ) -> list[Bound]:
        """Return the numbers of the next futures, and write their loads: one after another this takes half as long as
        between runs.
        """
        result = []
        for row in range(first, min(first + BOUND_AHEAD, len(drawn))):
            future = block.futures[row]
            with self._naming(block, future, 0):
                result.append(pair.program.bind(drawn[row]))
                if self._with_loads(future):
                    loads[row] = pair.loads(result[-1])
        return result

    def _within(self, block: Block) -> Callable[[float], None]:
        """Return what a long run is to tell how far it is: it is said now and then, and a stop is obeyed."""
        said_s = time.monotonic()

        def told(share: float) -> None:
            nonlocal said_s
            if self._stop.is_set():
                raise _Stopped
            if time.monotonic() - said_s >= SAY_EVERY_S:
                said_s = time.monotonic()
                self.say(f"a long run of {block.structure}, {block.scenario}: {100 * share:.0f} % of its time")

        return told

    def _pair(self, structure: str, scenario: str) -> Pair:
        with self._lock:
            key = (structure, scenario)
            pair = self._pairs.pop(key, None) or Pair(self.case, structure, scenario)
            if len(self._pairs) >= PAIRS_KEPT:
                del self._pairs[next(iter(self._pairs))]
            self._pairs[key] = pair
        pair.compile(self._draw(0))
        return pair

    def _draw(self, future: int) -> dict[str, float]:
        return self._drawn((future,))[0]

    def _drawn(self, futures: Sequence[int]) -> list[dict[str, float]]:
        """Return futures: the same for every structure and scenario, so drawn once."""
        from renkei.sim.futures import draw_futures

        kept = self._draws
        found = {future: kept[future] for future in futures if future in kept}
        new = [future for future in futures if future not in found]
        if new:
            if len(kept) >= DRAWS_KEPT:
                kept = self._draws = {}
            found |= zip(new, draw_futures(self.case.assumptions, self.seed, new), strict=True)
            kept.update(found)
        return [found[future] for future in futures]

    def _key(self, future: int, replication: int) -> tuple[int, int, int]:
        """Return what all chance of a run is drawn by."""
        return (self.seed, future, replication)

    def _naming(self, block: Block, future: int, replication: int) -> _Naming:
        return _Naming(self, block, future, replication)


class Study(Crew[PairRuns]):
    """One call of ``run_study``."""

    def run(self) -> StudyResult:
        """Run it."""
        store = self._store()
        try:
            return self._run(store)
        finally:
            store.close()

    def _run(self, store: Store) -> StudyResult:
        from renkei.sim.native import warm_up

        began, began_s = datetime.now(UTC), time.monotonic()
        warm_up(self.say)
        blocks = [
            block
            for structure in self.structures
            for scenario in self.scenarios.values()
            for block in blocks_of(
                self.case,
                find_structure(self.case, structure, scenario),
                scenario,
                self.futures,
                self.replications,
                self.seed,
            )
        ]
        chunks, reused = self._run_blocks(blocks, store)
        pairs = {
            (structure, scenario): joined(
                [chunks[block] for block in blocks if (block.structure, block.scenario) == (structure, scenario)]
            )
            for structure in self.structures
            for scenario in self.scenarios
        }
        draws = self._drawn(range(self.futures))
        summary = summarise(self.case, pairs, self.structures, tuple(self.scenarios), self.seed, draws)
        summary = replace(summary, readiness=readiness_of(self.case, self.structures, draws))
        result = StudyResult(summary, run_columns(pairs))
        if self.out is not None:
            from renkei.study.outputs import manifest_json, write_outputs

            manifest = manifest_json(
                self.case,
                summary,
                workers=self.workers,
                began=began,
                duration_s=time.monotonic() - began_s,
                reused=reused,
                chunks=len(blocks),
            )
            try:
                write_outputs(self.out, summary, result.runs, manifest)
                store.keep_only(blocks)
            except OSError as wrong:
                raise self._unwritable(wrong) from wrong
        return result

    def _block(self, block: Block, store: Store) -> tuple[PairRuns, bool]:
        if self._stop.is_set():
            raise _Stopped
        pair = self._pair(block.structure, block.scenario)
        kept = store.read(block, pair.layout, self.replications)
        if kept is not None:
            self._reused(block)
            return kept, True
        done = self._run_block(block, pair)
        return gathered(pair.layout, done.runs, done.loads, done.deadlines_s, done.truncated), False

    def _keep(self, block: Block, kept: PairRuns, store: Store) -> None:
        store.write(block, kept)


class _Naming:
    """Says which run failed, and which command repeats it."""

    def __init__(self, study: Crew[Any], block: Block, future: int, replication: int) -> None:
        self.study = study
        self.block = block
        self.future = future
        self.replication = replication

    def __enter__(self) -> _Naming:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, traceback: object) -> None:
        """Name the run."""
        if not isinstance(wrong, Exception) or isinstance(wrong, (_Stopped, MemoryError)):
            return
        block, seed = self.block, self.study.seed
        case = self.study.case.id if self.study.case.id in packaged_cases() else f"./{self.study.case.id}"
        words = ["renkei", "trace", f"{case}/{block.structure}", block.scenario]
        words += ["--future", str(self.future), "--replication", str(self.replication), "--seed", str(seed)]
        raise RunError(
            f"a run failed: structure `{block.structure}`, scenario `{block.scenario}`, future {self.future}, "
            f"replication {self.replication}, seed {seed}: {wrong} ({type(wrong).__name__})",
            f"this repeats it: {shlex.join(words)}",
        ) from wrong


class Pair:
    """One structure under one scenario: its program, and what its numbers stand for."""

    def __init__(self, case: Case, structure: str, scenario: str) -> None:
        self.case = case
        self.scenario = case.scenarios[scenario]
        self.structure = find_structure(case, structure, self.scenario)
        self.program: Program
        self.layout: Layout
        self._lock = threading.Lock()
        self._compiled = False

    def compile(self, values: dict[str, float]) -> None:
        """Make the program, once; ``values`` are those of any future."""
        from renkei.sim.compiler import CompileError, compile_program

        with self._lock:
            if self._compiled:
                return
            try:
                self.program = compile_program(
                    self.structure,
                    self.case.doctrine,
                    self.scenario,
                    self.case.assumptions,
                    event_limit=self.case.plan.events_per_run,
                )
            except CompileError as wrong:
                raise InputError([Problem(wrong.rule, "error", str(wrong), help=wrong.help)]) from wrong
            self.layout = layout_of(self.program, self.program.bind(values))
            self._compiled = True

    def loads(self, bound: Bound) -> Floats:
        """Return offered work over open capacity of each desk, NaN where it has no lasting work."""
        from renkei.sim.loads import offered_loads

        known = offered_loads(self.program, bound)
        return np.array([known.get(desk, np.nan) for desk in self.program.desks])

    def deadlines(self, values: dict[str, float]) -> Floats:
        """Return the deadline of each reported class in seconds, NaN where it has none."""
        known = self.program.deadlines(values)
        return np.array([known.get(name, np.nan) for name in self.layout.classes])

    def run(
        self,
        bound: Bound,
        key: tuple[int, int, int],
        deadlines_s: Floats,
        told: Callable[[float], None] | None = None,
        only: int | None = None,
    ) -> tuple[Reduced, bool]:
        """Run once, reduce at once; return also whether the run was cut off. A long run tells how far it is.

        With ``only``, the statistics are brief and of one class: that of this row.
        """
        from renkei.sim import engine

        output = engine.run(self.program.fixed, bound, self.program.source_keys(*key), told=told)
        if only is None:
            return reduce_run(self.layout, output, deadlines_s), output.truncated
        layout = of_class(self.layout, only)
        return reduce_run(layout, output, deadlines_s[only : only + 1], brief=True), output.truncated


def layout_of(program: Program, bound: Bound) -> Layout:
    """Return what the numbers of a program's tables stand for."""
    from renkei.sim.loads import Code
    from renkei.sim.program import DECISION_COLUMNS, DESK_COLUMNS

    counted = np.array(program.counted, dtype=np.bool_)
    source_class = program.fixed.source_class
    reported = [number for number in range(len(program.classes)) if counted[source_class == number].any()]
    rows = np.full(len(program.classes), -1, dtype=np.int64)
    rows[reported] = np.arange(len(reported))
    start, step, samples = (int(number) for number in program.fixed.header[3:6])
    code = Code(program.fixed, bound)
    known: dict[int, set[int]] = {}
    stations: list[set[int]] = [set() for _ in reported]
    for source, number in enumerate(source_class.tolist()):
        if counted[source]:
            entry = int(program.fixed.source_entry[source])
            if entry not in known:
                known[entry] = stations_reached(program, code, entry)
            stations[rows[number]] |= known[entry]
    reach = np.zeros((len(reported), len(program.desks)), dtype=np.bool_)
    for row, those in enumerate(stations):
        reach[row] = np.isin(program.fixed.desk_station, list(those))
    return Layout(
        decision_columns={name: number for number, name in enumerate(DECISION_COLUMNS)},
        desk_columns={name: number for number, name in enumerate(DESK_COLUMNS)},
        classes=tuple(program.classes[number] for number in reported),
        class_rows=rows,
        counted=counted,
        marks=program.marks,
        desks=program.desks,
        first_us=program.warm_up_us,
        last_us=program.length_us - program.cool_down_us,
        length_us=program.length_us,
        sources=program.sources,
        samples_us=start + step * np.arange(samples, dtype=np.int64),
        reach=reach,
    )


def stations_reached(program: Program, code: Code, entry: int) -> set[int]:
    """Return the stations that a decision which begins at ``entry`` can come to: the people of its desks, and of those
    that take over from them.
    """
    from renkei.sim.loads import reachable

    fixed = program.fixed
    desks = {desk for pc in reachable(code, entry) for desk, _ in code.work(pc)}
    todo = list(desks)
    while todo:
        successor = int(fixed.desk_successor[todo.pop()])
        if successor >= 0 and successor not in desks:
            desks.add(successor)
            todo.append(successor)
    return {int(fixed.desk_station[desk]) for desk in desks}
