"""Files in a bucket of S3."""

from __future__ import annotations

from typing import Any


class FileStore:
    """The files of a bucket, encrypted where they lie; the bucket keeps what another took the place of."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, name: str, content: bytes, media_type: str = "application/pdf") -> None:
        """Keep a file, in place of what was there."""
        self._client.put_object(
            Bucket=self._bucket, Key=name, Body=content, ContentType=media_type, ServerSideEncryption="AES256"
        )

    def get(self, name: str) -> bytes | None:
        """Return a file, if there is one."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=name)
        except self._client.exceptions.NoSuchKey:
            return None
        content: bytes = found["Body"].read()
        return content
