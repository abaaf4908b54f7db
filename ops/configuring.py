"""The settings file: show it, check it, apply it."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from chalicelib import settings as settings_file
from chalicelib.remember.connections import Connections
from chalicelib.remember.records import State
from chalicelib.wiring import wiring
from ops.answers import Failed, WrongUse, say, which
from ops.arguments import Commands
from ops.asking import look_again


def register(commands: Commands) -> None:
    applied = commands.add("settings", settings, "show, check or apply the settings file")
    actions = applied.add_subparsers(dest="action", required=True, metavar="show | check FILE | apply FILE [--yes]")
    actions.add_parser("show", parents=[commands.everywhere])
    for name in ("check", "apply"):
        action = actions.add_parser(name, parents=[commands.everywhere])
        action.add_argument("file", metavar="FILE")
        action.add_argument("--yes", action="store_true", help="do not ask")


def settings(given: Namespace) -> int:
    tools = wiring()
    if given.action == "show":
        one = which(tools, given)
        text = Connections(tools.table).settings_text(one.id, one.settings_version)
        say(given, {"version": one.settings_version, "settings": one.settings}, text or "# the defaults apply\n")
        return 0
    text, raw = _yaml(Path(given.file))
    try:
        read = settings_file.read(raw)
    except settings_file.SettingsError as wrong:
        if given.json:
            print(json.dumps({"errors": wrong.lines}, indent=2))
        raise Failed("\n".join(f"{given.file}: {line}" for line in wrong.lines)) from None
    if given.action == "check":
        say(given, {"errors": []}, f"{given.file} can be applied.")
        return 0
    given.connection = given.connection or read.connection
    one = which(tools, given)
    if read.connection and read.connection != one.id:
        raise WrongUse(f"{given.file} is for connection {read.connection}, not {one.id}")
    if not given.yes and not _confirmed(f"Apply {given.file} to {one.id}? [y/N] "):
        raise WrongUse("not applied; say --yes where nobody can be asked")
    version = one.settings_version + 1
    connections = Connections(tools.table)
    connections.keep_settings(one.id, version, text)
    connections.change(
        one.id, lambda held: replace(held, settings=read.model_dump(mode="json"), settings_version=version)
    )
    queued = look_again(tools, one.id, tuple(State), "the settings were changed")
    said = f"Applied as version {version}; {queued} records are looked at again."
    say(given, {"connection": one.id, "version": version, "looked_at": queued}, said)
    return 0


def _yaml(path: Path) -> tuple[str, Any]:
    import yaml

    try:
        text = path.read_text()
        return text, yaml.safe_load(text)
    except OSError as missing:
        raise WrongUse(f"cannot read {path}: {missing.strerror}") from None
    except yaml.YAMLError as wrong:
        raise Failed(f"{path}: this is no YAML: {' '.join(str(wrong).split())}") from None


def _confirmed(question: str) -> bool:
    return sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")
