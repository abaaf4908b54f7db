"""Display names reserved before the write, so that fifty contacts of one company never race (design: Customers)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib import lookup
from chalicelib.case import Case, Group, open_cases
from chalicelib.jobs import Side
from chalicelib.linking import defer
from chalicelib.lookup import Holders
from chalicelib.remember.names import Reservation, folded
from chalicelib.remember.records import State
from chalicelib.resolve import names
from chalicelib.resolve.plan import CreateInQuickBooks, Plan, UpdateInQuickBooks, Write

Known = dict[str, tuple[Reservation, int | None]]


def give_names(group: Group, cases: Sequence[Case], holders: Holders) -> None:
    """Reserve a name for each case that wants one, in the order that the plan shows (design D11)."""
    wishing = [case for case in open_cases(list(cases)) if case.plan and case.plan.wanted_name and case.granted is None]
    if not wishing:
        return
    wishes = {case.root: lookup.wishes(group, case) for case in wishing}
    known = group.names.read(group.connection.id, {folded(name) for some in wishes.values() for name in some})
    owners = _owners(group, known)
    for case in sorted(wishing, key=_order):
        _give(group, case, wishes[case.root], known, owners, holders, cases)


def _order(case: Case) -> tuple[bool, float, int]:
    """Whoever carried the company's plain name before goes first; then the contacts' creation, then their id."""
    base = case.record.base.get("display name > DisplayName")
    carried_plain = base is not None and folded(base[0]) == folded(base[1])
    contact = case.in_hubspot
    return (not carried_plain, contact.created if contact else 0.0, int(contact.id) if contact else 0)


def _give(
    group: Group,
    case: Case,
    wishes: list[str],
    known: Known,
    owners: dict[str, bool],
    holders: Holders,
    cases: Sequence[Case],
) -> None:
    rule = group.settings.contacts.on_name_taken
    plain_holder = ""
    for number, name in enumerate(wishes):
        holder = _holder(case, name, known, owners, holders)
        if holder is None and _reserve(group, case, name, known):
            _grant(case, name)
            return
        if number == 0:
            plain_holder = holder or "another record at this moment"
            _give_up_what_others_hold(group, case, name, known, holders)
            if rule in ("sub_customer", "share") and (making := _owner_without_id(group, name, known, owners)):
                _wait_for(group, case, making, cases)
                return
            if rule == "sub_customer":
                case.parent = _customer_holding(group, case, name, known, holders)
                if case.parent is None:
                    break
    _refuse(group, case, wishes[0], plain_holder, known, holders)


def _give_up_what_others_hold(group: Group, case: Case, name: str, known: Known, holders: Holders) -> None:
    """A name that this record has reserved, and somebody in QuickBooks has all the same: it is not this one's. Kept, it
    would have others wait for a customer that will never be made."""
    held, _ = known[folded(name)]
    if held.owner == case.root and holders.holder(name, but=case.record.own_customer) is not None:
        group.names.give_up(group.connection.id, folded(name), case.root)
        case.change(names=tuple(one for one in case.record.names if one != folded(name)))
        known |= group.names.read(group.connection.id, [folded(name)])


def _owner_without_id(group: Group, name: str, known: Known, owners: dict[str, bool]) -> str | None:
    """The owner of a reservation whose customer is still being made; what depends on its id must wait. One that does
    not want the name any more makes nothing."""
    owner = known[folded(name)][0].owner
    if owner is None or not owners.get(owner, True):
        return None
    held = group.records.find(group.connection.id, group.kind, [owner]).get(owner)
    return owner if held is not None and held.record.quickbooks_id is None else None


def _wait_for(group: Group, case: Case, owner: str, cases: Sequence[Case]) -> None:
    """For the next round, if the owner is on its way through this very group; else for five seconds."""
    here = any(one.root == owner and not one.ended for one in cases)
    if here and group.rounds_left > 0:
        case.again, case.plan = True, None
    else:
        defer(group, case)


def _holder(case: Case, name: str, known: Known, owners: dict[str, bool], holders: Holders) -> str | None:
    """Who has the name, in words; None where it may be taken."""
    found = holders.holder(name, but=case.record.own_customer)
    if found is not None:
        entity, row = found
        return f"{entity.lower()} {row.get('DisplayName')!r} ({row.get('Id')})"
    owner = known[folded(name)][0].owner
    if owner is not None and owner not in _own_names(case) and owners.get(owner, True):
        side, _, own_id = owner.partition(":")
        return f"the customer of HubSpot contact {own_id}" if side == Side.HUBSPOT else f"customer {own_id}"
    return None


def _own_names(case: Case) -> set[str]:
    """Under what a reservation may be this record's: before it was linked, the other side had one of its own."""
    record = case.record
    return {record.root, f"{Side.HUBSPOT}:{record.hubspot_id}", f"{Side.QUICKBOOKS}:{record.own_customer}"}


def _owners(group: Group, known: Known) -> dict[str, bool]:
    """For each owner of a reservation: whether it still wants it. One that died in between does not (design)."""
    roots = {held.owner for held, _ in known.values() if held.owner}
    found = group.records.find(group.connection.id, group.kind, roots)
    wanted: dict[str, bool] = {}
    for held, _ in known.values():
        if held.owner is None:
            continue
        record = found[held.owner].record if held.owner in found else None
        alive = record is not None and (held.name in record.names or record.lease_until > group.now())
        wanted[held.owner] = wanted.get(held.owner, False) or alive
    return wanted


def _reserve(group: Group, case: Case, name: str, known: Known) -> bool:
    key = folded(name)
    held, version = known[key]
    if held.owner == case.root:
        return True
    if not group.names.reserve(group.connection.id, held, version, case.root):
        known |= group.names.read(group.connection.id, [key])
        if known[key][0].owner is not None or not group.names.reserve(group.connection.id, *known[key], case.root):
            return False
    known[key] = (replace(held, owner=case.root), (known[key][1] or 0) + 1)
    return True


def _grant(case: Case, name: str) -> None:
    case.granted = name
    case.change(names=tuple(dict.fromkeys([*case.record.names, folded(name)])))
    if case.plan:
        case.plan = replace(case.plan, writes=tuple(_with_name(write, name, case) for write in case.plan.writes))


def _with_name(write: Write, name: str, case: Case) -> Write:
    match write:
        case CreateInQuickBooks(values):
            return CreateInQuickBooks({**values, "DisplayName": name}, case.parent)
        case UpdateInQuickBooks(values, active) if "DisplayName" in values:
            return UpdateInQuickBooks({**values, "DisplayName": name}, active)
    return write


def _customer_holding(group: Group, case: Case, name: str, known: Known, holders: Holders) -> str | None:
    """The customer that has the plain name: a sub-customer needs it as parent, a share points to it."""
    found = holders.holder(name, but=case.record.own_customer)
    if found is not None:
        return str(found[1].get("Id")) if found[0] == "Customer" else None
    owner = known[folded(name)][0].owner
    if owner is None:
        return None
    held = group.records.find(group.connection.id, group.kind, [owner]).get(owner)
    return held.record.quickbooks_id if held else None


def _refuse(group: Group, case: Case, wanted: str, holder: str, known: Known, holders: Holders) -> None:
    """No name to be had: share the company's customer where the rule says so, else fail with the holder's name.

    A rename that fails holds back the name alone; the other fields go their way.
    """
    rule = group.settings.contacts.on_name_taken
    key = folded(wanted)
    foreign = holders.holder(wanted, but=case.record.own_customer)
    group.names.wait(group.connection.id, key, case.root, f"{foreign[0]}:{foreign[1].get('Id')}" if foreign else None)
    trouble = names.taken(wanted, holder, rule)
    if case.record.linked and case.plan:
        writes = tuple(_without_name(write) for write in case.plan.writes)
        kept = tuple(w for w in writes if not isinstance(w, UpdateInQuickBooks) or w.values or w.active is not None)
        case.plan = replace(case.plan, writes=kept, trouble=trouble, state=State.FAILING, wanted_name=None)
        return
    owner_id = _customer_holding(group, case, wanted, known, holders)
    if rule == "share" and owner_id:  # of a vendor or an employee there is nothing to share
        owner = known[key][0].owner or f"{Side.QUICKBOOKS}:{owner_id}"
        reason = f"shares the customer {wanted!r} with {holder}; no field flows"
        case.change(shares=owner, quickbooks_id=owner_id, intent=None)
        case.plan = Plan(state=State.IN_SYNC, reason=reason)
        return
    case.plan = Plan(trouble=trouble, state=State.FAILING)


def _without_name(write: Write) -> Write:
    if isinstance(write, UpdateInQuickBooks):
        return UpdateInQuickBooks({k: v for k, v in write.values.items() if k != "DisplayName"}, write.active)
    return write
