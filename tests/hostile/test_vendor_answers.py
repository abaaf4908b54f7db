"""A vendor answers what it never would: no worker breaks, no record is lost, and all is well when answers are sane."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.access.oauth import Declined, Issued, Refused, Unanswered
from chalicelib.failures import Category, Unknown
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Portal, Realm
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.records import State
from tests.chalicelib.access.granting import speaking
from tests.chalicelib.answering import Answer, Badge, Vendor, transport
from tests.hostile.listening import Heard
from tests.hostile.lying import UNREADABLE, VALUES, Lie, LyingWorld, spoilt, undisturbed
from tests.hostile.strange import deep
from tests.hostile.tokens import TOLD
from tests.hostile.trying import GIVEN, tries

EVERY = 1 if GIVEN else 12  # so many-th call of the day is lied to by each kind of lie, and another one by each


def lied_to(turn: int, lie: Lie) -> LyingWorld:
    """A day with this lie in it; that it comes to its end means that no worker broke."""
    world = LyingWorld()
    world.day(turn, lie)
    return world


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_nobody_can_read_delays_and_does_no_more(name: str, heard: Heard) -> None:
    """A day with a lie in it ends as one without; meanwhile the records say that a vendor is away, and whose it is."""
    healed, calls = undisturbed()
    for turn in range(list(UNREADABLE).index(name) % EVERY, len(calls), EVERY):
        world = lied_to(turn, UNREADABLE[name])
        for record in world.everyone():
            assert record.state is not State.PARKED
            assert record.category in (None, Category.VENDOR_DOWN), f"{calls[turn]}: {record.message}"
        world.heal()
        assert world.picture() == healed, f"{turn}: {calls[turn]}"
    heard.canaries |= {"jane@roe.example", "Jane Roe", "Poe & Daughters", "+1 555 0100", "Ann Poe"}


@given(share=st.floats(0, 0.999), number=st.integers(0, 500), value=st.sampled_from(VALUES))
@tries(25)
def test_one_strange_value_anywhere_in_an_answer_is_mended_by_the_next_sane_one(
    share: float, number: int, value: Any
) -> None:
    healed, calls = undisturbed()
    turn = int(share * len(calls))
    world = lied_to(turn, spoilt(number, value))
    assert all(record.state is not State.PARKED for record in world.everyone())
    world.heal()
    assert world.picture() == healed, calls[turn]


def test_a_lie_is_told_at_all(heard: Heard) -> None:
    """Or the two tests above would try nothing."""
    _, calls = undisturbed()
    world = lied_to(calls.index(next(call for call in calls if "/search" in call)), UNREADABLE["a fault of no kind"])
    assert any("makes no sense" in line for line in heard.lines)
    assert world.answers != list(calls)


ASK_HUBSPOT = {
    "batch_read": lambda one: one.batch_read("contacts", ["1"], ["email"]),
    "read": lambda one: one.read("contacts", "1", ["email"]),
    "batch_create": lambda one: one.batch_create("contacts", [{"properties": {}}]),
    "batch_update": lambda one: one.batch_update("contacts", [{"id": "1", "properties": {}}]),
    "associations": lambda one: one.associations("contacts", "companies", ["1"]),
    "search": lambda one: one.search("contacts", {}),
    "list_page": lambda one: one.list_page("contacts", None, []),
}
ASK_QUICKBOOKS = {
    "batch": lambda one: one.batch([{"bId": "0", "Query": "x"}], "ask"),
    "query": lambda one: one.query("select", "Item", "ask"),
    "info": lambda one: one.company_info(),
    "changes": lambda one: one.changes(["Item"], "2026-11-01"),
    "preferences": lambda one: one.preferences(),
}
BODIES = [
    "{}",
    '{"results": 1}',
    '{"results": [1]}',
    '{"results": [{"id": "1|2"}]}',
    '{"results": [{"id": null}]}',
    '{"results": ' + deep(900) + "}",
    '{"results": NaN}',
    '{"QueryResponse": []}',
    '{"QueryResponse": 1, "time": "x"}',
    '{"QueryResponse": {"Item": [{"Id": "1|2"}]}}',
    '{"BatchItemResponse": [1]}',
    '{"CDCResponse": [[]]}',
    '{"QueryResponse": {"totalCount": "x", "Item": "x"}}',
    '{"CompanyInfo": 1, "Preferences": [1]}',
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("ask", [*ASK_HUBSPOT.values(), *ASK_QUICKBOOKS.values()], ids=[*ASK_HUBSPOT, *ASK_QUICKBOOKS])
def test_a_client_raises_nothing_but_what_a_call_may_raise(ask: Any, body: str) -> None:
    """Whoever asked hears that there is no answer."""
    vendor = Vendor(lambda _asked: Answer(200, body))
    for client, account in ((HubSpot, Portal("1")), (QuickBooks, Realm("1"))):
        if ask in (ASK_HUBSPOT if client is HubSpot else ASK_QUICKBOOKS).values():
            with pytest.raises(Unknown):
                ask(client(transport(vendor, client.__name__, speaker=Badge(account))))


@pytest.mark.parametrize("told", [one for _, one in TOLD], ids=[name for name, _ in TOLD])
def test_whatever_an_authorization_server_says_is_one_of_four_answers(told: Any) -> None:
    """A grant ends by the vendor's own word only; what makes no sense leaves it as it is."""
    said = told if isinstance(told, Answer) else Answer(200, told)
    for authority in speaking(lambda _asked: said)[:2]:
        answer = authority.refresh("canary-refresh")
        assert isinstance(answer, Issued | Refused | Declined | Unanswered)
        if isinstance(answer, Issued):
            assert answer.tokens.access_token
            assert 0 < answer.tokens.expires_in < float("inf")
            assert answer.account == "" or answer.account.isdigit()
        else:
            assert not isinstance(answer, Refused)
