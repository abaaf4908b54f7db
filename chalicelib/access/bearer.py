"""Puts an account's token on each request, and nowhere else."""

from __future__ import annotations

from typing import Generic

import requests
from requests.auth import AuthBase

from chalicelib.access.grants import AnAccount, Grants
from chalicelib.access.oauth import check_address


class Bearer(AuthBase, Generic[AnAccount]):
    """Speaks for one account. Raises `ReconnectNeeded` or `Awaited` where it has no token."""

    def __init__(self, grants: Grants, account: AnAccount, base_url: str) -> None:
        check_address(base_url)
        self.account = account
        self._grants = grants
        self._access = grants.access(account)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._access.token}"
        return request

    def refused(self) -> None:
        """After a 401: take the newer token, so that the call can be made once more; or raise why there is none."""
        self._access = self._grants.refused(self._access)

    def worked(self) -> None:
        """After an answer to us: the token is good."""
        if not self._access.worked:
            self._grants.worked(self._access)
            self._access = self._access.proven()
