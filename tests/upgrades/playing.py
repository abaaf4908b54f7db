"""One play on the local stack that leaves behind what a version stores: whole, half-done and failed; and what is kept.

It runs in a checkout of any version since 0.1.0: what a version could not do yet is left out.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3

from local.aws import Ministack
from local.dials import Dial
from tests.stories.world import World, living

Version = tuple[int, ...]
Object = dict[str, Any]
HIDDEN = ("sealed", "before")  # of a grant: sealed tokens of the imitations; nobody shall wonder whether they open
DECIMAL = "decimal"
MANY = 1_000  # notices of one write
LINKED = [("invoices", "contacts"), ("invoices", "companies"), ("invoices", "deals"), ("invoices", "line_items"),
          ("notes", "deals"), ("commerce_payments", "invoices")]  # fmt: skip
QUICKBOOKS_LIVES = ("Customer", "Vendor", "Employee", "Item", "Invoice", "Payment")


class Overheard:
    """The first body of each sort that any client of this process puts into a queue."""

    def __init__(self) -> None:
        self.bodies: dict[str, Object] = {}
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("provide-client-params.sqs.SendMessageBatch", self._hear)

    def _hear(self, params: Object, **_: Any) -> None:
        for entry in params["Entries"]:
            raw = json.loads(entry["MessageBody"])
            sort = [raw.get("kind"), raw.get("side"), raw.get("source"), raw.get("errand"), sorted(raw)]
            self.bodies.setdefault(json.dumps(sort), raw)


def play(version: Version, folder: Path) -> Object:
    """What is in the table, what went through the queues, and what both vendors hold at the end."""
    ministack = Ministack()
    ministack.start()
    try:
        with living(ministack, folder) as world:
            heard = Overheard()
            _act(world, version)
            return {
                "kept_at": world.clock(),
                "settings": _settings(world, version),
                "items": _items(world),
                "messages": list(heard.bodies.values()),
                "hubspot": _portal(world),
                "quickbooks": _company(world),
            }
    finally:
        ministack.stop()


# --- the play -------------------------------------------------------------------------------------------------------


def _act(world: World, version: Version) -> None:
    world.connect(conflict="ask")
    _customers(world)
    if version >= (0, 4):
        world.switch_on(contacts={"conflict": "ask"}, products={}, invoices={"payments": "note_and_record"})
        _sales(world)
    if version >= (0, 3):
        world.ops("plan")
        world.ops("why", "customer", "stranger@nowhere.example", code=None)
    _half_done(world, version)
    if version >= (0, 3):
        _walk_in_the_middle(world)


def _customers(world: World) -> None:
    [harbor, bolt] = world.companies("Harbor Ltd", "Bolt")
    world.company.create("Vendor", {"DisplayName": "Bolt"})
    ines = world.contact("Ines", "Ferreira", "ines@harbor.example", company=harbor, phone="555-0100", fax="1")
    world.contact("Rita", "Bolt", "rita@bolt.example", company=bolt)  # a vendor has the name
    world.contact("Nomi", "Mailless")
    world.customer("Blue Door", "blue@door.example", GivenName="Blue", FamilyName="Door")
    world.customer("Anna Both", "anna@both.example", GivenName="Anna")
    world.come_to_rest()
    world.contact("Mara", "Lind", "mara@lind.example")
    world.come_to_rest()
    world.contact("Mara", "Lind", "mara2@lind.example")  # a customer of ours has the name
    gone = world.contact("Gone", "Away", "gone@away.example")
    one, two = (world.contact("Mer", f"Ged{n}", f"mer{n}@ged.example") for n in (1, 2))
    world.come_to_rest()
    world.portal.archive_contact(gone)
    world.portal.merge_contacts(one, two)
    world.portal.update_company(harbor, {"name": "Harbour Ltd"})
    world.come_to_rest()
    for vendor in (world.hubspot, world.quickbooks):  # both edit the same field: a person must decide
        vendor.delivery.dials.hold = True
    world.portal.update_contact(ines, {"phone": "555-0111"})
    customer = world.record(hubspot_id=ines)["quickbooks_id"]
    world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "555-0122"}})
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = False
        vendor.delivery.release()
    world.come_to_rest()


def _sales(world: World) -> None:
    world.item("Work", Sku="W-1")
    aster = world.customer("Aster", "office@aster.example", GivenName="Ann")["Id"]
    world.come_to_rest()
    paid, billed = world.invoice(aster, DocNumber="A-1"), world.invoice(aster, DocNumber="A-2")
    world.come_to_rest()
    world.deal(paid)
    world.deal(billed)
    world.come_to_rest()
    world.payment(aster, 40, {paid: 40}, PaymentRefNum="chk 7")
    world.come_to_rest()


def _half_done(world: World, version: Version) -> None:
    """Writes whose answers are lost: intents stay open, and what was leaving stays noted."""
    mara = world.record(name="Mara Lind", state="in_sync")
    blue = world.record(name="Blue Door")
    if version >= (0, 4):
        aster = world.record(name="Aster")["quickbooks_id"]
        for path, make in (
            (".*/products/batch/create", lambda: world.item("Lost product", Sku="L-1")),
            (".*/invoices/batch/create", lambda: world.invoice(aster, DocNumber="L-2")),
            (".*/line_items/batch/create", lambda: world.invoice(aster, DocNumber="L-3")),
        ):
            _lose(world, "hubspot", path, make)
    _lose(world, "hubspot", ".*/contacts/batch/create", lambda: world.customer("Lost Reply", "lost@reply.example"))
    _lose(world, "hubspot", ".*/contacts/batch/update", lambda: world.company.update(
        "Customer", blue["quickbooks_id"], {"PrimaryPhone": {"FreeFormNumber": "777"}}))  # fmt: skip
    _lose(world, "quickbooks", ".*/batch", lambda: world.contact("Lost", "Answer", "lost@answer.example"), '"create"')
    _lose(world, "quickbooks", ".*/batch", lambda: world.portal.update_contact(mara["hubspot_id"], {"phone": "888"}))


def _lose(world: World, vendor: str, path: str, act: Callable[[], object], body: str = "") -> None:
    """An edit whose write at this vendor is done, but not answered; nor does a notice tell of it."""
    there = getattr(world, vendor)
    there.dials.set(Dial(do="lose_answer", path=path, body=body))
    there.delivery.dials.drop = MANY
    act()
    world.come_to_rest()
    there.delivery.dials.drop = 0


def _walk_in_the_middle(world: World) -> None:
    """An initial sync that HubSpot keeps waiting: its messages come again and again, so nothing comes to rest."""
    world.dial("hubspot", path=".*/contacts.*", do="status", status=503, times=0)
    world.ops("backfill", "customer", "--detach")


# --- what is kept -----------------------------------------------------------------------------------------------------


def _settings(world: World, version: Version) -> dict[str, str]:
    """What the version recommends, and what is written once as a start."""
    return {"recommended": world.ops("settings", "recommended")["text"]} if version >= (0, 3) else {}


def _items(world: World) -> list[Object]:
    pages = world.stack.ministack.client("dynamodb").get_paginator("scan").paginate(TableName=os.environ["SYNC_TABLE"])
    return sorted((_item(raw) for page in pages for raw in page["Items"]), key=lambda one: (one["pk"], one["sk"]))


def _item(raw: Object) -> Object:
    stored = raw["body"]
    body = json.loads(stored["S"] if "S" in stored else zlib.decompress(bytes(stored["B"])).decode())
    pk = raw["pk"]["S"]
    if pk.startswith("grant|"):
        body |= {name: f"({name})" for name in HIDDEN if body.get(name)}
    state = [raw["state_key"]["S"], raw["state_at"]["S"]] if "state_key" in raw else None
    expires_at = int(raw["expires_at"]["N"]) if "expires_at" in raw else None
    kept = {"pk": pk, "sk": raw["sk"]["S"], "version": int(raw["v"]["N"]), "state": state, "expires_at": expires_at}
    return {**{name: value for name, value in kept.items() if value is not None}, "body": body}


def _portal(world: World) -> Object:
    crm = world.portal.crm
    tables = {
        name: [
            {"id": one.id, "created_at": one.created_at, "updated_at": one.updated_at,
             "archived_at": one.archived_at, "values": one.values}
            for one in table.records.values()
        ]
        for name, table in crm.tables.items()
    }  # fmt: skip
    return {
        "records": {name: rows for name, rows in tables.items() if rows},
        "merged_into": crm.tables["contacts"].merged_into,
        "links": list(_links(world, tables)),
    }


def _links(world: World, tables: dict[str, list[Object]]) -> Iterator[list[str]]:
    """Each link once, as kind, id, kind, id. Of contacts and companies only the primary one: that is what we follow."""
    live = {name: [one["id"] for one in rows if one["archived_at"] is None] for name, rows in tables.items()}
    for id in live["contacts"]:
        if company := world.portal.primary_company(id):
            yield ["contacts", id, "companies", company]
    for one, other in LINKED:
        for id in live.get(one, []):
            yield from ([one, id, other, there] for there in world.portal.linked(one, id, other))


def _company(world: World) -> Object:
    return {
        name: [
            {
                "id": one.id,
                "token": one.token,
                "created": one.created,
                "updated": one.updated,
                "values": _plain(one.values),
            }
            for one in world.company.file.records.get(name, {}).values()
        ]
        for name in QUICKBOOKS_LIVES
        if world.company.file.records.get(name)
    }


def _plain(values: Object) -> Object:
    """As JSON has it; amounts, which the imitation holds as decimals, by `DECIMAL`."""
    plain: Object = json.loads(json.dumps(values, default=lambda amount: {DECIMAL: str(amount)}))
    return plain
