"""The OAuth endpoints over HTTP (reference 1.1 to 1.7)."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager

from werkzeug import Request, Response

from local.quickbooks import http
from local.quickbooks.company import Company
from local.quickbooks.consent import Consent
from local.quickbooks.oauth import SCOPE, Grants, Refusal

_TOKEN = "/oauth2/v1/tokens/bearer"
_REVOKE = "/v2/oauth2/tokens/revoke"


class OAuthRoutes:
    def __init__(self, client_id: str, client_secret: str, grants: Grants, companies: Mapping[str, Company]) -> None:
        self._client = (client_id, client_secret)
        self._grants = grants
        self._consent = Consent(client_id, grants, companies)

    def rotate(self, client_secret: str) -> None:
        self._client = (self._client[0], client_secret)

    def handle(self, request: Request) -> Response | None:
        """The answer, or None for a path that is not of OAuth."""
        match request.method, request.path:
            case "GET", "/connect/oauth2":
                handler = self._consent.opened
            case "POST", "/connect/oauth2":
                handler = self._consent.pressed
            case "POST", path if path == _TOKEN:
                handler = self._token
            case "POST", path if path == _REVOKE:
                handler = self._revoke
            case "GET", "/.well-known/openid_configuration" | "/.well-known/openid_sandbox_configuration":
                handler = self._discovery
            case _:
                return None
        try:
            return handler(request)
        except Refusal as refusal:
            return http.answer(refusal.status, refusal.body())

    def under_way(self, request: Request) -> AbstractContextManager[None]:
        """To be held from a call's arrival to its answer, so that a second refresh meanwhile can be noticed (1.4)."""
        refreshes = (request.method, request.path) == ("POST", _TOKEN) and self._is_client(request)
        if refreshes and request.form.get("grant_type") == "refresh_token":
            return self._grants.refreshing(request.form.get("refresh_token", ""))
        return contextlib.nullcontext()

    def _token(self, request: Request) -> Response:
        self._require_client(request)
        if request.mimetype != "application/x-www-form-urlencoded":
            raise Refusal("invalid_request", "Content-Type should be application/x-www-form-urlencoded")
        match request.form.get("grant_type"):
            case "authorization_code":
                grant = self._grants.exchange(request.form.get("code", ""), request.form.get("redirect_uri", ""))
            case "refresh_token":
                grant = self._grants.refresh(request.form.get("refresh_token", ""))
            case _:
                raise Refusal("unsupported_grant_type")
        wanted = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        return http.answer(200, self._grants.answer(grant, hard_expiry=wanted))

    def _revoke(self, request: Request) -> Response:
        self._require_client(request)
        token = _token_to_revoke(request)
        if token is None:
            raise Refusal("invalid_request", "token is missing")
        self._grants.revoke(token)
        return http.empty()

    def _discovery(self, request: Request) -> Response:
        """The discovery document of 1.1, with everything on this host."""
        host = request.host_url.rstrip("/")
        return http.answer(
            200,
            {
                "issuer": f"{host}/op/v1",
                "authorization_endpoint": f"{host}/connect/oauth2",
                "token_endpoint": host + _TOKEN,
                "userinfo_endpoint": f"{host}/v1/openid_connect/userinfo",
                "revocation_endpoint": host + _REVOKE,
                "jwks_uri": f"{host}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": [SCOPE],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            },
        )

    def _require_client(self, request: Request) -> None:
        if not self._is_client(request):
            raise Refusal("invalid_client", status=401)

    def _is_client(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            id, secret = "", ""
        return scheme.lower() == "basic" and (id, secret) == self._client


def secrets(request: Request) -> list[str]:
    """Whatever in a call may say whose it is: its token, or what it says to the OAuth endpoints."""
    if request.path == _TOKEN:
        return [request.form.get(name, "") for name in ("code", "refresh_token")]
    if request.path == _REVOKE:
        return [_token_to_revoke(request) or ""]
    return [http.bearer(request)]


def _token_to_revoke(request: Request) -> str | None:
    body = request.get_json(silent=True)
    token = body.get("token") if isinstance(body, dict) else None
    return token if isinstance(token, str) else None
