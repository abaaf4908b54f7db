"""What holds for every command: options before or after it, and wrong use told as JSON to whoever asked for JSON."""

from __future__ import annotations

import json

import pytest

from ops.__main__ import main
from ops.arguments import KINDS

WRONG = (
    ("records",),
    ("--local",),
    ("--local", "frobnicate"),
    ("--local", "why", "customer"),
    ("--local", "plan", "unicorn"),
    ("--local", "plan", "--limit", "x"),
    ("--local", "plan", "--limit", "-1"),
    ("--local", "undo", "customer", "hubspot:1", "--decision", "x"),
    ("--local", "settings", "apply", "--version", "x"),
    ("--local", "settle", "customer", "hubspot:1", "--take", "neither"),
)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("first", [True, False])
def test_wrong_use_is_told_as_json_to_whoever_asked_for_it(wrong, first, capsys):
    assert main(["--json", *wrong] if first else [*wrong, "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["error"].startswith("python -m ops")
    assert "usage: " in told.err


@pytest.mark.parametrize("command", ["plan", "backfill"])
def test_payments_have_no_initial_sync_and_whoever_asks_is_told_how_they_come(command, capsys):
    assert main(["--local", command, "payment"]) == 2
    assert "they come with their invoices, so say invoice" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "backfill"])
def test_the_help_offers_the_kinds_that_have_an_initial_sync(command, capsys):
    with pytest.raises(SystemExit):
        main(["--local", command, "--help"])
    said = capsys.readouterr().out
    assert "customer or product or invoice" in said
    assert "or payment" not in said


@pytest.mark.parametrize("command", ["why", "history", "retry", "settle", "undo", "records"])
def test_the_help_of_commands_about_records_offers_every_kind(command, capsys):
    with pytest.raises(SystemExit):
        main(["--local", command, "--help"])
    told = capsys.readouterr().out
    assert [kind for kind in KINDS if kind not in told] == []


@pytest.mark.parametrize("wrong", WRONG)
def test_without_json_wrong_use_says_nothing_on_standard_output(wrong, capsys):
    assert main(list(wrong)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage: " in told.err
