"""Large cases, built by the functions of the model: trees side by side, one long queue, and an alliance of any size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from renkei.model.doctrine import Branch, DecisionClass, Doctrine, Returns, Step
from renkei.model.quantity import Assumptions, Distribution, Quantity, Text
from renkei.model.scenario import Case, Demand, Scenario, StudyPlan
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
    Window,
)

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
WATCH: Final = Hours(always=True)
OFFICE: Final = Hours(windows=(Window((0, 1, 2, 3, 4), 480, 1020),))
TOKYO: Final = Place("tokyo", Text("Tokyo"), 35.69, 139.69, "Asia/Tokyo")
HONOLULU: Final = Place("honolulu", Text("Honolulu"), 21.31, -157.86, "Pacific/Honolulu")
NO_LIMIT: Final = 1 << 40


def exponential(mean_s: float) -> Distribution:
    """Return work of exponential length."""
    return Distribution("exponential", (Quantity(value=mean_s),))


def watch(name: str, people: float, *, hours: Hours = WATCH) -> Desk:
    """Return a desk."""
    return Desk(name, Text(name), (Duty(hours, Quantity(value=people)),))


def case_of(name: str, doctrine: Doctrine, structure: Structure, scenario: Scenario) -> Case:
    """Return a case of one structure and one scenario."""
    plan = StudyPlan(
        name=Text(name),
        question=Text(""),
        base=structure.id,
        structures=(structure.id,),
        scenarios=(scenario.id,),
        futures=1,
        replications=1,
        events_per_run=NO_LIMIT,
        seed=1,
    )
    return Case(name, plan, Assumptions(), doctrine, {structure.id: structure}, {scenario.id: scenario})


# ---- one long queue


def queue(decisions: int) -> Case:
    """Return a case in which about so many decisions wait at the end: one person, who never gets on."""
    length_s = 1000 * DAY
    process = (Step("draft", "draft", ("origin",), work=exponential(1e9)),)
    doctrine = Doctrine(Text("queue"), classes={"paper": DecisionClass("paper", Text("Paper"), process)})
    headquarters = Headquarters("hq", Text("HQ"), ("JP",), "joint", "theory", "tokyo", 3, {"ops": watch("ops", 1)})
    structure = Structure("queue", Text("queue"), places={"tokyo": TOKYO}, headquarters={"hq": headquarters})
    demand = Demand("papers", "paper", "hq.ops", "interval", every=Quantity(value=length_s / decisions))
    scenario = Scenario("queue", Text("queue"), START, "Asia/Tokyo", length_s, "paper", demands={"papers": demand})
    return case_of("queue", doctrine, structure, scenario)


# ---- many trees


def trees(copies: int, events: int) -> Case:
    """Return model C so many times side by side, each with twelve desks of its own; about ``events`` in a run."""
    divisions = (1, 1, 1, 2, 2, 2, 3, 3)
    length_s = max(120.0, events / (3.52 * 8 * 0.7 * copies)) * MINUTE
    names = ["top", *(f"division-{n}" for n in (1, 2, 3)), *(f"unit-{n}" for n in range(1, 9))]
    structure = Structure(
        "trees",
        Text("trees"),
        places={"tokyo": TOKYO},
        headquarters={
            f"hq-{copy}": Headquarters(
                f"hq-{copy}",
                Text(f"HQ {copy}"),
                ("JP",),
                "joint",
                "theory",
                "tokyo",
                3,
                {name: watch(name, 2) for name in names},
            )
            for copy in range(copies)
        },
    )
    classes = {
        f"unit-{n}": DecisionClass(
            f"unit-{n}", Text(f"unit {n}"), tuple(tree_process(f"unit-{n}", f"division-{d}", f"unit-{n % 8 + 1}"))
        )
        for n, d in enumerate(divisions, 1)
    }
    demands = {
        f"{hq}-{name}": Demand(f"{hq}-{name}", name, f"{hq}.{name}", "poisson", rate=Quantity(value=0.7 / MINUTE))
        for hq in structure.headquarters
        for name in classes
    }
    scenario = Scenario(
        "trees",
        Text("trees"),
        START,
        "Asia/Tokyo",
        length_s,
        "unit-1",
        warm_up_s=length_s / 20,
        cool_down_s=length_s / 20,
        demands=demands,
    )
    return case_of("trees", Doctrine(Text("trees"), classes=classes), structure, scenario)


def tree_process(unit: str, division: str, neighbour: str) -> Iterator[Step]:
    """Yield the steps of a unit's paper in model C, each at a desk of the headquarters where it is."""
    count = 0

    def work(desk: str) -> Step:
        nonlocal count
        count += 1
        return Step(f"draft-{count}", "draft", ("here",), desk=desk, work=exponential(MINUTE))

    yield work(unit)
    branches = (Branch("neighbour", (work(neighbour),)), Branch("division", (work(division),)))
    fork = Step("fork", "fork", branches=branches, wait_for_all=True)
    yield Step("helped", "chance", chance=Quantity(value=0.2), then=(fork,))
    to_the_top = Step("top", "chance", chance=Quantity(value=0.4), then=(work("top"), work(division)))
    up = (work(division), to_the_top, work(unit))
    yield Step("up", "chance", chance=Quantity(value=0.4), then=up)


# ---- an alliance


def alliance(headquarters: int = 5000, decisions: int = 10_000_000) -> Case:
    """Return a year of an alliance of so many headquarters, with about so many decisions.

    Half of the headquarters are Japanese and half American, each half a tree in which every superior commands up to
    eight. The two of the same place in their trees are counterparts. Every headquarters has a watch and a commander in
    office hours; Japan's are in Tokyo, America's in Honolulu. Nine of ten decisions are routine: drafted and decided
    where they are raised. One of ten is drafted, goes up to the next headquarters, is agreed with the counterpart's
    staff by message, and is ordered back down.
    """
    half = headquarters // 2
    places = {place.id: place for place in (TOKYO, HONOLULU)}
    nations = {"jp": ("JP", "tokyo"), "us": ("US", "honolulu")}
    every: dict[str, Headquarters] = {}
    relations: list[Link] = []
    authorities: dict[str, Authority] = {}
    counterparts: dict[str, Counterpart] = {}
    demands: dict[str, Demand] = {}
    rate = decisions / (2 * half) / (366 * DAY)
    for prefix, (nation, place) in nations.items():
        for number in range(half):
            name = f"{prefix}-{number}"
            desks = {"ops": watch("ops", 2), "commander": watch("commander", 1, hours=OFFICE)}
            every[name] = Headquarters(name, Text(name), (nation,), "joint", "unit", place, 1, desks)
            if number:
                relations.append(Link("OPCON", f"{prefix}-{(number - 1) // 8}", name))
            for kind, share in (("routine", 0.9), ("joint", 0.1)):
                demand = f"{kind}-{name}"
                demands[demand] = Demand(
                    demand, kind, f"{name}.ops", "poisson", rate=Quantity(value=rate * share), counted=True
                )
    for number in range(half):
        counterparts[f"pair-{number}"] = Counterpart(f"pair-{number}", (f"jp-{number}", f"us-{number}"))
    message = Distribution("constant", (Quantity(value=10 * MINUTE),))
    channels = {"message": Channel("message", Text("message"), "message", ("any", "any"), message)}
    short, long = exponential(20 * MINUTE), exponential(HOUR)
    routine = DecisionClass(
        "routine",
        Text("Routine"),
        (
            Step("draft", "draft", ("origin",), work=short),
            Step("decide", "draft", ("here",), work=exponential(5 * MINUTE)),
        ),
    )
    joint = DecisionClass(
        "joint",
        Text("Joint"),
        (
            Step("draft", "draft", ("origin",), work=long),
            Step("agree", "consult", ("counterpart",), work=short),
            Step("decide", "draft", ("here",), desk="commander", work=short, returns=Returns(Quantity(value=0.1))),
        ),
    )
    structure = Structure(
        "alliance",
        Text("Alliance"),
        places=places,
        headquarters=every,
        relations=tuple(relations),
        counterparts=counterparts,
        authorities=authorities,
        channels=channels,
    )
    doctrine = Doctrine(Text("Alliance"), classes={"routine": routine, "joint": joint})
    scenario = Scenario("year", Text("A year"), START, "Asia/Tokyo", 366 * DAY, "joint", demands=demands)
    return case_of("alliance", doctrine, structure, scenario)


ALLIANCE_DOCTRINE: Final = """\
renkei: doctrine/1
name: Alliance
classes:
  routine:
    name: Routine
    process:
      - {draft: origin, work: {distribution: exponential, mean: 20 min}}
      - {draft: here, id: decide, work: {distribution: exponential, mean: 5 min}}
  joint:
    name: Joint
    process:
      - {draft: origin, work: {distribution: exponential, mean: 60 min}}
      - {consult: [counterpart], id: agree, work: {distribution: exponential, mean: 20 min}}
      - draft: here
        id: decide
        desk: commander
        work: {distribution: exponential, mean: 20 min}
        returns: {chance: 0.1}
"""


def write_alliance(folder: Path, headquarters: int = 5000, decisions: int = 10_000_000) -> None:
    """Write the alliance as a case folder: what :func:`alliance` builds, as files."""
    from renkei.files import to_yaml

    case = alliance(headquarters, decisions)
    for name in ("structures", "scenarios"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "assumptions.yaml").write_text("renkei: assumptions/1\n", encoding="utf-8")
    (folder / "doctrine.yaml").write_text(ALLIANCE_DOCTRINE, encoding="utf-8")
    study = "renkei: study/1\nname: Alliance\nbase: alliance\nfutures: 1\nreplications: 1\nevents_per_run: 1000000000\n"
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    structure = case.structures["alliance"]
    (folder / "structures" / "alliance.yaml").write_text(to_yaml(structure), encoding="utf-8")
    lines = ["renkei: scenario/1", "name: A year", "start: 2024-01-01T09:00", "zone: Asia/Tokyo", "length: 366 d"]
    lines += ["headline: joint", "demands:"]
    for demand in case.scenarios["year"].demands.values():
        assert demand.rate is not None
        rate = demand.rate.of({}) * DAY
        lines.append(
            f"  {demand.id}: {{class: {demand.decision_class}, at: {demand.at}, pattern: poisson, rate: {rate:.9g}/d}}"
        )
    (folder / "scenarios" / "year.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
