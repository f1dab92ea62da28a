"""A study that is killed, interrupted, or runs out of disk: nothing finished is lost, and the result is the same."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest

from renkei.study.chunks import FOLDER

CASE = Path(str(resources.files("renkei"))) / "templates" / "new"
FUTURES = 160
CHUNKS = 2 * FUTURES // 10
PATIENCE_S = 120.0
SEED = 20260801


def command(out: Path, futures: int = FUTURES) -> list[str]:
    """Return the command that a user types."""
    options = ["--futures", str(futures), "--replications", "2", "--workers", "2", "--out", str(out)]
    return [sys.executable, "-m", "renkei.cli", "study", str(CASE), *options]


def started(out: Path) -> subprocess.Popen[str]:
    """Start the study."""
    return subprocess.Popen(command(out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(
    out: Path, futures: int = FUTURES, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the study to its end."""
    return subprocess.run(
        command(out, futures), capture_output=True, text=True, check=False, timeout=PATIENCE_S, preexec_fn=before
    )


def chunks(out: Path) -> int:
    """Return how many chunks are kept."""
    return len(list((out / FOLDER).glob("*.npz"))) if out.is_dir() else 0


def until_chunks(process: subprocess.Popen[str], out: Path, count: int) -> None:
    """Wait until so many chunks are kept, or the study has ended."""
    patient_s = time.monotonic() + PATIENCE_S
    while chunks(out) < count and process.poll() is None and time.monotonic() < patient_s:
        time.sleep(0.002)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a study that nobody disturbs says."""
    out = tmp_path_factory.mktemp("undisturbed")
    done = finished(out)
    assert done.returncode == 0, done.stderr
    return (out / "summary.json").read_bytes()


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, expected: bytes) -> None:
    """SIGKILL while starting, while running and while writing; each start goes on from what was kept."""
    chance = random.Random(SEED)
    kept, kills = 0, 0
    for number in range(8):
        process = started(tmp_path)
        if number == 0:
            time.sleep(chance.uniform(0.0, 0.6))
        else:
            until_chunks(process, tmp_path, min(CHUNKS, kept + chance.randrange(1, 5)))
            time.sleep(chance.uniform(0.0, 0.03))
        kills += process.poll() is None
        process.kill()
        process.communicate()
        assert chunks(tmp_path) >= kept, "finished work is lost"
        kept = chunks(tmp_path)
        if (tmp_path / "summary.json").exists():
            assert (tmp_path / "summary.json").read_bytes() == expected
    assert kills >= 3
    assert kept > 0
    done = finished(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "summary.json").read_bytes() == expected
    assert not list(tmp_path.rglob("*.part"))


def test_interrupted_it_says_how_to_go_on(tmp_path: Path, expected: bytes) -> None:
    """SIGINT: status 130, no traceback; the same command ends with the same result."""
    process = started(tmp_path)
    until_chunks(process, tmp_path, 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert "the same command goes on from where it was" in said
    assert "Traceback" not in said
    assert not (tmp_path / "summary.json").exists()
    assert finished(tmp_path).returncode == 0
    assert (tmp_path / "summary.json").read_bytes() == expected


# ---- the disk


def refused(done: subprocess.CompletedProcess[str]) -> None:
    """Hold a study against what a user is told when results cannot be written."""
    assert done.returncode == 3, done.stderr
    assert done.stderr.splitlines()[-2].startswith("error: results cannot be written to"), done.stderr
    assert "help: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A disk of our own, with the options of mount(8)."""
    place = tmp_path / "disk"
    place.mkdir()

    def mounted(options: str) -> Path:
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("only root may mount a disk")
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("this system lets nobody mount a disk")
        return place

    yield mounted
    if os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_work_goes_on_when_there_is_room(mount: Callable[[str], Path], expected: bytes) -> None:
    place = mount("size=128k")
    refused(finished(place))
    assert chunks(place) > 0
    subprocess.run(["mount", "-o", "remount,size=16m", str(place)], check=True)
    assert finished(place).returncode == 0
    assert (place / "summary.json").read_bytes() == expected


def test_a_disk_that_fills_up_leaves_earlier_results_whole(mount: Callable[[str], Path]) -> None:
    place = mount("size=16m")
    assert finished(place, futures=10).returncode == 0
    before = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    free = os.statvfs(place)
    (place / "ballast").write_bytes(b"\0" * (free.f_bavail * free.f_frsize - 64 * 1024))
    refused(finished(place))
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name in before} == before


def test_a_limit_on_the_size_of_files_is_like_a_full_disk(tmp_path: Path) -> None:
    """Where nobody may mount, too: the outputs do not fit, the earlier ones stay."""
    assert finished(tmp_path, futures=10).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    limit = 4096
    refused(finished(tmp_path, 20, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, mount: Callable[[str], Path]) -> None:
    if os.geteuid() == 0:
        place = mount("ro,size=1m")
    else:
        place = tmp_path / "closed"
        place.mkdir(mode=0o555)
    refused(finished(place, futures=10))
