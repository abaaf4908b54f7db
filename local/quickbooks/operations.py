"""What the API can be asked to do with a company file, whether alone or inside a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.quickbooks import cdc, faults, query
from local.quickbooks.fields import Entity
from local.quickbooks.state import CompanyFile


@dataclass(frozen=True)
class Reply:
    """The body, without `time`, and how many metered calls it stands for (reference 10.2)."""

    body: dict[str, Any]
    metered: int = 0


def write(file: CompanyFile, entity: Entity, body: object, operation: str | None = None) -> dict[str, Any]:
    """Create, or update where the body has an Id (reference 2.1). `operation` is what the request names itself."""
    if not isinstance(body, dict):
        raise faults.unsupported_property(entity.name)
    if operation not in (None, "create", "update"):
        raise faults.unsupported_operation(operation or "")
    has_id = body.get("Id") not in (None, "")
    if operation == "update" and not has_id:
        raise faults.required_missing("Id")
    if operation == "create" and has_id:
        raise faults.conflicting_elements("A create has no Id", "Id")
    return {entity.name: file.update(entity, body) if has_id else file.create(entity, body)}


def read(file: CompanyFile, entity: Entity, id: str) -> Reply:
    return Reply({entity.name: file.read(entity, id)}, metered=1)


def select(file: CompanyFile, statement: str | None) -> Reply:
    return Reply({"QueryResponse": query.answer(file, statement or "")}, metered=1)


def changes(file: CompanyFile, entities: str | None, changed_since: str | None) -> Reply:
    return Reply({"CDCResponse": cdc.answer(file, entities, changed_since)}, metered=1)
