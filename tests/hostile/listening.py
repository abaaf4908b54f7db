"""All that the code says: log lines of every logger as CloudWatch gets them, metrics; and what must not be said."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from chalicelib.telemetry import METRICS, SERVICE, logger

CANARY = "canary"  # every secret, token, code and personal value of these tests holds it, in whatever case
KEYS = frozenset({"level", "location", "message", "timestamp", "service"})  # of every line, set by the logger alone
logger()  # made while nothing is captured for one test alone: it writes to what is standard output now
LENGTH_MAX = 20_000  # characters of a line: nothing that somebody sent us is in it at length


@dataclass
class Heard:
    """`lines`: each as it is written for CloudWatch; `raw`: the same from loggers that are not ours."""

    lines: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    out: str = ""
    canaries: set[str] = field(default_factory=set)  # beside the word itself: values that cannot hold it

    def judge(self) -> None:
        for line in self.lines:
            assert line.isprintable(), f"a control character or a line's end in {line!r}"
            assert len(line) <= LENGTH_MAX, f"{len(line)} characters in one line: {line[:200]}"
            said = json.loads(line)
            assert said.keys() >= KEYS
            assert said["service"] == SERVICE
        assert self.raw == [], "what others log goes to CloudWatch as it is, with the texts of errors"
        everything = "\n".join([*self.lines, self.out]).casefold()
        assert [one for one in (CANARY, *self.canaries) if one.casefold() in everything] == []
        metrics = [json.loads(line) for line in self.out.splitlines() if line.startswith('{"_aws"')]
        named = {one["Name"] for line in metrics for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
        assert named <= set(METRICS)


class _Kept(logging.Handler):
    def __init__(self, heard: Heard, *, ours: bool) -> None:
        super().__init__(logging.DEBUG)
        self._heard, self._ours = heard, ours

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == SERVICE:
            if self._ours:
                self._heard.lines.append(logger().registered_formatter.format(record))
        elif record.levelno >= logging.WARNING:
            self._heard.raw.append(logging.Formatter().format(record))


@contextlib.contextmanager
def listening(capfd: pytest.CaptureFixture[str]) -> Iterator[Heard]:
    heard = Heard()
    places = [(logging.getLogger(), _Kept(heard, ours=False)), (logging.getLogger(SERVICE), _Kept(heard, ours=True))]
    for place, kept in places:
        place.addHandler(kept)
    try:
        yield heard
    finally:
        for place, kept in places:
            place.removeHandler(kept)
        out, err = capfd.readouterr()
        heard.out += out + err
