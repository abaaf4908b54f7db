"""The keeper: the one function that renews and ends grants, and tells the connections what came of it (design D7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chalicelib.access.grants import WARN_DAYS, Grant, GrantState, Renewal
from chalicelib.connect.resuming import wake_waiting
from chalicelib.jobs import Account, Errand, Expand
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remembering import lose_grant
from chalicelib.telemetry import count, log
from chalicelib.wiring import Wiring

NEW_S = 600.0  # a consent that has just been given may not have made its connection yet


def run(wiring: Wiring, errand: Errand, left_s: Callable[[], float]) -> None:
    """Do one errand. What is not done now is asked for again: by the workers, and by the schedule."""
    if errand.what == "end":
        _end(wiring, errand)
        return
    renewal = wiring.grants.renew(errand.account, left_s, refused=errand.generation)
    log("errand", what=errand.what, side=errand.account.side, account=errand.account.id, outcome=renewal)
    if renewal is Renewal.DONE:
        _good_news(wiring, errand.account)
    elif renewal is Renewal.LOST:
        _bad_news(wiring, errand.account)


def _end(wiring: Wiring, errand: Errand) -> None:
    account = errand.account
    if Connections(wiring.table).of(account):
        return  # connected again meanwhile
    ended = wiring.grants.end(account, errand.generation)
    log("grant ended" if ended else "grant not ended yet", side=account.side, account=account.id)


def _good_news(wiring: Wiring, account: Account) -> None:
    """Whoever waited for a token goes on at once."""
    for one in Connections(wiring.table).of(account):
        if one.state is ConnectionState.CONNECTED:
            wake_waiting(wiring, one.id)
        else:
            wiring.queue.send([Expand(one.id, "setup", "access renewed")])


def _bad_news(wiring: Wiring, account: Account) -> None:
    """The connections stop, unless the access token still serves to its end."""
    if _serves(wiring, wiring.grants.get(account)):
        return
    for one in Connections(wiring.table).of(account):
        if one.state is not ConnectionState.NEEDS_RECONNECT:
            lose_grant(Connections(wiring.table), one.id)


def _serves(wiring: Wiring, grant: Grant | None) -> bool:
    """Whether the access token is still good, be the grant lost or not."""
    if grant is None or grant.state is GrantState.ENDED:
        return False
    return grant.state is GrantState.LIVE or (grant.serves and wiring.now() < grant.good_until)


# --- every few minutes ------------------------------------------------------------------------------------------------


def look_after(wiring: Wiring) -> None:
    """Have every grant renewed whose time has come and ended that nobody uses; say which connections need a person."""
    connections = Connections(wiring.table).all()
    living = [one for one in connections if one.living]
    used = _accounts(living)
    grants = {account: grant for account in _accounts(connections) if (grant := wiring.grants.get(account))}
    errands = [Errand("renew", one) for one in used if one in grants and wiring.grants.is_due(grants[one])]
    for account, grant in grants.items():
        is_new = wiring.now() - grant.consented_at <= NEW_S
        if account not in used and not is_new and grant.state is not GrantState.ENDED:
            errands.append(Errand("end", account, grant.generation))
    wiring.errands.send(errands)
    for one in living:
        _look_at(wiring, one, grants)
    for account in used:
        if account in grants:
            _warn(wiring, grants[account])
            count("RenewalsFailing", wiring.grants.is_overdue(grants[account]))


def _accounts(connections: Iterable[Connection]) -> list[Account]:
    return list(dict.fromkeys(account for one in connections for account in (one.portal, one.realm)))


def _look_at(wiring: Wiring, one: Connection, grants: dict[Account, Grant]) -> None:
    both = [grants.get(one.portal), grants.get(one.realm)]
    alive = all(grant is not None and grant.state is GrantState.LIVE for grant in both)
    if one.state is ConnectionState.CONNECTED and alive:
        return
    if not alive:
        count("ReconnectNeeded")  # again and again, so that the alarm stays until somebody has come
        if one.state is not ConnectionState.NEEDS_RECONNECT and not all(_serves(wiring, grant) for grant in both):
            lose_grant(Connections(wiring.table), one.id)
    if one.state is not ConnectionState.CONNECTED and alive:
        # A set-up that was cut off; or a vendor's whim, with tokens that are good as far as we know. It proves them.
        wiring.queue.send([Expand(one.id, "setup", "perhaps it works again")])


def _warn(wiring: Wiring, grant: Grant) -> None:
    """Weeks ahead of the day on which a company must consent anew (reference section 1.5)."""
    left = grant.days_left(wiring.now())
    if left is None or left > max(WARN_DAYS):
        return
    step = min(days for days in WARN_DAYS if left <= days)
    count("ReconnectDueSoon" if step == max(WARN_DAYS) else "ReconnectDueNow")
    if grant.warned_days is None or grant.warned_days > step:
        log("access ends soon", side=grant.account.side, account=grant.account.id, days=left)
        wiring.grants.note_warned(grant, step)
