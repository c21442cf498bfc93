"""Receipts: given to both sides as PDF and as JSON, at the price that is planned, and verified by what is published."""

import base64
import io

import pypdf
import pytest

from tests.conftest import counted_calls
from tests.functions.conftest import INSTITUTION, NOTIFICATION, bearer, event_of
from ventanilla.usecases.receipt_check import check


@pytest.fixture
def keys(site):
    return site.call("receipts.keys").json["keys"]


def received(site, token, accept="text/html", **query):
    return site.call(event_of("receipts.unauthenticated", headers={**bearer(token), "accept": accept}, query=query))


class TestTheCitizens:
    @pytest.fixture
    def token(self, site, signer):
        token = site.enter(site.account())
        assert signer.post().status == 202
        return token

    def test_not_before_it_is_opened(self, site, token):
        answer = received(site, token)
        assert (answer.status, answer.problem) == (409, "not-opened")

    def test_a_browser_gets_a_pdf_that_is_saved(self, site, token, keys):
        site.call("inbox.open-unauthenticated", headers=bearer(token))
        answer = received(site, token)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["content-disposition"] == f'attachment; filename="{NOTIFICATION}.pdf"'
        assert answer.headers["cache-control"] == "no-store"
        file = base64.b64decode(answer.text)
        manifest, _ = check(file, keys)
        assert manifest["notification"] == NOTIFICATION
        pages = pypdf.PdfReader(io.BytesIO(file), strict=True).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert "Constancia de notificación electrónica" in text
        assert "Abierta por el destinatario" in text
        assert manifest["head"] in text

    def test_a_program_gets_json_byte_for_byte(self, site, token, keys):
        site.call("inbox.open-unauthenticated", headers=bearer(token))
        for answer in (received(site, token, "application/json"), received(site, token, format="json")):
            assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
            manifest, receipt = check(answer.text.encode(), keys)
            assert receipt["timeline"][-1]["state"] == "opened"
            assert receipt["head"] == manifest["head"]

    def test_another_format_is_refused_with_its_field(self, site, token):
        answer = received(site, token, format="xml")
        assert (answer.status, answer.faults) == (422, {("format", "choice")})


class TestTheInstitutions:
    def test_it_has_one_as_soon_as_it_has_posted(self, signer, keys):
        signer.post()
        answer = signer.receipt()
        manifest, receipt = check(answer.text.encode(), keys)
        assert (manifest["institution"], receipt["institution"]["id"]) == (INSTITUTION, INSTITUTION)
        assert base64.b64decode(signer.receipt(format="pdf").text).startswith(b"%PDF-")

    def test_of_no_other_notification(self, signer):
        assert signer.receipt("aaaaaaaaaaaaaaaaaaaaaaaaaa").problem == "not-found"

    def test_it_takes_two_reads_a_nonce_and_a_signature(self, signer):
        signer.post()
        signer.receipt()  # what is measured is neither a key's first use nor a process's
        with counted_calls() as calls:
            assert signer.receipt().status == 200
        assert calls == {"BatchGetItem": 1, "PutItem": 1, "Query": 1, "Sign": 1}


class TestKeys:
    def test_they_are_asked_of_kms_once_in_a_process(self, site):
        site.call("receipts.keys")
        with counted_calls() as calls:
            assert site.call("receipts.keys").status == 200
        assert calls == {}
