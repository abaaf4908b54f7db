"""The play, scene by scene. Every check mark comes from looking into the two systems, not from the script."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from local.demo import pairs
from local.demo.screen import Screen
from local.demo.world import FILE, Mark, World, value_at
from local.dials import Dial

HEADS = ("HubSpot contact, company", "", "QuickBooks customer")
COMPANY, RENAMED = "Harbor Bakery", "Harbor Bread"
QUALIFY = "contacts:\n  on_name_taken: qualify\n"
EDITS, TOLD_AGAIN = 5, 4  # of each record; deliveries of each notice in the storm


class Play:
    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self._company_id = ""
        self._ines = self._jonas = self._mara = ""  # contact ids

    def scenes(self) -> tuple[Callable[[], None], ...]:
        return (
            self.before,
            self.initial_sync,
            self.new_contact,
            self.name_taken,
            self.edit_in_quickbooks,
            self.storm,
            self.lost_answer,
            self.renamed_company,
            self.why,
        )

    def before(self) -> None:
        world, screen = self._world, self._screen
        screen.step("Before: two systems that do not know of each other")
        rows = pairs.unconnected(world)
        screen.pairs(HEADS, rows)
        shared = sum(bool(left and right) for left, _, right in rows)
        screen.say(f"On one line is who has the same e-mail address in both: {shared} of {len(rows)} lines.")

    def initial_sync(self) -> None:
        world, screen = self._world, self._screen
        screen.step("The initial sync brings them together")
        mark, before = world.mark(), world.sizes()
        link, heading = world.consent()
        screen.say(
            f"`ops connect` printed {link.split('=')[0]}=… In the browser it led to HubSpot, to QuickBooks, and to a "
            f"page of ours: {heading}."
        )
        plan = json.loads(world.ops("plan", "customer", "--json")[1])
        counts = ", ".join(f"{number} {action}" for action, number in plan["counts"].items() if number)
        untouched = world.sizes() == before
        screen.say(f"`ops plan` wrote nothing, and told what would happen: {counts}.")
        world.ops("backfill", "customer")
        world.rest()
        records = world.records()
        screen.check(untouched, "the plan touched neither system")
        differing = [row for row in plan["records"] if not _as_planned(row, records)]
        screen.check(not differing, f"the sync then did what was planned, record by record ({len(records)})", differing)
        screen.pairs(HEADS, pairs.connected(world))
        states = {state: [one for one in records if one["state"] == state] for state in ("in_sync", "failing")}
        after = world.sizes()
        made = (after[0] - before[0], after[1] - before[1])
        screen.say(
            f"Made: {made[0]} contacts and {made[1]} customers; {len(states['in_sync']) - sum(made)} pairs were found "
            f"by e-mail and linked. Calls: {world.bill(mark)}."
        )
        screen.say("What is failing says why, and how to fix it. The first one:")
        first = next(iter(states["failing"]), None)
        if first:
            screen.aside(f"{first['name']}: {first['message']}\nFix: {first['fix']}")
        screen.check(heading == "Connected", "both systems are connected, by consent in a browser")
        known = {one["hubspot_id"] for one in records}
        missing = [one["id"] for one in world.portal.contacts() if one["id"] not in known]
        screen.check(not missing, f"none of the {after[0]} contacts is left out: each has a state", missing)
        ids = {one["quickbooks_id"] for one in records}
        missing = [one["DisplayName"] for one in world.company.customers() if one["Id"] not in ids]
        screen.check(not missing, "nor is any active customer", missing)
        self._agree(f"the {len(states['in_sync'])} pairs in sync hold the same values, field by field")
        unexplained = [one for one in records if one["state"] != "in_sync" and not one["message"]]
        screen.check(not unexplained, "every other record has its reason in words", unexplained)

    def new_contact(self) -> None:
        world, screen = self._world, self._screen
        screen.step("A contact made in HubSpot arrives as a customer, under its company's name")
        self._company_id = world.portal.create_company({"name": COMPANY})
        mark, began = world.mark(), time.monotonic()
        self._ines = self._contact("Ines", "Ferreira", "ines@harbor.example", "(207) 555-0114")
        screen.say(f"In HubSpot: Ines Ferreira, of {COMPANY}.")
        world.until(lambda: world.company.find(COMPANY) is not None)
        took_s = time.monotonic() - began
        world.rest()
        customer = world.customer_of(self._ines)
        screen.say(f"In QuickBooks {took_s:.1f} s later. Calls until everything rested: {world.bill(mark)}.")
        screen.check(
            customer.get("DisplayName") == COMPANY and value_at(customer, "CompanyName") == COMPANY,
            f"QuickBooks has the customer {customer.get('DisplayName', '(none)')!r}, linked with Ines",
            customer,
        )
        email = value_at(customer, "PrimaryEmailAddr.Address")
        screen.check(email == "ines@harbor.example", "with her e-mail address", email)

    def name_taken(self) -> None:
        world, screen = self._world, self._screen
        screen.step("The second contact of that company cannot have the name: QuickBooks takes it once")
        before = world.sizes()[1]
        self._jonas = self._contact("Jonas", "Okafor", "jonas@harbor.example", "(207) 555-0115")
        world.rest()
        record = world.record(self._jonas)
        screen.say(f"In HubSpot: Jonas Okafor, of {COMPANY}. What `ops records` says of him:")
        screen.aside(f"{record.get('state')} ({record.get('category')}): {record.get('message')}")
        told = record.get("state") == "failing" and record.get("category") == "name_taken"
        screen.check(
            told and COMPANY in str(record.get("message")),
            "he is failing for the name, and the reason names it",
            record,
        )
        screen.check(world.sizes()[1] == before, "nothing was made up in QuickBooks meanwhile")
        screen.say("So the settings are changed:")
        screen.aside(f"{QUALIFY}\n$ python -m ops --local settings apply settings.yaml --yes")
        code, said = world.ops_with(QUALIFY, "settings", "apply", FILE, "--yes")
        world.rest()
        screen.aside(said.strip())
        screen.check(code == 0, "the settings were applied")
        name = world.customer_of(self._jonas).get("DisplayName")
        screen.check(name == f"{COMPANY} (Jonas Okafor)", f"he has arrived, qualified: {name!r}")
        failing = [one["name"] for one in world.records() if one["state"] == "failing"]
        screen.check(not failing, "and so has everyone who failed for a name before: nothing is failing", failing)

    def edit_in_quickbooks(self) -> None:
        world, screen = self._world, self._screen
        screen.step("An edit in QuickBooks comes back to HubSpot, and does not echo")
        phone, delivery = "(207) 555-0199", world.hubspot.delivery
        delivery.dials.hold = True  # so that what follows our own write can be counted apart
        world.company.update(
            "Customer", world.customer_of(self._ines)["Id"], {"PrimaryPhone": {"FreeFormNumber": phone}}
        )
        screen.say(f"In QuickBooks, the phone number of {COMPANY} is changed to {phone}.")
        world.until(lambda: world.portal.contact(self._ines).get("phone") == phone)
        world.quiet()
        screen.check(world.portal.contact(self._ines).get("phone") == phone, f"Ines has {phone} in HubSpot")
        mark = world.mark()
        delivery.release()
        world.rest()
        world.stack.run_schedule("due")
        world.quiet()
        echoes, calls = world.notices(mark)[0], self._count(mark)
        screen.say("HubSpot then tells the sync about the sync's own write, as it tells about any other.")
        screen.check(
            echoes > 0 and calls == 0,
            f"notices of our own write: {echoes}; calls that followed: {calls}. Everything rests",
            world.calls(mark),
        )

    def storm(self) -> None:
        world, screen = self._world, self._screen
        screen.step("A storm of notices, repeated and in the wrong order, does no harm")
        some = [one for one in world.records() if one["state"] == "in_sync"][:6]
        sizes, mark = world.sizes(), world.mark()
        faxes: dict[str, str] = {}
        mobiles: dict[str, str] = {}
        with self._stormy():
            for edit, one in itertools.product(range(EDITS), some):
                contact_id = one["hubspot_id"]
                faxes[contact_id], mobiles[contact_id] = f"(650) 555-01{edit}0", f"(650) 557-01{edit}0"
                world.portal.update_contact(contact_id, {"fax": faxes[contact_id]})
                mobile = {"Mobile": {"FreeFormNumber": mobiles[contact_id]}}
                world.company.update("Customer", one["quickbooks_id"], mobile)
        world.rest()
        told = world.notices(mark)
        screen.say(
            f"{len(some)} records were edited {EDITS} times on both sides at once. Every notice was delivered "
            f"{TOLD_AGAIN} times, the last ones first, and so were those of our own writes: {told[0]} from HubSpot, "
            f"{told[1]} from QuickBooks."
        )
        calls = self._count(mark)
        screen.check(calls < sum(told) / 4, f"{sum(told)} notices became {calls} calls: {world.bill(mark)}")
        here = {one["hubspot_id"]: world.portal.contact(one["hubspot_id"]).get("mobilephone") for one in some}
        there = {
            one["hubspot_id"]: value_at(world.customer_of(one["hubspot_id"]), "Fax.FreeFormNumber") for one in some
        }
        screen.check(here == mobiles and there == faxes, "each side's last edits are on the other side", (here, there))
        self._agree("all pairs hold the same values, field by field")
        screen.check(world.sizes() == sizes, "there are as many contacts and customers as before", world.sizes())

    def lost_answer(self) -> None:
        world, screen = self._world, self._screen
        screen.step("QuickBooks makes a customer, and its answer is lost on the way: no duplicate")
        mark = world.mark()
        world.quickbooks.dials.set(Dial(do="lose_answer", path="/v3/company/.*/batch", body='"create"'))
        self._mara = self._contact("Mara", "Lindqvist", "mara@harbor.example", "(207) 555-0116")
        world.until(lambda: world.record(self._mara).get("category") == "vendor_down")
        record, name = world.record(self._mara), f"{COMPANY} (Mara Lindqvist)"
        screen.say("In HubSpot: Mara Lindqvist, of the same company. What `ops records` says of her:")
        screen.aside(f"{record['state']} ({record['category']}): {record['message']} {record['fix']}")
        screen.check(
            world.company.find(name) is not None and record["quickbooks_id"] is None,
            "the customer is there, and the sync cannot know it",
        )
        world.clock.advance(11)
        screen.say("The demo's clock is moved on by 11 s; the schedule that runs every minute finds her due.")
        world.stack.run_schedule("due")
        world.rest()
        creates = [call for call in world.calls(mark)[1] if '"create"' in call.body]
        request_ids = {str(parse_qs(call.query).get("requestid")) for call in creates}
        screen.check(
            len(creates) == 2 and len(request_ids) == 1,
            f"the create was sent {len(creates)} times with {len(request_ids)} request id: QuickBooks knew it again",
            creates,
        )
        linked = world.customer_of(self._mara).get("DisplayName")
        screen.check(linked == name, f"she is linked now, with {linked!r}", world.record(self._mara))
        screen.check(not world.duplicates(), "no name and no e-mail address is there twice", world.duplicates())

    def renamed_company(self) -> None:
        world, screen = self._world, self._screen
        screen.step("The company is renamed in HubSpot, and all its customers follow")
        mark = world.mark()
        world.portal.update_company(self._company_id, {"name": RENAMED})
        world.rest()
        screen.say(f"In HubSpot: {COMPANY} becomes {RENAMED}. Calls: {world.bill(mark)}.")
        screen.pairs(HEADS, pairs.of_company(world, self._company_id))
        people = {self._ines: "", self._jonas: " (Jonas Okafor)", self._mara: " (Mara Lindqvist)"}
        names = {own_id: world.customer_of(own_id).get("DisplayName") for own_id in people}
        wanted = {own_id: RENAMED + suffix for own_id, suffix in people.items()}
        screen.check(names == wanted, f"the {len(people)} customers have the new name", names)
        self._agree("all pairs of both systems hold the same values, field by field")
        screen.check(not world.duplicates(), "and nobody is there twice", world.duplicates())

    def why(self) -> None:
        world, screen = self._world, self._screen
        screen.step("Why is it so? Every record can tell")
        code, story = world.ops("why", "customer", f"hubspot:{self._jonas}")
        screen.aside("$ python -m ops --local why customer jonas@harbor.example")
        screen.aside(story.strip())
        told = code == 0 and "name_taken" in story and "both systems agree" in story
        screen.check(told, "the story goes from his first notice to the present state")

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _contact(self, first: str, last: str, email: str, phone: str) -> str:
        properties = {"firstname": first, "lastname": last, "email": email, "phone": phone}
        contact_id: str = self._world.portal.create_contact(properties, self._company_id)
        return contact_id

    @contextmanager
    def _stormy(self) -> Iterator[None]:
        """Hold all notices back, then let them go at once: each several times, the last ones first."""
        deliveries = (self._world.hubspot.delivery, self._world.quickbooks.delivery)
        for one in deliveries:
            one.dials.hold, one.dials.copies, one.dials.backwards = True, TOLD_AGAIN, True
        yield
        time.sleep(0.1)  # until all of them are due, so that they are turned around together
        for one in deliveries:
            one.release()
        self._world.rest()
        for one in deliveries:
            one.dials.copies, one.dials.backwards = 1, False

    def _agree(self, claim: str) -> None:
        differences = self._world.differences()
        self._screen.check(not differences, claim, differences)

    def _count(self, mark: Mark) -> int:
        return sum(map(len, self._world.calls(mark)))


def _as_planned(row: dict[str, Any], records: list[dict[str, Any]]) -> bool:
    """Whether the record of a planned row is in the state that the plan foretold."""
    same = [
        one for one in records
        if any(row[side] is not None and row[side] == one[side] for side in ("hubspot_id", "quickbooks_id"))
    ]  # fmt: skip
    return [(one["state"], one["category"]) for one in same] == [(row["state"], row["category"])]
