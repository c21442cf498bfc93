"""`ventanilla demo` shows the demo data and walks through the main job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from stdnum.ec import ci

from cli.client import InstitutionClient
from cli.errors import CommandError
from cli.walk import Walk, new_cedula
from tests.cli.conftest import KEY_ID, Command, KeyPair


class World:
    """A platform and a citizen's post box, as far as the walk sees them."""

    def __init__(self) -> None:
        self.mails: list[dict[str, str]] = []
        self.password = ""
        self.confirmed = False
        self.notification: dict[str, Any] = {}
        self.state = "available"
        self.broken: dict[str, httpx.Response] = {}
        """Answers out of turn, by path."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.broken:
            return self.broken[path]
        if path == "/_local/outbox":
            return httpx.Response(200, json={"items": self.mails})
        body = json.loads(request.content or "{}")
        signed_in = request.headers.get("authorization") == "Bearer s3ss10n"
        return self._account(path, body) or self._letters(request.method, path, body, signed_in)

    def _account(self, path: str, body: dict[str, str]) -> httpx.Response | None:
        match path:
            case "/v1/portals/demo/registrations":
                self.password = body["password"]
                self._mail("Hola:\nhttp://h/verify#token=v.k1.0.abc.mac\n")
                return httpx.Response(202, json={"status": "pending", "next": "check_email"})
            case "/v1/verifications" if body == {"token": "v.k1.0.abc.mac", "password": self.password}:
                self.confirmed = True
                return httpx.Response(200, json={"status": "active", "next": "sign_in", "portal": "demo"})
            case "/v1/sessions" if self.confirmed and body["password"] == self.password:
                session = {"id": "1", "expires_at": "2027-01-15T20:00:00Z"}
                return httpx.Response(201, json={"session": session, "token": "s3ss10n", "pending": []})
            case "/v1/resets":
                self._mail("Hola:\nhttp://h/reset#token=r.k1.0.abc.mac.\n")
                return httpx.Response(202, json={"status": "pending", "next": "check_email"})
            case "/v1/resets/open":
                return httpx.Response(200, json={"data": {}})
            case "/v1/resets/confirm":
                self.password = body["password"]
                return httpx.Response(204)
        return None

    def _letters(self, method: str, path: str, body: dict[str, str], signed_in: bool) -> httpx.Response:
        match method, path:
            case "POST", "/v1/notifications":
                self.notification = body
                self._mail(f"Tiene una notificación: {body['reference']}")
                return httpx.Response(202, json={"id": "n1", "state": "available", "recipient": {"registered": True}})
            case "GET", "/v1/inbox" if signed_in:
                items = [{"id": "other", "reference": "x"}, {"id": "e1", "reference": self.notification["reference"]}]
                return httpx.Response(200, json={"items": items, "unread_count": 1, "next_cursor": None})
            case "POST", "/v1/inbox/e1/opening" if signed_in:
                self.state = "opened"
                return httpx.Response(200, json={"subject": self.notification["subject"]})
            case "GET", "/v1/notifications/n1":
                timeline = [{"state": "available", "at": ""}, {"state": self.state, "at": ""}]
                return httpx.Response(200, json={"state": self.state, "timeline": timeline})
        return httpx.Response(401, json={"title": "Not allowed", "detail": f"{method} {path}"})

    def _mail(self, text: str) -> None:
        self.mails.insert(0, {"text": text, "subject": "Ventanilla"})


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def walk(world: World, pair: KeyPair) -> Walk:
    transport = httpx.MockTransport(world)
    institution = InstitutionClient("http://h", KEY_ID, pair.private, transport=transport)
    http = httpx.Client(base_url="http://h", transport=transport)
    return Walk(http, institution, portal="demo", sleep=lambda seconds: None)


@pytest.fixture
def demo_file(tmp_path: Path, pair: KeyPair) -> Path:
    data = {
        "base_url": "http://127.0.0.1:9",
        "institution": {"id": "town-hall", "key_id": KEY_ID, "private_key": pair.private.decode()},
        "citizen": {"portal": "demo", "identifier": "1710034065", "password": "a long one", "email": "ana@example.ec"},
        "staff": {"reviewer": {"portal": "staff", "identifier": "1710034073", "password": "another"}},
    }
    file = tmp_path / ".local" / "demo.json"
    file.parent.mkdir()
    file.write_text(json.dumps(data))
    return file


def test_the_walk_goes_through_the_main_job(walk: Walk, world: World):
    results = {title: step() for title, step in walk.steps()}
    assert len(results) == 11
    assert results["the institution sees it opened"] == "available → opened"
    assert world.notification["deadline"] == {"working_days": 10}


@pytest.mark.parametrize(
    ("path", "answer", "step", "words"),
    [
        ("/v1/verifications", httpx.Response(410, json={"title": "Gone"}), "verify the address", "410 Gone"),
        ("/_local/outbox", httpx.Response(200, json={"items": []}), "verify the address", "within 10 seconds"),
        ("/v1/notifications/n1", httpx.Response(200, json={"state": "alerted"}), "the institution", "not opened"),
        ("/v1/inbox", httpx.Response(200, json={"items": []}), "find it in the list", "0 entries"),
    ],
)
def test_the_walk_ends_where_something_fails(
    walk: Walk, world: World, path: str, answer: httpx.Response, step: str, words: str
):
    world.broken[path] = answer
    reached: list[str] = []

    def go() -> None:
        for title, act in walk.steps():
            reached.append(title)
            act()

    with pytest.raises(CommandError, match=words):
        go()
    assert reached[-1].startswith(step)


def test_each_walk_is_somebody_new_with_a_well_formed_number():
    numbers = {new_cedula() for _ in range(200)}
    assert len(numbers) > 190
    assert all(ci.is_valid(number) for number in numbers)


def test_the_demo_data_are_shown_without_the_private_key(ventanilla: Command, demo_file: Path):
    result = ventanilla("demo")
    assert result.exit_code == 0
    for said in ("http://127.0.0.1:9/outbox", KEY_ID, "1710034065", "a long one", "Staff, reviewer", "another"):
        assert said in result.stdout
    assert "PRIVATE" not in result.stdout


def test_each_step_is_told_and_the_first_that_fails_ends_it(
    ventanilla: Command, demo_file: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail() -> str:
        raise CommandError("it is late")

    steps = [("wake up", lambda: "done"), ("catch the bus", fail), ("never", lambda: "reached")]
    monkeypatch.setattr("cli.walk.Walk.steps", lambda self: iter(steps))
    result = ventanilla("demo", "--walk")
    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["1", "wake", "up", "done"],
        ["2", "catch", "the", "bus", "failed"],
    ]
    assert result.stderr == "ventanilla: catch the bus: it is late\n"


def test_a_server_that_is_not_running_is_said(ventanilla: Command, demo_file: Path):
    result = ventanilla("demo", "--walk")
    assert (result.exit_code, "register: no answer from the server" in result.stderr) == (1, True)


@pytest.mark.parametrize("options", [(), ("--walk",)])
def test_without_demo_data_the_way_to_them_is_said(ventanilla: Command, options: tuple[str, ...]):
    result = ventanilla("demo", *options)
    assert (result.exit_code, "make run" in result.stderr) == (1, True)


@pytest.mark.parametrize("options", [(), ("--walk",)])
def test_data_of_another_kind_are_refused(ventanilla: Command, demo_file: Path, options: tuple[str, ...]):
    demo_file.write_text("{}")
    result = ventanilla("demo", *options)
    assert result.exit_code == 1
    assert "not demo data" in result.stderr
