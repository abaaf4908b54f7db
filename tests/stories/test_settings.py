"""An operator writes the settings: the file is checked against both systems, shown, applied, and taken back."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest
import yaml

from chalicelib.remember.connections import Connections, ConnectionState
from chalicelib.remember.table import Lost
from chalicelib.settings import read
from chalicelib.wiring import wiring
from ops.__main__ import main
from tests.stories.world import CONNECTION, OwnThread, World

NOTES = {"hubspot": "jobtitle", "quickbooks": "Notes", "direction": "to_quickbooks"}


def file(world: World, text: str) -> str:
    path = world.folder / "mine.yaml"
    path.write_text(text)
    return str(path)


def contacts(world: World, **said: Any) -> str:
    return file(world, yaml.safe_dump({"contacts": said}))


def said(*arguments: str) -> tuple[int, str, str]:
    """The command as a person runs it, without --json."""
    out, err = OwnThread(), OwnThread()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--local", *arguments])
    return code, out.getvalue(), err.getvalue()


def test_the_recommended_file_passes_its_own_check(world: World):
    """What a newcomer is given must hold against what both systems say, today and unchanged."""
    world.connect()
    text = world.ops("settings", "recommended")["text"]
    assert CONNECTION in text
    assert world.ops("settings", "check", file(world, text)) == {"errors": [], "notes": []}


def test_a_custom_field_is_applied_and_crosses(world: World):
    world.connect()
    world.contact("Jane", "Roe", "jane@acme.example", jobtitle="Director")
    world.come_to_rest()
    applied = world.ops("settings", "apply", contacts(world, fields=[NOTES]), "--yes")
    world.come_to_rest()
    assert applied["connection"] == CONNECTION
    assert applied["version"] == 1
    assert applied["difference"] == ["contacts.fields: added jobtitle ⇒ Notes"]
    assert applied["looked_at"] == 1
    assert any("Every known record (1) is looked at again" in one for one in applied["consequences"])
    assert [one["Notes"] for one in world.company.customers()] == ["Director"]


def test_every_mistake_is_told_with_its_line_and_nothing_is_applied(world: World):
    world.connect()
    path = file(world, "contacts:\n  directoin: both\n  fields:\n    - {hubspot: jobtitel, quickbooks: Notes}\n")
    for action in (["check", path], ["apply", path, "--yes"]):
        errors = world.ops("settings", *action, code=1)["errors"]
        assert [(one["line"], one["column"], one["path"]) for one in errors] == [
            (2, 3, "contacts.directoin"),
            (4, 8, "contacts.fields.0.hubspot"),
        ]
        assert "jobtitle" in errors[1]["message"]
    code, out, err = said("settings", "check", path)
    assert (code, out) == (1, "")
    assert [line.startswith(f"{path}:{number}: ") for line, number in zip(err.splitlines(), (2, 4), strict=True)]
    assert world.ops("settings", "show")["version"] == 0


def test_choices_and_owners_are_said_in_words_and_stored_as_the_vendors_do(world: World):
    world.connect()
    condition = {"property": "lifecyclestage", "operator": "any_of", "values": ["Marketing Qualified Lead"]}
    world.settings(filters={"to_quickbooks": [{"all": [condition]}]})
    stored = read(world.ops("settings", "show")["settings"]).contacts.filters.to_quickbooks[0].all[0]
    assert (stored.type, stored.values) == ("enumeration", ["marketingqualifiedlead"])
    inside = world.contact("Jane", "Roe", "jane@acme.example", lifecyclestage="marketingqualifiedlead")
    world.contact("Frank", "Lee", "frank@acme.example", lifecyclestage="lead")
    world.come_to_rest()
    assert [one["hubspot_id"] for one in world.records(state="in_sync")] == [inside]


def test_an_older_version_is_applied_again_as_a_new_one(world: World):
    world.connect()
    world.ops("settings", "apply", contacts(world, conflict="ask"), "--yes")
    world.ops("settings", "apply", contacts(world, conflict="newest"), "--yes")
    undone = world.ops("settings", "apply", "--version", "1", "--yes")
    assert undone["version"] == 3
    assert undone["difference"] == ["contacts.conflict: newest → ask"]
    assert "ask" in world.ops("settings", "show")["text"]
    assert "newest" in world.ops("settings", "show", "--version", "2")["text"]
    listed = world.ops("settings", "versions")
    assert [(one["version"], one["applies"]) for one in listed] == [(1, False), (2, False), (3, True)]
    assert all(one["at"] for one in listed)
    world.ops("settings", "apply", "--version", "0", "--yes")
    assert read(world.ops("settings", "show")["settings"]).contacts.conflict == "hubspot"
    assert "no version 9" in world.ops("settings", "apply", "--version", "9", "--yes", code=2)["error"]


def test_the_same_settings_again_look_at_nothing(world: World):
    world.connect()
    world.contact("Jane", "Roe", "jane@acme.example")
    world.come_to_rest()
    path = contacts(world, conflict="ask")
    assert world.ops("settings", "apply", path, "--yes")["looked_at"] == 1
    again = world.ops("settings", "apply", path, "--yes")
    assert (again["version"], again["looked_at"], again["difference"]) == (1, 0, [])
    commented = file(world, "# a remark\ncontacts: {conflict: ask}\n")
    remarked = world.ops("settings", "apply", commented, "--yes")
    assert (remarked["version"], remarked["looked_at"]) == (2, 0), "the remark is kept, and changes nothing"


def test_without_yes_nobody_is_asked_and_nothing_is_applied(world: World):
    world.connect()
    told = world.ops("settings", "apply", contacts(world, conflict="ask"), code=2)
    assert "--yes" in told["error"]
    assert world.ops("settings", "show")["version"] == 0


def test_an_unsubscribed_property_is_told_with_the_line_to_add(world: World):
    world.connect()
    applied = world.ops("settings", "apply", contacts(world, fields=[NOTES]), "--yes")
    assert any("contact.jobtitle" in note for note in applied["notes"])
    assert applied["subscriptions"] == [
        'legacyCrmObjects: {"subscriptionType": "contact.propertyChange", "propertyName": "jobtitle", "active": true}'
    ]
    again = world.ops("settings", "apply", contacts(world, conflict="ask"), "--yes")
    assert again["subscriptions"] == []


def test_what_a_filter_of_products_reads_is_told_too(world: World):
    world.connect()
    only = [{"all": [{"property": "hs_product_type", "operator": "known"}]}]
    products = {"create": {"income_account": "79"}, "filters": {"to_quickbooks": only}}
    path = file(world, yaml.safe_dump({"contacts": {}, "products": products}))
    applied = world.ops("settings", "apply", path, "--yes")
    assert applied["subscriptions"] == [
        'legacyCrmObjects: {"subscriptionType": "product.propertyChange", "propertyName": "hs_product_type", '
        '"active": true}'
    ]


def test_a_file_for_another_connection_is_refused(world: World):
    world.connect()
    [mistake] = world.ops("settings", "check", file(world, 'connection: "1:2"\n'), code=1)["errors"]
    assert (mistake["line"], mistake["path"]) == (1, "connection")
    assert CONNECTION in mistake["message"]


def test_before_a_connection_exists_the_form_is_checked(world: World):
    good = file(world, "contacts:\n  fields:\n    - {hubspot: what_ever, quickbooks: Notes}\n")
    assert "only the form" in world.ops("settings", "check", good)["notes"][0]
    [mistake] = world.ops("settings", "check", file(world, "contacts: {directoin: both}\n"), code=1)["errors"]
    assert "direction" in mistake["message"]


def test_without_an_answer_now_the_last_one_counts_and_without_any_nothing_is_applied(world: World):
    """A filter that nobody could check might let nothing through, or everything."""
    world.connect()
    connections = Connections(wiring().table)
    path = contacts(world, fields=[NOTES])
    connections.change(CONNECTION, lambda held: replace(held, state=ConnectionState.NEEDS_RECONNECT))
    assert "not applied" in world.ops("settings", "apply", path, "--yes", code=1)["error"]
    assert world.ops("settings", "apply", contacts(world, enabled=False), "--yes")["version"] == 1
    connections.change(CONNECTION, lambda held: replace(held, state=ConnectionState.CONNECTED))
    path = contacts(world, fields=[NOTES])
    assert world.ops("settings", "check", path)["notes"] == []
    connections.change(CONNECTION, lambda held: replace(held, state=ConnectionState.NEEDS_RECONNECT))
    [note, *_] = world.ops("settings", "apply", path, "--yes")["notes"]
    assert note.startswith("neither system answered now: checked against what they said at 2")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "code", "version"), [("y\n", 0, 1), ("n\n", 1, 0), ("", 1, 0)])
def test_on_a_terminal_it_asks(world: World, monkeypatch, answer, code, version):
    world.connect()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended, _, err = said("settings", "apply", contacts(world, conflict="ask"))
    assert ended == code
    assert f"to {CONNECTION}? [y/N] " in err
    assert world.ops("settings", "show")["version"] == version


def test_two_who_apply_at_the_same_time_never_lose_a_version(world: World):
    """One transaction stores the file and what workers read; the later one is told to look again."""
    world.connect()
    connections = Connections(wiring().table)
    seen = connections.get(CONNECTION)
    start = threading.Barrier(4)
    ends: list[int | str] = []

    def run(text: str) -> None:
        start.wait()
        try:
            ends.append(connections.apply_settings(seen, text, {"contacts": {}}, 1.0).settings_version)
        except Lost:
            ends.append("told")

    threads = [threading.Thread(target=run, args=(f"contacts: {{}} # {n}\n",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends, key=str) == [1, "told", "told", "told"]
    assert [one.number for one in connections.settings_versions(CONNECTION)] == [1]


@pytest.mark.parametrize("action", [[], ["show"], ["versions"], ["recommended"], ["check"], ["apply"]])
def test_the_help_fits_the_screen(action, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--local", "settings", *action, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_what_apply_prints_fits_the_screen(world: World):
    world.connect()
    code, out, _ = said("settings", "apply", contacts(world, fields=[NOTES], conflict="ask"), "--yes")
    assert code == 0
    lines = [line for line in out.splitlines() if not line.startswith("  legacyCrmObjects")]
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Applied as version 1; 0 records are looked at again."
    assert "What differs from version 0:" in lines
