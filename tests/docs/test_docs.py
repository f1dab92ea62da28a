"""The manual says what the program does: its examples run, its links lead somewhere, its reference is complete.

``RENKEI_REWRITE=1 pytest tests/docs`` writes what the tutorial's examples print anew: read the difference, and the text
around it, before you keep it.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import renkei
from renkei.analysis.runs import CLASS_COLUMNS
from renkei.cli.arguments import parsers

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REWRITE = os.environ.get("RENKEI_REWRITE") == "1"
REWRITTEN: list[tuple[list[str], list[str]]] = []
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted(DOCS.glob("*.md"))]
BLOCK = re.compile(r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)


def matches(shown: list[str], real: list[str]) -> bool:
    """Return whether shown lines are the real ones, where a line ``...`` stands for any number of lines."""
    if not shown:
        return not real
    if shown[0].strip() == "...":
        return any(matches(shown[1:], real[start:]) for start in range(len(real) + 1))
    return bool(real) and shown[0].rstrip() == real[0].rstrip() and matches(shown[1:], real[1:])


def called(words: list[str], folder: Path) -> list[str]:
    """Return the lines that a program prints, its errors last."""
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    complaints = done.stderr if done.returncode else ""
    return (done.stdout.rstrip() + "\n" + complaints).strip("\n").splitlines()


def test_the_python_of_the_readme_runs_and_prints_an_answer(tmp_path: Path) -> None:
    """What a newcomer pastes first is a program that says something."""
    (body,) = [
        each["body"] for each in BLOCK.finditer((ROOT / "README.md").read_text("utf-8")) if each["kind"] == "python"
    ]
    (tmp_path / "readme.py").write_text(body, encoding="utf-8")
    printed = called([sys.executable, "readme.py"], tmp_path)
    assert any(line.startswith("Over all 6 scenarios:") for line in printed)


def test_the_tutorial_does_what_it_shows(tmp_path: Path) -> None:
    """All examples in order, in one folder: files are written, commands and programs run, their output compared."""
    printed: list[str] = []
    ran = 0
    tutorial = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    for block in BLOCK.finditer(tutorial):
        kind, body = block["kind"], block["body"]
        if kind == "yaml" and block["file"]:
            target = tmp_path / block["file"]
            assert target.parent.is_dir(), f"no folder for {block['file']}"
            target.write_text(body, encoding="utf-8")
        elif kind == "console":
            for example in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, shown = example.partition("\n")
                program, *words = shlex.split(command)
                assert program == "renkei", f"only renkei is called in the tutorial, not: {command}"
                real = called([sys.executable, "-m", "renkei.cli", *words], tmp_path)
                compare(command, shown.rstrip("\n").splitlines(), real)
                ran += 1
        elif kind == "python":
            printed = called([sys.executable, "-c", body], tmp_path)
            assert not any(line.startswith("Traceback") for line in printed), "\n".join(printed)
            ran += 1
        elif kind == "text":
            compare("the program above", body.rstrip("\n").splitlines(), printed)
    assert ran >= 9
    if REWRITE:
        for shown_lines, real_lines in REWRITTEN:
            tutorial = tutorial.replace("\n".join(shown_lines) + "\n", "\n".join(real_lines) + "\n")
        (DOCS / "tutorial.md").write_text(tutorial, encoding="utf-8")


def anew(shown: list[str], real: list[str]) -> list[str]:
    """Return the real lines in place of the shown ones: what follows ``...`` begins at the line most like its first."""
    gaps = [number for number, line in enumerate(shown) if line.strip() == "..."]
    if not gaps:
        return real
    lines = real[: gaps[0]]
    for gap, end in zip(gaps, [*gaps[1:], len(shown)], strict=True):
        lines.append("...")
        size = end - gap - 1
        if size and end == len(shown):
            lines += real[-size:]
        elif size:
            begin = max(range(len(real)), key=lambda n, first=shown[gap + 1]: likeness(real[n], first))
            lines += real[begin : begin + size]
    return lines


def likeness(one: str, other: str) -> float:
    """Return how like two lines are, numbers and days apart."""
    words = (re.sub(r"[\d:]+|\b[A-Z][a-z]{2}\b", "", line) for line in (one, other))
    return difflib.SequenceMatcher(None, *words).ratio()


def compare(what: str, shown: list[str], real: list[str]) -> None:
    """Fail with both texts if they differ."""
    if matches(shown, real):
        return
    if REWRITE:
        REWRITTEN.append((shown, anew(shown, real)))
    else:
        pytest.fail(f"{what}\n--- shown\n" + "\n".join(shown) + "\n--- real\n" + "\n".join(real), pytrace=False)


def options(top: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield each command with each of its options."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield name, f"renkei {name}"
                for own in command._actions:
                    yield from ((name, option) for option in own.option_strings)
        else:
            yield from (("", option) for option in action.option_strings)


def part(heading: str) -> str:
    """Return the text of the reference below a heading, up to the next heading of its level or above."""
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    begin = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert begin, f"reference.md has no heading `{heading}`"
    level = len(begin[1])
    end = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(text, begin.end())
    return text[begin.end() : end.start() if end else len(text)]


def test_every_option_is_in_the_reference() -> None:
    """Each option of a command stands in the part of that command."""
    missing = []
    for command, option in options(parsers("0")[0]):
        text = part(f"renkei {command}") if command else part("Commands")
        if option != "-h" and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text):
            missing.append(f"{command} {option}")
    assert not missing


def test_every_function_is_in_the_reference() -> None:
    """Each name that the package offers has its heading."""
    for name in {*renkei.__all__, "study"} - {"__version__"}:
        assert part(f"renkei.{name}")


def test_every_column_and_field_is_in_the_reference() -> None:
    """The tables of runs.parquet and summary.json are complete."""
    schema = json.loads((ROOT / "src/renkei/schemas/summary.schema.json").read_text(encoding="utf-8"))
    columns, fields = part("runs.parquet"), part("summary.json")
    assert [name for name in CLASS_COLUMNS if f"`{name}`" not in columns] == []
    assert [name for name in schema["properties"] if f"`{name}`" not in fields] == []
    for kind in ("cell", "comparison", "load", "overload", "estimate"):
        assert [name for name in schema["$defs"][kind]["properties"] if f"`{name}`" not in fields] == []


def anchors(page: Path) -> set[str]:
    """Return what links into a page can name: its headings as GitHub writes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        found.add(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file, and a heading in it."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (heading and target.suffix == ".md" and heading not in anchors(target)):
            broken.append(link)
    assert not broken
