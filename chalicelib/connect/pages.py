"""What a person sees in the browser: one plain page for each end that a consent can come to. Text in, HTML out.

Whoever reads them keeps the books or runs the CRM; commands are for a colleague, and stand at the end of a sentence, so
that they can be copied whole. Each page says what happened, whether anything was connected, and what to do next.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
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
FROM = "HubSpot ⇄ QuickBooks sync"
COMMAND_MIN = 40  # characters; a longer word in backticks, or several, has a line of its own


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
        reload = f'<meta http-equiv="refresh" content="{self.reload_s}">' if self.reload_s else ""
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in self.facts)
        notes = _list("Please note", self.notes)
        parts = [
            f"<h1>{escape(self.title)}</h1>",
            *(f"<p>{_text(one)}</p>" for one in self.says),
            f"<dl>{facts}</dl>" if facts else "",
            f'<div class="notes">{notes}</div>' if notes else "",
            _list("What to do next", self.next_steps),
            f'<a class="button" href="{escape(self.link[1])}">{escape(self.link[0])}</a>' if self.link else "",
        ]
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
            f"{reload}<title>{escape(self.title)} – {FROM}</title><style>{STYLE}</style></head>"
            f'<body class="{"good" if self.status < 400 else "bad"}"><main><p class="from">{FROM}</p>'
            f"{''.join(parts)}</main></body></html>"
        )


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{_text(one)}</li>' for one in items)}</ul>"


def _text(words: str) -> str:
    """Escaped; what is between backticks is set as code. One without a partner is a backtick."""
    parts = escape(words).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(_code(part) if number % 2 else part for number, part in enumerate(parts))


def _code(part: str) -> str:
    command = " " in part or len(part) > COMMAND_MIN
    return f'<code class="command">{part}</code>' if command else f"<code>{part}</code>"


def _named(words: str) -> str:
    """Somebody else's words inside a sentence of ours: a backtick among them must not begin a command."""
    return words.replace("`", "'")


def _company(name: str, realm_id: str) -> str:
    return f"{name} ({realm_id})" if name else realm_id


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "!", "?", "`")) else ".")


# --- the link ---------------------------------------------------------------------------------------------------------

ASK_AGAIN = f"Ask whoever runs the sync for a new link, and open it in this browser. They type: `{CONNECT_AGAIN}`"
SEE = "Whoever runs the sync can see what is connected: `python -m ops connections`"
CLOSE = "Nothing more is needed from you. You can close this page."


def link_expired() -> Page:
    said = ("A link works for ten minutes, and they are over. Nothing was connected or changed.",)
    return Page(410, "This link has expired", said, next_steps=(ASK_AGAIN,), name="expired")


def link_used(again: str = "") -> Page:
    """`again`: where the browser that opened the link first can go on."""
    said = ("A link opens once, and this one has been opened before. Nothing was connected or changed now.",)
    careful = "If that was not you, tell whoever sent you the link: somebody else may have seen it."
    steps = ("This browser opened it, and can go on.",) if again else (careful, ASK_AGAIN)
    return Page(410, "This link was used already", said, next_steps=steps, link=_go_on(again), name="used")


def link_wrong() -> Page:
    said = ("It is incomplete, or it was not made by this sync. Nothing was connected or changed.",)
    whole = "Copy the whole link from where you got it. Some programs cut long lines."
    return Page(400, "This link is not valid", said, next_steps=(whole, ASK_AGAIN), name="forged")


def not_a_visit() -> Page:
    said = ("Your browser tried to load this page ahead of time. Nothing was connected, and the link is still unused.",)
    return Page(403, "Open the link yourself", said, next_steps=("Open the link once more.",), name="prefetch")


def other_browser() -> Page:
    said = (
        "This page belongs to a connection that was begun in another browser, or whose ten minutes are over. "
        "Nothing was connected by opening it here.",
        "If you did not begin to connect anything just now, somebody may have sent you here to connect a company of "
        "theirs to your HubSpot. Then close this page.",
    )
    return Page(403, "Nothing is under way in this browser", said, next_steps=(
        "If it was you: allow cookies for this site, and do both steps in one browser window, without a long break.",
        SEE, ASK_AGAIN), name="other browser")  # fmt: skip


def answer_used(again: str = "") -> Page:
    """`again`: where the flow of this browser goes on."""
    said = ("An answer from HubSpot or QuickBooks counts once, and this one was used. Nothing was changed now.",
            "Going back or reloading in the browser can lead here.")  # fmt: skip
    steps = ("This browser can go on.",) if again else (SEE, ASK_AGAIN)
    return Page(409, "This step is done already", said, next_steps=steps, link=_go_on(again), name="replayed")


def _go_on(again: str) -> tuple[str, str] | None:
    return ("Go on where you were", again) if again else None


# --- a vendor's no ----------------------------------------------------------------------------------------------------

IN_TIME = "You can try again until ten minutes after the link was made. Later, ask for a new link."


def denied(vendor: str, again: str) -> Page:
    said = (f"{vendor} says that access was not given. Nothing was connected.",)
    return Page(403, f"{vendor}: access was not given", said, next_steps=(
        "If you cancelled by mistake, try again and choose the button that allows it.",
        _WHO_MAY[vendor], IN_TIME), link=("Try again", again), name="denied")  # fmt: skip


_WHO_MAY = {
    "HubSpot": "HubSpot lets only a super admin do this, or somebody with access to the app marketplace.",
    "QuickBooks": "QuickBooks lets only an admin of the company do this.",
}


def vendor_said(vendor: str, error: str, again: str) -> Page:
    said = (f"{vendor} stopped with the error `{_named(error)}`", "Nothing was connected.")
    return Page(502, f"{vendor} did not go on", said, next_steps=(
        "Try again.",
        "If it stays so, show this page to whoever runs the sync. They compare the app's addresses and scopes in the "
        "developer portal with `docs/portals.md`."), link=("Try again", again), name="vendor error")  # fmt: skip


def no_answer(vendor: str, again: str) -> Page:
    said = (f"{vendor} took too long, so it is not known whether it gave access. Nothing was connected.",)
    return Page(502, f"{vendor} did not answer", said, next_steps=(
        "Wait a minute and try again. Giving access twice does no harm.", IN_TIME), link=("Try again", again),
        name="no answer")  # fmt: skip


def code_refused(vendor: str, error: str, again: str) -> Page:
    said = (f"{vendor} sent you back here, and then refused to finish, with the error `{_named(error)}`",
            "Nothing was connected.")  # fmt: skip
    return Page(502, f"{vendor} refused the last step", said, next_steps=(
        "Try again, and do not wait long on the way.",
        "If it stays so, show this page to whoever runs the sync. The app's id, secret and redirect address in the "
        "developer portal must be those of this sync: see `docs/portals.md`."),
        link=("Try again", again), name="code refused")  # fmt: skip


def missing_scopes(portal_id: str, missing: Iterable[tuple[str, str]], again: str) -> Page:
    said = (f"HubSpot portal {portal_id} did not give the rights below, and the sync cannot work without them. "
            "Nothing was connected.",)  # fmt: skip
    return Page(403, "HubSpot: rights are missing", said,
        facts=tuple((name, f"Without it, {without[:1].lower()}{without[1:]}") for name, without in missing),
        next_steps=("Let a super admin of the portal open this step: nobody can give rights that they do not hold.",
                    "If it stays so, show this page to whoever runs the sync. The app's scopes in HubSpot's developer "
                    "project must be those of `infra/hubspot-app`."),
        link=("Try again", again), name="missing scopes")  # fmt: skip


# --- another account than was meant -----------------------------------------------------------------------------------


def wrong_portal(wanted: str, got: str, again: str) -> Page:
    said = (f"This link is for HubSpot portal {wanted}, but portal {got} was chosen. Nothing was connected.",)
    return Page(409, "This is another HubSpot portal", said, next_steps=(
        f"Try again and choose portal {wanted}.",
        f"To connect portal {got} as well, ask whoever runs the sync for a link of its own: `{CONNECT_AGAIN}`"),
        link=("Try again", again), name="wrong portal")  # fmt: skip


def wrong_company(wanted: str, got: str, again: str) -> Page:
    said = (f"This link is for QuickBooks company {wanted}, but {_named(got)} was chosen. Nothing was connected.",)
    return Page(409, "This is another QuickBooks company", said, next_steps=(
        f"Try again and choose company {wanted}.",
        f"To connect the other one as well, ask whoever runs the sync for a link of its own: `{CONNECT_AGAIN}`"),
        link=("Try again", again), name="wrong company")  # fmt: skip


def not_that_company(realm_id: str, again: str) -> Page:
    said = (
        f"You gave access, but QuickBooks does not let the sync read company {realm_id}. Nothing was connected.",
        "The usual reason: it is a sandbox company and the sync is set up for real ones, or the other way round.",
    )
    return Page(409, "QuickBooks did not open that company", said, next_steps=(
        "If you chose the wrong company, try again and choose the right one.",
        "For a real company, the sync must run with the app's production keys.",
        "For a sandbox company, it must run with the app's development keys, and with this setting: "
        "`QUICKBOOKS_API_URL=https://sandbox-quickbooks.api.intuit.com`",
        ), link=("Try again", again), name="not that company")  # fmt: skip


def connected_elsewhere(realm_id: str, company: str, portal_id: str) -> Page:
    said = (
        f"QuickBooks company {_named(_company(company, realm_id))} belongs to HubSpot portal {portal_id}. That "
        "connection goes on.",
        "A company's books go to one portal only, so nothing was connected now.",
    )
    return Page(409, "Already connected to another portal", said, next_steps=(
        f"To move it, whoever runs the sync first ends the other connection: "
        f"`python -m ops disconnect {portal_id}:{realm_id}`", f"Then they send you a new link: `{CONNECT_AGAIN}`",
        ), name="connected elsewhere")  # fmt: skip


# --- Intuit's own addresses -------------------------------------------------------------------------------------------


def company_unknown(realm_id: str) -> Page:
    said = (
        f"QuickBooks company {realm_id} has no connection here that could be renewed. Nothing was connected, and the "
        "access that you just gave was given back.",
    )
    return Page(404, "This company is not connected here", said, next_steps=(
        f"To connect it, ask whoever runs the sync for a link: `{CONNECT_AGAIN}`",),
        name="company unknown")  # fmt: skip


def renewed(company: str, realm_id: str) -> Page:
    said = ("The sync may read and write this company's books again. What waited goes on by itself.",)
    return Page(200, "Access renewed", said, facts=(("QuickBooks company", _company(company, realm_id)),),
        next_steps=(CLOSE,), name="renewed")  # fmt: skip


def disconnected_by_user() -> Page:
    said = (
        "QuickBooks sent you here because the sync was disconnected there. From then on nothing is read from or "
        "written to that company. What was synced so far stays as it is, on both sides.",
    )
    return Page(200, "QuickBooks is disconnected", said, notes=(
        "The sync notices it with its next call, and then shows the connection as `needs_reconnect`.",
        "It remembers what changes meanwhile, and catches up after a reconnect.",
    ), next_steps=(
        f"To connect again, open the app in QuickBooks and choose to reconnect. Or ask for a link: `{CONNECT_AGAIN}`",
        "If it is meant to stay so, whoever runs the sync ends the connection for good: `python -m ops disconnect`",
    ), name="disconnected in QuickBooks")  # fmt: skip


# --- connected --------------------------------------------------------------------------------------------------------


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


_KINDS = {"SANDBOX": " (a sandbox)", "DEVELOPER_TEST": " (a test account)"}


def connected(one: Shown) -> Page:
    """The good end."""
    title = "Connected again" if one.again else "Connected"
    facts = (
        ("HubSpot portal", one.portal_id + _KINDS.get(one.account_type, "")),
        ("QuickBooks company", _company(one.company, one.realm_id)),
        ("Country", one.country), ("Currency", one.currency), ("Edition", one.edition), ("Connection", one.connection),
    )  # fmt: skip
    return Page(
        200, title if one.ready else f"{title}, getting ready", tuple(_news(one)),
        facts=tuple((name, value) for name, value in facts if value),
        next_steps=(CLOSE,) if one.again else _first_steps(one.connection),
        notes=tuple(_sentence(_named(warning)) for warning in one.warnings) + _neighbours(one),
        reload_s=None if one.ready else 3, name="connected",
    )  # fmt: skip


def _news(one: Shown) -> Iterable[str]:
    if one.again:
        yield "Access was renewed. All links and the history are as they were, and what waited goes on by itself."
    else:
        yield "HubSpot and QuickBooks are connected. From now on, the sync carries changes over."
    if not one.ready:
        yield "The sync is still reading both accounts. This page looks again every few seconds by itself."


def _first_steps(connection: str) -> tuple[str, ...]:
    return (
        CLOSE,
        "Whoever runs the sync then chooses what is synced: "
        f"`python -m ops settings apply settings.yaml --connection {connection}`",
        "And then brings over what is there already: "
        f"`python -m ops backfill customer --connection {connection}`",
    )  # fmt: skip


def _neighbours(one: Shown) -> tuple[str, ...]:
    if not one.neighbours:
        return ()
    others = _named(", ".join(one.neighbours))
    return (
        f"This portal is connected to {others} too. A contact that no filter keeps out goes to each of these "
        "companies, so give each connection a filter in its settings.",
    )


# --- what should not be -----------------------------------------------------------------------------------------------


def broken() -> Page:
    said = ("That is a mistake of the sync, not of yours. It is in the sync's log.",)
    return Page(500, "Something went wrong here", said, next_steps=(SEE, ASK_AGAIN), name="broken")


def cannot_begin(why: str) -> Page:
    said = (why, "Nothing was connected.")
    return Page(503, "The sync is not ready to connect", said, next_steps=(
        "Show this page to whoever runs the sync: `docs/connecting.md` has the steps. Then ask for a new link.",
        ), name="not ready")  # fmt: skip
