"""What each kind of object has to say about a change of it, before and after it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.quickbooks import faults

if TYPE_CHECKING:
    from local.quickbooks.fields import Entity
    from local.quickbooks.record import Manner, Record
    from local.quickbooks.state import CompanyFile

Values = dict[str, Any]


class Rules:
    """The rules of one entity. `kept_by_full_update`: what a full update leaves as it is (reference 2.7)."""

    kept_by_full_update: tuple[str, ...] = ()

    def __init__(self, file: CompanyFile, entity: Entity) -> None:
        self.file = file
        self.entity = entity

    def settle(self, record: Record | None, after: Values, found: Values, manner: Manner) -> None:
        """Check and complete the values that are to be stored; `found` are those that were sent. Changes nothing."""
        raise NotImplementedError

    def index(self, record: Record, before: Values | None) -> None:
        """Note what the stored record is looked up by."""

    def spread(self, record: Record, before: Values | None) -> None:
        """Change the objects that follow from this one. Nothing may be refused any more."""

    def voided(self, record: Record, manner: Manner) -> Values:  # noqa: ARG002 - for those that override it
        """The values of the record once it is void."""
        raise faults.unsupported_operation("void")

    def require_removable(self, record: Record, manner: Manner) -> None:  # noqa: ARG002 - for those that override it
        raise faults.unsupported_operation("delete")

    def removed(self, record: Record) -> None:
        """Change the objects that follow from the end of this one."""

    def check_lists(self, after: Values) -> None:
        """References to lists must point to a row of theirs: 2500."""
        for field in self.entity.fields:
            if field.kind == "reference" and field.name in after:
                self.file.require_listed(field.target, after[field.name]["value"], field.name)
