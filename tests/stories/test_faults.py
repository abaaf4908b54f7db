"""Whatever fails, wherever it fails: no duplicate, no loss, and the reason in words."""

from __future__ import annotations

import pytest

from tests.stories.world import World


@pytest.mark.parametrize("fault", [
    {"do": "lose_answer"}, {"do": "refuse"}, {"do": "html"}, {"do": "status", "status": 500},
    {"do": "answer", "status": 200, "json": {"Fault": {"type": "SystemFault", "Error": [{"code": "10000"}]}}},
])  # fmt: skip
def test_a_create_in_quickbooks_whose_answer_is_lost_makes_one_customer(world: World, fault: dict[str, object]) -> None:
    """The batch may or may not have been applied; the same request, sent again, tells."""
    world.connect()
    world.dial("quickbooks", path=".*/batch", body='"create"', **fault)
    ids = [world.contact("Jane", str(n), f"jane{n}@roe.example") for n in range(3)]
    world.come_to_rest()
    assert {world.record(hubspot_id=one)["category"] for one in ids} == {"vendor_down"}
    world.later(15)
    assert world.names() == ["Jane 0", "Jane 1", "Jane 2"]
    assert {world.record(hubspot_id=one)["state"] for one in ids} == {"in_sync"}


@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "html"])
def test_a_create_in_hubspot_whose_answer_is_lost_makes_one_contact(world: World, fault: str) -> None:
    """Looked up by our key, then by e-mail, before anything is made again; also without an e-mail."""
    world.connect(without_email="include")
    world.dial("hubspot", path=".*/contacts/batch/create", do=fault)
    one = world.customer("Blue Door", "blue@door.example", GivenName="Blue")
    two = world.customer("No Mail", GivenName="Nomi")
    world.come_to_rest()
    world.later(15)
    assert len(world.portal.contacts()) == 2
    for made in (one, two):
        record = world.record(quickbooks_id=made["Id"])
        assert record["state"] == "in_sync"
        assert world.portal.contact(record["hubspot_id"])["quickbooks_key"].endswith(f":{made['Id']}")


@pytest.mark.parametrize("deletes", ["ignore", "archive"])
def test_a_lost_create_belongs_to_its_customer_that_was_made_inactive_since(world: World, deletes: str) -> None:
    """Nothing is to be made any more; what was made is linked all the same, and goes the way of its customer."""
    world.connect(deletes=deletes)
    world.dial("hubspot", path=".*/contacts/batch/create", do="lose_answer")
    world.hubspot.delivery.dials.drop = 100
    made = world.customer("Blue Door", "blue@door.example", GivenName="Blue")
    world.come_to_rest()
    [contact] = world.portal.contacts()
    world.company.inactivate("Customer", made["Id"])
    world.come_to_rest()
    world.later(15)
    record = world.record(quickbooks_id=made["Id"])
    assert (record["hubspot_id"], record["state"]) == (contact["id"], "excluded")
    assert "made inactive in QuickBooks" in record["message"]
    assert [one["id"] for one in world.portal.contacts()] == ([contact["id"]] if deletes == "ignore" else [])
    if deletes == "ignore":
        world.company.reactivate("Customer", made["Id"])
        world.come_to_rest()
        assert world.record(hubspot_id=contact["id"])["state"] == "in_sync"


def test_a_persons_edit_after_a_lost_create_is_kept(world: World) -> None:
    """The contact was made, the answer lost, and a person edits it before we look again: her edit wins its way."""
    world.connect()
    world.dial("hubspot", path=".*/contacts/batch/create", do="lose_answer")
    made = world.customer("Blue Door", "blue@door.example", GivenName="Blue")
    world.come_to_rest()
    [contact] = world.portal.contacts()
    world.portal.update_contact(contact["id"], {"phone": "777"})
    world.later(15)
    assert world.portal.contact(contact["id"])["phone"] == "777"
    assert world.company.get("Customer", made["Id"])["PrimaryPhone"]["FreeFormNumber"] == "777"


@pytest.mark.parametrize("vendor", ["hubspot", "quickbooks"])
def test_an_update_whose_answer_is_lost_settles(world: World, vendor: str) -> None:
    """The update was applied; the next look finds its own value there and writes nothing more."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    path = ".*/batch/update" if vendor == "hubspot" else ".*/batch"
    world.dial(vendor, path=path, do="lose_answer")
    if vendor == "hubspot":
        world.company.update("Customer", customer_id, {"PrimaryPhone": {"FreeFormNumber": "2"}})
    else:
        world.portal.update_contact(jane, {"phone": "2"})
    world.come_to_rest()
    world.later(200)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    assert world.portal.contact(jane)["phone"] == "2"
    assert world.company.get("Customer", customer_id)["PrimaryPhone"]["FreeFormNumber"] == "2"
    token = world.company.get("Customer", customer_id)["SyncToken"]
    world.later(60)
    assert world.company.get("Customer", customer_id)["SyncToken"] == token


def test_a_stale_token_is_read_merged_and_written(world: World) -> None:
    """The bookkeeper edits while the notice is held back: our write is refused (5010), both edits survive."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    world.quickbooks.delivery.dials.hold = True
    world.company.update("Customer", customer_id, {"Fax": {"FreeFormNumber": "55"}})
    world.portal.update_contact(jane, {"phone": "2"})
    world.quickbooks.delivery.dials.hold = False
    world.come_to_rest()
    customer = world.company.get("Customer", customer_id)
    assert (customer["PrimaryPhone"]["FreeFormNumber"], customer["Fax"]["FreeFormNumber"]) == ("2", "55")
    assert world.portal.contact(jane)["fax"] == "55"


@pytest.mark.parametrize("rule", ["hubspot", "quickbooks", "ask"])
def test_both_sides_edited_is_a_conflict_with_both_values(world: World, rule: str) -> None:
    world.connect(conflict=rule)
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    world.quickbooks.delivery.dials.hold = True
    world.company.update("Customer", customer_id, {"PrimaryPhone": {"FreeFormNumber": "222"}})
    world.portal.update_contact(jane, {"phone": "111"})
    world.quickbooks.delivery.dials.hold = False
    world.come_to_rest()
    phones = (
        world.portal.contact(jane)["phone"],
        world.company.get("Customer", customer_id)["PrimaryPhone"]["FreeFormNumber"],
    )
    expected = {"hubspot": ("111", "111"), "quickbooks": ("222", "222"), "ask": ("111", "222")}[rule]
    assert phones == expected
    story = " ".join(world.ops("why", "customer", f"hubspot:{jane}")["story"])
    assert "'111'" in story
    assert "'222'" in story
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == (("parked", "conflict") if rule == "ask" else ("in_sync", None))


def test_throttling_pauses_and_goes_on_by_itself(world: World) -> None:
    """429 from QuickBooks: nothing is lost, and the records wait a minute."""
    world.connect()
    world.dial("quickbooks", path=".*/batch", do="status", status=429, times=2)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["category"] == "throttled"
    world.forget_calls()
    john = world.contact("John", "Roe", "john@roe.example")
    world.come_to_rest()
    assert world.said() == [], "while it is paused, nobody is called"
    world.later(61)
    assert {world.record(hubspot_id=one)["state"] for one in (jane, john)} == {"in_sync"}


def test_a_revoked_grant_loses_nothing(world: World) -> None:
    """The company disconnects us: records wait, and go on by themselves after the reconnect."""
    world.connect()
    world.quickbooks.disconnect(world.company.realm_id)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    [connection] = world.ops("connections")
    assert connection["state"] == "needs_reconnect"
    world.connect()
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_tokens_are_refreshed_before_they_expire(world: World) -> None:
    """A day goes by: new access tokens are had in time, and the old ones are not tried."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    world.clock.ahead_s += 86_400
    world.portal.update_contact(jane, {"phone": "4"})
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    assert [call for call in world.calls() if call.status == 401] == []


def test_a_contact_that_hubspot_refuses_fails_alone_and_names_the_property(world: World) -> None:
    """One customer's e-mail is none for HubSpot; its neighbours in the batch arrive."""
    world.connect()
    world.quickbooks.delivery.dials.hold = True
    bad = world.customer("Bad", "no.at.sign@x")
    good = [world.customer(f"Good {n}", f"good{n}@x.example", GivenName="G") for n in range(4)]
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert {world.record(quickbooks_id=one["Id"])["state"] for one in good} == {"in_sync"}
    record = world.record(quickbooks_id=bad["Id"])
    assert (record["state"], record["category"]) == ("failing", "invalid_value")
    assert "email" in record["message"].lower()
