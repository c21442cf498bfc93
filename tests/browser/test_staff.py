"""The staff's pages: an agent registers, a reviewer decides, an administrator looks after accounts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.paperwork import of_seps, of_staff
from tests.flows.paperwork import Cooperative, Someone
from tests.flows.town import new_number

PASSWORD = "llueve mucho en Cuenca hoy"


@pytest.fixture(scope="module")
def rosa(site: Site) -> dict[str, Any]:
    """A citizen of `demo`."""
    form = {
        "identifier": {"kind": "cedula", "number": new_number()},
        "given_names": "Rosa Elvira",
        "surnames": "Quishpe Andrade",
        "email": "rosa.quishpe@example.ec",
        "password": PASSWORD,
    }
    site.call("POST", "/v1/portals/demo/registrations", form)
    token = site.link(form["email"]).partition("token=")[2]
    site.call("POST", "/v1/verifications", {"token": token, "password": PASSWORD})
    return form


def decide(page: Page, how: str) -> None:
    page.get_by_label(how).check()


def test_a_reviewer_compares_data_and_documents_and_decides(visitor: Visitor, site: Site) -> None:
    coop = Cooperative()
    first, second = Someone("Ana María Núñez Pérez"), Someone("Luis Alberto Chicaiza de la Cruz")
    of_seps(site, first, coop).send_in(coop.representative)
    of_seps(site, second, Cooperative()).send_in()
    visitor.enter_as("reviewer")
    page = visitor.open("/staff/work")
    visitor.look("work-reviewer")
    page.get_by_role("link", name="Revisar solicitudes").click()
    page.get_by_role("heading", level=1, name="Solicitudes por revisar").wait_for()
    visitor.look("review-queue")
    page.get_by_role("link", name=first.name).click()
    page.get_by_text("Firmó: JOSÉ IGNACIO CUEVA RÍOS").wait_for()
    visitor.look("review-application")
    with page.expect_download():
        page.get_by_role("button", name="Abrir el documento: Solicitud").click()
    page.get_by_label("Rechazar").check()
    page.get_by_role("button", name="Registrar decisión").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look("review-reason-missing")
    page.get_by_label("Motivo del rechazo").fill("La firma del representante no es legible.")
    page.get_by_role("button", name="Registrar decisión").dblclick()
    expect(page.get_by_role("heading", name="Solicitud rechazada")).to_be_focused()
    visitor.look("review-rejected")
    assert "no es legible" in site.mails(first.email)[0]["text"]
    page.get_by_role("link", name="Ver la siguiente solicitud").click()
    page.get_by_role("heading", level=1, name=second.name).wait_for()
    page.get_by_label("Aprobar").check()
    page.get_by_role("button", name="Registrar decisión").click()
    expect(page.get_by_role("heading", name="Solicitud aprobada")).to_be_focused()
    assert site.link(second.email)


@pytest.mark.parametrize("width", [1280])
def test_the_platforms_administrator_reviews_an_institution(visitor: Visitor, site: Site) -> None:
    eva = Someone("Eva Paz")
    of_staff(site, eva, Someone("Marta Ayala")).send_in()
    visitor.enter_as("platform_admin")
    page = visitor.open("/staff/review?portal=staff")
    page.get_by_role("link", name=eva.name).click()
    page.get_by_text("Instituto Imaginario de Catastros").wait_for()
    visitor.look("review-institution")
    page.get_by_label("Aprobar").check()
    page.get_by_role("button", name="Registrar decisión").click()
    expect(page.get_by_role("heading", name="Solicitud aprobada")).to_be_focused()


def test_an_agent_registers_somebody_and_hands_a_code_over(visitor: Visitor, site: Site) -> None:
    visitor.enter_as("agent")
    page = visitor.open("/staff/desk")
    visitor.look("desk")
    page.get_by_label("Número de cédula (N.U.I.)").fill("1012000020")
    page.get_by_label("Correo electrónico habitual").fill("segundo.tituana@example.ec")
    page.get_by_role("button", name="Registrar").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look("desk-not-seen")
    page.get_by_label("Vi la cédula original").check()
    page.get_by_role("button", name="Registrar").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Entregue este código")
    visitor.look("desk-code")
    code = page.locator(".big-code").inner_text()
    assert code
    assert code not in site.mails("segundo.tituana@example.ec")[0]["text"], "it goes from hand to hand"


@pytest.mark.parametrize("width", [360])
def test_an_agent_is_told_who_may_have_no_account(visitor: Visitor) -> None:
    visitor.enter_as("agent")
    visitor.forgive("422")
    page = visitor.open("/staff/desk")
    page.get_by_label("Número de cédula (N.U.I.)").fill("1012000079")
    page.get_by_label("Correo electrónico habitual").fill("carmen@example.ec")
    page.get_by_label("Vi la cédula original").check()
    page.get_by_role("button", name="Registrar").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look("desk-not-eligible")


def test_an_account_is_found_corrected_locked_and_unlocked(
    visitor: Visitor, site: Site, rosa: dict[str, Any]
) -> None:
    visitor.enter_as("portal_admin")
    page = visitor.open("/staff/accounts")
    visitor.look("accounts")
    page.get_by_label("Demostración").check()
    page.get_by_label("Número de identificación").fill(rosa["identifier"]["number"])
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("heading", level=2, name="Quishpe").wait_for()
    visitor.look("account")
    page.get_by_text("Corregir nombres o correo").click()
    page.get_by_label("Nombres").fill(f"Rosa Elvira {'Luz' if visitor.width == 360 else 'Sol'}")
    page.get_by_role("group").filter(has_text="Corregir").get_by_label("Motivo").fill("Así consta en su cédula")
    visitor.look("account-correction")
    page.get_by_role("button", name="Guardar corrección").click()
    expect(page.get_by_text("Corrección guardada")).to_be_visible()
    for act, done in (("Bloquear", "Cuenta bloqueada"), ("Desbloquear", "Cuenta desbloqueada")):
        page.locator("summary").filter(has_text=act).click()
        page.get_by_role("group").filter(has_text=act).get_by_label("Motivo").fill("Lo pidió por teléfono")
        page.get_by_role("button", name=act, exact=True).dblclick()
        expect(page.get_by_text(done)).to_be_visible()
        visitor.look(f"account-{act.lower()}")
    told = [mail["subject"] for mail in site.mails(rosa["email"])][:3]
    assert len(told) == 3


@pytest.mark.parametrize("width", [360])
def test_an_account_is_closed_only_when_it_is_meant(visitor: Visitor, site: Site) -> None:
    form = {
        "identifier": {"kind": "cedula", "number": new_number()},
        "given_names": "Luz",
        "surnames": "Paredes",
        "email": "luz.paredes@example.ec",
        "password": PASSWORD,
    }
    site.call("POST", "/v1/portals/demo/registrations", form)
    token = site.link(form["email"]).partition("token=")[2]
    site.call("POST", "/v1/verifications", {"token": token, "password": PASSWORD})
    visitor.enter_as("portal_admin")
    page = visitor.open("/staff/accounts")
    page.get_by_label("Demostración").check()
    page.get_by_label("Número de identificación").fill(form["identifier"]["number"])
    page.get_by_role("button", name="Buscar").click()
    page.locator("summary").filter(has_text="Cerrar la cuenta").click()
    page.get_by_role("group").filter(has_text="Cerrar").get_by_label("Motivo").fill("Duplicada")
    page.get_by_role("button", name="Cerrar la cuenta").click()
    page.get_by_role("dialog").wait_for()
    visitor.look("account-close")
    page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
    page.get_by_role("button", name="Cerrar la cuenta").click()
    page.get_by_role("dialog").get_by_role("button", name="Cerrar la cuenta").click()
    expect(page.get_by_text("Cuenta cerrada")).to_be_visible()
    page.get_by_role("button", name="Buscar").click()
    expect(page.get_by_text("Nadie con el número")).to_be_visible()
    visitor.look("accounts-nobody")
