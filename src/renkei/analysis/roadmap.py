"""The road there: which steps first under yearly budgets, how it goes on the way, and what stopping early costs.

A step is a phase or a change that is built as one; it has one-off and yearly costs in several resources (money,
billets, floor space, general officers), takes a number of periods, and needs others to be done first. What a step is
worth is a benefit in each period from its end on; steps that need each other's help say so by prerequisites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``once`` is spent evenly over the first ``over`` periods, ``each_period`` from its start; by resource.

    ``benefit`` is gained in each period from its end on; ``takes`` is in periods, 0 or more.
    """

    name: str
    benefit: float
    once: tuple[float, ...] = ()
    each_period: tuple[float, ...] = ()
    takes: int = 0
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    over: int = 1


@dataclass(frozen=True, slots=True)
class Roadmap:
    """When each step starts, and what that costs and brings in each period."""

    starts: dict[str, int]
    """Steps that are taken, in order of start."""
    left_out: tuple[str, ...]
    benefit: Floats
    """(T,), gained in each period."""
    spent: Floats
    """(T, resources)."""
    total: float


def roadmap(steps: Sequence[Step], budgets: Floats) -> Roadmap:
    """Return the starts of steps that bring the most benefit within budgets and prerequisites.

    Parameters
    ----------
    steps
        With unique names.
    budgets
        (T, resources): the most that may be spent in each period; infinite where there is no limit. What is not
        spent is not carried over, as with yearly appropriations.

    Raises
    ------
    ValueError
        If a step needs or excludes a name that is no step.
    RuntimeError
        If the solver did not come to an end.

    Notes
    -----
    A time-indexed mixed-integer linear programme: x[i, t] = 1 where step i starts in period t; each at most once; a
    step may start when those it needs have ended. Solved to optimality by HiGHS.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # not on the start path
    from scipy.sparse import csr_matrix

    periods, resources = budgets.shape
    row_of = {step.name: row for row, step in enumerate(steps)}
    unknown = {name for step in steps for name in (*step.needs, *step.excludes)} - set(row_of)
    if unknown:
        raise ValueError(f"no step has the name {', '.join(sorted(unknown))}")
    count = len(steps)
    if not count:
        return Roadmap({}, (), np.zeros(periods), np.zeros((periods, resources)), 0.0)
    worth = np.zeros((count, periods))
    upper = np.ones((count, periods))
    spending = np.zeros((periods, resources, count, periods))
    for row, step in enumerate(steps):
        for start in range(periods):
            ends = start + step.takes
            worth[row, start] = step.benefit * max(periods - ends, 0)
            # Nothing is begun that does not end in time: it would cost and bring nothing.
            upper[row, start] = float(ends < periods)
            paid = np.asarray(step.once) / step.over
            spending[start : start + step.over, : len(step.once), row, start] += paid
            spending[start:, : len(step.each_period), row, start] += step.each_period
    rows: list[Floats] = []
    highest: list[float] = []

    def limit(table: Floats, most: float) -> None:
        rows.append(table.ravel())
        highest.append(most)

    for row, step in enumerate(steps):
        once = np.zeros((count, periods))
        once[row] = 1
        limit(once, 1)
        for name in step.needs:
            needed = row_of[name]
            for period in range(periods):
                begun = np.zeros((count, periods))
                begun[row, : period + 1] = 1
                begun[needed, : max(period - steps[needed].takes + 1, 0)] -= 1
                limit(begun, 0)
        for name in step.excludes:
            either = np.zeros((count, periods))
            either[[row, row_of[name]]] = 1
            limit(either, 1)
    for period, resource in np.argwhere(np.isfinite(budgets)):
        limit(spending[period, resource], float(budgets[period, resource]))
    # Of equally good plans the one that spends least, then starts first.
    tie = 1e-7 * max(float(np.abs(worth).max(initial=0.0)), 1e-6)
    used = spending.sum(axis=(0, 1))
    tie_breaker = tie * (used / max(float(used.max(initial=0.0)), 1e-12) + np.arange(periods) / (10 * periods))
    found = milp(
        (tie_breaker - worth).ravel(),
        constraints=LinearConstraint(csr_matrix(np.array(rows)), ub=np.array(highest)),
        bounds=Bounds(np.zeros(count * periods), upper.ravel()),
        integrality=np.ones(count * periods),
    )
    if not found.success:
        raise RuntimeError(f"the roadmap could not be solved: {found.message}")
    taken = found.x.reshape(count, periods) > 0.5
    starts = sorted((int(taken[row].argmax()), row) for row in range(count) if taken[row].any())
    benefit = np.zeros(periods)
    for start, row in starts:
        benefit[start + steps[row].takes :] += steps[row].benefit
    return Roadmap(
        starts={steps[row].name: start for start, row in starts},
        left_out=tuple(step.name for row, step in enumerate(steps) if not taken[row].any()),
        benefit=benefit,
        spent=np.einsum("prit,it->pr", spending, taken),
        total=float((worth * taken).sum()),
    )
