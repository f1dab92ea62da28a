"""Which assumptions the answer rests on: how far each goes along with the gain, and with the time itself.

From the futures of the study at hand, without a run more. A future draws all assumptions at once, so the rank
correlation of one of them with a result is what is left of its effect among all the others and chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from renkei.analysis.resampling import mean_of_replications
from renkei.analysis.runs import Floats, PairRuns
from renkei.model.results import Weight

FEWEST: Final = 20
"""With fewer futures a rank correlation says too little to be shown."""

INFLATION: Final = 1.06
"""Of the variance of Fisher's z of a rank correlation, against that of an ordinary one."""


def weights(
    pairs: Mapping[tuple[str, str], PairRuns],
    base: str,
    leading: Mapping[str, tuple[str, str]],
    draws: Sequence[Mapping[str, float]],
) -> tuple[Weight, ...]:
    """Return for every assumption that varies its largest rank correlation with the gain, and with the time itself.

    The gain is the mean time under the base less that under another structure, by future; the time is that under the
    base. Means, because chance blurs them less than medians.

    Parameters
    ----------
    pairs
        The runs' rows of every structure under every scenario.
    base
        The structure that the others are held against.
    leading
        By scenario: the class of decision, and the structure whose gain is looked at (empty: none).
    draws
        Every future's numbers, by assumption.
    """
    if len(draws) < FEWEST:
        return ()
    numbers = {
        name: ranks(column) for name in draws[0] if np.ptp(column := np.array([future[name] for future in draws])) > 0
    }
    results: list[tuple[str, str, str, Floats]] = []
    for scenario, (headline, structure) in leading.items():
        times = mean_times(pairs, base, scenario, headline)
        results.append(("time", base, scenario, times))
        if structure:
            results.append(("gain", structure, scenario, times - mean_times(pairs, structure, scenario, headline)))
    known = [each for each in results if np.isfinite(each[3]).all() and np.ptp(each[3]) > 0]
    tests = {kind: max(1, len(numbers) * sum(each[0] == kind for each in known)) for kind in ("gain", "time")}
    found = []
    for kind in ("gain", "time"):
        for name, column in numbers.items():
            best = max(
                (
                    (spearman(column, ranks(values)), structure, scenario)
                    for of, structure, scenario, values in known
                    if of == kind
                ),
                key=lambda each: abs(each[0]),
                default=None,
            )
            if best is not None:
                value, structure, scenario = best
                found.append(
                    Weight(
                        assumption=name,
                        of=kind,
                        structure=structure,
                        scenario=scenario,
                        correlation=value,
                        low=interval(value, len(draws))[0],
                        high=interval(value, len(draws))[1],
                        shown=surely(value, len(draws), tests[kind]),
                    )
                )
    return tuple(sorted(found, key=lambda each: (each.of, -abs(each.correlation), each.assumption)))


def mean_times(pairs: Mapping[tuple[str, str], PairRuns], structure: str, scenario: str, headline: str) -> Floats:
    """Return the mean time to decision of each future, (F,)."""
    pair = pairs[structure, scenario]
    return mean_of_replications(pair.of_class(pair.layout.classes.index(headline), "mean_s"))


def ranks(values: Floats) -> Floats:
    """Return the ranks of values from 1; equal values share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return shared


def spearman(one: Floats, other: Floats) -> float:
    """Return the correlation of two rows of ranks (Spearman 1904)."""
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / math.sqrt(float((a * a).sum()) * float((b * b).sum())))


def interval(correlation: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a rank correlation of ``count`` futures.

    References
    ----------
    Fieller, Hartley & Pearson 1957, Biometrika 44, 470-481: Fisher's z of a rank correlation is nearly normal with
    variance 1.06 / (n - 3).
    """
    z, error = _fisher(correlation), math.sqrt(INFLATION / (count - 3))
    return math.tanh(z - 1.959964 * error), math.tanh(z + 1.959964 * error)


def surely(correlation: float, count: int, tests: int) -> bool:
    """Return whether a rank correlation is beyond chance at 95 %, for all of so many tests together (Bonferroni)."""
    limit = NormalDist().inv_cdf(1 - 0.05 / 2 / tests)
    return abs(_fisher(correlation)) > limit * math.sqrt(INFLATION / (count - 3))


def _fisher(correlation: float) -> float:
    return math.atanh(max(-0.999999, min(0.999999, correlation)))
