"""The back door of a function: its events, made by hand, as a gateway would make them; and what it asks AWS."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.flows.town import Town


def call(town: Town, function: str, route: str, body: Any = None, *, ip: str = "10.0.0.1", **headers: str) -> Any:
    """Invoke a function of the site as its gateway does, from a network address; return status and body."""
    method, _, path = route.replace("{portal}", "demo").partition(" ")
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": ip},
            "requestId": "r",
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **({"body": json.dumps(body)} if body is not None else {}),
    }
    answer = town.local.invoke(function, event)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def sign_in_from(town: Town, ip: str, number: str, password: str, **headers: str) -> int:
    """Try to enter from a network address; return the status."""
    attempt = {"portal": "demo", "identifier": number, "password": password}
    status, _ = call(town, "SessionFunction", "POST /v1/sessions", attempt, ip=ip, **headers)
    return int(status)


@contextmanager
def asked() -> Iterator[list[str]]:
    """List what this thread asks AWS meanwhile, operation by operation; others' workers are left out."""
    operations: list[str] = []
    mine, original = threading.get_ident(), BaseClient._make_api_call

    def note(client: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
        if threading.get_ident() == mine:
            operations.append(operation)
        return original(client, operation, sent)

    with patch.object(BaseClient, "_make_api_call", note):
        yield operations
