"""Access is lost, and comes back: nothing is lost with it, nobody has to help (design D7)."""

from __future__ import annotations

import pytest

from local.stack import PORTAL_ID, REALM_ID
from tests.stories.browsing import Browser
from tests.stories.world import CONNECTION, World

JOBS = {"quickbooks": 500, "hubspot": 120}


def state(world: World) -> str:
    [one] = world.ops("connections")
    return str(one["state"])


def reconnect(world: World) -> None:
    assert Browser().open(world.ops("connect", "--connection", CONNECTION)["url"]).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(("vendor", "jobs"), JOBS.items())
def test_a_grant_revoked_in_the_middle_of_five_hundred_jobs_loses_none(world: World, vendor: str, jobs: int) -> None:
    """Half of the contacts are on their way when access ends. None fails for good, none burns a try; after the
    reconnect all arrive by themselves."""
    world.hubspot.settings.uninstall_kills_access = True
    world.connect()
    for number in range(jobs):
        world.contact("Jane", f"Roe {number}", f"jane{number}@roe.example")
        if number == jobs // 2:
            if vendor == "hubspot":
                world.hubspot.uninstall(int(PORTAL_ID))
            else:
                world.quickbooks.disconnect(REALM_ID)
    if vendor == "hubspot":
        world.hubspot.oauth.uninstalled.clear()  # an uninstalled app is told nothing: its notices count as delivered
    world.come_to_rest()
    assert state(world) == "needs_reconnect"
    assert {one["state"] for one in world.records()} <= {"pending", "in_sync"}
    world.later(3_600)
    world.later(90_000)
    assert {one["state"] for one in world.records()} <= {"pending", "in_sync"}, "a day of waiting parks nothing"
    reconnect(world)
    world.come_to_rest()
    world.later(61)
    assert {one["state"] for one in world.records()} == {"in_sync"}
    assert sorted(world.names()) == sorted(f"Jane Roe {number}" for number in range(jobs))


def test_the_alarms_metric_is_told_until_somebody_has_come(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.connect()
    world.quickbooks.disconnect(REALM_ID)
    world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    capfd.readouterr()
    for _ in range(2):
        world.stack.run_schedule("refresh")
        world.come_to_rest()
        assert '"ReconnectNeeded":[1.0]' in capfd.readouterr().out.replace(" ", "")
    reconnect(world)
    world.come_to_rest()
    capfd.readouterr()
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    assert "ReconnectNeeded" not in capfd.readouterr().out


def test_a_token_that_ran_out_is_renewed_by_the_keeper_within_seconds(world: World) -> None:
    """The schedule was away: the worker finds an expired token, asks the keeper, and goes on when it has come."""
    world.connect()
    world.clock.ahead_s += 86_400 * 2
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    assert [call for call in world.calls() if call.status == 401] == []


@pytest.mark.parametrize("vendor", ["hubspot", "quickbooks"])
def test_a_401_is_answered_with_one_renewal_and_one_more_try(world: World, vendor: str) -> None:
    """Refreshing is for expiry; but a token that the vendor refuses early is renewed, once."""
    world.connect()
    world.come_to_rest()
    world.forget_calls()
    path = {"hubspot": "/crm/.*", "quickbooks": "/v3/.*"}[vendor]
    body = {"fault": {"error": [{"code": "3200", "message": "AuthenticationFailed"}], "type": "AUTHENTICATION"}}
    world.dial(vendor, path=path, do="answer", status=401, json=body)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    world.later(11)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    tokens = [call for call in world.calls() if call.path.endswith(("/token", "/bearer"))]
    assert len(tokens) == 1
    assert state(world) == "connected"


def test_strict_rotation_is_survived_for_weeks(world: World) -> None:
    """Each refresh gives a new value, and an old one used would end the grant: it never is."""
    world.quickbooks.settings.rotation, world.quickbooks.settings.strict = "always", True
    world.quickbooks.settings.concurrent_refresh_is_theft = True
    world.hubspot.settings.rotate_refresh_tokens = True
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    for number in range(20):
        world.clock.ahead_s += 40_000
        if number % 3 == 0:
            world.stack.run_schedule("refresh")
        world.portal.update_contact(jane, {"phone": str(number)})
        world.come_to_rest()
    assert state(world) == "connected"
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    customer = world.company.get("Customer", world.record(hubspot_id=jane)["quickbooks_id"])
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "19"


def test_a_lost_answer_of_a_refresh_is_asked_for_again_with_the_same_value(world: World) -> None:
    """The value had not changed within the day: the second ask has the same answer."""
    world.connect()
    world.clock.ahead_s += 2_800
    world.dial("quickbooks", path="/oauth2/v1/tokens/bearer", do="lose_answer")
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    world.clock.ahead_s += 300
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    assert state(world) == "connected"
    [status] = world.ops("status")
    assert status["tokens"]["quickbooks"]["unanswered_renewals"] == 0
    assert status["tokens"]["quickbooks"]["access_ends_in_s"] > 3_000


def test_after_a_lost_rotation_the_access_token_serves_to_its_end(world: World) -> None:
    """The answer with the new value is lost, and the old one is dead: nobody can have it back. A reconnect is asked for
    at once, and until the access token ends everything goes on."""
    world.quickbooks.settings.rotation = "always"
    world.connect()
    world.clock.ahead_s += 2_800
    world.dial("quickbooks", path="/oauth2/v1/tokens/bearer", do="lose_answer")
    for _ in range(2):
        world.stack.run_schedule("refresh")
        world.come_to_rest()
        world.clock.ahead_s += 200
    assert state(world) == "needs_reconnect"
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "in_sync", "the token still serves"
    world.clock.ahead_s += 600
    john = world.contact("John", "Roe", "john@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=john)["state"] == "pending"
    reconnect(world)
    world.come_to_rest()
    world.later(61)
    assert world.record(hubspot_id=john)["state"] == "in_sync"


def test_what_happened_while_we_were_away_is_caught_up_with(world: World) -> None:
    """Disconnected by the operator: edits, deletions and moves of that time cross after the reconnect, links and
    history are kept, and nothing is made twice."""
    world.connect(deletes="archive")
    acme, bolt = world.companies("Acme", "Bolt")
    moved = world.contact("Mo", "Ved", "mo@ved.example", acme)
    edited = world.contact("Ed", "Ited", "ed@ited.example")
    deleted = world.contact("De", "Leted", "de@leted.example")
    world.come_to_rest()
    before = {one["hubspot_id"]: one["quickbooks_id"] for one in world.records()}
    assert world.ops("disconnect", CONNECTION)["revoked"] is True
    world.portal.update_contact(edited, {"phone": "1234"})
    world.portal.dissociate(moved, acme)
    world.portal.associate(moved, bolt, primary=True)
    world.portal.archive_contact(deleted)
    new = world.contact("Ne", "Wer", "ne@wer.example")
    world.come_to_rest()
    world.stack.run_schedule("sweep")
    world.stack.run_schedule("due")
    world.come_to_rest()
    assert state(world) == "disconnected"
    world.clock.ahead_s += 5  # beyond the lag of the search index
    assert world.company.get("Customer", before[edited]).get("PrimaryPhone") is None
    reconnect(world)
    world.come_to_rest()
    world.later(61)
    assert world.company.get("Customer", before[edited])["PrimaryPhone"]["FreeFormNumber"] == "1234"
    assert world.company.get("Customer", before[moved])["DisplayName"] == "Bolt"
    assert world.company.get("Customer", before[deleted])["Active"] is False
    assert world.record(hubspot_id=new)["state"] == "in_sync"
    after = {one["hubspot_id"]: one["quickbooks_id"] for one in world.records()}
    assert {one: after[one] for one in before} == before
    assert len(world.ops("history", "customer", f"hubspot:{edited}")) >= 2


def test_a_disconnect_that_the_vendor_does_not_hear_is_said_again(world: World) -> None:
    world.connect()
    world.dial("quickbooks", path="/v2/oauth2/tokens/revoke", do="html")
    done = world.ops("disconnect", CONNECTION, "--wait", "2", code=1)
    assert (done["state"], done["revoked"]) == ("disconnected", False)
    world.clock.ahead_s += 601
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    revoked = [call.account for call in world.calls() if call.path.endswith("/revoke") and call.status == 200]
    assert sorted(revoked) == sorted([REALM_ID, PORTAL_ID])


@pytest.mark.parametrize(("days", "metric"), [(31, None), (29, "ReconnectDueSoon"), (6, "ReconnectDueNow")])
def test_the_day_on_which_quickbooks_ends_all_access_is_told_ahead(
    world: World, capfd: pytest.CaptureFixture[str], days: int, metric: str | None
) -> None:
    """Five years after the consent no refresh helps any more; an admin must consent again before."""
    world.quickbooks.settings.refresh_hard_s = (days + 0.5) * 86_400
    Browser().open(world.ops("connect")["url"])
    [one] = world.ops("connections")
    assert one["reconnect_in_days"] == days
    capfd.readouterr()
    world.stack.run_schedule("refresh")
    world.come_to_rest()
    said = capfd.readouterr().out
    assert [name for name in ("ReconnectDueSoon", "ReconnectDueNow") if name in said] == ([metric] if metric else [])


def test_a_rotated_secret_is_taken_up_without_a_deployment(world: World) -> None:
    """Signatures made with the new one are believed at once, and the next renewal uses it."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    world.rotate_secrets()
    world.clock.ahead_s += 31
    world.portal.update_contact(jane, {"phone": "77"})
    world.come_to_rest()
    customer = world.company.get("Customer", world.record(hubspot_id=jane)["quickbooks_id"])
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "77"
    world.clock.ahead_s += 86_400
    world.portal.update_contact(jane, {"phone": "78"})
    world.come_to_rest()
    customer = world.company.get("Customer", world.record(hubspot_id=jane)["quickbooks_id"])
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "78"
    assert state(world) == "connected"
