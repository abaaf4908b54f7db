"""What people do on both sides of a firm. Each act is one entry of a seller or a bookkeeper, in a vendor's screen.

Every value that is typed is new and holds its firm's mark, so that one can tell afterwards who typed it, what came
last, and whether it has come to a place where it does not belong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.hubspot.errors import Problem
from local.quickbooks.faults import Fault as Refused

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World

Dice = Sequence[int]
Do = Callable[["World", "Firm", Dice], str | None]

# HubSpot's property and QuickBooks' path, of design section "Default mappings"; these flow both ways.
FIELDS = {
    "firstname": "GivenName", "lastname": "FamilyName", "phone": "PrimaryPhone.FreeFormNumber",
    "mobilephone": "Mobile.FreeFormNumber", "city": "BillAddr.City", "zip": "BillAddr.PostalCode",
}  # fmt: skip
PRODUCT_FIELDS = {"name": "Name", "description": "Description", "hs_sku": "Sku", "price": "UnitPrice"}


@dataclass(frozen=True)
class Doing:
    """`weight`: how often it is done, beside the others; only where the settings sync what it `needs`."""

    do: Do
    weight: int
    needs: str


ACTS: dict[str, Doing] = {}


def act(weight: int, needs: str = "contacts") -> Callable[[Do], Do]:
    def add(do: Do) -> Do:
        ACTS[do.__name__] = Doing(do, weight, needs)
        return do

    return add


def perform(world: World, what: str, dice: Dice) -> None:
    """Somebody of a firm does this. Where there is nothing to do it with, a contact is edited, or the first one made;
    what the vendor does not allow is not done."""
    firm = world.firms[dice[3] % len(world.firms)]
    try:
        said = ACTS[what].do(world, firm, dice)
        if said is None:
            what = "contact_is_edited" if contacts(firm) else "contact_is_made"
            said = ACTS[what].do(world, firm, dice)
    except (Problem, Refused) as refused:
        said = f"is refused: {refused}"
    world.sales.look()
    world.counted["acts"] += bool(said)
    world.baton.note(f"{what}:", said or "", who="people")
    world.tell()


# --- whom and what there is -------------------------------------------------------------------------------------------


def one_of(found: Sequence[Any], dice: int) -> Any:
    return found[dice % len(found)] if found else None


def contacts(firm: Firm) -> list[dict[str, Any]]:
    return firm.portal.contacts()


def customers(firm: Firm, *, active: bool = True) -> list[dict[str, Any]]:
    return [one for one in firm.company.all("Customer") if one["Active"] or not active]


def nested(path: str, value: Any) -> dict[str, Any]:
    outer, _, inner = path.partition(".")
    return {outer: {inner: value} if inner else value}


# --- contacts ---------------------------------------------------------------------------------------------------------


def _email(world: World, firm: Firm, dice: int) -> str:
    """One of few, so that people are sometimes on both sides from the start; or none."""
    return "" if dice % 8 == 0 else f"{firm.mark}{dice % 8}@mail.example"


@act(10)
def contact_is_made(world: World, firm: Firm, dice: Dice) -> str:
    typed = {"firstname": world.watch.new_value(firm), "lastname": world.watch.new_value(firm)}
    email = _email(world, firm, dice[0])
    if dice[1] % 3:
        typed["city"] = world.watch.new_value(firm)
    companies = firm.portal.companies()
    company = one_of(companies, dice[2])["id"] if companies and dice[1] % 2 else None
    id = firm.portal.create_contact({**typed, **({"email": email} if email else {})}, company_id=company)
    world.watch.made("contacts", firm, id, typed)
    return f"{id} {typed} {email} at {company}"


@act(14)
def contact_is_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (contact := one_of(contacts(firm), dice[0])):
        return None
    name = list(FIELDS)[dice[1] % len(FIELDS)]
    value = world.watch.new_value(firm)
    firm.portal.update_contact(contact["id"], {name: value})
    world.watch.typed("contacts", firm, contact["id"], {name: value})
    return f"{contact['id']} {name} = {value}"


@act(2)
def contact_is_blanked(world: World, firm: Firm, dice: Dice) -> str | None:
    """One field is cleared."""
    if not (contact := one_of(contacts(firm), dice[0])):
        return None
    name = ("phone", "mobilephone", "city")[dice[1] % 3]
    if name not in contact["properties"]:
        return None
    firm.portal.update_contact(contact["id"], {name: ""})
    world.watch.typed("contacts", firm, contact["id"], {name: ""})
    return f"{contact['id']} {name}"


@act(2)
def contact_is_archived(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (contact := one_of(contacts(firm), dice[0])):
        return None
    firm.portal.archive_contact(contact["id"])
    world.watch.put_away("contacts", firm, contact["id"])
    return str(contact["id"])


@act(2)
def contact_is_restored(world: World, firm: Firm, dice: Dice) -> str | None:
    gone = one_of(firm.portal.state()["archived"]["contacts"], dice[0])
    if gone is None or gone in firm.portal.state()["merged"]["contacts"]:
        return None
    firm.portal.restore_contact(gone)
    world.watch.brought_back("contacts", firm, gone)
    return str(gone)


@act(2)
def contacts_are_merged(world: World, firm: Firm, dice: Dice) -> str | None:
    found = contacts(firm)
    one, other = one_of(found, dice[0]), one_of(found, dice[1])
    if not found or one["id"] == other["id"]:
        return None
    new_id = world.hubspot.settings.merge_makes_new_id
    survivor = firm.portal.merge_contacts(one["id"], other["id"], new_id=new_id)
    world.watch.merged("contacts", firm, [one["id"], other["id"]], survivor)
    return f"{other['id']} into {one['id']}, now {survivor}"


@act(1)
def contact_is_forgotten(world: World, firm: Firm, dice: Dice) -> str | None:
    """A person asks that her data be deleted."""
    if not (contact := one_of(contacts(firm), dice[0])):
        return None
    firm.portal.gdpr_delete_contact(contact["id"])
    world.watch.forget(firm, contact["id"])
    return str(contact["id"])


# --- companies --------------------------------------------------------------------------------------------------------


@act(4)
def company_is_made(world: World, firm: Firm, dice: Dice) -> str:
    """Two firms in one trade sometimes have customers of one name."""
    name = f"{firm.mark} Works {dice[0] % 3}"
    return f"{firm.portal.create_company({'name': name})} {name}"


@act(3)
def company_is_renamed(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (company := one_of(firm.portal.companies(), dice[0])):
        return None
    name = f"{firm.mark} Works {dice[1] % 4}"
    firm.portal.update_company(company["id"], {"name": name})
    return f"{company['id']} {name}"


@act(4)
def contact_changes_company(world: World, firm: Firm, dice: Dice) -> str | None:
    contact, company = one_of(contacts(firm), dice[0]), one_of(firm.portal.companies(), dice[1])
    if not contact or not company:
        return None
    if dice[2] % 4 == 0 and (primary := firm.portal.primary_company(contact["id"])):
        firm.portal.dissociate(contact["id"], primary)
        return f"{contact['id']} leaves {primary}"
    firm.portal.associate(contact["id"], company["id"], primary=True)
    return f"{contact['id']} to {company['id']}"


# --- customers --------------------------------------------------------------------------------------------------------


@act(6)
def customer_is_made(world: World, firm: Firm, dice: Dice) -> str:
    typed = {"firstname": world.watch.new_value(firm), "lastname": world.watch.new_value(firm)}
    email = _email(world, firm, dice[0])
    name = f"{firm.mark} Works {dice[1] % 3}" if dice[2] % 2 else f"{typed['firstname']} {typed['lastname']}"
    body = {"DisplayName": name, "GivenName": typed["firstname"], "FamilyName": typed["lastname"]}
    made = firm.company.create("Customer", body | ({"PrimaryEmailAddr": {"Address": email}} if email else {}))
    world.watch.made("Customer", firm, made["Id"], typed)
    return f"{made['Id']} {name} {email}"


@act(10)
def customer_is_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (customer := one_of(customers(firm), dice[0])):
        return None
    name = list(FIELDS)[dice[1] % len(FIELDS)]
    value = world.watch.new_value(firm)
    change = nested(FIELDS[name], value)
    if "BillAddr" in change:
        change["BillAddr"] = {**customer.get("BillAddr", {}), **change["BillAddr"]}
    firm.company.update("Customer", customer["Id"], change)
    world.watch.typed("Customer", firm, customer["Id"], {name: value})
    return f"{customer['Id']} {name} = {value}"


@act(3)
def customer_is_renamed(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (customer := one_of(customers(firm), dice[0])):
        return None
    name = f"{firm.mark} Works {dice[1] % 3}" if dice[2] % 2 else f"{world.watch.new_value(firm)} Ltd"
    firm.company.update("Customer", customer["Id"], {"DisplayName": name})
    world.watch.rename(firm, customer["Id"])
    return f"{customer['Id']} {name}"


@act(2)
def customer_is_inactivated(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (customer := one_of(customers(firm), dice[0])):
        return None
    firm.company.inactivate("Customer", customer["Id"])
    world.watch.put_away("Customer", firm, customer["Id"])
    return str(customer["Id"])


@act(2)
def customer_is_reactivated(world: World, firm: Firm, dice: Dice) -> str | None:
    gone = [one for one in customers(firm, active=False) if not one["Active"]]
    if not (customer := one_of(gone, dice[0])):
        return None
    firm.company.reactivate("Customer", customer["Id"])
    world.watch.brought_back("Customer", firm, customer["Id"])
    return str(customer["Id"])


@act(1)
def customers_are_merged(world: World, firm: Firm, dice: Dice) -> str | None:
    found = customers(firm)
    one, other = one_of(found, dice[0]), one_of(found, dice[1])
    if not found or one["Id"] == other["Id"]:
        return None
    firm.company.merge_customers(one["Id"], other["Id"])
    world.watch.merged("Customer", firm, [one["Id"], other["Id"]], one["Id"])
    return f"{other['Id']} into {one['Id']}"


@act(2)
def vendor_takes_a_name(world: World, firm: Firm, dice: Dice) -> str:
    name = f"{firm.mark} Works {dice[0] % 3}"
    return f"{firm.company.create('Vendor', {'DisplayName': name})['Id']} {name}"


@act(1)
def vendor_gives_a_name_up(world: World, firm: Firm, dice: Dice) -> str | None:
    vendor = one_of([one for one in firm.company.all("Vendor") if one.get("Active", True)], dice[0])
    if not vendor:
        return None
    firm.company.update("Vendor", vendor["Id"], {"DisplayName": f"{world.watch.new_value(firm)} Supplies"})
    return str(vendor["Id"])
