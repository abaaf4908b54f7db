"""Serve a WSGI application on a loopback port, with a way to hang up on the caller."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

Wsgi = Callable[..., Iterable[bytes]]


class HangUp(Exception):  # noqa: N818 - it is an order, not an error
    """Raised by an application that wants the caller to see a closed connection instead of an answer."""


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # the vendors keep connections alive, so do we

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: whoever wants to see calls asks the imitation's own call list."""


class Server:
    """A running HTTP server. `url` has no trailing slash."""

    def __init__(self, application: Wsgi, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = make_server(host, port, _hanging_up(application), threaded=True, request_handler=_QuietHandler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"serve {self.url}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _hanging_up(application: Wsgi) -> Wsgi:
    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except HangUp:
            with contextlib.suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("the dial said: hang up") from None

    return serve


logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
