"""The files of a study: summary.json, runs.parquet and manifest.json.

All three are first written beside their places, and moved there when all are whole: a full disk leaves the earlier
results.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shlex
import sys
from dataclasses import fields, is_dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from renkei.model.results import Summary
from renkei.model.scenario import Case
from renkei.model.verdict import Choice
from renkei.study.chunks import engine_version, library_versions
from renkei.study.outcome import Column

FORMAT: Final = "summary/1"


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NaN, no infinity (None; an estimate's ``over`` says which it was)."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def summary_json(summary: Summary) -> bytes:
    """Return summary.json: the same bytes for the same inputs, seed and lock file.

    Floats are written so that they read back as the same number.
    """
    whole = {"renkei": FORMAT, **plain(summary)}
    return (json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def manifest_json(
    case: Case, summary: Summary | Choice, *, workers: int, began: datetime, duration_s: float, reused: int, chunks: int
) -> bytes:
    """Return manifest.json: what was run on what, when and where; all that may differ from one run to the next."""
    import renkei

    whole = {
        "renkei": "manifest/1",
        "command": shlex.join([Path(sys.argv[0]).name or "python", *sys.argv[1:]]),
        "case": case.id,
        "inputs_sha256": case.fingerprints,
        "structures": list(summary.structures),
        "scenarios": list(summary.scenarios),
        "futures": summary.futures,
        "replications": summary.replications,
        "seed": summary.seed,
        "versions": {
            "renkei": renkei.__version__,
            "engine": engine_version().rpartition(" ")[2],
            "python": platform.python_version(),
            **library_versions(),
            "duckdb": version("duckdb"),
        },
        "started": began.isoformat(timespec="seconds"),
        "duration_s": round(duration_s, 3),
        "workers": workers,
        "chunks": chunks,
        "chunks_reused": reused,
        "host": platform.node(),
        "platform": platform.platform(),
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def made_of(case: Case, manifest: Path) -> bool:
    """Tell whether what a manifest stands for was made of the same files as ``case``; no if there is none."""
    try:
        found = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("inputs_sha256") == plain(case.fingerprints)


def write_parquet(runs: dict[str, Column], path: Path) -> None:
    """Write the table of runs, compressed with zstd."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false", "threads": "1"})
    try:
        connection.register("runs", runs)
        target = str(path).replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM runs) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.Error as wrong:
        # Its words name the reason (a full disk, a missing right), but no number of the system's.
        raise OSError(None, str(wrong).splitlines()[0], str(path)) from wrong
    finally:
        connection.close()


def write_outputs(out: Path, summary: Summary, runs: dict[str, Column], manifest: bytes) -> None:
    """Write all three files, or none."""
    names = ("runs.parquet", "summary.json", "manifest.json")
    new = {name: out / f".{name}.part" for name in names}
    try:
        write_parquet(runs, new["runs.parquet"])
        new["summary.json"].write_bytes(summary_json(summary))
        new["manifest.json"].write_bytes(manifest)
        for path in new.values():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        for name in names:
            os.replace(new[name], out / name)
    finally:
        for path in new.values():
            path.unlink(missing_ok=True)
