"""Functions of a notebook say what is wrong with their arguments; a folder is one study's at a time."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import renkei
from renkei.cli import main
from renkei.files import load_case
from renkei.model.results import Estimate
from renkei.report.wording import time_with_interval
from renkei.study import RunError, run_study
from renkei.study.chunks import FOLDER, InUse, Store, locked
from renkei.study.inspection import check, new_case
from renkei.study.tracing import trace
from theory.little import DESKS, write_case


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"futures": "3"}, TypeError, "futures is a whole number"),
        ({"futures": 0}, ValueError, "must be 1 or more"),
        ({"seed": -1}, ValueError, "seed is -1"),
        ({"seed": "x"}, TypeError, "seed is a whole number"),
        ({"structures": "s"}, TypeError, r"write \['s'\]"),
        ({"structures": []}, ValueError, "names nothing"),
        ({"structures": [None]}, TypeError, "names"),
        ({"replications": True}, TypeError, "whole number"),
        ({"out": 5}, TypeError, "out is a folder, not 5"),
    ],
)
def test_a_study_checks_its_arguments(tmp_path: Path, options: dict[str, Any], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        run_study(load_case(write_case(tmp_path)), **options)


@pytest.mark.parametrize("case", ["alliance", None])
def test_a_study_is_of_a_case(case: Any) -> None:
    with pytest.raises(TypeError, match=r"a case that renkei\.load gave"):
        renkei.study(case)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"futures": "3"}, TypeError, "futures is a whole number"),
        ({"futures": 19}, ValueError, "20 futures at least"),
        ({"budget": "x"}, TypeError, "budget is a whole number"),
        ({"budget": 0}, ValueError, "budget is 0"),
        ({"cluster": 5}, TypeError, "cluster is the address of a scheduler, not 5"),
        ({"out": 5}, TypeError, "out is a folder, not 5"),
        ({"structures": "s"}, TypeError, r"write \['s'\]"),
    ],
)
def test_a_choice_checks_its_arguments(tmp_path: Path, options: dict[str, Any], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        renkei.choose(load_case(write_case(tmp_path)), **options)  # type: ignore[operator]


@pytest.mark.parametrize("case", ["alliance", None])
def test_a_choice_is_of_a_case(case: Any) -> None:
    with pytest.raises(TypeError, match=r"a choice is of a case that renkei\.load gave"):
        renkei.choose(case)  # type: ignore[operator]


def test_a_trace_is_of_names(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="structure is a name, not 5"):
        trace(load_case(write_case(tmp_path)), 5, "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"decision": "fastest"}, ValueError),
        ({"decision": 1.5}, TypeError),
        ({"decision": None}, TypeError),
        ({"future": -1}, ValueError),
        ({"future": "a"}, TypeError),
        ({"replication": -1}, ValueError),
        ({"seed": "a"}, TypeError),
    ],
)
def test_a_trace_checks_its_arguments(tmp_path: Path, options: dict[str, Any], kind: type) -> None:
    with pytest.raises(kind):
        trace(load_case(write_case(tmp_path)), "s", "x", **options)


def test_a_folder_is_one_studys_at_a_time(tmp_path: Path) -> None:
    """The lock goes with the process that has it, so none is left behind."""
    case = load_case(write_case(tmp_path / "case"))
    out = tmp_path / "out"
    store = Store(out)
    with pytest.raises(InUse):
        locked(out / FOLDER)
    with pytest.raises(RunError, match="another study writes to"):
        run_study(case, out=out)
    store.close()
    Store(out).close()


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_stops_nothing(tmp_path: Path, closed: str) -> None:
    folder = write_case(tmp_path / "case")
    command = f"{sys.executable} -m renkei.cli check {folder} {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("strength", ["0", "0.4"])
def test_check_warns_of_a_desk_without_people(tmp_path: Path, strength: str) -> None:
    desks = DESKS.replace("strength: 1", f"strength: {strength}", 1)
    warnings = check(write_case(tmp_path, a_desks=desks))
    assert [(each.rule, each.severity) for each in warnings] == [("nobody-on-duty", "warning")]
    assert "nobody is ever on duty at `a.ops`" in warnings[0].message
    assert ("rounded" in warnings[0].message) == (strength == "0.4")


def test_check_warns_of_a_process_that_orders_nothing(tmp_path: Path) -> None:
    warnings = check(write_case(tmp_path, process="\n      - {mark: x}\n"))
    assert [each.rule for each in warnings] == ["orders-nothing"]


def test_the_answer_says_that_nobody_is_on_duty(tmp_path: Path) -> None:
    desks = DESKS.replace("commander: {hours: watch, strength: 1}", "commander: {hours: watch, strength: 0}")
    result = run_study(load_case(write_case(tmp_path, a_desks=desks)))
    assert "the one decision (c) was not ordered: nobody is ever on duty at `a.commander`." in result.summary.answer.en


def test_an_interval_without_end_is_said_in_words() -> None:
    text = time_with_interval(Estimate(36_000.0, 28_800.0, float("inf")))
    assert text == "10 h (over 8)"
    assert "inf" not in time_with_interval(Estimate(36_000.0, 28_800.0, float("inf")), "ja")


def test_a_new_case_leaves_nothing_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "study.yaml":
            raise OSError(28, "No space left on device")
        return whole(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device") as wrong:
        new_case(tmp_path / "mine")
    assert wrong.value.filename == str(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(("package", "function"), [("study", "run_study"), ("bench", "run_bench")])
def test_help_of_a_package_that_is_called_has_its_arguments(package: str, function: str) -> None:
    called = getattr(renkei, package)
    for name in inspect.signature(getattr(called, function)).parameters:
        assert f"{name}=" in called.__doc__ or f"({name}," in called.__doc__


@pytest.mark.parametrize("on", ["2011-3-20", "20110320", "yesterday", "2011-13-01", ""])
def test_a_date_is_written_in_full(on: str) -> None:
    with pytest.raises(ValueError, match=r"2011|month|yesterday|date"):
        renkei.as_of("alliance", "existing", on)


def test_show_and_diff_say_what_they_take() -> None:
    with pytest.raises(TypeError, match=r"a case that renkei\.load gave"):
        renkei.show("alliance")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a difference is of two structures"):
        renkei.diff("existing", "co-located")  # type: ignore[arg-type]


def test_more_futures_than_can_be_listed_are_refused_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the call of a function, in a command, and in study.yaml alike."""
    folder = write_case(tmp_path / "case")
    with pytest.raises(ValueError, match="must be 10,000,000 or less"):
        run_study(load_case(folder), futures=10_000_001)
    assert main(["study", str(folder), "--futures", "10000001"]) == 2
    assert "must be 10,000,000 or less" in capsys.readouterr().err
    study = folder / "study.yaml"
    lines = [line for line in study.read_text().splitlines() if not line.startswith("futures:")]
    study.write_text("\n".join([*lines, "futures: 10000001", ""]))
    assert [each.rule for each in check(folder)] == ["out-of-range"]
