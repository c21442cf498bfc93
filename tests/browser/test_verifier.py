"""The public verifier: a receipt is proven where it is, and one byte altered is seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.letters import fetch, new_reader
from ventanilla.domain.jose import canonical, from_base64url, to_base64url

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@pytest.fixture(scope="module")
def receipts(site: Site) -> dict[str, bytes]:
    """A receipt in both forms."""
    reader = new_reader(site)
    letter = reader.post("Resolución 045-2026")["id"]
    token = reader.token()
    site.call("POST", f"/v1/inbox/{letter}/opening", Authorization=f"Bearer {token}")
    return {form: fetch(site, f"/v1/inbox/{letter}/receipt?format={form}", token) for form in ("pdf", "json")}


def test_a_receipt_is_proven_and_stays_here(visitor: Visitor, receipts: dict[str, bytes]) -> None:
    page = visitor.open("/verifier")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.removeprefix(visitor.site.url)}"))
    give(page, "constancia.pdf", receipts["pdf"])
    expect(page.get_by_role("heading", name="La constancia es auténtica")).to_be_focused()
    expect(page.get_by_text("demo-institution")).to_be_visible()
    visitor.look("verifier-pdf")
    give(page, "constancia.json", receipts["json"])
    expect(page.get_by_text("Resolución 045-2026")).to_be_visible()
    expect(page.get_by_text("La persona la abrió")).to_be_visible()
    visitor.look("verifier-json")
    assert set(sent) == {"GET /v1/keys"}


@pytest.mark.parametrize("width", [360])
def test_an_altered_receipt_is_refused(visitor: Visitor, receipts: dict[str, bytes]) -> None:
    pdf, held = receipts["pdf"], json.loads(receipts["json"])
    page = visitor.open("/verifier")
    for name, file, reason in (
        ("a byte", pdf[:500] + bytes([pdf[500] ^ 1]) + pdf[501:], "El contenido no es el que se firmó"),
        ("more", pdf + b"\n", "Se cambió o se agregó algo después de la firma."),
        ("unsigned", pdf[: pdf.rindex(b"\n%ventanilla-receipt")], "Este PDF no lleva la firma"),
        ("subject", written(held, subject="Otra"), "El contenido no es el que se firmó"),
        ("spaces", json.dumps(held).encode(), "El archivo no está escrito como se entregó"),
        ("other s", written(held, jws=mirrored(held["jws"])), "La firma no corresponde."),
        ("other key", written(held, jws=of_key(held["jws"], "x" * 43)), "con una clave que no es de esta plataforma"),
        ("none", b"hola", "El archivo no es una constancia"),
    ):
        give(page, f"{name}.{'pdf' if file.startswith(b'%PDF') else 'json'}", file)
        verdict = page.locator(".notice-error").filter(has_text=f"{name}.")
        expect(verdict).to_contain_text(reason)
    visitor.look("verifier-refused")


def give(page: Page, name: str, file: bytes) -> None:
    kind = "application/pdf" if name.endswith(".pdf") else "application/json"
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType=kind, buffer=file))


def written(held: dict[str, Any], *, jws: str | None = None, **said: Any) -> bytes:
    return canonical({"jws": jws or held["jws"], "receipt": {**held["receipt"], **said}}).encode()


def mirrored(jws: str) -> str:
    """The other signature that holds for the same text: anybody can write it."""
    signed, _, signature = jws.rpartition(".")
    raw = from_base64url(signature)
    return f"{signed}.{to_base64url(raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32))}"


def of_key(jws: str, kid: str) -> str:
    header, _, rest = jws.partition(".")
    return f"{to_base64url(canonical({**json.loads(from_base64url(header)), 'kid': kid}).encode())}.{rest}"
