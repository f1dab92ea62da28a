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
DENSE = 2000
"""Instructions up to which the flow equations are solved as a full matrix: faster there, and larger with the square."""


def offered_loads(program: Program, bound: Bound) -> dict[str, float]:
    """Return, for each desk that gets lasting work, offered work over open capacity (no unit; 1 or more: overloaded).

    Desks of one station (one person under several hats) share their capacity, and each has the station's load.
    A desk with work and no open hours has infinite load.
    """
    fixed = program.fixed
    work_s = np.zeros(len(program.desks))
    flows: dict[int, Floats] = {}
    work = instruction_work(program, bound)
    for number, source in enumerate(program.source_info):
        if not source.lasting:
            continue
        entry = int(fixed.source_entry[number])
        if entry not in flows:
            flows[entry] = expected_runs(fixed, bound, entry)
        work_s += flows[entry] @ work * mean_rate(program, bound, number)
    by_station = np.zeros(len(program.stations))
    for desk, station in enumerate(fixed.desk_station):
        by_station[station] += work_s[desk]
    capacity = open_people(program, bound)
    loads = {}
    for desk, name in enumerate(program.desks):
        if work_s[desk] > 0:
            station = int(fixed.desk_station[desk])
            loads[name] = by_station[station] / capacity[station] if capacity[station] > 0 else math.inf
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
    known: dict[int, float] = {CALENDAR_ALWAYS: 1.0, CALENDAR_NEVER: 0.0}
    result = np.zeros(len(program.stations))
    for slot in range(slots):
        calendar = int(bound.slot_calendar[begin + slot])
        if calendar not in known:
            rows = slice(int(fixed.calendar_first[calendar]), int(fixed.calendar_first[calendar + 1]))
            opens = np.clip(fixed.segment_open[rows], 0, program.length_us)
            closes = np.clip(fixed.segment_close[rows], 0, program.length_us)
            known[calendar] = float(np.sum(closes - opens)) / program.length_us
        result[fixed.slot_station[slot]] += known[calendar]
    return result


def instruction_work(program: Program, bound: Bound) -> Floats:
    """Return (instructions, desks): mean seconds of work at each desk when an instruction runs once."""
    fixed = program.fixed
    work = np.zeros((len(fixed.op_code), len(program.desks)))
    for pc, code in enumerate(fixed.op_code):
        if code == Op.WORK:
            work[pc, fixed.op_a[pc]] = mean_seconds(fixed, bound, int(fixed.op_b[pc]))
        elif code == Op.MEET:
            first, count = int(fixed.op_a[pc]), int(fixed.op_b[pc])
            for desk in fixed.meeting_desk[first : first + count]:
                work[pc, desk] += mean_seconds(fixed, bound, int(fixed.op_c[pc]))  # over the first listed channel
    return work


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


def expected_runs(fixed: Fixed, bound: Bound, entry: int) -> Floats:
    """Return how often each instruction runs, on average, for a decision that begins at ``entry``."""
    runs = np.zeros(len(fixed.op_code))
    reached = reachable(fixed, bound, entry)
    row = {pc: number for number, pc in enumerate(reached)}
    inflow = np.zeros(len(reached))
    inflow[row[entry]] = 1.0
    flows = [(row[target], row[pc], p) for pc in reached for target, p in exits(fixed, bound, pc)]
    if len(reached) > DENSE:
        from scipy.sparse import csc_array, eye_array
        from scipy.sparse.linalg import spsolve

        targets, sources, shares = zip(*flows, strict=True)
        square = (len(reached), len(reached))
        runs[reached] = spsolve(
            eye_array(*square, format="csc") - csc_array((shares, (targets, sources)), square), inflow
        )
        return runs
    matrix = np.eye(len(reached))
    for target, source, probability in flows:
        matrix[target, source] -= probability
    runs[reached] = np.linalg.solve(matrix, inflow)
    return runs


def reachable(fixed: Fixed, bound: Bound, entry: int) -> list[int]:
    """Return the instructions that can run, in order."""
    seen, todo = {entry}, [entry]
    while todo:
        for target, _ in exits(fixed, bound, todo.pop()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return sorted(seen)


def exits(fixed: Fixed, bound: Bound, pc: int) -> Sequence[tuple[int, float]]:
    """Return where an instruction leads, and how likely. A fork leads to all its branches, and on."""
    code = int(fixed.op_code[pc])
    a, b, c = int(fixed.op_a[pc]), int(fixed.op_b[pc]), int(fixed.op_c[pc])
    if code in (Op.LEAVE, Op.END):
        return ()
    if code == Op.JUMP:
        return ((a, 1.0),)
    if code == Op.CHANCE:
        p = min(1.0, float(bound.probability[a]))
        return ((b, p), (pc + 1, 1.0 - p))
    if code == Op.RETURN:
        p = lasting_return(min(1.0, float(bound.probability[a])), c)
        return ((b, p), (pc + 1, 1.0 - p))
    if code in (Op.FORK, Op.SPAWN):
        return (*((int(fixed.branch_pc[i]), 1.0) for i in range(a, a + b)), (pc + 1, 1.0))
    if code == Op.IF_OVER:
        p = share_above(fixed, bound, a, float(bound.probability[b]))
        return ((c, p), (pc + 1, 1.0 - p))
    if code == Op.IF_POSTURE:
        return ((b, 1.0),) if a == int(fixed.header[1]) else ((pc + 1, 1.0),)
    if code == Op.IF_REGISTER:
        return ((b, 1.0),)
    if code == Op.IF_OPEN:
        p = share_open(fixed, a)
        return ((b, p), (pc + 1, 1.0 - p))
    return ((pc + 1, 1.0),)


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
