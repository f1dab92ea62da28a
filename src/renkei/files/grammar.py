"""The grammar: every kind of file, every key, its form, default and meaning.

This is the only statement of it. Reading, writing, the JSON Schemas and the test of docs/files.md all use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from renkei import units
from renkei.files import politics
from renkei.files.forms import (
    MISSING,
    Amount,
    Attempts,
    Chance,
    Choice,
    Citation,
    Clock,
    Day,
    End,
    Fields,
    Flag,
    Form,
    Id,
    Key,
    Line,
    Missing,
    Moment,
    Named,
    Nation,
    Number,
    Plain,
    Reader,
    Record,
    Ref,
    Reference,
    Schema,
    Several,
    Words,
    Zone,
    check_id,
    quoted,
)
from renkei.files.yaml import Node
from renkei.model.doctrine import Branch, DecisionClass, FamiliarityLaw, Friction, Returns, Step
from renkei.model.objective import MEASURES, SHARES, Objective, ScenarioAim
from renkei.model.quantity import Assumption, Quantity, Text
from renkei.model.scenario import Capability, Demand, Disruption, Money, Rate, Readiness
from renkei.model.structure import (
    MEETINGS,
    MESSAGES,
    Authority,
    Channel,
    Conversion,
    Cost,
    Counterpart,
    Desk,
    Duty,
    Familiarity,
    Headquarters,
    Hours,
    Journey,
    Limit,
    Link,
    Person,
    Phase,
    Place,
    PlannedChange,
    Recall,
    Timeout,
    Window,
)

PRECEDENCES: Final = ("ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH")
RELATIONS: Final = ("COCOM", "OPCON", "TACON", "ADCON", "support", "DIRLAUTH", "co-ordination")
CHANNEL_KINDS: Final = ("chat", "message", "telephone", "video", "courier", "face-to-face")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)
WATCH: Final = Hours(always=True)
OFFICE: Final = Hours(windows=(Window((0, 1, 2, 3, 4), 480, 1020, "off"),))
NO_TEXT: Final = Text("")


def _source() -> Key:
    return Key("source", Citation(), "where this is from: a key of `sources`, or a citation in full", default="")


# --- hours of duty


class Days(Form):
    """Days of the week: `mon`, `mon-fri`, `daily`, or a list of such."""

    says = "`mon`, `mon-fri`, `daily`, or a list of days"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return numbers from 0 (Monday), sorted."""
        items = node.items if node.kind == "list" else [node]
        days: set[int] = set()
        for item in items:
            if item.kind != "scalar" or item.is_null:
                return reader.expected(item, "a day or days", "`mon-fri`")
            found = self._days(item.text)
            if found is None:
                return reader.wrong(
                    item,
                    "bad-days",
                    f"`{item.text}` is not a day",
                    "not known here",
                    "write `mon`, `mon-fri`, `daily` or `[mon, wed]`",
                )
            days.update(found)
        if not days:
            return reader.expected(node, "a day or days", "`mon-fri`")
        return tuple(sorted(days))

    @staticmethod
    def _days(text: str) -> list[int] | None:
        if text == "daily":
            return list(EVERY_DAY)
        first, hyphen, last = text.partition("-")
        if first not in DAYS or (hyphen and last not in DAYS):
            return None
        begin, end = DAYS.index(first), DAYS.index(last or first)
        return [(begin + number) % 7 for number in range((end - begin) % 7 + 1)]

    def write(self, value: Any) -> Plain:
        """Write a run of days as one, all of them as `daily`."""
        days = tuple(value)
        if days == EVERY_DAY:
            return "daily"
        if len(days) > 1 and days == tuple(range(days[0], days[-1] + 1)):
            return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
        return DAYS[days[0]] if len(days) == 1 else [DAYS[day] for day in days]

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the words."""
        day = "(" + "|".join(DAYS) + ")"
        word: Schema = {"type": "string", "pattern": f"^(daily|{day}(-{day})?)$"}
        defs["days"] = {"anyOf": [word, {"type": "array", "items": word, "minItems": 1}]}
        return {"$ref": "#/$defs/days"}


def _window_keys() -> list[Key]:
    return [
        Key("days", Days(), "on which days", required=True),
        Key("from", Clock(), "when it opens", required=True),
        Key("to", Clock(end=True), "when it closes; at or before `from`: on the next day", required=True),
        Key(
            "holidays",
            Choice("off", "worked", "only"),
            "on national holidays: closed, no difference, or open then only",
            shown_default="`off`; `worked` for `daily`",
        ),
    ]


def _window_normalise(fields: Fields, node: Node, reader: Reader) -> bool:
    if "holidays" not in fields:
        days = node.pairs["days"][1] if "days" in node.pairs else node
        fields["holidays"] = "worked" if days.text == "daily" else "off"
    return True


def _window(_: str, fields: Fields) -> Window:
    return Window(fields["days"], fields["from"], fields["to"], fields["holidays"])


def _window_fields(window: Window) -> Fields:
    fields: Fields = {"days": window.days, "from": window.opens, "to": window.closes}
    if window.holidays != ("worked" if window.days == EVERY_DAY else "off"):
        fields["holidays"] = window.holidays
    return fields


WINDOW: Final = Record("window", _window_keys(), _window, _window_fields, _window_normalise)


class HoursForm(Form):
    """Hours of duty: `watch`, `office`, a window, a list of windows, or windows with zone and nations."""

    says = "hours"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the hours."""
        if node.kind == "scalar":
            if node.text == "watch":
                return WATCH
            if node.text == "office":
                return OFFICE
            if node.is_null:
                return reader.expected(node, "hours of duty", "`watch` or `office`")
            return reader.wrong(
                node,
                "bad-hours",
                f"`{node.text}` are not hours of duty",
                "not known here",
                'write `watch`, `office`, or `{days: mon-fri, from: "08:30", to: "17:30"}`',
            )
        if node.kind == "mapping" and "windows" in node.pairs:
            fields = ZONED.read_fields("", node, node, reader)
            if isinstance(fields, Missing):
                return MISSING
            return replace(fields["windows"], zone=fields.get("zone", ""), nations=fields.get("nations", ()))
        items = node.items if node.kind == "list" else [node]
        windows: list[Window] = []
        good = bool(items)
        for item in items:
            if item.kind == "scalar" and item.text == "office":
                windows += OFFICE.windows
                continue
            window = WINDOW.read(item, reader)
            good = good and not isinstance(window, Missing)
            windows.append(window)
        if not items:
            return reader.expected(node, "hours of duty", "`watch` or `office`")
        return Hours(windows=tuple(windows)) if good else MISSING

    def write(self, value: Any) -> Plain:
        """Write the shortest form."""
        if value == WATCH:
            return "watch"
        if value == OFFICE:
            return "office"
        windows = [WINDOW.write(window) for window in value.windows]
        short = windows[0] if len(windows) == 1 else windows
        if not value.zone and not value.nations:
            return short
        plain: dict[str, Plain] = {"windows": short}
        if value.zone:
            plain["zone"] = value.zone
        if value.nations:
            plain["nations"] = list(value.nations)
        return plain

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State all forms."""
        if "hours" not in defs:
            defs["hours"] = {}
            window = WINDOW.schema(defs)
            entry: Schema = {"anyOf": [{"const": "office"}, window]}
            windows: Schema = {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}
            zoned = ZONED.object_schema(defs)
            zoned["properties"]["windows"] = windows
            defs["hours"] = {"anyOf": [{"const": "watch"}, windows, zoned]}
        return {"$ref": "#/$defs/hours"}


class _WindowsOnly(HoursForm):
    says = "window, or list of windows"

    def read(self, node: Node, reader: Reader) -> Any:
        if node.kind == "scalar" and node.text == "watch":
            return reader.wrong(
                node, "bad-hours", "a watch has no windows", "round the clock", "write `hours: watch` alone"
            )
        return super().read(node, reader)


HOURS: Final = HoursForm()
ZONED: Final = Record(
    "hours",
    [
        Key("windows", _WindowsOnly(), "the windows", required=True),
        Key("zone", Zone(), "whose clock; else that of the headquarters' place"),
        Key("nations", Several(Nation(), least=1), "whose holidays; else those of the headquarters"),
    ],
    lambda _, fields: fields,
    lambda value: cast(Fields, value),
)


# --- structure

DUTY: Final = Record(
    "duty",
    [
        Key("hours", HOURS, "when", required=True),
        Key("strength", Amount("people"), "how many", required=True),
        Key("posture", Reference("posture"), "in this posture only", default="", shown_default="every other posture"),
    ],
    lambda _, f: Duty(f["hours"], f["strength"], f.get("posture") or ""),
    lambda v: {"hours": v.hours, "strength": v.strength, "posture": v.posture},
)
RECALL: Final = Record(
    "recall",
    [
        Key("for", Choice(*PRECEDENCES), "for this precedence or above", required=True),
        Key("after", Amount("duration"), "how long until they are there", required=True),
        Key("people", Number(1, 1000), "how many", required=True),
        Key(
            "stand_down",
            Amount("duration"),
            "how long they stay once it is done",
            default=Quantity(value=0.0),
            shown_default="0 h",
        ),
    ],
    lambda _, f: Recall(f["for"], f["after"], f["people"], f.get("stand_down", Quantity(value=0.0))),
    lambda v: {"for": v.precedence, "after": v.after, "people": v.people, "stand_down": v.stand_down},
)


def _timeout_normalise(fields: Fields, node: Node, reader: Reader) -> bool:
    if fields.get("then") == "delegate" and not fields.get("delegate"):
        reader.wrong(
            node.pairs["then"][0],
            "missing-key",
            "a time-out to a delegate lacks `delegate`",
            "who decides then?",
            "add `delegate: hq.desk`",
        )
        return False
    if fields.get("delegate") and fields.get("then") != "delegate":
        reader.wrong(
            node.pairs["delegate"][0],
            "conflicting-keys",
            f"nobody is delegated by `then: {fields.get('then')}`",
            "this has no use",
            "take it away, or say `then: delegate`",
        )
        return False
    return True


TIMEOUT: Final = Record(
    "time-out",
    [
        Key("after", Amount("duration"), "how long silence lasts", required=True),
        Key("then", Choice("escalate", "delegate", "consent", "fail"), "what silence means", required=True),
        Key("delegate", Reference("desk"), "who decides then", default=""),
    ],
    lambda _, f: Timeout(f["after"], f["then"], f.get("delegate") or ""),
    lambda v: {"after": v.after, "then": v.then, "delegate": v.delegate},
    _timeout_normalise,
)


def _on_the_globe(fields: Fields, node: Node, reader: Reader) -> bool:
    """Report a latitude beyond the poles; often the two numbers were written the other way round."""
    if "at" not in fields or abs(fields["at"][0]) <= 90:
        return True
    latitude = node.pairs["at"][1].items[0]
    reader.wrong(
        latitude,
        "out-of-range",
        f"`{latitude.text}` is no latitude",
        "it must be from -90 to 90",
        "write the latitude first, then the longitude",
    )
    return False


PLACE: Final = Record(
    "place",
    [
        Key("name", Words(), "its name", required=True),
        Key(
            "at",
            Several(
                Number(-180, 180, whole=False, what="a number of degrees"), 2, 2, "latitude and longitude", unique=False
            ),
            "degrees north and east",
            required=True,
        ),
        Key("zone", Zone(), "of its clocks", required=True),
        _source(),
    ],
    lambda id, f: Place(id, f["name"], float(f["at"][0]), float(f["at"][1]), f["zone"]),
    lambda v: {"name": v.name, "at": (v.latitude, v.longitude), "zone": v.zone},
    normalise=_on_the_globe,
)


def _desk_normalise(fields: Fields, node: Node, reader: Reader) -> bool:
    """One line of duty may be written as hours and strength."""
    short = [word for word in ("hours", "strength") if word in fields]
    if "duty" in fields and short:
        reader.wrong(
            node.pairs[short[0]][0],
            "conflicting-keys",
            f"`duty` and `{short[0]}` say the same of a desk",
            "both stand here",
            f"put `{short[0]}` into `duty`, or take `duty` away",
        )
        return False
    if "duty" not in fields and len(short) == 2:
        fields["duty"] = (Duty(fields.pop("hours"), fields.pop("strength")),)
    return True


def _desk_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    for word in ("hours", "strength"):
        if word not in fields and "duty" not in fields:
            reader.wrong(
                node,
                "missing-key",
                f"desk `{node.text}` lacks `{word}`" if node.kind == "scalar" else f"a desk lacks `{word}`",
                f"there is no `{word}` here",
                f"add `{word}: ...`, or several of them as `duty: [...]`",
            )
            return False
    return True


def _desk(id: str, fields: Fields) -> Desk:
    function = id.rpartition(".")[2]
    return Desk(
        function=function,
        name=fields.get("name") or Text(function),
        duty=fields["duty"],
        at_close=fields.get("at_close") or "suspend",
        interrupts=fields.get("interrupts"),
        recall=fields.get("recall"),
        successor=fields.get("successor") or "",
        represents=fields.get("represents") or "",
        settles=fields.get("settles"),
    )


def _desk_fields(desk: Desk) -> Fields:
    return {
        "name": None if desk.name == Text(desk.function) else desk.name,
        "duty": desk.duty,
        "at_close": desk.at_close,
        "interrupts": desk.interrupts,
        "recall": desk.recall,
        "successor": desk.successor,
        "represents": desk.represents,
        "settles": desk.settles,
    }


def _desk_shorthand(fields: Fields) -> Fields:
    duty: tuple[Duty, ...] = fields.get("duty") or ()
    if len(duty) == 1 and not duty[0].posture:
        rest = {word: value for word, value in fields.items() if word != "duty"}
        return {"hours": duty[0].hours, "strength": duty[0].strength, **rest}
    return fields


DESK: Final = Record(
    "desk",
    [
        Key("name", Words(), "its name", shown_default="its id"),
        Key("hours", HOURS, "when it is on duty"),
        Key("strength", Amount("people"), "how many are on duty"),
        Key("duty", Several(DUTY, least=1, what="a list of duties"), "several `hours` and `strength`, by posture"),
        Key("at_close", Choice("suspend", "finish"), "what becomes of work in hand at closing time", default="suspend"),
        Key(
            "interrupts",
            Choice(*PRECEDENCES),
            "this precedence or above interrupts lower work",
            shown_default="nothing",
        ),
        Key("recall", RECALL, "who is called in from home, and for what"),
        Key("successor", Reference("desk"), "who takes over its work if it is lost", default=""),
        Key("represents", Reference("headquarters"), "a liaison desk: for whom it answers here", default=""),
        Key("settles", Amount("share"), "a liaison desk: the share that it settles without referral"),
    ],
    _desk,
    _desk_fields,
    _desk_normalise,
    _desk_shorthand,
    _desk_complete,
)


def _headquarters_normalise(fields: Fields, node: Node, reader: Reader) -> bool:
    if "nation" in fields and "nations" in fields:
        reader.wrong(
            node.pairs["nations"][0],
            "conflicting-keys",
            "`nation` and `nations` say the same of a headquarters",
            "both stand here",
            "take one of them away",
        )
        return False
    if "nation" in fields:
        fields["nations"] = (fields.pop("nation"),)
    return True


def _headquarters_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    if "nations" not in fields:
        reader.wrong(
            node,
            "missing-key",
            f"headquarters `{node.text}` lacks `nation`" if node.kind == "scalar" else "a headquarters lacks `nation`",
            "there is no `nation` here",
            "add `nation: JP`, or `nations: [JP, US]` for a combined one",
        )
        return False
    return True


def _headquarters(id: str, fields: Fields) -> Headquarters:
    return Headquarters(
        id=id,
        name=fields["name"],
        nations=fields["nations"],
        service=fields.get("service") or "",
        echelon=fields.get("echelon") or "",
        place=fields["place"],
        rank=fields.get("rank") or 0,
        desks=fields.get("desks") or {},
        ministry=bool(fields.get("ministry")),
        source=fields.get("source") or "",
    )


def _headquarters_fields(hq: Headquarters) -> Fields:
    return {
        "name": hq.name,
        "nations": hq.nations,
        "service": hq.service,
        "echelon": hq.echelon,
        "place": hq.place,
        "rank": hq.rank,
        "ministry": hq.ministry,
        "source": hq.source,
        "desks": hq.desks,
    }


def _headquarters_shorthand(fields: Fields) -> Fields:
    nations: tuple[str, ...] = fields.get("nations") or ()
    if len(nations) == 1:
        return {"nation": nations[0], **{word: value for word, value in fields.items() if word != "nations"}}
    return fields


HEADQUARTERS: Final = Record(
    "headquarters",
    [
        Key("name", Words(), "its name", required=True),
        Key("nation", Nation(), "whose it is, and whose holidays it keeps"),
        Key("nations", Several(Nation(), least=1), "of a combined one, the leading nation first"),
        Key("service", Line(), "joint, navy, air...; another service's part is concurrence", default=""),
        Key("echelon", Line(), "what kind of headquarters it is", default=""),
        Key("place", Reference("place"), "where it is", required=True),
        Key("rank", Number(0, 9), "stars of its commander", default=0),
        Key("ministry", Flag(), "cabinet level or a ministry: friction between governments acts here", default=False),
        _source(),
        Key("desks", Named(DESK, "desks"), "its desks, by function", default={}),
    ],
    _headquarters,
    _headquarters_fields,
    _headquarters_normalise,
    _headquarters_shorthand,
    _headquarters_complete,
)

JOURNEY: Final = Record(
    "journey",
    [
        Key("to", Reference("place"), "where to", required=True),
        Key("every", Number(1, 520), "weeks from one departure to the next", required=True),
        Key("first", Day(), "local date of a departure", required=True),
        Key("leaves", Clock(), "local time of departure, at home", required=True),
        Key("out", Amount("duration"), "the way there", required=True),
        Key("stay", Amount("duration"), "how long he stays", required=True),
        Key("back", Amount("duration"), "the way back", required=True),
        Key("channels", Several(Reference("channel")), "which reach him on the way", default=()),
    ],
    lambda _, f: Journey(
        f["to"], f["every"], f["first"], f["leaves"], f["out"], f["stay"], f["back"], f.get("channels") or ()
    ),
    lambda v: {
        "to": v.to,
        "every": v.every,
        "first": v.first,
        "leaves": v.leaves,
        "out": v.out,
        "stay": v.stay,
        "back": v.back,
        "channels": v.channels,
    },
)
PERSON: Final = Record(
    "person",
    [
        Key("name", Words(), "who it is", required=True),
        Key(
            "posts",
            Several(Reference("desk"), least=1, what="a list of posts"),
            "the desks that are this person's",
            required=True,
        ),
        Key("journeys", Several(JOURNEY), "regular ways to other places", default=()),
    ],
    lambda id, f: Person(id, f["name"], f["posts"], f.get("journeys") or ()),
    lambda v: {"name": v.name, "posts": v.posts, "journeys": v.journeys},
)
RELATION: Final = Record(
    "relation",
    [
        Key("relate", Choice(*RELATIONS), "what kind of relation", required=True),
        Key("from", Reference("headquarters"), "the superior, supported or asked", required=True),
        Key("to", Reference("headquarters"), "the subordinate, supporting or asking", required=True),
        Key("since", Day(), "since when, for information", default=""),
        _source(),
    ],
    lambda _, f: Link(f["relate"], f["from"], f["to"], f.get("since") or ""),
    lambda v: {"relate": v.relation, "from": v.superior, "to": v.subordinate, "since": v.since},
)


def _pair() -> Several:
    return Several(Reference("headquarters"), 2, 2, "a pair of headquarters")


COUNTERPART: Final = Record(
    "counterpart",
    [
        Key("between", _pair(), "the two headquarters", required=True),
        Key("for", Several(Reference("class")), "for these classes of decision", default=(), shown_default="all"),
        _source(),
    ],
    lambda id, f: Counterpart(id, f["between"], f.get("for") or ()),
    lambda v: {"between": v.between, "for": v.classes},
)
LIMIT: Final = Record(
    "limit",
    [
        Key("attribute", Id(), "an attribute of the class of decision", required=True),
        Key("at_most", Amount("any"), "the most that may be decided here", required=True),
    ],
    lambda _, f: Limit(f["attribute"], f["at_most"]),
    lambda v: {"attribute": v.attribute, "at_most": v.at_most},
)


def _others(meaning: str, name: str) -> Key:
    return Key(name, Several(Reference("headquarters or desk")), meaning, default=())


AUTHORITY: Final = Record(
    "authority",
    [
        Key("class", Reference("class"), "what may be decided", required=True),
        Key("nation", Nation(), "for which nation", required=True),
        Key("holder", Reference("desk"), "who may decide", required=True),
        Key("posture", Reference("posture"), "in this posture only", default="", shown_default="any"),
        Key("limit", LIMIT, "up to where; above it the next holder decides"),
        _others("who must approve before", "approve"),
        _others("who must concur before", "concur"),
        _others("who must be asked before, and cannot block", "consult"),
        _others("who is told after", "inform"),
        Key("deputy", Reference("desk"), "who decides while the holder is out of reach", default=""),
        Key("timeout", TIMEOUT, "what the holder's silence means"),
        _source(),
    ],
    lambda id, f: Authority(
        id,
        f["class"],
        f["nation"],
        f["holder"],
        f.get("posture") or "",
        f.get("limit"),
        f.get("approve") or (),
        f.get("concur") or (),
        f.get("consult") or (),
        f.get("inform") or (),
        f.get("deputy") or "",
        f.get("timeout"),
    ),
    lambda v: {
        "class": v.decision_class,
        "nation": v.nation,
        "holder": v.holder,
        "posture": v.posture,
        "limit": v.limit,
        "approve": v.approve,
        "concur": v.concur,
        "consult": v.consult,
        "inform": v.inform,
        "deputy": v.deputy,
        "timeout": v.timeout,
    },
)
CONVERSION: Final = Record(
    "conversion",
    [
        Key("kind", Choice("interpretation", "translation", "transfer"), "what is done", required=True),
        Key("delay", Chance("duration"), "of messages: added to the way, or worked at `by`"),
        Key("by", Reference("desk"), "of messages: the desk that does it", default=""),
        Key(
            "factor", Amount("ratio"), "of meetings: how many times as long; that of the channel's first interpretation"
        ),
    ],
    lambda _, f: Conversion(f["kind"], f.get("delay"), f.get("by") or "", f.get("factor")),
    lambda v: {"kind": v.kind, "delay": v.delay, "by": v.by, "factor": v.factor},
)


def _conversions_count(fields: Fields, node: Node, reader: Reader) -> bool:
    """Warn of what a conversion says and the kind of its channel never asks."""
    kind, items = fields.get("kind"), node.pairs["conversions"][1].items if "conversions" in node.pairs else ()
    first = next((item for item in items if _kind_of(item) == "interpretation"), None)
    for item in items if isinstance(kind, str) else ():
        for word, where, kinds in (
            ("delay", "messages", MESSAGES),
            ("by", "messages", MESSAGES),
            ("factor", "meetings", MEETINGS),
        ):
            if word not in item.pairs:
                continue
            if kind not in kinds:
                label, remedy = f"a `{kind}` channel carries no {where}", f"take `{word}` away"
            elif word == "factor" and item is not first:
                label, remedy = (
                    "only that of the first interpretation counts",
                    "take it away, or multiply the first by it",
                )
            else:
                continue
            problem = item.pairs[word][0].problem(
                "no-effect", f"`{word}` has no effect here", label, remedy, warning=True
            )
            reader.problems.append(problem)
    return True


def _kind_of(item: Node) -> str:
    return item.pairs["kind"][1].text if "kind" in item.pairs else ""


CHANNEL: Final = Record(
    "channel",
    [
        Key("name", Words(), "its name", shown_default="its id"),
        Key("between", Several(End(), 2, 2, "the two ends of a channel", unique=False), "its two ends", required=True),
        Key("kind", Choice(*CHANNEL_KINDS), "what kind", required=True),
        Key(
            "delay",
            Chance("duration"),
            "from sent to received; or from when a meeting is asked for until it can be held",
            required=True,
        ),
        Key("conversions", Several(CONVERSION), "interpretation, translation, transfer", default=()),
        Key("hours", HOURS, "when it works", default=WATCH, shown_default="`watch`"),
        Key("contact", Amount("share"), "weight of a contact-hour over it", shown_default="by kind"),
        _source(),
    ],
    lambda id, f: Channel(
        id,
        f.get("name") or Text(id),
        f["kind"],
        f["between"],
        f["delay"],
        f.get("conversions") or (),
        f.get("hours") or WATCH,
        f.get("contact"),
    ),
    lambda v: {
        "name": None if v.name == Text(v.id) else v.name,
        "between": v.between,
        "kind": v.kind,
        "delay": v.delay,
        "conversions": v.conversions,
        "hours": v.hours,
        "contact": v.contact,
    },
    normalise=_conversions_count,
)
NO_CONTACT: Final = Quantity(value=0.0)
FAMILIARITY: Final = Record(
    "familiarity",
    [
        Key("between", _pair(), "the two headquarters", required=True),
        Key("start", Amount("share"), "how well they know each other at the start, 0 to 1", required=True),
        Key("contact", Amount("contact"), "contact hours that they have anyway", default=NO_CONTACT, shown_default="0"),
    ],
    lambda id, f: Familiarity(id, f["between"], f["start"], f.get("contact") or NO_CONTACT),
    lambda v: {"between": v.between, "start": v.start, "contact": v.contact},
)

RECORDS: Final[dict[str, Record]] = {
    "place": PLACE,
    "headquarters": HEADQUARTERS,
    "desk": DESK,
    "person": PERSON,
    "counterpart": COUNTERPART,
    "authority": AUTHORITY,
    "channel": CHANNEL,
    "familiarity": FAMILIARITY,
    "relation": RELATION,
}
"""What a structure is made of, by kind."""

SECTIONS: Final = {
    "places": "place",
    "headquarters": "headquarters",
    "persons": "person",
    "relations": "relation",
    "counterparts": "counterpart",
    "authorities": "authority",
    "channels": "channel",
    "familiarity": "familiarity",
}
"""The key of a structure's file for each kind; desks stand in their headquarters."""

# --- costs


class Currency(Form):
    """The three letters of a currency."""

    says = "currency (`USD`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read three capital letters."""
        if node.kind != "scalar" or not re.fullmatch(r"[A-Z]{3}", node.text):
            return reader.expected(node, "a currency", "`USD`")
        return node.text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern."""
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


class Price(Amount):
    """An amount of money with its currency: once, or every year. Kept as the quantity and its currency."""

    def __init__(self, *, yearly: bool) -> None:
        super().__init__("money")
        self.yearly = yearly
        self.says = "money a year (`2.5 M USD/year`)" if yearly else "money (`2.5 M USD`)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the quantity and its currency (empty where assumptions are not known)."""
        value = super().read(node, reader)
        if isinstance(value, Missing):
            return value
        named = node.pairs["of"][1] if node.kind == "mapping" else node
        if value.assumption is None:
            unit = units.measure(named.text).unit
        else:
            assumption = reader.assumptions.get(value.assumption) if reader.assumptions is not None else None
            if assumption is None:
                return (value, "")
            unit = assumption.unit
        currency, _, year = unit.partition("/")
        currency = currency.rpartition(" ")[2]
        if bool(year) != self.yearly:
            return reader.wrong(
                named,
                "wrong-dimension",
                f"`{named.text}` is {'money every year' if year else 'money once'}, where "
                f"{'money every year' if self.yearly else 'money once'} is asked",
                "once and yearly are never added up",
                f"put it under `{'yearly' if year else 'once'}`, or mend its unit",
            )
        return (value, currency)

    def write(self, value: Any) -> Plain:
        """Write the name, or the literal with its currency."""
        quantity, currency = value
        if quantity.assumption is not None:
            return super().write(quantity)
        of = f"{units.plain(quantity.value)} {currency}{'/year' if self.yearly else ''}"
        return of if quantity.factor == 1.0 else {"of": of, "times": quantity.factor}

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a name, a literal with its currency, or a multiple."""
        tail = "( */ *(yr|year))" if self.yearly else ""
        number = units.NUMBER.replace("(?:", "(")
        literal = f"^([a-z][a-z0-9]*(-[a-z0-9]+)*|{number} *((k|M|bn) +)?[A-Z]{{3}}{tail})$"
        value: Schema = {"type": "string", "pattern": literal}
        multiple: Schema = {
            "type": "object",
            "properties": {"of": value, "times": {"type": "number", "minimum": 0}},
            "required": ["of", "times"],
            "additionalProperties": False,
        }
        return {"anyOf": [value, multiple]}


class OneAtLeast(Record):
    """A record that must have one key of several, which the schema states too."""

    def __init__(self, among: Iterable[str], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.among = tuple(among)

    def object_schema(self, defs: dict[str, Schema]) -> Schema:
        """Return the object, with the choice."""
        return {**super().object_schema(defs), "anyOf": [{"required": [word]} for word in self.among]}


def _cost_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    amounts = [fields[word][1] for word in ("once", "yearly") if word in fields]
    stated = [*amounts, *([fields["currency"]] if "currency" in fields and any(amounts) else [])]
    if not amounts:
        reader.wrong(
            node, "missing-key", "a cost lacks `once`", "it costs nothing", "add `once: ...`, `yearly: ...` or both"
        )
        return False
    if len(set(stated)) > 1:
        reader.wrong(
            node,
            "wrong-dimension",
            f"a cost is in {stated[0]} and in {next(one for one in stated if one != stated[0])}",
            "one cost has one currency",
            "make two costs of it",
        )
        return False
    return True


def _cost(_: str, fields: Fields) -> Cost:
    once, yearly = fields.get("once"), fields.get("yearly")
    return Cost(
        name=fields["name"],
        currency=(once or yearly or ("", ""))[1] or fields.get("currency", ""),
        price_year=fields["price_year"],
        once=once[0] if once else None,
        yearly=yearly[0] if yearly else None,
        times=fields.get("times") or Quantity(value=1.0),
        payer=fields.get("payer", ""),
        change=fields.get("change", ""),
        since=fields.get("since", ""),
        source=fields.get("source", ""),
    )


COST: Final = OneAtLeast(
    ("once", "yearly"),
    "cost",
    [
        Key("name", Words(), "for what", required=True),
        Key("once", Price(yearly=False), "what it costs once"),
        Key("yearly", Price(yearly=True), "what it costs every year"),
        Key(
            "times",
            Amount("people"),
            "so many of it: people, moves, trips a year",
            default=Quantity(value=1.0),
            shown_default="1",
        ),
        Key("price_year", Number(1900, 2200), "at the prices of this year", required=True),
        Key("payer", Nation(), "who pays", default="", shown_default="open"),
        Key(
            "currency", Currency(), "in a resolved file: its currency", default="", shown_default="that of the amounts"
        ),
        Key("change", Line(), "in a resolved file: the change that it comes with", default=""),
        Key("since", Day(), "in a resolved file: the date of its phase", default=""),
        _source(),
    ],
    _cost,
    lambda v: {
        "name": v.name,
        "once": None if v.once is None else (v.once, v.currency),
        "yearly": None if v.yearly is None else (v.yearly, v.currency),
        "times": v.times,
        "price_year": v.price_year,
        "payer": v.payer,
        "currency": v.currency,
        "change": v.change,
        "since": v.since,
        "source": v.source,
    },
    complete=_cost_complete,
)


class Need(Words):
    """A prerequisite: a condition in words, or the id of a part of the structure that must be there."""

    says = "text, or the id of a part of the structure"


PLANNED: Final = Record(
    "planned change",
    [
        Key("change", Line(), "which", required=True),
        Key("since", Day(), "the date of its phase", default=""),
        Key("takes", Amount("duration"), "how long it takes"),
        Key("meanwhile", Amount("share"), "share of the strength at work until then"),
        Key("needs", Several(Need()), "prerequisites", default=()),
        Key("because", Words(), "why", default=NO_TEXT),
        _source(),
    ],
    lambda _, f: PlannedChange(**f),
    lambda v: {
        name: getattr(v, name) for name in ("change", "since", "takes", "meanwhile", "needs", "because", "source")
    },
)
HISTORY: Final = Record(
    "dated phase",
    [
        Key("name", Words(), "what happens", required=True),
        Key("date", Day(), "from when", required=True),
        Key("changes", Several(Line(), unique=False), "which changes, in words", default=()),
        Key("structure", Line(), "in whose file it stands", default=""),
        _source(),
    ],
    lambda _, f: Phase(f["name"], f["date"], f.get("changes", ()), f.get("structure", ""), f.get("source", "")),
    lambda v: {
        "name": v.name,
        "date": v.date,
        "changes": v.changes,
        "structure": v.structure,
        "source": v.source,
    },
)

# --- changes


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of change: what its first key names, its own keys, and the record whose keys it may set."""

    name: str
    meaning: str
    target: Form
    keys: tuple[Key, ...] = ()
    sets: str = ""
    """The kind of record whose keys may stand beside."""


ADDABLE: Final = ("place", "headquarters", "desk", "person", "counterpart", "authority", "channel", "familiarity")


class AnyValue(Form):
    """A value whose form another key decides."""

    says = "any value"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the node; whoever knows the form reads it."""
        return node

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State nothing."""
        return {}


class Name(Form):
    """An id that may have a point in it; it is looked up by whoever reads the change."""

    says = "id"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the text."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "an id")
        return node.text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a string."""
        return {"type": "string"}


COMMON_KEYS: Final = (
    Key("because", Words(), "why"),
    Key("source", Citation(), "where this is from"),
    Key("cost", Several(COST, least=1, what="a list of costs"), "what it costs"),
    Key("takes", Amount("duration"), "how long it takes"),
    Key("meanwhile", Amount("share"), "share of the strength of what is changed that is at work until then"),
    Key("needs", Several(Need(), least=1, what="a list of prerequisites"), "what must be there before"),
)
BESIDE: Final = frozenset({"because", "cost", "takes", "meanwhile", "needs"})
"""Keys of every change that no record has: they say what the change asks, not what it changes."""
_ID = Key("id", Name(), "its id", required=True)
CHANGES: Final[dict[str, ChangeKind]] = {
    each.name: each
    for each in (
        ChangeKind(
            "add",
            "a new one",
            Choice(*ADDABLE),
            (
                Key("id", Name(), "its id; a desk's is `headquarters.desk`", required=True),
                Key("as", AnyValue(), "the definition", required=True),
            ),
        ),
        ChangeKind("remove", "takes one away", Choice(*ADDABLE), (_ID,)),
        ChangeKind(
            "move",
            "a headquarters to another place",
            Name(),
            (Key("to", Reference("place"), "where to", required=True),),
        ),
        ChangeKind("rank", "a headquarters' commander", Name(), (Key("to", Number(0, 9), "stars", required=True),)),
        ChangeKind("staff", "sets keys of a desk", Name(), (), "desk"),
        ChangeKind("grant", "sets keys of an authority, or makes a new one", Name(), (), "authority"),
        ChangeKind("revoke", "takes an authority away", Name()),
        ChangeKind("relate", "a new relation", Choice(*RELATIONS), (), "relation"),
        ChangeKind(
            "unrelate",
            "takes a relation away",
            Choice(*RELATIONS),
            (Key("from", Name(), "the superior", required=True), Key("to", Name(), "the subordinate", required=True)),
        ),
        ChangeKind("open", "sets keys of a channel, or makes a new one", Name(), (), "channel"),
        ChangeKind("close", "takes a channel away", Name()),
        ChangeKind(
            "embed",
            "a desk `liaison-ID` of a headquarters in another one, which answers for it there",
            Name(),
            (Key("in", Name(), "the other headquarters", required=True),),
            "desk",
        ),
        ChangeKind(
            "commute",
            "sets a person's journey, or none",
            Name(),
            (Key("never", Flag(), "true: no journeys any more", default=False),),
            "journey",
        ),
        ChangeKind("pair", "sets keys of a counterpart, or makes a new one", Name(), (), "counterpart"),
        ChangeKind("unpair", "takes a counterpart away", Name()),
        ChangeKind(
            "set",
            "any other value; of a relation `since`, by the id `OPCON a b`",
            Choice(*ADDABLE, "relation"),
            (
                _ID,
                Key("key", Name(), "which", required=True),
                Key("to", AnyValue(), "its new value; null: its default", required=True),
            ),
        ),
        ChangeKind(
            "arrange",
            "puts the entries of a section in another order, which decides between equals",
            Choice(*SECTIONS),
            (Key("to", Several(Line(), least=1), "all ids in the new order; relations as `OPCON a b`", required=True),),
        ),
    )
}
SETS: Final = {**RECORDS, "journey": JOURNEY}


class ChangesForm(Form):
    """A list of changes, kept as nodes: they are read against the structure that they change."""

    says = "list of changes"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the nodes."""
        if node.kind != "list":
            return reader.expected(node, "a list of changes")
        return tuple(node.items)

    def write(self, value: Any) -> Plain:
        """Write plain changes as they are."""
        return list(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State every kind of change."""
        if "change" not in defs:
            defs["change"] = {}
            defs["change"] = {"anyOf": [self._kind(kind, defs) for kind in CHANGES.values()]}
        return {"type": "array", "items": {"$ref": "#/$defs/change"}}

    def _kind(self, kind: ChangeKind, defs: dict[str, Schema]) -> Schema:
        target = dict(kind.target.schema(defs))
        target["description"] = kind.meaning
        properties = {kind.name: target}
        for key in (*kind.keys, *COMMON_KEYS):
            properties[key.name] = key.form.schema(defs)
        required = [kind.name, *(key.name for key in kind.keys if key.required)]
        if kind.sets:
            whole = kind.name == "relate"
            for word, stated in SETS[kind.sets].keys.items():
                if word not in properties and word != "desks":
                    schema = stated.form.schema(defs)
                    properties[word] = schema if whole else {"anyOf": [schema, {"type": "null"}]}
            if whole:
                required += ["from", "to"]
        if kind.name == "add":
            options = []
            for name in ADDABLE:
                options.append(
                    {
                        "type": "object",
                        "properties": {**properties, "add": {"const": name}, "as": RECORDS[name].schema(defs)},
                        "required": required,
                        "additionalProperties": False,
                    }
                )
            return {"anyOf": options}
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _phase_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    if "changes" in fields and "becomes" in fields:
        reader.wrong(
            node,
            "conflicting-keys",
            "a phase has `changes` and `becomes`",
            "both stand here",
            "take one of them away",
        )
        return False
    if "changes" not in fields and "becomes" not in fields:
        reader.wrong(
            node,
            "missing-key",
            "a phase lacks `changes`",
            "nothing changes here",
            "add `changes: [...]`, or `becomes: ...`: another structure",
        )
        return False
    return True


PHASE: Final = OneAtLeast(
    ("changes", "becomes"),
    "phase",
    [
        Key("name", Words(), "what happens", required=True),
        Key("date", Day(), "from when", required=True),
        Key("changes", ChangesForm(), "what changes", default=()),
        Key("becomes", Name(), "or: the structure that it is like from then on", default=""),
        _source(),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
    complete=_phase_complete,
)


class _Relations(Several):
    def __init__(self) -> None:
        super().__init__(RELATION)


STRUCTURE_HEAD: Final = (
    Key("name", Words(), "its name", required=True),
    Key("about", Words(), "what it is, in a sentence or two", default=NO_TEXT),
    Key("proposed_by", Words(), "by whom; `nobody`: shown for comparison only", default=NO_TEXT),
    Key(
        "extends",
        Name(),
        "the structure that this one changes; then it has `changes` and no sections of its own",
        default="",
    ),
    Key("extended", Name(), "in a resolved file: the structure that it extended, for information", default=""),
)
STRUCTURE: Final = Record(
    "structure",
    [
        *STRUCTURE_HEAD,
        Key("places", Named(PLACE, "places"), "where people are", default={}),
        Key("headquarters", Named(HEADQUARTERS, "headquarters"), "who exists", default={}),
        Key("persons", Named(PERSON, "persons"), "who holds several posts, or travels", default={}),
        Key("relations", _Relations(), "who commands and supports whom", default=()),
        Key("counterparts", Named(COUNTERPART, "counterparts"), "who works with whom across the border", default={}),
        Key("authorities", Named(AUTHORITY, "authorities"), "who may decide what", default={}),
        Key("channels", Named(CHANNEL, "channels"), "over what they communicate", default={}),
        Key("familiarity", Named(FAMILIARITY, "pairs"), "how well they know each other", default={}),
        Key("changes", ChangesForm(), "changes to the structure that this one extends", default=()),
        Key("phases", Several(PHASE), "dated changes, which follow `changes`", default=()),
        Key("costs", Several(COST), "what it costs beside the costs of its changes", default=()),
        Key("planned", Several(PLANNED), "in a resolved file: what changes asked", default=()),
        Key("history", Several(HISTORY), "in a resolved file: its phases, which are applied already", default=()),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

# --- assumptions


class Measure(Form):
    """A number with or without its unit."""

    says = "quantity"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the node's text."""
        if node.kind != "scalar" or node.is_null or node.is_truth:
            return reader.expected(node, "a quantity", "`90 min` or `0.3`")
        return node

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a number, or a text that begins with one."""
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+.0-9].*"}]}


class Correlations(Form):
    """Other assumptions, and rank correlations with them."""

    says = "mapping of assumptions to correlations from -1 to 1"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return pairs."""
        if node.kind != "mapping":
            return reader.expected(node, "a mapping of assumptions to correlations", "`{other: 0.5}`")
        pairs = []
        for name, (key, value) in node.pairs.items():
            number = Number(-1, 1, whole=False, what="a correlation").read(value, reader)
            if number is MISSING:
                return MISSING
            reader.refs.append(Ref("assumption", name, key))
            pairs.append((name, number))
        return tuple(pairs)

    def write(self, value: Any) -> Plain:
        """Write a mapping."""
        return dict(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a mapping."""
        return {"type": "object", "additionalProperties": {"type": "number", "minimum": -1, "maximum": 1}}


def _assumption_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    words = [word for word in ("low", "typical", "high") if word in fields]
    name = f"assumption `{node.text}`" if node.kind == "scalar" else "an assumption"
    if "value" in fields and words:
        reader.wrong(
            node, "conflicting-keys", f"{name} has `value` and `{words[0]}`", "both stand here", "take one of them away"
        )
        return False
    if "value" not in fields and len(words) < 3:
        lacking = next(word for word in ("low", "typical", "high") if word not in words)
        reader.wrong(
            node,
            "missing-key",
            f"{name} lacks `{lacking}`",
            f"there is no `{lacking}` here",
            "add `low`, `typical` and `high`, or one `value`",
        )
        return False
    nodes = [fields["value"]] * 3 if "value" in fields else [fields[word] for word in ("low", "typical", "high")]
    unit = fields.get("unit", "")
    measured = []
    for each in nodes:
        text = each.text.strip()
        if unit and each.is_number:
            text = f"{text} {unit.removeprefix('1') if unit.startswith('1/') else unit}"
        try:
            found = units.measure(text)
        except units.QuantityError as wrong:
            reader.wrong(each, "bad-quantity", f"`{text}` is not a quantity", wrong.reason, wrong.remedy)
            return False
        measured.append(found)
        first = next((one for one in measured if one.value != 0), found)
        if found.dimension != first.dimension and not {found.dimension, first.dimension} <= {"number", "share"}:
            reader.wrong(
                each,
                "wrong-dimension",
                f"`{text}` is {units.GIVEN[found.dimension]}, but `{nodes[0].text}` is {units.GIVEN[first.dimension]}",
                "low, typical and high must be of one kind",
                "give all three the same kind of unit",
            )
            return False
    values = [found.value for found in measured]
    if values != sorted(values):
        reader.wrong(
            nodes[1] if values[0] > values[1] else nodes[2],
            "wrong-order",
            f"{name} is not in order",
            "low, typical and high must rise",
            "put the lowest first",
        )
        return False
    kinds = {found.dimension for found in measured}
    fields["values"] = values
    fields["dimension"] = "share" if kinds == {"number", "share"} else measured[-1].dimension
    fields["shown_unit"] = next((found.unit for found in reversed(measured) if found.unit), "")
    return True


def _assumption(id: str, fields: Fields) -> Assumption:
    low, typical, high = fields["values"]
    return Assumption(
        id=id,
        low=low,
        typical=typical,
        high=high,
        unit=fields["shown_unit"],
        dimension=fields["dimension"],
        source=fields.get("source", ""),
        confidence=fields.get("confidence", ""),
        guess=fields.get("guess", False),
        about=fields.get("about", NO_TEXT),
        correlates=fields.get("correlates", ()),
    )


ASSUMPTION: Final = Record(
    "assumption",
    [
        Key("low", Measure(), "the least it can be"),
        Key("typical", Measure(), "what it most likely is"),
        Key("high", Measure(), "the most it can be"),
        Key("value", Measure(), "low, typical and high in one: it is certain"),
        Key("unit", Line(), "the unit of plain numbers", default=""),
        _source(),
        Key("confidence", Choice("high", "medium", "low"), "how far to trust it", default=""),
        Key("guess", Flag(), "true: nobody knows", default=False),
        Key("about", Words(), "what it is", default=NO_TEXT),
        Key("correlates", Correlations(), "rank correlations with other assumptions", default=()),
    ],
    _assumption,
    lambda v: {},
    complete=_assumption_complete,
)


class SourceForm(Form):
    """A source: a text, or title and address."""

    says = "text, or `{title:, url:}`"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return title and address as one text."""
        if node.kind != "mapping":
            return Line().read(node, reader)
        fields = SOURCE.read_fields("", node, node, reader)
        if isinstance(fields, Missing):
            return MISSING
        return f"{fields['title']}, {fields['url']}" if "url" in fields else fields["title"]

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both forms."""
        return {"anyOf": [{"type": "string"}, SOURCE.schema(defs)]}


SOURCE: Final = Record(
    "source",
    [Key("title", Line(), "what it is", required=True), Key("url", Line(), "where it is found")],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)
ASSUMPTIONS: Final = Record(
    "assumptions",
    [
        Key("sources", Named(SourceForm(), "sources", free=True), "what the numbers rest on", default={}),
        Key("assumptions", Named(ASSUMPTION, "assumptions"), "every number, by name", default={}),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

# --- doctrine


class Precedences(Form):
    """One precedence, or the share of each."""

    says = "precedence, or mapping of precedences to shares"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return pairs."""
        word = Choice(*PRECEDENCES)
        if node.kind == "scalar":
            one = word.read(node, reader)
            return MISSING if isinstance(one, Missing) else ((one, Quantity(value=1.0)),)
        if node.kind != "mapping" or not node.pairs:
            return reader.expected(node, "a precedence", "`IMMEDIATE` or `{PRIORITY: 0.7, IMMEDIATE: 0.3}`")
        shares = []
        total = 0.0
        for key, value in node.pairs.values():
            name, share = word.read(key, reader), Amount("share").read(value, reader)
            if isinstance(name, Missing) or isinstance(share, Missing):
                return MISSING
            shares.append((name, share))
            if share.assumption is None:
                typical = share.value
            else:
                named = reader.assumptions.get(share.assumption) if reader.assumptions is not None else None
                typical = named.typical if named is not None else float("nan")
            total += typical * share.factor
        if abs(total - 1.0) > 1e-6:
            return reader.wrong(
                node,
                "shares-not-one",
                "the shares of precedences do not add up to 1",
                f"they add up to {total:.4g}",
                "change one of them",
            )
        return tuple(shares)

    def write(self, value: Any) -> Plain:
        """Write one alone short."""
        if len(value) == 1 and value[0][1] == Quantity(value=1.0):
            return value[0][0]
        return {name: Amount("share").write(share) for name, share in value}

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both forms."""
        share = Amount("share").schema(defs)
        shares: Schema = {
            "type": "object",
            "properties": dict.fromkeys(PRECEDENCES, share),
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {"anyOf": [{"enum": list(PRECEDENCES)}, shares]}


class Postures(Form):
    """Postures from the lowest, with the time to reach each, and which other one it is like."""

    says = "mapping of postures to durations, or to `{after:, like:}`"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return pairs."""
        if node.kind != "mapping" or not node.pairs:
            return reader.expected(node, "a mapping of postures to durations", "`{steady: 0 h, crisis: 3 h}`")
        triples: list[tuple[str, Quantity, str]] = []
        for name, (key, value) in node.pairs.items():
            if value.kind == "mapping":
                read = POSTURE.read_fields(name, key, value, reader)
                fields = {} if isinstance(read, Missing) else read
            else:
                fields = {"after": Amount("duration").read(value, reader)}
            time = fields.get("after", MISSING)
            if not check_id(key, reader) or isinstance(time, Missing):
                return MISSING
            like = fields.get("like", "")
            if like and like not in (each for each, _, _ in triples):
                return reader.wrong(
                    value.pairs["like"][1],
                    "unknown-posture",
                    f"`{like}` is not a posture below `{name}`",
                    "a posture is like a lower one, which stands before it",
                    f"use one of {quoted(each for each, _, _ in triples)}" if triples else "take it away",
                )
            triples.append((name, time, like))
        return tuple(triples)

    def write(self, value: Any) -> Plain:
        """Write a mapping."""
        return {
            name: {"after": Amount("duration").write(time), "like": like} if like else Amount("duration").write(time)
            for name, time, like in value
        }

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a mapping."""
        either = {"anyOf": [Amount("duration").schema(defs), POSTURE.schema(defs)]}
        return {"type": "object", "additionalProperties": either, "minProperties": 1}


POSTURE: Final = Record(
    "posture",
    [
        Key("after", Amount("duration"), "how long it takes to reach it", required=True),
        Key(
            "like",
            Name(),
            "a lower one whose people and authorities hold, where nothing is said of this one",
            default="",
        ),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)


ROLES: Final = ("origin", "here", "counterpart", "authority", "components", "executors")


class Actor(Form):
    """Who acts in a step: a role, a headquarters or a desk; with `?` it may be absent."""

    says = "actor"

    def __init__(self, *roles: str, desk: bool = True) -> None:
        self.roles, self.desk = roles or ROLES, desk

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the text, and note what it names."""
        if node.kind != "scalar" or node.is_null:
            return reader.expected(node, "an actor", "`origin`, `authority`, a headquarters or a desk")
        text = node.text
        if text in ROLES:
            if text in self.roles:
                return text
            return reader.wrong(
                node,
                "unknown-actor",
                f"`{text}` cannot be the actor here",
                "not in this step",
                f"use {quoted(role for role in self.roles if role in ROLES)} or an id",
            )
        name = text.removesuffix("?")
        if "." in name and not self.desk:
            return reader.wrong(
                node,
                "unknown-actor",
                f"`{text}` is a desk",
                "a headquarters is asked here",
                "name the headquarters alone",
            )
        kind = "desk actor" if "." in name else "headquarters actor"
        reader.refs.append(Ref(f"{kind} absent" if text.endswith("?") else kind, name, node))
        return text

    def write(self, value: Any) -> Plain:
        """Write it as it is."""
        return value

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the pattern of a name."""
        return {"type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9-]+)?\??$"}


class OneOrMore(Form):
    """A word, or a list of actors."""

    says = "`executors`, or list of headquarters"

    def __init__(self, item: Form) -> None:
        self.item = item

    def read(self, node: Node, reader: Reader) -> Any:
        """Return a tuple."""
        if node.kind == "list":
            return Several(self.item, least=1, what="a list of actors").read(node, reader)
        one = self.item.read(node, reader)
        return MISSING if isinstance(one, Missing) else (one,)

    def write(self, value: Any) -> Plain:
        """Write one alone without a list."""
        return value[0] if len(value) == 1 else list(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both."""
        item = self.item.schema(defs)
        return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


class One(Form):
    """One actor, kept as a tuple."""

    def __init__(self, item: Form) -> None:
        self.item = item
        self.says = item.says

    def read(self, node: Node, reader: Reader) -> Any:
        """Return a tuple of one."""
        one = self.item.read(node, reader)
        return MISSING if isinstance(one, Missing) else (one,)

    def write(self, value: Any) -> Plain:
        """Write the one."""
        return self.item.write(value[0])

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State the one."""
        return self.item.schema(defs)


class Function(Id):
    """The function of a desk: `ops`, `plans`; some headquarters must have it."""

    says = "function of a desk"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the text, and note it."""
        text = super().read(node, reader)
        if isinstance(text, str):
            reader.refs.append(Ref("function", text, node))
        return text


RETURNS: Final = Record(
    "returns",
    [
        Key("chance", Amount("share"), "how likely", required=True),
        Key("to", Name(), "the step that it goes back to", default="", shown_default="the last draft"),
        Key("at_most", Attempts(), "how often", default=1),
    ],
    lambda _, f: Returns(f["chance"], f.get("to", ""), f.get("at_most", 1)),
    lambda v: {"chance": v.chance, "to": v.to, "at_most": v.at_most},
)


@dataclass(slots=True)
class Scope:
    """The steps of a process that come before one: for ids and returns."""

    visible: list[set[str]]
    ids: dict[str, Node]
    counts: dict[str, int]


_SCOPES: list[Scope] = []
"""The process that is being read; a stack, since forms have no other memory."""


class Steps(Form):
    """The steps of a process, or of a branch of one."""

    says = "list of steps"

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the steps."""
        if node.kind != "list":
            return reader.expected(node, "a list of steps")
        if self.whole:
            _SCOPES.append(Scope([], {}, {}))
            if not node.items:
                reader.wrong(node, "wrong-count", "a process has no steps", "none stands here", "add a step")
        scope = _SCOPES[-1]
        scope.visible.append(set())
        try:
            steps = [read_step(each, reader, scope) for each in node.items]
        finally:
            scope.visible.pop()
            if self.whole:
                _SCOPES.pop()
        return MISSING if any(step is MISSING for step in steps) else tuple(steps)

    def write(self, value: Any) -> Plain:
        """Write each."""
        return [VERBS[step.verb].write(step) for step in value]

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State every verb."""
        if "step" not in defs:
            defs["step"] = {}
            defs["step"] = {"anyOf": [record.object_schema(defs) for record in VERBS.values()]}
        schema: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}}
        if self.whole:
            schema["minItems"] = 1
        return schema


def read_step(node: Node, reader: Reader, scope: Scope) -> Any:
    """Read a step: its first key is its verb."""
    if node.kind != "mapping" or not node.pairs:
        return reader.expected(node, "a step, a mapping that begins with its verb,", "`{draft: origin}`")
    verb = next(iter(node.pairs))
    if verb not in VERBS:
        later = next((word for word in node.pairs if word in VERBS), None)
        key = node.pairs[verb][0]
        if later is not None:
            return reader.wrong(
                key,
                "verb-not-first",
                f"a step begins with its verb, not with `{verb}`",
                "the verb comes first",
                f"put `{later}: ...` first",
            )
        import difflib

        close = difflib.get_close_matches(verb, VERBS, n=1)
        return reader.wrong(
            key,
            "unknown-verb",
            f"`{verb}` is not a verb of a process",
            "not known here",
            f"did you mean `{close[0]}`?" if close else f"use one of {quoted(VERBS)}",
        )
    given = node.pairs.get("id")
    if given is not None and given[1].kind == "scalar":
        step_id, place = given[1].text, given[1]
    else:
        number = scope.counts[verb] = scope.counts.get(verb, 0) + 1
        step_id, place = verb if number == 1 else f"{verb}-{number}", node.pairs[verb][0]
    if step_id in scope.ids:
        reader.wrong(
            place,
            "duplicate-step",
            f"two steps have the id `{step_id}`",
            f"the other stands on line {scope.ids[step_id].line}",
            "give one of them another `id`",
        )
    scope.ids.setdefault(step_id, place)
    if verb == "draft":
        scope.visible[-1].add(step_id)
    fields = VERBS[verb].read_fields(step_id, node.pairs[verb][0], node, reader)
    returns = node.pairs.get("returns")
    if returns is not None and "to" in returns[1].pairs:
        to = returns[1].pairs["to"][1]
        before = set().union(*scope.visible)
        if to.kind == "scalar" and to.text not in before:
            import difflib

            known = sorted(before)
            close = difflib.get_close_matches(to.text, known, n=1)
            reader.wrong(
                to,
                "unknown-step",
                f"`{to.text}` is not a step before this one",
                "no earlier step on this way has this id",
                f"did you mean `{close[0]}`?" if close else f"use one of {quoted(known)}" if known else "there is none",
            )
    scope.visible[-1].add(step_id)
    return MISSING if isinstance(fields, Missing) else VERBS[verb].build(step_id, fields)


BRANCH: Final = Record(
    "branch",
    [
        Key("name", Id(), "its name", required=True),
        Key("steps", Steps(), "its steps", required=True),
        Key("concurrence", Flag(), "true: its time is concurrence", default=False),
    ],
    lambda _, f: Branch(f["name"], f["steps"], f.get("concurrence", False)),
    lambda v: {"name": v.id, "steps": v.steps, "concurrence": v.concurrence},
)

_STEP_FIELDS: Final = {
    "desk": "desk",
    "nation": "nation",
    "work": "work",
    "length": "length",
    "returns": "returns",
    "refuses": "refuses",
    "order": "order",
    "quorum": "quorum",
    "wait_for_all": "wait_for_all",
    "timeout": "timeout",
    "otherwise": "otherwise",
    "book_after": "book_after",
    "then": "then",
    "id": "id",
}
"""Keys of steps by the model's attribute; verbs that use a word otherwise say so below."""


def _keys_of_steps(*names: str) -> list[Key]:
    return [_STEP_KEYS[name] for name in names]


_STEP_KEYS: Final = {
    key.name: key
    for key in (
        Key("id", Id(), "its name, for returns and traces", shown_default="the verb, with a number from the second on"),
        Key("desk", Function(), "the function that works there", default="ops"),
        Key("nation", Nation(), "of which nation", default="", shown_default="that of `here`"),
        Key("work", Chance("duration"), "how long one person works on it"),
        Key("length", Chance("duration"), "how long the meeting takes"),
        Key("returns", RETURNS, "it may go back"),
        Key("refuses", Amount("share"), "how likely it is refused"),
        Key("order", Choice("parallel", "serial"), "all at once, or one after another", default="parallel"),
        Key("quorum", Number(1, 1000), "how many must agree", shown_default="all"),
        Key("wait_for_all", Flag(), "true: the others are waited for once the outcome is certain", default=False),
        Key("timeout", TIMEOUT, "what silence means"),
        Key(
            "otherwise", Choice("escalate", "fail", "go-on"), "what follows when they do not agree", default="escalate"
        ),
        Key("book_after", Amount("duration"), "after which a meeting is booked ahead", shown_default="never"),
    )
}


def _verb(
    verb: str, form: Form, meaning: str, attribute: str, names: Iterable[str], more: Iterable[Key] = (), **also: str
) -> Record:
    """Return the record of a verb: ``attribute`` of the model takes the verb's value, ``also`` other keys."""
    keys = [Key(verb, form, meaning, required=True), *_keys_of_steps("id", *names), *more]
    attributes = {**{name: _STEP_FIELDS[name] for name in ("id", *names)}, **also}

    def build(id: str, fields: Fields) -> Step:
        given = {attributes[name]: value for name, value in fields.items() if name in attributes}
        given[attribute] = fields[verb]
        given["id"] = id
        return Step(verb=cast(Any, verb), **given)

    def unbuild(step: Step) -> Fields:
        fields = {name: getattr(step, each) for name, each in attributes.items()}
        return {verb: getattr(step, attribute), **fields}

    return Record(verb, keys, build, unbuild)


_ASKED: Final = ("desk", "work", "order", "quorum", "wait_for_all", "timeout")
_ANSWERED: Final = (*_ASKED, "refuses", "returns")
_LIST: Final = Several(Actor(), least=1, what="a list of actors")
VERBS: Final[dict[str, Record]] = {
    "draft": _verb(
        "draft", One(Actor()), "who writes", "actors", ("desk", "nation", "work", "refuses", "returns", "timeout")
    ),
    "staff": _verb(
        "staff", One(Actor("authority", desk=False)), "up to where", "actors", ("desk", "nation", "work", "returns")
    ),
    "decide": _verb(
        "decide",
        One(Actor("authority", "here", "origin", "counterpart")),
        "who decides",
        "actors",
        ("desk", "nation", "work", "returns", "refuses", "timeout"),
    ),
    "approve": _verb("approve", _LIST, "who must approve", "actors", _ANSWERED),
    "concur": _verb("concur", _LIST, "who must concur", "actors", (*_ANSWERED, "otherwise")),
    "consult": _verb("consult", _LIST, "who is asked", "actors", _ASKED),
    "inform": _verb("inform", _LIST, "who is told", "actors", ("desk", "work")),
    "agree": _verb(
        "agree",
        Several(Actor(), least=2, what="a list of two or more actors"),
        "who meets",
        "actors",
        ("desk", "nation", "length", "returns", "book_after"),
    ),
    "order": _verb(
        "order",
        OneOrMore(Actor("executors", "components", "here", "origin", "counterpart", desk=False)),
        "who carries it out",
        "actors",
        ("desk", "nation", "work"),
    ),
    "report": _verb("report", One(Actor()), "who is told of the outcome", "actors", ("desk", "nation", "work")),
    "wait": _verb(
        "wait",
        Chance("duration"),
        "how long",
        "work",
        (),
        [
            Key(
                "as",
                Choice("work", "queue", "off-duty", "channel", "meeting"),
                "the cause it counts as",
                default="channel",
            )
        ],
        **{"as": "mark"},
    ),
    "mark": _verb("mark", Id(), "the milestone's name", "mark", ()),
    "posture": _verb("posture", Reference("posture"), "the posture that is ordered", "posture", ()),
    "fork": _verb(
        "fork",
        Several(BRANCH, least=1, what="a list of branches"),
        "branches at the same time",
        "branches",
        ("quorum", "wait_for_all"),
    ),
    "chance": _verb(
        "chance",
        Amount("share"),
        "how likely `then` is",
        "chance",
        (),
        [
            Key("then", Steps(), "what happens with this chance", default=()),
            Key("otherwise", Steps(), "what happens else", default=()),
        ],
        then="then",
        otherwise="otherwise_steps",
    ),
    "fail": _verb("fail", Line(), "why", "mark", ()),
}


def _class(id: str, fields: Fields) -> DecisionClass:
    return DecisionClass(
        id,
        fields["name"],
        fields["process"],
        fields.get("about", NO_TEXT),
        fields.get("precedence", ()),
        fields.get("attributes", {}),
        fields.get("deadline"),
        fields.get("executors", ()),
        fields.get("unheld", "error"),
        fields.get("source", ""),
    )


CLASS: Final = Record(
    "class",
    [
        Key("name", Words(), "its name", required=True),
        Key("about", Words(), "what has to be decided", default=NO_TEXT),
        _source(),
        Key("precedence", Precedences(), "how urgent", default=(), shown_default="ROUTINE"),
        Key(
            "attributes",
            Named(Chance("any"), "distributions"),
            "what limits compare, drawn for each decision",
            default={},
        ),
        Key("deadline", Amount("duration", positive=True), "by when it should be ordered"),
        Key("executors", Several(Actor("executors", desk=False)), "who carries it out", default=()),
        Key("unheld", Choice("error", "fails"), "where nobody may decide it", default="error"),
        Key("process", Steps(whole=True), "its steps", required=True),
    ],
    _class,
    lambda v: {
        "name": v.name,
        "about": v.about,
        "source": v.source,
        "precedence": v.precedence,
        "attributes": v.attributes,
        "deadline": v.deadline,
        "executors": v.executors,
        "unheld": v.unheld,
        "process": v.process,
    },
)
LAW: Final = Record(
    "familiarity law",
    [
        Key("gain", Amount("rate"), "growth per contact-hour", default=Quantity(value=0.0), shown_default="0/h"),
        Key(
            "half_life",
            Amount("duration", positive=True),
            "how fast it fades",
            default=Quantity(value=31_557_600.0),
            shown_default="1 yr",
        ),
        Key(
            "kept",
            Amount("share"),
            "what remains when a post-holder changes",
            default=Quantity(value=0.5),
            shown_default="0.5",
        ),
        Key(
            "effect",
            Amount("share"),
            "fewer returns and shorter meetings at full familiarity",
            default=Quantity(value=0.0),
            shown_default="0",
        ),
    ],
    lambda _, f: FamiliarityLaw(**f),
    lambda v: {"gain": v.gain, "half_life": v.half_life, "kept": v.kept, "effect": v.effect},
)
FRICTION: Final = Record(
    "friction",
    [
        Key(
            "work",
            Amount("ratio"),
            "longer work at ministries, as a share of it",
            default=Quantity(value=0.0),
            shown_default="0",
        ),
        Key("returns", Amount("share"), "more returns by ministries", default=Quantity(value=0.0), shown_default="0"),
    ],
    lambda _, f: Friction(**f),
    lambda v: {"work": v.work, "returns": v.returns},
)
DOCTRINE: Final = Record(
    "doctrine",
    [
        Key("name", Words(), "its name", required=True),
        Key("doctrine", Choice("us", "nato"), "whose OPCON is meant", default="us"),
        Key(
            "postures",
            Postures(),
            "from the lowest, with the time to reach each",
            shown_default="`{steady: 0 h, crisis: 0 h}`",
        ),
        Key("familiarity", LAW, "how familiarity grows and fades, and what it does"),
        Key("friction", FRICTION, "what friction between governments does"),
        Key("classes", Named(CLASS, "classes of decision"), "what has to be decided", default={}),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

# --- scenario


class Seconds(Form):
    """A duration that is no assumption: it says what the scenario is."""

    says = "duration (a literal)"

    def __init__(self, *, positive: bool = False) -> None:
        self.positive = positive

    def read(self, node: Node, reader: Reader) -> Any:
        """Return seconds."""
        if node.kind == "scalar" and not node.is_null and not units.looks_like_quantity(node.text):
            return reader.wrong(
                node,
                "wrong-type",
                f"`{node.text}` is not a literal duration",
                "the same in every future, so no assumption",
                "write it as `90 min` or `6 h`",
            )
        count = len(reader.literals)
        value = Amount("duration", positive=self.positive).read(node, reader)
        del reader.literals[count:]
        return MISSING if isinstance(value, Missing) else value.value * value.factor

    def write(self, value: Any) -> Plain:
        """Write it with a unit."""
        return units.write(value, "duration")

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a literal."""
        unit = "|".join([*units.DURATIONS, *(f"{name}s?" for name in units.LONG_NAMES)])
        return {"type": "string", "pattern": rf"^[+]?[0-9.]+(e[-+]?[0-9]+)? *({unit})$"}


class MomentOrSeconds(Form):
    """A local date and time, or a duration from the start."""

    says = "local date and time, or duration from the start"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return a datetime or seconds."""
        if node.kind == "scalar" and "T" in node.text:
            return Moment().read(node, reader)
        return Seconds().read(node, reader)

    def write(self, value: Any) -> Plain:
        """Write either."""
        return Moment().write(value) if isinstance(value, datetime) else Seconds().write(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State both."""
        return {"anyOf": [Moment().schema(defs), Seconds().schema(defs)]}


RATE: Final = Record(
    "rate",
    [*_window_keys(), Key("rate", Amount("rate"), "so many", required=True)],
    lambda _, f: Rate(_window("", f), f["rate"]),
    lambda v: {**_window_fields(v.window), "rate": v.rate},
    _window_normalise,
)
_DEMAND_KEYS: Final = (
    Key("class", Reference("class"), "what has to be decided", required=True),
    Key("at", Reference("desk"), "where it is raised", required=True),
    Key("pattern", Choice("interval", "poisson", "weekly", "surge", "list"), "how they come", required=True),
    Key("counted", Flag(), "false: background load, which is not reported", default=True),
    Key(
        "executors",
        Several(Actor("executors", desk=False)),
        "who carries out these, where not those of the class",
        default=(),
    ),
    Key("capability", Id(), "raised only where the scenario has this capability by its start", default=""),
)


def _demand(id: str, fields: Fields) -> Demand:
    fields = dict(fields)
    fields["decision_class"] = fields.pop("class")
    fields["begins_s"] = fields.pop("begins", 0.0)
    fields["moments_s"] = fields.pop("moments", ())
    return Demand(id=id, **fields)


def _demand_record(pattern: str, *keys: Key) -> Record:
    return Record(
        f"{pattern} demand",
        [*_DEMAND_KEYS, *keys],
        _demand,
        lambda v: {
            "class": v.decision_class,
            "at": v.at,
            "pattern": v.pattern,
            "counted": v.counted,
            "executors": v.executors,
            "capability": v.capability,
            "begins": v.begins_s,
            "moments": v.moments_s,
            **{name: getattr(v, name) for name in ("rate", "rates", "zone", "every", "first", "lasts", "halves")},
        },
    )


PATTERNS: Final[dict[str, Record]] = {
    "interval": _demand_record(
        "interval",
        Key("every", Amount("duration", positive=True), "from one to the next", required=True),
        Key("first", Amount("duration"), "when the first comes", shown_default="after one interval"),
    ),
    "poisson": _demand_record("poisson", Key("rate", Amount("rate"), "so many", required=True)),
    "weekly": _demand_record(
        "weekly",
        Key("rate", Amount("rate"), "outside of `rates`", shown_default="0/h"),
        Key("rates", Several(RATE, least=1), "windows of the week, each with a rate", required=True),
        Key("zone", Zone(), "whose clock", default="", shown_default="the scenario's"),
    ),
    "surge": _demand_record(
        "surge",
        Key("rate", Amount("rate"), "at its begin", required=True),
        Key("begins", Seconds(), "when it begins", default=0.0, shown_default="0 h"),
        Key("lasts", Amount("duration"), "how long it lasts", shown_default="to the end"),
        Key("halves", Amount("duration", positive=True), "in which time the rate halves", shown_default="never"),
    ),
    "list": _demand_record(
        "list", Key("moments", Several(MomentOrSeconds(), least=1, unique=False), "when each is raised", required=True)
    ),
}


class DemandForm(Form):
    """A demand: its pattern decides which keys it has."""

    says = "demand"

    def read(self, node: Node, reader: Reader) -> Any:
        """Read a demand without an id."""
        return self.read_as("", node, node, reader)

    def read_as(self, name: str, key: Node, node: Node, reader: Reader) -> Any:
        """Dispatch on the pattern."""
        if node.kind != "mapping":
            return reader.expected(node, "a demand, a mapping,")
        if "pattern" not in node.pairs:
            return reader.wrong(
                node,
                "missing-key",
                "a demand lacks `pattern`",
                "there is no `pattern` here",
                f"add `pattern: ...`, one of {quoted(PATTERNS)}",
            )
        pattern = Choice(*PATTERNS).read(node.pairs["pattern"][1], reader)
        return MISSING if isinstance(pattern, Missing) else PATTERNS[pattern].read_as(name, key, node, reader)

    def write(self, value: Any) -> Plain:
        """Write by its pattern."""
        return PATTERNS[value.pattern].write(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State each pattern."""
        options = []
        for pattern, record in PATTERNS.items():
            schema = record.object_schema(defs)
            schema["properties"]["pattern"] = {"const": pattern}
            options.append(schema)
        defs["demand"] = {"anyOf": options}
        return {"$ref": "#/$defs/demand"}


_BEGINS = Key("begins", Seconds(), "when it begins, from the start", default=0.0, shown_default="0 h")
_LASTS = Key("lasts", Seconds(positive=True), "how long", shown_default="to the end")


def _disruption(kind: str, form: Form, meaning: str, *keys: Key) -> Record:
    def build(id: str, fields: Fields) -> Disruption:
        level = fields[kind] if kind == "friction" else 1.0
        target = "" if kind == "friction" else fields[kind]
        return Disruption(id, cast(Any, kind), target, fields.get("begins", 0.0), fields.get("lasts"), level)

    return Record(
        "disruption",
        [Key(kind, form, meaning, required=True), *keys],
        build,
        lambda v: {kind: v.level if kind == "friction" else v.target, "begins": v.begins_s, "lasts": v.lasts_s},
    )


DISRUPTIONS: Final[dict[str, Record]] = {
    "out": _disruption(
        "out", Reference("target"), "a channel, place, headquarters or desk that is out", _BEGINS, _LASTS
    ),
    "posture": _disruption("posture", Reference("posture"), "a posture that is ordered", _BEGINS, _LASTS),
    "friction": _disruption(
        "friction",
        Number(0, 1, whole=False, what="a level from 0 to 1"),
        "friction between governments",
        _BEGINS,
        _LASTS,
    ),
    "rotate": _disruption("rotate", Reference("familiarity"), "a pair whose post-holder changes", _BEGINS),
}


class DisruptionForm(Form):
    """A disruption: its first key is its kind."""

    says = "disruption"

    def read(self, node: Node, reader: Reader) -> Any:
        """Dispatch on the kind."""
        kind = next((word for word in node.pairs if word in DISRUPTIONS), None)
        if node.kind != "mapping" or kind is None:
            return reader.expected(node, f"a disruption, a mapping with one of {quoted(DISRUPTIONS)},")
        return DISRUPTIONS[kind].read(node, reader)

    def write(self, value: Any) -> Plain:
        """Write by its kind."""
        return DISRUPTIONS[value.kind].write(value)

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State each kind."""
        defs["disruption"] = {"anyOf": [record.object_schema(defs) for record in DISRUPTIONS.values()]}
        return {"$ref": "#/$defs/disruption"}


CAPABILITY: Final = Record(
    "capability",
    [
        Key("name", Words(), "its name", required=True),
        Key("since", Day(), "from when", required=True),
        Key("about", Words(), "what it asks of both nations", default=NO_TEXT),
        _source(),
    ],
    lambda id, f: Capability(id, f["name"], f["since"], f.get("about", NO_TEXT), f.get("source", "")),
    lambda v: {"name": v.name, "since": v.since, "about": v.about, "source": v.source},
)


def _milestone_complete(fields: Fields, node: Node, reader: Reader) -> bool:
    if "at" in fields and "between" in fields:
        reader.wrong(
            node, "conflicting-keys", "a milestone has `at` and `between`", "both stand here", "take one of them away"
        )
        return False
    if "at" not in fields and "between" not in fields:
        reader.wrong(
            node,
            "missing-key",
            f"milestone `{node.text}` lacks `at`",
            "there is no `at` here",
            "add `at: ...`, or two moments as `between: [...]`",
        )
        return False
    if fields.get("basis") == "listed" and fields.get("demand"):
        reader.wrong(
            node,
            "conflicting-keys",
            f"milestone `{node.text}` is only listed, and names a demand",
            "what is listed is held against nothing",
            "take `demand` away, or say `basis: predicted`",
        )
        return False
    return True


MILESTONE: Final = OneAtLeast(
    ("at", "between"),
    "milestone",
    [
        Key("name", Words(), "what happened", required=True),
        Key("at", MomentOrSeconds(), "when, local to the scenario's zone"),
        Key(
            "between",
            Several(MomentOrSeconds(), 2, 2, "two moments"),
            "the first and last moment that the record leaves open",
        ),
        Key("demand", Id(), "whose first decision stands for it in a run", default=""),
        Key("mark", Id(), "at which `mark` of the process", default="ordered"),
        Key(
            "basis",
            Choice("predicted", "fitted", "listed"),
            "`fitted`: a number was chosen with it in view; `listed`: nothing in a run stands for it",
            default="predicted",
        ),
        Key("because", Words(), "what is compared with what, and what was fitted", default=NO_TEXT),
        _source(),
    ],
    lambda id, f: {"id": id, **f},
    lambda v: cast(Fields, v),
    complete=_milestone_complete,
)

SCENARIO: Final = Record(
    "scenario",
    [
        Key("name", Words(), "its name", required=True),
        Key("about", Words(), "what happens", default=NO_TEXT),
        Key("start", Moment(), "when it begins, local to `zone`", required=True),
        Key("zone", Zone(), "whose clock", required=True),
        Key("length", Seconds(positive=True), "how long it lasts", required=True),
        Key("warm_up", Seconds(), "decisions raised in it do not count", default=0.0, shown_default="0 d"),
        Key("cool_down", Seconds(), "nor in this last part", default=0.0, shown_default="0 d"),
        Key("posture", Reference("posture"), "at the start", shown_default="the lowest"),
        Key("headline", Reference("class"), "the class that the table shows", required=True),
        Key("on", Day(), "structures are taken as they were then", default="", shown_default="with all their phases"),
        Key(
            "shift_changes",
            Several(Clock()),
            "when shifts change, local",
            default=(480, 1200),
            shown_default='`["08:00", "20:00"]`',
        ),
        Key("demands", Named(DemandForm(), "demands"), "what has to be decided, and when", required=True),
        Key("capabilities", Named(CAPABILITY, "capabilities"), "what brings new decisions, and from when", default={}),
        Key("recorded_under", Reference("structure"), "the structure that may be held against the record", default=""),
        Key("milestones", Named(MILESTONE, "milestones"), "dated facts of the public record", default={}),
        Key("disruptions", Several(DisruptionForm()), "what goes wrong", default=()),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

# --- study


_SHARE: Final[Schema] = {"type": "string", "pattern": r"^[+]?[0-9.]+(e[-+]?[0-9]+)? *%?$"}


class Indifference(Form):
    """A difference that matters to nobody: a literal duration, or a share."""

    says = "duration or share (a literal)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return a quantity of either dimension: (number, whether it is a share)."""
        share = False
        if node.kind == "scalar" and not node.is_null and units.looks_like_quantity(node.text):
            try:
                share = units.measure(node.text).dimension in units.FITS["share"]
            except units.QuantityError:
                share = False
        if not share:
            seconds = Seconds(positive=True).read(node, reader)
            return MISSING if isinstance(seconds, Missing) else (seconds, False)
        count = len(reader.literals)
        value = Amount("share", positive=True).read(node, reader)
        del reader.literals[count:]
        return MISSING if isinstance(value, Missing) else (value.value * value.factor, True)

    def write(self, value: Any) -> Plain:
        """Write it with its unit."""
        number, share = value
        return units.write(number, "share" if share else "duration")

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State either."""
        return {"anyOf": [Seconds().schema(defs), _SHARE, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}


def _aim(_: str, fields: Fields) -> tuple[ScenarioAim, bool | None]:
    zone = fields.get("indifference")
    aim = ScenarioAim(fields.get("class"), fields.get("weight"), None if zone is None else zone[0])
    return aim, None if zone is None else zone[1]


def _objective(_: str, fields: Fields) -> Objective:
    zone = fields.get("indifference")
    return Objective(
        measure=fields.get("measure", "median"),
        zone=None if zone is None else zone[0],
        confidence=fields.get("confidence", 0.95),
        scenarios={name: aim for name, (aim, _) in fields.get("scenarios", {}).items()},
        precision=dict(fields.get("precision", {})),
    )


def _zones_fit(fields: Fields, node: Node, reader: Reader) -> bool:
    """Report an indifference zone that is no difference of the measure: hours of a share, or a share of hours."""
    measure = fields.get("measure", "median")
    asked = measure in SHARES
    stated = []
    if "indifference" in fields:
        stated.append((node.pairs["indifference"][1], fields["indifference"][1]))
    for name, (_, share) in fields.get("scenarios", {}).items():
        if share is not None:
            stated.append((node.pairs["scenarios"][1].pairs[name][1].pairs["indifference"][1], share))
    wrong = [each for each, share in stated if share != asked]
    for each in wrong:
        reader.wrong(
            each,
            "wrong-dimension",
            f"`{each.text}` is {'a share' if not asked else 'a duration'}, and the measure `{measure}` is "
            f"{'a share' if asked else 'a time'}",
            "not a difference of the measure",
            f"write it as {'`2 %`' if asked else '`30 min` or `6 h`'}",
        )
    return not wrong


AIM: Final = Record(
    "aim",
    [
        Key("class", Reference("class"), "the class of decision that is measured", shown_default="the headline"),
        Key(
            "weight",
            Number(0, 1e6, whole=False, what="a plain number"),
            "how much it counts in the overall verdict; without any weight there is none",
        ),
        Key("indifference", Indifference(), "a smaller difference matters to nobody", shown_default="that of all"),
    ],
    _aim,
    lambda v: cast(Fields, v),
)


class Confidence(Form):
    """A probability that is asked for: a literal from 0.5 to 0.999."""

    says = "share from 0.5 to 0.999 (a literal)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the share."""
        count = len(reader.literals)
        value = Amount("share", positive=True).read(node, reader)
        del reader.literals[count:]
        if isinstance(value, Missing):
            return MISSING
        share = value.value * value.factor
        if not 0.5 <= share <= 0.999:
            said = "it must be from 0.5 to 0.999"
            return reader.wrong(node, "out-of-range", f"`{node.text}` is out of range", said, "write `0.95` or `95 %`")
        return share

    def write(self, value: Any) -> Plain:
        """Write it as a number."""
        return units.write(value, "share")

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a number or a percentage."""
        return {"anyOf": [_SHARE, {"type": "number", "minimum": 0.5, "maximum": 0.999}]}


class Nearness(Form):
    """A share above 0: a literal, since it says what is wanted."""

    says = "share (a literal)"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the share."""
        count = len(reader.literals)
        value = Amount("share", positive=True).read(node, reader)
        del reader.literals[count:]
        return MISSING if isinstance(value, Missing) else value.value * value.factor

    def write(self, value: Any) -> Plain:
        """Write it as a number."""
        return units.write(value, "share")

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a number or a percentage."""
        return {"anyOf": [_SHARE, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}


PRECISION: Final = Record(
    "precision",
    [
        Key("p50", Nearness(), "of the time that half of all decisions take: half the interval over the value"),
        Key("p90", Nearness(), "of the time that nine in ten take"),
        Key("p99", Nearness(), "of the time that 99 in 100 take; needs 299 futures at the least"),
        Key("missed", Nearness(), "of the probability of missing the deadline: half the interval's width"),
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

OBJECTIVE: Final = Record(
    "objective",
    [
        Key("measure", Choice(*MEASURES), "what is held small: of a run's decisions", default="median"),
        Key(
            "indifference",
            Indifference(),
            "the indifference zone: a smaller difference matters to nobody",
            shown_default="`1 h`, or `2 %` of `missed`",
        ),
        Key(
            "confidence",
            Confidence(),
            "how probable a correct choice must be at least",
            default=0.95,
        ),
        Key("scenarios", Named(AIM, "aims", free=True), "what differs by scenario", default={}),
        Key("precision", PRECISION, "how near the chosen structure's tail must be known before a scenario stops"),
    ],
    _objective,
    lambda v: cast(Fields, v),
    normalise=_zones_fit,
)


class Rates(Form):
    """Other currencies, and how many units of each one of the study's buys."""

    says = "mapping of currencies to numbers"

    def read(self, node: Node, reader: Reader) -> Any:
        """Return pairs."""
        if node.kind != "mapping":
            return reader.expected(node, "a mapping of currencies to numbers", "`{JPY: yen-for-a-dollar}`")
        pairs = []
        for name, (key, value) in node.pairs.items():
            rate = Amount("ratio", positive=True).read(value, reader)
            if Currency().read(key, reader) is MISSING or isinstance(rate, Missing):
                return MISSING
            pairs.append((name, rate))
        return tuple(pairs)

    def write(self, value: Any) -> Plain:
        """Write a mapping."""
        return {name: Amount("ratio").write(rate) for name, rate in value}

    def schema(self, defs: dict[str, Schema]) -> Schema:
        """State a mapping."""
        return {"type": "object", "additionalProperties": Amount("ratio").schema(defs)}


MONEY: Final = Record(
    "money",
    [
        Key("currency", Currency(), "the currency", default="USD"),
        Key("year", Number(1900, 2200), "at the prices of this year", default=2024),
        Key("rates", Rates(), "units of each other currency for one of this", default=()),
        Key(
            "growth",
            Amount("share"),
            "by which prices grow in a year",
            default=Quantity(value=0.0),
            shown_default="0",
        ),
    ],
    lambda _, f: Money(**f),
    lambda v: {"currency": v.currency, "year": v.year, "rates": v.rates, "growth": v.growth},
)
READINESS: Final = Record(
    "readiness",
    [
        Key("class", Reference("class"), "for decisions of this class", required=True),
        Key("within", Amount("duration"), "every post is reached within this time, without notice", required=True),
    ],
    lambda _, f: Readiness(f["class"], f["within"]),
    lambda v: {"class": v.decision_class, "within": v.within},
)
STUDY: Final = Record(
    "study",
    [
        Key("name", Words(), "its name", required=True),
        Key("question", Words(), "what it shall answer", default=NO_TEXT),
        Key("base", Reference("structure"), "the structure that the others are compared with", required=True),
        Key(
            "structures",
            Several(Reference("structure"), least=1),
            "which to compare",
            shown_default="all in structures/",
        ),
        Key(
            "scenarios",
            Several(Reference("scenario"), least=1),
            "under which scenarios",
            shown_default="all in scenarios/",
        ),
        Key("futures", Number(1, 10**7), "draws of all uncertain assumptions", default=100),
        Key("replications", Number(1, 10**6), "runs in each future", default=2),
        Key("seed", Number(0, 2**63 - 1), "the same seed gives the same numbers", default=1),
        Key("events_per_run", Number(1, 10**12), "at most; then a run is cut off", default=120_000),
        Key("objective", OBJECTIVE, "what `renkei choose` chooses by"),
        Key("money", MONEY, "in what costs are shown", shown_default="USD of 2024, no other currency"),
        Key("readiness", READINESS, "what visible readiness asks"),
        *politics.KEYS,
    ],
    lambda _, f: f,
    lambda v: cast(Fields, v),
)

KINDS: Final[dict[str, Record]] = {
    "study": STUDY,
    "assumptions": ASSUMPTIONS,
    "doctrine": DOCTRINE,
    "structure": STRUCTURE,
    "scenario": SCENARIO,
}
VERSION: Final = 1
