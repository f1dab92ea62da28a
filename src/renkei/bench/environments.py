"""Where the others live: an environment for each peer, installed when it is first asked for, and the limits, compiled.

Each peer has a lock of its own (``locks``): all that it needs, pinned, with hashes. pip fetches them from where this
machine is set to fetch packages. An environment is made once, in the user's cache, and used as long as its lock and
Python are the same. renkei's own environment is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
INSTALL_S: Final = 900
RUN_S: Final = 600

PEERS: Final = {
    "simpy": "SimPy (26 MB)",
    "cimba": "Cimba Python with Numba, pandas and SciPy (610 MB)",
    "ciw": "Ciw with NumPy and networkx (120 MB)",
    "salabim": "salabim (30 MB)",
    "prosimos": "Prosimos with pandas, PyArrow, SciPy and others (860 MB)",
}
"""What is installed for each, and how large it is with pip."""
LIMITS: Final = {"A": "heap", "C": "tree", "C0": "tree"}
"""The program in C for a model."""


class Unavailable(Exception):
    """A peer or a limit can not be had here; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a peer reported of one run."""

    version: str
    jobs: int
    seconds: float
    means: tuple[float, ...]


def cache_folder() -> Path:
    """Return where environments and compiled limits are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "renkei" / "bench"


def lock_of(peer: str) -> Path:
    """Return the lock of a peer."""
    return HERE / "locks" / f"{peer}.lock"


def python_of(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment(peer: str, say: Callable[[str], None]) -> Path:
    """Return the interpreter of a peer's environment, which is made if it is not there.

    Raises
    ------
    Unavailable
        If it can not be made, as where there is no network.
    """
    lock = lock_of(peer)
    state = hashlib.sha256(lock.read_bytes() + sys.version.encode() + sys.base_prefix.encode()).hexdigest()[:16]
    folder = cache_folder() / f"{peer}-{state}"
    if python_of(folder).exists():
        return python_of(folder)
    say(f"installing {PEERS[peer]} once, into {folder}; renkei's own environment is left as it is")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Made whole beside its place, then moved there: a set-up that is cut short is not taken for one that is done.
    new = Path(tempfile.mkdtemp(prefix=f".{peer}-", dir=folder.parent))
    try:
        _called([sys.executable, "-m", "venv", str(new)], f"no environment can be made for {peer}")
        pip = [str(python_of(new)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        pip += ["--retries", "1", "--require-hashes", "--requirement", str(lock)]
        _called(pip, f"{peer} can not be installed (is there a network?)")
        try:
            new.rename(folder)
        except OSError:
            if not python_of(folder).exists():  # else another run was quicker
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return python_of(folder)


def _called(command: list[str], failure: str) -> None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise Unavailable(f"{failure}: {wrong}") from wrong
    if ran.returncode:
        lines = [line for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith(("ERROR", "Error"))] or lines
        raise Unavailable(f"{failure}: {errors[-1].strip() if errors else f'status {ran.returncode}'}")


def limit(name: str) -> Path:
    """Return a limit's program, which is compiled if it is not there.

    Raises
    ------
    Unavailable
        If there is no C compiler, or it fails.
    """
    compiler = next((found for found in map(shutil.which, ("cc", "gcc", "clang")) if found), None)
    if compiler is None:
        raise Unavailable("there is no C compiler here, so the limits by hand are left out")
    sources = b"".join(path.read_bytes() for path in sorted((HERE / "limits").glob("*.[ch]")))
    state = hashlib.sha256(sources + compiler.encode() + processor().encode()).hexdigest()[:16]
    program = cache_folder() / f"limits-{state}" / name
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    new = program.with_name(f"{name}.{os.getpid()}")
    source = str(HERE / "limits" / f"{name}.c")
    _called(
        [compiler, "-O3", "-march=native", "-o", str(new), source, "-lm"],
        "the C compiler can not compile the limits by hand",
    )
    new.rename(program)
    return program


def command_of(engine: str, model: str, say: Callable[[str], None]) -> list[str]:
    """Return the command that runs a model in another engine: a peer by its name, or ``c`` for the limit by hand.

    Raises
    ------
    Unavailable
        If it can not be had.
    """
    if engine == "c":
        return [str(limit(LIMITS[model])), model]
    return [str(environment(engine, say)), str(HERE / "peers" / f"with_{engine}.py"), model]


def told(command: list[str], jobs: int, seed: int) -> Told:
    """Run a model once in another engine, in a process of its own.

    Raises
    ------
    Unavailable
        If it fails.
    """
    try:
        ran = subprocess.run(
            [*command, str(jobs), str(seed)], capture_output=True, text=True, timeout=RUN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise Unavailable(f"`{' '.join(command)}` did not run: {wrong}") from wrong
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not lines:
        said = (ran.stderr.strip().splitlines() or [f"status {ran.returncode}"])[-1]
        raise Unavailable(f"`{' '.join(command)}` failed: {said}")
    found: dict[str, Any] = json.loads(lines[-1])
    return Told(str(found["version"]), int(found["jobs"]), float(found["seconds"]), tuple(found["means"]))


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    import platform

    return platform.processor() or platform.machine()
