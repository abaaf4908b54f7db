"""Intuit's authorization server (reference sections 1.1 to 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from chalicelib.access.oauth import Answer, Issued, Speaker, check_address, is_ended, read_tokens, seconds

SCOPE = "com.intuit.quickbooks.accounting"


class QuickBooksOAuth:
    """An access token lives an hour. The refresh token's value changes about once a day, and the old one is then dead:
    an answer that is lost at that moment cannot be had again, so one waits for it as long as Intuit may work on it."""

    wait_s = 120.0
    early_s = 900.0

    def __init__(
        self,
        authorize_url: str,
        token_url: str,
        revoke_url: str,
        secret: Mapping[str, str],
        http: Callable[[], requests.Session],
    ) -> None:
        self._authorize_url = authorize_url
        self._revoke_url = revoke_url
        self._http = http
        self._speaker = Speaker(
            client_id=secret["quickbooks_client_id"], client_secret=secret["quickbooks_client_secret"],
            token_url=token_url, basic=True, headers={"x-include-refresh-token-hard-expires-in": "true"},
            read=_issued, http=http, wait_s=self.wait_s,
        )  # fmt: skip

    def consent_url(self, redirect_uri: str, state: str) -> str:
        """Where the person chooses a company and says yes. Intuit documents no PKCE."""
        return self._speaker.consent_url(self._authorize_url, redirect_uri, state, [SCOPE])

    def exchange(self, code: str, redirect_uri: str, timeout_s: float) -> Answer:
        return self._speaker.exchange(code, redirect_uri, timeout_s)

    def refresh(self, refresh_token: str) -> Answer:
        return self._speaker.refresh(refresh_token)

    def revoke(self, refresh_token: str, timeout_s: float | None = None) -> bool:
        """End the company's grant: both of its tokens are dead at once (section 1.6)."""
        check_address(self._revoke_url)
        auth = HTTPBasicAuth(self._speaker.client_id, self._speaker.client_secret)
        try:
            response = self._http().post(
                self._revoke_url, json={"token": refresh_token}, auth=auth, headers={"Accept": "application/json"},
                timeout=timeout_s or self.wait_s, allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException:
            return False
        return is_ended(response)


def _issued(reply: dict[str, Any]) -> Issued:
    return Issued(
        read_tokens(reply),
        idle_s=seconds(reply.get("x_refresh_token_expires_in")),
        hard_s=seconds(reply.get("x_refresh_token_hard_expires_in")),
    )
