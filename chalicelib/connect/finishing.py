"""Both have said yes: keep the grants, begin the connection, set it up, and show it. Or give back what is not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.access.grants import GrantState
from chalicelib.access.oauth import Issued
from chalicelib.connect import pages
from chalicelib.connect.pages import Page, Shown
from chalicelib.connect.proving import PROOF_S
from chalicelib.connect.setup import set_up
from chalicelib.failures import CallFailed, OutOfTime
from chalicelib.jobs import Account, ConnectionId, Errand, Expand, Portal, Realm
from chalicelib.metering import meter
from chalicelib.remember.connections import Connection, Connections, ConnectionState, Taken
from chalicelib.telemetry import log
from chalicelib.transport import CallLog, CallMade
from chalicelib.wiring import Wiring


def begin_connection(
    wiring: Wiring, portal: Portal, realm: Realm, info: dict[str, Any], left_s: Callable[[], float]
) -> Connection | Page:
    """The connection, set up if there was time for it; else a worker does that at once, and after a crash the schedule
    has it done. Whoever already has the company keeps it."""
    connections = Connections(wiring.table)
    try:
        connection = connections.begin(portal, realm, str(info.get("CompanyName") or ""))
    except Taken as taken:
        grant = wiring.grants.get(portal)
        wiring.errands.send([Errand("end", portal, grant.generation)] if grant else [])  # if nothing else needs it
        return pages.connected_elsewhere(realm.id, taken.other.company, taken.other.portal_id)
    log("connecting", connection=connection.id)
    calls = CallLog([CallMade("QuickBooks", "read company info", metered=1)])  # the proof of whose company it is
    try:
        hubspot, quickbooks = wiring.clients(connection, left_s, calls, PROOF_S)
        connection = set_up(wiring, connection, hubspot, quickbooks, info)
    except (CallFailed, OutOfTime) as failed:
        log("set-up later", connection=connection.id, error=type(failed).__name__)
        wiring.queue.send([Expand(connection.id, "setup", "consent")])
    meter(wiring, connection, calls)
    return connection


def keep(wiring: Wiring, account: Account, issued: Issued, asked_at: float) -> None:
    """Store a consent's pair, once: kept already at the first leg, it may have been renewed since, and would be old."""
    held = wiring.grants.get(account)
    if held is None or held.state is GrantState.ENDED or held.consented_at != asked_at:
        wiring.grants.store(account, issued, asked_at)


def keep_or_give_back(wiring: Wiring, account: Account, issued: Issued, asked_at: float) -> None:
    """A grant that this consent has no use for. A company has one grant for each app, and the new one has replaced
    the old: where a connection rests on the account, it must be kept; else it is ended at the vendor."""
    if Connections(wiring.table).of(account):
        wiring.grants.store(account, issued, asked_at)
        return
    give_back(wiring, account, issued)


def give_back(wiring: Wiring, account: Account, issued: Issued) -> None:
    revoked = wiring.authority(account.side).revoke(issued.tokens.refresh_token, PROOF_S)
    log("access given back", side=account.side, revoked=revoked)


def renew_company(wiring: Wiring, realm: Realm, issued: Issued, asked_at: float, info: dict[str, Any]) -> Page:
    """A company's own admin gave access again, without a ticket: only a connection that lives can gain by it."""
    connections = Connections(wiring.table).of(realm)
    if not connections:
        give_back(wiring, realm, issued)
        return pages.company_unknown(realm.id)
    wiring.grants.store(realm, issued, asked_at)
    wiring.queue.send([Expand(one.id, "setup", "renewed") for one in connections if _lost(one)])
    return pages.renewed(connections[0].company or str(info.get("CompanyName", "")), realm.id)


def _lost(connection: Connection) -> bool:
    return connection.state is not ConnectionState.CONNECTED


def wake_others(wiring: Wiring, portal: Portal, but: ConnectionId) -> None:
    """The portal's other connections share its new grant: those that waited for it are set up again."""
    others = [one for one in Connections(wiring.table).of(portal) if one.id != but and _lost(one)]
    wiring.queue.send([Expand(one.id, "setup", "the portal was connected again") for one in others])


def shown(wiring: Wiring, connection: Connection, *, again: bool) -> Page:
    """The page about a connection as it is now."""
    neighbours = [
        f"{one.company or one.realm_id}"
        for one in Connections(wiring.table).of(connection.portal)
        if one.id != connection.id
    ]
    return pages.connected(
        Shown(
            connection=connection.id, portal_id=connection.portal_id, realm_id=connection.realm_id,
            company=connection.company, country=connection.country, currency=connection.currency,
            edition=connection.edition, account_type=connection.account_type,
            ready=connection.state is ConnectionState.CONNECTED, again=again, warnings=connection.warnings,
            neighbours=tuple(neighbours),
        )
    )  # fmt: skip
