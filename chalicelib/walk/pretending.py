"""Vendor clients that read, and pretend to write: what a rehearsal is played with.

A pretended write is put on the list of calls, since a plan tells what the real ones would cost, and is answered as the
vendor would: with success, or with a refusal where a name or an e-mail address is taken. What it would make gets an
invented id, a negative number, that no vendor gives. Later reads show what was pretended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.hubspot.models import AssociationTo, BatchReply, Record
from chalicelib.jobs import ConnectionId
from chalicelib.lookup import NAMED
from chalicelib.quickbooks.client import IN_MAX, QuickBooks, select_where_in
from chalicelib.quickbooks.faults import NAME_TAKEN, NOT_FOUND, STALE, Fault
from chalicelib.quickbooks.models import DELETED_SUFFIX, Customer, ItemReply
from chalicelib.remember.names import folded
from chalicelib.remember.table import ANY, Key, Put, Table
from chalicelib.remember.walks import pretended_key
from chalicelib.transport import CallLog, CallMade

Invent = Callable[[], str]
Held = tuple[str, dict[str, Any]]  # an entity and its row


def is_invented(object_id: str | None) -> bool:
    return bool(object_id) and str(object_id).startswith("-")


class Pretence:
    """What later slices must know of pretended writes: who has an e-mail address, and what customers are called."""

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
        self._written: dict[str, Record] = {}  # by id

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
        if kind != "contacts" or archived:
            return found
        if id_property == "email":
            return [*found, *self._made_with(set(ids) - {email for one in found for email in one.emails})]
        if not there:
            self._note(f"read {len(ids)} {kind}")
        return [
            *(self._as_written(one) for one in found),
            *(self._written[one] for one in ids if is_invented(one) and one in self._written),
        ]

    def associations(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[AssociationTo]]:
        there = [one for one in ids if not is_invented(one)]
        if ids and not there:
            self._note(f"read {to} of {len(ids)} {kind}")
        return super().associations(kind, to, there)

    def batch_create(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(f"create {len(inputs)} {kind}", inputs)

    def batch_update(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(f"update {len(inputs)} {kind}", inputs)

    def archive(self, kind: str, record_id: str) -> None:  # noqa: ARG002 - the real one's shape
        self._note(f"archive 1 {kind}")

    def _accepted(self, what: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        self._note(what)
        emails = [email for one in inputs if (email := _email(one))]
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
            before = self._written.get(record.id)
            all_written = {**(before.properties if before else {}), **record.properties}
            self._written[record.id] = record.model_copy(update={"properties": all_written})
            if _email(one):
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
            self._written.get(own_id) or Record(id=own_id, properties={"email": email})
            for email, own_id in made.items()
            if is_invented(own_id)
        ]

    def _as_written(self, one: Record) -> Record:
        written = self._written.get(one.id)
        return one.model_copy(update={"properties": {**one.properties, **written.properties}}) if written else one

    def _note(self, what: str) -> None:
        self.transport.log.add(CallMade("HubSpot", what, real=False))


class PretendedQuickBooks(QuickBooks):
    """One for each slice."""

    def __init__(self, real: QuickBooks, invent: Invent, pretence: Pretence) -> None:
        super().__init__(real.transport)
        self._invent = invent
        self._pretence = pretence
        self._shown: dict[str, Customer] = {}  # by id: those that were made or written, as they would be by now
        self._holders: dict[str, list[Held]] = {}  # by folded name: who has it, for those that were asked about

    def batch(self, items: Sequence[dict[str, Any]], what: str, request_id: str | None = None) -> dict[str, ItemReply]:
        if any("Query" in item for item in items):
            replies = super().batch(items, what, request_id)
            for reply in replies.values():
                if "Customer" in (reply.raw.get("QueryResponse") or {}):
                    reply.raw["QueryResponse"]["Customer"] = self._as_pretended(reply.rows("Customer"))
            return replies
        self.transport.log.add(CallMade("QuickBooks", what, batch=True, real=False))
        self._look_at([_updated(item) for item in items])
        held = self._holding([name for item in items if (name := _new_name(item))])
        return {str(item["bId"]): self._answered(item, held) for item in items}

    def customers(self, ids: Sequence[str]) -> list[Customer]:
        there = super().customers([one for one in ids if not is_invented(one)])
        made = (self._shown[one] for one in ids if is_invented(one) and one in self._shown)
        return [*(self._shown.get(one.Id, one) for one in there), *made]

    def customer(self, customer_id: str) -> Customer | None:
        return self._shown.get(customer_id) or super().customer(customer_id)

    def foresee(self, updates: Sequence[tuple[str, str]]) -> None:
        """Ask at once about all customers that a slice is about to write, (id, new name or nothing): batch by batch
        it would cost a call for each."""
        self._look_at([own_id for own_id, _ in updates])
        self._holding([name for _, name in updates if name])

    def _look_at(self, ids: Iterable[str]) -> None:
        """The customers that are about to be written as they are now. A sync need not ask: SyncToken tells it."""
        unseen = sorted({one for one in ids if one and one not in self._shown})
        beside = CallLog()
        for one in QuickBooks(replace(self.transport, log=beside)).customers(unseen):
            self._shown[one.Id] = one
        _told_beside(self.transport.log, beside)

    def _answered(self, item: dict[str, Any], held: Sequence[Held]) -> ItemReply:
        if own_id := _updated(item):
            customer = self._shown.get(own_id)
            if customer is None:
                return _refused(item, NOT_FOUND)
            if customer.SyncToken != str(item["Customer"].get("SyncToken")):
                return _refused(item, STALE)
        if name := _new_name(item):
            theirs = self._as_pretended([row for entity, row in held if entity == "Customer"])
            others = [row for entity, row in held if entity != "Customer"]
            rows = [*others, *(row for row in theirs if str(row["Id"]) != own_id)]
            if any(folded(str(row.get("DisplayName", ""))) == folded(name) for row in rows):
                return _refused(item, NAME_TAKEN)
        return self._accepted(item)

    def _accepted(self, item: dict[str, Any]) -> ItemReply:
        own_id = _updated(item) or self._invent()
        before = self._shown[own_id].raw if own_id in self._shown else {}
        token = str(int(before.get("SyncToken") or "-1") + 1)
        body = {name: value for name, value in item["Customer"].items() if name != "sparse"}
        customer = {**before, **body, "Id": own_id, "SyncToken": token}
        self._shown[own_id] = Customer.read(customer)
        changed = {name: body[name] for name in ("DisplayName", "Active") if name in body}
        if changed and not is_invented(own_id):
            earlier = self._pretence.recall("customers", [own_id]).get(own_id, {})
            self._pretence.note("customers", own_id, {**earlier, **changed})
        return ItemReply(str(item["bId"]), {"bId": item["bId"], "Customer": customer}, None)

    def _holding(self, names: Sequence[str]) -> list[Held]:
        """Who has the names that customers would be given. A sync need not ask: the write itself is refused."""
        new = sorted({name for name in names if folded(name) not in self._holders})
        self._holders |= {folded(name): [] for name in new}
        statements = [
            (entity, select_where_in(entity, "DisplayName", new[start : start + IN_MAX]))
            for start in range(0, len(new), IN_MAX)
            for entity in NAMED
        ]
        if statements:
            beside = CallLog()
            items = [{"bId": str(number), "Query": statement} for number, (_, statement) in enumerate(statements)]
            replies = QuickBooks(replace(self.transport, log=beside)).batch(items, f"look up {len(new)} names")
            for number, (entity, _) in enumerate(statements):
                for row in replies[str(number)].rows(entity) if str(number) in replies else []:
                    self._holders.setdefault(folded(str(row.get("DisplayName", ""))), []).append((entity, row))
            _told_beside(self.transport.log, beside)
        return [held for name in {folded(name) for name in names} for held in self._holders[name]]

    def _as_pretended(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows with the names that their customers would have by now; one made inactive sets its name free."""
        changed = self._pretence.recall("customers", [str(row["Id"]) for row in rows])
        shown = [{**row, **changed.get(str(row["Id"]), {})} for row in rows]
        return [
            {**row, "DisplayName": f"{row['DisplayName']}{DELETED_SUFFIX}"}
            if row.get("Active") is False and not str(row["DisplayName"]).endswith(DELETED_SUFFIX) else row
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


def _updated(item: Mapping[str, Any]) -> str:
    """The customer that an item writes; empty where it makes one."""
    return str((item.get("Customer") or {}).get("Id") or "")


def _new_name(item: Mapping[str, Any]) -> str:
    """The name that an update would give; whoever makes a customer has looked its name up already."""
    return str(item["Customer"].get("DisplayName") or "") if _updated(item) else ""
