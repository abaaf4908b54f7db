"""Owners: a portal's users as records can be given to them, as HubSpot's own clients read them."""

from __future__ import annotations

import pytest

from local.hubspot import HubSpot, Portal
from tests.local.hubspot.conftest import PORTAL_ID, Api

OWNERS = "/crm/owners/2026-09"


@pytest.fixture
def many(portal: Portal) -> list[str]:
    """Five in all; the first is the user who opened the portal."""
    for name in ("Ben", "Cleo", "Dora", "Emil"):
        portal.add_owner(f"{name.lower()}@portal.example", name, "Owner")
    return list(portal.owners.rows)


def test_an_owner_has_the_fields_of_the_specification(api):
    """The owner's id is not the user's."""
    [owner] = api.get(OWNERS).get_json()["results"]
    assert owner == {
        "id": owner["id"], "email": "admin@portal.example", "type": "PERSON", "firstName": "Ada", "lastName": "Admin",
        "userId": 61022, "userIdIncludingInactive": 61022, "archived": False,
        "createdAt": "2026-11-22T00:00:00.000Z", "updatedAt": "2026-11-22T00:00:00.000Z",
    }  # fmt: skip
    assert owner["id"] != "61022"


def test_the_sample_has_the_people_who_work_in_it(hub: HubSpot):
    sample = hub.add_portal(7, sample=True)
    assert [one.first_name for one in sample.owners.rows.values()] == ["Ada", "Craig", "Jenny"]


def test_pages(api, many: list[str]):
    """A page says where the next begins; the last one does not."""
    seen, after = [], ""
    while True:
        body = api.get(f"{OWNERS}?limit=2{after}").get_json()
        seen.append([one["id"] for one in body["results"]])
        if "paging" not in body:
            break
        after = f"&after={body['paging']['next']['after']}"
    assert seen == [many[:2], many[2:4], many[4:]]


@pytest.mark.parametrize("query", ["limit=501", "limit=0", "after=x", "archived=maybe", "colour=red"])
def test_a_wrong_question_is_refused(api, query: str):
    assert api.get(f"{OWNERS}?{query}").status_code == 400


def test_a_deactivated_user_is_archived(api, portal: Portal, many: list[str]):
    """No longer listed, and found by the owner's id as archived only."""
    portal.deactivate_owner(many[1])
    assert many[1] not in [one["id"] for one in api.get(OWNERS).get_json()["results"]]
    [gone] = api.get(f"{OWNERS}?archived=true").get_json()["results"]
    assert (gone["id"], gone["archived"], "userId" in gone) == (many[1], True, False)
    assert api.get(f"{OWNERS}/{many[1]}").status_code == 404
    assert api.get(f"{OWNERS}/{many[1]}?archived=true").status_code == 200


def test_without_the_scope_it_is_forbidden(hub: HubSpot):
    """With the body that names it."""
    token = hub.issue_tokens(PORTAL_ID, scopes=["oauth", "crm.objects.contacts.read"])["access_token"]
    refused = Api(hub, token).get(OWNERS)
    body = refused.get_json()
    assert (refused.status_code, body["category"]) == (403, "MISSING_SCOPES")
    assert body["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.owners.read"]}


def test_the_dated_client_reads_them(sdk, many: list[str]):
    """It follows the pages by itself."""
    assert [one.id for one in sdk.crm.owners.list(limit=2)] == many
    found = sdk.crm.owners.list(email="cleo@portal.example").results
    assert [(one.first_name, one.type, one.archived) for one in found] == [("Cleo", "PERSON", False)]
    one = sdk.crm.owners.get(owner_id=int(many[2]))
    assert sdk.crm.owners.get(owner_id=one.user_id, id_property="userId").id == many[2]


def test_the_legacy_client_reads_them(legacy, many: list[str]):
    page = legacy.crm.owners.owners_api.get_page(limit=3)
    assert ([one.id for one in page.results], page.paging.next.after) == (many[:3], many[2])
    assert [one.id for one in legacy.crm.owners.get_all()] == many
    assert legacy.crm.owners.owners_api.get_by_id(int(many[0])).email == "admin@portal.example"
