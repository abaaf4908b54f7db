"""Wait for what the workers do, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY_S = 0.2


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is so, or the time is up."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(EVERY_S)
    return True
