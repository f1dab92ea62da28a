"""What is too much, or not what it should be, is said in words: no shape is negative, no chain too long."""

import pickle
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from renkei.files import check_case
from renkei.sim.compiler import CompileError, kernel_parameters
from renkei.sim.program import Dist
from renkei.sim.ways import Ways
from theory.little import load_case, write_case


@pytest.mark.parametrize("given", list(permutations((60.0, 600.0, 1800.0))))
def test_no_shape_is_negative(given: tuple[float, float, float]) -> None:
    """Whatever order a model has its three numbers in: gamma would never end."""
    low, high, *shapes = kernel_parameters(Dist.PERT, given)
    assert low <= high
    assert min(shapes) >= 1
    low, typical, high, _ = kernel_parameters(Dist.TRIANGULAR, given)
    assert low <= typical <= high


def test_a_chain_of_three_thousand_headquarters(tmp_path: Path) -> None:
    """Command is followed down, and an order passed down, without nesting."""
    count = 3000
    names = [f"h{number}" for number in range(count)]
    text = "".join(
        f"  {name}: {{name: H, nation: US, place: r, desks: {{ops: {{hours: watch, strength: 1}}}}}}\n"
        for name in names
    )
    chain = ["a", *names]
    links = "".join(f"  - {{relate: OPCON, from: {one}, to: {other}}}\n" for one, other in pairwise(chain))
    folder = write_case(
        tmp_path,
        b_desks="{ops: {hours: watch, strength: 1}}}\n" + text.rstrip("}\n") + "}}",
        relations="relations: [{relate: OPCON, from: a, to: b}] => relations:\n  - {relate: OPCON, from: a, to: b}\n"
        + links,
        executors=f"executors: [b] => executors: [{names[-1]}]",
    )
    case = load_case(folder)
    assert Ways(case.structures["s"], case.doctrine).obstacles(case.scenarios["x"]) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("assumptions.yaml", "a folder, where a file is expected"), ("scenarios", "a file, where a folder is expected")],
)
def test_what_stands_in_a_place_is_said(tmp_path: Path, name: str, reason: str) -> None:
    folder = write_case(tmp_path)
    path = folder / name
    if path.is_dir():
        path.rename(folder / "elsewhere")
        path.write_text("x")
    else:
        path.unlink()
        path.mkdir()
    assert any(reason in problem.message for problem in check_case(folder))


def test_a_link_to_nowhere_is_called_so(tmp_path: Path) -> None:
    folder = write_case(tmp_path)
    (folder / "doctrine.yaml").unlink()
    (folder / "doctrine.yaml").symlink_to("doctrine.yaml")
    assert [each.message for each in check_case(folder)] == [
        "doctrine.yaml is a link that leads nowhere, where a file is expected"
    ]


def test_an_error_of_the_compiler_passes_between_processes() -> None:
    wrong = CompileError("no-channel", "there is no way", "open one", "s", "x")
    again = pickle.loads(pickle.dumps(wrong))
    assert (str(again), again.rule, again.help) == (str(wrong), "no-channel", "open one")
