"""Lambda's Runtime API for one process: what `awslambdaric` asks for its events and tells its answers."""

from __future__ import annotations

import json
import queue
import socket
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from local.runtime import arn

_PREFIX = "/2018-06-01/runtime/"


@dataclass(slots=True)
class Invocation:
    """An event on its way to a process, and what came back: an answer, or an error as Lambda words it."""

    event: bytes
    timeout: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: bytes | None = None
    error: dict[str, Any] | None = None
    done: Event = field(default_factory=Event)


class RuntimeApi:
    """The server of one process; `ready` is set when the process asks for its first event."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.ready = Event()
        self.init_error: dict[str, Any] | None = None
        self._events: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._closed = False
        self._thread = Thread(target=self._serve, name=f"api-{function}", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API says."""
        return f"127.0.0.1:{self._server.server_port}"

    def submit(self, invocation: Invocation) -> None:
        """Hand an event to the process."""
        self._events.put(invocation)

    def next(self) -> Invocation | None:
        """Wait for the next event; None when the API closes."""
        self.ready.set()
        self._current = self._events.get()
        return self._current

    def finish(self, invocation_id: str, body: bytes, *, failed: bool) -> None:
        """Take the answer of the invocation under way."""
        invocation = self._current
        if invocation is None or invocation.id != invocation_id:
            return
        if failed:
            invocation.error = _error(body)
        else:
            invocation.answer = body
        invocation.done.set()

    def fail_init(self, body: bytes) -> None:
        """Take the error of a function that could not be loaded."""
        self.init_error = _error(body)

    def close(self) -> None:
        """End the server, and the process that waits for its next event."""
        self._events.put(None)
        self._closed = True
        with socket.create_connection(("127.0.0.1", self._server.server_port)):
            pass  # wakes the server, which looks for no end by itself
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        while not self._closed:
            self._server.handle_request()


def _error(body: bytes) -> dict[str, Any]:
    try:
        error = json.loads(body)
    except ValueError:
        error = {}
    return error if isinstance(error, dict) else {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # else each answer would wait 40 ms for the acknowledgement of its own headers
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        invocation = self.server.api.next() if self.path == f"{_PREFIX}invocation/next" else None
        if invocation is None:
            self.close_connection = True
            return
        deadline = int((time.time() + invocation.timeout) * 1000)
        headers = {
            "Content-Type": "application/json",  # without it the runtime client dies of a segmentation fault
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": arn(self.server.api.function),
        }
        self._send(200, invocation.event, headers)

    def do_POST(self) -> None:
        body = self._body()
        name, _, rest = self.path.removeprefix(_PREFIX).partition("/")
        invocation_id, _, outcome = rest.partition("/")
        if (name, rest) == ("init", "error"):
            self.server.api.fail_init(body)
        elif name == "invocation" and outcome in ("response", "error"):
            self.server.api.finish(invocation_id, body, failed=outcome == "error")
        self._send(202, b'{"status": "OK"}', {"Content-Type": "application/json"})

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        pass
