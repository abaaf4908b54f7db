"""How a command answers: on the screen or as JSON, and its two ways to fail."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from chalicelib.remember.connections import Connection, Connections
from chalicelib.wiring import Wiring
from ops.screen import as_json, plain


class WrongUse(Exception):  # noqa: N818
    """Exit code 2; the text says what to do."""


class Failed(Exception):  # noqa: N818
    """Exit code 1; the text says what failed."""


def say(given: Namespace, value: Any, text: str) -> None:
    print(as_json(value) if given.json else plain(text))


def which(tools: Wiring, given: Namespace) -> Connection:
    """The connection that the command is about: the one it names, or the only one."""
    every = Connections(tools.table).all()
    if given.connection:
        for one in every:
            if one.id == given.connection:
                return one
        raise WrongUse(f"there is no connection {given.connection}; see: python -m ops connections")
    if len(every) != 1:
        names = ", ".join(one.id for one in every) or "none yet"
        raise WrongUse(f"say which connection with --connection C ({names})")
    return every[0]
