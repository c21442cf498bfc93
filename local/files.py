"""The buckets as links reach them: S3's own checks of signed uploads and downloads, which moto leaves out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import ClientError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local.stores import CREDENTIALS

if TYPE_CHECKING:
    from local.stores import Clients

PREFIX = "/_local/s3"
_LARGEST = 100 * 1024 * 1024  # bytes
_TOLD = {"response-content-disposition": "Content-Disposition", "response-content-type": "Content-Type"}


class Refusal(Exception):
    """What S3 answers to a link that does not hold."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Files:
    """The WSGI application of `/_local/s3/<bucket>/<key>`; `lock` is moto's."""

    def __init__(self, clients: Clients, lock: AbstractContextManager[Any]) -> None:
        self._s3, self._lock = clients.s3, lock

    @staticmethod
    def has(path: str) -> bool:
        """Tell whether a path is one of these."""
        return path.startswith(f"{PREFIX}/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        request.max_content_length = _LARGEST
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = _error(refusal.status, refusal.code)
        except HTTPException as error:
            response = _error(error.code or 400, "InvalidRequest")
        except ClientError as error:
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            response = _error(status, error.response["Error"]["Code"])
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        query = dict(parse_qsl(request.query_string.decode(), keep_blank_values=True))
        _check_link(request, query)
        bucket, _, key = request.path.removeprefix(f"{PREFIX}/").partition("/")
        if request.method == "PUT":
            return self._put(request, bucket, key)
        if request.method != "GET":
            raise Refusal(405, "MethodNotAllowed")
        with self._lock:
            content = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        headers = {header: query[name] for name, header in _TOLD.items() if name in query}
        return Response(content, headers=headers)

    def _put(self, request: Request, bucket: str, key: str) -> Response:
        content = request.get_data()
        sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
        if request.headers.get("x-amz-checksum-sha256", sha256) != sha256:
            raise Refusal(400, "BadDigest")
        given = {
            "Tagging": request.headers.get("x-amz-tagging"),
            "IfNoneMatch": request.headers.get("if-none-match"),
            "ContentType": request.headers.get("content-type"),
        }
        asked: Any = {name: value for name, value in given.items() if value}
        with self._lock:
            self._s3.put_object(
                Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256", ChecksumSHA256=sha256, **asked
            )
        return Response(status=200)


def now() -> datetime:
    """Return the real hour: links live by it."""
    return datetime.now(UTC)


def _check_link(request: Request, query: dict[str, str]) -> None:
    """Check a link as Signature Version 4 demands it (query parameters, unsigned payload)."""
    try:
        signature = query["X-Amz-Signature"]
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lives = timedelta(seconds=int(query["X-Amz-Expires"]))
        key_id, scope = query["X-Amz-Credential"].split("/", 1)
        secret = _secrets()[key_id]
        names = query["X-Amz-SignedHeaders"].split(";")
    except (KeyError, ValueError):
        raise Refusal(403, "AccessDenied") from None
    if now() > signed_at + lives:
        raise Refusal(403, "AccessDenied")
    if not hmac.compare_digest(signature, _sign(_canonical(request, query, names), query["X-Amz-Date"], scope, secret)):
        raise Refusal(403, "SignatureDoesNotMatch")


def _canonical(request: Request, query: dict[str, str], names: list[str]) -> str:
    """Return the canonical request."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names]
    said = "&".join(f"{name}={value}" for name, value in pairs if name != "X-Amz-Signature")
    path = quote(request.path, safe="/-_.~")
    return "\n".join([request.method, path, said, *headers, "", ";".join(names), "UNSIGNED-PAYLOAD"])


def _secrets() -> dict[str, str]:
    """Return the keys that sign here: that of other processes, and the one that moto puts into our own environment."""
    pairs = (CREDENTIALS, os.environ)
    return {names["AWS_ACCESS_KEY_ID"]: names["AWS_SECRET_ACCESS_KEY"] for names in pairs}


def _sign(canonical: str, at: str, scope: str, secret: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashed}".encode(), "sha256").hex()


def _error(status: int, code: str) -> Response:
    return Response(f"<Error><Code>{code}</Code></Error>", status, content_type="application/xml")
