"""A bureau on a running site: its staff, and the members of a made-up club with security questions."""

from __future__ import annotations

import itertools
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyotp

from local import Local
from local.site import RuntimeName
from tests.makers import make_cedula
from tests.solving import solve
from ventanilla.domain.grants import Grant

ROOT = Path(__file__).resolve().parents[2]
PASSWORD, NEW_PASSWORD = "correcto caballo batería", "otra frase muy larga 7"
_SERIALS = itertools.count(500_001)
_TOKEN = re.compile(r"#token=([\w.~-]+)")
CLUB = """
id = "club"
name = "Club de prueba"
institution = "Club"
local_only = true

[security_questions]
ask = 2
file = "ibarra/questions.toml"

[[channels]]
id = "self"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "form"

[[sections]]
id = "applicant"
fields = [
  { name = "given_names", kind = "person_name", label = "Nombres" },
  { name = "surnames", kind = "person_name", label = "Apellidos" },
  { name = "email", kind = "email", label = "Correo" },
]
"""


@dataclass
class Bureau:
    """A site, and a client that keeps no cookie."""

    local: Local
    http: httpx.Client

    def call(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> httpx.Response:
        """Send a request, and again where the answer says that others were at the same thing and nothing was done."""
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        for _ in range(5):
            answer = self.http.request(method, path, json=body, headers={**bearer, **headers})
            if answer.status_code != 429 or not answer.json()["type"].endswith(":busy"):
                break
        return answer

    def expect(self, status: int, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Any:
        """Send a request that must be answered with a status; return what the answer says."""
        answer = self.call(method, path, body, token, **headers)
        assert answer.status_code == status, f"{answer.status_code}, not {status}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    def refused(self, slug: str, status: int, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """Send a request that must be refused with a slug; return the problem."""
        problem = self.expect(status, method, path, body, token)
        assert problem["type"] == f"urn:ventanilla:problem:{slug}"
        return problem

    def mails(self, address: str) -> list[dict[str, str]]:
        """Return the mails to an address, newest first, once all is done that follows from what was sent."""
        self.local.settle()
        return self.local.outbox(address)

    def subjects(self, address: str) -> list[str]:
        """Return their subjects."""
        return [mail["subject"] for mail in self.mails(address)]

    def sender(self, address: str) -> str:
        """Return whom the newest mail to an address comes from, as its reader sees it."""
        self.local.settle()
        return dict(self.local._outbox.mails(address)[0].headers)["From"]

    def solved(self, action: str, portal: str) -> str:
        """Fetch a challenge for an action, and return what goes into the body's `captcha`."""
        return solve(self.expect(200, "GET", f"/v1/captcha?action={action}&portal={portal}"))

    def mailed_token(self, address: str) -> str:
        """Return the token of the newest link to an address."""
        found = next(filter(None, (_TOKEN.search(mail["text"]) for mail in self.mails(address))))
        return found[1]

    def invite(self, *grants: Grant) -> Member:
        """Let the operator invite somebody, who sets a password."""
        from ventanilla.usecases.invitations import Invitation, invite
        from ventanilla.wiring import services

        number = make_cedula(17, next(_SERIALS))
        member = Member(self, "staff", number, f"{number}@mintel.example.ec")
        fields = {"full_name": "Eva Paz", "position": "Analista", "work_phone": "022345678", "email": member.email}
        given = services()
        with self.local.lock:
            invite(
                Invitation("cedula", number, fields, grants),
                portals=given.portals,
                catalogues=given.portals.catalogue,
                applications=given.applications,
                accounts=given.accounts,
                audits=given.audits,
                hasher=given.hasher,
                clock=given.clock,
            )
        token = self.mailed_token(member.email)
        self.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
        return member

    def administrator(self, *portals: str) -> Member:
        """Return somebody who administers portals, has enrolled a second factor, and has entered."""
        member = self.invite(*(Grant("portal_admin", portal) for portal in portals))
        member.enter()
        member.enrol()
        return member

    def citizen(self, portal: str) -> Member:
        """Return somebody who has registered and confirmed."""
        number = make_cedula(17, next(_SERIALS))
        member = Member(self, portal, number, f"{number}@example.ec")
        form = {
            "identifier": {"kind": "cedula", "number": number},
            "given_names": "Rosa",
            "surnames": "Quishpe",
            "email": member.email,
            "password": PASSWORD,
        }
        self.expect(202, "POST", f"/v1/portals/{portal}/registrations", form)
        token = self.mailed_token(member.email)
        self.expect(200, "POST", "/v1/verifications", {"token": token, "password": PASSWORD})
        return member


@dataclass
class Member:
    """Somebody with an account, and the token of the last entry."""

    bureau: Bureau
    portal: str
    number: str
    email: str
    token: str = ""
    secret: str = ""
    recovery_codes: tuple[str, ...] = ()

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        """Try to enter."""
        attempt = {"portal": self.portal, "identifier": self.number, "password": password}
        return self.bureau.call("POST", "/v1/sessions", attempt)

    def enter(self) -> dict[str, Any]:
        """Enter; return what the answer says."""
        answer = self.sign_in()
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        self.token = said["token"]
        return said

    def call(self, status: int, method: str, path: str, body: Any = None) -> Any:
        """Send a request with this person's session."""
        return self.bureau.expect(status, method, path, body, self.token)

    def refused(self, slug: str, status: int, method: str, path: str, body: Any = None) -> Any:
        """Send a request with this person's session that must be refused."""
        return self.bureau.refused(slug, status, method, path, body, self.token)

    def enrol(self, **said: Any) -> None:
        """Enrol an app."""
        self.secret = self.call(200, "POST", "/v1/me/second-factor", said)["secret"]
        done = self.call(200, "POST", "/v1/me/second-factor", {"code": self.code(0)})
        self.recovery_codes = tuple(done["recovery_codes"])

    def code(self, steps: int = 1) -> str:
        """Return what the app shows some steps from now, by the real hour; the next one was not used to enrol."""
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30 * steps)


@contextmanager
def bureau(folder: Path, *, runtime: RuntimeName = "inproc", **more: str) -> Iterator[Bureau]:
    """A running site with the club, and more made-up portals, beside the others; passwords cost next to nothing."""
    from ventanilla.adapters.hasher import Argon2Hasher
    from ventanilla.wiring import services

    root = folder / "root"
    shutil.copytree(ROOT / "portals", root / "portals")
    for name, definition in {"club": CLUB, **more}.items():
        (root / "portals" / f"{name}.toml").write_text(definition, encoding="utf-8")
    for path in ROOT.iterdir():
        if path.name != "portals" and not path.name.startswith("."):
            (root / path.name).symlink_to(path)
    with (
        Local(data_dir=folder / "data", demo=False, root=root, runtime=runtime, concurrency=4) as local,
        httpx.Client(base_url=local.base_url, timeout=60) as http,
    ):
        services().__dict__["hasher"] = Argon2Hasher(memory_kib=8)
        http.event_hooks["response"].append(lambda _: http.cookies.clear())
        yield Bureau(local, http)
