"""What an institution does on the pages: write, follow, take back, hand over in batches, manage keys and its webhook."""

from __future__ import annotations

import json
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, Request, expect

from local.people import make_cedula
from tests.browser.browsing import Site, Visitor

HOME = "/staff/institutions/demo-institution"
BODY = "Estimada ciudadana:\n\nSu solicitud fue **aprobada**. Traiga:\n\n- su *cédula*;\n- el recibo.\n\n## Dónde\n\nEn el balcón."
PDF = {"name": "Resolución.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 " + bytes(300_000)}


@pytest.fixture
def width() -> int:
    """The screen's width to begin with."""
    return 1280


@pytest.fixture
def desk(visitor: Visitor) -> Visitor:
    """An administrator of the demo institution."""
    visitor.enter_as("institution_admin")
    return visitor


def look(visitor: Visitor, name: str) -> None:
    """Look at a page as a desk and as a phone show it: one way through the pages serves both."""
    for width in (360, 1280):
        visitor.width = width
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.look(name)


def write(page: Page, number: str, reference: str) -> None:
    page.get_by_label("Número", exact=True).fill(number)
    page.get_by_label("Número del documento").fill(reference)
    page.get_by_label("Asunto").fill("Resolución de su solicitud")
    page.get_by_label("Texto").fill(BODY)


def post(visitor: Visitor, reference: str, number: str) -> str:
    """Post a notification by the API; return its id."""
    said = {
        "reference": reference,
        "portal": "demo",
        "recipient": {"kind": "cedula", "number": number},
        "subject": f"Asunto de {reference}",
        "body": "Texto",
        "deadline": {"working_days": 5},
    }
    origin = {"Origin": visitor.site.url}
    answer = visitor.context.request.post(f"{visitor.site.url}/v1/notifications", data=said, headers=origin)
    assert answer.status == 202, answer.text()
    visitor.site.call("POST", "/_local/settle", {})
    return str(answer.json()["id"])


class TestCompose:
    def test_a_letter_is_seen_before_it_is_sent_and_then_followed(self, desk: Visitor, site: Site) -> None:
        posted: list[Request] = []
        page = desk.open(f"{HOME}/compose")
        page.on("request", lambda one: posted.append(one) if "/v1/notifications?" in one.url else None)
        write(page, site.demo["citizen"]["identifier"], "RES-1")
        page.get_by_label("Tipo de notificación").select_option("resolucion")
        page.get_by_label("Días hábiles").check()
        page.get_by_label("Cuántos días").fill("5")
        page.locator("input[type=file]").set_input_files([PDF])
        expect(page.get_by_role("button", name="Quitar Resolución.pdf")).to_be_visible()
        look(desk, "compose")
        page.get_by_role("button", name="Revisar antes de enviar").click()
        expect(page.get_by_role("heading", level=1, name="Revise y envíe")).to_be_focused()
        letter = page.get_by_role("article")
        expect(letter.get_by_role("heading", name="Dónde")).to_be_visible()
        expect(letter.locator("strong")).to_have_text("aprobada")
        expect(letter).to_contain_text("5 días hábiles desde que llega al buzón")
        assert not posted
        look(desk, "compose-review")
        page.get_by_role("button", name="Enviar notificación").dblclick()
        expect(page.get_by_role("heading", level=1, name="Notificación enviada")).to_be_focused()
        assert len(posted) == 1
        look(desk, "compose-sent")
        site.call("POST", "/_local/settle", {})
        page.get_by_role("link", name="Ver la notificación").click()
        expect(page.get_by_text("Correo de aviso enviado")).to_be_visible()
        page.get_by_text("Cómo se contó el plazo").click()
        expect(page.locator(".days .counted")).to_have_count(5)
        look(desk, "sent-one")
        with page.expect_download() as receipt:
            page.get_by_role("button", name="Descargar constancia (PDF)").click()
        assert receipt.value.path().read_bytes().startswith(b"%PDF")
        with page.expect_download() as attached:
            page.get_by_role("link", name="Resolución.pdf").click()
        assert attached.value.path().read_bytes() == PDF["buffer"]

    def test_what_is_wrong_stands_beside_its_field(self, desk: Visitor) -> None:
        desk.forgive("422")
        page = desk.open(f"{HOME}/compose")
        page.get_by_label("Días hábiles").check()
        write(page, "1710034065", "MAL-1")
        page.get_by_role("button", name="Revisar antes de enviar").click()
        page.get_by_role("link", name="Plazo para actuar: Escriba un número entre 1 y 365.").click()
        expect(page.get_by_label("Cuántos días")).to_be_focused()
        page.get_by_label("Sin plazo").check()
        page.get_by_label("Texto").fill("Vea <b>esto</b>")
        page.get_by_role("button", name="Revisar antes de enviar").click()
        expect(page.get_by_role("link", name="El texto no puede contener HTML")).to_be_visible()
        page.get_by_label("Texto").fill("Vea esto")
        page.get_by_label("Número", exact=True).fill("1710034066")
        unknown = {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
        page.locator("input[type=file]").set_input_files([unknown])
        expect(page.get_by_text("x.exe: No se admiten archivos de este tipo.")).to_be_visible()
        page.get_by_role("button", name="Revisar antes de enviar").click()
        page.get_by_role("button", name="Enviar notificación").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.locator(".field.wrong")).to_contain_text("Error")
        desk.look("compose-refused")

    def test_nothing_typed_is_lost_without_a_connection_or_by_loading_anew(self, desk: Visitor) -> None:
        desk.forgive("ERR_INTERNET_DISCONNECTED")
        page = desk.open(f"{HOME}/compose")
        write(page, make_cedula(), "SIN-LINEA")
        page.get_by_label("Días hábiles").check()
        page.get_by_label("Cuántos días").fill("7")
        page.reload()
        expect(page.get_by_label("Cuántos días")).to_have_value("7")
        page.get_by_role("button", name="Revisar antes de enviar").click()
        desk.context.set_offline(True)
        page.get_by_role("button", name="Enviar notificación").click()
        expect(page.get_by_role("alert")).to_contain_text("No hay conexión")
        desk.shot("compose-offline")
        desk.context.set_offline(False)
        page.get_by_role("button", name="Enviar notificación").click()
        expect(page.get_by_text("La persona todavía no tiene buzón.")).to_be_visible()

    def test_who_was_signed_out_meanwhile_is_asked_to_sign_in_over_the_letter(self, desk: Visitor) -> None:
        desk.forgive("401")
        page = desk.open(f"{HOME}/compose")
        write(page, make_cedula(), "SIN-SESION")
        page.get_by_role("button", name="Revisar antes de enviar").click()
        desk.context.clear_cookies()
        page.get_by_role("button", name="Enviar notificación").click()
        expect(page.get_by_role("dialog").get_by_label("Contraseña", exact=True)).to_be_visible()
        page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
        expect(page.get_by_role("alert")).to_contain_text("Su sesión terminó")
        desk.enter_as("institution_admin")
        page.get_by_role("button", name="Enviar notificación").click()
        expect(page.get_by_role("heading", level=1, name="Notificación enviada")).to_be_visible()


class TestSent:
    def test_the_list_is_searched_and_a_letter_taken_back(self, desk: Visitor, site: Site) -> None:
        number = site.demo["citizen"]["identifier"]
        for one in "AB":
            post(desk, f"LISTA-{one}", number)
        page = desk.open(f"{HOME}/sent")
        look(desk, "sent")
        page.get_by_label("Buscar en la lista").fill("lista-a")
        rows = page.locator(".sent-row:visible")
        expect(rows).to_have_count(1)
        rows.click()
        page.get_by_role("button", name="Anular notificación").click()
        page.get_by_label("Motivo").fill("El monto no era el correcto")
        desk.look("sent-cancel")
        page.get_by_role("dialog").get_by_role("button", name="Anular notificación").click()
        expect(page.locator(".notice")).to_have_text("La notificación se anuló.")
        expect(page.get_by_role("button", name="Anular notificación")).to_have_count(0)
        expect(page.get_by_text("El monto no era el correcto")).to_be_visible()
        look(desk, "sent-cancelled")


class TestBatches:
    def test_a_file_is_handed_over_and_each_line_told(self, desk: Visitor, site: Site) -> None:
        good = {"portal": "demo", "recipient": {"kind": "cedula", "number": make_cedula()}, "subject": "a", "body": "b"}
        lines = [{**good, "reference": f"L{at}"} for at in range(4)]
        lines.append({**good, "reference": "MAL", "recipient": {"kind": "cedula", "number": "1"}})
        page = desk.open(f"{HOME}/batches")
        look(desk, "batches")
        content = "\n".join(map(json.dumps, lines)).encode()
        page.locator("input[type=file]").set_input_files([{"name": "marzo.jsonl", "mimeType": "", "buffer": content}])
        page.wait_for_url("**/batches/*")
        site.call("POST", "/_local/settle", {})
        expect(page.get_by_role("heading", name="Corrija 1 línea")).to_be_visible()
        expect(page.locator(".figure-error")).to_contain_text("1")
        expect(page.get_by_role("cell", name=re.compile("La cédula tiene 10 dígitos"))).to_be_visible()
        look(desk, "batch-done")
        with page.expect_download() as results:
            page.get_by_role("link", name="Descargar resultados").click()
        assert len(results.value.path().read_text(encoding="utf-8").splitlines()) == len(lines)
        page.go_back()
        expect(page.get_by_role("link", name="marzo.jsonl")).to_be_visible()

    def test_a_file_without_lines_is_refused_beside_its_input(self, desk: Visitor) -> None:
        desk.forgive("422")
        page = desk.open(f"{HOME}/batches")
        page.locator("input[type=file]").set_input_files([{"name": "vacio.jsonl", "mimeType": "", "buffer": b"\n"}])
        expect(page.get_by_text("El archivo no tiene líneas")).to_be_visible()

    def test_a_large_file_goes_by_a_link(self, desk: Visitor, site: Site) -> None:
        page = desk.open(f"{HOME}/batches")
        content = b"\n" * 1_200 + b"{}\n"
        page.locator("input[type=file]").set_input_files([{"name": "abril.jsonl", "mimeType": "", "buffer": content}])
        page.wait_for_url("**/batches/*")
        site.call("POST", "/_local/settle", {})
        expect(page.get_by_role("heading", name="Corrija 1 línea")).to_be_visible()
        expect(page.get_by_role("rowheader", name="1.201")).to_be_visible()


class TestKeys:
    def test_a_key_is_registered_and_revoked(self, desk: Visitor) -> None:
        desk.forgive("422")
        page = desk.open(f"{HOME}/keys")
        page.get_by_label("Nombre").fill("servidor")
        page.get_by_label("Clave pública").fill("esto no es una clave")
        page.get_by_role("button", name="Registrar una clave").click()
        expect(page.get_by_role("alert")).to_be_focused()
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        public = Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.PEM, spki).decode()
        page.get_by_label("Clave pública").fill(public)
        page.get_by_role("button", name="Registrar una clave").click()
        expect(page.locator(".notice-done")).to_be_focused()
        look(desk, "keys")
        card = page.locator(".key-card", has_text="servidor")
        card.get_by_role("button", name="Revocar clave").click()
        desk.shot("keys-revoke")
        page.get_by_role("dialog").get_by_role("button", name="Revocar clave").click()
        expect(card.get_by_text("Revocada").first).to_be_visible()


class TestTheRest:
    def test_home_contact_webhook_and_administrators(self, desk: Visitor) -> None:
        desk.forgive("404")  # there is no webhook yet
        page = desk.open(HOME)
        look(desk, "institution")
        page.get_by_role("link", name="Contacto para la ciudadanía").click()
        page.get_by_label("Teléfono").fill("022999999")
        page.get_by_role("button", name="Guardar contacto").click()
        expect(page.get_by_label("Teléfono")).to_have_value("+59322999999")
        look(desk, "institution-contact")
        page = desk.open(f"{HOME}/webhook")
        page.get_by_label("Dirección").fill("https://avisos.example.ec/notificaciones")
        page.get_by_role("button", name="Guardar dirección").click()
        expect(page.locator(".notice-done")).to_be_visible()
        look(desk, "webhook")
        page.get_by_role("button", name="Quitar dirección").click()
        page.get_by_role("dialog").get_by_role("button", name="Quitar dirección").click()
        expect(page.get_by_role("button", name="Guardar dirección")).to_be_visible()
        desk.open(f"{HOME}/administrators")
        look(desk, "administrators")

    def test_counts_are_drawn_and_stand_in_a_table(self, desk: Visitor, site: Site) -> None:
        post(desk, "CIFRA", site.demo["citizen"]["identifier"])
        page = desk.open(f"{HOME}/counts")
        expect(page.locator(".chart rect.chart-sent")).not_to_have_count(0)
        page.get_by_text("Ver los números de cada día").click()
        look(desk, "counts")
        page.get_by_role("link", name="Mes anterior").click()
        expect(page.get_by_text("En este mes no hay movimiento.")).to_be_visible()
        expect(page.get_by_role("link", name="Mes siguiente")).to_be_visible()

    def test_in_english(self, desk: Visitor) -> None:
        desk.open(f"{HOME}/compose?lang=en")
        desk.look("compose-english")


class TestPlatform:
    def test_an_institution_is_suspended_and_resumed(self, visitor: Visitor) -> None:
        visitor.enter_as("platform_admin")
        page = visitor.open("/staff/platform")
        look(visitor, "platform")
        page.get_by_label("RUC de la institución").fill("demo-institution")
        page.get_by_role("button", name="Ver institución").click()
        page.get_by_role("button", name="Suspender institución").click()
        page.get_by_label("Motivo").fill("Uso indebido")
        visitor.look("institution-suspend")
        page.get_by_role("dialog").get_by_role("button", name="Suspender institución").click()
        expect(page.get_by_text("Esta institución está suspendida")).to_be_visible()
        look(visitor, "institution-suspended")
        page.get_by_role("button", name="Reanudar institución").click()
        page.get_by_label("Motivo").fill("Se aclaró")
        page.get_by_role("dialog").get_by_role("button", name="Reanudar institución").click()
        expect(page.get_by_role("button", name="Suspender institución")).to_be_visible()
