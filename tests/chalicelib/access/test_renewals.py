"""Renewals: when they are due, one at a time for each grant, and what is done about answers that are lost (D7)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from chalicelib.access.grants import LEASE_S, PAUSES_S, GrantState, Renewal
from chalicelib.failures import Awaited, ReconnectNeeded
from tests.chalicelib.access.granting import (
    CLOSED,
    DEAD,
    LIFE,
    PORTAL,
    REALM,
    START,
    THREADS,
    TIMED_OUT,
    PlainSealer,
    Rotation,
    World,
    connected,
    one_by_one,
    pair,
    together,
)
from tests.chalicelib.answering import HTML, Answer, Asked

SLOW_S = LEASE_S + 50.0
BUSY = Answer(429, {"message": "slow"})

# --- by time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "life", "early_s"),
    [
        (REALM, 3_600.0, 900.0), (REALM, 1_800.0, 900.0), (REALM, 1_000.0, 500.0), (REALM, 10.0, 5.0),
        (PORTAL, 3_600.0, 600.0), (PORTAL, 1_800.0, 600.0), (PORTAL, 1_000.0, 500.0), (PORTAL, 10.0, 5.0),
    ],
)  # fmt: skip
def test_a_pair_is_renewed_ahead_of_its_end_and_not_before(account, life, early_s):
    """Half of a short life is not spent on renewing it."""
    some = World(Rotation(), account).connect(life=life)
    some.now = START + life - early_s - 0.1
    assert some.renew() is Renewal.NOT_DUE
    assert some.used == []
    some.now = START + life - early_s
    assert some.renew() is Renewal.DONE
    assert some.renew() is Renewal.NOT_DUE
    assert (some.token(), some.used) == ("access-1", ["refresh-0"])


@pytest.mark.parametrize("account", [REALM, PORTAL])
def test_the_new_pair_is_what_the_next_renewal_uses(account):
    some = connected(Rotation(), account)
    for number in range(1, 6):
        assert some.due().renew() is Renewal.DONE
        assert (some.token(), some.grant.generation) == (f"access-{number}", number + 1)
    assert some.used == [f"refresh-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("account", "left_s", "renewal"),
    [
        (REALM, 129.9, Renewal.BUSY), (REALM, 130.0, Renewal.DONE),
        (PORTAL, 29.9, Renewal.BUSY), (PORTAL, 30.0, Renewal.DONE),
    ],
)  # fmt: skip
def test_no_renewal_begins_whose_answer_might_come_too_late(account, left_s, renewal):
    some = connected(Rotation(), account).due()
    assert some.renew(left_s) is renewal
    assert len(some.used) == (renewal is Renewal.DONE)
    if renewal is Renewal.BUSY:
        assert some.renew() is Renewal.DONE  # and there is no lease in the way of the next


def test_a_new_pairs_times_count_from_when_it_was_asked_for():
    def answers(_asked: Asked) -> Answer:
        some.now += 100.0
        return pair(1)

    some = connected(answers).due()
    asked_at = some.now
    some.renew()
    assert some.grant.expires_at == asked_at + LIFE


# --- races ------------------------------------------------------------------------------------------------------------


def test_of_many_keepers_one_renews():
    rotation = Rotation()
    some = connected(rotation)
    for number in range(1, 6):
        some.due()
        outcomes = together(some.renew)
        assert outcomes.count(Renewal.DONE) == 1
        assert set(outcomes) <= {Renewal.DONE, Renewal.BUSY, Renewal.NOT_DUE}
        assert rotation.given == number
    assert (rotation.together, rotation.stolen) == (1, False)
    assert rotation.used == [f"refresh-{number}" for number in range(5)]


def test_of_many_keepers_that_heard_of_a_refusal_one_renews():
    some = connected()
    outcomes = together(lambda: some.renew(refused=1))
    assert outcomes.count(Renewal.DONE) == 1
    assert len(some.used) == 1


def test_workers_and_keepers_together_lose_nothing():
    """Each worker has the old token, the new one or none yet; and that a token worked does not undo a renewal."""
    rotation = Rotation()
    some = connected(rotation).due()

    def one():
        grants = some.another()
        held = grants.access(REALM)
        grants.worked(held)
        renewal = grants.renew(REALM, lambda: 300.0)
        return renewal, grants.access(REALM).token

    outcomes = together(one)
    assert len(outcomes) == THREADS
    assert {token for _, token in outcomes} <= {"access-0", "access-1"}
    assert [renewal for renewal, _ in outcomes].count(Renewal.DONE) <= 1
    some.renew()  # had the lease been lost to a note that a token worked, it is had now
    assert (some.token(), rotation.used, rotation.stolen) == ("access-1", ["refresh-0"], False)


def test_while_one_renews_others_use_what_is_there_or_wait():
    seen = []

    def answers(asked: Asked) -> Answer:
        seen.append(some.token())
        seen.append(some.renew())
        return rotation(asked)

    rotation = Rotation()
    some = connected(answers).due()
    assert some.renew() is Renewal.DONE
    assert seen == ["access-0", Renewal.BUSY]
    assert some.asked_keeper == []


def test_whoever_loses_the_lease_asks_nobody():
    """Another keeper takes it between our look and our write."""
    some = connected().due()
    some.table.before_writes.append(some.renew)
    assert some.renew() is Renewal.BUSY
    assert (some.token(), some.used) == ("access-1", ["refresh-0"])


def test_the_new_pair_is_stored_whatever_is_noted_in_between():
    """A worker notes that the old token works, just when the new pair is stored."""
    some = connected().due()
    held = some.access()
    some.table.before_writes += [None, lambda: some.another().worked(held)]
    assert some.renew() is Renewal.DONE
    assert (some.token(), some.grant.worked) == ("access-1", False)


@pytest.mark.parametrize("answer", [pair(1), DEAD, BUSY, CLOSED, TIMED_OUT])
def test_a_consent_given_during_a_renewal_is_the_one_that_counts(answer):
    """A person reconnects while a renewal is on its way, whatever comes of that."""

    def answers(asked: Asked) -> Answer:
        some.connect(50)
        return one_by_one(answer)(asked)

    some = connected(answers).due()
    assert some.renew() is Renewal.DONE
    grant = some.grant
    assert (some.token(), grant.state, grant.lease_until, grant.unanswered) == ("access-50", GrantState.LIVE, 0.0, 0)


@pytest.mark.parametrize("death", [SystemExit, MemoryError])
def test_a_keeper_that_died_blocks_nobody_for_longer_than_its_lease(death):
    def answers(asked: Asked) -> Answer:
        if not some.vendor.asked[1:]:
            raise death
        return rotation(asked)

    rotation = Rotation()
    some = connected(answers).due()
    with pytest.raises(death):
        some.renew()
    some.now += LEASE_S - 0.1
    assert some.renew() is Renewal.BUSY
    some.now += 0.1
    assert some.renew() is Renewal.DONE
    assert some.token() == "access-1"


def test_a_pair_that_comes_after_its_lease_is_stored_all_the_same():
    """Nobody has a better one, and at the vendor the old one may be dead by now."""

    def answers(asked: Asked) -> Answer:
        some.now += SLOW_S
        return rotation(asked)

    rotation = Rotation()
    some = connected(answers).due()
    assert some.renew() is Renewal.DONE
    assert some.token() == "access-1"


def slow(answers, meanwhile) -> World:
    """The first answer comes after its lease, and somebody else acts before."""
    left = [meanwhile]

    def late(asked: Asked) -> Answer:
        if left:
            act = left.pop()
            some.now += SLOW_S
            act(some)
            return pair(1)
        return answers(asked)

    some = connected(late)
    return some.due()


def test_a_pair_that_comes_after_its_successor_is_dropped():
    some = slow(one_by_one(pair(2)), lambda some: some.renew())
    assert some.renew() is Renewal.DONE
    assert (some.token(), some.grant.generation) == ("access-2", 2)


def test_a_pair_that_comes_after_the_grant_was_called_dead_revives_it():
    """The second keeper was refused because the first one's renewal had just used the value up."""
    some = slow(one_by_one(DEAD), lambda some: some.renew())
    assert some.renew() is Renewal.DONE
    assert (some.token(), some.grant.state, some.grant.why) == ("access-1", GrantState.LIVE, "")


def test_a_pair_that_comes_after_the_end_is_not_kept():
    some = slow(one_by_one(Answer(200)), lambda some: some.another().end(REALM))
    assert some.renew() is Renewal.LOST
    assert (some.grant.state, some.grant.sealed) == (GrantState.ENDED, "")


# --- lost answers -----------------------------------------------------------------------------------------------------


def test_after_a_time_out_nobody_asks_within_the_lease():
    """The vendor may be working on it still, and two asks at once look like theft."""
    rotation = Rotation(lose=[TIMED_OUT], remembers=True)
    some = connected(rotation).due()
    began = some.now
    assert some.renew() is Renewal.UNANSWERED
    assert (some.grant.lease_until, some.token()) == (began + LEASE_S, "access-0")
    some.now = began + LEASE_S - 0.1
    assert some.renew() is Renewal.BUSY
    some.now = began + LEASE_S
    assert some.renew() is Renewal.DONE
    assert (rotation.used, some.token(), some.grant.unanswered) == (["refresh-0", "refresh-0"], "access-1", 0)


@pytest.mark.parametrize("answer", [CLOSED, TIMED_OUT, Answer(503, HTML), Answer(200, HTML)])
def test_while_the_vendor_may_still_be_at_work_nobody_asks(answer):
    """A closed connection or a gateway's page proves nothing about what is behind it."""
    some = connected(one_by_one(answer)).due()
    assert some.renew() is Renewal.UNANSWERED
    some.now += LEASE_S - 0.1
    assert some.renew() is Renewal.BUSY
    some.now += 0.1
    assert some.renew() is Renewal.UNANSWERED
    assert some.used == ["refresh-0", "refresh-0"]


def test_where_nobody_is_to_be_reached_the_pauses_grow():
    refused = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))
    some = connected(one_by_one(refused)).due()
    for pause_s in (*PAUSES_S, PAUSES_S[-1]):
        assert some.renew() is Renewal.UNANSWERED
        assert some.grant.lease_until == some.now + pause_s
        some.now += pause_s - 0.1
        assert some.renew() is Renewal.BUSY
        some.now += 0.1
    assert set(some.used) == {"refresh-0"}
    assert some.grant.state is GrantState.LIVE


@pytest.mark.parametrize("lost", [TIMED_OUT, CLOSED])
def test_a_value_that_is_refused_after_its_answer_was_lost_needs_a_person_but_the_token_serves_to_its_end(lost):
    rotation = Rotation(lose=[lost])
    some = connected(rotation).due()
    assert some.renew() is Renewal.UNANSWERED
    assert some.due().renew() is Renewal.LOST
    assert rotation.used == ["refresh-0", "refresh-0"]  # once more, and never again
    grant = some.grant
    assert (grant.state, grant.serves) == (GrantState.NEEDS_RECONNECT, True)
    assert grant.why == "invalid_grant after an answer was lost"
    some.now = grant.good_until - 0.1
    assert some.token() == "access-0"
    some.now = grant.good_until
    with pytest.raises(ReconnectNeeded):
        some.token()
    assert (some.renew(), len(rotation.used), some.asked_keeper) == (Renewal.LOST, 2, [])


@pytest.mark.parametrize("answer", [BUSY, Answer(401, {"error": "invalid_client"}), Answer(403, HTML)])
def test_what_was_declined_is_no_lost_answer(answer):
    some = connected(one_by_one(answer, TIMED_OUT, answer, DEAD)).due()
    assert some.renew() is Renewal.DECLINED
    assert (some.grant.unanswered, some.grant.lease_until) == (0, some.now + PAUSES_S[0])
    assert some.due().renew() is Renewal.UNANSWERED
    assert some.grant.unanswered == 1
    assert some.due().renew() is Renewal.DECLINED
    assert some.grant.unanswered == 1
    assert some.due().renew() is Renewal.LOST
    assert some.grant.why == "invalid_grant after an answer was lost"
    plain = connected(one_by_one(answer, DEAD)).due()
    plain.renew()
    plain.due().renew()
    assert plain.grant.why == "invalid_grant"


@pytest.mark.parametrize(("refused", "serves"), [(0, True), (1, False)])
def test_a_refused_token_does_not_serve_once_the_grant_is_lost(refused, serves):
    some = connected(one_by_one(DEAD)).due()
    assert some.renew(refused=refused) is Renewal.LOST
    assert (some.grant.serves, some.grant.why) == (serves, "invalid_grant")


def test_an_unanswered_renewal_of_a_token_that_is_over_lets_the_records_wait():
    some = connected(one_by_one(CLOSED))
    some.now = START + LIFE
    some.renew()
    with pytest.raises(Awaited):
        some.token()


# --- the pair before --------------------------------------------------------------------------------------------------


def twice(some: World) -> World:
    """A grant that holds the second pair, and is due again."""
    assert some.due().renew() is Renewal.DONE
    return some.due()


def test_where_the_new_pair_never_worked_the_one_before_is_tried_once():
    """The vendor's second data centre had never heard of the new pair."""
    some = twice(connected(one_by_one(pair(1), DEAD, pair(2))))
    assert some.renew() is Renewal.DONE
    assert some.used == ["refresh-0", "refresh-1", "refresh-0"]
    assert (some.token(), some.grant.generation) == ("access-2", 3)


def test_where_both_pairs_are_refused_the_grant_is_lost():
    some = twice(connected(one_by_one(pair(1), DEAD, DEAD)))
    assert some.renew() is Renewal.LOST
    assert some.renew() is Renewal.LOST
    assert some.used == ["refresh-0", "refresh-1", "refresh-0"]


def test_a_pair_that_has_worked_has_none_before_it():
    some = twice(connected(one_by_one(pair(1), DEAD)))
    assert some.grant.before
    some.another().worked(some.access())
    assert some.grant.before == ""
    assert some.renew() is Renewal.LOST
    assert some.used == ["refresh-0", "refresh-1"]


def test_a_consent_has_no_pair_before_it():
    some = connected(one_by_one(DEAD)).connect(9).due()
    assert some.grant.before == ""
    assert some.renew() is Renewal.LOST
    assert some.used == ["refresh-9"]


@pytest.mark.parametrize("answer", [BUSY, CLOSED, TIMED_OUT, Answer(503, HTML)])
def test_only_a_refusal_brings_the_pair_before_back(answer):
    some = twice(connected(one_by_one(pair(1), answer)))
    some.renew()
    assert some.used == ["refresh-0", "refresh-1"]


@pytest.mark.parametrize(
    ("account", "took_s", "asks"), [(REALM, 20, 2), (REALM, 21, 1), (PORTAL, 120, 2), (PORTAL, 121, 1)]
)
def test_a_second_ask_must_fit_into_the_lease(account, took_s, asks):
    """Else another keeper would begin while it is on its way."""

    def answers(_asked: Asked) -> Answer:
        if len(some.used) == 1:
            return pair(1)
        some.now += took_s
        return DEAD

    some = connected(answers, account)
    assert twice(some).renew() is Renewal.LOST
    assert len(some.used) == 1 + asks


@dataclass
class Stumbling(PlainSealer):
    """A key that cannot be reached for a while."""

    stumbles: int = 0

    def seal(self, text, context):
        if self.stumbles:
            self.stumbles -= 1
            raise ConnectionError("the key is away")
        return super().seal(text, context)


def test_a_new_pair_survives_a_key_that_stumbles():
    """It may be told only once."""
    some = connected(Rotation()).due()
    some.sealer = Stumbling(stumbles=3)
    assert some.renew() is Renewal.DONE
    assert some.token() == "access-1"
