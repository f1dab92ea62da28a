"""renkei: compare command structures of allied headquarters by simulation.

The functions of a notebook, each of them a command too::

    case = renkei.load("alliance")
    result = renkei.study(case, futures=20)
    renkei.choose(case, futures=200)
    renkei.trace(case, "existing", "daily")
    renkei.bench(quick=True)

They are loaded when they are first asked for, so that ``import renkei`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from renkei.study.choosing import choose
    from renkei.study.inspection import as_of, check, diff, load, show
    from renkei.study.record import record
    from renkei.study.tracing import trace

__all__ = ["__version__", "as_of", "check", "choose", "diff", "load", "record", "show", "trace"]

_HOMES = {
    "as_of": "renkei.study.inspection",
    "check": "renkei.study.inspection",
    "choose": "renkei.study.choosing",
    "diff": "renkei.study.inspection",
    "load": "renkei.study.inspection",
    "record": "renkei.study.record",
    "show": "renkei.study.inspection",
    "trace": "renkei.study.tracing",
}


def __getattr__(name: str) -> object:
    """Load a function when it is first asked for (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in ("study", "bench"):
        # Packages that can be called: see their last lines.
        return import_module(f"renkei.{name}")
    raise AttributeError(f"module `renkei` has no attribute `{name}`")


def __dir__() -> list[str]:
    """Name what is offered, loaded or not."""
    return sorted({*globals(), *_HOMES, "study", "bench"})
