"""A sweep on a Dask cluster that somebody else runs: blocks go out, what is kept of them comes back.

A block takes a second or more, so what Dask itself costs (some milliseconds a task) does not count. What a worker
computes depends on the block alone, so results are the same bits, and a lost worker costs nothing but time: Dask gives
its blocks to another. Finished blocks are kept in the caller's folder, as they are without a cluster.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from renkei.analysis.headline import ARRAYS, HeadlineRuns
from renkei.study.chunks import Block, Store, engine_version
from renkei.study.outcome import RunError
from renkei.study.running import Pair
from renkei.study.sweeping import Sweep

ADDRESS: Final = re.compile(r"((tcp|tls|ucx|ws|wss)://)?[^/\s]+:[0-9]+")
PATIENCE_S: Final = 10.0
"""To reach the scheduler."""


KEPT: Final = 4
"""A worker keeps so many sweeps, with what they have compiled, and so many sets of compiled structures."""


@dataclass(frozen=True)
class Task:
    """All that a worker needs besides the block."""

    id: str
    compiled: str
    """What tells sweeps whose structures are compiled alike from others."""
    engine: str
    remade: Callable[..., Sweep]
    arguments: tuple[Any, ...]


_sweeps: dict[str, Sweep] = {}
_compiled: dict[str, dict[tuple[str, str], Pair]] = {}
_lock = threading.Lock()


def block_on_worker(task: Task, block: Block) -> dict[str, Any]:
    """Run a block, in a worker.

    Raises
    ------
    RuntimeError
        If the worker's renkei, NumPy or Numba are others than the caller's: its numbers could be, too.
    """
    if engine_version() != task.engine:
        raise RuntimeError("a worker has another version of renkei, NumPy or Numba: install the same on all")
    made = _sweep_of(task).made(block)
    return {name: getattr(made, name) for name in ARRAYS}


def _sweep_of(task: Task) -> Sweep:
    """Return the sweep of a task: what was compiled for another of the same structures is not compiled again."""
    with _lock:
        if task.id not in _sweeps:
            from renkei.sim.native import warm_up

            warm_up()
            sweep = task.remade(*task.arguments)
            sweep._pairs = _compiled.setdefault(task.compiled, sweep._pairs)
            _sweeps[task.id] = sweep
            for known in (_sweeps, _compiled):
                while len(known) > KEPT:
                    del known[next(iter(known))]
        return _sweeps[task.id]


class Cluster:
    """A Dask cluster, which is reached when it is first needed.

    Parameters
    ----------
    address
        Of its scheduler.

    Raises
    ------
    RunError
        If that is no address.
    """

    def __init__(self, address: str) -> None:
        if ADDRESS.fullmatch(address) is None:
            raise RunError(
                f"`{address}` is not the address of a Dask scheduler",
                "write it as the scheduler says it when it starts, with its port: `tcp://10.0.0.5:8786`",
            )
        self.address = address
        self._client: Any = None

    def close(self) -> None:
        """Let it go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def run(self, sweep: Sweep, blocks: Sequence[Block], store: Store) -> dict[Block, HeadlineRuns]:
        """Run a sweep's blocks, or take what is kept of them.

        Raises
        ------
        RunError
            If the cluster can not be reached, or a block fails on it. Finished blocks are kept.
        """
        done = {block: kept for block in blocks if (kept := sweep._kept_block(block, store)) is not None}
        sweep.reused += len(done)
        missing = [block for block in blocks if block not in done]
        if not missing:
            return done
        remedy = f"start one with `dask scheduler`, or correct the address; {sweep._kept()}"
        try:
            finished = self._finished(self._reached(remedy), sweep, missing)
            for block, arrays in finished:
                try:
                    store.write_arrays(block, arrays)
                except OSError as wrong:
                    raise sweep._unwritable(wrong) from wrong
                done[block] = HeadlineRuns(**arrays)
                sweep._reused(block)
                if sweep.progress is not None:
                    sweep.progress(sweep.done, sweep.total)
        except (OSError, TimeoutError) as wrong:
            raise RunError(f"the Dask scheduler at `{self.address}` was lost", remedy) from wrong
        return {block: done[block] for block in blocks}

    def _reached(self, remedy: str) -> Any:
        try:
            from distributed import Client
        except ModuleNotFoundError as absent:
            raise RunError(
                "a cluster needs Dask, which is not installed", "run `.venv/bin/pip install distributed`"
            ) from absent
        if self._client is None:
            try:
                self._client = Client(self.address, timeout=PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
            except (OSError, ValueError, TimeoutError) as wrong:
                raise RunError(f"no Dask scheduler answers at `{self.address}`", remedy) from wrong
        return self._client

    def _finished(self, client: Any, sweep: Sweep, missing: Sequence[Block]) -> Iterator[tuple[Block, dict[str, Any]]]:
        """Yield blocks with what workers gave back, as they are done."""
        from distributed import as_completed

        task = client.scatter(task_of(sweep), hash=False)
        sent = {
            client.submit(block_on_worker, task, block, key=f"renkei-{block.id}", pure=True): block for block in missing
        }
        finished: Any = as_completed(list(sent), loop=client.loop)  # type: ignore[no-untyped-call]
        for future in finished:
            block = sent.pop(future)
            arrays = _arrays_of(future, sweep)
            future.release()
            yield block, arrays


def _arrays_of(future: Any, sweep: Sweep) -> dict[str, Any]:
    """Return what a worker gave back."""
    if future.status == "error":
        wrong = future.exception()
        raise RunError(f"a block failed on the cluster: {wrong} ({type(wrong).__name__})", sweep._kept())
    if future.status != "finished":
        raise RunError("the cluster gave a block back undone: its scheduler or a worker was lost", sweep._kept())
    arrays: dict[str, Any] = future.result()
    return arrays


def task_of(sweep: Sweep) -> Task:
    """Return what a worker needs to make a sweep again."""
    remade, arguments, told = sweep.remade()
    parts = (engine_version(), repr(arguments[:2]))

    def digest(*more: str) -> str:
        return hashlib.blake2b("\0".join((*parts, *more)).encode(), digest_size=16).hexdigest()

    return Task(digest(told), digest(), engine_version(), remade, arguments)
