"""Small pieces of HTML and SVG, in both languages at once: a style sheet shows one of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as _escape

from renkei.model.quantity import Text


def escape(text: str) -> str:
    """Return ``text`` so that it is text in HTML, in attributes too."""
    return _escape(text, quote=True)


def both(english: str, japanese: str = "", tag: str = "span") -> str:
    """Return a text in both languages, once where they are the same."""
    if not japanese or japanese == english:
        return escape(english) if tag == "span" else f"<{tag}>{escape(english)}</{tag}>"
    return f'<{tag} lang="en">{escape(english)}</{tag}><{tag} lang="ja">{escape(japanese)}</{tag}>'


def text_of(text: Text, tag: str = "span") -> str:
    """Return a text of the model in both languages."""
    return both(text.en, text.ja, tag)


def svg_text(x: float, y: float, english: str, japanese: str = "", *, kind: str = "", anchor: str = "start") -> str:
    """Return text in a chart. ``kind`` is a class of the style sheet."""
    start = f'<text x="{coordinate(x)}" y="{coordinate(y)}"' + (f' class="{kind}"' if kind else "")
    start += f' text-anchor="{anchor}"' if anchor != "start" else ""
    if not japanese or japanese == english:
        return f"{start}>{escape(english)}</text>"
    return f'{start} lang="en">{escape(english)}</text>{start} lang="ja">{escape(japanese)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line of a chart."""
    ends = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
    return f'<line class="{kind}" ' + " ".join(f'{name}="{coordinate(number)}"' for name, number in ends) + "/>"


def box(x: float, y: float, wide: float, high: float, kind: str, title: str = "") -> str:
    """Return a filled box of a chart; ``title`` appears under a resting pointer."""
    start = f'<rect class="{kind}" x="{coordinate(x)}" y="{coordinate(y)}"'
    start += f' width="{coordinate(wide)}" height="{coordinate(high)}"'
    return f"{start}><title>{escape(title)}</title></rect>" if title else f"{start}/>"


def coordinate(number: float) -> str:
    """Return a coordinate to a tenth of a pixel: enough for the eye, and the same bytes everywhere."""
    text = f"{number:.1f}"
    return text[:-2] if text.endswith(".0") else text


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str = "", tinted: int | None = None) -> str:
    """Return a table of ready cells; the first cell of each row heads it. Row ``tinted`` stands out."""
    start = f'<table class="{kind}">' if kind else "<table>"
    parts = [start, "<thead><tr>"]
    parts += [f'<th scope="col">{cell}</th>' for cell in head]
    parts.append("</tr></thead><tbody>")
    for number, row in enumerate(rows):
        opening = '<tr class="base-row">' if number == tinted else "<tr>"
        parts.append(
            f'{opening}<th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        )
    return "".join([*parts, "</tbody></table>"])


def figure(
    identity: str,
    drawing: str,
    size: tuple[float, float],
    title: Text,
    description: Text,
    heading: str,
    alternative: str,
) -> str:
    """Return a chart with its heading, title, description and, folded, the numbers that it shows."""
    wide, high = size
    spoken = escape(f"{title.en} / {title.ja}" if title.ja else title.en)
    said = escape(f"{description.en} / {description.ja}" if description.ja else description.en)
    return (
        f'<figure id="{identity}"><figcaption>{heading}</figcaption><div class="scroll" tabindex="0">'
        f'<svg viewBox="0 0 {coordinate(wide)} {coordinate(high)}" role="img" aria-labelledby="{identity}-t '
        f'{identity}-d">'
        f'<title id="{identity}-t">{spoken}</title><desc id="{identity}-d">{said}</desc>{drawing}</svg></div>'
        f"<details><summary>{both('The numbers of this chart', 'この図の数値')}</summary>"
        f'<div class="scroll" tabindex="0">{alternative}</div></details></figure>\n'
    )


def lines_of(text: str, limit: float) -> list[str]:
    """Break a label into at most two lines of about ``limit`` Latin characters; a Japanese character counts as two."""
    total = sum(_width(character) for character in text)
    if total <= limit:
        return [text]
    at, seen = len(text), 0.0
    before_bracket = False
    for position, character in enumerate(text):
        # A line may break at a space, before a Japanese character that may begin one, and best before a bracket.
        bracket = character in "(\uff08"
        may_break = character == " " or (_width(character) > 1 and character not in "、。)\uff09ー") or bracket
        if 0 < seen <= limit and (bracket or (may_break and not before_bracket)):
            at, before_bracket = position, bracket
        seen += _width(character)
    first, second = text[:at].rstrip(), text[at:].lstrip()
    if sum(_width(character) for character in second) > limit:
        kept, used = "", 0.0
        for character in second:
            used += _width(character)
            if used > limit - 1:
                break
            kept += character
        second = kept.rstrip() + "…"
    return [first, second] if second else [first]


def cut(text: str, room: float, size: float = 12.5) -> str:
    """Return a text that fits in so many pixels, by an upper estimate of its letters' widths."""
    used = 0.0
    for number, letter in enumerate(text):
        used += size * (1.0 if letter >= "\u1100" else 0.62)
        if used > room - size:
            return text if number + 1 == len(text) and used <= room else text[:number].rstrip() + "…"
    return text


def _width(character: str) -> float:
    return 1.0 if character < "\u1100" else 2.0
