"""Several companies on one portal, several portals in one deployment: nothing crosses over (design D6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.stack import PORTAL_ID, REALM_ID
from tests.stories.browsing import Browser
from tests.stories.world import World

OTHER_PORTAL, OTHER_REALM, THIRD_REALM = "50990001", "9130350000000777", "9130350000000999"
PAIRS = ((PORTAL_ID, REALM_ID), (PORTAL_ID, OTHER_REALM), (OTHER_PORTAL, THIRD_REALM))
NAMES = [f"{portal}:{realm}" for portal, realm in PAIRS]


@pytest.fixture
def three(world: World) -> World:
    """Two companies on one portal, and one on another, all connected by consent."""
    world.hubspot.add_portal(int(OTHER_PORTAL))
    for realm in (OTHER_REALM, THIRD_REALM):
        world.quickbooks.add_company(realm, name=f"Books {realm[-3:]}")
    for portal, realm in PAIRS:
        world.hubspot.settings.consent_portal = int(portal)
        world.quickbooks.settings.consent_realm = realm
        assert Browser().open(world.ops("connect")["url"]).status_code == 200
    world.come_to_rest()
    world.forget_calls()
    return world


def wrong_calls(world: World) -> list[str]:
    """Every call whose token belongs to another company or portal than the one it is about, or that was refused."""
    wrong = [
        f"{call.method} {call.path} with a token of {call.account}"
        for call in world.quickbooks.dials.calls()
        if call.path.startswith("/v3/company/") and call.path.split("/")[3] != call.account
    ]
    return wrong + [f"{call.status} {call.path}" for call in world.calls() if call.status in (401, 403)]


def test_each_pair_is_a_connection_of_its_own(three: World) -> None:
    listed = three.ops("connections")
    assert [(one["connection"], one["state"]) for one in listed] == [(name, "connected") for name in sorted(NAMES)]
    assert {one["company"] for one in listed} == {"Imitated Company", "Books 777", "Books 999"}


def test_a_storm_of_interleaved_jobs_never_uses_anothers_token(three: World) -> None:
    """People of both portals and bookkeepers of three companies edit at once, while tokens run out on the way. Every
    call at the vendors is checked: whose token it carried, and whose books it was about."""
    portals = {PORTAL_ID: three.portal, OTHER_PORTAL: three.hubspot.portal(int(OTHER_PORTAL))}

    def busy(number: int) -> None:
        portal_id, realm = PAIRS[number % 3]
        company = three.quickbooks.company(realm)
        contact = portals[portal_id].create_contact(
            {"firstname": f"P{number}", "lastname": portal_id, "email": f"p{number}@{portal_id}.example"}
        )
        body = {"DisplayName": f"Q{number}", "PrimaryEmailAddr": {"Address": f"q{number}@{realm}.example"}}
        customer = company.create("Customer", body)
        portals[portal_id].update_contact(contact, {"phone": str(number)})
        company.update("Customer", customer["Id"], {"PrimaryPhone": {"FreeFormNumber": str(number)}})

    with ThreadPoolExecutor(6) as people:
        list(people.map(busy, range(0, 30)))
        three.clock.ahead_s += 7_200  # every token has run out, in the middle of it
        list(people.map(busy, range(30, 60)))
    three.come_to_rest()
    three.later(61)
    three.later(61)
    assert wrong_calls(three) == []
    assert {call.account for call in three.calls() if call.account} >= {portal for portal, _ in PAIRS}
    for _, realm in PAIRS:
        for customer in three.quickbooks.company(realm).customers():
            email = customer["PrimaryEmailAddr"]["Address"]
            assert PORTAL_ID not in email or realm in (REALM_ID, OTHER_REALM)
            assert OTHER_PORTAL not in email or realm == THIRD_REALM
            assert not email.startswith("q") or realm in email, "born in one company's books, and only there"
    for portal_id, portal in portals.items():
        for contact in portal.contacts():
            email = contact["properties"]["email"]
            assert not email.startswith("p") or portal_id in email


def test_a_contact_born_in_one_companys_books_stays_out_of_the_others(three: World) -> None:
    made = three.quickbooks.company(REALM_ID).create(
        "Customer", {"DisplayName": "Born Here", "PrimaryEmailAddr": {"Address": "born@here.example"}}
    )
    three.come_to_rest()
    [own] = [one for one in three.records(connection=NAMES[0]) if one["quickbooks_id"] == made["Id"]]
    [other] = three.records(connection=NAMES[1], hubspot_id=own["hubspot_id"])
    assert (own["state"], other["state"]) == ("in_sync", "excluded")
    assert other["message"] == "it belongs to another company"


def test_a_lost_company_stops_its_connection_alone(three: World) -> None:
    three.quickbooks.disconnect(OTHER_REALM)
    three.portal.create_contact({"firstname": "Jane", "lastname": "Roe", "email": "jane@roe.example"})
    three.come_to_rest()
    states = {one["connection"]: one["state"] for one in three.ops("connections")}
    assert states == {NAMES[0]: "connected", NAMES[1]: "needs_reconnect", NAMES[2]: "connected"}
    [jane] = three.records(connection=NAMES[0])
    assert jane["state"] == "in_sync"


def test_a_lost_portal_stops_all_its_connections_and_one_consent_brings_all_back(three: World) -> None:
    """The grant is the portal's: two connections rest on it."""
    three.hubspot.uninstall(int(PORTAL_ID))
    three.clock.ahead_s += 3_600
    three.stack.run_schedule("refresh")
    three.come_to_rest()
    states = {one["connection"]: one["state"] for one in three.ops("connections")}
    assert states == {NAMES[0]: "needs_reconnect", NAMES[1]: "needs_reconnect", NAMES[2]: "connected"}
    three.hubspot.settings.consent_portal = int(PORTAL_ID)
    three.quickbooks.settings.consent_realm = REALM_ID
    assert Browser().open(three.ops("connect", "--connection", NAMES[0])["url"]).status_code == 200
    three.come_to_rest()
    assert {one["state"] for one in three.ops("connections")} == {"connected"}


def test_the_portals_access_ends_with_its_last_connection(three: World) -> None:
    """The company's is revoked at once; the portal's serves the other company as long as there is one."""
    three.ops("disconnect", NAMES[0])
    revoked = [call.account for call in three.calls() if call.path.endswith("/revoke")]
    assert revoked == [REALM_ID]
    three.portal.create_contact({"firstname": "Jane", "lastname": "Roe", "email": "jane@roe.example"})
    three.come_to_rest()
    assert [one["connection"] for one in three.records()] == [NAMES[1]]
    three.ops("disconnect", NAMES[1])
    revoked = [call.account for call in three.calls() if call.path.endswith("/revoke")]
    assert sorted(revoked) == sorted([REALM_ID, OTHER_REALM, PORTAL_ID])
