"""The pipelines of deals: the default one, as it is in a new account (reference, section 7.3)."""

from __future__ import annotations

from typing import Any

from local.hubspot.asking import Answer, Ask
from local.hubspot.definitions import built_in
from local.hubspot.errors import invalid, not_found
from local.hubspot.kinds import DEALS, iso, kind_named
from local.hubspot.money import CLOSED, STAGES

MADE_AT = 1_577_836_800.0  # 2020-01-01, before every test


def list_pipelines(ask: Ask, kind: str) -> Answer:
    ask.known_query()
    return Answer(200, {"results": [_default(kind)]})


def get_pipeline(ask: Ask, kind: str, pipeline_id: str) -> Answer:
    ask.known_query()
    pipeline = _default(kind)
    if pipeline_id != pipeline["id"]:
        raise not_found(f"Pipeline {pipeline_id} does not exist")
    return Answer(200, pipeline)


def _default(kind: str) -> dict[str, Any]:
    if kind_named(kind) is not DEALS:
        raise invalid(f"Pipelines of {kind} are not imitated.")
    labels = {one.name: one.options for one in built_in(DEALS.name)}
    (pipeline,), stages = labels["pipeline"], labels["dealstage"]
    return {**_row(pipeline), "stages": [{**_row(one), **_stage(one["value"])} for one in stages]}


def _row(option: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": option["value"],
        "label": option["label"],
        "displayOrder": option["displayOrder"],
        "archived": False,
        "createdAt": iso(MADE_AT),
        "updatedAt": iso(MADE_AT),
    }


def _stage(name: str) -> dict[str, Any]:
    metadata = {"isClosed": str(name in CLOSED).lower(), "probability": STAGES[name]}
    return {"metadata": metadata, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
