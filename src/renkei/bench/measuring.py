"""The parts of the benchmark that need no other simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from renkei.bench.report import Measure

Say = Callable[[str], None]

PARTS: Final[dict[str, Callable[[bool, Say], list[Measure]]]] = {}
