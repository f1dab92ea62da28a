"""Futures: one draw of every uncertain assumption, keyed by its name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from renkei.model.quantity import Assumption, Assumptions
from renkei.sim.emitter import name_key

TYPICAL = -1
"""The number of the future in which every assumption has its typical value."""


def draw_future(assumptions: Assumptions, seed: int, future: int) -> dict[str, float]:
    """Draw one future: a number in base units for every assumption.

    Each assumption has a PERT distribution between its hard bounds, drawn by inversion from a uniform number that is a
    hash of (seed, assumption, future), so that adding an assumption changes no other. Assumptions that name
    correlations are joined by a Gaussian copula. ``future`` TYPICAL gives the typical values.

    References
    ----------
    Malcolm, Roseboom, Clark and Fazar (1959), Application of a technique for research and development program
    evaluation. Copula: Cario and Nelson (1997), with normal correlation ``2 sin(pi r / 6)`` for rank correlation r.
    """
    if future == TYPICAL:
        return {assumption.id: assumption.typical for assumption in assumptions}
    uncertain = [assumption for assumption in assumptions if assumption.high > assumption.low]
    values = {assumption.id: assumption.typical for assumption in assumptions}
    if not uncertain:
        return values
    from scipy.special import betaincinv  # slow to import, and only a study needs it

    shares = np.array([uniform(seed, assumption.id, future) for assumption in uncertain])
    shares = correlated(uncertain, shares)
    low = np.array([assumption.low for assumption in uncertain])
    high = np.array([assumption.high for assumption in uncertain])
    typical = np.array([assumption.typical for assumption in uncertain])
    peak = (typical - low) / (high - low)
    drawn = low + (high - low) * betaincinv(1 + 4 * peak, 5 - 4 * peak, shares)
    values.update(zip((a.id for a in uncertain), drawn.tolist(), strict=True))
    return values


def uniform(seed: int, name: str, future: int) -> float:
    """Return the number in (0, 1) that belongs to an assumption in a future."""
    return ((name_key("assumption", str(seed), name, str(future)) & ((1 << 64) - 1)) >> 11) * 2.0**-53 + 2.0**-54


def correlated(
    assumptions: list[Assumption], shares: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the uniform numbers with the rank correlations that the assumptions state."""
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
    shares[members] = ndtr(factor @ ndtri(shares[members]))
    return shares


def typical_future(assumptions: Assumptions) -> Mapping[str, float]:
    """Return the typical value of every assumption."""
    return draw_future(assumptions, 0, TYPICAL)
