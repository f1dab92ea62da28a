"""What is said of a finished sweep: the parts joined, without a run."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from renkei.cli.columns import WIDTH, width
from renkei.cli.considered import considered_lines
from renkei.model.quantity import Assumption, Assumptions, Text
from renkei.model.scenario import Case
from renkei.model.verdict import Bounds, Choice, Standing, Verdict
from renkei.study.considering import Considerations, considerations
from renkei.study.outputs import plain
from renkei.study.sweeping import Swept

HOUR = 3600.0
NAMES = ("p", "idle")


class Sweep:
    """Stands for a finished sweep: costs in seconds, by scenario (S, F, R)."""

    def __init__(self, costs: dict[str, np.ndarray], assumptions: np.ndarray, structures: tuple[str, ...]) -> None:
        self.costs, self.drawn, self.structures, self.seed = costs, assumptions, structures, 1
        self.paths: dict[str, object] = {}

    def table(self, scenario: str, measure: str) -> np.ndarray:
        """Return costs, of the measure that the verdicts name."""
        assert measure == "median"
        return self.costs[scenario]

    def assumptions(self, case: Case) -> tuple[tuple[str, ...], np.ndarray]:
        """Return names and draws."""
        return NAMES, self.drawn


def verdict(scenario: str, standings: tuple[str, ...]) -> Verdict:
    """A verdict for the first of the standings."""
    nothing = Bounds(0, 0, 0)
    return Verdict(
        scenario=scenario,
        decision_class="",
        measure="median",
        unit="s",
        best=standings[0],
        tied=(),
        within_zone=(),
        gap=None,
        gap_hours=None,
        zone=HOUR,
        confidence=0.95,
        guaranteed=0.95,
        procedure="Kim-Nelson",
        observations=10,
        futures=100,
        futures_seen=100,
        runs=400,
        common_numbers=True,
        standings=tuple(Standing(name, nothing, nothing, nothing, 0, 0.0, 1.0, 0.0) for name in standings),
        excluded={},
    )


def choice(verdicts: tuple[Verdict, ...], structures: tuple[str, ...]) -> Choice:
    """A choice that holds these verdicts."""
    return Choice(
        case="c",
        name=Text("c"),
        question=Text(""),
        seed=1,
        futures=1,
        replications=2,
        structures={name: Text(f"Structure {name}", f"体制{name}") for name in structures},
        scenarios={each.scenario: Text(each.scenario) for each in verdicts},
        classes={},
        verdicts=verdicts,
        overall=None,
        assumptions=(),
        warnings=(),
        text=Text(""),
    )


def made(futures: int = 600, noise_h: float = 4.0) -> tuple[Choice, Considerations]:
    """In `war` A costs 10 + 60 p hours and B 44; in `peace` A costs 5 and B 3; C is worse in both."""
    generator = np.random.default_rng(7)
    drawn = generator.random((futures, 2))
    fixed = np.ones(futures)
    truth = {
        "war": np.stack((10 + 60 * drawn[:, 0], 44 * fixed, 80 * fixed)),
        "peace": np.stack((5 * fixed, 3 * fixed, 9 * fixed)),
    }
    shape = (3, futures, 2)
    costs = {
        name: HOUR * (each[:, :, None] + noise_h * generator.standard_normal(shape)) for name, each in truth.items()
    }
    structures = ("a", "b", "c")
    chosen = choice((verdict("war", ("a", "b", "c")), verdict("peace", ("b", "a", "c"))), structures)
    sweep = cast("Swept", Sweep(costs, drawn, structures))
    return chosen, considerations(cast("Case", None), sweep, chosen)


@pytest.fixture(scope="module")
def found() -> tuple[Choice, Considerations]:
    """Made once."""
    return made()


def test_flip_box_share_and_worth_name_the_one_assumption(found: tuple[Choice, Considerations]) -> None:
    """All four see p: the flip at 34/60, the box above it, the share, and the worth."""
    war = found[1].scenarios["war"]

    assert (war.favourite, war.rival) == ("a", "b")
    (threshold,) = war.thresholds
    assert threshold.assumption == "p"
    assert threshold.flips_above
    assert threshold.low - 0.01 < 34 / 60 < threshold.high + 0.01
    box = war.boxes[0]
    assert [limit.assumption for limit in box.limits] == ["p"]
    assert box.limits[0].low == pytest.approx(35 / 60, abs=0.08)
    assert war.sensitivity is not None
    assert next(iter(war.sensitivity.shares)) == "p"
    assert war.sensitivity.shares["p"].value > 0.85
    assert list(war.knowing) == ["p"]
    # The gain is 60 times the mean of (p - 34/60) where that is positive.
    assert war.knowing["p"].low < HOUR * 30 * (26 / 60) ** 2 < war.knowing["p"].high
    assert war.nearest is not None
    assert list(war.nearest.assumptions) == ["p"]
    assert war.worst is not None
    assert war.worst.flips
    assert war.robustness.best["maximin"] == "b"


def test_weights_that_nobody_stated(found: tuple[Choice, Considerations]) -> None:
    """C is bettered in both scenarios; A and B share the first places, each with weight on its own scenario."""
    over = found[1].over_scenarios
    assert over is not None
    assert over.undominated == ("a", "b")
    assert sum(over.first) == pytest.approx(1)
    assert over.first[2] < 0.1
    assert over.central[1]["peace"] > over.central[0]["peace"]


def test_what_cannot_be_said_is_left_out_with_its_reason() -> None:
    """Few futures, one structure."""
    chosen, few = made(futures=30)
    assert few.left_out == {"war": "few-futures", "peace": "few-futures"}
    assert few.over_scenarios is None
    said = " ".join(line.strip() for line in considered_lines(chosen, few, Assumptions()))
    assert said.count("what the choice rests on takes 40 futures or more in which all were measured.") == 2
    alone = replace(chosen, verdicts=(verdict("war", ("a",)),))
    sweep = cast("Swept", Sweep({"war": np.ones((1, 100, 2))}, np.ones((100, 2)), ("a",)))
    assert considerations(cast("Case", None), sweep, alone).left_out == {"war": "one-structure"}


def test_differences_of_nothing() -> None:
    """Structures that never differ: no flips, no boxes, nothing worth knowing, and no failure."""
    chosen = choice((verdict("war", ("a", "b")),), ("a", "b"))
    drawn = np.random.default_rng(1).random((100, 2))
    sweep = cast("Swept", Sweep({"war": np.full((2, 100, 2), HOUR)}, drawn, ("a", "b")))
    war = considerations(cast("Case", None), sweep, chosen).scenarios["war"]
    assert war.thresholds == war.boxes == ()
    assert war.knowing == {}
    assert war.sensitivity is None
    assert war.robustness.best_share == (0.5, 0.5)


def test_it_is_plain_and_the_same_again(found: tuple[Choice, Considerations]) -> None:
    """Nothing but numbers, names and lists goes into choice.json, and the same each time."""
    import json

    assert json.dumps(plain(found[1]), allow_nan=False) == json.dumps(plain(made()[1]), allow_nan=False)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_said_in_both_languages(found: tuple[Choice, Considerations], language: str) -> None:
    """Within 80 columns; the answer's condition with its value and interval; the end of a range where there is none."""
    assumptions = Assumptions({name: Assumption(name, 0, 0.5, 1, "", "share") for name in NAMES})
    lines = list(considered_lines(*found, assumptions, language))
    text = "".join(lines).replace("  ", " ")

    assert max(width(line) for line in lines) <= WIDTH
    assert "`p`" in text
    assert "0.5" in text
    assert {"en": "unless", "ja": "例外"}[language] in text
    assert {"en": "disagree", "ja": "一致しない"}[language] in text
    assert {"en": "“Structure a”", "ja": "「体制a」"}[language] in text
    assert "nan" not in text
    assert "inf" not in text


def test_a_rival_is_better_only_where_it_is_by_what_matters() -> None:
    """Half an hour better in half of the futures, two hours in a quarter; an hour matters."""
    ahead = np.tile([0.5, 0.5, 2.0, -3.0], 25) * HOUR
    costs = np.stack([np.full(100, 10 * HOUR), 10 * HOUR - ahead])[:, :, None].repeat(2, axis=2)
    chosen = choice((verdict("war", ("a", "b")),), ("a", "b"))
    drawn = np.random.default_rng(1).random((100, 2))
    sweep = cast("Swept", Sweep({"war": costs}, drawn, ("a", "b")))
    assert considerations(cast("Case", None), sweep, chosen).scenarios["war"].rival_better == 0.25
