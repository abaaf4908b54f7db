"""The scopes that the app asks for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED, SCOPES, missing
from chalicelib.settings import KINDS

ROOT = Path(__file__).resolve().parents[3]
ALL = {*REQUIRED, *OPTIONAL}


def test_the_sync_cannot_do_without_these():
    """Contacts both ways, and the names of their companies."""
    assert set(REQUIRED) == {
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
    }


def test_the_sync_can_do_without_these():
    """An account that cannot have them connects all the same."""
    both = [
        *(f"crm.objects.{name}" for name in ("products", "line_items", "invoices", "deals", "commercepayments")),
        *(f"crm.schemas.{name}" for name in ("contacts", "invoices", "deals")),
    ]
    assert set(OPTIONAL) == {
        *(f"{scope}.{doing}" for scope in both for doing in ("read", "write")),
        "crm.schemas.companies.read", "crm.objects.owners.read", "e-commerce",
    }  # fmt: skip


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope.section], ids=lambda scope: scope.name)
def test_what_one_section_alone_needs_is_optional(scope):
    """Who has the section off is not told that the right is missing."""
    assert not scope.required
    assert scope.section in KINDS


def test_no_scope_is_asked_for_twice():
    assert len({scope.name for scope in SCOPES}) == len(SCOPES) == len(REQUIRED) + len(OPTIONAL)


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_each_scope_says_what_it_is_for_and_what_is_lost_without_it(scope):
    assert scope.purpose
    assert re.fullmatch(r"[A-Z].*\.", scope.without)


@pytest.mark.parametrize(
    ("granted", "names"),
    [
        (ALL, []),
        (ALL | {"tickets"}, []),
        ([*REQUIRED, *OPTIONAL][::-1], []),
        (iter(ALL - {"oauth"}), ["oauth"]),
        (set(REQUIRED), list(OPTIONAL)),
        (ALL - {"crm.objects.companies.read", "crm.schemas.contacts.write"},
         ["crm.objects.companies.read", "crm.schemas.contacts.write"]),
        ([], [*REQUIRED, *OPTIONAL]),
    ],
)  # fmt: skip
def test_what_was_not_granted_is_named(granted, names):
    """The required scopes come first."""
    assert [scope.name for scope in missing(granted)] == names


def test_the_table_is_cheap_to_import():
    """The consent page's function pays for it at every cold start."""
    heavy = ("requests", "pydantic", "boto3", "yaml")
    show = f"import sys, chalicelib.hubspot.scopes; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
