"""Tokens that are renewed, and connections that begin, end, and begin again, over the vendors' own OAuth."""

from __future__ import annotations

from typing import Any

from chalicelib.access.oauth import Issued, Tokens
from chalicelib.jobs import Portal, Realm
from chalicelib.remember.connections import Connections, ConnectionState
from tests.chalicelib.walk.small_world import PORTAL_ID, REALM_ID
from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.flows import customers
from tests.simulation.crashes.flows.schedules import wait
from tests.simulation.crashes.person import connect
from tests.simulation.crashes.world import CrashWorld

LIFE_S = 3_600.0


def aging(world: CrashWorld) -> Ids:
    """Both grants are an hour old, and both vendors change the refresh token with each use."""
    ids = customers.linked(world)
    world.hubspot.settings.access_token_s = int(LIFE_S)
    world.quickbooks.settings.access_token_s = LIFE_S
    world.hubspot.settings.rotate_refresh_tokens = True
    world.quickbooks.settings.rotation = "always"
    for account, given in (
        (Portal(PORTAL_ID), world.hubspot.issue_tokens(int(PORTAL_ID))),
        (Realm(REALM_ID), world.quickbooks.issue_tokens(REALM_ID)),
    ):
        pair = Tokens(given["access_token"], given["refresh_token"], LIFE_S)
        world.wiring.grants.store(account, Issued(pair), world.time)
    world.run(1)
    return ids


def hour_passes(world: CrashWorld, _: Ids) -> None:
    wait(world, LIFE_S - 900)


def refused_early(world: CrashWorld, ids: Ids) -> None:
    """The vendors do not take the access tokens any more, and a person edits."""
    world.hubspot.oauth._access.clear()
    world.quickbooks.grants._by_access.clear()
    customers.contact_changed(world, ids)


def works_on(world: CrashWorld, ids: Ids) -> None:
    """What is edited now arrives. Where a vendor has ended the grant, because a new pair was lost on its way with the
    worker that had it, a person is asked to connect again; for nothing less."""
    if world.connection().state is ConnectionState.NEEDS_RECONNECT:
        assert _has_ended(world), "asked to connect again, though both vendors would go on"
        connect(world)
        world.run(900)
    world.portal.update_contact(ids["contact"], {"city": "Chur"})


def _has_ended(world: CrashWorld) -> bool:
    grants = [world.wiring.grants.get(account) for account in (Portal(PORTAL_ID), Realm(REALM_ID))]
    held = [world.wiring.grants._open(one.account, one.sealed).refresh_token for one in grants if one and one.sealed]
    known = {token for token, one in world.hubspot.oauth._grants.items() if one.refresh_token == token and not one.dead}
    known |= {token for token, one in world.quickbooks.grants._by_refresh.items() if one.refresh_token == token}
    return not set(held) <= known


def connects(world: CrashWorld, _: Ids) -> None:
    connect(world)


def contact_flows(world: CrashWorld, _: Ids) -> None:
    customers.contact_made(world, {})


def disconnects(world: CrashWorld, _: Ids) -> None:
    world.operator("disconnect", world.id)


def ended(world: CrashWorld) -> Ids:
    """It has ended, and people have worked on since."""
    ids = customers.linked(world)
    disconnects(world, {})
    world.run(60)
    customers.contact_changed(world, ids)
    world.contact("Bob", "Birch", "bob@birch.example")
    world.run(60)
    return ids


def one_whole_connection(world: CrashWorld, _: dict[str, Any]) -> None:
    """However often it broke off: one connection, which was visible only with its cursors."""
    [one] = Connections(world.table).all()
    assert one.id == world.id


FLOWS = {
    "both tokens are renewed": Flow(hour_passes, aging, works_on),
    "both tokens are refused": Flow(refused_early, aging, works_on),
    "two accounts are connected": Flow(
        connects, after=contact_flows, given={"connected": False}, judge=one_whole_connection
    ),
    "a connection ends": Flow(disconnects, customers.linked),
    "a connection comes back": Flow(connects, ended, judge=one_whole_connection),
}  # fmt: skip
