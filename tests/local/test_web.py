"""The pages as the local site serves them."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client

from local.template import read_template
from local.web import Web, headers_of, page_or_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>é</title>", encoding="utf-8")
    (tmp_path / "assets" / "app.js").write_text("1", encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("secret", encoding="utf-8")
    return Client(Web(tmp_path, {"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff"}))


@pytest.mark.parametrize("path", ["/", "/demo/", "/demo/mailbox/abc", "/verify"])
def test_every_path_without_a_dot_is_the_one_document(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'; report-uri /_local/csp"


def test_files_come_with_their_types_and_are_asked_for_anew(client: Client) -> None:
    answer = client.get("/assets/app.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert client.get("/assets/app.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/assets/none.js", "/../secret.txt", "/assets/../../secret.txt"])
def test_there_is_nothing_beside_the_pages(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_pages_are_only_read(client: Client) -> None:
    assert client.post("/demo/").status_code == 405


@pytest.mark.parametrize("path", ["/v1/portals", "/docs", "/openapi.json", "/outbox", "/outbox/1", "/_local/clock"])
def test_what_the_api_answers_is_no_page(path: str) -> None:
    assert not Web(ROOT / "web", {}).has(path)


def test_headers_are_those_of_the_template() -> None:
    parameters = {"BaseUrl": "https://x.ec", "MailFrom": "a@x.ec", "Portals": "demo", "IdentityRegistryUrl": ""}
    headers = headers_of(read_template(ROOT / "template.yaml", parameters, opt=[ROOT]))
    assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self'; style-src 'self'; ")
    assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "no-referrer")


def test_the_distributions_function_reads_paths_as_this_does() -> None:
    assert (page_or_file("/demo/mailbox"), page_or_file("/assets/app.js")) == ("/index.html", "/assets/app.js")
