"""The operators' command in this process, and what it said."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass

from chalicelib import wiring
from chalicelib.wiring import Wiring
from ops.__main__ import main

# What a terminal obeys instead of showing it, and what turns the order of the letters around.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def assert_harmless(self) -> None:
        """No traceback, and nothing that a terminal would obey."""
        for text in (self.out, self.err):
            assert "Traceback" not in text
            assert not OBEYED.search(text), ascii(OBEYED.search(text))
        assert self.code in (0, 1, 2)


def run(tools: Wiring, *words: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words), here=tools)
    except SystemExit as ended:  # --help
        code = int(ended.code or 0)
    finally:
        wiring.reset()
    return Said(code, out.getvalue(), err.getvalue())
