"""What the doors take for granted of the queue, in this process and in SQS: one contract for both."""

from __future__ import annotations

import uuid

import pytest

from chalicelib.enqueue import MemoryQueue, SqsQueue
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side, from_body
from tests.simulation.baton import Baton
from tests.simulation.queueing import SimQueue

CONNECTION = ConnectionId("48120771:9130350000000000")


def job(number=101, **more) -> Job:
    return Job(CONNECTION, Kind.CUSTOMER, Side.HUBSPOT, str(number), "a cause", **more)


MESSAGES = [
    job(),
    job(at=1_795_166_400.123, echoes=("city=0123456789abcdef",), merged_into="102"),
    job(echoes=()),
    Job(CONNECTION, Kind.CUSTOMER, Side.QUICKBOOKS, "58", "QuickBooks customer updated, “sweep” & Söhne"),
    Expand(CONNECTION, "company", "7300112233"),
    Expand(CONNECTION, "name_holder", "Vendor:7"),
    Expand(CONNECTION, "backfill", "", "hubspot:40119"),
    Expand(CONNECTION, "records", "2 records", '[{"id": "\\"101\\""}]'),
]


class QueueContract:
    """`taken(n)`: the messages that a worker gets, until n are there."""

    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{type(message).__name__} {message.id}")
    def test_a_message_arrives_as_it_was_sent(self, queue, taken, message):
        queue.send([message])
        assert taken(1) == [message]

    @pytest.mark.parametrize("count", [10, 11, 25])
    def test_more_than_one_call_takes_all_arrive(self, queue, taken, count):
        queue.send([job(number) for number in range(count)])
        assert sorted(int(message.id) for message in taken(count)) == list(range(count))

    def test_jobs_and_expansions_of_several_connections_travel_together(self, queue, taken):
        other = [Expand(ConnectionId(f"{number}:{number}"), "sweep", "scheduled") for number in range(12)]
        queue.send([*MESSAGES, *other])
        assert set(taken(len(MESSAGES) + 12)) == {*MESSAGES, *other}

    def test_nothing_to_send_is_no_mistake(self, queue, taken):
        queue.send([])
        assert taken(0) == []

    def test_pages_of_a_huge_body_all_arrive(self, queue, taken):
        pages = [Expand(CONNECTION, "records", str(number), "x" * 120_000) for number in range(12)]
        queue.send(pages)
        assert set(taken(12)) == set(pages)

    def test_a_message_may_be_sent_for_later(self, queue, waiting):
        queue.send([job(), job(102)], delay_s=900)
        assert waiting() == 2


class TestMemoryQueue(QueueContract):
    @pytest.fixture
    def queue(self) -> MemoryQueue:
        return MemoryQueue()

    @pytest.fixture
    def taken(self, queue):
        return lambda _count: queue.take()

    @pytest.fixture
    def waiting(self, queue):
        return lambda: sum(delay_s == 900 for _, delay_s in queue.messages)


class TestSimulatedQueue(QueueContract):
    """The one of the simulated histories, and how it hands its messages out (AWS: SQS event sources of Lambda)."""

    @pytest.fixture
    def baton(self) -> Baton:
        return Baton(1)

    @pytest.fixture
    def dead(self, baton) -> SimQueue:
        return SimQueue(baton, "dead", batch=10, at_once=1, visibility_s=30)

    @pytest.fixture
    def queue(self, baton, dead) -> SimQueue:
        return SimQueue(baton, "jobs", batch=100, at_once=5, visibility_s=720, buried=dead)

    @pytest.fixture
    def taken(self, queue, baton):
        def take(_count, again=(), for_s=60.0):
            """What is handed out in that time; of `again` the handler says that they have failed."""
            found = []

            def handle(event):
                found.extend(event["Records"])
                failed = [one for one in event["Records"] if from_body(one["body"]).id in again]
                return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}

            queue.invoke = handle
            baton.run(for_s)
            return [from_body(one["body"]) for one in found]

        return take

    @pytest.fixture
    def waiting(self, queue, taken):
        return lambda: queue.waiting if not taken(0) else 0

    def test_only_what_failed_comes_again_and_after_the_visibility_timeout(self, queue, taken):
        queue.send([job(), job(102)])
        assert sorted(one.id for one in taken(2, again=("102",))) == ["101", "102"]
        assert taken(0, for_s=600) == []
        assert [one.id for one in taken(1, for_s=120)] == ["102"]
        assert queue.waiting == 0

    def test_what_a_dead_worker_had_in_hand_comes_again(self, queue, baton, taken):
        queue.send([job()])
        queue.invoke = lambda _: baton.die()
        baton.run(60)
        assert taken(0, for_s=600) == []
        assert [one.id for one in taken(1, for_s=120)] == ["101"]

    def test_what_fails_again_and_again_is_a_dead_letter(self, queue, dead, taken):
        queue.send([job()])
        tries = sum(len(taken(1, again=("101",), for_s=800)) for _ in range(8))
        assert (tries, queue.waiting, dead.waiting) == (5, 0, 1)

    def test_no_more_work_at_once_than_is_allowed(self, queue, baton):
        running, most = set(), []

        def handle(event):
            running.add(id(event))
            most.append(len(running))
            baton.wait("works", baton.time + 10)
            running.discard(id(event))
            return {"batchItemFailures": []}

        queue.invoke = handle
        for number in range(40):
            queue.send([job(number)])
            baton.run(0.2)
        baton.run(600)
        assert max(most) == 5
        assert queue.waiting == 0


class TestSqsQueue(QueueContract):
    @pytest.fixture
    def url(self, sqs):
        url = sqs.create_queue(QueueName=uuid.uuid4().hex, Attributes={"VisibilityTimeout": "720"})["QueueUrl"]
        yield url
        sqs.delete_queue(QueueUrl=url)

    @pytest.fixture
    def queue(self, sqs, url) -> SqsQueue:
        return SqsQueue(sqs, url)

    @pytest.fixture
    def received(self, sqs, url):
        def receive(count):
            messages = []
            while len(messages) < count:
                answer = sqs.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, MessageSystemAttributeNames=["All"]
                )
                messages += answer["Messages"]
            return messages

        return receive

    @pytest.fixture
    def taken(self, received):
        return lambda count: [from_body(message["Body"]) for message in received(count)]

    @pytest.fixture
    def waiting(self, sqs, url):
        delayed = "ApproximateNumberOfMessagesDelayed"

        def count():
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[delayed])["Attributes"]
            return int(attributes[delayed])

        return count

    def test_the_connection_is_the_message_group(self, queue, received):
        """So that one busy company does not starve the others."""
        queue.send([job(), Expand(ConnectionId("1:2"), "sweep", "scheduled")])
        groups = {message["Attributes"]["MessageGroupId"] for message in received(2)}
        assert groups == {"48120771-9130350000000000", "1-2"}
