"""The command line starts at once: what a command does not need it does not load."""

import subprocess
import sys

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
    # `check` follows every paper's way, over the assembler's arrays: NumPy is the one heavy library that it may load
    assert loaded & set(HEAVY) <= ({"numpy"} if "check" in arguments else set())
