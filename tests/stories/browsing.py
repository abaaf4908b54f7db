"""A browser without a screen: it follows redirects one by one, keeps cookies, and can be stopped on the way."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

HOPS_MAX = 12


class Browser:
    def __init__(self) -> None:
        self._http = requests.Session()

    def open(self, url: str, *, stop_before: str = "") -> requests.Response:
        """The page that an address leads to; or the redirect that leads to `stop_before`, which is not followed."""
        for _ in range(HOPS_MAX):
            reply = self._http.get(url, allow_redirects=False, timeout=30)
            if not reply.is_redirect:
                return reply
            url = reply.headers["Location"]
            if stop_before and stop_before in url:
                return reply
        raise AssertionError(f"it leads round and round: {url}")

    def way_to(self, url: str, callback: str) -> str:
        """The address of the callback that a consent leads to, not visited yet."""
        return self.open(url, stop_before=f"/connect/{callback}/callback").headers["Location"]


def said(reply: requests.Response) -> str:
    """The page's words."""
    body = re.sub(r"<style>.*?</style>", "", reply.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def button(reply: requests.Response) -> str:
    """Where the page's button leads."""
    found = re.search(r'class="button" href="([^"]+)"', reply.text)
    assert found, said(reply)
    return unescape(found[1])


def changed(url: str, **values: str | None) -> str:
    """The address with other query parameters; None takes one out."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **values}
    return urlunsplit(parts._replace(query=urlencode({name: value for name, value in query.items() if value})))
