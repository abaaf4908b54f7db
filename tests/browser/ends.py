"""Every page that a consent can end with, as a person might meet it: made with the words of a real day."""

from __future__ import annotations

from chalicelib.connect import pages
from chalicelib.connect.pages import Page, Shown

AGAIN = "https://sync.example.com/api/connect/again"
PORTAL, OTHER_PORTAL = "48120771", "50230015"
REALM, OTHER_REALM = "9130350000000000", "9130350000000417"
COMPANY = "Wren & Daughters Landscaping Ltd"
CONNECTED = Shown(
    f"{PORTAL}:{REALM}", PORTAL, REALM, COMPANY, "US", "USD", "QuickBooks Online Plus", account_type="STANDARD"
)


def shown(**changed: object) -> Page:
    return pages.connected(Shown(**{**vars(CONNECTED), **changed}))  # type: ignore[arg-type]


ENDS: dict[str, Page] = {
    "link_expired": pages.link_expired(),
    "link_used": pages.link_used(),
    "link_used, by this browser": pages.link_used(AGAIN),
    "link_wrong": pages.link_wrong(),
    "not_a_visit": pages.not_a_visit(),
    "other_browser": pages.other_browser(),
    "answer_used": pages.answer_used(),
    "answer_used, by this browser": pages.answer_used(AGAIN),
    "denied": pages.denied("HubSpot", AGAIN),
    "denied, QuickBooks": pages.denied("QuickBooks", AGAIN),
    "vendor_said": pages.vendor_said("HubSpot", "server_error", AGAIN),
    "no_answer": pages.no_answer("QuickBooks", AGAIN),
    "code_refused": pages.code_refused("HubSpot", "BAD_AUTH_CODE", AGAIN),
    "missing_scopes": pages.missing_scopes(
        PORTAL,
        [
            ("crm.objects.contacts.read", "No contact can be synced."),
            ("crm.objects.companies.read", "No customer can be named after its company."),
        ],
        AGAIN,
    ),
    "wrong_portal": pages.wrong_portal(PORTAL, OTHER_PORTAL, AGAIN),
    "wrong_company": pages.wrong_company(REALM, f"{COMPANY} ({OTHER_REALM})", AGAIN),
    "not_that_company": pages.not_that_company(REALM, AGAIN),
    "connected_elsewhere": pages.connected_elsewhere(REALM, COMPANY, OTHER_PORTAL),
    "company_unknown": pages.company_unknown(REALM),
    "renewed": pages.renewed(COMPANY, REALM),
    "renewed, no name": pages.renewed("", REALM),
    "disconnected_by_user": pages.disconnected_by_user(),
    "connected": shown(),
    "connected, not ready": shown(ready=False, company="", country="", currency="", edition=""),
    "connected, again": shown(again=True),
    "connected, again, not ready": shown(again=True, ready=False),
    "connected, with notes": shown(
        account_type="DEVELOPER_TEST",
        country="CA",
        warnings=(
            "HubSpot did not give the right crm.schemas.contacts.write. The key property cannot be made: customers "
            "without an e-mail cannot be told apart after a lost answer.",
            "HubSpot's company currency is USD, QuickBooks' home currency is CAD",
        ),
        neighbours=("Wren Nurseries", "Wren Tools LLC"),
    ),
    "broken": pages.broken(),
    "cannot_begin": pages.cannot_begin("It does not know its own address yet: deploy it again with PublicUrl."),
}
