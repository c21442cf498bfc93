"""Passwords as argon2id hashes (security.md, 5; ASVS 11.4.2)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from ventanilla.domain.passwords import normalise

MEMORY_KIB = 19_456
TIME_COST = 2
PARALLELISM = 1
# A hash that nobody's password is compared with in earnest: it only takes the time.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$SA7xVYRfto9j7XaeQsHCQw$cS6/SXTvcuv0m1ASPMkBBfwUbRBkfpA+YjIUKz64S1Y"


class Argon2Hasher:
    """Hashes and compares; for somebody unknown it takes the same time."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=memory_kib, parallelism=PARALLELISM)
        self._nobody = _NOBODY.replace(f"m={MEMORY_KIB}", f"m={memory_kib}")

    def hash(self, password: str) -> str:
        """Return the hash of a password."""
        return self._hasher.hash(normalise(password))

    def fits(self, password_hash: str | None, password: str) -> bool:
        """Tell whether a password is the one hashed; without a hash it is not, in the same time."""
        try:
            self._hasher.verify(password_hash or self._nobody, normalise(password))
        except VerifyMismatchError:
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the parameters have risen since."""
        return self._hasher.check_needs_rehash(password_hash)
