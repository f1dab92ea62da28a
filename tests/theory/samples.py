"""Functions and samples that renkei and other programs are both asked about; NumPy alone, for theirs is elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

G_PARAMETERS = np.array([0, 1, 4.5, 9, 99, 99, 99, 99, 99, 99])


def g_function(points: Floats) -> Floats:
    """Sobol's G: a product of (|4 x - 2| + a) / (1 + a)."""
    return np.asarray(np.prod((np.abs(4 * points - 2) + G_PARAMETERS) / (1 + G_PARAMETERS), axis=-1))


def pawn_sample() -> tuple[Floats, Floats]:
    """Values (n,) whose spread depends on the first of two assumptions (n, 2)."""
    generator = np.random.Generator(np.random.PCG64(3))
    assumptions = generator.random((4_000, 2))
    return generator.standard_normal(4_000) * (0.2 + 3 * assumptions[:, 0]), assumptions


def given_sample() -> tuple[Floats, Floats]:
    """Assumptions (n, 4) and values (n,): two act alone, the third in a curve, the fourth not at all."""
    generator = np.random.Generator(np.random.PCG64(4))
    assumptions = generator.random((4_000, 4))
    truth = 3 * assumptions[:, 0] + 1.5 * assumptions[:, 1] + 2 * np.abs(assumptions[:, 2] - 0.5)
    return assumptions, truth + 0.6 * generator.standard_normal(4_000)


def prim_sample() -> tuple[Floats, Bools]:
    """Assumptions (n, 20) and cases (n,): nine in ten within x0 > .6, x1 < .4, x2 > .3; one in fifty outside."""
    generator = np.random.Generator(np.random.PCG64(5))
    assumptions = generator.random((10_000, 20))
    inside = (assumptions[:, 0] > 0.6) & (assumptions[:, 1] < 0.4) & (assumptions[:, 2] > 0.3)
    return assumptions, generator.random(10_000) < np.where(inside, 0.9, 0.02)
