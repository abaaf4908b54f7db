"""The associations API (reference, section 5.1)."""

from __future__ import annotations

from typing import Any

from local.hubspot.answers import batch
from local.hubspot.asking import Answer, Ask, inputs, take
from local.hubspot.associations import Label, Links, pair_of, read_types
from local.hubspot.errors import Problem, bad_json, not_found
from local.hubspot.kinds import Kind, kind_named
from local.hubspot.object_routes import read_specs
from local.hubspot.records import Record

READ_MAX = 1_000
WRITE_MAX = 2_000
PAGE = 500


def list_associations(ask: Ask, from_kind: str, from_id: str, to_kind: str) -> Answer:
    ask.known_query("limit", "after")
    here, there = _pair(from_kind, to_kind)
    record = _live(ask, here, from_id)
    return Answer(200, _page(ask, there, record, ask.query.get("after"), ask.limit(PAGE, PAGE)))


def associate_default(ask: Ask, from_kind: str, from_id: str, to_kind: str, to_id: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    ask.crm.link(_live(ask, here, from_id), _live(ask, there, to_id), ask.by)
    return batch(ask, _both_directions(ask, here, there, from_id, to_id))


def associate_labelled(ask: Ask, from_kind: str, from_id: str, to_kind: str, to_id: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    given = ask.json()
    if not isinstance(given, list):
        raise bad_json("Cannot deserialize value of type `java.util.ArrayList`.")
    types = read_types(ask.crm.links_between(here, there), here, read_specs(given))
    ask.crm.link_as(_live(ask, here, from_id), _live(ask, there, to_id), types, ask.by)
    return Answer(201, _labels_between(ask, here, there, from_id, to_id))


def remove_associations(ask: Ask, from_kind: str, from_id: str, to_kind: str, to_id: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    links = ask.crm.links_between(here, there)
    ask.crm.unlink(links, *links.ordered(here, from_id, to_id), ask.by)
    return Answer(204)


def batch_read(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    results, errors = [], []
    for one in inputs(ask.body({"inputs": list}), {"id": (str, int)}, {"after": str}, most=READ_MAX):
        from_id = str(one["id"])
        if not ask.crm.links_between(here, there).seen_from(here, from_id):
            errors.append(_no_associations(here, there, from_id))
            continue
        page = _page(ask, there, _live(ask, here, from_id), one.get("after"), PAGE)
        paging = {"paging": page["paging"]} if "paging" in page else {}
        results.append({"from": {"id": from_id}, "to": page["results"], **paging})
    return batch(ask, results, errors)


def batch_create(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    results, errors = [], []
    for one in inputs(ask.body({"inputs": list}), {"from": dict, "to": dict, "types": list}, most=WRITE_MAX):
        from_id, to_id = _ends(one)
        types = read_types(ask.crm.links_between(here, there), here, read_specs(one["types"]))
        try:
            ask.crm.link_as(_live(ask, here, from_id), _live(ask, there, to_id), types, ask.by)
        except Problem as problem:
            errors.append(problem.body() | {"context": {"fromObjectId": [from_id], "toObjectId": [to_id]}})
            continue
        results.append(_labels_between(ask, here, there, from_id, to_id))
    return batch(ask, results, errors, 201)


def batch_associate_default(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    results, errors = [], []
    for one in inputs(ask.body({"inputs": list}), {"from": dict, "to": dict}, most=WRITE_MAX):
        from_id, to_id = _ends(one)
        try:
            ask.crm.link(_live(ask, here, from_id), _live(ask, there, to_id), ask.by)
        except Problem as problem:
            errors.append(problem.body() | {"context": {"fromObjectId": [from_id], "toObjectId": [to_id]}})
            continue
        results += _both_directions(ask, here, there, from_id, to_id)
    return batch(ask, results, errors)


def batch_archive(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    links = ask.crm.links_between(here, there)
    for one in inputs(ask.body({"inputs": list}), {"from": dict, "to": list}, most=WRITE_MAX):
        from_id = _id_of(one["from"])
        for to in one["to"]:
            ask.crm.unlink(links, *links.ordered(here, from_id, _id_of(to)), ask.by)
    return Answer(204)


def batch_archive_labels(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    links = ask.crm.links_between(here, there)
    for one in inputs(ask.body({"inputs": list}), {"from": dict, "to": dict, "types": list}, most=WRITE_MAX):
        types = read_types(links, here, read_specs(one["types"]))
        ask.crm.unlink_as(links, *links.ordered(here, *_ends(one)), types, ask.by)
    return Answer(204)


# -- labels ---------------------------------------------------------------------------------------------------------


def list_labels(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    return Answer(200, {"results": ask.crm.links_between(here, there).types_defined(here)})


def create_label(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    body = ask.body({"label": str, "name": str}, {"inverseLabel": str})
    label = ask.crm.links_between(here, there).define_label(
        here, body["name"], body["label"], body.get("inverseLabel", body["label"])
    )
    return Answer(200, {"results": [_label_json(label, side) for side in (here, there)]})


def update_label(ask: Ask, from_kind: str, to_kind: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    body = ask.body({"label": str, "associationTypeId": int}, {"inverseLabel": str})
    label = ask.crm.links_between(here, there).label_of(body["associationTypeId"], here)
    label.labels[here.name] = body["label"]
    label.labels[there.name] = body.get("inverseLabel", label.labels[there.name])
    return Answer(204)


def archive_label(ask: Ask, from_kind: str, to_kind: str, type_id: str) -> Answer:
    ask.known_query()
    here, there = _pair(from_kind, to_kind)
    if not type_id.isdigit():
        raise not_found()
    links = ask.crm.links_between(here, there)
    links.forget_label(links.label_of(int(type_id), here))
    return Answer(204)


# -- helpers --------------------------------------------------------------------------------------------------------


def _pair(from_kind: str, to_kind: str) -> tuple[Kind, Kind]:
    here, there = kind_named(from_kind), kind_named(to_kind)
    pair_of(here, there)
    return here, there


def _live(ask: Ask, kind: Kind, record_id: str) -> Record:
    """A live record. Merged-away ids are not followed here."""
    record = ask.crm.table(kind).live(record_id)
    if record is None:
        raise not_found(f"No {kind.singular} with ID {record_id} exists")
    return record


def _ends(one: dict[str, Any]) -> tuple[str, str]:
    return _id_of(one["from"]), _id_of(one["to"])


def _id_of(given: Any) -> str:
    return str(take(given, {"id": (str, int)})["id"])


def _page(ask: Ask, there: Kind, record: Record, after: str | None, limit: int) -> dict[str, Any]:
    held = ask.crm.links_between(record.kind, there)
    links = held.seen_from(record.kind, record.id)
    start = int(after) if after and after.isdigit() else 0
    ids = [other_id for other_id in links if int(other_id) >= start]
    shown = [
        {"toObjectId": int(other_id), "associationTypes": held.types_shown(links[other_id], record.kind)}
        for other_id in ids[:limit]
    ]
    body: dict[str, Any] = {"results": shown}
    if len(ids) > limit:
        body["paging"] = {"next": {"after": ids[limit], "link": f"{ask.url}?after={ids[limit]}"}}
    return body


def _both_directions(ask: Ask, here: Kind, there: Kind, from_id: str, to_id: str) -> list[dict[str, Any]]:
    links = ask.crm.links_between(here, there)
    return [_link_json(links, here, from_id, to_id), _link_json(links, there, to_id, from_id)]


def _link_json(links: Links, here: Kind, from_id: str, to_id: str) -> dict[str, Any]:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": links.unlabelled[here.name]}
    return {"from": {"id": from_id}, "to": {"id": to_id}, "associationSpec": spec}


def _labels_between(ask: Ask, here: Kind, there: Kind, from_id: str, to_id: str) -> dict[str, Any]:
    links = ask.crm.links_between(here, there)
    link = links.get(*links.ordered(here, from_id, to_id))
    shown = links.types_shown(link, here) if link else []
    return {
        "fromObjectTypeId": here.type_id,
        "fromObjectId": int(from_id),
        "toObjectTypeId": there.type_id,
        "toObjectId": int(to_id),
        "labels": [one["label"] for one in shown if one["label"]],
    }


def _label_json(label: Label, side: Kind) -> dict[str, Any]:
    return {"category": "USER_DEFINED", "typeId": label.type_ids[side.name], "label": label.labels[side.name]}


def _no_associations(here: Kind, there: Kind, from_id: str) -> dict[str, Any]:
    return Problem(
        207,
        f"No {there.singular} is associated with {here.singular} {from_id}.",
        "OBJECT_NOT_FOUND",
        subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={"fromObjectId": [from_id], "fromObjectType": [here.singular], "toObjectType": [there.singular]},
    ).body()
