"""The staff's pages: an agent registers, a reviewer decides, an administrator looks after accounts."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.paperwork import Case, of_seps, of_staff
from tests.flows.paperwork import Cooperative, Someone
from tests.flows.town import new_number

PASSWORD = "llueve mucho en Cuenca hoy"


def registered(site: Site) -> dict[str, str]:
    """Return the number and address of a new citizen of `demo`."""
    number = new_number()
    rosa = {"given_names": "Rosa Elvira", "surnames": "Quishpe Andrade", "email": f"rosa{number}@example.ec"}
    identifier = {"kind": "cedula", "number": number}
    form = {**rosa, "identifier": identifier, "password": PASSWORD}
    site.call("POST", "/v1/portals/demo/registrations", form)
    token = site.link(rosa["email"]).partition("token=")[2]
    site.call("POST", "/v1/verifications", {"token": token, "password": PASSWORD})
    return {"number": number, "email": rosa["email"]}


def path_part(case: Case) -> str:
    """Return how the pages write an application's id in a path."""
    return case.id.replace(".", "~")


def review(visitor: Visitor, case: Case) -> Page:
    """Open an application from the queue."""
    page = visitor.open(f"/staff/review?portal={case.portal}")
    page.locator(f'a[href$="{path_part(case)}"]').click()
    page.get_by_role("button", name="Registrar decisión").wait_for()
    page.reload()
    page.get_by_role("button", name="Registrar decisión").wait_for()
    return page


def found(visitor: Visitor, number: str) -> Page:
    """Look an account of `demo` up."""
    page = visitor.open("/staff/accounts")
    page.get_by_label("Portal de demostración").check()
    page.get_by_label("Número de identificación").fill(number)
    page.get_by_role("button", name="Buscar").click()
    return page


def unfolded(page: Page, heading: str) -> Locator:
    """Unfold one of the things to do with an account."""
    part = page.locator("details").filter(has=page.locator("summary", has_text=heading))
    part.locator("summary").click()
    return part


def test_a_reviewer_compares_data_and_documents_and_decides(visitor: Visitor, site: Site) -> None:
    ana, coop = Someone("Ana María Núñez Pérez"), Cooperative()
    refused = of_seps(site, ana, coop).send_in(coop.representative)
    of_seps(site, Someone("Luis Alberto Chicaiza de la Cruz"), Cooperative()).send_in()
    visitor.enter_as("reviewer")
    page = visitor.open("/staff/work")
    visitor.look("work-reviewer")
    page.get_by_role("link", name="Revisar solicitudes").click()
    page.get_by_role("heading", level=1, name="Solicitudes por revisar").wait_for()
    visitor.look("review-queue")
    review(visitor, refused)
    expect(page.get_by_text("Firmó: JOSÉ IGNACIO CUEVA RÍOS")).to_be_visible()
    visitor.look("review-application")
    with page.expect_download():
        page.get_by_role("button", name="Descargar PDF: Solicitud").click()
    page.get_by_label("Rechazar").check()
    page.get_by_role("button", name="Registrar decisión").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look("review-reason-missing")
    page.get_by_label("Motivo del rechazo").fill("La firma del representante no es legible.")
    page.get_by_role("button", name="Registrar decisión").dblclick()
    expect(page.get_by_role("heading", name="Solicitud rechazada")).to_be_focused()
    assert "no es legible" in site.mails(ana.email)[0]["text"]
    page.get_by_role("link", name="Ver la siguiente solicitud").click()
    expect(page.get_by_role("heading", name="Solicitud rechazada")).to_have_count(0)
    assert path_part(refused) not in page.url


@pytest.mark.parametrize("width", [1280])
def test_the_platforms_administrator_approves_an_institution(visitor: Visitor, site: Site) -> None:
    eva = Someone("Eva Paz")
    case = of_staff(site, eva, Someone("Marta Ayala")).send_in()
    visitor.enter_as("platform_admin")
    page = review(visitor, case)
    expect(page.get_by_text("Ibarra · 1001")).to_be_visible()
    visitor.look("review-institution")
    page.get_by_label("Aprobar").check()
    page.get_by_role("button", name="Registrar decisión").click()
    expect(page.get_by_role("heading", name="Solicitud aprobada")).to_be_focused()
    visitor.look("review-approved")
    assert site.link(eva.email)


def test_an_agent_registers_somebody_and_hands_a_code_over(visitor: Visitor, site: Site) -> None:
    visitor.enter_as("agent")
    page = visitor.open("/staff/desk")
    visitor.look("desk")
    page.get_by_label("Número de cédula (N.U.I.)").fill("1012000020")
    page.get_by_label("Correo electrónico habitual").fill("segundo.tituana@example.ec")
    page.get_by_role("button", name="Registrar").click()
    expect(page.get_by_role("alert")).to_be_focused()
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


@pytest.mark.parametrize("width", [360])
def test_an_account_is_found_corrected_locked_unlocked_and_closed(visitor: Visitor, site: Site) -> None:
    rosa = registered(site)
    visitor.enter_as("portal_admin")
    page = found(visitor, rosa["number"])
    part = unfolded(page, "Corregir nombres o correo")
    part.get_by_label("Nombres").fill("Rosa Luz")
    part.get_by_label("Motivo").fill("Así consta en su cédula")
    visitor.look("account-correction")
    part.get_by_role("button", name="Guardar corrección").click()
    expect(page.get_by_role("heading", level=2, name="Rosa Luz Quishpe Andrade")).to_be_visible()
    for act, done in (("Bloquear", "Cuenta bloqueada"), ("Desbloquear", "Cuenta desbloqueada")):
        part = unfolded(page, act)
        part.get_by_label("Motivo").fill("Lo pidió por teléfono")
        part.get_by_role("button", name=act, exact=True).dblclick()
        expect(page.get_by_text(done)).to_be_visible()
    visitor.look("account-unlocked")
    part = unfolded(page, "Cerrar la cuenta")
    part.get_by_label("Motivo").fill("Duplicada")
    part.get_by_role("button", name="Cerrar la cuenta").click()
    visitor.look("account-close")
    page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
    part.get_by_role("button", name="Cerrar la cuenta").click()
    page.get_by_role("dialog").get_by_role("button", name="Cerrar la cuenta").click()
    expect(page.get_by_text("Cuenta cerrada")).to_be_visible()
    page.get_by_role("button", name="Buscar").click()
    expect(page.get_by_text("Nadie con el número")).to_be_visible()
    assert len(site.mails(rosa["email"])) == 5, "a link, and a mail about each act"


@pytest.mark.parametrize("width", [1280])
def test_an_account_fits_on_a_desk(visitor: Visitor, site: Site) -> None:
    visitor.enter_as("portal_admin")
    page = found(visitor, site.demo["citizen"]["identifier"])
    page.get_by_role("heading", level=2, name="Demostración").wait_for()
    visitor.look("account")


@pytest.mark.parametrize("width", [1280])
def test_a_decision_outlives_the_session(visitor: Visitor, site: Site) -> None:
    case = of_seps(site, Someone("Ana María Núñez Pérez"), Cooperative()).send_in()
    visitor.enter_as("reviewer")
    page = review(visitor, case)
    page.get_by_label("Rechazar").check()
    page.get_by_label("Motivo del rechazo").fill("Falta el sello de la organización.")
    visitor.forgive("401")
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Registrar decisión").click()
    dialog = page.get_by_role("dialog")
    vera = site.demo["staff"]["reviewer"]
    dialog.get_by_label("Número de identificación").fill(vera["identifier"])
    dialog.get_by_label("Contraseña", exact=True).fill(vera["password"])
    visitor.look("sign-in-dialog")
    dialog.get_by_role("button", name="Ingresar").click()
    later = pyotp.TOTP(vera["totp_secret"]).at(int(time.time()) + 30)  # the code of now has served
    dialog.get_by_label("Código de 6 dígitos").fill(later)
    dialog.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_role("heading", name="Solicitud rechazada")).to_be_focused()
