"""A structure in the making: entries by kind and id, each with its fields and what they refer to.

Bases, changes and phases all work on drafts; a model structure is made from one, and one from a model structure.
Entries are never modified, so drafts share them, and a base that eight structures extend is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from renkei.files.forms import ID, Fields, Missing, Reader, Record, Ref, check_id, quoted, remedy_for
from renkei.files.grammar import BESIDE, CHANGES, COMMON_KEYS, DESK, RECORDS, RELATIONS, SECTIONS, SETS, ChangeKind
from renkei.files.yaml import NOWHERE, Node
from renkei.model.quantity import Text
from renkei.model.structure import Cost, Duty, Phase, PlannedChange, Structure

GONE: Final = "\0gone"
MADE: Final = "\0made"
NO_PLACE: Final = Node(NOWHERE, 0, 0, 1, "scalar")


@dataclass(eq=False)
class Entry:
    """One thing of a structure. ``broken``: its definition has errors, so it exists and says nothing."""

    kind: str
    id: str
    fields: Fields
    refs: dict[str, list[Ref]]
    node: Node
    broken: bool = False
    _built: Any = None

    def value(self, word: str) -> Any:
        """Return a field, or its default."""
        value = self.fields.get(word)
        return RECORDS[self.kind].default(word) if value is None else value

    def built(self) -> Any:
        """Return the model's value, made once."""
        if self._built is None:
            self._built = RECORDS[self.kind].build(self.id, self.fields)
        return self._built

    def with_fields(self, fields: Fields, refs: Mapping[str, list[Ref]]) -> Entry:
        """Return a copy with some fields changed."""
        return Entry(self.kind, self.id, {**self.fields, **fields}, {**self.refs, **refs}, self.node, self.broken)


def relation_id(relation: str, superior: str, subordinate: str) -> str:
    """Return the id of a relation."""
    return f"{relation} {superior} {subordinate}"


Sections = dict[str, dict[str, Entry]]


@dataclass(slots=True)
class Draft:
    """All entries by kind and id; desks are a kind of their own, by ``headquarters.desk``."""

    sections: Sections = field(default_factory=lambda: {kind: {} for kind in RECORDS})
    removed: dict[tuple[str, str], Node] = field(default_factory=dict)
    """What a change took away, and where it says so."""
    costs: tuple[Cost, ...] = ()
    planned: tuple[PlannedChange, ...] = ()
    phases: tuple[Phase, ...] = ()

    def copy(self) -> Draft:
        """Return a draft that shares the entries."""
        sections = {kind: dict(entries) for kind, entries in self.sections.items()}
        return Draft(sections, dict(self.removed), self.costs, self.planned, self.phases)

    def entries(self) -> Iterator[Entry]:
        """Yield every entry."""
        for entries in self.sections.values():
            yield from entries.values()

    @property
    def broken(self) -> bool:
        """Whether an entry has errors."""
        return any(entry.broken for entry in self.entries())

    def structure(self, head: Fields, id: str, extends: str) -> Structure:
        """Return the model's structure."""
        desks: dict[str, dict[str, Any]] = {hq: {} for hq in self.sections["headquarters"]}
        for name, entry in self.sections["desk"].items():
            hq, _, function = name.partition(".")
            if hq in desks:
                desks[hq][function] = entry.built()
        headquarters = {}
        for hq, entry in self.sections["headquarters"].items():
            headquarters[hq] = replace(entry.built(), desks=desks[hq])

        def all_of(kind: str) -> dict[str, Any]:
            return {name: entry.built() for name, entry in self.sections[kind].items()}

        return Structure(
            id=id,
            name=head["name"],
            about=head.get("about", Text("")),
            extends=extends,
            proposed_by=head.get("proposed_by", Text("")),
            places=all_of("place"),
            headquarters=headquarters,
            persons=all_of("person"),
            relations=tuple(entry.built() for entry in self.sections["relation"].values()),
            counterparts=all_of("counterpart"),
            authorities=all_of("authority"),
            channels=all_of("channel"),
            familiarity=all_of("familiarity"),
            costs=self.costs,
            planned=self.planned,
            phases=self.phases,
        )


def draft_of(structure: Structure) -> Draft:
    """Return the draft of a model structure; its entries stand nowhere."""
    draft = Draft(costs=structure.costs, planned=structure.planned, phases=structure.phases)

    def put(kind: str, id: str, value: Any) -> None:
        fields = RECORDS[kind].unbuild(value)
        fields.pop("desks", None)
        draft.sections[kind][id] = Entry(kind, id, fields, {}, NO_PLACE)

    for section, kind in SECTIONS.items():
        if kind == "relation":
            for link in structure.relations:
                put(kind, relation_id(link.relation, link.superior, link.subordinate), link)
            continue
        for name, value in getattr(structure, section).items():
            put(kind, name, value)
    for hq in structure.headquarters.values():
        for function, desk in hq.desks.items():
            put("desk", f"{hq.id}.{function}", desk)
    return draft


# --- reading the sections of a structure's file


def read_entry(kind: str, id: str, key: Node, node: Node, reader: Reader, draft: Draft) -> Entry:
    """Read a definition into an entry and put it into the draft, with the desks of a headquarters."""
    refs: dict[str, list[Ref]] = {}
    record = RECORDS[kind]
    skip = frozenset({"desks"}) if kind == "headquarters" else frozenset[str]()
    fields = record.read_fields(id, key, node, reader, refs=refs, skip=skip)
    broken = isinstance(fields, Missing)
    entry = Entry(kind, id, {} if isinstance(fields, Missing) else fields, refs, key, broken)
    draft.sections[kind][id] = entry
    if kind == "headquarters" and "desks" in node.pairs:
        desks = node.pairs["desks"][1]
        if desks.kind != "mapping":
            reader.expected(desks, "a mapping of ids to desks")
            entry.broken = True
        for function, (desk_key, desk) in desks.pairs.items():
            if check_id(desk_key, reader):
                read_entry("desk", f"{id}.{function}", desk_key, desk, reader, draft)
            else:
                entry.broken = True
    return entry


def read_sections(root: Node, reader: Reader) -> Draft:
    """Read everything that a structure's file defines by itself."""
    draft = Draft()
    for section, kind in SECTIONS.items():
        if section not in root.pairs:
            continue
        node = root.pairs[section][1]
        if kind == "relation":
            _read_relations(node, reader, draft)
            continue
        if node.kind != "mapping":
            reader.expected(node, f"a mapping of ids to {section}")
            continue
        for name, (key, value) in node.pairs.items():
            if check_id(key, reader):
                read_entry(kind, name, key, value, reader, draft)
    return draft


def _read_relations(node: Node, reader: Reader, draft: Draft) -> None:
    if node.kind != "list":
        reader.expected(node, "a list of relations")
        return
    for item in node.items:
        add_relation(item, item, reader, draft)


def add_relation(item: Node, key: Node, reader: Reader, draft: Draft, skip: frozenset[str] = frozenset()) -> str | None:
    """Read a relation into the draft; return its id, None where there was an error."""
    refs: dict[str, list[Ref]] = {}
    fields = RECORDS["relation"].read_fields("", key, item, reader, refs=refs, skip=skip)
    if isinstance(fields, Missing):
        return None
    name = relation_id(fields["relate"], fields["from"], fields["to"])
    if fields["from"] == fields["to"]:
        reader.wrong(
            item.pairs["to"][1],
            "self-relation",
            f"`{fields['to']}` is related to itself",
            "the same headquarters",
            "name another one",
        )
        return None
    if name in draft.sections["relation"]:
        reader.wrong(
            item.pairs.get("relate", (item, item))[1],
            "already-there",
            f"{fields['relate']} from `{fields['from']}` to `{fields['to']}` is there already",
            "again",
            "take one of them away",
        )
        return None
    draft.sections["relation"][name] = Entry("relation", name, fields, refs, item)
    return name


# --- changes


def _nearest(id: str, entries: Mapping[str, Entry], kind: str) -> str:
    return remedy_for(id, entries, kind).partition(", or add")[0] if entries else f"add the {kind} first"


@dataclass(slots=True)
class Changing:
    """A list of changes on its way into a draft: what it has touched, for changes that contradict each other."""

    draft: Draft
    reader: Reader
    touched: dict[tuple[str, str, str], Node] = field(default_factory=dict)
    warnings: bool = True
    since: str = ""
    """The date of the phase that the changes belong to."""

    def apply(self, node: Node) -> None:
        """Apply one change: a mapping whose first key is its kind."""
        reader = self.reader
        if node.kind != "mapping" or not node.pairs:
            reader.expected(node, "a change, a mapping that begins with its kind,", "`{move: usfj, to: yokota}`")
            return
        word = next(iter(node.pairs))
        key, target = node.pairs[word]
        kind = CHANGES.get(word)
        if kind is None:
            import difflib

            later = next((name for name in node.pairs if name in CHANGES and name != "source"), None)
            close = difflib.get_close_matches(word, CHANGES, n=1)
            if later is not None:
                remedy = f"put `{later}: ...` first"
            else:
                remedy = f"did you mean `{close[0]}`?" if close else f"use one of {quoted(CHANGES)}"
            reader.wrong(
                key, "unknown-change", f"`{word}` is not a kind of change", "a change begins with its kind", remedy
            )
            return
        name = kind.target.read(target, reader)
        if isinstance(name, Missing):
            return
        own = self._own_keys(kind, node, key)
        if own is not None:
            self._check_needs(node)
            self._plan(node, own)
            getattr(self, f"_{word}")(node, key, target, str(name), own)

    def _check_needs(self, node: Node) -> None:
        """See that prerequisites that are ids are there before the change."""
        if "needs" not in node.pairs:
            return
        for each in node.pairs["needs"][1].items:
            if each.kind != "scalar" or " " in each.text:
                continue
            if not any(each.text in entries for entries in self.draft.sections.values()):
                known = [name for entries in self.draft.sections.values() for name in entries]
                self.reader.wrong(
                    each,
                    "missing-prerequisite",
                    f"this change needs `{each.text}`, which is not there when it is made",
                    "no part of the structure has this id by then",
                    remedy_for(each.text, known, "earlier change that makes").partition(", or add")[0]
                    if known
                    else "make it first",
                )

    def _plan(self, node: Node, own: Fields) -> None:
        """Keep what a change asks beside itself: costs, time, prerequisites."""
        what = change_name(node)
        source = own.get("source") or ""
        for cost in own.get("cost") or ():
            cost = replace(cost, change=what, since=self.since, source=cost.source or source)
            self.draft.costs = (*self.draft.costs, cost)
        if not any(word in own for word in ("takes", "meanwhile", "needs")):
            return
        planned = PlannedChange(
            what,
            self.since,
            own.get("takes"),
            own.get("meanwhile"),
            own.get("needs") or (),
            own.get("because") or Text(""),
            source,
        )
        self.draft.planned = (*self.draft.planned, planned)

    def _own_keys(self, kind: ChangeKind, node: Node, key: Node) -> Fields | None:
        """Read the keys that the kind of change has itself; None after an error."""
        reader = self.reader
        record = Record(f"`{kind.name}`", (*kind.keys, *COMMON_KEYS), lambda _, f: f, lambda v: dict(v))
        known = {kind.name, *record.keys, *(SETS[kind.sets].keys if kind.sets else ())}
        if kind.name == "relate":
            known.add("since")
        good = True
        for word, (word_key, _) in node.pairs.items():
            if word not in known:
                good = False
                stated = [one for one in known if one != "desks"]
                import difflib

                close = difflib.get_close_matches(word, stated, n=1, cutoff=0.6)
                reader.wrong(
                    word_key,
                    "unknown-key",
                    f"`{kind.name}` has no key `{word}`",
                    "not known here",
                    f"did you mean `{close[0]}`?" if close else f"it has {quoted(sorted(stated))}",
                )
        skip = frozenset(word for word in node.pairs if word not in record.keys)
        refs: dict[str, list[Ref]] = {}
        fields = record.read_fields("", key, node, reader, refs=refs, skip=skip)
        if isinstance(fields, Missing) or not good:
            return None
        fields["\0refs"] = refs
        return fields

    # --- what changes do

    def _touch(self, kind: str, id: str, word: str, node: Node) -> bool:
        """Note a change of a value; report a second one of the same in the list.

        ``word`` is a key, or GONE, or MADE (a new one may still be given what its definition left open).
        """
        touched = self.touched
        if word in (GONE, MADE):
            first = next((place for (k, i, _), place in touched.items() if (k, i) == (kind, id)), None)
        else:
            first = touched.get((kind, id, word)) or touched.get((kind, id, GONE))
        if first is not None:
            what = f"`{id}`" if word in (GONE, MADE) else f"{word} of `{id}`"
            self.reader.wrong(
                node,
                "two-changes-of-one-value",
                f"two changes of one list change {what}",
                f"line {first.line} changes it already" if first.line else "it is changed already",
                "make one change of them",
            )
            return False
        touched[(kind, id, word)] = node
        return True

    def _made(self, entry: Entry, node: Node) -> None:
        """Note what a new entry states: a later change of it would contradict it."""
        for word in entry.fields:
            self.touched[(entry.kind, entry.id, word)] = node

    def _found(self, kind: str, id: str, node: Node) -> Entry | None:
        entries = self.draft.sections[kind]
        if id in entries:
            return entries[id]
        gone = self.draft.removed.get((kind, id))
        self.reader.wrong(
            node,
            "missing-target",
            f"there is no {kind} `{id}` to change",
            "an earlier change took it away" if gone is not None else f"no {kind} has this id",
            "take one of the two changes away" if gone is not None else _nearest(id, entries, kind),
        )
        return None

    def _put(self, entry: Entry) -> None:
        self.draft.sections[entry.kind][entry.id] = entry
        self.draft.removed.pop((entry.kind, entry.id), None)

    def _assign(self, entry: Entry, fields: Fields, refs: Mapping[str, list[Ref]], node: Node, key: Node) -> None:
        """Set fields of an entry; warn where nothing changes."""
        if entry.broken:
            return
        for word in fields:
            place = node.pairs[word][0] if word in node.pairs else key
            if not self._touch(entry.kind, entry.id, word, place):
                return
        changed = entry.with_fields(fields, refs)
        if self.warnings and all(changed.value(word) == entry.value(word) for word in fields):
            self.reader.problems.append(
                key.problem(
                    "no-effect",
                    f"this change of `{entry.id}` has no effect",
                    "everything it says is so already",
                    "take it away",
                    warning=True,
                )
            )
        # Its values stand where they are said last: errors about them shall point there.
        self._put(changed)

    def _sets(self, kind: str, id: str, node: Node, key: Node, own: Fields, word: str, *, new: bool) -> None:
        """Set the keys of a record that stand beside a change; make a new entry where that is meant."""
        record = RECORDS[kind]
        skip = frozenset({word, *BESIDE})
        entries = self.draft.sections[kind]
        entry = entries.get(id)
        if entry is None and not new:
            self._found(kind, id, node.pairs[word][1])
            return
        refs: dict[str, list[Ref]] = {}
        stated = Node(node.source, node.line, node.column, node.length, "mapping")
        stated.pairs = {
            name: pair
            for name, pair in node.pairs.items()
            if name not in skip and (name in record.keys or name != "source")
        }
        if entry is None:
            if not ID.fullmatch(id.rpartition(".")[2]):
                check_id(node.pairs[word][1], self.reader)
                return
            if not self._touch(kind, id, MADE, node.pairs[word][1]):
                return
            count = len(self.reader.problems)
            fields = record.read_fields(id, key, stated, self.reader, refs=refs)
            if any(each.rule == "missing-key" for each in self.reader.problems[count:]):
                lacking = [each for each in self.reader.problems[count:] if each.rule == "missing-key"]
                del self.reader.problems[count:]
                words = [name for name, each in record.keys.items() if each.required and name not in stated.pairs]
                self.reader.wrong(
                    node.pairs[word][1],
                    "missing-target",
                    f"there is no {kind} `{id}` to change",
                    f"as a new one it lacks {quoted(words)}" if words else lacking[0].label,
                    remedy_for(id, entries, kind).partition(", or add")[0]
                    + (f", or add {quoted(words)}" if words else ""),
                )
                self._put(Entry(kind, id, {}, {}, key, broken=True))
                return
            broken = isinstance(fields, Missing)
            made = Entry(kind, id, {} if isinstance(fields, Missing) else fields, refs, key, broken)
            self._put(made)
            self._made(made, key)
            return
        fields = record.read_fields(id, key, stated, self.reader, partial=True, refs=refs)
        if isinstance(fields, Missing):
            return
        if not fields:
            self.reader.wrong(
                key,
                "missing-key",
                f"this change of `{id}` changes nothing",
                "no key says what changes",
                "add a key to it",
            )
            return
        if kind == "desk" and not entry.broken and not self._one_line(fields, entry, node, key):
            return
        self._assign(entry, fields, refs, node, key)

    def _one_line(self, fields: Fields, entry: Entry, node: Node, key: Node) -> bool:
        """Give hours or strength alone to a desk that has one line of duty."""
        if not {"hours", "strength"} & set(fields):
            return True
        duty = entry.fields["duty"]
        if len(duty) != 1:
            word = "hours" if "hours" in fields else "strength"
            self.reader.wrong(
                node.pairs[word][0] if word in node.pairs else key,
                "conflicting-keys",
                f"desk `{entry.id}` has {len(duty)} lines of duty",
                "which of them is meant?",
                "state `duty: [...]` in full",
            )
            return False
        old = duty[0]
        fields["duty"] = (Duty(fields.pop("hours", old.hours), fields.pop("strength", old.strength), old.posture),)
        return True

    def _take(self, kind: str, id: str, node: Node, place: Node) -> None:
        """Take an entry away; whether something still refers to it is seen once the list is through."""
        entry = self._found(kind, id, place)
        if entry is None or not self._touch(kind, id, GONE, place):
            return
        del self.draft.sections[kind][id]
        self.draft.removed[(kind, id)] = place
        if kind == "headquarters":
            for name in [name for name in self.draft.sections["desk"] if name.partition(".")[0] == id]:
                del self.draft.sections["desk"][name]
                self.draft.removed[("desk", name)] = place

    def _add(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        kind, id, place = name, own["id"], node.pairs["id"][1]
        if id in self.draft.sections[kind]:
            self.reader.wrong(
                place, "already-there", f"there is a {kind} `{id}` already", "this id is taken", "choose another id"
            )
            return
        hq, point, function = id.partition(".")
        if kind == "desk":
            if not point or not ID.fullmatch(function):
                self.reader.wrong(place, "bad-id", f"`{id}` is not the id of a desk", "", "write `headquarters.desk`")
                return
            if self._found("headquarters", hq, place) is None:
                return
        elif not check_id(place, self.reader):
            return
        if not self._touch(kind, id, MADE, place):
            return
        made = read_entry(kind, id, place, node.pairs["as"][1], self.reader, self.draft)
        self._made(made, place)
        if kind == "headquarters":
            for name, desk in self.draft.sections["desk"].items():
                if name.partition(".")[0] == id:
                    self._made(desk, place)
        self.draft.removed.pop((kind, id), None)

    def _remove(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._take(name, own["id"], node, node.pairs["id"][1])

    def _field(
        self, kind: str, id: str, word: str, value: Any, own: Fields, node: Node, key: Node, place: Node
    ) -> None:
        entry = self._found(kind, id, place)
        if entry is not None:
            shown = Node(node.source, node.line, node.column, node.length, "mapping")
            self._assign(entry, {word: value}, {word: own["\0refs"].get("to", [])}, shown, key)

    def _move(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._field("headquarters", name, "place", own["to"], own, node, target, target)

    def _rank(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._field("headquarters", name, "rank", own["to"], own, node, target, target)

    def _staff(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._sets("desk", name, node, target, own, "staff", new=False)

    def _grant(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._sets("authority", name, node, target, own, "grant", new=True)

    def _revoke(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._take("authority", name, node, target)

    def _open(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._sets("channel", name, node, target, own, "open", new=True)

    def _close(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._take("channel", name, node, target)

    def _pair(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._sets("counterpart", name, node, target, own, "pair", new=True)

    def _unpair(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        self._take("counterpart", name, node, target)

    def _relate(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        trial = Draft({"relation": dict(self.draft.sections["relation"])})
        made = add_relation(node, key, self.reader, trial, BESIDE)
        if made is None or not self._touch("relation", made, MADE, target):
            return
        self._put(trial.sections["relation"][made])

    def _unrelate(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        made = relation_id(name, own["from"], own["to"])
        if made not in self.draft.sections["relation"]:
            self.reader.wrong(
                target,
                "missing-target",
                f"there is no {name} from `{own['from']}` to `{own['to']}`",
                "nothing to take away",
                self._near_relation(own["from"], own["to"]),
            )
            return
        self._take("relation", made, node, target)

    def _near_relation(self, superior: str, subordinate: str) -> str:
        for entry in self.draft.sections["relation"].values():
            ends = {entry.fields["from"], entry.fields["to"]}
            if subordinate == entry.fields["to"] and entry.fields["relate"] in RELATIONS[:3]:
                return f"`{subordinate}` has {entry.fields['relate']} from `{entry.fields['from']}`"
            if ends == {superior, subordinate}:
                return f"{entry.fields['relate']} goes from `{entry.fields['from']}` to `{entry.fields['to']}`"
        return "take the change away"

    def _embed(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        host = own["in"]
        if self._found("headquarters", name, target) is None:
            return
        if self._found("headquarters", host, node.pairs["in"][1]) is None:
            return
        id = f"{host}.liaison-{name}"
        if id in self.draft.sections["desk"]:
            self.reader.wrong(
                target,
                "already-there",
                f"`{host}` has a liaison desk of `{name}` already",
                "again",
                f"change it with `staff: {id}`",
            )
            return
        if not self._touch("desk", id, MADE, target):
            return
        stated = Node(node.source, node.line, node.column, node.length, "mapping")
        stated.pairs = {
            word: pair for word, pair in node.pairs.items() if word not in ("embed", "in", "source", *BESIDE)
        }
        refs: dict[str, list[Ref]] = {}
        fields = DESK.read_fields(id, target, stated, self.reader, refs=refs)
        if isinstance(fields, Missing):
            self._put(Entry("desk", id, {}, {}, target, broken=True))
            return
        fields["represents"] = name
        refs["represents"] = [Ref("headquarters", name, target)]
        made = Entry("desk", id, fields, refs, target)
        self._put(made)
        self._made(made, target)

    def _commute(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        entry = self._found("person", name, target)
        if entry is None:
            return
        stated = Node(node.source, node.line, node.column, node.length, "mapping")
        stated.pairs = {
            word: pair for word, pair in node.pairs.items() if word not in ("commute", "never", "source", *BESIDE)
        }
        shown = Node(node.source, node.line, node.column, node.length, "mapping")
        if own.get("never"):
            if stated.pairs:
                other = next(iter(stated.pairs.values()))[0]
                self.reader.wrong(
                    other, "conflicting-keys", "a person who never commutes has no journey", "", "take it away"
                )
                return
            self._assign(entry, {"journeys": ()}, {"journeys": []}, shown, target)
            return
        count = len(self.reader.refs)
        journey = SETS["journey"].read_as("", target, stated, self.reader)
        if not isinstance(journey, Missing):
            refs = {"journeys": self.reader.refs[count:]}
            self._assign(entry, {"journeys": (journey,)}, refs, shown, target)

    def _set(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        kind, id, word = name, own["id"], own["key"]
        entry = self._found(kind, id, node.pairs["id"][1])
        if entry is None:
            return
        record = RECORDS[kind]
        word_node = node.pairs["key"][1]
        if word not in record.keys or word == "desks":
            record.unknown_key(word_node, self.reader)
            return
        stated = Node(node.source, node.line, node.column, node.length, "mapping")
        stated.pairs = {word: (word_node, node.pairs["to"][1])}
        refs: dict[str, list[Ref]] = {}
        fields = record.read_fields(id, word_node, stated, self.reader, partial=True, refs=refs)
        if isinstance(fields, Missing):
            return
        if kind == "desk" and not entry.broken and not self._one_line(fields, entry, stated, word_node):
            return
        self._assign(entry, fields, refs, stated, node.pairs["id"][1])

    def _arrange(self, node: Node, key: Node, target: Node, name: str, own: Fields) -> None:
        kind = SECTIONS[name]
        entries = self.draft.sections[kind]
        order = own["to"]
        place = node.pairs["to"][1]
        if not self._touch("section", name, "order", target):
            return
        if set(order) != set(entries):
            lacking = [each for each in entries if each not in order]
            extra = [each for each in order if each not in entries]
            self.reader.wrong(
                place,
                "missing-target",
                f"the new order of {name} does not name each of them once",
                f"{quoted(lacking)} is missing" if lacking else f"there is no {quoted(extra)}",
                "name all of them",
            )
            return
        if list(entries) == list(order) and self.warnings:
            self.reader.problems.append(
                target.problem(
                    "no-effect", f"{name} are in this order already", "no effect", "take it away", warning=True
                )
            )
        self.draft.sections[kind] = {each: entries[each] for each in order}


def change_name(node: Node) -> str:
    """Return a change in words: its kind and what it names, as `move usfj`, `add headquarters jtf`."""
    kind, (_, target) = next(iter(node.pairs.items()))
    parts = [kind, target.text]
    for word in {"add": ("id",), "remove": ("id",), "set": ("id", "key"), "embed": ("in",)}.get(kind, ()):
        if word in node.pairs:
            parts.append(node.pairs[word][1].text)
    if kind in ("relate", "unrelate"):
        parts += [node.pairs[word][1].text for word in ("from", "to") if word in node.pairs]
    return " ".join(parts)


def change(draft: Draft, changes: tuple[Node, ...], reader: Reader, *, warnings: bool = True, since: str = "") -> Draft:
    """Return the draft after a list of changes, in listed order; ``since``: the date of their phase."""
    changing = Changing(draft.copy(), reader, warnings=warnings, since=since)
    changing.draft.removed.clear()
    for each in changes:
        changing.apply(each)
    check_removals(changing.draft, reader)
    return changing.draft


def check_removals(draft: Draft, reader: Reader) -> None:
    """Report what was taken away and is still referred to."""
    if not draft.removed:
        return
    for entry in draft.entries():
        for refs in entry.refs.values():
            for ref in refs:
                for kind in ref.kind.split(" or "):
                    place = draft.removed.get((kind, ref.name))
                    if place is not None:
                        where = f"{ref.node.source.path}:{ref.node.line}" if ref.node.line else "the structure"
                        what = "a relation" if entry.kind == "relation" else f"{entry.kind} `{entry.id}`"
                        reader.wrong(
                            place,
                            "still-referred-to",
                            f"`{ref.name}` is taken away, and {what} still refers to it",
                            f"see {where}",
                            f"change or remove {what} too",
                        )


def check_references(draft: Draft, reader: Reader) -> None:
    """Report every reference to something that the structure does not have."""
    sections = draft.sections
    nations: set[str] | None = None
    for entry in draft.entries():
        for refs in entry.refs.values():
            for ref in refs:
                kind, name = ref.kind, ref.name
                if any((each, name) in draft.removed for each in kind.split(" or ")):
                    continue  # said at the change that took it away
                if kind == "nation":
                    if nations is None:
                        nations = {
                            nation
                            for each in sections["headquarters"].values()
                            if not each.broken
                            for nation in each.fields["nations"]
                        }
                    if name not in nations and not any(each.broken for each in sections["headquarters"].values()):
                        reader.wrong(
                            ref.node,
                            "unknown-nation",
                            f"no headquarters is of nation `{name}`",
                            "nobody is at this end",
                            f"use one of {quoted(sorted(nations))}" if nations else "add a headquarters of this nation",
                        )
                    continue
                if kind == "headquarters or desk":
                    kind = "desk" if "." in name else "headquarters"
                if name not in sections[kind]:
                    report_unknown(ref, kind, entry, sections, reader)


def report_unknown(ref: Ref, kind: str, entry: Entry | None, sections: Sections, reader: Reader) -> None:
    """Report a reference to nothing, in words that fit it."""
    name = ref.name
    if kind == "desk":
        hq, _, function = name.partition(".")
        if hq not in sections["headquarters"]:
            node, known = ref.node, sections["headquarters"]
            reader.wrong(
                node,
                "unknown-headquarters",
                f"`{hq}` is not a headquarters",
                "no headquarters has this id",
                remedy_for(hq, known, "headquarters"),
            )
            return
        if sections["headquarters"][hq].broken:
            return
        functions = [each.partition(".")[2] for each in sections["desk"] if each.partition(".")[0] == hq]
        reader.wrong(
            ref.node,
            "unknown-desk",
            f"headquarters `{hq}` has no desk `{function}`",
            "no desk of this name there",
            f"use one of {quoted(f'{hq}.{each}' for each in functions)}, or add a desk `{function}`"
            if functions
            else f"add a desk `{function}` to `{hq}`",
        )
        return
    if entry is not None and entry.kind == "relation" and kind == "headquarters":
        relation = entry.fields["relate"]
        side = "to" if name == entry.fields["from"] else "over"
        reader.wrong(
            ref.node,
            "unknown-headquarters",
            f"{relation} is given {side} `{name}`, which is not a headquarters",
            "no headquarters has this id",
            remedy_for(name, sections["headquarters"], "headquarters"),
        )
        return
    reader.unknown(ref.node, kind, name, sections.get(kind, {}))
