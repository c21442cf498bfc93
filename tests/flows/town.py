"""A town on a running site: people who register, enter and read, and an institution that notifies them."""

from __future__ import annotations

import itertools
import re
import string
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.client import InstitutionClient
from local import Local
from tests.makers import make_cedula, make_noise

_SERIALS = itertools.count(1)
_TOKEN = re.compile(r"/(verify|reset)#token=([\w.~-]+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[^\"]*")
_TABLES = ("Accounts", "Applications", "Tokens", "Institutions", "Outbox", "Notifications")
PROBLEM = "application/problem+json"
FATES = ("sent", "delivered", "bounced", "complained", "alert_withheld")
HOUR, DAY = 3600, 86_400


def new_number() -> str:
    """Return a cédula that nobody in this process has had."""
    return make_cedula(17, next(_SERIALS))


def new_password() -> str:
    """Return a password that nobody in this process has had."""
    return make_noise(string.ascii_letters, 24, next(_SERIALS))


@dataclass
class Town:
    """A site, and clients for its two sides: `http` keeps no cookie, `sender` signs for the demo institution."""

    local: Local
    http: httpx.Client
    sender: InstitutionClient

    def person(self, portal: str = "demo", **given: Any) -> Person:
        """Return somebody who has not registered yet."""
        return Person(self, portal, **given)

    def citizen(self, portal: str = "demo", **given: Any) -> Person:
        """Return somebody who has an account, and has entered."""
        person = self.person(portal, **given)
        expect(person.register(), 202)
        person.confirm()
        person.enter()
        return person

    def settler(self, **given: Any) -> Person:
        """Return somebody whose account at `demo` was there before, and who has entered: no mail was ever sent.

        It takes a quarter of the time of `citizen`, for tests that begin where somebody has an account.
        """
        from ventanilla.domain.accounts import Account, Application, first_epoch
        from ventanilla.domain.ids import random_id
        from ventanilla.wiring import services

        person = self.person(**given)
        form, made, now = person.form, services(), services().clock.now()
        same: dict[str, Any] = {
            "portal": "demo",
            "number": person.number,
            "kind": "cedula",
            "email": person.email,
            "profile": {name: form[name] for name in ("given_names", "surnames")},
            "locale": person.locale,
            "created_at": now,
            "password_hash": made.hasher.hash(person.password),
        }
        application = Application(
            id=random_id(), channel="self", state="confirm", expires_at=now, link_expires_at=now, **same
        )
        account = Account(ref=random_id(), assurance="self_asserted", epoch=first_epoch(), **same)
        with self.local.lock:
            made.applications.submit(application, None)
            made.accounts.open(account, application, opens_mailbox=True, owed=())
        person.enter()
        return person

    def notify(self, to: Person | str, **changes: Any) -> dict[str, Any]:
        """Post a notification, and wait for what follows from it; return the answer."""
        answer = expect(self.sender.post(draft(to, **changes)), 202)
        self.local.settle()
        return answer

    def mails(self, to: str | None = None) -> list[dict[str, str]]:
        """Return the mails to an address, newest first, once everything is settled."""
        self.local.settle()
        return self.local.outbox(to)

    def stored(self) -> dict[str, list[str]]:
        """Return all that lies in the tables, in a form that can be compared."""
        from ventanilla.wiring import services

        client: Any = services().dynamo.connection.client
        found: dict[str, list[str]] = {}
        with self.local.lock:
            for name in _TABLES:
                table = self.local.environment[f"{name.upper()}_TABLE"]
                pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
                found[name] = sorted(repr(sorted(item.items())) for page in pages for item in page["Items"])
        return found

    def institution(self, name: str, *, portals: tuple[str, ...] = ("demo",)) -> InstitutionClient:
        """Return a client of another institution, made as the operator makes one."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        from ventanilla.domain.institutions import Institution
        from ventanilla.usecases.institutions import add_institution, add_key
        from ventanilla.wiring import services

        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        institutions, clock = services().institutions, services().clock
        with self.local.lock:
            add_institution(Institution(name, name.title(), {}, portals), institutions=institutions)
            added = add_key(name, "k1", public, institutions=institutions, clock=clock)
        return InstitutionClient(self.local.base_url, added.id, key)


@dataclass
class Person:
    """Somebody with a number, an address and a password; `session` is the token of the last entry."""

    town: Town
    portal: str = "demo"
    number: str = field(default_factory=new_number)
    email: str = ""
    password: str = field(default_factory=new_password)
    locale: str = "es"
    session: str = ""

    def __post_init__(self) -> None:
        self.email = self.email or f"persona{next(_SERIALS)}@example.ec"

    @property
    def form(self) -> dict[str, Any]:
        """What this person writes into the portal's form."""
        form: dict[str, Any] = {
            "identifier": {"kind": "cedula", "number": self.number},
            "given_names": "Rosa Elvira",
            "surnames": "Quishpe Andrade",
            "email": self.email,
            "password": self.password,
        }
        if self.portal == "ipsot":
            form |= {
                "organization": "170151",
                "unit": "Unidad GAD",
                "position": "Directora de Planificación",
                "work_phone": "022345678",
                "mobile_phone": "0991234567",
            }
        return form

    def register(self, **changes: Any) -> httpx.Response:
        """Hand the form in, with changes."""
        return self.anonymous(f"/v1/portals/{self.portal}/registrations", {**self.form, **changes})

    def verify(self, token: str | None = None, **body: Any) -> httpx.Response:
        """Press behind a mailed link, the newest if not said; the body without a password unless one is given."""
        return self.anonymous("/v1/verifications", {"token": token or self.token("verify"), **body})

    def confirm(self) -> None:
        """Follow the link in the newest mail with one, and type the password again."""
        expect(self.verify(password=self.password), 200)
        self.town.local.settle()

    def sign_in(self, password: str | None = None, **changes: Any) -> httpx.Response:
        """Try to enter."""
        attempt = {"portal": self.portal, "identifier": self.number, "password": password or self.password}
        return self.anonymous("/v1/sessions", {**attempt, **changes})

    def enter(self) -> str:
        """Enter, and keep the session."""
        self.session = str(expect(self.sign_in(), 201)["token"])
        return self.session

    def ask_for_reset(self) -> httpx.Response:
        """Ask for a new password."""
        return self.anonymous("/v1/resets", {"portal": self.portal, "identifier": self.number})

    def reset(self, token: str, password: str) -> httpx.Response:
        """Set a password by a mailed link."""
        return self.anonymous("/v1/resets/confirm", {"token": token, "password": password})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request with this person's session."""
        bearer = {"Authorization": f"Bearer {self.session}", "Accept-Language": self.locale, **headers}
        return self.town.http.request(method, path, json=body, headers=bearer)

    def get(self, path: str) -> dict[str, Any]:
        """Return what this person may see."""
        return expect(self.call("GET", path), 200)

    def open(self, notification: str) -> httpx.Response:
        """Open a notification."""
        return self.call("POST", f"/v1/inbox/{notification}/opening")

    def anonymous(self, path: str, body: Any) -> httpx.Response:
        """Post something without a session."""
        return self.town.http.post(path, json=body, headers={"Accept-Language": self.locale})

    def mails(self) -> list[dict[str, str]]:
        """Return the mails to this person's address, newest first."""
        return self.town.mails(self.email)

    def subjects(self) -> list[str]:
        """Return their subjects."""
        return [mail["subject"] for mail in self.mails()]

    def token(self, page: str) -> str:
        """Return the token of the newest link to a page."""
        return self.tokens(page)[0]

    def tokens(self, page: str) -> list[str]:
        """Return the tokens of all links to a page, newest first."""
        found = [_TOKEN.search(mail["text"]) for mail in self.mails()]
        return [link[2] for link in found if link and link[1] == page]


def draft(to: Person | str, **changes: Any) -> dict[str, Any]:
    """Return a notification to somebody, under a reference of its own; a change to None leaves a field out."""
    number = to if isinstance(to, str) else to.number
    whole = {
        "reference": f"MEMO-{next(_SERIALS)}",
        "portal": "demo",
        "recipient": {"kind": "cedula", "number": number},
        "subject": "Resolución de su solicitud",
        "body": "Su solicitud fue **aceptada**.",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def expect(response: httpx.Response, status: int) -> Any:
    """Return what an answer says, which must have this status."""
    assert response.status_code == status, f"{response.status_code}, not {status}: {response.text[:500]}"
    assert all(time.endswith("Z") for time in _TIME.findall(response.text)), "times are told in UTC, with Z"
    return response.json() if response.content else None


def problem(response: httpx.Response, status: int, slug: str, *fields: str) -> dict[str, Any]:
    """Return a problem, which must be of this kind and name these fields, each with its reason."""
    body = expect(response, status)
    assert response.headers["content-type"] == PROBLEM
    assert body["type"] == f"urn:ventanilla:problem:{slug}"
    assert body["status"] == status
    assert all(body[name] for name in ("title", "detail", "request_id"))
    errors = body.get("errors", [])
    assert {error["field"] for error in errors} == set(fields)
    assert all(error["code"] and error["message"] for error in errors)
    return dict(body)


def codes(body: dict[str, Any]) -> dict[str, str]:
    """Return the code that each field of a problem is refused with."""
    return {error["field"]: error["code"] for error in body["errors"]}


def states(shown: dict[str, Any]) -> list[str]:
    """Return the states that a timeline tells, in its order."""
    return [moment["state"] for moment in shown["timeline"] if moment["state"] not in FATES]


def fates(shown: dict[str, Any]) -> list[str]:
    """Return what a timeline tells of the alert's mail, in its order."""
    return [moment["state"] for moment in shown["timeline"] if moment["state"] in FATES]
