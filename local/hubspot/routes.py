"""The map: every path that the imitation answers, in every version it has (reference, sections 2, 4.2, 5.1 and 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from werkzeug.routing import Map, Rule

from local.hubspot import (
    account_routes,
    association_routes,
    batch_routes,
    consent,
    object_routes,
    owners,
    pipelines,
    property_routes,
    search_routes,
)
from local.hubspot.asking import Answer
from local.hubspot.kinds import CONTACTS, LINE_ITEMS, PRODUCTS, Kind, kind_named

DATED = ("2026-09", "2026-03")
Needs = Literal["", "read", "write", "schema read", "schema write", "link", "owners"]

Scopes = tuple[tuple[str, ...], ...]
_BOTH = ("read", "write")
_COMMERCE = "e-commerce"


@dataclass(frozen=True)
class Route:
    """One endpoint. `needs` says which scopes; `is_open` means that no token is needed."""

    handler: Callable[..., Answer]
    needs: Needs = ""
    version: str = ""
    is_open: bool = False
    is_search: bool = False
    takes_json: bool = False

    def scopes(self, arguments: dict[str, str]) -> Scopes:
        """What lets a call pass: all scopes of any one of these sets; no set at all asks for nothing (section 1.6)."""
        match self.needs:
            case "":
                return ()
            case "owners":
                return (("crm.objects.owners.read",),)
            case "schema read" | "schema write":
                return _schema_scopes(kind_named(arguments["kind"]), writes=self.needs == "schema write")
        kinds = _kinds_in(arguments)
        match self.needs:
            case "read" | "write":
                return _object_scopes(kinds[0], self.needs, self.version)
            case _:
                return tuple((f"crm.objects.{kind.scope_name}.{doing}",) for kind in kinds for doing in _BOTH)

    def kinds(self, arguments: dict[str, str]) -> list[Kind]:
        """The object types whose records the call is about; of definitions there are none."""
        return _kinds_in(arguments) if self.needs in ("read", "write", "link") else []


def _object_scopes(kind: Kind, doing: str, version: str) -> Scopes:
    """Products and line items need `e-commerce` beside their own scope; before 2026-09 either did (section 1.6)."""
    own = f"crm.objects.{kind.scope_name}.{doing}"
    if kind not in (PRODUCTS, LINE_ITEMS):
        return ((own,),)
    return ((own, _COMMERCE),) if version == "2026-09" else ((own,), (_COMMERCE,))


def _schema_scopes(kind: Kind, *, writes: bool) -> Scopes:
    """There are no schema scopes for products and line items: `e-commerce` is the one (section 1.6)."""
    if kind in (PRODUCTS, LINE_ITEMS):
        return ((_COMMERCE,),)
    if writes:
        return ((f"crm.schemas.{kind.scope_name}.write",),)
    return ((f"crm.schemas.{kind.scope_name}.read",), (f"crm.objects.{kind.scope_name}.read",))


def _kinds_in(arguments: dict[str, str]) -> list[Kind]:
    names = [arguments[name] for name in ("kind", "from_kind", "to_kind") if name in arguments]
    return [kind_named(name) for name in names] or [CONTACTS]


o, b, a, p = object_routes, batch_routes, association_routes, property_routes
Row = tuple[str, str, Callable[..., Answer], Needs]
OBJECTS: tuple[Row, ...] = (
    ("GET", "", o.list_records, "read"),
    ("POST", "", o.create_record, "write"),
    ("GET", "/<record_id>", o.get_record, "read"),
    ("PATCH", "/<record_id>", o.update_record, "write"),
    ("DELETE", "/<record_id>", o.archive_record, "write"),
    ("POST", "/batch/read", b.batch_read, "read"),
    ("POST", "/batch/create", b.batch_create, "write"),
    ("POST", "/batch/update", b.batch_update, "write"),
    ("POST", "/batch/upsert", b.batch_upsert, "write"),
    ("POST", "/batch/archive", b.batch_archive, "write"),
    ("POST", "/merge", o.merge_records, "write"),
    ("POST", "/search", search_routes.search_records, "read"),
)
LINKS_OF_ONE: tuple[Row, ...] = (
    ("GET", "/<to_kind>", a.list_associations, "link"),
    ("PUT", "/default/<to_kind>/<to_id>", a.associate_default, "link"),
    ("PUT", "/<to_kind>/<to_id>", a.associate_labelled, "link"),
    ("DELETE", "/<to_kind>/<to_id>", a.remove_associations, "link"),
)
LINKS: tuple[Row, ...] = (
    ("POST", "/batch/read", a.batch_read, "link"),
    ("POST", "/batch/create", a.batch_create, "link"),
    ("POST", "/batch/associate/default", a.batch_associate_default, "link"),
    ("POST", "/batch/archive", a.batch_archive, "link"),
    ("POST", "/batch/labels/archive", a.batch_archive_labels, "link"),
    ("GET", "/labels", a.list_labels, "link"),
    ("POST", "/labels", a.create_label, "link"),
    ("PUT", "/labels", a.update_label, "link"),
    ("DELETE", "/labels/<type_id>", a.archive_label, "link"),
)
PROPERTIES: tuple[Row, ...] = (
    ("GET", "", p.list_properties, "schema read"),
    ("POST", "", p.create_property, "schema write"),
    ("GET", "/<name>", p.get_property, "schema read"),
    ("PATCH", "/<name>", p.update_property, "schema write"),
    ("DELETE", "/<name>", p.archive_property, "schema write"),
    ("POST", "/batch/create", p.batch_create, "schema write"),
    ("POST", "/batch/read", p.batch_read, "schema read"),
    ("POST", "/batch/archive", p.batch_archive, "schema write"),
    ("GET", "/groups", p.list_groups, "schema read"),
    ("POST", "/groups", p.create_group, "schema write"),
    ("GET", "/groups/<name>", p.get_group, "schema read"),
    ("PATCH", "/groups/<name>", p.update_group, "schema write"),
    ("DELETE", "/groups/<name>", p.archive_group, "schema write"),
)
OWNERS: tuple[Row, ...] = (
    ("GET", "", owners.list_owners, "owners"),
    ("GET", "/<owner_id>", owners.get_owner, "owners"),
)
PIPELINES: tuple[Row, ...] = (
    ("GET", "", pipelines.list_pipelines, "schema read"),
    ("GET", "/<pipeline_id>", pipelines.get_pipeline, "schema read"),
)


@cache
def url_map() -> Map:
    """Every rule, compiled once for all imitations. An endpoint is a Route."""
    rules = [*_open_rules()]
    for version in DATED:
        rules += _rules(version, f"/crm/objects/{version}/<kind>", OBJECTS)
        rules += _rules(version, f"/crm/objects/{version}/<from_kind>/<from_id>/associations", LINKS_OF_ONE)
        rules += _rules(version, f"/crm/associations/{version}/<from_kind>/<to_kind>", LINKS)
        rules += _rules(version, f"/crm/properties/{version}/<kind>", PROPERTIES)
        rules += _rules(version, f"/crm/owners/{version}", OWNERS)
        rules += _rules(version, f"/crm/pipelines/{version}/<kind>", PIPELINES)
        rules += _rules(version, f"/account-info/{version}/details", (("GET", "", account_routes.details, ""),))
        rules += _rules(
            version, f"/appinstalls/{version}/external-install", (("DELETE", "", account_routes.uninstall, ""),)
        )
    rules += _rules("v3", "/crm/v3/objects/<kind>", OBJECTS)
    rules += _rules("v3", "/crm/v3/properties/<kind>", PROPERTIES)
    rules += _rules("v3", "/crm/v3/owners", OWNERS)
    rules += _rules("v3", "/crm/v3/pipelines/<kind>", PIPELINES)
    rules += _rules("v3", "/account-info/v3/details", (("GET", "", account_routes.details, ""),))
    rules += _rules("v4", "/crm/v4/objects/<from_kind>/<from_id>/associations", LINKS_OF_ONE)
    rules += _rules("v4", "/crm/v4/associations/<from_kind>/<to_kind>", LINKS)
    for prefix in (*(f"/crm/objects/{version}" for version in DATED), "/crm/v3/objects"):
        rules += _rules("", f"{prefix}/contacts/gdpr-delete", (("POST", "", o.gdpr_delete, "write"),))
    return Map(rules, strict_slashes=False, merge_slashes=False)


def _rules(version: str, prefix: str, rows: tuple[Row, ...]) -> list[Rule]:
    return [
        Rule(
            prefix + suffix,
            methods=[method],
            endpoint=Route(
                handler,
                needs,
                version,
                is_search=suffix == "/search",
                takes_json=method in ("POST", "PATCH") or handler is a.associate_labelled,
            ),
        )
        for method, suffix, handler, needs in rows
    ]


def _open_rules() -> list[Rule]:
    account = account_routes
    versions = (*DATED, "v3")
    rows: list[tuple[str, str, Callable[..., Answer]]] = [
        ("GET", "/oauth/authorize", consent.authorize),
        ("POST", "/oauth/authorize", consent.decide),
    ]
    rows += [("POST", f"/oauth/{version}/token", account.token) for version in (*versions, "v1")]
    rows += [("POST", f"/oauth/{version}/token/introspect", account.introspect) for version in versions]
    rows += [("POST", f"/oauth/{version}/token/revoke", account.revoke) for version in versions]
    rows += [
        ("GET", "/oauth/v1/access-tokens/<token>", account.access_token_v1),
        ("GET", "/oauth/v1/refresh-tokens/<token>", account.refresh_token_v1),
        ("DELETE", "/oauth/v1/refresh-tokens/<token>", account.delete_refresh_token_v1),
    ]
    return [Rule(path, methods=[method], endpoint=Route(handler, is_open=True)) for method, path, handler in rows]
