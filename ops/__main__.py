"""The operators' command: `python -m ops [--local | --stage NAME] COMMAND …` (design section 4).

Exit codes: 0 done, 1 something failed and is listed, 2 wrong use. With `--json` only JSON goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import NoReturn

from chalicelib.wiring import Wiring, use
from ops import choosing, configuring, connecting, exporting, place, planning, retrying, steering, undoing, viewing
from ops.answers import Failed, WrongUse
from ops.arguments import Command, Commands
from ops.asking import NotFound
from ops.screen import plain


def main(arguments: list[str] | None = None, here: Wiring | None = None) -> int:
    """`here`: what to act on, for whoever has it in hand; then the words need not say where."""
    words = choosing.joined(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    given = argparse.Namespace(connection=None, json="--json" in words)
    if not all(map(_is_text, words)):
        return _say(given, "an argument is no text in UTF-8", 2)
    given.json = False
    try:
        parser.parse_args(words, given)
        if here is not None:
            use(here)
        elif given.local:
            place.local()
        elif given.stage:
            place.deployed(given.stage)
        else:
            parser.error("say where: --local, or --stage NAME")
        command: Command = given.run
        code = command(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads has seen enough (`… | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except argparse.ArgumentTypeError as wrong:  # raised before all words are read: --json may come later
        given.json = "--json" in words
        return _say(given, str(wrong), 2)
    except (place.NoPlace, WrongUse) as wrong:
        return _say(given, str(wrong), 2)
    except (NotFound, Failed) as failed:
        return _say(given, str(failed), 1)


def _is_text(word: str) -> bool:
    """Whether it is text that a name or a path can be: bytes that are none come as halves of surrogate pairs."""
    return "\x00" not in word and not any("\ud800" <= one <= "\udfff" for one in word)


class _Parser(argparse.ArgumentParser):
    """Tells of wrong use as every command does, so that `--json` holds for it too."""

    def error(self, message: str) -> NoReturn:
        raise argparse.ArgumentTypeError(f"{self.prog}: {message}\n{self.format_usage().rstrip()}")


def _say(given: argparse.Namespace, text: str, code: int) -> int:
    if getattr(given, "json", False):
        print(json.dumps({"error": text}))
    print(plain(text), file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--connection", metavar="C", default=argparse.SUPPRESS, help="<portal id>:<realm id>")
    everywhere.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON on standard output")
    parser = _Parser(prog="python -m ops", description="Ask and steer the sync.", parents=[everywhere])
    parser.add_argument("--local", action="store_true", help="the local stack of this checkout")
    parser.add_argument("--stage", metavar="NAME", help="a deployed stage")
    add = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands = Commands(add, everywhere)
    for room in (connecting, configuring, planning, steering, viewing, exporting, retrying, undoing):
        room.register(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
