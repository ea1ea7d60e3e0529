"""Laws of progress: a terminal sees a bar, a file a few whole lines, and what is quick stays quiet."""

import io
import sys

import pytest

from sign_latent import progress
from sign_latent.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves when told to."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def counted(clock, total, seconds, start=0, **more):
    shown = Progress("work", total, start=start, **more)
    for i in range(start, total):
        clock[0] += seconds
        shown.advance(figures={"loss": 1 / (i + 1)} if i % 10 == 0 else None)
    shown.close()


def test_a_file_gets_a_line_every_twentieth_with_all_that_matters(clock, capsys):
    counted(clock, total=1000, seconds=0.5)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[0] == "work: 50/1000 steps, 2/s, 07:55 left, loss 0.0244"
    assert lines[-1] == "work: 1000/1000 steps, 2/s, 00:00 left, loss 0.00101"


def test_a_resumed_count_begins_where_it_stopped(clock, capsys):
    counted(clock, total=1000, seconds=1, start=900)
    assert capsys.readouterr().err.splitlines()[0] == "work: 950/1000 steps, 1/s, 00:50 left, loss 0.00106"


def test_what_is_quick_or_not_the_first_process_stays_quiet(clock, capsys):
    counted(clock, total=100, seconds=0.01)
    counted(clock, total=100, seconds=10, shown=False)
    assert capsys.readouterr().err == ""


def test_a_terminal_sees_one_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    shown = Progress("work", 40, start=10)
    shown.advance(30, {"loss": 0.1234})
    shown.close()
    assert terminal.getvalue().count("\n") == 1
    last = terminal.getvalue().rstrip("\n").split("\r")[-1]
    assert all(part in last for part in ("work: 100%", "40/40", "steps/s", "loss=0.123")), last
