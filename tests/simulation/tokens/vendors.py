"""Both vendors' token endpoints as their references tell them (quickbooks.md 1.3 to 1.7, hubspot.md 1.3 and 1.4).

Nothing here is shared with `chalicelib`: shared code would agree with our mistakes. A model knows when a grant ended
and why, so that a test can ask whether we gave up one that had not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DAY_S = 86_400.0
IDLE_S = 8_726_400.0


@dataclass(frozen=True)
class Rules:
    """How a vendor treats refresh tokens. `old`: what a value that was rotated away does: `refused` (it is worthless),
    `theft` (it ends the grant, as do two refreshes at once), `grace` (it serves for `grace_s`)."""

    access_s: float
    rotate_after_s: float | None  # None: never
    old: str = "refused"
    grace_s: float = 0.0


HUBSPOT = Rules(access_s=1_800.0, rotate_after_s=None)
QUICKBOOKS = {
    f"{rhythm} {old}": Rules(3_600.0, rotate_after_s=after_s, old=old, grace_s=DAY_S if old == "grace" else 0.0)
    for rhythm, after_s in (("daily", DAY_S), ("always", 0.0))
    for old in ("refused", "theft", "grace")
}


@dataclass(eq=False)
class Consented:
    """A grant, as the vendor keeps it. `last` is whatever the network attaches to the last request that was judged."""

    account: str
    value: str
    value_at: float
    ends_at: float | None = None
    ended: str = ""
    rotated: dict[str, float] = field(default_factory=dict)  # value -> when it was rotated away
    inside: int = 0  # refreshes in progress
    last: object = None


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, object]

    @property
    def value(self) -> str:
        return str(self.body.get("refresh_token", ""))


DEAD = {
    "quickbooks": Reply(400, {"error": "invalid_grant", "error_description": "Token invalid"}),
    "hubspot": Reply(400, {"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN", "message": "token is revoked"}),
}


class TokenEndpoint:
    def __init__(self, name: str, rules: Rules) -> None:
        self.name = name
        self.rules = rules
        self._grants: dict[str, Consented] = {}  # by account: the last consent
        self._by_value: dict[str, Consented] = {}
        self._access: dict[str, tuple[Consented, float]] = {}
        self._made = 0

    # --- people -------------------------------------------------------------------------------------------------------

    def consent(self, account: str, now: float, lasts_s: float | None = None) -> Reply:
        """A person says yes. The grant that the app had before is dead."""
        self.disconnect(account, "replaced by a new consent")
        grant = Consented(account, self._name(account, "refresh"), now, now + lasts_s if lasts_s else None)
        self._grants[account] = self._by_value[grant.value] = grant
        return self._issue(grant, now)

    def disconnect(self, account: str, why: str = "a person disconnected") -> None:
        grant = self._grants.get(account)
        if grant is not None:
            grant.ended = grant.ended or why

    # --- refresh ------------------------------------------------------------------------------------------------------

    def grant_of(self, value: str) -> Consented | None:
        return self._by_value.get(value)

    def begin(self, value: str) -> bool:
        """A request arrives. Whether another refresh of the grant is in progress."""
        grant = self._by_value.get(value)
        if grant is None:
            return False
        grant.inside += 1
        if grant.inside > 1 and self.rules.old == "theft":
            grant.ended = grant.ended or "two refreshes at once look like theft"
        return grant.inside > 1

    def leave(self, value: str) -> None:
        grant = self._by_value.get(value)
        if grant is not None:
            grant.inside -= 1

    def refresh(self, value: str, now: float) -> Reply:
        """Judge a refresh token: new tokens, or the vendor's word that it is worth nothing."""
        grant = self._by_value.get(value)
        if grant is None or self.worthless(value, now):
            if grant is not None and not grant.ended and value != grant.value and self.rules.old == "theft":
                grant.ended = "an old value looks like theft"
            return DEAD[self.name]
        after_s = self.rules.rotate_after_s
        if value == grant.value and after_s is not None and now >= grant.value_at + after_s:
            grant.rotated[value] = now
            grant.value, grant.value_at = self._name(grant.account, "refresh"), now
            self._by_value[grant.value] = grant
        return self._issue(grant, now)

    def worthless(self, value: str, now: float) -> str:
        """Why this value would be refused now; empty where it would not."""
        grant = self._by_value.get(value)
        if grant is None:
            return "never issued"
        if not grant.ended and grant.ends_at is not None and now >= grant.ends_at:
            grant.ended = "its years are over"
        if grant.ended:
            return grant.ended
        if value == grant.value or (self.rules.old == "grace" and now < grant.rotated[value] + self.rules.grace_s):
            return ""
        return "rotated away"

    # --- use ----------------------------------------------------------------------------------------------------------

    def honours(self, access_token: str, now: float) -> bool:
        grant, until = self._access.get(access_token, (None, 0.0))
        return grant is not None and now < until and grant.ended in ("", "its years are over")

    def owner(self, access_token: str) -> str:
        return self._access[access_token][0].account if access_token in self._access else ""

    def ended(self, account: str) -> bool:
        return bool(self._grants[account].ended)

    def newest(self, account: str) -> Consented:
        return self._grants[account]

    def _issue(self, grant: Consented, now: float) -> Reply:
        access = self._name(grant.account, "access")
        self._access[access] = (grant, now + self.rules.access_s)
        body: dict[str, object] = {
            "token_type": "bearer", "access_token": access, "refresh_token": grant.value,
            "expires_in": int(self.rules.access_s),
        }  # fmt: skip
        if self.name == "quickbooks":
            body["x_refresh_token_expires_in"] = int(IDLE_S)
            if grant.ends_at is not None:
                body["x_refresh_token_hard_expires_in"] = int(grant.ends_at - now)
        return Reply(200, body)

    def _name(self, account: str, what: str) -> str:
        self._made += 1
        return f"{what}-{account}-{self._made}"
