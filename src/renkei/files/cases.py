"""Reading a case: all its files into one valid model, or all their problems."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from renkei.diagnostics import InputError, Problem, in_order
from renkei.files import politics
from renkei.files.correlations import contradicting
from renkei.files.drafts import Draft, change, change_name, check_references, read_sections, report_unknown
from renkei.files.forms import ID, Fields, Missing, Reader, Record, Ref, check_id, quoted, remedy_for
from renkei.files.grammar import (
    ASSUMPTIONS,
    DISRUPTIONS,
    DOCTRINE,
    KINDS,
    SCENARIO,
    SECTIONS,
    STRUCTURE,
    STUDY,
    VERSION,
)
from renkei.files.yaml import Node, Source, compose
from renkei.model.doctrine import DecisionClass, Doctrine, Step
from renkei.model.objective import Objective
from renkei.model.quantity import Assumption, Assumptions, Text
from renkei.model.scenario import Case, Demand, Disruption, Milestone, Money, Scenario, StudyPlan
from renkei.model.stakeholders import Politics
from renkei.model.structure import Phase, Structure
from renkei.zones import zone

LARGEST: Final = 4_000_000
"""Bytes of a file. The largest of the packaged cases has 31,000."""
YEARS: Final = (1900, 2200)
LONGEST: Final = 100 * 31_557_600.0
"""Seconds of a scenario."""
COMMAND: Final = ("COCOM", "OPCON", "TACON")


@dataclass(slots=True)
class StructureFile:
    """A structure as authored: its head, its own sections, its changes and phases."""

    id: str
    root: Node
    head: Fields
    draft: Draft
    changes: tuple[Node, ...]
    phases: list[Fields]
    broken: bool


@dataclass(slots=True)
class ScenarioFile:
    """A scenario, with where it names things that structures must have."""

    id: str
    value: Scenario | None
    refs: list[Ref]
    classes: set[str]
    on: str


@dataclass(slots=True)
class Loader:
    """Reads the files of a case, one kind after the other, and gathers what is wrong with them."""

    reader: Reader = field(default_factory=Reader)
    fingerprints: dict[str, str] = field(default_factory=dict)
    assumptions: Assumptions = field(default_factory=Assumptions)
    doctrine: Doctrine | None = None
    doctrine_refs: dict[str, list[Ref]] = field(default_factory=dict)
    class_nodes: dict[str, Node] = field(default_factory=dict)
    structures: dict[str, StructureFile] = field(default_factory=dict)
    scenarios: dict[str, ScenarioFile] = field(default_factory=dict)
    resolved: dict[tuple[str, str], Draft] = field(default_factory=dict)
    resolving: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether there is an error so far."""
        return any(each.severity == "error" for each in self.reader.problems)

    # --- one file

    def open(self, path: Path, shown: str, kind: str) -> Node | None:
        """Return the tree of a file of a kind; None after an error."""
        problems = self.reader.problems
        try:
            data = path.read_bytes()
        except OSError as wrong:
            problems.append(
                Problem("unreadable-file", "error", f"{shown} cannot be read: {wrong.strerror or wrong}", shown)
            )
            return None
        self.fingerprints[shown] = hashlib.sha256(data).hexdigest()
        if len(data) > LARGEST:
            problems.append(
                Problem("too-large", "error", f"{shown} has {len(data):,} bytes; {LARGEST:,} are the most", shown)
            )
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            line = data.count(b"\n", 0, wrong.start) + 1
            problems.append(
                Problem(
                    "unreadable-file",
                    "error",
                    f"{shown} is not UTF-8 (line {line}, byte {wrong.start})",
                    shown,
                    help="save it as UTF-8",
                )
            )
            return None
        return self.parse(text, shown, kind)

    def parse(self, text: str, shown: str, kind: str) -> Node | None:
        """Return the tree of a text of a kind, whose first key is its format; None after an error."""
        source = Source(shown)
        root, problems = compose(text.replace("\r\n", "\n"), source)
        self.reader.problems += problems
        if root is None:
            if not problems:
                self.reader.problems.append(
                    Problem(
                        "empty-file",
                        "error",
                        f"{shown} is empty",
                        shown,
                        help=f"begin it with `renkei: {kind}/{VERSION}`",
                    )
                )
            return None
        if root.kind != "mapping":
            self.reader.expected(root, f"a mapping that begins with `renkei: {kind}/{VERSION}`")
            return None
        return root if self.check_format(root, kind) else None

    def check_format(self, root: Node, kind: str) -> bool:
        """See that a file begins with its format, and that it is the one expected here."""
        right = f"renkei: {kind}/{VERSION}"
        if "renkei" not in root.pairs:
            first = next(iter(root.pairs.values()))[0] if root.pairs else root
            self.reader.wrong(
                first,
                "missing-format",
                "this file does not say its format",
                "the format comes first",
                f"begin it with `{right}`",
            )
            return False
        key, value = root.pairs["renkei"]
        if next(iter(root.pairs)) != "renkei":
            self.reader.wrong(
                key,
                "missing-format",
                "the format comes first in a file",
                "other keys stand before it",
                "move it to the top",
            )
        named, slash, version = value.text.partition("/")
        if value.kind != "scalar" or named not in KINDS or not slash or not version.isdecimal():
            self.reader.wrong(
                value, "wrong-format", f"`{value.text}` is not a format of renkei", "not known here", f"write `{right}`"
            )
            return False
        if named != kind:
            self.reader.wrong(
                value,
                "wrong-format",
                f"this is the place of a {kind}, not of a {named}",
                f"`{kind}/{VERSION}` is expected here",
                f"move the file, or write `{right}`",
            )
            return False
        if int(version) < VERSION:
            self.reader.wrong(
                value,
                "old-format",
                f"format `{value.text}` is no longer read",
                f"the present version is {VERSION}",
                f"it was never published: write `{right}` and mend what is then reported",
            )
            return False
        if int(version) > VERSION:
            self.reader.wrong(
                value,
                "new-format",
                f"format `{value.text}` is newer than this renkei",
                f"this renkei reads version {VERSION}",
                "update renkei",
            )
            return False
        return True

    def fields(self, record: Record, root: Node, *, skip: Iterable[str] = ()) -> Fields | None:
        """Return the fields of a whole file."""
        start = root.pairs["renkei"][0]
        read = record.read_fields("", start, root, self.reader, skip=frozenset({"renkei", *skip}))
        return None if isinstance(read, Missing) else read

    # --- assumptions

    def read_assumptions(self, root: Node | None) -> None:
        """Read every number, and what it rests on."""
        if root is None:
            return
        reader = self.reader
        known: dict[str, Assumption | None] = {}
        sources: dict[str, str] = {}
        record = ASSUMPTIONS
        head = self.fields(record, root, skip=("assumptions", "sources"))
        del head
        if "sources" in root.pairs:
            read = record.keys["sources"].form.read(root.pairs["sources"][1], reader)
            sources = {} if isinstance(read, Missing) else read
            reader.sources = frozenset(root.pairs["sources"][1].pairs)
        else:
            reader.sources = frozenset()
        names: dict[str, Node] = {}
        correlated: list[Ref] = []
        if "assumptions" in root.pairs:
            node = root.pairs["assumptions"][1]
            if node.kind != "mapping":
                reader.expected(node, "a mapping of names to assumptions")
            form: Any = record.keys["assumptions"].form
            for name, (key, value) in node.pairs.items():
                known[name] = None
                if not check_id(key, reader):
                    continue
                if name[0].isdigit():
                    reader.wrong(
                        key,
                        "bad-id",
                        f"`{name}` is not the name of an assumption",
                        "it would read as a number with a unit",
                        "begin it with a letter",
                    )
                    continue
                names[name] = key
                read = form.item.read_as(name, key, value, reader)
                if not isinstance(read, Missing):
                    known[name] = read
            correlated = [ref for ref in reader.refs if ref.kind == "assumption"]
        reader.refs.clear()
        for ref in correlated:
            if ref.name not in known:
                reader.unknown(ref.node, "assumption", ref.name, known)
        reader.assumptions = known
        self.assumption_nodes = names
        self.assumptions = Assumptions({name: each for name, each in known.items() if each is not None}, sources)
        if group := contradicting(self.assumptions.assumptions):
            first = next(name for name in names if name in group)
            reader.wrong(
                names[first],
                "contradicting-correlations",
                f"the correlations among {quoted(group)} cannot all hold"
                if len(group) > 1
                else f"{quoted(group)} is correlated with itself",
                "what two of them say excludes the third" if len(group) > 1 else "that says nothing",
                "bring one of them nearer to 0" if len(group) > 1 else "take it away",
            )

    assumption_nodes: dict[str, Node] = field(default_factory=dict)

    def warn_of_unused(self) -> None:
        """Warn of numbers that nothing names."""
        for name, key in self.assumption_nodes.items():
            if name not in self.reader.used:
                self.reader.problems.append(
                    key.problem(
                        "unused-assumption",
                        f"nothing names assumption `{name}`",
                        "it has no effect",
                        "use it, or take it away",
                        warning=True,
                    )
                )

    # --- doctrine

    def read_doctrine(self, root: Node | None) -> None:
        """Read the classes of decision, and note what their steps name."""
        if root is None:
            return
        reader = self.reader
        postures = root.pairs.get("postures")
        reader.postures = frozenset(postures[1].pairs) if postures else frozenset({"steady", "crisis"})
        head = self.fields(DOCTRINE, root, skip=("classes",))
        classes: dict[str, DecisionClass] = {}
        reader.classes = frozenset()
        if "classes" in root.pairs:
            node = root.pairs["classes"][1]
            if node.kind != "mapping":
                reader.expected(node, "a mapping of ids to classes of decision")
            reader.classes = frozenset(node.pairs)
            form: Any = DOCTRINE.keys["classes"].form
            for name, (key, value) in node.pairs.items():
                self.class_nodes[name] = key
                if not check_id(key, reader):
                    continue
                count = len(reader.refs)
                read = form.item.read_as(name, key, value, reader)
                self.doctrine_refs[name] = reader.refs[count:]
                if not isinstance(read, Missing):
                    classes[name] = read
        reader.refs.clear()
        if head is not None:
            stated = head.pop("postures", None)
            if stated is not None:
                head["postures"] = tuple((name, time) for name, time, _ in stated)
                head["like"] = {name: like for name, _, like in stated if like}
            self.doctrine = Doctrine(classes=classes, **head)

    # --- structures

    def read_structure(self, id: str, root: Node) -> None:
        """Read one structure's file, as far as it stands by itself."""
        reader = self.reader
        count = len(reader.problems)
        head = self.fields(STRUCTURE, root, skip=SECTIONS)
        if "extends" in root.pairs:
            for section in SECTIONS:
                if section in root.pairs:
                    reader.wrong(
                        root.pairs[section][0],
                        "extends-and-defines",
                        f"a structure that extends another has no `{section}` of its own",
                        f"it extends `{root.pairs['extends'][1].text}`",
                        "say it with `changes`",
                    )
        draft = read_sections(root, reader)
        reader.refs.clear()
        broken = any(each.severity == "error" for each in reader.problems[count:])
        if head is None:
            # What its head would say is not known, so nothing else of it is reported.
            self.failed_structures.append(id)
        fields = head or {"name": Text(id)}
        phases = list(fields.get("phases", ()))
        dates = [phase["date"] for phase in phases]
        if dates != sorted(dates):
            late = next(number for number in range(1, len(dates)) if dates[number] < dates[number - 1])
            place = root.pairs["phases"][1].items[late].pairs["date"][1]
            reader.wrong(
                place, "wrong-order", "phases stand in the order of their dates", "this one is earlier", "move it up"
            )
            broken = True
        self.structures[id] = StructureFile(
            id, root, fields, draft, fields.get("changes", ()), phases, broken or head is None
        )

    def resolve(self, id: str, on: str = "") -> Draft | None:
        """Return the draft of a structure with its bases, changes, and phases up to a date; None after an error."""
        if (id, on) in self.resolved:
            return self.resolved[(id, on)]
        stated = self.structures[id]
        base = stated.head.get("extends", "")
        draft: Draft | None = stated.draft
        if base:
            place = stated.root.pairs["extends"][1]
            if base in self.failed_structures or (base in self.structures and self.structures[base].broken):
                return None  # what is wrong with it is said there; what follows from that would mislead
            if base not in self.structures:
                self.reader.unknown(place, "structure", base, self.structures)
                return None
            if id in self.circle:
                return None
            if base in self.resolving or base == id:
                self.circle |= {id, *self.resolving}
                self.reader.wrong(
                    place,
                    "extends-loop",
                    f"`{id}` extends itself" + (f" by way of {quoted(self.resolving)}" if self.resolving else ""),
                    "the circle closes here",
                    "extend another structure",
                )
                return None
            self.resolving.append(id)
            draft = self.resolve(base, on)
            self.resolving.pop()
        if draft is None:
            return None
        reader = self.reader
        count = len(reader.problems)
        draft = self._with_plan(draft, stated)
        if stated.changes:
            draft = change(draft, stated.changes, reader, warnings=not on)
        for number, phase in enumerate(stated.phases):
            if on and phase["date"] > on and (self.strict or not base):
                continue
            if phase.get("becomes"):
                after = self._become(draft, stated, number, on)
                if after is None:
                    return None
                draft = after
            else:
                draft = change(draft, phase["changes"], reader, warnings=not on, since=phase["date"])
        check_references(draft, reader)
        self.check_structure(draft)
        reader.refs.clear()
        if on:
            self._only_new(count, on)
        if any(each.severity == "error" for each in reader.problems[count:]) and id not in self.failed_structures:
            self.failed_structures.append(id)
        self.resolved[(id, on)] = draft
        return draft

    strict: bool = False
    """A date cuts all phases, as `--on` asks. Else (a scenario's `on`) only those of the structure that extends
    nothing: a proposal in a scenario of the past is that proposal whole, put on the arrangement of the day."""

    def _become(self, draft: Draft, stated: StructureFile, number: int, on: str) -> Draft | None:
        """Return the draft of the structure that a phase names, with what was spent once before it. A cost that both
        have, of one name and change, is the same cost, and goes on.
        """
        phase = stated.phases[number]
        name = phase["becomes"]
        node = stated.root.pairs["phases"][1].items[number].pairs["becomes"][1]
        if name not in self.structures:
            self.reader.unknown(node, "structure", name, self.structures)
            return None
        if name == stated.id or name in self.resolving:
            self.reader.wrong(
                node,
                "extends-loop",
                f"`{stated.id}` becomes itself",
                "the circle closes here",
                "name another structure",
            )
            return None
        self.resolving.append(stated.id)
        other = self.resolve(name, on)
        self.resolving.pop()
        if other is None:
            return None
        after = other.copy()
        before = {(cost.name, cost.change): cost.since for cost in draft.costs}
        new = {(cost.name, cost.change) for cost in other.costs}
        after.costs = (
            *(replace(cost, yearly=None) for cost in draft.costs if cost.once and (cost.name, cost.change) not in new),
            *(
                cost if cost.since else replace(cost, since=before.get((cost.name, cost.change), str(phase["date"])))
                for cost in other.costs
            ),
        )
        known = {(each.change, each.since) for each in draft.planned}
        after.planned = (
            *draft.planned,
            *(replace(each, since=phase["date"]) for each in other.planned if (each.change, each.since) not in known),
        )
        after.phases = draft.phases
        return after

    def _with_plan(self, draft: Draft, stated: StructureFile) -> Draft:
        """Return a draft with the costs and phases that a structure's file adds to those of its base."""
        draft = draft.copy()
        head = stated.head
        draft.costs = (*draft.costs, *head.get("costs", ()))
        draft.planned = (*draft.planned, *head.get("planned", ()))
        own = [
            Phase(
                phase["name"],
                phase["date"],
                (f"become {phase['becomes']}",)
                if phase.get("becomes")
                else tuple(change_name(each) for each in phase["changes"] if each.kind == "mapping" and each.pairs),
                stated.id,
                phase.get("source", ""),
            )
            for phase in stated.phases
        ]
        draft.phases = tuple(sorted((*draft.phases, *head.get("history", ()), *own), key=lambda each: each.date))
        return draft

    failed_structures: list[str] = field(default_factory=list)
    circle: set[str] = field(default_factory=set)
    """Structures that extend themselves; said once."""

    def _only_new(self, count: int, on: str) -> None:
        """Keep of the problems as of a date only errors that are not there without the date, and say so."""
        problems = self.reader.problems
        before = {(each.rule, each.file, each.line, each.column) for each in problems[:count]}
        fresh = [
            replace(each, message=f"{each.message} (as of {on}, which a scenario asks for)")
            for each in problems[count:]
            if each.severity == "error" and (each.rule, each.file, each.line, each.column) not in before
        ]
        problems[count:] = fresh

    def check_structure(self, draft: Draft) -> None:
        """Report what is wrong with a structure as a whole."""
        self._check_command(draft)
        self._check_posts(draft)
        self._check_limits(draft)

    def _check_command(self, draft: Draft) -> None:
        relations = [entry for entry in draft.sections["relation"].values() if entry.fields["relate"] in COMMAND]
        hqs = draft.sections["headquarters"]
        below: dict[str, list[tuple[str, Any]]] = {}
        for entry in relations:
            superior, subordinate = entry.fields["from"], entry.fields["to"]
            if entry.fields["relate"] != "TACON":
                below.setdefault(superior, []).append((subordinate, entry))
            both = [hqs.get(superior), hqs.get(subordinate)]
            if any(each is None or each.broken for each in both):
                continue
            one, other = (each.fields["nations"][0] for each in both if each is not None)
            if one != other:
                self.reader.problems.append(
                    self._place(entry).problem(
                        "command-across-nations",
                        f"{entry.fields['relate']} crosses a border: "
                        f"from `{superior}` ({one}) to `{subordinate}` ({other})",
                        "one nation's headquarters commands another's",
                        "if it is meant, leave it",
                        warning=True,
                    )
                )
        done: set[str] = set()
        for start in list(below):
            self._walk(start, below, done)

    @staticmethod
    def _place(entry: Any) -> Node:
        node: Node = entry.node
        if node.kind == "mapping" and node.pairs:
            return next(iter(node.pairs.values()))[1]
        return node

    def _walk(self, start: str, below: dict[str, list[tuple[str, Any]]], done: set[str]) -> None:
        """Follow command down from a headquarters, and report where it comes back."""
        if start in done:
            return
        way = {start: iter(below.get(start, ()))}
        while way:
            at, links = next(reversed(way.items()))
            subordinate, entry = next(links, ("", None))
            if entry is None:
                del way[at]
                done.add(at)
            elif subordinate in way:
                names = list(way)
                circle = [*names[names.index(subordinate) :], subordinate]
                self.reader.wrong(
                    self._place(entry),
                    "command-loop",
                    f"command goes in a circle: {' > '.join(f'`{each}`' for each in circle)}",
                    "the circle closes here",
                    "take one of these relations away",
                )
            elif subordinate not in done:
                way[subordinate] = iter(below.get(subordinate, ()))

    def _check_posts(self, draft: Draft) -> None:
        holders: dict[str, str] = {}
        for name, entry in draft.sections["person"].items():
            for ref in entry.refs.get("posts", ()):
                if holders.setdefault(ref.name, name) != name:
                    self.reader.wrong(
                        ref.node,
                        "post-held-twice",
                        f"post `{ref.name}` is held by `{holders[ref.name]}` and by `{name}`",
                        "one person holds a post",
                        "take it from one of them",
                    )

    def _check_limits(self, draft: Draft) -> None:
        if self.doctrine is None:
            return
        for entry in draft.sections["authority"].values():
            limit = entry.fields.get("limit")
            decided = self.doctrine.classes.get(entry.fields.get("class", ""))
            if limit is None or decided is None or limit.attribute in decided.attributes:
                continue
            self.reader.wrong(
                entry.node,
                "unknown-attribute",
                f"authority `{entry.id}` limits `{limit.attribute}`, which class `{decided.id}` does not have",
                "its limit compares nothing",
                f"use one of {quoted(decided.attributes)}"
                if decided.attributes
                else f"add `attributes: {{{limit.attribute}: ...}}` to the class",
            )

    # --- scenarios

    def read_scenario(self, id: str, root: Node) -> None:
        """Read one scenario."""
        reader = self.reader
        reader.refs.clear()
        fields = self.fields(SCENARIO, root)
        refs = list(reader.refs)
        reader.refs.clear()
        node = root.pairs.get("demands")
        classes = {
            each[1].pairs["class"][1].text
            for each in (node[1].pairs.values() if node is not None else ())
            if "class" in each[1].pairs
        }
        value = self._scenario(id, root, fields) if fields is not None else None
        self.scenarios[id] = ScenarioFile(id, value, refs, classes, fields.get("on", "") if fields else "")

    def _scenario(self, id: str, root: Node, fields: Fields) -> Scenario | None:
        from renkei.zones import zone as zone_of

        zone = zone_of(fields["zone"])
        for word, wrong, bounds, instead in (
            (
                "start",
                not YEARS[0] <= fields["start"].year <= YEARS[1],
                f"in the years {YEARS[0]} to {YEARS[1]}",
                "a moment in these",
            ),
            ("length", fields["length"] > LONGEST, "100 yr or less", "less"),
        ):
            if wrong:
                place = root.pairs[word][1]
                self.reader.wrong(
                    place,
                    "out-of-range",
                    f"`{place.text}` is out of range",
                    f"it must be {bounds}",
                    f"write {instead}",
                )
                return None
        start = fields["start"].replace(tzinfo=zone).astimezone(UTC)
        length = fields["length"]
        counted = length - fields.get("warm_up", 0.0) - fields.get("cool_down", 0.0)
        if counted <= 0:
            word = "warm_up" if fields.get("warm_up", 0.0) >= length else "cool_down"
            place = root.pairs[word if word in root.pairs else "warm_up"][1]
            self.reader.wrong(
                place,
                "nothing-counts",
                "warm-up and cool-down take the whole scenario",
                f"`length` is {root.pairs['length'][1].text}",
                "make the scenario longer, or these shorter",
            )
            return None
        demands: dict[str, Demand] = {}
        for name, demand in fields["demands"].items():
            demands[name] = self._moments(demand, root, start, zone, length) if demand.moments_s else demand
        headline = fields["headline"]
        classes = {demand.decision_class for demand in demands.values() if demand.counted}
        if len(demands) == len(root.pairs["demands"][1].pairs) and headline not in classes:
            self.reader.wrong(
                root.pairs["headline"][1],
                "headline-not-raised",
                f"the headline `{headline}` is never raised",
                "no counted demand has this class",
                f"use one of {quoted(sorted(classes))}" if classes else "add a demand of this class",
            )
        postures = self.doctrine.postures if self.doctrine is not None else ()
        demands = self._with_capabilities(demands, root, fields, start, zone)
        return Scenario(
            id=id,
            name=fields["name"],
            start=start,
            zone=fields["zone"],
            length_s=length,
            headline=headline,
            about=fields.get("about", Text("")),
            warm_up_s=fields.get("warm_up", 0.0),
            cool_down_s=fields.get("cool_down", 0.0),
            posture=fields.get("posture") or (postures[0][0] if postures else "steady"),
            shift_changes=tuple(fields.get("shift_changes", (480, 1200))),
            demands=demands,
            disruptions=tuple(_named(fields.get("disruptions", ()))),
            on=fields.get("on", ""),
            milestones=self._milestones(root, fields, start, zone),
            recorded_under=fields.get("recorded_under", ""),
            capabilities=fields.get("capabilities", {}),
        )

    def _with_capabilities(
        self, demands: dict[str, Demand], root: Node, fields: Fields, start: datetime, zone: Any
    ) -> dict[str, Demand]:
        """Leave out demands of a capability that comes only after the scenario's start; report unknown ones."""
        known = fields.get("capabilities", {})
        begins = start.astimezone(zone).date().isoformat()
        kept = {}
        for name, demand in demands.items():
            if demand.capability and demand.capability not in known:
                place = root.pairs["demands"][1].pairs[name][1].pairs["capability"][1]
                self.reader.unknown(
                    place, "capability", demand.capability, known, "the scenario has no such capability"
                )
            elif not demand.capability or known[demand.capability].since <= begins:
                kept[name] = demand
        return kept

    def _milestones(self, root: Node, fields: Fields, start: datetime, zone: Any) -> dict[str, Milestone]:
        """Return milestones in seconds from the start; report those that name a demand or mark that is not there."""
        found: dict[str, Milestone] = {}
        nodes = root.pairs["milestones"][1].pairs if "milestones" in root.pairs else {}
        for name, stated in fields.get("milestones", {}).items():
            node = nodes[name][1]
            moments = stated["between"] if "between" in stated else (stated["at"], stated["at"])
            low, high = (
                (each.replace(tzinfo=zone).astimezone(UTC) - start).total_seconds()
                if isinstance(each, datetime)
                else float(each)
                for each in moments
            )
            if low > high:
                self.reader.wrong(
                    node.pairs["between"][1].items[1],
                    "wrong-order",
                    "the two moments are not in order",
                    "this one is earlier",
                    "put the earlier one first",
                )
                continue
            demand, mark = stated.get("demand", ""), stated.get("mark", "ordered")
            if demand and not self._marked(demand, mark, fields, node):
                continue
            found[name] = Milestone(
                id=name,
                name=stated["name"],
                low_s=low,
                high_s=high,
                demand=demand,
                mark=mark,
                basis=stated.get("basis", "predicted") if demand else "listed",
                because=stated.get("because", Text("")),
                source=stated.get("source", ""),
            )
        return found

    def _marked(self, demand: str, mark: str, fields: Fields, node: Node) -> bool:
        """See that a milestone's demand is there, and that its class passes the mark."""
        demands = fields["demands"]
        if demand not in demands:
            place = node.pairs["demand"][1]
            self.reader.unknown(place, "demand", demand, demands, "the scenario has no demand of this name")
            return False
        decided = self.doctrine.classes.get(demands[demand].decision_class) if self.doctrine is not None else None
        if decided is None or mark == "ordered":
            return True
        marks = _marks_of(decided.process)
        if mark not in marks:
            self.reader.wrong(
                node.pairs["mark"][1],
                "unknown-mark",
                f"class `{decided.id}` has no mark `{mark}`",
                "its process passes no such mark",
                f"use one of {quoted([*sorted(marks), 'ordered'])}",
            )
            return False
        return True

    def _moments(self, demand: Demand, root: Node, start: datetime, zone: Any, length: float) -> Demand:
        nodes = root.pairs["demands"][1].pairs[demand.id][1].pairs["moments"][1].items
        seconds = []
        moments: tuple[Any, ...] = demand.moments_s
        for moment, node in zip(moments, nodes, strict=True):
            if isinstance(moment, datetime):
                moment = (moment.replace(tzinfo=zone).astimezone(UTC) - start).total_seconds()
            if not 0 <= moment <= length:
                self.reader.problems.append(
                    node.problem(
                        "outside-scenario",
                        f"`{node.text}` is outside of the scenario",
                        "it is never raised",
                        "move it, or make the scenario longer",
                        warning=True,
                    )
                )
            seconds.append(float(moment))
        return replace(demand, moments_s=tuple(sorted(seconds)))

    # --- study

    def read_study(self, root: Node | None) -> StudyPlan | None:
        """Read what is to be run."""
        if root is None:
            return None
        self.study_root = root
        reader = self.reader
        reader.refs.clear()
        fields = self.fields(STUDY, root)
        refs = list(reader.refs)
        reader.refs.clear()
        for ref in refs:
            if ref.kind in ("headquarters", "place"):
                self.study_refs.append(ref)
                continue
            known: Iterable[str] = self.structures if ref.kind == "structure" else self.scenarios
            if ref.name not in known:
                folder = "structures" if ref.kind == "structure" else "scenarios"
                reader.unknown(ref.node, ref.kind, ref.name, known, f"there is no {folder}/{ref.name}.yaml")
        if fields is None:
            return None
        base = fields["base"]
        others = [name for name in sorted(self.structures) if name != base]
        structures = fields.get("structures") or (base, *others)
        if base not in structures:
            reader.wrong(
                root.pairs["base"][1],
                "base-not-studied",
                f"the base `{base}` is not among the structures of the study",
                "the others are compared with it",
                f"add `{base}` to `structures`",
            )
        return StudyPlan(
            name=fields["name"],
            question=fields.get("question", Text("")),
            base=base,
            structures=structures,
            scenarios=fields.get("scenarios") or tuple(sorted(self.scenarios)),
            futures=fields.get("futures", 100),
            replications=fields.get("replications", 2),
            seed=fields.get("seed", 1),
            events_per_run=fields.get("events_per_run", 120_000),
            money=fields.get("money", Money()),
            readiness=fields.get("readiness"),
            stated_futures="futures" in fields,
            objective=self._objective(fields, root),
            politics=self._politics(fields, root),
        )

    def _politics(self, fields: Fields, root: Node) -> Politics:
        """Return who has a say; report where more votes are needed than there are."""
        found = Politics(
            fields.get("stakeholders", {}),
            fields.get("limits", ()),
            fields.get("offers", {}),
            float(fields.get("votes_needed", 0)),
            fields.get("budget"),
        )
        votes = sum(each.votes for each in found.stakeholders.values())
        if found.votes_needed > votes:
            self.reader.wrong(
                root.pairs["votes_needed"][1],
                "out-of-range",
                f"`{found.votes_needed:g}` votes are needed, and all stakeholders together have {votes:g}",
                "nothing could ever come about",
                "write fewer, or give stakeholders `votes`",
            )
        return found

    def _objective(self, fields: Fields, root: Node) -> Objective:
        """Return what is chosen by; report a scenario that there is not, and weights that leave none."""
        objective: Objective = fields.get("objective") or Objective()
        for name in objective.scenarios:
            if name not in self.scenarios:
                key = root.pairs["objective"][1].pairs["scenarios"][1].pairs[name][0]
                label = f"there is no scenarios/{name}.yaml"
                self.reader.unknown(key, "scenario", name, self.scenarios, label)
        weights = [aim.weight for aim in objective.scenarios.values() if aim.weight is not None]
        if weights and not any(weights):
            self.reader.wrong(
                root.pairs["objective"][1].pairs["scenarios"][0],
                "out-of-range",
                "the weights of the scenarios add up to 0",
                "no scenario counts in the overall verdict",
                "give one a weight above 0, or take all weights away: then there is no overall verdict",
            )
        return objective

    study_root: Node | None = None
    study_refs: list[Ref] = field(default_factory=list)
    """Headquarters that study.yaml names."""

    # --- all together

    def check_together(self, plan: StudyPlan) -> None:
        """Report what scenarios and doctrine name and the studied structures do not have."""
        scenarios = [self.scenarios[name] for name in plan.scenarios if name in self.scenarios]
        names = [name for name in plan.structures if name in self.structures]
        for scenario in scenarios:
            self._check_targets(scenario, names)
            for ref in scenario.refs:
                if ref.kind == "structure" and ref.name not in self.structures:
                    label = f"there is no structures/{ref.name}.yaml"
                    self.reader.unknown(ref.node, "structure", ref.name, self.structures, label)
        functions: set[str] = set()
        drafts: dict[tuple[str, str], Draft] = {}
        for scenario in scenarios:
            for name in names:
                draft = self.resolve(name, scenario.on)
                if draft is None or name in self.failed_structures:
                    continue
                drafts[(name, scenario.on)] = draft
                functions |= {each.partition(".")[2] for each in draft.sections["desk"]}
                for ref in scenario.refs:
                    if ref.kind == "desk" and ref.name not in draft.sections["desk"]:
                        self._unknown_there(ref, "desk", name, draft)
                    if ref.kind == "headquarters actor" and ref.name not in draft.sections["headquarters"]:
                        self._unknown_there(ref, "headquarters", name, draft)
                for decided in sorted(scenario.classes):
                    self._check_class(decided, name, draft)
        if not drafts:
            return
        self._check_currencies(plan, drafts)
        for ref in self.study_refs:
            there = {name for draft in drafts.values() for name in draft.sections[ref.kind]}
            if ref.name not in there:
                self.reader.unknown(ref.node, ref.kind, ref.name, there)
        for refs in self.doctrine_refs.values():
            for ref in refs:
                if ref.kind == "function" and ref.name not in functions:
                    self.reader.wrong(
                        ref.node,
                        "unknown-desk",
                        f"no headquarters has a desk `{ref.name}`",
                        "in none of the structures",
                        remedy_for(ref.name, functions, "desk"),
                    )

    def _check_currencies(self, plan: StudyPlan, drafts: Mapping[tuple[str, str], Draft]) -> None:
        """Report costs in a currency that the study gives no rate for."""
        known = {plan.money.currency, *(name for name, _ in plan.money.rates), ""}
        said = set()
        for (name, _), draft in drafts.items():
            for cost in draft.costs:
                if cost.currency in known or cost.currency in said or self.study_root is None:
                    continue
                said.add(cost.currency)
                pairs = self.study_root.pairs
                self.reader.wrong(
                    pairs.get("money", pairs["renkei"])[0],
                    "unknown-currency",
                    f"structure `{name}` has a cost in {cost.currency}, and the study gives no rate for it",
                    f"costs are shown in {plan.money.currency}",
                    f"add `money: {{rates: {{{cost.currency}: ...}}}}`: how many {cost.currency} one "
                    f"{plan.money.currency} buys",
                )
        for amount in politics.amounts(self.study_root) if self.study_root is not None else ():
            currency = politics.currency_of(amount, self.reader)
            if currency not in ("", plan.money.currency):
                self.reader.wrong(
                    amount,
                    "unknown-currency",
                    f"this is in {currency}, and the study is in {plan.money.currency}",
                    "held against costs, which are shown in that",
                    f"write it in {plan.money.currency}",
                )

    def _check_class(self, decided: str, name: str, draft: Draft) -> None:
        for ref in self.doctrine_refs.get(decided, ()):
            kind, _, absent = ref.kind.partition(" actor")
            if absent or kind not in ("desk", "headquarters"):
                if (
                    absent.strip() == "absent"
                    and kind == "desk"
                    and ref.name.partition(".")[0] in draft.sections["headquarters"]
                ):
                    if ref.name not in draft.sections["desk"]:
                        self._unknown_there(ref, "desk", name, draft)
                    continue
                if absent.strip() == "absent" or not ref.kind.endswith(" actor"):
                    continue
            if ref.name not in draft.sections[kind]:
                self._unknown_there(ref, kind, name, draft)
        self._check_held(decided, name, draft)

    def _unknown_there(self, ref: Ref, kind: str, name: str, draft: Draft) -> None:
        """Report a name that one structure lacks; once for all structures that lack it."""
        if (place := (ref.node.source.path, ref.node.line, ref.node.column)) in self._said:
            return
        self._said.add(place)
        count = len(self.reader.problems)
        report_unknown(Ref(kind, ref.name, ref.node), kind, None, draft.sections, self.reader)
        for number in range(count, len(self.reader.problems)):
            each = self.reader.problems[number]
            self.reader.problems[number] = replace(each, message=f"{each.message} in structure `{name}`")

    _said: set[tuple[str, int, int]] = field(default_factory=set)

    def _check_held(self, decided: str, name: str, draft: Draft) -> None:
        """Report a class that nobody in a structure may decide."""
        if self.doctrine is None or decided not in self.doctrine.classes:
            return
        found = self.doctrine.classes[decided]
        if found.unheld == "fails" or any(each.broken for each in draft.sections["authority"].values()):
            return
        held = {
            entry.fields["nation"] for entry in draft.sections["authority"].values() if entry.fields["class"] == decided
        }
        wanted = _authorities_asked(found.process)
        if not wanted:
            return
        lacking = sorted(nation for nation in wanted if nation and nation not in held)
        if not lacking and held:
            return
        stated = self.structures[name]
        place = stated.root.pairs.get("authorities", stated.root.pairs["renkei"])[0]
        nation = f" for {lacking[0]}" if lacking else ""
        self.reader.wrong(
            place,
            "unheld-authority",
            f"nobody in structure `{name}` may decide `{decided}`{nation}",
            "no authority is of this class" + (f" and nation `{lacking[0]}`" if lacking and held else ""),
            f"grant it to a desk, or say `unheld: fails` in class `{decided}`",
        )

    def _check_targets(self, scenario: ScenarioFile, names: list[str]) -> None:
        """Report disruptions of what no studied structure has."""
        drafts = [draft for name in names if (draft := self.resolve(name, scenario.on)) is not None]
        if len(drafts) < len(names) or any(draft.broken for draft in drafts):
            return
        for ref in scenario.refs:
            kinds = {"target": ("channel", "place", "headquarters", "desk"), "familiarity": ("familiarity",)}.get(
                ref.kind
            )
            if kinds is None or any(ref.name in draft.sections[kind] for draft in drafts for kind in kinds):
                continue
            known = [each for draft in drafts for kind in kinds for each in draft.sections[kind]]
            what = "familiarity" if ref.kind == "familiarity" else "channel"
            self.reader.wrong(
                ref.node,
                "unknown-target",
                f"`{ref.name}` is in none of the structures",
                "no pair has this id"
                if what == "familiarity"
                else "no channel, place, headquarters or desk has this id",
                remedy_for(ref.name, known, what).partition(", or add")[0],
            )

    def model(self, id: str, on: str = "") -> Structure:
        """Return a resolved structure of the model."""
        stated = self.structures[id]
        draft = self.resolve(id, on)
        assert draft is not None
        return draft.structure(stated.head, id, stated.head.get("extends", "") or stated.head.get("extended", ""))


def _named(disruptions: Iterable[Disruption]) -> Iterable[Disruption]:
    """Give disruptions their ids: kind and target, with a number from the second on."""
    from dataclasses import replace

    counts: dict[str, int] = {}
    for each in disruptions:
        name = "-".join(part for part in (each.kind, each.target.replace(".", "-")) if part)
        counts[name] = counts.get(name, 0) + 1
        yield replace(each, id=name if counts[name] == 1 else f"{name}-{counts[name]}")


def _marks_of(steps: tuple[Step, ...]) -> set[str]:
    """Return the marks that a process may pass."""
    marks = {step.mark for step in steps if step.verb == "mark"}
    for step in steps:
        marks |= _marks_of(step.then) | _marks_of(step.otherwise_steps)
        for branch in step.branches:
            marks |= _marks_of(branch.steps)
    return marks


def _authorities_asked(steps: tuple[Step, ...]) -> set[str]:
    """Return the nations whose authority a process asks for; the empty one where the place decides."""
    asked: set[str] = set()
    for step in steps:
        if "authority" in step.actors:
            asked.add(step.nation)
        asked |= _authorities_asked(step.then) | _authorities_asked(step.otherwise_steps)
        for branch in step.branches:
            asked |= _authorities_asked(branch.steps)
    return asked


# --- a folder


def _read(folder: Path, loader: Loader | None = None) -> tuple[Case | None, list[Problem]]:
    """Return a case, None where there are errors, and all problems."""
    loader = loader or Loader()
    problems = loader.reader.problems
    for name in ("study", "doctrine", "assumptions"):
        if reason := _not_a_file(folder / f"{name}.yaml"):
            problems.append(Problem("unreadable-file", "error", f"{name}.yaml is {reason}", f"{name}.yaml"))
        elif name != "assumptions" and not (folder / f"{name}.yaml").is_file():
            problems.append(
                Problem(
                    "missing-file",
                    "error",
                    f"there is no {name}.yaml in {folder.name or folder}",
                    f"{name}.yaml",
                    help="`renkei new NAME` writes a small case that runs",
                )
            )
    if problems:
        return None, in_order(problems)

    def tree(name: str) -> Node | None:
        path = folder / f"{name}.yaml"
        return loader.open(path, path.name, name) if path.is_file() else None

    if (folder / "assumptions.yaml").is_file():
        loader.read_assumptions(tree("assumptions"))
    else:
        loader.reader.assumptions, loader.reader.sources = {}, frozenset()
    loader.read_doctrine(tree("doctrine"))
    study = tree("study")
    for path in _files(folder, "structures", problems):
        root = loader.open(path, f"structures/{path.name}", "structure")
        if root is not None and _stem_is_id(path, root, loader.reader):
            loader.read_structure(path.stem, root)
        else:
            loader.failed_structures.append(path.stem)
    for path in _files(folder, "scenarios", problems):
        root = loader.open(path, f"scenarios/{path.name}", "scenario")
        if root is not None and _stem_is_id(path, root, loader.reader):
            loader.read_scenario(path.stem, root)
    for name in loader.structures:
        loader.resolve(name)
    unread = {path.stem for path in (folder / "structures").glob("*.yaml")} - set(loader.structures)
    unread |= {path.stem for path in (folder / "scenarios").glob("*.yaml")} - set(loader.scenarios)
    plan = loader.read_study(study)
    if unread:
        problems[:] = [each for each in problems if not (each.rule in FOLLOWS and _names(each, unread))]
    if plan is not None:
        loader.check_together(plan)
    if not any(each.severity == "error" for each in problems):
        loader.warn_of_unused()
    if loader.failed or plan is None or loader.doctrine is None:
        return None, in_order(problems)
    return _case(loader, plan, folder), in_order(problems)


FOLLOWS: Final = ("unknown-structure", "unknown-scenario")
"""Rules of references to files: silent where the file is there and has errors of its own."""


def _names(problem: Problem, names: Iterable[str]) -> bool:
    return any(problem.message.startswith(f"`{name}`") for name in names)


def _not_a_file(path: Path, what: str = "file") -> str:
    """Say what stands where a file (or a folder) should be; nothing where it is right, or where nothing is there."""
    if (path.is_file() if what == "file" else path.is_dir()) or not (path.is_symlink() or os.path.lexists(path)):
        return ""
    if path.is_dir():
        found = "a folder"
    elif path.is_file():
        found = "a file"
    elif path.is_symlink() and not path.is_fifo() and not path.is_char_device():
        found = "a link that leads nowhere"
    else:
        found = "a pipe or a device"
    return f"{found}, where a {what} is expected"


def _files(folder: Path, name: str, problems: list[Problem]) -> list[Path]:
    """Return the YAML files of a sub-folder, and report what is there besides, or that there are none."""
    within = folder / name
    if reason := _not_a_file(within, "folder"):
        problems.append(Problem("unreadable-file", "error", f"{name} is {reason}", name))
        return []
    paths = sorted(within.glob("*.yaml")) if within.is_dir() else []
    for path in sorted(within.iterdir()) if within.is_dir() else ():
        if path.suffix == ".yml":
            problems.append(
                Problem(
                    "unread-file",
                    "warning",
                    f"{name}/{path.name} is not read",
                    f"{name}/{path.name}",
                    help=f"rename it to {path.stem}.yaml",
                )
            )
    if not paths:
        problems.append(
            Problem("missing-file", "error", f"there is no {name[:-1]} in {name}/", name, help=f"add {name}/NAME.yaml")
        )
    return paths


def _stem_is_id(path: Path, root: Node, reader: Reader) -> bool:
    if ID.fullmatch(path.stem):
        return True
    reader.problems.append(
        Problem(
            "bad-id",
            "error",
            f"`{path.stem}` is not an id, and a file's name is the id of what is in it",
            root.source.path,
            help="name the file with lower-case letters, digits and hyphens",
        )
    )
    return False


def _case(loader: Loader, plan: StudyPlan, folder: Path) -> Case:
    assert loader.doctrine is not None
    order = [*plan.structures, *(name for name in loader.structures if name not in plan.structures)]
    scenarios = {name: value for name, each in loader.scenarios.items() if (value := each.value) is not None}
    chosen = [*plan.scenarios, *(name for name in scenarios if name not in plan.scenarios)]
    dated = {}
    for scenario in scenarios.values():
        for name in order if scenario.on else ():
            begun = _dated(loader, name, scenario.on)
            if begun is not None:
                later: list[tuple[str, Structure]] = []
                for on in _changed_within(begun, scenario):
                    changed = _dated(loader, name, on)
                    if changed is not None:
                        later.append((on, changed))
                dated[name, scenario.id] = replace(begun, later=tuple(later))
    return Case(
        id=folder.resolve().name,
        plan=plan,
        assumptions=loader.assumptions,
        doctrine=loader.doctrine,
        structures={name: loader.model(name) for name in order},
        scenarios={name: scenarios[name] for name in chosen},
        dated=dated,
        fingerprints=dict(sorted(loader.fingerprints.items())),
    )


def _dated(loader: Loader, name: str, on: str) -> Structure | None:
    draft = loader.resolve(name, on)
    return None if draft is None or draft.broken else loader.model(name, on)


def _changed_within(structure: Structure, scenario: Scenario) -> list[str]:
    """Return the dates of the phases that fall within a scenario's run, after the date whose structure it takes.

    Only a structure that extends nothing changes within a run. A proposal stands whole on the arrangement of the day:
    what was improvised later would hide what it does.
    """
    if structure.extends:
        return []
    begins = scenario.start.astimezone(zone(scenario.zone))
    last = (begins + timedelta(seconds=scenario.length_s)).date().isoformat()
    first = max(scenario.on, begins.date().isoformat())
    return sorted({phase.date for phase in structure.phases if first < phase.date <= last})


def load_case(path: str | Path) -> Case:
    """Read the case in a folder.

    Raises
    ------
    renkei.diagnostics.InputError
        If anything in it is wrong; it carries all problems of all files.
    """
    case, problems = _read(Path(path))
    if case is None:
        raise InputError(problems)
    return case


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a folder gives."""

    case: Case | None
    """None where there are errors."""
    problems: list[Problem]
    """All of them, by file and line."""
    literals: dict[str, list[int]]
    """Where numbers stand in the place of an assumption, so without a source: lines, by file."""


def read_case(path: str | Path) -> Reading:
    """Return the case in a folder, its problems, and its numbers without a source."""
    loader = Loader()
    case, problems = _read(Path(path), loader)
    found: dict[str, set[int]] = {}
    for node in loader.reader.literals:
        found.setdefault(node.source.path, set()).add(node.line)
    return Reading(case, problems, {name: sorted(lines) for name, lines in sorted(found.items())})


def check_case(path: str | Path) -> list[Problem]:
    """Return all problems of the case in a folder, errors and warnings, by file and line."""
    return _read(Path(path))[1]


def load_structure(path: str | Path, on: str = "") -> Structure:
    """Read one structure's file, with the bases that it extends from the same folder.

    In a case its assumptions and doctrine are used for the checks; elsewhere names of assumptions, classes and
    postures stand as they are.

    Raises
    ------
    renkei.diagnostics.InputError
        If anything in it is wrong.
    """
    path = Path(path)
    loader = Loader(strict=True)
    case = path.parent.parent
    for name, read in (("assumptions", loader.read_assumptions), ("doctrine", loader.read_doctrine)):
        if path.parent.name == "structures" and (case / f"{name}.yaml").is_file():
            read(loader.open(case / f"{name}.yaml", f"{name}.yaml", name))
    for other in sorted(path.parent.glob("*.yaml")) if path.is_file() else [path]:
        if other == path or ID.fullmatch(other.stem):
            root = loader.open(other, other.name, "structure")
            if root is not None:
                loader.read_structure(other.stem, root)
    return _one(loader, path.stem, on)


def read_structure(text: str, id: str = "structure", on: str = "") -> Structure:
    """Read one structure from a text that extends nothing; names of assumptions and classes stand as they are.

    Raises
    ------
    renkei.diagnostics.InputError
        If anything in it is wrong.
    """
    loader = Loader(strict=True)
    root = loader.parse(text, f"{id}.yaml", "structure")
    if root is not None:
        loader.read_structure(id, root)
    return _one(loader, id, on)


def _one(loader: Loader, id: str, on: str) -> Structure:
    if id in loader.structures:
        loader.resolve(id, on)
    if loader.failed:
        raise InputError(loader.reader.problems)
    return loader.model(id, on)


__all__ = ["DISRUPTIONS", "check_case", "load_case", "load_structure", "read_structure"]
