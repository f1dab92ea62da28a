"""Changes as values: apply them, take them back, and find those between two structures.

A change is a mapping whose first key is its kind, as in a file. Laws (tested with Hypothesis):
``apply(A, diff(A, B))`` has the contents of B; changes with disjoint targets commute; every change has an inverse.
A structure's id, name, and what it says about itself are no contents, and no change touches them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from renkei.diagnostics import InputError
from renkei.files.drafts import Draft, Entry, change, check_references, draft_of
from renkei.files.forms import Plain, Reader
from renkei.files.grammar import RECORDS, SECTIONS
from renkei.files.yaml import Source, node_of
from renkei.model.structure import Structure

Change = dict[str, Plain]

ORDER: Final = (
    "place",
    "headquarters",
    "desk",
    "channel",
    "person",
    "relation",
    "counterpart",
    "authority",
    "familiarity",
)
"""New things come in this order, and go in the reverse of it."""


def apply(structure: Structure, changes: Iterable[Mapping[str, Plain]]) -> Structure:
    """Return a structure after changes, in listed order.

    Raises
    ------
    renkei.diagnostics.InputError
        If a change names what is not there, contradicts another one, or leaves something referring to nothing.
    """
    source = Source("changes")
    nodes = []
    for number, each in enumerate(changes, start=1):
        node = node_of(each, source)
        node.line = number
        nodes.append(node)
    before = draft_of(structure)
    reader = Reader()
    _refer(before, reader)
    after = change(before, tuple(nodes), reader, warnings=False)
    check_references(after, reader)
    if any(problem.severity == "error" for problem in reader.problems):
        raise InputError(reader.problems)
    head = {"name": structure.name, "about": structure.about, "proposed_by": structure.proposed_by}
    return after.structure(head, structure.id, structure.extends)


def _refer(draft: Draft, reader: Reader) -> None:
    """Find what each entry refers to, by writing and reading it again."""
    for entries in draft.sections.values():
        for entry in entries.values():
            node = node_of(RECORDS[entry.kind].write_fields(entry.fields))
            refs: dict[str, list[Any]] = {}
            RECORDS[entry.kind].read_fields(entry.id, node, node, reader, refs=refs)
            if entry.kind == "desk" and "represents" in refs:
                refs["represents"] = refs["represents"]
            entry.refs = refs
    reader.problems.clear()
    reader.refs.clear()


def inverse(structure: Structure, changes: Iterable[Mapping[str, Plain]]) -> list[Change]:
    """Return the changes that take others back: applied after them they give the structure's contents again."""
    return diff(apply(structure, changes), structure)


def diff(a: Structure, b: Structure) -> list[Change]:
    """Return the changes that turn the contents of ``a`` into those of ``b``; the empty list if they are equal."""
    one, other = draft_of(a), draft_of(b)
    changes: list[Change] = []
    for kind in reversed(ORDER):
        for name, entry in one.sections[kind].items():
            if name not in other.sections[kind] and not _goes_with_its_headquarters(entry, other):
                changes.append(_gone(entry))
    for kind in ORDER:
        if kind == "headquarters":
            changes += _new_headquarters(one, other)
        for name, entry in other.sections[kind].items():
            old = one.sections[kind].get(name)
            if old is not None:
                changes += _changed(old, entry)
            elif kind != "headquarters" and not _comes_with_its_headquarters(entry, one):
                changes.append(_new(entry))
    for section, kind in SECTIONS.items():
        wanted = list(other.sections[kind])
        kept = [name for name in one.sections[kind] if name in other.sections[kind]]
        came = [name for name in wanted if name not in one.sections[kind]]
        if kept + came != wanted:
            changes.append({"arrange": section, "to": wanted})
    return changes


def _goes_with_its_headquarters(entry: Entry, other: Draft) -> bool:
    return entry.kind == "desk" and entry.id.partition(".")[0] not in other.sections["headquarters"]


def _comes_with_its_headquarters(entry: Entry, one: Draft) -> bool:
    return entry.kind == "desk" and entry.id.partition(".")[0] not in one.sections["headquarters"]


def _new_headquarters(one: Draft, other: Draft) -> list[Change]:
    changes = []
    for name, entry in other.sections["headquarters"].items():
        if name in one.sections["headquarters"]:
            continue
        definition = RECORDS["headquarters"].write_fields(entry.fields)
        desks = {
            desk.partition(".")[2]: RECORDS["desk"].write_fields(each.fields)
            for desk, each in other.sections["desk"].items()
            if desk.partition(".")[0] == name
        }
        if desks:
            definition["desks"] = desks
        changes.append({"add": "headquarters", "id": name, "as": definition})
    return changes


def _gone(entry: Entry) -> Change:
    word = {"authority": "revoke", "channel": "close", "counterpart": "unpair"}.get(entry.kind)
    if word is not None:
        return {word: entry.id}
    if entry.kind == "relation":
        return {"unrelate": entry.fields["relate"], "from": entry.fields["from"], "to": entry.fields["to"]}
    return {"remove": entry.kind, "id": entry.id}


def _new(entry: Entry) -> Change:
    definition = RECORDS[entry.kind].write_fields(entry.fields)
    word = {"authority": "grant", "channel": "open", "counterpart": "pair"}.get(entry.kind)
    if word is not None:
        return {word: entry.id, **definition}
    if entry.kind == "relation":
        return definition
    hq, _, function = entry.id.partition(".")
    represents = entry.fields.get("represents")
    if entry.kind == "desk" and represents and function == f"liaison-{represents}":
        del definition["represents"]
        return {"embed": represents, "in": hq, **definition}
    return {"add": entry.kind, "id": entry.id, "as": definition}


def _changed(old: Entry, new: Entry) -> list[Change]:
    record = RECORDS[new.kind]
    words = [word for word in {**old.fields, **new.fields} if old.value(word) != new.value(word)]
    if not words:
        return []
    if new.kind == "relation":
        # Only when it began: said by taking it away and stating it again would be two changes of one value.
        return [{"set": "relation", "id": new.id, "key": word, "to": new.fields.get(word) or None} for word in words]
    fields = {word: new.fields.get(word) for word in words}
    plain = record.write_fields(fields, partial=True)
    verb = {"desk": "staff", "authority": "grant", "channel": "open", "counterpart": "pair"}.get(new.kind)
    if verb is not None:
        return [{verb: new.id, **plain}]
    changes: list[Change] = []
    for word, value in plain.items():
        if new.kind == "headquarters" and word == "place":
            changes.append({"move": new.id, "to": value})
        elif new.kind == "headquarters" and word == "rank":
            changes.append({"rank": new.id, "to": new.value("rank")})
        elif new.kind == "person" and word == "journeys" and not value:
            changes.append({"commute": new.id, "never": True})
        elif new.kind == "person" and word == "journeys" and len(value) == 1:
            changes.append({"commute": new.id, **value[0]})
        else:
            changes.append({"set": new.kind, "id": new.id, "key": word, "to": value})
    return changes
