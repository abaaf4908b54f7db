"""The three-way merge of one field (design D2): each side is judged against its own half of the base."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.jobs import Side
from chalicelib.resolve.fields import Field, held, same, unchanged
from chalicelib.settings import ConflictRule

Halves = tuple[str, str]


@dataclass(frozen=True)
class Settled:
    """What one field needs. Either `write` is the side to bring up to date, with the value that the other side
    holds, or `halves` is the new base. `conflict`: both sides were edited; `ask`: and a person must decide."""

    halves: Halves | None = None
    write: Side | None = None
    value: str = ""
    conflict: bool = False
    ask: bool = False
    note: str = ""


def settle(
    field: Field, base: Halves | None, hubspot: str, quickbooks: str, rule: ConflictRule, newer: Side | None
) -> Settled:
    """Say which side, if any, must be written. `newer` is the side that was modified last, for the rule `newest`."""
    now = (held(hubspot), held(quickbooks))
    if base is None:
        hubspot_speaks, quickbooks_speaks = bool(hubspot.strip()), bool(quickbooks.strip())
    else:
        stays = (unchanged(field, base[0], hubspot), unchanged(field, base[1], quickbooks))
        if all(stays):
            return Settled(base)
        # What was cleared says nothing, unless the row says that clearing counts.
        hubspot_speaks = not stays[0] and (bool(hubspot.strip()) or field.clears)
        quickbooks_speaks = not stays[1] and (bool(quickbooks.strip()) or field.clears)
    if same(field, hubspot, quickbooks):
        return Settled(now)
    if hubspot_speaks and quickbooks_speaks:
        return _conflict(field, base, hubspot, quickbooks, rule, newer)
    if hubspot_speaks:
        return _follow(field, Side.HUBSPOT, hubspot, now, base)
    if quickbooks_speaks:
        return _follow(field, Side.QUICKBOOKS, quickbooks, now, base)
    return Settled(now, note=f"{field.hubspot}: cleared on one side, kept on the other")


def _follow(field: Field, winner: Side, value: str, now: Halves, base: Halves | None) -> Settled:
    if field.writes(winner.other):
        return _written(field, winner, value, now)
    if base is None:
        return Settled(now)
    # A one-way field whose target a person edited: shown, not reverted, and still known as drift next time.
    return Settled(base, note=f"{field.quickbooks if winner is Side.QUICKBOOKS else field.hubspot} differs: one-way")


def _conflict(
    field: Field, base: Halves | None, hubspot: str, quickbooks: str, rule: ConflictRule, newer: Side | None
) -> Settled:
    now = (held(hubspot), held(quickbooks))
    if field.keeps_drift and base is not None:
        note = f"{field.quickbooks} was changed in QuickBooks and stays as it is there"
        return Settled(base, note=note)
    chosen = field.conflict or rule
    if chosen == "ask":
        return Settled(base, conflict=True, ask=True)
    winner = (newer or Side.HUBSPOT) if chosen == "newest" else Side(chosen)
    value = hubspot if winner is Side.HUBSPOT else quickbooks
    if not field.writes(winner.other):
        return Settled(now, conflict=True, note=f"{field.hubspot}: both differ, each side keeps its own")
    return _written(field, winner, value, now, conflict=True)


def _written(field: Field, winner: Side, value: str, now: Halves, *, conflict: bool = False) -> Settled:
    """The write, unless nothing of the value arrives: what cannot cross does not blank the other side."""
    arrives, said = field.to_quickbooks(value) if winner is Side.HUBSPOT else field.to_hubspot(value)
    if value.strip() and not arrives:
        return Settled(now, conflict=conflict, note=said or f"{field.hubspot}: nothing of it can be written")
    return Settled(write=winner.other, value=value, conflict=conflict)
