from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import aws
from tests.stories.world import World, living


@pytest.fixture
def world(ministack: aws.Ministack, tmp_path: Path) -> Iterator[World]:
    """Two empty systems that are not connected yet."""
    with living(ministack, tmp_path) as one:
        yield one


@pytest.fixture
def unhurried(ministack: aws.Ministack, tmp_path: Path) -> Iterator[World]:
    """The same with the batch window that is deployed, for what is counted in calls."""
    with living(ministack, tmp_path, window_s=None) as one:
        yield one
