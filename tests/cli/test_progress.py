import io

import pytest

from renkei.cli.progress import Progress


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_plain_lines_with_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file: a line every ten seconds, and the time left of the runs done in this session only."""
    clock = Clock()
    monkeypatch.setattr("renkei.cli.progress.time.monotonic", clock)
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.say("compiling")
        progress(600, 1000)  # resumed: these were done before
        for done in range(601, 1001):
            clock.now += 0.125
            progress(done, 1000)
    said = stream.getvalue().splitlines()
    assert said[0] == "compiling"
    assert said[1] == "680 of 1000 runs, about 40 s left"
    assert len(said) == 5


def test_a_terminal_gets_a_bar_and_is_left_clean() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            """Say that somebody looks."""
            return True

    stream = Terminal()
    with Progress(stream) as progress:
        progress(1, 10)
        progress.say("still here")
        progress(10, 10)
    assert "still here" in stream.getvalue()
