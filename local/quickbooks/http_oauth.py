"""The OAuth endpoints over HTTP (reference 1.1 to 1.7)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.utils import redirect

from local.quickbooks import http
from local.quickbooks.oauth import SCOPE, Grants, Refusal


class OAuthRoutes:
    """The person picks the company that the request names in `realm_id`, or the first that there is."""

    def __init__(self, client_id: str, client_secret: str, grants: Grants, realm_ids: Collection[str]) -> None:
        self._client = (client_id, client_secret)
        self._grants = grants
        self._realm_ids = realm_ids

    def handle(self, request: Request) -> Response | None:
        """The answer, or None for a path that is not of OAuth."""
        match request.method, request.path:
            case "GET", "/connect/oauth2":
                handler = self._authorize
            case "POST", "/oauth2/v1/tokens/bearer":
                handler = self._token
            case "POST", "/v2/oauth2/tokens/revoke":
                handler = self._revoke
            case "GET", "/.well-known/openid_configuration" | "/.well-known/openid_sandbox_configuration":
                handler = self._discovery
            case _:
                return None
        try:
            return handler(request)
        except Refusal as refusal:
            return http.answer(refusal.status, refusal.body())

    def _authorize(self, request: Request) -> Response:
        """Consent at once: the real page asks the person (1.2)."""
        asked = request.args
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._client[0]:
            raise Refusal("invalid_client")
        if not target or "?" in target or not asked.get("state"):
            raise Refusal("invalid_request", "redirect_uri without query parameters, and state, are required")
        if asked.get("response_type") != "code":
            return _back(target, error="unsupported_response_type", state=asked["state"])
        if asked.get("scope", "").split() != [SCOPE]:
            return _back(target, error="invalid_scope", state=asked["state"])
        if self._grants.settings.refuse_consent:
            return _back(target, error="access_denied", state=asked["state"])
        realm_id = asked.get("realm_id") or next(iter(self._realm_ids), "")
        if realm_id not in self._realm_ids:
            raise Refusal("invalid_request", f"there is no company {realm_id}")
        code = self._grants.consent(realm_id, target)
        return _back(target, code=code, state=asked["state"], realmId=realm_id)

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
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("token"), str):
            raise Refusal("invalid_request", "token is missing")
        self._grants.revoke(body["token"])
        return http.empty()

    def _discovery(self, request: Request) -> Response:
        """The discovery document of 1.1, with everything on this host."""
        host = request.host_url.rstrip("/")
        return http.answer(
            200,
            {
                "issuer": f"{host}/op/v1",
                "authorization_endpoint": f"{host}/connect/oauth2",
                "token_endpoint": f"{host}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{host}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{host}/v2/oauth2/tokens/revoke",
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
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            id, secret = "", ""
        if scheme.lower() != "basic" or (id, secret) != self._client:
            raise Refusal("invalid_client", status=401)


def _back(target: str, **parameters: str) -> Response:
    response = redirect(f"{target}?{urlencode(parameters)}")
    assert isinstance(response, Response)
    return http.stamped(response)
