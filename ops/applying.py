"""What follows when settings are applied: initial syncs of what was switched on, and a look at what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Following:
    """What follows from new settings: initial syncs of the kinds that were switched on (`started`), and a look at all
    that is known of those whose settings differ. It is stored with the settings until it has been asked for, so that
    the command, said again after it broke off, does the rest."""

    started: tuple[KindName, ...] = ()
    differing: tuple[KindName, ...] = ()

    @classmethod
    def left(cls, one: Connection, started: Sequence[KindName], differing: Sequence[KindName]) -> Following:
        """This, and what an earlier command has left to do."""
        return cls(
            tuple(name for name in SYNCED if name in {*started, *one.applying.get("started", ())}),
            tuple(name for name in SYNCED if name in {*differing, *one.applying.get("differing", ())}),
        )

    def stored(self) -> dict[str, list[str]]:
        return {"started": list(self.started), "differing": list(self.differing)}


def carry_out(tools: Wiring, one: Connection, version: int, following: Following) -> int:
    """Have all records looked at of the kinds that were switched on, and everything that the sync knows of kinds whose
    settings differ: what a filter kept out comes in, and a new row reaches past records. How many are known.

    `one` is the connection as it was before the settings were applied as `version`.
    """
    if following.started and one.state is ConnectionState.CONNECTED:
        _prepare(tools, one)
        for name in following.started:
            if under_way(tools, one, SYNCED[name]) is None:
                steps.begin(tools, replace(one, settings_version=version), SYNCED[name], Purpose.BACKFILL)
    queued = sum(_look_again(tools, one, kind) for name in following.differing for kind in _kinds(name))

    def done(held: Connection) -> Connection:
        applying = held.applying if held.settings_version != version else {}
        return replace(held, looked_at=tools.now(), applying=applying)

    Connections(tools.table).change(one.id, done)
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
