"""Whether stated rank correlations can all hold at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from renkei.model.quantity import Assumption

LEAST = 1e-9
"""What must be left of a variance once the others are known."""


def contradicting(assumptions: Mapping[str, Assumption]) -> list[str]:
    """Return the names in the first group of assumptions whose correlations contradict each other; empty if none.

    They do where the matrix of ``2 sin(pi r / 6)``, which the draws' normal numbers get (docs/background.md), is not
    positive definite: then Cholesky's decomposition meets a pivot that is not above 0.
    """
    pairs: dict[str, dict[str, float]] = {}
    for one in assumptions.values():
        for other, rank in one.correlates:
            if other == one.id:
                return [other]
            if one.high > one.low and other in assumptions and assumptions[other].high > assumptions[other].low:
                value = 2 * math.sin(math.pi * rank / 6)
                pairs.setdefault(one.id, {})[other] = pairs.setdefault(other, {})[one.id] = value
    seen: set[str] = set()
    for name in pairs:
        if name not in seen:
            group = _together(name, pairs)
            seen |= set(group)
            if not _is_definite(group, pairs):
                return group
    return []


def _together(name: str, pairs: Mapping[str, Mapping[str, float]]) -> list[str]:
    group, todo = [name], [name]
    while todo:
        new = [other for other in pairs[todo.pop()] if other not in group]
        group += new
        todo += new
    return group


def _is_definite(group: Iterable[str], pairs: Mapping[str, Mapping[str, float]]) -> bool:
    """Return whether Cholesky's decomposition of a group's matrix succeeds."""
    names = list(group)
    factor: list[list[float]] = []
    for row, name in enumerate(names):
        line: list[float] = []
        for column in range(row):
            known = pairs[name].get(names[column], 0.0)
            known -= sum(a * b for a, b in zip(line, factor[column], strict=False))
            line.append(known / factor[column][column])
        pivot = 1.0 - sum(each * each for each in line)
        if pivot < LEAST:
            return False
        factor.append([*line, math.sqrt(pivot)])
    return True
