"""Finding a case and its parts by name, and showing what is in them."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renkei.model.doctrine import Step
from renkei.model.scenario import Case, Scenario
from renkei.model.structure import Structure

if TYPE_CHECKING:
    from renkei.diagnostics import Problem
    from renkei.files import Reading
    from renkei.sim.ways import Ways


class NotFound(LookupError):
    """Something that was asked for by name is not there. The message says what there is."""

    @classmethod
    def among(cls, kind: str, asked: str, known: Iterable[str]) -> NotFound:
        """Return the error for a name that is not among those known, with the nearest of them."""
        names = list(known)
        near = difflib.get_close_matches(asked, names, n=1, cutoff=0.5)
        message = f"there is no {kind} `{asked}`"
        if near:
            return cls(f"{message}; did you mean `{near[0]}`?")
        if names:
            listed = ", ".join(f"`{name}`" for name in names)
            return cls(f"{message}; there is {listed}" if len(names) == 1 else f"{message}; there are {listed}")
        return cls(message)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


def packaged_cases() -> dict[str, Path]:
    """Return the cases that come with renkei, by name."""
    folder = Path(str(resources.files("renkei"))) / "cases"
    if not folder.is_dir():
        return {}
    return {path.name: path for path in sorted(folder.iterdir()) if (path / "study.yaml").is_file()}


def case_folder(name: str) -> Path:
    """Return the folder of a case: that of a packaged case (``alliance``), or the path of a folder (``./alliance``).

    Raises
    ------
    NotFound
        If there is neither.
    """
    if not name.isprintable():
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise NotFound(f"the name `{shown}` is not UTF-8, or has control characters: rename the folder")
    packaged = packaged_cases()
    if name in packaged:
        return packaged[name]
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise NotFound(f"`{name}` is a file, and a case is a folder; did you mean `{path.parent}`?")
    if re.fullmatch(r"[\w-]+", name):
        near = difflib.get_close_matches(name, packaged, n=1, cutoff=0.5)
        hint = (
            f"; did you mean `{near[0]}`?"
            if near
            else "; packaged are " + (", ".join(f"`{one}`" for one in packaged) or "none")
        )
        raise NotFound(f"there is no case `{name}`: it is neither a packaged case nor a folder here{hint}")
    raise NotFound(f"there is no folder `{name}`{_meant(name, path)}")


def _meant(name: str, path: Path) -> str:
    """Return what a folder that is not there may stand for: a structure of a case, or a case beside it."""
    if (case := name.rpartition("/")[0]) in packaged_cases() or (path.parent / "study.yaml").is_file():
        return f"; `{case}` is a case: one structure of it is named with --structure {path.name}"
    try:
        cases = [child.name for child in path.parent.iterdir() if (child / "study.yaml").is_file()]
    except OSError:  # there is no such folder, or it may not be read
        return ""
    near = difflib.get_close_matches(path.name, cases, n=1)
    return f"; did you mean `{name.rstrip('/').removesuffix(path.name)}{near[0]}`?" if near else ""


def find_scenario(case: Case, scenario: str) -> Scenario:
    """Return a scenario of a case by its id."""
    if scenario not in case.scenarios:
        raise NotFound.among("scenario", scenario, case.scenarios)
    return case.scenarios[scenario]


def find_structure(case: Case, structure: str, scenario: Scenario | None = None) -> Structure:
    """Return a structure of a case by its id: as it was on the scenario's date, where that names one."""
    if structure not in case.structures:
        raise NotFound.among("structure", structure, case.structures)
    if scenario is not None and scenario.on:
        return case.dated.get((structure, scenario.id), case.structures[structure])
    return case.structures[structure]


def as_of(name: str | Path, structure: str, on: str) -> Structure:
    """Return a structure of a case as it was, or is planned to be, on a date: with its phases up to it.

    Parameters
    ----------
    name
        A packaged case or a folder.
    structure
        The structure's id.
    on
        ISO date.

    Raises
    ------
    NotFound
        If there is no such case or structure.
    renkei.diagnostics.InputError
        If anything in its files is wrong, or wrong as of the date.
    TypeError, ValueError
        If the date is no text, or not written as ``2011-03-20``.
    """
    from renkei.files import load_structure

    if not isinstance(on, str):
        raise TypeError(f"a date is a text such as 2011-03-20, not {on!r}")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", on):
        raise ValueError(f"a date is written as 2011-03-20, not as `{on}`")
    date.fromisoformat(on)

    folder = case_folder(str(name)) / "structures"
    if not (folder / f"{structure}.yaml").is_file():
        raise NotFound.among("structure", structure, sorted(path.stem for path in folder.glob("*.yaml")))
    return load_structure(folder / f"{structure}.yaml", on)


MOST_RUNS = 10_000_000
"""Futures, or replications, at most: of more the list of blocks would be longer than memory."""


def checked_case(what: str, case: object) -> None:
    """See to it that something is asked of a case.

    Raises
    ------
    TypeError
        If it is none that ``renkei.load`` gave.
    """
    if not isinstance(case, Case):
        raise TypeError(f"{what} is of a case that renkei.load gave, not of {case!r}")


def whole_number(word: str, number: object, *, least: int) -> int:
    """Return an argument that must be a whole number, ``least`` or more.

    Raises
    ------
    TypeError, ValueError
        If it is not.
    """
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"{word} is a whole number, not {number!r}")
    value = int(number.__index__())
    if value < least:
        raise ValueError(f"{word} is {value}, and must be {least} or more")
    return value


def plain(value: Any) -> Any:
    """Return a value of the model as mappings, lists, texts and numbers only: what ``--json`` prints.

    A number that is not finite becomes None, as JSON has none of those.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def overview(case: Case) -> dict[str, Any]:
    """Return what a case is made of: its question, structures, scenarios, classes of decision and assumptions."""
    plan = case.plan
    return {
        "case": case.id,
        "name": plain(plan.name),
        "question": plain(plan.question),
        "base": plan.base,
        "futures": plan.futures,
        "replications": plan.replications,
        "seed": plan.seed,
        "structures": {
            structure.id: {
                "name": plain(structure.name),
                "extends": structure.extends,
                "headquarters": len(structure.headquarters),
            }
            for structure in case.structures.values()
        },
        "scenarios": {
            scenario.id: {
                "name": plain(scenario.name),
                "start": scenario.start.isoformat(),
                "zone": scenario.zone,
                "length_s": scenario.length_s,
                "headline": scenario.headline,
            }
            for scenario in case.scenarios.values()
        },
        "classes": {each.id: plain(each.name) for each in case.doctrine.classes.values()},
        "assumptions": {
            "all": len(case.assumptions.assumptions),
            "guesses": sum(assumption.guess for assumption in case.assumptions),
            "unsourced": sum(not assumption.source for assumption in case.assumptions),
        },
    }


def show(case: Case, structure: str | None = None, *, resolved: bool = False) -> Any:
    """Return what is in a case or in one of its structures, as plain values.

    With ``resolved`` the text of a structure in which everything is explicit, itself a valid file.

    Raises
    ------
    NotFound
        If the case has no such structure.
    TypeError
        If ``case`` is none that ``renkei.load`` gave.
    """
    checked_case("show", case)
    if structure is None:
        return overview(case)
    found = find_structure(case, structure)
    if resolved:
        from renkei.files import to_yaml

        return to_yaml(found)
    return plain(found)


def load(name: str | Path) -> Case:
    """Read a case: a packaged one by its name (``alliance``), or a folder by its path.

    Raises
    ------
    renkei.diagnostics.InputError
        If anything in it is wrong; its ``problems`` say what, where, and what would be right.
    NotFound
        If there is no such case.
    """
    from renkei.files import load_case

    return load_case(case_folder(str(name)))


def check(name: str | Path) -> list[Problem]:
    """Read a case and return all its problems, errors and warnings; an empty list if there are none."""
    return examine(name).problems


def examine(name: str | Path) -> Reading:
    """Read a case, and follow every paper's way: as ``check``, with the case and its numbers without a source."""
    from renkei.files import read_case

    folder = case_folder(str(name))
    reading = read_case(folder)
    if reading.case is None:
        return reading
    return dataclasses.replace(reading, problems=[*reading.problems, *_route_problems(reading.case, folder)])


SECTIONS = {
    "out-and-changed": "phases",
    "no-channel": "channels",
    "no-counterpart": "counterparts",
    "unheld-authority": "authorities",
}
"""Where in a structure's file a rule is mended."""


def _route_problems(case: Case, folder: Path) -> list[Problem]:
    """Return what keeps structures from carrying the decisions of scenarios: each paper's way is followed."""
    from renkei.files.locating import stated_at
    from renkei.sim.ways import Ways

    found: dict[tuple[str, str], Problem] = {}
    warned: dict[tuple[str, str], Problem] = {}
    known: dict[int, Ways] = {}
    asked = [
        (name, scenario, structure)
        for scenario in (case.scenarios[name] for name in case.plan.scenarios)
        for name in case.plan.structures
        for begun in [find_structure(case, name, scenario)]
        for structure in (begun, *(changed for _, changed in begun.later))
    ]
    for name, scenario, structure in asked:
        if id(structure) not in known:
            known[id(structure)] = Ways(structure, case.doctrine)
        ways = known[id(structure)]
        file = f"structures/{name}.yaml"
        obstacles = ways.obstacles(scenario)
        for wrong in obstacles:
            if (name, wrong.message) in found:
                continue
            if wrong.rule in SECTIONS:
                place = stated_at(folder, file, (SECTIONS[wrong.rule],), ("changes",), ("name",))
            else:
                place = stated_at(folder, "doctrine.yaml", ("classes", wrong.decision_class))
            message = f"{wrong.message} (structure `{name}`, scenario `{scenario.id}`)"
            found[name, wrong.message] = place.problem(wrong.rule, message, remedy=wrong.help)
        for rule, subject, message, remedy in () if obstacles else doubtful(ways, case, scenario):
            if (subject, message) in warned:
                continue
            if rule == "orders-nothing":
                place = stated_at(folder, "doctrine.yaml", ("classes", subject))
            else:
                hq, _, desk = subject.partition(".")
                at = ("headquarters", hq)
                place = stated_at(folder, file, (*at, "desks", desk), at, ("changes",), ("name",))
            warned[subject, message] = place.problem(rule, message, remedy=remedy, warning=True)
    return [*found.values(), *warned.values()]


def doubtful(ways: Ways, case: Case, scenario: Scenario) -> Iterable[tuple[str, str, str, str]]:
    """Yield what a study will run and hardly anybody means: rule, the desk or class, message, remedy."""
    from renkei.sim.ways import never_staffed

    for desk, asked_by in ways.desks_asked(scenario).items():
        why = never_staffed(ways.structure, desk, scenario, case.assumptions)
        if why:
            yield (
                "nobody-on-duty",
                desk,
                f"nobody is ever on duty at `{desk}`, where `{asked_by}` comes: {why} (scenario `{scenario.id}`)",
                "give the desk people and hours",
            )
    for demand in scenario.demands.values():
        decided = case.doctrine.classes[demand.decision_class]
        if demand.counted and not _settles(decided.process):
            yield (
                "orders-nothing",
                decided.id,
                f"class `{decided.id}` neither decides, agrees nor orders anything: it counts as ordered all the same",
                "add a step such as `{decide: authority}` or `{order: executors}`",
            )


def _settles(steps: Iterable[Step]) -> bool:
    """Return whether a step settles something, or has somebody work on it."""
    return any(
        step.verb not in ("mark", "wait", "posture", "inform", "fork", "chance", "fail")
        or _settles(step.then)
        or _settles(step.otherwise_steps)
        or any(_settles(branch.steps) for branch in step.branches)
        for step in steps
    )


def diff(a: Structure, b: Structure) -> Any:
    """Return the changes that turn structure ``a`` into ``b``: applied to ``a`` they give ``b``.

    Raises
    ------
    TypeError
        If one of them is no structure, such as ``case.structures["existing"]``.
    """
    for each in (a, b):
        if not isinstance(each, Structure):
            raise TypeError(f'a difference is of two structures, such as case.structures["existing"], not of {each!r}')
    from renkei.files import diff as changes_between

    return changes_between(a, b)


def new_case(folder: Path) -> list[str]:
    """Write a small commented case that runs as it stands into a new folder; return the files' paths within it."""
    template = Path(str(resources.files("renkei"))) / "templates" / "new"
    written = []
    try:
        for path in sorted(template.rglob("*.yaml")):
            relative = path.relative_to(template)
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            written.append(relative.as_posix())
    except BaseException as wrong:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(wrong, OSError) and not wrong.filename:
            raise OSError(wrong.errno, wrong.strerror, str(folder)) from wrong
        raise
    return written
