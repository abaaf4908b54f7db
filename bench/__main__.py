"""What does a record cost in vendor calls? Tables of customers, of a first sync, and of invoices, counted by the
imitations; and whether the time to refuse a signature tells anything about it.

No seconds but in that last table, where two times stand beside each other: machines differ. Calls are what the vendors
limit and bill, and they are the same everywhere. How long a plan takes is told beside the sync that was measured with
it.
"""

from __future__ import annotations

import sys

from bench import customers, invoices, signatures
from bench.counting import COLUMNS
from ops.tables import table

WIDTH = 130

if __name__ == "__main__":
    for run, columns in (
        (customers.run, COLUMNS), (customers.walks, customers.WALKS), (invoices.run, invoices.INVOICES),
        (signatures.run, signatures.COLUMNS),
    ):  # fmt: skip
        sys.stdout.write(table(run(), columns, WIDTH) + "\n\n")
