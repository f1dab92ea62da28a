"""A choice that is killed, run by other numbers of workers, or on a cluster that loses one: the same bits."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from renkei.files import load_case
from renkei.study.choosing import choice_json, choose
from renkei.study.outcome import RunError
from renkei.study.sweeping import FOLDER

CASE = Path(str(resources.files("renkei"))) / "templates" / "new"
FUTURES = 1500
PATIENCE_S = 120.0
SEED = 20260801


def command(out: Path, *more: str) -> list[str]:
    """Return the command that a user types."""
    options = ["--futures", str(FUTURES), "--replications", "2", "--workers", "2", "--out", str(out), *more]
    return [sys.executable, "-m", "renkei.cli", "choose", str(CASE), *options]


def chunks(out: Path) -> int:
    """Return how many chunks are kept."""
    return len(list((out / FOLDER).glob("*.npz"))) if out.is_dir() else 0


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a choice that nobody disturbs says."""
    out = tmp_path_factory.mktemp("undisturbed")
    done = subprocess.run(command(out), capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return (out / "choice.json").read_bytes()


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, expected: bytes) -> None:
    """SIGKILL while starting, running and writing; at most the blocks in hand are lost."""
    chance = random.Random(SEED)
    kept, kills = 0, 0
    for _ in range(6):
        process = subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        aim, patient_s = kept + chance.randrange(0, 6), time.monotonic() + PATIENCE_S
        while chunks(tmp_path) < aim and process.poll() is None and time.monotonic() < patient_s:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.05))
        kills += process.poll() is None
        process.kill()
        process.communicate()
        assert chunks(tmp_path) >= kept, "finished work is lost"
        kept = chunks(tmp_path)
    assert kills >= 3
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "choice.json").read_bytes() == expected
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.slow
def test_a_probe_that_is_killed_goes_on(tmp_path: Path) -> None:
    """SIGKILL among the runs at chosen assumptions: one killed and resumed, one undisturbed, the same bytes."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    case = load_case(CASE)
    words = command(whole, "--sensitivity", "--structure", ",".join(list(case.structures)[:2]))
    words = [*words, "--scenario", next(iter(case.scenarios)), "--futures", "60"]
    smaller = (
        "import sys; from renkei.study import probing; probing.ROWS = 32; from renkei.cli import main; sys.exit(main())"
    )
    words[1:3] = ["-c", smaller]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    count = chunks(whole)
    words = [str(killed) if word == str(whole) else word for word in words]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    patient_s = time.monotonic() + PATIENCE_S
    while chunks(killed) < count // 2 and process.poll() is None and time.monotonic() < patient_s:
        time.sleep(0.002)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.communicate()
    kept = chunks(killed)
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert count // 2 <= kept < count == chunks(killed)
    assert (killed / "choice.json").read_bytes() == (whole / "choice.json").read_bytes()


def test_interrupted_it_says_how_to_go_on(tmp_path: Path, expected: bytes) -> None:
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    patient_s = time.monotonic() + PATIENCE_S
    while not chunks(tmp_path) and process.poll() is None and time.monotonic() < patient_s:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert "the same command goes on from where it was" in said
    assert "Traceback" not in said
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "choice.json").read_bytes() == expected


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same_bits(workers: int, expected: bytes) -> None:
    found = choose(load_case(CASE), futures=FUTURES, workers=workers)
    assert choice_json(found.choice) == expected


# ---- on a cluster


def dask(*words: str) -> subprocess.Popen[bytes]:
    """Start a scheduler or a worker."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", "127.0.0.1"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A Dask scheduler of our own, on this machine."""
    pytest.importorskip("distributed")
    place = tmp_path / "scheduler.json"
    process = dask("scheduler", "--port", "0", "--scheduler-file", str(place))
    try:
        patient_s = time.monotonic() + PATIENCE_S
        while not place.exists() and time.monotonic() < patient_s:
            time.sleep(0.05)
        time.sleep(0.2)
        yield json.loads(place.read_text(encoding="utf-8"))["address"]
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


@pytest.mark.slow
def test_a_cluster_gives_the_same_bits_even_if_a_worker_is_lost(
    tmp_path: Path, expected: bytes, scheduler: str
) -> None:
    """Two worker processes, one of them killed half-way."""
    workers = [dask("worker", scheduler, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    try:
        out = tmp_path / "out"
        process = subprocess.Popen(
            command(out, "--cluster", scheduler), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        patient_s = time.monotonic() + PATIENCE_S
        while chunks(out) < 8 and process.poll() is None and time.monotonic() < patient_s:
            time.sleep(0.005)
        running = process.poll() is None
        workers[0].kill()
        _, said = process.communicate(timeout=PATIENCE_S)
        assert running, said
        assert process.returncode == 0, said
        assert (out / "choice.json").read_bytes() == expected
    finally:
        for each in workers:
            each.kill()
            each.wait()


def test_a_cluster_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("renkei.study.cluster.PATIENCE_S", 0.5)
    with pytest.raises(RunError, match=r"no Dask scheduler answers at `tcp://127\.0\.0\.1:9`"):
        choose(load_case(CASE), futures=20, cluster="tcp://127.0.0.1:9")


# ---- what it says


def test_common_numbers_are_not_used_where_they_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then every structure meets futures of its own, and the verdict says so; the sweep stays paired."""
    case = load_case(CASE)
    paired = choose(case, futures=200)
    monkeypatch.setattr("renkei.study.choosing.common_numbers_harm", lambda observations: True)
    apart = choose(case, futures=200)
    for one, other in zip(paired.choice.verdicts, apart.choice.verdicts, strict=True):
        assert one.common_numbers
        assert not other.common_numbers
        chosen = [each for each in other.standings if each.structure != other.best]
        assert all(abs(each.correlation) < 0.9 for each in chosen)
    assert any("did not meet the same futures" in warning.en for warning in apart.choice.warnings)
    assert paired.swept is not None
    assert apart.swept is not None
    scenario = paired.swept.scenarios[0]
    assert (paired.swept.table(scenario) == apart.swept.table(scenario)).all()


def test_what_other_analyses_get() -> None:
    """Values of all runs, and the assumptions of each future."""
    case = load_case(CASE)
    swept = choose(case, futures=30, replications=2).swept
    assert swept is not None
    assert swept.table(swept.scenarios[0]).shape == (len(swept.structures), 30, 2)
    names, values = swept.assumptions(case)
    assert values.shape == (30, len(names))
    for column, name in enumerate(names):
        own = next(each for each in case.assumptions if each.id == name)
        assert ((values[:, column] >= own.low) & (values[:, column] <= own.high)).all()


def test_a_verdict_alone_stops_early(tmp_path: Path) -> None:
    """It names the same structures as the whole sweep, from fewer futures."""
    case = load_case(CASE)
    whole = choose(case, futures=400)
    alone = choose(case, futures=400, verdict_only=True, out=tmp_path)
    assert whole.swept is not None
    assert alone.swept is None
    for one, other in zip(whole.choice.verdicts, alone.choice.verdicts, strict=True):
        assert other.best == one.best
        assert other.futures_seen <= one.futures_seen == 400
    found = json.loads((tmp_path / "choice.json").read_text(encoding="utf-8"))
    assert found["renkei"] == "choice/1"


def test_a_budget_is_spent_where_it_tells_most() -> None:
    """Not more than the budget; more of what is near the best; no guarantee."""
    case = load_case(CASE)
    budget = 1000
    found = choose(case, futures=2000, budget=budget).choice
    for verdict in found.verdicts:
        assert verdict.procedure == "OCBA"
        assert verdict.guaranteed is None
        assert 100 * len(verdict.standings) <= verdict.runs <= budget
        assert verdict.runs > budget - 100
        assert verdict.best == verdict.standings[0].structure
