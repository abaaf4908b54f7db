"""Values that nobody should send, for hypothesis and for tables."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NESTED = 10_000  # levels
MEGABYTES_10 = 10_000_000
ESCAPES = '\x1b]0;owned\x07\x1b[31m\r\n{"level":"INFO","message":"forged"}\u2028\u202e\x00\x7f\x85'
IDS: list[Any] = [
    None,
    True,
    False,
    -1,
    -101,
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    10**19,
    10**20,
    10**39,
    "",
    " ",
    "-1",
    "101|customer",
    "101:58",
    "hubspot:101",
    "101\n58",
    "101\x00",
    "１０１",
    "1_0",
    "+101",
    "1e3",
    "0x65",
    "9" * 21,
    "9" * 5_000,
    "../101",
    "101?x=1",
    "101'",
    "' or Id > '0",
    "\ud800",
    "\ufeff101",
    ESCAPES,
    [],
    [101],
    {},
    {"id": 101},
]
TIMES: list[Any] = [
    None,
    True,
    "",
    "yesterday",
    "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "0001-01-01T00:00:00Z",
    -1,
    0,
    1e300,
    float("nan"),
    float("-inf"),
    253_402_300_799_000,
    "253402300799000",
    10**30,
    [],
    {},
    "2026-02-30T00:00:00Z",
    "2026-11-20T10:00:00+99:99",
    ESCAPES,
]
WORDS: list[Any] = [
    None,
    True,
    0,
    "",
    ".",
    "..",
    "...",
    "contact",
    "contact.",
    ".creation",
    "contact.creation.creation",
    ESCAPES,
    "contact.propertyChange",
    "object.propertyChange",
    "object.merge",
    "qbo.customer",
    "qbo..created",
    "\ud800",
    "qbo.customer.created.v1.v1",
    f"qbo.customer.{ESCAPES}.v1",
    "qbo.customer.privacyDeletion, voided.v1",
    [],
    {},
    "x" * 100_000,
]

texts = st.one_of(st.text(max_size=20), st.sampled_from([ESCAPES, "\ud800", "\x00", "=1+1", "<script>", "9" * 400]))
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    texts,
    st.sampled_from([*IDS, *TIMES]),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


def deep(levels: int = NESTED, inner: str = "1") -> str:
    """JSON that is nested so deep."""
    return "[" * levels + inner + "]" * levels


def encoded(value: Any) -> bytes:
    """JSON with NaN and lone halves of surrogate pairs, as careless senders write it."""
    return json.dumps(value).encode()
