"""Why a record was looked at, in words that a finance person understands."""

from __future__ import annotations

import re

from chalicelib.jobs import NEW_DAY, Kind
from chalicelib.shapes import SHAPES
from ops.fields import field

_DONE = {
    "change": "changed", "create": "created", "creation": "created", "update": "changed", "delete": "deleted",
    "deletion": "deleted", "privacyDeletion": "deleted for privacy", "void": "voided", "restore": "restored",
    "merge": "merged", "emailed": "sent",
}  # fmt: skip
_QUICKBOOKS = {"creditmemo": "credit memo"}
_SAYINGS = (
    (r"sweep", "a sweep compared both systems"),
    (r"a look at all that is linked", "the daily look came to it"),
    (r"the connection goes on", "the connection came back"),
    (r"backfill", "the initial sync came to it"),
    (r"settle.*", "an operator decided which value is right"),
    (r"undo (\d+).*", r"an operator took back decision \1"),
    (r"retry.*", "an operator asked to try again"),
    (re.escape(NEW_DAY), "a new day began, and with it some invoices are overdue"),
)


def cause(text: str, kind: Kind) -> str:
    """What follows `because`, for each cause that was folded together. `kind` is that of the record it is told of."""
    return " and ".join(dict.fromkeys(_cause(one, kind) for one in text.split(", ") if one)) or "it was looked at"


def _cause(one: str, kind: Kind) -> str:
    system, _, rest = one.partition(" ")
    words = rest.split()
    if system == "HubSpot" and len(words) in (2, 3):
        return _in_hubspot(*words, own=SHAPES[kind].one) or one
    if system == "QuickBooks" and len(words) == 2:
        return _in_quickbooks(words[0], words[1], one, kind)
    return next((re.sub(known, said, one) for known, said in _SAYINGS if re.fullmatch(known, one)), one)


def _in_hubspot(subject: str, action: str, about: str = "", *, own: str) -> str:
    """An event of the record's own object, or of one that it is associated with; empty where it is none of those."""
    whose = f"the {subject}" if subject == own else f"the {own}'s {subject}"
    match action:
        case "propertyChange" if (subject, about) == ("company", "name"):
            return f"a company of the {own} was renamed in HubSpot"
        case "propertyChange" if subject == own:
            return f"the {own}'s {field(about)} was changed in HubSpot"
        case "propertyChange":
            return f"the {field(about)} of the {own}'s {subject} was changed in HubSpot"
        case "associationChange":
            return f"the {subject}'s {about}s were changed in HubSpot" if about else (
                f"the {subject}'s companies were changed in HubSpot"
            )  # fmt: skip
        case "merge" if subject == own:
            return f"{own}s were merged in HubSpot"
    return f"{whose} was {_DONE[action]} in HubSpot" if action in _DONE else ""


def _in_quickbooks(entity: str, action: str, one: str, kind: Kind) -> str:
    done = _DONE.get(action) or _DONE.get(action.removesuffix("d")) or _DONE.get(action.removesuffix("ed"))
    name = _QUICKBOOKS.get(entity, entity)
    if done is None:
        return one
    if done == "merged":
        return f"{name}s were merged in QuickBooks"
    if done == "deleted" and kind in (Kind.CUSTOMER, Kind.PRODUCT):
        done = "deleted or made inactive"
    return f"the {name} was {done} in QuickBooks"
