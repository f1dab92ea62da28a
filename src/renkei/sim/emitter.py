"""What instructions are made of: the code, its pools of numbers and names, and the ways that papers take.

``Emitter`` knows how to put work at a desk and a paper on a channel; ``renkei.sim.assembler`` knows processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from renkei.model.doctrine import DecisionClass, Doctrine, Step
from renkei.model.quantity import Distribution, Quantity
from renkei.model.structure import MESSAGES, Channel, Structure
from renkei.sim.program import CHANNEL_CAUSE, Ints, Op
from renkei.sim.routes import NoRoute, Routes

T = TypeVar("T")

NO_WORK = Distribution("constant", (Quantity(value=0.0),))
ONE_WAY = 1  # SEND's flag: a hand-off
BORDER = 2  # SEND's flag: a border crossing
MAX_RETURNS = 15
MOST_INSTRUCTIONS = 100_000
"""Of one class of decision: a chain of command of 10,000 headquarters has half of it."""
REASONS = (
    "",
    "refused",
    "not concurred in",
    "no answer in time",
    "nobody holds the authority",
    "failed by its process",
)
REFUSED, NOT_CONCURRED, TIMED_OUT, UNHELD, BY_PROCESS = range(1, 6)


def name_key(*names: str) -> int:
    """Return the 64-bit key of names, as int64: a hash of what things are called, never of where they stand."""
    digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def name_keys(names: Sequence[str], last: Iterable[str]) -> Ints:
    """Return the keys of names that differ in the last alone: (n,)."""
    begun = hashlib.blake2b("\x1f".join([*names, ""]).encode(), digest_size=8)
    digests = []
    for name in last:
        own = begun.copy()
        own.update(name.encode())
        digests.append(own.digest())
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)


class Instruction(NamedTuple):
    """One instruction with its operands and the key of its draws."""

    op: int
    a: int = 0
    b: int = 0
    c: int = 0
    d: int = 0
    e: int = 0
    f: int = 0
    key: int = 0


class StepInfo(NamedTuple):
    """What an instruction is to people: the step, its verb, and where (``hq.desk``, or sender and receiver)."""

    step: str
    verb: str
    place: str


class ChannelUse(NamedTuple):
    """A channel as one instruction meets it: ``when`` restricts it to a traveller's presence.

    ``when`` is '' (no restriction) or ``person|home``, ``person|stay|place``, ``person|way``.
    """

    channel: str
    when: str


class MeetingUse(NamedTuple):
    """A channel over which a meeting may be held, how long that takes to set up, and what it does to the length."""

    channel: ChannelUse
    set_up: Distribution
    factor: Quantity | None = None


class InReach(NamedTuple):
    """Whether who works at a desk is in reach: not on the way; with a posture: on duty in it, or on the way."""

    desk: str
    posture: str


OrderTree = dict[str, "OrderTree"]
"""Headquarters, each with those that it passes an order on to."""

IN_PERSON = ChannelUse("", "")
"""People of one place meet without any channel of the structure."""


@dataclass(frozen=True, slots=True)
class ShareOfRest:
    """A share of the whole as a probability among what earlier shares left."""

    share: Quantity
    before: tuple[Quantity, ...]

    def of(self, future: dict[str, float]) -> float:
        """Return the probability in one future, 0 to 1."""
        rest = 1.0 - sum(other.of(future) for other in self.before)
        return min(1.0, max(0.0, self.share.of(future) / rest)) if rest > 0 else 1.0


@dataclass(slots=True)
class Pool(Generic[T]):
    """Things that instructions name by number, each once."""

    items: dict[T, int] = field(default_factory=dict)

    def number(self, item: T) -> int:
        """Return the number of an item, adding it if it is new."""
        return self.items.setdefault(item, len(self.items))


@dataclass(slots=True)
class SlicePool(Generic[T]):
    """Runs of things in one list; equal runs are stored once."""

    items: list[T] = field(default_factory=list)
    known: dict[tuple[T, ...], int] = field(default_factory=dict)

    def first(self, run: Sequence[T]) -> int:
        """Return where a run begins, adding it if it is new."""
        key = tuple(run)
        if key not in self.known:
            self.known[key] = len(self.items)
            self.items.extend(key)
        return self.known[key]


@dataclass(slots=True)
class Emitter:
    """Collects the instructions of one structure, and what they name by number."""

    structure: Structure
    doctrine: Doctrine
    routes: Routes = field(init=False)
    code: list[Instruction] = field(default_factory=list)
    info: list[StepInfo] = field(default_factory=list)
    distributions: SlicePool[Distribution] = field(default_factory=SlicePool)
    probabilities: Pool[Quantity | ShareOfRest] = field(default_factory=Pool)
    durations: Pool[Quantity] = field(default_factory=Pool)
    channel_uses: Pool[ChannelUse] = field(default_factory=Pool)
    channel_lists: SlicePool[int] = field(default_factory=SlicePool)
    meeting_desks: SlicePool[int] = field(default_factory=SlicePool)
    branch_pcs: list[int] = field(default_factory=list)
    branch_contexts: list[int] = field(default_factory=list)
    desks: dict[str, int] = field(init=False)
    pairs: dict[str, int] = field(init=False)
    marks: Pool[str] = field(default_factory=Pool)
    reach: Pool[ChannelUse | InReach] = field(default_factory=Pool)
    """What is asked after: channels and people. IF_OPEN names them by number until calendars are made."""
    open_checks: list[int] = field(default_factory=list)
    """Instructions whose calendar is a number in ``reach``."""
    travellers: dict[str, str] = field(init=False)
    """The person who holds a post and makes journeys, by post."""
    _class: DecisionClass = field(init=False)
    _entry: int = 0
    _step: Step | None = None
    _returns: int = 0

    def __post_init__(self) -> None:
        self.enter(self.structure, {name: number for number, name in enumerate(desks_of(self.structure))})
        self.pairs = {name: number for number, name in enumerate(self.structure.familiarity)}
        self.marks.number("decided")
        self.marks.number("ordered")

    # ---- emission

    def _emit(
        self,
        op: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
        *,
        key: int = 0,
        place: str = "",
    ) -> int:
        if len(self.code) - self._entry >= MOST_INSTRUCTIONS:
            raise NoRoute(
                "too-many-ways",
                f"`{self._class.id}` can go so many ways that its program has more than {MOST_INSTRUCTIONS:,} steps",
                "return papers to a named step (`to:`) or not at all after many chances, or take chances away",
            )
        self.code.append(Instruction(op, a, b, c, d, e, f, key))
        step = self._step
        self.info.append(StepInfo(step.id if step else "", step.verb if step else "", place))
        return len(self.code) - 1

    def _set(self, pc: int, **operands: int) -> None:
        self.code[pc] = self.code[pc]._replace(**operands)

    def _key(self, *names: str) -> int:
        return name_key(self._class.id, self._step.id if self._step else "", *names)

    @contextmanager
    def _in_step(self, step: Step) -> Iterator[None]:
        before, self._step = self._step, step
        yield
        self._step = before

    def _distribution(self, distribution: Distribution) -> int:
        return self.distributions.first((distribution,))

    # ---- work and channels

    def enter(self, structure: Structure, desks: dict[str, int]) -> None:
        """Go on with another structure, whose desks have these numbers; familiarity stays what it is."""
        self.structure = structure
        self.routes = Routes(structure)
        self.desks = desks
        self.travellers = {
            post: person.id
            for person in reversed(structure.persons.values())
            if person.journeys
            for post in person.posts
        }

    def _work(self, desk: str, work: Distribution) -> None:
        ministry = int(self.routes.headquarters(hq_of(desk)).ministry)
        self._emit(
            Op.WORK,
            self.desks[desk],
            self._distribution(work),
            ministry,
            key=self._key("work", desk),
            place=desk,
        )

    def _send(self, sender: str, receiver: str) -> None:
        """Pass the paper between headquarters; within one it is simply there."""
        one, other = hq_of(sender), hq_of(receiver)
        if one == other:
            return
        present = self._present(sender, receiver, MESSAGES)
        if not present:
            raise NoRoute(
                "no-channel",
                f"a paper goes from `{one}` to `{other}`, and no channel carries messages between them",
                f"open a channel between `{one}` and `{other}`",
            )
        if len({(workers(channel), further_delays(channel)) for channel, _ in present}) == 1:
            self._work_for(present[0][0])
            self._pass_on(one, other, present)
            return
        # What is to be done depends on the channel: wait until one is open, and see which it is.
        uses = [ChannelUse(channel.id, when) for channel, when in present]
        where = f"{one} {other}"
        self._emit(
            Op.SEND,
            self.channel_lists.first([self.channel_uses.number(use) for use in uses]),
            len(uses),
            self.distributions.first([NO_WORK] * len(uses)),
            0,
            -1,
            key=self._key("gate", one, other),
            place=where,
        )
        checks = [self._if_open(use, where) for use in uses[:-1]]
        ends: list[int] = []
        for number in (len(uses) - 1, *range(len(uses) - 1)):
            if number < len(checks):
                self._set(checks[number], b=len(self.code))
            chosen = present[number]
            self._work_for(chosen[0])
            # another one carries it if this one closes while it is worked on
            self._pass_on(one, other, [chosen, *(each for each in present if each is not chosen)])
            ends.append(self._emit(Op.JUMP, place=where))
        for end in ends:
            self._set(end, a=len(self.code))

    def _if_open(self, question: ChannelUse | InReach, place: str) -> int:
        """Ask whether a channel is open now, or somebody in reach; the target is set later."""
        check = self._emit(Op.IF_OPEN, self.reach.number(question), place=place)
        self.open_checks.append(check)
        return check

    def _work_for(self, channel: Channel) -> None:
        """Emit the work of those who translate or transfer what goes over a channel."""
        for desk, work in workers(channel):
            if desk in self.desks:
                self._work(desk, work)

    def _pass_on(self, one: str, other: str, present: Sequence[tuple[Channel, str]]) -> None:
        """Emit the way between headquarters over the first channel that is open."""
        uses = [ChannelUse(channel.id, when) for channel, when in present]
        delays = [channel.delay for channel, _ in present]
        converted = [conversion_delay(channel) for channel, _ in present]
        foreign = self.routes.foreign(one, other)
        self._emit(
            Op.SEND,
            self.channel_lists.first([self.channel_uses.number(use) for use in uses]),
            len(uses),
            self.distributions.first(delays),
            ONE_WAY | (BORDER if foreign else 0),
            self.distributions.first([delay or NO_WORK for delay in converted]) if any(converted) else -1,
            key=self._key("channel", one, other),
            place=f"{one} {other}",
        )
        for number, delay in enumerate(further_delays(present[0][0])):
            self._emit(
                Op.DELAY,
                self._distribution(delay),
                CHANNEL_CAUSE,
                key=self._key("conversion", one, other, str(number)),
                place=f"{one} {other}",
            )

    def _present(self, sender: str, receiver: str, kinds: frozenset[str]) -> list[tuple[Channel, str]]:
        """Return the channels between two desks, and when: a traveller is at home, on a stay, or on the way."""
        one, other = hq_of(sender), hq_of(receiver)
        travellers = [(desk, person) for desk in (sender, receiver) if (person := self._traveller(desk))]
        at_home = self.routes.channels(one, other, kinds)
        if not travellers:
            return [(channel, "") for channel in at_home]
        desk, person = travellers[0]
        result = [(channel, f"{person}|home") for channel in at_home]
        for journey in self.structure.persons[person].journeys:
            there = {hq_of(desk): journey.to}
            on_stay = self.routes.channels(one, other, kinds, there)
            result += [(channel, f"{person}|stay|{journey.to}") for channel in on_stay]
            result += [
                (self.structure.channels[name], f"{person}|way")
                for name in journey.channels
                if self.structure.channels[name].kind in kinds
            ]
        return result

    def _traveller(self, desk: str) -> str:
        """Return the person who holds the post and makes journeys, or ''."""
        return self.travellers.get(desk, "")


def desks_of(structure: Structure) -> list[str]:
    """Return the names of a structure's desks, as ``headquarters.desk``, in the order of their numbers."""
    return [f"{hq.id}.{function}" for hq in structure.headquarters.values() for function in hq.desks]


def hq_of(desk: str) -> str:
    """Return the headquarters of an ``hq.desk`` name (or of a headquarters' name itself)."""
    return desk.partition(".")[0]


def conversion_delay(channel: Channel) -> Distribution | None:
    """Return the delay of a channel's first conversion that only takes time."""
    return next((c.delay for c in channel.conversions if c.delay is not None and not c.by), None)


def further_delays(channel: Channel) -> tuple[Distribution, ...]:
    """Return the delays of a channel's conversions after the first that only take time."""
    return tuple(c.delay for c in channel.conversions if c.delay is not None and not c.by)[1:]


def workers(channel: Channel) -> tuple[tuple[str, Distribution], ...]:
    """Return the desks that work on what goes over a channel, and for how long."""
    return tuple((c.by, c.delay or NO_WORK) for c in channel.conversions if c.by)
