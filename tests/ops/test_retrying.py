"""Many records are looked at again page by page, and nothing piles up where nobody works."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chalicelib.enqueue import MemoryQueue
from chalicelib.jobs import Job, Message
from chalicelib.remember.records import Record, Records, State, put
from chalicelib.remember.table import Table
from chalicelib.wiring import Wiring
from ops import asking
from ops.choosing import Choice
from ops.progress import Bar
from ops.retrying import PAGE, Tally, looked_at_again
from tests.ops.conftest import CONNECTION, NOW, record

Made = Callable[[Iterable[Record]], Wiring]
FAILING = Choice(states=frozenset({State.FAILING}))


class Workers(MemoryQueue):
    """A queue whose jobs are done as soon as they are sent: every tenth record fails again."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._records, self._table = Records(table), table
        self.sent: list[int] = []

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        assert not delay_s
        self.sent.append(len(messages))
        for job in messages:
            assert isinstance(job, Job)
            held = self._records.find(job.connection, job.kind, [job.record])[job.record]
            state = State.FAILING if int(job.id) % 10 == 0 else State.IN_SYNC
            self._table.write([put(held, replace(held.record, state=state))])


def failing(count: int) -> Iterable[Record]:
    return (record(number, state=State.FAILING) for number in range(count))


def test_each_page_enters_the_queue_when_the_one_before_is_done(tools_with: Made) -> None:
    count = 2 * PAGE + 50
    tools = tools_with(failing(count))
    workers = tools.given_queue = Workers(tools.table)
    names = [asking.Name.of(one) for one in asking.chosen(tools, [CONNECTION], FAILING)]
    tally = Tally(count)
    tries = looked_at_again(tools, names, FAILING, tally, Bar("retry"))
    next(tries)
    assert workers.sent == [PAGE]
    assert len(list(tries)) == count - 1
    assert workers.sent == [PAGE, PAGE, 50]
    assert tally.sentence() == "Looked again at 450: 450 failing → 405 in_sync, 45 failing."


def test_where_no_worker_answers_the_rest_is_left_alone(tools_with: Made) -> None:
    tools = tools_with(failing(PAGE + 7))
    queue = tools.given_queue = MemoryQueue()
    names = [asking.Name.of(one) for one in asking.chosen(tools, [CONNECTION], FAILING)]
    tally = Tally(len(names))
    assert len(list(looked_at_again(tools, names, FAILING, tally, Bar("retry"), look_s=0))) == PAGE
    assert len(queue.messages) == PAGE
    assert "7 were left as they are" in tally.sentence()
    assert len(list(asking.chosen(tools, [CONNECTION], FAILING))) == 7, "the same command goes on with them"


def test_a_record_that_a_worker_has_in_hand_is_not_taken_from_it(tools_with: Made) -> None:
    leased = record(1, state=State.FAILING, lease_until=NOW + 60)
    tools = tools_with([leased])
    queue = tools.given_queue = MemoryQueue()
    tries = looked_at_again(tools, [asking.Name.of(leased)], FAILING, Tally(1), Bar("retry"), look_s=0)
    assert (list(tries), queue.messages) == ([leased], [])
