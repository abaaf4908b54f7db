"""Products and services (reference 7.3)."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company, Fault, QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault
from tests.local.quickbooks.selling import done, inventory, invoice, line, opened, service


def test_a_service_is_created_changed_and_found(api: Api) -> None:
    """Prices come back as they went, accounts with their names."""
    made = done(api, "item", service("Hours", UnitPrice=19.99, Sku="H-1", Description="By the hour"))
    assert (made["Id"], made["SyncToken"], made["FullyQualifiedName"], made["Active"]) == ("1", "0", "Hours", True)
    assert made["IncomeAccountRef"] == {"value": "1", "name": "Services"}
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "UnitPrice": "20.05"}
    after = done(api, "item", change)
    assert (after["UnitPrice"], after["Sku"], after["SyncToken"]) == (20.05, "H-1", "1")
    found = api.get("query", query="select *, Sku from Item where Name = 'hours'").json()["QueryResponse"]["Item"]
    assert found == [after] == [api.get("item/1").json()["Item"]]


def test_items_have_ids_of_their_own(api: Api, company: Company) -> None:
    """A customer and an item may share one."""
    assert company.create("Customer", {"DisplayName": "Aster"})["Id"] == done(api, "item", service())["Id"] == "1"


@pytest.mark.parametrize(
    ("body", "code", "element"),
    [
        ({"Type": "Service", "IncomeAccountRef": {"value": "1"}}, "2020", "Name"),
        ({"Name": "A", "IncomeAccountRef": {"value": "1"}}, "2020", "Type"),
        ({"Name": "A", "Type": "Service"}, "2020", "IncomeAccountRef"),
        ({"Name": "A", "Type": "NonInventory"}, "2020", "IncomeAccountRef"),
        ({**inventory(), "AssetAccountRef": None}, "2020", "AssetAccountRef"),
        ({**inventory(), "ExpenseAccountRef": None}, "2020", "ExpenseAccountRef"),
        ({**inventory(), "QtyOnHand": None}, "2020", "QtyOnHand"),
        ({**inventory(), "InvStartDate": None}, "2020", "InvStartDate"),
        ({**inventory(), "TrackQtyOnHand": False}, "6000", ""),
        ({**inventory(), "IncomeAccountRef": {"value": "1"}}, "6430", ""),
        (service(IncomeAccountRef={"value": "35"}), "6430", ""),
        (service(ExpenseAccountRef={"value": "1"}), "6430", ""),
        (service(IncomeAccountRef={"value": "999"}), "2500", "IncomeAccountRef"),
        (service("A:B"), "2040", "Name"),
        (service("A" * 101), "2050", "Name"),
        (service(Sku="A" * 101), "2050", "Sku"),
        (service(UnitPrice=100_000_000_000), "2140", "UnitPrice"),
        (service(UnitPrice="dear"), "2080", "UnitPrice"),
        (service(UnitPrice=-1), "2290", "UnitPrice"),
        (service(Type="Bundle"), "2170", "Type"),
        (service(Type="Group"), "5030", "Type"),
        (service(SubItem=True), "6150", "ParentRef"),
        (service(SubItem=True, ParentRef={"value": "9"}), "2500", "ParentRef"),
        (service(ParentRef={"value": "9"}), "2600", "ParentRef"),
        (service(PrefVendorRef={"value": "9"}), "2500", "PrefVendorRef"),
        (service(Colour="red"), "2010", "Colour"),
        (service("taken"), "6240", ""),
    ],
)
def test_what_an_item_needs_and_may_not_have(api: Api, body: dict[str, Any], code: str, element: str) -> None:
    """By type; nothing is stored."""
    done(api, "item", service("Taken"))
    refused = fault(api.post("item", body))
    assert refused["code"] == code
    assert element in ("", refused["element"])
    assert api.get("query", query="select count(*) from Item").json()["QueryResponse"]["totalCount"] == 1


def test_other_editions_want_an_expense_account_too(quickbooks: QuickBooks) -> None:
    """Canada and the United Kingdom (reference 12.3); a person's form fills it in."""
    company = quickbooks.add_company("1", country="GB", home_currency="GBP")
    with pytest.raises(Fault) as refused:
        company.file.create(company.file.items.entity, service())
    assert (refused.value.code, refused.value.element) == ("2020", "ExpenseAccountRef")
    assert company.create("Item", service())["ExpenseAccountRef"]["value"] == "80"


def test_names_are_unique_in_each_category(api: Api) -> None:
    """The same name may stand in two categories, an article number anywhere."""
    first, second = (done(api, "item", {"Name": name, "Type": "Category"})["Id"] for name in ("Inside", "Outside"))
    for category in (first, second):
        below = {"SubItem": True, "ParentRef": {"value": category}}
        made = done(api, "item", service("Lamp", Sku="L", **below))
        assert fault(api.post("item", service("LAMP", **below)))["code"] == "6240"
    assert (made["FullyQualifiedName"], made["Level"]) == ("Outside:Lamp", 1)
    assert done(api, "item", service("Lamp", Sku="L"))["FullyQualifiedName"] == "Lamp"


def test_an_inactive_item_is_marked_and_frees_its_name(api: Api) -> None:
    """It can be read, queries leave it out, and it cannot be sold."""
    done(api, "item", service("Lamp"))
    gone = done(api, "item", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["Name"], gone["FullyQualifiedName"]) == ("Lamp (deleted)", "Lamp (deleted)")
    assert api.get("query", query="select * from Item").json()["QueryResponse"] == {}
    both = api.get("query", query="select * from Item where Active in (true, false)").json()["QueryResponse"]
    assert [each["Id"] for each in both["Item"]] == ["1"]
    again = done(api, "item", service("Lamp"))
    assert fault(api.post("item", {"Id": "1", "SyncToken": "1", "sparse": True, "Active": True}))["code"] == "6240"
    done(api, "item", {"Id": again["Id"], "SyncToken": "0", "sparse": True, "Name": "Lantern"})
    back = done(api, "item", {"Id": "1", "SyncToken": "1", "sparse": True, "Active": True})
    assert back["Name"] == "Lamp"


def test_an_item_cannot_be_deleted_and_keeps_its_type(api: Api) -> None:
    """Name lists know no delete; inventory stays inventory."""
    done(api, "item", inventory())
    assert fault(api.post("item", {"Id": "1", "SyncToken": "0"}, operation="delete"))["code"] == "500"
    changed = {"Id": "1", "SyncToken": "0", "sparse": True, "Type": "Service"}
    assert fault(api.post("item", changed))["code"] == "6000"


def test_a_sale_moves_inventory_and_the_item(api: Api, company: Company, clock: Clock) -> None:
    """Its SyncToken and time move with each sale, change, void and return, and it is told."""
    customer = opened(company)
    pump = done(api, "item", inventory())["Id"]
    clock.advance(60)

    def on_hand() -> tuple[float, str]:
        item = company.get("Item", pump)
        return item["QtyOnHand"], item["SyncToken"]

    sold = done(api, "invoice", invoice(customer, line(30, pump, detail={"Qty": 3}), line(5)))
    assert on_hand() == (7, "1")
    assert company.get("Item", pump)["MetaData"]["LastUpdatedTime"] == sold["MetaData"]["CreateTime"]
    assert company.get("Item", "1")["SyncToken"] == "0"
    lines = [line(10, pump, detail={"Qty": 1}, Id="1")]
    done(api, "invoice", {"Id": sold["Id"], "SyncToken": "0", "sparse": True, "Line": lines})
    assert on_hand() == (9, "2")
    done(api, "invoice", {"Id": sold["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "x"})
    assert on_hand() == (9, "2")
    company.create("CreditMemo", invoice(customer, line(20, pump, detail={"Qty": 2})))
    assert on_hand() == (11, "3")
    company.void("Invoice", sold["Id"])
    assert on_hand() == (12, "4")
    company.delete("Invoice", sold["Id"])
    assert on_hand() == (12, "4")


def test_inventory_is_not_sold_before_it_starts(api: Api, company: Company) -> None:
    """6270."""
    customer = opened(company)
    pump = done(api, "item", inventory())["Id"]
    early = invoice(customer, line(30, pump), TxnDate="2025-12-31")
    assert fault(api.post("invoice", early))["code"] == "6270"


def test_items_are_told_in_cdc_batches_and_queries(api: Api) -> None:
    """The same object everywhere."""
    items = [{"bId": str(n), "operation": "create", "Item": service(f"S{n}", UnitPrice=n)} for n in (1, 2, 3)]
    replies = api.batch(*items, {"bId": "x", "operation": "create", "Item": {"Name": "S4"}}).json()
    made = [each.get("Item") for each in replies["BatchItemResponse"]]
    assert made[3] is None
    told = api.get("cdc", entities="Item", changedSince="2026-11-02").json()["CDCResponse"][0]["QueryResponse"]
    assert told[0]["Item"] == made[2::-1]
    ask = "select * from Item where Type = 'Service' and Taxable = false orderby UnitPrice desc maxresults 2"
    assert api.get("query", query=ask).json()["QueryResponse"]["Item"] == made[2:0:-1]
    ask = "select count(*) from Item where SubItem = false"
    assert api.get("query", query=ask).json()["QueryResponse"] == {"totalCount": 3}
    assert fault(api.get("query", query="select * from Item where Sku = 'x'"))["code"] == "4001"
