"""What follows when settings are applied: initial syncs of what was switched on, and a look at what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib.jobs import Expand, Kind
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.records import Records
from chalicelib.remember.walks import Purpose
from chalicelib.remembering import looks_at
from chalicelib.settings import KindName
from chalicelib.settings.compare import SYNCED
from chalicelib.switches import is_prepared
from chalicelib.walk import steps
from chalicelib.wiring import Wiring
from ops import waiting
from ops.asking import LOOKS, batches, side_id
from ops.walking import forecast, under_way

PREPARED_WITHIN_S = 30.0


def carry_out(tools: Wiring, one: Connection, started: Sequence[KindName], differing: Sequence[KindName]) -> int:
    """Have all records looked at of the kinds that were switched on, and everything that the sync knows of kinds whose
    settings differ: what a filter kept out comes in, and a new row reaches past records. How many are known.

    `one` is the connection as it was before the settings were applied.
    """
    if started and one.state is ConnectionState.CONNECTED:
        _prepare(tools, one)
        for name in started:
            if under_way(tools, one, SYNCED[name]) is None:
                applied = replace(one, settings_version=one.settings_version + 1)
                steps.begin(tools, applied, SYNCED[name], Purpose.BACKFILL)
    queued = sum(_look_again(tools, one, kind) for name in differing for kind in _kinds(name))
    Connections(tools.table).change(one.id, lambda held: replace(held, looked_at=tools.now()))
    return queued


def _prepare(tools: Wiring, one: Connection) -> None:
    """Have our properties made in HubSpot, and wait for them a little: a record that is made without its key cannot be
    told apart after a lost answer. Where HubSpot is away the walks begin all the same, and wait for it themselves."""
    tools.queue.send([Expand(one.id, "properties", tools.new_id())])

    def prepared() -> bool:
        held = Connections(tools.table).get(one.id)
        return held is None or held.state is not ConnectionState.CONNECTED or is_prepared(held)

    waiting.until(prepared, PREPARED_WITHIN_S)


def _kinds(name: KindName) -> list[Kind]:
    """The kinds of record that a section rules: payments go by what it says of invoices."""
    return [Kind.INVOICE, Kind.PAYMENT] if name == "invoices" else [SYNCED[name]]


def _look_again(tools: Wiring, one: Connection, kind: Kind) -> int:
    """Queue a look at every known record of a kind; how many there are. What goes to HubSpot only is looked at where it
    comes from."""
    count = 0
    two_way = kind in (Kind.CUSTOMER, Kind.PRODUCT)
    for page in batches(Records(tools.table).all(one.id, kind), LOOKS):
        names = [side_id(record) if two_way else record.root for record in page]
        tools.queue.send(looks_at(one.id, kind, names, "the settings were changed"))
        count += len(page)
    return count


def forecasts(tools: Wiring, one: Connection, name: KindName, stored: dict[str, Any], *, hidden: bool) -> list[str]:
    """What a plan of this kind under the new settings says, in sentences."""
    said = forecast(tools, one, SYNCED[name], stored, hidden=hidden)
    return said if name == "contacts" else [f"{name.capitalize()}: {sentence}" for sentence in said]
