"""One log line and a few metrics for each step. Ids, counts and codes only: never a record's values (design D10)."""

from __future__ import annotations

import functools
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "HubSpotQuickBooksSync"
SERVICE = "hqsync"

METRICS = (  # every metric that the code emits; the dashboard and alarms may show only these
    "NoticesReceived", "NoticesPassedOver", "WebhooksRefused", "JobsQueued",
    "JobsDone", "JobsOutdated", "RecordsChanged", "RecordsFailing", "LeasesTaken",
    "HubSpotCalls", "QuickBooksCalls", "QuickBooksMeteredReads",
    "ReconnectNeeded", "RenewalsFailing", "ReconnectDueSoon", "ReconnectDueNow",
    "BrakeHeld", "JobsBuried", "SweepFound",
)  # fmt: skip


@functools.cache
def logger() -> Logger:
    return Logger(service=SERVICE)


@functools.cache
def _metrics() -> Metrics:
    return Metrics(namespace=NAMESPACE, service=SERVICE)


def log(step: str, **facts: Any) -> None:
    """Say what a step did. `facts` are ids, counts, codes."""
    logger().info(step, extra=facts, stacklevel=3)


def problem(step: str, error: BaseException, **facts: Any) -> None:
    """Say that something broke: the kind of error and where, without its text, which may hold a record's values."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    logger().error(step, extra={"error": type(error).__name__, "where": where, **facts}, stacklevel=3)


def count(name: str, value: float = 1) -> None:
    """Add to a metric of the table above."""
    if name not in METRICS:
        raise KeyError(f"{name} is not in the table of metrics")
    if value:
        _metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush() -> None:
    """Write the metrics of this invocation as one CloudWatch embedded-metric line."""
    if _metrics().metric_set:
        _metrics().flush_metrics()
