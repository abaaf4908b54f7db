"""What the reader sees: headings, sentences, tables of 80 columns and check marks, coloured on a terminal only."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from typing import TextIO

WIDTH = 80
BOLD, GREEN, RED, GREY = "1", "32", "31", "90"


class Screen:
    """Prints the story and remembers which checks failed."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._coloured = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._steps = 0
        self.checks = 0
        self.failed: list[str] = []

    def title(self, text: str) -> None:
        self._line(self._in(BOLD, text))
        self._line(self._in(BOLD, "=" * len(text)))

    def step(self, sentence: str) -> None:
        """A heading, numbered."""
        self._steps += 1
        head = textwrap.fill(f"{self._steps}. {sentence}", WIDTH, subsequent_indent="   ")
        self._line("\n" + self._in(BOLD, head))

    def say(self, text: str) -> None:
        self._line(textwrap.fill(text, WIDTH, initial_indent="   ", subsequent_indent="   "))

    def aside(self, text: str) -> None:
        """A quotation: what a command printed, or what one could type."""
        for line in text.splitlines():
            indent = "       " if len(line) > WIDTH - 5 else "     "
            wrapped = textwrap.fill(line, WIDTH, initial_indent="     ", subsequent_indent=indent)
            self._line(self._in(GREY, wrapped) if wrapped else "")

    def check(self, holds: bool, text: str, found: object = None) -> bool:
        """A claim with its mark; `found` is shown where it does not hold."""
        self.checks += 1
        mark = self._in(GREEN, "✓") if holds else self._in(RED, "✗")
        wrapped = textwrap.fill(text, WIDTH, initial_indent="   ~ ", subsequent_indent="     ")
        self._line(wrapped.replace("~", mark, 1))
        if not holds:
            self.failed.append(text)
            if found is not None:
                self.aside(f"found: {found}")
        return holds

    def pairs(self, heads: tuple[str, str, str], rows: Sequence[tuple[str, str, str]]) -> None:
        """HubSpot on the left, QuickBooks on the right, and what is between them."""
        self._line("")
        self._line(self._in(GREY, _row(heads)))
        for row in rows:
            self._line(_row(row))
        self._line("")

    def end(self) -> int:
        """The verdict; returns the exit code."""
        if not self.failed:
            self._line("\n" + self._in(GREEN, f"All {self.checks} checks held."))
            return 0
        self._line("\n" + self._in(RED, f"{len(self.failed)} of {self.checks} checks failed:"))
        for text in self.failed:
            self.aside(f"✗ {text}")
        return 1

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def _row(cells: tuple[str, str, str]) -> str:
    widths = (37, 8, 31)
    return "  ".join(_cut(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"
