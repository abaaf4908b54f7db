"""What several people do at one time, or somebody twice in a row: where the sync is in the middle of something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.people import FIELDS, Dice, act, nested, one_of
from tests.simulation.watch import Pair, held_by

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World


def _pairs(world: World, firm: Firm) -> list[Pair]:
    """Contacts and customers that the sync has linked, both still there; the latest last."""
    return [one for one in world.watch.pairs.values() if one.firm is firm and None not in held_by(one)]


def _edit_contact(world: World, pair: Pair, key: str) -> str:
    value = world.watch.new_value(pair.firm)
    pair.firm.portal.update_contact(pair.hubspot_id, {key: value})
    world.watch.typed("contacts", pair.firm, pair.hubspot_id, {key: value})
    return f"contact {pair.hubspot_id} {key} = {value}"


def _edit_customer(world: World, pair: Pair, key: str) -> str:
    value = world.watch.new_value(pair.firm)
    change = nested(FIELDS[key], value)
    if "BillAddr" in change:
        held = pair.firm.company.get("Customer", pair.quickbooks_id)
        change["BillAddr"] = {**held.get("BillAddr", {}), **change["BillAddr"]}
    pair.firm.company.update("Customer", pair.quickbooks_id, change)
    world.watch.typed("Customer", pair.firm, pair.quickbooks_id, {key: value})
    return f"customer {pair.quickbooks_id} {key} = {value}"


@act(7)
def both_sides_are_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    """The seller and the bookkeeper correct the same field."""
    if not (pair := one_of(_pairs(world, firm), dice[0])):
        return None
    key = list(FIELDS)[dice[1] % len(FIELDS)]
    edits = (_edit_contact, _edit_customer) if dice[2] % 2 else (_edit_customer, _edit_contact)
    return ", ".join(edit(world, pair, key) for edit in edits)


@act(9)
def newest_pair_is_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    """Whoever has come in last is still being written about."""
    pairs = _pairs(world, firm)
    if not pairs:
        return None
    key = list(FIELDS)[dice[1] % 2]
    return (_edit_contact if dice[2] % 2 else _edit_customer)(world, pairs[-1], key)


@act(5)
def person_comes_on_both_sides(world: World, firm: Firm, _: Dice) -> str:
    """Seller and bookkeeper enter the same new person."""
    email = f"{world.watch.new_value(firm)}@mail.example"
    here = {"firstname": world.watch.new_value(firm), "lastname": world.watch.new_value(firm)}
    there = {"firstname": world.watch.new_value(firm), "lastname": world.watch.new_value(firm)}
    contact = firm.portal.create_contact({**here, "email": email})
    world.watch.made("contacts", firm, contact, here)
    body = {"GivenName": there["firstname"], "FamilyName": there["lastname"], "PrimaryEmailAddr": {"Address": email}}
    name = f"{there['firstname']} {there['lastname']}"
    customer = firm.company.create("Customer", {"DisplayName": name, **body})["Id"]
    world.watch.made("Customer", firm, customer, there)
    return f"contact {contact} {here}, customer {customer} {there}, {email}"


@act(4)
def colleagues_come(world: World, firm: Firm, dice: Dice) -> str:
    """Two people of one company, of whom one at most can have its name."""
    company = firm.portal.create_company({"name": f"{firm.mark} Works {dice[0] % 4}"})
    made = []
    for _ in range(2):
        typed = {"firstname": world.watch.new_value(firm), "lastname": world.watch.new_value(firm)}
        email = f"{world.watch.new_value(firm)}@mail.example" if dice[1] % 3 else ""
        id = firm.portal.create_contact({**typed, **({"email": email} if email else {})}, company_id=company)
        world.watch.made("contacts", firm, id, typed)
        made.append(id)
    return f"{', '.join(made)} of {company}"
