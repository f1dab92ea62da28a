"""The organisation chart: chains of command as indented trees with unit symbols, changes against a base marked.

An indented tree has a row for each headquarters, so it stays legible at any number; beyond ``FOLD`` the deepest levels
are folded, and the row above says how many it stands for.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from renkei.model.quantity import Text
from renkei.model.structure import Headquarters, Structure
from renkei.report.charts import WIDE
from renkei.report.markup import both, coordinate, cut, escape, figure, line, svg_text, table, text_of
from renkei.report.ways import zone_name
from renkei.report.wording import nation, short_name

FOLD = 70
"""So many headquarters are drawn at most, where folding can bring it about."""

ROW = 35.0
INDENT = 16.0
TOP = 30.0
COMMANDS = ("OPCON", "COCOM", "TACON", "ADCON", "co-ordination", "support", "DIRLAUTH")
"""In the order in which a relation is taken for a headquarters' place in the tree."""

ECHELONS = {5: "24", 4: "23", 3: "22", 2: "21", 1: "18"}
"""Amplifier of the symbol by the commander's stars: army group, army, corps, division, brigade (APP-6D, table A-6)."""

ENTITIES = {
    "army": "121100",
    "ground": "121100",
    "navy": "170000",
    "maritime": "170000",
    "air": "120800",
    "marines": "121100",
}
"""Entity of the symbol by service; all others are command and control."""


SERVICES_JA = {
    "army": "陸軍",
    "ground": "陸上自衛隊",
    "navy": "海軍",
    "maritime": "海上自衛隊",
    "air": "空軍・航空自衛隊",
    "marines": "海兵隊",
    "joint": "統合",
    "diplomatic": "外交",
    "national": "政府",
    "civil": "文民",
}


@lru_cache(maxsize=256)
def symbol(service: str, rank: int, civil: bool) -> tuple[str, str]:
    """Return the id of a unit symbol and the symbol itself, as an SVG ``symbol`` to be used by that id.

    The symbols are those of APP-6D, as the library military-symbol draws them: blue frame for a military headquarters,
    violet for a civil one. All are shown as friends: there is no other side in a structure.
    """
    import military_symbol

    if civil or service in ("national", "diplomatic", "civil"):
        code = "10041100001100000000"
    else:
        # Version 10, friend, land unit, present, headquarters.
        code = "10031002" + ECHELONS.get(rank, "00") + ENTITIES.get(service, "110000") + "0000"
    drawn = military_symbol.get_symbol_svg_string_from_sidc(code)
    view = re.search(r'viewBox="([^"]*)"', drawn)
    inner = re.search(r"<svg[^>]*>(.*)</svg>", drawn, re.DOTALL)
    assert view is not None, "military-symbol gives an svg with a viewBox"
    assert inner is not None, "military-symbol gives one svg"
    shape = re.sub(r"(\d+\.\d{2})\d+", r"\1", re.sub(r"\s+", " ", inner.group(1)).strip())
    box = " ".join(f"{float(number):.2f}" for number in view.group(1).split())
    return f"u{code}", f'<symbol id="u{code}" viewBox="{box}">{shape}</symbol>'


@dataclass(slots=True)
class Node:
    """A headquarters in the tree."""

    house: Headquarters
    below: list[Node] = field(default_factory=list)

    def count(self) -> int:
        """Return how many headquarters are below."""
        return sum(1 + node.count() for node in self.below)


def forest(structure: Structure) -> list[Node]:
    """Return the chains of command as trees: every headquarters once, below its first superior."""
    nodes = {name: Node(house) for name, house in structure.headquarters.items()}
    above: dict[str, str] = {}
    for relation in COMMANDS:
        for link in structure.relations:
            known = link.superior in nodes and link.subordinate in nodes
            if link.relation != relation or not known or link.subordinate in above:
                continue
            step: str | None = link.superior
            while step is not None and step != link.subordinate:
                step = above.get(step)
            same = set(nodes[link.superior].house.nations) & set(nodes[link.subordinate].house.nations)
            if step is None and same:
                above[link.subordinate] = link.superior
    for name, superior in above.items():
        nodes[superior].below.append(nodes[name])
    order = {name: number for number, name in enumerate(structure.headquarters)}
    for node in nodes.values():
        node.below.sort(key=lambda each: order[each.house.id])
    return [node for name, node in nodes.items() if name not in above]


def rows_of(roots: list[Node], room: int) -> list[tuple[Node, int, int]]:
    """Return (node, depth, folded below) in the order of drawing, at most ``room`` where folding can do it."""

    def walk(nodes: list[Node], depth: int, deepest: int) -> list[tuple[Node, int, int]]:
        found = []
        for node in nodes:
            folded = node.count() if depth == deepest else 0
            found.append((node, depth, folded))
            if depth < deepest:
                found += walk(node.below, depth + 1, deepest)
        return found

    deepest = 40
    rows = walk(roots, 0, deepest)
    if len(rows) <= room:
        return rows
    deepest = max(depth for _, depth, _ in rows)
    while deepest > 0 and len(rows) > room:
        deepest -= 1
        rows = walk(roots, 0, deepest)
    return rows


def changes(house: Headquarters, structure: Structure, base: Structure | None) -> list[Text]:
    """Return what differs at a headquarters from the base: new, moved, raised, other powers, superiors or desks."""
    if base is None or base is structure:
        return []
    old = base.headquarters.get(house.id)
    if old is None:
        return [Text("new", "新設")]
    found = []
    if old.place != house.place:
        name = structure.places[house.place].name
        found.append(Text(f"moved to {name.en}", f"{name.in_language('ja')}へ移転"))
    if old.rank != house.rank:
        found.append(Text(f"{old.rank}→{house.rank} stars", f"星{old.rank}→{house.rank}"))
    held = [
        {
            (each.decision_class, each.posture)
            for each in one.authorities.values()
            if each.holder.partition(".")[0] == house.id
        }
        for one in (structure, base)
    ]
    more, fewer = len(held[0] - held[1]), len(held[1] - held[0])
    if more:
        found.append(Text(f"+{more} powers to decide" if more > 1 else "+1 power to decide", f"決定権+{more}"))
    if fewer:
        found.append(Text(f"−{fewer} powers to decide" if fewer > 1 else "−1 power to decide", f"決定権−{fewer}"))
    masters = [
        {each.superior for each in one.relations if each.subordinate == house.id and each.relation in COMMANDS[:3]}
        for one in (structure, base)
    ]
    if masters[0] != masters[1]:
        found.append(Text("other superior", "上級司令部の変更"))
    if set(old.desks) != set(house.desks):
        added = len(set(house.desks) - set(old.desks))
        gone = len(set(old.desks) - set(house.desks))
        signs = " ".join([f"+{added}"] * bool(added) + [f"−{gone}"] * bool(gone))
        found.append(Text(f"desks {signs}", f"部署{signs}"))
    elif old.desks != house.desks:
        found.append(Text("desks changed", "部署の変更"))
    return found


def drawing(structure: Structure, base: Structure | None) -> tuple[str, tuple[float, float], str]:
    """Return the drawing, its size, and its symbols' definitions."""
    roots = forest(structure)
    weights = Counter(nation for house in structure.headquarters.values() for nation in house.nations)
    nations = [nation for nation, _ in sorted(weights.items(), key=lambda item: (-item[1], item[0]))]
    left = nations[0] if nations else ""
    columns: list[list[Node]] = [[], []]
    for root in roots:
        # Combined headquarters come first on the right, so that they stand between both.
        columns[0 if root.house.nations == (left,) else 1].append(root)
    parts, defined = [], {}
    wide = WIDE / 2 - 10
    deepest = 0.0
    for side, column in enumerate(columns):
        start = (WIDE / 2 + 10) * side
        y = TOP
        names = sorted({nation for root in column for nation in root.house.nations}, key=nations.index)
        called = [nation(name) for name in names]
        parts.append(
            svg_text(
                start,
                16,
                " · ".join(each.en for each in called),
                "・".join(each.in_language("ja") for each in called),
                kind="tick",
            )
        )
        last_at: dict[int, float] = {}
        for node, depth, folded in rows_of(column, FOLD // 2):
            house = node.house
            x = start + INDENT * depth
            middle = y + ROW / 2 - 2
            if depth:
                up = last_at.get(depth - 1, y)
                parts.append(line(x - INDENT + 10, up + 11, x - INDENT + 10, middle, "branch"))
                parts.append(line(x - INDENT + 10, middle, x + 1, middle, "branch"))
            last_at[depth] = middle
            identity, shape = symbol(house.service, house.rank, house.ministry)
            defined[identity] = shape
            parts.append(
                f'<use href="#{identity}" x="{coordinate(x + 1)}" y="{coordinate(y)}" width="30" height="26"/>'
            )
            marks = changes(house, structure, base)
            zone = zone_name(structure.places[house.place].zone) if house.place in structure.places else Text("")
            room = wide - (x - start) - 38
            for language in ("en", "ja"):
                words = house.name.in_language(language) or house.id
                under = [each.in_language(language) for each in marks]
                if folded:
                    under.append(f"and {folded} below" if language == "en" else f"ほか下位{folded}")
                stars = "★" * house.rank
                second = " · ".join([each for each in (stars, zone.in_language(language)) if each])
                if under:
                    second = f"{second} · " if second else ""
                kind = "name changed" if marks else "name"
                parts.append(
                    f'<text lang="{language}" class="{kind}" x="{coordinate(x + 36)}" y="{coordinate(y + 11)}">'
                    f"{escape(cut(words, room))}</text>"
                )
                rest = cut(
                    ", ".join(under) if language == "en" else "、".join(under), room - 11 * len(second) * 0.75, 11
                )
                marked = f'<tspan class="mark">{escape(rest)}</tspan>' if under else ""
                parts.append(
                    f'<text lang="{language}" class="small" x="{coordinate(x + 36)}" y="{coordinate(y + 27)}">'
                    f"{escape(second)}{marked}</text>"
                )
            if marks:
                parts.append(f'<rect class="bar" x="{coordinate(x - 3)}" y="{coordinate(y)}" width="3" height="26"/>')
            y += ROW
        deepest = max(deepest, y)
    removed = [
        house for name, house in (base.headquarters if base else {}).items() if name not in structure.headquarters
    ]
    for number, house in enumerate(removed[:6]):
        name = house.name
        parts.append(
            svg_text(
                0,
                deepest + 16 + 16 * number,
                cut(f"removed: {name.en}", wide),
                cut(f"廃止:{name.in_language('ja')}", wide),
                kind="name mark",
            )
        )
    high = deepest + 16 * min(6, len(removed)) + 8
    return "".join(parts), (WIDE, high), "".join(defined[key] for key in sorted(defined))


def organisation_figure(structure: Structure, base: Structure | None, number: int, known: set[str]) -> str:
    """Return a structure's chart; ``known`` are the symbols that an earlier chart of the page defined."""
    drawn, size, symbols = drawing(structure, base)
    fresh = "".join(
        part
        for part in re.findall(r"<symbol .*?</symbol>", symbols, re.DOTALL)
        if re.findall(r'id="([^"]*)"', part)[0] not in known
    )
    known.update(re.findall(r'<symbol id="([^"]*)"', fresh))
    changed = [house for house in structure.headquarters.values() if changes(house, structure, base)]
    count = len(structure.headquarters)
    name = structure.name
    if base is None or base is structure:
        title = Text(f"{name.en}: {count} headquarters, the base", f"{name.in_language('ja')}:司令部等{count}、基準")
    else:
        title = Text(
            f"{name.en}: {len(changed)} of {count} headquarters differ from the base",
            f"{name.in_language('ja')}:{count}のうち{len(changed)}が基準と異なる",
        )
    rows = []
    for house in structure.headquarters.values():
        marks = changes(house, structure, base)
        place = structure.places[house.place].name if house.place in structure.places else Text("–")
        above = dict.fromkeys(
            (link.superior, link.relation) for link in structure.relations if link.subordinate == house.id
        )
        names = [
            (structure.headquarters[id].name if id in structure.headquarters else Text(id), how) for id, how in above
        ]
        rows.append(
            [
                text_of(house.name),
                both(
                    ", ".join(nation(each).en for each in house.nations),
                    "・".join(nation(each).in_language("ja") for each in house.nations),
                ),
                both(house.service, SERVICES_JA.get(house.service, house.service)),
                str(house.rank) if house.rank else "–",
                text_of(place),
                both(
                    ", ".join(f"{short_name(each).en} ({how})" for each, how in names),
                    "、".join(f"{short_name(each).in_language('ja')}({how})" for each, how in names),
                )
                or "–",
                both(", ".join(each.en for each in marks), "、".join(each.in_language("ja") for each in marks)) or "–",
            ]
        )
    head = [
        both("Headquarters", "司令部等"),
        both("Nation", "国"),
        both("Service", "軍種"),
        both("Stars", "星"),
        both("Place", "所在地"),
        both("Under", "上級"),
        both("Against the base", "基準との違い"),
    ]
    definitions = f"<defs>{fresh}</defs>" if fresh else ""
    return figure(
        f"organisation-{number}",
        definitions + drawn,
        size,
        Text(f"Organisation chart: {name.en}", f"組織図:{name.in_language('ja')}"),
        title,
        f"<h3>{text_of(title)}</h3>",
        table(head, rows),
    )
