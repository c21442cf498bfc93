"""A server on loopback that checks signatures as the platform does, and plays what a test tells it to."""

from __future__ import annotations

import json
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
    algorithms,
)

COMPONENTS = ("@method", "@authority", "@path", "@query")


@dataclass(frozen=True)
class Received:
    """A request whose signature held."""

    method: str
    target: str
    body: bytes
    nonce: str


@dataclass(frozen=True)
class Play:
    """An answer out of turn; without a status the connection drops, after the request was heeded or before."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    heeded: bool = False


@dataclass
class Platform:
    """What it knows, was told, and has received."""

    url: str = ""
    keys: dict[str, tuple[type[HTTPSignatureAlgorithm], bytes]] = field(default_factory=dict)
    plays: dict[str, list[Play]] = field(default_factory=lambda: defaultdict(list))
    """What comes next for a reference (or "GET"), before the ordinary answer."""
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Answers to GET by target."""
    received: list[Received] = field(default_factory=list)
    letters: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """What was uploaded, by target, with the header that the link demands."""
    results: list[dict[str, Any]] = field(default_factory=list)
    """Of the batch that is done."""
    full: bool = False
    """Whether the store takes nothing more."""
    lock: Lock = field(default_factory=Lock)

    @property
    def references(self) -> list[str]:
        """What was accepted, in order of reference."""
        return sorted(self.letters)

    def hear(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Play:
        """Answer one request."""
        try:
            nonce = self._verify(method, target, headers, body)
        except HTTPMessageSignaturesException as error:
            return problem(401, "signature", f"The signature does not hold: {error}")
        with self.lock:
            if nonce in {request.nonce for request in self.received}:
                return problem(401, "signature", "The nonce was used before")
            self.received.append(Received(method, target, body, nonce))
            if target.startswith("/v1/batches") and method == "POST":
                return self._next("batch") or problem(404, "not-found", "There is no such batch")
            if target.startswith("/v1/batches") and target.endswith("/results"):
                return Play(302, {"Location": f"{self.url}/bucket/results"})
            if method == "GET":
                return self._next("GET") or self._page(target)
            if target.endswith("/cancel"):
                return Play(200, body={"id": target.split("/")[-2], "state": "cancelled", "timeline": []})
            if target == "/v1/attachments":
                return self._declare(json.loads(body))
            reference = json.loads(body)["reference"]
            play = self._next(reference)
            if play and not play.heeded:
                return play
            answer = self._accept(reference, body)
            return play or answer

    def _next(self, reference: str) -> Play | None:
        return self.plays[reference].pop(0) if self.plays[reference] else None

    def _page(self, target: str) -> Play:
        if target in self.pages:
            return Play(200, body=self.pages[target])
        return problem(404, "not-found", "There is no such notification")

    def _declare(self, wish: dict[str, Any]) -> Play:
        if play := self._next(wish["file_name"]):
            return play
        link = {"url": f"{self.url}/bucket/{wish['file_name']}", "method": "PUT", "headers": {"x-sum": wish["sha256"]}}
        return Play(201, body={"attachment_id": f"id-{wish['file_name']}", "upload": link})

    def _accept(self, reference: str, body: bytes) -> Play:
        accepted = {"id": f"id-{reference}", "state": "available", "recipient": {"registered": True}}
        first = self.letters.setdefault(reference, body)
        if first is body:
            return Play(202, body=accepted)
        if first == body:
            return Play(202, {"Idempotency-Replayed": "true"}, accepted)
        return problem(409, "reference-taken", "The reference was used for other content", id=f"id-{reference}")

    def _verify(self, method: str, target: str, headers: dict[str, str], body: bytes) -> str:
        key_id = next((name for name in self.keys if f'keyid="{name}"' in headers.get("signature-input", "")), "")
        algorithm, pem = self.keys.get(key_id, (algorithms.ED25519, b""))
        verifier = HTTPMessageVerifier(
            signature_algorithm=algorithm,
            key_resolver=MappingKeyResolver(public_keys={key_id: pem} if pem else {}, private_keys={}),
        )
        covered = (*COMPONENTS, "content-type", "content-digest") if body else COMPONENTS
        (result,) = verifier.verify(
            SimpleNamespace(method=method, url=self.url + target, headers=headers),
            max_age=timedelta(minutes=5),
            require_components=covered,
            expect_tag="ventanilla",
            body=body,
        )
        lifetime = int(result.parameters["expires"]) - int(result.parameters["created"])
        if lifetime > 300 or len(result.nonce or "") < 22:
            raise HTTPMessageSignaturesException("expires or nonce")
        return str(result.nonce)


def problem(status: int, slug: str, detail: str, **more: object) -> Play:
    """A refusal as the platform words it."""
    body = {"type": f"urn:ventanilla:problem:{slug}", "title": slug, "status": status, "detail": detail, **more}
    return Play(status, {"Content-Type": "application/problem+json"}, {**body, "request_id": "req-1"})


@contextmanager
def running() -> Iterator[Platform]:
    """The platform on a free port."""
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

        def do_GET(self) -> None:
            if self.path == "/bucket/results":
                content = "".join(f"{json.dumps(one)}\n" for one in platform.results).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            platform.files[self.path] = content, self.headers["x-sum"]
            self.send_response(503 if platform.full else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            play = platform.hear(self.command, self.path, headers, body)
            if play.status is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = json.dumps(play.body).encode()
            self.send_response(play.status)
            for name, value in {"Content-Type": "application/json", **play.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass  # quiet

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        platform.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield platform
        server.shutdown()
