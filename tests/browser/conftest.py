"""A real browser for stories about pages: Debian's Chromium, driven by Playwright, which brings none of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from local import aws
from tests.browser.person import Person
from tests.stories.world import World, living

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "there is no Chromium: apt-get install --no-install-recommends chromium"
PATIENCE_MS = 20_000  # for a busy machine; what is waited for is mostly there at once
OTHER_PORTAL, OTHER_REALM, OTHER_COMPANY = "50230015", "9130350000000417", "Wren Nurseries"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for this folder. It ends with it, since the thread has an event loop as long as Playwright runs."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(INSTALL)
    if path is None:
        pytest.skip(INSTALL)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )  # a container's root has none
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Fresh cookies."""
    one = browser.new_context()
    yield one
    one.close()


@pytest.fixture
def world(ministack: aws.Ministack, tmp_path: Path) -> Iterator[World]:
    """Two portals and two companies; nothing is connected, and both vendors ask a person."""
    with living(ministack, tmp_path) as one:
        one.hubspot.add_portal(int(OTHER_PORTAL))
        one.quickbooks.add_company(OTHER_REALM, name=OTHER_COMPANY, country="CA", home_currency="CAD")
        one.hubspot.settings.consent = one.quickbooks.settings.consent = "ask"
        yield one


@pytest.fixture
def person(browser: Browser, context: BrowserContext, world: World) -> Person:  # noqa: ARG001 - the skip comes first
    """Somebody who may give access in both systems."""
    return Person(context.new_page(), world)


@pytest.fixture
def somebody_else(browser: Browser, world: World) -> Iterator[Person]:
    """Another browser: none of the first one's cookies."""
    one = browser.new_context()
    yield Person(one.new_page(), world)
    one.close()
