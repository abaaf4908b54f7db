"""How a room of commands adds its own to the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from chalicelib.jobs import Kind

Command = Callable[[argparse.Namespace], int]
KINDS = tuple(str(kind) for kind in Kind)
WALKED = tuple(str(kind) for kind in Kind if kind is not Kind.PAYMENT)  # have an initial sync of their own


class Commands:
    """`everywhere` holds the options that every command takes."""

    def __init__(self, parsers: Any, everywhere: argparse.ArgumentParser) -> None:
        self._parsers = parsers
        self.everywhere = everywhere

    def add(self, name: str, run: Command, what: str, example: str = "") -> argparse.ArgumentParser:
        """A command; `what` is its line in the help, and `example` stands below its own."""
        sub: argparse.ArgumentParser = self._parsers.add_parser(
            name, help=what, description=what, parents=[self.everywhere],
            epilog=f"example: {example}" if example else None, formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        sub.set_defaults(run=run)
        return sub

    def about_one(self, name: str, run: Command, what: str) -> argparse.ArgumentParser:
        """A command about one record."""
        sub = self.add(name, run, what)
        sub.add_argument("kind", choices=KINDS, metavar="KIND", help=" or ".join(KINDS))
        sub.add_argument("id", metavar="ID", help="hubspot:101, quickbooks:58, an id, e-mail, name or invoice number")
        return sub
