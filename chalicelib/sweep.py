"""What no notice told: changes since the cursors on both sides, and all records at the first time (design D9).

Cursors move only after the jobs are in the queue. Only times of one vendor's clock are compared with each other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.associated import Told, asked_of, contacts_of, seen_key
from chalicelib.failures import Rejected
from chalicelib.hubspot.client import HubSpot
from chalicelib.hubspot.models import Record as Found
from chalicelib.jobs import Expand, Job, Kind, Side, fold
from chalicelib.quickbooks.client import ROWS_MAX, QuickBooks
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Held, Records
from chalicelib.remembering import looks_at
from chalicelib.settings import ASSOCIATED
from chalicelib.switches import is_on, look_at_all, section
from chalicelib.telemetry import count, log
from chalicelib.wiring import Wiring
from chalicelib.work import is_outdated

OVERLAP_S = 300.0  # longer than HubSpot's search index lags, and than two clocks differ
CDC_DAYS_S = 29 * 86_400.0
SEARCH_PAGE, SEARCH_MAX = 200, 10_000
BESIDE_MAX = 500  # stamps of associated records that a connection remembers between two sweeps
STAMPS = {  # the property that carries an object's last change (reference section 4.1)
    "contacts": "lastmodifieddate",
    "companies": "hs_lastmodifieddate",
    "deals": "hs_lastmodifieddate",
    "invoices": "hs_lastmodifieddate",
    "products": "hs_lastmodifieddate",
}
ENTITIES = {Kind.CUSTOMER: "Customer", Kind.PRODUCT: "Item", Kind.INVOICE: "Invoice", Kind.PAYMENT: "Payment"}
NAME_HOLDERS = ("Vendor", "Employee")
TRANSACTIONS = frozenset({"Invoice", "Payment"})  # are deleted, never inactive


def sweep(wiring: Wiring, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks) -> None:
    """Queue a look at every record that changed since the cursors, unless what is held is as new."""
    now = wiring.now()
    changed, quickbooks_cursor, unseen = _quickbooks_changes(connection, quickbooks, now)
    jobs = _news_from_quickbooks(wiring, connection, changed)
    contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)
    jobs += _news_from_hubspot(connection, Kind.CUSTOMER, contacts)
    beside, cursors, beside_swept = _news_beside(wiring, connection, hubspot)
    products, product_cursors = _news_of_products(connection, hubspot)
    jobs += [*beside, *products]
    cursors |= product_cursors
    holders = [
        Expand(connection.id, "name_holder", f"{entity}:{row['Id']}")
        for entity in NAME_HOLDERS
        for row in changed.get(entity, [])
    ]
    looks = [look_at_all(connection.id, kind, "deleted, perhaps") for kind in unseen]
    wiring.queue.send([*jobs, *holders, *looks])
    count("SweepFound", len(jobs))

    def moved(held: Connection) -> Connection:
        # What the index still lacks lies within the overlap of the next sweep. An object that no filter names any
        # more loses its cursor: named again, it is swept from the contacts' on, and all contacts are looked at anyway.
        # No cursor is ahead of us, whatever a vendor says: it would pass over all that happens until then.
        hubspot_cursor = max(held.hubspot_cursor, min(newest or 0.0, now))
        held_ones = held.hubspot_cursors
        hubspot_cursors = {kind: max(held_ones.get(kind, 0.0), min(at, now)) for kind, at in cursors.items()}
        return replace(
            held, hubspot_cursor=hubspot_cursor, hubspot_cursors=hubspot_cursors, beside_swept=beside_swept,
            quickbooks_cursor=quickbooks_cursor, swept_at=now,
        )  # fmt: skip

    Connections(wiring.table).change(connection.id, moved)
    log("swept", connection=connection.id, jobs=len(jobs))


# --- QuickBooks -------------------------------------------------------------------------------------------------------


def _entities(connection: Connection) -> dict[Kind, str]:
    """The entities of the kinds that are on. Customers always: what changed while they were off is noted."""
    on = {kind: entity for kind, entity in ENTITIES.items() if is_on(connection.settings, kind)}
    return {Kind.CUSTOMER: ENTITIES[Kind.CUSTOMER], **on}


def _quickbooks_changes(
    connection: Connection, quickbooks: QuickBooks, now: float
) -> tuple[dict[str, list[dict[str, Any]]], float, list[Kind]]:
    """One CDC call for all entities; at its cap one for each; still at the cap, or too old a cursor: queries. Also the
    reply's time, and the kinds of which queries hide what was deleted."""
    since = connection.quickbooks_cursor - OVERLAP_S
    kinds = {entity: kind for kind, entity in _entities(connection).items()}
    entities = (*kinds, *NAME_HOLDERS)
    if now - since > CDC_DAYS_S:
        found = {entity: _rows_since(quickbooks, entity, since) for entity in entities}
        return found, now, [kinds[entity] for entity in entities if entity in TRANSACTIONS]
    changed, time = quickbooks.changes(entities, _iso(since))
    queried: list[Kind] = []
    if sum(map(len, changed.values())) >= ROWS_MAX:
        changed = {}
        for entity in entities:
            some, _ = quickbooks.changes([entity], _iso(since))
            changed |= some
            if len(some.get(entity, [])) >= ROWS_MAX:
                changed[entity] = _rows_since(quickbooks, entity, since)
                queried += [kinds[entity]] if entity in TRANSACTIONS else []
    return changed, float(int(min(time, now))), queried


def _rows_since(quickbooks: QuickBooks, entity: str, since: float) -> list[dict[str, Any]]:
    """All rows of an entity changed since, page by page in the stable order of their ids."""
    rows: list[dict[str, Any]] = []
    inactive_too = "" if entity in TRANSACTIONS else "and Active in (true, false) "
    while True:
        statement = (
            f"select * from {entity} where MetaData.LastUpdatedTime >= '{_iso(since)}' {inactive_too}"
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
    jobs: list[Job] = []
    for kind, entity in _entities(connection).items():
        rows = {f"{Side.QUICKBOOKS}:{row['Id']}": row for row in changed.get(entity, [])}
        held = Records(wiring.table).find(connection.id, kind, rows)
        news = [side_id for side_id, row in rows.items() if _is_news(row, held.get(side_id))]
        jobs += looks_at(connection.id, kind, news, "sweep")
    return jobs


def _is_news(row: dict[str, Any], held: Held | None) -> bool:
    """Of what is deleted the row says nothing else; it is no news where nothing was known, or it is known already."""
    if row.get("status") == "Deleted":
        return held is not None and Side.QUICKBOOKS not in held.record.gone
    return held is None or held.record.sync_token != str(row.get("SyncToken"))


# --- HubSpot ----------------------------------------------------------------------------------------------------------


def _modified(hubspot: HubSpot, kind: str, since: float) -> tuple[list[Found], float | None]:
    """All records modified since, split at the cap of 10,000 results by stamp and then by id; and the newest stamp."""
    stamp = STAMPS[kind]
    found: dict[str, Found] = {}
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


def _pages(hubspot: HubSpot, kind: str, filters: list[dict[str, str]], sort: str) -> tuple[list[Found], bool]:
    """Up to 10,000 results in order, and whether that was all."""
    found: list[Found] = []
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


def _news_from_hubspot(connection: Connection, kind: Kind, found: list[Found]) -> list[Job]:
    """The worker drops those whose modification date it holds, without a call."""
    return [Job(connection.id, kind, Side.HUBSPOT, one.id, "sweep", at=one.modified) for one in found]


def _news_of_products(connection: Connection, hubspot: HubSpot) -> tuple[list[Job], dict[str, float]]:
    """A look at each product that changed in HubSpot, if that can matter in QuickBooks, and their new cursor."""
    said = section(connection.settings, Kind.PRODUCT) or {}
    if not is_on(connection.settings, Kind.PRODUCT) or said.get("direction", "to_hubspot") == "to_hubspot":
        return [], {}
    cursor = connection.hubspot_cursor_of("products")
    try:
        found, newest = _modified(hubspot, "products", cursor - OVERLAP_S)
    except Rejected as refused:  # the portal did not give the right to see them; their records say so
        log("not swept", connection=connection.id, object="products", code=refused.trouble.code)
        return [], {"products": cursor}
    return _news_from_hubspot(connection, Kind.PRODUCT, found), {"products": max(cursor, newest or 0.0)}


def _news_beside(
    wiring: Wiring, connection: Connection, hubspot: HubSpot
) -> tuple[list[Job], dict[str, float], dict[str, float]]:
    """A look at the contacts of each company, deal and invoice that changed; the objects' new cursors; and what the
    next sweep need not ask about again, since it looks a while further back. Companies are searched always, since names
    follow them; the others only where a filter names them."""
    jobs: list[Job] = []
    cursors: dict[str, float] = {}
    swept: dict[str, float] = {}
    for subject in sorted({"company", *asked_of(connection.settings)}):
        kind, cursor = ASSOCIATED[subject], connection.hubspot_cursor_of(ASSOCIATED[subject])
        try:
            found, newest = _modified(hubspot, kind, cursor - OVERLAP_S)
            news = [one for one in found if connection.beside_swept.get(seen_key(subject, one.id), -1) != one.modified]
            links = hubspot.associations(kind, "contacts", [one.id for one in news]) if news else {}
        except Rejected as refused:
            if subject == "company":
                raise
            # The portal did not give the right to see them. Contacts that need it fail and say so; others go on.
            log("not swept", connection=connection.id, object=kind, code=refused.trouble.code)
            cursors[kind] = cursor
            continue
        told = {one.id: Told(f"HubSpot {subject} change", one.modified) for one in news}
        jobs += _unseen(wiring, connection, contacts_of(connection.id, subject, links, told))
        cursors[kind] = max(cursor, newest or 0.0)
        shown = {seen_key(subject, one.id): one.modified for one in found if one.modified is not None}
        swept |= {key: at for key, at in shown.items() if at >= cursors[kind] - OVERLAP_S}
    return jobs, cursors, dict(sorted(swept.items(), key=lambda one: one[1])[-BESIDE_MAX:])


def _unseen(wiring: Wiring, connection: Connection, jobs: list[Job]) -> list[Job]:
    """Without the contacts whose record has seen the associated one since its stamp: the overlap costs no look. It is
    asked before folding, since of the stamps of two associated records there is no later one."""
    held = Records(wiring.table).find(connection.id, Kind.CUSTOMER, dict.fromkeys(job.record for job in jobs))
    return fold(job for job in jobs if job.record not in held or not is_outdated(job, held[job.record].record))


def _iso(at: float) -> str:
    return datetime.fromtimestamp(max(at, 0.0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
