"""Property definitions, groups, and unique values (reference, section 8)."""

from __future__ import annotations

import pytest

from local.hubspot import Portal

PROPERTIES = "/crm/properties/2026-09/contacts"
CONTACTS = "/crm/objects/2026-09/contacts"


def definition(name: str = "qbo_id", **more: object) -> dict:
    base = {"name": name, "label": "QBO", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    return {**base, **more}


def test_a_new_property_has_the_recorded_shape(api):
    """The body that the reference recorded, but for the times."""
    body = api.post(PROPERTIES, definition()).get_json()
    assert body.pop("createdAt") == body.pop("updatedAt")
    assert body == {
        "name": "qbo_id",
        "label": "QBO",
        "type": "string",
        "fieldType": "text",
        "description": "",
        "groupName": "contactinformation",
        "options": [],
        "createdUserId": "61022",
        "updatedUserId": "61022",
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": False,
        "hidden": False,
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False},
        "formField": False,
        "dataSensitivity": "non_sensitive",
    }


def test_a_unique_property_finds_updates_and_upserts(api, portal: Portal):
    """As idProperty in get, patch, batch read and upsert."""
    api.post(PROPERTIES, definition(hasUniqueValue=True))
    contact_id = portal.create_contact({"firstname": "Ana", "qbo_id": "QB-1"})
    assert api.get(f"{CONTACTS}/QB-1?idProperty=qbo_id").get_json()["id"] == contact_id
    api.patch(f"{CONTACTS}/QB-1?idProperty=qbo_id", {"properties": {"city": "Lima"}})
    assert portal.contact(contact_id)["city"] == "Lima"
    read = api.post(f"{CONTACTS}/batch/read", {"idProperty": "qbo_id", "inputs": [{"id": "QB-1"}, {"id": "QB-2"}]})
    assert read.status_code == 207
    assert [one["id"] for one in read.get_json()["results"]] == [contact_id]
    wanted = [
        {"id": "QB-1", "idProperty": "qbo_id", "properties": {"city": "Quito"}},
        {"id": "QB-2", "idProperty": "qbo_id", "properties": {"firstname": "Zoë"}},
    ]
    upserted = api.post(f"{CONTACTS}/batch/upsert", {"inputs": wanted}).get_json()["results"]
    assert [one["new"] for one in upserted] == [False, True]
    assert portal.contact(upserted[1]["id"])["qbo_id"] == "QB-2"


def test_a_unique_value_belongs_to_one_record(api, portal: Portal):
    """A second one conflicts, until the first lets go."""
    api.post(PROPERTIES, definition(hasUniqueValue=True))
    first = portal.create_contact({"firstname": "Ana", "qbo_id": "QB-1"})
    second = portal.create_contact({"firstname": "Zoë"})
    taken = api.patch(f"{CONTACTS}/{second}", {"properties": {"qbo_id": "QB-1"}})
    assert taken.get_json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    created = api.post(CONTACTS, {"properties": {"firstname": "Ida", "qbo_id": "QB-1"}})
    assert created.get_json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    portal.update_contact(first, {"qbo_id": ""})
    assert api.patch(f"{CONTACTS}/{second}", {"properties": {"qbo_id": "QB-1"}}).status_code == 200


def test_ten_unique_properties_are_the_most(api):
    """The eleventh is refused."""
    statuses = [api.post(PROPERTIES, definition(f"id_{n}", hasUniqueValue=True)).status_code for n in range(11)]
    assert statuses == [201] * 10 + [400]


def test_uniqueness_is_decided_at_creation(api):
    """A later change is not even a known field."""
    api.post(PROPERTIES, definition())
    assert api.patch(f"{PROPERTIES}/qbo_id", {"hasUniqueValue": True}).status_code == 400


def test_options_are_enforced_and_replaced(api, portal: Portal):
    """A PATCH replaces the whole list."""
    options = [{"label": "Net 30", "value": "net30"}, {"label": "Due now", "value": "now"}]
    api.post(PROPERTIES, definition("terms", type="enumeration", fieldType="checkbox", options=options))
    contact_id = portal.create_contact({"firstname": "Ana", "terms": "net30"})
    path = f"{CONTACTS}/{contact_id}"
    api.patch(path, {"properties": {"terms": ";now"}})
    assert portal.contact(contact_id)["terms"] == "net30;now"
    refused = api.patch(path, {"properties": {"terms": "net60"}}).get_json()
    assert refused["errors"][0]["code"] == "INVALID_OPTION"
    api.patch(f"{PROPERTIES}/terms", {"options": [{"label": "Net 60", "value": "net60"}]})
    assert api.patch(path, {"properties": {"terms": "net60"}}).status_code == 200
    assert api.patch(path, {"properties": {"terms": "now"}}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Qbo Id"},
        {"groupName": "nowhere"},
        {"type": "text"},
        {"fieldType": "number"},
        {"type": "enumeration", "fieldType": "select"},
        {"dataSensitivity": "sensitive"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_wrong_definition_is_refused(api, wrong: dict):
    """Names, groups, pairs of types, and fields that do not exist."""
    assert api.post(PROPERTIES, {**definition(), **wrong}).status_code == 400


def test_an_archived_property_comes_back_by_its_name(api, portal: Portal):
    """In between it is unknown, its values are not shown, and it is listed as archived."""
    api.post(PROPERTIES, definition())
    contact_id = portal.create_contact({"firstname": "Ana", "qbo_id": "QB-1"})
    assert api.delete(f"{PROPERTIES}/qbo_id").status_code == 204
    assert api.get(f"{PROPERTIES}/qbo_id").get_json()["category"] == "OBJECT_NOT_FOUND"
    assert "qbo_id" not in api.get(f"{CONTACTS}/{contact_id}?properties=qbo_id").get_json()["properties"]
    archived = api.get(f"{PROPERTIES}?archived=true").get_json()["results"]
    assert [one["name"] for one in archived] == ["qbo_id"]
    assert api.post(PROPERTIES, definition()).status_code == 201


def test_hubspots_own_properties_cannot_be_changed(api):
    """Their definitions are read-only; some values too."""
    assert api.delete(f"{PROPERTIES}/email").status_code == 400
    stamp = api.get(f"{PROPERTIES}/hs_object_id").get_json()
    assert stamp["modificationMetadata"] == {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True}
    linked = api.get(f"{PROPERTIES}/associatedcompanyid").get_json()
    assert (linked["type"], linked["hidden"], linked["referencedObjectType"]) == ("number", True, "COMPANY")


def test_groups(api):
    """Made, listed, renamed, and kept while anything is in them."""
    groups = f"{PROPERTIES}/groups"
    made = api.post(groups, {"name": "quickbooks", "label": "QuickBooks"})
    assert (made.status_code, made.get_json()["archived"]) == (201, False)
    taken = api.post(groups, {"name": "quickbooks", "label": "QuickBooks"})
    assert (taken.status_code, taken.get_json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    api.patch(f"{groups}/quickbooks", {"label": "QBO"})
    assert api.get(f"{groups}/quickbooks").get_json()["label"] == "QBO"
    api.post(PROPERTIES, definition(groupName="quickbooks"))
    kept = api.delete(f"{groups}/quickbooks").get_json()
    assert kept["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    api.delete(f"{PROPERTIES}/qbo_id")
    assert api.delete(f"{groups}/quickbooks").status_code == 204
    assert api.get(f"{groups}/quickbooks").status_code == 404


def test_property_batches(api):
    """Each input alone: 207 with what failed."""
    wanted = {"inputs": [definition("one"), definition("one"), definition("two")]}
    made = api.post(f"{PROPERTIES}/batch/create", wanted)
    assert made.status_code == 207
    assert [one["name"] for one in made.get_json()["results"]] == ["one", "two"]
    names = {"archived": False, "dataSensitivity": "non_sensitive", "inputs": [{"name": "one"}, {"name": "three"}]}
    read = api.post(f"{PROPERTIES}/batch/read", names)
    assert (read.status_code, read.get_json()["numErrors"]) == (207, 1)
    assert api.post(f"{PROPERTIES}/batch/read", {"inputs": []}).status_code == 400
    for _ in range(2):
        assert api.post(f"{PROPERTIES}/batch/archive", {"inputs": [{"name": "one"}]}).status_code == 204
