"""The three-way merge of one field, as one table (design D2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import Side
from chalicelib.resolve.fields import Field, held, same
from chalicelib.resolve.settle import Settled, settle
from chalicelib.settings.transform import Transform

H, Q = Side.HUBSPOT, Side.QUICKBOOKS
BOTH = Field("city", "BillAddr.City")
TO_Q = replace(BOTH, direction="to_quickbooks")
TO_H = replace(BOTH, direction="to_hubspot")
CLEARS = replace(BOTH, clears=True)
ASKS = replace(BOTH, conflict="ask")
KEEPS = replace(TO_Q, keeps_drift=True)
SPLIT = ("h", "q")  # a base that was settled although the two sides differ
AGREED = ("a", "a")


def done(*halves: str) -> Settled:
    return Settled(halves=halves)


def to(side: Side, value: str, *, conflict: bool = False) -> Settled:
    return Settled(write=side, value=value, conflict=conflict)


def ask(base: tuple[str, str] | None) -> Settled:
    return Settled(base, conflict=True, ask=True)


TABLE = [
    # field   base    HubSpot QBO   rule          newer  what is done
    # --- no base: the first link ---
    (BOTH,    None,   "",     "",   "hubspot",    None,  done("", "")),
    (BOTH,    None,   "a",    "a",  "hubspot",    None,  done("a", "a")),
    (BOTH,    None,   "a",    "",   "quickbooks", None,  to(Q, "a")),  # an empty side is filled, whatever the rule
    (BOTH,    None,   "",     "a",  "hubspot",    None,  to(H, "a")),
    (BOTH,    None,   "   ",  "a",  "hubspot",    None,  to(H, "a")),  # blanks are empty
    (BOTH,    None,   "a",    " ",  "quickbooks", None,  to(Q, "a")),
    (CLEARS,  None,   "",     "a",  "hubspot",    None,  to(H, "a")),  # nothing was cleared yet
    (BOTH,    None,   "b",    "c",  "hubspot",    None,  to(Q, "b", conflict=True)),
    (BOTH,    None,   "b",    "c",  "quickbooks", None,  to(H, "c", conflict=True)),
    (BOTH,    None,   "b",    "c",  "newest",     Q,     to(H, "c", conflict=True)),
    (BOTH,    None,   "b",    "c",  "newest",     H,     to(Q, "b", conflict=True)),
    (BOTH,    None,   "b",    "c",  "ask",        None,  ask(None)),
    (TO_Q,    None,   "",     "c",  "hubspot",    None,  done("", "c")),
    (TO_Q,    None,   "b",    "",   "hubspot",    None,  to(Q, "b")),
    (TO_Q,    None,   "b",    "c",  "hubspot",    None,  to(Q, "b", conflict=True)),
    (TO_H,    None,   "b",    "",   "quickbooks", None,  done("b", "")),
    (TO_H,    None,   "b",    "c",  "quickbooks", None,  to(H, "c", conflict=True)),
    (KEEPS,   None,   "b",    "c",  "hubspot",    None,  to(Q, "b", conflict=True)),
    # --- neither changed: settled, equal or not ---
    (BOTH,    AGREED, "a",    "a",  "hubspot",    None,  done("a", "a")),
    (BOTH,    SPLIT,  "h",    "q",  "hubspot",    None,  done("h", "q")),
    (BOTH,    SPLIT,  "h",    "q",  "ask",        None,  done("h", "q")),
    (TO_Q,    SPLIT,  "h",    "q",  "hubspot",    None,  done("h", "q")),
    (BOTH,    ("", "q"), "",  "q",  "hubspot",    None,  done("", "q")),
    # --- one changed ---
    (BOTH,    AGREED, "b",    "a",  "quickbooks", None,  to(Q, "b")),
    (BOTH,    AGREED, "a",    "b",  "hubspot",    None,  to(H, "b")),
    (BOTH,    SPLIT,  "b",    "q",  "quickbooks", None,  to(Q, "b")),
    (BOTH,    SPLIT,  "h",    "c",  "hubspot",    None,  to(H, "c")),
    (ASKS,    AGREED, "b",    "a",  "hubspot",    None,  to(Q, "b")),  # one edit is no conflict
    (TO_Q,    AGREED, "b",    "a",  "hubspot",    None,  to(Q, "b")),
    (TO_H,    AGREED, "a",    "b",  "hubspot",    None,  to(H, "b")),
    (KEEPS,   AGREED, "b",    "a",  "hubspot",    None,  to(Q, "b")),
    # --- both changed to the same ---
    (BOTH,    AGREED, "b",    "b",  "hubspot",    None,  done("b", "b")),
    (BOTH,    AGREED, "b",    "b",  "ask",        None,  done("b", "b")),
    (BOTH,    AGREED, "",     "",   "hubspot",    None,  done("", "")),
    (BOTH,    AGREED, " b ",  "b",  "hubspot",    None,  done(" b ", "b")),  # trimmed by a vendor
    (TO_Q,    AGREED, "b",    "b",  "hubspot",    None,  done("b", "b")),
    # --- both changed differently ---
    (BOTH,    AGREED, "b",    "c",  "hubspot",    Q,     to(Q, "b", conflict=True)),
    (BOTH,    AGREED, "b",    "c",  "quickbooks", H,     to(H, "c", conflict=True)),
    (BOTH,    AGREED, "b",    "c",  "newest",     H,     to(Q, "b", conflict=True)),
    (BOTH,    AGREED, "b",    "c",  "newest",     Q,     to(H, "c", conflict=True)),
    (BOTH,    AGREED, "b",    "c",  "ask",        Q,     ask(AGREED)),
    (ASKS,    AGREED, "b",    "c",  "hubspot",    Q,     ask(AGREED)),  # the row's rule stands above the settings'
    (TO_Q,    AGREED, "b",    "c",  "hubspot",    None,  to(Q, "b", conflict=True)),
    (TO_H,    AGREED, "b",    "c",  "quickbooks", None,  to(H, "c", conflict=True)),
    # --- cleared ---
    (CLEARS,  AGREED, "",     "a",  "hubspot",    None,  to(Q, "")),
    (CLEARS,  AGREED, "a",    "",   "hubspot",    None,  to(H, "")),
    (CLEARS,  AGREED, "",     "c",  "hubspot",    None,  to(Q, "", conflict=True)),
    (CLEARS,  AGREED, "",     "c",  "quickbooks", None,  to(H, "c", conflict=True)),
    (BOTH,    AGREED, "",     "c",  "hubspot",    None,  to(H, "c")),  # what was cleared says nothing, so no conflict
    (BOTH,    AGREED, "b",    "",   "quickbooks", None,  to(Q, "b")),
]  # fmt: skip


@pytest.mark.parametrize(("field", "base", "hubspot", "quickbooks", "rule", "newer", "expected"), TABLE)
def test_what_a_field_needs(field, base, hubspot, quickbooks, rule, newer, expected):
    assert settle(field, base, hubspot, quickbooks, rule, newer) == expected


@pytest.mark.parametrize(
    ("field", "hubspot", "quickbooks", "halves"),
    [
        (BOTH, "", "a", ("", "a")),
        (BOTH, "a", "  ", ("a", "  ")),
        (BOTH, " ", "a", (" ", "a")),
        (TO_Q, "", "a", ("", "a")),
    ],
)
def test_a_cleared_field_is_settled_as_kept_on_the_other_side(field, hubspot, quickbooks, halves):
    settled = settle(field, AGREED, hubspot, quickbooks, "hubspot", None)
    assert (settled.write, settled.halves, settled.conflict) == (None, halves, False)
    assert "kept on the other" in settled.note


@pytest.mark.parametrize(
    ("field", "hubspot", "quickbooks", "named"),
    [(TO_Q, "a", "drift", "BillAddr.City"), (TO_H, "drift", "a", "city"), (KEEPS, "a", "drift", "BillAddr.City")],
)
def test_drift_of_a_one_way_target_is_shown_and_not_reverted(field, hubspot, quickbooks, named):
    """The base stays, so that it is still known as drift the next time."""
    settled = settle(field, AGREED, hubspot, quickbooks, "hubspot", None)
    assert (settled.write, settled.halves) == (None, AGREED)
    assert named in settled.note


def test_drift_that_is_a_persons_own_is_kept_whatever_the_source_does():
    settled = settle(KEEPS, AGREED, "b", "c", "hubspot", None)
    assert (settled.write, settled.halves, settled.conflict) == (None, AGREED, False)
    assert "stays as it is" in settled.note


@pytest.mark.parametrize(
    ("field", "rule", "newer"), [(TO_Q, "quickbooks", None), (TO_Q, "newest", Q), (TO_H, "hubspot", None)]
)
def test_a_one_way_target_that_wins_a_conflict_keeps_its_own_and_writes_nothing(field, rule, newer):
    settled = settle(field, AGREED, "b", "c", rule, newer)
    assert (settled.write, settled.halves, settled.conflict) == (None, ("b", "c"), True)


EMAIL = Field("email", "PrimaryEmailAddr.Address")
NAME = Field("firstname", "GivenName")
TOO_LONG = "x" * 100 + "@example.test"


@pytest.mark.parametrize("base", [None, ("old@example.test", "old@example.test")])
def test_an_email_too_long_for_quickbooks_does_not_blank_the_one_there(base):
    """It is left out, and that is said."""
    settled = settle(EMAIL, base, TOO_LONG, "old@example.test", "hubspot", None)
    assert settled.write is None
    assert settled.halves == (held(TOO_LONG), "old@example.test")
    assert "left out" in settled.note


def test_a_name_of_which_cleaning_leaves_nothing_does_not_blank_the_one_there():
    settled = settle(NAME, ("Jane", "Jane"), ":\t:", "Jane", "hubspot", None)
    assert (settled.write, settled.halves) == (None, (":\t:", "Jane"))


def test_an_address_field_of_separators_does_not_blank_the_contacts_email():
    settled = settle(EMAIL, ("a@x.test", "a@x.test"), "a@x.test", " ; ", "hubspot", None)
    assert (settled.write, settled.halves) == (None, ("a@x.test", " ; "))


def test_long_values_are_judged_by_their_digest():
    long = "n" * 1_000
    notes = Field("notes", "Notes")
    assert settle(notes, (held(long), held(long)), long, long, "hubspot", None).write is None
    assert settle(notes, (held(long), held(long)), long + "!", long, "hubspot", None) == to(Q, long + "!")


KINDS = replace(BOTH, transform=(Transform.model_validate({"map": {"customer": "Kunde", "lead": "Anfrage"}}),))
DATES = replace(BOTH, transform=(Transform.model_validate({"date": "%d/%m/%Y"}),))
AGREED_KIND = ("customer", "Kunde")


@pytest.mark.parametrize(
    ("field", "base", "hubspot", "quickbooks", "expected"),
    [
        (KINDS, None, "customer", "Kunde", done("customer", "Kunde")),
        (KINDS, None, "customer", "", to(Q, "customer")),  # settled values are the sides' own; they change on the way
        (KINDS, AGREED_KIND, "lead", "Kunde", to(Q, "lead")),
        (KINDS, AGREED_KIND, "customer", "Anfrage", to(H, "Anfrage")),
        (KINDS, AGREED_KIND, "lead", "Anfrage", done("lead", "Anfrage")),  # both edited, to the same
        (DATES, ("2026-11-20", "20/11/2026"), "2026-11-20", "2026-11-20", done("2026-11-20", "2026-11-20")),
    ],
)
def test_a_field_with_transforms_is_judged_by_what_the_values_mean(field, base, hubspot, quickbooks, expected):
    assert settle(field, base, hubspot, quickbooks, "hubspot", None) == expected


@pytest.mark.parametrize("base", [None, AGREED_KIND])
@pytest.mark.parametrize(
    ("hubspot", "quickbooks"), [("partner", "Kunde"), ("partner", ""), ("customer", "Lieferant"), ("", "Lieferant")]
)
@pytest.mark.parametrize("rule", ["hubspot", "quickbooks"])
def test_a_value_without_an_entry_in_the_map_blanks_nothing_and_is_noted(base, hubspot, quickbooks, rule):
    settled = settle(KINDS, base, hubspot, quickbooks, rule, None)
    if settled.write is None:
        assert "no entry in the map" in settled.note
    else:  # the other side's value, which has one, won or filled the empty side
        assert settled.value in AGREED_KIND


# --- properties -------------------------------------------------------------------------------------------------------

VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "USA",
            "us",
            "2026-11-21",
            "21/11/2026",
            "1.5",
            "1.50",
            "415-555-2671",
            "+14155552671",
            "b",
            " a",
            "A",
            "a  b",
            ":",
            "a:b",
            "a@x.test, b@x.test",
            ";",
            TOO_LONG,
        ]
    ),
    st.text(max_size=150),
)
TRANSFORMS = st.sampled_from(
    [
        "trim", "upper", "title", {"phone": "US"}, {"country": "alpha2"}, {"country": "name"}, {"date": "%d/%m/%Y"},
        {"number": 2}, {"map": {"a": "b", "b": "a", "us": "USA"}},
    ]
)  # fmt: skip
FIELDS = st.builds(
    Field,
    *(st.just(name) for name in ("", "")),
    direction=st.sampled_from(["both", "to_quickbooks", "to_hubspot"]),
    clears=st.booleans(),
    conflict=st.sampled_from([None, "hubspot", "quickbooks", "newest"]),
    keeps_drift=st.booleans(),
    transform=st.lists(TRANSFORMS.map(Transform.model_validate), max_size=2).map(tuple),
).flatmap(
    lambda field: st.sampled_from(
        [
            replace(field, hubspot=hubspot, quickbooks=quickbooks)
            for hubspot, quickbooks in [
                ("email", "PrimaryEmailAddr.Address"), ("firstname", "GivenName"), ("fax", "Fax.FreeFormNumber"),
            ]
        ]
    )
)  # fmt: skip
BASES = st.none() | st.tuples(VALUES.map(held), VALUES.map(held))
RULES = st.sampled_from(["hubspot", "quickbooks", "newest"])
NEWER = st.sampled_from([None, H, Q])


def after(field: Field, settled: Settled, hubspot: str, quickbooks: str) -> tuple[str, str, tuple[str, str]]:
    """What both vendors hold once the outcome is carried out, and the base that is then remembered."""
    if settled.write is Q:
        quickbooks = field.to_quickbooks(settled.value)[0]
    elif settled.write is H:
        hubspot = field.to_hubspot(settled.value)[0]
    halves = settled.halves if settled.write is None else (held(hubspot), held(quickbooks))
    assert halves is not None
    return hubspot, quickbooks, halves


@given(FIELDS, BASES, VALUES, VALUES, RULES, NEWER)
def test_what_was_settled_needs_no_write_the_second_time(field, base, hubspot, quickbooks, rule, newer):
    """Our own write, trimmed and cleaned by the vendor, comes back and settles to nothing."""
    first = settle(field, base, hubspot, quickbooks, rule, newer)
    hubspot, quickbooks, halves = after(field, first, hubspot, quickbooks)
    assert settle(field, halves, hubspot, quickbooks, rule, newer).write is None


@given(FIELDS, BASES, VALUES, VALUES, RULES, NEWER)
def test_nothing_is_written_against_the_direction(field, base, hubspot, quickbooks, rule, newer):
    write = settle(field, base, hubspot, quickbooks, rule, newer).write
    assert write is None or field.direction in ("both", f"to_{write}")


@given(FIELDS, BASES, VALUES, VALUES, RULES, NEWER)
def test_an_empty_value_overwrites_nothing_unless_clearing_counts(field, base, hubspot, quickbooks, rule, newer):
    """As it would arrive: what cannot cross is as good as empty."""
    settled = settle(field, base, hubspot, quickbooks, rule, newer)
    if settled.write is None:
        return
    there = quickbooks if settled.write is Q else hubspot
    source = hubspot if settled.write is Q else quickbooks
    arrives, _ = field.to_quickbooks(settled.value) if settled.write is Q else field.to_hubspot(settled.value)
    if there.strip() and not arrives:
        assert field.clears
        assert base is not None
        assert not source.strip()


@given(FIELDS, BASES, VALUES, VALUES, RULES, NEWER)
def test_only_what_differs_is_written_and_it_is_the_other_sides_value(field, base, hubspot, quickbooks, rule, newer):
    settled = settle(field, base, hubspot, quickbooks, rule, newer)
    if settled.write is not None:
        assert not same(field, hubspot, quickbooks)
        assert settled.value == (hubspot if settled.write is Q else quickbooks)


@pytest.mark.parametrize("direction", ["both", "to_quickbooks", "to_hubspot"])
@pytest.mark.parametrize("clears", [False, True])
def test_under_ask_a_conflict_changes_nothing_until_a_person_has_decided(direction, clears):
    """Asked again and again, the base stays; when both sides are made equal, it is settled."""
    field = replace(BOTH, direction=direction, clears=clears)
    asked = settle(field, AGREED, "b", "c", "ask", None)
    assert asked == ask(AGREED)
    assert settle(field, asked.halves, "b", "c", "ask", None) == asked
    assert settle(field, asked.halves, "c", "c", "ask", None) == done("c", "c")
