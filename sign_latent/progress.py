"""How far something is, on one line: a bar on a terminal, and plain lines where stderr is a file or a pipe."""

import sys
import time
from collections.abc import Mapping
from typing import Any

_SHARE = 0.05
"""Of the whole, between two plain lines."""
_PAUSE = 2.0
"""Seconds between two plain lines at least, so that what is quick stays quiet."""


class Progress:
    """Counts to ``total``; shows name, count, rate, remaining time and whatever figures were given last.

    Nothing is shown where ``shown`` is false, as on all processes of a training but the first.
    """

    def __init__(self, name: str, total: int, start: int = 0, unit: str = "steps", shown: bool = True) -> None:
        self.name, self.total, self.start, self.done, self.unit = name, total, start, start, unit
        self.figures: dict[str, str] = {}
        self._began = self._last = time.monotonic()
        self._due = start + _SHARE * total
        self._plain = shown and not sys.stderr.isatty()
        self._bar = _bar(name, total, start, unit) if shown and not self._plain else None

    def advance(self, count: int = 1, figures: Mapping[str, float] | None = None) -> None:
        """``count`` more are done; ``figures`` replace those shown."""
        self.done += count
        if figures is not None:
            self.figures = {name: f"{value:.3g}" for name, value in figures.items()}
        if self._bar is not None:
            self._bar.set_postfix(self.figures, refresh=False)
            self._bar.update(count)
        elif self._plain and self._is_due():
            self._due, self._last = self.done + _SHARE * self.total, time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def line(self) -> str:
        """The plain line: ``name: 50/1000 steps, 12.5/s, 01:16 left, loss 0.123``."""
        from tqdm import tqdm

        rate = (self.done - self.start) / max(1e-9, time.monotonic() - self._began)
        left = tqdm.format_interval((self.total - self.done) / rate) if rate else "?"
        figures = [f"{name} {value}" for name, value in self.figures.items()]
        return ", ".join(
            [f"{self.name}: {self.done}/{self.total} {self.unit}", f"{rate:.3g}/s", f"{left} left", *figures]
        )

    def close(self) -> None:
        """Ends the bar's line; the bar stays in sight."""
        if self._bar is not None:
            self._bar.close()

    def _is_due(self) -> bool:
        now, ended = time.monotonic(), self.done >= self.total
        return now - (self._began if ended else self._last) >= _PAUSE and (ended or self.done >= self._due)


def _bar(name: str, total: int, start: int, unit: str) -> Any:
    from tqdm import tqdm

    return tqdm(desc=name, total=total, initial=start, unit=f" {unit}", dynamic_ncols=True)
