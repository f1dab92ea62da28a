"""The command line starts at once: what a command does not need it does not load."""

import subprocess
import sys
import time

import pytest

HEAVY = ("numba", "llvmlite", "numpy", "scipy", "rich", "duckdb", "networkx", "pandas", "altair", "vl_convert")


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that are loaded after some code ran in a fresh interpreter."""
    tail = "\nimport sys\nprint('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(ran.stdout.rsplit("LOADED", 1)[1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import renkei",
        "import renkei; renkei.load, renkei.check, renkei.show, renkei.diff",
        "from renkei.cli import main; assert main(['--help']) == 0",
        "from renkei.cli import main; assert main(['study', '--help']) == 0",
    ],
)
def test_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) & {*HEAVY, "ruamel"} == set()


@pytest.mark.parametrize("arguments", [["check", "alliance"], ["show", "alliance"]])
def test_reading_a_case_loads_no_engine(arguments: list[str]) -> None:
    loaded = loaded_by(f"from renkei.cli import main; assert main({arguments}) == 0")
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("code", "limit_s"), [("import renkei", 0.05), ("from renkei.cli import main; main(['--help'])", 0.2)]
)
def test_starts_at_once(code: str, limit_s: float) -> None:
    """The time beyond that of Python itself, the best of several: others share the machine."""

    def seconds(code: str) -> float:
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert seconds(code) - seconds("pass") < limit_s
