"""Identity check: the first step of some channels, which shows what the registry knows, masked."""

from __future__ import annotations

from ventanilla.domain.errors import FieldError, NotFound, Refused
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.portals import Portal
from ventanilla.domain.registry import preview
from ventanilla.schemas.identity_checks import IdentityCheck, IdentityChecked
from ventanilla.usecases.captcha import solved_captcha, use_captcha
from ventanilla.usecases.lookups import count_lookup
from ventanilla.usecases.ports import Captcha, Clock, Counters, IdentityRegistry, Slots


def look_up(
    portal: Portal,
    check: IdentityCheck,
    address: str,
    *,
    captcha: Captcha,
    slots: Slots,
    counters: Counters,
    registry: IdentityRegistry,
    clock: Clock,
) -> IdentityChecked:
    """Tell whether the registry knows a number; no account is read, and of a record only a mask is shown.

    `address` is the network address that asks: too many questions from one make it wait.

    Raises:
        NotFound: no channel of the portal begins so.
        Refused: the number is of a kind that the channel does not take, or the captcha is missing, wrong or used.
        TooManyAttempts: the network address has to wait.
        RegistryDown: the registry does not answer.
    """
    identifier = _identifier(portal, check)
    solved = solved_captcha(portal, "identity_check", check.captcha, captcha=captcha, clock=clock)
    count_lookup(address, counters=counters, clock=clock)
    use_captcha(solved, slots=slots, clock=clock)
    record = registry.find(identifier)
    if record is None:
        return IdentityChecked(status="not_found")
    return IdentityChecked(status="found", preview=preview(record))


def _identifier(portal: Portal, check: IdentityCheck) -> Identifier:
    channels = [one for one in portal.channels if one.by is None and one.begins_with_identity_check]
    if not channels:
        raise NotFound
    kinds = [kind for channel in channels for kind in channel.identifiers]
    if check.identifier.kind not in kinds:
        raise Refused(FieldError("identifier.kind", "choice", {"expected": ", ".join(dict.fromkeys(kinds))}))
    return check.identifier.read()
