"""Whom an invoice is for: the contact of its customer and that contact's primary company, once and then a person's."""

from __future__ import annotations

from tests.stories.world import World


def contact_of(world: World, customer: str) -> str:
    id = world.record(kind="customer", quickbooks_id=customer)["hubspot_id"]
    assert id
    return str(id)


def linked(world: World, invoice: str) -> tuple[list[str], list[str]]:
    """The contacts and the companies of an invoice's mirror."""
    mirror = world.mirror(invoice)
    return world.portal.linked("invoices", mirror, "contacts"), world.portal.linked("invoices", mirror, "companies")


def test_the_contact_and_its_primary_company_come_with_the_invoice(world: World) -> None:
    """Not the other companies of the contact."""
    customer = world.trade()
    contact = contact_of(world, customer)
    first, second = world.companies("First", "Second")
    world.portal.associate(contact, first)
    world.portal.associate(contact, second, primary=True)
    world.come_to_rest()
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert linked(world, invoice) == ([contact], [second])


def test_a_contact_without_a_company_comes_alone(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert linked(world, invoice) == ([contact_of(world, customer)], [])


def test_what_a_person_changes_later_stays_through_any_number_of_updates(world: World) -> None:
    """The contact taken off, another put on, the company moved: the sync never comes back to it."""
    customer = world.trade()
    contact = contact_of(world, customer)
    first, second = world.companies("First", "Second")
    world.portal.associate(contact, first)
    world.come_to_rest()
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert linked(world, invoice) == ([contact], [first])
    other = world.contact("Other", "Person", "other@person.example")
    mirror = world.mirror(invoice)
    world.portal.unlink("invoices", mirror, "contacts", contact)
    world.portal.unlink("invoices", mirror, "companies", first)
    world.portal.link("invoices", mirror, "contacts", other)
    world.portal.associate(contact, second, primary=True)
    world.come_to_rest()
    for memo in ("one", "two", "three"):
        world.edit("Invoice", invoice, CustomerMemo={"value": memo})
    world.payment(customer, 10, {invoice: 10})
    world.come_to_rest()
    world.ops("retry", "invoice", f"quickbooks:{invoice}")
    world.come_to_rest()
    assert linked(world, invoice) == ([other], [])
    assert world.mirrored(invoice)["hs_comments"] == "three"


def test_a_new_customer_comes_first_in_the_same_run(world: World) -> None:
    """Nobody has told of the customer yet: the invoice brings it along, and waits for nothing."""
    world.trade()
    world.quickbooks.delivery.dials.drop = 1
    customer = world.customer("Birch", "office@birch.example", GivenName="Bea")["Id"]
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert world.record(kind="customer", quickbooks_id=customer)["state"] == "in_sync"
    assert linked(world, invoice) == ([contact_of(world, customer)], [])
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"


def test_customers_and_invoices_told_backwards_find_each_other(world: World) -> None:
    """The invoices' notices come before those of their customers, three times."""
    world.trade()
    dials = world.quickbooks.delivery.dials
    dials.hold, dials.backwards, dials.copies = True, True, 3
    customers = [world.customer(f"Birch {n}", f"b{n}@birch.example", GivenName="Bea")["Id"] for n in range(5)]
    invoices = [world.invoice(one) for one in customers]
    world.quickbooks.delivery.release()
    world.come_to_rest()
    world.later(15)
    for customer, invoice in zip(customers, invoices, strict=True):
        assert linked(world, invoice) == ([contact_of(world, customer)], [])
    assert len(world.portal.contacts()) == 6


def test_the_initial_sync_brings_customers_before_invoices(world: World) -> None:
    """Both are switched on at once, and nothing was told before."""
    world.quickbooks.delivery.dials.drop = 1_000
    world.item()
    customers = [world.customer(f"Birch {n}", f"b{n}@birch.example", GivenName="Bea")["Id"] for n in range(5)]
    invoices = [world.invoice(one) for one in customers]
    world.connect()
    world.configure(contacts={}, products={}, invoices={})
    world.later(15)
    for customer, invoice in zip(customers, invoices, strict=True):
        assert linked(world, invoice) == ([contact_of(world, customer)], [])


def test_an_excluded_customers_invoice_comes_alone_and_says_why(world: World) -> None:
    """The customer has no e-mail, which keeps it out by default."""
    world.trade()
    customer = world.customer("No Mail", GivenName="Nomi")["Id"]
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert world.record(kind="customer", quickbooks_id=customer)["state"] == "excluded"
    assert linked(world, invoice) == ([], [])
    record = world.record(kind="invoice", quickbooks_id=invoice)
    assert record["state"] == "in_sync"
    assert "e-mail" in record["message"]


def test_a_filtered_customers_invoice_comes_alone_and_names_the_clause(world: World) -> None:
    world.connect()
    world.item()
    groups = [{"all": [{"property": "FamilyName", "operator": "equals", "value": "Aster"}]}]
    world.configure(contacts={"filters": {"to_hubspot": groups}}, products={}, invoices={})
    customer = world.customer("Birch", "office@birch.example", GivenName="Bea", FamilyName="Birch")["Id"]
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert world.record(kind="customer", quickbooks_id=customer)["state"] == "excluded"
    assert linked(world, invoice) == ([], [])
    assert "FamilyName" in world.record(kind="invoice", quickbooks_id=invoice)["message"]


def test_a_failing_customers_invoice_waits_and_heals_by_itself(world: World) -> None:
    """HubSpot refuses the customer's e-mail; the bookkeeper corrects it, and nobody touches the invoice."""
    world.trade()
    customer = world.customer("Birch", "no.at.sign@x", GivenName="Bea")["Id"]
    invoice = world.invoice(customer, DocNumber="A-17")
    world.come_to_rest()
    assert world.record(kind="customer", quickbooks_id=customer)["state"] == "failing"
    record = world.record(kind="invoice", quickbooks_id=invoice)
    assert (record["state"], record["category"], record["hubspot_id"]) == ("failing", "missing_customer", None)
    assert "Birch" in record["message"] + record["name"]
    assert record["fix"]
    assert world.mirrors(invoice) == []
    world.edit("Customer", customer, PrimaryEmailAddr={"Address": "office@birch.example"})
    assert world.record(kind="customer", quickbooks_id=customer)["state"] == "in_sync"
    world.recover()
    assert linked(world, invoice) == ([contact_of(world, customer)], [])
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"


def test_an_invoice_that_moves_to_another_customer_stays_in_sync(world: World) -> None:
    """Its facts follow; whom it is associated with was said once, and is a person's from then on."""
    customer = world.trade()
    invoice = world.invoice(customer)
    other = world.customer("Birch", "office@birch.example", GivenName="Bea")["Id"]
    world.come_to_rest()
    deal = world.deal(invoice)
    world.come_to_rest()
    assert world.portal.record("deals", deal)["quickbooks_invoice_recipient"] == "Aster"
    world.edit("Invoice", invoice, CustomerRef={"value": other})
    assert world.portal.record("deals", deal)["quickbooks_invoice_recipient"] == "Birch"
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"
    assert linked(world, invoice) == ([contact_of(world, customer)], [])


def test_of_merged_customers_the_invoices_go_on(world: World) -> None:
    customer = world.trade()
    other = world.customer("Birch", "office@birch.example", GivenName="Bea")["Id"]
    invoice = world.invoice(other)
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.company.merge_customers(customer, other)
    world.come_to_rest()
    world.edit("Invoice", invoice, CustomerMemo={"value": "Still here"})
    assert world.mirrored(invoice)["hs_comments"] == "Still here"


def test_the_company_is_found_where_the_association_got_no_answer(world: World) -> None:
    """Whatever call carries them, the associations are there in the end, and only once."""
    customer = world.trade()
    contact = contact_of(world, customer)
    [company] = world.companies("First")
    world.portal.associate(contact, company)
    world.come_to_rest()
    world.dial("hubspot", path=".*/invoices/batch/create", do="lose_answer")
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert linked(world, invoice) == ([contact], [company])
