"""Compare the speed of two commits, and say what the second loses: more than a tenth of a ratio is a loss.

    python tools/compare.py main HEAD            every model beside SimPy, five rounds
    python tools/compare.py v1 v2 --what start,memory --rounds 3
    python tools/compare.py before.json after.json     what `renkei bench --json` printed

Each round measures both commits, one right after the other, in an order that alternates. What is compared is the ratio
of renkei to another simulator in the same round, and each measure; the change is the median over the rounds. So a
machine that others use too, or that is slower today, says the same. Both commits run in this environment.

Exit status: 0 nothing is lost; 1 something is; 2 the call is wrong; 3 a commit can not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOSS = 0.10


@dataclass(frozen=True)
class Change:
    """How much better (above 1) or worse (below 1) something became."""

    name: str
    before: float
    after: float
    factor: float
    """Median over rounds of after to before; below 1 is worse, whichever way the number goes."""

    @property
    def lost(self) -> bool:
        """Return whether more than a tenth is gone."""
        return self.factor < 1.0 - LOSS


def numbers(report: dict[str, Any]) -> dict[str, tuple[float, bool]]:
    """Return what a report measured: its number, and whether more is better."""
    found: dict[str, tuple[float, bool]] = {}
    for name, model in report["models"].items():
        for engine, ratio in model["ratio"].items():
            found[f"model {name} against {engine}"] = (float(ratio), True)
        if not model["ratio"]:
            found[f"model {name}, jobs/s"] = (float(model["jobs_per_s"]), True)
    for measure in report["measures"]:
        if measure["value"] is not None and f"model {measure['name']}" not in found:
            found[measure["name"]] = (float(measure["value"]), bool(measure["higher_is_better"]))
    return found


def changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[Change]:
    """Return the change of everything that both sides measured, round by round."""
    rounds = [(numbers(old), numbers(new)) for old, new in zip(before, after, strict=True)]
    result = []
    for name in rounds[0][0]:
        pairs = [(old[name], new[name]) for old, new in rounds if name in old and name in new]
        factors = [
            new / old if more_is_better else old / new
            for (old, more_is_better), (new, _) in pairs
            if old > 0 and new > 0
        ]
        if factors:
            olds, news = (median(pair[side][0] for pair in pairs) for side in (0, 1))
            result.append(Change(name, olds, news, median(factors)))
    return result


def lines(found: Iterable[Change], before: str, after: str) -> Iterable[str]:
    """Yield a table, and a sentence for every loss."""
    found = list(found)
    width = max((len(change.name) for change in found), default=0)
    yield f"{'':{width}}  {before[:12]:>12}  {after[:12]:>12}  {'change':>8}"
    for change in found:
        mark = "  LOST" if change.lost else ""
        yield f"{change.name:{width}}  {change.before:12.4g}  {change.after:12.4g}  {change.factor - 1:+8.1%}{mark}"
    losses = [change for change in found if change.lost]
    for change in losses:
        yield f"loss: {change.name} is {1 - change.factor:.0%} worse at {after} than at {before}"
    if not losses:
        yield "no loss above 10 %"


class Unmeasurable(Exception):
    """A commit can not be measured; the message says why."""


def called(command: Sequence[str], **options: Any) -> str:
    """Run a command and return what it printed."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"status {ran.returncode}"]
        raise Unmeasurable(f"`{' '.join(command[:6])} ...`: {said[-1]}")
    return ran.stdout


def measured(tree: Path, caches: Path, options: Sequence[str]) -> dict[str, Any]:
    """Run the benchmark of a tree once."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "NUMBA_CACHE_DIR": str(caches)}
    command = [sys.executable, "-m", "renkei.cli", "bench", "--json", "--rounds", "1", *options]
    report: dict[str, Any] = json.loads(called(command, cwd=tree, env=environment))
    return report


def main(words: Sequence[str] | None = None) -> int:
    """Compare, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a commit, or a file of JSON")
    parser.add_argument("after", help="a commit, or a file of JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--what", default="models", help="parts of the benchmark")
    parser.add_argument("--model", help="only these models")
    parser.add_argument("--peers", default="simpy", help="the simulators that ratios are taken against")
    chosen = parser.parse_args(words)
    sides = (chosen.before, chosen.after)
    if chosen.rounds < 1:
        parser.error("there is one round at least")
    if all(side.endswith(".json") for side in sides):
        before, after = ([json.loads(Path(side).read_text(encoding="utf-8"))] for side in sides)
    else:
        options = ["--quick", "--what", chosen.what, "--peers", chosen.peers]
        options += ["--model", chosen.model] if chosen.model else []
        try:
            before, after = by_commits(sides, options, chosen.rounds)
        except Unmeasurable as why:
            print(f"error: {why}", file=sys.stderr)
            return 3
    found = changes(before, after)
    for line in lines(found, *sides):
        print(line)
    return int(any(change.lost for change in found))


def by_commits(
    sides: Sequence[str], options: Sequence[str], rounds: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Check both commits out beside each other, and measure them in turn."""
    reports: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    with tempfile.TemporaryDirectory() as scratch:
        trees = [Path(scratch) / name for name in ("before", "after")]
        added: list[Path] = []
        try:
            for tree, commit in zip(trees, sides, strict=True):
                called(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT)
                added.append(tree)
                if not (tree / "src" / "renkei" / "bench").is_dir():
                    raise Unmeasurable(f"{commit} has no benchmark yet")
                print(f"{commit}: compiling, a first run that does not count", file=sys.stderr)
                measured(tree, Path(scratch) / f"cache-{tree.name}", options)
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", file=sys.stderr)
                for side in (0, 1) if number % 2 == 0 else (1, 0):
                    cache = Path(scratch) / f"cache-{trees[side].name}"
                    reports[side].append(measured(trees[side], cache, options))
        finally:
            for tree in added:
                subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=False)
    return reports


if __name__ == "__main__":
    sys.exit(main())
