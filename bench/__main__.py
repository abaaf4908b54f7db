"""What does a record cost in vendor calls? A table of the main job at a hundred records, and one of a first sync,
counted by the imitations.

No seconds: machines differ. Calls are what the vendors limit and bill, and they are the same everywhere. How long a
plan takes is told beside the sync that was measured with it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from local.stack import PORTAL_ID, REALM_ID, Stack
from ops.__main__ import main
from ops.tables import table

RECORDS, COMPANIES = 100, 60
FIRST = 300  # on each side, half of them on both
WALKS = ("what", "records", "hubspot_calls", "quickbooks_calls", "metered_reads", "calls_each", "time_to_sync")
COLUMNS = ("what", "records", "hubspot_reads", "hubspot_writes", "quickbooks_calls", "metered_reads", "calls_each")
Act = Callable[[], None]


class Bench:
    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.portal = stack.hubspot.portal(int(PORTAL_ID))
        self.company = stack.quickbooks.company(REALM_ID)
        self.folder = folder
        self.companies: list[str] = []
        self.contacts: list[str] = []

    def connect(self) -> None:
        tokens, settings = self.folder / "tokens.json", self.folder / "settings.yaml"
        tokens.write_text(json.dumps(self.stack.tokens()))
        settings.write_text(yaml.safe_dump({"contacts": {"on_name_taken": "qualify"}}))
        for arguments in (["connect", "--tokens", str(tokens)], ["settings", "apply", str(settings), "--yes"]):
            if main(["--local", *arguments]) != 0:
                raise SystemExit(f"{arguments[0]} failed")
        self.stack.wait_idle(60)

    def counted(self, what: str, act: Act) -> dict[str, Any]:
        """Do it all at once, come to rest, and count."""
        hubspot, quickbooks = self.stack.hubspot, self.stack.quickbooks
        hubspot.delivery.dials.hold = quickbooks.delivery.dials.hold = True
        act()
        for vendor in (hubspot, quickbooks):
            vendor.dials.forget_calls()
            vendor.delivery.release()
        self.stack.wait_idle(120)
        reads = [c for c in hubspot.dials.calls() if c.method == "GET" or c.path.endswith("/batch/read")]
        calls = len(hubspot.dials.calls()) + len(quickbooks.dials.calls())
        return {
            "what": what,
            "records": RECORDS,
            "hubspot_reads": len(reads),
            "hubspot_writes": len(hubspot.dials.calls()) - len(reads),
            "quickbooks_calls": len(quickbooks.dials.calls()),
            "metered_reads": sum(call.metered for call in quickbooks.dials.calls()),
            "calls_each": f"{calls / RECORDS:.2f}",
        }

    def new_contacts(self) -> None:
        self.companies = [str(self.portal.create_company({"name": f"Company {n}"})) for n in range(COMPANIES)]
        self.contacts = [
            str(
                self.portal.create_contact(
                    {"firstname": f"F{n}", "email": f"f{n}@x.example"}, self.companies[n % COMPANIES]
                )
            )
            for n in range(RECORDS)
        ]

    def edited_contacts(self) -> None:
        for number, one in enumerate(self.contacts):
            self.portal.update_contact(one, {"phone": f"555-{number}"})

    def renamed_companies(self) -> None:
        self.edited_contacts()
        for number, one in enumerate(self.contacts):
            self.portal.update_contact(one, {"fax": f"556-{number}"})
        for number, one in enumerate(self.companies):
            self.portal.update_company(one, {"name": f"Renamed {number}"})

    def edited_customers(self) -> None:
        for number, one in enumerate(self.company.customers()):
            self.company.update("Customer", one["Id"], {"Mobile": {"FreeFormNumber": f"557-{number}"}})

    def new_customers(self) -> None:
        for number in range(RECORDS):
            email = {"Address": f"new{number}@x.example"}
            self.company.create("Customer", {"DisplayName": f"New {number}", "PrimaryEmailAddr": email})

    def nothing(self) -> None:
        """Rest: what settles must stay silent."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The app's log lines would drown the table."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, quiet(), Stack(sample=False) as stack:
        stack.quickbooks.settings.per_second = None
        bench = Bench(stack, Path(folder))
        bench.connect()
        scenes: list[tuple[str, Act]] = [
            ("new contacts of 60 companies", bench.new_contacts),
            ("a field edited in HubSpot", bench.edited_contacts),
            ("two fields, and all 60 companies renamed", bench.renamed_companies),
            ("a field edited in QuickBooks", bench.edited_customers),
            ("new customers in QuickBooks", bench.new_customers),
            ("rest", bench.nothing),
        ]
        return [bench.counted(what, act) for what, act in scenes]


def walks() -> list[dict[str, Any]]:
    """A plan of the first sync, the sync, and a plan after it; each one's time beside the sync's."""
    with tempfile.TemporaryDirectory() as folder, quiet(), Stack(sample=False) as stack:
        bench = Bench(stack, Path(folder))
        stack.quickbooks.settings.per_second = None
        for vendor in (stack.hubspot, stack.quickbooks):
            vendor.delivery.dials.drop = 100 * FIRST
        bench.connect()
        for number in range(FIRST):
            bench.portal.create_contact({"firstname": f"F{number}", "email": f"u{number}@x.example"})
            email = {"Address": f"u{number + FIRST // 2}@x.example"}
            bench.company.create("Customer", {"DisplayName": f"C{number}", "PrimaryEmailAddr": email})
        rows, took = [], []
        for what, words in (
            ("plan of the first sync", ["plan"]),
            ("the first sync", ["backfill", "customer"]),
            ("plan after it", ["plan"]),
        ):
            for vendor in (stack.hubspot, stack.quickbooks):
                vendor.dials.forget_calls()
            began = time.monotonic()
            if main(["--local", *words, "--json"]) != 0:
                raise SystemExit(f"{what} failed")
            took.append(time.monotonic() - began)
            hubspot, quickbooks = stack.hubspot.dials.calls(), stack.quickbooks.dials.calls()
            records = FIRST + FIRST // 2
            rows.append(
                {
                    "what": what, "records": records,
                    "hubspot_calls": len(hubspot), "quickbooks_calls": len(quickbooks),
                    "metered_reads": sum(call.metered for call in quickbooks),
                    "calls_each": f"{(len(hubspot) + len(quickbooks)) / records:.2f}",
                }
            )  # fmt: skip
        for row, seconds in zip(rows, took, strict=True):
            row["time_to_sync"] = f"{seconds / took[1]:.2f}"
        return rows


if __name__ == "__main__":
    sys.stdout.write(table(run(), COLUMNS, 120) + "\n\n")
    sys.stdout.write(table(walks(), WALKS, 120) + "\n")
