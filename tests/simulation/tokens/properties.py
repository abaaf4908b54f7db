"""What must hold about tokens at every step of every history, by the letters of the list below.

(a) A grant that the table shows as lost, or whose workers are told to reconnect, was ended by the vendor before.
(b) Never are two refreshes of one grant in progress at the vendor.
(c) No call carries a token whose pair was not in the table before.
(d) No token of one account is used for another.
(e) A value that was rotated away is used only where the answer to the last request was lost, once for each such answer.
(f) A grant that was lost with an answer leaves its access token in use to its end.
(g) Nothing but `Awaited` and `ReconnectNeeded` escapes. (The scheduler sees to that.)
(h) A consent that was stored is not overwritten by an older one.
"""

from __future__ import annotations

import json
from typing import Any

from tests.simulation.baton import Baton, Worker
from tests.simulation.tokens.vendors import TokenEndpoint

MARGIN_S = 190.0  # before its end a token is not begun with: 30 s, two clocks' skew, and what its answer took to come


class Watch:
    """Sees every row stored, every request judged and every call made."""

    def __init__(self, baton: Baton, endpoints: dict[str, TokenEndpoint]) -> None:
        self._baton = baton
        self._endpoints = endpoints
        self._stored: set[str] = set()  # every token that was ever in the table
        self._read: dict[tuple[Worker, str], dict[str, Any]] = {}
        self.lost = 0  # grants given up, rightly
        self.again = 0  # values that were rotated away and asked for once more
        self.served = 0  # calls that the vendor took
        self.spared = 0  # those of them that a lost grant's token made

    # --- the table ----------------------------------------------------------------------------------------------------

    def read(self, body: dict[str, Any]) -> None:
        self._read[self._baton.current, body["account"]] = body

    def written(self, body: dict[str, Any]) -> None:
        """A grant's row is in the table."""
        pair = opened(body["sealed"])
        self._stored |= {pair["access_token"], pair["refresh_token"]}
        newest = self._endpoints[body["side"]].newest(body["account"])
        if self.reason(body) == "replaced by a new consent" and newest.value in self._stored and not newest.ended:
            self._baton.fail(
                f"(h) {body['account']}: {newest.value} was stored, and is overwritten by an older consent"
            )
        if body["state"] != "needs_reconnect":
            return
        self.lost += 1
        if not self.reason(body):
            self._baton.fail(f"(a) {body['account']} is given up ({body['why']}), but the vendor would renew it")

    def reason(self, body: dict[str, Any]) -> str:
        """Why the vendor would not renew what this row holds; empty where it would."""
        return self._endpoints[body["side"]].worthless(opened(body["sealed"])["refresh_token"], self._baton.time)

    # --- the vendor ---------------------------------------------------------------------------------------------------

    def overlap(self, value: str) -> None:
        self._baton.fail(f"(b) two refreshes of one grant are in progress: {value}")

    def judged(self, endpoint: TokenEndpoint, value: str) -> None:
        """A refresh token is about to be judged."""
        grant = endpoint.grant_of(value)
        if grant is None:
            self._baton.fail(f"(d) {endpoint.name} has never issued {value}")
        elif value != grant.value and not grant.ended:
            self.again += 1
            if not self._may_ask_again(grant.last):
                self._baton.fail(f"(e) {value} was rotated away, and the answer that said so was not lost")

    def _may_ask_again(self, last: Any) -> bool:
        """Whether nobody alive has seen the vendor's last word, or it was a refusal: then there is nothing to lose."""
        refused = last.reply.status != 200
        unseen = last.receiver is None or (last.receiver.killed and last.reply.value not in self._stored)
        return refused or unseen

    # --- the workers --------------------------------------------------------------------------------------------------

    def called(self, account: str, side: str, token: str) -> int:
        """A call with a token: what the vendor answers."""
        endpoint = self._endpoints[side]
        if token not in self._stored:
            self._baton.fail(f"(c) {token} is used, but was never stored")
        if endpoint.owner(token) != account:
            self._baton.fail(f"(d) {token} is used for {account}")
        good = endpoint.honours(token, self._baton.time)
        self.served += good
        self.spared += good and self._read[self._baton.current, account]["state"] != "live"
        return 200 if good else 401

    def told_to_reconnect(self, account: str) -> None:
        """A worker hears that only a consent helps: judged by the row that it has read."""
        body = self._read[self._baton.current, account]
        why = self.reason(body)
        if not why:
            self._baton.fail(f"(a) {account}: told to reconnect, but the vendor would renew the grant")
        token = opened(body["sealed"])["access_token"]
        if self._endpoints[body["side"]].honours(token, self._baton.time + MARGIN_S):
            self._baton.fail(f"(f) {account} ({why}): told to reconnect, but {token} still serves")


def opened(sealed: str) -> dict[str, Any]:
    """The pair in a blob of the simulation's own sealer."""
    return dict(json.loads(sealed.split("|", 1)[1]))
