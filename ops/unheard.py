"""A record that the sync has never heard of: who is it, and what would happen if it changed now?"""

from __future__ import annotations

from typing import Any

from chalicelib import settings
from chalicelib.jobs import Kind, Side
from chalicelib.remember.connections import Connection, ConnectionState
from chalicelib.remember.walks import Purpose, Stage, Walks
from chalicelib.shapes import SHAPES, switched_off
from chalicelib.walk import steps
from chalicelib.wiring import Wiring
from ops import words
from ops.asking import NotFound
from ops.fields import field
from ops.walking import follow

KEYS = (
    "connection", "kind", "hubspot_id", "quickbooks_id", "name", "state", "category", "message", "fix", "changed_at",
)  # fmt: skip


def unheard(tools: Wiring, one: Connection, kind: Kind, name: str, *, hidden: bool) -> dict[str, Any]:
    """The answer of `why` for it, found by a plan for this record alone. Raises `NotFound` where neither system
    knows it, and where neither can be asked."""
    if kind is Kind.PAYMENT and name.startswith(f"{Side.HUBSPOT}:"):
        raise NotFound("a payment has no id in HubSpot: ask by its id in QuickBooks or by its reference number")
    if one.state is not ConnectionState.CONNECTED:
        raise NotFound(f"the sync has never heard of {name!r}, and cannot ask: {one.id} is {one.state}")
    walk = steps.begin(tools, one, kind, Purpose.LOOK, asked=name)
    ended = follow(tools, walk, "look", hidden=hidden)
    if ended.stage is not Stage.DONE:
        raise NotFound(f"the sync has never heard of {name!r}, and cannot ask now: {ended.note or 'no worker answers'}")
    rows = [_ruled(one, row) for row in Walks(tools.table).rows(ended) if not _is_nobody(row)]
    if not rows:
        raise NotFound(
            f"the sync has never heard of {name!r}, and neither system knows it by that name; look at its spelling, "
            "or ask by id: hubspot:ID or quickbooks:ID"
        )
    story = [f"The sync has never heard of {name!r}: no notice of it has come, and no initial sync has visited it."]
    for row in rows:
        story += would(row)
    record = {key: rows[0][key] for key in KEYS}
    return {
        "record": {**record, "state": None},
        "story": story,
        "decisions": [],
        "would": [_shown(row) for row in rows],
    }


def _ruled(one: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """The row as it stands: a plan says what would happen if its kind were switched on."""
    shape = SHAPES[Kind(row["kind"])]
    if shape.settings(settings.read(one.settings or {})).enabled:
        return row
    reason = switched_off(shape.section)
    return {**row, "action": "excluded", "reason": reason, "message": reason, "changes": []}


def _is_nobody(row: dict[str, Any]) -> bool:
    """HubSpot and QuickBooks were asked by id, and neither has it."""
    return row["action"] == "blocked" and row["category"] == "defect" and not row["changes"]


def would(row: dict[str, Any]) -> list[str]:
    """What would happen to a planned record, in sentences."""
    shape = SHAPES[Kind(row["kind"])]
    ids = [
        f"{what} {row[key]} in {vendor}"
        for key, what, vendor in (("hubspot_id", shape.one, "HubSpot"), ("quickbooks_id", shape.row_word, "QuickBooks"))
        if row[key]
    ]
    known = f", known as {row['name']!r}," if row["name"] else ""
    sentences = [f"{words.sentence(' and '.join(ids) or 'a record')}{known} is there."]
    if_changed = "If it changed now,"
    match row["action"]:
        case "create":
            where = "QuickBooks" if any(one["field"].startswith("quickbooks.") for one in row["changes"]) else "HubSpot"
            sentences.append(f"{if_changed} the sync would create it in {where}.")
        case "link":
            sentences.append(f"{if_changed} the sync would link the two, which are the same.")
        case "update":
            sentences.append(f"{if_changed} the sync would bring the other side up to date.")
        case "unchanged":
            sentences.append(f"{if_changed} nothing would be written.")
        case "excluded":
            sentences.append(f"{if_changed} it would not be synced, because {row['reason'].rstrip('.')}.")
        case _:
            sentences.append(
                f"{if_changed} it would fail ({row['category']}). {row['message']} How to fix it: {row['fix']}"
            )
    for change in row["changes"]:
        side, _, of = change["field"].partition(".")
        vendor = "HubSpot" if side == "hubspot" else "QuickBooks"
        before = f" instead of {change['old']!r}" if change["old"] else ""
        sentences.append(f"{words.sentence(field(of))} in {vendor} would be {change['new']!r}{before}.")
    return sentences


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in (*KEYS, "action", "reason", "changes")}
