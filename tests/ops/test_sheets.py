"""CSV and XLSX: read back, they hold what was written, and no cell is a formula."""

from __future__ import annotations

import csv
import tempfile
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import sheets
from ops.sheets import cell

FORMATS = [".csv", ".xlsx"]
NASTY = st.text(
    st.sampled_from("=+-@\t\r\n'\",;\x00\x01\x1b\x0b\u2028\ud800\ufffe_x0041 aé東😀") | st.characters(), max_size=12
)


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    book = openpyxl.load_workbook(path)
    try:
        cells = [list(row) for row in book.active.iter_rows()]
        assert {one.data_type for row in cells for one in row} <= {"s", "inlineStr", "n"}, "no formulas, no errors"
        assert not any(isinstance(one.value, int | float) for row in cells for one in row), "no numbers"
        return [[one.value or "" for one in row] for row in cells]
    finally:
        book.close()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("+49 30 1", "'+49 30 1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "'\n=1"), ("a=b", "a=b"), ("61200334146", "61200334146"), (None, ""), ("", ""),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"), ("\x1b[2J", "\ufffd[2J"), ("a\x00\ud800b", "a\ufffd\ufffdb"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_value(value: str | None, text: str) -> None:
    assert cell(value) == text


@given(NASTY)
def test_no_cell_begins_like_a_formula_and_nothing_is_lost(value: str) -> None:
    text = cell(value)
    assert not text.startswith(sheets.FORMULA)
    text.encode()
    if value.isprintable():
        assert text.removeprefix("'") == value.removeprefix("'")


@pytest.mark.parametrize("suffix", FORMATS)
@given(rows=st.lists(st.lists(NASTY, min_size=2, max_size=2), max_size=6))
def test_any_cells_are_read_back_as_they_were_written(suffix: str, rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"all{suffix}"
        assert sheets.write(path, ["hubspot_id", "name"], rows) == len(rows)
        assert read(path) == [["hubspot_id", "name"], *([cell(one) for one in row] for row in rows)]
        assert [one.name for one in Path(folder).iterdir()] == [path.name]


def test_csv_begins_with_the_mark_that_excel_needs(tmp_path: Path) -> None:
    sheets.write(tmp_path / "all.csv", ["name"], [["Müller"]])
    assert (tmp_path / "all.csv").read_bytes() == b"\xef\xbb\xbfname\r\nM\xc3\xbcller\r\n"


def test_a_sheet_keeps_ids_as_text_and_what_is_too_long_is_cut_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sheets.write(path, ["id", "text"], [["91303500000000001234", "😀" * 20_000], ["1", "x" * sheets.CELL_MAX]])
    _, (first, cut), (_, whole) = read(path)
    assert first == "91303500000000001234"
    assert cut == "😀" * (sheets.CELL_MAX // 2) + "…"
    assert whole == "x" * sheets.CELL_MAX


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_export_that_breaks_leaves_what_was_there(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"all{suffix}"
    path.write_text("the last one")

    def breaks() -> Iterator[list[str]]:
        yield ["1"]
        raise ConnectionError("the table is gone")

    with pytest.raises(ConnectionError):
        sheets.write(path, ["id"], breaks())
    assert path.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [path]


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    assert sheets.xlsx(tmp_path / "fits.xlsx", ["id"], [["1"], ["2"]], rows_max=3) == 2
    with pytest.raises(sheets.TooLong, match="holds 2 records"):
        sheets.xlsx(tmp_path / "not.xlsx", ["id"], [["1"], ["2"], ["3"]], rows_max=3)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_hundred_thousand_rows_take_the_memory_of_a_thousand(suffix: str, tmp_path: Path) -> None:
    """Within a byte for each row more, where one that is kept would take hundreds."""
    first, few, many = (_peak(tmp_path / f"{count}{suffix}", count) for count in (1, 1_000, 100_000))
    assert many < few + 99_000, (first, few, many)  # the first one imports what writes


def _peak(path: Path, count: int) -> int:
    rows = ([str(number), f"Customer {number}", "failing", "name_taken"] for number in range(count))
    tracemalloc.start()
    try:
        assert sheets.write(path, ["hubspot_id", "name", "state", "category"], rows) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
