"""QuickBooks' client against a vendor that answers in process: caps, quoting, faults, tokens and the bill."""

from __future__ import annotations

import re

import pytest

from chalicelib.failures import OutOfTime, ReconnectNeeded, Rejected, Unknown
from chalicelib.jobs import Realm
from chalicelib.quickbooks.client import QuickBooks, quoted, select_where_in
from chalicelib.quickbooks.models import Customer
from tests.chalicelib.answering import HTML, Answer, Badge, Vendor, transport

REALM = "9130350000000000"
HOME = f"/v3/company/{REALM}"


def client(answers, **more) -> tuple[QuickBooks, Vendor]:
    vendor = Vendor(answers if callable(answers) else lambda _asked: answers)
    speaker = more.pop("speaker", None) or Badge(Realm(REALM))
    return QuickBooks(transport(vendor, "QuickBooks", speaker=speaker, **more)), vendor


def fault(code) -> dict:
    return {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": code}], "type": "ValidationFault"}}


def create(number) -> dict:
    return {"bId": str(number), "operation": "create", "Customer": {"DisplayName": f"C{number}"}}


def carried_out(asked) -> Answer:
    replies = [{"bId": one["bId"], "Customer": {"Id": one["bId"]}} for one in asked.body["BatchItemRequest"]]
    return Answer(200, {"BatchItemResponse": replies, "time": "2026-11-02T13:00:01.221-08:00"})


def test_every_call_names_the_minor_version_and_asks_for_json():
    quickbooks, vendor = client(carried_out)
    quickbooks.batch([create(1)], "create", "request-1")
    (asked,) = vendor.asked
    assert (asked.method, asked.path) == ("POST", f"{HOME}/batch")
    assert asked.params == {"minorversion": "75", "requestid": "request-1"}
    assert asked.headers["Accept"] == "application/json"


def test_thirty_items_go_in_one_call_and_each_has_its_own_reply():
    quickbooks, vendor = client(carried_out)
    replies = quickbooks.batch([create(number) for number in range(30)], "create 30")
    assert sorted(replies, key=int) == [str(number) for number in range(30)]
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(("allowed", "sizes"), [(25, [30, 15, 15]), (10, [30, 15, 7, 8, 15, 7, 8])])
def test_a_company_that_allows_fewer_items_gets_halves_of_the_same_request(allowed, sizes):
    """The request id and the bIds stay: together they are what QuickBooks tells a repetition by."""

    def answers(asked) -> Answer:
        return Answer(400, fault("1040")) if len(asked.body["BatchItemRequest"]) > allowed else carried_out(asked)

    quickbooks, vendor = client(answers)
    replies = quickbooks.batch([create(number) for number in range(30)], "create 30", "request-1")
    assert sorted(replies, key=int) == [str(number) for number in range(30)]
    assert [len(asked.body["BatchItemRequest"]) for asked in vendor.asked] == sizes
    assert {asked.params["requestid"] for asked in vendor.asked} == {"request-1"}


def test_a_single_item_that_is_too_many_is_a_refusal():
    quickbooks, vendor = client(Answer(400, fault("1040")))
    with pytest.raises(Rejected):
        quickbooks.batch([create(1)], "create 1")
    assert len(vendor.asked) == 1


def test_within_a_batch_one_fault_is_one_items():
    body = {"BatchItemResponse": [
        {"bId": "0", "Customer": {"Id": "58"}},
        {"bId": "1", **fault("5010")},
        {"bId": "2", "QueryResponse": {"Customer": [{"Id": "59"}], "maxResults": 1}},
        {"bId": "3", "QueryResponse": {}},
    ]}  # fmt: skip
    quickbooks, _ = client(Answer(200, body))
    replies = quickbooks.batch([create(0)], "some")
    assert (replies["0"].fault, replies["0"].raw["Customer"]["Id"]) == (None, "58")
    assert replies["1"].fault.code == "5010"
    assert replies["2"].rows("Customer") == [{"Id": "59"}]
    assert replies["3"].rows("Customer") == []
    assert "4" not in replies


def test_an_empty_batch_reply_answers_nobody():
    """Captured at the vendor: a 200 that did nothing."""
    quickbooks, _ = client(Answer(200, {"BatchItemResponse": [], "time": "…"}))
    assert quickbooks.batch([create(0)], "some") == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Acme", "'Acme'"),
        ("O'Neil", r"'O\'Neil'"),
        ("back\\slash", r"'back\\slash'"),
        ("\\'", r"'\\\''"),
        ("' or Active = true --", r"'\' or Active = true --'"),
        ('"double"', "'\"double\"'"),
        ("Müller & Söhne", "'Müller & Söhne'"),
    ],
)
def test_a_value_is_quoted_for_the_query_language(value, text):
    assert quoted(value) == text
    assert text in select_where_in("Vendor", "DisplayName", ["x", value])


def test_a_query_reaches_the_vendor_whole():
    quickbooks, vendor = client(Answer(200, {"QueryResponse": {"Customer": [{"Id": "1"}]}}))
    statement = select_where_in("Customer", "DisplayName", ["O'Neil & \\Söhne", "100% + more?"])
    assert quickbooks.query(statement, "Customer", "look up") == [{"Id": "1"}]
    assert vendor.asked[0].params["query"] == statement
    assert "Active in (true, false)" in statement


@pytest.mark.parametrize("body", [{"QueryResponse": {}}, {"QueryResponse": {"Vendor": [1]}}])
def test_an_empty_result_is_no_rows(body):
    quickbooks, _ = client(Answer(200, body))
    assert quickbooks.query("select", "Customer", "look up") == []


@pytest.mark.parametrize("body", [{}, {"QueryResponse": None}, {"QueryResponse": [1]}, {"QueryResponse": "none"}])
def test_an_answer_without_a_result_says_nothing_about_rows(body):
    """Nor that there are none: what is there would be made once more."""
    quickbooks, _ = client(Answer(200, body))
    with pytest.raises(Unknown):
        quickbooks.query("select", "Customer", "look up")
    with pytest.raises(Unknown):
        quickbooks.changes(["Customer"], "2026-11-01T00:00:00Z")


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (100, [100]), (101, [100, 1]), (230, [100, 100, 30])])
def test_customers_are_read_a_hundred_ids_at_a_time(count, sizes):
    def answers(asked) -> Answer:
        ids = re.findall(r"'(\d+)'", asked.params["query"])
        return Answer(200, {"QueryResponse": {"Customer": [{"Id": one, "Active": False} for one in ids]}})

    quickbooks, vendor = client(answers)
    ids = [str(number) for number in range(count)]
    assert [one.Id for one in quickbooks.rows(Customer, [*ids, *ids])] == ids
    assert [len(re.findall(r"'\d+'", asked.params["query"])) for asked in vendor.asked] == sizes
    assert all("Active in (true, false)" in asked.params["query"] for asked in vendor.asked)
    assert all("maxresults 1000" in asked.params["query"] for asked in vendor.asked)


@pytest.mark.parametrize(
    "answer", [Answer(400, fault("610")), Answer(200, fault("610")), Answer(404, fault("610"))]
)  # fmt: skip
def test_a_customer_that_is_gone_is_none(answer):
    quickbooks, _ = client(answer)
    assert quickbooks.row(Customer, "58") is None


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Answer(404, HTML), Unknown),  # no proof that the customer is gone
        (Answer(503, HTML), Unknown),
        (Answer(200, HTML), Unknown),
        (Answer(200, fault("10000")), Unknown),
        (Answer(400, fault("5020")), Rejected),
        (Answer(200, fault("6190")), Rejected),  # a 200 may hold a fault
        (Answer(403, {"fault": {"error": [{"code": "3100", "message": "m", "detail": None}]}}), ReconnectNeeded),
    ],
)
def test_what_is_no_success_is_a_failure_whatever_the_status_says(answer, failed):
    quickbooks, _ = client(answer)
    with pytest.raises(failed):
        quickbooks.row(Customer, "58")


def test_a_customer_is_read_with_what_the_sync_does_not_know():
    raw = {"Id": 58, "SyncToken": "3", "DisplayName": "Acme (deleted)", "Active": False, "Balance": 12.5,
           "PrimaryEmailAddr": {"Address": "A@x.test; b@x.test"}, "Taxable": True, "New": [{"a": 1}],
           "MetaData": {"LastUpdatedTime": "2026-11-02T01:15:00-08:00"}}  # fmt: skip
    quickbooks, _ = client(Answer(200, {"Customer": raw, "time": "2026-11-02T13:00:01.221-08:00"}))
    customer = quickbooks.row(Customer, "58")
    assert (customer.Id, customer.plain_name, customer.emails) == ("58", "Acme", ["a@x.test", "b@x.test"])
    assert (customer.text("Taxable"), customer.text("Balance"), customer.text("BillAddr.City")) == ("true", "12.5", "")
    assert customer.modified == 1_793_610_900.0
    assert customer.raw == raw


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ([{"QueryResponse": [{"Customer": [{"Id": "58"}], "startPosition": 1}, {"Vendor": [{"Id": "7"}]}]}],
         {"Customer": [{"Id": "58"}], "Vendor": [{"Id": "7"}]}),
        ([{"QueryResponse": [{}]}], {}),
        ([{"QueryResponse": [{}, {"Customer": [{"Id": "58", "status": "Deleted"}]}, {}]}],
         {"Customer": [{"Id": "58", "status": "Deleted"}]}),
        ([], {}),
    ],
)  # fmt: skip
def test_changes_are_told_by_entity_wherever_they_stand(response, found):
    quickbooks, vendor = client(Answer(200, {"CDCResponse": response, "time": "2026-11-02T13:00:01.221-08:00"}))
    assert quickbooks.changes(["Customer", "Vendor"], "2026-11-01T00:00:00Z") == (
        found, 1_793_653_201.221,
    )  # fmt: skip
    assert vendor.asked[0].params["entities"] == "Customer,Vendor"
    assert vendor.asked[0].params["changedSince"] == "2026-11-01T00:00:00Z"


def test_the_bill_counts_reads_and_queries_and_no_writes():
    quickbooks, _ = client(
        lambda asked: carried_out(asked) if asked.path.endswith("/batch") else Answer(200, {"QueryResponse": {}})
    )
    quickbooks.query("select", "Customer", "look up")
    quickbooks.batch([create(0), create(1)], "create 2")
    quickbooks.batch([{"bId": "0", "Query": "select"}, {"bId": "1", "Query": "select"}, create(2)], "mixed")
    assert [call.metered for call in quickbooks.transport.log.made] == [1, 0, 2]


def test_a_401_is_answered_with_one_newer_token_and_one_retry():
    expired = Answer(401, {"fault": {"error": [{"code": "3200", "message": "m"}]}})
    answers = [expired, Answer(200, {"Customer": {"Id": "58"}}), expired, expired]
    badge = Badge(Realm(REALM), ["old", "new", "newer", "newest"])
    quickbooks, vendor = client(lambda _asked: answers[len(vendor.asked) - 1], speaker=badge)
    assert quickbooks.row(Customer, "58").Id == "58"
    assert (len(vendor.asked), badge.refusals, badge.proofs) == (2, 1, 1)
    with pytest.raises(ReconnectNeeded):
        quickbooks.row(Customer, "58")
    assert (len(vendor.asked), badge.refusals, badge.proofs) == (4, 2, 1)


def test_a_client_speaks_for_the_company_whose_token_it_has():
    """The realm of every path is the token's own: there is no other place that it could come from (design D6)."""
    quickbooks, vendor = client(
        Answer(200, {"CompanyInfo": {}, "Preferences": {}}), speaker=Badge(Realm("9130350000000001"))
    )
    quickbooks.company_info()
    quickbooks.preferences()
    home = "/v3/company/9130350000000001"
    assert [asked.path for asked in vendor.asked] == [f"{home}/companyinfo/9130350000000001", f"{home}/preferences"]


def test_no_call_starts_that_would_not_fit_into_the_time_left():
    quickbooks, vendor = client(carried_out, left_s=lambda: 19.9)
    with pytest.raises(OutOfTime):
        quickbooks.batch([create(0)], "create 1")
    assert vendor.asked == []
