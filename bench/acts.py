"""What people and institutions do, through the functions' own doors."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

from bench.events import Signer, messages, request
from bench.stage import Stage
from local.people import make_cedula

INSTITUTION = "bench-institution"
WHERE = "demo"
"""The portal with a mailbox that everybody's account opens."""
_BODY = "Se le comunica lo resuelto en el expediente. "


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a portal; `token` is that of a session."""

    number: str
    password: str
    portal: str = WHERE
    token: str = ""


class Acts:
    """Events that somebody causes, and whole procedures."""

    def __init__(self, stage: Stage) -> None:
        from ventanilla.domain.institutions import Institution
        from ventanilla.usecases.institutions import add_institution, add_key

        self.stage = stage
        self.signer = Signer(f"{INSTITUTION}.k1")
        institutions, clock = stage.services.institutions, stage.services.clock
        contact = {"email": "bench@example.ec", "phone": "+59322000000", "website": "https://example.ec"}
        add_institution(Institution(INSTITUTION, "Institución", contact, (WHERE,)), institutions=institutions)
        add_key(INSTITUTION, "k1", self.signer.public_key, institutions=institutions, clock=clock)

    @staticmethod
    def stranger(portal: str = WHERE) -> Person:
        """Return somebody who has no account."""
        return Person(make_cedula(), secrets.token_urlsafe(24), portal)

    def citizen(self, portal: str = WHERE) -> Person:
        """Return somebody who has an account and has entered."""
        person = self.stranger(portal)
        self.do("RegisterFunction", self.registration(person))
        self.do("VerifyFunction", self.verification(person))
        self.stage.empty("OutboxTable")
        return replace(person, token=self.enter(person))

    def enter(self, person: Person) -> str:
        """Return the token of a new session."""
        token: str = self.do("SessionFunction", self.sign_in(person))["token"]
        return token

    def do(self, function: str, event: dict[str, Any]) -> Any:
        """Run a function that must succeed, and return its answer's body."""
        answer = self.stage.invoke(function, event)
        succeeded(function, answer)
        return json.loads(answer["body"]) if answer.get("body") else answer

    def mail(self, kind: str) -> str:
        """Let the newest mail of a kind be sent; return the token in it."""
        self.do("MailFunction", self.mail_event(kind))
        return self.stage.mailed_token()

    def mail_event(self, kind: str) -> dict[str, Any]:
        """Return what lets a mail of a kind be sent."""
        return messages("UrgentQueue", {"id": self.stage.owed(kind)[-1]})

    @staticmethod
    def registration(person: Person) -> dict[str, Any]:
        """Return the form of a portal, filled in."""
        form: dict[str, Any] = {
            "identifier": {"kind": "cedula", "number": person.number},
            "given_names": "María Fernanda",
            "surnames": "Pérez Ejemplo",
            "email": f"persona{person.number}@example.ec",
            "password": person.password,
        }
        if person.portal == "ipsot":
            form |= {"organization": "0101", "unit": "Unidad GAD", "position": "Analista de planificación"}
            form |= {"work_phone": "072831900", "mobile_phone": "0991234567"}
        return request("POST /v1/portals/{portal}/registrations", form, portal=person.portal)

    def verification(self, person: Person) -> dict[str, Any]:
        """Return what follows the link of the last registration's mail."""
        body = {"token": self.mail("registration"), "password": person.password}
        return request("POST /v1/verifications", body)

    @staticmethod
    def sign_in(person: Person, **options: str) -> dict[str, Any]:
        """Return the attempt to enter."""
        body = {"portal": person.portal, "identifier": person.number, "password": person.password}
        return request("POST /v1/sessions", body, **options)

    @staticmethod
    def reset(person: Person) -> dict[str, Any]:
        """Return the wish for a new password."""
        return request("POST /v1/resets", {"portal": person.portal, "identifier": person.number})

    def post(self, person: Person, reference: str | None = None) -> dict[str, Any]:
        """Return a notification of 2 KB to somebody, signed."""
        body = (_BODY * (2048 // len(_BODY) + 1))[:2048]
        draft = {
            "reference": reference or f"EXP-{secrets.token_hex(6)}",
            "portal": person.portal,
            "recipient": {"kind": "cedula", "number": person.number},
            "subject": "Resolución del expediente",
            "body": body,
            "category": "resolucion",
            "deadline": {"working_days": 10},
        }
        return self.signer.sign(request("POST /v1/notifications", draft))


def succeeded(function: str, answer: Any) -> None:
    """Make sure that a function has not refused or failed."""
    if answer.get("statusCode", 200) >= 300 or answer.get("batchItemFailures"):
        raise RuntimeError(f"{function} answered {answer}")
