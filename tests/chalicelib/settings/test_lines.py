"""YAML with places: everything is found again on its line, and what is broken says how to mend it."""

from __future__ import annotations

import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings.lines import parse

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc:#-' é☃", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc xyz-", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_parsed_is_what_yaml_says(value):
    document = parse(yaml.safe_dump(value, allow_unicode=True))
    assert not document.mistakes
    assert document.value == value


@given(st.text())
def test_no_text_makes_it_fail(text):
    document = parse(text)
    assert document.broken == any("this is no YAML" in one.message for one in document.mistakes)


def test_every_key_and_item_has_its_place():
    document = parse("contacts:\n  fields:\n    - {hubspot: a,\n       quickbooks: b}\n")
    assert document.places["contacts",] == (1, 1)
    assert document.places["contacts", "fields", 0] == (3, 7)
    assert document.places["contacts", "fields", 0, "quickbooks"] == (4, 8)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "a was said already in line 1"),
        ("a: {b: 1, c: 2,\n  b: 3}\n", 2, 3, "b was said already in line 1"),
        ("a: 1\n\tb: 2\n", 2, 1, "indent with spaces"),
        ("a: [1, 2\nb: 3\n", 2, 2, "a bracket was not closed"),
        ("a: b: c\n", 1, 5, "a colon makes no sense here"),
        ("b: 1\na: 'x\n", 2, 4, "the text in quotes was not closed"),
        ("a:\n  - b\n c: 1\n", 3, 2, "the indentation is not"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a file holds one document"),
        ("a: *x\n", 1, 4, "was not defined before"),
        ("a: !secret x\n", 1, 1, "the tag !secret is not known"),
        ("a: &x [*x]\n", 1, 4, "stands for what it is part of"),
        ("a: &x {<<: *x}\n", 1, 4, "<< takes a mapping"),
        ("a: 1\n? [b]\n: 2\n", 2, 3, "cannot be a key"),
        ("a: 1\nb: \x07\n", 2, 4, "U+0007"),
    ],
)
def test_what_is_wrong_with_the_yaml_is_told_at_its_place(text, line, column, message):
    [mistake] = parse(text).mistakes
    assert (mistake.line, mistake.column) == (line, column)
    assert message in mistake.message


def test_what_is_merged_in_gives_way_to_what_is_said():
    document = parse("base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}\n")
    assert document.value["own"] == {"a": 1, "b": 3}
    assert not document.mistakes


def test_aliases_that_grow_without_end_are_refused():
    bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8)
    )
    [mistake] = parse(bomb).mistakes
    assert "no settings are that long" in mistake.message


@pytest.mark.parametrize(
    "deep",
    ["a: " + "{b: " * 60 + "1" + "}" * 60, "a: " + "[" * 60 + "]" * 60, "a: " + "{b: " * 50_000 + "1" + "}" * 50_000],
    ids=["mappings", "lists", "deeper than a call stack"],
)
def test_what_is_nested_without_end_is_refused(deep):
    [mistake] = parse(deep).mistakes
    assert (mistake.line, mistake.message) == (1, "this is no YAML: more than 50 levels: no settings are that deep")


@pytest.mark.parametrize(
    ("said", "value"),
    [("2026-11-21", datetime.date(2026, 11, 21)), ("2026-02-30", "2026-02-30"), ('"2026-11-21"', "2026-11-21")],
)
def test_dates_are_read_where_there_is_such_a_day(said, value):
    document = parse(f"a: {said}\n")
    assert document.value == {"a": value}
    assert document.sources["a",] == said.strip('"')
