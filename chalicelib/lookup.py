"""Before a create: is it there already? And who holds the names that we would like to give?

One batch call asks QuickBooks for all of a group's e-mails and names (four metered queries, whatever the group's
size up to 100); HubSpot is asked by our key and then by e-mail, never by search, whose index lags (design D3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib import read
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble
from chalicelib.jobs import Side
from chalicelib.linking import defer, is_taken, key_of, leased, link_hubspot, made_since, steps_aside
from chalicelib.quickbooks.client import IN_MAX, select_where_in
from chalicelib.quickbooks.models import Customer
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held
from chalicelib.resolve import names
from chalicelib.resolve.customers import match
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.plan import CreateInHubSpot, CreateInQuickBooks

NAMED = ("Customer", "Vendor", "Employee")


class Holders:
    """Which QuickBooks object holds a name, as far as this group has asked."""

    def __init__(self) -> None:
        self._by_name: dict[str, tuple[str, dict[str, Any]]] = {}
        self.asked: set[str] = set()

    def note(self, entity: str, row: dict[str, Any]) -> None:
        self._by_name[folded(str(row.get("DisplayName", "")))] = (entity, row)

    def holder(self, name: str, but: str | None) -> tuple[str, dict[str, Any]] | None:
        """The object that holds the name, unless it is customer `but` itself."""
        found = self._by_name.get(folded(name))
        return None if found is None or str(found[1].get("Id")) == but else found


def match_customers(group: Group, cases: Sequence[Case], holders: Holders) -> None:
    """For contacts that are about to become customers: link the one that is there, or learn which names are free."""
    new = [
        c for c in open_cases(list(cases)) if c.plan and any(isinstance(w, CreateInQuickBooks) for w in c.plan.writes)
    ]
    if not new:
        return
    new = leased(group, new, {case.root: _match_key(case) for case in new})
    by_email = group.settings.contacts.match == "email"
    emails = {email for case in new if by_email and case.in_hubspot for email in case.in_hubspot.emails}
    wished = {name for case in new for name in wishes(group, case)}
    try:
        found = ask(group, holders, sorted(emails), sorted(wished))
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(new), failed)
        return
    sought = [f"{Side.QUICKBOOKS}:{one}" for one in found]
    links, versions = group.records.known(group.connection.id, group.kind, sought)
    here = {case.root: case for case in open_cases(list(cases))}
    for case in new:
        owners = {one: links.get(f"{Side.QUICKBOOKS}:{one}") for one in found}
        free = {one: found[one] for one, held in owners.items() if not is_taken(held, case)}
        ids = match(case.in_hubspot.emails, free)[0] if by_email and case.in_hubspot else []
        if any(_in_other_hands(owners[one], case, here, group) for one in ids):
            group.matches.drop(case.checks)
            case.checks = []
            defer(group, case)
            continue
        _link_customer(case, free, versions, holders, by_email)
        held = owners.get(case.record.quickbooks_id or "")
        if held is None or held.record.root == case.root:
            continue
        if held.record.root in here:
            here.pop(held.record.root).lost = True  # its record becomes a pointer to this one
        elif not steps_aside(group, case, held, f"{Side.QUICKBOOKS}:{case.record.quickbooks_id}"):
            case.lost = True  # somebody has begun a look at it: come again


def _match_key(case: Case) -> str:
    """What an unlinked record is matched by: its normalised e-mail."""
    emails = case.in_hubspot.emails if case.in_hubspot else _customer_emails(case)
    return f"email:{emails[0]}" if emails else ""


def _customer_emails(case: Case) -> list[str]:
    return case.in_quickbooks.emails if isinstance(case.in_quickbooks, Customer) else []


def _not_in_the_making(group: Group, cases: Sequence[Case]) -> list[Case]:
    """A customer whose name is reserved by a create under way is that create's own: leave it to its record."""
    names = {case.root: folded(case.in_quickbooks.plain_name) for case in cases if case.in_quickbooks}
    known = group.names.read(group.connection.id, names.values())
    owners = {held.owner for held, _ in known.values() if held.owner}
    found = group.records.find(group.connection.id, group.kind, owners)
    rest: list[Case] = []
    for case in cases:
        owner = known[names[case.root]][0].owner if case.root in names else None
        record = found[owner].record if owner in found else None
        if record and record.root != case.root and record.intent and record.intent.side is Side.QUICKBOOKS:
            case.ended = case.deferred = True  # the schedule comes back to it
        else:
            rest.append(case)
    return rest


def _in_other_hands(held: Held | None, case: Case, here: dict[str, Case], group: Group) -> bool:
    """Somebody looks at the customer right now, or has made a contact of it whose answer was lost."""
    if held is None or held.record.root == case.root:
        return False
    other = here.get(held.record.root)
    if other is not None:
        return other.record.intent is not None
    return bool(held.record.lease_until > group.now())


def _link_customer(
    case: Case, free: dict[str, Customer], versions: dict[str, int], holders: Holders, by_email: bool
) -> None:
    ids, words = match(case.in_hubspot.emails, free) if by_email and case.in_hubspot else ([], "")
    if not ids:
        ids = _own_lost_create(case, holders)
    if len(ids) > 1:
        case.fail(_several(words))
    elif ids:
        intent = case.record.intent
        case.in_quickbooks = free.get(ids[0]) or case.in_quickbooks
        case.pointers[f"{Side.QUICKBOOKS}:{ids[0]}"] = versions.get(f"{Side.QUICKBOOKS}:{ids[0]}")
        made = (
            Side.QUICKBOOKS if intent and case.in_quickbooks and made_since(case.in_quickbooks.raw, intent.at) else None
        )
        case.change(quickbooks_id=ids[0], shares=None, made=made, intent=None)
        case.wrote.append(f"link with customer {ids[0]} in QuickBooks, which was there already")
        case.plan = None  # to be decided anew, as a linked record


def _several(words: str) -> Trouble:
    return Trouble(
        Category.CONFLICT,
        f"Several customers in QuickBooks have this e-mail: {words}.",
        "Merge them in QuickBooks, or take the e-mail off all but one.",
    )


def settle_old_creates(group: Group, cases: Sequence[Case], holders: Holders) -> None:
    """Creates of ours that are too old to be sent again: find what they made, by the name and e-mail that they had."""
    old = [case for case in cases if case.record.intent and case.record.intent.side is Side.QUICKBOOKS]
    if not old:
        return
    bodies = [case.record.intent.body for case in old if case.record.intent]
    try:
        ask(group, holders, [], sorted({str(body.get("DisplayName", "")) for body in bodies}))
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(old), failed)
        return
    for case in old:
        ids = _own_lost_create(case, holders)
        side_ids = [f"{Side.QUICKBOOKS}:{one}" for one in ids]
        links, known = group.records.known(group.connection.id, group.kind, side_ids)
        if any(held.record.linked and held.record.root != case.root for held in links.values()):
            ids, case.in_quickbooks = [], None
        if ids:
            case.pointers[side_ids[0]] = known.get(side_ids[0])
            case.change(quickbooks_id=ids[0], made=Side.QUICKBOOKS, shares=None)
            case.wrote.append(f"link with customer {ids[0]} in QuickBooks, which an earlier create has made")
        case.change(intent=None)


def _own_lost_create(case: Case, holders: Holders) -> list[str]:
    """A create of ours that is too old to be sent again: found by its name, made since the intent."""
    intent = case.record.intent
    if intent is None or intent.side is not Side.QUICKBOOKS:
        return []
    found = holders.holder(str(intent.body.get("DisplayName", "")), but=None)
    if found is None or found[0] != "Customer" or not made_since(found[1], intent.at):
        return []
    case.in_quickbooks = Customer.read(found[1])
    return [case.in_quickbooks.Id]


def ask(group: Group, holders: Holders, emails: Sequence[str], wished: Sequence[str]) -> dict[str, Customer]:
    """One batch of queries for these e-mails and names; the customers found by e-mail."""
    statements: list[tuple[str, str]] = [
        ("Customer", select_where_in("Customer", "PrimaryEmailAddr", part)) for part in _parts(emails)
    ]
    by_email = len(statements)
    unasked = [name for name in wished if folded(name) not in holders.asked]
    statements += [
        (entity, select_where_in(entity, "DisplayName", part)) for part in _parts(unasked) for entity in NAMED
    ]
    if not statements:
        return {}
    items = [{"bId": str(number), "Query": statement} for number, (_, statement) in enumerate(statements)]
    replies = group.quickbooks.batch(items, f"look up {len(emails)} e-mails and {len(unasked)} names")
    found: dict[str, Customer] = {}
    for number, (entity, _) in enumerate(statements):
        reply = replies.get(str(number))
        if reply is None or reply.fault:
            raise CallFailed(reply.fault.trouble if reply and reply.fault else _NO_REPLY)
        for row in reply.rows(entity):
            if number < by_email:
                found[str(row["Id"])] = Customer.read(row, reply.seen)
            holders.note(entity, row)
    holders.asked |= {folded(name) for name in unasked}
    return found


def wishes(group: Group, case: Case) -> list[str]:
    """The names that a case would take, best first."""
    if not case.plan or not case.plan.wanted_name or not case.in_hubspot:
        return []
    return names.candidates(case.plan.wanted_name, case.in_hubspot, group.settings.contacts.on_name_taken)


def match_contacts(group: Group, cases: Sequence[Case]) -> None:
    """For customers that are about to become contacts: link the one that is there."""
    new = [c for c in open_cases(list(cases)) if c.plan and any(isinstance(w, CreateInHubSpot) for w in c.plan.writes)]
    if not new:
        return
    new = leased(group, _not_in_the_making(group, new), {case.root: _match_key(case) for case in new})
    try:
        by_key, by_email = _existing_contacts(group, new)
        sought = [f"{Side.HUBSPOT}:{one.id}" for one in [*by_key.values(), *by_email.values()]]
        links, versions = group.records.known(group.connection.id, group.kind, sought)
        _refuse_twins(
            group, [case for case in new if _first_email(case) in by_email and key_of(group, case) not in by_key]
        )
        for case in open_cases(new):
            _link_contact(group, case, by_key, by_email, links, versions)
        read.around(group, [case for case in new if case.in_hubspot])
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(new), failed)


def _refuse_twins(group: Group, cases: Sequence[Case]) -> None:
    """Of several customers with the contact's e-mail none is linked, whichever of them is looked at first."""
    if not cases:
        return
    found = ask(group, Holders(), sorted({_first_email(case) for case in cases}), [])
    links = group.records.find(group.connection.id, group.kind, [f"{Side.QUICKBOOKS}:{one}" for one in found])
    for case in cases:
        owners = {one: links.get(f"{Side.QUICKBOOKS}:{one}") for one in found}
        free = {one: found[one] for one, held in owners.items() if not is_taken(held, case)}
        ids, words = match([_first_email(case)], free)
        if len(ids) > 1:
            case.fail(_several(words))


def _first_email(case: Case) -> str:
    return next(iter(_customer_emails(case)), "")


def _existing_contacts(group: Group, new: Sequence[Case]) -> tuple[dict[str, Any], dict[str, Any]]:
    """By our key (a create of ours whose answer was lost), then by e-mail."""
    properties = read.properties(group)
    by_key: dict[str, Any] = {}
    if group.connection.key_property:
        keys = [key_of(group, case) for case in new]
        if keys:
            found = group.hubspot.batch_read("contacts", keys, properties, KEY_PROPERTY)
            by_key = {one.text(KEY_PROPERTY): one for one in found}
    emails = [email for case in new if (email := _first_email(case))]
    by_email: dict[str, Any] = {}
    if emails and group.settings.contacts.match == "email":
        for one in group.hubspot.batch_read("contacts", emails, properties, "email"):
            for email in one.emails:
                by_email.setdefault(email, one)
    return by_key, by_email


def _link_contact(
    group: Group, case: Case, by_key: dict[str, Any], by_email: dict[str, Any], links: dict[str, Held], versions: Any
) -> None:
    own = by_key.get(key_of(group, case))
    contact = own or by_email.get(_first_email(case))
    if contact is None:
        return
    held = links.get(f"{Side.HUBSPOT}:{contact.id}")
    if held is not None and held.record.root != case.root and held.record.linked:
        case.fail(
            Trouble(
                Category.CONFLICT,
                f"Contact {contact.id} has this e-mail, and is linked with customer {held.record.quickbooks_id}.",
                "Two customers share one e-mail: give one of them another, or merge them in QuickBooks.",
            )
        )
        return
    link_hubspot(group, case, contact, own=own is not None, links=links, versions=versions)


def _parts(values: Iterable[str]) -> list[list[str]]:
    every = list(values)
    return [every[start : start + IN_MAX] for start in range(0, len(every), IN_MAX)]


_NO_REPLY = Trouble(
    Category.VENDOR_DOWN,
    "QuickBooks left a query of a batch unanswered.",
    "Nothing to do: it is tried again by itself.",
)
