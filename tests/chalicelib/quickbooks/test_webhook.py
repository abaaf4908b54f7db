"""Intuit's events, CloudEvents and the old format, as notices."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import Notice, Side
from chalicelib.quickbooks.webhook import instant, notices, seconds

REALM = "9130350000000000"


def cloud(kind="qbo.customer.updated.v1", **more):
    return {"specversion": "1.0", "id": "88cd52aa", "source": "intuit.hash=", "type": kind,
            "time": "2026-11-02T21:14:09.123456789Z", "intuitentityid": "58", "intuitaccountid": REALM,
            "data": {}, **more}  # fmt: skip


def legacy(*entities, realm=REALM):
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": list(entities)}}]}


def entity(operation="Update", name="Customer", own_id="58", **more):
    return {"name": name, "id": own_id, "operation": operation, "lastUpdated": "2026-01-05T14:42:19.000Z", **more}


def stamp(*parts) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-02T21:14:09Z", stamp(2026, 11, 2, 21, 14, 9)),
        ("2026-11-02T21:14:09.123456789Z", stamp(2026, 11, 2, 21, 14, 9)),
        ("2026-11-02T21:14:09.999Z", stamp(2026, 11, 2, 21, 14, 9)),
        ("2026-11-02T13:14:09-08:00", stamp(2026, 11, 2, 21, 14, 9)),
        ("2026-11-02T13:14:09-0800", stamp(2026, 11, 2, 21, 14, 9)),
        ("2026-11-02T13:14:09.411-08:00", stamp(2026, 11, 2, 21, 14, 9)),
    ],
)
def test_all_spellings_of_a_time_are_read_as_whole_seconds(text, expected):
    assert seconds(text) == expected
    assert 0 <= instant(text) - expected < 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([cloud("qbo.customer.created.v1")], [("customer", "58", True)]),
        ([cloud()], [("customer", "58", True)]),
        ([cloud("qbo.Customer.Updated.v1")], [("customer", "58", True)]),  # compared without regard to case
        ([cloud("qbo.vendor.updated.v1")], [("vendor", "58", True)]),
        ([cloud("qbo.employee.created.v1", data={"alternative_ids": [{"id": "x"}]})], [("employee", "58", True)]),
        ([cloud("qbo.customer.deleted.v1")], [("customer", "58", False)]),
        ([cloud(data=None)], [("customer", "58", True)]),
        ([{k: v for k, v in cloud().items() if k != "data"}], [("customer", "58", True)]),
        ([cloud(data=["odd"])], [("customer", "58", True)]),
        ([cloud(time=None)], [("customer", "58", False)]),  # `at` saves reads, and is never needed for rightness
        ([cloud(time="soon")], [("customer", "58", False)]),
        ([cloud("qbo.customer.merged.v1", data={"deletedid": "61"})],
         [("customer", "58", False), ("customer", "61", False)]),
        ([cloud("qbo.item.created.v1")], [("item", "58", True)]),
        ([cloud("qbo.item.merged.v1", data={"deletedid": "61"})], [("item", "58", False), ("item", "61", False)]),
        ([cloud("qbo.invoice.updated.v1")], [("invoice", "58", True)]),
        ([cloud("qbo.invoice.emailed.v1")], [("invoice", "58", True)]),
        ([cloud("qbo.invoice.deleted.v1")], [("invoice", "58", False)]),
        ([cloud("qbo.invoice.voided.v1")], [("invoice", "58", False)]),
        ([cloud("qbo.payment.void.v1")], [("payment", "58", False)]),
        ([cloud("qbo.creditmemo.created.v1")], [("creditmemo", "58", True)]),
        (legacy(entity()), [("customer", "58", True)]),
        (legacy(entity("Emailed", "Invoice")), [("invoice", "58", True)]),
        (legacy(entity("Void", "Payment")), [("payment", "58", False)]),
        (legacy(entity("Create", "CreditMemo")), [("creditmemo", "58", True)]),
        (legacy(entity("Create", "Vendor")), [("vendor", "58", True)]),
        (legacy(entity("Delete")), [("customer", "58", False)]),
        (legacy(entity(lastUpdated="2026-01-05T06:42:19-0800")), [("customer", "58", True)]),
        (legacy(entity("Merge", deletedId="61")), [("customer", "58", False), ("customer", "61", False)]),
    ],
)  # fmt: skip
def test_what_an_event_says(body, expected):
    """What is deleted, void or merged has no time that a held date could outdate."""
    found, passed_over = notices(body)
    assert passed_over == 0
    assert [(one.object, one.id, one.at is not None) for one in found] == expected


def test_a_notice_names_its_company_its_side_and_its_cause():
    (notice,), _ = notices([cloud()])
    assert notice.at is not None
    assert notice == Notice(REALM, Side.QUICKBOOKS, "customer", "58", "QuickBooks customer updated", notice.at)
    assert int(notice.at) == stamp(2026, 11, 2, 21, 14, 9)


@pytest.mark.parametrize("body", [
    [cloud("qbo.invoice.voided.v1")], [cloud("qbo.invoice.void.v1")], legacy(entity("Void", "Invoice")),
])  # fmt: skip
def test_a_void_is_told_in_one_spelling(body):
    """Once the note that says so is edited, nothing in the invoice itself tells it from one of zero."""
    (notice,), _ = notices(body)
    assert notice.cause == "QuickBooks invoice voided"


@pytest.mark.parametrize(
    "body", [[cloud("qbo.customer.merged.v1", data={"deletedid": "61"})], legacy(entity("Merge", deletedId="61"))]
)  # fmt: skip
def test_of_merged_customers_the_lost_one_names_its_survivor(body):
    (survivor, lost), _ = notices(body)
    assert (survivor.merged_into, lost.merged_into) == (None, "58")


def test_companies_may_be_mixed_in_one_body():
    found, _ = notices([cloud(), cloud(intuitaccountid="2")])
    assert [one.account for one in found] == [REALM, "2"]


STRANGE = [
    cloud("qbo.estimate.updated.v1"), cloud("qbo.bill.void.v1"), cloud("nonsense"), cloud("qbo.customer"),
    cloud(type=None), cloud(intuitentityid=None), cloud(intuitentityid=""), cloud(intuitaccountid=None),
    cloud(intuitaccountid=["x"]), {}, [], None, "text", 7, 1e308,
]  # fmt: skip


@pytest.mark.parametrize("one", STRANGE, ids=repr)
def test_what_is_none_of_ours_or_not_understood_is_passed_over_and_counted(one):
    assert notices([one]) == ([], 1)


@pytest.mark.parametrize(
    ("body", "passed"),
    [
        (None, 1), ({}, 1), ("text", 1), ([], 0),
        ({"eventNotifications": None}, 1),
        ({"eventNotifications": []}, 0),
        ({"eventNotifications": ["odd"]}, 1),
        ({"eventNotifications": [{"realmId": REALM}]}, 1),
        ({"eventNotifications": [{"realmId": REALM, "dataChangeEvent": "odd"}]}, 1),
        ({"eventNotifications": [{"realmId": REALM, "dataChangeEvent": {"entities": 5}}]}, 1),
        ({"eventNotifications": [{"realmId": REALM, "dataChangeEvent": {"entities": ["odd", {}]}}]}, 2),
        (legacy(entity(), realm=None), 1),
        (legacy(entity(own_id=None)), 1),
        (legacy(entity(name="Estimate")), 1),
    ],
)  # fmt: skip
def test_a_body_in_another_shape_is_counted_and_never_refused(body, passed):
    assert notices(body) == ([], passed)


def test_one_strange_event_does_not_take_its_neighbours_along():
    found, passed_over = notices([cloud(), *STRANGE, cloud(intuitentityid="59")])
    assert [one.id for one in found] == ["58", "59"]
    assert passed_over == len(STRANGE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
CLOUD = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["qbo.customer.updated.v1", "qbo.vendor.merged.v1", "qbo.item.created.v1"]) | JSON,
        "intuitaccountid": st.just(REALM) | JSON, "intuitentityid": st.just("58") | JSON,
        "time": st.just("2026-11-02T21:14:09Z") | st.text(max_size=30) | JSON,
        "data": st.fixed_dictionaries({}, optional={"deletedid": JSON}) | JSON,
    },
)  # fmt: skip
LEGACY = st.fixed_dictionaries(
    {
        "eventNotifications": JSON
        | st.lists(
            JSON
            | st.fixed_dictionaries(
                {
                    "realmId": st.just(REALM) | JSON,
                    "dataChangeEvent": JSON | st.fixed_dictionaries({"entities": JSON | st.lists(JSON, max_size=3)}),
                }
            ),
            max_size=3,
        )
    }
)


@given(st.lists(CLOUD | JSON, max_size=5))
def test_no_json_whatever_raises_and_every_event_is_counted(body):
    found, passed_over = notices(body)
    heard = sum(bool(notices([one])[0]) for one in body)
    assert passed_over == len(body) - heard
    assert all(one.id.strip() and one.account.strip() for one in found)


@given(LEGACY | JSON)
def test_no_body_whatever_raises(body):
    found, passed_over = notices(body)
    assert passed_over >= 0
    assert all(one.side is Side.QUICKBOOKS for one in found)
