"""Notice to job to message: who is concerned, and how a huge body travels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.enqueue import MemoryQueue, NotQueued, SqsQueue, jobs_on_page, messages_for
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Notice, Side, from_body, to_body
from chalicelib.remember.connections import Connection, ConnectionState, connection_id

PORTAL, REALM, OTHER = "48120771", "9130350000000000", "9130350000000001"
SQS_BYTES_MAX = 256 * 1_024


def connection(portal=PORTAL, realm=REALM, state=ConnectionState.CONNECTED) -> Connection:
    return Connection(connection_id(portal, realm), portal, realm, state)


def notice(own_id="101", side=Side.HUBSPOT, kind="contact", account=None, **more) -> Notice:
    account = account or (PORTAL if side is Side.HUBSPOT else REALM)
    return Notice(account, side, kind, own_id, "a cause", **more)


def test_a_notice_from_hubspot_makes_one_job_for_each_connection_of_the_portal():
    """The filters decide which company it belongs to."""
    messages = messages_for([notice()], [connection(), connection(realm=OTHER), connection(portal="1")])
    assert [one.connection for one in messages] == [f"{PORTAL}:{REALM}", f"{PORTAL}:{OTHER}"]
    assert {(one.side, one.id) for one in messages} == {(Side.HUBSPOT, "101")}


def test_a_notice_from_quickbooks_is_its_own_companys_alone():
    messages = messages_for([notice("58", Side.QUICKBOOKS, "customer")], [connection(), connection(realm=OTHER)])
    assert messages == [Job(connection().id, Kind.CUSTOMER, Side.QUICKBOOKS, "58", "a cause")]


@pytest.mark.parametrize(
    "stranger",
    [
        notice(account="999"),
        notice(account=REALM),  # a portal id that happens to be a company's
        notice("58", Side.QUICKBOOKS, "customer", account=OTHER),
        notice("58", Side.QUICKBOOKS, "customer", account=PORTAL),
    ],
)
def test_notices_of_strangers_concern_nobody(stranger):
    assert messages_for([stranger], [connection()]) == []


@pytest.mark.parametrize(
    ("state", "count"), [(state, state is not ConnectionState.DISCONNECTED) for state in ConnectionState]
)
def test_only_a_connection_that_has_ended_gets_no_jobs(state, count):
    """One that needs a reconnect keeps all its work."""
    assert len(messages_for([notice()], [connection(state=state)])) == count


def test_a_renamed_company_is_expanded_once():
    messages = messages_for([notice("7", kind="company"), notice("7", kind="company")], [connection()])
    assert messages == [Expand(connection().id, "company", "7")]


@pytest.mark.parametrize(("kind", "holder"), [("vendor", "Vendor:7"), ("employee", "Employee:7")])
def test_a_vendor_or_employee_may_set_a_name_free(kind, holder):
    messages = messages_for([notice("7", Side.QUICKBOOKS, kind)], [connection()])
    assert messages == [Expand(connection().id, "name_holder", holder)]


def test_a_job_carries_all_that_the_notice_told():
    (job,) = messages_for([notice(at=5.0, echo="city=1", merged_into="9")], [connection()])
    assert job == Job(
        connection().id, Kind.CUSTOMER, Side.HUBSPOT, "101", "a cause", at=5.0, echoes=("city=1",), merged_into="9"
    )  # fmt: skip


def test_notices_for_one_record_fold_into_one_job():
    (job,) = messages_for([notice(at=1.0), notice(at=2.0), notice(at=None)], [connection()])
    assert job.at is None


def hundreds(count) -> list[Notice]:
    return [notice(str(number), at=float(number), echo=f"city={number}") for number in range(count)]


@pytest.mark.parametrize("count", [1, 500])
def test_up_to_500_records_travel_as_jobs(count):
    assert all(isinstance(one, Job) for one in messages_for(hundreds(count), [connection()]))


@pytest.mark.parametrize(("count", "connections"), [(501, 1), (1_700, 1), (400, 2)])
def test_more_than_500_records_travel_as_pages_and_come_back_whole(count, connections):
    every = [connection(realm=f"{REALM}{number}") for number in range(connections)]
    messages = messages_for(hundreds(count), every)
    assert all(isinstance(one, Expand) and one.source == "records" for one in messages)
    back = [job for one in messages for job in jobs_on_page(from_body(to_body(one)).page)]
    expected = [job for one in every for some in chunks(count) for job in messages_for(some, [one])]
    assert back == expected
    assert all({job.connection for job in jobs_on_page(one.page)} == {one.connection} for one in messages)


def chunks(count) -> list[list[Notice]]:
    every = hundreds(count)
    return [every[start : start + 500] for start in range(0, count, 500)]


def test_a_page_fits_into_a_message_however_long_its_causes():
    notices = [
        Notice(PORTAL, Side.HUBSPOT, "contact", str(61_200_000_000 + number), f"HubSpot contact propertyChange {name}",
               at=1_795_166_400.123, echo=f"{name}=0123456789abcdef")
        for number in range(2_000) for name in ("address_line_two", "mobilephone", "hs_language", "lifecyclestage")
    ]  # fmt: skip
    assert max(len(to_body(one).encode()) for one in messages_for(notices, [connection()])) < SQS_BYTES_MAX


@dataclass
class Sqs:
    """SQS as far as sending goes; `refuses` says which bodies fail how often."""

    refuses: dict[str, int] = field(default_factory=dict)
    calls: list[list[dict[str, Any]]] = field(default_factory=list)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "the url"
        assert 1 <= len(Entries) <= 10
        assert len({one["Id"] for one in Entries}) == len(Entries)
        assert sum(len(one["MessageBody"].encode()) for one in Entries) <= SQS_BYTES_MAX
        self.calls.append(Entries)
        failed = []
        for one in Entries:
            if self.refuses.get(one["MessageBody"], 0):
                self.refuses[one["MessageBody"]] -= 1
                failed.append({"Id": one["Id"], "Code": "InternalError", "SenderFault": False})
        return {"Failed": failed, "Successful": []}


def job(number) -> Job:
    return Job(ConnectionId("1:2"), Kind.CUSTOMER, Side.HUBSPOT, str(number), "a cause")


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_messages_go_ten_at_a_time_each_in_its_connections_group(count, sizes):
    sqs = Sqs()
    SqsQueue(sqs, "the url").send([job(number) for number in range(count)], delay_s=5)
    assert [len(call) for call in sqs.calls] == sizes
    entries = [entry for call in sqs.calls for entry in call]
    assert [from_body(entry["MessageBody"]).id for entry in entries] == [str(number) for number in range(count)]
    assert {(entry["MessageGroupId"], entry["DelaySeconds"]) for entry in entries} <= {("1-2", 5)}


def test_big_messages_share_a_call_only_as_far_as_it_takes_them():
    sqs = Sqs()
    SqsQueue(sqs, "the url").send([Expand(ConnectionId("1:2"), "records", str(n), "x" * 100_000) for n in range(5)])
    assert sum(len(call) for call in sqs.calls) == 5
    assert len(sqs.calls) > 1


def test_only_what_was_refused_is_sent_again():
    sqs = Sqs(refuses={to_body(job(3)): 2})
    SqsQueue(sqs, "the url").send([job(number) for number in range(5)])
    assert [len(call) for call in sqs.calls] == [5, 1, 1]


def test_a_queue_that_goes_on_refusing_is_told():
    """Or nothing would ever come back to the message."""
    sqs = Sqs(refuses={to_body(job(3)): 99})
    with pytest.raises(NotQueued):
        SqsQueue(sqs, "the url").send([job(number) for number in range(5)])


def test_a_queue_in_this_process_hands_out_what_was_sent_in_order():
    queue = MemoryQueue()
    queue.send([job(number) for number in range(5)])
    assert [one.id for one in queue.take(2)] == ["0", "1"]
    assert [one.id for one in queue.take()] == ["2", "3", "4"]
    assert queue.take() == []
