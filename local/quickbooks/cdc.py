"""Change data capture (reference 4)."""

from __future__ import annotations

from itertools import islice
from typing import Any

from local.quickbooks import clock, faults
from local.quickbooks.entities import ENTITIES
from local.quickbooks.state import CompanyFile

LONGEST_S = 30 * 86_400.0
MOST_OBJECTS = 1000


def answer(file: CompanyFile, entities: str | None, changed_since: str | None) -> list[dict[str, Any]]:
    """What stands under `CDCResponse`: an element for each entity asked for, empty where nothing changed."""
    if not entities:
        raise faults.required_missing("entities")
    if not changed_since:
        raise faults.required_missing("changedSince")
    try:
        since = clock.moment(changed_since)
    except ValueError:
        raise faults.invalid_date("changedSince", changed_since) from None
    if since < file.now() - LONGEST_S:
        raise faults.invalid_date_range("changedSince")
    room = MOST_OBJECTS
    responses = []
    for name in (name.strip() for name in entities.split(",")):
        if name not in ENTITIES:
            raise faults.unsupported_object(name)
        changed = list(islice(file.changed_since(ENTITIES[name], since), room))
        room -= len(changed)
        responses.append({name: changed, "startPosition": 1, "maxResults": len(changed)} if changed else {})
    return [{"QueryResponse": responses}]
