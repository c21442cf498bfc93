"""Receipts: both sides of a notification get what the platform vouches for, signed by its key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ventanilla.domain.documents import document_code
from ventanilla.domain.jose import canonical, signing_input, to_base64url
from ventanilla.domain.notifications import Thread
from ventanilla.domain.portals import Portal
from ventanilla.domain.receipts import TYPE, Form, manifest_of, moments_of, receipt_of, shown, write_json, write_pdf
from ventanilla.domain.sessions import CurrentSession
from ventanilla.domain.wording import moment
from ventanilla.schemas.keys import PlatformKey, PlatformKeys
from ventanilla.usecases import inbox, sent
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.ports import Clock, DocumentMaker, Notifications, Portals, Signer

_TEMPLATE, _TITLE, _LANGUAGE = "_receipt.typ", "Constancia de notificación electrónica", "es"


def for_recipient(
    number: str,
    current: CurrentSession,
    form: Form,
    *,
    portals: Portals,
    notifications: Notifications,
    maker: DocumentMaker,
    signer: Signer,
    base_url: str,
    clock: Clock,
) -> bytes:
    """Return the receipt of a notification that its recipient has opened.

    Raises:
        NotFound: it is not in this mailbox.
        NotOpened: nothing is read by accident.
        Cancelled: the institution has taken it back.
    """
    thread = inbox.opened(number, current, portals=portals, notifications=notifications)
    return _made(thread, form, portals=portals, maker=maker, signer=signer, base_url=base_url, clock=clock)


def for_institution(
    number: str,
    sender: Sender,
    form: Form,
    *,
    portals: Portals,
    notifications: Notifications,
    maker: DocumentMaker,
    signer: Signer,
    base_url: str,
    clock: Clock,
) -> bytes:
    """Return the receipt of one of the institution's notifications, as far as it has come.

    Raises:
        NotFound: there is none, or it is another institution's.
    """
    thread = sent.own(number, sender, notifications)
    return _made(thread, form, portals=portals, maker=maker, signer=signer, base_url=base_url, clock=clock)


def published_keys(signer: Signer) -> PlatformKeys:
    """Return the public parts of the platform's keys, the one in force first."""
    return PlatformKeys(keys=[PlatformKey.model_validate(key) for key in signer.public_keys()])


def _made(
    thread: Thread,
    form: Form,
    *,
    portals: Portals,
    maker: DocumentMaker,
    signer: Signer,
    base_url: str,
    clock: Clock,
) -> bytes:
    made_at = clock.now().replace(microsecond=0)
    receipt = receipt_of(thread, issuer=base_url, made_at=made_at)
    if form == "json":
        jws = _signed(manifest_of(receipt, made_at, form, canonical(receipt).encode()), signer)
        return write_json(receipt, jws).encode()
    facts = _facts(thread, receipt, portals.get(thread.letter.recipient.portal))
    code = document_code(thread.letter.id, "receipt", receipt["head"])
    document = maker.make(_TEMPLATE, facts, title=_TITLE, code=code, locale=_LANGUAGE)
    return write_pdf(document, _signed(manifest_of(receipt, made_at, form, document), signer))


def _signed(manifest: dict[str, Any], signer: Signer) -> str:
    signed = signing_input({"alg": "ES256", "kid": signer.kid, "typ": TYPE}, manifest)
    return f"{signed}.{to_base64url(signer.sign(signed.encode()))}"


def _facts(thread: Thread, receipt: dict[str, Any], portal: Portal) -> dict[str, Any]:
    """Return what the page shows: the receipt, its hours also in words, and whose page it is."""
    made_at = receipt["made_at"]
    hour = moment(datetime.fromisoformat(made_at), _LANGUAGE)
    return {
        "institution": portal.institution,
        "portal": portal.name,
        "color": portal.color,
        "made_at": f"{made_at[:19]}Z",
        "date": f"Emitida el {hour}, hora del Ecuador continental",
        "accept": [],
        "receipt": shown(receipt),
        "simulated": thread.letter.is_test,
        "moments": [
            {"state": one.state, "at": moment(one.at, _LANGUAGE), "seconds": f"{one.at:%S}", "digest": one.digest}
            for one in moments_of(thread)
        ],
    }
