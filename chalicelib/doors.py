"""What each door of `app.py` does: prove, note and answer; hand a batch to the worker; queue what is due.

Imports that only one door needs are inside it, so that no function pays at its start for what another one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalice.app import Request, Response

from chalicelib import VERSION
from chalicelib.enqueue import NotQueued, messages_for
from chalicelib.failures import Refused
from chalicelib.jobs import Expand, Job, Message, from_body
from chalicelib.receive import Post, Received, from_hubspot, from_quickbooks
from chalicelib.remember.connections import Connections
from chalicelib.telemetry import count, flush, log, problem
from chalicelib.wiring import Wiring, wiring

DUE_MAX = 1_000  # records queued by one run of the minute schedule, for each connection


def health() -> dict[str, str]:
    return {"status": "ok", "version": VERSION}


# --- receive → enqueue ------------------------------------------------------------------------------------------------


def hubspot_webhook(request: Request | None) -> Response:
    tools = wiring()

    def proven(post: Post) -> Received:
        secret = tools.secret()
        return from_hubspot(post, secret["hubspot_client_secret"], secret.get("hubspot_app_id", ""), tools.now())

    return _receive(tools, request, "/webhooks/hubspot", proven)


def quickbooks_webhook(request: Request | None) -> Response:
    tools = wiring()

    def proven(post: Post) -> Received:
        return from_quickbooks(post, tools.secret()["quickbooks_verifier_token"])

    return _receive(tools, request, "/webhooks/quickbooks", proven)


def _receive(tools: Wiring, request: Request | None, path: str, proven: Callable[[Post], Received]) -> Response:
    """401 for what is not proven, 200 once every job is in the queue, 503 if the queue refuses."""
    try:
        received = proven(_post(tools, request, path))
        messages = messages_for(received.notices, Connections(tools.table).all()) if received.notices else []
        tools.queue.send(messages)
    except Refused as refused:
        count("WebhooksRefused")
        log("webhook refused", route=path, reason=str(refused))
        return _answer(401, "signature refused")
    except NotQueued as full:
        problem("webhook not queued", full, route=path)
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


# --- work -------------------------------------------------------------------------------------------------------------


def work(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch from the queue. What cannot be finished for a defect of ours stays in the queue, and alone."""
    from chalicelib.expand import expand
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
    from chalicelib.remembering import mark_defect

    tools = wiring()
    failed: list[str] = []
    for record in event.get("Records", []):
        try:
            message = from_body(record["body"])
        except ValueError as unreadable:
            problem("unreadable job dropped", unreadable, message=record["messageId"])
            continue
        if isinstance(message, Job):
            failed += _try(lambda some: mark_defect(tools, some[0]), [(record["messageId"], message)])
        else:
            problem("expansion dropped; the next sweep finds its records", RuntimeError(), source=message.source)
    count("JobsBuried", len(event.get("Records", [])))
    flush()
    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}


# --- schedules --------------------------------------------------------------------------------------------------------


def queue_due(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Every minute: queue the records whose next try is due, of connections that need not wait."""
    from chalicelib.jobs import Side
    from chalicelib.remember.records import Records, State
    from chalicelib.remembering import looks_at
    from chalicelib.work import waits

    tools = wiring()
    records = Records(tools.table)
    for connection in Connections(tools.table).all():
        if waits(connection, tools.now()):
            continue
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


def start_sweeps(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Every eight minutes: have each connection swept, so that a lost notice is found within ten (design promise 2)."""
    tools = wiring()
    for connection in Connections(tools.table).all():
        if connection.state == "connected":
            tools.queue.send([Expand(connection.id, "sweep", "scheduled")])
    flush()


def refresh_tokens(context: Any) -> None:  # noqa: ARG001 - the door's shape
    """Refresh grants ahead of need, so that workers rarely must (design D7)."""
    from chalicelib.failures import CallFailed, ReconnectNeeded
    from chalicelib.jobs import Side
    from chalicelib.remembering import lose_grant

    tools = wiring()
    for connection in Connections(tools.table).all():
        if connection.state not in ("connected", "connecting"):
            continue
        for side, account in ((Side.HUBSPOT, connection.portal_id), (Side.QUICKBOOKS, connection.realm_id)):
            try:
                tools.grants.refresh_if_close(side, account)
            except ReconnectNeeded:
                lose_grant(Connections(tools.table), connection.id)
            except CallFailed as failed:
                log("refresh failed", connection=connection.id, side=side, code=failed.trouble.code)
    flush()


def _left(context: Any) -> Callable[[], float]:
    """Seconds that the function has left."""
    if context is None:
        return lambda: 120.0
    return lambda: float(context.get_remaining_time_in_millis()) / 1_000
