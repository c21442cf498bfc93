"""Registration at each portal, as a person does it: from the home page to «revise su correo»."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from local.people import make_cedula
from tests.browser.browsing import Site, Visitor

PASSWORD = "una frase larga con cuatro caballos"


def fill_demo(page: Page, number: str, email: str) -> None:
    page.get_by_label("Número de cédula").fill(number)
    page.get_by_label("Nombres").fill("María Fernanda")
    page.get_by_label("Apellidos").fill("Guamán Chicaiza")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)


class TestDemo:
    def test_whoever_registers_is_told_where_the_mail_went_and_gets_it(self, visitor: Visitor, site: Site) -> None:
        page = visitor.open("/demo/")
        page.get_by_role("link", name="Crear cuenta").first.click()
        page.wait_for_url("**/demo/register")
        visitor.look("register-demo")
        email = f"demo{visitor.width}@example.ec"
        fill_demo(page, make_cedula(), email)
        visitor.look("register-demo-filled")
        page.get_by_role("button", name="Crear cuenta").click()
        page.wait_for_url("**/demo/check-mail")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        visitor.look("check-mail-demo")
        assert "#token=" in site.link(email)

    def test_errors_stand_beside_their_fields_and_in_a_summary_that_takes_the_focus(self, visitor: Visitor) -> None:
        page = visitor.open("/demo/register")
        page.get_by_label("Número de cédula").fill("171003406")
        page.get_by_role("button", name="Crear cuenta").click()
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        expect(summary.get_by_role("link", name="La cédula tiene 10 dígitos; usted escribió 9.")).to_be_visible()
        visitor.look("register-demo-errors")
        summary.get_by_role("link").first.click()
        expect(page.get_by_label("Número de cédula")).to_be_focused()

    def test_the_words_of_the_api_stand_beside_the_field_they_are_about(self, visitor: Visitor) -> None:
        visitor.forgive("422")
        page = visitor.open("/demo/register")
        fill_demo(page, "1710034066", "no es un correo")
        page.get_by_label("Contraseña", exact=True).fill("corta")
        page.get_by_role("button", name="Crear cuenta").click()
        expect(page.get_by_role("alert")).to_be_focused()
        wrong = page.locator(".field.wrong")
        expect(wrong).to_have_count(3)
        visitor.look("register-demo-refused")
        expect(page.get_by_label("Nombres")).to_have_value("María Fernanda")

    @pytest.mark.parametrize("width", [360])
    def test_a_double_click_sends_once_and_a_draft_outlives_the_page_without_the_password(
        self, visitor: Visitor
    ) -> None:
        sent: list[str] = []
        page = visitor.open("/demo/register")
        page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/registrations") else None)
        fill_demo(page, make_cedula(), "twice@example.ec")
        page.reload()
        expect(page.get_by_label("Nombres")).to_have_value("María Fernanda")
        expect(page.get_by_label("Contraseña", exact=True)).to_have_value("")
        page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Crear cuenta").dblclick()
        page.wait_for_url("**/demo/check-mail")
        assert len(sent) == 1
        page.go_back()
        expect(page.get_by_label("Nombres")).to_have_value("")

    @pytest.mark.parametrize("width", [360])
    def test_without_a_connection_nothing_typed_is_lost(self, visitor: Visitor) -> None:
        visitor.forgive("ERR_INTERNET_DISCONNECTED")
        page = visitor.open("/demo/register")
        fill_demo(page, make_cedula(), "offline@example.ec")
        visitor.context.set_offline(True)
        page.get_by_role("button", name="Crear cuenta").click()
        expect(page.get_by_role("alert")).to_contain_text("No hay conexión")
        visitor.shot("register-demo-offline")
        visitor.context.set_offline(False)
        page.get_by_role("button", name="Crear cuenta").click()
        page.wait_for_url("**/demo/check-mail")

    def test_the_mail_is_sent_again(self, visitor: Visitor, site: Site) -> None:
        page = visitor.open("/demo/register")
        email = f"again{visitor.width}@example.ec"
        fill_demo(page, make_cedula(), email)
        page.get_by_role("button", name="Crear cuenta").click()
        page.wait_for_url("**/demo/check-mail")
        assert len(site.mails(email)) == 1
        page.get_by_role("button", name="Enviar de nuevo").click()
        expect(page.get_by_role("status").filter(has_text="Listo")).to_be_visible()
        assert len(site.mails(email)) == 2
        visitor.look("check-mail-demo-again")

    @pytest.mark.parametrize("width", [1280])
    def test_registration_needs_no_mouse(self, visitor: Visitor) -> None:
        page = visitor.open("/demo/")
        visitor.press("Tab", "Enter")  # «Ir al contenido»
        for _ in range(12):
            if page.evaluate("document.activeElement.textContent") == "Crear cuenta":
                break
            visitor.press("Tab")
        visitor.press("Enter")
        page.wait_for_url("**/demo/register")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        for text in (make_cedula(), "Ana", "Pérez", "keys@example.ec", PASSWORD):
            visitor.press("Tab")
            page.keyboard.type(text)
        visitor.press("Tab", "Enter")  # «Mostrar»
        expect(page.get_by_label("Contraseña", exact=True)).to_have_attribute("type", "text")
        visitor.press("Tab", "Enter")
        page.wait_for_url("**/demo/check-mail")


class TestIpsot:
    def test_the_gad_is_found_by_name_or_number_as_one_types(self, visitor: Visitor, site: Site) -> None:
        page = visitor.open("/ipsot/register")
        visitor.look("register-ipsot")
        box = page.get_by_role("combobox", name="Seleccione el GAD")
        box.press_sequentially("ibar")
        expect(page.get_by_role("option").first).to_be_visible()
        visitor.look("register-ipsot-gad")
        box.press("ArrowDown")
        box.press("Enter")
        expect(box).to_have_value("Ibarra, Imbabura (1001)")
        box.fill("100151")
        page.get_by_role("option").first.click()
        expect(box).to_have_value(re.compile("Ambuquí"))
        email = f"tecnico{visitor.width}@gadibarra.gob.ec"
        page.get_by_label("Cédula").fill(make_cedula())
        page.get_by_label("Nombres").fill("Jorge")
        page.get_by_label("Apellidos").fill("Andrade")
        page.get_by_label("Cargo").fill("Técnico de planificación")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Teléfono de trabajo").fill("062955050")
        page.get_by_label("Teléfono móvil").fill("0991234567")
        page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Registrarse").click()
        page.wait_for_url("**/ipsot/check-mail")
        visitor.look("check-mail-ipsot")
        assert "#token=" in site.link(email)


class TestIbarra:
    @pytest.mark.parametrize("width", [360, 1280])
    def test_the_registry_is_asked_first_and_shows_initials(self, visitor: Visitor, site: Site) -> None:
        page = visitor.open("/ibarra/register")
        visitor.look("register-ibarra-identity")
        page.get_by_label("Número", exact=True).fill("1062000045")
        page.get_by_role("button", name="Continuar").click()
        expect(page.get_by_role("heading", name="¿Son estos sus datos?")).to_be_visible(timeout=30_000)
        visitor.look("register-ibarra-form")
        page.get_by_label("Correo electrónico").fill("johana.ramirez@example.ec")
        page.get_by_role("button", name="Crear Cuenta").click()
        page.wait_for_url("**/ibarra/check-mail")
        visitor.look("check-mail-ibarra")
        assert site.mails("johana.ramirez@example.ec")

    @pytest.mark.parametrize("width", [360])
    def test_a_number_that_nobody_has_is_told_so(self, visitor: Visitor) -> None:
        page = visitor.open("/ibarra/register")
        page.get_by_role("radio", name="Pasaporte").check()
        page.get_by_label("Número", exact=True).fill("ZZ000001")
        page.get_by_label("País que emitió el pasaporte").select_option("Colombia")
        page.get_by_role("button", name="Continuar").click()
        expect(page.get_by_role("alert")).to_contain_text("No encontramos ese número", timeout=30_000)
        visitor.look("register-ibarra-unknown")


class TestWithDocuments:
    def test_buzonec_asks_for_little_and_leads_to_the_document(self, visitor: Visitor) -> None:
        page = visitor.open("/buzonec/register")
        visitor.look("register-buzonec")
        page.get_by_label("Número de cédula (N.U.I.)").fill("1012000012")
        page.get_by_label("Correo electrónico habitual").fill("maria.guaman@example.ec")
        page.get_by_role("button", name="Continuar a los documentos").click()
        page.wait_for_url("**/buzonec/request", timeout=30_000)
        assert page.evaluate("JSON.parse(sessionStorage['application.buzonec']).access_token")

    def test_the_form_of_the_seps_has_its_sections_in_order(self, visitor: Visitor) -> None:
        page = visitor.open("/seps/register")
        visitor.look("register-seps")
        titles = page.get_by_role("heading", level=2)
        expect(titles.first).to_have_text("Sistemas Disponibles")
        expect(page.get_by_label("Número de Resolución Calificación")).to_be_hidden()
        page.get_by_role("group", name="Rol de Auditor Externo").get_by_label("Solicita acceso").check()
        expect(page.get_by_label("Número de Resolución Calificación")).to_be_visible()
        page.get_by_role("group", name="Rol de Auditor Externo").get_by_label("Solicita desactivación").check()
        expect(page.get_by_role("heading", name="Datos Personales del Usuario")).to_be_hidden()
        expect(page.get_by_role("heading", name="Usuario a desactivar")).to_be_visible()

    def test_an_institution_asks_to_be_activated(self, visitor: Visitor) -> None:
        page = visitor.open("/staff/register")
        visitor.look("register-staff-choose")
        page.get_by_role("link", name="Activar una institución").click()
        page.wait_for_url("**/staff/register?channel=institution")
        visitor.look("register-staff-institution")
