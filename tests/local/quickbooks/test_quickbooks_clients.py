"""Intuit's own OAuth client and python-quickbooks, over real HTTP, against the imitation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks as Client
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    GeneralException,
    ObjectNotFoundException,
    QuickbooksException,
    UnsupportedException,
    ValidationException,
)
from quickbooks.objects import CompanyInfo, Customer, Employee, Preferences, Vendor
from quickbooks.objects.base import Address, EmailAddress, PhoneNumber

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import Clock


def test_intuits_client_refreshes_and_revokes(auth: AuthClient, clock: Clock) -> None:
    """It learns the new values, and that revoked ones are invalid."""
    access, refresh = auth.access_token, auth.refresh_token
    assert (auth.expires_in, auth.x_refresh_token_expires_in) == (3600, 8_726_400)
    clock.advance(86_400)
    auth.refresh()
    assert auth.access_token != access
    assert auth.refresh_token != refresh
    with pytest.raises(AuthClientError) as refused:
        auth.refresh(refresh_token=refresh)
    assert refused.value.status_code == 400
    assert refused.value.intuit_tid
    assert auth.revoke() is True
    with pytest.raises(AuthClientError):
        auth.refresh()


def test_intuits_client_survives_strict_rotation(auth: AuthClient, quickbooks: QuickBooks) -> None:
    """It keeps the newest value of each refresh; an old one ends the connection, also for the newest."""
    quickbooks.settings.rotation, quickbooks.settings.strict = "always", True
    values = [auth.refresh_token]
    for _ in range(3):
        auth.refresh()
        values.append(auth.refresh_token)
    assert len(set(values)) == 4
    for value in (values[-2], values[-1]):
        with pytest.raises(AuthClientError) as refused:
            auth.refresh(refresh_token=value)
        assert json.loads(refused.value.content)["error"] == "invalid_grant"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_intuits_client_revokes_either_token(auth: AuthClient, which: str) -> None:
    """And learns that a made-up one is none."""
    assert auth.revoke(token=getattr(auth, which)) is True
    with pytest.raises(AuthClientError):
        auth.refresh()
    with pytest.raises(AuthClientError) as unknown:
        auth.revoke(token="made up")
    assert (unknown.value.status_code, bool(unknown.value.intuit_tid)) == (400, True)


def test_a_customer_is_created_read_and_updated(client: Client, sample: Company) -> None:
    """python-quickbooks sends empty strings and read-only fields; it gets back what it wrote."""
    customer = Customer()
    customer.DisplayName = "Aster's & Sons"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "ada@aster.example"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "555-0100"
    customer.BillAddr = Address()
    customer.BillAddr.Line1 = "1 Elm St"
    customer.save(qb=client)

    read = Customer.get(customer.Id, qb=client)
    assert (read.DisplayName, read.PrimaryEmailAddr.Address) == ("Aster's & Sons", "ada@aster.example")
    assert (read.BillAddr.Line1, read.Taxable, read.SyncToken) == ("1 Elm St", True, "0")

    read.CompanyName = "Aster & Sons"
    after = read.save(qb=client)
    assert (after.CompanyName, after.SyncToken) == ("Aster & Sons", "1")
    with pytest.raises(QuickbooksException) as stale:
        read.save(qb=client)
    assert stale.value.error_code == 5010
    assert sample.find("aster's & sons")


def test_its_request_id_is_honoured(client: Client) -> None:
    """The same customer comes back."""
    ids = []
    for _ in range(2):
        customer = Customer()
        customer.DisplayName = "Aster"
        ids.append(customer.save(qb=client, request_id="r-1").Id)
    assert ids[0] == ids[1]


def test_vendors_and_employees_too(client: Client) -> None:
    """With the fields that the client sends for them."""
    vendor = Vendor()
    vendor.DisplayName = "Supplier"
    saved = vendor.save(qb=client)
    saved.AcctNum = "7"
    assert saved.save(qb=client).AcctNum == "7"
    employee = Employee()
    employee.GivenName, employee.FamilyName, employee.SSN = "Pat", "Staff", "123-45-6789"
    hired = Employee.get(employee.save(qb=client).Id, qb=client)
    assert (hired.DisplayName, hired.SSN) == ("Pat Staff", "XXX-XX-XXXX")


def test_its_queries_are_understood(client: Client) -> None:
    """filter, where, choose, all, count: the statements that it writes."""
    assert [each.Id for each in Customer.filter(DisplayName="Amy's Bird Sanctuary", Active=True, qb=client)] == ["1"]
    assert [each.Id for each in Customer.choose(["3", "1"], field="Id", qb=client)] == ["3", "1"]
    where = Customer.where("CompanyName LIKE 'C%'", order_by="Id", start_position=1, max_results=5, qb=client)
    assert [each.Id for each in where] == ["3"]
    assert len(Customer.all(order_by="DisplayName", max_results=5, qb=client)) == 5
    assert Customer.count("Active = true", qb=client) == 13
    assert CompanyInfo.all(qb=client)[0].CompanyName == "Craig's Design and Landscaping Services"
    assert Preferences.get(qb=client).SalesFormsPrefs.CustomTxnNumbers is False


def test_its_batches_are_understood(client: Client, sample: Company) -> None:
    """More than 30 customers make two batches; updates and refusals come back by item."""
    customers = []
    for number in range(35):
        customer = Customer()
        customer.DisplayName = "Cool Cars" if number == 7 else f"Customer {number}"
        customers.append(customer)
    created = batch_create(customers, qb=client)
    assert (len(created.successes), len(created.faults)) == (34, 1)
    assert created.faults[0].Error[0].code == "6240"
    assert created.faults[0].original_object.DisplayName == "Cool Cars"
    for customer in created.successes[:3]:
        customer.Notes = "seen"
    updated = batch_update(created.successes[:3], qb=client)
    assert [each.SyncToken for each in updated.successes] == ["1", "1", "1"]
    refused = batch_delete(created.successes[:1], qb=client)
    assert refused.faults[0].Error[0].code == "500"
    assert len(sample.all("Customer")) == 14 + 34


def test_its_change_data_capture_is_understood(client: Client, sample: Company) -> None:
    """Only what changed gets an attribute."""
    sample.update("Vendor", "31", {"AcctNum": "7"})
    changes = change_data_capture([Customer, Vendor], "2026-11-02T00:00:00-08:00", qb=client)
    assert [vendor.Id for vendor in changes.Vendor] == ["31"]
    assert not hasattr(changes, "Customer")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda qb: Customer.get("999", qb=qb), ObjectNotFoundException),
        (lambda qb: Customer.where("Notes = 'x'", qb=qb), ValidationException),
        (lambda qb: qb.delete_object("Customer", '{"Id": "1", "SyncToken": "0"}'), UnsupportedException),
        (
            lambda qb: qb.batch_operation(json.dumps({"BatchItemRequest": [{"bId": "1"}] * 31})),
            GeneralException,
        ),
    ],
)
def test_its_exceptions_fit_our_faults(client: Client, call: Any, error: type[Exception]) -> None:
    """It reads code, Message and Detail out of each."""
    with pytest.raises(error) as raised:
        call(client)
    assert raised.value.detail


def test_it_sees_an_expired_token(client: Client, clock: Clock) -> None:
    """401, which it does not try to parse."""
    clock.advance(3600)
    with pytest.raises(AuthorizationException):
        Customer.get("1", qb=client)


def test_it_finds_our_signatures_valid(client: Client, quickbooks: QuickBooks, sample: Company, clock: Clock) -> None:
    """Its own verification agrees with the header that we send."""
    letters: list[tuple[bytes, dict[str, str]]] = []

    def take(_url: str, body: bytes, headers: dict[str, str]) -> int:
        letters.append((body, headers))
        return 200

    quickbooks.delivery.url = "https://app.example/hook"
    sample.update("Customer", "1", {"Notes": "ü"})
    clock.advance(1)
    quickbooks.delivery.tick(take)
    [(body, headers)] = letters
    assert client.validate_webhook_signature(body.decode(), headers["intuit-signature"])
    assert not client.validate_webhook_signature(body.decode() + " ", headers["intuit-signature"])
