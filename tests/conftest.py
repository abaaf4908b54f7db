"""One embedded AWS for every story of a run; each story empties it behind itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import aws


@pytest.fixture(scope="session")
def ministack() -> Iterator[aws.Ministack]:
    server = aws.Ministack()
    server.start()
    yield server
    server.stop()
