"""The keys that one-time tokens are derived with, from Secrets Manager."""

from __future__ import annotations

import json
from collections.abc import Callable
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


class SecretsManager:
    """The service's client, made when a secret is first read: it takes tens of milliseconds, and many need none."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None

    def get_secret_value(self, **asked: str) -> Any:
        """Return a secret, as the client does."""
        self._client = self._client or self._make()
        return self._client.get_secret_value(**asked)


class SecretText:
    """A secret that is one text, kept in the process until it is refused somewhere."""

    def __init__(self, client: Any, secret: str) -> None:
        self._client = client
        self._secret = secret
        self._text: str | None = None

    def text(self) -> str:
        """Return it."""
        if self._text is None:
            self._text = str(self._client.get_secret_value(SecretId=self._secret)["SecretString"]).strip()
        return self._text

    def forget(self) -> None:
        """Read it anew next time: it may have been changed."""
        self._text = None
