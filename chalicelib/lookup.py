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
from chalicelib.quickbooks.client import IN_MAX, select_where_in
from chalicelib.quickbooks.models import Customer
from chalicelib.quickbooks.webhook import seconds
from chalicelib.remember.names import folded
from chalicelib.resolve import names
from chalicelib.resolve.customers import match
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.plan import CreateContact, CreateCustomer

CLOCK_SLACK_S = 300.0  # how far QuickBooks' clock may be behind ours when an old create is looked for
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
    new = [c for c in open_cases(list(cases)) if c.plan and any(isinstance(w, CreateCustomer) for w in c.plan.writes)]
    if not new:
        return
    new = _leased(group, new, {case.root: _email(case) for case in new})
    by_email = group.settings.contacts.match == "email"
    emails = {email for case in new if by_email and case.contact for email in case.contact.emails}
    wished = {name for case in new for name in wishes(group, case)}
    try:
        found = ask(group, holders, sorted(emails), sorted(wished))
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(new), failed)
        return
    links = group.records.find(group.connection.id, group.kind, [f"{Side.QUICKBOOKS}:{one}" for one in found])
    versions = group.records.pointer_versions(group.connection.id, group.kind, links)
    here = {case.root: case for case in open_cases(list(cases))}
    for case in new:
        owners = {one: links.get(f"{Side.QUICKBOOKS}:{one}") for one in found}
        free = {one: found[one] for one, held in owners.items() if not _is_taken(held, case)}
        ids = match(case.contact.emails, free)[0] if by_email and case.contact else []
        if any(_in_other_hands(owners[one], case, here, group) for one in ids):
            group.matches.drop(case.checks)
            case.checks = []
            defer(group, case)
            continue
        _link_customer(case, free, versions, holders, by_email)
        held = owners.get(case.record.quickbooks_id or "")
        if held is not None and held.record.root != case.root and held.record.root in here:
            here.pop(held.record.root).lost = True  # its record becomes a pointer to this one


def _email(case: Case) -> str:
    """The normalised e-mail that an unlinked record is matched by."""
    emails = case.contact.emails if case.contact else case.customer.emails if case.customer else []
    return emails[0] if emails else ""


def _leased(group: Group, cases: Sequence[Case], match_keys: dict[str, str]) -> list[Case]:
    """The cases whose match key is ours now; the others come again when it is free (design D5)."""
    until = group.now() + group.lease_s
    wanted = [(case.root, f"email:{match_keys[case.root]}") for case in cases if match_keys[case.root]]
    got = group.matches.take(group.connection.id, group.kind, wanted, until, group.now())
    mine: list[Case] = []
    for case in cases:
        if case.root in got:
            case.checks = [got[case.root]]
        if case.root in got or not match_keys[case.root]:
            mine.append(case)
        else:
            defer(group, case)
    return mine


def _not_in_the_making(group: Group, cases: Sequence[Case]) -> list[Case]:
    """A customer whose name is reserved by a create under way is that create's own: leave it to its record."""
    names = {case.root: folded(case.customer.plain_name) for case in cases if case.customer}
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


def defer(group: Group, case: Case) -> None:
    """Somebody else has it in hand: come back in five seconds."""
    case.ended = case.deferred = True
    group.queue.send(case.jobs, delay_s=5)


def _is_taken(held: Any, case: Case) -> bool:
    return held is not None and held.record.root != case.root and bool(held.record.linked)


def _in_other_hands(held: Any, case: Case, here: dict[str, Case], group: Group) -> bool:
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
    ids, words = match(case.contact.emails, free) if by_email and case.contact else ([], "")
    if not ids:
        ids = _own_lost_create(case, holders)
    if len(ids) > 1:
        case.fail(_several(words))
    elif ids:
        intent = case.record.intent
        case.customer = free.get(ids[0]) or case.customer
        case.pointers[f"{Side.QUICKBOOKS}:{ids[0]}"] = versions.get(f"{Side.QUICKBOOKS}:{ids[0]}")
        made = Side.QUICKBOOKS if intent and case.customer and _made_since(case.customer.raw, intent.at) else None
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
        links = group.records.find(group.connection.id, group.kind, side_ids)
        if any(held.record.linked and held.record.root != case.root for held in links.values()):
            ids, case.customer = [], None
        if ids:
            known = group.records.pointer_versions(group.connection.id, group.kind, side_ids)
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
    if found is None or found[0] != "Customer" or not _made_since(found[1], intent.at):
        return []
    case.customer = Customer.read(found[1])
    return [case.customer.Id]


def _made_since(row: dict[str, Any], at: float) -> bool:
    stamp = (row.get("MetaData") or {}).get("CreateTime")
    return bool(stamp) and seconds(str(stamp)) >= at - CLOCK_SLACK_S


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
    if not case.plan or not case.plan.wanted_name or not case.contact:
        return []
    return names.candidates(case.plan.wanted_name, case.contact, group.settings.contacts.on_name_taken)


def match_contacts(group: Group, cases: Sequence[Case]) -> None:
    """For customers that are about to become contacts: link the one that is there."""
    new = [c for c in open_cases(list(cases)) if c.plan and any(isinstance(w, CreateContact) for w in c.plan.writes)]
    if not new:
        return
    new = _leased(group, _not_in_the_making(group, new), {case.root: _email(case) for case in new})
    try:
        by_key, by_email = _existing_contacts(group, new)
        links = group.records.find(
            group.connection.id,
            group.kind,
            [f"{Side.HUBSPOT}:{one.id}" for one in [*by_key.values(), *by_email.values()]],
        )
        versions = group.records.pointer_versions(group.connection.id, group.kind, links)
        _refuse_twins(
            group, [case for case in new if _first_email(case) in by_email and key_of(group, case) not in by_key]
        )
        for case in open_cases(new):
            _link_contact(group, case, by_key, by_email, links, versions)
        read.around(group, [case for case in new if case.contact])
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
        free = {one: found[one] for one, held in owners.items() if not _is_taken(held, case)}
        ids, words = match([_first_email(case)], free)
        if len(ids) > 1:
            case.fail(_several(words))


def _first_email(case: Case) -> str:
    return case.customer.emails[0] if case.customer and case.customer.emails else ""


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
    group: Group, case: Case, by_key: dict[str, Any], by_email: dict[str, Any], links: dict[str, Any], versions: Any
) -> None:
    own = by_key.get(key_of(group, case))
    contact = own or by_email.get(_first_email(case))
    if contact is None:
        return
    side_id = f"{Side.HUBSPOT}:{contact.id}"
    held = links.get(side_id)
    if held is not None and held.record.root != case.root:
        if held.record.linked:
            case.fail(
                Trouble(
                    Category.CONFLICT,
                    f"Contact {contact.id} has this e-mail, and is linked with customer {held.record.quickbooks_id}.",
                    "Two customers share one e-mail: give one of them another, or merge them in QuickBooks.",
                )
            )
            return
        if held.record.lease_until > group.now():
            defer(group, case)
            return
    intent = case.record.intent
    case.contact = contact
    case.read_at = group.now()
    case.pointers[side_id] = versions.get(side_id)
    base = _base_of_intent(group, case) if own and intent else {}
    case.change(hubspot_id=contact.id, made=Side.HUBSPOT if own else None, intent=None, base=base)
    case.wrote.append(f"link with contact {contact.id} in HubSpot, which was there already")
    case.plan = None


def _base_of_intent(group: Group, case: Case) -> dict[str, tuple[str, str]]:
    """What both sides held when our create left: a person's edit since then then counts as one."""
    intent = case.record.intent
    if intent is None:
        return {}
    return {
        row.key: (str(intent.body.get(row.hubspot, "")), intent.values.get(row.quickbooks, ""))
        for row in group.fields
        if row.hubspot in intent.body or intent.values.get(row.quickbooks)
    }


def key_of(group: Group, case: Case) -> str:
    """`quickbooks_key`: the company and the customer that the contact was made from."""
    return f"{group.connection.realm_id}:{case.record.quickbooks_id}"


def _parts(values: Iterable[str]) -> list[list[str]]:
    every = list(values)
    return [every[start : start + IN_MAX] for start in range(0, len(every), IN_MAX)]


_NO_REPLY = Trouble(
    Category.VENDOR_DOWN,
    "QuickBooks left a query of a batch unanswered.",
    "Nothing to do: it is tried again by itself.",
)
