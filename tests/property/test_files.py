"""Whatever stands in a file, reading it ends with a model or with problems, and never with an exception."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.diagnostics import RULES
from renkei.files import check_case
from renkei.files.nations import NATIONS

SPEC = Path(__file__).parent.parent / "spec"
SEPARATOR = re.compile(r"^--- # (\S+)\n", re.MULTILINE)
VALID = sorted((SPEC / "valid").glob("*.yaml"))
INSTEAD = (
    "null", "[]", "{}", "true", "7", "-1", ".nan", ".inf", '""', "[a]", "{a: b}", "x.y", "any", "1e400",
    "2024-06-03", "{of: x, times: 2}", "0 h", "authority", "*a", "&a", "!a", "'", '"', "\t", ":", "\x00", "é",
)  # fmt: skip


@given(st.sampled_from(VALID), st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_gives_problems_and_no_exception(path: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        shutil.copytree(SPEC / "base", case)
        parts = SEPARATOR.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            (case / name).write_text(body, encoding="utf-8")
        file = data.draw(st.sampled_from(sorted(case.rglob("*.yaml"))))
        text = file.read_text(encoding="utf-8")
        for _ in range(data.draw(st.integers(1, 3))):
            words = list(re.finditer(r"[\w.-]+|\W", text))
            word = data.draw(st.sampled_from(words)) if words else None
            if word is not None:
                instead = data.draw(st.sampled_from([*INSTEAD, "", words[0].group()]))
                text = text[: word.start()] + instead + text[word.end() :]
        file.write_text(text, encoding="utf-8")

        for problem in check_case(case):
            assert problem.rule in RULES
            assert problem.render()


def test_the_nations_are_those_whose_holidays_are_known() -> None:
    assert {code for code in holidays.list_supported_countries() if len(code) == 2} == NATIONS


def test_checking_loads_nothing_slow() -> None:
    """Reading a case is on the start path of every command."""
    program = (
        "import sys\n"
        "from renkei.files import check_case\n"
        f"check_case({str(SPEC / 'base')!r})\n"
        "print([name for name in ('numba', 'numpy', 'scipy', 'holidays', 'rich', 'duckdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
