"""HubSpot's generated client for the v1, v3 and v4 paths gets what it expects: the same code answers them."""

from __future__ import annotations

import json

import hubspot
import pytest
from hubspot import oauth
from hubspot.crm import associations, companies, contacts, properties

from local.hubspot import HubSpot, Portal


def test_a_contact_can_be_created_read_updated_and_archived(legacy, portal: Portal):
    """The life of a contact; the client checks required fields of every answer itself."""
    api = legacy.crm.contacts.basic_api
    wanted = contacts.SimplePublicObjectInputForCreate(properties={"email": "ana@example.test", "firstname": "Ana"})
    made = api.create(simple_public_object_input_for_create=wanted)
    assert made.properties["hs_full_name_or_email"] == "Ana"
    update = contacts.SimplePublicObjectInput(properties={"firstname": "Anna"})
    api.update(made.id, simple_public_object_input=update)
    read = api.get_by_id(made.id, properties=["firstname", "lastname"], properties_with_history=["firstname"])
    assert read.properties["firstname"] == "Anna"
    assert read.properties["lastname"] is None
    assert [one.value for one in read.properties_with_history["firstname"]] == ["Anna", "Ana"]
    api.archive(made.id)
    with pytest.raises(contacts.ApiException) as refusal:
        api.get_by_id(made.id)
    assert refusal.value.status == 404
    assert portal.contacts() == []


def test_a_second_contact_with_an_address_is_a_conflict(legacy, portal: Portal):
    """409, and the id of the first one only in the text."""
    first = portal.create_contact({"email": "ana@example.test"})
    wanted = contacts.SimplePublicObjectInputForCreate(properties={"email": "ANA@example.test"})
    with pytest.raises(contacts.ApiException) as refusal:
        legacy.crm.contacts.basic_api.create(simple_public_object_input_for_create=wanted)
    assert refusal.value.status == 409
    assert json.loads(refusal.value.body)["message"] == f"Contact already exists. Existing ID: {first}"


def test_all_contacts_come_page_by_page(legacy, portal: Portal):
    """The client's own paging helper follows our cursors."""
    ids = [portal.create_contact({"firstname": f"Number {n}"}) for n in range(7)]
    page = legacy.crm.contacts.basic_api.get_page(limit=3)
    seen = [one.id for one in page.results]
    while page.paging:
        page = legacy.crm.contacts.basic_api.get_page(limit=3, after=page.paging.next.after)
        seen += [one.id for one in page.results]
    assert seen == ids


def test_batches_and_search(legacy, portal: Portal, clock):
    """Create three companies at once, then find two of them."""
    inputs = [
        companies.SimplePublicObjectBatchInputForCreate(properties={"name": name, "city": "Lima"}, associations=[])
        for name in ("Acme", "Bolt")
    ]
    batch = companies.BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    made = legacy.crm.companies.batch_api.create(batch_input_simple_public_object_batch_input_for_create=batch)
    assert made.status == "COMPLETE"
    portal.create_company({"name": "Crux"})
    clock.advance(2)
    request = companies.PublicObjectSearchRequest(
        filter_groups=[{"filters": [{"propertyName": "city", "operator": "EQ", "value": "Lima"}]}],
        sorts=[{"propertyName": "name", "direction": "DESCENDING"}],
        properties=["name"],
        limit=10,
        after="0",
    )
    found = legacy.crm.companies.search_api.do_search(public_object_search_request=request)
    assert [one.properties["name"] for one in found.results] == ["Bolt", "Acme"]


def test_a_batch_that_reads_an_unknown_id_is_a_multi_status(legacy, portal: Portal):
    """The client reads a 207 as another model, with errors."""
    known = portal.create_contact({"firstname": "Ana"})
    body = contacts.BatchReadInputSimplePublicObjectId(
        inputs=[{"id": known}, {"id": "999"}], properties=["firstname"], properties_with_history=[]
    )
    answer = legacy.crm.contacts.batch_api.read(batch_read_input_simple_public_object_id=body)
    assert answer.num_errors == 1
    assert answer.errors[0].category == "OBJECT_NOT_FOUND"
    assert answer.errors[0].context["ids"] == ["999"]
    assert [one.id for one in answer.results] == [known]


def test_associations_v4(legacy, portal: Portal):
    """Labelled and default links, and reading them back."""
    api = legacy.crm.associations.v4
    company_id = portal.create_company({"name": "Acme"})
    other_id = portal.create_company({"name": "Bolt"})
    contact_id = portal.create_contact({"firstname": "Ana"}, company_id)
    spec = [associations.v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)]
    linked = api.basic_api.create("contacts", contact_id, "companies", other_id, association_spec=spec)
    assert linked.labels == ["Primary"]
    assert portal.primary_company(contact_id) == other_id
    page = api.basic_api.get_page("contacts", contact_id, "companies")
    assert [str(one.to_object_id) for one in page.results] == [company_id, other_id]
    labels = legacy.crm.associations.v4.schema.definitions_api.get_all("contacts", "companies")
    assert {(one.type_id, one.label) for one in labels.results} == {(1, "Primary"), (279, None)}


def test_a_property_name_can_be_taken(legacy):
    """409 with the sub-category that says why."""
    wanted = properties.PropertyCreate(
        name="qbo_id", label="QBO", type="string", field_type="text", group_name="contactinformation"
    )
    legacy.crm.properties.core_api.create("contacts", property_create=wanted)
    with pytest.raises(properties.ApiException) as refusal:
        legacy.crm.properties.core_api.create("contacts", property_create=wanted)
    body = json.loads(refusal.value.body)
    assert refusal.value.status == 409
    assert body["category"] == "OBJECT_ALREADY_EXISTS"
    assert body["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert body["message"] == "A property named 'qbo_id' already exists."


def test_tokens_through_the_client(url: str, hub: HubSpot, clock):
    """A code becomes tokens, a refresh token becomes a new access token, and that one works."""
    hubspot_client = hubspot.HubSpot(host=url)
    code = hub.oauth.new_code(48120771, ["oauth", "crm.objects.contacts.read"], "https://sync.example.test/cb")
    first = hubspot_client.oauth.tokens_api.create(
        grant_type="authorization_code",
        code=code,
        redirect_uri="https://sync.example.test/cb",
        client_id="client",
        client_secret="secret",
    )
    assert first.expires_in == 1800
    clock.advance(1801)
    again = hubspot_client.oauth.tokens_api.create(
        grant_type="refresh_token", refresh_token=first.refresh_token, client_id="client", client_secret="secret"
    )
    assert again.refresh_token == first.refresh_token
    known = hubspot_client.oauth.access_tokens_api.get(again.access_token)
    assert (known.hub_id, known.app_id) == (48120771, 31415926)
    reader = hubspot.HubSpot(access_token=again.access_token, host=url)
    assert reader.crm.contacts.basic_api.get_page().results == []


def test_strict_rotation_through_the_client(url: str, hub: HubSpot):
    """Each refresh gives a new value; the client looks at it, deletes it, and is told that it is gone."""
    hub.settings.rotate_refresh_tokens = True
    client = hubspot.HubSpot(host=url).oauth
    me = {"client_id": "client", "client_secret": "secret"}
    code = hub.oauth.new_code(48120771, ["oauth"], "https://sync.example.test/cb")
    values = [
        client.tokens_api.create(
            grant_type="authorization_code", code=code, redirect_uri="https://sync.example.test/cb", **me
        ).refresh_token
    ]
    for _ in range(3):
        answer = client.tokens_api.create(grant_type="refresh_token", refresh_token=values[-1], **me)
        values.append(answer.refresh_token)
    assert len(set(values)) == 4
    known = client.refresh_tokens_api.get(values[-1])
    assert (known.hub_id, known.token, known.token_type, known.client_id) == (48120771, values[-1], "refresh", "client")
    assert known.scopes == ["oauth"]
    with pytest.raises(oauth.ApiException) as outdated:
        client.refresh_tokens_api.get(values[-2])
    assert outdated.value.status == 404
    client.refresh_tokens_api.archive(values[-1])
    with pytest.raises(oauth.ApiException) as gone:
        client.tokens_api.create(grant_type="refresh_token", refresh_token=values[-1], **me)
    assert (gone.value.status, json.loads(gone.value.body)["status"]) == (400, "BAD_REFRESH_TOKEN")


def test_an_outdated_value_ends_the_grant_for_the_client_too(url: str, hub: HubSpot):
    """The value that was given last is dead as well."""
    hub.settings.rotate_refresh_tokens = True
    client = hubspot.HubSpot(host=url).oauth
    me = {"client_id": "client", "client_secret": "secret", "grant_type": "refresh_token"}
    first = hub.issue_tokens(48120771)["refresh_token"]
    second = client.tokens_api.create(refresh_token=first, **me).refresh_token
    for value in (first, second):
        with pytest.raises(oauth.ApiException):
            client.tokens_api.create(refresh_token=value, **me)


def test_merging_and_privacy_deletion(legacy, portal: Portal):
    """Two become one, and then none."""
    kept = portal.create_contact({"email": "kept@example.test"})
    gone = portal.create_contact({"email": "gone@example.test"})
    wanted = contacts.PublicMergeInput(primary_object_id=kept, object_id_to_merge=gone)
    assert legacy.crm.contacts.basic_api.merge(public_merge_input=wanted).id == kept
    forget = contacts.PublicGdprDeleteInput(object_id="gone@example.test", id_property="email")
    legacy.crm.contacts.basic_api.purge(public_gdpr_delete_input=forget)
    assert portal.contacts() == []
