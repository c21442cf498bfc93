"""Demo data, made through the product's own doors: an institution with its key, a citizen with a mailbox, staff."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from local.demo_staff import INSTITUTION, make_staff
from local.environment import write_json
from local.people import make_cedula, make_password

if TYPE_CHECKING:
    from local.site import Local

Demo = dict[str, Any]
PORTAL, EMAIL = "demo", "citizen@example.ec"
_TOKEN = re.compile(r"#token=(\S+)")


class DemoFailed(Exception):
    """The product did not do what the demo data need."""


def make_demo(site: Local) -> Demo:
    """Make the demo data, or keep those of a durable store that still fit, and write them to demo.json."""
    durable = site.data_dir / "dynoxide.demo.json"  # of its own: a run with moto would write over it
    before = _read(durable) if site.store == "dynoxide" else {}
    demo: Demo = {
        "base_url": site.base_url,
        "institution": _institution(site, before.get("institution")),
        "citizen": _citizen(site, before.get("citizen")),
        "staff": make_staff(site, before.get("staff")),
    }
    if site.sample_url:
        demo["sample"] = {"url": site.sample_url, "portal": PORTAL}
    write_json(site.data_dir / "demo.json", demo)
    if site.store == "dynoxide":
        write_json(durable, demo)
    return demo


def _read(path: Path) -> Demo:
    try:
        demo: Demo = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return demo


def _institution(site: Local, before: Demo | None) -> Demo:
    # the product's own code, in this process: loaded only here, when its environment stands
    from ventanilla.domain.errors import InstitutionExists
    from ventanilla.domain.institutions import Institution
    from ventanilla.usecases.institutions import add_institution, add_key
    from ventanilla.wiring import services

    with site.lock:
        institutions, clock = services().institutions, services().clock
        if before is not None and "test_key_id" in before:
            key_name = before["key_id"].partition(".")[2]
            _, key = institutions.with_key(INSTITUTION, key_name)
            if key is not None and key.revoked_at is None and key.public_key.strip() == _public(before["private_key"]):
                return before
        contact = {"email": "demo@example.ec", "phone": "+59322000000", "website": "https://example.ec"}
        institution = Institution(INSTITUTION, "Institución de demostración", contact, ("demo", "buzonec"))
        with suppress(InstitutionExists):  # of an earlier run; only its key is lost
            add_institution(institution, institutions=institutions)
        private_key = _new_key()
        pem = _public(private_key)
        for number in range(1, 100):
            try:
                ids = [
                    add_key(INSTITUTION, f"k{number}", pem, institutions=institutions, clock=clock, test=test).id
                    for test in (False, True)
                ]
            except InstitutionExists:
                continue
            return {"id": INSTITUTION, "key_id": ids[0], "test_key_id": ids[1], "private_key": private_key}
    raise DemoFailed("the demo institution has too many keys: delete .local/dynoxide.db*")


def _citizen(site: Local, before: Demo | None) -> Demo:
    if before is not None:
        credentials = {name: before[name] for name in ("portal", "identifier", "password")}
        if _post(site, "/v1/sessions", credentials)[0] == 201:
            return before
    number, password = make_cedula(), make_password()
    registration = {
        "identifier": {"kind": "cedula", "number": number},
        "given_names": "María Demostración",
        "surnames": "Pérez Ejemplo",
        "email": EMAIL,
        "password": password,
    }
    _expect(202, _post(site, f"/v1/portals/{PORTAL}/registrations", registration), "register the citizen")
    site.settle()
    mails = site.outbox(EMAIL)
    link = _TOKEN.search(mails[0]["text"]) if mails else None
    if link is None:
        raise DemoFailed("the citizen was mailed no link")
    answer = _post(site, "/v1/verifications", {"token": link[1], "password": password})
    _expect(200, answer, "verify the citizen's address")
    site.settle()
    return {"portal": PORTAL, "identifier": number, "password": password, "email": EMAIL}


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public(private_key: str) -> str:
    key = load_pem_private_key(private_key.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()


def _post(site: Local, path: str, body: Any) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(site.base_url).netloc, timeout=60)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _expect(status: int, answer: tuple[int, str], what: str) -> None:
    if answer[0] != status:
        raise DemoFailed(f"could not {what}: {answer[0]} {answer[1][:500]}")
