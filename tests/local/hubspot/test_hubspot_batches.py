"""Batches: all or nothing, unless every input carries a trace id (reference, section 4.7)."""

from __future__ import annotations

from local.hubspot import Portal

BATCH = "/crm/objects/2026-09/contacts/batch"


def inputs(*properties: dict, traces: bool = False) -> dict:
    return {
        "inputs": [
            {"properties": one, **({"objectWriteTraceId": f"t-{n}"} if traces else {})}
            for n, one in enumerate(properties)
        ]
    }


def test_one_bad_input_fails_the_whole_batch(api, portal: Portal):
    """Nothing is created."""
    answer = api.post(f"{BATCH}/create", inputs({"firstname": "Ana"}, {"foo": "1"}))
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert portal.contacts() == []


def test_unique_trace_ids_turn_on_multi_status(api, portal: Portal):
    """207, the good ones are created, and the bad one is found by its trace id."""
    portal.create_contact({"email": "taken@example.test"})
    wanted = inputs({"firstname": "Ana"}, {"foo": "1"}, {"email": "taken@example.test"}, traces=True)
    answer = api.post(f"{BATCH}/create", wanted)
    body = answer.get_json()
    assert answer.status_code == 207
    assert [one["objectWriteTraceId"] for one in body["results"]] == ["t-0"]
    assert body["numErrors"] == 2
    assert [one["context"]["objectWriteTraceId"] for one in body["errors"]] == [["t-1"], ["t-2"]]
    assert [one["category"] for one in body["errors"]] == ["VALIDATION_ERROR", "CONFLICT"]
    assert len(portal.contacts()) == 2


def test_repeated_trace_ids_do_not(api, portal: Portal):
    """They are echoed, but one bad input still fails all."""
    wanted = inputs({"firstname": "Ana"}, {"foo": "1"}, traces=True)
    wanted["inputs"][1]["objectWriteTraceId"] = "t-0"
    assert api.post(f"{BATCH}/create", wanted).status_code == 400
    assert portal.contacts() == []


def test_one_address_cannot_be_created_twice_in_a_batch(api, portal: Portal):
    """The second input conflicts with the first, though neither exists yet."""
    answer = api.post(f"{BATCH}/create", inputs({"email": "a@example.test"}, {"email": "A@example.test"}))
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert portal.contacts() == []


def test_an_update_of_an_unknown_id_fails_alone(api, portal: Portal):
    """207, and the others are updated."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    wanted = {"inputs": [{"id": contact_id, "properties": {"city": "Lima"}}, {"id": "9", "properties": {"city": "x"}}]}
    answer = api.post(f"{BATCH}/update", wanted)
    assert answer.status_code == 207
    (error,) = answer.get_json()["errors"]
    assert error["message"] == (
        "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    )
    assert error["context"] == {"ids": ["9"]}
    assert portal.contact(contact_id)["city"] == "Lima"


def test_a_bad_value_fails_the_whole_update_unless_traced(api, portal: Portal):
    """The same rule as for create."""
    first, second = (portal.create_contact({"firstname": name}) for name in ("Ana", "Zoë"))
    wanted = {
        "inputs": [
            {"id": first, "properties": {"city": "Lima"}},
            {"id": second, "properties": {"numemployees": "many"}},
        ]
    }
    assert api.post(f"{BATCH}/update", wanted).status_code == 400
    assert "city" not in portal.contact(first)
    for n, one in enumerate(wanted["inputs"]):
        one["objectWriteTraceId"] = str(n)
    assert api.post(f"{BATCH}/update", wanted).status_code == 207
    assert portal.contact(first)["city"] == "Lima"


def test_a_hundred_inputs_are_the_most(api):
    """One more is a 400, in every batch."""
    for doing, one in (
        ("create", {"properties": {"firstname": "Ana"}}),
        ("read", {"id": "1"}),
        ("update", {"id": "1", "properties": {"city": "x"}}),
        ("upsert", {"id": "1", "idProperty": "email", "properties": {"city": "x"}}),
        ("archive", {"id": "1"}),
    ):
        answer = api.post(f"{BATCH}/{doing}", {"inputs": [one] * 101})
        assert answer.status_code == 400, doing
        assert "100" in answer.get_json()["message"]


def test_one_record_cannot_be_updated_twice_in_a_batch(api, portal: Portal):
    """Ids must be unique."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    one = {"id": contact_id, "properties": {"city": "x"}}
    answer = api.post(f"{BATCH}/update", {"inputs": [one, one]})
    assert answer.status_code == 400
    assert contact_id in answer.get_json()["message"]


def test_upsert_needs_a_unique_property(api):
    """hs_object_id is none (section 4.5)."""
    one = {"id": "1", "idProperty": "hs_object_id", "properties": {"city": "x"}}
    answer = api.post("/crm/objects/2026-09/companies/batch/upsert", {"inputs": [one]})
    assert answer.status_code == 400
    assert answer.get_json()["message"] == (
        "Unable to perform update/upsert by non-unique 0-2 property hs_object_id in portal ID 48120771"
    )


def test_archived_records_are_read_only_when_asked_for(api, portal: Portal):
    """`archived=true` shows those and no others."""
    gone, here = (portal.create_contact({"firstname": name}) for name in ("Ana", "Zoë"))
    portal.archive_contact(gone)
    wanted = {"inputs": [{"id": gone}, {"id": here}], "properties": ["firstname"]}
    alive = api.post(f"{BATCH}/read", wanted).get_json()
    archived = api.post(f"{BATCH}/read?archived=true", wanted).get_json()
    assert [one["id"] for one in alive["results"]] == [here]
    assert [(one["id"], one["archived"]) for one in archived["results"]] == [(gone, True)]
    listed = api.get("/crm/objects/2026-09/contacts?archived=true").get_json()["results"]
    assert [one["id"] for one in listed] == [gone]


def test_a_batch_creates_links_inline(api, portal: Portal):
    """With association types as seen from the new record."""
    company_id = portal.create_company({"name": "Acme"})
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    one = {"properties": {"firstname": "Ana"}, "associations": [{"to": {"id": company_id}, "types": types}]}
    answer = api.post(f"{BATCH}/create", {"inputs": [one]})
    assert answer.status_code == 201
    assert portal.primary_company(answer.get_json()["results"][0]["id"]) == company_id
