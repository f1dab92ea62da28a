"""Problems of what people wrote: what is wrong, where exactly, what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]

_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal might obey; never printed."""
LONGEST = 600
"""The middle of a longer message, which quotes something that is longer still, is left out."""
WIDEST = 160
"""Longer lines are shown around the place that is meant."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its rule, the place, the line as written, a label under the caret, and a remedy.

    ``line`` and ``column`` count from 1, in characters; ``line`` 0 where the whole file is meant. ``length`` is
    that of the marked text.
    """

    rule: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    length: int = 1
    label: str = ""
    help: str = ""
    text: str = ""
    """The line of the file."""

    def render(self) -> str:
        """Return the problem as people read it, over several lines, without a line break at its end."""
        message = self.message
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} ... {message[-LONGEST // 2 :]}"
        lines = [f"{self.severity}[{self.rule}]: {message}"]
        if self.line > 0:
            number = str(self.line)
            gutter = " " * len(number)
            shown, before, marked = self._excerpt()
            lines.append(f"{gutter}--> {self.file}:{self.line}:{self.column}")
            lines.append(f"{gutter} |")
            lines.append(f"{number} | {shown}")
            lines.append(f"{gutter} | {' ' * before}{'^' * marked} {self.label}".rstrip())
        elif self.file:
            lines.append(f" --> {self.file}")
        if self.help:
            lines.append(f"help: {self.help}")
        return _CONTROLS.sub("\ufffd", "\n".join(lines))

    def _excerpt(self) -> tuple[str, int, int]:
        """Return the line to show, the columns before the mark, and the mark's width on a screen."""
        text = self.text.replace("\t", " ").rstrip()
        start = min(self.column - 1, len(text))
        end = max(start, min(start + self.length, len(text)))
        prefix = suffix = ""
        if len(text) > WIDEST:
            cut = max(0, min(start - 60, len(text) - WIDEST))
            stop = max(min(end + 20, cut + 2 * WIDEST), cut + WIDEST)
            prefix, suffix = ("..." if cut else ""), ("..." if stop < len(text) else "")
            text, start, end = text[cut:stop], start - cut, min(end, stop) - cut
        before = _width(prefix) + _width(text[:start])
        return prefix + text + suffix, before, max(1, _width(text[start:end]))


def _width(text: str) -> int:
    """Return how many columns a text takes: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems by file and place, each once."""
    once = {(each.rule, each.file, each.line, each.column, each.message): each for each in problems}
    return sorted(once.values(), key=lambda each: (each.file, each.line, each.column, each.rule, each.message))


class InputError(Exception):
    """What was read is wrong. ``problems`` has all that is wrong with it, warnings too, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = in_order(problems)
        super().__init__("\n\n".join(each.render() for each in self.problems))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a file can break: how bad that is, and what the rule is about."""

    severity: Severity
    meaning: str


RULES: Final[dict[str, Rule]] = {
    "syntax": Rule("error", "A file is not YAML: a bracket, quote, colon or indentation is wrong."),
    "tag": Rule(
        "error", "A YAML tag (`!name`) stands before a value; nothing in a file is ever executed, so there are none."
    ),
    "duplicate-key": Rule("error", "A key is stated twice in one mapping."),
    "too-large": Rule(
        "error",
        "A file has more than 4 MB, more than 200,000 values with its aliases written out, or 60 levels.",
    ),
    "unreadable-file": Rule("error", "A file cannot be read, or is not UTF-8."),
    "empty-file": Rule("error", "A file has nothing in it."),
    "missing-file": Rule("error", "A case lacks `study.yaml`, `doctrine.yaml`, a structure or a scenario."),
    "unread-file": Rule("warning", "A file beside the others is not read: its name does not end with `.yaml`."),
    "missing-format": Rule("error", "A file does not begin with its format, such as `renkei: structure/1`."),
    "wrong-format": Rule("error", "The format is not known, or belongs to another kind of file."),
    "old-format": Rule("error", "The format's version is no longer read."),
    "new-format": Rule("error", "The format's version is newer than this renkei."),
    "unknown-key": Rule("error", "A mapping has a key that is not known there."),
    "missing-key": Rule("error", "A key that must be there is not."),
    "empty-value": Rule("error", "Nothing stands after a key."),
    "wrong-type": Rule("error", "A value is of another type than is asked: a list instead of a text, and the like."),
    "wrong-count": Rule("error", "A list has too few or too many items."),
    "repeated-item": Rule("error", "A list names the same thing twice."),
    "bad-id": Rule(
        "error",
        "An id is not of lower-case letters, digits and hyphens; or that of an assumption begins with a digit.",
    ),
    "unknown-choice": Rule("error", "A word is not one of the few that may stand there."),
    "out-of-range": Rule("error", "A number is too small or too large; of an assumption, its low or its high."),
    "bad-quantity": Rule("error", "A text is no number with a known unit."),
    "wrong-dimension": Rule("error", "A quantity is of another kind than is asked: a rate instead of a duration."),
    "wrong-order": Rule(
        "error", "Low, typical and high do not rise, or phases do not stand in the order of their dates."
    ),
    "bad-clock": Rule("error", 'A time of the day is not written as `"08:30"`.'),
    "bad-date": Rule(
        "error",
        "A date, or a local date and time, is not written as `2024-06-03` or `2011-03-11T14:46`, or is on no calendar.",
    ),
    "bad-days": Rule("error", "Days are not written as `mon`, `mon-fri`, `daily` or a list of such."),
    "bad-hours": Rule("error", "Hours of duty are not `watch`, `office` or windows."),
    "conflicting-keys": Rule("error", "Two keys say the same, or one has no use beside another."),
    "unknown-assumption": Rule(
        "error", "A name stands where a quantity is asked, and `assumptions.yaml` does not have it."
    ),
    "unknown-source": Rule(
        "error", "A source is not a key of `sources`, and has no space in it as a citation in full would."
    ),
    "unknown-class": Rule("error", "A class of decision is not in `doctrine.yaml`."),
    "unknown-posture": Rule("error", "A posture is not one of the doctrine's."),
    "unknown-place": Rule("error", "A place does not exist in the structure."),
    "unknown-headquarters": Rule(
        "error", "A headquarters does not exist in the structure, or in one of those that are studied."
    ),
    "unknown-desk": Rule(
        "error",
        "A desk does not exist in the structure or in one that is studied, or no headquarters has such a desk.",
    ),
    "unknown-channel": Rule("error", "A channel does not exist in the structure."),
    "unknown-end": Rule("error", "An end of a channel is no headquarters, `place:ID`, `nation:XX` or `any`."),
    "unknown-zone": Rule("error", "A time zone is not in the IANA database."),
    "unknown-nation": Rule("error", "A nation's code is not known, or no headquarters is of this nation."),
    "unknown-attribute": Rule("error", "An authority limits an attribute that its class of decision does not have."),
    "unknown-step": Rule("error", "A paper is returned to a step that does not come before."),
    "unknown-actor": Rule("error", "A role cannot act in this step, or a desk stands where a headquarters is asked."),
    "unknown-verb": Rule("error", "A step does not begin with a verb."),
    "verb-not-first": Rule("error", "A step has a verb, but begins with another key."),
    "duplicate-step": Rule("error", "Two steps of a process have the same id."),
    "shares-not-one": Rule("error", "The shares of precedences do not add up to 1."),
    "unknown-structure": Rule("error", "A structure that is extended or studied has no file."),
    "unknown-scenario": Rule("error", "A scenario that is studied has no file."),
    "base-not-studied": Rule("error", "The base of a study is not among its structures."),
    "extends-loop": Rule("error", "A structure extends itself, directly or by way of others."),
    "extends-and-defines": Rule("error", "A structure extends another one and also has sections of its own."),
    "self-relation": Rule("error", "A headquarters is related to itself."),
    "command-loop": Rule("error", "COCOM and OPCON go in a circle."),
    "command-across-nations": Rule(
        "warning", "COCOM, OPCON or TACON goes from one nation's headquarters to another's."
    ),
    "post-held-twice": Rule("error", "Two persons hold one post."),
    "unheld-authority": Rule("error", "Nobody in a studied structure may decide a class that is raised there."),
    "unknown-change": Rule("error", "A change does not begin with its kind."),
    "missing-target": Rule("error", "A change names something that is not there, or no longer."),
    "already-there": Rule("error", "Something is added that is there already."),
    "two-changes-of-one-value": Rule("error", "Two changes of one list change the same value."),
    "no-effect": Rule("warning", "A change, or what a channel says of a conversion, changes nothing."),
    "still-referred-to": Rule("error", "A change takes something away that something else still refers to."),
    "contradicting-correlations": Rule("error", "The rank correlations among some assumptions cannot all hold."),
    "unused-assumption": Rule("warning", "Nothing names an assumption."),
    "headline-not-raised": Rule("error", "No counted demand of a scenario has its headline class."),
    "nothing-counts": Rule("error", "Warm-up and cool-down take the whole length of a scenario."),
    "outside-scenario": Rule("warning", "A listed moment is before a scenario's start or after its end."),
    "unknown-currency": Rule(
        "error",
        "A cost is in a currency that the study gives no rate for, or study.yaml uses another.",
    ),
    "unknown-demand": Rule("error", "A milestone names a demand that the scenario does not have."),
    "unknown-mark": Rule("error", "A milestone names a mark that its demand's process does not pass."),
    "unknown-capability": Rule("error", "A demand names a capability that the scenario does not have."),
    "missing-prerequisite": Rule("error", "A change needs a part of the structure that is not there before it."),
    "unknown-target": Rule("error", "A disruption names what none of the studied structures has."),
}
"""All rules of files, by their stable names. docs/errors.md lists them; tests/spec has files that break each."""

WAYS: Final[dict[str, Rule]] = {
    "no-channel": Rule("error", "A paper or a meeting needs a channel between two headquarters, and there is none."),
    "no-counterpart": Rule("error", "A step asks for the counterpart of a headquarters that has none for the class."),
    "no-desk": Rule("error", "A paper comes to a headquarters that has no desk."),
    "nobody-on-duty": Rule("warning", "Papers come to a desk where nobody is ever on duty."),
    "orders-nothing": Rule("warning", "A class whose decisions are counted neither decides, agrees nor orders."),
    "out-and-changed": Rule("error", "A desk is out for a time, and a phase of the same run changes it later."),
    "quorum-too-large": Rule("error", "A step asks for more answers than it asks others."),
    "return-to-nowhere": Rule("error", "A paper is returned to a step that it does not pass before."),
    "too-many-returns": Rule("error", "A process has more places that may return a paper than are counted apart."),
    "too-many-steps": Rule("error", "A process has more steps within one another than can be followed."),
    "too-many-ways": Rule("error", "A process can go so many ways that its program becomes too long."),
    "unheld-authority": RULES["unheld-authority"],
}
"""The rules of whole cases: each structure must carry the decisions of each scenario. They show when every paper's way
is followed, after all files are right. docs/errors.md lists them; tests/spec/ways has cases that break them."""
