"""A person's orders: obeyed, refused, done with (tables), and never the cause of another write (property)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.case import Case, Group
from chalicelib.enqueue import MemoryQueue
from chalicelib.failures import Category, Trouble
from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.quickbooks import models as quickbooks
from chalicelib.quickbooks.body import nested
from chalicelib.remember.connections import Connection
from chalicelib.remember.records import Held, Order, Record, State, from_body, to_body
from chalicelib.remember.table import MemoryTable
from chalicelib.resolve.decide import decide
from chalicelib.resolve.fields import Field, field_table, held
from chalicelib.resolve.orders import ACTIVE, Verdict, activity, ended, judged
from chalicelib.resolve.pair import Pair
from chalicelib.resolve.plan import Plan, UpdateInHubSpot, UpdateInQuickBooks
from chalicelib.settings import Condition as Clause
from chalicelib.settings import Contacts, Filters, Settings
from chalicelib.settings import Group as Clauses
from chalicelib.settled import took_hubspot, took_quickbooks
from chalicelib.transport import CallLog

CONNECTION, REALM = ConnectionId("48120771:9130350000000000"), "9130350000000000"
H, Q = Side.HUBSPOT, Side.QUICKBOOKS
LONG = "long " * 60

TITLE = Field("jobtitle", "Title")
TO_Q = Field("jobtitle", "Title", "to_quickbooks")
TO_H = Field("jobtitle", "Title", "to_hubspot")
SHORT = Field("jobtitle", "PrimaryPhone.FreeFormNumber")
NAME = Field("company.name", "CompanyName")


def settle(take: Side, hubspot_seen: str, quickbooks_seen: str) -> Order:
    """As `ops settle --take` makes it."""
    return Order(take.other, None, {H: held(hubspot_seen), Q: held(quickbooks_seen)})


def undo(side: Side, before: str, after: str, other: str | None = None) -> Order:
    """As `ops undo` makes it: back to `before` where `after` was written."""
    seen = {str(side): held(after)}
    return Order(side, before, seen if other is None else {**seen, str(side.other): held(other)}, 3)


def crossing(row: Field, to: Side, value: str, _present: str) -> str:
    return (row.to_hubspot(value) if to is H else row.to_quickbooks(value))[0]


def verdict(row: Field, order: Order, one: str, two: str) -> Verdict:
    [found] = judged({row.key: order}, [row], {row.hubspot: one}, {row.quickbooks: two}, crossing)
    return found


OBEYED = [
    # row    order                        HubSpot  QuickBooks  is written
    (TITLE, settle(H, "1", "2"), "1", "2", "1"),
    (TITLE, settle(Q, "1", "2"), "1", "2", "2"),
    (TITLE, settle(H, LONG, "2"), LONG, "2", LONG[:16].rstrip()),
    (TITLE, settle(Q, "1", LONG), "1", LONG, LONG.strip()),
    (TITLE, settle(H, "", "2"), "", "2", ""),
    (TO_Q, settle(H, "1", "2"), "1", "2", "1"),
    (TO_H, settle(Q, "1", "2"), "1", "2", "2"),
    (TO_Q, settle(Q, "1", "2"), "1", "2", None),  # cannot be written there: both stay as they are
    (TO_H, settle(H, "1", "2"), "1", "2", None),
    (NAME, settle(Q, "1", "2"), "1", "2", None),  # a company's name is never written
    (TITLE, settle(H, "1", "2"), "1", "1", None),  # our own write arrived, or a person did the same
    (TITLE, settle(H, " 1", "2"), " 1", "1", None),
    (TITLE, undo(Q, "1", "2"), "2", "2", "1"),
    (TITLE, undo(H, "1", "2"), "2", "2", "1"),
    (TITLE, undo(H, LONG, "2", "2"), "2", "2", LONG),
    (TITLE, undo(Q, "1", LONG), "2", LONG, "1"),
    (TITLE, undo(Q, "", "2"), "2", "2", ""),
    (TITLE, undo(Q, "1", "2", "2"), "2", "1", None),
    (TO_H, undo(Q, "1", "2"), "2", "2", "1"),  # we wrote it there once, before the direction was changed
    (TO_Q, undo(H, "1", "2"), "2", "2", "1"),
]


@pytest.mark.parametrize(("row", "order", "one", "two", "written"), OBEYED)
def test_an_order_is_obeyed(row, order, one, two, written):
    found = verdict(row, order, one, two)
    assert (found.why, found.write) == ("", written)


REFUSED = [
    # row    order                     HubSpot  QuickBooks  why
    (TITLE, settle(H, "1", "2"), "5", "2", "jobtitle in HubSpot was edited since: it was '1' and is '5' now"),
    (TITLE, settle(H, "1", "2"), "1", "5", "Title in QuickBooks was edited since: it was '2' and is '5' now"),
    (TITLE, settle(Q, "1", "2"), "5", "6", "it was '1' and is '5' now; Title"),
    (TITLE, settle(H, LONG, "2"), LONG + "x", "2", "it was a longer text and is"),
    (TITLE, undo(Q, "1", "2"), "2", "5", "it was '2' and is '5' now"),
    (TITLE, undo(H, "1", "2"), "", "2", "it was '2' and is '' now"),
    (TITLE, undo(Q, "1", "2", "2"), "7", "2", "it was '2' and is '7' now"),  # news that were not carried across
    (TITLE, undo(Q, "1", LONG), "2", LONG[:-1], "was edited since"),
    (NAME, settle(H, "\t:", "2"), "\t:", "2", "can hold nothing of the value"),
]


@pytest.mark.parametrize(("row", "order", "one", "two", "why"), REFUSED)
def test_an_order_is_refused_with_what_it_was_and_is(row, order, one, two, why):
    found = verdict(row, order, one, two)
    assert why in found.why
    assert found.write is None


def test_a_decision_is_taken_back_as_a_whole_or_not_at_all():
    rows = [Field("a", "A"), Field("b", "B"), Field("c", "C")]
    orders = {rows[0].key: undo(Q, "1", "2"), rows[1].key: undo(Q, "1", "2"), rows[2].key: settle(H, "x", "y")}
    ours = {"a": "2", "b": "2", "c": "x"}
    found = judged(orders, rows, ours, {"A": "2", "B": "other", "C": "y"}, crossing)
    assert [bool(one.why) for one in found] == [True, True, False]
    assert "as a whole" in found[0].why
    assert found[0].write is None


def test_a_field_that_left_the_settings_is_refused():
    [found] = judged({"gone > Gone": undo(Q, "1", "2")}, [], {}, {}, crossing)
    assert "do not sync" in found.why


@pytest.mark.parametrize(
    ("value", "seen", "active", "why", "write"),
    [
        ("true", "false", False, "", "true"),
        ("true", "false", True, "", None),
        ("false", "true", True, "", "false"),
        ("false", "false", True, "was made active since", None),
        ("true", "true", False, "was made inactive since", None),
    ],
)
def test_activity_is_guarded_too(value, seen, active, why, write):
    found = activity(Order(Q, value, {Q: seen}, 3), active)
    assert why in found.why
    assert bool(found.why) == bool(why)
    assert found.write == write


# --- after the look ---------------------------------------------------------------------------------------------------

ORDER = settle(H, "1", "2")
WRITES = Verdict("k", ORDER, "quickbooks.Title", write="1")
SETTLES = Verdict("k", ORDER, "quickbooks.Title")
REFUSES = Verdict("k", ORDER, "quickbooks.Title", "edited since")
DOWN = Trouble(Category.VENDOR_DOWN, "no answer", "wait")
INVALID = Trouble(Category.INVALID_VALUE, "no pigeons", "mend it")
DONE = {"k"}


@pytest.mark.parametrize(
    ("verdicts", "obeyed", "trouble", "settled", "stays", "why"),
    [
        ([WRITES], DONE, None, True, False, ""),
        ([WRITES], set(), None, True, True, None),
        ([WRITES], set(), DOWN, False, True, None),  # it may work later
        ([WRITES], set(), INVALID, False, False, "no pigeons"),
        ([WRITES], DONE, DOWN, True, False, ""),  # the other vendor was down
        ([SETTLES], set(), None, True, False, ""),
        ([SETTLES], set(), DOWN, False, True, None),  # the base was not remembered
        ([REFUSES], set(), None, True, False, "edited since"),
        ([REFUSES], set(), DOWN, False, False, "edited since"),
        ([REFUSES], DONE, None, True, False, ""),  # what was edited since is what we wrote in an earlier round
        ([], set(), DOWN, False, True, None),  # nobody has judged it yet
    ],
)
def test_an_order_is_done_with_once_it_was_obeyed_or_refused(verdicts, obeyed, trouble, settled, stays, why):
    left, final = ended({"k": ORDER}, verdicts, obeyed, trouble, settled=settled)
    assert (left == {"k": ORDER}) is stays
    assert [one.why for one in final] == ([] if why is None else [why])


def test_orders_are_stored_with_the_record():
    record = Record(CONNECTION, Kind.CUSTOMER, "hubspot:101", orders={"a > A": ORDER, "b > B": undo(Q, LONG, "2")})
    assert from_body(to_body(record)) == record


# --- in decide --------------------------------------------------------------------------------------------------------

PHONE = "phone > PrimaryPhone.FreeFormNumber"
CITY = "city > BillAddr.City"


def pair(one: dict[str, str], two: dict[str, str], settings: Contacts | None = None, **record: Any) -> Pair:
    """A linked pair, customer read: HubSpot's properties, QuickBooks' paths."""
    settings = settings or Contacts(conflict="ask")
    contact = hubspot.Record(id="101", properties={"email": "j@x.test", "lastname": "Roe", **one})
    raw = nested({"FamilyName": "Roe", "DisplayName": "Roe", "PrimaryEmailAddr.Address": "j@x.test", **two})
    customer = quickbooks.Customer.read({"Id": "58", "SyncToken": "3", **raw})
    base = {"email > PrimaryEmailAddr.Address": ("j@x.test",) * 2, "lastname > FamilyName": ("Roe",) * 2}
    record = {"hubspot_id": "101", "quickbooks_id": "58", "base": base, **record}
    return Pair(
        Record(CONNECTION, Kind.CUSTOMER, "hubspot:101", **record), contact, "", customer, field_table(settings),
        settings, REALM,
    )  # fmt: skip


BASE = {"lastname > FamilyName": ("Roe", "Roe"), PHONE: ("0", "0"), CITY: ("Ulm", "Ulm")}


def test_a_settled_field_is_written_and_the_others_stay_asked():
    ours, theirs = {"phone": "1", "city": "Bonn"}, {"PrimaryPhone.FreeFormNumber": "2", "BillAddr.City": "Rom"}
    plan = decide(pair(ours, theirs, base=BASE, orders={PHONE: settle(Q, "1", "2")}))
    assert plan.writes == (UpdateInHubSpot({"phone": "2"}),)
    assert plan.state is State.PARKED
    assert plan.trouble is not None
    assert plan.trouble.message == "Both sides were edited: city: HubSpot 'Bonn', QuickBooks 'Rom'."
    assert PHONE not in plan.base


def test_a_refused_order_leaves_the_conflict_with_the_values_of_now():
    theirs = {"PrimaryPhone.FreeFormNumber": "3"}
    plan = decide(pair({"phone": "1", "city": "Ulm"}, {**theirs, "BillAddr.City": "Ulm"}, base=BASE,
                       orders={PHONE: settle(Q, "1", "2")}))  # fmt: skip
    assert (plan.writes, plan.state) == ((), State.PARKED)
    assert plan.trouble is not None
    assert "HubSpot '1', QuickBooks '3'" in plan.trouble.message
    assert [bool(one.why) for one in plan.verdicts] == [True]


def test_the_fix_names_the_commands_and_quotes_what_a_shell_would_split():
    plan = decide(pair({"phone": "1"}, {"PrimaryPhone.FreeFormNumber": "2", "DisplayName": "Other"}))
    assert plan.trouble is not None
    assert "settle customer hubspot:101 --field phone --take hubspot" in plan.trouble.fix
    assert "--field 'display name' --take hubspot" in plan.trouble.fix


OUT = Contacts(filters=Filters(to_quickbooks=[Clauses(all=[Clause(property="city", operator="equals", value="Rom")])]))


def test_out_of_scope_only_the_order_is_carried_out():
    ours, theirs = {"phone": "2", "city": "Bonn"}, {"PrimaryPhone.FreeFormNumber": "2", "BillAddr.City": "Ulm"}
    plan = decide(pair(ours, theirs, OUT, base=BASE, orders={PHONE: undo(Q, "1", "2")}))
    assert plan.writes == (UpdateInQuickBooks({"PrimaryPhone.FreeFormNumber": "1"}),)
    assert plan.state is State.EXCLUDED
    assert plan.base == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settings": Contacts(enabled=False)}, "switched off"),
        ({"in_hubspot": None}, "the contact is gone"),
        ({"in_quickbooks": None, "record": {"gone": {"quickbooks": "the customer was deleted"}}}, "was deleted"),
        ({"record": {"quickbooks_id": None}}, "no e-mail"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused_with_what_stands_against_it(change, why):
    one = pair({"email": "", "phone": "2"}, {}, Contacts(), orders={PHONE: undo(Q, "1", "2")})
    more = change.pop("record", {})
    plan = decide(replace(one, record=replace(one.record, **more), **change))
    assert not any(isinstance(write, UpdateInQuickBooks | UpdateInHubSpot) for write in plan.writes)
    [refused] = plan.verdicts
    assert why in refused.why


# --- an obeyed order is the end of it ---------------------------------------------------------------------------------

VALUES = st.sampled_from(["", "a", "b", " a", "c d", LONG, "x" * 200])
SIDES = st.sampled_from([H, Q])
ROWS = [PHONE, CITY, "company.name > CompanyName", "company > CompanyName", "firstname > GivenName"]


def look(one: Pair) -> tuple[Pair, Plan]:
    """The worker's part that follows a decision, at vendors that store what they are sent, trimmed."""
    plan = decide(one)
    case = Case(Held(one.record, 1), [Job(CONNECTION, Kind.CUSTOMER, H, "101", "")], one.record, one.record)
    case.in_hubspot, case.in_quickbooks, case.company_name, case.plan = (
        one.in_hubspot,
        one.in_quickbooks,
        one.company_name,
        plan,
    )
    group = _group(one)
    for write in plan.writes:
        match write:
            case UpdateInQuickBooks(values, _):
                body = nested(values, one.in_quickbooks.raw if one.in_quickbooks else {})
                stored = {**(one.in_quickbooks.raw if one.in_quickbooks else {}), **_trimmed(body)}
                took_quickbooks(group, case, quickbooks.Customer.read(stored), written=values)
                case.note_write(Q, {}, values)
            case UpdateInHubSpot(properties):
                reply = hubspot.Record(id="101", properties=_trimmed(properties))
                took_hubspot(group, case, reply, written=properties)
                case.note_write(H, {}, properties)
    base = case.record.base if case.base_taken else {**case.record.base, **plan.base}
    left, _ = ended(one.record.orders, plan.verdicts, case.obeyed, plan.trouble, settled=True)
    return replace(
        one,
        record=replace(case.record, base=base, orders=left),
        in_hubspot=case.in_hubspot,
        in_quickbooks=case.in_quickbooks,
    ), plan


def _trimmed(body: dict[str, Any]) -> dict[str, Any]:
    return {k: _trimmed(v) if isinstance(v, dict) else str(v).strip() for k, v in body.items()}


def _group(one: Pair) -> Group:
    nobody: Any = None  # no call is made
    connection = Connection(CONNECTION, "48120771", REALM)
    return Group(
        connection=connection, kind=Kind.CUSTOMER, settings=Settings(contacts=one.settings), hubspot=nobody,
        quickbooks=nobody, calls=CallLog(), table=MemoryTable(), queue=MemoryQueue(), now=lambda: 0.0,
        new_id=lambda: "id", lease_s=1.0,
    )  # fmt: skip


@st.composite
def ordered_pairs(draw: st.DrawFn) -> Pair:
    """Any two sides, any base, any rule and direction, and orders for some of the fields, most of them to be obeyed."""
    settings = Contacts(
        conflict=draw(st.sampled_from(["hubspot", "quickbooks", "newest", "ask"])),
        direction=draw(st.sampled_from(["both", "to_hubspot", "to_quickbooks"])),
    )
    ours = {name: draw(VALUES) for name in ("phone", "city", "company", "firstname")}
    theirs = {p: draw(VALUES) for p in ("PrimaryPhone.FreeFormNumber", "BillAddr.City", "CompanyName", "GivenName")}
    company = draw(VALUES)
    values = {**ours, **theirs, "company.name": company}
    halves = st.one_of(VALUES, st.none())
    base = {"email > PrimaryEmailAddr.Address": ("j@x.test", "j@x.test"), "lastname > FamilyName": ("Roe", "Roe")}
    orders: dict[str, Order] = {}
    for key in ROWS:
        one, two = key.split(" > ")
        before = draw(halves)
        if before is not None:
            base[key] = (held(before), held(draw(st.one_of(st.just(before), VALUES))))
        if draw(st.booleans()):
            seen = {str(side): held(draw(st.one_of(st.just(now), st.just(now), VALUES))) for side, now in
                    ((H, values[one]), (Q, values[two])) if draw(st.booleans())}  # fmt: skip
            value = draw(st.one_of(st.none(), VALUES))
            orders[key] = Order(draw(SIDES), value, seen, None if value is None else 3)
    return replace(pair(ours, theirs, settings, base=base, orders=orders), company_name=company)


@given(ordered_pairs())
def test_an_obeyed_order_never_leads_to_another_write(one):
    """Every order is answered at once, and what it settled is left alone by the next look, on both sides."""
    after, plan = look(one)
    assert after.record.orders == {}
    assert {verdict.key for verdict in plan.verdicts} == one.record.orders.keys()
    again = decide(after)
    written = {name for write in again.writes if isinstance(write, UpdateInHubSpot) for name in write.properties}
    written |= {name for write in again.writes if isinstance(write, UpdateInQuickBooks) for name in write.values}
    obeyed = {name for verdict in plan.verdicts if not verdict.why for name in verdict.key.split(" > ")}
    assert not written & obeyed
    assert again.verdicts == ()


def test_active_is_no_field():
    assert judged({ACTIVE: Order(Q, "true", {}, 1)}, [], {}, {}, crossing) == ()
