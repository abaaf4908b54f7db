"""Tables that fit 80 columns."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

WHOLE = frozenset({"connection", "state"})
LEAST = 8


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str], width: int | None = None) -> str:
    """Rows under their column names; the widest are cut with an ellipsis, but for names that people must copy."""
    most = width or min(shutil.get_terminal_size((80, 24)).columns, 160)
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    while sum(widths) + 2 * (len(widths) - 1) > most:
        cut = [i for i, name in enumerate(columns) if name not in WHOLE and widths[i] > LEAST]
        if not cut:
            break
        widths[max(cut, key=lambda i: widths[i])] -= 1
    lines = [list(columns), *cells]
    return "\n".join(
        "  ".join(_cut(cell, size).ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _text(value: Any) -> str:
    return "-" if value is None or value == "" else " ".join(str(value).split())


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"
