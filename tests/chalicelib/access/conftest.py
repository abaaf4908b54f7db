"""What the stories about access share."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from chalicelib import telemetry


@pytest.fixture
def netrc(tmp_path, monkeypatch) -> tuple[str, str]:
    """This machine has credentials of somebody else's for the vendor's host."""
    path = tmp_path / "netrc"
    path.write_text("machine vendor.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(path))
    return ("somebody", "else")


@pytest.fixture
def counted(capsys) -> Callable[[], dict[str, float]]:
    """The metrics since one last asked, as they are written for CloudWatch."""

    def since_last() -> dict[str, float]:
        telemetry.flush()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        told = [(name, line[name]) for line in lines for name in telemetry.METRICS if name in line]
        return {name: sum(value) if isinstance(value, list) else value for name, value in told}

    since_last()  # what other tests have left
    return since_last


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def said(self, step: str) -> list[logging.LogRecord]:
        return [record for record in self.records if record.getMessage() == step]


@pytest.fixture
def logged() -> Iterator[Kept]:
    """What the house logs, line by line."""
    telemetry.logger()
    kept, own = Kept(), logging.getLogger(telemetry.SERVICE)
    own.addHandler(kept)
    yield kept
    own.removeHandler(kept)
