"""What must be true when a history has come to rest: the rules of the design, in the fewest words.

Nothing here knows how the sync works. Each rule looks at both vendors' books as they are, at what people did, and at
what the records view shows; it yields what is wrong. Letters name the rules in what a broken history says:

(a) agreement: both sides of a linked pair hold the same, and the value is the last one that a person typed
(d) duplicates: nothing is there twice; what the sync has made belongs to exactly one record
(q) quick: what is new has crossed a minute and a half later where nothing fails; by sweeps alone where notices are lost
(l) loss: whatever people made and is to be synced is synced, or its record says why not
(b) budgets: at rest nothing is asked for but what has changed
(n) names: customers are called as the rule for names says
(p) put away: what people made is put away by people only
(t) tenants: nobody's data is at another firm
(s) states: what a record says of itself is true
(x) what is said: no log line holds what a person typed, or a secret, and nothing broke but by a fault
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.simulation import model_people, model_products, model_sales
from tests.simulation.world import World


def complaints(world: World) -> Iterator[str]:
    """Everything that is wrong, each with its letter."""
    yield from model_people.complaints(world)
    yield from model_products.complaints(world)
    yield from model_sales.complaints(world)
    yield from _tenants(world)
    yield from _said(world)
    yield from (f"(b) at rest there is still {one}" for one in world.watch.restless)
    yield from (f"(q) not in time: {one}" for one in world.watch.late)


def _tenants(world: World) -> Iterator[str]:
    """A firm's mark is in every value that its people typed."""
    for firm in world.firms:
        for other in world.firms:
            if firm.portal is other.portal:
                continue  # what is in the portal may go to each company's books
            if firm.mark in json.dumps(other.company.state(), default=str):
                yield f"(t) data of {firm.mark} are in the books of {other.mark}"
            if firm.mark in json.dumps(other.portal.state(), default=str):
                yield f"(t) data of {firm.mark} are in the portal of {other.mark}"


def _said(world: World) -> Iterator[str]:
    """No value that a person typed, and no secret, is in a log line; and nothing broke but by a fault."""
    text = world.logs.text.getvalue()
    for firm in world.firms:
        if firm.mark in text:
            yield f"(x) a log line holds personal data: {next(one for one in world.logs.lines() if firm.mark in one)}"
    if "SECRET" in text:
        yield "(x) a log line holds a secret"
    for line in world.logs.lines():
        if '"level":"ERROR"' in line and json.loads(line).get("error") not in (
            "ClientError",
            "NotQueued",
            "Lost",
            None,
        ):
            yield f"(x) something broke: {line[:300]}"
