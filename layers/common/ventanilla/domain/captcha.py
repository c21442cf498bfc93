"""The captcha: a proof of work that a browser does once for one action (security.md, 19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.keys import Nonce
from ventanilla.domain.tokens import Keyring

CaptchaAction = Literal["identity_check", "register", "reset"]
CAPTCHA_LIVES = timedelta(minutes=10)
"""Less than a nonce is kept, so that nothing solved is heard twice."""
_USER = "captcha"
"""Whose nonces these are; the key of an institution has a dot in its name."""


@dataclass(frozen=True, slots=True)
class CaptchaBinding:
    """What a challenge is good for; without a portal, for the action at any."""

    action: CaptchaAction
    portal: str | None
    expires_at: datetime

    def demand(self, action: CaptchaAction, portal: str, now: datetime) -> None:
        """Refuse what was solved for something else, or too long ago.

        Raises:
            Refused: captcha_wrong or captcha_expired.
        """
        if self.action != action or self.portal not in (None, portal):
            raise captcha_refused("captcha_wrong")
        if now >= self.expires_at:
            raise captcha_refused("captcha_expired")


@dataclass(frozen=True, slots=True)
class CaptchaSecrets:
    """The two secrets of a challenge, derived from a key of the one-time tokens."""

    signature: bytes
    solution: bytes

    @classmethod
    def under(cls, keyring: Keyring, kid: str, now: datetime) -> CaptchaSecrets:
        """Return those of one key.

        Raises:
            TokenGone: there is no such key, or it was retired too long ago.
        """
        key = keyring.key(kid, now)
        return cls(key.derived("captcha signature"), key.derived("captcha solution"))


def captcha_nonce(signature: str) -> Nonce:
    """Return what is used up by a solved challenge."""
    return Nonce(_USER, signature)


def captcha_refused(code: str) -> Refused:
    """Return the refusal of a captcha: missing, wrong, expired or used."""
    return Refused(FieldError("captcha", code))
