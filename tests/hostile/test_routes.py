"""Every route against its description: whatever is sent, an answer of ours, with our headers, and never a 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as described

import app as routes
from chalicelib.connect import pages
from tests.hostile.gateway import Answer, Gateway
from tests.hostile.trying import tries

DESCRIBED = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text())
OPERATIONS = [(path, method) for path, one in DESCRIBED["paths"].items() for method in one]
CHECKS = [
    described.status_code_conformance, described.content_type_conformance, described.response_headers_conformance,
    described.response_schema_conformance,
]  # fmt: skip


def test_every_route_is_described_and_no_other() -> None:
    there = {(path, method.lower()) for path, methods in routes.app.routes.items() for method in methods}
    assert set(OPERATIONS) == there


def assert_ours(answer: Answer, path: str, method: str) -> None:
    """As one of ours looks: described, with its headers, and without the text of an error."""
    assert str(answer.status) in DESCRIBED["paths"][path][method]["responses"]
    assert answer.status < 500
    for word in ("Traceback", "Error(", ".py", "canary"):
        assert word not in answer.body
    for name, value in answer.headers.items():
        assert (name + value).isprintable(), "a line's end in a header begins another one"
    if path.startswith("/connect") and answer.status != 302:
        assert {name.lower(): value for name, value in pages.HEADERS.items()}.items() <= answer.headers.items()
    if path.startswith("/webhooks") and answer.status != 415:
        assert answer.headers["content-type"] == "text/plain"


def _can_be_missed(path: str, method: str) -> bool:
    """Whether a request can be made that does not fit the description; any text fits as a cookie."""
    one = DESCRIBED["paths"][path][method]
    return "requestBody" in one or any(each["in"] == "query" for each in one.get("parameters", ()))


TRIED = [
    (path, method, mode) for path, method in OPERATIONS for mode in schemathesis.GenerationMode
    if mode is schemathesis.GenerationMode.POSITIVE or _can_be_missed(path, method)
]  # fmt: skip


@pytest.mark.parametrize(("path", "method", "mode"), TRIED)
@given(data=st.data())
@tries(8)
def test_a_request_made_from_its_description_gets_an_answer_that_is_described(
    path: str, method: str, mode: schemathesis.GenerationMode, data: st.DataObject
) -> None:
    """What fits the description, and what does not."""
    gateway = Gateway()
    gateway.connect()
    schema = schemathesis.openapi.from_dict(DESCRIBED)
    schema.app = gateway.wsgi
    case = data.draw(schema[path][method.upper()].as_strategy(generation_mode=mode))
    response = case.call()
    case.validate_response(response, checks=CHECKS)
    headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    assert_ours(Answer(response.status_code, headers, response.text), path, method)
    assert gateway.queue.asked == 0  # nothing of it was signed
    assert not {"write", "page"} & set(gateway.table.asked)


def test_a_check_of_the_description_can_fail() -> None:
    """A page that lacks our headers, and an answer that is not described, are seen."""
    schema = schemathesis.openapi.from_dict(DESCRIBED)
    for status, headers in (("500 x", []), ("200 x", [("Content-Type", "text/html")])):

        def wrong(_environ: Any, start: Any, status: str = status, headers: Any = headers) -> list[bytes]:
            start(status, headers)
            return [b"Traceback"]

        schema.app = wrong
        case = schema["/connect/done"]["GET"].Case(path_parameters={}, headers={}, cookies={}, query={})
        with pytest.raises((AssertionError, FailureGroup)):
            case.validate_response(case.call(), checks=CHECKS)
