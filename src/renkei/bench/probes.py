"""Programs for processes of their own, where memory is measured: ``python -m renkei.bench.probes TASK ...``.

Each prints one line of JSON. The peak of memory is that of the process so far, in bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

SLICES: Final = 20
"""A long run is advanced in so many parts, so that it can say how far it is."""


def peak_bytes() -> int:
    """Return the most memory that this process has held so far; 0 where the system does not say.

    Linux counts for the usage of a new process what the one that started it held, so there it is asked elsewhere.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


def queue(decisions: str) -> dict[str, Any]:
    """Let so many decisions wait at the end of a run."""
    from renkei.bench import worlds
    from renkei.bench.ours import Runner
    from renkei.sim.engine import Engine

    runner = Runner(worlds.queue(100))
    Engine(runner.program.fixed, runner.bound, runner.program.source_keys(1, 0, 0), live=False).advance(
        runner.layout.length_us
    )
    runner = Runner(worlds.queue(int(decisions)))
    keys = runner.program.source_keys(1, 0, 0)
    before = peak_bytes()
    began = time.perf_counter()
    engine = Engine(runner.program.fixed, runner.bound, keys, live=False)
    engine.advance(engine.length)
    seconds = time.perf_counter() - began
    return {"decisions": int(decisions), "seconds": seconds, "before": before, "peak": peak_bytes()}


def trees(copies: str, events: str) -> dict[str, Any]:
    """Run trees side by side, and run a single one with as many events in turn, so that the ratio is of one moment."""
    from renkei.bench import worlds
    from renkei.bench.ours import Runner

    began = time.perf_counter()
    many = Runner(worlds.trees(int(copies), int(events)))
    compiled = time.perf_counter() - began
    one = Runner(worlds.trees(1, int(events)))
    rounds = []
    many.once(0)
    one.once(0)
    for replication in range(1, 6):
        pair = []
        for runner in (one, many):
            began = time.perf_counter()
            output = runner.once(replication)
            pair.append(1e9 * (time.perf_counter() - began) / output.events)
        rounds.append(pair)
    return {
        "desks": len(many.program.desks),
        "compile_s": compiled,
        "one_ns": [pair[0] for pair in rounds],
        "many_ns": [pair[1] for pair in rounds],
        "peak": peak_bytes(),
    }


def alliance(headquarters: str, decisions: str) -> dict[str, Any]:
    """Run a year of an alliance, built by functions, and say on standard error how far it is."""
    from renkei.bench import worlds
    from renkei.bench.ours import Runner
    from renkei.sim.engine import Engine

    began = time.perf_counter()
    case = worlds.alliance(int(headquarters), int(decisions))
    built = time.perf_counter()
    runner = Runner(case)
    compiled = time.perf_counter()
    engine = Engine(runner.program.fixed, runner.bound, runner.program.source_keys(1, 0, 0))
    for part in range(1, SLICES + 1):
        engine.advance(engine.length * part // SLICES)
        sys.stderr.write(f"{part * 100 // SLICES} % of the year, {time.perf_counter() - compiled:.0f} s\n")
        sys.stderr.flush()
    ran = time.perf_counter()
    running = peak_bytes()
    output = engine.end()
    del engine
    raised = len(output.decisions)
    reduced = runner.reduced(output)
    from renkei.analysis.runs import CLASS

    done = int(reduced.classes[:, CLASS["done"]].sum())
    return {
        "headquarters": int(headquarters),
        "decisions": raised,
        "done": done,
        "events": output.events,
        "build_s": built - began,
        "compile_s": compiled - built,
        "run_s": ran - compiled,
        "reduce_s": time.perf_counter() - ran,
        "running_peak": running,
        "peak": peak_bytes(),
    }


def files(headquarters: str) -> dict[str, Any]:
    """Write an alliance as files, and load them."""
    import tempfile
    from pathlib import Path

    from renkei.bench import worlds
    from renkei.files import load_case

    with tempfile.TemporaryDirectory() as folder:
        worlds.write_alliance(Path(folder), int(headquarters))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.yaml"))
        began = time.perf_counter()
        load_case(folder)
        return {"load_s": time.perf_counter() - began, "bytes": size, "peak": peak_bytes()}


TASKS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "queue": queue,
    "trees": trees,
    "alliance": alliance,
    "files": files,
}


def probed(*words: object, say: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run a task in a process of its own, and return what it found; pass on what it says.

    Raises
    ------
    RuntimeError
        If it fails, as where there is not enough memory.
    """
    command = [sys.executable, "-m", "renkei.bench.probes", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stdout is not None
    said = []
    for line in process.stderr:
        said.append(line.rstrip())
        if say is not None:
            say(line.rstrip())
    found = process.stdout.read()
    if process.wait():
        raise RuntimeError(f"`{' '.join(map(str, words))}` failed: {said[-1] if said else process.returncode}")
    result: dict[str, Any] = json.loads(found)
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])) + "\n")
