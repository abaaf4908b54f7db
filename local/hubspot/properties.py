"""An object type's property definitions and groups (reference, section 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local.hubspot.definitions import GROUPS, Property, built_in, option
from local.hubspot.errors import Problem, invalid, not_found
from local.hubspot.kinds import INVOICES, PRODUCTS, USER_ID, Kind
from local.hubspot.settings import Settings

FIELD_TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
}
UNIQUE_MAX = 10
_NAME = re.compile(r"[a-z][a-z0-9_]*")
Fields = dict[str, Any]


class Schema:
    """The properties and groups of one object type in one portal."""

    def __init__(self, kind: Kind, now: Callable[[], float], settings: Settings | None = None) -> None:
        self.kind = kind
        self._now = now
        self._settings = settings or Settings()
        self.properties = {definition.name: definition for definition in built_in(kind.name)}
        self.groups = {
            name: {"name": name, "label": label, "displayOrder": order, "archived": False}
            for order, (name, label) in enumerate(GROUPS[kind.name])
        }
        self._find_unique()

    def find(self, name: str) -> Property | None:
        definition = self.properties.get(name)
        return definition if definition and definition.archived_at is None else None

    def get(self, name: str, *, archived: bool = False) -> Property:
        definition = self.properties.get(name)
        if definition is None or (definition.archived_at is not None) != archived:
            raise not_found(f"Property {name} does not exist")
        return definition

    def listed(self, *, archived: bool) -> list[Property]:
        return [one for one in self.properties.values() if (one.archived_at is not None) == archived]

    def is_read_only(self, definition: Property) -> bool:
        """Whether no value can be written; of an invoice's own amounts the settings say it (section 6.2)."""
        opened = self.kind is INVOICES and definition.name in self._settings.writable_on_invoices
        return definition.readOnlyValue and not opened

    def json(self, definition: Property) -> Fields:
        body = definition.json(USER_ID)
        if not self.is_read_only(definition):
            body["modificationMetadata"]["readOnlyValue"] = body["calculated"] = False
        return body

    def define(self, definition: Property) -> None:
        """Give the object type one more property of HubSpot's own."""
        self.properties[definition.name] = definition

    def create(self, fields: Fields) -> Property:
        """Define a property. The name of an archived one brings that one back."""
        name = fields["name"]
        if self.find(name):
            raise Problem(
                409,
                f"A property named '{name}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
            )
        if not _NAME.fullmatch(name):
            raise invalid(f"Property name '{name}' must start with a letter and hold only a-z, 0-9 and _.")
        if fields.get("hasUniqueValue") and self.kind is PRODUCTS and not self._settings.unique_on_products:
            raise invalid(f"Unique properties are not supported for object type {self.kind.type_id}.")
        if fields.get("hasUniqueValue") and len(self.unique) >= UNIQUE_MAX:
            raise invalid(f"You have reached the limit of {UNIQUE_MAX} unique properties on this object.")
        definition = Property(**fields, created_at=self._now(), updated_at=self._now())
        self._check(definition)
        self.properties[name] = definition
        self._find_unique()
        return definition

    def update(self, name: str, fields: Fields) -> Property:
        definition = self.get(name)
        self._must_be_own(definition)
        changed = Property(**{**vars(definition), **fields, "updated_at": self._now()})
        self._check(changed)
        self.properties[name] = changed
        return changed

    def archive(self, name: str) -> None:
        definition = self.get(name)
        self._must_be_own(definition)
        definition.archived_at = self._now()
        self._find_unique()

    def create_group(self, fields: Fields) -> Fields:
        if fields["name"] in self.groups:
            raise Problem(
                409,
                f"A property group named '{fields['name']}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                subCategory="Properties.PROPERTY_GROUP_WITH_NAME_EXISTS",
            )
        self.groups[fields["name"]] = {"displayOrder": -1, **fields, "archived": False}
        return self.groups[fields["name"]]

    def group(self, name: str) -> Fields:
        if name not in self.groups:
            raise not_found(f"Property group {name} does not exist")
        return self.groups[name]

    def archive_group(self, name: str) -> None:
        self.group(name)
        if any(one.groupName == name for one in self.listed(archived=False)):
            raise Problem(
                400,
                f"Property group '{name}' has active properties and cannot be deleted.",
                "VALIDATION_ERROR",
                subCategory="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
            )
        del self.groups[name]

    def _find_unique(self) -> None:
        self.unique = [one.name for one in self.listed(archived=False) if one.hasUniqueValue]

    def _check(self, definition: Property) -> None:
        if definition.type not in FIELD_TYPES:
            raise invalid(f"Property type '{definition.type}' is not one of {sorted(FIELD_TYPES)}.")
        if definition.fieldType not in FIELD_TYPES[definition.type]:
            raise invalid(f"Field type '{definition.fieldType}' is not valid for type '{definition.type}'.")
        if definition.groupName not in self.groups:
            raise invalid(f"Property group '{definition.groupName}' does not exist.")
        if definition.type == "bool" and not definition.options:
            definition.options = [option("true", 0, "Yes"), option("false", 1, "No")]
        if definition.type == "enumeration" and not definition.options and not definition.externalOptions:
            raise invalid(f"Property '{definition.name}' of type enumeration needs options.")
        values = [one["value"] for one in definition.options]
        if len(values) != len(set(values)):
            raise invalid(f"Property '{definition.name}' has two options with one value.")

    def _must_be_own(self, definition: Property) -> None:
        if definition.hubspotDefined:
            raise invalid(f"Property '{definition.name}' is defined by HubSpot and cannot be changed.")
