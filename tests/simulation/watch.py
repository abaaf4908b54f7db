"""What is noted while a history runs: who made what, what was put away, and what becomes of each value that is typed.

A value is *open* from when it is typed until both sides of its pair hold the same. So it can be told at any moment
whether an edit may be overwritten: only if the other side holds an open one too, and then as the rule says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import requests

from chalicelib.remember.table import Put, Write
from tests.simulation.people import FIELDS, PRODUCT_FIELDS

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World

Name = tuple[str, str, str]  # what it is, its account (portal or realm), its id


@dataclass(frozen=True)
class Sides:
    """What the two records of a pair are called, by which names their fields, and in the settings."""

    here: str
    there: str
    fields: dict[str, str]
    section: str


KINDS = {
    "customer": Sides("contacts", "Customer", FIELDS, "contacts"),
    "product": Sides("products", "Item", PRODUCT_FIELDS, "products"),
}


@dataclass
class Pair:
    """A contact and a customer, or a product and an item, that the sync has linked."""

    firm: Firm
    hubspot_id: str
    quickbooks_id: str
    kind: str = "customer"
    agreed: dict[str, str] = field(default_factory=dict)  # field -> what both sides held last
    free: set[str] = field(default_factory=set)  # fields whose winner cannot be told: see `Watch.settle`
    wrote: dict[str, str] = field(default_factory=dict)  # field -> the vendor to which the sync wrote what was agreed


class Watch:
    def __init__(self, world: World) -> None:
        self._world = world
        self.serial = 0
        self.resting = False  # whether calls are noted that sweeps make necessary
        self.restless: list[str] = []
        self.cut_off: set[str] = set()  # connections that were without access for a while
        self.late: list[str] = []  # what is not yet so when no more than sweeps has been waited for
        self.by_people: set[Name] = set()
        self.away: set[Name] = set()  # put away by people, and not brought back by them
        self.forgotten: set[Name] = set()  # deleted for privacy
        self.survivors: dict[Name, Name] = {}  # of what was merged
        self.renamed: set[Name] = set()
        self.ruled: set[str] = set()  # connections whose rules were changed on the way
        self.open: dict[Name, dict[str, str]] = defaultdict(dict)  # field -> the value typed last, while it is open
        self.typed_at: dict[tuple[Name, str], float] = {}
        self.blank: set[tuple[Name, str]] = set()  # fields that were cleared: the other side keeps what it has
        self.typed_ever: dict[str, set[str]] = defaultdict(set)  # field -> all values that anybody typed
        self.born: dict[Name, dict[str, str]] = {}  # what the sync has made, and what it held then
        self.overwritten: list[tuple[Pair, str]] = []  # what a person typed, and a decision must tell of
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.products: dict[tuple[str, str], Pair] = {}  # by connection and HubSpot's id, as the pairs of people

    # --- what people do -----------------------------------------------------------------------------------------------

    def new_value(self, firm: Firm) -> str:
        self.serial += 1
        return f"{firm.mark}{self.serial}x"

    def made(self, what: str, firm: Firm, id: str, typed: dict[str, str]) -> None:
        self.by_people.add(name(what, firm, id))
        self.typed(what, firm, id, typed)

    def typed(self, what: str, firm: Firm, id: str, values: dict[str, str]) -> None:
        own = name(what, firm, id)
        for key, value in values.items():
            self.typed_ever[key].add(value)
            self.open[own][key] = value
            self.typed_at[own, key] = self._world.baton.time
            self.blank.discard((own, key))
            if not value:
                self.blank.add((own, key))

    def put_away(self, what: str, firm: Firm, id: str) -> None:
        self.away.add(name(what, firm, id))

    def forget(self, firm: Firm, id: str) -> None:
        self.put_away("contacts", firm, id)
        self.forgotten.add(name("contacts", firm, id))

    def is_forgotten(self, firm: Firm, id: str) -> bool:
        """Whether a contact, or whichever it was merged into, was deleted for privacy."""
        return self.came_to(name("contacts", firm, id)) in self.forgotten

    def came_to(self, own: Name) -> Name:
        """The record itself, or whichever it was merged into in the end."""
        while own in self.survivors:
            own = self.survivors[own]
        return own

    def rename(self, firm: Firm, id: str) -> None:
        self.renamed.add(name("Customer", firm, id))

    def brought_back(self, what: str, firm: Firm, id: str) -> None:
        self.away.discard(name(what, firm, id))

    def merged(self, what: str, firm: Firm, ids: Sequence[str], survivor: str) -> None:
        """The survivor's values are of both: whose they are is not told apart any more. What one of them had cleared,
        and the survivor holds nothing of, stays cleared."""
        own = name(what, firm, survivor)
        held = (contact_values if what == "contacts" else customer_values)(firm, survivor) or {}
        if survivor not in ids:
            self.by_people.add(own)
        for id in ids:
            if id != survivor:
                self.put_away(what, firm, id)
                self.survivors[name(what, firm, id)] = own
        for key in FIELDS:
            self.open[own][key] = MERGED
            if not held.get(key) and any((name(what, firm, id), key) in self.blank for id in ids):
                self.blank.add((own, key))

    # --- what happens -------------------------------------------------------------------------------------------------

    def called(self, vendor: str, request: requests.PreparedRequest) -> None:
        """A vendor has done what it was asked."""
        self._world.counted["calls"] += 1
        if self.resting and not any(one in str(request.url) for one in ("/cdc", "/search", "/oauth")):
            self.restless.append(f"{vendor}: {request.method} {request.url}")
        if not (request.method == "GET" or "/search" in str(request.url) or str(request.url).endswith("/batch/read")):
            self._births(vendor, str(request.url))
            self.settle(vendor)
            if vendor == "hubspot" and any(one in str(request.url) for one in ("/invoices/", "/contacts/")):
                self._world.sales.look()
        self._world.tell()

    def stored(self, writes: Sequence[Write]) -> None:
        """Pairs are known from the links as they are stored."""
        self._world.counted["writes"] += 1
        self._world.sales.stored(writes)
        for write in writes:
            if not isinstance(write, Put) or write.body.get("kind") not in KINDS:
                continue
            body = write.body
            pairs = self.pairs if body["kind"] == "customer" else self.products
            if body.get("hubspot_id") and body.get("quickbooks_id") and not body.get("shares"):
                own = (body["connection"], body["hubspot_id"])
                held = pairs.get(own)
                if held is None or held.quickbooks_id != body["quickbooks_id"]:
                    firm = next(one for one in self._world.firms if one.id == body["connection"])
                    pairs[own] = Pair(firm, body["hubspot_id"], body["quickbooks_id"], body["kind"])
                    pairs[own].agreed = self._agreed_before(pairs, pairs[own])
                    self._settle_births(pairs[own])
                    self.settle()

    def _agreed_before(self, pairs: dict[tuple[str, str], Pair], pair: Pair) -> dict[str, str]:
        """What was agreed when the contact still had the id under which it was merged into this one."""
        own = own_names(pair)[0]
        elders = [one for one in pairs.values() if one.firm is pair.firm and one.quickbooks_id == pair.quickbooks_id]
        return next((dict(one.agreed) for one in elders if self.came_to(own_names(one)[0]) == own), {})

    def _births(self, vendor: str, url: str) -> None:
        """Note what a call of the sync has made. Its pair may be known much later: when the answer was lost, only
        after people have typed on."""
        for firm in self._world.firms:
            for kind, sides in KINDS.items():
                if vendor == "hubspot" and f"/{sides.here}/batch/create" in url:
                    self._note_births(kind, sides.here, firm, [one["id"] for one in firm.portal.records(sides.here)])
                elif f"/{firm.company.realm_id}/batch" in url:
                    self._note_births(kind, sides.there, firm, [one["Id"] for one in firm.company.all(sides.there)])

    def _note_births(self, kind: str, what: str, firm: Firm, ids: Iterable[str]) -> None:
        for id in ids:
            own = name(what, firm, id)
            if own not in self.by_people and own not in self.born:
                here, there = held_by(Pair(firm, id, id, kind))
                self.born[own] = (there if what[0].isupper() else here) or {}

    def _settle_births(self, pair: Pair) -> None:
        """What one side's record was made from, both held then: only what was typed since is open."""
        here, there = own_names(pair)
        for made, source in ((here, there), (there, here)):
            for key, value in self.born.get(made, {}).items():
                if value and self.open[source].get(key) == value:
                    del self.open[source][key]
                    pair.agreed[key] = value

    def settle(self, vendor: str = "") -> None:
        """Look at what a write of the sync, to this vendor, has done to open values."""
        for pair in (*self.pairs.values(), *self.products.values()):
            here, there = own_names(pair)
            keys = self.open[here].keys() | self.open[there].keys()
            if not keys:
                continue
            one, other = held_by(pair)
            if one is None or other is None:
                continue
            for key in keys:
                self._settle(pair, key, here, there, one.get(key, ""), other.get(key, ""), vendor)

    def _settle(
        self, pair: Pair, key: str, here: Name, there: Name, in_hubspot: str, in_quickbooks: str, vendor: str
    ) -> None:
        typed_here, typed_there = self.open[here].get(key), self.open[there].get(key)
        if in_hubspot != in_quickbooks:
            return
        self.open[here].pop(key, None)
        self.open[there].pop(key, None)
        before, pair.agreed[key] = pair.agreed.get(key), in_hubspot
        wrote, pair.wrote[key] = pair.wrote.get(key), vendor
        typed = {one for one in (typed_here, typed_there) if one is not None}
        shared = sum(one.portal is pair.firm.portal for one in self._world.firms) > 1
        if typed == {""} and before and not in_hubspot and None in (typed_here, typed_there):
            self._complain(pair, key, f"{before} was cleared on one side, and both have lost it")
        if MERGED in typed or "" in typed or pair.firm.id in self.ruled or shared:
            return
        rule = self._world.settings[pair.firm.id][KINDS[pair.kind].section]["conflict"]
        over = {"hubspot": typed_here, "quickbooks": typed_there}.get(wrote or "")
        if in_hubspot == before and typed == {over} and self._world.met:
            # A worker died between its write and its commit: what a person types afterwards over what was written
            # cannot be told from what she typed at the same time as the other side's. The rule decides, and the
            # decision tells.
            self.overwritten.append((pair, str(over)))
        elif in_hubspot not in typed:
            self._complain(pair, key, f"{typed} was typed, and both hold {in_hubspot}")
        elif typed_here is None or typed_there is None or typed_here == typed_there:
            return
        elif rule in ("hubspot", "ask") and in_hubspot == typed_there and self._slipped(here, key):
            pair.free.add(key)  # typed between our read and our write: HubSpot has no guard (design D5)
        elif rule == "hubspot" and in_hubspot != typed_here:
            self._complain(pair, key, f"HubSpot wins: {typed_here}, and not {typed_there}")
        elif rule == "quickbooks" and in_hubspot != typed_there:
            self._complain(pair, key, f"QuickBooks wins: {typed_there}, and not {typed_here}")
        elif rule == "ask":
            self._complain(pair, key, f"a person is to decide between {typed_here} and {typed_there}")

    def _slipped(self, own: Name, key: str) -> bool:
        return self._world.baton.time - self.typed_at.get((own, key), 0.0) < SLIPS_S

    def _complain(self, pair: Pair, key: str, why: str) -> None:
        self._world.baton.fail(f"(o) {pair.kind} {pair.hubspot_id} and {pair.quickbooks_id}, {key}: {why}")


SLIPS_S = 85.0  # so long after our read a write of ours may reach HubSpot: 5 s, a slow call, and a late arrival
MERGED = "?"  # in place of a typed value: that of one of several merged records


def contact_values(firm: Firm, id: str) -> dict[str, str] | None:
    """A live contact's values by field; None where there is none."""
    try:
        return firm.portal.contact(id)
    except KeyError:
        return None


def customer_values(firm: Firm, id: str) -> dict[str, str] | None:
    """A customer's values by HubSpot's names of the fields; None where it was merged into another."""
    from local.quickbooks.faults import Fault

    try:
        found = firm.company.get("Customer", id)
    except Fault:
        return None
    return {key: at(found, path) for key, path in FIELDS.items()}


def own_names(pair: Pair) -> tuple[Name, Name]:
    sides = KINDS[pair.kind]
    return name(sides.here, pair.firm, pair.hubspot_id), name(sides.there, pair.firm, pair.quickbooks_id)


def held_by(pair: Pair) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """What both sides hold, by HubSpot's names; None where one is not there."""
    if pair.kind == "customer":
        return contact_values(pair.firm, pair.hubspot_id), customer_values(pair.firm, pair.quickbooks_id)
    return product_values(pair.firm, pair.hubspot_id), item_values(pair.firm, pair.quickbooks_id)


def product_values(firm: Firm, id: str) -> dict[str, str] | None:
    try:
        found = firm.portal.record("products", id)
    except KeyError:
        return None
    return {key: as_typed(key, found.get(key, "")) for key in PRODUCT_FIELDS}


def item_values(firm: Firm, id: str) -> dict[str, str] | None:
    """An item's values by HubSpot's names; its name as it was before it was made inactive."""
    from local.quickbooks.faults import Fault

    try:
        found = firm.company.get("Item", id)
    except Fault:
        return None
    held = {key: as_typed(key, str(found.get(path, ""))) for key, path in PRODUCT_FIELDS.items()}
    return held | {"name": held["name"].split(" (deleted)")[0]}


def as_typed(key: str, value: str) -> str:
    """Numbers in one spelling."""
    return f"{Decimal(value).normalize():f}" if key == "price" and value else value


def at(found: dict[str, Any], path: str) -> str:
    """The leaf at a path with dots."""
    for part in path.split("."):
        found = found.get(part) or {}
    return str(found or "")


def name(what: str, firm: Firm, id: str) -> Name:
    """Records are the portal's or the company's, whichever of several connections is meant."""
    account = firm.company.realm_id if what[0].isupper() else str(firm.portal.id)
    return what, account, str(id)


def names(what: str, firm: Firm, ids: Iterable[str]) -> set[Name]:
    return {name(what, firm, id) for id in ids}
