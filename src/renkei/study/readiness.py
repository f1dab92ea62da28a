"""Visible readiness (a proxy, no estimate of deterrence).

The share of a week's hours in which every post that decides, or agrees with its counterpart, is filled and can be
reached within a stated time, without notice. Staffs that draft are left out, and those whose silence is consent. A
post counts as reached at an hour if someone is on duty there, or can be recalled within the time, or comes on duty
within it; a traveller's deputy stands for him while he is on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from renkei.analysis.costing import spread
from renkei.analysis.runs import Bools, Ints
from renkei.model.results import ReadinessResult
from renkei.model.scenario import Case, Scenario
from renkei.study.inspection import find_structure

if TYPE_CHECKING:
    from renkei.sim.compiler import Program
    from renkei.sim.program import Bound

STEP_US = 15 * 60 * 1_000_000
"""The hours are looked at four times each."""
WEEKS = 4
"""So many weeks of the scenario are looked at, where it is that long: a commander may travel every fourth."""


def readiness_of(
    case: Case, structures: Sequence[str], futures: Sequence[Mapping[str, float]]
) -> tuple[ReadinessResult, ...]:
    """Return the readiness of structures for the class that the study asks about; nothing where it asks for none.

    The hours are those of the first scenario of the study that raises the class, in its first posture.
    """
    asked = case.plan.readiness
    if asked is None:
        return ()
    scenario = next(
        (
            case.scenarios[name]
            for name in case.plan.scenarios
            if any(demand.decision_class == asked.decision_class for demand in case.scenarios[name].demands.values())
        ),
        None,
    )
    if scenario is None:
        return ()
    return tuple(_of_one(case, name, scenario, futures) for name in structures)


def _of_one(case: Case, name: str, scenario: Scenario, futures: Sequence[Mapping[str, float]]) -> ReadinessResult:
    from renkei.sim.compiler import compile_program

    asked = case.plan.readiness
    assert asked is not None
    structure = replace(find_structure(case, name, scenario), later=())  # as it is when the run begins
    program = compile_program(structure, case.doctrine, scenario, case.assumptions)
    number = next(
        number for number, source in enumerate(program.source_info) if source.decision_class == asked.decision_class
    )
    liaison = {
        f"{hq.id}.{desk.function}"
        for hq in structure.headquarters.values()
        for desk in hq.desks.values()
        if desk.represents
    }
    shares, missing = [], []
    posts: list[str] = []
    for draw in futures:
        future = dict(draw)
        bound = program.bind(future)
        within_us = round(asked.within.of(future) * 1e6)
        posts, reached = reached_at(program, bound, int(program.fixed.source_entry[number]), within_us, liaison)
        reached = _with_deputies(program, posts, reached, structure_deputies(case, name, scenario))
        shares.append(float(reached.all(axis=1).mean()))
        missing.append(1.0 - reached.mean(axis=0))
    mean = np.mean(missing, axis=0)
    worst = sorted(((post, float(part)) for post, part in zip(posts, mean, strict=True) if part > 0), key=_worst)
    return ReadinessResult(name, spread(np.array(shares)), tuple(worst[:8]))


def _worst(entry: tuple[str, float]) -> tuple[float, str]:
    return -entry[1], entry[0]


def structure_deputies(case: Case, name: str, scenario: Scenario) -> dict[str, str]:
    """Return the deputy of each holder of authority over the class that readiness asks about."""
    asked = case.plan.readiness
    assert asked is not None
    structure = find_structure(case, name, scenario)
    return {
        authority.holder: authority.deputy
        for authority in structure.authorities.values()
        if authority.deputy and authority.decision_class == asked.decision_class
    }


def _with_deputies(program: Program, posts: Sequence[str], reached: Bools, deputies: Mapping[str, str]) -> Bools:
    """A post is filled while its deputy is; a deputy alone is no post that must be filled."""
    result = reached.copy()
    for holder, deputy in deputies.items():
        if holder in posts and deputy in posts:
            result[:, posts.index(holder)] |= reached[:, posts.index(deputy)]
            result[:, posts.index(deputy)] = True
    return result


def reached_at(
    program: Program, bound: Bound, entry: int, within_us: int, helpers: Set[str] = frozenset()
) -> tuple[list[str], Bools]:
    """Return the desks that a decision from ``entry`` asks for, and whether each is reached: (moments, desks).

    ``helpers`` are desks without which it goes on all the same: liaison officers.
    """
    from renkei.sim.loads import Code, reachable
    from renkei.sim.program import Op

    fixed = program.fixed
    desks: set[int] = set()
    for pc in reachable(Code(fixed, bound), entry):
        if program.steps[pc].verb not in ("decide", "agree"):
            continue
        code, a, b = int(fixed.op_code[pc]), int(fixed.op_a[pc]), int(fixed.op_b[pc])
        if code == Op.WORK:
            desks.add(a)
        elif code == Op.MEET:
            desks.update(int(desk) for desk in fixed.meeting_desk[a : a + b])
    week_us = 7 * 86_400 * 1_000_000
    last = min(program.length_us, WEEKS * week_us)
    moments = np.arange(0, last - last % week_us if last >= week_us else last, STEP_US, dtype=np.int64)
    chosen = sorted(desk for desk in desks if program.desks[desk] not in helpers)
    posture = int(fixed.header[1])
    reached = np.zeros((len(moments), len(chosen)), dtype=np.bool_)
    stations = len(program.stations)
    for column, desk in enumerate(chosen):
        station = int(fixed.desk_station[desk])
        calendar = int(bound.station_calendar[posture * stations + station])
        reached[:, column] = opens_within(program, calendar, moments, within_us)
        if int(fixed.station_recall[station]) <= 3 and int(bound.station_recall_us[station]) <= within_us:
            reached[:, column] |= ~_inside(program.away[station], moments)
    return [program.desks[desk] for desk in chosen], reached


def opens_within(program: Program, calendar: int, moments: Ints, within_us: int) -> Bools:
    """Return for each moment whether a calendar is open at some time up to ``within_us`` later."""
    fixed = program.fixed
    begin, end = int(fixed.calendar_first[calendar]), int(fixed.calendar_first[calendar + 1])
    opens, closes = fixed.segment_open[begin:end], fixed.segment_close[begin:end]
    following = np.searchsorted(closes, moments, side="right")
    known = following < len(closes)
    result = np.zeros(len(moments), dtype=np.bool_)
    result[known] = opens[following[known]] <= moments[known] + within_us
    return result


def _inside(segments: Sequence[tuple[int, int]], moments: Ints) -> Bools:
    result = np.zeros(len(moments), dtype=np.bool_)
    for begin, end in segments:
        result |= (moments >= begin) & (moments < end)
    return result
