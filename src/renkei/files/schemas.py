"""JSON Schemas (2020-12) of every kind of file, for editors: `python -m renkei.files.schemas` writes them anew.

They are made from the grammar. What a schema cannot say (what a name refers to, the order of keys) `check` says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from renkei.files.forms import Schema
from renkei.files.grammar import KINDS, VERSION

FOLDER: Final = Path(__file__).parent.parent / "schemas"


def schema(kind: str) -> Schema:
    """Return the JSON Schema of a kind of file."""
    defs: dict[str, Schema] = {}
    whole = KINDS[kind].object_schema(defs)
    properties = {"renkei": {"const": f"{kind}/{VERSION}", "description": "the format"}, **whole["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:renkei:{kind}:{VERSION}",
        "title": f"renkei {kind}, version {VERSION}",
        "type": "object",
        "properties": properties,
        "required": ["renkei", *whole["required"]],
        "additionalProperties": False,
        "$defs": dict(sorted(defs.items())),
    }


def text(kind: str) -> str:
    """Return the schema of a kind as the text of its file."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Write all schemas into the package."""
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        (FOLDER / f"{kind}.json").write_text(text(kind), encoding="utf-8")


if __name__ == "__main__":
    write()
