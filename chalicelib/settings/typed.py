"""What a name in the settings stands for: a property or a path with its type and choices, on either side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.quickbooks.paths import PATHS
from chalicelib.settings.metadata import CustomField, Metadata, Option
from chalicelib.settings.model import ASSOCIATED, KindName
from chalicelib.settings.words import did_you_mean, listed, nearest, nearest_labelled

ENTITIES: dict[KindName, str] = {"contacts": "Customer", "products": "Item", "invoices": "Invoice"}
SUBJECTS: dict[KindName, Mapping[str, str]] = {  # what a filter may name beside the record itself
    "contacts": ASSOCIATED, "products": {}, "invoices": {},
}  # fmt: skip
OWNER = "hubspot_owner_id"
CUSTOM = re.compile(r"CustomField\[(.*)\]")
FORMS = "invoice, estimate and sales receipt"
TYPES = {  # of QuickBooks' paths and custom fields -> as HubSpot calls them
    "text": "string", "number": "number", "date": "date", "datetime": "datetime", "bool": "bool",
}  # fmt: skip
ARTICLES = {
    "string": "a text", "number": "a number", "date": "a date", "datetime": "a time", "bool": "a checkbox",
    "enumeration": "a list of choices",
}  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """`options` are empty where any value passes, or the choices live elsewhere."""

    name: str
    type: str
    options: tuple[Option, ...] = ()
    read_only: bool = False

    @property
    def is_a(self) -> str:
        return ARTICLES.get(self.type, f"of type {self.type}")

    def option(self, said: str) -> Option | None:
        """The choice with this stored value, or else with this label."""
        want = said.strip().casefold()
        by_value = (one for one in self.options if one.value.casefold() == want)
        by_label = (one for one in self.options if one.label.casefold() == want)
        return next(by_value, None) or next(by_label, None)

    def nearest_option(self, said: str) -> str:
        found = nearest_labelled(said, {one.value: one.label for one in self.options})
        near = next((one for one in self.options if one.value == found), None)
        return did_you_mean(_named(near)) if near else f"; there are: {listed(map(_named, self.options))}"


def _named(option: Option) -> str:
    """With the label, where it says more than the value."""
    same = option.label.casefold() in ("", option.value.casefold())
    return option.value if same else f"{option.value} ({option.label})"


@dataclass(frozen=True)
class NotThere:
    """Why a name stands for nothing."""

    message: str


Meaning = Typed | NotThere | None  # None: it cannot be judged


def property_of(metadata: Metadata | None, object_name: str, name: str) -> Meaning:
    """A HubSpot property of an object by its plural path name (`contacts`, `companies`, …)."""
    known = metadata.hubspot.get(object_name) if metadata else None
    if known is None:
        return None
    if name in known:
        found = known[name]
        options = found.options if found.type == "enumeration" else ()
        return Typed(name, found.type, _owners(metadata) if name == OWNER else options, found.read_only)
    labels = {one.name: one.label for one in known.values()}
    like = nearest_labelled(name, labels)
    label = f"{like} ({labels[like]})" if like and labels[like].casefold() not in ("", like) else like
    return NotThere(f"HubSpot's {object_name} have no property {name}" + did_you_mean(label))


def _owners(metadata: Metadata | None) -> tuple[Option, ...]:
    """Owners as choices: stored by id, known by their e-mail."""
    return tuple(Option(one.id, one.email) for one in (metadata.owners if metadata else None) or ())


def path_of(metadata: Metadata | None, kind: KindName, name: str) -> Meaning:
    """A path in QuickBooks, or a custom field of its sales forms."""
    if custom := CUSTOM.fullmatch(name):
        return _custom_field(metadata, kind, name, custom[1])
    paths = PATHS[ENTITIES[kind]]
    if name in paths:
        found = paths[name]
        options = tuple(Option(one, one) for one in found.choices)
        return Typed(name, TYPES[found.type], options, found.read_only)
    inside = [one for one in paths if one.startswith(f"{name}.")]
    if inside:
        return NotThere(f"{name} holds more than one value: name one of {listed(inside)}")
    leaves = {one: one.rpartition(".")[2] for one in paths}
    return NotThere(f"QuickBooks' {ENTITIES[kind]} has no {name}" + did_you_mean(nearest_labelled(name, leaves)))


def _custom_field(metadata: Metadata | None, kind: KindName, name: str, wanted: str) -> Meaning:
    if kind != "invoices":
        return NotThere(f"{name}: QuickBooks has custom fields on invoices only, not on {kind}")
    known = metadata.custom_fields if metadata else None
    if known is None:
        return None
    named = sorted((one for one in known if one.name == wanted), key=lambda one: not one.on_sales_forms)
    found = next(iter(named), None)
    if found is None:
        names = [one.name for one in known if one.on_sales_forms]
        like = nearest(wanted, names)
        there = "; there are: " + listed(names) if names else ": it has none"
        return NotThere(
            f"QuickBooks has no custom field {wanted}" + (f"; did you mean CustomField[{like}]?" if like else there)
        )
    return NotThere(unfit) if (unfit := _unfit(found)) else Typed(name, TYPES[found.type])


def _unfit(found: CustomField) -> str:
    """Why the field cannot be mapped (HubSpot's own conditions). What QuickBooks does not tell is let pass."""
    if not found.on_sales_forms:
        return f"the custom field {found.name} is one of purchase orders; only those of sales forms can be mapped"
    if found.type not in ("text", "number"):
        return f"the custom field {found.name} is a {found.type}; only text and number can be mapped"
    if found.on_all_forms is False:
        return f"the custom field {found.name} is not on all sales forms ({FORMS}): switch it on for each in QuickBooks"
    if found.printed is False:
        return f"the custom field {found.name} is not printed on the forms: switch printing on in QuickBooks"
    return ""
