"""HubSpot's events, legacy and generic, as notices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.hubspot.webhook import notices
from chalicelib.jobs import Notice, Side, echo_of

PORTAL, APP = 48_120_771, "31415926"
AT = 1_795_166_400_123


def event(kind, **more):
    return {"eventId": 1, "subscriptionId": 2, "portalId": PORTAL, "appId": int(APP), "occurredAt": AT,
            "subscriptionType": kind, "attemptNumber": 0, **more}  # fmt: skip


def edit(kind="contact.propertyChange", **more):
    return event(kind, **{"objectId": 101, "propertyName": "email", "propertyValue": "a@x.test", **more})


def link(kind, **more):
    return event(kind, fromObjectId=101, toObjectId=7_300, associationRemoved=False, **more)


def told(*events) -> list[tuple]:
    found, passed_over = notices(list(events), APP)
    assert passed_over == 0
    return [(one.object, one.id, one.at) for one in found]


SECONDS = AT / 1_000


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (event("contact.creation", objectId=101), [("contact", "101", SECONDS)]),
        (edit(), [("contact", "101", SECONDS)]),
        (edit(propertyValue=""), [("contact", "101", SECONDS)]),
        (event("contact.deletion", objectId=101), [("contact", "101", None)]),
        (event("contact.restore", objectId=101), [("contact", "101", None)]),
        (event("contact.privacyDeletion", objectId=101), [("contact", "101", None)]),
        (edit("object.propertyChange", objectTypeId="0-1"), [("contact", "101", SECONDS)]),
        (event("object.creation", objectId=101, objectTypeId="0-1"), [("contact", "101", SECONDS)]),
        (event("object.deletion", objectId=101, objectTypeId="0-1"), [("contact", "101", None)]),
        (edit("company.propertyChange", objectId=7, propertyName="name"), [("company", "7", SECONDS)]),
        (edit("object.propertyChange", objectTypeId="0-2", objectId=7, propertyName="name"),
         [("company", "7", SECONDS)]),
        (event("contact.merge", primaryObjectId=101, mergedObjectIds=[102, 103], newObjectId=200),
         [("contact", "200", None), ("contact", "101", None), ("contact", "102", None), ("contact", "103", None)]),
        (event("contact.merge", primaryObjectId=101, mergedObjectIds=[102], newObjectId=101),
         [("contact", "101", None), ("contact", "102", None)]),
        (event("contact.merge", primaryObjectId=101, mergedObjectIds=None),
         [("contact", "101", None)]),
        (event("object.merge", objectTypeId="0-1", primaryObjectId=101, mergedObjectIds=[102]),
         [("contact", "101", None), ("contact", "102", None)]),
        (link("contact.associationChange", associationType="CONTACT_TO_COMPANY"), [("contact", "101", None)]),
        (event("company.associationChange", associationType="COMPANY_TO_CONTACT", fromObjectId=7_300, toObjectId=101),
         [("contact", "101", None)]),
        (link("object.associationChange", fromObjectTypeId="0-1", toObjectTypeId="0-2"), [("contact", "101", None)]),
        (event("object.associationChange", fromObjectTypeId="0-2", toObjectTypeId="0-1", fromObjectId=7_300,
               toObjectId=101), [("contact", "101", None)]),
        (edit("company.propertyChange", objectId=7, propertyName="domain"), [("company", "7", SECONDS)]),
        (edit("deal.propertyChange", objectId=5, propertyName="dealstage"), [("deal", "5", SECONDS)]),
        (edit("object.propertyChange", objectTypeId="0-3", objectId=5), [("deal", "5", SECONDS)]),
        (edit("object.propertyChange", objectTypeId="0-53", objectId=5), [("invoice", "5", SECONDS)]),
        (event("deal.creation", objectId=5), [("deal", "5", SECONDS)]),
        (event("object.creation", objectTypeId="0-53", objectId=5), [("invoice", "5", SECONDS)]),
        (event("deal.deletion", objectId=5), [("deal", "5", None)]),
        (event("object.deletion", objectTypeId="0-53", objectId=5), [("invoice", "5", None)]),
        (event("object.restore", objectTypeId="0-53", objectId=5), [("invoice", "5", None)]),
        (event("deal.merge", primaryObjectId=5, mergedObjectIds=[6], newObjectId=7),
         [("deal", "7", None), ("deal", "5", None), ("deal", "6", None)]),
        (link("contact.associationChange", associationType="CONTACT_TO_DEAL"), [("contact", "101", None)]),
        (event("deal.associationChange", associationType="DEAL_TO_CONTACT", fromObjectId=5, toObjectId=101),
         [("contact", "101", None)]),
        (link("object.associationChange", fromObjectTypeId="0-1", toObjectTypeId="0-53"), [("contact", "101", None)]),
        (event("object.associationChange", fromObjectTypeId="0-53", toObjectTypeId="0-1", fromObjectId=5,
               toObjectId=101), [("contact", "101", None)]),
        (event("object.associationChange", objectTypeId="0-53", toObjectTypeId="0-1", fromObjectId=5, toObjectId=101),
         [("contact", "101", None)]),
        (event("product.creation", objectId=9), [("product", "9", SECONDS)]),
        (edit("product.propertyChange", objectId=9, propertyName="price"), [("product", "9", SECONDS)]),
        (event("product.deletion", objectId=9), [("product", "9", None)]),
        (event("product.restore", objectId=9), [("product", "9", None)]),
        (event("product.merge", primaryObjectId=9, mergedObjectIds=[8], newObjectId=9),
         [("product", "9", None), ("product", "8", None)]),
        (event("object.deletion", objectTypeId="0-7", objectId=9), [("product", "9", None)]),
        (event("object.associationChange", fromObjectTypeId="0-53", toObjectTypeId="0-3", fromObjectId=5, toObjectId=7),
         [("invoice", "5", None)]),
        (event("object.associationChange", fromObjectTypeId="0-3", toObjectTypeId="0-53", fromObjectId=7, toObjectId=5),
         [("invoice", "5", None)]),
    ],
)  # fmt: skip
def test_what_an_event_says(one, expected):
    """Only a change of the record's own properties has a time that a held date can outdate."""
    assert told(one) == expected


def test_what_our_own_app_has_linked_says_nothing_new():
    """A hundred new mirrors must not have a hundred contacts looked at; another app's link counts as a person's."""
    mirror = {"fromObjectTypeId": "0-53", "toObjectTypeId": "0-1", "changeSource": "INTEGRATION"}
    assert notices([link("object.associationChange", **mirror, sourceId=APP)], APP) == ([], 1)
    assert told(link("object.associationChange", **mirror, sourceId="777")) != []


def test_a_notice_names_its_portal_its_side_and_its_cause():
    (notice,), _ = notices([edit()], APP)
    assert notice == Notice(
        str(PORTAL), Side.HUBSPOT, "contact", "101", "HubSpot contact propertyChange email", SECONDS, property="email"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "cause", "changed", "linked_to"),
    [
        (edit("object.propertyChange", objectTypeId="0-53", propertyName="hs_invoice_status"),
         "HubSpot invoice propertyChange hs_invoice_status", "hs_invoice_status", None),
        (event("deal.deletion", objectId=5), "HubSpot deal deletion", None, None),
        (link("contact.associationChange", associationType="CONTACT_TO_COMPANY"),
         "HubSpot contact associationChange", None, "company"),
        (link("contact.associationChange", associationType="CONTACT_TO_DEAL"),
         "HubSpot contact associationChange deal", None, "deal"),
        (link("object.associationChange", fromObjectTypeId="0-1", toObjectTypeId="0-53"),
         "HubSpot contact associationChange invoice", None, "invoice"),
        (link("object.associationChange", fromObjectTypeId="0-3", toObjectTypeId="0-53"),
         "HubSpot invoice associationChange deal", None, "deal"),
        (edit("product.propertyChange", propertyName="price"), "HubSpot product propertyChange price", "price", None),
    ],
)  # fmt: skip
def test_a_notice_says_what_changed_so_that_it_can_be_dropped_unasked(one, cause, changed, linked_to):
    (notice,), _ = notices([one], APP)
    assert (notice.cause, notice.property, notice.linked_to) == (cause, changed, linked_to)


@pytest.mark.parametrize("kind", ["contact.privacyDeletion", "object.privacyDeletion"])
def test_a_privacy_deletion_can_be_told_by_its_cause(kind):
    (notice,), _ = notices([event(kind, objectId=101, objectTypeId="0-1")], APP)
    assert "privacyDeletion" in notice.cause


OURS = {"changeSource": "INTEGRATION", "sourceId": APP}


@pytest.mark.parametrize(
    ("more", "app_id", "echo"),
    [
        (OURS, APP, echo_of("email", "a@x.test")),
        ({**OURS, "sourceId": int(APP)}, APP, echo_of("email", "a@x.test")),
        ({**OURS, "propertyValue": None}, APP, echo_of("email", "")),
        ({**OURS, "sourceId": "999"}, APP, None),  # another app, perhaps another sync
        ({"changeSource": "CRM_UI", "sourceId": "userId:61022"}, APP, None),
        ({"changeSource": "CRM_UI", "sourceId": APP}, APP, None),
        ({"changeSource": "INTEGRATION"}, APP, None),
        ({"changeSource": "INTEGRATION", "sourceId": ""}, "", None),  # no app id is known: nothing is an echo
    ],
)
def test_only_our_own_apps_change_is_an_echo(more, app_id, echo):
    (notice,), _ = notices([edit(**more)], app_id)
    assert notice.echo == echo


@pytest.mark.parametrize("kind", ["product.propertyChange", "contact.propertyChange"])
def test_our_own_write_to_a_product_is_known_as_one_to_a_contact_is(kind):
    (notice,), _ = notices([edit(kind, propertyName="name", propertyValue="Hose", **OURS)], APP)
    assert notice.echo == echo_of("name", "Hose")


def test_an_echo_does_not_show_the_value():
    (notice,), _ = notices([edit(**OURS)], APP)
    assert "a@x.test" not in repr(notice)


@pytest.mark.parametrize(
    ("one", "at"),
    [(edit(occurredAt=None), None), (edit(occurredAt="soon"), None), (edit(occurredAt=float("inf")), None)],
)
def test_an_event_without_a_readable_time_still_counts(one, at):
    """`at` saves reads, and is never needed for rightness."""
    assert told(one) == [("contact", "101", at)]


STRANGE = [
    edit("ticket.propertyChange"),
    edit("object.propertyChange", objectTypeId="0-5"),
    edit("object.propertyChange"),
    event("company.privacyDeletion", objectId=101),
    link("contact.associationChange", associationType="CONTACT_TO_TICKET"),
    link("contact.associationChange", associationType="CONTACT_TO_CONTACT"),
    link("deal.associationChange", associationType="DEAL_TO_COMPANY"),
    link("object.associationChange", fromObjectTypeId="0-1", toObjectTypeId="0-5"),
    link("object.associationChange", fromObjectTypeId="0-53", toObjectTypeId="0-8"),
    link("object.associationChange", fromObjectTypeId="0-53", toObjectTypeId="0-2"),
    link("object.associationChange", fromObjectTypeId="0-7", toObjectTypeId="0-3"),
    link("object.associationChange", fromObjectTypeId="0-1"),
    link("object.associationChange"),
    event("contact.unheardOf", objectId=101),
    event("conversation.creation", objectId=101),
    event("contact.creation"),
    {**edit(), "portalId": None},
    {**edit(), "portalId": float("inf")},
    {**edit(), "objectId": float("nan")},
    {**edit(), "objectId": "one"},
    {}, [], None, "text", 7, 1e308, True,
]  # fmt: skip


@pytest.mark.parametrize("one", STRANGE, ids=repr)
def test_what_is_none_of_ours_or_not_understood_is_passed_over_and_counted(one):
    assert notices([one], APP) == ([], 1)


def test_one_strange_event_does_not_take_its_neighbours_along():
    found, passed_over = notices([edit(), *STRANGE, edit(objectId=102)], APP)
    assert [one.id for one in found] == ["101", "102"]
    assert passed_over == len(STRANGE)


@pytest.mark.parametrize("body", [None, {}, "text", 3])
def test_a_body_that_is_no_list_counts_as_one_event(body):
    assert notices(body, APP) == ([], 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TYPES = st.sampled_from(["0-1", "0-2", "0-3", "0-7", "0-53"])
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "portalId": st.just(PORTAL) | JSON,
        "subscriptionType": st.sampled_from(
            [f"{subject}.{action}" for subject in ("contact", "company", "object", "deal", "product")
             for action in ("creation", "deletion", "merge", "propertyChange", "associationChange", "restore")]
        ) | JSON,
        "objectId": st.integers(1, 999) | JSON, "objectTypeId": TYPES | JSON,
        "occurredAt": st.just(AT) | JSON, "propertyName": st.just("name") | JSON, "propertyValue": JSON,
        "primaryObjectId": JSON, "mergedObjectIds": JSON, "newObjectId": JSON, "associationType": JSON,
        "fromObjectTypeId": TYPES | JSON, "fromObjectId": JSON,
        "toObjectTypeId": TYPES | JSON, "toObjectId": JSON,
        "changeSource": st.just("INTEGRATION") | JSON, "sourceId": st.just(APP) | JSON,
    },
)  # fmt: skip


@given(st.lists(EVENTS | JSON, max_size=5) | JSON)
def test_no_json_whatever_raises_and_every_event_is_counted(body):
    found, passed_over = notices(body, APP)
    events = body if isinstance(body, list) else [body]
    heard = sum(bool(notices([one], APP)[0]) for one in events)
    assert passed_over == len(events) - heard
    assert all(one.id.lstrip("-").isdecimal() and one.account.lstrip("-").isdecimal() for one in found)
