"""Merging, archiving, restoring, and the stamps that HubSpot sets (reference, sections 4.3, 4.5 and 4.8)."""

from __future__ import annotations

import pytest

from local.hubspot import HubSpot, Portal

OBJECTS = "/crm/objects/2026-09"


@pytest.fixture
def pair(portal: Portal) -> tuple[str, str]:
    kept = portal.create_contact({"email": "kept@example.test", "firstname": "Ana", "city": "Lima"})
    gone = portal.create_contact({"email": "gone@example.test", "firstname": "Anna", "phone": "123"})
    return kept, gone


def test_the_primary_records_values_win(portal: Portal, pair):
    """What it lacks is taken from the other; both addresses stay."""
    kept, gone = pair
    assert portal.merge_contacts(kept, gone) == kept
    merged = portal.contact(kept)
    assert (merged["firstname"], merged["city"], merged["phone"]) == ("Ana", "Lima", "123")
    assert (merged["email"], merged["hs_additional_emails"]) == ("kept@example.test", "gone@example.test")
    assert merged["hs_merged_object_ids"] == gone
    assert merged["hs_all_contact_vids"] == f"{kept};{gone}"
    with pytest.raises(KeyError):
        portal.contact(gone)


def test_a_merged_away_id_stands_for_the_survivor_in_single_calls(api, portal: Portal, pair):
    """GET and PATCH follow it, batch/update and lists do not."""
    kept, gone = pair
    portal.merge_contacts(kept, gone)
    assert api.get(f"{OBJECTS}/contacts/{gone}").get_json()["id"] == kept
    patched = api.patch(f"{OBJECTS}/contacts/{gone}", {"properties": {"city": "Quito"}})
    assert patched.get_json()["id"] == kept
    assert portal.contact(kept)["city"] == "Quito"
    batch = {"inputs": [{"id": gone, "properties": {"city": "x"}}]}
    assert api.post(f"{OBJECTS}/contacts/batch/update", batch).status_code == 207
    assert [one["id"] for one in api.get(f"{OBJECTS}/contacts").get_json()["results"]] == [kept]


def test_the_survivor_can_be_a_third_record(api, portal: Portal, pair, events):
    """Then both old ids stand for it, and the event says so."""
    kept, gone = pair
    events()
    survivor = portal.merge_contacts(kept, gone, new_id=True)
    assert survivor not in pair
    (merge,) = [one for one in events() if one["subscriptionType"] == "contact.merge"]
    assert (merge["primaryObjectId"], merge["newObjectId"]) == (int(kept), int(survivor))
    assert merge["mergedObjectIds"] == [int(gone)]
    for old in pair:
        assert api.get(f"{OBJECTS}/contacts/{old}").get_json()["id"] == survivor
    assert portal.contact(survivor)["email"] == "kept@example.test"
    assert set(portal.contact(survivor)["hs_merged_object_ids"].split(";")) == set(pair)


def test_merging_by_api_can_make_a_third_record_too(api, hub: HubSpot, pair):
    """A setting, because HubSpot does it in some accounts."""
    hub.settings.merge_makes_new_id = True
    kept, gone = pair
    body = {"primaryObjectId": kept, "objectIdToMerge": gone}
    assert api.post(f"{OBJECTS}/contacts/merge", body).get_json()["id"] not in pair


def test_merges_chain(api, portal: Portal, pair):
    """The id of a record merged into a record that was merged away still finds the last survivor."""
    kept, gone = pair
    last = portal.create_contact({"firstname": "Zoë"})
    portal.merge_contacts(kept, gone)
    portal.merge_contacts(last, kept)
    assert api.get(f"{OBJECTS}/contacts/{gone}").get_json()["id"] == last
    assert portal.contact(last)["email"] == "kept@example.test"


def test_links_move_to_the_survivor(portal: Portal, pair):
    """The primary record's primary company stays primary."""
    kept, gone = pair
    acme, bolt = portal.create_company({"name": "Acme"}), portal.create_company({"name": "Bolt"})
    portal.associate(kept, acme)
    portal.associate(gone, bolt)
    portal.merge_contacts(kept, gone)
    assert portal.primary_company(kept) == acme
    assert portal.company(bolt)["num_associated_contacts"] == "1"


def test_a_survivor_without_company_takes_the_others(portal: Portal, pair):
    """Also when the survivor is a third record."""
    kept, gone = pair
    acme = portal.create_company({"name": "Acme"})
    portal.associate(gone, acme)
    survivor = portal.merge_contacts(kept, gone, new_id=True)
    assert portal.primary_company(survivor) == acme
    assert portal.company(acme)["num_associated_contacts"] == "1"


def test_companies_merge_too(api, portal: Portal):
    """And their contacts follow."""
    kept, gone = portal.create_company({"name": "Acme"}), portal.create_company({"name": "Acme Ltd"})
    contact_id = portal.create_contact({"firstname": "Ana"}, gone)
    answer = api.post(f"{OBJECTS}/companies/merge", {"primaryObjectId": kept, "objectIdToMerge": gone})
    assert answer.get_json()["id"] == kept
    assert portal.primary_company(contact_id) == kept
    assert portal.contact(contact_id)["associatedcompanyid"] == kept


def test_merged_addresses_stay_taken(api, portal: Portal, pair):
    """A new contact with the merged-away address conflicts with the survivor."""
    kept, gone = pair
    portal.merge_contacts(kept, gone)
    answer = api.post(f"{OBJECTS}/contacts", {"properties": {"email": "gone@example.test"}})
    assert answer.status_code == 409
    assert kept in answer.get_json()["message"]


def test_a_restored_contact_finds_its_companies_again(portal: Portal):
    """Those that still live; primary ones only if no other took their place."""
    acme, bolt = portal.create_company({"name": "Acme"}), portal.create_company({"name": "Bolt"})
    contact_id = portal.create_contact({"firstname": "Ana"}, acme)
    portal.associate(contact_id, bolt)
    portal.archive_contact(contact_id)
    assert portal.company(acme)["num_associated_contacts"] == "0"
    portal.archive_company(bolt)
    portal.restore_contact(contact_id)
    assert portal.primary_company(contact_id) == acme
    assert [one["id"] for one in portal.contacts()[0]["associations"]] == [acme]


def test_each_type_stamps_its_own_property(api, portal: Portal, clock):
    """`lastmodifieddate` on contacts, `hs_lastmodifieddate` on companies."""
    contact_id, company_id = portal.create_contact({"firstname": "Ana"}), portal.create_company({"name": "Acme"})
    clock.advance(60)
    contact = api.patch(f"{OBJECTS}/contacts/{contact_id}", {"properties": {"city": "Lima"}}).get_json()
    company = api.patch(f"{OBJECTS}/companies/{company_id}", {"properties": {"city": "Lima"}}).get_json()
    later, earlier = "2026-11-22T00:01:00.000Z", "2026-11-22T00:00:00.000Z"
    assert contact["properties"]["lastmodifieddate"] == contact["updatedAt"] == later
    assert company["properties"]["hs_lastmodifieddate"] == company["updatedAt"] == later
    assert contact["properties"]["createdate"] == contact["createdAt"] == earlier
    assert "lastmodifieddate" not in company["properties"]


def test_writing_the_same_value_leaves_the_stamp_alone(api, portal: Portal, clock):
    """No change, no modification, no new version."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    clock.advance(60)
    same = api.patch(f"{OBJECTS}/contacts/{contact_id}", {"properties": {"firstname": "Ana"}}).get_json()
    assert same["updatedAt"] == "2026-11-22T00:00:00.000Z"
    assert len(portal.history(contact_id, "firstname")) == 1


def test_what_hubspot_fills_in(api):
    """Calculated values of a new contact (section 4.3)."""
    properties = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Ruiz", "phone": "+1 (650) 555-0100"}
    made = api.post(f"{OBJECTS}/contacts", {"properties": properties}).get_json()
    assert (
        made["properties"]
        | {
            "hs_email_domain": "acme.example",
            "hs_full_name_or_email": "Ana Ruiz",
            "hs_pipeline": "contacts-lifecycle-pipeline",
            "hs_searchable_calculated_phone_number": "6505550100",
            "lifecyclestage": "lead",
            "hs_all_contact_vids": made["id"],
            "hs_object_source_label": "INTEGRATION",
        }
        == made["properties"]
    )


def test_histories_are_kept(portal: Portal, clock):
    """Newest first, with who and when; clearing is a version too."""
    contact_id = portal.create_contact({"firstname": "Ana", "city": "Lima"})
    clock.advance(60)
    portal.update_contact(contact_id, {"city": ""})
    assert portal.history(contact_id, "city") == [
        {
            "value": "",
            "timestamp": "2026-11-22T00:01:00.000Z",
            "sourceType": "CRM_UI",
            "sourceId": "userId:61022",
            "sourceLabel": "CRM_UI",
            "updatedByUserId": 61022,
        },
        {
            "value": "Lima",
            "timestamp": "2026-11-22T00:00:00.000Z",
            "sourceType": "CRM_UI",
            "sourceId": "userId:61022",
            "sourceLabel": "CRM_UI",
            "updatedByUserId": 61022,
        },
    ]
    assert "city" not in portal.contact(contact_id)


def test_ids_begin_where_one_likes(hub: HubSpot):
    """They ascend, but not by one."""
    portal = hub.add_portal(999, first_ids={"contacts": 5_000})
    ids = [int(portal.create_contact({"firstname": "x"})) for _ in range(5)]
    assert ids[0] == 5_000
    assert ids == sorted(ids)
    assert ids != list(range(5_000, 5_005))
