"""HubSpot's own client for the dated API versions gets what it expects."""

from __future__ import annotations

from urllib.parse import urlencode

import hubspot_sdk
import pytest
from hubspot_sdk.types.auth import AccessTokenResponse, PublicAccessTokenInfoResponse, PublicRefreshTokenInfoResponse

from local.hubspot import HubSpot, Portal

ME = {"client_id": "client", "client_secret": "secret"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_contact_can_be_created_read_updated_and_archived(sdk, portal: Portal):
    """The life of a contact through the vendor's models."""
    made = sdk.crm.objects.contacts.create(
        properties={"email": "Ana@Example.test", "firstname": "Ana", "lastname": "Ruiz"}, associations=[]
    )
    assert made.properties["email"] == "ana@example.test"
    assert made.properties["hs_object_id"] == made.id
    assert made.properties["hs_object_source"] == "INTEGRATION"
    assert made.properties["hs_object_source_id"] == "31415926"
    assert made.archived is False
    assert made.url == f"https://app.hubspot.com/contacts/48120771/record/0-1/{made.id}"

    sdk.crm.objects.contacts.update(made.id, properties={"lastname": "Ruiz Gómez", "phone": ""})
    read = sdk.crm.objects.contacts.get(made.id, properties=["lastname", "phone", "unheard_of"])
    assert read.properties["lastname"] == "Ruiz Gómez"
    assert read.properties["phone"] is None
    assert "unheard_of" not in read.properties

    sdk.crm.objects.contacts.delete(made.id)
    with pytest.raises(hubspot_sdk.NotFoundError):
        sdk.crm.objects.contacts.get(made.id)
    assert sdk.crm.objects.contacts.get(made.id, archived=True).archived_at is not None
    assert portal.contacts() == []


def test_unasked_a_read_returns_the_default_properties(sdk, portal: Portal):
    """Six for a contact, five for a company; a defined but empty one is null."""
    contact_id = portal.create_contact({"firstname": "Ana", "city": "Lima"})
    company_id = portal.create_company({"name": "Acme", "city": "Lima"})
    contact = sdk.crm.objects.contacts.get(contact_id)
    company = sdk.crm.objects.companies.get(company_id)
    assert set(contact.properties) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    assert contact.properties["email"] is None
    assert set(company.properties) == {"createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"}


def test_the_client_pages_through_a_list(sdk, portal: Portal):
    """Pages follow ascending ids, and the last one has no cursor."""
    ids = [portal.create_contact({"firstname": f"Number {n}"}) for n in range(25)]
    page = sdk.crm.objects.contacts.list(limit=10)
    assert page.paging.next.after == ids[10]
    assert [contact.id for contact in sdk.crm.objects.contacts.list(limit=10)] == ids
    last = sdk.crm.objects.contacts.list(limit=10, after=ids[20])
    assert [contact.id for contact in last.results] == ids[20:]
    assert last.paging is None


def test_histories_come_newest_first(sdk, portal: Portal):
    """Each value with who set it and when."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    sdk.crm.objects.contacts.update(contact_id, properties={"firstname": "Anna"})
    read = sdk.crm.objects.contacts.get(contact_id, properties_with_history=["firstname"])
    versions = read.properties_with_history["firstname"]
    assert [(one.value, one.source_type) for one in versions] == [("Anna", "INTEGRATION"), ("Ana", "CRM_UI")]
    assert versions[0].source_id == "31415926"
    assert versions[1].updated_by_user_id == 61022


def test_a_record_shows_its_associations(sdk, portal: Portal):
    """A primary company is listed twice: as itself and unlabelled."""
    company_id = portal.create_company({"name": "Acme"})
    contact_id = portal.create_contact({"firstname": "Ana"}, company_id)
    read = sdk.crm.objects.contacts.get(contact_id, associations=["companies"])
    shown = [(one.id, one.type) for one in read.associations["companies"].results]
    assert shown == [(company_id, "contact_to_company"), (company_id, "contact_to_company_unlabeled")]
    back = sdk.crm.objects.companies.get(company_id, associations=["contacts"])
    assert {one.type for one in back.associations["contacts"].results} == {
        "company_to_contact",
        "company_to_contact_unlabeled",
    }


def test_companies_may_share_a_domain(sdk, portal: Portal):
    """A domain is not unique; the website is filled from it."""
    first = sdk.crm.objects.companies.create(properties={"name": "Acme", "domain": "Acme.example"}, associations=[])
    second = sdk.crm.objects.companies.create(properties={"name": "Acme 2", "domain": "acme.example"}, associations=[])
    assert first.id != second.id
    assert portal.company(first.id)["website"] == "acme.example"


def test_batches_of_contacts(sdk, portal: Portal):
    """Create, read, update, upsert and archive, a hundred at most."""
    batch = sdk.crm.objects.contacts.batch
    inputs = [{"properties": {"email": f"n{n}@example.test"}, "associations": []} for n in range(3)]
    made = batch.create(inputs=inputs)
    assert made.status == "COMPLETE"
    ids = [one.id for one in made.results]

    read = batch.get(inputs=[{"id": one} for one in ids], properties=["email"], properties_with_history=[])
    assert {one.properties["email"] for one in read.results} == {f"n{n}@example.test" for n in range(3)}

    batch.update(inputs=[{"id": ids[0], "properties": {"city": "Lima"}}])
    assert portal.contact(ids[0])["city"] == "Lima"

    upserted = batch.upsert(
        inputs=[
            {"id": "n1@example.test", "idProperty": "email", "properties": {"city": "Quito"}},
            {"id": "new@example.test", "idProperty": "email", "properties": {"city": "Sucre"}},
        ]
    )
    assert [one.new for one in upserted.results] == [False, True]

    batch.delete(inputs=[{"id": ids[0]}, {"id": "999"}])
    assert len(portal.contacts()) == 3


def test_a_merged_contact_is_read_by_either_id(sdk, portal: Portal):
    """The vendor's merge call, then a read of the id that is gone."""
    kept = portal.create_contact({"email": "kept@example.test", "firstname": "Ana"})
    gone = portal.create_contact({"email": "gone@example.test", "lastname": "Ruiz"})
    merged = sdk.crm.objects.contacts.merge(primary_object_id=kept, object_id_to_merge=gone)
    assert merged.id == kept
    read = sdk.crm.objects.contacts.get(gone, properties=["hs_additional_emails", "lastname", "hs_merged_object_ids"])
    assert read.id == kept
    assert read.properties["hs_additional_emails"] == "gone@example.test"
    assert read.properties["lastname"] == "Ruiz"
    assert read.properties["hs_merged_object_ids"] == gone


def test_privacy_deletion_leaves_nothing(sdk, portal: Portal):
    """By e-mail address, and not even an archived read finds the contact."""
    contact_id = portal.create_contact({"email": "ana@example.test"})
    sdk.crm.objects.contacts.gdpr_delete(object_id="ana@example.test", id_property="email")
    with pytest.raises(hubspot_sdk.NotFoundError):
        sdk.crm.objects.contacts.get(contact_id, archived=True)


def test_search_through_the_client(sdk, portal: Portal, clock):
    """Filters, and the specification's plain string as sort."""
    for name in ("Berta", "Ana"):
        portal.create_contact({"firstname": name, "lastname": "Ruiz"})
    portal.create_contact({"firstname": "Zoë"})
    clock.advance(2)
    found = sdk.crm.objects.contacts.search(
        filter_groups=[{"filters": [{"propertyName": "lastname", "operator": "EQ", "value": "RUIZ"}]}],
        sorts=["firstname"],
        properties=["firstname"],
        limit=10,
        after="0",
    )
    assert found.total == 2
    assert [one.properties["firstname"] for one in found.results] == ["Ana", "Berta"]


def test_associations_through_the_client(sdk, portal: Portal):
    """Default link, listing, labels, batch read, removal."""
    company_id = portal.create_company({"name": "Acme"})
    contact_id = portal.create_contact({"firstname": "Ana"})
    links = sdk.crm.associations
    made = links.create(
        company_id,
        from_object_type="contacts",
        from_object_id=contact_id,
        to_object_type="companies",
    )
    assert {one.association_spec.association_type_id for one in made.results} == {279, 280}
    listed = links.list("companies", object_type="contacts", object_id=contact_id)
    types = {(one.type_id, one.label) for one in listed.results[0].association_types}
    assert types == {(1, "Primary"), (279, None)}
    read = links.batch.get("companies", from_object_type="contacts", inputs=[{"id": contact_id}])
    assert read.results[0].from_.id == contact_id
    links.delete(company_id, object_type="contacts", object_id=contact_id, to_object_type="companies")
    assert portal.primary_company(contact_id) is None


def test_properties_through_the_client(sdk):
    """Define, find, change, archive."""
    properties = sdk.crm.properties
    sdk.crm.properties.groups.create("contacts", name="quickbooks", label="QuickBooks")
    made = properties.create(
        "contacts",
        name="qbo_id",
        label="QuickBooks id",
        type="string",
        field_type="text",
        group_name="quickbooks",
        has_unique_value=True,
    )
    assert made.has_unique_value
    assert made.modification_metadata.read_only_value is False
    assert "qbo_id" in {one.name for one in properties.list("contacts").results}
    assert properties.update("qbo_id", object_type="contacts", label="QBO").label == "QBO"
    properties.delete("qbo_id", object_type="contacts")
    with pytest.raises(hubspot_sdk.NotFoundError):
        properties.get("qbo_id", object_type="contacts")


def test_account_details_through_the_client(sdk):
    """The portal tells its id and currency."""
    details = sdk.account.get()
    assert details.portal_id == 48120771
    assert details.company_currency == "USD"


def test_tokens_through_the_client(sdk, hub: HubSpot):
    """Its models read our answers, under strict rotation too.

    Its own calls of the token endpoint send JSON instead of the form that HubSpot's specification asks for.
    """
    hub.settings.rotate_refresh_tokens = True
    with pytest.raises(hubspot_sdk.APIStatusError) as refused:
        sdk.auth.oauth.create_token(grant_type="refresh_token", refresh_token="x", **ME)
    assert refused.value.status_code == 415

    def post(path: str, model: type, **form: str):
        content = urlencode({**ME, **form}).encode()
        return sdk.post(f"/oauth/2026-09/{path}", cast_to=model, content=content, options={"headers": FORM})

    code = hub.oauth.new_code(48120771, ["oauth", "crm.objects.contacts.read"], "https://sync.example.test/cb")
    callback = "https://sync.example.test/cb"
    made = post("token", AccessTokenResponse, grant_type="authorization_code", code=code, redirect_uri=callback)
    assert (made.hub_id, made.scopes) == (48120771, ["oauth", "crm.objects.contacts.read"])
    again = post("token", AccessTokenResponse, grant_type="refresh_token", refresh_token=made.refresh_token)
    assert again.refresh_token != made.refresh_token
    seen = post("token/introspect", PublicAccessTokenInfoResponse, token=again.access_token)
    assert (seen.active, seen.app_id, seen.signed_access_token.hub_id) == (True, 31415926, 48120771)
    held = post("token/introspect", PublicRefreshTokenInfoResponse, token=again.refresh_token)
    assert (held.active, held.token_use) == (True, "refresh_token")
    reader = sdk.copy(access_token=again.access_token)
    assert reader.crm.objects.contacts.list().results == []
    with pytest.raises(hubspot_sdk.BadRequestError) as stolen:
        post("token", AccessTokenResponse, grant_type="refresh_token", refresh_token=made.refresh_token)
    assert stolen.value.body["status"] == "BAD_REFRESH_TOKEN"
    with pytest.raises(hubspot_sdk.BadRequestError):
        post("token", AccessTokenResponse, grant_type="refresh_token", refresh_token=again.refresh_token)
