"""A page with one form, as a browser without scripts sees it. The tests of both imitations use it."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests


class Page(HTMLParser):
    """What the page asks and offers; `press` does what the browser does when a button is pressed."""

    def __init__(self, reply: requests.Response) -> None:
        super().__init__()
        assert reply.headers["Content-Type"].startswith("text/html"), reply.text
        self.status = reply.status_code
        self.method = ""
        self.action = ""
        self.select = ""
        self.options: list[str] = []
        self.chosen = ""
        self.buttons: dict[str, tuple[str, str]] = {}
        self.items: list[str] = []
        self.error = ""
        self._url = reply.url
        self._open = ""
        self.feed(reply.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self._open = known.get("id") if tag == "p" and known.get("id") else tag
        match tag:
            case "form":
                self.method, self.action = known["method"], urljoin(self._url, known["action"])
            case "select":
                assert known["id"] == known["name"]
                self.select = known["name"]
            case "option":
                self.options.append(known["value"])
                self.chosen = known["value"] if "selected" in known else self.chosen or known["value"]
            case "button":
                self.buttons[known["id"]] = (known["name"], known["value"])
            case "script" | "style":
                raise AssertionError(f"the page has a {tag}")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser calls it so
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "li":
            self.items.append(data)
        if self._open == "error":
            self.error = data

    def press(self, button: str, pick: str | None = None) -> requests.Response:
        name, value = self.buttons[button]
        form = {self.select: pick or self.chosen, name: value}
        return requests.request(self.method, self.action, data=form, allow_redirects=False, timeout=10)


def sent_back(reply: requests.Response, callback: str) -> dict[str, str]:
    """What the browser brings to the app's callback."""
    assert reply.status_code == 302, reply.text
    assert reply.headers["Location"].startswith(f"{callback}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}
