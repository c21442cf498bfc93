"""OpenID Connect: what an authorization asks for, what it becomes, and what is told of a person to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ventanilla.domain.openid_clients import SCOPES, Client
from ventanilla.domain.openid_names import sid_of
from ventanilla.domain.portals import Assurance
from ventanilla.domain.sessions import CurrentSession
from ventanilla.domain.tokens import OneTimeToken

CODE, REFRESH, ACCESS, ASKED = "openid-code", "openid-refresh", "openid-access", "openid-asked"
CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=10)
"""Of access and ID tokens."""
ASKED_LIFE = timedelta(hours=1)
"""How long somebody may take to sign in, and to answer."""
FORMER_KEYS_LIVE = timedelta(days=7)
"""How long a key that signs no more is published: longer than any session, whose ID tokens hint at its end."""
CONSENT_VERSION = "1"
"""Of the words in which consent is asked (schemas/openid.py): a change asks everybody anew."""
SECOND_FACTOR = "second_factor"
Next = Literal["sign_in", "steps", "second_factor", "consent", "continue"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks for, checked; `asked_at` is when it did."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: timedelta | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    asked_at: datetime | None = None

    def is_fresh(self, entered_at: datetime) -> bool:
        """Tell whether somebody entered as lately as is demanded."""
        if "login" not in self.prompt and self.max_age is None:
            return True
        if self.asked_at is None:
            return False
        age = timedelta(0) if "login" in self.prompt or self.max_age is None else self.max_age
        return entered_at >= self.asked_at - age

    def next(self, portal: str, current: CurrentSession | None, consent: Consent | None) -> Next:
        """Return what comes before the answer."""
        if current is None or current.state.portal != portal or not self.is_fresh(current.session.created_at):
            return "sign_in"
        if current.pending:
            return "steps"
        if SECOND_FACTOR in self.acr_values and current.session.proved_at is None:
            return "second_factor"
        agreed = consent is not None and consent.covers(self.scopes) and "consent" not in self.prompt
        return "consent" if self.client.demands_consent(self.scopes) and not agreed else "continue"

    def is_unmet(self, assurance: Assurance) -> bool:
        """Tell whether a proof of identity is asked for that the account does not have."""
        return "proven" in self.acr_values and assurance != "proven"


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody has agreed that a client may learn."""

    ref: str
    client: str
    scopes: tuple[str, ...]
    version: str
    accepted_at: datetime

    def covers(self, scopes: tuple[str, ...]) -> bool:
        """Tell whether nothing more is asked for than was agreed to, in the same words."""
        return self.version == CONSENT_VERSION and set(scopes) <= set(self.scopes)

    def united(self, before: Consent | None) -> Consent:
        """Return it with what was agreed to before, in the same words."""
        more = before.scopes if before is not None and before.version == self.version else ()
        together = tuple(scope for scope in SCOPES if scope in {*self.scopes, *more})
        return Consent(self.ref, self.client, together, self.version, self.accepted_at)


@dataclass(frozen=True, slots=True)
class Family:
    """One authorization and all tokens that come of it: `turn` counts the code and refresh tokens that were used.

    `session` names the session it was given in by the hash of its secret, `sid` the same to the client alone.
    """

    id: str
    ref: str
    portal: str
    number: str
    client: str
    scopes: tuple[str, ...]
    session: str
    sid: str
    epoch: int
    redirect_uri: str
    challenge: str
    created_at: datetime
    expires_at: datetime
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    turn: int = 0
    nonce: str | None = None
    ended: bool = False

    def code(self) -> OneTimeToken:
        """Return the code that it begins with."""
        return OneTimeToken(CODE, self.ref, f"{self.id}-0")

    def refresh_token(self) -> OneTimeToken:
        """Return the refresh token that follows once what is shown now is used up."""
        return OneTimeToken(REFRESH, self.ref, f"{self.id}-{self.turn + 1}")

    def access_token(self, scopes: tuple[str, ...], now: datetime) -> OneTimeToken:
        """Return an access token; it says itself how long it lives and what it opens."""
        ends = int((now + TOKEN_LIFE).timestamp())
        opens = sum(1 << place for place, scope in enumerate(SCOPES) if scope in scopes)
        return OneTimeToken(ACCESS, self.ref, f"{self.id}-{ends}-{opens}")

    def lives(self, now: datetime, epoch: int | None) -> bool:
        """Tell whether anything more may come of it: its account is as it was, and its session has not run out."""
        return not self.ended and now < self.expires_at and self.epoch == epoch

    def id_claims(self, issuer: str, subject: str, now: datetime) -> dict[str, Any]:
        """Return what an ID token says."""
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": subject,
            "aud": self.client,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "auth_time": int(self.auth_time.timestamp()),
            "acr": self.acr,
            "amr": list(self.amr),
            "sid": self.sid,
            "portal": self.portal,
        }
        return {**claims, "nonce": self.nonce} if self.nonce else claims


def family_of(request: AuthorizationRequest, current: CurrentSession, family_id: str, now: datetime) -> Family:
    """Return what an authorization begins."""
    session, state = current.session, current.state
    return Family(
        id=family_id,
        ref=state.ref,
        portal=state.portal,
        number=state.number,
        client=request.client.id,
        scopes=request.scopes,
        session=session.secret_hash,
        sid=sid_of(session.id, request.client),
        epoch=state.epoch,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        created_at=now,
        expires_at=session.expires_at,
        auth_time=session.created_at,
        acr=state.assurance,
        amr=("pwd", "otp", "mfa") if session.proved_at else ("pwd",),
        nonce=request.nonce,
    )


def scopes_in(opens: str) -> tuple[str, ...]:
    """Return the scopes that an access token opens."""
    number = int(opens)
    return tuple(scope for place, scope in enumerate(SCOPES) if number >> place & 1)
