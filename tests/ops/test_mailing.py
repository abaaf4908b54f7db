"""An export by e-mail and a notice of it, through SES and SNS of the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import requests

from local import aws
from ops import mailing
from ops.answers import Failed, WrongUse

SENDER = "sync@example.com"
pytestmark = pytest.mark.slow


@pytest.fixture
def cloud(ministack: aws.Ministack, monkeypatch: pytest.MonkeyPatch) -> Iterator[aws.Ministack]:
    for name, value in ministack.environment().items():
        monkeypatch.setenv(name, value)
    yield ministack
    ministack.reset()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failing für März.csv"
    path.write_bytes("\ufeffname\r\nMüller\r\n".encode())
    return path


def test_the_message_has_the_file_as_it_is(file: Path) -> None:
    raw = mailing.message(SENDER, ["a@example.com", "b@example.com"], file, "1 row")
    read: Any = message_from_bytes(raw, policy=policy.default)
    assert (read["From"], read["To"]) == (SENDER, "a@example.com, b@example.com")
    assert read.get_body().get_content().strip() == "1 row"
    [attached] = read.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (file.name, "text/csv")
    assert attached.get_payload(decode=True) == file.read_bytes()


def test_ses_takes_the_message_from_a_sender_that_it_knows(cloud: aws.Ministack, file: Path) -> None:
    cloud.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    mailing.email(SENDER, ["jane@example.com"], file, "1 row")
    [[sent]] = requests.get(f"{cloud.url}/_ministack/ses/messages", timeout=10).json()["messages"].values()
    assert (sent["Source"], sent["To"]) == (SENDER, ["jane@example.com"])
    assert "1 row" in sent["BodyText"]


@pytest.mark.usefixtures("cloud")
def test_an_unknown_sender_is_told_with_what_to_do(file: Path) -> None:
    with pytest.raises(Failed, match=r"not sent: MessageRejected: .*not verified.*How to fix it: verify the sender"):
        mailing.email("stranger@example.com", ["jane@example.com"], file, "1 row")


@pytest.mark.usefixtures("cloud")
def test_a_file_that_ses_would_not_take_is_not_even_sent(tmp_path: Path) -> None:
    large = tmp_path / "all.csv"
    with large.open("wb") as file:
        file.truncate(int(mailing.MESSAGE_MAX / mailing.WRAPPED) + 1)
    with pytest.raises(Failed, match="too large for an e-mail: SES takes 40 MB"):
        mailing.email(SENDER, ["jane@example.com"], large, "many rows")


@pytest.mark.usefixtures("cloud")
def test_nobody_answers(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_SNS"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Failed, match="the e-mail was not sent: Could not connect"):
        mailing.email(SENDER, ["jane@example.com"], file, "1 row")
    with pytest.raises(Failed, match="the notice was not sent: Could not connect"):
        mailing.notify("arn:aws:sns:us-east-1:000000000000:alarms", "ready")


def test_the_topic_is_told(cloud: aws.Ministack) -> None:
    topic = cloud.client("sns").create_topic(Name="alarms")["TopicArn"]
    queue = cloud.client("sqs")
    url = queue.create_queue(QueueName="ears")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    mailing.notify(mailing.topic_arn(topic), "all.csv: 5 rows")
    [heard] = queue.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(heard["Body"])["Message"] == "all.csv: 5 rows"


@pytest.mark.usefixtures("cloud")
def test_a_topic_that_is_not_there_is_told() -> None:
    with pytest.raises(Failed, match=r"NotFound.*How to fix it: there is no such topic"):
        mailing.notify("arn:aws:sns:us-east-1:000000000000:nowhere", "ready")


@pytest.mark.parametrize("text", ["", "jane", "jane@", "@roe", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "jäne@roe.example"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(WrongUse, match="no e-mail address"):
        mailing.address(text)


@pytest.mark.parametrize("text", ["alarms", "arn:aws:sqs:us-east-1:000000000000:jobs", "all.csv"])
def test_what_is_no_topic_is_told(text: str) -> None:
    with pytest.raises(WrongUse, match="is no topic"):
        mailing.topic_arn(text)
