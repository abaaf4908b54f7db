"""The bar of long work: what it shows, and where it does not."""

from __future__ import annotations

import io

import pytest

from ops import progress
from ops.progress import CLEAR, Bar, line


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (0, None, "export  0"),
        (1_234, None, "export  1,234"),
        (0, 10, "export  [..............................]    0%  0 of 10"),
        (5, 10, "export  [###############...............]   50%  5 of 10"),
        (10, 10, "export  [##############################]  100%  10 of 10"),
        (0, 0, "export  [##############################]  100%  0 of 0"),
        (12, 10, "export  [##############################]  100%  12 of 12"),
    ],
)
def test_what_a_bar_shows(done: int, total: int | None, shown: str) -> None:
    assert line("export", done, total) == shown


@pytest.mark.parametrize("width", [20, 30, 40, 80])
def test_a_bar_fits_its_screen(width: int) -> None:
    assert len(line("a label of some length", 123_456, 1_000_000, width)) < width


def test_a_bar_is_drawn_ten_times_a_second_and_at_its_end() -> None:
    screen, clock = io.StringIO(), iter([0.0, 0.05, 0.2, 0.2, 0.21])
    bar = Bar("plan", 4, screen, now=lambda: next(clock))
    for done in (1, 2, 3, 4):
        bar.to(done)
    bar.close()
    drawn = screen.getvalue().split(CLEAR)
    assert [text[-6:] for text in drawn] == ["", "1 of 4", "3 of 4", "4 of 4", ""]


def test_where_no_terminal_is_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.bar("plan", 2) as bar:
        bar.to(1)
        bar.to(2, 3)
    assert (capsys.readouterr(), bar.total) == (("", ""), 3)
