"""What ``renkei choose`` prints, and what it says of a wrong call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from renkei.analysis.splitting import Rare
from renkei.cli import main
from renkei.cli.columns import WIDTH, width
from renkei.cli.probed import rare_lines
from renkei.diagnostics import InputError
from renkei.files import load_case
from renkei.model.objective import Objective, ScenarioAim
from renkei.model.quantity import Text
from renkei.model.verdict import Choice
from renkei.study.choosing import choose, known_choice
from renkei.study.inspection import new_case
from renkei.study.missing import RareMiss


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small case, with weights."""
    folder = tmp_path_factory.mktemp("cases") / "small"
    new_case(folder)
    study = folder / "study.yaml"
    scenarios = list(load_case(folder).scenarios)
    text = study.read_text(encoding="utf-8") + "\nobjective:\n  indifference: 10 min\n  scenarios:\n"
    text += "".join(f"    {name}: {{weight: {number + 1}}}\n" for number, name in enumerate(scenarios))
    study.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results, made once."""
    out = tmp_path_factory.mktemp("out")
    assert main(["choose", str(case), "--futures", "200", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_fits_a_terminal(case: Path, out: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["choose", str(case), "--futures", "200", "--out", str(out), "--lang", language]) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if not line.startswith(("Written to", "結果の保存先"))]
    assert max(width(line) for line in lines) <= WIDTH
    assert {"en": "The choice", "ja": "選択"}[language] in said
    assert {"en": "holds given the model", "ja": "モデルとその"}[language] in said
    assert {"en": "Over all scenarios", "ja": "全シナリオ"}[language] in said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_answers_come_first(language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of several scenarios: one line each, with the chosen structure or the first of a tie, before any paragraph."""
    call = ["choose", "regional-earthquake", "--futures", "100", "--no-report", "--out", str(tmp_path)]
    assert main([*call, "--lang", language]) == 0
    found = json.loads((tmp_path / "choice.json").read_text(encoding="utf-8"))
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index({"en": "The choice", "ja": "選択"}[language]) + 3
    assert len(found["verdicts"]) > 1
    for verdict, line in zip(found["verdicts"], lines[begin:], strict=False):
        assert width(line) == WIDTH
        assert found["scenarios"][verdict["scenario"]][language][:8] in line
        assert found["structures"][verdict["best"]][language][:8] in line
        tie = {"en": f"tie of {len(verdict['tied']) + 1}", "ja": f"互角{len(verdict['tied']) + 1}案"}[language]
        assert (tie in line) == bool(verdict["tied"])
        assert line.endswith("≥ 95 %" if verdict["guaranteed"] and not verdict["tied"] else "–")


def test_a_section_without_anything_to_say_leaves_no_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the sweep points to no assumption nothing is probed, and nothing is printed of it."""
    new_case(tmp_path / "case")
    words = ["choose", str(tmp_path / "case"), "--futures", "100", "--no-report", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert json.loads((tmp_path / "out" / "choice.json").read_text(encoding="utf-8"))["analyses"]["probes"] == {}
    assert "\n\n\n" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--futures", "99"], "--futures 99 is too few: 60 structures are screened after 100"),
        (["--sensitivity"], "--sensitivity begins from a whole sweep, which 60 structures do not get"),
        (["--rare"], "--rare begins from a whole sweep, which 60 structures do not get"),
    ],
)
def test_what_very_many_structures_do_not_get(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    shutil.copytree(case, tmp_path / "case")
    own = {**{f"of-{n}": "tokyo-decides" for n in range(58)}}
    for name, base in own.items():
        text = f"renkei: structure/1\nname: {name}\nextends: {base}\nchanges: []\n"
        (tmp_path / "case" / "structures" / f"{name}.yaml").write_text(text, encoding="utf-8")
    listed = ",".join(["head-office-decides", "tokyo-decides", *own])
    assert main(["choose", str(tmp_path / "case"), "--structure", listed, *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("columns", [60, 71, 80])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_fits_a_narrow_terminal(case: Path, out: Path, columns: int, language: str) -> None:
    """Names give way first, and below 72 columns the last column of a table; columns never touch."""
    words = [sys.executable, "-m", "renkei.cli", "choose", str(case), "--futures", "200", "--out", str(out)]
    said = subprocess.run(
        [*words, "--lang", language, "--no-report"],
        env={**os.environ, "COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line for line in said.splitlines() if not line.startswith(("Written to", "結果の保存先"))]
    assert max(width(line) for line in lines) == columns
    shown = {"en": "gain: by", "ja": "効率:"}[language] in said
    assert shown == (columns >= 72)


def test_results_that_are_not_whole_are_none(case: Path, out: Path, tmp_path: Path) -> None:
    """A choice.json that lacks a part, of an older version or damaged, is not drawn."""
    loaded = load_case(case)
    assert known_choice(loaded, out) is not None
    shutil.copytree(out, tmp_path / "out")
    for body in ('{"renkei": "choice/1"}', "[]", "not JSON"):
        (tmp_path / "out" / "choice.json").write_text(body, encoding="utf-8")
        assert known_choice(loaded, tmp_path / "out") is None


def test_as_json(case: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Never a bare rank: each verdict has its gap with an interval, its zone and its guarantee."""
    assert main(["choose", str(case), "--futures", "200", "--out", str(out), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole == json.loads((out / "choice.json").read_text(encoding="utf-8"))
    assert whole["verdicts"]
    for verdict in [whole["overall"], *whole["verdicts"]]:
        assert verdict["gap"]["low"] <= verdict["gap"]["value"] <= verdict["gap"]["high"]
        assert verdict["gap_hours"]["value"] == pytest.approx(verdict["gap"]["value"] / 3600)
        assert verdict["zone"] == 600
        assert "guaranteed" in verdict
        assert verdict["best"] not in verdict["tied"]
        assert verdict["text"]["en"]
        assert verdict["text"]["ja"]
    assert whole["assumptions"]
    for tail in whole["verdicts"][0]["tails"]:
        assert tail["runs"] == 200
        assert tail["p99_s"] is None
        assert tail["p90_s"]["low"] <= tail["p90_s"]["value"] <= tail["p90_s"]["high"]


def test_a_measure_that_is_a_share(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "shares"
    new_case(folder)
    study = folder / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + "\nobjective: {measure: missed}\n", encoding="utf-8")
    assert main(["choose", str(folder), "--futures", "100", "--verdict-only", "--out", str(tmp_path / "out")]) in (0, 1)
    said = capsys.readouterr().out
    assert "hours" not in said


def test_one_structure_is_no_choice(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = next(iter(load_case(case).structures))
    words = ["choose", str(case), "--structure", one, "--futures", "40", "--out", str(tmp_path)]
    assert main(words) == 0
    assert "only" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "ja"])
def test_where_nothing_can_be_chosen(tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody keeps up: the answer says so, on the terminal and in the report, and there is no table of nothing."""
    folder = tmp_path / "busy"
    new_case(folder)
    doctrine = folder / "doctrine.yaml"
    text = doctrine.read_text(encoding="utf-8")
    assert "mean: deciding}" in text
    doctrine.write_text(text.replace("mean: deciding}", "mean: 400 d}"), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["choose", str(folder), "--futures", "20", "--out", str(out), "--lang", language]) == 0
    said = capsys.readouterr().out
    words = {"en": "no structure can be chosen. More work comes", "ja": "選べる体制がない。処理能力を超える"}
    assert words[language] in said
    assert {"en": "behind:", "ja": "同時区間"}[language] not in said
    assert "none: all are overloaded" in (out / "report.html").read_text(encoding="utf-8")


def test_hardly_any_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hardly a future has a decision: no interval, and no number in its place."""
    folder = tmp_path / "quiet"
    new_case(folder)
    (scenario,) = (folder / "scenarios").iterdir()
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("rate: request-rate", "rate: 0.01/month"), encoding="utf-8")
    assert main(["choose", str(folder), "--futures", "40", "--out", str(tmp_path / "out")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "how much they may differ is not known" in said
    assert "at most –" not in said


def test_too_few_futures(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["choose", str(case), "--futures", "19", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "help: give it 20 or more"


def test_a_class_that_a_scenario_does_not_raise() -> None:
    case = load_case(Path(str(resources.files("renkei"))) / "cases" / "alliance")
    objective = Objective(scenarios={"daily": ScenarioAim(decision_class="relief-request")})
    with pytest.raises(InputError) as wrong:
        choose(replace(case, plan=replace(case.plan, objective=objective)), scenarios=["daily"])
    assert "which scenario `daily` does not raise" in str(wrong.value.problems[0].message)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sensitivity", "--verdict-only"], "--sensitivity begins from a whole sweep"),
        (["--sensitivity", "--budget", "500"], "--sensitivity begins from a whole sweep"),
        (["--sensitivity", "--replications", "1"], "give --replications 2 or more"),
        (["--rare", "--verdict-only"], "--rare begins from a whole sweep"),
        (["--budget", "50"], "give 200 or more"),
        (["--budget", "400", "--futures", "100"], "give 200 or less, or more --futures"),
        (["--budget", "400", "--verdict-only"], "leave out --verdict-only or --budget"),
    ],
)
def test_what_needs_a_sweep(
    case: Path, tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["choose", str(case), *options, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_rare_misses_fit_a_terminal(language: str) -> None:
    """With a probability, without any, and where there is nothing to ask."""
    names = {"daily": Text("Daily", "日常")}
    chosen = cast(
        "Choice", SimpleNamespace(scenarios=names, structures={"a": Text("Structure A", "体制A")}, verdicts=[1])
    )
    found = RareMiss("daily", "a", "request", 0, 1000, (0.5, 1.0), Rare(2.5e-5, 1e-5, 4e-5, 7e-6))
    lines = [
        *rare_lines(chosen, {"daily": found}, language),
        *rare_lines(chosen, {"daily": replace(found, missed=Rare(0.0, 0.0, 0.0, 0.0))}, language),
        *rare_lines(chosen, {}, language),
    ]
    assert max(width(line) for line in lines) <= WIDTH
    said = " ".join(" ".join(lines).split())
    assert "2.5e-05" in said
    assert {"en": "met a miss", "ja": "至らなかった"}[language] in said
    assert {"en": "there is no deadline", "ja": "期限がない"}[language] in said


def test_rare_misses_are_asked_for(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of scenarios with a deadline that was hardly missed; the same bytes on other numbers of workers."""
    for workers in ("1", "2"):
        words = [
            "choose",
            str(case),
            "--futures",
            "40",
            "--rare",
            "--workers",
            workers,
            "--out",
            str(tmp_path / workers),
        ]
        assert main(words) == 0
    assert "Rare misses" in capsys.readouterr().out
    one, two = (json.loads((tmp_path / workers / "choice.json").read_text(encoding="utf-8")) for workers in "12")
    assert one["analyses"]["rare"] == two["analyses"]["rare"]
    for found in one["analyses"]["rare"].values():
        assert found["seen"] < 10
        assert found["missed"]["low"] <= found["missed"]["value"] <= found["missed"]["high"]


def test_an_address_without_a_port_is_refused(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["choose", str(case), "--cluster", "10.0.0.5", "--out", str(tmp_path / "out")]) == 3
    said = capsys.readouterr().err
    assert "`10.0.0.5` is not the address of a Dask scheduler" in said
    assert "with its port" in said


@pytest.mark.parametrize("address", ["http://127.0.0.1:8786", "inproc://x"])
def test_an_address_of_another_kind(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for what no scheduler answers to."""
    new_case(tmp_path / "case")
    assert main(["choose", str(tmp_path / "case"), "--cluster", address, "--out", str(tmp_path / "out")]) == 3
    assert f"`{address}` is not the address of a Dask scheduler" in capsys.readouterr().err


def test_a_deadline_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is run to find that no decision could miss it."""
    new_case(tmp_path / "case")
    doctrine = tmp_path / "case" / "doctrine.yaml"
    lines = doctrine.read_text(encoding="utf-8").splitlines(keepends=True)
    doctrine.write_text("".join(line for line in lines if "deadline" not in line), encoding="utf-8")
    study = tmp_path / "case" / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + "\nobjective: {measure: missed}\n", encoding="utf-8")
    assert main(["choose", str(tmp_path / "case"), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "the objective is what misses its deadline, and class `request` has none" in said
    assert "give the class a `deadline`" in said


def test_no_report_of_another_choice_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a new report an old one would stand beside other results."""
    new_case(tmp_path / "case")
    words = ["choose", str(tmp_path / "case"), "--verdict-only", "--out", str(tmp_path / "out")]
    assert main([*words, "--futures", "20"]) == 0
    assert (tmp_path / "out" / "report.html").exists()
    assert main([*words, "--futures", "20", "--no-report"]) == 0
    assert (tmp_path / "out" / "report.html").exists()  # the same choice, told anew
    assert main([*words, "--futures", "30", "--no-report"]) == 0
    assert not (tmp_path / "out" / "report.html").exists()
    assert "the report of another choice in that folder was removed" in capsys.readouterr().err


def test_no_report_of_a_study_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A choice without a report leaves a study's; one that tells an earlier choice stays too, and that is said."""
    new_case(tmp_path / "case")
    case, out = str(tmp_path / "case"), tmp_path / "out"
    assert main(["study", case, "--futures", "20", "--out", str(out)]) == 0
    report = (out / "report.html").read_bytes()
    words = ["choose", case, "--verdict-only", "--out", str(out)]
    assert main([*words, "--futures", "20", "--no-report"]) == 0
    assert (out / "report.html").read_bytes() == report
    assert "report.html" not in capsys.readouterr().err
    assert main([*words, "--futures", "30", "--no-report"]) == 0
    assert (out / "report.html").read_bytes() == report
    assert "report.html in that folder is of a study" in capsys.readouterr().err
