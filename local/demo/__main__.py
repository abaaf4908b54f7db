"""`python -m local.demo`: exit code 0 only if every check held."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback

from local.demo.play import Play
from local.demo.sales import Sales
from local.demo.screen import Screen
from local.demo.world import Aside, Clock, World
from local.stack import Stack
from ops.package import BUILD, ROOT, PackagingError

LOG = BUILD / "demo.log"


def main() -> int:
    out, began = sys.stdout, time.monotonic()
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")
    screen = Screen(out)
    screen.title("HubSpot ⇄ QuickBooks Online: kept in agreement")
    screen.say(
        "Imitations of both, and of AWS, start on this machine; the sync runs between them as it would when deployed. "
        "Nothing leaves this machine. Each ✓ is something that was looked up, not a line of a script."
    )
    BUILD.mkdir(exist_ok=True)
    with LOG.open("w", buffering=1, encoding="utf-8") as log:
        aside = Aside(log)
        with contextlib.redirect_stdout(aside), contextlib.redirect_stderr(log):
            _play(screen, aside)
    code = screen.end()
    _further(screen, time.monotonic() - began)
    return code


def _play(screen: Screen, aside: Aside) -> None:
    """Scene after scene; one that breaks ends the play, and counts as a check that failed."""
    clock = Clock()
    try:
        with Stack(sample=True, window_s=0.05, now=clock) as stack:
            world = World(stack, clock, aside)
            for scene in (*Play(world, screen).scenes(), *Sales(world, screen).scenes()):
                scene()
    except (OSError, PackagingError) as problem:
        traceback.print_exc()
        screen.check(False, f"the local stack works: {problem}")
    except Exception as broken:
        traceback.print_exc()
        screen.check(False, f"the scene could be played to its end: {type(broken).__name__}: {broken}")


def _further(screen: Screen, took_s: float) -> None:
    screen.say(f"That took {took_s:.0f} s. Where to look further:")
    screen.aside(
        "make up                          the same stack, to play with yourself\n"
        "python -m ops --local --help     what an operator can ask and do\n"
        "README.md                        how a record travels, file by file\n"
        "chalicelib/resolve/decide.py     `decide`, the one function that decides\n"
        f"{LOG.relative_to(ROOT)!s:33}what the app logged meanwhile"
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
