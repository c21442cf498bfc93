"""Which institution calls a route: by its system's signature, or by its administrator's session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ventanilla.domain.errors import Forbidden, NotFound, SignatureRefused
from ventanilla.domain.institutions import InstitutionKey
from ventanilla.domain.sessions import CurrentSession
from ventanilla.web.access import ByInstitution
from ventanilla.web.request import Request
from ventanilla.web.signatures import prove, read_claim

if TYPE_CHECKING:
    from ventanilla.usecases.notify import Sender
    from ventanilla.web.app import Services


def is_signed(request: Request) -> bool:
    """Tell whether a request comes with a signature, or with a part of one."""
    return "signature-input" in request.headers or "signature" in request.headers


def signed_sender(access: ByInstitution, request: Request, services: Services) -> tuple[Sender, InstitutionKey]:
    """Return who has signed a request, and the key.

    Raises:
        SignatureRefused: with what is missing or wrong.
    """
    from ventanilla.usecases.notify import Sender  # with what it imports, for those who are asked by institutions

    claim = read_claim(request, services.clock.wall())
    ahead = access.anticipate(claim.institution, _body(request)) if access.anticipate else ()
    signed = prove(
        claim,
        request,
        services.settings.base_url,
        services.clock.now(),
        lambda institution, key: services.institutions.with_key(institution, key, *ahead),
    )
    return Sender(signed.institution, signed.key.id, signed.nonce), signed.key


def session_sender(access: ByInstitution, request: Request, current: CurrentSession, services: Services) -> Sender:
    """Return the institution that an administrator acts for: the only one, or the one that the query names.

    Raises:
        SignatureRefused: who asks administers none, so that a signature is what it lacks.
        Refused, NotFound: they administer several and named none, or one that they do not administer.
    """
    from ventanilla.usecases.institution_admin import administered  # likewise
    from ventanilla.usecases.notify import Sender

    try:
        named = request.path_parameters.get("id") if access.in_path else request.query.get("institution")
        chosen = administered(current, named)
    except Forbidden:
        raise SignatureRefused("missing") from None
    ahead = access.anticipate(chosen, _body(request)) if access.anticipate else ()
    institution = services.institutions.with_others(chosen, *ahead)
    if institution is None:
        raise NotFound
    return Sender(institution, current.state.ref)


def _body(request: Request) -> dict[str, Any]:
    return request.json if request.raw_body else {}
