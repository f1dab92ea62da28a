"""Runs structures under scenarios, and says what is found.

    renkei.study(case, *, structures=None, scenarios=None, futures=None, replications=None, seed=None, workers=None,
                 out=None, progress=None)

The package can be called: this is ``run_study``, whose arguments ``help(renkei.study.run_study)`` explains. ``load``,
``check``, ``show``, ``diff`` and ``trace`` live here too. Nothing heavy is loaded before a study is run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renkei.study.outcome import RunError, StudyResult
    from renkei.study.running import Listener, run_study

__all__ = ["Listener", "RunError", "StudyResult", "run_study"]

_HOMES = {
    "Listener": "renkei.study.running",
    "RunError": "renkei.study.outcome",
    "StudyResult": "renkei.study.outcome",
    "run_study": "renkei.study.running",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module `renkei.study` has no attribute `{name}`")


def __dir__() -> list[str]:
    """Name what is offered, loaded or not, so that ``help(renkei.study)`` tells it."""
    return sorted({*globals(), *_HOMES})


class _CallablePackage(ModuleType):
    """So that a notebook says ``renkei.study(case)``, beside ``renkei.load`` and ``renkei.trace``."""

    def __call__(self, case: Any, **options: Any) -> StudyResult:
        """Run a study: see ``run_study``."""
        from renkei.study.running import run_study

        return run_study(case, **options)


sys.modules[__name__].__class__ = _CallablePackage
