"""Which records a command is about: the options that `records`, `export` and `retry` share, and what they mean."""

from __future__ import annotations

import argparse
import difflib
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.failures import Category
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.names import folded
from chalicelib.remember.records import Record, State, unseen
from ops.answers import WrongUse

UNITS_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
COLUMNS = tuple(unseen(ConnectionId(""), Kind.CUSTOMER, Side.HUBSPOT, "").view())
HELP_WIDTH = 76
PAGE_ROWS = 100  # of --page without --limit


@dataclass(frozen=True)
class Choice:
    """Which records are meant: those of which every part holds. A part that is empty leaves all.

    `text` is folded; `changed_since` in epoch seconds. `side` means: has an id there; `unlinked`: lacks an id on one of
    the two sides. Together they mean what exists on that side only.
    """

    states: frozenset[State] = frozenset()
    categories: frozenset[Category] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    side: Side | None = None
    unlinked: bool = False
    text: str = ""
    changed_since: float | None = None

    def takes(self, record: Record) -> bool:
        return (
            (not self.states or record.state in self.states)
            and (not self.categories or record.category in self.categories)
            and (not self.kinds or record.kind in self.kinds)
            and (self.side is None or bool(record.id_on(self.side)))
            and not (self.unlinked and record.hubspot_id and record.quickbooks_id)
            and (self.changed_since is None or record.changed_at >= self.changed_since)
            and (not self.text or any(self.text in one for one in _words(record)))
        )

    @property
    def index_states(self) -> tuple[State, ...] | None:
        """The states whose index names all records meant; None where every record must be read.

        What is in sync is in no index, and has no category.
        """
        wanted = set(self.states or State)
        if self.categories:
            wanted.discard(State.IN_SYNC)
        return None if State.IN_SYNC in wanted else tuple(state for state in State if state in wanted)


def _words(record: Record) -> Iterable[str]:
    """All by which a person may look for a record, folded."""
    yield folded(record.name)
    yield from record.known_as
    yield folded(record.message)
    for side in Side:
        if own_id := record.id_on(side):
            yield f"{side}:{own_id}"


# --- options ----------------------------------------------------------------------------------------------------------


def add_filters(parser: argparse.ArgumentParser, more: str = "") -> None:
    about = f"A record must fit every filter. S, CAT and K may be lists (A,B), or be said again. {more}"
    group = parser.add_argument_group("which records", textwrap.fill(about, HELP_WIDTH))
    group.add_argument("--status", metavar="S", action="append", help=", ".join(State))
    group.add_argument("--category", metavar="CAT", action="append", help="why it fails: name_taken, conflict, …")
    group.add_argument("--kind", metavar="K", action="append", help=", ".join(Kind))
    group.add_argument("--side", metavar="SIDE", help="has an id there: hubspot or quickbooks")
    group.add_argument("--unlinked", action="store_true", help="lacks an id on one side; with --side: only there")
    group.add_argument("--text", metavar="T", help="in its name, e-mail, ids or message; case does not matter")
    group.add_argument(
        "--changed-since", metavar="T", help="30m, 2h, 3d, 1w ago, or 2026-11-20, or 2026-11-20T08:00+01:00 (else UTC)"
    )


def add_order(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    group = parser.add_argument_group("how they are shown")
    group.add_argument("--columns", metavar="A,B", help=", ".join(COLUMNS))
    group.add_argument("--sort", metavar="COLUMN", help="by this column; -COLUMN: descending. Empty values come last")
    return group


def example(parser: argparse.ArgumentParser, text: str) -> None:
    """An example below the help, as it is typed."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"example:\n  python -m ops {text}"


def joined(arguments: Sequence[str]) -> list[str]:
    """`--sort -name` as `--sort=-name`: argparse would take the name for an option."""
    whole: list[str] = []
    for argument in arguments:
        if whole and whole[-1] == "--sort" and re.fullmatch(r"-[a-z_]{2,}", argument):
            whole[-1] = f"--sort={argument}"
        else:
            whole.append(argument)
    return whole


# --- what was given ---------------------------------------------------------------------------------------------------


def choice(given: argparse.Namespace, now: float) -> Choice:
    """Raises `WrongUse` with the choices, and the nearest one."""
    return Choice(
        states=frozenset(State(one_of("state", name, State)) for name in listed(given.status)),
        categories=frozenset(Category(one_of("category", name, Category)) for name in listed(given.category)),
        kinds=frozenset(Kind(one_of("kind", name, Kind)) for name in listed(given.kind)),
        side=Side(one_of("side", given.side, Side)) if given.side is not None else None,
        unlinked=given.unlinked,
        text=folded(given.text or ""),
        changed_since=moment(given.changed_since, now) if given.changed_since is not None else None,
    )


def columns(given: argparse.Namespace, usual: Sequence[str]) -> tuple[str, ...]:
    """The columns to show, in the order asked for."""
    if given.columns is None:
        return tuple(usual)
    names = tuple(dict.fromkeys(one_of("column", name, COLUMNS) for name in listed([given.columns])))
    if not names:
        raise WrongUse(f"say which columns: --columns {','.join(usual)}")
    return names


@dataclass(frozen=True)
class Sort:
    column: str
    descending: bool = False


def sort(given: argparse.Namespace) -> Sort | None:
    if given.sort is None:
        return None
    name = given.sort.removeprefix("-")
    return Sort(one_of("column", name, COLUMNS), given.sort.startswith("-"))


@dataclass(frozen=True)
class Window:
    """One page of a list: `limit` rows, None for all; pages are counted from 1."""

    limit: int | None = None
    page: int = 1

    @property
    def start(self) -> int:
        return (self.page - 1) * (self.limit or 0)

    @property
    def stop(self) -> int | None:
        return None if self.limit is None else self.start + self.limit

    def holds(self, place: int) -> bool:
        return self.start <= place and (self.stop is None or place < self.stop)

    def pages(self, total: int) -> int:
        return 1 if self.limit is None else max(1, -(-total // self.limit))


def window(given: argparse.Namespace) -> Window:
    limit = _positive("--limit", given.limit)
    page = _positive("--page", given.page)
    return Window(limit or (PAGE_ROWS if page else None), page or 1)


def _positive(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise WrongUse(f"{option} takes a number from 1 on, not {text!r}")
    return int(text)


def listed(given: Sequence[str] | None) -> list[str]:
    """The values of an option that may be said several times, and may hold several with commas between them."""
    return [name for text in given or () for part in text.split(",") if (name := part.strip())]


def one_of(what: str, name: str, choices: Iterable[str]) -> str:
    """`name` if it is one of the choices, as they spell it; else wrong use, with the choices and the nearest one."""
    known = {folded(str(one)): str(one) for one in choices}
    wanted = folded(name).replace("-", "_")
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, 1, 0.5)
    hint = f"; did you mean {known[near[0]]}" if near else ""
    raise WrongUse(f"there is no {what} {name!r}{hint}; there are: {', '.join(known.values())}")


def moment(text: str, now: float) -> float:
    """`2h` or `3d` ago, or an ISO date or time, in epoch seconds; without a zone it is UTC, as all times shown."""
    ago = re.fullmatch(rf"([0-9]{{1,6}})\s*([{''.join(UNITS_S)}])", text.strip().lower())
    if ago:
        return now - int(ago[1]) * UNITS_S[ago[2]]
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise WrongUse(f"{text!r} is no time: say 30m, 2h, 3d or 1w (ago), 2026-11-20, or 2026-11-20T08:00") from None


def asked(given: argparse.Namespace) -> bool:
    """Whether any filter was given at all."""
    options: tuple[Any, ...] = (given.status, given.category, given.kind, given.side, given.text, given.changed_since)
    return given.unlinked or any(one is not None for one in options)
