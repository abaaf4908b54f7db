"""People and programs that do something while an invoice is mirrored, and invoices larger than any batch."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.jobs import Expand, Job, Kind, Side
from chalicelib.mirror import follow
from chalicelib.remember.records import Record, State, to_body
from local.dials import Dial
from tests.local.quickbooks.selling import line
from tests.simulation.crashes.flows.invoices import (
    ON,
    changed,
    known,
    mirrored,
    new,
    paid,
    reworded,
    three,
    three_dealt,
)
from tests.simulation.crashes.world import CrashWorld

ITEM_BYTES_MAX = 400_000  # of one item in DynamoDB


@pytest.fixture
def world() -> CrashWorld:
    return CrashWorld(**ON)


def record(world: CrashWorld, invoice: str) -> Record:
    [found] = [one for one in world.records(Kind.INVOICE) if one.quickbooks_id == invoice]
    return found


def mirror(world: CrashWorld, invoice: str) -> dict[str, Any]:
    key = f"{world.company.realm_id}:{invoice}"
    [found] = [one for one in world.portal.records("invoices") if one["properties"].get("quickbooks_key") == key]
    return found


def amounts(world: CrashWorld, invoice: str) -> list[float]:
    return sorted(float(one["amount"]) for one in world.portal.lines("invoices", mirror(world, invoice)["id"]))


def test_quickbooks_is_edited_while_we_write(world: CrashWorld) -> None:
    ids = known(world)

    def edit() -> None:
        world.time += 2
        world.company.update("Invoice", "1", {"Line": three(1, 2)})

    world.meanwhile = ("line_items/batch/create", edit)
    new(world, ids)
    world.rest()
    assert amounts(world, "1") == [1, 2]
    assert mirror(world, "1")["properties"]["quickbooks_total"] == "3.00"
    assert record(world, "1").state is State.IN_SYNC


@pytest.mark.parametrize("before", ["line_items/batch/create", "line_items/batch/update", "invoices/batch/update"])
def test_a_person_deletes_the_mirror_while_we_write(world: CrashWorld, before: str) -> None:
    """It stays deleted, and the record says so."""
    ids = mirrored(world)
    world.meanwhile = (before, lambda: world.portal.archive_record("invoices", ids["mirror"]))
    changed(world, ids)
    world.rest()
    assert world.meanwhile is None
    assert world.portal.records("invoices") == []
    held = record(world, ids["invoice"])
    assert (held.state, "archived in HubSpot" in held.message) == (State.EXCLUDED, True)


@pytest.mark.parametrize("before", ["line_items/batch/create", "line_items/batch/update"])
def test_a_person_deletes_a_line_while_we_write(world: CrashWorld, before: str) -> None:
    """What QuickBooks has is there in the end, whichever it was."""
    ids = mirrored(world)
    lines = [one["hs_object_id"] for one in world.portal.lines("invoices", ids["mirror"])]
    world.meanwhile = (before, lambda: [world.portal.archive_record("line_items", one) for one in lines[:2]])
    changed(world, ids)
    world.rest()
    assert world.meanwhile is None
    assert amounts(world, ids["invoice"]) == [7, 11, 30]
    assert record(world, ids["invoice"]).state is State.IN_SYNC


@pytest.mark.parametrize("portal", ["whole", "bare"])
def test_a_persons_own_line_stays(portal: str) -> None:
    """Through updates, also one whose answer was lost; without our key it is known by who made it."""
    world = CrashWorld(portal, **ON)
    ids = known(world)
    new(world, ids)
    world.run()
    held = record(world, "1")
    world.portal.add_line("invoices", str(held.hubspot_id), {"name": "Mine", "price": "5", "quantity": "1"})
    world.time += 60
    world.hubspot.dials.set(Dial("lose_answer", ".*line_items/batch/create"))
    changed(world, {"invoice": "1"})
    world.rest()
    found = sorted(float(one["amount"]) for one in world.portal.lines("invoices", str(held.hubspot_id)))
    assert found == [5, 7, 11, 30]


def test_a_product_that_is_archived_keeps_no_line_away(world: CrashWorld) -> None:
    ids = known(world)
    [product] = world.portal.records("products")
    world.portal.archive_record("products", product["id"])
    new(world, ids)
    world.rest()
    assert amounts(world, "1") == [10, 20.5, 30]
    assert record(world, "1").state is State.IN_SYNC


def test_one_bad_line_harms_no_neighbour(world: CrashWorld) -> None:
    """What HubSpot says no to is found by halves."""
    ids = known(world)
    invoices = [world.invoice(ids["customer"], *three(), DocNumber=f"A-{number}") for number in range(4)]
    dial = Dial("status", ".*line_items/batch/create", body="bad word", status=400, times=0,
                json={"status": "error", "category": "VALIDATION_ERROR", "message": "no such words"})  # fmt: skip
    world.hubspot.dials.set(dial)
    bad = world.invoice(ids["customer"], *three(), line(5, Description="bad word"), DocNumber="A-9")
    world.run()
    assert [record(world, one).state for one in invoices] == [State.IN_SYNC] * 4
    assert [amounts(world, one) for one in invoices] == [[10, 20.5, 30]] * 4
    assert record(world, bad).state is State.FAILING
    world.hubspot.dials.clear()
    world.rest()
    assert (record(world, bad).state, amounts(world, bad)) == (State.IN_SYNC, [5, 10, 20.5, 30])


def test_an_invoice_of_many_lines_fits(world: CrashWorld) -> None:
    """Batches of a hundred; one of them is lost on the way; the record stays small enough for its table."""
    ids = known(world)
    many = [line(number + 1, Description=f"part {number}") for number in range(500)]
    world.hubspot.dials.set(Dial("lose_answer", ".*line_items/batch/create", skip=2))
    invoice = world.invoice(ids["customer"], *many, DocNumber="A-1")
    world.rest()
    assert amounts(world, invoice) == list(range(1, 501))
    held = record(world, invoice)
    assert (held.state, len(held.lines)) == (State.IN_SYNC, 500)
    assert len(json.dumps(to_body(held))) < ITEM_BYTES_MAX / 4


def test_more_lines_than_one_page_of_associations(world: CrashWorld) -> None:
    """A person may have added any number: ours are found among them."""
    ids = mirrored(world)
    for number in range(1_100):
        world.portal.add_line("invoices", ids["mirror"], {"name": f"Mine {number}", "price": "1", "quantity": "1"})
    world.hubspot.dials.set(Dial("lose_answer", ".*line_items/batch/create"))
    changed(world, ids)
    world.rest()
    ours = [one for one in world.portal.lines("invoices", ids["mirror"]) if one.get("quickbooks_line")]
    assert sorted(float(one["amount"]) for one in ours) == [7, 11, 30]


def test_a_void_invoice_is_filled_in_again(world: CrashWorld) -> None:
    ids = mirrored(world)
    world.company.void("Invoice", ids["invoice"])
    world.run()
    assert mirror(world, ids["invoice"])["properties"]["quickbooks_stage"] == "voided"
    world.time += 60
    world.company.update("Invoice", ids["invoice"], {"Line": three(4, 5)})
    world.rest()
    held = mirror(world, ids["invoice"])["properties"]
    assert (held["quickbooks_stage"], held["quickbooks_total"]) == ("waiting_to_be_sent", "9.00")
    assert amounts(world, ids["invoice"]) == [4, 5]


def test_a_deleted_invoices_number_is_used_again(world: CrashWorld) -> None:
    """The two are two, and nobody owes the first any more."""
    ids = mirrored(world)
    world.company.delete("Invoice", ids["invoice"])
    again = world.invoice(ids["customer"], *three(8), DocNumber="A-1")
    world.rest()
    gone, there = (mirror(world, one)["properties"] for one in (ids["invoice"], again))
    assert (gone["quickbooks_stage"], gone["quickbooks_balance"]) == ("deleted", "0")
    assert gone["hs_invoice_status"] == "voided"
    assert (there["quickbooks_stage"], there["quickbooks_number"], there["quickbooks_total"]) == (
        "waiting_to_be_sent", "A-1", "8.00",
    )  # fmt: skip


def test_payments_are_switched_off_half_way(world: CrashWorld) -> None:
    """No further note; what is there stays, and comes to nothing twice when they are on again."""
    ids = three_dealt(world)

    def off() -> None:
        world.configure(contacts={}, products={}, invoices={"payments": "none"})

    world.hubspot.dials.set(Dial("lose_answer", ".*notes/batch/create"))
    paid(world, ids)
    world.run(5)
    off()
    world.rest()
    world.configure(contacts={}, products={}, invoices={})
    [payment] = world.records(Kind.PAYMENT)
    world.queue.send([Job(world.id, Kind.PAYMENT, Side.QUICKBOOKS, str(payment.quickbooks_id), "the settings")])
    world.rest()
    assert [len(world.notes(ids[f"deal {number}"])) for number in (1, 2, 3)] == [1, 1, 1]


def test_a_payment_moves_to_another_invoice(world: CrashWorld) -> None:
    """A deal that comes to the former one later hears nothing of it."""
    ids = known(world)
    first, second = (world.invoice(ids["customer"], *three(100), DocNumber=f"A-{number}") for number in (1, 2))
    payment = world.company.pay(ids["customer"], 30, {first: 30})["Id"]
    world.run()
    world.time += 60
    link = {"TxnId": second, "TxnType": "Invoice"}
    world.company.update("Payment", payment, {"Line": [{"Amount": 30, "LinkedTxn": [link]}]})
    world.run()
    deal = world.portal.create_record("deals", {"dealname": "Roof"})
    world.portal.link("invoices", mirror(world, first)["id"], "deals", deal)
    world.queue.send([Job(world.id, Kind.PAYMENT, Side.QUICKBOOKS, payment, "a look at all")])
    world.rest()
    assert world.notes(deal) == []
    assert [mirror(world, one)["properties"]["quickbooks_balance"] for one in (first, second)] == ["100.00", "70.00"]


def test_a_line_in_other_words_is_told(world: CrashWorld) -> None:
    """A change of line items alone is a change, and `why` shows it."""
    ids = mirrored(world)
    reworded(world, ids)
    world.run()
    pages = world.table.page(f"{world.id}|decision|invoice|quickbooks:{ids['invoice']}")
    assert any("line" in json.dumps(one.body["plan"]) for one in pages[-1:])


def test_a_late_update_of_a_deal_is_not_overtaken(world: CrashWorld) -> None:
    """A request that we no longer wait for may still arrive: nothing newer is written before it."""
    ids = mirrored(world)
    world.fault_in = ("arrives late", "deals/batch/update")
    world.company.update("Invoice", ids["invoice"], {"DocNumber": "B-1"})
    world.portal.update_record("deals", ids["deal"], {"quickbooks_invoice_number": "wrong"})
    world.queue.send([Expand(world.id, follow.SOURCE, ids["deal"])])
    world.run(30)
    assert world.arriving, "the update of the deal is on its way"
    world.rest()
    assert world.portal.record("deals", ids["deal"])["quickbooks_invoice_number"] == "B-1"


@pytest.mark.parametrize("act", [changed, reworded])
def test_logs_hold_no_values(
    world: CrashWorld, act: Callable[[CrashWorld, dict[str, str]], None], caplog: pytest.LogCaptureFixture
) -> None:
    ids = mirrored(world)
    said_no = {"status": "error", "category": "VALIDATION_ERROR", "message": "Aster 11"}
    world.hubspot.dials.set(Dial("status", ".*line_items/batch/.*", status=400, times=3, json=said_no))
    with caplog.at_level(logging.DEBUG):
        act(world, ids)
        world.rest()
    said = " ".join(json.dumps(vars(one), default=str) for one in caplog.records if one.name == "hqsync")
    assert said
    for value in ("Aster", "other words", "A-1", "60.50", "part 0"):
        assert value not in said
