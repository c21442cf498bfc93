"""Whom a certificate was issued to: the numbers that Ecuador's authorities put in one of three places."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

Kind = Literal["person", "passport", "ruc"]
_TABLE = Path(__file__).with_name("ca_oids.csv")
# ETSI EN 319 412-1: kind of number, country, number; other kinds (TIN) and the cédulas of other countries are not ours
_SEMANTIC = re.compile(r"(IDC|VAT)EC-(\d+)|(PAS[A-Z]{2})-([A-Z0-9]+)")


def numbers(certificate: Certificate) -> tuple[str, ...]:
    """Return the numbers that a certificate bears: cédula, RUC, passport as `PASEC-<number>`."""
    found = [*_of_subject(certificate), *_of_arcs(certificate)]
    return tuple(dict.fromkeys(number for number in found if number))


def name(certificate: Certificate) -> str:
    """Return the holder's name as the certificate has it."""
    return " ".join(str(_subject(certificate).get("common_name", "")).split())


def _of_subject(certificate: Certificate) -> Iterator[str]:
    """Return the numbers of the profile of resolution ARCOTEL-2024-0176."""
    subject = _subject(certificate)
    for attribute in ("serial_number", "organization_identifier"):
        said = _SEMANTIC.fullmatch(str(subject.get(attribute, "")).strip().upper())
        if said:
            yield said[2] or f"{said[3]}-{said[4]}"


def _of_arcs(certificate: Certificate) -> Iterator[str]:
    """Return the numbers in the authorities' own arcs, in extensions and in names beside the subject."""
    kinds = _kinds()
    for extension in certificate["tbs_certificate"]["extensions"] or []:
        kind = kinds.get(extension["extn_id"].dotted)
        if kind:
            yield _number(kind, _text(extension["extn_value"].native))
    for general in certificate.subject_alt_name_value or []:
        kind = kinds.get(general.chosen["type_id"].dotted) if general.name == "other_name" else None
        if kind:
            yield _number(kind, _text(general.chosen["value"].native))


def _number(kind: Kind, said: str) -> str:
    typed = re.sub(r"[\s.-]", "", said).upper()
    if kind == "ruc":
        return typed if re.fullmatch(r"\d{13}", typed) else ""
    if kind == "person" and re.fullmatch(r"\d{10}|\d{13}", typed):
        return typed
    return f"PASEC-{typed}" if re.fullmatch(r"[A-Z0-9]{5,20}", typed) else ""


def _text(said: Any) -> str:
    """Return what an ASN.1 string says, or bare text where an authority left the string's header out."""
    from asn1crypto import core

    if isinstance(said, bytes):
        with suppress(ValueError):
            said = core.load(said, strict=True).native
    if isinstance(said, bytes):
        said = said.decode("utf-8", "replace")
    return said if isinstance(said, str) else ""


def _subject(certificate: Certificate) -> dict[str, Any]:
    subject: dict[str, Any] = certificate.subject.native
    return {attribute: said[0] if isinstance(said, list) else said for attribute, said in subject.items()}


@cache
def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    with _TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            kinds |= {row["passport"]: "passport", row["cedula"]: "person", row["ruc"]: "ruc"}
            if row["cedula"] == row["passport"]:
                kinds[row["cedula"]] = "person"
    return kinds
