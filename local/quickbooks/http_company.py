"""`/v3/company/{realm}/…` over HTTP (reference 2.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from werkzeug import Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from local.quickbooks import batch, faults, http, operations
from local.quickbooks.company import Company
from local.quickbooks.entities import BY_PATH, LISTED
from local.quickbooks.gate import Gate
from local.quickbooks.oauth import Grants
from local.quickbooks.operations import Reply
from local.quickbooks.record import Manner
from local.quickbooks.replay import Replays, checked
from local.quickbooks.state import CompanyFile

_BASE = "/v3/company/<realm_id>"
_ROUTES = Map(
    [
        Rule(f"{_BASE}/query", methods=["GET", "POST"], endpoint="query"),
        Rule(f"{_BASE}/cdc", methods=["GET"], endpoint="cdc"),
        Rule(f"{_BASE}/batch", methods=["POST"], endpoint="batch"),
        Rule(f"{_BASE}/preferences", methods=["GET"], endpoint="preferences"),
        Rule(f"{_BASE}/account/<id>", methods=["GET"], endpoint="account"),
        Rule(f"{_BASE}/companyinfo/<id>", methods=["GET"], endpoint="companyinfo"),
        *(Rule(f"{_BASE}/{one.path}/<id>", methods=["GET"], endpoint=f"listed {one.path}") for one in LISTED.values()),
        *(Rule(f"{_BASE}/{path}", methods=["POST"], endpoint=f"write {path}") for path in BY_PATH),
        *(Rule(f"{_BASE}/{path}/<id>", methods=["GET"], endpoint=f"read {path}") for path in BY_PATH),
    ],
    strict_slashes=True,
    redirect_defaults=False,
)
_INCLUDES = frozenset({"allowduplicatedocnum", "void"})  # what a write may include, of those of 2.6
_COREPLUS = ("query", "cdc", "companyinfo", "preferences", "account", "read", "listed")


class CompanyRoutes:
    """Answers a call, or raises Fault. The caller holds the lock."""

    def __init__(self, companies: Mapping[str, Company], grants: Grants, gate: Gate) -> None:
        self._companies = companies
        self._grants = grants
        self._gate = gate
        self._replays: dict[str, Replays] = defaultdict(Replays)

    def handle(self, request: Request) -> Reply:
        endpoint, arguments = self._route(request)
        realm_id = arguments["realm_id"]
        company = self._opened(self._grants.realm_of(http.bearer(request)), realm_id)
        kind, _, path = endpoint.partition(" ")
        self._gate.enter(realm_id, batch=kind == "batch", coreplus=kind in _COREPLUS)
        if "application/json" not in request.headers.get("Accept", ""):
            raise faults.not_acceptable(request.headers.get("Accept", ""))
        file = company.file
        handlers: dict[str, Callable[[], Reply]] = {
            "query": lambda: operations.select(file, _statement(request)),
            "cdc": lambda: operations.changes(file, request.args.get("entities"), request.args.get("changedSince")),
            "batch": lambda: self._batch(request, file),
            "preferences": lambda: Reply({"Preferences": file.preferences()}, metered=1),
            "account": lambda: Reply({"Account": file.account(arguments["id"])}, metered=1),
            "companyinfo": lambda: _company_info(file, arguments["id"]),
            "listed": lambda: operations.read_listed(file, path, arguments["id"]),
            "write": lambda: self._write(request, file, path),
            "read": lambda: operations.read(file, BY_PATH[path], arguments["id"]),
        }
        reply = handlers[kind]()
        self._gate.meter(realm_id, reply.metered)
        return reply

    def _opened(self, granted: str, realm_id: str) -> Company:
        """The company of the path, if the token is for it and the app's keys are for its environment; else 3100."""
        company = self._companies.get(realm_id)
        if company is None or granted != realm_id or company.environment != self._grants.settings.environment:
            raise faults.authorization_failed()
        return company

    def _route(self, request: Request) -> tuple[str, dict[str, str]]:
        adapter = _ROUTES.bind("quickbooks.example")
        try:
            endpoint, arguments = adapter.match(request.path, request.method)
            return str(endpoint), dict(arguments)
        except MethodNotAllowed:
            raise faults.unsupported_operation(
                f"No resource method found for {request.method}, return 405 with Allow header", status=405
            ) from None
        except NotFound:
            parts = request.path.strip("/").split("/")
            if parts[:2] == ["v3", "company"] and len(parts) > 3:
                raise faults.unsupported_operation("/".join(parts[3:])) from None
            raise faults.no_such_path(request.path) from None

    def _write(self, request: Request, file: CompanyFile, path: str) -> Reply:
        request_id = checked(request.args.get("requestid"))
        include = frozenset(filter(None, request.args.get("include", "").split(",")))
        if unknown := include - _INCLUDES:
            raise faults.unsupported_operation(min(unknown))
        body = http.json_body(request)
        replays = self._replays[file.realm_id]
        kept = replays.get(request_id)
        if kept is not None:
            return Reply(kept)
        manner = Manner(allow_duplicate="allowduplicatedocnum" in include)
        operation = request.args.get("operation")
        reply = operations.write(file, BY_PATH[path], body, operation, void="void" in include, manner=manner)
        replays.keep(request_id, reply)
        return Reply(reply)

    def _batch(self, request: Request, file: CompanyFile) -> Reply:
        request_id = checked(request.args.get("requestid"), batch=True)
        return batch.answer(file, http.json_body(request), request_id, self._replays[file.realm_id])


def _statement(request: Request) -> str | None:
    if request.method == "GET":
        return request.args.get("query")
    http.require_content_type(request, "application/text")
    return http.body_text(request)


def _company_info(file: CompanyFile, id: str) -> Reply:
    if id not in (file.realm_id, "1"):
        raise faults.object_not_found()
    return Reply({"CompanyInfo": file.company_info()}, metered=1)
