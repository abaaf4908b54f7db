"""What the log lines hold, and what they must not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from chalicelib.telemetry import SERVICE, logger
from tests.stories.world import World

CANARIES = ("Canarina", "Gelbvogel", "canary-7391@feather.example", "+1 555 7391 000", "Canary Cage & Sons")


class Kept(logging.Handler):
    """Keeps each line as it is formatted for CloudWatch."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logger().registered_formatter.format(record))


@pytest.fixture
def kept() -> Iterator[Kept]:
    logger()
    handler = Kept()
    logging.getLogger(SERVICE).addHandler(handler)
    yield handler
    logging.getLogger(SERVICE).removeHandler(handler)


def test_no_name_no_address_and_no_token_reaches_a_log_line(
    world: World, kept: Kept, capfd: pytest.CaptureFixture[str]
) -> None:
    """A record arrives, changes, is refused by either vendor, loses an answer and a signature: ids and codes only."""
    world.connect()
    tokens = [part["access_token"] for part in world.stack.tokens().values()]
    world.connect()
    first, last, email, phone, company = CANARIES
    [cage] = world.companies(company)
    world.dial("quickbooks", path=".*/batch", body='"create"', do="lose_answer")
    jane = world.contact(first, last, email, cage, phone=phone)
    world.contact(first, last, "second-" + email, cage)
    world.come_to_rest()
    world.later(15)
    world.dial("quickbooks", path=".*/batch", body='"update"', do="status", status=500)
    world.portal.update_contact(jane, {"city": first})
    world.customer(last, "third-" + email, GivenName=first)
    world.customer("No " + first, f"no.mail@{first}..x")
    world.come_to_rest()
    world.later(61)
    assert {"group done", "webhook"} <= {json.loads(line)["message"] for line in kept.lines}
    out, err = capfd.readouterr()
    said = "\n".join([*kept.lines, out, err])
    secrets = [value for name, value in world.stack.secret.items() if name != "hubspot_app_id"]  # which is no secret
    for canary in (*CANARIES, *tokens, *secrets):
        assert canary not in said
