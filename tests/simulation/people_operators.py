"""What operators do, and what befalls a connection: access is taken away and given again, settings change, initial
syncs and plans are asked for, what fails is tried again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.jobs import Kind
from chalicelib.remember.connections import Connections, ConnectionState
from chalicelib.remember.walks import Purpose
from chalicelib.walk import steps
from tests.simulation.people import Dice, act

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World


@act(1)
def settings_change(world: World, firm: Firm, dice: Dice) -> str:
    """Rules are changed; what was decided under the old ones stays."""
    conflict = ("hubspot", "quickbooks", "newest")[dice[0] % 3]
    taken = ("reject", "qualify", "share", "sub_customer")[dice[1] % 4]
    world.settings[firm.id]["contacts"] |= {"conflict": conflict, "on_name_taken": taken}
    world.apply(firm, world.settings[firm.id])
    world.watch.ruled.add(firm.id)
    return f"conflict: {conflict}, on_name_taken: {taken}"


@act(1)
def hubspot_takes_access_away(world: World, firm: Firm, _: Dice) -> str:
    """An admin of the portal uninstalls the app. Nobody tells us."""
    world.hubspot.uninstall(firm.portal.id)
    world.watch.cut_off |= {one.id for one in world.firms if one.portal is firm.portal}
    return str(firm.portal.id)


@act(1)
def quickbooks_takes_access_away(world: World, firm: Firm, _: Dice) -> str:
    world.quickbooks.disconnect(firm.company.realm_id)
    world.watch.cut_off.add(firm.id)
    return firm.company.realm_id


@act(2)
def access_is_given_again(world: World, firm: Firm, _: Dice) -> str:
    """The connection is made once more, whether it needed it or not."""
    world.connect(firm)
    return firm.id


@act(1)
def connection_is_ended(world: World, firm: Firm, _: Dice) -> str:
    """`ops disconnect`, without waiting for the keeper."""
    world.watch.cut_off.add(firm.id)
    Connections(world.memory).change(firm.id, lambda held: replace(held, state=ConnectionState.DISCONNECTED))
    return firm.id


@act(2)
def initial_sync_begins(world: World, firm: Firm, _: Dice) -> str | None:
    """`ops backfill`; two at once are not begun."""
    return _walk(world, firm, Purpose.BACKFILL)


@act(1)
def plan_is_made(world: World, firm: Firm, _: Dice) -> str | None:
    """`ops plan`, while everybody works on."""
    return _walk(world, firm, Purpose.PLAN)


def _walk(world: World, firm: Firm, purpose: Purpose) -> str | None:
    connection = world.connection(firm)
    if connection.state is not ConnectionState.CONNECTED:
        return None
    return steps.begin(world.operator, connection, Kind.CUSTOMER, purpose).id
