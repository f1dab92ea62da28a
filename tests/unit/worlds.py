"""Small structures for the tests of the assembler, built from pieces."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from renkei.model.doctrine import DecisionClass, Doctrine, Step
from renkei.model.quantity import Distribution, Quantity, Text
from renkei.model.scenario import Demand, Scenario
from renkei.model.structure import (
    Authority,
    Channel,
    Counterpart,
    Desk,
    Duty,
    Headquarters,
    Hours,
    Link,
    Place,
    Structure,
)
from renkei.sim import twin
from renkei.sim.compiler import Program, compile_program
from renkei.sim.program import Op, RunOutput, Trace

HOUR = 3600.0


def q(value: float) -> Quantity:
    """Return a literal quantity."""
    return Quantity(value=value)


def takes(hours: float) -> Distribution:
    """Return work of a fixed length."""
    return Distribution("constant", (q(hours * HOUR),))


def hq(name: str, nation: str = "US", service: str = "joint", **desks: int) -> Headquarters:
    """Return a headquarters round the clock in Tokyo, with an operations desk and a commander unless told."""
    strengths = desks or {"ops": 5, "commander": 1}
    return Headquarters(
        id=name,
        name=Text(name),
        nations=(nation,),
        service=service,
        echelon="test",
        place="tokyo",
        rank=3,
        desks={
            function: Desk(function, Text(function), (Duty(Hours(always=True), q(strength)),))
            for function, strength in desks_or(strengths)
        },
    )


def desks_or(strengths: dict[str, int]) -> list[tuple[str, int]]:
    """Return desks and strengths in order."""
    return list(strengths.items())


def structure(*headquarters: Headquarters, **more: object) -> Structure:
    """Return a structure with one channel of an hour between everybody."""
    base = Structure(
        id="test",
        name=Text("test"),
        places={"tokyo": Place("tokyo", Text("Tokyo"), 35.7, 139.7, "Asia/Tokyo")},
        headquarters={one.id: one for one in headquarters},
        channels={"line": Channel("line", Text("line"), "telephone", ("any", "any"), takes(1.0))},
    )
    return replace(base, **more)  # type: ignore[arg-type]


def opcon(superior: str, subordinate: str) -> Link:
    """Return operational control."""
    return Link("OPCON", superior, subordinate)


def holds(name: str, holder: str, nation: str = "US", **more: object) -> Authority:
    """Return an authority for class ``question``."""
    return Authority(name, "question", nation, holder, **more)  # type: ignore[arg-type]


def knows(one: str, other: str) -> dict[str, Counterpart]:
    """Return one pair of counterparts."""
    return {f"{one}-{other}": Counterpart(f"{one}-{other}", (one, other))}


def program(of: Structure, *steps: Step, at: str, moments_h: tuple[float, ...] = (1.0,), **more: object) -> Program:
    """Compile a process of class ``question`` raised at a desk at given hours of a month of March 2024."""
    scenario_keys = {"posture", "disruptions"} & set(more)
    own = more.pop("own_executors", ())
    law = {key: more.pop(key) for key in {"postures", "like"} & set(more)}
    scenario = Scenario(
        id="test",
        name=Text("test"),
        start=datetime(2024, 3, 4, tzinfo=UTC),
        zone="Asia/Tokyo",
        length_s=28 * 24 * HOUR,
        headline="question",
        demands={
            "raised": Demand(
                "raised",
                "question",
                at,
                "list",
                moments_s=tuple(h * HOUR for h in moments_h),
                executors=own,  # type: ignore[arg-type]
            )
        },
        **{key: more.pop(key) for key in scenario_keys},  # type: ignore[arg-type]
    )
    doctrine = Doctrine(
        Text("test"),
        classes={"question": DecisionClass("question", Text("question"), steps, **more)},  # type: ignore[arg-type]
        **law,  # type: ignore[arg-type]
    )
    return compile_program(of, doctrine, scenario)


def run(of: Program) -> RunOutput:
    """Run a program with the twin, traced."""
    return twin.run(of.fixed, of.bind({}), of.source_keys(1, 0, 0), trace=True)


def worked_at(of: Program, output: RunOutput) -> list[str]:
    """Return the desks where work was done, in order of its end."""
    return [of.desks[row[5]] for row in output.trace if row[0] == Trace.DONE and of.fixed.op_code[row[4]] == Op.WORK]


def hours_taken(output: RunOutput) -> list[float]:
    """Return each decision's time from raised to ended, in hours."""
    return [(row[5] - row[3]) / 3.6e9 for row in output.decisions]
