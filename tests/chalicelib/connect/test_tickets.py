"""Signed texts: what we made opens, for its purpose and in its time; nothing else does (decision 0008)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.connect.tickets import (
    SHOWN_S,
    TICKET_S,
    BadTicket,
    FlowState,
    new_browser,
    new_state,
    new_ticket,
    read_browser,
    read_state,
    read_ticket,
)

SECRET = {"hubspot_client_secret": "one", "quickbooks_client_secret": "two"}
NOW = 1_795_000_000.0
MADE = {
    "ticket": new_ticket(SECRET, "flow", NOW, "1:2"),
    "state": new_state(SECRET, FlowState("flow", "hubspot", "mark", NOW + TICKET_S)),
    "browser": new_browser(SECRET, "flow", NOW + TICKET_S),
}
READ = {"ticket": read_ticket, "state": read_state, "browser": read_browser}
LASTS_S = {"ticket": TICKET_S, "state": TICKET_S, "browser": TICKET_S + SHOWN_S}


def test_what_was_signed_is_read_back():
    ticket, state = read_ticket(SECRET, MADE["ticket"], NOW), read_state(SECRET, MADE["state"], NOW)
    assert (ticket.flow, ticket.connection, ticket.expires_at) == ("flow", "1:2", NOW + TICKET_S)
    assert state == FlowState("flow", "hubspot", "mark", NOW + TICKET_S)
    assert read_browser(SECRET, MADE["browser"], NOW) == "flow"


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("read", READ)
def test_each_purpose_has_a_key_of_its_own(made, read):
    if made == read:
        assert READ[read](SECRET, MADE[made], NOW)
    else:
        with pytest.raises(BadTicket, match="forged"):
            READ[read](SECRET, MADE[made], NOW)


@pytest.mark.parametrize("kind", MADE)
def test_time_runs_out_to_the_second(kind):
    assert READ[kind](SECRET, MADE[kind], NOW + LASTS_S[kind] - 1)
    with pytest.raises(BadTicket, match="expired"):
        READ[kind](SECRET, MADE[kind], NOW + LASTS_S[kind])


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("name", SECRET)
def test_another_secret_opens_nothing(kind, name):
    with pytest.raises(BadTicket, match="forged"):
        READ[kind]({**SECRET, name: "rotated"}, MADE[kind], NOW)


@given(st.sampled_from(sorted(MADE)), st.data())
def test_no_changed_text_is_ours(kind, data):
    """Any one character changed, taken out or put in."""
    text = MADE[kind]
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(["", "A", "-", ".", "é", "\x00", text[place] * 2]))
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(BadTicket):
            READ[kind](SECRET, changed, NOW)


@given(st.text())
def test_no_text_of_a_stranger_is_ours(text):
    for read in READ.values():
        with pytest.raises(BadTicket):
            read(SECRET, text, NOW)
