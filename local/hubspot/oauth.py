"""Installs, codes and tokens (reference, sections 1.2 to 1.4). No HTTP in here."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local.hubspot.errors import OAuthProblem, Problem, expired_token, no_credentials
from local.hubspot.kinds import USER_ID, Source, app, iso
from local.hubspot.settings import Settings

_WITH_SCHEMA = ("contacts", "companies", "deals", "quotes", "invoices", "commercepayments")
_OBJECTS = (*_WITH_SCHEMA, "products", "line_items")  # custom properties of these two need e-commerce (section 1.6)
SCOPES = (
    "oauth",
    *(f"crm.objects.{name}.{doing}" for name in _OBJECTS for doing in ("read", "write")),
    *(f"crm.schemas.{name}.{doing}" for name in _WITH_SCHEMA for doing in ("read", "write")),
    "e-commerce",
    "crm.objects.owners.read",
    "settings.currencies.read",
    "tax_rates.read",
    "automation",
    "timeline",
)
CODE_LIFE_S = 60.0  # "short", says the reference, without a number
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636, section 4.1


@dataclass
class Grant:
    """One installation of an app in a portal."""

    portal_id: int
    app_id: int
    scopes: tuple[str, ...]
    refresh_token: str
    dead: bool = False
    uninstalled: bool = False


@dataclass
class AccessToken:
    token: str
    grant: Grant
    expires_at: float
    revoked: bool = False

    @property
    def source(self) -> Source:
        return app(self.grant.app_id)


@dataclass
class Code:
    portal_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    expires_at: float
    used: bool = False


@dataclass
class OAuth:
    """The token service for one app. Other apps' tokens can be issued too, to play a neighbour."""

    client_id: str
    client_secret: str
    app_id: int
    settings: Settings
    now: Callable[[], float]
    uninstalled: set[int] = field(default_factory=set)  # portals that threw the app out: no webhooks for them
    _codes: dict[str, Code] = field(default_factory=dict)
    _access: dict[str, AccessToken] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)  # by refresh token, outdated ones too

    # -- issuing ------------------------------------------------------------------------------------------------

    def new_code(self, portal_id: int, scopes: Iterable[str], redirect_uri: str, challenge: str = "") -> str:
        code = f"na1-{secrets.token_hex(8)}"
        expires_at = self.now() + CODE_LIFE_S
        self._codes[code] = Code(portal_id, tuple(scopes), redirect_uri, challenge, expires_at)
        return code

    def install(self, portal_id: int, scopes: Iterable[str] = SCOPES, app_id: int | None = None) -> dict[str, Any]:
        """Grant access without the browser; return what the token endpoint would."""
        given = tuple(one for one in dict.fromkeys(scopes) if one not in self.settings.withhold_scopes)
        grant = Grant(portal_id, app_id or self.app_id, given, _new_refresh_token())
        if grant.app_id == self.app_id:
            self.uninstalled.discard(portal_id)
        self._grants[grant.refresh_token] = grant
        return self._issue(grant)

    def uninstall(self, portal_id: int, app_id: int | None = None) -> None:
        """Take an app out of a portal: no refresh token of it works any more, and no webhooks are sent."""
        if app_id in (None, self.app_id):
            self.uninstalled.add(portal_id)
        for grant in self._grants.values():
            if grant.portal_id == portal_id and grant.app_id == (app_id or self.app_id):
                grant.dead = grant.uninstalled = True

    def _issue(self, grant: Grant) -> dict[str, Any]:
        life_s = self.settings.access_token_s
        access = AccessToken(f"CJ3{secrets.token_urlsafe(180)}", grant, self.now() + life_s)
        self._access[access.token] = access
        return {
            "token_type": "bearer",
            "access_token": access.token,
            "refresh_token": grant.refresh_token,
            "expires_in": life_s,
            "hub_id": grant.portal_id,
            "user_id": USER_ID,
            "scopes": list(grant.scopes),
            "token_use": "access_token",
        }

    # -- the token endpoint -------------------------------------------------------------------------------------

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """`POST /oauth/{v}/token`."""
        self.check_client(form)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form.get("refresh_token", ""))
            case grant_type:
                message = f"grant type {grant_type} is missing or not supported"
                raise OAuthProblem("unsupported_grant_type", "BAD_GRANT_TYPE", message)

    def check_client(self, form: dict[str, str]) -> None:
        if form.get("client_id") != self.client_id:
            raise OAuthProblem("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
        if form.get("client_secret") != self.client_secret:
            raise OAuthProblem("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.used or code.expires_at <= self.now():
            raise OAuthProblem("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        code.used = True
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthProblem("invalid_grant", "BAD_REDIRECT_URI", "missing or unknown redirect URI")
        if code.challenge and not _proves(form.get("code_verifier", ""), code.challenge):
            raise OAuthProblem("invalid_grant", "BAD_CODE_VERIFIER", "missing or invalid code verifier")
        return self.install(code.portal_id, code.scopes)

    def _refresh(self, refresh_token: str) -> dict[str, Any]:
        grant = self._grants.get(refresh_token)
        if grant and refresh_token != grant.refresh_token:
            grant.dead = True  # an outdated token was used: somebody else may hold it
        if grant is None or grant.dead:
            message = "refresh token is invalid, expired or revoked"
            raise OAuthProblem("invalid_grant", "BAD_REFRESH_TOKEN", message)
        if self.settings.rotate_refresh_tokens:
            grant.refresh_token = _new_refresh_token()
            self._grants[grant.refresh_token] = grant
        return self._issue(grant)

    # -- looking at tokens --------------------------------------------------------------------------------------

    def revoke(self, token: str) -> None:
        """Access tokens that were issued already keep working until they expire (section 1.4)."""
        if grant := self._grants.get(token):
            grant.dead = True
        if access := self._access.get(token):
            access.revoked = True

    def introspect(self, token: str) -> dict[str, Any]:
        access, grant = self._access.get(token), self._grants.get(token)
        if access and not self._ended(access) and access.expires_at > self.now():
            return self._described(access.grant, token) | {
                "token_use": "access_token",
                "expires_in": int(access.expires_at - self.now()),
                "signed_access_token": self._signed(access),
            }
        if grant and not grant.dead and grant.refresh_token == token:
            return self._described(grant, token) | {"token_use": "refresh_token"}
        return {"active": False}

    def authenticate(self, token: str) -> AccessToken:
        """The token of a call, or the 401."""
        access = self._access.get(token)
        if access is None or self._ended(access):
            raise no_credentials()
        if access.expires_at <= self.now():
            raise expired_token(int(self.now() - access.expires_at), iso(access.expires_at))
        return access

    def account_of(self, *secrets: str) -> str:
        """The portal that the first known one of these tokens and codes is for, dead or alive; empty if none is."""
        for secret in secrets:
            access = self._access.get(secret)
            held = access.grant if access else self._grants.get(secret) or self._codes.get(secret)
            if held:
                return str(held.portal_id)
        return ""

    def _ended(self, access: AccessToken) -> bool:
        return access.revoked or (access.grant.uninstalled and self.settings.uninstall_kills_access)

    def _described(self, grant: Grant, token: str) -> dict[str, Any]:
        return {
            "active": True,
            "token": token,
            "hub_id": grant.portal_id,
            "user_id": USER_ID,
            "client_id": self.client_id if grant.app_id == self.app_id else f"client-of-{grant.app_id}",
            "app_id": grant.app_id,
            "user": "admin@portal.example",
            "hub_domain": f"portal-{grant.portal_id}.example",
            "scopes": list(grant.scopes),
            "is_private_distribution": True,
            "token_type": "Bearer",
        }

    def _signed(self, access: AccessToken) -> dict[str, Any]:
        return {
            "expiresAt": round(access.expires_at * 1000),
            "scopes": "",
            "hubId": access.grant.portal_id,
            "userId": USER_ID,
            "appId": access.grant.app_id,
            "signature": "imitated",
            "scopeToScopeGroupPks": "",
            "newSignature": "imitated",
            "hublet": "na1",
            "trialScopes": "",
            "trialScopeToScopeGroupPks": "",
            "isUserLevel": False,
            "isPrivateDistribution": True,
            "isServiceAccount": False,
            "installingUserId": USER_ID,
        }


def bad_scopes(scopes: Iterable[str]) -> Problem | None:
    """The refusal of an authorize URL that asks for scopes this imitation does not know."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if not unknown:
        return None
    return OAuthProblem("invalid_scope", "BAD_SCOPES", f"missing or unknown scopes: {', '.join(unknown)}")


def scope_mismatch(settings: Settings, required: Iterable[str], optional: Iterable[str]) -> Problem | None:
    """The refusal of an authorize URL whose scopes are not those of the app's configuration (section 1.2)."""
    if settings.app_scopes is None:
        return None
    missing = sorted(set(settings.app_scopes) - set(required))
    declared = {*settings.app_scopes, *(settings.app_optional_scopes or ())}
    undeclared = sorted({*required, *optional} - declared)
    if not missing and not undeclared:
        return None
    words = f"missing: {', '.join(missing) or 'none'}; not declared by the app: {', '.join(undeclared) or 'none'}"
    return OAuthProblem("invalid_scope", "BAD_SCOPES", f"scope mismatch. {words}")


def _new_refresh_token() -> str:
    digits = secrets.token_hex(16)
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "na1-" + "-".join(parts)


def _proves(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
