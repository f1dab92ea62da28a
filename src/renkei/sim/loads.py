"""Offered work over open capacity, by calculation: which desks cannot keep up in the long run.

The expected number of times that each instruction runs, for one decision, solves the flow equations of the code
(Jackson 1957): what flows into an instruction flows on by the probabilities of its exits. A return that is allowed K
times at most counts as one with the probability that gives the same mean number of passes,
``(1 - p^(K+1)) / (1 - p)``. Time-outs are taken not to happen, surges and lists not to last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from renkei.sim.compiler import Program
from renkei.sim.program import CALENDAR_ALWAYS, CALENDAR_NEVER, Bound, Dist, Fixed, Floats, Op, Source

ATTRIBUTE_DRAWS = 512


def offered_loads(program: Program, bound: Bound) -> dict[str, float]:
    """Return, for each desk that gets lasting work, offered work over open capacity (no unit; 1 or more: overloaded).

    Desks of one station (one person under several hats) share their capacity, and each has the station's load.
    A desk with work and no open hours has infinite load.
    """
    fixed = program.fixed
    code = Code(fixed, bound)
    work_s = np.zeros(len(program.desks))
    flows: dict[int, list[tuple[int, float]]] = {}
    for number, source in enumerate(program.source_info):
        if not source.lasting:
            continue
        entry = int(fixed.source_entry[number])
        if entry not in flows:
            flows[entry] = work_of_one(code, entry)
        rate = mean_rate(program, bound, number)
        for desk, seconds in flows[entry]:
            work_s[desk] += seconds * rate
    by_station = np.bincount(fixed.desk_station, weights=work_s, minlength=len(program.stations))
    capacity = open_people(program, bound)
    loads = {}
    for desk in np.flatnonzero(work_s > 0).tolist():
        station = int(fixed.desk_station[desk])
        loads[program.desks[desk]] = by_station[station] / capacity[station] if capacity[station] > 0 else math.inf
    return loads


def mean_rate(program: Program, bound: Bound, number: int) -> float:
    """Return a demand's mean rate over the run, per second."""
    fixed = program.fixed
    if program.source_info[number].kind == Source.INTERVAL:
        return 1e6 / float(bound.source_interval_us[number])
    begin, end = int(fixed.source_first[number]), int(fixed.source_first[number + 1])
    times = np.append(fixed.source_time[begin:end], program.length_us)
    return float(np.sum(bound.source_rate[begin:end] * np.diff(times)) / program.length_us)


def open_people(program: Program, bound: Bound) -> Floats:
    """Return how many people each station has on duty, on average over the run, in the posture at its start."""
    fixed = program.fixed
    slots = len(fixed.slot_station)
    begin = int(fixed.header[1]) * slots
    calendars, place = np.unique(bound.slot_calendar[begin : begin + slots], return_inverse=True)
    known: dict[int, float] = {CALENDAR_ALWAYS: 1.0, CALENDAR_NEVER: 0.0}
    for calendar in calendars.tolist():
        if calendar not in known:
            rows = slice(int(fixed.calendar_first[calendar]), int(fixed.calendar_first[calendar + 1]))
            opens = np.clip(fixed.segment_open[rows], 0, program.length_us)
            closes = np.clip(fixed.segment_close[rows], 0, program.length_us)
            known[calendar] = float(np.sum(closes - opens)) / program.length_us
    shares = np.array([known[calendar] for calendar in calendars.tolist()])
    people = np.bincount(fixed.slot_station, weights=shares[place], minlength=len(program.stations))
    return people.astype(np.float64)


class Code:
    """A program's code in one future, as plain lists, which Python reads several times as fast as arrays."""

    def __init__(self, fixed: Fixed, bound: Bound) -> None:
        self.fixed = fixed
        self.bound = bound
        self.op = fixed.op_code.tolist()
        self.a = fixed.op_a.tolist()
        self.b = fixed.op_b.tolist()
        self.c = fixed.op_c.tolist()
        self.branch_pc = fixed.branch_pc.tolist()
        self.probability = bound.probability.tolist()
        self.seconds: dict[int, float] = {}

    def work(self, pc: int) -> list[tuple[int, float]]:
        """Return at which desks people work when an instruction runs once, and how many seconds on average."""
        op, a = self.op[pc], self.a[pc]
        if op == Op.WORK:
            return [(a, self.mean_seconds(self.b[pc]))]
        if op == Op.MEET:  # over the first listed channel
            return [
                (desk, self.mean_seconds(self.c[pc])) for desk in self.fixed.meeting_desk[a : a + self.b[pc]].tolist()
            ]
        return []

    def mean_seconds(self, number: int) -> float:
        """Return the mean of a distribution, in seconds; calculated once."""
        known = self.seconds.get(number)
        if known is None:
            known = self.seconds[number] = mean_seconds(self.fixed, self.bound, number)
        return known


def work_of_one(code: Code, entry: int) -> list[tuple[int, float]]:
    """Return the mean seconds of work at each desk that a decision beginning at ``entry`` makes."""
    desks: dict[int, float] = {}
    for pc, runs in expected_runs(code, entry):
        for desk, seconds in code.work(pc):
            desks[desk] = desks.get(desk, 0.0) + runs * seconds
    return list(desks.items())


def mean_seconds(fixed: Fixed, bound: Bound, number: int) -> float:
    """Return the mean of a distribution, in seconds."""
    kind = int(fixed.distribution_kind[number])
    p0, p1, p2, p3 = (
        float(p[number])
        for p in (bound.distribution_p0, bound.distribution_p1, bound.distribution_p2, bound.distribution_p3)
    )
    if kind in (Dist.CONSTANT, Dist.EXPONENTIAL):
        return p0
    if kind == Dist.UNIFORM:
        return (p0 + p1) / 2
    if kind == Dist.TRIANGULAR:
        return (p0 + p1 + p2) / 3
    if kind == Dist.PERT:
        return p0 + (p1 - p0) * p2 / (p2 + p3)
    if kind == Dist.LOGNORMAL:
        return math.exp(p0 + p1 * p1 / 2)
    if kind == Dist.GAMMA:
        return p0 * p1
    if kind == Dist.WEIBULL:
        return p1 * math.gamma(1 + 1 / p0)
    return float(np.mean(bound.values[int(p0) : int(p0) + int(p1)]))


def expected_runs(code: Code, entry: int) -> list[tuple[int, float]]:
    """Return how often each instruction runs, on average, for a decision that begins at ``entry``: those reached.

    Instructions are taken out one by one from the last, what flowed through each going on to where it led (Kemeny and
    Snell 1960, censored chains); then the counts follow from the first on. Most instructions lead to the next only, so
    this is a few dozen sums. (Solving the equations as a matrix took 20 us, and 7 ms where other threads kept the
    cores busy, since the linear algebra library shares out even the smallest system over all cores.)
    """
    order = [entry, *(pc for pc in reachable(code, entry) if pc != entry)]
    row = {pc: number for number, pc in enumerate(order)}
    onward: list[dict[int, float]] = [{} for _ in order]
    into: list[set[int]] = [set() for _ in order]
    for number, pc in enumerate(order):
        for target, probability in exits(code, pc):
            if probability:
                to = row[target]
                onward[number][to] = onward[number].get(to, 0.0) + probability
                into[to].add(number)
    for last in range(len(order) - 1, 0, -1):
        leads = onward[last]
        stays = 1.0 - leads.pop(last, 0.0)
        for number in into[last]:
            if number < last:
                share = onward[number][last] / stays
                for to, probability in leads.items():
                    if to < last:
                        onward[number][to] = onward[number].get(to, 0.0) + share * probability
                        into[to].add(number)
        leads[last] = 1.0 - stays
    runs = [1.0 / (1.0 - onward[0].get(0, 0.0))]
    for last in range(1, len(order)):
        inflow = sum(runs[number] * onward[number][last] for number in sorted(into[last]) if number < last)
        runs.append(inflow / (1.0 - onward[last][last]))
    return list(zip(order, runs, strict=True))


def reachable(code: Code, entry: int) -> list[int]:
    """Return the instructions that can run, in order."""
    seen, todo = {entry}, [entry]
    while todo:
        for target, _ in exits(code, todo.pop()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return sorted(seen)


def exits(code: Code, pc: int) -> Sequence[tuple[int, float]]:
    """Return where an instruction leads, and how likely. A fork leads to all its branches, and on."""
    op = code.op[pc]
    if op in STRAIGHT:
        return ((pc + 1, 1.0),)
    a, b, c = code.a[pc], code.b[pc], code.c[pc]
    if op in (Op.LEAVE, Op.END):
        return ()
    if op == Op.JUMP:
        return ((a, 1.0),)
    if op == Op.CHANCE:
        p = min(1.0, code.probability[a])
        return ((b, p), (pc + 1, 1.0 - p))
    if op == Op.RETURN:
        p = lasting_return(min(1.0, code.probability[a]), c)
        return ((b, p), (pc + 1, 1.0 - p))
    if op in (Op.FORK, Op.SPAWN):
        return (*((target, 1.0) for target in code.branch_pc[a : a + b]), (pc + 1, 1.0))
    if op == Op.IF_OVER:
        p = share_above(code.fixed, code.bound, a, code.probability[b])
        return ((c, p), (pc + 1, 1.0 - p))
    if op == Op.IF_POSTURE:
        return ((b, 1.0),) if a == int(code.fixed.header[1]) else ((pc + 1, 1.0),)
    if op == Op.IF_REGISTER:
        return ((b, 1.0),)
    if op == Op.IF_OPEN:
        p = share_open(code.fixed, a)
        return ((b, p), (pc + 1, 1.0 - p))
    return ((pc + 1, 1.0),)


STRAIGHT = frozenset(map(int, (Op.WORK, Op.SEND, Op.DELAY, Op.MARK, Op.MEET, Op.PRECEDENCE)))
"""Instructions that lead to the next one only: most of them."""


def share_open(fixed: Fixed, calendar: int) -> float:
    """Return how much of the run a calendar is open, 0 to 1."""
    if calendar == CALENDAR_ALWAYS:
        return 1.0
    length = int(fixed.header[2])
    rows = slice(int(fixed.calendar_first[calendar]), int(fixed.calendar_first[calendar + 1]))
    opens, closes = (np.clip(times[rows], 0, length) for times in (fixed.segment_open, fixed.segment_close))
    return float(np.sum(closes - opens)) / length


def lasting_return(p: float, limit: int) -> float:
    """Return the probability whose unlimited loop has as many passes as ``p`` with at most ``limit`` returns."""
    if limit < 0 or p <= 0.0:
        return min(p, 1.0 - 1e-12)
    passes = limit + 1.0 if p >= 1.0 else (1.0 - p ** (limit + 1)) / (1.0 - p)
    return 1.0 - 1.0 / passes


def share_above(fixed: Fixed, bound: Bound, number: int, limit: float) -> float:
    """Return how likely an attribute is above a limit: exactly where the law is simple, else from a fixed set of draws
    (which take 5 ms).
    """
    parameters = tuple(
        float(p[number])
        for p in (bound.distribution_p0, bound.distribution_p1, bound.distribution_p2, bound.distribution_p3)
    )
    kind = int(fixed.distribution_kind[number])
    p0, p1 = parameters[:2]
    if kind == Dist.CONSTANT:
        return float(p0 > limit)
    if kind == Dist.UNIFORM and p1 > p0:
        return min(1.0, max(0.0, (p1 - limit) / (p1 - p0)))
    if kind == Dist.LOGNORMAL and p1 > 0:
        return 1.0 if limit <= 0 else math.erfc((math.log(limit) - p0) / (p1 * math.sqrt(2.0))) / 2
    values = tuple(bound.values.tolist()) if kind == Dist.EMPIRICAL else ()
    return _share_above(kind, parameters, values, limit)


@lru_cache(maxsize=4096)
def _share_above(kind: int, parameters: tuple[float, ...], values: tuple[float, ...], limit: float) -> float:
    from renkei.sim.twin import draw

    keys = (key * 0x9E3779B97F4A7C15 % (1 << 64) for key in range(ATTRIBUTE_DRAWS))
    p0, p1, p2, p3 = parameters
    above: int = sum(draw(kind, (p0, p1, p2, p3), values, key) > limit for key in keys)
    return above / ATTRIBUTE_DRAWS
