"""What is deployed, built once for all tests of it."""

from __future__ import annotations

from typing import Any

import pytest

from ops import package


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return package.template("prod")


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, Any]:
    return template["Resources"]


@pytest.fixture(scope="session")
def packaged() -> package.Package:
    return package.package("prod")
