"""Runs at chosen assumptions: the points are what they say, and what is found in them is what is there."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from renkei.cli.columns import WIDTH, width
from renkei.cli.probed import probed_lines
from renkei.files import load_case
from renkei.sim.futures import draw_future, futures_at, uncertain, uniforms
from renkei.study.choosing import choice_json, choose
from renkei.study.chunks import Store
from renkei.study.considering import Consideration
from renkei.study.probing import CHANCE, MOST, OTHERS, Points, Probe, Probed, _probed, pointed_to, tail_shifts
from renkei.study.running import Order
from renkei.study.sweeping import Swept

CASE = Path(str(resources.files("renkei"))) / "templates" / "new"
Floats = npt.NDArray[np.float64]


def probe(order: Order) -> Probe:
    """A probe of the small case."""
    scenario = order.scenarios[0]
    return Probe(order, {scenario: order.case.scenarios[scenario].headline}, scenario, "median")


@pytest.fixture(scope="module")
def order() -> Order:
    case = load_case(CASE)
    return Order(case, tuple(case.structures)[:2], tuple(case.scenarios)[:1], 20, 2, 7)


def test_a_point_that_is_a_future_gives_what_the_sweep_gave(order: Order) -> None:
    """To the bit, and on any number of workers."""
    swept = choose(
        order.case, structures=order.structures, scenarios=order.scenarios, futures=20, replications=2, seed=7
    ).swept
    assert swept is not None
    table = swept.table(order.scenarios[0])[:, :, 0]
    own = probe(order)
    found = own.differences(own.futures_drawn(0, 20), Store(None))
    assert (found == table[0] - table[1]).all()
    assert found.std() > 0


def test_points_mix_what_is_given_with_a_numbered_future(order: Order) -> None:
    own = probe(order)
    case = order.case
    future = draw_future(case.assumptions, 7, 3)
    name = own.names[1]
    points = own.mixed(np.array([[0.0], [1.0]]), (name,), np.array([3, 3]), np.array([0, 0]))
    assumption = next(each for each in case.assumptions if each.id == name)
    assert points.values[:, 1] == pytest.approx([assumption.low, assumption.high], rel=1e-3)
    for column, other in enumerate(own.names):
        if other != name:
            assert (points.values[:, column] == future[other]).all()
    assert points.digest != Points(points.values, np.array([0, 1])).digest


def test_shares_are_those_of_the_distribution() -> None:
    """Of a PERT with its mode in the middle, half lies below the middle; a future is its own shares."""
    case = load_case(CASE)
    names = uncertain(case.assumptions)
    own = np.array([[uniforms(7, name, [5])[0] for name in names]])
    drawn = draw_future(case.assumptions, 7, 5)
    assert futures_at(case.assumptions, own)[0].tolist() == [drawn[name] for name in names]
    ends = futures_at(case.assumptions, np.array([[0.0] * len(names), [1.0] * len(names)]))
    for column, name in enumerate(names):
        each = next(one for one in case.assumptions if one.id == name)
        assert ends[:, column] == pytest.approx([each.low, each.high], rel=1e-3)


class Known(Probe):
    """A probe whose difference is known: 6 p - 4 + 2 c, where p is the first share-like assumption and c is chance."""

    def differences(self, points: Points, store: Store) -> Floats:
        """Return it, of p scaled to 0 to 1."""
        first = next(each for each in self.case.assumptions if each.id == self.names[0])
        self.done += 2 * len(points.chance)
        p = (points.values[:, 0] - first.low) / (first.high - first.low)
        noise = uniforms(1, "noise", points.chance.tolist())
        return 6 * p - 4 + 2 * (noise - 0.5)


class KnownSweep:
    """The sweep that belongs to it."""

    def __init__(self, own: Known, futures: int) -> None:
        points = own.futures_drawn(0, futures)
        self.drawn, self.names, self.structures = points.values, own.names, own.structures
        found = own.differences(points, Store(None))
        self.costs = np.stack((found, np.zeros(futures)))[:, :, None]

    def table(self, scenario: str, measure: str) -> Floats:
        """Return costs."""
        return self.costs

    def assumptions(self, case: object) -> tuple[tuple[str, ...], Floats]:
        """Return names and draws."""
        return self.names, self.drawn


@pytest.fixture(scope="module")
def found(order: Order) -> Probed:
    scenario = order.scenarios[0]
    own = Known(order, {scenario: order.case.scenarios[scenario].headline}, scenario, "median")

    class Asked:
        favourite, rival = order.structures
        unit = "s"
        sensitivity = None

    asked = Asked()
    asked.scenario = scenario  # type: ignore[attr-defined]
    return _probed(own, cast("Swept", KnownSweep(own, 400)), cast("Consideration", asked), Store(None))


def test_what_the_sweep_shows_is_asked_though_the_screen_saw_nothing_of_it(order: Order) -> None:
    """The screen steps among a few values, which a number of people may be rounded from; what is left is named."""
    scenario = order.scenarios[0]
    own = Known(order, {scenario: order.case.scenarios[scenario].headline}, scenario, "median")
    shares = {name: SimpleNamespace(shown=name != own.names[-1], value=0.1) for name in own.names[1:]}
    asked = SimpleNamespace(
        favourite=order.structures[0], rival=order.structures[1], unit="s", scenario=scenario,
        sensitivity=SimpleNamespace(shares=shares),
    )  # fmt: skip
    sweep = cast("Swept", KnownSweep(own, 200))
    probed = _probed(own, sweep, cast("Consideration", asked), Store(None))
    assert [each.assumption for each in probed.screened] == [own.names[0]]
    assert set(own.names[1:-1]) <= set(probed.asked) <= set(own.names)
    assert probed.idle == 1
    assert [each.name for each in probed.factors] == [*probed.asked, own.names[-1], CHANCE]


def test_what_moves_it_is_found_and_what_does_not_is_idle(found: Probed, order: Order) -> None:
    names = uncertain(order.case.assumptions)
    assert [each.assumption for each in found.screened] == [names[0]]
    assert found.idle == len(names) - 1
    assert len(found.screened) <= MOST
    assert [each.name for each in found.factors] == [names[0], OTHERS, CHANCE]
    own, others, chance = found.factors
    assert own.first + chance.first == pytest.approx(1, abs=0.06)  # a sum: nothing acts together
    assert own.total == pytest.approx(own.first, abs=3 * own.total_error)
    assert own.shapley + others.shapley + chance.shapley == pytest.approx(1, abs=0.05)
    assert abs(others.total) < 1e-9
    assert abs(own.shapley - own.first) < own.shapley_error + own.first_error


def test_it_flips_where_it_does(found: Probed, order: Order) -> None:
    """At p = 2/3 less the mean of chance; the worst is the upper end, where it is about 2."""
    first = next(each for each in order.case.assumptions if each.id == uncertain(order.case.assumptions)[0])
    (flip,) = found.thresholds
    assert flip.low <= first.low + (first.high - first.low) * 2 / 3 <= flip.high
    assert flip.flips_above
    assert (flip.high - flip.low) < 0.1 * (first.high - first.low)
    assert found.worst is not None
    assert found.worst.assumptions[first.id] == pytest.approx(first.high)
    assert found.worst.difference.low < 2 < found.worst.difference.high


def test_shifted_tails_are_told_from_idle_ones() -> None:
    """A spread that no mean shows; of twenty seeds with idle assumptions alone, at most three show any."""
    generator = np.random.default_rng(5)
    drawn = generator.random((1_000, 4))
    values = generator.standard_normal(1_000) * (0.3 + 2 * drawn[:, 1])
    shifts = tail_shifts(values, ("a", "b", "c", "d"), drawn, ("b", "d"), seed=1)
    assert [each.shown for each in shifts] == [True, False]
    wrong = sum(
        any(
            each.shown
            for each in tail_shifts(
                generator.standard_normal(300), ("a", "b", "c", "d"), generator.random((300, 4)), ("a", "b"), seed=seed
            )
        )
        for seed in range(20)
    )
    assert wrong <= 3


@pytest.mark.slow
def test_it_is_kept_and_the_same_on_any_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written to choice.json; a second call runs nothing again; three workers and no folder give the same bytes."""
    monkeypatch.setattr("renkei.study.probing.ROWS", 32)
    case = load_case(CASE)
    options = {"futures": 40, "replications": 2, "sensitivity": True}
    one = choose(case, out=tmp_path, workers=1, **options)  # type: ignore[arg-type]
    assert one.choice.analyses["probes"]
    kept = sorted(path.name for path in (tmp_path / ".renkei-choice").glob("*.npz"))

    def never(*_: object) -> None:
        raise AssertionError("a run was made again")

    with monkeypatch.context() as patched:
        patched.setattr("renkei.study.running.Crew._run_block", never)
        choose(case, out=tmp_path, workers=1, **options)  # type: ignore[arg-type]
    assert sorted(path.name for path in (tmp_path / ".renkei-choice").glob("*.npz")) == kept
    three = choose(case, workers=3, **options)  # type: ignore[arg-type]
    assert choice_json(three.choice) == choice_json(one.choice) == (tmp_path / "choice.json").read_bytes()
    for language in ("en", "ja"):
        lines = list(probed_lines(one.choice, one.choice.analyses["probes"], case.assumptions, language))
        assert lines
        assert max(width(line) for line in lines) <= WIDTH


def test_a_probe_needs_a_sweep() -> None:
    case = load_case(CASE)
    with pytest.raises(ValueError, match="begins from a whole sweep"):
        choose(case, futures=40, verdict_only=True, sensitivity=True)


@pytest.mark.slow
def test_without_a_screen_only_what_the_sweep_points_to_is_asked(tmp_path: Path) -> None:
    """Root finding and the search for the worst come by default; shares of variance do not."""
    case = load_case(CASE)
    choice = choose(case, futures=200, workers=1, out=tmp_path).choice
    considered = choice.analyses["considerations"].scenarios
    found = choice.analyses["probes"]
    assert set(found) == {name for name, each in considered.items() if pointed_to(each)}
    assert found
    for name, each in found.items():
        assert each.asked == pointed_to(considered[name])
        assert 0 < len(each.asked) <= 3
        assert each.runs >= 2 * 100 * 2 * len(each.asked)  # both ends of each range, of both structures
        assert (each.within, each.factors, each.screened) == (None, (), ())
        assert {flip.assumption for flip in each.thresholds} <= set(each.asked)
        assert each.worst is not None
        assert set(each.worst.assumptions) == set(each.asked)
    for language in ("en", "ja"):
        lines = list(probed_lines(choice, found, case.assumptions, language))
        assert max(width(line) for line in lines) <= WIDTH
        assert any(("further runs" if language == "en" else "追加試行") in line for line in lines)


def test_what_the_sweep_points_to_comes_in_the_order_of_how_likely_it_flips() -> None:
    """Thresholds first, then the nearest flip, the worst, and shares; each once, three at most."""
    shown = (("e", False, 0.9), ("f", True, 0.1), ("g", True, 0.2))
    shares = {name: SimpleNamespace(shown=sure, value=share) for name, sure, share in shown}
    considered = SimpleNamespace(
        thresholds=(SimpleNamespace(assumption="a"),),
        nearest=SimpleNamespace(assumptions={"a": 1.0}),
        worst=SimpleNamespace(assumptions={"b": 1.0}),
        sensitivity=SimpleNamespace(shares=shares),
    )
    assert pointed_to(considered) == ("a", "b", "g")  # type: ignore[arg-type]
    considered.nearest = considered.worst = considered.sensitivity = None
    assert pointed_to(considered) == ("a",)  # type: ignore[arg-type]
