"""The benchmark: how fast renkei is beside other simulators, in one run on one machine, and whether all agree.

    renkei.bench(*, what=("models",), models=None, peers=None, quick=False, rounds=None, say=None)

The package can be called: this is ``run_bench``, whose arguments ``help(renkei.bench.run_bench)`` explains. The
models are ordinary cases (``cases``), run by the ordinary engine with every statistic on; the other simulators run
their own programs of the same models (``peers``), and two programs by hand in C (``limits``) show what the machine can
do at most.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renkei.bench.report import Report
    from renkei.bench.running import WHAT, BenchError, run_bench

__all__ = ["WHAT", "BenchError", "Report", "run_bench"]

_HOMES = {
    "BenchError": "renkei.bench.running",
    "Report": "renkei.bench.report",
    "WHAT": "renkei.bench.running",
    "run_bench": "renkei.bench.running",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module `renkei.bench` has no attribute `{name}`")


def __dir__() -> list[str]:
    """Name what is offered, loaded or not, so that ``help(renkei.bench)`` tells it."""
    return sorted({*globals(), *_HOMES})


class _CallablePackage(ModuleType):
    """So that a notebook says ``renkei.bench(quick=True)``, as it says ``renkei.study(case)``."""

    def __call__(self, **options: Any) -> Report:
        """Run the benchmark: see ``run_bench``."""
        from renkei.bench.running import run_bench

        return run_bench(**options)


sys.modules[__name__].__class__ = _CallablePackage
