"""`why` has an answer for every state, and for what the sync has never heard of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.test_plan import quiet
from tests.stories.world import World


def story(world: World, name: str) -> str:
    return " ".join(world.ops("why", "customer", name)["story"])


def test_of_a_contact_that_nobody_told_about_it_says_what_would_happen(world: World) -> None:
    quiet(world)
    world.connect()
    contact = world.contact("New", "Comer", "new@comer.example")
    told = world.ops("why", "customer", f"hubspot:{contact}")
    assert told["record"]["hubspot_id"] == contact
    assert told["record"]["state"] is None
    assert told["decisions"] == []
    text = " ".join(told["story"])
    assert "never heard" in text
    assert "would create it in QuickBooks" in text
    assert "'New Comer'" in text
    assert world.names() == []
    assert world.records() == []


@pytest.mark.parametrize("name", ["new@comer.example", "New Comer"])
def test_it_is_found_by_what_people_call_it(world: World, name: str) -> None:
    quiet(world)
    world.hubspot.settings.index_lag_s = 0.0
    world.connect()
    world.contact("New", "Comer", "new@comer.example")
    assert "would create it in QuickBooks" in story(world, name)


def test_a_customer_is_found_by_its_name_and_by_a_bare_id(world: World) -> None:
    quiet(world)
    world.connect()
    customer = world.customer("Only Here", "only@here.example")
    assert "would create it in HubSpot" in story(world, "Only Here")
    assert "would create it in HubSpot" in story(world, customer["Id"])


def test_it_says_what_keeps_an_unheard_record_out(world: World) -> None:
    quiet(world)
    world.connect()
    nameless = world.contact("No", "Mail")
    assert "no e-mail address" in story(world, f"hubspot:{nameless}")
    world.company.create("Vendor", {"DisplayName": "Taken Name"})
    taken = world.contact("Taken", "Name", "taken@x.example")
    assert "name_taken" in story(world, f"hubspot:{taken}")


def test_whom_neither_system_knows_is_not_invented(world: World) -> None:
    world.connect()
    for name in ("hubspot:999", "nobody@nowhere.example", "No Body"):
        error: Any = world.ops("why", "customer", name, code=1)
        assert "neither system knows" in error["error"], error


def test_of_two_who_were_never_linked_it_says_what_the_plan_says(world: World) -> None:
    quiet(world)
    world.connect()
    world.contact("Ada", "Byron", "ada@byron.example", phone="111")
    world.customer("Ada Byron", "ada@byron.example", PrimaryPhone={"FreeFormNumber": "222"})
    [row] = world.ops("plan")["records"]
    [would] = world.ops("why", "customer", "ada@byron.example")["would"]
    assert {name: would[name] for name in ("action", "changes")} == {name: row[name] for name in ("action", "changes")}
    assert {"field": "quickbooks.PrimaryPhone.FreeFormNumber", "old": "222", "new": "111"} in would["changes"]


@pytest.mark.parametrize("name", ["", " ", "hubspot:", "quickbooks:", "x" * 501])
@pytest.mark.parametrize("command", ["why", "history", "undo", "retry"])
def test_what_can_be_nobodys_name_is_wrong_use(world: World, command: str, name: str) -> None:
    world.connect()
    assert world.ops(command, "customer", name, code=2)["error"]


@pytest.mark.parametrize("name", ["quickbooks:99999", "quickbooks:x", "hubspot:../x", "漢" * 100])
def test_an_id_that_nobody_has_is_not_said_to_be_there(world: World, name: str) -> None:
    world.connect()
    assert "neither system knows" in world.ops("why", "customer", name, code=1)["error"]


def test_of_an_invoice_it_says_what_would_come_in_words_of_people(world: World) -> None:
    customer = world.trade()
    world.quickbooks.delivery.dials.drop = 100
    invoice = world.invoice(customer, DocNumber="A-18")
    told = " ".join(world.ops("why", "invoice", f"quickbooks:{invoice}")["story"])
    assert f"Invoice {invoice} in QuickBooks, known as 'A-18', is there." in told
    assert "Stage in HubSpot would be 'waiting_to_be_sent'." in told


def test_of_a_kind_that_is_off_it_promises_nothing(world: World) -> None:
    customer = world.trade()
    world.configure(products={}, invoices={"enabled": False})
    invoice = world.invoice(customer, DocNumber="A-18")
    told = world.ops("why", "invoice", "A-18")
    [would] = told["would"]
    assert (would["quickbooks_id"], would["action"], would["changes"]) == (invoice, "excluded", [])
    assert "invoices are switched off in the settings" in told["story"][-1]


def test_a_payment_has_no_id_in_hubspot_to_ask_by(world: World) -> None:
    world.trade()
    assert "reference number" in world.ops("why", "payment", "hubspot:5", code=1)["error"]


def test_an_invoices_story_has_no_names_of_events_and_properties(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer)
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.payment(customer, 100, {invoice: 100})
    world.come_to_rest()
    told = " ".join(world.ops("why", "invoice", f"quickbooks:{invoice}")["story"])
    assert "because the invoice was created in QuickBooks" in told
    assert "It replaced stage 'waiting_to_be_sent' by 'paid' in HubSpot." in told
    assert "update HubSpot status, balance, stage in HubSpot" in told


def test_a_retry_does_not_forget_what_a_deleted_invoice_was(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-18")
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.company.delete("Invoice", invoice)
    world.come_to_rest()
    before = world.record(kind="invoice", quickbooks_id=invoice)
    world.ops("retry", "invoice", "A-18")
    after = world.record(kind="invoice", quickbooks_id=invoice)
    assert (after["hubspot_id"], after["state"], after["message"]) == (
        before["hubspot_id"], "excluded", before["message"],
    )  # fmt: skip
