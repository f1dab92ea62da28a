"""What a benchmark found: as values, as JSON, and as lines of Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Final

FORMAT: Final = "bench/1"


@dataclass(frozen=True, slots=True)
class EngineRounds:
    """An engine's rounds of one model."""

    engine: str
    version: str
    jobs: int
    """Of a round."""
    jobs_per_s: tuple[float, ...]
    """By round."""
    means: tuple[float, ...]
    """Mean time in system by class over all rounds, in the model's unit."""
    deviations: tuple[float, ...]
    """Of each mean from what is known, in standard errors."""

    @property
    def spread(self) -> float:
        """Return the range over the median of the rounds."""
        return (max(self.jobs_per_s) - min(self.jobs_per_s)) / median(self.jobs_per_s)


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model in every engine, round by round."""

    id: str
    title: str
    known: tuple[float, ...]
    ours: EngineRounds
    study_jobs_per_s: float
    """With all that a study does besides for every run: medians, shares, growth."""
    ns_per_event: float
    others: tuple[EngineRounds, ...]
    missing: Mapping[str, str]
    """Engines that could not be had, and why."""

    def ratios(self, other: EngineRounds) -> list[float]:
        """Return how many times as fast renkei was as another, in each round."""
        return [ours / theirs for ours, theirs in zip(self.ours.jobs_per_s, other.jobs_per_s, strict=True)]

    @property
    def ratio(self) -> dict[str, float]:
        """Return the median of the rounds' ratios, by engine."""
        return {other.engine: median(self.ratios(other)) for other in self.others}

    @property
    def strays(self) -> tuple[str, ...]:
        """Return the engines whose means lie four standard errors or more from what is known."""
        every = (self.ours, *self.others)
        return tuple(each.engine for each in every if not all(abs(z) < 4.0 for z in each.deviations))


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with what it must reach, and what it aims at."""

    name: str
    value: float
    unit: str
    must: float | None = None
    aim: float | None = None
    higher_is_better: bool = False
    note: str = ""

    def reaches(self, bound: float | None) -> bool | None:
        """Return whether the value is as good as a bound; None without one."""
        if bound is None or not math.isfinite(self.value):
            return None
        return self.value >= bound if self.higher_is_better else self.value <= bound


@dataclass(frozen=True, slots=True)
class Report:
    """All that one call of the benchmark found."""

    what: tuple[str, ...]
    quick: bool
    rounds: int
    machine: Mapping[str, str]
    models: tuple[ModelResult, ...] = ()
    measures: tuple[Measure, ...] = field(default=())

    @property
    def agrees(self) -> bool:
        """Return whether every engine's means agree with what is known."""
        return not any(result.strays for result in self.models)

    def to_json(self) -> dict[str, Any]:
        """Return the report as ``schemas/bench.schema.json`` describes it."""
        return {
            "renkei": FORMAT,
            "what": list(self.what),
            "quick": self.quick,
            "rounds": self.rounds,
            "machine": dict(self.machine),
            "agrees": self.agrees,
            "models": {result.id: _model_json(result) for result in self.models},
            "measures": [
                {
                    **asdict(measure),
                    "value": measure.value if math.isfinite(measure.value) else None,
                    "reached": measure.reaches(measure.must),
                    "aim_reached": measure.reaches(measure.aim),
                }
                for measure in self.measures
            ],
        }


def _model_json(result: ModelResult) -> dict[str, Any]:
    every = (result.ours, *result.others)
    return {
        "title": result.title,
        "jobs_per_s": median(result.ours.jobs_per_s),
        "study_jobs_per_s": result.study_jobs_per_s,
        "ns_per_event": result.ns_per_event,
        "ratio": result.ratio,
        "known": list(result.known),
        "agrees": not result.strays,
        "engines": {
            each.engine: {
                "version": each.version,
                "jobs": each.jobs,
                "jobs_per_s": median(each.jobs_per_s),
                "rounds": list(each.jobs_per_s),
                "spread": each.spread,
                "means": list(each.means),
                "deviations": list(each.deviations),
                **({} if each is result.ours else {"ratios": result.ratios(each)}),
            }
            for each in every
        },
        "missing": dict(result.missing),
    }


def rounded(number: float) -> str:
    """Return a number with three figures, and with a prefix where it is large."""
    if not math.isfinite(number):
        return "-"
    for size, letter in ((1e6, " M"), (1e4, " k")):
        if abs(number) >= size:
            return f"{number / (1e6 if letter == ' M' else 1e3):.3g}{letter}"
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


ENGINES: Final = {
    "renkei": "renkei",
    "simpy": "SimPy",
    "cimba": "Cimba Python",
    "ciw": "Ciw",
    "salabim": "salabim",
    "prosimos": "Prosimos",
    "c": "C by hand",
}


def markdown(report: Report) -> Iterator[str]:
    """Yield the report as Markdown."""
    yield f"Machine: {', '.join(f'{key} {value}' for key, value in report.machine.items())}."
    for result in report.models:
        yield ""
        yield f"### {result.id}: {result.title}"
        yield ""
        yield "| engine | version | jobs/s | renkei is so many times as fast | spread | mean time in system | z |"
        yield "|---|---|---|---|---|---|---|"
        for each in (result.ours, *result.others):
            ratio = "" if each is result.ours else f"{rounded(result.ratio[each.engine])}"
            means = " / ".join(f"{mean:.4g}" for mean in each.means)
            deviations = " / ".join(f"{z:+.1f}" for z in each.deviations)
            name = ENGINES.get(each.engine, each.engine)
            speed = rounded(median(each.jobs_per_s))
            yield f"| {name} | {each.version} | {speed} | {ratio} | {each.spread:.0%} | {means} | {deviations} |"
        yield ""
        known = " / ".join(f"{value:.5g}" for value in result.known)
        yield (
            f"Known mean: {known}. renkei: {result.ns_per_event:.0f} ns an event; with all that a study does besides"
            f" for every run, {rounded(result.study_jobs_per_s)} jobs/s."
        )
        for engine, why in result.missing.items():
            yield ""
            yield f"{ENGINES.get(engine, engine)} is left out: {why}."
        if result.strays:
            yield ""
            strays = ", ".join(ENGINES.get(name, name) for name in result.strays)
            yield f"**The means of {strays} do not agree with what is known.**"
    if report.measures:
        yield ""
        yield "| what | measured | must | aim | |"
        yield "|---|---|---|---|---|"
        for measure in report.measures:
            bounds = [
                "" if bound is None else f"{rounded(bound)} {measure.unit}".strip()
                for bound in (measure.must, measure.aim)
            ]
            verdict = {True: "reached", False: "**not reached**", None: ""}[measure.reaches(measure.must)]
            if measure.reaches(measure.aim):
                verdict = "aim reached"
            value = f"{rounded(measure.value)} {measure.unit}".strip()
            note = f" {measure.note}" if measure.note else ""
            yield f"| {measure.name} | {value} | {bounds[0]} | {bounds[1]} | {verdict}{note} |"
