"""Against Ciw and SimPy, on networks that all three can express and no formula covers.

Means lie within four combined standard errors, and are precise enough (2 % at most) for that to mean something.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from differential import rivals
from differential.rivals import DAY, Means
from renkei.files import load_case
from renkei.study import run_study

CASES = Path(__file__).parent / "cases"
REPLICATIONS = {"precedence": 24, "loop": 32, "day-shift": 16}
LENGTHS = {
    # length, warm-up and cool-down in minutes, as in the case's scenario
    "precedence": (4 * DAY, 240.0),
    "loop": (4 * DAY, 240.0),
    "day-shift": (1000 * DAY, 20 * DAY),
}
RIVALS: dict[tuple[str, str], Callable[[float, int], rivals.Times]] = {
    ("ciw", "precedence"): rivals.ciw_precedence,
    ("ciw", "loop"): rivals.ciw_loop,
    ("ciw", "day-shift"): rivals.ciw_day_shift,
    ("simpy", "precedence"): rivals.simpy_precedence,
    ("simpy", "loop"): rivals.simpy_loop,
    ("simpy", "day-shift"): rivals.simpy_day_shift,
}


def rival_means(rival: str, network: str) -> Means:
    """Return a rival's mean stay in minutes, by class, in each replication."""
    length, margin = LENGTHS[network]
    simulate = RIVALS[rival, network]
    return rivals.replicated(lambda seed: simulate(length, seed + 1), REPLICATIONS[network], margin, length - margin)


@cache
def our_means(network: str) -> Means:
    """Return renkei's mean time to decision in minutes, by class, in each run."""
    runs = run_study(load_case(CASES / network)).runs
    assert not runs["truncated"].any()
    return {
        str(name): runs["mean_s"][runs["decision_class"] == name] / 60.0
        for name in dict.fromkeys(runs["decision_class"].tolist())
    }


def error_of(sample: npt.NDArray[np.float64]) -> float:
    """Return the standard error of a mean over replications."""
    return float(sample.std(ddof=1)) / math.sqrt(sample.size)


@pytest.mark.parametrize(("rival", "network"), RIVALS)
def test_means_agree_with_a_rival(rival: str, network: str) -> None:
    """Another simulator, written by others, gives the same mean time in system."""
    theirs, ours = rival_means(rival, network), our_means(network)
    assert set(theirs) == set(ours)
    for name in theirs:
        error = math.hypot(error_of(theirs[name]), error_of(ours[name]))
        assert abs(theirs[name].mean() - ours[name].mean()) < 4 * error, name
        assert error < 0.02 * ours[name].mean(), name
