"""Our own properties in HubSpot (design: Our properties in HubSpot), and which of HubSpot's own we may write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.connect.proving import is_not_there
from chalicelib.discover import properties_in
from chalicelib.failures import CallFailed, Rejected, Unknown
from chalicelib.hubspot.client import HubSpot
from chalicelib.remember.connections import Connection
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.stages import Stage
from chalicelib.switches import sections_on

Definition = dict[str, Any]  # of a property, as HubSpot takes it (reference section 8)
GROUP = {"name": "quickbooks_sync", "label": "QuickBooks"}


def _own(name: str, label: str, description: str, kind: str = "string", field: str = "text") -> Definition:
    told = f"{description} Set by the sync; do not change."
    return {"name": name, "label": label, "description": told, "type": kind, "fieldType": field}


def _key(description: str) -> Definition:
    return {**_own(KEY_PROPERTY, "QuickBooks key", description), "hasUniqueValue": True}


def _stage(name: str, label: str) -> Definition:
    options = [
        {"value": str(stage), "label": stage.replace("_", " ").capitalize(), "displayOrder": order}
        for order, stage in enumerate(Stage)
    ]
    return {**_own(name, label, "How far the invoice in QuickBooks is.", "enumeration", "select"), "options": options}


KEYS: Mapping[str, Definition] = {  # HubSpot's objects that we make; contacts were first
    "contacts": _key("Which customer in QuickBooks this contact was made from."),
    "products": _key("Which item in QuickBooks this product was made from."),
    "invoices": _key("Which invoice in QuickBooks this one shows."),
}
OUR_PROPERTIES: Mapping[str, tuple[Definition, ...]] = {  # HubSpot object -> what we make on it beside the key
    "line_items": (_own("quickbooks_line", "QuickBooks line", "Which line of an invoice in QuickBooks this is."),),
    "invoices": (
        _own("quickbooks_number", "QuickBooks number", "The invoice's number in QuickBooks."),
        _stage("quickbooks_stage", "QuickBooks stage"),
        _own("quickbooks_total", "QuickBooks total", "The invoice's total in QuickBooks.", "number", "number"),
        _own("quickbooks_balance", "QuickBooks balance", "What is still to be paid.", "number", "number"),
        _own("quickbooks_url", "QuickBooks address", "Where the invoice is in QuickBooks."),
    ),
    "deals": (
        _own("quickbooks_invoice_amount", "QuickBooks invoice amount", "The invoice's total.", "number", "number"),
        _own("quickbooks_invoice_recipient", "QuickBooks invoice recipient", "The customer of the invoice."),
        _own("quickbooks_invoice_number", "QuickBooks invoice number", "The invoice's number."),
        _stage("quickbooks_invoice_status", "QuickBooks invoice status"),
        _own("quickbooks_invoice_due_date", "QuickBooks invoice due date", "When it is due.", "date", "date"),
    ),
}
OBJECTS: Mapping[str, tuple[str, ...]] = {  # section of the settings -> HubSpot's objects that it needs
    "contacts": ("contacts",), "products": ("products",), "invoices": ("invoices", "line_items", "deals"),
}  # fmt: skip
MAY_BE_PLAIN = frozenset({"products", "invoices"})  # contacts without a unique key are told apart by their e-mails
NATIVES = ("hs_number", "hs_amount_billed", "hs_amount_paid", "hs_balance_due", "hs_invoice_status")

_WITHOUT = {
    "contacts": "a customer without an e-mail cannot be told apart after a lost answer",
    "products": "a product without a SKU cannot be told apart after a lost answer",
    "invoices": "an invoice cannot be told apart after a lost answer, nor show its number, stage and amounts",
    "line_items": "lines of an invoice cannot be told apart after a lost answer",
    "deals": "deals do not show the amount, recipient, number, status and due date of their invoice",
}
_REFUSED, _THEIRS = "HubSpot did not let the sync make its ", "the portal has a property "


@dataclass(frozen=True)
class Made:
    """What a connection remembers of it, by the same names, and a warning for each thing that could not be had."""

    keys: tuple[str, ...]
    plain_keys: tuple[str, ...]
    own_properties: tuple[str, ...]
    natives: tuple[str, ...]
    prepared: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def make_properties(hubspot: HubSpot, connection: Connection) -> Made:
    """Make what is missing of our properties, on the objects of the kinds that are on: one listing an object, and one
    call for each that is made. Raises where HubSpot cannot be reached; what it does not allow becomes a warning."""
    prepared = tuple(dict.fromkeys(("contacts", *sections_on(connection.settings))))
    warnings: list[str] = []
    objects = [
        _Object(hubspot, name, warnings) for section in prepared for name in OBJECTS[section]
    ]  # fmt: skip
    seen = [one for one in objects if one.read()]
    keyed = {one.name: one.key(KEYS[one.name]) for one in seen if one.name in KEYS}
    own = [one.name for one in seen if one.name in OUR_PROPERTIES and one.has_all(OUR_PROPERTIES[one.name])]
    return Made(
        keys=tuple(name for name, how in keyed.items() if how == "unique"),
        plain_keys=tuple(name for name, how in keyed.items() if how == "plain"),
        own_properties=tuple(own),
        natives=tuple(name for one in seen if one.name == "invoices" for name in one.writable(NATIVES)),
        prepared=prepared,
        warnings=tuple(warnings),
    )


def is_about_properties(warning: str) -> bool:
    return warning.startswith((_REFUSED, _THEIRS))


class _Object:
    """One of HubSpot's objects while our properties are made on it."""

    def __init__(self, hubspot: HubSpot, name: str, warnings: list[str]) -> None:
        self.name = name
        self._hubspot = hubspot
        self._warnings = warnings
        self._held: dict[str, Definition] = {}
        self._has_group = False

    def read(self) -> bool:
        """Whether HubSpot lets us see what is there."""
        try:
            rows = self._hubspot.properties(self.name)
        except (Rejected, Unknown) as refused:
            self._refused(refused, f"properties on {self.name}")
            return False
        self._held = {str(row["name"]): row for row in rows if isinstance(row, dict) and row.get("name")}
        return True

    def key(self, wanted: Definition) -> str:
        """`unique`, `plain`, or empty where the key cannot be had. A key of ours that is plain stays so."""
        plain = {**wanted, "hasUniqueValue": False}
        may_be_plain = self.name in MAY_BE_PLAIN
        if may_be_plain and self._is_ours(plain):
            return "plain"
        warned = len(self._warnings)
        try:
            if self._has(wanted):
                return "unique"
            if may_be_plain and self._is_ours(plain):  # another set-up was quicker, and could not have it unique
                del self._warnings[warned:]
                return "plain"
            return ""
        except (Rejected, Unknown) as refused:
            if may_be_plain and isinstance(refused, Rejected) and refused.status == 400:
                return "plain" if self.has_all([plain]) else ""
            self._refused(refused, f"property {wanted['name']} on {self.name}")
            return ""

    def _is_ours(self, wanted: Definition) -> bool:
        held = self._held.get(wanted["name"])
        return held is not None and held.get("groupName") == GROUP["name"] and _fits(held, wanted)

    def has_all(self, wanted: Iterable[Definition]) -> bool:
        for one in wanted:
            try:
                if not self._has(one):
                    return False
            except (Rejected, Unknown) as refused:
                self._refused(refused, f"property {one['name']} on {self.name}")
                return False
        return True

    def writable(self, names: Iterable[str]) -> list[str]:
        found = properties_in(list(self._held.values()))
        return [name for name in names if name in found and not found[name].read_only]

    def _has(self, wanted: Definition) -> bool:
        """Whether the property is there as we need it. One of the same name that is somebody else's is left alone."""
        name = str(wanted["name"])
        held = self._held.get(name)
        if held is None:
            if not self._has_group:
                self._hubspot.ensure_property_group(self.name, GROUP)
                self._has_group = True
            if self._hubspot.ensure_property(self.name, {**wanted, "groupName": GROUP["name"]}):
                return True
            held = self._hubspot.property(self.name, name)  # somebody was quicker
            self._held |= {name: held} if held is not None else {}
        if held is not None and _fits(held, wanted):
            return True
        needed = "a unique text" if wanted.get("hasUniqueValue") else f"of the type {wanted['type']} that it needs"
        self._warnings.append(
            f"{_THEIRS}{name} on {self.name} that is not the sync's own (it is not {needed}); it is left alone, so "
            f"{_WITHOUT[self.name]}; rename or delete it in HubSpot, and connect again"
        )
        return False

    def _refused(self, refused: CallFailed, what: str) -> None:
        if isinstance(refused, Unknown) and not is_not_there(refused):
            raise refused
        schemas = f"crm.schemas.{self.name}.read and .write"
        scopes = "the scope e-commerce" if self.name in ("products", "line_items") else f"the scopes {schemas}"
        self._warnings.append(
            f"{_REFUSED}{what} ({refused.trouble.code}): {_WITHOUT[self.name]}; give {scopes}, and connect again"
        )


def _fits(held: Mapping[str, Any], wanted: Definition) -> bool:
    there = {one.get("value") for one in held.get("options") or () if isinstance(one, dict)}
    unique = bool(held.get("hasUniqueValue")) == bool(wanted.get("hasUniqueValue"))
    of_ours = all(one["value"] in there for one in wanted.get("options", ()))
    return unique and held.get("type") == wanted["type"] and of_ours
