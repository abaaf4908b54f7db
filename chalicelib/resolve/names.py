"""Which display names a customer may have, in the order of preference (design: Customers)."""

from __future__ import annotations

from chalicelib.failures import Category, Trouble
from chalicelib.hubspot.models import Record
from chalicelib.resolve.fields import LENGTHS, for_quickbooks
from chalicelib.resolve.pair import person_name
from chalicelib.settings import NameRule

QUALIFIER_MAX = 400  # characters, so that something of the name itself is always left


def candidates(wanted: str, contact: Record, rule: NameRule) -> list[str]:
    """The plain name first. A qualified name is cut so that what qualifies it is never lost."""
    if rule in ("reject", "share"):
        return [wanted]
    person, email = _clean(person_name(contact)), _clean(contact.text("email"))
    if rule == "sub_customer":
        # Under its parent a sub-customer is called by the person; the name is unique among all all the same.
        own = [name for name in (person, email) if name and name != wanted]
        qualified = [_qualified(person, email)] if person and email else []
        return [wanted, *dict.fromkeys(own[:1] + qualified + own[1:])]
    qualifiers = [part for part in (person, email, contact.id) if part and part != wanted]
    return [wanted, *dict.fromkeys(_qualified(wanted, part) for part in qualifiers)]


def _qualified(name: str, qualifier: str) -> str:
    clean = _clean(qualifier)[:QUALIFIER_MAX].rstrip()
    room = LENGTHS["DisplayName"] - len(clean) - 3
    return f"{name[:room].rstrip()} ({clean})"


def _clean(name: str) -> str:
    return for_quickbooks("DisplayName", name)[0]


def taken(wanted: str, holder: str, rule: NameRule) -> Trouble:
    """The name is taken: say by whom, and what a person can do."""
    tried = "" if rule in ("reject", "share") else " All other names that it may have are taken too."
    return Trouble(
        Category.NAME_TAKEN,
        f"The display name {wanted!r} is already used by {holder}.{tried}",
        "QuickBooks takes each name once over customers, vendors and employees. Rename one of the two, make another "
        "contact the company's customer, or set on_name_taken to qualify, share or sub_customer in the settings.",
    )
