"""Grants as workers, consents and operators see them: what is good for a call, who asks whom, and how it ends."""

from __future__ import annotations

import json

import pytest

from chalicelib.access.grants import GrantState, Renewal
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.failures import AWAITED, Awaited, Category, ReconnectNeeded
from chalicelib.jobs import Errand, Portal, Realm
from chalicelib.remember.table import Key, Put
from tests.chalicelib.access.granting import (
    CLOSED,
    DAY,
    DEAD,
    HUBSPOT_TOKEN,
    LIFE,
    PORTAL,
    REALM,
    START,
    TIMED_OUT,
    PlainSealer,
    Rotation,
    World,
    connected,
    one_by_one,
    pair,
)
from tests.chalicelib.answering import HTML, Answer

# --- use --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "margin_s"), [(3_600.0, 30.0), (1_800.0, 30.0), (120.0, 30.0), (100.0, 25.0), (10.0, 2.5)]
)
@pytest.mark.parametrize("account", [REALM, PORTAL])
def test_no_call_is_begun_with_a_token_that_may_end_on_the_way(account, life, margin_s):
    some = World(Rotation(), account).connect(life=life)
    some.now = START + life - margin_s - 0.1
    assert some.token() == "access-0"
    assert some.asked_keeper == []
    some.now = START + life - margin_s
    with pytest.raises(Awaited) as awaited:
        some.token()
    trouble = awaited.value.trouble
    assert (trouble.category, trouble.code) == (Category.THROTTLED, AWAITED)
    assert some.asked_keeper == [Errand("renew", account)]
    assert some.vendor.asked == []


def test_a_worker_asks_nobody_while_somebody_renews():
    """The keeper has been sent already; and a pause after a lost answer is the keeper's as well."""
    some = connected(one_by_one(TIMED_OUT))
    some.now = START + LIFE
    assert some.renew() is Renewal.UNANSWERED
    for _ in range(2):
        with pytest.raises(Awaited):
            some.token()
    assert some.asked_keeper == []
    some.now = some.grant.lease_until
    with pytest.raises(Awaited):
        some.token()
    assert some.asked_keeper == [Errand("renew", REALM)]


def test_accounts_have_grants_of_their_own():
    other, twin = Realm("other"), Portal(REALM.id)
    some = connected().connect(7, account=other).connect(8, account=twin)
    assert [some.another().access(one).token for one in (REALM, other, twin)] == ["access-0", "access-7", "access-8"]
    assert [some.another().access(one).account for one in (REALM, other, twin)] == [REALM, other, twin]


def test_what_was_never_connected_asks_for_a_reconnect():
    some = connected()
    with pytest.raises(ReconnectNeeded) as failed:
        some.another().access(Realm("unknown"))
    assert failed.value.trouble.category is Category.RECONNECT_NEEDED
    assert some.another().renew(Realm("unknown"), lambda: 300.0) is Renewal.LOST
    assert some.another().get(Realm("unknown")) is None
    assert some.asked_keeper == []


# --- after a 401 ------------------------------------------------------------------------------------------------------


def test_a_refused_token_that_was_replaced_meanwhile_needs_no_renewal():
    some = connected()
    held = some.access()
    some.due().renew()
    assert some.another().refused(held).token == "access-1"
    assert some.asked_keeper == []


def test_a_refused_token_of_a_consent_is_a_matter_for_the_keeper():
    """And its errand renews before the time has come, but only what was refused."""
    some = connected()
    with pytest.raises(Awaited):
        some.another().refused(some.access())
    (errand,) = some.asked_keeper
    assert errand == Errand("renew", REALM, 1)
    assert some.renew(refused=errand.generation) is Renewal.DONE
    assert some.token() == "access-1"
    assert some.renew(refused=errand.generation) is Renewal.NOT_DUE  # the same errand, delivered twice
    assert some.used == ["refresh-0"]


def test_a_refused_token_that_a_renewal_brought_and_that_never_worked_asks_for_a_reconnect():
    """Another renewal would bring another like it, for ever."""
    some = connected().due()
    some.renew()
    with pytest.raises(ReconnectNeeded):
        some.another().refused(some.access())
    assert some.asked_keeper == []
    assert some.grant.state is GrantState.LIVE  # the vendor has not said that the grant is dead


def test_a_refused_token_that_has_worked_is_a_matter_for_the_keeper():
    some = connected().due()
    some.renew()
    some.another().worked(some.access())
    with pytest.raises(Awaited):
        some.another().refused(some.access())
    assert some.asked_keeper == [Errand("renew", REALM, 2)]


def test_while_the_keeper_is_at_it_a_refused_token_asks_nobody_else():
    some = connected(one_by_one(TIMED_OUT))
    held = some.access()
    some.renew(refused=1)
    with pytest.raises(Awaited):
        some.another().refused(held)
    assert some.asked_keeper == []


def test_a_lost_grants_token_serves_until_it_is_refused():
    some = connected(one_by_one(DEAD)).due()
    some.renew()
    held = some.access()
    assert held.token == "access-0"
    with pytest.raises(ReconnectNeeded):
        some.another().refused(held)
    with pytest.raises(ReconnectNeeded):
        some.token()
    assert some.grant.serves is False
    assert some.asked_keeper == []


def test_that_a_token_worked_is_stored_once():
    some = connected().due()
    some.renew()
    held, grants = some.access(), some.another()
    grants.worked(held)
    assert (some.grant.worked, some.access().worked) == (True, True)
    known, done = some.access(), some.table.written
    grants.worked(held)
    reads = some.table.reads
    grants.worked(known)
    assert (some.table.written, some.table.reads) == (done, reads)


def test_that_an_older_token_worked_says_nothing_about_the_present_one():
    some = connected()
    older = some.access()
    some.due().renew()
    some.another().worked(older)
    assert some.grant.worked is False
    some.another().worked(some.access())
    assert some.grant.worked is True


# --- a consent --------------------------------------------------------------------------------------------------------


def test_after_a_reconnect_all_goes_on_by_itself():
    some = connected(one_by_one(DEAD, pair(10)))
    some.now = START + LIFE
    assert some.renew() is Renewal.LOST
    with pytest.raises(ReconnectNeeded):
        some.token()
    some.connect(9)
    assert some.token() == "access-9"
    assert (some.grant.state, some.grant.why, some.grant.unanswered) == (GrantState.LIVE, "", 0)
    assert some.due().renew() is Renewal.DONE
    assert some.used == ["refresh-0", "refresh-9"]


def test_a_consent_stands_above_a_renewal_that_came_in_between():
    some = connected().due()
    some.table.before_writes.append(some.renew)
    some.connect(50)
    assert some.used == ["refresh-0"]
    assert (some.token(), some.grant.generation) == ("access-50", 3)


def test_a_consents_times_count_from_when_it_was_asked_for():
    """The answer may have taken its time, and the token's life began at the vendor."""
    some = connected()
    some.now += 200.0
    some.another().store(REALM, Issued(Tokens("late", "refresh", LIFE)), START + 100.0)
    assert some.grant.expires_at == START + 100.0 + LIFE


def test_of_two_consents_the_later_one_counts_in_whatever_order_they_are_stored():
    """Two people consent within a minute; the vendor has ended the earlier one's grant."""
    some = World(one_by_one(pair(1)))
    some.another().store(REALM, Issued(Tokens("later", "refresh-2", LIFE)), START + 20.0)
    some.another().store(REALM, Issued(Tokens("earlier", "refresh-1", LIFE)), START)
    assert some.token() == "later"


def test_what_is_known_of_a_grants_end_is_kept_over_renewals_that_do_not_tell_it():
    some = World(one_by_one(pair(1), pair(2, x_refresh_token_hard_expires_in=20 * DAY), pair(3)))
    some.connect(hard_s=100 * DAY, idle_s=DAY, scopes=("accounting",))
    assert (some.grant.ends_at, some.grant.idle_until) == (START + 100 * DAY, START + DAY)
    some.due().renew()
    assert (some.grant.ends_at, some.grant.scopes) == (START + 100 * DAY, ("accounting",))
    some.due().renew()
    told = some.now + 20 * DAY
    assert some.grant.ends_at == told
    some.due().renew()
    assert some.grant.ends_at == told
    some.connect(50)
    assert (some.grant.ends_at, some.grant.scopes) == (None, ())


@pytest.mark.parametrize(
    ("hard_s", "later_s", "days"),
    [(None, 0, None), (30 * DAY, 0, 30), (30 * DAY, 1, 29), (DAY, 1, 0), (DAY, 2 * DAY, 0), (0.0, 0, 0)],
)
def test_the_days_that_are_left_are_whole_ones(hard_s, later_s, days):
    assert connected().connect(1, hard_s=hard_s).grant.days_left(START + later_s) == days


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "path"), [(REALM, "/revoke"), (PORTAL, f"{HUBSPOT_TOKEN}/revoke")])
def test_an_ended_grant_is_revoked_and_forgotten(account, path):
    some = connected(one_by_one(Answer(200)), account)
    assert some.another().end(account) is True
    (asked,) = some.vendor.asked
    assert (asked.path, asked.body["token"]) == (path, "refresh-0")
    assert (some.grant.state, some.grant.sealed, some.grant.before) == (GrantState.ENDED, "", "")
    for ask in (some.token, lambda: some.another().access(account)):
        with pytest.raises(ReconnectNeeded):
            ask()
    some.now = START + LIFE
    assert some.renew() is Renewal.LOST
    assert some.another().end(account) is True  # once more, and nobody is asked
    assert len(some.vendor.asked) == 1


def revoked(some: World) -> list[str]:
    return [asked.body["token"] for asked in some.vendor.asked if asked.path.endswith("revoke")]


@pytest.mark.parametrize(
    ("worked", "new_value", "values"),
    [
        (False, "refresh-1", ["refresh-1", "refresh-0"]),  # perhaps the vendor never had the new one
        (True, "refresh-1", ["refresh-1"]),
        (False, "refresh-0", ["refresh-0"]),  # HubSpot's value stays the same
    ],
)
def test_an_unproven_pair_is_ended_together_with_the_one_before(worked, new_value, values):
    some = connected(one_by_one(pair(1, refresh_token=new_value), Answer(200))).due()
    some.renew()
    if worked:
        some.another().worked(some.access())
    assert some.another().end(REALM) is True
    assert revoked(some) == values


@pytest.mark.parametrize("answer", [Answer(500, HTML), Answer(401, {"error": "invalid_client"}), TIMED_OUT, CLOSED])
def test_a_vendor_that_could_not_be_asked_ends_nothing(answer):
    some = connected(one_by_one(answer, Answer(200)))
    assert some.another().end(REALM) is False
    assert (some.grant.state, some.token()) == (GrantState.LIVE, "access-0")
    assert some.another().end(REALM) is True
    assert some.grant.state is GrantState.ENDED


def test_a_value_that_the_vendor_does_not_know_is_ended():
    some = connected(one_by_one(DEAD))
    assert some.another().end(REALM) is True


def test_nothing_is_ended_while_a_new_pair_is_on_its_way():
    """It would outlive the pair that we know."""
    some = connected(one_by_one(TIMED_OUT, Answer(200))).due()
    some.renew()
    assert some.another().end(REALM) is False
    assert len(some.vendor.asked) == 1
    some.now = some.grant.lease_until
    assert some.another().end(REALM) is True


def test_a_consent_given_while_the_grant_is_ended_stays():
    some = connected(one_by_one(Answer(200)))
    some.table.before_writes.append(lambda: some.connect(9))
    assert some.another().end(REALM) is False
    assert some.token() == "access-9"


def test_what_was_ended_can_be_connected_again():
    some = connected(one_by_one(Answer(200)))
    some.another().end(REALM)
    some.connect(9)
    assert (some.token(), some.grant.state, some.grant.generation) == ("access-9", GrantState.LIVE, 2)


def test_what_was_never_connected_is_ended():
    some = World(one_by_one(Answer(200)))
    assert some.another().end(REALM) is True
    assert some.vendor.asked == []


# --- rows of version 0.1 ----------------------------------------------------------------------------------------------


def of_version_0_1(answers, account=REALM, **more) -> World:
    """A row as 0.1 wrote it: the expiry also inside the sealed pair, no life, no generation."""
    some = World(answers, account)
    context = {"vendor": str(account.side), "account": account.id}
    tokens = {"access_token": "access-0", "refresh_token": "refresh-0", "expires_at": START + LIFE}
    body = {
        "side": str(account.side), "account": account.id, "expires_at": START + LIFE, "state": "live",
        "lease_until": 0.0, "sealed": PlainSealer().seal(json.dumps(tokens), context), **more,
    }  # fmt: skip
    some.table.write([Put(Key(f"grant|{account.side}|{account.id}", "grant"), body, None)])
    return some


@pytest.mark.parametrize("account", [REALM, PORTAL])
def test_a_row_of_the_first_version_serves_and_is_renewed(account):
    some = of_version_0_1(Rotation(), account)
    assert (some.token(), some.renew()) == ("access-0", Renewal.NOT_DUE)
    some.now = START + LIFE - 600.0
    assert some.renew() is Renewal.DONE
    assert (some.token(), some.grant.generation) == ("access-1", 2)


def test_a_row_of_the_first_version_is_leased_lost_and_ended_like_any_other():
    some = of_version_0_1(one_by_one(Answer(200)), lease_until=START + 60.0)
    some.now = START + 30.0
    assert some.another().end(REALM) is False
    some.now = START + 60.0
    assert some.another().end(REALM) is True
    lost = of_version_0_1(Rotation(), state="needs_reconnect")
    lost.now = START + LIFE
    with pytest.raises(ReconnectNeeded):
        lost.token()
    assert lost.connect(9).token() == "access-9"
    with pytest.raises(Awaited):
        of_version_0_1(Rotation(), expires_at=START).token()


# --- secrecy ----------------------------------------------------------------------------------------------------------


def test_only_sealed_pairs_are_stored_and_they_open_for_their_own_account_alone():
    some = connected().due()
    some.renew()
    key = Key(f"grant|quickbooks|{REALM.id}", "grant")
    body = some.table.get([key])[key].body
    stored = json.dumps(body)
    assert not [word for word in ("access-0", "refresh-0", "access-1", "refresh-1") if word in stored]
    for sealed in (body["sealed"], body["before"]):
        with pytest.raises(AssertionError):
            PlainSealer().open(sealed, {"vendor": "quickbooks", "account": "other"})


def test_no_repr_shows_a_token():
    some = connected()
    shown = f"{some.access()} {some.grant} {some.another()!r}"
    assert not [word for word in ("access-0", "refresh-0") if word in shown]


@pytest.mark.parametrize("answer", [DEAD, Answer(500, HTML), TIMED_OUT, CLOSED, pair(1)])
def test_no_log_line_and_no_failure_shows_a_token(logged, answer):
    some = connected(one_by_one(answer))
    some.now = START + LIFE
    some.renew()
    some.now += LIFE
    said = []
    try:
        some.token()
    except (Awaited, ReconnectNeeded) as failed:
        said += [repr(failed), repr(vars(failed)), str(failed)]
    said += [str(vars(record)) for record in logged.records]
    assert logged.said("renewal")
    secrets = ("access-0", "refresh-0", "access-1", "refresh-1", "q-secret")
    assert not [word for word in secrets if word in " ".join(said)]
