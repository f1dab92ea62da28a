"""Choices among more structures than are compared pair by pair: screening, and the tournament."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from renkei.analysis.verdict import BATCH
from renkei.files import load_case
from renkei.model.objective import Objective, ScenarioAim
from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.scenario import Case
from renkei.study import choosing
from renkei.study.choosing import choice_json, choose

NEW = Path(str(resources.files("renkei"))) / "templates" / "new"
HOUR_S = 3600.0
SCENARIO = "ordinary-month"


def case_of(delays_h: list[float], weight: float | None = None) -> Case:
    """Return a case whose structures differ in how long a message takes on average: the shorter, the better."""
    case = load_case(NEW)
    base = case.structures["tokyo-decides"]
    structures = {"head-office-decides": case.structures["head-office-decides"]}
    for number, delay_h in enumerate(delays_h):
        delay = Distribution("exponential", (Quantity(value=delay_h * HOUR_S),))
        channels = {name: replace(each, delay=delay) for name, each in base.channels.items()}
        identity = f"delay-{number:02}"
        structures[identity] = replace(base, id=identity, name=Text(identity), channels=channels)
    aims = {} if weight is None else {SCENARIO: ScenarioAim(weight=weight)}
    objective = Objective(zone=12 * HOUR_S, scenarios=aims)
    return replace(
        case, structures=structures, plan=replace(case.plan, structures=tuple(structures), objective=objective)
    )


@pytest.fixture(scope="module")
def sixty() -> Case:
    """Sixty structures; the one that is best has the number 37."""
    delays = [60.0 + number for number in range(60)]
    delays[37] = 1.0
    return case_of(delays)


def test_of_sixty_structures_the_best_is_found_by_screening(sixty: Case, tmp_path: Path) -> None:
    """Each in futures of its own; what is plainly worse is run in the first hundred alone."""
    result = choose(sixty, futures=300, workers=1, out=tmp_path)
    (verdict,) = result.choice.verdicts
    assert verdict.best == "delay-37"
    assert verdict.procedure == "screening, then Rinott"
    assert verdict.guaranteed == 0.95
    assert verdict.among == 61
    assert not verdict.common_numbers
    assert not verdict.tied
    assert len(verdict.standings) == 20
    assert verdict.standings[0].structure == "delay-37"
    assert "head-office-decides" in {each.structure for each in verdict.standings}  # the base is always shown
    assert verdict.runs < 2 * 61 * 10 * BATCH
    assert result.swept is None
    assert "of 61 structures only the verdict" in result.choice.warnings[0].en
    assert "61の体制" in result.choice.warnings[0].ja
    assert "61 structures were compared" in result.choice.text.en
    assert (tmp_path / "choice.json").read_bytes() == choice_json(result.choice)


def test_bits_do_not_depend_on_workers_nor_on_a_stop(
    sixty: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice that was stopped half-way goes on from what is kept."""
    expected = choice_json(choose(sixty, futures=300, workers=3).choice)
    seen = 0

    def stop(done: int, total: int) -> None:
        nonlocal seen
        seen = done
        if done > 3000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        choose(sixty, futures=300, workers=1, out=tmp_path, progress=stop)
    assert seen > 3000
    assert choice_json(choose(sixty, futures=300, workers=1, out=tmp_path).choice) == expected


def test_too_few_futures_guarantee_nothing() -> None:
    """Neighbours that are nearly the same would need more observations than there are futures for."""
    case = case_of([0.1 + number / 1000 for number in range(55)])
    case = replace(case, plan=replace(case.plan, objective=Objective(zone=HOUR_S / 10)))
    (verdict,) = choose(case, futures=200, workers=1).choice.verdicts
    assert verdict.guaranteed is None
    assert verdict.is_tie


def test_over_all_scenarios_with_weights() -> None:
    """The weighted mean is chosen by, too."""
    delays = [60.0 + number for number in range(55)]
    delays[5] = 1.0
    found = choose(case_of(delays, weight=2.0), futures=200, workers=1).choice
    assert found.overall is not None
    assert found.overall.best == found.verdicts[0].best == "delay-05"
    assert found.overall.procedure == "screening, then Rinott"
    assert found.overall.standings[0].mean.value == pytest.approx(found.verdicts[0].standings[0].mean.value)


def test_above_its_limit_a_tournament_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is lowered here: ten thousand structures would take an hour to compile."""
    monkeypatch.setattr("renkei.analysis.selection.MANY", 52)
    delays = [60.0 + number for number in range(55)]
    delays[11] = 1.0
    (verdict,) = choose(case_of(delays), futures=4000, workers=1).choice.verdicts
    assert verdict.best == "delay-11"
    assert verdict.procedure == "knockout tournament"
    assert verdict.guaranteed == 0.95


def test_too_few_futures_for_screening_are_refused_in_words(sixty: Case) -> None:
    """The first stage is ten observations, of ten futures each; a budget needs no stage."""
    with pytest.raises(ValueError, match="more than 50 structures needs 100 futures at least"):
        choose(sixty, futures=99)
    (verdict,) = choose(sixty, futures=20, budget=1220, workers=1).choice.verdicts
    assert verdict.procedure == "OCBA"


def test_the_tail_of_what_is_chosen_among_many_is_known_as_nearly_as_is_asked(sixty: Case) -> None:
    """Only its own runs go on; without a precision it stops as soon as it is chosen."""
    asked = replace(sixty.plan.objective, precision={"p50": 0.5, "p90": 0.4})
    nearer = replace(sixty, plan=replace(sixty.plan, objective=asked))
    (plain,), (found,) = (choose(each, futures=1500, workers=1).choice.verdicts for each in (sixty, nearer))
    assert plain.best == found.best == "delay-37"
    before, after = ({tail.structure: tail for tail in verdict.tails} for verdict in (plain, found))
    assert before["delay-37"].runs < after["delay-37"].runs < 1500
    assert not after["delay-37"].imprecise
    others = [name for name in before if name != "delay-37"]
    assert [before[name].runs for name in others] == [after[name].runs for name in others]


def test_what_begins_from_a_whole_sweep_is_refused(sixty: Case) -> None:
    with pytest.raises(ValueError, match="begins from a whole sweep"):
        choose(sixty, sensitivity=True)
    with pytest.raises(ValueError, match="begins from a whole sweep"):
        choose(sixty, rare=True)


def test_a_scenario_without_decisions_in_ten_futures_is_an_error_in_words(sixty: Case) -> None:
    """Among so many structures, none can be left out for that."""
    from renkei.study.many import Observations
    from renkei.study.outcome import RunError
    from renkei.study.sweeping import Sweep

    sweep = Sweep(
        choosing.Order(sixty, ("delay-00",), (SCENARIO,), 200, 1, 1, 1, None, None).checked(), {SCENARIO: "request"}
    )
    blocks = {("delay-00", SCENARIO): sweep.blocks("delay-00", SCENARIO, apart=1)}
    sample = Observations(("delay-00",), blocks, {SCENARIO: 1.0}, lambda more: None, lambda block: np.full(10, np.nan))
    with pytest.raises(RunError, match="no decision that counts came up in ten futures"):
        sample(np.array([0]), 0, 10)
