"""Who is visited, and in which order: HubSpot's records by creation, then id (design D11); then QuickBooks' by id.

HubSpot's list comes by id, so it is read to its end first, and sorted. QuickBooks' pages are taken as they come:
ordered by id and with inactive rows among them, so that nothing moves to another page but what is new.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Kind, Side
from chalicelib.quickbooks.client import QuickBooks, page_of
from chalicelib.remember.walks import IDS_ON_PAGE, Stage, Walk, Walks
from chalicelib.shapes import SHAPES

LIST_PAGES = IDS_ON_PAGE // 100  # calls of one slice while counting
FOUND, ORDER = "found", "order"  # the lists that a walk keeps


@dataclass(frozen=True)
class Place:
    """Where a walk stands: on HubSpot's side an index into the sorted ids; on QuickBooks' the first row of a page of
    1,000, and how many of its rows are done."""

    side: Side
    start: int
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.side}:{self.start}:{self.offset}"

    @classmethod
    def read(cls, text: str) -> Place:
        side, start, offset = text.split(":")
        return cls(Side(side), int(start), int(offset))


def count_on(walk: Walk, walks: Walks, hubspot: HubSpot, quickbooks: QuickBooks) -> Walk:
    """The walk after one more stretch of counting. `place` is `<page of ours>:<HubSpot's after>`. A backfill of a plan
    visits whom the plan has visited, in its order."""
    if walk.kind in (Kind.INVOICE, Kind.PAYMENT):
        return _begun(walk, walks, [], quickbooks)  # they are born in QuickBooks, and only there
    if walk.plan:
        planned = walks.ids(replace(walk, id=walk.plan), ORDER)
        return _begun(walk, walks, [str(one) for page in planned for one in page], quickbooks)
    number, _, after = (walk.place or "0:").partition(":")
    found: list[tuple[float, str]] = []
    following: str | None = after or None
    for _ in range(LIST_PAGES):
        page, following = hubspot.list_page(SHAPES[walk.kind].objects, following, ["createdate"])
        found += [(one.created, one.id) for one in page]
        if not following:
            break
    walks.keep_ids(walk, FOUND, int(number), found)
    seen = walk.total + len(found)
    if following:
        return replace(walk, place=f"{int(number) + 1}:{following}", total=seen)
    every = sorted(
        ((created, own_id) for page in walks.ids(walk, FOUND) for created, own_id in page),
        key=lambda one: (one[0], int(one[1])),
    )
    return _begun(walk, walks, [own_id for _, own_id in every], quickbooks)


def _begun(walk: Walk, walks: Walks, ids: Sequence[str], quickbooks: QuickBooks) -> Walk:
    """The walk with its order kept, at the first of it."""
    walks.keep_ids(walk, ORDER, 0, ids)
    entity = SHAPES[walk.kind].row.ENTITY
    rows = quickbooks.count(entity, f"count {entity.lower()}s")
    place = str(Place(Side.HUBSPOT, 0))
    return replace(walk, stage=Stage.WORKING, place=place, total=len(ids) + rows, listed=len(ids))


def ids_at(walk: Walk, walks: Walks, start: int, most: int) -> list[str]:
    """HubSpot's ids from an index of the order on, as far as one page of it reaches."""
    page = walks.ids_page(walk, ORDER, start // IDS_ON_PAGE)
    return [str(one) for one in itertools.islice(page, start % IDS_ON_PAGE, start % IDS_ON_PAGE + most)]


def rows_from(quickbooks: QuickBooks, kind: Kind, start: int) -> list[dict[str, Any]]:
    """A page of QuickBooks' rows, inactive ones among them; the last page has fewer than 1,000."""
    entity = SHAPES[kind].row.ENTITY
    return quickbooks.query(page_of(entity, start), entity, f"read a page of {entity.lower()}s")
