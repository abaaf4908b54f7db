"""A progress bar on a terminal, for work that may take long.

    with progress.bar("export", hidden=given.json) as shown:
        for done, row in enumerate(rows, 1):
            shown.to(done)

It is drawn to standard error, and only where that is a terminal; elsewhere, and with `--json`, nothing is drawn. So it
never mixes with what a command answers.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

REDRAW_S = 0.1  # a hundred thousand steps are not a hundred thousand writes to a terminal
BAR_MAX = 30
CLEAR = "\r\x1b[K"


@dataclass
class Bar:
    """How far one piece of work is. `total` is None as long as nobody knows how much there is."""

    label: str
    total: int | None = None
    stream: TextIO | None = None  # None draws nothing
    now: Callable[[], float] = time.monotonic
    width: int = 80
    _drawn_at: float | None = field(default=None, init=False)

    def to(self, done: int, total: int | None = None) -> None:
        """So much is done; `total` where it has become known, or has changed."""
        if total is not None:
            self.total = total
        if self.stream is None or not self._is_time(done):
            return
        self._drawn_at = self.now()
        self.stream.write(CLEAR + line(self.label, done, self.total, self.width))
        self.stream.flush()

    def close(self) -> None:
        """Take the bar away, so that the answer stands where it was."""
        if self.stream is not None and self._drawn_at is not None:
            self.stream.write(CLEAR)
            self.stream.flush()

    def _is_time(self, done: int) -> bool:
        return self._drawn_at is None or done == self.total or self.now() - self._drawn_at >= REDRAW_S


@contextlib.contextmanager
def bar(label: str, total: int | None = None, *, hidden: bool = False) -> Iterator[Bar]:
    """A bar for the time of one piece of work. `hidden` is for `--json`."""
    drawn = Bar(
        label,
        total,
        stream=sys.stderr if not hidden and sys.stderr.isatty() else None,
        width=shutil.get_terminal_size((80, 24)).columns,
    )
    try:
        yield drawn
    finally:
        drawn.close()


def line(label: str, done: int, total: int | None, width: int = 80) -> str:
    """`export  [#######.......]  45%  45,000 of 100,000`, no wider than `width` - 1; a count alone where there is no
    total. A total that turns out too small is raised to what is done.
    """
    if total is None:
        return f"{label}  {done:,}"[: width - 1]
    whole = max(total, done)
    share = done / whole if whole else 1.0
    ends = f"{label}  [", f"]  {int(share * 100):3d}%  {done:,} of {whole:,}"
    size = min(BAR_MAX, width - 1 - len(ends[0]) - len(ends[1]))
    if size < 4:
        return f"{label}  {done:,} of {whole:,}"[: width - 1]
    filled = int(share * size)
    return f"{ends[0]}{'#' * filled}{'.' * (size - filled)}{ends[1]}"
