"""One vendor call: a time-out that must fit into what the function has left, and a list of the calls made.

A transport belongs to one account and carries that account's token alone. Which kind of account is part of its type, so
that a client can never speak for another one (design D6). The session is handed in: its adapter is the seam for tests.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Generic, NoReturn, ParamSpec, Protocol, TypeVar

import requests

from chalicelib.failures import Category, OutOfTime, Trouble, Unknown
from chalicelib.telemetry import problem

if TYPE_CHECKING:
    from chalicelib.jobs import Portal, Realm

AnAccount = TypeVar("AnAccount", "Portal", "Realm")
Told = ParamSpec("Told")
Answer = TypeVar("Answer")
TIMEOUT_S = 20.0
BREATH_S = 1.1
DEPTH_MAX = 60  # levels of an answer; no vendor needs a fifth of it, and each costs a call in whoever walks through it
ODD = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)  # what reading nonsense ends in


@dataclass(frozen=True)
class CallMade:
    """`metered`: how many reads it costs on QuickBooks' bill. `batch`: whether it counts towards QuickBooks' limit of
    batches. `real`: False where a plan only tells what would be called; `beside`: what only the plan itself called."""

    vendor: str
    what: str
    metered: int = 0
    batch: bool = False
    real: bool = True
    beside: bool = False

    def __str__(self) -> str:
        return f"{self.vendor}: {self.what}"


@dataclass
class CallLog:
    """The calls of one group of records. Safe to use from many threads."""

    made: list[CallMade] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: CallMade) -> None:
        with self._lock:
            self.made.append(call)

    def since(self, start: int) -> tuple[str, ...]:
        return tuple(str(call) for call in self.made[start:])


class Speaker(Protocol[AnAccount]):
    """Authorises requests for one account (`access.bearer.Bearer`)."""

    account: AnAccount

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest: ...
    def refused(self) -> None: ...
    def worked(self) -> None: ...


@dataclass
class Transport(Generic[AnAccount]):
    vendor: str
    session: requests.Session
    base_url: str
    speaker: Speaker[AnAccount]
    left_s: Callable[[], float]
    log: CallLog
    sleep: Callable[[float], None] = time.sleep
    timeout_s: float = TIMEOUT_S
    _waited: bool = False

    def send(self, method: str, path: str, what: str, *, metered: int = 0, **request: Any) -> requests.Response:
        """Make the call; raises `OutOfTime` before it, `Unknown` where no answer came."""
        response = self._once(method, path, what, metered, request)
        if response.status_code == 401:
            self.speaker.refused()
            response = self._once(method, path, what, metered, request)
        if response.ok:
            self.speaker.worked()
        if response.status_code == 429 and not self._waited:
            # A limit by the second is over in a second. Once in a group's life; after that the connection pauses.
            self._waited = True
            self.sleep(BREATH_S)
            response = self._once(method, path, what, metered, request)
        return response

    def _once(self, method: str, path: str, what: str, metered: int, request: dict[str, Any]) -> requests.Response:
        if self.left_s() < self.timeout_s:
            raise OutOfTime(what)
        self.log.add(CallMade(self.vendor, what, metered, batch=path.endswith("/batch")))
        try:
            return self.session.request(
                method, self.base_url + path, timeout=self.timeout_s, auth=self.speaker, **request
            )
        except requests.Timeout:
            raise Unknown(self._no_answer("did not answer in time"), ended=False) from None
        except requests.RequestException as broken:
            reason = f"closed the connection ({type(broken).__name__})"
            raise Unknown(self._no_answer(reason), ended=True) from None

    def _no_answer(self, how: str) -> Trouble:
        return vendor_down(self.vendor, how)


def vendor_down(vendor: str, how: str, code: str = "") -> Trouble:
    return Trouble(
        Category.VENDOR_DOWN,
        f"{vendor} {how}.",
        f"Nothing to do: it is tried again by itself. If it lasts, look at {vendor}'s status page.",
        code,
    )


# --- what an answer says ----------------------------------------------------------------------------------------------


class _Client(Protocol):
    @property
    def transport(self) -> Transport[Any]: ...


AClient = TypeVar("AClient", bound=_Client)


def sensible(ask: Callable[Concatenate[AClient, Told], Answer]) -> Callable[Concatenate[AClient, Told], Answer]:
    """For a client's methods: an answer that cannot be read is none, and what was asked for may have been done. Its
    text stays out of the log; where it made no sense does not."""

    @functools.wraps(ask)
    def asked(client: AClient, /, *args: Told.args, **named: Told.kwargs) -> Answer:
        try:
            return ask(client, *args, **named)
        except ODD as odd:
            problem("an answer makes no sense", odd, vendor=client.transport.vendor, asked=ask.__name__)
            raise nonsense(client.transport.vendor) from None

    return asked


def nonsense(vendor: str) -> Unknown:
    return Unknown(vendor_down(vendor, "gave an answer that makes no sense"), ended=True)


def json_of(response: requests.Response) -> Any:
    """The value that an answer holds; raises ValueError where it is no JSON, or none that a vendor would send. Halves
    of surrogate pairs, which no table and no other vendor would take, are replaced."""
    try:
        value = json.loads(response.content, parse_constant=_no_number)
        if b"\\u" in response.content:
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        if not level:
            return value
    raise ValueError("nested too deep")


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
