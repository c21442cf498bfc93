"""Applications with documents on a running site: forms are handed in, papers signed, and reviewers decide."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local.site import RuntimeName
from tests.flows.bureau import Bureau, Member, bureau
from tests.makers import make_cedula, make_company_ruc
from tests.signing import Authority, Holder, Layout, sign
from tests.solving import little_work
from ventanilla.domain.grants import Grant

_SERIALS = itertools.count(700_001)
PDF = "application/pdf"


@dataclass
class Someone:
    """A person who has a number, a name and an address."""

    name: str
    number: str = field(default_factory=lambda: make_cedula(17, next(_SERIALS)))
    email: str = ""

    def __post_init__(self) -> None:
        self.email = self.email or f"p{self.number}@example.ec"

    @property
    def identifier(self) -> dict[str, str]:
        """The number as forms take it."""
        return {"kind": "cedula", "number": self.number}


@dataclass
class Cooperative:
    """An organisation with its legal representative."""

    representative: Someone = field(default_factory=lambda: Someone("José Ignacio Cueva Ríos"))
    ruc: str = field(default_factory=lambda: make_company_ruc(17, next(_SERIALS)))
    legal_name: str = "Cooperativa El Ejemplo"

    @property
    def email(self) -> str:
        """Its own address."""
        return f"c{self.ruc}@example.ec"

    @property
    def form(self) -> dict[str, Any]:
        """The section `organization` of SEPS."""
        return {
            "ruc": self.ruc,
            "legal_name": self.legal_name,
            "email": self.email,
            "level": "Nivel 2",
            "representative_identifier": self.representative.identifier,
            "representative_name": self.representative.name,
            "representative_email": self.representative.email,
        }


@dataclass
class Desk(Bureau):
    """A bureau that trusts one authority's certificates."""

    authority: Authority

    def member(self, someone: Someone, portal: str) -> Member:
        """Return somebody as the owner of an account."""
        return Member(self, portal, someone.number, someone.email)

    def reviewer(self, role: str, scope: str) -> Member:
        """Return a member of the staff with a role, who has enrolled a second factor and entered."""
        member = self.invite(Grant(role, scope))
        member.enter()
        member.enrol()
        return member

    def apply(self, portal: str, form: dict[str, Any]) -> Request:
        """Hand a form in that leads to documents."""
        said = self.expect(
            202, "POST", f"/v1/portals/{portal}/registrations", {**form, "captcha": self.solved("register", portal)}
        )
        assert (said["status"], said["next"]) == ("pending", "documents")
        return Request(self, said["application"]["id"], said["application"]["access_token"])

    def faults(self, portal: str, form: dict[str, Any]) -> dict[str, str]:
        """Hand a form in that must be refused; return the code by the field."""
        whole = {**form, "captcha": self.solved("register", portal)}
        said = self.refused("validation", 422, "POST", f"/v1/portals/{portal}/registrations", whole)
        return {error["field"]: error["code"] for error in said["errors"]}


@dataclass
class Request:
    """An application, and the token that opens it."""

    desk: Desk
    id: str
    token: str

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/v1/applications/{self.id}"

    def shown(self) -> dict[str, Any]:
        """Return state, history and what is missing."""
        said: dict[str, Any] = self.desk.expect(200, "GET", self.path, token=self.token)
        return said

    def document(self, kind: str) -> bytes:
        """Fetch what is to be signed."""
        answer = self.desk.call("GET", f"{self.path}/documents/{kind}", token=self.token)
        assert (answer.status_code, answer.headers["content-type"]) == (200, PDF), answer.text[:500]
        return answer.content

    def signed(self, kind: str, by: Someone, *, layout: Layout = "extension") -> bytes:
        """Fetch a document and sign it with somebody's certificate."""
        return sign(self.document(kind), self.holder(by, layout=layout))

    def holder(self, person: Someone, **said: Any) -> Holder:
        """Return somebody's certificate."""
        return self.desk.authority.citizen(person.number, name=person.name.upper(), **said)

    def send(self, kind: str, pdf: bytes, *, media_type: str = PDF, token: str | None = None) -> httpx.Response:
        """Try to send a document in."""
        headers = {"content-type": media_type}
        if (bearer := self.token if token is None else token) != "":
            headers["authorization"] = f"Bearer {bearer}"
        return self.desk.http.put(f"{self.path}/documents/{kind}", content=pdf, headers=headers)

    def deliver(self, kind: str, pdf: bytes) -> dict[str, Any]:
        """Send a document in that is accepted."""
        answer = self.send(kind, pdf)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def submit(self) -> dict[str, Any]:
        """Send the application in."""
        said: dict[str, Any] = self.desk.expect(200, "POST", f"{self.path}/submit", token=self.token)
        return said

    def send_in(self) -> Request:
        """Let everybody sign by hand what is asked for, and send it in."""
        for kind in self.shown()["missing"]:
            self.deliver(kind, scanned(self.document(kind)))
        assert self.submit()["state"] == "review"
        return self

    @property
    def reviewed(self) -> str:
        """Where reviewers find it."""
        return f"/v1/review/applications/{self.id}"

    def approve(self, reviewer: Member) -> dict[str, Any]:
        """Let a reviewer approve it."""
        said: dict[str, Any] = reviewer.call(200, "POST", f"{self.reviewed}/decision", {"decision": "approve"})
        return said

    def reject(self, reviewer: Member, reason: str) -> dict[str, Any]:
        """Let a reviewer reject it."""
        decision = {"decision": "reject", "reason": reason}
        said: dict[str, Any] = reviewer.call(200, "POST", f"{self.reviewed}/decision", decision)
        return said


def scanned(pdf: bytes) -> bytes:
    """Return a document as it comes from a scanner: another file, without any electronic signature."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    out = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(pdf))).write(out)
    return out.getvalue()


@contextmanager
def paperwork(folder: Path, *, runtime: RuntimeName = "inproc", **portals: str) -> Iterator[Desk]:
    """A running site whose captchas cost next to nothing, and which trusts the authority of the tests."""
    with little_work(), bureau(folder, runtime=runtime, **portals) as office:
        authority = Authority()
        authority.write_root(office.local.roots)
        yield Desk(office.local, office.http, authority)
