"""Authenticator apps: the passwords that they show follow from a secret and the hour (RFC 6238, by pyotp)."""

from __future__ import annotations

import hmac
from datetime import datetime

from pyotp import TOTP

from ventanilla.adapters.secrets import SecretText
from ventanilla.domain.second_factor import derive_secret, is_spent, steps_at


class Authenticators:
    """The second factors of all accounts: their secrets are derived from one key, which Secrets Manager keeps."""

    def __init__(self, key: SecretText) -> None:
        self._key = key

    def secret(self, ref: str, enrolment: str) -> str:
        """Return the secret of an account's enrolment, in base32."""
        return derive_secret(self._key.text().encode(), ref, enrolment)

    def address(self, secret: str, *, name: str, issuer: str) -> str:
        """Return the `otpauth:` address that an app takes a secret from, as a QR code or a link."""
        return TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)

    def accepts(
        self, ref: str, enrolment: str, password: str, *, last: int | None, hours: tuple[datetime, ...]
    ) -> int | None:
        """Return the time step of a password, if it is shown at one of these hours and was not used before."""
        shown = TOTP(self.secret(ref, enrolment))
        for step in steps_at(*hours):
            if hmac.compare_digest(shown.generate_otp(step), password) and not is_spent(step, last):
                return step
        return None
