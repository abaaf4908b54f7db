"""QuickBooks' faults, code by code, named by what happens next (reference section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from chalicelib.failures import Busy, CallFailed, Category, ReconnectNeeded, Rejected, Trouble, Unknown
from chalicelib.transport import json_of, vendor_down

VENDOR = "QuickBooks"
THROTTLE_WAIT_S = 60.0
STALE, NAME_TAKEN, TOO_MANY_ITEMS, NOT_FOUND = "5010", "6240", "1040", "610"
LOCKED_WAIT_S = 300.0
_THROTTLED = frozenset({"3001"})
_LOCKED = frozenset({"140", "150"})  # company locked out, or under maintenance: pause and retry later
_UNAUTHORISED = frozenset({"3200", "3100", "120"})

_RULES: dict[str, tuple[Category, str]] = {  # code -> category, how to fix it
    "6240": (Category.NAME_TAKEN, "Rename one of the two, or choose another on_name_taken rule in the settings."),
    "6080": (Category.MISSING_FIELD, "Give the contact a name, a company or an e-mail address."),
    "2020": (Category.MISSING_FIELD, "Fill in the field that QuickBooks asks for."),
    "2040": (Category.INVALID_VALUE, "Take the characters that QuickBooks forbids out of the value."),
    "2050": (Category.INVALID_VALUE, "Shorten the value."),
    "2210": (Category.INVALID_VALUE, "Correct the e-mail address."),
    "6180": (Category.INVALID_VALUE, "Sub-customers may be nested four levels deep at most."),
    "6200": (Category.CLOSED_PERIOD, "Open the accounting period in QuickBooks, or leave the record as it is."),
    "6210": (Category.CLOSED_PERIOD, "Open the accounting period in QuickBooks, or leave the record as it is."),
    "6100": (Category.TAX, "Choose a tax code that the company's edition accepts."),
    "5020": (Category.PERMISSION, "Reconnect as a QuickBooks user with full access."),
    "5030": (Category.PERMISSION, "The company's QuickBooks plan does not have this feature."),
    "6190": (Category.PERMISSION, "Renew the company's QuickBooks subscription; then run: python -m ops resume."),
    "6220": (
        Category.CONFLICT,
        "The customer has an open balance: settle it in QuickBooks, then make it inactive there.",
    ),
    "6280": (Category.CONFLICT, "The customer has unbilled charges: bill them in QuickBooks first."),
    "610": (Category.CONFLICT, "The record was deleted or made inactive in QuickBooks; it is looked at again."),
    "5010": (Category.CONFLICT, "Someone edited it in QuickBooks at the same moment; it is tried again by itself."),
}


@dataclass(frozen=True)
class Fault:
    """The first error of a fault; `detail` may hold a record's values and is never logged."""

    code: str
    message: str
    detail: str
    element: str = ""

    @property
    def trouble(self) -> Trouble:
        category, fix = _RULES.get(
            self.code, (Category.DEFECT, "Tell the maintainers the code; the record is tried again by itself.")
        )
        if self.code not in _RULES and self.code.startswith(("2", "6")):
            category, fix = Category.INVALID_VALUE, "Correct the value in HubSpot; then it is tried again."
        about = f" ({self.element})" if self.element else ""
        said = " ".join((self.detail or self.message).split())
        return Trouble(category, f"QuickBooks refused it{about}: {said}", fix, self.code)


def fault_in(body: Any) -> Fault | None:
    """The fault that a body holds, in either spelling; an HTTP 200 may hold one too."""
    if not isinstance(body, dict):
        return None
    raw = body.get("Fault") or body.get("fault")
    if not isinstance(raw, dict):
        return None
    errors = raw.get("Error") or raw.get("error")
    told = next((one for one in (errors if isinstance(errors, list) else [errors]) if isinstance(one, dict)), {})
    first = {str(name).lower(): value for name, value in told.items()}
    return Fault(
        code=str(first.get("code") or "").lstrip("0"),
        message=str(first.get("message") or ""),
        detail=str(first.get("detail") or ""),
        element=str(first.get("element") or ""),
    )


def failure(response: requests.Response) -> CallFailed:
    """What an answer means that is no success for the whole call."""
    try:
        fault = fault_in(json_of(response))
    except ValueError:
        fault = None
    status = response.status_code
    code = fault.code if fault else ""
    if status == 429 or code in _THROTTLED:
        trouble = Trouble(Category.THROTTLED, "QuickBooks' rate limit was reached.", _BY_ITSELF, code)
        return Busy(trouble, THROTTLE_WAIT_S, VENDOR)
    if code in _LOCKED:
        trouble = Trouble(Category.THROTTLED, "The company is locked or under maintenance.", _BY_ITSELF, code)
        return Busy(trouble, LOCKED_WAIT_S, VENDOR)
    if status == 401 or code in _UNAUTHORISED:
        return ReconnectNeeded(
            Trouble(
                Category.RECONNECT_NEEDED,
                "QuickBooks no longer accepts our access.",
                "Connect the company again: python -m ops connect.",
                code,
            )
        )
    if fault is None or status >= 500 or code == "10000":
        return Unknown(vendor_down(VENDOR, f"answered {status}", code or str(status)), ended=status != 504)
    return Rejected(fault.trouble, status=status)


_BY_ITSELF = "Nothing to do: it is tried again by itself."
