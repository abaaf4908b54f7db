"""The local stack in the foreground: `python -m local up`. Standard output holds one line of JSON, when it is ready."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.stack import Stack, random_secret
from ops.package import BUILD, ROOT, PackagingError

STACK_FILE = ROOT / ".local-stack.json"


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    ready_line = sys.stdout
    sys.stdout = sys.stderr  # whatever the handlers print is for the eye
    try:
        with (
            Stack(chosen.hubspot_url, chosen.quickbooks_url, chosen.secret, chosen.port) as stack,
            _announced(stack) as urls,
        ):
            print(json.dumps({"ready": True, **urls}), file=ready_line, flush=True)
            while not stop.wait(1.0):
                if not stack.ministack.runs():
                    print("ministack has ended; so does the stack", file=sys.stderr)
                    return 1
    except (OSError, PackagingError) as problem:
        print(f"the local stack cannot start: {problem}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _announced(stack: Stack) -> Iterator[dict[str, str]]:
    """Write the file by which `ops --local` finds the stack, and one with tokens; remove both at the end."""
    urls = {
        "app": stack.app_url,
        "hubspot": stack.hubspot_url,
        "quickbooks": stack.quickbooks_url,
        "aws": stack.ministack.url,
    }
    tokens_file = BUILD / f"local-tokens-{os.getpid()}.json"
    tokens = stack.tokens()
    found: dict[str, Any] = {
        **urls,
        "env": stack.env,
        "pid": os.getpid(),
        "tokens": str(tokens_file) if tokens else None,
    }
    try:
        if tokens:
            _write_private(tokens_file, tokens)
        _write_private(STACK_FILE, found)
        yield urls
    finally:
        tokens_file.unlink(missing_ok=True)
        if STACK_FILE.exists() and json.loads(STACK_FILE.read_text())["pid"] == os.getpid():
            STACK_FILE.unlink()


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Write it whole or not at all, and readable for its owner only."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def _secret(name: str) -> dict[str, str]:
    try:
        content = json.loads(Path(name).read_text())
    except (OSError, ValueError) as problem:
        raise argparse.ArgumentTypeError(f"{name}: {problem}") from problem
    missing = sorted(random_secret().keys() - content.keys()) if isinstance(content, dict) else ["a JSON object"]
    if missing:
        raise argparse.ArgumentTypeError(f"{name} lacks {', '.join(missing)}")
    return {key: str(value) for key, value in content.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="up")
    up = commands.add_parser("up", help="start the stack and stay until SIGTERM or Ctrl-C")
    up.add_argument("--port", type=int, default=8000, help="of the app's routes; 0 takes a free one")
    up.add_argument("--hubspot-url", help="a server already running, instead of the imitation")
    up.add_argument("--quickbooks-url", help="a server already running, instead of the imitation")
    up.add_argument(
        "--secret",
        type=_secret,
        metavar="FILE",
        help="a file with the app's credentials as JSON, instead of random ones",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
