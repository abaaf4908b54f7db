"""`/_control/…`: the same handles that a test has in Python, over HTTP. No call here is noted or throttled."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from werkzeug import Request, Response

from local.dials import Dial
from local.quickbooks import http
from local.quickbooks.faults import Fault

if TYPE_CHECKING:
    from local.quickbooks.imitation import QuickBooks

Body = dict[str, Any]
ACTIONS = (
    *("create", "update", "void", "delete", "pay", "send", "bank_payment"),
    *("inactivate", "reactivate", "merge_customers", "get", "customers", "all", "find"),
    *("name_custom_field", "prefer", "add_tax_code", "add_account", "set_account_active"),
)


class Control:
    def __init__(self, quickbooks: QuickBooks) -> None:
        self._quickbooks = quickbooks

    def handle(self, request: Request) -> Response:
        parts = request.path.strip("/").split("/")[1:]
        body = request.get_json(silent=True) if request.get_data() else {}
        if not isinstance(body, dict):
            return http.answer(400, {"error": "the body must be a JSON object"})
        handler = self._handler(request.method, parts)
        if handler is None:
            return http.answer(404, {"error": f"no control at {request.method} {request.path}"})
        try:
            return http.answer(200, handler(body))
        except Fault as fault:
            return http.answer(fault.status, fault.body(self._quickbooks.now()))
        except (KeyError, TypeError, ValueError) as error:
            return http.answer(400, {"error": f"{type(error).__name__}: {error}"})

    def _handler(self, method: str, parts: list[str]) -> Callable[[Body], Any] | None:
        if parts[:1] == ["companies"] and len(parts) == 3:
            realm_id, what = parts[1:]
            return self._of_company(realm_id).get((method, what))
        return self._of_imitation().get((method, "/".join(parts)))

    def _of_imitation(self) -> dict[tuple[str, str], Callable[[Body], Any]]:
        dials, delivery = self._quickbooks.dials, self._quickbooks.delivery
        return {
            ("POST", "dials"): self._set_dial,
            ("DELETE", "dials"): lambda _: dials.clear(),
            ("GET", "calls"): lambda _: [call.shown() for call in dials.calls()],
            ("DELETE", "calls"): lambda _: dials.forget_calls(),
            ("GET", "settings"): lambda _: dataclasses.asdict(self._quickbooks.settings),
            ("POST", "settings"): self._set_settings,
            ("GET", "delivery"): lambda _: self._delivery(),
            ("POST", "delivery"): self._set_delivery,
            ("POST", "delivery/release"): lambda _: delivery.release(),
            ("POST", "companies"): lambda body: {"realm_id": self._quickbooks.add_company(**body).realm_id},
        }

    def _of_company(self, realm_id: str) -> dict[tuple[str, str], Callable[[Body], Any]]:
        return {
            ("GET", "state"): lambda _: self._state(realm_id),
            ("POST", "tokens"): lambda _: self._quickbooks.issue_tokens(realm_id),
            ("POST", "disconnect"): lambda _: self._quickbooks.disconnect(realm_id),
            ("POST", "do"): lambda body: self._do(realm_id, body),
        }

    def _set_dial(self, body: Body) -> None:
        _check_choices(Dial, body)
        self._quickbooks.dials.set(Dial(**body))

    def _set_settings(self, body: Body) -> Any:
        _assign(self._quickbooks.settings, body)
        return dataclasses.asdict(self._quickbooks.settings)

    def _set_delivery(self, body: Body) -> Any:
        delivery = self._quickbooks.delivery
        if "url" in body:
            delivery.url = body["url"]
        _assign(delivery.dials, {name: value for name, value in body.items() if name != "url"})
        return {"url": delivery.url, **dataclasses.asdict(delivery.dials)}

    def _delivery(self) -> Any:
        delivery = self._quickbooks.delivery
        sent = [dataclasses.asdict(each) for each in list(delivery.sent)]
        return {"idle": delivery.idle(), "sent": sent, "lost": list(delivery.lost)}

    def _state(self, realm_id: str) -> Any:
        return {**self._quickbooks.company(realm_id).state(), "metered": self._quickbooks.metered(realm_id)}

    def _do(self, realm_id: str, body: Body) -> Any:
        arguments = dict(body)
        action = arguments.pop("action", None)
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action}; there are {', '.join(ACTIONS)}")
        return getattr(self._quickbooks.company(realm_id), action)(**arguments)


def _assign(target: Any, body: Body) -> None:
    known = {field.name for field in dataclasses.fields(target)}
    if unknown := set(body) - known:
        raise ValueError(f"unknown fields {sorted(unknown)}; there are {sorted(known)}")
    _check_choices(type(target), body)
    for name, value in body.items():
        setattr(target, name, value)


def _check_choices(kind: type, body: Body) -> None:
    """A word that is none of the choices would be passed over in silence."""
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is Literal and name in body and body[name] not in get_args(hint):
            raise ValueError(f"{name} is one of {get_args(hint)}")
