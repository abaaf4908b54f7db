"""The imitation as a whole: portals, tokens, webhooks, dials, and the HTTP surface over them."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request, Response

from local.delivery import Delivery
from local.dials import Call, Dial, Dials
from local.hubspot import control, events
from local.hubspot import sample as samples
from local.hubspot.asking import Answer, Ask, check_json_type
from local.hubspot.changes import Change
from local.hubspot.errors import Problem, canned, missing_scopes, no_credentials, no_payments, no_such_resource
from local.hubspot.kinds import PAYMENTS
from local.hubspot.oauth import SCOPES, OAuth
from local.hubspot.portal import Portal
from local.hubspot.rates import Rates
from local.hubspot.routes import Route, url_map
from local.hubspot.settings import Settings
from local.serving import HangUp

_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


class HubSpot:
    """HubSpot as one app sees it. `wsgi` is the API; `portal(…)` is what people do in HubSpot's screens."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        app_id: int,
        webhook_url: str | None = None,
        now: Callable[[], float] = time.time,
        settings: Settings | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.now = now
        self._sleep = sleep
        self.settings = settings or Settings()
        self.dials = Dials()
        self.oauth = OAuth(client_id, client_secret, app_id, self.settings, now)
        self.delivery = Delivery(
            encode=events.encode,
            sign=partial(events.signature_headers, client_secret),
            now=now,
            retry_after_s=events.RETRY_AFTER_S,
            url=webhook_url,
        )
        self._lock = threading.RLock()
        self._portals: dict[int, Portal] = {}
        self._webhooks = events.Webhooks(app_id, self.settings)
        self._rates = Rates(self.settings, now)
        self._urls = url_map().bind("api.hubapi.com")

    def rotate_secret(self, client_secret: str) -> None:
        """A person makes a new client secret in the developer portal: the old one is refused from now on."""
        with self._lock:
            self.oauth.client_secret = client_secret
            self.delivery.sign = partial(events.signature_headers, client_secret)

    # -- portals ------------------------------------------------------------------------------------------------

    def add_portal(
        self,
        portal_id: int,
        *,
        sample: bool = False,
        company_currency: str = "USD",
        account_type: str = "STANDARD",
        time_zone: str = "US/Eastern",
        first_ids: dict[str, int] | None = None,
        currencies: dict[str, str] | None = None,
        payments: bool = False,
    ) -> Portal:
        """Open an account. `first_ids` sets where its ids begin: `{"contacts": …, "companies": …}`.

        `currencies` are those beside the company's, with what one of them is worth in it: `{"EUR": "1.10"}`.
        `payments`: HubSpot payments or Stripe is set up.

        `account_type` and `time_zone` are what account details tell (section 1.5).
        """
        with self._lock:
            if portal_id in self._portals:
                raise ValueError(f"portal {portal_id} exists already")
            portal = Portal(
                portal_id,
                now=self.now,
                publish=self._publish,
                lock=self._lock,
                company_currency=company_currency,
                account_type=account_type,
                time_zone=time_zone,
                first_ids=first_ids,
                settings=self.settings,
            )
            for code, rate in (currencies or {}).items():
                portal.add_currency(code, rate)
            portal.set_up(payments=payments)
            if sample:
                samples.fill(portal)
            self._portals[portal_id] = portal
            return portal

    def portal(self, portal_id: int) -> Portal:
        return self._portals[portal_id]

    def portal_ids(self) -> list[int]:
        return list(self._portals)

    def issue_tokens(self, portal_id: int, scopes: Iterable[str] = SCOPES, app_id: int | None = None) -> dict[str, Any]:
        """Install the app in a portal without a browser. `app_id`: another app's tokens, to play a neighbour."""
        with self._lock:
            self.portal(portal_id)
            issued = self.oauth.install(portal_id, scopes, app_id)
            wanted = ("access_token", "refresh_token", "expires_in")
            return {"portal_id": str(portal_id), **{name: issued[name] for name in wanted}}

    def uninstall(self, portal_id: int) -> None:
        with self._lock:
            self.oauth.uninstall(portal_id)

    def _publish(self, portal_id: int, change: Change) -> None:
        if portal_id not in self.oauth.uninstalled:
            self.delivery.publish(self._webhooks.events(portal_id, change))

    # -- HTTP ---------------------------------------------------------------------------------------------------

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/_control/"):
            return _response(control.answer(self, request))(environ, start_response)
        text = request.get_data(as_text=True, parse_form_data=False)
        dial = self.dials.next(request.method, request.path, text)
        if dial and dial.do == "refuse":
            raise HangUp
        if dial and dial.do == "delay":
            self._sleep(dial.seconds)  # outside the lock: others are not kept waiting
        answer = _dialled(dial) or self._answer(request, text)
        self._note(request, text, answer.status)
        if dial and dial.do == "lose_answer":
            raise HangUp
        return _response(answer)(environ, start_response)

    def _answer(self, request: Request, text: str) -> Answer:
        """Answer one API call, or refuse it in HubSpot's words."""
        try:
            route, arguments = self._route(request)
            with self._lock:
                if route.is_open:
                    return route.handler(self, request, **arguments)
                return self._authenticated(route, arguments, request, text)
        except Problem as problem:
            return Answer(problem.status, problem.body(), problem.headers)

    def _route(self, request: Request) -> tuple[Route, dict[str, Any]]:
        try:
            return self._urls.match(request.path, request.method)  # type: ignore[return-value]
        except MethodNotAllowed:
            raise Problem(405, "HTTP 405 Method Not Allowed") from None
        except HTTPException:
            raise no_such_resource() from None

    def _authenticated(self, route: Route, arguments: dict[str, Any], request: Request, text: str) -> Answer:
        token = self.oauth.authenticate(_bearer(request))
        portal = self._portals.get(token.grant.portal_id)
        if portal is None:
            raise no_credentials()
        scopes = route.scopes(arguments)
        if scopes and not any(set(those) <= set(token.grant.scopes) for those in scopes):
            raise missing_scopes(list(dict.fromkeys(one for those in scopes for one in those)))
        if PAYMENTS in route.kinds(arguments) and not portal.account.payments:
            raise no_payments()
        counted = (
            self._rates.count_search(portal.id)
            if route.is_search
            else self._rates.count(portal.id, token.source.sourceId)
        )
        ask = Ask(self, portal, token.source, route.version, request.base_url, text, request.args)
        try:
            if route.takes_json:
                check_json_type(request.content_type or "")
            answer = route.handler(ask, **arguments)
        except Problem as problem:
            return Answer(problem.status, problem.body(), {**counted, **problem.headers})
        return Answer(answer.status, answer.body, {**counted, **answer.headers})

    def _note(self, request: Request, text: str, status: int) -> None:
        self.dials.note(
            Call(
                at=self.now(),
                method=request.method,
                path=request.path,
                query=request.query_string.decode(),
                status=status,
                token=_bearer(request),
                body=text,
                account=self.oauth.account_of(*_secrets(request)),
            )
        )


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _secrets(request: Request) -> list[str]:
    """Whatever in a call may say whose it is: its token, or what it says to the OAuth endpoints."""
    if not request.path.startswith("/oauth/"):
        return [_bearer(request)]
    in_form = [request.form.get(name, "") for name in ("code", "refresh_token", "token", "access_token")]
    return [*in_form, request.path.rpartition("/")[2]]


def _dialled(dial: Dial | None) -> Answer | None:
    if dial is None or dial.do not in ("status", "answer", "html"):
        return None
    if dial.do == "html":
        return Answer(dial.status, _HTML.format(dial.status), {**dial.headers, "Content-Type": "text/html"})
    return Answer(dial.status, dial.json if dial.json is not None else canned(dial.status), dial.headers)


def _response(answer: Answer) -> Response:
    """JSON, with a correlation id in the header and, on errors, in the body."""
    correlation_id = str(uuid.uuid4())
    headers = {"x-hubspot-correlation-id": correlation_id, **answer.headers}
    if "Content-Type" in headers:
        return Response(answer.body, answer.status, headers)
    body = answer.body
    if isinstance(body, dict) and body.get("status") == "error" and answer.status >= 400:
        body = {**body, "correlationId": correlation_id}
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    return Response(text, answer.status, headers, content_type="application/json;charset=utf-8")
