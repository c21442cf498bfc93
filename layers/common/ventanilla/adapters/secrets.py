"""The keys that one-time tokens are derived with, from Secrets Manager."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from ventanilla.domain.tokens import Keyring, SigningKey, kid_of

_AT_MOST = timedelta(minutes=1)


class TokenKeys:
    """The keyring, kept in the process; a key that it does not know makes it read anew, at most once a minute.

    The secret is JSON: `current` names the key in force, `retired` the hour at which others lost it,
    every other entry is a key.
    """

    def __init__(self, client: Any, secret: str) -> None:
        self._client = client
        self._secret = secret
        self._keyring: Keyring | None = None
        self._read_at: datetime | None = None

    def keyring(self, now: datetime, token: str | None = None) -> Keyring:
        """Return the keys, read anew if the token names one that is not among them."""
        kid = kid_of(token) if token else None
        stale = self._keyring is None or (kid is not None and kid not in self._keyring.keys)
        rested = self._read_at is None or abs(now - self._read_at) >= _AT_MOST
        if self._keyring is None or (stale and rested):
            self._keyring = self._read()
            self._read_at = now
        return self._keyring

    def _read(self) -> Keyring:
        secret = json.loads(self._client.get_secret_value(SecretId=self._secret)["SecretString"])
        current = secret.pop("current")
        retired = {kid: datetime.fromisoformat(at) for kid, at in secret.pop("retired", {}).items()}
        keys = {kid: SigningKey(value.encode(), retired.get(kid)) for kid, value in secret.items()}
        return Keyring(current, keys)
