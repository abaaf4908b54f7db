"""QuickBooks' bill: reads are metered by the month, for each company (reference section 10.2)."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.remember.connections import Connection
from chalicelib.remember.guards import Meter
from chalicelib.telemetry import count
from chalicelib.transport import CallLog
from chalicelib.wiring import Wiring


def meter(wiring: Wiring, connection: Connection, calls: CallLog) -> None:
    """Put the metered reads of these calls on the month's count."""
    reads = sum(call.metered for call in calls.made)
    if reads:
        month = datetime.fromtimestamp(wiring.now(), UTC).strftime("%Y-%m")
        Meter(wiring.table).add(connection.id, month, reads)
        count("QuickBooksMeteredReads", reads)
