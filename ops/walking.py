"""Walks as commands use them: begin one, follow it, find the one that is under way."""

from __future__ import annotations

from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.connections import Connection, ConnectionState
from chalicelib.remember.walks import Purpose, Stage, Walk, Walks
from chalicelib.walk import steps
from chalicelib.wiring import Wiring
from ops import progress, waiting
from ops.answers import Failed

STILL_S = 600.0  # a walk that has not moved for so long is not waited for any more
FOREVER_S = 7 * 86_400.0
FORECAST_S = 60.0


def rehearsed(
    tools: Wiring, one: Connection, kind: Kind, *, hidden: bool, settings: Any = None, within_s: float | None = None
) -> Walk:
    """A plan made now, under the connection's settings or a draft of others. Raises `Failed` if it cannot be had; one
    that is not ready `within_s` is ended, and returned as it is."""
    must_be_connected(one)
    walk = steps.begin(tools, one, kind, Purpose.PLAN, settings=settings)
    ended = follow(tools, walk, "plan", hidden=hidden, within_s=within_s or FOREVER_S)
    if within_s and not ended.ended:
        return Walks(tools.table).stop(ended, tools.now())
    if ended.stage is not Stage.DONE:
        raise Failed(f"the plan is not ready: {ended.note or 'the workers do not go on'}; see: python -m ops status")
    return ended


def forecast(tools: Wiring, one: Connection, kind: Kind, settings: dict[str, Any], *, hidden: bool) -> list[str]:
    """What a plan under other settings says, in sentences; where there are too many records to wait for, how to ask."""
    try:
        walk = rehearsed(tools, one, kind, hidden=hidden, settings=settings, within_s=FORECAST_S)
    except Failed as failed:
        return [f"It could not be planned: {failed}."]
    if walk.stage is not Stage.DONE:
        return [f"{walk.total} records are too many to be planned here: python -m ops plan --settings FILE tells."]
    leaving = sum(
        row["action"] == "excluded" and bool(row["hubspot_id"] and row["quickbooks_id"])
        for row in Walks(tools.table).rows(walk)
    )
    counts = walk.counts
    said = (
        f"By plan {walk.id}: {counts.get('create', 0)} records would be made, {counts.get('link', 0)} linked, "
        f"{counts.get('update', 0)} updated; {counts.get('excluded', 0)} stay out, {leaving} of them linked ones that "
        f"stop syncing; {counts.get('conflict', 0) + counts.get('blocked', 0)} would fail."
    )
    over = [f"{walk.overwrites} values would be replaced because two records meet for the first time."]
    return [said, *(over if walk.overwrites else [])]


def under_way(tools: Wiring, one: Connection, kind: Kind) -> Walk | None:
    """The initial sync of this kind that has not ended, if any."""
    every = Walks(tools.table).under_way(one.id)
    return next((walk for walk in every if walk.purpose is Purpose.BACKFILL and walk.kind is kind), None)


def must_be_connected(one: Connection) -> None:
    if one.state is not ConnectionState.CONNECTED:
        raise Failed(f"{one.id} is {one.state}: connect it first, with python -m ops --connection {one.id} connect")


def follow(tools: Wiring, walk: Walk, label: str, *, hidden: bool, within_s: float = FOREVER_S) -> Walk:
    """Wait for a walk, with its progress drawn; until it has ended, or no longer moves."""
    walks = Walks(tools.table)
    seen, moved_at = walk, tools.now()

    with progress.bar(label, hidden=hidden) as drawn:

        def ended() -> bool:
            nonlocal seen, moved_at
            fresh = walks.get(walk.connection, walk.id) or seen
            if (fresh.turn, fresh.done) != (seen.turn, seen.done):
                moved_at = tools.now()
            seen = fresh
            drawn.to(fresh.done, fresh.total or None)
            return fresh.ended or tools.now() - moved_at > STILL_S

        waiting.until(ended, within_s)
    return seen
