"""The rules for names (reference 7.2): unique over customers, vendors and employees; renamed when made inactive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

from local.quickbooks import faults
from local.quickbooks.fields import NAME_PARTS

Key = tuple[str, str]  # entity, id
_DELETED = re.compile(r" \(deleted\)(\(\d+\))?$")


def built(values: Mapping[str, Any]) -> str:
    """The DisplayName of someone who was given none. Without any part of a name it is 6080."""
    name = " ".join(str(values[part]) for part in NAME_PARTS if part in values)
    if not name:
        raise faults.no_name()
    return name


def plain(name: str) -> str:
    """The name without the mark of being inactive."""
    return _DELETED.sub("", name)


def is_marked(name: str) -> bool:
    return bool(_DELETED.search(name))


class Names:
    """Who has which DisplayName. Upper and lower case are the same."""

    def __init__(self) -> None:
        self._owners: dict[str, Key] = {}

    def owner(self, name: str) -> Key | None:
        return self._owners.get(name.casefold())

    def require_free(self, name: str, key: Key | None) -> None:
        if self.owner(name) not in (None, key):
            raise faults.duplicate_name()

    def marked(self, name: str, key: Key | None) -> str:
        """The name of someone inactive. A second one of the same name gets a number, so that it stays unique."""
        for number in count():
            candidate = f"{plain(name)} (deleted)" + (f"({number})" if number else "")
            if self.owner(candidate) in (None, key):
                return candidate
        raise AssertionError  # count() does not end

    def put(self, name: str, key: Key) -> None:
        self._owners[name.casefold()] = key

    def drop(self, name: str) -> None:
        self._owners.pop(name.casefold(), None)
