"""Answers that are out to cost a grant, and places where a secret might slip out: each was a defect once."""

from __future__ import annotations

import pytest

from chalicelib.access.grants import LEASE_S, GrantState, Renewal
from chalicelib.access.oauth import Issued, Tokens, Unanswered
from tests.chalicelib.access.granting import CLOSED, DEAD, LIFE, REALM, TIMED_OUT, connected, one_by_one, pair, speaking
from tests.chalicelib.answering import HTML, Answer

PAIR = '{"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": %s}'


@pytest.mark.parametrize("life", ["NaN", "Infinity", "1e999", '"soon"', "[1]", "-5", '"inf"', "1" + "0" * 400, "null"])
def test_a_pair_with_an_odd_life_is_a_pair_all_the_same(life):
    """It may hold a rotated value that is never told again."""
    some = connected(one_by_one(Answer(200, PAIR % life))).due()
    assert some.renew() is Renewal.DONE
    assert some.token() == "access-1"


def test_an_answer_that_is_too_deep_is_none():
    some = connected(one_by_one(Answer(200, "[" * 100_000))).due()
    assert some.renew() is Renewal.UNANSWERED


@pytest.mark.parametrize("token", [None, "", ["x"], 7])
def test_a_pair_without_an_access_token_replaces_none(token):
    _, quickbooks, _ = speaking(one_by_one(Answer(200, {"access_token": token, "refresh_token": "refresh-1"})))
    assert quickbooks.refresh("refresh-0") == Unanswered(ended=False)


# --- where a secret may go --------------------------------------------------------------------------------------------

ELSEWHERE = [
    "http://vendor.test", "http://10.0.0.1:8000", "http://127.0.0.1.evil.test", "http://localhost@evil.test",
    "http://localhost.evil.test", "ftp://127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("base", ELSEWHERE)
@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_no_secret_goes_out_in_plain_text(side, base, verb):
    *both, vendor = speaking(one_by_one(pair(1)), base)
    with pytest.raises(ValueError, match="plain HTTP"):
        getattr(both[side], verb)("refresh-0")
    assert vendor.asked == []


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_no_redirect_carries_a_secret_away(side, verb):
    answers = one_by_one(Answer(307, None, (("Location", "https://evil.test/x"),)), pair(1))
    *both, vendor = speaking(answers)
    assert getattr(both[side], verb)("refresh-0") in (Unanswered(ended=False), False)
    assert [asked.url.startswith("https://vendor.test") for asked in vendor.asked] == [True]


# --- what ends a grant ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [
    Answer(400, {"error": "invalid_client", "status": "BAD_CLIENT_SECRET"}), Answer(400, {"status": "BAD_CLIENT_ID"}),
    Answer(400, {"error": "unauthorized_client"}), Answer(403, HTML), Answer(404, HTML), Answer(302), Answer(400, HTML),
])  # fmt: skip
def test_what_does_not_speak_of_the_grant_has_not_ended_it(answer):
    """A wrong secret, or a page from something in between: the grant lives on, and is ended later."""
    hubspot, quickbooks, _ = speaking(one_by_one(answer))
    assert (hubspot.revoke("refresh-0"), quickbooks.revoke("refresh-0")) == (False, False)


@pytest.mark.parametrize("answer", [CLOSED, TIMED_OUT, Answer(503, HTML)])
def test_an_unanswered_ask_with_the_pair_before_is_no_verdict(answer):
    some = connected(one_by_one(pair(1), DEAD, answer)).due()
    some.renew()
    some.due().renew()
    assert some.grant.state is GrantState.LIVE


def test_an_errand_about_an_older_pair_does_not_stop_the_present_token():
    """Nobody has refused this one: it serves to its end."""
    some = connected(one_by_one(DEAD)).connect(9).due()
    assert some.renew(refused=1) is Renewal.LOST
    assert some.token() == "access-9"


# --- time and leases --------------------------------------------------------------------------------------------------


def test_the_ask_with_the_pair_before_begins_only_with_time_to_wait():
    def answers(_asked):
        if len(some.used) == 1:
            return pair(1)
        some.now += 30.0
        return DEAD

    some = connected(answers)
    some.due().renew()
    some.due()
    began = some.now
    some.another().renew(REALM, lambda: 131.0 - (some.now - began))
    assert some.used == ["refresh-0", "refresh-1"], "101 s are left, and an ask needs 130"


@pytest.mark.parametrize("late", [CLOSED, Answer(503, HTML), Answer(429, {"message": "slow"})])
def test_a_late_answer_does_not_free_somebody_elses_lease(late):
    """The first keeper's lease has run out, and the second one's ask is on its way with the same value."""
    asked, inner = [], []

    def answers(request):
        asked.append(request)
        if len(asked) > 1:
            raise TIMED_OUT
        some.now += 200.0
        inner.append(some.renew())
        return one_by_one(late)(request)

    some = connected(answers).due()
    some.renew()
    assert inner == [Renewal.UNANSWERED]
    assert some.grant.lease_until - some.now == LEASE_S


def test_refusals_of_our_own_credentials_are_asked_about_ever_less_often():
    some = connected(one_by_one(Answer(401, {"error": "invalid_client"}))).due()
    pauses = []
    for _ in range(4):
        some.renew()
        pauses.append(some.grant.lease_until - some.now)
        some.now = some.grant.lease_until
    assert pauses == [10.0, 30.0, 60.0, 120.0]
    assert some.grant.unanswered == 0


def test_a_consent_without_a_refresh_token_stands_above_an_ended_grant():
    some = connected(one_by_one(Answer(200)))
    some.another().end(REALM)
    some.another().store(REALM, Issued(Tokens("access-9", "", LIFE)), some.now)
    assert some.token() == "access-9"
