"""Who is signed in at the sample service: kept on its own side, so that the portal can end it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class Visit:
    """One browser's visit: what the portal said of its person, and the tokens, which never reach the browser."""

    claims: dict[str, Any]
    id_token: str
    refresh_token: str | None
    renewing: Lock = field(default_factory=Lock, repr=False)
    """Held while the refresh token is used: it works once."""


class Visits:
    """All visits, by the secret in each browser's cookie."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[str, Visit] = {}

    def open(self, visit: Visit) -> str:
        """Keep a visit; return its secret."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._open[secret] = visit
        return secret

    def get(self, secret: str | None) -> Visit | None:
        """Return a visit that has not ended."""
        with self._lock:
            return self._open.get(secret or "")

    def close(self, secret: str | None) -> None:
        """End a visit."""
        with self._lock:
            self._open.pop(secret or "", None)

    def end(self, sub: str | None, sid: str | None) -> None:
        """End what a logout token names: one session at the portal, or all of a person's."""
        with self._lock:
            for secret, visit in list(self._open.items()):
                of_session = sid is not None and visit.claims.get("sid") == sid
                of_person = sid is None and visit.claims.get("sub") == sub
                if of_session or of_person:
                    del self._open[secret]
