"""Citizens with a mailbox, and what an institution sends them, for the browser tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from cli.client import InstitutionClient
from tests.browser.browsing import Site
from tests.flows.town import new_number

PASSWORD = "llueve mucho en Cuenca hoy"
PAPER = b"%PDF-1.4\n% una hoja\n%%EOF\n"
BODY = """Estimada señora Quishpe:

## Antecedentes
La Dirección de Rentas emitió la **resolución 045-2026**, que está en [nuestro sitio](https://example.ec/045-2026).

1. Presente su respuesta por escrito.
2. Adjunte copia de su cédula.

> Quien no responda dentro del plazo se tendrá por conforme.

Esto [no es un enlace](javascript:alert(1)).

Atentamente,
Dirección de Rentas"""


@dataclass(frozen=True, slots=True)
class Reader:
    """A citizen of `demo` with a mailbox of their own."""

    site: Site
    who: dict[str, str]

    def post(self, subject: str, **said: Any) -> dict[str, Any]:
        """Send them a notification of the demo institution."""
        recipient = {"kind": "cedula", "number": self.who["identifier"]}
        body = {"portal": "demo", "recipient": recipient, "subject": subject, "body": BODY, **said}
        with _sender(self.site) as sender:
            answer = sender.post({"reference": f"OF-{self.who['identifier']}-{subject[:12].strip()}", **body})
        assert answer.status_code == 202, answer.text
        letter: dict[str, Any] = answer.json()
        return letter

    def attach(self, name: str) -> str:
        """Upload a file as the institution does; return its id."""
        file = {
            "file_name": name,
            "media_type": "application/pdf",
            "size": len(PAPER),
            "sha256": hashlib.sha256(PAPER).hexdigest(),
        }
        with _sender(self.site) as sender:
            declared = sender.declare(file).json()
            link = declared["upload"]
            assert sender.upload(link["method"], link["url"], link["headers"], PAPER).status_code == 200
        number: str = declared["attachment_id"]
        return number

    def token(self) -> str:
        """Sign in, apart from the browser."""
        token: str = self.site.call("POST", "/v1/sessions", self.who)["token"]
        return token


def new_reader(site: Site) -> Reader:
    """Somebody registers and confirms their address."""
    number = new_number()
    form = {
        "identifier": {"kind": "cedula", "number": number},
        "given_names": "Rosa Elvira",
        "surnames": "Quishpe Andrade",
        "email": f"reader-{number}@example.ec",
        "password": PASSWORD,
    }
    site.call("POST", "/v1/portals/demo/registrations", form)
    token = site.link(str(form["email"])).partition("token=")[2]
    site.call("POST", "/v1/verifications", {"token": token, "password": PASSWORD})
    return Reader(site, {"portal": "demo", "identifier": number, "password": PASSWORD})


def fetch(site: Site, path: str, token: str) -> bytes:
    """Return a file of the API as it is."""
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert answer.status == 200, path
        return answer.read()
    finally:
        connection.close()


def _sender(site: Site) -> InstitutionClient:
    institution = site.demo["institution"]
    return InstitutionClient(site.url, institution["key_id"], institution["private_key"], language="es")
