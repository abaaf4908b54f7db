"""The consent of two systems in one browser: ticket → HubSpot → QuickBooks → a page (decision 0008).

What makes it safe: a ticket is signed, short-lived and used up when it is opened; the browser that opened it gets a
cookie, and only its holder can go on; each leg has a state of its own, which counts once; the portal is the one that
HubSpot names with the token, and the company is proven by reading it with the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from chalicelib.access.oauth import Answer, Declined, Issued, Refused, Tokens
from chalicelib.connect import finishing, pages, proving, tickets
from chalicelib.connect.flows import Flow, Flows, HeldFlow
from chalicelib.connect.pages import Page
from chalicelib.connect.tickets import SHOWN_S, TICKET_S, BadTicket, FlowState
from chalicelib.failures import CallFailed, OutOfTime, ReconnectNeeded
from chalicelib.hubspot import scopes
from chalicelib.jobs import ConnectionId, Portal, Realm
from chalicelib.remember.connections import Connections, connection_id
from chalicelib.telemetry import log
from chalicelib.wiring import Wiring

HUBSPOT, QUICKBOOKS, DONE = "hubspot", "quickbooks", "done"
NAMES = {HUBSPOT: "HubSpot", QUICKBOOKS: "QuickBooks"}
EXCHANGE_S = 8.0  # for a code's exchange; API Gateway gives the whole answer 29 s
FRESH_S = 30.0  # a signature that does not fit may be made with a newer secret than ours

Read = TypeVar("Read")


@dataclass(frozen=True)
class Visit:
    """One request of a browser. `cookie`: the one that we gave it; `left_s`: what the function has left."""

    query: Mapping[str, str]
    cookie: str = ""
    left_s: Callable[[], float] = lambda: 29.0

    def value(self, name: str) -> str:
        return self.query.get(name) or ""


@dataclass(frozen=True)
class Redirect:
    """`cookie`: what the browser shall show from now on, for `cookie_s`."""

    url: str
    cookie: str = ""
    cookie_s: int = 0


@dataclass(frozen=True)
class Given:
    """What QuickBooks has given, and for which company."""

    realm: Realm
    issued: Issued
    asked_at: float
    info: dict[str, Any]  # CompanyInfo, which proved it


Reply = Page | Redirect


# --- beginning --------------------------------------------------------------------------------------------------------


def begin(wiring: Wiring, visit: Visit) -> Reply:
    """`GET /connect?ticket=…`: use the ticket up, and send the browser to HubSpot."""
    if not wiring.config.public_url:
        return pages.cannot_begin("It does not know its own address yet: deploy it again with PublicUrl.")
    ticket = _read(wiring, lambda secret: tickets.read_ticket(secret, visit.value("ticket"), wiring.now()))
    if isinstance(ticket, Page):
        return ticket
    flow = Flow(ticket.flow, ticket.expires_at, HUBSPOT, wanted=ticket.connection)
    held = _flows(wiring).store(HeldFlow(flow, None))
    if held is None:
        own = _read(wiring, lambda secret: tickets.read_browser(secret, visit.cookie, wiring.now())) == flow.id
        return pages.link_used(_here(wiring, "again") if own else "")
    log("consent begun", flow=flow.id, wanted=flow.wanted)
    return _with_cookie(wiring, flow, _to_vendor(wiring, held))


def begin_renewal(wiring: Wiring, _visit: Visit) -> Reply:
    """Intuit's reconnect address: a company's admin gives access again. Nothing is stored until the answer comes."""
    if not wiring.config.public_url:
        return pages.cannot_begin("It does not know its own address yet: deploy it again with PublicUrl.")
    flow = Flow(wiring.new_id(), wiring.now() + TICKET_S, QUICKBOOKS, renews=True)
    state = FlowState(flow.id, "renewal", "", flow.expires_at)
    url = wiring.quickbooks_oauth().consent_url(
        _callback(wiring, QUICKBOOKS), tickets.new_state(wiring.secret(), state)
    )
    return _with_cookie(wiring, flow, Redirect(url))


def again(wiring: Wiring, visit: Visit) -> Reply:
    """`GET /connect/again`: begin the leg once more that did not end well; the same browser, the same ten minutes."""
    held = _own_flow(wiring, visit)
    if isinstance(held, Page):
        return held
    if held.flow.leg == DONE:
        return Redirect(_here(wiring, "done"))
    return _to_vendor(wiring, held) if wiring.now() < held.flow.expires_at else pages.link_expired()


def done(wiring: Wiring, visit: Visit) -> Reply:
    """`GET /connect/done`: what the flow of this browser has connected, as it is now."""
    held = _own_flow(wiring, visit)
    if isinstance(held, Page):
        return held
    connection = Connections(wiring.table).get(ConnectionId(held.flow.connection)) if held.flow.connection else None
    if connection is None:
        return Redirect(_here(wiring, "again"))
    return finishing.shown(wiring, connection, again=held.flow.again)


def disconnected(_wiring: Wiring, _visit: Visit) -> Reply:
    """Intuit's disconnect address, to which it sends a browser after the fact. Anybody can call it, so it changes
    nothing: the next call to QuickBooks finds out."""
    return pages.disconnected_by_user()


def _to_vendor(wiring: Wiring, held: HeldFlow) -> Reply:
    """A new state for the leg that comes next, and the way to its consent page."""
    flow, flows = held.flow, _flows(wiring)
    secrets = flows.open(flow)
    if flow.leg == HUBSPOT:
        secrets = {"verifier": wiring.new_secret()}
    mark = wiring.new_secret()
    sealed = flows.seal(flow.id, secrets) if flow.leg == HUBSPOT else flow.sealed
    if flows.store(held, mark=mark, sealed=sealed) is None:
        return pages.answer_used()
    state = tickets.new_state(wiring.secret(), FlowState(flow.id, flow.leg, mark, flow.expires_at))
    if flow.leg == HUBSPOT:
        return Redirect(wiring.hubspot_oauth().consent_url(_callback(wiring, HUBSPOT), state, secrets["verifier"]))
    return Redirect(wiring.quickbooks_oauth().consent_url(_callback(wiring, QUICKBOOKS), state))


# --- HubSpot's answer -------------------------------------------------------------------------------------------------


def hubspot_answer(wiring: Wiring, visit: Visit) -> Reply:
    held = _came_back(wiring, visit, HUBSPOT)
    if isinstance(held, Page):
        return held
    verifier = str(_flows(wiring).open(held.flow).get("verifier", ""))
    asked_at = wiring.now()
    answer = wiring.hubspot_oauth().exchange(visit.value("code"), _callback(wiring, HUBSPOT), verifier, EXCHANGE_S)
    if not isinstance(answer, Issued):
        return _not_issued(wiring, HUBSPOT, answer)
    try:
        portal = Portal(answer.account or proving.portal_of(wiring, answer.tokens.access_token, visit.left_s))
    except (CallFailed, OutOfTime):
        return pages.no_answer("HubSpot", _here(wiring, "again"))
    refusal = _portal_refused(wiring, held.flow, portal, answer)
    if refusal:
        finishing.keep_or_give_back(wiring, portal, answer, asked_at)
        return refusal
    if Connections(wiring.table).of(portal):
        finishing.keep(wiring, portal, answer, asked_at)  # proven; and the pair that it had may be worth nothing now
    brought = {"issued": {**asdict(answer), "tokens": asdict(answer.tokens)}, "asked_at": asked_at}
    sealed = _flows(wiring).seal(held.flow.id, brought)
    stored = _flows(wiring).store(held, leg=QUICKBOOKS, portal_id=portal.id, sealed=sealed)
    log("consent of HubSpot", flow=held.flow.id, portal=portal.id)
    return _to_vendor(wiring, stored) if stored else pages.answer_used(_here(wiring, "again"))


def _portal_refused(wiring: Wiring, flow: Flow, portal: Portal, issued: Issued) -> Page | None:
    wanted = flow.wanted.partition(":")[0]
    if not portal.id:
        return pages.no_answer("HubSpot", _here(wiring, "again"))
    if wanted and wanted != portal.id:
        return pages.wrong_portal(wanted, portal.id, _here(wiring, "again"))
    missing = [one for one in scopes.missing(issued.scopes) if one.required] if issued.scopes else []
    if missing:
        told = [(one.name, one.without) for one in missing]
        return pages.missing_scopes(portal.id, told, _here(wiring, "again"))
    return None


# --- QuickBooks' answer -----------------------------------------------------------------------------------------------


def quickbooks_answer(wiring: Wiring, visit: Visit) -> Reply:
    held = _came_back(wiring, visit, QUICKBOOKS)
    if isinstance(held, Page):
        return held
    flow = held.flow
    realm = Realm(visit.value("realmId"))
    if not (realm.id.isascii() and realm.id.isdigit() and len(realm.id) < 40):
        return pages.vendor_said("QuickBooks", "no realmId", _here(wiring, "again"))
    asked_at = wiring.now()
    answer = wiring.quickbooks_oauth().exchange(visit.value("code"), _callback(wiring, QUICKBOOKS), EXCHANGE_S)
    if not isinstance(answer, Issued):
        return _not_issued(wiring, QUICKBOOKS, answer)
    try:
        info = _proof(wiring, realm, answer, visit)
    except ReconnectNeeded:
        if not Connections(wiring.table).of(realm):  # else a whim of the vendor's would end a living connection
            finishing.give_back(wiring, realm, answer)
        return pages.not_that_company(realm.id, _here(wiring, "again"))
    except (CallFailed, OutOfTime):
        return pages.no_answer("QuickBooks", _here(wiring, "again"))  # without proof nothing is kept, and nothing ended
    if flow.renews:
        return finishing.renew_company(wiring, realm, answer, asked_at, info)
    wanted = flow.wanted.partition(":")[2]
    if wanted and wanted != realm.id:
        finishing.keep_or_give_back(wiring, realm, answer, asked_at)
        got = f"{info.get('CompanyName', '')} ({realm.id})".strip()
        return pages.wrong_company(wanted, got, _here(wiring, "again"))
    given = Given(realm, answer, asked_at, info)
    return _connect(wiring, held, given, visit.left_s)


def _proof(wiring: Wiring, realm: Realm, answer: Issued, visit: Visit) -> dict[str, Any]:
    """CompanyInfo of the company that the address names; only its own token reads it. One no is asked about again."""
    try:
        return proving.company_info(wiring, realm, answer.tokens.access_token, visit.left_s)
    except CallFailed:
        return proving.company_info(wiring, realm, answer.tokens.access_token, visit.left_s)


def _connect(wiring: Wiring, held: HeldFlow, given: Given, left_s: Callable[[], float]) -> Reply:
    """Both grants are kept before the connection is visible; a crash in between leaves grants that nobody uses."""
    portal, realm = Portal(held.flow.portal_id), given.realm
    connections = Connections(wiring.table)
    elsewhere = any(one.portal != portal for one in connections.of(realm))
    before = connections.get(connection_id(portal.id, realm.id))
    wiring.grants.store(realm, given.issued, given.asked_at)  # also for another portal: its old pair is dead by now
    brought = _flows(wiring).open(held.flow)
    keep = finishing.keep_or_give_back if elsewhere else finishing.keep
    keep(wiring, portal, _issued(brought["issued"]), float(brought["asked_at"]))
    connection = finishing.begin_connection(wiring, portal, realm, given.info, left_s)
    if isinstance(connection, Page):
        return connection
    finishing.wake_others(wiring, portal, connection.id)
    again = before is not None and before.was_connected
    _flows(wiring).store(held, leg=DONE, connection=connection.id, sealed="", again=again)
    return Redirect(_here(wiring, "done"))


def _issued(raw: Mapping[str, Any]) -> Issued:
    return Issued(**{**raw, "tokens": Tokens(**raw["tokens"]), "scopes": tuple(raw.get("scopes") or ())})


# --- who it is, and what came back ------------------------------------------------------------------------------------


def _came_back(wiring: Wiring, visit: Visit, leg: str) -> HeldFlow | Page:
    """The flow that this answer belongs to; from now on the answer counts no more. Signature, browser, then memory."""
    state = _read(wiring, lambda secret: tickets.read_state(secret, visit.value("state"), wiring.now()))
    if isinstance(state, Page):
        return state
    browser = _read(wiring, lambda secret: tickets.read_browser(secret, visit.cookie, wiring.now()))
    if isinstance(browser, Page) or browser != state.flow:
        return pages.other_browser()
    flows = _flows(wiring)
    held: HeldFlow | None
    if state.leg == "renewal" and leg == QUICKBOOKS:
        held = flows.store(HeldFlow(Flow(state.flow, state.expires_at, QUICKBOOKS, renews=True), None))
        return _unless_error(wiring, visit, leg, held) if held else pages.answer_used(_here(wiring, "again"))
    held = flows.load(state.flow)
    if held is None or state.leg != leg or held.flow.leg != leg or not state.mark or held.flow.mark != state.mark:
        return pages.answer_used(_here(wiring, "again"))
    held = flows.store(held, mark="")
    return _unless_error(wiring, visit, leg, held) if held else pages.answer_used(_here(wiring, "again"))


def _unless_error(wiring: Wiring, visit: Visit, leg: str, held: HeldFlow) -> HeldFlow | Page:
    error = visit.value("error")
    if not error and visit.value("code"):
        return held
    log("consent not given", flow=held.flow.id, side=leg, denied=error == "access_denied")
    if error == "access_denied":
        return pages.denied(NAMES[leg], _here(wiring, "again"))
    plain = "".join(one for one in error if one.isalnum() or one in "_-. ")[:60] or "no code"
    return pages.vendor_said(NAMES[leg], plain, _here(wiring, "again"))


def _not_issued(wiring: Wiring, leg: str, answer: Answer) -> Page:
    log("code not exchanged", side=leg, answer=type(answer).__name__)
    if isinstance(answer, Refused | Declined):
        return pages.code_refused(NAMES[leg], answer.error, _here(wiring, "again"))
    return pages.no_answer(NAMES[leg], _here(wiring, "again"))


def _own_flow(wiring: Wiring, visit: Visit) -> HeldFlow | Page:
    """The flow that began in this browser."""
    browser = _read(wiring, lambda secret: tickets.read_browser(secret, visit.cookie, wiring.now()))
    if isinstance(browser, Page):
        return pages.other_browser() if not visit.cookie else browser
    return _flows(wiring).load(browser) or pages.other_browser()


def _read(wiring: Wiring, read: Callable[[Mapping[str, str]], Read]) -> Read | Page:
    """What a signed text says, or the page that tells why it says nothing."""
    try:
        return read(wiring.secret())
    except BadTicket as bad:
        if bad.why == "expired":
            return pages.link_expired()
    try:
        return read(wiring.secret(at_most_s=FRESH_S))
    except BadTicket as bad:
        return pages.link_expired() if bad.why == "expired" else pages.link_wrong()


def _with_cookie(wiring: Wiring, flow: Flow, reply: Reply) -> Reply:
    if isinstance(reply, Page):
        return reply
    cookie = tickets.new_browser(wiring.secret(), flow.id, flow.expires_at)
    return Redirect(reply.url, cookie, int(flow.expires_at + SHOWN_S - wiring.now()))


def _callback(wiring: Wiring, leg: str) -> str:
    return _here(wiring, f"{leg}/callback")


def _here(wiring: Wiring, place: str) -> str:
    return f"{wiring.config.public_url}/connect/{place}"


def _flows(wiring: Wiring) -> Flows:
    return Flows(wiring.table, wiring.sealer)
