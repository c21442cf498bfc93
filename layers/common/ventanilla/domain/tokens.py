"""One-time tokens: `purpose.kid.slot.id.mac`, derived and never stored (architecture.md, rule 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from ventanilla.domain.errors import TokenGone
from ventanilla.domain.ids import READABLE

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

    def derived(self, label: str) -> bytes:
        """Return the key of another use; a label has no dot, and every token has: neither can stand for the other."""
        return hmac.new(self.secret, label.encode(), hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that tokens are derived with, by their id (`kid`)."""

    current: str
    keys: dict[str, SigningKey]

    def key(self, kid: str, now: datetime) -> SigningKey:
        """Return a key that is in force, or was not long ago.

        Raises:
            TokenGone: there is none of this id, or it was retired too long ago.
        """
        key = self.keys.get(kid)
        if key is None or (key.retired_at and now > key.retired_at + RETIRED_KEYS_LIVE):
            raise TokenGone
        return key

    def write(self, token: OneTimeToken) -> str:
        """Return the text of a token, under the current key."""
        head = f"{token.purpose}.{self.current}.{token.slot}.{token.id}"
        return f"{head}.{_mac(self.keys[self.current], head)}"

    def temporary_password(self, token: OneTimeToken) -> str:
        """Return the temporary password of an application: seven characters name it, ten are secret, then a digit."""
        return _temporary_password(self.keys[self.current], token)

    def is_temporary_password(self, token: OneTimeToken, typed: str) -> bool:
        """Tell whether this is an application's temporary password, whichever of our keys made it."""
        plain = typed.strip().lower().encode()
        fits = [hmac.compare_digest(_temporary_password(key, token).encode(), plain) for key in self.keys.values()]
        return any(fits)

    def code(self, token: OneTimeToken) -> str:
        """Return the code that goes with a token, under the current key."""
        return _code(self.keys[self.current], token)

    def is_code(self, token: OneTimeToken, typed: str) -> bool:
        """Tell whether this is a token's code, however it is spaced and whichever of our keys made it."""
        plain = "".join(character for character in typed.upper() if character.isalnum())
        fits = [hmac.compare_digest(_code(key, token).encode(), plain.encode()) for key in self.keys.values()]
        return any(fits)

    def read(self, text: str, *, purposes: tuple[str, ...], now: datetime) -> OneTimeToken:
        """Return what a token names, if one of our keys made it for one of these purposes.

        Raises:
            TokenGone: it is forged, malformed, of another purpose, or of a key retired too long ago.
        """
        parts = text.split(".") if len(text) <= _LONGEST and text.isascii() else []
        if len(parts) != _PARTS:
            raise TokenGone
        purpose, kid, slot, id_, mac = parts
        genuine = hmac.compare_digest(mac, _mac(self.key(kid, now), f"{purpose}.{kid}.{slot}.{id_}"))
        if not genuine or purpose not in purposes:
            raise TokenGone
        return OneTimeToken(purpose, slot, id_)


_CODE_LENGTH = 8
"""Characters of a code: 40 bits of base32, entered with their mail's token (security.md, 6)."""


def _code(key: SigningKey, token: OneTimeToken) -> str:
    said = f"code.{token.purpose}.{token.slot}.{token.id}"
    digest = hmac.new(key.secret, said.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:_CODE_LENGTH]


def _temporary_password(key: SigningKey, token: OneTimeToken) -> str:
    said = f"temporary.{token.slot}.{token.id}"
    digest = hmac.new(key.secret, said.encode(), hashlib.sha256).digest()
    name = token.id.partition("-")[0]
    secret = "".join(READABLE[byte % len(READABLE)] for byte in digest[:10])
    return f"{name}-{secret}{digest[10] % 8 + 2}"


def kid_of(text: str) -> str | None:
    """Return the id of the key that a token claims to be made with."""
    parts = text.split(".", 2)
    return parts[1] if len(parts) > 2 else None


def _mac(key: SigningKey, head: str) -> str:
    digest = hmac.new(key.secret, head.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
