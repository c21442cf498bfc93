"""Electronic signatures of documents (PAdES), read by pyHanko: what does not hold in every respect is refused."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ventanilla.adapters import certificates
from ventanilla.adapters.bounds import OutOfBounds, bounded
from ventanilla.adapters.revisions import is_revision_of, shows_the_same
from ventanilla.domain.documents import DocumentRefused, Reason, Signature
from ventanilla.usecases.ports import Clock

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

_MAGIC = b"%PDF-"
_HEAD = 1024
"""Bytes within which a PDF must begin, as readers have it."""
_END, _TAIL = b"startxref", 2048
"""What a PDF ends with, and the bytes within which: the parser would look for it through megabytes, for seconds."""

_LONGEST = 4.0
"""Seconds that reading may take; what people sign takes a hundredth of one."""
_MEMORY = 400 * 1024 * 1024
"""Bytes that reading may take."""
_NO_CHAIN = "NO_CERTIFICATE_CHAIN_FOUND"


class NoRoots(Exception):
    """The folder of roots has none: a mistake of the installation, which would refuse everybody's certificate."""


class SignatureReader:
    """Reads signatures and checks them against the roots in a folder of PEM files.

    Certificates in it that are not self-signed help to build a chain to a root, but are not trusted for themselves.
    """

    def __init__(self, roots: Path | None, clock: Clock) -> None:
        self._folder = roots
        self._clock = clock

    def read(self, pdf: bytes, original: bytes) -> Signature | None:
        """Return what a document's signatures say, or None where it has none.

        Args:
            pdf: what was sent in.
            original: what was to be signed; signing adds to it and leaves its bytes as they are.

        Raises:
            DocumentRefused: it is no PDF, it can't be read, or a signature does not hold.
            NoRoots: no root is configured.
        """
        if _MAGIC not in pdf[:_HEAD]:
            raise DocumentRefused("not_a_pdf")
        quiet()
        try:
            with bounded(seconds=_LONGEST, memory=_MEMORY):
                return self._read(pdf, original)
        except OutOfBounds:
            raise DocumentRefused("unreadable") from None

    def _read(self, pdf: bytes, original: bytes) -> Signature | None:
        reader = _open(pdf)
        signatures = _signatures(reader)
        if not signatures:
            return None
        found = [self._check(signature, last=signature is signatures[-1]) for signature in signatures]
        _demand_original(reader, pdf, original)
        for status in found:
            _demand_trust(status, self._clock.wall())
        return _said(found)

    def _check(self, signature: EmbeddedPdfSignature, *, last: bool) -> PdfSignatureStatus:
        """Check that a signature holds for what it covers, and that what came later is no more than signatures."""
        from pyhanko.sign.validation import validate_pdf_signature
        from pyhanko.sign.validation.status import SignatureCoverageLevel
        from pyhanko_certvalidator import ValidationContext

        trust = self._trust
        context = ValidationContext(
            trust_roots=[*trust.roots],
            other_certs=[*trust.others],
            moment=self._clock.wall(),
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        try:
            status = validate_pdf_signature(signature, signer_validation_context=context)
        except Exception:  # noqa: BLE001  # the library refuses what it does not understand in many ways
            raise DocumentRefused("unreadable") from None
        if not (status.intact and status.valid and status.seed_value_ok):
            raise DocumentRefused("modified")
        if status.modification_level is not None and not status.docmdp_ok:
            raise DocumentRefused("modified")
        wanted = SignatureCoverageLevel.ENTIRE_FILE if last else SignatureCoverageLevel.ENTIRE_REVISION
        if status.coverage < wanted:
            raise DocumentRefused("not_whole")
        return status

    @cached_property
    def _trust(self) -> _Trust:
        return _Trust(_certificates(self._folder))


class _Trust:
    def __init__(self, found: Sequence[Certificate]) -> None:
        self.roots = [one for one in found if one.self_issued and one.ca]
        self.others = [one for one in found if one not in self.roots]
        if not self.roots:
            raise NoRoots


def quiet() -> None:
    """Keep the libraries' own words out of the log: they name the holders of certificates."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _open(pdf: bytes) -> PdfFileReader:
    from pyhanko.pdf_utils.reader import PdfFileReader

    if _END not in pdf[-_TAIL:]:
        raise DocumentRefused("unreadable")
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        encrypted = reader.encrypted or "/Root" not in reader.trailer
    except Exception:  # noqa: BLE001  # a parser of files from strangers fails in many ways
        raise DocumentRefused("unreadable") from None
    if encrypted:
        raise DocumentRefused("unreadable")
    return reader


def _signatures(reader: PdfFileReader) -> list[EmbeddedPdfSignature]:
    try:
        pages, found = reader.root["/Pages"]["/Count"], list(reader.embedded_regular_signatures)
    except Exception:  # noqa: BLE001  # as above
        raise DocumentRefused("unreadable") from None
    if not pages:
        raise DocumentRefused("unreadable")
    return found


def _demand_original(reader: PdfFileReader, pdf: bytes, original: bytes) -> None:
    """Demand that what was signed is the original, and that nothing but signatures was added to it."""
    if not original:
        return
    if not pdf.startswith(original):
        raise DocumentRefused("wrong_document")
    base = _open(original)
    try:
        grown, same = is_revision_of(base, reader), shows_the_same(base, reader)
    except Exception:  # noqa: BLE001  # as above: what can't be compared is not known to be the same
        raise DocumentRefused("unreadable") from None
    if not grown:
        raise DocumentRefused("wrong_document")
    if not same:
        raise DocumentRefused("modified")


def _demand_trust(status: PdfSignatureStatus, now: datetime) -> None:
    if not status.bottom_line:
        raise DocumentRefused(_why(status, now))


def _why(status: PdfSignatureStatus, now: datetime) -> Reason:
    """Return why a certificate is not trusted, of which the library says how AdES (EN 319 102-1) calls it."""
    named = getattr(status.trust_problem_indic, "name", "")
    if named.startswith("REVOKED"):
        return "revoked"
    certificate = status.signing_cert
    if named != _NO_CHAIN and not certificate.not_valid_before <= now <= certificate.not_valid_after:
        return "expired"
    return "untrusted"


def _said(found: Sequence[PdfSignatureStatus]) -> Signature:
    signers = [status.signing_cert for status in found]
    return Signature(
        signer_numbers=tuple(dict.fromkeys(number for signer in signers for number in certificates.numbers(signer))),
        signer_name=", ".join(dict.fromkeys(certificates.name(signer) for signer in signers)),
        signed_at=found[-1].signer_reported_dt,
    )


def _certificates(folder: Path | None) -> list[Certificate]:
    from asn1crypto import pem
    from asn1crypto.x509 import Certificate

    files = sorted(folder.glob("*.pem")) if folder and folder.is_dir() else []
    blocks = [block for file in files for block in pem.unarmor(file.read_bytes(), multiple=True)]
    return [Certificate.load(der) for kind, _, der in blocks if kind == "CERTIFICATE"]
