"""Vendor clients that read, and pretend to write: what a rehearsal is played with.

A pretended write is put on the list of calls, since a plan tells what the real ones would cost, and is answered as the
vendor would: with success, or with a refusal where a name or an e-mail address is taken. What it would make gets an
invented id, a negative number, that no vendor gives. Later reads show what was pretended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.hubspot.client import BATCH_MAX, HubSpot
from chalicelib.hubspot.models import AssociationTo, BatchReply, Record
from chalicelib.jobs import ConnectionId
from chalicelib.lookup import NAMED
from chalicelib.quickbooks.client import IN_MAX, QuickBooks, select_where_in
from chalicelib.quickbooks.faults import NAME_TAKEN, NOT_FOUND, STALE, Fault
from chalicelib.quickbooks.models import DELETED_SUFFIX, AnyRow, Customer, Item, ItemReply, Row
from chalicelib.remember.names import folded
from chalicelib.remember.table import ANY, Key, Put, Table
from chalicelib.remember.walks import pretended_key
from chalicelib.transport import CallLog, CallMade

Invent = Callable[[], str]
WRITTEN: tuple[type[Row], ...] = (Customer, Item)  # what the sync writes in QuickBooks
_FILLED_IN: Mapping[type[Row], dict[str, Any]] = {  # what QuickBooks adds to a new row
    Item: {"UnitPrice": 0, "PurchaseCost": 0},
}
Held = tuple[str, dict[str, Any]]  # an entity and its row


def is_invented(object_id: str | None) -> bool:
    return bool(object_id) and str(object_id).startswith("-")


class Pretence:
    """What later slices must know of pretended writes: who has an e-mail address, and what rows are called."""

    def __init__(self, table: Table, connection: ConnectionId) -> None:
        self._table = table
        self._connection = connection

    def recall(self, what: str, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        keys = {self._key(what, name): name for name in names}
        return {keys[key]: item.body for key, item in self._table.get(keys).items()}

    def note(self, what: str, name: str, body: Mapping[str, Any]) -> None:
        self._table.write([Put(self._key(what, name), dict(body), ANY)])

    def _key(self, what: str, name: str) -> Key:
        return pretended_key(self._connection, what, name)


class PretendedHubSpot(HubSpot):
    """One for each slice."""

    def __init__(self, real: HubSpot, invent: Invent, pretence: Pretence) -> None:
        super().__init__(real.transport)
        self._invent = invent
        self._pretence = pretence
        self._written: dict[tuple[str, str], Record] = {}  # by object and id

    def batch_read(
        self,
        kind: str,
        ids: Sequence[str],
        properties: Sequence[str],
        id_property: str | None = None,
        *,
        archived: bool = False,
    ) -> list[Record]:
        there = [one for one in ids if not is_invented(one)]
        found = super().batch_read(kind, there, properties, id_property, archived=archived)
        if kind == "contacts" and id_property == "email" and not archived:
            return [*found, *self._made_with(set(ids) - {email for one in found for email in one.emails})]
        if archived or id_property:
            return found
        if ids and not there:
            self._note(f"read {len(ids)} {kind}")
        made = (self._written.get((kind, one)) for one in ids if is_invented(one))
        return [*(self._as_written(kind, one) for one in found), *(one for one in made if one is not None)]

    def associations(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[AssociationTo]]:
        there = [one for one in ids if not is_invented(one)]
        if ids and not there:
            self._note(f"read {to} of {len(ids)} {kind}")
        return super().associations(kind, to, there)

    def batch_create(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(kind, f"create {len(inputs)} {kind}", inputs)

    def batch_update(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(kind, f"update {len(inputs)} {kind}", inputs)

    def archive(self, kind: str, record_id: str) -> None:  # noqa: ARG002 - the real one's shape
        self._note(f"archive 1 {kind}")

    def batch_archive(self, kind: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), BATCH_MAX):
            self._note(f"archive {len(ids[start : start + BATCH_MAX])} {kind}")

    def _accepted(self, kind: str, what: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        self._note(what)
        emails = [email for one in inputs if kind == "contacts" and (email := _email(one))]
        owners = self._owners(emails)
        reply = BatchReply()
        for one in inputs:
            owner, own_id = owners.get(_email(one)), str(one.get("id") or "")
            if owner is not None and owner != own_id:
                reply.errors.append(_exists(owner, one))
                continue
            record = Record(
                id=own_id or self._invent(),
                properties=dict(one["properties"]),
                objectWriteTraceId=one.get("objectWriteTraceId"),
            )
            before = self._written.get((kind, record.id))
            all_written = {**(before.properties if before else {}), **record.properties}
            self._written[kind, record.id] = record.model_copy(update={"properties": all_written})
            if kind == "contacts" and _email(one):
                owners[_email(one)] = record.id
                self._pretence.note("emails", _email(one), {"id": record.id})
            reply.results.append(record)
        return reply

    def _owners(self, emails: Sequence[str]) -> dict[str, str]:
        """Which contact has each of these addresses: HubSpot gives an address to one contact only."""
        if not emails:
            return {}
        beside = CallLog()
        found = HubSpot(replace(self.transport, log=beside)).batch_read("contacts", emails, ["email"], "email")
        _told_beside(self.transport.log, beside)
        owners = {email: one.id for one in found for email in one.emails}
        return owners | {email: str(body["id"]) for email, body in self._pretence.recall("emails", emails).items()}

    def _made_with(self, emails: Iterable[str]) -> list[Record]:
        """The contacts that would have been made with these addresses."""
        made = {email: str(body["id"]) for email, body in self._pretence.recall("emails", emails).items()}
        return [
            self._written.get(("contacts", own_id)) or Record(id=own_id, properties={"email": email})
            for email, own_id in made.items()
            if is_invented(own_id)
        ]

    def _as_written(self, kind: str, one: Record) -> Record:
        written = self._written.get((kind, one.id))
        return one.model_copy(update={"properties": {**one.properties, **written.properties}}) if written else one

    def _note(self, what: str) -> None:
        self.transport.log.add(CallMade("HubSpot", what, real=False))


class PretendedQuickBooks(QuickBooks):
    """One for each slice."""

    def __init__(self, real: QuickBooks, invent: Invent, pretence: Pretence) -> None:
        super().__init__(real.transport)
        self._invent = invent
        self._pretence = pretence
        self._shown: dict[tuple[str, str], Row] = {}  # by entity and id: what was written, as it would be
        self._holders: dict[tuple[type[Row], str], list[Held]] = {}  # who has a folded name that was asked about

    def batch(self, items: Sequence[dict[str, Any]], what: str, request_id: str | None = None) -> dict[str, ItemReply]:
        if any("Query" in item for item in items):
            replies = super().batch(items, what, request_id)
            for reply in replies.values():
                if "Customer" in (reply.raw.get("QueryResponse") or {}):
                    reply.raw["QueryResponse"]["Customer"] = self._as_pretended(Customer, reply.rows("Customer"))
            return replies
        self.transport.log.add(CallMade("QuickBooks", what, batch=True, real=False))
        for entity in WRITTEN:
            own = [item for item in items if entity.ENTITY in item]
            self._look_at(entity, [_updated(item) for item in own])
            self._ask_for(entity, [name for item in own if (name := _new_name(item))])
        return {str(item["bId"]): self._answered(item) for item in items}

    def rows(self, entity: type[AnyRow], ids: Sequence[str]) -> list[AnyRow]:
        there = super().rows(entity, [one for one in ids if not is_invented(one)])
        made = (shown for one in ids if is_invented(one) and (shown := self._shown_as(entity, one)) is not None)
        return [*(self._shown_as(entity, one.Id) or one for one in there), *made]

    def row(self, entity: type[AnyRow], row_id: str) -> AnyRow | None:
        return self._shown_as(entity, row_id) or super().row(entity, row_id)

    def _shown_as(self, entity: type[AnyRow], row_id: str) -> AnyRow | None:
        shown = self._shown.get((entity.ENTITY, row_id))
        return shown if isinstance(shown, entity) else None

    def foresee(self, entity: type[Row], updates: Sequence[tuple[str, str]]) -> None:
        """Ask at once about all rows that a slice is about to write, (id, new name or nothing): batch by batch it
        would cost a call for each."""
        self._look_at(entity, [own_id for own_id, _ in updates])
        self._ask_for(entity, [name for _, name in updates if name])

    def _look_at(self, entity: type[Row], ids: Iterable[str]) -> None:
        """The rows that are about to be written as they are now. A sync need not ask: SyncToken tells it."""
        unseen = sorted({one for one in ids if one and (entity.ENTITY, one) not in self._shown})
        beside = CallLog()
        for one in QuickBooks(replace(self.transport, log=beside)).rows(entity, unseen):
            self._shown[entity.ENTITY, one.Id] = one
        _told_beside(self.transport.log, beside)

    def _answered(self, item: dict[str, Any]) -> ItemReply:
        entity, body = _written(item)
        if own_id := _updated(item):
            row = self._shown.get((entity.ENTITY, own_id))
            if row is None:
                return _refused(item, NOT_FOUND)
            if row.SyncToken != str(body.get("SyncToken")):
                return _refused(item, STALE)
        if (name := _new_name(item)) and self._is_taken(entity, name, own_id):
            return _refused(item, NAME_TAKEN)
        return self._accepted(item)

    def _is_taken(self, entity: type[Row], name: str, own_id: str) -> bool:
        """Whether somebody else would have the name by now. Items of two categories may share one."""
        held = self._holders[entity, folded(name)]
        others = [row for entity_name, row in held if entity_name != entity.ENTITY]
        rows = {str(row["Id"]): row for entity_name, row in held if entity_name == entity.ENTITY}
        for given in self._pretence.recall(_names_of(entity), [folded(name)]).values():
            rows.setdefault(str(given["Id"]), {"Id": given["Id"], entity.NAME_PATH: name, "ParentRef": given["parent"]})
        rows.pop(own_id, None)
        shown = [*others, *self._as_pretended(entity, list(rows.values()))]
        own = self._shown.get((entity.ENTITY, own_id))
        category = _category(own.raw) if own else ""
        return any(
            folded(str(row.get(entity.NAME_PATH, ""))) == folded(name) and _category(row) == category for row in shown
        )

    def _accepted(self, item: dict[str, Any]) -> ItemReply:
        entity, sent = _written(item)
        own_id = _updated(item) or self._invent()
        held = self._shown.get((entity.ENTITY, own_id))
        before = held.raw if held else _FILLED_IN.get(entity, {})
        token = str(int(before.get("SyncToken") or "-1") + 1)
        body = {name: value for name, value in sent.items() if name != "sparse"}
        row = {**before, **body, "Id": own_id, "SyncToken": token}
        self._shown[entity.ENTITY, own_id] = entity.read(row)
        changed: dict[str, Any] = {name: body[name] for name in (entity.NAME_PATH, "Active") if name in body}
        if changed and not (entity is Customer and is_invented(own_id)):
            earlier = self._pretence.recall(_rows_of(entity), [own_id]).get(own_id, {})
            self._pretence.note(_rows_of(entity), own_id, {**earlier, **changed})
        if entity is Item and entity.NAME_PATH in body:  # names of customers are reserved in the table before
            given = {"Id": own_id, "parent": row.get("ParentRef")}
            self._pretence.note(_names_of(entity), folded(str(body[entity.NAME_PATH])), given)
        return ItemReply(str(item["bId"]), {"bId": item["bId"], entity.ENTITY: row}, None)

    def _ask_for(self, entity: type[Row], names: Sequence[str]) -> None:
        """Who has the names that rows would be given. A sync need not ask: the write itself is refused."""
        new = sorted({name for name in names if (entity, folded(name)) not in self._holders})
        self._holders |= {(entity, folded(name)): [] for name in new}
        statements = [
            (one, select_where_in(one, entity.NAME_PATH, new[start : start + IN_MAX]))
            for start in range(0, len(new), IN_MAX)
            for one in (NAMED if entity is Customer else (entity.ENTITY,))
        ]
        if statements:
            beside = CallLog()
            items = [{"bId": str(number), "Query": statement} for number, (_, statement) in enumerate(statements)]
            replies = QuickBooks(replace(self.transport, log=beside)).batch(items, f"look up {len(new)} names")
            for number, (one, _) in enumerate(statements):
                for row in replies[str(number)].rows(one) if str(number) in replies else []:
                    name = folded(str(row.get(entity.NAME_PATH, "")))
                    self._holders.setdefault((entity, name), []).append((one, row))
            _told_beside(self.transport.log, beside)

    def _as_pretended(self, entity: type[Row], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows with the names that they would have by now; one made inactive sets its name free."""
        changed = self._pretence.recall(_rows_of(entity), [str(row["Id"]) for row in rows])
        shown = [{**row, **changed.get(str(row["Id"]), {})} for row in rows]
        name = entity.NAME_PATH
        return [
            {**row, name: f"{row[name]}{DELETED_SUFFIX}"}
            if row.get("Active") is False and not str(row[name]).endswith(DELETED_SUFFIX) else row
            for row in shown
        ]  # fmt: skip


def _told_beside(log: CallLog, beside: CallLog) -> None:
    """Calls that only the plan makes: real, and no part of what it says that a sync would cost."""
    for call in beside.made:
        log.add(replace(call, beside=True))


def _email(one: Mapping[str, Any]) -> str:
    return str(one["properties"].get("email") or "").strip().lower()


def _exists(owner: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal as HubSpot writes it (reference section 4.5)."""
    about = {"objectWriteTraceId": [one["objectWriteTraceId"]]}
    shown = "0" if is_invented(owner) else owner
    return {"category": "CONFLICT", "message": f"Contact already exists. Existing ID: {shown}", "context": about}


def _refused(item: Mapping[str, Any], code: str) -> ItemReply:
    return ItemReply(str(item["bId"]), {"bId": item["bId"]}, Fault(code, "", ""))


def _written(item: Mapping[str, Any]) -> tuple[type[Row], dict[str, Any]]:
    """Which kind of row an item of a batch writes, and what it sends."""
    return next((entity, dict(item[entity.ENTITY])) for entity in WRITTEN if entity.ENTITY in item)


def _updated(item: Mapping[str, Any]) -> str:
    """The row that an item writes; empty where it makes one."""
    return str(_written(item)[1].get("Id") or "")


def _new_name(item: Mapping[str, Any]) -> str:
    """The name that a write would give; whoever makes a customer has looked its name up already."""
    entity, body = _written(item)
    return str(body.get(entity.NAME_PATH) or "") if entity is not Customer or _updated(item) else ""


def _category(row: Mapping[str, Any]) -> str:
    """The category that an item stands in. A sub-customer's name is no less its own."""
    return str((row.get("ParentRef") or {}).get("value") or "") if "Name" in row else ""


def _rows_of(entity: type[Row]) -> str:
    return f"{entity.ENTITY.lower()}s"


def _names_of(entity: type[Row]) -> str:
    return f"names of {_rows_of(entity)}"
