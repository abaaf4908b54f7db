"""The search endpoint (reference, section 4.6)."""

from __future__ import annotations

from typing import Any

from local.hubspot.answers import found_record
from local.hubspot.asking import Answer, Ask, Fields
from local.hubspot.errors import invalid
from local.hubspot.kinds import kind_named
from local.hubspot.search import TEXT_MAX, search

_FIELDS: Fields = {
    "filterGroups": list,
    "sorts": list,
    "query": str,
    "properties": list,
    "limit": int,
    "after": (str, int),
}


def search_records(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    if len(ask.text) > TEXT_MAX:
        raise invalid(f"A search request may hold at most {TEXT_MAX} characters.")
    this, body = kind_named(kind), ask.body({}, _FIELDS)
    found = search(ask.crm, this, body, ask.hub.settings.index_lag_s)
    results = [found_record(ask, record, values, body.get("properties", [])) for record, values in found.page]
    answer: dict[str, Any] = {"total": found.total, "results": results}
    if found.after is not None:
        answer["paging"] = {"next": {"after": str(found.after)}}
    return Answer(200, answer)
