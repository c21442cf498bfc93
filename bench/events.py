"""Events as Lambda hands them over: requests by the HTTP API, messages of queues, records of streams."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from bench.stage import BASE_URL
from local.cfn import ACCOUNT, REGION

ADDRESS = "203.0.113.7"
_COMPONENTS = ("@method", "@authority", "@path", "@query")


def request(
    route: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str | None = None,
    address: str = ADDRESS,
    **parameters: str,
) -> dict[str, Any]:
    """Return a request of a route such as `GET /v1/portals/{portal}`.

    Args:
        route: as the template says it.
        body: what goes as JSON.
        token: of a session, which goes as bearer.
        address: where it comes from.
        parameters: what stands for the braces in the path.
    """
    method, _, path = route.partition(" ")
    headers = {"accept-language": "es", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
    if body is not None:
        headers["content-type"] = "application/json"
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    http = {"method": method, "path": path.format_map(parameters), "protocol": "HTTP/1.1", "sourceIp": address}
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": http["path"],
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": parameters,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "bench",
            "domainName": BASE_URL.removeprefix("https://"),
            "http": http,
            "requestId": "bench",
            "routeKey": route,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "isBase64Encoded": False,
    }
    return event if body is None else {**event, "body": json.dumps(body, ensure_ascii=False)}


def messages(queue: str, *bodies: Mapping[str, Any]) -> dict[str, Any]:
    """Return a batch of a queue's messages."""
    records = [
        {
            "messageId": str(uuid.uuid4()),
            "receiptHandle": "handle",
            "body": json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "bench"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
            "awsRegion": REGION,
        }
        for body in bodies
    ]
    return {"Records": records}


class Signer:
    """An institution's system: signs requests with a key of its own (RFC 9421)."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id
        self._key = Ed25519PrivateKey.generate()
        keys = MappingKeyResolver(public_keys={}, private_keys={key_id: self._key})
        self._signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=keys)

    @property
    def public_key(self) -> str:
        """What the platform is told."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return a request with its signature, of now and with a nonce of its own."""
        body, now = event["body"].encode(), datetime.now(UTC)
        method = event["requestContext"]["http"]["method"]
        message = SimpleNamespace(
            method=method, url=f"{BASE_URL}{event['rawPath']}", headers=dict(event["headers"]), body=body
        )
        self._signer.sign(
            message,
            key_id=self._key_id,
            created=now,
            expires=now + timedelta(seconds=300),
            nonce=secrets.token_urlsafe(16),
            label="ventanilla",
            tag="ventanilla",
            covered_component_ids=(*_COMPONENTS, "content-type"),
            body=body,
        )
        return {**event, "headers": {name.lower(): value for name, value in message.headers.items()}}
