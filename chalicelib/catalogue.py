"""Before a product or an item is made: is it there already? By SKU, then by name (design: Products).

Neither vendor can be asked for a SKU as surely as for an e-mail: QuickBooks' queries do not know it, so that its items
are read whole; HubSpot's only by search, whose index lags. So a create of ours whose answer was lost is looked for
after the lag, and not sent again before (design D3).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence

from chalicelib import read
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble
from chalicelib.hubspot.models import Record
from chalicelib.jobs import Side
from chalicelib.linking import (
    is_taken,
    key_of,
    leased,
    link_hubspot,
    made_since,
    own_creates,
    searched,
    waits_for_the_index,
)
from chalicelib.quickbooks.models import Item
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.plan import CreateInHubSpot, CreateInQuickBooks, UpdateInQuickBooks
from chalicelib.resolve.products import same_items, same_products
from chalicelib.settings import Products

PARENT = "ParentRef.value"  # the category; below each a name is taken once


def match_items(group: Group, cases: Sequence[Case]) -> None:
    """For products that are about to become items: link the one that is there."""
    new = _about_to(CreateInQuickBooks, cases)
    if not new or _rule(group) == "none":
        return
    new = leased(group, new, {case.root: _match_key(group, case) for case in new})
    try:
        items = _items(group)
        held, versions = _records(group, Side.QUICKBOOKS, list(items))
        found: dict[str, tuple[list[Item], str]] = {}
        for case in open_cases(new):
            free = [one for own_id, one in items.items() if not is_taken(held.get(f"{Side.QUICKBOOKS}:{own_id}"), case)]
            if case.in_hubspot is not None:
                found[case.root] = same_items(case.in_hubspot, free, _rule(group))
        matched = [case for case in open_cases(new) if found.get(case.root, ([], ""))[0]]
        rivals = _products_like(group, matched)
        owners, _ = _records(group, Side.HUBSPOT, [one.id for one in rivals])
        for case in matched:
            others = [one for one in rivals if not is_taken(owners.get(f"{Side.HUBSPOT}:{one.id}"), case)]
            _link_item(group, case, *found[case.root], others, versions)
    except (CallFailed, OutOfTime) as failed:
        group.failed(new, failed)


def _link_item(
    group: Group, case: Case, found: Sequence[Item], by: str, rivals: Sequence[Record], versions: Mapping[str, int]
) -> None:
    """Link the one item that fits, unless another product fits it as well, or better."""
    if case.in_hubspot is None:
        return
    pool = [case.in_hubspot, *(one for one in rivals if one.id != case.in_hubspot.id)]
    fitting = same_products(found[0], pool, _rule(group))[0]
    if len(found) > 1:
        case.fail(_several("items in QuickBooks", by, [f"{_path(one)} ({one.Id})" for one in found]))
    elif case.in_hubspot in fitting and len(fitting) > 1:
        case.fail(_several("products in HubSpot", by, [f"{one.text('name')} ({one.id})" for one in fitting]))
    elif case.in_hubspot in fitting:
        item = found[0]
        side_id = f"{Side.QUICKBOOKS}:{item.Id}"
        intent = case.record.intent
        made = Side.QUICKBOOKS if intent and made_since(item.raw, intent.at) else None
        case.in_quickbooks = item
        case.pointers[side_id] = versions.get(side_id)
        case.change(quickbooks_id=item.Id, made=made, intent=None)
        case.wrote.append(f"link with item {item.Id} in QuickBooks, which was there already")
        case.plan = None  # to be decided anew, as a linked record


def match_products(group: Group, cases: Sequence[Case]) -> None:
    """For items that are about to become products: link the one that is there."""
    new = [case for case in _about_to(CreateInHubSpot, cases) if not waits_for_the_index(group, case)]
    if not new:
        return
    new = leased(group, new, {case.root: _match_key(group, case) for case in new})
    try:
        own = own_creates(group, new, read.properties(group))
        like = _products_like(group, [case for case in new if key_of(group, case) not in own])
        held, versions = _records(group, Side.HUBSPOT, [one.id for one in [*own.values(), *like]])
        taken = functools.cache(lambda: _linked_items(group))  # one look for all cases, and none where nothing fits
        for case in open_cases(new):
            made = own.get(key_of(group, case))
            if made is not None and not is_taken(held.get(f"{Side.HUBSPOT}:{made.id}"), case):
                link_hubspot(group, case, made, own=True, links=held, versions=versions)
            elif isinstance(case.in_quickbooks, Item):
                free = [one for one in like if not is_taken(held.get(f"{Side.HUBSPOT}:{one.id}"), case)]
                _link_product(group, case, case.in_quickbooks, free, held, versions, taken)
    except (CallFailed, OutOfTime) as failed:
        group.failed(new, failed)


def _link_product(
    group: Group,
    case: Case,
    item: Item,
    free: Sequence[Record],
    held: Mapping[str, Held],
    versions: Mapping[str, int],
    taken: Callable[[], Collection[str]],
) -> None:
    """`taken`: ids of the items that are linked already, which nobody competes with."""
    found, by = same_products(item, [one for one in free if _is_open(group, one)], _rule(group))
    if len(found) > 1:
        case.fail(_several("products in HubSpot", by, [f"{one.text('name')} ({one.id})" for one in found]))
    elif found:
        rivals = [one for own_id, one in _items(group).items() if own_id == item.Id or own_id not in taken()]
        fitting = same_items(found[0], rivals, _rule(group))[0]
        if not any(one.Id == item.Id for one in fitting):
            return  # another item fits it better
        if len(fitting) > 1:
            case.fail(_several("items in QuickBooks", by, [f"{_path(one)} ({one.Id})" for one in fitting]))
        else:
            link_hubspot(group, case, found[0], own=False, links=held, versions=versions)


def _is_open(group: Group, product: Record) -> bool:
    """Whether an item that the product was not made from may have it: another company's only where they share."""
    realm = product.text(KEY_PROPERTY).partition(":")[0]
    return not realm or (group.section.shared and realm != group.connection.realm_id)


def _linked_items(group: Group) -> frozenset[str]:
    held, _ = _records(group, Side.QUICKBOOKS, list(_items(group)))
    return frozenset(side_id.partition(":")[2] for side_id, one in held.items() if one.record.linked)


def settle_old_creates(group: Group, cases: Sequence[Case]) -> None:
    """Creates of items that are too old to be sent again: find what they made, by its name and the time."""
    old = [case for case in cases if case.record.intent and case.record.intent.side is Side.QUICKBOOKS]
    if not old:
        return
    try:
        items = _items(group)
    except (CallFailed, OutOfTime) as failed:
        group.failed(old, failed)
        return
    held, versions = _records(group, Side.QUICKBOOKS, list(items))
    for case in old:
        intent = case.record.intent
        for own_id, item in items.items():
            side_id = f"{Side.QUICKBOOKS}:{own_id}"
            called = folded(str(intent.body.get("Name", ""))) if intent else ""
            named = not item.text(PARENT) and folded(item.plain_name) == called  # what we make is in no category
            if named and intent and made_since(item.raw, intent.at) and not is_taken(held.get(side_id), case):
                case.in_quickbooks = item
                case.pointers[side_id] = versions.get(side_id)
                case.change(quickbooks_id=own_id, made=Side.QUICKBOOKS)
                case.wrote.append(f"link with item {own_id} in QuickBooks, which an earlier create has made")
                break
        case.change(intent=None)


# --- who is there -----------------------------------------------------------------------------------------------------


def _about_to(write: type, cases: Sequence[Case]) -> list[Case]:
    return [c for c in open_cases(list(cases)) if c.plan and any(isinstance(one, write) for one in c.plan.writes)]


def _rule(group: Group) -> str:
    return group.section.match if isinstance(group.section, Products) else "none"


def _match_key(group: Group, case: Case) -> str:
    """What an unlinked record is matched by: the SKU where it counts, else the name."""
    sku, name = _known_by(case)
    if _rule(group) == "none":
        return ""
    return f"sku:{folded(sku)}" if sku.strip() and _rule(group) == "sku" else f"name:{folded(name)}" if name else ""


def _known_by(case: Case) -> tuple[str, str]:
    """SKU and name of what is about to get its other side."""
    there, here = case.in_hubspot, case.in_quickbooks
    if there is not None:
        return there.text("hs_sku"), there.text("name")
    return (here.text("Sku"), here.plain_name) if here is not None else ("", "")


def _records(group: Group, side: Side, ids: Sequence[str]) -> tuple[dict[str, Held], dict[str, int]]:
    side_ids = [f"{side}:{one}" for one in ids]
    return group.records.known(group.connection.id, group.kind, side_ids)


def _items(group: Group) -> dict[str, Item]:
    """All items, read once for a group: a metered read for each thousand."""
    if group.items is None:
        rows = group.quickbooks.every(Item.ENTITY, "read all items, to look for the SKU or name")
        group.items = {str(row["Id"]): Item.read(row) for row in rows}
    return group.items


def _products_like(group: Group, cases: Sequence[Case]) -> list[Record]:
    """The products that have the SKU or the name of one of the cases."""
    known = [_known_by(case) for case in cases]
    wanted = {"name": sorted({name for _, name in known if name})}
    if _rule(group) == "sku":
        wanted["hs_sku"] = sorted({sku for sku, _ in known if sku})
    return [] if _rule(group) == "none" or not cases else searched(group, wanted, read.properties(group))


def name_taken(group: Group, case: Case, refused: Trouble) -> Trouble:
    """What QuickBooks' refusal of a name means for a product, and who has the name, as far as the items were read."""
    writes = case.plan.writes if case.plan else ()
    given = [one.values for one in writes if isinstance(one, CreateInQuickBooks | UpdateInQuickBooks)]
    name = next((values["Name"] for values in given if "Name" in values), case.record.name)
    above = case.in_quickbooks.text(PARENT) if case.in_quickbooks else ""
    beside = [one for one in (group.items or {}).values() if one.text(PARENT) == above]
    holder = next((one for one in beside if folded(one.Name) == folded(name)), None)
    has = f" ({holder.Id})" if holder else ""
    return Trouble(
        Category.NAME_TAKEN,
        f"QuickBooks takes each name once, and an item{has} has the name {name!r} already.",
        "Rename the product in HubSpot or that item in QuickBooks. If the two are one, give both the same SKU.",
        refused.code,
    )


def _path(item: Item) -> str:
    """The item's name with its categories, which tells items of one name apart."""
    return item.FullyQualifiedName or item.plain_name


def _several(what: str, by: str, named: Sequence[str]) -> Trouble:
    return Trouble(
        Category.CONFLICT,
        f"Several {what} have the {by}: {', '.join(named)}. Which of them is meant, nobody can say.",
        "Give all but one another SKU or name, or set products.match in the settings.",
    )
