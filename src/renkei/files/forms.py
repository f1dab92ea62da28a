"""Forms of values: each reads a node into a value, writes the value again, and states its JSON Schema.

The grammar (`renkei.files.grammar`) is made of these and is the only statement of what a file may say.
"""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from renkei import units
from renkei.diagnostics import Problem
from renkei.files.yaml import Node, number_of
from renkei.model.quantity import Assumption, Distribution, Quantity, Text

Schema = dict[str, Any]
Plain = Any


class Missing:
    """What reading gives where there was an error, which is reported already."""


MISSING: Final = Missing()
UNSTATED: Final = object()
"""A key without a default: leave it out."""

ID: Final = re.compile(r"(?=[a-z0-9-]*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
ID_PATTERN: Final = r"^(?=[a-z0-9-]*[a-z])[a-z0-9]+(-[a-z0-9]+)*$"


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that names something else in the structure, to be looked up once all changes are made."""

    kind: str
    name: str
    node: Node


@dataclass(slots=True)
class Reader:
    """What is known while a file is read, and what is found wrong. None: not known, so not checked."""

    problems: list[Problem] = field(default_factory=list)
    assumptions: Mapping[str, Assumption | None] | None = None
    sources: frozenset[str] | None = None
    classes: frozenset[str] | None = None
    postures: frozenset[str] | None = None
    refs: list[Ref] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    literals: list[Node] = field(default_factory=list)
    """Numbers that stand where an assumption could be named."""

    def wrong(self, node: Node, rule: str, message: str, label: str = "", remedy: str = "") -> Missing:
        """Report an error, and return MISSING."""
        self.problems.append(node.problem(rule, message, label, remedy))
        return MISSING

    def known(self, node: Node, kind: str, names: Iterable[str] | None) -> bool:
        """Report a name that is not among those known; return whether it is."""
        if names is None or node.text in names:
            return True
        self.unknown(node, kind, node.text, names)
        return False

    def unknown(self, node: Node, kind: str, name: str, names: Iterable[str], label: str = "") -> None:
        """Report a name that nothing has."""
        if kind == "headquarters":
            label = label or "no headquarters has this id"
        self.wrong(
            node,
            f"unknown-{kind}".replace(" ", "-"),
            f"`{name}` is not {_article(kind)}",
            label or f"no {kind} has this name",
            remedy_for(name, names, kind),
        )

    def expected(self, node: Node, what: str, example: str = "") -> Missing:
        """Report a value of the wrong type."""
        if node.is_null:
            return self.wrong(
                node, "empty-value", f"{what} is expected", "nothing stands here", "write it, or take the key away"
            )
        return self.wrong(
            node,
            "wrong-type",
            f"{what} is expected",
            f"this is {node.what()}",
            f"write it as {example}" if example else "",
        )


def remedy_for(name: str, names: Iterable[str], kind: str) -> str:
    """Return what to do about a name that is not known."""
    listed = sorted(names)
    close = difflib.get_close_matches(name, listed, n=1, cutoff=0.55)
    if close:
        return f"use `{close[0]}`, or add {_article(kind)} `{name}`"
    if 0 < len(listed) <= 8:
        return f"use one of {quoted(listed)}, or add {_article(kind)} `{name}`"
    return f"add {_article(kind)} `{name}`"


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def quoted(names: Iterable[str]) -> str:
    """Return names in back-ticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)


# --- the forms


class Form(ABC):
    """How a value is read, written and described."""

    says: str = ""
    """In a few words, for the reference."""

    @abstractmethod
    def read(self, node: Node, reader: Reader) -> Any:
        """Return the value, or MISSING after reporting."""

    def read_as(self, name: str, key: Node, node: Node, reader: Reader) -> Any:
        """Return the value that stands under an id, or MISSING after reporting."""
        return self.read(node, reader)

    @abstractmethod
    def write(self, value: Any) -> Plain:
        """Return the value as plain mappings, lists, texts and numbers."""

    @abstractmethod
    def schema(self, defs: dict[str, Schema]) -> Schema:
        """Return the JSON Schema; ``defs`` takes those with a name."""


class Words(Form):
    """A text in English, or in both languages."""

    says = "text"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read ``text`` or ``{en: text, ja: text}``."""
        if node.kind == "mapping":
            parts: dict[str, str] = {}
            for name, (key, value) in node.pairs.items():
                if name not in ("en", "ja"):
                    cut = value.is_null and not value.text
                    reader.wrong(
                        key,
                        "unknown-key",
                        f"a text has no key `{name}`",
                        "the comma ends the text before it" if cut else "not known here",
                        "put the whole text in quotes" if cut else "use `en` and `ja`",
                    )
                elif not value.is_text:
                    reader.expected(value, "a text", f'`"{value.text}"`, in quotes' if value.kind == "scalar" else "")
                else:
                    parts[name] = value.text
            if "en" not in node.pairs:
                return reader.wrong(
                    node, "missing-key", "a text lacks `en`", "there is no `en` here", "add `en: ...`, its English text"
                )
            return Text(parts["en"], parts.get("ja", "")) if "en" in parts else MISSING
        if node.is_text:
            return Text(node.text)
        quote = f'`"{node.text}"`, in quotes' if node.kind == "scalar" and not node.is_null else ""
        return reader.expected(node, "a text", quote)

    def write(self, value: Any) -> Plain:
        """Write the short form where there is no Japanese."""
        return {"en": value.en, "ja": value.ja} if value.ja else value.en

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both forms."""
        defs["text"] = {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"en": {"type": "string"}, "ja": {"type": "string"}},
                    "required": ["en"],
                    "additionalProperties": False,
                },
            ]
        }
        return {"$ref": "#/$defs/text"}


class Line(Form):
    """A text of one language: an echelon, a service."""

    says = "text"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a text."""
        if node.is_text:
            return node.text
        quote = f'`"{node.text}"`, in quotes' if node.kind == "scalar" and not node.is_null else ""
        return reader.expected(node, "a text", quote)

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a string."""
        return {"type": "string"}


class Citation(Line):
    """A key of `sources`, or a citation in full (it has a space in it)."""

    says = "source"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read it, and see that a key is one of `sources`."""
        text = super().read(node, reader)
        if isinstance(text, str) and " " not in text and not reader.known(node, "source", reader.sources):
            return MISSING
        return text


class Id(Form):
    """An id: lower-case letters, digits and hyphens."""

    says = "id"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read an id."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "an id")
        return node.text if check_id(node, reader) else MISSING

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": ID_PATTERN}


def check_id(node: Node, reader: Reader) -> bool:
    """Report an id that is none."""
    if ID.fullmatch(node.text):
        return True
    mended = re.sub(r"[^a-z0-9]+", "-", node.text.lower()).strip("-")
    reader.wrong(
        node,
        "bad-id",
        f"`{node.text}` is not an id",
        "ids are lower-case letters, digits and hyphens, with at least one letter",
        f"call it `{mended}`" if ID.fullmatch(mended) else "choose another id",
    )
    return False


class Reference(Form):
    """The id of something: of a kind that is known already, or to be looked up in the structure."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.says = {"desk": "desk (`headquarters.desk`)"}.get(kind, f"{kind} id")

    def read(self, node: Node, reader: Reader) -> Any:
        """Read the name; look it up now, or note it."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, f"the id of a {self.kind}")
        if self.kind in ("class", "posture"):
            names = reader.classes if self.kind == "class" else reader.postures
            return node.text if reader.known(node, self.kind, names) else MISSING
        if self.kind == "desk" and node.text.count(".") != 1:
            return reader.wrong(
                node,
                "unknown-desk",
                f"`{node.text}` is not a desk",
                "a desk is named with its headquarters",
                "write it as `headquarters.desk`, such as `usfj.ops`",
            )
        reader.refs.append(Ref(self.kind, node.text, node))
        return node.text

    def write(self, value: Any) -> Plain:
        """Write the name."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern of the name."""
        if self.kind == "desk":
            return {"type": "string", "pattern": r"^[a-z0-9-]+\.[a-z0-9-]+$"}
        if self.kind == "headquarters or desk":
            return {"type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9-]+)?$"}
        return {"type": "string"}


class End(Form):
    """An end of a channel: a headquarters, `place:ID`, `nation:XX` or `any`."""

    says = "headquarters id, `place:ID`, `nation:XX` or `any`"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read it, and note what it names."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "an end of a channel", "`usfj`, `place:yokota`, `nation:JP` or `any`")
        kind, colon, name = node.text.partition(":")
        if not colon:
            if kind != "any":
                reader.refs.append(Ref("headquarters", kind, node))
            return node.text
        if kind == "place":
            reader.refs.append(Ref("place", name, node))
        elif kind == "nation":
            if not re.fullmatch(r"[A-Z]{2}", name):
                return reader.wrong(
                    node, "unknown-nation", f"`{name}` is not the code of a nation", "", "write it as `nation:JP`"
                )
            reader.refs.append(Ref("nation", name, node))
        else:
            return reader.wrong(
                node,
                "unknown-end",
                f"`{node.text}` is not an end of a channel",
                f"`{kind}:` is not known here",
                "write a headquarters, `place:ID`, `nation:XX` or `any`",
            )
        return node.text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": r"^([a-z0-9-]+|place:[a-z0-9-]+|nation:[A-Z]{2})$"}


class Choice(Form):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.says = " / ".join(f"`{word}`" for word in words)

    def read(self, node: Node, reader: Reader) -> Any:
        """Read one of the words."""
        if node.kind == "scalar" and node.text in self.words:
            return node.text
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, f"one of {quoted(self.words)}")
        close = difflib.get_close_matches(node.text.lower(), {word.lower(): word for word in self.words}, n=1)
        right = next((word for word in self.words if close and word.lower() == close[0]), None)
        return reader.wrong(
            node,
            "unknown-choice",
            f"`{node.text}` is not one of {quoted(self.words)}",
            "not known here",
            f"did you mean `{right}`?" if right else f"write one of {quoted(self.words)}",
        )

    def write(self, value: Any) -> Plain:
        """Write the word."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the words."""
        return {"enum": list(self.words)}


class Flag(Form):
    """True or false."""

    says = "true / false"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read true or false."""
        if node.is_truth:
            return node.text.lower() == "true"
        return reader.expected(node, "`true` or `false`")

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a boolean."""
        return {"type": "boolean"}


class Number(Form):
    """A plain number that is no assumption: stars, seeds, degrees."""

    def __init__(self, least: float, most: float, *, whole: bool = True, what: str = "a whole number") -> None:
        self.least, self.most, self.whole, self.what = least, most, whole, what
        self.says = what.removeprefix("a ").removeprefix("an ")

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a number within its bounds."""
        if not node.is_number:
            return reader.expected(node, self.what, f"`{units.plain(self.least)}`" if self.whole else "")
        value = number_of(node.text)
        if self.whole and not (value != value or abs(value) >= 1e18 or value == int(value)):
            return reader.wrong(node, "wrong-type", f"{self.what} is expected", "this is not whole", "round it")
        if not self.least <= value <= self.most:
            bounds = f"{units.plain(self.least)} to {units.plain(self.most)}"
            if self.most > 1e9 and value < self.least:
                bounds = f"{units.plain(self.least)} or more"
            least, most = f"{units.plain(self.least)} or more", f"{units.plain(self.most)} or less"
            nearest = least if value < self.least else most
            return reader.wrong(
                node, "out-of-range", f"`{node.text}` is out of range", f"it must be {bounds}", f"write {nearest}"
            )
        return int(value) if self.whole else value

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State its bounds."""
        schema: Schema = {"type": "integer" if self.whole else "number", "minimum": self.least}
        if self.most < 1e9:
            schema["maximum"] = self.most
        return schema


class Attempts(Number):
    """How often: a whole number, or `unlimited`."""

    def __init__(self) -> None:
        super().__init__(0, 1000)
        self.says = "whole number, or `unlimited`"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a number; None is unlimited."""
        if node.kind == "scalar" and node.text == "unlimited":
            return None
        return super().read(node, reader)

    def write(self, value: Any) -> Plain:
        """Write the word for None."""
        return "unlimited" if value is None else value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both."""
        return {"anyOf": [{"const": "unlimited"}, super().schema(defs)]}


class Clock(Form):
    """A time of the day, as minutes after midnight."""

    def __init__(self, *, end: bool = False) -> None:
        self.end = end
        self.says = 'local time (`"08:30"`)'

    def read(self, node: Node, reader: Reader) -> Any:
        """Read HH:MM."""
        example = '`"08:30"`'
        if node.kind != "scalar" or not node.text or node.is_null:
            return reader.expected(node, "a time of the day", example)
        found = re.fullmatch(r"(\d{2}):(\d{2})", node.text)
        if found is None:
            return reader.wrong(
                node, "bad-clock", f"`{node.text}` is not a time of the day", "", f"write hours and minutes: {example}"
            )
        minutes = int(found[1]) * 60 + int(found[2])
        if int(found[2]) > 59 or minutes > (1440 if self.end else 1439):
            latest = '"24:00"' if self.end else '"23:59"'
            return reader.wrong(
                node, "bad-clock", f"`{node.text}` is not a time of the day", f"the latest is `{latest}`", ""
            )
        return minutes

    def write(self, value: Any) -> Plain:
        """Write HH:MM."""
        return f"{value // 60:02}:{value % 60:02}"

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" + ("|^24:00$" if self.end else "")}


class Day(Form):
    """A date, kept as ISO text."""

    says = "date (`2024-06-03`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read YYYY-MM-DD."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "a date", "`2024-06-03`")
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.text):
                return date.fromisoformat(node.text).isoformat()
        except ValueError as wrong:
            return reader.wrong(node, "bad-date", f"`{node.text}` is not a date", str(wrong), "write another day")
        return reader.wrong(
            node, "bad-date", f"`{node.text}` is not a date", "", "write year, month and day: `2024-06-03`"
        )

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


class Moment(Form):
    """A local date and time, kept as ISO text without a zone."""

    says = "local date and time (`2011-03-11T14:46`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read YYYY-MM-DDTHH:MM."""
        from datetime import datetime

        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "a date and time", "`2011-03-11T14:46`")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", node.text):
            try:
                return datetime.fromisoformat(node.text)
            except ValueError as wrong:
                return reader.wrong(
                    node, "bad-date", f"`{node.text}` is not a date and time", str(wrong), "write another moment"
                )
        return reader.wrong(
            node,
            "bad-date",
            f"`{node.text}` is not a local date and time",
            "",
            "write date and time without a zone: `2011-03-11T14:46`",
        )

    def write(self, value: Any) -> Plain:
        """Write it to the second where there are any."""
        return value.isoformat(timespec="seconds" if value.second else "minutes")

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"}


class Zone(Form):
    """An IANA time zone."""

    says = "IANA time zone (`Asia/Tokyo`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a zone that there is."""
        if not node.is_text:
            return reader.expected(node, "a time zone", "`Asia/Tokyo`")
        if not zone_exists(node.text):
            return reader.wrong(
                node,
                "unknown-zone",
                f"`{node.text}` is not a time zone",
                "the IANA database has no such zone",
                _nearest_zone(node.text),
            )
        return node.text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a string; the database is not repeated here."""
        return {"type": "string", "pattern": r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$"}


_ZONES: dict[str, bool] = {}


def zone_exists(name: str) -> bool:
    """Return whether the IANA database has a zone."""
    if name not in _ZONES:
        from renkei.zones import zone

        try:
            zone(name)
            _ZONES[name] = True
        except (ValueError, OSError, KeyError):
            _ZONES[name] = False
    return _ZONES[name]


def _nearest_zone(name: str) -> str:
    from renkei.zones import names

    known = names()
    by_city = {zone.rpartition("/")[2]: zone for zone in sorted(known)}
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    city = difflib.get_close_matches(name.rpartition("/")[2].replace(" ", "_"), by_city, n=1, cutoff=0.75)
    found = by_city[city[0]] if city else close[0] if close else None
    return f"did you mean `{found}`?" if found else "write it as `Asia/Tokyo`"


class Nation(Form):
    """A nation's code of ISO 3166, whose holidays are known."""

    says = "nation (`JP`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a code that the calendar of holidays knows."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "the code of a nation", "`JP`")
        if not re.fullmatch(r"[A-Z]{2}", node.text):
            return reader.wrong(
                node,
                "unknown-nation",
                f"`{node.text}` is not the code of a nation",
                "two capital letters are expected",
                "write it as `JP`",
            )
        from renkei.files.nations import NATIONS

        if node.text not in NATIONS:
            return reader.wrong(
                node,
                "unknown-nation",
                f"`{node.text}` is not a nation whose holidays are known",
                "no nation has this code (ISO 3166)",
                f"did you mean `{ALIASES[node.text]}`?" if node.text in ALIASES else "use a code such as `JP` or `US`",
            )
        return node.text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": "^[A-Z]{2}$"}


ALIASES: Final = {"UK": "GB", "JA": "JP", "KO": "KR", "AM": "US", "EL": "GR", "SK": "KR"}


class Several(Form):
    """A list."""

    def __init__(
        self, item: Form, least: int = 0, most: int | None = None, what: str = "", unique: bool = True
    ) -> None:
        self.item, self.least, self.most, self.what, self.unique = item, least, most, what, unique
        self.says = f"list of {item.says}" if most is None or most != least else f"{least} of {item.says}"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read each, and see that there are enough."""
        if node.kind != "list":
            what = self.what or "a list"
            return reader.expected(node, what, f"`[{node.text}]`" if node.kind == "scalar" and node.text else "")
        values = [self.item.read(each, reader) for each in node.items]
        if len(values) < self.least or (self.most is not None and len(values) > self.most):
            count = f"{self.least}" if self.least == self.most else f"{self.least} or more"
            return reader.wrong(
                node,
                "wrong-count",
                f"{self.what or 'a list'} is expected",
                f"{len(values)} stand here, not {count}",
                f"write {count}" + ("" if values else ", or take the key away"),
            )
        if self.unique:
            seen: set[str] = set()
            for each in node.items:
                if each.kind == "scalar" and each.text in seen:
                    return reader.wrong(
                        each, "repeated-item", f"`{each.text}` stands twice in the list", "again", "take one away"
                    )
                seen.add(each.text)
        return MISSING if any(value is MISSING for value in values) else tuple(values)

    def write(self, value: Any) -> Plain:
        """Write each."""
        return [self.item.write(each) for each in value]

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State an array."""
        schema: Schema = {"type": "array", "items": self.item.schema(defs)}
        if self.least:
            schema["minItems"] = self.least
        if self.most is not None:
            schema["maxItems"] = self.most
        return schema


class Named(Form):
    """A mapping from ids to definitions."""

    def __init__(self, item: Form, what: str, *, free: bool = False) -> None:
        self.item, self.what, self.free = item, what, free
        self.says = f"mapping of ids to {what}"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read each; those with errors are left out."""
        if node.kind != "mapping":
            return reader.expected(node, f"a mapping of ids to {self.what}")
        values = {}
        for name, (key, each) in node.pairs.items():
            if not self.free and not check_id(key, reader):
                continue
            value = self.item.read_as(name, key, each, reader)
            if value is not MISSING:
                values[name] = value
        return values

    def write(self, value: Any) -> Plain:
        """Write each."""
        return {name: self.item.write(each) for name, each in value.items()}

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State an object whose keys are ids."""
        schema: Schema = {"type": "object", "additionalProperties": self.item.schema(defs)}
        if not self.free:
            schema["propertyNames"] = {"pattern": ID_PATTERN}
        return schema


# --- quantities


class Amount(Form):
    """A quantity: the name of an assumption, a literal, or a multiple of one."""

    def __init__(
        self, dimension: units.Dimension, least: float = 0.0, most: float = float("inf"), *, positive: bool = False
    ) -> None:
        self.dimension, self.least, self.most, self.positive = dimension, least, most, positive
        self.most = min(most, units.MOST.get(dimension, most))
        self.says = {"any": "quantity"}.get(dimension, dimension)

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a quantity, and see that it is of the dimension that is asked."""
        if node.kind == "mapping":
            return self._multiple(node, reader)
        asked, example = units.ASKED[self.dimension]
        if node.kind != "scalar" or node.is_null or node.is_truth:
            return reader.expected(node, f"{asked}, or the name of an assumption,", example)
        text = node.text.strip()
        if not units.looks_like_quantity(text):
            return self._named(node, text, reader, 1.0)
        value = self._literal(node, text, reader)
        if isinstance(value, Missing):
            return value
        if value != 0:  # none of something needs no source
            reader.literals.append(node)
        return Quantity(value=value) if self._within(node, value, value, reader) else MISSING

    def _literal(self, node: Node, text: str, reader: Reader) -> float | Missing:
        try:
            measured = units.measure(text)
        except units.QuantityError as wrong:
            return reader.wrong(node, "bad-quantity", f"`{text}` is not a quantity", wrong.reason, wrong.remedy)
        if measured.dimension not in units.FITS[self.dimension]:
            asked, example = units.ASKED[self.dimension]
            zero = " (write `0 h` for none)" if measured.value == 0 and self.dimension == "duration" else ""
            return reader.wrong(
                node,
                "wrong-dimension",
                f"`{text}` is {units.GIVEN[measured.dimension]}, where {asked} is asked",
                f"{asked} is expected",
                f"write it as {example}{zero}",
            )
        return measured.value

    def _named(self, node: Node, name: str, reader: Reader, factor: float) -> Any:
        if reader.assumptions is None:
            return Quantity(assumption=name, factor=factor)
        if name not in reader.assumptions:
            asked, example = units.ASKED[self.dimension]
            close = difflib.get_close_matches(name, reader.assumptions, n=1, cutoff=0.6)
            remedy = (
                f"use `{close[0]}`, or add an assumption `{name}`"
                if close
                else f"add an assumption `{name}`, or write {asked} such as {example}"
            )
            return reader.wrong(
                node,
                "unknown-assumption",
                f"`{name}` is not an assumption",
                "assumptions.yaml has none of this name",
                remedy,
            )
        reader.used.add(name)
        assumption = reader.assumptions[name]
        if assumption is None:
            return MISSING
        if assumption.dimension not in units.FITS[self.dimension]:
            asked, _ = units.ASKED[self.dimension]
            return reader.wrong(
                node,
                "wrong-dimension",
                f"assumption `{name}` is {units.GIVEN[assumption.dimension]}, where {asked} is asked",
                f"{asked} is expected",
                "name another assumption, or mend its unit",
            )
        if not self._within(node, assumption.low * factor, assumption.high * factor, reader):
            return MISSING
        return Quantity(assumption=name, factor=factor)

    def _within(self, node: Node, low: float, high: float, reader: Reader) -> bool:
        if self.least <= low and high <= self.most and not (self.positive and low <= 0):
            return True
        if self.positive and low <= 0:
            label = "it must be above 0"
        elif low < self.least:
            label = f"it must be {units.plain(self.least)} or more"
        else:
            shown = units.write(self.most, self.dimension) if self.most == units.MOST.get(self.dimension) else ""
            label = f"it must be {shown or units.plain(self.most)} or less"
        what = f"`{node.text}`" if node.kind == "scalar" else "this"
        given = what if low == high else f"{what} ({units.plain(low)} to {units.plain(high)})"
        remedy = label.replace("it must be", "write") if low == high else f"mend the range of {what}"
        reader.wrong(node, "out-of-range", f"{given} is out of range", label, remedy)
        return False

    def _multiple(self, node: Node, reader: Reader) -> Any:
        for name, (key, _) in node.pairs.items():
            if name not in ("of", "times"):
                return reader.wrong(
                    key, "unknown-key", f"a quantity has no key `{name}`", "not known here", "use `of` and `times`"
                )
        for name in ("of", "times"):
            if name not in node.pairs:
                return reader.wrong(
                    node,
                    "missing-key",
                    f"a multiple lacks `{name}`",
                    f"there is no `{name}` here",
                    f"add `{name}: ...`",
                )
        of, times = node.pairs["of"][1], node.pairs["times"][1]
        if not times.is_number:
            return reader.expected(times, "a plain number", "`0.5`")
        factor = number_of(times.text)
        if not 0 <= factor < float("inf"):
            return reader.wrong(times, "out-of-range", f"`{times.text}` is out of range", "it must be 0 or more", "")
        if of.kind != "scalar" or of.is_null:
            return reader.expected(of, "the name of an assumption")
        if not units.looks_like_quantity(of.text):
            return self._named(of, of.text, reader, factor)
        value = self._literal(of, of.text.strip(), reader)
        if isinstance(value, Missing) or not self._within(of, value * factor, value * factor, reader):
            return MISSING
        reader.literals.append(of)
        return Quantity(value=value, factor=factor)

    def write(self, value: Any) -> Plain:
        """Write the name, or the literal with its unit; with a factor both."""
        assert isinstance(value, Quantity)
        if value.assumption is not None:
            of: Plain = value.assumption
        else:
            assert value.value is not None
            of = units.write(value.value, self.dimension)
        return of if value.factor == 1.0 else {"of": of, "times": value.factor}

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a name, a literal, or a multiple."""
        units_of_time = "|".join([*units.DURATIONS, *(f"{name}s?" for name in units.LONG_NAMES)])
        number = units.NUMBER.replace("(?:", "(")
        rates = rf"/ *([0-9]+(\.[0-9]+)? *)?({units_of_time})"
        tail = {
            "duration": rf" *({units_of_time})",
            "rate": rf" *{rates}",
            "share": "( *%)?",
            "ratio": "( *%)?",
            "number": "( *%)?",
            "people": "( *(people|person))?",
            "contact": rf"( *({units_of_time}) */ *({units_of_time}))?",
            "money": r" *((k|M|bn) +)?[A-Z]{3}( */ *(yr|year))?",
            "any": ".*",
        }[self.dimension]
        plain = self.dimension not in ("duration", "rate", "money")
        # A name begins with a letter; a literal with a digit, a sign or a point.
        literal: Schema = {"type": "string", "pattern": rf"^([a-z][a-z0-9]*(-[a-z0-9]+)*|{number}{tail})$"}
        value: Schema = {"anyOf": [literal, {"type": "number"}]} if plain else literal
        name = f"quantity-{self.dimension}"
        defs[name] = {
            "anyOf": [
                *(value["anyOf"] if plain else [value]),
                {
                    "type": "object",
                    "properties": {"of": value, "times": {"type": "number", "minimum": 0}},
                    "required": ["of", "times"],
                    "additionalProperties": False,
                },
            ]
        }
        return {"$ref": f"#/$defs/{name}"}


DISTRIBUTIONS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "uniform": (("low", ""), ("high", "")),
    "triangular": (("low", ""), ("typical", ""), ("high", "")),
    "pert": (("low", ""), ("typical", ""), ("high", "")),
    "exponential": (("mean", ""),),
    "lognormal": (("mean", ""), ("spread", "ratio")),
    "gamma": (("mean", ""), ("spread", "ratio")),
    "weibull": (("scale", ""), ("shape", "ratio")),
    "empirical": (("samples", ""),),
}
"""The parameters of each kind; those without a dimension have that of the distribution."""

OF_AN_ASSUMPTION: Final = ("uniform", "triangular", "pert")


def _range_of(value: Quantity, reader: Reader) -> tuple[float, float]:
    """Return the least and the most of a quantity over all futures; an unknown one fits anywhere."""
    if value.value is not None:
        return value.value * value.factor, value.value * value.factor
    known = (reader.assumptions or {}).get(value.assumption or "")
    if known is None:
        return float("inf"), -float("inf")
    return known.low * value.factor, known.high * value.factor


class Chance(Form):
    """A distribution: chance inside a run. A quantity alone is a constant."""

    def __init__(self, dimension: units.Dimension, *, least: float = 0.0) -> None:
        self.dimension = dimension
        self.amount = Amount(dimension, least)
        self.says = f"distribution of {'a quantity' if dimension == 'any' else dimension}"

    def _parameter(self, kind: str, dimension: str) -> Amount:
        if dimension == "ratio":
            return Amount("ratio", 0.1, 100.0) if kind == "weibull" else Amount("ratio", 0.0, 100.0)
        return self.amount

    def read(self, node: Node, reader: Reader) -> Any:
        """Read ``{distribution: KIND, ...}``, or a quantity."""
        if node.kind != "mapping" or "distribution" not in node.pairs:
            value = self.amount.read(node, reader)
            return value if isinstance(value, Missing) else Distribution("constant", (value,))
        kind = Choice("constant", *DISTRIBUTIONS).read(node.pairs["distribution"][1], reader)
        if isinstance(kind, Missing):
            return kind
        parameters = (("value", ""),) if kind == "constant" else DISTRIBUTIONS[kind]
        names = [name for name, _ in parameters]
        whole = "of" in node.pairs and kind in OF_AN_ASSUMPTION
        known = ["distribution", *(["of"] if whole else names), "times"]
        good = True
        for name, (key, _) in node.pairs.items():
            if name not in known:
                good = False
                what = "uniform, triangular and pert" if name == "of" else f"it has {quoted(known[1:])}"
                reader.wrong(
                    key,
                    "unknown-key",
                    f"{_article(kind)} distribution has no key `{name}`",
                    "not known here",
                    f"only {what} have `of`" if name == "of" else what,
                )
        for name in ["of"] if whole else names:
            if name not in node.pairs:
                good = False
                reader.wrong(
                    node.pairs["distribution"][1],
                    "missing-key",
                    f"{_article(kind)} distribution lacks `{name}`",
                    f"it has {quoted(names)}",
                    f"add `{name}: ...`",
                )
        times = None
        if "times" in node.pairs:
            times = Amount("ratio").read(node.pairs["times"][1], reader)
            good = good and times is not MISSING
        if not good:
            return MISSING
        values: list[Any]
        if whole:
            values = self._of(kind, node.pairs["of"][1], reader)
        elif kind == "empirical":
            samples = Several(self.amount, least=1, what="a list of samples", unique=False)
            found = samples.read(node.pairs["samples"][1], reader)
            values = [MISSING] if isinstance(found, Missing) else list(found)
        else:
            values = [
                self._parameter(kind, dimension).read(node.pairs[name][1], reader) for name, dimension in parameters
            ]
        if any(value is MISSING for value in values):
            return MISSING
        if "low" in names and not whole and (late := self._out_of_order(names, values, reader)) is not None:
            one, other, certain = late
            low, high = node.pairs[one][1], node.pairs[other][1]
            return reader.wrong(
                low,
                "wrong-order",
                f"{_article(kind)} distribution is not in order"
                + ("" if certain else f" in every future: `{one}` may be above `{other}`"),
                f"{quoted(names)} must rise",
                "put the lowest first"
                if certain
                else f"let the range of `{low.text}` end where that of `{high.text}` begins, "
                "or make one a multiple of the other with `of` and `times`",
            )
        return Distribution(kind, tuple(values), times)

    @staticmethod
    def _out_of_order(names: list[str], values: list[Any], reader: Reader) -> tuple[str, str, bool] | None:
        """Return two parameters that may be in the wrong order in some future, and whether they are so in every one."""
        ranges = [_range_of(value, reader) for value in values]
        for number, (low, high) in enumerate(ranges):
            for later in range(number + 1, len(ranges)):
                one, other = values[number], values[later]
                if one.assumption is not None and one.assumption == other.assumption:
                    if one.factor > other.factor:
                        return names[number], names[later], True
                elif high > ranges[later][0]:
                    return names[number], names[later], low > ranges[later][1] or low == high
        return None

    def _of(self, kind: str, node: Node, reader: Reader) -> list[Any]:
        named = self.amount.read(node, reader)
        if isinstance(named, Missing):
            return [MISSING]
        if named.assumption is None:
            reader.expected(node, "the name of an assumption")
            return [MISSING]
        assumption = reader.assumptions.get(named.assumption) if reader.assumptions is not None else None
        if assumption is None:
            return [MISSING]
        numbers = {"low": assumption.low, "typical": assumption.typical, "high": assumption.high}
        return [Quantity(value=numbers[name] * named.factor) for name, _ in DISTRIBUTIONS[kind]]

    def write(self, value: Any) -> Plain:
        """Write a constant short."""
        assert isinstance(value, Distribution)
        if value.kind == "constant" and value.times is None:
            return self.amount.write(value.parameters[0])
        plain: dict[str, Plain] = {"distribution": value.kind}
        if value.kind == "empirical":
            plain["samples"] = [self.amount.write(each) for each in value.parameters]
        else:
            parameters = (("value", ""),) if value.kind == "constant" else DISTRIBUTIONS[value.kind]
            for (name, dimension), each in zip(parameters, value.parameters, strict=True):
                plain[name] = self._parameter(value.kind, dimension).write(each)
        if value.times is not None:
            plain["times"] = Amount("ratio").write(value.times)
        return plain

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a quantity, or one of the kinds."""
        amount = self.amount.schema(defs)
        ratio = Amount("ratio").schema(defs)
        kinds: list[Schema] = []
        for kind, parameters in {"constant": (("value", ""),), **DISTRIBUTIONS}.items():
            properties: dict[str, Schema] = {name: ratio if dimension else amount for name, dimension in parameters}
            if kind == "empirical":
                properties = {"samples": {"type": "array", "items": amount, "minItems": 1}}
            kinds.append(_object({"distribution": {"const": kind}, **properties}, list(properties), {"times": ratio}))
            if kind in OF_AN_ASSUMPTION:
                kinds.append(_object({"distribution": {"const": kind}, "of": amount}, ["of"], {"times": ratio}))
        name = f"distribution-{self.dimension}"
        defs[name] = {"anyOf": [amount, *kinds]}
        return {"$ref": f"#/$defs/{name}"}


def _object(properties: dict[str, Schema], required: list[str], more: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {**properties, **more},
        "required": ["distribution", *required],
        "additionalProperties": False,
    }


# --- records


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record: its form, whether it must be there, what it means, and what holds without it."""

    name: str
    form: Form
    meaning: str = ""
    required: bool = False
    default: Any = UNSTATED
    shown_default: str = ""
    """How the default is said in the reference, where the value alone does not."""


Fields = dict[str, Any]


class Record(Form):
    """A mapping with known keys.

    ``build`` makes the model's value from an id and the fields (by key), ``unbuild`` gives the fields back;
    ``normalise`` turns shorthand into full fields, and may report; ``shorthand`` is its inverse; ``complete``
    reports what a whole definition lacks.
    """

    def __init__(
        self,
        name: str,
        keys: Iterable[Key],
        build: Callable[[str, Fields], Any],
        unbuild: Callable[[Any], Fields],
        normalise: Callable[[Fields, Node, Reader], bool] | None = None,
        shorthand: Callable[[Fields], Fields] | None = None,
        complete: Callable[[Fields, Node, Reader], bool] | None = None,
    ) -> None:
        self.name = name
        self.keys = {key.name: key for key in keys}
        self.build, self.unbuild, self.normalise, self.shorthand = build, unbuild, normalise, shorthand
        self.complete = complete
        self.says = name

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a record without an id."""
        return self.read_as("", node, node, reader)

    def read_as(self, name: str, key: Node, node: Node, reader: Reader) -> Any:
        """Read a record under an id."""
        fields = self.read_fields(name, key, node, reader)
        return fields if isinstance(fields, Missing) else self.build(name, fields)

    def read_fields(
        self,
        name: str,
        key: Node,
        node: Node,
        reader: Reader,
        *,
        partial: bool = False,
        refs: dict[str, list[Ref]] | None = None,
        skip: frozenset[str] = frozenset(),
    ) -> Fields | Missing:
        """Return the fields of a record, or MISSING if any is wrong.

        ``partial``: required keys may be absent, and null takes a key back to its default. ``refs`` takes what each
        key refers to; ``skip`` are keys that somebody else reads.
        """
        if node.kind != "mapping":
            return reader.expected(node, f"{_article(self.name)}, a mapping,")
        fields: Fields = {}
        good = True
        for word, (key_node, value) in node.pairs.items():
            if word in skip:
                continue
            stated = self.keys.get(word)
            if stated is None:
                good = False
                self.unknown_key(key_node, reader)
                continue
            if partial and value.is_null and not stated.required:
                fields[word] = None if stated.default is UNSTATED else stated.default
                if refs is not None:
                    refs[word] = []
                continue
            before = len(reader.refs)
            read = stated.form.read(value, reader)
            if refs is not None:
                refs[word] = reader.refs[before:]
            if read is MISSING:
                good = False
            else:
                fields[word] = read
        if not partial:
            for word, stated in self.keys.items():
                if stated.required and word not in node.pairs and word not in skip:
                    good = False
                    of = f" `{name}`" if name else ""
                    reader.wrong(
                        key,
                        "missing-key",
                        f"{self.name}{of} lacks `{word}`",
                        f"there is no `{word}` here",
                        f"add `{word}: ...`: {stated.meaning}" if stated.meaning else f"add `{word}: ...`",
                    )
        if self.normalise is not None and good:
            good = self.normalise(fields, node, reader)
        if self.complete is not None and good and not partial:
            good = self.complete(fields, key, reader)
        return fields if good else MISSING

    def unknown_key(self, key: Node, reader: Reader) -> None:
        """Report a key that is not known."""
        close = difflib.get_close_matches(key.text, self.keys, n=1, cutoff=0.6)
        reader.wrong(
            key,
            "unknown-key",
            f"{_article(self.name)} has no key `{key.text}`",
            "not known here",
            f"did you mean `{close[0]}`?" if close else f"it has {quoted(self.keys)}",
        )

    def default(self, word: str) -> Any:
        """Return what holds where a key is not stated."""
        stated = self.keys[word].default
        return None if stated is UNSTATED else stated

    def write(self, value: Any) -> Plain:
        """Write the fields that are not at their defaults."""
        return self.write_fields(self.unbuild(value))

    def write_fields(self, fields: Fields, *, partial: bool = False) -> dict[str, Plain]:
        """Write fields; with ``partial`` those at their defaults too, as null."""
        if self.shorthand is not None:
            fields = self.shorthand(fields)
        plain: dict[str, Plain] = {}
        for word, stated in self.keys.items():
            if word not in fields:
                continue
            value = fields[word]
            at_default = value is None or (
                stated.default is not UNSTATED and not stated.required and value == stated.default
            )
            if not at_default:
                plain[word] = stated.form.write(value)
            elif partial:
                plain[word] = None
        return plain

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State an object with its keys and no others."""
        name = self.name.replace(" ", "-")
        if name not in defs:
            defs[name] = {}
            defs[name].update(self.object_schema(defs))
        return {"$ref": f"#/$defs/{name}"}

    def object_schema(self, defs: dict[str, Schema]) -> Schema:
        """Return the object itself."""
        properties = {}
        for word, stated in self.keys.items():
            schema = dict(stated.form.schema(defs))
            if stated.meaning:
                schema["description"] = stated.meaning
            properties[word] = schema
        return {
            "type": "object",
            "properties": properties,
            "required": [word for word, stated in self.keys.items() if stated.required],
            "additionalProperties": False,
        }
