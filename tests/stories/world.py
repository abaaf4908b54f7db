"""A small world for stories: both imitations, the whole stack, people who edit, and a clock that can be moved."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from chalicelib.jobs import ConnectionId, Expand
from chalicelib.remember.connections import Connections
from chalicelib.settings import read
from chalicelib.wiring import wiring
from local import aws
from local.dials import Call, Dial
from local.quickbooks import clock as quickbooks_clock
from local.stack import PORTAL_ID, REALM_ID, SCHEDULES, Stack, random_secret
from ops.__main__ import main
from tests.local.quickbooks.selling import invoice, line, service

CONNECTION = f"{PORTAL_ID}:{REALM_ID}"


class Clock:
    """The wall's clock, and as much ahead of it as the story wants."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class World:
    def __init__(self, stack: Stack, clock: Clock, folder: Path) -> None:
        self.stack = stack
        self.clock = clock
        self.folder = folder
        self.hubspot = stack.hubspot
        self.quickbooks = stack.quickbooks
        self.quickbooks.settings.per_second = None  # stories crowd a day's edits into a second
        self.portal = self.hubspot.portal(int(PORTAL_ID))
        self.company = self.quickbooks.company(REALM_ID)

    # --- operators ----------------------------------------------------------------------------------------------------

    def ops(self, *arguments: str, code: int | None = 0) -> Any:
        """Run the operators' command with --json; its value. `code` is the exit code it must have, None for any."""
        out, err = OwnThread(), OwnThread()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = main(["--local", *arguments, "--json"])
        assert code is None or ended == code, f"exit {ended}: {out.getvalue()}{err.getvalue()}"
        return json.loads(out.getvalue()) if out.getvalue() else None

    @property
    def connection(self) -> str:
        return f"{PORTAL_ID}:{self.company.realm_id}"

    def connect(self, **contacts: Any) -> None:
        path = self.folder / "tokens.json"
        tokens = {**self.stack.tokens(), "quickbooks": self.quickbooks.issue_tokens(self.company.realm_id)}
        path.write_text(json.dumps(tokens))
        self.ops("connect", "--tokens", str(path))
        if contacts:
            self.settings(**contacts)

    def settings(self, **contacts: Any) -> None:
        self.apply({"contacts": contacts})

    def configure(self, **kinds: dict[str, Any]) -> None:
        """Apply a file with these sections; an empty one says no more than that its kind is on."""
        self.apply({kind: said or {"enabled": True} for kind, said in kinds.items()})

    def switch_on(self, **kinds: dict[str, Any]) -> None:
        """As `configure`, but stored as it is: without asking the vendors about it, and without an initial sync."""
        connections = Connections(wiring().table)
        seen = connections.get(ConnectionId(self.connection))
        assert seen is not None
        said = {"connection": self.connection, **{kind: said or {"enabled": True} for kind, said in kinds.items()}}
        connections.apply_settings(seen, yaml.safe_dump(said), read(said).model_dump(mode="json"), self.clock())
        wiring().queue.send([Expand(seen.id, "properties", "applied")])
        self.come_to_rest()

    def apply(self, sections: dict[str, Any]) -> None:
        path = self.folder / "settings.yaml"
        path.write_text(yaml.safe_dump({"connection": self.connection, **sections}))
        self.ops("settings", "apply", str(path), "--yes")
        self.come_to_rest()

    def records(self, **wanted: Any) -> list[dict[str, Any]]:
        found = self.ops("records")
        return [one for one in found if all(one[name] == value for name, value in wanted.items())]

    def record(self, **wanted: Any) -> dict[str, Any]:
        found = self.records(**wanted)
        assert len(found) == 1, found
        return found[0]

    def rotate_secrets(self) -> None:
        """New keys at both vendors, put into Secrets Manager; nothing is deployed."""
        fresh = random_secret()
        kept = {
            name: self.stack.secret[name] for name in ("hubspot_client_id", "hubspot_app_id", "quickbooks_client_id")
        }
        self.stack.secret = {**fresh, **kept}
        self.hubspot.rotate_secret(fresh["hubspot_client_secret"])
        self.quickbooks.rotate_secrets(fresh["quickbooks_client_secret"], fresh["quickbooks_verifier_token"])
        manager = self.stack.ministack.client("secretsmanager")
        text = json.dumps(self.stack.secret)
        manager.put_secret_value(SecretId=self.stack.env["SYNC_SECRET_ID"], SecretString=text)

    # --- people -------------------------------------------------------------------------------------------------------

    def contact(self, first: str, last: str, email: str = "", company: str | None = None, **more: str) -> str:
        properties = {"firstname": first, "lastname": last, **more, **({"email": email} if email else {})}
        return str(self.portal.create_contact(properties, company_id=company))

    def companies(self, *names: str) -> list[str]:
        return [str(self.portal.create_company({"name": name})) for name in names]

    def customer(self, name: str, email: str = "", **more: Any) -> dict[str, Any]:
        body = {"DisplayName": name, **more, **({"PrimaryEmailAddr": {"Address": email}} if email else {})}
        return dict(self.company.create("Customer", body))

    def names(self) -> list[str]:
        return sorted(one["DisplayName"] for one in self.company.customers())

    def open_company(self, **options: Any) -> None:
        """Other books instead, such as Canadian ones; before they are connected."""
        self.company = self.quickbooks.add_company(f"{int(REALM_ID) + 1}", **options)

    def trade(self, **invoices: Any) -> str:
        """Connect, with products and invoices on: item 1 and a customer, whose id is returned, are on both sides."""
        self.connect()
        asks = invoices.keys() & {"fields", "filters"}
        if not asks:
            self.switch_on(products={}, invoices=invoices)
        self.item()
        customer = self.customer("Aster", "office@aster.example", GivenName="Ann", FamilyName="Aster")
        if asks:
            self.configure(products={}, invoices=invoices)
        self.come_to_rest()
        return str(customer["Id"])

    def item(self, name: str = "Work", **more: Any) -> dict[str, Any]:
        return dict(self.company.create("Item", service(name, **more)))

    def invoice(self, customer: str, *lines: dict[str, Any], **more: Any) -> str:
        """An invoice's id. Over 100 if no line says otherwise, and due in thirty days."""
        body = {"TxnDate": self.day(), "DueDate": self.day(30), **more}
        return str(self.company.create("Invoice", invoice(customer, *(lines or [line(100)]), **body))["Id"])

    def payment(self, customer: str, total: float, invoices: dict[str, float], **more: Any) -> str:
        """A payment's id; `invoices` are ids, and how much of it settles each."""
        return str(self.company.pay(customer, total, invoices, **{"TxnDate": self.day(), **more})["Id"])

    def edit(self, entity: str, id: str, **changes: Any) -> None:
        """The bookkeeper edits, in a second of its own; then everything rests."""
        self.clock.ahead_s += 2
        self.company.update(entity, id, changes)
        self.come_to_rest()

    def deal(self, *invoices: str, **properties: str) -> str:
        """A deal with which a person links the mirrors of these invoices."""
        deal = str(self.portal.create_record("deals", {"dealname": "Roof", **properties}))
        for one in invoices:
            self.portal.link("invoices", self.mirror(one), "deals", deal)
        return deal

    # --- what became of it in HubSpot ---------------------------------------------------------------------------------

    def mirrors(self, invoice: str) -> list[str]:
        """The ids of HubSpot's live invoices with the key of this one of QuickBooks."""
        return self._keyed("invoices", "quickbooks_key", f"{self.company.realm_id}:{invoice}")

    def mirror(self, invoice: str) -> str:
        found = self.mirrors(invoice)
        assert len(found) == 1, found
        return found[0]

    def mirrored(self, invoice: str) -> dict[str, str]:
        """The properties of HubSpot's one invoice for this one of QuickBooks."""
        return dict(self.portal.record("invoices", self.mirror(invoice)))

    def mirrored_lines(self, invoice: str) -> dict[str, dict[str, str]]:
        """Its line items by the ids of QuickBooks' lines; those that stand for no line by their own ids."""
        found: dict[str, dict[str, str]] = {}
        for one in self.portal.lines("invoices", self.mirror(invoice)):
            name = one.get("quickbooks_line", "").rpartition(":")[2] or one["hs_object_id"]
            assert name not in found, f"two line items for line {name}"
            found[name] = dict(one)
        return found

    def notes(self, deal: str) -> list[str]:
        """The texts of a deal's notes, oldest first."""
        ids = self.portal.linked("deals", deal, "notes")
        return [self.portal.record("notes", id)["hs_note_body"] for id in ids]

    def _keyed(self, kind: str, name: str, value: str) -> list[str]:
        return [str(one["id"]) for one in self.portal.records(kind) if one["properties"].get(name) == value]

    def hubspot_api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What another app of the portal does by the API."""
        token = self.hubspot.issue_tokens(int(PORTAL_ID), app_id=777)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        reply = requests.request(method, self.stack.hubspot_url + path, json=body, headers=headers, timeout=10)
        assert reply.ok, reply.text
        return dict(reply.json())

    # --- time and rest ------------------------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        self.stack.wait_idle(60)

    def later(self, seconds: float) -> None:
        """Time goes on; what is due by then is done."""
        self.clock.ahead_s += seconds
        self.stack.run_schedule("due")
        self.come_to_rest()

    def recover(self) -> None:
        """Long enough for what failed by accident to be tried again, and again."""
        for seconds in (15, 60, 300):
            self.later(seconds)

    def day(self, ahead: int = 0) -> str:
        """Today's date in the company's zone, or that of a later (or earlier) day."""
        return quickbooks_clock.later(quickbooks_clock.today(self.clock()), ahead)

    def daily(self) -> None:
        """What the clock alone brings about: every schedule but those that read changes and refresh tokens."""
        for name in SCHEDULES:
            if name not in ("sweep", "refresh"):
                self.stack.run_schedule(name)
        self.come_to_rest()

    # --- what was called ----------------------------------------------------------------------------------------------

    def forget_calls(self) -> None:
        self.hubspot.dials.forget_calls()
        self.quickbooks.dials.forget_calls()

    def calls(self) -> list[Call]:
        return [*self.hubspot.dials.calls(), *self.quickbooks.dials.calls()]

    def said(self) -> list[str]:
        return [f"{call.method} {call.path} {call.query[:120]}" for call in self.calls()]

    def acted(self) -> bool:
        """Whether every dial that was set has been used up: a fault that nobody met proves nothing."""
        return not (self.hubspot.dials.waiting() or self.quickbooks.dials.waiting())

    def dial(self, vendor: str, **dial: Any) -> None:
        getattr(self, vendor).dials.set(Dial(**dial))


@contextlib.contextmanager
def living(ministack: aws.Ministack, folder: Path, **options: Any) -> Iterator[World]:
    clock = Clock()
    with Stack(sample=False, now=clock, ministack=ministack, **{"window_s": 0.05, **options}) as stack:
        yield World(stack, clock, folder)


class OwnThread(io.StringIO):
    """Text of the thread that made it; the workers' log lines, which share standard output, pass by."""

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.get_ident()

    def write(self, text: str) -> int:
        return super().write(text) if threading.get_ident() == self._own else len(text)
