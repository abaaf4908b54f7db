"""Keeps thousands of log lines and metrics of these plays out of the way, and has nobody ask AWS who operates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import telemetry
from chalicelib import wiring as wirings


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    level = telemetry.logger().level
    telemetry.logger().setLevel("CRITICAL")
    yield
    telemetry.logger().setLevel(level)
    telemetry.flush()
    wirings.reset()
