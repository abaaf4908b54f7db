"""What the API can be asked to do with a company file, whether alone or inside a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.quickbooks import cdc, faults, query
from local.quickbooks.entities import LISTED, TRANSACTIONS
from local.quickbooks.fields import Entity
from local.quickbooks.fields_sales import INVOICE
from local.quickbooks.record import BY_API, Manner
from local.quickbooks.state import CompanyFile


@dataclass(frozen=True)
class Reply:
    """The body, without `time`, and how many metered calls it stands for (reference 10.2)."""

    body: dict[str, Any]
    metered: int = 0


def write(
    file: CompanyFile,
    entity: Entity,
    body: object,
    operation: str | None = None,
    *,
    void: bool = False,
    manner: Manner = BY_API,
) -> dict[str, Any]:
    """Create, or update where the body has an Id; of transactions, delete and void too (reference 2.1).

    `operation` is what the request names itself. `void`: an update that is to void (`include=void`).
    """
    if not isinstance(body, dict):
        raise faults.unsupported_property(entity.name)
    allowed = (None, "create", "update", *(("delete",) if entity in TRANSACTIONS else ()))
    if operation not in (*allowed, *(("void",) if entity is INVOICE else ())):
        raise faults.unsupported_operation(operation or "")
    if void and (entity not in TRANSACTIONS or operation not in (None, "update")):
        raise faults.unsupported_operation("void")
    has_id = body.get("Id") not in (None, "")
    if (void or operation in ("update", "delete", "void")) and not has_id:
        raise faults.required_missing("Id")
    if operation == "delete":
        return {entity.name: file.delete(entity, body)}
    if void or operation == "void":
        return {entity.name: file.void(entity, body)}
    if operation == "create" and has_id:
        raise faults.conflicting_elements("A create has no Id", "Id")
    return {entity.name: file.update(entity, body, manner) if has_id else file.create(entity, body, manner)}


def read(file: CompanyFile, entity: Entity, id: str) -> Reply:
    return Reply({entity.name: file.read(entity, id)}, metered=1)


def read_listed(file: CompanyFile, path: str, id: str) -> Reply:
    name = next(name for name, entity in LISTED.items() if entity.path == path)
    return Reply({name: file.lists.read(name, id)}, metered=1)


def select(file: CompanyFile, statement: str | None) -> Reply:
    return Reply({"QueryResponse": query.answer(file, statement or "")}, metered=1)


def changes(file: CompanyFile, entities: str | None, changed_since: str | None) -> Reply:
    return Reply({"CDCResponse": cdc.answer(file, entities, changed_since)}, metered=1)
