"""HubSpot's authorization server (reference sections 1.2 to 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from chalicelib.access.oauth import Answer, Issued, Speaker, check_address, is_ended, no_auth, read_tokens
from chalicelib.hubspot import API_VERSION
from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED
from chalicelib.jobs import vendor_id


class HubSpotOAuth:
    """An access token lives 30 minutes; the refresh token until somebody uninstalls the app or revokes it."""

    wait_s = 20.0  # a lost answer does no harm here: the same refresh token serves again
    early_s = 600.0

    def __init__(
        self, api_url: str, authorize_url: str, secret: Mapping[str, str], http: Callable[[], requests.Session]
    ) -> None:
        self._authorize_url = authorize_url
        self._base = f"{api_url}/oauth/{API_VERSION}/token"
        self._http = http
        self._speaker = Speaker(
            client_id=secret["hubspot_client_id"], client_secret=secret["hubspot_client_secret"], token_url=self._base,
            basic=False, headers={}, read=_issued, http=http, wait_s=self.wait_s,
        )  # fmt: skip

    def consent_url(self, redirect_uri: str, state: str, verifier: str) -> str:
        """Where the person chooses a portal and says yes. PKCE, since HubSpot takes it."""
        from oauthlib.oauth2 import WebApplicationClient

        client = WebApplicationClient(self._speaker.client_id)
        return self._speaker.consent_url(
            self._authorize_url, redirect_uri, state, REQUIRED,
            optional_scope=" ".join(OPTIONAL),
            code_challenge=client.create_code_challenge(verifier, "S256"), code_challenge_method="S256",
        )  # fmt: skip

    def exchange(self, code: str, redirect_uri: str, verifier: str, timeout_s: float) -> Answer:
        return self._speaker.exchange(code, redirect_uri, timeout_s, code_verifier=verifier)

    def refresh(self, refresh_token: str) -> Answer:
        return self._speaker.refresh(refresh_token)

    def revoke(self, refresh_token: str, timeout_s: float | None = None) -> bool:
        """End the portal's grant. Access tokens that are out already serve to their end (section 1.4)."""
        form = {
            "client_id": self._speaker.client_id, "client_secret": self._speaker.client_secret,
            "token": refresh_token, "token_type_hint": "refresh_token",
        }  # fmt: skip
        check_address(self._base)
        try:
            response = self._http().post(
                f"{self._base}/revoke", data=form, auth=no_auth, timeout=timeout_s or self.wait_s, allow_redirects=False
            )
        except requests.RequestException:
            return False
        return is_ended(response)


def _account(told: Any) -> str:
    """The portal's id; empty where the answer does not say it."""
    try:
        return vendor_id(told)
    except ValueError:
        return ""


def _issued(reply: dict[str, Any]) -> Issued:
    scopes = reply.get("scopes")
    return Issued(
        read_tokens(reply),
        account=_account(reply.get("hub_id")),
        scopes=tuple(str(one) for one in scopes) if isinstance(scopes, list) else (),
    )
