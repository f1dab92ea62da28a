"""``renkei bench``: run the benchmark, and print what it found."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from renkei.bench import BenchError, run_bench
from renkei.bench.report import markdown
from renkei.cli import CALL_WRONG, DONE, NOT_FINISHED


def bench(chosen: Namespace) -> int:
    """Run the benchmark. Status 3 where the engines' means do not agree with what is known."""
    try:
        report = run_bench(
            what=_listed(chosen.what) or ("models",),
            models=_listed(chosen.model),
            peers=_listed(chosen.peers),
            quick=chosen.quick,
            rounds=chosen.rounds,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except BenchError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return CALL_WRONG
    if chosen.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        for line in markdown(report):
            print(line)
    if not report.agrees:
        strays = {name for result in report.models for name in result.strays}
        print(f"error: the means of {', '.join(sorted(strays))} do not agree with what is known", file=sys.stderr)
        return NOT_FINISHED
    return DONE


def _listed(given: list[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    return tuple(part.strip() for words in given for part in words.split(",") if part.strip())
