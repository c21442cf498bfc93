"""The sample service of `demo` in a browser: entering through the portal, consent, what it learnt, signing out."""

from __future__ import annotations

import re

import pytest

from tests.browser.browsing import Site, Visitor


@pytest.mark.parametrize("width", [360])
def test_somebody_enters_the_sample_service_with_their_account_and_leaves_it(site: Site, visitor: Visitor) -> None:
    page, citizen, service = visitor.page, site.demo["citizen"], site.demo["sample"]["url"]
    page.goto(service)
    visitor.forgive("401")  # nobody is signed in yet
    page.get_by_role("link", name="Entrar con el portal").or_(page.get_by_role("button", name="Entrar con")).click()
    page.get_by_label("Número de identificación").fill(citizen["identifier"])
    page.get_by_label("Contraseña", exact=True).fill(citizen["password"])
    page.get_by_role("button", name="Ingresar", exact=True).click()
    page.get_by_role("heading", name="¿Ingresar a Servicio de muestra?").wait_for()
    visitor.look("sample-consent")
    page.get_by_role("button", name="Aceptar e ingresar").click()
    page.get_by_text("self_asserted").wait_for()
    visitor.look("sample-learnt")
    assert page.url.startswith(service)
    assert "code=" not in page.url
    page.get_by_role("button", name="Actualizar mis datos").click()
    page.get_by_text("Sus datos están al día.").wait_for()
    page.get_by_role("button", name="Salir").click()
    page.get_by_role("heading", name="¿Cerrar su sesión?").wait_for()
    visitor.look("sample-sign-out")
    page.get_by_role("button", name="Salir", exact=True).click()
    page.get_by_text("Usted salió de este servicio").wait_for()
    assert page.url.startswith(service)
    visitor.open("/demo/mailbox")  # the session of the portal is over too
    page.wait_for_url(re.compile("/demo/sign-in"))


@pytest.mark.parametrize("width", [360])
def test_what_a_system_may_know_is_listed_and_can_be_taken_back(site: Site, visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in(site.demo["citizen"])
    page.goto(site.demo["sample"]["url"])
    page.get_by_role("link", name="Entrar con el portal").or_(page.get_by_role("button", name="Entrar con")).click()
    accept = page.get_by_role("button", name="Aceptar e ingresar")
    learnt = page.get_by_text("self_asserted")
    accept.or_(learnt).wait_for()  # whoever agreed before is not asked again
    if accept.is_visible():
        accept.click()
    learnt.wait_for()
    visitor.open("/demo/profile/systems")
    visitor.look("profile-systems")
    page.get_by_role("button", name="Retirar permiso de Servicio de muestra").click()
    page.get_by_role("button", name="Retirar permiso de Servicio de muestra").wait_for(state="detached")
    visitor.open("/demo/profile/systems")
    page.get_by_text("Ningún sistema conoce sus datos").wait_for()
