"""What comes from outside, settled beforehand: disruptions that overlap are one, in whatever order they are listed.

- A channel or a desk is out while any disruption takes it out, itself or by way of its headquarters or place.
- The posture ordered is the highest of those in force; where none is, the scenario's own.
- Friction is the highest level in force; where none is, 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from renkei.sim import calendars as cal
from renkei.sim.program import NEVER, Outside

Event = tuple[int, int, int, int]
"""Time, kind, and the two operands of docs/machine.md."""
Spell = tuple[int, int]
"""Begin and end in microseconds; the end is NEVER where it lasts to the end."""

_FIRST = (Outside.CHANNEL, Outside.RESTORED)
"""At one moment: first what comes back, then orders and friction, last what is lost."""


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events by time; at one moment in an order that does not depend on how they are listed."""

    def place(event: Event) -> tuple[int, int, int, int, int]:
        time, kind, a, b = event
        down = (kind == Outside.CHANNEL and b == 0) or kind == Outside.LOST
        back = kind in _FIRST and not down
        return (time, 0 if back else 2 if down else 1, kind, a, b)

    return sorted(events, key=place)


def outages(spells: Iterable[Spell], number: int, down: tuple[int, int], up: tuple[int, int]) -> Iterator[Event]:
    """Yield when something goes down and comes back; ``down`` and ``up`` are the kind and the second operand."""
    for begin, end in cal.merged(spells):
        yield (begin, down[0], number, down[1])
        if end < NEVER:
            yield (end, up[0], number, up[1])


def highest(spells: Sequence[tuple[int, int, int]], nothing: int, kind: int) -> Iterator[Event]:
    """Yield the changes of the highest value in force; ``spells`` are begin, end and value."""
    before: int | None = None
    for moment in sorted({moment for begin, end, _ in spells for moment in (begin, end) if moment < NEVER}):
        now = max((value for begin, end, value in spells if begin <= moment < end), default=None)
        if now != before:
            yield (moment, kind, nothing if now is None else now, 0)
        before = now
