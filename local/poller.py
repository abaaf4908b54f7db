"""Feed a queue to a handler, and schedules to theirs, with Lambda's semantics; sizes and rates come from the template.

One thread gathers a batch at a time and hands it to a pool. What the handler did not report is deleted; what it did
report, and everything after an exception, stays in flight until its visibility time-out ends. Receive counts are
never touched, so the queue itself moves to the dead-letter queue what failed too often.
"""

from __future__ import annotations

import re
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

Event = dict[str, Any]
Handler = Callable[[Event, Any], Any]
ACCOUNT = "000000000000"
RECEIVE_MAX = 10  # SQS gives no more at a time
LONG_POLL_S = 1  # short, so that a stop never waits long; AWS polls for twenty
DEPTHS: list[QueueAttributeNameType] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]
UNITS_S = {"minute": 60, "hour": 3600, "day": 86400}
REGION = "us-east-1"


@dataclass(frozen=True)
class Function:
    """What the template says about a function."""

    name: str
    timeout_s: float
    memory_mb: int

    def context(self, clock: Callable[[], float] = time.monotonic) -> Context:
        return Context(self, clock() + self.timeout_s, clock)


@dataclass
class Context:
    """Lambda's context object: what a handler may ask about its invocation."""

    function: Function
    _deadline: float
    _clock: Callable[[], float]
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"

    @property
    def function_name(self) -> str:
        return self.function.name

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function.name}"

    @property
    def memory_limit_in_mb(self) -> int:
        return self.function.memory_mb

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - self._clock()) * 1000))


@dataclass(frozen=True)
class Mapping:
    """An event source mapping, as the template has it."""

    function: Function
    batch_size: int = 10
    window_s: float = 0.0
    concurrency: int = 5
    partial_answers: bool = False


@dataclass(frozen=True)
class Schedule:
    function: Function
    period_s: float


def mapping(template: dict[str, Any], handler: str) -> Mapping:
    """The mapping of the queue that wakes this handler."""
    resource, source = _wakes(template, handler, "SQS")
    return Mapping(
        function=function(resource, handler),
        batch_size=source.get("BatchSize", 10),
        window_s=source.get("MaximumBatchingWindowInSeconds", 0),
        concurrency=source.get("ScalingConfig", {}).get("MaximumConcurrency", 5),
        partial_answers="ReportBatchItemFailures" in source.get("FunctionResponseTypes", []),
    )


def schedule(template: dict[str, Any], handler: str) -> Schedule:
    resource, source = _wakes(template, handler, "Schedule")
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", source["Schedule"])
    if rate is None:
        raise ValueError(f"{handler} has no rate: {source['Schedule']}")
    return Schedule(function(resource, handler), int(rate[1]) * UNITS_S[rate[2]])


def function(resource: dict[str, Any], handler: str) -> Function:
    properties = resource["Properties"]
    return Function(f"hqsync-local-{handler}", properties["Timeout"], properties["MemorySize"])


def _wakes(template: dict[str, Any], handler: str, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for resource in template["Resources"].values():
        if resource.get("Properties", {}).get("Handler") != f"app.{handler}":
            continue
        for source in resource["Properties"].get("Events", {}).values():
            if source["Type"] == kind:
                return resource, source["Properties"]
    raise LookupError(f"the template has no {kind} event for {handler}")


class Poller:
    """One queue's way to its handler. `start()` runs it on threads; `step()` moves one batch, for who has no threads.

    `batches` counts the batches that were begun.
    """

    def __init__(
        self, sqs: SQSClient, queue_url: str, handler: Handler, source: Mapping, *, window_s: float | None = None
    ) -> None:
        self.source = source
        self._sqs = sqs
        self._queue_url = queue_url
        self._queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue_url.rsplit('/', 1)[-1]}"
        self._handler = handler
        self._window_s = source.window_s if window_s is None else window_s
        self.batches = 0
        self._closing = threading.Event()
        self._slots = threading.Semaphore(source.concurrency)
        self._pool = ThreadPoolExecutor(source.concurrency, thread_name_prefix=source.function.name)
        self._thread = threading.Thread(target=self._run, name=f"poll {source.function.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Take nothing more, and let the running batches end. A message ends the long poll; nobody handles it."""
        self._closing.set()
        if self._thread.is_alive():
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody="the poller closes")
            self._thread.join(timeout=LONG_POLL_S + 10)
        self._pool.shutdown(wait=True)

    def step(self) -> int:
        """Take what is there now, up to a batch, handle it here, and say how many messages it was."""
        messages = self._receive(self.source.batch_size, wait_s=0)
        while messages and len(messages) < self.source.batch_size:
            more = self._receive(self.source.batch_size - len(messages), wait_s=0)
            if not more:
                break
            messages += more
        if messages:
            self._invoke(messages)
        return len(messages)

    def depth(self) -> int:
        """Messages that wait, are in flight or are delayed. One that a batch works on is in flight until it is done."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=DEPTHS)
        return sum(int(answer["Attributes"][name]) for name in DEPTHS)

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._slots.acquire(timeout=0.2):  # all places taken: leave the messages visible
                continue
            messages: list[Event] = []
            try:
                messages = self._gather()
            except (BotoCoreError, ClientError):
                if not self._closing.is_set():
                    traceback.print_exc(file=sys.stderr)
                    self._closing.wait(0.5)
            if messages and not self._closing.is_set():
                self._pool.submit(self._invoke_in_slot, messages)
            else:
                self._slots.release()

    def _gather(self) -> list[Event]:
        """A batch: full, or what came within the window, which opens with the first message."""
        messages = self._receive(self.source.batch_size, wait_s=LONG_POLL_S)
        window_ends = time.monotonic() + self._window_s
        while messages and len(messages) < self.source.batch_size and not self._closing.is_set():
            more = self._receive(self.source.batch_size - len(messages), wait_s=0)
            messages += more
            left_s = window_ends - time.monotonic()
            if not more and left_s <= 0:
                break
            if not more:
                self._closing.wait(min(0.05, left_s))
        return messages

    def _receive(self, most: int, *, wait_s: int) -> list[Event]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(most, RECEIVE_MAX),
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))  # type: ignore[arg-type]

    def _invoke_in_slot(self, messages: list[Event]) -> None:
        try:
            self._invoke(messages)
        except (BotoCoreError, ClientError):
            traceback.print_exc(file=sys.stderr)
        finally:
            self._slots.release()

    def _invoke(self, messages: list[Event]) -> None:
        self.batches += 1  # only ever compared with itself, so a lost count among threads does no harm
        event = {"Records": [record(message, self._queue_arn) for message in messages]}
        try:
            answer = self._handler(event, self.source.function.context())
        except Exception:  # Lambda does so: whatever was raised, the batch has failed
            traceback.print_exc(file=sys.stderr)
            return
        failed = failures(answer, [message["MessageId"] for message in messages]) if self.source.partial_answers else []
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _delete(self, messages: list[Event]) -> None:
        for start in range(0, len(messages), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + 10])
            ]
            answer = self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)  # type: ignore[arg-type]
            for refused in answer.get("Failed", []):
                print(f"{self.source.function.name}: a message was not deleted: {refused}", file=sys.stderr)


def record(message: Event, queue_arn: str) -> Event:
    """A message as Lambda hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: part for key, part in value.items()}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def failures(answer: Any, message_ids: Iterable[str]) -> set[str]:
    """The ids that a partial answer keeps. An answer that Lambda cannot read keeps them all."""
    known = set(message_ids)
    if answer is None or answer == {}:
        return set()
    if not isinstance(answer, dict) or "batchItemFailures" not in answer:
        return known
    if not answer["batchItemFailures"]:
        return set()
    reported: set[str] = set()
    for item in answer["batchItemFailures"]:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if identifier not in known:
            return known
        reported.add(identifier)
    return reported


class Scheduler:
    """Call handlers at their rates. The first call is one full period after the start, as EventBridge does it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._handlers: dict[str, tuple[Handler, Schedule]] = {}
        self._next_at: dict[str, float] = {}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._running = 0
        self._threads: list[threading.Thread] = []

    def add(self, name: str, handler: Handler, rate: Schedule) -> None:
        self._handlers[name] = (handler, rate)
        self._next_at[name] = self._clock() + rate.period_s

    def start(self) -> None:
        """Run each schedule on a thread of its own: a long sweep does not hold up what is due."""
        for name in self._handlers:
            thread = threading.Thread(target=self._run, args=[name], name=f"schedule {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(timeout=150)

    def tick(self) -> list[str]:
        """Call whatever is due, one after the other, and say what that was."""
        return [name for name in self._handlers if self._call_if_due(name)]

    def fire(self, name: str) -> None:
        """Call this one now, whatever its rate; what it raises reaches the caller."""
        handler, rate = self._handlers[name]
        with self._lock:
            self._running += 1
        try:
            handler(_scheduled_event(name), rate.function.context())
        finally:
            with self._lock:
                self._running -= 1

    def idle(self) -> bool:
        return self._running == 0

    def _call_if_due(self, name: str) -> bool:
        now = self._clock()
        if self._next_at[name] > now:
            return False
        self._next_at[name] = now + self._handlers[name][1].period_s
        try:
            self.fire(name)
        except Exception:  # a schedule goes on after a failed run
            traceback.print_exc(file=sys.stderr)
        return True

    def _run(self, name: str) -> None:
        while not self._closing.wait(0.2):
            self._call_if_due(name)


def _scheduled_event(name: str) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/hqsync-local-{name}"],
        "detail": {},
    }
