"""Display names: one holder each, whoever comes when."""

from __future__ import annotations

import pytest

from tests.stories.world import World


def test_the_second_contact_of_a_company_fails_and_says_who_has_the_name(world: World) -> None:
    """`reject`, the default: the error names the holder and how to fix it."""
    world.connect()
    [acme] = world.companies("Acme")
    first = world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    second = world.contact("John", "Doe", "john@acme.example", acme)
    world.come_to_rest()
    record = world.record(hubspot_id=second)
    assert (record["state"], record["category"]) == ("failing", "name_taken")
    holder = world.record(hubspot_id=first)["quickbooks_id"]
    assert "'Acme'" in record["message"]
    assert holder in record["message"] or first in record["message"]
    assert record["fix"]
    assert world.names() == ["Acme"]


def test_qualify_adds_the_person(world: World) -> None:
    world.connect(on_name_taken="qualify")
    [acme] = world.companies("Acme")
    for first, last in (("Jane", "Roe"), ("John", "Doe"), ("John", "Doe")):
        world.contact(first, last, f"{first}{len(world.portal.contacts())}@acme.example", acme)
        world.come_to_rest()
    assert world.names() == ["Acme", "Acme (John Doe)", "Acme (john2@acme.example)"]


def test_share_points_to_the_companys_customer_and_is_promoted(world: World) -> None:
    """The sharing contact has no customer of its own until the owner leaves."""
    world.connect(on_name_taken="share", deletes="archive")
    [acme] = world.companies("Acme")
    first = world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    owner = world.record(hubspot_id=first)["quickbooks_id"]
    second = world.contact("John", "Doe", "john@acme.example", acme, phone="1")
    world.come_to_rest()
    shared = world.record(hubspot_id=second)
    assert (shared["state"], shared["quickbooks_id"]) == ("in_sync", owner)
    assert "shares" in shared["message"]
    assert "PrimaryPhone" not in world.company.get("Customer", owner), "no field flows"
    world.portal.archive_contact(first)
    world.come_to_rest()
    promoted = world.record(hubspot_id=second)
    assert promoted["state"] == "in_sync"
    assert promoted["quickbooks_id"] not in (owner, None)
    assert world.names() == ["Acme"]


def test_sub_customer_goes_below_the_companys_customer(world: World) -> None:
    world.connect(on_name_taken="sub_customer")
    [acme] = world.companies("Acme")
    first = world.contact("Jane", "Roe", "jane@acme.example", acme)
    second = world.contact("John", "Doe", "john@acme.example", acme)
    world.come_to_rest()
    parent = world.record(hubspot_id=first)["quickbooks_id"]
    child = world.company.get("Customer", world.record(hubspot_id=second)["quickbooks_id"])
    assert world.names() == ["Acme", "John Doe"], "the older contact has the company's plain name"
    assert (child["DisplayName"], child["ParentRef"]["value"]) == ("John Doe", parent)


def test_a_vendor_that_holds_the_name_is_named_and_the_contact_heals_when_it_is_renamed(world: World) -> None:
    """The name is unique over customers, vendors and employees; a rename in QuickBooks wakes who waits for it."""
    vendor = world.company.create("Vendor", {"DisplayName": "Hicks Hardware"})
    world.connect()
    [hicks] = world.companies("Hicks Hardware")
    frank = world.contact("Frank", "Hicks", "frank@hicks.example", hicks)
    world.come_to_rest()
    record = world.record(hubspot_id=frank)
    assert (record["state"], record["category"]) == ("failing", "name_taken")
    assert "vendor" in record["message"]
    assert vendor["Id"] in record["message"]
    world.company.update("Vendor", vendor["Id"], {"DisplayName": "Hicks Hardware (vendor)"})
    world.come_to_rest()
    assert world.record(hubspot_id=frank)["state"] == "in_sync"
    assert world.names() == ["Hicks Hardware"]


def test_names_that_differ_in_case_and_spaces_only_are_the_same_name(world: World) -> None:
    world.connect()
    one, two = world.companies("ACME  Ltd", "acme ltd")
    world.contact("Jane", "Roe", "jane@acme.example", one)
    world.contact("John", "Doe", "john@acme.example", two)
    world.come_to_rest()
    assert sorted(one["state"] for one in world.records()) == ["failing", "in_sync"]


def test_an_inactive_customer_frees_its_plain_name(world: World) -> None:
    """An inactivated record carries ` (deleted)`; the next contact of the company takes the plain name."""
    old = world.customer("Acme", "old@acme.example")
    world.company.inactivate("Customer", old["Id"])
    world.connect()
    [acme] = world.companies("Acme")
    world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    assert world.names() == ["Acme"]


def test_the_waiting_contact_gets_the_name_when_the_holder_goes(world: World) -> None:
    """The first contact moves to another company; the second, which was failing, takes the name by itself."""
    world.connect()
    acme, other = world.companies("Acme", "Other Inc")
    first = world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    second = world.contact("John", "Doe", "john@acme.example", acme)
    world.come_to_rest()
    assert world.record(hubspot_id=second)["state"] == "failing"
    world.portal.associate(first, other, primary=True)
    world.come_to_rest()
    assert world.names() == ["Acme", "Other Inc"]
    assert world.record(hubspot_id=second)["state"] == "in_sync"


def test_a_renamed_company_renames_every_linked_customer_that_nobody_renamed(world: World) -> None:
    """Three contacts, one customer renamed by the bookkeeper: the other two follow, that one stays."""
    world.connect(on_name_taken="qualify")
    [acme] = world.companies("Acme")
    ids = []
    for name in ("Ann", "Ben", "Cay"):
        ids.append(world.contact(name, "X", f"{name}@acme.example", acme))
        world.come_to_rest()
    renamed = world.record(hubspot_id=ids[2])["quickbooks_id"]
    world.company.update("Customer", renamed, {"DisplayName": "Cay's own"})
    world.come_to_rest()
    world.portal.update_company(acme, {"name": "Zenith"})
    world.come_to_rest()
    assert world.names() == ["Cay's own", "Zenith", "Zenith (Ben X)"]
    assert {world.record(hubspot_id=one)["state"] for one in ids} == {"in_sync"}


def test_a_rename_that_is_taken_holds_back_the_name_alone(world: World) -> None:
    """The company takes a name that a vendor has: the record fails, but the contact's new phone arrives."""
    world.company.create("Vendor", {"DisplayName": "Zenith"})
    world.connect()
    [acme] = world.companies("Acme")
    jane = world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    world.portal.update_company(acme, {"name": "Zenith"})
    world.portal.update_contact(jane, {"phone": "9"})
    world.come_to_rest()
    customer = world.company.get("Customer", customer_id)
    assert (customer["DisplayName"], customer["PrimaryPhone"]["FreeFormNumber"]) == ("Acme", "9")
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("failing", "name_taken")
    assert "vendor" in record["message"]


@pytest.mark.parametrize("rule", ["reject", "qualify"])
def test_fifty_contacts_of_one_company_at_once_give_one_plain_name(world: World, rule: str) -> None:
    world.connect(on_name_taken=rule)
    [acme] = world.companies("Acme")
    for number in range(50):
        world.contact(f"P{number}", "X", f"p{number}@acme.example", acme)
    world.come_to_rest()
    assert world.names().count("Acme") == 1
    assert len(world.names()) == (1 if rule == "reject" else 50)
    states = [one["state"] for one in world.records()]
    assert states.count("in_sync") == (1 if rule == "reject" else 50)


def test_two_contacts_of_one_company_in_the_same_second_fifty_times(world: World) -> None:
    """Exactly one customer holds the plain name: never two, never none."""
    world.connect()
    companies = world.companies(*(f"Company {number}" for number in range(50)))
    for number, company in enumerate(companies):
        world.contact("A", str(number), f"a{number}@x.example", company)
        world.contact("B", str(number), f"b{number}@x.example", company)
    world.come_to_rest()
    assert world.names() == sorted(f"Company {number}" for number in range(50))
    assert sorted(one["state"] for one in world.records()) == ["failing"] * 50 + ["in_sync"] * 50


def test_person_names_only_where_the_settings_say_so(world: World) -> None:
    world.connect(display_name="person")
    [acme] = world.companies("Acme")
    world.contact("Jane", "Roe", "jane@acme.example", acme)
    world.come_to_rest()
    assert world.names() == ["Jane Roe"]
    customer = world.company.find("Jane Roe")
    assert customer is not None
    assert customer["CompanyName"] == "Acme"


def test_the_primary_company_counts_and_no_other(world: World) -> None:
    """A contact of two companies is named after the primary one, also after that has moved."""
    world.connect()
    one, two = world.companies("One Ltd", "Two Ltd")
    jane = world.contact("Jane", "Roe", "jane@x.example", one)
    world.portal.associate(jane, two)
    world.come_to_rest()
    assert world.names() == ["One Ltd"]
    world.portal.associate(jane, two, primary=True)
    world.come_to_rest()
    assert world.names() == ["Two Ltd"]
