"""Time zones, always from the locked package `tzdata`: the same on every system, whatever zones it has itself."""

from __future__ import annotations

import threading
import zoneinfo
from functools import cache
from zoneinfo import ZoneInfo

_reading = threading.Lock()


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises
    ------
    KeyError, ValueError, OSError
        If there is none.
    """
    with _reading:
        before = zoneinfo.TZPATH
        zoneinfo.reset_tzpath(to=())
        try:
            return ZoneInfo.no_cache(name)
        finally:
            zoneinfo.reset_tzpath(to=before)


def names() -> frozenset[str]:
    """Return the names of all zones."""
    with _reading:
        before = zoneinfo.TZPATH
        zoneinfo.reset_tzpath(to=())
        try:
            return frozenset(zoneinfo.available_timezones())
        finally:
            zoneinfo.reset_tzpath(to=before)
