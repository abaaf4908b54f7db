"""Look again now, at one record, at some, or at all that fail; by pages, so that live changes are not held up."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from chalicelib.jobs import Job, Kind
from chalicelib.remember import records as stored
from chalicelib.remember.connections import Connection
from chalicelib.remember.records import Held, Record, State
from chalicelib.remembering import looks_at
from chalicelib.resolve.retries import afresh
from chalicelib.wiring import Wiring, wiring
from ops import asking, choosing, progress, waiting, words
from ops.answers import WrongUse, which
from ops.arguments import KINDS, Commands
from ops.asking import Name
from ops.choosing import Choice
from ops.listing import Listing, json_list
from ops.tables import lines
from ops.viewing import usual_columns

PAGE = 200  # records that are in the queue at once
LOOK_S = 90.0  # for one page
STUCK = frozenset({State.FAILING, State.PARKED})
CAUSE = "retry: an operator asked"


def register(commands: Commands) -> None:
    tried = commands.add("retry", retry, "look again now at one record or at some, and say what came of it")
    tried.add_argument("kind_of_one", nargs="?", choices=KINDS, metavar="KIND", help=" or ".join(KINDS))
    tried.add_argument(
        "id", nargs="?", metavar="ID", help="hubspot:101, quickbooks:58, an id, e-mail, name or invoice number"
    )
    tried.add_argument("--all", action="store_true", help="every failing and parked record that the filters leave")
    choosing.add_filters(tried, "Without --status they choose among failing and parked records.")
    choosing.example(tried, "retry --status failing --category name_taken")


def retry(given: Namespace) -> int:
    tools = wiring()
    names, choice = _chosen(tools, which(tools, given), given)
    tally = Tally(len(names))
    with progress.bar("retry", len(names), hidden=given.json) as bar:
        views = (words.shown(record) for record in looked_at_again(tools, names, choice, tally, bar))
        first = next(views, None)
        every = chain([first] if first else [], views)
        columns = usual_columns(name.kind for name in names)
        for piece in json_list(every) if given.json else (f"{line}\n" for line in lines(every, columns) if first):
            print(piece, end="")
    if not given.json:
        print(tally.sentence())
    return 1 if tally.left or any(tally.after[state] for state in STUCK) else 0


def _chosen(tools: Wiring, one: Connection, given: Namespace) -> tuple[list[Name], Choice]:
    """Which records, by their keys alone; and what must still hold of each when its turn comes."""
    filtered = given.all or choosing.asked(given)
    if given.kind_of_one and given.id:
        if filtered:
            raise WrongUse("say one record (KIND ID), or several by filters, not both")
        return [Name.of(asking.find(tools, one.id, Kind(given.kind_of_one), given.id))], Choice()
    if not filtered:
        raise WrongUse(
            "say which: python -m ops retry customer ID, or --all, or filters such as --status failing --category tax"
        )
    kinds = [*(given.kind or []), *([given.kind_of_one] if given.kind_of_one else [])]
    given = Namespace(**{**vars(given), "kind": kinds, "status": given.status or sorted(STUCK)})
    choice = choosing.choice(given, tools.now())
    return [Name.of(record) for record in Listing(tools, [one.id], choice)], choice


@dataclass
class Tally:
    """How many records were meant, and in which states they were before and after."""

    total: int
    before: Counter[State] = field(default_factory=Counter)
    after: Counter[State] = field(default_factory=Counter)
    left: int = 0

    def sentence(self) -> str:
        if not self.total:
            return "nothing to retry"
        tried = self.before.total()
        said = f"Looked again at {tried}: {_counted(self.before)} → {_counted(self.after)}." if tried else ""
        if self.left:
            said += (
                f" {self.left} were left as they are, since no worker answered within {LOOK_S:.0f} s: "
                "see python -m ops status. The same command goes on with them."
            )
        return said.strip() or "nothing to retry: they changed meanwhile"


def _counted(states: Counter[State]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in State if states[state])


def looked_at_again(
    tools: Wiring, names: Sequence[Name], choice: Choice, tally: Tally, bar: progress.Bar, look_s: float = LOOK_S
) -> Iterator[Record]:
    """Each record as it is after its look, page by page.

    A page enters the queue when the one before it has been looked at. If of a whole page nothing comes back, the rest
    is left alone: a queue that nobody works on needs no more.
    """
    done = 0
    for page in asking.batches(names, PAGE):
        attempt = Attempt(tools, choice, asking.fetched(tools, page, choice))
        tally.before.update(held.record.state for held in attempt.waiting.values())
        waiting.until(attempt.step, look_s)
        done += len(page)
        bar.to(done)
        records = attempt.results()
        tally.after.update(record.state for record in records)
        bar.close()
        yield from records
        if records and not attempt.ended:
            tally.left = len(names) - done
            return


class Attempt:
    """One page of records, each looked at once more as if it had never failed."""

    def __init__(self, tools: Wiring, choice: Choice, helds: Iterable[Held]) -> None:
        self._tools = tools
        self._choice = choice
        self.waiting = {Name.of(held.record): held for held in helds}
        self.begun: dict[Name, Held] = {}
        self.ended: dict[Name, Record] = {}
        self._order = list(self.waiting)

    def step(self) -> bool:
        """Begin what can be begun, see what has ended; whether all has."""
        self._begin()
        for name, held in self._now(self.begun).items():
            if (held.version or 0) > (self.begun[name].version or 0) and self._is_free(held):
                del self.begun[name]
                self.ended[name] = held.record
        self.waiting.update(self._now(self.waiting))
        return not self.waiting and not self.begun

    def results(self) -> list[Record]:
        """Every record as it was last seen, in the order given."""
        unfinished = {name: held.record for name, held in (self.waiting | self.begun).items()}
        return [self.ended.get(name) or unfinished[name] for name in self._order]

    def _begin(self) -> None:
        """A record that a worker has in hand waits until its lease is free: the worker's look may mend it already."""
        for name, held in list(self.waiting.items()):
            if not self._choice.takes(held.record):
                self.ended[name] = self.waiting.pop(name).record
        free = {name: held for name, held in self.waiting.items() if self._is_free(held)}
        fresh = {name: afresh(held.record) for name, held in free.items()}
        lost = self._tools.table.write_each([[stored.put(held, fresh[name])] for name, held in free.items()])
        jobs: list[Job] = []
        for (name, held), race in zip(free.items(), lost, strict=True):
            if race is None:
                del self.waiting[name]
                self.begun[name] = Held(fresh[name], (held.version or 0) + 1)
                jobs += looks_at(name.connection, name.kind, [asking.side_id(fresh[name])], CAUSE)
        if jobs:
            self._tools.queue.send(jobs)

    def _is_free(self, held: Held) -> bool:
        return held.record.lease_until <= self._tools.now()

    def _now(self, some: Iterable[Name]) -> dict[Name, Held]:
        return {Name.of(held.record): held for held in asking.fetched(self._tools, some, Choice())}
