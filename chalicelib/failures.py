"""All that crosses a room's door when something goes wrong, named by what happens next (design: record states)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Why a record is failing, in the contract's words."""

    NAME_TAKEN = "name_taken"
    MISSING_CUSTOMER = "missing_customer"
    MISSING_FIELD = "missing_field"
    INVALID_VALUE = "invalid_value"
    CONFLICT = "conflict"
    CLOSED_PERIOD = "closed_period"
    TAX = "tax"
    CURRENCY = "currency"
    PERMISSION = "permission"
    RECONNECT_NEEDED = "reconnect_needed"
    THROTTLED = "throttled"
    VENDOR_DOWN = "vendor_down"
    DEFECT = "defect"


TRANSIENT = frozenset({Category.THROTTLED, Category.VENDOR_DOWN, Category.DEFECT, Category.RECONNECT_NEEDED})


@dataclass(frozen=True)
class Trouble:
    """What went wrong with one record, and how a person can mend it. `code` is the vendor's, for the log."""

    category: Category
    message: str
    fix: str
    code: str = ""


def stumbled(error: BaseException) -> Trouble:
    """A rule of ours broke on a record: that record's trouble alone."""
    return Trouble(
        Category.DEFECT,
        f"The sync stumbled over this record ({type(error).__name__}).",
        "Tell the maintainers; the log has the place. The record is tried again by itself.",
        type(error).__name__,
    )


class Refused(Exception):  # noqa: N818 - these are outcomes; the suffix would only repeat that they are raised
    """A caller that could not prove who it is: 401, and no effect."""


class CallFailed(Exception):  # noqa: N818
    """A vendor call that did not do what was asked. `trouble` is what each record of the call suffers."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class Busy(CallFailed):
    """Throttled: nothing was done, the same call will work after `wait_s`. `vendor` is the one that throttles."""

    def __init__(self, trouble: Trouble, wait_s: float, vendor: str) -> None:
        super().__init__(trouble)
        self.wait_s = wait_s
        self.vendor = vendor


class Unknown(CallFailed):
    """No answer that can be trusted: the write may or may not have been applied.

    `ended` says whether the exchange is over for sure (closed, or answered by an error page); a time-out is not.
    """

    def __init__(self, trouble: Trouble, *, ended: bool) -> None:
        super().__init__(trouble)
        self.ended = ended


class Rejected(CallFailed):
    """The vendor understood and said no, for the whole call. `status` is HTTP's."""

    def __init__(self, trouble: Trouble, *, status: int) -> None:
        super().__init__(trouble)
        self.status = status


class ReconnectNeeded(CallFailed):
    """The grant is gone; only a person's consent brings it back."""


AWAITED = "awaited"  # as a trouble's code


class Awaited(CallFailed):
    """A new access token is being fetched: nothing was done, and it goes on in a few seconds."""


class OutOfTime(Exception):  # noqa: N818
    """The function would end before the call's time-out: nothing was called."""
