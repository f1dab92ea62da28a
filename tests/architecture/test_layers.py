"""The layers are as pyproject.toml says, and the set-up is as pinned as it claims to be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "renkei"
LOCKS = ["requirements.lock", "requirements-dev.lock"]

# Loaded only by the commands that need them: `import renkei` and `renkei --help` stay quick.
HEAVY = ["altair", "duckdb", "holidays", "networkx", "numba", "pandas", "ruamel.yaml", "scipy", "vl_convert"]

# In pieces, so that this file names no host either.
HOST = re.compile(
    r"://|index-url|find-links|" + "|".join(["py" + r"pi\.", "python" + "hosted", r"\.(?:org|com|net|io)\b"]),
    re.IGNORECASE,
)


def pins(lock: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_arrows_point_down() -> None:
    """Every contract of import-linter is kept."""
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Arrows point down" in done.stdout


def test_no_folder_of_code_escapes_the_contracts() -> None:
    """import-linter does not see a folder without ``__init__.py``, so there is none."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}

    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def test_importing_renkei_is_light() -> None:
    """The package root loads no heavy library before one is needed."""
    code = f"import sys, renkei; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host(lock: str) -> None:
    """Where packages come from is for each machine to say; the lock says only what they are."""
    assert [line for line in (ROOT / lock).read_text().splitlines() if HOST.search(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    """Nothing is installed whose bytes are not known."""
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]

    assert len(entries) == len(pins(lock)) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_development_runs_what_users_run() -> None:
    """Tests see the very versions that users get."""
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
