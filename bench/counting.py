"""A stack on which one acts all at once, and counts what that costs in vendor calls."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from local.stack import PORTAL_ID, REALM_ID, Stack
from ops.__main__ import main

RECORDS = 100
REST_S = 120.0
COLUMNS = ("what", "records", "hubspot_reads", "hubspot_writes", "quickbooks_calls", "metered_reads", "calls_each")
READS = ("/batch/read", "/search")
Act = Callable[[], None]
Row = dict[str, Any]


class Bench:
    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.portal = stack.hubspot.portal(int(PORTAL_ID))
        self.company = stack.quickbooks.company(REALM_ID)
        self.folder = folder

    def connect(self, **sections: dict[str, Any]) -> None:
        tokens = self.folder / "tokens.json"
        tokens.write_text(json.dumps(self.stack.tokens()))
        self._ops("connect", "--tokens", str(tokens))
        self.apply(contacts={"on_name_taken": "qualify"}, **sections)

    def apply(self, **sections: dict[str, Any]) -> None:
        settings = self.folder / "settings.yaml"
        settings.write_text(yaml.safe_dump(sections))
        self._ops("settings", "apply", str(settings), "--yes")
        self.stack.wait_idle(REST_S)

    def counted(self, what: str, act: Act, records: int = RECORDS) -> Row:
        """Do it all at once, come to rest, and count."""
        hubspot, quickbooks = self.stack.hubspot, self.stack.quickbooks
        hubspot.delivery.dials.hold = quickbooks.delivery.dials.hold = True
        act()
        for vendor in (hubspot, quickbooks):
            vendor.dials.forget_calls()
            vendor.delivery.release()
        return self.since(what, records)

    def since(self, what: str, records: int) -> Row:
        """Come to rest, and count all calls that were not forgotten."""
        self.stack.wait_idle(REST_S)
        there, books = self.stack.hubspot.dials.calls(), self.stack.quickbooks.dials.calls()
        reads = [call for call in there if call.method == "GET" or call.path.endswith(READS)]
        return {
            "what": what,
            "records": records,
            "hubspot_reads": len(reads),
            "hubspot_writes": len(there) - len(reads),
            "quickbooks_calls": len(books),
            "metered_reads": sum(call.metered for call in books),
            "calls_each": f"{(len(there) + len(books)) / records:.2f}",
        }

    def nothing(self) -> None:
        """Rest: what settles must stay silent."""

    def _ops(self, *arguments: str) -> None:
        if main(["--local", *arguments]) != 0:
            raise SystemExit(f"{' '.join(arguments[:2])} failed")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The app's log lines would drown the table."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@contextlib.contextmanager
def stacked() -> Iterator[tuple[Stack, Path]]:
    """An empty stack whose QuickBooks lets people edit as fast as they like, and a folder for files."""
    with tempfile.TemporaryDirectory() as folder, quiet(), Stack(sample=False) as stack:
        stack.quickbooks.settings.per_second = None
        yield stack, Path(folder)
