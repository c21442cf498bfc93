"""A loopback server that gives recorded answers: what is measured is the function, not a store."""

from __future__ import annotations

import json
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from bench.calls import Answer, Replay


class Canned:
    """Every AWS service, with the answers that it is given."""

    def __enter__(self) -> Self:
        """Listen."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="canned", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        """What AWS_ENDPOINT_URL says."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def give(self, answers: list[Answer]) -> None:
        """Give these answers from now on."""
        self._server.replay = Replay(answers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    replay = Replay([])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: processes are killed in the midst of it, and what is wrong shows in the function's answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # else each answer would wait 40 ms for the acknowledgement of its own headers
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # SES alone names its operation by method and path
        operation = self.headers.get("X-Amz-Target", "SES.SendEmail").rpartition(".")[2]
        answer = self.server.replay.answer(operation)
        body = {"__type": answer.body["Error"]["Code"], **answer.body} if answer.failed else answer.body
        content = json.dumps(body, default=datetime.timestamp).encode()
        self.send_response(400 if answer.failed else 200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass
