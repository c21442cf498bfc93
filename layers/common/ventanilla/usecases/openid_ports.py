"""What OpenID Connect asks of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from ventanilla.domain.accounts import Account
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import Consent, Family
from ventanilla.domain.openid_clients import Algorithm
from ventanilla.domain.sessions import Session, SessionState

Lost = Literal["used", "session", "assertion"]
"""Why a code or refresh token could not be used: it was before, its session has ended, or the client's proof was."""


class SignOns(Protocol):
    """Authorizations and consents, beside the sessions of an account."""

    def consent(self, ref: str, client: str) -> Consent | None:
        """Return what an account has agreed to with a client."""

    def consents(self, ref: str) -> Sequence[Consent]:
        """Return all that an account has agreed to."""

    def begin(self, family: Family, consent: Consent | None, relied: Consent | None = None) -> bool:
        """Write an authorization, and the consent given with it; tell whether its session still lived.

        `relied` is what was agreed to before, if it rests on that: it must not have been taken back meanwhile.
        """

    def find(self, ref: str, family: str) -> tuple[Family | None, SessionState | None]:
        """Return an authorization and what the sessions of its account share, in one trip."""

    def owner(self, family: Family) -> tuple[Session | None, Account | None]:
        """Return the session that an authorization was given in, and its account, in one trip."""

    def use(self, family: Family, nonce: Nonce | None, now: datetime) -> Lost | None:
        """Use up what an authorization shows at present, and a client's proof, in one write."""

    def end(self, family: Family) -> None:
        """End an authorization and all that came of it."""

    def of_account(self, ref: str) -> Sequence[Family]:
        """Return all authorizations of an account."""

    def withdraw(self, ref: str, client: str) -> None:
        """Take a consent back."""


class OpenidKeys(Protocol):
    """The keys that ID tokens are signed with."""

    def sign(self, algorithm: Algorithm, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        """Return a signed token."""

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the public parts of those in force and of those that were not long ago."""

    def read(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of a token that one of our keys has signed; it may have expired."""


class Secret(Protocol):
    """A secret that is one text."""

    def text(self) -> str:
        """Return it."""


class Poster(Protocol):
    """What posts to a system's own address."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Post a body; return in a word why it was not taken, None where it was."""
