"""Connecting in a browser: two consents, one connection, and nobody else's company."""

from __future__ import annotations

import pytest

from local.stack import PORTAL_ID, REALM_ID
from tests.stories.browsing import Browser, button, changed, said
from tests.stories.world import CONNECTION, World

OTHER_PORTAL, OTHER_REALM = "50990001", "9130350000000777"


def link(world: World, *more: str) -> str:
    return str(world.ops("connect", *more)["url"])


def connected(world: World) -> list[str]:
    return [one["connection"] for one in world.ops("connections") if one["state"] == "connected"]


@pytest.fixture
def crowded(world: World) -> World:
    """A second portal and a second company, which somebody else may hold."""
    world.hubspot.add_portal(int(OTHER_PORTAL))
    world.quickbooks.add_company(OTHER_REALM, name="Other Books")
    return world


# --- the way ---------------------------------------------------------------------------------------------------------


def test_one_link_connects_a_portal_and_a_company(world: World) -> None:
    """A person opens the link, says yes twice, and reads what is connected; records flow at once."""
    page = Browser().open(link(world))
    words = said(page)
    assert page.status_code == 200
    assert PORTAL_ID in words
    assert "Imitated Company" in words
    [one] = world.ops("connections")
    assert (one["connection"], one["state"], one["country"], one["currency"]) == (CONNECTION, "connected", "US", "USD")
    assert one["edition"] == "QuickBooks Online Plus"
    assert one["reconnect_in_days"] == pytest.approx(5 * 365, abs=2)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_the_command_prints_the_link_alone_on_its_last_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from ops.__main__ import main

    assert main(["--local", "connect"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{world.stack.app_url}/connect?ticket=")
    assert " " not in last


def test_at_the_end_no_code_is_left_in_the_address(world: World) -> None:
    page = Browser().open(link(world))
    assert page.url == f"{world.stack.app_url}/connect/done"


def test_hubspot_is_asked_with_pkce_and_quickbooks_for_one_scope(world: World) -> None:
    Browser().open(link(world))
    asked = {call.path: call.query for call in world.calls() if call.method == "GET"}
    assert "code_challenge_method=S256" in asked["/oauth/authorize"]
    assert "com.intuit.quickbooks.accounting" in asked["/connect/oauth2"]


def test_a_consent_costs_two_metered_reads(world: World) -> None:
    """Whose company it is, is proven by reading it; what was read is not read again."""
    Browser().open(link(world))
    assert sum(call.metered for call in world.calls()) == 2
    [status] = world.ops("status")
    assert status["metered_reads"]["used"] == 2


# --- the link --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "opens"), [(9, True), (10.1, False)])
def test_a_link_works_for_ten_minutes(world: World, minutes: float, opens: bool) -> None:
    url = link(world)
    world.clock.ahead_s += minutes * 60
    page = Browser().open(url)
    assert (page.status_code == 200) is opens
    assert bool(connected(world)) is opens


def test_a_link_opens_once(world: World) -> None:
    """Neither another browser nor the same one can open it again; the flow that it began goes on."""
    url, first = link(world), Browser()
    callback = first.way_to(url, "hubspot")
    for browser in (Browser(), first):
        again = browser.open(url)
        assert again.status_code == 410
        assert "used already" in said(again)
    assert first.open(callback).status_code == 200
    assert connected(world) == [CONNECTION]


@pytest.mark.parametrize("spoil", [
    lambda _ticket: "", lambda ticket: ticket[:-1], lambda ticket: ticket[:-1] + ("A" if ticket[-1] != "A" else "B"),
    lambda ticket: "x" + ticket, lambda ticket: ticket.partition(".")[0], lambda _ticket: "A" * 5_000,
])  # fmt: skip
def test_a_link_that_we_did_not_make_begins_nothing(world: World, spoil) -> None:
    url, ticket = link(world).split("ticket=")
    page = Browser().open(f"{url}ticket={spoil(ticket)}")
    assert page.status_code == 400
    assert world.calls() == []


def test_a_state_is_no_ticket(world: World) -> None:
    """What travels through the vendors' pages is signed too, but for another purpose."""
    callback = Browser().way_to(link(world), "hubspot")
    state = callback.split("state=")[1].split("&")[0]
    assert Browser().open(f"{world.stack.app_url}/connect?ticket={state}").status_code == 400


def test_a_preview_does_not_use_the_link_up(world: World) -> None:
    """A browser that loads ahead of time says so."""
    import requests

    url = link(world)
    assert requests.get(url, headers={"Sec-Purpose": "prefetch;prerender"}, timeout=10).status_code == 403
    assert Browser().open(url).status_code == 200


# --- somebody else's browser -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("leg", ["hubspot", "quickbooks"])
def test_a_callback_counts_only_in_the_browser_that_began(world: World, leg: str) -> None:
    """Whoever gets hold of the address on its way can do nothing with it, and spoils nothing."""
    mine = Browser()
    callback = mine.way_to(link(world), "hubspot")
    if leg == "quickbooks":
        callback = mine.way_to(callback, "quickbooks")
    stolen = Browser().open(callback)
    assert stolen.status_code == 403
    assert connected(world) == []
    assert mine.open(callback).status_code == 200
    assert connected(world) == [CONNECTION]


def test_an_attackers_company_cannot_be_slipped_into_my_flow(crowded: World) -> None:
    """The attacker opened a link too, stopped before the last callback, and sends me there: it is not my flow's
    state. With my own state in it, the code alone would have to do; but my state never left my browser."""
    mine, theirs = Browser(), Browser()
    my_callback = mine.way_to(mine.way_to(link(crowded), "hubspot"), "quickbooks")
    crowded.quickbooks.settings.consent_realm = OTHER_REALM
    their_callback = theirs.way_to(theirs.way_to(link(crowded), "hubspot"), "quickbooks")
    lured = mine.open(their_callback)
    assert lured.status_code == 403
    assert "another browser" in said(lured)
    assert connected(crowded) == []
    assert mine.open(my_callback).status_code == 200
    assert connected(crowded) == [CONNECTION]


def test_an_answer_counts_once(world: World) -> None:
    browser = Browser()
    to_hubspot = browser.way_to(link(world), "hubspot")
    to_quickbooks = browser.way_to(to_hubspot, "quickbooks")
    assert browser.open(to_hubspot).status_code == 409
    assert browser.open(to_quickbooks).status_code == 200
    before = len(world.calls())
    assert browser.open(to_quickbooks).status_code == 409
    assert len(world.calls()) == before, "a replayed code never reaches the vendor"


def test_an_answer_for_one_leg_is_none_for_the_other(world: World) -> None:
    browser = Browser()
    to_hubspot = browser.way_to(link(world), "hubspot")
    swapped = to_hubspot.replace("/hubspot/", "/quickbooks/") + f"&realmId={REALM_ID}"
    assert browser.open(swapped).status_code == 409
    assert connected(world) == []


def test_a_realm_that_is_not_the_tokens_own_is_found_out(crowded: World) -> None:
    """`realmId` is a mere query parameter: changed on the way, it would put one company's tokens on another's books."""
    browser = Browser()
    callback = browser.way_to(browser.way_to(link(crowded), "hubspot"), "quickbooks")
    page = browser.open(changed(callback, realmId=OTHER_REALM))
    assert page.status_code == 409
    assert "sandbox" in said(page)
    assert connected(crowded) == []


@pytest.mark.parametrize("realm", ["", "12x", "../../1", "1" * 60])
def test_a_realm_that_is_none_is_refused_before_any_call(world: World, realm: str) -> None:
    browser = Browser()
    callback = browser.way_to(browser.way_to(link(world), "hubspot"), "quickbooks")
    before = len(world.calls())
    assert browser.open(changed(callback, realmId=realm)).status_code >= 400
    assert len(world.calls()) == before


# --- no --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["hubspot", "quickbooks"])
def test_a_no_can_become_a_yes(world: World, vendor: str) -> None:
    """Cancelled by a slip: the page says so, and its button leads back within the ten minutes."""
    getattr(world, vendor).settings.refuse_consent = True
    browser = Browser()
    page = browser.open(link(world))
    assert page.status_code == 403
    assert "not given" in said(page)
    assert connected(world) == []
    getattr(world, vendor).settings.refuse_consent = False
    assert browser.open(button(page)).status_code == 200
    assert connected(world) == [CONNECTION]


@pytest.mark.parametrize("vendor", ["hubspot", "quickbooks"])
@pytest.mark.parametrize("fault", ["lose_answer", "html", "refuse"])
def test_a_lost_answer_to_the_code_is_told_and_can_be_mended(world: World, vendor: str, fault: str) -> None:
    path = {"hubspot": "/oauth/2026-09/token", "quickbooks": "/oauth2/v1/tokens/bearer"}[vendor]
    world.dial(vendor, path=path, do=fault)
    browser = Browser()
    page = browser.open(link(world))
    assert page.status_code == 502
    assert "did not answer" in said(page)
    assert browser.open(button(page)).status_code == 200
    assert connected(world) == [CONNECTION]


def test_what_a_vendor_writes_into_the_address_is_shown_as_text(world: World) -> None:
    browser = Browser()
    callback = browser.way_to(link(world), "hubspot")
    page = browser.open(changed(callback, code=None, error="<script>alert(1)</script>"))
    assert "<script>" not in page.text
    assert page.status_code == 502


@pytest.mark.parametrize(("withheld", "status"), [
    ("crm.objects.contacts.write", 403), ("crm.objects.companies.read", 403), ("crm.schemas.contacts.write", 200),
])  # fmt: skip
def test_missing_rights_are_named_with_what_they_are_for(world: World, withheld: str, status: int) -> None:
    """Without some the sync cannot work; without others it says what will not."""
    world.hubspot.settings.withhold_scopes = [withheld]
    page = Browser().open(link(world))
    assert page.status_code == status
    assert withheld in said(page)
    assert bool(connected(world)) is (status == 200)


def test_a_sandbox_needs_the_keys_for_sandboxes(world: World) -> None:
    world.quickbooks.add_company("9130350000000888", name="Sandbox", sandbox=True)
    world.quickbooks.settings.consent_realm = "9130350000000888"
    page = Browser().open(link(world))
    assert page.status_code == 409
    assert "sandbox-quickbooks.api.intuit.com" in said(page)
    world.quickbooks.settings.environment = "sandbox"
    assert Browser().open(link(world)).status_code == 200


# --- several of each -------------------------------------------------------------------------------------------------


def test_a_link_for_one_connection_takes_no_other(crowded: World) -> None:
    Browser().open(link(crowded))
    url, browser = link(crowded, "--connection", CONNECTION), Browser()
    crowded.hubspot.settings.consent_portal = int(OTHER_PORTAL)
    page = browser.open(url)
    assert page.status_code == 409
    assert OTHER_PORTAL in said(page)
    crowded.hubspot.settings.consent_portal = None
    crowded.quickbooks.settings.consent_realm = OTHER_REALM
    page = browser.open(button(page))
    assert page.status_code == 409
    assert "Other Books" in said(page)
    crowded.quickbooks.settings.consent_realm = None
    assert browser.open(button(page)).status_code == 200
    assert connected(crowded) == [CONNECTION]


def test_a_second_company_of_a_portal_is_a_connection_of_its_own(crowded: World) -> None:
    Browser().open(link(crowded))
    crowded.quickbooks.settings.consent_realm = OTHER_REALM
    page = Browser().open(link(crowded))
    assert "Imitated Company too" in said(page), "unfiltered contacts go to both, and the page says so"
    assert connected(crowded) == [CONNECTION, f"{PORTAL_ID}:{OTHER_REALM}"]


def test_a_company_goes_to_one_portal_only_and_keeps_its_access(crowded: World) -> None:
    """Intuit has one grant for each company: a consent for another portal has ended the one that we used. The new one
    is kept for the old connection, which goes on."""
    Browser().open(link(crowded))
    crowded.hubspot.settings.consent_portal = int(OTHER_PORTAL)
    page = Browser().open(link(crowded))
    assert page.status_code == 409
    assert f"ops disconnect {CONNECTION}" in said(page)
    assert connected(crowded) == [CONNECTION]
    jane = crowded.contact("Jane", "Roe", "jane@roe.example")
    crowded.come_to_rest()
    assert crowded.record(hubspot_id=jane)["state"] == "in_sync"


# --- Intuit's own addresses ------------------------------------------------------------------------------------------


def test_a_companys_admin_can_renew_its_access_without_a_link(world: World) -> None:
    """Intuit sends the admin to our reconnect address, weeks ahead or after the fact."""
    world.connect()
    world.quickbooks.disconnect(REALM_ID)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert connected(world) == []
    page = Browser().open(f"{world.stack.app_url}/connect/quickbooks/reconnect?realmId={REALM_ID}")
    assert page.status_code == 200
    assert "renewed" in said(page)
    world.come_to_rest()
    assert connected(world) == [CONNECTION]
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


@pytest.mark.parametrize("known", [False, True])
def test_without_a_link_nothing_new_is_connected(crowded: World, known: bool) -> None:
    """A stranger with a company of his own, or one whose company was disconnected: the access is given back."""
    crowded.connect()
    if known:
        crowded.ops("disconnect", CONNECTION)
    else:
        crowded.quickbooks.settings.consent_realm = OTHER_REALM
    page = Browser().open(f"{crowded.stack.app_url}/connect/quickbooks/reconnect")
    assert page.status_code == 404
    realm = REALM_ID if known else OTHER_REALM
    revoked = [call for call in crowded.calls() if call.path == "/v2/oauth2/tokens/revoke"]
    assert (revoked[-1].account, revoked[-1].status) == (realm, 200), "the access was given back"
    assert connected(crowded) == ([] if known else [CONNECTION])


def test_intuits_disconnect_address_explains_and_changes_nothing(world: World) -> None:
    """Anybody can call it."""
    world.connect()
    page = Browser().open(f"{world.stack.app_url}/connect/quickbooks/disconnected?realmId={REALM_ID}")
    assert page.status_code == 200
    assert "python -m ops connect" in said(page)
    world.come_to_rest()
    assert connected(world) == [CONNECTION]
