"""Receipts: what the platform vouches for of a notification, in a form that anybody can check without the platform.

docs/receipts.md describes the form for those who write a verifier.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ventanilla.domain.errors import VentanillaError
from ventanilla.domain.jose import canonical
from ventanilla.domain.notifications import Thread

TYPE = "ventanilla-receipt+jws"
"""`typ` of a receipt's signature: nothing else that the platform's key signs can be taken for one."""
Form = Literal["pdf", "json"]
_MARK = b"\n%ventanilla-receipt: "
_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_FONTS = ((" ", "\u036f"), ("\u1e00", "\u1eff"), ("\u2010", "\u2040"), ("€", "€"), ("№", "№"), ("™", "™"))
"""What the fonts of documents have: a page with any other sign could not be made."""
_OWN = ("iss", "iat", "notification", "institution", "reference", "content", "head")


class TimelineBroken(VentanillaError):
    """A timeline's entries do not follow from one another: the platform vouches for nothing of it."""


class ReceiptMalformed(ValueError):
    """A file has not the form of a receipt; the text says in which way."""


@dataclass(frozen=True, slots=True)
class Said:
    """A moment of a timeline as a receipt tells it; who is born in a state shares the first entry's digest."""

    state: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Split:
    """A receipt's file taken apart: what was signed and its signature, and the receipt itself where it is JSON."""

    form: Form
    sha256: str
    jws: str
    receipt: dict[str, Any] | None = None


def moments_of(thread: Thread) -> Iterator[Said]:
    """Return all that the timeline holds, oldest first.

    Raises:
        TimelineBroken: its entries do not follow from one another.
    """
    if not thread.is_whole():
        raise TimelineBroken(notification=thread.letter.id)
    first = thread.letter.first_moment
    yield Said("accepted", first.at, first.digest)
    if thread.letter.born != "accepted":
        yield Said(thread.letter.born, first.at, first.digest)
    for moment in thread.moments:
        yield Said(moment.event, moment.at, moment.digest)


def receipt_of(thread: Thread, *, issuer: str, made_at: datetime) -> dict[str, Any]:
    """Return what a receipt says: who, whom, what (by digest), when, and where the timeline stands.

    Raises:
        TimelineBroken: the timeline's entries do not follow from one another.
    """
    letter, moments = thread.letter, list(moments_of(thread))
    recipient = letter.recipient
    return {
        "version": 1,
        "issuer": issuer,
        "made_at": _text(made_at),
        "notification": letter.id,
        "institution": {"id": letter.institution, "name": letter.institution_name},
        "recipient": {"portal": recipient.portal, "kind": recipient.kind, "number": recipient.number},
        "reference": letter.reference,
        "subject": letter.subject,
        "content": letter.digest,
        "attachments": [file.content for file in letter.attachments],
        "timeline": [{"state": one.state, "at": _text(one.at), "digest": one.digest} for one in moments],
        "head": moments[-1].digest,
    }


def manifest_of(receipt: dict[str, Any], made_at: datetime, form: Form, file: bytes) -> dict[str, Any]:
    """Return what is signed: the receipt in short, and the SHA-256 of what is handed out (`pdf` or `receipt`)."""
    return {
        "iss": receipt["issuer"],
        "iat": int(made_at.timestamp()),
        "notification": receipt["notification"],
        "institution": receipt["institution"]["id"],
        "reference": receipt["reference"],
        "content": receipt["content"],
        "head": receipt["head"],
        _digest_name(form): hashlib.sha256(file).hexdigest(),
    }


def write_pdf(document: bytes, jws: str) -> bytes:
    """Return a PDF with its signature behind it: a comment, and once more where its cross-references begin.

    Raises:
        ReceiptMalformed: the document has no such end.
    """
    end = _END.search(document)
    if end is None:
        raise ReceiptMalformed("this is no whole PDF")
    return document + _MARK + jws.encode() + b"\nstartxref\n" + end[1] + b"\n%%EOF\n"


def write_json(receipt: dict[str, Any], jws: str) -> str:
    """Return a receipt and its signature, in the one form that is accepted."""
    return canonical({"jws": jws, "receipt": receipt})


def shown(value: Any) -> Any:
    """Return what a receipt says as a page can show it: each sign that its fonts lack by its number, `[U+1F600]`."""
    if isinstance(value, str):
        return "".join(sign if _is_in_the_fonts(sign) else f"[U+{ord(sign):04X}]" for sign in value)
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def split(file: bytes) -> Split:
    """Take a receipt's file apart, so that each of its bytes is signed or could not be another.

    Raises:
        ReceiptMalformed: it is none, or not in the form that was handed out.
    """
    return _split_pdf(file) if file.startswith(b"%PDF-") else _split_json(file)


def is_manifest_of(payload: Mapping[str, Any], part: Split) -> bool:
    """Tell whether a signed payload is the manifest of this file, and says nothing that we would not."""
    names = (*_OWN, _digest_name(part.form))
    return payload.keys() == set(names) and bool(payload[_digest_name(part.form)] == part.sha256)


def _split_pdf(file: bytes) -> Split:
    at = file.rfind(_MARK)
    if at < 0:
        raise ReceiptMalformed("this PDF bears no receipt's signature")
    document, tail = file[:at], file[at + len(_MARK) :]
    try:
        jws = tail[: tail.index(b"\n")].decode("ascii")
    except ValueError:
        raise ReceiptMalformed("the signature behind the PDF can't be read") from None
    if write_pdf(document, jws) != file:
        raise ReceiptMalformed("something was changed or added behind the signature")
    return Split("pdf", hashlib.sha256(document).hexdigest(), jws)


def _split_json(file: bytes) -> Split:
    try:
        held = json.loads(file.decode())
        jws, receipt = held["jws"], held["receipt"]
        written = write_json(receipt, jws).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ReceiptMalformed("this is no receipt, neither as PDF nor as JSON") from None
    if not isinstance(jws, str) or not isinstance(receipt, dict) or written != file:
        raise ReceiptMalformed("this JSON is not written as the receipt was handed out")
    return Split("json", hashlib.sha256(canonical(receipt).encode()).hexdigest(), jws, receipt)


def _is_in_the_fonts(sign: str) -> bool:
    return sign.isprintable() and any(first <= sign <= last for first, last in _FONTS)


def _digest_name(form: Form) -> str:
    return "pdf" if form == "pdf" else "receipt"


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
