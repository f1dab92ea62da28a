"""A sweep on a Dask cluster that somebody else runs: blocks go out, what is kept of them comes back.

A block takes a second or more, so what Dask itself costs (some milliseconds a task) does not count. What a worker
computes depends on the block alone, so results are the same bits, and a lost worker costs nothing but time: Dask gives
its blocks to another. Finished blocks are kept in the caller's folder, as they are without a cluster.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from renkei.analysis.headline import ARRAYS, HeadlineRuns
from renkei.study.chunks import Block, Store, engine_version
from renkei.study.outcome import RunError
from renkei.study.running import Order
from renkei.study.sweeping import Sweep

PATIENCE_S: Final = 10.0
"""To reach the scheduler."""


@dataclass(frozen=True)
class Task:
    """All that a worker needs besides the block."""

    id: str
    engine: str
    order: Order
    classes: Mapping[str, str]


_sweeps: dict[str, Sweep] = {}
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
    with _lock:
        if task.id not in _sweeps:
            from renkei.sim.native import warm_up

            warm_up()
            _sweeps.clear()  # of an earlier choice: nobody asks for it again
            _sweeps[task.id] = Sweep(task.order, task.classes)
        sweep = _sweeps[task.id]
    made = sweep.made(block)
    return {name: getattr(made, name) for name in ARRAYS}


class ClusterSweep(Sweep):
    """A sweep whose blocks are run by a Dask cluster."""

    def __init__(self, address: str, order: Order, classes: Mapping[str, str]) -> None:
        super().__init__(order, classes)
        self.address = address

    def run_blocks(self, blocks: Sequence[Block], store: Store) -> dict[Block, HeadlineRuns]:
        """Run blocks on the cluster, or take what is kept of them.

        Raises
        ------
        RunError
            If the cluster can not be reached, or a block fails on it. Finished blocks are kept.
        """
        try:
            from distributed import Client, as_completed
        except ModuleNotFoundError as absent:
            raise RunError("a cluster needs Dask, which is not installed", "install `renkei[cluster]`") from absent
        done = {block: kept for block in blocks if (kept := self._kept_block(block, store)) is not None}
        self.reused += len(done)
        missing = [block for block in blocks if block not in done]
        if not missing:
            return done
        remedy = f"start one with `dask scheduler`, or correct the address; {self._kept()}"
        client: Any
        try:
            client = Client(self.address, timeout=PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as wrong:
            raise RunError(f"no Dask scheduler answers at `{self.address}`", remedy) from wrong
        try:
            task = client.scatter(self._task(), hash=False)
            sent = {
                client.submit(block_on_worker, task, block, key=f"renkei-{block.id}", pure=True): block
                for block in missing
            }
            finished: Any = as_completed(list(sent), loop=client.loop)  # type: ignore[no-untyped-call]
            for future in finished:
                block = sent.pop(future)
                arrays = self._arrays_of(future)
                future.release()
                try:
                    store.write_arrays(block, arrays)
                except OSError as wrong:
                    raise self._unwritable(wrong) from wrong
                done[block] = HeadlineRuns(**arrays)
                self._reused(block)
                if self.progress is not None:
                    self.progress(self.done, self.total)
        except (OSError, TimeoutError) as wrong:
            raise RunError(f"the Dask scheduler at `{self.address}` was lost", remedy) from wrong
        finally:
            client.close()
        return {block: done[block] for block in blocks}

    def _arrays_of(self, future: Any) -> dict[str, Any]:
        """Return what a worker gave back."""
        if future.status == "error":
            wrong = future.exception()
            raise RunError(f"a block failed on the cluster: {wrong} ({type(wrong).__name__})", self._kept())
        if future.status != "finished":
            raise RunError("the cluster gave a block back undone", self._kept())
        arrays: dict[str, Any] = future.result()
        return arrays

    def _task(self) -> Task:
        order = replace(self.order, workers=1, out=None, progress=None)
        parts = (engine_version(), repr(order), repr(self.classes))
        identity = hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
        return Task(identity, engine_version(), order, self.classes)
