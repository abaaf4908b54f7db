"""What must be true of invoices, payments and deals when a history has come to rest (letters: see `model`).

(m) money: an invoice comes to the same on both sides, to the cent, and so do total, balance and stage
(w) whose: an invoice belongs to whom it came with, or to whom a person has given it
(g) following: a deal shows its latest invoice, and each payment stands on it once
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.records import Record
from local.quickbooks import clock
from tests.simulation.model_products import OPEN, states
from tests.simulation.watch import name
from tests.simulation.watch_sales import found, settled
from tests.simulation.world import Firm, World

EXTRAS = {"tax", "shipping", "rounding", "adjustment"}  # line items that stand for no line
CENT = Decimal("0.01")
HOUR_S = 3_600.0  # the clock has looked at every invoice since then


def complaints(world: World) -> Iterator[str]:
    for firm in world.firms:
        settings = world.settings[firm.id]
        if "invoices" in settings:
            yield from _invoices(world, firm, world.records(firm, Kind.INVOICE))
            yield from _deals(world, firm)
            yield from states(world.records(firm, Kind.PAYMENT), ())
    yield from _line_items(world)
    yield from world.sales.wrong


# --- invoices ---------------------------------------------------------------------------------------------------------


def _invoices(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    by_invoice, keyed = {str(one.quickbooks_id): one for one in records}, _keyed(firm)
    live = {one["Id"]: one for one in firm.company.all("Invoice")}
    if len(by_invoice) != len(records):
        yield f"(d) an invoice of {firm.id} belongs to two records"
    for id, mirrors in keyed.items():
        if len(mirrors) > 1:
            yield f"(d) invoice {id} has the mirrors {[one['id'] for one in mirrors]}"
        if id not in by_invoice:
            yield f"(d) mirror {mirrors[0]['id']} belongs to no record"
        elif id not in live:
            yield from _deleted(world, firm, mirrors[0], by_invoice[id])
    for id, invoice in live.items():
        if id not in by_invoice:
            yield f"(l) invoice {id} is not known"
        else:
            yield from _invoice(world, firm, invoice, keyed.get(id, []), by_invoice[id])
    yield from states(records, ("missing_customer",))
    for one in firm.portal.records("invoices"):
        ours = [key for key in one["properties"] if key.startswith("quickbooks_")]
        if name("invoices", firm, one["id"]) in world.watch.by_people and (
            ours or not one["properties"]["hs_comments"]
        ):
            yield f"(p) invoice {one['id']} is a person's own, and has {ours}"
    for (portal, id), mirror in world.sales.mirrors.items():
        if mirror.firm is firm and portal == firm.portal.id:
            yield from _whose(firm, id, mirror.contacts, mirror.companies)
    yield from _archived(world, firm)


def _archived(world: World, firm: Firm) -> Iterator[str]:
    """A mirror stays, unless a person puts it away or the settings say that it goes with its invoice."""
    if world.settings[firm.id]["invoices"]["deletes"] == "archive":
        return
    archived = {(firm.portal.id, one) for one in firm.portal.state()["archived"]["invoices"]}
    for portal, id in sorted(archived & world.sales.mirrors.keys()):
        if world.sales.mirrors[(portal, id)].firm is firm and name("invoices", firm, id) not in world.watch.away:
            yield f"(p) mirror {id} was archived, and by no person"


def _invoice(
    world: World, firm: Firm, invoice: dict[str, Any], mirrors: list[dict[str, Any]], record: Record
) -> Iterator[str]:
    """It is there; or a person has put it away; or its customer must be mended first."""
    if record.state == "in_sync":
        if [one["id"] for one in mirrors] != [record.hubspot_id]:
            yield f"(s) invoice {invoice['Id']} is in sync, and its mirror {record.hubspot_id} is not there"
        else:
            yield from _mirrored(world, firm, invoice, mirrors[0], record)
    elif record.state == "excluded":
        if name("invoices", firm, str(record.hubspot_id)) not in world.watch.away:
            yield f"(s) invoice {invoice['Id']} is excluded, and nobody has put its mirror away: {record.message}"
    elif record.category == "missing_customer":
        yield from _missing(world, firm, invoice, mirrors)


def _deleted(world: World, firm: Firm, mirror: dict[str, Any], record: Record) -> Iterator[str]:
    """QuickBooks has the invoice no more: its mirror goes, or says so."""
    held, about = mirror["properties"], f"invoice {record.quickbooks_id} is deleted, and its mirror {mirror['id']}"
    if world.settings[firm.id]["invoices"]["deletes"] == "archive" and "brake" not in record.message:
        yield f"(s) {about} is still there"
    elif held.get("quickbooks_stage") != "deleted" or money(held.get("quickbooks_balance", -1)):
        yield f"(m) {about} says {held.get('quickbooks_stage')}, {held.get('quickbooks_balance')}"


def _keyed(firm: Firm) -> dict[str, list[dict[str, Any]]]:
    """The live mirrors of a company's invoices, by their ids."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in firm.portal.records("invoices"):
        realm, _, id = one["properties"].get("quickbooks_key", "").partition(":")
        if realm == firm.company.realm_id:
            found.setdefault(id, []).append(one)
    return found


def _missing(world: World, firm: Firm, invoice: dict[str, Any], mirrors: list[dict[str, Any]]) -> Iterator[str]:
    customer = invoice["CustomerRef"]["value"]
    states = {one.state for one in world.records(firm) if one.quickbooks_id == customer}
    if not states & set(OPEN):
        yield f"(s) invoice {invoice['Id']} waits for customer {customer}, which is {states}"
    if mirrors:
        yield f"(s) invoice {invoice['Id']} waits for its customer, and has a mirror"


def _mirrored(
    world: World, firm: Firm, invoice: dict[str, Any], mirror: dict[str, Any], record: Record
) -> Iterator[str]:
    held, about = mirror["properties"], f"invoice {invoice['Id']}, mirror {mirror['id']}"
    total, balance = money(invoice["TotalAmt"]), money(invoice["Balance"])
    wanted = {
        "quickbooks_total": total, "quickbooks_balance": balance, "hs_amount_billed": total,
        "quickbooks_number": invoice["DocNumber"], "hs_currency": invoice["CurrencyRef"]["value"],
        "hs_due_date": invoice["DueDate"], "hs_comments": invoice["CustomerMemo"]["value"],
    }  # fmt: skip
    for key, value in wanted.items():
        there: Any = held.get(key, "")
        there = money(there) if isinstance(value, Decimal) else there[:10] if key == "hs_due_date" else there
        if there != value:
            yield f"(m) {about}, {key}: {there} instead of {value}"
    if held.get("quickbooks_stage") not in stages(world, invoice):
        yield f"(m) {about}: it is {held.get('quickbooks_stage')} instead of {stages(world, invoice)}"
    yield from (f"(m) {about}: {why}" for why in _lines(firm, invoice, mirror["id"]))
    if world.sales.mirrors[(firm.portal.id, mirror["id"])].alone and "contact" not in record.message:
        yield f"(s) {about} came without a contact, and does not say why: {record.message}"


def _lines(firm: Firm, invoice: dict[str, Any], mirror: str) -> Iterator[str]:
    """One line item for each line that says something, and one for tax and for shipping; together they are the total.
    Only where something is taken off the whole may a line item come to less than its line."""
    prefix = f"{firm.company.realm_id}:{invoice['Id']}:"
    there: dict[str, dict[str, str]] = {}
    for one in firm.portal.lines("invoices", mirror):
        key = one.get("quickbooks_line", "")
        if not key.startswith(prefix) or key in there:
            yield f"a line item too many: {key}"
        there[key] = one
    lines = {f"{prefix}{one['Id']}": one for one in invoice["Line"] if "Id" in one and _is_shown(one)}
    tax = money(invoice.get("TxnTaxDetail", {}).get("TotalTax", 0))
    if missing := lines.keys() - there.keys():
        yield f"no line items for {missing}"
    if others := {one.removeprefix(prefix) for one in there.keys() - lines.keys()} - EXTRAS:
        yield f"line items for no line: {others}"
    if bool(tax) != (f"{prefix}tax" in there) and invoice["TotalAmt"]:
        yield f"tax of {tax}, and line items {list(there)}"
    amounts = {key: Decimal(one.get("amount") or 0) for key, one in there.items()}
    if (added := sum(amounts.values(), Decimal(0)).quantize(CENT, ROUND_HALF_UP)) != money(invoice["TotalAmt"]):
        yield f"line items come to {added} instead of {invoice['TotalAmt']}"
    if any(Decimal(one.get("price") or 0) < 0 for one in there.values()):
        yield "a price below nought"
    reduced = any(one["DetailType"] == "DiscountLineDetail" or money(one.get("Amount")) < 0 for one in invoice["Line"])
    for key, line in lines.items():
        if key in there and not reduced and amounts[key].quantize(CENT, ROUND_HALF_UP) != money(line.get("Amount", 0)):
            yield f"line {key}: {amounts[key]} instead of {line.get('Amount', 0)}"
        if key in there and line.get("Description", "") not in there[key].get("description", ""):
            yield f"line {key}: {there[key].get('description')!r} instead of {line['Description']!r}"


def _is_shown(line: dict[str, Any]) -> bool:
    """Subtotals and discounts are no lines of their own."""
    return line["DetailType"] not in ("SubTotalLineDetail", "DiscountLineDetail")


def stages(world: World, invoice: dict[str, Any]) -> set[str]:
    """By the day on which the clock last looked, which may have been yesterday."""
    now = world.quickbooks.now()
    return {_stage(invoice, date.fromisoformat(clock.today(at))) for at in (now - HOUR_S, now)}


def _stage(invoice: dict[str, Any], today: date) -> str:
    total, balance = money(invoice["TotalAmt"]), money(invoice["Balance"])
    if not total and not balance and invoice.get("PrivateNote", "").startswith("Voided"):
        return "voided"
    if not balance:
        return "paid"
    if date.fromisoformat(invoice["DueDate"]) < today:
        return "overdue"
    if balance < total:
        return "partially_paid"
    return "sent" if invoice.get("EmailStatus") == "EmailSent" else "waiting_to_be_sent"


def _whose(firm: Firm, id: str, contacts: set[str], companies: set[str]) -> Iterator[str]:
    """Contacts that were merged are their survivor; those that were archived are not shown."""
    if id not in {one["id"] for one in firm.portal.records("invoices")}:
        return
    merged = firm.portal.state()["merged"]["contacts"]
    live = {one["id"] for one in firm.portal.contacts()}
    wanted = {_survivor(one, merged) for one in contacts} & live
    there = set(firm.portal.linked("invoices", id, "contacts"))
    if there != wanted:
        yield f"(w) mirror {id} belongs to contacts {there} instead of {wanted}"
    there = set(firm.portal.linked("invoices", id, "companies"))
    if there != companies:
        yield f"(w) mirror {id} belongs to companies {there} instead of {companies}"


def _survivor(id: str, merged: dict[str, str]) -> str:
    while id in merged:
        id = merged[id]
    return id


# --- deals and payments -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """An invoice of a deal: `at` is when QuickBooks changed it last; None once it is deleted."""

    id: str
    invoice: dict[str, Any] | None

    @property
    def at(self) -> float:
        return clock.moment(self.invoice["MetaData"]["LastUpdatedTime"]) if self.invoice else 0.0


def _deals(world: World, firm: Firm) -> Iterator[str]:
    mirrors = {mirrors[0]["id"]: id for id, mirrors in _keyed(firm).items()}
    notes = world.settings[firm.id]["invoices"]["payments"] == "note"
    for deal in firm.portal.records("deals"):
        linked = firm.portal.linked("deals", deal["id"], "invoices")
        if any(one not in mirrors for one in linked):
            continue  # of another company's books too
        own = [Shown(mirrors[one], found(firm, "Invoice", mirrors[one])) for one in linked]
        yield from (f"(g) deal {deal['id']}: {why}" for why in _follows(world, firm, own, deal["properties"]))
        yield from (f"(g) deal {deal['id']}: {why}" for why in _noted(world, firm, own, deal["id"], notes=notes))
    for note in firm.portal.records("notes"):
        body = note["properties"]["hs_note_body"]
        if not any(paid.reference in body for paid in world.sales.payments.values()) or not notes:
            yield f"(g) note {note['id']} is of no payment"


def _follows(world: World, firm: Firm, own: list[Shown], deal: dict[str, str]) -> Iterator[str]:
    there = {key.removeprefix("quickbooks_invoice_"): deal.get(key, "") for key in (
        "quickbooks_invoice_amount", "quickbooks_invoice_number", "quickbooks_invoice_status",
        "quickbooks_invoice_due_date", "quickbooks_invoice_recipient",
    )}  # fmt: skip
    if not own:
        if any(world.sales.mirrors) and any(there.values()):
            yield f"it has no invoice, and shows {there}"
        return
    latest = max(one.at for one in own)
    able = [one for one in own if one.at == latest or one.invoice is None]
    if not any(_shows(world, firm, one, there) for one in able):
        yield f"it shows {there} instead of {[one.id for one in able]}"


def _shows(world: World, firm: Firm, one: Shown, there: dict[str, str]) -> bool:
    invoice = one.invoice
    if invoice is None:
        return there["status"] == "deleted"
    customer = found(firm, "Customer", invoice["CustomerRef"]["value"])
    renamed = customer is None or clock.moment(customer["MetaData"]["LastUpdatedTime"]) >= one.at
    return (
        money(there["amount"] or -1) == money(invoice["TotalAmt"])
        and there["number"] == invoice["DocNumber"]
        and there["status"] in stages(world, invoice)
        and there["due_date"][:10] == invoice["DueDate"]
        and (renamed or there["recipient"] == invoice["CustomerRef"]["name"])
    )


def _noted(world: World, firm: Firm, own: list[Shown], deal: str, *, notes: bool) -> Iterator[str]:
    """Each payment that is for an invoice of the deal stands on it once; one that was may stand there, and says so."""
    if not notes:
        return
    bodies = [firm.portal.record("notes", one)["hs_note_body"] for one in firm.portal.linked("deals", deal, "notes")]
    ids = {one.id for one in own}
    most = 1 + world.sales.merges[(firm.portal.id, deal)]  # each of merged deals had its own
    for (realm, id), paid in world.sales.payments.items():
        if realm != firm.company.realm_id:
            continue
        payment = found(firm, "Payment", id)
        told = [one for one in bodies if paid.reference in one]
        is_due = payment is not None and bool(ids & set(settled(payment)))
        if len(told) > most or (is_due and not told):
            yield f"{len(told)} notes of payment {id}"
        if told and payment is None and "deleted" not in told[0]:
            yield f"payment {id} is deleted, and its note does not say so"
        void = payment is not None and payment.get("PrivateNote", "").startswith("Voided")
        if told and void and "void" not in told[0]:
            yield f"payment {id} is void, and its note does not say so"


# --- for all ----------------------------------------------------------------------------------------------------------


def _line_items(world: World) -> Iterator[str]:
    """All are of an invoice, whose key they have; an archived invoice keeps its own."""
    for portal in {firm.portal.id: firm.portal for firm in world.firms}.values():
        archived = set(portal.state()["archived"]["invoices"])
        mirrors = {
            f"{mirror.firm.company.realm_id}:{mirror.invoice}"
            for (number, id), mirror in world.sales.mirrors.items() if number == portal.id and id in archived
        }  # fmt: skip
        for one in portal.records("line_items"):
            key = one["properties"].get("quickbooks_line", "")
            if not portal.linked("line_items", one["id"], "invoices") and key.rpartition(":")[0] not in mirrors:
                yield f"(d) line item {one['id']} ({key}) belongs to no invoice"


def money(amount: Any) -> Decimal:
    return Decimal(str(amount or 0)).quantize(CENT, ROUND_HALF_UP)
