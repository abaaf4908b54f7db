"""Records and batches as JSON (reference, sections 4.3 and 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from local.hubspot.asking import Answer, Ask
from local.hubspot.errors import Problem
from local.hubspot.kinds import Kind, iso, kind_named
from local.hubspot.records import Record

UI_DOMAIN = "app.hubspot.com"
_ALWAYS = ("createdate", "hs_object_id")


def read_record(ask: Ask, record: Record, names: Sequence[str] = (), histories: Sequence[str] = ()) -> dict[str, Any]:
    """A record as a read answers it: unknown names are left out, empty ones are null (section 4.3)."""
    wanted = [*(names or record.kind.defaults), *histories, *_ALWAYS, record.kind.modified]
    body = _body(ask, record, _picked(ask, record.kind, record.values, wanted))
    if histories:
        schema = ask.crm.schema(record.kind)
        body["propertiesWithHistory"] = {
            name: [version.json() for version in record.history.get(name, [])]
            for name in histories
            if schema.find(name)
        }
    return body


def written_record(ask: Ask, record: Record, written: Iterable[str], warnings: Sequence[Any] = ()) -> dict[str, Any]:
    """A record as a write answers it: what was written, and what HubSpot filled in."""
    schema = ask.crm.schema(record.kind)
    filled = [name for name in record.values if (d := schema.find(name)) and d.readOnlyValue]
    body = _body(ask, record, _picked(ask, record.kind, record.values, [*written, *filled]))
    return body | ({"warnings": list(warnings)} if warnings else {})


def created_record(ask: Ask, record: Record, warnings: Sequence[Any] = ()) -> dict[str, Any]:
    return written_record(ask, record, record.values, warnings)


def found_record(ask: Ask, record: Record, values: dict[str, str], names: Sequence[str]) -> dict[str, Any]:
    """A record as search shows it: with the values that the index knows."""
    wanted = [*(names or record.kind.defaults), *_ALWAYS, record.kind.modified]
    body = _body(ask, record, _picked(ask, record.kind, values, wanted))
    return body | {"updatedAt": values.get(record.kind.modified, body["updatedAt"]), "archived": False}


def _picked(ask: Ask, kind: Kind, values: dict[str, str], names: Iterable[str]) -> dict[str, str | None]:
    schema = ask.crm.schema(kind)
    return {name: values.get(name) for name in sorted(set(names)) if schema.find(name)}


def _body(ask: Ask, record: Record, properties: dict[str, str | None]) -> dict[str, Any]:
    path = f"contacts/{ask.portal.id}/record/{record.kind.type_id}/{record.id}"
    body: dict[str, Any] = {
        "id": record.id,
        "properties": properties,
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived_at is not None,
        "url": f"https://{UI_DOMAIN}/{path}",
    }
    return body | ({"archivedAt": iso(record.archived_at)} if record.archived_at is not None else {})


def associations(ask: Ask, record: Record, asked: Sequence[str]) -> dict[str, Any]:
    """The `associations` of a read; `{}` where none were asked for or there are none."""
    shown: dict[str, Any] = {}
    for name in asked:
        there = kind_named(name)
        links = ask.crm.links_between(record.kind, there)
        results = []
        plain = f"{record.kind.singular}_to_{there.singular}"
        unlabelled = f"{plain}_unlabeled" if links.primary else plain  # the addition sets it apart from the primary one
        for other_id, link in links.seen_from(record.kind, record.id).items():
            kinds_of_link = [plain] if link.primary else []
            results += [{"id": other_id, "type": one} for one in [*kinds_of_link, unlabelled]]
        if results:
            shown[there.name.replace("line_items", "line items")] = {"results": results}  # a space there (4.3)
    return {"associations": shown} if shown else {}


def batch(ask: Ask, results: list[Any], errors: Sequence[dict[str, Any]] = (), status: int = 200) -> Answer:
    """A batch's answer: 207 as soon as one input failed."""
    now = iso(ask.crm.now())
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        return Answer(207, body | {"numErrors": len(errors), "errors": list(errors)})
    return Answer(status, body)


def unknown_ids(kind: Kind, ids: Sequence[str]) -> dict[str, Any]:
    """The one error for all ids of a batch that name nothing."""
    message = f"Could not get some {kind.legacy} objects, they may be deleted or not exist. Check that ids are valid."
    return Problem(207, message, "OBJECT_NOT_FOUND", context={"ids": list(ids)}).body()
