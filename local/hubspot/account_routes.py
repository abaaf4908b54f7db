"""OAuth and account endpoints: those without an object type (reference, sections 1.3 to 1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from local.hubspot.account import utc_offset
from local.hubspot.answers import UI_DOMAIN
from local.hubspot.asking import Answer, Ask
from local.hubspot.errors import Problem, not_found

if TYPE_CHECKING:
    from local.hubspot.hub import HubSpot


def token(hub: HubSpot, request: Request) -> Answer:
    body = hub.oauth.token(_form(request))
    if request.path.startswith("/oauth/v1/"):  # v1 told neither portal nor scopes (section 1.3)
        body = {name: body[name] for name in ("token_type", "access_token", "refresh_token", "expires_in")}
    return Answer(200, body)


def introspect(hub: HubSpot, request: Request) -> Answer:
    form = _form(request)
    hub.oauth.check_client(form)
    return Answer(200, hub.oauth.introspect(_token_in(form)))


def revoke(hub: HubSpot, request: Request) -> Answer:
    form = _form(request)
    hub.oauth.check_client(form)
    hub.oauth.revoke(_token_in(form))
    return Answer(200, {})


def access_token_v1(hub: HubSpot, request: Request, token: str) -> Answer:  # noqa: ARG001 - all open routes look alike
    return _described_v1(hub, token)


def refresh_token_v1(hub: HubSpot, request: Request, token: str) -> Answer:  # noqa: ARG001
    return _described_v1(hub, token)


def delete_refresh_token_v1(hub: HubSpot, request: Request, token: str) -> Answer:  # noqa: ARG001
    hub.oauth.revoke(token)
    return Answer(204)


def details(ask: Ask) -> Answer:
    ask.known_query()
    offset, offset_ms = utc_offset(ask.portal.account.time_zone, ask.hub.now())
    return Answer(
        200,
        {
            "portalId": ask.portal.id,
            "accountType": ask.portal.account.account_type,
            "timeZone": ask.portal.account.time_zone,
            "companyCurrency": ask.portal.account.company_currency,
            "additionalCurrencies": list(ask.portal.account.rates),
            "utcOffset": offset,
            "utcOffsetMilliseconds": offset_ms,
            "uiDomain": UI_DOMAIN,
            "dataHostingLocation": "na1",
        },
    )


def uninstall(ask: Ask) -> Answer:
    ask.known_query()
    ask.hub.oauth.uninstall(ask.portal.id, int(ask.by.sourceId))
    return Answer(204)


def _described_v1(hub: HubSpot, token: str) -> Answer:
    described = hub.oauth.introspect(token)
    if not described["active"]:
        raise not_found("token not found")
    names = ("token", "user", "hub_domain", "scopes", "hub_id", "app_id", "expires_in", "user_id", "token_type")
    v1 = {name: described[name] for name in names if name in described}
    kind = "access" if described["token_use"] == "access_token" else "refresh"
    return Answer(200, v1 | {"token_type": kind} | ({"client_id": described["client_id"]} if kind == "refresh" else {}))


def _form(request: Request) -> dict[str, str]:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Problem(415, "HTTP 415 Unsupported Media Type")
    return dict(request.form.items())


def _token_in(form: dict[str, str]) -> str:
    return form.get("token") or form.get("access_token") or form.get("refresh_token") or ""
