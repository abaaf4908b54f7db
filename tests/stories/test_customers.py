"""Contacts and customers agree: the main job, told as it is lived."""

from __future__ import annotations

from tests.stories.world import World


def test_a_contact_arrives_as_a_customer_with_its_companys_name(world: World) -> None:
    """A salesperson adds Jane of Acme; the bookkeeper finds Acme, with Jane's name, e-mail, phone and address."""
    world.connect()
    [acme] = world.companies("Acme & Söhne, Ltd")
    jane = world.contact(
        "Jane", "O'Neil", "jane@acme.example", acme, phone="+1 555 0100", address="1 Main St", city="Tucson",
        state="AZ", zip="85701", country="USA", website="https://acme.example", mobilephone="+1 555 0101", fax="77",
    )  # fmt: skip
    world.come_to_rest()
    customer = world.company.find("Acme & Söhne, Ltd")
    assert customer is not None
    assert (customer["GivenName"], customer["FamilyName"]) == ("Jane", "O'Neil")
    assert customer["CompanyName"] == "Acme & Söhne, Ltd"
    assert customer["PrimaryEmailAddr"]["Address"] == "jane@acme.example"
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "+1 555 0100"
    assert customer["Mobile"]["FreeFormNumber"] == "+1 555 0101"
    assert customer["BillAddr"]["PostalCode"] == "85701"
    record = world.record(hubspot_id=jane)
    assert (record["quickbooks_id"], record["state"]) == (customer["Id"], "in_sync")


def test_a_customer_arrives_as_a_contact(world: World) -> None:
    """The bookkeeper adds a customer; sales finds a contact that carries our key and can be called."""
    world.connect()
    made = world.customer(
        "Blue Door GmbH", "office@bluedoor.example", GivenName="Zoë", FamilyName="Müller", CompanyName="Blue Door GmbH",
        PrimaryPhone={"FreeFormNumber": "030 123"}, BillAddr={"Line1": "Ufer 1", "City": "Berlin"},
    )  # fmt: skip
    world.come_to_rest()
    record = world.record(quickbooks_id=made["Id"])
    contact = world.portal.contact(record["hubspot_id"])
    assert contact["email"] == "office@bluedoor.example"
    assert (contact["firstname"], contact["lastname"]) == ("Zoë", "Müller")
    assert (contact["phone"], contact["address"], contact["city"]) == ("030 123", "Ufer 1", "Berlin")
    assert contact["company"] == "Blue Door GmbH"
    assert contact["quickbooks_key"].endswith(f":{made['Id']}")
    assert world.names() == ["Blue Door GmbH"], "being linked must not rename the customer"


def test_an_edit_crosses_once_and_does_not_echo(world: World) -> None:
    """Each side is edited in turn; the other follows; and then nobody calls anybody any more."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    world.portal.update_contact(jane, {"phone": "2"})
    world.come_to_rest()
    assert world.company.get("Customer", customer_id)["PrimaryPhone"]["FreeFormNumber"] == "2"
    world.company.update("Customer", customer_id, {"PrimaryPhone": {"FreeFormNumber": "3"}})
    world.come_to_rest()
    assert world.portal.contact(jane)["phone"] == "3"
    world.forget_calls()
    world.come_to_rest()
    assert world.said() == []


def test_an_edit_in_hubspot_costs_no_quickbooks_read(world: World) -> None:
    """SyncToken is kept: one look at HubSpot, one write to QuickBooks, nothing metered."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    world.forget_calls()
    world.portal.update_contact(jane, {"city": "Tucson"})
    world.come_to_rest()
    assert [call.path.rsplit("/", 1)[-1] for call in world.quickbooks.dials.calls()] == ["batch"]
    assert sum(call.metered for call in world.quickbooks.dials.calls()) == 0
    assert len(world.hubspot.dials.calls()) == 2, world.said()


def test_an_existing_customer_is_linked_by_email_and_not_made_again(world: World) -> None:
    """The customer was there first, under the same e-mail in other letters."""
    made = world.customer("Jane's Bakery", "Jane@Bakery.example", GivenName="Jane")
    world.connect(conflict="quickbooks")
    jane = world.contact("Jane", "Roe", "jane@bakery.example", phone="5")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["quickbooks_id"] == made["Id"]
    assert world.names() == ["Jane's Bakery"], "quickbooks wins: its name stays"
    assert world.company.get("Customer", made["Id"])["PrimaryPhone"]["FreeFormNumber"] == "5"
    assert world.portal.contact(jane)["firstname"] == "Jane"


def test_at_the_first_link_the_conflict_rule_decides(world: World) -> None:
    """Two different values meet for the first time: hubspot wins by default, and `why` tells both."""
    made = world.customer("Old Name", "jane@roe.example", GivenName="Janet", FamilyName="Roe")
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    customer = world.company.get("Customer", made["Id"])
    assert (customer["GivenName"], customer["DisplayName"]) == ("Jane", "Jane Roe")
    story = " ".join(world.ops("why", "customer", jane)["story"])
    assert "Janet" in story
    assert "let HubSpot win" in story


def test_without_an_email_a_contact_stays_out_until_the_settings_let_it_in(world: World) -> None:
    """`without_email: exclude` says why; `include` brings it across."""
    world.connect()
    lone = world.contact("Lone", "Ranger")
    world.come_to_rest()
    record = world.record(hubspot_id=lone)
    assert (record["state"], record["quickbooks_id"]) == ("excluded", None)
    assert "no e-mail" in record["message"]
    world.settings(without_email="include")
    assert world.record(hubspot_id=lone)["state"] == "in_sync"
    assert world.names() == ["Lone Ranger"]


def test_a_contact_that_is_only_an_email_is_called_by_it(world: World) -> None:
    """No company, no first and no last name: the e-mail names the customer."""
    world.connect()
    world.portal.create_contact({"email": "info@nobody.example"})
    world.come_to_rest()
    assert world.names() == ["info@nobody.example"]


def test_two_emails_find_the_customer_by_either(world: World) -> None:
    """The contact's second e-mail is the one that the bookkeeper knows."""
    made = world.customer("Acme", "billing@acme.example")
    world.connect(conflict="quickbooks")
    jane = world.contact("Jane", "Roe", "jane@acme.example", hs_additional_emails="billing@acme.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["quickbooks_id"] == made["Id"]


def test_several_customers_with_one_email_are_named_and_left_alone(world: World) -> None:
    """Nobody can know which one is meant: the record fails, and names them all."""
    one = world.customer("Acme East", "jane@acme.example")
    two = world.customer("Acme West", "jane@acme.example")
    world.connect(direction="to_quickbooks")
    jane = world.contact("Jane", "Roe", "jane@acme.example")
    world.come_to_rest()
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("failing", "conflict")
    assert one["Id"] in record["message"]
    assert two["Id"] in record["message"]
    assert len(world.names()) == 2


def test_forbidden_characters_and_lengths_are_cleaned_and_said(world: World) -> None:
    """A colon and a tab go, a long first name is cut, and the story says so; the contact keeps its own."""
    world.connect()
    [company] = world.companies("Acme: East\tWing")
    jane = world.contact("J" * 150, "Roe", "jane@acme.example", company)
    world.come_to_rest()
    customer = world.company.find("Acme East Wing")
    assert customer is not None
    assert customer["GivenName"] == "J" * 100
    assert world.portal.contact(jane)["firstname"] == "J" * 150
    reasons = " ".join(one["reason"] for one in world.ops("history", "customer", jane))
    assert "forbids" in reasons
    assert "100 characters" in reasons


def test_jobs_and_projects_are_no_contacts(world: World) -> None:
    """A sub-customer and a project are shown as excluded, each with its reason."""
    world.connect()
    parent = world.customer("Acme", "jane@acme.example")
    world.company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": parent["Id"]},
                                      "PrimaryEmailAddr": {"Address": "roof@acme.example"}})  # fmt: skip
    world.come_to_rest()
    assert "sub-customer" in world.record(state="excluded")["message"]
    assert len(world.portal.contacts()) == 1


def test_one_bad_record_never_fails_another(world: World) -> None:
    """A value that QuickBooks refuses stands among good ones, in the same batch."""
    world.connect(
        fields=[{"hubspot": "jobtitle", "quickbooks": "PreferredDeliveryMethod", "direction": "to_quickbooks"}]
    )
    good = [world.contact("Good", str(n), f"good{n}@x.example", jobtitle="Email") for n in range(5)]
    bad = world.contact("Bad", "One", "bad@x.example", jobtitle="Pigeon")
    world.come_to_rest()
    assert {world.record(hubspot_id=one)["state"] for one in good} == {"in_sync"}
    record = world.record(hubspot_id=bad)
    assert (record["state"], record["category"], record["quickbooks_id"]) == ("failing", "invalid_value", None)
    assert len(world.names()) == 5


def test_a_filter_on_the_company_lets_in_who_matches_and_names_the_clause_for_the_others(world: World) -> None:
    """Both conditions must hold for one and the same company; without any company none of them does."""
    world.connect(
        filters={
            "to_quickbooks": [
                {
                    "all": [
                        {"property": "company.city", "operator": "equals", "value": "Tucson"},
                        {"property": "company.country", "operator": "not_equals", "value": "Mexico"},
                    ]
                }
            ]
        }
    )
    here = str(world.portal.create_company({"name": "Here", "city": "Tucson", "country": "USA"}))
    there = str(world.portal.create_company({"name": "There", "city": "Tucson", "country": "Mexico"}))
    inside = world.contact("In", "Side", "in@x.example", here)
    outside = world.contact("Out", "Side", "out@x.example", there)
    alone = world.contact("All", "Alone", "alone@x.example")
    world.come_to_rest()
    assert world.record(hubspot_id=inside)["state"] == "in_sync"
    for one in (outside, alone):
        record = world.record(hubspot_id=one)
        assert record["state"] == "excluded"
        assert "company.city" in record["message"]
    assert world.names() == ["Here"]
