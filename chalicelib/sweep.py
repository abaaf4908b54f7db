"""What no notice told: changes since the cursors on both sides, and all records at the first time (design D9).

Cursors move only after the jobs are in the queue. Only times of one vendor's clock are compared with each other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.hubspot.models import AssociationTo
from chalicelib.hubspot.models import Record as Contact
from chalicelib.jobs import Expand, Job, Kind, Side, fold
from chalicelib.quickbooks.client import ROWS_MAX, QuickBooks
from chalicelib.quickbooks.webhook import seconds
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Records
from chalicelib.remembering import looks_at
from chalicelib.telemetry import count, log
from chalicelib.wiring import Wiring

OVERLAP_S = 300.0  # longer than HubSpot's search index lags, and than two clocks differ
CDC_DAYS_S = 29 * 86_400.0
SEARCH_PAGE, SEARCH_MAX = 200, 10_000
STAMPS = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}


def sweep(wiring: Wiring, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks) -> None:
    """Queue a look at every record that changed since the cursors, unless what is held is as new."""
    now = wiring.now()
    changed, quickbooks_cursor = _quickbooks_changes(connection, quickbooks, now)
    jobs = _news_from_quickbooks(wiring, connection, changed)
    contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)
    jobs += _news_from_hubspot(connection, contacts)
    companies, newest_company = _modified(hubspot, "companies", connection.hubspot_cursor - OVERLAP_S)
    followers = hubspot.associations("companies", "contacts", [one.id for one in companies]) if companies else {}
    jobs += contacts_of(connection, followers, {one.id: one.modified for one in companies})
    holders = [
        Expand(connection.id, "name_holder", f"{entity}:{row['Id']}")
        for entity in ("Vendor", "Employee")
        for row in changed.get(entity, [])
    ]
    wiring.queue.send([*jobs, *holders])
    count("SweepFound", len(jobs))

    def moved(held: Connection) -> Connection:
        # What the index still lacks lies within the overlap of the next sweep.
        stamps = [one for one in (newest, newest_company) if one is not None]
        hubspot_cursor = max([held.hubspot_cursor, *stamps])
        return replace(held, hubspot_cursor=hubspot_cursor, quickbooks_cursor=quickbooks_cursor, swept_at=now)

    Connections(wiring.table).change(connection.id, moved)
    log("swept", connection=connection.id, jobs=len(jobs))


# --- QuickBooks -------------------------------------------------------------------------------------------------------


def _quickbooks_changes(
    connection: Connection, quickbooks: QuickBooks, now: float
) -> tuple[dict[str, list[dict[str, Any]]], float]:
    """One CDC call for all entities; at its cap one for each; still at the cap, or too old a cursor: queries."""
    since = connection.quickbooks_cursor - OVERLAP_S
    entities = ("Customer", "Vendor", "Employee")
    if now - since > CDC_DAYS_S:
        return {entity: _rows_since(quickbooks, entity, since) for entity in entities}, now
    changed, time = quickbooks.changes(entities, _iso(since))
    if sum(map(len, changed.values())) >= ROWS_MAX:
        changed = {}
        for entity in entities:
            some, _ = quickbooks.changes([entity], _iso(since))
            changed |= some
            if len(some.get(entity, [])) >= ROWS_MAX:
                changed[entity] = _rows_since(quickbooks, entity, since)
    return changed, seconds(time) if time else now


def _rows_since(quickbooks: QuickBooks, entity: str, since: float) -> list[dict[str, Any]]:
    """All rows of an entity changed since, page by page in the stable order of their ids."""
    rows: list[dict[str, Any]] = []
    while True:
        statement = (
            f"select * from {entity} where MetaData.LastUpdatedTime >= '{_iso(since)}' and Active in (true, false) "
            f"orderby Id startposition {len(rows) + 1} maxresults {ROWS_MAX}"
        )
        page = quickbooks.query(statement, entity, f"read a page of {entity.lower()}s")
        rows += page
        if len(page) < ROWS_MAX:
            return rows


def _news_from_quickbooks(
    wiring: Wiring, connection: Connection, changed: dict[str, list[dict[str, Any]]]
) -> list[Job]:
    """Rows whose SyncToken is held say nothing new; all that change in between are found by comparing versions."""
    rows = {f"{Side.QUICKBOOKS}:{row['Id']}": row for row in changed.get("Customer", [])}
    held = Records(wiring.table).find(connection.id, Kind.CUSTOMER, rows)
    news = [
        side_id
        for side_id, row in rows.items()
        if side_id not in held
        or row.get("status") == "Deleted"
        or held[side_id].record.sync_token != str(row.get("SyncToken"))
    ]
    return looks_at(connection.id, Kind.CUSTOMER, news, "sweep")


# --- HubSpot ----------------------------------------------------------------------------------------------------------


def _modified(hubspot: HubSpot, kind: str, since: float) -> tuple[list[Contact], float | None]:
    """All records modified since, split at the cap of 10,000 results by stamp and then by id; and the newest stamp."""
    stamp = STAMPS[kind]
    found: dict[str, Contact] = {}
    start, last_id = since, ""
    while True:
        filters = [{"propertyName": stamp, "operator": "GTE", "value": str(int(start * 1_000))}]
        if last_id:
            # Ten thousand records with one stamp: go on by id within that stamp, then beyond it.
            filters = [
                {"propertyName": stamp, "operator": "EQ", "value": str(int(start * 1_000))},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last_id},
            ]
        page, complete = _pages(hubspot, kind, filters, "hs_object_id" if last_id else stamp)
        found |= {one.id: one for one in page}
        newest = max((one.modified or 0.0 for one in page), default=start)
        if complete and not last_id:
            break
        if complete:
            start, last_id = start + 0.001, ""
        elif last_id or newest <= start:
            last_id = max((one.id for one in page), key=int) if last_id else "0"
        else:
            start = newest
    return list(found.values()), max((one.modified or 0.0 for one in found.values()), default=None)


def _pages(hubspot: HubSpot, kind: str, filters: list[dict[str, str]], sort: str) -> tuple[list[Contact], bool]:
    """Up to 10,000 results in order, and whether that was all."""
    found: list[Contact] = []
    after: str | None = None
    while True:
        body: dict[str, Any] = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": [STAMPS[kind]],
            "limit": SEARCH_PAGE,
            **({"after": after} if after else {}),
        }
        _, page, after = hubspot.search(kind, body)
        found += page
        if not after:
            return found, True
        if len(found) >= SEARCH_MAX:
            return found, False


def _news_from_hubspot(connection: Connection, contacts: list[Contact]) -> list[Job]:
    """The worker drops those whose modification date it holds, without a call."""
    return [Job(connection.id, Kind.CUSTOMER, Side.HUBSPOT, one.id, "sweep", at=one.modified) for one in contacts]


def contacts_of(
    connection: Connection, links: dict[str, list[AssociationTo]], stamps: dict[str, float | None]
) -> list[Job]:
    """A look at each contact of the companies, unless its record has seen the company since its stamp."""
    jobs = [
        Job(
            connection.id, Kind.CUSTOMER, Side.HUBSPOT, to.toObjectId, "HubSpot company propertyChange name",
            at=stamps.get(company), company=company,
        )
        for company, some in links.items()
        for to in some
    ]  # fmt: skip
    return fold(jobs)


# --- the first time ---------------------------------------------------------------------------------------------------


def backfill(wiring: Wiring, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks, one: Expand) -> None:
    """Queue one page of each side's records and the expansion that brings the next; resumable at every page.

    HubSpot comes first, in the order of the contacts' ids, so that names are given in the order of creation.
    """
    side, _, after = (one.page or "hubspot:").partition(":")
    if side == Side.HUBSPOT:
        ids, next_after = hubspot.list_ids("contacts", after or None)
        following = f"hubspot:{next_after}" if next_after else "quickbooks:1"
    else:
        start = int(after)
        statement = f"select * from Customer where Active = true orderby Id startposition {start} maxresults {ROWS_MAX}"
        rows = quickbooks.query(statement, "Customer", "read a page of customers")
        ids = [str(row["Id"]) for row in rows]
        following = f"quickbooks:{start + ROWS_MAX}" if len(rows) == ROWS_MAX else ""
    wiring.queue.send(looks_at(connection.id, Kind.CUSTOMER, [f"{side}:{one_id}" for one_id in ids], "backfill"))
    if following:
        wiring.queue.send([replace(one, page=following)])


def _iso(at: float) -> str:
    return datetime.fromtimestamp(max(at, 0.0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
