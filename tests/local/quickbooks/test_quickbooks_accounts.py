"""The chart of accounts and the sales forms' custom fields (reference 7.11, 7.13), also through python-quickbooks."""

from __future__ import annotations

from typing import Any

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks as Client
from quickbooks.exceptions import ObjectNotFoundException
from quickbooks.objects import Account, Preferences

from local.quickbooks import Company, Fault, QuickBooks
from local.quickbooks.accounts import CHART
from local.quickbooks.query import answer
from tests.local.quickbooks.quickbooks_world import REALM_ID, Api, Clock, fault

REFERENCE = {  # section 11
    "1": "Services", "4": "Undeposited Funds", "7": "Advertising", "8": "Bank Charges", "17": "Rent or Lease",
    "33": "Accounts Payable (A/P)", "35": "Checking", "36": "Savings", "41": "Mastercard", "44": "Notes Payable",
    "64": "Decks and Patios", "75": "Automobile", "77": "Telephone", "79": "Sales of Product Income",
    "80": "Cost of Goods Sold", "81": "Inventory Asset", "84": "Accounts Receivable (A/R)",
}  # fmt: skip


@pytest.fixture
def client(quickbooks: QuickBooks, sample: Company, url: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Connected with a token at hand: the code flow has tests of its own."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # oauthlib's own switch for a server without TLS
    access = quickbooks.issue_tokens(sample.realm_id)["access_token"]
    discovery = f"{url}/.well-known/openid_sandbox_configuration"
    auth = AuthClient("an-id", "a-secret", "https://app.example/callback", discovery, access_token=access)
    made = Client(auth_client=auth, company_id=REALM_ID, minorversion=75)
    made.api_url_v3 = f"{url}/v3"
    return made


def selected(company: Company, rest: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(company.file, " ".join(["select * from Account", rest])).get("Account", [])
    return found


def test_the_chart_is_the_sample_companys(sample: Company) -> None:
    found = {one["Id"]: one["Name"] for one in selected(sample, "maxresults 1000")}
    assert found.items() >= REFERENCE.items()
    assert len(found) == len(CHART)


def test_an_account_below_another_has_its_full_name(sample: Company) -> None:
    [one] = selected(sample, "where Name = 'Plants and Soil'")
    assert one["FullyQualifiedName"] == "Landscaping Services:Job Materials:Plants and Soil"
    assert (one["SubAccount"], one["ParentRef"], one["Classification"]) == (True, {"value": "46"}, "Revenue")


@pytest.mark.parametrize(("rest", "ids"), [
    ("where Id = '79'", ["79"]),
    ("where Id in ('1', '79') orderby Id", ["1", "79"]),
    ("where AccountType = 'bank' orderby Name", ["35", "36"]),
    ("where AccountType = 'Income' and Name like 'S%' orderby Name desc", ["1", "79"]),
    ("where Classification = 'Equity'", ["34"]),
    ("where FullyQualifiedName like 'Landscaping Services:%' and AccountSubType = 'SalesOfProductIncome' orderby Id",
     ["46", "48", "49"]),
    ("where Active = false", []),
    ("orderby Id startposition 2 maxresults 3", ["4", "5", "7"]),
    ("where MetaData.LastUpdatedTime > '2099-01-01'", []),
])  # fmt: skip
def test_queries(sample: Company, rest: str, ids: list[str]) -> None:
    assert [one["Id"] for one in selected(sample, rest)] == ids


@pytest.mark.parametrize(
    "rest", ["where CurrentBalance > '1'", "where Owner = 'x'", "where Id > '5'", "orderby Balance"]
)
def test_what_cannot_be_asked_is_4001(sample: Company, rest: str) -> None:
    with pytest.raises(Fault) as refused:
        selected(sample, rest)
    assert refused.value.code == "4001"


def test_named_columns_are_taken_and_whole_accounts_returned(sample: Company) -> None:
    statement = "select Id, Name, AccountType, Active from Account where Active in (true, false) maxresults 1000"
    [first, *rest] = answer(sample.file, statement)["Account"]
    assert len(rest) + 1 == len(CHART)
    assert "AccountSubType" in first


def test_an_inactive_account_is_marked_and_left_out(sample: Company, clock: Clock) -> None:
    """Unless the statement speaks of Active; it comes back under its own name."""
    clock.advance(60)
    gone = sample.set_account_active("64", False)
    assert (gone["Name"], gone["Active"], gone["SyncToken"]) == ("Decks and Patios (deleted)", False, "1")
    assert "64" not in [one["Id"] for one in selected(sample, "maxresults 1000")]
    assert [one["Id"] for one in selected(sample, "where Active = false")] == ["64"]
    assert sample.set_account_active("64", True)["Name"] == "Decks and Patios"


def test_a_person_adds_accounts(sample: Company, quickbooks: QuickBooks) -> None:
    """Names may then refer to them; another company does not have them."""
    made = sample.add_account("Trees & Co", "Accounts Receivable")
    assert int(made["Id"]) > max(int(one.id) for one in CHART)
    sample.create("Customer", {"DisplayName": "Ada", "ARAccountRef": {"value": made["Id"]}})
    other = quickbooks.add_company("9130350000000777")
    with pytest.raises(Fault) as unknown:
        other.create("Customer", {"DisplayName": "Ada", "ARAccountRef": {"value": made["Id"]}})
    assert unknown.value.code == "2500"


@pytest.mark.parametrize(("name", "type_name", "code"), [
    ("checking", "Bank", "6240"), ("A:B", "Bank", "2040"), ('A"B', "Bank", "2040"), ("", "Bank", "2020"),
    ("x" * 101, "Bank", "2050"),
])  # fmt: skip
def test_a_wrong_account_is_refused(sample: Company, name: str, type_name: str, code: str) -> None:
    with pytest.raises(Fault) as refused:
        sample.add_account(name, type_name)
    assert refused.value.code == code


def test_an_account_is_read_by_its_id(api: Api) -> None:
    reply = api.get("account/79").json()
    assert reply["Account"]["Name"] == "Sales of Product Income"
    assert fault(api.get("account/999"))["code"] == "610"
    assert fault(api.get("account/x"))["code"] == "2030"
    assert fault(api.post("account", {"Name": "New"}))["code"] == "500"


def test_both_reads_are_metered(api: Api, quickbooks: QuickBooks) -> None:
    api.get("account/79")
    api.get("query", query="select * from Account")
    assert quickbooks.metered(api.realm_id) == 2


def test_python_quickbooks_reads_accounts(client: Client) -> None:
    account = Account.get("79", qb=client)
    assert (account.Name, account.AccountType, account.Active) == ("Sales of Product Income", "Income", True)
    assert account.to_ref().name == "Sales of Product Income"
    assert [one.Id for one in Account.filter(AccountType="Bank", Active=True, order_by="Id", qb=client)] == ["35", "36"]
    assert Account.count(qb=client) == len(CHART)
    assert len(Account.all(max_results=1000, qb=client)) == len(CHART)
    with pytest.raises(ObjectNotFoundException):
        Account.get("999", qb=client)


def told(preferences: dict[str, Any]) -> dict[str, Any]:
    """Each entry of the custom fields' groups: its name and its value."""
    groups = preferences["SalesFormsPrefs"]["CustomField"]
    return {
        one["Name"].removeprefix("SalesFormsPrefs."): one.get("BooleanValue", one.get("StringValue"))
        for group in groups
        for one in group["CustomField"]
    }


def test_the_sample_company_has_intuits_crew_number(sample: Company) -> None:
    assert told(sample.file.preferences()) == {
        "UseSalesCustom1": True, "UseSalesCustom2": False, "UseSalesCustom3": False, "SalesCustomName1": "Crew #",
    }  # fmt: skip


def test_a_person_names_custom_fields(company: Company, clock: Clock) -> None:
    """Preferences change with them."""
    before = company.file.preferences()
    assert not any(told(before).values())
    clock.advance(60)
    company.name_custom_field("3", "Van")
    company.name_custom_field("2", "Crew #")
    company.name_custom_field("3", "")
    after = company.file.preferences()
    used = {name: value for name, value in told(after).items() if value}
    assert used == {"UseSalesCustom2": True, "SalesCustomName2": "Crew #"}
    assert int(after["SyncToken"]) > int(before["SyncToken"])
    assert after["MetaData"]["LastUpdatedTime"] > before["MetaData"]["LastUpdatedTime"]
    with pytest.raises(Fault):
        company.name_custom_field("4", "Too many")


def test_python_quickbooks_reads_the_custom_fields(client: Client) -> None:
    """It makes objects of the preferences, but leaves these groups as they came."""
    groups = Preferences.get(qb=client).SalesFormsPrefs.CustomField
    shown = told({"SalesFormsPrefs": {"CustomField": groups}})
    assert (shown["UseSalesCustom1"], shown["SalesCustomName1"]) == (True, "Crew #")


def test_all_of_it_over_the_control_routes(api: Api) -> None:
    path = f"companies/{REALM_ID}/do"
    assert api.control("POST", path, {"action": "name_custom_field", "id": "1", "name": "Crew #"}).ok
    made = api.control("POST", path, {"action": "add_account", "name": "Trees", "type": "Income"}).json()
    assert api.get(f"account/{made['Id']}").json()["Account"]["Name"] == "Trees"
    assert told(api.get("preferences").json()["Preferences"])["SalesCustomName1"] == "Crew #"
