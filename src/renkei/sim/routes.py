"""Ways through a structure: chains of command, counterparts, holders of authority, channels.

Everything here looks things up in one structure and decides nothing about time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from renkei.model.doctrine import DecisionClass
from renkei.model.structure import Authority, Channel, Counterpart, Desk, Headquarters, Structure

COMMAND = ("COCOM", "OPCON")
"""Relations that carry orders, and authority upwards."""


class NoRoute(Exception):
    """Something that a process needs is not in the structure. ``rule`` is the diagnostic's name."""

    def __init__(self, rule: str, message: str, help_text: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.help = help_text


@dataclass(slots=True)
class Routes:
    """Look-ups in one structure; the tables are made once."""

    structure: Structure
    superior: dict[str, str] = field(init=False)
    """The headquarters that holds COCOM or OPCON over each, where one does."""
    administrative: dict[str, str] = field(init=False)
    """The headquarters that holds ADCON over each."""
    counterparts: dict[str, list[Counterpart]] = field(init=False)
    """The pairs that each headquarters is in."""
    authorities: dict[tuple[str, str], list[Authority]] = field(init=False)
    """Those for each class and nation."""
    pairs: dict[frozenset[str], str] = field(init=False)
    """The familiarity that is kept between two headquarters."""
    _channels: dict[tuple[str, str, frozenset[str]], list[Channel]] = field(init=False, default_factory=dict)
    """What ``channels`` found: a tenth of the time of ``renkei check`` otherwise."""

    def __post_init__(self) -> None:
        self.superior = {}
        self.administrative = {}
        self.counterparts = {}
        for pair in self.structure.counterparts.values():
            for hq in dict.fromkeys(pair.between):
                self.counterparts.setdefault(hq, []).append(pair)
        self.authorities = {}
        for authority in self.structure.authorities.values():
            self.authorities.setdefault((authority.decision_class, authority.nation), []).append(authority)
        self.pairs = {}
        for familiarity in self.structure.familiarity.values():
            self.pairs.setdefault(frozenset(familiarity.between), familiarity.id)
        for link in self.structure.relations:
            if link.relation in COMMAND:
                self.superior.setdefault(link.subordinate, link.superior)
            elif link.relation == "ADCON":
                self.administrative.setdefault(link.subordinate, link.superior)

    def headquarters(self, hq: str) -> Headquarters:
        """Return a headquarters that exists."""
        return self.structure.headquarters[hq]

    def nation(self, hq: str) -> str:
        """Return the (first) nation of a headquarters."""
        return self.headquarters(hq).nations[0]

    def foreign(self, one: str, other: str) -> bool:
        """Return whether two headquarters have no nation in common."""
        return not set(self.headquarters(one).nations) & set(self.headquarters(other).nations)

    def above(self, hq: str) -> str | None:
        """Return the next headquarters up: along OPCON or COCOM, else along ADCON."""
        return self.superior.get(hq) or self.administrative.get(hq)

    def chain(self, hq: str) -> list[str]:
        """Return a headquarters and all above it, nearest first."""
        result = [hq]
        while (up := self.above(result[-1])) is not None and up not in result:
            result.append(up)
        return result

    def commands(self, hq: str, other: str) -> bool:
        """Return whether ``hq`` is ``other`` or holds OPCON or COCOM over it, directly or through others."""
        seen = {other}
        at: str | None = other
        while at is not None:
            if at == hq:
                return True
            at = self.superior.get(at)
            if at in seen:
                return False
            if at is not None:
                seen.add(at)
        return False

    def depth(self, hq: str) -> int:
        """Return how many headquarters are above: the greater, the lower the echelon."""
        return len(self.chain(hq))

    def way_up(self, hq: str, to: str) -> list[str]:
        """Return the headquarters between ``hq`` and ``to`` on the chain of command, both left out."""
        chain = self.chain(hq)
        return chain[1 : chain.index(to)] if to in chain else []

    def way_down(self, hq: str, to: str) -> list[str]:
        """Return the headquarters below ``hq`` down to ``to`` inclusive; only ``to`` where ``hq`` is not above it."""
        chain = self.chain(to)
        return list(reversed(chain[: chain.index(hq)])) if hq in chain else [to]

    def common_superior(self, one: str, other: str) -> str | None:
        """Return the first headquarters above (or equal to) both, if there is one."""
        above = set(self.chain(other))
        return next((hq for hq in self.chain(one) if hq in above), None)

    def counterpart(self, hq: str, decision_class: str, across: str = "") -> str:
        """Return whom a headquarters works with for a class.

        The one that the paper came from (``across``) if it is one, else the first that is named for the class,
        else the first general one.
        """
        pairs = self.counterparts.get(hq, [])
        named = [pair for pair in pairs if decision_class in pair.classes]
        general = [pair for pair in pairs if not pair.classes]
        others = [pair.between[1] if pair.between[0] == hq else pair.between[0] for pair in [*named, *general]]
        if across in others:
            return across
        if others:
            return others[0]
        raise NoRoute(
            "no-counterpart",
            f"`{hq}` has no counterpart for `{decision_class}`",
            f"add a counterpart between `{hq}` and the headquarters that it works with",
        )

    def holders(self, decision_class: DecisionClass, nation: str, lineage: Sequence[str], here: str) -> list[Authority]:
        """Return who may decide, nearest first: on the chain of command from ``here``, else lowest echelon.

        Where the first holder has a limit, the next one above it follows, and so on up to one without a limit.
        ``lineage`` is the posture and those that it is like.
        """
        held = [
            authority
            for authority in self.authorities.get((decision_class.id, nation), ())
            if authority.posture in ("", *lineage)
        ]
        chain = self.chain(here)
        order = {id(authority): number for number, authority in enumerate(held)}

        def rank(authority: Authority) -> tuple[int, int, int]:
            hq = authority.holder.partition(".")[0]
            if hq in chain:
                return (0, chain.index(hq), order[id(authority)])
            return (1, -self.depth(hq), order[id(authority)])

        result: list[Authority] = []
        for authority in sorted(held, key=rank):
            result.append(authority)
            if authority.limit is None:
                break
        return result

    def components(self, hq: str, decision_class: DecisionClass) -> list[str]:
        """Return whose concurrence a decision of ``hq`` needs: who commands the executors that it does not command.

        For each executor of the same nation that ``hq`` holds no OPCON over: the headquarters that does, else
        the executor itself. This is where turf costs time (rules.md).
        """
        result: list[str] = []
        for executor in self.executors(decision_class):
            if self.foreign(hq, executor) or self.commands(hq, executor):
                continue
            owner = self.superior.get(executor, executor)
            if owner != hq and owner not in result:
                result.append(owner)
        return result

    def executors(self, decision_class: DecisionClass) -> list[str]:
        """Return the headquarters that must have the order; ``id?`` is left out where the structure has none."""
        return [
            name.removesuffix("?")
            for name in decision_class.executors
            if not name.endswith("?") or name.removesuffix("?") in self.structure.headquarters
        ]

    def desk(self, hq: str, function: str) -> str:
        """Return ``hq.function``; where the headquarters has no such desk, its ``ops``, else its first desk."""
        desks = self.headquarters(hq).desks
        if function in desks:
            return f"{hq}.{function}"
        if "ops" in desks:
            return f"{hq}.ops"
        if not desks:
            raise NoRoute("no-desk", f"`{hq}` has no desk to work at", f"give `{hq}` a desk `{function}`")
        return f"{hq}.{next(iter(desks))}"

    def desk_of(self, name: str) -> Desk:
        """Return the desk of an ``hq.desk`` name."""
        hq, _, function = name.partition(".")
        return self.headquarters(hq).desks[function]

    def liaison(self, here: str, other: str) -> str | None:
        """Return the desk at ``here`` that represents ``other``, if there is one."""
        for function, desk in self.headquarters(here).desks.items():
            if desk.represents == other:
                return f"{here}.{function}"
        return None

    def channels(self, one: str, other: str, kinds: frozenset[str], at: dict[str, str] | None = None) -> list[Channel]:
        """Return the channels between two headquarters, narrowest ends first, then listed order.

        ``at`` says where a headquarters' person is instead of at its own place.
        """
        if at is None:
            known = self._channels.get((one, other, kinds))
            if known is None:
                known = self._channels[one, other, kinds] = self._fitting(one, other, kinds, None)
            return known
        return self._fitting(one, other, kinds, at)

    def _fitting(self, one: str, other: str, kinds: frozenset[str], at: dict[str, str] | None) -> list[Channel]:
        fits = []
        for number, channel in enumerate(self.structure.channels.values()):
            if channel.kind not in kinds:
                continue
            first, second = channel.between
            widths = [
                self._width(end_one, one, at) + self._width(end_other, other, at)
                for end_one, end_other in ((first, second), (second, first))
            ]
            if min(widths) < 100:
                fits.append((min(widths), number, channel))
        return [channel for _, _, channel in sorted(fits, key=lambda fit: fit[:2])]

    def _width(self, end: str, hq: str, at: dict[str, str] | None) -> int:
        """Return how wide an end of a channel is that fits a headquarters: 0 the narrowest, 100 where it does not."""
        place = (at or {}).get(hq) or self.headquarters(hq).place
        if end == hq:
            return 0
        if end == f"place:{place}":
            return 1
        if end.startswith("nation:") and end.removeprefix("nation:") in self.headquarters(hq).nations:
            return 2
        return 3 if end == "any" else 100

    def pair(self, one: str, other: str) -> str | None:
        """Return the id of the familiarity between two headquarters, if it is kept."""
        return self.pairs.get(frozenset((one, other)))
