"""Connect, list and end connections. No vendor is called from here, and no token is ever shown."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from chalicelib.access.grants import Grant, GrantState
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.connect.tickets import TICKET_S, new_ticket
from chalicelib.jobs import Account, Errand, Expand, Portal, Realm
from chalicelib.remember.connections import Connection, Connections, ConnectionState, Taken
from chalicelib.wiring import Wiring, wiring
from ops import waiting
from ops.answers import Failed, WrongUse, say, which
from ops.arguments import Commands
from ops.screen import plain
from ops.tables import table

SETUP_S = 90.0
REVOKE_S = 60.0
LINE = ("connection", "company", "state", "books", "edition", "days")
LIFE_S = 1_800.0
TOKENS_LOOK_LIKE = (
    '{"hubspot": {"portal_id", "access_token", "refresh_token", "expires_in"}, "quickbooks": {"realm_id", …}}'
)


def register(commands: Commands) -> None:
    connected = commands.add("connect", connect, "print a link that connects a portal and a company")
    connected.add_argument("--tokens", metavar="FILE", help="store a ready pair instead (local and tests)")
    commands.add("connections", connections, "all connections and their state")
    ended = commands.add("disconnect", disconnect, "end a connection and our access; links are kept")
    ended.add_argument("which", nargs="?", metavar="C", help="the connection")
    ended.add_argument("--wait", type=float, default=REVOKE_S, metavar="S", help=f"seconds; {REVOKE_S:.0f}")


def connect(given: Namespace) -> int:
    """A link for a browser; or, with --tokens, a ready pair stored."""
    return _store_tokens(given) if given.tokens else _print_link(given)


def _print_link(given: Namespace) -> int:
    tools = wiring()
    if not tools.config.public_url:
        raise WrongUse("the deployment does not know its own address: deploy it again with the parameter PublicUrl")
    wanted = which(tools, given).id if given.connection else ""
    secret = tools.secret()
    if not all(
        secret.get(f"{vendor}_client_{part}") for vendor in ("hubspot", "quickbooks") for part in ("id", "secret")
    ):
        raise WrongUse(f"fill in the secret {tools.config.secret_id} first: docs/connecting.md says with what")
    url = f"{tools.config.public_url}/connect?ticket={new_ticket(secret, tools.new_id(), tools.now(), wanted)}"
    about = f"for connection {wanted}" if wanted else "for any portal and any company that it is not connected to yet"
    text = (
        f"Open this link within {TICKET_S / 60:.0f} minutes, in one browser, as somebody who may give access in both "
        f"systems. It opens once, {about}.\nWhoever opens it decides what is connected: pass it on as you would a "
        f"password.\n{url}"
    )
    say(given, {"url": url, "expires_in_s": int(TICKET_S), "connection": wanted or None}, text)
    return 0


def _store_tokens(given: Namespace) -> int:
    tools = wiring()
    pairs = _tokens(Path(given.tokens))
    (portal, for_portal), (realm, for_realm) = pairs
    connections = Connections(tools.table)
    other = next((one for one in connections.of(realm) if one.portal != portal), None)
    if other is not None:
        raise Failed(_elsewhere(other))
    now = tools.now()
    tools.grants.store(portal, for_portal, now)
    tools.grants.store(realm, for_realm, now)
    try:
        begun = connections.begin(portal, realm)
    except Taken as taken:
        raise Failed(_elsewhere(taken.other)) from None
    tools.queue.send([Expand(begun.id, "setup", "connect")])

    def ready() -> bool:
        held = connections.get(begun.id)
        return held is not None and held.state is not ConnectionState.CONNECTING

    waiting.until(ready, SETUP_S)
    held = connections.get(begun.id)
    if held is None or held.state is not ConnectionState.CONNECTED:
        raise Failed(f"{begun.id} is not connected yet: the workers could not reach both systems; see their log")
    for warning in (*held.warnings, *_neighbours(connections, held)):
        print(plain(f"Note: {warning}"), file=sys.stderr)
    text = f"Connected {held.company or held.realm_id} to portal {held.portal_id}: {held.id}"
    say(given, view(tools, held), text)
    return 0


def _elsewhere(other: Connection) -> str:
    return (
        f"company {other.realm_id} is connected to portal {other.portal_id} already: end that first, with "
        f"python -m ops disconnect {other.id}"
    )


def _neighbours(connections: Connections, one: Connection) -> list[str]:
    others = [other.company or other.realm_id for other in connections.of(one.portal) if other.id != one.id]
    if not others:
        return []
    return [
        f"this portal is connected to {', '.join(others)} too: contacts that no filter keeps out go to each of them"
    ]


def _tokens(path: Path) -> tuple[tuple[Portal, Issued], tuple[Realm, Issued]]:
    """The two accounts and their tokens. No token is ever printed, not even a wrong one."""
    try:
        raw = json.loads(path.read_text())
        hubspot, quickbooks = raw["hubspot"], raw["quickbooks"]
        return (
            (Portal(_id(hubspot, "portal_id")), _issued(hubspot)),
            (Realm(_id(quickbooks, "realm_id")), _issued(quickbooks)),
        )
    except OSError as missing:
        raise WrongUse(f"cannot read {path}: {missing.strerror}") from None
    except (ValueError, KeyError, TypeError) as wrong:
        what = f"{wrong} is missing" if isinstance(wrong, KeyError) else "it is no such JSON"
        raise WrongUse(f"{path}: {what}. Expected: {TOKENS_LOOK_LIKE}") from None


def _id(part: dict[str, Any], name: str) -> str:
    value = str(part[name])
    if not (value.isascii() and value.isdigit()):
        raise ValueError(name)
    return value


def _issued(part: dict[str, Any]) -> Issued:
    return Issued(Tokens(str(part["access_token"]), str(part["refresh_token"]), float(part.get("expires_in", LIFE_S))))


# --- the list ---------------------------------------------------------------------------------------------------------


def connections(given: Namespace) -> int:
    tools = wiring()
    every = Connections(tools.table).all()
    views = [view(tools, one) for one in every]
    lines = [table([_line(one) for one in views], LINE) if views else "no connections yet: python -m ops connect"]
    lines += [f"{one.id}: {warning}" for one in every if one.living for warning in one.warnings]
    say(given, views, "\n".join(lines))
    return 0


def _line(one: dict[str, Any]) -> dict[str, Any]:
    """One connection on 80 columns: what its books are, and for how many days we may still read them."""
    books = " ".join(part for part in (one["country"], one["currency"]) if part)
    edition = str(one["edition"] or "").removeprefix("QuickBooks Online ")
    return {**one, "books": books, "edition": edition, "days": one["reconnect_in_days"]}


def view(tools: Wiring, one: Connection) -> dict[str, Any]:
    portal, realm = tools.grants.get(one.portal), tools.grants.get(one.realm)
    return {
        "connection": one.id,
        "portal_id": one.portal_id,
        "realm_id": one.realm_id,
        "company": one.company or None,
        "state": _state(one, portal, realm),
        "country": one.country or None,
        "currency": one.currency or None,
        "edition": one.edition or None,
        "reconnect_in_days": realm.days_left(tools.now()) if realm and one.living else None,
        "warnings": list(one.warnings) if one.living else [],
    }


def _state(one: Connection, *grants: Grant | None) -> str:
    """A grant that is lost asks for a person at once, even while its last token still serves."""
    lost = any(grant is not None and grant.state is GrantState.NEEDS_RECONNECT for grant in grants)
    return str(ConnectionState.NEEDS_RECONNECT) if lost and one.living else str(one.state)


def tokens_view(tools: Wiring, one: Connection) -> dict[str, Any]:
    """What `status` tells of the tokens: times and states, nothing else."""
    now = tools.now()

    def told(grant: Grant | None) -> dict[str, Any] | None:
        if grant is None:
            return None
        return {
            "state": str(grant.state),
            "why": grant.why or None,
            "access_ends_in_s": max(0, round(grant.expires_at - now)),
            "unanswered_renewals": grant.unanswered,
            "failed_renewals": grant.setbacks,
            "reconnect_in_days": grant.days_left(now),
        }

    return {"hubspot": told(tools.grants.get(one.portal)), "quickbooks": told(tools.grants.get(one.realm))}


# --- the end ----------------------------------------------------------------------------------------------------------


def disconnect(given: Namespace) -> int:
    """Stop first, then have the keeper end the company's access, and the portal's if nothing else needs it."""
    tools = wiring()
    given.connection = given.which or given.connection
    one = which(tools, given)
    connections = Connections(tools.table)
    connections.change(one.id, lambda held: replace(held, state=ConnectionState.DISCONNECTED))
    unused: list[Account] = [account for account in (one.realm, one.portal) if not connections.of(account)]
    grants = {account: grant for account in unused if (grant := tools.grants.get(account))}
    tools.errands.send([Errand("end", account, grant.generation) for account, grant in grants.items()])

    def all_ended() -> bool:
        grants = [tools.grants.get(account) for account in unused]
        return all(grant is None or grant.state is GrantState.ENDED for grant in grants)

    ended = waiting.until(all_ended, given.wait)
    kept = "" if one.portal in unused else " The portal's access stays: other connections use it."
    text = (
        f"{one.id} is disconnected. Links and history are kept; connecting again goes on where it stopped.{kept}"
        if ended
        else f"{one.id} is stopped. A vendor has not confirmed yet that our access ended; it is asked again every five "
        "minutes until it does."
    )
    value = {"connection": one.id, "state": str(ConnectionState.DISCONNECTED), "revoked": ended}
    say(given, value, text)
    return 0 if ended else 1
