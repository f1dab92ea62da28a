"""A picture alone, as an SVG file: what ``renkei show --chart`` and ``renkei trace --chart`` write."""

from __future__ import annotations

import os
import re
from importlib import resources
from pathlib import Path

from renkei.model.pictures import Way
from renkei.model.structure import Structure
from renkei.report import organisation, ways
from renkei.report.markup import box, coordinate, escape, svg_text
from renkei.report.wording import CAUSE_NAMES, CAUSES

DRAWN = (
    ":root",
    "svg text",
    "svg .",
    ".grid",
    ".zero",
    ".c-",
    ".night",
    ".thread",
    ".leg",
    ".count",
    ".branch",
    ".bar",
)
"""How the rules of the style sheet begin that a drawing alone needs."""


def organisation_chart(structure: Structure, base: Structure | None, language: str = "en") -> str:
    """Return a structure's organisation chart as an SVG document; changes against ``base`` are marked."""
    drawn, size, symbols = organisation.drawing(structure, base)
    return document(f"<defs>{symbols}</defs>{drawn}", size, structure.name.in_language(language), language)


def way_chart(way: Way, language: str = "en") -> str:
    """Return a decision's way as an SVG document."""
    drawn, (wide, high) = ways.drawing(way)
    causes = [cause for cause in CAUSES if any(leg.cause == cause for leg in way.legs)]
    x = 0.0
    for cause in causes:
        name = CAUSE_NAMES[cause]
        drawn += box(x, high + 6, 12, 12, f"c-{cause}") + svg_text(
            x + 18, high + 16, name["en"], name["ja"], kind="tick"
        )
        x += 130
    high += 26
    for number, each in enumerate(ways.said_waits(way), 1):
        drawn += svg_text(0, high + 16, f"{number}. {each.en}", f"{number}. {each.in_language('ja')}", kind="small")
        high += 18
    return document(drawn, (wide, high + 8), ways.title_of(way).in_language(language), language)


def document(drawn: str, size: tuple[float, float], title: str, language: str) -> str:
    """Return a drawing of the report as a document of its own, in one language, with its colours."""
    other = "ja" if language == "en" else "en"
    own = re.sub(rf'<text(?=[^>]*lang="{other}")[^>]*>.*?</text>', "", drawn, flags=re.DOTALL)
    style = resources.files("renkei.report").joinpath("report.css").read_text(encoding="utf-8")
    kept = "\n".join(each for each in style.splitlines() if each.startswith(DRAWN) and "{" in each)
    wide, high = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -34 {coordinate(wide + 24)} {coordinate(high + 46)}" '
        f'width="{coordinate(wide + 24)}" height="{coordinate(high + 46)}" lang="{language}" role="img" '
        "font-family=\"system-ui, Arial, 'Noto Sans CJK JP', sans-serif\">"
        f"<title>{escape(title)}</title><style>{escape(kept)}</style>"
        f'<rect x="-12" y="-34" width="100%" height="100%" fill="var(--paper)"/>'
        f'<text class="base" x="0" y="-14">{escape(title)}</text>{own}</svg>\n'
    )


def write(picture: str, path: Path) -> None:
    """Write a picture; an earlier one stays whole until the new one is."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(picture, encoding="utf-8", newline="\n")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
