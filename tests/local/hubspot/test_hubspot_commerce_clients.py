"""HubSpot's own clients get what they expect of products, line items, invoices, payments and notes."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import hubspot_sdk
import pytest
from hubspot.crm import line_items, products
from hubspot.crm.commerce import invoices
from hubspot.crm.objects import notes

from local.hubspot import Portal
from local.hubspot.associations import PAIRS, Links, pair_of
from local.hubspot.kinds import KINDS

NEW = {
    "products": {"name": "Pump", "hs_sku": "P-1", "price": "15"},
    "line_items": {"name": "Pump", "price": "15", "quantity": "2"},
    "invoices": {"hs_currency": "USD", "hs_invoice_billable": "false", "hs_invoice_status": "open"},
    "commerce_payments": {"hs_initial_amount": "30", "hs_initiated_date": "2026-11-20"},
    "notes": {"hs_timestamp": "2026-11-20T00:00:00.000Z", "hs_note_body": "Paid"},
}
CHANGE = {
    "products": {"price": "16"},
    "line_items": {"quantity": "3"},
    "invoices": {"hs_comments": "Thank you"},
    "commerce_payments": {"hs_latest_status": "succeeded"},
    "notes": {"hs_note_body": "Paid twice"},
}


@pytest.fixture(autouse=True)
def paying(portal: Portal) -> None:
    portal.set_up(payments=True)


def spec(type_id: int) -> list[dict[str, Any]]:
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]


@pytest.mark.parametrize("kind", list(NEW))
def test_the_life_of_a_record_through_the_dated_client(sdk, kind: str):
    """Made, changed, read, listed and archived."""
    api = getattr(sdk.crm.objects, kind)
    made = api.create(properties=NEW[kind], associations=[])
    assert NEW[kind].items() <= made.properties.items() or kind == "commerce_payments"
    changed = api.update(made.id, properties=CHANGE[kind])
    assert CHANGE[kind].items() <= changed.properties.items()
    read = api.get(made.id, properties=[*CHANGE[kind], "hs_object_source"])
    assert read.properties["hs_object_source"] == "INTEGRATION"
    assert CHANGE[kind].items() <= read.properties.items()
    assert [one.id for one in api.list()] == [made.id]
    api.delete(made.id)
    with pytest.raises(hubspot_sdk.NotFoundError):
        api.get(made.id)
    assert api.get(made.id, archived=True).archived_at


@pytest.mark.parametrize("kind", list(NEW))
def test_batches_through_the_dated_client(sdk, clock, kind: str):
    """Made, read, changed, found and archived, two at once."""
    api = getattr(sdk.crm.objects, kind)
    made = api.batch.create(inputs=[{"properties": NEW[kind], "associations": []}] * 2)
    ids = [one.id for one in made.results]
    read = api.batch.get(inputs=[{"id": one} for one in ids], properties=list(NEW[kind]), properties_with_history=[])
    assert [one.id for one in read.results] == ids
    changed = api.batch.update(inputs=[{"id": one, "properties": CHANGE[kind]} for one in ids])
    assert changed.status == "COMPLETE"
    clock.advance(5)
    found = api.search(filter_groups=[], sorts=[], properties=[], limit=10, after="0", query="")
    assert (found.total, [one.id for one in found.results]) == (2, ids)
    api.batch.delete(inputs=[{"id": one} for one in ids])
    assert list(api.list()) == []


def test_an_invoice_with_its_lines_through_the_dated_client(sdk, portal: Portal):
    """Two calls make it whole; its line items are read back through the associations."""
    contact = portal.create_contact({"firstname": "Ana"})
    invoice = sdk.crm.objects.invoices.create(
        properties=NEW["invoices"], associations=[{"to": {"id": contact}, "types": spec(177)}]
    )
    lines = sdk.crm.objects.line_items.batch.create(
        inputs=[
            {"properties": NEW["line_items"], "associations": [{"to": {"id": invoice.id}, "types": spec(410)}]}
        ] * 3
    )  # fmt: skip
    links = sdk.crm.associations
    read = links.batch.get("line_items", from_object_type="invoices", inputs=[{"id": invoice.id}])
    assert [str(one.to_object_id) for one in read.results[0].to] == [one.id for one in lines.results]
    assert sdk.crm.objects.invoices.get(invoice.id, properties=["hs_amount_billed"]).properties == {
        "hs_amount_billed": "90", "hs_object_id": invoice.id,
        "hs_lastmodifieddate": portal.record("invoices", invoice.id)["hs_lastmodifieddate"],
    }  # fmt: skip
    links.delete(contact, object_type="invoices", object_id=invoice.id, to_object_type="contacts")
    assert portal.linked("invoices", invoice.id, "contacts") == []


def test_the_stages_of_deals_through_the_dated_client(sdk):
    (pipeline,) = sdk.crm.pipelines.list("deals").results
    assert [one.id for one in pipeline.stages][-2:] == ["closedwon", "closedlost"]


LEGACY = {"products": products, "line_items": line_items, "invoices": invoices, "notes": notes}


def of_legacy(legacy: Any, kind: str) -> Any:
    group = {"invoices": legacy.crm.commerce, "notes": legacy.crm.objects}.get(kind, legacy.crm)
    return getattr(group, kind)


@pytest.mark.parametrize(("kind", "models"), list(LEGACY.items()))
def test_the_life_of_a_record_through_the_older_client(legacy, kind: str, models: ModuleType):
    api = of_legacy(legacy, kind)
    new = models.SimplePublicObjectInputForCreate(properties=NEW[kind], associations=[])
    made = api.basic_api.create(simple_public_object_input_for_create=new)
    assert NEW[kind].items() <= made.properties.items()
    change = models.SimplePublicObjectInput(properties=CHANGE[kind])
    changed = api.basic_api.update(made.id, simple_public_object_input=change)
    assert CHANGE[kind].items() <= changed.properties.items()
    assert api.basic_api.get_by_id(made.id, properties=list(CHANGE[kind])).id == made.id
    api.basic_api.archive(made.id)
    with pytest.raises(models.ApiException) as gone:
        api.basic_api.get_by_id(made.id)
    assert gone.value.status == 404


@pytest.mark.parametrize(("kind", "models"), list(LEGACY.items()))
def test_a_batch_with_one_bad_input_through_the_older_client(legacy, kind: str, models: ModuleType):
    """It reads a 207 as another model, with the trace of the one that failed."""
    bad = {**NEW[kind], "colour": "red"}
    inputs = [
        models.SimplePublicObjectBatchInputForCreate(properties=one, associations=[], object_write_trace_id=trace)
        for one, trace in ((NEW[kind], "good"), (bad, "bad"))
    ]
    body = models.BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    api = of_legacy(legacy, kind).batch_api
    answer = api.create(batch_input_simple_public_object_batch_input_for_create=body)
    assert (answer.num_errors, [one.object_write_trace_id for one in answer.results]) == (1, ["good"])
    assert answer.errors[0].context["objectWriteTraceId"] == ["bad"]
    assert "PROPERTY_DOESNT_EXIST" in answer.errors[0].message


def test_a_refused_deletion_through_the_older_client(legacy, portal: Portal):
    paid = portal.create_invoice({"hs_currency": "USD", "hs_invoice_status": "paid"})
    with pytest.raises(invoices.ApiException) as refused:
        legacy.crm.commerce.invoices.basic_api.archive(paid)
    assert (refused.value.status, json.loads(refused.value.body)["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_type_id_says_by_itself_what_an_association_is_to(kind):
    """An inline association names no object type, so two pairs must not share a type id seen from one end."""
    pairs = [pair for pair in PAIRS if kind in (pair.one, pair.two)]
    ids = [type_id for pair in pairs for type_id in Links(pair).own_types(kind)]
    assert len(ids) == len(set(ids))
    for pair in pairs:
        assert pair_of(pair.one, pair.two) is pair_of(pair.two, pair.one) is pair
