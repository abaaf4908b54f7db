"""A bearer on its transport: whose token is on a request, and what a 401 leads to."""

from __future__ import annotations

import pytest
import requests

from chalicelib.access.bearer import Bearer
from chalicelib.failures import Awaited, OutOfTime, ReconnectNeeded, Unknown
from chalicelib.jobs import Errand
from chalicelib.transport import CallLog, Transport
from tests.chalicelib.access.granting import (
    CLOSED,
    DEAD,
    LIFE,
    REALM,
    START,
    TIMED_OUT,
    TOKENS,
    VENDOR,
    World,
    connected,
    pair,
)
from tests.chalicelib.answering import Answer, Asked, session

GOOD, REFUSED, THROTTLED = Answer(200, {}), Answer(401, {}), Answer(429, {})


def vendor(*answers: Answer | Exception):
    """A vendor whose API answers in turn, and whose token endpoint always has a newer pair."""
    left = list(answers)

    def answer(asked: Asked) -> Answer:
        if asked.path in TOKENS:
            return pair(1)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return answer


def transport(some: World, left_s=lambda: 120.0, **session_has) -> Transport:
    http = session(some.vendor)
    for name, value in session_has.items():
        setattr(http, name, value)
    bearer = Bearer(some.another(), some.account, VENDOR)
    return Transport("QuickBooks", http, VENDOR, bearer, left_s, CallLog(), lambda _s: None)


def sent(some: World) -> list[str | None]:
    """The tokens that the API was called with, in order."""
    return [asked.headers.get("Authorization") for asked in some.vendor.asked if asked.path == "/thing"]


def call(via: Transport) -> int:
    return via.send("GET", "/thing", "read a thing").status_code


# --- whose token ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusting", [True, False])
def test_the_token_on_a_request_is_ours_whatever_the_machine_has(netrc, trusting):
    """Left to itself, requests would put the netrc's credentials for this host onto the request."""
    some = connected(vendor(GOOD, GOOD))
    via = transport(some, trust_env=trusting)
    assert call(via) == 200
    assert sent(some) == ["Bearer access-0"]
    via.session.get(f"{VENDOR}/thing")
    assert requests.utils.get_netrc_auth(VENDOR) == netrc
    assert (sent(some)[1] is not None) is trusting


def test_the_token_goes_nowhere_but_onto_requests():
    some = connected(vendor(GOOD))
    via = transport(some)
    call(via)
    assert "access-0" not in f"{via} {vars(via.speaker)} {via.log}"
    assert via.session.auth is None
    assert "Authorization" not in via.session.headers


@pytest.mark.parametrize("base", ["http://vendor.test", "http://10.0.0.1", "vendor.test"])
def test_no_token_is_put_onto_plain_http(base):
    with pytest.raises(ValueError, match="plain HTTP"):
        Bearer(connected().another(), REALM, base)


def test_one_that_has_no_token_is_not_made():
    some = connected()
    some.now = START + LIFE
    with pytest.raises(Awaited):
        transport(some)
    assert some.asked_keeper == [Errand("renew", REALM)]
    with pytest.raises(ReconnectNeeded):
        transport(World(vendor()))


# --- after a 401 ------------------------------------------------------------------------------------------------------


def renewed_behind_its_back(some: World) -> Transport:
    """A worker that holds the token before the last."""
    via = transport(some)
    some.due().renew()
    return via


def test_a_refused_call_is_repeated_once_with_the_newer_token():
    some = connected(vendor(REFUSED, GOOD, GOOD))
    via = renewed_behind_its_back(some)
    assert call(via) == 200
    assert sent(some) == ["Bearer access-0", "Bearer access-1"]
    assert call(via) == 200
    assert sent(some)[2:] == ["Bearer access-1"]  # and the newer one is kept
    assert [str(one) for one in via.log.made] == ["QuickBooks: read a thing"] * 3


def test_a_second_refusal_is_the_answer():
    """The client says what it means; asking for ever would not change it."""
    some = connected(vendor(REFUSED, REFUSED))
    via = renewed_behind_its_back(some)
    assert call(via) == 401
    assert sent(some) == ["Bearer access-0", "Bearer access-1"]
    assert some.grant.worked is False


def test_where_there_is_no_newer_token_the_keeper_is_asked_and_the_call_is_not_repeated():
    some = connected(vendor(REFUSED))
    with pytest.raises(Awaited):
        call(transport(some))
    assert sent(some) == ["Bearer access-0"]
    assert some.asked_keeper == [Errand("renew", REALM, 1)]


def test_a_renewed_token_that_never_worked_and_is_refused_needs_a_person():
    some = connected(vendor(REFUSED)).due()
    some.renew()
    with pytest.raises(ReconnectNeeded):
        call(transport(some))
    assert (sent(some), some.asked_keeper) == (["Bearer access-1"], [])


def test_a_lost_grants_token_serves_until_it_is_refused():
    def answers(asked: Asked) -> Answer:
        return DEAD if asked.path in TOKENS else api(asked)

    api = vendor(GOOD, REFUSED)
    some = connected(answers).due()
    some.renew()
    via = transport(some)
    assert call(via) == 200
    with pytest.raises(ReconnectNeeded):
        call(via)
    with pytest.raises(ReconnectNeeded):
        transport(some)


def test_the_repetition_too_must_fit_into_the_time_that_is_left():
    left = iter([20.0, 19.9])
    some = connected(vendor(REFUSED))
    via = transport(some, left_s=lambda: next(left))
    some.due().renew()
    with pytest.raises(OutOfTime):
        call(via)
    assert sent(some) == ["Bearer access-0"]


@pytest.mark.parametrize(("lost", "ended"), [(TIMED_OUT, False), (CLOSED, True)])
def test_a_repetition_without_an_answer_is_unknown(lost, ended):
    some = connected(vendor(REFUSED, lost))
    via = renewed_behind_its_back(some)
    with pytest.raises(Unknown) as failed:
        call(via)
    assert failed.value.ended is ended
    assert "access" not in str(failed.value.trouble)


# --- after an answer --------------------------------------------------------------------------------------------------


def test_that_a_token_worked_is_stored_once():
    some = connected(vendor(GOOD, GOOD, GOOD))
    written = some.table.written
    via = transport(some)
    assert call(via) == 200
    reads = some.table.reads
    assert call(via) == 200
    assert some.table.reads == reads  # from then on a call costs the table nothing
    assert call(transport(some)) == 200  # another worker need not store it either
    assert (some.grant.worked, some.table.written) == (True, written + 1)


@pytest.mark.parametrize("answer", [Answer(400, {}), Answer(403, {}), Answer(500, {}), Answer(503, "<html>")])
def test_an_answer_that_is_no_success_proves_no_token(answer):
    some = connected(vendor(answer))
    assert call(transport(some)) == answer.status
    assert some.grant.worked is False


def test_a_throttled_call_breathes_once_in_a_groups_life():
    waits: list[float] = []
    some = connected(vendor(THROTTLED, GOOD, THROTTLED))
    via = transport(some)
    via.sleep = waits.append
    assert [call(via), call(via)] == [200, 429]
    assert len(waits) == 1


def test_a_note_that_cannot_be_stored_breaks_no_call():
    """Somebody else writes the grant at the same moment; another worker will note it."""
    some = connected(vendor(GOOD))
    via = transport(some)
    some.table.before_writes.append(lambda: some.renew(refused=1))
    assert call(via) == 200
    assert (some.grant.generation, some.grant.worked) == (2, False)
