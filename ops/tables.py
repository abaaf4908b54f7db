"""Tables that fit 80 columns."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ops.screen import JOINERS

WHOLE = frozenset({"connection", "state"})
LEAST = 8
TIGHT = 3  # where a screen is too narrow for so many columns
MEASURED = 500  # rows whose cells decide the widths; the others are cut to them


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str], width: int | None = None) -> str:
    """Rows under their column names; the widest are cut with an ellipsis, but for names that people must copy."""
    return "\n".join(lines(rows, columns, width))


def lines(rows: Iterable[dict[str, Any]], columns: Sequence[str], width: int | None = None) -> Iterator[str]:
    """The same line by line, for any number of rows."""
    most = width or min(shutil.get_terminal_size((80, 24)).columns, 160)
    every = ([_text(row.get(name)) for name in columns] for row in rows)
    head = [list(columns), *islice(every, MEASURED)]
    widths = _fitting([max(_width(line[i]) for line in head) for i in range(len(columns))], columns, most)
    for line in chain(head, every):
        yield "  ".join(_sized(cell, size) for cell, size in zip(line, widths, strict=True)).rstrip()


def _fitting(widths: list[int], columns: Sequence[str], most: int) -> list[int]:
    """Narrow the widest columns: first those that may be cut, then further than reads well, then the names too."""
    for least, spared in ((LEAST, WHOLE), (TIGHT, WHOLE), (TIGHT, frozenset[str]())):
        while sum(widths) + 2 * (len(widths) - 1) > most:
            cut = [i for i, name in enumerate(columns) if name not in spared and widths[i] > least]
            if not cut:
                break
            widths[max(cut, key=lambda i: widths[i])] -= 1
    return widths


def _text(value: Any) -> str:
    """A value on one line. What a terminal would obey instead of showing it is replaced: names come from strangers."""
    if value is None or value == "":
        return "-"
    return "".join(c if c.isprintable() or c in JOINERS else "\ufffd" for c in " ".join(str(value).split()))


def _sized(text: str, size: int) -> str:
    if _width(text) > size:
        kept, used = "", 0
        for char in text:
            used += _width(char)
            if used > size - 1:
                break
            kept += char
        text = kept + "…"
    return text + " " * (size - _width(text))


def _width(text: str) -> int:
    """Columns on the screen: two for East Asian characters and emoji, none for marks on top of others."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) or c in JOINERS else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
