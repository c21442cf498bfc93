"""The systems that sign their users in at a portal (`[[clients]]` of its definition), and what they may ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args
from urllib.parse import urlsplit

from ventanilla.domain.portal_texts import STRICT, Text

Scope = Literal["openid", "profile", "grants", "email", "national_id", "offline_access"]
Algorithm = Literal["RS256", "ES256"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PERSONAL: frozenset[Scope] = frozenset({"email", "national_id"})
"""Scopes that nobody is given without the person's consent, whatever the definition says."""
LOOPBACK = "127.0.0.1"
_WITH_PORT = re.compile(r"http://127\.0\.0\.1(?::([0-9]{1,5}))?([/?].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """One system: who it is, where its users may be sent back to, and what it may learn of them."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    name: Text
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    public: bool = False
    jwk: dict[str, str] | None = None
    scopes: tuple[Scope, ...] = ("openid", "profile")
    consent: bool = True
    id_token_alg: Algorithm = "RS256"  # noqa: S105  # an algorithm

    def leads_to(self, uri: str) -> bool:
        """Tell whether users may be sent back to an address."""
        return _is_one_of(uri, self.redirect_uris)

    def leads_to_after_logout(self, uri: str) -> bool:
        """Tell whether users who have signed out may be sent to an address."""
        return _is_one_of(uri, self.post_logout_redirect_uris)

    def allowed(self, scopes: tuple[str, ...]) -> tuple[Scope, ...]:
        """Return what it is given of what it asks for, in our order; what it may not ask for is left out."""
        return tuple(scope for scope in SCOPES if scope in scopes and scope in self.scopes)

    def demands_consent(self, scopes: tuple[str, ...]) -> bool:
        """Tell whether somebody is asked before these scopes are given."""
        return self.consent or bool(PERSONAL & set(scopes))


def is_loopback(uri: str) -> bool:
    """Tell whether an address is on the machine of who is asked (RFC 8252 §7.3)."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname == LOOPBACK


def _is_one_of(uri: str, registered: tuple[str, ...]) -> bool:
    """Compare exactly; of an address on the user's own machine alone the port is as it comes (RFC 9700 §4.1.3)."""
    if uri in registered:
        return True
    behind = _behind_port(uri)
    return behind is not None and behind in {_behind_port(one) for one in registered}


def _behind_port(uri: str) -> str | None:
    """Return what follows the port, to the letter: `urlsplit` would leave out line breaks and an empty fragment."""
    found = _WITH_PORT.fullmatch(uri)
    return (found[2] or "") if found and int(found[1] or 80) < 65536 else None
