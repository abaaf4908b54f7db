"""The sample company (reference 11)."""

from __future__ import annotations

from local.quickbooks import Company, QuickBooks
from local.quickbooks.clock import moment

EMAILS = {
    "1": ("Amy's Bird Sanctuary", "birds@intuit.example"),
    "2": ("Bill's Windsurf Shop", "surf@intuit.example"),
    "3": ("Cool Cars", "cool_cars@intuit.example"),
    "6": ("Dylan Sollfrank", None),
    "10": ("Geeta Kalapatapu", "geeta@kalapatapu.example"),
    "15": ("Pye's Cakes", "pyescakes@intuit.example"),
    "20": ("Red Rock Diner", "qbwebsamplecompany@reddiner.example"),
    "21": ("Rondonuwu Fruit and Vegi", "tony@rondonuwu.example"),
    "24": ("Sonnenschein Family Store", "familiystore@intuit.example"),
    "26": ("Travis Waldron", "travis@waldron.example"),
    "29": ("Weiskopf Consulting", "consulting@intuit.example"),
}


def test_the_customers_of_the_sample_company_are_there(sample: Company) -> None:
    """With Intuit's ids and names, and addresses that reach nobody."""
    plain = [each for each in sample.customers() if not each["Job"]]
    found = {each["Id"]: (each["DisplayName"], each.get("PrimaryEmailAddr", {}).get("Address")) for each in plain}
    assert found == EMAILS


def test_there_is_a_job_a_project_and_an_inactive_customer(sample: Company) -> None:
    """One of each, for whoever must leave them out."""
    job = sample.get("Customer", "8")
    assert (job["FullyQualifiedName"], job["IsProject"]) == ("Dylan Sollfrank:0969 Ocean View Road", False)
    assert [each["Id"] for each in sample.all("Customer") if each["IsProject"]] == ["25"]
    assert [each["DisplayName"] for each in sample.all("Customer") if not each["Active"]] == [
        "Old Mill Nursery (deleted)"
    ]


def test_vendors_and_employees_share_the_ids(sample: Company) -> None:
    """No id stands for two names; the next one is 58."""
    assert [each["Id"] for each in sample.all("Vendor")] == ["30", "31", "32", "40", "41", "46", "56"]
    assert [each["DisplayName"] for each in sample.all("Employee")] == ["John Johnson", "Emily Platt"]
    assert sample.create("Customer", {"DisplayName": "New"})["Id"] == "58"


def test_everything_in_it_is_old(quickbooks: QuickBooks, sample: Company) -> None:
    """CDC cannot see it, and nothing of it is told by webhook."""
    for entity in ("Customer", "Vendor", "Employee", "Item", "Invoice", "Payment"):
        for each in sample.all(entity):
            times = each["MetaData"]
            assert moment(times["CreateTime"]) < moment(times["LastUpdatedTime"]) < quickbooks.now() - 31 * 86_400
    assert quickbooks.delivery.idle()


def test_intuits_items_and_invoices_are_there(sample: Company) -> None:
    """With Intuit's ids, and the amounts of invoice 1037 as its samples show them."""
    items = {each["Id"]: each["Name"] for each in sample.all("Item")}
    assert (len(items), items["5"], items["18"]) == (11, "Rock Fountain", "Trimming")
    assert sample.get("Item", "11")["QtyOnHand"] == 21
    invoice = sample.get("Invoice", "130")
    assert (invoice["DocNumber"], invoice["DueDate"], invoice["CustomField"][0]["Name"]) == (
        *("1037", "2014-10-19", "Crew #"),
    )
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"], invoice["Balance"]) == (26.82, 362.07, 362.07)
    assert sample.get("Customer", "24")["Balance"] == 362.07
    paid = sample.get("Invoice", "67")
    assert (paid["Balance"], paid["LinkedTxn"]) == (0, [{"TxnId": "74", "TxnType": "Payment"}])
    assert sample.create("Item", {"Name": "New", "Type": "Service"})["Id"] == "19"
    body = {"CustomerRef": {"value": "1"}, "Line": paid["Line"]}
    assert (sample.create("Invoice", body)["DocNumber"], len(sample.all("Invoice"))) == ("1038", 3)
