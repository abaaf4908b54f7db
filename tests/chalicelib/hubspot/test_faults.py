"""HubSpot's error answers: each row of the reference, and what happens next (sections 11, 12)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Busy, CallFailed, Category, ReconnectNeeded, Rejected, Unknown
from chalicelib.hubspot.faults import existing_id, failure, plain, record_ids, trace_ids, trouble
from tests.chalicelib.answering import HTML, Answer, response


def refused(status, body=None, **headers) -> CallFailed:
    return failure(response(Answer(status, body, tuple((k.replace("_", "-"), v) for k, v in headers.items()))))


def limit(policy):
    return {
        "status": "error",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "message": "You have reached your limit.",
    }


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait_s"),
    [
        (429, limit("TEN_SECONDLY_ROLLING"), {}, 10.0),
        (429, limit("SECONDLY"), {}, 1.0),
        (429, limit("DAILY"), {}, 3_600.0),
        (429, {"category": "RATE_LIMITS"}, {}, 10.0),
        (429, HTML, {}, 10.0),
        (429, None, {}, 10.0),
        (423, {"status": "error"}, {}, 2.0),
        (477, {"status": "error"}, {"Retry_After": "7200"}, 7_200.0),
        (477, {"status": "error"}, {}, 600.0),
        (477, {"status": "error"}, {"Retry_After": "Sat, 21 Nov 2026 10:00:00 GMT"}, 600.0),
    ],
)
def test_a_limit_or_a_lock_is_waited_for(status, body, headers, wait_s):
    failed = refused(status, body, **headers)
    assert isinstance(failed, Busy)
    assert (failed.wait_s, failed.vendor, failed.trouble.category) == (wait_s, "HubSpot", Category.THROTTLED)


@pytest.mark.parametrize("category", ["EXPIRED_AUTHENTICATION", "INVALID_AUTHENTICATION"])
def test_a_token_that_is_not_accepted_asks_for_a_reconnect(category):
    failed = refused(401, {"status": "error", "message": "The OAuth token expired", "category": category})
    assert isinstance(failed, ReconnectNeeded)
    assert (failed.trouble.category, failed.trouble.code) == (Category.RECONNECT_NEEDED, category)


@pytest.mark.parametrize(
    ("status", "body", "ended"),
    [
        (500, {"status": "error", "message": "internal"}, True),
        (502, HTML, True),
        (503, HTML, True),
        (521, None, True),
        (523, HTML, True),
        (504, HTML, False),  # a time-out: what was sent may still be under way
        (524, HTML, False),
        (522, HTML, True),
        (525, HTML, True),
        (526, HTML, True),
        (400, HTML, True),  # from something in between
        (404, None, True),
        (200, HTML, True),
        (200, "[]", True),
    ],
)
def test_an_answer_that_cannot_be_trusted_leaves_the_outcome_unknown(status, body, ended):
    failed = refused(status, body)
    assert isinstance(failed, Unknown)
    assert (failed.ended, failed.trouble.category) == (ended, Category.VENDOR_DOWN)
    assert "<" not in failed.trouble.message


def invalid(code, name="discount", text="discount was not a valid number"):
    inner = [{"isValid": False, "message": text, "error": code, "name": name, "portalId": 48_120_771}]
    return {
        "status": "error", "category": "VALIDATION_ERROR",
        "message": f"Property values were not valid: {json.dumps(inner)}",
        "errors": [{"message": text, "code": code, "context": {"propertyName": [name]}}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "category"),
    [
        (400, invalid("PROPERTY_DOESNT_EXIST"), Category.INVALID_VALUE),
        (400, invalid("INVALID_INTEGER"), Category.INVALID_VALUE),
        (400, invalid("INVALID_DATE"), Category.INVALID_VALUE),
        (400, invalid("INVALID_OPTION"), Category.INVALID_VALUE),
        (400, invalid("READ_ONLY_VALUE"), Category.INVALID_VALUE),
        (400, invalid("INVALID_EMAIL"), Category.INVALID_VALUE),
        (400, invalid("CONFLICTING_UNIQUE_VALUE"), Category.CONFLICT),
        (400, invalid("MISSING_REQUIRED_PROPERTY"), Category.MISSING_FIELD),
        (400, invalid("MISSING_CONDITIONAL_REQUIRED_PROPERTY"), Category.MISSING_FIELD),
        (400, {"status": "error", "message": "no"}, Category.INVALID_VALUE),
        (403, {"category": "MISSING_SCOPES", "message": "This app hasn't been granted…"}, Category.PERMISSION),
        (403, {"status": "error", "message": "This user may not."}, Category.PERMISSION),
        (405, {"status": "error", "message": "method"}, Category.DEFECT),
        (414, {"status": "error", "message": "too long"}, Category.DEFECT),
        (415, {"status": "error", "message": "type"}, Category.DEFECT),
        (409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 40118"}, Category.CONFLICT),
        (409, {"category": "CONFLICT", "message": "It is there."}, Category.CONFLICT),
        (409, {"category": "OBJECT_ALREADY_EXISTS", "message": "A property …"}, Category.CONFLICT),
    ],
)
def test_a_definite_no_has_a_category(status, body, category):
    failed = refused(status, body)
    assert isinstance(failed, Rejected)
    assert (failed.status, failed.trouble.category) == (status, category)
    assert failed.trouble.message
    assert failed.trouble.fix


def test_a_404_is_rejected_with_its_status():
    failed = refused(404, {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Object not found."})
    assert isinstance(failed, Rejected)
    assert failed.status == 404


def test_the_missing_scopes_are_named():
    body = {
        "category": "MISSING_SCOPES", "message": "…",
        "errors": [{"context": {"requiredGranularScopes": ["crm.objects.contacts.write"]}}],
    }  # fmt: skip
    assert "crm.objects.contacts.write" in trouble(body).fix


def test_a_refused_property_is_named_in_words():
    said = trouble(invalid("INVALID_INTEGER")).message
    assert "(discount)" in said
    assert "discount was not a valid number" in said


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Contact already exists. Existing ID: 40118", "40118"),
        ("Contact already exists.", None),
        ("", None),
    ],
)
def test_the_existing_contact_is_read_from_the_text(message, found):
    assert existing_id({"message": message}) == found
    assert existing_id({}) is None


@pytest.mark.parametrize(
    ("error", "traces", "ids"),
    [
        ({"context": {"objectWriteTraceId": ["t-2"]}}, ["t-2"], []),
        ({"context": {"objectWriteTraceId": "t-2"}}, ["t-2"], []),
        ({"context": {"ids": ["999", 1]}}, [], ["999", "1"]),
        ({"context": None}, [], []),
        ({}, [], []),
    ],
)
def test_an_error_of_a_batch_says_which_inputs_it_is_about(error, traces, ids):
    assert (trace_ids(error), record_ids(error)) == (traces, ids)


@pytest.mark.parametrize(
    "body",
    [
        invalid("INVALID_EMAIL", "email", "Email address is invalid"),
        {"message": 'Property values were not valid: [{"isValid":false,"message":"no","name":"email"}]'},
        {"message": 'Property values were not valid: [{"broken'},
        {"message": 'Invalid input JSON on line 1, column 2: {"email": "jane@acme.test"}'},
        {"message": "no", "errors": [{"message": 'bad: {"email": "jane@acme.test"}'}]},
        {"message": '["a", "b"]'},
        {"message": '[{"message": "{\\"email\\": \\"jane@acme.test\\"}"}]'},
    ],
)
def test_a_message_holds_no_raw_json(body):
    for said in (plain(body), trouble(body).message):
        assert not set("{}[]") & set(said)
        assert "jane@acme.test" not in said
        assert said.strip()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "message": JSON, "category": st.sampled_from(["MISSING_SCOPES", "CONFLICT", "VALIDATION_ERROR"]) | JSON,
        "context": JSON, "policyName": JSON,
        "errors": JSON | st.lists(st.fixed_dictionaries({}, optional={
            "message": JSON, "code": JSON,
            "context": JSON | st.fixed_dictionaries({}, optional={"propertyName": JSON}),
        }), max_size=2),
    },
)  # fmt: skip


@given(st.sampled_from([200, 302, 400, 401, 403, 404, 405, 409, 423, 429, 477, 500, 503, 524]), ERRORS | JSON)
def test_any_answer_becomes_an_outcome(status, body):
    """An odd error must be one call's failure, not an exception that breaks the batch."""
    failed = refused(status, body)
    assert isinstance(failed, CallFailed)
    assert failed.trouble.message
