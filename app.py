"""The map: every route, queue and schedule that wakes the sync, one call each.

The five verbs live in `chalicelib/`: receive → enqueue → resolve → write → remember. Bodies import lazily, so that
the function that answers webhooks never pays for the clients that only the worker needs.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Rate, Response, SQSEvent

app = Chalice(app_name="hqsync", configure_logs=False)

WEBHOOK_TYPES = [
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/x-www-form-urlencoded",
    "text/plain",
]
PLACEHOLDER = "arn:aws:sqs:us-east-1:000000000000:"  # infra/resources.yaml puts the real ARNs in


@app.route("/webhooks/hubspot", methods=["POST"], content_types=WEBHOOK_TYPES)
def hubspot_webhook() -> Response:
    from chalicelib import doors

    return doors.hubspot_webhook(app.current_request)


@app.route("/webhooks/quickbooks", methods=["POST"], content_types=WEBHOOK_TYPES)
def quickbooks_webhook() -> Response:
    from chalicelib import doors

    return doors.quickbooks_webhook(app.current_request)


@app.route("/connect", methods=["GET"])
def connect() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "begin")


@app.route("/connect/hubspot/callback", methods=["GET"])
def hubspot_callback() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "hubspot")


@app.route("/connect/quickbooks/callback", methods=["GET"])
def quickbooks_callback() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "quickbooks")


@app.route("/connect/again", methods=["GET"])
def connect_again() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "again")


@app.route("/connect/done", methods=["GET"])
def connect_done() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "done")


@app.route("/connect/quickbooks/reconnect", methods=["GET"])
def quickbooks_reconnect() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "renew")


@app.route("/connect/quickbooks/disconnected", methods=["GET"])
def quickbooks_disconnected() -> Response:
    from chalicelib import doors

    return doors.consent(app.current_request, app.lambda_context, "disconnected")


@app.route("/health", methods=["GET"])
def health() -> dict[str, str]:
    from chalicelib import doors

    return doors.health()


@app.on_sqs_message(
    queue_arn=PLACEHOLDER + "jobs",
    batch_size=100,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=5,
    name="worker",
)
def worker(event: SQSEvent) -> dict[str, Any]:
    from chalicelib import doors

    return doors.work(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=PLACEHOLDER + "jobs-dead", batch_size=10, maximum_batching_window_in_seconds=1, name="dead_letters"
)
def dead_letters(event: SQSEvent) -> dict[str, Any]:
    from chalicelib import doors

    return doors.bury(event.to_dict(), event.context)


@app.on_sqs_message(queue_arn=PLACEHOLDER + "grants", batch_size=1, maximum_concurrency=5, name="keeper")
def keeper(event: SQSEvent) -> dict[str, Any]:
    from chalicelib import doors

    return doors.keep(event.to_dict(), event.context)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="due")
def due(event: CloudWatchEvent) -> None:
    from chalicelib import doors

    doors.queue_due(event.context)


@app.schedule(Rate(8, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> None:
    from chalicelib import doors

    doors.start_sweeps(event.context)


@app.schedule(Rate(5, unit=Rate.MINUTES), name="refresh")
def refresh(event: CloudWatchEvent) -> None:
    from chalicelib import doors

    doors.refresh_tokens(event.context)
