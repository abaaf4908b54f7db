"""Rows of text into a CSV or an XLSX file, one row in memory at a time.

What a spreadsheet would take for a formula is made harmless: names in an export come from strangers' web forms.
"""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell must not begin with
CELL_MAX = 32_767  # characters of a cell, in Excel
ROWS_MAX = 1_048_576  # rows of a sheet, the header among them
WIDTHS = {"name": 28, "message": 60, "fix": 60, "connection": 28, "changed_at": 30}  # in characters; others 16

Row = Sequence[str]


class TooLong(Exception):  # noqa: N818
    """More rows than the format can hold."""


def cell(value: Any) -> str:
    """A value as the text of a cell: guarded, printable, and with one kind of line end."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA):
        text = f"'{text}"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if _is_storable(c) else "\ufffd" for c in text)


def _is_storable(char: str) -> bool:
    """Whether XML can hold it: no control characters, no halves of a surrogate pair."""
    return char in "\n\t" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"


def write(path: Path, header: Row, rows: Iterable[Row]) -> int:
    """Write a table, by the end of its name; how many rows it has. Nothing is at `path` until all of it is there.

    Readable by its owner only. Raises OSError, and `TooLong`.
    """
    with _whole_or_nothing(path) as draft:
        return WRITERS[path.suffix.lower()](draft, header, rows)


@contextlib.contextmanager
def _whole_or_nothing(path: Path) -> Iterator[Path]:
    """A file beside the target, which takes its place at the end; if anything breaks, it goes and the target stays."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(number)
    draft = Path(name)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def comma_separated(path: Path, header: Row, rows: Iterable[Row]) -> int:
    """UTF-8 with a byte order mark: without it Excel reads the machine's old code page, and "Müller" is broken. Line
    ends and quotes as in RFC 4180.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            count += 1
    return count


def xlsx(path: Path, header: Row, rows: Iterable[Row], rows_max: int = ROWS_MAX) -> int:
    """Every cell is text, ids too: a spreadsheet keeps only fifteen digits of a number."""
    import xlsxwriter  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as scratch:  # it writes each row there at once, and leaves nothing behind
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": scratch})
        try:
            sheet = book.add_worksheet("records")
            for number, name in enumerate(header):
                sheet.set_column(number, number, WIDTHS.get(name, 16))
            sheet.freeze_panes(1, 0)
            _write_row(sheet, 0, header, book.add_format({"bold": True}))
            count = 0
            for row in rows:
                count += 1
                if count >= rows_max:
                    raise TooLong(f"a sheet of XLSX holds {rows_max - 1} records: export CSV, or fewer by filters")
                _write_row(sheet, count, row, None)
        finally:
            book.close()  # also where it broke: it holds open files
    return count


def _write_row(sheet: Any, number: int, row: Row, style: Any) -> None:
    for column, value in enumerate(row):
        text = cell(value)
        if len(text.encode("utf-16-le")) > 2 * CELL_MAX:  # Excel counts so
            text = text.encode("utf-16-le")[: 2 * (CELL_MAX - 1)].decode("utf-16-le", "ignore") + "…"
        sheet.write_string(number, column, text, style)


WRITERS: dict[str, Callable[[Path, Row, Iterable[Row]], int]] = {".csv": comma_separated, ".xlsx": xlsx}
