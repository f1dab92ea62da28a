"""What each command does: call the function behind it, print what it gives, and say in plain words what went wrong."""

from __future__ import annotations

import gc
import json
import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renkei.cli import CALL_WRONG, DONE, INPUT_WRONG, NOT_FINISHED
from renkei.diagnostics import InputError
from renkei.files import load_case
from renkei.model.scenario import Case
from renkei.study.inspection import NotFound, case_folder, find_structure, plain

if TYPE_CHECKING:
    from renkei.model.verdict import Choice
    from renkei.study.tracing import Path as TracedPath


LEAST_FUTURES = 20
"""Of a choice: as ``renkei.study.choosing`` needs."""


class CallError(Exception):
    """The call is wrong: what is wrong, and what would be right."""

    def __init__(self, message: str, help_text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help_text


class Unwritable(Exception):
    """The folder of results can not be made or written to."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason


def run(chosen: Namespace) -> int:
    """Run the chosen command and return its exit status."""
    commands = {
        "study": study,
        "choose": choose,
        "check": check,
        "show": show,
        "diff": diff,
        "trace": trace,
        "new": new,
        "bench": bench,
    }
    # What only looks makes a model, prints it and ends: looking for garbage would be a tenth of its time.
    collecting = gc.isenabled() and chosen.command in ("check", "show", "diff")
    if collecting:
        gc.disable()
    try:
        return commands[chosen.command](chosen)
    except CallError as wrong:
        _complain(wrong.message, wrong.help)
        return CALL_WRONG
    except NotFound as wrong:
        _complain(str(wrong))
        return CALL_WRONG
    except InputError as wrong:
        print("\n\n".join(problem.render() for problem in wrong.problems), file=sys.stderr)
        return INPUT_WRONG
    except Unwritable as wrong:
        _complain(f"results cannot be written to `{wrong.folder}`: {wrong.reason}", "choose another folder with --out")
        return NOT_FINISHED
    except MemoryError:
        _complain("there is not enough memory", "try fewer --workers; finished work is kept")
        return NOT_FINISHED
    except BrokenPipeError:
        raise
    except OSError as wrong:
        where = f" `{wrong.filename}`" if wrong.filename else ""
        _complain(f"cannot read or write{where}: {(wrong.strerror or str(wrong)).lower()}")
        return NOT_FINISHED
    finally:
        if collecting:
            gc.enable()


def _complain(message: str, help_text: str = "") -> None:
    print(f"error: {message}", file=sys.stderr)
    if help_text:
        print(f"help: {help_text}", file=sys.stderr)


def _painter() -> Any:
    """Return how text gets its style: by escape codes on a terminal, not at all elsewhere (https://no-color.org)."""
    from renkei.cli.findings import unpainted

    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return unpainted
    codes = {
        "bold": "1",
        "dim": "2",
        "work": "30;48;5;36",
        "queue": "30;48;5;214",
        "off_duty": "97;48;5;25",
        "channel": "30;48;5;117",
        "meeting": "30;48;5;227",
        "concurrence": "97;48;5;166",
        "rework": "30;48;5;175",
    }
    return lambda text, style: f"\x1b[{codes[style]}m{text}\x1b[0m" if text else text


def _print_json(value: Any) -> None:
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


# --- study


def _ids(given: list[str] | None, known: Iterable[str], kind: str) -> tuple[str, ...] | None:
    """Return the ids of a repeatable option with comma lists, each once; None where it is not given."""
    if given is None:
        return None
    names = list(known)
    chosen = [part.strip() for words in given for part in words.split(",") if part.strip()]
    if not chosen:
        raise CallError(f"--{kind} names nothing", f"give it an id: {', '.join(f'`{name}`' for name in names)}")
    for name in chosen:
        if name not in names:
            raise NotFound.among(kind, name, names)
    return tuple(dict.fromkeys(chosen))


def study(chosen: Namespace) -> int:
    """Run a study, print its table, and write its report beside its results."""
    from renkei.cli.progress import Progress

    case = load_case(case_folder(chosen.case))
    structures = _ids(chosen.structure, case.structures, "structure")
    scenarios = _ids(chosen.scenario, case.scenarios, "scenario")
    out = Path(chosen.out) if chosen.out is not None else Path("renkei-out") / case.id
    _writable(out)
    before = _content(out / "summary.json")

    from renkei.study import RunError, run_study

    try:
        with Progress() as progress:
            result = run_study(
                case,
                structures=structures,
                scenarios=scenarios,
                futures=chosen.futures,
                replications=chosen.replications,
                seed=chosen.seed,
                workers=chosen.workers,
                out=out,
                progress=progress,
            )
        if not chosen.no_report:
            from renkei.report import write_report
            from renkei.report.plotting import NotDrawn
            from renkei.study.choosing import known_choice
            from renkei.study.pictures import pictures

            try:
                write_report(
                    result.summary,
                    case,
                    out / "report.html",
                    language=chosen.lang,
                    pictures=pictures(case, result.summary),
                    choice=known_choice(case, out),
                )
            except (NotDrawn, RecursionError) as wrong:
                why = wrong if isinstance(wrong, NotDrawn) else "no report: a chain of command is too long to be drawn"
                print(f"note: {why}", file=sys.stderr)
                chosen.no_report = True
    except RunError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return NOT_FINISHED
    if chosen.no_report and _content(out / "summary.json") != before:
        _remove_report(out, "study")
    if chosen.json:
        print((out / "summary.json").read_text(encoding="utf-8"), end="")
        return DONE
    from renkei.cli.findings import study_lines
    from renkei.cli.record import cost_lines, readiness_lines, record_lines

    painter = _painter()
    for line in study_lines(result.summary, chosen.lang, painter):
        print(line)
    print()
    for more in (record_lines, readiness_lines, cost_lines):
        for line in more(result.summary, chosen.lang, painter):
            print(line)
    files = ["summary.json", "runs.parquet", "manifest.json"]
    _written(out, files if chosen.no_report else ["report.html", *files], chosen.lang)
    return DONE


def _svg(name: str) -> None:
    if not name.lower().endswith(".svg"):
        raise CallError(f"--chart writes SVG, and `{name}` is not named so", f"name it {Path(name).stem}.svg")


def _remove_report(out: Path, kind: str) -> None:
    """Remove the report of other results than those that are in the folder now."""
    if (out / "report.html").exists():
        (out / "report.html").unlink()
        print(f"the report of another {kind} in that folder was removed", file=sys.stderr)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _written(out: Path, files: list[str], language: str) -> None:
    """Say where the results are; the name of the folder is never broken in two."""
    print(f"{'結果の保存先' if language == 'ja' else 'Written to'} {out}{os.sep}:")
    print(f"  {', '.join(files)}")


# --- choose


def _found(choice: Choice, case: Case, language: str) -> Iterator[Iterable[str]]:
    """Yield the lines of each section of what a choice found; a section may have none."""
    from renkei.cli.considered import considered_lines
    from renkei.cli.interests import interest_lines
    from renkei.cli.probed import probed_lines, rare_lines
    from renkei.cli.roads import road_lines
    from renkei.cli.verdicts import choice_lines

    paint, known = _painter(), choice.analyses
    yield choice_lines(choice, language, paint)
    if "considerations" in known:
        yield considered_lines(choice, known["considerations"], case.assumptions, language, paint)
    if "stakeholders" in known:
        yield interest_lines(known["stakeholders"], choice.structures, language, paint)
    if "roadmap" in known:
        yield road_lines(known["roadmap"], choice, case, language, paint)
    if "probes" in known:
        yield probed_lines(choice, known["probes"], case.assumptions, language, paint)
    if "rare" in known:
        yield rare_lines(choice, known["rare"], language, paint)


def _asked_of_many(chosen: Namespace, structures: int) -> None:
    """Refuse what cannot be had of very many structures."""
    from renkei.analysis.selection import FEW
    from renkei.study.choosing import LEAST_OF_MANY

    if structures <= FEW or chosen.budget is not None:
        return
    fewer = f"choose between {FEW} or fewer with --structure"
    for option in ("sensitivity", "rare"):
        if getattr(chosen, option):
            raise CallError(f"--{option} begins from a whole sweep, which {structures} structures do not get", fewer)
    if chosen.futures < LEAST_OF_MANY:
        raise CallError(
            f"--futures {chosen.futures} is too few: {structures} structures are screened after {LEAST_OF_MANY}",
            f"give it {LEAST_OF_MANY} or more, or {fewer}",
        )


def choose(chosen: Namespace) -> int:
    """Choose between structures, and say how surely."""
    from renkei.cli.progress import Progress

    case = load_case(case_folder(chosen.case))
    structures = _ids(chosen.structure, case.structures, "structure")
    scenarios = _ids(chosen.scenario, case.scenarios, "scenario")
    if chosen.futures < LEAST_FUTURES:
        raise CallError(
            f"--futures {chosen.futures} is too few: one observation is the mean over ten, and a choice needs two",
            f"give it {LEAST_FUTURES} or more",
        )
    if chosen.sensitivity and (chosen.verdict_only or chosen.budget is not None or chosen.replications < 2):
        raise CallError(
            "--sensitivity begins from a whole sweep",
            "leave out --verdict-only and --budget, and give --replications 2 or more",
        )
    if chosen.rare and (chosen.verdict_only or chosen.budget is not None):
        raise CallError("--rare begins from a whole sweep", "leave out --verdict-only and --budget")
    count = len(set(structures or case.plan.structures or case.structures))
    _asked_of_many(chosen, count)
    if chosen.budget is not None:
        _budget_fits(chosen, count)
    out = Path(chosen.out) if chosen.out is not None else Path("renkei-out") / case.id
    _writable(out)

    from renkei.study import RunError, choosing

    before = _content(out / choosing.FILE)
    if chosen.cluster is not None:
        import logging

        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said here, once
    try:
        with Progress() as progress:
            result = choosing.choose(
                case,
                structures=structures,
                scenarios=scenarios,
                futures=chosen.futures,
                replications=chosen.replications,
                seed=chosen.seed,
                workers=chosen.workers,
                out=out,
                progress=progress,
                verdict_only=chosen.verdict_only,
                budget=chosen.budget,
                cluster=chosen.cluster,
                sensitivity=chosen.sensitivity,
                rare=chosen.rare,
            )
        if not chosen.no_report:
            from renkei.report import write_choice
            from renkei.study.outputs import made_of

            found = choosing.known_choice(case, out)
            assert found is not None
            of_study = made_of(case, out / "manifest.json")
            write_choice(found, case, out / "report.html", language=chosen.lang, keep=of_study)
    except RunError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return NOT_FINISHED
    if chosen.no_report and before and _content(out / choosing.FILE) != before:
        if (out / "summary.json").exists():
            print("report.html in that folder is of a study, and tells the earlier choice", file=sys.stderr)
        else:
            _remove_report(out, "choice")
    if chosen.json:
        print((out / choosing.FILE).read_text(encoding="utf-8"), end="")
        return DONE
    for section in _found(result.choice, case, chosen.lang):
        lines = list(section)
        if lines:
            print(*lines, "", sep="\n")
    files = [choosing.FILE, choosing.MANIFEST]
    _written(out, files if chosen.no_report else ["report.html", *files], chosen.lang)
    return DONE


def _budget_fits(chosen: Namespace, structures: int) -> None:
    """Refuse a budget of runs that is too small to begin with, or more than there are futures."""
    from renkei.study.choosing import budget_bounds

    if chosen.verdict_only:
        raise CallError("with --budget there is the verdict alone", "leave out --verdict-only or --budget")
    least, most = budget_bounds(structures, chosen.futures)
    if chosen.budget < least:
        raise CallError(
            f"--budget {chosen.budget} is too small: each of {structures} structures is run a hundred times at first",
            f"give {least} or more",
        )
    if chosen.budget > most:
        raise CallError(
            f"--budget {chosen.budget} is more than {chosen.futures} futures of {structures} structures",
            f"give {most} or less, or more --futures",
        )


def _writable(out: Path) -> None:
    """Make the folder of results, or say why that cannot be, before hours are spent on it."""
    if not str(out).isprintable():
        raise CallError("the name after --out is not UTF-8, or has control characters", "choose another name")
    if out.exists() and not out.is_dir():
        raise CallError(f"`{out}` is a file, and --out names a folder", "choose another name for --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".renkei-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as wrong:
        raise Unwritable(out, (wrong.strerror or str(wrong)).lower()) from wrong


# --- check


def check(chosen: Namespace) -> int:
    """Read a case, and print every problem with it."""
    from renkei.study.inspection import examine

    reading = examine(chosen.case)
    problems = reading.problems
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if chosen.json:
        _print_json(problems)
        return INPUT_WRONG if errors else DONE
    for problem in problems:
        print(problem.render(), end="\n\n")
    if errors:
        print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    else:
        print("no errors" + (f", {_count(warnings, 'warning')}" if warnings else ""))
        for name, lines in reading.literals.items():
            where = ", ".join(map(str, lines[:12])) + (", ..." if len(lines) > 12 else "")
            print(f"{name}: numbers without a source in {_count(len(lines), 'line')} ({where})")
        assert reading.case is not None
        for line in _doubtful(reading.case):
            print(line)
    return INPUT_WRONG if errors else DONE


def _doubtful(case: Case) -> Iterable[str]:
    """Yield the assumptions that have no source, and those that are marked as guesses, by name."""
    from renkei.cli.columns import wrap

    every = len(case.assumptions.assumptions)
    for what, names in (
        ("without a source", [each.id for each in case.assumptions if not each.source]),
        ("marked as guesses", [each.id for each in case.assumptions if each.guess]),
    ):
        if names:
            yield f"assumptions.yaml: {len(names)} of {_count(every, 'assumption')} {what}:"
            yield from wrap(", ".join(names), 80, "  ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# --- show, diff, new


def _one_structure(words: list[str]) -> tuple[str, str | None]:
    """Return case and structure of ``CASE``, ``CASE/STRUCTURE`` or ``CASE STRUCTURE``."""
    if len(words) == 2:
        return words[0], words[1]
    if len(words) > 2:
        raise CallError(f"too many words: {shlex.join(words)}", "write CASE or CASE/STRUCTURE")
    word = words[0].rstrip("/") or words[0]
    try:
        case_folder(word)
    except NotFound:
        case, slash, structure = word.rpartition("/")
        if slash and case:
            case_folder(case)
            return case, structure
        raise
    return word, None


def show(chosen: Namespace) -> int:
    """Show a case or a structure."""
    from renkei.cli.showing import case_lines, structure_lines
    from renkei.study.inspection import show as contents

    case_name, structure = _one_structure(chosen.what)
    if structure is None and chosen.resolved:
        raise CallError("--resolved shows a structure", f"name one: renkei show {case_name}/STRUCTURE --resolved")
    if structure is None and chosen.on:
        raise CallError("--on shows a structure", f"name one: renkei show {case_name}/STRUCTURE --on {chosen.on}")
    case = load_case(case_folder(case_name))
    if chosen.chart is not None:
        if structure is None:
            raise CallError(
                "--chart draws a structure", f"name one: renkei show {case_name}/STRUCTURE --chart FILE.svg"
            )
        _svg(chosen.chart)
        from renkei.report.alone import organisation_chart, write
        from renkei.study.inspection import as_of

        drawn = as_of(case_name, structure, chosen.on) if chosen.on else find_structure(case, structure)
        write(organisation_chart(drawn, case.structures.get(case.plan.base), chosen.lang), Path(chosen.chart))
        print(f"図の保存先 {chosen.chart}" if chosen.lang == "ja" else f"Written to {chosen.chart}")
        return DONE
    if structure is not None and chosen.on:
        return _show_as_of(case, case_name, structure, chosen)
    if chosen.json:
        _print_json(contents(case, structure))
        return DONE
    if structure is None:
        lines: Iterable[str] = case_lines(case, chosen.lang)
    elif chosen.resolved:
        print(contents(case, structure, resolved=True), end="")
        return DONE
    else:
        lines = structure_lines(find_structure(case, structure), case, chosen.lang)
    for line in lines:
        print(line)
    return DONE


def _show_as_of(case: Case, case_name: str, structure: str, chosen: Namespace) -> int:
    """Show a structure as of a date, and who could decide what that day."""
    from renkei.cli.holders import holder_lines
    from renkei.study.inspection import as_of

    find_structure(case, structure)
    found = as_of(case_name, structure, chosen.on)
    if chosen.json:
        _print_json(found)
    elif chosen.resolved:
        from renkei.files import to_yaml

        print(to_yaml(found), end="")
    else:
        for line in holder_lines(found, case, chosen.on, chosen.lang, _painter()):
            print(line)
    return DONE


def diff(chosen: Namespace) -> int:
    """Print the changes that turn one structure into another."""
    from renkei.files import diff as changes_between

    words = list(chosen.what)
    if len(words) == 3:
        words = [f"{words[0]}/{words[1]}", words[2]]
    if len(words) != 2:
        raise CallError("diff compares two structures", "write renkei diff CASE/A B")
    case_a, a = _one_structure([words[0]])
    if a is None:
        raise CallError(f"`{words[0]}` is a case, not a structure", f"write {words[0]}/STRUCTURE")
    first = load_case(case_folder(case_a))
    if "/" in words[1]:
        case_b, b = _one_structure([words[1]])
        if b is None:
            raise CallError(f"`{words[1]}` is a case, not a structure", f"write {words[1]}/STRUCTURE")
        second = load_case(case_folder(case_b))
    else:
        second, b = first, words[1]
    changes = changes_between(find_structure(first, a), find_structure(second, b))
    if chosen.json:
        _print_json(changes)
        return DONE
    from renkei.cli.showing import change_lines

    for line in change_lines(changes):
        print(line)
    return DONE


def new(chosen: Namespace) -> int:
    """Write a small commented case."""
    from renkei.study.inspection import new_case, packaged_cases

    folder = Path(chosen.name)
    if folder.exists():
        raise CallError(f"`{chosen.name}` exists already", "choose another name, or remove it first")
    if chosen.name in packaged_cases():
        raise CallError(f"`{chosen.name}` is the name of a packaged case", "choose another name")
    written = new_case(folder)
    print(f"made {folder}{os.sep}: {', '.join(written)}")
    quoted = shlex.quote(chosen.name if os.sep in chosen.name else f"./{chosen.name}")
    print(f"run it with: renkei study {quoted}")
    print(f"choose with: renkei choose {quoted}")
    return DONE


def bench(chosen: Namespace) -> int:
    """Run the benchmark."""
    from renkei.cli.benching import bench as measured

    return measured(chosen)


# --- trace


def trace(chosen: Namespace) -> int:
    """Follow one decision."""
    if len(chosen.what) not in (2, 3):
        raise CallError("trace needs a structure and a scenario", "write renkei trace CASE/STRUCTURE SCENARIO")
    case_name, structure = _one_structure(chosen.what[:-1])
    if structure is None and chosen.what[-1] in (known := load_case(case_folder(case_name))).structures:
        scenarios = ", ".join(f"`{name}`" for name in known.scenarios)
        raise CallError(
            "trace needs a scenario", f"write renkei trace {case_name}/{chosen.what[-1]} SCENARIO: one of {scenarios}"
        )
    if structure is None:
        raise CallError(
            f"`{case_name}` is a case, not a structure", f"write renkei trace {case_name}/STRUCTURE {chosen.what[-1]}"
        )
    case: Case = load_case(case_folder(case_name))
    from renkei.sim.compiler import CompileError

    try:
        path = _path(case, structure, chosen)
    except CompileError as wrong:
        _complain(str(wrong), wrong.help)
        return INPUT_WRONG
    if path.truncated:
        print(
            f"note: the run was cut off at {case.plan.events_per_run:,} events (`events_per_run` in study.yaml)",
            file=sys.stderr,
        )
    if chosen.chart is not None:
        _svg(chosen.chart)
        from renkei.report.alone import way_chart, write
        from renkei.study.pictures import way_of

        scenario = case.scenarios[path.scenario]
        way = way_of(
            path, find_structure(case, path.structure, scenario), scenario, typical=chosen.decision == "median"
        )
        write(way_chart(way, chosen.lang), Path(chosen.chart))
        print(f"図の保存先 {chosen.chart}" if chosen.lang == "ja" else f"Written to {chosen.chart}")
        return DONE
    if chosen.json:
        _print_json(path)
        return DONE
    from renkei.cli.showing import path_lines

    for line in path_lines(path, case, chosen.lang, _painter()):
        print(line)
    return DONE


def _path(case: Case, structure: str, chosen: Namespace) -> TracedPath:
    from renkei.study.tracing import trace as path_of

    return path_of(
        case,
        structure,
        chosen.what[-1],
        decision_class=chosen.decision_class,
        decision=chosen.decision,
        future=chosen.future,
        replication=chosen.replication,
        seed=chosen.seed,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
