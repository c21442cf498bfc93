"""Attachments: declarations that end unless they are used, and a bucket behind links that say all that they take."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.adapters.attachments import AttachmentFiles
from ventanilla.adapters.linked_files import link_signer
from ventanilla.domain.attachments import DECLARATION_LIFE, Attachment, Declaration, StoredFile
from ventanilla.domain.ids import random_id

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CHECKSUM = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
CONTENT = b"test"
BUCKET = "attachmentsbucket"


def make_declaration(**changes: Any) -> Declaration:
    file = Attachment(random_id(), "resolución.pdf", "application/pdf", len(CONTENT), SHA)
    return Declaration(**{"institution": "municipio-ejemplo", "file": file, "declared_at": NOW, **changes})


def refusing(code: str) -> Callable[[], Any]:
    """Make a client of S3 that answers everything with an error."""

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": code}}, "HeadObject")

    return lambda: SimpleNamespace(head_object=refuse, delete_object_tagging=refuse)


class TestDeclarations:
    def test_one_comes_back_as_it_was_put(self, services):
        declaration = make_declaration()
        services.attachments.declare(declaration)
        assert services.attachments.several("municipio-ejemplo", [declaration.file.id]) == [declaration]

    def test_another_institution_does_not_find_it(self, services):
        declaration = make_declaration()
        services.attachments.declare(declaration)
        assert services.attachments.several("otro-municipio", [declaration.file.id]) == [None]

    def test_it_ends_until_it_is_kept(self, services, stage):
        declaration = make_declaration()
        services.attachments.declare(declaration)
        [item] = stage.items("NotificationsTable")
        assert int(item["ttl"]["N"]) == int((NOW + DECLARATION_LIFE).timestamp()) + 1
        assert services.attachments.keep(declaration, NOW + timedelta(hours=1))
        [item] = stage.items("NotificationsTable")
        assert "ttl" not in item
        kept = declaration.kept(NOW + timedelta(hours=1))
        assert services.attachments.several("municipio-ejemplo", [declaration.file.id]) == [kept]

    def test_what_has_ended_can_not_be_kept(self, services, stage):
        assert not services.attachments.keep(make_declaration(), NOW)
        assert stage.items("NotificationsTable") == []

    def test_several_take_one_trip_and_none_where_they_were_read_ahead(self, services):
        known, unknown = make_declaration(), random_id()
        services.attachments.declare(known)
        ids = [known.file.id, unknown]
        with counted_calls() as calls:
            assert services.attachments.several("municipio-ejemplo", ids) == [known, None]
        assert calls == {"BatchGetItem": 1}
        services.dynamo.anticipate(*services.attachments.keys_of("municipio-ejemplo", ids[:1]))
        with counted_calls() as calls:
            assert services.attachments.several("municipio-ejemplo", ids[:1]) == [known]
        assert calls == {}

    def test_none_take_no_trip(self, services):
        with counted_calls() as calls:
            assert services.attachments.several("municipio-ejemplo", []) == []
        assert calls == {}


class TestFiles:
    @pytest.fixture
    def files(self, services):
        return services.attachment_files

    @pytest.fixture
    def put(self, stage):
        def put(path, content=CONTENT, **more):
            asked = {"ContentType": "application/pdf", "ChecksumAlgorithm": "SHA256", "Tagging": "state=unused", **more}
            stage.clients.s3.put_object(Bucket=BUCKET, Key=path, Body=content, **asked)

        return put

    def test_what_was_uploaded_is_described_by_the_bucket(self, files, put):
        put("muni/a")
        assert files.stored("muni/a") == StoredFile(4, SHA, "application/pdf")

    def test_without_a_checksum_there_is_none(self, files, put):
        put("muni/b", ChecksumAlgorithm="CRC32")
        assert files.stored("muni/b") == StoredFile(4, None, "application/pdf")

    def test_what_was_not_uploaded_is_not_there(self, files):
        assert files.stored("muni/nothing") is None

    def test_what_has_gone_meanwhile_can_not_be_kept(self):
        assert not AttachmentFiles(refusing("NoSuchKey"), lambda: None, BUCKET).keep("muni/a")

    def test_what_is_kept_loses_the_mark_that_it_goes_by(self, files, put, stage):
        put("muni/c")
        tags = lambda: stage.clients.s3.get_object_tagging(Bucket=BUCKET, Key="muni/c")["TagSet"]  # noqa: E731
        assert tags() == [{"Key": "state", "Value": "unused"}]
        assert files.keep("muni/c")
        assert tags() == []

    @pytest.mark.parametrize("act", ["stored", "keep"])
    def test_another_failure_is_not_taken_for_an_absence(self, act):
        files = AttachmentFiles(refusing("403"), lambda: None, BUCKET)
        with pytest.raises(ClientError):
            getattr(files, act)("muni/a")


class TestLinks:
    FILE = Attachment("a" * 26, "resolución.pdf", "application/pdf", len(CONTENT), SHA)

    @pytest.fixture
    def files(self, services):
        session: Session = services.dynamo.connection.session
        return AttachmentFiles(lambda: None, lambda: link_signer(session, "sa-east-1", None), "bucket-of-files")

    def test_an_upload_is_bound_to_all_that_was_declared(self, files):
        url, headers = files.upload("muni/a", self.FILE)
        query = parse_qs(urlsplit(url).query)
        assert url.startswith("https://bucket-of-files.s3.sa-east-1.amazonaws.com/muni/a?")
        assert headers == {
            "content-type": "application/pdf",
            "content-length": "4",
            "x-amz-checksum-sha256": CHECKSUM,
            "if-none-match": "*",
            "x-amz-tagging": "state=unused",
        }
        assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {"host", *headers}
        assert query["X-Amz-Expires"] == ["900"]

    def test_a_download_is_saved_under_its_name_and_lives_a_minute(self, files):
        query = parse_qs(urlsplit(files.download("muni/a", self.FILE)).query)
        assert query["X-Amz-Expires"] == ["60"]
        assert query["response-content-disposition"] == [self.FILE.disposition]
        assert query["response-content-disposition"][0].startswith("attachment;")
        assert query["response-content-type"] == ["application/pdf"]

    def test_signing_asks_nobody(self, files):
        with counted_calls() as calls:
            files.upload("muni/a", self.FILE)
            files.download("muni/a", self.FILE)
        assert calls == {}
