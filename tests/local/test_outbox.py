"""Mails and their pages."""

import json
import re
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

from local.clock import Clock
from local.doors import Doors
from local.outbox import Outbox


def message(number, to="ana@example.ec", text="Hola <b>", html="<p>Hola</p>"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "no-reply@example.ec", to, f"Código {number} <script>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    destinations = [to, f"Ana <{to}>"]
    return SimpleNamespace(id=f"id-{number}", destinations=destinations, raw_data=mail.as_string())


class Site:
    """The doors before a list of mails."""

    def __init__(self, folder):
        self.sent: list[Any] = []
        self.clock = Clock(folder / "clock")
        self.outbox = Outbox(lambda: self.sent, self.clock)
        self.client = Client(Doors(self.outbox, self.clock, self.clock.advance, lambda: None))

    def get(self, path, **options):
        return self.client.get(path, **{"base_url": "http://127.0.0.1:8000", **options})

    def post(self, path, body, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(path, data=data, content_type=content_type, base_url="http://127.0.0.1:8000")


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


class TestOutbox:
    def test_it_shows_the_newest_first(self, site):
        site.sent += [message(1), message(2)]
        items = site.get("/_local/outbox").json["items"]
        assert [item["id"] for item in items] == ["id-2", "id-1"]

    def test_an_item_is_what_its_recipient_reads(self, site):
        site.sent.append(message(1))
        [item] = site.get("/_local/outbox?to=ANA@example.ec").json["items"]
        assert set(item) == {"id", "to", "subject", "text", "html", "sent_at"}
        assert (item["to"], item["subject"]) == ("ana@example.ec", "Código 1 <script>")
        assert (item["text"].strip(), item["html"].strip()) == ("Hola <b>", "<p>Hola</p>")

    def test_it_asks_for_one_address(self, site):
        site.sent += [message(1), message(2, to="eva@example.ec")]
        assert [item["id"] for item in site.get("/_local/outbox?to=eva@example.ec").json["items"]] == ["id-2"]
        assert site.get("/_local/outbox?to=nobody@example.ec").json == {"items": []}

    def test_a_mail_of_text_alone_has_no_html(self, site):
        site.sent.append(message(1, html=""))
        assert site.get("/_local/outbox").json["items"][0]["html"] == ""

    def test_mails_bear_the_time_of_the_domain(self, site):
        site.clock.advance(86_400 * 365)
        site.sent.append(message(1))
        assert site.get("/_local/outbox").json["items"][0]["sent_at"] > site.get("/_local/clock").json["now"][:10]

    def test_only_this_machine_may_ask(self, site):
        assert site.get("/_local/outbox", base_url="http://rebound.example:8000").status_code == 403
        assert site.get("/_local/outbox", base_url="http://[::1]:8000").status_code == 200
        assert site.get("/_local/outbox", base_url="http://localhost").status_code == 200

    def test_it_is_only_read(self, site):
        assert site.post("/_local/outbox", {}).status_code == 405


class TestPages:
    def test_the_list_names_and_links_each_mail(self, site):
        site.sent.append(message(1))
        page = site.get("/outbox")
        assert "Código 1 &lt;script&gt;" in page.text
        assert 'href="/outbox/id-1"' in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    def test_without_mails_the_list_says_so(self, site):
        assert "No hay correos" in site.get("/outbox?to=%22%3E%3Cb%3E").text
        assert '"><b>' not in site.get("/outbox?to=%22%3E%3Cb%3E").text

    def test_a_mail_has_its_text_and_its_links(self, site):
        site.sent.append(message(1, text="Abra http://127.0.0.1:8000/verify#token=a.b."))
        page = site.get("/outbox/id-1").text
        assert 'href="http://127.0.0.1:8000/verify#token=a.b"' in page
        assert re.search(r"<iframe sandbox [^>]*src=\"/outbox/id-1/html\"", page)

    def test_the_html_of_a_mail_can_do_nothing(self, site):
        site.sent.append(message(1, html="<script>alert(1)</script>"))
        page = site.get("/outbox/id-1/html")
        assert "<script>" in page.text
        assert page.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")

    def test_an_unknown_mail_is_not_found(self, site):
        answer = site.get("/outbox/unknown")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


class TestClock:
    def test_it_tells_and_moves_the_time(self, site):
        before = site.get("/_local/clock").json["now"]
        answer = site.post("/_local/clock", {"advance": 3600})
        assert answer.status_code == 200
        assert answer.json["now"] > before
        assert answer.json["offset"] == 3600

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            5,
            {"advance": 1, "x": 1},
            *({"advance": wrong} for wrong in (-1, "60", True, None, float("nan"), 1e12)),
        ],
    )
    def test_it_refuses_what_is_no_time(self, site, body):
        answer = site.post("/_local/clock", body)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        assert answer.json["errors"][0]["field"] == "advance"
        assert site.clock.offset == 0

    def test_it_refuses_what_is_no_json(self, site):
        assert site.post("/_local/clock", b"{").status_code == 400
        assert site.post("/_local/clock", b"\xff").status_code == 400
        assert site.post("/_local/clock", {"advance": 1}, content_type="text/plain").status_code == 415
        assert site.post("/_local/clock", b" " * 20_000).status_code == 413


class TestPolicy:
    def test_what_a_browser_reports_is_kept_for_tests(self, site):
        report = {"csp-report": {"blocked-uri": "inline"}}
        assert site.get("/_local/csp").json == {"items": []}
        assert site.post("/_local/csp", report, "application/csp-report").status_code == 204
        assert site.get("/_local/csp").json == {"items": [report]}

    def test_nothing_else_is_kept(self, site):
        assert site.post("/_local/csp", {}).status_code == 415
        assert site.post("/_local/csp", b"{", "application/csp-report").status_code == 400
        assert site.get("/_local/csp").json == {"items": []}
