"""The command line: ``renkei study``, ``check``, ``show``, ``diff``, ``trace`` and ``new``.

Nothing heavy is imported before a command needs it: ``renkei --help`` loads argparse and no more, ``renkei check`` the
readers of files, and only ``study`` and ``trace`` load the engine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

DONE, INPUT_WRONG, CALL_WRONG, NOT_FINISHED, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: done; 1: the input is wrong; 2: the call is wrong; 3: the run could not finish; 130: interrupted.
    """
    # A study uses all cores by itself. Linear algebra with threads of its own takes 30 times as long for the equations
    # of the loads (6.3 s of 12 s of a study's work, against 0.2 s): its threads spin while they wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        _streams()
        status = _command(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain again when it flushes at exit.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return DONE
    except KeyboardInterrupt:
        print(f"interrupted{GOES_ON if _resumes(argv) else ''}", file=sys.stderr)
        return INTERRUPTED
    return status


def _streams() -> None:
    # A stream that the caller closed takes what is printed all the same; the library that draws wants an input too.
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # A terminal that cannot show a character shows a question mark, never a traceback.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


GOES_ON = "; the same command goes on from where it was"


def _resumes(argv: Sequence[str] | None) -> bool:
    """Return whether a command keeps what it has done."""
    return bool({"study", "choose"} & set((sys.argv[1:] if argv is None else argv)[:1]))


def _command(argv: Sequence[str] | None) -> int:
    from renkei import __version__
    from renkei.cli.arguments import called

    try:
        arguments, chosen = called(__version__, sys.argv[1:] if argv is None else argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else CALL_WRONG
    if chosen.command is None:
        arguments.print_help()
        return CALL_WRONG
    from renkei.cli import commands

    return commands.run(chosen)
