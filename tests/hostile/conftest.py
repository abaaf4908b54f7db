"""What holds for all hostile input: whatever is tried, no line of the log is forged, and none says what it must not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.listening import Heard, listening


@pytest.fixture(autouse=True)
def heard(capfd: pytest.CaptureFixture[str]) -> Iterator[Heard]:
    """All that was said in a test; judged at its end."""
    with listening(capfd) as all_of_it:
        yield all_of_it
    all_of_it.judge()
