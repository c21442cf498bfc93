"""The second factor: one-time passwords of an authenticator app (RFC 6238), and recovery codes in their place."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

STEP = 30
"""Seconds for which a one-time password is shown."""
TOLERANCE = 1
"""Steps that a clock may be ahead or behind."""
RECOVERY_CODES = 10
SPENT = "-"
"""What stands in the place of a recovery code that has been used."""
_SECRET_BYTES = 20
_SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
_SYMBOLS_EACH = 10
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})
_REPLAYED = 10


def derive_secret(key: bytes, ref: str, enrolment: str) -> str:
    """Return the secret of an account's enrolment, in base32: derived from a key that is in no table, never stored."""
    digest = hmac.new(key, f"totp.{ref}.{enrolment}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_SECRET_BYTES]).decode()


def steps_at(*hours: datetime) -> tuple[int, ...]:
    """Return the time steps whose passwords are accepted at some hours, earliest first."""
    at = {int(hour.timestamp()) // STEP for hour in hours}
    return tuple(sorted({step + skew for step in at for skew in range(-TOLERANCE, TOLERANCE + 1)}))


def is_spent(step: int, last: int | None) -> bool:
    """Tell whether the password of a time step can't be used any more: one is accepted once, and none before it.

    The last step that was accepted is never far ahead, unless somebody has moved a local clock and moved it back.
    """
    return last is not None and 0 <= last - step < _REPLAYED


def read_password(typed: str) -> str | None:
    """Return the six digits that were typed, if it has the form of a one-time password."""
    digits = "".join(typed.split())
    return digits if len(digits) == 6 and digits.isascii() and digits.isdecimal() else None


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes of 50 random bits; the digit in front says in which place of the list each one stands."""
    return tuple(
        f"{place}-{_random_symbols(_SYMBOLS_EACH // 2)}-{_random_symbols(_SYMBOLS_EACH // 2)}"
        for place in range(RECOVERY_CODES)
    )


def read_recovery_code(typed: str) -> tuple[int, str] | None:
    """Return the place and the normal form of what was typed, if it has the form of a recovery code."""
    code = normal_form(typed)
    if len(code) != 1 + _SYMBOLS_EACH or code[0] not in "0123456789" or not set(code) <= set(_SYMBOLS):
        return None
    return int(code[0]), code


def normal_form(code: str) -> str:
    """Return what counts of a recovery code: no capitals, no separators, no letters that are read as digits."""
    return code.strip().casefold().translate(_MISREAD)


def spend(codes: tuple[str, ...], place: int) -> tuple[str, ...]:
    """Return the hashes of the recovery codes without the one in this place, the others staying in theirs."""
    return (*codes[:place], SPENT, *codes[place + 1 :])


def codes_left(codes: tuple[str, ...]) -> int:
    """Return how many recovery codes can still be used."""
    return sum(code != SPENT for code in codes)


def _random_symbols(length: int) -> str:
    return "".join(secrets.choice(_SYMBOLS) for _ in range(length))
