"""HubSpot's client against a vendor that answers in process: caps, paging, 207, 404, tokens and time."""

from __future__ import annotations

import pytest
import requests

from chalicelib.failures import Busy, OutOfTime, ReconnectNeeded, Rejected, Unknown
from chalicelib.hubspot.client import HubSpot, primary_company
from chalicelib.hubspot.models import AssociationTo
from chalicelib.jobs import Portal
from tests.chalicelib.answering import HTML, Answer, Badge, Vendor, transport

CONTACTS = "/crm/objects/2026-09/contacts"
PROPERTIES = "/crm/properties/2026-09/contacts"


def client(answers, **more) -> tuple[HubSpot, Vendor]:
    vendor = Vendor(answers if callable(answers) else lambda _asked: answers)
    return HubSpot(transport(vendor, "HubSpot", **more)), vendor


def echo(asked) -> Answer:
    """Every record that was asked for."""
    found = [{"id": one["id"], "properties": {"email": f"{one['id']}@x.test"}} for one in asked.body["inputs"]]
    return Answer(200, {"status": "COMPLETE", "results": found})


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)  # fmt: skip
def test_a_batch_read_is_split_at_100(count, sizes):
    hubspot, vendor = client(echo)
    ids = [str(number) for number in range(count)]
    assert [one.id for one in hubspot.batch_read("contacts", ids, ["email"])] == ids
    assert [len(asked.body["inputs"]) for asked in vendor.asked] == sizes
    assert {asked.path for asked in vendor.asked} <= {f"{CONTACTS}/batch/read"}


def test_an_id_is_asked_for_once():
    hubspot, vendor = client(echo)
    hubspot.batch_read("contacts", ["1", "2", "1"], ["email"], "email")
    (asked,) = vendor.asked
    assert asked.body == {"properties": ["email"], "inputs": [{"id": "1"}, {"id": "2"}], "idProperty": "email"}


def test_of_a_207_the_found_ones_are_taken():
    body = {
        "status": "COMPLETE", "numErrors": 1, "results": [{"id": 101, "properties": {"n": 5, "b": True, "e": None}}],
        "errors": [{"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": ["999"]}}],
    }  # fmt: skip
    hubspot, _ = client(Answer(207, body))
    (record,) = hubspot.batch_read("contacts", ["101", "999"], ["email"])
    assert (record.id, record.text("n"), record.text("b"), record.text("e")) == ("101", "5", "true", "")


def test_a_207_of_a_create_has_an_outcome_for_each_input():
    body = {
        "results": [{"id": "1", "properties": {}, "objectWriteTraceId": "t-1"}],
        "errors": [{"status": "error", "context": {"objectWriteTraceId": ["t-2"]}}],
    }  # fmt: skip
    hubspot, vendor = client(Answer(207, body))
    inputs = [{"properties": {}, "objectWriteTraceId": trace} for trace in ("t-1", "t-2")]
    reply = hubspot.batch_create("contacts", inputs)
    assert [one.objectWriteTraceId for one in reply.results] == ["t-1"]
    assert [one["context"]["objectWriteTraceId"] for one in reply.errors] == [["t-2"]]
    assert vendor.asked[0].body == {"inputs": inputs}


def test_one_record_is_read_or_there_is_none():
    hubspot, vendor = client(Answer(200, {"id": "102", "properties": {"email": "a@x.test"}}))
    assert hubspot.read("contacts", "101", ["email", "city"]).id == "102"  # the survivor of a merge
    assert vendor.asked[0].params == {"properties": "email,city", "archived": "false"}
    hubspot, vendor = client(Answer(404, {"status": "error", "category": "OBJECT_NOT_FOUND"}))
    assert hubspot.read("contacts", "101", ["email"], archived=True) is None
    assert vendor.asked[0].params["archived"] == "true"


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Answer(404, HTML), Unknown),  # no proof that the record is gone
        (Answer(403, {"category": "MISSING_SCOPES"}), Rejected),
        (Answer(503, HTML), Unknown),
        (Answer(200, HTML), Unknown),
        (Answer(200, "[1]"), Unknown),
    ],
)
def test_only_hubspots_own_404_says_that_there_is_none(answer, failed):
    hubspot, _ = client(answer)
    with pytest.raises(failed):
        hubspot.read("contacts", "101", ["email"])


def links(number) -> dict:
    return {"toObjectId": number, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}]}


def test_associations_are_read_in_thousands_and_to_the_last_page():
    """Contact 7 has more companies than one page shows; its next pages ride along with later calls."""

    def answers(asked) -> Answer:
        results = []
        for one in asked.body["inputs"]:
            page = int(one.get("after", 0))
            result = {"from": {"id": one["id"]}, "to": [links(1_000 + page)]}
            if one["id"] == "7" and page < 2:
                result["paging"] = {"next": {"after": str(page + 1)}}
            results.append(result)
        return Answer(200, {"results": results})

    hubspot, vendor = client(answers)
    ids = [str(number) for number in range(1_500)]
    found = hubspot.associations("contacts", "companies", [*ids, "3"])
    assert [to.toObjectId for to in found["7"]] == ["1000", "1001", "1002"]
    assert all(len(to) == 1 for one, to in found.items() if one != "7")
    assert len(found) == 1_500
    assert [len(asked.body["inputs"]) for asked in vendor.asked] == [1_000, 501, 1]
    assert vendor.asked[0].path == "/crm/associations/2026-09/contacts/companies/batch/read"


def test_records_without_associations_are_left_out():
    hubspot, _ = client(Answer(207, {"results": [], "errors": [{"category": "OBJECT_NOT_FOUND"}]}))
    assert hubspot.associations("contacts", "companies", ["1"]) == {}


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ([[279], [1, 279]], "2"),
        ([[279]], None),
        ([[279], [931]], None),
        ([[280, 2]], "1"),
        ([], None),
    ],
)
def test_the_primary_company_is_told_by_its_type(kinds, found):
    """The label is only its display."""
    to = [
        AssociationTo.model_validate({
            "toObjectId": number, "associationTypes": [{"typeId": kind, "label": "Primary"} for kind in some],
        })
        for number, some in enumerate(kinds, 1)
    ]  # fmt: skip
    assert primary_company(to) == found


def test_a_search_tells_its_total_and_where_the_next_page_begins():
    body = {"total": 300, "results": [{"id": "1", "properties": {}}], "paging": {"next": {"after": "200"}}}
    hubspot, vendor = client(Answer(200, body))
    total, records, after = hubspot.search("contacts", {"limit": 200})
    assert (total, [one.id for one in records], after) == (300, ["1"], "200")
    assert vendor.asked[0].path == f"{CONTACTS}/search"


@pytest.mark.parametrize(("paging", "after"), [({"next": {"after": 40_119}}, "40119"), ({}, None), (None, None)])
def test_a_list_ends_where_there_is_no_next_page(paging, after):
    hubspot, vendor = client(Answer(200, {"results": [{"id": 1}, {"id": 2}], "paging": paging}))
    page, following = hubspot.list_page("contacts", "5", ["createdate"])
    assert ([one.id for one in page], following) == (["1", "2"], after)
    assert vendor.asked[0].params == {"limit": "100", "properties": "createdate", "after": "5"}


def test_an_archive_answers_nothing():
    hubspot, vendor = client(Answer(204))
    hubspot.archive("contacts", "101")
    assert (vendor.asked[0].method, vendor.asked[0].path) == ("DELETE", f"{CONTACTS}/101")


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (Answer(201, {"name": "quickbooks_key"}), True),
        (Answer(200, {"name": "quickbooks_key"}), True),
        (Answer(409, {"category": "OBJECT_ALREADY_EXISTS", "message": "there"}), False),
    ],
)
def test_a_property_that_is_there_already_is_left_as_it_is(answer, made):
    hubspot, vendor = client(answer)
    assert hubspot.ensure_property("contacts", {"name": "quickbooks_key"}) is made
    assert hubspot.ensure_property_group("contacts", {"name": "quickbooks_sync"}) is made
    assert [(asked.method, asked.path, asked.body) for asked in vendor.asked] == [
        ("POST", PROPERTIES, {"name": "quickbooks_key"}),
        ("POST", f"{PROPERTIES}/groups", {"name": "quickbooks_sync"}),
    ]
    assert [str(call) for call in hubspot.transport.log.made] == [
        "HubSpot: make property quickbooks_key on contacts", "HubSpot: make group on contacts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "failed"), [(Answer(403, {"category": "MISSING_SCOPES"}), Rejected), (Answer(503, HTML), Unknown)]
)
def test_a_property_that_could_not_be_made_or_read_is_a_failure(answer, failed):
    hubspot, _ = client(answer)
    with pytest.raises(failed):
        hubspot.ensure_property("contacts", {"name": "quickbooks_key"})
    with pytest.raises(failed):
        hubspot.property("contacts", "quickbooks_key")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(200, {"name": "quickbooks_key", "hasUniqueValue": True}),
         {"name": "quickbooks_key", "hasUniqueValue": True}),
        (Answer(404, {"status": "error", "category": "OBJECT_NOT_FOUND"}), None),
    ],
)  # fmt: skip
def test_a_property_is_read_as_it_is_or_there_is_none(answer, found):
    hubspot, vendor = client(answer)
    assert hubspot.property("contacts", "quickbooks_key") == found
    assert (vendor.asked[0].method, vendor.asked[0].path) == ("GET", f"{PROPERTIES}/quickbooks_key")


def test_a_404_of_something_in_between_is_no_proof_that_a_property_is_missing():
    hubspot, _ = client(Answer(404, HTML))
    with pytest.raises(Unknown):
        hubspot.property("contacts", "quickbooks_key")


# --- tokens, limits, time ---------------------------------------------------------------------------------------------

EXPIRED = Answer(401, {"category": "EXPIRED_AUTHENTICATION"})


@pytest.mark.parametrize(
    ("answers", "tokens", "failed", "calls"),
    [
        ([EXPIRED, Answer(200, {"id": "1"})], ["old", "new"], None, ["old", "new"]),
        ([EXPIRED, EXPIRED, EXPIRED], ["old", "new", "newer"], ReconnectNeeded, ["old", "new"]),  # once, not for ever
        ([EXPIRED, EXPIRED], ["old"], ReconnectNeeded, ["old"]),
    ],
)
def test_a_401_is_answered_with_one_newer_token_and_one_retry(answers, tokens, failed, calls):
    badge = Badge(Portal("48120771"), tokens)
    hubspot, vendor = client(lambda _asked: answers[len(vendor.asked) - 1], speaker=badge)
    if failed:
        with pytest.raises(failed):
            hubspot.read("contacts", "1", ["email"])
    else:
        assert hubspot.read("contacts", "1", ["email"]).id == "1"
    assert [asked.headers["Authorization"] for asked in vendor.asked] == [f"Bearer {token}" for token in calls]
    assert (badge.refusals, badge.proofs) == (1, 0 if failed else 1)


def test_a_limit_that_lasts_is_no_reason_to_keep_calling():
    hubspot, vendor = client(Answer(429, {"policyName": "SECONDLY"}))
    for _ in range(3):
        with pytest.raises(Busy):
            hubspot.read("contacts", "1", ["email"])
    assert len(vendor.asked) <= 4  # one breath in a group's life


def test_no_call_starts_that_would_not_fit_into_the_time_left():
    hubspot, vendor = client(echo, left_s=lambda: 19.9)
    with pytest.raises(OutOfTime):
        hubspot.batch_read("contacts", ["1"], ["email"])
    assert vendor.asked == []


def test_between_two_calls_the_time_may_run_out():
    left = iter([120.0, 10.0])
    hubspot, vendor = client(echo, left_s=lambda: next(left))
    with pytest.raises(OutOfTime):
        hubspot.batch_read("contacts", [str(number) for number in range(101)], ["email"])
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("broken", "ended"),
    [
        (requests.ReadTimeout("slow"), False),
        (requests.ConnectTimeout("slow"), False),
        (requests.ConnectionError("reset"), True),
        (requests.exceptions.ChunkedEncodingError("cut"), True),
    ],
)
def test_without_an_answer_the_outcome_is_unknown(broken, ended):
    def answers(_asked) -> Answer:
        raise broken

    hubspot, _ = client(answers)
    with pytest.raises(Unknown) as failed:
        hubspot.batch_update("contacts", [{"id": "1"}])
    assert failed.value.ended is ended


def test_every_call_is_on_the_log_in_words():
    hubspot, _ = client(echo)
    hubspot.batch_read("contacts", ["1", "2"], ["email"])
    assert [str(call) for call in hubspot.transport.log.made] == ["HubSpot: read 2 contacts"]
