"""Public keys as they are handed in: PEM or JWK, never with the private part."""

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ventanilla.domain.errors import KeyRefused
from ventanilla.usecases.public_keys import read_public_key

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
P256 = ec.derive_private_key(7, ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


def pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def b64(content: bytes | int) -> str:
    content = content if isinstance(content, bytes) else content.to_bytes((content.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def jwk(key) -> dict[str, str]:
    public = key.public_key()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    numbers = public.public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "n": b64(numbers.n), "e": b64(numbers.e)}
    return {"kty": "EC", "crv": "P-256", "x": b64(numbers.x), "y": b64(numbers.y)}


@pytest.mark.parametrize(
    ("key", "algorithm"), [(ED25519, "ed25519"), (P256, "ecdsa-p256-sha256"), (RSA, "rsa-pss-sha512")]
)
class TestForms:
    def test_a_jwk_is_the_same_key_as_its_pem(self, key, algorithm):
        assert read_public_key(jwk(key)) == (pem(key), algorithm)
        assert read_public_key(json.dumps(jwk(key))) == (pem(key), algorithm)

    def test_what_is_kept_is_the_same_however_the_pem_was_written(self, key, algorithm):
        assert read_public_key(f"\n{pem(key)}\n\n") == (pem(key), algorithm)

    def test_a_private_part_is_refused_as_one(self, key, algorithm):
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for given in (private, {**jwk(key), "d": "AAAA"}):
            with pytest.raises(KeyRefused, match="it stays with the institution") as raised:
                read_public_key(given)
            assert [error.code for error in raised.value.errors] == ["key_private"]


def test_an_rsa_key_of_the_older_form_is_kept_in_the_usual_one():
    older = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert read_public_key(older) == (pem(RSA), "rsa-pss-sha512")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "key_unreadable"),
        ({"kty": "OKP", "crv": "Ed25519"}, "key_unreadable"),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, "key_unreadable"),
        ({"kty": "OKP", "crv": "Ed25519", "x": 7}, "key_unreadable"),
        ({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}, "key_unreadable"),
        ({"kty": "EC", "crv": "P-384", "x": "AQ", "y": "AQ"}, "key_kind"),
        ({"kty": "oct", "k": "AAAA"}, "key_kind"),
        ({"kty": "RSA", "n": b64(3**500), "e": "AQAB"}, "key_kind"),
        ({"kty": "RSA", "n": b64(3**6000), "e": "AQAB"}, "key_kind"),
        ("[]", "key_unreadable"),
        ("[" * 100_000, "key_unreadable"),
    ],
)
def test_what_is_no_key_of_a_kind_that_is_accepted_is_refused(given, code):
    with pytest.raises(KeyRefused) as raised:
        read_public_key(given)
    assert [(error.field, error.code) for error in raised.value.errors] == [("public_key", code)]
