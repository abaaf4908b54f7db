"""What nobody saw the end of, and what has gone without a word: a mirror, its lines, its deals and its notes tell the
truth in the end. Each of these was found by the simulated world."""

from __future__ import annotations

import pytest

from chalicelib.jobs import Kind
from chalicelib.remember.records import Record, State
from local.dials import Dial
from tests.local.quickbooks.selling import line
from tests.simulation.crashes.cases import Ids
from tests.simulation.crashes.flows.invoices import ON, known, mirrored, paid_before, three
from tests.simulation.crashes.world import CrashWorld

OURS = "quickbooks_invoice_"


@pytest.fixture
def world() -> CrashWorld:
    return CrashWorld(**ON)


def record(world: CrashWorld, kind: Kind, id: str) -> Record:
    [found] = [one for one in world.records(kind) if one.quickbooks_id == id]
    return found


def billed(world: CrashWorld, deal: str) -> dict[str, str]:
    held = world.portal.record("deals", deal)
    return {name.removeprefix(OURS): value for name, value in held.items() if name.startswith(OURS)}


def told(world: CrashWorld, ids: Ids, **changes: object) -> None:
    world.time += 60
    world.company.update("Invoice", ids["invoice"], changes)


def test_why_an_invoice_came_alone_is_said_although_its_totals_got_no_answer(world: CrashWorld) -> None:
    customer = world.customer("No Mail", GivenName="Nomi")
    world.hubspot.dials.set(Dial("lose_answer", ".*invoices/batch/update"))
    invoice = world.invoice(customer, *three(), DocNumber="A-1")
    world.rest()
    assert not world.hubspot.dials.waiting()
    held = record(world, Kind.INVOICE, invoice)
    assert (held.state, "e-mail" in held.message) == (State.IN_SYNC, True)


def test_a_total_that_returns_after_a_lost_answer_is_written_again(world: CrashWorld) -> None:
    """The update arrived: what was last seen written is not what HubSpot holds."""
    ids = mirrored(world)
    lines = world.company.get("Invoice", ids["invoice"])["Line"]
    world.hubspot.dials.set(Dial("lose_answer", ".*invoices/batch/update"))
    told(world, ids, DueDate="2027-03-01", Line=[*lines, line(5)])
    world.run(60)
    assert world.portal.record("invoices", ids["mirror"])["hs_due_date"].startswith("2027-03-01")
    told(world, ids, DueDate="2027-02-01", Line=lines)
    told(world, ids, DueDate=world.company.get("Invoice", ids["invoice"])["TxnDate"], Line=lines)
    world.rest()
    held = world.portal.record("invoices", ids["mirror"])
    assert (held["quickbooks_total"], held["quickbooks_balance"]) == ("60.50", "60.50")
    assert held["hs_due_date"][:10] == world.company.get("Invoice", ids["invoice"])["DueDate"]


def test_a_line_that_returns_after_a_lost_answer_is_written_again(world: CrashWorld) -> None:
    ids = mirrored(world)
    first, *others = world.company.get("Invoice", ids["invoice"])["Line"]
    world.hubspot.dials.set(Dial("lose_answer", ".*line_items/batch/update"))
    told(world, ids, Line=[{**first, "Amount": 11}, *others])
    world.run(60)
    told(world, ids, Line=[first, *others])
    world.rest()
    amounts = sorted(float(one["amount"]) for one in world.portal.lines("invoices", ids["mirror"]))
    assert amounts == [10, 20.5, 30]


def test_a_note_that_returns_after_a_lost_answer_is_written_again(world: CrashWorld) -> None:
    ids = paid_before(world)
    before = world.notes(ids["deal"])
    world.hubspot.dials.set(Dial("lose_answer", ".*notes/batch/update"))
    for reference in ("another", ""):
        world.time += 60
        world.company.update("Payment", ids["payment"], {"PaymentRefNum": reference or None})
        world.run(60)
    world.rest()
    assert world.notes(ids["deal"]) == before


def test_a_mirror_that_a_person_deletes_leaves_its_deal(world: CrashWorld) -> None:
    """The deal shows what other invoice it has, or nothing."""
    ids = mirrored(world)
    assert billed(world, ids["deal"])["number"] == "A-1"
    world.portal.archive_record("invoices", ids["mirror"])
    world.rest()
    assert billed(world, ids["deal"]) == {}


def test_a_mirror_that_we_archive_leaves_its_deal() -> None:
    world = CrashWorld(contacts={}, products={}, invoices={"deletes": "archive"})
    ids = mirrored(world)
    world.company.delete("Invoice", ids["invoice"])
    world.rest()
    assert world.portal.records("invoices") == []
    assert billed(world, ids["deal"]) == {}


def test_a_deal_that_comes_back_without_its_invoice_is_cleared(world: CrashWorld) -> None:
    ids = mirrored(world)
    world.portal.archive_record("deals", ids["deal"])
    world.portal.archive_record("invoices", ids["mirror"])
    world.run()
    world.portal.restore_record("deals", ids["deal"])
    assert billed(world, ids["deal"])["number"] == "A-1"
    world.rest()
    assert billed(world, ids["deal"]) == {}


@pytest.mark.parametrize("new_id", [True, False], ids=["a third deal", "the first deal"])
def test_a_note_that_came_with_a_merge_is_not_made_anew(world: CrashWorld, new_id: bool) -> None:
    """The surviving deal has it already, and only that one tells on."""
    ids = paid_before(world)
    other = world.portal.create_record("deals", {"dealname": "Wall"})
    survivor = world.portal.merge_deals(other, ids["deal"], new_id=new_id)
    world.rest()
    assert len(world.notes(survivor)) == 1
    world.time += 60
    world.company.void("Payment", ids["payment"])
    world.rest()
    [note] = world.notes(survivor)
    assert "voided" in note
    assert len(world.portal.records("notes")) == 1


def test_an_invoice_whose_contact_is_nowhere_waits_for_the_customer(world: CrashWorld) -> None:
    """HubSpot does not show the contact, and not as archived either: the customer fails, and the invoice with it."""
    ids = known(world)
    contact = str(record(world, Kind.CUSTOMER, ids["customer"]).hubspot_id)
    world.hubspot.delivery.dials.drop = 1_000
    world.portal.gdpr_delete_contact(contact)
    world.company.update("Customer", ids["customer"], {"GivenName": "Anna"})
    world.run()
    assert record(world, Kind.CUSTOMER, ids["customer"]).state is State.FAILING
    invoice = world.invoice(ids["customer"], *three(), DocNumber="A-1")
    world.run()
    held = record(world, Kind.INVOICE, invoice)
    assert (held.state, held.category) == (State.FAILING, "missing_customer")
    assert world.portal.records("invoices") == []


def test_an_item_that_its_own_notice_has_linked_is_not_taken_back_by_a_late_answer() -> None:
    """Its making got no answer, its product is archived, and QuickBooks' notice makes it a new one. The old request,
    sent again, is answered with the same item: it stays where it is."""
    world = CrashWorld(contacts={}, products={"direction": "both", "create": {"income_account": "1"}})
    world.quickbooks.dials.set(Dial("lose_answer", ".*/batch"))
    first = world.product("Pump")
    world.run(2)
    world.portal.archive_record("products", first)
    [item] = [one["Id"] for one in world.company.all("Item") if one["Name"] == "Pump"]
    world.hubspot.dials.set(Dial("status", ".*/products/batch/(read|archive).*", status=503, times=2))
    world.rest()
    [second] = [one["id"] for one in world.portal.records("products") if one["properties"]["name"] == "Pump"]
    records = {one.hubspot_id: one for one in world.records(Kind.PRODUCT) if one.hubspot_id in (first, second)}
    assert (records[second].quickbooks_id, records[second].state) == (item, State.IN_SYNC)
    assert (records[first].quickbooks_id, records[first].state) == (None, State.EXCLUDED)
    assert not world.broken


@pytest.mark.parametrize("deletes", ["ignore", "archive"])
def test_a_lost_create_of_an_invoice_that_was_deleted_since_goes_its_way(deletes: str) -> None:
    """Nothing is to be made any more; what was made is linked all the same, and says what became of it, or goes."""
    world = CrashWorld(**{**ON, "invoices": {"deletes": deletes}})
    ids = known(world)
    world.hubspot.dials.set(Dial("lose_answer", ".*invoices/batch/create"))
    invoice = world.invoice(ids["customer"], *three(), DocNumber="A-1")
    world.run(60)
    assert not world.hubspot.dials.waiting()
    world.company.delete("Invoice", invoice)
    world.rest()
    held = record(world, Kind.INVOICE, invoice)
    assert (held.state, held.linked, held.intent) == (State.EXCLUDED, True, None)
    mirrors = [one["properties"] for one in world.portal.records("invoices")]
    assert [one["quickbooks_stage"] for one in mirrors] == (["deleted"] if deletes == "ignore" else [])
