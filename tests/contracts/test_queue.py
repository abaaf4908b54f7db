"""What the doors take for granted of the queue, in this process and in SQS: one contract for both."""

from __future__ import annotations

import uuid

import pytest

from chalicelib.enqueue import MemoryQueue, SqsQueue
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side, from_body

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
