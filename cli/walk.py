"""The main job from end to end, as a citizen and an institution see it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from cli.client import InstitutionClient
from cli.errors import CommandError
from cli.problems import answer

PATIENCE, PAUSE = 10.0, 0.2  # seconds: for a mail to arrive, and between two looks
Step = Callable[[], str]


class Walk:
    """A new citizen registers and receives a notification; each step returns what came of it, or raises."""

    def __init__(
        self, http: httpx.Client, institution: InstitutionClient, *, portal: str, sleep: Callable[[float], None]
    ) -> None:
        """Takes a client of the citizen's side and one of the institution's; `sleep` between looks for a mail."""
        self._http = http
        self._institution = institution
        self._portal = portal
        self._sleep = sleep
        self._number = new_cedula()
        self._email = f"walk-{secrets.token_hex(6)}@example.ec"
        self._password = secrets.token_urlsafe(15)
        self._reference = f"WALK-{secrets.token_hex(6)}"
        self._session = ""
        self._entry = ""

    def steps(self) -> Iterator[tuple[str, Step]]:
        """The steps in their order, each with its title."""
        yield "register", self.register
        yield "verify the address", self.verify
        yield "sign in", self.sign_in
        yield "post a signed notification", self.post
        yield "receive the alert", self.receive_alert
        yield "find it in the list", self.find
        yield "open it", self.open
        yield "the institution sees it opened", self.check_opened
        yield "ask for a new password", self.ask_for_reset
        yield "set it by the mailed link", self.reset
        yield "sign in with it", self.sign_in

    def register(self) -> str:
        """Register with the mailed link and an own password."""
        said = self._post(
            f"/v1/portals/{self._portal}/registrations",
            identifier={"kind": "cedula", "number": self._number},
            given_names="Ana María",
            surnames="Paseo Guiado",
            email=self._email,
            password=self._password,
        )
        return f"{said['status']}, next: {said['next']} ({self._number}, {self._email})"

    def verify(self) -> str:
        """Follow the mailed link, and type the password again."""
        said = self._post("/v1/verifications", token=self._mailed_token("verify"), password=self._password)
        _expect(said["status"] == "active", f"the account is {said['status']}, not active")
        return f"{said['status']}, next: {said['next']}"

    def sign_in(self) -> str:
        """Open a session."""
        said = self._post("/v1/sessions", portal=self._portal, identifier=self._number, password=self._password)
        _expect(not said["pending"], f"steps are pending: {', '.join(said['pending'])}")
        self._session = said["token"]
        return f"until {said['session']['expires_at']}"

    def post(self) -> str:
        """Post a notification to the citizen, signed."""
        notification = {
            "reference": self._reference,
            "portal": self._portal,
            "recipient": {"kind": "cedula", "number": self._number},
            "subject": "Notificación de prueba",
            "body": "Esta es una **prueba** del recorrido completo.",
            "deadline": {"working_days": 10},
        }
        said = answer(self._institution.post(notification))
        self._notification = said["id"]
        return f"{said['state']} ({self._reference})"

    def receive_alert(self) -> str:
        """Find the alert among the mails sent."""
        mail = self._mail(self._reference)
        return f"“{mail['subject']}”"

    def find(self) -> str:
        """Find the notification in the mailbox by its reference."""
        page = answer(self._http.get("/v1/inbox", headers=self._bearer))
        entries = [item["id"] for item in page["items"] if item["reference"] == self._reference]
        _expect(len(entries) == 1, f"{len(entries)} entries of the list bear the reference")
        self._entry = entries[0]
        return f"{page['unread_count']} unread"

    def open(self) -> str:
        """Open it."""
        said = answer(self._http.post(f"/v1/inbox/{self._entry}/opening", headers=self._bearer))
        return f"“{said['subject']}”"

    def check_opened(self) -> str:
        """See the opening as the institution sees it."""
        said = answer(self._institution.get(self._notification))
        _expect(said["state"] == "opened", f"the notification is {said['state']}, not opened")
        return " → ".join(moment["state"] for moment in said["timeline"])

    def ask_for_reset(self) -> str:
        """Ask for a new password."""
        self._post("/v1/resets", portal=self._portal, identifier=self._number)
        return "accepted"

    def reset(self) -> str:
        """Set a new password by the mailed link."""
        token = self._mailed_token("reset")
        self._post("/v1/resets/open", token=token)
        self._password = secrets.token_urlsafe(15)
        self._post("/v1/resets/confirm", token=token, password=self._password)
        return "done"

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._session}"}

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        return answer(self._http.post(path, json=body))

    def _mailed_token(self, page: str) -> str:
        text = self._mail(f"/{page}#token=")["text"]
        found = re.search(rf"/{page}#token=([\w.~-]+)", text)
        if found is None:
            raise CommandError(f"the mail has no link to /{page}")
        return found[1]

    def _mail(self, containing: str) -> dict[str, str]:
        """The newest mail to the citizen with these words, as soon as it has been sent."""
        for _ in range(round(PATIENCE / PAUSE)):
            mails: list[dict[str, str]] = answer(self._http.get("/_local/outbox", params={"to": self._email}))["items"]
            if found := next((mail for mail in mails if containing in mail["text"]), None):
                return found
            self._sleep(PAUSE)
        raise CommandError(f"no mail with “{containing}” came within {PATIENCE:.0f} seconds")


def new_cedula() -> str:
    """A random number that is well formed as a cédula (Pichincha; modulus 10 over weights 2 and 1)."""
    digits = [1, 7, secrets.randbelow(6), *(secrets.randbelow(10) for _ in range(6))]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return "".join(map(str, [*digits, -sum(doubled) % 10]))


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CommandError(otherwise)
