"""What the models are made of, and how a script reports. Only Python's own library: every peer's environment has it.

- A: M/M/1, arrivals 0.75, work 1 (unit: minutes).
- B: M/M/4, three precedences with arrivals 0.68, 1.02 and 1.7, work 1; the higher interrupts, work resumes.
- C: a tree of twelve desks of two people each: the top, three divisions, eight units. Papers come to every unit at
  0.7; all work is exponential of mean 1. The unit works; with chance 0.2 the next unit and the division work side by
  side and both are waited for; with chance 0.4 the paper goes up to the division, and from there with chance 0.4 to
  the top and back through the division; then the unit works again.
- C0: the same without the side by side.
- D: two desks of three people (unit: hours), arrivals 2, work 0.4, open eight hours a day, the second five hours later
  in absolute time, as 09:00 to 17:00 in Honolulu and in Tokyo. At closing work is put down and goes on in the morning.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence

TOP = 0
DIVISION_OF = {4: 1, 5: 1, 6: 1, 7: 2, 8: 2, 9: 2, 10: 3, 11: 3}
UNITS = tuple(DIVISION_OF)
DESKS = 12
PEOPLE = 2
UNIT_RATE = 0.7
GOES_UP = 0.4
SIDE_BY_SIDE = {"C": 0.2, "C0": 0.0}

A_RATE = 0.75
B_RATES = (0.68, 1.02, 1.7)
B_PEOPLE = 4

D_RATE = 2.0
D_WORK = 0.4
D_PEOPLE = 3
D_OPENS = (19.0, 24.0)
"""Hours of the day in UTC; the second is midnight."""
OPEN_FOR = 8.0
DAY = 24.0


def next_unit(unit: int) -> int:
    """Return the unit that helps."""
    return UNITS[(unit - UNITS[0] + 1) % len(UNITS)]


def finished(start: float, work: float, opens: float) -> float:
    """Return when work that begins at ``start`` is done by someone who is there eight hours a day."""
    day, since = divmod(start - opens, DAY)
    done_before = day * OPEN_FOR + min(since, OPEN_FOR)
    # In hours of duty the work is without gaps; then back to the clock.
    days, rest = divmod(done_before + work, OPEN_FOR)
    if rest == 0.0 and work > 0.0:
        days, rest = days - 1, OPEN_FOR
    return opens + days * DAY + rest


def share(jobs: int, rate: float, rates: Sequence[float]) -> int:
    """Return how many of the jobs come from one of several sources."""
    return max(1, round(jobs * rate / sum(rates)))


def main(version: str, run: Callable[[str, int, int], tuple[int, float, list[float]]]) -> None:
    """Run the model of the command line and report."""
    model, jobs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    done, seconds, means = run(model, jobs, seed)
    print(json.dumps({"version": version, "jobs": done, "seconds": seconds, "means": means}))
