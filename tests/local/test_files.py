"""The local door to the buckets checks what S3 checks, so that a link that fails in AWS fails here."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from moto import mock_aws
from werkzeug.test import Client
from werkzeug.wrappers import Response

from local import files
from local.cfn import REGION
from local.files import PREFIX, Files
from local.stores import CREDENTIALS, Clients

CONTENT = b"%PDF-1.7"
CHECKSUM = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
HEADERS = {"content-type": "application/pdf", "content-length": str(len(CONTENT)), "x-amz-checksum-sha256": CHECKSUM}
ASKED = {"ContentType": "application/pdf", "ContentLength": len(CONTENT), "ChecksumSHA256": CHECKSUM}


@pytest.fixture
def door() -> Iterator[Client]:
    with mock_aws():
        clients = Clients()
        clients.s3.create_bucket(Bucket="bucket")
        yield Client(Files(clients, RLock()))
        clients.close()


def link(operation: str, key: str = "muni/a", seconds: int = 60, **asked: Any) -> str:
    """Path and query of a link as a function of another process signs it."""
    session = Session()
    session.set_credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    signer: Any = session.create_client(
        "s3",
        region_name=REGION,
        endpoint_url=f"http://localhost{PREFIX}",
        config=Config(signature_version="s3v4", request_checksum_calculation="when_required"),
    )
    url = signer.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key, **asked}, ExpiresIn=seconds)
    signer.close()
    return str(url).removeprefix("http://localhost")


def put(door: Client, url: str, content: bytes = CONTENT, **changes: str) -> Response:
    return door.put(url, data=content, headers={**HEADERS, **changes})


def test_what_was_uploaded_is_downloaded_as_the_link_says(door: Client) -> None:
    assert put(door, link("put_object", **ASKED)).status_code == 200
    told = {
        "ResponseContentDisposition": "attachment; filename*=UTF-8''a%20b.pdf",
        "ResponseContentType": "text/x-mine",
    }
    answer = door.get(link("get_object", **told))
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.headers["Content-Disposition"] == told["ResponseContentDisposition"]
    assert answer.headers["Content-Type"] == "text/x-mine"


def test_a_key_with_signs_of_its_own_is_signed_as_it_is(door: Client) -> None:
    assert put(door, link("put_object", key="ñ a/b+c", **ASKED)).status_code == 200
    assert door.get(link("get_object", key="ñ a/b+c")).data == CONTENT


def test_bytes_of_another_checksum_are_refused(door: Client) -> None:
    answer = put(door, link("put_object", **ASKED), CONTENT[::-1])
    assert (answer.status_code, answer.data) == (400, b"<Error><Code>BadDigest</Code></Error>")


@pytest.mark.parametrize("name", ["content-type", "x-amz-checksum-sha256"])
def test_a_header_that_was_signed_can_not_differ(door: Client, name: str) -> None:
    assert put(door, link("put_object", **ASKED), **{name: "other"}).status_code == 403


def test_a_link_is_for_one_method(door: Client) -> None:
    assert put(door, link("get_object")).status_code == 403
    assert door.get(link("put_object", **ASKED)).status_code == 403
    assert door.delete(link("delete_object")).status_code == 405


def test_what_is_there_is_not_replaced_where_the_link_says_so(door: Client) -> None:
    url = link("put_object", IfNoneMatch="*", **ASKED)
    assert put(door, url, **{"if-none-match": "*"}).status_code == 200
    assert put(door, url, **{"if-none-match": "*"}).status_code == 412


def test_what_is_not_there_is_not_found(door: Client) -> None:
    assert door.get(link("get_object")).status_code == 404


@pytest.mark.parametrize("query", ["", "?X-Amz-Signature=a", "?X-Amz-Expires=x&X-Amz-Date=20260101T000000Z"])
def test_without_a_signature_nothing_is_served(door: Client, query: str) -> None:
    assert door.get(f"{PREFIX}/bucket/muni/a{query}").status_code == 403


def test_a_key_that_nobody_has_signs_nothing(door: Client) -> None:
    assert door.get(link("get_object").replace("local%2F", "other%2F")).status_code == 403


def test_a_link_has_an_end(door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    url = link("get_object")
    monkeypatch.setattr(files, "now", lambda: datetime.now(UTC) + timedelta(seconds=61))
    assert door.get(url).status_code == 403
