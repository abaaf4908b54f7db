"""QuickBooks Online as one object: companies, tokens, dials, webhooks, and everything over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_plus

from werkzeug import Request, Response

from local.delivery import Delivery
from local.dials import Call, Dial, Dials
from local.quickbooks import clock, events, faults, http
from local.quickbooks.company import Company
from local.quickbooks.control import Control
from local.quickbooks.faults import Fault
from local.quickbooks.gate import Gate
from local.quickbooks.http_company import CompanyRoutes
from local.quickbooks.http_oauth import OAuthRoutes, secrets
from local.quickbooks.oauth import Grants
from local.quickbooks.record import Change
from local.quickbooks.sample import NAME, fill
from local.quickbooks.settings import Settings
from local.quickbooks.state import CompanyFile
from local.serving import HangUp

REFUSED = 0  # the status noted for a call that a dial refused: nothing was answered


class QuickBooks:
    """The imitation. `now` is the only clock it looks at; `delivery` sends nothing until it is ticked or started."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        verifier_token: str,
        webhook_url: str | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.now = now
        self._sleep = sleep
        self.settings = Settings()
        self.dials = Dials()
        letters = events.Letters(self.settings, verifier_token)
        self.delivery = Delivery(
            encode=letters.encode,
            sign=letters.headers,
            now=now,
            retry_after_s=events.RETRY_AFTER_S,
            timeout_s=events.TIMEOUT_S,
            url=webhook_url,
        )
        self.grants = Grants(self.settings, now)
        self._lock = threading.RLock()
        self._companies: dict[str, Company] = {}
        self._gate = Gate(self.settings, now)
        self._oauth = OAuthRoutes(client_id, client_secret, self.grants, self._companies)
        self._company_routes = CompanyRoutes(self._companies, self.grants, self._gate)
        self._control = Control(self)

    def rotate_secrets(self, client_secret: str, verifier_token: str) -> None:
        """A person makes new keys in the developer portal: the old ones are refused from now on."""
        with self._lock:
            self._oauth.rotate(client_secret)
            self.delivery.sign = events.Letters(self.settings, verifier_token).headers

    def add_company(
        self,
        realm_id: str,
        *,
        sample: bool = False,
        name: str | None = None,
        country: str = "US",
        edition: str = "QuickBooks Online Plus",
        home_currency: str = "USD",
        multi_currency: bool = False,
        sandbox: bool = False,
    ) -> Company:
        """Open a company file, empty or with the sample company of reference 11 in it.

        `edition` is the OfferingSku of CompanyInfo. A `sandbox` company opens only to keys for sandboxes.
        """
        with self._lock:
            if realm_id in self._companies:
                raise ValueError(f"there is a company {realm_id} already")
            file = CompanyFile(
                realm_id,
                name=name or (NAME if sample else "Imitated Company"),
                country=country,
                edition=edition,
                home_currency=home_currency,
                multi_currency=multi_currency,
                settings=self.settings,
                now=self.now,
                tell=lambda change: self._tell(realm_id, change),
            )
            if sample:
                fill(file)
            self._companies[realm_id] = Company(file, self._lock, sandbox=sandbox)
            return self._companies[realm_id]

    def company(self, realm_id: str) -> Company:
        return self._companies[realm_id]

    def issue_tokens(self, realm_id: str) -> dict[str, Any]:
        """Connect the app to a company without a browser. As in reality, it replaces an earlier connection."""
        with self._lock:
            if realm_id not in self._companies:
                raise KeyError(realm_id)
            reply = self.grants.answer(self.grants.connect(realm_id))
        names = ("access_token", "refresh_token", "expires_in")
        return {"realm_id": realm_id, **{name: reply[name] for name in names}}

    def disconnect(self, realm_id: str) -> None:
        """A person disconnects the app inside QuickBooks."""
        with self._lock:
            self.grants.disconnect(realm_id)

    def metered(self, realm_id: str) -> int:
        """How many metered calls succeeded for a company (reference 10.2)."""
        return self._gate.metered[realm_id]

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/_control"):
            response = self._control.handle(request)
        else:
            response = self._answer_by_dials(request)
        return response(environ, start_response)

    def _tell(self, realm_id: str, change: Change) -> None:
        """Publish a change, if the app is connected: before that Intuit tells nothing (reference 3.1)."""
        if self.grants.connected(realm_id):
            self.delivery.publish([events.cloud_event(realm_id, change, self.now())])

    def _answer_by_dials(self, request: Request) -> Response:
        dial = self.dials.next(request.method, request.path, http.body_text(request))
        match dial.do if dial else None:
            case "refuse":
                self._note(request, REFUSED)
                raise HangUp
            case "status" | "answer" | "html":
                assert dial
                response = self._dialled(dial)
                self._note(request, response.status_code)
                return response
        with self._oauth.under_way(request):
            if dial and dial.do == "delay":
                self._sleep(dial.seconds)  # outside the lock: others are not kept waiting
            response, metered = self._answer(request)
        self._note(request, response.status_code, metered)
        if dial and dial.do == "lose_answer":
            raise HangUp
        return response

    def _dialled(self, dial: Dial) -> Response:
        if dial.do == "html":
            response = http.html(dial.status)
        else:
            usual = {401: faults.authentication_failed("Token expired: by dial"), 429: faults.throttled()}
            fault = usual.get(dial.status, faults.system_failure(dial.status))
            response = http.answer(dial.status, fault.body(self.now()) if dial.json is None else dial.json)
        response.headers.update(dial.headers)
        return response

    def _answer(self, request: Request) -> tuple[Response, int]:
        with self._lock:
            oauth = self._oauth.handle(request)
            if oauth is not None:
                return oauth, 0
            at = self.now()
            try:
                reply = self._company_routes.handle(request)
            except Fault as fault:
                return http.answer(fault.status, fault.body(at)), 0
            return http.answer(200, {**reply.body, "time": clock.milliseconds(at)}), reply.metered

    def _note(self, request: Request, status: int, metered: int = 0) -> None:
        self.dials.note(
            Call(
                at=self.now(),
                method=request.method,
                path=request.path,
                query=unquote_plus(request.query_string.decode()),
                status=status,
                metered=metered,
                token=http.bearer(request),
                body=http.body_text(request),
                account=self.grants.account_of(*secrets(request)),
            )
        )
