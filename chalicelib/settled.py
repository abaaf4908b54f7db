"""What a write's reply leaves behind on the record: the new halves of the base, tokens and stamps (design D2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.case import Case, Group
from chalicelib.hubspot.models import Record
from chalicelib.jobs import Side
from chalicelib.quickbooks.body import carried
from chalicelib.quickbooks.models import Row
from chalicelib.resolve.fields import held
from chalicelib.resolve.orders import ACTIVE, ARCHIVED
from chalicelib.resolve.pair import hubspot_values, quickbooks_values
from chalicelib.resolve.plan import UpdateInQuickBooks

ECHO_SLACK_S = 0.03  # between the end of a call and the stamp of its notice
ECHOES_MAX = 3


def took_quickbooks(
    group: Group,
    case: Case,
    stored: Row,
    written: Mapping[str, str] | None = None,
    made_from: Mapping[str, str] | None = None,
) -> None:
    """QuickBooks' reply holds what it stored. `written` limits the new halves to what an update wrote; after a
    create all rows are new, and `made_from` are those it was made from."""
    ours = made_from or hubspot_values(case.pair(group))
    base = {**case.record.base, **(case.plan.base if case.plan else {})}
    case.in_quickbooks = stored
    theirs = quickbooks_values(case.pair(group))
    sent = {row.quickbooks for row in group.fields if row.writes(Side.QUICKBOOKS) and ours.get(row.hubspot)}
    for row in group.fields:
        if written is None and row.writes(Side.HUBSPOT) and row.quickbooks not in sent and not ours.get(row.hubspot):
            base[row.key] = ("", "")  # what QuickBooks gave it by itself, such as its id, has not crossed yet
        elif written is None or row.quickbooks in written:
            base[row.key] = (held(ours.get(row.hubspot, "")), held(theirs[row.quickbooks]))
    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.QUICKBOOKS}, stale=False)
    case.base_taken = True
    until = None if stored.until is None else stored.until + ECHO_SLACK_S
    case.change(echoes=min(case.record.echoes + 1, ECHOES_MAX), echo_until=until)
    remember_quickbooks(group, case)


def took_hubspot(group: Group, case: Case, there: Record, written: Mapping[str, str], *, created: bool = False) -> None:
    """HubSpot's reply holds the written properties; what it leaves out is taken as it was sent."""
    properties: dict[str, str | None] = {**written, **{k: v for k, v in there.properties.items() if v is not None}}
    if not created and case.in_hubspot is not None:
        properties = {**case.in_hubspot.properties, **properties}
    theirs = quickbooks_values(case.pair(group))
    before = case.in_hubspot.modified if case.in_hubspot else None
    case.in_hubspot = there.model_copy(update={"properties": properties})
    ours = hubspot_values(case.pair(group))
    base = {**case.record.base, **(case.plan.base if case.plan else {})}
    for row in group.fields:
        if row.writes(Side.QUICKBOOKS) and created and row.hubspot not in written and not theirs[row.quickbooks]:
            base[row.key] = ("", "")  # what HubSpot gave it by itself, such as its id, has not crossed yet
        elif created or row.hubspot in written:
            base[row.key] = (held(ours[row.hubspot]), held(theirs[row.quickbooks]))
    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.HUBSPOT})
    case.base_taken = True
    case.change(
        hubspot_modified=there.modified or case.record.hubspot_modified,
        hubspot_read=None if created else before,
    )


def remember_quickbooks(group: Group, case: Case) -> None:
    """What the next look needs of the row: its token, its stamp, and its nested objects whole."""
    row = case.in_quickbooks
    if row is None:
        return
    case.change(
        sync_token=row.SyncToken or case.record.sync_token,
        quickbooks_modified=row.modified or case.record.quickbooks_modified,
        quickbooks_seen=row.seen or case.record.quickbooks_seen,
        carried=carried(row.raw, (one.quickbooks for one in group.fields)),
        name=row.plain_name or case.record.name,
        inactive=not row.Active,
    )


def find_put_away(cases: Iterable[Case]) -> None:
    """A side that we were about to put away when our worker died, and that is away: it was us (design D3)."""
    for case in cases:
        left, row = case.record.leaving, case.in_quickbooks
        if left.get(Side.QUICKBOOKS, {}).get(ACTIVE) == "false" and row is not None and not row.Active:
            case.change(put_away=Side.QUICKBOOKS)
        archived = case.in_hubspot is None and Side.HUBSPOT in case.record.gone
        if ARCHIVED in left.get(Side.HUBSPOT, {}) and archived:
            case.change(put_away=Side.HUBSPOT)


def quickbooks_image(group: Group, case: Case, update: UpdateInQuickBooks) -> dict[str, str]:
    """What the row holds of the fields that an update writes, as far as it is known."""
    known = quickbooks_values(case.pair(group))
    seen = (
        case.in_quickbooks.text
        if case.in_quickbooks
        else lambda path: case.record.name if path == group.shape.row.NAME_PATH else ""
    )
    image = {path: known[path] if path in known else seen(path) for path in update.values}
    if update.active is not None:
        image[ACTIVE] = str(case.in_quickbooks.Active if case.in_quickbooks else not case.record.inactive).lower()
    return image
