"""The settings of a connection: what may be said (`model`), and what both systems have to say about it (`metadata`)."""

from chalicelib.settings.model import (
    ASSOCIATED,
    Condition,
    ConflictRule,
    Contacts,
    Direction,
    FieldRow,
    Filters,
    Group,
    NameRule,
    Settings,
    SettingsError,
    read,
)

__all__ = [
    "ASSOCIATED",
    "Condition",
    "ConflictRule",
    "Contacts",
    "Direction",
    "FieldRow",
    "Filters",
    "Group",
    "NameRule",
    "Settings",
    "SettingsError",
    "read",
]
