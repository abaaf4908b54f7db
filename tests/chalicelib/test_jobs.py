"""The words that travel: what folding keeps, and what survives the queue."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side, echo_of, fold, from_body, put_off, to_body

CONNECTION = ConnectionId("48120771:9130350000000000")
JOB = Job(CONNECTION, Kind.CUSTOMER, Side.HUBSPOT, "101", "HubSpot contact propertyChange city")


def job(**more) -> Job:
    return replace(JOB, **more)


@pytest.mark.parametrize(
    ("ats", "expected"),
    [([1.0, 2.0], 2.0), ([2.0, 1.0], 2.0), ([1.0, None], None), ([None, 1.0], None), ([1.0, None, 3.0], None)],
)
def test_folded_jobs_have_the_newest_time_or_none(ats, expected):
    """A job without a time can not be outdated by what is held, and neither can the fold."""
    (one,) = fold([job(at=at) for at in ats])
    assert one.at == expected


@pytest.mark.parametrize(("own", "hers", "expected"), [(9.0, 5.0, 5.0), (None, 5.0, None), (9.0, None, None)])
@pytest.mark.parametrize("first", [True, False])
def test_beside_a_persons_change_our_own_apps_time_says_nothing_but_that_it_has_one(own, hers, expected, first):
    jobs = [job(at=own, echoes=("a",)), job(at=hers)]
    (one,) = fold(jobs if first else jobs[::-1])
    assert one.at == expected


@pytest.mark.parametrize("companies", [(None, "7"), ("7", None), ("7", "8")])
def test_times_of_different_objects_are_not_compared(companies):
    """A time of the contact's own says nothing about when its company changed."""
    (one,) = fold([job(at=float(number), company=company) for number, company in enumerate(companies)])
    assert one.at is None


@pytest.mark.parametrize(
    ("echoes", "expected"),
    [
        ([("a",), ("b",)], ("a", "b")),
        ([("a",), ("a",)], ("a",)),
        ([("a",), None], None),
        ([None, ("a",)], None),
        ([None, None], None),
    ],
)
def test_folded_jobs_are_an_echo_only_if_all_are(echoes, expected):
    (one,) = fold([job(echoes=some) for some in echoes])
    assert one.echoes == expected


@pytest.mark.parametrize("order", list(itertools.permutations([None, "59"])))
def test_a_survivor_is_not_lost_in_the_fold(order):
    (one,) = fold([job(merged_into=into) for into in order])
    assert one.merged_into == "59"


def test_each_record_has_one_job_in_the_order_of_first_mention():
    two = job(id="102")
    other_side = job(side=Side.QUICKBOOKS)
    stranger = job(connection=ConnectionId("1:2"))
    folded = fold([JOB, two, JOB, other_side, stranger, two])
    assert [one.key for one in folded] == [JOB.key, two.key, other_side.key, stranger.key]


def test_causes_are_told_once_and_not_without_end():
    causes = [f"HubSpot contact propertyChange p{number}" for number in range(50)]
    (one,) = fold([job(cause=cause) for cause in [*causes, *causes]])
    assert one.cause.startswith("HubSpot contact propertyChange p0, ")
    assert len(one.cause) < 300
    assert one.cause.count("propertyChange p0,") == 1


@pytest.mark.parametrize("place", [0, 25, 50])
@pytest.mark.parametrize("cause", ["HubSpot contact privacyDeletion", "retry by an operator"])
def test_a_cause_that_the_worker_acts_on_is_never_folded_away(cause, place):
    """A privacy deletion is the only proof that a contact is gone."""
    causes = [f"HubSpot contact propertyChange p{number}" for number in range(50)]
    causes.insert(place, cause)
    (one,) = fold([job(cause=some) for some in causes])
    assert cause in one.cause.split(", ")


def test_folding_twice_changes_nothing():
    once = fold([job(cause=f"c{number}", at=float(number)) for number in range(9)])
    assert fold(once) == once


def test_a_job_that_finds_its_record_in_other_hands_comes_back_later_and_later():
    """Within a dead worker's lease of 140 seconds six times, instead of thirty."""
    jobs, waits = [JOB], []
    for _ in range(6):
        jobs, wait_s = put_off(jobs)
        waits.append(wait_s)
    assert waits == [5, 10, 20, 40, 80, 80]


def test_a_new_notice_is_not_put_off_as_long_as_an_old_one():
    old, new = job(waited=4), job()
    assert put_off(fold([old, new]))[1] == put_off([new])[1] == 5


IDS = st.text("0123456789", min_size=1, max_size=12)
JOBS = st.builds(
    Job,
    connection=st.builds(lambda one, two: ConnectionId(f"{one}:{two}"), IDS, IDS),
    kind=st.sampled_from(Kind),
    side=st.sampled_from(Side),
    id=IDS,
    cause=st.text(max_size=60),
    at=st.none() | st.floats(0, 4e9),
    echoes=st.none() | st.lists(st.text(max_size=30), max_size=3).map(tuple),
    merged_into=st.none() | IDS,
    company=st.none() | IDS,
    waited=st.integers(0, 9),
)
EXPANSIONS = st.builds(
    Expand,
    connection=st.builds(lambda one, two: ConnectionId(f"{one}:{two}"), IDS, IDS),
    source=st.sampled_from(["company", "name_holder", "records", "sweep", "walk", "setup"]),
    id=st.text(max_size=30),
    page=st.text(max_size=200),
)


@given(JOBS | EXPANSIONS)
def test_a_message_survives_the_queue(message):
    assert from_body(to_body(message)) == message


@given(JOBS | EXPANSIONS, st.dictionaries(st.text(min_size=1, max_size=9).map("x_".__add__), st.integers(), max_size=3))
def test_a_field_of_a_newer_version_is_passed_over(message, newer):
    assert from_body(json.dumps({**json.loads(to_body(message)), **newer})) == message


@given(st.lists(JOBS, max_size=30))
def test_folding_loses_no_record_and_repeats_none(jobs):
    folded = fold(jobs)
    assert [one.key for one in folded] == list(dict.fromkeys(one.key for one in jobs))
    for one in folded:
        parts = [part for part in jobs if part.key == one.key]
        one_clock = len({part.company for part in parts}) == 1
        assert (one.at is None) is (not one_clock or any(part.at is None for part in parts))
        assert (one.echoes is None) is any(part.echoes is None for part in parts)


@pytest.mark.parametrize("missing", ["connection", "kind", "side", "id"])
def test_a_job_with_a_field_missing_is_refused(missing):
    raw = json.loads(to_body(JOB))
    del raw[missing]
    with pytest.raises(ValueError, match=f"not a job.*{missing}"):
        from_body(json.dumps(raw))


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", "7", "null", '"source"', "{}", '{"source":"sweep"}',
             json.dumps({**json.loads(to_body(JOB)), "kind": "unheard of"}),
             json.dumps({**json.loads(to_body(JOB)), "side": "unheard of"})],
)  # fmt: skip
def test_what_is_no_job_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 - the kind of error is the contract, its words are not
        from_body(body)


def test_a_number_as_id_is_read_as_text():
    assert from_body(json.dumps({**json.loads(to_body(JOB)), "id": 101})) == JOB


def test_an_echo_tells_values_apart_and_shows_none():
    assert echo_of("email", "a@x.test") == echo_of("email", "a@x.test")
    assert len({echo_of("email", "a"), echo_of("email", "b"), echo_of("city", "a"), echo_of("city", "")}) == 4
    assert "a@x.test" not in echo_of("email", "a@x.test")


def test_a_job_names_its_record_as_memory_does():
    assert JOB.record == "hubspot:101"
    assert (Side.HUBSPOT.other, Side.QUICKBOOKS.other) == (Side.QUICKBOOKS, Side.HUBSPOT)
