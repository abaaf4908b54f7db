"""A person at a browser who connects two accounts, and what they read."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, expect

from local.stack import PORTAL_ID, REALM_ID
from tests.stories.world import World

ALLOW, CANCEL = "#allow", "#cancel"
HUBSPOT, QUICKBOOKS = "Connect an app to HubSpot (imitation)", "Connect an app to QuickBooks (imitation)"


class Person:
    """Each step waits for the page that it needs."""

    def __init__(self, page: Page, world: World) -> None:
        self.page = page
        self.world = world
        self.requests: list[Request] = []
        self.alarms: list[str] = []  # scripts that ran, and what the policy had to stop
        page.on("request", self._asked)
        page.on("dialog", self._alert)
        page.on("console", self._console)

    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _alert(self, dialog: Dialog) -> None:
        self.alarms.append(dialog.message)
        dialog.dismiss()

    def _console(self, said: ConsoleMessage) -> None:
        if "Security Policy" in said.text:
            self.alarms.append(said.text)

    # --- steps --------------------------------------------------------------------------------------------------------

    def link(self, *more: str) -> str:
        return str(self.world.ops("connect", *more)["url"])

    def open(self, url: str) -> int:
        reply = self.page.goto(url)
        assert reply is not None
        return reply.status

    def visit(self, place: str) -> int:
        return self.open(f"{self.world.stack.app_url}/connect/{place}")

    def at_hubspot(self, press: str = ALLOW, portal: str = PORTAL_ID) -> None:
        self.reads(HUBSPOT)
        self.page.locator("#portal_id").select_option(portal)
        self.page.locator(press).click()

    def at_quickbooks(self, press: str = ALLOW, company: str = REALM_ID) -> None:
        self.reads(QUICKBOOKS)
        self.page.locator("#realm_id").select_option(company)
        self.page.locator(press).click()

    def connects(self, *more: str, portal: str = PORTAL_ID, company: str = REALM_ID) -> None:
        self.open(self.link(*more))
        self.at_hubspot(portal=portal)
        self.at_quickbooks(company=company)

    def tries_again(self) -> None:
        self.page.get_by_role("link", name="Try again").click()

    def answer_of_hubspot(self) -> str:
        """Where the *Allow* button leads, as somebody sees it who looks over the shoulder; it is not gone there."""
        self.reads(HUBSPOT)
        pressed = {"portal_id": PORTAL_ID, "decision": "allow"}
        return self.page.request.post(self.page.url, form=pressed, max_redirects=0).headers["location"]

    # --- what is seen -------------------------------------------------------------------------------------------------

    def reads(self, heading: str, *words: str) -> None:
        """Waits for the page with this heading, and for these words on it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        for one in words:
            expect(self.page.locator("main")).to_contain_text(one)

    def facts(self) -> dict[str, str]:
        """The table of a page."""
        terms, told = self.page.locator("dt").all_inner_texts(), self.page.locator("dd").all_inner_texts()
        return dict(zip(terms, told, strict=True))

    def hosts(self) -> set[str]:
        return {urlsplit(one.url).netloc for one in self.requests}

    def connections(self) -> list[tuple[str, str]]:
        return [(one["connection"], one["state"]) for one in self.world.ops("connections")]
