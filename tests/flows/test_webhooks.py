"""An institution's own address gets its events, signed; when it fails, nothing is lost and somebody is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, algorithms

from tests.flows.town import HOUR, Town, expect, problem
from ventanilla.domain.jose import from_base64url

COVERED = ("@method", "@authority", "@path", "@query", "content-type", "content-digest")


class Receiver:
    """An institution's system: it believes nothing that the platform has not signed."""

    def __init__(self, town: Town) -> None:
        self.town, self.url, self.status = town, "", 200
        self.calls: list[dict[str, Any]] = []
        self.refused = 0

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(event["notification"], event["state"]) for call in self.calls for event in call["items"]]

    def take(self, target: str, headers: dict[str, str], body: bytes) -> int:
        if self.status != 200:
            self.refused += 1
            return self.status
        verifier = HTTPMessageVerifier(
            signature_algorithm=algorithms.ECDSA_P256_SHA256,
            key_resolver=MappingKeyResolver(public_keys=self.keys, private_keys={}),
        )
        message = SimpleNamespace(method="POST", url=self.url.rpartition("/v")[0] + target, headers=headers)
        verifier.verify(
            message,
            max_age=timedelta(minutes=5),
            require_components=COVERED,
            expect_tag="ventanilla-webhook",
            body=body,
        )
        self.calls.append(json.loads(body))
        return 204

    def learn_keys(self) -> None:
        """Read the platform's keys, as one does once."""
        self.keys = {}
        for key in expect(self.town.http.get("/v1/keys"), 200)["keys"]:
            x, y = (int.from_bytes(from_base64url(key[name])) for name in ("x", "y"))
            self.keys[key["kid"]] = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


@pytest.fixture
def receiver(town: Town) -> Iterator[Receiver]:
    receiver = Receiver(town)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                status = receiver.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            except Exception:  # noqa: BLE001  # whatever does not verify
                status = 401
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/v?token=a"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        receiver.learn_keys()
        yield receiver
        server.shutdown()


@pytest.fixture
def hook(town: Town) -> Iterator[Any]:
    """Ask as the demo institution's system; at the end there is no webhook any more."""
    institution = town.local.demo["institution"]["id"]

    def hook(method: str = "GET", verb: str = "", body: Any = None) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        return town.sender.request(method, f"/v1/institutions/{institution}/webhook{verb}", body=content)

    yield hook
    hook("DELETE")


def followed(town: Town, after: str) -> list[tuple[str, str]]:
    """What the institution's feed tells behind a place."""
    items = expect(town.sender.events(after=after, limit=1000), 200)["items"]
    return [(event["notification"], event["state"]) for event in items]


def test_events_come_by_themselves_signed_and_in_order(town: Town, receiver: Receiver, hook: Any):
    begun = expect(hook("PUT", body={"url": receiver.url}), 200)["delivered"]
    citizen = town.settler()
    number = town.notify(citizen)["id"]
    expect(citizen.open(number), 200)
    town.local.settle()
    assert receiver.events == followed(town, begun)
    assert (number, "opened") in receiver.events
    assert expect(hook(), 200)["delivered"] == receiver.calls[-1]["next"]


def test_an_address_that_fails_loses_nothing_and_its_institution_is_told(town: Town, receiver: Receiver, hook: Any):
    begun = expect(hook("PUT", body={"url": receiver.url}), 200)["delivered"]
    citizen = town.settler()
    receiver.status = 503
    town.notify(citizen)
    assert expect(hook(), 200)["status"] == "failing"
    for _ in range(3):
        town.local.advance(HOUR)
        town.local.settle()
    assert receiver.refused > 2
    contact = "demo@example.ec"
    assert "Su webhook no responde" in town.mails(contact)[0]["subject"]
    assert "token" not in town.mails(contact)[0]["text"]

    for _ in range(24):
        town.local.advance(HOUR)
        town.local.settle()
    said = expect(hook(), 200)
    assert (said["status"], said["last_error"], said["delivered"]) == ("paused", "status-503", begun)
    assert [mail["subject"].partition(" (")[0] for mail in town.mails(contact)][:2] == [
        "Su webhook está en pausa",
        "Su webhook no responde",
    ]

    before = receiver.refused
    town.notify(citizen)  # nothing is tried while it is paused
    assert receiver.refused == before
    receiver.status = 200
    expect(hook("POST", "/resume"), 200)
    town.local.settle()
    assert receiver.events == followed(town, begun)
    assert expect(hook(), 200)["status"] == "active"


def test_it_replays_from_any_place(town: Town, receiver: Receiver, hook: Any):
    town.notify(town.settler())
    expect(hook("PUT", body={"url": receiver.url}), 200)
    expect(hook("POST", "/resume", {"after": "0"}), 200)
    town.local.settle()
    assert receiver.events == followed(town, "0")


def test_only_its_own_institution_sets_it_and_only_to_public_addresses(town: Town, hook: Any):
    institution = town.local.demo["institution"]["id"]
    for url in ("https://169.254.169.254/latest/", "https://localhost/", "http://example.ec/", "file:///etc/passwd"):
        problem(hook("PUT", body={"url": url}), 422, "validation", "url")
    with town.institution("otra-entidad") as stranger:
        body = b'{"url": "https://a.example.ec/"}'
        path = f"/v1/institutions/{institution}/webhook"
        problem(stranger.request("PUT", path, body=body), 404, "not-found")
    problem(town.http.get(path), 401, "signature-missing")
