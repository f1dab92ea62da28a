"""The kernel in other ways than the usual: as plain Python, with bounds checked, without a cache, twice at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba import njit, types

from renkei.sim import kernel

TESTS = Path(__file__).resolve().parents[1]
COMPARE = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from differential.random_programs import random_program
from renkei.sim import engine, twin
for seed in range(int(sys.argv[2])):
    machine = twin.Twin(*random_program(seed), trace=True)
    machine.advance(machine.length)
    expected = machine.output()
    output = engine.run(*random_program(seed), trace=True)
    for name in ("decisions", "marks", "desks", "samples", "trace"):
        assert np.array_equal(getattr(output, name), getattr(expected, name)), (seed, name)
print("equal")
"""


def start(programs: int, **environment: str) -> subprocess.Popen[str]:
    """Compare the kernel with the twin on so many random programs, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMPARE, str(TESTS), str(programs)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for a comparison, and fail with what it said if the two differ."""
    out, complaints = process.communicate(timeout=300)
    assert out == "equal\n", complaints


def test_plain_python() -> None:
    """Not compiled, each intrinsic has a plain function in its place: this is what coverage runs."""
    finish(start(8, NUMBA_DISABLE_JIT="1"))


def test_bounds_checked(tmp_path: Path) -> None:
    """Compiled with checks, no address is ever outside the memory."""
    finish(start(60, NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path)))


def test_two_first_runs_at_once(tmp_path: Path) -> None:
    """Both find no cache, compile, and write it; neither is harmed, and the third finds it."""
    for process in [start(3, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]:
        finish(process)
    assert len(list(tmp_path.rglob("*.nbi"))) == 1
    finish(start(3, NUMBA_CACHE_DIR=str(tmp_path)))


def test_nowhere_to_keep_what_is_compiled() -> None:
    """A read-only installation and no home: the kernel is compiled for this process alone, as is announced."""
    code = (
        "from numba.core import caching; caching.CacheImpl._locator_classes = []; "
        "from renkei.sim import engine, kernel; print(kernel.CACHED, engine.is_compiled())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout == "False False\n", done.stderr


@pytest.mark.skipif(not kernel.COMPILED, reason="nothing is compiled")
def test_the_event_list_chooses_without_branches() -> None:
    """LLVM would make jumps of the games in the tree, which is three times slower: `choose` forbids it."""

    @njit(types.void(types.int64[::1], types.int64, types.int64), error_model="numpy")
    def play(memory, leaf, time):  # type: ignore[no-untyped-def]
        kernel.set_time(kernel.pointer(memory), leaf, time)

    code = next(iter(play.inspect_asm().values())).split("play")[-1]
    assert len(re.findall(r"\bcmov", next(iter(play.inspect_asm().values())))) >= 2
    assert len(re.findall(r"^\s+j[a-z]+\s", code, re.MULTILINE)) <= 12
