"""The assembler: a process in a structure becomes instructions (docs/machine.md).

Where a decision *is* is known at every instruction: a choice that depends on the run (posture, an authority's
limit, a commander on the way) makes one continuation for each answer. All look-ups are done here, so the kernel
never hears of a headquarters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from renkei.model.doctrine import DecisionClass, Doctrine, Returns, Step
from renkei.model.quantity import Distribution, Quantity
from renkei.model.scenario import Demand
from renkei.model.structure import MEETINGS, Authority, Desk, Timeout
from renkei.sim.emitter import (
    BY_PROCESS,
    IN_PERSON,
    MAX_RETURNS,
    NO_WORK,
    NOT_CONCURRED,
    REFUSED,
    TIMED_OUT,
    UNHELD,
    ChannelUse,
    Emitter,
    InReach,
    MeetingUse,
    OrderTree,
    ShareOfRest,
    hq_of,
    name_key,
)
from renkei.sim.program import CONTEXT_CONCURRENCE, CONTEXT_OWN, PRECEDENCES, Op, Outcome
from renkei.sim.routes import NoRoute

TOO_LONG = (
    "too-many-steps",
    "a process has more steps, one after another or within another, than can be followed (some 200)",
    "make the process shorter",
)


def class_of(doctrine: Doctrine, demand: Demand) -> DecisionClass:
    """Return the class of a demand's decisions, with the demand's own executors where it names them."""
    found = doctrine.classes[demand.decision_class]
    return replace(found, executors=demand.executors) if demand.executors else found


class Here(NamedTuple):
    """Where a decision is on its way, and what its path so far has settled. Never changed, only replaced.

    A tuple, since a frozen dataclass takes seven times as long to replace.
    """

    hq: str
    desk: str
    """``hq.desk``."""
    origin: str
    authority: tuple[tuple[str, Authority], ...] = ()
    """Holders already found, by nation."""
    steps: tuple[tuple[str, int, str], ...] = ()
    """Steps that a return may go to: id, instruction, desk."""
    last_draft: str = ""
    draft_work: Distribution | None = None
    child: bool = False
    context: int = CONTEXT_OWN
    across: str = ""
    """The headquarters of the other nation that the paper last came from."""

    def held(self, nation: str) -> Authority | None:
        """Return the holder already found in a nation."""
        return next((authority for of, authority in self.authority if of == nation), None)


@dataclass(eq=False, slots=True)
class Gathering:
    """Where continuations that parted come together again: the jumps that lead here, and where each decision is."""

    rest: Sequence[Step | Gathering]
    """What comes after it."""
    arrivals: list[tuple[int, Here, int]] = field(default_factory=list)
    """The jump, the decision, and how many counters of returns are in use."""
    left: int = field(init=False)
    """How many steps and gatherings come after it."""

    def __post_init__(self) -> None:
        last = self.rest[-1] if self.rest else None
        self.left = len(self.rest) + (last.left if isinstance(last, Gathering) else 0)


Todo = Sequence["Step | Gathering"]


@dataclass(slots=True)
class Assembler(Emitter):
    """Makes the instructions of all classes of decision raised in one structure."""

    _pending: list[Gathering] = field(default_factory=list)
    """Gatherings after which nothing is assembled yet."""

    # ---- entry

    def assemble(self, decision_class: DecisionClass, at: str) -> int:
        """Assemble a class raised at desk ``at``; return where its instructions begin."""
        self._class = decision_class
        self._returns = 0
        entry = self._entry = len(self.code)
        self._step = None
        self._precedence(decision_class)
        hq = at.partition(".")[0]
        self._pending = []
        self._steps(decision_class.process, Here(hq=hq, desk=at, origin=at))
        while self._pending:
            self._go_on()
        return entry

    def latest(self, entries: Sequence[int], since: Sequence[int]) -> int:
        """Go to one of several entries: the last whose calendar is open when the decision is raised, else the first.

        Parameters
        ----------
        entries
            Where the class begins, in one era after another.
        since
            The number of the calendar that is open from the beginning of each era on; the first needs none.
        """
        self._step = None
        begin = self._entry = len(self.code)
        for entry, calendar in zip(reversed(entries[1:]), reversed(since), strict=True):
            self._emit(Op.IF_OPEN, calendar, entry)
        self._emit(Op.JUMP, entries[0])
        return begin

    def _precedence(self, decision_class: DecisionClass) -> None:
        """Draw the precedence: a chain of chances, each the share among what is left."""
        shares = decision_class.precedence
        left_before: tuple[Quantity, ...] = ()
        ends: list[int] = []
        for number, (precedence, share) in enumerate(shares):
            last = number == len(shares) - 1
            if not last:
                skip = self._emit(Op.CHANCE, key=self._key("precedence", precedence))
                self._set(skip, a=self.probabilities.number(ShareOfRest(share, left_before)), b=skip + 2)
                over = self._emit(Op.JUMP)
            self._emit(Op.PRECEDENCE, PRECEDENCES.index(precedence))
            if not last:
                ends.append(self._emit(Op.JUMP))
                self._set(over, a=len(self.code))
            left_before = (*left_before, share)
        for end in ends:
            self._set(end, a=len(self.code))

    # ---- steps

    def _steps(self, todo: Todo, here: Here) -> None:
        """Assemble what is left to do, then the end: of the decision, or of the branch."""
        if not todo:
            self._finish(here)
            return
        step, rest = todo[0], todo[1:]
        if isinstance(step, Gathering):
            step.arrivals.append((self._emit(Op.JUMP), here, self._returns))
            return
        if not here.child and step.verb != "report" and all(is_report(later) for later in rest):
            # the clock stops after the last step that is not a report
            rest = (STOP_CLOCK, *rest)
        with self._in_step(step):
            if step is STOP_CLOCK:
                self._emit(Op.MARK, 1)
                self._steps(rest[1:], here)
                return
            here = here._replace(steps=(*here.steps, (step.id, len(self.code), here.desk)))
            assemble: Callable[[Step, Here, Todo], None] = getattr(self, f"_{step.verb}")
            assemble(step, here, rest)

    def _gather(self, gathering: Gathering) -> None:
        """Go on after a gathering, once all that lead to it are assembled."""
        self._pending.append(gathering)

    def _go_on(self) -> None:
        """Go on from the gatherings that have most before them: once for all that came together in the same state,
        and once for each other state.

        Those that wait for the same steps are one. So what follows many choices is assembled once for each state,
        not once for each way; and it stands behind all that leads to it.
        """
        first = max(self._pending, key=lambda gathering: gathering.left)
        rest = first.rest
        steps = [id(step) for step in rest]
        same = [gathering for gathering in self._pending if [id(step) for step in gathering.rest] == steps]
        self._pending = [gathering for gathering in self._pending if gathering not in same]
        needed = returned_to(rest)
        keeps_draft = may_return(rest)
        groups: dict[Here, list[tuple[int, int]]] = {}
        for gathering in same:
            for jump, here, returns in gathering.arrivals:
                if not keeps_draft:
                    here = here._replace(last_draft="", draft_work=None)
                wanted = needed | {here.last_draft}
                state = here._replace(steps=tuple(entry for entry in here.steps if entry[0] in wanted))
                groups.setdefault(state, []).append((jump, returns))
        for state, arrivals in groups.items():
            for jump, _ in arrivals:
                self._set(jump, a=len(self.code))
            self._returns = max(returns for _, returns in arrivals)
            self._steps(rest, state)

    def _finish(self, here: Here) -> None:
        if here.child:
            self._emit(Op.LEAVE, 0)
        else:
            self._emit(Op.END, Outcome.DONE)

    def _stop(self, here: Here, outcome: int, reason: int) -> None:
        """End a decision that is refused or fails; a branch leaves with a no instead."""
        if here.child:
            self._emit(Op.LEAVE, 1)
        else:
            self._emit(Op.END, outcome, reason)

    def _draft(self, step: Step, here: Here, rest: Todo) -> None:
        if step.actors[0] == "authority":
            together = Gathering(rest)
            for branch in self._authorities(step, here):
                self._draft_at(step, branch, self._actor("authority", step, branch), [together])
            self._gather(together)
            return
        if (desk := self._actor(step.actors[0], step, here)) is None:
            self._steps(rest, here)
            return
        self._draft_at(step, here, desk, rest)

    def _draft_at(self, step: Step, here: Here, desk: str | None, rest: Todo) -> None:
        assert desk is not None
        self._send(here.desk, desk)
        # a paper that comes back is at this desk already: its way begins here
        steps = (*(entry for entry in here.steps if entry[0] != step.id), (step.id, len(self.code), desk))
        across = here.hq if self.routes.foreign(here.hq, hq_of(desk)) else here.across
        there = here._replace(
            hq=hq_of(desk),
            desk=desk,
            last_draft=step.id,
            draft_work=step.work or NO_WORK,
            steps=steps,
            across=across,
        )
        begin, done = self._guarded(step.timeout, here, lambda: self._work(desk, step.work or NO_WORK))
        self._answer(step, there, asker=here.hq)
        self._land(begin, done, step.timeout, here, step.work)
        self._steps(rest, there)

    def _staff(self, step: Step, here: Here, rest: Todo) -> None:
        if step.actors[0] == "authority":
            together = Gathering(rest)
            for branch in self._authorities(step, here):
                held = branch.held(step.nation or self.routes.nation(branch.hq))
                assert held is not None
                self._climb(step, branch, hq_of(held.holder), [together])
            self._gather(together)
        else:
            name = step.actors[0]
            if name.endswith("?") and name.removesuffix("?") not in self.structure.headquarters:
                self._steps(rest, here)
                return
            self._climb(step, here, name.removesuffix("?"), rest)

    def _climb(self, step: Step, here: Here, to: str, rest: Todo) -> None:
        for hq in self.routes.way_up(here.hq, to):
            desk = self.routes.desk(hq, step.desk)
            self._hand_and_work(here, desk, step.work)
            there = here._replace(hq=hq, desk=desk)
            self._answer(step, there, asker=here.hq)
            here = there
        self._steps(rest, here)

    def _decide(self, step: Step, here: Here, rest: Todo) -> None:
        actor = step.actors[0]
        if actor != "authority":
            if (desk := self._actor(actor, step, here)) is None:
                self._steps(rest, here)
                return
            self._decide_at(step, here, Authority(step.id, self._class.id, "", desk), rest)
            return
        together = Gathering(rest)
        for branch in self._authorities(step, here):
            authority = branch.held(step.nation or self.routes.nation(branch.hq))
            assert authority is not None
            self._decide_at(step, branch, authority, [together])
        self._gather(together)

    def _decide_at(self, step: Step, here: Here, authority: Authority, rest: Todo) -> None:
        if authority.nation:
            self._others(step, here, authority)
        if not authority.deputy or not (to_deputy := self._deputy_decides(here, authority)):
            self._decide_by(step, here, authority, authority.holder, rest)
            return
        together = Gathering(rest)
        returns_before = self._returns
        self._decide_by(step, here, authority, authority.holder, [together])
        # the deputy's returns count with the holder's
        returns_after, self._returns = self._returns, returns_before
        for jump in to_deputy:
            self._set(jump, **{"a" if self.code[jump].op == Op.JUMP else "b": len(self.code)})
        self._decide_by(step, here, authority, authority.deputy, [together])
        self._returns = max(self._returns, returns_after)
        self._gather(together)

    def _decide_by(self, step: Step, here: Here, authority: Authority, desk: str, rest: Todo) -> None:
        """The work, the answer and what follows at the desk that decides: the holder's, or the deputy's."""
        timeout = step.timeout or authority.timeout
        there = here._replace(hq=hq_of(desk), desk=desk)
        begin, done = self._guarded(timeout, here, lambda: self._hand_and_work(here, desk, step.work))
        self._answer(step, there, asker=here.hq)
        self._land(begin, done, timeout, here, step.work, above=desk)
        self._emit(Op.MARK, 0, place=desk)
        self._spawn_inform(step, there, [self._resolve(name, step.desk, here) for name in authority.inform])
        self._steps(rest, there)

    def _deputy_decides(self, here: Here, authority: Authority) -> list[int]:
        """Emit the question whether the deputy decides; return the jumps to where that is done, and fall through
        where the holder does.

        The deputy decides while the holder is on the way and not in reach there; and while the holder is off duty
        without recall, if the deputy is on duty then (else the paper waits for the holder).
        """
        holder, deputy = authority.holder, authority.deputy
        to_deputy: list[int] = []
        if self._traveller(holder):
            home = self._if_open(InReach(holder, ""), holder)
            to_deputy.append(self._emit(Op.JUMP, place=holder))
            self._set(home, b=len(self.code))
        person = next((p for p in self.structure.persons.values() if holder in p.posts), None)
        desks = [self.routes.desk_of(name) for name in (person.posts if person else (holder,))]
        if any(desk.recall for desk in desks) or all(duty.hours.always for desk in desks for duty in desk.duty):
            return to_deputy
        postures = [name for name, _ in self.doctrine.postures]
        different = self._postures_apart([*desks, self.routes.desk_of(deputy)])
        to_holder: list[int] = []
        for number, same in enumerate(different):
            others: list[int] = []
            if number < len(different) - 1:
                matches = [self._emit(Op.IF_POSTURE, postures.index(name), place=holder) for name in same]
                others.append(self._emit(Op.JUMP, place=holder))
                for match in matches:
                    self._set(match, b=len(self.code))
            awake = self._if_open(InReach(holder, same[0]), holder)
            to_deputy.append(self._if_open(InReach(deputy, same[0]), holder))
            self._set(awake, b=len(self.code))
            to_holder.append(self._emit(Op.JUMP, place=holder))
            for other in others:
                self._set(other, a=len(self.code))
        for jump in to_holder:
            self._set(jump, a=len(self.code))
        return to_deputy

    def _others(self, step: Step, here: Here, authority: Authority) -> None:
        """What others must do about a decision before it is taken: approve, then concur and be consulted."""
        work = step.work
        step = replace(step, refuses=None, timeout=None)  # these are the holder's own
        for name in authority.approve:
            self._part(step, here, self._resolve(name, step.desk, here), work, "approve")
        hq = hq_of(authority.holder)
        concur = [self._resolve(name, step.desk, here) for name in authority.concur]
        named = {hq_of(desk) for desk in concur}
        concur += [
            self.routes.desk(name, step.desk)
            for name in self.routes.components(hq, self._class)
            if name not in named and self.routes.nation(name) == authority.nation
        ]
        consult = [self._resolve(name, step.desk, here) for name in authority.consult]
        parts = [(desk, "concur") for desk in concur] + [(desk, "consult") for desk in consult]
        parts = [(desk, verb) for desk, verb in parts if hq_of(desk) != here.hq]
        if parts:
            self._fork_parts(step, here, parts, work, quorum=len(parts), wait_for_all=False)

    # ---- approve, concur, consult, inform

    def _approve(self, step: Step, here: Here, rest: Todo) -> None:
        self._consulted(step, here, rest)

    def _concur(self, step: Step, here: Here, rest: Todo) -> None:
        self._consulted(step, here, rest)

    def _consult(self, step: Step, here: Here, rest: Todo) -> None:
        self._consulted(step, here, rest)

    def _consulted(self, step: Step, here: Here, rest: Todo) -> None:
        if any(actor == "authority" for actor in step.actors):
            together = Gathering(rest)
            for branch in self._authorities(step, here):
                self._consulted_by(step, branch, [together])
            self._gather(together)
        else:
            self._consulted_by(step, here, rest)

    def _consulted_by(self, step: Step, here: Here, rest: Todo) -> None:
        desks = self._actors(step, here)
        if step.order == "serial":
            self._in_series(step, here, desks)
        elif desks:
            quorum = self._quorum(step, len(desks))
            parts = [(desk, step.verb) for desk in desks]
            self._fork_parts(step, here, parts, step.work, quorum=quorum, wait_for_all=step.wait_for_all)
        self._steps(rest, here)

    def _in_series(self, step: Step, here: Here, desks: Sequence[str]) -> None:
        """One after another: each has the paper and gives it back before the next is asked."""
        for desk in desks:
            begin, done = self._guarded(
                step.timeout, here, lambda desk=desk: self._hand_and_work(here, desk, step.work)
            )
            self._answer(step, here._replace(hq=hq_of(desk), desk=desk), asker=here.hq)
            self._land(begin, done, step.timeout, here, step.work, above=desk)
            self._send(desk, here.desk)

    def _quorum(self, step: Step, count: int) -> int:
        """Return how many must say yes: all, if the step does not say."""
        if step.quorum is None:
            return count
        if step.quorum > count and not any(actor.endswith("?") for actor in step.actors):
            raise NoRoute(
                "quorum-too-large",
                f"step `{step.id}` of `{self._class.id}` asks for {step.quorum} answers, and only {count} are asked",
                f"write `quorum: {count}` or less",
            )
        return min(step.quorum, count)

    def _part(self, step: Step, here: Here, desk: str, work: Distribution | None, verb: str) -> None:
        """One other's answer, there and back, on the decision's own way."""
        self._hand_and_work(here, desk, work)
        if step.refuses is not None and verb != "consult":
            self._refusal(step, here._replace(hq=hq_of(desk), desk=desk), verb)
        self._send(desk, here.desk)

    def _fork_parts(
        self,
        step: Step,
        here: Here,
        parts: Sequence[tuple[str, str]],
        work: Distribution | None,
        *,
        quorum: int,
        wait_for_all: bool,
    ) -> None:
        """Ask several at once; go on when enough have answered."""
        fork = self._emit(Op.FORK, c=quorum, d=int(wait_for_all), place=here.desk)
        after = self._emit(Op.JUMP)
        starts, contexts = [], []
        for desk, verb in parts:
            starts.append(len(self.code))
            contexts.append(self._context(here, desk))
            self._branch(step, here._replace(child=True), desk, verb, work)
        self._set(after, a=len(self.code))
        self._set(fork, a=len(self.branch_pcs), b=len(parts))
        self.branch_pcs += starts
        self.branch_contexts += contexts
        verbs = {verb for _, verb in parts}
        if verbs <= {"consult"} or (step.refuses is None and step.timeout is None):
            return
        passed = self._emit(Op.IF_REGISTER, 0)
        if step.verb == "approve" or "concur" not in verbs:
            self._stop(here, Outcome.REFUSED, REFUSED)
        else:
            self._not_concurred(step, here, parts, work)
        self._set(passed, b=len(self.code))

    def _branch(self, step: Step, here: Here, desk: str, verb: str, work: Distribution | None) -> None:
        """One branch: there, its work, its answer, back, leave."""
        returns_before, self._returns = self._returns, 0
        liaison = self.routes.liaison(here.hq, hq_of(desk))
        if liaison is not None:
            settles = self.routes.desk_of(liaison).settles or Quantity(value=1.0)
            absent = self._only_while_open(liaison)
            refer = self._emit(
                Op.CHANCE,
                self.probabilities.number(settles),
                key=self._key("settles", liaison),
                place=liaison,
            )
            away = self._emit(Op.JUMP)
            self._set(refer, b=len(self.code))
            self._hand_and_work(here, liaison, work)
            self._emit(Op.LEAVE, 0)
            self._set(away, a=len(self.code))
            for jump in absent:
                self._set(jump, a=len(self.code))
        begin, done = self._guarded(step.timeout, here, lambda: self._hand_and_work(here, desk, work))
        there = here._replace(hq=hq_of(desk), desk=desk)
        if step.returns is not None and verb != "consult":
            self._redraft(step.returns, here, there, work)
        if step.refuses is not None and verb != "consult":
            no = self._emit(
                Op.CHANCE, self.probabilities.number(step.refuses), key=self._key("refuses", desk), place=desk
            )
            yes = self._emit(Op.JUMP)
            self._set(no, b=len(self.code))
            self._send(desk, here.desk)
            self._emit(Op.LEAVE, 1)
            self._set(yes, a=len(self.code))
        self._send(desk, here.desk)
        self._land(begin, done, step.timeout, here, work, above=desk)
        self._emit(Op.LEAVE, 0)
        self._returns = returns_before

    def _redraft(self, returns: Returns, here: Here, there: Here, work: Distribution | None) -> None:
        """A branch's paper goes back to the drafter, is worked over there, and comes again."""
        ask = self._emit(Op.JUMP)
        back = len(self.code)
        self._send(there.desk, here.desk)
        self._work(here.desk, here.draft_work or NO_WORK)
        self._send(here.desk, there.desk)
        self._work(there.desk, work or NO_WORK)
        self._set(ask, a=len(self.code))
        self._emit_return(returns, back, here.hq, there)

    def _not_concurred(
        self, step: Step, here: Here, parts: Sequence[tuple[str, str]], work: Distribution | None
    ) -> None:
        """Non-concurrence goes to the first common superior; between nations to the counterparts' next level."""
        if step.otherwise == "go-on":
            return
        if step.otherwise == "fail":
            self._stop(here, Outcome.FAILED, NOT_CONCURRED)
            return
        other = next(hq_of(desk) for desk, verb in parts if verb == "concur")
        at = here
        superior = self.routes.common_superior(here.hq, other)
        levels = [superior] if superior is not None else []
        if superior is None:
            levels = [hq for hq in (self.routes.above(here.hq), self.routes.above(other)) if hq is not None]
        for hq in levels:
            desk = self.routes.desk(hq, "commander")
            self._hand_and_work(at, desk, work)
            at = at._replace(hq=hq, desk=desk)
        if step.refuses is not None:
            no = self._emit(Op.CHANCE, self.probabilities.number(step.refuses), key=self._key("overrules", at.desk))
            yes = self._emit(Op.JUMP)
            self._set(no, b=len(self.code))
            self._stop(here, Outcome.FAILED, NOT_CONCURRED)
            self._set(yes, a=len(self.code))
        self._send(at.desk, here.desk)

    def _inform(self, step: Step, here: Here, rest: Todo) -> None:
        self._spawn_inform(step, here, self._actors(step, here))
        self._steps(rest, here)

    def _spawn_inform(self, step: Step, here: Here, desks: Sequence[str]) -> None:
        """Let others know; nobody waits."""
        if not desks:
            return
        spawn = self._emit(Op.SPAWN, place=here.desk)
        after = self._emit(Op.JUMP)
        starts = []
        for desk in desks:
            starts.append(len(self.code))
            self._hand_and_work(here, desk, step.work if step.verb == "inform" else NO_WORK)
            self._emit(Op.LEAVE, 0)
        self._set(after, a=len(self.code))
        self._set(spawn, a=len(self.branch_pcs), b=len(starts))
        self.branch_pcs += starts
        self.branch_contexts += [CONTEXT_OWN] * len(starts)

    # ---- agree, order, report

    def _agree(self, step: Step, here: Here, rest: Todo) -> None:
        if any(actor == "authority" for actor in step.actors):
            together = Gathering(rest)
            for branch in self._authorities(step, here):
                self._meet_and_go_on(step, branch, [together])
            self._gather(together)
        else:
            self._meet_and_go_on(step, here, rest)

    def _meet_and_go_on(self, step: Step, here: Here, rest: Todo) -> None:
        desks = self._apart(self._actors(step, here))
        if len(desks) < 2:
            self._steps(rest, here)
            return
        other = next((desk for desk in desks if hq_of(desk) != here.hq), None)
        liaison = self.routes.liaison(here.hq, hq_of(other)) if other else None
        if liaison is not None and other is not None and len(desks) == 2:
            settles = self.routes.desk_of(liaison).settles or Quantity(value=1.0)
            absent = self._only_while_open(liaison)
            local = self._emit(
                Op.CHANCE,
                self.probabilities.number(settles),
                key=self._key("settles", liaison),
                place=liaison,
            )
            for jump in absent:
                self._set(jump, a=len(self.code))
            self._meet(step, here, desks)
            over = self._emit(Op.JUMP)
            self._set(local, b=len(self.code))
            self._meet(step, here, [liaison if desk == other else desk for desk in desks])
            self._set(over, a=len(self.code))
        else:
            self._meet(step, here, desks)
        self._answer(step, here, asker=hq_of(other) if other else here.hq)
        self._steps(rest, here)

    def _only_while_open(self, desk: str) -> list[int]:
        """Ask whether a desk is on duty; return the jumps to be set for when it is not, and fall through where it is.

        Liaison officers who have gone home settle nothing: the matter goes to those for whom they answer, and does not
        wait for their return.
        """
        of = self.routes.desk_of(desk)
        if all(duty.hours.always for duty in of.duty):
            return []
        postures = [name for name, _ in self.doctrine.postures]
        groups = self._postures_apart([of])
        on_duty: list[int] = []
        off_duty: list[int] = []
        for number, same in enumerate(groups):
            others: list[int] = []
            if number < len(groups) - 1:
                matches = [self._emit(Op.IF_POSTURE, postures.index(name), place=desk) for name in same]
                others.append(self._emit(Op.JUMP, place=desk))
                for match in matches:
                    self._set(match, b=len(self.code))
            on_duty.append(self._if_open(InReach(desk, same[0]), desk))
            off_duty.append(self._emit(Op.JUMP, place=desk))
            for other in others:
                self._set(other, a=len(self.code))
        for check in on_duty:
            self._set(check, b=len(self.code))
        return off_duty

    def _postures_apart(self, desks: Sequence[Desk]) -> list[list[str]]:
        """Return the postures in groups in which all of these desks keep the same hours."""
        told = {duty.posture for desk in desks for duty in desk.duty}
        groups: dict[str, list[str]] = {}
        for name, _ in self.doctrine.postures:
            key = next((each for each in self.doctrine.lineage(name) if each in told), "")
            groups.setdefault(key, []).append(name)
        return list(groups.values())

    def _apart(self, desks: Sequence[str]) -> list[str]:
        """Return desks without those whose only person is there already under another hat."""
        person = {post: holder.id for holder in self.structure.persons.values() for post in holder.posts}
        return list({person.get(desk, desk): desk for desk in reversed(desks)}.values())[::-1]

    def _meet(self, step: Step, here: Here, desks: Sequence[str]) -> None:
        assert step.length is not None
        uses = self._meeting_uses(desks)
        lengths = [step.length if use.factor is None else replace(step.length, times=use.factor) for use in uses]
        set_ups = [use.set_up for use in uses]
        book = 0 if step.book_after is None else self.durations.number(step.book_after) + 1
        hqs = list(dict.fromkeys(hq_of(desk) for desk in desks))
        pair = self.routes.pair(hqs[0], hqs[1]) if len(hqs) > 1 else None
        encoded = (0 if pair is None else self.pairs[pair] + 1) | (book << 20)
        self._emit(
            Op.MEET,
            self.meeting_desks.first([self.desks[desk] for desk in desks]),
            len(desks),
            self.distributions.first([*lengths, *set_ups]),
            self.channel_lists.first([self.channel_uses.number(use.channel) for use in uses]),
            len(uses),
            encoded if encoded else -1,
            key=self._key("meet", *desks),
            place=" ".join(desks),
        )

    def _meeting_uses(self, desks: Sequence[str]) -> list[MeetingUse]:
        """Return the channels a meeting may use, what it takes to set one up, and what interpretation costs there."""
        hqs = list(dict.fromkeys(hq_of(desk) for desk in desks))
        if len(hqs) == 1:
            return [MeetingUse(IN_PERSON, NO_WORK)]
        places = {self.routes.headquarters(hq).place for hq in hqs}
        first, last = desks[0], next(desk for desk in desks if hq_of(desk) != hqs[0])
        uses = [
            MeetingUse(
                ChannelUse(channel.id, when),
                channel.delay,
                next((own.factor for own in channel.conversions if own.kind == "interpretation"), None),
            )
            for channel, when in self._present(first, last, MEETINGS)
        ]
        if not uses and len(places) == 1:
            return [MeetingUse(IN_PERSON, NO_WORK)]
        if not uses:
            raise NoRoute(
                "no-channel",
                f"`{hqs[0]}` and `{hqs[1]}` must meet, and no channel carries meetings between them",
                f"open a telephone, video or face-to-face channel between `{hqs[0]}` and `{hqs[1]}`",
            )
        return uses

    def _order(self, step: Step, here: Here, rest: Todo) -> None:
        targets: list[str] = []
        for actor in step.actors:
            if actor == "executors":
                targets += self.routes.executors(self._class)
            elif (desk := self._actor(actor, step, here)) is not None:
                targets.append(hq_of(desk))
        if step.nation:
            targets = [hq for hq in targets if step.nation in self.routes.headquarters(hq).nations]
        elif "executors" in step.actors:
            targets = [hq for hq in targets if not self.routes.foreign(here.hq, hq)] or targets
        tree: OrderTree = {}
        for hq in targets:
            node = tree
            for hop in self.routes.way_down(here.hq, hq):
                node = node.setdefault(hop, {})
        tree.pop(here.hq, None) if here.hq in tree and not tree[here.hq] else None
        self._pass_down(step, here, tree)
        self._steps(rest, here)

    def _pass_down(self, step: Step, here: Here, tree: OrderTree) -> None:
        """Order down a tree of headquarters; where it parts, the branches run side by side and all are waited for."""
        while len(tree) == 1:
            hq, tree = next(iter(tree.items()))
            desk = self.routes.desk(hq, step.desk)
            self._hand_and_work(here, desk, step.work)
            here = here._replace(hq=hq, desk=desk)
        if not tree:
            return
        fork = self._emit(Op.FORK, c=len(tree), d=1, place=here.desk)
        after = self._emit(Op.JUMP)
        starts = []
        for hq, below in tree.items():
            starts.append(len(self.code))
            self._pass_down(step, here._replace(child=True), {hq: below})
            self._emit(Op.LEAVE, 0)
        self._set(after, a=len(self.code))
        self._set(fork, a=len(self.branch_pcs), b=len(starts))
        self.branch_pcs += starts
        self.branch_contexts += [here.context] * len(starts)

    def _report(self, step: Step, here: Here, rest: Todo) -> None:
        if (desk := self._actor(step.actors[0], step, here)) is not None:
            self._hand_and_work(here, desk, step.work)
            here = here._replace(hq=hq_of(desk), desk=desk)
        self._steps(rest, here)

    # ---- mark, posture, wait, fork, chance, fail

    def _mark(self, step: Step, here: Here, rest: Todo) -> None:
        self._emit(Op.MARK, self.marks.number(step.mark), place=here.desk)
        self._steps(rest, here)

    def _posture(self, step: Step, here: Here, rest: Todo) -> None:
        names = [name for name, _ in self.doctrine.postures]
        self._emit(Op.POSTURE, names.index(step.posture), place=here.desk)
        self._steps(rest, here)

    def _wait(self, step: Step, here: Here, rest: Todo) -> None:
        assert step.work is not None
        activity = ACTIVITIES.index(step.mark or "channel")
        ministry = int(self.routes.headquarters(here.hq).ministry)
        self._emit(
            Op.DELAY,
            self._distribution(step.work),
            activity,
            ministry,
            key=self._key("wait"),
            place=here.desk,
        )
        self._steps(rest, here)

    def _fork(self, step: Step, here: Here, rest: Todo) -> None:
        quorum = self._quorum(step, len(step.branches))
        fork = self._emit(Op.FORK, b=len(step.branches), c=quorum, d=int(step.wait_for_all), place=here.desk)
        after = self._emit(Op.JUMP)
        starts, contexts = [], []
        for branch in step.branches:
            starts.append(len(self.code))
            context = CONTEXT_CONCURRENCE if branch.concurrence else here.context
            contexts.append(context)
            returns_before, self._returns = self._returns, 0
            self._steps(branch.steps, here._replace(child=True, context=context, steps=()))
            self._returns = returns_before
        self._set(after, a=len(self.code))
        self._set(fork, a=len(self.branch_pcs))
        self.branch_pcs += starts
        self.branch_contexts += contexts
        if step.otherwise != "go-on":
            passed = self._emit(Op.IF_REGISTER, 0)
            self._stop(here, Outcome.REFUSED, REFUSED)
            self._set(passed, b=len(self.code))
        self._steps(rest, here)

    def _chance(self, step: Step, here: Here, rest: Todo) -> None:
        assert step.chance is not None
        pick = self._emit(Op.CHANCE, self.probabilities.number(step.chance), key=self._key("chance"), place=here.desk)
        together = Gathering(rest)
        self._steps([*step.otherwise_steps, together], here)
        self._set(pick, b=len(self.code))
        self._steps([*step.then, together], here)
        self._gather(together)

    def _fail(self, step: Step, here: Here, rest: Todo) -> None:
        self._stop(here, Outcome.FAILED, BY_PROCESS)

    # ---- authority

    def _authorities(self, step: Step, here: Here) -> Iterator[Here]:
        """Yield one continuation for each holder that the run may find: by posture, then by limit.

        The code of each alternative is what the caller emits between two yields; tests and jumps are put around it.
        """
        nation = step.nation or self.routes.nation(here.hq)
        if here.held(nation) is not None:
            yield here
            return
        postures = [name for name, _ in self.doctrine.postures]
        holders = {
            name: self.routes.holders(self._class, nation, self.doctrine.lineage(name), here.hq) for name in postures
        }
        groups: list[tuple[list[str], list[Authority]]] = []
        for name in postures:
            same = next((group for group in groups if group[1] == holders[name]), None)
            if same is not None:
                same[0].append(name)
            else:
                groups.append(([name], holders[name]))
        for number, (names, held) in enumerate(groups):
            checks: list[int] = []
            away = -1
            if number < len(groups) - 1:
                checks = [self._emit(Op.IF_POSTURE, postures.index(name), place=here.desk) for name in names]
                away = self._emit(Op.JUMP)
                for check in checks:
                    self._set(check, b=len(self.code))
            yield from self._by_limit(step, here, nation, held)
            if away >= 0:
                self._set(away, a=len(self.code))

    def _by_limit(self, step: Step, here: Here, nation: str, held: Sequence[Authority]) -> Iterator[Here]:
        for authority in held:
            over = -1
            if authority.limit is not None:
                attribute = self._class.attributes[authority.limit.attribute]
                over = self._emit(
                    Op.IF_OVER,
                    self._distribution(attribute),
                    self.probabilities.number(authority.limit.at_most),
                    key=name_key(self._class.id, "attribute", authority.limit.attribute),
                    place=here.desk,
                )
            yield here._replace(authority=(*here.authority, (nation, authority)))
            if over < 0:
                return
            self._set(over, c=len(self.code))
        if not held and self._class.unheld != "fails":
            raise NoRoute(
                "unheld-authority",
                f"nobody in {nation} holds the authority for `{self._class.id}`",
                f"grant it to a desk in {nation}, or say `unheld: fails` in the class",
            )
        self._stop(here, Outcome.FAILED, UNHELD)

    # ---- answers

    def _hand_and_work(self, here: Here, desk: str, work: Distribution | None) -> None:
        self._send(here.desk, desk)
        self._work(desk, work or NO_WORK)

    def _answer(self, step: Step, there: Here, *, asker: str) -> None:
        """An approver's answer: refuse, return, or (going on) approve."""
        if step.refuses is not None:
            self._refusal(step, there, step.verb)
        if step.returns is None:
            return
        to = step.returns.to or (step.id if step.verb == "draft" else there.last_draft)
        found = next(((pc, desk) for name, pc, desk in reversed(there.steps) if name == to), None)
        if found is None:
            raise NoRoute(
                "return-to-nowhere",
                f"step `{step.id}` returns a paper to `{to or 'a draft'}`, and no such step comes before it",
                "say with `to:` which step it goes back to",
            )
        pc, desk = found
        ask = self._emit(Op.JUMP)
        target = len(self.code)
        self._send(there.desk, desk)
        self._emit(Op.JUMP, pc)
        self._set(ask, a=len(self.code))
        self._emit_return(step.returns, target, asker, there)

    def _refusal(self, step: Step, there: Here, verb: str) -> None:
        assert step.refuses is not None
        no = self._emit(
            Op.CHANCE,
            self.probabilities.number(step.refuses),
            key=self._key("refuses", there.desk),
            place=there.desk,
        )
        yes = self._emit(Op.JUMP)
        self._set(no, b=len(self.code))
        self._stop(there, Outcome.REFUSED, REFUSED)
        self._set(yes, a=len(self.code))

    def _emit_return(self, returns: Returns, target: int, asker: str, there: Here) -> None:
        if self._returns > MAX_RETURNS:
            raise NoRoute(
                "too-many-returns",
                f"`{self._class.id}` has more than {MAX_RETURNS + 1} places that may return a paper",
                "take some of the returns away, or part the process with a fork",
            )
        pair = self.routes.pair(asker, there.hq)
        ministry = int(self.routes.headquarters(there.hq).ministry)
        limited = returns.at_most is not None
        self._emit(
            Op.RETURN,
            self.probabilities.number(returns.chance),
            target,
            returns.at_most if returns.at_most is not None else -1,
            -1 if pair is None else self.pairs[pair],
            ministry,
            self._returns if limited else 0,
            key=self._key("returns", there.desk),
            place=there.desk,
        )
        self._returns += int(limited)

    # ---- time-outs

    def _guarded(self, timeout: Timeout | None, here: Here, body: object) -> tuple[int, int]:
        """Emit ``body()`` under a time-out; return the GUARD's place (-1 without one) and where the body ended."""
        begin = -1
        if timeout is not None:
            begin = self._emit(Op.GUARD, self.durations.number(timeout.after), place=here.desk)
        assert callable(body)
        body()
        if timeout is not None:
            self._emit(Op.UNGUARD)
        return begin, len(self.code)

    def _land(
        self,
        begin: int,
        done: int,
        timeout: Timeout | None,
        here: Here,
        work: Distribution | None,
        above: str = "",
    ) -> None:
        """Emit what silence means, beside the normal way; both go on at the next instruction."""
        if timeout is None:
            return
        over = self._emit(Op.JUMP)
        self._set(begin, b=len(self.code))
        if timeout.then == "fail":
            self._stop(here, Outcome.FAILED, TIMED_OUT)
        elif timeout.then == "delegate":
            self._hand_and_work(here, timeout.delegate, work)
            if above:
                self._send(timeout.delegate, above if not here.child else here.desk)
        elif timeout.then == "escalate":
            superior = self.routes.above(hq_of(above or here.desk))
            if superior is None:
                self._stop(here, Outcome.FAILED, TIMED_OUT)
            else:
                function = (above or here.desk).partition(".")[2]
                desk = self.routes.desk(superior, function)
                self._hand_and_work(here, desk, work)
                self._send(desk, (above or here.desk) if not here.child else here.desk)
        self._set(over, a=len(self.code))

    # ---- actors

    def _actors(self, step: Step, here: Here) -> list[str]:
        desks: list[str] = []
        for actor in step.actors:
            if actor == "components":
                held = here.held(step.nation or self.routes.nation(here.hq))
                hq = hq_of(held.holder) if held else here.hq
                desks += [self.routes.desk(name, step.desk) for name in self.routes.components(hq, self._class)]
            elif actor == "executors":
                desks += [self.routes.desk(name, step.desk) for name in self.routes.executors(self._class)]
            elif (desk := self._actor(actor, step, here)) is not None:
                desks.append(desk)
        return desks

    def _actor(self, actor: str, step: Step, here: Here) -> str | None:
        """Return the desk of an actor; None where it may be absent and is."""
        if actor == "authority":
            held = here.held(step.nation or self.routes.nation(here.hq))
            assert held is not None
            return self.routes.desk(hq_of(held.holder), step.desk)
        name = actor.removesuffix("?")
        if actor.endswith("?") and not self._is_there(name):
            return None
        return self._resolve(name, step.desk, here)

    def _is_there(self, name: str) -> bool:
        house = self.structure.headquarters.get(hq_of(name))
        return house is not None and ("." not in name or name.partition(".")[2] in house.desks)

    def _resolve(self, name: str, function: str, here: Here) -> str:
        if name == "origin":
            return here.origin if function == "ops" else self.routes.desk(hq_of(here.origin), function)
        if name == "here":
            return self.routes.desk(here.hq, function)
        if name == "counterpart":
            return self.routes.desk(self.routes.counterpart(here.hq, self._class.id, here.across), function)
        if "." in name:
            if not self._is_there(name):
                raise NoRoute("no-desk", f"there is no desk `{name}`", "write another, or add `?` if it may be absent")
            return name
        if name not in self.structure.headquarters:
            raise NoRoute("no-desk", f"there is no `{name}`", "write another, or add `?` if it may be absent")
        return self.routes.desk(name, function)

    def _context(self, here: Here, desk: str) -> int:
        """Another service's or nation's branch is concurrence."""
        own, other = self.routes.headquarters(here.hq), self.routes.headquarters(hq_of(desk))
        if here.context == CONTEXT_CONCURRENCE or self.routes.foreign(here.hq, other.id):
            return CONTEXT_CONCURRENCE
        return CONTEXT_CONCURRENCE if own.service != other.service else CONTEXT_OWN


ACTIVITIES = ("work", "queue", "off-duty", "channel", "meeting")
STOP_CLOCK = Step(id="ordered", verb="mark", mark="ordered")


def is_report(step: Step | Gathering) -> bool:
    """Return whether a step comes after the order, when the clock has stopped."""
    return isinstance(step, Step) and step.verb == "report"


def returned_to(todo: Todo) -> set[str]:
    """Return the steps that later steps name as the target of a return."""
    names: set[str] = set()
    for step in todo:
        if isinstance(step, Gathering):
            names |= returned_to(step.rest)
            continue
        if step.returns is not None and step.returns.to:
            names.add(step.returns.to)
        names |= returned_to(step.then) | returned_to(step.otherwise_steps)
        for branch in step.branches:
            names |= returned_to(branch.steps)
    return names


def may_return(todo: Todo) -> bool:
    """Return whether a later step may give a paper back to the last draft, before another draft is made."""
    for step in todo:
        if isinstance(step, Gathering):
            return may_return(step.rest)
        if step.verb == "draft":
            if not step.actors[0].endswith("?"):
                return False
        elif step.returns is not None:
            return True
        inner = (step.then, step.otherwise_steps, *(branch.steps for branch in step.branches))
        if any(may_return(steps) for steps in inner):
            return True
    return False
