"""Chunks: the finished work of a study on disk, so that it goes on where it was stopped.

A chunk is a block of futures of one structure under one scenario. Its name is a hash of all that its numbers depend
on, so a chunk is used again exactly if it would come out the same: after a kill, with more futures, with one more
structure, or with other words in a file. A chunk is written beside its place and moved there once it is on the disk,
so it is whole or not there; one that is damaged all the same is made again.

Finished chunks stay when the study is done: they are small, and the next study of the same case, with one structure
changed, runs only that. Those that the last study did not use are removed, so the folder does not grow for ever.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from renkei.analysis.runs import ARRAYS, Layout, PairRuns
from renkei.model.quantity import Assumptions
from renkei.model.scenario import Case, Scenario
from renkei.model.structure import Structure

FOLDER: Final = ".renkei-chunks"
BLOCK: Final = 10
"""Futures in a chunk: fixed, so that the boundaries never depend on how many workers or futures there are."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of futures of one structure under one scenario."""

    structure: str
    scenario: str
    first: int
    last: int
    """One past the last future."""
    id: str

    @property
    def futures(self) -> range:
        """Return the futures' numbers."""
        return range(self.first, self.last)


def blocks_of(
    case: Case,
    structure: Structure,
    scenario: Scenario,
    futures: int,
    replications: int,
    seed: int,
    *,
    size: int = BLOCK,
    first_future: int = 0,
    kind: str = "",
) -> list[Block]:
    """Return the blocks of one structure under one scenario, in order of futures.

    Parameters
    ----------
    case, structure, scenario, futures, replications, seed
        What is run.
    size
        Futures in a block.
    first_future
        The number of the first future.
    kind
        What is kept of a run, where it is not all of it: part of the blocks' names.
    """
    content = hashlib.blake2b(digest_size=16)
    parts = (
        engine_version(),
        repr(structure),
        repr(scenario),
        repr(case.doctrine),
        repr(values_of(case.assumptions)),
        str(case.plan.events_per_run),
        str(seed),
        str(replications),
        *([kind] if kind else []),
    )
    for part in parts:
        content.update(len(part).to_bytes(8, "little") + part.encode())
    result = []
    end = first_future + futures
    for first in range(first_future, end, size):
        last = min(first + size, end)
        own = content.copy()
        own.update(f"{first}-{last}".encode())
        result.append(Block(structure.id, scenario.id, first, last, own.hexdigest()))
    return result


def values_of(assumptions: Assumptions) -> list[tuple[object, ...]]:
    """Return what a future depends on: not the sources, nor the words about it."""
    return [(each.id, each.low, each.typical, each.high, each.correlates) for each in assumptions]


@cache
def engine_version() -> str:
    """Return a hash of the code that makes the numbers, and of the libraries under it."""
    import renkei

    digest = hashlib.blake2b(digest_size=16)
    root = Path(renkei.__file__).parent
    for folder in ("analysis", "model", "sim", "study"):
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for module in ("units.py", "zones.py"):
        digest.update((root / module).read_bytes())
    libraries = " ".join(f"{name} {number}" for name, number in library_versions().items())
    return f"{renkei.__version__} {libraries} {digest.hexdigest()}"


def library_versions() -> dict[str, str]:
    """Return the versions of what numbers depend on: arithmetic, draws, time zones and holidays."""
    return {name: version(name) for name in ("numpy", "numba", "scipy", "tzdata", "holidays")}


class Store:
    """The chunks in a folder of results; without a folder, nothing is kept."""

    def __init__(self, out: Path | None, folder: str = FOLDER) -> None:
        self.folder = None if out is None else out / folder
        self._lock: int | None = None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = locked(self.folder)
            for leftover in self.folder.glob("*.part"):
                leftover.unlink(missing_ok=True)

    def close(self) -> None:
        """Let other studies write here."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self, block: Block, layout: Layout, replications: int) -> PairRuns | None:
        """Return a finished chunk; None if it is not there, or damaged."""
        arrays = self.read_arrays(block, ARRAYS)
        if arrays is None:
            return None
        whole = arrays["classes"].shape[:3] == (len(block.futures), replications, len(layout.classes))
        return PairRuns(layout=layout, **arrays) if whole else None

    def read_arrays(self, block: Block, names: Iterable[str]) -> dict[str, Any] | None:
        """Return the arrays of a finished chunk; None if it is not there, or damaged."""
        if self.folder is None:
            return None
        path = self.folder / f"{block.id}.npz"
        try:
            data = path.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                if str(archive["id"]) != block.id:
                    return None
                # Reading a member checks its CRC.
                return {name: archive[name] for name in names}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, block: Block, runs: PairRuns) -> None:
        """Keep a finished chunk: once this returns, no kill takes it away."""
        self.write_arrays(block, {name: getattr(runs, name) for name in ARRAYS})

    def write_arrays(self, block: Block, arrays: Mapping[str, Any]) -> None:
        """Keep the arrays of a finished chunk: once this returns, no kill takes them away."""
        if self.folder is None:
            return
        buffer = io.BytesIO()
        np.savez(buffer, id=np.array(block.id), **arrays)
        replace_file(self.folder / f"{block.id}.npz", buffer.getvalue())

    def keep_only(self, blocks: list[Block]) -> None:
        """Remove what the study that just ended did not use."""
        if self.folder is None:
            return
        used = {f"{block.id}.npz" for block in blocks}
        for path in self.folder.glob("*.npz"):
            if path.name not in used:
                path.unlink(missing_ok=True)


class InUse(Exception):
    """Another study writes to the folder."""


def locked(folder: Path) -> int | None:
    """Keep other studies out of a folder, until the file descriptor is closed or this process ends, however it does.

    None where the system has no such locks.

    Raises
    ------
    InUse
        If another study is there.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows
        return None
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        raise InUse(str(folder)) from None
    except OSError:  # a file system without locks
        os.close(number)
        return None
    return number


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that at any moment either the old or the new one is there, whole."""
    new = path.with_name(path.name + ".part")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
