"""Quantities with units: what people write becomes seconds, events per second, people, shares, money.

Base units: second, per second, person, a share from 0 to 1, the currency's unit (a year's money per second is not
used: yearly money stays yearly), contact hours per hour. Everything outside this module counts in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Dimension = Literal["duration", "rate", "share", "ratio", "number", "people", "money", "contact", "any"]
"""``number`` has no unit; ``any`` is asked where an attribute of a decision may be anything."""

DURATIONS: Final = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "wk": 604_800.0,
    "mo": 2_629_800.0,
    "yr": 31_557_600.0,
}
"""Seconds of each unit; a month is 30.4375 d, a year 365.25 d."""

LONG_NAMES: Final = {
    "second": "s",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "week": "wk",
    "month": "mo",
    "year": "yr",
}
SCALES: Final = {"k": 1e3, "M": 1e6, "bn": 1e9}

NUMBER: Final = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY: Final = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>.*)", re.DOTALL)
_RATE: Final = re.compile(r"/\s*(?P<count>\d+(?:\.\d+)?)?\s*(?P<unit>[A-Za-z]+)")
_CONTACT: Final = re.compile(r"(?P<amount>[a-z]+)\s*/\s*(?P<per>[a-z]+)")
_MONEY: Final = re.compile(r"(?:(?P<scale>k|M|bn)\s+)?(?P<currency>[A-Z]{3})(?P<yearly>\s*/\s*(?:yr|year))?")

FITS: Final[dict[str, frozenset[str]]] = {
    "duration": frozenset({"duration"}),
    "rate": frozenset({"rate"}),
    "share": frozenset({"number", "share"}),
    "ratio": frozenset({"number", "share"}),
    "number": frozenset({"number", "share"}),
    "people": frozenset({"number", "people"}),
    "money": frozenset({"money"}),
    "contact": frozenset({"contact", "number"}),
    "any": frozenset({"number", "share", "people", "duration", "money", "rate", "contact"}),
}
"""Which dimensions a value may have where one is asked."""

ASKED: Final = {
    "duration": ("a duration", "`90 min` or `6 h`"),
    "rate": ("a rate", "`12/day` or `0.5/h`"),
    "share": ("a share from 0 to 1", "`0.3` or `30 %`"),
    "ratio": ("a plain number", "`1.5`"),
    "number": ("a plain number", "`1.5`"),
    "people": ("a number of people", "`5`"),
    "money": ("an amount of money", "`2.5 M USD`"),
    "contact": ("contact hours per time", "`6 h/wk`"),
    "any": ("a quantity", "`500`, `0.3` or `6 h`"),
}
"""How to say what is asked, and an example."""

GIVEN: Final = {
    "duration": "a duration",
    "rate": "a rate",
    "share": "a share",
    "number": "a plain number",
    "people": "a number of people",
    "money": "an amount of money",
    "contact": "contact hours per time",
}


class QuantityError(ValueError):
    """A text is no quantity: the reason, and what would be right."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity as read: in base units, of a dimension, and the unit that was written (without scale words)."""

    value: float
    dimension: str
    unit: str = ""


def looks_like_quantity(text: str) -> bool:
    """Return whether a text begins as a number does; a name never does."""
    return re.match(NUMBER, text.strip()) is not None


MOST: Final = {"share": 1.0, "people": 10_000.0, "duration": 1000 * DURATIONS["yr"], "rate": 1000.0}
"""The most that is asked for, in base units: more is an error of writing, and no machine runs it."""


def measure(text: str) -> Measured:
    """Read a quantity of whatever dimension.

    Raises
    ------
    QuantityError
        If it has no number, or a unit that nothing is measured in.

    Examples
    --------
    >>> measure("90 min").value, measure("12/day").dimension, measure("30 %").value
    (5400.0, 'rate', 0.3)
    """
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise QuantityError("it does not begin with a number", "write a number and its unit, such as `90 min`")
    number = float(found["number"])
    if not abs(number) < 1e100:
        raise QuantityError("the number is too large", "write a smaller one")
    unit = found["unit"].strip()
    if not unit:
        return Measured(number, "number")
    if unit == "%":
        return Measured(number / 100.0, "share", "%")
    if unit in ("people", "person"):
        return Measured(number, "people", "people")
    if (seconds := seconds_of(unit)) is not None:
        return Measured(number * seconds, "duration", unit)
    if (rate := _RATE.fullmatch(unit)) is not None:
        per = seconds_of(rate["unit"])
        if per is None:
            raise QuantityError(f"`{rate['unit']}` is not a unit of time", f"use one of {_listed(DURATIONS)}")
        count = float(rate["count"] or 1)
        if count == 0:
            raise QuantityError("it is a rate per no time at all", "write it as `12/day`")
        return Measured(number / (count * per), "rate", unit)
    if (contact := _CONTACT.fullmatch(unit)) is not None:
        amount, per = seconds_of(contact["amount"]), seconds_of(contact["per"])
        if amount is not None and per is not None:
            return Measured(number * (amount / per), "contact", unit)
    if (money := _MONEY.fullmatch(unit)) is not None:
        return Measured(
            number * SCALES.get(money["scale"] or "", 1.0),
            "money",
            money["currency"] + ("/year" if money["yearly"] else ""),
        )
    if any(character.isdigit() for character in unit):
        raise QuantityError("it has more than one number", "write it with one: `15.5 h` or `930 min`")
    raise QuantityError(f"`{unit}` is not a unit", _nearest_unit(unit))


def _nearest_unit(unit: str) -> str:
    import difflib

    known = [*DURATIONS, *LONG_NAMES, "people", "%"]
    close = difflib.get_close_matches(unit.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`? Durations have one of {_listed(DURATIONS)}"
    return f"durations have one of {_listed(DURATIONS)}; rates are written as `12/day`, money as `2.5 M USD`"


def _listed(names: dict[str, float]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def seconds_of(unit: str) -> float | None:
    """Return the seconds of a unit of time, short or long (``h``, ``hour``, ``hours``); None if it is none."""
    if unit in DURATIONS:
        return DURATIONS[unit]
    name = LONG_NAMES.get(unit) or LONG_NAMES.get(unit.removesuffix("s"))
    return DURATIONS[name] if name else None


def parse(text: str, dimension: Dimension) -> float:
    """Return a quantity of a dimension in base units.

    Raises
    ------
    QuantityError
        If it is no quantity, or one of another dimension.
    """
    measured = measure(text)
    if measured.dimension not in FITS[dimension]:
        asked, example = ASKED[dimension]
        raise QuantityError(f"it is {GIVEN[measured.dimension]}, where {asked} is asked", f"write it as {example}")
    return measured.value


# --- written again


def plain(value: float) -> str:
    """Return the shortest text that reads as the same number; whole ones without a point."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def write(value: float, dimension: Dimension) -> str | int | float:
    """Return a quantity in base units as a text (or number) that :func:`parse` reads as exactly the same value.

    >>> write(5400.0, "duration"), write(1 / 7200, "rate"), write(0.25, "share")
    ('90 min', '12/d', 0.25)
    """
    if dimension == "duration":
        return _shortest(value, [(f" {unit}", DURATIONS[unit]) for unit in reversed(DURATIONS)], " s")
    if dimension == "rate":
        return _shortest(
            value, [(f"/{unit}", 1.0 / DURATIONS[unit]) for unit in ("d", "h", "min", "s", "wk", "yr")], "/s"
        )
    if dimension == "contact":
        text = f"{plain(float(f'{value * 168.0:.12g}'))} h/wk"
        return text if measure(text).value == value else _number(value)
    return _number(value)


def _number(value: float) -> int | float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _shortest(value: float, forms: list[tuple[str, float]], fallback: str) -> str:
    """Return the text with the shortest number that reads as exactly the value; of equal ones the first unit."""
    if value == 0:
        return "0" + fallback
    number, unit = plain(value), fallback
    for suffix, scale in forms:
        text = plain(float(f"{value / scale:.12g}"))
        shorter = (len(text), "e" in text) < (len(number), "e" in number) or (unit == fallback and text == number)
        if shorter and measure(text + suffix).value == value:
            number, unit = text, suffix
    return number + unit


# --- for people

_SPOKEN: Final = (
    (31_557_600.0, "yr", "年"),
    (86_400.0, "d", "日"),
    (3600.0, "h", "時間"),
    (60.0, "min", "分"),
    (1.0, "s", "秒"),
)


def spoken(seconds: float, language: str = "en") -> str:
    """Return a duration as people say it, to about two figures beyond doubt.

    >>> spoken(12_000), spoken(181_440), spoken(12_000, "ja"), spoken(0.25)
    ('3 h 20 min', '2.1 d', '3時間20分', '0.25 s')
    """
    if seconds < 0:
        return "-" + spoken(-seconds, language)
    ja = language == "ja"
    gap = "" if ja else " "

    def unit(number: float) -> str:
        return gap + next(name_ja if ja else name for size, name, name_ja in _SPOKEN if size == number)

    if seconds < 1:
        return f"{seconds:.2g}{unit(1.0)}"
    if round(seconds) < 60:
        return f"{seconds:.2g}{unit(1.0)}"
    if (minutes := round(seconds / 60)) < 60:
        return f"{minutes}{unit(60.0)}"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}{unit(3600.0)}" + (f"{gap}{rest}{unit(60.0)}" if rest else "")
    if seconds < 2 * 31_557_600.0:
        return f"{_short(seconds / 86_400.0)}{unit(86_400.0)}"
    return f"{_short(seconds / 31_557_600.0)}{unit(31_557_600.0)}"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if number < 100 else f"{number:.0f}"
