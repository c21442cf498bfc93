"""Each function, fed from events/*.json on stores that begin empty; whatever it does, its log is read for secrets."""

from __future__ import annotations

import copy
import importlib
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.client import InstitutionClient
from tests.conftest import ROOT
from tests.fakes import BASE_URL, NOW, Clock
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.ids import random_id
from ventanilla.domain.institutions import Institution
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.institutions import add_institution, add_key
from ventanilla.wiring import Services

EVENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "events").glob("*.json"))}
HTTP = {name: event for name, event in EVENTS.items() if "requestContext" in event}
NUMBER = json.loads(EVENTS["register"]["body"])["identifier"]["number"]
PASSWORD = json.loads(EVENTS["register"]["body"])["password"]
NEW_PASSWORD = json.loads(EVENTS["account.password-unauthenticated"]["body"])["new"]
EMAIL = json.loads(EVENTS["register"]["body"])["email"]
NOTIFICATION = EVENTS["notify.show-unsigned"]["pathParameters"]["id"]
INSTITUTION = "municipio-ejemplo"
PERSONAL = (NUMBER, PASSWORD, NEW_PASSWORD, EMAIL, "gad.example.ec", "Ana", "Lucía", "Prueba", "Resolución", "resuelto")
"""What no log may hold, besides every token that was given out."""
KEY = Ed25519PrivateKey.generate()


def event_of(name: str, **changes: Any) -> dict[str, Any]:
    """A sample event with another body (an object), other headers (None takes one away), or other parts."""
    event = copy.deepcopy(EVENTS[name])
    body = changes.pop("body", None)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    for header, value in changes.pop("headers", {}).items():
        event["headers"].pop(header, None)
        if value is not None:
            event["headers"][header] = value
    if query := changes.pop("query", None):
        event["rawQueryString"] = str(httpx.QueryParams(query))
        event["queryStringParameters"] = query
    return {**event, **changes}


@dataclass(frozen=True)
class Answer:
    """What a function answered to an HTTP event."""

    raw: Mapping[str, Any]

    @property
    def status(self) -> int:
        return int(self.raw["statusCode"])

    @property
    def headers(self) -> dict[str, str]:
        """With their names in lower case; a name that comes twice is a mistake."""
        headers = {name.lower(): value for name, value in self.raw["headers"].items()}
        assert len(headers) == len(self.raw["headers"])
        return headers

    @property
    def cookies(self) -> dict[str, str]:
        """Each cookie's whole text by its name."""
        return {cookie.partition("=")[0]: cookie for cookie in self.raw.get("cookies") or []}

    @property
    def text(self) -> str:
        return self.raw.get("body") or ""

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def problem(self) -> str:
        """The slug of a problem, which is one in form as well."""
        assert self.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "request_id"} <= self.json.keys()
        assert self.json["status"] == self.status
        assert self.json["request_id"] == "request-1"
        return str(self.json["type"]).removeprefix("urn:ventanilla:problem:")

    @property
    def faults(self) -> set[tuple[str, str]]:
        """Field and code of each line of a 422."""
        assert all(one["message"] and "{" not in one["message"] for one in self.json["errors"])
        return {(one["field"], one["code"]) for one in self.json["errors"]}


class Context:
    """What Lambda hands over beside the event."""

    aws_request_id = "request-1"
    function_name = "function"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"


@dataclass
class Log:
    """What was logged, and what must not be in it."""

    stream: StringIO
    secrets: set[str] = field(default_factory=lambda: set(PERSONAL))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def log(services: Services, caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """The log of the functions; at the end of each test it is read for personal data and tokens."""
    for path in (ROOT / "functions").glob("*/app.py"):
        importlib.import_module(f"functions.{path.parent.name}.app")
    log = Log(StringIO())
    handlers = [handler for name in ("ventanilla", "service_undefined") for handler in logging.getLogger(name).handlers]
    streams = [
        (handler, handler.setStream(log.stream)) for handler in handlers if isinstance(handler, logging.StreamHandler)
    ]
    yield log
    for handler, stream in streams:
        handler.setStream(stream)  # type: ignore[arg-type]  # the one that was there
    said = log.stream.getvalue() + caplog.text
    assert [secret for secret in log.secrets if secret in said] == []


class Site:
    """The functions, and the stores behind them."""

    def __init__(self, services: Services, log: Log, clock: Clock) -> None:
        self.services, self.log, self.clock = services, log, clock

    def call(self, event: Mapping[str, Any] | str, **changes: Any) -> Answer:
        """Feed an event to its function; the name of a sample may be given instead."""
        name = (
            event if isinstance(event, str) else next(one for one in HTTP if HTTP[one]["routeKey"] == event["routeKey"])
        )
        sent = event_of(name, **changes) if isinstance(event, str) else event
        answer = Answer(self.app(name.partition(".")[0])(sent, Context()))
        if answer.status == 201 and "token" in answer.json:
            self.log.secrets |= {answer.json["token"], answer.json["token"].partition(".")[2]}
        return answer

    def handle(self, name: str, event: Mapping[str, Any] | None = None) -> Any:
        """Feed an event that is no request to its function."""
        return importlib.import_module(f"functions.{name.partition('.')[0]}.app").handler(
            event or EVENTS[name], Context()
        )

    def app(self, step: str) -> Callable[..., Any]:
        app: Callable[..., Any] = importlib.import_module(f"functions.{step}.app").app
        return app

    def token(self, purpose: str, slot: str, token_id: str) -> str:
        """A one-time token as it is mailed."""
        token = self.services.keys.keyring(NOW).write(OneTimeToken(purpose, slot, token_id))
        self.log.secrets.add(token)
        return token

    def application(self, **changes: Any) -> Application:
        """An application whose link was just mailed."""
        now = self.clock.now()
        values: dict[str, Any] = {
            "id": "01KJM5Q7G0ABCDEFGHJKMNPQRS",
            "portal": "demo",
            "channel": "self",
            "number": NUMBER,
            "kind": "cedula",
            "state": "confirm",
            "email": EMAIL,
            "profile": {"given_names": "Ana Lucía", "surnames": "Prueba Ejemplo"},
            "locale": "es",
            "password_hash": self.services.hasher.hash(PASSWORD),
            "created_at": now,
            "expires_at": now + timedelta(days=30),
            "link_expires_at": now + timedelta(hours=24),
            **changes,
        }
        application = Application(**values)
        self.services.applications.submit(application, None)
        return application

    def account(self, **changes: Any) -> Account:
        """An account that is there already, with its mailbox if its portal's opens for it."""
        values: dict[str, Any] = {
            "portal": "demo",
            "number": NUMBER,
            "kind": "cedula",
            "ref": random_id(),
            "email": EMAIL,
            "profile": {"given_names": "Ana Lucía", "surnames": "Prueba Ejemplo"},
            "assurance": "self_asserted",
            "locale": "es",
            "created_at": self.clock.now(),
            "password_hash": self.services.hasher.hash(PASSWORD),
            **changes,
        }
        account = Account(**values)
        application = self.application(portal=account.portal, number=account.number)
        opens = self.services.portals.get(account.portal).opens_mailbox(account.assurance)
        self.services.accounts.open(account, application, opens_mailbox=opens, owed=())
        return account

    def enter(self, account: Account) -> str:
        """Sign in; the session's token."""
        credentials = {"portal": account.portal, "identifier": account.number, "password": PASSWORD}
        return str(self.call("session.invalid-credentials", body=credentials).json["token"])

    def over_http(self) -> None:
        """Serve from a plain local address."""
        self.services.settings = replace(self.services.settings, base_url="http://127.0.0.1:8000")

    def owed(self) -> list[str]:
        """The kinds of what is owed."""
        return sorted(str(item.kind) for item in self.services.outbox._row.scan())


@pytest.fixture
def site(services: Services, log: Log, clock: Clock) -> Site:
    return Site(services, log, clock)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a session."""
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def institution(site: Site) -> Institution:
    """An institution with a key, which may post to two mailboxes."""
    institution = Institution(INSTITUTION, "Municipio de Ejemplo", {"email": "m@example.ec"}, ("demo", "office"))
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    add_institution(institution, institutions=site.services.institutions)
    add_key(INSTITUTION, "k1", public, institutions=site.services.institutions, clock=site.clock)
    return institution


class Signer:
    """An institution's system: the product's own client, whose requests become events."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda event: event
        self.client = InstitutionClient(
            BASE_URL, f"{INSTITUTION}.k1", KEY, clock=site.clock.wall, transport=httpx.MockTransport(self._answer)
        )

    def post(self, **changes: Any) -> Answer:
        return self._read(self.client.post({**json.loads(EVENTS["notify.unsigned"]["body"]), **changes}))

    def declare(self, **changes: Any) -> Answer:
        wish = {**json.loads(EVENTS["attachments.unsigned"]["body"]), **changes}
        return self._read(self.client.request("POST", "/v1/attachments", body=json.dumps(wish).encode()))

    def attachment(self, attachment_id: str, number: str = NOTIFICATION) -> Answer:
        return self._read(self.client.request("GET", f"/v1/notifications/{number}/attachments/{attachment_id}"))

    def show(self, number: str = NOTIFICATION) -> Answer:
        return self._read(self.client.get(number))

    def cancel(self, number: str = NOTIFICATION, reason: str | None = None) -> Answer:
        return self._read(self.client.cancel(number, reason))

    def deadline(self, number: str = NOTIFICATION) -> Answer:
        return self._read(self.client.deadline(number))

    def receipt(self, number: str = NOTIFICATION, **query: str) -> Answer:
        return self._read(self.client.request("GET", f"/v1/notifications/{number}/receipt", params=query))

    def list(self, cursor: str | None = None) -> Answer:
        return self._read(self.client.list(cursor))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """Carry a request to the function as the gateway does."""
        path = request.url.path
        number = re.fullmatch(r"/v1/notifications/([^/]+)(/cancel|/deadline)?", path)
        name = "notify.unsigned" if request.method == "POST" else "notify.list-unsigned"
        if path == "/v1/events":
            name = "notify.events-unsigned"
        recipient = re.fullmatch(r"/v1/recipients/([^/]+)/([^/]+)", path)
        if recipient:
            name = "notify.recipients-unsigned"
        if number:
            name = f"notify.{(number[2] or '/show')[1:]}-unsigned"
        attachment = re.fullmatch(r"/v1/notifications/([^/]+)/attachments/([^/]+)", path)
        receipt = re.fullmatch(r"/v1/notifications/([^/]+)/receipt", path)
        if receipt:
            name = "receipts.sent-unsigned"
        if attachment or path == "/v1/attachments":
            name = "attachments.sent-unsigned" if attachment else "attachments.unsigned"
        event = event_of(name, headers=dict(request.headers), query=dict(request.url.params), rawPath=path)
        event["body"] = request.content.decode()
        if number or receipt:
            event["pathParameters"] = {"id": path.split("/")[3]}
        if recipient:
            event["pathParameters"] = {"kind": recipient[1], "number": recipient[2]}
        if attachment:
            event["pathParameters"] = {"id": attachment[1], "attachment_id": attachment[2]}
        answer = self.site.call(self.change(event))
        headers = [*answer.headers.items(), *(("set-cookie", cookie) for cookie in answer.cookies.values())]
        return httpx.Response(answer.status, headers=headers, text=answer.text)

    @staticmethod
    def _read(response: httpx.Response) -> Answer:
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Answer({"statusCode": response.status_code, "headers": headers, "body": response.text})


@pytest.fixture
def signer(site: Site, institution: Institution) -> Iterator[Signer]:
    signer = Signer(site)
    yield signer
    signer.client.close()
