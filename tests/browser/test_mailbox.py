"""The mailbox: what came, opening it, its deadline, its files and its receipt."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.browsing import Site, Visitor
from tests.browser.letters import PAPER, Reader, new_reader

LONG = (
    "Requerimiento de información del impuesto predial del año 2026 sobre el inmueble de la calle Bolívar 5-22 y "
    "Oviedo, parroquia El Sagrario"
)


@pytest.fixture
def reader(visitor: Visitor, site: Site) -> Reader:
    """Somebody whose mailbox is empty, signed in."""
    reader = new_reader(site)
    visitor.sign_in(reader.who)
    return reader


def test_a_letter_is_opened_read_and_kept(visitor: Visitor, reader: Reader) -> None:
    page = visitor.open("/demo/mailbox")
    expect(page.get_by_text("Aún no tiene notificaciones.")).to_be_visible()
    visitor.look("mailbox-empty")
    files = [reader.attach(name) for name in ("Resolución 045-2026.pdf", f"{LONG[:90]}.pdf")]
    reader.post("Comunicado", category="informacion")
    reader.post(LONG, category="requerimiento", deadline={"working_days": 10}, attachments=files)
    page = visitor.open("/demo/mailbox")
    expect(page.get_by_text("2 notificaciones sin abrir")).to_be_visible()
    visitor.look("mailbox")
    page.get_by_role("link", name=f"Sin abrir. {LONG}").click()
    expect(page.get_by_role("heading", level=2, name=LONG)).to_be_focused()
    expect(page.get_by_text("Antecedentes")).to_have_count(0)
    visitor.look("letter-sealed")
    page.get_by_role("button", name="Abrir notificación").dblclick()
    expect(page.get_by_role("heading", name="Antecedentes")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name=LONG)).to_be_focused()
    expect(page.get_by_text("Usted la abrió").last).to_be_visible()
    expect(page.locator(".due")).to_contain_text("Le quedan 10 días hábiles")
    page.get_by_text("Cómo se contó").click()
    expect(page.locator(".days .counted")).to_have_count(10)
    assert page.locator(".markdown a").evaluate_all("(links) => links.map((link) => link.href)") == [
        "https://example.ec/045-2026"
    ]
    visitor.look("letter")
    with page.expect_download() as paper:
        page.get_by_role("link", name="Resolución 045-2026.pdf").click()
    assert Path(paper.value.path()).read_bytes() == PAPER
    with page.expect_download() as receipt:
        page.get_by_role("button", name="Descargar constancia (PDF)").click()
    assert Path(receipt.value.path()).read_bytes().startswith(b"%PDF-")
    page.go_back()
    expect(page.get_by_text("1 notificación sin abrir")).to_be_visible()
    # after a download the window itself may have lost the focus: not what is asked here
    page.wait_for_function("text => document.activeElement.textContent.includes(text)", arg=LONG)


@pytest.mark.parametrize("width", [1280])
def test_the_mailbox_by_keyboard_alone(visitor: Visitor, reader: Reader) -> None:
    reader.post("Citación a audiencia", deadline={"working_days": 5, "from": "opening"})
    page = visitor.open("/demo/mailbox")
    row = page.get_by_role("link", name="Citación a audiencia")
    for _ in range(20):
        if row.evaluate("(link) => link === document.activeElement"):
            break
        visitor.press("Tab")
    visitor.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Citación a audiencia")).to_be_focused()
    expect(page.get_by_text("El plazo empieza a contarse cuando la abra.")).to_be_visible()
    visitor.press("Tab")
    expect(page.get_by_role("button", name="Abrir notificación")).to_be_focused()
    visitor.forgive("ERR_INTERNET_DISCONNECTED")
    visitor.context.set_offline(True)
    visitor.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.shot("letter-offline")
    visitor.context.set_offline(False)
    visitor.press("Shift+Tab", "Enter")
    expect(page.get_by_text("Le quedan 5 días hábiles")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Citación a audiencia")).to_be_focused()


@pytest.mark.parametrize("width", [360])
def test_the_list_is_narrowed_and_deadlines_turn_amber_and_red(visitor: Visitor, reader: Reader) -> None:
    now = datetime.now(UTC)
    last = (now + timedelta(days=20)).date()
    reader.post("Multa de tránsito", category="multa", deadline={"date": last.isoformat()})
    for number in range(2):
        reader.post(f"{number} comunicado", category="informacion")
    visitor.page.route(re.compile(r"/v1/inbox(\?|$)"), two_at_a_time)
    page = visitor.open("/demo/mailbox")
    expect(page.locator(".letters > li")).to_have_count(2)
    page.get_by_role("button", name="Mostrar más").click()
    expect(page.locator(".letters > li")).to_have_count(3)
    page.get_by_label("Buscar en la lista").fill("MULTA transito")
    expect(page.locator(".letters > li:visible")).to_have_count(1)
    page.get_by_label("Buscar en la lista").fill("")
    for left, kind in ((15, "plain"), (1, "warning"), (0, "warning"), (-1, "error")):
        page.clock.set_fixed_time(datetime(last.year, last.month, last.day, 17, tzinfo=UTC) - timedelta(days=left))
        page.get_by_role("button", name="Con plazo").click()
        expect(page.locator(".letters .chip")).to_have_class(f"chip chip-{kind}")
    visitor.look("mailbox-narrowed")
    page.get_by_label("Tipo").select_option("informacion")
    expect(page.get_by_text("No hay notificaciones así en su buzón.")).to_be_visible()


@pytest.mark.parametrize("width", [360])
def test_a_session_that_ended_is_renewed_where_one_is(visitor: Visitor, reader: Reader) -> None:
    reader.post("Resolución 045-2026")
    page = visitor.open("/demo/mailbox")
    page.get_by_role("link", name="Resolución 045-2026").click()
    visitor.context.clear_cookies()
    visitor.forgive("status of 401")
    page.get_by_role("button", name="Abrir notificación").click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("Número de identificación").fill(reader.who["identifier"])
    asked.get_by_label("Contraseña", exact=True).fill(reader.who["password"])
    visitor.press("Enter")
    expect(page.get_by_role("heading", name="Antecedentes")).to_be_visible()


def two_at_a_time(route: Route) -> None:
    """Let the API answer, and hand out a short list in pages, as it does with a long one."""
    url = urlsplit(route.request.url)
    query = dict(parse_qsl(url.query))
    again = query.pop("cursor", None)
    answer = route.fetch(url=url._replace(query=urlencode(query)).geturl())
    page = answer.json()
    items = page["items"][2:] if again else page["items"][:2]
    more = "2" if len(page["items"]) > 2 and not again else None
    route.fulfill(response=answer, json={**page, "items": items, "next_cursor": more})
