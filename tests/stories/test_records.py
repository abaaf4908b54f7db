"""The records view, exports and retries, on a stack with records in every state."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from chalicelib.remember.records import Records, State, put
from chalicelib.wiring import wiring
from ops.__main__ import main
from tests.stories.world import CONNECTION, OwnThread, World

KEYS = [
    "connection", "kind", "hubspot_id", "quickbooks_id", "name", "state", "category", "message", "fix", "changed_at",
]  # fmt: skip


@pytest.fixture
def crowd(world: World) -> World:
    """Anna is in sync, Bert and Carl fail for a taken name, Dora has no e-mail, Emil is parked."""
    for name in ("Bert Bar", "Carl Car", "Emil Ems"):
        world.company.create("Vendor", {"DisplayName": name})
    world.contact("Anna", "Ark", "anna@ark.example")
    world.contact("Bert", "Bar", "bert@bar.example")
    world.contact("Carl", "Car", "carl@car.example")
    world.contact("Dora", "Day")
    world.contact("Emil", "Ems", "emil@ems.example")
    world.connect()
    world.ops("backfill", "customer", code=1)
    world.come_to_rest()
    park(world, "Emil Ems")
    return world


def park(world: World, name: str) -> None:
    """A day of failing has gone by for this one alone."""
    keeper = Records(wiring().table)
    root = f"hubspot:{world.record(name=name)['hubspot_id']}"
    one = next(held for held in keeper.in_states(CONNECTION, [State.FAILING]) if held.record.root == root)
    wiring().table.write([put(one, replace(one.record, state=State.PARKED, next_try_at=None))])


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"].split()[0] for one in found]


def text(*arguments: str) -> tuple[int, list[str], str]:
    """The exit code, the lines and the complaints of a command without --json."""
    out, err = OwnThread(), OwnThread()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--local", *arguments])
    return code, out.getvalue().splitlines(), err.getvalue()


def test_the_view_is_filtered_sorted_and_paged(crowd: World) -> None:
    every = crowd.ops("records")
    assert names(every) == ["Anna", "Bert", "Carl", "Dora", "Emil"]
    assert [one["state"] for one in every] == ["in_sync", "failing", "failing", "excluded", "parked"]
    assert all(list(one) == KEYS for one in every)
    for arguments, found in (
        ("--status failing", "Bert Carl"),
        ("--status failing,parked --status in_sync", "Anna Bert Carl Emil"),
        ("--category name_taken", "Bert Carl Emil"),
        ("--category conflict", ""),
        ("--kind customer --status excluded", "Dora"),
        ("--side quickbooks", "Anna"),
        ("--side hubspot --unlinked", "Bert Carl Dora Emil"),
        ("--text CARL@car", "Carl"),
        ("--text vendor", "Bert Carl Emil"),
        (f"--text hubspot:{every[3]['hubspot_id']}", "Dora"),
        ("--changed-since 1h", "Anna Bert Carl Dora Emil"),
        ("--changed-since 2099-01-01", ""),
        ("--sort -name", "Emil Dora Carl Bert Anna"),
        ("--sort hubspot_id", "Anna Bert Carl Dora Emil"),
        ("--limit 2 --page 2", "Carl Dora"),
        ("--status failing --sort -name --limit 1 --page 2", "Bert"),
        ("--limit 2 --page 9", ""),
    ):
        assert names(crowd.ops("records", *arguments.split())) == found.split(), arguments
    crowd.clock.ahead_s += 7_200
    assert crowd.ops("records", "--changed-since", "1h") == []
    crowd.clock.ahead_s -= 7_200


@pytest.mark.usefixtures("crowd")
def test_on_a_screen_it_is_a_table_of_eighty_columns_and_a_closing_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, lines, _ = text("records", "--limit", "2", "--page", "2")
    assert (code, len(lines)) == (0, 4)
    assert lines[0].split() == ["hubspot_id", "quickbooks_id", "name", "state", "category", "message"]
    assert lines[-1] == "5 records (page 2 of 3; --page 3 for the next)"
    assert max(map(len, lines)) <= 80
    _, lines, _ = text("records", "--columns", ",".join(KEYS))
    assert max(map(len, lines)) <= 80
    assert text("records", "--columns", "name,state", "--status", "parked")[1] == [
        "name      state",
        "Emil Ems  parked",
        "1 record",
    ]
    assert text("records", "--text", "nobody")[1] == ["no records"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("records --status fialing", "did you mean failing; there are: in_sync, pending"),
        ("records --columns nam", "did you mean name; there are: connection"),
        ("records --sort -nam", "did you mean name; there are: connection"),
        ("records --limit none", "a number from 1 on"),
        ("export all.txt", "must end with .csv or .xlsx"),
        ("export no/such/folder/all.csv", "no folder"),
        ("export all.csv --email jane", "no e-mail address"),
        ("export all.csv --email jane@roe.example", "--from ADDRESS"),
        ("export all.csv --notify", "deployed without AlarmTopicArn"),
        ("retry", "say which"),
        ("retry customer", "say which"),
        ("retry --category naem_taken", "did you mean name_taken"),
        ("retry customer 1 --all", "not both"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(world: World, arguments: str, says: str) -> None:
    world.connect()
    code, lines, complaint = text(*arguments.split())
    assert (code, lines) == (2, [])
    assert says in complaint


def test_an_export_holds_what_the_view_shows(crowd: World, tmp_path: Path) -> None:
    crowd.contact("=HYPERLINK(1)", "+Evil", "evil@evil.example")
    crowd.come_to_rest()
    shown = crowd.ops("records")
    for name in ("all.csv", "all.xlsx"):
        path = tmp_path / name
        assert crowd.ops("export", str(path)) == {"file": str(path), "rows": 6, "bytes": path.stat().st_size}
        header, *rows = read(path)
        assert header == KEYS
        found = [dict(zip(header, row, strict=True)) for row in rows]
        assert [one.pop("name") for one in found] == ["'=HYPERLINK(1) +Evil", *(one["name"] for one in shown[1:])]
        assert found == [{key: one[key] or "" for key in KEYS if key != "name"} for one in shown]
    crowd.ops("export", str(path), "--status", "failing", "--columns", "name,category", "--sort", "-name")
    assert read(path) == [["name", "category"], ["Carl Car", "name_taken"], ["Bert Bar", "name_taken"]]
    code, lines, _ = text("export", str(tmp_path / "all.csv"), "--status", "parked")
    assert (code, len(lines)) == (0, 1)
    assert f"{tmp_path / 'all.csv'}: 1 row, " in lines[0]
    assert sorted(one.name for one in tmp_path.glob("*all*")) == ["all.csv", "all.xlsx"]


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    return [[value or "" for value in row] for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def test_some_are_retried_and_what_came_of_each_is_said(crowd: World) -> None:
    """The vendors whose names were taken are renamed, one after the other."""
    free(crowd, "Bert Bar")
    tried = crowd.ops("retry", "--status", "failing", "--category", "name_taken", code=1)
    assert {one["name"]: one["state"] for one in tried} == {"Bert Bar": "in_sync", "Carl Car": "failing"}
    assert all(list(one) == KEYS for one in tried)
    assert crowd.record(name="Emil Ems")["state"] == "parked", "was not meant"
    code, lines, _ = text("retry", "--text", "emil")
    assert (code, lines[-1]) == (1, "Looked again at 1: 1 parked → 1 failing.")
    free(crowd, "Carl Car", "Emil Ems")
    code, lines, _ = text("retry", "--all")
    assert (code, lines[-1]) == (0, "Looked again at 2: 2 failing → 2 in_sync.")
    assert text("retry", "--all")[:2] == (0, ["nothing to retry"])
    assert crowd.ops("retry", "customer", "anna@ark.example")[0]["state"] == "in_sync"
    assert crowd.ops("retry", "--all") == []


def free(world: World, *held: str) -> None:
    """Vendors give up these names, and no notice of it arrives."""
    world.quickbooks.delivery.dials.drop = len(held)
    for vendor in world.company.all("Vendor"):
        if vendor["DisplayName"] in held:
            world.company.update("Vendor", vendor["Id"], {"DisplayName": f"{vendor['DisplayName']} Supplies"})


def test_an_export_is_sent_and_the_alarms_topic_is_told(
    crowd: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice names file, rows and connection, and no person."""
    cloud = crowd.stack.ministack
    cloud.client("sesv2").create_email_identity(EmailIdentity="sync@example.com")
    topic = cloud.client("sns").create_topic(Name="alarms")["TopicArn"]
    ears = cloud.client("sqs").create_queue(QueueName="ears")["QueueUrl"]
    arn = cloud.client("sqs").get_queue_attributes(QueueUrl=ears, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    monkeypatch.setenv("EXPORT_SENDER", "sync@example.com")
    monkeypatch.setenv("ALARM_TOPIC_ARN", topic)
    path = tmp_path / "failing.xlsx"
    crowd.ops("export", str(path), "--status", "failing", "--email", "jane@example.com,bob@example.com", "--notify")
    [[sent]] = requests.get(f"{cloud.url}/_ministack/ses/messages", timeout=10).json()["messages"].values()
    assert (sent["To"], sent["Subject"]) == (["jane@example.com", "bob@example.com"], "Records export: failing.xlsx")
    [heard] = cloud.client("sqs").receive_message(QueueUrl=ears, WaitTimeSeconds=5)["Messages"]
    assert json.loads(heard["Body"])["Message"] == f"An export is ready. failing.xlsx: 2 rows of {CONNECTION}."
    code, _, complaint = text("export", str(path), "--email", "jane@example.com", "--from", "stranger@example.com")
    assert (code, len(read(path))) == (1, 6), "the file is there all the same"
    assert f"{path} is written, but the e-mail was not sent: MessageRejected" in complaint


def test_options_count_before_the_command_as_after_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.connect()
    assert main(["--json", "--local", "records"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["--json", "--connection", "1:2", "--local", "records"]) == 2
    assert "there is no connection 1:2" in json.loads(capsys.readouterr().out)["error"]
