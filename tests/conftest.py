"""One embedded AWS for every story of a process; each story empties it behind itself. And what all tests agree on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from local import aws

SAID = "said"  # a test's property that the closing lines show, from whichever process it was in
LONGEST_FIRST = ("stories", "simulation", "upgrades", "browser", "infra")

# How long an example takes says how busy the machine is, not whether the rule holds.
settings.register_profile("unhurried", settings(deadline=None))
settings.load_profile("unhurried")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the files: those that take long come first, so that all processes end at about one time."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.path.relative_to(Path(__file__).parent).parts[0]))


def _place(folder: str) -> int:
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == SAID:
                terminalreporter.write_line(value)


@pytest.fixture(scope="session")
def ministack() -> Iterator[aws.Ministack]:
    server = aws.Ministack()
    server.start()
    yield server
    server.stop()
