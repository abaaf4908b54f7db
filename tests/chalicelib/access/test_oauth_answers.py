"""What an authorization server's answer means: a new pair, a verdict, nothing done, or nobody knows."""

from __future__ import annotations

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from chalicelib.access.oauth import LIFE_S, Declined, Issued, Refused, Tokens, Unanswered
from tests.chalicelib.access.granting import one_by_one, speaking
from tests.chalicelib.answering import HTML, Answer

PAIR = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 3_600}
ISSUED = Issued(Tokens("access-1", "refresh-1", 3_600.0))
OVER, OPEN = Unanswered(ended=True), Unanswered(ended=False)


def asked_both_ways(answer) -> list:
    """What both vendors' refreshes and exchanges make of it."""
    hubspot, quickbooks, _ = speaking(one_by_one(answer))
    return [
        hubspot.refresh("refresh-0"),
        quickbooks.refresh("refresh-0"),
        hubspot.exchange("code", "https://us.test/back", "v" * 43, 20.0),
        quickbooks.exchange("code", "https://us.test/back", 20.0),
    ]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Answer(200, PAIR), ISSUED),
        (Answer(200, {**PAIR, "expires_in": "3600", "token_type": "bearer", "new": [{"field": 1}]}), ISSUED),
        (Answer(200, {**PAIR, "expires_in": 3600.0}), ISSUED),
        # a 200 that holds no pair came from something in between
        (Answer(200, {}), OPEN),
        (Answer(200, {"refresh_token": "refresh-1"}), OPEN),
        (Answer(200, None), OPEN),
        (Answer(200, HTML), OPEN),
        (Answer(200, '{"access_token": "acc'), OPEN),
        (Answer(200, []), OPEN),
        (Answer(200, [["access_token", "x"]]), OPEN),
        (Answer(200, '"text"'), OPEN),
        (Answer(200, "null"), OPEN),
        (Answer(200, "true"), OPEN),
        (Answer(201, PAIR), OPEN),
        (Answer(204, None), OPEN),
        (Answer(302, None), OPEN),
        # verdicts, in both vendors' words, described or not
        (Answer(400, {"error": "invalid_grant"}), Refused("invalid_grant")),
        (Answer(400, {"error": "invalid_grant", "error_description": "Token invalid"}), Refused("invalid_grant")),
        (Answer(400, {"error": "invalid_grant", "error_description": None}), Refused("invalid_grant")),
        (Answer(400, {"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN"}), Refused("invalid_grant")),
        (Answer(401, {"error": "invalid_grant"}), Refused("invalid_grant")),
        (Answer(400, {"status": "BAD_REFRESH_TOKEN", "message": "…"}), Refused("BAD_REFRESH_TOKEN")),
        (Answer(400, {"status": "BAD_AUTH_CODE", "message": "…"}), Refused("BAD_AUTH_CODE")),
        # nothing was done, and the grant is not the reason
        (Answer(401, {"error": "invalid_client"}), Declined("invalid_client")),
        (Answer(400, {"error": "invalid_client", "status": "BAD_CLIENT_SECRET"}), Declined("invalid_client")),
        (Answer(400, {"error": "unauthorized_client"}), Declined("unauthorized_client")),
        (Answer(400, {"error": "invalid_request"}), Declined("invalid_request")),
        (Answer(400, {"error": "unsupported_grant_type"}), Declined("unsupported_grant_type")),
        (Answer(400, {"error": "invalid_scope"}), Declined("invalid_scope")),
        (Answer(400, {"error": "of a later day"}), Declined("of a later day")),
        (Answer(400, {"message": "invalid_grant"}), Declined("400")),  # the word, in a place where it says nothing
        (Answer(400, {}), Declined("400")),
        (Answer(400, "[]"), Declined("400")),
        (Answer(403, HTML), Declined("403")),
        (Answer(404, HTML), Declined("404")),
        (Answer(429, {"message": "slow"}), Declined("429")),
        (Answer(429, HTML), Declined("429")),
        # a server in trouble passes no verdict, whatever it says
        (Answer(500, HTML), OPEN),
        (Answer(500, {"error": "invalid_grant"}), OPEN),
        (Answer(503, {"status": "BAD_REFRESH_TOKEN"}), OPEN),
        (Answer(500, PAIR), OPEN),
        (Answer(502, HTML), OPEN),
        (Answer(503, None), OPEN),
        (Answer(504, HTML), OPEN),  # behind the gateway somebody may be at it still
        (Answer(504, {"error": "invalid_grant"}), OPEN),
        # no answer
        (requests.ReadTimeout("slow"), OPEN),
        (requests.Timeout("slow"), OPEN),
        (requests.ConnectTimeout("nobody there"), OVER),
        (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))), OVER),
        (requests.ConnectionError("reset"), OPEN),  # the vendor may still be at work on it,
        (requests.exceptions.SSLError("certificate"), OPEN),
        (requests.exceptions.ChunkedEncodingError("cut"), OPEN),
        (requests.exceptions.ContentDecodingError("gibberish"), OPEN),
    ],
)
def test_an_answer_means_the_same_whoever_gives_it(answer, meaning):
    assert asked_both_ways(answer) == [meaning] * 4


@pytest.mark.parametrize("expires_in", [None, 0, "0"])
def test_a_life_that_is_not_told_is_a_short_one(expires_in):
    assert [
        answer.tokens.expires_in for answer in asked_both_ways(Answer(200, {**PAIR, "expires_in": expires_in}))
    ] == [LIFE_S] * 4


def test_a_refresh_that_brings_no_new_value_keeps_the_old_one():
    hubspot, quickbooks, _ = speaking(one_by_one(Answer(200, {"access_token": "access-1"})))
    for authority in (hubspot, quickbooks):
        tokens = authority.refresh("refresh-0").tokens
        assert (tokens.access_token, tokens.refresh_token) == ("access-1", "refresh-0")


def test_hubspot_tells_the_portal_and_what_it_granted():
    body = {**PAIR, "hub_id": 48120771, "scopes": ["oauth", "crm.objects.contacts.read"]}
    hubspot, quickbooks, _ = speaking(one_by_one(Answer(200, body)))
    answer = hubspot.refresh("refresh-0")
    assert (answer.account, answer.scopes) == ("48120771", ("oauth", "crm.objects.contacts.read"))
    assert (answer.idle_s, answer.hard_s) == (None, None)
    assert quickbooks.refresh("refresh-0").account == ""


@pytest.mark.parametrize("body", [{}, {"hub_id": None, "scopes": None}, {"scopes": "oauth"}])
def test_hubspot_may_tell_nothing(body):
    hubspot, _, _ = speaking(one_by_one(Answer(200, {**PAIR, **body})))
    answer = hubspot.refresh("refresh-0")
    assert (answer.account, answer.scopes) == ("", ())


@pytest.mark.parametrize(
    ("body", "idle_s", "hard_s"),
    [
        ({"x_refresh_token_expires_in": 8_726_400, "x_refresh_token_hard_expires_in": 157_494_248},
         8_726_400.0, 157_494_248.0),
        ({"x_refresh_token_expires_in": "8726400"}, 8_726_400.0, None),
        ({"x_refresh_token_hard_expires_in": "soon"}, None, None),
        ({"x_refresh_token_expires_in": None, "x_refresh_token_hard_expires_in": [1]}, None, None),
        ({"x_refresh_token_hard_expires_in": 0}, None, 0.0),
        ({}, None, None),
    ],
)  # fmt: skip
def test_quickbooks_tells_how_long_the_grant_can_last(body, idle_s, hard_s):
    _, quickbooks, _ = speaking(one_by_one(Answer(200, {**PAIR, **body})))
    answer = quickbooks.refresh("refresh-0")
    assert (answer.idle_s, answer.hard_s) == (idle_s, hard_s)
