"""`ventanilla keys`: an institution's key pair."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CommandError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

app = typer.Typer(no_args_is_help=True)


class Algorithm(StrEnum):
    """The signature algorithms that the platform accepts, by their names in RFC 9421."""

    ED25519 = "ed25519"
    ECDSA = "ecdsa-p256-sha256"
    RSA = "rsa-pss-sha512"


@app.callback()
def keys() -> None:
    """Keys with which an institution signs."""


@app.command()
def generate(
    algorithm: Annotated[Algorithm, typer.Option(help="Signature algorithm.")] = Algorithm.ED25519,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The private key; the public one is FILE.pub.")] = Path(
        "institution.key"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Make a key pair: the private key stays with you, the public one goes to the platform."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    public_file = out.with_name(f"{out.name}.pub")
    for path in (out, public_file):
        if path.exists() and not force:
            raise CommandError(f"{path} exists: a key that is overwritten is lost; give another --out, or --force")
    key = _generate(algorithm)
    public = key.public_key()
    _write(out, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600, force=force)
    _write(public_file, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=0o644, force=force)

    typer.echo(f"Private key  {out} (keep it secret; nobody else needs it)")
    typer.echo(f"Public key   {public_file}")
    typer.echo(f"Fingerprint  SHA-256 {fingerprint(public)}")
    typer.echo(
        f"\nNext: send {public_file} to the platform's operator, and tell the fingerprint by another way. They run\n"
        f"  ventanilla institution add-key ID --key-name NAME --public-key {public_file.name}\n"
        f"and you sign with\n"
        f"  ventanilla notify --url https://… --key {out} --key-id ID.NAME …"
    )


def fingerprint(key: PublicKeyTypes) -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo in hexadecimal, as the platform shows it."""
    import hashlib

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()


def _generate(algorithm: Algorithm) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match algorithm:
        case Algorithm.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case Algorithm.ECDSA:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.RSA:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _write(path: Path, content: bytes, *, mode: int, force: bool) -> None:
    if force:
        path.unlink(missing_ok=True)  # an old file would keep its mode, and its readers
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
