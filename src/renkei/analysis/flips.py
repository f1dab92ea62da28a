"""What would overturn the answer: thresholds, the nearest flip and the worst assumptions.

Two ways. From a sweep already run, an additive surface of the difference between two structures is fitted over all
assumptions together, and asked; how much of the difference it explains is said with it. By runs of its own, a
function that gives paired differences at any value is followed to its root.

A difference is cost of A less cost of B: below zero A is better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 200
PENALTIES: Final = 10.0 ** np.arange(-4, 5)


@dataclass(frozen=True)
class Surface:
    """A difference as constant + sum over assumptions of slope z + curve (z^2 - 1/3), where z runs from -1 to 1."""

    names: tuple[str, ...]
    low: Floats
    high: Floats
    constant: float
    slope: Floats
    curve: Floats
    explained: float
    """Share of the differences' variance that it predicts for futures left out (one by one); at most 1, may be < 0."""

    def at(self, scaled: Floats) -> Floats:
        """Return differences at (..., D) scaled assumptions."""
        return np.asarray(self.constant + scaled @ self.slope + (scaled**2 - 1 / 3) @ self.curve)

    def unscaled(self, scaled: Floats) -> Floats:
        """Return assumptions in their own units."""
        return np.asarray((self.low + self.high) / 2 + scaled * (self.high - self.low) / 2)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where one assumption alone flips the answer, all others averaged over the futures."""

    assumption: str
    value: float
    low: float
    high: float
    """95 % interval over futures; infinite where a resample has no flip on that side."""
    found_share: float
    """Share of resamples with a flip within the assumption's range."""
    flips_above: bool
    """Whether the answer is other above the threshold (else below)."""


@dataclass(frozen=True, slots=True)
class NearestFlip:
    """The smallest change of all assumptions together that flips the answer.

    ``distance`` is Euclidean, in half ranges from the middle of each range: 0 in the middle, 1 an end of one range.
    """

    assumptions: dict[str, float]
    """The assumptions that move by more than a twentieth of their half range, most first."""
    distance: float


@dataclass(frozen=True, slots=True)
class Worst:
    """The assumptions, each within its range, that are worst for the favourite."""

    assumptions: dict[str, float]
    difference: float
    flips: bool


@dataclass(frozen=True)
class Flips:
    """What would overturn the answer, from a sweep."""

    surface: Surface
    thresholds: tuple[Threshold, ...]
    """Most often found first."""
    nearest: NearestFlip | None
    """None where no assumptions within their ranges flip the surface."""
    worst: Worst


def surface_of(differences: Floats, assumptions: Floats, names: tuple[str, ...]) -> Surface:
    """Fit the additive surface by ridge regression, its penalty chosen by leaving out one future at a time.

    Parameters
    ----------
    differences
        (F,), finite.
    assumptions
        (F, D); those that never vary get no slope.
    """
    terms, low, high = _terms(assumptions)
    centre = terms.mean(axis=0)
    mean = float(differences.mean())
    left, singular, right = np.linalg.svd(terms - centre, full_matrices=False)
    along = left.T @ (differences - mean)
    errors: list[tuple[float, float]] = []
    for penalty in PENALTIES * differences.size:
        kept = singular**2 / (singular**2 + penalty)
        leverage = (left**2) @ kept + 1 / differences.size
        residual = (differences - mean - left @ (kept * along)) / np.maximum(1 - leverage, 1e-9)
        errors.append((float((residual**2).mean()), float(penalty)))
    error, penalty = min(errors)
    weights = right.T @ (singular / (singular**2 + penalty) * along)
    return _surface(weights, mean - float(centre @ weights), names, low, high, error, float(differences.var()))


def _terms(assumptions: Floats) -> tuple[Floats, Floats, Floats]:
    low, high = assumptions.min(axis=0), assumptions.max(axis=0)
    scaled = (assumptions - (low + high) / 2) / np.where(high > low, (high - low) / 2, 1.0)
    return np.hstack((scaled, np.where(high > low, scaled**2 - 1 / 3, 0.0))), low, high


def _surface(
    weights: Floats, constant: float, names: tuple[str, ...], low: Floats, high: Floats, error: float, variance: float
) -> Surface:
    explained = 1 - error / variance if variance > 0 else 0.0
    return Surface(names, low, high, constant, weights[: len(names)], weights[len(names) :], explained)


def flips(
    differences: Floats, assumptions: Floats, names: tuple[str, ...], *, resamples: int = RESAMPLES, seed: int = 0
) -> Flips:
    """Return thresholds, nearest flip and worst assumptions of a difference, from a sweep already run.

    Parameters
    ----------
    differences
        (F,): mean over replications, under common random numbers, of cost of A less cost of B.
    assumptions
        (F, D), as drawn.
    names
        Of the D assumptions.
    resamples, seed
        Of the bootstrap over futures behind the thresholds' intervals.
    """
    surface = surface_of(differences, assumptions, names)
    favourite = -1.0 if differences.mean() <= 0 else 1.0
    return Flips(
        surface=surface,
        thresholds=_thresholds(surface, differences, assumptions, resamples, seed),
        nearest=nearest_flip(surface, favourite),
        worst=worst_for(surface, favourite),
    )


def _roots(constant: Floats, slope: Floats, curve: Floats) -> Floats:
    """Return the root of constant + slope z + curve (z^2 - 1/3) nearest to 0 within [-1, 1], NaN where there is none.

    Arrays of one shape.
    """
    level = constant - curve / 3
    with np.errstate(invalid="ignore", divide="ignore"):
        half = -0.5 * (slope + np.copysign(np.sqrt(slope**2 - 4 * curve * level), slope))
        candidates = np.stack((level / half, half / curve))
    candidates = np.where(np.abs(candidates) <= 1, candidates, np.nan)
    nearest = np.where(np.isnan(candidates), np.inf, np.abs(candidates)).argmin(axis=0)
    return np.asarray(np.take_along_axis(candidates, nearest[None], axis=0)[0])


def _thresholds(
    surface: Surface, differences: Floats, assumptions: Floats, resamples: int, seed: int
) -> tuple[Threshold, ...]:
    terms = _terms(assumptions)[0]
    futures, dimensions = differences.size, len(surface.names)
    # Resampled with the penalty of a hundredth of a future: enough to solve, too little to shrink an interval.
    full = np.hstack((np.ones((futures, 1)), terms))
    generator = np.random.Generator(np.random.PCG64(seed))
    roots = np.empty((resamples, dimensions))
    for sample in range(resamples):
        weight = np.bincount(generator.integers(0, futures, futures), minlength=futures)
        weighted = full.T * weight
        normal = weighted @ full + 0.01 * np.eye(full.shape[1])
        fitted = np.asarray(np.linalg.solve(normal, weighted @ differences), dtype=np.float64)
        slope, curve = fitted[1 : dimensions + 1], fitted[dimensions + 1 :]
        # Others averaged over the futures, not at the middle of their ranges.
        mean_terms = terms.mean(axis=0)
        own = slope * mean_terms[:dimensions] + curve * mean_terms[dimensions:]
        roots[sample] = _roots(fitted[0] + fitted[1:] @ mean_terms - own, slope, curve)
    mean_terms = terms.mean(axis=0)
    own = surface.slope * mean_terms[:dimensions] + surface.curve * mean_terms[dimensions:]
    average = surface.constant + np.concatenate((surface.slope, surface.curve)) @ mean_terms
    values = _roots(average - own, surface.slope, surface.curve)
    found: list[Threshold] = []
    for row in np.flatnonzero(~np.isnan(values)):
        known = roots[:, row][~np.isnan(roots[:, row])]
        rising = float(surface.slope[row] + 2 * surface.curve[row] * values[row]) > 0
        # A resample without a flip within the range has it beyond the end that is nearer to the flip.
        missing = np.full(resamples - known.size, np.inf if values[row] > 0 else -np.inf)
        low, high = np.quantile(np.concatenate((known, missing)), (0.025, 0.975), method="inverted_cdf")
        middle, half = (surface.low[row] + surface.high[row]) / 2, (surface.high[row] - surface.low[row]) / 2
        found.append(
            Threshold(
                assumption=surface.names[row],
                value=float(middle + half * values[row]),
                low=float(middle + half * low),
                high=float(middle + half * high),
                found_share=known.size / resamples,
                flips_above=rising if average < 0 else not rising,
            )
        )
    return tuple(sorted(found, key=lambda threshold: (-threshold.found_share, threshold.assumption)))


def _least(slope: Floats, curve: Floats, price: float) -> Floats:
    """Return the z in [-1, 1], by assumption, of the least z^2 + price (slope z + curve z^2)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        stationary = -price * slope / (2 * (1 + price * curve))
    candidates = np.stack((np.clip(np.nan_to_num(stationary), -1, 1), -np.ones_like(slope), np.ones_like(slope)))
    costs = candidates**2 + price * (slope * candidates + curve * candidates**2)
    return np.asarray(np.take_along_axis(candidates, costs.argmin(axis=0)[None], axis=0)[0])


def nearest_flip(surface: Surface, favourite: float) -> NearestFlip | None:
    """Return the flip of least distance, by bisection of Lagrange's multiplier; None where the surface has no flip.

    ``favourite`` is the sign of the difference that the answer rests on: -1 where A is better.
    """
    slope, curve = favourite * surface.slope, favourite * surface.curve
    constant = favourite * surface.constant

    def margin(scaled: Floats) -> float:
        return float(constant + slope @ scaled + curve @ (scaled**2 - 1 / 3))

    if margin(worst_scaled(slope, curve)) > 0:
        return None
    cheap, dear = 0.0, 1.0
    while margin(_least(slope, curve, dear)) > 0 and dear < 1e12:
        dear *= 4
    for _ in range(80):
        price = (cheap + dear) / 2
        cheap, dear = (price, dear) if margin(_least(slope, curve, price)) > 0 else (cheap, price)
    scaled = _least(slope, curve, dear)
    values = surface.unscaled(scaled)
    order = [row for row in np.argsort(-np.abs(scaled), kind="stable") if abs(scaled[row]) > 0.05]
    return NearestFlip({surface.names[row]: float(values[row]) for row in order}, float(np.linalg.norm(scaled)))


def worst_scaled(slope: Floats, curve: Floats) -> Floats:
    """Return the z in [-1, 1], by assumption, of the least slope z + curve z^2."""
    with np.errstate(invalid="ignore", divide="ignore"):
        stationary = np.where(curve > 0, -slope / (2 * curve), 0.0)
    candidates = np.stack((np.clip(np.nan_to_num(stationary), -1, 1), -np.ones_like(slope), np.ones_like(slope)))
    values = slope * candidates + curve * candidates**2
    return np.asarray(np.take_along_axis(candidates, values.argmin(axis=0)[None], axis=0)[0])


def worst_for(surface: Surface, favourite: float) -> Worst:
    """Return the assumptions worst for the favourite; exact for the surface, which is a sum over assumptions."""
    scaled = worst_scaled(favourite * surface.slope, favourite * surface.curve)
    values = surface.unscaled(scaled)
    effect = np.abs(surface.slope * scaled + surface.curve * scaled**2)
    order = np.argsort(-effect, kind="stable")
    difference = float(surface.at(scaled))
    return Worst(
        assumptions={surface.names[row]: float(values[row]) for row in order if effect[row] > 0},
        difference=difference,
        flips=difference * favourite < 0,
    )


def threshold_by_runs(
    difference: Callable[[float], Floats], low: float, high: float, *, assumption: str = "", tolerance: float = 1e-6
) -> Threshold | None:
    """Return where the mean of paired differences crosses zero between ``low`` and ``high``; None where it does not.

    ``difference(value)`` returns (n >= 2,) differences at a value of the assumption, from the same seeds at every
    value, so that the curve is as smooth as the model. Its interval lies between the roots of the 95 % confidence
    limits of the mean (Student); infinite where a limit has no root.
    """
    from scipy.optimize import brentq  # not on the start path
    from scipy.special import stdtrit

    known: dict[float, tuple[float, float]] = {}

    def shifted(value: float, sign: float) -> float:
        if value not in known:
            sample = np.asarray(difference(value))
            error = float(sample.std(ddof=1)) / sample.size**0.5 * float(stdtrit(sample.size - 1, 0.975))
            known[value] = (float(sample.mean()), error)
        mean, error = known[value]
        return mean + sign * error

    def root(sign: float) -> float | None:
        if shifted(low, sign) * shifted(high, sign) > 0:
            return None
        return float(brentq(shifted, low, high, args=(sign,), xtol=tolerance * (high - low)))

    middle = root(0.0)
    if middle is None:
        return None
    rising = shifted(high, 0.0) > 0
    # A higher curve crosses earlier if it rises, later if it falls.
    first, last = root(1.0 if rising else -1.0), root(-1.0 if rising else 1.0)
    return Threshold(
        assumption, middle, -np.inf if first is None else first, np.inf if last is None else last, 1.0, rising
    )


def worst_by_runs(
    difference: Callable[[Floats], float], low: Floats, high: Floats, *, halvings: int = 4
) -> tuple[Floats, float]:
    """Search for the assumptions (D,) where ``difference`` is highest, by a compass of shrinking steps from the middle.

    The search of a red team: each step is taken where it helps, the step is halved where none does. Deterministic;
    needs about 2 D calls for each step or halving.
    """
    here = (low + high) / 2
    value, step = difference(here), (high - low) / 2
    for _ in range(halvings):
        moved = True
        while moved:
            moved = False
            for row in range(here.size):
                for sign in (1.0, -1.0):
                    there = here.copy()
                    there[row] = np.clip(here[row] + sign * step[row], low[row], high[row])
                    if there[row] != here[row] and (found := difference(there)) > value:
                        here, value, moved = there, found, True
        step = step / 2
    return here, value
