"""Accounts: the mailed links, entering with all that may come before, a forgotten password, the profile."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Site, Visitor
from tests.flows.town import new_number

PASSWORD = "llueve mucho en Cuenca hoy"
LATER = "la garza cruza el río Tomebamba"


def registration(portal: str, number: str) -> dict[str, Any]:
    """Return what somebody types into a portal's form."""
    said = {
        "identifier": {"kind": "cedula", "number": number},
        "given_names": "Rosa Elvira",
        "surnames": "Quishpe Andrade",
        "email": f"rosa{number}@example.ec",
    }
    if portal == "ipsot":
        said |= {"organization": "0101", "unit": "Unidad GAD", "position": "Directora de Planificación"}
        said |= {"work_phone": "072831000", "mobile_phone": "0991234567"}
    return said if portal == "ibarra" else {**said, "password": PASSWORD}


def registered(site: Site, portal: str) -> dict[str, str]:
    """Send the form in; the mail is on its way."""
    number = new_number()
    form = registration(portal, number)
    answer = site.call("POST", f"/v1/portals/{portal}/registrations", form)
    assert answer["status"] == "pending", answer
    return {"portal": portal, "identifier": number, "password": PASSWORD, "email": form["email"]}


def citizen(site: Site, portal: str = "demo") -> dict[str, str]:
    """Return somebody with an account."""
    who = registered(site, portal)
    token = site.link(who["email"]).partition("token=")[2]
    site.call("POST", "/v1/verifications", {"token": token, "password": PASSWORD})
    return who


def enter(page: Page, number: str, password: str) -> None:
    """Fill the sign-in form in."""
    page.get_by_label("Número de identificación").fill(number)
    page.get_by_label("Contraseña", exact=True).fill(password)
    page.get_by_role("button", name="Ingresar").click()


def heading(page: Page, text: str) -> None:
    """Wait for the page of this heading."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()


@pytest.mark.parametrize("portal", ["demo", "ipsot"])
def test_a_mailed_link_opens_the_account_by_the_chosen_password(visitor: Visitor, site: Site, portal: str) -> None:
    visitor.forgive("401")
    who = registered(site, portal)
    page = visitor.open(site.link(who["email"]))
    heading(page, "Active su cuenta")
    visitor.look(f"verify-{portal}")
    page.get_by_label("Contraseña", exact=True).fill("otra contraseña")
    page.get_by_role("button", name="Activar cuenta").click()
    expect(page.get_by_role("alert")).to_contain_text("Los datos no coinciden")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Activar cuenta").click()
    heading(page, "Su cuenta está lista")
    page.locator("main").get_by_role("link", name="Ingresar").click()
    heading(page, "Ingresar")
    visitor.look(f"sign-in-{portal}")
    enter(page, who["identifier"], PASSWORD)
    page.wait_for_url(re.compile(f"/{portal}/(mailbox|profile)$"))


def test_a_link_that_is_gone_leads_to_a_new_one(visitor: Visitor, site: Site) -> None:
    visitor.forgive("410")
    who = registered(site, "demo")
    old = site.link(who["email"])
    site.call("POST", "/v1/resets", {"portal": "demo", "identifier": who["identifier"]})
    site.mails(who["email"])
    page = visitor.open(old + "x")
    heading(page, "Este enlace ya no sirve")
    visitor.look("link-gone")
    page.get_by_role("link", name="Portal de demostración").click()
    heading(page, "Pedir un enlace nuevo")
    page.get_by_label("Número de identificación").fill(who["identifier"])
    page.get_by_role("button", name="Enviar el mensaje").click()
    heading(page, "Revise su correo")
    visitor.look("reset-sent")
    visitor.open(site.link(who["email"]))
    heading(page, "Active su cuenta")


def test_a_temporary_key_leads_through_every_step_of_a_first_entry(visitor: Visitor, site: Site) -> None:
    who = registered(site, "ibarra")
    key = re.search(r"^\s*(\S*\d\S*-\S+|[A-Za-z0-9-]{10,})\s*$", site.mails(who["email"])[0]["text"], re.M)
    assert key, site.mails(who["email"])[0]["text"]
    page = visitor.open("/ibarra/sign-in")
    visitor.look("sign-in-ibarra")
    enter(page, who["identifier"], key[1])
    heading(page, "Cambie su clave temporal")
    visitor.look("entry-password")
    page.get_by_label("Clave temporal", exact=True).fill(key[1])
    page.get_by_label("Contraseña nueva", exact=True).fill(PASSWORD[:24] + "7")
    page.get_by_role("button", name="Guardar y continuar").click()
    heading(page, "Revise sus datos")
    visitor.look("entry-data")
    page.get_by_label("Teléfono").fill("0991234567")
    page.get_by_role("button", name="Mis datos están bien").click()
    heading(page, "Elija sus preguntas de seguridad")
    for place in range(3):
        page.get_by_label(f"Pregunta {place + 1}").select_option(index=place + 1)
        page.get_by_label(f"Respuesta {place + 1}").fill(f"la respuesta {place}")
    visitor.look("entry-questions")
    page.get_by_role("button", name="Guardar y continuar").click()
    heading(page, "Condiciones")
    visitor.look("entry-terms")
    page.get_by_role("button", name="Acepto y continúo").click()
    heading(page, "Mi cuenta")
    expect(page.get_by_text("0991234567")).to_be_visible()
    visitor.look("profile-ibarra")
