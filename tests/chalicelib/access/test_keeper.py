"""The keeper: what came of an errand reaches every connection, and no grant is forgotten or kept too long (D7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.access import keeper
from chalicelib.access.grants import GrantState
from chalicelib.failures import ReconnectNeeded
from chalicelib.jobs import Errand, Expand, Job, Kind, Portal, Realm, Side
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.waiting import want
from tests.chalicelib.access.granting import (
    CLOSED,
    DAY,
    DEAD,
    LIFE,
    PORTAL,
    REALM,
    START,
    TIMED_OUT,
    World,
    connected,
    one_by_one,
    pair,
)
from tests.chalicelib.answering import HTML, Answer

CONNECTED, CONNECTING = ConnectionState.CONNECTED, ConnectionState.CONNECTING
LOST, DISCONNECTED = ConnectionState.NEEDS_RECONNECT, ConnectionState.DISCONNECTED
SECOND = Realm("9130350000000001")


def run(some: World, errand: Errand, left_s: float = 300.0) -> None:
    keeper.run(some.process(), errand, lambda: left_s)


def connection(some: World, state=CONNECTED, portal=PORTAL, realm=REALM) -> Connection:
    made = Connections(some.table).begin(portal, realm)
    return Connections(some.table).change(made.id, lambda held: replace(held, state=state))


def states(some: World) -> list[ConnectionState]:
    return [one.state for one in Connections(some.table).all()]


def record_waits(some: World, one: Connection) -> Job:
    job = Job(one.id, Kind.CUSTOMER, Side.HUBSPOT, "101", "a contact was changed")
    want(some.wiring, one, Kind.CUSTOMER, [job], "waits for a token")
    return job


# --- errands ----------------------------------------------------------------------------------------------------------


def test_with_a_new_pair_the_records_that_waited_go_on():
    some = connected(one_by_one(pair(1))).due()
    job = record_waits(some, connection(some))
    run(some, Errand("renew", REALM))
    assert some.token() == "access-1"
    (woken,) = some.queue.take()
    assert isinstance(woken, Job)
    assert woken.key == job.key


@pytest.mark.parametrize(("state", "set_up"), [(CONNECTED, 0), (CONNECTING, 1), (LOST, 1), (DISCONNECTED, 0)])
def test_with_a_new_pair_a_connection_that_was_not_at_work_is_set_up(state, set_up):
    """Which proves the pair, and goes on from where it was."""
    some = connected(one_by_one(pair(1))).due()
    one = connection(some, state)
    run(some, Errand("renew", REALM))
    assert some.queue.take() == [Expand(one.id, "setup", "access renewed")] * set_up
    assert states(some) == [state]


def test_a_portals_new_pair_is_good_news_for_all_its_companies():
    some = connected(one_by_one(pair(1)), PORTAL).due()
    both = [connection(some, LOST), connection(some, LOST, realm=SECOND)]
    connection(some, LOST, Portal("another"), Realm("another"))
    run(some, Errand("renew", PORTAL))
    assert [message.connection for message in some.queue.take()] == [one.id for one in both]


@pytest.mark.parametrize(
    "answer", [CLOSED, TIMED_OUT, Answer(429, {"message": "slow"}), Answer(503, HTML), Answer(200, HTML)]
)
def test_where_nothing_came_of_it_nobody_is_told(answer):
    some = connected(one_by_one(answer)).due()
    record_waits(some, connection(some))
    connection(some, LOST, Portal("another"), SECOND)
    run(some, Errand("renew", REALM))
    assert some.vendor.asked
    assert (some.queue.take(), states(some)) == ([], [CONNECTED, LOST])


@pytest.mark.parametrize(("early_s", "left_s"), [(1.0, 300.0), (0.0, 129.0)])
def test_an_errand_that_is_early_or_has_no_time_asks_and_tells_nobody(early_s, left_s):
    some = connected(one_by_one(pair(1))).due()
    some.now -= early_s
    record_waits(some, connection(some))
    run(some, Errand("renew", REALM), left_s)
    assert (some.vendor.asked, some.queue.take(), states(some)) == ([], [], [CONNECTED])


def lost_portal(refused: int) -> World:
    """A portal of two companies whose grant the vendor calls dead, with a connection that ended and a neighbour's."""
    some = connected(one_by_one(DEAD), PORTAL).due()
    for state, portal, realm in (
        (CONNECTED, PORTAL, REALM),
        (CONNECTING, PORTAL, SECOND),
        (DISCONNECTED, PORTAL, Realm("9130350000000002")),
        (CONNECTED, Portal("neighbour"), Realm("9130350000000003")),
    ):
        connection(some, state, portal, realm)
    run(some, Errand("renew", PORTAL, refused))
    return some


def test_a_lost_grant_stops_every_living_connection_that_rests_on_it(counted):
    """Its token was refused, so that nothing is left that serves."""
    some = lost_portal(refused=1)
    by_portal = sorted((one.portal_id, one.realm_id, one.state) for one in Connections(some.table).all())
    assert [state for _, _, state in by_portal] == [LOST, LOST, DISCONNECTED, CONNECTED]
    assert counted()["ReconnectNeeded"] >= 1
    assert some.queue.take() == []


def test_a_lost_grant_whose_token_serves_stops_nobody_yet_but_asks_for_a_person_at_once(counted):
    some = lost_portal(refused=0)
    assert sorted(states(some)) == sorted([CONNECTED, CONNECTING, DISCONNECTED, CONNECTED])
    assert counted()["ReconnectNeeded"] == 1
    some.now = START + LIFE
    run(some, Errand("renew", PORTAL))
    assert sorted(states(some)) == sorted([LOST, LOST, DISCONNECTED, CONNECTED])


def test_a_grant_that_nobody_has_stops_the_connection(counted):
    some = World(one_by_one(pair(1)))
    connection(some)
    run(some, Errand("renew", REALM))
    assert (states(some), some.vendor.asked) == ([LOST], [])
    assert counted()["ReconnectNeeded"] == 1


@pytest.mark.parametrize(("state", "ended"), [(DISCONNECTED, True), (CONNECTED, False), (LOST, False)])
def test_a_grant_is_ended_unless_somebody_has_connected_again_meanwhile(state, ended):
    some = connected(one_by_one(Answer(200)))
    connection(some, state)
    run(some, Errand("end", REALM))
    assert (some.grant.state is GrantState.ENDED) is ended
    assert bool(some.vendor.asked) is ended


def test_of_a_shared_portal_only_the_last_connection_ends_the_grant():
    some = connected(one_by_one(Answer(200)), PORTAL)
    connection(some, DISCONNECTED)
    last = connection(some, CONNECTED, realm=SECOND)
    run(some, Errand("end", PORTAL))
    assert some.grant.state is GrantState.LIVE
    Connections(some.table).change(last.id, lambda held: replace(held, state=DISCONNECTED))
    run(some, Errand("end", PORTAL))
    assert some.grant.state is GrantState.ENDED


def test_after_an_end_the_set_up_does_not_begin_again():
    some = connected(one_by_one(Answer(200)))
    connection(some, DISCONNECTED)
    run(some, Errand("end", REALM))
    run(some, Errand("renew", REALM))
    assert (some.queue.take(), states(some)) == ([], [DISCONNECTED])
    with pytest.raises(ReconnectNeeded):
        some.token()


# --- every few minutes ------------------------------------------------------------------------------------------------


def cared_for() -> World:
    """A portal of two companies; all three grants hold."""
    some = connected(one_by_one(pair(1))).connect(account=PORTAL).connect(account=SECOND)
    connection(some)
    connection(some, realm=SECOND)
    return some


def look_after(some: World) -> list[Errand]:
    keeper.look_after(some.process())
    return sorted(some.asked_keeper, key=lambda errand: (errand.what, errand.account.id))


def test_what_is_due_is_renewed_once_for_each_account():
    some = cared_for()
    assert look_after(some) == []
    some.now = START + LIFE - 900.0
    assert look_after(some) == [Errand("renew", REALM), Errand("renew", SECOND)]
    some.now = START + LIFE - 600.0
    assert look_after(some) == [Errand("renew", one) for one in (PORTAL, REALM, SECOND)]
    assert some.vendor.asked == []


def test_what_nobody_uses_is_ended_and_what_somebody_uses_never():
    some = cared_for()
    first, second = Connections(some.table).all()
    Connections(some.table).change(first.id, lambda held: replace(held, state=DISCONNECTED))
    some.now = START + LIFE
    errands = look_after(some)
    assert Errand("end", first.realm, generation=1) in errands
    assert {errand.account for errand in errands if errand.what == "renew"} == {PORTAL, second.realm}
    assert [errand.what for errand in errands].count("end") == 1
    for errand in errands:
        run(some, errand)
    assert look_after(some) == []


@pytest.mark.parametrize("state", [CONNECTED, CONNECTING, LOST])
def test_no_living_connections_grant_is_ended(state):
    some = connected(one_by_one(pair(1))).connect(account=PORTAL)
    connection(some, state)
    some.now = START + 400 * DAY
    assert {errand.what for errand in look_after(some)} == {"renew"}


def test_with_the_last_connection_both_grants_end():
    some = connected(one_by_one(Answer(200))).connect(account=PORTAL)
    connection(some, DISCONNECTED)
    assert look_after(some) == [], "a consent of this minute may not have made its connection yet"
    some.now += 601.0
    assert {(errand.what, errand.account) for errand in look_after(some)} == {("end", PORTAL), ("end", REALM)}


@pytest.mark.parametrize(
    ("state", "grants", "tries"),
    [
        (LOST, (PORTAL, REALM), 1),
        (LOST, (PORTAL,), 0),
        (CONNECTED, (PORTAL, REALM), 0),
        (CONNECTING, (PORTAL, REALM), 1),
        (DISCONNECTED, (PORTAL, REALM), 0),
    ],
)
def test_a_connection_that_lost_its_grants_by_a_whim_is_tried_again(state, grants, tries):
    some = World(one_by_one(pair(1)))
    for account in grants:
        some.connect(account=account)
    one = connection(some, state)
    look_after(some)
    assert some.queue.take() == [Expand(one.id, "setup", "perhaps it works again")] * tries


@pytest.mark.parametrize(("state", "alarms"), [(CONNECTED, 1), (CONNECTING, 1), (LOST, 1), (DISCONNECTED, 0)])
def test_the_alarm_stays_until_a_person_has_come(counted, state, alarms):
    some = connected(one_by_one(DEAD)).connect(account=PORTAL)
    connection(some, state)
    some.due().renew()
    counted()
    for _ in range(2):
        look_after(some)
        assert counted().get("ReconnectNeeded", 0) == alarms
    some.connect(9)
    look_after(some)
    assert "ReconnectNeeded" not in counted()


def test_the_end_that_no_renewal_puts_off_is_told_weeks_ahead_and_twice_in_the_log(counted, logged):
    """The metric is there on every look, so that its alarm holds; the log says it once at 30 days and once at 7."""
    some = World(one_by_one(pair(1))).connect(hard_s=60 * DAY).connect(account=PORTAL)
    connection(some)
    story = [
        # days left, metric, lines in the log so far
        (31, None, 0),
        (30, "ReconnectDueSoon", 1),
        (29, "ReconnectDueSoon", 1),
        (8, "ReconnectDueSoon", 1),
        (7, "ReconnectDueNow", 2),
        (6, "ReconnectDueNow", 2),
        (0, "ReconnectDueNow", 2),
    ]
    for days, metric, lines in story:
        some.now = START + (60 - days) * DAY
        look_after(some)
        assert set(counted()) - {"RenewalsFailing"} == ({metric} if metric else set()), days
        assert len(logged.said("access ends soon")) == lines, days
    assert [record.days for record in logged.said("access ends soon")] == [30, 7]


def test_a_company_that_comes_late_is_told_of_the_nearer_day_only(counted, logged):
    some = World(one_by_one(pair(1))).connect(hard_s=3 * DAY).connect(account=PORTAL)
    connection(some)
    look_after(some)
    assert (set(counted()), len(logged.said("access ends soon"))) == ({"ReconnectDueNow"}, 1)


def test_what_was_told_is_remembered_over_renewals_and_forgotten_with_a_consent(logged):
    some = World(one_by_one(pair(1))).connect(hard_s=20 * DAY).connect(account=PORTAL)
    connection(some)
    look_after(some)
    some.due().renew()
    look_after(some)
    assert len(logged.said("access ends soon")) == 1
    some.connect(9, hard_s=20 * DAY)
    look_after(some)
    assert len(logged.said("access ends soon")) == 2


def test_grants_of_an_ended_connection_are_not_warned_about(counted):
    some = World(one_by_one(Answer(200))).connect(hard_s=3 * DAY)
    connection(some, DISCONNECTED)
    look_after(some)
    assert counted() == {}


def test_the_schedule_stops_a_connection_whose_last_token_has_ended():
    """No worker has come by to find it out."""
    some = connected(one_by_one(DEAD)).connect(account=PORTAL)
    connection(some)
    some.due().renew()
    some.now = START + LIFE + 1
    look_after(some)
    assert states(some) == [LOST]
