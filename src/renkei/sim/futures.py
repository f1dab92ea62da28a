"""Futures: one draw of every uncertain assumption, keyed by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from renkei.model.quantity import Assumption, Assumptions
from renkei.sim.emitter import name_keys

Floats = npt.NDArray[np.float64]

TYPICAL = -1
"""The number of the future in which every assumption has its typical value."""


def draw_future(assumptions: Assumptions, seed: int, future: int) -> dict[str, float]:
    """Draw one future: see `draw_futures`."""
    return draw_futures(assumptions, seed, (future,))[0]


def draw_futures(assumptions: Assumptions, seed: int, futures: Sequence[int]) -> list[dict[str, float]]:
    """Draw futures: of each a number in base units for every assumption.

    Each assumption has a PERT distribution between its hard bounds, drawn by inversion from a uniform number that is a
    hash of (seed, assumption, future), so that adding an assumption changes no other. Assumptions that name
    correlations are joined by a Gaussian copula. The future TYPICAL gives the typical values.

    References
    ----------
    Malcolm, Roseboom, Clark and Fazar (1959), Application of a technique for research and development program
    evaluation. Copula: Cario and Nelson (1997), with normal correlation ``2 sin(pi r / 6)`` for rank correlation r.
    """
    typical = {assumption.id: assumption.typical for assumption in assumptions}
    names = uncertain(assumptions)
    drawn = [future for future in futures if future != TYPICAL] if names else []
    if not drawn:
        return [dict(typical) for _ in futures]
    shares = np.stack([uniforms(seed, name, drawn) for name in names], axis=1)
    known = dict(zip(drawn, futures_at(assumptions, shares).tolist(), strict=True))
    return [
        typical | dict(zip(names, known[future], strict=True)) if future in known else dict(typical)
        for future in futures
    ]


def uncertain(assumptions: Assumptions) -> tuple[str, ...]:
    """Return the names of the assumptions that have a range, in their order."""
    return tuple(assumption.id for assumption in assumptions if assumption.high > assumption.low)


def futures_at(assumptions: Assumptions, shares: Floats) -> Floats:
    """Return uncertain assumptions (n, names), in base units, at shares (n, names) of their distributions.

    0 is an assumption's low end, 1 its high one. Shares are those before correlation: assumptions that name
    correlations are moved together.
    """
    from scipy.special import betaincinv  # slow to import, and only a study needs it

    ranged = [assumption for assumption in assumptions if assumption.high > assumption.low]
    low = np.array([assumption.low for assumption in ranged])
    high = np.array([assumption.high for assumption in ranged])
    typical = np.array([assumption.typical for assumption in ranged])
    peak = (typical - low) / (high - low)
    inside = np.clip(shares, 2.0**-54, 1 - 2.0**-53)
    return np.asarray(low + (high - low) * betaincinv(1 + 4 * peak, 5 - 4 * peak, correlated(ranged, inside)))


def uniforms(seed: int, name: str, futures: Sequence[int]) -> Floats:
    """Return the number in (0, 1) that belongs to an assumption in each of some futures: (n,)."""
    keys = name_keys(("assumption", str(seed), name), map(str, futures))
    fractions: Floats = (keys.view(np.uint64) >> np.uint64(11)).astype(np.float64)
    return fractions * 2.0**-53 + 2.0**-54


def correlated(assumptions: list[Assumption], shares: Floats) -> Floats:
    """Return uniform numbers (n, assumptions) with the rank correlations that the assumptions state."""
    position = {assumption.id: number for number, assumption in enumerate(assumptions)}
    pairs = [
        (position[assumption.id], position[other], rank)
        for assumption in assumptions
        for other, rank in assumption.correlates
        if other in position
    ]
    if not pairs:
        return shares
    from scipy.special import ndtr, ndtri

    members = sorted({number for one, other, _ in pairs for number in (one, other)})
    where = {number: row for row, number in enumerate(members)}
    matrix = np.eye(len(members))
    for one, other, rank in pairs:
        matrix[where[one], where[other]] = matrix[where[other], where[one]] = 2 * np.sin(np.pi * rank / 6)
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as wrong:
        names = ", ".join(f"`{assumptions[number].id}`" for number in members)
        raise ValueError(f"the correlations among {names} contradict each other: weaken one of them") from wrong
    shares = shares.copy()
    for row in shares:  # one by one: a product of whole matrices would have other last bits
        row[members] = ndtr(factor @ ndtri(row[members]))
    return shares


def typical_future(assumptions: Assumptions) -> Mapping[str, float]:
    """Return the typical value of every assumption."""
    return draw_future(assumptions, 0, TYPICAL)
