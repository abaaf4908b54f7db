"""Proof that a request came from Intuit."""

from __future__ import annotations

import pytest

from chalicelib.quickbooks.signature import is_genuine

TOKEN = "sample-verifier-token"
BODY = (
    b'[{"specversion":"1.0","id":"e-1","type":"qbo.invoice.updated.v1","intuitentityid":"130",'
    b'"intuitaccountid":"9130350000000000"}]'
)
SIGNATURE = "RVCP3qQ8/OPvq+0iIKHOPMktwKKSaJpFzYjmOnlwPd4="


@pytest.mark.parametrize("name", ["intuit-signature", "Intuit-Signature", "INTUIT-SIGNATURE"])
def test_the_vector_of_the_reference_is_genuine(name):
    assert is_genuine({"content-type": "application/json", name: SIGNATURE}, BODY, TOKEN)


@pytest.mark.parametrize(
    ("headers", "body", "token"),
    [
        ({}, BODY, TOKEN),
        ({"intuit-signature": ""}, BODY, TOKEN),
        ({"intuit-signature": SIGNATURE.lower()}, BODY, TOKEN),
        ({"intuit-signature": "sígnature"}, BODY, TOKEN),
        ({"x-hubspot-signature": SIGNATURE}, BODY, TOKEN),
        ({"intuit-signature": SIGNATURE}, BODY + b"\n", TOKEN),
        ({"intuit-signature": SIGNATURE}, BODY.replace(b"130", b"131"), TOKEN),  # replayed with another body
        ({"intuit-signature": SIGNATURE}, b"", TOKEN),
        ({"intuit-signature": SIGNATURE}, BODY, "another-token"),
    ],
)
def test_all_else_is_refused(headers, body, token):
    assert not is_genuine(headers, body, token)
