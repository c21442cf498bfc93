"""What a route takes and gives: JSON unless it says otherwise, a PDF where it does."""

import base64
from typing import Any

import pytest

from ventanilla.domain.documents import LARGEST_PDF, DocumentTooLarge
from ventanilla.web.access import body_of, takes_pdf
from ventanilla.web.errors import MalformedBody, TooLarge, UnsupportedMediaType
from ventanilla.web.request import JSON, PDF, Body, Request
from ventanilla.web.responses import pdf


def request(body: bytes, content_type: str | None, method: str = "PUT") -> Request:
    """A request as the gateway hands it over: what is no text comes in base 64."""
    event: dict[str, Any] = {
        "requestContext": {"http": {"method": method}},
        "headers": {"content-type": content_type} if content_type else {},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    return Request(event)


class TestPdf:
    def test_it_is_taken_up_to_four_megabytes(self) -> None:
        taken = request(b"%PDF-" + bytes(LARGEST_PDF - 5), "application/pdf")
        taken.check(PDF)
        assert len(taken.raw_body) == LARGEST_PDF
        with pytest.raises(DocumentTooLarge):
            request(b"%PDF-" + bytes(LARGEST_PDF), "application/pdf").check(PDF)

    def test_the_largest_fits_into_what_lambda_takes(self) -> None:
        assert LARGEST_PDF * 4 / 3 + 100_000 < 6 * 1024 * 1024

    def test_bytes_come_as_they_were_sent(self) -> None:
        content = bytes(range(256))
        assert request(content, "application/pdf").raw_body == content

    @pytest.mark.parametrize("media_type", ["Application/PDF", "application/pdf;charset=utf-8"])
    def test_its_type_may_be_written_as_http_allows(self, media_type: str) -> None:
        request(b"%PDF-", media_type).check(PDF)

    @pytest.mark.parametrize("media_type", ["application/json", "application/octet-stream", "text/html", None])
    def test_another_type_is_refused_with_the_one_that_is_wanted(self, media_type: str | None) -> None:
        with pytest.raises(UnsupportedMediaType) as refused:
            request(b"{}", media_type).check(PDF)
        assert refused.value.facts == {"expected": "application/pdf"}

    def test_what_is_not_base_64_is_malformed(self) -> None:
        event = {**request(b"", "application/pdf").event, "body": "%PDF"}
        with pytest.raises(MalformedBody):
            Request(event).check(PDF)

    def test_an_answer_is_sent_in_base_64_to_be_saved(self) -> None:
        answer = pdf(b"%PDF-\xff\xfe")
        assert answer.body == base64.b64encode(b"%PDF-\xff\xfe").decode()
        assert answer.base64_encoded
        assert answer.headers == {"Content-Type": "application/pdf", "content-disposition": "attachment"}


class TestJson:
    def test_other_routes_take_no_pdf(self) -> None:
        with pytest.raises(UnsupportedMediaType) as refused:
            request(b"%PDF-", "application/pdf").check()
        assert refused.value.facts == {"expected": "application/json"}

    def test_they_take_64_kb(self) -> None:
        request(b'{"a": "' + b"x" * (64 * 1024 - 9) + b'"}', "application/json").check()
        with pytest.raises(TooLarge):
            request(b'{"a": "' + b"x" * (64 * 1024 - 8) + b'"}', "application/json").check()

    def test_it_must_be_an_object(self) -> None:
        with pytest.raises(MalformedBody):
            request(b"[]", "application/json").check()


@pytest.mark.parametrize(("mark", "wanted"), [(takes_pdf, PDF), (lambda call: call, JSON)])
def test_a_route_says_what_it_takes(mark: Any, wanted: Body) -> None:
    def call() -> None: ...

    assert body_of(mark(call)) is wanted
