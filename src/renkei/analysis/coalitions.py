"""Who would agree to what: blocking coalitions, what would win them over, and what nobody would give up.

Values are utilities: one number for each stakeholder and alternative, higher is better, on a scale of each
stakeholder's own. Nothing here adds one stakeholder's utility to another's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_COALITIONS = 20
"""So many are kept; with many stakeholders of a vote each there are thousands."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How stakeholders decide together: who alone can stop it, and how many votes are needed.

    ``votes`` has one number for each stakeholder (0: has none); ``quota`` is how many of them must be in favour.
    """

    vetoes: Bools
    votes: Floats
    quota: float

    def blocks(self, members: Sequence[int]) -> bool:
        """Return whether these stakeholders, against, stop an alternative whatever the others do."""
        against = np.zeros(self.votes.size, dtype=np.bool_)
        against[list(members)] = True
        return bool((against & self.vetoes).any() or self.votes[~against].sum() < self.quota)


@dataclass(frozen=True, slots=True)
class Support:
    """Of one alternative against what is: who gains, who loses, and which least coalitions of losers can stop it."""

    gains: Floats
    """(K,) utility less that of what is."""
    losers: tuple[int, ...]
    blocking: tuple[tuple[int, ...], ...]
    """Smallest first; none of them holds another, and there may be more than MOST_COALITIONS, which are left out.
    Empty where the alternative would be agreed to."""

    @property
    def agreed(self) -> bool:
        """Whether no coalition of losers can stop it."""
        return not self.blocking


@dataclass(frozen=True, slots=True)
class Package:
    """The cheapest set of side changes under which no coalition of losers stops an alternative."""

    changes: tuple[int, ...]
    cost: float
    gains: Floats
    """(K,) utility of the alternative with the changes less that of what is."""
    compensated: tuple[int, ...]
    """Stakeholders who lose without the changes and do not with them."""


def support(utilities: Floats, status_quo: int, rule: Rule, *, tolerance: float = 1e-9) -> tuple[Support, ...]:
    """Return who would stop what, for each alternative of (K, A) utilities.

    A stakeholder is against an alternative when its utility is below that of alternative ``status_quo`` by more than
    ``tolerance``; one who is indifferent does not stand in the way.
    """
    gains = utilities - utilities[:, [status_quo]]
    found: list[Support] = []
    for column in gains.T:
        losers = tuple(np.flatnonzero(column < -tolerance).tolist())
        found.append(Support(np.asarray(column), losers, tuple(islice(_blocking(losers, rule), MOST_COALITIONS))))
    return tuple(found)


def _blocking(losers: Sequence[int], rule: Rule) -> Iterator[tuple[int, ...]]:
    """Yield the least coalitions of losers that can stop an alternative, smallest first.

    One with a veto stops it alone. Others do when their votes are more than can be spared. Among those who are taken
    with the most votes first, the last one has the fewest: if without him they were too few, none can be left out.
    """
    yield from ((member,) for member in losers if rule.vetoes[member])
    spared = float(rule.votes.sum() - rule.quota)
    voters = sorted((member for member in losers if not rule.vetoes[member]), key=lambda k: -rule.votes[k])
    votes = [float(rule.votes[member]) for member in voters]
    if spared < 0:
        yield from ((member,) for member in sorted(voters))
        return

    def chosen(place: int, size: int, total: float) -> Iterator[tuple[int, ...]]:
        if size == 0 or total > spared:
            if size == 0 and total > spared:
                yield ()
            return
        for next_one in range(place, len(voters) - size + 1):
            if total + sum(votes[next_one : next_one + size]) <= spared:
                return
            for others in chosen(next_one + 1, size - 1, total + votes[next_one]):
                yield (voters[next_one], *others)

    for size in range(1, len(voters) + 1):
        yield from (tuple(sorted(members)) for members in chosen(0, size, 0.0))


def pareto(utilities: Floats, *, tolerance: float = 1e-9) -> Bools:
    """Return (A,): which alternatives of (K, A) no other betters for one stakeholder without loss to another."""
    alternatives = utilities.shape[1]
    kept = np.ones(alternatives, dtype=np.bool_)
    for one in range(alternatives):
        more = utilities - utilities[:, [one]]
        kept[one] = not ((more >= -tolerance).all(axis=0) & (more > tolerance).any(axis=0)).any()
    return kept


def compensation(gains: Floats, effects: Floats, costs: Floats, rule: Rule) -> Package | None:
    """Return the cheapest package of side changes that makes an alternative agreed; None if no package does.

    Parameters
    ----------
    gains
        (K,): each stakeholder's utility of the alternative less that of what is.
    effects
        (M, K): what each side change adds to each utility (may be negative). Effects add up.
    costs
        (M,), 0 or more, of each change.
    rule
        Who can stop it.

    Notes
    -----
    A mixed-integer linear programme: y_m is taken or not, f_k is in favour or not; f_k may be 1 only where
    gains_k + sum y_m effects_mk >= 0; f_k = 1 where k has a veto; sum votes_k f_k >= quota. Solved by HiGHS.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # not on the start path

    changes, people = effects.shape
    lowest = gains + np.minimum(effects, 0).sum(axis=0)
    reach = np.maximum(-lowest, 0) + 1e-9
    # gains + effects' y >= -reach (1 - f): whoever is in favour does not lose.
    agree = np.hstack((effects.T, -np.diag(reach)))
    constraints = [
        LinearConstraint(agree, lb=-reach - gains),
        LinearConstraint(np.concatenate((np.zeros(changes), rule.votes))[None], lb=rule.quota),
    ]
    favour_low = rule.vetoes.astype(np.float64)
    bounds = Bounds(np.concatenate((np.zeros(changes), favour_low)), np.ones(changes + people))
    # Of equally cheap packages the one with fewest changes, then the first.
    nudge = 1e-7 * max(float(costs.max(initial=0.0)), 1e-3) * (1 + np.arange(changes) / max(changes, 1))
    found = milp(
        np.concatenate((costs + nudge, np.zeros(people))),
        constraints=constraints,
        bounds=bounds,
        integrality=np.ones(changes + people),
    )
    if not found.success:
        return None
    taken = found.x[:changes] > 0.5
    after = gains + taken @ effects
    compensated = tuple(np.flatnonzero((gains < -1e-9) & (after >= -1e-9)).tolist())
    return Package(tuple(np.flatnonzero(taken).tolist()), float(costs[taken].sum()), np.asarray(after), compensated)
