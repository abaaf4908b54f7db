"""The properties API (reference, section 8)."""

from __future__ import annotations

from typing import Any

from local.hubspot.answers import batch
from local.hubspot.asking import Answer, Ask, inputs, take
from local.hubspot.errors import Problem, invalid
from local.hubspot.kinds import kind_named
from local.hubspot.properties import Schema

INPUTS_MAX = 100
_REQUIRED = {"name": str, "label": str, "type": str, "fieldType": str, "groupName": str}
_CHANGEABLE = {
    "label": str,
    "type": str,
    "fieldType": str,
    "groupName": str,
    "description": str,
    "options": list,
    "displayOrder": int,
    "hidden": bool,
    "formField": bool,
}
_ONLY_AT_CREATION = {"hasUniqueValue": bool, "externalOptions": bool, "referencedObjectType": str}
_OPTION = {"label": str, "value": str}
_OPTION_MORE = {"displayOrder": int, "hidden": bool, "description": str}
_SENSITIVITY = "dataSensitivity"


def list_properties(ask: Ask, kind: str) -> Answer:
    ask.known_query("archived", _SENSITIVITY)
    _only_non_sensitive(ask.query.get(_SENSITIVITY))
    schema = _schema(ask, kind)
    listed = schema.listed(archived=ask.flag("archived"))
    return Answer(200, {"results": [schema.json(one) for one in listed]})


def create_property(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    schema = _schema(ask, kind)
    return Answer(201, schema.json(schema.create(_read_new(ask.json()))))


def get_property(ask: Ask, kind: str, name: str) -> Answer:
    ask.known_query("archived", _SENSITIVITY)
    schema = _schema(ask, kind)
    return Answer(200, schema.json(schema.get(name, archived=ask.flag("archived"))))


def update_property(ask: Ask, kind: str, name: str) -> Answer:
    """`options` replaces the whole list."""
    ask.known_query()
    fields = ask.body({}, _CHANGEABLE)
    schema = _schema(ask, kind)
    return Answer(200, schema.json(schema.update(name, _with_options(fields))))


def archive_property(ask: Ask, kind: str, name: str) -> Answer:
    ask.known_query()
    _schema(ask, kind).archive(name)
    return Answer(204)


def batch_create(ask: Ask, kind: str) -> Answer:
    """Each input succeeds or fails alone."""
    ask.known_query()
    schema = _schema(ask, kind)
    results, errors = [], []
    for one in _inputs(ask.body({"inputs": list})):
        try:
            results.append(schema.json(schema.create(_read_new(one))))
        except Problem as problem:
            errors.append(problem.body() | {"context": {"name": [str(one.get("name"))]}})
    return batch(ask, results, errors, 201)


def batch_read(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    body = ask.body({"archived": bool, _SENSITIVITY: str, "inputs": list})
    _only_non_sensitive(body[_SENSITIVITY])
    schema = _schema(ask, kind)
    results, errors = [], []
    for one in inputs(body, {"name": str}, most=INPUTS_MAX):
        try:
            results.append(schema.json(schema.get(one["name"], archived=body["archived"])))
        except Problem as problem:
            errors.append(problem.body() | {"context": {"name": [one["name"]]}})
    return batch(ask, results, errors)


def batch_archive(ask: Ask, kind: str) -> Answer:
    """Idempotent: a name that is not there is no error."""
    ask.known_query()
    schema = _schema(ask, kind)
    for one in inputs(ask.body({"inputs": list}), {"name": str}, most=INPUTS_MAX):
        if schema.find(one["name"]):
            schema.archive(one["name"])
    return Answer(204)


def list_groups(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    return Answer(200, {"results": list(_schema(ask, kind).groups.values())})


def create_group(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    fields = ask.body({"name": str, "label": str}, {"displayOrder": int})
    return Answer(201, _schema(ask, kind).create_group(fields))


def get_group(ask: Ask, kind: str, name: str) -> Answer:
    ask.known_query()
    return Answer(200, _schema(ask, kind).group(name))


def update_group(ask: Ask, kind: str, name: str) -> Answer:
    ask.known_query()
    group = _schema(ask, kind).group(name)
    group.update(ask.body({}, {"label": str, "displayOrder": int}))
    return Answer(200, group)


def archive_group(ask: Ask, kind: str, name: str) -> Answer:
    ask.known_query()
    _schema(ask, kind).archive_group(name)
    return Answer(204)


def _schema(ask: Ask, kind: str) -> Schema:
    return ask.crm.schema(kind_named(kind))


def _inputs(body: dict[str, Any]) -> list[dict[str, Any]]:
    if len(body["inputs"]) > INPUTS_MAX:
        raise invalid(f"The maximum number of inputs supported in a batch request is {INPUTS_MAX}")
    return [take(one, _REQUIRED, {**_CHANGEABLE, **_ONLY_AT_CREATION, _SENSITIVITY: str}) for one in body["inputs"]]


def _read_new(given: Any) -> dict[str, Any]:
    fields = take(given, _REQUIRED, {**_CHANGEABLE, **_ONLY_AT_CREATION, _SENSITIVITY: str})
    _only_non_sensitive(fields.pop(_SENSITIVITY, None))
    return _with_options(fields)


def _with_options(fields: dict[str, Any]) -> dict[str, Any]:
    if "options" not in fields:
        return fields
    options = [
        {"displayOrder": -1, "hidden": False, "description": "", **take(one, _OPTION, _OPTION_MORE)}
        for one in fields["options"]
    ]
    return {**fields, "options": options}


def _only_non_sensitive(sensitivity: str | None) -> None:
    if sensitivity not in (None, "non_sensitive"):
        raise invalid(f"dataSensitivity {sensitivity} is not imitated.")
