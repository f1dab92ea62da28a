"""What the terminal says of the record, of costs, of readiness, and of a structure as of a date."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from renkei.cli import main
from renkei.cli.columns import width
from renkei.cli.record import cost_lines, readiness_lines, record_lines
from renkei.model.quantity import Text
from renkei.model.results import CostItem, MilestoneResult, ReadinessResult, Spread, StructureCost, Summary
from report.sample import sample_summary

HOUR = 3600.0


def milestone(
    name: str, recorded_h: tuple[float, float], simulated_h: Spread | None, **more: object
) -> MilestoneResult:
    simulated = None
    if simulated_h is not None:
        simulated = Spread(simulated_h.low * HOUR, simulated_h.median * HOUR, simulated_h.high * HOUR)
    given: dict[str, object] = {
        "scenario": "tohoku-2011",
        "structure": "existing",
        "counterfactual": False,
        "milestone": name,
        "name": Text(name, name),
        "recorded_low_s": recorded_h[0] * HOUR,
        "recorded_high_s": recorded_h[1] * HOUR,
        "simulated": simulated,
        "reached": 1.0,
        "inside": None if simulated is None else recorded_h[1] >= simulated_h.low and recorded_h[0] <= simulated_h.high,
        "basis": "predicted",
        "because": Text("ships sail ahead of their order", "艦艇は命令より先に出港"),
        "source": "somewhere",
    }
    return MilestoneResult(**(given | more))  # type: ignore[arg-type]


def summary() -> Summary:
    spread = Spread(1e6, 2e6, 3e6)
    item = CostItem(Text("Building", "庁舎"), spread, None, "US", "move usfj", "", "USD", 2014, "somewhere", True)
    nothing = Spread(0.0, 0.0, 0.0)
    return replace(
        sample_summary(7, 4),
        milestones=(
            milestone("alerted", (0.2, 0.2), Spread(0.1, 0.3, 0.5)),
            milestone("ordered", (40.0, 80.0), Spread(16.0, 20.0, 28.0), basis="fitted"),
            milestone("never", (1.0, 1.0), Spread(1.0, math.inf, math.inf)),
            milestone("sailed", (0.1, 0.1), None, basis="listed"),
            milestone(
                "elsewhere", (1.0, 1.0), Spread(1.0, 2.0, 3.0), structure="co-located", counterfactual=True, inside=None
            ),
        ),
        costs=(
            StructureCost("existing", "USD", 2024, nothing, nothing, (), {}, {}),
            StructureCost("co-located", "USD", 2024, spread, spread, (item,), {"US": spread}, {"US": spread}),
        ),
        readiness=(
            ReadinessResult("existing", Spread(1.0, 1.0, 1.0), ()),
            ReadinessResult("co-located", Spread(1.0, 1.0, 1.0), ()),
            ReadinessResult("fleet-task-force-commuting", Spread(0.9, 0.95, 0.96), (("jtf.commander", 0.05),)),
        ),
    )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_all_of_it_fits_80_columns(language: str) -> None:
    for lines in (record_lines, cost_lines, readiness_lines):
        said = list(lines(summary(), language))
        assert said
        for line in said:
            assert width(line) <= 80, line


def test_the_record_says_what_is_inside_why_not_and_what_was_fitted() -> None:
    said = "\n".join(record_lines(summary()))
    assert "✓ alerted" in said
    assert "✗ ordered (fitted)" in said
    assert "ships sail ahead of their order" in said
    assert "1.7–3.3 d" in said
    assert "never" in said
    assert "2 of 2 predicted, 0 of 1" in said
    assert "nothing in a run stands for it: sailed" in said
    assert "elsewhere" not in said


def test_a_study_without_a_record_says_nothing_of_it() -> None:
    bare = replace(sample_summary(2, 2), costs=())
    assert [*record_lines(bare), *cost_lines(bare), *readiness_lines(bare)] == []


def test_costs_are_in_millions_once_and_yearly() -> None:
    said = list(cost_lines(summary()))
    assert said[1].split() == ["existing", "–", "–"]
    assert said[2].split() == ["co-located", "2", "(1–3)", "2", "(1–3)"]


def test_structures_of_equal_readiness_stand_together() -> None:
    said = "\n".join(readiness_lines(summary()))
    assert "100 %: existing, co-located" in said
    assert "above all `jtf.commander` cannot be reached" in said


# --- as of a date


@pytest.mark.parametrize("language", ["en", "ja"])
def test_show_on_a_date_says_who_could_decide_what(capsys: pytest.CaptureFixture[str], language: str) -> None:
    assert main(["show", "alliance/existing", "--on", "2011-03-20", "--lang", language]) == 0
    said = capsys.readouterr().out
    assert "2011-03-12" in said
    assert "usfj.commander" in said
    assert "jsf.commander" not in said
    assert all(width(line) <= 80 for line in said.splitlines())
    past, _, after = said.partition({"en": "phases to come", "ja": "その後の段階"}[language])
    assert "2011-03-24" not in past
    assert "2011-03-24" in after


def test_show_on_a_date_as_json_and_resolved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "alliance/existing", "--on", "2011-03-25", "--json"]) == 0
    assert '"jsf"' in capsys.readouterr().out
    assert main(["show", "alliance/existing", "--on", "2011-03-25", "--resolved"]) == 0
    assert "\n  jsf:\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "alliance/existing", "--on", "yesterday"], "argument --on: `yesterday` is not a date"),
        (["show", "alliance", "--on", "2011-03-20"], "--on shows a structure"),
        (["show", "alliance/exsting", "--on", "2011-03-20"], "did you mean `existing`?"),
    ],
)
def test_a_wrong_call_is_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_check_names_the_guesses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "alliance"]) == 0
    said = capsys.readouterr().out
    assert "assumptions marked as guesses:" in said
    assert "work-spread" in said
    assert "numbers without a source" not in said
