"""Proof that a request came from HubSpot: the reference's test vectors, and what must be refused."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from chalicelib.hubspot.signature import is_genuine

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URI = "https://www.example.com/webhook_uri"
CREATION = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":'
    b'"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
)
SINGLE, DOUBLE = b"{'example_field':'example_value'}", b'{"example_field":"example_value"}'
STAMP = 1_693_657_560_000
NOW = STAMP / 1_000
SIGNED = "oaA3M5dEtt6kFsseJD/Hv/x+JNl1vsoxFj4oxmwP6Go="  # DOUBLE at STAMP


def v12(signature, version) -> dict[str, str]:
    return {"X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": version}


def v3(signature=SIGNED, stamp=STAMP) -> dict[str, str]:
    return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": str(stamp)}


def sign(body, stamp=STAMP, uri=URI, method="POST", secret=SECRET) -> str:
    digest = hmac.new(secret.encode(), f"{method}{uri}".encode() + body + str(stamp).encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


def sha(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


VECTORS = [
    (v12("232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de", "v1"), "POST", CREATION),
    (v12("eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e", "v2"), "GET", b""),
    (v12("9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900", "v2"), "POST", DOUBLE),
    (v12("69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750", "v1"), "POST", SINGLE),
    (v12("4fe4e3a7d3cf09db53be39d0a58130e2aaba074ec123a9e355b876a689a1c383", "v2"), "POST", SINGLE),
    (v3("K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="), "POST", SINGLE),
    (v3(), "POST", DOUBLE),
]


@pytest.mark.parametrize(("headers", "method", "body"), VECTORS)
def test_every_vector_of_the_reference_is_genuine(headers, method, body):
    assert is_genuine(headers, method, URI, body, SECRET, NOW)


@pytest.mark.parametrize(("headers", "method", "body"), VECTORS)
def test_no_vector_holds_for_another_body_or_secret(headers, method, body):
    assert not is_genuine(headers, method, URI, body + b" ", SECRET, NOW)
    assert not is_genuine(headers, method, URI, body, SECRET + "x", NOW)


@pytest.mark.parametrize(
    ("headers", "method", "body"), [row for row in VECTORS if row[0].get("X-HubSpot-Signature-Version") != "v1"]
)
def test_from_v2_on_a_signature_is_bound_to_the_address_and_the_method(headers, method, body):
    assert not is_genuine(headers, method, URI + "?a=1", body, SECRET, NOW)
    assert not is_genuine(headers, "PUT", URI, body, SECRET, NOW)


@pytest.mark.parametrize(
    ("age_ms", "genuine"), [(0, True), (299_999, True), (300_001, False), (86_400_000, False), (-300_001, False)]
)
def test_a_v3_signature_holds_for_five_minutes(age_ms, genuine):
    assert is_genuine(v3(), "POST", URI, DOUBLE, SECRET, (STAMP + age_ms) / 1_000) is genuine


@pytest.mark.parametrize("stamp", ["", "yesterday", "-1", "1e12", " ", "9" * 5_000, f"{STAMP}.0"])
def test_a_v3_timestamp_that_is_none_is_refused(stamp):
    headers = {"X-HubSpot-Signature-v3": sign(DOUBLE, stamp), "X-HubSpot-Request-Timestamp": stamp}
    assert not is_genuine(headers, "POST", URI, DOUBLE, SECRET, NOW)


def test_a_v3_signature_without_its_timestamp_is_refused():
    assert not is_genuine({"X-HubSpot-Signature-v3": SIGNED}, "POST", URI, DOUBLE, SECRET, NOW)


def test_a_replay_under_a_newer_timestamp_is_refused():
    """The timestamp is part of what is signed."""
    later = v3(stamp=STAMP + 600_000)
    assert not is_genuine(later, "POST", URI, DOUBLE, SECRET, NOW + 600)


@pytest.mark.parametrize(
    "bad", [v3("wrong"), v3(""), v3(stamp=STAMP - 300_001), {"X-HubSpot-Signature-v3": SIGNED}]
)  # fmt: skip
def test_a_request_with_v3_is_never_judged_by_a_weaker_signature(bad):
    """The v1 beside it holds, and does not count."""
    headers = {**v12(sha(SECRET.encode() + DOUBLE), "v1"), **bad}
    assert is_genuine(v12(sha(SECRET.encode() + DOUBLE), "v1"), "POST", URI, DOUBLE, SECRET, NOW)
    assert not is_genuine(headers, "POST", URI, DOUBLE, SECRET, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-HubSpot-Signature-Version": "v1"},
        v12("", "v1"),
        v12("", "v2"),
        v12(sha(SECRET.encode() + DOUBLE), "v9"),
        v12("sígnature", "v1"),
    ],
)
def test_what_is_missing_or_unknown_is_refused(headers):
    assert not is_genuine(headers, "POST", URI, DOUBLE, SECRET, NOW)


@pytest.mark.parametrize("write", [str.lower, str.upper, str.title])
def test_header_names_are_read_in_any_case(write):
    headers = {write(name): value for name, value in v3().items()}
    assert is_genuine(headers, "POST", URI, DOUBLE, SECRET, NOW)


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("?a=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B", "?a=:/?@!$'()*,;"),
        ("?a=%20%25%26%3D", "?a=%20%25%26%3D"),  # these, and only these
        ("?a=%253A", "?a=%253A"),
    ],
)
def test_the_documented_percent_codes_are_decoded_before_hashing(called, signed):
    headers = v3(sign(DOUBLE, uri=URI + signed))
    assert is_genuine(headers, "POST", URI + called, DOUBLE, SECRET, NOW)
