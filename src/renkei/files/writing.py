"""A resolved structure as an authored file: everything explicit, itself valid, and read back as the same structure."""

from __future__ import annotations

from typing import Any

from renkei.files.forms import Plain
from renkei.files.grammar import COST, HISTORY, PLANNED, RECORDS, SECTIONS, STRUCTURE_HEAD, VERSION
from renkei.files.yaml import WIDTH, block, flow, scalar
from renkei.model.structure import Structure


def plain_structure(structure: Structure) -> dict[str, Plain]:
    """Return a resolved structure as the mapping that its file would be."""
    head = {
        "name": structure.name,
        "about": structure.about,
        "proposed_by": structure.proposed_by,
        "extended": structure.extends,
    }
    plain: dict[str, Plain] = {"renkei": f"structure/{VERSION}"}
    for key in STRUCTURE_HEAD:
        if key.name in head and (key.required or head[key.name] != key.default):
            plain[key.name] = key.form.write(head[key.name])
    for section, kind in SECTIONS.items():
        entries = getattr(structure, section)
        if not entries:
            continue
        if kind == "relation":
            plain[section] = [RECORDS[kind].write(link) for link in entries]
        else:
            plain[section] = {name: RECORDS[kind].write(value) for name, value in entries.items()}
    for section, record, listed in (
        ("costs", COST, structure.costs),
        ("planned", PLANNED, structure.planned),
        ("history", HISTORY, structure.phases),
    ):
        if listed:
            plain[section] = [record.write(each) for each in listed]
    return plain


def to_yaml(structure: Structure) -> str:
    """Return a resolved structure as the text of a valid file; reading it gives an equal structure."""
    lines: list[str] = []
    value: Any
    for key, value in plain_structure(structure).items():
        if not isinstance(value, (dict, list)):
            lines.append(f"{key}: {scalar(value)}")
        elif key == "headquarters" and isinstance(value, dict):
            lines += ["", f"{key}:"]
            for name, each in value.items():
                lines.append(f"  {scalar(name)}:")
                lines += _headquarters(each)
        elif key in (*SECTIONS, "costs", "planned", "history"):
            lines += ["", f"{key}:", *block(value, 2)]
        else:
            short = f"{key}: {flow(value)}"
            lines += [short] if len(short) <= WIDTH else [f"{key}:", *block(value, 2)]
    return "\n".join(lines) + "\n"


def _headquarters(plain: dict[str, Any]) -> list[str]:
    lines = block({key: value for key, value in plain.items() if key != "desks"}, 4)
    if "desks" in plain:
        lines += ["    desks:", *block(plain["desks"], 6)]
    return lines
