"""A small world in which one answer of a vendor is not what the vendor would ever say; and how it looks afterwards."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import requests

from chalicelib import doors, wiring
from chalicelib.jobs import Expand, Kind
from chalicelib.remember.records import Record
from tests.chalicelib.walk.small_world import SmallWorld, WsgiAdapter
from tests.hostile.strange import ESCAPES, MEGABYTES_10, deep
from tests.local.quickbooks.selling import line, payment

Lie = Callable[[requests.Response], None]
Place = tuple[str | int, ...]
GONE = object()  # in place of a value: the field is left out
SETTINGS: dict[str, Any] = {
    "contacts": {}, "products": {"direction": "both", "create": {"income_account": "79"}},
    "invoices": {"payments": "note"},
}  # fmt: skip


class _Adapter(WsgiAdapter):
    """Answers as the imitation does, but for the one answer that is spoilt."""

    def __init__(self, world: LyingWorld, application: Any, heard: Any) -> None:
        super().__init__(application, heard)
        self._world = world

    def send(self, request: requests.PreparedRequest, **transport: Any) -> requests.Response:
        response = super().send(request, **transport)
        if self._world.listening:
            self._world.answers.append(f"{request.method} {str(request.url).split('?')[0]}")
            if self._world.turn == len(self._world.answers) - 1 and self._world.lie:
                self._world.lie(response)
        return response


class LyingWorld(SmallWorld):
    """`lie` spoils the answer number `turn` of those heard since `begin`."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.turn: int | None = None
        self.lie: Lie | None = None
        self.listening = False
        super().__init__()

    def _session(self) -> requests.Session:
        made = requests.Session()
        made.trust_env = False
        made.mount(self.wiring.config.hubspot_api_url, _Adapter(self, self.hubspot.wsgi, self._heard))
        made.mount(self.wiring.config.quickbooks_api_url, _Adapter(self, self.quickbooks.wsgi, self._heard))
        return made

    def day(self, turn: int | None = None, lie: Lie | None = None) -> None:
        """People work on both sides, in the morning and in the afternoon; what they did is found by sweeps."""
        self.turn, self.lie, self.listening = turn, lie, True
        self.configure(**SETTINGS)
        roe = self.portal.create_company({"name": "Roe Ltd"})
        jane = self.contact("Jane", "Roe", "jane@roe.example", roe)
        ann = self.customer("Ann Poe", "ann@poe.example", GivenName="Ann", FamilyName="Poe")
        hose = self.item("Hose", "H-1", UnitPrice=5)
        self.product("Pump", "P-1", price="7")
        sale = self.invoice(ann, line(10, hose, detail={"ItemRef": {"value": hose}, "Qty": 2, "UnitPrice": 5}))
        self.sweep()
        self.portal.update_contact(jane, {"phone": "+1 555 0100"})
        self.time += 1
        self.company.update("Customer", ann, {"CompanyName": "Poe & Daughters"})
        self.company.create("Payment", payment(ann, 4, **{f"Invoice_{sale}": 4}))
        self.time += 1
        self.sweep()
        self.listening = False

    def sweep(self) -> None:
        self.time += 1
        self.queue.send([Expand(self.id, "sweep", "scheduled", str(self.time))])
        self.run()

    def heal(self) -> None:
        """Sane answers again, and time: what is due is queued, sweeps run, and all that is linked is looked at once."""
        self.lie = None
        wiring.use(self.wiring)
        try:
            for hours in (0.2, 1, 3, 8, 26, 1):
                self.time += hours * 3_600
                doors.queue_due(None)
                doors.start_sweeps(None)
                self.run(for_s=3_600)
        finally:
            wiring.reset()

    def picture(self) -> dict[str, list[str]]:
        """Both sides as people see them, without ids and stamps, and how far the sync thinks it has come."""
        return {
            **{kind: _shown((one["properties"] for one in self.portal.records(kind)), names)
               for kind, names in HUBSPOT.items()},
            **{kind: _shown(self.company.all(kind), names) for kind, names in QUICKBOOKS.items()},
            "records": sorted(f"{one.kind} {one.state} {one.message}" for one in self.everyone()),
        }  # fmt: skip

    def everyone(self) -> list[Record]:
        return [record for kind in Kind for record in self.records(kind)]


HUBSPOT = {
    "contacts": ("firstname", "lastname", "email", "phone", "company"), "products": ("name", "hs_sku", "price"),
    "companies": ("name",), "line_items": ("name", "quantity", "price"),
    "invoices": ("quickbooks_number", "quickbooks_stage", "hs_invoice_status", "quickbooks_balance"),
}  # fmt: skip
QUICKBOOKS = {
    "Customer": ("DisplayName", "GivenName", "FamilyName", "CompanyName", "PrimaryEmailAddr", "PrimaryPhone", "Active"),
    "Item": ("Name", "Sku", "UnitPrice", "Active"), "Invoice": ("TotalAmt", "Balance"), "Payment": ("TotalAmt",),
}  # fmt: skip


def _shown(rows: Iterable[dict[str, Any]], names: tuple[str, ...]) -> list[str]:
    return sorted(str([row.get(name) for name in names]) for row in rows)


@functools.cache
def undisturbed() -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """How such a day ends if nobody lies, and the calls that it takes."""
    world = LyingWorld()
    world.day()
    world.heal()
    return world.picture(), tuple(world.answers)


# --- lies -------------------------------------------------------------------------------------------------------------


def answered(status: int, content: bytes | str, kind: str = "application/json") -> Lie:
    """Another answer altogether."""

    def lie(response: requests.Response) -> None:
        response.status_code = status
        response._content = content.encode() if isinstance(content, str) else content
        response.headers = requests.structures.CaseInsensitiveDict({"Content-Type": kind})

    return lie


def cut(share: float) -> Lie:
    """The answer breaks off, or its connection was closed, and nobody noticed."""

    def lie(response: requests.Response) -> None:
        response._content = response.content[: int(len(response.content) * share)]

    return lie


FAULT = {
    "Fault": {"Error": [{"Message": ESCAPES, "Detail": f"canary {ESCAPES}", "code": "10000"}], "type": "SystemFault"}
}
UNREADABLE: dict[str, Lie] = {  # nothing can be made of these: whatever was asked may or may not have been done
    "empty, and a fault's status": answered(500, b""),
    "a page": answered(200, "<html><body>canary: please log in</body></html>", "text/html"),
    "a page with an error's status": answered(502, "<html>Bad gateway</html>", "text/html"),
    "half of it": cut(0.5),
    "all but its end": cut(0.99),
    "null": answered(200, "null"),
    "a list": answered(200, "[{}]"),
    "a number": answered(200, "9" * 5_000),
    "a text": answered(200, f'"{"x" * 100}"'),
    "no utf-8": answered(200, b'{"results": "\xff\xfe"}'),
    "nested": answered(200, deep()),
    "nested inside": answered(200, f'{{"results": {deep()}, "QueryResponse": {deep()}}}'),
    "ten megabytes": answered(200, b"{" + b" " * MEGABYTES_10),
    "a fault of no kind": answered(200, '{"Fault": "x", "results": "x"}'),
    "a fault in a success": answered(200, json.dumps(FAULT)),
}  # fmt: skip
VALUES: list[Any] = [  # in place of one value somewhere in the answer
    GONE, None, True, False, -1, 1e300, float("nan"), float("inf"), 10**40, "", " ", ESCAPES, "\ud800", "<b>canary</b>",
    "9999-12-31T23:59:59Z", "0000-00-00", "253402300799000", [], {}, [[]], [None], {"": None}, "x" * 100_000, "=1+1",
]  # fmt: skip


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Where something stands in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield (*here, step)
        yield from places(inner, (*here, step))


def spoilt(number: int, value: Any) -> Lie:
    """One value in the answer is another one. Where the answer has no values, it is another one itself."""

    def lie(response: requests.Response) -> None:
        try:
            body = json.loads(response.content)
        except ValueError:
            return
        every = list(places(body))
        if not every:
            return
        *around, last = every[number % len(every)]
        holder: Any = functools.reduce(lambda inner, step: inner[step], around, body)
        if value is GONE:
            del holder[last]
        else:
            holder[last] = value
        response._content = json.dumps(body).encode()

    return lie
