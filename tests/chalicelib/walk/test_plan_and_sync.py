"""What a plan says is what the initial sync then does, record by record, in any small world."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.remember.walks import Purpose, Stage
from local.hubspot.errors import Problem
from local.quickbooks.faults import Fault
from tests.chalicelib.walk.small_world import SmallWorld

NAMES = ("Acme", "Bolt", "Ann Lee", "Bob Ray")
PEOPLE = (("Ann", "Lee"), ("Bob", "Ray"), ("Ann", ""))
EMAILS = ("", *(f"m{number}@x.example" for number in range(5)))
CUSTOMER_PATHS = (
    "GivenName", "FamilyName", "DisplayName", "CompanyName", "PrimaryEmailAddr.Address", "PrimaryPhone.FreeFormNumber",
    "Active",
)  # fmt: skip
CONTACT_NAMES = ("firstname", "lastname", "email", "phone", "company")
Values = dict[str, dict[str, str]]


# --- worlds -----------------------------------------------------------------------------------------------------------

a_name, an_email = st.sampled_from(NAMES), st.sampled_from(EMAILS)
rules = st.fixed_dictionaries(
    {
        "on_name_taken": st.sampled_from(["reject", "qualify", "share", "sub_customer"]),
        "display_name": st.sampled_from(["company", "person"]),
        "without_email": st.sampled_from(["include", "exclude"]),
        "conflict": st.sampled_from(["hubspot", "quickbooks", "newest", "ask"]),
        "match": st.sampled_from(["email", "none"]),
        "direction": st.sampled_from(["both", "both", "to_quickbooks", "to_hubspot"]),
    }
)
contacts = st.tuples(st.sampled_from(PEOPLE), an_email, st.none() | st.integers(0, 2), st.sampled_from(["", "1", "2"]))
customers = st.tuples(
    a_name | st.sampled_from(["Cee", "Dee"]), an_email, st.sampled_from(["", "Ann", "Zed"]),
    st.sampled_from(["", "1", "2"]), st.sampled_from(["", "", "", "inactive", "project", "sub"]),
)  # fmt: skip
peoples = st.tuples(
    st.lists(a_name, min_size=3, max_size=3), st.lists(contacts, max_size=6), st.lists(customers, max_size=5),
    st.lists(a_name, max_size=1),
)  # fmt: skip
edits = st.lists(
    st.tuples(
        st.sampled_from(["company", "person", "contact phone", "customer", "customer phone", "inactive", "archived"]),
        st.integers(0, 5), a_name,
    ), max_size=4,
)  # fmt: skip


def populate(world: SmallWorld, people: Any) -> None:
    """People type in what they like; what a vendor refuses is not there."""
    names, some_contacts, some_customers, vendors = people
    companies = [str(world.portal.create_company({"name": name})) for name in names]
    for (first, last), email, company, phone in some_contacts:
        with contextlib.suppress(Problem):
            world.contact(first, last, email, None if company is None else companies[company], phone=phone)
    for name, email, first, phone, sort in some_customers:
        more: dict[str, Any] = {"GivenName": first, "PrimaryPhone": {"FreeFormNumber": phone}}
        if sort == "sub":
            more |= {"Job": True, "ParentRef": {"value": next(iter(world.books()), "0")}}
        with contextlib.suppress(Fault):
            own_id = world.customer(name, email, IsProject=sort == "project", **more)
            if sort == "inactive":
                world.company.inactivate("Customer", own_id)
    for name in vendors:
        with contextlib.suppress(Fault):
            world.company.create("Vendor", {"DisplayName": name})


def edit(world: SmallWorld, what: str, number: int, name: str) -> None:
    """A person changes something between two syncs, if there is as much of it."""
    contact = dict(enumerate(world.contacts())).get(number)
    customer = dict(enumerate(world.books())).get(number)
    company = dict(enumerate(str(one["id"]) for one in world.portal.companies())).get(number)
    world.time += 1
    with contextlib.suppress(Problem, Fault):
        match what:
            case "company" if company:
                world.portal.update_company(company, {"name": name})
            case "person" if contact:
                world.portal.update_contact(contact, {"firstname": name.split(maxsplit=1)[0]})
            case "contact phone" if contact:
                world.portal.update_contact(contact, {"phone": f"3{number}"})
            case "archived" if contact:
                world.portal.archive_contact(contact)
            case "customer" if customer:
                world.company.update("Customer", customer, {"DisplayName": name})
            case "customer phone" if customer:
                world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": f"4{number}"}})
            case "inactive" if customer:
                world.company.inactivate("Customer", customer)


# --- what is compared -----------------------------------------------------------------------------------------------


def leaf(body: Any, path: str) -> str:
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return "" if body is None else str(body).lower() if isinstance(body, bool) else str(body)


def both(world: SmallWorld) -> tuple[Values, Values]:
    """HubSpot's contacts and QuickBooks' customers, by id, with the fields that flow."""
    people = {
        own_id: {name: leaf(one["properties"], name) for name in CONTACT_NAMES}
        for own_id, one in world.contacts().items()
    }
    books = {own_id: {path: leaf(one, path) for path in CUSTOMER_PATHS} for own_id, one in world.books().items()}
    return people, books


def as_planned(rows: list[dict[str, Any]], before: tuple[Values, Values]) -> tuple[Values, Values, Counter[str]]:
    """Both systems with the plan's changes made, and what it would make anew."""
    people, books = ({own_id: dict(one) for own_id, one in side.items()} for side in before)
    new: Counter[str] = Counter()
    empty = {
        "hubspot": dict.fromkeys(CONTACT_NAMES, ""),
        "quickbooks": {**dict.fromkeys(CUSTOMER_PATHS, ""), "Active": "true"},
    }
    for row in rows:
        for side, there in (("hubspot", people), ("quickbooks", books)):
            changes = {
                one["field"].partition(".")[2]: one["new"] for one in row["changes"] if one["field"].startswith(side)
            }
            known = {name: value for name, value in changes.items() if name in empty[side]}
            if row[f"{side}_id"]:
                there[row[f"{side}_id"]].update(known)
            elif changes:
                new[str(sorted({**empty[side], **known}.items()))] += 1
    return people, books, new


def agree(world: SmallWorld, *, by_plan: bool) -> None:
    """Plan, sync, and hold the one against the other."""
    before, stored = both(world), world.real_items()
    plan = world.walked(Purpose.PLAN)
    rows = world.rows(plan)
    assert plan.stage is Stage.DONE
    assert (both(world), world.real_items()) == (before, stored), "a plan writes nothing"
    assert +Counter(plan.counts) == Counter(row["action"] for row in rows)
    known = {record.root for record in world.records()}
    sync = world.walked(Purpose.BACKFILL, plan=plan.id if by_plan else "")
    assert (sync.stage, sync.changed_since, sync.done) == (Stage.DONE, 0, sync.total)
    people, books, new = as_planned(rows, before)
    people_now, books_now = both(world)
    made = [one for now, then in zip((people_now, books_now), before, strict=True)
            for own_id, one in now.items() if own_id not in then]  # fmt: skip
    assert {own_id: people_now[own_id] for own_id in people if own_id in people_now} == people
    assert {own_id: books_now[own_id] for own_id in books} == books
    assert Counter(str(sorted(one.items())) for one in made) == new
    told = {row["hubspot_id"] or row["quickbooks_id"]: (row["state"], row["category"]) for row in rows}
    assert len(told) == len(rows), "one row for each record"
    for record in world.records():
        own = told.get(record.hubspot_id) or told.get(record.quickbooks_id)
        assert own == (str(record.state), record.category) or (own is None and record.root in known), record.root


@settings(derandomize=True, max_examples=150, deadline=None)
@given(settings=rules, people=peoples, by_plan=st.booleans())
def test_the_first_sync_is_as_it_was_planned(settings, people, by_plan):
    world = SmallWorld(**settings)
    populate(world, people)
    agree(world, by_plan=by_plan)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(settings=rules, people=peoples, later=edits, by_plan=st.booleans())
def test_a_later_sync_is_as_it_was_planned(settings, people, later, by_plan):
    world = SmallWorld(**settings)
    populate(world, people)
    world.walked(Purpose.BACKFILL)
    for one in later:
        edit(world, *one)
    agree(world, by_plan=by_plan)
