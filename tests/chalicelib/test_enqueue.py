"""Notice to job to message: who is concerned, and how a huge body travels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.associated import SEEN_KEPT, SEEN_MAX, SEEN_TOGETHER_S, Told, contacts_of, told_of, without_old
from chalicelib.enqueue import MemoryQueue, NotQueued, SqsQueue, jobs_on_page, messages_for
from chalicelib.hubspot.models import AssociationTo
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Notice, Side, from_body, to_body
from chalicelib.remember.connections import Connection, ConnectionState, connection_id

PORTAL, REALM, OTHER = "48120771", "9130350000000000", "9130350000000001"
SQS_BYTES_MAX = 256 * 1_024


def connection(portal=PORTAL, realm=REALM, state=ConnectionState.CONNECTED, settings=None) -> Connection:
    return Connection(connection_id(portal, realm), portal, realm, state, settings=settings or {})


def only_if(*properties: str) -> dict[str, Any]:
    group = {"all": [{"property": one, "operator": "known"} for one in properties]}
    return {"contacts": {"filters": {"to_quickbooks": [group]}}}


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


@pytest.mark.parametrize("kind", ["company", "deal", "invoice"])
def test_an_associated_record_is_expanded_once(kind):
    filtered = connection(settings=only_if(f"{kind}.x"))
    (one,) = messages_for([notice("7", kind=kind), notice("7", kind=kind)], [filtered])
    assert (one.connection, one.source, one.id) == (filtered.id, "associated", f"{kind}:7")
    assert told_of([from_body(to_body(one))]) == {kind: {"7": Told("a cause")}}


@pytest.mark.parametrize(("ats", "at"), [([1.0, 3.0, 2.0], 3.0), ([1.0, None], None), ([None, 1.0], None)])
def test_of_several_notices_about_one_the_least_droppable_counts(ats, at):
    """A merge has no time. Beside a rename that was seen already it must not be taken for seen."""
    (one,) = messages_for([notice("7", kind="company", at=at) for at in ats], [connection()])
    assert told_of([one])["company"]["7"].at == at


def test_every_cause_is_told():
    some = [Notice(PORTAL, Side.HUBSPOT, "company", "7", cause) for cause in ("one", "two", "one")]
    (one,) = messages_for(some, [connection()])
    assert told_of([one]) == {"company": {"7": Told("one, two")}}


COMPANY, DEAL, INVOICE = (only_if(name) for name in ("company.city", "deal.dealstage", "invoice.hs_invoice_status"))


@pytest.mark.parametrize(
    ("kind", "more", "settings", "wanted"),
    [
        # property changes
        ("company", {"property": "name"}, {}, True),
        ("company", {"property": "name"}, COMPANY, True),
        ("company", {"property": "city"}, {}, False),
        ("company", {"property": "city"}, COMPANY, True),
        ("company", {"property": "city"}, DEAL, False),
        ("company", {"property": "dealstage"}, DEAL, False),
        ("deal", {"property": "dealstage"}, {}, False),
        ("deal", {"property": "dealstage"}, DEAL, True),
        ("deal", {"property": "name"}, DEAL, False),
        ("deal", {"property": "amount"}, only_if("deal.dealstage", "deal.amount"), True),
        ("invoice", {"property": "hs_invoice_status"}, {}, False),
        ("invoice", {"property": "hs_invoice_status"}, INVOICE, True),
        ("invoice", {"property": "hs_invoice_status"}, only_if("hs_invoice_status"), False),
        ("invoice", {"property": "hs_comments"}, INVOICE, False),
        # creation, deletion, restore, merge
        ("company", {}, {}, True),
        ("deal", {}, {}, False),
        ("deal", {}, DEAL, True),
        ("invoice", {}, DEAL, False),
        ("invoice", {}, INVOICE, True),
        # the contact itself, and its associations
        ("contact", {"property": "email"}, {}, True),
        ("contact", {}, {}, True),
        ("contact", {"linked_to": "company"}, {}, True),
        ("contact", {"linked_to": "deal"}, {}, False),
        ("contact", {"linked_to": "deal"}, INVOICE, False),
        ("contact", {"linked_to": "invoice"}, INVOICE, True),
        ("contact", {"linked_to": "deal"}, DEAL, True),
    ],
)
def test_what_no_filter_asks_about_makes_no_message(kind, more, settings, wanted):
    assert bool(messages_for([notice(kind=kind, **more)], [connection(settings=settings)])) == wanted


def test_each_connections_own_filters_decide():
    two = [connection(settings=INVOICE), connection(realm=OTHER, settings=DEAL)]
    messages = messages_for([notice(kind="invoice")], two)
    assert [one.connection for one in messages] == [two[0].id]


@pytest.mark.parametrize(
    "settings",
    [
        {"contacts": None}, {"contacts": []}, {"contacts": {"filters": None}}, {"contacts": {"filters": "all"}},
        {"contacts": {"filters": {"to_quickbooks": [None, {"all": [None, {"property": 7}]}, {"property": ["x"]}]}}},
        {"contacts": {"filters": {"to_hubspot": [{"all": [{"property": "invoice.hs_invoice_status"}]}]}}},
        only_if("ticket.subject", "PrimaryPhone.FreeFormNumber", "."),
    ],
)  # fmt: skip
def test_whatever_the_settings_hold_the_receiver_goes_on(settings):
    every = [notice(kind=kind, property="hs_invoice_status") for kind in ("invoice", "deal", "contact")]
    (job,) = messages_for(every, [connection(settings=settings)])
    assert isinstance(job, Job)


def test_a_company_expansion_of_the_version_before_is_still_read():
    old = [Expand(connection().id, "company", "7", "5.5"), Expand(connection().id, "company", "8")]
    cause = "HubSpot company propertyChange name"
    assert told_of(old) == {"company": {"7": Told(cause, 5.5), "8": Told(cause)}}


@pytest.mark.parametrize(
    ("ats", "at"), [((1.0, 2.0), 2.0), ((2.0, 1.0), 2.0), ((None, 2.0), None), ((2.0, None), None)]
)
def test_of_two_expansions_about_one_record_the_least_droppable_counts(ats, at):
    some = [Expand(connection().id, "company", "7", str(one or "")) for one in ats]
    assert told_of(some)["company"]["7"].at == at


@pytest.mark.parametrize(("subject", "key"), [("company", "7"), ("deal", "deal:7"), ("invoice", "invoice:7")])
def test_the_contacts_of_an_associated_record_are_looked_at_with_its_time_not_theirs(subject, key):
    links = {"7": [AssociationTo(toObjectId="101"), AssociationTo(toObjectId="102")], "9": []}
    told = {"7": Told("a cause", 5.0), "8": Told("of one without contacts")}
    assert contacts_of(connection().id, subject, links, told) == [
        Job(connection().id, Kind.CUSTOMER, Side.HUBSPOT, one, "a cause", at=5.0, company=key) for one in ("101", "102")
    ]


OFF = {"products": {"enabled": False}, "invoices": {"enabled": False}}
ON = {"products": {}, "invoices": {}}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (notice("9", Side.QUICKBOOKS, "item", at=1.0), Kind.PRODUCT),
        (notice("9", kind="product", at=1.0, property="price"), Kind.PRODUCT),
        (notice("9", kind="product"), Kind.PRODUCT),
        (notice("9", Side.QUICKBOOKS, "invoice", at=1.0), Kind.INVOICE),
        (notice("9", Side.QUICKBOOKS, "payment"), Kind.PAYMENT),
        (notice("9", kind="invoice"), Kind.INVOICE),  # deleted, restored
        (notice("9", kind="invoice", linked_to="deal"), Kind.INVOICE),
    ],
)
def test_products_invoices_and_payments_are_looked_at(told, kind):
    """Where the settings have them; while they are off that is noted with the record, where they are silent nothing."""
    for settings in (ON, OFF):
        messages = messages_for([told], [connection(settings=settings)])
        at = told.at
        assert messages == [Job(connection().id, kind, told.side, "9", "a cause", at=at)]
    for silent in ({}, {"products": None, "invoices": None}, {"products": [], "invoices": "yes"}):
        assert messages_for([told], [connection(settings=silent)]) == []


@pytest.mark.parametrize(
    "told",
    [
        notice("9", kind="invoice", at=1.0, property="hs_comments"),
        notice("9", kind="invoice", property="hs_comments"),  # without a readable time
        notice("9", kind="invoice", at=1.0),  # its creation
        notice("9", kind="deal", at=1.0, property="quickbooks_invoice_amount"),
        notice("9", kind="deal"),
        notice("9", Side.QUICKBOOKS, "creditmemo", at=1.0),  # what applies it tells of the invoices
    ],
)
def test_what_a_mirrored_invoice_does_not_follow_makes_no_job(told):
    assert messages_for([told], [connection(settings=ON)]) == []


def test_an_invoice_in_hubspot_may_concern_a_filter_and_its_mirror():
    both = connection(settings={**ON, **only_if("invoice.hs_invoice_status")})
    job, beside = messages_for([notice("9", kind="invoice")], [both])
    assert (job.kind, job.id) == (Kind.INVOICE, "9")
    assert (beside.source, beside.id) == ("associated", "invoice:9")


def test_an_invoice_given_to_a_deal_concerns_no_filter():
    """Filters ask about the contact's own associations."""
    filtered = connection(settings=only_if("invoice.hs_invoice_status", "deal.dealstage"))
    assert messages_for([notice("9", kind="invoice", linked_to="deal")], [filtered]) == []


@pytest.mark.parametrize("event", ["creation", "propertyChange amount", "deletion", "merge", "restore"])
@pytest.mark.parametrize("settings", [ON, OFF, {}])
def test_the_invoices_of_a_deal_that_takes_over_or_comes_back_are_looked_for(event, settings):
    cause = f"HubSpot deal {event}"
    told = [Notice(PORTAL, Side.HUBSPOT, "deal", own, cause) for own in ("7", "8", "7")]
    expected = [Expand(connection().id, "deal", own, cause) for own in ("7", "8")]
    wanted = settings is ON and event in ("merge", "restore")
    assert messages_for(told, [connection(settings=settings)]) == (expected if wanted else [])


def test_records_of_different_kinds_with_one_id_do_not_fold():
    every = [notice("9", Side.QUICKBOOKS, one) for one in ("customer", "item", "invoice", "payment")]
    assert [one.kind for one in messages_for(every, [connection(settings=ON)])] == list(Kind)


def test_a_void_is_not_lost_among_edits():
    """Whatever comes before or after it, the job says so, and no held date outdates it."""
    told = [Notice(REALM, Side.QUICKBOOKS, "invoice", "9", f"QuickBooks invoice {what}", at)
            for what, at in (("updated", 1.0), ("voided", None), ("emailed", 3.0))]  # fmt: skip
    (job,) = messages_for(told, [connection(settings=ON)])
    assert "QuickBooks invoice voided" in job.cause
    assert job.at is None


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


@pytest.mark.parametrize(
    ("stamps", "kept"),
    [
        ({}, 0),
        ({f"deal:{n}": 1e9 + n for n in range(100)}, 100),  # changed together: a sweep shows them all again
        ({f"deal:{n}": 1e9 + n * SEEN_TOGETHER_S * 2 for n in range(100)}, SEEN_KEPT),
        ({f"deal:{n}": 1e9 for n in range(SEEN_MAX + 1)}, SEEN_MAX),
        ({**{f"deal:{n}": 1e9 for n in range(30)}, "invoice:1": 2e9, "7": 2e9}, 32),  # each kind by its own latest
    ],
)
def test_stamps_of_associated_records_are_remembered_as_long_as_a_sweep_shows_them(stamps, kept):
    found = without_old(stamps)
    assert len(found) == kept
    assert found.items() <= stamps.items()
