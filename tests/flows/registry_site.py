"""A site whose functions are handed events, with the local identity registry behind them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from local import Local
from local.template import read_template
from tests.solving import solve

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
PARAMETERS = {"BaseUrl": "http://127.0.0.1", "MailFrom": "a@example.ec"}
STEPS = {
    function.code.name: name for name, function in read_template(ROOT / "template.yaml", PARAMETERS).functions.items()
}


@dataclass
class RegistrySite:
    """What tests say to it; answers come with their body read as `json`."""

    local: Local

    def feed(self, name: str, **said: Any) -> dict[str, Any]:
        """Hand a sample event to its function, with changes to its body."""
        event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
        if said:
            event["body"] = json.dumps({**json.loads(event["body"]), **said})
        return self._invoke(STEPS[name.partition(".")[0]], event)

    def post(self, function: str, route: str, portal: str, body: Any, source_ip: str = "198.51.100.7") -> Any:
        """Hand over an event of the same form for another portal or address."""
        event = json.loads((EVENTS / "register.identity.json").read_text(encoding="utf-8"))
        path = route.replace("{portal}", portal)
        http = {**event["requestContext"]["http"], "path": path, "sourceIp": source_ip}
        event |= {
            "routeKey": f"POST {route}",
            "rawPath": path,
            "pathParameters": {"portal": portal},
            "requestContext": {**event["requestContext"], "routeKey": f"POST {route}", "http": http},
            "body": json.dumps(body),
        }
        return self._invoke(function, event)

    def solved(self, action: str, portal: str = "ibarra") -> str:
        """Fetch a challenge, and solve it."""
        event = json.loads((EVENTS / "public.captcha.json").read_text(encoding="utf-8"))
        event["queryStringParameters"] = {"action": action, "portal": portal}
        event["rawQueryString"] = f"action={action}&portal={portal}"
        return solve(self._invoke("PublicFunction", event)["json"])

    def count(self, table: str) -> int:
        """Return how many items a table holds."""
        return len(self.items(table))

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what a table holds, as it is stored."""
        from ventanilla.wiring import services

        with self.local.lock:
            client: Any = services().dynamo.connection.client
            return list(client.scan(TableName=table, ConsistentRead=True)["Items"])

    @staticmethod
    @contextmanager
    def calls() -> Iterator[list[str]]:
        """Note the calls to AWS that are made meanwhile, by this thread and not by those that relay."""
        noted: list[str] = []
        own = threading.get_ident()
        call = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private

        def note(client: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
            if threading.get_ident() == own:
                noted.append(operation)
            return call(client, operation, sent)

        with patch.object(BaseClient, "_make_api_call", note):
            yield noted

    def _invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.local.invoke(function, event)
        return {**answer, "json": json.loads(answer["body"]) if answer.get("body") else None}


@contextmanager
def registry_site(folder: Path) -> Iterator[RegistrySite]:
    """A running site; passwords cost next to nothing."""
    from ventanilla.adapters.hasher import Argon2Hasher
    from ventanilla.wiring import services

    with Local(data_dir=folder, demo=False) as local:
        services().__dict__["hasher"] = Argon2Hasher(memory_kib=8)
        yield RegistrySite(local)
