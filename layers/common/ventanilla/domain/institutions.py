"""Institutions that notify, and the public keys of their systems."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Algorithm = Literal["ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512"]
_ID = re.compile(r"(?!test-)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_KEY_NAME = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Institution:
    """A public body that posts notifications to the mailboxes of some portals."""

    id: str
    name: str
    contact: dict[str, str] = field(default_factory=dict)
    portals: tuple[str, ...] = ()
    status: Literal["active", "suspended"] = "active"


@dataclass(frozen=True, slots=True)
class InstitutionKey:
    """A public key of an institution's system; the private part never leaves the institution."""

    institution: str
    name: str
    public_key: str
    algorithm: Algorithm
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def id(self) -> str:
        """The `keyid` of its signatures."""
        return f"{self.institution}.{self.name}"


def read_key_id(key_id: str) -> tuple[str, str] | None:
    """Return the institution and the key's name that a `keyid` names, if it has that form."""
    institution, dot, name = key_id.partition(".")
    if dot and is_institution_id(institution) and _KEY_NAME.fullmatch(name):
        return institution, name
    return None


def is_institution_id(text: str) -> bool:
    """Tell whether this may be an institution's id: 3 to 40 of a–z, 0–9 and hyphen."""
    return _ID.fullmatch(text) is not None


def is_key_name(text: str) -> bool:
    """Tell whether this may be a key's name."""
    return _KEY_NAME.fullmatch(text) is not None
