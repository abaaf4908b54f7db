"""Small things about HTTP that the routes share."""

from __future__ import annotations

import json
import uuid
from typing import Any

from werkzeug import Request, Response

from local.quickbooks import faults

JSON = "application/json;charset=UTF-8"


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """A JSON reply with the headers of reference 2.2."""
    return stamped(Response(json.dumps(body, ensure_ascii=False), status, headers, content_type=JSON))


def empty() -> Response:
    return stamped(Response("", 200))


def page(status: int, html: str) -> Response:
    """What a person sees in a browser."""
    return stamped(Response(html, status, content_type="text/html;charset=UTF-8"))


def html(status: int) -> Response:
    """What an edge server says when nobody behind it answers (reference 9.1)."""
    text = f"<html><head><title>{status}</title></head><body><h1>HTTP {status}</h1></body></html>"
    return stamped(Response(text, status, content_type="text/html"))


def stamped(response: Response) -> Response:
    response.headers["intuit_tid"] = f"1-{uuid.uuid4()}"
    return response


def body_text(request: Request) -> str:
    return request.get_data(as_text=True)


def json_body(request: Request) -> Any:
    """The body as JSON; 2010 if it is none."""
    require_content_type(request, "application/json")
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise faults.unsupported_property("") from None


def require_content_type(request: Request, wanted: str) -> None:
    if request.mimetype != wanted:
        raise faults.invalid_content_type(request.mimetype, wanted)


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
