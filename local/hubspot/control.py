"""`/_control/*`: faults, deliveries, settings and a person's acts, for whoever has only HTTP."""

from __future__ import annotations

import inspect
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from local.dials import Action, Dial
from local.hubspot.asking import Answer, take
from local.hubspot.errors import Problem, invalid

if TYPE_CHECKING:
    from local.hubspot.hub import HubSpot

ACTS = (
    "create_contact",
    "update_contact",
    "create_company",
    "update_company",
    "associate",
    "dissociate",
    "archive_contact",
    "restore_contact",
    "merge_contacts",
    "archive_company",
    "gdpr_delete_contact",
    "contact",
    "contacts",
    "company",
    "companies",
    "primary_company",
    "history",
    "add_owner",
    "deactivate_owner",
    "create_record",
    "update_record",
    "archive_record",
    "restore_record",
    "record",
    "records",
    "link_record",
    "unlink_record",
    "link",
    "unlink",
    "linked",
    "create_invoice",
    "add_line",
    "lines",
    "set_up",
    "add_currency",
)
_RULES = (
    ("POST", "/dials", "set_dial"),
    ("DELETE", "/dials", "clear_dials"),
    ("GET", "/calls", "list_calls"),
    ("DELETE", "/calls", "forget_calls"),
    ("GET", "/delivery", "show_delivery"),
    ("POST", "/delivery", "set_delivery"),
    ("POST", "/delivery/release", "release"),
    ("GET", "/settings", "show_settings"),
    ("POST", "/settings", "change_settings"),
    ("GET", "/portals", "list_portals"),
    ("POST", "/portals/<int:portal_id>", "add_portal"),
    ("POST", "/portals/<int:portal_id>/do", "act"),
    ("GET", "/portals/<int:portal_id>/state", "show_state"),
    ("POST", "/portals/<int:portal_id>/tokens", "issue_tokens"),
    ("DELETE", "/portals/<int:portal_id>/tokens", "uninstall"),
)
_MAP = Map([Rule(f"/_control{path}", methods=[method], endpoint=name) for method, path, name in _RULES])


def answer(hub: HubSpot, request: Request) -> Answer:
    """Answer a control call. Slips are refused as HubSpot would refuse them."""
    try:
        name, arguments = _MAP.bind_to_environ(request.environ).match()
        body = request.get_json() if request.get_data() else {}
        return Answer(200, globals()[f"_{name}"](hub, body, **arguments))
    except Problem as problem:
        return Answer(problem.status, problem.body())
    except (KeyError, TypeError, ValueError) as error:
        return Answer(404 if isinstance(error, KeyError) else 400, {"status": "error", "message": str(error)})
    except HTTPException as error:
        return Answer(error.code or 400, {"status": "error", "message": error.description})


def _set_dial(hub: HubSpot, body: Any) -> Any:
    dial = Dial(**body)
    if dial.do not in get_args(Action):
        raise invalid(f"Unknown do: {dial.do}, known: {', '.join(get_args(Action))}")
    hub.dials.set(dial)
    return {}


def _clear_dials(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001 - all control handlers look alike
    hub.dials.clear()
    return {}


def _list_calls(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    return [call.shown() for call in hub.dials.calls()]


def _forget_calls(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    hub.dials.forget_calls()
    return {}


def _show_delivery(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    delivery = hub.delivery
    sent = [asdict(one) for one in list(delivery.sent)]
    return {"idle": delivery.idle(), "url": delivery.url, "sent": sent, "lost": list(delivery.lost)}


def _set_delivery(hub: HubSpot, body: Any) -> Any:
    known = {one.name for one in fields(hub.delivery.dials)}
    if unknown := set(body) - known - {"url"}:
        raise invalid(f"Unknown fields: {sorted(unknown)}")
    if "url" in body:
        hub.delivery.url = body["url"]
    for name in known & set(body):
        setattr(hub.delivery.dials, name, body[name])
    return {"url": hub.delivery.url, **asdict(hub.delivery.dials)}


def _release(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    hub.delivery.release()
    return {}


def _show_settings(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    return asdict(hub.settings)


def _change_settings(hub: HubSpot, body: Any) -> Any:
    if unknown := set(body) - {one.name for one in fields(hub.settings)}:
        raise invalid(f"Unknown fields: {sorted(unknown)}")
    for name, hint in get_type_hints(type(hub.settings)).items():
        if get_origin(hint) is Literal and name in body and body[name] not in get_args(hint):
            raise invalid(f"Unknown {name}: {body[name]}, known: {', '.join(get_args(hint))}")
    for name, value in body.items():
        setattr(hub.settings, name, value)
    return asdict(hub.settings)


def _list_portals(hub: HubSpot, body: Any) -> Any:  # noqa: ARG001
    return hub.portal_ids()


def _add_portal(hub: HubSpot, body: Any, portal_id: int) -> Any:
    return {"portalId": hub.add_portal(portal_id, **body).id}


def _act(hub: HubSpot, body: Any, portal_id: int) -> Any:
    """`{"action": "create_contact", …}`: what follows are the method's arguments."""
    name = take(body, {"action": str}, dict.fromkeys(body, object))["action"]
    if name not in ACTS:
        raise invalid(f"Unknown action {name}, known: {', '.join(ACTS)}")
    method = getattr(hub.portal(portal_id), name)
    arguments = {key: value for key, value in body.items() if key != "action"}
    inspect.signature(method).bind(**arguments)
    return method(**arguments)


def _show_state(hub: HubSpot, body: Any, portal_id: int) -> Any:  # noqa: ARG001
    return hub.portal(portal_id).state()


def _issue_tokens(hub: HubSpot, body: Any, portal_id: int) -> Any:
    return hub.issue_tokens(portal_id, **body)


def _uninstall(hub: HubSpot, body: Any, portal_id: int) -> Any:  # noqa: ARG001
    hub.uninstall(portal_id)
    return {}
