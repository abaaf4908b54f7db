"""Which display names a customer may have, for all four rules of `on_name_taken`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Category
from chalicelib.hubspot.models import Record
from chalicelib.resolve.names import candidates, taken

RULES = ["reject", "qualify", "share", "sub_customer"]


def contact(first="Jane", last="Roe", email="jane@acme.test", own_id="101") -> Record:
    return Record(id=own_id, properties={"firstname": first, "lastname": last, "email": email})


JANE = contact()


@pytest.mark.parametrize(
    ("rule", "wanted", "who", "names"),
    [
        ("reject", "Acme Ltd", JANE, ["Acme Ltd"]),
        ("share", "Acme Ltd", JANE, ["Acme Ltd"]),
        ("qualify", "Acme Ltd", JANE, [
            "Acme Ltd", "Acme Ltd (Jane Roe)", "Acme Ltd (jane@acme.test)", "Acme Ltd (101)",
        ]),
        ("qualify", "Jane Roe", JANE, ["Jane Roe", "Jane Roe (jane@acme.test)", "Jane Roe (101)"]),
        ("qualify", "Acme Ltd", contact("", ""), ["Acme Ltd", "Acme Ltd (jane@acme.test)", "Acme Ltd (101)"]),
        ("qualify", "Acme Ltd", contact("", "", ""), ["Acme Ltd", "Acme Ltd (101)"]),
        ("qualify", "jane@acme.test", contact("", ""), ["jane@acme.test", "jane@acme.test (101)"]),
        ("qualify", "O'Neil & Söhne", contact("Zoë", "O'Neil", ""), [
            "O'Neil & Söhne", "O'Neil & Söhne (Zoë O'Neil)", "O'Neil & Söhne (101)",
        ]),
        ("sub_customer", "Acme Ltd", JANE, [
            "Acme Ltd", "Jane Roe", "Jane Roe (jane@acme.test)", "jane@acme.test",
        ]),
        ("sub_customer", "Acme Ltd", contact("", ""), ["Acme Ltd", "jane@acme.test"]),
        ("sub_customer", "Acme Ltd", contact("Jane", "", ""), ["Acme Ltd", "Jane"]),
        ("sub_customer", "Jane Roe", JANE, ["Jane Roe", "jane@acme.test", "Jane Roe (jane@acme.test)"]),
    ],
)  # fmt: skip
def test_the_names_in_the_order_of_preference(rule, wanted, who, names):
    assert candidates(wanted, who, rule) == names


@pytest.mark.parametrize("rule", ["qualify", "sub_customer"])
def test_what_quickbooks_forbids_in_a_name_is_in_no_candidate(rule):
    """A colon would be refused with 2040."""
    names = candidates("Acme Ltd", contact("Jane:\tAnn", "Roe\nJunior"), rule)
    assert not [name for name in names if set(":\t\n") & set(name)]
    assert any("Jane Ann Roe Junior" in name for name in names)


def test_a_person_who_is_the_wanted_name_once_cleaned_does_not_qualify_herself():
    names = candidates("Jane Roe", contact("Jane:", "Roe"), "qualify")
    assert "Jane Roe (Jane Roe)" not in names


def test_a_long_name_is_cut_so_that_its_qualifier_is_not():
    (_, qualified, *_) = candidates("A" * 500, JANE, "qualify")
    assert len(qualified) == 500
    assert qualified.endswith("A (Jane Roe)")


def test_a_name_cut_at_a_blank_has_no_blank_before_its_qualifier():
    (_, qualified, *_) = candidates("A" * 488 + " " + "B" * 11, JANE, "qualify")
    assert qualified == "A" * 488 + " (Jane Roe)"


@given(
    st.sampled_from(RULES),
    st.text(alphabet="aA ö'", min_size=1, max_size=600).map(lambda s: " ".join(s.split())[:500].strip() or "a"),
    st.text(max_size=700),
    st.text(max_size=700),
    st.text(max_size=300),
)
def test_every_candidate_fits_and_none_comes_twice(rule, wanted, first, last, email):
    names = candidates(wanted, contact(first, last, email), rule)
    assert names[0] == wanted
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 500 for name in names)


@pytest.mark.parametrize("rule", RULES)
def test_a_refusal_names_the_holder_and_what_to_do(rule):
    trouble = taken("Acme Ltd", "vendor 'ACME LTD' (77)", rule)
    assert trouble.category is Category.NAME_TAKEN
    assert "'Acme Ltd'" in trouble.message
    assert "vendor 'ACME LTD' (77)" in trouble.message
    assert "on_name_taken" in trouble.fix
    assert ("All other names" in trouble.message) is (rule in ("qualify", "sub_customer"))
