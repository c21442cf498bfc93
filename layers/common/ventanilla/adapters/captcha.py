"""ALTCHA (version 2): challenges that a browser solves by work, signed with keys derived from the token secret."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ventanilla.domain.captcha import CAPTCHA_LIVES, CaptchaBinding, CaptchaSecrets, captcha_refused
from ventanilla.domain.errors import TokenGone
from ventanilla.usecases.ports import TokenKeys

if TYPE_CHECKING:
    from altcha import Payload

_ALGORITHM = "PBKDF2/SHA-256"
_COST = 5000
_LEAST, _MOST = 100, 300
"""Counters: work of a fifth of a second in a browser, with little variance, which is checked by one HMAC."""


class Altcha:
    """Challenges and their solutions.

    Args:
        keys: hands over the keys of one-time tokens, when they are first needed.
    """

    def __init__(self, keys: Callable[[], TokenKeys]) -> None:
        self._keys = keys

    def challenge(self, binding: CaptchaBinding, now: datetime) -> dict[str, Any]:
        """Return a challenge as the ALTCHA widget takes it."""
        from altcha import create_challenge  # for those portals that have a captcha

        keyring = self._keys().keyring(now)
        own = CaptchaSecrets.under(keyring, keyring.current, now)
        said = {"action": binding.action, "portal": binding.portal, "until": binding.expires_at.isoformat()}
        challenge = create_challenge(
            _ALGORITHM,
            _COST,
            counter=_LEAST + secrets.randbelow(_MOST - _LEAST + 1),
            # What browsers and the library go by is the real hour; ours, which may have been moved, stands beside it.
            expires_at=int(time.time() + CAPTCHA_LIVES.total_seconds()),
            data={name: value for name, value in said.items() if value} | {"kid": keyring.current},
            hmac_secret=own.signature,
            hmac_key_secret=own.solution,
        )
        return challenge.to_dict()

    def read(self, text: str, now: datetime) -> tuple[CaptchaBinding, str]:
        """Return what a solved challenge is good for, and its signature, which is its own.

        Raises:
            Refused: captcha_wrong where it is none of ours or not solved, captcha_expired.
        """
        from altcha import verify_solution

        payload = _parse(text)
        data = payload.challenge.parameters.data
        kid = data.get("kid") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(kid, str):
            raise captcha_refused("captcha_wrong")
        try:
            own = CaptchaSecrets.under(self._keys().keyring(now, f"captcha.{kid}."), kid, now)
        except TokenGone:
            raise captcha_refused("captcha_wrong") from None
        result = verify_solution(payload, own.signature, hmac_key_secret=own.solution)
        if not result.verified:
            raise captcha_refused("captcha_expired" if result.expired else "captcha_wrong")
        binding = CaptchaBinding(data["action"], data.get("portal"), datetime.fromisoformat(data["until"]))
        return binding, str(payload.challenge.signature)


def _parse(text: str) -> Payload:
    from altcha import Payload

    try:
        return Payload.from_base64(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise captcha_refused("captcha_wrong") from None
