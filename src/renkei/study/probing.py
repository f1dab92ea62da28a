"""What a choice rests on, by runs of its own at chosen assumptions.

The sweep draws all assumptions at once; here they are put where they tell most. For each scenario, of the difference
between the chosen structure and its nearest rival: where assumptions that the sweep points to, alone, flip the answer,
by root finding; and the assumptions worst for the chosen one, by search. With ``renkei choose --sensitivity`` the
assumptions come from a Morris screen of all, and of the ten that move the difference most there are Sobol's indices and
Shapley effects, with all other assumptions together and chance as two more factors. Both structures always meet the
same assumptions and the same chance. All runs are kept in blocks as those of the sweep are, so that what was stopped
goes on, and no number of workers changes a bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from renkei.analysis.flips import Threshold, threshold_by_runs, worst_by_runs
from renkei.analysis.runs import Floats, Ints
from renkei.analysis.sensitivity import (
    morris_design,
    morris_effects,
    pawn,
    shapley_design,
    shapley_effects,
    sobol_design,
    sobol_indices,
)
from renkei.model.verdict import Bounds, Choice
from renkei.study.chunks import Block, Store, blocks_of
from renkei.study.considering import Consideration, Considerations
from renkei.study.inspection import find_structure
from renkei.study.running import Order
from renkei.study.sweeping import SPAN, Sweep, Swept

if TYPE_CHECKING:
    from renkei.study.cluster import Cluster

TRAJECTORIES: Final = 10
MOST: Final = 10
"""Assumptions that are left after the screen, at most."""
FEW: Final = 3
"""Assumptions whose flip is looked for where no screen was asked for: a flip takes some thousand runs to find."""
ROWS: Final = 256
"""Of Sobol's and Shapley's designs: a power of two."""
FUTURES: Final = 100
"""Drawn for all other assumptions at each value of the one whose flip is looked for."""
NEAR: Final = 0.005
"""How near a flip is found, as a share of the assumption's range."""
WORST_FUTURES: Final = 20
HALVINGS: Final = 2
NUMBERS: Final = 1 << 31
"""A column of a design draws one of so many numbers, of futures or of chance."""
FRESH: Final = NUMBERS
"""Futures from here on are met by nothing but the test of what the search for the worst found."""
BEYOND: Final = 0.01
"""Of the sweep's runs, so many lie below and above what the shares of variance are taken of: a difference further out
counts as one that lies there. At the corners of all ranges together a desk may be overloaded, and a handful of such
runs would be all of the variance."""
TAIL: Final = 0.9
"""Tails begin at this quantile of the difference."""
PERMUTATIONS: Final = 100
OTHERS: Final = "others"
CHANCE: Final = "chance"


@dataclass(frozen=True)
class Points:
    """Where runs are made: values of all uncertain assumptions, (n, names), and the number of each run's chance."""

    values: Floats
    chance: Ints

    @property
    def digest(self) -> str:
        """Return what tells these points from others."""
        content = hashlib.blake2b(digest_size=16)
        content.update(repr(self.values.shape).encode() + self.values.tobytes() + self.chance.tobytes())
        return content.hexdigest()


@dataclass(frozen=True, slots=True)
class Screened:
    """One assumption in the Morris screen. Effects are in the verdict's unit, over the whole range."""

    assumption: str
    effect: float
    """Mean of the absolute elementary effects."""
    error: float
    """Its standard error."""
    spread: float
    """Of the effects: it acts in a curve, or together with others."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Shares of the variance of the difference; each with the half width of its 95 % interval."""

    name: str
    """An assumption, ``others`` (all that were not kept, together, if they are several), or ``chance``."""
    first: float
    first_error: float
    total: float
    total_error: float
    shapley: float
    shapley_error: float


@dataclass(frozen=True, slots=True)
class TailShift:
    """How far an assumption shifts the difference's distribution: PAWN's distances, and what is seen by chance."""

    assumption: str
    whole: float
    tail: float
    """Above the 90th percentile alone: the futures worst for the favourite."""
    shown: bool
    """Whether either is more than chance shows in 95 of 100 sweeps in any of the assumptions."""


@dataclass(frozen=True, slots=True)
class Ruin:
    """The assumptions worst for the favourite among those kept, found by search, and tested in fresh futures."""

    assumptions: dict[str, float]
    difference: Bounds
    """Of favourite less rival there, in futures that the search did not see."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What runs of their own say of one scenario."""

    scenario: str
    favourite: str
    rival: str
    unit: str
    runs: int
    asked: tuple[str, ...]
    """The assumptions whose flip was looked for: those of the screen, or what the sweep points to."""
    within: tuple[float, float] | None
    """What the shares of variance are taken of: a difference further out counts as one of these. None, and nothing
    below up to the tails, where no screen was asked for."""
    left_out: int
    """Points of the designs at which nothing was measured."""
    idle: int
    """Assumptions that never moved the difference at all."""
    screened: tuple[Screened, ...]
    """Those kept, largest effect first."""
    factors: tuple[Factor, ...]
    tails: tuple[TailShift, ...]
    thresholds: tuple[Threshold, ...]
    """Where one assumption alone flips the answer; those that have no flip within their range are not here."""
    worst: Ruin | None


class Probe(Sweep):
    """Runs two structures under one scenario at points."""

    def __init__(
        self, order: Order, classes: dict[str, str], scenario: str, measure: str, cluster: Cluster | None = None
    ) -> None:
        from renkei.sim.futures import uncertain

        super().__init__(replace(order, scenarios=(scenario,), replications=1), classes, cluster)
        self.scenario = scenario
        self.measure = measure
        self.names = uncertain(order.case.assumptions)
        self.fixed = {each.id: each.typical for each in order.case.assumptions}
        self.points = Points(np.empty((0, len(self.names))), np.empty(0, dtype=np.int64))
        self.used: list[Block] = []
        self.total = 0

    def remade(self) -> tuple[Callable[..., Sweep], tuple[Any, ...], str]:
        """Return what makes this again in another process, at its present points."""
        _, (order, classes), _ = super().remade()
        return _probe_at, (order, classes, self.scenario, self.measure, self.points), self.points.digest

    def differences(self, points: Points, store: Store) -> Floats:
        """Return (n,): the measure of the first structure less that of the second, NaN where one was not measured."""
        self.points = points
        count = len(points.chance)
        here = self.scenarios[self.scenario]
        kind = f"probe {self.classes[self.scenario]} {points.digest}"
        asked = {
            name: blocks_of(
                self.case, find_structure(self.case, name, here), here, count, 1, self.seed, size=SPAN, kind=kind
            )
            for name in self.structures
        }
        together = [block for blocks in zip(*asked.values(), strict=True) for block in blocks]
        self.total = self.done + len(self.structures) * count
        made = self.run_blocks(together, store)
        self.used += together
        one, two = (self.joined(made, blocks).measure(self.measure)[:, 0] for blocks in asked.values())
        return np.asarray(one - two)

    def futures_drawn(self, first: int, count: int) -> Points:
        """Return points that are ordinary futures, with the chance that belongs to each."""
        return self.mixed(np.empty((count, 0)), (), first + np.arange(count), first + np.arange(count))

    def mixed(self, shares: Floats, names: tuple[str, ...], others: npt.NDArray[np.int64], chance: Ints) -> Points:
        """Return points with stated shares of some assumptions, the others being those of numbered futures."""
        from renkei.sim.futures import futures_at, uniforms

        whole = np.empty((len(chance), len(self.names)))
        given = [self.names.index(name) for name in names]
        rest = [column for column in range(len(self.names)) if column not in set(given)]
        whole[:, given] = shares
        futures, place = np.unique(others, return_inverse=True)
        for column in rest:
            whole[:, column] = uniforms(self.seed, self.names[column], futures.tolist())[place]
        return Points(futures_at(self.case.assumptions, whole), chance)

    def _drawn(self, futures: Sequence[int]) -> list[dict[str, float]]:
        return [
            {**self.fixed, **dict(zip(self.names, values, strict=True))}
            for values in self.points.values[list(futures)].tolist()
        ]

    def _key(self, future: int, replication: int) -> tuple[int, int, int]:
        return (self.seed, int(self.points.chance[future]), replication)

    def _with_loads(self, future: int) -> bool:
        return False


def _probe_at(order: Order, classes: dict[str, str], scenario: str, measure: str, points: Points) -> Probe:
    probe = Probe(order, classes, scenario, measure)
    probe.points = points
    return probe


def probes(
    sweep: Sweep, swept: Swept, choice: Choice, found: Considerations, store: Store, *, screened: bool
) -> tuple[dict[str, Probed], list[Block]]:
    """Return what runs of their own say of every scenario that considerations are known of, and the blocks run.

    With ``screened`` all assumptions are screened, and shares of variance are found; else only what the sweep points to
    is looked at.
    """
    probed: dict[str, Probed] = {}
    used: list[Block] = []
    measures = {verdict.scenario: verdict.measure for verdict in choice.verdicts}
    for name, each in found.scenarios.items():
        if {each.favourite, each.rival} & set(swept.paths):
            continue  # what stands differs from future to future: no assumption is to blame
        order = replace(sweep.order, structures=(each.favourite, each.rival))
        probe = Probe(order, sweep.classes, name, measures[name], sweep.cluster)
        if not probe.names:
            continue
        names = pointed_to(each)
        if not screened and not names:
            continue
        sweep.say(f"probing what the difference in {name} rests on")
        probed[name] = _probed(probe, swept, each, store) if screened else _looked_at(probe, each, names, store)
        used += probe.used
    return probed, used


def pointed_to(considered: Consideration) -> tuple[str, ...]:
    """Return the few assumptions that are most likely to flip the answer, by what the sweep says of them."""
    names = [each.assumption for each in considered.thresholds]
    for found in (considered.nearest, considered.worst):
        names += [] if found is None else list(found.assumptions)
    names += shown_by_sweep(considered)
    return tuple(dict.fromkeys(names))[:FEW]


def _looked_at(probe: Probe, considered: Consideration, names: tuple[str, ...], store: Store) -> Probed:
    thresholds = _thresholds(probe, names, store)
    worst = _worst(probe, names, store)
    return Probed(
        scenario=considered.scenario,
        favourite=considered.favourite,
        rival=considered.rival,
        unit=considered.unit,
        runs=probe.done,
        asked=names,
        within=None,
        left_out=0,
        idle=0,
        screened=(),
        factors=(),
        tails=(),
        thresholds=thresholds,
        worst=worst,
    )


def _probed(probe: Probe, swept: Swept, considered: Consideration, store: Store) -> Probed:
    screened, idle, lost = screen(probe, store)
    # The screen steps among a few values, which a number of people is rounded from: what the sweep shows stays in.
    shown = shown_by_sweep(considered)
    names = tuple(dict.fromkeys([*shown, *(each.assumption for each in screened)]))[:MOST]
    idle = tuple(name for name in idle if name not in names)
    seen = _swept_differences(probe, swept, considered)
    low, high = np.nanquantile(seen, (BEYOND, 1 - BEYOND)).tolist()
    factors, more = shares(probe, names, (low, high), store)
    thresholds = _thresholds(probe, names, store)
    worst = _worst(probe, names, store)
    return Probed(
        scenario=considered.scenario,
        favourite=considered.favourite,
        rival=considered.rival,
        unit=considered.unit,
        runs=probe.done,
        asked=names,
        within=(low, high),
        left_out=lost + more,
        idle=len(idle),
        screened=screened,
        factors=factors,
        tails=tail_shifts(seen[:, 0], *swept.assumptions(probe.case), names, seed=probe.seed),
        thresholds=thresholds,
        worst=worst,
    )


def shown_by_sweep(considered: Consideration) -> list[str]:
    """Return the assumptions that the sweep shows to move the difference, most first."""
    if considered.sensitivity is None:
        return []
    shown = {name: share.value for name, share in considered.sensitivity.shares.items() if share.shown}
    return sorted(shown, key=lambda name: -shown[name])


def screen(probe: Probe, store: Store) -> tuple[tuple[Screened, ...], tuple[str, ...], int]:
    """Return the assumptions that move the difference most, those that never did, and how many paths were left out.

    One path of steps has one number of chance: what differs along it is the assumption alone.
    """
    from renkei.sim.futures import futures_at

    count = len(probe.names)
    # Steps are taken among the middles of the four quarters: at the very ends of all ranges nothing ever is.
    design = 1 / 8 + 3 / 4 * morris_design(count, TRAJECTORIES, seed=probe.seed)
    chance = np.repeat(np.arange(TRAJECTORIES), count + 1)
    points = Points(futures_at(probe.case.assumptions, design.reshape(-1, count)), chance)
    values = probe.differences(points, store).reshape(TRAJECTORIES, count + 1)
    whole = np.isfinite(values).all(axis=1)
    if whole.sum() < 2:
        return (), (), int((~whole).sum())
    effects = morris_effects(design[whole], values[whole])
    moved = [row for row in np.argsort(-effects.mean_absolute, kind="stable").tolist() if effects.mean_absolute[row]]
    kept = tuple(
        Screened(
            probe.names[row],
            float(effects.mean_absolute[row]),
            float(effects.error[row]),
            float(effects.spread[row]),
        )
        for row in moved[:MOST]
    )
    idle = tuple(name for row, name in enumerate(probe.names) if row not in set(moved))
    return kept, idle, int((~whole).sum())


def shares(
    probe: Probe, names: tuple[str, ...], within: tuple[float, float], store: Store
) -> tuple[tuple[Factor, ...], int]:
    """Return the shares of the difference's variance, and how many rows of the designs were left out.

    Two columns beside the assumptions draw a number each: that of the future from which all other assumptions are
    taken, and that of the run's chance. So the shares are of the whole variance, and nothing is held still.
    """
    dimensions = len(names) + 2
    sobol_points = sobol_design(dimensions, ROWS, seed=probe.seed)
    shapley_points, orders = shapley_design(dimensions, ROWS, seed=probe.seed)
    by_sobol = _at(probe, names, sobol_points, store).clip(*within)
    by_shapley = _at(probe, names, shapley_points, store).clip(*within)
    kept, kept_too = (np.isfinite(values).all(axis=0) for values in (by_sobol, by_shapley))
    lost = int((~kept).sum() + (~kept_too).sum())
    if min(kept.sum(), kept_too.sum()) < ROWS // 4 or by_sobol[:, kept].var() == 0:
        return (), lost
    rest = [name for name in probe.names if name not in names]
    others = [OTHERS] if len(rest) > 1 else rest or [""]  # one is called by its name, none is no factor
    indices = sobol_indices(by_sobol[:, kept], seed=probe.seed)
    effects = shapley_effects(by_shapley[:, kept_too], orders[kept_too])
    factors = tuple(
        Factor(
            name,
            float(indices.first[row]),
            float(indices.first_error[row]),
            float(indices.total[row]),
            float(indices.total_error[row]),
            float(effects.value[row]),
            float(effects.error[row]),
        )
        for row, name in enumerate((*names, *others, CHANCE))
        if name
    )
    return factors, lost


def _at(probe: Probe, names: tuple[str, ...], design: Floats, store: Store) -> Floats:
    """Return differences at (layers, rows, factors) points of the unit cube."""
    flat = design.reshape(-1, design.shape[2])
    numbers = (flat[:, -2:] * NUMBERS).astype(np.int64)
    points = probe.mixed(flat[:, :-2], names, numbers[:, 0], numbers[:, 1])
    return probe.differences(points, store).reshape(design.shape[:2])


def _thresholds(probe: Probe, names: tuple[str, ...], store: Store) -> tuple[Threshold, ...]:
    middle = probe.futures_drawn(0, FUTURES)
    return tuple(found for name in names if (found := _threshold(probe, middle, name, store)) is not None)


def _threshold(probe: Probe, middle: Points, name: str, store: Store) -> Threshold | None:
    """Return where one assumption alone flips the answer, all others being as in the first futures of the sweep."""
    column = probe.names.index(name)
    own = next(each for each in probe.case.assumptions if each.id == name)

    def difference(value: float) -> Floats:
        values = middle.values.copy()
        values[:, column] = value
        found = probe.differences(Points(values, middle.chance), store)
        known: Floats = found[np.isfinite(found)]
        return known if known.size > 1 else np.zeros(2)

    return threshold_by_runs(difference, own.low, own.high, assumption=name, tolerance=NEAR)


def _worst(probe: Probe, names: tuple[str, ...], store: Store) -> Ruin | None:
    if not names:
        return None
    columns = [probe.names.index(name) for name in names]
    own = {each.id: each for each in probe.case.assumptions}
    low = np.array([own[name].low for name in names])
    high = np.array([own[name].high for name in names])

    def at(base: Points) -> Callable[[Floats], Floats]:
        def differences(values: Floats) -> Floats:
            whole = base.values.copy()
            whole[:, columns] = values
            found = probe.differences(Points(whole, base.chance), store)
            known: Floats = found[np.isfinite(found)]
            return known

        return differences

    seen = at(probe.futures_drawn(0, WORST_FUTURES))

    def mean(values: Floats) -> float:
        found = seen(values)
        return float(found.mean()) if found.size else -np.inf

    where, _ = worst_by_runs(mean, low, high, halvings=HALVINGS)
    tested = at(probe.futures_drawn(FRESH, FUTURES))(where)
    if tested.size < 2:
        return None
    from scipy.special import stdtrit  # not on the start path

    half = float(stdtrit(tested.size - 1, 0.975)) * float(tested.std(ddof=1)) / tested.size**0.5
    middle = float(tested.mean())
    return Ruin(dict(zip(names, where.tolist(), strict=True)), Bounds(middle, middle - half, middle + half))


def _swept_differences(probe: Probe, swept: Swept, considered: Consideration) -> Floats:
    """Return what the sweep found: (F, R), favourite less rival."""
    table = swept.table(considered.scenario, probe.measure)
    one, two = (table[swept.structures.index(name)] for name in probe.structures)
    return np.asarray(one - two)


def tail_shifts(
    differences: Floats, all_names: tuple[str, ...], drawn: Floats, names: tuple[str, ...], *, seed: int
) -> tuple[TailShift, ...]:
    """Return how far each of ``names`` shifts the distribution of differences (F,) that were met in ``drawn`` futures
    (F, all names).
    """
    if not names:
        return ()
    known = np.isfinite(differences)
    values = differences[known]
    columns = drawn[known][:, [all_names.index(name) for name in names]]
    generator = np.random.Generator(np.random.PCG64(seed))
    by_chance = np.array([_distances(values, generator.permutation(columns)) for _ in range(PERMUTATIONS)])
    limits = np.quantile(by_chance.max(axis=1), 1 - 0.05 / 2, axis=0)
    return tuple(
        TailShift(name, whole, tail, bool(whole > limits[0] or tail > limits[1]))
        for name, (whole, tail) in zip(names, _distances(values, columns), strict=True)
    )


def _distances(values: Floats, columns: Floats) -> list[tuple[float, float]]:
    return [(pawn(values, column), pawn(values, column, above=TAIL)) for column in columns.T]
