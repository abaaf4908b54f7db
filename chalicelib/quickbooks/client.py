"""QuickBooks' endpoints that the sync uses, one method each. No rules; every cap is split or detected here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import requests

from chalicelib.failures import Rejected
from chalicelib.jobs import Realm, plausible, vendor_id
from chalicelib.quickbooks.faults import NOT_FOUND, TOO_MANY_ITEMS, failure, fault_in
from chalicelib.quickbooks.models import AnyRow, ItemReply, rows_in
from chalicelib.quickbooks.webhook import instant
from chalicelib.transport import Transport, json_of, sensible

MINOR_VERSION = "75"
BATCH_MAX = 30  # items (reference section 6); a company that allows fewer answers 1040 and the batch is halved
ROWS_MAX = 1_000  # rows of one query or CDC reply
TRANSACTIONS = frozenset({"Invoice", "Payment", "CreditMemo"})  # they have no `Active`
IN_MAX = 100  # values of one IN list, so that a statement stays short


class QuickBooks:
    def __init__(self, transport: Transport[Realm]) -> None:
        self.transport = transport
        self._realm_id = transport.speaker.account.id
        self._company = f"/v3/company/{self._realm_id}"

    @sensible
    def batch(self, items: Sequence[dict[str, Any]], what: str, request_id: str | None = None) -> dict[str, ItemReply]:
        """Carry out up to 30 independent items; the replies by bId. With a request id, a repetition is a replay."""
        metered = sum("Query" in item for item in items)
        params = {"requestid": request_id} if request_id else {}
        body = {"BatchItemRequest": list(items)}
        try:
            reply = self._call("POST", "/batch", what, metered=metered, params=params, json=body)
        except Rejected as refused:
            if refused.trouble.code != TOO_MANY_ITEMS or len(items) < 2:
                raise
            half = len(items) // 2
            return {
                **self.batch(items[:half], what, request_id),
                **self.batch(items[half:], what, request_id),
            }
        replies = reply["BatchItemResponse"]
        seen = _time(reply)
        until = None if seen is None else seen + float(reply["took_s"])
        return {
            str(raw.get("bId")): ItemReply(str(raw.get("bId")), _plain(raw), fault_in(raw), seen, until)
            for raw in replies
        }

    def query(self, statement: str, entity: str, what: str) -> list[dict[str, Any]]:
        """The rows of one statement; the caller keeps it below 1,000 rows or pages."""
        return self._select(statement, entity, what)[0]

    @sensible
    def count(self, entity: str, what: str) -> int:
        """How many active rows an entity has."""
        reply = self._call("GET", "/query", what, metered=1, params={"query": f"select count(*) from {entity}"})
        return int(reply["QueryResponse"].get("totalCount") or 0)

    @sensible
    def _select(self, statement: str, entity: str, what: str) -> tuple[list[dict[str, Any]], float | None]:
        reply = self._call("GET", "/query", what, metered=1, params={"query": statement})
        return rows_in(reply["QueryResponse"], entity), _time(reply)

    def rows(self, entity: type[AnyRow], ids: Sequence[str]) -> list[AnyRow]:
        """The rows that exist among `ids`, inactive ones included."""
        found: list[AnyRow] = []
        name = entity.ENTITY
        for part in _parts(ids, IN_MAX):
            what = f"read {len(part)} {name.lower()}s"
            rows, seen = self._select(select_where_in(name, "Id", part), name, what)
            found += [entity.read(row, seen) for row in rows]
        return found

    @sensible
    def row(self, entity: type[AnyRow], row_id: str) -> AnyRow | None:
        """One row, active or not; None where QuickBooks says 610."""
        name = entity.ENTITY
        try:
            reply = self._call("GET", f"/{name.lower()}/{row_id}", f"read 1 {name.lower()}", metered=1)
        except Rejected as refused:
            if refused.trouble.code == NOT_FOUND or refused.status == 404:
                return None
            raise
        return entity.read(reply[name], _time(reply))

    def every(self, entity: str, what: str) -> list[dict[str, Any]]:
        """All rows of a list, inactive ones included, a page of 1,000 at a time."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.query(page_of(entity, len(found) + 1), entity, what)
            found += page
            if len(page) < ROWS_MAX:
                return found

    def accounts(self) -> list[dict[str, Any]]:
        """The chart of accounts, inactive ones included."""
        return self.every("Account", "read accounts")

    @sensible
    def company_info(self) -> dict[str, Any]:
        reply = self._call("GET", f"/companyinfo/{self._realm_id}", "read company info", metered=1)
        return dict(reply["CompanyInfo"])

    @sensible
    def preferences(self) -> dict[str, Any]:
        return dict(self._call("GET", "/preferences", "read preferences", metered=1)["Preferences"])

    @sensible
    def changes(self, entities: Sequence[str], since: str) -> tuple[dict[str, list[dict[str, Any]]], float]:
        """What changed since (ISO time), by entity, and the reply's own time in seconds, up to which that is all."""
        params = {"entities": ",".join(entities), "changedSince": since}
        reply = self._call("GET", "/cdc", "read changes", metered=1, params=params)
        found: dict[str, list[dict[str, Any]]] = {}
        for part in reply["CDCResponse"]:
            for response in part["QueryResponse"]:
                for entity in set(entities) & set(response):
                    found.setdefault(entity, []).extend(rows_in(response, entity))
        time = _time(reply)
        if time is None:
            raise ValueError("no time")
        return found, time

    def _call(self, method: str, path: str, what: str, *, metered: int = 0, **request: Any) -> dict[str, Any]:
        params = {"minorversion": MINOR_VERSION, **request.pop("params", {})}
        response = self.transport.send(
            method, self._company + path, what, metered=metered, params=params,
            headers={"Accept": "application/json"}, **request,
        )  # fmt: skip
        return {**_body(response), "took_s": response.elapsed.total_seconds()}


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    """An item's reply without rows whose id is none: what was asked for has then not been answered."""
    return {name: value for name, value in raw.items() if name == "QueryResponse" or not _is_strange(value)}


def _is_strange(value: Any) -> bool:
    try:
        if isinstance(value, dict) and "Id" in value:
            vendor_id(value["Id"])
    except ValueError:
        return True
    return False


def _time(reply: dict[str, Any]) -> float | None:
    """QuickBooks' own time up to which the reply knows everything."""
    try:
        return plausible(instant(str(reply["time"])))
    except (KeyError, ValueError, OverflowError):
        return None


def quoted(value: str) -> str:
    """A value as the query language takes it (reference section 5)."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _values(values: Iterable[str]) -> str:
    return ", ".join(quoted(value) for value in values)


def page_of(entity: str, start: int) -> str:
    """A page of all rows, inactive ones included, in the stable order of their ids; `start` counts from 1."""
    inactive_too = "" if entity in TRANSACTIONS else "where Active in (true, false) "
    return f"select * from {entity} {inactive_too}orderby Id startposition {start} maxresults {ROWS_MAX}"


def select_where_in(entity: str, attribute: str, values: Sequence[str]) -> str:
    """All rows of an entity, inactive ones included, whose attribute is one of `values`."""
    inactive_too = "" if entity in TRANSACTIONS else "and Active in (true, false) "
    return f"select * from {entity} where {attribute} in ({_values(values)}) {inactive_too}maxresults {ROWS_MAX}"


def _body(response: requests.Response) -> dict[str, Any]:
    """The reply's body; a fault in it is a failure whatever the HTTP status says."""
    if response.status_code != 200:
        raise failure(response)
    try:
        body = json_of(response)
    except ValueError:
        raise failure(response) from None
    if not isinstance(body, dict) or fault_in(body):
        raise failure(response)
    return body


def _parts(items: Sequence[str], size: int) -> list[list[str]]:
    unique = list(dict.fromkeys(items))
    return [unique[start : start + size] for start in range(0, len(unique), size)]
