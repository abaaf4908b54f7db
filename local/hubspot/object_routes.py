"""Single records: list, create, read, update, archive, merge, delete for privacy (reference, section 4.2)."""

from __future__ import annotations

from typing import Any

from local.hubspot import commerce, merging
from local.hubspot.answers import associations, created_record, read_record, written_record
from local.hubspot.asking import Answer, Ask, property_values, take
from local.hubspot.associations import Links, LinkTypes, read_types
from local.hubspot.errors import invalid, not_found
from local.hubspot.kinds import CONTACTS, Kind, kind_named
from local.hubspot.records import Record
from local.hubspot.state import Claims

_READ_QUERY = ("properties", "propertiesWithHistory", "associations", "archived")
Wanted = list[tuple[Record, LinkTypes]]


def list_records(ask: Ask, kind: str) -> Answer:
    ask.known_query(*_READ_QUERY, "limit", "after")
    this = kind_named(kind)
    limit, after = ask.limit(10, 100), ask.query.get("after", "0")
    if not after.isdigit():
        raise invalid(f"after must be a paging cursor, but is {after}")
    page: list[Record] = []
    for record in ask.crm.table(this).ascending(int(after)):
        if (record.archived_at is not None) != ask.flag("archived"):
            continue
        page.append(record)
        if len(page) > limit:
            break
    body: dict[str, Any] = {"results": [_read(ask, record) for record in page[:limit]]}
    if len(page) > limit:
        body["paging"] = {"next": {"after": page[limit].id, "link": _next_link(ask, page[limit].id)}}
    return Answer(200, body)


def get_record(ask: Ask, kind: str, record_id: str) -> Answer:
    ask.known_query(*_READ_QUERY, "idProperty")
    this, id_property = kind_named(kind), ask.query.get("idProperty")
    if ask.flag("archived"):
        archived = ask.crm.table(this).records.get(record_id) if id_property is None else None
        found = archived if archived and archived.archived_at is not None else None
    else:
        found = ask.crm.find(this, record_id, id_property)
    if found is None:
        raise not_found()
    return Answer(200, _read(ask, found))


def create_record(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    body = ask.body({"properties": dict}, {"associations": list})
    this = kind_named(kind)
    draft = ask.crm.check(this, property_values(body["properties"]), ask.by, lenient_dates=ask.lenient_dates)
    wanted = wanted_links(ask, this, body.get("associations", []))
    record = ask.crm.create(this, draft, ask.by)
    make_links(ask, record, wanted)
    return Answer(201, created_record(ask, record, draft.warnings))


def update_record(ask: Ask, kind: str, record_id: str) -> Answer:
    """A merged-away id updates the survivor (section 4.5)."""
    ask.known_query("idProperty")
    properties = property_values(ask.body({"properties": dict})["properties"])
    record = ask.crm.find(kind_named(kind), record_id, ask.query.get("idProperty"))
    if record is None:
        raise not_found()
    if not properties:
        raise invalid("No properties found to update, please provide at least one.")
    draft = ask.crm.check(record.kind, properties, ask.by, record=record, lenient_dates=ask.lenient_dates)
    ask.crm.update(record, draft, ask.by)
    return Answer(200, written_record(ask, record, properties, draft.warnings))


def archive_record(ask: Ask, kind: str, record_id: str) -> Answer:
    """Idempotent; an unknown id is no error (section 4.2)."""
    ask.known_query()
    if record := ask.crm.table(kind_named(kind)).live(record_id):
        ask.crm.archive(record, ask.by)
    return Answer(204)


def merge_records(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    body = ask.body({"primaryObjectId": str, "objectIdToMerge": str})
    table = ask.crm.table(kind_named(kind))
    primary, gone = table.live(body["primaryObjectId"]), table.live(body["objectIdToMerge"])
    if primary is None or gone is None:
        raise not_found()
    survivor = merging.merge(ask.crm, primary, gone, ask.by, new_id=ask.hub.settings.merge_makes_new_id)
    return Answer(200, created_record(ask, survivor))


def gdpr_delete(ask: Ask) -> Answer:
    ask.known_query()
    body = ask.body({"objectId": str}, {"idProperty": str})
    record = ask.crm.find(CONTACTS, body["objectId"], body.get("idProperty"))
    if record is None and "idProperty" not in body:
        record = ask.crm.table(CONTACTS).records.get(body["objectId"])
    if record is None:
        raise not_found()
    ask.crm.forget(record, ask.by)
    return Answer(204)


def wanted_links(ask: Ask, kind: Kind, given: list[Any], claims: Claims | None = None) -> Wanted:
    """The inline associations of a create, checked before anything is written. `claims` are those of its batch."""
    wanted: Wanted = []
    for one in given:
        fields = take(one, {"to": dict, "types": list})
        to_id = take(fields["to"], {"id": (str, int)})["id"]
        specs = read_specs(fields["types"])
        links = _links_meant(ask, kind, specs)
        there = ask.crm.table(links.across(kind)).live(str(to_id))
        if there is None:
            raise not_found(f"No {links.across(kind).singular} with ID {to_id} exists")
        commerce.check_link(ask.crm, kind, None, there, ask.by)
        wanted.append((there, read_types(links, kind, specs)))
    commerce.check_parents(kind, [there for there, _ in wanted], claims)
    return wanted


def _links_meant(ask: Ask, kind: Kind, specs: list[tuple[str, int]]) -> Links:
    """An inline association names no object type: its type ids say which one it is to."""
    able = ask.crm.links_of(kind)
    if not able:
        raise invalid(f"Objects of type {kind.type_id} cannot be associated with anything.")
    own = {type_id for category, type_id in specs if category == "HUBSPOT_DEFINED"}
    return next((links for links in able if own & links.own_types(kind)), able[0])


def make_links(ask: Ask, record: Record, wanted: Wanted) -> None:
    for there, types in wanted:
        ask.crm.link_as(record, there, types, ask.by)


def read_specs(given: list[Any]) -> list[tuple[str, int]]:
    """A list of association types, as `(associationCategory, associationTypeId)`."""
    if not given:
        raise invalid("At least one association type is required.")
    specs = [take(one, {"associationCategory": str, "associationTypeId": int}) for one in given]
    return [(one["associationCategory"], one["associationTypeId"]) for one in specs]


def _read(ask: Ask, record: Record) -> dict[str, Any]:
    body = read_record(ask, record, ask.names("properties"), ask.names("propertiesWithHistory"))
    return body | associations(ask, record, ask.names("associations"))


def _next_link(ask: Ask, after: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in ask.query.items(multi=True) if name != "after")
    return f"{ask.url}?{query}{'&' if query else ''}after={after}"
