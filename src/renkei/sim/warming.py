"""Making the kernel ready, also where Numba's cache of it is damaged."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from renkei.sim import engine
from renkei.sim import kernel as at

DAMAGED = (pickle.UnpicklingError, EOFError, ValueError, AttributeError, ImportError, LookupError, TypeError)
"""What reading a half-written or foreign file of the cache ends in."""


def make_ready(announce: Callable[[str], None] | None = None) -> None:
    """Compile the kernel, or take it from the cache; a damaged cache is emptied, and filled again.

    Raises
    ------
    OSError
        If the damaged file cannot be replaced.
    """
    try:
        engine.warm_up(announce)
    except DAMAGED:
        cache: Any = getattr(at.advance, "_cache", None)
        if cache is None:
            raise
        if announce is not None:
            announce("the compiled simulation kernel on the disk is damaged: compiling it again (some seconds)")
        cache.flush()
        engine.warm_up(None)
