"""A settings file of any kind is judged: a mistake with its line and exit code 1 or 2, or it passes. Nothing breaks."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings.recommended import recommended
from chalicelib.wiring import Wiring
from tests.hostile.commands import Said, run
from tests.hostile.gateway import Gateway
from tests.hostile.strange import ESCAPES, values
from tests.hostile.trying import tries

LINE = re.compile(r"^settings\.yaml:[1-9][0-9]*: \S")
GOOD = "contacts:\n  on_name_taken: qualify\n"


def check(folder: Path, text: str | bytes, tools: Wiring | None = None) -> Said:
    """`settings check` of this file, judged: 0 and nothing wrong, or 1 and each mistake on a line of its own."""
    path = folder / "settings.yaml"
    path.write_bytes(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
    said = run(tools or Gateway().tools, "settings", "check", str(path))
    told = said.err.replace(f"{folder}/", "").splitlines()
    if said.code == 0:
        assert "can be applied" in said.out
    else:
        assert said.code == 1
        assert told
        assert LINE.match(told[0]), told[0]
    said.assert_harmless()
    assert len(said.err) < 200_000
    return said


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
FILES: list[tuple[str, str | bytes]] = [
    ("empty", ""),
    ("spaces", " \n \n"),
    ("a comment", "# nothing"),
    ("a text", "contacts"),
    ("a list", "- contacts"),
    ("a number", "1"),
    ("null", "~"),
    ("laughs", BOMB),
    ("laughs inside", "contacts:\n  fields: *a\n" + BOMB),
    ("itself", "contacts: &a\n  filters: *a\n"),
    ("merged itself", "contacts: &a\n  <<: *a\n"),
    ("python", "contacts: !!python/object/apply:os.system ['echo canary']\n"),
    ("python name", "contacts:\n  match: !!python/name:os.system\n"),
    ("own tag", "contacts: !secret x\n"),
    ("binary", "contacts: !!binary aGVsbG8=\n"),
    ("a set", "contacts: !!set {a, b}\n"),
    ("wrong number", "contacts:\n  match: !!int x\n"),
    ("wrong float", "contacts:\n  match: !!float x\n"),
    ("a time", "contacts:\n  match: 9999-12-31T23:59:59Z\n"),
    ("no time", "contacts:\n  match: 2026-02-31\n"),
    ("nan", "contacts:\n  match: .nan\n"),
    ("inf", "contacts:\n  enabled: .inf\n"),
    ("octal", "connection: 0o17\n"),
    ("sexagesimal", "connection: 190:20:30\n"),
    ("said twice", "contacts: {}\ncontacts: {}\n"),
    ("said twice inside", "contacts:\n  match: email\n  match: none\n"),
    ("a key of a list", "contacts:\n  ? [a]\n  : b\n"),
    ("a key of null", "contacts:\n  ~: 1\n"),
    ("a key of a number", "1: 2\n"),
    ("two documents", "contacts: {}\n---\nx: 1\n"),
    ("deep", "contacts: " + "[" * 10_000),
    ("deep and closed", "contacts: " + "[" * 5_000 + "]" * 5_000),
    ("deep by indentation", "".join(" " * n + "a:\n" for n in range(500))),
    ("long", "contacts:\n" + "  x: 1\n" * 5_000),
    ("a long line", "contacts: {match: " + "x" * 1_000_000 + "}\n"),
    ("tabs", "contacts:\n\tmatch: email\n"),
    ("a null byte", "contacts:\x00\n"),
    ("escapes", f"contacts:\n  match: '{ESCAPES}'\n"),
    ("escapes in a text", 'contacts:\n  match: "\\e[31m\\x07\\0 red"\n'),
    ("right to left", "contacts:\n  match: \u202eemail\n"),
    ("escaped halves", 'contacts:\n  match: "\\ud800"\n'),
    ("utf-16", GOOD.encode("utf-16")),
    ("latin-1", "é: 1".encode("latin-1")),
    ("half a pair", "a: \ud800"),
    ("no text", b"\xff\xfe\x00"),
    ("huge number", "connection: " + "9" * 10_000),
    ("yaml of another version", "%YAML 9.9\n---\ncontacts: {}\n"),
    ("a directive", "%TAG ! tag:x,2000:\n---\n!a {}\n"),
    ("line ends", "contacts:\r\n  match: x\r\n"),
    ("next lines", "contacts:\x85  match: x"),
    ("separators", "a: b\u2028c: d"),
]
PASSING = {"octal", "huge number", "a directive"}  # a text, and another way to write what is right


@pytest.mark.parametrize(("name", "text"), FILES, ids=[name for name, _ in FILES])
def test_what_no_settings_file_should_hold_is_told_with_its_line(name: str, text: str | bytes, tmp_path: Path) -> None:
    said = check(tmp_path, text)
    assert said.code == 1 or name in PASSING
    path = tmp_path / "settings.yaml"
    applied = run(Gateway().tools, "settings", "apply", str(path), "--yes")
    assert applied.code in (1, 2)


def test_a_file_that_is_right_passes(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD).code == 0
    assert check(tmp_path, GOOD.encode("utf-8-sig")).code == 0


KEYS = [
    "connection",
    "contacts",
    "products",
    "invoices",
    "fields",
    "filters",
    "to_quickbooks",
    "all",
    "property",
    "operator",
    "value",
    "values",
    "match",
    "enabled",
    "direction",
    "create",
    "transform",
    "hubspot",
    "quickbooks",
    "on_name_taken",
    "clears",
    "conflict",
    "deletes",
    "shared",
    "type",
    "payments",
    "owner",
    "lifecycle_stage",
    "income_account",
]
documents = st.recursive(
    st.one_of(values, st.sampled_from(["email", "known", "is", "firstname", "DisplayName", "both", True])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=4)
    ),
    max_leaves=15,
)


@given(document=st.dictionaries(st.sampled_from(KEYS[:4]), documents, min_size=1, max_size=3))
@tries(60)
def test_values_of_any_type_anywhere_are_told(document: Any, tmp_path: Path) -> None:
    check(tmp_path, json.dumps(document))
    check(tmp_path, yaml.safe_dump(json.loads(json.dumps(document)), allow_unicode=True))


@given(text=st.one_of(st.text(max_size=200), st.text("abc:-[]{}&*!|>'\"%#?, \n\t~<", max_size=60)))
@tries(60)
def test_any_text_is_told(text: str, tmp_path: Path) -> None:
    check(tmp_path, text)


@given(
    at=st.integers(min_value=0), with_what=st.sampled_from([*"\t:-[]{}&*!|>'\"%#?,\n~<@`", "\x00", "\u2028", "é", ""])
)
@tries(50)
def test_a_good_file_with_one_character_changed_is_told_or_passes(at: int, with_what: str, tmp_path: Path) -> None:
    text = recommended(date(2026, 11, 20), None)
    place = at % len(text)
    check(tmp_path, text[:place] + with_what + text[place + 1 :])
