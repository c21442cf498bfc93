"""Documents: what is to be signed is made once and given out; what comes back is checked, kept and written down."""

from __future__ import annotations

import hashlib

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application
from ventanilla.domain.document_facts import LANGUAGE, document_facts, signer_identifier
from ventanilla.domain.documents import (
    LARGEST_PDF,
    DocumentRefused,
    DocumentTooLarge,
    Signature,
    document_code,
    facts_digest,
    fits,
    original_name,
    signed_name,
)
from ventanilla.domain.errors import Busy, NotFound, NotWaiting
from ventanilla.domain.identifiers import mask
from ventanilla.domain.portal_texts import Document, say
from ventanilla.domain.portals import Portal
from ventanilla.schemas.documents import DocumentTaken
from ventanilla.usecases.apply import own_application
from ventanilla.usecases.ports import (
    Applications,
    Clock,
    DocumentMaker,
    FileStore,
    Portals,
    SignatureReader,
    TokenKeys,
)

_ATTEMPTS = 5


def show_document(
    application_id: str,
    kind: str,
    token: str | None,
    *,
    keys: TokenKeys,
    portals: Portals,
    applications: Applications,
    files: FileStore,
    maker: DocumentMaker,
    clock: Clock,
) -> bytes:
    """Return the document that is to be signed: made when it is first asked for, and the same ever after.

    Raises:
        NotFound: there is no such application or document, or the token is another's.
    """
    application = own_application(application_id, token, keys=keys, applications=applications, now=clock.now())
    portal = portals.get(application.portal)
    document = _due(portal, application, kind)
    if document.template is None:
        raise NotFound
    name = original_name(application.slot, application.id, kind)
    kept = files.get(name)
    if kept is not None:
        return kept
    made = _made(portal, application, document, document.template, maker)
    files.put(name, made)
    return made


def take_document(
    application_id: str,
    kind: str,
    token: str | None,
    pdf: bytes,
    *,
    keys: TokenKeys,
    portals: Portals,
    applications: Applications,
    files: FileStore,
    reader: SignatureReader,
    clock: Clock,
) -> DocumentTaken:
    """Take in a signed document, if the definition accepts how it was signed and by whom.

    Raises:
        NotFound: there is no such application or document, or the token is another's.
        NotWaiting: the application does not wait for documents (any more).
        DocumentRefused: with what is wrong.
        Busy: others kept changing the application.
    """
    now = clock.now()
    application = own_application(application_id, token, keys=keys, applications=applications, now=now)
    document = _due(portals.get(application.portal), application, kind)
    if application.state != "documents":
        raise NotWaiting(state=application.state)
    signature = _signature(application, document, pdf, files=files, reader=reader)
    digest = hashlib.sha256(pdf).hexdigest()
    files.put(signed_name(application.slot, application.id, kind, digest), pdf)
    taken = DocumentTaken(
        kind=kind,
        signature="electronic" if signature else "scan",
        signer=signature.signer_name if signature else None,
    )
    record = {"signature": taken.signature, "sha256": digest, "at": now.isoformat()}
    _write_down(application, kind, {**record, "signer": taken.signer} if taken.signer else record, applications)
    return taken


def _due(portal: Portal, application: Application, kind: str) -> Document:
    for document in machine.documents_due(portal, application):
        if document.id == kind:
            return document
    raise NotFound


def _made(portal: Portal, application: Application, document: Document, template: str, maker: DocumentMaker) -> bytes:
    facts = document_facts(portal, application, document)
    code = document_code(application.id, document.id, facts_digest(facts))
    title = say(document.title, LANGUAGE) or document.id
    return maker.make(template, facts, title=title, code=code, locale=LANGUAGE)


def _signature(
    application: Application, document: Document, pdf: bytes, *, files: FileStore, reader: SignatureReader
) -> Signature | None:
    """Return the electronic signature of what was sent in, None of a scan, if the definition accepts it."""
    if len(pdf) > LARGEST_PDF:
        raise DocumentTooLarge
    original = b""
    if document.template is not None:
        original = files.get(original_name(application.slot, application.id, document.id)) or b""
        if not original:  # nobody can have signed what was never given out
            raise DocumentRefused("wrong_document")
    signature = reader.read(pdf, original)
    if signature is None and ("scan" not in document.accept or pdf == original):
        raise DocumentRefused("unsigned")
    if signature is not None and "electronic" not in document.accept:
        raise DocumentRefused("scan_wanted")
    signer = signer_identifier(application, document.signer)
    if signature is not None and (signer is None or not fits(signature, signer)):
        raise DocumentRefused("another_signer", signer=mask(signer.number) if signer else "")
    return signature


def _write_down(application: Application, kind: str, record: dict[str, str], applications: Applications) -> None:
    """Write a document down beside those that came at the same time."""
    for _ in range(_ATTEMPTS):
        if applications.receive(application, kind, record):
            return
        again = applications.get(application.slot, application.id)
        if again is None or again.state != "documents":
            raise NotWaiting(state=again.state if again else "expired")
        application = again
    raise Busy
