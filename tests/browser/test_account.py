"""Accounts: the mailed links, entering with all that may come before, a forgotten password, the profile."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.paperwork import of_staff
from tests.flows.paperwork import Someone
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
    return {**said, "password": PASSWORD}


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


@pytest.mark.parametrize(("portal", "width"), [("demo", 360), ("ipsot", 1280)])
def test_a_mailed_link_opens_the_account_by_the_chosen_password(visitor: Visitor, site: Site, portal: str) -> None:
    visitor.forgive("401")
    who = registered(site, portal)
    page = visitor.open(site.link(who["email"]))
    heading(page, "Active su cuenta")
    visitor.look(f"verify-{portal}")
    page.get_by_label("Contraseña", exact=True).fill("otra contraseña")
    page.get_by_role("button", name="Activar cuenta").click()
    expect(page.get_by_role("alert")).to_contain_text("No es la contraseña que eligió")
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


def answer_questions(page: Page) -> None:
    """Choose three questions and answer them."""
    for place in range(3):
        page.get_by_label(f"Pregunta {place + 1}").select_option(index=place + 1)
        page.get_by_label(f"Respuesta {place + 1}").fill(f"la respuesta {place}")


NEIGHBOURS = {360: "1012000012", 1280: "1012000020"}
"""Whom the local registry of Ibarra knows."""


def neighbour(site: Site, width: int) -> tuple[dict[str, str], str]:
    """Return somebody who asked for an account of Ibarra, and the temporary key that was mailed."""
    number = NEIGHBOURS[width]
    email = f"vecina{number}@example.ec"
    form = {"identifier": {"kind": "cedula", "number": number}, "email": email}
    site.call("POST", "/v1/portals/ibarra/registrations", form)
    key = re.search(r"Contraseña temporal: (\S+)", site.mails(email)[0]["text"])
    assert key
    return {"portal": "ibarra", "identifier": number, "email": email}, key[1]


def reset_by_code(visitor: Visitor, site: Site, who: dict[str, str]) -> None:
    """Set a new password by the code that is mailed, and check the data on the way."""
    page = visitor.open("/ibarra/reset")
    page.get_by_label("Número de identificación").fill(who["identifier"])
    page.get_by_role("button", name="Enviar el mensaje").click()
    expect(page.get_by_role("heading", name="Revise su correo")).to_be_visible(timeout=30_000)
    code = re.search(r"Código temporal: (\S.*)", site.mails(who["email"])[0]["text"])
    assert code, site.mails(who["email"])[0]["text"]
    page = visitor.open(site.link(who["email"]))
    heading(page, "Código de su correo")
    visitor.look("reset-code")
    page.get_by_label("Número de identificación").fill(who["identifier"])
    page.get_by_label("Código").fill(code[1].strip())
    page.get_by_role("button", name="Continuar").click()
    heading(page, "Restablecer la contraseña")
    visitor.look("reset-data")
    page.get_by_label("Contraseña nueva", exact=True).fill("helados de paila 12")
    page.get_by_role("button", name="Guardar contraseña").click()
    heading(page, "Contraseña guardada")


def test_ibarra_a_temporary_key_then_every_step_then_a_reset_by_code(visitor: Visitor, site: Site) -> None:
    visitor.forgive("/v1/resets/open")  # says that a code is wanted
    who, key = neighbour(site, visitor.width)
    page = visitor.open("/ibarra/sign-in")
    visitor.look("sign-in-ibarra")
    enter(page, who["identifier"], key)
    heading(page, "Cambie su clave temporal")
    visitor.look("entry-password")
    page.get_by_label("Clave temporal", exact=True).fill(key)
    page.get_by_label("Contraseña nueva", exact=True).fill("el arrope con queso 7")
    page.get_by_role("button", name="Guardar y continuar").click()
    heading(page, "Revise sus datos")
    visitor.look("entry-data")
    page.get_by_label("Teléfono").fill("0991234567")
    page.get_by_role("button", name="Mis datos están bien").click()
    heading(page, "Elija sus preguntas de seguridad")
    answer_questions(page)
    visitor.look("entry-questions")
    page.get_by_role("button", name="Guardar y continuar").click()
    heading(page, "Condiciones")
    visitor.look("entry-terms")
    page.get_by_role("button", name="Acepto y continúo").click()
    heading(page, "Mi cuenta")
    expect(page.get_by_text("991234567")).to_be_visible()
    visitor.look("profile-ibarra")

    visitor.forgive("401")
    page = visitor.open("/ibarra/profile/questions")
    answer_questions(page)
    page.get_by_label("Contraseña actual", exact=True).fill(key)
    page.get_by_role("button", name="Guardar preguntas").click()
    expect(page.get_by_role("alert")).to_contain_text("No es su contraseña actual")
    visitor.look("profile-questions-refused")
    page.get_by_label("Contraseña actual", exact=True).fill("el arrope con queso 7")
    page.get_by_role("button", name="Guardar preguntas").click()
    expect(page.get_by_text("Guardamos sus preguntas")).to_be_visible()
    reset_by_code(visitor, site, who)


def test_failures_are_followed_by_the_security_question(visitor: Visitor, site: Site) -> None:
    """Somebody else tried: the right password is followed by a question."""
    asked = {"pending": ["security_question"], "question": "first_pet"}
    session = {"session": {"id": "s", "expires_at": "2030-01-01T00:00:00Z"}, "token": "t"}
    page = visitor.open("/ibarra/sign-in?next=/ibarra/")
    page.route("**/v1/sessions", lambda route: route.fulfill(status=201, json={**session, **asked}))
    page.route("**/security-question", lambda route: route.fulfill(json={"pending": []}))
    enter(page, "1012000012", PASSWORD)
    heading(page, "Pregunta de seguridad")
    visitor.look("sign-in-question")
    page.get_by_label("¿Cómo se llamaba su primera mascota?").fill("Canela")
    with page.expect_request("**/security-question") as sent:
        page.get_by_role("button", name="Confirmar").click()
    assert sent.value.post_data_json == {"question": "first_pet", "answer": "Canela"}
    heading(page, "Portal Ciudadano")


def test_staff_enrol_an_app_and_enter_by_a_recovery_code(visitor: Visitor, site: Site) -> None:
    visitor.forgive("401")  # a code that is mistyped, a session that is over
    user, authority = Someone("Inés Gavilanes Mora"), Someone("Julio César Andino Paz")
    case = of_staff(site, user, authority).send_in(authority)
    visitor.enter_as("platform_admin")
    decided = visitor.context.request.post(
        f"{site.url}/v1/review/applications/{case.id}/decision",
        data={"decision": "approve", "reason": "Todo en orden"},
        headers={"Origin": site.url},
    )
    assert decided.ok, decided.text()
    visitor.context.clear_cookies()
    page = visitor.open(site.link(user.email))
    heading(page, "Elija su contraseña")
    visitor.look("verify-staff")
    page.get_by_label("Contraseña nueva", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Activar cuenta").click()
    page.locator("main").get_by_role("link", name="Ingresar").click()
    enter(page, user.number, PASSWORD)
    heading(page, "Registre una aplicación de códigos")
    expect(page.get_by_role("img", name="Código QR para la aplicación")).to_be_visible()
    page.get_by_text("No puedo leer el código QR").click()
    secret = page.locator(".reference").inner_text().replace(" ", "")
    visitor.look("entry-second-factor")
    page.get_by_label("Código de 6 dígitos").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirmar").click()
    heading(page, "Guarde sus códigos de recuperación")
    visitor.look("entry-recovery-codes")
    code, another, *_ = page.locator(".codes > li").all_inner_texts()
    page.get_by_role("button", name="Ya los guardé: continuar").click()
    heading(page, "Mi trabajo")
    page.get_by_role("button", name="Salir").click()
    heading(page, "Personal e instituciones")
    visitor.open("/staff/profile/password")
    expect(page.get_by_text("Su sesión terminó")).to_be_visible()
    enter(page, user.number, PASSWORD)
    heading(page, "Código de su aplicación")
    visitor.look("sign-in-code")
    page.get_by_label("Código de 6 dígitos").fill("000000")
    page.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_role("alert")).to_contain_text("El código no es correcto")
    page.get_by_label("Código de 6 dígitos").fill(code)
    page.get_by_role("button", name="Confirmar").click()
    heading(page, "Cambiar la contraseña")

    page = visitor.open("/staff/profile/second-factor")
    visitor.look("profile-second-factor")
    page.get_by_label("Su contraseña", exact=True).fill(PASSWORD)
    page.get_by_label("Código de la aplicación actual").fill(another)
    page.get_by_role("button", name="Registrar otra aplicación").click()
    heading(page, "Registre una aplicación de códigos")
    page.get_by_text("No puedo leer el código QR").click()
    assert page.locator(".reference").inner_text().replace(" ", "") != secret


def test_somebody_looks_after_the_account(visitor: Visitor, site: Site) -> None:
    """Data, address, password."""
    who = citizen(site)
    visitor.sign_in(who)
    page = visitor.open("/demo/profile")
    heading(page, "Mi cuenta")
    visitor.look("profile")
    page.get_by_role("link", name="Corregir sus datos").click()
    page.get_by_label("Nombres").fill("Rosa Elvira del Pilar")
    visitor.look("profile-data")
    page.get_by_role("button", name="Guardar cambios").click()
    expect(page.get_by_text("Guardamos sus datos.")).to_be_visible()
    visitor.look("profile-done")
    page.get_by_role("link", name="Volver").click()
    expect(page.get_by_text("Rosa Elvira del Pilar")).to_be_visible()

    page.get_by_role("link", name="Cambiar el correo electrónico").click()
    page.get_by_label("Correo electrónico nuevo").fill("x" + who["email"])
    page.get_by_label("Su contraseña", exact=True).fill(PASSWORD)
    visitor.look("profile-address")
    page.get_by_role("button", name="Cambiar correo").click()
    expect(page.get_by_text("Enviamos un mensaje a")).to_be_visible()

    page = visitor.open(site.link("x" + who["email"]))
    heading(page, "Confirme su correo")
    visitor.look("verify-address")
    page.get_by_role("button", name="Confirmar esta dirección").click()
    heading(page, "Dirección confirmada")
    visitor.sign_in(who)

    page = visitor.open("/demo/profile/password")
    page.get_by_label("Contraseña actual", exact=True).fill(PASSWORD)
    page.get_by_label("Contraseña nueva", exact=True).fill(LATER)
    visitor.look("profile-password")
    page.get_by_role("button", name="Cambiar contraseña").click()
    expect(page.get_by_text("Cambiamos su contraseña")).to_be_visible()


def test_somebody_sees_sessions_and_data_and_leaves(visitor: Visitor, site: Site) -> None:
    """Sessions, export, closing; and the notice that mails come back."""
    who = citizen(site)
    site.call("POST", "/v1/sessions", {name: who[name] for name in ("portal", "identifier", "password")})
    visitor.sign_in(who)
    page = visitor.open("/demo/profile/sessions")
    expect(page.locator(".sessions > li")).to_have_count(2)
    visitor.look("profile-sessions")
    page.locator(".sessions button").click()
    expect(page.locator(".sessions > li")).to_have_count(1)

    page = visitor.open("/demo/profile/export")
    visitor.look("profile-export")
    with page.expect_download() as file:
        page.get_by_role("button", name="Descargar mis datos").click()
    assert who["identifier"] in file.value.path().read_text(encoding="utf-8")

    page.route("**/v1/me", lambda route: route.fulfill(json={**route.fetch().json(), "email_status": "stopped"}))
    visitor.open("/demo/profile")
    expect(page.get_by_role("heading", name="Sus avisos no llegan")).to_be_visible()
    visitor.look("profile-bounced")
    page.unroute("**/v1/me")
    page.get_by_role("button", name="La dirección es correcta").click()
    expect(page.get_by_text("Volveremos a escribirle")).to_be_visible()

    page = visitor.open("/demo/profile/close")
    page.get_by_label("Su contraseña", exact=True).fill(PASSWORD)
    visitor.look("profile-close")
    page.get_by_role("button", name="Cerrar mi cuenta").click()
    page.get_by_role("dialog").get_by_role("button", name="Cerrar mi cuenta").click()
    heading(page, "Su cuenta está cerrada")


def test_a_session_that_ends_asks_for_the_password_and_loses_nothing(visitor: Visitor, site: Site) -> None:
    visitor.forgive("401")
    who = citizen(site)
    visitor.sign_in(who)
    page = visitor.open("/demo/profile/data")
    page.get_by_label("Nombres").fill("Rosa de las Mercedes")
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Guardar cambios").click()
    dialog = page.get_by_role("dialog", name="Ingrese para continuar")
    expect(dialog).to_be_visible()
    visitor.look("session-ended")
    dialog.get_by_label("Número de identificación").fill(who["identifier"])
    dialog.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Ingresar").click()
    expect(page.get_by_text("Guardamos sus datos.")).to_be_visible()
    page.get_by_role("link", name="Volver").click()
    expect(page.get_by_text("Rosa de las Mercedes")).to_be_visible()


@pytest.mark.parametrize("width", [360])
def test_a_forgotten_password_is_set_by_a_mailed_link(visitor: Visitor, site: Site) -> None:
    who = citizen(site)
    page = visitor.open("/demo/sign-in")
    page.get_by_role("link", name="Olvidé mi contraseña").click()
    heading(page, "Restablecer la contraseña")
    visitor.look("reset-ask")
    page.get_by_label("Número de identificación").fill(who["identifier"])
    page.get_by_role("button", name="Enviar el mensaje").click()
    heading(page, "Revise su correo")
    page = visitor.open(site.link(who["email"]))
    heading(page, "Contraseña nueva")
    visitor.look("reset-new")
    page.get_by_label("Contraseña nueva", exact=True).fill(LATER)
    page.get_by_role("button", name="Guardar contraseña").click()
    heading(page, "Contraseña guardada")
    page.locator("main").get_by_role("link", name="Ingresar").click()
    enter(page, who["identifier"], LATER)
    page.wait_for_url(re.compile("/demo/mailbox$"))
