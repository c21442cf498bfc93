"""OpenID Connect in memory: authorizations, consents, keys, and systems that are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from ventanilla.domain.accounts import Account
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import Consent, Family
from ventanilla.domain.sessions import Session, SessionState


class SignOns:
    """What systems were let in with an account; it shares sessions and accounts with the world."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.families: dict[str, Family] = {}
        self.agreed: dict[tuple[str, str], Consent] = {}
        self.proofs: set[Nonce] = set()

    def consent(self, ref: str, client: str) -> Consent | None:
        return self.agreed.get((ref, client))

    def consents(self, ref: str) -> list[Consent]:
        return [consent for (whose, _), consent in self.agreed.items() if whose == ref]

    def begin(self, family: Family, consent: Consent | None, relied: Consent | None = None) -> bool:
        if self._session(family) is None or (relied and self.consent(relied.ref, relied.client) != relied):
            return False
        self.families[family.id] = family
        if consent:
            self.agreed[consent.ref, consent.client] = consent
        return True

    def find(self, ref: str, family: str) -> tuple[Family | None, SessionState | None]:
        found = self.families.get(family)
        return found if found and found.ref == ref else None, self._world.accounts.states.get(ref)

    def owner(self, family: Family) -> tuple[Session | None, Account | None]:
        account = self._world.accounts.get(family.portal, family.number)
        is_theirs = account is not None and account.ref == family.ref and account.status == "active"
        return self._session(family), account if is_theirs else None

    def use(self, family: Family, nonce: Nonce | None, now: datetime) -> str | None:
        stored = self.families[family.id]
        if nonce in self.proofs:
            return "assertion"
        if stored.turn != family.turn or stored.ended:
            return "used"
        if self._session(family) is None:
            return "session"
        self.families[family.id] = replace(stored, turn=stored.turn + 1)
        if nonce:
            self.proofs.add(nonce)
        return None

    def end(self, family: Family) -> None:
        self.families[family.id] = replace(self.families[family.id], ended=True)

    def of_account(self, ref: str) -> list[Family]:
        return [family for family in self.families.values() if family.ref == ref]

    def withdraw(self, ref: str, client: str) -> None:
        self.agreed.pop((ref, client), None)

    def _session(self, family: Family) -> Session | None:
        found = self._world.sessions.read(family.ref, family.session)
        return found[1] if found else None


class OpenidKeys:
    """One key each, which sign at once."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {
            "RS256": RSAKey.generate_key(2048, {"kid": "r", "use": "sig", "alg": "RS256"}, auto_kid=False),
            "ES256": ECKey.generate_key("P-256", {"kid": "e", "use": "sig", "alg": "ES256"}, auto_kid=False),
        }

    def sign(self, algorithm: str, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        header = {"alg": algorithm, "kid": self.keys[algorithm].kid, "typ": kind}
        return jwt.encode(header, dict(claims), self.keys[algorithm], [algorithm])

    def public_keys(self) -> list[dict[str, Any]]:
        return [key.as_dict(private=False) for key in self.keys.values()]

    def read(self, token: str) -> Mapping[str, Any] | None:
        try:
            return dict(jwt.decode(token, KeySet(list(self.keys.values())), algorithms=list(self.keys)).claims)
        except (JoseError, ValueError):
            return None


class Secret:
    def text(self) -> str:
        return "a secret of the tests"


class Poster:
    """Systems that take what is posted, or answer with `error`."""

    def __init__(self) -> None:
        self.error: str | None = None
        self.posted: list[tuple[str, bytes]] = []

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
        self.posted.append((url, body))
        return self.error
