"""Every command on a real case: its exit status, and what it says."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from renkei.cli import main
from renkei.cli.columns import width
from renkei.study.inspection import case_folder

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The case that ``renkei new`` writes."""
    folder = tmp_path_factory.mktemp("cases") / "made"
    assert main(["new", str(folder)]) == 0
    return str(folder)


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def failure(output: Output, status: int, *arguments: object) -> str:
    """Call with a mistake, and return what it says on standard error: never a traceback, nothing on standard output."""
    assert call(*arguments) == status
    said = output.readouterr()
    assert "Traceback" not in said.err
    assert said.out == ""
    return said.err


# --- the call


def test_no_command_shows_help(capsys: Output) -> None:
    assert call() == 2
    assert "study" in capsys.readouterr().out


def test_version(capsys: Output) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out.startswith("renkei 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["studdy"], "there is no command `studdy`\nhelp: did you mean `study`? `renkei --help`"),
        (["chose", "alliance"], "did you mean `choose`?"),
        (
            ["choose", "alliance", "--structur", "x"],
            "no option `--structur`\nhelp: did you mean `--structure`? `renkei choose",
        ),
        (["choose", "alliance", "--zz=1"], "there is no option `--zz`\nhelp: `renkei choose --help`"),
        (["--versoin"], "did you mean `--version`?"),
        (["choose", "alliance", "existing"], "`existing` is one word too many\nhelp: `renkei choose --help`"),
        (["study"], "required: CASE"),
        (["study", "alliance", "--futures", "many"], "argument --futures: `many` is not a whole number"),
        (["study", "alliance", "--futures", "0"], "argument --futures: `0` is too small: it must be 1 or more"),
        (["study", "alliance", "--seed", "-1"], "`-1` is too small: it must be 0 or more"),
        (["trace", "alliance/existing", "daily", "--decision", "worst"], "say `median`, `slowest` or a number from 0"),
        (["study", "alliance", "--lang", "de"], "argument --lang: invalid choice: 'de'"),
    ],
)
def test_a_wrong_call_is_2(capsys: Output, arguments: list[str], message: str) -> None:
    said = failure(capsys, 2, *arguments)
    assert said.startswith("error: ")
    assert message in said
    assert "--help` shows how it is called" in said


def test_a_misspelt_case(capsys: Output) -> None:
    assert "did you mean `alliance`?" in failure(capsys, 2, "check", "aliance")


def test_a_missing_folder(capsys: Output) -> None:
    assert "error: there is no folder `no/such/folder`" in failure(capsys, 2, "check", "no/such/folder")


def test_a_misspelt_folder(capsys: Output, case: str) -> None:
    assert f"did you mean `{case}`?" in failure(capsys, 2, "check", case[:-1])
    assert "there is no folder `/nowhere/at/all`\n" in failure(capsys, 2, "check", "/nowhere/at/all")


def test_a_structure_in_place_of_a_case(capsys: Output) -> None:
    said = failure(capsys, 2, "choose", "alliance/existing")
    assert "`alliance` is a case: one structure of it is named with --structure existing" in said


def test_a_file_in_place_of_a_case(capsys: Output, case: str) -> None:
    assert f"did you mean `{case}`?" in failure(capsys, 2, "check", f"{case}/study.yaml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["study", "CASE", "--structure", "tokio-decides"],
            "no structure `tokio-decides`; did you mean `tokyo-decides`?",
        ),
        (
            ["study", "CASE", "--scenario", "ordinary-mont,x"],
            "no scenario `ordinary-mont`; did you mean `ordinary-month`?",
        ),
        (["study", "CASE", "--structure", ","], "--structure names nothing"),
        (["show", "CASE/tokio-decides"], "did you mean `tokyo-decides`?"),
        (["show", "CASE", "--resolved"], "--resolved shows a structure"),
        (["diff", "CASE/tokyo-decides"], "diff compares two structures"),
        (["diff", "CASE", "tokyo-decides"], "is a case, not a structure"),
        (["diff", "CASE/tokyo-decides", "xyz"], "no structure `xyz`; there are `head-office-decides`, `tokyo-decides`"),
        (["trace", "CASE/tokyo-decides"], "trace needs a structure and a scenario"),
        (["trace", "CASE/tokyo-decides", "monday"], "no scenario `monday`; there is `ordinary-month`"),
        (["trace", "CASE/tokyo-decides", "ordinary-month", "--class", "requests"], "did you mean `request`?"),
    ],
)
def test_a_wrong_name_is_2_and_says_what_there_is(
    capsys: Output, case: str, arguments: list[str], message: str
) -> None:
    capsys.readouterr()
    said = failure(capsys, 2, *(argument.replace("CASE", case) for argument in arguments))
    assert message in said


def test_out_is_a_file(capsys: Output, case: str) -> None:
    capsys.readouterr()
    said = failure(capsys, 2, "study", case, "--out", f"{case}/study.yaml")
    assert "is a file, and --out names a folder" in said


def test_out_cannot_be_made(capsys: Output, case: str) -> None:
    capsys.readouterr()
    said = failure(capsys, 3, "study", case, "--out", f"{case}/study.yaml/results")
    assert "choose another folder with --out" in said


# --- check


def test_check_of_a_right_case(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert call("check", case) == 0
    assert "no errors" in capsys.readouterr().out


@pytest.fixture
def broken(tmp_path: Path) -> str:
    folder = tmp_path / "broken"
    assert main(["new", str(folder)]) == 0
    path = folder / "structures" / "tokyo-decides.yaml"
    path.write_text(path.read_text().replace("holder: tokyo-office", "holder: tokio-office"))
    return str(folder)


def test_check_of_a_wrong_case_is_1(capsys: Output, broken: str) -> None:
    """The rendered problem says what, where and what to do (style.md), and how many there are."""
    capsys.readouterr()
    assert call("check", broken) == 1
    said = capsys.readouterr().out
    assert "structures/tokyo-decides.yaml:" in said
    assert "tokio-office" in said
    assert "1 error" in said


@pytest.mark.parametrize("arguments", [["study"], ["show"]])
def test_a_wrong_case_is_1_for_every_command(capsys: Output, broken: str, arguments: list[str]) -> None:
    capsys.readouterr()
    assert "structures/tokyo-decides.yaml:" in failure(capsys, 1, *arguments, broken)


def test_check_as_json(capsys: Output, broken: str) -> None:
    capsys.readouterr()
    assert call("check", broken, "--json") == 1
    problems = json.loads(capsys.readouterr().out)
    assert any("tokio-office" in json.dumps(problem) for problem in problems)


# --- show, diff, new


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("what", [["CASE"], ["CASE/tokyo-decides"], ["CASE", "tokyo-decides"]])
def test_show(capsys: Output, case: str, what: list[str], language: str) -> None:
    capsys.readouterr()
    assert call("show", *(word.replace("CASE", case) for word in what), "--lang", language) == 0
    said = capsys.readouterr().out
    assert "tokyo-decides" in said
    assert all(width(line) <= 80 for line in said.splitlines())


def test_show_resolved_is_a_valid_file(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert call("show", f"{case}/tokyo-decides", "--resolved") == 0
    said = capsys.readouterr().out
    assert said.startswith("renkei: structure/1")
    assert "holder: tokyo-office.commander" in said
    assert "extends" not in said


def test_show_as_json(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert call("show", f"{case}/tokyo-decides", "--json") == 0
    assert json.loads(capsys.readouterr().out)["authorities"]["requests"]["holder"] == "tokyo-office.commander"
    assert call("show", case, "--json") == 0
    assert list(json.loads(capsys.readouterr().out)["structures"]) == ["head-office-decides", "tokyo-decides"]


def test_diff(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert call("diff", f"{case}/head-office-decides", "tokyo-decides") == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert "tokyo-office.commander" in said[0]
    assert call("diff", case, "tokyo-decides", "tokyo-decides") == 0
    assert capsys.readouterr().out == "no difference\n"
    assert call("diff", f"{case}/head-office-decides", f"{case}/tokyo-decides", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_new_keeps_what_is_there(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert "exists already" in failure(capsys, 2, "new", case)


def test_new_does_not_hide_a_packaged_case(capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "packaged case" in failure(capsys, 2, "new", "alliance")


# --- study and trace


@pytest.fixture(scope="module")
def studied(case: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "made"
    assert call("study", case, "--futures", "3", "--replications", "2", "--workers", "1", "--out", out) == 0
    return out


def test_study_writes_its_results_and_a_report(studied: Path) -> None:
    names = {path.name for path in studied.iterdir()}
    assert {"summary.json", "runs.parquet", "manifest.json", "report.html"} <= names
    report = (studied / "report.html").read_text(encoding="utf-8")
    assert "--futures 3 --replications 2 --seed 1" in report
    assert str(studied) not in report


@pytest.mark.parametrize("language", ["en", "ja"])
def test_study_prints_one_table_that_fits(capsys: Output, case: str, studied: Path, language: str) -> None:
    capsys.readouterr()
    assert call("study", case, "--futures", "3", "--replications", "2", "--out", studied, "--lang", language) == 0
    said = capsys.readouterr().out
    assert "tokyo-decides" in said
    table = said.splitlines()[:-1]  # the last line names the folder
    assert all(width(line) <= 80 for line in table)


def test_study_as_json_prints_the_summary(capsys: Output, case: str, studied: Path) -> None:
    capsys.readouterr()
    assert call("study", case, "--futures", "3", "--replications", "2", "--out", studied, "--json") == 0
    said = capsys.readouterr().out
    assert said == (studied / "summary.json").read_text(encoding="utf-8")
    assert json.loads(said)


def test_an_interrupted_study_is_130(
    capsys: Output, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import renkei.study

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(renkei.study, "run_study", interrupted)
    capsys.readouterr()
    assert "the same command goes on" in failure(capsys, 130, "study", case, "--out", tmp_path)


def test_a_study_that_can_not_finish_is_3(
    capsys: Output, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import renkei.study

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "runs"))

    monkeypatch.setattr(renkei.study, "run_study", full)
    capsys.readouterr()
    assert "no space left on device" in failure(capsys, 3, "study", case, "--out", tmp_path)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_trace_shows_both_clocks_and_adds_up(capsys: Output, case: str, language: str) -> None:
    capsys.readouterr()
    where = (f"{case}/head-office-decides", "ordinary-month")
    assert call("trace", *where, "--decision", "slowest", "--lang", language) == 0
    said = capsys.readouterr().out
    assert "Honolulu" in said
    assert "Tokyo" in said
    assert all(width(line) <= 80 for line in said.splitlines())


def test_trace_as_json_adds_up(capsys: Output, case: str) -> None:
    capsys.readouterr()
    assert call("trace", case, "head-office-decides", "ordinary-month", "--json") == 0
    path = json.loads(capsys.readouterr().out)
    assert sum(path["causes_s"].values()) == pytest.approx(path["total_s"], abs=1e-5)
    assert sum(spell["ends_s"] - spell["begins_s"] for spell in path["spells"]) == pytest.approx(
        path["total_s"], abs=1e-4
    )


# --- the terminal


def test_a_reader_that_stops_is_no_error(case: str) -> None:
    """``renkei show CASE | head -1``: no traceback, no complaint at exit."""
    command = [sys.executable, "-m", "renkei.cli", "show", f"{case}/head-office-decides", "--json"]
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert ran.returncode == 0
    assert ran.stderr == ""


def test_a_terminal_without_unicode_shows_a_question_mark(case: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "renkei.cli", "show", case, "--lang", "ja"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "?" in ran.stdout


# --- pictures


def test_charts_alone(capsys: Output, case: str, tmp_path: Path) -> None:
    """``show`` and ``trace`` write an SVG each, the same bytes twice; a case without structure has none."""
    structure = next(iter(json.loads((call("show", case, "--json"), capsys.readouterr().out)[1])["structures"]))
    files = [tmp_path / name for name in ("a.svg", "b.svg")]
    for file in files:
        assert call("show", f"{case}/{structure}", "--chart", file) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_text(encoding="utf-8").startswith("<svg ")
    assert call("trace", f"{case}/{structure}", "ordinary-month", "--chart", tmp_path / "way.svg", "--lang", "ja") == 0
    assert 'lang="en"' not in (tmp_path / "way.svg").read_text(encoding="utf-8")
    capsys.readouterr()
    assert "--chart draws a structure" in failure(capsys, 2, "show", case, "--chart", tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()


def test_a_difference_can_be_pasted_into_a_file(capsys: Output, tmp_path: Path) -> None:
    """What `diff` prints, under `changes:` of a structure that extends the one, is the other again."""
    folder = tmp_path / "alliance"
    shutil.copytree(case_folder("alliance"), folder)
    for first, second in (("existing", "usfj-upgraded"), ("joint-operations-command", "co-located")):
        capsys.readouterr()
        assert call("diff", f"{folder}/{first}", second) == 0
        printed = capsys.readouterr().out
        head = f"renkei: structure/1\nname: {{en: Pasted}}\nextends: {first}\nchanges:\n"
        (folder / "structures" / "pasted.yaml").write_text(head + textwrap.indent(printed, "  "), encoding="utf-8")
        assert call("diff", f"{folder}/pasted", second) == 0
        assert capsys.readouterr().out == "no difference\n"


def test_a_trace_without_a_scenario_names_them(capsys: Output, case: str) -> None:
    said = failure(capsys, 2, "trace", case, "tokyo-decides")
    assert "trace needs a scenario" in said
    assert "`ordinary-month`" in said


def test_the_report_of_another_study_does_not_stay(capsys: Output, case: str, tmp_path: Path) -> None:
    """With `--no-report` a report of the same numbers stays, and one of others goes."""
    few = ("--futures", "2", "--replications", "1", "--workers", "1", "--out", tmp_path)
    assert call("study", case, *few) == 0
    assert call("study", case, *few, "--no-report") == 0
    assert (tmp_path / "report.html").exists()
    assert call("study", case, *few, "--seed", "7", "--no-report") == 0
    assert not (tmp_path / "report.html").exists()
    assert "report of another study" in capsys.readouterr().err


def test_what_follows_from_an_error_in_the_base_is_not_said(capsys: Output, tmp_path: Path) -> None:
    """A proposal is not blamed for what its base lacks because of an error of its own."""
    folder = tmp_path / "made"
    assert call("new", folder) == 0
    base = folder / "structures" / "head-office-decides.yaml"
    base.write_text(base.read_text(encoding="utf-8") + "relatoins: []\n", encoding="utf-8")
    capsys.readouterr()
    assert call("check", folder) == 1
    said = capsys.readouterr().out
    assert "did you mean `relations`?" in said
    assert said.count("error[") == 1


def test_without_room_for_charts_the_answer_is_printed(case: str, tmp_path: Path) -> None:
    """A batch queue limits address space: the library that draws would end the process there."""
    command = f"ulimit -v 8000000; {sys.executable} -m renkei.cli study {case} --futures 2 --workers 1 --out {tmp_path}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "The answer" in done.stdout
    assert "charts cannot be drawn" in done.stderr
    assert not (tmp_path / "report.html").exists()
    assert (tmp_path / "summary.json").exists()
