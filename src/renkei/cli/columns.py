"""Text in columns on a terminal, where a Japanese character takes two."""

from __future__ import annotations

import re
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable

WIDTH = max(60, min(80, shutil.get_terminal_size().columns))
"""Everything that is printed fits in this many columns: 80, or what a narrower terminal has."""


NARROW = WIDTH < 72
"""Where the last column of a wide table is left out."""


def width(text: str) -> int:
    """Return the columns that ``text`` takes: two for full-width characters, none for combining ones."""
    columns = 0
    for character in text:
        if not unicodedata.combining(character):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


def clip(text: str, columns: int) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``columns``."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def left(text: str, columns: int) -> str:
    """Return ``text`` padded on the right to ``columns``."""
    return text + " " * max(0, columns - width(text))


def right(text: str, columns: int) -> str:
    """Return ``text`` padded on the left to ``columns``."""
    return " " * max(0, columns - width(text)) + text


# No Japanese line begins with these, or ends with those.
_NOT_FIRST = "、。,.・:;?!)：；？！）」』】〉》ー々っゃゅょァィゥェォッャュョ%"
_NOT_LAST = "(（「『【〈《"


STAYS = "\u00a0"
"""A blank at which no line ends: between a number and its unit."""
_UNITS = re.compile(r"(?<=\d) (?=(?:%|s|min|h|d)(?:\b|(?<=%)))")


def wrap(text: str, columns: int = WIDTH, indent: str = "") -> list[str]:
    """Return ``text`` in lines of at most ``columns``.

    Between Japanese characters a line may break anywhere but before a stop.
    """
    room = columns - width(indent)
    text = _UNITS.sub(STAYS, text)
    return [line.replace(STAYS, " ") for line in _wrapped(text, room, indent)]


def _wrapped(text: str, room: int, indent: str) -> list[str]:
    if all(unicodedata.east_asian_width(character) not in "WF" for character in text):
        return [indent + line for line in textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)]
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip()) > room:
            lines.append(indent + line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, indent + line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterable[str]:
    """Yield what must stay together: Latin words and numbers, and a Japanese character with the stops after it."""
    piece = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        glued = character in _NOT_FIRST or (piece and piece[-1] in _NOT_LAST)
        glued = glued or (not wide and not character.isspace() and piece and not _ends_wide(piece))
        if piece and not glued:
            if character.isspace():
                piece += character
                continue
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _ends_wide(piece: str) -> bool:
    return piece[-1].isspace() or unicodedata.east_asian_width(piece[-1]) in "WF"
