"""The rules for names (reference 7.2): unique over three lists, renamed when inactive, jobs below customers."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company, Fault


def refusal(action: Any, *arguments: Any) -> str:
    with pytest.raises(Fault) as refused:
        action(*arguments)
    return refused.value.code


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"DisplayName": "Aster Ltd"}, "Aster Ltd"),
        ({"DisplayName": "  Aster Ltd "}, "Aster Ltd"),
        ({"GivenName": "Ada", "FamilyName": "Aster"}, "Ada Aster"),
        (
            {"Title": "Dr", "GivenName": "Ada", "MiddleName": "B", "FamilyName": "Aster", "Suffix": "Jr"},
            "Dr Ada B Aster Jr",
        ),
        ({"FamilyName": "Aster", "DisplayName": ""}, "Aster"),
    ],
)
def test_a_display_name_is_taken_or_built(company: Company, body: dict[str, Any], name: str) -> None:
    """Without a DisplayName it is put together from the parts of the name."""
    created = company.create("Customer", body)
    assert (created["DisplayName"], created["FullyQualifiedName"], created["PrintOnCheckName"]) == (name, name, name)


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("Customer", {}, "6080"),
        ("Customer", {"CompanyName": "Aster Ltd"}, "6080"),
        ("Customer", {"DisplayName": " "}, "6080"),
        ("Employee", {"DisplayName": "Ada"}, "6080"),
        ("Customer", {"DisplayName": "A:B"}, "2040"),
        ("Customer", {"DisplayName": "A\tB"}, "2040"),
        ("Customer", {"DisplayName": "A", "CompanyName": "A\nB"}, "2040"),
        ("Vendor", {"DisplayName": "A", "GivenName": "A:B"}, "2040"),
        ("Customer", {"DisplayName": "Taken"}, "6240"),
        ("Customer", {"DisplayName": "tAKEN "}, "6240"),
        ("Customer", {"DisplayName": "supplier"}, "6240"),
        ("Vendor", {"DisplayName": "Taken"}, "6240"),
        ("Employee", {"GivenName": "Taken"}, "6240"),
        ("Vendor", {"DisplayName": "Pat Staff"}, "6240"),
    ],
)
def test_a_bad_name_is_refused(company: Company, entity: str, body: dict[str, Any], code: str) -> None:
    """No name 6080, a forbidden character 2040, a name of any customer, vendor or employee 6240."""
    company.create("Customer", {"DisplayName": "Taken"})
    company.create("Vendor", {"DisplayName": "Supplier"})
    company.create("Employee", {"GivenName": "Pat", "FamilyName": "Staff"})
    assert refusal(company.create, entity, body) == code
    assert len(company.all("Customer") + company.all("Vendor") + company.all("Employee")) == 3


def test_inactivating_frees_the_name_and_reactivating_takes_it_back(company: Company) -> None:
    """The mark is in both names, and goes away again."""
    first = company.create("Customer", {"DisplayName": "Aster"})
    gone = company.inactivate("Customer", first["Id"])
    assert (gone["DisplayName"], gone["FullyQualifiedName"]) == ("Aster (deleted)", "Aster (deleted)")
    assert (gone["Active"], gone["SyncToken"]) == (False, "1")
    back = company.reactivate("Customer", first["Id"])
    assert (back["DisplayName"], back["Active"], back["SyncToken"]) == ("Aster", True, "2")


def test_a_name_that_was_taken_meanwhile_cannot_come_back(company: Company) -> None:
    """Reactivation is refused with 6240 until someone gives another name."""
    first = company.create("Customer", {"DisplayName": "Aster"})
    company.inactivate("Customer", first["Id"])
    company.create("Vendor", {"DisplayName": "aster"})
    assert refusal(company.reactivate, "Customer", first["Id"]) == "6240"
    assert company.get("Customer", first["Id"])["Active"] is False
    back = company.update("Customer", first["Id"], {"Active": True, "DisplayName": "Aster Two"})
    assert back["DisplayName"] == "Aster Two"


def test_a_second_inactive_one_of_the_same_name_gets_a_number(company: Company) -> None:
    """All marked names stay unique, and each can come back if its name is free."""
    ids = []
    for _ in range(3):
        ids.append(company.create("Customer", {"DisplayName": "Aster"})["Id"])
        company.inactivate("Customer", ids[-1])
    names = [each["DisplayName"] for each in company.all("Customer")]
    assert names == ["Aster (deleted)", "Aster (deleted)(1)", "Aster (deleted)(2)"]
    assert company.reactivate("Customer", ids[1])["DisplayName"] == "Aster"


def test_an_inactive_customer_can_still_be_read_and_changed(company: Company) -> None:
    """Unless the imitation is told to refuse the change, as 610."""
    id = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    token = company.inactivate("Customer", id)["SyncToken"]
    file = company.file
    entity = file.records["Customer"][id].entity
    change = {"Id": id, "SyncToken": token, "sparse": True, "Notes": "x"}
    assert file.update(entity, change)["DisplayName"] == "Aster (deleted)"
    file.settings.updates_of_inactive = False
    assert refusal(file.update, entity, {**change, "SyncToken": "2"}) == "610"


def test_an_open_balance_stops_the_api_from_inactivating_and_not_a_person(company: Company) -> None:
    """6220 through the API; in the UI the balance is written off."""
    id = company.create("Customer", {"DisplayName": "Aster", "Balance": 12.5})["Id"]
    file = company.file
    inactive = {"Id": id, "SyncToken": "0", "sparse": True, "Active": False}
    assert refusal(file.update, file.records["Customer"][id].entity, inactive) == "6220"
    assert company.inactivate("Customer", id)["Balance"] == 0


def test_jobs_stand_below_their_customer(company: Company) -> None:
    """FullyQualifiedName, Level and BalanceWithJobs follow the tree, also when the parent is renamed."""
    top = company.create("Customer", {"DisplayName": "Aster", "Balance": 1})["Id"]
    job = company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": top}, "Balance": 2})
    part = {"DisplayName": "Tiles", "Job": True, "ParentRef": {"value": job["Id"]}, "Balance": 4}
    tiles = company.create("Customer", part)
    assert (tiles["FullyQualifiedName"], tiles["Level"]) == ("Aster:Roof:Tiles", 2)
    company.update("Customer", top, {"DisplayName": "Zinnia"})
    assert company.get("Customer", tiles["Id"])["FullyQualifiedName"] == "Zinnia:Roof:Tiles"
    assert company.get("Customer", top)["BalanceWithJobs"] == 7
    assert "Level" not in company.get("Customer", top)


def test_a_job_can_stand_four_levels_deep(company: Company) -> None:
    """The sixth level is 6180, whether made or moved there."""
    ids = [company.create("Customer", {"DisplayName": "0"})["Id"]]
    for level in range(1, 5):
        job = {"DisplayName": str(level), "Job": True, "ParentRef": {"value": ids[-1]}}
        ids.append(company.create("Customer", job)["Id"])
    below = {"Job": True, "ParentRef": {"value": ids[-1]}}
    assert refusal(company.create, "Customer", {"DisplayName": "5", **below}) == "6180"
    other = company.create("Customer", {"DisplayName": "Other"})["Id"]
    assert refusal(company.update, "Customer", ids[0], {"Job": True, "ParentRef": {"value": other}}) == "6180"
    assert company.get("Customer", ids[4])["Level"] == 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Job": True, "ParentRef": {"value": "999"}}, "2500"),
        ({"Job": True, "ParentRef": {"value": "abc"}}, "2030"),
        ({"Job": True}, "6150"),
        ({"ParentRef": {"value": "1"}}, "2600"),
        ({"Job": True, "ParentRef": {"value": "2"}}, "610"),
    ],
)
def test_a_job_needs_a_good_parent(company: Company, body: dict[str, Any], code: str) -> None:
    """Customer 1 is a good one, 2 is inactive."""
    company.create("Customer", {"DisplayName": "Aster"})
    company.inactivate("Customer", company.create("Customer", {"DisplayName": "Gone"})["Id"])
    assert refusal(company.create, "Customer", {"DisplayName": "Roof", **body}) == code


def test_a_job_may_be_changed_though_its_parent_is_inactive(company: Company) -> None:
    """It only cannot be put there anew."""
    top = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    job = company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": top}})["Id"]
    company.inactivate("Customer", top)
    changed = company.update("Customer", job, {"Notes": "x", "Job": True, "ParentRef": {"value": top}})
    assert changed["FullyQualifiedName"] == "Aster (deleted):Roof"
    company.update("Customer", job, {"Job": False, "ParentRef": None})
    assert refusal(company.update, "Customer", job, {"Job": True, "ParentRef": {"value": top}}) == "610"


def test_a_merge_cannot_make_the_tree_too_deep(company: Company) -> None:
    """6180, and nothing has moved; one level less is fine."""
    ids = [company.create("Customer", {"DisplayName": "0"})["Id"]]
    for level in range(1, 5):
        job = {"DisplayName": str(level), "Job": True, "ParentRef": {"value": ids[-1]}}
        ids.append(company.create("Customer", job)["Id"])
    away = company.create("Customer", {"DisplayName": "Away"})["Id"]
    company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": away}})
    assert refusal(company.merge_customers, ids[4], away) == "6180"
    assert company.get("Customer", away)["Active"] is True
    company.merge_customers(ids[3], away)
    assert company.find("Roof")["Level"] == 4


def test_nobody_stands_below_himself(company: Company) -> None:
    """Neither directly nor over a job of his."""
    top = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    job = company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": top}})["Id"]
    assert refusal(company.update, "Customer", top, {"Job": True, "ParentRef": {"value": job}}) == "900"
    assert refusal(company.update, "Customer", top, {"Job": True, "ParentRef": {"value": top}}) == "900"


def test_a_merged_customer_is_gone_and_its_jobs_move(company: Company) -> None:
    """Reads say 610, the name is free, the survivor's SyncToken moves and its balance grows."""
    kept = company.create("Customer", {"DisplayName": "Aster", "Balance": 1})["Id"]
    away = company.create("Customer", {"DisplayName": "Aster Ltd", "Balance": 2})["Id"]
    job = company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": away}})["Id"]
    survivor = company.merge_customers(kept, away)
    assert (survivor["SyncToken"], survivor["Balance"]) == ("1", 3)
    assert refusal(company.get, "Customer", away) == "610"
    assert company.get("Customer", job)["FullyQualifiedName"] == "Aster:Roof"
    assert company.create("Customer", {"DisplayName": "Aster Ltd"})["Id"] not in (kept, away)
    assert refusal(company.merge_customers, kept, kept) == "900"


def test_a_person_finds_customers_by_name(sample: Company) -> None:
    """Regardless of case, customers only; `customers` leaves out the inactive ones."""
    found = sample.find("cool CARS")
    assert found
    assert found["Id"] == "3"
    assert sample.find("Cal Telephone") is None
    assert sample.find("Nobody") is None
    assert len(sample.customers()) == 13
    assert len(sample.all("Customer")) == 14
    assert refusal(sample.all, "Estimate") == "2000"
