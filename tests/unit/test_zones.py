"""Time zones come from the locked package, whatever the system has; and what numbers rest on is named."""

import importlib.resources
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

from renkei import zones
from renkei.study.chunks import engine_version, library_versions


def test_the_systems_zones_are_not_asked(tmp_path: Path) -> None:
    """A system that takes Honolulu for London does not change any hours."""
    false = tmp_path / "Pacific" / "Honolulu"
    false.parent.mkdir()
    false.write_bytes((importlib.resources.files("tzdata") / "zoneinfo" / "Europe" / "London").read_bytes())
    before = zoneinfo.TZPATH
    zones.zone.cache_clear()
    try:
        zoneinfo.reset_tzpath(to=[str(tmp_path)])
        noon = datetime(2024, 6, 3, 12)
        assert zoneinfo.ZoneInfo.no_cache("Pacific/Honolulu").utcoffset(noon) == timedelta(hours=1)
        assert zones.zone("Pacific/Honolulu").utcoffset(noon) == timedelta(hours=-10)
        assert list(zoneinfo.TZPATH) == [str(tmp_path)]
        assert "Asia/Tokyo" in zones.names()
    finally:
        zoneinfo.reset_tzpath(to=before)


def test_the_version_of_a_chunk_names_every_library_that_numbers_rest_on() -> None:
    for name in ("numpy", "numba", "scipy", "tzdata", "holidays"):
        assert f"{name} {library_versions()[name]}" in engine_version()
