"""Whatever a notice says, if it is signed it is taken: what can be understood is queued, and the rest is counted.

Nothing of it becomes a key, an id or a cause that we would not have written ourselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.enqueue import SEND_BYTES_MAX, jobs_on_page
from chalicelib.jobs import Expand, Job, Message, to_body
from chalicelib.remember.records import record_key
from tests.hostile.gateway import NOW, OTHER_REALM, PORTAL, REALM, Gateway
from tests.hostile.listening import Heard
from tests.hostile.signing import HUBSPOT, QUICKBOOKS, contact, customer, good, tell
from tests.hostile.strange import ESCAPES, IDS, MEGABYTES_10, TIMES, WORDS, deep, encoded, values
from tests.hostile.trying import tries

PATHS = [HUBSPOT, QUICKBOOKS]
OWN = {HUBSPOT: ("hubspot", "101"), QUICKBOOKS: ("quickbooks", "58")}
PLAIN_ID = re.compile(r"0|[1-9][0-9]{0,19}")
SPREAD_ID = re.compile(r"((company|deal|invoice|Vendor|Employee):)?(0|[1-9][0-9]{0,19})|[0-9]+ records")
CAUSE = re.compile(
    r"HubSpot (contact|company|deal|product|invoice) (creation|deletion|restore|privacyDeletion|merge"
    r"|propertyChange [a-z0-9_?]{1,100}|associationChange( [a-z]+)?)"
    r"|QuickBooks [a-z]+ [a-z_]{1,40}"
)
VARIED = {
    HUBSPOT: (contact, ("portalId", "objectId", "subscriptionType", "occurredAt", "propertyName", "propertyValue",
                        "changeSource", "sourceId", "mergedObjectIds", "primaryObjectId", "newObjectId", "objectTypeId",
                        "fromObjectTypeId", "toObjectTypeId", "fromObjectId", "toObjectId", "associationType")),
    QUICKBOOKS: (customer, ("type", "intuitaccountid", "intuitentityid", "time", "data", "eventNotifications")),
}  # fmt: skip


def world() -> Gateway:
    gateway = Gateway()
    gateway.connect()
    return gateway


def jobs(messages: list[Message]) -> list[Job]:
    pages = [job for one in messages if isinstance(one, Expand) and one.source == "records"
             for job in jobs_on_page(one.page)]  # fmt: skip
    return [*(one for one in messages if isinstance(one, Job)), *pages]


def assert_plain(gateway: Gateway) -> list[Message]:
    """Nothing was queued but looks at records with the ids that vendors give, of connections that there are."""
    messages = gateway.queue.take(10**6)
    for job in jobs(messages):
        assert job.connection == f"{PORTAL}:{REALM}"
        assert PLAIN_ID.fullmatch(job.id), job.id
        assert job.merged_into is None or PLAIN_ID.fullmatch(job.merged_into)
        assert all(CAUSE.fullmatch(cause) for cause in job.cause.split(", ")), job.cause
        assert job.at is None or 0 < job.at < 5e9
        key = record_key(job.connection, job.kind, job.record)
        assert key.pk.count("|") == 2
        assert key.sk.count(":") == 1
    for one in messages:
        assert len(to_body(one).encode()) < SEND_BYTES_MAX
        if isinstance(one, Expand):
            assert one.connection == f"{PORTAL}:{REALM}"
            assert SPREAD_ID.fullmatch(one.id), one.id
    return messages


def took(gateway: Gateway, path: str, body: bytes) -> list[tuple[str, str]]:
    """The records that a signed body asks to look at; the body is never refused."""
    answer = tell(gateway, path, body)
    assert (answer.status, answer.body) == (200, "")
    assert answer.headers["content-type"] == "text/plain"
    return [(str(job.side), job.id) for job in jobs(assert_plain(gateway))]


strange_event = st.one_of(values, st.dictionaries(st.sampled_from(VARIED[HUBSPOT][1] + VARIED[QUICKBOOKS][1]), values))


@st.composite
def bent(draw: Callable[..., Any], path: str) -> dict[str, Any]:
    """An event that would be good, but for a few fields."""
    made, names = VARIED[path]
    kinds = {
        HUBSPOT: ["contact.creation", "contact.propertyChange", "contact.merge", "contact.associationChange",
                  "company.propertyChange", "object.associationChange", "object.merge", "contact.privacyDeletion"],
        QUICKBOOKS: ["qbo.customer.merged.v1", "qbo.invoice.voided.v1", "qbo.vendor.updated.v1", "qbo.item.deleted.v1"],
    }  # fmt: skip
    event = made(**{"subscriptionType" if path == HUBSPOT else "type": draw(st.sampled_from(kinds[path]))})
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        event[name] = draw(values)
    return event


@pytest.mark.parametrize("path", PATHS)
@given(data=st.data())
@tries(50)
def test_one_that_is_understood_is_queued_among_whatever_else(path: str, data: st.DataObject) -> None:
    """The ids of strange events are not near the good one's, so that it can only be its own."""
    gateway = world()
    odd = data.draw(st.lists(st.one_of(strange_event, bent(path)), max_size=4))
    place = data.draw(st.integers(0, len(odd)))
    found = took(gateway, path, encoded([*odd[:place], good(path), *odd[place:]]))
    assert OWN[path] in found


@pytest.mark.parametrize("path", PATHS)
@given(body=values)
@tries(30)
def test_a_body_of_any_json_is_taken(path: str, body: Any) -> None:
    took(world(), path, encoded(body))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("number", IDS, ids=lambda one: ascii(one)[:24])
def test_an_id_is_a_whole_number_or_the_event_is_passed_over(path: str, number: Any, heard: Heard) -> None:
    gateway = world()
    event = contact(number) if path == HUBSPOT else customer(number)
    found = took(gateway, path, encoded([event, good(path)]))
    assert found in ([OWN[path]], [(OWN[path][0], str(number)), OWN[path]])
    (line,) = [json.loads(one) for one in heard.lines if '"webhook"' in one]
    assert (line["notices"], line["passed_over"]) == ((2, 0) if len(found) == 2 else (1, 1))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("number", [101, "101", "0101", 2**63 - 1, str(2**64 - 1)])
def test_an_id_may_come_as_a_number_or_as_text(path: str, number: Any) -> None:
    event = contact(number) if path == HUBSPOT else customer(number)
    assert took(world(), path, encoded([event])) == [(OWN[path][0], str(int(number)))]


@pytest.mark.parametrize("account", [one for one in IDS if one is not None], ids=lambda one: ascii(one)[:24])
@pytest.mark.parametrize("path", PATHS)
def test_an_account_that_is_not_connected_gets_nothing(path: str, account: Any) -> None:
    event = contact(portal=account) if path == HUBSPOT else customer(realm=account)
    assert took(world(), path, encoded([event])) == []


@pytest.mark.parametrize("at", TIMES, ids=lambda one: ascii(one)[:24])
@pytest.mark.parametrize("path", PATHS)
def test_a_time_that_is_none_makes_the_job_one_that_nothing_outdates(path: str, at: Any) -> None:
    gateway = world()
    event = contact(occurredAt=at) if path == HUBSPOT else customer(time=at)
    tell(gateway, path, encoded([event]))
    (job,) = jobs(assert_plain(gateway))
    assert job.at is None


@pytest.mark.parametrize("word", WORDS, ids=lambda one: ascii(one)[:24])
@pytest.mark.parametrize("path", PATHS)
def test_a_word_that_is_none_takes_nothing_along(path: str, word: Any) -> None:
    event = contact(7, subscriptionType=word) if path == HUBSPOT else customer("7", type=word)
    found = took(world(), path, encoded([event, good(path)]))
    assert [one for one in found if one[1] != "7"] == [OWN[path]]


@pytest.mark.parametrize(
    "name", ["privacyDeletion", "a, HubSpot contact privacyDeletion", "voided", ESCAPES, "x" * 300_000, "\ud800", "é"],
    ids=lambda one: ascii(one)[:24],
)  # fmt: skip
@pytest.mark.parametrize("source", ["CRM", "INTEGRATION"])
def test_the_name_of_a_property_cannot_pass_for_another_cause(name: str, source: str) -> None:
    """A privacy deletion erases what we hold of a person: no property may be named so that it looks like one."""
    event = contact(subscriptionType="contact.propertyChange", propertyName=name, propertyValue="\ud800",
                    changeSource=source, sourceId="31415926")  # fmt: skip
    gateway = world()
    assert tell(gateway, HUBSPOT, encoded([event])).status == 200
    (job,) = jobs(assert_plain(gateway))
    assert "privacyDeletion" not in job.cause
    assert job.echoes is None or name == "voided"


def test_a_merge_of_strange_ids_asks_for_none_of_their_digits() -> None:
    event = contact(subscriptionType="contact.merge", primaryObjectId=7, mergedObjectIds="123")
    assert took(world(), HUBSPOT, encoded([event])) == [("hubspot", "7")]


RAW: list[tuple[str, Callable[[str], bytes], bool]] = [  # what, the body around a good event, whether it is understood
    ("utf-16", lambda text: f"[{text}]".encode("utf-16"), True),
    ("utf-32", lambda text: f"[{text}]".encode("utf-32"), True),
    ("byte order mark", lambda text: f"[{text}]".encode("utf-8-sig"), True),
    ("latin-1", lambda text: f'[{text[:-1]},"x":"é"}}]'.encode("latin-1"), False),
    ("null bytes", lambda text: f"[{text}]".encode() + b"\x00", False),
    ("cut off", lambda text: f"[{text}".encode(), False),
    ("empty", lambda _: b"", False),
    ("nothing", lambda _: b"[]", False),
    ("spaces", lambda text: b" \r\n\t" + f"[{text}]".encode() + b"\r\n ", True),
    ("said twice", lambda text: f'[{{"objectId":7,"intuitentityid":"7",{text[1:]}]'.encode(), True),
    ("numbers that are none", lambda text: f"[NaN,Infinity,-Infinity,{text}]".encode(), True),
    ("a number without end", lambda text: f'[{{"x":{"9" * 100_000}}},{text}]'.encode(), True),
    ("nested", lambda text: f"[{deep()},{text}]".encode(), False),  # a parser has to give up: the sweep finds it
    ("ten megabytes", lambda text: f'["{"x" * MEGABYTES_10}",{text}]'.encode(), True),
    ("a hundred thousand", lambda text: f"[{'{},' * 100_000}{text}]".encode(), True),
]


@pytest.mark.parametrize(("make", "understood"), [row[1:] for row in RAW], ids=[row[0] for row in RAW])
@pytest.mark.parametrize("path", PATHS)
def test_bytes_of_every_kind_are_taken(path: str, make: Callable[[str], bytes], understood: bool) -> None:
    assert took(world(), path, make(json.dumps(good(path)))) == ([OWN[path]] if understood else [])


def test_a_body_about_one_record_without_end_fits_into_the_queue() -> None:
    """Our own app's events are listed with the job, and SQS takes no message of any length."""
    events = [
        contact(subscriptionType="contact.propertyChange", propertyName=f"property_{number}", propertyValue=str(number),
                changeSource="INTEGRATION", sourceId="31415926")
        for number in range(20_000)
    ]  # fmt: skip
    assert took(world(), HUBSPOT, encoded(events)) == [("hubspot", "101")]


def test_a_company_is_told_of_its_own_records_only() -> None:
    """Intuit signs for all companies with one token: the body says whose it is, and no other one gets a job."""
    gateway = world()
    gateway.connect(portal="7", realm=OTHER_REALM)
    tell(gateway, QUICKBOOKS, encoded([customer(realm=f"{OTHER_REALM}|{REALM}"), customer("59", realm=OTHER_REALM)]))
    assert [(job.connection, job.id) for job in jobs(gateway.queue.take())] == [(f"7:{OTHER_REALM}", "59")]


def test_the_clock_of_these_tests_lies_where_times_are_plausible() -> None:
    gateway = world()
    tell(gateway, HUBSPOT, encoded([contact(occurredAt=int(NOW * 1_000))]))
    (job,) = jobs(gateway.queue.take())
    assert job.at == NOW
