"""The kernel in other ways than the usual: as plain Python, with bounds checked, without a cache, twice at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from renkei.sim import compiling, native

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
    assert len(list(tmp_path.iterdir())) == 1
    finish(start(3, NUMBA_CACHE_DIR=str(tmp_path)))
    code = "import sys; from renkei.sim import native; native.warm_up(); print('numba' in sys.modules)"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a fresh process be played: the compiled kernel is what is on the disk, and is noted when it is made."""
    native.warm_up()
    made, found = [], native._found(native._name())[0] or compiling.machine_code()
    monkeypatch.setattr(native, "_door", None)
    monkeypatch.setattr(compiling, "machine_code", lambda: made.append("made") or found)
    return made


def test_nowhere_to_keep_what_is_compiled(compiler: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A read-only installation and no home: the kernel is compiled for this process alone, as is announced."""
    (tmp_path / "a-file").touch()
    monkeypatch.setattr(native, "_folders", lambda: [tmp_path / "a-file" / "cache"])
    said: list[str] = []
    assert not native.is_compiled()
    native.warm_up(said.append)
    assert native.is_compiled()
    assert (compiler, len(said)) == (["made"], 1)


def test_a_read_only_installation_keeps_it_in_the_users_cache(
    compiler: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first place that can be written is taken; and found the next time."""
    (tmp_path / "a-file").touch()
    monkeypatch.setattr(native, "_folders", lambda: [tmp_path / "a-file" / "cache", tmp_path / "cache"])
    native.warm_up()
    monkeypatch.setattr(native, "_door", None)
    assert native.is_compiled()
    native.warm_up()
    assert compiler == ["made"]


@pytest.mark.parametrize("damage", [b"", b"not a kernel", None])
def test_a_damaged_kernel_is_compiled_again(
    compiler: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: bytes | None
) -> None:
    """Half a file, or another's: it is never loaded, and is replaced."""
    monkeypatch.setattr(native, "_folders", lambda: [tmp_path])
    native.warm_up()
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    monkeypatch.setattr(native, "_door", None)
    said: list[str] = []
    native.warm_up(said.append)
    assert "damaged" in said[0]
    assert compiler == ["made", "made"]
    assert kept.read_bytes() == whole


def test_what_it_is_made_of_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A change of any source, or of the processor, asks for another kernel."""
    names = {native._name()}
    for part in native.PARTS:
        changed = tmp_path / f"{part.__name__}.py"
        changed.write_bytes(Path(str(part.__file__)).read_bytes() + b"\n")
        with monkeypatch.context() as patch:
            patch.setattr(part, "__file__", str(changed))
            names.add(native._name())
    monkeypatch.setattr(native, "_machine", lambda: ("another", ""))
    names.add(native._name())
    assert len(names) == len(native.PARTS) + 2


@pytest.mark.skipif(native.PLAIN, reason="nothing is compiled")
def test_the_event_list_chooses_without_branches() -> None:
    """LLVM would make jumps of the games in the tree, which is three times slower: `choose` forbids it."""
    from numba import njit, types

    parts = compiling.kernel_in_parts()

    signature = types.void(types.CPointer(types.int64), types.int64, types.int64)

    @njit(signature, error_model="numpy", pipeline_class=compiling.WholeCompiler)
    def play(memory, leaf, time):  # type: ignore[no-untyped-def]
        parts.set_time(memory, leaf, time)

    code = next(iter(play.inspect_asm().values())).split("play")[-1]
    assert len(re.findall(r"\bcmov", next(iter(play.inspect_asm().values())))) >= 2
    assert len(re.findall(r"^\s+j[a-z]+\s", code, re.MULTILINE)) <= 12


@pytest.mark.skipif(native.PLAIN, reason="nothing is compiled")
def test_what_the_next_event_wants_is_fetched() -> None:
    """Fetching has no result by which a test could tell; the machine code says that it is asked for."""
    from numba import njit, types

    parts = compiling.kernel_in_parts()

    @njit(types.void(types.CPointer(types.int64), types.int64), pipeline_class=compiling.WholeCompiler)
    def near(memory, leaf):  # type: ignore[no-untyped-def]
        parts.bring_near(memory, leaf)

    assert len(re.findall(r"^\s+prefetch", next(iter(near.inspect_asm().values())), re.MULTILINE)) == 8
