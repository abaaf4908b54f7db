"""The seven stages of an invoice (QuickBooks reference 8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.resolve.stages import Stage, day, stage_of

TODAY, YESTERDAY, TOMORROW = date(2026, 11, 3), date(2026, 11, 2), date(2026, 11, 4)


@pytest.mark.parametrize(
    ("total", "balance", "due", "email", "delivered", "note", "stage"),
    [
        ("100", "100", TOMORROW, "NotSet", False, "", "waiting_to_be_sent"),
        ("100", "100", TOMORROW, "NeedToSend", False, "", "waiting_to_be_sent"),
        ("100", "100", TOMORROW, "", False, "", "waiting_to_be_sent"),
        ("100", "100", TOMORROW, "EmailSent", False, "", "sent"),
        ("100", "100", TOMORROW, "EMAIL_SENT", False, "", "sent"),  # as void forms spell
        ("100", "100", TOMORROW, "NotSet", True, "", "sent"),
        ("100", "100", None, "EmailSent", False, "", "sent"),
        ("100", "100", TODAY, "EmailSent", False, "", "sent"),  # due until the end of the day
        ("100", "100", YESTERDAY, "EmailSent", False, "", "overdue"),
        ("100", "100", YESTERDAY, "NotSet", False, "", "overdue"),
        ("100", "40", YESTERDAY, "EmailSent", False, "", "overdue"),
        ("100", "40", TODAY, "EmailSent", False, "", "partially_paid"),
        ("100", "40", TOMORROW, "NotSet", False, "", "partially_paid"),
        ("100", "0.01", None, "NotSet", False, "", "partially_paid"),
        ("100", "0", YESTERDAY, "NotSet", False, "", "paid"),
        ("100", "0", YESTERDAY, "NotSet", False, "Voided the old one", "paid"),  # it has a total
        ("0", "0", YESTERDAY, "NotSet", False, "", "paid"),  # a genuine invoice of nothing
        ("0", "0", YESTERDAY, "EmailSent", True, "Voided", "voided"),
        ("0", "0", YESTERDAY, "NotSet", False, "Voided - wrong customer", "voided"),
        ("0", "0", YESTERDAY, "NotSet", False, "voided", "voided"),
        ("0", "0", YESTERDAY, "NotSet", False, "Not voided", "paid"),
    ],
)
def test_the_stage(total, balance, due, email, delivered, note, stage):
    assert stage_of(Decimal(total), Decimal(balance), due, email, delivered, note, TODAY) == stage


@pytest.mark.parametrize(
    ("total", "voided", "deleted", "stage"),
    [
        ("0", True, False, Stage.VOIDED),  # its note was edited
        ("50", True, False, Stage.WAITING_TO_BE_SENT),  # it was filled in again
        ("50", False, True, Stage.DELETED),
        ("0", True, True, Stage.DELETED),
    ],
)
def test_what_only_an_event_tells(total, voided, deleted, stage):
    amount = Decimal(total)
    assert stage_of(amount, amount, None, "", False, "Edited", TODAY, voided=voided, deleted=deleted) is stage


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-11-03", TODAY), (" 2026-11-03T00:00:00-08:00", TODAY), ("", None), ("soon", None), ("2026-13-01", None)],
)
def test_days(text, wanted):
    assert day(text) == wanted
