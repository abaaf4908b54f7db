"""Whose tokens these are: what the vendors themselves say about a new pair, before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

import requests
from requests.auth import AuthBase

from chalicelib.access.grants import AnAccount
from chalicelib.access.oauth import check_address
from chalicelib.failures import CallFailed, Category, ReconnectNeeded, Rejected, Trouble, Unknown
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Portal, Realm, vendor_id
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.transport import CallLog, Transport
from chalicelib.wiring import Wiring

PROOF_S = 6.0  # for each call: the browser waits, and API Gateway gives the whole answer 29 s
NOT_THERE = ("404", "405", "501")  # an endpoint that this account does not have, answered by no fault of the vendor's


class NewToken(AuthBase, Generic[AnAccount]):
    """Speaks with a token that nobody has kept yet. A 401 is the end: there is no newer one."""

    def __init__(self, account: AnAccount, token: str) -> None:
        self.account = account
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def refused(self) -> None:
        raise ReconnectNeeded(Trouble(Category.RECONNECT_NEEDED, "The new token was refused.", "Try again."))

    def worked(self) -> None:
        """Nothing is kept yet."""


def company_info(wiring: Wiring, realm: Realm, token: str, left_s: Callable[[], float]) -> dict[str, Any]:
    """CompanyInfo, read with the token, which QuickBooks lets it do for the token's own company only.

    Raises `ReconnectNeeded` where the token is another company's, and what else a call may raise.
    """
    url = wiring.config.quickbooks_api_url
    check_address(url)
    speaker = NewToken(realm, token)
    transport = Transport("QuickBooks", wiring.session(), url, speaker, left_s, CallLog(), wiring.sleep, PROOF_S)
    quickbooks = QuickBooks(transport)
    try:
        return quickbooks.company_info()
    except (Rejected, Unknown) as refused:
        if not is_not_there(refused):
            raise
    quickbooks.preferences()  # any read of the company proves it
    return {}


def portal_of(wiring: Wiring, token: str, left_s: Callable[[], float]) -> str:
    """The portal that a token belongs to, where the token's answer did not say it."""
    url = wiring.config.hubspot_api_url
    check_address(url)
    speaker = NewToken(Portal(""), token)
    transport = Transport("HubSpot", wiring.session(), url, speaker, left_s, CallLog(), wiring.sleep, PROOF_S)
    try:
        return vendor_id(HubSpot(transport).account_details().get("portalId"))
    except ValueError:
        return ""


def is_not_there(refused: CallFailed) -> bool:
    status = refused.status if isinstance(refused, Rejected) else None
    return refused.trouble.code in NOT_THERE or str(status) in NOT_THERE
