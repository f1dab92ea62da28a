"""Whether a structure can carry the decisions of scenarios: every paper's way is followed, and nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from renkei.model.doctrine import Doctrine
from renkei.model.quantity import Assumptions
from renkei.model.scenario import Demand, Scenario
from renkei.model.structure import Desk, Structure
from renkei.sim import calendars as cal
from renkei.sim.assembler import TOO_LONG, Assembler, class_of
from renkei.sim.emitter import hq_of
from renkei.sim.eras import eras_of, refuse_out_and_changed
from renkei.sim.program import Op
from renkei.sim.routes import NoRoute


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a structure from carrying a class of decision. ``rule``, ``message``, ``help`` as in a diagnostic."""

    decision_class: str
    rule: str
    message: str
    help: str


@dataclass(slots=True)
class Ways:
    """The ways of papers in one structure. Scenarios share demands, and each is followed once."""

    structure: Structure
    doctrine: Doctrine
    _known: dict[tuple[str, tuple[str, ...], str], Obstacle | tuple[str, ...]] = field(default_factory=dict)
    """By class, executors of the demand's own, and where it is raised: the desks that the paper may come to."""
    _assembler: Assembler = field(init=False)

    def __post_init__(self) -> None:
        self._assembler = Assembler(self.structure, self.doctrine)

    def obstacles(self, scenario: Scenario) -> list[Obstacle]:
        """Return what keeps the structure from carrying a scenario's decisions, each cause once."""
        found: dict[str, Obstacle] = {}
        if self.structure.later:
            eras = eras_of(self.structure, cal.Span(scenario.start, scenario.length_s), scenario.zone)
            try:
                refuse_out_and_changed(eras, scenario)
            except NoRoute as wrong:
                found[wrong.message] = Obstacle(scenario.headline, wrong.rule, wrong.message, wrong.help)
        for demand in scenario.demands.values():
            way = self._of(demand)
            if isinstance(way, Obstacle):
                found.setdefault(way.message, way)
        return list(found.values())

    def desks_asked(self, scenario: Scenario) -> Mapping[str, str]:
        """Return the desks that a scenario's decisions may come to, each with the first class that does."""
        asked: dict[str, str] = {}
        for demand in scenario.demands.values():
            way = self._of(demand)
            if not isinstance(way, Obstacle):
                for desk in way:
                    asked.setdefault(desk, demand.decision_class)
        return asked

    def _of(self, demand: Demand) -> Obstacle | tuple[str, ...]:
        key = (demand.decision_class, tuple(demand.executors), demand.at)
        if key not in self._known:
            self._known[key] = self._followed(demand)
        return self._known[key]

    def _followed(self, demand: Demand) -> Obstacle | tuple[str, ...]:
        assembler = self._assembler
        try:
            begin = assembler.assemble(class_of(self.doctrine, demand), demand.at)
        except (NoRoute, RecursionError) as wrong:
            # What it was at is lost, and it with that.
            self._assembler = Assembler(self.structure, self.doctrine)
            said = (wrong.rule, wrong.message, wrong.help) if isinstance(wrong, NoRoute) else TOO_LONG
            return Obstacle(demand.decision_class, *said)
        names = list(assembler.desks)
        asked: dict[str, None] = {}
        for instruction in assembler.code[begin:]:
            if instruction.op == Op.WORK:
                asked[names[instruction.a]] = None
            elif instruction.op == Op.MEET:
                for desk in assembler.meeting_desks.items[instruction.a : instruction.a + instruction.b]:
                    asked[names[desk]] = None
        return tuple(asked)


def never_staffed(structure: Structure, name: str, scenario: Scenario, assumptions: Assumptions) -> str:
    """Say why nobody is ever on duty at a desk in a scenario, in any posture; nothing where somebody may be."""
    headquarters = structure.headquarters[hq_of(name)]
    desk = headquarters.desks[name.partition(".")[2]]
    if desk.recall is not None or any(name in person.posts for person in structure.persons.values()):
        return ""
    staffed = []
    for duty in desk.duty:
        of = duty.strength.assumption
        most = duty.strength.of({of: assumptions.assumptions[of].high} if of is not None else {})
        if most >= 0.5:
            staffed.append(duty)
    if not staffed:
        return "its strength is 0" + (", rounded to whole people" if _above_zero(desk, assumptions) else "")
    if any(duty.hours.always for duty in staffed):
        return ""
    span = cal.Span(scenario.start, scenario.length_s)
    zone = structure.places[headquarters.place].zone
    if any(cal.ever_open(duty.hours, zone, headquarters.nations, span) for duty in staffed):
        return ""
    return "its hours never open"


def _above_zero(desk: Desk, assumptions: Assumptions) -> bool:
    of = [duty.strength for duty in desk.duty]
    known = assumptions.assumptions
    return any((known[each.assumption].high if each.assumption else each.value or 0.0) * each.factor > 0 for each in of)
