"""The settings of a connection: show them, check a file, apply it, and go back to an older version."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from argparse import Namespace
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib import settings as settings_file
from chalicelib.jobs import Kind
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.metadata import MetadataStore
from chalicelib.remember.records import Records
from chalicelib.remember.table import Lost
from chalicelib.settings import KINDS, KindName, Settings
from chalicelib.settings.check import Facts, check, notes, rests_on_metadata, settings_of
from chalicelib.settings.compare import SYNCED, Counts, changed, consequences, difference, section, switched_on
from chalicelib.settings.lines import Document, Mistake, parse
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.recommended import recommended
from chalicelib.settings.resolved import resolved
from chalicelib.wiring import Wiring, wiring
from ops import hubspot_app, live, words
from ops.answers import Failed, WrongUse, say, which
from ops.applying import Following, carry_out, forecasts
from ops.arguments import Commands
from ops.screen import as_json, plain
from ops.tables import table

DEFAULTS = "contacts: {}  # the defaults\n"  # version 0
WIDTH = 80
FORGETTABLE: dict[str, KindName] = {word: name for name, kind in SYNCED.items() for word in (name, str(kind))}
PROJECT = "infra/hubspot-app"
WEBHOOKS = hubspot_app.ROOT / PROJECT / "src/app/webhooks/webhooks-hsmeta.json"
TOLD_MAX, LONG = 100, 500  # mistakes of one file, and characters of one, that are worth reading
ABOUT = """\
The settings of a connection are one YAML file, kept in versions.

  settings recommended > settings.yaml    begin with this, and change it
  settings check settings.yaml            every mistake, with its line
  settings apply settings.yaml            shows what differs, then asks
  settings versions                       what was applied, and when
  settings apply --version 3              goes back to an older version
  settings forget contacts                forgets the links of what is off
"""


@dataclass
class Judged:
    """A file, and what there is to say about it."""

    name: str
    text: str
    document: Document
    connection: Connection | None
    metadata: Metadata | None
    mistakes: list[Mistake]
    notes: list[str] = field(default_factory=list)


def register(commands: Commands) -> None:
    applied = commands.add("settings", show, "show, check, apply and take back the settings")
    applied.description, applied.formatter_class = ABOUT, argparse.RawDescriptionHelpFormatter
    actions = applied.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, run: Any, what: str) -> argparse.ArgumentParser:
        action: argparse.ArgumentParser = actions.add_parser(
            name, help=what, description=what, parents=[commands.everywhere]
        )
        action.set_defaults(run=run)
        return action

    add("show", show, "the file that applies now").add_argument(
        "--version", metavar="N", type=int, help="an older version; 0: the defaults"
    )
    add("versions", versions, "what was applied, when and by whom")
    add("recommended", show_recommended, "a commented file to begin with, dated today")
    add("check", check_file, "every mistake, with its line and the right thing").add_argument("file", metavar="FILE")
    action = add("apply", apply, "show what a file changes, ask, and make it so")
    action.add_argument("file", metavar="FILE", nargs="?")
    action.add_argument("--version", metavar="N", type=int, help="apply an older version again; 0: the defaults")
    action.add_argument("--forecast", action="store_true", help="plan it first, also where nobody is asked")
    action.add_argument("--yes", action="store_true", help="do not ask")
    action = add("forget", forget, "forget the links of a kind that is switched off; no record is touched")
    action.add_argument("kind", choices=tuple(FORGETTABLE), metavar="KIND", help=", ".join(SYNCED))
    action.add_argument("--yes", action="store_true", help="do not ask")


def show(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    number = one.settings_version if given.version is None else given.version
    text = _text_of(tools, one, number)
    value = {"version": number, "text": text, "settings": _as_written(text, {}).model_dump(mode="json")}
    if number == one.settings_version:
        value["settings"] = one.settings
    say(given, value, text.rstrip("\n"))
    return 0


def versions(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    rows = [
        {"version": each.number, "at": words.stamp(each.at or None), "by": each.by or None,
         "applies": each.number == one.settings_version}
        for each in Connections(tools.table).settings_versions(one.id)
    ]  # fmt: skip
    shown = [{**row, "applies": "now" if row["applies"] else None} for row in rows]
    say(given, rows, table(shown, ("version", "at", "applies", "by")) if rows else "none yet: the defaults apply")
    return 0


def show_recommended(given: Namespace) -> int:
    """Dated in the portal's time zone, since that is how its dates are read."""
    tools = wiring()
    one = which(tools, given) if given.connection or Connections(tools.table).all() else None
    day = datetime.fromtimestamp(tools.now(), _zone(one)).date()
    text = recommended(day, one.id if one else None)
    say(given, {"text": text}, text.rstrip("\n"))
    return 0


def check_file(given: Namespace) -> int:
    judged = _judged(wiring(), given, given.file, _read(Path(given.file)))
    if judged.mistakes:
        return _refused(given, judged)
    said = [f"{judged.name} can be applied.", *(_wrapped(f"Note: {note}.") for note in judged.notes)]
    say(given, {"errors": [], "notes": judged.notes}, "\n".join(said))
    return 0


def apply(given: Namespace) -> int:
    if (given.file is None) == (given.version is None):
        raise WrongUse("say what to apply: a FILE, or --version N for an older version")
    tools = wiring()
    if given.file is not None:
        judged = _judged(tools, given, given.file, _read(Path(given.file)))
    else:
        text = _text_of(tools, which(tools, given), given.version)
        judged = _judged(tools, given, f"version {given.version}", text)
    one = judged.connection or which(tools, given)
    if judged.mistakes:
        return _refused(given, judged)
    if judged.metadata is None and rests_on_metadata(judged.document):
        raise Failed(
            "not applied: neither system could be asked about what the file names. Connect first (python -m ops "
            "connections), or look whether the workers run (python -m ops status)"
        )
    return _apply(tools, given, judged, one)


def _apply(tools: Wiring, given: Namespace, judged: Judged, one: Connection) -> int:
    text_before = _text_of(tools, one, one.settings_version)
    old, new = _as_written(text_before, one.settings), settings_of(judged.document)
    before, after = settings_file.read(one.settings or {}), resolved(new, judged.metadata)
    stored = after.model_dump(mode="json")
    differing = difference(old, new)
    other = [kind for kind in KINDS if kind in {*changed(old, new), *changed(before, after)}]
    again = bool(differing or other)
    following = Following.left(one, switched_on(old, new), other)
    caused = consequences(old, new, _counts(tools, one)) if again else []
    if given.forecast or (sys.stdin.isatty() and not given.yes):
        for kind in [kind for kind in other if new.enabled(kind)]:
            caused += forecasts(tools, one, kind, stored, hidden=given.json)
    told, entries = _not_told_by_hubspot(new)
    remarks = [*judged.notes, *told]
    if not given.json:
        _tell(f"What differs from version {one.settings_version}:", differing or ["nothing"])
        _tell("What will happen:", caused)
        _tell("Notes:", remarks)
        _tell(f"Subscriptions to add to {PROJECT}:", entries, wrap=False)
    version, looked_at = one.settings_version, 0
    if again or judged.text != text_before:
        _ask(given, f"Apply {judged.name} to {one.id}? [y/N] ")
        version = _store(tools, one, judged.text, stored, following)
    if again or one.applying:
        looked_at = carry_out(tools, one, version, following)
    value = {
        "connection": one.id, "version": version, "difference": differing, "consequences": caused,
        "looked_at": looked_at, "notes": remarks, "subscriptions": entries,
    }  # fmt: skip
    records = "1 record is" if looked_at == 1 else f"{looked_at} records are"
    applied = f"Applied as version {version}; {records} looked at again."
    if version == one.settings_version:
        said = f"Version {version} says the same already"
        applied = f"{said}, and is carried out now; {records} looked at again." if one.applying else f"{said}."
    say(given, value, applied)
    return 0


def forget(given: Namespace) -> int:
    """Forget a kind's links. Neither system is touched; its next initial sync matches everything anew.

    Payments are not forgotten with the invoices: nothing else tells which of them have their note.
    """
    tools = wiring()
    one = which(tools, given)
    name = FORGETTABLE[given.kind]
    kind = SYNCED[name]
    if section(settings_file.read(one.settings or {}), name).enabled:
        raise WrongUse(f"{name} sync at present: switch them off first (enabled: false), then forget their links")
    linked = sum(record.linked for record in Records(tools.table).all(one.id, kind))
    _ask(given, f"Forget {linked} links of {name} in {one.id}? No record is touched in either system. [y/N] ")
    forgotten, kept = Records(tools.table).forget(one.id, kind, tools.now())
    held = f" {kept} are being written at this moment and were kept: do it again." if kept else ""
    say(
        given, {"connection": one.id, "kind": name, "forgotten": forgotten, "kept": kept},
        f"{forgotten} records were forgotten, {linked} of them linked.{held}",
    )  # fmt: skip
    return 1 if kept else 0


def draft(tools: Wiring, given: Namespace, one: Connection) -> dict[str, Any]:
    """The settings of the file that `plan --settings` names, as workers would read them."""
    given.connection = one.id
    judged = _judged(tools, given, given.settings, _read(Path(given.settings)))
    if judged.mistakes:
        raise Failed("\n".join(f"{judged.name}:{each.line}: {each.message}" for each in judged.mistakes))
    return resolved(settings_of(judged.document), judged.metadata).model_dump(mode="json")


def _store(tools: Wiring, one: Connection, text: str, stored: dict[str, Any], following: Following) -> int:
    try:
        connections = Connections(tools.table)
        changed = connections.apply_settings(one, text, stored, tools.now(), _operator(), following.stored())
    except Lost:
        raise Failed(
            "not applied: somebody else applied settings in the same moment. See python -m ops settings show, and "
            "apply yours again if they are still wanted"
        ) from None
    return changed.settings_version


def _judged(tools: Wiring, given: Namespace, name: str, text: str) -> Judged:
    document = parse(text)
    every = Connections(tools.table).all()
    named = document.value.get("connection") if isinstance(document.value, dict) else None
    if not given.connection and any(one.id == named for one in every):
        given.connection = named
    one = which(tools, given) if every or given.connection else None
    if one is None:
        remark = "only the form was checked: no connection exists yet, so neither system could be asked"
        return Judged(name, text, document, None, None, check(document, None, Facts()), [remark])
    metadata, remarks = _metadata(tools, one, document)
    found = check(document, metadata, Facts(one.id, one.country))
    return Judged(name, text, document, one, metadata, found, remarks)


def _metadata(tools: Wiring, one: Connection, document: Document) -> tuple[Metadata | None, list[str]]:
    """What both systems say now; else what they said last. Nothing is asked for a file that names nothing of theirs."""
    if not rests_on_metadata(document):
        return None, []
    metadata = live.metadata(tools, one)
    if metadata is not None:
        return metadata, notes(document, metadata)
    held = MetadataStore(tools.table).get(one.id)
    if held is None:
        return None, notes(document, None)
    since = f"neither system answered now: checked against what they said at {words.when(held.read_at)}"
    return held, [since, *notes(document, held)]


def _refused(given: Namespace, judged: Judged) -> int:
    if given.json:
        value = {"errors": [asdict(one) for one in judged.mistakes], "notes": judged.notes}
        print(as_json(value))
    for one in judged.mistakes[:TOLD_MAX]:
        said = one.message if len(one.message) <= LONG else f"{one.message[:LONG]}…"
        print(plain(f"{judged.name}:{one.line}: {said}"), file=sys.stderr)
    if len(judged.mistakes) > TOLD_MAX:
        print(f"({len(judged.mistakes) - TOLD_MAX} more mistakes: mend these first, or --json)", file=sys.stderr)
    for note in judged.notes:
        print(plain(_wrapped(f"Note: {note}.")), file=sys.stderr)
    return 1


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as missing:
        raise WrongUse(f"cannot read {path}: {missing.strerror}") from None
    except UnicodeDecodeError:
        raise Failed(f"{path}:1: this is no text in UTF-8: save it as such") from None


def _text_of(tools: Wiring, one: Connection, number: int) -> str:
    if number == 0:
        return DEFAULTS
    kept = Connections(tools.table).settings_version(one.id, number)
    if kept is None:
        raise WrongUse(f"there is no version {number}; see: python -m ops settings versions")
    return kept.text


def _as_written(text: str, stored: dict[str, Any]) -> Settings:
    """The settings as a person wrote them; of a file that would not pass any more, as they were stored."""
    document = parse(text)
    return settings_file.read(stored) if check(document, None, Facts()) else settings_of(document)


def _counts(tools: Wiring, one: Connection) -> dict[KindName, Counts]:
    def of(kind: Kind) -> Counts:
        linked = [record.linked for record in Records(tools.table).all(one.id, kind)]
        return Counts(len(linked), sum(linked))

    return {name: of(kind) for name, kind in SYNCED.items()}


def _not_told_by_hubspot(new: Settings) -> tuple[list[str], list[str]]:
    """Properties in use that the committed developer project does not subscribe to: notes, and the lines to add."""
    chosen, remarks = hubspot_app.subscriptions(hubspot_app.followed(new))
    sections = json.loads(WEBHOOKS.read_text())["config"]["subscriptions"]
    there = [entry for entries in sections.values() for entry in entries]
    missing = [one for one in chosen if one.entry() not in there]
    if missing:
        names = ", ".join(f"{one.subject}.{one.name or one.event}" for one in missing)
        remarks = [
            f"HubSpot does not yet tell of {names}: only the sweep notices them, within ten minutes. Add "
            "the subscriptions below to the developer project, or write it anew with python -m ops.hubspot_app "
            "--settings FILE, and upload it (docs/portals.md)",
            *remarks,
        ]
    return remarks, [f"{one.section}: {json.dumps(one.entry())}" for one in missing]


def _tell(title: str, lines: list[str], *, wrap: bool = True) -> None:
    if lines:
        print(plain(title))
        for line in lines:
            print(plain(_wrapped(line, "  ") if wrap else f"  {line}"))


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _ask(given: Namespace, question: str) -> None:
    """Go on only with a yes. The question goes beside standard output, which may be read by a program."""
    if given.yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("not applied; say --yes where nobody can be asked")
    print(plain(question), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failed("not applied")


def _operator() -> str:
    """Who applies it, as AWS knows them; empty where that cannot be learnt."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(boto3.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return ""


def _zone(one: Connection | None) -> Any:
    try:
        return ZoneInfo(one.time_zone) if one and one.time_zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
