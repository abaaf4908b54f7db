"""Write HubSpot's developer project: `python -m ops.hubspot_app [--public-url URL] [--settings FILE]… [OUT]`.

The project says where HubSpot sends people and webhooks, which scopes the app asks for and which events it is told.
Scopes and subscriptions are made from the tables that the sync itself reads by, so that they cannot drift apart.

Without `--public-url` the address stays `${PUBLIC_URL}`, which a config profile of HubSpot's command fills in. That is
what `infra/hubspot-app/` holds; write it anew with `python -m ops.hubspot_app infra/hubspot-app`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from chalicelib import settings as settings_file
from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED
from chalicelib.hubspot.webhook import notices
from chalicelib.jobs import Kind, Side
from chalicelib.resolve.fields import field_table, hubspot_properties
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.settings import Contacts, Products, Settings

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "hubspot-app"
PLATFORM_VERSION = "2026.09"
VARIABLE = "${PUBLIC_URL}"  # HubSpot's command puts a profile's value here
EXAMPLE_PROFILE = "src/hsprofile.example.json"

APP_NAME = "HubSpot QuickBooks sync"
SUPPORT = {  # shown on the consent page: put your own here, and write infra/hubspot-app anew
    "supportEmail": "replace-me@example.com",
    "documentationUrl": "https://example.com/replace-me",
    "supportUrl": "https://example.com/replace-me",
    "supportPhone": "+15555550100",
}

CALLBACK_ROUTE = "/connect/hubspot/callback"
WEBHOOK_ROUTE = "/webhooks/hubspot"
REQUESTS_MAX = 10  # webhooks that HubSpot delivers at once to us, for each account: its own default
SUBSCRIPTIONS_MAX = 1_000  # of one app (reference section 3.1)

CONTACT_EVENTS = ("creation", "deletion", "merge", "restore", "associationChange")
# Of companies the sync reads the name. A merge or a restore gives contacts a company with another name, a deletion
# takes it away. A new company has no contacts yet, and the contact's end of each association is told already.
COMPANY_EVENTS = ("deletion", "merge", "restore")
PRODUCT_EVENTS = ("creation", "deletion", "merge", "restore")
# Of an invoice that shows one of QuickBooks: it may go, come back, or be given to a deal. Nothing else of it matters.
INVOICE_EVENTS = ("deletion", "restore", "associationChange")
# Of a deal, which says what its invoices say: it may come back, or take over another one's.
DEAL_EVENTS = ("merge", "restore")
# Of a deal or an invoice that a filter names. A new one concerns nobody before it is associated with a contact; for
# deals the contact's end of that is told already, for invoices there is no classic event.
BESIDE_EVENTS = {"deal": ("deletion", "merge", "restore"), "invoice": INVOICE_EVENTS}

NOT_SUBSCRIBED = {  # properties of contacts that the sync reads -> why HubSpot need not, or cannot, tell of them
    "createdate": "it never changes",
    "lastmodifieddate": "it changes with every other property; HubSpot takes no subscription to modification dates",
    "hs_merged_object_ids": "it is calculated; contact.merge tells of it",
    "hs_additional_emails": "it counts only until the contact is linked, and the sweep sees it; that HubSpot takes a "
    "subscription to it is not known, and one that it refuses would fail the whole upload",
    KEY_PROPERTY: "only the sync sets it, and only once; it is made when a connection is set up, after the upload",
}
# Of any object: a subscription would tell nothing.
NEVER_CHANGES = frozenset({"createdate", "hs_createdate", "hs_object_id"})
REFUSED = frozenset({"hs_lastmodifieddate", "num_unique_conversion_events"})  # by HubSpot (reference section 3.1)
CLASSIC = frozenset({"contact", "company", "deal", "product"})  # have events of their own; the others are `object.*`
OBJECT_TYPES = {"contact": "0-1", "company": "0-2", "deal": "0-3", "product": "0-7", "invoice": "0-53"}


class WrongUse(Exception):  # noqa: N818
    """Exit code 2; the text says what to do."""


class BadSettings(Exception):  # noqa: N818
    """Exit code 1; the text has a line for each mistake."""


@dataclass(frozen=True)
class Subscription:
    """One event of one object that HubSpot is asked to tell of."""

    subject: str
    event: str
    name: str = ""  # of the property that changed

    @property
    def type(self) -> str:
        return f"{self.subject if self.subject in CLASSIC else 'object'}.{self.event}"

    @property
    def section(self) -> str:
        """Which list of the file it belongs to."""
        if self.event == "privacyDeletion":
            return "hubEvents"
        return "legacyCrmObjects" if self.subject in CLASSIC else "crmObjects"

    def entry(self) -> dict[str, Any]:
        object_type = {} if self.subject in CLASSIC else {"objectType": self.subject}
        changed = {"propertyName": self.name} if self.name else {}
        return {"subscriptionType": self.type, **object_type, **changed, "active": True}

    def sample(self) -> dict[str, Any]:
        """The least that HubSpot sends of such an event (reference section 3.3)."""
        sent: dict[str, Any] = {"portalId": 1, "subscriptionType": self.type, "occurredAt": 1_795_166_400_000}
        if self.subject not in CLASSIC:
            sent["objectTypeId"] = OBJECT_TYPES[self.subject]
        if self.event == "associationChange" and self.subject in CLASSIC:
            return {**sent, "associationType": "CONTACT_TO_COMPANY", "fromObjectId": 2, "toObjectId": 3}
        if self.event == "associationChange":
            ends = {"fromObjectTypeId": OBJECT_TYPES[self.subject], "toObjectTypeId": OBJECT_TYPES["contact"]}
            return {**sent, **ends, "fromObjectId": 2, "toObjectId": 3}
        if self.event == "merge":
            return {**sent, "primaryObjectId": 2, "mergedObjectIds": [3], "newObjectId": 2}
        changed = {"propertyName": self.name, "propertyValue": "new"} if self.name else {}
        return {**sent, "objectId": 2, **changed}

    def is_acted_on(self) -> bool:
        """Whether the sync makes anything of such an event. One that it passes over would only cost."""
        found, _ = notices([self.sample()], app_id="")
        return bool(found)


def subscriptions(sections: Iterable[Contacts | Products] = ()) -> tuple[list[Subscription], list[str]]:
    """The defaults and what these settings use beyond them; also notes on what HubSpot will not tell, and why."""
    wanted = [
        *(Subscription("contact", event) for event in CONTACT_EVENTS),
        Subscription("contact", "privacyDeletion"),
        *(_of_property(name) for name in _read_by(Contacts())),
        *(Subscription("company", event) for event in COMPANY_EVENTS),
        Subscription("company", "propertyChange", "name"),
        *(Subscription("product", event) for event in PRODUCT_EVENTS),
        *_of_products(Products(direction="both")),
        *(Subscription("invoice", event) for event in INVOICE_EVENTS),
        *(Subscription("deal", event) for event in DEAL_EVENTS),
        *(one for section in sections for one in _of_section(section)),
    ]
    chosen: list[Subscription] = []
    notes: list[str] = []
    for one in dict.fromkeys(wanted):
        if one.name in NEVER_CHANGES or (one.subject == "contact" and one.name in NOT_SUBSCRIBED):
            continue
        if note := _why_not(one):
            notes.append(note)
        else:
            chosen.append(one)
    return chosen, notes


def _of_section(section: Contacts | Products) -> list[Subscription]:
    if isinstance(section, Products):
        return _of_products(section)
    return [one for name in _read_by(section) for one in _about(name)]


def _of_products(section: Products) -> list[Subscription]:
    """The properties that items in QuickBooks follow, and those that decide which products these are."""
    followed = {row.hubspot for row in field_table(section) if row.writes(Side.QUICKBOOKS)}
    return [Subscription("product", "propertyChange", name) for name in sorted(followed | _filtered_by(section))]


def _filtered_by(section: Contacts | Products) -> set[str]:
    return {condition.property for group in section.filters.to_quickbooks for condition in group.all}


def _read_by(settings: Contacts) -> list[str]:
    """The properties that the sync reads under these settings, as the settings name them."""
    return sorted({*hubspot_properties(Kind.CUSTOMER, field_table(settings)), KEY_PROPERTY, *_filtered_by(settings)})


def _of_property(name: str) -> Subscription:
    """`invoice.hs_invoice_status` is a property of an associated invoice, `email` one of the contact."""
    subject, dot, of_subject = name.partition(".")
    return (
        Subscription(subject, "propertyChange", of_subject) if dot else Subscription("contact", "propertyChange", name)
    )


def _about(name: str) -> list[Subscription]:
    """The property, and what else becomes of the object that it is a property of."""
    subject, dot, _ = name.partition(".")
    events = BESIDE_EVENTS.get(subject, ()) if dot else ()
    return [_of_property(name), *(Subscription(subject, event) for event in events)]


def _why_not(one: Subscription) -> str | None:
    told = f"{one.subject}.{one.name or one.event}"
    if one.subject not in OBJECT_TYPES:
        return f"{told}: {one.subject} is no object of HubSpot's that the sync knows"
    if one.name in REFUSED:
        return f"{told}: HubSpot takes no subscription to it; only the sweep notices its changes"
    if not one.is_acted_on():
        return f"{told}: the sync does not act on its events yet; the contact's next look notices"
    return None


def project(
    public_url: str = VARIABLE, sections: Iterable[Contacts | Products] = ()
) -> tuple[dict[str, str], list[str]]:
    """Each file's path and text, and the notes."""
    chosen, notes = subscriptions(sections)
    if len(chosen) > SUBSCRIPTIONS_MAX:
        raise BadSettings(f"{len(chosen)} subscriptions are too many: HubSpot takes {SUBSCRIPTIONS_MAX} of one app")
    made: dict[str, Any] = {
        "hsproject.json": {
            "name": "hubspot-quickbooks-sync",
            "srcDir": "src",
            "platformVersion": PLATFORM_VERSION,
        },
        "src/app/app-hsmeta.json": _app(public_url),
        "src/app/webhooks/webhooks-hsmeta.json": _webhooks(public_url, chosen),
    }
    if public_url == VARIABLE:
        made[EXAMPLE_PROFILE] = {"accountId": 12345678, "variables": {"PUBLIC_URL": "https://sync.example.com"}}
    return {path: json.dumps(content, indent=2) + "\n" for path, content in made.items()}, notes


def _app(public_url: str) -> dict[str, Any]:
    return {
        "uid": "hubspot_quickbooks_sync",
        "type": "app",
        "config": {
            "name": APP_NAME,
            "description": "Keeps customers, products and invoices in HubSpot and QuickBooks Online in agreement.",
            "distribution": "private",
            "auth": {
                "type": "oauth",
                "redirectUrls": [public_url + CALLBACK_ROUTE],
                "requiredScopes": list(REQUIRED),
                "optionalScopes": list(OPTIONAL),
                "conditionallyRequiredScopes": [],
            },
            "permittedUrls": {"fetch": ["https://api.hubapi.com"], "iframe": [], "img": []},
            "support": SUPPORT,
        },
    }


def _webhooks(public_url: str, chosen: Iterable[Subscription]) -> dict[str, Any]:
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in chosen:
        sections.setdefault(one.section, []).append(one.entry())
    return {
        "uid": "hubspot_quickbooks_sync_webhooks",
        "type": "webhooks",
        "config": {
            "settings": {"targetUrl": public_url + WEBHOOK_ROUTE, "maxConcurrentRequests": REQUESTS_MAX},
            "subscriptions": sections,
        },
    }


def checked_url(given: str) -> str:
    """The base address without a slash at its end. HubSpot sends webhooks to https only, localhost included."""
    try:
        parts = urlsplit(given)
        fits = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or any(letter.isspace() for letter in given):
        raise WrongUse(
            f"--public-url {given}: HubSpot sends webhooks to https addresses only, even for a trial on your own "
            "machine (a tunnel gives one). Give the stack's output PublicUrl: https://…"
        )
    if parts.query or parts.fragment or parts.username is not None or "?" in given or "#" in given:
        raise WrongUse(f"--public-url {given}: give the base address alone, without user, query or fragment")
    return given.rstrip("/")


def followed(settings: Settings) -> list[Contacts | Products]:
    """The parts of settings by which the sync follows HubSpot's properties; invoices follow QuickBooks alone."""
    return [settings.contacts, *([settings.products] if settings.products else [])]


def read_settings(path: Path) -> list[Contacts | Products]:
    """The parts of one settings file that have HubSpot's properties followed."""
    try:
        return followed(settings_file.read(yaml.safe_load(path.read_text())))
    except OSError as missing:
        raise WrongUse(f"cannot read {path}: {missing.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise BadSettings(f"{path}: this is no YAML: {' '.join(str(wrong).split())}") from None
    except settings_file.SettingsError as wrong:
        raise BadSettings("\n".join(f"{path}: {line}" for line in wrong.lines)) from None


def write(files: dict[str, str], out: Path) -> None:
    for path, text in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)
    if EXAMPLE_PROFILE not in files:  # of an earlier run: where a profile is, HubSpot's command insists on one
        (out / EXAMPLE_PROFILE).unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ops.hubspot_app", description="Write HubSpot's developer project.")
    parser.add_argument("--public-url", metavar="URL", help="the stack's output PublicUrl; left out, a variable stays")
    parser.add_argument(
        "--settings", metavar="FILE", type=Path, action="append", default=[],
        help="also subscribe to what this settings file uses; once for each connection's file",
    )  # fmt: skip
    parser.add_argument("out", metavar="OUT", type=Path, nargs="?", default=OUT, help="default: build/hubspot-app")
    chosen = parser.parse_args(arguments)
    try:
        public_url = VARIABLE if chosen.public_url is None else checked_url(chosen.public_url)
        files, notes = project(public_url, [one for path in chosen.settings for one in read_settings(path)])
    except (WrongUse, BadSettings) as problem:
        print(problem, file=sys.stderr)
        return 2 if isinstance(problem, WrongUse) else 1
    write(files, chosen.out)
    for path in files:
        print(chosen.out / path)
    for note in notes:
        print(f"Note: {note}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
