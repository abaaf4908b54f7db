"""Bytes and headers in, proven notices out: refused is only what is not proven."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Refused
from chalicelib.jobs import Side
from chalicelib.receive import Post, from_hubspot, from_quickbooks

SECRET, TOKEN, APP, NOW = "client-secret", "verifier-token", "31415926", 1_795_166_400.0
URL = "https://sync.example.test/webhooks/hubspot"
EVENT = {
    "portalId": 48_120_771,
    "subscriptionType": "contact.creation",
    "objectId": 101,
    "occurredAt": 1_795_166_400_000,
}
CLOUD = {"type": "qbo.customer.created.v1", "intuitaccountid": "9130350000000000", "intuitentityid": "58",
         "time": "2026-11-02T21:14:09Z"}  # fmt: skip


def signed_by_hubspot(body: bytes, at=NOW) -> Post:
    stamp = str(int(at * 1_000))
    digest = hmac.new(SECRET.encode(), f"POST{URL}".encode() + body + stamp.encode(), hashlib.sha256).digest()
    headers = {"x-hubspot-signature-v3": base64.b64encode(digest).decode(), "x-hubspot-request-timestamp": stamp}
    return Post("POST", URL, headers, body)


def signed_by_intuit(body: bytes) -> Post:
    digest = hmac.new(TOKEN.encode(), body, hashlib.sha256).digest()
    return Post("POST", URL, {"intuit-signature": base64.b64encode(digest).decode()}, body)


def hubspot(post: Post):
    return from_hubspot(post, SECRET, APP, NOW)


def quickbooks(post: Post):
    return from_quickbooks(post, TOKEN)


def test_proven_events_become_notices():
    received = hubspot(signed_by_hubspot(json.dumps([EVENT, {"portalId": 1}]).encode()))
    assert [(one.side, one.id) for one in received.notices] == [(Side.HUBSPOT, "101")]
    assert received.passed_over == 1
    received = quickbooks(signed_by_intuit(json.dumps([CLOUD]).encode()))
    assert [(one.side, one.id) for one in received.notices] == [(Side.QUICKBOOKS, "58")]
    assert received.passed_over == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda post: Post(post.method, post.url, {}, post.body),
        lambda post: Post(post.method, post.url, post.headers, post.body + b" "),
        lambda post: Post(post.method, post.url, dict.fromkeys(post.headers, "wrong"), post.body),
    ],
    ids=["missing", "replayed with another body", "wrong"],
)
@pytest.mark.parametrize(
    ("receive", "sign"), [(hubspot, signed_by_hubspot), (quickbooks, signed_by_intuit)], ids=["hubspot", "quickbooks"]
)
def test_what_is_not_proven_is_refused(receive, sign, spoil):
    post = sign(json.dumps([EVENT]).encode())
    receive(post)
    with pytest.raises(Refused):
        receive(spoil(post))


@pytest.mark.parametrize(("age_s", "refused"), [(299, False), (301, True), (-301, True)])
def test_an_old_hubspot_request_is_refused(age_s, refused):
    post = signed_by_hubspot(json.dumps([EVENT]).encode(), at=NOW - age_s)
    if refused:
        with pytest.raises(Refused):
            hubspot(post)
    else:
        assert len(hubspot(post).notices) == 1


def test_a_refusal_does_not_repeat_what_it_refused():
    with pytest.raises(Refused) as refused:
        hubspot(Post("POST", URL, {"x-hubspot-signature": "jane@acme.test"}, b"jane@acme.test"))
    assert "jane" not in str(refused.value)


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"\xff\xfe", b"{", b"[" * 100_000, b"null", b"1e999", b"9" * 5_000, b'"text"', b"{}"],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_content_is_never_refused_but_counted(body):
    for received in (hubspot(signed_by_hubspot(body)), quickbooks(signed_by_intuit(body))):
        assert (received.notices, received.passed_over) == ((), 1)


@given(st.binary(max_size=60))
def test_no_bytes_whatever_raise_once_they_are_proven(body):
    assert hubspot(signed_by_hubspot(body)).passed_over >= 0
    assert quickbooks(signed_by_intuit(body)).passed_over >= 0
