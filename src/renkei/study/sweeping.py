"""The sweep of a choice: every structure under every scenario in very many futures, of which little is kept.

It is the study's crew at work: threads, chunks and draws are those of ``renkei.study.running``. Blocks are ten times as
long, so that keeping them costs little, and they are run with the futures outermost, so that a choice can be made
before all is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renkei.analysis.headline import ARRAYS, HeadlineRuns, gathered, joined
from renkei.analysis.runs import Floats
from renkei.model.objective import MEASURES
from renkei.model.scenario import Case
from renkei.study.chunks import Block, Store, blocks_of
from renkei.study.inspection import NotFound, find_structure
from renkei.study.paths import Path
from renkei.study.running import LOADS_EVERY, Crew, Order, Pair, _Stopped

if TYPE_CHECKING:
    from renkei.study.cluster import Cluster

FOLDER: Final = ".renkei-choice"
SPAN: Final = 100
"""Futures in a block, and so ten observations: what a choice is made on is looked at after each. What a block costs
besides its runs (`renkei bench --what sweep`) would be paid ten times as often with blocks of ten."""
APART: Final = 1_000_000
"""Where structures shall not meet the same futures, those of the next structure begin so many futures later."""


@dataclass(frozen=True)
class Swept:
    """What a sweep found: of each structure under each scenario, and what the futures were."""

    structures: tuple[str, ...]
    scenarios: tuple[str, ...]
    runs: Mapping[tuple[str, str], HeadlineRuns]
    """By structure and scenario."""
    overloaded: Mapping[tuple[str, str], tuple[str, ...]]
    """The desks that cannot keep up."""
    futures: int
    replications: int
    seed: int
    paths: Mapping[str, Path] = field(default_factory=dict)
    """Those of the structures that are phased paths."""

    def table(self, scenario: str, measure: str = "median") -> Floats:
        """Return a measure under a scenario: (structures, F, R), seconds or a share; NaN where there is none.

        All structures met the same futures and replications, so differences along the first axis are paired.

        Raises
        ------
        NotFound
            If the scenario was not run.
        ValueError
            If there is no such measure.
        """
        if scenario not in self.scenarios:
            raise NotFound.among("scenario", scenario, self.scenarios)
        if measure not in MEASURES:
            raise ValueError(f"a measure is one of {', '.join(MEASURES)}, not {measure!r}")
        return np.stack([self.runs[structure, scenario].measure(measure) for structure in self.structures])

    def assumptions(self, case: Case) -> tuple[tuple[str, ...], Floats]:
        """Return the names of the uncertain assumptions, and their value in each future: (F, names), base units."""
        from renkei.sim.futures import draw_futures

        names = tuple(each.id for each in case.assumptions if each.high > each.low)
        drawn = draw_futures(case.assumptions, self.seed, range(self.futures))
        values = np.array([[future[name] for name in names] for future in drawn])
        return names, values.reshape(self.futures, len(names))


class Sweep(Crew[HeadlineRuns]):
    """Runs blocks for a choice.

    Parameters
    ----------
    order
        As of a study.
    classes
        The class of decision that is kept, by scenario.
    cluster
        What runs its blocks; this machine if None.
    """

    def __init__(self, order: Order, classes: Mapping[str, str], cluster: Cluster | None = None) -> None:
        super().__init__(order)
        self.classes = dict(classes)
        self.cluster = cluster
        self.reused = 0
        """Blocks that were found finished."""

    def blocks(self, structure: str, scenario: str, *, apart: int | None = None) -> list[Block]:
        """Return all blocks of a structure under a scenario; ``apart``: in futures of that number's own, from 1 on."""
        here = self.scenarios[scenario]
        return blocks_of(
            self.case,
            find_structure(self.case, structure, here),
            here,
            self.futures,
            self.replications,
            self.seed,
            size=SPAN,
            first_future=0 if apart is None else APART * apart,
            kind=f"choice {self.classes[scenario]}",
        )

    def run_blocks(self, blocks: Sequence[Block], store: Store) -> dict[Block, HeadlineRuns]:
        """Run blocks on all cores or on the cluster, or take what is kept of them."""
        if self.cluster is not None:
            return self.cluster.run(self, blocks, store)
        done, reused = self._run_blocks(blocks, store)
        self.reused += reused
        return done

    def remade(self) -> tuple[Callable[..., Sweep], tuple[Any, ...], str]:
        """Return what makes this sweep again in another process, with which arguments, and what tells it from others.

        The first two arguments tell what is compiled.
        """
        return Sweep, (replace(self.order, workers=1, out=None, progress=None), self.classes), ""

    def joined(self, chunks: Mapping[Block, HeadlineRuns], blocks: Sequence[Block]) -> HeadlineRuns:
        """Return blocks of one structure under one scenario as one."""
        return joined([chunks[block] for block in blocks])

    def overloaded(self, structure: str, scenario: str, runs: HeadlineRuns) -> tuple[str, ...]:
        """Return the desks that cannot keep up."""
        layout = self._pair(structure, scenario).layout
        found = runs.overloaded(layout.reach[layout.classes.index(self.classes[scenario])])
        return tuple(layout.desks[number] for number in np.flatnonzero(found).tolist())

    def _with_loads(self, future: int) -> bool:
        # Whether most futures are overloaded is as plain from 20 of them as from 200.
        return future % APART < SPAN and future % LOADS_EVERY == 0

    def _block(self, block: Block, store: Store) -> tuple[HeadlineRuns, bool]:
        if self._stop.is_set():
            raise _Stopped
        kept = self._kept_block(block, store)
        if kept is not None:
            return kept, True
        return self.made(block), False

    def _keep(self, block: Block, kept: HeadlineRuns, store: Store) -> None:
        store.write_arrays(block, {name: getattr(kept, name) for name in ARRAYS})

    def _kept_block(self, block: Block, store: Store) -> HeadlineRuns | None:
        arrays = store.read_arrays(block, ARRAYS)
        if arrays is None:
            return None
        kept = HeadlineRuns(**arrays)
        if kept.columns.shape[:2] != (len(block.futures), self.replications):
            return None
        self._reused(block)
        return kept

    def made(self, block: Block) -> HeadlineRuns:
        """Run a block."""
        pair = self._pair(block.structure, block.scenario)
        done = self._run_block(block, pair)
        row = self._only(block, pair)
        draws = self._draws_of(block)
        return gathered(done.runs, done.loads, done.deadlines_s[:, row], done.truncated, draws)

    def _only(self, block: Block, pair: Pair) -> int:
        return pair.layout.classes.index(self.classes[block.scenario])

    def _draws_of(self, block: Block) -> Floats:
        """Return the numbers that draw one decision of each run: the same for all structures, so that they meet."""
        from renkei.sim.futures import uniforms

        names = [
            [f"{what} of {block.scenario}, replication {replication}" for what in ("a decision", "a deadline")]
            for replication in range(self.replications)
        ]
        drawn = [[uniforms(self.seed, name, block.futures) for name in each] for each in names]
        return np.moveaxis(np.array(drawn), 2, 0)
