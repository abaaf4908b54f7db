"""Keeps thousands of log lines and metrics of one history out of the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import telemetry


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    level = telemetry.logger().level
    telemetry.logger().setLevel("CRITICAL")
    yield
    telemetry.logger().setLevel(level)
    telemetry.flush()
