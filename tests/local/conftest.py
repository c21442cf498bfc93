"""A site of a product of a few lines, and what a test says to it."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from local import Local

PRODUCT = Path(__file__).parent / "product"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site(NamedTuple):
    """A running site, and a client for it."""

    local: Local

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; a dict or list goes as JSON, header names take hyphens for underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict | list):
            body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
        connection = HTTPConnection(urlsplit(self.local.base_url).netloc, timeout=30)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def note(self, *ids: str, to: str, cancel: bool = False) -> int:
        """Write notes, and wait until everything that follows from them is done."""
        notes = [{"id": note_id, "to": to} for note_id in ids]
        status = self.call("POST", "/notes", {"notes": notes, "cancel": cancel}).status
        self.local.settle()
        return status

    def subjects(self, to: str) -> list[str]:
        """Return the subjects of the mails to an address, newest first."""
        return [mail["subject"] for mail in self.local.outbox(to)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("local")
    with Local(root=PRODUCT, data_dir=folder, demo=False) as local:
        yield Site(local)
