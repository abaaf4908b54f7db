"""Both systems side by side: who is on one line, and what is between them."""

from __future__ import annotations

from typing import Any

from local.demo.world import World, value_at

Row = tuple[str, str, str]


def unconnected(world: World) -> list[Row]:
    """Everyone in either system, before they know of each other; on one line who has the same e-mail address."""
    left = {one["id"]: one["properties"].get("email", "") for one in world.portal.contacts()}
    customers = world.company.customers()
    by_email = {email.casefold(): one for one in customers if (email := value_at(one, "PrimaryEmailAddr.Address"))}
    rows: list[Row] = []
    met: set[str] = set()
    for contact_id, email in left.items():
        same = by_email.get(email.casefold())
        if same:
            met.add(str(same["Id"]))
        rows.append((_contact(world, contact_id), "", _customer(same)))
    rows += [("", "", _customer(one)) for one in customers if str(one["Id"]) not in met]
    return rows


def connected(world: World) -> list[Row]:
    """Everyone whom the sync has looked at, with the state of the pair."""
    rows: list[Row] = []
    for one in sorted(world.records(), key=lambda one: (one["state"] != "in_sync", one["state"], one["name"])):
        customer = world.company.get("Customer", one["quickbooks_id"]) if one["quickbooks_id"] else None
        contact = _contact(world, one["hubspot_id"]) if one["hubspot_id"] else ""
        rows.append((contact, one["state"].replace("_", " "), _customer(customer)))
    return rows


def of_company(world: World, company_id: str) -> list[Row]:
    """The contacts of one company and their customers."""
    rows: list[Row] = []
    for one in world.portal.contacts():
        if world.portal.primary_company(one["id"]) == company_id:
            state = world.record(one["id"]).get("state", "")
            rows.append((_contact(world, one["id"]), state.replace("_", " "), _customer(world.customer_of(one["id"]))))
    return rows


def _contact(world: World, contact_id: str) -> str:
    values = world.portal.contact(contact_id)
    name = f"{values.get('firstname', '')} {values.get('lastname', '')}".strip() or values.get("email", "")
    company = world.company_name(contact_id)
    return f"{name}, {company}" if company else name


def _customer(customer: dict[str, Any] | None) -> str:
    return str(customer["FullyQualifiedName"]) if customer else ""
