"""Faults that a test or a reader can set on an imitation, and the list of calls that it has answered.

A dial is plain data, so that it can be set from Python or with `POST /_control/dials`:

    {"method": "POST", "path": "/v3/company/.*/batch", "body": "optional text that the request must hold",
     "do": "status" | "answer" | "html" | "lose_answer" | "refuse" | "delay",
     "status": 503, "json": {...}, "headers": {...}, "seconds": 0.2, "times": 1, "skip": 0}

* `status`, `answer`: answer with `status` (and `json`, if given), doing nothing. A Fault in a 200 is an `answer`.
* `html`: the same with a page of HTML, as a gateway does it.
* `lose_answer`: do what was asked, then hang up.
* `refuse`: hang up without doing anything.
* `delay`: wait `seconds`, then do what was asked.
`times` is how often it acts (0: for ever), `skip` how many matching calls it lets pass first.
"""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Action = Literal["status", "answer", "html", "lose_answer", "refuse", "delay"]


@dataclass
class Dial:
    do: Action
    path: str = ".*"
    method: str = ".*"
    body: str = ""
    status: int = 503
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    times: int = 1
    skip: int = 0

    def matches(self, method: str, path: str, body: str) -> bool:
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path) and self.body in body)


@dataclass(frozen=True)
class Call:
    """One call that the imitation answered. `metered` is QBO's word for a call that is billed.

    `account` is the portal or realm that the call's token belongs to, whatever its path says; for a call of OAuth the
    one that its code or token is for. It is empty where that is not known.
    """

    at: float
    method: str
    path: str
    query: str
    status: int
    metered: int = 0
    token: str = ""
    body: str = ""
    account: str = ""

    def shown(self) -> dict[str, Any]:
        """The call as `GET /_control/calls` shows it: a list that people copy about must not hold the app's secret."""
        return {**asdict(self), "query": _without_secret(self.query), "body": _without_secret(self.body)}


class Dials:
    """All dials of one imitation, and its calls. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dials: list[Dial] = []
        self._calls: list[Call] = []

    def set(self, dial: Dial) -> None:
        with self._lock:
            self._dials.append(dial)

    def clear(self) -> None:
        with self._lock:
            self._dials.clear()

    def next(self, method: str, path: str, body: str) -> Dial | None:
        """The dial that acts on this call, if any; using it up."""
        with self._lock:
            for dial in self._dials:
                if not dial.matches(method, path, body):
                    continue
                if dial.skip > 0:
                    dial.skip -= 1
                    continue
                if dial.times == 1:
                    self._dials.remove(dial)
                elif dial.times > 1:
                    dial.times -= 1
                return dial
        return None

    def waiting(self) -> list[Dial]:
        """Those that have still to act."""
        with self._lock:
            return list(self._dials)

    def note(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()


_IN_A_FORM = re.compile(r"(client_secret=)[^&]*")
_IN_JSON = re.compile(r'("client_secret"\s*:\s*")(?:[^"\\]|\\.)*')


def _without_secret(text: str) -> str:
    return _IN_JSON.sub(r"\1***", _IN_A_FORM.sub(r"\1***", text))
