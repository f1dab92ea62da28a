"""What knowing would be worth: of all assumptions together, and of each alone. What to study or exercise next.

If the future were known before the choice, the best structure of each future could be taken: the expected gain over
the best on average is the value of perfect information (EVPI). If one assumption alone were known, the best for each
of its values could be taken: its partial value (EVPPI), estimated from the sweep by regression of each structure's
cost on the assumption (Strong, Oakley & Brennan 2014, Medical Decision Making 34(3), 311-326; here a cubic).
Gains found and measured in the same futures are too high; found in one half and measured in the other, too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TWO_SIDED: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Worth:
    """A gain in the cost's unit, per decision, between the cross-fitted and the naive estimate; 95 % interval.

    ``shown``: whether it is above zero beyond chance, at 97.5 % for all that were asked about together.
    """

    cross_fitted: float
    naive: float
    low: float
    high: float
    shown: bool


def perfect_information(observations: Floats) -> Worth:
    """Return the value of knowing the whole future, of costs (S, F, R >= 2)."""
    one, two = observations[:, :, 0::2].mean(axis=2), observations[:, :, 1::2].mean(axis=2)
    whole = observations.mean(axis=2)
    usual = int(whole.mean(axis=1).argmin())
    futures = np.arange(whole.shape[1])
    gains = (one[usual] - one[two.argmin(axis=0), futures] + two[usual] - two[one.argmin(axis=0), futures]) / 2
    return _worth(gains, whole[usual] - whole.min(axis=0))


def partial_information(costs: Floats, assumption: Floats, *, asked: int = 1, seed: int = 0) -> Worth:
    """Return the value of knowing one assumption (F,), of mean costs (S, F), where ``asked`` are asked about."""
    futures = assumption.size
    design = _design(assumption)
    shuffled = np.random.Generator(np.random.PCG64(seed)).permutation(futures)
    gains = np.empty(futures)
    for fit, test in ((shuffled[::2], shuffled[1::2]), (shuffled[1::2], shuffled[::2])):
        choice, usual = _choices(costs[:, fit], design[fit], design[test])
        gains[test] = costs[usual, test] - costs[choice, test]
    choice, usual = _choices(costs, design, design)
    fitted = _fitted(costs, design, design)
    return _worth(gains, fitted[usual] - np.take_along_axis(fitted, choice[None], axis=0)[0], asked)


def information(observations: Floats, assumptions: Floats, names: tuple[str, ...]) -> tuple[Worth, dict[str, Worth]]:
    """Return the value of perfect information, and of each assumption alone, worth most first.

    Parameters
    ----------
    observations
        Costs (S, F, R >= 2).
    assumptions
        (F, D); an assumption that never varies is worth nothing and left out.
    """
    costs = observations.mean(axis=2)
    varying = int((assumptions.max(axis=0) > assumptions.min(axis=0)).sum())
    found = {
        name: partial_information(costs, column, asked=varying)
        for name, column in zip(names, assumptions.T, strict=True)
        if column.max() > column.min()
    }
    ordered = sorted(found.items(), key=lambda item: (-item[1].cross_fitted, item[0]))
    return perfect_information(observations), dict(ordered)


def _design(assumption: Floats) -> Floats:
    low, high = float(assumption.min()), float(assumption.max())
    scaled = (assumption - (low + high) / 2) / ((high - low) / 2 if high > low else 1.0)
    return np.asarray(np.polynomial.legendre.legvander(scaled, 3), dtype=np.float64)


def _fitted(costs: Floats, design: Floats, at: Floats) -> Floats:
    # Four polynomials, nearly orthogonal: normal equations serve. einsum takes no threads, of which a solver for so
    # little would wait: 0.03 s a call on a busy machine.
    gram = np.einsum("fi,fj->ij", design, design) + 1e-9 * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, np.einsum("fi,sf->is", design, costs))
    return np.asarray(np.einsum("fi,is->sf", at, weights), dtype=np.float64)


def _choices(costs: Floats, design: Floats, at: Floats) -> tuple[npt.NDArray[np.intp], int]:
    return _fitted(costs, design, at).argmin(axis=0), int(costs.mean(axis=1).argmin())


def _worth(crossed: Floats, naive: Floats, asked: int = 1) -> Worth:
    def error(gains: Floats) -> float:
        return float(gains.std(ddof=1) / np.sqrt(gains.size))

    low, high = float(crossed.mean()), float(naive.mean())
    certain = NormalDist().inv_cdf(1 - 0.025 / asked)
    return Worth(
        cross_fitted=low,
        naive=high,
        low=low - TWO_SIDED * error(crossed),
        high=high + TWO_SIDED * error(naive),
        shown=low > certain * error(crossed),
    )
