"""The choice: which structure is best in each scenario, by how much and how surely."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renkei.analysis.against_best import common_numbers_harm
from renkei.analysis.headline import HeadlineRuns
from renkei.analysis.runs import Floats, Ints
from renkei.analysis.selection import FEW, FIRST_STAGE, KimNelson, budget_shares, select
from renkei.analysis.tails import tail_of
from renkei.analysis.verdict import BATCH, Chosen, Evidence, batched, overall, usable, verdict_of
from renkei.analysis.verdict_words import (
    ASSUMPTIONS,
    Names,
    no_verdict_together,
    not_weighed,
    only_verdicts,
    other_futures,
    over_the_years,
    paragraph,
    whole_text,
)
from renkei.diagnostics import InputError, Problem
from renkei.model.quantity import Quantity, Text
from renkei.model.results import StructureCost
from renkei.model.scenario import Case
from renkei.model.verdict import Choice, Repeat, Tail, Verdict
from renkei.study.chunks import Block, Store, replace_file
from renkei.study.considering import considerations
from renkei.study.inspection import checked_case, whole_number
from renkei.study.interests import interests_of, not_run, numbers
from renkei.study.many import Observations
from renkei.study.missing import rare_misses
from renkei.study.paths import blended, paths_of
from renkei.study.probing import Probed, probes
from renkei.study.roads import roads_of
from renkei.study.running import Listener, Order, available_cores, folder_named, names_of
from renkei.study.sweeping import APART, FOLDER, SPAN, Sweep, Swept

if TYPE_CHECKING:
    from renkei.study.cluster import Cluster

FUTURES: Final = 1000
REPLICATIONS: Final = 2
LEAST_OF_MANY: Final = BATCH * FIRST_STAGE
"""Futures without which nothing can be screened."""
REFERENCE: Final = "nobody"
FORMAT: Final = "choice/1"
FILE: Final = "choice.json"
MANIFEST: Final = "choice-manifest.json"


@dataclass(frozen=True)
class ChoiceResult:
    """The verdicts, and the runs that they rest on, for what else one would like to know of them."""

    choice: Choice
    swept: Swept | None
    """None where the choice stopped as soon as each verdict was certain."""


def choose(
    case: Case,
    *,
    structures: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    futures: int = FUTURES,
    replications: int = REPLICATIONS,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    progress: Listener | None = None,
    verdict_only: bool = False,
    budget: int | None = None,
    cluster: str | None = None,
    sensitivity: bool = False,
    rare: bool = False,
) -> ChoiceResult:
    """Choose between structures, by what study.yaml says under ``objective:``.

    Up to 50 structures by Kim and Nelson's procedure; of more only the verdict is given, as with ``verdict_only``: by
    screening and Rinott's procedure, above 10,000 by a tournament. The same case, seed and counts give the same result
    to the last bit, on any number of workers, on a cluster, and after having been killed.

    Parameters
    ----------
    case
        What ``renkei.load`` gave.
    structures, scenarios
        Ids; all that the study names if None.
    futures, replications
        How many draws of the assumptions at most, and runs in each.
    seed
        Of all chance; the study's own if None.
    workers
        Threads; one for each core if None.
    out
        A folder for choice.json; finished work is kept there too. Nothing is written if None.
    progress
        As of ``run_study``.
    verdict_only
        Stop each scenario as soon as its verdict has the certainty asked for, and run each future once. Otherwise all
        futures are run: what a choice is robust against cannot be said of a few of them.
    budget
        Spend so many runs on each scenario, a hundred at a time, where they tell most (OCBA). Nothing is guaranteed
        then. As with ``verdict_only``, each future is run once. ``futures`` of each structure at most.
    cluster
        The address of a Dask scheduler that does the work; but what ``rare`` asks for runs here.
    sensitivity
        Make further runs at assumptions that are chosen rather than drawn: a Morris screen, Sobol
        indices with chance as a factor, and Shapley effects; and look for thresholds and the worst among the ten
        assumptions that move the difference most, not only among the three that the sweep points to.
    rare
        Where the chosen structure missed fewer than ten deadlines in the sweep, estimate by splitting how rarely it
        does.

    Raises
    ------
    ValueError
        If there are fewer than 20 futures: one observation is the mean over ten; or fewer than 100 for more than 50
        structures and no budget. If a budget is less than 100 runs for each structure, more than all futures, or comes
        with ``verdict_only``. If ``sensitivity`` or ``rare`` is asked for together with ``verdict_only`` or ``budget``,
        or of more than 50 structures, which leaves no sweep to begin from, or ``sensitivity`` with one replication.
    NotFound
        If the case has no such structure or scenario.
    renkei.diagnostics.InputError
        If a structure cannot carry a decision of a scenario, or a scenario does not raise the objective's class,
        or the objective is about a deadline that the class does not have.
    RunError
        If a run failed, or results could not be written. Finished work is kept.

    Examples
    --------
    >>> result = choose(case, futures=200)  # doctest: +SKIP
    >>> print(result.choice.text.en)  # doctest: +SKIP
    """
    checked_case("a choice", case)
    whole_number("futures", futures, least=1)
    if budget is not None:
        whole_number("budget", budget, least=1)
        if verdict_only:
            raise ValueError("with a budget there is the verdict alone: leave out the one or the other")
    if cluster is not None and not isinstance(cluster, str):
        raise TypeError(f"cluster is the address of a scheduler, not {cluster!r}")
    if futures < 2 * BATCH:
        raise ValueError(f"a choice needs {2 * BATCH} futures at least: one observation is the mean over {BATCH}")
    compared = names_of("structures", structures) or case.plan.structures or tuple(case.structures)
    if len(compared) > FEW and budget is None and futures < LEAST_OF_MANY:
        raise ValueError(f"a choice among more than {FEW} structures needs {LEAST_OF_MANY} futures at least")
    if budget is not None:
        least, most = budget_bounds(len(set(compared)), futures)
        if not least <= budget <= most:
            raise ValueError(
                f"a budget for {len(set(compared))} structures in {futures} futures is {least} to {most} runs"
            )
    alone = verdict_only or budget is not None or len(compared) > FEW
    if sensitivity and (alone or replications < 2):
        raise ValueError("a probe of the difference begins from a whole sweep, with two replications at the least")
    if rare and alone:
        raise ValueError("splitting for rare misses begins from a whole sweep")
    order = Order(
        case,
        compared,
        names_of("scenarios", scenarios) or case.plan.scenarios or tuple(case.scenarios),
        futures,
        1 if alone else replications,
        case.plan.seed if seed is None else seed,
        available_cores() if workers is None else workers,
        folder_named(out),
        progress,
    )
    if cluster is None:
        return _Chooser(order, verdict_only=alone, budget=budget, cluster=None).run(sensitivity=sensitivity, rare=rare)
    from renkei.study.cluster import Cluster

    reached = Cluster(cluster)
    try:
        chooser = _Chooser(order, verdict_only=alone, budget=budget, cluster=reached)
        return chooser.run(sensitivity=sensitivity, rare=rare)
    finally:
        reached.close()


def budget_bounds(structures: int, futures: int) -> tuple[int, int]:
    """Return the least budget, for the first runs of each structure, and the most, for all futures."""
    return min(SPAN, futures) * structures, futures * structures


def without_familiarity(case: Case, structures: Sequence[str]) -> Case | None:
    """Return the case with no effect of familiarity; None where there is none anyway."""
    law = case.doctrine.familiarity
    if law.effect == Quantity(value=0.0) or not any(case.structures[name].familiarity for name in structures):
        return None
    return replace(case, doctrine=replace(case.doctrine, familiarity=replace(law, effect=Quantity(value=0.0))))


class _Further:
    """Progress of what comes after something else: counts go on from there."""

    def __init__(self, progress: Listener, before: int) -> None:
        self.progress = progress
        self.before = before
        self.say: Callable[[str], None] = getattr(progress, "say", lambda text: None)

    def __call__(self, done: int, total: int) -> None:
        """Tell how many runs of how many are done."""
        self.progress(self.before + done, self.before + total)


class _Chooser:
    """One call of ``choose``."""

    def __init__(self, order: Order, *, verdict_only: bool, budget: int | None, cluster: Cluster | None) -> None:
        order = order.checked()
        case, scenarios = order.case, order.scenarios
        self.many = len(order.structures) > FEW and budget is None
        """Whether too many structures are named for Kim and Nelson's procedure, and there is no budget to spend. Paths,
        which come of themselves, are not counted."""
        paths = {} if self.many or budget is not None else paths_of(case, order.structures)
        order = replace(order, structures=tuple(name for name in order.structures if name not in paths))
        self.case = case
        self.objective = case.plan.objective
        self.classes = {name: self.objective.class_of(name, case.scenarios[name].headline) for name in scenarios}
        for name, decision_class in self.classes.items():
            raised = {each.decision_class for each in case.scenarios[name].demands.values() if each.counted}
            if decision_class not in raised:
                message = f"the objective asks for class `{decision_class}`, which scenario `{name}` does not raise"
                remedy = f"name one of {', '.join(f'`{each}`' for each in sorted(raised))}"
                raise InputError([Problem("nothing-counts", "error", message, help=remedy)])
            if self.objective.is_share and case.doctrine.classes[decision_class].deadline is None:
                message = f"the objective is what misses its deadline, and class `{decision_class}` has none"
                remedy = "give the class a `deadline` in doctrine.yaml, or choose by `median`, `mean` or `p90`"
                raise InputError([Problem("nothing-counts", "error", message, help=remedy)])
        self.sweep = Sweep(order, self.classes, cluster)
        self.paths = paths
        self.excluded: dict[str, dict[str, str]] = {}
        """Of scenarios in which no structure can be chosen, why each can not."""
        self.structures = (*self.sweep.structures, *paths)
        self.scenarios = tuple(self.sweep.scenarios)
        self.verdict_only = verdict_only
        self.budget = budget
        self.cluster = cluster
        self.out = order.out
        self.chunks: dict[Block, HeadlineRuns] = {}
        self.apart: set[str] = set()
        """Scenarios in which structures do not meet the same futures, since that would harm."""
        self.verdicts: tuple[Verdict, ...] = ()
        self._of_stages: dict[tuple[str, str, int], list[Block]] = {}
        self.chosen: dict[str, tuple[str, Chosen, tuple[str, ...]]] = {}
        """By scenario ("" over all) in which there are very many structures: the procedure, what it chose, and those to
        be looked at closely."""

    def run(self, *, sensitivity: bool, rare: bool) -> ChoiceResult:
        """Run it, write it, and repeat it without familiarity."""
        store = self.sweep._store(FOLDER)
        try:
            return self._whole(store, sensitivity=sensitivity, rare=rare)
        finally:
            store.close()

    def _whole(self, store: Store, *, sensitivity: bool, rare: bool) -> ChoiceResult:
        began, began_s = datetime.now(UTC), time.monotonic()
        if self.cluster is None:
            from renkei.sim.native import warm_up

            warm_up(self.sweep.say)
        result = self.found(store)
        used = self._used()
        again = without_familiarity(self.case, self.structures)
        done = self.sweep.done
        if again is not None:
            repeated = self._repeated(again, store)
            done += repeated.sweep.done
            used += repeated._used()
            result = replace(result, choice=self._with_repeats(result.choice, repeated.verdicts))
        if result.swept is not None:
            result, blocks = self._with_roads(result, store, done)
            used += blocks
        if result.swept is not None and result.choice.analyses["considerations"].scenarios:
            probed, blocks = self._probed(result.choice, result.swept, store, done, screened=sensitivity)
            used += blocks
            found = {**result.choice.analyses, "probes": probed}
            result = replace(result, choice=replace(result.choice, analyses=found))
        if rare and result.swept is not None:
            found = {**result.choice.analyses, "rare": rare_misses(self.sweep, result.swept, result.choice)}
            result = replace(result, choice=replace(result.choice, analyses=found))
        if self.out is not None:
            self._write(result.choice, began, time.monotonic() - began_s, store, used)
        return result

    def _used(self) -> list[Block]:
        """Return the blocks that were run: a path has none of its own."""
        return [block for block in self.chunks if block.structure not in self.paths]

    def _with_roads(self, result: ChoiceResult, store: Store, done: int) -> tuple[ChoiceResult, list[Block]]:
        assert result.swept is not None
        roads, blocks = roads_of(result.choice, result.swept, self._further(done), store)
        if roads is None:
            return result, blocks
        found = {**result.choice.analyses, "roadmap": roads}
        return replace(result, choice=replace(result.choice, analyses=found)), blocks

    def _probed(
        self, choice: Choice, swept: Swept, store: Store, done: int, *, screened: bool
    ) -> tuple[dict[str, Probed], list[Block]]:
        from threadpoolctl import threadpool_limits

        found = choice.analyses["considerations"]
        with threadpool_limits(limits=1):  # the last bits depend on it
            return probes(self._further(done), swept, choice, found, store, screened=screened)

    def _further(self, done: int) -> Sweep:
        """Return a sweep for further runs, whose progress goes on after ``done``."""
        order = self.sweep.order
        further = order if order.progress is None else replace(order, progress=_Further(order.progress, done))
        return Sweep(further, self.classes, self.cluster)

    def _repeated(self, case: Case, store: Store) -> _Chooser:
        sweep = self.sweep
        progress = sweep.progress if sweep.progress is None else _Further(sweep.progress, sweep.done)
        order = replace(sweep.order, case=case, replications=1, progress=progress)
        other = _Chooser(order, verdict_only=True, budget=self.budget, cluster=self.cluster)
        other.objective = replace(other.objective, precision={})
        other.found(store)
        return other

    def _with_repeats(self, choice: Choice, repeated: Sequence[Verdict]) -> Choice:
        chosen = {verdict.scenario: verdict.best for verdict in choice.verdicts}
        repeats = tuple(
            Repeat(each.scenario, each.best, each.tied, chosen.get(each.scenario) in (each.best, *each.tied))
            for each in repeated
        )
        return replace(choice, without_familiarity=repeats, text=self._text(choice.verdicts, choice.overall, repeats))

    def _text(self, verdicts: Sequence[Verdict], together: Verdict | None, repeats: Sequence[Repeat] = ()) -> Text:
        guesses = sum(assumption.guess for assumption in self.case.assumptions)
        total = len(self.case.assumptions.assumptions)
        return whole_text(verdicts, together, self._names(), guesses, total, repeats, self.excluded)

    def _names(self) -> Names:
        case = self.case
        return Names(
            {name: case.structures[name].name for name in self.structures},
            {name: case.scenarios[name].name for name in self.scenarios},
            {name: each.name for name, each in case.doctrine.classes.items() if name in self.classes.values()},
        )

    def found(self, store: Store) -> ChoiceResult:
        """Run what must be run, and return what is found."""
        if self.many:
            return self._among_many(store)
        blocks = {
            (structure, scenario): self.sweep.blocks(structure, scenario)
            for structure in self.structures
            for scenario in self.scenarios
        }
        done = dict.fromkeys(blocks, 1)
        self._get(
            [blocks[structure, scenario][0] for scenario in self.scenarios for structure in self.structures], store
        )
        candidates = {scenario: self._candidates(scenario, blocks) for scenario in self.scenarios}
        independent = self._apart(candidates, blocks)
        if not self.verdict_only:
            longest = max(len(each) for each in blocks.values())
            self._get(
                [
                    blocks[structure, scenario][number]
                    for number in range(1, longest)
                    for scenario in self.scenarios
                    for structure in self.structures
                ],
                store,
            )
            done = {pair: len(each) for pair, each in blocks.items()}
        own = {**blocks, **independent}
        if independent:
            self._get([each[0] for each in independent.values()], store)
            done.update(dict.fromkeys(independent, 1))
        if self.budget is not None:
            self._spend(self.budget, candidates, own, done, store)
        else:
            waiting = self.scenarios if self.verdict_only else tuple(self.apart)
            self._until_decided(waiting, candidates, own, done, store)
        return self._result(candidates, blocks, own, done)

    def _among_many(self, store: Store) -> ChoiceResult:
        """Choose by screening or a tournament: every structure meets futures of its own, as the former must have it."""
        self.apart = set(self.scenarios)
        blocks = {
            (structure, scenario): self._blocks_apart(structure, scenario)
            for structure in self.structures
            for scenario in self.scenarios
        }
        done = dict.fromkeys(blocks, 1)
        self._get(
            [blocks[structure, scenario][0] for scenario in self.scenarios for structure in self.structures], store
        )
        candidates = {scenario: self._candidates(scenario, blocks) for scenario in self.scenarios}
        few = [scenario for scenario, names in candidates.items() if len(names) <= FEW]
        self._until_decided(few, candidates, blocks, done, store)
        weights = self.objective.weights(self.scenarios)
        asked = {scenario: {scenario: 1.0} for scenario in self.scenarios if scenario not in few}
        if weights and not set(weights) & set(few):
            asked[""] = weights
        for aim, parts in asked.items():
            names = [name for name in self.structures if all(name in candidates[scenario] for scenario in parts)]
            if len(names) <= FEW:
                continue
            sample = Observations(names, blocks, parts, lambda more: self._get(more, store), self._observed)
            zone = sum(weight * self.objective.zone_of(scenario) for scenario, weight in parts.items())
            selection = select(
                sample, len(names), zone, alpha=1 - self.objective.confidence, most=self.sweep.futures // BATCH
            )
            foremost = sample.foremost(selection, self.case.plan.base)
            self.chosen[aim] = selection.procedure, sample.chosen(selection), foremost
            for name in foremost:
                for scenario in parts:
                    done[name, scenario] = max(done[name, scenario], sample.blocks_run(name))
            if aim:
                self._until_known(sample.chosen(selection).structure, aim, blocks, done, store)
        return self._result(candidates, blocks, blocks, done)

    def _until_known(
        self,
        structure: str,
        scenario: str,
        blocks: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
        store: Store,
    ) -> None:
        """Run further blocks of what was chosen until its tail is known as nearly as is asked, or futures end."""
        pair = structure, scenario
        while done[pair] < len(blocks[pair]) and self._tail(structure, scenario, blocks, done).imprecise:
            self._get([blocks[pair][done[pair]]], store)
            done[pair] += 1

    def _observed(self, block: Block) -> Floats:
        """Return the observations of a block of futures: of the first run in each."""
        return batched(self.chunks[block].measure(self.objective.measure)[:, 0])

    def _blocks_apart(self, structure: str, scenario: str) -> list[Block]:
        """Return a structure's blocks in futures that no other structure meets."""
        return self.sweep.blocks(structure, scenario, apart=1 + self.structures.index(structure))

    def _parts(self, block: Block) -> dict[str, Block]:
        """Return the blocks of a path's stages in the futures of a block of the path."""
        apart, number = divmod(block.first, APART)
        found = {}
        for stage in self.paths[block.structure].stages:
            key = (stage, block.scenario, apart)
            if key not in self._of_stages:
                self._of_stages[key] = self.sweep.blocks(stage, block.scenario, apart=apart or None)
            found[stage] = self._of_stages[key][number // SPAN]
        return found

    def _get(self, blocks: Sequence[Block], store: Store) -> None:
        parts = {block: self._parts(block) for block in blocks if block.structure in self.paths}
        asked = [block for block in blocks if block not in parts]
        asked += [part for each in parts.values() for part in each.values()]
        self._run(list(dict.fromkeys(asked)), store)
        for block, each in parts.items():
            runs = {stage: self.chunks[part] for stage, part in each.items()}
            self.chunks[block] = blended(self.paths[block.structure], runs, block.futures)

    def _run(self, blocks: Sequence[Block], store: Store) -> None:
        missing = [block for block in blocks if block not in self.chunks]
        if self.verdict_only:  # how many more there will be is not known: the time left is that of these
            asked = sum(len(block.futures) for block in missing) * self.sweep.replications
            self.sweep.total = self.sweep.done + asked
        self.chunks.update(self.sweep.run_blocks(missing, store))

    def _candidates(self, scenario: str, blocks: dict[tuple[str, str], list[Block]]) -> tuple[str, ...]:
        """Return what can be chosen in a scenario, from its first block: no reference, and nothing overloaded."""
        return tuple(name for name in self.structures if not self._excluded(name, scenario, blocks))

    def _excluded(self, structure: str, scenario: str, blocks: dict[tuple[str, str], list[Block]]) -> str:
        if self.case.structures[structure].proposed_by.en == REFERENCE and structure != self.case.plan.base:
            return "reference"
        runs = self.chunks[blocks[structure, scenario][0]]
        if self._overloaded(structure, scenario, blocks):
            return "overloaded"
        if np.isnan(runs.measure(self.objective.measure)).all():
            return "nothing-measured"
        return ""

    def _overloaded(self, structure: str, scenario: str, blocks: dict[tuple[str, str], list[Block]]) -> tuple[str, ...]:
        """Return the desks that cannot keep up; of a path those of its stages."""
        if structure in self.paths:
            stages = self.paths[structure].stages
            desks = [desk for stage in stages for desk in self._overloaded(stage, scenario, blocks)]
            return tuple(dict.fromkeys(desks))
        return self.sweep.overloaded(structure, scenario, self.chunks[blocks[structure, scenario][0]])

    def _apart(
        self, candidates: dict[str, tuple[str, ...]], blocks: dict[tuple[str, str], list[Block]]
    ) -> dict[tuple[str, str], list[Block]]:
        """Return blocks of other futures for scenarios in which common random numbers harm."""
        for scenario, names in candidates.items():
            if len(names) > 1:
                first = np.stack([self._observations(name, scenario, blocks, 1)[0] for name in names])
                if common_numbers_harm(first[:, ~np.isnan(first).any(axis=0)]):
                    self.apart.add(scenario)
        return {
            (structure, scenario): self._blocks_apart(structure, scenario)
            for scenario in self.scenarios
            if scenario in self.apart
            for structure in candidates[scenario]
        }

    def _observations(
        self, structure: str, scenario: str, blocks: dict[tuple[str, str], list[Block]], count: int
    ) -> tuple[Floats, Floats]:
        """Return the observations of a structure under a scenario: of the first run in each future, and of all."""
        runs = self.sweep.joined(self.chunks, blocks[structure, scenario][:count])
        values = runs.measure(self.objective.measure)
        known = ~np.isnan(values)
        means = np.divide(
            np.where(known, values, 0.0).sum(axis=1),
            known.sum(axis=1),
            out=np.full(len(values), np.nan),
            where=known.any(axis=1),
        )
        return batched(values[:, 0]), batched(means)

    def _until_decided(
        self,
        scenarios: Sequence[str],
        candidates: dict[str, tuple[str, ...]],
        blocks: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
        store: Store,
    ) -> None:
        """Run further blocks of those that are still in, until every scenario is decided, and the tail of the chosen
        structure known as nearly as is asked, or the futures have ended.
        """
        while True:
            asked = []
            for scenario in scenarios:
                names = candidates[scenario]
                if len(names) < 2:
                    continue
                procedure = self._procedure(scenario, names, blocks, done)
                left = [names[row] for row in np.flatnonzero(procedure.alive[0]).tolist()]
                if bool(procedure.decided[0]) and not self._tail(left[0], scenario, blocks, done).imprecise:
                    continue
                for name in left:
                    pair = (name, scenario)
                    if done[pair] < len(blocks[pair]):
                        asked.append(blocks[pair][done[pair]])
                        done[pair] += 1
            if not asked:
                return
            self._get(asked, store)

    def _spend(
        self,
        budget: int,
        candidates: dict[str, tuple[str, ...]],
        blocks: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
        store: Store,
    ) -> None:
        """Run further blocks, one in each scenario at a time, of the structure that lacks most by OCBA."""
        while True:
            asked = []
            for scenario, names in candidates.items():
                own = [blocks[name, scenario][: done[name, scenario]] for name in names]
                spent = sum(len(block.futures) for each in own for block in each)
                if scenario in self.apart:  # what was run to see whether common numbers harm is spent, too
                    spent += SPAN * len(names)
                open_ones = [n for n, name in enumerate(names) if done[name, scenario] < len(blocks[name, scenario])]
                if spent + SPAN > budget or not open_ones or len(names) < 2:
                    continue
                data = [self._observations(name, scenario, blocks, done[name, scenario])[0] for name in names]
                known = [row[~np.isnan(row)] for row in data]
                shares = budget_shares(
                    np.array([row.mean() for row in known]), np.array([row.std(ddof=1) for row in known])
                )
                lack = shares * (spent + SPAN) - [sum(len(block.futures) for block in each) for each in own]
                name = names[max(open_ones, key=lambda number: (float(lack[number]), -number))]
                asked.append(blocks[name, scenario][done[name, scenario]])
                done[name, scenario] += 1
            if not asked:
                return
            self._get(asked, store)

    def _procedure(
        self,
        scenario: str,
        names: tuple[str, ...],
        blocks: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> KimNelson:
        procedure = KimNelson(
            (1, len(names)), self.objective.zone_of(scenario), 1 - self.objective.confidence, FIRST_STAGE
        )
        first = [self._observations(name, scenario, blocks, done[name, scenario])[0] for name in names]
        procedure.feed(usable(rectangular(first), lengths(first))[None])
        return procedure

    # ---- what was found

    def _evidence(
        self,
        scenario: str,
        names: tuple[str, ...],
        blocks: dict[tuple[str, str], list[Block]],
        own: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> Evidence:
        if scenario not in self.chosen:
            return self._measured(scenario, names, blocks, own, done)
        procedure, chosen, foremost = self.chosen[scenario]
        measured = self._measured(scenario, foremost, blocks, own, done)
        return replace(measured, procedure=procedure, chosen=chosen)

    def _measured(
        self,
        scenario: str,
        names: tuple[str, ...],
        blocks: dict[tuple[str, str], list[Block]],
        own: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> Evidence:
        first, every, opened = [], [], []
        for name in names:
            one, all_ = self._observations(name, scenario, own, done[name, scenario])
            first.append(one)
            every.append(all_)
            runs = self.sweep.joined(self.chunks, own[name, scenario][: done[name, scenario]])
            opened.append(float(runs.is_bound(self.objective.measure).mean()))
        return Evidence(
            scenario=scenario,
            decision_class=self.classes[scenario],
            measure=self.objective.measure,
            unit="share" if self.objective.is_share else "s",
            zone=self.objective.zone_of(scenario),
            confidence=self.objective.confidence,
            structures=names,
            first=rectangular(first),
            every=rectangular(every),
            open_share=np.array(opened),
            replications=self.sweep.replications,
            counts=lengths(first),
            procedure="Kim-Nelson" if self.budget is None else "OCBA",
            looks=max(self._looks(name, scenario, own) for name in names),
            common_numbers=scenario not in self.apart,
            excluded={name: reason for name in self.structures if (reason := self._excluded(name, scenario, blocks))},
            tails=tuple(self._tail(name, scenario, own, done) for name in names),
        )

    def _tail(
        self,
        structure: str,
        scenario: str,
        blocks: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> Tail:
        runs = self.sweep.joined(self.chunks, blocks[structure, scenario][: done[structure, scenario]])
        # Replications of one future are not independent of each other: the first stands for it.
        return tail_of(
            structure,
            runs.drawn_s[:, 0],
            runs.drawn_missed[:, 0],
            precision=self.objective.precision,
            looks=self._looks(structure, scenario, blocks),
        )

    def _looks(self, structure: str, scenario: str, blocks: dict[tuple[str, str], list[Block]]) -> int:
        """Return at how many moments the choice might have stopped in a scenario."""
        return len(blocks[structure, scenario]) if self.verdict_only or scenario in self.apart else 1

    def _result(
        self,
        candidates: dict[str, tuple[str, ...]],
        blocks: dict[tuple[str, str], list[Block]],
        own: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> ChoiceResult:
        case = self.case
        self.excluded = {
            scenario: {name: self._excluded(name, scenario, blocks) for name in self.structures}
            for scenario, each in candidates.items()
            if not each
        }
        names = self._names()
        called = {name: each if each.en else Text(name) for name, each in names.scenarios.items()}
        evidence = {
            scenario: self._evidence(scenario, each, blocks, own, done) for scenario, each in candidates.items() if each
        }
        verdicts = [self._said(verdict_of(each), names) for each in evidence.values()]
        weights = self.objective.weights(self.scenarios)
        if self.many:
            warnings = [only_verdicts(len(self.structures))]
        else:
            warnings = [other_futures(called[scenario]) for scenario in self.scenarios if scenario in self.apart]
        for name, path in self.paths.items():
            stands = {names.structures[stage]: path.stands.count(stage) for stage in path.stages}
            warnings.append(over_the_years(names.structures[name], path.begins, path.years, stands))
        together = None
        if weights and set(weights) <= set(evidence):
            whole = self._over_all(evidence, weights, blocks, own, done)
            together = None if whole is None else self._said(verdict_of(whole), names)
        if weights and together is None:
            warnings.append(no_verdict_together(apart=bool(self.apart & set(weights))))
        missing = {} if self.verdict_only else not_run(case, self.scenarios)
        if missing:
            warnings.append(not_weighed({case.scenarios[name].name: whose for name, whose in missing.items()}))
        self.verdicts = tuple(verdicts)
        choice = Choice(
            case=case.id,
            name=case.plan.name,
            question=case.plan.question,
            seed=self.sweep.seed,
            futures=self.sweep.futures,
            replications=self.sweep.replications,
            structures=dict(names.structures),
            scenarios=dict(names.scenarios),
            classes=dict(names.classes),
            verdicts=self.verdicts,
            overall=together,
            assumptions=ASSUMPTIONS,
            warnings=tuple(warnings),
            text=self._text(self.verdicts, together),
        )
        if self.verdict_only:
            return ChoiceResult(choice, None)
        runs = {pair: self.sweep.joined(self.chunks, each) for pair, each in blocks.items()}
        swept = Swept(
            self.structures,
            self.scenarios,
            runs,
            {pair: self._overloaded(*pair, blocks) for pair in blocks},
            self.sweep.futures,
            self.sweep.replications,
            self.sweep.seed,
            self.paths,
        )
        return ChoiceResult(replace(choice, analyses=analyses(case, swept, choice)), swept)

    def _over_all(
        self,
        evidence: Mapping[str, Evidence],
        weights: Mapping[str, float],
        blocks: dict[tuple[str, str], list[Block]],
        own: dict[tuple[str, str], list[Block]],
        done: dict[tuple[str, str], int],
    ) -> Evidence | None:
        """Return the evidence over all scenarios.

        None where no structure can be chosen in all of them, or structures did not meet the same futures.
        """
        if "" in self.chosen:
            procedure, chosen, names = self.chosen[""]
            each = [self._measured(scenario, names, blocks, own, done) for scenario in weights]
            whole = overall(each, weights)
            return None if whole is None else replace(whole, procedure=procedure, chosen=chosen)
        if self.apart & set(weights):
            return None
        return overall(list(evidence.values()), weights)

    def _said(self, verdict: Verdict, names: Names) -> Verdict:
        return replace(verdict, text=paragraph(verdict, names))

    # ---- on disk

    def _write(self, choice: Choice, began: datetime, duration_s: float, store: Store, used: list[Block]) -> None:
        assert self.out is not None
        from renkei.study.outputs import manifest_json

        manifest = manifest_json(
            self.case,
            choice,
            workers=self.sweep.workers,
            began=began,
            duration_s=duration_s,
            reused=self.sweep.reused,
            chunks=len(used),
        )
        try:
            replace_file(self.out / FILE, choice_json(choice))
            replace_file(self.out / MANIFEST, manifest)
            store.keep_only(used)
        except OSError as wrong:
            raise self.sweep._unwritable(wrong) from wrong


def analyses(case: Case, swept: Swept, choice: Choice) -> dict[str, Any]:
    """Return what else is known of the choice, by name.

    Each analysis is a pure function of ``swept`` (values of all runs, and the futures' assumptions) and of the
    verdicts; here is where they are called. Linear algebra gets one thread: the last bits depend on how many it has.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        found: dict[str, Any] = {"considerations": considerations(case, swept, choice)}
    if costs := costs_of(case, swept):
        found["costs"] = costs
    if (stakes := interests_of(case, swept)) is not None:
        found["stakeholders"] = stakes
    return found


def costs_of(case: Case, swept: Swept) -> tuple[StructureCost, ...]:
    """Return what each structure costs over the sweep's futures; nothing where no costs are stated."""
    from renkei.analysis.costing import structure_cost

    money = case.plan.money
    if not any(case.structures[name].costs for name in swept.structures):
        return ()
    futures = numbers(case, swept)
    return tuple(structure_cost(case.structures[name], money, case.assumptions, futures) for name in swept.structures)


def known_choice(case: Case, out: Path) -> dict[str, Any] | None:
    """Return choice.json of a folder, as JSON; None where there is none, or none that was made of these files."""
    from renkei.study.outputs import made_of

    if not made_of(case, out / MANIFEST):
        return None
    try:
        found = json.loads((out / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = (
        isinstance(found, dict)
        and found.get("renkei") == FORMAT
        and {each.name for each in fields(Choice)} <= set(found)
    )
    return found if whole else None


def choice_json(choice: Choice) -> bytes:
    """Return choice.json: the same bytes for the same inputs, seed and lock file."""
    from renkei.study.outputs import plain

    whole = {"renkei": FORMAT, **plain(choice)}
    return (json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def lengths(rows: Sequence[Floats]) -> Ints:
    """Return (k,): how many observations each structure was given."""
    return np.array([len(row) for row in rows], dtype=np.int64)


def rectangular(rows: Sequence[Floats]) -> Floats:
    """Return (k, n) from k rows, NaN where one is shorter: a structure that was left out has fewer observations."""
    longest = max(len(row) for row in rows)
    return np.stack([np.pad(row, (0, longest - len(row)), constant_values=np.nan) for row in rows])
