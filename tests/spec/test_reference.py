"""The reference of keys in docs/files.md and the list of rules in docs/errors.md are those of the code.

``RENKEI_REWRITE=1 pytest tests/spec`` writes both anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from renkei.diagnostics import RULES, WAYS
from renkei.files import grammar, politics
from renkei.files.forms import UNSTATED, Key, Record
from renkei.model.quantity import Quantity, Text

DOCS = Path(__file__).parent.parent.parent / "docs"
BEGIN = "<!-- From here on made from the code: RENKEI_REWRITE=1 pytest tests/spec -->\n"

HEADINGS: tuple[tuple[str, Iterable[Record]], ...] = (
    (
        "study.yaml",
        [
            grammar.STUDY,
            grammar.MONEY,
            grammar.READINESS,
            grammar.OBJECTIVE,
            grammar.AIM,
            grammar.PRECISION,
            *politics.RECORDS,
        ],
    ),
    ("assumptions.yaml", [grammar.ASSUMPTIONS, grammar.SOURCE, grammar.ASSUMPTION]),
    ("doctrine.yaml", [grammar.DOCTRINE, grammar.POSTURE, grammar.LAW, grammar.FRICTION, grammar.CLASS]),
    ("Steps", [*grammar.VERBS.values(), grammar.BRANCH, grammar.RETURNS, grammar.TIMEOUT]),
    (
        "structures/*.yaml",
        [
            grammar.STRUCTURE,
            grammar.PLACE,
            grammar.HEADQUARTERS,
            grammar.DESK,
            grammar.DUTY,
            grammar.RECALL,
            grammar.PERSON,
            grammar.JOURNEY,
            grammar.RELATION,
            grammar.COUNTERPART,
            grammar.AUTHORITY,
            grammar.LIMIT,
            grammar.CHANNEL,
            grammar.CONVERSION,
            grammar.FAMILIARITY,
            grammar.PHASE,
            grammar.COST,
            grammar.PLANNED,
            grammar.HISTORY,
            grammar.WINDOW,
            grammar.ZONED,
        ],
    ),
    (
        "scenarios/*.yaml",
        [
            grammar.SCENARIO,
            grammar.CAPABILITY,
            grammar.MILESTONE,
            *grammar.PATTERNS.values(),
            grammar.RATE,
            *grammar.DISRUPTIONS.values(),
        ],
    ),
)


def default(key: Key) -> str:
    """Return what the table says of a key that is not stated."""
    if key.required:
        return "required"
    if key.shown_default:
        return key.shown_default
    value = key.default
    if value is UNSTATED or value in ("", (), {}) or value is None or isinstance(value, (Text, Quantity)):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table(keys: Iterable[Key]) -> Iterator[str]:
    """Yield the lines of a table of keys."""
    yield "| key | form | default | meaning |"
    yield "|---|---|---|---|"
    for key in keys:
        yield f"| `{key.name}` | {key.form.says} | {default(key)} | {key.meaning} |"


def reference() -> str:
    """Return the reference of all keys as Markdown."""
    lines = ["## Every key"]
    for heading, records in HEADINGS:
        lines += ["", f"### {heading}"]
        for record in records:
            lines += [
                "",
                f"**{record.name}**" if record is not grammar.DISRUPTIONS else "",
                "",
                *table(record.keys.values()),
            ]
    lines += ["", "### Changes", "", "Each may also say:", "", *table(grammar.COMMON_KEYS), ""]
    lines += ["| change | names | other keys | meaning |", "|---|---|---|---|"]
    for kind in grammar.CHANGES.values():
        keys = [f"`{key.name}` ({key.form.says})" for key in kind.keys]
        if kind.sets:
            keys.append(f"keys of {kind.sets}")
        lines.append(f"| `{kind.name}` | {kind.target.says} | {'; '.join(keys)} | {kind.meaning} |")
    return "\n".join(lines) + "\n"


def errors() -> str:
    """Return the list of rules as Markdown."""
    lines = [
        "# Errors and warnings of files",
        "",
        "`renkei check` names each problem's rule in brackets. An error stops a study; a warning does not.",
        "Every rule has a file that breaks it, with the message that it earns, in tests/spec/invalid.",
        "",
        "| rule | | what it means |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {rule.severity} | {rule.meaning} |" for name, rule in sorted(RULES.items())]
    lines += [
        "",
        "## Rules of whole cases",
        "",
        "Each structure must carry the decisions of each scenario. When the files are right, `renkei check` follows",
        "every paper's way, and these show. Every rule has a case that breaks it in tests/spec/ways.",
        "",
        "| rule | | what it means |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {rule.severity} | {rule.meaning} |" for name, rule in sorted(WAYS.items())]
    return "\n".join(lines) + "\n"


def test_the_reference_of_keys_is_that_of_the_grammar() -> None:
    path = DOCS / "files.md"
    prose = path.read_text(encoding="utf-8").partition(BEGIN)[0]
    if os.environ.get("RENKEI_REWRITE") == "1":
        path.write_text(prose + BEGIN + reference(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == prose + BEGIN + reference()


def test_every_record_is_in_the_reference() -> None:
    """A record that the grammar gains must be given a place in the reference."""
    listed = {id(record) for _, records in HEADINGS for record in records}
    stated = {name for name, value in vars(grammar).items() if isinstance(value, Record)}
    assert {name for name in stated if id(getattr(grammar, name)) not in listed} == set()


def test_the_list_of_errors_is_that_of_the_code() -> None:
    path = DOCS / "errors.md"
    if os.environ.get("RENKEI_REWRITE") == "1":
        path.write_text(errors(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == errors()
