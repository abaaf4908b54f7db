"""Contacts and customers: made, changed, renamed, merged, put away; and names that are taken."""

from __future__ import annotations

from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.records import State
from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.world import CrashWorld

ANN = ("Ann", "Aster", "ann@aster.example")


def linked(world: CrashWorld) -> Ids:
    """Ann of Aster Ltd, a contact and a customer."""
    company = world.portal.create_company({"name": "Aster Ltd"})
    contact = world.contact(*ANN, company=company, phone="555 1", city="Bern")
    world.run(60)
    [customer] = world.company.customers()
    world.time += 60
    return {"contact": contact, "company": company, "customer": customer["Id"]}


# --- made -------------------------------------------------------------------------------------------------------------


def contact_made(world: CrashWorld, _: Ids) -> None:
    world.contact(*ANN, phone="555 1")


def customer_made(world: CrashWorld, _: Ids) -> None:
    world.customer("Ann Aster", ANN[2], GivenName="Ann", FamilyName="Aster")


def both_made(world: CrashWorld, _: Ids) -> None:
    """They are one person, by her e-mail."""
    contact_made(world, {})
    world.customer("Ann of Aster", ANN[2], PrimaryPhone={"FreeFormNumber": "555 2"})


def several_made(world: CrashWorld, _: Ids) -> None:
    """One batch; one of them is refused."""
    for name in ("Ann", "Bob", "Cid"):
        world.contact(name, "Aster", f"{name.lower()}@aster.example")
    world.contact("Dan", "Aster", "dan@aster.example", website="no address")


# --- changed ----------------------------------------------------------------------------------------------------------


def contact_changed(world: CrashWorld, ids: Ids) -> None:
    world.portal.update_contact(ids["contact"], {"phone": "555 9", "city": "Basel"})


def customer_changed(world: CrashWorld, ids: Ids) -> None:
    changes = {"PrimaryPhone": {"FreeFormNumber": "555 8"}, "FamilyName": "Astor"}
    world.company.update("Customer", ids["customer"], changes)


def both_changed(world: CrashWorld, ids: Ids) -> None:
    contact_changed(world, ids)
    world.time += 2
    customer_changed(world, ids)


def company_renamed(world: CrashWorld, ids: Ids) -> None:
    world.portal.update_company(ids["company"], {"name": "Aster and Sons"})


# --- names that are taken ---------------------------------------------------------------------------------------------


def second_at_company(world: CrashWorld, ids: Ids) -> None:
    """Bob works there too, and the name is Ann's."""
    world.contact("Bob", "Aster", "bob@aster.example", company=ids["company"])


def vendor_holds(world: CrashWorld) -> Ids:
    vendor = world.company.create("Vendor", {"DisplayName": "Aster Ltd"})
    company = world.portal.create_company({"name": "Aster Ltd"})
    world.run(60)
    return {"company": company, "vendor": vendor["Id"]}


def vendor_waited_for(world: CrashWorld) -> Ids:
    ids = vendor_holds(world)
    second_at_company(world, ids)
    world.run(60)
    return ids


def name_comes_free(world: CrashWorld, ids: Ids) -> None:
    world.company.update("Vendor", ids["vendor"], {"DisplayName": "Aster Supplies"})


def bob_waits(world: CrashWorld) -> Ids:
    ids = linked(world)
    second_at_company(world, ids)
    world.run(60)
    return ids


def owner_leaves(world: CrashWorld, ids: Ids) -> None:
    """Ann moves to another company: her customer takes its name, and Aster Ltd is Bob's."""
    other = world.portal.create_company({"name": "Birch Inc"})
    world.portal.associate(ids["contact"], other, primary=True)


# --- merged, put away -------------------------------------------------------------------------------------------------


def two_linked(world: CrashWorld) -> Ids:
    ids = linked(world)
    ids["other"] = world.contact("Anna", "Aster", "anna@aster.example")
    world.run(60)
    world.time += 60
    return ids


def merged(world: CrashWorld, ids: Ids) -> None:
    world.portal.merge_contacts(ids["contact"], ids["other"])


def merged_into_new(world: CrashWorld, ids: Ids) -> None:
    world.portal.merge_contacts(ids["contact"], ids["other"], new_id=True)


def customers_merged(world: CrashWorld, ids: Ids) -> None:
    other = next(one["Id"] for one in world.company.customers() if one["Id"] != ids["customer"])
    world.company.merge_customers(ids["customer"], other)


def contact_archived(world: CrashWorld, ids: Ids) -> None:
    world.portal.archive_contact(ids["contact"])


def contact_erased(world: CrashWorld, ids: Ids) -> None:
    world.portal.gdpr_delete_contact(ids["contact"])


def made_from_customer(world: CrashWorld) -> Ids:
    customer = world.customer("Ann Aster", ANN[2], GivenName="Ann", FamilyName="Aster")
    world.run(60)
    [contact] = world.portal.contacts()
    world.time += 60
    return {"customer": customer, "contact": contact["id"]}


def customer_inactivated(world: CrashWorld, ids: Ids) -> None:
    world.company.inactivate("Customer", ids["customer"])


def put_away(world: CrashWorld) -> Ids:
    ids = linked(world)
    contact_archived(world, ids)
    world.run(60)
    world.time += 60
    return ids


def contact_restored(world: CrashWorld, ids: Ids) -> None:
    world.portal.restore_contact(ids["contact"])


def with_contacts(**contacts: Any) -> dict[str, Any]:
    return {"contacts": contacts}


def all_in_sync(world: CrashWorld, _: Any = None) -> None:
    assert {one.state for one in world.records(Kind.CUSTOMER)} == {State.IN_SYNC}


FLOWS = {
    "a contact is made": Flow(contact_made),
    "a customer is made": Flow(customer_made),
    "both are made": Flow(both_made),
    "several contacts are made": Flow(several_made),
    "a contact changes": Flow(contact_changed, linked),
    "a customer changes": Flow(customer_changed, linked),
    **{
        f"both change, {rule} wins": Flow(both_changed, linked, given=with_contacts(conflict=rule))
        for rule in ("hubspot", "quickbooks", "newest", "ask")
    },
    "the company is renamed": Flow(company_renamed, linked),
    **{
        f"a name is taken: {rule}": Flow(second_at_company, linked, given=with_contacts(on_name_taken=rule))
        for rule in ("reject", "qualify", "share", "sub_customer")
    },
    "a vendor has the name": Flow(second_at_company, vendor_holds),
    "a vendor has the name: qualify": Flow(
        second_at_company, vendor_holds, given=with_contacts(on_name_taken="qualify")
    ),
    "a vendor gives the name up": Flow(name_comes_free, vendor_waited_for),
    "a name comes free": Flow(owner_leaves, bob_waits),
    "the owner of a shared one leaves": Flow(owner_leaves, bob_waits, given=with_contacts(on_name_taken="share")),
    "contacts are merged": Flow(merged, two_linked),
    "contacts are merged into a third": Flow(merged_into_new, two_linked),
    "customers are merged": Flow(customers_merged, two_linked),
    "a contact is archived, nothing follows": Flow(contact_archived, linked),
    "a contact is archived": Flow(contact_archived, linked, given=with_contacts(deletes="archive")),
    "a contact is erased": Flow(contact_erased, linked, given=with_contacts(deletes="archive")),
    "a contact comes back": Flow(contact_restored, put_away, given=with_contacts(deletes="archive")),
    "a customer is made inactive": Flow(
        customer_inactivated, made_from_customer, given=with_contacts(deletes="archive")
    ),
}  # fmt: skip
