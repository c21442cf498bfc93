"""Institutions and the public keys of their systems."""

from __future__ import annotations

from ventanilla.domain.errors import InstitutionExists, KeyRefused, NotFound
from ventanilla.domain.institutions import Algorithm, Institution, InstitutionKey, is_institution_id, is_key_name
from ventanilla.usecases.ports import Clock, Institutions

_LEAST_RSA_BITS = 2048


def add_institution(institution: Institution, *, institutions: Institutions) -> None:
    """Put an institution down.

    Raises:
        InstitutionExists: its id is taken.
        KeyRefused: its id has not the form of one.
    """
    if not is_institution_id(institution.id):
        raise KeyRefused(why="an institution's id is 3 to 40 of a-z, 0-9 and hyphen, and does not begin with 'test-'")
    if not institutions.add(institution):
        raise InstitutionExists(id=institution.id)


def add_key(
    institution_id: str, name: str, public_key_pem: str, *, institutions: Institutions, clock: Clock
) -> InstitutionKey:
    """Put a public key of an institution down; its algorithm follows from the key.

    Raises:
        NotFound: there is no such institution.
        KeyRefused: the name or the key is not accepted.
        InstitutionExists: the institution has a key of this name.
    """
    if not is_key_name(name):
        raise KeyRefused(why="a key's name is up to 40 of a-z, 0-9 and hyphen")
    if institutions.get(institution_id) is None:
        raise NotFound
    key = InstitutionKey(institution_id, name, public_key_pem, _algorithm(public_key_pem), clock.now())
    if not institutions.add_key(key):
        raise InstitutionExists(key=key.id)
    return key


def revoke_key(institution_id: str, name: str, *, institutions: Institutions, clock: Clock) -> None:
    """Take the force from a key: the next request that it signs is refused.

    Raises:
        NotFound: there is no such key in force.
    """
    if not institutions.revoke_key(institution_id, name, clock.now()):
        raise NotFound


def _algorithm(pem: str) -> Algorithm:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except Exception:  # noqa: BLE001  # the library refuses in many ways; to us it is no key
        raise KeyRefused(why="this is not a public key in PEM") from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return "ecdsa-p256-sha256"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
        return "rsa-pss-sha512"
    raise KeyRefused(why="a key is Ed25519, P-256, or RSA of at least 2048 bits")
