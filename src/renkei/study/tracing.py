"""Trace: one decision's path, step by step, with the cause of every wait.

The engine writes records (``docs/machine.md``, "Trace"). Here they become the *critical path* of one decision: the
spells of its own token and, at every join, those of the branch that came last. So the spells follow one another
without gap, and add up to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from renkei.model.scenario import Case, Scenario
from renkei.model.structure import Structure
from renkei.study.inspection import NotFound, checked_case, find_scenario, find_structure, whole_number
from renkei.zones import zone

if TYPE_CHECKING:
    from renkei.sim.compiler import Program
    from renkei.sim.program import RunOutput

MICROSECONDS: Final = 1_000_000
CAUSES: Final = ("work", "queue", "off_duty", "channel", "meeting", "concurrence", "rework")
OUTCOMES: Final = ("open", "done", "refused", "failed")


class Record(NamedTuple):
    """A row of the engine's trace: its columns are described in docs/machine.md."""

    kind: int
    time: int
    decision: int
    token: int
    pc: int
    place: int
    x: int
    y: int
    until: int
    channel: int = -1
    """What carries the paper or the meeting in this time, as :mod:`renkei.study.retelling` tells it."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time on a decision's way, with its cause. Seconds are from the scenario's start."""

    step: str
    verb: str
    place: str
    """``headquarters.desk``, or sender and receiver of a message."""
    via: str
    """The channel of a message that is on its way, else empty."""
    activity: str
    """What went on: work, queue, off_duty, channel or meeting."""
    cause: str
    """What it counts under: the activity, or ``concurrence`` or ``rework``."""
    begins_s: float
    ends_s: float
    begins: datetime
    """In the zone of the place where it was."""
    origin_begins: datetime
    """The same moment in the zone of the place where the decision was raised."""

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return self.ends_s - self.begins_s


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone that the decision passed."""

    name: str
    at_s: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Path:
    """One decision's way from raised to ordered. ``causes_s`` add up to ``total_s``."""

    case: str
    structure: str
    scenario: str
    decision_class: str
    demand: str
    number: int
    """Of those that its demand raised, counted from 1."""
    row: int
    """Of all decisions of the run, counted from 0: what ``--decision`` takes."""
    seed: int
    future: int
    replication: int
    origin: str
    outcome: str
    precedence: str
    raised: datetime
    ended: datetime
    deadline_s: float | None
    spells: tuple[Spell, ...]
    marks: tuple[Mark, ...]
    causes_s: dict[str, float]
    total_s: float
    truncated: bool = False
    """Whether the run was cut off at the study's limit of events."""

    def to_pandas(self) -> object:
        """Return the spells as a pandas data frame, one row each. Needs pandas."""
        import pandas

        names = ("step", "verb", "place", "via", "activity", "cause", "begins_s", "ends_s", "begins", "origin_begins")
        return pandas.DataFrame([{name: getattr(spell, name) for name in names} for spell in self.spells])


def trace(
    case: Case,
    structure: str,
    scenario: str,
    *,
    decision_class: str | None = None,
    decision: int | str = "median",
    future: int = 0,
    replication: int = 0,
    seed: int | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Run one structure under one scenario once, and return the path of one decision.

    Parameters
    ----------
    case
        A case that :func:`renkei.load` gave.
    structure, scenario
        Their ids.
    decision_class
        The class of decision; the scenario's headline class if None.
    decision
        ``median`` of the class's counted decisions that ended, ``slowest`` of all that count (one that is still open
        at the end, where there is one), or the number of a decision in the run.
    future, replication, seed
        Which run: the same numbers as in a study give the same decisions. ``seed`` None takes the study's.
    say
        Is told in words what happens before, such as a compilation.

    Raises
    ------
    NotFound
        If the case has no such structure, scenario, class or decision.
    TypeError, ValueError
        If an argument is of the wrong kind, or a number below 0.
    """
    checked_case("a trace", case)
    for word, name in (("structure", structure), ("scenario", scenario)):
        if not isinstance(name, str):
            raise TypeError(f"{word} is a name, not {name!r}")
    if decision not in ("median", "slowest"):
        if isinstance(decision, str):
            raise ValueError(f"decision is `median`, `slowest` or a number, not `{decision}`")
        decision = whole_number("decision", decision, least=0)
    for word, number in (("future", future), ("replication", replication), ("seed", seed)):
        if number is not None or word != "seed":
            whole_number(word, number, least=0)
    chosen_scenario = find_scenario(case, scenario)
    chosen_structure = find_structure(case, structure, chosen_scenario)
    class_id = decision_class if decision_class is not None else chosen_scenario.headline
    if class_id not in case.doctrine.classes:
        raise NotFound.among("class of decision", class_id, case.doctrine.classes)
    seed = case.plan.seed if seed is None else seed
    program, output, values = _run(case, chosen_structure, chosen_scenario, seed, future, replication, say)
    row = choose(program, output, class_id, decision)
    return assemble(case, chosen_structure, chosen_scenario, program, output, row, values, (seed, future, replication))


def _run(
    case: Case,
    structure: Structure,
    scenario: Scenario,
    seed: int,
    future: int,
    replication: int,
    say: Callable[[str], None] | None,
) -> tuple[Program, RunOutput, dict[str, float]]:
    from renkei.sim import engine
    from renkei.sim.compiler import compile_program
    from renkei.sim.futures import draw_future
    from renkei.sim.native import warm_up

    limit = case.plan.events_per_run
    program = compile_program(structure, case.doctrine, scenario, case.assumptions, event_limit=limit)
    values = draw_future(case.assumptions, seed, future)
    warm_up(say)
    output = engine.run(program.fixed, program.bind(values), program.source_keys(seed, future, replication), trace=True)
    return program, output, values


def choose(program: Program, output: RunOutput, class_id: str, decision: int | str) -> int:
    """Return the row of the decision that is asked for: by number, or the median or slowest of those that count.

    The slowest is one that is still open at the end, where there is one: that which was raised first.
    """
    from renkei.sim.program import DECISION_COLUMNS

    table = output.decisions
    if isinstance(decision, int):
        if not 0 <= decision < len(table):
            raise NotFound(f"there is no decision {decision}: the run raised {len(table)}, numbered from 0")
        return decision
    column = {name: number for number, name in enumerate(DECISION_COLUMNS)}
    number = program.classes.index(class_id) if class_id in program.classes else -1
    last_us = program.length_us - program.cool_down_us
    counted = [
        row
        for row, line in enumerate(table)
        if line[column["class"]] == number
        and program.counted[int(line[column["source"]])]
        and program.warm_up_us <= line[column["raised"]] < last_us
    ]
    still = [row for row in counted if table[row][column["outcome"]] == OUTCOMES.index("open")]
    if decision == "slowest" and still:
        return min(still, key=lambda row: int(table[row][column["raised"]]))
    ended = [
        (int(table[row][column["ended"]] - table[row][column["raised"]]), row) for row in counted if row not in still
    ]
    if not ended:
        raise NotFound(
            f"no decision of class `{class_id}` ended in this run: try --decision slowest, or another --future"
        )
    done = [each for each in ended if table[each[1]][column["outcome"]] == OUTCOMES.index("done")]
    ended = sorted(done or ended)  # those that were refused or failed, where none was ordered
    return ended[-1][1] if decision == "slowest" else ended[(len(ended) - 1) // 2][1]


def assemble(
    case: Case,
    structure: Structure,
    scenario: Scenario,
    program: Program,
    output: RunOutput,
    row: int,
    values: Mapping[str, float],
    run: tuple[int, int, int],
) -> Path:
    """Return the path of the decision in ``row`` of a run's output, from its trace records."""
    from renkei.sim.program import DECISION_COLUMNS, PRECEDENCES, Op, Trace
    from renkei.study.retelling import retold

    structure = structure.throughout
    facts = dict(zip(DECISION_COLUMNS, (int(value) for value in output.decisions[row]), strict=True))
    told = retold(program, program.bind(dict(values)), output.trace, row)
    records = [Record(*line)._replace(channel=channel) for line, channel in told]
    demand = program.sources[facts["source"]]
    origin = scenario.demands[demand].at if demand in scenario.demands else ""
    origin_zone = zone_of(structure, origin, scenario)
    end_us = facts["ended"] if facts["outcome"] != OUTCOMES.index("open") else end_of_run(program, output)
    spells = []
    for record in critical_path(records, end_us):
        info = program.steps[record.pc]
        place = info.place or origin
        if program.fixed.op_code[record.pc] == Op.WORK and 0 <= record.place < len(program.desks):
            place = program.desks[record.place]  # that of the successor, where the desk itself is lost
        here = zone_of(structure, place, scenario)
        begins = scenario.start + timedelta(microseconds=record.time)
        spells.append(
            Spell(
                step=info.step,
                verb=info.verb,
                place=place,
                via=program.channels[record.channel] if record.channel >= 0 else "",
                activity=CAUSES[record.x],
                cause=CAUSES[record.y],
                begins_s=record.time / MICROSECONDS,
                ends_s=record.until / MICROSECONDS,
                begins=begins.astimezone(here),
                origin_begins=begins.astimezone(origin_zone),
            )
        )
    marks = tuple(
        Mark(
            program.marks[record.x],
            record.time / MICROSECONDS,
            (scenario.start + timedelta(microseconds=record.time)).astimezone(origin_zone),
        )
        for record in records
        if record.kind == Trace.MARKED and record.time <= end_us
    )
    class_id = program.classes[facts["class"]]
    deadline = case.doctrine.classes[class_id].deadline
    seed, future, replication = run
    causes_s = {cause: facts[cause] / MICROSECONDS for cause in CAUSES}
    path = Path(
        case=case.id,
        structure=structure.id,
        scenario=scenario.id,
        decision_class=class_id,
        demand=demand,
        number=facts["ordinal"] + 1,
        row=row,
        seed=seed,
        future=future,
        replication=replication,
        origin=origin,
        outcome=OUTCOMES[facts["outcome"]],
        precedence=PRECEDENCES[facts["precedence"]] if 0 <= facts["precedence"] < len(PRECEDENCES) else "",
        raised=(scenario.start + timedelta(microseconds=facts["raised"])).astimezone(origin_zone),
        ended=(scenario.start + timedelta(microseconds=end_us)).astimezone(origin_zone),
        deadline_s=None if deadline is None else deadline.of(dict(values)),
        spells=tuple(spells),
        marks=marks,
        causes_s=causes_s,
        total_s=(end_us - facts["raised"]) / MICROSECONDS,
        truncated=output.truncated,
    )
    assert sum(facts[cause] for cause in CAUSES) == end_us - facts["raised"], "the causes do not add up to the whole"
    return path


def end_of_run(program: Program, output: RunOutput) -> int:
    """Return where a run's clock stopped: at its length, or at the limit of events."""
    from renkei.sim.program import Trace

    if not output.truncated:
        return program.length_us
    spent = output.trace[output.trace[:, 0] == Trace.SPENT]
    return int(max(output.trace[:, 1].max(), spent[:, 8].max(initial=0)))


def critical_path(records: Sequence[Record], end_us: int) -> list[Record]:
    """Return the SPENT records of a decision's critical path up to ``end_us``, in order.

    ``records`` are those of one decision, as the engine wrote them. At a JOINED record the branch that came last takes
    the place of the wait; at a time-out, the first branch that was withdrawn then.
    """
    from renkei.sim.program import Trace

    if not records:
        return []
    raised = next((record for record in records if record.kind == Trace.RAISED), records[0])
    of_token: dict[int, list[Record]] = {}
    for record in records:
        of_token.setdefault(record.token, []).append(record)

    def path(token: int, begin: int, end: int) -> list[Record]:
        """Return the spells of a token, and of branches in its stead, from its making to ``end``."""
        spells: list[Record] = []
        reached = begin
        for record in of_token.get(token, ()):
            if record.time > end or (record.kind == Trace.SPENT and record.until > end):
                break
            if record.kind == Trace.SPENT:
                spells.append(record)
                reached = record.until
            elif record.kind == Trace.JOINED:
                spells += path(record.x, reached, record.time)
                reached = record.time
            elif record.kind in (Trace.TIMED_OUT, Trace.WITHDRAWN, Trace.STANDS) and record.y >= 0:
                spells += path(record.y, reached, record.time)
                reached = record.time
        return spells

    return path(raised.token, raised.time, end_us)


def zone_of(structure: Structure, place: str, scenario: Scenario) -> ZoneInfo:
    """Return the zone of the clocks at ``headquarters.desk``, or of the receiver of a message; else the scenario's."""
    for word in reversed(place.replace(">", " ").replace("→", " ").split()):
        headquarters = structure.headquarters.get(word.split(".")[0])
        if headquarters is not None and headquarters.place in structure.places:
            return zone(structure.places[headquarters.place].zone)
    return zone(scenario.zone)
