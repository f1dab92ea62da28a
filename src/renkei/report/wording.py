"""The words and numbers that a reader sees, in English and Japanese: on the terminal and in the report alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from renkei.model.quantity import Assumption, Text
from renkei.model.results import Estimate

LANGUAGES: Final = ("en", "ja")

CAUSES: Final = ("work", "queue", "off_duty", "channel", "meeting", "concurrence", "rework")
"""In the order in which they are always shown."""

CAUSE_NAMES: Final = {
    "work": {"en": "work", "ja": "作業"},
    "queue": {"en": "people busy", "ja": "順番待ち"},
    "off_duty": {"en": "off duty", "ja": "勤務時間外"},
    "channel": {"en": "channel", "ja": "通信"},
    "meeting": {"en": "meeting", "ja": "会議待ち"},
    "concurrence": {"en": "concurrence", "ja": "他系統の同意"},
    "rework": {"en": "rework", "ja": "差し戻し"},
}

CAUSE_MEANINGS: Final = {
    "work": {"en": "somebody is working on it", "ja": "担当者が処理している"},
    "queue": {"en": "those who could are busy with something else", "ja": "担当者が別の案件で手一杯"},
    "off_duty": {"en": "those who could are not on duty", "ja": "担当者が勤務時間外"},
    "channel": {"en": "on its way, or waiting for a line", "ja": "伝送中、または回線待ち"},
    "meeting": {"en": "waiting until all who must meet are awake and free", "ja": "出席者全員の都合がつくのを待つ"},
    "concurrence": {"en": "with another service or nation, whose consent is needed", "ja": "他軍種・他国の同意を待つ"},
    "rework": {"en": "returned and done again", "ja": "差し戻されてやり直し"},
}

_UNITS: Final = (
    # up to (seconds, excluded), length of the unit, English, Japanese
    (90.0, 1.0, " s", "秒"),
    (5400.0, 60.0, " min", "分"),
    (172_800.0, 3600.0, " h", "時間"),
    (math.inf, 86_400.0, " d", "日"),
)


def _unit(seconds: float) -> tuple[float, str, str]:
    for limit, length, english, japanese in _UNITS:
        if abs(seconds) < limit:
            return length, english, japanese
    return _UNITS[-1][1:]


def _decimals(number: float) -> int:
    if number == 0:
        return 0
    return 0 if abs(number) >= 9.95 else 1 if abs(number) >= 0.95 else 2


def _number(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    # A minus sign before a row of zeros says nothing.
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def duration(seconds: float, language: str = "en", *, sign: bool = False) -> str:
    """Return ``seconds`` in the unit a person would use: ``38 min``, ``6.4 h``, ``3.2 d``.

    NaN gives a dash. With ``sign`` a positive number gets its plus.
    """
    if math.isnan(seconds):
        return "–"
    if math.isinf(seconds):
        return "無期限" if language == "ja" else "for ever"
    length, english, japanese = _unit(seconds)
    number = seconds / length
    text = _number(number, _decimals(number)).replace("-", "−")
    plus = "+" if sign and number > 0 else ""
    return plus + text + (japanese if language == "ja" else english)


def exact_duration(seconds: float, language: str = "en") -> str:
    """Return ``seconds`` in hours, minutes and whole seconds, ``14 h 05 min 30 s``: for sums to be checked."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    h, m, s = ("時間", "分", "秒") if language == "ja" else (" h", " min", " s")
    parts = []
    if hours:
        parts.append(f"{hours}{h}")
    if minutes or (hours and second):
        parts.append(f"{minutes:02d}{m}" if hours else f"{minutes}{m}")
    if second or not parts:
        parts.append(f"{second:02d}{s}" if parts else f"{second}{s}")
    return ("" if language == "ja" else " ").join(parts)


def time_with_interval(estimate: Estimate, language: str = "en", *, sign: bool = False) -> str:
    """Return a time and its interval in one unit: ``6.4 h (5.9–7.1)``; ``over 30 d`` where only a bound is known."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if math.isnan(value):
        return "–"
    if estimate.over:
        return f"{duration(value, 'ja')}超" if language == "ja" else f"over {duration(value)}"
    length, english, japanese = _unit(max(abs(value), min(abs(low), abs(high))) if sign else value)
    if not sign and math.isinf(high):
        decimals = _decimals(value / length)
        main, low_text = _number(value / length, decimals), _number(low / length, decimals)
        return f"{main}{japanese}({low_text}超)" if language == "ja" else f"{main}{english} (over {low_text})"
    decimals = _decimals(value / length) if not sign else _decimals(max(abs(low), abs(high), abs(value)) / length)
    low_text, high_text = _number(low / length, decimals), _number(high / length, decimals)
    main = _number(value / length, decimals)
    if sign:
        main, low_text, high_text = (_signed(text) for text in (main, low_text, high_text))
    if language == "ja":
        dash = "～" if sign else "-"
        return f"{main}{japanese}({low_text}{dash}{high_text})"
    return f"{main}{english} ({low_text}{' to ' if sign else '–'}{high_text})"


def difference(estimate: Estimate, language: str = "en") -> str:
    """Return a difference whose interval excludes zero, short: ``−22 h (20–24)``, the sign for all three numbers."""
    if not math.isfinite(estimate.value):
        beyond = {"en": "beyond the run", "ja": "期間を超える"}[language]
        return ("−" if estimate.value < 0 else "+") + beyond
    size = abs(estimate.value)
    low, high = sorted((abs(estimate.low), abs(estimate.high)))
    length, english, japanese = _unit(size)
    decimals = _decimals((high if math.isfinite(high) else size) / length)
    number, least, most = (_number(each / length, decimals) for each in (size, low, high))
    sign = "−" if estimate.value < 0 else "+"
    if math.isinf(high):
        return f"{sign}{number}{japanese}({least}超)" if language == "ja" else f"{sign}{number}{english} (over {least})"
    return (
        f"{sign}{number}{japanese}({least}-{most})" if language == "ja" else f"{sign}{number}{english} ({least}–{most})"
    )


def _signed(text: str) -> str:
    if text.startswith("-"):
        return "−" + text[1:]
    return "+" + text if text.strip("0.") else text


def factor(value: float) -> str:
    """Return by what factor: ``x4.1``; of one that is beyond all use, as between two of the same, no more than that."""
    if math.isnan(value):
        return "–"
    return f"x{value:.1f}" if value < 999.95 else ">x999"


def share(value: float, language: str = "en") -> str:
    """Return a share from 0 to 1 as whole per cent; with tenths near either end, so that 99.6 is not 100."""
    if math.isnan(value):
        return "–"
    per_cent = 100.0 * value
    sign = "%" if language == "ja" else " %"
    if 0 < per_cent < 1 or 99 < per_cent < 100:
        text = f"{per_cent:.1f}"
        return text.removesuffix(".0") + sign
    return f"{per_cent:.0f}{sign}"


def share_with_interval(estimate: Estimate, language: str = "en") -> str:
    """Return a share and its interval: ``78 % (74–82)``."""
    if math.isnan(estimate.value):
        return "–"
    low, high = (share(bound).removesuffix(" %") for bound in (estimate.low, estimate.high))
    if language == "ja":
        return f"{share(estimate.value, language)}({low}-{high})"
    return f"{share(estimate.value)} ({low}–{high})"


def load(utilisation: float, language: str = "en") -> str:
    """Return offered work over open capacity as per cent, with tenths near and above 100."""
    if not math.isfinite(utilisation):
        return "–" if math.isnan(utilisation) else "∞"
    per_cent = 100.0 * utilisation
    sign = "%" if language == "ja" else " %"
    return f"{per_cent:.1f}{sign}" if per_cent >= 95 else f"{per_cent:.0f}{sign}"


_CONFIDENCE: Final = {"high": "高", "medium": "中", "low": "低", "": "–"}


def confidence(assumption: Assumption, language: str = "en") -> str:
    """Return how sure the source is."""
    return _CONFIDENCE[assumption.confidence] if language == "ja" else assumption.confidence or "–"


def plain_number(number: float) -> str:
    """Return a number of an assumption without noise: at most four significant digits, thousands apart."""
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{number:.4g}"


_RATE_UNITS: Final = ((3600.0, "/h"), (86_400.0, "/d"), (604_800.0, "/wk"), (31_557_600.0, "/yr"))


def assumption_values(assumption: Assumption) -> tuple[str, str, str, str]:
    """Return low, typical and high as plain numbers, and the unit that they share: one that suits the typical value."""
    numbers = (assumption.low, assumption.typical, assumption.high)
    dimension, unit = assumption.dimension, assumption.unit
    scale = 1.0
    if dimension == "duration":
        length, english, _ = _unit(assumption.typical or assumption.high)
        scale, unit = 1.0 / length, english.strip()
    elif dimension == "rate":
        scale, unit = next((each for each in _RATE_UNITS if assumption.typical * each[0] >= 1), _RATE_UNITS[-1])
    elif dimension == "contact":
        scale, unit = 168.0, "h/wk"
    elif dimension == "share":
        scale, unit = 100.0, "%"
    elif dimension == "money" and assumption.high >= 1e5:
        scale, unit = (1e-6, f"M {unit}") if assumption.high >= 1e6 else (1e-3, f"k {unit}")
    low, typical, high = (plain_number(float(f"{number * scale:.6g}")) for number in numbers)
    return low, typical, high, unit


FUNCTIONS_JA: Final = {
    "ops": "運用",
    "watch": "当直",
    "commander": "指揮官",
    "deputy": "副指揮官",
    "plans": "計画",
    "intel": "情報",
    "logistics": "後方",
    "release": "開示",
    "liaison": "連絡官",
}
"""Of desks; one that is not here, or is named after others (``liaison-usfj``), is called by its beginning or its id."""

NATIONS: Final = {
    "US": Text("United States", "米国"),
    "JP": Text("Japan", "日本"),
    "KR": Text("Korea", "韓国"),
    "NZ": Text("New Zealand", "ニュージーランド"),
}
"""What people call these nations; others are called by their code."""


def nation(code: str) -> Text:
    """Return what people call a nation."""
    return NATIONS.get(code, Text(code))


def function_name(function: str) -> Text:
    """Return what people call the function of a desk; ``ops@2011-03-16`` is one that a phase changed that day."""
    kind, at, date = function.partition("@")
    japanese = FUNCTIONS_JA.get(kind, FUNCTIONS_JA.get(kind.partition("-")[0], kind))
    return Text(f"{kind} (from {date})", f"{japanese}({date}から)") if at else Text(kind, japanese)


def short_name(name: Text) -> Text:
    """Return a name without what stands in brackets at its end."""
    return Text(
        re.sub(r"\s*\([^()]*\)$", "", name.en), re.sub(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]$", "", name.ja)
    )


def desk_name(desk: str, house: Text) -> Text:
    """Return what people call a desk: ``Indo-Pacific Command, ops``."""
    function = function_name(desk.partition(".")[2])
    name = short_name(house)
    return Text(f"{name.en}, {function.en}", f"{name.in_language('ja')}・{function.in_language('ja')}")


@dataclass(frozen=True, slots=True)
class Scale:
    """One unit and one number of decimals for numbers that are read together: a column, or the rows of a chart."""

    unit_s: float
    english: str
    japanese: str
    decimals: int

    @classmethod
    def of_times(cls, seconds: Iterable[float]) -> Scale:
        """Return the scale in whose unit the largest of these times would be read alone."""
        largest = max((abs(each) for each in seconds if math.isfinite(each)), default=0.0)
        length, english, japanese = _unit(largest)
        return cls(length, english, japanese, _decimals(largest / length))

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Scale:
        """Return the scale that suits differences, small and large: below 200 of a unit no larger one is taken."""
        largest = max((abs(each) for each in seconds if math.isfinite(each)), default=0.0)
        length, english, japanese = next(each[1:] for each in _UNITS if largest < 200 * each[1] or each is _UNITS[-1])
        number = largest / length
        return cls(length, english, japanese, 0 if number >= 20 else 1 if number >= 2 else 2)

    def number(self, seconds: float, *, sign: bool = False) -> str:
        """Return the bare number."""
        text = _number(seconds / self.unit_s, self.decimals)
        return _signed(text) if sign else text.replace("-", "−")

    def time(self, seconds: float, language: str = "en", *, sign: bool = False) -> str:
        """Return a time with its unit."""
        if not math.isfinite(seconds):
            return "–"
        return self.number(seconds, sign=sign) + (self.japanese if language == "ja" else self.english)

    def interval(self, estimate: Estimate, language: str = "en", *, sign: bool = False) -> str:
        """Return the two ends of an interval, without the unit: ``17 to 22``; empty where it has an open end."""
        if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
            return ""
        low, high = (self.number(each, sign=sign) for each in (estimate.low, estimate.high))
        return f"{low}～{high}" if language == "ja" else f"{low} to {high}"


def money(amount: float) -> str:
    """Return an amount in millions, without noise: two figures below ten, thousands apart."""
    if not math.isfinite(amount):
        return "–"
    millions = amount / 1e6
    decimals = 0 if abs(millions) >= 9.95 or millions == 0 else 1
    return f"{millions:,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−")


def money_spread(low: float, middle: float, high: float) -> str:
    """Return a median amount in millions, and in brackets the ends of 90 % of futures: ``798 (424–1 115)``."""
    return f"{money(middle)} ({money(low)}–{money(high)})" if high > low else money(middle)


COALITIONS_SHOWN = 6
"""Of those that can stop a structure; where there are more, that is said."""


def worded(dimension: str, value: float, language: str) -> str:
    """Return an assumption's value in words."""
    if dimension == "duration":
        return duration(value, language)
    if dimension == "rate":
        return f"{value * 86400:.3g}/" + ("日" if language == "ja" else "d")
    return f"{value:.3g}"
