"""An export on its way to people: the file by e-mail (SES), a notice without personal data to a topic (SNS).

Both by the operator's own AWS credentials: `ses:SendRawEmail` and `ses:SendEmail`, `sns:Publish`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from ops.answers import Failed, WrongUse

MESSAGE_MAX = 40_000_000  # bytes of a message with all that is attached, as SES's API takes it
RECIPIENTS_MAX = 50  # of one message
WRAPPED = 4 / 3 * 78 / 76  # what base64 and its line ends make of a file
TYPES = {".csv": ("text", "csv"), ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
HELP = {  # SES's or SNS's code -> what to do
    "MessageRejected": "verify the sender in SES, in this region; while SES is in its sandbox, the recipients too",
    "MailFromDomainNotVerifiedException": "mend the MAIL FROM domain of the sender's identity in SES",
    "SendingPausedException": "sending is paused for this account: see SES's reputation page",
    "AccountSuspendedException": "AWS has stopped sending for this account: see the AWS Health page",
    "LimitExceededException": "SES's daily quota is used up: ask for a larger one, or send the file tomorrow",
    "TooManyRequestsException": "SES takes no more just now: send it again in a minute",
    "AccessDeniedException": "your AWS credentials need ses:SendEmail and ses:SendRawEmail",
    "AuthorizationError": "your AWS credentials need sns:Publish on the topic",
    "AuthorizationErrorException": "your AWS credentials need sns:Publish on the topic",
    "NotFound": "there is no such topic: see AlarmTopicArn of the stack",
    "NotFoundException": "there is no such topic: see AlarmTopicArn of the stack",
}


def address(text: str) -> str:
    """An e-mail address as it can stand in a header; raises `WrongUse`."""
    try:
        spec = Address(addr_spec=text.strip()).addr_spec
    except (ValueError, IndexError, HeaderParseError):
        spec = ""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", spec) or not spec.isascii():
        raise WrongUse(f"{text!r} is no e-mail address that can be written to")
    return spec


def message(sender: str, recipients: Sequence[str], file: Path, text: str) -> bytes:
    """The message as it travels, the file attached."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = f"Records export: {file.name}"
    mail.set_content(text)
    main, sub = TYPES[file.suffix.lower()]
    mail.add_attachment(file.read_bytes(), maintype=main, subtype=sub, filename=file.name)
    return mail.as_bytes()


def email(sender: str, recipients: Sequence[str], file: Path, text: str) -> None:
    """Send the file as an attachment. Raises `Failed`, with what to do."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    size = file.stat().st_size
    if size * WRAPPED > MESSAGE_MAX:
        raise Failed(
            f"{file} ({size} bytes) is too large for an e-mail: SES takes {MESSAGE_MAX // 1_000_000} MB with all that "
            "is attached, some 29 MB of file. Choose fewer records or columns, or XLSX, or share the file another way"
        )
    raw = message(sender, recipients, file, text)
    try:
        boto3.client("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": list(recipients)},
            Content={"Raw": {"Data": raw}},
        )
    except ClientError as refused:
        raise Failed(_refused("the e-mail was not sent", refused)) from None
    except BotoCoreError as unreached:
        raise Failed(f"the e-mail was not sent: {unreached}") from None


def notify(topic: str, text: str) -> None:
    """Tell a topic. Raises `Failed`, with what to do."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("sns", region_name=topic.split(":")[3])
        client.publish(TopicArn=topic, Subject="Records export is ready", Message=text)
    except ClientError as refused:
        raise Failed(_refused("the notice was not sent", refused)) from None
    except BotoCoreError as unreached:
        raise Failed(f"the notice was not sent: {unreached}") from None


def topic_arn(text: str) -> str:
    """The ARN of a topic; raises `WrongUse`."""
    if not re.fullmatch(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+", text):
        raise WrongUse(f"{text!r} is no topic: arn:aws:sns:REGION:ACCOUNT:NAME. The FILE stands before --notify")
    return text


def _refused(what: str, refused: Exception) -> str:
    error = getattr(refused, "response", {}).get("Error", {})
    code = str(error.get("Code", "?"))
    fix = f". How to fix it: {HELP[code]}" if code in HELP else ""
    return f"{what}: {code}: {error.get('Message', refused)}{fix}"
