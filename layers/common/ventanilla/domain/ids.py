"""Opaque identifiers: random ones, and those that follow from what they name."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime

LENGTH = 26
"""Characters of an identifier: 130 bits of base32."""


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def random_id() -> str:
    """Return 128 random bits as 26 characters."""
    return _base32(secrets.token_bytes(16))


def derived_id(*parts: str) -> str:
    """Return the 26 characters that always stand for these parts (SHA-256, cut to 128 bits)."""
    return _base32(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16])


def slot_of(portal: str, number: str) -> str:
    """Return the name under which a portal keeps what waits for this identifier, without showing the identifier."""
    return derived_id("slot", portal, number)


READABLE = "23456789abcdefghjkmnpqrstuvwxyz"
"""What people copy from a mail by hand: nothing that is read as something else (0 and o, 1, i and l)."""
TIME_ID_LENGTH = 7
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TICKS_PER_SECOND = 32


def time_id(at: datetime) -> str:
    """Return seven characters, ordered by time to 1/32 s until 2053: what a temporary password begins with."""
    ticks = int((at - _EPOCH).total_seconds() * _TICKS_PER_SECOND)
    symbols = []
    for _ in range(TIME_ID_LENGTH):
        ticks, place = divmod(ticks, len(READABLE))
        symbols.append(READABLE[place])
    return "".join(reversed(symbols))
