"""What the demo can do and see: both systems' screens, the operators' command, the calls and notices made so far."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import requests

from chalicelib import wiring
from local.dials import Call
from local.stack import PORTAL_ID, REALM_ID, Stack
from ops.__main__ import main as ops_main

REST_S = 30.0
FILE = "FILE"
PATHS = {  # the fields that flow both ways, compared here without any help from the sync's own rules
    "firstname": "GivenName", "lastname": "FamilyName", "email": "PrimaryEmailAddr.Address",
    "phone": "PrimaryPhone.FreeFormNumber", "mobilephone": "Mobile.FreeFormNumber", "fax": "Fax.FreeFormNumber",
    "website": "WebAddr.URI", "address": "BillAddr.Line1", "city": "BillAddr.City",
    "state": "BillAddr.CountrySubDivisionCode", "zip": "BillAddr.PostalCode", "country": "BillAddr.Country",
}  # fmt: skip


class Clock:
    """The time, which the demo can move ahead instead of making the reader wait."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds


class Aside(io.TextIOBase):
    """Standard output while the stack runs: every thread writes to the log, but for what one captures of its own."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._own = threading.local()

    def write(self, text: str) -> int:
        page: TextIO = getattr(self._own, "page", None) or self._log
        return page.write(text)

    def flush(self) -> None:
        self._log.flush()

    @contextlib.contextmanager
    def captured(self) -> Iterator[io.StringIO]:
        self._own.page = page = io.StringIO()
        try:
            yield page
        finally:
            self._own.page = None


@dataclass(frozen=True)
class Mark:
    """How many calls and notices there had been at some moment."""

    hubspot_calls: int
    quickbooks_calls: int
    hubspot_deliveries: int
    quickbooks_deliveries: int


class World:
    def __init__(self, stack: Stack, clock: Clock, aside: Aside) -> None:
        self.stack = stack
        self.clock = clock
        self._aside = aside
        self.hubspot = stack.hubspot
        self.quickbooks = stack.quickbooks
        self.portal = stack.hubspot.portal(int(PORTAL_ID))
        self.company = stack.quickbooks.company(REALM_ID)
        self._take_clock()

    # --- acting -------------------------------------------------------------------------------------------------------

    def ops(self, *words: str) -> tuple[int, str]:
        """Run the operators' command; its exit code, and what it printed."""
        with self._aside.captured() as page:
            try:
                code = ops_main(["--local", *words])
            except SystemExit as refused:  # argparse found a word that it does not know
                code = int(refused.code or 0)
        self._take_clock()
        return code, page.getvalue()

    def ops_with(self, text: str, *words: str) -> tuple[int, str]:
        """Run the operators' command on a file with this text, which the word FILE stands for."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "file"
            file.write_text(text)
            return self.ops(*(str(file) if word == FILE else word for word in words))

    def consent(self) -> tuple[str, str]:
        """Open a link of `ops connect` as a browser would, and say yes twice: the link, and the last page's heading."""
        _, text = self.ops("connect")
        link = text.splitlines()[-1]
        page = requests.get(link, timeout=REST_S)
        heading = re.search("<h1>(.*?)</h1>", page.text, re.DOTALL)
        return link, heading[1].strip() if heading else f"HTTP {page.status_code}"

    def rest(self) -> None:
        self.stack.wait_idle(REST_S)

    def until(self, so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + REST_S
        while not so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not come to that within {REST_S:g} s")
            time.sleep(0.05)

    def quiet(self, seconds: float = 0.6) -> None:
        """Wait until no vendor has been called for so long."""
        last, since = self.mark(), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.05)
            if (now := self.mark()) != last:
                last, since = now, time.monotonic()

    def _take_clock(self) -> None:
        """The app under the demo's clock, as the imitations are; `ops` has built its wiring anew."""
        wiring.use(wiring.Wiring(wiring.Config.of(os.environ), now=self.clock))

    # --- counting -----------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        return Mark(
            len(self.hubspot.dials.calls()),
            len(self.quickbooks.dials.calls()),
            len(self.hubspot.delivery.sent),
            len(self.quickbooks.delivery.sent),
        )

    def calls(self, since: Mark) -> tuple[list[Call], list[Call]]:
        """The calls that HubSpot and QuickBooks have answered since."""
        return (
            self.hubspot.dials.calls()[since.hubspot_calls :],
            self.quickbooks.dials.calls()[since.quickbooks_calls :],
        )

    def bill(self, since: Mark) -> str:
        """What was called since, in words."""
        hubspot, quickbooks = self.calls(since)
        metered = sum(call.metered for call in quickbooks)
        return f"{len(hubspot)} to HubSpot, {len(quickbooks)} to QuickBooks (metered reads: {metered})"

    def notices(self, since: Mark) -> tuple[int, int]:
        """How many events the two have sent since, every copy counted."""
        return (
            sum(len(one.events) for one in self.hubspot.delivery.sent[since.hubspot_deliveries :]),
            sum(len(one.events) for one in self.quickbooks.delivery.sent[since.quickbooks_deliveries :]),
        )

    # --- seeing -------------------------------------------------------------------------------------------------------

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        """The records view, as `ops records` gives it; of these kinds, or of all."""
        asked = ["--kind", ",".join(kinds)] if kinds else []
        found: list[dict[str, Any]] = json.loads(self.ops("records", *asked, "--json")[1])
        return found

    def record(self, contact_id: str) -> dict[str, Any]:
        """One contact's record; empty where the sync knows none yet."""
        return next((one for one in self.records("customer") if one["hubspot_id"] == contact_id), {})

    def customer_of(self, contact_id: str) -> dict[str, Any]:
        """The customer that a contact is linked with; empty where there is none."""
        own_id = self.record(contact_id).get("quickbooks_id")
        found: dict[str, Any] = self.company.get("Customer", own_id) if own_id else {}
        return found

    def mirrored(self, invoice_id: str) -> dict[str, str]:
        """The properties of HubSpot's invoice for this one of QuickBooks; empty where there is none yet."""
        key = f"{REALM_ID}:{invoice_id}"
        rows = [dict(one["properties"]) for one in self.portal.records("invoices")]
        return next((one for one in rows if one.get("quickbooks_key") == key), {})

    def company_name(self, contact_id: str) -> str:
        primary = self.portal.primary_company(contact_id)
        return str(self.portal.company(primary).get("name", "")) if primary else ""

    def sizes(self) -> tuple[int, int]:
        """How many contacts and customers there are, inactive customers included."""
        return len(self.portal.contacts()), len(self.company.all("Customer"))

    def differences(self) -> list[str]:
        """Where a customer that is said to be in sync is not."""
        found: list[str] = []
        for one in self.records("customer"):
            if one["state"] != "in_sync":
                continue
            contact = self.portal.contact(one["hubspot_id"])
            customer = self.company.get("Customer", one["quickbooks_id"])
            found += [
                f"{one['name']}: {name} {contact.get(name)!r} but {path} {value_at(customer, path)!r}"
                for name, path in PATHS.items()
                if contact.get(name, "") != value_at(customer, path)
            ]
            company = self.company_name(one["hubspot_id"])
            if company and value_at(customer, "CompanyName") != company:
                found.append(f"{one['name']}: company {company!r} but {value_at(customer, 'CompanyName')!r}")
        return found

    def duplicates(self) -> list[str]:
        """E-mail addresses that two contacts or two customers have, and names that two customers have."""
        contacts = [one["properties"].get("email", "") for one in self.portal.contacts()]
        customers = self.company.all("Customer")
        addresses = [value_at(one, "PrimaryEmailAddr.Address").casefold() for one in customers]
        names = [str(one["FullyQualifiedName"]).casefold() for one in customers]
        return [text for some in (contacts, addresses, names) for text, n in Counter(some).items() if text and n > 1]


def value_at(customer: dict[str, Any], path: str) -> str:
    """The text at a path with dots; empty where there is none."""
    found: Any = customer
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return str(found or "")
