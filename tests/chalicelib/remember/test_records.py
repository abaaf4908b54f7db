"""What is stored of a record, also by an older release: no link is lost by an upgrade, and no create made twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.jobs import Side
from chalicelib.remember.records import from_body, to_body

ROW = {"connection": "48120771:9130350000000000", "kind": "customer"}
LINKED: dict[str, Any] = {  # as version 0.3.0 stored it
    **ROW, "root": "hubspot:61200334001", "hubspot_id": "61200334001", "quickbooks_id": "1", "name": "Harbor Bakery",
    "known_as": ["harbor bakery", "ines ferreira", "ines@harbor.example"], "state": "in_sync",
    "changed_at": 1795350499.9, "sync_token": "0", "hubspot_modified": 1795350499.576, "echoes": 1,
    "base": {
        "firstname > GivenName": ["Ines", "Ines"], "fax > Fax.FreeFormNumber": ["", ""],
        "email > PrimaryEmailAddr.Address": ["ines@harbor.example", "ines@harbor.example"],
        "company.name > CompanyName": ["Harbor Bakery", "Harbor Bakery"],
        "display name > DisplayName": ["Harbor Bakery", "Harbor Bakery"],
    },
    "echo_until": 1795350499.93, "company_id": "7300112001", "company_modified": 1795350499.577,
    "quickbooks_modified": 1795350499.0, "quickbooks_seen": 1795350499.895, "made": "quickbooks",
    "names": ["harbor bakery"],
}  # fmt: skip
IN_THE_MAKING: dict[str, Any] = {  # as version 0.3.0 stored it, after QuickBooks' answer was lost
    **ROW, "root": "hubspot:61200334003", "hubspot_id": "61200334003", "name": "Mara Lind",
    "known_as": ["mara lind", "mara@lind.example"], "state": "failing", "category": "vendor_down",
    "message": "QuickBooks closed the connection (ConnectionError).", "fix": "Nothing to do.",
    "changed_at": 1795350500.4, "next_try_at": 1795350510.4, "failing_since": 1795350500.4, "attempts": 1,
    "hubspot_modified": 1795350500.177, "names": ["mara lind"],
    "intent": {
        "side": "quickbooks", "request_id": "a4166a57b9f54124ba3dc2190d3544ca", "b_id": "0",
        "body": {"GivenName": "Mara", "PrimaryEmailAddr": {"Address": "mara@lind.example"}, "DisplayName": "Mara Lind"},
        "values": {"firstname": "Mara", "email": "mara@lind.example", "phone": "", "display name": "Mara Lind"},
        "at": 1795350500.4,
    },
}  # fmt: skip


@pytest.mark.parametrize("stored", [LINKED, IN_THE_MAKING], ids=["linked", "in the making"])
def test_an_older_record_says_the_same_when_it_is_stored_again(stored: dict[str, Any]) -> None:
    assert as_stored(to_body(from_body(stored))) == stored


def test_an_older_link_is_one_with_its_agreed_values() -> None:
    record = from_body(LINKED)
    assert (record.linked, record.made) == (True, Side.QUICKBOOKS)
    assert record.base["firstname > GivenName"] == ("Ines", "Ines")


def test_older_decisions_of_a_customer_are_found_under_its_root() -> None:
    """Those of the other kinds have a place of their own, since ids are unique within a kind only."""
    record = from_body(LINKED)
    assert record.subject == record.root
    assert from_body({**LINKED, "kind": "invoice"}).subject != record.root


def test_an_older_intent_can_be_sent_again_as_it_was() -> None:
    intent = from_body(IN_THE_MAKING).intent
    assert intent is not None
    assert (intent.side, intent.request_id, intent.b_id) == (Side.QUICKBOOKS, "a4166a57b9f54124ba3dc2190d3544ca", "0")
    assert intent.body == IN_THE_MAKING["intent"]["body"]


@pytest.mark.parametrize("stored", [
    {"kind": "invoice", "lines": {"1": ["77", "abc"]}, "facts": {"stage": "sent"}, "deals": ["5", "6"]},
    {"kind": "payment", "invoices": ["130"], "notes": {"5": {"id": "9", "digest": "abc"}}},
])  # fmt: skip
def test_what_a_mirror_remembers_comes_back(stored: dict[str, Any]) -> None:
    body = {**ROW, "root": "quickbooks:130", **stored}
    assert as_stored(to_body(from_body(body))) == body


def test_what_a_newer_release_stored_is_kept_and_changes_nothing() -> None:
    record = from_body({**LINKED, "of_tomorrow": {"a": 1}})
    assert replace(record, beyond={}) == from_body(LINKED)
    assert to_body(replace(record, name="Another"))["of_tomorrow"] == {"a": 1}
    assert "of_tomorrow" not in to_body(record.without_person()), "it may be about the person"


def as_stored(value: Any) -> Any:
    """A table keeps lists where a record has tuples."""
    if isinstance(value, dict):
        return {str(name): as_stored(one) for name, one in value.items()}
    return [as_stored(one) for one in value] if isinstance(value, list | tuple) else value
