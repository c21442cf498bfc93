"""An identity registry that behaves as badly as real ones do, by a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[Any], None]


def answer(body: Any, status: int = 200) -> Behaviour:
    """Answer with JSON, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(handler: Any) -> None:
        handler.send_response(status)
        handler.send_header("content-length", str(len(raw)))
        handler.end_headers()
        with suppress(ConnectionError):  # they had enough
            handler.wfile.write(raw)

    return behave


def hang_up(handler: Any) -> None:
    """Close without a word."""
    handler.close_connection = True


def hang(handler: Any) -> None:
    """Take the question, and never answer."""
    handler.server.over.wait(10)
    handler.close_connection = True


def hang_midway(handler: Any) -> None:
    """Begin to answer, and never end."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"status": ')
    handler.wfile.flush()
    hang(handler)


def drip(handler: Any) -> None:
    """Send a byte now and then, each in time, for ever."""
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    with suppress(ConnectionError):
        while not handler.server.over.wait(0.01):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    handler.close_connection = True


def break_off(handler: Any) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


class Server(ThreadingHTTPServer):
    """Behaves as the script says, question by question; the last behaviour stays."""

    daemon_threads = True

    def __init__(self, found: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = [found]
        self.questions: list[tuple[dict[str, Any], str]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/identities"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has hung up."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.questions.append((body, self.headers["authorization"]))
        behave = self.server.script.pop(0) if len(self.server.script) > 1 else self.server.script[0]
        behave(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Keep quiet."""
