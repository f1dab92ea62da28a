"""The benchmark's call: which parts are measured, the rounds, and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.bench.environments import PEERS, Told, Unavailable, command_of, processor, told
from renkei.bench.models import MODELS, Model
from renkei.bench.report import EngineRounds, Measure, ModelResult, Report

Say = Callable[[str], None]

WHAT: Final = ("models", "start", "memory", "threads", "sweep", "trace", "desks", "growth", "queue", "alliance")
"""The parts, in the order in which they are measured."""

RATIO_TARGETS: Final = {
    ("A", "simpy"): (150.0, 250.0),
    ("A", "cimba"): (4.0, 6.0),
    ("A", "c"): (0.5, 0.85),
    ("B", "simpy"): (200.0, 400.0),
    ("B", "cimba"): (30.0, 60.0),
    ("C", "simpy"): (100.0, 150.0),
    ("C", "cimba"): (4.5, 6.0),
    ("C", "c"): (0.65, 0.85),
    ("D", "simpy"): (120.0, 240.0),
    ("D", "cimba"): (3.2, 6.5),
}
"""By model and engine: what the ratio must reach, and what it aims at."""

QUICK_SHARE: Final = 0.35
"""A quick benchmark gives the others this share of the jobs."""


class BenchError(Exception):
    """The benchmark can not be run as asked; the message says why."""


def run_bench(
    *,
    what: Sequence[str] = ("models",),
    models: Sequence[str] | None = None,
    peers: Sequence[str] | None = None,
    quick: bool = False,
    rounds: int | None = None,
    say: Say | None = None,
) -> Report:
    """Measure renkei on this machine, beside others.

    Parameters
    ----------
    what
        Parts: ``models`` (jobs a second beside other simulators), ``start`` (start of a whole process), ``memory``
        (bytes a queued decision), ``threads`` (two against one), ``sweep`` (what a study loses to coordination),
        ``trace`` (what a trace costs), ``desks`` (1,000 desks against 12), ``growth`` (10 to 100,000 desks), ``queue``
        (10 to 10 million queued decisions), ``alliance`` (a year of 5,000 headquarters, ten million decisions); or
        ``all``.
    models
        Which models: A, B, C, C0, D; all if None.
    peers
        Which others, of simpy, cimba, ciw, salabim, prosimos and c (by hand); SimPy, Cimba Python and C if None, and
        SimPy alone if quick. Those that are not there yet are installed, each into an environment of its own.
    quick
        Three short rounds: under 50 seconds with what is installed.
    rounds
        Every engine runs once in each; 5 if None.
    say
        Is told in words what happens.

    Returns
    -------
    Report
        Jobs/s, ratios (medians of those within each round) and measures. ``agrees`` is false where the mean of an
        engine lies four standard errors from what is known; then the numbers mean nothing.

    Raises
    ------
    BenchError
        If a name is not known.
    """
    parts = tuple(WHAT) if "all" in what else tuple(dict.fromkeys(what))
    _known("part", parts, WHAT)
    chosen = tuple(models) if models is not None else tuple(MODELS)
    _known("model", chosen, MODELS)
    if peers is None:
        peers = ("simpy",) if quick else ("simpy", "cimba", "c")
    everyone = (*PEERS, "c")
    engines = everyone if "all" in peers else tuple(dict.fromkeys(peers))
    _known("engine", engines, everyone)
    count = rounds if rounds is not None else (3 if quick else 5)
    if count < 1:
        raise BenchError("a benchmark has one round at least")
    telling = say or (lambda text: None)

    results: list[ModelResult] = []
    measures: list[Measure] = []
    if "models" in parts:
        results = [run_model(MODELS[name], engines, count, quick, telling) for name in chosen]
        measures += ratio_measures(results)
    for part in parts:
        if part != "models":
            from renkei.bench.measuring import PARTS

            telling(f"measuring: {part}")
            measures += PARTS[part](quick, telling)
    return Report(parts, quick, count, machine(), tuple(results), tuple(measures))


def _known(kind: str, names: Sequence[str], known: Sequence[str] | dict[str, Model]) -> None:
    for name in names:
        if name not in known:
            raise BenchError(f"there is no {kind} `{name}`; there are {', '.join(f'`{each}`' for each in known)}")


def machine() -> dict[str, str]:
    """Return what the numbers depend on."""
    from importlib.metadata import version

    import renkei

    return {
        "processor": processor(),
        "cores": str(os.cpu_count() or 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numba": version("numba"),
        "numpy": version("numpy"),
        "renkei": renkei.__version__,
    }


@dataclass(slots=True)
class _Other:
    """Another engine within the rounds of a model."""

    name: str
    command: list[str]
    jobs: int
    rounds: list[Told] = field(default_factory=list)


def run_model(model: Model, engines: Sequence[str], rounds: int, quick: bool, say: Say) -> ModelResult:
    """Run a model in every engine that can express it, in turn, round by round."""
    from renkei.bench.ours import Runner, Timed
    from renkei.sim import native

    native.warm_up(say)
    missing: dict[str, str] = {}
    others = []
    for name in engines:
        if name in model.jobs:
            try:
                command = command_of(name, model.id, say)
            except Unavailable as why:
                missing[name] = str(why).rstrip(".")
                say(f"{name} is left out: {why}")
                continue
            jobs = model.jobs[name]
            others.append(_Other(name, command, max(1000, round(jobs * QUICK_SHARE)) if quick else jobs))
    runner = Runner.of(model.folder, together=len(model.known) == 1)
    at_least_s = 0.15 if quick else 0.5
    runner.timed(10_000, 0.01)  # memory is there from now on
    ours: list[Timed] = []
    for number in range(rounds):
        say(f"model {model.id}: round {number + 1} of {rounds}")
        ours.append(runner.timed(1000 * number, at_least_s))
        for other in list(others):
            try:
                other.rounds.append(told(other.command, other.jobs, number + 1))
            except Unavailable as why:
                missing[other.name] = str(why).rstrip(".")
                say(f"{other.name} is left out: {why}")
                others.remove(other)
    return ModelResult(
        id=model.id,
        title=model.title,
        known=tuple(known.value for known in model.known),
        ours=_ours(model, ours),
        study_jobs_per_s=sum(each.jobs for each in ours) / sum(each.run_s + each.reduce_s for each in ours),
        ns_per_event=1e9 * sum(each.run_s for each in ours) / sum(each.events for each in ours),
        others=tuple(_theirs(model, other) for other in others),
        missing=missing,
    )


def _ours(model: Model, rounds: Sequence[object]) -> EngineRounds:
    import renkei
    from renkei.bench.ours import Timed

    timed = [each for each in rounds if isinstance(each, Timed)]
    counted = sum(each.counted for each in timed)
    means = tuple(
        sum(each.means_s[row] * each.counted for each in timed) / counted / model.unit_s
        for row in range(len(model.known))
    )
    return EngineRounds(
        "renkei",
        renkei.__version__,
        timed[0].jobs,
        tuple(each.jobs / each.run_s for each in timed),
        means,
        model.deviations(means, counted),
    )


def _theirs(model: Model, other: _Other) -> EngineRounds:
    jobs = sum(each.jobs for each in other.rounds)
    means = tuple(sum(each.means[row] * each.jobs for each in other.rounds) / jobs for row in range(len(model.known)))
    return EngineRounds(
        other.name,
        other.rounds[0].version,
        other.jobs,
        tuple(each.jobs / each.seconds for each in other.rounds),
        means,
        model.deviations(means, jobs),
    )


def ratio_measures(results: Sequence[ModelResult]) -> list[Measure]:
    """Return the ratios that have a target."""
    return [
        Measure(
            f"{result.id} against {engine}",
            result.ratio[engine],
            "x",
            *RATIO_TARGETS[result.id, engine],
            higher_is_better=True,
        )
        for result in results
        for engine in result.ratio
        if (result.id, engine) in RATIO_TARGETS
    ]
