"""Errors are facts: what is the case, never what HTTP says about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


class VentanillaError(Exception):
    """The base of every refusal; `slug` is stable, `facts` fill its text."""

    slug: ClassVar[str] = "internal"
    words: ClassVar[str | None] = None
    """Where the words of the refusal are found, if not under its slug."""

    def __init__(self, **facts: object) -> None:
        super().__init__(self.slug if not facts else f"{self.slug}: {facts}")
        self.facts = facts


class Invalid(VentanillaError):
    """One value does not fit: `code` names the rule, `params` fill its text."""

    slug = "invalid"

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code=code, **params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refused(VentanillaError):
    """Some fields of a request do not fit."""

    slug = "validation"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)
        self.errors = errors


class NotFound(VentanillaError):
    """There is no such thing, or not for this caller."""

    slug = "not-found"


class TokenGone(VentanillaError):
    """A link or code that is unknown, used, superseded or expired: always the same."""

    slug = "token-gone"


class InvalidCredentials(VentanillaError):
    """Wrong, unknown, unconfirmed or locked: always the same."""

    slug = "invalid-credentials"


class WrongCode(InvalidCredentials):
    """The second factor's code is another, or was used before."""

    words = "wrong-code"


class WrongAnswer(InvalidCredentials):
    """The answer to the security question is another."""

    words = "wrong-answer"


class ProofNeeded(VentanillaError):
    """Who changes the second factor proves the present one first, in this session and a moment ago."""

    slug = "second-factor-needed"


class TooManyAttempts(VentanillaError):
    """Too many failures: the next try is heard after `retry_after` seconds."""

    slug = "too-many-attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after


class QuotaPassed(TooManyAttempts):
    """An institution has asked as often as it may in this window of time; `retry_after` seconds bring the next."""

    slug = "quota-passed"


class Busy(VentanillaError):
    """Other requests were changing the same thing: nothing was done, the same request may be sent again."""

    slug = "busy"
    retry_after = 1


class Unauthenticated(VentanillaError):
    """The call needs a session, and none that lives was shown."""

    slug = "unauthenticated"


class CrossOrigin(VentanillaError):
    """A change borne by a cookie came from another site's page."""

    slug = "cross-origin"


class StepsPending(VentanillaError):
    """The steps of the first entry come first, in their order."""

    slug = "steps-pending"

    def __init__(self, pending: tuple[str, ...], question: str | None = None) -> None:
        super().__init__(pending=list(pending), question=question)


class AssuranceTooLow(VentanillaError):
    """The account's proof of identity does not suffice for this mailbox."""

    slug = "assurance-too-low"


class NotOpened(VentanillaError):
    """A notification is read only once it has been opened."""

    slug = "not-opened"


class AlreadyOpened(VentanillaError):
    """What the citizen has opened can't be cancelled any more."""

    slug = "already-opened"


class Cancelled(VentanillaError):
    """The institution has cancelled the notification."""

    slug = "notification-cancelled"


class ReferenceTaken(VentanillaError):
    """The institution has used this reference for other content; `id` is the first notification's."""

    slug = "reference-taken"

    def __init__(self, notification_id: str) -> None:
        super().__init__(id=notification_id)


class PortalNotAllowed(VentanillaError):
    """The institution may not post to this portal's mailbox."""

    slug = "portal-not-allowed"


class InstitutionSuspended(VentanillaError):
    """The institution may not post at present."""

    slug = "institution-suspended"


class SignatureRefused(VentanillaError):
    """The request's signature does not hold; `reason` says which demand it misses."""

    slug = "signature"

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason=reason, **facts)
        self.reason = reason


class InstitutionExists(VentanillaError):
    """There is an institution, or a key, of this name already."""

    slug = "institution-exists"


class KeyRefused(Refused):
    """A public key, or a name, that the platform does not accept; `why` says it to operators."""

    def __init__(self, field: str, code: str, why: str) -> None:
        super().__init__(FieldError(field, code))
        self.facts = {"why": why}
        self.args = (f"{code}: {why}",)


class Forbidden(VentanillaError):
    """Who asks is known, and does not hold the role that the call demands."""

    slug = "forbidden"


class OwnAccount(VentanillaError):
    """Nobody administers their own account."""

    slug = "own-account"


class DocumentsMissing(VentanillaError):
    """The application can't be sent in: some documents have not come."""

    slug = "documents-missing"


class NotWaiting(VentanillaError):
    """The application does not wait for this step (any more)."""

    slug = "not-waiting"


class BatchNotDone(VentanillaError):
    """A batch has results only once all of its lines have been looked at."""

    slug = "batch-not-done"


class QuotaUsed(VentanillaError):
    """The role's places in this organisation are taken; the way out is to give one up."""

    slug = "quota-used"


class OwnApplication(VentanillaError):
    """Nobody decides on their own application."""

    slug = "own-application"


class RegistryDown(VentanillaError):
    """The civil registry does not answer, or not in a way that can be believed; its `reason` is for the logs."""

    slug = "registry-down"
    retry_after = 30


class NotEligible(Refused):
    """The registry's record of the applicant, or that there is none, stands against an account; `reasons` say why."""

    slug = "not-eligible"

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(*(FieldError("identifier", reason) for reason in reasons))
        self.reasons = reasons


class ClientRefused(VentanillaError):
    """A system that is not registered, or an address that is none of its own: its users are sent nowhere."""

    slug = "client-refused"


class SignOnRefused(VentanillaError):
    """A system is told in the standard's own word (`error`) why nobody is signed in there."""

    slug = "sign-on-refused"

    def __init__(self, error: str) -> None:
        super().__init__(error=error)
        self.error = error


class AccessTokenRefused(Unauthenticated):
    """An access token was shown that opens nothing (any more)."""
