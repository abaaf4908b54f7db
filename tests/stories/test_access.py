"""Access under attack, in an outage, and while somebody ends it: each of these was a defect once."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from chalicelib.jobs import Realm
from chalicelib.wiring import wiring
from local.stack import REALM_ID
from tests.stories.browsing import Browser, changed, said
from tests.stories.world import CONNECTION, World

OTHER_REALM = "9130350000000777"
UNAUTHORISED = {"fault": {"error": [{"code": "3200", "message": "AuthenticationFailed"}], "type": "AUTHENTICATION"}}


def state(world: World) -> str:
    [one] = world.ops("connections")
    return str(one["state"])


def reconnect(world: World) -> requests.Response:
    return Browser().open(world.ops("connect", "--connection", CONNECTION)["url"])


@pytest.mark.parametrize("answer", [
    {"do": "status", "status": 500}, {"do": "answer", "status": 403, "json": {"message": "Forbidden"}},
    {"do": "answer", "status": 200, "json": {"Fault": {"Error": [{"code": "4001"}], "type": "SystemFault"}}},
    {"do": "answer", "status": 404, "json": {}}, {"do": "refuse"},
])  # fmt: skip
def test_without_proof_of_the_company_nothing_is_kept(world: World, answer: dict[str, Any]) -> None:
    """A stranger gives access to his own company at Intuit's reconnect address, and writes mine into the callback. The
    proof cannot be had just then: his token must not become my company's."""
    world.quickbooks.add_company(OTHER_REALM, name="Their Books")
    world.connect()
    world.come_to_rest()
    before = wiring().grants.get(Realm(REALM_ID))
    world.quickbooks.settings.consent_realm = OTHER_REALM
    stranger = Browser()
    callback = stranger.way_to(f"{world.stack.app_url}/connect/quickbooks/reconnect", "quickbooks")
    world.dial("quickbooks", path=f"/v3/company/{REALM_ID}/companyinfo/.*", times=9, **answer)
    assert stranger.open(changed(callback, realmId=REALM_ID)).status_code >= 400
    world.quickbooks.dials.clear()
    after = wiring().grants.get(Realm(REALM_ID))
    assert before is not None
    assert after is not None
    assert (after.generation, after.sealed) == (before.generation, before.sealed)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_a_stray_401_at_the_proof_does_not_end_a_healthy_company(world: World) -> None:
    world.connect()
    world.come_to_rest()
    world.dial("quickbooks", path="/v3/company/.*/companyinfo/.*", do="answer", status=401, json=UNAUTHORISED)
    assert reconnect(world).status_code == 200
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert (state(world), world.record(hubspot_id=jane)["state"]) == ("connected", "in_sync")


def test_an_initial_sync_that_a_disconnect_cut_off_goes_on(world: World) -> None:
    """None of these contacts has a row yet, and none is new enough for a sweep."""
    for number in range(30):
        world.contact("Jane", f"Roe {number}", f"jane{number}@roe.example")
    world.come_to_rest()
    world.clock.ahead_s += 3_600
    world.connect()
    world.ops("backfill", "customer", "--detach", code=None)
    world.ops("disconnect", CONNECTION)
    world.come_to_rest()
    assert reconnect(world).status_code == 200
    world.come_to_rest()
    world.later(61)
    assert len(world.names()) == 30


def test_a_backfill_of_an_ended_connection_says_so(world: World) -> None:
    world.connect()
    world.ops("disconnect", CONNECTION)
    assert "connect" in world.ops("backfill", "customer", code=1)["error"]


def test_a_grant_that_was_just_given_is_not_ended_by_an_old_errand(world: World) -> None:
    """The vendor did not hear the first disconnect; meanwhile somebody has connected again."""
    world.connect()
    world.dial("quickbooks", path="/v2/oauth2/tokens/revoke", do="html", times=9)
    world.ops("disconnect", CONNECTION, "--wait", "1", code=1)
    assert reconnect(world).status_code == 200
    world.quickbooks.dials.clear()
    for _ in range(3):
        world.clock.ahead_s += 601
        world.stack.run_schedule("refresh")
        world.come_to_rest()
    assert state(world) == "connected"


def test_a_portals_pair_that_was_renewed_during_the_consent_is_not_put_back(world: World) -> None:
    """A second company is begun; the person takes her time at QuickBooks, the keeper renews the portal's pair, and the
    vendor would end the grant if the older one were used again."""
    world.hubspot.settings.rotate_refresh_tokens = True
    world.quickbooks.settings.code_s = 600
    world.connect()
    world.quickbooks.add_company(OTHER_REALM, name="Second Books")
    world.quickbooks.settings.consent_realm = OTHER_REALM
    world.hubspot.settings.access_token_s = 600
    slow = Browser()
    callback = slow.way_to(slow.way_to(world.ops("connect")["url"], "hubspot"), "quickbooks")
    world.clock.ahead_s += 400
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    assert slow.open(callback).status_code == 200
    for _ in range(2):
        world.clock.ahead_s += 400
        world.stack.run_schedule("refresh")
        world.come_to_rest()
    assert {one["state"] for one in world.ops("connections")} == {"connected"}


def test_cookies_of_others_are_no_matter(world: World) -> None:
    """A company's own domain carries cookies that the standard's parser chokes on."""
    begun = requests.get(world.ops("connect")["url"], allow_redirects=False, timeout=10)
    ours = begun.headers["Set-Cookie"].split(";")[0]
    callback = requests.get(begun.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    cookies = {"Cookie": f'prefs={{"lang":"en"}}; {ours}; x'}
    came = requests.get(callback, headers=cookies, allow_redirects=False, timeout=10)
    assert came.status_code == 302, said(came)


def test_a_day_without_access_parks_nothing(world: World) -> None:
    """It had failed once before; the day of waiting is none of failing."""
    world.connect()
    world.dial("quickbooks", path="/v3/.*", do="status", status=500)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "failing"
    world.quickbooks.disconnect(REALM_ID)
    world.later(20)
    world.later(90_000)
    assert state(world) == "needs_reconnect"
    assert reconnect(world).status_code == 200
    world.dial("quickbooks", path="/v3/.*batch", do="status", status=500)
    world.come_to_rest()
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] != "parked"


def test_somebody_is_told_when_no_renewal_comes_off(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """New keys at Intuit, forgotten in Secrets Manager: the alarm's metric, and the reason in `status`."""
    world.connect()
    world.quickbooks.rotate_secrets("x" * 40, world.stack.secret["quickbooks_verifier_token"])
    capfd.readouterr()
    for _ in range(12):
        world.clock.ahead_s += 300
        world.stack.run_schedule("refresh")
        world.come_to_rest()
    assert '"RenewalsFailing"' in capfd.readouterr().out
    [status] = world.ops("status")
    assert status["tokens"]["quickbooks"]["why"] == "invalid_client"
    assert status["tokens"]["quickbooks"]["failed_renewals"] > 1


def test_an_operators_retry_reads_quickbooks_also_when_it_had_to_wait_for_a_token(world: World) -> None:
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    customer_id = world.record(hubspot_id=jane)["quickbooks_id"]
    world.quickbooks.delivery.dials.drop = 1
    world.company.update("Customer", customer_id, {"PrimaryPhone": {"FreeFormNumber": "999"}})
    world.come_to_rest()
    world.clock.ahead_s += 86_400
    world.ops("retry", "customer", f"hubspot:{jane}", code=None)
    world.come_to_rest()
    world.later(61)
    assert world.portal.contact(jane)["phone"] == "999"


@pytest.mark.slow
def test_a_name_that_came_free_while_we_were_away_for_a_month(world: World) -> None:
    """Beyond what QuickBooks' change data capture remembers, vendors are asked for too."""
    world.connect()
    holder = world.company.create("Vendor", {"DisplayName": "Jane Roe"})
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["category"] == "name_taken"
    world.later(90_000)
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] == "parked"
    world.ops("disconnect", CONNECTION)
    world.company.update("Vendor", holder["Id"], {"DisplayName": "Somebody Else"})
    world.clock.ahead_s += 30 * 86_400
    assert reconnect(world).status_code == 200
    world.come_to_rest()
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
