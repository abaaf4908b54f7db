"""What stories about races have in common: held notices, edits on both sides, a look with a watch of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.wiring import wiring
from chalicelib.work import work
from tests.stories.world import CONNECTION, World

PLENTY_S, TOO_LITTLE_S = 100.0, 5.0


def linked(world: World, **more: str) -> tuple[str, str]:
    contact = world.contact("Jane", "Roe", "jane@roe.example", **more)
    world.come_to_rest()
    return contact, world.record(hubspot_id=contact)["quickbooks_id"]


def hold(world: World) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = True


def release(world: World) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.release()
    world.come_to_rest()


def untold(vendor: Any, edit: Callable[[], object]) -> None:
    """An edit of which no notice comes."""
    vendor.delivery.dials.drop = 100
    edit()
    vendor.delivery.dials.drop = 0


def look(side: Side, record_id: str, cause: str, left_s: Callable[[], float]) -> None:
    """The worker's look at one record, with a watch of our own: it is asked once before each vendor call."""
    work(wiring(), [Job(ConnectionId(CONNECTION), Kind.CUSTOMER, side, record_id, cause)], left_s)


def running_out_after(calls: int) -> Callable[[], float]:
    """The function has time for so many calls, and for none after them."""
    asked = iter(range(calls))
    return lambda: TOO_LITTLE_S if next(asked, None) is None else PLENTY_S


def edit_customer(world: World, customer: str, **fields: str) -> None:
    """`PrimaryPhone="2"`, `Fax="5"`: the bookkeeper edits telephone numbers."""
    numbers = {name: {"FreeFormNumber": value} for name, value in fields.items()}
    world.company.update("Customer", customer, numbers)


def number(world: World, customer: str, field: str = "PrimaryPhone") -> str:
    return str((world.company.get("Customer", customer).get(field) or {}).get("FreeFormNumber", ""))


def assert_one_pair(world: World, contact: str, customer: str) -> None:
    """One contact, one customer, one record that either of them finds; an edit of each reaches the other."""
    assert [one["id"] for one in world.portal.contacts()] == [contact]
    assert [one["Id"] for one in world.company.customers()] == [customer]
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"], record["state"]) == (contact, customer, "in_sync")
    world.portal.update_contact(contact, {"phone": "901"})
    world.come_to_rest()
    edit_customer(world, customer, Fax="902")
    world.come_to_rest()
    assert number(world, customer) == "901"
    assert world.portal.contact(contact)["fax"] == "902"
    assert world.record()["state"] == "in_sync"
