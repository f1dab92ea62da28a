"""Ask other programs what they make of the same numbers, and write it to tests/theory/oracles.json.

SALib (Sobol, Morris, Shapley, PAWN), OpenTURNS (rank-based Sobol indices from given data), ema-workbench (PRIM) and
sim-tools (Kim and Nelson with equal variances; its look-up of unequal ones is shifted). They and what they need take
0.9 GB, so they are in no lock file: they are installed into a folder that is thrown away, and the tests hold renkei
against their answers as kept. Run it again after a change of a design:

    .venv/bin/python tools/oracles.py
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = ROOT / "tests" / "theory" / "oracles.json"
SAMPLES = str(ROOT / "tests" / "theory" / "samples.py")
PINNED = ("SALib==1.6.0", "openturns==1.27.post1", "ema-workbench==2.5.3", "sim-tools==1.3.0")
KIM_NELSON_RUNS = 1500


def main() -> int:
    """Install them aside, ask them, and keep the answers."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", *PINNED], check=True)
        return subprocess.run([python, __file__, "--inside"], check=True, env=_environment()).returncode


def _environment() -> dict[str, str]:
    """Return an environment in which renkei's source is found: the designs are its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def ask() -> dict[str, Any]:
    """Return all answers. Runs where the others are installed."""
    return {"versions": list(PINNED), **_salib(), **_openturns(), **_prim(), **_kim_nelson()}


def _salib() -> dict[str, Any]:
    import numpy as np
    from SALib.analyze import morris, pawn, shapley, sobol

    samples = runpy.run_path(SAMPLES)
    g_function = samples["g_function"]

    from renkei.analysis.sensitivity import morris_design, shapley_design, sobol_design

    problem = {"num_vars": 10, "names": list("abcdefghij"), "bounds": [[0, 1]] * 10}
    values = g_function(sobol_design(10, 4096))
    # SALib's order: for each row A, A with each column of B, B.
    ordered = np.concatenate((values[:1], values[2:], values[1:2])).T.ravel()
    by_sobol = sobol.analyze(problem, ordered, calc_second_order=False, seed=1)
    points = morris_design(10, 50)
    flat = points.reshape(-1, 10)
    by_morris = morris.analyze(problem, flat, g_function(flat), num_levels=4, seed=1)
    paths, _ = shapley_design(10, 5000)
    flat = paths.transpose(1, 0, 2).reshape(-1, 10)
    by_shapley = shapley.analyze(problem, flat, g_function(flat))
    sample, drawn = samples["pawn_sample"]()
    two = {"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2}
    by_pawn = pawn.analyze(two, drawn, sample, S=10)
    return {
        "sobol": {"first": by_sobol["S1"].tolist(), "total": by_sobol["ST"].tolist()},
        "morris": {"mean_absolute": by_morris["mu_star"].tolist(), "spread": by_morris["sigma"].tolist()},
        "shapley": {
            "value": np.asarray(by_shapley["shapley_normalized"]).tolist(),
            "error": np.asarray(by_shapley["shapley_normalized_conf"]).tolist(),
        },
        "pawn": np.asarray(by_pawn["median"]).tolist(),
    }


def _openturns() -> dict[str, Any]:
    import openturns as ot

    assumptions, values = runpy.run_path(SAMPLES)["given_sample"]()
    found = ot.RankSobolSensitivityAlgorithm(ot.Sample(assumptions), ot.Sample(values[:, None]))
    return {"given_data": list(found.getFirstOrderIndices())}


def _prim() -> dict[str, Any]:
    import numpy as np
    import pandas as pd
    from ema_workbench.analysis import prim

    assumptions, cases = runpy.run_path(SAMPLES)["prim_sample"]()
    frame = pd.DataFrame(assumptions, columns=[f"x{number}" for number in range(assumptions.shape[1])])
    box = prim.Prim(frame, cases.astype(np.float64), threshold=0.5).find_box()
    path = box.peeling_trajectory
    return {"prim": {name: path[name].tolist() for name in ("coverage", "density", "res_dim")}}


def _kim_nelson() -> dict[str, Any]:
    import numpy as np
    from sim_tools.ovs.indifference_zone import KN

    class Model:
        """Normal observations, the last best by the zone."""

        def __init__(self, generator: np.random.Generator) -> None:
            self.generator, self.count = generator, 0

        def register_observer(self, observer: Any) -> None:
            self.observer = observer

        def simulate(self, design: int) -> None:
            self.count += 1
            mean = 10**-0.5 if design == 4 else 0.0
            self.observer.feedback(self, design, mean + self.generator.standard_normal())

    generator = np.random.default_rng(20260801)
    taken, right = [], []
    for _ in range(KIM_NELSON_RUNS):
        model = Model(generator)
        chosen = KN(model, 5, 10**-0.5, alpha=0.05, n_0=10, obj="max").solve()
        taken.append(model.count)
        right.append(int(chosen[0]) == 4)
    return {
        "kim_nelson": {
            "observations": float(np.mean(taken)),
            "error": float(np.std(taken) / KIM_NELSON_RUNS**0.5),
            "right": float(np.mean(right)),
            "runs": KIM_NELSON_RUNS,
        }
    }


if __name__ == "__main__":
    if "--inside" in sys.argv:
        ANSWERS.write_text(json.dumps(ask(), indent=1) + "\n", encoding="utf-8")
    else:
        sys.exit(main())
