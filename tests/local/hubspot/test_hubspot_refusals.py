"""What is refused, and in which words (reference, sections 4.4, 4.5 and 12)."""

from __future__ import annotations

import json
import re

import pytest

from local.hubspot import HubSpot, Portal

CONTACTS = "/crm/objects/2026-09/contacts"


def refusal(answer, status: int) -> dict:
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (status, "error"), body
    assert body["correlationId"] == answer.headers["x-hubspot-correlation-id"]
    return body


def create(api, **properties) -> dict:
    return api.post(CONTACTS, {"properties": properties})


def test_an_unknown_property_is_named_in_embedded_json(api):
    """The message holds JSON, and `errors` the code."""
    body = refusal(create(api, email="a@example.test", foo="1"), 400)
    text = body["message"].removeprefix("Property values were not valid: ")
    assert json.loads(text) == [
        {
            "isValid": False,
            "message": 'Property "foo" does not exist',
            "error": "PROPERTY_DOESNT_EXIST",
            "name": "foo",
            "localizedErrorMessage": 'Property "foo" does not exist',
            "portalId": 48120771,
        }
    ]
    assert body["category"] == "VALIDATION_ERROR"
    assert body["errors"] == [
        {
            "message": 'Property "foo" does not exist',
            "code": "PROPERTY_DOESNT_EXIST",
            "context": {"propertyName": ["foo"]},
        }
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("email", "not an address", "INVALID_EMAIL"),
        ("email", "a@nodot", "INVALID_EMAIL"),
        ("numemployees", "many", "INVALID_INTEGER"),
        ("closedate", "tomorrow", "INVALID_DATE"),
        ("lifecyclestage", "Customer", "INVALID_OPTION"),
        ("hs_object_id", "1", "READ_ONLY_VALUE"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("associatedcompanyid", "1", "READ_ONLY_VALUE"),
        ("hs_additional_emails", "fine@example.test;bad", "INVALID_EMAIL"),
    ],
)
def test_values_are_checked_by_their_type(api, portal: Portal, name: str, value: str, code: str):
    """Nothing is written when one value is wrong."""
    body = refusal(create(api, firstname="Ana", **{name: value}), 400)
    assert [one["code"] for one in body["errors"]] == [code]
    assert portal.contacts() == []


def test_every_wrong_value_is_told_at_once(api):
    """Two slips, two errors."""
    body = refusal(create(api, firstname="Ana", foo="1", email="x"), 400)
    assert [one["code"] for one in body["errors"]] == ["PROPERTY_DOESNT_EXIST", "INVALID_EMAIL"]


def test_an_address_belongs_to_one_contact_even_as_an_additional_one(api, portal: Portal):
    """409 on create, whichever of the addresses it is, in any case."""
    owner = portal.create_contact({"email": "ana@example.test", "hs_additional_emails": "ruiz@example.test"})
    for address in ("Ana@Example.test", "RUIZ@example.test"):
        body = refusal(create(api, email=address), 409)
        assert body["category"] == "CONFLICT"
        assert re.search(r"Existing ID: (\d+)", body["message"]).group(1) == owner


def test_taking_anothers_address_by_update_is_a_conflicting_value(api, portal: Portal):
    """An update is not a create: 400 and CONFLICTING_UNIQUE_VALUE."""
    owner = portal.create_contact({"email": "ana@example.test"})
    other = portal.create_contact({"email": "zoe@example.test"})
    answer = api.patch(f"{CONTACTS}/{other}", {"properties": {"email": "ana@example.test"}})
    (error,) = refusal(answer, 400)["errors"]
    assert error["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert f"{owner} already has that value" in error["message"]
    assert portal.contact(other)["email"] == "zoe@example.test"


def test_an_archived_contact_gives_its_address_free(api, portal: Portal):
    """And cannot be restored while another one has it."""
    first = portal.create_contact({"email": "ana@example.test"})
    portal.archive_contact(first)
    second = create(api, email="ana@example.test").get_json()["id"]
    with pytest.raises(Exception, match=f"Existing ID: {second}"):
        portal.restore_contact(first)


def test_additional_addresses_are_appended_with_a_leading_semicolon(api, portal: Portal):
    """Without it, they are replaced; and one that becomes primary changes places."""
    contact_id = portal.create_contact({"email": "a@example.test", "hs_additional_emails": "b@example.test"})
    api.patch(f"{CONTACTS}/{contact_id}", {"properties": {"hs_additional_emails": ";c@example.test"}})
    assert portal.contact(contact_id)["hs_additional_emails"] == "b@example.test;c@example.test"
    api.patch(f"{CONTACTS}/{contact_id}", {"properties": {"email": "b@example.test"}})
    assert portal.contact(contact_id)["email"] == "b@example.test"
    assert portal.contact(contact_id)["hs_additional_emails"] == "a@example.test;c@example.test"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"properties": {"firstname": "Ana"}, "propertis": {}}, "propertis"),
        ({}, "properties"),
        ({"properties": "Ana"}, "properties"),
        ({"properties": {"firstname": None}}, "firstname"),
        ({"properties": {"firstname": ["Ana"]}}, "firstname"),
        ([], "Object"),
    ],
)
def test_a_body_of_another_shape_is_refused(api, body, word: str):
    """Unknown, missing and wrongly typed fields are named."""
    assert word in refusal(api.post(CONTACTS, body), 400)["message"]


def test_a_body_that_is_no_json_is_refused(api):
    """And so is one that does not say that it is."""
    assert refusal(api.post(CONTACTS, None), 415)
    no_json = api("POST", CONTACTS, {"properties": {}}, **{"Content-Type": "text/plain"})
    assert refusal(no_json, 415)


def test_a_new_record_needs_a_name(api):
    """One of e-mail, first and last name for a contact; name or domain for a company."""
    assert "Some required properties were not set" in refusal(create(api, city="Lima"), 400)["message"]
    company = api.post("/crm/objects/2026-09/companies", {"properties": {"city": "Lima"}})
    assert "Error creating COMPANY" in refusal(company, 400)["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/objects/2026-09/contacts/999", 404),
        ("PATCH", "/crm/objects/2026-09/contacts/999", 404),
        ("GET", "/crm/objects/2025-09/contacts", 404),
        ("GET", "/crm/objects/2026-09/tickets", 400),
        ("GET", "/crm/objects/2026-09/contacts?limt=5", 400),
        ("GET", "/crm/objects/2026-09/contacts?limit=101", 400),
        ("PUT", "/crm/objects/2026-09/contacts", 405),
        ("GET", "/no/such/thing", 404),
        ("GET", "/crm/objects/2026-09/contacts/a@example.test?idProperty=firstname", 400),
    ],
)
def test_what_is_not_there_fails_loudly(api, method: str, path: str, status: int):
    """Unknown paths, objects, methods, parameters and ids."""
    refusal(api(method, path, {"properties": {"city": "x"}} if method == "PATCH" else None), status)


def test_deleting_what_is_not_there_is_no_error(api):
    """DELETE is idempotent."""
    assert api.delete(f"{CONTACTS}/999").status_code == 204


def test_an_update_cannot_touch_associations(api, portal: Portal):
    """They are their own endpoints."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    answer = api.patch(f"{CONTACTS}/{contact_id}", {"properties": {"city": "x"}, "associations": []})
    assert "associations" in refusal(answer, 400)["message"]


def test_a_lifecycle_stage_moves_forward_only(api, portal: Portal):
    """Back only by way of an empty value (section 4.5)."""
    contact_id = portal.create_contact({"firstname": "Ana", "lifecyclestage": "customer"})
    path = f"{CONTACTS}/{contact_id}"
    assert api.patch(path, {"properties": {"lifecyclestage": "lead"}}).status_code == 200
    assert portal.contact(contact_id)["lifecyclestage"] == "customer"
    api.patch(path, {"properties": {"lifecyclestage": ""}})
    api.patch(path, {"properties": {"lifecyclestage": "lead"}})
    assert portal.contact(contact_id)["lifecyclestage"] == "lead"


def test_a_missing_or_unknown_token_is_a_401(api):
    """In the words of section 12."""
    api.token = ""
    assert refusal(api.get(CONTACTS), 401)["category"] == "INVALID_AUTHENTICATION"
    api.token = "CJ3invented"
    assert refusal(api.get(CONTACTS), 401)["category"] == "INVALID_AUTHENTICATION"


def test_an_expired_token_says_since_when(api, clock):
    """1800 seconds, and 75 more."""
    clock.advance(1875)
    body = refusal(api.get(CONTACTS), 401)
    assert body["category"] == "EXPIRED_AUTHENTICATION"
    assert body["message"] == "The OAuth token used to make this call expired 75 second(s) ago."
    assert body["context"] == {"expire time": ["2026-11-22T00:30:00.000Z"]}


def test_a_missing_scope_is_named(api, hub: HubSpot):
    """Reading is granted, writing is not."""
    api.token = hub.issue_tokens(48120771, ["oauth", "crm.objects.contacts.read"])["access_token"]
    assert api.get(CONTACTS).status_code == 200
    body = refusal(create(api, firstname="Ana"), 403)
    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    assert refusal(api.get("/crm/objects/2026-09/companies"), 403)


def test_a_token_never_sees_another_portal(api, hub: HubSpot):
    """Even the same id means another record, or none."""
    theirs = hub.add_portal(999, first_ids={"contacts": 5_000})
    contact_id = theirs.create_contact({"email": "ana@example.test"})
    assert refusal(api.get(f"{CONTACTS}/{contact_id}"), 404)
    assert create(api, email="ana@example.test").status_code == 201
    assert len(theirs.contacts()) == 1


def test_dates_are_normalised_by_the_newest_version_only(api, portal: Portal):
    """2026-09 accepts a time of day and warns; older versions reject it (section 2)."""
    day = {"name": "since", "label": "Since", "type": "date", "fieldType": "date", "groupName": "contactinformation"}
    api.post("/crm/properties/2026-09/contacts", day)
    contact_id = portal.create_contact({"firstname": "Ana"})
    change = {"properties": {"since": "2026-11-22T13:00:00Z"}}
    for old in (f"/crm/objects/2026-03/contacts/{contact_id}", f"/crm/v3/objects/contacts/{contact_id}"):
        assert refusal(api.patch(old, change), 400)["errors"][0]["code"] == "INVALID_DATE"
    body = api.patch(f"{CONTACTS}/{contact_id}", change).get_json()
    assert body["properties"]["since"] == "2026-11-22"
    assert body["warnings"][0]["category"] == "PROPERTY_VALUE_NORMALIZED"
    midnight = api.patch(f"/crm/v3/objects/contacts/{contact_id}", {"properties": {"since": "1795305600000"}})
    assert midnight.get_json()["properties"]["since"] == "2026-11-22"
