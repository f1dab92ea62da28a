"""YAML as a tree of nodes that know where they stand.

The C parser of ruamel.yaml composes the tree (31 KB in 7 ms; its round-trip loader needs ten times that); scalars
stay texts, and whoever reads one resolves it by the core rules of YAML 1.2, where `on`, `no` and `12:30` are texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from renkei.diagnostics import Problem

MOST_NODES: Final = 200_000
"""A case of ten large structures has some 40,000. Aliases count each time, so a few lines cannot become gigabytes."""
DEEPEST: Final = 60

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
TRUTHS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


@dataclass(slots=True)
class Source:
    """A file as read: its path within the case, and its lines."""

    path: str
    lines: Sequence[str] = ()


@dataclass(slots=True, eq=False)
class Node:
    """A value and where it stands. ``line`` and ``column`` count from 1."""

    source: Source
    line: int
    column: int
    length: int
    kind: Literal["scalar", "list", "mapping"]
    text: str = ""
    quoted: bool = False
    items: list[Node] = field(default_factory=list)
    pairs: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    """Of a mapping: key and value by the key's text."""

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here."""
        return self.kind == "scalar" and not self.quoted and self.text in NULLS

    @property
    def is_truth(self) -> bool:
        """Whether it is true or false, unquoted."""
        return self.kind == "scalar" and not self.quoted and self.text in TRUTHS

    @property
    def is_number(self) -> bool:
        """Whether it is a number, unquoted."""
        return self.kind == "scalar" and not self.quoted and _NUMBER.fullmatch(self.text) is not None

    @property
    def is_text(self) -> bool:
        """Whether it is a text: quoted, or nothing else by the core rules."""
        return self.kind == "scalar" and (self.quoted or not (self.is_null or self.is_truth or self.is_number))

    def what(self) -> str:
        """Say what stands here, for an error."""
        if self.kind != "scalar":
            return f"a {self.kind}"
        if self.is_null:
            return "nothing"
        if self.is_truth:
            return "true or false"
        return "a number" if self.is_number else "a text"

    def problem(self, rule: str, message: str, label: str = "", remedy: str = "", *, warning: bool = False) -> Problem:
        """Return a problem at this place."""
        lines = self.source.lines
        return Problem(
            rule=rule,
            severity="warning" if warning else "error",
            message=message,
            file=self.source.path,
            line=self.line,
            column=self.column,
            length=self.length,
            label=label,
            help=remedy,
            text=lines[self.line - 1] if 0 < self.line <= len(lines) else "",
        )


def number_of(text: str) -> float:
    """Return the number of a text that is one by the core rules."""
    if text.startswith("0o"):
        return int(text[2:], 8)
    if text.startswith("0x"):
        return int(text[2:], 16)
    low = text.lower().replace(".inf", "inf").replace(".nan", "nan")
    return float(low)


def plain_of(node: Node) -> Any:
    """Return a tree as plain values, by the core rules."""
    if node.kind == "mapping":
        return {name: plain_of(value) for name, (_, value) in node.pairs.items()}
    if node.kind == "list":
        return [plain_of(each) for each in node.items]
    if node.is_null:
        return None
    if node.is_truth:
        return TRUTHS[node.text]
    if node.is_number:
        number = number_of(node.text)
        return int(number) if number == number and abs(number) < 1e18 and number == int(number) else number
    return node.text


# --- from a file


def compose(text: str, source: Source) -> tuple[Node | None, list[Problem]]:
    """Return the tree of a file's text, None where there is none, and the problems of its syntax.

    Duplicate keys are reported, and the first one kept; after an error of syntax there is no tree.
    """
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]  # a C extension without stubs
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class Parser(CParser):  # type: ignore[misc]
        """The C parser asks these of its resolver; tags are settled later, by who reads."""

        def descend_resolver(self, *_: object) -> None:
            pass

        def ascend_resolver(self) -> None:
            pass

        def resolve(self, *_: object) -> str:
            return ""

    source.lines = text.split("\n")
    if _may_be_deep(text) and (place := _too_deep(Parser(text))) is not None:
        return None, [
            Node(source, *place, 1, "scalar").problem(
                "too-large", "this file is nested too deeply", "the limit is reached here", "use fewer brackets"
            )
        ]
    try:
        root = Parser(text).get_single_node()
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        return None, [_syntax_problem(source, mark.line + 1, mark.column + 1, wrong.problem or wrong.context or "")]
    except YAMLError as wrong:
        return None, [_character_problem(source, text, wrong)]
    if root is None:
        return None, []
    reader = _Conversion(source)
    node = reader.convert(root, 0)
    return (None if reader.stopped else node), reader.problems


_DASHES: Final = re.compile(r"^ *(?:[-?] +){20,}", re.MULTILINE)


def _may_be_deep(text: str) -> bool:
    """Return whether a file may be nested more deeply than the C parser, which nests its calls, survives."""
    opened = max(text.count("["), text.count("{"))
    return (opened > DEEPEST and _most_open(text) > DEEPEST) or _DASHES.search(text) is not None


def _most_open(text: str) -> int:
    """Return how many brackets are open at once at most, if all were brackets."""
    depth = most = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _too_deep(parser: Any) -> tuple[int, int] | None:
    """Return line and column where the levels of a file become too many, from its events, which are not nested."""
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, StreamEndEvent

    depth = 0
    try:
        while not isinstance(event := parser.get_event(), StreamEndEvent):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > DEEPEST + 1:
                return event.start_mark.line + 1, event.start_mark.column + 1
    except YAMLError:
        pass  # whoever composes it says what is wrong
    return None


_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_KEY: Final = 1024

_PLAINER: Final = {
    "found another document": ("a second document begins here", "a file has one document: take away the line `---`"),
    "but found another document": (
        "a second document begins here",
        "a file has one document: take away the line `---`",
    ),
    "found character that cannot start any token": (
        "this character cannot begin a value",
        "indent with spaces, not tabs; put a text that begins with @, ` or % in quotes",
    ),
    "mapping values are not allowed in this context": (
        "a `:` is not expected here",
        "put a text that contains `: ` in quotes; or mend the indentation",
    ),
    "found unexpected end of stream": ("the file ends within a quoted text", "close the quotes"),
    "did not find expected node content": ("a value is missing here", "close the bracket or brace, or write a value"),
    "did not find expected ',' or ']'": ("a `,` or `]` is missing before this", "close the list with `]`"),
    "did not find expected ',' or '}'": ("a `,` or `}` is missing before this", "close the mapping with `}`"),
    "found undefined alias": ("no anchor of this name comes before it", "write the value out"),
    "did not find expected key": ("a key is expected here", "mend the indentation, or the quotes of the line before"),
    "could not find expected ':'": ("a `:` is missing after the key", "write `key: value`"),
}


def _syntax_problem(source: Source, line: int, column: int, said: str) -> Problem:
    label, remedy = _PLAINER.get(said, (said, "mend the YAML; quotes and indentation are the usual causes"))
    last = len(source.lines)
    while last > 1 and not source.lines[last - 1].strip():
        last -= 1
    if line > last:
        # The parser noticed at the end of the file; the last line that says something is shown.
        line, column = last, len(source.lines[last - 1]) + 1
    if source.lines[line - 1][max(0, column - 2) : column].rstrip("]},").endswith("?"):
        # The C parser takes a `?` before a bracket for the mark of a key.
        label, remedy = "a text that ends with `?` is not understood here", "put it in quotes"
    if said == "could not find expected ':'" and len(source.lines[line - 1]) > _LONGEST_KEY:
        label, remedy = f"a key has {_LONGEST_KEY:,} letters at most", "write a shorter one"
    place = Node(source, line, column, 1, "scalar")
    return place.problem("syntax", "this is not YAML", label, remedy)


def _character_problem(source: Source, text: str, wrong: Exception) -> Problem:
    at = getattr(wrong, "position", None)
    if not isinstance(at, int):
        return Problem("syntax", "error", f"this is not YAML: {wrong}", source.path)
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    place = Node(source, line, column, 1, "scalar")
    return place.problem("syntax", "this is not YAML", "a control character stands here", "take it away")


class _Conversion:
    """Turns the parser's nodes into ours, counting them, refusing tags, and noticing keys that come twice."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.count = 0
        self.stopped = False
        # Asking each node for its tag takes as long as all the rest.
        self.tagged = any("!" in line for line in source.lines)

    def convert(self, raw: Any, depth: int) -> Node:
        start, end = raw.start_mark, raw.end_mark
        value = raw.value
        self.count += 1
        line, column = start.line + 1, start.column + 1
        length = end.column - start.column if end.line == start.line else 1
        if type(value) is str:
            node = Node(self.source, line, column, max(1, length), "scalar", value, bool(raw.style))
            if length < 1 or end.line != start.line:
                node.length = max(1, len(self._line(line).rstrip()) - start.column) if end.line != start.line else 1
            if not value.isprintable() and _CONTROLS.search(value):
                self.problems.append(
                    node.problem(
                        "syntax",
                        "a text has a control character in it",
                        "it is written with an escape, such as `\\e`",
                        "take it away",
                    )
                )
                node.text = _CONTROLS.sub("\ufffd", value)
        elif self.stopped or self.count > MOST_NODES or depth > DEEPEST:
            node = Node(self.source, line, column, 1, "scalar", "", False)
            if not self.stopped:
                self.stopped = True
                what = "is nested too deeply" if depth > DEEPEST else "is too large once its aliases are written out"
                self.problems.append(
                    node.problem("too-large", f"this file {what}", "the limit is reached here", "use fewer aliases")
                )
            return node
        elif raw.id == "mapping":
            node = Node(self.source, line, column, max(1, length), "mapping")
            for raw_key, raw_value in value:
                key = self.convert(raw_key, depth + 1)
                if key.kind != "scalar":
                    self.problems.append(
                        key.problem("wrong-type", "a key is a word here", f"this is {key.what()}", "write a word")
                    )
                    continue
                item = self.convert(raw_value, depth + 1)
                if key.text in node.pairs:
                    first = node.pairs[key.text][0]
                    self.problems.append(
                        key.problem(
                            "duplicate-key",
                            f"`{key.text}` is stated twice",
                            f"it stands on line {first.line} already",
                            "take one of them away",
                        )
                    )
                    continue
                node.pairs[key.text] = (key, item)
        else:
            node = Node(self.source, line, column, max(1, length), "list")
            node.items = [self.convert(each, depth + 1) for each in value]
        if self.tagged and raw.tag and raw.tag != "!":
            self.problems.append(
                node.problem("tag", "tags are not used here", f"`{raw.tag}` is a tag", "write the value without it")
            )
        return node

    def _line(self, line: int) -> str:
        return self.source.lines[line - 1] if line <= len(self.source.lines) else ""


# --- from plain values

NOWHERE: Final = Source("")


def node_of(value: Any, source: Source = NOWHERE) -> Node:
    """Return the tree of plain values: mappings, lists, texts, numbers, truths, None."""
    node = Node(source, 0, 0, 1, "scalar")
    if isinstance(value, Mapping):
        node.kind = "mapping"
        node.pairs = {str(key): (node_of(str(key), source), node_of(each, source)) for key, each in value.items()}
    elif isinstance(value, (list, tuple)):
        node.kind = "list"
        node.items = [node_of(each, source) for each in value]
    elif isinstance(value, bool):
        node.text = "true" if value else "false"
    elif value is None:
        node.text = "null"
    elif isinstance(value, (int, float)):
        node.text = repr(value)
    else:
        node.text, node.quoted = str(value), True
    return node


# --- to text

_PLAIN: Final = re.compile(r"[A-Za-z/.À-￿][^:#\[\]{},&*!|>'\"%@`\n\t\\]*")
WIDTH: Final = 118


def scalar(value: Any) -> str:
    """Return a scalar as it stands in a file: plain where that reads as the same value, else in double quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    probe = Node(NOWHERE, 0, 0, 1, "scalar", text)
    if _PLAIN.fullmatch(text) and text == text.strip() and probe.is_text and text.isprintable():
        return text
    if re.fullmatch(r"[0-9][0-9A-Za-z ./+%-]*", text) and text == text.strip() and probe.is_text:
        return text
    escaped = "".join(_escaped(each) for each in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character == "\t":
        return "\\t"
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def flow(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def block(value: Any, indent: int = 0, room: int = WIDTH) -> list[str]:
    """Return the lines of a mapping or list, one entry a line where it fits."""
    lines: list[str] = []
    space = " " * indent
    entries = (
        [(f"{scalar(key)}:", each) for key, each in value.items()]
        if isinstance(value, Mapping)
        else [("-", each) for each in value]
    )
    for head, each in entries:
        short = f"{space}{head} {flow(each)}"
        if not isinstance(each, (Mapping, list, tuple)) or not each or len(short) <= room:
            lines.append(short)
        elif head == "-":
            inner = block(each, indent + 2, room)
            lines.append(f"{space}- {inner[0].lstrip()}")
            lines += inner[1:]
        else:
            lines.append(f"{space}{head}")
            lines += block(each, indent + 2, room)
    return lines
