"""No token, no secret, no code and no ticket is to be found anywhere but where it must be: sealed, or on its way."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.telemetry import SERVICE, logger
from local.stack import PORTAL_ID, REALM_ID
from tests.stories.browsing import Browser, button, changed
from tests.stories.world import CONNECTION, World

QUIET = ("botocore", "boto3", "s3transfer")  # they log what they send, at a level that is never switched on


class Kept(logging.Handler):
    """Every line of every logger, as it is formatted for CloudWatch, down to the level DEBUG."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        browsers = record.name.startswith("urllib3") and record.threadName == "MainThread"
        if not browsers and not record.name.startswith(QUIET):
            self.lines.append(f"{record.getMessage()} {logger().registered_formatter.format(record)}")


@pytest.fixture
def kept() -> Iterator[Kept]:
    logger()  # made first: it would silence itself in the root's handlers
    handler, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    logging.getLogger(SERVICE).addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)
    logging.getLogger(SERVICE).removeHandler(handler)


def canaries(world: World) -> set[str]:
    """Whatever the vendors have ever given out, and the app's own secrets."""
    hubspot, quickbooks = world.hubspot.oauth, world.quickbooks.grants
    given = [*hubspot._access, *hubspot._grants, *hubspot._codes]
    given += [*quickbooks._by_access, *quickbooks._by_refresh, *quickbooks._codes]
    own = [value for name, value in world.stack.secret.items() if name.endswith(("secret", "token"))]
    return {*given, *own}


def stored(world: World) -> str:
    """Everything in the table, as text; binary attributes are the compressed bodies of decisions."""
    scan = world.stack.ministack.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=world.stack.env["SYNC_TABLE"])
    return json.dumps([item for page in pages for item in page["Items"]], default=str)


def queued(world: World) -> str:
    sqs = world.stack.ministack.client("sqs")
    urls = [world.stack.env[name] for name in ("JOBS_QUEUE_URL", "GRANTS_QUEUE_URL", "JOBS_DLQ_URL")]
    found = [sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []) for url in urls]
    return json.dumps(found)


def test_secrets_stay_where_they_belong(
    world: World, kept: Kept, capfd: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    """Consent given, refused and lost; tokens renewed, refused and revoked; a secret rotated; every command asked."""
    shown: list[str] = []
    links: set[str] = set()

    def ask(*arguments: str) -> None:
        shown.append(json.dumps(world.ops(*arguments, code=None)))

    def link() -> str:
        url = str(world.ops("connect")["url"])
        links.add(url.split("ticket=")[1])
        return url

    browser = Browser()
    world.quickbooks.settings.refuse_consent = True
    page = browser.open(link())
    shown.append(page.text)
    world.quickbooks.settings.refuse_consent = False
    world.dial("quickbooks", path="/oauth2/v1/tokens/bearer", do="lose_answer")
    page = browser.open(button(page))
    shown.append(page.text)
    callback = browser.way_to(button(page), "quickbooks")
    shown.append(browser.open(changed(callback, realmId="1")).text)
    shown.append(Browser().open(link()).text)
    world.come_to_rest()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    for vendor, path in (("hubspot", "/oauth/2026-09/token"), ("quickbooks", "/oauth2/v1/tokens/bearer")):
        for fault in ("lose_answer", "html"):
            world.dial(vendor, path=path, do=fault)
            world.clock.ahead_s += 3_400
            world.stack.run_schedule("refresh")
            world.come_to_rest()
        world.dial(vendor, path="/(crm|v3)/.*", do="status", status=401)
        world.portal.update_contact(jane, {"phone": vendor})
        world.come_to_rest()
        world.later(11)
    world.rotate_secrets()
    world.clock.ahead_s += 7_200
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    world.quickbooks.disconnect(REALM_ID)
    world.portal.update_contact(jane, {"phone": "1"})
    world.come_to_rest()
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"hubspot": world.stack.tokens()["hubspot"], "quickbooks": {"realm_id": "x"}}))
    ask("connect", "--tokens", str(bad))
    about = ("customer", f"hubspot:{jane}")
    for command in (["connections"], ["status"], ["records"], ["why", *about], ["history", *about]):
        ask(*command)
    ask("disconnect", CONNECTION)
    out, err = capfd.readouterr()
    places = {
        "log": "\n".join(kept.lines), "output": out + err, "commands and pages": "\n".join(shown),
        "table": stored(world), "queues": queued(world),
    }  # fmt: skip
    assert f"grant|quickbooks|{REALM_ID}" in places["table"]
    assert PORTAL_ID in places["log"]
    found = [(place, secret[:6]) for place, text in places.items() for secret in canaries(world) if secret in text]
    found += [(place, "a link") for place, text in places.items() for one in links if one in text]
    assert found == []
