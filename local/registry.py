"""An identity registry for one machine: made-up people, asked over HTTP as the real one is."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from local.gateway import serve

PEOPLE = Path(__file__).with_name("people.json")
Person = dict[str, Any]


class Registry:
    """Answers `{kind, number, country?}` with `{status, record?}`; tests add people, and take it down and up.

    `asked` counts the questions that have arrived.
    """

    def __init__(self) -> None:
        self._people: dict[tuple[str, ...], Person] = {}
        self._is_up = True
        self.asked = 0
        for person in json.loads(PEOPLE.read_text(encoding="utf-8")):
            self.add(**person)

    def start(self) -> None:
        """Begin to listen."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = serve(self._listener, self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="registry", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()

    @property
    def url(self) -> str:
        """Where the functions ask it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/identities"

    def add(self, **person: Any) -> None:
        """Know somebody, in place of whoever had the number; what is not said is as with a living adult's valid id."""
        known = {"birth_date": "1985-08-10", "identity_status": "valid", "deceased": False, **person}
        self._people[_key(known)] = known

    def take_down(self) -> None:
        """Answer nothing but 503."""
        self._is_up = False

    def bring_up(self) -> None:
        """Answer again."""
        self._is_up = True

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        self.asked += 1
        if not self._is_up:
            return Response(status=503)
        # Only programs of this machine: a page in a browser always names its origin when it posts
        if "Origin" in request.headers or request.method != "POST":
            return Response(status=403)
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return Response(status=401)
        person = self._people.get(_key(json.loads(request.get_data())))
        answer = {"status": "found", "record": person} if person else {"status": "not_found"}
        return Response(json.dumps(answer, ensure_ascii=False), content_type="application/json")


def _key(asked: Person) -> tuple[str, ...]:
    return asked["kind"], asked["number"], asked.get("country", "")
