"""Write the run in docs/benchmarks.md: `make bench`. What is told to it is told to `renkei bench`, too.

python tools/benchmarks_page.py                       everything, beside every peer: about a quarter of an hour
python tools/benchmarks_page.py --quick --peers simpy
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from renkei.bench import WHAT, run_bench
from renkei.bench.report import markdown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

RUN = "## A run\n\n"
"""What stands above this line in the page is written by hand, and kept."""


def main() -> int:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--what", default="all", help=f"parts of: {', '.join(WHAT)}")
    parser.add_argument("--peers", default="all")
    parser.add_argument("--rounds", type=int)
    chosen = parser.parse_args()
    report = run_bench(
        what=chosen.what.split(","),
        peers=chosen.peers.split(","),
        quick=chosen.quick,
        rounds=chosen.rounds,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    words, _, _ = PAGE.read_text(encoding="utf-8").partition(RUN)
    PAGE.write_text(words + RUN + "\n".join(markdown(report)) + "\n", encoding="utf-8")
    print(f"written: {PAGE}", file=sys.stderr)
    return 0 if report.agrees else 3


if __name__ == "__main__":
    sys.exit(main())
