"""Links between contacts and companies (reference, section 5)."""

from __future__ import annotations

import pytest

from local.hubspot import Portal

OBJECTS = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09/contacts/companies"


def hubspot_type(type_id: int) -> list[dict]:
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]


@pytest.fixture
def contact(portal: Portal) -> str:
    return portal.create_contact({"firstname": "Ana"})


@pytest.fixture
def acme(portal: Portal) -> str:
    return portal.create_company({"name": "Acme"})


@pytest.fixture
def bolt(portal: Portal) -> str:
    return portal.create_company({"name": "Bolt"})


def listed(api, contact: str) -> dict[str, set[tuple[int, str | None]]]:
    results = api.get(f"{OBJECTS}/contacts/{contact}/associations/companies").get_json()["results"]
    return {
        str(one["toObjectId"]): {(kind["typeId"], kind["label"]) for kind in one["associationTypes"]} for one in results
    }


def test_the_first_company_becomes_primary(api, portal: Portal, contact: str, acme: str, bolt: str):
    """And a second one does not."""
    for company in (acme, bolt):
        answer = api.put(f"{OBJECTS}/contacts/{contact}/associations/default/companies/{company}")
        assert answer.status_code == 200
    assert listed(api, contact) == {acme: {(1, "Primary"), (279, None)}, bolt: {(279, None)}}
    assert portal.contact(contact)["associatedcompanyid"] == acme
    assert portal.company(acme)["num_associated_contacts"] == "1"


def test_the_primary_mark_moves(api, portal: Portal, contact: str, acme: str, bolt: str):
    """One primary per contact; the old company stays linked."""
    portal.associate(contact, acme)
    answer = api.put(f"{OBJECTS}/contacts/{contact}/associations/companies/{bolt}", hubspot_type(1))
    assert answer.status_code == 201
    assert answer.get_json() == {
        "fromObjectTypeId": "0-1",
        "fromObjectId": int(contact),
        "toObjectTypeId": "0-2",
        "toObjectId": int(bolt),
        "labels": ["Primary"],
    }
    assert listed(api, contact) == {acme: {(279, None)}, bolt: {(1, "Primary"), (279, None)}}
    assert portal.contact(contact)["associatedcompanyid"] == bolt


def test_links_work_from_the_company_too(api, portal: Portal, contact: str, acme: str):
    """With the reverse type ids 280 and 2."""
    answer = api.put(f"{OBJECTS}/0-2/{acme}/associations/0-1/{contact}", hubspot_type(2))
    assert answer.status_code == 201
    assert portal.primary_company(contact) == acme
    results = api.get(f"{OBJECTS}/companies/{acme}/associations/contacts").get_json()["results"]
    assert {kind["typeId"] for kind in results[0]["associationTypes"]} == {2, 280}


def test_the_wrong_direction_is_refused(api, contact: str, acme: str):
    """280 leads from a company, not from a contact; 931 is not imitated."""
    for type_id in (280, 931):
        answer = api.put(f"{OBJECTS}/contacts/{contact}/associations/companies/{acme}", hubspot_type(type_id))
        assert answer.status_code == 400
    assert listed(api, contact) == {}


def test_removing_a_pair_removes_every_type(api, portal: Portal, contact: str, acme: str):
    """And the contact no longer shows a primary company."""
    portal.associate(contact, acme)
    assert api.delete(f"{OBJECTS}/contacts/{contact}/associations/companies/{acme}").status_code == 204
    assert listed(api, contact) == {}
    assert "associatedcompanyid" not in portal.contact(contact)


def test_removing_labels(api, portal: Portal, contact: str, acme: str):
    """The primary type alone leaves the link; the unlabelled type takes all."""
    portal.associate(contact, acme)
    one = {"from": {"id": contact}, "to": {"id": acme}}
    api.post(f"{LINKS}/batch/labels/archive", {"inputs": [{**one, "types": hubspot_type(1)}]})
    assert listed(api, contact) == {acme: {(279, None)}}
    api.post(f"{LINKS}/batch/labels/archive", {"inputs": [{**one, "types": hubspot_type(279)}]})
    assert listed(api, contact) == {}


def test_labels_of_ones_own(api, contact: str, acme: str):
    """A type id for each direction; sending labels again replaces them."""
    made = api.post(f"{LINKS}/labels", {"name": "payer", "label": "Pays", "inverseLabel": "Paid by"}).get_json()
    pays, paid_by = (one["typeId"] for one in made["results"])
    other = api.post(f"{LINKS}/labels", {"name": "boss", "label": "Boss"}).get_json()["results"][0]["typeId"]
    link = f"{OBJECTS}/contacts/{contact}/associations/companies/{acme}"
    api.put(link, [{"associationCategory": "USER_DEFINED", "associationTypeId": pays}])
    assert listed(api, contact)[acme] == {(1, "Primary"), (279, None), (pays, "Pays")}
    back = api.get(f"{OBJECTS}/companies/{acme}/associations/contacts").get_json()["results"][0]
    assert {kind["typeId"] for kind in back["associationTypes"]} == {2, 280, paid_by}
    api.put(link, [{"associationCategory": "USER_DEFINED", "associationTypeId": other}])
    assert listed(api, contact)[acme] == {(1, "Primary"), (279, None), (other, "Boss")}
    assert api.delete(f"{LINKS}/labels/{other}").status_code == 204
    assert listed(api, contact)[acme] == {(1, "Primary"), (279, None)}


def test_batch_read_tells_who_has_no_links(api, portal: Portal, contact: str, acme: str):
    """207: results for those with links, an error for each of the others."""
    lonely = portal.create_contact({"firstname": "Zoë"})
    portal.associate(contact, acme)
    answer = api.post(f"{LINKS}/batch/read", {"inputs": [{"id": contact}, {"id": lonely}]})
    body = answer.get_json()
    assert answer.status_code == 207
    assert body["results"][0]["from"] == {"id": contact}
    assert body["results"][0]["to"][0]["toObjectId"] == int(acme)
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert body["errors"][0]["context"]["fromObjectId"] == [lonely]


def test_batch_writes(api, portal: Portal, contact: str, acme: str, bolt: str):
    """Default links, labelled links, removal."""
    pair = {"from": {"id": contact}, "to": {"id": acme}}
    made = api.post(f"{LINKS}/batch/associate/default", {"inputs": [pair]})
    assert (made.status_code, len(made.get_json()["results"])) == (200, 2)
    labelled = {"from": {"id": contact}, "to": {"id": bolt}, "types": hubspot_type(1)}
    assert api.post(f"{LINKS}/batch/create", {"inputs": [labelled]}).status_code == 201
    assert portal.primary_company(contact) == bolt
    gone = {"inputs": [{"from": {"id": contact}, "to": [{"id": acme}, {"id": bolt}]}]}
    assert api.post(f"{LINKS}/batch/archive", gone).status_code == 204
    assert listed(api, contact) == {}


def test_batch_limits(api):
    """1,000 to read, 2,000 to write."""
    assert api.post(f"{LINKS}/batch/read", {"inputs": [{"id": "1"}] * 1001}).status_code == 400
    pair = {"from": {"id": "1"}, "to": {"id": "2"}}
    assert api.post(f"{LINKS}/batch/associate/default", {"inputs": [pair] * 2001}).status_code == 400


def test_links_to_unknown_records_are_refused(api, contact: str):
    """404 alone, 207 in a batch."""
    assert api.put(f"{OBJECTS}/contacts/{contact}/associations/default/companies/999").status_code == 404
    pair = {"from": {"id": contact}, "to": {"id": "999"}}
    answer = api.post(f"{LINKS}/batch/associate/default", {"inputs": [pair]})
    assert answer.status_code == 207
    assert answer.get_json()["errors"][0]["context"] == {"fromObjectId": [contact], "toObjectId": ["999"]}


def test_archiving_a_company_unlinks_it(portal: Portal, contact: str, acme: str):
    """The contact shows no primary company any more."""
    portal.associate(contact, acme)
    portal.archive_company(acme)
    assert portal.primary_company(contact) is None
    assert "associatedcompanyid" not in portal.contact(contact)


def test_pages_of_links(api, portal: Portal, contact: str):
    """`after` is the next company's id."""
    companies = [portal.create_company({"name": f"Number {n}"}) for n in range(3)]
    for company in companies:
        portal.associate(contact, company)
    path = f"{OBJECTS}/contacts/{contact}/associations/companies"
    first = api.get(f"{path}?limit=2").get_json()
    assert first["paging"]["next"]["after"] == companies[2]
    rest = api.get(f"{path}?limit=2&after={companies[2]}").get_json()
    assert [str(one["toObjectId"]) for one in rest["results"]] == companies[2:]
