"""After a form with documents: each is fetched, signed and sent; the application is sent in and its state is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.paperwork import Case, certified, hand_in, of_administrator, of_seps, of_staff, paper
from tests.flows.paperwork import Cooperative, Someone, scanned


def fetched(page: Page) -> bytes:
    """Press the button and return what was downloaded."""
    with page.expect_download() as caught:
        page.get_by_role("button", name="Descargar PDF").click()
    return Path(caught.value.path()).read_bytes()


@pytest.mark.parametrize("width", [360])
def test_three_documents_are_signed_sent_and_the_application_waits_for_its_review(
    visitor: Visitor, site: Site, tmp_path: Path
) -> None:
    ana, coop = Someone("Ana María Núñez Pérez"), Cooperative()
    of_seps(site, ana, coop).keep(visitor)
    page = visitor.open("/seps/request")
    visitor.look("request-seps-documents")
    page.get_by_role("link", name="Solicitud Falta").click()
    page.get_by_role("heading", name="Súbalo firmado").wait_for()
    original = fetched(page)
    visitor.forgive("422")
    page.locator("input[type=file]").set_input_files(paper(tmp_path, "unsigned", original))
    expect(page.get_by_text("El archivo no tiene la firma que se pide")).to_be_visible()
    visitor.look("request-seps-document-refused")
    signed = paper(tmp_path, "signed", certified(site, original, coop.representative))
    visitor.forgive("ERR_INTERNET_DISCONNECTED")
    visitor.context.set_offline(True)
    page.locator("input[type=file]").set_input_files(signed)
    expect(page.get_by_text("No hay conexión")).to_be_visible()
    visitor.context.set_offline(False)
    page.locator("input[type=file]").set_input_files(signed)
    expect(page.get_by_text("con firma electrónica de JOSÉ IGNACIO CUEVA RÍOS")).to_be_visible()
    for onwards in ("Acuerdo", "Consentimiento"):
        page.get_by_role("link", name=f"Siguiente: {onwards}").click()
        page.get_by_role("heading", level=1, name=onwards).wait_for()
        page.locator("input[type=file]").set_input_files(paper(tmp_path, onwards, scanned(fetched(page))))
        expect(page.get_by_text("Recibimos el documento escaneado")).to_be_visible()
    page.get_by_role("link", name="Continuar y enviar la solicitud").click()
    page.get_by_role("button", name="Enviar solicitud").wait_for()
    visitor.look("request-seps-ready")
    page.get_by_role("button", name="Enviar solicitud").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Solicitud enviada")
    visitor.look("request-seps-sent")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Solicitud enviada")


@pytest.mark.parametrize("width", [1280])
def test_the_documents_fit_on_a_desk(visitor: Visitor, site: Site) -> None:
    case = of_seps(site, Someone("Ana María Núñez Pérez"), Cooperative())
    case.keep(visitor)
    visitor.open("/seps/request")
    visitor.look("request-seps-documents")
    visitor.open("/seps/request/documents/solicitud")
    visitor.look("request-seps-document")
    case.send_in()
    visitor.open("/seps/request")
    visitor.look("request-seps-sent")


@pytest.mark.parametrize("width", [360])
def test_a_citizen_signs_with_a_certificate_and_is_mailed_a_link(visitor: Visitor, site: Site, tmp_path: Path) -> None:
    citizen = Someone("María Fernanda Guamán", number="1012000012")
    form = {"channel": "certificate", "identifier": citizen.identifier, "email": citizen.email}
    hand_in(site, "buzonec", form).keep(visitor)
    page = visitor.open("/buzonec/request")
    visitor.look("request-buzonec-document")
    signed = certified(site, fetched(page), citizen)
    page.locator("input[type=file]").set_input_files(paper(tmp_path, "signed", signed))
    page.get_by_role("button", name="Enviar solicitud").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Falta confirmar su correo")
    visitor.look("request-buzonec-sent")
    assert site.link(citizen.email)


@pytest.mark.parametrize("width", [360])
def test_a_refusal_of_the_registry_says_why(visitor: Visitor, site: Site) -> None:
    late = Someone("Carmen Amelia Benalcázar", number="1012000079")
    form = {"channel": "certificate", "identifier": late.identifier, "email": late.email}
    case = hand_in(site, "buzonec", form)
    case.call("PUT", "/documents/activation", certified(site, case.call("GET", "/documents/activation"), late))
    case.keep(visitor)
    page = visitor.open("/buzonec/request")
    page.get_by_role("button", name="Enviar solicitud").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No podemos abrir su cuenta")
    visitor.look("request-buzonec-refused")


@pytest.mark.parametrize("width", [360])
def test_an_institution_signs_two_documents(visitor: Visitor, site: Site) -> None:
    of_staff(site, Someone("Eva Paz"), Someone("Marta Ayala")).keep(visitor)
    page = visitor.open("/staff/request")
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="Falta")).to_have_count(2)
    visitor.look("request-staff-documents")


@pytest.mark.parametrize("width", [360])
def test_a_new_administrator_needs_the_delegation_alone(visitor: Visitor, site: Site, tmp_path: Path) -> None:
    of_administrator(site, Someone("Eva Paz"), Someone("Marta Ayala")).keep(visitor)
    page = visitor.open("/staff/request")
    expect(page.get_by_text("la máxima autoridad de la institución o su delegado")).to_be_visible()
    page.locator("input[type=file]").set_input_files(paper(tmp_path, "delegation", scanned(fetched(page))))
    page.get_by_role("button", name="Enviar solicitud").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Solicitud enviada")


@pytest.mark.parametrize("width", [360])
def test_without_an_application_the_page_says_where_it_opens(visitor: Visitor, site: Site) -> None:
    page = visitor.open("/seps/request")
    expect(page.get_by_role("heading", level=1)).to_have_text("No hay una solicitud abierta en esta ventana")
    visitor.look("request-none")
    visitor.forgive("404")
    Case(site, "seps", "nowhere.nothing", "forged").keep(visitor)
    visitor.open("/seps/request/documents/solicitud")
    expect(page.get_by_role("heading", level=1)).to_have_text("No hay una solicitud abierta en esta ventana")
