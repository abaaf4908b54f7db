"""The poller hands over, keeps and deletes messages as Lambda does."""

from __future__ import annotations

import json
import threading
import time
import uuid

import pytest

from local.aws import Ministack
from local.poller import Function, Mapping, Poller, Schedule, Scheduler, failures, mapping, schedule
from ops import package

WORKER = Function("worker", timeout_s=120, memory_mb=1024)


@pytest.fixture(scope="module")
def ministack():
    ministack = Ministack()
    try:
        yield ministack.start()
    finally:
        ministack.stop()


@pytest.fixture(scope="module")
def sqs(ministack):
    return ministack.client("sqs")


@pytest.fixture
def queue(sqs):
    return sqs.create_queue(QueueName=uuid.uuid4().hex, Attributes={"VisibilityTimeout": "720"})["QueueUrl"]


def source(**settings):
    return Mapping(
        WORKER, **{"batch_size": 100, "window_s": 0.2, "concurrency": 2, "partial_answers": True, **settings}
    )


def send(sqs, queue, *bodies):
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[start : start + 10])]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)


def until(condition, within_s=10.0):
    """Wait for it, and fail if it does not come."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.01)


def bodies(event):
    return sorted(record["body"] for record in event["Records"])


class TestWhatIsKept:
    """One batch of three messages, and what is left of it after the handler's answer."""

    @pytest.fixture
    def left(self, sqs, queue):
        def left(answer, **settings):
            def handler(event, _context):
                return answer([record["messageId"] for record in event["Records"]])

            send(sqs, queue, "a", "b", "c")
            poller = Poller(sqs, queue, handler, source(**settings))
            assert poller.step() == 3
            return poller.depth()

        return left

    @pytest.mark.parametrize("nothing", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
    def test_nothing_reported_deletes_all(self, left, nothing):
        assert left(lambda _ids: nothing) == 0

    def test_what_is_reported_stays(self, left):
        assert left(lambda ids: {"batchItemFailures": [{"itemIdentifier": ids[1]}]}) == 1

    @pytest.mark.parametrize("identifier", ["unknown", "", None])
    def test_an_unknown_identifier_keeps_all(self, left, identifier):
        assert (
            left(lambda ids: {"batchItemFailures": [{"itemIdentifier": ids[0]}, {"itemIdentifier": identifier}]}) == 3
        )

    @pytest.mark.parametrize("answer", ["done", {"failures": []}, {"batchItemFailures": ["id"]}])
    def test_an_answer_that_cannot_be_read_keeps_all(self, left, answer):
        assert left(lambda _ids: answer) == 3

    def test_an_exception_keeps_all_and_is_told(self, left, capsys):
        def answer(_ids):
            raise RuntimeError("the worker broke")

        assert left(answer) == 3
        assert "the worker broke" in capsys.readouterr().err

    def test_without_the_templates_leave_a_partial_answer_is_ignored(self, left):
        """Lambda reads the answer only if the mapping says ReportBatchItemFailures; the rest would be lost silently."""
        assert left(lambda ids: {"batchItemFailures": [{"itemIdentifier": ids[1]}]}, partial_answers=False) == 0


def test_a_hundred_messages_come_as_one_batch(sqs, queue):
    seen = []
    send(sqs, queue, *(f"{number:03}" for number in range(130)))
    poller = Poller(sqs, queue, lambda event, _context: seen.append(bodies(event)), source(window_s=1))
    poller.start()
    until(lambda: sum(map(len, seen)) == 130)
    poller.close()
    assert sorted(map(len, seen)) == [30, 100]
    assert sorted(body for batch in seen for body in batch) == [f"{number:03}" for number in range(130)]


def test_a_lone_message_waits_for_its_window_and_no_longer(sqs, queue):
    seen = []
    poller = Poller(sqs, queue, lambda event, _context: seen.append((time.monotonic(), bodies(event))), source())
    poller.start()
    sent = time.monotonic()
    send(sqs, queue, "alone")
    until(lambda: seen)
    poller.close()
    ((at, batch),) = seen
    assert batch == ["alone"]
    assert at - sent >= 0.2


def test_batches_run_beside_each_other_up_to_the_limit(sqs, queue):
    """Two places: two batches meet in the handler, and the third message stays visible for someone else."""
    meeting = threading.Barrier(3)
    release = threading.Event()

    def handler(_event, _context):
        meeting.wait(timeout=10)
        release.wait(timeout=10)

    send(sqs, queue, "a", "b", "c")
    poller = Poller(sqs, queue, handler, source(batch_size=1))
    poller.start()
    meeting.wait(timeout=10)  # both are inside
    visible = "ApproximateNumberOfMessages"
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[visible])["Attributes"][visible] == "1"
    meeting.abort()  # the third need not meet anyone
    release.set()
    until(lambda: poller.batches == 3)
    poller.close()


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(sqs, queue):
    """The poller lets the queue count: after five receives the queue itself gives it up; its neighbours are done."""
    dead = sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive})
    counts = []

    def handler(event, _context):
        failed = []
        for record in event["Records"]:
            if record["body"] == "poison":
                counts.append(int(record["attributes"]["ApproximateReceiveCount"]))
                handle = record["receiptHandle"]
                sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    send(sqs, queue, "poison", "good", "good too")
    poller = Poller(sqs, queue, handler, source(window_s=0.01))
    gravedigger = Poller(sqs, dead, lambda _event, _context: None, source())
    poller.start()
    until(lambda: gravedigger.depth() == 1)
    poller.close()
    assert counts == [1, 2, 3, 4, 5]
    assert gravedigger.step() == 1


def test_a_record_looks_as_lambda_makes_it(sqs, queue):
    seen = []
    text = {"cause": {"DataType": "String", "StringValue": "webhook"}}
    sqs.send_message(QueueUrl=queue, MessageBody="job", MessageGroupId="1:2", MessageAttributes=text)
    Poller(sqs, queue, lambda event, _context: seen.append(event), source()).step()
    ((record,),) = [event["Records"] for event in seen]
    assert record["body"] == "job"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["MessageGroupId"] == "1:2"
    assert record["messageAttributes"]["cause"]["stringValue"] == "webhook"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(queue.rsplit("/", 1)[-1])
    assert record.keys() >= {"messageId", "receiptHandle", "md5OfBody", "awsRegion"}


def test_the_context_counts_down_from_the_functions_time_out():
    clock = [1000.0]
    context = WORKER.context(lambda: clock[0])
    assert context.get_remaining_time_in_millis() == 120_000
    clock[0] += 119.5
    assert context.get_remaining_time_in_millis() == 500
    clock[0] += 10
    assert context.get_remaining_time_in_millis() == 0
    assert (context.function_name, context.memory_limit_in_mb) == ("worker", 1024)
    assert context.invoked_function_arn.endswith(":function:worker")
    assert context.aws_request_id != WORKER.context().aws_request_id


def test_sizes_and_rates_come_from_the_template():
    template = package.template("local")
    worker = mapping(template, "worker")
    assert (worker.batch_size, worker.window_s, worker.concurrency, worker.partial_answers) == (100, 1, 5, True)
    assert (worker.function.timeout_s, worker.function.memory_mb) == (120, 1024)
    assert mapping(template, "dead_letters").batch_size == 10
    periods = {name: schedule(template, name).period_s for name in ("due", "sweep", "refresh")}
    assert periods == {"due": 60, "sweep": 480, "refresh": 300}


def test_a_schedule_calls_first_after_a_full_period(capsys):
    """And goes on after a failed call."""
    clock = [0.0]
    called = []

    def failing(event, _context):
        called.append(event["detail-type"])
        raise RuntimeError("this run broke")

    scheduler = Scheduler(clock=lambda: clock[0])
    scheduler.add("due", failing, Schedule(WORKER, 60))
    scheduler.add("sweep", lambda _event, _context: called.append("sweep"), Schedule(WORKER, 480))
    assert scheduler.tick() == []
    clock[0] = 60
    assert scheduler.tick() == ["due"]
    assert scheduler.tick() == []
    clock[0] = 480
    assert scheduler.tick() == ["due", "sweep"]
    assert called == ["Scheduled Event", "Scheduled Event", "sweep"]
    assert "this run broke" in capsys.readouterr().err
    assert scheduler.idle()


def test_a_schedule_that_is_fired_by_hand_tells_its_failure():
    scheduler = Scheduler()

    def failing(_event, _context):
        raise RuntimeError("this run broke")

    scheduler.add("due", failing, Schedule(WORKER, 60))
    with pytest.raises(RuntimeError, match="this run broke"):
        scheduler.fire("due")
    assert scheduler.idle()


def test_duplicate_reports_are_one_failure():
    assert failures({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}, ["a", "b"]) == {"a"}
