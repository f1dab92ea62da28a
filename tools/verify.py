"""Verify the guarantees of the choice by long Monte Carlo runs, and write them to docs/verification.md.

Twelve configurations, 4,000 selections each: the share that is correct must not lie below what is guaranteed by more
than three standard errors. `make verify` runs it; it takes some minutes.
"""

from __future__ import annotations

import json
import math
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from renkei.analysis.selection import KimNelson, rinott, screened, tournament
from renkei.analysis.sensitivity import (
    given_data,
    morris_design,
    morris_effects,
    pawn,
    shapley_design,
    shapley_effects,
    sobol_design,
    sobol_indices,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RUNS = 4000
AT_ONCE = 500
ALPHA = 0.05
SEED = 20260801
PAGE = Path(__file__).resolve().parent.parent / "docs" / "verification.md"
ZONE = 1 / math.sqrt(10)

Draw = Callable[[np.random.Generator, int, int, int], Floats]
"""Gives noise (runs, systems, observations)."""


def normal(correlation: float, spread: tuple[float, float] = (1.0, 1.0)) -> Draw:
    """Normal observations that share a part; standard deviations from the one to the other."""

    def draw(generator: np.random.Generator, runs: int, systems: int, count: int) -> Floats:
        own = generator.standard_normal((runs, systems, count))
        shared = generator.standard_normal((runs, 1, count))
        noise = math.sqrt(1 - correlation) * own + math.sqrt(correlation) * shared
        return noise * np.linspace(*spread, systems)[None, :, None]

    return draw


def heavy(generator: np.random.Generator, runs: int, systems: int, count: int) -> Floats:
    """Means of ten lognormal times (sigma 1), standardised: what an observation of a heavy-tailed latency is like."""
    times = np.exp(generator.standard_normal((runs, systems, count, 10), dtype=np.float32)).mean(axis=3)
    deviation = math.sqrt((math.e - 1) * math.e / 10)
    return (times - math.exp(0.5)).astype(np.float64) / deviation


def slippage(systems: int, zone: float) -> Floats:
    """The first is best, by exactly the zone: the hardest case."""
    return np.where(np.arange(systems) == 0, 0.0, zone)


def sequential(means: Floats, draw: Draw) -> tuple[int, float]:
    """Return how many of RUNS selections by Kim and Nelson were right, and their mean total of observations."""
    generator = np.random.default_rng(SEED)
    right, total = 0, 0
    for _ in range(RUNS // AT_ONCE):
        choice = KimNelson((AT_ONCE, len(means)), ZONE, ALPHA)
        while not choice.decided.all():
            choice.feed(means[None, :, None] + draw(generator, AT_ONCE, len(means), 20))
        right += int((choice.best == 0).sum())
        total += int(choice.observations().sum())
    return right, total / RUNS


def staged(procedure: Callable[..., object], means: Floats, zone: float, first_stage: int) -> tuple[int, float]:
    """Return the same of a procedure that takes its observations itself, independent ones of sd 1."""
    generator = np.random.default_rng(SEED)

    def sample(systems: Ints, first: int, last: int) -> Floats:
        return means[systems][..., None] + generator.standard_normal((*systems.shape, last - first))

    right, total = 0, 0
    for _ in range(RUNS):
        found = procedure(sample, len(means), zone, alpha=ALPHA, first_stage=first_stage)
        right += found.best == 0  # type: ignore[attr-defined]
        total += found.total  # type: ignore[attr-defined]
    return right, total / RUNS


CONFIGURATIONS: list[tuple[str, str, Callable[[], tuple[int, float]]]] = [
    ("Kim-Nelson, 2", "slippage, independent", lambda: sequential(slippage(2, ZONE), normal(0.0))),
    ("Kim-Nelson, 5", "slippage, independent", lambda: sequential(slippage(5, ZONE), normal(0.0))),
    ("Kim-Nelson, 10", "slippage, independent", lambda: sequential(slippage(10, ZONE), normal(0.0))),
    ("Kim-Nelson, 5", "slippage, correlation 0.5", lambda: sequential(slippage(5, ZONE), normal(0.5))),
    ("Kim-Nelson, 10", "slippage, correlation 0.9", lambda: sequential(slippage(10, ZONE), normal(0.9))),
    ("Kim-Nelson, 10", "means a zone apart", lambda: sequential(ZONE * np.arange(10), normal(0.0))),
    (
        "Kim-Nelson, 5",
        "slippage, sd 0.5 to 2, correlation 0.3",
        lambda: sequential(slippage(5, ZONE), normal(0.3, (0.5, 2.0))),
    ),
    ("Kim-Nelson, 5", "slippage, means of ten lognormal times", lambda: sequential(slippage(5, ZONE), heavy)),
    ("Rinott, 5", "slippage, first stage 20", lambda: staged(rinott, slippage(5, 0.5), 0.5, 20)),
    ("Rinott, 10", "slippage, first stage 10", lambda: staged(rinott, slippage(10, 0.5), 0.5, 10)),
    ("screening, then Rinott, 60", "slippage", lambda: staged(screened, slippage(60, 1.0), 1.0, 10)),
    ("tournament, 60", "slippage, groups of 20", lambda: staged(tournament, slippage(60, 1.0), 1.0, 10)),
]


def against_others() -> list[str]:
    """Return a table of renkei's answers beside those of other programs, which tools/oracles.py keeps."""
    samples = runpy.run_path(str(PAGE.parent.parent / "tests" / "theory" / "samples.py"))
    g_function = samples["g_function"]
    known = json.loads((PAGE.parent.parent / "tests" / "theory" / "oracles.json").read_text(encoding="utf-8"))
    sobol = sobol_indices(g_function(sobol_design(10, 4096)))
    points, orders = shapley_design(10, 5000)
    shapley = shapley_effects(g_function(points), orders)
    path = morris_design(10, 50)
    values, assumptions = samples["pawn_sample"]()
    drawn, found = samples["given_sample"]()
    shares = given_data(found[:, None], drawn, ("0", "1", "2", "3")).shares
    rows = [
        ("SALib", "Sobol, first order, of G", sobol.first, known["sobol"]["first"]),
        ("SALib", "Sobol, total, of G", sobol.total, known["sobol"]["total"]),
        (
            "SALib",
            "Morris, mean absolute effect",
            morris_effects(path, g_function(path)).mean_absolute,
            known["morris"]["mean_absolute"],
        ),
        ("SALib", "Shapley effects of G", shapley.value / shapley.value.sum(), known["shapley"]["value"]),
        ("SALib", "PAWN, median", [pawn(values, column) for column in assumptions.T], known["pawn"]),
        ("OpenTURNS", "first order from given data", [shares[name].value for name in "0123"], known["given_data"]),
    ]
    lines = [
        "",
        "## Against other programs",
        "",
        "Given the same numbers; theirs as `tools/oracles.py` keeps them (" + ", ".join(known["versions"]) + ").",
        "Tests hold these, PRIM (ema-workbench) and Kim and Nelson (sim-tools) against each other.",
        "",
        "| program | what | theirs, the first four | renkei's |",
        "|---|---|---|---|",
    ]
    for program, what, ours, theirs in rows:
        told = [", ".join(f"{value:.4f}" for value in list(each)[:4]) for each in (theirs, ours)]
        lines.append(f"| {program} | {what} | {told[0]} | {told[1]} |")
    return lines


def main() -> int:
    """Run all, write the page, and return 1 if a guarantee is not kept."""
    least = 1 - ALPHA - 3 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)
    lines = [
        "# Verification of the choice",
        "",
        "Written by `make verify`; do not edit. The guarantees of ranking and selection, held against long Monte Carlo",
        f"runs: {len(CONFIGURATIONS)} configurations, {RUNS} selections each, {1 - ALPHA:.0%} asked for. The",
        f"share that is correct must be {least:.4f} or more (three standard errors below). Slippage: the best is ahead",
        "of all others by exactly the indifference zone, which is the hardest case.",
        "",
        "| procedure, structures | configuration | correct | observations in all, mean |",
        "|---|---|---|---|",
    ]
    kept = True
    for procedure, name, run in CONFIGURATIONS:
        began_s = time.monotonic()
        right, size = run()
        share = right / RUNS
        kept &= share >= least
        mark = "" if share >= least else " **too low**"
        lines.append(f"| {procedure} | {name} | {share:.4f}{mark} | {size:.1f} |")
        print(f"{procedure}, {name}: {share:.4f}, {size:.1f} ({time.monotonic() - began_s:.0f} s)", flush=True)
    lines += against_others()
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{'kept' if kept else 'NOT KEPT'}; written to {PAGE.relative_to(PAGE.parent.parent)}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
