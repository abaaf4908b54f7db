"""What a person sees in the browser: one plain page for each end that a consent can come to. Text in, HTML out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6876;--paper:#fff;--edge:#d9dfe6;--good:#1a7f4b;--bad:#b3361d}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#a3afbb;--paper:#171c22;--edge:#39424c;--good:#5fd398;--bad:#ff8f73}}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}
main{max-width:38rem;margin:0 auto;padding:3.5rem 1.5rem}
p.from{color:var(--soft);font-size:.9375rem;margin:0 0 1.5rem}
h1{font-size:1.625rem;line-height:1.25;margin:0 0 1rem;border-left:.3rem solid var(--good);padding-left:.9rem}
.bad h1{border-color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:1.25rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
h2{font-size:1.0625rem;margin:1.75rem 0 .35rem}
ul{margin:.35rem 0;padding-left:1.2rem}li{margin:.3rem 0}
code{font:.9375rem/1.5 ui-monospace,monospace;background:color-mix(in srgb,var(--edge) 45%,transparent);border-radius:.25rem;padding:.1rem .35rem;overflow-wrap:anywhere}
a.button{display:inline-block;margin-top:1.25rem;padding:.6rem 1.1rem;border-radius:.4rem;background:var(--ink);color:var(--paper);text-decoration:none}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}main{padding:2rem 1.1rem}}
""".strip()  # noqa: E501 - a rule of style is one line

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address of a callback holds a code
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
CONNECT_AGAIN = "python -m ops connect"


@dataclass(frozen=True)
class Page:
    """One end of a consent. `facts` are shown as a table, `next_steps` as a list; `code` in backticks is a command."""

    status: int
    title: str
    says: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    next_steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    link: tuple[str, str] | None = None  # words and address
    reload_s: int | None = None
    name: str = field(default="", compare=False)  # for the log: which end it was

    @property
    def html(self) -> str:
        good = self.status < 400
        reload = f'<meta http-equiv="refresh" content="{self.reload_s}">' if self.reload_s else ""
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in self.facts)
        parts = [
            f"<h1>{escape(self.title)}</h1>",
            *(f"<p>{_text(one)}</p>" for one in self.says),
            f"<dl>{facts}</dl>" if facts else "",
            _list("Good to know", self.notes),
            _list("What to do next", self.next_steps),
            f'<a class="button" href="{escape(self.link[1])}">{escape(self.link[0])}</a>' if self.link else "",
        ]
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
            f"{reload}<title>{escape(self.title)}</title><style>{STYLE}</style></head>"
            f'<body class="{"good" if good else "bad"}"><main><p class="from">HubSpot ⇄ QuickBooks sync</p>'
            f"{''.join(parts)}</main></body></html>"
        )


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{_text(one)}</li>' for one in items)}</ul>"


def _text(words: str) -> str:
    """Escaped; what is between backticks is set as code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


# --- ends -------------------------------------------------------------------------------------------------------------

ASK_AGAIN = f"Ask whoever runs the sync for a new link (they type `{CONNECT_AGAIN}`), and open it here."


def link_expired() -> Page:
    said = ("A link to connect works for ten minutes, and these are over. Nothing was connected or changed.",)
    return Page(410, "This link has expired", said, next_steps=(ASK_AGAIN,), name="expired")


def link_used() -> Page:
    said = (
        "A link to connect opens once. This one has been opened before, here or elsewhere.",
        "If that was not you, tell whoever sent it to you: somebody else may have seen the link.",
    )
    return Page(410, "This link was used already", said, next_steps=(ASK_AGAIN,), name="used")


def link_wrong() -> Page:
    said = ("It is incomplete, or it was not made by this sync. Nothing was connected or changed.",)
    whole = "Copy the whole link from where you got it; some programs cut long lines."
    return Page(400, "This link is not valid", said, next_steps=(whole, ASK_AGAIN), name="forged")


def not_a_visit() -> Page:
    said = ("Your browser tried to load this page ahead of time. The link is still unused.",)
    return Page(403, "Open the link yourself", said, name="prefetch")


def other_browser() -> Page:
    said = (
        "This answer belongs to a connection that was begun in another browser, or long ago. Nothing was connected.",
        "If you did not begin to connect anything just now, somebody may have sent you here to connect a company of "
        "theirs to your HubSpot. You can close this page.",
    )
    return Page(403, "This browser did not begin here", said, next_steps=(
        "If it was you: allow cookies for this site, and do both steps in one browser window.", ASK_AGAIN),
        name="other browser")  # fmt: skip


def answer_used() -> Page:
    said = ("This step was answered before. An answer counts once; nothing was changed now.",)
    return Page(409, "This step is done already", said, next_steps=(
        "See what is connected: `python -m ops connections`.", ASK_AGAIN), name="replayed")  # fmt: skip


def denied(vendor: str, again: str) -> Page:
    said = (f"{vendor} reports that access was not given. Nothing was connected.",)
    return Page(403, f"{vendor}: access was not given", said, next_steps=(
        "If that was a slip, try again and choose the button that allows it.",
        _WHO_MAY[vendor]), link=("Try again", again), name="denied")  # fmt: skip


_WHO_MAY = {
    "HubSpot": "In HubSpot, a super admin, or somebody with access to the app marketplace, must do it.",
    "QuickBooks": "In QuickBooks, an admin of the company must do it.",
}


def vendor_said(vendor: str, error: str, again: str) -> Page:
    said = (f"{vendor} ended the consent with the error `{error}`. Nothing was connected.",)
    return Page(502, f"{vendor} did not go on", said, next_steps=(
        "Try again. If it stays so, compare the app's settings in the developer portal (addresses, scopes) with "
        "docs/portals.md.",), link=("Try again", again), name="vendor error")  # fmt: skip


def no_answer(vendor: str, again: str) -> Page:
    said = (f"{vendor} did not answer, so it is not known whether it gave access. Nothing was connected.",)
    return Page(502, f"{vendor} did not answer", said, next_steps=(
        "Wait a minute and try again; giving access twice does no harm.",), link=("Try again", again),
        name="no answer")  # fmt: skip


def code_refused(vendor: str, error: str, again: str) -> Page:
    said = (f"{vendor} did not accept its own answer: `{error}`. Nothing was connected.",)
    return Page(502, f"{vendor} refused the last step", said, next_steps=(
        "Try again, without waiting long on the way.",
        "If it stays so: the app's id, secret and redirect address in the developer portal must be those of this "
        "sync (docs/portals.md)."), link=("Try again", again), name="code refused")  # fmt: skip


def missing_scopes(portal_id: str, missing: Iterable[tuple[str, str]], again: str) -> Page:
    said = (
        f"HubSpot portal {portal_id} did not give every right that the sync cannot work without. "
        "Nothing was connected.",
    )
    return Page(403, "HubSpot: rights are missing", said,
        facts=tuple((name, f"without it: {without}") for name, without in missing),
        next_steps=("The app's scopes in HubSpot's developer project must be those of infra/hubspot-app.",
                    "The person who installs it must hold these rights; a super admin does."),
        link=("Try again", again), name="missing scopes")  # fmt: skip


def wrong_portal(wanted: str, got: str, again: str) -> Page:
    said = (f"This link is for HubSpot portal {wanted}, but portal {got} was chosen. Nothing was connected.",)
    return Page(409, "This is another HubSpot portal", said, next_steps=(
        f"Try again and choose portal {wanted}.",
        f"To connect portal {got} as well, ask for a link that is for no particular connection."),
        link=("Try again", again), name="wrong portal")  # fmt: skip


def wrong_company(wanted: str, got: str, again: str) -> Page:
    said = (f"This link is for QuickBooks company {wanted}, but {got} was chosen. Nothing was connected.",)
    return Page(409, "This is another QuickBooks company", said, next_steps=(
        f"Try again and choose company {wanted}.",
        "To connect the other one as well, ask for a link that is for no particular connection."),
        link=("Try again", again), name="wrong company")  # fmt: skip


def not_that_company(realm_id: str, again: str) -> Page:
    said = (
        f"QuickBooks gave access, but not to company {realm_id}. Nothing was connected.",
        "The usual reason: a sandbox company and the app's production keys, or the other way round.",
    )
    return Page(409, "QuickBooks: sandbox or not?", said, next_steps=(
        "For a sandbox company, the sync must run with the app's development keys and with "
        "`QUICKBOOKS_API_URL=https://sandbox-quickbooks.api.intuit.com`; for a real one, with production keys.",
        "Then try again and choose the company once more."), link=("Try again", again),
        name="not that company")  # fmt: skip


def connected_elsewhere(realm_id: str, company: str, portal_id: str) -> Page:
    said = (
        f"{company or 'The company'} ({realm_id}) is connected to HubSpot portal {portal_id}. A company's books go to "
        "one portal only, so nothing was connected now. That connection goes on.",
    )
    return Page(409, "Already connected to another portal", said, next_steps=(
        f"To move it, first end the other one: `python -m ops disconnect {portal_id}:{realm_id}`. Then ask for a new "
        "link.",), name="connected elsewhere")  # fmt: skip


def company_unknown(realm_id: str) -> Page:
    said = (
        f"QuickBooks company {realm_id} has no connection here that could be renewed. The access that you just gave "
        "was given back.",
    )
    return Page(404, "This company is not connected here", said, next_steps=(ASK_AGAIN,), name="company unknown")


def renewed(company: str, realm_id: str) -> Page:
    said = (f"The sync has access to {company or 'company'} ({realm_id}) again. What waited goes on by itself.",)
    return Page(200, "Access renewed", said, facts=(("QuickBooks company", f"{company} ({realm_id})"),),
        notes=("You can close this page.",), name="renewed")  # fmt: skip


def disconnected_by_user() -> Page:
    said = (
        "QuickBooks tells that the sync's access was ended there. From now on nothing is read from or written to that "
        "company. What was synced so far stays as it is, on both sides.",
    )
    return Page(200, "QuickBooks is disconnected", said, notes=(
        "The sync notices it with its next call, and shows the connection as `needs_reconnect`.",
        "Changes are remembered meanwhile; after a reconnect they are caught up with.",
    ), next_steps=(
        "To connect again, open the app in QuickBooks and choose to reconnect, or ask for a link "
        f"(`{CONNECT_AGAIN}`).",
        "If it is meant to stay so, whoever runs the sync ends the connection with `python -m ops disconnect`.",
    ), name="disconnected in QuickBooks")  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A connection as the last page shows it."""

    connection: str
    portal_id: str
    realm_id: str
    company: str = ""
    country: str = ""
    currency: str = ""
    edition: str = ""
    account_type: str = ""
    ready: bool = True
    again: bool = False  # it was connected before
    warnings: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()  # other companies on the same portal


def connected(one: Shown) -> Page:
    """The good end."""
    company = f"{one.company or 'QuickBooks company'} ({one.realm_id})"
    title = "Connected" if one.ready else "Connected, getting ready"
    if one.again:
        title = "Connected again" if one.ready else "Connected again, getting ready"
    portal = one.portal_id + {"SANDBOX": " (a sandbox)", "DEVELOPER_TEST": " (a test account)"}.get(
        one.account_type, ""
    )
    facts = [("HubSpot portal", portal), ("QuickBooks company", company)]
    facts += [(name, value) for name, value in (
        ("Country", one.country), ("Currency", one.currency), ("Edition", one.edition), ("Connection", one.connection),
    ) if value]  # fmt: skip
    says = ["HubSpot and QuickBooks are connected."]
    if one.again:
        says = ["Access was renewed. The connection's links and history are as they were; what waited goes on."]
    if not one.ready:
        says.append("The sync is reading both accounts for the first time. This page looks again by itself.")
    return Page(
        200, title, tuple(says), tuple(facts), next_steps=() if one.again else _first_steps(one.connection),
        notes=(*one.warnings, *_neighbours(one)), reload_s=None if one.ready else 3, name="connected",
    )  # fmt: skip


def _first_steps(connection: str) -> tuple[str, ...]:
    return (
        "You can close this page. The rest is for whoever runs the sync:",
        f"choose what is synced: `python -m ops settings apply settings.yaml --connection {connection}`;",
        f"bring both sides together for the first time: `python -m ops backfill customer --connection {connection}`.",
        "Until then, only what changes from now on is synced.",
    )


def _neighbours(one: Shown) -> tuple[str, ...]:
    if not one.neighbours:
        return ()
    return (
        f"This portal is connected to {', '.join(one.neighbours)} too. Contacts that no filter keeps out go to each "
        "of the companies: give each connection a filter in its settings.",
    )


def broken() -> Page:
    said = ("That is a mistake of the sync, not of yours; it is in its log. Nothing was connected by this step.",)
    return Page(500, "Something went wrong here", said, next_steps=(ASK_AGAIN,), name="broken")


def cannot_begin(why: str) -> Page:
    return Page(503, "The sync is not ready to connect", (why,), name="not ready")
