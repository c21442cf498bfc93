"""What is written down of a request that was signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

NONCES_KEPT = timedelta(minutes=11)
"""Longer than a signature may be valid (300 s back, 30 s ahead, 300 s to expire), and longer than a captcha lives, so
that none is heard twice."""


@dataclass(frozen=True, slots=True)
class Nonce:
    """A number that one key uses once."""

    key_id: str
    value: str
    kept: timedelta = NONCES_KEPT
    """Longer than what bears it may be shown."""

    @property
    def name(self) -> str:
        """What it is stored as, however long it is."""
        return hashlib.sha256(f"{self.key_id}\x1f{self.value}".encode()).hexdigest()
