"""The stage of an invoice: QuickBooks has no field for it, so it follows from others (QuickBooks reference 8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

VOIDED_NOTE = "voided"  # how QuickBooks begins the private note of a void form


class Stage(StrEnum):
    WAITING_TO_BE_SENT = "waiting_to_be_sent"
    SENT = "sent"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    VOIDED = "voided"
    DELETED = "deleted"


SETTLED = frozenset({Stage.PAID, Stage.VOIDED, Stage.DELETED})  # nothing can become overdue any more


def stage_of(
    total: Decimal,
    balance: Decimal,
    due: date | None,
    email_status: str,
    delivered: bool,
    private_note: str,
    today: date,
    *,
    voided: bool = False,
    deleted: bool = False,
) -> Stage:
    """Say in which stage an invoice is.

    `today`: in the company's own time zone. `voided`: QuickBooks told of it, since the note that says so can be edited;
    it counts only while the amounts say so too, because a void form can be filled in again.
    """
    if deleted:
        return Stage.DELETED
    if not total and not balance and (voided or has_voided_note(private_note)):
        return Stage.VOIDED
    if balance <= 0:
        return Stage.PAID
    if is_overdue(balance, due, today):
        return Stage.OVERDUE
    if balance < total:
        return Stage.PARTIALLY_PAID
    if delivered or email_status.replace("_", "").casefold() == "emailsent":
        return Stage.SENT
    return Stage.WAITING_TO_BE_SENT


def is_overdue(balance: Decimal, due: date | None, today: date) -> bool:
    """An invoice is due until the end of its day."""
    return balance > 0 and due is not None and due < today


def has_voided_note(private_note: str) -> bool:
    return private_note.lstrip().casefold().startswith(VOIDED_NOTE)


def day(text: str) -> date | None:
    """A day as QuickBooks writes it, with or without a time behind it; None where it is none."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
