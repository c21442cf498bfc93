"""A certification authority of the tests, and documents signed with its certificates; never a real person's.

By hand, for a local site: `python -m tests.signing DOCUMENT.pdf NUMBER [--layout subject] [--out SIGNED.pdf]` signs as
whoever has that number. Its authority is made once, in `.local/authority`, and the local site trusts it.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

Layout = Literal["extension", "alternative_name", "subject", "none"]
LAYOUTS: tuple[Layout, ...] = ("extension", "alternative_name", "subject")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
CENTRAL_BANK = "1.3.6.1.4.1.37947.3"
JUDICIARY = "1.3.6.1.4.1.43745.1.3"
_ORGANIZATION = "Entidad de Certificación de Prueba"
_ORGANIZATION_IDENTIFIER = ObjectIdentifier("2.5.4.97")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate and its key, and what leads from it to a root."""

    key: Key
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


class Authority:
    """A root, an authority below it, and the certificates that this one gives out."""

    def __init__(self, name: str = "AUTORIDAD DE PRUEBA", now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        subject = _name(f"RAIZ {name}")
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = Holder(root_key, self._issue(subject, root_key, None, lives=20 * 365, authority=True))
        key = ec.generate_private_key(ec.SECP256R1())
        issuing = self._issue(_name(f"SUBCA {name}"), key, self.root, lives=10 * 365, authority=True)
        self.issuing = Holder(key, issuing, (self.root.certificate,))

    def citizen(
        self,
        number: str,
        *,
        layout: Layout = "extension",
        name: str = "ANA MARÍA NÚÑEZ PÉREZ",
        ruc: str | None = None,
        expired: bool = False,
        may_sign: bool = True,
        serial: str = "221126",
        extensions: Mapping[str, bytes] | None = None,
    ) -> Holder:
        """Return somebody's certificate, with the number where one of the three layouts has it, or nowhere."""
        extra = {
            oid: x509.UnrecognizedExtension(ObjectIdentifier(oid), said) for oid, said in (extensions or {}).items()
        }
        alternatives: list[x509.GeneralName] = []
        numbers = {"1": number, "11": ruc} if ruc else {"1": number}
        if layout == "extension":
            for suffix, said in numbers.items():
                oid = f"{CENTRAL_BANK}.{suffix}"
                extra[oid] = x509.UnrecognizedExtension(ObjectIdentifier(oid), core.UTF8String(said).dump())
        elif layout == "alternative_name":
            alternatives = [
                x509.OtherName(ObjectIdentifier(f"{JUDICIARY}.{suffix}"), core.UTF8String(said).dump())
                for suffix, said in numbers.items()
            ]
        subject = _name(name, *(_semantic(number, ruc) if layout == "subject" else [(NameOID.SERIAL_NUMBER, serial)]))
        more: list[x509.ExtensionType] = [*extra.values()]
        if alternatives:
            more.append(x509.SubjectAlternativeName(alternatives))
        began = self.now - 400 * _DAY if expired else self.now - 30 * _DAY
        certificate = self._issue(
            subject, _citizens_key(), self.issuing, began=began, lives=370, may_sign=may_sign, more=more
        )
        return Holder(_citizens_key(), certificate, (self.issuing.certificate, self.root.certificate))

    @classmethod
    def kept_in(cls, folder: Path) -> Authority:
        """Return the authority that a folder keeps, or one that it keeps from now on."""
        files = [folder / f"{name}.pem" for name in ("root", "issuing")]
        authority = cls()
        if all(file.is_file() for file in files):
            root, issuing = (_read(file.read_bytes()) for file in files)
            authority.root, authority.issuing = root, Holder(issuing.key, issuing.certificate, (root.certificate,))
            return authority
        folder.mkdir(parents=True, exist_ok=True)
        for file, holder in zip(files, (authority.root, authority.issuing), strict=True):
            file.touch(mode=0o600)
            file.write_bytes(_written(holder))
        return authority

    def write_root(self, folder: Path) -> Path:
        """Put the root where a `SignatureReader` looks for it; return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        digest = self.root.certificate.fingerprint(hashes.SHA256()).hex()[:16]
        pem = self.root.certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"test-{digest}.pem").write_bytes(pem)
        return folder

    def _issue(
        self,
        subject: x509.Name,
        key: Key,
        issuer: Holder | None,
        *,
        lives: int,
        began: datetime | None = None,
        authority: bool = False,
        may_sign: bool = True,
        more: list[x509.ExtensionType] | None = None,
    ) -> x509.Certificate:
        began = began or self.now - 100 * _DAY
        signer = issuer.key if issuer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + lives * _DAY)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(_usage(authority=authority, signs=may_sign), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        for extension in more or []:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(signer, hashes.SHA256())


def sign(pdf: bytes, holder: Holder, *, field: str = "Firma1", visible: bool = False) -> bytes:
    """Return a document with a PAdES signature, added as FirmaEC or Acrobat would; with `visible`, a stamp too."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.stamp import TextStampStyle
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    chain = SimpleCertificateStore()
    chain.register_multiple([as_asn1(one) for one in holder.chain])
    signer = SimpleSigner(
        signing_cert=as_asn1(holder.certificate), signing_key=_asn1_key(holder.key), cert_registry=chain
    )
    about = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    place = SigFieldSpec(field, box=(80, 120, 280, 180)) if visible else None
    style = TextStampStyle(stamp_text="Firmado electrónicamente por: %(signer)s") if visible else None
    writer = PdfSigner(about, signer=signer, new_field_spec=place, stamp_style=style)
    signed: io.BytesIO = writer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return signed.getvalue()


def with_page_replaced(pdf: bytes) -> bytes:
    """Return a document to which a revision was added that shows another first page."""
    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(pdf: bytes) -> bytes:
    """Return a document that opens with a password."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    writer.encrypt("owner", "user")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def _citizens_key() -> rsa.RSAPrivateKey:
    """Return the one key of all citizens: as real ones are, and slow to make."""
    return rsa.generate_private_key(65537, 2048)


def _written(holder: Holder) -> bytes:
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = holder.key.private_bytes(pem, form, serialization.NoEncryption())
    return key + holder.certificate.public_bytes(pem)


def _read(kept: bytes) -> Holder:
    key = serialization.load_pem_private_key(kept, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Holder(key, x509.load_pem_x509_certificate(kept))


def _name(common: str, *more: tuple[ObjectIdentifier, str]) -> x509.Name:
    said = [
        (NameOID.COUNTRY_NAME, "EC"),
        (NameOID.ORGANIZATION_NAME, _ORGANIZATION),
        *more,
        (NameOID.COMMON_NAME, common),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in said])


def _semantic(number: str, ruc: str | None) -> list[tuple[ObjectIdentifier, str]]:
    kind = "IDCEC" if number.isdigit() else "PASEC"
    said = [(NameOID.SERIAL_NUMBER, f"{kind}-{number}")]
    return [*said, (_ORGANIZATION_IDENTIFIER, f"VATEC-{ruc}")] if ruc else said


def _usage(*, authority: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=signs and not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def as_asn1(certificate: x509.Certificate) -> Any:
    """Return a certificate as pyHanko takes it."""
    from asn1crypto.x509 import Certificate

    return Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _asn1_key(key: Key) -> Any:
    from asn1crypto.keys import PrivateKeyInfo

    form = serialization.PrivateFormat.PKCS8
    return PrivateKeyInfo.load(key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption()))


def main(arguments: list[str] | None = None) -> None:
    """Sign a document for somebody of the local site."""
    parser = argparse.ArgumentParser(prog="python -m tests.signing", description=__doc__.splitlines()[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("number", help="the signer's cédula, or a passport")
    parser.add_argument("--name", default="PERSONA DE PRUEBA")
    parser.add_argument("--layout", choices=LAYOUTS, default="extension")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--data", type=Path, default=Path(".local"), help="the local site's folder")
    asked = parser.parse_args(arguments)
    authority = Authority.kept_in(asked.data / "authority")
    authority.write_root(asked.data / "roots")
    signed = sign(asked.document.read_bytes(), authority.citizen(asked.number, layout=asked.layout, name=asked.name))
    out = asked.out or asked.document.with_stem(f"{asked.document.stem}-signed")
    out.write_bytes(signed)
    print(out)  # noqa: T201  # to whom calls it by hand


if __name__ == "__main__":
    main()
