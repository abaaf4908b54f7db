"""Commands with words that nobody should type, over records whose names come from strangers: always an answer."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Category
from chalicelib.jobs import Kind
from chalicelib.remember.decisions import Decision, decision_puts
from chalicelib.remember.records import Held, Record, State, put
from ops.sheets import FORMULA
from tests.hostile.commands import run
from tests.hostile.gateway import NOW, Gateway
from tests.hostile.strange import ESCAPES, texts
from tests.hostile.trying import tries

NAMES = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x")',
    " =1",
    "＝1+1",
    ESCAPES,
    "\x1b[2J",
    "a\x9b31mb",
    "\u202ecod.exe",
    "",
    "'=1",
    'a,b"c\nd',
    "x" * 40_000,
    "Müller 你好 👩‍👧",
]


def world() -> Gateway:
    """Records by these names, with decisions that quote them."""
    gateway = Gateway()
    connection = gateway.connect()
    for number, name in enumerate(NAMES, 1):
        one = Record(
            connection,
            Kind.CUSTOMER,
            f"hubspot:{number}",
            hubspot_id=str(number),
            quickbooks_id=str(900 + number),
            name=name,
            known_as=(name.casefold(),),
            changed_at=NOW - number,
            state=State.FAILING,
            category=Category.NAME_TAKEN,
            message=f"The display name {name} is taken.",
            fix=f"Rename {name}.",
            next_try_at=NOW,
            failing_since=NOW,
        )
        gateway.table.write([put(Held(one, None), one)])
        gateway.table.write(decision_puts(one.connection, one.subject, _decided(name), f"{number:08d}"))
    return gateway


def _decided(name: str) -> Decision:
    return Decision(
        n=1,
        at=NOW,
        cause="HubSpot contact creation",
        plan=(f"create customer {name!r}",),
        reason=f"it said {name}",
        state=State.FAILING,
        category=Category.NAME_TAKEN,
        before={"quickbooks.DisplayName": name},
        after={"quickbooks.DisplayName": f"{name}2"},
        calls=(),
    )


TOOLS = world()
IDS = [
    "1",
    "hubspot:1",
    "quickbooks:901",
    "hubspot:",
    "hubspot:\n",
    "-1",
    "--",
    "-",
    "=1+1",
    "1\n2",
    "\x00",
    "\ud800",
    ESCAPES,
    "hubspot:" + "9" * 10_000,
    "x" * 501,
    "../../x",
    "%s%n",
    "{0}",
    "1|2",
    "１",
    "'",
    " ",
    "",
]
OPTIONS = [
    "--json",
    "--status",
    "--kind",
    "--limit",
    "--page",
    "--sort",
    "--columns",
    "--text",
    "--changed-since",
    "--side",
    "--connection",
    "--category",
    "--decision",
    "--take",
    "--version",
    "-h",
    "--unlinked",
    "--help",
]
VALUES = [
    "customer",
    "failing",
    "name",
    "-name",
    "3d",
    "9" * 30,
    "0",
    "-1",
    "9999-12-31",
    "0000-01-01",
    "1e9w",
    "show",
    "versions",
    "hubspot",
    "in_sync,failing",
    ",",
    "=",
    "*",
    "48120771:9130350000000000",
]
SHOWING = ("records", "why", "history", "connections")


@pytest.mark.parametrize("name", IDS, ids=lambda one: ascii(one)[:20])
@pytest.mark.parametrize("command", ["why", "history"])
def test_no_id_breaks_a_command(command: str, name: str) -> None:
    run(TOOLS.tools, command, "customer", name).assert_harmless()
    run(TOOLS.tools, command, "customer", "--", name).assert_harmless()


@given(
    command=st.sampled_from([*SHOWING, "settings", "nonsense"]),
    words=st.lists(st.one_of(st.sampled_from([*OPTIONS, *VALUES, *IDS]), texts), max_size=5),
)
@tries(80)
def test_no_words_break_a_command(command: str, words: list[str]) -> None:
    if command == "settings" and words[:1] in (["apply"], ["forget"]):
        words = ["show", *words[1:]]
    run(TOOLS.tools, command, *words).assert_harmless()


@pytest.mark.parametrize("number", range(1, len(NAMES) + 1))
@pytest.mark.parametrize("command", [("why", "customer"), ("history", "customer")])
def test_no_name_reaches_a_terminal_as_more_than_letters(command: tuple[str, str], number: int) -> None:
    for more in ((), ("--json",)):
        said = run(TOOLS.tools, *command, f"hubspot:{number}", *more)
        assert said.code == 0, said.err
        said.assert_harmless()
    assert json.loads(said.out)  # what is escaped for a terminal is still JSON


@pytest.mark.parametrize(
    "more", [(), ("--json",), ("--columns", "name,message,fix"), ("--sort", "name"), ("--text", "=1")]
)
def test_the_records_view_shows_letters_only(more: tuple[str, ...]) -> None:
    said = run(TOOLS.tools, "records", *more)
    assert said.code == 0, said.err
    said.assert_harmless()
    if more == ("--json",):
        assert {one["name"] for one in json.loads(said.out)} == set(NAMES)


def _cells(path: Path) -> Iterator[str]:
    if path.suffix == ".csv":
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)):
            yield from row
    else:
        book = zipfile.ZipFile(path)
        assert not any(
            "<f>" in book.read(name).decode() or "<f " in book.read(name).decode() for name in book.namelist()
        )
        assert not any("externalLink" in name or "hyperlink" in name.lower() for name in book.namelist())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_name_becomes_a_formula_of_a_spreadsheet(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"records.{kind}"
    said = run(TOOLS.tools, "export", str(path))
    assert said.code == 0, said.err
    said.assert_harmless()
    for cell in _cells(path):
        assert not cell.startswith(FORMULA)


@pytest.mark.parametrize(
    "file",
    [
        "x.csv\n",
        "x",
        "-x.csv",
        "\x00.csv",
        "/nowhere/x.csv",
        "x.xlsm",
        "",
        ".csv",
        "x" * 300 + ".csv",
        "\ud800.csv",
        ESCAPES,
    ],
)
def test_no_name_of_a_file_breaks_an_export(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(TOOLS.tools, "export", "--", file)
    said.assert_harmless()
