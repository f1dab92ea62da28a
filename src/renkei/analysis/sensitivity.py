"""Which assumptions the difference between two structures depends on, and how much is chance.

From a sweep already run: first-order shares by bins, and PAWN for tails. By runs of its own, for which this module
makes the designs and reads the answers: Morris screening, Sobol indices with the seed as one more factor, and Shapley
effects. All designs are on the unit cube; the caller turns its columns into assumptions, and a seed's column into
seeds. A model with noise has no other honest way: what chance does is either a factor or hidden in the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 400
MOST_FACTORS: Final = 12
"""Of Shapley effects: ten assumptions, all others together, and chance."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of variance with its 95 % interval.

    ``shown``: that the assumption matters at all is beyond chance at 95 % for all assumptions together (Kruskal &
    Wallis 1952 on the bins, Bonferroni): of very many assumptions a few look as if they did.
    """

    value: float
    low: float
    high: float
    shown: bool


@dataclass(frozen=True, slots=True)
class GivenData:
    """First-order shares of the variance of a difference over futures, and of chance.

    ``chance`` is the share of one run's variance that replications within a future have; the shares of assumptions
    are of the variance of future means, chance left in them included. ``rest`` is what neither single assumptions
    nor chance explain: assumptions that act together.
    """

    shares: dict[str, Share]
    """Largest first; those asked for."""
    chance: float
    rest: float


@dataclass(frozen=True, slots=True)
class Effects:
    """Morris: mean of absolute elementary effects, its standard error, and their spread (curves or interaction)."""

    mean_absolute: Floats
    error: Floats
    spread: Floats


@dataclass(frozen=True, slots=True)
class Sobol:
    """First-order and total shares of variance, each (D,), with the half widths of 95 % intervals."""

    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats


@dataclass(frozen=True, slots=True)
class Shapley:
    """Shares of variance that add up to one, (D,), with the half widths of 95 % intervals."""

    value: Floats
    error: Floats


def given_data(
    differences: Floats,
    assumptions: Floats,
    names: tuple[str, ...],
    *,
    seed: int = 0,
    bins: int | None = None,
    most: int | None = None,
) -> GivenData:
    """Return first-order shares of a difference from a sweep already run.

    Parameters
    ----------
    differences
        (F, R): of two structures, paired by future and replication; or of anything else.
    assumptions
        (F, D).
    bins
        Of equally many futures; by default the cube root of twice their number, within 4 and 20.
    most
        Shares and intervals are given for so many assumptions with the largest shares; by default for all. Tests of
        what is ``shown`` count all.

    Notes
    -----
    Variance of bin means over variance of all, less what bins of pure noise would show: (SSB - (B-1) MSW) / SST, the
    omega-squared of Hays 1963 without its correction of the total. Intervals resample whole futures.
    """
    from scipy.stats import chi2, rankdata  # not on the start path

    means = differences.mean(axis=1)
    futures, replications = differences.shape
    ranks = np.asarray(rankdata(means))
    varying = max(int((assumptions.max(axis=0) > assumptions.min(axis=0)).sum()), 1)
    count = bins or int(np.clip(round((2 * futures) ** (1 / 3)), 4, 20))
    generator = np.random.Generator(np.random.PCG64(seed))
    chosen = generator.integers(0, futures, (RESAMPLES, futures))
    flat = (chosen + futures * np.arange(RESAMPLES)[:, None]).ravel()
    weights = np.bincount(flat, minlength=RESAMPLES * futures).reshape(RESAMPLES, futures).astype(np.float64)
    weights = np.vstack((np.ones(futures), weights))
    binned = {
        name: _binned(column, count)
        for name, column in zip(names, assumptions.T, strict=True)
        if column.max() > column.min()
    }
    points = {name: float(_between_bins(means, each, weights[:1])[0]) for name, each in binned.items()}
    found: dict[str, Share] = {}
    for name in sorted(binned, key=lambda name: (-points[name], name))[:most]:
        # A resample repeats futures, and what repeats looks explained: the same bias at the centre is taken off.
        shares = _between_bins(means, binned[name], weights[1:])
        low, high = np.quantile(shares - shares.mean() + points[name], (0.025, 0.975))
        p_value = float(chi2.sf(_kruskal_wallis(ranks, binned[name]), max(np.unique(binned[name]).size - 1, 1)))
        found[name] = Share(points[name], float(low), float(high), p_value * varying < 0.05)
    within = float(differences.var(axis=1, ddof=1).mean()) if replications > 1 else float("nan")
    over = float(means.var(ddof=1))
    chance_of_mean = within / replications / over if over > 0 else float("nan")
    explained = sum(share.value for share in found.values() if share.shown)
    # var(one run) = var(future's truth) + within; var(mean) = var(truth) + within / R.
    one_run = over - within / replications + within
    # The estimate of a truth that varies little may be below zero, as any difference of two variances.
    chance = min(within / one_run, 1.0) if one_run > 0 else 1.0
    return GivenData(found, chance, 1 - explained - chance_of_mean)


def _kruskal_wallis(ranks: Floats, bins: npt.NDArray[np.int64]) -> float:
    """Return H: (n - 1) times the share of the ranks' variance that lies between bins."""
    members = np.bincount(bins)
    sums = np.bincount(bins, weights=ranks - ranks.mean())
    between = float((sums[members > 0] ** 2 / members[members > 0]).sum())
    everything = float(((ranks - ranks.mean()) ** 2).sum())
    return (ranks.size - 1) * between / everything if everything > 0 else 0.0


def _binned(column: Floats, count: int) -> npt.NDArray[np.int64]:
    """Return each future's bin; equal values share one."""
    edges = np.unique(np.quantile(column, np.arange(1, count) / count, method="inverted_cdf"))
    return np.searchsorted(edges, column, side="right")


def _between_bins(values: Floats, bins: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """Return the share between bins for each row of weights."""
    members = np.eye(int(bins.max()) + 1)[bins]
    count = weights @ members
    sums = weights @ (members * values[:, None])
    total, square = sums.sum(axis=1), weights @ values**2
    size = count.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.where(count > 0, sums**2 / count, 0.0).sum(axis=1) - total**2 / size
        everything = square - total**2 / size
        used = (count > 0).sum(axis=1)
        within = (everything - between) / (size - used)
        return np.asarray((between - (used - 1) * within) / everything)


def pawn(values: Floats, assumption: Floats, *, bins: int = 10, above: float = 0.0) -> float:
    """Return PAWN's median Kolmogorov-Smirnov distance, 0 to 1, between values overall and within bins.

    For tails: what shifts a distribution without moving its mean has a distance too. ``above``: look for the distance
    only where that share of all values lies below. Noise alone gives about 0.87 / sqrt(F / bins) over the whole.

    References
    ----------
    Pianosi & Wagener 2018, Environmental Modelling & Software 108, 197-207.
    """
    everything = np.sort(values)
    numbers = _binned(assumption, bins)
    overall = np.searchsorted(everything, everything, side="right") / values.size
    distances = []
    for number in range(int(numbers.max()) + 1):
        part = np.sort(values[numbers == number])
        if part.size:
            own = np.searchsorted(part, everything, side="right") / part.size
            distances.append(float(np.abs(own - overall)[overall >= above].max()))
    return float(np.median(distances))


def morris_design(dimensions: int, trajectories: int, *, levels: int = 4, seed: int = 0) -> Floats:
    """Return (trajectories, D + 1, D) points of the unit cube: each step moves one assumption by levels/(2(levels-1)).

    References
    ----------
    Morris 1991, Technometrics 33(2), 161-174.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    step = levels / (2 * (levels - 1))
    points = np.empty((trajectories, dimensions + 1, dimensions))
    for path in points:
        path[:] = generator.integers(0, levels // 2, dimensions) / (levels - 1)
        up = generator.random(dimensions) < 0.5
        path[:, ~up] += step
        for number, row in enumerate(generator.permutation(dimensions), start=1):
            path[number:, row] += step if up[row] else -step
    return points


def morris_effects(points: Floats, values: Floats) -> Effects:
    """Return elementary effects of values (trajectories, D + 1) at ``morris_design``'s points.

    The mean of absolute effects: Campolongo, Cariboni & Saltelli 2007.
    """
    moves = np.diff(points, axis=1)
    moved = np.abs(moves).argmax(axis=2)
    size = np.take_along_axis(moves, moved[:, :, None], axis=2)[:, :, 0]
    effects = np.empty((points.shape[0], points.shape[2]))
    np.put_along_axis(effects, moved, np.diff(values, axis=1) / size, axis=1)
    absolute = np.abs(effects)
    error = absolute.std(axis=0, ddof=1) / np.sqrt(effects.shape[0])
    return Effects(absolute.mean(axis=0), error, effects.std(axis=0, ddof=1))


def sobol_design(dimensions: int, rows: int, *, seed: int = 0) -> Floats:
    """Return (D + 2, rows, D) points of the unit cube: A, B, and A with one column of B, in turn.

    A and B are one scrambled Sobol sequence of 2 D columns; ``rows`` is best a power of two. To have the seed as a
    factor, count it as one more dimension and draw seeds from its column.
    """
    from scipy.stats.qmc import Sobol as Sequence  # not on the start path

    points = np.asarray(Sequence(2 * dimensions, seed=np.random.default_rng(seed)).random(rows))
    first, second = points[:, :dimensions], points[:, dimensions:]
    design = np.repeat(first[None], dimensions + 2, axis=0)
    design[1] = second
    for row in range(dimensions):
        design[row + 2, :, row] = second[:, row]
    return design


def sobol_indices(values: Floats, *, resamples: int = RESAMPLES, seed: int = 0) -> Sobol:
    """Return indices of values (D + 2, rows) at ``sobol_design``'s points.

    First order: Saltelli et al. 2010, Computer Physics Communications 181, 259-270, table 2 (b); total: Jansen 1999.
    Intervals resample rows.
    """
    one, two, mixed = values[0], values[1], values[2:]
    rows = one.size
    centre = float(np.concatenate((one, two)).mean())
    one, two, mixed = one - centre, two - centre, mixed - centre
    products = two * (mixed - one)
    squares = (one - mixed) ** 2 / 2
    spread = (one**2 + two**2) / 2
    level = (one + two) / 2
    generator = np.random.Generator(np.random.PCG64(seed))
    weights = np.vstack((np.ones(rows), generator.multinomial(rows, np.full(rows, 1 / rows), size=resamples))) / rows
    variance = weights @ spread - (weights @ level) ** 2
    first, total = (weights @ products.T) / variance[:, None], (weights @ squares.T) / variance[:, None]
    return Sobol(first[0], 1.959964 * first[1:].std(axis=0), total[0], 1.959964 * total[1:].std(axis=0))


def shapley_design(dimensions: int, rows: int, *, seed: int = 0) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return (D + 1, rows, D) points of the unit cube and (rows, D) orders: from x to y, one assumption after another.

    Raises
    ------
    ValueError
        If there are more than twelve factors: screen them first.

    References
    ----------
    Goda 2021, Reliability Engineering & System Safety 213, 107702.
    """
    if dimensions > MOST_FACTORS:
        raise ValueError(f"Shapley effects of {dimensions} factors: screen them down to {MOST_FACTORS} first")
    generator = np.random.Generator(np.random.PCG64(seed))
    first, second = generator.random((2, rows, dimensions))
    orders = np.argsort(generator.random((rows, dimensions)), axis=1)
    design = np.repeat(first[None], dimensions + 1, axis=0)
    index = np.arange(rows)
    for step in range(dimensions):
        moved = orders[:, step]
        design[step + 1 :, index, moved] = second[index, moved]
    return design, orders


def shapley_effects(values: Floats, orders: npt.NDArray[np.int64]) -> Shapley:
    """Return Shapley effects of values (D + 1, rows) at ``shapley_design``'s points, as shares of the variance.

    Each step's share is (f(x) - (f(before) + f(after)) / 2) (f(before) - f(after)): its mean over rows and orders is
    the effect (Goda 2021); they add up to the variance exactly in expectation.
    """
    before, after = values[:-1], values[1:]
    steps = (values[0] - (before + after) / 2) * (before - after)
    parts = np.empty((values.shape[1], values.shape[0] - 1))
    np.put_along_axis(parts, orders, steps.T, axis=1)
    variance = float(np.concatenate((values[0], values[-1])).var())
    error = 1.959964 * parts.std(axis=0, ddof=1) / np.sqrt(parts.shape[0])
    return Shapley(parts.mean(axis=0) / variance, error / variance)
