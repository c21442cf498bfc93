"""Files in a bucket: encrypted, private, found by name."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.cfn import REGION
from ventanilla.adapters.files import FileStore

NAME = "applications/slot/01J/solicitud.pdf"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    from botocore.session import Session

    with mock_aws():
        made: Any = Session().create_client("s3", region_name=REGION)
        made.create_bucket(Bucket="papers")
        yield made
        made.close()


def test_a_file_comes_back_as_it_was_put(client: Any) -> None:
    files = FileStore(client, "papers")
    content = bytes(range(256)) * 1000
    files.put(NAME, content)
    assert files.get(NAME) == content


def test_what_was_never_put_is_not_there(client: Any) -> None:
    assert FileStore(client, "papers").get(NAME) is None


def test_another_failure_is_not_taken_for_an_absence(client: Any) -> None:
    with pytest.raises(ClientError):
        FileStore(client, "elsewhere").get(NAME)


def test_the_last_one_put_is_found(client: Any) -> None:
    files = FileStore(client, "papers")
    files.put(NAME, b"one")
    files.put(NAME, b"two")
    assert files.get(NAME) == b"two"


def test_a_file_is_encrypted_where_it_lies_and_says_what_it_is(client: Any) -> None:
    FileStore(client, "papers").put(NAME, b"%PDF-")
    found = client.head_object(Bucket="papers", Key=NAME)
    assert found["ServerSideEncryption"] == "AES256"
    assert found["ContentType"] == "application/pdf"
