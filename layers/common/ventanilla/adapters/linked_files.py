"""Files of a bucket that others upload and download by links, which live a short while."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from ventanilla.domain.attachments import DOWNLOAD_LIFE, StoredFile

if TYPE_CHECKING:
    from botocore.session import Session

_ABSENT = ("404", "NoSuchKey", "NotFound")


class LinkedFiles:
    """The files of a bucket.

    Args:
        client: makes the client that asks the bucket.
        signer: makes the client that signs links (no call is made by it).
        bucket: its name.
    """

    def __init__(self, client: Callable[[], Any], signer: Callable[[], Any], bucket: str) -> None:
        self._make_client, self._make_signer = client, signer
        self._bucket = bucket

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    @cached_property
    def _signer(self) -> Any:
        return self._make_signer()

    def stored(self, path: str) -> StoredFile | None:
        """Return what the bucket says of a file, if it is there."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=path, ChecksumMode="ENABLED")
        except ClientError as error:
            demand_absence(error)
            return None
        checksum = head.get("ChecksumSHA256")
        sha256 = base64.b64decode(checksum).hex() if checksum else None
        return StoredFile(int(head["ContentLength"]), sha256, str(head["ContentType"]))

    def _link_in(
        self, path: str, life: timedelta, *, media_type: str, size: int, sha256: str, tagging: str | None = None
    ) -> tuple[str, dict[str, str]]:
        """Return the link that takes in these bytes alone, once, and the headers that it demands.

        All of them are signed: S3 refuses another length or type, bytes of another checksum, and what is there already.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        signed: dict[str, Any] = {
            "ContentType": media_type,
            "ContentLength": size,
            "ChecksumSHA256": checksum,
            "IfNoneMatch": "*",
        }
        headers = {
            "content-type": media_type,
            "content-length": str(size),
            "x-amz-checksum-sha256": checksum,
            "if-none-match": "*",
        }
        if tagging:
            signed["Tagging"] = headers["x-amz-tagging"] = tagging
        return self._sign("put_object", path, life, **signed), headers

    def _link_out(self, path: str, *, disposition: str, media_type: str) -> str:
        told = {"ResponseContentDisposition": disposition, "ResponseContentType": media_type}
        return self._sign("get_object", path, DOWNLOAD_LIFE, **told)

    def _sign(self, operation: str, path: str, life: timedelta, **parameters: Any) -> str:
        place = {"Bucket": self._bucket, "Key": path}
        seconds = int(life.total_seconds())
        return str(self._signer.generate_presigned_url(operation, Params={**place, **parameters}, ExpiresIn=seconds))


def link_signer(session: Session, region: str, endpoint: str | None) -> Any:
    """Return a client of S3 that signs links to the bucket's own address in its region, or to an endpoint."""
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "virtual"}, request_checksum_calculation="when_required"
    )
    return session.create_client("s3", region_name=region, endpoint_url=endpoint, config=config)


def demand_absence(error: ClientError) -> None:
    """Pass over that there is no such file; any other failure is one."""
    if error.response["Error"]["Code"] not in _ABSENT:
        raise error
