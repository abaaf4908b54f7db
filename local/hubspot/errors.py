"""HubSpot's refusals, in its own words (reference, sections 4.5, 8, 11 and 12)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


class Problem(Exception):  # noqa: N818 - the tables of section 12 list answers, not exceptions
    """An answer that is not a success. `body` is what HubSpot would send, without the correlation id."""

    def __init__(self, status: int, message: str, category: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.more = more
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        category = {"category": self.category} if self.category else {}
        return {"status": "error", "message": self.message, **category, **self.more}


class OAuthProblem(Problem):
    """A refusal of the token endpoint, in the shape of RFC 6749 plus HubSpot's fields (section 1.3)."""

    def __init__(self, error: str, status: str, message: str) -> None:
        super().__init__(400, message)
        self.error = error
        self.hubspot_status = status

    def body(self) -> dict[str, Any]:
        return {
            "error": self.error,
            "error_description": self.message,
            "status": self.hubspot_status,
            "message": self.message,
        }


@dataclass(frozen=True)
class BadValue:
    """Why one property value was not accepted. `code` is one of section 12's codes."""

    name: str
    code: str
    message: str
    extra: dict[str, Any] = field(default_factory=dict)


def bad_values(portal_id: int, bad: Sequence[BadValue]) -> Problem:
    """The 400 whose message embeds JSON."""
    embedded = [
        {
            "isValid": False,
            "message": one.message,
            "error": one.code,
            "name": one.name,
            "localizedErrorMessage": one.message,
            "portalId": portal_id,
        }
        for one in bad
    ]
    errors = [{"message": b.message, "code": b.code, "context": {"propertyName": [b.name]}} for b in bad]
    text = json.dumps(embedded, separators=(",", ":"), ensure_ascii=False)
    return Problem(400, f"Property values were not valid: {text}", "VALIDATION_ERROR", errors=errors)


def invalid(message: str, **more: Any) -> Problem:
    return Problem(400, message, "VALIDATION_ERROR", **more)


def bad_json(why: str) -> Problem:
    return invalid(f"Invalid input JSON on line 1, column 1: {why}")


def not_found(message: str = "Object not found. objectId are usually numeric.") -> Problem:
    return Problem(404, message, "OBJECT_NOT_FOUND")


def no_such_resource() -> Problem:
    return Problem(404, "resource not found")


def contact_exists(existing_id: str) -> Problem:
    return Problem(409, f"Contact already exists. Existing ID: {existing_id}", "CONFLICT")


def missing_scopes(scopes: Sequence[str]) -> Problem:
    return Problem(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def no_payments() -> Problem:
    """An account without HubSpot payments or Stripe has no payment records (section 7.4)."""
    return Problem(
        403,
        "This account does not have payment processing set up. Set up HubSpot payments or Stripe to use payments.",
        "FORBIDDEN",
    )


def no_credentials() -> Problem:
    return Problem(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
        "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        "INVALID_AUTHENTICATION",
    )


def expired_token(seconds_ago: int, expired_at: str) -> Problem:
    return Problem(
        401,
        f"The OAuth token used to make this call expired {seconds_ago} second(s) ago.",
        "EXPIRED_AUTHENTICATION",
        context={"expire time": [expired_at]},
    )


_POLICY_WORDS = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly", "DAILY": "daily"}


def rate_limited(policy: str) -> Problem:
    return Problem(
        429,
        f"You have reached your {_POLICY_WORDS[policy]} limit.",
        errorType="RATE_LIMIT",
        policyName=policy,
        groupName="publicapi:crm:oauth",
    )


_CANNED = {
    401: no_credentials(),
    409: Problem(409, "The resource was changed by another request.", "CONFLICT"),
    423: Problem(423, "The resource is locked. Wait at least 2 seconds and try again."),
    429: rate_limited("TEN_SECONDLY_ROLLING"),
    477: Problem(477, "This account is being moved to another data hosting location."),
    502: Problem(502, "Bad Gateway"),
    503: Problem(503, "Service temporarily unavailable"),
    504: Problem(504, "Gateway Timeout"),
}


def canned(status: int) -> dict[str, Any]:
    """What a dial's `status` answers when it was given no JSON of its own."""
    known = _CANNED.get(status) or Problem(status, "internal error" if status >= 500 else "error")
    return known.body()
