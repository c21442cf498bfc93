"""Applications with documents before a browser: forms handed in by the API, papers signed by the tests' authority."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.browsing import Site, Visitor
from tests.flows.paperwork import Cooperative, Someone, scanned
from tests.signing import Authority, sign
from tests.solving import solve


@dataclass
class Case:
    """An application that waits for its documents."""

    site: Site
    portal: str
    id: str
    token: str

    def keep(self, visitor: Visitor) -> None:
        """Let the visitor's tab keep it, as the form's page does."""
        visitor.open(f"/{self.portal}/")
        kept = json.dumps({"id": self.id, "access_token": self.token})
        visitor.page.evaluate(
            "([key, kept]) => sessionStorage.setItem(key, kept)", [f"application.{self.portal}", kept]
        )

    def call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Send something with the application's token."""
        connection = HTTPConnection(urlsplit(self.site.url).netloc, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/pdf"}
        try:
            connection.request(method, f"/v1/applications/{self.id}{path}", body, headers)
            response = connection.getresponse()
            answer = response.read()
            assert response.status == 200, answer
            return answer
        finally:
            connection.close()

    def send_in(self, signer: Someone | None = None) -> Case:
        """Send everything in: the first document with a certificate if somebody signs, the others scanned."""
        for kind in json.loads(self.call("GET", ""))["missing"]:
            original = self.call("GET", f"/documents/{kind}")
            signed, signer = (certified(self.site, original, signer), None) if signer else (scanned(original), None)
            self.call("PUT", f"/documents/{kind}", signed)
        self.call("POST", "/submit")
        return self


def certified(site: Site, pdf: bytes, signer: Someone) -> bytes:
    """Return a document signed with somebody's certificate, which the site trusts."""
    authority = Authority.kept_in(site.folder / "authority")
    authority.write_root(site.folder / "roots")
    holder = authority.citizen(signer.number, name=signer.name.upper())
    with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, which Playwright's does not bear
        return apart.submit(sign, pdf, holder).result()


def paper(folder: Path, name: str, pdf: bytes) -> Path:
    """Return a file that a person chooses."""
    path = folder / f"{name}.pdf"
    path.write_bytes(pdf)
    return path


def hand_in(site: Site, portal: str, form: dict[str, Any]) -> Case:
    """Hand a form in that leads to documents."""
    captcha = solve(site.call("GET", "/v1/captcha?action=register"))
    answer = site.call("POST", f"/v1/portals/{portal}/registrations", {**form, "captcha": captcha})
    assert "application" in answer, answer
    return Case(site, portal, answer["application"]["id"], answer["application"]["access_token"])


def of_seps(site: Site, user: Someone, coop: Cooperative) -> Case:
    """Ask for a role in a cooperative."""
    return hand_in(
        site,
        "seps",
        {
            "request": {"sector": "no_financiero", "roles": [{"role": "acopio", "action": "access"}]},
            "person_type": "natural",
            "identifier": user.identifier,
            "full_name": user.name,
            "email": user.email,
            "is_employee": True,
            "position": "Contadora",
            "organization": coop.form,
        },
    )


def of_staff(site: Site, user: Someone, authority: Someone) -> Case:
    """Ask for an institution's activation."""
    return hand_in(
        site,
        "staff",
        {
            "channel": "institution",
            "identifier": user.identifier,
            "full_name": user.name,
            "position": "Analista de notificaciones",
            "email": user.email,
            "work_phone": "022345678",
            "organization": {
                "ruc": "1760001550001",
                "canton": "1001",
                "legal_name": "Instituto Imaginario de Catastros",
                "modality": "platform",
            },
            "authority": {
                "identifier": authority.identifier,
                "full_name": authority.name,
                "position": "Directora General",
            },
        },
    )


def of_administrator(site: Site, user: Someone, authority: Someone) -> Case:
    """Ask to administer an institution that is active already."""
    return hand_in(
        site,
        "staff",
        {
            "channel": "administrator",
            "identifier": user.identifier,
            "full_name": user.name,
            "position": "Analista de notificaciones",
            "email": user.email,
            "work_phone": "022345678",
            "organization": {"ruc": "1760001550001"},
            "authority": {
                "identifier": authority.identifier,
                "full_name": authority.name,
                "position": "Directora General",
            },
        },
    )
