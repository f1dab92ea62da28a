"""The grammar of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

DESCRIPTION = "Design, simulate and compare command-and-coordination structures."

EPILOGUE = """\
CASE is the name of a packaged case (alliance) or the path of a folder
(./my-case). A structure is written CASE/STRUCTURE (alliance/existing);
CASE STRUCTURE means the same.

Exit status: 0 done; 1 the input is wrong; 2 the call is wrong; 3 the run could
not finish (it can be resumed by the same command); 130 interrupted (likewise).
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong first, then where help is; ends with status 2."""

    def __init__(self, **settings: Any) -> None:
        self.words: list[str] = []
        """Its options; of the whole program, its commands."""
        super().__init__(**settings)

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """Add an argument, and note the name of an option."""
        self.words += [name for name in names if name.startswith("--")]
        return super().add_argument(*names, **settings)

    def refuse(self, word: str, what: str) -> NoReturn:
        """End the program because it knows no such word; name the one that may be meant."""
        import difflib  # not loaded for --help

        close = difflib.get_close_matches(word, self.words, n=1)
        meant = f"did you mean `{close[0]}`? " if close else ""
        self.exit(2, f"error: there is no {what} `{word}`\nhelp: {meant}`{self.prog} --help` shows how it is called\n")

    def error(self, message: str) -> NoReturn:
        """End the program with a sentence in place of a usage block."""
        self.exit(2, f"error: {message}\nhelp: `{self.prog} --help` shows how it is called\n")


def whole(text: str) -> int:
    """Return a whole number above 0."""
    number = _integer(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is too small: it must be 1 or more")
    from renkei.study.inspection import MOST_RUNS  # not loaded for --help

    if number > MOST_RUNS:
        raise argparse.ArgumentTypeError(f"`{text}` is too much: it must be {MOST_RUNS:,} or less")
    return number


def ordinal(text: str) -> int:
    """Return a whole number from 0."""
    number = _integer(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"`{text}` is too small: it must be 0 or more")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number") from None


def iso_date(text: str) -> str:
    """Return a date as ISO text."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a date: write year, month and day, as 2011-03-20") from None


def which_decision(text: str) -> int | str:
    """Return ``median``, ``slowest`` or the number of a decision."""
    if text in ("median", "slowest"):
        return text
    try:
        return ordinal(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"`{text}` is not a decision: say `median`, `slowest` or a number from 0"
        ) from None


def called(version: str, argv: Sequence[str]) -> tuple[Parser, argparse.Namespace]:
    """Return the parser of the whole program, and what a call says.

    Raises
    ------
    SystemExit
        If the call is wrong, or asks for help alone.
    """
    top, commands = parsers(version)
    top.words += commands
    if argv and not argv[0].startswith("-") and argv[0] not in commands:
        top.refuse(argv[0], "command")
    chosen, unknown = top.parse_known_args(argv)
    command = commands.get(chosen.command, top)
    if unknown and unknown[0].startswith("-"):
        command.refuse(unknown[0].partition("=")[0], "option")
    if unknown:
        command.error(f"`{unknown[0]}` is one word too many")
    return top, chosen


def parsers(version: str) -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of the whole program, and that of each command."""
    raw = argparse.RawDescriptionHelpFormatter
    top = Parser(prog="renkei", description=DESCRIPTION, epilog=EPILOGUE, formatter_class=raw, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"renkei {version}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)

    study = commands.add_parser(
        "study",
        help="run every structure under every scenario, and say which is better, by how much, and why",
        formatter_class=raw,
        allow_abbrev=False,
        description="Run every structure of a case under every scenario, and say which is better,\n"
        "by how much, and why.",
        epilog="example: renkei study alliance --structure existing,co-located --scenario daily",
    )
    study.add_argument("case", metavar="CASE", help="a packaged case or a folder")
    study.add_argument(
        "--structure", action="append", metavar="ID[,ID]", help="only these structures (may be repeated)"
    )
    study.add_argument("--scenario", action="append", metavar="ID[,ID]", help="only these scenarios (may be repeated)")
    study.add_argument(
        "--futures", type=whole, metavar="N", help="draws of the uncertain assumptions (default: the case's)"
    )
    study.add_argument("--replications", type=whole, metavar="N", help="runs within each future (default: the case's)")
    study.add_argument("--seed", type=ordinal, metavar="N", help="seed of all chance (default: the case's)")
    _workers(study)
    study.add_argument("--out", metavar="DIR", help="where results go (default: renkei-out/CASE)")
    study.add_argument("--no-report", action="store_true", help="leave out report.html")
    study.add_argument("--json", action="store_true", help="print summary.json in place of the table")
    _language(study)

    choose = commands.add_parser(
        "choose",
        help="say which structure to choose, how surely, and what that rests on",
        formatter_class=raw,
        allow_abbrev=False,
        description="Say which structure to choose in each scenario, with a guaranteed probability of\nbeing right.",
        epilog="example: renkei choose alliance --scenario daily,tohoku-2011",
    )
    choose.add_argument("case", metavar="CASE", help="a packaged case or a folder")
    choose.add_argument(
        "--structure", action="append", metavar="ID[,ID]", help="only between these structures (may be repeated)"
    )
    choose.add_argument(
        "--scenario", action="append", metavar="ID[,ID]", help="only for these scenarios (may be repeated)"
    )
    choose.add_argument(
        "--futures", type=whole, default=1000, metavar="N", help="draws of the uncertain assumptions (default: 1000)"
    )
    choose.add_argument("--replications", type=whole, default=2, metavar="N", help="runs within each (default: 2)")
    choose.add_argument("--seed", type=ordinal, metavar="N", help="seed of all chance (default: the case's)")
    _workers(choose)
    choose.add_argument("--cluster", metavar="ADDRESS", help="let the Dask cluster at this address do the work")
    choose.add_argument(
        "--verdict-only", action="store_true", help="stop as soon as every verdict has the certainty asked for"
    )
    choose.add_argument(
        "--budget",
        type=whole,
        metavar="RUNS",
        help="spend so many runs on each scenario, where they tell most; nothing is guaranteed then",
    )
    choose.add_argument(
        "--sensitivity",
        action="store_true",
        help="run further, at chosen assumptions: what the difference depends on, and exactly where it flips",
    )
    choose.add_argument("--out", metavar="DIR", help="where results go (default: renkei-out/CASE)")
    choose.add_argument(
        "--rare", action="store_true", help="where hardly a deadline was missed, say by splitting how rarely one is"
    )
    choose.add_argument("--no-report", action="store_true", help="leave out report.html")
    choose.add_argument("--json", action="store_true", help="print choice.json in place of the verdicts")
    _language(choose)

    check = commands.add_parser(
        "check", help="read a case and name everything that is wrong with it", allow_abbrev=False
    )
    check.add_argument("case", metavar="CASE", help="a packaged case or a folder")
    check.add_argument("--json", action="store_true", help="print the problems as JSON")

    show = commands.add_parser(
        "show",
        help="show what is in a case, or in one of its structures",
        allow_abbrev=False,
        formatter_class=raw,
        epilog="examples: renkei show alliance\n          renkei show alliance/existing --resolved\n"
        "          renkei show alliance/existing --on 2011-03-20",
    )
    show.add_argument("what", nargs="+", metavar="CASE[/STRUCTURE]", help="a case, or a structure of it")
    show.add_argument(
        "--resolved", action="store_true", help="print the structure as a file in which everything is explicit"
    )
    show.add_argument(
        "--on",
        type=iso_date,
        metavar="DATE",
        help="the structure as of a date (2011-03-20), with its phases, and who may decide what that day",
    )
    show.add_argument("--json", action="store_true", help="print it as JSON")
    show.add_argument("--chart", metavar="FILE.svg", help="write the structure's organisation chart")
    _language(show)

    diff = commands.add_parser(
        "diff",
        help="print the changes that turn structure A into structure B",
        allow_abbrev=False,
        formatter_class=raw,
        epilog="example: renkei diff alliance/existing usfj-upgraded",
    )
    diff.add_argument(
        "what", nargs="+", metavar="CASE/A B", help="two structures; the second may be of another case (CASE/B)"
    )
    diff.add_argument("--json", action="store_true", help="print the changes as JSON")

    trace = commands.add_parser(
        "trace",
        help="follow one decision step by step, with the cause of every wait",
        allow_abbrev=False,
        formatter_class=raw,
        epilog="example: renkei trace alliance/existing tohoku-2011 --decision slowest",
    )
    trace.add_argument(
        "what", nargs="+", metavar="CASE/STRUCTURE SCENARIO", help="a structure, and a scenario of its case"
    )
    trace.add_argument(
        "--class", dest="decision_class", metavar="ID", help="the class of decision (default: the scenario's headline)"
    )
    trace.add_argument(
        "--decision",
        type=which_decision,
        default="median",
        metavar="WHICH",
        help="median (default), slowest, or its number in the run",
    )
    trace.add_argument("--future", type=ordinal, default=0, metavar="N", help="the future (default: 0)")
    trace.add_argument("--replication", type=ordinal, default=0, metavar="N", help="the replication (default: 0)")
    trace.add_argument("--seed", type=ordinal, metavar="N", help="the study's seed (default: the case's)")
    trace.add_argument("--json", action="store_true", help="print it as JSON")
    trace.add_argument("--chart", metavar="FILE.svg", help="write the decision's way as a picture")
    _language(trace)

    bench = commands.add_parser(
        "bench",
        help="measure renkei on this machine, beside other simulators",
        allow_abbrev=False,
        formatter_class=raw,
        description="Measure renkei on this machine, beside other simulators. Those that are not\n"
        "there yet are installed, each into an environment of its own in the user's cache.",
        epilog="examples: renkei bench --quick --json\n          renkei bench --what start,memory",
    )
    bench.add_argument("--quick", action="store_true", help="three short rounds, SimPy alone: under 50 seconds")
    bench.add_argument(
        "--what",
        action="append",
        metavar="PART[,PART]",
        help="models (default), start, memory, threads, sweep, trace, desks, growth, queue, alliance, or all",
    )
    bench.add_argument("--model", action="append", metavar="ID[,ID]", help="only these models: A, B, C, C0, D")
    bench.add_argument(
        "--peers",
        action="append",
        metavar="NAME[,NAME]",
        help="beside these: simpy, cimba, c (by hand), ciw, salabim, prosimos, or all (default: the first three)",
    )
    bench.add_argument("--rounds", type=whole, metavar="N", help="every engine runs once in each (default: 5)")
    bench.add_argument("--json", action="store_true", help="print it as JSON (renkei/schemas/bench.schema.json)")

    new = commands.add_parser("new", help="write a small commented case that runs as it stands", allow_abbrev=False)
    new.add_argument("name", metavar="NAME", help="name of the folder to make")
    return top, commands.choices


def _workers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workers",
        type=whole,
        metavar="N",
        help="how many work at once (default: one for each core); results do not depend on it",
    )


def _language(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of what is printed (default: en)")
