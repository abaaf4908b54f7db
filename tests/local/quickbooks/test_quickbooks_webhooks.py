"""Webhooks (reference 3): both formats, the signature, and what is told when."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.quickbooks import Company, QuickBooks
from local.quickbooks.events import signature
from tests.local.quickbooks.quickbooks_world import REALM_ID, VERIFIER_TOKEN, Api, Clock
from tests.local.quickbooks.selling import inventory, invoice, line, opened

HOOK = "https://app.example/webhooks/quickbooks"


@dataclass
class Mailbox:
    """Takes deliveries and answers with `status`."""

    quickbooks: QuickBooks
    clock: Clock
    status: int = 200
    letters: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def collect(self, after_s: float = 1.0) -> list[Any]:
        """Let time pass, and return the bodies that came."""
        self.clock.advance(after_s)
        before = len(self.letters)
        self.quickbooks.delivery.tick(self._take)
        return [json.loads(body) for _, body, _ in self.letters[before:]]

    def kinds(self) -> list[tuple[str, str]]:
        return [(event["type"], event["intuitentityid"]) for body in self.collect() for event in body]

    def _take(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.letters.append((url, body, headers))
        return self.status


@pytest.fixture
def mailbox(quickbooks: QuickBooks, company: Company, clock: Clock) -> Mailbox:
    quickbooks.delivery.url = HOOK
    quickbooks.issue_tokens(company.realm_id)
    return Mailbox(quickbooks, clock)


def test_the_signature_agrees_with_the_test_vector() -> None:
    """Reference 3.4."""
    body = (
        b'[{"specversion":"1.0","id":"e-1","type":"qbo.invoice.updated.v1",'
        b'"intuitentityid":"130","intuitaccountid":"9130350000000000"}]'
    )
    assert signature("sample-verifier-token", body) == "RVCP3qQ8/OPvq+0iIKHOPMktwKKSaJpFzYjmOnlwPd4="


def test_a_change_arrives_as_a_signed_cloud_event(company: Company, mailbox: Mailbox, clock: Clock) -> None:
    """An array; the id a UUID, the source opaque, the time in UTC with nine digits."""
    clock.advance(0.25)
    id = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    [[event]] = mailbox.collect()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event.pop("id"))
    assert re.fullmatch(r"intuit\.[A-Za-z0-9+/]{43}=", event.pop("source"))
    assert event == {
        "specversion": "1.0",
        "type": "qbo.customer.created.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-02T21:00:00.250000000Z",
        "intuitentityid": id,
        "intuitaccountid": REALM_ID,
        "data": {},
    }
    [(url, body, headers)] = mailbox.letters
    expected = base64.b64encode(hmac.new(VERIFIER_TOKEN.encode(), body, hashlib.sha256).digest()).decode()
    assert (url, headers["intuit-signature"]) == (HOOK, expected)
    assert headers["content-type"].startswith("application/json")


def test_everything_that_a_person_does_is_told(company: Company, mailbox: Mailbox) -> None:
    """In order, each with its own id; an employee's creation has its second id."""
    for entity, body in (
        ("Customer", {"DisplayName": "Aster"}),
        ("Vendor", {"DisplayName": "Supplier"}),
        ("Employee", {"GivenName": "Pat"}),
    ):
        company.create(entity, body)
    company.update("Vendor", "2", {"AcctNum": "7"})
    company.inactivate("Customer", "1")
    company.reactivate("Customer", "1")
    [events] = mailbox.collect()
    assert [(event["type"], event["intuitentityid"]) for event in events] == [
        ("qbo.customer.created.v1", "1"),
        ("qbo.vendor.created.v1", "2"),
        ("qbo.employee.created.v1", "3"),
        ("qbo.vendor.updated.v1", "2"),
        ("qbo.customer.updated.v1", "1"),
        ("qbo.customer.updated.v1", "1"),
    ]
    assert len({event["id"] for event in events}) == 6
    assert events[2]["data"]["alternative_ids"][0]["namespace"] == "Intuit.sbseg.v4"


def test_our_own_writes_are_told_as_well(api: Api, mailbox: Mailbox, quickbooks: QuickBooks) -> None:
    """Each success, alone or in a batch; neither refusals nor replays nor reads."""
    api.token = quickbooks.issue_tokens(api.realm_id)["access_token"]
    api.post("customer", {"DisplayName": "Aster"}, requestid="r")
    api.post("customer", {"DisplayName": "Aster"}, requestid="r")
    api.post("customer", {"DisplayName": "aster"})
    api.get("customer/1")
    update = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "x"}
    create = {"bId": "2", "operation": "create", "Customer": {"DisplayName": "Birch"}}
    api.batch({"bId": "1", "operation": "update", "Customer": update}, create)
    assert mailbox.kinds() == [
        ("qbo.customer.created.v1", "1"),
        ("qbo.customer.updated.v1", "1"),
        ("qbo.customer.created.v1", "2"),
    ]


def test_a_merge_names_the_one_that_is_gone(company: Company, mailbox: Mailbox) -> None:
    """The entity id is the survivor's."""
    for name in ("Aster", "Birch"):
        company.create("Customer", {"DisplayName": name})
    mailbox.collect()
    company.merge_customers("1", "2")
    [[event]] = mailbox.collect()
    assert (event["type"], event["intuitentityid"], event["data"]) == (
        "qbo.customer.merged.v1",
        "1",
        {"deletedid": "2"},
    )


@pytest.mark.parametrize("word", ["updated", "deleted"])
def test_what_an_inactivation_is_called_can_be_chosen(
    quickbooks: QuickBooks, company: Company, mailbox: Mailbox, word: Any
) -> None:
    """A change of someone who is inactive already is an update in any case."""
    quickbooks.settings.inactivation_event = word
    company.create("Customer", {"DisplayName": "Aster"})
    mailbox.collect()
    company.inactivate("Customer", "1")
    company.update("Customer", "1", {"Notes": "x"})
    assert mailbox.kinds() == [(f"qbo.customer.{word}.v1", "1"), ("qbo.customer.updated.v1", "1")]


def test_the_legacy_format_groups_by_company(quickbooks: QuickBooks, company: Company, mailbox: Mailbox) -> None:
    """Capital operations, no event ids, deletedId only on Merge."""
    quickbooks.settings.payload_style = "legacy"
    other = quickbooks.add_company("7")
    quickbooks.issue_tokens("7")
    company.create("Customer", {"DisplayName": "Aster"})
    other.create("Vendor", {"DisplayName": "Supplier"})
    company.create("Customer", {"DisplayName": "Birch"})
    company.merge_customers("1", "2")
    [body] = mailbox.collect()
    at = "2026-11-02T21:00:00.000Z"
    mine = [
        {"name": "Customer", "id": "1", "operation": "Create", "lastUpdated": at},
        {"name": "Customer", "id": "2", "operation": "Create", "lastUpdated": at},
        {"name": "Customer", "id": "1", "operation": "Merge", "lastUpdated": at, "deletedId": "2"},
    ]
    others = [{"name": "Vendor", "id": "1", "operation": "Create", "lastUpdated": at}]
    assert body == {
        "eventNotifications": [
            {"realmId": REALM_ID, "dataChangeEvent": {"entities": mine}},
            {"realmId": "7", "dataChangeEvent": {"entities": others}},
        ]
    }


def test_nothing_is_told_before_the_app_is_connected(quickbooks: QuickBooks, clock: Clock) -> None:
    """Nor after a disconnection."""
    quickbooks.delivery.url = HOOK
    mailbox = Mailbox(quickbooks, clock)
    company = quickbooks.add_company(REALM_ID, sample=True)
    company.create("Customer", {"DisplayName": "Aster"})
    assert mailbox.collect() == []
    quickbooks.issue_tokens(REALM_ID)
    company.create("Customer", {"DisplayName": "Birch"})
    assert len(mailbox.collect()) == 1
    quickbooks.disconnect(REALM_ID)
    company.create("Customer", {"DisplayName": "Cedar"})
    assert mailbox.collect() == []
    assert quickbooks.delivery.idle()


def test_a_delivery_that_fails_is_tried_again_on_intuits_ladder(company: Company, mailbox: Mailbox) -> None:
    """10, 20, 30 s, 5, 20 min, 2, 4, 6 h, and every 6 h; then it is lost."""
    mailbox.status = 500
    company.create("Customer", {"DisplayName": "Aster"})
    assert len(mailbox.collect()) == 1
    for wait_s in (10, 20, 30, 300, 1200, 7200, 14_400, 21_600, 21_600):
        assert mailbox.collect(wait_s - 1) == []
        assert len(mailbox.collect(1)) == 1
    mailbox.status = 200
    assert len(mailbox.collect(21_600)) == 1
    assert len({body for _, body, _ in mailbox.letters}) == 1
    assert mailbox.quickbooks.delivery.idle()
    assert mailbox.quickbooks.delivery.timeout_s == 3.0


def test_copies_and_order_and_loss_can_be_dialled(quickbooks: QuickBooks, company: Company, mailbox: Mailbox) -> None:
    """What local.delivery can do, it does here."""
    dials = quickbooks.delivery.dials
    dials.copies, dials.backwards, dials.drop = 2, True, 1
    for name in ("Lost", "Aster", "Birch"):
        company.create("Customer", {"DisplayName": name})
    assert mailbox.kinds() == [("qbo.customer.created.v1", id) for id in ("3", "2", "3", "2")]
    assert [event["intuitentityid"] for event in quickbooks.delivery.lost] == ["1"]
    dials.hold = True
    company.create("Customer", {"DisplayName": "Held"})
    assert mailbox.collect() == []
    quickbooks.delivery.release()
    assert len(mailbox.collect()) == 2


def told(mailbox: Mailbox) -> list[str]:
    """What came, as `invoice.updated 1`."""
    return [f"{type.removeprefix('qbo.').removesuffix('.v1')} {id}" for type, id in mailbox.kinds()]


def test_a_payment_is_told_with_the_invoices_it_changes(company: Company, mailbox: Mailbox) -> None:
    """And so are its void and its end; an invoice's own void and end with the payments that come free."""
    customer = opened(company)
    for _ in range(2):
        company.create("Invoice", invoice(customer))
    mailbox.collect()
    company.pay(customer, 60, {"1": 50, "2": 10})
    assert told(mailbox) == ["payment.created 3", "invoice.updated 1", "invoice.updated 2"]
    company.void("Payment", "3")
    assert told(mailbox) == ["payment.voided 3", "invoice.updated 1", "invoice.updated 2"]
    company.pay(customer, 30, {"1": 30})
    mailbox.collect()
    company.void("Invoice", "1")
    assert told(mailbox) == ["invoice.voided 1", "payment.updated 4"]
    company.send("Invoice", "2", "a@aster.example")
    company.pay(customer, 20, {"2": 20})
    mailbox.collect()
    company.delete("Payment", "5")
    company.delete("Invoice", "2")
    assert told(mailbox) == ["payment.deleted 5", "invoice.updated 2", "invoice.deleted 2"]


def test_a_sale_of_inventory_is_told_with_the_item(company: Company, mailbox: Mailbox, quickbooks: QuickBooks) -> None:
    """The noise that a client has to bear; it can be switched off."""
    customer = opened(company)
    pump = company.create("Item", inventory())["Id"]
    mailbox.collect()
    company.create("Invoice", invoice(customer, line(10, pump, detail={"Qty": 1})))
    assert told(mailbox) == ["invoice.created 1", f"item.updated {pump}"]
    quickbooks.settings.linked_events = False
    company.pay(customer, 10, {"1": 10})
    assert told(mailbox) == ["payment.created 2"]
    assert company.get("Invoice", "1")["SyncToken"] == "1"


def test_a_void_can_be_spelled_otherwise_and_in_the_old_format(
    company: Company, mailbox: Mailbox, quickbooks: QuickBooks
) -> None:
    """Sources differ (reference 3.3)."""
    customer = opened(company)
    company.create("Invoice", invoice(customer))
    mailbox.collect()
    quickbooks.settings.void_event = "void"
    company.void("Invoice", "1")
    assert told(mailbox) == ["invoice.void 1"]
    quickbooks.settings.payload_style = "legacy"
    company.void("Invoice", "1")
    company.send("Invoice", "1", "a@aster.example")
    entities = [
        each
        for body in mailbox.collect()
        for realm in body["eventNotifications"]
        for each in realm["dataChangeEvent"]["entities"]
    ]
    assert [(each["name"], each["operation"]) for each in entities] == [("Invoice", "Void"), ("Invoice", "Emailed")]
