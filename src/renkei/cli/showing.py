"""Cases, structures, changes and paths as lines for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from datetime import datetime
from itertools import groupby
from typing import Any

from renkei.cli.columns import WIDTH, clip, left, right, width, wrap
from renkei.cli.findings import Paint, unpainted
from renkei.cli.holders import holding
from renkei.files import block
from renkei.model.quantity import Quantity
from renkei.model.scenario import Case
from renkei.model.structure import Desk, Hours, Structure
from renkei.report.wording import CAUSE_NAMES, CAUSES, LANGUAGES, duration, exact_duration, share
from renkei.study.tracing import Path, Spell

DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "ja": ("月", "火", "水", "木", "金", "土", "日")}


def case_lines(case: Case, language: str = "en") -> Iterator[str]:
    """Yield what a case is made of."""
    plan = case.plan
    words = {
        "en": ("structures", "scenarios", "classes of decision", "assumptions", "base"),
        "ja": ("体制", "シナリオ", "決定の種類", "前提", "比較の基準"),
    }[language]
    yield from wrap(f"{case.id}: {plan.name.in_language(language)}")
    if question := plan.question.in_language(language):
        yield from wrap(question)
    yield ""
    yield words[0]
    for structure in case.structures.values():
        mark = f" [{words[4]}]" if structure.id == plan.base else ""
        yield from _entry(structure.id + mark, structure.name.in_language(language))
    yield words[1]
    for scenario in case.scenarios.values():
        about = f"{scenario.name.in_language(language)}, {duration(scenario.length_s, language)}, {scenario.zone}"
        yield from _entry(scenario.id, about)
    yield words[2]
    for decision_class in case.doctrine.classes.values():
        yield from _entry(decision_class.id, decision_class.name.in_language(language))
    guesses = sum(assumption.guess for assumption in case.assumptions)
    every = len(case.assumptions.assumptions)
    yield words[3]
    yield f"  {every}、うち推測 {guesses}" if language == "ja" else f"  {every}, of which {guesses} are marked guesses"


def _entry(name: str, text: str, columns: int = 30) -> Iterator[str]:
    if width(name) > columns - 2:
        yield f"  {name}"
        yield from wrap(text, WIDTH, "      ")
        return
    lines = wrap(text, WIDTH - columns - 2) or [""]
    yield "  " + left(name, columns) + lines[0]
    for line in lines[1:]:
        yield " " * (columns + 2) + line


WORDS = {
    "proposed": ("proposed by", "提案者"),
    "headquarters": ("headquarters", "司令部・機関"),
    "persons": ("persons", "人物"),
    "relations": ("relations", "指揮・支援関係"),
    "counterparts": ("counterparts", "カウンターパート"),
    "authorities": ("authorities", "権限"),
    "channels": ("channels", "通信路"),
    "phases": ("phases", "段階"),
    "planned": ("changes that take time or need something", "期間や前提条件の要る変更"),
    "costs": ("costs", "費用"),
}


def _title(word: str, language: str, entries: Sized) -> str:
    """Return a heading and, in brackets, of how many it is."""
    said = WORDS[word][LANGUAGES.index(language)]
    return f"{said} ({len(entries)})"


def structure_lines(structure: Structure, case: Case, language: str = "en") -> Iterator[str]:
    """Yield what a structure is made of: headquarters with desks, relations, counterparts, authorities, channels."""
    ja = language == "ja"
    yield from wrap(f"{structure.id}: {structure.name.in_language(language)}")
    if about := structure.about.in_language(language):
        yield from wrap(about)
    if by := structure.proposed_by.in_language(language):
        colon = ":" if ja else ": "
        yield from wrap(WORDS["proposed"][LANGUAGES.index(language)] + colon + by)
    yield ""
    yield _title("headquarters", language, structure.headquarters)
    for headquarters in structure.headquarters.values():
        place = structure.places.get(headquarters.place)
        where = place.name.in_language(language) if place else headquarters.place
        stars = "" if not headquarters.rank else f"{headquarters.rank} star" + ("s" if headquarters.rank > 1 else "")
        if ja and headquarters.rank:
            stars = f"星{headquarters.rank}つ"
        facts = [headquarters.name.in_language(language), "/".join(headquarters.nations), where, stars]
        yield from _entry(headquarters.id, ("、" if ja else ", ").join(fact for fact in facts if fact), 24)
        for desk in headquarters.desks.values():
            yield from wrap(f"{desk.function}: {_duty(desk, language)}", WIDTH, " " * 6)
    if structure.persons:
        yield _title("persons", language, structure.persons)
        for person in structure.persons.values():
            to = ", ".join(journey.to for journey in person.journeys)
            travels = "" if not to else f"。{to}へ移動する" if ja else f"; travels to {to}"
            yield from _entry(person.id, f"{', '.join(person.posts)}{travels}", 24)
    if structure.relations:
        yield _title("relations", language, structure.relations)
        for relation, links in groupby(
            sorted(structure.relations, key=lambda link: link.relation), key=lambda link: link.relation
        ):
            yield from _entry(relation, "; ".join(f"{link.superior} > {link.subordinate}" for link in links), 14)
    if structure.counterparts:
        yield _title("counterparts", language, structure.counterparts)
        for counterpart in structure.counterparts.values():
            classes = f" ({', '.join(counterpart.classes)})" if counterpart.classes else ""
            yield from _entry(counterpart.id, " - ".join(counterpart.between) + classes, 24)
    if structure.authorities:
        yield _title("authorities", language, structure.authorities)
        for authority in structure.authorities.values():
            held = holding(authority, structure, case, language, named=False)
            text = f"{authority.decision_class}, {authority.nation}: {held}"
            yield from _entry(authority.id, text, 24)
    if structure.channels:
        yield _title("channels", language, structure.channels)
        for channel in structure.channels.values():
            yield from _entry(channel.id, f"{channel.kind}, {' - '.join(channel.between)}", 24)
    yield from _plan_lines(structure, language)


def _plan_lines(structure: Structure, language: str) -> Iterator[str]:
    """Yield phases, what changes ask, and costs."""
    ja = language == "ja"
    if structure.phases:
        yield _title("phases", language, structure.phases)
        for phase in structure.phases:
            yield from _entry(phase.date, phase.name.in_language(language), 14)
    if structure.planned:
        yield _title("planned", language, structure.planned)
        for planned in structure.planned:
            parts = []
            if planned.takes is not None:
                takes = _quantity(planned.takes)
                parts.append(f"期間 {takes}" if ja else f"takes {takes}")
            if planned.meanwhile is not None:
                meanwhile = _quantity(planned.meanwhile)
                parts.append(f"その間の人員 {meanwhile}" if ja else f"at a strength of {meanwhile} meanwhile")
            if planned.needs:
                needs = ("、" if ja else ", ").join(need.in_language(language) for need in planned.needs)
                parts.append(f"前提 {needs}" if ja else f"needs {needs}")
            yield from _entry(planned.change, "; ".join(parts), 24)
    if structure.costs:
        yield _title("costs", language, structure.costs)
        for cost in structure.costs:
            once, yearly = ("一回限り", "毎年") if ja else ("once", "every year")
            amounts = [f"{once} {_quantity(cost.once)}"] if cost.once is not None else []
            amounts += [f"{yearly} {_quantity(cost.yearly)}"] if cost.yearly is not None else []
            count = "" if cost.times == Quantity(value=1.0) else f" x {_quantity(cost.times)}"
            stated = f"{cost.price_year}年{cost.currency}" if ja else f"{cost.currency} of {cost.price_year}"
            if cost.payer:
                stated += f"、負担 {cost.payer}" if ja else f", paid by {cost.payer}"
            yield from _entry(
                cost.change or ("それ自体" if ja else "itself"),
                f"{cost.name.in_language(language)}: {', '.join(amounts)}{count} ({stated})",
                24,
            )


def _quantity(quantity: Quantity) -> str:
    if quantity.assumption is not None:
        return quantity.assumption if quantity.factor == 1 else f"{quantity.factor:g} x {quantity.assumption}"
    assert quantity.value is not None
    return f"{quantity.value * quantity.factor:g}"


def _hours(hours: Hours, language: str) -> str:
    if hours.always:
        return {"en": "round the clock", "ja": "24時間"}[language]
    parts = []
    for window in hours.windows:
        days = [DAYS[language][day] for day in window.days]
        consecutive = list(window.days) == list(range(window.days[0], window.days[0] + len(days))) if days else False
        said = f"{days[0]}-{days[-1]}" if consecutive and len(days) > 2 else ",".join(days)
        said = {"en": "daily", "ja": "毎日"}[language] if len(days) == 7 else said
        parts.append(f"{said} {_clock(window.opens)}-{_clock(window.closes)}")
    zone = f" {hours.zone}" if hours.zone else ""
    return (", ".join(parts) or {"en": "never", "ja": "なし"}[language]) + zone


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _duty(desk: Desk, language: str) -> str:
    parts = []
    for duty in desk.duty:
        posture = f" in {duty.posture}" if duty.posture else ""
        if duty.posture and language == "ja":
            posture = f"(態勢{duty.posture})"
        parts.append(f"{_quantity(duty.strength)}, {_hours(duty.hours, language)}{posture}")
    if desk.recall is not None:
        people, precedence = desk.recall.people, desk.recall.precedence
        parts.append(
            f"{precedence}以上で{people}人を召集" if language == "ja" else f"{people} recalled for {precedence}"
        )
    return "; ".join(parts)


def change_lines(changes: Sequence[Any]) -> Iterator[str]:
    """Yield a list of changes as they stand in a file under ``changes:``."""
    if not changes:
        yield "no difference"
    yield from block(list(changes), room=WIDTH)


# --- one decision's path

HERE, THERE = 18, 22
"""Columns of the time where the decision was raised, and of the time where the step is."""


def path_lines(path: Path, case: Case, language: str = "en", paint: Paint = unpainted) -> Iterator[str]:
    """Yield a decision's way: every step in both local times, its spells with their causes, and the sum by cause."""
    name = case.doctrine.classes[path.decision_class].name.in_language(language) or path.decision_class
    if language == "ja":
        yield paint(f"{name}:{path.demand} の{path.number}件目(番号{path.row})", "bold")
        run = f"{path.structure}、{path.scenario}、未来{path.future}、反復{path.replication}、シード{path.seed}"
    else:
        yield paint(f"{name}: number {path.number} of `{path.demand}` (decision {path.row} of the run)", "bold")
        run = (
            f"{path.structure}, {path.scenario}, future {path.future}, replication {path.replication}, seed {path.seed}"
        )
    yield from wrap(run)
    outcomes = {
        "en": {"done": "ordered", "open": "still open at the end", "refused": "refused", "failed": "failed"},
        "ja": {"done": "命令", "open": "終了時未決", "refused": "拒否", "failed": "不成立"},
    }[language]
    took = exact_duration(sum(_shown_seconds(spell) for spell in path.spells), language)
    raised_at = f"{path.precedence} {path.origin}".strip()
    late = ""
    if path.deadline_s is not None:
        kept = path.total_s <= path.deadline_s and path.outcome == "done"
        late = {"en": (", in time", ", late"), "ja": ("、期限内", "、期限超過")}[language][0 if kept else 1]
        limit = duration(path.deadline_s, language)
        late += f"(期限{limit})" if language == "ja" else f" (deadline {limit})"
    joined = (
        f"{raised_at}、{outcomes[path.outcome]}まで{took}{late}"
        if language == "ja"
        else f"{raised_at}: {outcomes[path.outcome]} after {took}{late}"
    )
    yield from wrap(joined)
    yield ""

    origin_zone = _zone_name(path.raised)
    heads = {"en": (origin_zone, "local time", "step"), "ja": (origin_zone, "現地時間", "段階")}[language]
    yield paint(left(clip(heads[0], HERE - 1), HERE) + left(heads[1], THERE) + heads[2], "bold")
    yield "─" * WIDTH
    events: list[tuple[float, int, object]] = [(mark.at_s, 0, mark) for mark in path.marks if mark.name != "ordered"]
    stages = [
        list(group)
        for _, group in groupby(path.spells, key=lambda spell: (spell.step, spell.verb, spell.place, spell.via))
    ]
    events += [(stage[0].begins_s, 1, stage) for stage in stages]
    events.sort(key=lambda event: (event[0], event[1]))
    for _, kind, what in events:
        if kind == 1:
            assert isinstance(what, list)
            yield from _stage_lines(what, language)
        else:
            yield left(_moment(what.at, language), HERE + THERE) + clip(f"* {what.name}", WIDTH - HERE - THERE)  # type: ignore[attr-defined]
    last = outcomes[path.outcome]
    yield left(_moment(path.ended, language), HERE + THERE) + paint(last, "bold")
    yield "─" * WIDTH
    yield paint({"en": "The sum by cause", "ja": "原因別の合計"}[language], "bold")
    # Seconds as shown above, so that the sum can be checked by hand.
    whole = sum(_shown_seconds(spell) for spell in path.spells)
    for cause in CAUSES:
        seconds = sum(_shown_seconds(spell) for spell in path.spells if spell.cause == cause)
        if seconds > 0:
            bar = "▇" * round(20 * seconds / whole)
            took = right(exact_duration(seconds, language), 22)
            yield (
                "  "
                + left(CAUSE_NAMES[cause][language], 16)
                + took
                + right(share(seconds / whole), 8)
                + f"  {bar}".rstrip()
            )
    total = {"en": "the whole", "ja": "合計"}[language]
    yield "  " + left(total, 16) + right(exact_duration(whole, language), 22)


def _shown_seconds(spell: Spell) -> int:
    """Return whole seconds such that those of spells that follow one another add up."""
    return round(spell.ends_s) - round(spell.begins_s)


def _stage_lines(stage: Sequence[Spell], language: str) -> Iterator[str]:
    first = stage[0]
    where = (" + " if first.verb == "agree" and not first.via else " > ").join(first.place.split())
    said = f"{first.step} ({where})" if language == "en" else f"{first.step}({where})"
    if first.via:
        said += f" {'via' if language == 'en' else '経由:'} {first.via}"
    local = f"{_time_of_week(first.begins, language)} {_zone_name(first.begins)}"
    head = left(_moment(first.origin_begins, language), HERE) + left(clip(local, THERE - 1), THERE)
    for number, line in enumerate(wrap(said, WIDTH - HERE - THERE) or [""]):
        yield (" " * (HERE + THERE) if number else head) + clip(line, WIDTH - HERE - THERE)
    # A wait that the engine settled in parts, as when a posture changed, is one wait to a reader.
    for _, parts in groupby(stage, key=lambda spell: (spell.cause, spell.activity)):
        spells = list(parts)
        spell = spells[0]
        cause = CAUSE_NAMES[spell.cause][language]
        if spell.cause != spell.activity:
            activity = CAUSE_NAMES[spell.activity][language]
            cause += f"({activity})" if language == "ja" else f" ({activity})"
        yield (
            " " * (HERE + 2)
            + left(cause, 34)
            + right(exact_duration(sum(map(_shown_seconds, spells)), language), WIDTH - HERE - 36)
        )


def _zone_name(moment: datetime) -> str:
    zone = getattr(moment.tzinfo, "key", "") or str(moment.tzinfo)
    return zone.rpartition("/")[2].replace("_", " ")


def _time_of_week(moment: datetime, language: str) -> str:
    day = DAYS[language][moment.weekday()]
    return f"{day}曜 {moment:%H:%M}" if language == "ja" else f"{day} {moment:%H:%M}"


def _moment(moment: datetime, language: str) -> str:
    day = DAYS[language][moment.weekday()]
    if language == "ja":
        return f"{moment.month}/{moment.day}({day}) {moment:%H:%M}"
    return f"{day} {moment.day:2d} {moment:%b %H:%M}"
