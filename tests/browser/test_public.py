"""The pages that everybody sees first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Visitor


def test_a_visit_begins_with_the_choice_of_portal(visitor: Visitor) -> None:
    page = visitor.open("/")
    visitor.look("choose")
    page.get_by_role("link", name="Plataforma IPSOT").click()
    page.wait_for_url("**/ipsot/")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


@pytest.mark.parametrize("portal", ["ipsot", "seps", "ibarra", "buzonec", "demo", "staff"])
def test_a_portals_home_tells_what_it_is_for_and_has_both_ways_in(visitor: Visitor, portal: str) -> None:
    page = visitor.open(f"/{portal}/")
    visitor.look(f"home-{portal}")
    ways = page.locator(".ways a")
    assert {link.get_attribute("href") for link in ways.all()} == {f"/{portal}/register", f"/{portal}/sign-in"}


@pytest.mark.parametrize("width", [360])
def test_the_pages_speak_english_on_request_and_remember_it(visitor: Visitor) -> None:
    page = visitor.open("/demo/register")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create account")
    expect(page.get_by_label("Given names")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    visitor.look("register-demo-english")
    page = visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Which portal do you need?")


@pytest.mark.parametrize("path", ["/nobody/", "/demo/nothing-here"])
@pytest.mark.parametrize("width", [360])
def test_a_path_without_a_page_says_so_and_leads_back(visitor: Visitor, path: str) -> None:
    visitor.forgive("404")
    page = visitor.open(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("No encontramos esta página")
    visitor.look("not-found")
    page.get_by_role("link", name="Todos los portales").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Qué portal necesita?")


@pytest.mark.parametrize("width", [360])
def test_nothing_jumps_while_a_page_comes(visitor: Visitor) -> None:
    visitor.page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => (shift += one.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/", "/ipsot/", "/demo/register"):
        page = visitor.open(path)
        assert page.evaluate("window.shift") < 0.01, path


@pytest.mark.parametrize("width", [1280])
def test_the_dark_face_has_its_contrasts_too(visitor: Visitor) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    page = visitor.open("/demo/register")
    page.get_by_role("button", name="Crear cuenta").click()
    visitor.look("register-demo-dark")
