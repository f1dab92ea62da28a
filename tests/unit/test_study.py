"""A study as a whole: what it gives back and writes, what it keeps, and how it fails."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import renkei
from renkei.model.scenario import Case
from renkei.sim import engine
from renkei.study import RunError, StudyResult, outputs, run_study
from renkei.study.chunks import BLOCK, FOLDER

NEW = Path(str(resources.files("renkei"))) / "templates" / "new"
THEORY = Path(__file__).parents[1] / "theory" / "cases"
SCHEMA = json.loads((Path(str(resources.files("renkei"))) / "schemas" / "summary.schema.json").read_text())


@pytest.fixture(scope="module")
def case() -> Case:
    """The case that ``renkei new`` writes: two structures, one scenario."""
    return renkei.load(NEW)


@pytest.fixture(scope="module")
def written(case: Case, tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyResult, Path]:
    """A study of it, with its folder."""
    out = tmp_path_factory.mktemp("out")
    return run_study(case, futures=12, replications=2, workers=1, out=out), out


def manifest(out: Path) -> dict[str, Any]:
    """Return the manifest."""
    whole: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return whole


def finite(value: Any) -> bool:
    """Return whether no number in a JSON value is missing its text form."""
    return "NaN" not in json.dumps(value) and "Infinity" not in json.dumps(value)


# ---- what is written


@pytest.mark.parametrize("name", ["rework-overload", "surge", "series-and-parallel"])
def test_summary_json_is_as_its_schema_says(name: str) -> None:
    """Also where there is no mean, a quantile is open, or decisions are refused."""
    result = run_study(renkei.load(THEORY / name), futures=2, replications=2)
    whole = json.loads(outputs.summary_json(result.summary))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(whole)
    assert finite(whole)


def test_summary_json_of_two_structures(written: tuple[StudyResult, Path]) -> None:
    result, out = written
    whole = json.loads((out / "summary.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(whole)
    assert len(whole["comparisons"]) == 1
    cell = next(cell for cell in whole["cells"] if cell["headline"])
    assert sum(cause["value"] for cause in cell["causes_s"].values()) == pytest.approx(cell["mean_s"]["value"])
    assert sum(count for _, _, count in cell["histogram"]) == cell["ended"] - cell["refused"] - cell["failed"]
    assert result.summary.answer.ja


def test_summary_json_tells_nothing_of_where_and_when(written: tuple[StudyResult, Path]) -> None:
    _, out = written
    text = (out / "summary.json").read_text()
    assert str(out) not in text
    assert manifest(out)["host"] not in text
    assert "workers" not in text


def test_manifest_names_the_inputs(written: tuple[StudyResult, Path], case: Case) -> None:
    _, out = written
    whole = manifest(out)
    assert whole["inputs_sha256"] == case.fingerprints
    assert whole["seed"] == case.plan.seed
    assert {"renkei", "engine", "python", "numpy", "numba"} <= set(whole["versions"])
    assert whole["workers"] == 1


def test_parquet_has_a_row_for_each_run_and_class(written: tuple[StudyResult, Path]) -> None:
    import duckdb

    result, out = written
    table = duckdb.read_parquet(str(out / "runs.parquet")).fetchnumpy()
    assert list(table) == list(result.runs)
    classes = len(set(result.runs["decision_class"]))
    assert len(table["future"]) == 2 * 12 * 2 * classes
    for name, column in result.runs.items():
        assert np.array_equal(table[name], column) or np.allclose(
            np.asarray(table[name], dtype=float), column.astype(float), rtol=0, equal_nan=True
        ), name


def test_to_pandas(written: tuple[StudyResult, Path]) -> None:
    result, _ = written
    frame = result.to_pandas()
    medians = frame.groupby("structure")["median_s"].median()
    assert set(medians.index) == set(result.summary.structures)


# ---- the same bits


def test_the_same_on_any_number_of_workers(case: Case, written: tuple[StudyResult, Path], tmp_path: Path) -> None:
    _, out = written
    run_study(case, futures=12, replications=2, workers=3, out=tmp_path)
    assert (tmp_path / "summary.json").read_bytes() == (out / "summary.json").read_bytes()


def test_another_seed_is_another_study(case: Case) -> None:
    one, other = (run_study(case, futures=2, replications=1, seed=seed).summary for seed in (1, 2))
    assert one.cells[0].median_s != other.cells[0].median_s


def test_a_structure_alone_gives_the_numbers_it_gives_in_company(case: Case, written: tuple[StudyResult, Path]) -> None:
    """No draw depends on what else is run."""
    result, _ = written
    structure = list(case.structures)[1]
    alone = run_study(case, structures=[structure], futures=12, replications=2).summary
    assert repr(alone.cells) == repr(tuple(cell for cell in result.summary.cells if cell.structure == structure))


# ---- what is kept


def test_finished_chunks_are_used_again(case: Case, written: tuple[StudyResult, Path]) -> None:
    """With more futures only the new blocks are run; what the last study did not use is removed."""
    _, out = written
    blocks = {path.name for path in (out / FOLDER).iterdir()}
    assert len(blocks) == 2 * 2
    run_study(case, futures=2 * BLOCK, replications=2, out=out)
    assert manifest(out)["chunks_reused"] == 2
    assert len(list((out / FOLDER).iterdir())) == 2 * 2
    assert len(blocks & {path.name for path in (out / FOLDER).iterdir()}) == 2


@pytest.mark.parametrize("damage", ["cut", "empty", "changed", "another"])
def test_a_damaged_chunk_is_made_again(case: Case, tmp_path: Path, damage: str) -> None:
    run_study(case, futures=2, replications=1, out=tmp_path)
    before = (tmp_path / "summary.json").read_bytes()
    one, other = sorted((tmp_path / FOLDER).iterdir())
    data = bytearray(one.read_bytes())
    if damage == "changed":
        data[len(data) // 2] ^= 0xFF
    if damage == "another":
        data = bytearray(other.read_bytes())
    one.write_bytes({"cut": data[: len(data) // 2], "empty": b""}.get(damage, bytes(data)))
    run_study(case, futures=2, replications=1, out=tmp_path)
    assert (tmp_path / "summary.json").read_bytes() == before
    assert manifest(tmp_path)["chunks_reused"] == 1


def test_an_interrupted_study_goes_on(case: Case, tmp_path: Path) -> None:
    class Impatient:
        said = ""

        def __call__(self, done: int, total: int) -> None:
            """Interrupt once something is done."""
            if done:
                raise KeyboardInterrupt

        def say(self, text: str) -> None:
            """Remember."""
            self.said = text

    listener = Impatient()
    with pytest.raises(KeyboardInterrupt):
        run_study(case, futures=40, replications=2, workers=1, out=tmp_path, progress=listener)
    assert "runs; finished blocks are kept" in listener.said
    assert not (tmp_path / "summary.json").exists()
    kept = len(list((tmp_path / FOLDER).glob("*.npz")))
    run_study(case, futures=40, replications=2, out=tmp_path)
    assert manifest(tmp_path)["chunks_reused"] == kept < 8


def test_progress_counts_every_run(case: Case) -> None:
    told: list[tuple[int, int]] = []
    run_study(case, futures=3, replications=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


# ---- how it fails


def test_a_failing_run_says_which_and_how_to_repeat_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = engine.run, []

    def breaks(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise ZeroDivisionError("a bug")
        return real(*arguments, **options)

    monkeypatch.setattr(engine, "run", breaks)
    with pytest.raises(RunError) as failure:
        run_study(case, futures=3, replications=2, seed=5, workers=1, out=tmp_path)
    structure, scenario = next(iter(case.structures)), next(iter(case.scenarios))
    said = str(failure.value)
    assert f"structure `{structure}`, scenario `{scenario}`, future 1, replication 1, seed 5: a bug" in said
    assert said.endswith(f"renkei trace ./new/{structure} {scenario} --future 1 --replication 1 --seed 5")


def test_a_folder_in_the_place_of_a_result_is_named(case: Case, tmp_path: Path) -> None:
    (tmp_path / "summary.json").mkdir()
    with pytest.raises(RunError, match=r"summary.json` is a folder, where a file of results goes"):
        run_study(case, futures=2, replications=1, out=tmp_path)


def test_a_full_disk_leaves_earlier_results_whole(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_study(case, futures=2, replications=1, out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "summary_json", full)
    with pytest.raises(RunError, match="no space left on device; earlier results there are as they were"):
        run_study(case, futures=3, replications=1, out=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_folder_that_cannot_be_made(case: Case, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="choose another folder"):
        run_study(case, futures=1, replications=1, out=tmp_path / "file" / "out")


def test_names_that_are_not_there(case: Case) -> None:
    with pytest.raises(LookupError, match="there is no scenario `monday`"):
        run_study(case, scenarios=["monday"])
    with pytest.raises(LookupError, match="there is no structure `x`"):
        run_study(case, structures=["x"])


# ---- what is said


def test_few_futures_show_nothing(case: Case) -> None:
    summary = run_study(case, futures=5, replications=1).summary
    assert not any(each.shown for each in summary.comparisons)
    assert any("5 futures only" in warning.en for warning in summary.warnings)
    assert any("one replication only" in warning.en for warning in summary.warnings)


def test_another_base_is_said(case: Case) -> None:
    """A study without the case's base takes the first structure for it, and says so."""
    summary = run_study(case, structures=["tokyo-decides"], futures=2).summary
    assert any("`head-office-decides` was not run" in warning.en for warning in summary.warnings)
    assert any("`head-office-decides`は試行されていない" in warning.ja for warning in summary.warnings)
    whole = run_study(case, futures=2).summary
    assert not any("was not run" in warning.en for warning in whole.warnings)


def test_a_mean_says_what_it_leaves_out(case: Case) -> None:
    """Two in a hundred are still open at the end with the one structure, fewer with the other."""
    summary = run_study(case, futures=8, replications=2).summary
    left_out = {cell.structure for cell in summary.cells if cell.open / cell.raised >= 0.01}
    assert left_out == {"head-office-decides"}
    (said,) = (warning for warning in summary.warnings if "still open at the end" in warning.en)
    assert "(`head-office-decides` 2 %)" in said.en
    assert "tokyo-decides" not in said.ja


def test_an_overloaded_base_has_no_difference(tmp_path: Path) -> None:
    """Where ever more waits there is no typical time, so nothing is shown against it."""
    folder = tmp_path / "rework"
    shutil.copytree(THEORY / "rework-overload", folder)
    (folder / "structures" / "two-persons.yaml").write_text(
        "renkei: structure/1\nname: {en: Two persons}\nextends: one-person\n"
        "changes:\n  - {staff: hq.ops, strength: 2}\n"
    )
    summary = run_study(renkei.load(folder), futures=12, replications=2).summary
    assert {cell.structure for cell in summary.cells if cell.overloads} == {"one-person"}
    (each,) = summary.comparisons
    assert not each.shown
    assert np.isnan(each.median_difference_s.value)
    assert not each.main_cause
    assert "ever more waits there" in summary.answer.en


def test_the_answer_says_what_is_shown(written: tuple[StudyResult, Path]) -> None:
    result, _ = written
    comparison = result.summary.comparisons[0]
    name = result.summary.structures[comparison.structure].en
    assert name in result.summary.answer.en
    assert ("not shown" in result.summary.answer.en) is (not comparison.shown)
    assert "95 % interval" in result.summary.answer.en
    assert "guesses" in result.summary.answer.en
    assert "95%区間" in result.summary.answer.ja


def test_the_package_can_be_called(case: Case) -> None:
    """As in a notebook: ``renkei.study(case)``."""
    result = renkei.study(case, futures=1, replications=1)  # type: ignore[operator]
    assert result.summary.futures == 1
