"""Documents that are made, signed and sent in: what a signature says, when it fits, how a document is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from ventanilla.domain.errors import VentanillaError
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.ids import derived_id

LARGEST_PDF = 4 * 1024 * 1024
"""Bytes of the largest document that is taken (api.md)."""
SignatureKind = Literal["electronic", "scan"]
Reason = Literal[
    "not_a_pdf",
    "too_large",
    "unreadable",
    "unsigned",
    "scan_wanted",
    "modified",
    "not_whole",
    "wrong_document",
    "untrusted",
    "expired",
    "revoked",
    "another_signer",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
_CODE_LENGTH = 16
_GROUP = 4


class DocumentRefused(VentanillaError):
    """What was sent in is not the signed document; `reason` says what is wrong with it."""

    slug = "document"

    def __init__(self, reason: Reason, **facts: object) -> None:
        super().__init__(reason=reason, **facts)
        self.reason = reason


class DocumentTooLarge(DocumentRefused):
    """It has more than 4 MB."""

    def __init__(self) -> None:
        super().__init__("too_large")


@dataclass(frozen=True, slots=True)
class Signature:
    """What the electronic signatures of a document say, all of which hold.

    `signer_numbers` are those in the certificates: a cédula (10 digits), a RUC (13), a passport as `PASEC-<number>`;
    `signed_at` is what the signer's clock said.
    """

    signer_numbers: tuple[str, ...]
    signer_name: str
    signed_at: datetime | None = None


def fits(signature: Signature, identifier: Identifier) -> bool:
    """Tell whether somebody of this identifier has signed.

    A person is known by their own number alone: the certificate of an employee bears the employer's RUC too, so the
    RUC of a natural person (cédula and 001) fits a certificate with that cédula, never one with that RUC only. The
    RUC of a company or public body is all that shows for whom a certificate was issued. Of a passport, certificates
    of ARCOTEL's profile name no country but EC, whichever issued it.
    """
    numbers = signature.signer_numbers
    if identifier.kind == "passport":
        country, _, number = identifier.number.partition("-")
        return any(f"PAS{issued}-{number}" in numbers for issued in ("EC", country))
    if identifier.kind == "ruc" and _is_of_a_person(identifier.number):
        return identifier.number[:10] in numbers
    return identifier.number in numbers


def document_code(application_id: str, kind: str, digest: str) -> str:
    """Return the code that identifies a document, as it is printed on it: 80 bits, in groups that can be read aloud."""
    code = derived_id("document", application_id, kind, digest)[:_CODE_LENGTH].upper()
    return "-".join(code[start : start + _GROUP] for start in range(0, _CODE_LENGTH, _GROUP))


def facts_digest(facts: Mapping[str, Any]) -> str:
    """Return the digest of what a document says."""
    said = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def original_name(slot: str, application_id: str, kind: str) -> str:
    """Return under which name the document that is to be signed is kept."""
    return f"applications/{slot}/{application_id}/{kind}.pdf"


def signed_name(slot: str, application_id: str, kind: str, sha256: str) -> str:
    """Return under which name what was sent in is kept: by its digest, so that none takes another's place."""
    return f"applications/{slot}/{application_id}/{kind}-{sha256}.pdf"


def _is_of_a_person(ruc: str) -> bool:
    # Third digit 6: public bodies, whose numbers end in 0001, and foreigners
    return ruc[2] < "6" or (ruc[2] == "6" and not ruc.endswith("0001"))
