"""Institutions that notify, and the public keys of their systems."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ADMINISTRATOR = "institution_admin"
"""The role of those who administer an institution: its scope is the institution's id."""
Modality = Literal["platform", "interconnection"]
"""Whether an institution composes its notifications here, or its own system posts them."""
Effect = Literal["opening"] | int | None
KeyState = Literal["active", "early", "expired", "revoked"]
_ONE_USE = timedelta(hours=1)
_SHADOW = "test-"
Algorithm = Literal["ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512"]
_ID = re.compile(r"(?!test-)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_KEY_NAME = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Institution:
    """A public body that posts notifications to the mailboxes of some portals.

    The id of one that was activated by application is its RUC. `effect` is the rule by which its notifications take
    effect: none, on opening, or so many days after they became available. `daily_quota` is how many of them it may post
    a day, where that is another number than everybody's. `canton` (DPA number) is where its local holidays are kept.
    """

    id: str
    name: str
    contact: dict[str, str] = field(default_factory=dict)
    portals: tuple[str, ...] = ()
    status: Literal["active", "suspended"] = "active"
    ruc: str | None = None
    modality: Modality = "interconnection"
    activated_at: datetime | None = None
    effect: Effect = None
    daily_quota: int | None = None
    canton: str | None = None


@dataclass(frozen=True, slots=True)
class InstitutionKey:
    """A public key (PEM of its SubjectPublicKeyInfo) of an institution's system; the private part never leaves it.

    In force from `not_before` on and before `not_after`; `last_used_at` is exact to an hour. The institution of a test
    key is a shadow.
    """

    institution: str
    name: str
    public_key: str
    algorithm: Algorithm
    created_at: datetime
    revoked_at: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def id(self) -> str:
        """The `keyid` of its signatures."""
        return f"{self.institution}.{self.name}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its SubjectPublicKeyInfo in DER, in hexadecimal."""
        lines = (line for line in self.public_key.splitlines() if not line.startswith("-----"))
        return hashlib.sha256(b64decode("".join(lines))).hexdigest()

    def state(self, now: datetime) -> KeyState:
        """Return whether signatures of it are accepted at an hour, or why not."""
        if self.revoked_at is not None:
            return "revoked"
        if self.not_before is not None and now < self.not_before:
            return "early"
        return "expired" if self.not_after is not None and now >= self.not_after else "active"

    def is_use_known(self, now: datetime) -> bool:
        """Tell whether a use at an hour is as good as written down: one in an hour is."""
        return self.last_used_at is not None and now < self.last_used_at + _ONE_USE


def read_key_id(key_id: str) -> tuple[str, str] | None:
    """Return the institution and the key's name that a `keyid` names, if it has that form; a test key's is a shadow."""
    institution, dot, name = key_id.partition(".")
    if dot and is_institution_id(real_of(institution)) and _KEY_NAME.fullmatch(name):
        return institution, name
    return None


def shadow_of(institution_id: str) -> str:
    """Return the id under which all is kept that an institution does with its test keys."""
    return f"{_SHADOW}{institution_id}"


def is_shadow(institution_id: str) -> bool:
    """Tell whether an id is that of an institution that only tries: no other begins so."""
    return institution_id.startswith(_SHADOW)


def real_of(institution_id: str) -> str:
    """Return the id of the institution whose record stands for this one, too."""
    return institution_id.removeprefix(_SHADOW)


def is_institution_id(text: str) -> bool:
    """Tell whether this may be an institution's id: 3 to 40 of a–z, 0–9 and hyphen."""
    return _ID.fullmatch(text) is not None


def trail_of(institution_id: str) -> str:
    """Return the name under which the audit keeps what was done to an institution."""
    return f"institution#{institution_id}"


def is_key_name(text: str) -> bool:
    """Tell whether this may be a key's name."""
    return _KEY_NAME.fullmatch(text) is not None
