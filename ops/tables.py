"""Tables that fit 80 columns."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str], width: int | None = None) -> str:
    """Rows under their column names; the last column takes what is left, and is cut with an ellipsis."""
    most = width or min(shutil.get_terminal_size((80, 24)).columns, 160)
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    while sum(widths) + 2 * (len(widths) - 1) > most and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    lines = [list(columns), *cells]
    return "\n".join(
        "  ".join(_cut(cell, size).ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _text(value: Any) -> str:
    return "-" if value is None or value == "" else " ".join(str(value).split())


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"
