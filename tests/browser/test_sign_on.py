"""A system signs people in and out with their account here: the pages that ask. The API's answers are made up here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.browsing import Visitor

QUERY = "client_id=catastro&state=a%20b&asked=x.y"
ASKED = {
    "client": {"id": "catastro", "name": "Catastro en línea del GAD Municipal de San Miguel de Ibarra"},
    "scopes": [
        {"id": "openid", "text": "Saber que es usted, cada vez que ingresa"},
        {"id": "profile", "text": "Ver su nombre"},
    ],
    "next": "consent",
    "consent": True,
    "pending": [],
    "login_hint": None,
    "locale": "es",
}


@pytest.mark.parametrize(("press", "approved"), [("Aceptar e ingresar", True), ("No aceptar", False)])
def test_the_person_says_whether_a_system_may_sign_them_in(visitor: Visitor, press: str, approved: bool) -> None:
    page = visitor.page
    asked = answer(page, f"**/v1/portals/demo/authorize/request?{QUERY}", ASKED)
    said = answer(page, "**/v1/portals/demo/authorize", {"redirect_to": f"{visitor.site.url}/demo/?code=1"})
    visitor.open(f"/demo/authorize?{QUERY}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Catastro en línea")
    expect(page.get_by_text("Ver su nombre")).to_be_visible()
    if approved:
        visitor.look("authorize")
    page.get_by_role("button", name=press).dblclick()
    page.wait_for_url("**/demo/?code=1")
    assert len(asked) == 1
    assert [json.loads(body) for body in said] == [{"query": QUERY, "approve": approved}]


@pytest.mark.parametrize("width", [360])
def test_who_agreed_before_goes_straight_on(visitor: Visitor) -> None:
    page = visitor.page
    answer(page, "**/v1/portals/demo/authorize/request?*", {**ASKED, "next": "continue", "consent": False})
    said = answer(page, "**/v1/portals/demo/authorize", {"redirect_to": f"{visitor.site.url}/demo/?code=2"})
    page.goto(f"{visitor.site.url}/demo/authorize?{QUERY}")
    page.wait_for_url("**/demo/?code=2")
    assert len(said) == 1


@pytest.mark.parametrize("width", [360])
def test_an_unknown_system_is_told_of_and_led_nowhere(visitor: Visitor) -> None:
    visitor.forgive("status of 40")
    page = visitor.open("/demo/authorize?client_id=nobody")
    expect(page.get_by_role("heading", name="No se puede ingresar a ese sistema")).to_be_visible()
    visitor.look("authorize-unknown")


def test_nobody_is_signed_out_unless_they_say_so(visitor: Visitor) -> None:
    page = visitor.page
    said = answer(page, "**/v1/portals/demo/logout", {"redirect_to": f"{visitor.site.url}/demo/?gone=1"})
    visitor.open("/demo/logout?client_id=catastro")
    visitor.look("logout")
    assert not said
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url("**/demo/?gone=1")
    assert [json.loads(body) for body in said] == [{"query": "client_id=catastro"}]


def answer(page: Page, url: str, body: Any) -> list[str]:
    """Answer calls to an address; return the bodies that came, as they come."""
    came: list[str] = []

    def handle(route: Route) -> None:
        came.append(route.request.post_data or "")
        route.fulfill(json=body)

    page.route(url, handle)
    return came
