"""The operators' command: `python -m ops [--local | --stage NAME] COMMAND …` (design section 4).

Exit codes: 0 done, 1 something failed and is listed, 2 wrong use. With `--json` only JSON goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from ops import commands, connecting, place
from ops.answers import Failed, WrongUse
from ops.records import NotFound

Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        if given.local:
            place.local()
        elif given.stage:
            place.deployed(given.stage)
        else:
            parser.error("say where: --local, or --stage NAME")
        command: Command = given.run
        return command(given)
    except (place.NoPlace, WrongUse) as wrong:
        return _say(given, str(wrong), 2)
    except (NotFound, Failed) as failed:
        return _say(given, str(failed), 1)


def _say(given: argparse.Namespace, text: str, code: int) -> int:
    if getattr(given, "json", False):
        print(json.dumps({"error": text}))
    print(text, file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--connection", metavar="C", default=argparse.SUPPRESS, help="<portal id>:<realm id>")
    everywhere.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON on standard output")
    parser = argparse.ArgumentParser(prog="python -m ops", description="Ask and steer the sync.", parents=[everywhere])
    parser.add_argument("--local", action="store_true", help="the local stack of this checkout")
    parser.add_argument("--stage", metavar="NAME", help="a deployed stage")
    parser.set_defaults(connection=None, json=False)
    add = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Command, what: str) -> argparse.ArgumentParser:
        sub = add.add_parser(name, help=what, description=what, parents=[everywhere])
        sub.set_defaults(run=run)
        return sub

    def about_one(name: str, run: Command, what: str) -> argparse.ArgumentParser:
        sub = command(name, run, what)
        sub.add_argument("kind", choices=["customer"], metavar="KIND", help="customer")
        sub.add_argument("id", metavar="ID", help="hubspot:101, quickbooks:58, an id, an e-mail or a name")
        return sub

    connect = command("connect", connecting.connect, "print a link that connects a portal and a company")
    connect.add_argument("--tokens", metavar="FILE", help="store a ready pair instead (local and tests)")
    command("connections", connecting.connections, "all connections and their state")
    disconnect = command("disconnect", connecting.disconnect, "end a connection and our access; links are kept")
    disconnect.add_argument("which", nargs="?", metavar="C", help="the connection")
    wait_s = connecting.REVOKE_S
    disconnect.add_argument("--wait", type=float, default=wait_s, metavar="S", help=f"seconds; {wait_s:.0f}")
    applied = command("settings", commands.settings, "show, check or apply the settings file")
    actions = applied.add_subparsers(dest="action", required=True, metavar="show | check FILE | apply FILE [--yes]")
    actions.add_parser("show", parents=[everywhere])
    for name in ("check", "apply"):
        action = actions.add_parser(name, parents=[everywhere])
        action.add_argument("file", metavar="FILE")
        action.add_argument("--yes", action="store_true", help="do not ask")
    backfill = command("backfill", commands.backfill, "the initial sync of all records")
    backfill.add_argument("kind", choices=["customer"], metavar="KIND")
    backfill.add_argument("--detach", action="store_true", help="return at once")
    command("sweep", commands.sweep, "read both sides' changes since the cursors now")
    resume = command("resume", commands.resume, "let go a brake or a pause")
    resume.add_argument("which", nargs="?", metavar="C", help="the connection")
    listed = command("records", commands.records, "the records view")
    listed.add_argument("--status", metavar="S", help="in_sync, pending, excluded, failing or parked")
    listed.add_argument("--kind", default="customer", choices=["customer"])
    listed.add_argument("--columns", metavar="A,B", help="which columns to show")
    about_one("why", commands.why, "the story of one record, from cause to present state")
    about_one("history", commands.history, "every decision about one record")
    retry = command("retry", commands.retry, "look again now")
    retry.add_argument("kind", nargs="?", choices=["customer"], metavar="KIND")
    retry.add_argument("id", nargs="?", metavar="ID")
    retry.add_argument("--all", action="store_true", help="every failing and parked record")
    command("status", commands.status, "lag, queue, budgets, progress")
    return parser


if __name__ == "__main__":
    sys.exit(main())
