"""Conflicts under the rule `ask`: both values are shown, and a person settles them with one command."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.wiring import wiring
from chalicelib.work import work
from tests.stories.world import CONNECTION, World


def conflict(world: World, **edits: tuple[str, str]) -> tuple[str, str]:
    """Jane, and what the two sides make of her at the same time: property → (HubSpot's, QuickBooks')."""
    world.connect(conflict="ask")
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="0", fax="0")
    world.come_to_rest()
    customer = world.record(hubspot_id=jane)["quickbooks_id"]
    clash(world, jane, customer, **(edits or {"phone": ("1", "2")}))
    return jane, customer


PATHS = {"phone": "PrimaryPhone", "fax": "Fax"}


def clash(world: World, contact: str, customer: str, **edits: tuple[str, str]) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = True
    world.portal.update_contact(contact, {name: one for name, (one, _) in edits.items()})
    world.company.update(
        "Customer", customer, {PATHS[name]: {"FreeFormNumber": two} for name, (_, two) in edits.items()}
    )
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = False
        vendor.delivery.release()
    world.come_to_rest()


def look_again(contact: str) -> None:
    """As a retry does: both sides are read."""
    job = Job(ConnectionId(CONNECTION), Kind.CUSTOMER, Side.HUBSPOT, contact, "retry: a story asked")
    work(wiring(), [job], lambda: 100.0)


def both(world: World, contact: str, customer: str, name: str = "phone") -> tuple[str, str]:
    field = world.company.get("Customer", customer).get(PATHS[name]) or {}
    return world.portal.contact(contact).get(name, ""), field.get("FreeFormNumber", "")


def test_a_conflict_shows_both_values_and_the_command_that_settles_it(world: World) -> None:
    """`records` and `why` say who holds what, and what to type."""
    jane, _ = conflict(world)
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("parked", "conflict")
    assert "phone: HubSpot '1', QuickBooks '2'" in record["message"]
    assert f"python -m ops settle customer hubspot:{jane} --field phone --take hubspot" in record["fix"]
    story = world.ops("why", "customer", jane)["story"]
    assert "HubSpot said '1', QuickBooks '2'; a person must decide" in story[-2]
    assert f"settle customer hubspot:{jane} --field phone" in story[-1]


@pytest.mark.parametrize(("take", "value"), [("hubspot", "1"), ("quickbooks", "2")])
@pytest.mark.parametrize("field", ["phone", "PrimaryPhone.FreeFormNumber"])
def test_a_person_says_which_side_is_right(world: World, take: str, value: str, field: str) -> None:
    """The other side gets the value, once; the next look at the record writes nothing."""
    jane, customer = conflict(world)
    said = world.ops("settle", "customer", jane, "--field", field, "--take", take)
    assert (said["settled"], said["refused"], said["record"]["state"]) == (["phone"], [], "in_sync")
    assert both(world, jane, customer) == (value, value)
    world.come_to_rest()
    world.forget_calls()
    look_again(jane)
    assert [call.path for call in world.calls() if call.path.endswith(("/batch", "/batch/update"))] == []
    assert both(world, jane, customer) == (value, value)
    whose = {"hubspot": "HubSpot's", "quickbooks": "QuickBooks'"}[take]
    assert f"An operator decided that {whose} phone is right." in " ".join(world.ops("why", "customer", jane)["story"])
    assert world.record()["state"] == "in_sync"


def test_a_field_that_was_not_settled_stays_asked(world: World) -> None:
    """One of two is decided: it is written, and the record stays parked for the other one."""
    jane, customer = conflict(world, phone=("1", "2"), fax=("3", "4"))
    said = world.ops("settle", "customer", jane, "--field", "phone", "--take", "hubspot")
    assert said["settled"] == ["phone"]
    assert both(world, jane, customer) == ("1", "1")
    assert both(world, jane, customer, "fax") == ("3", "4")
    record = world.record()
    assert (record["state"], record["category"]) == ("parked", "conflict")
    assert "fax: HubSpot '3', QuickBooks '4'" in record["message"]
    assert "phone" not in record["message"]
    said = world.ops("settle", "customer", jane, "--all-fields", "--take", "quickbooks")
    assert (said["settled"], said["record"]["state"]) == (["fax"], "in_sync")
    assert both(world, jane, customer, "fax") == ("4", "4")


@pytest.mark.parametrize("side", ["hubspot", "quickbooks"])
def test_what_was_edited_since_is_not_settled(world: World, side: str) -> None:
    """Somebody edits a value that the person has seen, and no notice tells of it: nothing is written, and both new
    values are shown."""
    jane, customer = conflict(world)
    getattr(world, side).delivery.dials.drop = 100
    if side == "hubspot":
        world.portal.update_contact(jane, {"phone": "5"})
    else:
        world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "5"}})
    getattr(world, side).delivery.dials.drop = 0
    said = world.ops("settle", "customer", jane, "--field", "phone", "--take", "hubspot", code=1)
    assert said["settled"] == []
    [refused] = said["refused"]
    assert refused["field"] == "phone"
    assert "and is '5' now" in refused["why"]
    now = ("5", "2") if side == "hubspot" else ("1", "5")
    assert both(world, jane, customer) == now
    assert f"HubSpot '{now[0]}', QuickBooks '{now[1]}'" in world.record()["message"]
    world.ops("settle", "customer", jane, "--field", "phone", "--take", "hubspot")
    assert both(world, jane, customer) == (now[0], now[0])


def test_what_cannot_be_written_stays_as_it_is_on_both_sides(world: World) -> None:
    """A one-way field whose source is not right: QuickBooks' title stays, HubSpot's too, and nobody asks again."""
    row = {"hubspot": "jobtitle", "quickbooks": "Title", "direction": "to_quickbooks"}
    world.customer("Roe", "jane@roe.example", Title="Dr")
    jane = world.contact("Jane", "Roe", "jane@roe.example", jobtitle="Boss")
    world.connect(conflict="ask", fields=[row])
    world.ops("backfill", "customer", code=None)
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("parked", "conflict")
    said = world.ops("settle", "customer", jane, "--all-fields", "--take", "quickbooks")
    assert "jobtitle" in said["settled"]
    assert world.portal.contact(jane)["jobtitle"] == "Boss"
    assert world.company.get("Customer", record["quickbooks_id"])["Title"] == "Dr"
    look_again(jane)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


@pytest.mark.parametrize("dial", [{"do": "status", "status": 503}, {"do": "lose_answer"}])
@pytest.mark.parametrize(
    ("take", "vendor", "path", "value"),
    [("hubspot", "quickbooks", ".*/batch", "1"), ("quickbooks", "hubspot", ".*/batch/update", "2")],
)
def test_a_decision_outlives_a_vendor_that_is_down(
    world: World, take: str, vendor: str, path: str, value: str, dial: dict[str, Any]
) -> None:
    """No answer, or an error page: the command says that it is not done, and it is done, or found done, by itself."""
    jane, customer = conflict(world)
    world.dial(vendor, path=path, **dial)
    said = world.ops("settle", "customer", jane, "--field", "phone", "--take", take, code=None)
    if dial["do"] == "lose_answer" and said["settled"]:  # the vendor's own notice of the lost write was looked at first
        assert (said["settled"], said["refused"]) == (["phone"], [])
    else:
        assert "tried again by itself" in said["refused"][0]["why"]
    world.later(200)
    assert both(world, jane, customer) == (value, value)
    assert world.record()["state"] == "in_sync"
    world.later(200)
    assert both(world, jane, customer) == (value, value)
    assert "is right." in " ".join(world.ops("why", "customer", jane)["story"])


def test_wrong_use_is_said(world: World) -> None:
    """No field, an unknown one, and a record that asks nobody."""
    jane, _ = conflict(world)
    for wrong in ([], ["--field", "city"], ["--field", "phone", "--all-fields"]):
        error = world.ops("settle", "customer", jane, *wrong, "--take", "hubspot", code=2)["error"]
        assert "waits for: phone" in error
    world.ops("settle", "customer", jane, "--field", "phone", "--take", "hubspot")
    error = world.ops("settle", "customer", jane, "--field", "phone", "--take", "hubspot", code=2)["error"]
    assert "in_sync" in error
