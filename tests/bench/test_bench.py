"""The benchmark measures what it says: cases that agree with theory, a report of a known form, and losses seen."""

from __future__ import annotations

import json
import math
import re
import runpy
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import renkei
from renkei.bench import BenchError, environments, run_bench
from renkei.bench.models import MODELS, Known, Model, erlang_c, interrupted_means, tree_mean
from renkei.bench.ours import Runner
from renkei.bench.report import EngineRounds, Measure, ModelResult, Report, markdown
from renkei.bench.running import ratio_measures
from renkei.cli import main
from renkei.files import load_case

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(str(resources.files("renkei"))) / "schemas" / "bench.schema.json").read_text())
HOST = re.compile(r"://|index-url|find-links", re.IGNORECASE)


# ---- the cases


@pytest.mark.parametrize("model", MODELS.values(), ids=str)
def test_case_agrees_with_what_is_known(model: Model) -> None:
    """Eight runs of the ordinary engine give the mean, within four standard errors of 1 % or so."""
    together = len(model.known) == 1
    runner = Runner.of(model.folder, together=together)
    runs = [runner.timed(500 + number, 1e-9) for number in range(8)]
    jobs = sum(run.counted for run in runs)
    for row, known in enumerate(model.known):
        means = [run.means_s[row] / model.unit_s for run in runs]
        mean = sum(means) / len(means)
        error = math.hypot(known.error, known.job_error / math.sqrt(jobs))
        assert abs(mean - known.value) < 4 * error
        assert error < 0.02 * known.value


@pytest.mark.parametrize("model", MODELS.values(), ids=str)
def test_case_is_an_ordinary_one(model: Model) -> None:
    """It loads without warnings, and nothing in it is told to the engine by other ways."""
    assert renkei.check(model.folder) == []
    case = load_case(model.folder)
    assert len(case.structures) == len(case.scenarios) == 1


def test_closed_forms() -> None:
    """Erlang's C for one server is the load; the interrupted means add up to the whole's; the tree is as tabled."""
    assert erlang_c(1, 0.75) == pytest.approx(0.75)
    rates = (0.68, 1.02, 1.7)
    means = interrupted_means(4, rates)
    assert means == pytest.approx((1.0016, 1.0777, 3.2505), abs=1e-4)
    whole = interrupted_means(4, (3.4,))[0]
    assert sum(rate * mean for rate, mean in zip(rates, means, strict=True)) == pytest.approx(3.4 * whole)
    assert tree_mean() == pytest.approx(2.84989, abs=1e-5)


def test_peers_have_the_numbers_of_the_cases() -> None:
    """Rates and means stand once in the cases and once for the peers: they are the same."""
    numbers = runpy.run_path(str(environments.HERE / "peers" / "numbers_of_models.py"))
    minute, hour = 60.0, 3600.0

    def rates(model: str, unit_s: float) -> list[float]:
        demands = load_case(MODELS[model].folder).scenarios["steady"].demands.values()
        return [demand.rate.of({}) * unit_s for demand in demands if demand.rate is not None]

    assert rates("A", minute) == pytest.approx([numbers["A_RATE"]])
    assert rates("B", minute) == pytest.approx(numbers["B_RATES"])
    assert rates("C", minute) == pytest.approx([numbers["UNIT_RATE"]] * 8) == rates("C0", minute)
    assert rates("D", hour) == pytest.approx([numbers["D_RATE"]])
    finished = numbers["finished"]
    for opens in numbers["D_OPENS"]:
        assert finished(opens + 1.0, 2.0, opens) == pytest.approx(opens + 3.0)
        assert finished(opens + 7.0, 2.0, opens) == pytest.approx(opens + 25.0)
        assert finished(opens + 12.0, 9.0, opens) == pytest.approx(opens + 49.0)


# ---- what is installed


@pytest.mark.parametrize("peer", environments.PEERS)
def test_every_peer_is_pinned_with_hashes(peer: str) -> None:
    """A peer's lock says what its packages are, and not where they come from; renkei's own lock has none of them."""
    text = environments.lock_of(peer).read_text()
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert any(entry.lower().startswith(f"{peer}==") for entry in entries)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert [line for line in text.splitlines() if HOST.search(line)] == []
    assert f"\n{peer}==" not in (ROOT / "requirements.lock").read_text().lower()
    assert (environments.HERE / "peers" / f"with_{peer}.py").is_file()


def test_offline_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the benchmark still measures renkei, and says what is left out and why."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    said: list[str] = []
    report = run_bench(models=["A"], quick=True, rounds=1, say=said.append)

    assert report.models[0].ratio == {}
    assert "simpy can not be installed (is there a network?)" in report.models[0].missing["simpy"]
    assert any(line.startswith("installing SimPy") for line in said)
    assert list((tmp_path / "renkei" / "bench").iterdir()) == [], "a set-up that failed is left behind"
    jsonschema.validate(report.to_json(), SCHEMA)
    assert any("SimPy is left out" in line for line in markdown(report))


@pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="there is no C compiler: renkei bench leaves C out, too"
)
def test_a_limit_by_hand_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs in C compile without a warning and give the known means."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, jobs in (("A", 2_000_000), ("C", 1_000_000), ("C0", 1_000_000)):
        command = environments.command_of("c", name, lambda text: None)
        told = environments.told(command, jobs, 7)
        assert told.jobs == jobs
        assert all(abs(z) < 4 for z in MODELS[name].deviations(told.means, told.jobs))


# ---- the report


def rounds(engine: str, *jobs_per_s: float, z: float = 0.5) -> EngineRounds:
    """Return made-up rounds."""
    return EngineRounds(engine, "1", 1000, jobs_per_s, (4.0,), (z,))


def made_up(ours: tuple[float, ...], theirs: tuple[float, ...], z: float = 0.5) -> Report:
    """Return a made-up report of model A."""
    result = ModelResult(
        "A", "title", (4.0,), rounds("renkei", *ours), ours[0] / 2, 50.0, (rounds("simpy", *theirs, z=z),), {"c": "no"}
    )
    measures = (*ratio_measures([result]), Measure("memory", 100.0, "B", 96.0, 64.0), Measure("free", math.nan, "s"))
    return Report(("models",), True, len(ours), {"processor": "x"}, (result,), measures)


def test_report_has_the_documented_form() -> None:
    """Medians of ratios within rounds, what must be reached, and no number that JSON does not know."""
    report = made_up((300.0, 100.0, 200.0), (1.0, 1.0, 1.0))
    found = report.to_json()
    jsonschema.validate(found, SCHEMA)
    json.dumps(found, allow_nan=False)
    assert found["models"]["A"]["ratio"] == {"simpy": 200.0}
    assert [measure["reached"] for measure in found["measures"]] == [True, False, None]
    assert found["measures"][0]["aim_reached"] is False
    table = "\n".join(markdown(report))
    assert "**not reached**" in table
    assert "| SimPy | 1 |" in table


def test_a_stray_mean_fails_the_benchmark() -> None:
    """Numbers of an engine that runs another model mean nothing."""
    assert made_up((1.0,), (1.0,)).agrees
    stray = made_up((1.0,), (1.0,), z=4.5)
    assert not stray.agrees
    assert stray.models[0].strays == ("simpy",)
    assert not made_up((1.0,), (1.0,), z=math.nan).agrees
    assert "do not agree" in "\n".join(markdown(stray))


def test_deviation_counts_both_errors() -> None:
    """A reference's own error and that of the sample are independent."""
    model = Model("X", "", 1.0, (Known(10.0, 3.0, 40.0),), 1.0, {})
    assert model.deviations([15.0], 100) == pytest.approx((1.0,))


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BenchError, match="there is no model `Z`"):
        run_bench(models=["Z"])
    assert main(["bench", "--what", "speed"]) == 2
    assert "there is no part `speed`; there are `models`, `start`" in capsys.readouterr().err


def test_function_and_command_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """``renkei.bench(...)`` and ``renkei bench --json`` give the same form; a trace's cost is one of its measures."""
    assert renkei.bench(what=["trace"], quick=True).measures[0].name == "trace on"
    assert main(["bench", "--what", "trace", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    assert found["measures"][0]["name"] == "trace on"


# ---- two commits


def compare() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "compare.py"), run_name="compare")


def test_a_loss_is_told() -> None:
    """20 % less of a ratio is a loss, and so is 20 % more memory; 5 % is none."""
    before = made_up((200.0,), (1.0,)).to_json()
    slower = made_up((160.0,), (1.0,)).to_json()
    alike = made_up((190.0,), (1.0,)).to_json()
    heavier = json.loads(json.dumps(before))
    heavier["measures"][1]["value"] = 120.0

    def lost(after: dict[str, Any]) -> list[str]:
        return [change.name for change in compare()["changes"]([before], [after]) if change.lost]

    assert lost(slower) == ["model A against simpy"]
    assert lost(alike) == []
    assert lost(heavier) == ["memory"]
    assert lost(before) == []


def test_rounds_are_compared_in_pairs() -> None:
    """A machine that is three times slower in one round does not look like a loss."""
    before = [made_up((speed,), (1.0,)).to_json() for speed in (300.0, 100.0, 300.0)]
    after = [made_up((speed,), (1.0,)).to_json() for speed in (297.0, 99.0, 100.0)]
    found = compare()["changes"](before, after)
    assert not any(change.lost for change in found)
    assert found[0].factor == pytest.approx(0.99)


def test_compare_reads_files_and_says_so(tmp_path: Path) -> None:
    for name, speed in (("before", 200.0), ("after", 100.0)):
        (tmp_path / f"{name}.json").write_text(json.dumps(made_up((speed,), (1.0,)).to_json()))
    command = [sys.executable, str(ROOT / "tools" / "compare.py"), "before.json", "after.json"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "loss: model A against simpy is 50% worse at after.json than at before.json" in ran.stdout
