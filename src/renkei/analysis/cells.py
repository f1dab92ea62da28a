"""From runs to cells (a class of decision in a structure under a scenario), overloads and loads of desks."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from renkei.analysis.resampling import Resampling, mean_of_replications, middle
from renkei.analysis.runs import (
    CAUSES,
    CLASS,
    DESK,
    HISTOGRAM_EDGES_S,
    QUANTILES,
    SHARES,
    Bools,
    Floats,
    PairRuns,
    divided,
)
from renkei.model.results import Cell, DeskLoad, Estimate, Overload

SURE: Final = 2.39
"""The 99th percentile of Student's t with the 62 degrees of freedom of 63 steps between samples."""

ENOUGH: Final = {0.5: 10, 0.9: 10, 0.99: 100}
"""So many decisions a run needs for a quantile of its own: with fewer, the 90th percentile of a run is hardly more
than its longest time, and the 99th is just that."""


def quantile(pair: PairRuns, row: int, name: str, share: float, resampling: Resampling) -> tuple[Estimate, bool]:
    """Return a quantile of a class's time to decision, and whether it was taken over the decisions of all runs.

    Per run, then the mean of a future's replications, then the median over futures: the mean over futures would be
    infinite as soon as one future's is. Where runs have too few decisions, over those of all runs, each run with the
    same weight.
    """
    timed = pair.of_class(row, "open") + pair.of_class(row, "done")
    if 0 < middle(timed.reshape(-1)) < ENOUGH[share] or (timed.any() and (timed == 0).mean() >= 0.5):
        points, future, run = pair.points_of(row)
        unit = future if pair.futures > 1 else run
        return resampling.pooled_quantile(points, unit, run, share), True
    values, bounds = pair.of_class(row, f"{name}_s"), pair.of_class(row, f"{name}_bound_s")
    return resampling.median(values, bounds), False


def growing_share(surely: Floats, level: Floats) -> Floats:
    """Return the share of futures in which a backlog grows at 99 %, from (F, R, things).

    A future's replications are independent, so their certainties add up as ``sum / sqrt(R)`` (Stouffer 1949).
    """
    replications = surely.shape[1]
    together = surely.sum(axis=1) / math.sqrt(replications)
    share: Floats = ((together > SURE) & (level.mean(axis=1) > 0)).mean(axis=0)
    return share


def overloads(pair: PairRuns) -> tuple[Overload, ...]:
    """Return the desks that cannot keep up: by calculation or by a growing backlog in most futures."""
    growing = growing_share(pair.desks[..., DESK["growth_t"]], pair.desks[..., DESK["growth_level"]])
    calculated = ~np.isnan(pair.loads)
    too_much = np.nan_to_num(divided((pair.loads >= 1.0).sum(axis=0), calculated.sum(axis=0)), nan=0.0)
    seen = divided(
        pair.desks[..., DESK["offered_s"]].sum(axis=(0, 1)), pair.desks[..., DESK["open_s"]].sum(axis=(0, 1))
    )
    found = []
    for number, desk in enumerate(pair.layout.desks):
        if too_much[number] > 0.5 or growing[number] > 0.5:
            known = pair.loads[calculated[:, number], number]
            load = middle(known) if len(known) else float(seen[number])
            found.append(Overload(desk, load, bool(too_much[number] > 0.5), float(growing[number])))
    return tuple(sorted(found, key=lambda each: (-each.load, each.desk)))


def piles_up(pair: PairRuns) -> Bools:
    """Return for each class whether ever more of its decisions are on their way in most futures."""
    surely = pair.classes[..., CLASS["growth_t"]]
    growing: Bools = growing_share(surely, pair.classes[..., CLASS["growth_level"]]) > 0.5
    return growing


def desk_loads(pair: PairRuns) -> tuple[DeskLoad, ...]:
    """Return every desk that had work, busiest first."""
    total = pair.desks.sum(axis=(0, 1))
    runs = pair.futures * pair.replications
    length_s = pair.layout.length_us / 1e6
    loads = []
    for number, desk in enumerate(pair.layout.desks):
        arrivals, work_s, open_s, number_s, stay_s = (
            float(total[number, DESK[name]]) for name in ("arrivals", "work_s", "open_s", "number_s", "stay_s")
        )
        if arrivals > 0 or work_s > 0:
            loads.append(
                DeskLoad(
                    desk=desk,
                    utilisation=work_s / open_s if open_s > 0 else math.nan,
                    mean_number=number_s / (runs * length_s),
                    mean_stay_s=stay_s / arrivals if arrivals > 0 else math.nan,
                    arrivals=arrivals / runs,
                )
            )
    return tuple(sorted(loads, key=lambda each: (-np.nan_to_num(each.utilisation, nan=-1.0), each.desk)))


def cells(pair: PairRuns, structure: str, scenario: str, headline: str, resampling: Resampling) -> list[Cell]:
    """Return a cell for each reported class that raised anything (the headline's always).

    Means and shares are means over futures, quantiles medians over futures: see ``quantile``.
    """
    found = overloads(pair)
    growing = piles_up(pair)
    result = []
    for row, name in enumerate(pair.layout.classes):
        counts = pair.classes[:, :, row, CLASS["raised"] : CLASS["failed"] + 1].sum(axis=(0, 1)).astype(np.int64)
        raised, opened, _, refused, failed = counts.tolist()
        if raised == 0 and name != headline:
            continue
        own = tuple(each for each in found if pair.layout.reach[row, pair.layout.desks.index(each.desk)])
        stuck = bool(growing[row]) and not own
        times = {key: quantile(pair, row, key, share, resampling) for key, share in zip(QUANTILES, SHARES, strict=True)}
        mean = resampling.mean(pair.of_class(row, "mean_s"))
        if own or stuck:
            mean = Estimate(math.nan, math.nan, math.nan, math.nan)
        deadlines = pair.deadlines_s[:, row]
        with_deadline = not np.isnan(deadlines).any()
        result.append(
            Cell(
                structure=structure,
                scenario=scenario,
                decision_class=name,
                headline=name == headline,
                futures=pair.futures,
                replications=pair.replications,
                raised=raised,
                ended=raised - opened,
                open=opened,
                refused=refused,
                failed=failed,
                deadline_s=middle(deadlines) if with_deadline else None,
                mean_s=mean,
                median_s=times["median"][0],
                p90_s=times["p90"][0],
                p99_s=times["p99"][0],
                within_deadline=resampling.mean(pair.of_class(row, "within_deadline")) if with_deadline else None,
                causes_s={cause: resampling.mean(pair.of_class(row, f"{cause}_s")) for cause in CAUSES},
                hand_offs=over_futures(pair.of_class(row, "hand_offs")),
                crossings=over_futures(pair.of_class(row, "crossings")),
                returns=over_futures(pair.of_class(row, "returns")),
                marks_s={
                    mark: resampling.median(pair.marks[:, :, row, number, 0], pair.marks[:, :, row, number, 1])
                    for number, mark in enumerate(pair.layout.marks)
                    if not np.isnan(pair.marks[:, :, row, number, 0]).all()
                },
                histogram=tuple(
                    (HISTOGRAM_EDGES_S[k], HISTOGRAM_EDGES_S[k + 1], int(count))
                    for k, count in enumerate(pair.histogram[row])
                    if count
                ),
                overloads=own,
                piles_up=stuck,
            )
        )
    return result


def over_futures(values: Floats) -> float:
    """Return the mean over futures of (F, R)."""
    units = mean_of_replications(values)
    known = np.isfinite(units)
    return float(units[known].mean()) if known.any() else math.nan
