"""Attachments: declared, used, downloaded by both sides, each at the price that is planned."""

import hashlib
from urllib.parse import urlsplit

import pytest

from tests.conftest import counted_calls
from tests.functions.conftest import EVENTS, INSTITUTION, NOTIFICATION, bearer, event_of

CONTENT = b"%PDF-1.7 resuelto"
WISH = {
    "file_name": "resolución.pdf",
    "media_type": "application/pdf",
    "size": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
}
BUCKET = "attachmentsbucket"


@pytest.fixture
def uploaded(signer, stage):
    """Declare a file and put it into the bucket; its id."""

    def uploaded(content=CONTENT, **changes):
        attachment = signer.declare(**{**WISH, **changes}).json["attachment_id"]
        stage.clients.s3.put_object(
            Bucket=BUCKET,
            Key=f"{INSTITUTION}/{attachment}",
            Body=content,
            ContentType="application/pdf",
            ChecksumAlgorithm="SHA256",
            Tagging="state=unused",
        )
        return attachment

    return uploaded


def received(site, token, attachment, number=NOTIFICATION):
    event = event_of("attachments.received-unauthenticated", headers=bearer(token))
    event["pathParameters"] = {"id": number, "attachment_id": attachment}
    event["rawPath"] = f"/v1/inbox/{number}/attachments/{attachment}"
    return site.call(event)


class TestDeclaring:
    def test_it_is_answered_with_an_id_and_the_way_to_upload(self, signer):
        answer = signer.declare(**WISH)
        assert answer.status == 201
        assert set(answer.json) == {"attachment_id", "upload", "expires_at"}
        upload = answer.json["upload"]
        assert urlsplit(upload["url"]).path.endswith(f"/{INSTITUTION}/{answer.json['attachment_id']}")
        assert (upload["method"], upload["headers"]["content-length"]) == ("PUT", str(len(CONTENT)))
        assert upload["expires_at"] == "2027-03-01T15:15:00.000Z"

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"media_type": "text/html"}, ("media_type", "media_type")),
            ({"file_name": "a.exe"}, ("file_name", "file_extension")),
            ({"file_name": "../a.pdf"}, ("file_name", "file_name")),
            ({"size": 25 * 1024 * 1024 + 1}, ("size", "number_large")),
            ({"sha256": "x"}, ("sha256", "form")),
        ],
    )
    def test_what_is_not_taken_is_refused_with_its_field(self, signer, change, fault):
        answer = signer.declare(**{**WISH, **change})
        assert (answer.status, answer.problem) == (422, "validation")
        assert fault in answer.faults

    def test_it_takes_three_trips_of_which_none_to_the_bucket(self, signer):
        signer.declare(**WISH)  # what is measured is not a key's first use
        with counted_calls() as calls:
            assert signer.declare(**WISH).status == 201
        assert calls == {"BatchGetItem": 1, "PutItem": 2}


class TestSending:
    def test_what_was_declared_goes_with_the_letter(self, signer, uploaded):
        attachment = uploaded()
        assert signer.post(attachments=[attachment]).status == 202
        assert signer.show().json["attachments"] == [{"id": attachment, **WISH}]

    def test_what_was_not_uploaded_is_refused(self, signer):
        attachment = signer.declare(**WISH).json["attachment_id"]
        answer = signer.post(attachments=[attachment])
        assert (answer.status, answer.faults) == (422, {("attachments.0", "attachment_missing")})

    def test_another_file_is_refused(self, signer, uploaded):
        answer = signer.post(attachments=[uploaded(b"%PDF-1.7 rechazad")])
        assert (answer.status, answer.faults) == (422, {("attachments.0", "attachment_different")})

    def test_an_unknown_one_is_refused(self, signer):
        answer = signer.post(attachments=["a" * 26])
        assert (answer.status, answer.faults) == (422, {("attachments.0", "attachment_unknown")})

    def test_a_first_use_asks_the_bucket_and_a_later_one_costs_no_trip_more_than_none(self, signer, uploaded):
        attachment = uploaded()
        with counted_calls() as calls:
            signer.post(attachments=[attachment])
        first = {"HeadObject": 1, "DeleteObjectTagging": 1, "UpdateItem": 2}  # and a block of the day's quota
        assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1, **first}
        with counted_calls() as calls:
            signer.post(reference="RES-2", attachments=[attachment])
        assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1}


class TestDownloading:
    @pytest.fixture
    def token(self, site):
        return site.enter(site.account())

    @pytest.fixture
    def attachment(self, token, signer, uploaded):
        attachment = uploaded()
        signer.post(attachments=[attachment])
        return attachment

    def test_once_opened_the_citizen_is_led_to_it(self, site, token, attachment):
        shown = site.call("inbox.open-unauthenticated", headers=bearer(token)).json
        assert (shown["attachments"], shown["attachment_count"]) == ([{"id": attachment, **WISH}], 1)
        answer = received(site, token, attachment)
        assert (answer.status, answer.text) == (302, "")
        assert f"/{INSTITUTION}/{attachment}?" in answer.headers["location"]
        assert "X-Amz-Expires=60" in answer.headers["location"]

    def test_before_nobody_is(self, site, token, attachment):
        assert received(site, token, attachment).problem == "not-opened"

    def test_the_institution_is_led_to_its_own(self, signer, attachment):
        answer = signer.attachment(attachment)
        assert answer.status == 302
        assert "response-content-disposition=attachment" in answer.headers["location"]

    def test_what_is_not_there_is_not_found(self, site, token, signer, attachment):
        site.call("inbox.open-unauthenticated", headers=bearer(token))
        assert received(site, token, "b" * 26).problem == "not-found"
        assert signer.attachment("b" * 26).problem == "not-found"
        assert signer.attachment(attachment, "b" * 26).problem == "not-found"

    def test_the_list_counts_them(self, site, token, attachment):
        [line] = site.call("inbox.unauthenticated", headers=bearer(token)).json["items"]
        assert line["attachment_count"] == 1


def test_the_sample_could_be_a_declaration(signer):
    assert "sha256" in EVENTS["attachments.unsigned"]["body"]
    assert signer.declare().status == 201
