"""One-time tokens: `purpose.kid.slot.id.mac`, derived and never stored (architecture.md, rule 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from ventanilla.domain.errors import TokenGone

RETIRED_KEYS_LIVE = timedelta(days=7)
"""How long a retired key is accepted: the longest lifetime of a link."""
_PARTS = 5
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """What a token names: the slot of a purpose, and the id that the slot must hold."""

    purpose: str
    slot: str
    id: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that derives tokens; `retired_at` is when another took its place."""

    secret: bytes
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that tokens are derived with, by their id (`kid`)."""

    current: str
    keys: dict[str, SigningKey]

    def write(self, token: OneTimeToken) -> str:
        """Return the text of a token, under the current key."""
        head = f"{token.purpose}.{self.current}.{token.slot}.{token.id}"
        return f"{head}.{_mac(self.keys[self.current], head)}"

    def read(self, text: str, *, purposes: tuple[str, ...], now: datetime) -> OneTimeToken:
        """Return what a token names, if one of our keys made it for one of these purposes.

        Raises:
            TokenGone: it is forged, malformed, of another purpose, or of a key retired too long ago.
        """
        parts = text.split(".") if len(text) <= _LONGEST and text.isascii() else []
        if len(parts) != _PARTS:
            raise TokenGone
        purpose, kid, slot, id_, mac = parts
        key = self.keys.get(kid)
        if key is None or (key.retired_at and now > key.retired_at + RETIRED_KEYS_LIVE):
            raise TokenGone
        genuine = hmac.compare_digest(mac, _mac(key, f"{purpose}.{kid}.{slot}.{id_}"))
        if not genuine or purpose not in purposes:
            raise TokenGone
        return OneTimeToken(purpose, slot, id_)


def kid_of(text: str) -> str | None:
    """Return the id of the key that a token claims to be made with."""
    parts = text.split(".", 2)
    return parts[1] if len(parts) > 2 else None


def _mac(key: SigningKey, head: str) -> str:
    digest = hmac.new(key.secret, head.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
