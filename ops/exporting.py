"""The records view as a file, for people who work in a spreadsheet."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib.wiring import wiring
from ops import choosing, mailing, progress, sheets, words
from ops.answers import Failed, WrongUse, say
from ops.arguments import Commands
from ops.listing import Listing
from ops.viewing import connections


def register(commands: Commands) -> None:
    exported = commands.add("export", export, "the records view as a CSV or XLSX file")
    exported.add_argument("file", metavar="FILE", help="FILE.csv or FILE.xlsx; what is there is replaced")
    choosing.add_filters(exported)
    choosing.add_order(exported)
    sent = exported.add_argument_group("when it is ready")
    sent.add_argument("--email", metavar="ADDRESS", action="append", help="send it there by SES; may be said again")
    sent.add_argument("--from", dest="sender", metavar="ADDRESS", help="the sender; else the variable EXPORT_SENDER")
    sent.add_argument(
        "--notify", metavar="TOPIC_ARN", nargs="?", const="", help="tell this SNS topic; else the one of the alarms"
    )
    choosing.example(exported, "export failing.xlsx --status failing --email ops@example.com")


@dataclass(frozen=True)
class Delivery:
    """Who is told, and how."""

    recipients: tuple[str, ...] = ()
    sender: str = ""
    topic: str = ""


def export(given: Namespace) -> int:
    tools = wiring()
    path, delivery = _target(given.file), _delivery(given)
    choice, order = choosing.choice(given, tools.now()), choosing.sort(given)
    columns = choosing.columns(given, choosing.COLUMNS)
    wanted = connections(tools, given)
    with progress.bar("export", hidden=given.json) as bar:
        listing = Listing(tools, wanted, choice, order, walked=bar.to)
        try:
            count = sheets.write(path, columns, _rows(listing, columns))
        except sheets.TooLong as too_long:
            raise Failed(str(too_long)) from None
        except OSError as refused:
            raise Failed(f"cannot write {path}: {refused.strerror or refused}") from None
    rows = "1 row" if count == 1 else f"{count} rows"
    _deliver(delivery, path, f"{path.name}: {rows} of {', '.join(wanted) or 'no connection'}.")
    size = path.stat().st_size
    told = ", ".join(filter(None, [*delivery.recipients, delivery.topic]))
    said = f"{path}: {rows}, {size} bytes{'; sent to ' if told else ''}{told}."
    say(given, {"file": str(path), "rows": count, "bytes": size}, said)
    return 0


def _rows(listing: Listing, columns: tuple[str, ...]) -> Iterator[list[str]]:
    for record in listing:
        view = words.shown(record)
        yield [view[name] for name in columns]


def _target(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in sheets.WRITERS:
        raise WrongUse(f"{text!r} says no format: its name must end with {' or '.join(sheets.WRITERS)}")
    try:
        if not path.parent.is_dir():
            raise WrongUse(f"there is no folder {path.parent}")
        if path.is_dir():
            raise WrongUse(f"{path} is a folder")
    except OSError as wrong:  # a name that is too long
        raise WrongUse(f"{path} cannot be written: {wrong.strerror}") from None
    return path


def _delivery(given: Namespace) -> Delivery:
    """Checked before the work begins, since it may be long."""
    recipients = tuple(dict.fromkeys(mailing.address(one) for one in choosing.listed(given.email)))
    if len(recipients) > mailing.RECIPIENTS_MAX:
        raise WrongUse(f"SES takes {mailing.RECIPIENTS_MAX} recipients at most; write to a list instead")
    sender = given.sender or os.environ.get("EXPORT_SENDER", "")
    if recipients and not sender:
        raise WrongUse("say who sends it: --from ADDRESS, or the variable EXPORT_SENDER; SES must know the sender")
    topic = os.environ.get("ALARM_TOPIC_ARN", "") if given.notify == "" else given.notify or ""
    if given.notify is not None and not topic:
        raise WrongUse("the stage was deployed without AlarmTopicArn; say which topic: --notify TOPIC_ARN")
    return Delivery(
        recipients,
        mailing.address(sender) if recipients else "",
        mailing.topic_arn(topic) if topic else "",
    )


def _deliver(delivery: Delivery, path: Path, text: str) -> None:
    try:
        if delivery.recipients:
            mailing.email(delivery.sender, delivery.recipients, path, text)
        if delivery.topic:
            mailing.notify(delivery.topic, f"An export is ready. {text}")
    except Failed as failed:
        raise Failed(f"{path} is written, but {failed}") from None
