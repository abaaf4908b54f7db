"""Taking back what the sync wrote: each field as it was, unless somebody has edited it since."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.remember.records import record_key
from chalicelib.wiring import wiring
from chalicelib.work import work
from ops.__main__ import main
from tests.stories.world import CONNECTION, OwnThread, World


def pair(world: World, **settings: Any) -> tuple[str, str]:
    """Jane on both sides, with phone 1."""
    world.connect(**settings)
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    return jane, world.record(hubspot_id=jane)["quickbooks_id"]


def from_hubspot(world: World, contact: str, phone: str) -> None:
    world.portal.update_contact(contact, {"phone": phone})
    world.come_to_rest()


def from_quickbooks(world: World, customer: str, phone: str) -> None:
    world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": phone}})
    world.come_to_rest()


def both(world: World, contact: str, customer: str) -> tuple[str, str]:
    field = world.company.get("Customer", customer).get("PrimaryPhone") or {}
    return world.portal.contact(contact).get("phone", ""), field.get("FreeFormNumber", "")


def look_again(contact: str) -> None:
    """As a retry does: both sides are read."""
    job = Job(ConnectionId(CONNECTION), Kind.CUSTOMER, Side.HUBSPOT, contact, "retry: a story asked")
    work(wiring(), [job], lambda: 100.0)


def story(world: World, contact: str) -> str:
    return " ".join(world.ops("why", "customer", contact)["story"])


QB_PHONE, HS_PHONE = "quickbooks.PrimaryPhone.FreeFormNumber", "hubspot.phone"


@pytest.mark.parametrize(
    ("edit", "field", "after"),
    [("hubspot", QB_PHONE, ("2", "1")), ("quickbooks", HS_PHONE, ("1", "2"))],
)
def test_an_update_is_taken_back_and_stays_so(world: World, edit: str, field: str, after: tuple[str, str]) -> None:
    """The value that was replaced is there again; both sides differ from now on, until somebody edits the field."""
    jane, customer = pair(world)
    if edit == "hubspot":
        from_hubspot(world, jane, "2")
    else:
        from_quickbooks(world, customer, "2")
    assert both(world, jane, customer) == ("2", "2")
    [update] = [one for one in world.ops("history", "customer", jane) if one["before"]]
    assert (update["before"], update["after"]) == ({field: "1"}, {field: "2"})
    said = world.ops("undo", "customer", jane)
    assert (said["undone"], said["refused"], said["record"]["state"]) == ([field], [], "in_sync")
    assert both(world, jane, customer) == after
    look_again(jane)
    world.come_to_rest()
    assert both(world, jane, customer) == after
    assert f"An operator took back decision {update['n']}." in story(world, jane)
    from_hubspot(world, jane, "3")
    assert both(world, jane, customer) == ("3", "3")


@pytest.mark.parametrize("vendor", ["hubspot", "quickbooks"])
def test_an_update_whose_answer_was_lost_is_taken_back_too(world: World, vendor: str) -> None:
    """The next look finds it done: what it replaced is known all the same."""
    jane, customer = pair(world)
    if vendor == "quickbooks":
        world.dial("quickbooks", path=".*/batch", body='"update"', do="lose_answer")
        from_hubspot(world, jane, "2")
    else:
        world.dial("hubspot", path=".*/batch/update", do="lose_answer")
        from_quickbooks(world, customer, "2")
    world.later(200)
    assert both(world, jane, customer) == ("2", "2")
    field = QB_PHONE if vendor == "quickbooks" else HS_PHONE
    [found] = [one for one in world.ops("history", "customer", jane) if one["before"]]
    assert (found["before"], found["after"]) == ({field: "1"}, {field: "2"})
    assert world.ops("undo", "customer", jane)["undone"] == [field]
    assert sorted(both(world, jane, customer)) == ["1", "2"]


def test_what_was_edited_since_is_not_taken_back(world: World) -> None:
    """Both values are named; nothing is written, of the other fields of that decision neither."""
    jane, customer = pair(world)
    world.portal.update_contact(jane, {"phone": "2", "city": "Ulm"})
    world.come_to_rest()
    number = world.ops("history", "customer", jane)[-1]["n"]
    from_hubspot(world, jane, "3")
    said = world.ops("undo", "customer", jane, "--decision", str(number), code=1)
    assert said["undone"] == []
    whys = {one["field"]: one["why"] for one in said["refused"]}
    assert whys.keys() == {QB_PHONE, "quickbooks.BillAddr.City"}
    assert "it was '2' and is '3' now" in whys[QB_PHONE]
    assert both(world, jane, customer) == ("3", "3")
    assert world.company.get("Customer", customer)["BillAddr"]["City"] == "Ulm"
    assert f"Decision {number} was not taken back" in story(world, jane)


def test_an_edit_that_no_notice_told_of_is_respected(world: World) -> None:
    """The bookkeeper has just corrected the number: the undo sees it, though the sync has not yet."""
    jane, customer = pair(world)
    from_hubspot(world, jane, "2")
    world.quickbooks.delivery.dials.drop = 100
    world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "7"}})
    world.quickbooks.delivery.dials.drop = 0
    said = world.ops("undo", "customer", jane, code=1)
    assert "is '7' now" in said["refused"][0]["why"]
    world.come_to_rest()
    assert both(world, jane, customer) == ("7", "7"), "the edit goes its ordinary way"


def test_an_undo_is_undone(world: World) -> None:
    """It is a decision like any other, with before and after."""
    jane, customer = pair(world)
    from_hubspot(world, jane, "2")
    world.ops("undo", "customer", jane)
    assert both(world, jane, customer) == ("2", "1")
    last = world.ops("history", "customer", jane)[-1]
    assert (last["before"], last["after"]) == ({QB_PHONE: "2"}, {QB_PHONE: "1"})
    world.ops("undo", "customer", jane)
    assert both(world, jane, customer) == ("2", "2")
    from_quickbooks(world, customer, "9")
    assert both(world, jane, customer) == ("9", "9")


def test_a_record_that_was_only_created_has_nothing_to_go_back_to(world: World) -> None:
    """The answer says what a person can do, and what the setting `deletes` does then."""
    jane, _ = pair(world)
    said = world.ops("undo", "customer", jane, code=1)
    assert "make the customer inactive in QuickBooks" in said["refused"][0]["why"]
    assert "`deletes: ignore`" in said["refused"][0]["why"]
    assert len(world.names()) == 1


def test_there_is_no_such_decision(world: World) -> None:
    """Wrong use names the decisions that can be taken back."""
    jane, _ = pair(world)
    from_hubspot(world, jane, "2")
    number = world.ops("history", "customer", jane)[-1]["n"]
    error = world.ops("undo", "customer", jane, "--decision", "99", code=2)["error"]
    assert "there is no decision 99" in error
    assert f"taken back: {number} " in error


def test_an_excluded_record_is_still_taken_back(world: World) -> None:
    """A filter has put it out of scope; an operator's word goes before it, and the record stays excluded."""
    jane, customer = pair(world)
    from_hubspot(world, jane, "2")
    condition = {"property": "lastname", "operator": "equals", "value": "Doe"}
    world.settings(filters={"to_quickbooks": [{"all": [condition]}]})
    look_again(jane)
    assert world.record()["state"] == "excluded"
    said = world.ops("undo", "customer", jane)
    assert (said["undone"], said["record"]["state"]) == ([QB_PHONE], "excluded")
    assert both(world, jane, customer) == ("2", "1")


def test_a_customer_that_we_made_inactive_is_brought_back_and_stays(world: World) -> None:
    """The contact was deleted, `deletes: archive` put the customer away; the operator wants it back. And away again."""
    jane, customer = pair(world, deletes="archive")
    world.portal.archive_contact(jane)
    world.come_to_rest()
    assert world.company.get("Customer", customer)["Active"] is False
    said = world.ops("undo", "customer", f"quickbooks:{customer}")
    assert said["undone"] == ["quickbooks.Active"]
    assert (world.company.get("Customer", customer)["Active"], world.names()) == (True, ["Jane Roe"])
    look_again(jane)
    world.come_to_rest()
    assert world.company.get("Customer", customer)["Active"] is True
    assert world.ops("undo", "customer", f"quickbooks:{customer}")["undone"] == ["quickbooks.Active"]
    assert world.company.get("Customer", customer)["Active"] is False


def test_a_contact_that_we_archived_cannot_be_brought_back(world: World) -> None:
    """HubSpot's API has no way; the answer says where a person can do it."""
    world.connect(deletes="archive")
    made = world.customer("Acme", "office@acme.example", GivenName="Zoë")
    world.come_to_rest()
    contact = world.record(quickbooks_id=made["Id"])["hubspot_id"]
    world.company.inactivate("Customer", made["Id"])
    world.come_to_rest()
    assert world.portal.contacts() == []
    said = world.ops("undo", "customer", f"hubspot:{contact}", code=1)
    assert "restore it in HubSpot" in said["refused"][0]["why"]


def test_the_history_is_numbered_and_comes_in_pages(world: World) -> None:
    """1 is the oldest; a page holds so many, the first page the latest."""
    jane, _ = pair(world)
    for phone in ("2", "3", "4"):
        from_hubspot(world, jane, phone)
    every = world.ops("history", "customer", jane)
    assert [one["n"] for one in every] == list(range(1, len(every) + 1))
    latest = world.ops("history", "customer", jane, "--limit", "2")
    assert latest == every[-2:]
    assert world.ops("history", "customer", jane, "--limit", "2", "--page", "2") == every[-4:-2]


def test_the_history_fits_a_screen(world: World) -> None:
    """A table of 80 columns: what was replaced by what, the reason, the number to undo it by."""
    jane, _ = pair(world)
    from_hubspot(world, jane, "+1 (555) 0100 4711 0815")
    out = OwnThread()
    with contextlib.redirect_stdout(out):
        assert main(["--local", "history", "customer", jane]) == 0
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "phone '1' →" in lines[-1]


def test_a_rename_is_taken_back_and_the_new_name_is_free_again(world: World) -> None:
    """The company was renamed by mistake: the customer has its old names, and stays so until somebody renames again."""
    world.connect()
    [acme] = world.companies("Acme")
    jane = world.contact("Jane", "Roe", "jane@roe.example", acme)
    world.come_to_rest()
    customer = world.record(hubspot_id=jane)["quickbooks_id"]
    world.portal.update_company(acme, {"name": "Acne"})
    world.come_to_rest()
    assert world.names() == ["Acne"]
    said = world.ops("undo", "customer", jane)
    assert sorted(said["undone"]) == ["quickbooks.CompanyName", "quickbooks.DisplayName"]
    look_again(jane)
    world.come_to_rest()
    assert world.names() == ["Acme"]
    assert world.company.get("Customer", customer)["CompanyName"] == "Acme"
    world.contact("John", "Doe", "john@doe.example", world.companies("Acne")[0])
    world.come_to_rest()
    assert world.names() == ["Acme", "Acne"]


def test_a_privacy_deletion_erases_what_the_decisions_say_of_the_person(world: World) -> None:
    """That something was decided is kept; names, numbers and addresses are not, on the record neither."""
    jane, customer = pair(world, conflict="ask")
    from_hubspot(world, jane, "555-0199")
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = True
    world.portal.update_contact(jane, {"fax": "555-0101"})
    world.company.update("Customer", customer, {"Fax": {"FreeFormNumber": "555-0102"}})
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = False
        vendor.delivery.release()
    world.come_to_rest()
    personal = ("555-0", "Roe", "roe", "Jane", "jane")  # stamps have digits, too
    kept = str(world.ops("history", "customer", jane))
    assert all(word in kept for word in ("555-0199", "555-0101", "555-0102", "Jane"))
    count = len(world.ops("history", "customer", jane))
    world.portal.gdpr_delete_contact(jane)
    world.come_to_rest()
    said = world.ops("why", "customer", f"hubspot:{jane}")
    assert said["record"]["state"] == "excluded"
    assert len(said["decisions"]) >= count
    assert [word for word in personal if word in str(said)] == []
    table, root = wiring().table, f"hubspot:{jane}"
    bodies = [item.body for item in table.page(f"{CONNECTION}|decision|{root}")]
    assert len(bodies) >= count
    assert [word for word in personal if word in str(bodies)] == []
    assert table.page(f"{CONNECTION}|images|{root}") == []
    assert [word for word in personal if word in str(record_body(root))] == []
    world.ops("undo", "customer", f"hubspot:{jane}", code=1)


def test_a_write_found_done_leaves_nothing_of_a_person_deleted_meanwhile(world: World) -> None:
    """The answer was lost, then the contact was deleted for privacy: the look that learns of both keeps no value."""
    jane, customer = pair(world)
    world.dial("quickbooks", path=".*/batch", body='"update"', do="lose_answer")
    world.quickbooks.delivery.dials.drop = 100
    from_hubspot(world, jane, "555-0199")
    world.portal.gdpr_delete_contact(jane)
    world.come_to_rest()
    world.later(200)
    assert world.company.get("Customer", customer)["PrimaryPhone"] == {"FreeFormNumber": "555-0199"}
    assert world.record()["state"] == "excluded"
    assert "555-0" not in str(world.ops("history", "customer", f"quickbooks:{customer}"))
    assert wiring().table.page(f"{CONNECTION}|images|hubspot:{jane}") == []
    assert "555-0" not in str(record_body(f"hubspot:{jane}"))


def record_body(root: str) -> dict[str, Any]:
    """All that is stored of a record."""
    key = record_key(ConnectionId(CONNECTION), Kind.CUSTOMER, root)
    return wiring().table.get([key])[key].body
