"""The embedded AWS that our code's expectations are checked against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import Ministack, Resources, create_resources
from ops import package


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    ministack = Ministack()
    try:
        yield ministack.start()
    finally:
        ministack.stop()


@pytest.fixture(scope="session")
def made(ministack: Ministack) -> Resources:
    """The resources of the packaged template."""
    return create_resources(ministack, package.template("local"), {"hubspot_client_id": "an id"})


@pytest.fixture(scope="session")
def dynamodb(ministack: Ministack) -> Any:
    return ministack.client("dynamodb")


@pytest.fixture(scope="session")
def sqs(ministack: Ministack) -> Any:
    return ministack.client("sqs")
