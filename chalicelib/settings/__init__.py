"""The settings of a connection: what may be said (`model`), and what both systems have to say about it (`metadata`).

A file is parsed with the place of every word (`lines`), judged (`form`, `check`), made ready for the workers
(`resolved`) and put beside the one before it (`compare`). Only the model is imported here: workers need no more.
"""

from chalicelib.settings.model import (
    ALONE,
    ASSOCIATED,
    KINDS,
    LISTING,
    Condition,
    ConflictRule,
    Contacts,
    Direction,
    FieldRow,
    Filters,
    Group,
    Invoices,
    KindName,
    NameRule,
    NewContacts,
    NewItems,
    Operator,
    Products,
    Settings,
    SettingsError,
    ValueType,
    read,
)
from chalicelib.settings.transform import Transform

__all__ = [
    "ALONE",
    "ASSOCIATED",
    "KINDS",
    "LISTING",
    "Condition",
    "ConflictRule",
    "Contacts",
    "Direction",
    "FieldRow",
    "Filters",
    "Group",
    "Invoices",
    "KindName",
    "NameRule",
    "NewContacts",
    "NewItems",
    "Operator",
    "Products",
    "Settings",
    "SettingsError",
    "Transform",
    "ValueType",
    "read",
]
