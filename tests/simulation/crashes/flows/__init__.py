"""What people, vendors, schedules and operators do, by name."""

from __future__ import annotations

from tests.simulation.crashes.cases import Flow
from tests.simulation.crashes.flows import access, customers, invoices, operators, products, schedules

GROUPS: dict[str, dict[str, Flow]] = {
    "customers": customers.FLOWS,
    "products": products.FLOWS,
    "invoices": invoices.FLOWS,
    "schedules": schedules.FLOWS,
    "operators": operators.FLOWS,
    "access": access.FLOWS,
}
FLOWS: dict[str, Flow] = {name: flow for group in GROUPS.values() for name, flow in group.items()}
