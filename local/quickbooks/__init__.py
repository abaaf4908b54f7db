"""An imitation of QuickBooks Online, for running the whole system on one machine. `limits.md` says what it lacks."""

from local.quickbooks.company import Company
from local.quickbooks.faults import Fault
from local.quickbooks.imitation import QuickBooks
from local.quickbooks.settings import Settings

__all__ = ["Company", "Fault", "QuickBooks", "Settings"]
