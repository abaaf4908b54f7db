"""Creates and updates (reference 2.3, 2.7, 7.1): what is stored, what is emptied, what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.quickbooks import Company
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault

FULL = {
    "DisplayName": "Aster Ltd",
    "GivenName": "Ada",
    "FamilyName": "Aster",
    "CompanyName": "Aster Ltd",
    "Notes": "first",
    "Taxable": True,
    "PrimaryEmailAddr": {"Address": "ada@aster.example"},
    "PrimaryPhone": {"FreeFormNumber": "555-0100"},
    "BillAddr": {"Line1": "1 Elm St", "City": "Bayshore", "PostalCode": "94001"},
    "SalesTermRef": {"value": "3"},
    "PreferredDeliveryMethod": "Email",
}


def test_a_create_answers_200_with_the_whole_customer(api: Api, clock: Clock) -> None:
    """Ids and tokens are strings, amounts numbers, times Pacific; what has no value is not there."""
    clock.advance(0.411)
    reply = api.post("customer", FULL)
    assert reply.status_code == 200
    assert reply.headers["intuit_tid"]
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.json()["time"] == "2026-11-02T13:00:00.411-08:00"
    customer = reply.json()["Customer"]
    at = "2026-11-02T13:00:00-08:00"
    assert customer == {
        **FULL,
        "FullyQualifiedName": "Aster Ltd",
        "PrintOnCheckName": "Aster Ltd",
        "Active": True,
        "BillAddr": {"Id": "1", **FULL["BillAddr"]},
        "Job": False,
        "BillWithParent": False,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "Balance": 0,
        "BalanceWithJobs": 0,
        "IsProject": False,
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "MetaData": {"CreateTime": at, "LastUpdatedTime": at},
    }
    assert api.get("customer/1").json()["Customer"] == customer


def test_a_sparse_update_leaves_alone_what_it_leaves_out(api: Api, clock: Clock) -> None:
    """Only the fields sent change; the token counts up and the time moves."""
    before = api.post("customer", FULL).json()["Customer"]
    clock.advance(90)
    body = {"Id": before["Id"], "SyncToken": "0", "sparse": True, "Notes": "second", "CompanyName": ""}
    after = api.post("customer", body).json()["Customer"]
    expected = {**before, "Notes": "second", "SyncToken": "1"}
    del expected["CompanyName"]
    expected["MetaData"] = {**before["MetaData"], "LastUpdatedTime": "2026-11-02T13:01:30-08:00"}
    assert after == expected


def test_a_nested_object_replaces_the_stored_one_also_in_a_sparse_update(api: Api) -> None:
    """What is missing inside it is gone; its id stays."""
    api.post("customer", FULL)
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "BillAddr": {"City": "Monterey"}, "PrimaryEmailAddr": {}}
    after = api.post("customer", body).json()["Customer"]
    assert after["BillAddr"] == {"Id": "1", "City": "Monterey"}
    assert "PrimaryEmailAddr" not in after
    assert after["PrimaryPhone"] == FULL["PrimaryPhone"]


def test_a_full_update_empties_what_it_leaves_out(api: Api) -> None:
    """But for the currency, the balance, and whether it is active."""
    api.post("customer", {**FULL, "Balance": 12.5})
    after = api.post("customer", {"Id": "1", "SyncToken": "0", "DisplayName": "Aster"}).json()["Customer"]
    assert not set(after) & {"GivenName", "CompanyName", "Notes", "PrimaryEmailAddr", "BillAddr", "SalesTermRef"}
    assert (after["Taxable"], after["PreferredDeliveryMethod"]) == (False, "None")
    assert (after["CurrencyRef"]["value"], after["Balance"], after["Active"]) == ("USD", 12.5, True)
    assert after["PrintOnCheckName"] == "Aster"


def test_a_name_cannot_be_cleared(api: Api) -> None:
    """A sparse update keeps it; a full update without one has it built anew."""
    api.post("customer", FULL)
    kept = api.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "DisplayName": ""}).json()
    assert kept["Customer"]["DisplayName"] == "Aster Ltd"
    built = api.post("customer", {"Id": "1", "SyncToken": "1", "GivenName": "Ada"}).json()
    assert built["Customer"]["DisplayName"] == "Ada"
    assert fault(api.post("customer", {"Id": "1", "SyncToken": "2", "Notes": "x"}))["code"] == "6080"


def test_a_null_counts_as_left_out(api: Api) -> None:
    """Only an empty value takes something away."""
    api.post("customer", FULL)
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": None, "PrimaryEmailAddr": None}
    after = api.post("customer", body).json()["Customer"]
    assert (after["Notes"], after["PrimaryEmailAddr"]) == ("first", FULL["PrimaryEmailAddr"])


def test_read_only_attributes_are_passed_over_in_silence(api: Api) -> None:
    """Whole objects can be sent back as they came, with decorative names of references."""
    created = api.post("customer", {**FULL, "IsProject": True, "Level": 3, "BalanceWithJobs": 9}).json()["Customer"]
    assert (created["IsProject"], created["BalanceWithJobs"]) == (False, 0)
    sent = {**created, "Balance": 99, "SalesTermRef": {"value": "3", "name": "whatever"}, "domain": "XYZ"}
    after = api.post("customer", sent).json()["Customer"]
    assert after == {**created, "SyncToken": "1"}


@pytest.mark.parametrize(("token", "code"), [("0", "5010"), ("2", "5010"), ("x", "5010"), ("", "2020"), (None, "2020")])
def test_an_update_needs_the_current_sync_token(api: Api, token: str | None, code: str) -> None:
    """The customer is at 1; anything else is stale, nothing at all is missing."""
    api.post("customer", FULL)
    api.post("customer", {"Id": "1", "SyncToken": 0, "sparse": True, "Notes": "second"})
    refused = fault(api.post("customer", {"Id": "1", "SyncToken": token, "sparse": True, "Notes": "third"}))
    assert refused["code"] == code
    assert api.get("customer/1").json()["Customer"]["Notes"] == "second"


@pytest.mark.parametrize(
    ("entity", "field", "longest"),
    [
        ("customer", "DisplayName", 500),
        ("customer", "Title", 16),
        ("customer", "Suffix", 16),
        ("customer", "GivenName", 100),
        ("customer", "MiddleName", 100),
        ("customer", "FamilyName", 100),
        ("customer", "CompanyName", 100),
        ("customer", "PrintOnCheckName", 110),
        ("customer", "Notes", 2000),
        ("customer", "ResaleNum", 16),
        ("customer", "PrimaryPhone.FreeFormNumber", 30),
        ("customer", "Fax.FreeFormNumber", 30),
        ("customer", "WebAddr.URI", 1000),
        ("customer", "BillAddr.Line1", 500),
        ("customer", "BillAddr.City", 255),
        ("customer", "ShipAddr.PostalCode", 30),
        ("vendor", "PrintOnCheckName", 100),
        ("vendor", "AcctNum", 100),
        ("employee", "PrimaryPhone.FreeFormNumber", 20),
        ("employee", "EmployeeNumber", 100),
    ],
)
def test_a_text_may_be_so_long_and_no_longer(api: Api, entity: str, field: str, longest: int) -> None:
    """One character more is 2050, with Min, Max and the supplied length."""

    def body(length: int) -> dict[str, Any]:
        name, _, member = field.partition(".")
        text = "x" * length
        return {"DisplayName": "A", "GivenName": "A", name: {member: text} if member else text}

    refused = fault(api.post(entity, body(longest + 1)))
    assert (refused["code"], refused["element"]) == ("2050", field)
    expected = f"Min:0 Max:{longest:,} supported. Supplied length:{longest + 1:,}"
    assert refused["Detail"] == f"String length specified does not match the supported length. {expected}"
    assert api.post(entity, body(longest)).status_code == 200


@pytest.mark.parametrize(
    ("values", "code", "element"),
    [
        ({"Colour": "red"}, "2010", "Colour"),
        ({"displayname": "x"}, "2010", "displayname"),
        ({"BillAddr": {"Street": "x"}}, "2010", "BillAddr.Street"),
        ({"BillAddr": "1 Elm St"}, "2010", "BillAddr"),
        ({"Notes": {"value": "x"}}, "2010", "Notes"),
        ({"SalesTermRef": "3"}, "2010", "SalesTermRef"),
        ({"Source": "x"}, "2010", "Source"),
        ({"SalesTermRef": {"value": "99"}}, "2500", "SalesTermRef"),
        ({"SalesTermRef": {"value": "Net 30"}}, "2030", "SalesTermRef.value"),
        ({"PaymentMethodRef": {"value": "3"}}, "2500", "PaymentMethodRef"),
        ({"CurrencyRef": {"value": "XXX"}}, "2500", "CurrencyRef"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000", ""),
        ({"PrimaryEmailAddr": {"Address": "nobody"}}, "2210", "PrimaryEmailAddr.Address"),
        ({"PrimaryEmailAddr": {"Address": "a@b"}}, "2210", "PrimaryEmailAddr.Address"),
        ({"PrimaryEmailAddr": {"Address": "a@b.c, d"}}, "2210", "PrimaryEmailAddr.Address"),
        ({"PrimaryEmailAddr": {"Address": "a@b." + "c" * 97}}, "2050", "PrimaryEmailAddr.Address"),
        ({"BillAddr": {f"Line{n}": "x" * 450 for n in range(1, 6)}}, "2050", "BillAddr"),
        ({"PreferredDeliveryMethod": "Pigeon"}, "2170", "PreferredDeliveryMethod"),
        ({"TaxExemptionReasonId": 16}, "2170", "TaxExemptionReasonId"),
        ({"Taxable": "perhaps"}, "2230", "Taxable"),
        ({"Balance": "much"}, "2080", "Balance"),
        ({"OpenBalanceDate": "02.11.2026"}, "2060", "OpenBalanceDate"),
        ({"OpenBalanceDate": "2026-02-30"}, "2060", "OpenBalanceDate"),
    ],
)
def test_a_bad_value_names_its_element(api: Api, values: dict[str, Any], code: str, element: str) -> None:
    """And nothing is created."""
    refused = fault(api.post("customer", {"DisplayName": "Aster", **values}))
    assert (refused["code"], refused["element"]) == (code, element)
    assert api.get("query", query="select count(*) from Customer").json()["QueryResponse"] == {"totalCount": 0}


def test_an_address_has_room_for_2000_characters_in_its_lines(api: Api) -> None:
    """Together; the city does not count."""
    address = {**{f"Line{n}": "x" * 400 for n in range(1, 6)}, "City": "Bayshore"}
    assert api.post("customer", {"DisplayName": "Aster", "BillAddr": address}).status_code == 200


def test_values_are_taken_as_they_are_meant(api: Api) -> None:
    """Numbers and booleans may be written as text; several addresses may share the field."""
    body = {
        "DisplayName": "Aster",
        "Balance": "12.50",
        "Taxable": "true",
        "TaxExemptionReasonId": 9,
        "PrimaryEmailAddr": {"Address": "a@b.c,d@e.f"},
        "BillAddr": {"Line1": 12, "Lat": "1", "Note": "x"},
    }
    customer = api.post("customer", body).json()["Customer"]
    assert (customer["Balance"], customer["Taxable"], customer["TaxExemptionReasonId"]) == (12.5, True, "9")
    assert customer["PrimaryEmailAddr"]["Address"] == "a@b.c,d@e.f"
    assert customer["BillAddr"] == {"Id": "1", "Line1": "12"}


def test_tax_numbers_are_masked_and_the_mask_sent_back_changes_nothing(api: Api, company: Company) -> None:
    """The last five characters show; a social security number shows nothing."""
    created = api.post("customer", {"DisplayName": "Aster", "PrimaryTaxIdentifier": "12-3456789"}).json()["Customer"]
    assert created["PrimaryTaxIdentifier"] == "XXXXX56789"
    api.post("customer", created)
    assert company.file.records["Customer"]["1"].values["PrimaryTaxIdentifier"] == "12-3456789"
    employee = api.post("employee", {"GivenName": "Pat", "SSN": "123-45-6789"}).json()["Employee"]
    assert employee["SSN"] == "XXX-XX-XXXX"


def test_a_currency_is_set_once(api: Api, company: Company) -> None:
    """With several currencies switched on it can be chosen on create, and never changed."""
    company.file.multi_currency = True
    created = api.post("customer", {"DisplayName": "Aster", "CurrencyRef": {"value": "EUR"}}).json()["Customer"]
    assert created["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert fault(api.post("customer", change))["code"] == "6000"


@pytest.mark.parametrize(
    ("path", "code"), [("customer/999", "610"), ("customer/abc", "2030"), ("companyinfo/12", "610")]
)
def test_what_is_not_there_cannot_be_read(api: Api, path: str, code: str) -> None:
    """610 for an unknown id, 2030 for something that is none."""
    assert fault(api.get(path))["code"] == code


def test_what_is_not_there_cannot_be_updated(api: Api) -> None:
    """And a vendor is not a customer, though they share their ids."""
    api.post("vendor", {"DisplayName": "Supplier"})
    assert fault(api.post("customer", {"Id": "1", "SyncToken": "0", "DisplayName": "x"}))["code"] == "610"
    assert api.post("employee", {"GivenName": "Pat"}).json()["Employee"]["Id"] == "2"


def test_of_many_updates_at_once_one_wins(api: Api, company: Company) -> None:
    """All send the same token; the others are stale."""
    api.post("customer", FULL)

    def update(number: int) -> int:
        body = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": str(number)}
        return Api(api.url, api.realm_id, api.token).post("customer", body).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(update, range(8)))
    assert statuses == [200] + [400] * 7
    assert company.get("Customer", "1")["SyncToken"] == "1"


def test_a_lapsed_subscription_stops_writes_and_not_reads(api: Api, company: Company) -> None:
    """6190 on every write."""
    api.post("customer", FULL)
    company.file.settings.subscription_lapsed = True
    assert fault(api.post("customer", {"DisplayName": "B"}))["code"] == "6190"
    assert fault(api.post("customer", {"Id": "1", "SyncToken": "0", "DisplayName": "B"}))["code"] == "6190"
    assert api.get("customer/1").status_code == 200


def test_a_person_needs_no_token_and_clears_with_none(company: Company) -> None:
    """The token counts up all the same."""
    id = company.create("Customer", FULL)["Id"]
    after = company.update("Customer", id, {"Notes": None, "PrimaryEmailAddr": None, "Balance": 5})
    assert (after["SyncToken"], after["Balance"]) == ("1", 5)
    assert not set(after) & {"Notes", "PrimaryEmailAddr"}
