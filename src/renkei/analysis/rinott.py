"""The constants of ranking and selection: Rinott's by quadrature, and those of Kim and Nelson in closed form."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np

NODES: Final = 400
NEGLIGIBLE: Final = 1e-18
"""Probability outside the range of integration."""


@cache
def rinott_constant(systems: int, confidence: float, first_stage: int) -> float:
    """Return Rinott's h.

    Parameters
    ----------
    systems
        How many are compared, 2 or more.
    confidence
        Probability of a correct selection, between 1/systems and 1.
    first_stage
        Observations of each in the first stage, 2 or more.

    Notes
    -----
    h solves ``E[(1 - c(Y))^(k-1)] = P`` where ``c(y) = E[Phi(-h / sqrt(nu (1/X + 1/y)))]`` and X, Y are independent
    chi-square with ``nu = first_stage - 1`` degrees of freedom. Both integrals are taken over the logarithm by the
    trapezoid rule, which for such functions gains digits in proportion to its nodes; and c rather than 1 - c is
    summed, so that a million systems lose no digits. Public codes use 32 nodes of another rule and are off by up to
    0.15 there.

    References
    ----------
    Rinott (1978), On two-stage selection procedures and related probability-inequalities.
    """
    if systems < 2 or first_stage < 2 or not 1 / systems < confidence < 1:
        raise ValueError("Rinott's constant needs 2 systems, 2 observations and a probability above that of guessing")
    from scipy.special import gammainccinv, gammaincinv, gammaln, ndtr

    freedom = first_stage - 1
    low, high = math.log(2 * gammaincinv(freedom / 2, NEGLIGIBLE)), math.log(2 * gammainccinv(freedom / 2, NEGLIGIBLE))
    logs = np.linspace(low, high, NODES)
    values = np.exp(logs)
    shape = freedom / 2
    weights = np.exp(shape * (logs - math.log(2)) - values / 2 - gammaln(shape)) * (logs[1] - logs[0])
    spread = np.sqrt(freedom * (1 / values[:, None] + 1 / values[None, :]))

    def shortfall(h: float) -> float:
        # Not by matrix product: that may add in another order on another number of threads.
        wrong = (ndtr(-h / spread) * weights).sum(axis=1)
        return float((weights * np.exp((systems - 1) * np.log1p(-np.minimum(wrong, 1 - 1e-16)))).sum()) - confidence

    lower, upper = 0.0, 4.0
    while shortfall(upper) < 0:
        lower, upper = upper, 2 * upper
    from scipy.optimize import brentq

    return float(brentq(shortfall, lower, upper, xtol=1e-10))


def kim_nelson_eta(systems: int, alpha: float, first_stage: int) -> float:
    """Return the eta of Kim and Nelson with c = 1, errors shared out by Bonferroni.

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation: equation for
    ``g(eta) = alpha / (k - 1)`` with c = 1, which has a solution in closed form.
    """
    if systems < 2 or first_stage < 2 or not 0 < alpha < 1:
        raise ValueError("Kim and Nelson's constant needs 2 systems, 2 observations and an error between 0 and 1")
    return (math.pow(2 * alpha / (systems - 1), -2 / (first_stage - 1)) - 1) / 2
