"""What each door of `app.py` does: prove, note and answer; hand a batch to the worker; queue what is due.

Imports that only one door needs are inside it, so that no function pays at its start for what another one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib import VERSION
from chalicelib.enqueue import NotQueued, messages_for
from chalicelib.failures import Refused
from chalicelib.jobs import Errand, Expand, Job, Kind, Message, from_body
from chalicelib.receive import Post, Received, from_hubspot, from_quickbooks
from chalicelib.remember.connections import Connection, Connections
from chalicelib.switches import DAILY, is_on, is_prepared, looks_at_all
from chalicelib.telemetry import count, flush, log, problem
from chalicelib.wiring import NEW_S, Wiring, wiring

LOOK_S = 86_400.0
BURIED_S = 900  # the longest that SQS can delay
DUE_MAX = 1_000  # records queued by one run of the minute schedule, for each connection


def health() -> dict[str, str]:
    return {"status": "ok", "version": VERSION}


# --- receive → enqueue ------------------------------------------------------------------------------------------------


def hubspot_webhook(request: Request | None) -> Response:
    tools = wiring()

    def proven(post: Post, secret: Mapping[str, str]) -> Received:
        client_secret, app_id = secret.get("hubspot_client_secret", ""), secret.get("hubspot_app_id", "")
        return from_hubspot(post, client_secret, app_id, tools.now())

    return _receive(tools, request, "/webhooks/hubspot", proven)


def quickbooks_webhook(request: Request | None) -> Response:
    tools = wiring()

    def proven(post: Post, secret: Mapping[str, str]) -> Received:
        return from_quickbooks(post, secret.get("quickbooks_verifier_token", ""))

    return _receive(tools, request, "/webhooks/quickbooks", proven)


def _proven(tools: Wiring, post: Post, prove: Callable[[Post, Mapping[str, str]], Received]) -> Received:
    """A signature that does not fit may be made with a newer secret than the one that we hold."""
    secret = tools.secret()
    try:
        return prove(post, secret)
    except Refused:
        newer = tools.secret(at_most_s=NEW_S)
        if newer == secret:
            raise
        return prove(post, newer)


def _receive(
    tools: Wiring, request: Request | None, path: str, prove: Callable[[Post, Mapping[str, str]], Received]
) -> Response:
    """401 for what is not proven, 200 once every job is in the queue, 503 if it is not: then it comes again."""
    try:
        received = _proven(tools, _post(tools, request, path), prove)
        messages = messages_for(received.notices, Connections(tools.table).all()) if received.notices else []
        tools.queue.send(messages)
    except Refused as refused:
        count("WebhooksRefused")
        log("webhook refused", route=path, reason=str(refused))
        return _answer(401, "signature refused")
    except NotQueued as full:
        problem("webhook not queued", full, route=path)
        return _answer(503, "try again")
    except Exception as defect:  # what the framework would make of it is a log line with the error's text
        problem("a webhook broke", defect, route=path)
        return _answer(503, "try again")
    count("NoticesReceived", len(received.notices))
    count("NoticesPassedOver", received.passed_over)
    count("JobsQueued", len(messages))
    log("webhook", route=path, notices=len(received.notices), passed_over=received.passed_over, jobs=len(messages))
    return _answer(200, "")


def _answer(status: int, text: str) -> Response:
    flush()
    return Response(body=text, status_code=status, headers={"Content-Type": "text/plain"})


def _post(tools: Wiring, request: Request | None, path: str) -> Post:
    """The request as the vendor sent it; its address is the public one, which no gateway can tell reliably."""
    if request is None:
        raise Refused("no request")
    query = "&".join(f"{name}={value}" for name, value in (request.query_params or {}).items())
    url = f"{tools.config.public_url}{path}" + (f"?{query}" if query else "")
    body = request.raw_body
    return Post(request.method, url, dict(request.headers), body if isinstance(body, bytes) else body.encode())


# --- consent ----------------------------------------------------------------------------------------------------------

COOKIE = "hqsync_connect"
PAGE_S = 5.0


def consent(request: Request | None, context: Any, step: str) -> Response:
    """One request of a browser that connects two accounts; the answer is a page, or the way to a vendor's."""
    from chalicelib.connect import consent as flow
    from chalicelib.connect import pages

    steps: dict[str, Callable[[Wiring, flow.Visit], flow.Reply]] = {
        "begin": flow.begin, "hubspot": flow.hubspot_answer, "quickbooks": flow.quickbooks_answer,
        "again": flow.again, "done": flow.done, "renew": flow.begin_renewal,
        "disconnected": flow.disconnected,
    }  # fmt: skip
    tools = wiring()
    headers = dict(request.headers) if request else {}
    visit = flow.Visit(dict(request.query_params or {}) if request else {}, _cookie(headers), _left_for_page(context))
    if "prefetch" in f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')}":
        return _page(pages.not_a_visit())
    try:
        reply = steps[step](tools, visit)
    except Exception as defect:
        problem("a consent broke", defect, at=step)
        return _page(pages.broken())
    if isinstance(reply, pages.Page):
        log("page", at=step, page=reply.name, status=reply.status)
        return _page(reply)
    return _redirect(tools, reply.url, reply.cookie, reply.cookie_s)


def _left_for_page(context: Any) -> Callable[[], float]:
    """What the vendors may take; the rest is for storing what they said, and for the page."""
    left_s = _left(context)
    return lambda: left_s() - PAGE_S


def _cookie(headers: Mapping[str, str]) -> str:
    """Our cookie alone. Others of the domain may hold what the standard's parser chokes on."""
    pairs = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _page(page: Any) -> Response:
    from chalicelib.connect.pages import HEADERS

    flush()
    return Response(body=page.html, status_code=page.status, headers=dict(HEADERS))


def _redirect(tools: Wiring, url: str, cookie: str, cookie_s: int) -> Response:
    """On to the next step. The cookie is for this host's consent alone, and no script can read it; it must be sent when
    a vendor's page leads back here (Lax)."""
    headers: dict[str, Any] = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    if cookie:
        public = urlsplit(tools.config.public_url)
        secure = "; Secure" if public.scheme == "https" else ""
        headers["Set-Cookie"] = (
            f"{COOKIE}={cookie}; Path={public.path}/connect; Max-Age={cookie_s}; HttpOnly; SameSite=Lax{secure}"
        )
    flush()
    return Response(body="", status_code=302, headers=headers)


# --- work -------------------------------------------------------------------------------------------------------------


def work(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch from the queue. What cannot be finished for a defect of ours stays in the queue, and alone."""
    from chalicelib.expand import SOURCES, expand
    from chalicelib.work import work as work_on

    tools = wiring()
    left_s = _left(context)
    failed: list[str] = []
    fresh: list[tuple[str, Message]] = []
    again: list[tuple[str, Message]] = []
    for record in event.get("Records", []):
        try:
            message = from_body(record["body"])
        except ValueError as unreadable:
            problem("unreadable job", unreadable)
            failed.append(record["messageId"])
            continue
        if isinstance(message, Expand) and message.source not in SOURCES:
            problem("unknown expansion", RuntimeError(), source=message.source)  # of a newer version, whose worker will
            failed.append(record["messageId"])  # take it when it comes again
            continue
        received = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
        (again if received > 1 else fresh).append((record["messageId"], message))
    jobs = [(own_id, message) for own_id, message in fresh if isinstance(message, Job)]
    one_by_one = [[pair] for pair in again if isinstance(pair[1], Job)]
    batches: list[Sequence[tuple[str, Message]]] = [*([jobs] if jobs else []), *one_by_one]
    for batch in batches:
        failed += _try(lambda some: work_on(tools, some, left_s), batch)
    spread = [(own_id, message) for own_id, message in [*fresh, *again] if isinstance(message, Expand)]
    if spread:
        failed += _try(lambda some: expand(tools, some, left_s), spread)
    flush()
    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}


def _try(what: Callable[[list[Any]], None], batch: Sequence[tuple[str, Message]]) -> list[str]:
    """The ids of the messages that must come again, because what was to be done with them broke."""
    try:
        what([message for _, message in batch])
    except Exception as defect:
        problem("a batch broke", defect, messages=len(batch))
        return [own_id for own_id, _ in batch]
    return []


def bury(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - the door's shape
    """Messages that broke the worker five times: their records are shown as failing, and tried again later."""
    from chalicelib.waiting import mark_defect

    tools = wiring()
    failed: list[str] = []
    for record in event.get("Records", []):
        try:
            message = from_body(record["body"])
        except ValueError as unreadable:
            problem("unreadable job dropped", unreadable, message_id=record["messageId"])
            continue
        if isinstance(message, Job):
            failed += _try(lambda some: mark_defect(tools, some[0]), [(record["messageId"], message)])
        elif isinstance(message, Errand):
            problem("errand dropped; the schedule asks for it again", RuntimeError(), what=message.what)
        else:
            failed += _try(lambda some: _bury_expansion(tools, some[0]), [(record["messageId"], message)])
    count("JobsBuried", len(event.get("Records", [])))
    flush()
    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}


def _bury_expansion(tools: Wiring, one: Expand) -> None:
    """What no sweep would find is tried again later, or shown record by record; a sweep comes by itself."""
    from chalicelib.enqueue import jobs_on_page
    from chalicelib.expand import SOURCES
    from chalicelib.waiting import mark_defect

    problem("an expansion broke again and again", RuntimeError(), source=one.source, connection=one.connection)
    if one.source == "records":
        for job in jobs_on_page(one.page):
            mark_defect(tools, job)
    elif one.source in SOURCES and one.source != "sweep":  # of a newer version that was rolled back: nobody takes it
        tools.queue.send([one], delay_s=BURIED_S)


def keep(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Errands about grants, one at a time."""
    from chalicelib.access.keeper import run

    tools, left_s = wiring(), _left(context)
    failed: list[str] = []
    for record in event.get("Records", []):
        try:
            message = from_body(record["body"])
        except ValueError as unreadable:
            problem("unreadable errand dropped", unreadable, message_id=record["messageId"])
            continue
        if isinstance(message, Errand):
            failed += _try(lambda some: run(tools, some[0], left_s), [(record["messageId"], message)])
    flush()
    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}


# --- schedules --------------------------------------------------------------------------------------------------------


def queue_due(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Every minute: queue the records whose next try is due, of connections that need not wait; and on each new day of
    a company's, a look for its invoices that have become overdue."""
    from chalicelib.jobs import Side
    from chalicelib.remember.records import Records, State
    from chalicelib.remembering import looks_at
    from chalicelib.walk.steps import nudge
    from chalicelib.work import waits

    tools = wiring()
    records = Records(tools.table)
    for connection in Connections(tools.table).all():
        if waits(connection, tools.now()):
            continue
        nudge(tools, connection.id)
        _begin_day(tools, connection)
        due = [
            held.record
            for held in records.in_states(connection.id, (State.FAILING, State.PENDING), until=tools.now())
            if held.record.lease_until <= tools.now()
        ][:DUE_MAX]
        jobs = [
            job
            for record in due
            for job in looks_at(
                connection.id,
                record.kind,
                [f"{Side.HUBSPOT}:{record.hubspot_id}" if record.hubspot_id else record.root],
                "its next try was due",
            )
        ]
        if jobs:
            tools.queue.send(jobs)
            log("due", connection=connection.id, jobs=len(jobs))
    flush()


def _begin_day(tools: Wiring, connection: Connection) -> None:
    """No event tells that an invoice has become overdue: on each day of the company's own calendar it is asked."""
    today = connection.today(tools.now()).isoformat()
    if is_on(connection.settings, Kind.INVOICE) and connection.overdue_day != today:
        tools.queue.send([Expand(connection.id, "overdue", today)])
        Connections(tools.table).change(connection.id, lambda held: replace(held, overdue_day=today))


def start_sweeps(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Every eight minutes: have each connection swept, so that a lost notice is found within ten (design promise 2).
    Once a day: have all that is linked looked at, since no sweep sees deletions, merges and moved companies (D9)."""
    tools = wiring()
    now = tools.now()
    connections = Connections(tools.table)
    for connection in connections.all():
        if connection.state != "connected":
            continue
        tools.queue.send([Expand(connection.id, "sweep", "scheduled", str(now))])
        if now - connection.looked_at >= LOOK_S:
            tools.queue.send(looks_at_all(connection.id, connection.settings, DAILY))
            connections.change(connection.id, lambda held: replace(held, looked_at=now))
        if not is_prepared(connection):
            tools.queue.send([Expand(connection.id, "properties", "scheduled")])
    flush()


def refresh_tokens(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Have grants renewed ahead of need, so that no worker waits for a token (design D7)."""
    from chalicelib.access.keeper import look_after

    look_after(wiring())
    flush()


def _left(context: Any) -> Callable[[], float]:
    """Seconds that the function has left."""
    if context is None:
        return lambda: 120.0
    return lambda: float(context.get_remaining_time_in_millis()) / 1_000
