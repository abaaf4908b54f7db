"""HubSpot's endpoints that the sync uses, one method each. No rules; every cap is split here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import requests

from chalicelib.failures import Rejected
from chalicelib.hubspot import API_VERSION
from chalicelib.hubspot.faults import failure
from chalicelib.hubspot.models import Associations, AssociationTo, BatchReply, Record
from chalicelib.jobs import Portal, vendor_id
from chalicelib.transport import Transport, json_of, sensible

BATCH_MAX = 100  # inputs of any object batch (reference section 4.2)
ASSOCIATIONS_MAX = 1_000  # inputs of an association batch read (section 5.1)
OWNERS_MAX = "100"  # of one page: HubSpot's default, since the reference names no cap
PRIMARY_TYPES = frozenset({1, 2})  # contact → primary company, and its reverse (section 5.2)


class HubSpot:
    def __init__(self, transport: Transport[Portal]) -> None:
        self.transport = transport

    @sensible
    def batch_read(
        self,
        kind: str,
        ids: Sequence[str],
        properties: Sequence[str],
        id_property: str | None = None,
        *,
        archived: bool = False,
    ) -> list[Record]:
        """The records that exist among `ids`, or only the archived ones; whatever is missing is left out."""
        found: list[Record] = []
        for part in _parts(ids, BATCH_MAX):
            body: dict[str, Any] = {"properties": list(properties), "inputs": [{"id": one} for one in part]}
            if id_property:
                body["idProperty"] = id_property
            what = (
                f"read {len(part)} {'archived ' if archived else ''}{kind}{f' by {id_property}' if id_property else ''}"
            )
            path = f"/crm/objects/{API_VERSION}/{kind}/batch/read"
            reply = self._call("POST", path, what, json=body, params={"archived": "true"} if archived else {})
            found += _reply(reply).results
        return found

    @sensible
    def read(self, kind: str, record_id: str, properties: Sequence[str], *, archived: bool = False) -> Record | None:
        """One record, or the survivor it was merged into; None where there is none in this state."""
        what = f"read 1 {'archived ' if archived else ''}{kind}"
        params = {"properties": ",".join(properties), "archived": str(archived).lower()}
        try:
            reply = self._call("GET", f"/crm/objects/{API_VERSION}/{kind}/{record_id}", what, params=params)
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise
        return _record(reply)

    @sensible
    def batch_create(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        """At most 100 inputs, each with a unique `objectWriteTraceId`, so that each has an outcome of its own."""
        path = f"/crm/objects/{API_VERSION}/{kind}/batch/create"
        return _reply(self._post(path, f"create {len(inputs)} {kind}", {"inputs": list(inputs)}))

    @sensible
    def batch_update(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        path = f"/crm/objects/{API_VERSION}/{kind}/batch/update"
        return _reply(self._post(path, f"update {len(inputs)} {kind}", {"inputs": list(inputs)}))

    def archive(self, kind: str, record_id: str) -> None:
        self._call("DELETE", f"/crm/objects/{API_VERSION}/{kind}/{record_id}", f"archive 1 {kind}")

    def batch_archive(self, kind: str, ids: Sequence[str]) -> None:
        """Archive them; those that are gone already are none the worse for it."""
        for part in _parts(ids, BATCH_MAX):
            body = {"inputs": [{"id": one} for one in part]}
            self._post(f"/crm/objects/{API_VERSION}/{kind}/batch/archive", f"archive {len(part)} {kind}", body)

    @sensible
    def associations(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[AssociationTo]]:
        """What each record is associated with, in as few calls as the caps allow; records without any are left out."""
        found: dict[str, list[AssociationTo]] = {}
        inputs: list[dict[str, str]] = [{"id": one} for one in dict.fromkeys(ids)]
        path = f"/crm/associations/{API_VERSION}/{kind}/{to}/batch/read"
        while inputs:
            part, inputs = inputs[:ASSOCIATIONS_MAX], inputs[ASSOCIATIONS_MAX:]
            reply = self._post(path, f"read {to} of {len(part)} {kind}", {"inputs": part})
            for one in _results(reply):
                page = _associations(one)
                found.setdefault(page.from_id, []).extend(page.to)
                if page.after:
                    inputs.append({"id": page.from_id, "after": page.after})
        return found

    @sensible
    def search(self, kind: str, body: dict[str, Any]) -> tuple[int, list[Record], str | None]:
        """Total, one page of at most 200 records, and where the next page begins."""
        reply = self._post(f"/crm/objects/{API_VERSION}/{kind}/search", f"search {kind}", body)
        records = [_record(one) for one in _results(reply)]
        return int(reply.get("total", len(records))), records, _after(reply)

    @sensible
    def list_page(self, kind: str, after: str | None, properties: Sequence[str]) -> tuple[list[Record], str | None]:
        """One page of 100 live records, in ascending order of their ids, and where the next page begins."""
        params = {"limit": "100", "properties": ",".join(properties), **({"after": after} if after else {})}
        reply = self._call("GET", f"/crm/objects/{API_VERSION}/{kind}", f"list {kind}", params=params)
        return [_record(one) for one in _results(reply)], _after(reply)

    def account_details(self) -> dict[str, Any]:
        return self._call("GET", f"/account-info/{API_VERSION}/details", "read account details")

    def property(self, kind: str, name: str) -> dict[str, Any] | None:
        """A property's definition; None where there is none."""
        try:
            return self._call("GET", f"/crm/properties/{API_VERSION}/{kind}/{name}", f"read property {name} of {kind}")
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise

    @sensible
    def properties(self, kind: str) -> list[Any]:
        """The definitions of all live properties of an object, in one call (reference section 8)."""
        return _results(self._call("GET", f"/crm/properties/{API_VERSION}/{kind}", f"read properties of {kind}"))

    @sensible
    def owners(self) -> list[Any]:
        """The users who may own records, deactivated ones left out; as many calls as there are pages."""
        found: list[Any] = []
        params = {"limit": OWNERS_MAX}
        while True:
            reply = self._call("GET", f"/crm/owners/{API_VERSION}", "read owners", params=params)
            page = _results(reply)
            found += page
            after = _after(reply)
            if not after or not page:
                return found
            params = {"limit": OWNERS_MAX, "after": after}

    def ensure_property_group(self, kind: str, group: dict[str, Any]) -> bool:
        """Make the group; False where one of this name was there already, which is left as it is."""
        return self._make(f"/crm/properties/{API_VERSION}/{kind}/groups", f"make group on {kind}", group)

    def ensure_property(self, kind: str, definition: dict[str, Any]) -> bool:
        """Make the property; False where one of this name was there already, which is left as it is."""
        what = f"make property {definition['name']} on {kind}"
        return self._make(f"/crm/properties/{API_VERSION}/{kind}", what, definition)

    def _make(self, path: str, what: str, body: dict[str, Any]) -> bool:
        try:
            self._post(path, what, body)
        except Rejected as refused:
            if refused.status != 409:
                raise
            return False
        return True

    def _post(self, path: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, what, json=body)

    def _call(self, method: str, path: str, what: str, **request: Any) -> dict[str, Any]:
        response = self.transport.send(method, path, what, **request)
        if not 200 <= response.status_code < 300:
            raise failure(response)
        return _body(response)


def primary_company(links: Iterable[AssociationTo]) -> str | None:
    """The company that is linked as primary (type 1; the label is only its display), if any."""
    for link in links:
        if any(kind.typeId in PRIMARY_TYPES for kind in link.associationTypes):
            return link.toObjectId
    return None


def _record(raw: Any) -> Record:
    record = Record.model_validate(raw)
    vendor_id(record.id)
    return record


def _reply(raw: dict[str, Any]) -> BatchReply:
    _results(raw)
    reply = BatchReply.model_validate(raw)
    for record in reply.results:
        vendor_id(record.id)
    return reply


def _associations(raw: dict[str, Any]) -> Associations:
    to = [AssociationTo.model_validate(one) for one in raw.get("to", [])]
    for one in to:
        vendor_id(one.toObjectId)
    return Associations(from_id=vendor_id(raw["from"]["id"]), to=to, after=_after(raw))


def _results(reply: dict[str, Any]) -> list[Any]:
    """The rows of a listing; an answer without them does not say that there are none."""
    rows = reply["results"]
    if not isinstance(rows, list):
        raise TypeError("no list")
    return rows


def _after(raw: dict[str, Any]) -> str | None:
    after = ((raw.get("paging") or {}).get("next") or {}).get("after")
    return str(after) if after else None


def _body(response: requests.Response) -> dict[str, Any]:
    """A 2xx that holds no JSON object came from something in between: its effect is unknown."""
    if response.status_code == 204 or not response.content:
        return {}
    try:
        body = json_of(response)
    except ValueError:
        raise failure(response) from None
    if not isinstance(body, dict):
        raise failure(response)
    return body


def _parts(items: Sequence[str], size: int) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(items))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]
