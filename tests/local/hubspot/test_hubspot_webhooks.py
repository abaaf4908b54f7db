"""What is sent for a change, how it is signed, batched and retried (reference, section 3)."""

from __future__ import annotations

import json

import pytest

from local.hubspot import HubSpot, Portal
from local.hubspot import events as webhooks

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
WEBHOOK_URI = "https://www.example.com/webhook_uri"
V1_BODY = (
    '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    '"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    '"changeFlag":"NEW","appId":54321}]'
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (V1_BODY, "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"),
        ("{'example_field':'example_value'}", "69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750"),
    ],
)
def test_version_1_signatures_match_the_vendors_vectors(body: str, expected: str):
    """SHA-256 over secret and body, in hex."""
    assert webhooks.sign_v1(SECRET, body.encode()) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{'example_field':'example_value'}", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        ('{"example_field":"example_value"}', "oaA3M5dEtt6kFsseJD/Hv/x+JNl1vsoxFj4oxmwP6Go="),
    ],
)
def test_version_3_signatures_match_the_vendors_vectors(body: str, expected: str):
    """HMAC over method, URI, body and timestamp, in base64."""
    assert webhooks.sign_v3(SECRET, "POST", WEBHOOK_URI, body.encode(), 1693657560000) == expected


def test_version_3_hashes_a_partly_decoded_uri():
    """Twelve percent codes are decoded, the others stay."""
    assert webhooks.decoded("https://a.test/x%3Fy%2Fz%20w?b=%40%26") == "https://a.test/x?y/z%20w?b=@%26"


def test_a_delivery_carries_both_signatures(hub: HubSpot, portal: Portal, clock):
    """The vendor's own client library accepts what we sign."""
    from hubspot.utils.signature import Signature

    seen = []
    portal.create_contact({"firstname": "Zoë"})
    clock.advance(1)
    hub.delivery.tick(lambda url, body, headers: seen.append((url, body, headers)) or 200)
    url, body, headers = seen[0]
    assert Signature.is_valid(
        signature=headers["X-HubSpot-Signature"],
        client_secret="secret",
        request_body=body.decode(),
        signature_version=headers["X-HubSpot-Signature-Version"],
    )
    expected = Signature.get_signature(
        client_secret="secret",
        request_body=body.decode(),
        signature_version="v3",
        http_uri=url,
        http_method="POST",
        timestamp=headers["X-HubSpot-Request-Timestamp"],
    )
    assert headers["X-HubSpot-Signature-v3"] == expected


def test_a_person_creates_a_contact(portal: Portal, events):
    """One creation, and one event for each property that somebody subscribed to."""
    contact_id = portal.create_contact({"firstname": "Ana", "hs_lead_status": "NEW"})
    creation, change = events()
    assert creation == {
        "eventId": creation["eventId"],
        "subscriptionId": creation["subscriptionId"],
        "portalId": 48120771,
        "appId": 31415926,
        "occurredAt": 1_795_305_600_000,
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": int(contact_id),
        "changeFlag": "CREATED",
        "changeSource": "CRM_UI",
        "sourceId": "userId:61022",
    }
    assert (change["subscriptionType"], change["propertyName"], change["propertyValue"]) == (
        "contact.propertyChange",
        "firstname",
        "Ana",
    )


def test_an_app_write_names_the_app(api, hub: HubSpot, portal: Portal, events):
    """Our own write carries our app id, a neighbour's carries the neighbour's."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    events()
    api.patch(f"/crm/objects/2026-09/contacts/{contact_id}", {"properties": {"firstname": "Anna", "city": "Lima"}})
    ours = events()
    assert [(one["propertyName"], one["changeSource"], one["sourceId"]) for one in ours] == [
        ("firstname", "INTEGRATION", "31415926"),
        ("city", "INTEGRATION", "31415926"),
    ]
    api.token = hub.issue_tokens(48120771, app_id=777)["access_token"]
    api.patch(f"/crm/objects/2026-09/contacts/{contact_id}", {"properties": {"city": ""}})
    (theirs,) = events()
    assert (theirs["sourceId"], theirs["appId"], theirs["propertyValue"]) == ("777", 31415926, "")


def test_writing_the_same_value_sends_nothing(api, portal: Portal, events):
    """Only a change is an event."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    events()
    api.patch(f"/crm/objects/2026-09/contacts/{contact_id}", {"properties": {"firstname": "Ana"}})
    assert events() == []


def test_only_subscribed_properties_are_told(hub: HubSpot, portal: Portal, events):
    """The list can be changed, and `all` leaves out what HubSpot calculates."""
    contact_id = portal.create_contact({"firstname": "Ana"})
    events()
    portal.update_contact(contact_id, {"hs_lead_status": "NEW"})
    assert events() == []
    hub.settings.subscribed = "all"
    portal.update_contact(contact_id, {"hs_lead_status": "OPEN", "email": "ana@example.test"})
    assert {one["propertyName"] for one in events()} == {"hs_lead_status", "email"}


def test_a_primary_company_gives_two_messages_each_way(portal: Portal, events):
    """Unlabelled and primary, seen from the contact and from the company."""
    contact_id, company_id = portal.create_contact({"firstname": "Ana"}), portal.create_company({"name": "Acme"})
    events()
    portal.associate(contact_id, company_id)
    told = [(one["associationType"], one["isPrimaryAssociation"], one["associationRemoved"]) for one in events()]
    assert sorted(told) == [
        ("COMPANY_TO_CONTACT", False, False),
        ("COMPANY_TO_CONTACT", True, False),
        ("CONTACT_TO_COMPANY", False, False),
        ("CONTACT_TO_COMPANY", True, False),
    ]


def test_moving_the_primary_mark_is_told_for_both_companies(portal: Portal, events):
    """The old one loses it, the new one gains it; the old link stays."""
    old, new = portal.create_company({"name": "Old"}), portal.create_company({"name": "New"})
    contact_id = portal.create_contact({"firstname": "Ana"}, old)
    portal.associate(contact_id, new)
    events()
    portal.associate(contact_id, new, primary=True)
    told = {
        (str(one["toObjectId"]), one["associationRemoved"], one["isPrimaryAssociation"])
        for one in events()
        if one["associationType"] == "CONTACT_TO_COMPANY"
    }
    assert told == {(old, True, True), (new, False, True)}


def test_association_events_carry_no_object_id(portal: Portal, events):
    """They name both ends instead."""
    company_id = portal.create_company({"name": "Acme"})
    contact_id = portal.create_contact({"firstname": "Ana"}, company_id)
    events()
    portal.dissociate(contact_id, company_id)
    told = events()
    assert all("objectId" not in one and one["associationRemoved"] for one in told)
    assert {(one["fromObjectId"], one["toObjectId"]) for one in told} == {
        (int(contact_id), int(company_id)),
        (int(company_id), int(contact_id)),
    }


def test_deletion_restore_merge_and_privacy_deletion(portal: Portal, events):
    """Each has its type; a privacy deletion is also a deletion."""
    first, second = (portal.create_contact({"email": f"{n}@example.test"}) for n in "ab")
    events()
    portal.archive_contact(first)
    portal.restore_contact(first)
    assert [one["subscriptionType"] for one in events()] == ["contact.deletion", "contact.restore"]
    survivor = portal.merge_contacts(first, second)
    (merge,) = [one for one in events() if one["subscriptionType"] == "contact.merge"]
    assert merge["primaryObjectId"] == merge["newObjectId"] == int(survivor)
    assert merge["mergedObjectIds"] == [int(second)]
    assert merge["numberOfPropertiesMoved"] == 0
    assert "objectId" not in merge
    portal.gdpr_delete_contact(survivor)
    assert {one["subscriptionType"] for one in events()} == {"contact.privacyDeletion", "contact.deletion"}


def test_generic_payloads_name_the_object_type(hub: HubSpot, portal: Portal, events):
    """`object.*` with an objectTypeId instead of `contact.*`."""
    hub.settings.payload_style = "generic"
    contact_id = portal.create_contact({"firstname": "Ana"})
    creation, change = events()
    assert (creation["subscriptionType"], creation["objectTypeId"]) == ("object.creation", "0-1")
    assert (change["subscriptionType"], change["isSensitive"]) == ("object.propertyChange", False)
    company_id = portal.create_company({"name": "Acme"})
    events()
    portal.associate(contact_id, company_id)
    first = events()[0]
    assert first["fromObjectTypeId"] == "0-1"
    assert first["toObjectTypeId"] == "0-2"
    assert first["associationTypeId"] == 279
    assert "associationType" not in first


def test_both_styles_send_every_change_twice(hub: HubSpot, portal: Portal, events):
    """For an app that has both kinds of subscription."""
    hub.settings.payload_style = "both"
    portal.create_company({"name": "Acme"})
    assert [one["subscriptionType"] for one in events()] == [
        "company.creation",
        "object.creation",
        "company.propertyChange",
        "object.propertyChange",
    ]


def test_at_most_a_hundred_events_share_a_delivery(hub: HubSpot, portal: Portal, clock):
    """120 creations are two deliveries."""
    hub.settings.subscribed = {}
    for n in range(120):
        portal.create_contact({"firstname": f"Number {n}"})
    sizes = []
    clock.advance(1)
    hub.delivery.tick(lambda _url, body, _headers: sizes.append(len(json.loads(body))) or 200)
    assert sizes == [100, 20]


def test_a_refused_delivery_is_tried_ten_more_times_within_a_day(hub: HubSpot, portal: Portal, clock):
    """Every attempt says its number, and then the events are lost."""
    attempts: list[int] = []

    def refuse(_url: str, body: bytes, _headers: dict[str, str]) -> int:
        attempts.extend(one["attemptNumber"] for one in json.loads(body))
        return 500

    hub.settings.subscribed = {}
    portal.create_contact({"firstname": "Ana"})
    started = clock.at
    wait_s = 1.0
    while wait_s is not None:
        clock.advance(wait_s)
        wait_s = hub.delivery.tick(refuse)
    assert attempts == list(range(11))
    assert clock.at - started <= 86_400
    assert [one["subscriptionType"] for one in hub.delivery.lost] == ["contact.creation"]
    assert hub.delivery.idle()


def test_each_attempt_is_signed_anew(hub: HubSpot, portal: Portal, clock):
    """The attempt number is part of the body, and the timestamp part of the signature."""
    signatures = set()
    portal.create_contact({"firstname": "Ana"})
    for _ in range(2):
        clock.advance(100)
        hub.delivery.tick(lambda _url, _body, headers: signatures.add(headers["X-HubSpot-Signature-v3"]) or 503)
    assert len(signatures) == 2


def test_version_3_signs_the_decoded_uri():
    """What the decoding is for."""
    encoded, plain = "https://a.test/x?y=%40", "https://a.test/x?y=@"
    assert webhooks.sign_v3(SECRET, "POST", encoded, b"[]", 1) == webhooks.sign_v3(SECRET, "POST", plain, b"[]", 1)
