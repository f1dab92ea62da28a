"""The format by small cases: each valid file reads without a problem, each invalid one earns its exact message.

A file holds the documents that differ from the case in `base/`, separated by `--- # path/within/the/case.yaml`.
``RENKEI_REWRITE=1 pytest tests/spec`` writes the messages anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import renkei
from renkei.diagnostics import RULES, WAYS, Problem, Rule
from renkei.files import check_case, load_case, read_structure, to_yaml
from renkei.files.grammar import KINDS
from renkei.files.schemas import FOLDER, text
from renkei.files.yaml import Source, compose, plain_of
from renkei.study import inspection

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
WAYS_WRONG = sorted((HERE / "ways").glob("*.yaml"))
SEPARATOR = re.compile(r"^--- # (\S+)\n", re.MULTILINE)
REWRITE = os.environ.get("RENKEI_REWRITE") == "1"


def documents(path: Path) -> dict[str, bytes]:
    """Return the documents of a spec file by their path within the case; the empty text takes a file away."""
    parts = SEPARATOR.split(path.read_bytes().decode("utf-8", "surrogateescape"))
    assert not parts[0].strip(), f"{path.name} begins with `--- # path`"
    return {name: body.encode("utf-8", "surrogateescape") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def laid(path: Path, folder: Path) -> Path:
    """Lay a spec file over the base case in a folder."""
    case = folder / "case"
    shutil.copytree(HERE / "base", case)
    for name, body in documents(path).items():
        target = case / name
        if body.strip() == b"# gone":
            target.unlink()
        else:
            target.write_bytes(body)
    return case


def check(path: Path, folder: Path) -> list[Problem]:
    """Lay a spec file over the base case in a folder, and return the problems of its files."""
    return check_case(laid(path, folder))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid(path: Path, tmp_path: Path) -> None:
    assert [problem.render() for problem in check(path, tmp_path)] == []
    for structure in load_case(tmp_path / "case").structures.values():
        assert read_structure(to_yaml(structure), structure.id) == structure


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path, tmp_path: Path) -> None:
    earns(path, check(path, tmp_path), RULES)


@pytest.mark.parametrize("path", WAYS_WRONG, ids=lambda path: path.stem)
def test_a_way_that_leads_nowhere(path: Path, tmp_path: Path) -> None:
    """All files are right, and a structure cannot carry a decision all the same, or hardly as anybody means it."""
    case = laid(path, tmp_path)
    if not path.name.startswith("unheld-authority"):
        assert check_case(case) == []
    problems = inspection.check(case)
    assert all(problem.line for problem in problems)
    earns(path, problems, WAYS)


def earns(path: Path, problems: list[Problem], rules: dict[str, Rule]) -> None:
    """Compare the problems of a spec file with the message beside it."""
    message = "\n\n".join(problem.render() for problem in problems) + "\n"
    golden = path.with_suffix(".txt")
    if REWRITE:
        golden.write_text(message, encoding="utf-8")
    assert message == golden.read_text(encoding="utf-8")
    assert {problem.rule for problem in problems} == {path.name.split(".")[0]}
    for problem in problems:
        assert rules[problem.rule].severity == problem.severity


def test_the_base_is_valid() -> None:
    assert check_case(HERE / "base") == []


def test_every_rule_has_a_file_that_breaks_it() -> None:
    assert {path.name.split(".")[0] for path in INVALID} == set(RULES)
    assert {path.name.split(".")[0] for path in WAYS_WRONG} == set(WAYS)


def test_every_rule_of_ways_is_listed() -> None:
    """What the compiler and ``renkei check`` can say of a way stands in the list of rules."""
    said = set()
    for name in ("sim/routes", "sim/emitter", "sim/eras", "sim/assembler", "study/inspection"):
        source = (Path(renkei.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
        said |= set(re.findall(r'(?:NoRoute\(|yield \(|TOO_LONG = \()\s*"([a-z-]+)"', source))
    assert said | {"unheld-authority"} == set(WAYS)


def test_no_message_is_left_over() -> None:
    for folder, files in (("invalid", INVALID), ("ways", WAYS_WRONG)):
        assert {path.stem for path in (HERE / folder).glob("*.txt")} == {path.stem for path in files}


# --- schemas


@cache
def validator(kind: str) -> Any:
    """Return the validator of a published schema."""
    return jsonschema.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8")))


def agrees(name: str, body: bytes) -> bool:
    """Return whether a document is valid by its published schema; an unreadable one is not."""
    kind = name.removesuffix(".yaml") if "/" not in name else name.partition("/")[0].removesuffix("s")
    if kind not in KINDS:
        return True
    try:
        root, problems = compose(body.decode(), Source(name))
    except UnicodeDecodeError:
        return False
    return root is not None and not problems and bool(validator(kind).is_valid(plain_of(root)))


def test_schemas_are_current() -> None:
    for kind in KINDS:
        assert (FOLDER / f"{kind}.json").read_text(encoding="utf-8") == text(kind), "python -m renkei.files.schemas"
        jsonschema.Draft202012Validator.check_schema(json.loads(text(kind)))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_files_agree_with_the_schema(path: Path) -> None:
    assert [name for name, body in documents(path).items() if not agrees(name, body)] == []


IN_ONE_PLACE = re.compile(
    r"syntax(?!.escape)|tag|duplicate-key|too-large|unreadable-file|empty-file|missing-format$|wrong-format|old-format|new-format"
    r"|unknown-(key|choice|verb|end)|missing-key(?!.(scenario|best|move))|empty-value|wrong-(type|count)"
    r"|wrong-dimension(?!.(limit|interest))"
    r"|out-of-range(?!.(people|start|length|shape|ends|latitude|weights|votes))|bad-(?!quantity.huge)"
)
"""Rules of one value, which an editor could know; references and consistency only `check` can see."""


def test_schemas_catch_most_of_what_stands_in_one_place() -> None:
    local = [path for path in INVALID if IN_ONE_PLACE.match(path.stem)]
    caught = [path for path in local if not all(agrees(name, body) for name, body in documents(path).items())]
    assert len(local) > 60
    assert len(caught) > 0.8 * len(local)
