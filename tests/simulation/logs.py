"""What our code logs and measures, kept to be searched for what must not be there."""

from __future__ import annotations

import io

from chalicelib import telemetry


class Logs:
    """All log lines of one history."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        for handler in telemetry.logger().handlers:
            handler.setStream(self.text)  # type: ignore[attr-defined]

    def lines(self) -> list[str]:
        return self.text.getvalue().splitlines()
