"""Copies of a live run that go on with chance of their own: what splitting needs of an engine.

A run's whole state is one array, so a copy is a copy of that. From then on every draw is keyed anew: those of the
decisions on their way, and those of the sources. What was drawn before the copy was made stays: work in hand, and the
next two arrivals of each source, which are part of the state. So a copy is a possible way on from that state, and
copies are independent of each other given it.
"""

from __future__ import annotations

import copy

import numpy as np

from renkei.sim import kernel as at
from renkei.sim.engine import FIRST_ROOM, Engine, Workspace, copy_of, records
from renkei.sim.program import Bound, Fixed, Ints

SMALL: dict[str, int] = {**FIRST_ROOM, "tokens": 32, "extras": 32, "rows": 128, "marks": 64}
"""Room that a run has at first if it is to be copied often."""
MINUS = -(1 << 63)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Beginnings:
    """Makes runs that can be copied, of one program after another; for one thread at a time."""

    def __init__(self) -> None:
        self._workspace = Workspace()
        self._workspace.room = dict(SMALL)

    def of(self, fixed: Fixed, bound: Bound, source_keys: Ints) -> Engine:
        """Return a run at its beginning, with little memory of its own."""
        engine = Engine(fixed, bound, source_keys, live=False, workspace=self._workspace)
        self._workspace.memory = np.empty(0, dtype=np.int64)  # it is the run's; the layout stays for the next
        return engine


def copied(engine: Engine, salt: int | None = None) -> Engine:
    """Return a copy of a run as it stands. With a ``salt`` (64 bits), all its further chance is that of the salt."""
    other = copy.copy(engine)
    other._memory = copy_of(engine._memory)
    other._chunks = {name: list(begins) for name, begins in engine._chunks.items()}
    other._ends = {name: list(ends) for name, ends in engine._ends.items()}
    other._room, other._limits = dict(engine._room), dict(engine._limits)
    if salt is not None:
        _key_anew(other, salt)
    return other


def step(engine: Engine) -> bool:
    """Execute the next event; return False if there was none before the run's end."""
    memory = engine._memory
    limit, before = int(memory[at.EVENT_LIMIT]), int(memory[at.EVENTS])
    memory[at.EVENT_LIMIT] = before + 1
    engine.advance(engine.length)
    engine._memory[at.EVENT_LIMIT] = limit  # the array may be another by now
    engine._memory[at.TRUNCATED] = 0
    return int(engine._memory[at.EVENTS]) > before


def present(engine: Engine) -> int:
    """Return how many decisions have been raised and not ended."""
    return sum(int((_rows(engine, begin, end)[:, at.ROW_ENDED] < 0).sum()) for begin, end in engine._made("rows"))


def fate(engine: Engine, source: int, ordinal: int) -> tuple[int, int] | None:
    """Return when a decision ended, -1 if it has not, and its outcome; None if it has not been raised."""
    for begin, end in engine._made("rows"):
        rows = _rows(engine, begin, end)
        found = np.flatnonzero(rows[:, at.ROW_SOURCE] == (ordinal << 32 | source))
        if found.size:
            row = rows[found[0]]
            return max(int(row[at.ROW_ENDED]), -1), int(row[at.ROW_COUNTS]) & 3
    return None


def _rows(engine: Engine, begin: int, end: int) -> Ints:
    wide = engine._layout.row_size
    return records(engine._memory, begin, (end - begin) // wide, wide)


def _key_anew(engine: Engine, salt: int) -> None:
    """Mix the salt into the keys of all sources and of all decisions on their way."""
    word = np.uint64(salt & ((1 << 64) - 1))
    layout, memory = engine._layout, engine._memory
    sources = records(memory, layout.sources, len(layout.fixed.source_class), at.SOURCE_SIZE)
    for place in (at.SOURCE_KEY, at.SOURCE_THIS_KEY, at.SOURCE_NEXT_KEY):
        sources[:, place] = _mixed(sources[:, place], word)
    for begin, end in engine._made("rows"):
        rows = _rows(engine, begin, end)
        running = rows[:, at.ROW_ENDED] < 0  # then it holds the key, and the sign that says so
        rows[running, at.ROW_ENDED] = _mixed(rows[running, at.ROW_ENDED], word) | MINUS


def _mixed(keys: Ints, salt: np.uint64) -> Ints:
    """Return the SplitMix64 finaliser of keys and salt together."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) ^ salt
        z = (z ^ (z >> np.uint64(30))) * MIX_1
        z = (z ^ (z >> np.uint64(27))) * MIX_2
        return (z ^ (z >> np.uint64(31))).astype(np.int64)
