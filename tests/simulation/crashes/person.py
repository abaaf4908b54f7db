"""A person with a browser who connects two accounts, and who does not give up: what breaks off is loaded again, a page
that offers to go on is followed, and of a page that does not, a new link is asked for."""

from __future__ import annotations

import html
import json
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from chalicelib import doors
from tests.chalicelib.walk.small_world import WsgiAdapter
from tests.simulation.crashes.world import PUBLIC, CrashWorld

STEPS = {
    "/connect": "begin", "/connect/hubspot/callback": "hubspot", "/connect/quickbooks/callback": "quickbooks",
    "/connect/again": "again", "/connect/done": "done",
}  # fmt: skip
STEPS_MAX = 60
THINKS_S = 3.0
BUTTON = re.compile(r'class="button" href="([^"]+)"')


def connect(world: CrashWorld) -> None:
    """Until the page says that it is done."""
    person = _Person(world)
    url = person.new_link()
    for _ in range(STEPS_MAX):
        url, is_done = person.opens(url)
        if is_done:
            return
        world.run(THINKS_S)
        world.time += THINKS_S
    raise AssertionError("it leads round and round")


class _Person:
    def __init__(self, world: CrashWorld) -> None:
        self._world = world
        self._cookie = ""
        self._http = requests.Session()
        self._http.mount("https://", WsgiAdapter(world.quickbooks.wsgi, lambda _: None))
        self._http.mount("https://app.hubspot.com", WsgiAdapter(world.hubspot.wsgi, lambda _: None))

    def new_link(self) -> str:
        return str(json.loads(self._world.operator("--json", "connect"))["url"])

    def opens(self, url: str) -> tuple[str, bool]:
        """Where to go next, and whether there is nowhere to go any more."""
        if not url.startswith(PUBLIC):
            return str(self._http.get(url, allow_redirects=False).headers["Location"]), False
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        request: Any = SimpleNamespace(query_params=query, headers={"cookie": self._cookie})
        answer = self._world.process("web", lambda: doors.consent(request, None, STEPS[parts.path]))
        if answer is None:
            return url, False  # the browser shows a 502, and the person loads the page again
        if "Set-Cookie" in answer.headers:
            self._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        if answer.status_code == 302:
            return str(answer.headers["Location"]), False
        if STEPS[parts.path] == "done" and answer.status_code == 200:
            return "", True
        button = BUTTON.search(str(answer.body))
        return (html.unescape(button[1]) if button else self.new_link()), False
