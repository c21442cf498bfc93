"""Attachments over HTTP: declared, uploaded by the link, checked when used, downloaded by whom they are for."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.flows.town import Town, codes, draft, expect, problem

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


def wish(content: bytes = PDF, **changes: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    whole = {"file_name": "resolución 7.pdf", "media_type": "application/pdf", "size": len(content), "sha256": sha256}
    return {**whole, **changes}


def declare(sender, content: bytes = PDF, **changes: Any) -> dict[str, Any]:
    """Declare a file; what was answered."""
    body = json.dumps(wish(content, **changes)).encode()
    return dict(expect(sender.request("POST", "/v1/attachments", body=body), 201))


def put(upload: dict[str, Any], content: bytes = PDF, **changes: str | None) -> httpx.Response:
    """Upload as is said, but for some headers."""
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {name: value for name, value in {**upload["headers"], **changed}.items() if value is not None}
    return httpx.request(upload["method"], upload["url"], content=content, headers=headers)


def uploaded(sender, content: bytes = PDF, **changes: Any) -> str:
    """Declare a file and upload it; its id."""
    declared = declare(sender, content, **changes)
    assert put(declared["upload"], content).status_code == 200
    return str(declared["attachment_id"])


def follow(town: Town, answer: httpx.Response) -> httpx.Response:
    """Go where an answer leads, with nothing but the link."""
    assert answer.status_code == 302, answer.text
    assert not answer.content
    return httpx.get(answer.headers["location"])


def download(person, notification: str, attachment: str) -> httpx.Response:
    return person.call("GET", f"/v1/inbox/{notification}/attachments/{attachment}")


@pytest.fixture(scope="module")
def citizen(town):
    return town.settler()


@pytest.fixture(scope="module")
def sent(town, citizen):
    """A notification that was opened, and its file."""
    attachment = uploaded(town.sender)
    notification = town.notify(citizen, attachments=[attachment])["id"]
    expect(citizen.open(notification), 200)
    return notification, attachment


class TestFromOneEndToTheOther:
    def test_a_file_reaches_the_citizen_as_it_was_sent(self, town, citizen):
        attachment = uploaded(town.sender)
        notification = town.notify(citizen, attachments=[attachment])["id"]
        shown = {"id": attachment, **wish()}

        [line] = [one for one in citizen.get("/v1/inbox")["items"] if one["id"] == notification]
        assert line["attachment_count"] == 1
        problem(download(citizen, notification, attachment), 409, "not-opened")
        assert expect(citizen.open(notification), 200)["attachments"] == [shown]
        assert citizen.get(f"/v1/inbox/{notification}")["attachments"] == [shown]

        file = follow(town, download(citizen, notification, attachment))
        assert (file.status_code, file.content) == (200, PDF)
        assert file.headers["content-type"] == "application/pdf"
        assert file.headers["content-disposition"] == (
            "attachment; filename=\"resolucion 7.pdf\"; filename*=UTF-8''resoluci%C3%B3n%207.pdf"
        )

    def test_the_institution_sees_and_downloads_it_too(self, town, citizen):
        attachment = uploaded(town.sender)
        notification = town.notify(citizen, attachments=[attachment])["id"]
        assert expect(town.sender.get(notification), 200)["attachments"] == [{"id": attachment, **wish()}]
        path = f"/v1/notifications/{notification}/attachments/{attachment}"
        assert follow(town, town.sender.request("GET", path)).content == PDF

    def test_fifteen_go_along_and_one_goes_along_with_many(self, town, citizen):
        ids = [uploaded(town.sender, PDF + bytes([number])) for number in range(15)]
        for _ in range(2):
            notification = town.notify(citizen, attachments=ids)["id"]
            assert [one["id"] for one in expect(citizen.open(notification), 200)["attachments"]] == ids
        answer = problem(town.sender.post(draft(citizen, attachments=[*ids, "x"])), 422, "validation", "attachments")
        assert codes(answer) == {"attachments": "list_long"}


class TestDeclaring:
    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"size": 25 * 1024 * 1024 + 1}, "size", "number_large"),
            ({"size": 0}, "size", "number_small"),
            ({"media_type": "image/png", "file_name": "a.png"}, "media_type", "media_type"),
            ({"media_type": "text/html", "file_name": "a.html"}, "media_type", "media_type"),
            ({"file_name": "factura.pdf.exe"}, "file_name", "file_extension"),
            ({"file_name": "a\u202efdp.pdf"}, "file_name", "file_name"),
            ({"sha256": "00"}, "sha256", "form"),
        ],
    )
    def test_what_is_not_taken_is_refused_with_its_field(self, town, change, field, code):
        answer = town.sender.request("POST", "/v1/attachments", body=json.dumps(wish(**change)).encode())
        assert codes(problem(answer, 422, "validation", field)) == {field: code}

    def test_only_who_signs_declares(self, town, citizen):
        problem(town.http.post("/v1/attachments", json=wish()), 401, "signature-missing")


class TestUploading:
    @pytest.fixture
    def upload(self, town):
        return declare(town.sender)["upload"]

    def test_other_bytes_of_the_same_length_are_refused(self, upload):
        assert put(upload, PDF[::-1]).status_code == 400

    @pytest.mark.parametrize(
        "change",
        [
            {"content_type": "text/html"},
            {"x_amz_checksum_sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
            {"x_amz_checksum_sha256": None},
            {"x_amz_tagging": None},
            {"if_none_match": None},
        ],
        ids=str,
    )
    def test_every_header_is_demanded_as_it_was_said(self, upload, change):
        assert put(upload, **change).status_code == 403

    def test_another_length_is_refused(self, upload):
        assert put(upload, PDF + b"x", content_length=str(len(PDF) + 1)).status_code == 403

    def test_a_link_to_another_place_or_for_longer_is_refused(self, upload):
        for old, new in (("X-Amz-Expires=900", "X-Amz-Expires=90000"), ("/attachmentsbucket/", "/attachmentsbucket/x")):
            assert old in upload["url"]
            assert put({**upload, "url": upload["url"].replace(old, new)}).status_code == 403

    def test_what_lies_there_is_not_replaced(self, upload):
        assert put(upload).status_code == 200
        assert put(upload).status_code == 412

    def test_it_does_not_download(self, upload):
        assert put(upload).status_code == 200
        assert httpx.get(upload["url"]).status_code == 403


class TestUsing:
    def refused(self, town, citizen, *ids):
        answer = town.sender.post(draft(citizen, reference="REFUSED", attachments=list(ids)))
        places = {f"attachments.{place}" for place in range(len(ids))}
        body = expect(answer, 422)
        assert {one["field"] for one in body["errors"]} <= places
        return codes(body)

    def test_a_file_that_was_not_uploaded_is_missing_until_it_is(self, town, citizen):
        declared = declare(town.sender)
        attachment = declared["attachment_id"]
        assert self.refused(town, citizen, attachment) == {"attachments.0": "attachment_missing"}
        assert put(declared["upload"]).status_code == 200
        town.notify(citizen, attachments=[attachment])

    def test_a_file_that_differs_is_refused_though_the_store_took_it(self, town, citizen):
        attachment = declare(town.sender)["attachment_id"]
        key = f"{town.local.demo['institution']['id']}/{attachment}"
        with town.local.lock:
            from ventanilla.wiring import services

            services()._client("s3").put_object(  # as if somebody had got past S3's own checks
                Bucket="attachmentsbucket",
                Key=key,
                Body=PDF[::-1],
                ContentType="application/pdf",
                ChecksumAlgorithm="SHA256",
            )
        assert self.refused(town, citizen, attachment) == {"attachments.0": "attachment_different"}

    def test_unknown_ones_are_told_apart_from_good_ones(self, town, citizen):
        good = uploaded(town.sender)
        assert self.refused(town, citizen, good, "a" * 26) == {"attachments.1": "attachment_unknown"}

    def test_another_institutions_file_is_unknown(self, town, citizen):
        attachment = uploaded(town.sender)
        with town.institution("gad-cayambe") as other:
            answer = other.post(draft(citizen, attachments=[attachment]))
            body = problem(answer, 422, "validation", "attachments.0")
            assert codes(body) == {"attachments.0": "attachment_unknown"}

    def test_the_same_letter_with_other_files_is_another_letter(self, town, citizen):
        letter = draft(citizen, attachments=[uploaded(town.sender)])
        first = expect(town.sender.post(letter), 202)
        again = town.sender.post({**letter, "attachments": [uploaded(town.sender)]})
        assert (expect(again, 202), again.headers["idempotency-replayed"]) == (first, "true")
        other = {**letter, "attachments": [uploaded(town.sender, PDF + b"x")]}
        problem(town.sender.post(other), 409, "reference-taken", "reference")


class TestDownloading:
    def test_another_person_and_another_institution_find_nothing(self, town, sent):
        notification, attachment = sent
        problem(download(town.settler(), notification, attachment), 404, "not-found")
        with town.institution("gad-mejia") as other:
            path = f"/v1/notifications/{notification}/attachments/{attachment}"
            problem(other.request("GET", path), 404, "not-found")

    def test_nobody_without_a_session_is_led_anywhere(self, town, sent):
        answer = town.http.get(f"/v1/inbox/{sent[0]}/attachments/{sent[1]}")
        problem(answer, 401, "unauthenticated")
        assert "location" not in answer.headers

    def test_a_file_of_another_letter_is_not_this_ones(self, town, citizen, sent):
        other = uploaded(town.sender)
        town.notify(citizen, attachments=[other])
        problem(download(citizen, sent[0], other), 404, "not-found")

    def test_a_link_lives_a_minute_and_can_not_be_changed(self, citizen, sent):
        link = download(citizen, *sent).headers["location"]
        parts = urlsplit(link)
        query = dict(parse_qsl(parts.query))
        assert query["X-Amz-Expires"] == "60"
        for name, value in (("X-Amz-Expires", "600"), ("response-content-disposition", "inline")):
            changed = parts._replace(query=urlencode({**query, name: value})).geturl()
            assert httpx.get(changed).status_code == 403
        assert httpx.put(link, content=PDF).status_code == 403

    def test_the_link_is_in_no_cache(self, citizen, sent):
        assert download(citizen, *sent).headers["cache-control"] == "no-store"


class TestEnding:
    """Last, since the clock runs ahead."""

    def test_what_was_used_stays_and_what_was_not_goes(self, town, citizen):
        used, unused = uploaded(town.sender), uploaded(town.sender)
        town.notify(citizen, attachments=[used])
        town.local.advance(25 * 3600)
        town.notify(citizen, attachments=[used])
        answer = problem(town.sender.post(draft(citizen, attachments=[unused])), 422, "validation", "attachments.0")
        assert codes(answer) == {"attachments.0": "attachment_unknown"}
