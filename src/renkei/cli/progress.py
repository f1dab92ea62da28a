"""How far a study is, on standard error: a bar on a terminal, plain lines in a file."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from renkei.report.wording import duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINE_EVERY_S = 10.0
"""Between plain lines: often enough to see life, seldom enough for a log."""


class Progress:
    """Told by a study what it does (:meth:`say`) and how many runs of how many are done (calling it).

    The time left is that of the runs done in this session, so that a resumed study is not taken to be fast.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._began_s: float | None = None
        self._began_at = 0
        self._said_s = 0.0

    def __enter__(self) -> Self:
        """Begin: nothing is shown before there is something to show."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def say(self, text: str) -> None:
        """Show a line: what the study does now."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            print(text, file=self.stream, flush=True)

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` runs are done."""
        now_s = time.monotonic()
        if self._began_s is None:
            self._began_s, self._began_at, self._said_s = now_s, done, now_s
        if self.stream.isatty():
            self._draw(done, total)
        elif now_s - self._said_s >= LINE_EVERY_S and done < total:
            self._said_s = now_s
            print(f"{done} of {total} runs, {self._left(done, total, now_s)}", file=self.stream, flush=True)

    def _left(self, done: int, total: int, now_s: float) -> str:
        assert self._began_s is not None
        fresh = done - self._began_at
        if fresh <= 0:
            return "time left not known yet"
        return f"about {duration((now_s - self._began_s) / fresh * (total - done))} left"

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("running"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("runs,"),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=Console(file=self.stream),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("runs", total=total, completed=done)
        assert self._task is not None
        self._bar.update(self._task, completed=done, total=total)
