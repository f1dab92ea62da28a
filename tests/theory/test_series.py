"""Serial concurrence goes there and back for each actor; surges have an end; who cannot be asked is refused."""

from pathlib import Path

import pytest

from renkei.files import load_case
from renkei.sim.compiler import CompileError, compile_program
from theory.little import minutes, write_case

THREE = """{ops: {hours: watch, strength: 1}}}
  e: {name: E, nation: US, place: p, desks: {ops: {hours: watch, strength: 1}}}
  f: {name: F, nation: US, place: r, desks: {ops: {hours: watch, strength: 1}}"""


def with_concur(word: str) -> str:
    return f"""
      - {{draft: origin, work: 30 min}}
      - {{concur: [e, f], work: 10 min, {word}}}
      - {{decide: authority, work: 5 min}}
"""


def test_serial_papers_go_there_and_back(tmp_path: Path) -> None:
    """To E and back, to F and back: four ways of 10 min, two times 10 min of work."""
    assert minutes(tmp_path, b_desks=THREE, process=with_concur("order: serial")) == 30 + 4 * 10 + 2 * 10 + 5


def test_a_quorum_above_the_actors_is_refused(tmp_path: Path) -> None:
    case = load_case(write_case(tmp_path, b_desks=THREE, process=with_concur("quorum: 3")))
    with pytest.raises(CompileError, match="asks for 3 answers, and only 2 are asked"):
        compile_program(case.structures["s"], case.doctrine, case.scenarios["x"])


@pytest.mark.parametrize("halves", ["1 us", "1 s", "1 d"])
def test_a_surge_that_has_passed_takes_no_more_steps(tmp_path: Path, halves: str) -> None:
    own = "pattern: list, moments: [1 h] => pattern: surge, rate: 4/h, begins: 2 h, halves: " + halves
    case = load_case(write_case(tmp_path, own=own))
    program = compile_program(case.structures["s"], case.doctrine, case.scenarios["x"])
    assert len(program.fixed.source_time) <= 64 * 8 + 3
