"""The sample CRM agrees with QuickBooks' sample company; and the imitation stands on its own feet."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import local.hubspot
from local.hubspot import HubSpot, Portal

SHARED = {
    "birds@intuit.example": ("Amy Lauterbach", "Amy's Bird Sanctuary"),
    "surf@intuit.example": ("Bill Lucchini", "Bill's Windsurf Shop"),
    "cool_cars@intuit.example": ("Grace Pariente", "Cool Cars"),
    "pyescakes@intuit.example": ("Karen Pye", "Pye's Cakes"),
    "consulting@intuit.example": ("Nicola Weiskopf", "Weiskopf Consulting"),
    "familiystore@intuit.example": ("Russ Sonnenschein", "Sonnenschein Family Store"),
}


@pytest.fixture
def sample(hub: HubSpot) -> Portal:
    return hub.add_portal(999, sample=True)


def test_shared_people_carry_the_agreed_addresses(sample: Portal):
    """Name, address and primary company."""
    people = {}
    for one in sample.contacts():
        company_id = sample.primary_company(one["id"])
        name = f"{one['properties']['firstname']} {one['properties']['lastname']}"
        people[one["properties"].get("email")] = (name, sample.company(company_id)["name"] if company_id else None)
    assert {email: people[email] for email in SHARED} == SHARED


def test_the_sample_has_the_awkward_cases(sample: Portal):
    """Several companies, several contacts, no address, two addresses, apostrophes, accents, a vendor's name."""
    contacts = [one["properties"] for one in sample.contacts()]
    assert (len(contacts), len(sample.companies())) == (13, 8)
    assert any("email" not in one for one in contacts)
    assert any("hs_additional_emails" in one for one in contacts)
    assert {"O'Neil", "Łukasiewicz"} <= {one["lastname"] for one in contacts}
    assert "Hicks Hardware" in {one.get("company") for one in contacts}
    assert max(len(one["associations"]) for one in sample.contacts()) == 2
    assert max(len(one["associations"]) for one in sample.companies()) == 2
    addresses = [one["email"] for one in contacts if "email" in one]
    assert all(address.endswith((".example", ".example.test", "@example.test")) for address in addresses)


def test_the_sample_is_older_than_the_webhooks(sample: Portal, hub: HubSpot, events):
    """Nothing is told of it, and search knows it at once."""
    assert events() == []
    assert hub.delivery.idle()
    assert {one["properties"]["createdate"][:7] for one in sample.contacts()} == {"2026-10"}


def test_the_imitation_shares_no_code_with_the_sync():
    """A shared mistake would be invisible."""
    folder = Path(local.hubspot.__file__).parent
    sources = sorted(folder.glob("*.py"))
    assert len(sources) > 10
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] == "chalicelib"], source
