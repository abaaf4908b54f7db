"""QuickBooks' faults, code by code (reference section 9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Busy, CallFailed, Category, ReconnectNeeded, Rejected, Unknown
from chalicelib.quickbooks.faults import failure, fault_in
from tests.chalicelib.answering import HTML, Answer, response


def fault(code, message="Message", detail="Detail : why", element=""):
    error = {"Message": message, "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "2026-11-02T13:00:01.221-08:00"}


def gateway(code, message, kind="SERVICE"):
    error = {"message": message, "detail": None, "code": code, "element": None}
    return {"warnings": None, "fault": {"error": [error], "type": kind}, "batchItemResponse": [], "time": 1}


def answered(status, body) -> CallFailed:
    return failure(response(Answer(status, body)))


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("6240", Category.NAME_TAKEN),
        ("6080", Category.MISSING_FIELD),
        ("2020", Category.MISSING_FIELD),
        ("2040", Category.INVALID_VALUE),
        ("2050", Category.INVALID_VALUE),
        ("2080", Category.INVALID_VALUE),
        ("2170", Category.INVALID_VALUE),
        ("2210", Category.INVALID_VALUE),
        ("2500", Category.INVALID_VALUE),
        ("6180", Category.INVALID_VALUE),
        ("6000", Category.INVALID_VALUE),
        ("6200", Category.CLOSED_PERIOD),
        ("6210", Category.CLOSED_PERIOD),
        ("6100", Category.TAX),
        ("5020", Category.PERMISSION),
        ("5030", Category.PERMISSION),
        ("6190", Category.PERMISSION),
        ("6220", Category.CONFLICT),
        ("6280", Category.CONFLICT),
        ("610", Category.CONFLICT),
        ("5010", Category.CONFLICT),
        ("500", Category.DEFECT),
        ("4000", Category.DEFECT),
        ("4001", Category.DEFECT),
        ("3000", Category.DEFECT),
        ("", Category.DEFECT),
    ],
)
def test_a_definite_no_has_a_category(code, category):
    failed = answered(400, fault(code))
    assert isinstance(failed, Rejected)
    assert (failed.status, failed.trouble.category, failed.trouble.code) == (400, category, code)
    assert failed.trouble.fix


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, gateway("3001", "message=ThrottleExceeded; errorCode=003001; statusCode=429"), "3001"),
        (403, fault("3001"), "3001"),
        (400, fault("003001"), "3001"),
        (429, HTML, ""),
        (429, None, ""),
    ],
)
def test_a_throttle_is_waited_for_a_minute(status, body, code):
    failed = answered(status, body)
    assert isinstance(failed, Busy)
    assert (failed.wait_s, failed.vendor, failed.trouble.category) == (60.0, "QuickBooks", Category.THROTTLED)
    assert failed.trouble.code == code


@pytest.mark.parametrize("code", ["140", "150"])
def test_a_company_that_is_locked_or_under_maintenance_is_waited_for(code):
    failed = answered(400, fault(code))
    assert isinstance(failed, Busy)
    assert failed.wait_s >= 60


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, gateway("3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401", "AUTHENTICATION")),
        (403, gateway("3100", "message=AuthorizationFailed; errorCode=003100; statusCode=403")),
        (401, fault("003200")),
        (401, HTML),
        (401, "<?xml version='1.0'?><IntuitResponse/>"),
        (401, fault("120")),
    ],
)
def test_a_token_that_is_not_accepted_asks_for_a_reconnect(status, body):
    """The gateway speaks in lower case."""
    failed = answered(status, body)
    assert isinstance(failed, ReconnectNeeded)
    assert failed.trouble.category is Category.RECONNECT_NEEDED


@pytest.mark.parametrize(
    ("status", "body", "ended"),
    [
        (500, fault("10000"), True),
        (200, fault("10000"), True),
        (400, fault("10000"), True),
        (500, fault("6240"), True),
        (502, HTML, True),
        (503, HTML, True),
        (504, HTML, False),  # a time-out: what was sent may still be under way
        (404, HTML, True),
        (400, "<?xml version='1.0'?>", True),
        (200, HTML, True),
        (200, "[]", True),
    ],
)
def test_an_answer_that_cannot_be_trusted_leaves_the_outcome_unknown(status, body, ended):
    failed = answered(status, body)
    assert isinstance(failed, Unknown)
    assert (failed.ended, failed.trouble.category) == (ended, Category.VENDOR_DOWN)
    assert "<" not in failed.trouble.message


def test_a_fault_within_an_http_200_is_a_refusal():
    failed = answered(200, fault("6190"))
    assert isinstance(failed, Rejected)
    assert failed.trouble.category is Category.PERMISSION


@pytest.mark.parametrize(
    "body",
    [
        fault("6240", "Duplicate Name Exists Error", "The name supplied already exists. : Another \nname."),
        {"fault": {"error": [{"Message": "x", "CODE": "6240", "Detail": "The name supplied already exists."}]}},
        {"Fault": {"Error": {"code": "6240", "Detail": "The name supplied already exists."}}},
        {"Fault": {"Error": ["odd", {"code": 6240, "Detail": "The name supplied already exists."}]}},
    ],
)
def test_a_fault_is_read_in_every_spelling(body):
    found = fault_in(body)
    assert found is not None
    assert (found.code, found.detail.split(".")[0]) == ("6240", "The name supplied already exists")


@pytest.mark.parametrize("body", [None, [], "text", {}, {"Fault": None}, {"Fault": "x"}, {"Customer": {"Id": "1"}}])
def test_where_there_is_no_fault_there_is_none(body):
    assert fault_in(body) is None


def test_a_refusal_names_its_field_in_one_line_of_words():
    found = fault_in(fault("2050", detail="String length\nis too   long", element="GivenName"))
    assert found is not None
    assert found.trouble.message == "QuickBooks refused it (GivenName): String length is too long"
    assert not set("{}[]") & set(found.trouble.message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FAULTS = st.dictionaries(
    st.sampled_from(["Fault", "fault", "FAULT"]),
    JSON | st.dictionaries(st.sampled_from(["Error", "error"]), JSON | st.lists(JSON, max_size=2), max_size=2),
    max_size=2,
)


@given(st.sampled_from([200, 302, 400, 401, 403, 404, 413, 429, 500, 503]), FAULTS | JSON)
def test_any_answer_becomes_an_outcome(status, body):
    failed = answered(status, body)
    assert isinstance(failed, CallFailed)
    assert failed.trouble.message
