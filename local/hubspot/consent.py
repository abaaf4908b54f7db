"""The install page: the app's wish is checked, a person decides, the browser goes back to the app (section 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from local.hubspot.asking import Answer
from local.hubspot.errors import OAuthProblem
from local.hubspot.oauth import bad_scopes, scope_mismatch

if TYPE_CHECKING:
    from local.hubspot.hub import HubSpot

# No script and no style: it works in any browser, under any policy. The icon keeps browsers from asking for one.
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,"></head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_QUESTION = """<p>App <b id="app">{app_id}</b> (client <code>{client_id}</code>) wants to connect to your account.</p>
<p>It asks for:</p>
<ul id="scopes">
{scopes}
</ul>
<form method="post" action="{action}">
<p><label for="portal_id">Account</label>
<select id="portal_id" name="portal_id">
{portals}
</select></p>
<p><button id="allow" name="decision" value="allow">Allow</button>
<button id="cancel" name="decision" value="cancel">Cancel</button></p>
</form>"""


@dataclass(frozen=True)
class Wish:
    """What an authorize URL asks for."""

    required: list[str]
    optional: list[str]
    redirect_uri: str
    challenge: str
    state: dict[str, str]


def authorize(hub: HubSpot, request: Request) -> Answer:
    """`GET /oauth/authorize`: the page, unless settings or a parameter of ours (`deny`, `portal_id`) say the answer."""
    return _checked(hub, request, _opened)


def decide(hub: HubSpot, request: Request) -> Answer:
    """`POST /oauth/authorize`: a button of the page was pressed."""
    return _checked(hub, request, _pressed)


def _checked(hub: HubSpot, request: Request, go_on: Callable[[HubSpot, Request, Wish], Answer]) -> Answer:
    """Go on with a wish that is in order. What is not in order is told to the person, never to the redirect URI."""
    try:
        return go_on(hub, request, _wish(hub, request.args))
    except OAuthProblem as problem:
        told = f'<p id="error">{escape(problem.hubspot_status)}: {escape(problem.message)}</p>'
        return _page(400, "This app cannot be installed", told)


def _wish(hub: HubSpot, query: MultiDict[str, str]) -> Wish:
    registered = hub.settings.redirect_uris
    target = query.get("redirect_uri", "")
    wish = Wish(
        required=query.get("scope", "").split(),
        optional=query.get("optional_scope", "").split(),
        redirect_uri=target,
        challenge=query.get("code_challenge", ""),
        state={"state": query["state"]} if "state" in query else {},
    )
    if query.get("client_id") != hub.oauth.client_id:
        raise OAuthProblem("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
    if not target or (registered is not None and target not in registered):
        raise OAuthProblem("invalid_request", "BAD_REDIRECT_URI", "missing or unknown redirect URI")
    if refusal := bad_scopes([*wish.required, *wish.optional]):
        raise refusal
    if refusal := scope_mismatch(hub.settings, wish.required, wish.optional):
        raise refusal
    if wish.challenge and query.get("code_challenge_method") != "S256":
        raise OAuthProblem("invalid_request", "BAD_CODE_CHALLENGE_METHOD", "code_challenge_method must be S256")
    return wish


def _opened(hub: HubSpot, request: Request, wish: Wish) -> Answer:
    if hub.settings.refuse_consent or request.args.get("deny") == "true":
        return _denied(wish)
    if picked := request.args.get("portal_id"):
        return _allowed(hub, wish, picked)
    if hub.settings.consent == "ask":
        return _question(hub, request, wish)
    return _allowed(hub, wish, str(hub.settings.consent_portal or next(iter(hub.portal_ids()), "")))


def _pressed(hub: HubSpot, request: Request, wish: Wish) -> Answer:
    match request.form.get("decision"):
        case "allow":
            return _allowed(hub, wish, request.form.get("portal_id", ""))
        case "cancel":
            return _denied(wish)
    raise OAuthProblem("invalid_request", "BAD_DECISION", "decision must be allow or cancel")


def _allowed(hub: HubSpot, wish: Wish, portal_id: str) -> Answer:
    if portal_id not in map(str, hub.portal_ids()):
        raise OAuthProblem("invalid_request", "BAD_HUB", "missing or unknown hub id")
    scopes = [*wish.required, *wish.optional]
    code = hub.oauth.new_code(int(portal_id), scopes, wish.redirect_uri, wish.challenge)
    return _back(wish, {"code": code})


def _denied(wish: Wish) -> Answer:
    return _back(wish, {"error": "access_denied", "error_description": "The user denied access."})


def _back(wish: Wish, parameters: dict[str, str]) -> Answer:
    separator = "&" if "?" in wish.redirect_uri else "?"
    location = f"{wish.redirect_uri}{separator}{urlencode({**parameters, **wish.state})}"
    return Answer(302, None, {"Location": location})


def _question(hub: HubSpot, request: Request, wish: Wish) -> Answer:
    first = hub.settings.consent_portal
    portals = (
        _option(str(id), f"{id} ({hub.portal(id).account.account_type})", selected=id == first)
        for id in hub.portal_ids()
    )
    scopes = [*wish.required, *(f"{one} (optional)" for one in wish.optional)]
    body = _QUESTION.format(
        app_id=hub.oauth.app_id,
        client_id=escape(hub.oauth.client_id),
        scopes=_lines(f"<li>{escape(one)}</li>" for one in scopes),
        action=escape(request.full_path),
        portals=_lines(portals),
    )
    return _page(200, "Connect an app to HubSpot (imitation)", body)


def _option(value: str, label: str, *, selected: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if selected else ""}>{escape(label)}</option>'


def _lines(items: Iterable[str]) -> str:
    return "\n".join(items)


def _page(status: int, title: str, body: str) -> Answer:
    return Answer(status, _PAGE.format(title=escape(title), body=body), {"Content-Type": "text/html; charset=utf-8"})
