"""Connecting two accounts in a real browser: what a person clicks, and what they then read."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext

from chalicelib.connect.pages import HEADERS
from local.stack import PORTAL_ID, REALM_ID
from tests.browser.conftest import OTHER_COMPANY, OTHER_PORTAL, OTHER_REALM
from tests.browser.person import CANCEL, HUBSPOT, Person
from tests.stories.world import CONNECTION

pytestmark = pytest.mark.slow

BOTH = [(CONNECTION, "connected")]


# --- the way ----------------------------------------------------------------------------------------------------------


def test_the_whole_way(person: Person) -> None:
    """Link, HubSpot, QuickBooks, and a page that says what was connected and can be reloaded; `ops` says the same."""
    person.connects()
    person.reads("Connected", "You can close this page", f"ops settings apply settings.yaml --connection {CONNECTION}")
    assert person.facts() == {
        "HubSpot portal": PORTAL_ID,
        "QuickBooks company": f"Imitated Company ({REALM_ID})",
        "Country": "US",
        "Currency": "USD",
        "Edition": "QuickBooks Online Plus",
        "Connection": CONNECTION,
    }
    [one] = person.world.ops("connections")
    told = (one["connection"], one["state"], one["company"], one["country"], one["currency"], one["edition"])
    assert told == (CONNECTION, "connected", "Imitated Company", "US", "USD", "QuickBooks Online Plus")
    assert person.page.url == f"{person.world.stack.app_url}/connect/done", "nothing secret is left in the address"
    shown = person.page.locator("main").inner_text()
    person.page.reload()
    assert person.page.locator("main").inner_text() == shown
    stack = person.world.stack
    assert person.hosts() == {urlsplit(url).netloc for url in (stack.app_url, stack.hubspot_url, stack.quickbooks_url)}
    assert {one.resource_type for one in person.requests} == {"document"}, "no page loads anything"
    assert not [one.url for one in person.requests if "ticket=" in one.headers.get("referer", "")]


def test_a_page_that_is_not_ready_looks_again_by_itself(person: Person) -> None:
    """HubSpot is down while the connection is set up; once a worker has done it, the open page says so."""
    person.open(person.link())
    person.at_hubspot()
    person.world.dial("hubspot", path="/account-info/.*", do="status", status=503, times=0)
    person.at_quickbooks()
    person.reads("Connected, getting ready")
    assert person.connections() == [(CONNECTION, "connecting")]
    person.world.hubspot.dials.clear()
    person.world.connect()
    person.reads("Connected")
    assert person.facts()["Currency"] == "USD"


# --- no ---------------------------------------------------------------------------------------------------------------


def test_cancelled_at_hubspot(person: Person) -> None:
    person.open(person.link())
    person.at_hubspot(CANCEL)
    person.reads("HubSpot: access was not given", "Nothing was connected", "super admin")
    assert person.connections() == []
    person.tries_again()
    person.at_hubspot()
    person.at_quickbooks()
    person.reads("Connected")
    assert person.connections() == BOTH


def test_cancelled_at_quickbooks(person: Person) -> None:
    """HubSpot's yes is remembered: it is not asked again."""
    person.open(person.link())
    person.at_hubspot()
    person.at_quickbooks(CANCEL)
    person.reads("QuickBooks: access was not given", "Nothing was connected", "an admin of the company")
    assert person.connections() == []
    person.tries_again()
    person.at_quickbooks()
    person.reads("Connected")
    assert person.connections() == BOTH


# --- the link ---------------------------------------------------------------------------------------------------------


def test_a_garbled_and_an_expired_link(person: Person) -> None:
    url = person.link()
    assert person.open(url[:-3]) == 400
    person.reads("This link is not valid", "Copy the whole link", "Nothing was connected")
    person.world.clock.ahead_s += 601
    assert person.open(url) == 410
    person.reads("This link has expired", "ten minutes", "python -m ops connect")


def test_a_link_that_expires_on_the_way(person: Person) -> None:
    """Somebody looked for their password for too long."""
    person.open(person.link())
    person.reads(HUBSPOT)
    person.world.clock.ahead_s += 601
    person.at_hubspot()
    person.reads("This link has expired", "Nothing was connected")
    assert person.connections() == []


def test_a_used_link(person: Person, somebody_else: Person) -> None:
    """It opened once; whoever opens it later is told, and the first one goes on."""
    url = person.link()
    person.open(url)
    assert somebody_else.open(url) == 410
    somebody_else.reads("This link was used already", "python -m ops connect")
    person.at_hubspot()
    person.at_quickbooks()
    person.reads("Connected")


def test_an_answer_taken_to_another_browser(person: Person, somebody_else: Person) -> None:
    """It connects nothing there, says so, and spoils nothing for the browser that began."""
    person.open(person.link())
    answer = person.answer_of_hubspot()
    assert somebody_else.open(answer) == 403
    somebody_else.reads("Nothing is under way in this browser", "another browser", "Nothing was connected")
    assert person.connections() == []
    person.open(answer)
    person.at_quickbooks()
    person.reads("Connected")
    assert person.connections() == BOTH


# --- other accounts than were meant -----------------------------------------------------------------------------------


def test_a_link_for_one_connection_takes_no_other(person: Person) -> None:
    """Another portal, then another company is chosen; each time it is said, and can be put right."""
    person.world.connect()
    person.open(person.link("--connection", CONNECTION))
    person.at_hubspot(portal=OTHER_PORTAL)
    person.reads("This is another HubSpot portal", f"choose portal {PORTAL_ID}", f"portal {OTHER_PORTAL} was chosen")
    person.tries_again()
    person.at_hubspot()
    person.at_quickbooks(company=OTHER_REALM)
    person.reads("This is another QuickBooks company", f"choose company {REALM_ID}", OTHER_COMPANY)
    person.tries_again()
    person.at_quickbooks()
    person.reads("Connected again", "Access was renewed")
    assert person.connections() == BOTH


def test_a_company_that_is_connected_to_another_portal(person: Person, somebody_else: Person) -> None:
    person.connects()
    person.reads("Connected")
    somebody_else.connects(portal=OTHER_PORTAL)
    somebody_else.reads("Already connected to another portal", "Imitated Company", f"ops disconnect {CONNECTION}")
    assert person.connections() == BOTH


def test_a_second_company_of_one_portal(person: Person) -> None:
    """A warning: what no filter keeps out goes to both."""
    person.connects()
    person.reads("Connected")
    person.connects(company=OTHER_REALM)
    person.reads("Connected", "connected to Imitated Company too", "no filter keeps out", "currency is CAD")
    assert person.facts()["Country"] == "CA"
    assert person.connections() == [*BOTH, (f"{PORTAL_ID}:{OTHER_REALM}", "connected")]


def test_a_sandbox_company_and_production_keys(person: Person) -> None:
    person.world.quickbooks.add_company("9130350000000888", name="Sandbox", sandbox=True)
    person.connects(company="9130350000000888")
    person.reads("QuickBooks did not open that company", "sandbox", "Nothing was connected")
    person.tries_again()
    person.at_quickbooks()
    person.reads("Connected")


# --- rights -----------------------------------------------------------------------------------------------------------


def test_without_a_needed_right_nothing_is_connected(person: Person) -> None:
    person.world.hubspot.settings.withhold_scopes = ["crm.objects.contacts.write"]
    person.open(person.link())
    person.at_hubspot()
    person.reads("HubSpot: rights are missing", "Nothing was connected")
    assert list(person.facts()) == ["crm.objects.contacts.write"]
    assert person.connections() == []
    person.world.hubspot.settings.withhold_scopes = []
    person.tries_again()
    person.at_hubspot()
    person.at_quickbooks()
    person.reads("Connected")


def test_without_an_optional_right_the_page_warns(person: Person) -> None:
    person.world.hubspot.settings.withhold_scopes = ["crm.objects.deals.read"]
    person.connects()
    person.reads("Connected", "Please note", "did not give the right crm.objects.deals.read")
    assert person.connections() == BOTH


# --- Intuit's own addresses -------------------------------------------------------------------------------------------


def test_reconnecting_from_inside_quickbooks(person: Person) -> None:
    """The user disconnected, thinks better of it, and comes without a link: the access is renewed, no more."""
    world = person.world
    world.connect()
    world.quickbooks.disconnect(REALM_ID)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert person.connections() == [(CONNECTION, "needs_reconnect")]
    person.visit(f"quickbooks/reconnect?realmId={REALM_ID}")
    person.at_quickbooks()
    person.reads("Access renewed", "Imitated Company", "What waited goes on")
    world.come_to_rest()
    assert person.connections() == BOTH
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_reconnecting_a_company_that_is_not_ours(person: Person) -> None:
    """An admin of another company finds the address: nothing is connected, and the access is given back."""
    person.world.connect()
    person.visit("quickbooks/reconnect")
    person.at_quickbooks(company=OTHER_REALM)
    person.reads("This company is not connected here", OTHER_REALM, "given back", "python -m ops connect")
    assert person.connections() == BOTH
    assert not person.world.quickbooks.grants.connected(OTHER_REALM)


def test_intuits_disconnected_page(person: Person) -> None:
    assert person.visit(f"quickbooks/disconnected?realmId={REALM_ID}") == 200
    person.reads("QuickBooks is disconnected", "stays as it is, on both sides", "python -m ops disconnect")


# --- safety -----------------------------------------------------------------------------------------------------------


def test_the_cookie_and_the_headers(person: Person, context: BrowserContext) -> None:
    """No script can read the cookie, no other site's form sends it, and only the consent gets it."""
    person.open(person.link())
    [cookie] = [one for one in context.cookies() if one["name"] == "hqsync_connect"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/connect")
    assert 600 < cookie["expires"] - person.world.clock() <= 3_600  # the flow's ten minutes, and a look back
    reply = person.page.goto(f"{person.world.stack.app_url}/connect/quickbooks/disconnected")
    assert reply is not None
    told = reply.all_headers()
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= told.items()


EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'`&amp;"


def test_a_companys_name_is_text(person: Person) -> None:
    """Whatever somebody calls their company, it is shown as it is written, and nothing of it runs."""
    person.world.quickbooks.add_company("9130350000000999", name=EVIL)
    person.connects(company="9130350000000999")
    person.reads("Connected")
    assert person.facts()["QuickBooks company"] == f"{EVIL} (9130350000000999)"
    assert person.page.locator("img, script").count() == 0
    person.connects("--connection", f"{PORTAL_ID}:9130350000000999")
    person.reads("This is another QuickBooks company")
    assert person.alarms == []
