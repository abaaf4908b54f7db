"""Wait for what the workers do, with a deadline."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.wiring import wiring

EVERY_S = 0.2


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is so, or the time is up."""
    tools = wiring()
    end = tools.now() + seconds
    while not done():
        if tools.now() > end:
            return False
        tools.sleep(EVERY_S)
    return True
