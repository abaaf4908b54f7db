"""Batches of records (reference, sections 4.2 and 4.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.hubspot import commerce
from local.hubspot.answers import batch, created_record, read_record, unknown_ids, written_record
from local.hubspot.asking import Answer, Ask, inputs, property_values
from local.hubspot.errors import Problem, invalid
from local.hubspot.kinds import Kind, kind_named
from local.hubspot.object_routes import make_links, wanted_links
from local.hubspot.records import Record
from local.hubspot.state import Claims

INPUTS_MAX = 100
_TRACE = "objectWriteTraceId"
Input = dict[str, Any]
Write = Callable[[], dict[str, Any]]


def batch_read(ask: Ask, kind: str) -> Answer:
    ask.known_query("archived")
    fields = {"properties": list, "propertiesWithHistory": list, "idProperty": str}
    body = ask.body({"inputs": list}, fields)
    this = kind_named(kind)
    found: list[Record] = []
    missing: list[str] = []
    for one in inputs(body, {"id": str}, most=INPUTS_MAX):
        record = _find(ask, this, one["id"], body.get("idProperty"), archived=ask.flag("archived"))
        if record is None:
            missing.append(one["id"])
        elif record not in found:
            found.append(record)
    histories = body.get("propertiesWithHistory", [])
    results = [read_record(ask, record, body.get("properties", []), histories) for record in found]
    return batch(ask, results, [unknown_ids(this, missing)] if missing else [])


def batch_create(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    this, claims = kind_named(kind), Claims()
    given = inputs(
        ask.body({"inputs": list}), {"properties": dict}, {"associations": list, _TRACE: str}, most=INPUTS_MAX
    )

    def prepare(one: Input) -> Write:
        values = property_values(one["properties"])
        draft = ask.crm.check(this, values, ask.by, lenient_dates=ask.lenient_dates, claims=claims)
        wanted = wanted_links(ask, this, one.get("associations", []), claims)

        def write() -> dict[str, Any]:
            record = ask.crm.create(this, draft, ask.by)
            make_links(ask, record, wanted)
            return created_record(ask, record, draft.warnings)

        return write

    return _carry_out(ask, given, prepare, status=201)


def batch_update(ask: Ask, kind: str) -> Answer:
    """Merged-away ids do not work here, and unknown ids fail alone (sections 4.5 and 4.7)."""
    ask.known_query()
    this, claims = kind_named(kind), Claims()
    fields = {"idProperty": str, _TRACE: str}
    given = inputs(ask.body({"inputs": list}), {"id": str, "properties": dict}, fields, most=INPUTS_MAX)
    _refuse_repeats(given)
    records = {one["id"]: _target(ask, this, one) for one in given}
    missing = [one["id"] for one in given if records[one["id"]] is None]

    def prepare(one: Input) -> Write:
        record = records[one["id"]]
        assert record is not None
        return _update(ask, record, one, claims)

    errors = [unknown_ids(this, missing)] if missing else []
    return _carry_out(ask, [one for one in given if one["id"] not in missing], prepare, errors)


def batch_upsert(ask: Ask, kind: str) -> Answer:
    """Update by a unique property, or create with it."""
    ask.known_query()
    this, claims = kind_named(kind), Claims()
    required = {"id": str, "properties": dict, "idProperty": str}
    given = inputs(ask.body({"inputs": list}), required, {_TRACE: str}, most=INPUTS_MAX)
    _refuse_repeats(given)
    for one in given:
        ask.crm.check_id_property(this, one["idProperty"], "update/upsert")

    def prepare(one: Input) -> Write:
        record = ask.crm.find(this, one["id"], one["idProperty"])
        if record:
            update = _update(ask, record, one, claims)
            return lambda: {**update(), "new": False}
        values = {one["idProperty"]: one["id"], **property_values(one["properties"])}
        draft = ask.crm.check(this, values, ask.by, lenient_dates=ask.lenient_dates, claims=claims)
        return lambda: {**created_record(ask, ask.crm.create(this, draft, ask.by), draft.warnings), "new": True}

    return _carry_out(ask, given, prepare)


def batch_archive(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    table = ask.crm.table(kind_named(kind))
    found = [table.live(one["id"]) for one in inputs(ask.body({"inputs": list}), {"id": str}, most=INPUTS_MAX)]
    records = list({one.id: one for one in found if one}.values())
    for record in records:
        commerce.check_archive(ask.crm, record, ask.by)  # one that may not go keeps all of them
    for record in records:
        ask.crm.archive(record, ask.by)
    return Answer(204)


def _carry_out(
    ask: Ask,
    given: list[Input],
    prepare: Callable[[Input], Write],
    errors: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Answer:
    """Check every input, then write. One bad input fails all, unless each carries a unique trace id (section 4.7)."""
    failed = list(errors or [])
    traces = [one.get(_TRACE) for one in given]
    is_multi_status = bool(given) and None not in traces and len(set(traces)) == len(traces)
    writes: list[tuple[Input, Write]] = []
    for one in given:
        try:
            writes.append((one, prepare(one)))
        except Problem as problem:
            if not is_multi_status:
                raise
            failed.append(_traced(problem, one[_TRACE]))
    results = [write() | ({_TRACE: one[_TRACE]} if _TRACE in one else {}) for one, write in writes]
    return batch(ask, results, failed, status)


def _traced(problem: Problem, trace_id: str) -> dict[str, Any]:
    body = problem.body()
    return body | {"context": {**body.get("context", {}), _TRACE: [trace_id]}}


def _update(ask: Ask, record: Record, one: Input, claims: Claims) -> Write:
    values = property_values(one["properties"])
    if not values:
        raise invalid("No properties found to update, please provide at least one.")
    draft = ask.crm.check(record.kind, values, ask.by, record=record, lenient_dates=ask.lenient_dates, claims=claims)

    def write() -> dict[str, Any]:
        ask.crm.update(record, draft, ask.by)
        return written_record(ask, record, values, draft.warnings)

    return write


def _target(ask: Ask, kind: Kind, one: Input) -> Record | None:
    if "idProperty" not in one:
        return ask.crm.table(kind).live(one["id"])
    ask.crm.check_id_property(kind, one["idProperty"], "update/upsert")
    return ask.crm.find(kind, one["id"], one["idProperty"])


def _find(ask: Ask, kind: Kind, key: str, id_property: str | None, *, archived: bool) -> Record | None:
    if not archived:
        return ask.crm.find(kind, key, id_property)
    record = ask.crm.table(kind).records.get(key) if id_property is None else None
    return record if record and record.archived_at is not None else None


def _refuse_repeats(given: list[Input]) -> None:
    ids = [one["id"] for one in given]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(repeated)}]. IDs must be unique")
