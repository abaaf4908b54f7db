"""HubSpot's error answers, named by what happens next (reference sections 11, 12)."""

from __future__ import annotations

import json
import re
from typing import Any

import requests

from chalicelib.failures import Busy, CallFailed, Category, ReconnectNeeded, Rejected, Trouble, Unknown
from chalicelib.transport import json_of, vendor_down

VENDOR = "HubSpot"
_WAIT_S = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": 3_600.0}
_CODES = {  # errors[].code -> category
    "MISSING_REQUIRED_PROPERTY": Category.MISSING_FIELD,
    "MISSING_CONDITIONAL_REQUIRED_PROPERTY": Category.MISSING_FIELD,
    "CONFLICTING_UNIQUE_VALUE": Category.CONFLICT,
    "CONFLICT": Category.CONFLICT,
    "OBJECT_ALREADY_EXISTS": Category.CONFLICT,
}


def failure(response: requests.Response) -> CallFailed:
    """What an answer other than 2xx means for the whole call."""
    body = _json(response)
    status = response.status_code
    if status == 429:
        policy = str(body.get("policyName", ""))
        wait_s = _WAIT_S.get(policy, 10.0)
        return Busy(
            Trouble(Category.THROTTLED, "HubSpot's rate limit was reached.", _BY_ITSELF, policy), wait_s, VENDOR
        )
    if status in (423, 477):
        told = response.headers.get("Retry-After", "")
        wait_s = 2.0 if status == 423 else float(told if told.isdecimal() else 600)
        return Busy(
            Trouble(Category.THROTTLED, "HubSpot has locked the account or record.", _BY_ITSELF), wait_s, VENDOR
        )
    if status == 401:
        return ReconnectNeeded(
            Trouble(
                Category.RECONNECT_NEEDED,
                "HubSpot no longer accepts our access.",
                "Connect the portal again: python -m ops connect.",
                str(body.get("category", "")),
            )
        )
    if status >= 500 or not body:
        return Unknown(vendor_down(VENDOR, f"answered {status}", str(status)), ended=status not in (504, 524))
    if status in _OURS:
        said = Trouble(Category.DEFECT, f"HubSpot cannot make sense of our request ({status}).", _TELL, str(status))
        return Rejected(said, status=status)
    if status == 403 and body.get("category") != "MISSING_SCOPES":
        said = Trouble(Category.PERMISSION, f"HubSpot forbids it: {plain(body)}", _ALLOW, str(body.get("category", "")))
        return Rejected(said, status=status)
    return Rejected(trouble(body), status=status)


def trouble(error: dict[str, Any]) -> Trouble:
    """What one error body, or one entry of a multi-status answer's `errors`, says about a record."""
    first = next(iter(_details(error)), {})
    code = str(first.get("code") or error.get("subCategory") or error.get("category") or "")
    names = _property_names(error)
    about = f" ({', '.join(names)})" if names else ""
    if error.get("category") == "MISSING_SCOPES":
        needed = ", ".join(_texts(_context(first).get("requiredGranularScopes")))
        fix = f"Add the scopes {needed} to the app and connect again." if needed else "Connect again with all scopes."
        return Trouble(Category.PERMISSION, "HubSpot says the app lacks a scope.", fix, "MISSING_SCOPES")
    if existing_id(error):
        return Trouble(
            Category.CONFLICT,
            f"HubSpot already has a contact with this e-mail: {existing_id(error)}.",
            "Merge the two contacts in HubSpot, or give one of them another e-mail.",
            code,
        )
    category = _CODES.get(code, Category.INVALID_VALUE)
    return Trouble(
        category,
        f"HubSpot refused a value{about}: {plain(error)}",
        "Correct the value in QuickBooks, or change the property's rules in HubSpot; then it is tried again.",
        code,
    )


def existing_id(error: dict[str, Any]) -> str | None:
    """The id that a 409 names only in its text (reference section 4.5)."""
    found = re.search(r"Existing ID: (\d+)", str(error.get("message", "")))
    return found.group(1) if found else None


def trace_ids(error: dict[str, Any]) -> list[str]:
    """Which inputs of a batch an error is about, where it says so."""
    return _texts(_context(error).get("objectWriteTraceId"))


def record_ids(error: dict[str, Any]) -> list[str]:
    return _texts(_context(error).get("ids"))


def plain(error: dict[str, Any]) -> str:
    """The error in words. Inner JSON is unpacked to its messages, so that no values of the record come along."""
    inner = re.search(r"\[\{.*\}\]", str(error.get("message", "")), re.DOTALL)
    if inner:
        try:
            told = [one for one in json.loads(inner.group()) if isinstance(one, dict)]
        except (ValueError, RecursionError):
            told = []
        return _without_json("; ".join(str(one.get("message", one.get("error", ""))) for one in told))
    messages = [str(one["message"]) for one in _details(error) if one.get("message")]
    return _without_json("; ".join(messages) or str(error.get("message") or "no reason given"))


def _without_json(words: str) -> str:
    """The words up to where JSON begins; it is cut off, not shown."""
    return re.split(r"\[?\{|\[\"", words)[0].rstrip(" :,;") or "the values were not valid"


def _details(error: dict[str, Any]) -> list[dict[str, Any]]:
    details = error.get("errors")
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []


def _context(error: dict[str, Any]) -> dict[str, Any]:
    context = error.get("context")
    return context if isinstance(context, dict) else {}


def _texts(value: Any) -> list[str]:
    """One text or a list of them, as HubSpot writes either."""
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _property_names(error: dict[str, Any]) -> list[str]:
    names: list[str] = []
    for one in _details(error):
        names += _texts(_context(one).get("propertyName"))
    inner = re.findall(r'"name":"([a-z0-9_]+)"', str(error.get("message", "")))
    return list(dict.fromkeys(names + inner))


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = json_of(response)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_OURS = frozenset({405, 414, 415})  # wrong method, address or content type: mistakes of ours
_BY_ITSELF = "Nothing to do: it is tried again by itself."
_TELL = "Tell the maintainers; the record is tried again by itself."
_ALLOW = "Give the app and its installing user the right in HubSpot, then connect again."
