"""The identity registry over HTTP: asked briefly, believed strictly, left in peace when it does not answer.

`POST <url>` `{kind, number, country?}` with `Authorization: Bearer <key>` answers 200 with `{status: "found", record}`
or `{status: "not_found"}` (docs/operations.md). Any other answer is a failure, 404 too: it may come from whoever stands
between.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from typing import Any, Protocol

from ventanilla.adapters.circuit_breaker import CircuitBreaker
from ventanilla.domain.errors import RegistryDown
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.registry import RegistryRecord

_PATIENCE = 2.0  # seconds, for the whole of an answer
_ATTEMPTS = 3
_LONGEST_REST = 0.1  # seconds before the second attempt; twice as long before the third
_LARGEST = 16 * 1024  # bytes of an answer


class Key(Protocol):
    """What the registry knows us by."""

    def text(self) -> str:
        """Return it."""

    def forget(self) -> None:
        """Read it anew next time."""


class HttpIdentityRegistry:
    """A registry behind one address; without an address it is always down.

    Args:
        key: handed over when it is first needed.
        breaker: this process's.
        sleep: waits between attempts, for seconds.
    """

    def __init__(
        self,
        url: str | None,
        key: Callable[[], Key],
        breaker: CircuitBreaker,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._key = key
        self._breaker = breaker
        self._sleep = sleep
        self._pool: Any = None

    def find(self, identifier: Identifier) -> RegistryRecord | None:
        """Return what the registry knows of somebody, None if it knows nobody of this number.

        Raises:
            RegistryDown: it does not answer, or not in a way that can be believed; `reason` names no person.
        """
        if self._url is None:
            raise RegistryDown(reason="not-configured")
        if not self._breaker.admits():
            raise RegistryDown(reason="resting")
        try:
            record = self._record(identifier)
        except _Failed as failure:
            self._breaker.failed()
            raise RegistryDown(reason=failure.reason) from None
        self._breaker.succeeded()
        return record

    def _record(self, identifier: Identifier) -> RegistryRecord | None:
        from ventanilla.adapters.registry_answers import Unreadable, read  # for those portals that ask a registry

        asked = _question(identifier)
        body = self._ask(json.dumps(asked).encode())
        try:
            return read(body, identifier, asked)
        except Unreadable:
            raise _Failed("unreadable") from None

    def _ask(self, question: bytes) -> bytes:
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._ask_once(question)
            except _Failed as failure:
                if not failure.passes:
                    raise
            self._sleep(random.uniform(0, _LONGEST_REST * attempt))  # noqa: S311  # jitter, no secret
        return self._ask_once(question)

    def _ask_once(self, question: bytes) -> bytes:
        from urllib3 import PoolManager
        from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError  # noqa: A004  # urllib3's
        from urllib3.util import Timeout

        self._pool = self._pool or PoolManager(num_pools=1, maxsize=1)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._key().text()}"}
        ends = time.monotonic() + _PATIENCE
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=question,
                headers=headers,
                timeout=Timeout(total=_PATIENCE),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                body = _all_of(response, ends)
            except BaseException:
                response.close()  # what is left of it must not meet the next question
                raise
            response.release_conn()
        except HTTPError as error:
            # A refused connection is one of urllib3's time-outs too, but takes no time.
            if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):
                raise _Failed("timeout") from None  # whoever asked has waited long enough
            raise _Failed("connection", passes=True) from None
        if response.status in (401, 403):
            self._key().forget()
        if response.status != 200:
            raise _Failed(f"status-{response.status}", passes=response.status >= 500)
        return body


class _Failed(Exception):
    """An attempt failed; `passes` where another may not."""

    def __init__(self, reason: str, *, passes: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passes = passes


def _question(identifier: Identifier) -> dict[str, str]:
    if identifier.country is None:
        return {"kind": identifier.kind, "number": identifier.number}
    number = identifier.number.removeprefix(f"{identifier.country}-")
    return {"kind": identifier.kind, "number": number, "country": identifier.country}


def _all_of(response: Any, ends: float) -> bytes:
    body = b""
    while chunk := response.read1(_LARGEST):
        body += chunk
        if len(body) > _LARGEST:
            raise _Failed("unreadable")
        if time.monotonic() > ends:
            raise _Failed("timeout")
    return body
