"""The stores behind the functions: moto in this process, shared with other processes over a loopback port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from threading import RLock
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local.cfn import ACCOUNT, REGION
from local.gateway import serve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# From botocore 1.44 on, the endpoint of streams is one that moto does not know (build.md, 1e)
_MOTO_STREAMS = f"https://streams.dynamodb.{REGION}.amazonaws.com"


class Moto:
    """Every AWS service in this process; `lock` is held for each invocation and each poll, and is the servers' too.

    moto's transactions are not isolated between threads: without the lock a race has several winners.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.lock: AbstractContextManager[Any] = RLock()
        self._changed = changed
        self._mock = mock_aws()
        self._dispatcher = DomainDispatcherApplication(create_backend_app)

    def start(self) -> None:
        """Begin empty, and listen for other processes."""
        self._mock.start()
        self._mock.reset()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = serve(self._listener, self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="moto", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Forget everything."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()
        with self.lock:
            self._mock.reset()
            self._mock.stop()

    @property
    def endpoint(self) -> str:
        """Where other processes reach these services."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Only programs of this machine: a page in a browser always names its origin when it posts
        if "HTTP_ORIGIN" in environ or environ.get("PATH_INFO", "").startswith("/moto-api"):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return []
        with self.lock:
            body = list(self._dispatcher(environ, start_response))
        self._changed()
        return body

    def sent_mails(self) -> list[Any]:
        """Return what reached SES, oldest first."""
        messages: list[Any] = get_backend("ses")[ACCOUNT][REGION].sent_messages
        return messages

    def pass_time(self, seconds: float) -> None:
        """Let the queues' own timers run ahead: messages in flight or delayed appear that much earlier."""
        for queue in get_backend("sqs")[ACCOUNT][REGION].queues.values():
            for message in queue._messages:  # noqa: SLF001  # moto has no door for this
                message.visible_at -= seconds * 1000
                message.delayed_until -= seconds * 1000


class Clients:
    """Plain boto3 clients to the stores, made once; `dynamodb` is the address of another engine, where there is one."""

    def __init__(self, dynamodb: str | None = None) -> None:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        # dynoxide's shard ids are shorter than botocore's model allows where a table's name is
        quick = Config(
            parameter_validation=False, connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}
        )
        self.dynamodb: DynamoDBClient = session.client("dynamodb", endpoint_url=dynamodb, config=quick)
        self.streams: DynamoDBStreamsClient = session.client(
            "dynamodbstreams", endpoint_url=dynamodb or _MOTO_STREAMS, config=quick
        )
        self.sqs: SQSClient = session.client("sqs")
        self.secrets: SecretsManagerClient = session.client("secretsmanager")
        self.ses: Any = session.client("sesv2")
        self.s3: S3Client = session.client("s3")
        self.kms: Any = session.client("kms")

    def close(self) -> None:
        """Close their connections."""
        for client in (self.dynamodb, self.streams, self.sqs, self.secrets, self.ses, self.s3, self.kms):
            client.close()
