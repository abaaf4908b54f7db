"""What customers cost: the main job at a hundred records, and a first sync beside its plan."""

from __future__ import annotations

import time
from typing import Any

from bench.counting import RECORDS, Act, Bench, Row, stacked
from ops.__main__ import main

COMPANIES = 60
FIRST = 300  # on each side, half of them on both
WALKS = ("what", "records", "hubspot_calls", "quickbooks_calls", "metered_reads", "calls_each", "time_to_sync")


class Customers(Bench):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.companies: list[str] = []
        self.contacts: list[str] = []

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


def run() -> list[Row]:
    with stacked() as given:
        bench = Customers(*given)
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


def walks() -> list[Row]:
    """A plan of the first sync, the sync, and a plan after it; each one's time beside the sync's."""
    with stacked() as (stack, folder):
        bench = Bench(stack, folder)
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
